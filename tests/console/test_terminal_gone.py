"""A terminal that is gone without a signal: the console ends by itself, and the words are kept."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import os
import pty
import sys
import time
from pathlib import Path

import pytest
from textual.drivers._writer_thread import WriterThread

from tests.console.engine_double import EngineDouble, item
from tests.console.test_terminal import DRIVER, ROOT
from tui.terminal import Lasting

ENDS_WITHIN = 5.0
"""Seconds; it looks twice a second, and two busy cores are slow."""


@pytest.mark.parametrize("talkative", [False, True])
async def test_a_console_whose_terminal_is_gone_ends_in_order(
    engine: EngineDouble, tmp_path: Path, *, talkative: bool
) -> None:
    """A pty that controls no process, so that its end is no SIGHUP; also in a flood of posts."""
    await engine.put(item("p0", "Where?"))
    master, slave = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DRIVER, engine.url, str(tmp_path)),
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    os.set_blocking(master, False)
    try:
        await seen(master, b"Where?")
        for key in (b"j", b"r"):
            os.write(master, key)
        await seen(master, b"Answer to")
        os.write(master, b"half")
        await kept(tmp_path, b"half")
        os.write(master, b" a word")  # the newest of it is on the disk only once it has ended
        await seen(master, b"word")
        os.close(master)
        master = -1
        async with asyncio.timeout(ENDS_WITHIN):
            ended = asyncio.ensure_future(process.wait())
            while talkative and not ended.done():
                await engine.put(*(item(f"n{time.monotonic_ns()}") for _ in range(20)))
                await asyncio.sleep(0.01)
            assert await ended == 0
    finally:
        if master >= 0:
            os.close(master)
        if process.returncode is None:
            process.kill()
            await process.wait()
    await kept(tmp_path, b"half a word")


class Gone(io.StringIO):
    """A terminal that nobody holds any more."""

    def flush(self) -> None:
        raise OSError(errno.EIO, "Input/output error")


async def test_who_writes_to_a_terminal_that_is_gone_does_not_wait_for_ever() -> None:
    output = WriterThread(Lasting(Gone()))  # type: ignore[arg-type]
    output.start()

    def write() -> None:
        for _ in range(100):
            output.write("words")
        output.stop()

    async with asyncio.timeout(5):
        await asyncio.to_thread(write)


async def seen(master: int, words: bytes) -> None:
    """Read what the console draws until words are in it."""
    drawn = b""
    async with asyncio.timeout(15):
        while words not in drawn:
            with contextlib.suppress(BlockingIOError):
                drawn += os.read(master, 65_536)
            await asyncio.sleep(0.02)


async def kept(folder: Path, words: bytes) -> None:
    """Wait until a draft with these words is on the disk."""
    async with asyncio.timeout(10):
        while not any(words in file.read_bytes() for file in folder.glob("*.json")):
            await asyncio.sleep(0.05)

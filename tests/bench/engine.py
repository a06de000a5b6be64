"""Engines as processes: the real command, and the same engine with its loop's lag sampled.

Owns the made-up event, starting and ending; never measures by itself. Run as a module it is the
second kind: it covers the event in its own loop beside a task that samples that loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

START_SECONDS = 60.0
END_SECONDS = 20.0
SAMPLE_SECONDS = 0.005

SCRIPT = """\
[event]
id = "bench"
title = "The final"
[follow]
hashtags = ["#final", "#final2014", "#goal"]
[[feeds]]
kind = "replay"
id = "replay"
file = "{file}"
[[accounts]]
id = "main"
handle = "house"
[moderation]
stop = ["stupido", "idiot", "dritt", "paska"]
flag = ["fake", "scam"]
"""


class Lag(msgspec.Struct, array_like=True):
    """When (time.perf_counter) a short sleep ended, and by how many seconds too late."""

    at: float
    late: float


@dataclass(slots=True)
class Engine:
    """A running engine; `lags` are filled once it has ended, where they were sampled."""

    pid: int
    wall: str
    console: str
    store: Path
    lags: list[Lag] = field(default_factory=list)


@contextlib.asynccontextmanager
async def serving(
    folder: Path, posts: Path, *, speed: str = "max", sampled: bool = False, more: str = ""
) -> AsyncIterator[Engine]:
    """Have an engine at work on these posts while the block runs; then end it in order.

    `more` are further tables of its script.
    """
    script = folder / "bench.toml"
    written = SCRIPT.format(file=os.path.relpath(posts, folder)) + more
    script.write_text(written, encoding="utf-8")
    data = folder / f"data-{time.monotonic_ns()}"
    command: Sequence[str] = (
        ("tests.bench.engine", str(script), str(data))
        if sampled
        else ("eventlive", "serve", str(script), "--port=0", f"--data={data}", f"--speed={speed}")
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, stdout=asyncio.subprocess.PIPE, limit=1 << 26
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            ready = (await process.stdout.readline()).decode()
        found = re.fullmatch(r"ready wall=http(\S+) console=(\S+)\n", ready)
        if found is None:
            raise RuntimeError(f"the engine did not start: {ready!r}")
        engine = Engine(process.pid, f"ws{found[1]}", found[2], data / "bench.sqlite")
        try:
            yield engine
        except* OSError as group:
            async with asyncio.timeout(END_SECONDS):
                code = await process.wait()
            raise RuntimeError(f"the engine ended by itself, with exit code {code}") from group
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_SECONDS):
            rest = await process.stdout.read()
            code = await process.wait()
        if code != 0:
            raise RuntimeError(f"the engine ended with exit code {code}")
        if sampled:
            engine.lags = msgspec.json.decode(rest, type=list[Lag])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def stored(path: Path) -> int:
    """Count the posts in an ended engine's store."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM item").fetchone()[0])


def searchable(path: Path) -> int:
    """Count the posts that its full text has."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT seq FROM indexed").fetchone()[0])


async def sample(lags: list[Lag]) -> None:
    """Note how much longer than asked a short sleep takes, again and again, until cancelled."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(SAMPLE_SECONDS)
        now = time.perf_counter()
        lags.append(Lag(now, now - before - SAMPLE_SECONDS))


@contextlib.asynccontextmanager
async def idle(lags: list[Lag]) -> AsyncIterator[None]:
    """Sample the loop of a process that does nothing else while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.engine",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_SECONDS):
            out, _ = await process.communicate()
        lags += msgspec.json.decode(out, type=list[Lag])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def sampling(script: Path | None = None, data: Path | None = None) -> list[Lag]:
    """Cover an event in this loop, at the recorded speed, until SIGTERM; give the loop's lags.

    Without an event, those of a loop that has nothing to do.
    """
    # Here, because a process of the bench that only talks to an engine needs none of it.
    from eventlive import assembly  # noqa: PLC0415
    from eventlive.script import load  # noqa: PLC0415
    from eventlive.settings import read_settings  # noqa: PLC0415

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    lags: list[Lag] = []
    async with contextlib.AsyncExitStack() as stack:
        if script is not None:
            covering = assembly.covering(
                assembly.Written(load(script), script),
                read_settings(port=0, data=data),
            )
            covered = await stack.enter_async_context(covering)
            print(f"ready wall={covered.wall} console={covered.console}", flush=True)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        sampler = tasks.create_task(sample(lags), name="sample")
        await stop.wait()
        sampler.cancel()
    return lags


def main() -> None:
    lags = asyncio.run(sampling(*map(Path, sys.argv[1:])))
    sys.stdout.buffer.write(msgspec.json.encode(lags))


if __name__ == "__main__":
    main()

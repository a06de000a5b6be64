"""The engine as a process of its own, started for a console in the same terminal.

Owns starting it, waiting for its ready line, and ending it. A console that dies takes nothing
with it: the engine has its own session and its output goes to a file.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eventlive.errors import EventliveError

READY_SECONDS = 30.0
END_SECONDS = 12.0
_READY = re.compile(rb"^ready wall=(\S+) console=(\S+)\s*$")


class ChildFailed(EventliveError):
    """The engine ended before it was ready; the text is its own last word."""

    def __init__(self, text: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Child:
    """A running engine: its process, its addresses, and the file of its log."""

    process: asyncio.subprocess.Process
    wall: str
    console: str
    log: Path

    async def end(self) -> int:
        """Ask the engine to end in order; kill it when it does not. Give its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_SECONDS):
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            return await self.process.wait()


async def start(arguments: Sequence[str], log: Path) -> Child:
    """Start `eventlive serve` with these arguments and wait until it accepts connections.

    Raises ChildFailed with the engine's reason and exit code.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        before = output.tell()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "eventlive",
            "serve",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            async for line in process.stdout:
                if found := _READY.match(line):
                    wall, console = found.group(1).decode(), found.group(2).decode()
                    return Child(process, wall, console, log)
            code = await process.wait()
    except TimeoutError as error:
        process.kill()
        raise ChildFailed(f"the engine was not ready within {READY_SECONDS:g} s", 1) from error
    with log.open("rb") as said:
        said.seek(before)
        text = said.read().decode(errors="replace").strip()
    raise ChildFailed(
        text.removeprefix("eventlive: ") or f"the engine ended with code {code}", code
    )

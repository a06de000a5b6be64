"""The console in a pseudo-terminal: its keys, what it writes, what it uses; and a bare app beside.

Owns the terminal's size and line rate, and the moment at which the cursor stands elsewhere; never
judges. Run as a module it is the process that holds the terminals, or with "bare" the reference: a
Textual app that moves a mark by one line at the same keys and does nothing else. It looks at the
bytes as they come, and knows cursor addresses, the mark at the head of a row, and handles: where
rows above have gone, another post may stand on the same row.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tests.bench.machine import cost, megabytes

MARK = "▌"
START_SECONDS = 60.0
ANSWER_SECONDS = 15.0
QUIET = (0.02, 0.12)
"""Seconds between an answer and the next key: it meets flushes at any point of their interval."""
THERE_AND_BACK = 8
SAMPLE_SECONDS = 5.0

_OF_OUR_TERMINAL = {"LINES", "COLUMNS", "COLORTERM", "TERM_PROGRAM"}
_SEEN = re.compile(rb"\x1b\[(\d+);\d+H|(@[\w.-]+)|" + MARK.encode())
_TORN = re.compile(rb"(\x1b(\[[0-9;?]*)?|\xe2\x96?|@[\w.-]*)$")


class Task(msgspec.Struct, frozen=True):
    """What to measure: a console in so many cells, for how many seconds at rest and with keys.

    `baud` is the rate of the line, ten bits a byte; 0 for one that takes what comes. With `beside`
    a bare app gets the same keys in turn. `warming` is for how long it runs before all, twice.
    """

    columns: int
    rows: int
    resting: float
    pressing: float
    baud: int = 0
    beside: bool = True
    warming: float = 3.0


class Phase(msgspec.Struct):
    """What a console wrote and used meanwhile: bytes, and seconds of CPU and without a core."""

    seconds: float = 0.0
    written: int = 0
    cpu: float = 0.0
    waited: float = 0.0


class Told(msgspec.Struct):
    """What was found: seconds from each key to the first sign of it, for the console and beside.

    `memory` is the resident size (MB) from time to time, the first at the end of the warming up.
    """

    keys: list[float] = []
    bare: list[float] = []
    resting: Phase = msgspec.field(default_factory=Phase)
    pressing: Phase = msgspec.field(default_factory=Phase)
    memory: list[float] = []


class Line:
    """A program at the other end of a line; `place` is its mark's row, and whose post is there."""

    def __init__(self, command: list[str], task: Task, baud: int = 0) -> None:
        self.place: tuple[int, bytes] | None = None
        self._at, self._marked = 0, False
        self._first, self._down = 0, True
        self.moved_at = 0.0
        self.written = 0
        self._tail = b""
        self._rate = baud / 10
        self._credit, self._refilled = 0.0, time.perf_counter()
        self.fd, terminal = pty.openpty()
        fcntl.ioctl(
            terminal, termios.TIOCSWINSZ, struct.pack("HHHH", task.rows, task.columns, 0, 0)
        )
        # What a terminal over SSH says of itself: 256 colours, and its size when it is asked.
        kept = {name: os.environ[name] for name in os.environ.keys() - _OF_OUR_TERMINAL}
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**kept, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(terminal)
        self.pid = self._process.pid

    def turn(self) -> bytes:
        """Choose the next key: down and up by turns, never up where nothing may be above."""
        row = self.place[0] if self.place else 0
        if self._down:
            self._down = row < self._first + THERE_AND_BACK
        else:
            self._down = row <= self._first + 1
        return b"j" if self._down else b"k"

    def press(self, key: bytes) -> float:
        """Send a key; give the moment before."""
        before = time.perf_counter()
        os.write(self.fd, key)
        return before

    def ready(self) -> bool:
        """Tell whether the line may be read now, at its rate."""
        if not self._rate:
            return True
        now = time.perf_counter()
        self._credit = min(self._credit + (now - self._refilled) * self._rate, self._rate / 10)
        self._refilled = now
        return self._credit >= 16

    def read(self) -> None:
        """Take what was written. Raises RuntimeError where the program has ended."""
        try:
            data = os.read(self.fd, int(self._credit) if self._rate else 1 << 16)
        except OSError as error:
            raise RuntimeError(f"it ended: {self._tail!r}") from error
        now = time.perf_counter()
        self._credit -= len(data)
        self.written += len(data)
        data = self._tail + data
        torn = _TORN.search(data)
        self._tail = data[torn.start() :] if torn else b""
        for seen in _SEEN.finditer(data):
            if seen[1]:
                self._at, self._marked = int(seen[1]), False
            elif not seen[2]:
                self._marked = True
            elif self._marked and (self._at, seen[2]) != self.place:
                self.place, self.moved_at, self._marked = (self._at, seen[2]), now, False
                self._first = self._first or self._at

    def end(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        os.close(self.fd)


def measured(url: str, data: str, task: Task) -> Told:
    """Measure one console, with its keys in turn with those of a bare app."""
    random, told = Random(5), Told()
    settings = Path(data, "eventlive", "console.toml")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("tour = false\n", encoding="utf-8")
    os.environ |= {"XDG_CONFIG_HOME": data, "XDG_STATE_HOME": data}
    command = ["eventlive", "console", url, "--name=bench", "--no-mouse"]
    console = Line([*command, f"--data={data}"], task, task.baud)
    lines = [console]
    if task.beside:
        lines.append(Line(["tests.bench.terminal", "bare"], task))
    try:
        _rest(lines, task.warming)
        for line in lines:
            _until_shown(lines, line)
        console.press(b"\x1b")
        _rest(lines, task.warming)
        told.memory.append(megabytes(console.pid))
        with _counted(console, told.resting):
            _sampled(lines, task.resting, told)
        for line in lines:
            _until_shown(lines, line)
        with _counted(console, told.pressing):
            _press(lines, task.pressing, told, random)
        told.memory.append(megabytes(console.pid))
    finally:
        for line in lines:
            line.end()
    return told


@contextlib.contextmanager
def _counted(line: Line, phase: Phase) -> Iterator[None]:
    """Count what the console writes and uses while the block runs."""
    at, written, before = time.perf_counter(), line.written, cost(line.pid)
    yield
    used = cost(line.pid).since(before)
    phase.seconds = time.perf_counter() - at
    phase.written = line.written - written
    phase.cpu, phase.waited = used.cpu, used.waited


def _pump(lines: list[Line], seconds: float) -> None:
    """Read what there is, or wait so long for something."""
    ready = [line for line in lines if line.ready()]
    # A slow line is looked at again when it may be read again.
    wait = seconds if len(ready) == len(lines) else min(seconds, 0.002)
    found, _, _ = select.select([line.fd for line in ready], [], [], max(0.0, wait))
    for line in ready:
        if line.fd in found:
            line.read()


def _rest(lines: list[Line], seconds: float) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        _pump(lines, left)


def _sampled(lines: list[Line], seconds: float, told: Told) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        _rest(lines, min(left, SAMPLE_SECONDS))
        told.memory.append(megabytes(lines[0].pid))


def _until_shown(lines: list[Line], line: Line) -> None:
    """Press "j" until the mark is on the screen: first there must be something to pick."""
    until = time.perf_counter() + START_SECONDS
    line.place = None
    while line.place is None:
        if time.perf_counter() > until:
            raise RuntimeError("nothing to pick came to the screen")
        line.press(b"j")
        _rest(lines, 1.0)


def _press(lines: list[Line], seconds: float, told: Told, random: Random) -> None:
    """Press down and up by turns until the time is over; keep how long each answer took."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for line, kept in zip(lines, (told.keys, told.bare), strict=False):
            place, key = line.place, line.turn()
            pressed = line.press(key)
            while line.place == place:
                late = time.perf_counter() - pressed
                if late > ANSWER_SECONDS:
                    raise RuntimeError(f"no answer to {key!r} at {place} for {late:.0f} s")
                _pump(lines, 0.5)
            kept.append(line.moved_at - pressed)
            _rest(lines, random.uniform(*QUIET))


# --- the reference ------------------------------------------------------------------------------


def bare() -> None:
    """Run an app that moves a mark at j and k, and nothing else."""
    # Here, because a process that only holds terminals needs none of it.
    from rich.segment import Segment  # noqa: PLC0415
    from textual.app import App  # noqa: PLC0415
    from textual.geometry import Region  # noqa: PLC0415
    from textual.strip import Strip  # noqa: PLC0415
    from textual.widget import Widget  # noqa: PLC0415

    class Marks(Widget):
        at = 2

        def render_line(self, y: int) -> Strip:
            words = f"{MARK if y == self.at else ' '} @{y}"
            return Strip([Segment(words.ljust(self.size.width))])

        def move(self, by: int) -> None:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in (self.at, self.at + by)))
            self.at += by

    class Bare(App[None]):
        BINDINGS: ClassVar = [("j", "move(1)", "down"), ("k", "move(-1)", "up")]

        def compose(self) -> Iterator[Widget]:
            yield Marks()

        def action_move(self, by: int) -> None:
            self.query_one(Marks).move(by)

    Bare().run()


# --- the process --------------------------------------------------------------------------------


async def terminal(url: str, data: str, task: Task) -> Told:
    """Measure in a process of its own, so that its clock waits for nobody else's work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.terminal",
        url,
        data,
        msgspec.json.encode(task).decode(),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        async with asyncio.timeout(2 * START_SECONDS + 2 * (task.resting + task.pressing)):
            out, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError("the console could not be measured")
        return msgspec.json.decode(out, type=Told)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def main() -> None:
    if sys.argv[1] == "bare":
        bare()
    else:
        # Ended early it takes its programs along.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        url, data, task = sys.argv[1:]
        told = measured(url, data, msgspec.json.decode(task, type=Task))
        sys.stdout.buffer.write(msgspec.json.encode(told))


if __name__ == "__main__":
    main()

"""What the system says of processes and of this machine: CPU, memory, waits. Linux's /proc.

Owns the reading of those figures, and the one process that watches the machine's pace.
"""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

STEPS = 50_000
PACE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process has used: seconds of CPU in all and on its main thread, and the seconds
    that this thread stood ready while other programs had the cores."""

    cpu: float
    main: float
    waited: float

    def since(self, before: Cost) -> Cost:
        return Cost(self.cpu - before.cpu, self.main - before.main, self.waited - before.waited)


def cost(pid: int) -> Cost:
    """Read what a process has used so far."""
    threads = [
        (int(task.name), (task / "schedstat").read_text().split())
        for task in Path(f"/proc/{pid}/task").iterdir()
    ]
    cpu = sum(int(ran) for _, (ran, _, _) in threads)
    main = next(stat for thread, stat in threads if thread == pid)
    return Cost(cpu / 1e9, int(main[0]) / 1e9, int(main[1]) / 1e9)


def megabytes(pid: int) -> float:
    """Read a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_many_files() -> None:
    """Let this process and those it starts hold as many sockets as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def described() -> str:
    """Describe the machine in one paragraph."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    parts = ", ".join(f"{name} {version(name)}" for name in ("websockets", "msgspec", "aiosqlite"))
    return (
        f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB, {platform.system()}"
        f" {platform.release()}, {platform.python_implementation()} {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {parts}."
    )


class Pace:
    """How fast the machine was: ns of CPU for a step of a bare Python loop, from time to time."""

    def __init__(self) -> None:
        self.steps: list[float] = []

    def __str__(self) -> str:
        mean, best, worst = fmean(self.steps), min(self.steps), max(self.steps)
        return (
            f"a step of a bare Python loop took {mean:.0f} ns meanwhile ({best:.0f} to {worst:.0f})"
        )


@contextlib.contextmanager
def paced() -> Iterator[Pace]:
    """Watch the machine's pace, by a process of its own, while the block runs.

    On a virtual machine it can change by half within seconds: the host has other guests.
    """
    pace = Pace()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.machine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield pace
        out, _ = process.communicate(b"", timeout=10)
        pace.steps += map(float, out.split())
    finally:
        process.kill()
        process.wait()


def step() -> float:
    """Measure one step of a bare Python loop, in ns of CPU."""
    started, total = time.process_time_ns(), 0
    for number in range(STEPS):
        total += number & 7
    return (time.process_time_ns() - started) / STEPS


def load() -> float:
    """Say how many processes wanted a core in the last minute."""
    return os.getloadavg()[0]


def main() -> None:
    """Measure the pace now and then until stdin is closed; print what was found."""
    steps = [step()]
    while not select.select([sys.stdin], [], [], PACE_SECONDS)[0]:
        steps.append(step())
    print(*(f"{one:.1f}" for one in steps))


if __name__ == "__main__":
    main()

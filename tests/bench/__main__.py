"""`make bench`: measure, and say it beside what could be reached on this machine at this hour.

Owns the choice of parts and the order; each part measures itself. A figure alone says little on
a machine that others use too: the ratios are what is meant to be compared.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench import bench_listening, machine
from tests.bench.approval import approval
from tests.bench.console import console
from tests.bench.fanout import fanout
from tests.bench.flood import lag, throughput
from tests.bench.pixels import pixels
from tests.bench.relay import relay
from tests.bench.table import Section, markdown, text
from tests.bench.voice import voice

PARTS = ("engine", "lag", "fanout", "approval", "listening", "voice", "console", "relay", "pixels")
MARKS = (200_000, 400_000)
FULL_MARKS = (200_000, 1_000_000)
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def main() -> int:
    """Run what is asked for."""
    options = _options()
    # Ended like this it takes its processes along, as ctrl+c does.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    machine.open_many_files()
    print(machine.described(), f"Load before: {machine.load():.1f}.\n", sep="\n", flush=True)
    started, sections = time.monotonic(), []
    for section in _sections(options):
        print(text(section), flush=True)
        sections.append(section)
    print(f"{time.monotonic() - started:.0f} s; load after: {machine.load():.1f}")
    if options.markdown:
        _write(options.markdown, sections)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the engine.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--full", action="store_true", help="memory after 1,000,000 posts")
    parser.add_argument("--hour", action="store_true", help="the console's memory after an hour")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="put the tables into this file too"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; parts: {', '.join(PARTS)}")
    options.parts = options.parts or PARTS
    return options


def _sections(options: argparse.Namespace) -> Iterator[Section]:
    with tempfile.TemporaryDirectory(prefix="eventlive-bench-") as folder:
        for part in options.parts:
            print(f"{part} …", file=sys.stderr, flush=True)
            with machine.paced() as pace:
                section = _measured(part, Path(folder), options)
            yield replace(section, pace=str(pace))


def _measured(part: str, folder: Path, options: argparse.Namespace) -> Section:
    match part:
        case "engine":
            return asyncio.run(throughput(folder, FULL_MARKS if options.full else MARKS))
        case "lag":
            return asyncio.run(lag(folder))
        case "fanout":
            return asyncio.run(fanout())
        case "approval":
            return asyncio.run(approval(folder))
        case "voice":
            return voice()
        case "console":
            return asyncio.run(console(folder, 60 if options.hour else 1))
        case "relay":
            return asyncio.run(relay(folder))
        case "pixels":
            return asyncio.run(pixels(folder))
        case _:
            return _listening()


def _listening() -> Section:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        bench_listening.costs()
        bench_listening.accuracy()
    return Section(
        "What listening costs a post, step by step",
        "Microseconds of CPU, the best of several rounds; two steps that do next to nothing stand"
        " first as references. Then how well questions are known.",
        plain=out.getvalue(),
    )


def _write(file: Path, sections: list[Section]) -> None:
    """Put the tables between the marks of a file, in place of those there."""
    before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n".join(markdown(section) for section in sections)
    body = f"{BEGIN}\n{machine.described()}\n\n{tables}{END}"
    file.write_text(before + body + after, encoding="utf-8")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

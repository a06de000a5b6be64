"""The operator's console while the engine is flooded and colleagues decide: how soon it answers.

Owns what goes on meanwhile (the flood, the colleagues) and the rows of the table; the terminals are
a process of their own (terminal.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from eventlive.messages import (
    MAX_FRAME_TO_CONSOLE,
    PROTOCOL,
    Approve,
    Command,
    Hello,
    Order,
    Question,
    Reply,
    State,
    Update,
    Watch,
    encoder,
    read_engine_frame,
)
from eventlive.model import Health, Item
from tests.bench import engine, posts
from tests.bench.flood import FINAL, remove
from tests.bench.table import Row, Section, Target, percentile
from tests.bench.terminal import Task, Told, terminal

SIZES = ((80, 24), (120, 40), (200, 60))
USUAL = (120, 40)
RESTING, PRESSING = 8.0, 24.0
FLOOD_SECONDS = 48
"""What is measured, and what programs take to start and to warm up."""

CHANGES_A_SECOND = 100.0
NAMES = ("anna", "bo", "cem", "dani")
"""Colleagues, four because the engine takes forty commands a second from one console."""

ROWS = 60
CALM = 200
"""Posts a second where the changes are to be measured, and not the lack of cores."""

BAUD = 115_200
KEY, CORE, LINE = 50.0, 0.5, BAUD / 10
SLOW_KEY = 500.0
"""Milliseconds within which a line of 115,200 baud shows a key, under the flood."""


async def console(folder: Path, minutes: float) -> Section:
    """Measure at three sizes, with many changes, on a slow line, and for so many minutes."""
    rows: list[Row] = []
    flood = posts.write(folder / "console.jsonl", FINAL * FLOOD_SECONDS, a_second=FINAL)
    for columns, lines in SIZES:
        found = await _measured(folder, flood, Task(columns, lines, RESTING, PRESSING))
        rows += _rows(f"{columns}x{lines}, flood", found.told)
    usual = Task(*USUAL, RESTING, PRESSING)
    found = await _measured(folder, flood, usual, changing=True)
    rows += _rows(f"120x40, flood, {CHANGES_A_SECOND:.0f} changes/s", found.told)
    slow = await _measured(folder, flood, replace(usual, baud=BAUD, beside=False))
    rows += _rows(f"120x40, flood, {BAUD:,} baud", slow.told)
    seconds = minutes * 60
    calm = posts.write(
        folder / "calm.jsonl", round(CALM * (seconds + FLOOD_SECONDS)), a_second=CALM
    )
    long = await _measured(folder, calm, replace(usual, resting=seconds), changing=True)
    rows += _rows(f"120x40, {CALM} posts/s, {CHANGES_A_SECOND:.0f} changes/s", long.told)
    rows.append(_memory(long.told, minutes))
    return Section(
        "The operator's console",
        f"The console in a pseudo-terminal, an engine that is offered {FINAL:,} posts/s (it took"
        f" {found.taken:,.0f} different ones while colleagues changed {found.changed:.0f} posts/s,"
        f" and in the last part {long.taken:,.0f} and {long.changed:.0f}). From the writing of j or"
        " k into the terminal until the bytes come in which the cursor stands elsewhere. Beside: a"
        " bare Textual app that moves one mark, its keys in turn with the console's. Bytes are of a"
        f" list that follows what comes, nobody touching it, for {RESTING:.0f} s.",
        rows,
    )


class Found(NamedTuple):
    """What one console told, and how many posts the engine took and colleagues changed a second."""

    told: Told
    taken: float
    changed: float


async def _measured(
    folder: Path, flood: posts.Flood, task: Task, *, changing: bool = False
) -> Found:
    """Measure a console at an engine of its own."""
    random, data = Random(7), str(folder / "console")
    async with contextlib.AsyncExitStack() as stack:
        host = await stack.enter_async_context(engine.serving(folder, flood.path, speed="1"))
        colleagues = [
            await stack.enter_async_context(_colleague(host.console, name, random))
            for name in NAMES
        ]
        if changing:
            await stack.enter_async_context(_changing(colleagues))
        begun = await colleagues[0].health()
        told = await terminal(host.console, data, task)
        ended = await colleagues[0].health()
        changed = sum(one.changed for one in colleagues)
    remove(host.store)
    seconds = (ended.at - begun.at).total_seconds()
    print(
        f"  … {task.columns}x{task.rows}: {len(told.keys)} keys, p99"
        f" {percentile(told.keys, 99) * 1e3:.0f} ms",
        file=sys.stderr,
        flush=True,
    )
    return Found(told, (ended.posts - begun.posts) / seconds, changed / seconds)


# --- what goes on meanwhile ---------------------------------------------------------------------


class Colleague:
    """Another console, which changes posts of its inbox; `changed` counts what was done."""

    def __init__(self, connection: ClientConnection, random: Random) -> None:
        self.changed = 0
        self._connection = connection
        self._random = random
        self._items: dict[str, Item] = {}
        self._health: asyncio.Future[Health] | None = None

    async def read(self) -> None:
        """Take what the engine tells until it closes."""
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._connection:
                match read_engine_frame(frame):
                    case State(health) if self._health is not None and not self._health.done():
                        self._health.set_result(health)
                    case Update("inbox", order, rows):
                        known = self._items | {row.id: row for row in rows if isinstance(row, Item)}
                        self._items = {key: known[key] for key in order}
                    case Reply(_, ok):
                        self.changed += ok

    async def health(self) -> Health:
        """Wait for the next State."""
        self._health = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(30):
            return await self._health

    async def change(self, a_second: float) -> None:
        """Turn marks of questions over, and approve one post in ten, until cancelled."""
        loop, ref = asyncio.get_running_loop(), 0
        due = loop.time()
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            due += 1 / a_second
            if not self._items:
                continue
            ref += 1
            item = self._random.choice(list(self._items.values()))
            command: Command = Question(item.id, item.version, not item.question)
            if ref % 10 == 0:
                command = Approve(item.id, item.version)
            await self._connection.send(encoder.encode(Order(ref, command)), text=True)


@contextlib.asynccontextmanager
async def _colleague(url: str, name: str, random: Random) -> AsyncIterator[Colleague]:
    async with (
        connect(url, compression=None, max_size=MAX_FRAME_TO_CONSOLE, max_queue=None) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        for frame in (Hello(PROTOCOL, name), Watch("inbox", "inbox", count=ROWS)):
            await connection.send(encoder.encode(frame), text=True)
        colleague = Colleague(connection, random)
        reading = tasks.create_task(colleague.read(), name=f"{name}: read")
        yield colleague
        reading.cancel()


@contextlib.asynccontextmanager
async def _changing(colleagues: list[Colleague]) -> AsyncIterator[None]:
    """Have the colleagues change posts while the block runs."""
    async with asyncio.TaskGroup() as tasks:
        changing = [
            tasks.create_task(one.change(CHANGES_A_SECOND / len(colleagues)), name="change")
            for one in colleagues
        ]
        yield
        for task in changing:
            task.cancel()


# --- what was found -----------------------------------------------------------------------------


def _rows(what: str, told: Told) -> Iterator[Row]:
    """Make the rows of one measurement; on a slow line there is nothing beside."""
    for percent in (50, 99):
        yield Row(
            f"key to screen, {what}, p{percent}",
            percentile(told.keys, percent) * 1e3,
            "ms",
            percentile(told.bare, percent) * 1e3 if told.bare else None,
            "a bare app" if told.bare else "",
            Target(KEY if told.bare else SLOW_KEY) if percent == 99 else None,
            f"{len(told.keys)} keys" if percent == 99 else "",
        )
    rest, press = told.resting, told.pressing
    seconds = rest.seconds + press.seconds
    yield Row(
        f"CPU, {what}",
        (rest.cpu + press.cpu) / seconds,
        "cores",
        target=Target(CORE),
        note=f"it waited {(rest.waited + press.waited) / seconds:.0%} of the time for a core",
    )
    yield Row(
        f"written, {what}",
        rest.written / rest.seconds,
        "bytes/s",
        target=Target(LINE),
        note=f"{press.written / press.seconds:,.0f} with"
        f" {len(told.keys) / press.seconds:.1f} keys/s",
    )


def _memory(told: Told, minutes: float) -> Row:
    """Compare the memory when all was drawn at least once with that at the end."""
    first, last = median(told.memory[2:7]), median(told.memory[-5:])
    what = f"memory after {minutes:g} min"
    return Row(what, last, "MB", first, "in the first half minute", Target(1.1, ratio=True))

"""Keys while the list is flooded: every one is handled, and the drawing keeps its measure."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from eventlive.messages import Archive
from tests.bench.terminal import Task, terminal
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tui.app import FLUSH_EVERY

ROWS = 200
LINE = 11_520
"""Bytes a second of a line of 115,200 baud."""


async def at_most(seconds: float, over: asyncio.Event) -> None:
    """Wait for the end of a flood, but no longer than this."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()


async def test_every_key_is_handled_while_whole_windows_change(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(*(item(f"p{n}", f"text {n}", rank=1000 - n) for n in range(ROWS)))
    seat = await open_seat()
    await seat.until(lambda: len(seat.ids()) == ROWS)
    await seat.press("j")
    over = asyncio.Event()
    rounds = 0

    async def flood() -> None:
        nonlocal rounds
        while not over.is_set():
            rounds += 1
            for id, one in list(engine.items.items()):
                engine.items[id] = replace(
                    one, version=one.version + 1, rank=-one.rank, notes=(*one.notes[-1:],)
                )
            new = item(f"new{rounds}", f"news {rounds}", rank=5000 + rounds)
            engine.items[new.id] = new
            await engine.stir()
            await at_most(0.1, over)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(flood(), name="flood")
        for expected in range(1, 41):
            await seat.press("j")
            assert seat.cursor == f"p{expected}"
            # however fast the keys are, the flood goes on between them
            await seat.until(lambda: rounds >= int(seat.cursor[1:]) // 5)
        await seat.press("e")
        await seat.ordered(Archive)
        over.set()
    assert seat.cursor == "p41"
    assert len(engine.commands(Archive)) == 1
    assert seat.ids()[:40] == [f"p{n}" for n in range(40)]
    assert seat.app.listing.new > 0


async def test_a_flood_is_drawn_ten_times_a_second_at_most(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    loop = asyncio.get_running_loop()
    taken = 0
    take = seat.app.link.take

    def counted() -> list[object]:
        nonlocal taken
        taken += 1
        return list(take())

    seat.app.link.take = counted
    began = loop.time()
    for number in range(400):
        await engine.put(item(f"p{number % 50}", f"text {number}", version=number + 1))
    await seat.until(lambda: getattr(seat.app.listing.get("bluesky:p49"), "version", 0) == 400)
    assert taken <= (loop.time() - began) / FLUSH_EVERY + 2
    assert taken >= 1


async def test_memory_of_a_list_is_bounded(engine: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    for number in range(0, 3000, 100):
        for n in range(number, number + 100):
            one = item(f"p{n}", rank=n)
            engine.items[one.id] = one
        if number == 200:
            await seat.until(lambda: seat.app.listing.shown)
            await seat.press("j")
        await engine.stir()
        await seat.pilot.pause(0.01)
    await seat.until(lambda: seat.app.listing.waiting == 3000)
    listing = seat.app.listing
    assert len(listing.shown) <= 1000
    assert len(listing._things) <= 1200
    assert len(seat.app.list_pane._strips) <= 1000


async def test_a_slow_line_keeps_up_with_a_flood(engine: EngineDouble, tmp_path: Path) -> None:
    """A list that follows the flood fits into the line; a key takes a third of a second of it."""
    over = asyncio.Event()

    async def flood() -> None:
        number = 0
        while not over.is_set():
            # Each ranks above those before: every row of a list that follows them is another.
            more = [item(f"p{n}", f"text {n}", rank=n) for n in range(number, number + 20)]
            number += len(more)
            await engine.put(*more)
            await at_most(0.1, over)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(flood(), name="flood")
        task = Task(120, 40, resting=2.5, pressing=2, beside=False, warming=0.5)
        told = await terminal(engine.url, str(tmp_path), task)
        over.set()
    assert told.resting.written / told.resting.seconds <= LINE
    assert told.pressing.written / len(told.keys) <= LINE / 3

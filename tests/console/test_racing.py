"""Two operators, one question, the real engine: whoever is first answers, and nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from textual._context import active_app

from eventlive.assembly import Covered
from eventlive.model import Item, Outgoing
from tests.console.seat import Seat
from tests.service.engines import console, post, running
from tui.app import ConsoleApp

FIRST, SECOND, THIRD = "bluesky:p1", "bluesky:p2", "bluesky:p3"
ASKED = [post(number, f"Where is number {number}? #try") for number in (1, 2, 3)]
SOON = "\n[outgoing]\ntake_back = 0.3\n"
NAMES = ("anna", "bo")
Key = tuple[int, str]
"""Who presses a key, and which."""


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[list[Seat], Covered]]:
    """Two consoles on one engine that has three questions."""
    over = asyncio.Event()
    async with (
        running(folder, SOON, posts=ASKED) as engine,
        asyncio.TaskGroup() as tasks,
    ):

        async def sit(name: str, ready: asyncio.Future[Seat]) -> None:
            app = ConsoleApp(engine.console, name, drafts=folder / "drafts")
            async with app.run_test(size=(100, 30)) as pilot:
                no_double: Any = None
                ready.set_result(Seat(app, pilot, no_double))
                await over.wait()

        loop = asyncio.get_running_loop()
        seated: list[asyncio.Future[Seat]] = [loop.create_future() for _ in NAMES]
        for name, ready in zip(NAMES, seated, strict=True):
            tasks.create_task(sit(name, ready), name=f"console of {name}")
        try:
            seats = list(await asyncio.gather(*seated))
            for seat in seats:
                await until(seat, lambda seat: len(seat.ids()) == 3)
            yield seats, engine
        finally:
            over.set()


async def until(seat: Seat, true: Callable[[Seat], Any], why: str = "") -> None:
    await seat.until(lambda: true(seat), why)


async def settled(seats: list[Seat]) -> None:
    """Wait until no console waits for an answer to anything."""
    for seat in seats:
        await until(seat, lambda seat: not seat.app.sending.errands.under_way, "all answered")


async def writes(seat: Seat, text: str) -> None:
    await seat.until(lambda: seat.app.composer.stage == "writing")
    await seat.write(text)


def the(seat: Seat, id: str) -> Item:
    item = seat.app.board.item(id)
    assert item is not None
    return item


def answer(seat: Seat, id: str) -> None:
    """Answer a post wherever it stands: it may leave the inbox at any moment."""
    active_app.set(seat.app)
    seat.app.speaking.answer(the(seat, id))


def answers(seat: Seat, id: str) -> list[Outgoing]:
    return [one for one in seat.app.board.all_outgoing() if one.answers == id]


async def said(engine: Covered, id: str) -> list[Outgoing]:
    """The house's answers to a post, as the engine tells somebody who comes just now."""
    async with console(engine, "witness") as witness:
        await witness.watch("outgoing")
        things = witness.rows["outgoing"].values()
        return [one for one in things if isinstance(one, Outgoing) and one.answers == id]


# Both are open before either has heard of the other; then the review and the "y" of each, in turns
# that put one, the other, or both reviews first.
ORDERS: dict[str, list[Key]] = {
    FIRST: [(0, "ctrl+s"), (0, "y"), (1, "ctrl+s"), (1, "y")],
    SECOND: [(1, "ctrl+s"), (1, "y"), (0, "ctrl+s"), (0, "y")],
    THIRD: [(0, "ctrl+s"), (1, "ctrl+s"), (1, "y"), (0, "y")],
}


async def test_both_begin_at_once_and_one_answer_goes_out(tmp_path: Path) -> None:
    async with two(tmp_path) as (seats, engine):
        for id, order in ORDERS.items():
            for seat in seats if id != SECOND else reversed(seats):
                seat.app.listing.pick(id)
                seat.app.action_reply()  # in one turn of the loop: neither has heard of the other
            assert [seat.app.composer.stage for seat in seats] == ["writing", "writing"]
            for seat, name in zip(seats, NAMES, strict=True):
                await writes(seat, name)
            await settled(seats)
            claim = the(seats[0], id).claim
            assert claim is not None
            mine, other = (0, 1) if claim.who == "anna" else (1, 0)
            handle = the(seats[0], id).post.author.handle
            assert f"{claim.who} deals with @{handle} since" in seats[other].part("#composer-foot")
            for who, key in order:
                await seats[who].press(key)
            await settled(seats)
            (out,) = await said(engine, id)
            assert (out.who, out.text) == (claim.who, NAMES[mine])
            assert seats[mine].app.composer.stage == "closed"
            # The words of the other are kept; nor does an answer go out once the claim has ended.
            assert seats[other].app.composer.text == f"{NAMES[other]}y"
            await until(seats[other], partial(answers, id=id), "the answer is seen")
            seats[other].app.composer.blocked = ""
            await seats[other].press("ctrl+s", "y")
            await settled(seats)
            assert f"{claim.who} has answered it" in seats[other].part("#composer-foot")
            assert len(await said(engine, id)) == 1
            await seats[other].press("escape")
            await settled(seats)


async def test_who_comes_later_is_told_before_the_composer_opens(tmp_path: Path) -> None:
    async with two(tmp_path) as (seats, engine):
        anna, bo = seats
        for seat in seats:
            seat.app.listing.pick(FIRST)
        await anna.press("r")
        await bo.until(lambda: the(bo, FIRST).claim)
        await bo.press("r")
        await bo.until(lambda: "anna deals with @guest1.example since" in bo.message)
        assert not bo.app.composer.is_open
        await writes(anna, "here")
        # That somebody writes is seen by who only reads.
        await bo.until(lambda: "✎ anna writes an answer" in bo.part("#sheet"))
        # Question and answer go on the wall together, and not before the answer is out.
        await anna.press("ctrl+g", "ctrl+s", "y")
        await bo.until(lambda: the(bo, FIRST).answer and not the(bo, FIRST).claim)
        await bo.until(lambda: answers(bo, FIRST))
        assert [one.pair for one in answers(bo, FIRST)] == [True]
        answer(bo, FIRST)
        await bo.until(lambda: "anna has answered at" in bo.screen())
        assert "“here”" in bo.part("#asked")
        await bo.press("enter", "escape")
        assert not bo.app.composer.is_open
        await bo.until(lambda: the(bo, FIRST).shown_answer == "here")
        assert the(bo, FIRST).on_wall
        # A second reply is impossible; what is left is the wall.
        answer(bo, FIRST)
        await bo.press("y")
        await bo.until(lambda: bo.app.composer.is_open)
        assert "Answer on the wall alone" in bo.part("#composer-head")
        assert len(await said(engine, FIRST)) == 1

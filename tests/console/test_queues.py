"""The queues at the left, and the two lines above the list, on a real screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from eventlive.messages import Present, Queue, State, Waiting
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.places import PLACES, WORDS
from tui.rail import Rail, Row


class Crowd(EngineDouble):
    """A double that counts its queues, and knows who is here; `waits` in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: dict[Queue, tuple[int, int]] = {}
        self.present: tuple[Present, ...] = ()

    def state(self) -> State:
        queues = tuple(
            Waiting(queue, count, self.now() - timedelta(seconds=since) if since else None)
            for queue, (count, since) in self.waits.items()
        )
        return replace(super().state(), queues=queues, present=self.present)


@pytest.fixture
async def engine() -> AsyncIterator[Crowd]:
    async with Crowd() as double:
        double.waits = {"questions": (3, 400), "mentions": (12, 190), "done": (2, 0)}
        asks = {n: "open" if n < 3 else "" for n in range(60)}
        await double.put(*(item(f"p{n}", rank=100 - n, question=asks[n]) for n in range(60)))
        yield double


def rail(seat: Seat) -> list[str]:
    return seat.part("#rail").splitlines()


@pytest.mark.parametrize("size", [(100, 24), (120, 40), (300, 100)])
async def test_the_rail_stands_left_of_list_and_post(
    engine: Crowd, open_seat: OpenSeat, size: tuple[int, int]
) -> None:
    seat = await open_seat(size=size)
    await seat.until(lambda: " 7 Mentions" in seat.part("#rail"))
    assert " 7 Mentions   12  3m" in rail(seat)
    await seat.press("j")
    left, middle, right = (seat.app.query_one(id).region for id in ("#rail", "#list", "#sheet"))
    assert left.right == middle.x
    assert middle.right == right.x
    assert right.right == size[0]
    assert right.width <= 90
    assert middle.width >= 40
    shown = [line[: left.width].rstrip() for line in seat.lines()]
    for line in rail(seat):
        assert line.rstrip() in shown


async def test_a_narrow_screen_has_the_tabs_instead(engine: Crowd, open_seat: OpenSeat) -> None:
    for queue in ("people", "flagged", "snoozed", "overdue"):
        engine.waits[queue] = (412, 500)
    seat = await open_seat(size=(80, 24))
    await seat.until(lambda: "60  2 3◑  7 12 " in seat.lines()[1])
    assert not seat.app.query_one("#rail").region.area
    assert seat.app.query_one("#list").region.width == 80
    tabs = seat.lines()[1]
    for said in (" 1 Inbox 60 ", " 2 3◑ ", " 7 12 ", " 0 412 ", "≈ live · j picks"):
        assert said in tabs
    assert " Q " not in tabs
    await seat.press("Q")
    assert " Q Overdue 412" in seat.lines()[1]
    assert "! 412 overdue (Q)" in seat.lines()[0]


async def test_a_click_on_a_place_turns_to_it(engine: Crowd, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.until(lambda: "Mentions" in seat.part("#rail"))
    at = next(y for y, line in enumerate(rail(seat)) if "Mentions" in line)
    await seat.pilot.click("#rail", offset=(8, at))
    assert seat.app.place == "mentions"
    assert rail(seat)[at].startswith("▌7 Mentions")
    assert rail(seat)[0].startswith(" 1 Inbox")
    assert " 7 Mentions 12   posts that name or answer the house" in seat.part("#tabs")
    await seat.press("j", "p")
    await seat.pilot.click("#rail", offset=(8, 0))
    assert seat.app.place == "mentions"
    assert seat.app.composer.is_open
    await seat.press("escape")
    await seat.pilot.click("#rail", offset=(8, len(rail(seat)) + 5))
    assert seat.app.place == "mentions"
    assert engine.orders == []


async def test_each_place_is_reached_by_its_key_and_says_what_it_is(
    engine: Crowd, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.until(lambda: "▌1 Inbox" in seat.part("#rail"))
    for place in PLACES:
        if place in ("found", "rundown"):
            continue
        await seat.press(WORDS[place].key)
        assert seat.app.place == place
        assert WORDS[place].what in seat.part("#tabs")
        on = [line for line in rail(seat) if line.startswith("▌")]
        assert len(on) == 1
        assert WORDS[place].title in on[0]


async def test_colleagues_are_named_and_the_late_is_told_in_red(
    engine: Crowd, open_seat: OpenSeat
) -> None:
    engine.present = (
        Present("eevi", "operator"),
        Present("kim [/red]", "lead", "bluesky:p1", writing=True),
    )
    seat = await open_seat()
    await seat.until(lambda: " 2 here  1 on a post" in seat.part("#rail"))
    assert " ✎ kim [/red]   lead" in rail(seat)
    assert "overdue" not in seat.lines()[0]
    engine.waits |= {"questions": (3, 601), "overdue": (2, 601)}
    await engine.tell_state()
    await seat.until(lambda: "! 2 overdue (Q)" in seat.lines()[0])
    await seat.until(lambda: " Q!Overdue     2 10m" in rail(seat))
    assert " 2!Questions   3 10m" in rail(seat)


async def test_the_rail_is_drawn_twice_a_second_at_most(
    engine: Crowd, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = await open_seat()
    drawn = []
    show = Rail.show_rows

    def counted(at: Rail, rows: Sequence[Row]) -> None:
        drawn.append(rows)
        show(at, rows)

    monkeypatch.setattr(Rail, "show_rows", counted)
    before = seat.app.monotonic()
    for n in range(50):
        engine.waits["questions"] = (n, 400)
        await engine.put(item(f"new{n}", rank=200 + n))
        await engine.tell_state()
        await seat.pilot.pause(0.02)
    took = seat.app.monotonic() - before
    assert len(drawn) <= 2.3 * took + 2

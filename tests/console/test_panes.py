"""Signals, the log, the hand-over and the palette, as an operator finds their way through them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from textual.command import Hit

from eventlive.listening.rising import Rising
from eventlive.listening.signals import Reading
from eventlive.listening.top_voices import TopVoice
from eventlive.messages import HandOver, ScreenInfo, StartSegment, State, Unclaim, Waiting, Write
from eventlive.model import Claim, Decision, Goal
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui import hand_over
from tui.drafts import Draft
from tui.palette import Commands
from tui.signals import Signals

HELSINKI = ZoneInfo("Europe/Helsinki")
SIZES = [(80, 24), (200, 60)]


class Deciding(EngineDouble):
    """An engine's double that tells of its newest decision with every state."""

    def state(self) -> State:
        return replace(super().state(), decisions=self.decisions[-1:])

    def decide(self, count: int, action: str = "archive", **more: Any) -> None:
        """Decide so often; decision 5 is on the post "5"."""
        begun = len(self.decisions)
        now = datetime.now(UTC)
        self.decisions += tuple(
            Decision(seq, now, more.get("who", "anna"), action, f"bluesky:{seq}")
            for seq in range(begun + 1, begun + count + 1)
        )


@pytest.fixture
async def engine() -> AsyncIterator[Deciding]:
    async with Deciding() as double:
        yield double


def reading(*terms: str) -> Reading:
    now = datetime.now(UTC)
    return Reading(
        now,
        tuple(range(60)),
        networks=(("bluesky", 500),),
        languages=(("en", 500),),
        rising=tuple(Rising(term, "word", 9, 2.5, now) for term in terms),
        voices=(TopVoice("bluesky", "ada.example", "Ada", "ada", 120, 14, 8),),
        sent=4,
        answers=3,
    )


# --- signals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_signals_at_every_size(
    engine: Deciding, open_seat: OpenSeat, size: tuple[int, int]
) -> None:
    engine.signals = reading("coffee", "queue")
    engine.goals = (Goal("conversation", 0.5, 0.75),)
    seat = await open_seat(size=size)
    await seat.press("i")
    await seat.until(lambda: "Posts a minute" in seat.screen())
    wanted = ["Rising", "coffee", "@ada.example", "Networks", "Languages", "4 sent", "Goals"]
    if size[1] < 40:  # the rest is below: j goes there
        assert "Goals" not in seat.screen()
        await seat.press("j", "j", "j", "j", "pagedown", "pagedown", "pagedown")
        await seat.until(lambda: "share of conversation" in seat.screen())
        wanted = wanted[4:]
    for word in wanted:
        assert word in seat.screen(), word
    assert {len(line) for line in seat.lines()} == {size[0]}
    await seat.press("i")
    await seat.until(lambda: not seat.app.busy)


async def test_a_term_is_one_key_away_from_its_posts(engine: Deciding, open_seat: OpenSeat) -> None:
    engine.signals = reading("coffee", "queue")
    await engine.put(
        item("1", "no coffee left"), item("2", "great"), item("3", "ada.example rules")
    )
    seat = await open_seat()
    await seat.press("2", "i")
    await seat.until(lambda: "coffee" in seat.screen())
    await seat.press("enter")
    assert isinstance(seat.app.screen, Signals), "nothing is picked: Enter does nothing"
    await seat.press("j")
    # Another term rises above: the cursor stays on its own, and goes nowhere where that has gone.
    engine.signals = reading("newer", "coffee", "queue")
    await engine.tell_state()
    await seat.until(lambda: "newer" in seat.screen())
    assert "▌ coffee" in seat.screen()
    engine.signals = reading("newer", "queue")
    await engine.tell_state()
    await seat.until(lambda: "coffee" not in seat.screen())
    await seat.press("enter")
    assert isinstance(seat.app.screen, Signals)
    engine.signals = reading("coffee")
    await engine.tell_state()
    await seat.until(lambda: "▌ coffee" in seat.screen())
    await seat.press("enter")
    await seat.rows("1")
    assert (seat.app.place, seat.app.listing.filter) == ("inbox", "coffee")
    await seat.press("i")
    await seat.until(lambda: "@ada.example" in seat.screen())
    await seat.press("j", "j", "enter")
    await seat.until(lambda: seat.app.listing.filter == "ada.example on:bluesky")


# --- the log --------------------------------------------------------------------------------------


async def opened_log(seat: Seat, newest: int) -> None:
    await seat.press("l")
    await seat.until(lambda: f"bluesky:{newest}" in seat.screen())


async def test_the_log_says_who_did_what_when_and_to_what(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    await engine.put(item("1", "where is the coffee?"))
    engine.decide(1, "approve")
    engine.decide(2, "reject", who="bo\x1b[2J")
    seat = await open_seat(size=(80, 24))
    await opened_log(seat, 3)
    at = engine.decisions[0].at.astimezone(HELSINKI)
    rows = seat.part("#asked").splitlines()
    assert rows[2].split() == f"{at:%H:%M:%S} anna put on the wall @1.example".split()
    assert rows[0].split()[2:4] == ["bo[2J", "rejected"]
    assert {len(line) for line in seat.lines()} == {80}
    await seat.press("j", "j")
    assert "where is the coffee?" in seat.part("#told")


async def test_the_log_is_filtered_as_it_is_typed(engine: Deciding, open_seat: OpenSeat) -> None:
    engine.decide(2)
    engine.decide(1, "hold", who="bo")
    seat = await open_seat()
    await opened_log(seat, 2)
    await seat.press("slash")
    await seat.write("anna")
    await seat.until(lambda: engine.read[-1].filter == "anna")
    await seat.until(lambda: "HELD" not in seat.screen())
    await seat.press("enter", "j", "escape")
    await seat.until(lambda: "HELD EVERYTHING" in seat.screen(), "the first Esc ends the filter")
    await seat.press("escape")
    await seat.until(lambda: not seat.app.busy)


async def test_what_is_read_stands_still_and_what_is_new_waits(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    engine.decide(3)
    seat = await open_seat()
    await opened_log(seat, 3)
    await seat.press("j")
    before = seat.part("#asked")
    engine.decide(3, "reject")
    await engine.tell_state()
    await seat.until(lambda: "▲3 new · g" in seat.screen())
    assert seat.part("#asked") == before
    await seat.press("g")
    assert seat.part("#asked").splitlines()[0].split()[3:] == ["rejected", "bluesky:6"]
    assert "▲" not in seat.part("#asked-head")


async def test_older_decisions_come_when_the_end_is_near(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    engine.decide(250)
    seat = await open_seat()
    await opened_log(seat, 250)
    assert "1 of 100+" in seat.screen()
    await seat.press("G")
    await seat.until(lambda: "100 of 200+" in seat.screen())
    await seat.press("G")
    await seat.until(lambda: "200 of 250" in seat.screen())
    await seat.press("G")
    assert "250 of 250 " in seat.screen()
    assert "bluesky:1 " in seat.screen()
    assert [asked.before for asked in engine.read if asked.before] == [151, 51]


async def test_enter_goes_to_the_post_or_says_how_it_is_found(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    await engine.put(*(item(f"{n}", rank=n) for n in range(1, 4)))
    engine.decide(4)
    seat = await open_seat()
    await opened_log(seat, 4)
    await seat.press("enter")
    await seat.until(lambda: "not in sight: ^f finds it" in seat.message)
    await opened_log(seat, 4)
    await seat.press("j", "j", "enter")
    await seat.until(lambda: seat.cursor == "2")
    assert seat.app.place == "inbox"


async def test_a_log_whose_engine_is_gone_says_so_and_keeps_what_it_shows(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    engine.decide(2)
    seat = await open_seat()
    await opened_log(seat, 2)
    await engine.shut()
    await seat.until(lambda: "the engine is gone: this was the log at" in seat.screen())
    assert "bluesky:2" in seat.part("#asked")
    engine.decide(1)
    await engine.open()
    await seat.until(lambda: "▲1 new" in seat.screen())


# --- the end of a shift ---------------------------------------------------------------------------


async def test_a_shift_is_looked_over_and_then_handed_over(
    engine: Deciding, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.dialogs.LOOK_FIRST", 60.0)
    now = datetime.now(UTC)
    mine = item("1", "mine to answer", claim=Claim("eevi", now))
    late = item("2", "late", question="open", received_at=now - timedelta(minutes=20))
    await engine.put(mine, late)
    engine.queues = (Waiting("snoozed", 3),)
    seat = await open_seat()
    seat.app.speaking.drafts.keep(Draft("half a word", "main", mine))
    seat.app.speaking.drafts.keep(Draft("for the screens", "main", late, wall=True))
    await seat.until(lambda: len(seat.app.listing.shown) == 2)
    assert seat.app.handing_over.mine == 3
    await seat.press("h")
    await seat.until(lambda: "What you leave" in seat.screen())
    for words in ("@1.example: mine to answer", "half a word", "20m @2.example", "3 come back"):
        assert words in seat.screen(), words
    await seat.press("enter", "y", "h")
    assert engine.commands() == []
    await seat.press("w")
    await seat.write("mind the coffee")
    await seat.press("enter", "y")
    await seat.until(lambda: "Hand this over?" in seat.screen())
    assert engine.commands() == [], "a y that was typed before it could be seen agrees to nothing"
    screen = seat.app.screen
    assert isinstance(screen, hand_over.Leaving)
    screen.look_over()
    await seat.until(lambda: "y hand over" in seat.screen())
    assert "mind the coffee" in seat.screen()
    assert "z does not take this back" in seat.screen()
    await seat.press("y")
    write, over = await seat.ordered(None, 2)
    assert write == Write("half a word", "main", mine.id, 1)
    assert isinstance(over, HandOver)
    assert over.text.startswith("mind the coffee\nClaimed:\n· @1.example: mine to answer\n")
    await seat.until(lambda: "handed over" in seat.message)
    kept = [draft.text for draft in seat.app.speaking.drafts.all()]
    assert kept == ["for the screens"], "what became a draft of the house is not kept here, too"
    assert engine.commands(Unclaim) == [], "the engine lets claims go"


async def test_a_hand_over_that_was_refused_keeps_word_and_drafts(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    engine.refusals = {HandOver: "not now", Write: "no account"}
    seat = await open_seat()
    seat.app.speaking.drafts.keep(Draft("half a word", "main"))
    await seat.press("h", "w")
    await seat.write("bye")
    await seat.press("enter")
    await seat.until(lambda: "y hand over" in seat.screen())
    await seat.press("y")
    await seat.until(lambda: "refused: not now" in seat.message)
    assert [draft.text for draft in seat.app.speaking.drafts.all()] == ["half a word"]
    await seat.press("h", "w")
    await seat.until(lambda: seat.app.prompt.asked == "words")
    await seat.press("enter")
    await seat.until(lambda: "bye" in seat.part("#asked"))
    await seat.press("escape")
    await seat.until(lambda: not seat.app.busy)


async def test_who_only_looks_on_has_nothing_to_hand_over(
    engine: Deciding, open_seat: OpenSeat
) -> None:
    engine.role = "viewer"
    seat = await open_seat()
    await seat.press("h")
    await seat.until(lambda: "a viewer has nothing to hand over" in seat.message)


# --- the palette ----------------------------------------------------------------------------------


async def test_the_palette_finds_all_by_name(engine: Deciding, open_seat: OpenSeat) -> None:
    engine.segments = a_show(datetime.now(UTC))
    engine.screens = (ScreenInfo("lobby [/red]", 1920, 1080),)
    seat = await open_seat()
    seat.app.memory.save_filter("coffees", "lang:fi coffee")
    commands = Commands(seat.app.screen)

    async def found(query: str) -> list[Hit]:
        return [hit async for hit in commands.search(query) if isinstance(hit, Hit)]

    for query, name in (
        ("lobby", "screen lobby [/red]: what it shows now"),
        ("coffees", "filter coffees: /lang:fi coffee"),
        ("hand over", "hand over: end your shift: what is left, to the others  (h)"),
        ("skip: panel", "skip: Panel"),
        ("plan again", "plan again: Doors"),
        ("dark", "colours dark: for a dark hall"),
    ):
        assert name in [str(hit.match_display) for hit in await found(query)], query
    (hit,) = [hit for hit in await found("filter coffees") if "lang:fi" in str(hit.text)]
    hit.command()
    await seat.until(lambda: seat.app.listing.filter == "lang:fi coffee")
    await seat.press("ctrl+p")
    await seat.write("start: launch")
    await seat.until(lambda: "start: Launch" in seat.screen())
    await seat.press("enter")
    await seat.until(lambda: "Start “Launch” now?" in seat.screen())
    await seat.press("enter", "y")
    assert await seat.ordered(StartSegment) == [StartSegment("launch")]
    assert len(engine.commands(StartSegment)) == 1

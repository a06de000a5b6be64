"""Planned posts on the console: when and for whom they leave, what keys do, prepared words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventlive.listening.variables import Names, Naming
from eventlive.messages import (
    AccountInfo,
    AnswerInfo,
    ApprovePost,
    Discard,
    FactInfo,
    HoldPost,
    Move,
    Rewrite,
    Send,
    TakeBack,
)
from eventlive.model import Anchor, Item, Outgoing, OutgoingState
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui.planned import again, approval, order
from tui.prepared import offers
from tui.row import row

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2027, 5, 20, 11, 0, tzinfo=UTC)


def post(id: str, minutes: float = 12, state: OutgoingState = "queued", **more: Any) -> Outgoing:
    """A planned post, tied to the panel's start unless told otherwise."""
    now = more.pop("now", datetime.now(UTC))
    due = now + timedelta(minutes=minutes) if state == "queued" else None
    more.setdefault("anchor", Anchor("panel"))
    text = more.pop("text", f"words of {id}")
    return Outgoing(
        id, 1, more.pop("account", "main"), text, "script", now, state, due_at=due, **more
    )


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    engine.segments = a_show(datetime.now(UTC))
    await engine.put(
        post("late", 30, account="x", needs_approval=True),
        post("soon", 12, anchor=None, at=datetime.now(UTC) + timedelta(minutes=12)),
        post("again", 20, series="hours", nth=3, anchor=Anchor("panel", seconds=4800)),
        post("held", 0, "held", reason="12 min late"),
    )
    return engine


async def outgoing(seat: Seat, id: str) -> None:
    """Put the cursor on a post of the house."""
    await seat.press("3")
    await seat.rows("held", "soon", "again", "late")
    await seat.press(*"jjjj"[: ["held", "soon", "again", "late"].index(id) + 1])
    assert seat.cursor == id


# --- the list -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_needs_a_person_first_then_by_time(
    desk: EngineDouble, open_seat: OpenSeat, size: tuple[int, int]
) -> None:
    seat = await open_seat(size=size)
    await outgoing(seat, "soon")
    due = desk.out["soon"].due_at
    assert due is not None
    pane = seat.app.list_pane.region
    rows = {id: seat.lines()[pane.y + y][pane.x : pane.right] for y, id in enumerate(seat.ids())}
    assert "‖ held" in rows["held"]
    assert "12 min late · " in rows["held"] or size[0] < 100
    assert f"{due.astimezone(HELSINKI):%H:%M} ◷ planned" in rows["soon"]
    assert "in 11 min · " in rows["soon"]
    assert "not approv" in rows["late"]
    assert "every 40 min, 3rd" in rows["again"] or size[0] < 200
    assert "S send now" in seat.part("#keys")
    assert {len(line) for line in seat.lines()} == {size[0]}


def test_the_order_leaves_what_has_no_time_as_it_was() -> None:
    now = NOW
    ids = [
        one.id
        for one in order(
            [
                post("sent", state="sent", now=now),
                post("draft", state="draft", now=now),
                post("b", 5, now=now),
                post("unclear", state="uncertain", now=now),
                post("a", 4, now=now),
                post("failed", state="failed", now=now),
            ]
        )
    ]
    assert ids == ["unclear", "failed", "a", "b", "draft", "sent"]


def test_what_comes_again_says_how_often_and_which_it_is() -> None:
    assert again(post("a")) == ""
    assert again(post("a", series="s", nth=1, anchor=Anchor("panel"))) == "comes again, 1st"
    twelfth = Anchor("panel", seconds=11 * 2400)
    assert again(post("a", series="s", nth=12, anchor=twelfth)) == "every 40 min, 12th"


def test_an_approval_is_wanted_only_of_what_may_still_leave() -> None:
    assert approval(post("a", needs_approval=True)) == ("needs a second person", "warn")
    assert approval(post("a", needs_approval=True, approved_by="anna"))[0] == "approved by anna"
    assert approval(post("a", state="dropped", needs_approval=True)) == ("", "")


def test_a_post_of_another_day_names_the_day() -> None:
    text = "".join(span.text for span in row(post("a", 1500, now=NOW), 120, NOW, "eevi"))
    assert text.startswith("   Fri ◷ planned  main     script")
    assert "in 25 h 00 min · panel · words of a" in text


async def test_variables_are_shown_filled_and_as_they_were_written(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.segments = a_show(datetime.now(UTC))
    engine.accounts = (*engine.accounts, AccountInfo("dry", "rehearsal", "dry", "Dry", 280))
    engine.names = Names({"ada": Naming("Ada L.", handles={"bluesky": "ada.example"})})
    text = "{segment.title} in {segment.room} with {speaker.ada} [/red]"
    await engine.put(
        post("main", 1, text=text),
        post("dry", 2, text=text, account="dry"),
        post("bad", 3, text="{next.room}", anchor=Anchor("close")),
    )
    seat = await open_seat()
    await seat.press("3", "j")
    sheet = seat.app.face.sheet
    await seat.until(lambda: "Panel in A with @ada.example [/red]" in sheet.text)
    assert "As written: {segment.title} in" in sheet.text
    await seat.press("j")
    await seat.until(lambda: "Panel in A with Ada L. [/red]" in sheet.text)
    await seat.press("j")
    why = "✗ Cannot be filled: nothing comes after 'close'"
    await seat.until(lambda: why in " ".join(sheet.text.split()))
    assert "As written" not in sheet.text


# --- its keys -----------------------------------------------------------------------------------


async def test_moving_shows_what_it_will_be_before_it_is_sent(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "again")
    await seat.press("T", *"keynot+05:00", "enter")
    assert "no such segment: keynote?" in seat.part("#prompt-hint")
    assert desk.commands() == []
    await seat.press(*["backspace"] * 6, *"e.end-02:00")
    await seat.until(lambda: "(keynote.end-02:00), in 9 min" in seat.part("#prompt-hint"))
    await seat.press("enter")
    anchor = Anchor("keynote", "end", -120)
    assert await seat.ordered() == [Move("again", 1, anchor=anchor)]
    assert "z does not undo that" in seat.message


async def test_a_shift_keeps_a_post_tied(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await outgoing(seat, "again")
    await seat.press("T", *"-5", "enter")
    assert await seat.ordered() == [Move("again", 1, anchor=Anchor("panel", seconds=4500))]


async def test_a_fixed_time_takes_a_post_off_the_programme(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "held")
    at = (datetime.now(UTC) + timedelta(minutes=45)).replace(second=0, microsecond=0)
    await seat.press("T", *f"{at.astimezone(HELSINKI):%H:%M}", "enter")
    assert await seat.ordered() == [Move("held", 1, at=at)]


async def test_sending_now_asks_and_can_be_taken_back(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "soon")
    await seat.press("S", "S", "enter")
    asked = " ".join(seat.part("#asked").split())
    assert "Send it now, as @nordcon?" in asked
    assert "words of soon" in asked
    assert "cannot be undone" in asked
    assert desk.commands() == []
    await seat.press("y")
    assert await seat.ordered() == [Send("soon", 1)]
    await seat.until(lambda: "goes out in" in seat.part("#parting"))
    await desk.change_out("soon", at=None, anchor=None)
    await seat.until(lambda: seat.app.board.outgoing("soon").version == 3)
    await seat.press("u")
    assert await seat.ordered(TakeBack) == [TakeBack("soon", 3)]


async def test_what_waits_for_a_second_person_says_so_after_send(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "late")
    await seat.press("S")
    assert "needs a second person first: until then it is held" in seat.part("#asked")
    await seat.press("y")
    await seat.ordered(Send)
    await desk.change_out("late", state="held", reason="waits for a second person's approval")
    await seat.until(lambda: "held: waits for a second person" in seat.message)


async def test_holding_and_approving_are_said_to_be_final(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "late")
    await seat.press("H")
    assert await seat.ordered() == [HoldPost("late", 1)]
    assert "z does not undo that" in seat.message
    desk.refusals[ApprovePost] = "nobody approves their own words: a second person must"
    await seat.press("O")
    await seat.ordered(ApprovePost)
    assert "nobody approves their own words" in seat.message
    desk.refusals.clear()
    await seat.press("O")
    assert (await seat.ordered(ApprovePost, 2))[1] == ApprovePost("late", 2)
    await seat.until(lambda: "approved by eevi" in seat.app.face.sheet.text)


@pytest.mark.parametrize(("key", "series"), [("y", False), ("s", True)])
async def test_one_of_a_series_is_dropped_alone_or_with_the_rest(
    desk: EngineDouble, open_seat: OpenSeat, key: str, series: bool
) -> None:
    seat = await open_seat()
    await outgoing(seat, "again")
    await seat.press("x", "x", "enter")
    assert "one of a series (every 40 min, 3rd)" in seat.part("#asked")
    await seat.press(key)
    assert await seat.ordered() == [Discard("again", 1, series=series)]
    assert seat.cursor == "late"


async def test_new_words_for_a_planned_post_keep_its_time(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "soon")
    await seat.press("r")
    await seat.write(", rewritten")
    await seat.press("ctrl+s")
    await seat.until(lambda: "only y changes it; it leaves at its time" in seat.part("#keys"))
    await seat.press("y")
    assert await seat.ordered() == [Rewrite("soon", 1, "words of soon, rewritten")]
    assert seat.app.composer.stage == "closed"
    assert "it keeps its time" in seat.message
    assert not seat.app.query_one("#parting").display


async def test_a_post_that_stopped_waiting_is_not_sent_by_the_key_for_its_words(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "soon")
    await seat.press("r")
    await seat.write("!")
    await seat.press("ctrl+s")
    await desk.change_out("soon", state="held", due_at=None, reason="held by kim")
    await seat.until(lambda: seat.app.board.outgoing("soon").state == "held")
    await seat.press("y")
    assert "it is held by now" in seat.part("#composer-foot")
    assert desk.commands() == []


async def test_a_post_that_was_planned_meanwhile_is_not_sent_by_the_key_for_sending(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "held")
    await seat.press("r")
    await seat.write("!")
    await seat.press("ctrl+s")
    await desk.change_out("held", state="queued", due_at=datetime.now(UTC) + timedelta(hours=1))
    await seat.until(lambda: seat.app.board.outgoing("held").state == "queued")
    await seat.press("y")
    assert "it is planned by now: y would change its words" in seat.part("#composer-foot")
    assert desk.commands() == []
    await seat.press("ctrl+s", "y")
    assert await seat.ordered() == [Rewrite("held", 2, "words of held!")]


async def test_what_was_sent_now_comes_back_as_it_was_written(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.segments = a_show(datetime.now(UTC))
    await engine.put(post("soon", text="{segment.title} now"))
    seat = await open_seat()
    await seat.press("3", "j", "S")
    await seat.until(lambda: "Panel now" in seat.part("#asked"))
    await seat.press("y")
    await seat.until(lambda: "u takes it back" in seat.part("#parting"))
    await seat.until(lambda: seat.app.board.outgoing("soon").version == 2)
    await seat.press("u")
    await seat.until(lambda: seat.app.composer.is_open)
    assert seat.app.composer.text == "{segment.title} now"


async def test_new_words_without_an_answer_are_kept(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await outgoing(seat, "soon")
    await seat.press("r")
    await seat.write("!")
    desk.deaf = True
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: desk.commands(Rewrite))
    await desk.shut()
    await seat.until(lambda: "has not said whether it took this" in seat.part("#composer-foot"))
    assert seat.app.composer.text == "words of soon!"


# --- prepared words -----------------------------------------------------------------------------

_PAST, _LATER = NOW - timedelta(minutes=1), NOW + timedelta(hours=1)
ANSWERS = (
    AnswerInfo("wifi", "en", ("wifi",), "The network is called guest."),
    AnswerInfo("old", "en", ("parking", "car"), "Park in the yard.", _PAST),
    AnswerInfo("parken", "de", ("parken", "auto"), "Parken im Hof.", _LATER),
    AnswerInfo("park", "en", ("parking", "car"), "Park at the pier.", _LATER, "x"),
    AnswerInfo("food", "en", ("food",), "Soup at noon."),
)
FACTS = (
    FactInfo("pier", "The pier is open.", "https://example.org/pier", "en"),
    FactInfo("gone", "It rains.", "", "en", _PAST),
)


def asked(**more: Any) -> Item:
    return item("q", "Where is parking for my car?", language="en", network="x", **more)


def test_the_best_answers_come_first_and_those_run_out_never() -> None:
    texts = [offer.text for offer in offers(ANSWERS, FACTS, asked(), NOW)]
    assert texts[0] == "Park at the pier."
    assert "Park in the yard." not in texts
    assert sorted(texts) == sorted(one.text for one in ANSWERS if one.id != "old")
    assert offers(ANSWERS, FACTS, None, NOW)[0].text == "The network is called guest."


def test_a_correction_with_its_source_is_offered_before_all() -> None:
    first = offers(ANSWERS, FACTS, asked(fact="pier"), NOW)[0]
    assert first.text == "The pier is open. https://example.org/pier"
    assert first.mark == "fact"
    assert offers(ANSWERS, FACTS, asked(fact="gone"), NOW)[0].mark != "fact"


async def test_a_prepared_answer_may_choose_its_account(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.answers = (AnswerInfo("park", "en", ("car",), "At the pier.", None, "x"),)
    engine.facts = FACTS
    await engine.put(
        item("q", "Parking for my car?", language="en", rank=2, fact="pier"),
        item("s", "My ticket is broken", rank=1, support=True),
    )
    seat = await open_seat(size=(80, 24))
    await seat.rows("q", "s")
    await seat.press("j", "enter")
    assert "It is so: The pier is open." in seat.app.face.sheet.text
    await seat.press("c")
    lines = seat.part("#asked").splitlines()
    assert next(line for line in lines if line.startswith("▌")).startswith("▌fact en ")
    await seat.press("j", "enter")
    assert seat.app.composer.text == "At the pier."
    assert "as @nordcon_x on X" in seat.part("#composer-head")


async def test_a_case_for_support_is_answered_from_its_account(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.accounts = (*engine.accounts, AccountInfo("help", "bluesky", "help", "Help", 300))
    engine.support = "help"
    await engine.put(
        item("s", "My ticket is broken", rank=2, support=True),
        item("q", "Where is it?", rank=1),
        item("x", "My ticket!", rank=0, support=True, network="x", to=("nordcon_x",)),
    )
    seat = await open_seat()
    await seat.rows("s", "q", "x")
    await seat.press("j")
    assert "Sounds like a case for support: @help answers" in seat.app.face.sheet.text
    await seat.press("r")
    assert "as @help on Bluesky" in seat.part("#composer-head")
    assert "sounds like a case for support: @help answers" in seat.message
    await seat.press("escape", "j", "r")
    assert "as @nordcon on Bluesky" in seat.part("#composer-head")
    await seat.press("escape", "j", "r")
    assert "as @nordcon_x on X" in seat.part("#composer-head")

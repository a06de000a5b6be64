"""What two operators ran into on a shift with the demo; each test says what should have been so."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from textual import events
from textual.screen import ModalScreen
from textual.widgets import Input

import tui
from eventlive.listening.rising import Rising
from eventlive.listening.signals import Reading
from eventlive.messages import AnswerInfo, Hold, TakeBack
from eventlive.model import Anchor, Outgoing, Scene
from tests.console.conftest import Clock, OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui.board import Board
from tui.dialogs import Dialog
from tui.lines import Lines, length
from tui.signals import few


async def two_questions(engine: EngineDouble) -> None:
    await engine.put(
        item("q", "Where is the stream?", rank=2, question="open", language="en"),
        item("r", "Where is the soup?", rank=1, question="open", language="en"),
    )


async def writing(engine: EngineDouble, open_seat: OpenSeat) -> Seat:
    """A console with the composer open on the first of two questions."""
    await two_questions(engine)
    seat: Seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j", "r")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    return seat


def at_once(seat: Seat, *keys: str) -> None:
    """Keys that are there before the first of them has done its work, as a fast hand's are."""
    for key in keys:
        seat.app.screen.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("keys", ["sp", "ss"])
async def test_two_fast_keys_in_a_question(
    engine: EngineDouble, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    await two_questions(engine)
    seat = await open_seat()
    await seat.rows("q", "r")
    faults: list[Exception] = []
    monkeypatch.setattr(seat.app, "_handle_exception", faults.append)  # which ends the console
    await seat.press("j", "b")
    await seat.until(lambda: "What for?" in seat.screen())
    at_once(seat, *keys)
    await seat.until(lambda: "What for?" not in seat.screen())
    await seat.settled()
    assert not faults


async def test_an_engine_that_begins_anew_is_believed(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    planned = Outgoing(
        "post-a", 1, "main", "Doors", "script", now, "queued", due_at=now + timedelta(hours=1)
    )
    engine.out["post-a"] = replace(planned, version=4, state="sent", sent_at=now)
    engine.items["bluesky:q"] = item("q", "Where?", version=5, avoided=True)
    seat = await open_seat()
    await seat.press("3")
    await seat.until(lambda: "✓ sent" in seat.screen())
    await engine.shut()
    await seat.until(lambda: not seat.app.board.up)
    engine.out["post-a"] = planned
    engine.items["bluesky:q"] = item("q", "Where?", version=1)
    await engine.open()
    await seat.until(lambda: seat.app.board.up)
    await seat.until(lambda: "▸ leaving" in seat.screen(), "what the new engine says")
    assert "✓ sent" not in seat.screen()
    await seat.press("1")
    await seat.until(lambda: "does not engage" not in seat.screen(), "nobody avoids them now")


async def test_the_head_of_an_answer_names_whom_it_answers(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await two_questions(engine)
    seat = await open_seat(size=(80, 24))
    await seat.rows("q", "r")
    await seat.press("j", "r")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    await seat.write("words")
    await seat.until(lambda: "Answer to @q.example" in seat.screen())
    await seat.press("escape", "j", "enter", "c")
    await seat.until(lambda: "A prepared answer to @r.example" in seat.screen())
    await seat.press("enter")
    await seat.until(lambda: "Answer to @r.example" in seat.part("#composer-head"))
    await seat.until(lambda: "Answer to @r.example" in seat.screen(), "painted, too")


async def test_the_five_seconds_are_five_in_a_rehearsal(
    engine: EngineDouble, clock: Clock, open_seat: OpenSeat
) -> None:
    # eventlive/briefing.py gives people's hands as long at any speed: 5 real seconds.
    engine.speed = 3.0
    seat = await writing(engine, open_seat)
    await seat.write("words")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: "goes out in" in seat.part("#parting"))
    assert "goes out in 2 s" not in seat.part("#parting")
    clock.later(3.2)
    await seat.until(lambda: "goes out in 2 s" in seat.part("#parting"))
    assert engine.out["out-1"].state == "queued"
    await seat.press("u")
    assert await seat.ordered(TakeBack)


async def test_to_hold_what_is_held_is_no_failure(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.scene = Scene("main", 2, title="NordCon", held=True)
    await two_questions(engine)
    engine.refusals[Hold] = "everything is held already"
    seat = await open_seat()
    await seat.press("exclamation_mark")
    await seat.until(lambda: "everything is held already" in seat.message)
    assert "refused" not in seat.message


async def test_the_release_says_what_goes_out(engine: EngineDouble, open_seat: OpenSeat) -> None:
    # docs/operating.md: "read what it says is about to go out before you press y".
    now = datetime.now(UTC)
    engine.scene = Scene("main", 2, title="NordCon", held=True)
    await engine.put(
        Outgoing("post-a", 1, "main", "Storm at noon", "s", now, "queued", due_at=now),
    )
    seat = await open_seat()
    await seat.until(lambda: seat.app.board.outgoing("post-a"))
    await seat.press("R")
    await seat.until(lambda: "End the hold?" in seat.screen())
    assert "Storm at noon" in seat.part("#asked")


async def test_prepared_answers_fit_a_small_terminal(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.answers = tuple(
        AnswerInfo(f"a{n}", "en", ("stream",), f"The stream {n}: " + "many words of help " * 12)
        for n in range(12)
    )
    await engine.put(item("q", "stream? " * 30, rank=2, question="open", language="en"))
    seat = await open_seat(size=(80, 24))
    await seat.rows("q")
    await seat.press("j", "c")
    await seat.until(lambda: "A prepared answer" in seat.screen())
    await seat.until(lambda: any(line.rstrip().endswith("╮") for line in seat.lines()))
    await seat.until(lambda: "take it to the composer" in seat.screen())


async def test_the_help_is_not_cut_at_80_columns(engine: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat(size=(80, 24))
    await seat.press("question_mark")
    await seat.until(lambda: "How" in seat.screen() or "Signs in a row" in seat.screen())
    wide = seat.app.screen.query_one("#asked").content_size.width
    assert max(map(length, seat.app.screen.query_one("#asked")._lines)) <= wide


async def test_the_composer_knows_that_the_engine_is_back(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await writing(engine, open_seat)
    await engine.shut()
    await seat.until(lambda: not seat.app.board.up)
    await seat.write("over there")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: "engine is gone" in seat.part("#composer-foot"))
    await engine.open()
    await seat.until(lambda: seat.app.board.up)
    await seat.until(lambda: "is back" in seat.message)
    await seat.settled()
    assert "engine is gone" not in seat.part("#composer-foot")


def test_no_dialog_takes_a_key_after_it_was_answered() -> None:
    for module in pkgutil.iter_modules(tui.__path__):
        part = importlib.import_module(f"tui.{module.name}")
        for kind in vars(part).values():
            if inspect.isclass(kind) and kind.__module__ == part.__name__ != "tui.dialogs":
                assert not issubclass(kind, ModalScreen) or issubclass(kind, Dialog), kind


async def test_two_fast_keys_in_any_page(
    engine: EngineDouble, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_questions(engine)
    engine.answers = (AnswerInfo("a", "en", ("stream",), "We stream it all."),)
    seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j")
    faults: list[Exception] = []
    monkeypatch.setattr(seat.app, "_handle_exception", faults.append)
    for opens in ("question_mark", "F", "i", "l", "h", "f9", "f2", "c", "b"):
        await seat.press(opens)
        await seat.until(lambda: len(seat.app.screen_stack) == 2, opens)
        at_once(seat, "escape", "escape")
        await seat.until(lambda: len(seat.app.screen_stack) == 1, opens)
        await seat.pilot.pause(0.05)
        assert not faults, opens


async def test_what_is_typed_at_once_after_w_is_the_word(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("h")
    await seat.until(lambda: "Press w to write a word" in seat.screen())
    at_once(seat, *"wall well")
    await seat.until(lambda: seat.app.prompt.query_one(Input).value == "all well")


async def test_planned_posts_are_named_by_their_words(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    text = "{segment.title} comes, and nobody knows for how long"
    due = now + timedelta(minutes=12)
    engine.segments = a_show(now)
    await engine.put(
        Outgoing(
            "p", 1, "main", text, "s", now, "queued", due_at=due, anchor=Anchor("panel", seconds=9)
        ),
        Outgoing("held", 1, "main", "h", "s", now, "held"),
        Outgoing("lost", 1, "main", "l", "s", now, "uncertain"),
    )
    seat = await open_seat(size=(200, 60))
    await seat.press("3", "j")
    await seat.until(lambda: seat.cursor)
    for _ in range(3):
        foot = seat.part("#keys")
        match seat.cursor:
            case "held":
                assert "S send now" in foot
                assert "take back" not in foot
                assert "settle" not in foot
            case "lost":
                assert "V settle" in foot
                assert "take back" not in foot
                assert "send now" not in foot
            case "p":
                await seat.press("T")
                label = seat.part("#prompt-label")
                assert label == "“Panel comes, and nobody…” leaves at: "
                hint = seat.app.screen.query_one("#prompt-hint", Lines)
                assert hint.text == " 14:05, +10 or -5 min, keynote+05:00 "
                assert {span.ink for span in hint._lines[0]} <= {"", "dim"}  # nothing is wrong yet
                await seat.write("keynote")
                await seat.until(lambda: "has begun already" in seat.part("#prompt-hint"))
                await seat.press("escape")
        await seat.press("j")


async def test_nothing_is_promised_while_the_engine_is_gone(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.scene = Scene("main", 2, title="NordCon", held=True)
    seat = await writing(engine, open_seat)
    await seat.write("words")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: "after the release" in seat.part("#parting"))
    await engine.shut()
    await seat.until(lambda: "engine is gone" in seat.part("#parting"))
    assert "release" not in seat.part("#parting")
    assert "takes it back" not in seat.part("#parting")


def test_the_rail_gives_a_term_all_its_room() -> None:
    board = Board()
    term = Rising("#harbourbath", "tag", 12, 3.2, datetime.now(UTC))
    board.signals = Reading(datetime.now(UTC), (1,), rising=(term,), sent=3214, answers=1107)
    rows = ["".join(span.text for span in line) for line in few(board, 20, 8)]
    assert any("#harbourbath" in row for row in rows), rows
    assert any(row.startswith("talk ") and row.rstrip().endswith("1,107") for row in rows), rows


async def test_a_narrow_screen_shows_the_wall_too(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    one = item("q", "Where is the soup?", on_wall=True, shown_answer="At the door.")
    engine.shown.append(one.id)
    await engine.put(one)
    seat = await open_seat(size=(80, 24))
    await seat.press("4")
    await seat.rows("q")
    assert "about like this" not in seat.screen()
    await seat.press("enter")
    await seat.until(lambda: "about like this: one card" in seat.screen())
    assert "At the door." in seat.screen()
    await seat.press("escape")
    await seat.until(lambda: "about like this" not in seat.screen())

"""Keys against an operator's luck: news between two keys, dialogs, pastes, holds, lost words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events

from eventlive.messages import (
    AddNote,
    ApproveNext,
    Archive,
    Hold,
    Release,
    Reply,
    SeeTo,
    Several,
    StartSegment,
    TakeBack,
)
from eventlive.model import Outgoing, Reminder, Segment
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tui.drafts import Draft, Drafts

# --- the post, and the version, that was seen ----------------------------------------------------


async def test_a_marked_post_that_changed_out_of_sight_is_not_decided_on(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(*(item(f"n{nth:02}", "harmless", rank=100 - nth) for nth in range(60)))
    seat = await open_seat(size=(120, 20))
    await seat.press("j", "space", "space", "G")
    changed_one = engine.items["bluesky:n00"]
    await engine.change(changed_one.id, post=replace(changed_one.post, text="BUY FILTH NOW"))
    listing = seat.app.listing
    await seat.until(lambda: listing.get(changed_one.id).post.text == "BUY FILTH NOW")
    assert listing.top > 5  # it is not on the screen
    assert "FILTH" not in seat.screen()
    await seat.press("w", "y")
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    assert not engine.items[changed_one.id].on_wall


async def test_an_order_that_waits_is_not_raised_to_a_version_nobody_saw(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.present_when_ok = True
    await engine.put(item("a", "harmless"))
    seat = await open_seat()
    engine.deaf = True
    await seat.press("j", "a", "w")  # claiming compares no versions: the second one waits for it
    await seat.until(lambda: len(engine.orders) == 1)
    old = engine.items["bluesky:a"]
    engine.items[old.id] = replace(
        old, version=old.version + 1, post=replace(old.post, text="BUY FILTH NOW")
    )
    await engine.wake()
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    assert not engine.items["bluesky:a"].on_wall


async def test_what_is_found_again_does_not_move_the_cursor(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(*(item(id, "tea") for id in ("a", "b", "c", "d")))
    seat = await open_seat()
    await seat.press("ctrl+f")
    await seat.write("tea")
    await seat.press("enter")
    await seat.rows("a", "b", "c", "d")
    await seat.press("j", "j")
    cursor = seat.cursor
    assert cursor in ("b", "c")
    del engine.items[f"bluesky:{cursor}"]  # it fell out of what the engine finds
    await seat.press("!")
    await seat.until(lambda: len(engine.searches) == 2)
    await seat.until(lambda: cursor not in seat.ids() or seat.cursor == cursor)
    await seat.settled()
    assert seat.cursor in (cursor, "")


async def test_coming_back_to_a_queue_leaves_the_cursor_on_its_post(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    posts = [item(id, mentions_us=True, rank=9 - nth) for nth, id in enumerate("abcd")]
    await engine.put(*posts)
    seat = await open_seat()
    await seat.press("7")
    await seat.rows("a", "b", "c", "d")
    await seat.press("j", "j", "j")
    assert seat.cursor == "c"
    await seat.press("1")
    await engine.change("bluesky:c", state="archived")
    await seat.press("7")
    await seat.until(lambda: "c" not in seat.ids() or seat.app.listing.is_ghost("bluesky:c"))
    assert seat.cursor in ("c", "")


async def test_a_reminder_that_was_never_painted_is_not_seen_to(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    engine.reminders = tuple(
        Reminder(f"r{nth}", 1, f"reminder {nth}", "due", now - timedelta(minutes=9 - nth))
        for nth in range(2)
    )
    seat = await open_seat()
    await seat.until(lambda: "reminder 0" in seat.screen())
    for _ in range(2):  # both are there before anything was painted, as by auto-repeat
        seat.app.post_message(events.Key("D", "D"))
    await seat.until(lambda: engine.commands(SeeTo))
    await seat.settled()
    assert len(engine.commands(SeeTo)) == 1


async def test_a_repeated_key_starts_no_part_that_was_not_on_the_screen(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    engine.segments = (Segment("panel", 1, "Panel", now, 30, begins=now, ends=now, by="hand"),)
    await engine.put(item("a"))
    seat = await open_seat()
    await seat.until(lambda: seat.app.board.segments)
    for _ in range(2):
        seat.app.post_message(events.Key("S", "S"))
    await seat.until(lambda: seat.app.place == "rundown")
    await seat.settled()
    assert not engine.commands(StartSegment)


# --- questions that stay open while the world goes on --------------------------------------------


async def test_the_end_of_one_hold_does_not_end_the_next_one(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.scene = replace(engine.scene, held=True)
    seat = await open_seat()
    await seat.until(lambda: seat.app.board.held)
    await seat.press("R")
    engine.scene = replace(engine.scene, held=False, version=2)
    await engine.tell_state()
    await seat.until(lambda: not seat.app.board.held)
    engine.scene = replace(engine.scene, held=True, version=3)  # a colleague: the fire alarm
    await engine.tell_state()
    await seat.until(lambda: seat.app.board.held)
    await seat.press("y")
    await seat.settled()
    assert not engine.commands(Release)


async def test_a_start_ends_only_what_it_said(engine: EngineDouble, open_seat: OpenSeat) -> None:
    now = datetime.now(UTC)
    keynote = Segment("keynote", 1, "Keynote", now, 30, state="running", track="hall", begins=now)
    panel = Segment("panel", 1, "Panel", now, 30, track="hall", begins=now, ends=now)
    extra = Segment("extra", 1, "Extra", now, 30, track="hall", begins=now, ends=now)
    engine.segments = (keynote, panel, extra)
    seat = await open_seat()
    await seat.press("6", "j")
    seat.app.listing.pick("panel")
    await seat.press("S")
    await seat.until(lambda: "Keynote” ends by it" in seat.screen())
    engine.segments = (replace(keynote, state="ended"), panel, replace(extra, state="running"))
    await engine.tell_state()
    await seat.until(lambda: seat.app.board.segment("extra").state == "running")
    await seat.press("y")
    await seat.settled()
    assert not engine.commands(StartSegment)


async def test_a_question_keeps_its_keys_in_a_smaller_terminal(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a", "very long " * 400))
    seat = await open_seat(size=(120, 40))
    await seat.press("j", "b")
    await seat.until(lambda: "What for?" in seat.screen())
    await seat.pilot.resize_terminal(60, 20)
    await seat.settled()
    assert "Esc" in seat.screen()
    assert "no, go back" in seat.screen()


async def test_enter_in_the_palette_puts_nothing_unseen_on_the_wall(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a"))
    seat = await open_seat()
    await seat.press("ctrl+p")
    await seat.write("best waiting")
    await seat.settled()
    await seat.press("enter")
    await seat.settled()
    assert not engine.commands(ApproveNext)


# --- words that are lost --------------------------------------------------------------------------


async def test_a_note_outlives_a_refusal_and_an_engine_that_goes(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a"))
    seat = await open_seat()
    line = seat.app.prompt._line
    await seat.press("j", "n")
    await seat.write("ask Bo")
    await engine.change("bluesky:a", rank=3.0)
    await seat.until(lambda: seat.app.board.item("bluesky:a").version == 2)
    await seat.press("enter")
    await seat.until(lambda: "refused" in seat.message)
    await seat.press("n")
    assert line.value == "ask Bo"
    await seat.write(" now")
    await engine.shut()
    await seat.until(lambda: not seat.app.board.up)
    await seat.press("enter")
    await engine.open()
    await seat.until(lambda: seat.app.board.up)
    await seat.press("n")
    assert line.value == "ask Bo now"
    await seat.press("enter")
    await seat.ordered(AddNote, 2)
    await seat.press("n")
    assert line.value == ""


async def test_a_text_that_is_taken_back_does_not_take_the_keys(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("p")
    await seat.write("hello")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: seat.app.speaking.partings.last and engine.out)
    await seat.until(seat.app.board.all_outgoing)
    engine.deaf = True
    await seat.press("u")
    await seat.press("/")
    await seat.write("cof")
    await engine.wake()
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    await seat.settled()
    await seat.write("fee")
    assert (seat.app.prompt._line.value, seat.app.composer.is_open) == ("coffee", False)
    assert "kept in Outgoing" in seat.message


async def test_a_text_that_is_restored_does_not_take_the_keys(
    engine: EngineDouble, open_seat: OpenSeat, tmp_path: Path
) -> None:
    drafts = Drafts(tmp_path / "drafts", "eevi")
    drafts.keep(Draft("half", "main", open=True))
    drafts.write()
    await engine.shut()
    seat = await open_seat(welcomed=False)
    await seat.press("/")
    await seat.write("cof")
    await engine.open()
    await seat.until(lambda: seat.app.board.health is not None)
    await seat.write("fee")
    assert (seat.app.prompt._line.value, seat.app.composer.is_open) == ("coffee", False)
    assert "kept" in seat.message
    await seat.press("escape", "p")
    assert seat.app.composer.text == "half"


async def test_a_text_that_was_handed_over_is_looked_for_whenever_it_is_opened(
    engine: EngineDouble, open_seat: OpenSeat, tmp_path: Path
) -> None:
    drafts = Drafts(tmp_path / "drafts", "eevi")
    drafts.keep(Draft("hello", "main", open=True, handed_at=1.0))
    drafts.write()
    engine.out["o"] = Outgoing("o", 1, "main", "hello", "eevi", datetime.now(UTC), "queued")
    await engine.shut()
    seat = await open_seat(welcomed=False)
    await seat.press("slash")
    await engine.open()
    await seat.until(lambda: seat.app.board.listings["outgoing"].filled)
    await seat.press("escape", "p")
    assert not seat.app.composer.is_open
    assert "had taken it" in seat.message


async def test_a_changed_question_is_said_until_it_was_seen(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a", "Is it open?", question="open"))
    seat = await open_seat()
    await seat.press("j", "r")
    await seat.write("Ye")
    old = engine.items["bluesky:a"]
    await engine.change(old.id, post=replace(old.post, text="Is it on fire?"))
    await seat.until(lambda: "read it again" in seat.screen())
    await seat.write("s")
    assert "read it again" in seat.screen()
    await seat.press("ctrl+s", "n")
    assert "read it again" not in seat.screen()


async def test_marks_outlive_a_refusal(engine: EngineDouble, open_seat: OpenSeat) -> None:
    await engine.put(*(item(id) for id in "abc"))
    engine.refusals[Several] = "a viewer looks on"
    seat = await open_seat()
    await seat.until(lambda: len(seat.ids()) == 3)
    await seat.press("j", "*", "e")
    await seat.until(lambda: "refused" in seat.message)
    assert len(seat.app.listing.marked) == 3


# --- hold -----------------------------------------------------------------------------------------

_EVERYWHERE = {  # the keys that open each, and those that leave it again
    "pages": [("", ""), ("?", "escape"), ("F", "escape"), ("i", "escape"), ("f9", "escape")],
    "log": [("l", ""), ("slash", "escape escape"), ("ctrl+p", "escape")],
    "hand-over": [("h", ""), ("w", "escape escape"), ("f2", "escape")],
    "lines": [
        ("slash a", ""),
        ("ctrl+s", "b enter"),
        ("backslash", "escape"),
        ("ctrl+f", "escape"),
    ],
    "questions": [(key, "escape") for key in ("j n", "B", "b", "m", "c")],
    "writing": [("p a", ""), ("ctrl+s", "n"), ("escape ctrl+q", "escape")],
}


@pytest.mark.parametrize("where", _EVERYWHERE)
async def test_f8_holds_from_everywhere(
    engine: EngineDouble, open_seat: OpenSeat, where: str
) -> None:
    await engine.put(item("a"))
    seat = await open_seat(running_here=True)
    for count, (opens, leaves) in enumerate(_EVERYWHERE[where], 1):
        await seat.press(*opens.split(), "f8")
        await seat.ordered(Hold, count)
        await seat.press(*leaves.split())


async def test_hold_is_not_kept_back_by_other_orders(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a"))
    seat = await open_seat()
    engine.deaf = True
    await seat.press("j")
    for _ in range(210):  # f held down while the engine is slow
        seat.app.action_deed("question")
    await seat.press("!")
    await seat.until(lambda: engine.commands(Hold))


async def test_a_hold_that_was_refused_is_seen_from_a_whole_page(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.refusals[Hold] = "a viewer looks on"
    seat = await open_seat(size=(80, 24))
    await seat.press("l", "f8")
    await seat.until(lambda: "refused" in seat.message)
    await seat.until(lambda: "a viewer looks on" in seat.screen())


# --- pasting --------------------------------------------------------------------------------------


async def test_a_paste_is_clean_wherever_one_types(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    seat.app.board.search = "a stranger's \x1b[2J words"  # as the log looks for a post
    for keys in (("slash",), ("ctrl+f",), ("l", "slash")):
        await seat.press(*keys)
        seat.app.screen.focused.post_message(events.Paste("a\x1b[2J\u202eb\x9b31m"))
        await seat.settled()
        assert not set("\x1b\u202e\x9b") & set(seat.screen())
        await seat.press("escape")


async def test_a_paste_without_brackets_confirms_nothing(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a"))
    seat = await open_seat()
    await seat.press("j")
    for key in "my":
        seat.app.post_message(events.Key(key, key))
    await seat.settled()
    assert not engine.commands()


# --- viewers, and odd moments ---------------------------------------------------------------------


async def test_a_viewer_is_refused_before_anything_is_typed(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.role = "viewer"
    engine.out["o"] = Outgoing("o", 1, "main", "hello", "script", datetime.now(UTC), "draft")
    await engine.put(item("a"))
    seat = await open_seat()
    await seat.press("j", "n")
    assert not seat.app.prompt.asked
    assert "notes are for operators" in seat.message
    await seat.press("3")
    await seat.rows("o")
    await seat.press("j", "r")
    assert not seat.app.composer.is_open
    assert "speaking is for operators" in seat.message
    # What the door refuses by itself answers no search, where none was ever made.
    assert not seat.app.finding.refused(Reply(0, False, "a viewer looks on"))


async def test_tab_leaves_neither_a_line_that_is_typed_nor_the_review(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("slash", "tab", "a", "escape")
    assert not seat.app.prompt.asked
    await seat.press("p", "a", "ctrl+s", "tab", "e")
    assert seat.app.composer.stage == "writing"


async def test_what_was_undone_is_not_waited_for_for_ever(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a"), item("b"), item("c"))
    seat = await open_seat()
    for place in ("7", "8", "9", "1"):
        await seat.press(place, "j")
    for _ in range(5):
        await seat.press("e")
        await seat.ordered(Archive)
        await seat.press("z")
        await seat.settled()
    wanted = [listing._wanted for listing in seat.app.board.listings.values()]
    assert not any(wanted)


async def test_taking_back_means_the_post_under_the_cursor(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    due = datetime.now(UTC)
    engine.out["old"] = Outgoing("old", 1, "main", "older", "bo", due, "queued")
    seat = await open_seat()
    await seat.press("p")
    await seat.write("newer")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: len(engine.out) == 2)
    await seat.press("3")
    await seat.until(lambda: len(seat.app.listing.shown) == 2)
    await seat.press("j")
    seat.app.listing.pick("old")
    await seat.press("u")
    taken = await seat.ordered(TakeBack)
    assert [one.outgoing for one in taken] == ["old"]


async def test_a_long_name_leaves_room_to_type_and_news_leave_the_keys(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a", handle="h" * 300))
    seat = await open_seat(size=(80, 24))
    await seat.press("j", "n")
    await seat.until(lambda: seat.app.prompt._line.size.width >= 20)
    await seat.write("ab")
    engine.reminders = (Reminder("r", 1, "now", "due", datetime.now(UTC)),)
    await engine.tell_state()
    await engine.put(item("b"), item("c"))
    await engine.shut()
    await seat.until(lambda: not seat.app.board.up)
    await seat.write("c")
    await engine.open()
    await seat.until(lambda: seat.app.board.up)
    await seat.write("d")
    assert seat.app.prompt._line.value == "abcd"


async def test_nothing_is_sent_of_a_question_once_the_engine_is_gone(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.scene = replace(engine.scene, held=True)
    await engine.put(item("a"))
    seat = await open_seat()
    await seat.until(lambda: seat.app.board.held)
    await seat.press("j")
    for key in ("m", "b", "R"):
        await seat.press(key)
        assert len(seat.app.screen_stack) == 2
        await engine.shut()
        await seat.until(lambda: not seat.app.board.up)
        await seat.press("y", "s")
        await engine.open()
        await seat.until(lambda: seat.app.board.up)
    assert not engine.commands()

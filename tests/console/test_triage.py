"""The deciding keys: each sends the right command, on the post and the version that was seen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from eventlive.messages import (
    AddNote,
    Approve,
    Archive,
    ClaimItem,
    Hold,
    MuteAuthor,
    Pin,
    Question,
    Redo,
    Reject,
    Release,
    Reopen,
    Snooze,
    TakeOff,
    Unclaim,
    Undo,
)
from tests.console.conftest import Clock, OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.app import Left
from tui.keys import KEYS

POSTS = [item("a", rank=3, version=4), item("b", rank=2, version=7), item("c", rank=1, version=2)]


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    await engine.put(*POSTS)
    return engine


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("w", Approve("bluesky:b", 7)),
        ("x", Reject("bluesky:b", 7)),
        ("e", Archive("bluesky:b", 7)),
        ("s", Snooze("bluesky:b", 7, 10)),
        ("f", Question("bluesky:b", 7, True)),
    ],
)
async def test_a_key_sends_its_command_with_the_version_seen(
    desk: EngineDouble, open_seat: OpenSeat, key: str, command: object
) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "j", key)
    assert await seat.ordered() == [command]


async def test_a_live_list_decides_nothing(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("x")
    assert seat.cursor == "a"
    assert "press the key again" in seat.message
    await seat.press("x")
    assert await seat.ordered() == [Reject("bluesky:a", 4)]


async def test_deciding_moves_on_at_the_key_press(desk: EngineDouble, open_seat: OpenSeat) -> None:
    desk.deaf = True
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "e", "e", "e")
    await seat.until(lambda: len(desk.orders) == 3)
    archived = [one.item for one in desk.commands() if isinstance(one, Archive)]
    assert archived == ["bluesky:a", "bluesky:b", "bluesky:c"]


async def test_marks_stay_on_the_post(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "f")
    await seat.ordered(Question)
    assert seat.cursor == "a"


@pytest.mark.parametrize("told_at_once", [False, True])
async def test_a_second_key_waits_for_the_first_and_takes_its_version(
    desk: EngineDouble, open_seat: OpenSeat, told_at_once: bool
) -> None:
    """Whether the answer brings the new version, or only the next update does."""
    desk.present_when_ok = told_at_once
    desk.deaf = True
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "f", "w")
    await seat.until(lambda: len(desk.orders) == 1)
    await desk.wake()
    commands = await seat.ordered(count=2)
    assert commands == [Question("bluesky:a", 4, True), Approve("bluesky:a", 5)]
    assert "bluesky:a" in desk.shown


async def test_a_refusal_shows_the_reason_and_stops_what_waited(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.refusals[Question] = "its author is on stage"
    desk.deaf = True
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "f", "w")
    await desk.wake()
    await seat.until(lambda: "its author is on stage" in seat.message)
    assert "1 more not sent" in seat.message
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    assert desk.commands(Approve) == []


async def test_a_conflict_brings_the_present_state(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j")
    # The engine's copy changes without a word to the console: what it sees is old.
    desk.items["bluesky:a"] = item("a", "reworded", rank=3, version=9)
    await seat.press("w")
    await seat.until(lambda: "changed since you saw it" in seat.message)
    assert "@a.example" in seat.message
    await seat.until(lambda: "reworded" in seat.screen())


async def test_claim_and_release(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "a")
    assert await seat.ordered(ClaimItem) == [ClaimItem("bluesky:a", 4)]
    await seat.until(lambda: "●" in seat.lines()[2])
    await seat.press("A")
    assert await seat.ordered(Unclaim) == [Unclaim("bluesky:a", 5)]


async def test_a_claim_that_its_owner_leaves_alone_ends(
    desk: EngineDouble, clock: Clock, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.speaking.LAPSES_AFTER", 5.0)
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "a")
    await seat.ordered(ClaimItem)
    clock.later(5.0)
    seat.app._tick()
    await seat.settled()
    assert desk.commands(Unclaim) == [], "as long as it is looked at, nothing ends"
    await seat.press("j")
    clock.later(5.0)
    await seat.until(lambda: "your claim on @a.example has ended" in seat.message)
    assert await seat.ordered(Unclaim) == [Unclaim("bluesky:a", 5)]


async def test_a_colleagues_claim_is_shown(desk: EngineDouble, open_seat: OpenSeat) -> None:
    other = await open_seat(name="kim")
    await other.rows("a", "b", "c")
    await other.press("j", "a")
    await other.ordered(ClaimItem)
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j")
    assert "○" in seat.lines()[2]
    await seat.until(lambda: "kim deals with it" in seat.part("#sheet"))
    await seat.press("r")
    assert "kim deals with" in seat.message
    assert not seat.app.composer.is_open


async def test_a_note(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "n")
    await seat.write("ask Maria!")
    await seat.press("enter")
    assert await seat.ordered(AddNote) == [AddNote("bluesky:a", 4, "ask Maria!")]
    await seat.until(lambda: "ask Maria!" in seat.part("#sheet"))


async def test_muting_asks_and_enter_does_not_confirm(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "m", "enter", "m")
    assert "Mute @a.example?" in seat.part("#asked")
    assert desk.commands() == []
    await seat.press("y")
    assert await seat.ordered() == [MuteAuthor("bluesky:a", 4)]
    await seat.press("m", "escape")
    assert len(desk.commands()) == 1


async def test_hold_at_once_and_release_asks(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("!")
    assert await seat.ordered(Hold) == [Hold()]
    await seat.until(lambda: "HOLD" in seat.part("#head"))
    await seat.press("R")
    assert "End the hold?" in seat.part("#asked")
    await seat.press("R", "enter", "!")
    assert desk.commands(Release) == []
    await seat.press("y")
    assert await seat.ordered(Release) == [Release()]
    await seat.until(lambda: "HOLD" not in seat.part("#head"))


async def test_a_release_is_of_the_hold_that_was_asked_about(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.scene = replace(desk.scene, held=True)
    seat = await open_seat()
    await seat.until(lambda: seat.app.board.held)
    await seat.press("R")
    # Between two words of the engine one hold has ended and another one begun.
    desk.scene = replace(desk.scene, version=3)
    await desk.tell_state()
    await seat.until(lambda: seat.app.board.scene.version == 3)
    await seat.press("y")
    assert "R asks again" in seat.message
    assert desk.commands(Release) == []
    await seat.press("R")
    desk.scene = replace(desk.scene, version=4, held=False)
    await desk.tell_state()
    await seat.until(lambda: not seat.app.board.held)
    await seat.until(lambda: len(seat.app.screen_stack) == 1, "the question is closed")
    assert "ended by somebody else" in seat.message


async def test_hold_from_anywhere(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "?", "!")
    await seat.ordered(Hold, 1)
    await seat.press("escape", "p")
    await seat.write("wow!")
    assert seat.app.composer.text == "wow!"
    await seat.press("f8")
    await seat.ordered(Hold, 2)
    await seat.press("escape", "/")
    await seat.write("!x")
    await seat.press("f8")
    await seat.ordered(Hold, 3)


async def test_wall_queue(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "w", "w")
    await seat.ordered(Approve, 2)
    await seat.press("4")
    await seat.rows("b", "a")
    await seat.press("j", "P", "W")
    await seat.ordered(TakeOff)
    assert desk.commands(Pin) == [Pin("bluesky:b", 8, True)]
    assert desk.commands(TakeOff) in ([TakeOff("bluesky:b", 8)], [TakeOff("bluesky:b", 9)])


async def test_undo_brings_the_ghost_back_and_redo_is_sent(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "e")
    await seat.ordered(Archive)
    await seat.until(lambda: seat.app.listing.is_ghost("bluesky:a"))
    await seat.press("z")
    await seat.ordered(Undo)
    await seat.until(lambda: not seat.app.listing.is_ghost("bluesky:a"))
    assert seat.ids() == ["a", "b", "c"]
    assert seat.cursor == "b"
    await seat.press("Z")
    await seat.ordered(Redo)


async def test_undo_after_moving_on_gives_the_post_its_place_back(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.rows("a", "b", "c")
    await seat.press("j", "e")
    await seat.until(lambda: seat.app.listing.is_ghost("bluesky:a"))
    await seat.press("j")
    await seat.rows("b", "c")
    await seat.press("z")
    await seat.rows("a", "b", "c")
    assert seat.cursor == "c"


async def test_search_finds_and_the_same_keys_work(desk: EngineDouble, open_seat: OpenSeat) -> None:
    await desk.put(item("old", "long ago: coffee", state="archived", version=3))
    seat = await open_seat()
    await seat.press("ctrl+f")
    await seat.write("coffee")
    await seat.press("enter")
    await seat.rows("old")
    assert "5 Found 1" in seat.part("#tabs")
    await seat.press("E")
    assert await seat.ordered() == [Reopen("bluesky:old", 3)]
    await seat.until(lambda: len(desk.searches) == 2, "the result is asked for again")
    await seat.press("f")
    await seat.until(lambda: Question("bluesky:old", 4, True) in desk.commands())


async def test_address_and_text_are_copied_without_control_characters(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a", "first\nrm -rf\x1b[2J \x03", url="https://example.org/\x07a"))
    seat = await open_seat()
    await seat.rows("a")
    await seat.press("j", "o")
    assert seat.app.clipboard == "https://example.org/a"
    assert "https://example.org/a" in seat.message
    await seat.press("y")
    assert seat.app.clipboard == "first\nrm -rf[2J "


async def test_leaving_asks_where_the_engine_belongs_to_the_console(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(running_here=True)
    await seat.press("ctrl+q", "enter", "ctrl+q")
    assert "Leave the console?" in seat.part("#asked")
    await seat.press("escape")
    assert _left(seat) is None
    await seat.press("ctrl+q", "s")
    assert _left(seat) == Left(0, leave_running=False)


async def test_leaving_at_once_where_it_does_not(engine: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("ctrl+q")
    assert _left(seat) == Left(0, leave_running=True)


def _left(seat: Seat) -> Left | None:
    return seat.app.return_value


async def test_help_names_every_key(engine: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("?")
    text = seat.part("#asked")
    assert [key.shown for key in KEYS if key.shown not in text] == []


async def test_one_pane_at_a_time_below_100_columns(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(size=(80, 24))
    await seat.rows("a", "b", "c")
    app = seat.app
    assert not app.query_one("#sheet").display
    await seat.press("j", "enter")
    await seat.until(lambda: "@a.example" in seat.part("#sheet"))
    assert app.query_one("#sheet").display
    assert not app.query_one("#list").display
    await seat.press("j")
    await seat.until(lambda: "@b.example" in seat.part("#sheet"), "j turns to the next post")
    await seat.press("escape")
    await seat.until(lambda: app.query_one("#list").display)
    assert seat.cursor == "b"

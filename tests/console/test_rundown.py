"""The programme on the console: now and next, the rundown and its keys, reminders, the reload."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from eventlive.messages import (
    EndSegment,
    MoveSegment,
    PlanSegment,
    Previewed,
    Reload,
    Reply,
    SeeTo,
    SkipSegment,
    SlipSegment,
    StartSegment,
)
from eventlive.model import Anchor, Goal, Outgoing, Reminder, Segment
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui import now_next, programme
from tui.board import Board
from tui.link import Up
from tui.moments import minutes
from tui.times import Typed, read_clock, read_shift, read_time

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2027, 5, 20, 11, 0, tzinfo=UTC)


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    engine.segments = a_show(datetime.now(UTC))
    return engine


async def rundown(seat: Seat, id: str) -> None:
    """Put the cursor on a part of the programme."""
    await seat.press("6", "j")
    while seat.cursor != id:
        await seat.press("j" if seat.ids().index(seat.cursor) < seat.ids().index(id) else "k")


def top(segments: tuple[Segment, ...], now: datetime = NOW, cells: int = 120) -> str:
    return "".join(span.text for span in now_next.line(segments, now, HELSINKI, cells))


# --- now and next -------------------------------------------------------------------------------


def test_now_and_next_say_how_late() -> None:
    show = a_show(NOW)
    assert top(show).split("   ")[0] == " NOW Keynote [/red] · 12 min left  +4 late"
    assert top(show).endswith("Launch is due · 2 min over, S starts it")
    ended = tuple(replace(one, state="ended") for one in show[:2])
    assert top((*ended, *show[2:3])).endswith("NEXT Panel 14:14 · in 14 min  +4 late")
    beside = replace(show[2], id="workshop", title="Workshop", track="2")
    assert top((*ended, show[2], beside)).endswith("in 14 min  +1 more  +4 late")
    assert top(ended).strip() == "■ the programme is over"
    assert top(()) == ""


def test_titles_give_way_to_times() -> None:
    show = a_show(NOW)
    told = top(show, cells=80)
    assert "Keyno" in told
    assert "… · 12 min left  +4 late" in told
    assert told.endswith("Launch is due · 2 min over, S starts it")
    long = [replace(show[1], title="k" * 40), replace(show[2], title="p" * 40)]
    told = top(tuple(long), cells=80)
    assert "12 min left  +4 late" in told
    assert told.endswith("14:14 · in 14 min  +4 late")


def test_of_several_tracks_the_one_with_most_to_say_is_named() -> None:
    part = a_show(NOW)[1]
    over = replace(part, id="o", title="Over", by="hand", ends=NOW - timedelta(minutes=3), slip=0)
    late = replace(part, id="l", title="Later", slip=1200)
    assert top((part, late)).startswith(" NOW Later · 12 min left  +20 late  +1 more")
    assert top((part, late, over)).startswith(" NOW Over · 3 min over  +3 late  +2 more")


def test_what_waits_for_a_person_never_begins_in_the_past() -> None:
    launch = a_show(NOW)[3]
    assert programme.expected((launch,), NOW) == {"launch": NOW}
    assert programme.late(launch, NOW, NOW) == 120
    assert programme.due((launch,), NOW) == {"launch"}
    before = replace(launch, id="before", state="running")
    assert programme.due((replace(launch, after="before"), before), NOW) == frozenset()
    skipped = replace(launch, id="skipped", state="skipped", after="before")
    behind = replace(launch, after="skipped")
    assert programme.due((behind, skipped, before), NOW) == frozenset()


def test_what_follows_is_expected_after_what_is_left_of_the_one_before() -> None:
    launch = a_show(NOW)[3]  # ten minutes, by hand, two minutes over
    then = NOW + timedelta(minutes=8)
    second = replace(launch, id="second", after="launch", begins=then, by="clock", minutes=5)
    third = replace(second, id="third", after="second", begins=then + timedelta(minutes=5))
    later = replace(third, id="later", begins=NOW + timedelta(hours=2))
    gone = replace(second, id="gone", after="second", state="skipped")
    fourth = replace(third, id="fourth", after="gone")
    begins = programme.expected((fourth, gone, later, third, second, launch), NOW)
    assert begins["second"] == NOW + timedelta(minutes=10)
    assert begins["third"] == begins["fourth"] == NOW + timedelta(minutes=15)
    assert begins["later"] == NOW + timedelta(hours=2)
    assert programme.late(third, NOW, begins["third"]) == 120
    runs = replace(launch, state="running", ends=NOW - timedelta(minutes=1))
    assert programme.expected((runs, second), NOW)["second"] == then
    assert programme.expected((runs, replace(second, begins=NOW)), NOW)["second"] == NOW
    ring = (replace(second, after="third"), third)
    assert programme.expected(ring, NOW).keys() == {"second", "third"}


async def test_the_clock_of_a_rehearsal_flies_on_the_console_too(engine: EngineDouble) -> None:
    engine.speed = 10.0
    board = Board()
    welcome = engine._welcome("eevi")
    board.connected(Up(welcome), 100.0)
    assert board.now(103.0) == welcome.now + timedelta(seconds=30)


async def test_a_rehearsal_says_so_in_the_top_bar(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.speed = 10.0
    seat = await open_seat(size=(80, 24))
    assert "rehearsal ×10" in seat.lines()[0]
    assert "rehearsal" not in seat.part("#tabs")


# --- the rundown --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_rundown_at_every_size(
    desk: EngineDouble, open_seat: OpenSeat, size: tuple[int, int]
) -> None:
    seat = await open_seat(size=size)
    assert " · 11 min left  +4 late" in seat.lines()[2]
    assert ("Keynote [/red]" in seat.lines()[2]) is (size[0] > 80)
    await seat.press("6")
    await seat.until(lambda: seat.ids()[0] == "doors")
    rows = [line for line in seat.lines() if "◌" in line or "●" in line or "■ ended" in line]
    assert [word for word in ("■ ended", "● running", "◌ planned") if word in "".join(rows)]
    screen = seat.screen()
    for words in ("! due", "+4 late", "– skipped", "by hand", "Closing words", "6 Rund"):
        assert words in screen
    assert {len(line) for line in seat.lines()} == {size[0]}


async def test_picking_begins_with_what_waits_for_a_person(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("6", "S")
    assert seat.cursor == "launch"
    assert desk.commands() == []
    await seat.press("S")
    assert await seat.ordered() == [StartSegment("launch")]
    await seat.until(lambda: "+1 more" in seat.lines()[2] and "is due" not in seat.lines()[2])


async def test_s_elsewhere_shows_the_part_and_starts_nothing(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    await desk.put(item("p"))
    seat = await open_seat()
    await seat.press("j", "S")
    assert (seat.app.place, seat.cursor) == ("rundown", "launch")
    assert "S starts what is picked: Launch" in seat.message
    assert desk.commands() == []


async def test_a_start_that_ends_another_asks(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await rundown(seat, "panel")
    await seat.press("S", "S", "enter")
    asked = seat.part("#asked")
    assert "Start “Panel” now?" in asked
    assert "“Keynote [/red]” ends by it. Its time is" in asked
    assert desk.commands() == []
    await seat.press("y")
    assert await seat.ordered() == [StartSegment("panel")]


async def test_a_question_about_a_part_ends_with_what_it_was_about(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await rundown(seat, "keynote")
    await seat.press("X")
    assert "End “Keynote" in seat.part("#asked")
    desk.segments = tuple(
        replace(one, version=2, ends=one.ends + timedelta(minutes=20))
        if one.id == "keynote" and one.ends
        else one
        for one in desk.segments
    )
    await desk.tell_state()
    await seat.until(lambda: seat.app.board.segment("keynote").version == 2)
    await seat.press("y")
    assert "has changed since you were asked" in seat.message
    assert desk.commands() == []
    await seat.press("X", "y")
    assert await seat.ordered() == [EndSegment("keynote")]


@pytest.mark.parametrize(
    ("id", "key", "asks", "command"),
    [
        ("keynote", "X", "End “Keynote [/red]” now?", EndSegment("keynote")),
        ("panel", "x", "Skip “Panel”?", SkipSegment("panel")),
        ("keynote", "E", "Take the start of “Keynote", PlanSegment("keynote")),
        ("lunch", "E", "", PlanSegment("lunch")),
    ],
)
async def test_ending_and_skipping_ask(
    desk: EngineDouble, open_seat: OpenSeat, id: str, key: str, asks: str, command: object
) -> None:
    now = datetime.now(UTC)
    post = Outgoing("post-a", 1, "main", "Soon", "script", now, "queued", anchor=Anchor("panel"))
    await desk.put(post)
    seat = await open_seat()
    await rundown(seat, id)
    await seat.press(key)
    if asks:
        await seat.press(key, "enter")
        assert asks in seat.part("#asked")
        assert ("held: 1 post." in seat.part("#asked")) is (key == "x")
        assert desk.commands() == []
        await seat.press("y")
    assert await seat.ordered() == [command]


async def test_late_by_shows_what_it_comes_to_before_it_is_sent(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await rundown(seat, "panel")
    begins = desk.segments[2].begins
    assert begins is not None
    await seat.press("L", *"ten", "enter")
    assert "✗ so many minutes" in seat.part("#prompt-hint")
    await seat.press(*["backspace"] * 3, *"-60", "enter")
    assert "that is over already: S starts it" in seat.part("#prompt-hint")
    assert desk.commands() == []
    await seat.press(*["backspace"] * 3, *"7")
    at = (begins + timedelta(minutes=7)).astimezone(HELSINKI)
    await seat.until(lambda: f"→ begins {at:%H:%M}" in seat.part("#prompt-hint"))
    await seat.press("enter")
    assert await seat.ordered() == [SlipSegment("panel", 420)]
    await seat.until(lambda: "◌ planned  +11 late  hall · A Panel" in seat.screen())


async def test_a_move_takes_a_time_of_the_events_own_zone(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await rundown(seat, "close")
    wanted = (datetime.now(UTC) + timedelta(minutes=190)).replace(second=0, microsecond=0)
    await seat.press("T", *f"{wanted.astimezone(HELSINKI):%H:%M}", "enter")
    assert await seat.ordered() == [MoveSegment("close", wanted)]


async def test_what_is_tied_to_a_part_stands_beside_it(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    await desk.put(
        Outgoing("post-b", 1, "main", "Later [/red]", "s", now, "held", reason="3 min late"),
        Outgoing("post-a", 1, "main", "We begin", "s", now, "queued", anchor=Anchor("launch")),
    )
    desk.out["post-b"] = replace(desk.out["post-b"], anchor=Anchor("launch", "end", -120))
    desk.reminders = (Reminder("r", 1, "Mute the\nfans", anchor=Anchor("launch"), due_at=now),)
    seat = await open_seat(size=(160, 40))
    await seat.until(lambda: len(seat.app.board.all_outgoing()) == 2)
    await rundown(seat, "launch")
    sheet = seat.app.face.sheet
    await seat.until(lambda: "Posts tied to it: 2" in sheet.text)
    for words in ("‖ held", "launch.end-02:00", "3 min late", "Later [/red]", "We begin"):
        assert words in sheet.text
    assert "as soon as a person starts it" in sheet.text
    assert "(launch)  Mute the" in sheet.text


async def test_the_posts_keys_do_nothing_to_a_part(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat(size=(160, 40))
    await rundown(seat, "panel")
    await seat.press("w", "e", "s", "a", "r", "c", "n", "m", "P", "v", "o", "H", "O", "slash")
    assert not seat.app.composer.is_open
    assert not seat.app.prompt.asked
    assert len(seat.app.screen_stack) == 1
    assert desk.commands() == []


async def test_the_cursor_stays_on_its_part_when_the_programme_slips(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await rundown(seat, "panel")
    first = [seat.ids().index(id) for id in ("panel", "close")]
    assert first == sorted(first)
    desk.segments = tuple(
        replace(one, version=2, begins=(one.begins or NOW) + timedelta(hours=5))
        if one.id == "panel"
        else one
        for one in desk.segments
    )
    await desk.tell_state()
    await seat.until(lambda: seat.ids()[-1] == "panel")
    assert seat.cursor == "panel"
    desk.segments = tuple(one for one in desk.segments if one.id != "panel")
    await desk.tell_state()
    await seat.until(lambda: seat.app.listing.is_ghost("panel"))
    await seat.press("x")
    assert "left this queue already" in seat.message
    assert desk.commands() == []


async def test_an_event_without_a_programme_has_no_rundown(open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("6")
    assert "no programme" in seat.message
    assert seat.app.place == "inbox"
    assert "Rundown" not in seat.part("#tabs")
    assert not seat.app.query_one("#show").display


# --- reminders, goals, reload -------------------------------------------------------------------


async def test_a_reminder_waits_calmly_until_somebody_has_seen_to_it(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    desk.reminders = (
        Reminder("mics", 3, "Batteries [@click=app.bell]x[/]", "due", now),
        Reminder("bus", 1, "Order the bus", "due", now + timedelta(seconds=1)),
        Reminder("later", 1, "Not yet", due_at=now + timedelta(hours=1)),
    )
    seat = await open_seat(size=(80, 24))
    await seat.press("p")
    await seat.write("Doors D")
    assert seat.app.composer.text == "Doors D"
    assert "Batteries [@click=app.bell]x[/]" in seat.part("#reminder")
    assert "+1" in seat.part("#reminder")
    await seat.press("escape", "D")
    assert await seat.ordered() == [SeeTo("mics", 3)]
    await seat.until(lambda: seat.app.show.rundown.painted == "bus", "read, not only known")
    assert "Order the bus" in seat.part("#reminder")
    await seat.press("D")
    assert await seat.ordered(SeeTo, 2) == [SeeTo("mics", 3), SeeTo("bus", 1)]
    await seat.until(lambda: not seat.app.query_one("#reminder").display)
    await seat.press("D")
    assert "no reminder is due" in seat.message


async def test_goals_are_said_in_words(engine: EngineDouble, open_seat: OpenSeat) -> None:
    engine.goals = (
        Goal("questions_answered", 0.8, 0.65),
        Goal("silence_minutes", 90, 12.5, at_least=False),
        Goal("voices_on_wall", 30),
    )
    seat = await open_seat()
    seat.app.call_next(seat.app.action_goals)
    await seat.until(lambda: "Goals" in seat.screen())
    lines = seat.part("#asked").splitlines()
    assert lines[1].split() == "○ not met questions answered 65% at least 80%".split()
    assert lines[2].split() == "✓ met minutes of silence 12.5 at most 90".split()
    assert lines[3].split() == "◌ nothing yet voices on the wall at least 30".split()
    await seat.press("escape", "F")
    assert "questions answered" in seat.part("#asked")


async def test_a_reload_is_shown_and_then_asked(engine: EngineDouble, open_seat: OpenSeat) -> None:
    lines = tuple(f"post {number}: [/red] moved" for number in range(40))
    engine.preview = Previewed(0, lines, ("line 3: a long silence",), "d1g")
    seat = await open_seat(size=(80, 24))
    await seat.press("ctrl+r")
    await seat.until(lambda: "post 0: [/red] moved" in seat.screen())
    await seat.press("enter", "ctrl+r")
    assert engine.commands() == []
    await seat.press(*["pagedown"] * 5)
    assert "! line 3: a long silence" in seat.screen()
    await seat.until(lambda: "y take it in" in seat.part("#asked-foot"), "it can be agreed to")
    await seat.press("y")
    assert await seat.ordered() == [Reload("d1g")]
    await seat.until(lambda: "the script is taken in" in seat.message)


async def test_a_broken_script_cannot_be_taken_in(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.preview = Previewed(0, problems=("line 9: no such segment",))
    seat = await open_seat()
    await seat.press("ctrl+r")
    await seat.until(lambda: "cannot be taken in" in seat.screen())
    await seat.press("y")
    assert "line 9" in seat.screen()
    await seat.press("escape")
    engine.preview = Previewed(0)
    await seat.press("ctrl+r")
    await seat.until(lambda: "nothing to take in" in seat.message)
    seat.app.show.reloading._ref = 7
    seat.app._answered(Reply(7, False, "a viewer only looks"))
    assert "not looked at: a viewer only looks" in seat.message
    assert engine.commands() == []


async def test_a_second_welcome_brings_what_was_reloaded(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    engine.title = "NordCon, moved"
    await engine.welcome_again()
    await seat.until(lambda: "NordCon, moved" in seat.lines()[0])
    assert seat.app.board.up


# --- times as they are typed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 300), ("+5", 300), ("-3", -180), ("2:30", 150), ("-0:30", -30)]
)
def test_minutes(text: str, seconds: int) -> None:
    assert read_shift(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "five", "5h", "2:75", "1441", "--5"])
def test_what_is_no_minutes(text: str) -> None:
    with pytest.raises(ValueError, match=r"minutes|between"):
        read_shift(text)


def test_a_time_of_day_is_the_nearest_one() -> None:
    near = datetime(2027, 5, 20, 20, 50, tzinfo=UTC)  # 23:50 in Helsinki
    assert read_clock("00:10", near, HELSINKI) == near + timedelta(minutes=20)
    assert read_clock("23.40", near, HELSINKI) == near - timedelta(minutes=10)
    assert read_clock("2340", near, HELSINKI) == near - timedelta(minutes=10)
    assert read_clock("940", near, HELSINKI) == datetime(2027, 5, 21, 6, 40, tzinfo=UTC)
    spring = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="leave that time out"):
        read_clock("03:30", spring, HELSINKI)
    assert read_clock("04:30", spring, HELSINKI) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="a time of day"):
        read_clock("24:00", near, HELSINKI)


def test_a_moved_post_may_stay_tied() -> None:
    show = {segment.id: segment for segment in a_show(NOW)}
    due = NOW + timedelta(minutes=14)

    def read(text: str, anchor: Anchor | None = None) -> Typed:
        return read_time(text, now=NOW, where=HELSINKI, due=due, anchor=anchor, segments=show)

    panel = Anchor("panel", "end", -60)
    assert read("+10", panel) == (due + timedelta(minutes=10), Anchor("panel", "end", 540))
    assert read("-5") == (due - timedelta(minutes=5), None)
    assert read("14:30", panel) == (NOW + timedelta(minutes=30), None)
    assert read("keynote.end+02:00") == (NOW + timedelta(minutes=14), Anchor("keynote", "end", 120))
    wrong = (
        ("-20", "over already"),
        ("panal+01:00", "panel?"),
        ("pa nel", "14:05"),
        ("keynote+05:00", "over already"),
        ("keynote-01:00", "“keynote” has begun"),
        ("lunch+01:00", "“lunch” was skipped"),
    )
    for text, why in wrong:
        with pytest.raises(ValueError, match=why):
            read(text)
    with pytest.raises(ValueError, match="over already"):
        read("-40", panel)
    # Overdue by hand: its time is over, and yet it waits for it.
    launched = read("launch+01:00").words(NOW, HELSINKI)
    assert launched == "when “launch” begins (launch+01:00)"


def test_lengths_stand_still_while_they_are_read() -> None:
    words = [minutes(seconds) for seconds in (-5, 59, 60, 5_999, 6_000, 172_800)]
    assert words == ["<1 min", "<1 min", "1 min", "99 min", "1 h 40 min", "2 days"]


async def test_a_part_of_another_day_says_which(engine: EngineDouble, open_seat: OpenSeat) -> None:
    now = datetime.now(UTC)
    today, later = now + timedelta(seconds=1), now + timedelta(days=2)
    engine.segments = (
        Segment("one", 1, "First day", today, 10, begins=today, ends=today + timedelta(minutes=10)),
        Segment("two", 1, "Third day", later, 10, begins=later, ends=later + timedelta(minutes=10)),
    )
    seat = await open_seat()
    await seat.press("6")
    await seat.rows("one", "two")
    (row,) = [line for line in seat.lines() if "Third day" in line]
    zone = seat.app.board.zone
    assert f"{later.astimezone(zone):%a %H:%M}" in row

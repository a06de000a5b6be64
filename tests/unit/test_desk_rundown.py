"""The programme on the desk: what starts, ends, slips, moves and is left out, by whom and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eventlive.desk import Rules
from eventlive.listening.variables import Names
from eventlive.messages import (
    Command,
    EndSegment,
    MoveSegment,
    PlanSegment,
    SkipSegment,
    SlipSegment,
    StartSegment,
    Write,
)
from eventlive.model import Anchor, Outgoing, Reminder, Segment
from tests.unit.days import at, day_of, passes, post, segment, settle
from tests.unit.desks import Clocked

RULES = Rules(names=Names(timezone="Europe/Helsinki"))


def day(
    *things: Segment | Outgoing | Reminder, now: datetime | None = None, rules: Rules = RULES
) -> Clocked:
    return day_of(things, rules, now or at("12:00"))


def done(room: Clocked, *commands: Command) -> None:
    for command in commands:
        reply = room.order(command)
        assert reply.ok, reply.reason


def times(room: Clocked) -> dict[str, str]:
    """Say of each segment its state and from when to when it is, or is expected."""
    return {
        one.id: f"{one.state} {one.begins:%H:%M}-{one.ends:%H:%M}"
        for one in room.desk.state.segments.values()
    }


def log(room: Clocked) -> list[tuple[str, str, str, str]]:
    """List the decisions: when, who, what, to what and with which word."""
    return [
        (f"{one.at:%H:%M}", one.who, one.action, f"{one.on} {one.detail}".strip())
        for turn in room.turns
        for one in turn.decisions
    ]


PROGRAMME = (
    segment("doors", "13:00"),
    segment("keynote", after="doors", minutes=45),
    segment("panel", "14:30", after="keynote", minutes=40),
    segment("lunch", "15:00", minutes=60),
)


# --- what is expected -----------------------------------------------------------------------------


def test_what_follows_slips_along_and_fixed_ones_stay() -> None:
    room = day(*PROGRAMME)
    assert times(room) == {
        "doors": "planned 13:00-13:30",
        "keynote": "planned 13:30-14:15",
        "panel": "planned 14:30-15:10",
        "lunch": "planned 15:00-16:00",
    }
    done(room, SlipSegment("doors", 600))
    assert times(room)["keynote"] == "planned 13:40-14:25"
    assert times(room)["panel"] == "planned 14:30-15:10", "its own time is later"
    done(room, SlipSegment("keynote", 900))
    assert times(room)["panel"] == "planned 14:40-15:20"
    assert times(room)["lunch"] == "planned 15:00-16:00"
    late = {one.id: one.slip for one in room.desk.state.segments.values()}
    assert late == {"doors": 600, "keynote": 1500, "panel": 600, "lunch": 0}


def test_the_clock_starts_and_ends_each_at_its_time_and_that_is_logged() -> None:
    room = day(*PROGRAMME)
    passes(room, at("16:30"))
    assert times(room) == {
        "doors": "ended 13:00-13:30",
        "keynote": "ended 13:30-14:15",
        "panel": "ended 14:30-15:10",
        "lunch": "ended 15:00-16:00",
    }
    assert log(room)[:4] == [
        ("13:00", "clock", "start-segment", "doors"),
        ("13:30", "clock", "end-segment", "doors"),
        ("13:30", "clock", "start-segment", "keynote"),
        ("14:15", "clock", "end-segment", "keynote"),
    ]
    assert room.desk.next_due is None


def test_what_goes_by_hand_waits_for_a_person_and_what_follows_waits_for_it() -> None:
    room = day(segment("talk", "13:00", by="hand"), segment("panel", after="talk"))
    passes(room, at("13:20"))
    assert times(room)["talk"] == "planned 13:00-13:30"
    done(room, StartSegment("talk"))
    passes(room, at("14:05"))
    assert times(room) == {"talk": "running 13:20-13:50", "panel": "planned 13:50-14:20"}
    assert room.desk.next_due is None, "nothing happens before somebody says something"
    done(room, EndSegment("talk"))
    assert times(room) == {"talk": "ended 13:20-14:05", "panel": "running 14:05-14:35"}
    assert ("14:05", "ann", "end-segment", "talk") in log(room)


# --- by a person ----------------------------------------------------------------------------------


def test_a_start_ends_what_runs_on_its_track_alone_and_the_wall_names_what_runs() -> None:
    room = day(
        segment("talk", "13:00"),
        segment("next", "14:00"),
        segment("workshop", "13:10", minutes=120, track="b"),
    )
    assert room.desk.state.scene.now == ""
    passes(room, at("13:15"))
    assert room.desk.state.scene.now == "Talk · Workshop"
    done(room, StartSegment("next"))
    assert times(room) == {
        "talk": "ended 13:00-13:15",
        "next": "running 13:15-13:45",
        "workshop": "running 13:10-15:10",
    }
    assert room.desk.state.scene.now == "Workshop · Next"


@pytest.mark.parametrize(
    ("before", "command", "words"),
    [
        ((), EndSegment("talk"), "'Talk' does not run"),
        ((StartSegment("talk"),), StartSegment("talk"), "'Talk' runs already"),
        ((), StartSegment("tlak"), "there is no segment 'tlak'; segments: talk, panel"),
        ((StartSegment("talk"),), SkipSegment("talk"), "'Talk' is running: only what is planned"),
        ((), PlanSegment("talk"), "'Talk' is still to come"),
        ((SkipSegment("talk"),), SlipSegment("talk", 60), "'Talk' is skipped"),
        ((), SlipSegment("talk", -7200), "over already: start 'Talk' instead"),
        ((StartSegment("talk"),), SlipSegment("talk", -3600), "over already: end 'Talk' instead"),
        ((), MoveSegment("talk", at("12:00")), "over already: start 'Talk' instead"),
        ((), MoveSegment("panel", at("13:20")), "follows 'Talk', which is not over by then"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    before: tuple[Command, ...], command: Command, words: str
) -> None:
    room = day(segment("talk", "13:00"), segment("panel", after="talk"))
    done(room, *before)
    stood, said = times(room), log(room)
    reply = room.order(command)
    assert not reply.ok
    assert words in reply.reason
    assert (times(room), log(room)) == (stood, said)


def test_what_follows_a_skipped_one_takes_its_place_and_it_can_be_planned_again() -> None:
    room = day(*PROGRAMME)
    done(room, SkipSegment("keynote"))
    assert times(room)["panel"] == "planned 14:30-15:10"
    assert times(room)["keynote"] == "skipped 13:30-13:30"
    done(room, PlanSegment("keynote"))
    assert times(room)["keynote"] == "planned 13:30-14:15"
    passes(room, at("13:35"))
    assert times(room)["keynote"] == "running 13:30-14:15", "the clock starts it as before"


def test_what_follows_an_overdue_one_that_is_skipped_begins_now() -> None:
    room = day(
        segment("talk", "13:00", 60, by="hand"),
        segment("panel", after="talk"),
        post("on", anchor=Anchor("panel")),
    )
    passes(room, at("14:40"))
    done(room, SkipSegment("talk"))
    assert times(room)["panel"] == "running 14:40-15:10"
    settle(room)
    assert room.desk.state.outgoing["on"].state == "sent"


def test_skipping_a_part_does_not_start_what_waits_for_a_hand() -> None:
    room = day(
        segment("reveal", "14:00", 10, by="hand"),
        segment("boil", after="reveal", by="hand"),
        segment("questions", after="boil"),
        now=at("14:05"),
    )
    done(room, SkipSegment("boil"))
    passes(room, at("14:30"))
    assert room.desk.state.segments["reveal"].state == "planned"
    assert room.desk.state.segments["questions"].state == "planned"


def test_what_is_planned_again_after_its_time_waits_for_a_person() -> None:
    room = day(segment("talk", "13:00"), segment("panel", after="talk"))
    passes(room, at("13:40"))
    done(room, PlanSegment("talk"))
    passes(room, at("13:50"))
    assert times(room)["talk"] == "planned 13:00-13:30"
    done(room, StartSegment("talk"))
    assert times(room)["talk"] == "running 13:50-14:20"
    assert times(room)["panel"] == "ended 13:30-13:50", "it ran on the same track"


def test_one_that_was_ended_too_early_goes_on_until_a_person_ends_it() -> None:
    room = day(segment("talk", "13:00"))
    passes(room, at("13:10"))
    done(room, EndSegment("talk"), StartSegment("talk"))
    passes(room, at("15:00"))
    talk = room.desk.state.segments["talk"]
    assert (talk.state, talk.started_at) == ("running", at("13:00"))


def test_a_slip_counts_from_what_is_expected_and_of_what_is_overdue_from_now() -> None:
    room = day(segment("talk", "13:00"), segment("panel", "15:00", by="hand"))
    done(room, SlipSegment("talk", 600), SlipSegment("talk", -300))
    assert times(room)["talk"] == "planned 13:05-13:35"
    passes(room, at("13:10"))
    done(room, SlipSegment("talk", 600))
    assert times(room)["talk"] == "running 13:05-13:45"
    passes(room, at("15:20"))
    done(room, SlipSegment("panel", 600))
    assert times(room)["panel"] == "planned 15:30-16:00"
    assert ("15:20", "ann", "slip-segment", "panel +10 min") in log(room)


def test_a_move_says_when_it_begins_or_where_it_runs_when_it_ends() -> None:
    room = day(*PROGRAMME)
    done(room, MoveSegment("panel", at("15:00")), MoveSegment("doors", at("13:30")))
    assert times(room)["keynote"] == "planned 14:00-14:45"
    assert times(room)["panel"] == "planned 15:00-15:40"
    passes(room, at("13:40"))
    done(room, MoveSegment("doors", at("13:50")))
    assert times(room)["keynote"] == "planned 13:50-14:35"


@pytest.mark.parametrize(
    "command",
    [
        MoveSegment("talk", datetime(9999, 12, 31, 23, 50, tzinfo=UTC)),
        Write("Words", anchor=Anchor("talk", seconds=10**12)),
        Write("Words", anchor=Anchor("talk", seconds=10**18)),
    ],
)
def test_a_time_beyond_the_calendar_is_refused(command: Command) -> None:
    room = day(segment("talk", "13:00"))
    assert not room.order(command).ok


# --- odd days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "minutes", "ends", "said"),
    [
        # At 03:00 clocks in Helsinki go to 04:00.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), 60, at("01:30", "2027-03-28"), "04:30"),
        # At 04:00 they go back to 03:00.
        (datetime(2027, 10, 30, 23, 30, tzinfo=UTC), 120, at("01:30", "2027-10-31"), "03:30"),
    ],
)
def test_a_segment_across_the_change_of_clocks_is_as_long_as_it_says(
    starts: datetime, minutes: int, ends: datetime, said: str
) -> None:
    room = day(
        segment("night", starts, minutes),
        post("over", "It ends at {segment.end}", anchor=Anchor("night", "end")),
        now=starts - timedelta(hours=5),
    )
    passes(room, ends)
    over = room.desk.state.outgoing["over"]
    assert (over.state, over.sent_at, over.text) == ("sent", ends, f"It ends at {said}")


def test_an_evening_goes_on_over_midnight() -> None:
    room = day(
        segment("party", "23:30", 60),
        segment("last", after="party"),
        post("bye", anchor=Anchor("last", "end", -600)),
        now=at("20:00"),
    )
    passes(room, at("02:00", "2027-05-21"))
    assert times(room) == {"party": "ended 23:30-00:30", "last": "ended 00:30-01:00"}
    assert room.desk.state.outgoing["bye"].sent_at == at("00:50", "2027-05-21")


def test_a_clock_that_jumps_forward_and_back_sends_nothing_twice_and_nothing_early() -> None:
    """What the clock has ended by mistake stays so until a person says otherwise."""
    room = day(
        segment("talk", "13:00", 60),
        post("first", at=at("13:10")),
        post("tied", anchor=Anchor("talk", seconds=1800)),
        post("later", at=at("16:25")),
    )
    passes(room, at("13:15"))
    room.now = at("16:15")
    room.take()
    room.now = at("13:16")
    passes(room, at("16:40"))
    outgoing = room.desk.state.outgoing
    assert (outgoing["first"].sent_at, outgoing["first"].attempt) == (at("13:10"), 1)
    assert (outgoing["tied"].state, outgoing["tied"].reason) == ("held", "2 h 45 min late")
    assert outgoing["later"].sent_at == at("16:25")
    talk = room.desk.state.segments["talk"]
    assert (talk.started_at, talk.ended_at) == (at("13:00"), at("14:00"))


def test_what_runs_can_be_ended_by_hand_while_the_clock_is_back() -> None:
    room = day(segment("talk", "13:00"))
    passes(room, at("13:10"))
    room.now = at("10:00")
    done(room, EndSegment("talk"))
    assert times(room)["talk"] == "ended 13:00-13:00"


def test_after_a_jump_forward_and_back_posts_leave_at_their_time() -> None:
    room = day(*(post(name, at=at(name)) for name in ("12:20", "12:30", "15:15")))
    room.now = at("15:15")
    room.take()
    settle(room)
    assert room.desk.state.outgoing["15:15"].state == "sent"
    room.now = at("12:16")
    written = room.order(Write("Now that it is right", at=at("12:40"))).thing
    passes(room, at("13:00"))
    assert room.desk.state.outgoing[written].sent_at == at("12:40")


def test_an_engine_started_in_the_middle_of_the_day_is_where_the_programme_is() -> None:
    room = day(
        *PROGRAMME,
        post("long-ago", anchor=Anchor("doors")),
        post("just-now", anchor=Anchor("keynote", seconds=30 * 60)),
        Reminder("soup", 1, "Soup", due_at=at("13:00")),
        now=at("14:05"),
    )
    assert times(room)["doors"] == "ended 13:00-13:30"
    assert times(room)["keynote"] == "running 13:30-14:15"
    outgoing = room.desk.state.outgoing
    assert (outgoing["long-ago"].state, outgoing["long-ago"].reason) == ("held", "65 min late")
    assert outgoing["just-now"].sent_at == at("14:05")
    assert room.desk.state.reminders["soup"].state == "due"


def test_after_an_outage_what_was_missed_began_when_it_should_have() -> None:
    room = day(*PROGRAMME)
    passes(room, at("13:20"))
    room.now = at("13:40")
    room.take()
    keynote = room.desk.state.segments["keynote"]
    assert (keynote.started_at, keynote.ends, keynote.slip) == (at("13:30"), at("14:15"), 0)
    assert log(room)[-2:] == [
        ("13:40", "clock", "end-segment", "doors"),
        ("13:40", "clock", "start-segment", "keynote"),
    ]

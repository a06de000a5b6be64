"""Hiding a post until later: for minutes, until a time, until a moment of the programme."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Revised
from eventlive.desk.views import view
from eventlive.messages import (
    Approve,
    Archive,
    Redo,
    Reopen,
    SkipSegment,
    SlipSegment,
    Snooze,
    StartSegment,
    Undo,
    Watch,
)
from eventlive.model import Anchor, Judgement
from tests.unit.days import at, day_of, passes, segment
from tests.unit.desks import Clocked, arrived, picture, post


def morning() -> Clocked:
    """Make a desk at nine: the keynote at ten by the clock, a panel after it by hand."""
    programme = [
        segment("keynote", "10:00", 30),
        segment("panel", minutes=30, after="keynote", by="hand"),
        segment("party", minutes=60, by="hand"),
    ]
    room = day_of(programme, Rules(), at("09:00"))
    room.take(arrived(1, now=room.now), arrived(2, now=room.now))
    return room


def state(room: Clocked) -> str:
    return room.item(1).state


def test_a_post_comes_back_at_the_time_that_was_said() -> None:
    room = morning()
    assert room.order(Snooze("x:1", 1, until=at("09:20"))).ok
    assert room.desk.next_due == at("09:20")
    passes(room, "09:19")
    assert state(room) == "snoozed"
    passes(room, "09:20")
    assert state(room) == "open"
    assert room.item(1).snoozed_until is None


def test_a_time_that_is_over_is_refused() -> None:
    room = morning()
    for until in (at("09:00"), at("08:00")):
        reply = room.order(Snooze("x:1", 1, until=until))
        assert (reply.ok, reply.reason) == (False, "that time is over: say a later one")
    assert "year" in room.order(Snooze("x:1", 1, until=at("09:00") + timedelta(days=400))).reason


def test_what_waits_for_the_programme_follows_it() -> None:
    room = morning()
    assert room.order(Snooze("x:1", 1, anchor=Anchor("keynote", "end", -300))).ok
    assert room.item(1).snoozed_until == at("10:25")
    room.order(SlipSegment("keynote", 20 * 60))
    assert room.item(1).snoozed_until == at("10:45")
    passes(room, "10:44")
    assert state(room) == "snoozed"
    passes(room, "10:45")
    assert state(room) == "open"
    assert room.item(1).snoozed_to is None


def test_what_waits_for_a_start_waits_until_it_happens() -> None:
    room = morning()
    room.order(Snooze("x:1", 1, anchor=Anchor("panel")))
    room.order(Snooze("x:2", 1, anchor=Anchor("party")))
    assert room.item(1).snoozed_until == at("10:30")
    assert room.item(2).snoozed_until is None, "nobody knows when the party begins"
    asleep, _ = view(room.desk.state, Watch("v", "snoozed"), room.now)
    assert [item.id for item in asleep] == ["x:1", "x:2"]
    passes(room, "11:00")
    assert state(room) == "snoozed", "the panel is late, and so is what waits for it"
    room.order(StartSegment("panel"))
    assert state(room) == "open"
    assert room.item(2).state == "snoozed"
    room.order(StartSegment("party"))
    assert room.item(2).state == "open"


def test_what_waits_for_a_segment_that_is_skipped_comes_back_at_once() -> None:
    room = morning()
    room.order(Snooze("x:1", 1, anchor=Anchor("keynote", "end", 600)))
    room.order(Snooze("x:2", 1, anchor=Anchor("party")))
    room.order(SkipSegment("keynote"))
    assert state(room) == "open"
    assert room.item(2).state == "snoozed"


@pytest.mark.parametrize(
    ("anchor", "reason"),
    [
        (Anchor("nothing"), "no segment 'nothing'"),
        (Anchor("keynote", "start", -60), "has begun"),
        (Anchor("keynote", "start", 60), "that time is over"),
        (Anchor("panel"), "was skipped"),
    ],
)
def test_a_moment_that_does_not_come_is_refused(anchor: Anchor, reason: str) -> None:
    room = morning()
    room.order(SkipSegment("panel"))
    passes(room, "10:05")
    reply = room.order(Snooze("x:1", room.item(1).version, anchor=anchor))
    assert not reply.ok
    assert reason in reply.reason
    assert state(room) == "open"


def test_a_snooze_is_undone_and_done_again_though_the_programme_moved() -> None:
    room = morning()
    before = room.item(1)
    room.order(Snooze("x:1", 1, anchor=Anchor("keynote")), "bob")
    room.order(SlipSegment("keynote", 600), "ann")
    assert room.order(Undo(), "bob").ok
    assert room.item(1) == replace(before, version=room.item(1).version)
    room.order(SlipSegment("keynote", 600), "ann")
    assert room.order(Redo(), "bob").ok
    assert room.item(1).snoozed_until == at("10:20"), "as the programme is now"
    room.order(Undo(), "bob")
    room.order(SkipSegment("keynote"), "ann")
    assert room.order(Redo(), "bob").ok
    assert state(room) == "open", "what it would wait for does not come"


def test_whoever_decides_about_it_ends_the_snooze() -> None:
    for command in (Archive, Reopen):
        room = morning()
        room.order(Snooze("x:1", 1, anchor=Anchor("keynote")))
        assert room.order(command("x:1", room.item(1).version)).ok
        assert room.item(1).snoozed_to is None
        was = room.item(1)
        passes(room, "10:01")
        assert room.item(1) == was


def test_an_edit_that_brings_a_shown_post_back_wakes_it() -> None:
    room = morning()
    room.order(Approve("x:1", 1))
    room.order(Snooze("x:1", 2, anchor=Anchor("panel")))
    room.take(Revised(post(1, "now an advert"), Judgement(), room.now))
    item = room.item(1)
    assert (item.state, item.snoozed_until, item.snoozed_to) == ("open", None, None)


def test_a_restart_forgets_no_snooze() -> None:
    room = morning()
    room.order(Snooze("x:1", 1, anchor=Anchor("panel")))
    again = Desk(Rules(), list(room.stored.values()), (), room.now)
    again.handle((), room.now)
    assert picture(again) == picture(room.desk)
    assert again.next_due == room.desk.next_due == at("10:00"), "the keynote; the panel is by hand"

"""Days of a desk: a programme and planned posts, and time that passes as it does for an engine.

Owns what the tests of the rundown, of planned posts and of a changed script begin with. The clock
of a day is UTC, on 20 May 2027 unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventlive.desk import Rules
from eventlive.desk.editions import Edition
from eventlive.desk.inputs import Settled
from eventlive.model import Outgoing, Reminder, Scene, Segment, Sent
from tests.unit.desks import NOON, Clocked

FAIR = """\
[event]
id = "fair"
title = "The fair"
timezone = "Europe/Helsinki"

[[accounts]]
id = "main"
handle = "house"

[[accounts]]
id = "booth"
handle = "booth"
"""


def at(clock: str, date: str = "2027-05-20") -> datetime:
    return datetime.fromisoformat(f"{date}T{clock}:00+00:00")


def segment(name: str, starts: str | datetime = "", minutes: int = 30, **more: Any) -> Segment:
    when = at(starts) if isinstance(starts, str) and starts else starts or None
    return Segment(name, 1, name.capitalize(), when, minutes, **more)


def post(name: str, text: str = "Words", account: str = "main", **more: Any) -> Outgoing:
    """Make a prepared post, tied by `anchor` or with an `at` of its own."""
    due = more.get("at")
    return Outgoing(name, 1, account, text, "script", NOON, "queued", due_at=due, **more)


def day_of(things: Sequence[Segment | Outgoing | Reminder], rules: Rules, now: datetime) -> Clocked:
    """Begin a day with these things."""
    edition = Edition(
        "one",
        rules,
        Scene("main", 1),
        {one.id: one for one in things if isinstance(one, Segment)},
        {one.id: one for one in things if isinstance(one, Outgoing)},
        {one.id: one for one in things if isinstance(one, Reminder)},
    )
    return begun(edition, now)


def begun(edition: Edition, now: datetime) -> Clocked:
    """Begin a day by an edition of a script."""
    room = Clocked(edition.rules)
    room.now = now
    assert room.desk.begin(edition, now) == ()
    room.take()
    settle(room)
    return room


def settle(room: Clocked) -> None:
    """Let what is being sent arrive."""
    for out in list(room.desk.state.outgoing.values()):
        if out.state == "sending":
            room.take(Settled(out.id, out.attempt, Sent(out.id, "", room.now)))


def passes(room: Clocked, until: str | datetime) -> None:
    """Let time pass as an engine does: from one thing that is due to the next."""
    end = at(until) if isinstance(until, str) else until
    while (due := room.desk.next_due) is not None and due <= end:
        assert due > room.now, "it would look again and again at the same moment"
        room.now = due
        room.take()
        settle(room)
    room.now = end
    room.take()
    settle(room)

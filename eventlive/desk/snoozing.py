"""Posts that are hidden until later: for a while, until a time, until a moment of the programme.

Owns when they come back. One that waits for the programme follows it as a reminder does: it waits
for what is late, and comes back at once where that no longer happens. Functions on the desk's
state.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from eventlive.anchors import anchor_text
from eventlive.desk import planned
from eventlive.desk.inputs import Refused
from eventlive.desk.rundown import FAR
from eventlive.desk.state import AWAKE, State
from eventlive.messages import Snooze
from eventlive.model import Item


def snooze(state: State, item: Item, command: Snooze, now: datetime) -> str:
    """Hide a post until later; give the time in words. Raises Refused for one that is over."""
    if item.state == "deleted":
        raise Refused("its author deleted it", item)
    if item.state == "rejected":
        raise Refused("it was rejected; reopen it first", item)
    until: datetime | None
    if command.anchor is not None:
        allowed = planned.gate(state, command.anchor)
        if allowed.is_ == "closed":
            raise Refused(allowed.why, item)
        until, words = planned.moment(state, command.anchor), anchor_text(command.anchor)
        over = allowed.is_ == "open" and until is not None and until <= now
    elif command.until is not None:
        until, words = command.until, command.until.isoformat(timespec="minutes")
        over = until <= now
    else:
        until, words = now + timedelta(minutes=command.minutes), f"{command.minutes} min"
        over = False
    if over:
        raise Refused("that time is over: say a later one", item)
    if until is not None and until > now + FAR:
        raise Refused("that is more than a year away", item)
    state.change(item, state="snoozed", snoozed_until=until, snoozed_to=command.anchor, claim=None)
    return words


def wake(state: State, now: datetime) -> None:
    """Bring back what was snoozed until now, and what waits for what does not come."""
    for key, until in list(state.snoozed.items()):
        item = state.items[key]
        gate = planned.gate(state, item.snoozed_to).is_
        if gate == "closed" or (gate == "open" and until <= now):
            state.change(item, state="open", **AWAKE)


def next_wake(state: State) -> Iterator[datetime]:
    """Give the times at which posts come back; those that wait for what is late have none."""
    for key, until in state.snoozed.items():
        if planned.gate(state, state.items[key].snoozed_to).is_ == "open":
            yield until

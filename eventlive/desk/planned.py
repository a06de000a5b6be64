"""Posts and reminders with a time of their own: when they may leave, and what is too late.

Owns tied times, what comes again and again, and the filling of variables. A post that is late is
never sent in a burst, and one that no longer makes sense waits for a person. Functions on the
desk's state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from msgspec.structs import replace

from eventlive.desk.inputs import Refused
from eventlive.desk.rundown import FAR
from eventlive.desk.state import Series, State, is_planned, speaks_of
from eventlive.listening.variables import fill
from eventlive.model import Anchor, Outgoing, Segment


class Gate(NamedTuple):
    """Whether the programme lets a post leave: it does, not yet, or no longer and why."""

    is_: Literal["open", "shut", "closed"]
    why: str = ""


OPEN, SHUT = Gate("open"), Gate("shut")

GRACE = timedelta(seconds=0.1)
"""How late is still on time, whatever the script says: no clock is on the dot."""

LATE = timedelta(seconds=30)
"""From here on a planned post counts as late, and keeps apart from others."""


# --- times --------------------------------------------------------------------------------------


def moment(state: State, anchor: Anchor) -> datetime | None:
    """Say when a tied moment is expected, or was; None where its segment is not there."""
    segment = state.segments.get(anchor.segment)
    edge = segment and (segment.begins if anchor.edge == "start" else segment.ends)
    return edge + timedelta(seconds=anchor.seconds) if edge else None


def gate(state: State, anchor: Anchor | None) -> Gate:
    """Say whether what is tied to a segment may leave, as far as the programme goes.

    What comes after an edge waits for it to happen; what was to come before it is too late then.
    """
    if anchor is None:
        return OPEN
    segment = state.segments.get(anchor.segment)
    if segment is None:
        return Gate("closed", f"there is no segment {anchor.segment!r} any more")
    if segment.state == "skipped":
        return Gate("closed", f"{segment.title!r} was skipped")
    if segment.begins is None:
        return SHUT
    begun = segment.state in ("running", "ended")
    happened = begun if anchor.edge == "start" else segment.state == "ended"
    if anchor.seconds >= 0:
        return OPEN if happened else SHUT
    if happened:
        has = "begun" if anchor.edge == "start" else "ended"
        return Gate("closed", f"{segment.title!r} has {has}")
    return OPEN if anchor.edge == "start" or begun else SHUT


def when(state: State, at: datetime | None, anchor: Anchor | None, now: datetime) -> datetime:
    """Give the time at which a post that is planned now would leave. Raises Refused for none."""
    if anchor is not None:
        if abs(anchor.seconds) > FAR.total_seconds():
            raise Refused("that is more than a year away")
        allowed, expected = gate(state, anchor), moment(state, anchor)
        if allowed.is_ == "closed":
            raise Refused(allowed.why)
    else:
        allowed, expected = OPEN, at
    if expected is None:
        raise Refused("a time is missing")
    if expected > now + FAR:
        raise Refused("that is more than a year away")
    if expected <= now and allowed.is_ == "open":
        raise Refused("that time is over: send it now, or say a later one")
    return expected


def keep_time(state: State, now: datetime) -> None:
    """Let what is tied to the programme follow it, and bring what comes again."""
    if not state.retime:
        return
    for out in list(state.outgoing.values()):
        if out.state == "queued" and out.anchor is not None:
            state.update(out, due_at=moment(state, out.anchor) or out.due_at)
    for reminder in list(state.reminders.values()):
        if reminder.state == "waiting" and reminder.anchor is not None:
            state.update(reminder, due_at=moment(state, reminder.anchor) or reminder.due_at)
    for item in [state.items[key] for key in state.snoozed]:
        if item.snoozed_to is not None:
            state.update(item, snoozed_until=moment(state, item.snoozed_to) or item.snoozed_until)
    _bring_again(state, now)
    state.retime = False


# --- leaving ------------------------------------------------------------------------------------


def leaves_at(state: State, out: Outgoing, due: datetime, now: datetime) -> datetime | None:
    """Say when a queued post may leave at the earliest; None while its segment keeps it.

    Planned posts that are late keep apart, so that an outage ends in no burst.
    """
    if gate(state, out.anchor).is_ == "shut":
        return None
    last = state.begun.get(out.account)
    if last is None or not is_planned(out) or out.attempt or now - due <= LATE:
        return due
    return max(due, last + state.rules.apart)


def too_late(state: State, out: Outgoing, due: datetime, now: datetime) -> str:
    """Say why a post that is due no longer makes sense; "" where it does."""
    allowed = gate(state, out.anchor)
    if allowed.is_ == "closed":
        return allowed.why
    stale = timedelta(seconds=out.stale) if out.stale else state.rules.stale
    if now - due > max(stale, GRACE):
        return f"{_length(now - due)} late"
    segment = state.segments.get(out.anchor.segment) if out.series and out.anchor else None
    if segment is not None and segment.ended_at is not None and due >= segment.ended_at:
        return f"{segment.title!r} has ended"
    return ""


def _length(late: timedelta) -> str:
    minutes = round(late.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"


def hold_or_drop(state: State, out: Outgoing, reason: str) -> None:
    """Keep what is too late for a decision; what comes again anyhow is let go."""
    again = out.series and out.anchor is not None and not out.sent_ids
    left = "dropped" if again else "held"
    state.change(out, state=left, due_at=None, not_before=None, reason=reason)


def filled(state: State, out: Outgoing, now: datetime) -> str:
    """Give a post's text with its variables filled as they are now. Raises Missing (ValueError)."""
    house = state.rules.house.get(out.account)
    return fill(
        out.text,
        names=state.rules.names,
        network=house.network if house else "rehearsal",
        language=out.language or (house.language if house else "") or state.rules.language,
        segments=state.segments,
        segment=speaks_of(out),
        now=now,
    )


# --- what comes again ---------------------------------------------------------------------------


def _bring_again(state: State, now: datetime) -> None:
    """Queue the next of each series, one at a time, while there is one."""
    known: dict[str, list[Outgoing]] = defaultdict(list)
    if state.rules.series:
        for out in state.outgoing.values():
            if out.series:
                known[series_of(out)[0]].append(out)
    for series in state.rules.series:
        before = known[series.first.id]
        if any(out.ends_series for out in before):
            continue
        for segment_id in series.during:
            segment = state.segments.get(segment_id)
            if segment is not None and segment.state in ("planned", "running"):
                # Sent by hand or moved, it has no anchor any more; its name stays.
                mine = [out for out in before if out.id == occurrence(series, segment_id, out.nth)]
                _bring_next(state, series, segment, mine, now)


def occurrence(series: Series, segment: str, nth: int) -> str:
    """Name an occurrence: of which series, in which segment, which one."""
    return f"{series.first.id}@{segment}-{nth}"


def series_of(out: Outgoing) -> tuple[str, str]:
    """Give the names of an occurrence's series and of its segment, whatever time it has now."""
    series, _, rest = out.id.partition("@")
    return series, rest.rpartition("-")[0]


def time_of(series: Series, segment: str, nth: int) -> Anchor:
    """Say when an occurrence comes."""
    return Anchor(segment, "start", (nth - 1) * series.every)


def words_of(series: Series, segment: str, nth: int) -> str:
    """Say what an occurrence says: its texts in turn, another one first in each segment."""
    return series.texts[(nth - 1 + series.during.index(segment)) % len(series.texts)]


def _bring_next(
    state: State,
    series: Series,
    segment: Segment,
    before: list[Outgoing],
    now: datetime,
) -> None:
    if any(out.state in ("queued", "sending") for out in before):
        return
    if segment.begins is None or segment.ends is None:
        return
    nth = 1 + max((out.nth for out in before), default=0)
    if segment.state == "running" or (segment.by == "clock" and segment.begins <= now):
        # What was missed is missed.
        nth = max(nth, 1 + -((segment.begins - now) // timedelta(seconds=series.every)))
    anchor = time_of(series, segment.id, nth)
    due = segment.begins + timedelta(seconds=anchor.seconds)
    if due >= segment.ends:
        return
    state.put(
        replace(
            series.first,
            id=occurrence(series, segment.id, nth),
            text=words_of(series, segment.id, nth),
            created_at=now,
            state="queued",
            anchor=anchor,
            due_at=due,
            nth=nth,
            stale=missed_after(state, series),
        )
    )


def missed_after(state: State, series: Series) -> int:
    """Say how many seconds late an occurrence is missed: long before the next one comes."""
    stale = series.first.stale or round(state.rules.stale.total_seconds())
    return max(1, min(stale, series.every // 2))


# --- reminders ----------------------------------------------------------------------------------


def remind(state: State, now: datetime) -> None:
    """Make due what the crew is to be reminded of; what a skipped segment wanted is done with."""
    for reminder in list(state.reminders.values()):
        if reminder.state != "waiting":
            continue
        allowed = gate(state, reminder.anchor)
        if allowed.is_ == "closed" and (reminder.due_at is None or reminder.due_at > now):
            state.change(reminder, state="done", who="clock")
        elif allowed.is_ != "shut" and reminder.due_at is not None and reminder.due_at <= now:
            state.change(reminder, state="due")


def next_reminders(state: State) -> Iterator[datetime]:
    """Give the times at which reminders fall due."""
    for reminder in state.reminders.values():
        if reminder.state != "waiting" or reminder.due_at is None:
            continue
        if gate(state, reminder.anchor).is_ == "open":
            yield reminder.due_at


def see_to(state: State, reminder_id: str, version: int, who: str) -> None:
    """Note that somebody has seen to a reminder."""
    reminder = state.reminders.get(reminder_id)
    if reminder is None:
        raise Refused(f"there is no reminder {reminder_id!r}")
    if reminder.version != version:
        raise Refused("the reminder has changed since you saw it", reminder)
    if reminder.state == "done":
        raise Refused(f"{reminder.who} has seen to it", reminder)
    state.change(reminder, state="done", who=who)

"""The day as it will run: what begins, what goes out and of what the crew is reminded, in order.

Owns the playing of a script through a desk of its own, with nobody late and everything approved,
and the words for it. Pure: the clock is the script's, and nothing leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count

from eventlive import briefing
from eventlive.anchors import anchor_text
from eventlive.desk import Desk
from eventlive.desk.inputs import Input, Ordered, Settled
from eventlive.desk.rundown import is_free
from eventlive.messages import ApprovePost, EndSegment, StartSegment
from eventlive.model import Outgoing, Put, Reminder, Segment, Sent, Thing
from eventlive.tables import Script

LONG_BEFORE = timedelta(days=60)
TURNS = 100_000
"""Turns after which a day that has no end is given up."""

WHO, OTHER = "producer", "second person"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happens: when, what it is, and what is said."""

    at: datetime
    thing: Segment | Outgoing | Reminder


def play(script: Script) -> tuple[Entry, ...]:
    """Play a script from its first to its last moment, all by its plan."""
    times = [one.starts for one in script.segments if one.starts]
    times += [one.at for one in script.posts if isinstance(one.at, datetime)]
    times += [one.at for one in script.reminders if isinstance(one.at, datetime)]
    if not times:
        return ()
    now = (min(times) - LONG_BEFORE).astimezone(UTC)
    edition = briefing.edition(script, now)
    desk = Desk(edition.rules)
    desk.begin(edition, now)
    entries: list[Entry] = []
    begun: set[str] = set()
    inputs: list[Input] = []
    for _ in range(TURNS):
        turn = desk.handle(inputs, now)
        things = [change.put for change in turn.changes if isinstance(change, Put)]
        entries += _happened(now, things, begun)
        inputs = [*_settled(desk, now), *_by_hand(desk, now)]
        if inputs:
            continue
        dues = [due for due in (desk.next_due, *_hands(desk)) if due is not None]
        if not dues:
            break
        now = max(now, min(dues))
        inputs = list(_by_hand(desk, now))
    return tuple(sorted(entries, key=_place))


def lines(
    entries: Iterable[Entry],
    script: Script,
    zone: tzinfo,
    reader: tzinfo | None = None,
    width: int = 100,
) -> Iterator[str]:
    """Write the day out, in the event's zone and, where that is another, the reader's.

    Without a `reader` that is the machine's.
    """
    accounts = {one.id: one for one in script.accounts}
    day = None
    for entry in entries:
        here, there = entry.at.astimezone(zone), entry.at.astimezone(reader)
        elsewhere = there.utcoffset() != here.utcoffset()
        if here.date() != day:
            day = here.date()
            also = f" (in brackets: {there:%Z})" if elsewhere else ""
            yield from ("", f"{here:%A %d %B %Y}, {zone}{also}", "")
        clock = f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}   "
        if elsewhere:
            other = "" if there.date() == here.date() else f"{there:%a} "
            clock += f" ({other}{there:%H:%M})"
        match entry.thing:
            case Segment() as segment:
                yield _cut(f"{clock}  {_of_segment(segment)}", width)
            case Reminder() as reminder:
                yield _cut(f"{clock}  ! {reminder.text}", width)
            case Outgoing() as out:
                account = accounts.get(out.account)
                network = account.network if account else ""
                yield _cut(f"{clock}    {out.account} on {network}{_about(out)}", width)
                signature = f" {account.signature}" if account and account.signature else ""
                for line in f"{out.text}{signature}".splitlines():
                    yield _cut(f"{'':{len(clock)}}      {line}", width)


def _of_segment(segment: Segment) -> str:
    by = ", by hand" if segment.by == "hand" else ""
    if segment.state != "running":
        return f"| {segment.title}  ends{by}"
    where = " · ".join(part for part in (segment.track, segment.room) if part)
    return f"> {segment.title}{f'  [{where}]' if where else ''}  {segment.minutes} min{by}"


def _about(out: Outgoing) -> str:
    """Say what else is to be known of a post: when it comes, who must agree, what goes with it."""
    parts = []
    if out.series:
        parts.append(f"(comes again, {out.nth})")
    elif out.anchor is not None:
        parts.append(f"({anchor_text(out.anchor)})")
    if out.needs_approval:
        parts.append("needs a second person")
    if out.warning:
        parts.append(f"content warning: {out.warning}")
    if out.pictures:
        parts.append(f"{len(out.pictures)} picture{'' if len(out.pictures) == 1 else 's'}")
    return "".join(f"  {part}" for part in parts)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= max(width, 20) else f"{line[: max(width, 20) - 1]}…"


def plain(entry: Entry, zone: tzinfo) -> dict[str, object]:
    """Give an entry as what JSON can hold."""
    at = entry.at.astimezone(zone).isoformat(timespec="seconds")
    match entry.thing:
        case Segment() as segment:
            what = "starts" if segment.state == "running" else "ends"
            return {"at": at, "kind": "segment", "id": segment.id, "what": what}
        case Reminder() as reminder:
            return {"at": at, "kind": "reminder", "id": reminder.id, "text": reminder.text}
        case Outgoing() as out:
            return {
                "at": at,
                "kind": "post",
                "id": out.id,
                "account": out.account,
                "text": out.text,
                "needs_approval": out.needs_approval,
            }


def _place(entry: Entry) -> tuple[datetime, int]:
    """At one moment what ends comes before what begins, and that before what is said."""
    if not isinstance(entry.thing, Segment):
        return entry.at, 2
    return entry.at, 0 if entry.thing.state == "ended" else 1


def _happened(now: datetime, things: Iterable[Thing], begun: set[str]) -> Iterator[Entry]:
    for thing in things:
        match thing:
            case Segment(state="running", started_at=at) if at and thing.id not in begun:
                begun.add(thing.id)
                yield Entry(at, thing)
            case Segment(state="ended", ended_at=at) if at is not None:
                yield Entry(at, thing)
            case Outgoing(state="sending") | Reminder(state="due"):
                yield Entry(now, thing)
            case _:
                pass


def _settled(desk: Desk, now: datetime) -> Iterator[Input]:
    for out in desk.state.outgoing.values():
        if out.state == "sending":
            yield Settled(out.id, out.attempt, Sent(out.id, "", now))


def _hands(desk: Desk) -> Iterator[datetime | None]:
    """Give the times at which a person has something to do."""
    for segment in desk.state.segments.values():
        if segment.by == "hand" and segment.state == "running":
            yield segment.ends
        elif segment.by == "hand" and segment.state == "planned" and is_free(desk.state, segment):
            yield segment.begins


def _by_hand(desk: Desk, now: datetime) -> Iterator[Input]:
    """Do what a person does: the segments that go by hand, and the second person's word."""
    refs = count(1)
    for segment in desk.state.segments.values():
        if segment.by != "hand" or segment.begins is None or segment.ends is None:
            continue
        if segment.state == "running" and segment.ends <= now:
            yield Ordered(WHO, EndSegment(segment.id), next(refs))
        elif segment.state == "planned" and segment.begins <= now and is_free(desk.state, segment):
            yield Ordered(WHO, StartSegment(segment.id), next(refs))
    for out in desk.state.outgoing.values():
        if out.needs_approval and not out.approved_by and out.state in ("queued", "held"):
            yield Ordered(OTHER, ApprovePost(out.id, out.version), next(refs))

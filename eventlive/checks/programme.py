"""The programme: when each segment is expected, and what in that plan cannot be.

Owns the plan (fixed segments, those that follow, circles among them) and the checks of segments and
of the script's times. Pure; what really happens is the rundown's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from eventlive.checks.findings import Finding, Proof, unknown
from eventlive.lines import Place
from eventlive.model import Segment
from eventlive.tables import Script, SegmentTable


class Span(NamedTuple):
    """When a segment is expected to begin and to end, in UTC."""

    begins: datetime
    ends: datetime


def plan(segments: Sequence[SegmentTable]) -> dict[str, Span]:
    """Plan the segments as if all went as written.

    A fixed one begins at its time, one that follows when the other has ended, one that is both not
    before its time. Left out are those of which that is not to be said: in a circle, or after one
    that is not there. Of two with one id the first counts.
    """
    rows: dict[str, SegmentTable] = {}
    for segment in segments:
        rows.setdefault(segment.id, segment)
    circular = _circular(rows)
    spans: dict[str, Span] = {}
    settled: set[str] = set(circular)
    for first in rows:
        # A loop, not a recursion: a programme may be a thousand segments one after another.
        chain = []
        here: str | None = first
        while here is not None and here in rows and here not in settled:
            chain.append(here)
            settled.add(here)
            here = rows[here].after
        for name in reversed(chain):
            if (begins := _begins(rows[name], spans)) is not None:
                spans[name] = Span(begins, begins + timedelta(minutes=rows[name].minutes))
    return spans


def _begins(row: SegmentTable, spans: Mapping[str, Span]) -> datetime | None:
    starts = row.starts.astimezone(UTC) if row.starts else None
    before = spans.get(row.after) if row.after else None
    if before is None:
        return starts
    return before.ends if starts is None else max(starts, before.ends)


def _circular(rows: Mapping[str, SegmentTable]) -> set[str]:
    """Find the segments that, each following another, follow themselves."""
    found: set[str] = set()
    seen: set[str] = set()
    for first in rows:
        chain: dict[str, None] = {}
        here: str | None = first
        while here is not None and here in rows and here not in seen:
            seen.add(here)
            chain[here] = None
            here = rows[here].after
        if here is not None and here in chain:
            walked = list(chain)
            found.update(walked[walked.index(here) :])
    return found


def rundown(script: Script, spans: Mapping[str, Span]) -> dict[str, Segment]:
    """Give the segments as the desk would have them before the event."""
    found: dict[str, Segment] = {}
    for row in script.segments:
        span = spans.get(row.id)
        segment = Segment(
            id=row.id,
            version=1,
            title=row.title,
            starts=row.starts.astimezone(UTC) if row.starts else None,
            minutes=row.minutes,
            after=row.after or "",
            by=row.by,
            track=row.track,
            room=row.room,
            speakers=tuple(row.speakers),
            begins=span.begins if span else None,
            ends=span.ends if span else None,
        )
        found.setdefault(row.id, segment)
    return found


# --- checks --------------------------------------------------------------------------------------


def findings(proof: Proof, spans: Mapping[str, Span]) -> Iterator[Finding]:
    """Find what is wrong with the event's times, its segments and the offsets of all times."""
    event = proof.script.event
    if event.starts and event.ends and event.ends <= event.starts:
        yield Finding(("event", "ends"), "the event ends before it starts")
    else:
        yield from _outside(proof.script, spans)
    yield from _following(proof)
    yield from _overlapping(proof.script, spans)
    for index, segment in enumerate(proof.script.segments):
        for number, speaker in enumerate(segment.speakers):
            place = ("segments", index, "speakers", number)
            yield from unknown(proof, place, speaker, "people", "person", words=f'"{speaker}"')
    yield from _offsets(proof)


def clock(moment: datetime, script: Script) -> str:
    """Write a time as the event's own clock shows it, with the day where that says more."""
    zone, starts, ends = script.event.zone, script.event.starts, script.event.ends
    local = moment.astimezone(zone)
    if starts and ends and ends - starts < timedelta(days=1):
        first, last = starts.astimezone(zone), ends.astimezone(zone)
        if local.date() == first.date() or first < local <= last:
            return f"{local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def _outside(script: Script, spans: Mapping[str, Span]) -> Iterator[Finding]:
    event = script.event
    seen: set[str] = set()
    for index, segment in enumerate(script.segments):
        # A second one of the same id may have other times; the id is what is wrong with it.
        if segment.id in seen or segment.id not in spans:
            continue
        seen.add(segment.id)
        begins = spans[segment.id].begins
        early = event.starts is not None and begins < event.starts
        late = event.ends is not None and begins >= event.ends
        if early or late:
            yield Finding(
                _time_of(index, segment),
                f"{segment.id!r} starts outside the event, at {clock(begins, script)}",
            )


def _time_of(index: int, segment: SegmentTable) -> Place:
    return ("segments", index, "starts" if segment.starts else "after")


def _following(proof: Proof) -> Iterator[Finding]:
    rows: dict[str, SegmentTable] = {}
    for segment in proof.script.segments:
        rows.setdefault(segment.id, segment)
    circular = _circular(rows)
    for index, segment in enumerate(proof.script.segments):
        if segment.after is None:
            continue
        place = ("segments", index, "after")
        yield from unknown(proof, place, segment.after, "segments", "segment")
        if segment.id in circular and rows[segment.id] is segment:
            way = [segment.id, segment.after]
            while way[-1] != segment.id and len(way) < 6:
                way.append(rows[way[-1]].after or "")
            shown = " after ".join(way) + ("" if way[-1] == segment.id else " after …")
            yield Finding(place, f"it waits for itself: {shown}")


def _overlapping(script: Script, spans: Mapping[str, Span]) -> Iterator[Finding]:
    tracks: defaultdict[str, list[tuple[Span, int]]] = defaultdict(list)
    seen: set[str] = set()
    for index, segment in enumerate(script.segments):
        if segment.id in spans and segment.id not in seen:
            tracks[segment.track].append((spans[segment.id], index))
            seen.add(segment.id)
    for track, rows in tracks.items():
        rows.sort()
        last, holder = rows[0]
        for span, index in rows[1:]:
            if span.begins < last.ends:
                segment, other = script.segments[index], script.segments[holder]
                yield Finding(
                    _time_of(index, segment),
                    f"{segment.id!r} begins at {clock(span.begins, script)}, while {other.id!r}"
                    f" is on until {clock(last.ends, script)}"
                    + (f" on the track {track!r}" if track else ""),
                    "what is on at the same time needs tracks of its own",
                    "warning",
                )
            if span.ends > last.ends:
                last, holder = span, index


# --- offsets -------------------------------------------------------------------------------------


def _offsets(proof: Proof) -> Iterator[Finding]:
    """Find times with an offset that clocks at the event do not show then: summer time mistakes.

    UTC is no mistake anywhere; an event without a zone of its own has nothing to compare with.
    """
    event = proof.script.event
    if event.timezone == "UTC" or proof.told(("event", "timezone")):
        return
    for place, moment in times(proof.script):
        written = moment.utcoffset()
        there = moment.astimezone(event.zone).utcoffset()
        if written and there is not None and written != there:
            yield Finding(
                place,
                f"{event.timezone} has {_offset(there)} then, not {_offset(written)}",
                f"clocks there will show {moment.astimezone(event.zone):%Y-%m-%d %H:%M}",
                "warning",
            )


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    hours, minutes = divmod(abs(minutes), 60)
    return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def times(script: Script) -> Iterator[tuple[Place, datetime]]:
    """Give every absolute time of a script and its key."""
    if script.event.starts:
        yield ("event", "starts"), script.event.starts
    if script.event.ends:
        yield ("event", "ends"), script.event.ends
    for index, segment in enumerate(script.segments):
        if segment.starts:
            yield ("segments", index, "starts"), segment.starts
    for index, post in enumerate(script.posts):
        if isinstance(post.at, datetime):
            yield ("posts", index, "at"), post.at
    for index, reminder in enumerate(script.reminders):
        if isinstance(reminder.at, datetime):
            yield ("reminders", index, "at"), reminder.at
    for index, answer in enumerate(script.answers):
        if answer.valid_until:
            yield ("answers", index, "valid_until"), answer.valid_until
    for index, fact in enumerate(script.facts):
        if fact.valid_until:
            yield ("facts", index, "valid_until"), fact.valid_until

"""The programme as an operator reads it: in which order, how late, and what waits for a person.

Pure: the present moment is always an argument. What is expected when is the engine's word; a part
that goes by hand and is overdue is expected now, and later with every minute, and with it all that
follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from eventlive.model import Segment

_FAR = datetime.max.replace(tzinfo=UTC)


class Outlook(NamedTuple):
    """When a part begins, as things stand, and whether it only waits for a person to start it."""

    begins: datetime | None = None
    is_due: bool = False


UNKNOWN = Outlook()


def order(segments: Iterable[Segment]) -> list[Segment]:
    """The parts as they are expected to begin."""
    return sorted(segments, key=lambda one: (one.begins or one.starts or _FAR, one.track, one.id))


def expected(segments: Iterable[Segment], now: datetime) -> dict[str, datetime]:
    """When each part begins, as things stand, or did; those are left out of whom nobody knows.

    What waits for a person never begins in the past, and nothing before what it follows can be
    over.
    """
    parts = {segment.id: segment for segment in segments}
    known: dict[str, datetime] = {}
    seen: set[str] = set()

    def begins(one: Segment) -> datetime | None:
        if one.id in seen:  # a ring, or asked before
            return known.get(one.id)
        seen.add(one.id)
        at = one.begins or one.starts
        if at is not None and one.state == "planned":
            before = _before(one, parts)
            at = max([at, *([now] if one.by == "hand" else []), *(_free(before) if before else [])])
        if at is not None:
            known[one.id] = at
        return at

    def _free(before: Segment) -> list[datetime]:
        """From when on what follows a part that is not over may begin."""
        if before.state == "planned" and (at := begins(before)) is not None:
            return [at + timedelta(minutes=before.minutes)]
        if before.state == "running" and before.ends is not None:
            return [max(before.ends, now) if before.by == "hand" else before.ends]
        return []

    for segment in parts.values():
        begins(segment)
    return known


def _before(segment: Segment, parts: Mapping[str, Segment]) -> Segment | None:
    """What a part follows; instead of a skipped one what that followed."""
    seen = {segment.id}
    before = parts.get(segment.after)
    while before is not None and before.state == "skipped" and before.id not in seen:
        seen.add(before.id)
        before = parts.get(before.after)
    return before


def late(segment: Segment, now: datetime, begins: datetime | None = None) -> float:
    """By how many seconds a part is later than planned; less than nothing where it is early.

    `begins` is when it is expected, as things stand.
    """
    over = 0.0
    edge = segment.begins or segment.starts
    if segment.state == "planned" and begins is not None and edge is not None:
        over = (begins - edge).total_seconds()
    elif segment.state == "running" and segment.by == "hand" and segment.ends is not None:
        over = (now - segment.ends).total_seconds()
    return segment.slip + max(over, 0.0)


def late_words(seconds: float) -> str:
    """How late, as it stands in a row; "" below a minute."""
    whole = int(abs(seconds) // 60)
    if not whole:
        return ""
    return f"+{whole} late" if seconds > 0 else f"-{whole} early"


def due(segments: Sequence[Segment], now: datetime) -> frozenset[str]:
    """Ids of the parts that only wait for a person to start them."""
    parts = {one.id: one for one in segments}
    open_ = {one.id for one in segments if one.state in ("planned", "running")}
    return frozenset(
        one.id
        for one in segments
        if one.state == "planned"
        and one.by == "hand"
        and ((before := _before(one, parts)) is None or before.id not in open_)
        and (at := one.begins or one.starts) is not None
        and at <= now
    )


def standing(segment: Segment, *, is_due: bool = False) -> tuple[str, str]:
    """How a part stands, as a sign and a word, and its ink."""
    match segment.state:
        case "planned" if is_due:
            return "! due", "warn"
        case "planned":
            return "◌ planned", ""
        case "running":
            return "● running", "good"
        case "ended":
            return "■ ended", "dim"
        case "skipped":
            return "– skipped", "dim"


def most_urgent(segments: Sequence[Segment], now: datetime) -> Segment | None:
    """What an operator looks at first: what waits for a person, else what runs, else what comes."""
    waiting = due(segments, now)
    ranks = {"running": 1, "planned": 2}
    there = [one for one in order(segments) if one.state in ranks]
    return min(there, key=lambda one: 0 if one.id in waiting else ranks[one.state], default=None)

"""The programme as an operator reads it: in which order, how late, and what waits for a person.

Pure: the present moment is always an argument. What is expected when is the engine's word; a part
that goes by hand and is overdue is expected now, and later with every minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from eventlive.model import Segment

_FAR = datetime.max.replace(tzinfo=UTC)


def order(segments: Iterable[Segment]) -> list[Segment]:
    """The parts as they are expected to begin."""
    return sorted(segments, key=lambda one: (one.begins or one.starts or _FAR, one.track, one.id))


def begins(segment: Segment, now: datetime) -> datetime | None:
    """When a part begins, as things stand; what waits for a person never begins in the past."""
    at = segment.begins or segment.starts
    if at is not None and segment.state == "planned" and segment.by == "hand":
        return max(at, now)
    return at


def late(segment: Segment, now: datetime) -> float:
    """By how many seconds a part is later than planned; less than nothing where it is early."""
    edge = None
    if segment.by == "hand" and segment.state == "planned":
        edge = segment.begins or segment.starts
    elif segment.by == "hand" and segment.state == "running":
        edge = segment.ends
    over = (now - edge).total_seconds() if edge is not None and edge < now else 0.0
    return segment.slip + over


def late_words(seconds: float) -> str:
    """How late, as it stands in a row; "" below a minute."""
    whole = int(abs(seconds) // 60)
    if not whole:
        return ""
    return f"+{whole} late" if seconds > 0 else f"-{whole} early"


def due(segments: Sequence[Segment], now: datetime) -> frozenset[str]:
    """Ids of the parts that only wait for a person to start them."""
    open_ = {one.id for one in segments if one.state in ("planned", "running")}
    return frozenset(
        one.id
        for one in segments
        if one.state == "planned"
        and one.by == "hand"
        and one.after not in open_
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

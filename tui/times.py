"""Times as an operator types them: `14:05` or `1405`, `+10`, `-5`, `keynote+05:00`.

Owns their grammar and what they come to, so that it can be seen before it is sent. Pure; whether a
time is possible is the engine's to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import NamedTuple

from eventlive.anchors import anchor_text, read_anchor
from eventlive.model import Anchor, Segment
from tui.moments import hour, minutes

_CLOCK = re.compile(r"(\d{1,2})[:.]?(\d{2})")
_SHIFT = re.compile(r"([+-]?)\s*(\d{1,4})(?::([0-5]\d))?(?:\s*min)?")
HOW = "14:05, +10 or -5 min"


class Typed(NamedTuple):
    """A time that was typed: `at` as it is expected; tied to a segment where it has an `anchor`."""

    at: datetime
    anchor: Anchor | None = None

    def words(self, now: datetime, where: tzinfo) -> str:
        """What it comes to."""
        tied = f" ({anchor_text(self.anchor)})" if self.anchor else ""
        if self.at <= now and self.anchor is not None:
            edge = "begins" if self.anchor.edge == "start" else "ends"
            return f"when “{self.anchor.segment}” {edge}{tied}"
        away = minutes((self.at - now).total_seconds())
        return f"{hour(self.at, now, where)}{tied}, in {away}"


def read_shift(text: str) -> int:
    """Read minutes, or minutes:seconds, with or without a sign; in seconds. Raises ValueError."""
    found = _SHIFT.fullmatch(text.strip())
    if found is None:
        raise ValueError("so many minutes: 5, -3 or 2:30")
    seconds = int(found[2]) * 60 + int(found[3] or 0)
    if not 0 < seconds <= 86_400:
        raise ValueError("between a second and a day")
    return -seconds if found[1] == "-" else seconds


def read_clock(text: str, near: datetime, where: tzinfo) -> datetime:
    """Read a time of day in the event's zone, on the day that brings it nearest to `near`.

    Raises ValueError; also for a time that the clocks leave out that night.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError("a time of day: 14:05")
    day = near.astimezone(where)
    on_day = day.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0, fold=0)
    days = [on_day + timedelta(days=away) for away in (-1, 0, 1)]
    local = min(days, key=lambda one: abs(one.astimezone(UTC) - near))
    at = local.astimezone(UTC)
    if at.astimezone(where).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError("the clocks leave that time out that night")
    return at


def read_time(
    text: str,
    *,
    now: datetime,
    where: tzinfo,
    due: datetime | None,
    anchor: Anchor | None = None,
    segments: Mapping[str, Segment] | None = None,
) -> Typed:
    """Read when something is to be, that was to be at `due`, tied to the programme by `anchor`.

    `segments` are those it may be tied to; None where it cannot be. Raises ValueError with what is
    wrong, or that it is over.
    """
    text = text.strip()
    if not text:
        raise ValueError(HOW if segments is None else f"{HOW}, keynote+05:00")
    if text[0] in "+-":
        seconds = read_shift(text)
        at = (due or now) + timedelta(seconds=seconds)
        if anchor is not None:
            anchor = Anchor(anchor.segment, anchor.edge, anchor.seconds + seconds)
        typed = Typed(at, anchor)
    elif text[0].isdigit() and (_CLOCK.fullmatch(text) or segments is None):
        typed = Typed(read_clock(text, max(due or now, now), where))
    elif segments is None:
        raise ValueError(HOW)
    else:
        typed = _tied(text, segments)
    segment = (segments or {}).get(typed.anchor.segment) if typed.anchor else None
    if reason := _over(typed, segment, now):
        raise ValueError(reason)
    return typed


def _over(typed: Typed, segment: Segment | None, now: datetime) -> str:
    """Why nothing can leave at a time any more; "" where it can.

    What follows a part that is overdue waits for it, however long ago its time was.
    """
    anchor = typed.anchor
    if anchor is None or segment is None:
        return "that is over already" if typed.at <= now else ""
    if segment.state == "skipped":
        return f"“{segment.id}” was skipped"
    begun = segment.state in ("running", "ended")
    happened = begun if anchor.edge == "start" else segment.state == "ended"
    if anchor.seconds < 0 and happened:
        return f"“{segment.id}” has {'begun' if anchor.edge == 'start' else 'ended'}"
    if not anchor.seconds and anchor.edge == "start" and segment.state == "running":
        return "that has begun already"
    if typed.at <= now and (happened or anchor.seconds < 0):
        return "that is over already"
    return ""


def _tied(text: str, segments: Mapping[str, Segment]) -> Typed:
    try:
        anchor = read_anchor(text)
    except ValueError as error:
        raise ValueError(f"{HOW}, keynote.end-02:00") from error
    segment = segments.get(anchor.segment)
    if segment is None:
        near = get_close_matches(anchor.segment, segments, 1)
        hint = f": {near[0]}?" if near else f": {', '.join(list(segments)[:6]) or 'none'}"
        raise ValueError(f"no such segment{hint}")
    edge = (segment.begins or segment.starts) if anchor.edge == "start" else segment.ends
    if edge is None:
        raise ValueError("nobody knows yet when that is")
    return Typed(edge + timedelta(seconds=anchor.seconds), anchor)

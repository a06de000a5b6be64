"""NOW and NEXT: what runs and what comes, how late, and what waits for a person, on one line.

Pure: makes a line of spans. Of several tracks the part with most to say is named, the rest counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from eventlive.model import Segment
from tui import programme
from tui.cells import fit, one_line, width
from tui.lines import Line, Span, cut, length
from tui.moments import hour, minutes

_GAP = 3
"""Cells between the two and behind them."""
_SHORTEST = 5
"""Cells of a title below which it says nothing."""


def line(segments: Sequence[Segment], now: datetime, where: tzinfo, cells: int) -> Line:
    """What runs and what comes next, on one line; () where there is no programme."""
    if not segments:
        return ()
    left: Line = (Span(" "), *_now(segments, now, cells))
    right: Line = tuple(_next(segments, now, where, cells))
    left, right = _squeezed(left, right, cells - (_GAP if right else 0))
    gap = (Span(" " * max(cells - length(left) - length(right) - 1, 2)),) if right else ()
    return cut((*left, *gap, *right), cells)


def _squeezed(left: Line, right: Line, cells: int) -> tuple[Line, Line]:
    """Both in so many cells: the titles give way, the longer one first, and never the times."""
    over = length(left) + length(right) - cells
    if over <= 0:
        return left, right
    one, other = _title_cells(left), _title_cells(right)
    keep = max(one + other - over, 0)
    first = min(one, max(keep - other, keep // 2))
    return _titled(left, max(first, _SHORTEST)), _titled(right, max(keep - first, _SHORTEST))


def _title_cells(spans: Line) -> int:
    return sum(width(span.text) for span in spans if span.ink == "title")


def _titled(spans: Line, cells: int) -> Line:
    return tuple(
        Span(fit(span.text, cells, pad=False), span.ink) if span.ink == "title" else span
        for span in spans
    )


def _now(segments: Sequence[Segment], now: datetime, cells: int) -> list[Span]:
    running = [one for one in segments if one.state == "running"]
    if not running:
        if any(one.state == "planned" for one in segments):
            return [Span("NOW ", "dim"), Span("nothing runs", "dim")]
        return [Span("■ the programme is over", "dim")]
    # The one with most to say: over its time first, then the latest, then the youngest.
    running.sort(key=lambda one: (-_over(one, now), -abs(programme.late(one, now)), _age(one, now)))
    first = running[0]
    spans = [Span("NOW ", "dim"), Span(_title(first, cells // 3), "title")]
    if over := _over(first, now):
        spans.append(Span(f" · {minutes(over)} over", "warn"))
    elif first.ends is not None:
        spans.append(Span(f" · {minutes((first.ends - now).total_seconds())} left"))
    spans += _late(first, now)
    if len(running) > 1:
        spans.append(Span(f"  +{len(running) - 1} more", "dim"))
    return spans


def _next(segments: Sequence[Segment], now: datetime, where: tzinfo, cells: int) -> list[Span]:
    waiting = programme.due(segments, now)
    overdue = [one for one in programme.order(segments) if one.id in waiting]
    if overdue:
        first = overdue[0]
        by = minutes((now - (first.begins or first.starts or now)).total_seconds())
        spans = [Span(_title(first, cells // 4), "title"), Span(f" is due · {by} over, ", "warn")]
        spans += [Span("S", "key"), Span(" starts it", "warn")]
        if len(overdue) > 1:
            spans.append(Span(f"  +{len(overdue) - 1} more", "dim"))
        return spans
    planned = [one for one in programme.order(segments) if one.state == "planned"]
    if not planned:
        return []
    begins = programme.expected(segments, now)
    first = min(planned, key=lambda one: (one.id not in begins, begins.get(one.id, now)))
    spans = [Span("NEXT ", "dim"), Span(_title(first, cells // 4), "title")]
    at = begins.get(first.id)
    if at is not None:
        spans.append(Span(f" {hour(at, now, where)} · in {minutes((at - now).total_seconds())}"))
        if beside := sum(begins.get(one.id) == at for one in planned) - 1:
            spans.append(Span(f"  +{beside} more", "dim"))
    return [*spans, *_late(first, now, at)]


def _late(segment: Segment, now: datetime, begins: datetime | None = None) -> list[Span]:
    words = programme.late_words(programme.late(segment, now, begins))
    return [Span(f"  {words}", "warn" if words.startswith("+") else "dim")] if words else []


def _over(segment: Segment, now: datetime) -> float:
    """Seconds by which what runs is past its end."""
    if segment.ends is None or segment.ends + timedelta(seconds=1) > now:
        return 0.0
    return (now - segment.ends).total_seconds()


def _age(segment: Segment, now: datetime) -> float:
    return (now - (segment.started_at or segment.begins or now)).total_seconds()


def _title(segment: Segment, cells: int) -> str:
    return fit(one_line(segment.title), max(cells, 12), pad=False)

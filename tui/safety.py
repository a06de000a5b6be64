"""The operators' safety line: whether what had to go is gone from every screen.

Pure makers of lines: short for the first line of the console, which nothing ever covers, in full
for the pane of the screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from eventlive.messages import Off
from tui.board import Board
from tui.cells import fit, one_line
from tui.lines import Line, Span, length, wrapped
from tui.moments import clock
from tui.offs import age

GRACE = 2.0
"""Seconds in which screens that are well have confirmed: until then nothing is wrong."""

_WHAT = 26
"""Cells for the words of what went off, where there is room for them."""


def spans(board: Board, moment: datetime, now: float, room: int) -> list[Span]:
    """The safety line in `room` cells, or as short as it can be; none where nothing went off.

    What some screen may still show goes before all else.
    """
    if waiting := board.offs.waiting(moment):
        first, more = waiting[0], len(waiting) - 1
        ink, sign = _alarm(first, moment, board.speed)
        also = f" +{more}" if more else ""
        count = f"{first.off} of {first.screens} off{also}"
        forms = [
            f"{sign} {count}: {_what(first)} · {_who(first, 3)} ",
            f"{sign} {count} · {_who(first, 1)} ",
            f"{sign} {count} · {_named(first, 1)} ",
            f"{sign} {first.off}/{first.screens} off{also} · {_named(first, 1)} ",
            f"{sign} {first.off}/{first.screens} off{also} ",
        ]
    elif (done := board.offs.complete(now)) is not None:
        ink, count = "good", f"{done.off} of {done.screens} off"
        forms = [f"✓ {count}: {_what(done)} ", f"✓ {count} ", f"✓ {done.off}/{done.screens} "]
    else:
        return []
    spans = [[Span(form, ink)] for form in forms]
    return next((one for one in spans if length(one) <= room), spans[-1])


def lines(board: Board, moment: datetime, cells: int) -> Iterator[Line]:
    """What some screen may still show: what it is, since when, and who has not answered."""
    for off in board.offs.waiting(moment):
        ink, sign = _alarm(off, moment, board.speed)
        since = clock(off.at, board.zone)
        words = f"{sign} {off.off} of {off.screens} off since {since}: {one_line(off.what)}"
        yield from wrapped(words, cells, ink)
        yield from wrapped(f"  {_who(off, len(off.missing))}", cells, ink)


def _who(off: Off, most: int) -> str:
    """Who has not answered, in words; `most` of them by name."""
    left = max(off.screens - off.off, len(off.missing))
    if not off.missing:
        return f"{left} {'has' if left == 1 else 'have'} not answered"
    return f"{_named(off, most)} {'has' if left == 1 else 'have'} not answered"


def _named(off: Off, most: int) -> str:
    left = max(off.screens - off.off, len(off.missing))
    named = [fit(one_line(name), 20, pad=False) for name in off.missing[:most]]
    more = left - len(named)
    return ", ".join(named) + (f" and {more} more" if more and named else "")


def _what(off: Off) -> str:
    return fit(one_line(off.what), _WHAT, pad=False)


def _alarm(off: Off, moment: datetime, speed: float) -> tuple[str, str]:
    """Its ink and its sign: first it only waits, then somebody has to look."""
    return ("warn", "◔") if age(off, moment, speed) < GRACE else ("hold", "✗")

"""The rail at the left: every queue with how many wait and for how long, who is here, the signals.

Owns what stands in it and which line is which place; a click on a place says so to the app. Never
decides anything, and never draws by itself: the face does, twice a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual import events
from textual.message import Message

from eventlive.messages import Present
from tui import signals
from tui.board import Board
from tui.cells import fit, one_line, width
from tui.lines import Line, Lines, Span, spread
from tui.moments import age
from tui.places import PLACES, WORDS, Place
from tui.rebinding import Keymap

STANDARD = Keymap()
_HASTY: tuple[Place, ...] = ("questions", "overdue")
"""Where somebody waits for an answer, which the script says how soon to give."""
_FAILED: tuple[Place, ...] = ("uncertain",)
_AWAY = 300
"""Seconds of silence after which an operator may have gone for a coffee."""
_AGE = 4
_ENOUGH = 3
"""Rows below which a list of people or of signals says nothing."""


class Row(NamedTuple):
    """A line of the rail, and the place that a click on it turns to."""

    line: Line
    place: Place | None = None


class Rail(Lines):
    """The rail; `Turned` tells that a place was clicked."""

    class Turned(Message):
        """A place was clicked."""

        def __init__(self, place: Place) -> None:
            super().__init__()
            self.place = place

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._places: tuple[Place | None, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; only those that changed are painted."""
        self._places = tuple(row.place for row in rows)
        self.show([row.line for row in rows])

    def on_click(self, event: events.Click) -> None:
        event.stop()
        at = event.y + self.top
        place = self._places[at] if 0 <= at < len(self._places) else None
        if place is not None:
            self.post_message(self.Turned(place))


def rows(
    board: Board, place: Place, now: float, cells: int, height: int, keymap: Keymap = STANDARD
) -> list[Row]:
    """All of the rail in at most `height` rows: the places first, the rest where it fits."""
    moment = board.now(now)
    if moment is None:
        return []
    there = [other for other in PLACES if board.has(other)]
    if len(there) > height:
        there = [other for other in there if other == place or board.counts(other)][:height]
    out = [Row(_place(board, other, place, moment, cells, keymap), other) for other in there]
    out += _below(here(board, cells, height - len(out) - 1))
    room = height - len(out) - 1
    if room >= _ENOUGH:
        out += _below(signals.few(board, cells, room)[:room])
    return out


def _below(lines: Sequence[Line]) -> list[Row]:
    return [Row(()), *map(Row, lines)] if lines else []


def key(place: Place, keymap: Keymap = STANDARD) -> str:
    """The key that turns to a place, as this operator has it; "" where none does."""
    return keymap.shown(f"go('{place}')")


def _place(
    board: Board, other: Place, on: Place, now: datetime, cells: int, keymap: Keymap
) -> Line:
    count = board.counts(other)
    sign, ink = hurry(board, other, now)
    since = board.oldest(other) if count else None
    title = WORDS[other].title
    text = figure(count, max(cells - 4 - _AGE - width(title), 3))
    name = fit(title, max(cells - 3 - _AGE - len(text), 4))
    plain = "tab-on" if other == on else "" if count else "dim"
    return (
        Span("▌" if other == on else " ", "cursor"),
        Span(fit(key(other, keymap), 1), "key"),
        Span(sign or " ", ink or plain),
        Span(name, plain),
        Span(text, ink or plain),
        Span(f"{age(since, now) if since else '':>{_AGE}}", ink or plain or "dim"),
    )


def hurry(board: Board, place: Place, now: datetime) -> tuple[str, str]:
    """The sign and the ink of a place in which somebody waits for long; "" for neither.

    From half of the time on in which the script wants questions answered it warns.
    """
    if place in _FAILED and board.counts(place):
        return "?", "bad"
    since = board.oldest(place)
    if place not in _HASTY or since is None or board.welcome is None or not board.counts(place):
        return "", ""
    waited = (now - since).total_seconds() / max(board.welcome.answer_within, 1.0)
    if waited > 1:
        return "!", "bad"
    return ("◑", "warn") if waited >= 0.5 else ("", "")


def figure(count: int, cells: int) -> str:
    """A count in few cells: exact as long as it fits, then in thousands."""
    text = str(count)
    if len(text) <= cells:
        return text
    return f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"


def here(board: Board, cells: int, room: int) -> list[Line]:
    """Who is at a console, oneself first; where the room ends, how many more there are."""
    present = sorted(board.present, key=lambda one: (one.who != board.me, one.who))
    if not present or room < _ENOUGH - 1:
        return []
    reading = sum(1 for one in present if one.item)
    head = spread(
        [Span(" "), Span(f"{len(present)} here", "title")],
        [Span(f"{reading} on a post", "dim")] if reading else [],
        cells,
    )
    named = present if len(present) < room else present[: room - 2]
    lines = [head, *(_person(one, one.who == board.me, cells) for one in named)]
    if len(named) < len(present):
        lines.append((Span(f"   +{len(present) - len(named)} more", "dim"),))
    return lines


def _person(one: Present, me: bool, cells: int) -> Line:
    away = one.idle >= _AWAY
    ink = "dim" if away else "own" if me else ""
    role = "" if one.role == "operator" else one.role
    right = " ".join(word for word in (role, f"{int(one.idle // 60)}m" if away else "") if word)
    name = fit(one_line(one.who), max(cells - 4 - len(right), 4), pad=False)
    return spread(
        [Span(" ✎ " if one.writing else "   ", "warn"), Span(name, ink)],
        [Span(right, "dim")],
        cells,
    )

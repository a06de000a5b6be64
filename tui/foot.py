"""The bottom of the screen: what was done or refused, and the keys that matter here.

Pure makers of lines. Plain lines on purpose: Textual's own footer leaks widgets when keys change.
"""

from __future__ import annotations

from typing import NamedTuple

from eventlive.model import Outgoing, Thing
from tui import keys
from tui.board import Place
from tui.composer import Composer
from tui.lines import Line, Span, cut, length, spread
from tui.orders import is_out
from tui.prompt import Asked

_SIGNS = {"good": "✓", "bad": "✗"}


class Said(NamedTuple):
    """Something told to the operator, at a moment of the console's clock."""

    text: str
    ink: str
    at: float


def message(said: Said | None, cells: int) -> Line:
    """The line of words: clean, on one line."""
    if said is None:
        return ()
    sign = _SIGNS.get(said.ink, "·")
    return cut((Span(f" {sign} ", said.ink), Span(said.text, said.ink)), cells)


def bottom(place: Place, thing: Thing | None, cells: int) -> Line:
    """The keys of a list, most important first, as far as there is room."""
    where = "live" if thing is None else "item"
    if isinstance(thing, Outgoing):
        where = "outgoing"
    elif thing is not None and place in ("found", "wall"):
        where = place
    spans: list[Span] = [Span(" ")]
    last = [Span("?", "key"), Span(" all keys ")]
    words = {}
    if isinstance(thing, Outgoing):
        words = {"r": "edit", "x": "take down" if is_out(thing) else "drop"}
    for key in keys.bottom(where):
        word = [
            Span(key.shown.split()[0], "key"),
            Span(f" {words.get(key.shown, key.word)}  "),
        ]
        if length([*spans, *word, *last]) < cells:
            spans += word
    return spread(spans, last, cells)


def writing(composer: Composer, cells: int) -> Line:
    """What stands there while a text is written or looked at."""
    wall = composer.piece is not None and composer.piece.wall
    words = {
        "writing": " Enter is a new line; nothing goes out before the review",
        "review": " only y shows it, at once; z takes it off again"
        if wall
        else " only y sends; then there are some seconds to take it back",
    }.get(composer.stage, "")
    return spread([Span(words, "dim")], [Span("F8", "key"), Span(" HOLD ")], cells)


def prompted(asked: Asked) -> Line:
    """What stands there while a line is typed."""
    away = "filter off" if asked == "filter" else "back"
    return (Span(" Enter", "key"), Span(" done   "), Span("Esc", "key"), Span(f" {away}"))

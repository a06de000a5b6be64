"""The bottom of the screen: what was done or refused, and the keys that matter here.

Pure makers of lines. Plain lines on purpose: Textual's own footer leaks widgets when keys change.
"""

from __future__ import annotations

from typing import NamedTuple

from eventlive.model import Outgoing, Segment, Thing
from tui import keys
from tui.board import Place
from tui.composer import Composer
from tui.lines import Line, Span, cut, length, spread
from tui.orders import is_out
from tui.planned import waits_for_its_time
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
        where = "planned" if waits_for_its_time(thing) else "outgoing"
    elif isinstance(thing, Segment):
        where = "rundown"
    elif thing is not None and place in ("found", "wall"):
        where = place
    spans: list[Span] = [Span(" ")]
    last = [Span("?", "key"), Span(" all keys ")]
    words = {}
    if isinstance(thing, Outgoing):
        words = {"r": "edit", "x": "take down" if is_out(thing) else "drop", "S": "send now"}
        if not thing.needs_approval or thing.approved_by:
            words["O"] = ""
    elif isinstance(thing, Segment):
        words = {"x": "skip", "E": "plan again"}
    for key in keys.bottom(where):
        if words.get(key.shown) == "":
            continue
        word = [
            Span(key.shown.split()[0], "key"),
            Span(f" {words.get(key.shown, key.word)}  "),
        ]
        if length([*spans, *word, *last]) < cells:
            spans += word
    return spread(spans, last, cells)


def writing(composer: Composer, cells: int) -> Line:
    """What stands there while a text is written or looked at."""
    piece = composer.piece
    wall, keeps_time = piece is not None and piece.wall, piece is not None and piece.keeps_time
    words = {
        "writing": " Enter is a new line; nothing goes out before the review",
        "review": " only y changes it; it leaves at its time"
        if keeps_time
        else " only y shows it, at once; z takes it off again"
        if wall
        else " only y sends; then there are some seconds to take it back",
    }.get(composer.stage, "")
    if composer.stage == "review" and composer.broken:
        words = " only Y sends it as it stands; the log says so"
    return spread([Span(words, "dim")], [Span("F8", "key"), Span(" HOLD ")], cells)


def prompted(asked: Asked) -> Line:
    """What stands there while a line is typed."""
    away = "filter off" if asked == "filter" else "back"
    return (Span(" Enter", "key"), Span(" done   "), Span("Esc", "key"), Span(f" {away}"))

"""The bottom of the screen: what was done or refused, and the keys that matter here.

Pure makers of lines. Plain lines on purpose: Textual's own footer leaks widgets when keys change.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from eventlive.model import Outgoing, Segment, Thing
from tui import keys
from tui.composer import Composer
from tui.lines import Line, Span, cut, length, spread
from tui.orders import is_out
from tui.places import Place
from tui.planned import is_planned, waits_for_its_time
from tui.prompt import Asked
from tui.rebinding import Keymap

_STANDARD = Keymap()
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


def bottom(
    place: Place, thing: Thing | None, cells: int, marked: int = 0, keymap: Keymap = _STANDARD
) -> Line:
    """The keys of a list, most important first, as far as there is room.

    Where rows are `marked` it says first that the deciding keys mean those.
    """
    words = {}
    if isinstance(thing, Outgoing):
        words = {"r": "edit", "x": "take down" if is_out(thing) else "drop", "S": "send now"}
        words |= dict.fromkeys(_refused(thing), "")
    elif isinstance(thing, Segment):
        words = {"x": "skip", "E": "plan again"}
    elif thing is None and place == "wall":
        words = {"J": "screen"}
    return _bottom(about(place, thing), tuple(words.items()), cells, marked, keymap)


@lru_cache(maxsize=64)  # most posts have the same keys, and the line is asked for at each step
def _bottom(
    where: str, instead: tuple[tuple[str, str], ...], cells: int, marked: int, keymap: Keymap
) -> Line:
    words = dict(instead)
    spans: list[Span] = [Span(f" {marked} marked: ", "warn")] if marked else [Span(" ")]
    last = [Span("?", "key"), Span(" all keys ")]
    for key in keys.bottom(where):
        if words.get(key.shown) == "":
            continue
        shown = keymap.shown(key.action)
        if not shown:
            continue
        word = [
            Span(shown, "key"),
            Span(f" {words.get(key.shown, key.word)}  "),
        ]
        if length([*spans, *word, *last]) < cells:
            spans += word
    return spread(spans, last, cells)


def _refused(outgoing: Outgoing) -> Iterator[str]:
    """The keys that would only be refused for a post of the house, as it is now."""
    if not outgoing.needs_approval or outgoing.approved_by:
        yield "O"
    if outgoing.state != "queued":
        yield "u"
    if outgoing.state != "uncertain":
        yield "V"
    leaving = outgoing.state == "queued" and not is_planned(outgoing)
    if leaving or outgoing.state not in ("draft", "queued", "held", "failed"):
        yield from "rS"
    if outgoing.state not in ("draft", "queued", "held", "failed"):
        yield "T"


def about(place: Place, thing: Thing | None) -> str:
    """What the keys are about, as keys.bottom names it."""
    match thing:
        case None:
            return "screens" if place == "wall" else "live"
        case Outgoing():
            return "planned" if waits_for_its_time(thing) else "outgoing"
        case Segment():
            return "rundown"
        case _:
            return place if place in ("found", "wall") else "item"


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
    line = (Span(" Enter", "key"), Span(" done   "), Span("Esc", "key"), Span(f" {away}"))
    return (*line, Span("   ^s", "key"), Span(" save it")) if asked == "filter" else line

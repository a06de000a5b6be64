"""Filters as an operator types and keeps them: what may be said in one, and those that were saved.

Owns the hint beside the line in which a filter is typed, and the dialog of saved filters. What a
filter finds is the engine's business; what is kept and where, memory.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, get_args

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from eventlive.model import Network
from tui.cells import fit, one_line
from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span
from tui.prompt import Read

GRAMMAR = "lang: on: from: is: has: -word !all"
_NAMES: dict[str, tuple[str, ...]] = {
    "on": get_args(Network),
    "is": ("question", "flagged", "person", "claimed", "shown", "answered", "reply"),
    "has": ("picture", "link", "note"),
}
"""What the engine knows of each kind; the first letters of one are enough."""
_IN_SIGHT = 9
_WHAT = "The one that is picked takes the place of the filter that this list has now."


class Kept(Protocol):
    """Where saved filters are kept, by their names."""

    @property
    def filters(self) -> dict[str, str]:
        """All of them, as they are to be listed."""

    def save_filter(self, name: str, text: str) -> str:
        """Keep one; gives the reason where it is not kept, else ""."""

    def drop_filter(self, name: str) -> str:
        """Forget one; gives the reason where it is not forgotten, else ""."""


def hint(text: str) -> Read:
    """What may be said in a filter, and at once what the engine would take for a mere word."""
    text = text.removeprefix("!").casefold()
    for word in text.split():
        kind, colon, value = word.removeprefix("-").partition(":")
        if not colon or kind not in _NAMES:
            continue
        names = _NAMES[kind]
        if not any(name.startswith(value) for name in names):
            return Read(f"no {kind}:{value[:12]} · there is {' '.join(names)}", good=False)
        if not value or (text.endswith(word) and value not in names):
            return Read(
                f"{kind}: {' '.join(name for name in names if name.startswith(value))}", True
            )
    return Read(GRAMMAR, good=True)


class Saved(Dialog[str | None]):
    """The saved filters; dismissed with the text of one, or None."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        self._at = 0
        self._why = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield Lines(id="asked")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        filters = list(self._kept.filters.items())
        cells = max(min(96, self.app.size.width - 8), 20)
        self.query_one(Lines).show(page(filters, self._at, cells, self._why))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        filters = list(self._kept.filters.items())
        match event.key:
            case "j" | "down":
                self._at = min(self._at + 1, len(filters) - 1)
            case "k" | "up":
                self._at = max(self._at - 1, 0)
            case "enter":
                self.dismiss(filters[self._at][1])
                return
            case "x":
                self._drop(filters[self._at][0])
            case "escape" | "q" | "backslash":
                self.dismiss(None)
                return
            case key if key.isdecimal() and 0 < int(key) <= len(filters):
                self.dismiss(filters[int(key) - 1][1])
                return
        if self._kept.filters:
            self._draw()
        else:
            self.dismiss(None)

    def _drop(self, name: str) -> None:
        self._why = self._kept.drop_filter(name)
        self._at = max(min(self._at, len(self._kept.filters) - 1), 0)


def page(filters: Sequence[tuple[str, str]], at: int, cells: int, why: str = "") -> list[Line]:
    """The list of saved filters; the first nine have a number that picks them.

    `why` says why the one under the cursor was not dropped.
    """
    first = max(0, at - _IN_SIGHT + 1)
    lines: list[Line] = [(Span("Saved filters", "title"),), ()]
    for number, (name, text) in enumerate(filters[first : first + _IN_SIGHT], first):
        on = number == at
        lines.append(
            (
                Span("▌" if on else " ", "cursor"),
                Span(f"{number + 1} " if number < _IN_SIGHT else "  ", "key"),
                Span(fit(one_line(name), min(24, cells // 3)) + "  ", "title" if on else ""),
                Span(fit(one_line(text), max(cells - cells // 3 - 6, 8), pad=False), "warn"),
            )
        )
    if len(filters) > _IN_SIGHT:
        lines.append((Span(f"   {at + 1} of {len(filters)}", "dim"),))
    words = Span(f"✗ {one_line(why)}", "bad") if why else Span(_WHAT, "dim")
    lines += [(), (words,)]
    keys = (("1-9 Enter", "pick"), ("j k", "choose"), ("x", "drop"), ("Esc", "back"))
    lines.append(
        tuple(Span(*part) for key, word in keys for part in ((key, "key"), (f" {word}   ",)))
    )
    return lines

"""What is picked for a screen: scenes by their letters, a statement by its own.

Owns the two pages and their keys. A letter only picks: `y` agrees, and never Enter. Pages of the
engine's words draw them as lines, like everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from eventlive.messages import SetScreen, StatementInfo
from eventlive.model import SceneName, Screen
from tui.cells import clean, fit, one_line, wrap
from tui.dialogs import Page
from tui.lines import Line, Span, cut
from tui.venue import NAMES, meant

LETTERS: dict[str, SceneName] = {
    "m": "masonry",
    "s": "spotlight",
    "c": "carousel",
    "t": "ticker",
    "q": "pair",
    "p": "now-next",
    "w": "statement",
    "o": "sponsors",
    "i": "pictures",
    "v": "people",
    "h": "hold",
    "x": "test",
}
_SECONDS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""For how long each of several may stand."""
_PICKS = "abcdefghilmopqrstuvxz"
"""Letters of statements: none that scrolls, agrees, goes back or writes."""
OWN_WORDS = "\0"
"""What the page of statements is dismissed with where own words are wanted."""


class Scenes(Page[SetScreen | None]):
    """The scenes for a screen, in the order of their turns; dismissed with the order, or None."""

    def __init__(self, name: str, wall: Screen, begin: Sequence[SceneName] = ()) -> None:
        super().__init__()
        self._aimed = name
        self._wall = wall
        self._picked = list(begin)
        self._seconds = wall.seconds

    def draw(self) -> None:
        wall = self._wall
        now = ", ".join(wall.scenes) + (" (black)" if wall.dark else "")
        whose = "now" if self._aimed == wall.id else f"{wall.id} now"
        lines: list[Line] = [
            (Span(f"Scenes of {meant(self._aimed)}", "title"),),
            (Span(f"{whose}: {now}", "dim"),),
        ]
        for letter, scene in LETTERS.items():
            turn = f"{self._picked.index(scene) + 1}" if scene in self._picked else " "
            ink = "title" if scene in self._picked else ""
            lines.append(
                (
                    Span(f" {turn} ", "accent"),
                    Span(f" {letter} ", "key"),
                    Span(f" {scene:<10}", ink),
                    Span(f" {NAMES[scene]}", "dim"),
                )
            )
        self.body.show([cut(line, self.cells) for line in lines])
        self.foot.show([cut(self._foot(), self.cells)])

    def _foot(self) -> Line:
        back: Line = (Span("Esc", "key"), Span(" back"))
        if not self._picked:
            return (Span("a letter picks, several by turns   ", "dim"), *back)
        agree: Line = (Span("y", "key"), Span(" show it   "))
        if len(self._picked) > 1:
            longer = (Span("- +", "key"), Span(f" {self._seconds} s each   "))
            return (*agree, *longer, *back)
        return (*agree, *back)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "y" and self._picked:
            self.dismiss(SetScreen(tuple(self._picked), self._aimed, self._seconds))
        elif (scene := LETTERS.get(event.key)) is not None:
            if scene in self._picked:
                self._picked.remove(scene)
            else:
                self._picked.append(scene)
            self.draw()
        elif event.character in ("+", "-"):
            self._seconds = _next(self._seconds, 1 if event.character == "+" else -1)
            self.draw()
        elif self.scrolls(event.key):
            self.draw()


def _next(seconds: int, by: int) -> int:
    """The next length of a turn, longer or shorter."""
    if by > 0:
        return next((one for one in _SECONDS if one > seconds), _SECONDS[-1])
    return next((one for one in reversed(_SECONDS) if one < seconds), _SECONDS[0])


class Statements(Page[str]):
    """The script's statements; dismissed with one's id, "" for none, or that own words are meant.

    The one that is picked is read in full before `y` shows it.
    """

    def __init__(self, name: str, known: Sequence[StatementInfo], begin: str = "") -> None:
        super().__init__()
        self._aimed = name
        self._known = dict(zip(_PICKS, known, strict=False))
        self._left_out = max(len(known) - len(_PICKS), 0)
        self._picked = next((one for one in known if one.id == begin), None)

    def draw(self) -> None:
        lines: list[Line] = [(Span(f"Words of the house on {meant(self._aimed)}", "title"),), ()]
        for letter, one in self._known.items():
            on = one is self._picked
            words = Span(one_line(one.text[:300]), "title" if on else "")
            name = Span(f" {fit(one_line(one.id), 12)} ", "accent" if on else "dim")
            lines.append((Span(f" {letter} ", "key"), name, words))
        if not self._known:
            lines.append((Span("the script has no statements", "dim"),))
        if self._left_out:
            lines.append((Span(f"and {self._left_out} more: the palette has them", "dim"),))
        if self._picked is not None:
            lines.append(())
            rows = wrap(clean(self._picked.text[:1000]), max(self.cells - 4, 10))
            lines += [(Span("  │ ", "accent"), Span(row, "title")) for row in rows]
        self.body.show([cut(line, self.cells) for line in lines])
        agree: Line = (Span("y", "key"), Span(" show it   ")) if self._picked else ()
        own: Line = (Span("w", "key"), Span(" own words   "), Span("Esc", "key"), Span(" back"))
        begin = () if self._picked or not self._known else (Span("a letter picks   ", "dim"),)
        self.foot.show([cut((*begin, *agree, *own), self.cells)])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "escape":
            self.dismiss("")
        elif event.key == "w":
            self.dismiss(OWN_WORDS)
        elif event.key == "y" and self._picked is not None:
            self.dismiss(self._picked.id)
        elif event.key in self._known:
            self._picked = self._known[event.key]
            self.draw()
        elif self.scrolls(event.key):
            self.draw()

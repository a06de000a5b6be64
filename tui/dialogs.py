"""Questions in front of everything else: a confirmation, the help page.

Owns what is asked and which keys answer. A confirmation takes only the keys it shows: never Enter,
never the key that opened it. Foreign text in it is drawn as lines, like everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.cells import clean, one_line, wrap
from tui.keys import REVIEW, Key, groups
from tui.lines import Line, Lines, Span
from tui.rebinding import Keymap

if TYPE_CHECKING:
    from tui.app import ConsoleApp

LOOK_FIRST = 0.8
"""Seconds for which a page has to stand there before it can be agreed to."""

_STANDARD = Keymap()
_WIDE = 72
_HOW_LISTS_MOVE = (
    "A list is live until you pick a post: it follows what comes. From then on it stands still: "
    "“▲12 new” tells how many wait, g shows them."
)
_SIGNS = (
    "Signs in a row: ◆ marked · ◑ half of the time for an answer is gone · ! all of it · ▣ on the "
    "wall · ? question · ✓ answered · ⚑ look twice (red: no rule may show it) · § reported · ● you "
    "deal with it · ○ a colleague does · ◉ a colleague looks at it · ✎ a colleague answers it · + "
    "a note · … no answer from the engine yet · ⊘ the house does not engage with its author."
)


T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """What stands in front of everything else, and takes the keys until it is dismissed.

    A fast hand's next keys are in its queue by then: they go where the app takes late ones, to a
    text that the answer has opened, and are let go where it has opened none.
    """

    @property
    def console(self) -> ConsoleApp:
        """The app that it stands in front of."""
        return cast("ConsoleApp", self.app)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not self.is_current:
            self.console.call_later(self.console.on_key, event)  # after what the answer does
            return
        await super().on_event(event)


class Page(Dialog[T]):
    """A dialog that may be longer than the screen: its body scrolls, its foot stays in sight.

    Where it is to `look_first`, it has not been `seen` before it stood there for a moment.
    """

    def __init__(self, *, look_first: bool = False) -> None:
        super().__init__()
        self.body = Lines(id="asked")
        self.foot = Lines(id="asked-foot")
        self.seen = not look_first
        self._pause: asyncio.TimerHandle | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tall"):
            yield self.body
            yield self.foot

    def on_mount(self) -> None:
        if not self.seen:
            # Not Textual's set_timer: on a busy machine it skips a one-shot that is late, for ever.
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(LOOK_FIRST, self.call_next, self.look_over)
        self.draw()

    def on_unmount(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def look_over(self) -> None:
        """Take it as seen from now on."""
        self.seen = True
        self.draw()

    @property
    def cells(self) -> int:
        """How wide its lines may be, also before it has been laid out."""
        return self.body.size.width or max(min(84, self.app.size.width - 10), 20)

    def draw(self) -> None:
        """Show what it says now."""
        raise NotImplementedError

    def scrolls(self, key: str) -> bool:
        """Scroll by a key; False where that is none to scroll by."""
        by = {
            "j": 1,
            "down": 1,
            "k": -1,
            "up": -1,
            "pagedown": max(self.body.size.height - 1, 1),
            "space": max(self.body.size.height - 1, 1),
            "pageup": -max(self.body.size.height - 1, 1),
        }.get(key, 0)
        if by:
            self.body.scroll_lines(by)
        return bool(by)


SCROLL_AND_BACK: Line = (
    Span("j k", "key"),
    Span(" scroll   "),
    Span("Esc", "key"),
    Span(" back"),
)


class Ask(Dialog[str]):
    """A question; dismissed with the key pressed, or "" for Esc."""

    def __init__(self, title: str, body: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._body = body
        self._choices = dict(choices)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Lines(id="asked")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        cells = min(_WIDE, self.app.size.width - 8)
        lines: list[Line] = [(Span(one_line(self._title), "title"),), ()]
        body = wrap(clean(self._body), cells)
        # The keys are never pushed off the screen by what they are about.
        room = max(self.app.size.height * 9 // 10 - len(self._choices) - 9, 1)
        body = [*body[:room], "…"] if len(body) > room + 1 else body
        lines += [(Span(line),) for line in body]
        lines.append(())
        for key, what in self._choices.items():
            lines.append((Span(f" {key} ", "key"), Span(f"  {what}")))
        lines.append((Span(" Esc ", "key"), Span("no, go back")))
        self.query_one(Lines).show(lines)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "escape":
            self.dismiss("")
        elif event.character in self._choices and event.key != "enter":
            self.dismiss(event.character)


class Help(Page[None]):
    """Every key, those of where the operator is first; where the wall can be seen."""

    def __init__(
        self, wall: str = "", keymap: Keymap = _STANDARD, here: tuple[str, Sequence[Key]] = ("", ())
    ) -> None:
        super().__init__()
        self._wall = wall
        self._keymap = keymap
        self._here = here

    def draw(self) -> None:
        self.body.show(help_lines(self.cells, self._wall, self._keymap, self._here))
        self.foot.show([SCROLL_AND_BACK])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "q", "question_mark", "enter", "f1"):
            self.dismiss(None)
        else:
            self.scrolls(event.key)


def help_lines(
    cells: int,
    wall: str = "",
    keymap: Keymap = _STANDARD,
    here: tuple[str, Sequence[Key]] = ("", ()),
) -> list[Line]:
    """The help page; `here` is where the operator is, and the keys that matter there."""
    lines: list[Line] = []
    if wall:
        lines += [(Span("The wall  ", "title"), Span(one_line(wall))), ()]
    for paragraph in (_HOW_LISTS_MOVE, _SIGNS):
        lines += [(Span(line, "dim"),) for line in wrap(paragraph, cells)]
        lines.append(())
    place, near = here
    tables: list[tuple[str, Sequence[Key]]] = [(f"Here: {place}", near)] if near else []
    tables += groups(keymap.lists)
    tables += [
        ("While you write", keymap.writing),
        ("Ways to answer beside a reply (the same key again: a reply)", keymap.ways),
        ("Before it goes out", REVIEW),
    ]
    for title, keys in tables:
        lines.append((Span(title, "title"),))
        for key in keys:
            rows = wrap(key.help, max(cells - 9, 10))
            lines.append((Span(f"  {key.shown:<6} ", "key"), Span(rows[0])))
            lines += [(Span(" " * 9 + more),) for more in rows[1:]]
        lines.append(())
    return lines

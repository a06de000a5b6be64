"""The tour of one minute, for somebody who sits here for the first time.

Owns its steps and their dialog. Every key in it is taken from the tables, so that it names those
that this operator has. It gives way at once to a hold and to an engine that is gone, and takes no
key that works everywhere: those never come here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.cells import wrap
from tui.dialogs import Dialog
from tui.keys import REVIEW
from tui.lines import Line, Lines, Span
from tui.rebinding import Keymap

_WIDE = 68
_KEY = re.compile(r"\{([^}]+)\}")


class Step(NamedTuple):
    """One page: what it is about, and what it says; `{action}` stands for that action's key."""

    title: str
    text: str


STEPS: tuple[Step, ...] = (
    Step(
        "What you see",
        "The list holds what people say, best first. {move(1)} and {move(-1)} walk through it; "
        "from the first step on it stands still, whatever comes. “▲12 new” counts what waits "
        "above: {first} shows it.\n\n"
        "The post under the cursor stands in full at the right (on a narrow screen: {open}). "
        "{back} lets go.",
    ),
    Step(
        "Where to look",
        "{go('inbox')} is the inbox, {go('questions')} the open questions, {go('outgoing')} "
        "what the house says, {go('wall')} what the screens show, {go('rundown')} the "
        "programme. {filter} filters as you type; {search} searches in everything.",
    ),
    Step(
        "Deciding",
        "{deed('approve')} puts a post on the wall, {deed('take-off')} takes it off. "
        "{deed('archive')} is done with it, {deed('reject')} never shows it, "
        "{deed('snooze')} brings it back later. {undo} takes your last decision back.\n\n"
        "A key always means the post that you saw when you pressed it.",
    ),
    Step(
        "Answering",
        "{deed('claim')} says that you deal with a post, so that nobody else answers it too. "
        "{prepared} offers the prepared answers, {reply} is for your own words.\n\n"
        "Nothing goes out before you have seen it as it will be and pressed {send}. Then there "
        "are some seconds in which {take_back} takes it back.",
    ),
    Step(
        "Hold everything",
        "{hold}, and also F8 while you write: every screen turns calm and nothing goes out, at "
        "once, from anywhere, also from here. {release} ends it, and asks first.\n\n"
        "It is the key for the fire alarm. Nobody will blame you for pressing it.",
    ),
    Step(
        "Finding the rest",
        "{help} shows every key, {command_palette} finds every command by its name, {colours} "
        "changes the colours, {tour} shows this again. {leave} leaves.\n\n"
        "If the engine goes away, a red line says so and how old what you see is. What you "
        "are writing is kept, also when this window is closed.",
    ),
)


class Tour(Dialog[bool]):
    """The steps, one at a time; dismissed with whether it is done with: read, or skipped by Esc.

    `calm` says whether there is time for it; once there is none it goes, and counts as not seen.
    """

    def __init__(self, keymap: Keymap, calm: Callable[[], bool]) -> None:
        super().__init__()
        self._keymap = keymap
        self._calm = calm
        self._at = 0
        self._body = Lines(id="asked")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield self._body

    def on_mount(self) -> None:
        self.set_interval(0.2, self._look, name="tour")
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _look(self) -> None:
        if self.is_current and not self._calm():
            self.dismiss(False)

    def _draw(self) -> None:
        cells = max(min(_WIDE, self.app.size.width - 8), 20)
        self._body.show(page(self._at, self._keymap, cells))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        match event.key:
            case "escape" | "q":
                self.dismiss(True)
                return
            case "enter" | "space" | "right" | "j" | "down" | "pagedown":
                if self._at == len(STEPS) - 1:
                    self.dismiss(True)
                    return
                self._at += 1
            case "left" | "k" | "up" | "pageup":
                self._at = max(self._at - 1, 0)
        self._draw()


def page(at: int, keymap: Keymap, cells: int) -> list[Line]:
    """One step as lines."""
    step = STEPS[at]
    lines: list[Line] = [
        (Span(step.title, "title"), Span(f"   {at + 1} of {len(STEPS)}", "dim")),
        (),
    ]
    lines += [_line(row) for row in wrap(_filled(step.text, keymap), cells)]
    last = at == len(STEPS) - 1
    foot = (("Enter", " done   " if last else " next   "), ("←", " back   "), ("Esc", " skip"))
    foot_line = tuple(Span(*one) for key, word in foot for one in ((key, "key"), (word, "")))
    return [*lines, (), foot_line]


def _filled(text: str, keymap: Keymap) -> str:
    """The text with keys for actions, each marked so that it can be told from the words.

    A command without a key is found in the palette, which has always one.
    """

    def key(found: re.Match[str]) -> str:
        action = found[1]
        if action == "send":
            shown = next(one.shown for one in REVIEW if one.action == action)
        else:
            shown = keymap.shown(action)
        return f"\x01{shown or keymap.shown('command_palette')}\x02"

    return _KEY.sub(key, text)


def _line(row: str) -> Line:
    spans: list[Span] = []
    for part in re.split("(\x01[^\x02]*\x02)", row):
        if part.startswith("\x01"):
            spans.append(Span(part[1:-1], "key"))
        elif part:
            spans.append(Span(part))
    return tuple(spans)

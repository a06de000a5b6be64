"""The one line at the bottom in which something is typed: a filter, a search, a note, a time.

Owns the line and its ends: Enter, Esc, and ^s, which keeps a filter under a name. What is typed
means nothing here: whoever asked reads it, so that what it comes to stands beside it before Enter.
Enter confirms nothing dangerous.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.cells import for_clipboard
from tui.lines import Lines, Span, cut, foreign

Asked = Literal["", "filter", "name", "search", "note", "time", "words"]
_PAUSE = 0.12
"""Seconds without a key after which a filter is asked of the engine."""


class Read(NamedTuple):
    """What a typed text comes to, in words.

    With one that is not `good` Enter does nothing, but for a filter: that is never wrong.
    """

    words: str
    good: bool


class Typing(Input):
    """A line in which something is typed. Input paints it as it is: so it never holds what a
    terminal would obey, wherever that came from: keys, a paste, a stranger's words to go on with.
    """

    def validate_value(self, value: str) -> str:
        """Take the text without controls and without what turns its direction."""
        return for_clipboard(value).replace("\n", " ")

    def _on_paste(self, event: events.Paste) -> None:
        event.text = for_clipboard(event.text)  # Input's own handler comes next and inserts it


class Prompt(Horizontal):
    """The line; closed it takes no room. `asked` tells what is being typed."""

    class Typed(Message):
        """A filter as it is by now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Done(Message):
        """Enter: what was asked and what was typed; with `keep` it was ^s, to keep a filter."""

        def __init__(self, asked: Asked, text: str, *, keep: bool = False) -> None:
            super().__init__()
            self.asked = asked
            self.text = text
            self.keep = keep

    class Cancelled(Message):
        """Esc."""

        def __init__(self, asked: Asked) -> None:
            super().__init__()
            self.asked = asked

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = Lines(id="prompt-label")
        self._line = Typing(id="prompt-input", max_length=200, select_on_focus=False)
        self._hint = Lines(id="prompt-hint")
        self._read: Callable[[str], Read] | None = None
        self.asked: Asked = ""
        self._pause: asyncio.TimerHandle | None = None

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._line
        yield self._hint

    def ask(
        self, asked: Asked, label: str, text: str, read: Callable[[str], Read] | None = None
    ) -> None:
        """Open the line with a label, which may be foreign, and a text to go on with.

        `read` says what is typed by then; it is asked at every key.
        """
        self._stop()
        self.asked, self._read = asked, read
        self._show(text)
        self._label.show([(foreign(label, "key"), Span(" " if len(label) > 1 else ""))])
        self.add_class("-shown")
        line = self._line
        with line.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)
        self.screen.set_focus(line)  # at once: keys typed before a later focus would be lost

    def _show(self, text: str) -> None:
        """Say what the text comes to; of a filter and of no text yet, what may be typed."""
        read = self._read(text) if self._read else Read("", good=True)
        sign, ink = ("→ ", "good") if read.good else ("✗ ", "warn")
        if (self.asked == "filter" and read.good) or not text.strip():
            sign, ink = "", "dim"
        line = (Span(" "), foreign(f"{sign}{read.words}", ink), Span(" "))
        room = max(self.app.size.width // 2, 10)
        self._hint.show([cut(line, room)] if read.words else [])

    def _close(self) -> Asked:
        asked, self.asked, self._read = self.asked, "", None
        self._stop()
        self.remove_class("-shown")
        self.screen.set_focus(None)
        return asked

    def _stop(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.asked:
            self._show(event.value)
        if self.asked == "filter":
            self._stop()
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(_PAUSE, self._typed, event.value)

    def _typed(self, text: str) -> None:
        self._pause = None
        self.post_message(self.Typed(text))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self._read is not None and not self._read(event.value).good
        if wrong and self.asked != "filter":
            self._show(event.value)
            return
        self.post_message(self.Done(self._close(), event.value))

    def late(self, event: events.Key) -> None:
        """Take a key that was typed before the focus was here."""
        if event.character and event.is_printable:
            self._line.insert_text_at_cursor(event.character)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.post_message(self.Cancelled(self._close()))
        elif event.key == "ctrl+s" and self.asked == "filter":
            # It stays open: keys that are typed before the name is asked for are no commands.
            event.stop()
            self._stop()
            self.post_message(self.Done(self.asked, self._line.value, keep=True))

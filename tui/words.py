"""The composer's two places for the keys: the text while it is written, the review before it goes.

Owns what a key means in each of them; what it does, the composer knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import TextArea

from tui.cells import for_clipboard
from tui.keys import REVIEW, bindings
from tui.lines import Lines

if TYPE_CHECKING:
    from tui.composer import Composer


class Words(TextArea):
    """The text area: plain, with a newline for every way in which a terminal says Enter.

    Its own keys are acted upon at once, not as bindings, which come later: a key typed after ctrl+s
    must find the review, never the text that is being reviewed.
    """

    def __init__(self, composer: Composer) -> None:
        super().__init__(
            id="words", soft_wrap=True, show_line_numbers=False, tab_behavior="focus", theme="css"
        )
        self._composer = composer

    def late(self, event: events.Key) -> None:
        """Take a key that was typed before the focus was here."""
        if event.key in ("enter", "ctrl+j"):
            self.insert("\n")
        elif event.character and event.is_printable:
            self.insert(event.character)

    async def _on_key(self, event: events.Key) -> None:
        action = self._action(event.key)
        if self._composer.stage == "writing" and action is None and event.key != "ctrl+j":
            return
        event.stop()
        event.prevent_default()
        if self._composer.stage != "writing":
            return  # typed before the review was seen: it neither changes the text nor confirms it
        if action is not None:
            self._composer.press(action)
        else:
            # What a pasted line feed looks like in a terminal without bracketed paste.
            self.insert("\n")

    def _action(self, name: str) -> str | None:
        keymap = self._composer.keymap
        for key in (*keymap.writing, *keymap.ways):
            if name in key.keys.split(","):
                return key.action
        return None

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = for_clipboard(event.text)  # TextArea's own handler comes next and inserts it


class Looking(Lines, can_focus=True):
    """The review: it has the focus, so that y, e and n reach nothing else."""

    BINDINGS = bindings(REVIEW)

    def __init__(self, composer: Composer) -> None:
        super().__init__(id="looking")
        self._composer = composer

    def action_send(self) -> None:
        self._composer.press("send")

    def action_send_over(self) -> None:
        self._composer.press("send_over")

    def action_scroll(self, by: int) -> None:
        if self.scroll_lines(by):
            self._composer.draw()

    def on_resize(self) -> None:
        self._composer.draw()  # how much is below the last line in sight is known only now

    def action_edit(self) -> None:
        self._composer.press("edit")

    def action_leave(self) -> None:
        self._composer.press("leave")

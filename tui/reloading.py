"""Taking in the script's file as it is now: what would change is shown first, and then asked.

Owns the question and its dialog. The engine reads the file; what was shown is what is taken in, by
the digest that came with it. The question comes when the engine has read, not at the key: it never
opens over something else, and takes no "y" that was typed before it can have been seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from eventlive.messages import Preview, Previewed, Reload, Reply
from tui.cells import clean, wrap
from tui.dialogs import Page
from tui.lines import Line, Span, spread
from tui.orders import Errand

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Reloading:
    """One operator's reload. `app` sends what is to be sent."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._ref = 0

    def ask(self) -> None:
        """Ask the engine what the script's file would change."""
        self._ref = self._app.sending.errands.number()
        if self._app.link.say(Preview(self._ref)):
            self._app.say("looking what the script's file would change …", "")
        else:
            self._app.refuse("not asked: the engine is gone")

    def previewed(self, frame: Previewed) -> None:
        """Show what would change, and ask whether it is to be."""
        if frame.ref != self._ref:
            return
        self._ref = 0
        if not (frame.digest or frame.lines or frame.problems):
            self._app.say("nothing to take in: the script's file is as it was")
            return
        if self._app.busy:  # a question now would take keys that are meant for something else
            self._app.say("the script's file was looked at: ^r shows what would change", "warn")
            return
        self._app.say("the script's file was looked at", "")

        def answered(key: str | None) -> None:
            if key == "y" and frame.digest:
                self._app.order(Errand(Reload(frame.digest), done="the script is taken in"))

        self._app.push_screen(Changes(frame), answered)

    def refused(self, reply: Reply) -> bool:
        """Take a reply in place of a preview; tells whether it was one."""
        if reply.ok or not self._ref or reply.ref != self._ref:
            return False
        self._ref = 0
        self._app.refuse(f"not looked at: {reply.reason}")
        return True


class Changes(Page[str]):
    """What the script's file would change; dismissed with "y", or "" for no."""

    def __init__(self, frame: Previewed) -> None:
        super().__init__(look_first=True)
        self._frame = frame

    def draw(self) -> None:
        self.body.show(changes(self._frame, self.cells))
        agree = self._frame.digest and self.seen
        keys = [Span("y", "key"), Span(" take it in   ")] if agree else []
        keys += [Span("Esc", "key"), Span(" no, go back   "), Span("j k", "key"), Span(" scroll")]
        more = [Span(f"{self.body.more} more lines", "warn")] if self.body.more else []
        self.foot.show([spread(keys, more, self.cells)])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "q", "n"):
            self.dismiss("")
        elif event.key == "y" and self._frame.digest and self.seen:
            self.dismiss("y")
        elif self.scrolls(event.key):
            self.draw()


def changes(frame: Previewed, cells: int) -> list[Line]:
    """The page: what would change, then what is wrong or worth a look."""
    title = "Take the script in as it is now?" if frame.digest else "The script cannot be taken in"
    lines: list[Line] = [(Span(title, "title"),)]
    if frame.digest:
        words = "As one step; what has been sent stays as it is."
        lines += [(Span(row, "dim"),) for row in wrap(words, cells)]
    lines.append(())
    for text in frame.lines:
        lines += _point("·", text, cells, "")
    if frame.problems:
        lines += [(), (Span("Problems", "title"),)]
        for text in frame.problems:
            lines += _point("!", text, cells, "warn" if frame.digest else "bad")
    return lines


def _point(sign: str, text: str, cells: int, ink: str) -> list[Line]:
    rows = wrap(clean(text), cells - 2)
    marks = [sign] + [" "] * (len(rows) - 1)
    return [(Span(f"{mark} ", ink), Span(row, ink)) for mark, row in zip(marks, rows, strict=True)]

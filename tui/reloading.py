"""Taking in the script's file as it is now: what would change is shown first, and then asked.

Owns the question and its dialog. The engine reads the file; what was shown is what is taken in, by
the digest that came with it. The question comes when the engine has read, not at the key: it never
opens over something else, and takes no "y" that was typed before it can have been seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from eventlive.messages import Preview, Previewed, Reload, Reply
from tui.cells import clean, wrap
from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span, spread
from tui.orders import Errand

if TYPE_CHECKING:
    from tui.app import ConsoleApp

LOOK_FIRST = 0.8
"""Seconds for which the question has to stand there before it can be agreed to."""


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


class Changes(Dialog[str]):
    """What the script's file would change; dismissed with "y", or "" for no."""

    def __init__(self, frame: Previewed) -> None:
        super().__init__()
        self._frame = frame
        self._seen = False
        self._pause: asyncio.TimerHandle | None = None
        self._body = Lines(id="asked")
        self._foot = Lines(id="asked-foot")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tall"):
            yield self._body
            yield self._foot

    def on_mount(self) -> None:
        # Not Textual's set_timer: on a busy machine it skips a one-shot that is late, for ever.
        loop = asyncio.get_running_loop()
        self._pause = loop.call_later(LOOK_FIRST, self.call_next, self._look_over)
        self._draw()

    def on_unmount(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    def _look_over(self) -> None:
        self._seen = True
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        body = self._body
        cells = body.size.width or max(min(84, self.app.size.width - 10), 20)
        body.show(changes(self._frame, cells))
        agree = self._frame.digest and self._seen
        keys = [Span("y", "key"), Span(" take it in   ")] if agree else []
        keys += [Span("Esc", "key"), Span(" no, go back   "), Span("j k", "key"), Span(" scroll")]
        more = [Span(f"{body.more} more lines", "warn")] if body.more else []
        self._foot.show([spread(keys, more, cells)])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        lines = self._body
        match event.key:
            case "j" | "down":
                lines.scroll_lines(1)
            case "k" | "up":
                lines.scroll_lines(-1)
            case "pagedown" | "space":
                lines.scroll_lines(lines.size.height - 1)
            case "pageup":
                lines.scroll_lines(1 - lines.size.height)
            case "escape" | "q" | "n":
                self.dismiss("")
            case "y" if self._frame.digest and self._seen:
                self.dismiss("y")
        self._draw()


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

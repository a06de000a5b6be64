"""What the console looks like at a moment: every part brought up to date from what is known.

Owns the drawing and nothing else. Each part paints only what has changed, so that drawing ten times
a second costs what the changes cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from eventlive.model import Card, Item, Outgoing
from tui import foot, keys, top_bar
from tui.lines import Line, Lines, Span, foreign
from tui.row import why_gone
from tui.sheet import Sheet, nothing

if TYPE_CHECKING:
    from tui.app import ConsoleApp


_TOP_EVERY = 0.45


class Face:
    """The look of one console."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self.head = Lines(id="head")
        self.tabs = Lines(id="tabs")
        self.banner = Lines(id="banner")
        self.sheet = Lines(id="sheet")
        self.parting = Lines(id="parting")
        self.message = Lines(id="message")
        self.keys = Lines(id="keys")
        self.said: foot.Said | None = None
        self._sheet_of: tuple[object, ...] = ()
        self._topped = float("-inf")

    def say(self, said: foot.Said | None) -> None:
        """Show words in the message line, or none."""
        self.said = said
        self.message.show([foot.message(said, self._app.size.width)])

    def draw(self, calmly: bool = False) -> None:
        """Bring everything up to date; each part paints only what has changed.

        `calmly` leaves the counts at the top alone where they were drawn a moment ago: figures that
        change ten times a second are read by nobody.
        """
        now, cells = self._app.monotonic(), self._app.size.width
        if not calmly or now - self._topped >= _TOP_EVERY:
            self._topped = now
            self.head.set_class(self._app.board.held, "-held")
            self.head.show([top_bar.head(self._app.board, now, cells)])
            self.tabs.show([top_bar.tabs(self._app.board, self._app.place, cells)])
        _optional(self.banner, top_bar.banner(self._app.board, now, cells))
        _optional(self.parting, self._app.speaking.partings.lines(now, cells))
        moment = self._app.board.now(now)
        pane = self._app.list_pane
        pane.now, pane.me, pane.where = moment, self._app.board.me, self._app.board.zone
        pane.empty = self._empty()
        pane.repaint()
        self._draw_sheet(moment)
        self.message.show([foot.message(self.said, cells)])
        if self._app.composer.is_open:
            line = foot.writing(self._app.composer, cells)
        elif self._app.prompt.asked:
            line = foot.prompted(self._app.prompt.asked)
        else:
            line = foot.bottom(self._app.place, self._app.listing.current, cells)
        self.keys.show([line])

    def _empty(self) -> tuple[Line, ...]:
        listing = self._app.listing
        if listing.filter:
            return ((), (foreign(f"  nothing matches “{listing.filter}”", "dim"),))
        if not listing.filled:
            return ((), (Span("  waiting for the engine …", "dim"),))
        words = {
            "inbox": "nothing waits: posts appear here as they come",
            "questions": "no open questions",
            "outgoing": "nothing has been said yet: p writes a post",
            "wall": "the wall is empty: w puts a post of the inbox on it",
            "found": "nothing found",
        }
        return ((), (Span(f"  {words[self._app.place]}", "dim"),))

    def _draw_sheet(self, moment: datetime | None) -> None:
        pane = self.sheet
        cells = pane.content_size.width
        if not cells or moment is None:
            return
        listing, thing = self._app.listing, self._app.listing.current
        if thing is None:
            empty = not listing.shown
            look: tuple[object, ...] = (
                "",
                self._app.place,
                listing.live,
                empty,
                listing.filter,
                cells,
                self._app.board.welcome is None,
            )
            if look != self._sheet_of:
                self._sheet_of, pane.top = look, 0
                shown = keys.bottom("live")
                welcome = self._app.board.welcome
                pane.show(
                    nothing(
                        cells,
                        shown,
                        live=listing.live,
                        empty=empty,
                        filtered=listing.filter,
                        wall=welcome.wall if welcome else "",
                    )
                )
                pane.refresh()
            return
        ghost = listing.is_ghost(thing.id)
        if isinstance(thing, Card):
            thing = self._app.board.item(thing.id) or thing
        answers = tuple(
            outgoing
            for outgoing in self._app.board.all_outgoing()
            if isinstance(thing, Item) and outgoing.answers == thing.id
        )
        second = int(moment.timestamp())
        hurried = isinstance(thing, Outgoing) or (isinstance(thing, Item) and bool(thing.claim))
        look = (
            type(thing),
            thing.id,
            thing.version,
            ghost,
            tuple((outgoing.id, outgoing.version) for outgoing in answers),
            second if hurried else second // 10,
            cells,
        )
        if look == self._sheet_of:
            return
        other = self._sheet_of[:2] != look[:2]
        self._sheet_of = look
        board = self._app.board
        accounts = board.welcome.accounts if board.welcome else ()
        sheet = Sheet(cells, moment, board.zone, board.me, accounts)
        if other:
            pane.top = 0
        asked = self._app.board.item(thing.answers) if isinstance(thing, Outgoing) else None
        why = why_gone(thing, self._app.place) if ghost else ""
        pane.show(sheet.of(thing, why, answers, asked))
        if other:
            pane.refresh()


def _optional(widget: Lines, lines: Sequence[Line]) -> None:
    """Show a part that takes room only when it has something to say."""
    widget.set_class(bool(lines), "-shown")
    widget.show(lines)

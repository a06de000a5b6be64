"""What the console looks like at a moment: every part brought up to date from what is known.

Owns the drawing and nothing else. Each part paints only what has changed, so that drawing ten times
a second costs what the changes cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.geometry import Size

from eventlive.listening.variables import NOBODY
from eventlive.model import Card, Item, Outgoing, Segment, Thing
from tui import foot, keys, planned, programme, rail, top_bar, wall_pane
from tui.lines import Line, Lines, Span, foreign
from tui.places import WORDS, Place
from tui.rail import Rail
from tui.row import LOOKS, WRITES, why_gone
from tui.segment_sheet import SegmentSheet
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
        self.show = Lines(id="show")
        self.banner = Lines(id="banner")
        self.rail = Rail(id="rail")
        self.sheet = Lines(id="sheet")
        self.parting = Lines(id="parting")
        self.reminder = Lines(id="reminder")
        self.message = Lines(id="message")
        self.keys = Lines(id="keys")
        self.said: foot.Said | None = None
        self._sheet_of: tuple[object, ...] = ()
        self._topped = self._railed = float("-inf")
        self._rail_of: tuple[Place, Size] | None = None

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
        due = not calmly or now - self._topped >= _TOP_EVERY
        if due:
            self._topped = now
            self.head.set_class(self._app.board.held, "-held")
            board = self._app.board
            self.head.show([top_bar.head(board, now, cells, self._app.keymap)])
            self._draw_tabs(now, cells)
            _optional(self.show, top_bar.show(board, now, cells))
            if not self._app.narrow:
                self._draw_rail(now)
        _optional(self.banner, top_bar.banner(self._app.board, now, cells))
        _optional(self.parting, self._app.speaking.partings.lines(now, cells))
        _optional(self.reminder, self._app.show.rundown.reminder(cells))
        moment = self._app.board.now(now)
        pane = self._app.list_pane
        if moment is not None:
            pane.due = programme.due(self._app.board.segments, moment)
            pane.expected = programme.expected(self._app.board.segments, moment)
        pane.now, pane.me, pane.where = moment, self._app.board.me, self._app.board.zone
        board = self._app.board
        pane.answer_within = board.welcome.answer_within if board.welcome else 600.0
        there = sorted(board.present, key=lambda one: one.writing)
        pane.presence = {
            one.item: WRITES if one.writing else LOOKS
            for one in there
            if one.item and one.who != board.me
        }
        pane.liked = board.liked
        pane.empty = self._empty()
        # A list that nobody reads yet need not follow ten times a second: each row costs its bytes.
        if due or not self._app.listing.live:
            pane.repaint()
        self._draw_sheet(moment)
        self.message.show([foot.message(self.said, cells)])
        self._draw_keys(cells)

    def draw_step(self) -> None:
        """Show where a move of the cursor led, and no more: what it cannot change has its tick."""
        now, cells = self._app.monotonic(), self._app.size.width
        self._draw_tabs(now, cells)
        self._app.list_pane.repaint()
        self._draw_sheet(self._app.board.now(now))
        self._draw_keys(cells)

    def _draw_tabs(self, now: float, cells: int) -> None:
        board, place, keymap = self._app.board, self._app.place, self._app.keymap
        beside = not self._app.narrow
        self.tabs.show([top_bar.tabs(board, place, now, cells, keymap, beside=beside)])

    def _draw_keys(self, cells: int) -> None:
        if self._app.composer.is_open:
            line = foot.writing(self._app.composer, cells)
        elif self._app.prompt.asked:
            line = foot.prompted(self._app.prompt.asked)
        else:
            listing = self._app.listing
            line = foot.bottom(
                self._app.place, listing.current, cells, len(listing.marked), self._app.keymap
            )
        self.keys.show([line])

    def _draw_rail(self, now: float) -> None:
        """Bring the rail up to date: twice a second, and at once where the operator turned."""
        size, place = self.rail.content_size, self._app.place
        look = (place, size)
        if look == self._rail_of and now - self._railed < _TOP_EVERY:
            return
        self._rail_of, self._railed = look, now
        board, keymap = self._app.board, self._app.keymap
        self.rail.show_rows(rail.rows(board, place, now, *size, keymap))

    def _empty(self) -> tuple[Line, ...]:
        listing = self._app.listing
        if listing.filter:
            return ((), (foreign(f"  nothing matches “{listing.filter}”", "dim"),))
        if not listing.filled:
            return ((), (Span("  waiting for the engine …", "dim"),))
        return ((), (Span(f"  {WORDS[self._app.place].empty}", "dim"),))

    def _draw_sheet(self, moment: datetime | None) -> None:
        pane = self.sheet
        cells = pane.content_size.width
        if not cells or moment is None:
            return
        thing = self._app.listing.current
        if thing is None:
            self._draw_nothing(cells, moment)
        elif isinstance(thing, Segment):
            self._draw_segment(thing, cells, moment)
        else:
            self._draw_post(thing, cells, moment)

    def _draw_nothing(self, cells: int, moment: datetime) -> None:
        if self._app.place == "wall":
            self._draw_wall(cells, moment)
            return
        board, listing, pane = self._app.board, self._app.listing, self.sheet
        empty, programme_ = not listing.shown, self._app.place == "rundown"
        look: tuple[object, ...] = (
            "",
            self._app.place,
            listing.live,
            empty,
            listing.filter,
            cells,
            board.welcome is None,
            tuple((one.id, one.version) for one in board.reminders) if programme_ else (),
        )
        if look == self._sheet_of:
            return
        self._sheet_of = look
        pane.to_top()
        lines = nothing(
            cells,
            keys.bottom("rundown" if programme_ else "live"),
            live=listing.live,
            empty=empty,
            filtered=listing.filter,
            wall=board.welcome.wall if board.welcome and not programme_ else "",
            programme=programme_,
        )
        if programme_:
            lines += self._segment_sheet(cells, moment).reminders(board.reminders)
        pane.show(lines)

    def _draw_wall(self, cells: int, moment: datetime) -> None:
        pane, second = self.sheet, int(moment.timestamp())
        app, rows = self._app, pane.content_size.height
        board, filled = app.board, app.listing.filled
        look = ("wall", second, cells, rows, app.screens.chosen, board.walls, board.held, filled)
        if look != self._sheet_of:
            self._sheet_of = look
            pane.to_top()
            chosen, keymap = app.screens.chosen, app.keymap
            pane.show(wall_pane.lines(board, cells, rows, moment, chosen, keymap))

    def _segment_sheet(self, cells: int, moment: datetime) -> SegmentSheet:
        board = self._app.board
        names = board.welcome.names if board.welcome else NOBODY
        return SegmentSheet(cells, moment, board.zone, board.segments, names)

    def _draw_segment(self, segment: Segment, cells: int, moment: datetime) -> None:
        board, pane = self._app.board, self.sheet
        # What is tied to it changes with each of its times: drawn once a second, painted if new.
        look = (Segment, segment.id, segment.version, int(moment.timestamp()), cells)
        if look == self._sheet_of:
            return
        other = self._sheet_of[:2] != look[:2]
        self._sheet_of = look
        sheet = self._segment_sheet(cells, moment)
        if other:
            pane.to_top()
        pane.show(sheet.of(segment, board.all_outgoing(), board.reminders))

    def _draw_post(self, thing: Thing, cells: int, moment: datetime) -> None:
        listing, pane = self._app.listing, self.sheet
        board, ghost = self._app.board, listing.is_ghost(thing.id)
        if isinstance(thing, Card):
            thing = board.item(thing.id) or thing
        answers = board.answers(thing.id) if isinstance(thing, Item) else ()
        second = int(moment.timestamp())
        background = self._app.around.of(thing.id)
        there, turned = board.others_at(thing.id), self._app.around.turned(thing.id)
        hurried = isinstance(thing, Outgoing) or (isinstance(thing, Item) and bool(thing.claim))
        look = (
            type(thing),
            thing.id,
            turned,
            thing,
            ghost,
            background,
            tuple((one.who, one.writing, one.idle // 60) for one in there),
            answers,
            second if hurried else second // 10,
            cells,
            board.welcome,
            thing.id in board.liked,
        )
        if look == self._sheet_of:
            return
        other = self._sheet_of[:3] != look[:3]
        self._sheet_of = look
        welcome = board.welcome
        if welcome is None:
            return
        sheet = Sheet(
            cells,
            moment,
            board.zone,
            board.me,
            welcome.accounts,
            facts=welcome.facts,
            support=welcome.support,
            answer_within=welcome.answer_within,
            liked=board.liked,
        )
        if other:
            pane.to_top()
        asked, filled = None, planned.Filled()
        if isinstance(thing, Outgoing):
            asked = board.item(thing.answers)
            filled = board.filled(thing, moment)
        why = why_gone(thing, self._app.place) if ghost else ""
        lines = sheet.of(
            thing, why, answers, asked, filled, background=background, there=there, turned=turned
        )
        pane.show(lines)


def _optional(widget: Lines, lines: Sequence[Line]) -> None:
    """Show a part that takes room only when it has something to say."""
    widget.set_class(bool(lines), "-shown")
    widget.show(lines)

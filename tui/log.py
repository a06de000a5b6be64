"""The log of decisions: who did what, when, to what; to read and to filter.

Owns the screen and what is asked of the engine for it. What is being read stands still: newer
decisions wait above until they are asked for, older ones are fetched when the end is near. Never
decides anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from eventlive.messages import Logged, ReadLog, Reply
from eventlive.model import Decision
from tui import decided
from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span, foreign, spread
from tui.moments import clock
from tui.places import ALWAYS, Place
from tui.prompt import Typing

if TYPE_CHECKING:
    from tui.app import ConsoleApp

_AT_ONCE = 100
_AT_MOST = 5_000
"""Decisions that are kept to be read; a filter finds those before them."""
_NEAR_THE_END = 20
_PAUSE = 0.15
"""Seconds without a key after which a filter is asked of the engine."""
_NEWS_EVERY = 5.0
"""Seconds between questions whether there is something new, beside those that a state answers."""
_PATIENCE = 10.0
_WORDS_OF_A_POST = 60
"""Characters by which a post is searched for."""

Kind = Literal["begin", "older", "newer"]


class _Asked(NamedTuple):
    ref: int
    kind: Kind
    at: float


class Record:
    """The decisions as far as they were read, the newest first, and newer ones that wait."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []
        self.more = True
        self.begun = False
        self.cursor = 0
        self._waiting: list[Decision] = []
        self._gap = False

    @property
    def new(self) -> str:
        """How many wait above what is read; "" for none."""
        return f"{len(self._waiting)}{'+' if self._gap else ''}" if self._waiting else ""

    @property
    def line(self) -> int:
        """Which row the cursor is on; -1 for none."""
        rows = self.rows
        return next((y for y, row in enumerate(rows) if row.seq == self.cursor), -1)

    @property
    def picked(self) -> Decision | None:
        """The decision under the cursor."""
        return self.rows[self.line] if self.line >= 0 else None

    def begin(self, decisions: Sequence[Decision], *, more: bool) -> None:
        """Take the newest decisions in, in place of all others; the first is picked."""
        self.rows, self.more, self.begun = list(decisions), more, True
        self._waiting, self._gap = [], False
        self.cursor = self.rows[0].seq if self.rows else 0

    def add_older(self, decisions: Sequence[Decision], *, more: bool) -> None:
        """Take in what comes before the last row."""
        last = self.rows[-1].seq if self.rows else 0
        self.rows += [one for one in decisions if one.seq < last]
        self.more = more and len(self.rows) < _AT_MOST

    def hear(self, decisions: Sequence[Decision], *, more: bool) -> None:
        """Take in the newest ones; they wait, unless there is nothing that could move."""
        if not self.rows:
            self.begin(decisions, more=more)
            return
        top = self.rows[0].seq
        self._waiting = [one for one in decisions if one.seq > top]
        self._gap = bool(decisions) and len(self._waiting) == len(decisions) and more

    def first(self) -> None:
        """Turn to what waits, and pick the newest."""
        if self._gap:
            self.rows, self.more = self._waiting, True
        else:
            self.rows = [*self._waiting, *self.rows][:_AT_MOST]
        self._waiting, self._gap = [], False
        self.cursor = self.rows[0].seq if self.rows else 0

    def move(self, by: int) -> None:
        """Move the cursor by rows, as far as there are any."""
        if self.rows:
            self.cursor = self.rows[min(max(self.line + by, 0), len(self.rows) - 1)].seq


class Reading:
    """One operator's look at the log."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._screen: Log | None = None

    def begin(self) -> None:
        """Show the log."""

        def closed(decision: Decision | None) -> None:
            self._screen = None
            if decision is not None:
                self._go(decision)

        self._screen = Log(self._app)
        self._app.push_screen(self._screen, closed)

    def told(self, logged: Logged) -> None:
        """Take in what the engine found in the log."""
        if self._screen is not None:
            self._screen.told(logged)

    def refused(self, reply: Reply) -> bool:
        """Take a reply in place of the log; tells whether it was one."""
        return self._screen is not None and not reply.ok and self._screen.refused(reply)

    def _go(self, decision: Decision) -> None:
        """Show what a decision was about, or say how it is found."""
        app, id = self._app, decision.on
        places: tuple[Place, ...] = (app.place, *ALWAYS, "found", "rundown")
        for place in places:
            listing = app.board.listings[place]
            if id and id in listing.order and app.board.has(place):
                app.action_go(place)
                if not listing.pick(id):
                    listing.first()
                    listing.pick(id)
                app.action_open()
                return
        item = app.board.item(id)
        if item is not None and (words := item.post.text[:_WORDS_OF_A_POST].split()):
            app.board.search = " ".join(words)
            app.finding.search()
            app.action_go("found")
        elif app.board.reminder(id) is not None and app.board.has("rundown"):
            app.action_go("rundown")
            app.listing.park()
        elif ":" in id:
            app.say("that post is not in sight: ^f finds it by its words or its author", "warn")
        elif id:
            app.say("it is not in sight here: its queue may be filtered", "warn")
        else:
            app.say("that was about no single post", "warn")
        app.redraw()


class Log(Dialog[Decision]):
    """The log; dismissed with the decision whose post is wanted, or None."""

    def __init__(self, owner: ConsoleApp) -> None:
        super().__init__()
        self._owner = owner
        self.record = Record()
        self._filter = ""
        self._asked: _Asked | None = None
        self._trouble = ""
        self._heard = float("-inf")
        self._newest = 0
        self._pause: asyncio.TimerHandle | None = None
        self._top = 0
        self._head = Lines(id="asked-head")
        self._body = Lines(id="asked")
        self._told = Lines(id="told")
        self._line = Typing(id="asked-filter", max_length=200, select_on_focus=False)
        self._foot = Lines(id="asked-foot")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tall whole"):
            yield self._head
            yield self._body
            yield self._told
            yield self._line
            yield self._foot

    def on_mount(self) -> None:
        self.set_interval(0.5, self._tick, name="log")
        self._ask("begin")
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        self._stop()

    # --- the engine ---------------------------------------------------------------------------

    def _ask(self, kind: Kind) -> None:
        rows = self.record.rows
        before = rows[-1].seq if kind == "older" and rows else 0
        ref = self._owner.sending.errands.number()
        frame = ReadLog(ref, filter=self._filter, before=before, count=_AT_ONCE)
        if self._owner.link.say(frame):
            self._asked = _Asked(ref, kind, self._owner.monotonic())

    def told(self, logged: Logged) -> None:
        """Take in what was asked for; what was asked before is let go."""
        asked, now = self._asked, self._owner.monotonic()
        if asked is None or logged.ref != asked.ref:
            return
        self._asked, self._heard, self._trouble = None, now, logged.reason
        if not logged.reason:
            match asked.kind:
                case "begin":
                    self.record.begin(logged.decisions, more=logged.more)
                    self._top = 0
                case "older":
                    self.record.add_older(logged.decisions, more=logged.more)
                case "newer":
                    self.record.hear(logged.decisions, more=logged.more)
        self._draw()

    def refused(self, reply: Reply) -> bool:
        """Take a reply in place of what was asked for; tells whether it was one."""
        if self._asked is None or reply.ref != self._asked.ref:
            return False
        self._asked, self._heard = None, self._owner.monotonic()
        self._trouble = reply.reason
        self._draw()
        return True

    def _tick(self) -> None:
        now = self._owner.monotonic()
        if not self._owner.board.up:
            self._asked = None
        elif self._asked is not None and now - self._asked.at > _PATIENCE:
            self._asked, self._trouble = None, "the engine does not answer"
        elif self._asked is None and self._pause is None and self._is_news(now):
            self._ask("newer" if self.record.begun else "begin")
        self._draw()

    def _is_news(self, now: float) -> bool:
        """Whether there may be a decision that was not read of yet."""
        newest = max((one.seq for one in self._owner.board.decisions), default=0)
        fresh = newest > self._newest
        self._newest = max(newest, self._newest)
        return fresh or now - self._heard >= _NEWS_EVERY

    # --- the filter ---------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._stop()
        # Not Textual's set_timer: on a busy machine it skips a one-shot that is late, for ever.
        self._pause = asyncio.get_running_loop().call_later(_PAUSE, self.call_next, self._refilter)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_line()

    def _refilter(self) -> None:
        self._stop()
        if self._line.value != self._filter:
            self._filter = self._line.value
            self.record.begun = False
            self._ask("begin")
            self._draw()

    def _stop(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _close_line(self) -> None:
        self._refilter()
        self._line.remove_class("-shown")
        self.set_focus(None)
        self._draw()

    # --- keys ---------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        event.stop()
        record, page = self.record, max(self._body.size.height - 1, 1)
        typing = self.focused is self._line
        match event.key:
            case "escape" if typing or self._filter:
                self._line.value = ""
                self._close_line()
            case "down" | "j":
                record.move(1)
            case "up" | "k":
                record.move(-1)
            case "pagedown" | "space":
                record.move(page)
            case "pageup":
                record.move(-page)
            case _ if typing:
                return
            case "g" | "home":
                record.first()
            case "G" | "end" | "upper_g":
                record.move(len(record.rows))
            case "slash":
                self._line.add_class("-shown")
                self.set_focus(self._line)
            case "enter":
                if record.picked is not None:
                    self.dismiss(record.picked)
                return
            case "escape" | "q" | "l":
                self.dismiss(None)
                return
        left = len(record.rows) - record.line
        if left < _NEAR_THE_END and record.more and record.begun and self._asked is None:
            self._ask("older")
        self._draw()

    # --- the page -----------------------------------------------------------------------------

    def _draw(self) -> None:
        body, cells = self._body, self._body.size.width
        now = self._owner.engine_now()
        if not cells or now is None:
            return
        board, record = self._owner.board, self.record
        known = {row.seq: row for row in record.rows}
        height = max(body.size.height, 1)
        line = max(record.line, 0)
        self._top = min(max(self._top, line - height + 1), line)
        seen = record.rows[self._top : self._top + height]
        lines: list[Line] = [
            decided.row(one, board, known, now, cells, picked=one.seq == record.cursor)
            for one in seen
        ]
        if not record.rows:
            lines = [(Span(self._nothing(), "dim"),)]
        body.show(lines)
        self._head.show([self._title(cells)])
        picked = record.picked
        short = self.app.size.height < 30
        self._told.show(
            [(), *decided.whole(picked, board, known, now, cells, 2 if short else 5)]
            if picked is not None
            else []
        )
        keys = [("/", " filter   "), ("Enter", " to the post   "), ("Esc", " back")]
        if self.focused is self._line:
            keys = [("Enter", " done   "), ("Esc", " filter off")]
        spans = [Span(*one) for key, word in keys for one in ((key, "key"), (word, ""))]
        self._foot.show([spread(spans, [Span(self._where(), "dim")], cells)])

    def _title(self, cells: int) -> Line:
        board = self._owner.board
        left = [Span("The log", "title")]
        if self._filter:
            left += [Span("  "), foreign(f"/{self._filter}", "warn")]
        if not board.up:
            moment = board.now(board.heard_at) if board.heard_at is not None else None
            was = f" at {clock(moment, board.zone)}" if moment else ""
            left.append(Span(f"  ✗ the engine is gone: this was the log{was}", "bad"))
        elif self._trouble:
            left += [Span("  ✗ ", "bad"), foreign(self._trouble, "bad")]
        right = [Span(f" ▲{self.record.new} new · g ", "new")] if self.record.new else []
        return spread(left, right, cells)

    def _nothing(self) -> str:
        if not self.record.begun:
            return "looking …" if self._owner.board.up else "nothing was read of it yet"
        return "nothing matches" if self._filter else "nothing was decided yet"

    def _where(self) -> str:
        record = self.record
        if not record.rows:
            return ""
        more = "+" if record.more else ""
        return f"{record.line + 1} of {len(record.rows):,}{more}"

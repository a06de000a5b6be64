"""What an operator does to a planned post: send it now, move it, hold it, approve it, drop it.

Owns which of these ask first, and says what cannot be taken back. Whether a post may leave, and who
may approve it, is the engine's to say.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from eventlive.messages import ApprovePost, Discard, HoldPost, Move, Reply, Send, TakeBack
from eventlive.model import Outgoing
from tui import planned
from tui.cells import one_line
from tui.dialogs import Ask
from tui.moments import hour
from tui.orders import Errand
from tui.prompt import Read
from tui.rundown import Doing
from tui.times import Typed, read_time

if TYPE_CHECKING:
    from tui.app import ConsoleApp

_UNSENT = ("draft", "queued", "held", "failed")


class Planning:
    """The planned posts in one operator's hands. `app` sends orders, asks and says things."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app

    def do(self, what: Doing, outgoing: Outgoing) -> None:
        """Do what a key means for a post of the house."""
        match what:
            case "now":
                self._send_now(outgoing)
            case "move" | "late":
                self._move(outgoing)
            case "hold":
                self._hold(outgoing)
            case "approve":
                self._approve(outgoing)
            case "end":
                self._app.refuse("X ends a part of the programme: 6 shows it; x drops a post")

    def _send_now(self, outgoing: Outgoing) -> None:
        if outgoing.state == "queued" and not planned.is_planned(outgoing):
            self._app.refuse("it is leaving already: u takes it back")
            return
        if outgoing.state not in _UNSENT:
            self._app.refuse(f"it is {outgoing.state}: it cannot be sent")
            return
        if outgoing.sent_ids:
            self._app.speaking.send_rest(outgoing)
            return
        board, now = self._app.board, self._app.engine_now()
        filled = board.filled(outgoing, now) if now is not None else planned.Filled()
        text = filled.text or outgoing.text
        body = [text, ""]
        if filled.missing:
            body.append(f"✗ {filled.missing}")
        needs, ink = planned.approval(outgoing)
        if ink == "warn":
            body.append(f"It {needs} first: until then it is held.")
        seconds = f"{board.welcome.take_back:g}" if board.welcome else "some"
        time = "It loses its own time. " if planned.is_planned(outgoing) else ""
        body.append(f"{time}u takes it back for {seconds} s; after that it cannot be undone.")

        def then(reply: Reply) -> None:
            if reply.ok:
                self._app.speaking.partings.add(outgoing.id, text)

        order = Send(outgoing.id, outgoing.version)
        errand = Errand(order, on=outgoing.id, done=f"sent: {self._handle(outgoing)}", then=then)

        def answered(key: str | None) -> None:
            if key == "y":
                self._app.order(errand)
            self._app.redraw()

        title = f"Send it now, as {one_line(self._name(outgoing))}?"
        self._app.push_screen(Ask(title, "\n".join(body), [("y", "send it now")]), answered)

    def _move(self, outgoing: Outgoing) -> None:
        if outgoing.state not in _UNSENT:
            self._app.refuse(f"it is {outgoing.state}: it cannot be moved")
            return
        if outgoing.sent_ids:
            self._app.refuse("a part of it is out: S sends the rest, x takes down what is out")
            return

        def at(text: str, now: datetime) -> Typed:
            board = self._app.board
            segments = {segment.id: segment for segment in board.segments}
            due, anchor = outgoing.due_at, outgoing.anchor
            if outgoing.state != "queued":
                due, anchor = outgoing.due_at or outgoing.at, None
            return read_time(
                text, now=now, where=board.zone, due=due, anchor=anchor, segments=segments
            )

        def read(text: str) -> Read:
            now = self._app.engine_now()
            if now is None:
                return Read("the engine is gone", good=False)
            try:
                return Read(f"leaves {at(text, now).words(now, self._app.board.zone)}", good=True)
            except ValueError as error:
                return Read(str(error), good=False)

        def typed(text: str) -> None:
            now = self._app.engine_now()
            assert now is not None
            moment = at(text, now)
            order = Move(outgoing.id, outgoing.version, anchor=moment.anchor)
            if moment.anchor is None:
                order = replace(order, at=moment.at)
            words = f"{read(text).words} (z does not undo that: T moves it again)"
            self._app.order(Errand(order, on=outgoing.id, done=f"{self._handle(outgoing)} {words}"))
            self._app.redraw()

        self._app.show.ask(f"{self._handle(outgoing)} leaves at:", "", read, typed)

    def _hold(self, outgoing: Outgoing) -> None:
        if outgoing.state != "queued":
            self._app.refuse(f"it is {outgoing.state}: only what is to leave can be held")
            return
        order = HoldPost(outgoing.id, outgoing.version)
        name = self._handle(outgoing)
        words = f"held: {name} (z does not undo that: T gives it a time, S sends it)"
        self._app.order(Errand(order, on=outgoing.id, done=words))
        self._app.redraw()

    def _approve(self, outgoing: Outgoing) -> None:
        if not outgoing.needs_approval:
            self._app.refuse("it needs nobody's approval")
            return
        order = ApprovePost(outgoing.id, outgoing.version)
        words = f"approved: {self._handle(outgoing)} (z does not undo that: H holds it)"
        self._app.order(Errand(order, on=outgoing.id, done=words))
        self._app.redraw()

    def take_back(self, outgoing: Outgoing, order: TakeBack) -> None:
        """Take back what leaves; of what only has its time to come, ask first."""
        name = self._handle(outgoing)
        if not planned.is_planned(outgoing):
            self._app.order(Errand(order, on=outgoing.id, done=f"taken back, not sent: {name}"))
            self._app.redraw()
            return
        now, board = self._app.engine_now(), self._app.board
        due = outgoing.due_at
        at = f" It leaves at {hour(due, now, board.zone)}." if due and now else ""
        body = (
            f"{self._words(outgoing)}\n\nNothing of yours is leaving now; this one is planned.{at}"
            " Taken back it is a draft and does not leave by itself: T gives it a time again."
        )
        done = f"a draft now, it does not leave by itself: {name} (T gives it a time)"
        errand = Errand(order, on=outgoing.id, done=done)

        def answered(key: str | None) -> None:
            if key == "y":
                self._app.order(errand)
            self._app.redraw()

        title = f"Take {name} off its time?"
        self._app.push_screen(Ask(title, body, [("y", "make it a draft")]), answered)

    def drop(self, outgoing: Outgoing, order: Discard) -> None:
        """Ask before a post is dropped; of one that comes again, whether all of them are."""
        name = self._handle(outgoing)
        body, choices = self._words(outgoing), [("y", "drop it, never to be sent")]
        if outgoing.series:
            body += (
                f"\n\nIt is one of a series ({planned.again(outgoing)}). Where only this one is"
                " dropped, the next one comes at its time."
            )
            choices = [("y", "drop this one"), ("s", "drop the whole series: none comes after it")]

        def answered(key: str | None) -> None:
            here = self._app.listing.cursor == outgoing.id
            if key in ("y", "s"):
                all_ = key == "s"
                done = f"dropped{', and what comes after it' if all_ else ''}: {name}"
                errand = Errand(replace(order, series=all_), on=outgoing.id, done=done)
                if self._app.order(errand) and here:
                    self._app.listing.advance()
            self._app.redraw()

        self._app.push_screen(Ask(f"Drop {name}?", body, choices), answered)

    def _handle(self, outgoing: Outgoing) -> str:
        return self._app.board.named(outgoing, self._app.engine_now())

    def _words(self, outgoing: Outgoing) -> str:
        """What it says, its variables filled as they would be now."""
        now = self._app.engine_now()
        filled = self._app.board.filled(outgoing, now) if now is not None else planned.Filled()
        return filled.text or outgoing.text

    def _name(self, outgoing: Outgoing) -> str:
        account = self._app.board.account(outgoing.account)
        return f"@{account.handle}" if account else outgoing.account

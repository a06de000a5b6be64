"""How orders leave and what their answers do: between the operator's keys and the link.

Owns the errands under way: sends them, or says why not; tells what became of them; and never
pretends that something was done which the engine has not said.
"""

from __future__ import annotations

from collections.abc import Callable

from eventlive.messages import Reply
from tui.board import Board
from tui.link import Link
from tui.orders import Errand, Errands

Say = Callable[[str, str], None]
"""Tells the operator something: the words and their ink."""


class Sending:
    """The orders of one console."""

    def __init__(self, board: Board, link: Link, say: Say, clock: Callable[[], float]) -> None:
        self.errands = Errands()
        self._board = board
        self._link = link
        self._say = say
        self._clock = clock

    def order(self, errand: Errand) -> bool:
        """Send an order, or line it up behind another on the same thing; False where refused."""
        if not self._board.up:
            self._say("not sent: the engine is gone", "bad")
            return False
        if self.errands.full:
            self._say("not sent: too many orders wait for an answer", "bad")
            return False
        order = self.errands.start(errand, self._clock())
        if order is not None and not self._link.say(order):
            self.errands.unsent(order)
            self._say("not sent: the connection takes no more", "bad")
            return False
        return True

    def answered(self, reply: Reply) -> Errand | None:
        """Take a reply in; returns the errand that it answers."""
        if reply.present is not None:
            self._board.learn(reply.present)
        errand = self.errands.answered(reply)
        if errand is None:
            return None
        if reply.ok:
            self._done(errand, reply)
        else:
            self._refused(errand, reply)
        if errand.then is not None:
            errand.then(reply)
        return errand

    def _done(self, errand: Errand, reply: Reply) -> None:
        if not errand.quiet:
            self._say(errand.done, "good")
        version = getattr(errand.command, "version", None)
        if version is None:  # a part of the programme: its commands name no version
            version = self._version(errand.on)
        if reply.present is not None and reply.present.id == errand.on:
            order = self.errands.next(errand.on, reply.present.version, self._clock())
            if order is not None:
                self._link.say(order)
        elif version is not None:
            self.errands.settle(errand.on, version, self._clock())

    def _refused(self, errand: Errand, reply: Reply) -> None:
        dropped = self.errands.drop_waiting(errand.on)
        if not errand.quiet:
            more = f", {len(dropped)} more not sent" if dropped else ""
            # The reason first: the line may be too short for both.
            self._say(f"refused: {reply.reason} · not done: {errand.done}{more}", "bad")
        for other in dropped:
            if other.then is not None:
                other.then(Reply(ref=0, ok=False, reason=reply.reason))

    def go_on(self) -> None:
        """Send what waited for an earlier order to show its effect."""
        for order in self.errands.settled(self._version, self._clock()):
            self._link.say(order)

    def _version(self, id: str) -> int | None:
        board = self._board
        thing = board.item(id) or board.outgoing(id) or board.segment(id) or board.reminder(id)
        return thing.version if thing else None

    def overdue(self) -> list[Errand]:
        """Give up on orders that were not answered in time; returns them."""
        late = self.errands.overdue(self._clock())
        loud = [errand for errand in late if not errand.quiet]
        if loud:
            words = f"the engine does not answer: {loud[-1].done}. Look before you repeat it."
            self._say(words, "bad")
        return late

    def abandon(self) -> list[Errand]:
        """Give up on all orders, the engine being gone; returns them."""
        gone = self.errands.abandon()
        loud = [errand for errand in gone if not errand.quiet]
        if loud:
            words = (
                f"no answer to {len(loud)} order(s), the last: {loud[-1].done}. "
                "Look whether it was done when the engine is back."
            )
            self._say(words, "bad")
        return gone

"""How orders leave and what their answers do: between the operator's keys and the link.

Owns the errands under way, and when each may leave: a second one on the same thing waits for the
answer to the first, so that it goes out with the version which that answer brought. Says why one is
not sent and what became of it; never pretends that something was done which the engine has not
said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from msgspec.structs import replace

from eventlive.messages import Command, Order, Reply, Several
from tui.board import Board
from tui.link import Link
from tui.orders import Errand

ANSWER_WITHIN = 10.0
"""Seconds after which an order without an answer is called unanswered."""
_SETTLE_WITHIN = 1.0
"""Seconds to wait for the update that shows what a done order has changed."""
_OPEN_AT_MOST = 200

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
            self._say(errand.told(reply), "warn" if reply.reason else "good")
        if reply.present is not None and reply.present.id == errand.on:
            self.errands.seen(errand.on, reply.present.version)
        else:
            for id, version in _versions(errand).items():
                # A part of the programme: its commands name no version.
                seen = self._version(id) if version is None else version
                if seen is not None:
                    self.errands.settle(id, seen, self._clock())
        self._release()

    def _refused(self, errand: Errand, reply: Reply) -> None:
        dropped = self.errands.drop_waiting(errand.ids)
        if not errand.quiet:
            more = f", {len(dropped)} more not sent" if dropped else ""
            # The reason first: the line may be too short for both.
            self._say(f"refused: {reply.reason} · not done: {errand.done}{more}", "bad")
        for other in dropped:
            if other.then is not None:
                other.then(Reply(ref=0, ok=False, reason=reply.reason))

    def go_on(self) -> None:
        """Send what waited for an earlier order to show its effect."""
        self.errands.settled(self._version, self._clock())
        self._release()

    def _release(self) -> None:
        for order in self.errands.release(self._clock()):
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


@dataclass(slots=True)
class Errands:
    """The orders that wait for an answer, and those that wait for another's, in their order."""

    _ref: int = 0
    _open: dict[int, Errand] = field(default_factory=dict)
    _waiting: list[Errand] = field(default_factory=list)
    _settling: dict[str, tuple[int, float]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    """What the open ones are about."""

    @property
    def full(self) -> bool:
        """Whether no more orders are taken until some are answered."""
        return len(self._open) + len(self._waiting) >= _OPEN_AT_MOST

    @property
    def under_way(self) -> bool:
        """Whether any order has no answer yet, or its effect is not seen yet."""
        return bool(self._open or self._waiting or self._settling)

    def busy(self, id: str) -> bool:
        """Whether an order on this thing has no answer yet, or its effect is not seen yet."""
        return id in self._touched or id in self._settling

    def number(self) -> int:
        """A number of its own for a frame that is no order."""
        self._ref += 1
        return self._ref

    def start(self, errand: Errand, now: float) -> Order | None:
        """Take an errand; returns the order to send now, None where it must wait its turn."""
        ahead = {id for other in self._waiting for id in other.ids}
        if any(self.busy(id) or id in ahead for id in errand.ids):
            self._waiting.append(errand)
            return None
        return self._begin(errand, now)

    def _begin(self, errand: Errand, now: float) -> Order:
        errand.ref, errand.sent_at = self.number(), now
        self._open[errand.ref] = errand
        self._touched.update(errand.ids)
        return Order(errand.ref, errand.command)

    def _end(self, ref: int) -> Errand | None:
        errand = self._open.pop(ref, None)
        self._touched = {id for other in self._open.values() for id in other.ids}
        return errand

    def unsent(self, order: Order) -> None:
        """Forget an order that could not be handed to the link."""
        errand = self._end(order.ref)
        if errand is not None:
            self.drop_waiting(errand.ids)

    def answered(self, reply: Reply) -> Errand | None:
        """Take a reply; returns the errand that it answers, None where nobody waits for it."""
        return self._end(reply.ref)

    def settle(self, id: str, version: int, now: float) -> None:
        """Wait until a version above `version` is seen, a done order having said no version."""
        self._settling[id] = (version, now)

    def settled(self, versions: Callable[[str], int | None], now: float) -> None:
        """Take in the version of each thing that is seen by now."""
        for id, (old, since) in list(self._settling.items()):
            version = versions(id)
            if (version is not None and version > old) or now - since > _SETTLE_WITHIN:
                del self._settling[id]
                if version is not None:
                    self.seen(id, version)

    def seen(self, id: str, version: int) -> None:
        """Take in the version that an answer brought: what waits goes out with it."""
        for errand in self._waiting:
            if id in errand.ids:
                errand.command = at_version(errand.command, id, version)

    def release(self, now: float) -> list[Order]:
        """Orders that may go now, nothing before them being about the same things."""
        orders, kept, ahead = [], [], set[str]()
        for errand in self._waiting:
            if any(self.busy(id) or id in ahead for id in errand.ids):
                kept.append(errand)
                ahead.update(errand.ids)
            else:
                orders.append(self._begin(errand, now))
        self._waiting = kept
        return orders

    def drop_waiting(self, ids: Collection[str]) -> list[Errand]:
        """Give up what waits behind a refused order."""
        about = set(ids)
        dropped = [errand for errand in self._waiting if not about.isdisjoint(errand.ids)]
        self._waiting = [errand for errand in self._waiting if about.isdisjoint(errand.ids)]
        return dropped

    def overdue(self, now: float) -> list[Errand]:
        """Orders that were not answered in time; they are forgotten."""
        late = [e for e in self._open.values() if now - (e.sent_at or now) > ANSWER_WITHIN]
        for errand in late[:]:
            self._end(errand.ref)
            late += self.drop_waiting(errand.ids)
        return late

    def abandon(self) -> list[Errand]:
        """Forget everything, the engine being gone; returns what was under way or waiting."""
        gone = [*self._open.values(), *self._waiting]
        self._open.clear()
        self._waiting.clear()
        self._settling.clear()
        self._touched.clear()
        return gone


def at_version(command: Command, id: str, version: int) -> Command:
    """The same command on a newer version of one of its things."""
    if isinstance(command, Several):
        return Several(
            tuple(
                replace(one, version=version) if one.item == id else one for one in command.commands
            )
        )
    if hasattr(command, "version"):
        return replace(command, version=version)
    return command


def _versions(errand: Errand) -> dict[str, int | None]:
    """The version of each thing that an order was made on, where it names one."""
    if isinstance(errand.command, Several):
        return {one.item: one.version for one in errand.command.commands}
    return {id: getattr(errand.command, "version", None) for id in errand.ids}

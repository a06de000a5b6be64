"""How orders leave and what their answers do: between the operator's keys and the link.

Owns the errands under way, and when each may leave: a second one on the same thing waits for the
answer to the first, so that it goes out with the version which that answer brought, unless its
author has changed the post meanwhile. Says why one is not sent and what became of it; never
pretends that something was done which the engine has not said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from eventlive.messages import Command, Hold, Order, Reply, Several
from eventlive.model import Card, Item, Thing
from tui.board import Board, handle_of
from tui.link import FOR_HOLD, Link
from tui.orders import Errand

ANSWER_WITHIN = 10.0
"""Seconds after which an order without an answer is called unanswered."""
_SETTLE_WITHIN = 1.0
"""Seconds to wait for the update that shows what a done order has changed."""
_OPEN_AT_MOST = 200
_CHANGED = "changed since you saw it"

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
        if self.errands.full(errand.command):
            self._say("not sent: too many orders wait for an answer", "bad")
            return False
        errand.seen = self._as_seen(errand)
        order = self.errands.start(errand, self._clock())
        if order is not None and not self._link.say(order):
            self.errands.unsent(order)
            self._say("not sent: the connection takes no more", "bad")
            return False
        return True

    def _as_seen(self, errand: Errand) -> dict[str, Thing | None]:
        """The posts of an order in the versions that it was made of, as far as they are known."""
        listings, seen = self._board.listings.values(), dict[str, Thing | None]()
        for id, version in _versions(errand).items():
            known = [listing.get(id) for listing in listings]
            posts = [thing for thing in known if isinstance(thing, Item | Card)]
            if posts:
                seen[id] = next((post for post in posts if post.version == version), None)
        return seen

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
            self._dropped(self.errands.seen(reply.present), _CHANGED)
        else:
            for id, version in _versions(errand).items():
                thing = self._thing(id)
                # A part of the programme: its commands name no version.
                seen = thing.version if version is None and thing else version
                if seen is not None:
                    self.errands.settle(id, seen, self._clock())
        self._release()

    def _refused(self, errand: Errand, reply: Reply) -> None:
        dropped = self.errands.drop_waiting(errand.ids)
        if isinstance(errand.command, Hold) and self._board.held:
            self._say("everything is held already", "warn")  # a colleague was faster: no failure
        elif not errand.quiet:
            thing = self._thing(errand.on) if errand.on else None
            about = f" ({handle_of(thing)})" if thing is not None else ""
            more = f" · {len(dropped)} more not sent" if dropped else ""
            self._say(f"refused: {reply.reason}{about}{more}", "bad")
        self._dropped(dropped, reply.reason, quietly=True)

    def _dropped(self, errands: Iterable[Errand], reason: str, *, quietly: bool = False) -> None:
        """Tell of what was waiting and is not sent."""
        for errand in errands:
            if not (quietly or errand.quiet):
                self._say(f"not sent: {reason} · not done: {errand.done}", "bad")
            if errand.then is not None:
                errand.then(Reply(ref=0, ok=False, reason=reason))

    def go_on(self) -> None:
        """Send what waited for an earlier order to show its effect."""
        self._dropped(self.errands.settled(self._thing, self._clock()), _CHANGED)
        self._release()

    def _release(self) -> None:
        for order in self.errands.release(self._clock()):
            self._link.say(order)

    def _thing(self, id: str) -> Thing | None:
        board = self._board
        return board.item(id) or board.outgoing(id) or board.segment(id) or board.reminder(id)

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

    def full(self, command: Command) -> bool:
        """Whether no such order is taken until some are answered; for a hold a place is kept."""
        most = _OPEN_AT_MOST + (FOR_HOLD if isinstance(command, Hold) else 0)
        return len(self._open) + len(self._waiting) >= most

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

    def settled(self, known: Callable[[str], Thing | None], now: float) -> list[Errand]:
        """Take in what each thing has become by now; returns what is dropped, as `seen` does."""
        dropped: list[Errand] = []
        for id, (old, since) in list(self._settling.items()):
            thing = known(id)
            if (thing is not None and thing.version > old) or now - since > _SETTLE_WITHIN:
                del self._settling[id]
                if thing is not None:
                    dropped += self.seen(thing)
        return dropped

    def seen(self, thing: Thing) -> list[Errand]:
        """Take in what a thing has become: what waits goes out on that version.

        Returns what is dropped: orders on a post whose author has changed it meanwhile.
        """
        kept, dropped = [], []
        for errand in self._waiting:
            if thing.id not in errand.ids:
                kept.append(errand)
            elif errand.is_outdated(thing):
                dropped.append(errand)
            else:
                errand.command = at_version(errand.command, thing.id, thing.version)
                kept.append(errand)
        self._waiting = kept
        return dropped

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

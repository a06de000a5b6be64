"""What a key asks of the engine: the command for a thing as it was seen, and what is still open.

Owns two decisions: which command a deed makes of a thing (or why none), and when a command may
leave: a second one on the same thing waits for the answer to the first, so that it goes out with
the version which that answer brought. Pure: it never sends and never draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from eventlive.messages import (
    Approve,
    Archive,
    ClaimItem,
    Command,
    Delete,
    Discard,
    MuteAuthor,
    Order,
    Pin,
    Question,
    Reject,
    Reopen,
    Reply,
    Snooze,
    TakeBack,
    TakeOff,
    Unclaim,
)
from eventlive.model import Card, Item, Outgoing, OutgoingState, Thing
from tui.planned import waits_for_its_time

Deed = Literal[
    "approve",
    "take-off",
    "reject",
    "archive",
    "reopen",
    "snooze",
    "claim",
    "unclaim",
    "question",
    "mute",
    "pin",
    "discard",
    "take-back",
]
SNOOZE_MINUTES = 10
ANSWER_WITHIN = 10.0
"""Seconds after which an order without an answer is called unanswered."""
_SETTLE_WITHIN = 1.0
"""Seconds to wait for the update that shows what a done order has changed."""
_OPEN_AT_MOST = 200


class NotHere(Exception):
    """A deed that makes no sense on this thing; the text tells the operator why."""


def command(deed: Deed, thing: Thing, item: Item | None = None) -> Command:
    """Make the command for a deed on the thing that the operator sees.

    `item` is the post behind a card, where it is known. Raises NotHere.
    """
    if isinstance(thing, Outgoing):
        return _on_outgoing(deed, thing)
    if isinstance(thing, Card) and item is not None:
        thing = item
    if isinstance(thing, Card):
        match deed:
            case "take-off":
                return TakeOff(thing.id, thing.version)
            case "pin":
                return Pin(thing.id, thing.version, on=not thing.pinned)
            case "approve":
                raise NotHere("it is on the wall already")
            case _:
                raise NotHere("here: W takes it off the wall, P pins it")
    if not isinstance(thing, Item):
        raise NotHere("nothing to decide on this")
    return _on_item(deed, thing)


def _on_item(deed: Deed, item: Item) -> Command:
    if reason := _forbidden(deed, item):
        raise NotHere(reason)
    at = (item.id, item.version)
    match deed:
        case "approve":
            return Approve(*at)
        case "take-off":
            return TakeOff(*at)
        case "pin":
            return Pin(*at)
        case "reject":
            return Reject(*at)
        case "archive":
            return Archive(*at)
        case "reopen":
            return Reopen(*at)
        case "snooze":
            return Snooze(*at, minutes=SNOOZE_MINUTES)
        case "claim":
            return ClaimItem(*at)
        case "unclaim":
            return Unclaim(*at)
        case "question":
            return Question(*at, on=item.question != "open")
        case "mute":
            return MuteAuthor(*at)
        case _:
            raise NotHere("that is for posts of the house")


def _forbidden(deed: Deed, item: Item) -> str:
    """Why a deed makes no sense on a post as it is seen; "" where it does."""
    if item.state == "deleted":
        return "its author has deleted it"
    reasons: dict[Deed, tuple[bool, str]] = {
        "approve": (item.on_wall, "it is on the wall already; W takes it off"),
        "take-off": (not item.on_wall, "it is not on the wall"),
        "pin": (not item.on_wall, "only what is on the wall can be pinned; w puts it there"),
        "reopen": (item.state == "open", "it is open already"),
        "unclaim": (item.claim is None, "nobody has claimed it"),
    }
    applies, reason = reasons.get(deed, (False, ""))
    return reason if applies else ""


def _on_outgoing(deed: Deed, outgoing: Outgoing) -> Command:
    match deed:
        case "reject" | "discard":
            reason = _UNDROPPABLE.get(outgoing.state)
            if reason and not waits_for_its_time(outgoing):
                raise NotHere(reason)
            if is_out(outgoing):
                return Delete(outgoing.id, outgoing.version)
            if outgoing.state == "sent":
                raise NotHere("its id on the network is not known: take it down there by hand")
            return Discard(outgoing.id, outgoing.version)
        case "take-back":
            if outgoing.state != "queued":
                raise NotHere(f"it is {outgoing.state}: only a queued one can be taken back")
            return TakeBack(outgoing.id, outgoing.version)
        case _:
            raise NotHere("here: r edits, T moves, S sends now, x drops or takes down, v settles")


_UNDROPPABLE: dict[OutgoingState, str] = {
    "queued": "it is about to go out: u takes it back first",
    "sending": "it is going out right now",
    "uncertain": "nobody knows whether it was posted: v settles that first",
    "dropped": "it is dropped already",
    "deleting": "it is being taken down already",
    "deleted": "it is taken down already",
}


def is_out(outgoing: Outgoing) -> bool:
    """Whether it stands on the network, or a part of it, and can be taken down there."""
    return bool(outgoing.sent_ids) and outgoing.state in ("sent", "failed", "held", "draft")


@dataclass(slots=True)
class Errand:
    """An order under way: what to say when it is done, and what to do then.

    `on` is the id of the thing it is about, "" for none; `quiet` ones speak only when `then` does.
    """

    command: Command
    on: str = ""
    done: str = ""
    quiet: bool = False
    then: Callable[[Reply], None] | None = None
    ref: int = 0
    sent_at: float | None = None


@dataclass(slots=True)
class Errands:
    """The orders that wait for an answer, and those that wait for another's."""

    _ref: int = 0
    _open: dict[int, Errand] = field(default_factory=dict)
    _waiting: dict[str, list[Errand]] = field(default_factory=dict)
    _settling: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether no more orders are taken until some are answered."""
        return len(self._open) + sum(map(len, self._waiting.values())) >= _OPEN_AT_MOST

    @property
    def under_way(self) -> bool:
        """Whether any order has no answer yet, or its effect is not seen yet."""
        return bool(self._open or self._waiting or self._settling)

    def busy(self, id: str) -> bool:
        """Whether an order on this thing has no answer yet, or its effect is not seen yet."""
        if not id:
            return False
        return id in self._settling or any(errand.on == id for errand in self._open.values())

    def number(self) -> int:
        """A number of its own for a frame that is no order."""
        self._ref += 1
        return self._ref

    def start(self, errand: Errand, now: float) -> Order | None:
        """Take an errand; returns the order to send now, None where it must wait its turn."""
        if self.busy(errand.on):
            self._waiting.setdefault(errand.on, []).append(errand)
            return None
        self._ref += 1
        errand.ref, errand.sent_at = self._ref, now
        self._open[errand.ref] = errand
        return Order(errand.ref, errand.command)

    def unsent(self, order: Order) -> None:
        """Forget an order that could not be handed to the link."""
        errand = self._open.pop(order.ref, None)
        if errand is not None:
            self._waiting.pop(errand.on, None)

    def answered(self, reply: Reply) -> Errand | None:
        """Take a reply; returns the errand that it answers, None where nobody waits for it."""
        return self._open.pop(reply.ref, None)

    def settle(self, on: str, version: int, now: float) -> None:
        """Wait until a version above `version` is seen, a done order having said no version."""
        if on:
            self._settling[on] = (version, now)

    def settled(self, versions: Callable[[str], int | None], now: float) -> list[Order]:
        """Orders that may go now, given the version of each thing that is seen by now."""
        orders = []
        for on, (old, since) in list(self._settling.items()):
            seen = versions(on)
            if (seen is not None and seen > old) or now - since > _SETTLE_WITHIN:
                del self._settling[on]
                order = self.next(on, seen, now)
                if order is not None:
                    orders.append(order)
        return orders

    def next(self, on: str, version: int | None, now: float) -> Order | None:
        """The next order on a thing, with the version that the last answer brought."""
        waiting = self._waiting.get(on)
        if not waiting or self.busy(on):
            return None
        errand = waiting.pop(0)
        if not waiting:
            del self._waiting[on]
        if version is not None:
            errand.command = at_version(errand.command, version)
        return self.start(errand, now)

    def drop_waiting(self, on: str) -> list[Errand]:
        """Give up what waits behind a refused order."""
        return self._waiting.pop(on, [])

    def overdue(self, now: float) -> list[Errand]:
        """Orders that were not answered in time; they are forgotten."""
        late = [e for e in self._open.values() if now - (e.sent_at or now) > ANSWER_WITHIN]
        for errand in late:
            del self._open[errand.ref]
            late = late + self._waiting.pop(errand.on, [])
        return late

    def abandon(self) -> list[Errand]:
        """Forget everything, the engine being gone; returns what was under way or waiting."""
        gone = list(self._open.values())
        for waiting in self._waiting.values():
            gone.extend(waiting)
        self._open.clear()
        self._waiting.clear()
        self._settling.clear()
        return gone


def at_version(command: Command, version: int) -> Command:
    """The same command on a newer version of its thing."""
    if hasattr(command, "version"):
        return msgspec.structs.replace(command, version=version)
    return command

"""Posts, commands and clocks for tests of the desk, and what must always hold of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Arrived, Input, Ordered, Turn
from eventlive.desk.screens import MOST
from eventlive.desk.state import kind_of
from eventlive.messages import Command, Reply
from eventlive.model import (
    Author,
    Change,
    Drop,
    Item,
    Judgement,
    Network,
    Outgoing,
    Post,
    Put,
    Role,
    Thing,
)

NOON = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)

ITEM_STEPS = {
    "open": {"open", "archived", "rejected", "snoozed", "deleted"},
    "archived": {"archived", "open", "rejected", "snoozed", "deleted"},
    "rejected": {"rejected", "open", "archived", "snoozed", "deleted"},
    "snoozed": {"snoozed", "open", "archived", "rejected", "deleted"},
    "deleted": {"deleted"},
}
OUTGOING_STEPS = {
    "draft": {"draft", "queued", "dropped", "held", "failed", "deleting"},
    "queued": {"draft", "sending", "held", "queued", "dropped"},
    "held": {"held", "queued", "draft", "dropped", "failed", "deleting"},
    "sending": {"sent", "failed", "uncertain", "queued", "held", "sending"},
    "sent": {"sent", "deleting"},
    "failed": {"failed", "draft", "queued", "dropped", "held", "deleting"},
    "uncertain": {"sent", "failed"},
    "dropped": {"draft", "held", "failed", "queued"},
    "deleting": {"deleted", "sent", "failed"},
    "deleted": {"deleted"},
}
"""Dropped comes back by undo, to what it was before, or by a script that names it again."""


def post(number: int, text: str = "hello", author: str = "ann", network: Network = "x") -> Post:
    """Make a post."""
    return Post(
        network=network,
        id=str(number),
        created_at=NOON,
        text=text,
        author=Author(author, author, author.title()),
    )


def arrived(number: int, *, now: datetime = NOON, author: str = "ann", **judged: Any) -> Arrived:
    """Make an arrival with a judgement's fields."""
    judgement = replace(Judgement(points=1.0), **judged)
    return Arrived(post(number, f"post {number}", author), judgement, now)


class Clocked:
    """A desk with a clock that a test moves, checked after every step."""

    def __init__(self, rules: Rules | None = None, things: Sequence[Thing] = ()) -> None:
        self.now = NOON
        self.desk = Desk(rules or Rules(), things, now=NOON)
        self.desk.handle((), NOON)
        self.stored: dict[tuple[str, str], Thing] = {}
        self.turns: list[Turn] = []
        self._refs = 0
        for thing in self.desk.state.things():
            self.stored[kind_of(thing), thing.id] = thing

    def take(self, *inputs: Input) -> Turn:
        """Hand the desk some inputs, and check all that must hold."""
        held_before = self.desk.state.scene.held
        turn = self.desk.handle(inputs, self.now)
        begun = [out for out in started(turn) if self._attempt(out.id) != out.attempt]
        for change in turn.changes:
            check_step(self.stored, change)
        check_whole(self.desk)
        held = held_before and self.desk.state.scene.held
        assert not (held and begun), "something was sent while everything was held"
        self.turns.append(turn)
        return turn

    def _attempt(self, out: str) -> int:
        """Say how often a post of the house was begun, as far as it was stored."""
        known = self.stored.get(("outgoing", out))
        return known.attempt if isinstance(known, Outgoing) else 0

    def order(self, command: Command, who: str = "ann", role: Role = "lead") -> Reply:
        """Give a command and take its reply."""
        self._refs += 1
        (reply,) = self.take(Ordered(who, command, self._refs, role)).replies
        assert reply.ref == self._refs
        return reply

    def later(self, **span: float) -> Turn:
        """Let time pass and take what falls due."""
        self.now += timedelta(**span)
        return self.take()

    def item(self, number: int) -> Item:
        return self.desk.state.items[f"x:{number}"]


def started(turn: Turn) -> list[Outgoing]:
    """List the posts that a turn started to send."""
    return [
        change.put
        for change in turn.changes
        if isinstance(change, Put)
        and isinstance(change.put, Outgoing)
        and change.put.state == "sending"
    ]


def check_step(stored: dict[tuple[str, str], Thing], change: Change) -> None:
    """Check one change against what was stored, and store it."""
    if isinstance(change, Drop):
        # A card that was put up and crowded out within a turn was never stored.
        assert (change.kind, change.id) in stored or change.kind == "card"
        stored.pop((change.kind, change.id), None)
        return
    thing = change.put
    before = stored.get((kind_of(thing), thing.id))
    stored[kind_of(thing), thing.id] = thing
    if before is None:
        return
    assert thing.version > before.version, f"{thing.id}: no newer version"
    if isinstance(thing, Item):
        assert isinstance(before, Item)
        assert thing.state in ITEM_STEPS[before.state], f"{before.state} -> {thing.state}"
    if isinstance(thing, Outgoing):
        assert isinstance(before, Outgoing)
        # What never left may be tried anew within the turn that says so.
        again = thing.state == "sending" and thing.attempt == before.attempt + 1
        allowed = OUTGOING_STEPS[before.state] | ({"sending"} if again else set())
        assert thing.state in allowed, f"{before.state} -> {thing.state}"
        assert again or thing.attempt == before.attempt or thing.state != "sending"


def check_whole(desk: Desk) -> None:
    """Check what must hold of a desk at any time."""
    state = desk.state
    for card in state.cards.values():
        item = state.items[card.id]
        assert item.on_wall
        assert item.state not in ("deleted", "rejected")
        assert not item.muted
    assert {key for key, item in state.items.items() if item.on_wall} == set(state.cards)
    assert len(state.cards) <= state.rules.cards
    assert len(state.screens) <= MOST
    for name, screen in state.screens.items():
        assert screen.id == name
        assert screen.scenes
        assert screen.version > 0
    orders = [card.order for card in state.cards.values()]
    assert orders == sorted(set(orders))
    assert state.open == sorted(
        (item.rank, item.id) for item in state.items.values() if item.state == "open"
    )
    assert state.questions == sorted(
        (item.rank, item.id)
        for item in state.items.values()
        if item.state == "open" and item.question == "open"
    )
    for item in state.items.values():
        author = f"{item.post.network}:{item.post.author.id}"
        assert item.avoided == (author in state.avoids)
        assert (item.id in state.snoozed) == (item.state == "snoozed")
        assert item.state == "snoozed" or (item.snoozed_until, item.snoozed_to) == (None, None)
    answered = [
        out.answers
        for out in state.outgoing.values()
        if out.answers and out.state not in ("dropped", "deleted")
    ]
    assert len(answered) == len(set(answered)), "two answers to one question"
    sending = [out.account for out in state.outgoing.values() if out.state == "sending"]
    assert len(sending) == len(set(sending)), "two posts of one account under way at once"
    for key in state.leases:
        assert state.items[key].claim is not None


def picture(desk: Desk) -> dict[tuple[str, str], Thing]:
    """Give all that a desk holds, without versions."""
    return {(kind_of(thing), thing.id): replace(thing, version=0) for thing in desk.state.things()}

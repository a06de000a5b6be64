"""All that the desk knows, and the one way to change it.

Owns the things by kind and id, the order of the inbox, and the record of what a turn changed.
Knows no rule of the newsroom: those stand in the other files of this package, as functions that
take this state. Pure: no clock, no randomness, no I/O.

Over 400 lines because every kind of thing is changed in the one way that stands here.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, assert_never

from msgspec.structs import replace

from eventlive.listening.variables import NOBODY, Names
from eventlive.listening.voice_rules import VoiceRules
from eventlive.model import (
    Avoid,
    Card,
    Change,
    Decision,
    Drop,
    Evidence,
    Item,
    Mute,
    Outgoing,
    Post,
    Put,
    Reminder,
    Scene,
    SceneName,
    Screen,
    Segment,
    Step,
    Thing,
)

KEPT_DONE = 500
"""Decided items, and finished posts of the house, that stay in memory for undo and for looking."""

UNDO_DEPTH = 100
"""Decisions an operator can take back."""

AWAKE = {"snoozed_until": None, "snoozed_to": None}
"""The fields of a post that is not snoozed, or no longer."""

UNKNOWN = datetime.max.replace(tzinfo=UTC)
"""When a post comes back that waits for a moment of which nobody knows when it will be."""

if TYPE_CHECKING:
    from eventlive.desk.editions import Edition

_V = TypeVar("_V", Item, Card, Scene, Screen, Outgoing, Segment, Mute, Reminder, Avoid)

Droppable = Card | Screen | Mute | Avoid | Segment | Reminder
"""What may be taken away; of the rest there is always a last version."""


OURS = 200
"""Posts of the house seen in feeds that are kept, to settle what turns out uncertain later."""


@dataclass(frozen=True, slots=True)
class HouseAccount:
    """Where an account of the house is, how it is called there, and how it speaks.

    Where it `approves`, a second person must agree to each post; `first_person` lets it say "I".
    """

    network: str = "rehearsal"
    handle: str = ""
    signature: str = ""
    language: str = ""
    approves: bool = False
    first_person: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A post that comes again and again, from its account, while any segment of `during` runs.

    `texts` are said in turn; `every` is in seconds. `first` is the occurrence that all are like.
    """

    first: Outgoing
    every: int
    during: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the script says about how the desk works.

    `house` says where the accounts are; one that is not in it rehearses. A planned post that is
    `stale` late no longer makes sense; those that are late keep `apart` from each other. A question
    that has waited for `answer_within` is overdue. `cards` are kept on the wall, also those that
    wait for their turn there. `statements` are the script's, text and language by id; `scenes` are
    what a segment sets screens to when it starts: by its id, by the screen's name or "*".
    """

    mode: str = "approve"
    window: int = 5000
    cards: int = 12
    claim: timedelta = timedelta(seconds=30)
    take_back: timedelta = timedelta(seconds=5)
    stale: timedelta = timedelta(minutes=10)
    auto_per_minute: int = 30
    accounts: tuple[str, ...] = ("main",)
    house: Mapping[str, HouseAccount] = field(default_factory=dict)
    apart: timedelta = timedelta(minutes=1)
    series: tuple[Series, ...] = ()
    voice: VoiceRules | None = None
    names: Names = NOBODY
    language: str = ""
    answer_within: timedelta = timedelta(minutes=10)
    statements: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    scenes: Mapping[str, Mapping[str, tuple[SceneName, ...]]] = field(default_factory=dict)


class State:
    """The things of an event in memory. Whoever reads must not change what it gets."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.items: dict[str, Item] = {}
        self.cards: dict[str, Card] = {}
        self.outgoing: dict[str, Outgoing] = {}
        self.segments: dict[str, Segment] = {}
        self.mutes: dict[str, Mute] = {}
        self.avoids: dict[str, Avoid] = {}
        self.reminders: dict[str, Reminder] = {}
        self.scene = Scene(id="main", version=0)
        self.screens: dict[str, Screen] = {}
        self.open: list[tuple[float, str]] = []
        self.questions: list[tuple[float, str]] = []
        self.done: dict[str, None] = {}
        self.finished: dict[str, None] = {}
        self.leases: dict[str, datetime] = {}
        self.snoozed: dict[str, datetime] = {}
        self.queued: dict[str, datetime] = {}
        self.begun: dict[str, datetime] = {}
        self.retime = True
        self.looked_at: datetime | None = None
        self.turned: list[tuple[str, str]] = []
        self.edition: Edition | None = None
        self.offered: Edition | None = None
        self.ours: dict[str, tuple[Post, datetime]] = {}
        self.undo: dict[str, list[Decision]] = {}
        self.redo: dict[str, list[Decision]] = {}
        self.folded: dict[str, tuple[int, str]] = {}
        self.authored: dict[str, list[str]] = {}
        self.top = 0
        self.seq = 0
        self.overflow = 0
        self.arrived = 0
        self.auto_credit = float(rules.auto_per_minute)
        self.auto_at: datetime | None = None
        self.sends = True
        self._below: list[str] = []
        self._changes: dict[tuple[str, str], Change] = {}
        self._steps: list[Step] = []
        self._decisions: list[Decision] = []

    # --- reading -----------------------------------------------------------------------------

    def find(self, kind: str, thing_id: str) -> Thing | None:
        """Give a thing, or None where there is none in memory."""
        match kind:
            case "item":
                return self.items.get(thing_id)
            case "card":
                return self.cards.get(thing_id)
            case "outgoing":
                return self.outgoing.get(thing_id)
            case "segment":
                return self.segments.get(thing_id)
            case "mute":
                return self.mutes.get(thing_id)
            case "reminder":
                return self.reminders.get(thing_id)
            case "avoid":
                return self.avoids.get(thing_id)
            case "evidence":
                # It never changes, and nothing here asks for it: the store alone has it.
                return None
            case "scene":
                return self.scene
            case "screen":
                return self.screens.get(thing_id)
            case _:
                raise ValueError(f"there is no kind {kind!r}")

    def things(self) -> Iterable[Thing]:
        """List all that is in memory, in the order it came."""
        yield self.scene
        yield from self.screens.values()
        yield from self.segments.values()
        yield from self.reminders.values()
        for kind in (self.mutes, self.avoids, self.items, self.cards, self.outgoing):
            yield from kind.values()

    def engaged(self) -> tuple[set[str], dict[str, datetime]]:
        """Say which accounts are sending, and until when a limit keeps others.

        One post that waits for a limit keeps those behind it: an account's order stands.
        """
        busy = {out.account for out in self.outgoing.values() if out.state == "sending"}
        limits: dict[str, datetime] = {}
        for out_id in self.queued:
            out = self.outgoing[out_id]
            if out.not_before is not None:
                limits[out.account] = max(out.not_before, limits.get(out.account, out.not_before))
        return busy, limits

    @property
    def changed(self) -> bool:
        """Whether something has changed that no turn has announced."""
        return bool(self._changes)

    # --- changing ----------------------------------------------------------------------------

    def put(self, thing: Thing) -> None:
        """Make `thing` the newest of its kind and id; its version must be the next one."""
        before = self._set(thing)
        self._note(kind_of(thing), thing.id, Put(thing))
        self._steps.append(Step(before, thing))

    def change(self, thing: _V, **fields: object) -> _V:
        """Put a thing's next version with some fields changed, and give it back."""
        newer = replace(thing, version=thing.version + 1, **fields)
        self.put(newer)
        return newer

    def update(self, thing: _V, **fields: object) -> _V:
        """Change a thing where that makes a difference, and give it as it is then."""
        newer = replace(thing, **fields)
        return thing if newer == thing else self.change(thing, **fields)

    def drop(self, thing: Droppable) -> None:
        """Take a thing away."""
        match thing:
            case Card():
                del self.cards[thing.id]
                self._note("card", thing.id, Drop("card", thing.id))
            case Screen():
                del self.screens[thing.id]
                self._note("screen", thing.id, Drop("screen", thing.id))
            case Mute():
                del self.mutes[thing.id]
                self._note("mute", thing.id, Drop("mute", thing.id))
            case Avoid():
                del self.avoids[thing.id]
                self._note("avoid", thing.id, Drop("avoid", thing.id))
            case Segment():
                del self.segments[thing.id]
                self._note("segment", thing.id, Drop("segment", thing.id))
            case Reminder():
                del self.reminders[thing.id]
                self._note("reminder", thing.id, Drop("reminder", thing.id))
            case _:
                assert_never(thing)
        self._steps.append(Step(thing, None))

    def admit(self, item: Item) -> None:
        """Put a post that just arrived: the flood's way, without a step for undo."""
        self.items[item.id] = item
        self._changes["item", item.id] = Put(item)
        if len(self.open) >= self.rules.window and item.rank < self.open[0][0]:
            # In a flood most posts rank below the window; they leave with this turn.
            self._below.append(item.id)
            return
        insort(self.open, (item.rank, item.id))
        if item.question == "open":
            insort(self.questions, (item.rank, item.id))

    def recall(self, thing: Thing) -> None:
        """Take in what the store had, without announcing it as a change."""
        self._set(thing)
        if isinstance(thing, Outgoing) and is_planned(thing) and thing.sent_at is not None:
            last = self.begun.get(thing.account, thing.sent_at)
            self.begun[thing.account] = max(last, thing.sent_at)

    @property
    def steps_taken(self) -> int:
        """How many steps there are since they were taken last; for `forget_steps`."""
        return len(self._steps)

    def forget_steps(self, beyond: int) -> None:
        """Leave out of undo what was done after the first so many steps."""
        del self._steps[beyond:]

    def log(self, decision: Decision) -> None:
        self._decisions.append(decision)

    def take_steps(self) -> tuple[Step, ...]:
        """Give the steps since the last call, the first state of each thing with its last."""
        merged: dict[tuple[type, str], Step] = {}
        for step in self._steps:
            thing = step.after if step.after is not None else step.before
            assert thing is not None
            name = (type(thing), thing.id)
            first = merged[name].before if name in merged else step.before
            merged[name] = Step(first, step.after)
        self._steps.clear()
        # What came and went in between leaves nothing to take back.
        return tuple(step for step in merged.values() if step != Step())

    def take(self) -> tuple[list[Change], list[Decision]]:
        """Give what changed since the last call: of each thing its last change alone."""
        changes, decisions = list(self._changes.values()), self._decisions
        self._changes, self._decisions = {}, []
        self._steps.clear()
        return changes, decisions

    def trim(self) -> None:
        """Let go of what is beyond the bounds: low ranks of the inbox, old decided things."""
        for key in self._below:
            item = self.items[key]
            # Whatever happened to it in this turn has made it one of the others.
            if item.version == 1:
                del self.items[key]
                self.overflow += 1
        self._below.clear()
        excess = len(self.open) - self.rules.window
        if excess > 0:
            kept: list[tuple[float, str]] = []
            for entry in self.open[:excess]:
                item = self.items[entry[1]]
                if item.on_wall or item.claim or item.answer:
                    kept.append(entry)
                    continue
                del self.items[item.id]
                self.overflow += 1
                if item.question == "open":
                    _remove(self.questions, (item.rank, item.id))
            self.open[:excess] = kept
        for old in list(islice(self.done, max(0, len(self.done) - KEPT_DONE))):
            # Who claims it still looks at it; it goes once the lease has ended. Whether an answer
            # may leave is seen by its question.
            if self.items[old].claim is None and self.items[old].answer not in self.queued:
                del self.done[old]
                if not self.items[old].on_wall:
                    del self.items[old]
        for old in list(islice(self.finished, max(0, len(self.finished) - KEPT_DONE))):
            del self.finished[old]
            # That a series was ended is not forgotten.
            if not self.outgoing[old].ends_series:
                del self.outgoing[old]

    def _note(self, kind: str, thing_id: str, change: Change) -> None:
        # A later change of the same thing takes the later place too: a card dropped and put
        # again within a turn must not be seen dropped last.
        self._changes.pop((kind, thing_id), None)
        self._changes[kind, thing_id] = change

    def _set(self, thing: Thing) -> Thing | None:
        before: Thing | None
        match thing:
            case Item():
                before = self.items.get(thing.id)
                self._index(before, thing)
                self.items[thing.id] = thing
            case Card():
                before = self.cards.get(thing.id)
                self.cards[thing.id] = thing
                self.top = max(self.top, thing.order)
                moved = before is None or before.order != thing.order
                if moved and len(self.cards) > 1:
                    # A card that comes back by undo belongs where it was.
                    ordered = sorted(self.cards.values(), key=lambda card: card.order)
                    self.cards = {card.id: card for card in ordered}
            case Outgoing():
                before = self.outgoing.get(thing.id)
                self.outgoing[thing.id] = thing
                self.queued.pop(thing.id, None)
                self.finished.pop(thing.id, None)
                if thing.state == "queued" and thing.due_at is not None:
                    self.queued[thing.id] = thing.due_at
                elif thing.state in ("sent", "dropped", "deleted"):
                    self.finished[thing.id] = None
                if thing.series:
                    self.retime = True
            case Segment():
                before = self.segments.get(thing.id)
                self.segments[thing.id] = thing
                self.retime = True
            case Reminder():
                before = self.reminders.get(thing.id)
                self.reminders[thing.id] = thing
            case Mute():
                before = self.mutes.get(thing.id)
                self.mutes[thing.id] = thing
            case Avoid():
                before = self.avoids.get(thing.id)
                self.avoids[thing.id] = thing
            case Evidence():
                before = None
            case Scene():
                before, self.scene = self.scene, thing
            case Screen():
                before = self.screens.get(thing.id)
                self.screens[thing.id] = thing
        return before

    def _index(self, before: Item | None, item: Item) -> None:
        if item.claim is None:
            self.leases.pop(item.id, None)
        else:
            # One from the store has the lease that it had, until it is given another.
            self.leases.setdefault(item.id, item.claim.since + self.rules.claim)
        was = (before.state, before.question) if before is not None else ("", "")
        if was == (item.state, item.question) and item.state == "open":
            return
        if before is not None and before.state == "open":
            _remove(self.open, (before.rank, before.id))
            if before.question == "open":
                _remove(self.questions, (before.rank, before.id))
        self.done.pop(item.id, None)
        self.snoozed.pop(item.id, None)
        match item.state:
            case "open":
                insort(self.open, (item.rank, item.id))
                if item.question == "open":
                    insort(self.questions, (item.rank, item.id))
            case "snoozed":
                self.snoozed[item.id] = item.snoozed_until or UNKNOWN
                if item.snoozed_to is not None:
                    # The programme may have changed since it was said until when.
                    self.retime = True
            case _:
                self.done[item.id] = None


def is_planned(out: Outgoing) -> bool:
    """Say whether a post has a time of its own, beside that at which somebody sent it."""
    return out.at is not None or out.anchor is not None


def speaks_of(out: Outgoing) -> str:
    """Name the segment that a post speaks of: its own, or that of its time; "" for none."""
    return out.segment or (out.anchor.segment if out.anchor else "")


def kind_of(thing: Thing) -> str:
    """Give the name of a thing's kind, as it travels and is stored."""
    return str(type(thing).__struct_config__.tag)


def _remove(ordered: list[tuple[float, str]], entry: tuple[float, str]) -> None:
    place = bisect_left(ordered, entry)
    if place < len(ordered) and ordered[place] == entry:
        del ordered[place]

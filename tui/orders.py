"""What a key asks of the engine: the command for a thing, or for several, as they were seen.

Owns which command a deed makes of a thing, or why none. Pure: it never sends and never draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from eventlive.messages import (
    Approve,
    Archive,
    AvoidAuthor,
    BlockAuthor,
    ClaimItem,
    Command,
    Delete,
    Discard,
    ItemCommand,
    Like,
    MoveCard,
    MuteAuthor,
    Pin,
    Question,
    Reject,
    Reopen,
    Reply,
    ReportPost,
    Several,
    Snooze,
    TakeBack,
    TakeOff,
    Unclaim,
)
from eventlive.model import Anchor, Card, Complaint, Item, Outgoing, OutgoingState, Thing
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
    "like",
    "discard",
    "take-back",
    "until",
    "block",
    "avoid",
    "report",
    "take-over",
    "newer",
    "older",
]
SNOOZE_MINUTES = 10
ON_SEVERAL: frozenset[Deed] = frozenset(
    {
        *("archive", "reject", "snooze", "until", "question", "reopen", "approve", "take-off"),
        *("mute", "block", "avoid", "report"),
    }
)
"""Deeds that can be done to all marked posts at once."""
_OF_AUTHORS: frozenset[Deed] = frozenset({"mute", "block", "avoid"})
_ITEM_COMMANDS: tuple[type[ItemCommand], ...] = get_args(ItemCommand)


class Manner(NamedTuple):
    """What a deed still has to be told: until when, why, and whether something is to be so or not.

    `on` is None where a key turns it round.
    """

    until: datetime | None = None
    anchor: Anchor | None = None
    complaint: Complaint = "other"
    on: bool | None = None


AS_EVER = Manner()


class NotHere(Exception):
    """A deed that makes no sense on this thing; the text tells the operator why."""


def command(
    deed: Deed, thing: Thing, item: Item | None = None, manner: Manner = AS_EVER
) -> Command:
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
            case "like":
                return Like(thing.id, thing.version, on=_turned(manner, thing.liked))
            case "approve":
                raise NotHere("it is on the wall already")
            case _:
                raise NotHere("here: W takes it off the wall, P pins it, + likes it")
    if not isinstance(thing, Item):
        raise NotHere("nothing to decide on this")
    return _on_item(deed, thing, manner)


def _on_item(deed: Deed, item: Item, manner: Manner) -> Command:  # noqa: PLR0912 - one case a deed
    if reason := _forbidden(deed, item, manner):
        raise NotHere(reason)
    at = (item.id, item.version)
    match deed:
        case "approve":
            return Approve(*at)
        case "take-off":
            return TakeOff(*at)
        case "pin":
            return Pin(*at)
        case "like":
            return Like(*at, on=_turned(manner, False))
        case "reject":
            return Reject(*at)
        case "archive":
            return Archive(*at)
        case "reopen":
            return Reopen(*at)
        case "snooze":
            return Snooze(*at, minutes=SNOOZE_MINUTES)
        case "until":
            return Snooze(*at, until=manner.until, anchor=manner.anchor)
        case "claim":
            return ClaimItem(*at)
        case "take-over":
            return ClaimItem(*at, over=True)
        case "unclaim":
            return Unclaim(*at)
        case "question":
            return Question(*at, on=_turned(manner, item.question == "open"))
        case "mute":
            return MuteAuthor(*at)
        case "block":
            return BlockAuthor(*at)
        case "avoid":
            return AvoidAuthor(*at, on=_turned(manner, item.avoided))
        case "report":
            return ReportPost(*at, complaint=manner.complaint)
        case "newer":
            return MoveCard(*at, by=1)
        case "older":
            return MoveCard(*at, by=-1)
        case _:
            raise NotHere("that is for posts of the house")


def _turned(manner: Manner, is_so: bool) -> bool:
    return not is_so if manner.on is None else manner.on


def _forbidden(deed: Deed, item: Item, manner: Manner) -> str:
    """Why a deed makes no sense on a post as it is seen; "" where it does."""
    if item.state == "deleted" and deed not in ("report", *_OF_AUTHORS):
        return "its author has deleted it"
    off_wall = "only what is on the wall can be moved there"
    reasons: dict[Deed, tuple[bool, str]] = {
        "archive": (item.state == "archived", "it is archived already"),
        "reject": (item.state == "rejected", "it is rejected already"),
        "question": (manner.on is (item.question == "open"), "it is so already"),
        "avoid": (manner.on is item.avoided, "it is so already"),
        "mute": (item.muted, "its author is muted already"),
        "take-over": (item.claim is None, "nobody has claimed it: a claims it"),
        "newer": (not item.on_wall, off_wall),
        "older": (not item.on_wall, off_wall),
        "approve": (item.on_wall, "it is on the wall already; W takes it off"),
        "take-off": (not item.on_wall, "it is not on the wall"),
        "pin": (not item.on_wall, "only what is on the wall can be pinned; w puts it there"),
        "like": (not item.on_wall, "only what is on the wall can be liked; w puts it there"),
        "reopen": (item.state == "open", "it is open already"),
        "unclaim": (item.claim is None, "nobody has claimed it"),
    }
    applies, reason = reasons.get(deed, (False, ""))
    return reason if applies else ""


class Chosen(NamedTuple):
    """What a deed comes to on several posts: the commands, and why others are left alone."""

    commands: tuple[ItemCommand, ...]
    left: Counter[str]

    @property
    def order(self) -> Command:
        """The one command for all of them."""
        return self.commands[0] if len(self.commands) == 1 else Several(self.commands)

    @property
    def ids(self) -> tuple[str, ...]:
        """The posts that are decided on."""
        return tuple(command.item for command in self.commands)

    @property
    def apart(self) -> str:
        """How many are left alone and why, in words; "" for none."""
        if not self.left:
            return ""
        reasons = ", ".join(reason for reason, _ in self.left.most_common(2))
        return f"{self.left.total()} left alone: {reasons}"


def on_several(
    deed: Deed,
    things: Sequence[Thing],
    manner: Manner = AS_EVER,
    *,
    gone: int = 0,
    changed: int = 0,
) -> Chosen:
    """Make the commands for a deed on posts as they are seen, in their order.

    What is done to authors is done once for each. `gone` counts those that left the queue,
    `changed` those that say something else since they were marked.
    """
    if manner.on is None:
        manner = manner._replace(on=not all(_is_so(deed, thing) for thing in things))
    commands: list[ItemCommand] = []
    left = +Counter({"it has left this queue": gone, "changed since you marked it": changed})
    authors: set[tuple[str, str]] = set()
    for thing in things:
        try:
            made = command(deed, thing, manner=manner)
        except NotHere as error:
            left[str(error)] += 1
            continue
        if isinstance(thing, Item) and deed in _OF_AUTHORS:
            author = (thing.post.network, thing.post.author.id)
            if author in authors:
                continue
            authors.add(author)
        if isinstance(made, _ITEM_COMMANDS):
            commands.append(made)
    return Chosen(tuple(commands), left)


def said(thing: Thing) -> tuple[object, ...]:
    """What the author of a post says in it: a decision is made on that; () for other things."""
    match thing:
        case Item():
            return thing.post.text, thing.post.media, thing.post.warning
        case Card():
            return thing.text, thing.media, thing.warning
        case _:
            return ()


def _is_so(deed: Deed, thing: Thing) -> bool:
    """Whether what a deed turns on and off is on."""
    match thing:
        case Item() if deed == "question":
            return thing.question == "open"
        case Item():
            return thing.avoided
        case _:
            return False


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
            raise NotHere("here: r edits, T moves, S sends now, x drops or takes down, V settles")


_UNDROPPABLE: dict[OutgoingState, str] = {
    "queued": "it is about to go out: u takes it back first",
    "sending": "it is going out right now",
    "uncertain": "nobody knows whether it was posted: V settles that first",
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

    `on` is the id of the thing it is about, "" for none, `among` are those of several; `quiet` ones
    speak only when `then` does. `seen` are the posts as they were decided on, by their ids; None
    where a post was another one already when the order was made.
    """

    command: Command
    on: str = ""
    done: str = ""
    quiet: bool = False
    then: Callable[[Reply], None] | None = None
    ref: int = 0
    sent_at: float | None = None
    among: tuple[str, ...] = ()
    seen: dict[str, Thing | None] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """All that it is about."""
        return self.among or ((self.on,) if self.on else ())

    def is_outdated(self, thing: Thing) -> bool:
        """Whether a post says something else by now than what was decided on."""
        # Whose a post is has nothing to do with its words.
        if thing.id not in self.seen or isinstance(self.command, ClaimItem | Unclaim):
            return False
        before = self.seen[thing.id]
        return before is None or said(before) != said(thing)

    def told(self, reply: Reply) -> str:
        """What to say of it once it is done: what was left undone of it, too."""
        if not reply.reason:
            return self.done
        of_these = "of these " if isinstance(self.command, Several) else ""
        return f"{self.done}; {of_these}{reply.reason}"

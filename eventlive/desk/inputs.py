"""What can happen to the desk: a closed union, and the words for what comes of it.

Owns the shapes of inputs and outcomes; decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from eventlive.messages import Command, Reply
from eventlive.model import Change, Decision, Item, Judgement, Moment, Post, Role, Sent, Thing


class Arrived(Struct, frozen=True):
    """A post that was never seen before, with what listening made of it."""

    post: Post
    judgement: Judgement
    received_at: Moment


class Revised(Struct, frozen=True):
    """A post that its author changed, judged anew; new to us where it was never seen."""

    post: Post
    judgement: Judgement
    received_at: Moment


class Gone(Struct, frozen=True):
    """A post that its author or network took away."""

    key: str


class Recalled(Struct, frozen=True):
    """An item that had left the desk and is needed again, as the store has it."""

    item: Item


class Ordered(Struct, frozen=True):
    """A command, from a person or a cue; `ref` comes back in the reply.

    `role` is what they may do; a cue has been set up by those who lead.
    """

    who: str
    command: Command
    ref: int = 0
    role: Role = "lead"


class Failed(Struct, frozen=True):
    """Certain: the network does not have the post; `looked` where that was found by looking.

    What was looked for may have been under way: the same words keep their key.
    """

    reason: str
    looked: bool = False


class Unsure(Struct, frozen=True):
    """Nobody knows whether the network has the post; a person must look."""

    reason: str


class NeverLeft(Struct, frozen=True):
    """Certain: it is not there; when it leaves is the desk's again.

    `looked` where that was found by looking, after a try: the same words keep their key.
    """

    looked: bool = False


class Waits(Struct, frozen=True):
    """Certain: it is not there; a limit, or a network out of reach, keeps it until a time."""

    reason: str
    until: Moment
    looked: bool = False


class TakenDown(Struct, frozen=True):
    """The network no longer has the post."""


Outcome = Sent | Failed | Unsure | NeverLeft | Waits | TakenDown


class Settled(Struct, frozen=True):
    """What became of one attempt to send, or to take down.

    `ids` are the posts that are out: those of a thread that was broken off, too.
    """

    outgoing: str
    attempt: int
    outcome: Outcome
    ids: tuple[str, ...] = ()


Input = Arrived | Revised | Gone | Recalled | Ordered | Settled


@dataclass(slots=True)
class Turn:
    """What came of some inputs: what to store and announce, whom to answer, what to log.

    `replies` stand in the order of the Ordered inputs.
    """

    changes: list[Change]
    replies: list[Reply]
    decisions: list[Decision]


class Refused(Exception):
    """A command that may not be carried out; the reason goes back to who gave it."""

    def __init__(self, reason: str, present: Thing | None = None) -> None:
        self.reason = reason
        self.present = present
        super().__init__(reason)

"""The places of the console: its queues, what the last search found, and the programme.

Owns their order, their keys and their words. Pure.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from eventlive.messages import Queue, Sort

Place = Queue | Literal["found", "rundown"]
QUEUES: tuple[Queue, ...] = get_args(Queue)
ALWAYS: tuple[Queue, ...] = ("inbox", "questions", "outgoing", "wall")
"""Queues that are watched all the time; the others while they are on the screen."""


class Words(NamedTuple):
    """How a place is called: its key, its name, what it holds, and what it says when empty.

    `first` says what its own order begins with.
    """

    key: str
    title: str
    what: str
    empty: str
    first: str = ""


WORDS: dict[Place, Words] = {
    "inbox": Words(
        "1",
        "Inbox",
        "everything that waits",
        "nothing waits: posts appear here as they come",
        "best first",
    ),
    "questions": Words("2", "Questions", "open questions", "no open questions", "best first"),
    "outgoing": Words(
        "3",
        "Outgoing",
        "posts of the house, their state",
        "nothing has been said yet: p writes a post",
        "what needs somebody first",
    ),
    "wall": Words(
        "4",
        "Wall",
        "what is on the venue's screens",
        "the wall is empty: w puts a post of the inbox on it",
        "as the screens show them",
    ),
    "found": Words("5", "Found", "what the last search found", "nothing found", "newest first"),
    "rundown": Words(
        "6",
        "Rundown",
        "what runs, when, how late",
        "the script has no programme",
    ),
    "mentions": Words(
        "7",
        "Mentions",
        "posts that name or answer the house",
        "nobody speaks to the house now",
        "best first",
    ),
    "people": Words(
        "8",
        "People",
        "posts of those whom the script lists",
        "no listed person has a post open",
        "best first",
    ),
    "flagged": Words("9", "Flagged", "posts to look at twice", "nothing is flagged", "best first"),
    "snoozed": Words(
        "0", "Snoozed", "posts that come back later", "nothing is snoozed", "soonest back first"
    ),
    "overdue": Words(
        "Q",
        "Overdue",
        "questions that wait longer than they should",
        "no question waits too long",
        "longest wait first",
    ),
    "uncertain": Words(
        "U",
        "Unclear",
        "posts of the house that failed, or whose fate nobody knows",
        "the fate of every post is known",
        "newest first",
    ),
    "done": Words("d", "Done", "what was decided last", "nothing was decided yet", "latest first"),
}
PLACES: tuple[Place, ...] = tuple(WORDS)

SORTS: dict[Sort, str] = {
    "rank": "in its own order",
    "newest": "newest first",
    "oldest": "oldest first",
    "reach": "most followers first",
}
"""The orders of a queue in words, in the turn in which the key goes through them."""


def unsorted(place: Place) -> str:
    """Why a place has but one order; "" for one that can be sorted."""
    match place:
        case "found":
            return "what was found is the newest first"
        case "rundown":
            return "the rundown is in the order of the programme"
        case "wall":
            return "the wall is in the order in which it is shown: < and > move a post"
        case "outgoing" | "uncertain":
            return "posts of the house are in the order in which they need somebody"
        case _:
            return ""


def title(place: Place) -> str:
    """The name of a place."""
    return WORDS[place].title


def queue_of(place: Place) -> Queue | None:
    """The engine's queue of a place; None for one that is no queue."""
    for queue in QUEUES:
        if queue == place:
            return queue
    return None

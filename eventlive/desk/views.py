"""What an operator asks to see: a queue, filtered and sorted, as ids in their order.

Owns the meaning of queues and filters; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import assert_never

from eventlive.desk.state import State
from eventlive.messages import Watch
from eventlive.model import Item, Outgoing

_FAR = datetime.max.replace(tzinfo=UTC)


def view(state: State, watch: Watch) -> tuple[Sequence[Item | Outgoing], int]:
    """Give a queue's first `watch.count` things in order, and how many it has in all."""
    if watch.queue in ("inbox", "questions") and watch.sort == "rank" and not watch.filter:
        # The common case at flood: the order is kept already, only the window is built.
        ranked = state.open if watch.queue == "inbox" else state.questions
        return [state.items[key] for _, key in ranked[: -watch.count - 1 : -1]], len(ranked)
    things = list(_queue(state, watch))
    if watch.filter:
        things = [thing for thing in things if matches(state, thing, watch.filter)]
    if watch.sort == "newest":
        things.sort(key=_moment, reverse=True)
    return things[: watch.count], len(things)


def matches(state: State, thing: Item | Outgoing, text: str) -> bool:
    """Say whether a thing holds every word of a filter; a leading "!" turns the answer round."""
    inverse = text.startswith("!")
    words = text.removeprefix("!").casefold().split()
    if not words:
        return True
    there = state.words(thing)
    return all(word in there for word in words) is not inverse


def _queue(state: State, watch: Watch) -> Iterator[Item | Outgoing]:
    match watch.queue:
        case "inbox":
            yield from _ranked(state, state.open)
        case "questions":
            yield from _ranked(state, state.questions)
        case "flagged":
            yield from (item for item in _ranked(state, state.open) if item.flags)
        case "done":
            yield from (state.items[key] for key in reversed(state.done))
        case "wall":
            yield from (state.items[key] for key in reversed(state.cards))
        case "outgoing":
            # Within a part the newest come first, where they have no time of their own.
            newest = list(reversed(state.outgoing.values()))
            yield from sorted(newest, key=_place)
        case _:
            assert_never(watch.queue)


def _place(out: Outgoing) -> tuple[int, datetime]:
    """What needs a person, then what leaves next, then drafts, then what is over."""
    match out.state:
        case "uncertain" | "failed" | "held":
            return 0, _FAR
        case "queued" | "sending" | "deleting":
            return 1, out.due_at or _FAR
        case "draft":
            return 2, _FAR
        case "sent" | "dropped" | "deleted":
            return 3, _FAR
        case _:
            assert_never(out.state)


def _ranked(state: State, ranked: list[tuple[float, str]]) -> Iterable[Item]:
    return (state.items[key] for _, key in reversed(ranked))


def _moment(thing: Item | Outgoing) -> float:
    moment = thing.received_at if isinstance(thing, Item) else thing.created_at
    return moment.timestamp()

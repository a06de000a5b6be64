"""What an operator asks to see: a queue, filtered and sorted, as ids in their order.

Owns the meaning of queues and filters; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from eventlive.desk.state import State
from eventlive.messages import Watch
from eventlive.model import Item, Outgoing, Thing


def view(state: State, watch: Watch) -> tuple[list[Thing], int]:
    """Give a queue's first `watch.count` things in order, and how many it has in all."""
    if watch.queue in ("inbox", "questions") and watch.sort == "rank" and not watch.filter:
        # The common case at flood: the order is kept already, only the window is built.
        ranked = state.open if watch.queue == "inbox" else state.questions
        return [state.items[key] for _, key in ranked[: -watch.count - 1 : -1]], len(ranked)
    things = list(_queue(state, watch))
    if watch.filter:
        things = [thing for thing in things if matches(thing, watch.filter)]
    if watch.sort == "newest":
        things.sort(key=_moment, reverse=True)
    return things[: watch.count], len(things)


def matches(thing: Thing, text: str) -> bool:
    """Say whether a thing holds every word of a filter; a leading "!" turns the answer round."""
    inverse = text.startswith("!")
    words = text.removeprefix("!").casefold().split()
    if not words:
        return True
    hay = _hay(thing).casefold()
    return all(word in hay for word in words) is not inverse


def _queue(state: State, watch: Watch) -> Iterator[Thing]:
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
            yield from reversed(state.outgoing.values())
        case _:
            assert_never(watch.queue)


def _ranked(state: State, ranked: list[tuple[float, str]]) -> Iterable[Item]:
    return (state.items[key] for _, key in reversed(ranked))


def _moment(thing: Thing) -> float:
    if isinstance(thing, Item):
        return thing.received_at.timestamp()
    if isinstance(thing, Outgoing):
        return thing.created_at.timestamp()
    return 0.0


def _hay(thing: Thing) -> str:
    if isinstance(thing, Item):
        author = thing.post.author
        words = (thing.post.text, author.handle, author.name, thing.post.network, thing.language)
        return " ".join((*words, *thing.flags))
    if isinstance(thing, Outgoing):
        return f"{thing.text} {thing.account} {thing.who} {thing.state}"
    return ""

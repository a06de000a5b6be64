"""What an operator asks to see: a queue, filtered and sorted, and how many wait in each.

Owns the meaning and the order of queues; changes nothing. What a filter means is `filters`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import assert_never

from eventlive.desk import filters, wall
from eventlive.desk.state import State
from eventlive.messages import Queue, Waiting, Watch
from eventlive.model import Item, Outgoing

_FAR = datetime.max.replace(tzinfo=UTC)

_WITH_AN_ANSWER = ("queued", "sending", "sent", "uncertain", "deleting")
"""States of an answer in which the house has done its part, for now: nobody is to hurry."""


def view(
    state: State, watch: Watch, now: datetime | None = None
) -> tuple[Sequence[Item | Outgoing], int]:
    """Give a queue's first `watch.count` things in order, and how many it has in all.

    What is overdue at `now`; without it, as of the desk's last turn.
    """
    chosen = filters.read(watch.filter)
    if watch.queue in ("inbox", "questions") and watch.sort == "rank" and chosen.empty:
        # The common case at flood: the order is kept already, only the window is built.
        ranked = state.open if watch.queue == "inbox" else state.questions
        return [state.items[key] for _, key in ranked[: -watch.count - 1 : -1]], len(ranked)
    things = list(_queue(state, watch, now or state.looked_at or _FAR))
    if not chosen.empty:
        things = [thing for thing in things if chosen.fits(state, thing)]
    match watch.sort:
        case "rank":
            pass
        case "newest":
            things.sort(key=_moment, reverse=True)
        case "oldest":
            things.sort(key=_moment)
        case "reach":
            things.sort(key=_reach, reverse=True)
        case _:
            assert_never(watch.sort)
    return things[: watch.count], len(things)


def waiting(state: State, now: datetime) -> tuple[Waiting, ...]:
    """Say how many wait in each queue, and since when the one that waits longest.

    A post waits since it was received. Of what the house writes, `outgoing` counts all that is not
    over, and what waits there is what needs a person. Nothing waits on the wall or among what is
    done. It looks at the whole window: a millisecond at 5,000 open posts.
    """
    inbox = [state.items[key] for _, key in state.open]
    under_way = [out for out in state.outgoing.values() if _place(out)[0] != _OVER]
    needy = [out for out in under_way if _place(out)[0] == _NEEDS_A_PERSON]
    return (
        _posts("inbox", inbox),
        _posts("questions", [state.items[key] for _, key in state.questions]),
        Waiting("outgoing", len(under_way), _ours("outgoing", needy).oldest),
        Waiting("wall", len(state.cards)),
        _posts("mentions", [item for item in inbox if item.mentions_us]),
        _posts("people", [item for item in inbox if item.person]),
        _posts("flagged", [item for item in inbox if item.flags]),
        _posts("snoozed", [state.items[key] for key in state.snoozed]),
        _posts("overdue", list(_overdue(state, now))),
        _ours("uncertain", _uncertain(state)),
        Waiting("done", len(state.done)),
    )


def overdue(state: State, now: datetime) -> int:
    """Count the questions that wait longer than they may."""
    return sum(1 for _ in _overdue(state, now))


def _posts(queue: Queue, items: list[Item]) -> Waiting:
    return Waiting(queue, len(items), min([item.received_at for item in items], default=None))


def _ours(queue: Queue, outs: list[Outgoing]) -> Waiting:
    return Waiting(queue, len(outs), min(map(_begun, outs), default=None))


def _queue(state: State, watch: Watch, now: datetime) -> Iterator[Item | Outgoing]:
    match watch.queue:
        case "inbox":
            yield from _ranked(state, state.open)
        case "questions":
            yield from _ranked(state, state.questions)
        case "mentions":
            yield from (item for item in _ranked(state, state.open) if item.mentions_us)
        case "people":
            yield from (item for item in _ranked(state, state.open) if item.person)
        case "flagged":
            yield from (item for item in _ranked(state, state.open) if item.flags)
        case "overdue":
            yield from sorted(_overdue(state, now), key=_moment)
        case "snoozed":
            back = sorted((until, key) for key, until in state.snoozed.items())
            yield from (state.items[key] for _, key in back)
        case "done":
            yield from (state.items[key] for key in reversed(state.done))
        case "wall":
            yield from (state.items[key] for key in wall.placed(state.cards.values()))
        case "outgoing":
            # Within a part the newest come first, where they have no time of their own.
            newest = list(reversed(state.outgoing.values()))
            yield from sorted(newest, key=_place)
        case "uncertain":
            yield from sorted(_uncertain(state), key=_begun, reverse=True)
        case _:
            assert_never(watch.queue)


def _overdue(state: State, now: datetime) -> Iterator[Item]:
    """Find the questions that have waited too long, and for which nothing is on its way."""
    since = now - state.rules.answer_within
    for _, key in state.questions:
        item = state.items[key]
        if item.received_at > since or item.shown_answer:
            continue
        out = state.outgoing.get(item.answer)
        if not item.answer or (out is not None and out.state not in _WITH_AN_ANSWER):
            yield item


def _uncertain(state: State) -> list[Outgoing]:
    return [out for out in state.outgoing.values() if out.state in ("uncertain", "failed")]


_NEEDS_A_PERSON, _LEAVES, _DRAFT, _OVER = range(4)


def _place(out: Outgoing) -> tuple[int, float]:
    """What needs a person, then what leaves next, then drafts, then what is over, newest first."""
    match out.state:
        case "uncertain" | "failed" | "held":
            return _NEEDS_A_PERSON, 0.0
        case "queued" | "sending" | "deleting":
            return _LEAVES, (out.due_at or _FAR).timestamp()
        case "draft":
            return _DRAFT, 0.0
        case "sent" | "dropped" | "deleted":
            return _OVER, -(out.sent_at or out.created_at).timestamp()
        case _:
            assert_never(out.state)


def _begun(out: Outgoing) -> datetime:
    """Say since when a post of the house would have left, or else has been there."""
    return out.due_at or out.at or out.created_at


def _ranked(state: State, ranked: list[tuple[float, str]]) -> Iterable[Item]:
    return (state.items[key] for _, key in reversed(ranked))


def _moment(thing: Item | Outgoing) -> datetime:
    return thing.received_at if isinstance(thing, Item) else thing.created_at


def _reach(thing: Item | Outgoing) -> int:
    return thing.post.author.followers if isinstance(thing, Item) else 0

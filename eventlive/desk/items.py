"""What happens to posts: arrival, edits, deletes, and the decisions of triage.

Owns an item's states and their transitions. Functions on the desk's state.

    open ──archive, shown──> archived ──reopen──> open
    open ──reject──────────> rejected ──reopen──> open
    open ──snooze──────────> snoozed  ──due, reopen──> open
    any  ──its author──────> deleted     (final)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from eventlive.desk import authors, outgoing, settling, wall
from eventlive.desk.inputs import Arrived, Refused, Revised
from eventlive.desk.state import AWAKE, State
from eventlive.model import Item, Note, Outgoing

RANK_SPAN = timedelta(minutes=5)
"""One point of rank outweighs this much age: a fresh plain post passes an old good one at last."""

NOTES_MAX = 20

_Versioned = TypeVar("_Versioned", Item, Outgoing)


def arrive(state: State, arrived: Arrived, now: datetime) -> Item | None:
    """Take in a new post; give it where it went on the wall by itself, else None."""
    post, judged = arrived.post, arrived.judgement
    author = f"{post.network}:{post.author.id}"
    muted, avoided = judged.muted or author in state.mutes, author in state.avoids
    # The first ones go without their names: with more than fifteen, Python makes a dict of all.
    item = Item(
        post.key,
        1,
        post,
        arrived.received_at,
        judged.points + arrived.received_at.timestamp() / RANK_SPAN.total_seconds(),
        state="archived" if muted or judged.ours else "open",
        question="open" if judged.question and not muted else "",
        language=judged.language,
        flags=judged.flags,
        reasons=judged.reasons,
        person=judged.person,
        stopped=judged.stopped,
        muted=muted,
        fact=judged.fact,
        support=judged.support,
        mentions_us=judged.mentions_us,
        avoided=avoided,
    )
    if item.id in state.items:
        return None
    state.arrived += 1
    if muted or judged.ours:
        state.put(item)
        if judged.ours:
            settling.join(state, post, now)
        return None
    state.admit(item)
    # A screen engages with whom it shows: of those whom the house avoids, a person decides.
    if avoided:
        return None
    if wall.goes_up_by_itself(state, judged, now) and not wall.barred(item):
        return wall.show(state, item)
    return None


def revise(state: State, revised: Revised, now: datetime) -> str:
    """Take in an edit; say what it did to the wall, "" for nothing.

    A changed text has not been seen by anybody: where a person decides what is shown, the card
    comes off and the post comes back to the inbox.
    """
    post, judged = revised.post, revised.judgement
    item = state.items.get(post.key)
    if item is None:
        arrive(state, Arrived(post, judged, revised.received_at), now)
        return ""
    if item.state == "deleted" or item.post == post:
        return ""
    reworded = item.post.text != post.text or item.post.media != post.media
    newer = state.change(
        item,
        post=post,
        language=judged.language,
        flags=judged.flags,
        stopped=judged.stopped,
        fact=judged.fact,
        support=judged.support,
        mentions_us=judged.mentions_us,
    )
    unpaired = reworded and outgoing.unasked(state, newer)
    if not item.on_wall:
        if reworded and item.shown_answer:
            # What was crowded out may be shown again, and by then with other words.
            wall.without_answer(state, newer)
        return "its answer stays off the wall" if unpaired else ""
    free = state.rules.mode == "auto" or (state.rules.mode == "trusted" and judged.trusted)
    # An answer of the house must not stand under words that it was not given to.
    unseen = reworded and (judged.stopped or bool(item.shown_answer) or not free)
    if not unseen:
        wall.redraw(state, newer)
        return "redrawn"
    off = wall.take_off(state, newer)
    flags = ("edited after it was shown", *judged.flags)
    state.change(off, state="open", flags=flags, **AWAKE)
    return "taken off"


def vanish(state: State, key: str) -> bool:
    """Take in that a post was deleted by its author; say whether it was known and not gone yet."""
    item = state.items.get(key)
    if item is None or item.state == "deleted":
        return False
    if item.on_wall:
        item = wall.take_off(state, item)
    item = state.change(item, state="deleted", claim=None, **AWAKE)
    authors.keep_back(state, item, "the question was deleted by its author")
    return True


def seen(known: _Versioned | None, version: int, what: str) -> _Versioned:
    """Give the thing a command is for, if it is still what the operator saw."""
    if known is None:
        raise Refused(f"there is no such {what} on the desk")
    if known.version != version:
        raise Refused(f"the {what} has changed since you saw it", known)
    return known


def archive(state: State, item: Item) -> None:
    """Done with it."""
    _alive(item)
    if item.state == "archived":
        raise Refused("it is archived already", item)
    if item.state == "rejected":
        raise Refused("it was rejected; reopen it first", item)
    state.change(item, state="archived", claim=None, **AWAKE)


def reject(state: State, item: Item) -> None:
    """Never show it."""
    _alive(item)
    if item.state == "rejected":
        raise Refused("it is rejected already", item)
    if item.on_wall:
        item = wall.take_off(state, item)
    state.change(item, state="rejected", claim=None, **AWAKE)


def reopen(state: State, item: Item) -> None:
    """Bring it back to the inbox."""
    _alive(item)
    if item.state == "open":
        raise Refused("it is in the inbox already", item)
    state.change(item, state="open", **AWAKE)


def mark_question(state: State, item: Item, on: bool) -> None:
    """Mark it as a question, or as none; a marked one is open for an answer."""
    _alive(item)
    if on == (item.question == "open"):
        raise Refused("it is marked so already", item)
    if on and item.state in ("archived", "snoozed"):
        state.change(item, question="open", state="open", **AWAKE)
    else:
        state.change(item, question="open" if on else "")


def add_note(state: State, item: Item, who: str, text: str, now: datetime) -> None:
    """Leave a word for the colleagues."""
    if len(item.notes) >= NOTES_MAX:
        raise Refused(f"a post carries {NOTES_MAX} notes at most", item)
    state.change(item, notes=(*item.notes, Note(who, now, text)))


def best_waiting(state: State) -> Item | None:
    """Give the best post of the inbox that no rule stops."""
    for _, key in reversed(state.open):
        item = state.items[key]
        unfit = item.stopped or item.avoided or item.on_wall or item.flags or item.claim
        if not unfit and not wall.barred(item):
            return item
    return None


def _alive(item: Item) -> None:
    if item.state == "deleted":
        raise Refused("its author deleted it", item)

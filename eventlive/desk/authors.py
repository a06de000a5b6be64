"""Authors whom the house does not want: muted, blocked, avoided; and what is kept of them.

Owns what becomes of an author's posts by that, those to come included. Whether an item is to be
`avoided` follows from the list of those who are, so that taking one back depends on no post.
Functions on the desk's state.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from eventlive.desk import wall
from eventlive.desk.inputs import Refused
from eventlive.desk.state import AWAKE, State
from eventlive.messages import ReportPost
from eventlive.model import Avoid, Evidence, Item, Mute

DO_NOT_ENGAGE = "do-not-engage"
"""What an answer's writer sets aside to answer somebody whom the house avoids."""


def author_of(item: Item) -> str:
    """Give the id of a post's author across networks."""
    return f"{item.post.network}:{item.post.author.id}"


# --- muted and blocked ----------------------------------------------------------------------------


def mute(state: State, item: Item, who: str, now: datetime, *, blocked: bool = False) -> None:
    """Mute an author: off the wall, out of the inbox, and so is what comes later.

    One who is muted already can still be blocked.
    """
    author, key = item.post.author, author_of(item)
    known = state.mutes.get(key)
    if known is not None and (known.blocked or not blocked):
        how = "blocked" if known.blocked else "muted"
        raise Refused(f"@{author.handle} is {how} already", item)
    if known is not None:
        state.change(known, blocked=True, who=who, at=now)
        return
    state.put(Mute(key, 1, author.handle, who, now, blocked=blocked))
    for other in _posts_of(state, key):
        if other.state == "deleted":
            continue
        shown = wall.take_off(state, other) if other.on_wall else other
        settled = shown.state if shown.state == "rejected" else "archived"
        state.change(shown, state=settled, muted=True, claim=None, **AWAKE)


def unmute(state: State, key: str, version: int) -> Mute:
    """Let an author in again; what they wrote meanwhile stays where it is."""
    known = state.mutes.get(key)
    if known is None:
        raise Refused("nobody of that name is muted")
    if known.version != version:
        raise Refused("the mute has changed since you saw it", known)
    state.drop(known)
    for other in _posts_of(state, key):
        if other.muted:
            state.change(other, muted=False)
    return known


# --- avoided --------------------------------------------------------------------------------------


def avoid(state: State, item: Item, on: bool, who: str, now: datetime) -> None:
    """Put an author among those with whom the house does not engage, or take them out again."""
    handle, key = item.post.author.handle, author_of(item)
    known = state.avoids.get(key)
    if on and known is not None:
        raise Refused(f"the house does not engage with @{handle} already", item)
    if on:
        state.put(Avoid(key, 1, handle, who, now))
    elif known is not None:
        state.drop(known)
    else:
        raise Refused(f"@{handle} is like everybody else already", item)
    mark_avoided(state, key)


def mark_avoided(state: State, key: str) -> None:
    """Bring what an author wrote into line with whether they are avoided; no step for undo."""
    taken = state.steps_taken
    for other in _posts_of(state, key):
        state.update(other, avoided=key in state.avoids)
    state.forget_steps(taken)


def is_avoided(state: State, item: Item) -> bool:
    """Say whether the house engages with a post's author no more."""
    return author_of(item) in state.avoids


def in_line(state: State, item: Item) -> Item:
    """Give a post from the store as it is by what was decided of its author without it.

    Its version stays: it is what an operator saw who found it.
    """
    muted = item.muted or author_of(item) in state.mutes
    hidden = muted and not item.muted and item.state in ("open", "snoozed")
    line = replace(item, muted=muted, avoided=is_avoided(state, item))
    return replace(line, state="archived", claim=None, **AWAKE) if hidden else line


def refuse_avoided(state: State, item: Item, over: tuple[str, ...]) -> None:
    """Refuse to answer somebody whom the house avoids, unless that is said twice."""
    if is_avoided(state, item) and DO_NOT_ENGAGE not in over:
        handle = item.post.author.handle
        raise Refused(f"the house does not engage with @{handle}: say so twice", item)


# --- reported -------------------------------------------------------------------------------------


def report(state: State, item: Item, command: ReportPost, who: str, now: datetime) -> None:
    """Keep a post as it stands, and never show it; one that its author took away, too."""
    state.put(
        Evidence(
            id=f"{item.id}#{state.seq + 1}",
            version=1,
            item=item.id,
            post=item.post,
            who=who,
            at=now,
            complaint=command.complaint,
            words=command.words,
            seen_at=item.received_at,
        )
    )
    if item.on_wall:
        item = wall.take_off(state, item)
    left = item.state if item.state == "deleted" else "rejected"
    state.change(item, state=left, reported=who, claim=None, **AWAKE)


def _posts_of(state: State, key: str) -> list[Item]:
    network, _, author = key.partition(":")
    return [
        item
        for item in state.items.values()
        if item.post.author.id == author and item.post.network == network
    ]

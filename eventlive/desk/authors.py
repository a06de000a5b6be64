"""Authors whom the house does not want: muted, blocked, avoided; and what is kept of them.

Owns what becomes of an author's posts by that, those to come included, and of the answers to them
that have not left. Whether an item is to be `avoided` follows from the list of those who are, so
that taking one back depends on no post. Functions on the desk's state.
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
    for other in posts_of(state, key):
        shown = wall.take_off(state, other) if other.on_wall else other
        left = shown.state if shown.state in ("rejected", "deleted") else "archived"
        state.change(shown, state=left, muted=True, claim=None, **AWAKE)
        keep_back(state, shown, f"@{author.handle} was {'blocked' if blocked else 'muted'}")


def unmute(state: State, key: str, version: int) -> Mute:
    """Let an author in again; what they wrote meanwhile stays where it is."""
    known = state.mutes.get(key)
    if known is None:
        raise Refused("nobody of that name is muted")
    if known.version != version:
        raise Refused("the mute has changed since you saw it", known)
    state.drop(known)
    for other in posts_of(state, key):
        if other.muted and not _muted_by_the_script(other):
            state.change(other, muted=False)
    return known


def _muted_by_the_script(item: Item) -> bool:
    """Tell the script's mute from a person's: it alone stops a post without a word on why."""
    return item.muted and item.stopped and not item.flags and not item.reasons


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
    bring_in_line(state, key)
    for other in posts_of(state, key) if on else ():
        keep_back(state, other, f"the house does not engage with @{handle}")


def bring_in_line(state: State, key: str) -> None:
    """Bring what an author wrote into line with what was decided of them; no step for undo."""
    taken = state.steps_taken
    for other in posts_of(state, key):
        line = in_line(state, other)
        if line == other:
            continue
        if line.muted and other.on_wall:
            other = wall.take_off(state, other)
            line = in_line(state, other)
        state.put(replace(line, version=other.version + 1))
    state.forget_steps(taken)


def is_avoided(state: State, item: Item) -> bool:
    """Say whether the house engages with a post's author no more."""
    return author_of(item) in state.avoids


def in_line(state: State, item: Item) -> Item:
    """Give a post from the store as it is by what was decided of its author without it.

    Its version stays: it is what an operator saw who found it.
    """
    muted = author_of(item) in state.mutes or _muted_by_the_script(item)
    hidden = muted and not item.muted and item.state in ("open", "snoozed")
    line = replace(item, muted=muted, avoided=is_avoided(state, item))
    return replace(line, state="archived", claim=None, **AWAKE) if hidden else line


# --- answers to them ------------------------------------------------------------------------------


def unwanted(state: State, item: Item, over: tuple[str, ...]) -> str:
    """Say why a post is not answered, unless that is said twice; "" where it may be."""
    handle = item.post.author.handle
    if item.state == "deleted":
        # Nobody can say this twice: there is nothing left to answer.
        return "its author deleted it"
    if DO_NOT_ENGAGE in over:
        return ""
    if is_avoided(state, item):
        return f"the house does not engage with @{handle}: say so twice"
    if item.muted:
        known = state.mutes.get(author_of(item))
        return f"@{handle} is {'blocked' if known and known.blocked else 'muted'}: say so twice"
    if item.reported and item.state == "rejected":
        return f"{item.reported} has reported it: say so twice"
    return ""


def refuse_unwanted(state: State, item: Item | None, over: tuple[str, ...]) -> None:
    """Refuse to answer whom the house does not want, or what is gone."""
    if item is not None and (why := unwanted(state, item, over)):
        raise Refused(why, item)


def keep_back(state: State, item: Item, reason: str) -> None:
    """Make the answer that waits to leave a draft again; no step for undo.

    What was taken back in a hurry leaves only when somebody says so.
    """
    out = state.outgoing.get(item.answer)
    if out is not None and out.state == "queued":
        taken = state.steps_taken
        state.change(out, state="draft", due_at=None, not_before=None, reason=reason)
        state.forget_steps(taken)


# --- reported -------------------------------------------------------------------------------------


def report(state: State, item: Item, command: ReportPost, who: str, now: datetime) -> None:
    """Keep a post as it stands, and never show it; one that its author took away, too."""
    if item.reported == who and item.state in ("rejected", "deleted"):
        raise Refused("you have reported it", item)
    state.put(
        Evidence(
            # One command may report a post, reopen it and report it again.
            id=f"{item.id}#{state.seq + 1}.{item.version}",
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
    keep_back(state, item, f"{who} has reported the question")


def posts_of(state: State, key: str) -> list[Item]:
    """List the posts of an author that are on the desk.

    All authors are gone through once a command: several may name hundreds of them.
    """
    if not state.authored:
        for item in state.items.values():
            state.authored.setdefault(author_of(item), []).append(item.id)
    return [state.items[one] for one in state.authored.get(key, ())]

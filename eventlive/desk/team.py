"""How operators work beside each other: claims, mutes, undo and redo.

Owns who may act on what and what can be taken back. Functions on the desk's state.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from eventlive.desk import wall
from eventlive.desk.inputs import Refused
from eventlive.desk.state import UNDO_DEPTH, State, kind_of
from eventlive.model import Card, Claim, Decision, Item, Mute, Step, Thing


def claim(state: State, item: Item, who: str, now: datetime) -> None:
    """Lease an item to an operator, or renew their lease.

    A renewal changes nothing but the time in memory, so that it makes no one's view stale.
    """
    if item.claim is not None and item.claim.who == who:
        state.leases[item.id] = now + state.rules.claim
        return
    not_others(item, who)
    if item.state == "deleted":
        raise Refused("its author deleted it", item)
    state.change(item, claim=Claim(who, now))
    state.leases[item.id] = now + state.rules.claim


def unclaim(state: State, item: Item, who: str) -> None:
    """Let a lease go."""
    if item.claim is None:
        raise Refused("nobody claims it", item)
    not_others(item, who)
    state.change(item, claim=None)


def expire(state: State, now: datetime) -> None:
    """End the leases that were not renewed."""
    for key in [key for key, until in state.leases.items() if until <= now]:
        state.change(state.items[key], claim=None)


def not_others(item: Item, who: str) -> None:
    """Refuse where a colleague deals with it."""
    if item.claim is not None and item.claim.who != who:
        raise Refused(f"{item.claim.who} deals with it", item)


def mute(state: State, item: Item, who: str, now: datetime) -> None:
    """Mute an author: off the wall, out of the inbox, and so is what comes later."""
    author = item.post.author
    key = f"{item.post.network}:{author.id}"
    if key in state.mutes:
        raise Refused(f"@{author.handle} is muted already", item)
    state.put(Mute(id=key, version=1, handle=author.handle, who=who, at=now))
    for other in list(state.items.values()):
        same = other.post.network == item.post.network and other.post.author.id == author.id
        if not same or other.state == "deleted":
            continue
        shown = wall.take_off(state, other) if other.on_wall else other
        settled = shown.state if shown.state == "rejected" else "archived"
        state.change(shown, state=settled, muted=True, snoozed_until=None, claim=None)


def unmute(state: State, key: str, version: int) -> None:
    """Let an author in again; what they wrote meanwhile stays where it is."""
    known = state.mutes.get(key)
    if known is None:
        raise Refused("nobody of that name is muted")
    if known.version != version:
        raise Refused("the mute has changed since you saw it", known)
    state.drop(known)
    for other in list(state.items.values()):
        if other.muted and f"{other.post.network}:{other.post.author.id}" == key:
            state.change(other, muted=False)


def remember(state: State, decision: Decision) -> None:
    """Keep a decision for undo; a new one ends what could be done again."""
    kept = state.undo.setdefault(decision.who, [])
    kept.append(decision)
    del kept[:-UNDO_DEPTH]
    state.redo.pop(decision.who, None)


def undo(state: State, who: str) -> Decision:
    """Take an operator's last decision back: every thing is again what it was."""
    kept = state.undo.get(who)
    if not kept:
        raise Refused("there is nothing to undo")
    decision = kept[-1]
    _restore(state, [(step.after, step.before) for step in decision.steps])
    kept.pop()
    state.redo.setdefault(who, []).append(decision)
    return decision


def redo(state: State, who: str) -> Decision:
    """Do again what an operator last took back."""
    kept = state.redo.get(who)
    if not kept:
        raise Refused("there is nothing to redo")
    decision = kept[-1]
    _restore(state, [(step.before, step.after) for step in decision.steps])
    kept.pop()
    state.undo.setdefault(who, []).append(decision)
    return decision


def _restore(state: State, pairs: list[tuple[Thing | None, Thing | None]]) -> None:
    """Bring things back to `target` where they still are `expected`, all or none."""
    for expected, target in pairs:
        named = expected if expected is not None else target
        assert named is not None
        present = _present(state, named)
        if not _same(present, expected):
            raise Refused(f"it cannot be taken back: {_name(named)} has changed since", present)
    for expected, target in pairs:
        if target is None:
            assert isinstance(expected, Card | Mute)
            present = _present(state, expected)
            assert isinstance(present, Card | Mute)
            state.drop(present)
        else:
            present = _present(state, target)
            newest = max(target.version, present.version if present else 0)
            state.put(replace(target, version=newest + 1))


def _present(state: State, thing: Thing) -> Thing | None:
    return state.find(kind_of(thing), thing.id)


def _same(present: Thing | None, expected: Thing | None) -> bool:
    """Compare all but the version: undo and redo themselves make new versions of the same."""
    if present is None or expected is None:
        return present is expected
    return replace(present, version=0) == replace(expected, version=0)


def _name(thing: Thing) -> str:
    return f"the post of @{thing.post.author.handle}" if isinstance(thing, Item) else thing.id


__all__ = ["Step", "claim", "expire", "mute", "not_others", "redo", "remember", "undo", "unmute"]

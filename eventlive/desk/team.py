"""How operators work beside each other: claims, shifts, what only a lead does, undo and redo.

Owns who may act on what and what can be taken back. Functions on the desk's state.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from eventlive.desk import authors
from eventlive.desk.inputs import Refused
from eventlive.desk.state import UNDO_DEPTH, State, kind_of
from eventlive.messages import BlockAuthor, ClaimItem, Command, Redo, Reload, Undo, Unmute
from eventlive.model import (
    Avoid,
    Card,
    Claim,
    Decision,
    Item,
    Mute,
    Reminder,
    Role,
    Step,
    Thing,
)

HAND_OVER = "hand-over-"
"""How the ids of reminders begin that are an operator's, and not the script's."""


def claim(state: State, item: Item, who: str, now: datetime, *, over: bool = False) -> str:
    """Lease an item to an operator, or renew their lease; give whose it was, where it is `over`.

    A renewal changes nothing but the time in memory, so that it makes no one's view stale.
    """
    if item.claim is not None and item.claim.who == who:
        state.leases[item.id] = now + state.rules.claim
        return ""
    if not over:
        not_others(item, who)
    if item.state == "deleted":
        raise Refused("its author deleted it", item)
    state.change(item, claim=Claim(who, now))
    state.leases[item.id] = now + state.rules.claim
    return item.claim.who if item.claim is not None else ""


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


def hand_over(state: State, who: str, text: str, now: datetime) -> str:
    """End an operator's shift: let their claims go, and remind the others; give the reminder's id.

    The reminder is due until somebody has seen to it.
    """
    for key in list(state.leases):
        item = state.items[key]
        if item.claim is not None and item.claim.who == who:
            state.change(item, claim=None)
    reminder = Reminder(
        id=f"{HAND_OVER}{state.seq + 1}",
        version=1,
        text=f"{who} hands over: {text}",
        state="due",
        due_at=now,
    )
    state.put(reminder)
    return reminder.id


def refuse_unless_allowed(state: State, command: Command, who: str, role: Role) -> None:
    """Refuse what only a lead does, and what takes back or does again what only a lead did."""
    if role == "lead":
        return
    match command:
        case BlockAuthor():
            raise Refused("only a lead blocks an author")
        case Unmute(author):
            known = state.mutes.get(author)
            if known is not None and known.blocked:
                raise Refused("only a lead lets a blocked author in again", known)
        case ClaimItem(over=True):
            raise Refused("only a lead takes over from somebody else")
        case Reload():
            raise Refused("only a lead takes in the script")
        case Undo() | Redo():
            kept = (state.undo if isinstance(command, Undo) else state.redo).get(who)
            if kept and any(_blocks(step) for step in kept[-1].steps):
                raise Refused("only a lead decides who is blocked")
        case _:
            pass


def _blocks(step: Step) -> bool:
    return any(isinstance(one, Mute) and one.blocked for one in (step.before, step.after))


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
            assert isinstance(expected, Card | Mute | Avoid)
            present = _present(state, expected)
            assert isinstance(present, Card | Mute | Avoid)
            state.drop(present)
        else:
            present = _present(state, target)
            newest = max(target.version, present.version if present else 0)
            again = replace(target, version=newest + 1)
            if isinstance(again, Item):
                again = replace(again, avoided=authors.is_avoided(state, again))
            state.put(again)
    for expected, target in pairs:
        for one in (expected, target):
            if isinstance(one, Avoid):
                authors.mark_avoided(state, one.id)


def _present(state: State, thing: Thing) -> Thing | None:
    return state.find(kind_of(thing), thing.id)


def _same(present: Thing | None, expected: Thing | None) -> bool:
    """Compare all that was decided of a thing itself."""
    if present is None or expected is None:
        return present is expected
    return _decided(present) == _decided(expected)


def _decided(thing: Thing) -> Thing:
    """Leave out what changes by itself: undo and redo themselves make new versions of the same,
    the programme moves what waits for it, and who is avoided is decided of the author."""
    if not isinstance(thing, Item):
        return replace(thing, version=0)
    until = None if thing.snoozed_to is not None else thing.snoozed_until
    return replace(thing, version=0, avoided=False, snoozed_until=until)


def _name(thing: Thing) -> str:
    return f"the post of @{thing.post.author.handle}" if isinstance(thing, Item) else thing.id

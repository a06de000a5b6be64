"""How operators work beside each other: claims, shifts, what only a lead does, undo and redo.

Owns who may act on what and what can be taken back. Functions on the desk's state.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from eventlive.desk import authors, screens, wall
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
    Screen,
    Step,
    Thing,
)

HAND_OVER = "hand-over-"
"""How the ids of reminders begin that are an operator's, and not the script's."""


HAND_OVERS = 20
"""Hand-overs that wait to be seen to; a further one takes the place of the oldest."""


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

    The reminder is due until somebody has seen to it, or that operator hands over again.
    """
    for key in list(state.leases):
        item = state.items[key]
        if item.claim is not None and item.claim.who == who:
            state.change(item, claim=None)
    begins = f"{who} hands over: "
    earlier = [one for one in state.reminders.values() if one.id.startswith(HAND_OVER)]
    theirs = [one for one in earlier if one.state != "done" and not one.text.startswith(begins)]
    theirs.sort(key=lambda one: one.due_at or now, reverse=True)
    for one in earlier:
        if one not in theirs[: HAND_OVERS - 1]:
            state.drop(one)
    reminder = Reminder(
        id=f"{HAND_OVER}{state.seq + 1}",
        version=1,
        text=f"{begins}{text}",
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
    """Take an operator's last decision back: every thing is again what it was.

    One that cannot be taken back any more is given up: the next undo reaches the one before it.
    """
    kept = state.undo.get(who)
    if not kept:
        raise Refused("there is nothing to undo")
    decision = kept.pop()
    _restore(state, [(step.after, step.before) for step in decision.steps])
    state.redo.setdefault(who, []).append(decision)
    return decision


def redo(state: State, who: str) -> Decision:
    """Do again what an operator last took back; what cannot be done again is given up."""
    kept = state.redo.get(who)
    if not kept:
        raise Refused("there is nothing to redo")
    decision = kept.pop()
    _restore(state, [(step.before, step.after) for step in decision.steps])
    state.undo.setdefault(who, []).append(decision)
    return decision


def down_to(kept: list[Decision], seq: int) -> list[Decision]:
    """Take a decision, where it is there, out of those that are kept, and what lies above it.

    That was given up when it could not be taken back.
    """
    while kept:
        last = kept.pop()
        if last.seq == seq:
            return [last]
    return []


def at_stake(state: State, who: str, command: Undo | Redo) -> tuple[str, ...]:
    """Name the posts that an undo or redo would bring back, on the desk or not."""
    kept = (state.undo if isinstance(command, Undo) else state.redo).get(who)
    things = [step.after or step.before for step in kept[-1].steps] if kept else []
    return tuple(thing.id for thing in things if isinstance(thing, Item))


def _restore(state: State, pairs: list[tuple[Thing | None, Thing | None]]) -> None:
    """Bring things back to `target` where they still are `expected`, all or none."""
    for expected, target in pairs:
        named = expected if expected is not None else target
        assert named is not None
        present = _present(state, named)
        if not _same(present, expected):
            raise Refused(f"it cannot be taken back: {_name(named)} has changed since", present)
        if isinstance(target, Item) and _being_deleted(state, target):
            raise Refused("it cannot be taken back: the house deletes that answer", present)
    screens.refuse_crowd(state, [one.id for _, one in pairs if isinstance(one, Screen)])
    for expected, target in pairs:
        if target is None:
            assert isinstance(expected, Card | Screen | Mute | Avoid)
            present = _present(state, expected)
            assert isinstance(present, Card | Screen | Mute | Avoid)
            state.drop(present)
        else:
            present = _present(state, target)
            newest = max(target.version, present.version if present else 0)
            again = replace(target, version=newest + 1)
            if isinstance(again, Item):
                assert isinstance(present, Item)
                avoided = authors.is_avoided(state, again)
                again = replace(again, avoided=avoided, claim=present.claim)
            state.put(again)
    for expected, target in pairs:
        for one in (expected, target):
            if isinstance(one, Avoid | Mute):
                authors.bring_in_line(state, one.id)
    wall.make_room(state, {target.id for _, target in pairs if isinstance(target, Card)})


def _being_deleted(state: State, item: Item) -> bool:
    """Say whether a post would show an answer that the house takes back."""
    out = state.outgoing.get(item.answer)
    shown = item.on_wall and out is not None and out.pair and out.text == item.shown_answer
    return shown and out is not None and out.state in ("deleting", "deleted")


def _present(state: State, thing: Thing) -> Thing | None:
    return state.find(kind_of(thing), thing.id)


def _same(present: Thing | None, expected: Thing | None) -> bool:
    """Compare all that was decided of a thing itself."""
    if present is None or expected is None:
        return present is expected
    return _decided(present) == _decided(expected)


def _decided(thing: Thing) -> Thing:
    """Leave out what changes by itself: undo and redo themselves make new versions of the same,
    the programme moves what waits for it, claims lapse, and who is avoided is decided of the
    author."""
    if not isinstance(thing, Item):
        return replace(thing, version=0)
    until = None if thing.snoozed_to is not None else thing.snoozed_until
    return replace(thing, version=0, avoided=False, claim=None, snoozed_until=until)


def _name(thing: Thing) -> str:
    return f"the post of @{thing.post.author.handle}" if isinstance(thing, Item) else thing.id

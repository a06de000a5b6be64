"""Posts of the house: written, reviewed, planned, queued, taken back, due.

Owns an outgoing post's states up to its leaving; never sends anything. Functions on the desk's
state.

    draft ──send──> queued ──due──> sending ──> sent      (back to queued where it never left,
      ^               │ take back      │                   or where a limit keeps it)
      └───────────────┘                ├──────> failed ──send──> queued
                                      └──────> uncertain ──settle──> sent, failed
    queued ──too late, hold, no second person──> held ──send, move, approve──> queued
    draft, queued, held, failed ──discard──> dropped
    sent, or a thread broken off ──delete──> deleting ──> deleted
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from eventlive.desk import authors, planned, team, wall
from eventlive.desk.inputs import Refused
from eventlive.desk.settling import EDITED, free, still_said, unpair
from eventlive.desk.state import State, is_planned, speaks_of
from eventlive.desk.voicing import refuse_foreign_voice
from eventlive.listening.replying import by_hand, obstacle
from eventlive.listening.variables import Missing
from eventlive.messages import Move, Rewrite, Write
from eventlive.model import Item, Outgoing

SECOND_PERSON = "waits for a second person's approval"

_OUT_OR_OVER = ("sent", "dropped", "deleting", "deleted")


# --- writing ------------------------------------------------------------------------------------


def write(state: State, command: Write, item: Item | None, who: str, now: datetime) -> Outgoing:
    """Write a post, or the one answer to an item; `send` queues it at once."""
    if command.account not in state.rules.accounts:
        known = ", ".join(state.rules.accounts) or "none"
        raise Refused(f"there is no account {command.account!r}; accounts: {known}")
    if not command.text.strip():
        raise Refused("there is nothing in it")
    timed = command.at is not None or command.anchor is not None
    if timed and item is not None:
        raise Refused("an answer leaves at once: it has no time of its own")
    if item is not None:
        team.not_others(item, who)
        _unanswered(state, item)
        authors.refuse_unwanted(state, item, command.over)
        _possible(state, command, item)
    if command.pair and (why := wall.not_as_pair(item, command.text)):
        wanted = why if item else "only an answer goes up with its question"
        raise Refused(f"it cannot go on the wall: {wanted}", item)
    refuse_foreign_voice(state, command.account, command.text, command.over, item)
    reply = item is not None and not command.plain
    house = state.rules.house.get(command.account)
    out = Outgoing(
        id=f"out-{state.seq + 1}",
        version=1,
        account=command.account,
        text=command.text,
        who=who,
        created_at=now,
        answers=item.id if item else "",
        reply_to=item.post.id if item and reply else "",
        reply_url=item.post.url if item and reply else "",
        needs_approval=house is not None and house.approves,
        over=command.over,
        pair=command.pair,
    )
    if timed:
        due = planned.when(state, command.at, command.anchor, now)
        at = command.at if command.anchor is None else None
        out = replace(out, state="queued", at=at, anchor=command.anchor, due_at=due)
    elif command.send and out.needs_approval:
        out = replace(out, state="held", reason=SECOND_PERSON)
    elif command.send:
        out = replace(out, state="queued", due_at=now + state.rules.take_back)
    state.put(out)
    if item is not None:
        state.change(item, answer=out.id)
    return out


def rewrite(state: State, out: Outgoing, command: Rewrite, who: str) -> None:
    """Change the words of what has not been sent; one with a time of its own keeps it."""
    stays = out.state == "queued" and is_planned(out)
    if out.state not in ("draft", "held", "failed") and not stays:
        raise Refused(f"it is {out.state}; take it back first", out)
    if not command.text.strip():
        raise Refused("there is nothing in it", out)
    if out.sent_ids:
        raise Refused("a part of it is out: send the rest, or delete it and write it anew", out)
    item = state.items.get(out.answers)
    refuse_foreign_voice(state, out.account, command.text, command.over, item)
    words = {
        "text": command.text,
        "template": "",
        "hand": who,
        "approved_by": "",
        "over": command.over,
    }
    if stays:
        state.change(out, **words)
    else:
        state.change(out, state="draft", due_at=None, reason="", **words)


# --- what becomes of it -------------------------------------------------------------------------


def send(state: State, out: Outgoing, now: datetime) -> None:
    """Queue it; it leaves after the seconds for taking back, whatever time it had."""
    planned_for_later = out.state == "queued" and is_planned(out)
    if out.state not in ("draft", "held", "failed") and not planned_for_later:
        raise Refused(f"it is {out.state} already", out)
    # It may be so only since it was written; who writes it anew can say so twice.
    authors.refuse_unwanted(state, state.items.get(out.answers), out.over)
    free_of_time = {"at": None, "anchor": None, "segment": speaks_of(out), "not_before": None}
    if out.needs_approval and not out.approved_by:
        state.change(out, state="held", due_at=None, reason=SECOND_PERSON, **free_of_time)
        return
    due = now + state.rules.take_back
    state.change(out, state="queued", due_at=due, reason=still_said(out), **free_of_time)


def move(state: State, out: Outgoing, command: Move, now: datetime) -> None:
    """Let it leave at another time."""
    if out.state not in ("draft", "queued", "held", "failed"):
        raise Refused(f"it is {out.state}", out)
    if out.answers:
        raise Refused("an answer leaves at once: it has no time of its own", out)
    if out.sent_ids:
        raise Refused("a part of it is out: send the rest, or delete it", out)
    due = planned.when(state, command.at, command.anchor, now)
    state.change(
        out,
        state="queued",
        due_at=due,
        at=command.at if command.anchor is None else None,
        anchor=command.anchor,
        segment=speaks_of(out),
        not_before=None,
        reason="",
    )


def hold(state: State, out: Outgoing, reason: str, who: str) -> None:
    """Keep a queued one until somebody decides; what comes again comes the next time."""
    if out.state != "queued":
        raise Refused(f"it is {out.state}", out)
    why = f"held by {who}" + (f": {reason}" if reason.strip() else "")
    state.change(out, state="held", due_at=None, not_before=None, reason=why)


def approve(state: State, out: Outgoing, who: str, now: datetime) -> None:
    """Take a second person's word that it may leave as it stands."""
    if not out.needs_approval:
        raise Refused("it needs nobody's approval", out)
    if out.approved_by:
        raise Refused(f"{out.approved_by} has approved it", out)
    if out.state not in ("draft", "queued", "held"):
        raise Refused(f"it is {out.state}", out)
    if who == (out.hand or out.who):
        raise Refused("nobody approves their own words: a second person must", out)
    authors.refuse_unwanted(state, state.items.get(out.answers), out.over)
    approved = state.change(out, approved_by=who)
    if out.state != "held" or not out.reason.startswith(SECOND_PERSON):
        return
    if not is_planned(approved):
        due = now + state.rules.take_back
        state.change(approved, state="queued", due_at=due, reason=still_said(out))
        return
    planned_for = planned.moment(state, out.anchor) if out.anchor else out.at
    late = planned.too_late(state, approved, planned_for or now, now)
    if late:
        state.change(approved, reason=late)
    else:
        state.change(approved, state="queued", due_at=planned_for, reason="")


def take_back(state: State, out: Outgoing) -> None:
    """Make a queued one a draft again."""
    if out.state != "queued":
        raise Refused(f"too late: it is {out.state}", out)
    state.change(out, state="draft", due_at=None, not_before=None, reason="")


def discard(state: State, out: Outgoing, *, series: bool) -> None:
    """Drop what was not sent; the question it answered is free again.

    Undo brings a queued one back as held: its time may be over by then.
    """
    if out.state not in ("draft", "queued", "held", "failed"):
        raise Refused(f"it is {out.state}", out)
    if out.sent_ids:
        raise Refused("a part of it is out: delete it instead", out)
    if series and not out.series:
        raise Refused("it comes only once", out)
    if out.state == "queued":
        out = state.change(out, state="held", due_at=None, not_before=None, reason="was dropped")
        state.take_steps()
    state.change(out, state="dropped", due_at=None, ends_series=series)
    free(state, out)


def delete(state: State, out: Outgoing) -> None:
    """Take a post down that is out; it is gone once the network says so."""
    if out.state not in ("sent", "failed", "held", "draft"):
        raise Refused(f"it is {out.state}", out)
    if not out.sent_ids:
        raise Refused("its id on the network is not known: delete it there by hand", out)
    if out.account not in state.rules.accounts:
        raise Refused(f"there is no account {out.account!r} any more", out)
    state.change(out, state="deleting", due_at=None, reason="")
    unpair(state, out)


def unasked(state: State, item: Item) -> bool:
    """Keep an answer that is not out off the wall: what it answers there now says something else.

    Say whether there was one.
    """
    out = state.outgoing.get(item.answer)
    if out is None or not out.pair or out.state in _OUT_OR_OVER:
        return False
    reason = f"{out.reason}; {EDITED}" if out.reason else EDITED
    state.change(out, pair=False, reason=reason)
    return True


# --- leaving ------------------------------------------------------------------------------------


def due(state: State, now: datetime) -> list[Outgoing]:
    """Start what is due, oldest first, one at a time an account; hold what comes too late.

    Nothing starts while everything is held.
    """
    if state.scene.held or not state.sends:
        return []
    for account, begun in state.begun.items():
        # A clock that was set back must not keep an account silent.
        state.begun[account] = min(begun, now)
    busy, limits = state.engaged()
    started = []
    queued = [(when, state.outgoing[out_id]) for out_id, when in state.queued.items()]
    # Of two for the same moment the one that was written first leaves first.
    for when, out in sorted(queued, key=lambda one: (one[0], one[1].created_at, _natural(one[1]))):
        if when > now:
            break
        leaves = planned.leaves_at(state, out, when, now)
        if leaves is None:
            continue
        if reason := _hindrance(state, out, when, now):
            planned.hold_or_drop(state, out, reason)
            continue
        free = out.account not in busy and max(leaves, limits.get(out.account, leaves)) <= now
        if free and (under_way := _begin(state, out, now)) is not None:
            busy.add(out.account)
            started.append(under_way)
    return started


def leaving(state: State) -> Iterator[datetime]:
    """Give the times at which queued posts may leave."""
    if state.scene.held or not state.sends:
        return
    busy, limits = state.engaged()
    for out_id, when in state.queued.items():
        out = state.outgoing[out_id]
        leaves = planned.leaves_at(state, out, when, state.looked_at or when)
        if leaves is not None and out.account not in busy:
            yield max(leaves, limits.get(out.account, leaves))


def _hindrance(state: State, out: Outgoing, when: datetime, now: datetime) -> str:
    if out.account not in state.rules.accounts:
        return f"there is no account {out.account!r} any more"
    if late := planned.too_late(state, out, when, now):
        return late
    item = state.items.get(out.answers)
    if item is not None and (why := authors.unwanted(state, item, out.over)):
        return why
    return SECOND_PERSON if out.needs_approval and not out.approved_by else ""


def _begin(state: State, out: Outgoing, now: datetime) -> Outgoing | None:
    text = out.text
    if not out.template:
        try:
            text = planned.filled(state, out, now)
        except Missing as missing:
            planned.hold_or_drop(state, out, str(missing))
            return None
    if is_planned(out):
        state.begun[out.account] = now
    return state.change(
        out,
        state="sending",
        attempt=out.attempt + 1,
        not_before=None,
        reason=still_said(out),
        text=text,
        template=out.template or (out.text if text != out.text else ""),
    )


def _natural(out: Outgoing) -> tuple[int, str]:
    return len(out.id), out.id


def _possible(state: State, command: Write, item: Item) -> None:
    """Refuse a reply that the network would refuse, and say what else there is."""
    account = state.rules.house.get(command.account)
    if account is None or command.plain:
        return
    why = obstacle(item.post, account.network, account.handle)
    if why:
        raise Refused(
            f"{why}; write a post of its own that names the question, show the answer on the wall,"
            f" or answer by hand: {by_hand(item.post)}",
            item,
        )


def refuse_second(state: State, item: Item, who: str) -> None:
    """Refuse to show an answer on the wall while a colleague's is on its way to the network."""
    out = state.outgoing.get(item.answer)
    if out is not None and out.who != who and out.state not in _OUT_OR_OVER:
        raise Refused(f"{out.who} is about to answer it", item)


def _unanswered(state: State, item: Item) -> None:
    other = state.outgoing.get(item.answer)
    if item.answer and (other is None or other.state not in ("dropped", "deleted")):
        who = other.who if other else "somebody"
        raise Refused(f"{who} has answered it, or is about to", item)

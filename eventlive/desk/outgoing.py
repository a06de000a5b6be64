"""Posts of the house: written, reviewed, queued, taken back, due, settled.

Owns an outgoing post's states; never sends anything. Functions on the desk's state.

    draft ──send──> queued ──due──> sending ──> sent      (back to queued where it never left)
      ^               │ take back      ├──────> failed ──send──> queued
      └───────────────┘                └──────> uncertain ──settle──> sent, failed
    queued ──too late──> held ──send──> queued
    draft, held, failed ──discard──> dropped
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from eventlive.desk import team
from eventlive.desk.inputs import Failed, NeverLeft, Refused, Settled, Unsure
from eventlive.desk.state import State
from eventlive.messages import Write
from eventlive.model import Item, Outgoing, Sent


def write(state: State, command: Write, item: Item | None, who: str, now: datetime) -> Outgoing:
    """Write a post, or the one answer to an item; `send` queues it at once."""
    if command.account not in state.rules.accounts:
        known = ", ".join(state.rules.accounts) or "none"
        raise Refused(f"there is no account {command.account!r}; accounts: {known}")
    if not command.text.strip():
        raise Refused("there is nothing in it")
    if item is not None:
        team.not_others(item, who)
        _unanswered(state, item)
    out = Outgoing(
        id=f"out-{state.seq + 1}",
        version=1,
        account=command.account,
        text=command.text,
        who=who,
        created_at=now,
        state="queued" if command.send else "draft",
        answers=item.id if item else "",
        due_at=now + state.rules.take_back if command.send else None,
    )
    state.put(out)
    if item is not None:
        state.change(item, answer=out.id)
    return out


def rewrite(state: State, out: Outgoing, text: str) -> None:
    """Change the words of what has not been sent."""
    if out.state not in ("draft", "held", "failed"):
        raise Refused(f"it is {out.state}; take it back first", out)
    if not text.strip():
        raise Refused("there is nothing in it", out)
    state.change(out, text=text, state="draft", due_at=None, reason="")


def send(state: State, out: Outgoing, now: datetime) -> None:
    """Queue it; it leaves after the seconds for taking back."""
    if out.state not in ("draft", "held", "failed"):
        raise Refused(f"it is {out.state} already", out)
    state.change(out, state="queued", due_at=now + state.rules.take_back, reason="")


def take_back(state: State, out: Outgoing) -> None:
    """Make a queued one a draft again."""
    if out.state != "queued":
        raise Refused(f"too late: it is {out.state}", out)
    state.change(out, state="draft", due_at=None)


def discard(state: State, out: Outgoing) -> None:
    """Drop what was not sent; the question it answered is free again.

    A queued one must be taken back first: undo would queue it again with its time long past.
    """
    if out.state not in ("draft", "held", "failed"):
        raise Refused(f"it is {out.state}", out)
    state.change(out, state="dropped", due_at=None)
    _free(state, out)


def settle_by_hand(state: State, out: Outgoing, posted: bool, url: str, now: datetime) -> None:
    """Take a person's word for an uncertain one."""
    if out.state != "uncertain":
        raise Refused(f"it is {out.state}, not uncertain", out)
    if posted:
        sent = state.change(out, state="sent", sent_url=url, sent_at=now, reason="")
        _answered(state, sent)
    else:
        state.change(out, state="failed", reason="a person looked: it was not posted")


def due(state: State, now: datetime) -> list[Outgoing]:
    """Start what is due, oldest first, one at a time an account; hold what comes too late.

    Nothing starts while everything is held.
    """
    if state.scene.held or not state.sends:
        return []
    busy = {out.account for out in state.outgoing.values() if out.state == "sending"}
    started = []
    for out_id, when in sorted(state.queued.items(), key=lambda entry: (entry[1], entry[0])):
        if when > now:
            break
        out = state.outgoing[out_id]
        late = now - when
        if out.account not in state.rules.accounts:
            reason = f"there is no account {out.account!r} any more"
            state.change(out, state="held", due_at=None, reason=reason)
        elif late > state.rules.stale:
            minutes = round(late.total_seconds() / 60)
            state.change(out, state="held", due_at=None, reason=f"{minutes} min late")
        elif out.account not in busy:
            busy.add(out.account)
            started.append(state.change(out, state="sending", attempt=out.attempt + 1))
    return started


def settle(state: State, settled: Settled) -> bool:
    """Take in what became of an attempt; say whether it was the present one."""
    out = state.outgoing.get(settled.outgoing)
    if out is None or out.state != "sending" or out.attempt != settled.attempt:
        return False
    match settled.outcome:
        case Sent() as outcome:
            sent = state.change(
                out,
                state="sent",
                sent_id=outcome.id,
                sent_url=outcome.url,
                sent_at=outcome.at,
                reason="",
            )
            _answered(state, sent)
        case Failed(reason):
            state.change(out, state="failed", reason=reason)
        case Unsure(reason):
            state.change(out, state="uncertain", reason=reason)
        case NeverLeft():
            # Due as before: a hold or a long outage in between counts for it as for any other.
            state.change(out, state="queued")
        case _:
            assert_never(settled.outcome)
    return True


def _unanswered(state: State, item: Item) -> None:
    other = state.outgoing.get(item.answer)
    if item.answer and (other is None or other.state != "dropped"):
        who = other.who if other else "somebody"
        raise Refused(f"{who} has answered it, or is about to", item)


def _answered(state: State, out: Outgoing) -> None:
    item = state.items.get(out.answers)
    if item is None or item.state == "deleted":
        return
    question = "answered" if item.question else ""
    state.change(item, question=question, state="archived", claim=None, snoozed_until=None)


def _free(state: State, out: Outgoing) -> None:
    item = state.items.get(out.answers)
    if item is not None and item.answer == out.id:
        state.change(item, answer="")

"""Posts of the house: written, reviewed, queued, taken back, due, settled.

Owns an outgoing post's states; never sends anything. Functions on the desk's state.

    draft ──send──> queued ──due──> sending ──> sent      (back to queued where it never left,
      ^               │ take back      │                   or where a limit keeps it)
      └───────────────┘                ├──────> failed ──send──> queued
                                      └──────> uncertain ──settle──> sent, failed
    queued ──too late──> held ──send──> queued
    draft, held, failed ──discard──> dropped
    sent, or a thread broken off ──delete──> deleting ──> deleted
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import assert_never

from eventlive.desk import team
from eventlive.desk.inputs import Failed, NeverLeft, Refused, Settled, TakenDown, Unsure, Waits
from eventlive.desk.state import OURS, State
from eventlive.listening.replying import by_hand, obstacle
from eventlive.messages import Write
from eventlive.model import Item, Outgoing, Post, Sent

_LEADING_HANDLES = re.compile(r"^(?:@\S+ )+")

CLOCKS = timedelta(minutes=2)
"""How far a network's clock may be from ours."""


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
        _possible(state, command, item)
    reply = item is not None and not command.plain
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
        reply_to=item.post.id if item and reply else "",
        reply_url=item.post.url if item and reply else "",
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
    if out.sent_ids:
        raise Refused("a part of it is out: send the rest, or delete it and write it anew", out)
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
    state.change(out, state="draft", due_at=None, not_before=None, reason="")


def discard(state: State, out: Outgoing) -> None:
    """Drop what was not sent; the question it answered is free again.

    A queued one must be taken back first: undo would queue it again with its time long past.
    """
    if out.state not in ("draft", "held", "failed"):
        raise Refused(f"it is {out.state}", out)
    if out.sent_ids:
        raise Refused("a part of it is out: delete it instead", out)
    state.change(out, state="dropped", due_at=None)
    _free(state, out)


def delete(state: State, out: Outgoing) -> None:
    """Take a post down that is out; it is gone once the network says so."""
    if out.state not in ("sent", "failed", "held", "draft"):
        raise Refused(f"it is {out.state}", out)
    if not out.sent_ids:
        raise Refused("its id on the network is not known: delete it there by hand", out)
    if out.account not in state.rules.accounts:
        raise Refused(f"there is no account {out.account!r} any more", out)
    state.change(out, state="deleting", due_at=None, reason="")


def question_gone(state: State, item: Item) -> None:
    """Take back the answer that waits to leave: its author took the question away."""
    out = state.outgoing.get(item.answer)
    if out is not None and out.state == "queued":
        reason = "the question was deleted by its author"
        state.change(out, state="draft", due_at=None, not_before=None, reason=reason)


def settle_by_hand(state: State, out: Outgoing, posted: bool, url: str, now: datetime) -> None:
    """Take a person's word for an uncertain one."""
    if out.state != "uncertain":
        raise Refused(f"it is {out.state}, not uncertain", out)
    if posted and out.sent_ids:
        raise Refused(
            f"it is a thread, and {len(out.sent_ids)} of its parts are known to be out: finish it"
            " there by hand, or say that it was not posted and delete what is out",
            out,
        )
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
    busy, limits = state.engaged()
    started = []
    queued = [(when, state.outgoing[out_id]) for out_id, when in state.queued.items()]
    # Of two for the same moment the one that was written first leaves first.
    for when, out in sorted(queued, key=lambda one: (one[0], one[1].created_at, _natural(one[1]))):
        if when > now:
            break
        late = now - when
        if out.account not in state.rules.accounts:
            reason = f"there is no account {out.account!r} any more"
            state.change(out, state="held", due_at=None, not_before=None, reason=reason)
        elif late > state.rules.stale:
            reason = f"{round(late.total_seconds() / 60)} min late"
            state.change(out, state="held", due_at=None, not_before=None, reason=reason)
        elif out.account not in busy and limits.get(out.account, now) <= now:
            busy.add(out.account)
            started.append(
                state.change(
                    out, state="sending", attempt=out.attempt + 1, not_before=None, reason=""
                )
            )
    return started


def _natural(out: Outgoing) -> tuple[int, str]:
    return len(out.id), out.id


def settle(state: State, settled: Settled) -> bool:
    """Take in what became of an attempt; say whether it was the present one."""
    out = state.outgoing.get(settled.outgoing)
    if out is None or out.attempt != settled.attempt:
        return False
    if out.state == "deleting":
        _settle_deletion(state, out, settled)
        return True
    if out.state != "sending":
        return False
    ids = settled.ids
    match settled.outcome:
        case Sent() as outcome:
            _sent(state, out, outcome.id, outcome.url, outcome.at, ids or (outcome.id,))
        case Failed(reason):
            state.change(out, state="failed", reason=_with_parts(reason, ids), sent_ids=ids)
        case Unsure(reason):
            newer = state.change(
                out, state="uncertain", reason=_with_parts(reason, ids), sent_ids=ids
            )
            for post, _ in state.ours.values():
                if _owner(state, post) is None and _is(state, newer, post):
                    _sent(state, newer, post.id, post.url, post.created_at, (post.id,))
                    break
        case NeverLeft():
            # Due as before: a hold or a long outage in between counts for it as for any other.
            state.change(out, state="queued", sent_ids=ids)
        case Waits(reason, until):
            state.change(
                out,
                state="queued",
                not_before=until,
                reason=_with_parts(reason, ids),
                sent_ids=ids,
            )
        case TakenDown():
            pass
        case _:
            assert_never(settled.outcome)
    return True


def join(state: State, post: Post, now: datetime) -> None:
    """Join a post of the house that a feed shows with its entry; what was uncertain is settled."""
    state.ours[post.key] = (post, now)
    if len(state.ours) > OURS:
        del state.ours[next(iter(state.ours))]
    owner = _owner(state, post)
    if owner is not None:
        # What is under way takes it up once it is settled.
        if owner.seen_at is None and owner.state not in ("sending", "deleting"):
            state.change(owner, seen_at=now)
        return
    for out in state.outgoing.values():
        if out.state == "uncertain" and _is(state, out, post):
            _sent(state, out, post.id, post.url, post.created_at, (post.id,))
            return


def _sent(
    state: State, out: Outgoing, post_id: str, url: str, at: datetime, ids: tuple[str, ...]
) -> None:
    seen = [at for post, at in state.ours.values() if post.id == post_id]
    sent = state.change(
        out,
        state="sent",
        sent_id=post_id,
        sent_url=url,
        sent_at=at,
        sent_ids=ids,
        seen_at=seen[0] if seen else out.seen_at,
        not_before=None,
        reason="",
    )
    _answered(state, sent)


def _settle_deletion(state: State, out: Outgoing, settled: Settled) -> None:
    match settled.outcome:
        case TakenDown():
            state.change(out, state="deleted", reason="")
            _free(state, out)
        case Failed(reason) | Unsure(reason) | Waits(reason):
            # A thread that was broken off is so still.
            state.change(
                out,
                state="sent" if out.sent_at else "failed",
                reason=f"it could not be deleted: {reason}",
            )
        case Sent() | NeverLeft():
            pass
        case _:
            assert_never(settled.outcome)


def _with_parts(reason: str, ids: tuple[str, ...]) -> str:
    return f"{len(ids)} of its parts went out; then: {reason}" if ids else reason


def _owner(state: State, post: Post) -> Outgoing | None:
    """Give the entry that a post of the house is known to be."""
    return next((out for out in state.outgoing.values() if post.id in out.sent_ids), None)


def _is(state: State, out: Outgoing, post: Post) -> bool:
    """Say whether a post seen in a feed is this one: same account and words, answering the same,
    not before it."""
    account = state.rules.house.get(out.account)
    if account is None or account.network != post.network or out.sent_ids or out.due_at is None:
        return False
    if _key(post.author.handle) != _key(account.handle) or post.created_at < out.due_at - CLOCKS:
        return False
    if (post.in_reply_to if post.kind == "reply" else "") != out.reply_to:
        return False
    # What is sent may begin with whom it answers and end with a signature.
    said, words = _LEADING_HANDLES.sub("", _plain(post.text)), _plain(out.text)
    return said in (words, f"{words} {_plain(account.signature)}".strip())


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _key(handle: str) -> str:
    return handle.removeprefix("@").lower()


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


def _unanswered(state: State, item: Item) -> None:
    other = state.outgoing.get(item.answer)
    if item.answer and (other is None or other.state not in ("dropped", "deleted")):
        who = other.who if other else "somebody"
        raise Refused(f"{who} has answered it, or is about to", item)


def _answered(state: State, out: Outgoing) -> None:
    item = state.items.get(out.answers)
    if item is None or item.state == "deleted":
        return
    question = "answered" if item.question else ""
    if item.state in ("open", "snoozed"):
        state.change(item, question=question, state="archived", claim=None, snoozed_until=None)
    else:
        # What was decided about it otherwise (rejected, archived) stands.
        state.change(item, question=question)


def _free(state: State, out: Outgoing) -> None:
    item = state.items.get(out.answers)
    if item is None or item.answer != out.id:
        return
    if item.question != "answered" or item.shown_answer:
        state.change(item, answer="")
    elif item.state == "archived" and not item.muted:
        state.change(item, answer="", question="open", state="open")
    else:
        state.change(item, answer="", question="open")

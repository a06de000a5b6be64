"""What became of posts of the house: the outcome of an attempt, and what feeds show of them.

Owns the way from sending to sent, failed, uncertain or deleted, and what that means for the
question that was answered. Functions on the desk's state.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import assert_never

from eventlive.desk import wall
from eventlive.desk.inputs import Failed, NeverLeft, Refused, Settled, TakenDown, Unsure, Waits
from eventlive.desk.state import AWAKE, OURS, State
from eventlive.model import Outgoing, Post, Sent

_LEADING_HANDLES = re.compile(r"^(?:@\S+ )+")

EDITED = "not on the wall: the question was edited"
"""What is said of an answer that was to go up with its question, and has another one by now."""

CLOCKS = timedelta(minutes=2)
"""How far a network's clock may be from ours."""


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
        case NeverLeft(looked):
            # Due as before: a hold or a long outage in between counts for it as for any other.
            words = {} if looked else _as_written(out, ids)
            state.change(out, state="queued", sent_ids=ids, **words)
        case Waits(reason, until, looked):
            state.change(
                out,
                state="queued",
                not_before=until,
                reason=_with_parts(reason, ids),
                sent_ids=ids,
                **({} if looked else _as_written(out, ids)),
            )
        case TakenDown():
            pass
        case _:
            assert_never(settled.outcome)
    return True


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
        sent = state.change(out, state="sent", sent_url=url, sent_at=now, reason=still_said(out))
        answered(state, sent)
    else:
        state.change(out, state="failed", reason="a person looked: it was not posted")


def _as_written(out: Outgoing, ids: tuple[str, ...]) -> dict[str, str]:
    """Give back the variables of a post that is certainly not there: times may be others by then.

    What may be under way keeps its words, and with them its key.
    """
    return {"text": out.template, "template": ""} if out.template and not ids else {}


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
        reason=still_said(out),
    )
    answered(state, sent)


def still_said(out: Outgoing) -> str:
    """Give what is to be said of a post whatever becomes of it; "" for nothing."""
    return EDITED if out.reason.endswith(EDITED) else ""


def _settle_deletion(state: State, out: Outgoing, settled: Settled) -> None:
    match settled.outcome:
        case TakenDown():
            state.change(out, state="deleted", reason="")
            free(state, out)
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


def answered(state: State, out: Outgoing) -> None:
    """Note that the question which a post answers has its answer; show both where that is asked."""
    item = state.items.get(out.answers)
    if out.pair:
        if why := wall.not_as_pair(item, out.text):
            state.change(out, reason=f"it is out, but not on the wall with its question: {why}")
        elif item is not None:
            wall.answer(state, item, out.text)
            return
    if item is None or item.state == "deleted":
        return
    question = "answered" if item.question else ""
    if item.state in ("open", "snoozed"):
        state.change(item, question=question, state="archived", claim=None, **AWAKE)
    else:
        # What was decided about it otherwise (rejected, archived) stands.
        state.change(item, question=question)


def unpair(state: State, out: Outgoing) -> None:
    """Take down from the wall what a post said there, too, because it is taken back."""
    item = state.items.get(out.answers)
    if not out.pair or item is None or item.shown_answer != out.text:
        return
    if item.on_wall:
        wall.take_off(state, item)
    else:
        state.change(item, shown_answer="")


def free(state: State, out: Outgoing) -> None:
    """Let the question that a post was to answer be answered by another."""
    item = state.items.get(out.answers)
    if item is None or item.answer != out.id:
        return
    if item.question != "answered" or item.shown_answer:
        state.change(item, answer="")
    elif item.state == "archived" and not item.muted:
        state.change(item, answer="", question="open", state="open")
    else:
        state.change(item, answer="", question="open")

"""What an event came to, as files: posts, decisions, outgoing, evidence; JSON Lines and CSV.

Owns the files' shapes. Reads the store beside a running engine and changes nothing.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from eventlive.anchors import anchor_text
from eventlive.errors import StoreError
from eventlive.model import Decision, Deleted, Evidence, Item, Outgoing, Post
from eventlive.store import Store

_encoder = msgspec.json.Encoder()

Row = dict[str, object]

FORMULA = frozenset("=+-@＝＋－＠")
POSTS = (
    *("network", "id", "created_at", "received_at", "handle", "name", "followers", "kind"),
    *("language", "text", "url", "state", "on_wall", "question", "flags", "answer"),
    *("fact", "support"),
)
DECISIONS = ("seq", "at", "who", "action", "on", "detail")
OUTGOING = (
    *("id", "state", "account", "who", "text", "answers", "created_at"),
    *("sent_at", "sent_id", "sent_url", "reason"),
    *("due_at", "tied_to", "template", "hand", "approved_by", "promo", "over"),
)
EVIDENCE = (
    *("id", "network", "handle", "name", "author", "text", "url", "created_at", "seen_at"),
    *("complaint", "words", "who", "at"),
)
"""A reported post keeps its words whatever its author does to it: that is what this is for."""


async def export(store: Store, folder: Path) -> dict[str, int]:
    """Write the eight files; give how many rows of each kind. Raises StoreError for the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a command of its own
        return {
            "posts": await _write(
                folder / "posts", POSTS, store.each_item(), _post_row, _item_line
            ),
            "decisions": await _write(
                folder / "decisions",
                DECISIONS,
                store.each_decision(),
                _decision_row,
                _decision_line,
            ),
            "outgoing": await _write(
                folder / "outgoing",
                OUTGOING,
                store.each_outgoing(),
                _outgoing_row,
                msgspec.to_builtins,
            ),
            "evidence": await _write(
                folder / "evidence",
                EVIDENCE,
                store.each_evidence(),
                _evidence_row,
                msgspec.to_builtins,
            ),
        }
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error


async def _write(
    path: Path,
    columns: Sequence[str],
    things: AsyncIterator[Any],
    row: Callable[[Any], Row],
    line: Callable[[Any], object],
) -> int:
    count = 0
    with (
        path.with_suffix(".jsonl").open("wb") as lines,
        # The mark makes spreadsheets read it as UTF-8.
        path.with_suffix(".csv").open("w", encoding="utf-8-sig", newline="") as table,
    ):
        writer = csv.DictWriter(table, columns)
        writer.writeheader()
        async for thing in things:
            lines.write(_encoder.encode(line(thing)) + b"\n")
            writer.writerow({key: _harmless(value) for key, value in row(thing).items()})
            count += 1
    return count


def _harmless(value: object) -> object:
    """Keep a spreadsheet from running a stranger's text as a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and (value[:1] in "\t\r\n" or value.lstrip()[:1] in FORMULA):
        return f"'{value}" if value else value
    return value


def _item_line(item: Item) -> Post | dict[str, Deleted]:
    """Give the line that a replay plays; a deleted post's words are not handed on."""
    if item.state == "deleted":
        return {"delete": Deleted(item.post.network, item.post.id)}
    return item.post


def _decision_line(decision: Decision) -> Decision:
    return replace(decision, steps=())


def _post_row(item: Item) -> Row:
    post, author = item.post, item.post.author
    return {
        "network": post.network,
        "id": post.id,
        "created_at": post.created_at.isoformat(),
        "received_at": item.received_at.isoformat(),
        "handle": author.handle,
        "name": author.name,
        "followers": author.followers,
        "kind": post.kind,
        "language": item.language,
        "text": "" if item.state == "deleted" else post.text,
        "url": post.url,
        "state": item.state,
        "on_wall": item.on_wall,
        "question": item.question,
        "flags": "; ".join(item.flags),
        "answer": item.answer,
        "fact": item.fact,
        "support": item.support,
    }


def _decision_row(decision: Decision) -> Row:
    return {
        "seq": decision.seq,
        "at": decision.at.isoformat(),
        "who": decision.who,
        "action": decision.action,
        "on": decision.on,
        "detail": decision.detail,
    }


def _outgoing_row(out: Outgoing) -> Row:
    return {
        "id": out.id,
        "state": out.state,
        "account": out.account,
        "who": out.who,
        "text": out.text,
        "answers": out.answers,
        "created_at": out.created_at.isoformat(),
        "sent_at": out.sent_at.isoformat() if out.sent_at else "",
        "sent_id": out.sent_id,
        "sent_url": out.sent_url,
        "reason": out.reason,
        "due_at": out.due_at.isoformat() if out.due_at else "",
        "tied_to": anchor_text(out.anchor) if out.anchor else "",
        "template": out.template,
        "hand": out.hand,
        "approved_by": out.approved_by,
        "promo": out.promo,
        "over": "; ".join(out.over),
    }


def _evidence_row(evidence: Evidence) -> Row:
    post, author = evidence.post, evidence.post.author
    return {
        "id": evidence.id,
        "network": post.network,
        "handle": author.handle,
        "name": author.name,
        "author": author.id,
        "text": post.text,
        "url": post.url,
        "created_at": post.created_at.isoformat(),
        "seen_at": evidence.seen_at.isoformat() if evidence.seen_at else "",
        "complaint": evidence.complaint,
        "words": evidence.words,
        "who": evidence.who,
        "at": evidence.at.isoformat(),
    }

"""Saved answers of X: one body or one line of its stream, and the posts in it.

Owns what of an archive is a post: lines of the filtered stream, pages of search and timelines,
single posts, and statuses of version 1.1, alone, in lists and in its search pages. Posts under
`includes` are what others refer to; they, and those within a user, are not handed over.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from eventlive.model import FeedEvent
from feeds.x.bodies import BODY_MAX, read_body
from feeds.x.objects import FAULTS
from feeds.x.posts_v1 import read_status
from feeds.x.texts import Unreadable, short

__all__ = ["Unreadable", "events"]


class _Outline(Struct):
    """As much of an object as tells what it is."""

    id_str: Raw = Raw(b"")
    text: Raw = Raw(b"")
    full_text: Raw = Raw(b"")
    user: Raw = Raw(b"")
    statuses: list[Raw] | None = None


_list = msgspec.json.Decoder(list[Raw])
_outline = msgspec.json.Decoder(_Outline)


def events(line: bytes) -> tuple[FeedEvent, ...]:
    """Read one saved body: the posts in it, () where it holds none (a user, an error, a blank).

    A version of an edited post is an Edited under the id of the first one. Raises Unreadable, with
    the reason, where the body or a post in it is broken; its `events` are the posts beside it.
    """
    line = line.strip()
    if not line:
        return ()
    if len(line) > BODY_MAX:
        raise Unreadable(f"{len(line)} bytes; {BODY_MAX} is the limit")
    try:
        if line[:1] == b"[":
            return _statuses(_list.decode(line))
        outline = _outline.decode(line)
    except FAULTS as error:
        raise Unreadable(f"no answer of X: {short(error)}") from error
    if outline.statuses is not None:
        return _statuses(outline.statuses)
    if _is_status(outline):
        return (read_status(line),)
    body = read_body(line)
    if body.faults:
        raise Unreadable("; ".join(body.faults)[:300], body.events)
    return body.events


def _statuses(raws: list[Raw]) -> tuple[FeedEvent, ...]:
    """Read those of a list that are statuses; the broken ones are named together."""
    found, faults = [], []
    for raw in raws:
        try:
            one = bytes(raw)
            if one[:1] == b"{" and _is_status(_outline.decode(one)):
                found.append(read_status(one))
        except (*FAULTS, Unreadable) as error:
            faults.append(short(error))
    if faults:
        raise Unreadable("; ".join(faults)[:300], tuple(found))
    return tuple(found)


def _is_status(outline: _Outline) -> bool:
    """Tell statuses from users and lists, which have an id of the same name."""
    has_text = any(map(bytes, (outline.text, outline.full_text)))
    return has_text and all(map(bytes, (outline.id_str, outline.user)))

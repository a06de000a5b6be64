"""What Mastodon's servers send: JSON bodies, and the frames of the streaming socket.

Owns the envelopes {stream, event, payload}, whose payload is JSON within a string, and the reading
of JSON as such. Pure. Whatever cannot be read is Unreadable, with the reason, and harms nothing
else.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from feeds.mastodon.posts import Unreadable, object_of, string_of

BODY_MAX = 10_000_000
"""Bytes of the longest answer or frame that is read."""

REASON_MAX = 200
"""Characters of a reason; what was wrong is quoted in it, at whatever length it came."""

NUMBER_MAX = 100
"""Characters of a server's own id of a status: 18 digits in Mastodon, 26 letters elsewhere."""

_any = msgspec.json.Decoder()


class Frame(Struct, frozen=True):
    """What a frame says: a status told, edited or deleted, or a complaint of the server's.

    `payload` is the Status or the Notification entity, the number of what was deleted, or the
    complaint's words. `tag` is the hashtag whose stream it came by, where the server says so.
    """

    event: Literal["update", "edit", "delete", "notification", "complaint"]
    payload: Any
    tag: str = ""


# Some servers still spell edits as Mastodon's own libraries name them.
_EVENTS: dict[str, Literal["update", "edit", "notification"]] = {
    "update": "update",
    "status.update": "edit",
    "status_update": "edit",
    "notification": "notification",
}


def read_json(body: bytes | str) -> Any:
    """Decode JSON of any shape. Raises Unreadable."""
    if len(body) > BODY_MAX:
        raise Unreadable(f"{len(body)} bytes; {BODY_MAX} is the limit")
    try:
        return _any.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"this is not JSON: {error}"[:REASON_MAX]) from error


def read_frame(body: bytes | str) -> Frame | None:
    """Read a frame of the socket; None for what is not about a post. Raises Unreadable."""
    frame = read_json(body)
    if not isinstance(frame, dict):
        raise Unreadable("no frame of a stream: it is no object")
    return frame_of(frame)


def frame_of(frame: dict[str, Any]) -> Frame | None:
    """Read a frame that is decoded already; None for what is not about a post."""
    event, payload = string_of(frame.get("event")), frame.get("payload")
    if not event:
        if complaint := string_of(frame.get("error")):
            return Frame("complaint", complaint[:REASON_MAX])
        raise Unreadable("no frame of a stream: it names no event")
    if event == "delete":
        number = payload if isinstance(payload, str) else ""
        if not number or len(number) > NUMBER_MAX:
            raise Unreadable("a delete without the number of a status")
        return Frame("delete", number)
    kind = _EVENTS.get(event)
    if kind is None:
        return None
    entity = read_json(payload) if isinstance(payload, str) else payload
    if not isinstance(entity, dict):
        raise Unreadable(f"{event}: the payload is no object"[:REASON_MAX])
    match frame.get("stream"):
        case [_, str(tag)]:
            return Frame(kind, entity, tag)
        case _:
            return Frame(kind, entity)


def status_in(notification: object) -> dict[str, Any]:
    """Give the status that a notification brings; an empty object where it brings none of others.

    Mentions and quotes are words said to an account; the rest tells of its own posts.
    """
    entity = object_of(notification)
    said_to_us = string_of(entity.get("type")) in ("mention", "quote", "status", "update")
    return object_of(entity.get("status")) if said_to_us else {}

"""Saved answers and frames of Mastodon's servers, one a line, read as the events in them.

Owns which bodies hold statuses and where in them. Pure; no file is opened here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventlive.model import Edited, FeedEvent, Post
from feeds.mastodon.frames import frame_of, read_json, status_in
from feeds.mastodon.memory import Memory
from feeds.mastodon.posts import Unreadable, object_of, read_status

__all__ = ["Archive", "Unreadable", "events"]

_SERVER = "the archive"


def events(line: bytes) -> tuple[FeedEvent, ...]:
    """Read one line by itself: a status, a list, a search, a context, a notification, a frame.

    A delete names its post by its server's number alone, and is told only by an `Archive` that
    read the post before. Empty where the line is valid and brings no post. Raises Unreadable
    where it is broken, or where none of the posts in it may be used (Withheld: not for everybody).
    """
    return Archive().events(line)


class Archive:
    """The lines of one server's archive, in order.

    What an earlier line named is known to the later ones: deletes find their posts, replies what
    they answer, a changed status is an edit, and one told again is not told twice.
    """

    def __init__(self) -> None:
        self._memory = Memory()

    def events(self, line: bytes) -> tuple[FeedEvent, ...]:
        """Read the next line, as `events` does."""
        body = read_json(line)
        edit = False
        if isinstance(body, dict) and isinstance(body.get("event"), str):
            frame = frame_of(body)
            if frame is not None and frame.event == "delete":
                gone = self._memory.removed(_SERVER, frame.payload)
                return (gone,) if gone else ()
            body = frame.payload if frame else None
            edit = frame is not None and frame.event == "edit"
        found: list[FeedEvent] = []
        refused: Unreadable | None = None
        statuses = list(_statuses(body))
        for status in statuses:
            try:
                told = read_status(status, "", self._memory.names(_SERVER))
            except Unreadable as error:
                refused = refused or error
                continue
            event = self._memory.said(_SERVER, told)
            if edit and isinstance(event, Post):
                event = Edited(event, told.edited_at)  # of a post from before the archive
            if event is not None:
                found.append(event)
        if refused is not None and not found:
            raise refused
        return tuple(found)


def _statuses(body: object) -> Iterator[dict[str, Any]]:
    """Give the statuses in a body, in its order; what else it holds is no post."""
    if isinstance(body, list):
        for entry in body:
            yield from _statuses_of(object_of(entry))
    else:
        yield from _statuses_of(object_of(body))


def _statuses_of(entity: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "uri" in entity and "visibility" in entity:
        yield entity
    elif "account" in entity and "type" in entity:
        if status := status_in(entity):
            yield status
    else:
        # Contexts, searches and grouped notifications; a conversation is between its people.
        for name in ("ancestors", "statuses", "descendants"):
            inner = entity.get(name)
            for status in inner if isinstance(inner, list) else ():
                if isinstance(status, dict):
                    yield status

"""Which of Mastodon's posts were handed over, and what each server calls them.

Owns the sorting of what is new from what is told again: by another server, by a page read once
more, by a stream after the page. Deletes come as a server's own number, so it keeps what those
stand for. Pure, and bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from eventlive.model import Deleted, Edited, FeedEvent
from feeds.mastodon.posts import Named, Told

REMEMBERED = 50_000
"""Posts, and a server's numbers, that are kept; the oldest are forgotten first."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Memory:
    """The newest form of the last `size` posts; `known` are ids handed over in earlier runs."""

    def __init__(self, known: Iterable[str] = (), size: int = REMEMBERED) -> None:
        self._size = size
        self._here: dict[str, datetime | None] = dict.fromkeys(known)
        self._gone: dict[str, None] = {}
        self._names: dict[str, dict[str, Named]] = {}

    def names(self, server: str) -> dict[str, Named]:
        """Give what a server's numbers stand for, to be read; `name` adds to it."""
        return self._names.setdefault(server, {})

    def name(self, server: str, number: str, named: Named) -> None:
        """Keep what one of a server's numbers stands for."""
        names = self.names(server)
        names[number] = named
        _bound(names, self._size)

    def said(self, server: str, told: Told) -> FeedEvent | None:
        """Give what is new in a status, and remember it; None where all of it is known."""
        post = told.post
        self.name(server, told.number, Named(post.id, post.author.handle))
        if post.id in self._gone:
            return None
        if post.id not in self._here:
            self._here[post.id] = told.edited_at or _LONG_AGO
            _bound(self._here, self._size)
            return post
        before = self._here[post.id]
        # Of one known from an earlier run nobody knows whether the edit came after it.
        if told.edited_at is not None and (before is None or told.edited_at > before):
            self._here[post.id] = told.edited_at
            return Edited(post, told.edited_at)
        return None

    def removed(self, server: str, number: str) -> Deleted | None:
        """Give the delete of what a server calls `number`; None where that is known or unknown."""
        named = self.names(server).get(number)
        if named is None or named.uri in self._gone:
            return None
        self._here.pop(named.uri, None)
        self._gone[named.uri] = None
        _bound(self._gone, self._size)
        return Deleted("mastodon", named.uri)


def _bound(kept: dict[str, Any], size: int) -> None:
    if len(kept) > size:
        del kept[next(iter(kept))]

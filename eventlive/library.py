"""What is stored, for whoever asks: found posts, a post's background, the log.

Owns what of it is handed out: what the desk knows newer goes before what is stored, and what was
deleted is shown to nobody. Changes nothing, and waits for the database alone.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from eventlive.desk import Desk, authors
from eventlive.errors import StoreError
from eventlive.messages import About, Background, Found, Logged, ReadLog, Search
from eventlive.model import Item
from eventlive.store import Store

log = logging.getLogger("eventlive.library")


class Library:
    """What was stored of one event.

    `settled` waits until all that the desk knows is stored.
    """

    def __init__(self, store: Store, desk: Desk, settled: Callable[[], Awaitable[None]]) -> None:
        self._store, self._desk, self._settled = store, desk, settled

    async def search(self, search: Search) -> Found:
        """Look in everything stored."""
        try:
            items, total, behind = await self._store.search(search.text, search.count)
        except StoreError as error:
            log.error("a search failed: %s", error)  # noqa: TRY400 - the text says it all
            return Found(search.ref, (), 0, reason=str(error))
        await self._settled()
        found = tuple(one for one in map(self._newest, items) if _stands(one))
        return Found(search.ref, found, total, behind)

    async def background(self, about: About) -> Background:
        """Look up what is stored around a post.

        A post that was deleted is shown where it is the one that was asked about, and else not.
        """
        store, key = self._store, about.item
        try:
            thread = await store.thread(key, about.count)
            if not thread or thread[0].id != key:
                return Background(about.ref, key, reason="there is no such post")
            post = thread[0].post
            said, posts, evidence = await store.authored(post.network, post.author, about.count + 1)
        except StoreError as error:
            log.error("a background was not found: %s", error)  # noqa: TRY400 - it says it all
            return Background(about.ref, key, reason=str(error))
        await self._settled()
        # From here on nothing waits: the desk is what is stored, or newer than what was read.
        thread = [one for one in map(self._newest, thread) if _stands(one) or one.id == key]
        said = [one for one in map(self._newest, said) if _stands(one) and one.id != key]
        return Background(
            about.ref,
            key,
            thread=tuple(sorted(thread, key=lambda one: one.post.created_at)),
            author=tuple(said[: about.count]),
            posts=posts,
            evidence=tuple(evidence),
        )

    async def log(self, wanted: ReadLog) -> Logged:
        """Read decisions of the log, the newest first."""
        try:
            found = await self._store.logged(wanted.filter, wanted.before, wanted.count + 1)
        except StoreError as error:
            log.error("the log could not be read: %s", error)  # noqa: TRY400 - it says it all
            return Logged(wanted.ref, reason=str(error))
        return Logged(wanted.ref, tuple(found[: wanted.count]), more=len(found) > wanted.count)

    def _newest(self, stored: Item) -> Item:
        """Give a post as the desk knows it, or as it would if it had it."""
        here = self._desk.state.items.get(stored.id)
        if here is not None and here.version >= stored.version:
            return here
        return authors.in_line(self._desk.state, stored)


def _stands(item: Item) -> bool:
    return item.state != "deleted"

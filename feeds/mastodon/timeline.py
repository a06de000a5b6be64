"""The lists that a Mastodon server gives in pages: a hashtag's posts, and what was said to us.

Owns the paging by the server's own numbers, how far each list was read, and which of its posts
should still be there. Reads no status and hands nothing over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from feeds.mastodon.calls import Calls, Lost, Missing, Refused
from feeds.mastodon.posts import object_of, string_of

PAGE = 40
"""Entries of a page, the most that Mastodon gives."""

SEEN_MAX = 2_000
"""Posts of a list that are looked for on later pages."""

NOTIFICATIONS = "@"
"""The name of the list of notifications, which no hashtag can have."""


class Mark(Struct, frozen=True, array_like=True):
    """How far a list was read: up to the number `newest`, and from after the number `floor` on."""

    newest: str
    floor: str


class Timeline:
    """One list of one server. `mark` is None until it was looked at for the first time."""

    def __init__(self, calls: Calls, name: str, mark: Mark | None = None) -> None:
        self.name = name
        self.mark = mark
        self.seen: dict[str, None] = {}
        self._calls = calls
        if name == NOTIFICATIONS:
            # Servers that do not know quotes take no notice of the word.
            self._path = "/api/v1/notifications"
            self._params = [("types[]", "mention"), ("types[]", "quote")]
        else:
            self._path = f"/api/v1/timelines/tag/{quote(name, safe='')}"
            self._params = []

    async def newest(self, before: str = "") -> list[dict[str, Any]]:
        """Give the newest page, or the one below the number `before`; the oldest entry first."""
        return await self._page({"max_id": before} if before else {})

    async def next(self) -> list[dict[str, Any]]:
        """Give the page above the mark, the oldest entry first; empty where all was read."""
        assert self.mark is not None, "never looked at"
        page = await self._page({"min_id": self.mark.newest})
        # A server that does not know min_id gives its newest page again and again.
        return [entry for entry in page if order(number_of(entry)) > order(self.mark.newest)]

    def begin(self, page: list[dict[str, Any]]) -> None:
        """Start at the present: what is on the newest page was there before we came."""
        newest = number_of(page[-1]) if page else "0"
        self.mark = Mark(newest, newest)

    def advance(self, numbers: Iterable[str]) -> None:
        """Note that the list was read up to the highest of these numbers."""
        assert self.mark is not None, "never looked at"
        self.mark = Mark(max((self.mark.newest, *numbers), key=order), self.mark.floor)

    def is_new(self, number: str) -> bool:
        """Tell whether an entry was written after we came, by the server's order."""
        return self.mark is not None and order(number) > order(self.mark.floor)

    def saw(self, number: str) -> None:
        """Remember a post of this list, to notice when it is gone."""
        self.seen[number] = None
        if len(self.seen) > SEEN_MAX:
            del self.seen[next(iter(self.seen))]

    def missing(self, page: list[dict[str, Any]]) -> list[str]:
        """Give the numbers of the posts that should stand on the newest page and do not."""
        there = {number_of(entry) for entry in page}
        # A page may be shorter than asked for; far below that, it holds the whole list.
        oldest = min(there, key=order) if len(there) > PAGE // 4 else ""
        return [one for one in self.seen if one not in there and order(one) > order(oldest)]

    async def _page(self, more: Mapping[str, str]) -> list[dict[str, Any]]:
        params = [*self._params, ("limit", str(PAGE)), *more.items()]
        try:
            page = await self._calls.get(self._path, params)
        except Missing as error:
            raise Refused(f"{error}: is it a Mastodon server?") from error
        if not isinstance(page, list):
            raise Lost(f"{self._calls.host} gave no page of {self.name}")
        entries = [entry for entry in map(object_of, page) if number_of(entry)]
        return sorted(entries, key=lambda entry: order(number_of(entry)))


def number_of(entry: Mapping[str, Any]) -> str:
    """Give the server's own id of an entry, "" where it has none."""
    return string_of(entry.get("id"))


def order(number: str) -> tuple[int, str]:
    """Give what sorts a server's numbers by age: digits by value, letters as they are."""
    return len(number), number

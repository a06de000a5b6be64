"""The lists of one Mastodon server, read: what is new in them, what changed, what is gone.

Owns the gap after a pause, the newest page read again, and the look-ups of what a reply answers.
Never waits: its follower says when. What it finds goes into a queue, and what it finds twice as
well: the feed knows what was handed over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from eventlive.model import FeedState, Skipped
from feeds.mastodon.calls import Calls, Lost, Missing, Refused
from feeds.mastodon.frames import status_in
from feeds.mastodon.memory import Memory
from feeds.mastodon.posts import Named, Told, Unreadable, answering, name_of, read_status
from feeds.mastodon.timeline import NOTIFICATIONS, PAGE, Mark, Timeline, number_of

log = logging.getLogger("eventlive.feeds.mastodon")

CHECKS = 20
"""Posts that are missing from a page and asked for by themselves, each time it is read."""

UNKNOWN_MAX = 1_000
"""Numbers that could not be read or found, and are not asked for again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The rhythm of a feed, in seconds; `lookups` is a number a minute."""

    poll: float = 5.0
    """Between two readings of a list that is not streamed."""

    sweep: float = 60.0
    """Between two readings of the newest page, for edits and deletes."""

    retry: tuple[float, float] = (1.0, 60.0)
    """The first wait after a failure and the longest; they double, and chance adds as much."""

    call: float = 20.0
    """The longest that a server may take for an answer."""

    ping: float = 20.0
    """The longest that a server may take for the answer to a ping."""

    lookups: int = 30
    """Statuses answered that are looked up."""


class Gone(Struct, frozen=True):
    """What the server called `number` is no more."""

    number: str


class News(Struct, frozen=True):
    """What a server told, and how far its lists were read with it."""

    host: str
    told: tuple[Told | Gone, ...] = ()
    marks: Mapping[str, Mark] | None = None
    skipped: tuple[Skipped, ...] = ()


class Condition(Struct, frozen=True):
    """How a server is; `wait` is for how many seconds it is left alone."""

    host: str
    state: FeedState
    reason: str = ""
    wait: float = 0.0


class Reader:
    """Reads lists of a server, each from its mark on.

    `domain` is what the server calls itself, for the handles of its own people; `lookups` is how
    many answered statuses are asked for in a minute. What calls raise passes through: Lost and
    Refused (feeds/mastodon/calls.py).
    """

    def __init__(
        self,
        calls: Calls,
        domain: str,
        lists: Iterable[Timeline],
        memory: Memory,
        put: Callable[[News | Condition], Awaitable[None]],
        *,
        lookups: int,
    ) -> None:
        self.lists = list(lists)
        self._calls = calls
        self._host = calls.host
        self._domain = domain
        self._memory = memory
        self._put = put
        self._lookups_max = lookups
        self._lookups = (0.0, 0)
        self._unknown: dict[str, None] = {}
        self._faults = 0
        self.fresh = 0
        """Posts that a list told first; while a stream speaks there are next to none."""

    async def catch_up(self) -> None:
        """Read every list from its mark to its end; a new one only to see where it ends.

        A list of mentions that the token may not read is said once, and left out.
        """
        for one in list(self.lists):
            try:
                await self._read_on(one)
            except Refused as error:
                if one.name != NOTIFICATIONS or len(self.lists) == 1:
                    raise
                self.lists.remove(one)
                where = f"{self._host}, mentions"
                await self._put(News(self._host, skipped=(Skipped(where, str(error)),)))

    async def sweep(self, pages: int = 1) -> None:
        """Read the newest pages of the hashtags again: what changed, what is gone, what came late.

        A post from elsewhere has the number of the moment when it was written, and may stand
        below the mark when it arrives.
        """
        for one in self.lists:
            before = ""
            for _ in range(pages if one.name != NOTIFICATIONS else 0):
                page = await one.newest(before)
                page = [entry for entry in page if one.is_new(number_of(entry))]
                missing = [] if before else one.missing(page)[:CHECKS]
                told = await self._read(one, page)
                await self._hand_over([*told, *await self._check(one, missing)])
                if not page:
                    break
                before = number_of(page[0])

    async def take(self, status: dict[str, Any], stream: str) -> None:
        """Take in a status that the stream told; `stream` is the hashtag, where it said one.

        A list's mark stays where it is: that the stream left nothing out, only the list can say.
        """
        skipped: list[Skipped] = []
        told = self._status(status, skipped)
        if told is not None:
            tags = {tag.casefold() for tag in (stream, *told.post.tags)}
            for one in self.lists:
                if one.name.casefold() in tags:
                    one.saw(told.number)
            await self._hand_over([await self._answered(told)])
        await self.skip(skipped)

    async def gone(self, number: str) -> None:
        """Take in that a status was deleted."""
        for one in self.lists:
            one.seen.pop(number, None)
        await self._hand_over([Gone(number)])

    async def skip(self, skipped: list[Skipped]) -> None:
        """Say what could not be used."""
        if skipped:
            await self._put(News(self._host, skipped=tuple(skipped)))

    # --- inside ------------------------------------------------------------------------------

    async def _read_on(self, one: Timeline) -> None:
        if one.mark is None:
            one.begin(await one.newest())
            await self._hand_over([])
            return
        behind = False
        while page := await one.next():
            if self._count_fresh(one, page) >= PAGE and not behind:
                behind = True
                reason = f"{self._host}: more than a page of posts"
                await self._put(Condition(self._host, "catching-up", reason))
            told = await self._read(one, page)
            one.advance(map(number_of, page))
            await self._hand_over(told)

    def _count_fresh(self, one: Timeline, page: list[dict[str, Any]]) -> int:
        if one.name == NOTIFICATIONS:  # they have numbers of their own, which no stream tells
            return 0
        fresh = sum(number_of(entry) not in one.seen for entry in page)
        self.fresh += fresh
        return fresh

    async def _ask(self, number: str) -> Any:
        return await self._calls.get(f"/api/v1/statuses/{quote(number, safe='')}")

    async def _check(self, one: Timeline, numbers: Iterable[str]) -> list[Told | Gone]:
        """Ask for posts that left their page: gone, or changed so that they left it."""
        found: list[Told | Gone] = []
        for number in numbers:
            try:
                status = await self._ask(number)
                found.append(self._post(status))
            except Missing:
                found.append(Gone(number))
            except (Refused, Unreadable):
                pass  # not for us to read
            one.seen.pop(number, None)
        return found

    async def _read(self, one: Timeline, page: list[dict[str, Any]]) -> list[Told | Gone]:
        """Read the statuses of a page; what cannot be read is said once and left out."""
        told: list[Told | Gone] = []
        skipped: list[Skipped] = []
        for entry in page:
            status = status_in(entry) if one.name == NOTIFICATIONS else entry
            if status and (read := self._status(status, skipped)):
                one.saw(read.number)
                told.append(await self._answered(read))
            await asyncio.sleep(0)  # one status may take 5 ms; a page has forty
        await self.skip(skipped)
        return told

    def _status(self, status: dict[str, Any], skipped: list[Skipped]) -> Told | None:
        number = number_of(status)
        try:
            told = self._post(status)
        except Unreadable as error:
            if number not in self._unknown:
                skipped.append(Skipped(self._host, str(error)))
                self._forget(number)
            return None
        self._memory.name(self._host, number, Named(told.post.id, told.post.author.handle))
        return told

    def _post(self, status: object) -> Told:
        """Make a post of a status. Raises Unreadable alone: a fault of ours costs one status."""
        try:
            return read_status(status, self._domain, self._memory.names(self._host))
        except Unreadable:
            raise
        except Exception as error:
            # One post must not end the coverage; the first one tells its place.
            if not self._faults:
                log.exception("%s brought what cannot be", self._host)
            self._faults += 1
            raise Unreadable("a fault in the program; the log has it") from error

    async def _answered(self, told: Told) -> Told:
        """Look up what a reply answers, where it is not known and not too much is asked."""
        number, now = told.asks, asyncio.get_running_loop().time()
        if not number or number in self._unknown:
            return told
        named = self._memory.names(self._host).get(number)
        since, count = self._lookups if now - self._lookups[0] < 60 else (now, 0)
        if named is None and count < self._lookups_max:
            self._lookups = (since, count + 1)
            try:
                named = name_of(await self._ask(number), self._domain)
            except (Refused, Missing):
                self._forget(number)
            except Lost:
                return told
            if named is not None:
                self._memory.name(self._host, number, named)
        return answering(told, named) if named else told

    def _forget(self, number: str) -> None:
        self._unknown[number] = None
        if len(self._unknown) > UNKNOWN_MAX:
            del self._unknown[next(iter(self._unknown))]

    async def _hand_over(self, told: list[Told | Gone]) -> None:
        marks = {one.name: one.mark for one in self.lists if one.mark is not None}
        await self._put(News(self._host, tuple(told), marks))

"""Mastodon's way in: several servers at once, one stream of posts.

Owns which servers are followed, what was handed over, the cursor, and how the feed is when its
servers are not all alike. A server's failure is its own; only when none is left is the feed lost.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import assert_never

import aiohttp
import msgspec

from eventlive.errors import FeedLost, FeedRefused
from eventlive.model import Batch, FeedEvent, FeedState, Skipped, Status
from feeds.mastodon.calls import Calls
from feeds.mastodon.follower import Follower, Server
from feeds.mastodon.memory import Memory
from feeds.mastodon.posts import Told
from feeds.mastodon.reader import Condition, Gone, News, Pace
from feeds.mastodon.timeline import NOTIFICATIONS, Mark

QUEUE = 16
"""Pages and frames that wait; when it is full, the servers have to."""

BATCH = 500
"""Events after which a batch does not wait for what is there already."""

# The state of a feed is the best that one of its servers has.
_BEST_FIRST: tuple[FeedState, ...] = (
    "live",
    "catching-up",
    "limited",
    "silent",
    "starting",
    "lost",
    "refused",
)

_TOKEN = re.compile(r"[!-~]+")
_cursor = msgspec.json.Decoder(dict[str, dict[str, Mark]])


class Mastodon:
    """Posts with a hashtag, as one or several servers show them; none twice.

    A server shows what its own people and those whom they follow have said: a second, larger one
    finds more of an event. With an access token (the secret `access_token`, of an account on the
    first server, which alone ever gets it) that server streams, and tells of posts that mention
    or quote the account, when `accounts` names ours; the others, and every server without a
    token, are asked for each hashtag every few seconds.

    `keywords` widen nothing: no server lets strangers search posts for words, and with a token
    only posts whose authors opted in are found. `known` are the ids of posts handed over in
    earlier runs. Deletes and edits of posts beyond the newest pages, from the time when the
    engine did not run, are not noticed.
    """

    def __init__(  # noqa: PLR0913 - all are named where they are given
        self,
        id: str,
        *,
        servers: Sequence[str],
        hashtags: Iterable[str],
        keywords: Iterable[str] = (),
        accounts: Iterable[str] = (),
        secrets: Mapping[str, str],
        known: Iterable[str] = (),
        clock: Callable[[], datetime],
        random: Random,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.id = id
        tags = [tag.strip().lstrip("#＃").lower() for tag in hashtags]
        self._tags = tuple(dict.fromkeys(filter(None, tags)))
        self._keywords = tuple(keywords)
        self._accounts = tuple(accounts)
        self._names = tuple(servers)
        self._token = secrets.get("access_token", "").strip()
        self._memory = Memory(known)
        self._clock = clock
        self._random = random
        self._connector = connector
        self._pace = pace or Pace()
        self._servers: dict[str, Server] = {}
        self._marks: dict[str, dict[str, Mark]] = {}
        self._states: dict[str, Condition] = {}

    async def follow(self, cursor: str) -> AsyncGenerator[Batch | Status]:
        """Follow all servers from `cursor` on, or from now on without one.

        Raises FeedLost when every server is lost, with the time until the first may be tried
        again, and FeedRefused where each wants something that only a person can give, where
        there is nothing to follow, or where a name is no server's.
        """
        self._servers = self._servers or self._open()
        self._marks = _read_cursor(cursor)
        self._states = {host: self._at_first(host) for host in self._servers}
        queue: asyncio.Queue[News | Condition] = asyncio.Queue(QUEUE)
        failure: FeedLost | FeedRefused | None = None
        said = Status("starting")
        async with asyncio.TaskGroup() as tasks:
            followers = [
                tasks.create_task(self._follower(server, queue).run(), name=f"mastodon:{host}")
                for host, server in self._servers.items()
            ]
            try:
                while failure is None:
                    batch, changed = self._take(await queue.get(), queue)
                    if batch is not None:
                        yield batch
                    if changed and (status := self._status()) != said:
                        said = status
                        yield status
                    failure = self._failure() if changed else None
            except GeneratorExit:
                pass  # through the group it would come out as a group of errors
            finally:
                for follower in followers:
                    follower.cancel()
        if failure is not None:
            raise failure

    def _open(self) -> dict[str, Server]:
        variable = f"EVENTLIVE_{self.id.upper().replace('-', '_')}_ACCESS_TOKEN"
        if self._token and not _TOKEN.fullmatch(self._token):
            raise FeedRefused(f"{variable} holds what is no access token: a space, or accents")
        mentions = (NOTIFICATIONS,) if self._token and self._accounts else ()
        if not self._tags and not mentions:
            instead = ": Mastodon cannot be searched for keywords" if self._keywords else ""
            raise FeedRefused(f"nothing to follow{instead}; name a hashtag")
        servers: dict[str, Server] = {}
        for name in self._names:
            first = not servers
            calls = Calls(
                name,
                self._token if first else "",
                variable,
                seconds=self._pace.call,
                connector=self._connector,
            )
            lists = (*self._tags, *mentions) if first else self._tags
            if lists:
                servers.setdefault(calls.host, Server(calls, lists))
        if not servers:
            raise FeedRefused("no Mastodon server is named")
        return servers

    def _at_first(self, host: str) -> Condition:
        """Say how a server is before it was tried: one that still has to wait is as it was."""
        waits = self._servers[host].not_before > asyncio.get_running_loop().time()
        return self._states[host] if waits else Condition(host, "starting", host)

    def _follower(self, server: Server, queue: asyncio.Queue[News | Condition]) -> Follower:
        marks = self._marks.get(server.calls.host, {})
        return Follower(
            server, marks, self._memory, queue.put, pace=self._pace, random=self._random
        )

    def _take(
        self, item: News | Condition, queue: asyncio.Queue[News | Condition]
    ) -> tuple[Batch | None, bool]:
        """Take in what was told, and what waits behind it; give the batch of it.

        What is new is decided here, at the moment of handing over: what still waits when a call
        ends is asked for again by the next.
        """
        events: list[FeedEvent] = []
        skipped: list[Skipped] = []
        read_on = changed = False
        while True:
            match item:
                case Condition():
                    self._states[item.host] = item
                    changed = True
                case News():
                    events += self._events(item)
                    skipped += item.skipped
                    before = self._marks.get(item.host)
                    if item.marks is not None and dict(item.marks) != before:
                        self._marks[item.host] = dict(item.marks)
                        read_on = True
                case _:
                    assert_never(item)
            if changed or len(events) >= BATCH or queue.empty():
                break
            item = queue.get_nowait()
        if not (events or skipped or read_on):
            return None, changed
        cursor = msgspec.json.encode(self._marks).decode()
        return Batch(tuple(events), cursor, tuple(skipped)), changed

    def _events(self, news: News) -> list[FeedEvent]:
        events: list[FeedEvent] = []
        for one in news.told:
            match one:
                case Told():
                    event = self._memory.said(news.host, one)
                case Gone(number):
                    event = self._memory.removed(news.host, number)
                case _:
                    assert_never(one)
            if event is not None:
                events.append(event)
        return events

    def _status(self) -> Status:
        """Say how the feed is: as its best server is, and what is wrong with the others."""
        states = sorted(self._states.values(), key=lambda one: _BEST_FIRST.index(one.state))
        best = states[0].state
        waits = [one.wait for one in states if one.state == best == "limited"]
        until = self._clock() + timedelta(seconds=min(waits)) if waits else None
        return Status(best, "; ".join(one.reason for one in states), until)

    def _failure(self) -> FeedLost | FeedRefused | None:
        """Give the error that ends this call, None while a server is followed or tried."""
        states = {one.state for one in self._states.values()}
        reasons = "; ".join(one.reason for one in self._states.values())
        if states == {"refused"}:
            return FeedRefused(reasons)
        if states <= {"refused", "lost"}:
            now = asyncio.get_running_loop().time()
            lost = [host for host, one in self._states.items() if one.state == "lost"]
            return FeedLost(reasons, max(min(self._servers[h].not_before for h in lost) - now, 0))
        return None


def _read_cursor(cursor: str) -> dict[str, dict[str, Mark]]:
    try:
        return _cursor.decode(cursor)
    except (msgspec.MsgspecError, UnicodeError):
        return {}  # none yet, or none of ours

"""One Mastodon server, followed: by its stream where it lets us in, else by asking.

Owns the rhythm of a server: when it is asked, when it is listened to, when it is tried again. Its
lists are the truth and the stream only makes them quick: a socket is read once the gap before it
is filled, and every minute the newest pages say whether it speaks of all that there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import NoReturn
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from eventlive.model import FeedState, Skipped
from feeds.mastodon.calls import Calls, Limited, Lost, Missing, Refused, is_host, own_address
from feeds.mastodon.frames import read_frame, status_in
from feeds.mastodon.memory import Memory
from feeds.mastodon.posts import Unreadable, object_of, string_of
from feeds.mastodon.reader import Condition, News, Pace, Reader
from feeds.mastodon.stream import StreamLost, listening
from feeds.mastodon.timeline import Mark, Timeline

PAGES_BACK = 2
"""Newest pages that are read at a start, to know again what the server's numbers stand for."""


@dataclass(slots=True)
class Server:
    """What is known of a server from one call of `follow` to the next."""

    calls: Calls
    names: tuple[str, ...]
    domain: str = ""
    streaming: str = ""
    followed: bool = False
    failures: int = 0
    not_before: float = 0.0
    stream_failures: int = 0
    stream_not_before: float = 0.0


class Follower:
    """Follows one server; `put` takes what it tells, and how it is."""

    def __init__(
        self,
        server: Server,
        marks: Mapping[str, Mark],
        memory: Memory,
        put: Callable[[News | Condition], Awaitable[None]],
        *,
        pace: Pace,
        random: Random,
    ) -> None:
        self._server = server
        self._calls = server.calls
        self._host = server.calls.host
        self._marks = marks
        self._memory = memory
        self._put = put
        self._pace = pace
        self._random = random
        self._reader: Reader | None = None
        self._trouble = ""
        self._sweep_at = 0.0
        self._heard = False

    async def run(self) -> None:
        """Follow the server, waiting longer each time it fails; end where a person must act."""
        server, loop = self._server, asyncio.get_running_loop()
        async with self._calls:
            while True:
                await asyncio.sleep(server.not_before - loop.time())
                try:
                    await self._follow()
                except Lost as error:
                    lost = error
                except Refused as error:
                    if not server.followed:
                        await self._say("refused", str(error))
                        return
                    # What let us in an hour ago may do so again, and the show goes on.
                    lost = Lost(str(error))
                wait = max(lost.wait, self._retry(server.failures))
                server.failures += 1
                server.not_before = loop.time() + wait
                limited = isinstance(lost, Limited)
                await self._say("limited" if limited else "lost", lost.reason, wait)

    async def _follow(self) -> NoReturn:
        """Follow until something fails."""
        server, loop = self._server, asyncio.get_running_loop()
        if not server.domain:
            await self._introduce()
        reader = self._reader = self._reader or self._new_reader()
        await reader.catch_up()
        await self._sweep(reader, PAGES_BACK)
        server.failures, server.followed = 0, True
        while True:
            if self._calls.has_token and loop.time() >= server.stream_not_before:
                await self._listen(reader)
            await reader.catch_up()
            if loop.time() >= self._sweep_at:
                await self._sweep(reader, 1)
            wait = max(self._pace.poll, self._calls.spread() * len(reader.lists))
            trouble = f"; {self._trouble}" if self._trouble else ""
            # What little is left of a limit is spread until it ends; posts come late then.
            state: FeedState = "limited" if wait > self._pace.sweep else "live"
            await self._say(state, f"{self._host} is asked every {wait:.1f} s{trouble}", wait)
            wait *= self._random.uniform(0.9, 1.1)
            if self._calls.has_token:
                wait = min(wait, max(server.stream_not_before - loop.time(), 0))
            await asyncio.sleep(wait)

    async def _introduce(self) -> None:
        """Ask the server for its name and its streaming address; older ones say less."""
        streaming = domain = ""
        try:
            answer = object_of(await self._calls.get("/api/v2/instance"))
            domain = string_of(answer.get("domain"))
            urls = object_of(object_of(answer.get("configuration")).get("urls"))
            streaming = string_of(urls.get("streaming"))
        except Missing:
            with suppress(Missing):
                answer = object_of(await self._calls.get("/api/v1/instance"))
                domain = string_of(answer.get("uri")).rpartition("//")[2].strip("/")
                streaming = string_of(object_of(answer.get("urls")).get("streaming_api"))
        self._server.domain = domain if is_host(domain) else self._host
        self._server.streaming = _streaming(streaming, self._calls.address)

    def _new_reader(self) -> Reader:
        names, marks = self._server.names, self._marks
        return Reader(
            self._calls,
            self._server.domain,
            [Timeline(self._calls, name, marks.get(name)) for name in names],
            self._memory,
            self._put,
            lookups=self._pace.lookups,
        )

    async def _sweep(self, reader: Reader, pages: int) -> None:
        await reader.sweep(pages)
        self._sweep_at = asyncio.get_running_loop().time() + self._pace.sweep

    # --- the stream --------------------------------------------------------------------------

    async def _listen(self, reader: Reader) -> None:
        """Follow by the stream until it ends, and say when it may be tried again."""
        server, loop = self._server, asyncio.get_running_loop()
        opened_at = 0.0
        names = [one.name for one in reader.lists]
        headers, ping = self._calls.authorization, self._pace.ping
        try:
            async with listening(server.streaming, headers, names, ping=ping) as socket:
                opened_at = loop.time()
                await reader.catch_up()  # what was told before the socket was there
                self._trouble = ""
                await self._hear(socket, reader)
        except StreamLost as error:
            self._trouble = str(error)
        if opened_at and loop.time() - opened_at > self._pace.sweep:
            server.stream_failures = 0
        server.stream_not_before = loop.time() + self._retry(server.stream_failures)
        server.stream_failures += 1

    async def _hear(self, socket: ClientConnection, reader: Reader) -> None:
        """Read frames until the socket ends, and every minute what the lists say beside them."""
        unsaid, trouble = 0, ""
        while True:
            await self._say("live", f"{self._host} streams{trouble}")
            self._heard = False
            await self._hear_until_due(socket, reader)
            if unsaid and not self._heard:
                reason = f"{self._host}: {unsaid} posts are in its lists, and none in its stream"
                await self._say("silent", reason)
                raise StreamLost(reason)
            before = reader.fresh
            trouble = await self._look(reader)
            unsaid = reader.fresh - before

    async def _look(self, reader: Reader) -> str:
        """Look at the lists beside the stream; give what is wrong with them, for it can wait."""
        try:
            await reader.catch_up()
            await self._sweep(reader, 1)
        except Lost as error:
            self._sweep_at = asyncio.get_running_loop().time() + self._pace.sweep
            return f"; {error.reason}"
        return ""

    async def _hear_until_due(self, socket: ClientConnection, reader: Reader) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < self._sweep_at:
            try:
                async with asyncio.timeout_at(self._sweep_at):
                    raw = await socket.recv(decode=False)
            except TimeoutError:
                return
            except ConnectionClosed as error:
                raise StreamLost(f"the stream ended: {error}"[:300]) from error
            self._heard = True
            await self._take(raw, reader)

    async def _take(self, raw: bytes, reader: Reader) -> None:
        try:
            frame = read_frame(raw)
        except Unreadable as error:
            await reader.skip([Skipped(self._host, str(error))])
            return
        if frame is None:
            return
        match frame.event:
            case "update" | "edit":
                await reader.take(frame.payload, frame.tag)
            case "notification":
                if status := status_in(frame.payload):
                    await reader.take(status, "")
            case "delete":
                await reader.gone(frame.payload)
            case "complaint":
                await reader.skip([Skipped(self._host, f"the stream says: {frame.payload}")])

    # --- how it is ---------------------------------------------------------------------------

    async def _say(self, state: FeedState, reason: str, wait: float = 0.0) -> None:
        await self._put(Condition(self._host, state, reason, wait))

    def _retry(self, failures: int) -> float:
        first, longest = self._pace.retry
        return min(first * 2.0 ** min(failures, 16), longest) * (1 + self._random.random())


def _streaming(said: str, address: str) -> str:
    """Give the streaming address: what the server says, where the token would travel safely."""
    said = said.rstrip("/")
    scheme, _, host = said.partition("://")
    host = host.partition("/")[0]
    if is_host(host) and (scheme == "wss" or (scheme == "ws" and own_address(said))):
        return f"{scheme}://{host}"
    return (
        urlsplit(address)._replace(scheme=address.partition(":")[0].replace("http", "ws")).geturl()
    )

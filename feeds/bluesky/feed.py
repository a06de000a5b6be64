"""Bluesky's socket: one connection to a Jetstream host, from a cursor on.

Owns the hosts, the addresses, the silence after which a host is given up, and the batches; posts
wait in them for their authors' names (profiles.py) for two seconds at most. Never waits between
connections: it says that it is lost, and the engine waits and calls again.

The cursor is the moment, in unix microseconds, at which the host saw the last event read. It
means about the same on every host, where sequence numbers are each host's own; a connection goes
ten seconds further back, because hosts see an event at different moments.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from urllib.parse import urlencode, urlsplit, urlunsplit

from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)

from eventlive.errors import FeedLost, FeedRefused
from eventlive.model import Batch, Edited, FeedEvent, Post, Skipped, Status
from feeds.bluesky.frames import FRAME_MAX, LATEST, Ended, Notice, Unreadable, parse
from feeds.bluesky.memory import Memory
from feeds.bluesky.posts import EPOCH, POST
from feeds.bluesky.profiles import HOST, Profiles
from feeds.bluesky.wanted import Wanted

log = logging.getLogger("eventlive.feeds.bluesky")

V2 = "network.bsky.jetstream.subscribeEvents"

HOSTS = (
    f"wss://jetstream.us-west.bsky.network/xrpc/{V2}",
    f"wss://jetstream.us-east.bsky.network/xrpc/{V2}",
    "wss://jetstream2.us-east.bsky.network/subscribe",
    "wss://jetstream1.us-west.bsky.network/subscribe",
)
"""The public hosts, in the order in which they are tried."""

SECOND = 1_000_000
"""Microseconds."""

REWIND = 10 * SECOND
LOOK_BACK = 36 * 3600 * SECOND
"""How much of the past a host keeps."""

BEHIND = 30 * SECOND
"""How far behind the present the feed says that it is catching up."""

WRONG_CLOCK = timedelta(seconds=5)
"""More than a host's answer may be old."""

SEQUENCES_BELOW = 10**15
"""A smaller cursor would be taken for a sequence number."""

TOGETHER = 0.1
"""Seconds that events wait for others, to be handed over in one batch."""

BATCH = 500
"""Events, or frames that could not be read, after which a batch does not wait any longer."""

SLICE = 64
"""Frames read before the loop may do something else: about two milliseconds."""

MARK_EVERY = 5.0
"""Seconds between cursors where nothing matches; a restart would replay the network otherwise."""

RECONNECT = 1.0
"""Seconds at least before the next connection; chance adds up to as many again."""

WAIT_MAX = 300
"""Seconds that a host may ask us to stay away; the next call goes to another one anyhow."""

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 1.0

ASK_AGAIN = 60.0
"""Seconds until it is asked again which account a handle of ours belongs to."""

HELD_MAX = 1 << 25
"""Bytes of a frame at which a host is given up: to drop a frame, it must first be held."""


class Bluesky:
    """Posts of the whole network that hold a hashtag or a keyword, or speak to an account of ours.

    `accounts` are our handles: replies to them, quotes and mentions come in whatever they hold.
    `profiles_host` tells who is who; "" asks nobody. `hosts` are tried in turn, each call of
    `follow` one; an address with /xrpc/ in it speaks v2, any other v1, at /subscribe where it names
    no path. A host that says nothing for `silent_after` seconds is given up. `known` are the ids of
    posts handed over in earlier runs: without them an edit that loses the tag, and an account that
    leaves, are only noticed for posts of this run.
    """

    def __init__(
        self,
        id: str,
        *,
        hashtags: Iterable[str] = (),
        keywords: Iterable[str] = (),
        accounts: Iterable[str] = (),
        hosts: Sequence[str] = HOSTS,
        profiles_host: str = HOST,
        silent_after: float = 30.0,
        known: Iterable[str] = (),
        clock: Callable[[], datetime] | None = None,
        random: Random | None = None,
    ) -> None:
        self.id = id
        self._wanted = Wanted(hashtags, keywords)
        self._clock = clock or _utc_now
        self._random = random or Random()
        self._hosts = hosts or HOSTS
        self._silent_after = silent_after
        self._profiles = Profiles(profiles_host, clock=self._clock)
        self._unresolved: list[str] = []
        for account in (handle.strip().lstrip("@") for handle in accounts):
            if account.startswith("did:"):
                self._wanted.add_ours(account, account)
            elif account:
                self._unresolved.append(account)
        self._asked_at = -ASK_AGAIN
        self._missed = False
        self._faults = 0
        self._memory = Memory(known)
        self._turn = 0
        self._position = 0
        self._heard_at = 0.0
        self._skew = timedelta()
        # Read, and not yet handed over. Kept here, for a call that ends in between must not lose
        # what the memory already counts as handed over.
        self._events: list[FeedEvent] = []
        self._skipped: list[Skipped] = []

    async def follow(self, cursor: str) -> AsyncGenerator[Batch | Status]:
        """Connect to the next host and read from `cursor` on, or from now on without one.

        Every post's deletion is handed over, also where the post was never wanted: only the
        engine knows all that it ever had. Raises FeedLost when the connection fails, ends or
        falls silent, with the wait that keeps connections below one a second, and FeedRefused
        where nothing is to be listened for or an address is none. No answer of a host counts as
        final: what refuses us may be a hotel's gateway.
        """
        if not (self._wanted or self._unresolved):
            raise FeedRefused("nothing to listen for: name a hashtag or a keyword to follow")
        host = self._hosts[self._turn % len(self._hosts)]
        self._turn += 1
        where = urlsplit(host).netloc or host
        self._position = _position(cursor) or self._now()
        behind = self._now() - self._position
        if behind > BEHIND:
            since = EPOCH + timedelta(microseconds=self._position)
            yield Status("catching-up", f"{where}, since {since:%Y-%m-%d %H:%M:%S} UTC")
        else:
            yield Status("starting", where)
        if behind > LOOK_BACK and not _is_v2(host):  # v2 says so itself
            self._skipped.append(Skipped(where, "older than 36 hours: what was before is gone"))
        try:
            async with (
                connect(
                    address(host, self._position),
                    compression=None,
                    max_size=HELD_MAX,
                    open_timeout=OPEN_SECONDS,
                    close_timeout=CLOSE_SECONDS,
                    user_agent_header="eventlive",
                ) as socket,
                aclosing(self._read(socket, where)) as steps,
            ):
                self._compare_clocks(socket)
                async for step in steps:
                    yield step
        except InvalidURI as error:
            raise FeedRefused(f"{host!r} is no address of a Jetstream host") from error
        except InvalidStatus as error:
            status = error.response.status_code
            retry = error.response.headers.get("Retry-After", "")
            # Of a number that is too long to be read, its beginning is long enough.
            wait = min(int(retry[:9]), WAIT_MAX) if retry.isascii() and retry.isdecimal() else 0
            raise self._lost(f"{where} answered {status}", wait) from error
        except (OSError, WebSocketException) as error:
            raise self._lost(f"{where}: {str(error) or type(error).__name__}") from error
        finally:
            await self._profiles.close()

    async def _read(self, socket: ClientConnection, where: str) -> AsyncGenerator[Batch | Status]:
        loop = asyncio.get_running_loop()
        self._heard_at = marked_at = waiting_since = loop.time()
        standing = ""
        lost: FeedLost | None = None
        while lost is None:
            await self._resolve()
            due = min(self._heard_at + self._silent_after, loop.time() + MARK_EVERY)
            if self._events or self._skipped:
                due = min(due, waiting_since + TOGETHER)
            else:
                waiting_since = loop.time()
            try:
                async with asyncio.timeout_at(due):
                    await self._read_some(socket, where)
                await asyncio.sleep(0)  # frames that are there already come without a pause
            except TimeoutError:
                pass
            except ConnectionClosed as error:
                lost = self._lost(f"{where}: {error}")
            except FeedLost as error:
                lost = error
            now = loop.time()
            heard = self._heard_at > marked_at
            if standing or (heard and self._now() - self._position < BEHIND):
                before, standing = standing, "; ".join(filter(None, (where, self._not_known())))
                if standing != before:
                    yield Status("live", standing)
            if lost is None and now - self._heard_at >= self._silent_after:
                lost = self._lost(f"{where} said nothing usable for {self._silent_after:g} s")
                yield Status("silent", lost.reason)
            waiting = len(self._events) + len(self._skipped)
            ready = waiting >= BATCH or (waiting and (lost or now - waiting_since >= TOGETHER))
            if ready or (heard and now - marked_at >= MARK_EVERY):
                yield await self._hand_over()
                marked_at = loop.time()
                self._heard_at += marked_at - now  # a busy engine is not the host's silence
        raise lost

    async def _read_some(self, socket: ClientConnection, where: str) -> None:
        """Read frames until the first that leaves something to hand over, SLICE at most."""
        loop = asyncio.get_running_loop()
        waiting = bool(self._events or self._skipped)
        for _ in range(SLICE):
            if self._take(await socket.recv(decode=False), where):
                self._heard_at = loop.time()
            now_waiting = len(self._events) + len(self._skipped)
            if now_waiting >= BATCH or (now_waiting and not waiting):
                return

    def _take(self, frame: bytes, where: str) -> bool:
        """Take in what a frame says; False where it could not be read. Raises FeedLost."""
        try:
            self._hear(frame, where)
        except FeedLost:
            raise
        except Unreadable as error:
            self._skipped.append(Skipped(where, str(error)))
            return False
        except Exception:
            # One post must not end the coverage, with every restart anew, for the cursor stands
            # before it; the first one tells its place.
            if not self._faults:
                log.exception("feed %s brought what cannot be", self.id)
            self._faults += 1
            self._skipped.append(Skipped(where, "a fault in the program; the log has it"))
            return False
        return True

    def _hear(self, frame: bytes, where: str) -> None:
        heard = parse(frame, self._wanted)
        self._position = heard.time_us or self._position
        match heard.said:
            case None:
                pass
            case Notice(text):
                self._skipped.append(Skipped(where, text))
            case Ended(text):
                raise self._lost(f"{where} ended the stream: {text}")
            case said:
                self._events += self._memory.events(said)

    async def _hand_over(self) -> Batch:
        events = await self._profiles.named([self._signed(event) for event in self._events])
        batch = Batch(events, str(self._position), tuple(self._skipped))
        self._events.clear()
        self._skipped.clear()
        return batch

    def _signed(self, event: FeedEvent) -> FeedEvent:
        """Sign what is ours with our handle, also what was read before it was known as ours."""
        match event:
            case Edited(post, at):
                signed = self._signed(post)
                return Edited(signed, at) if isinstance(signed, Post) else event
            case Post(author=author) if handle := self._wanted.our_handle(author.id):
                return replace(event, author=replace(author, handle=handle))
            case _:
                return event

    async def _resolve(self) -> None:
        """Find out which accounts are ours, now and then until it is known of each."""
        now = asyncio.get_running_loop().time()
        if not self._unresolved or now - self._asked_at < ASK_AGAIN:
            return
        self._asked_at = now
        for handle in list(self._unresolved):
            if did := await self._profiles.resolve(handle):
                self._wanted.add_ours(did, handle)
                self._unresolved.remove(handle)
        if self._unresolved and not self._missed:
            self._missed = True
            self._skipped.append(Skipped(self._profiles.host or "profiles", self._not_known()))

    def _not_known(self) -> str:
        """Say which accounts are not known yet, and what that costs; "" where all are."""
        if not self._unresolved:
            return ""
        return (
            f"whose {', '.join(self._unresolved)} is cannot be told yet: what is said to it may be "
            "missed, and what it says be taken for a stranger's"
        )

    def _compare_clocks(self, socket: ClientConnection) -> None:
        """Learn from the host how wrong our own clock is; what is late is told by that."""
        said = socket.response.headers.get("Date", "") if socket.response else ""
        try:
            theirs = parsedate_to_datetime(said).astimezone(UTC)
        except (ValueError, OverflowError):
            return
        skew = theirs - self._clock()
        self._skew = skew if abs(skew) > WRONG_CLOCK else timedelta()

    def _lost(self, reason: str, wait: float = 0.0) -> FeedLost:
        return FeedLost(reason, max(wait, RECONNECT * (1 + self._random.random())))

    def _now(self) -> int:
        return (self._clock() + self._skew - EPOCH) // timedelta(microseconds=1)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def address(host: str, position: int) -> str:
    """Give the whole address for a position in unix microseconds."""
    parts = urlsplit(host)
    cursor = max(position - REWIND, SEQUENCES_BELOW)
    # The host leaves out what is longer; some do not, and such a frame is dropped here.
    query = [("cursor", str(cursor)), ("maxMessageSizeBytes", str(FRAME_MAX))]
    if _is_v2(host):
        query += [("kinds", "commit"), ("kinds", "account"), ("collections", POST)]
        return urlunsplit(parts._replace(query=urlencode(query)))
    query.append(("wantedCollections", POST))
    path = parts.path if parts.path.strip("/") else "/subscribe"
    return urlunsplit(parts._replace(path=path, query=urlencode(query)))


def _is_v2(host: str) -> bool:
    return "/xrpc/" in host


def _position(cursor: str) -> int:
    position = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 20 else 0
    return position if SEQUENCES_BELOW <= position < LATEST else 0

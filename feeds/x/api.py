"""X's API for reading: searches, counts and stream rules, asked with an app's token.

Owns the requests, their timeouts, what an answer other than success is (Refusal), and the limits
that every answer tells. Never tries again and never waits.

tweepy 4.17 sends the requests. It would read a gateway's page of HTML as JSON and fail over that
(ContentTypeError); it would wait for limits in its own way, or fail in it; and its stream forgets
the headers of a refusal. So every session made here looks at an answer before tweepy does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import TracebackType

import aiohttp
import msgspec
from tweepy import StreamRule
from tweepy.asynchronous import AsyncClient, AsyncStreamingClient

from feeds.x.bodies import Body, Problem, Rule, read_body, read_problem, read_rules
from feeds.x.limits import date
from feeds.x.money import Counts
from feeds.x.objects import FAULTS
from feeds.x.rules import Difference
from feeds.x.texts import Unreadable, id_at, short

Connector = Callable[[], aiohttp.BaseConnector]

SEARCH = "/2/tweets/search/recent"
COUNTS = "/2/tweets/counts/recent"
STREAM = "/2/tweets/search/stream"
CONNECTIONS = "/2/connections/all"

CONNECT_SECONDS = 10.0
REQUEST_SECONDS = 30.0

LONGEST_LIMIT = 24 * 3600.0
"""Seconds: a limit that ends later is a mistake."""

REFUSAL_MAX = 1 << 16
"""Bytes of a refusal that are read."""

FIELDS = {
    "tweet.fields": "attachments,author_id,created_at,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,note_tweet,possibly_sensitive,referenced_tweets",
    "expansions": "author_id,attachments.media_keys",
    "user.fields": "name,public_metrics,username,verified",
    "media.fields": "alt_text,height,media_key,preview_image_url,type,url,width",
}
"""What is asked for: every user that is named beside a post costs twice as much as the post."""

NEW_FIELDS = {
    "post.fields": "attachments,created_at,entities,lang,note_post,possibly_sensitive",
    "expansions": "author_id,attachments.media_keys,referenced_posts",
    "user.fields": FIELDS["user.fields"],
    "media.fields": FIELDS["media.fields"],
}
"""The same in the names of the newest description (2.167), which X's search is to take."""

NETWORK = (aiohttp.ClientError, TimeoutError, OSError)
"""What a request raises where no answer came."""

# tweepy writes its headers, the token among them, to its log at debug level.
logging.getLogger("tweepy.asynchronous.client").addFilter(
    lambda record: record.levelno > logging.DEBUG
)


class Refusal(Exception):
    """X, or what stands before it, answered with something other than success.

    `problem` is X's own word, None where the body has none. `wait` is in seconds until the limit
    ends that is used up; 0 where no header says so.
    """

    def __init__(self, status: int, problem: Problem | None, wait: float = 0.0) -> None:
        self.status, self.problem, self.wait = status, problem, wait
        super().__init__(f"X answered {status}" + (f": {problem}" if problem else ""))


def told(error: Exception) -> str:
    """Say to a person what went wrong with a connection."""
    match error:
        case aiohttp.ClientConnectorError():
            return f"X cannot be reached: {short(error.os_error)}"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return "the connection to X broke off"
        case TimeoutError():
            return "X did not answer in time"
        case _:
            return short(error) or type(error).__name__


class Session:
    """How X is asked by one feed: the app's token, the sessions, and the limits that it told."""

    def __init__(
        self, token: str, connector: Connector | None, clock: Callable[[], datetime]
    ) -> None:
        self.token = token
        self._connector = connector or aiohttp.TCPConnector
        self._clock = clock
        self._closed: dict[str, float] = {}
        self._there: tuple[datetime, float] | None = None

    def open(
        self, timeout: aiohttp.ClientTimeout, line_max: int = 1 << 17
    ) -> aiohttp.ClientSession:
        """Make a session that raises Refusal; lines of up to `line_max` bytes can be read."""
        return aiohttp.ClientSession(
            connector=self._connector(),
            timeout=timeout,
            read_bufsize=line_max // 2,
            raise_for_status=self._heed,
        )

    def closed_for(self, route: str) -> float:
        """Give the seconds until a route may be asked again; 0 where it may."""
        return max(0.0, self._closed.get(route, 0.0) - asyncio.get_running_loop().time())

    def present(self) -> int:
        """Give the id of a post made now, by X's own clock once an answer has told it."""
        if self._there is None:
            return id_at(self._clock())
        there, at = self._there
        passed = asyncio.get_running_loop().time() - at
        return id_at(there + timedelta(seconds=passed))

    async def _heed(self, response: aiohttp.ClientResponse) -> None:
        headers, now = response.headers, asyncio.get_running_loop().time()
        said = date(headers)
        if said is not None:
            self._there = said, now
        reset = headers.get("x-rate-limit-reset", "")
        wait = 0.0
        if reset.isascii() and reset.isdecimal() and len(reset) < 12:
            there = (said or self._clock()).timestamp()
            # X's date is cut to the second: one more keeps us from coming too early.
            wait = min(max(0.0, int(reset) - there) + 1.0, LONGEST_LIMIT)
        # A 429 that leaves requests is about something else: connections, or a plan's cap.
        limited = headers.get("x-rate-limit-remaining", "0") == "0"
        if limited and wait:
            self._closed[response.url.path] = now + wait
        if not 200 <= response.status < 300:
            body = await response.content.read(REFUSAL_MAX)
            response.close()
            # Whoever answers may repeat what it was sent; nobody further on must see that.
            body = body.replace(self.token.encode(), b"...")
            raise Refusal(response.status, read_problem(body), wait if limited else 0.0)


class Api:
    """The requests of one following; a context manager.

    Each raises Refusal, Unreadable where an answer is none of X's, and aiohttp's errors.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = AsyncClient(session.token, return_type=aiohttp.ClientResponse)
        self._rules = AsyncStreamingClient(session.token, return_type=aiohttp.ClientResponse)
        self._fields = FIELDS
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Api:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=CONNECT_SECONDS)
        opened = await self._stack.enter_async_context(self._session.open(timeout))
        self._client.session = self._rules.session = opened
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def search(self, query: str, since: int, token: str, size: int) -> Body:
        """Ask for a page of `size` posts after an id, the newest first; `token` turns the page."""
        params = {"query": query, "max_results": str(size), "since_id": str(since)}
        if token:
            params["next_token"] = token
        try:
            return read_body(await self._get(SEARCH, params | self._fields))
        except Refusal as refusal:
            if refusal.status != 400 or self._fields is NEW_FIELDS:
                raise
            if "tweet.fields" not in str(refusal.problem):
                raise
            self._fields = NEW_FIELDS
            return read_body(await self._get(SEARCH, params | self._fields))

    async def counts(self, query: str) -> Counts:
        """Ask how many posts there were in each hour of the last days."""
        raw = await self._get(COUNTS, {"query": query, "granularity": "hour"})
        try:
            return msgspec.json.decode(raw, type=Counts)
        except FAULTS as error:
            raise Unreadable(f"no counts of X: {short(error)}") from error

    async def rules(self) -> list[Rule]:
        """Ask which rules the stream has."""
        response = await self._rules.get_rules()
        rules, _ = read_rules(await _whole(response))
        return rules

    async def change(self, change: Difference) -> tuple[list[Rule], Problem | None]:
        """Change the stream's rules; give those that were added, and what X has against others."""
        if change.remove:
            await self._rules.delete_rules(list(change.remove))
        if not change.add:
            return [], None
        response = await self._rules.add_rules(
            [StreamRule(value=rule.value, tag=rule.tag) for rule in change.add]
        )
        return read_rules(await _whole(response))

    async def hang_up(self) -> None:
        """End all of the app's streams: those that X still holds open for nobody."""
        await self._client.request("DELETE", CONNECTIONS, params={})

    async def _get(self, route: str, params: dict[str, str]) -> bytes:
        return await _whole(await self._client.request("GET", route, params=params))


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """Give the bytes of a body that tweepy has read: its response is released, and says only text.

    What is no UTF-8 comes out as it went in.
    """
    return (await response.text("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

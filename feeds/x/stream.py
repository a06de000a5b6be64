"""X's filtered stream: one connection, its lines, and in any case its end.

Owns the connection that tweepy makes, and how it ends: never silently, and never by itself again.
tweepy 4.17 connects anew at once where X closes cleanly or resets (thousands of times a second),
dies without a word of a handler's error, of bad JSON and of a rule without its tag, and takes a
cancellation for an end. So here its handlers only pass lines on, and an end is an end: whatever
it was, `read` raises it, and whoever reads decides when to come again.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from types import TracebackType

import aiohttp
from tweepy.asynchronous import AsyncStreamingClient

from feeds.x.api import CONNECT_SECONDS, FIELDS, Refusal, Session, told

LINE_MAX = 1 << 20
"""Bytes of the longest line; at a longer one the connection is given up."""

LINES = 128
"""Lines that wait to be read; a full queue makes the socket push back."""

SLICE = 64
"""Lines read at once: about two milliseconds of parsing."""

OPEN_SECONDS = 30.0
CLOSE_SECONDS = 2.0


class Ended(Exception):
    """The stream is over, or never came about; the text says why."""


class Silent(Ended):
    """Nothing came for so long that nobody can be there."""


class Stream(AsyncStreamingClient):  # type: ignore[misc]  # tweepy has no types
    """One connection to the stream; a context manager, connected inside.

    Given up after `silence` seconds without a byte. Entering and reading raise Ended and Refusal.
    """

    def __init__(self, session: Session, silence: float) -> None:
        super().__init__(session.token, max_retries=0)
        self._settings = session
        self._silence = silence
        self._lines: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._connected = False
        self._error: Exception | None = None

    async def __aenter__(self) -> Stream:
        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=self._silence)
        self.session = self._settings.open(timeout, LINE_MAX)
        self.filter(**{name.replace(".", "_"): value for name, value in FIELDS.items()})
        self.task.set_name("x:stream")
        self.task.add_done_callback(lambda _: self._news.set())
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                while not self._connected:
                    await self._news_or_end()
        except TimeoutError:
            await self._close()
            raise Ended(f"X did not answer within {OPEN_SECONDS:g} s") from None
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def read(self, seconds: float) -> list[bytes]:
        """Give the lines that are there, SLICE at most, a keep-alive as b"".

        Waits up to `seconds` for the first; none where none came. The lines before an end come
        before its error.
        """
        try:
            async with asyncio.timeout(seconds):
                while not self._lines:
                    await self._news_or_end()
        except TimeoutError:
            return []
        self._room.set()
        return [self._lines.popleft() for _ in range(min(SLICE, len(self._lines)))]

    async def _news_or_end(self) -> None:
        if self.task.done():
            raise self._end()
        self._news.clear()
        await self._news.wait()

    def _end(self) -> Exception:
        error = self._error
        if isinstance(error, Ended | Refusal):
            return error
        if isinstance(error, TimeoutError):
            # aiohttp's own is one, too, and must not be taken for that of `read`.
            return Silent(f"X said nothing for {self._silence:g} s")
        if error is None:
            return Ended("the stream ended without a word")
        ended = Ended(told(error))
        ended.__cause__ = error
        return ended

    async def _close(self) -> None:
        try:
            self.disconnect()
            await asyncio.wait((self.task,), timeout=CLOSE_SECONDS)
        finally:
            await self.session.close()

    # --- what tweepy calls, from a task of its own ------------------------------------------------

    async def on_connect(self) -> None:
        self._connected = True
        self._news.set()

    async def on_data(self, raw_data: bytes) -> None:
        while len(self._lines) >= LINES:
            self._room.clear()
            await self._room.wait()
        self._lines.append(raw_data)
        self._news.set()

    async def on_keep_alive(self) -> None:
        await self.on_data(b"")

    async def on_closed(self, resp: aiohttp.ClientResponse) -> None:
        raise Ended("X closed the stream")

    async def on_connection_error(self) -> None:
        error = sys.exception()
        assert isinstance(error, Exception), "tweepy calls this while it handles one"
        raise error

    async def on_exception(self, exception: Exception) -> None:
        self._error = exception

    async def on_disconnect(self) -> None:
        """Nothing: the end of the task tells it."""

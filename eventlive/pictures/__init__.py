"""Foreign pictures of posts, which reach the screens only through the engine.

Owns which of them are fetched and when, what everyone who asks gets, and what is remembered of
failures. Addresses and limits are `fetching`'s, decoding is `scaling`'s, the disk is `shelf`'s.
Never decides what is on the wall, and never raises to a page: a card without its picture is whole.

    asked for ──> on the wall? ──> on the shelf? ──> fetched ──> scaled ──> to the shelf ──> given
                      └─ no: 404                        └───────────┴─ no: 404, not again for 60 s
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from websockets.http11 import Response

from eventlive.listening.cleaning import clean_line
from eventlive.pages import FOR_EVER, NEVER, response
from eventlive.pictures.fetching import FETCHES, Fetcher, Reach, is_public, open_fetcher
from eventlive.pictures.kinds import Kept, NoPicture
from eventlive.pictures.scaling import scaled
from eventlive.pictures.shelf import ROOM, Shelf, open_shelf

__all__ = ["Pictures", "Reach", "is_public", "open_pictures"]

log = logging.getLogger("eventlive.pictures")

PREFIX = "/wall/picture/"
ALLOWED_MAX = 500
"""Pictures of the wall that can be asked for; a wall of sixty cards has half as many."""

WAIT_SECONDS = 8.0
"""How long a request waits: less than the door gives a peer for its handshake."""

FAILED_SECONDS = 60.0
SCALINGS = 2
"""Pictures that are decoded at once: each may take a core and half a gigabyte."""


@lru_cache(maxsize=2 * ALLOWED_MAX)
def address(url: str) -> str:
    """Say where the engine serves a foreign picture: /wall/picture/ and a digest of its address."""
    return PREFIX + hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Pictures:
    """One event's foreign pictures. Open it with `open_pictures`."""

    def __init__(
        self,
        fetcher: Fetcher,
        shelf: Shelf,
        tasks: asyncio.TaskGroup,
        now: Callable[[], float],
        *,
        on: bool,
    ) -> None:
        self._fetcher = fetcher
        self._shelf = shelf
        self._tasks = tasks
        self._now = now
        self._on = on
        self._allowed: dict[str, tuple[str, str]] = {}
        self._flights: dict[str, asyncio.Task[Kept | None]] = {}
        self._failed: dict[str, float] = {}
        self._fetches = asyncio.Semaphore(FETCHES)
        self._scalings = asyncio.Semaphore(SCALINGS)

    def address(self, media_url: str) -> str:
        """Say the path at which a screen finds a picture, whether it can be had or not."""
        return address(media_url)

    def allow(self, urls: Mapping[str, str]) -> None:
        """Say which pictures are on the wall now, and of which card each is, for the log.

        These alone are fetched or given, the last ALLOWED_MAX of them; what is off the wall is
        gone from here at once, for those who are waiting too. Where pictures are off, none is.
        """
        newest = list(urls.items())[-ALLOWED_MAX:] if self._on else []
        self._allowed = {address(url): (url, card) for url, card in newest}
        self._failed = {path: till for path, till in self._failed.items() if path in self._allowed}

    async def get(self, path: str) -> Response | None:
        """Answer a request for a picture; None where the path is none of a picture's.

        Takes WAIT_SECONDS at most. One that is not to be had is a 404 that nobody may keep, so that
        a page that asks again later gets what has come by then.
        """
        if not path.startswith(PREFIX):
            return None
        kept = await self._found(path)
        if kept is None:
            text = b"there is no such picture, or not yet\n"
            kind = "text/plain; charset=utf-8"
            return response(HTTPStatus.NOT_FOUND, text, kind, NEVER)
        return response(HTTPStatus.OK, kept.body, kept.kind, FOR_EVER)

    async def body(self, path: str) -> tuple[bytes, str] | None:
        """Give a picture's bytes and its content type, None where it is not to be had (yet)."""
        return await self._found(path)

    def switch(self, on: bool) -> None:
        """Fetch and give pictures from now on, or none; those on the wall are said anew."""
        self._on = on
        if not on:
            self._allowed = {}

    def end(self) -> None:
        """Give up whatever is under way: everyone who waits is answered now, that there is none."""
        self._on = False
        self._allowed = {}
        for flight in self._flights.values():
            flight.cancel()

    # --- inside ------------------------------------------------------------------------------

    async def _found(self, path: str) -> Kept | None:
        if path not in self._allowed:
            return None
        flight = self._flights.get(path)
        if flight is None:
            if self._now() < self._failed.get(path, 0.0):
                return None
            url, card = self._allowed[path]
            flight = self._tasks.create_task(
                self._bring(path, url, card), name=f"picture:{_digest(path)}"
            )
            self._flights[path] = flight
            flight.add_done_callback(lambda _: self._flights.pop(path, None))
        # Who asks and goes away takes the fetch from nobody.
        await asyncio.wait([flight], timeout=WAIT_SECONDS)
        if path not in self._allowed or not flight.done() or flight.cancelled():
            return None
        return flight.result()

    async def _bring(self, path: str, url: str, card: str) -> Kept | None:
        """Get a picture from the shelf, or from where it stands; never raise."""
        digest = _digest(path)
        try:
            kept = await self._shelf.find(digest)
            if kept is None:
                # Who is being scaled counts as fetched: whole bodies are held no longer than that.
                async with self._fetches:
                    raw = await self._fetcher.fetch(url)
                    async with self._scalings:
                        kept = await scaled(raw)
                await self._shelf.keep(digest, kept)
            return kept
        except NoPicture as error:
            log.warning("%s: no picture from %s: %s", card or "a card", _host(url), error)
        except Exception:
            # A bug in the way of one picture is no reason to end the show.
            log.exception("%s: no picture from %s", card or "a card", _host(url))
        self._failed[path] = self._now() + FAILED_SECONDS
        return None


@asynccontextmanager
async def open_pictures(
    folder: Path,
    *,
    on: bool = True,
    reach: Reach | None = None,
    room: int = ROOM,
    now: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Pictures]:
    """Serve foreign pictures while the block runs, and keep them in a folder.

    `on` is the script's switch: without it none is fetched or given. `reach` is where they may come
    from, by default https on the public internet; `room` is in bytes; `now` in seconds, for how
    long a failure is remembered. Raises nothing of its own.
    """
    shelf = await open_shelf(folder, room)
    async with open_fetcher(reach or Reach()) as fetcher, asyncio.TaskGroup() as tasks:
        pictures = Pictures(fetcher, shelf, tasks, now, on=on)
        try:
            yield pictures
        finally:
            pictures.end()


def _digest(path: str) -> str:
    return path.removeprefix(PREFIX)


def _host(url: str) -> str:
    """Name the host alone: the rest of an address may hold a key, and is a stranger's text."""
    try:
        return clean_line(urlsplit(url).hostname or "no address", 100)
    except ValueError:
        return "no address"

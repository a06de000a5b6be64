"""The wall's half of the door: its pages, and the screens that attach to it.

Owns the handshake, the frames and the limits of screens, for an engine and a relay alike; what
stands behind it says what the picture is. Never decides what is shown, and knows no console.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from eventlive.listening.cleaning import clean_line
from eventlive.messages import Seen
from eventlive.model import Screen
from eventlive.pages import NEVER, Assets, response, text
from eventlive.screens import Screens, has_closed
from eventlive.setting_up import CODE, SETUP, SettingUp
from eventlive.settings import Settings

SCREEN_FRAME = 1500
SCREEN_FRAMES = 20
SCREEN_FRAMES_AT_ONCE = 100
NAME_MAX = 60


class Pictured(Protocol):
    """What stands behind the door: the hub of an engine, or a relay's copy of its picture."""

    seq: int
    failed: bool

    async def settled(self) -> None:
        """Wait until what the picture shows may be shown."""

    def picture(self, now: datetime) -> bytes:
        """Encode the whole picture of `seq`, as it is at this moment."""


class WallDoor:
    """The addresses of the wall, and the `screens` that are attached there.

    `named` gives what screens are set to, as often as it is asked: those that the script names
    have a card on the page for technicians. `addresses` counts the connections of each peer; an
    engine counts its consoles there too.
    """

    def __init__(
        self,
        behind: Pictured,
        settings: Settings,
        assets: Assets,
        now: Callable[[], datetime],
        named: Callable[[], Sequence[Screen]],
    ) -> None:
        self.screens = Screens(now)
        self.addresses = Addresses(settings.per_address)
        self._behind = behind
        self._settings = settings
        self._assets = assets
        self._now = now
        self._setting_up = SettingUp(settings, named)

    async def process_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a plain GET, or let a screen's handshake through with None."""
        try:
            if wants_socket(request):
                return self.refuse(connection, request)
            answer = await self.answer(connection, request)
        except (ValueError, LookupError) as error:
            # An address that is none, a header that stands twice.
            return text(HTTPStatus.BAD_REQUEST, f"this request cannot be read: {error}")
        nothing = "there is nothing at this address; the wall is at /wall"
        return answer or text(HTTPStatus.NOT_FOUND, nothing)

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a plain GET of the wall's; None where the path is none of its.

        Raises ValueError or LookupError for a request that cannot be read.
        """
        if request.method != "GET":
            return response(HTTPStatus.METHOD_NOT_ALLOWED, b"", "text/plain", {"Allow": "GET"})
        path = urlsplit(request.path).path
        match path:
            case "/":
                return _elsewhere("/wall")
            case "/wall" if self._setting_up.asks and not (
                asked(request, "screen") or asked(request, "token")
            ):
                return _elsewhere(SETUP)
            case "/wall/time":
                now = msgspec.json.encode({"now": self._now()})
                return response(HTTPStatus.OK, now, "application/json", NEVER)
            case _ if path in (SETUP, CODE):
                return await self._set_up(path, request)
            case _:
                return await self._assets.get(path)

    def refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        """Say why a handshake at the wall is refused; None lets it in.

        Raises ValueError or LookupError for a request that cannot be read.
        """
        if urlsplit(request.path).path != "/wall":
            return text(HTTPStatus.NOT_FOUND, "there is no socket here; screens attach at /wall")
        origin = request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != request.headers.get("Host"):
            return text(HTTPStatus.FORBIDDEN, "this page comes from another address")
        if not self._settings.screen_allowed(screen_name(request), asked(request, "token")):
            return text(HTTPStatus.FORBIDDEN, "the screen's token is wrong: /wall?token=…")
        if len(self.screens) >= self._settings.max_screens:
            return text(HTTPStatus.SERVICE_UNAVAILABLE, "too many screens")
        return self.addresses.refuse(connection)

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one screen until it goes."""
        with self.addresses.one_more(connection):
            if not await self._settled(connection) or self._behind.failed:
                return
            assert connection.request is not None
            self.screens.add(
                connection,
                self._behind.picture(self._now()),
                name=screen_name(connection.request),
                address=address_of(connection),
                seq=self._behind.seq,
                now=asyncio.get_running_loop().time(),
            )
            try:
                await self._listen(connection)
            except ConnectionClosed:
                pass
            finally:
                self.screens.discard(connection, closed=has_closed(connection))

    async def _settled(self, connection: ServerConnection) -> bool:
        """Wait for a picture as long as the screen does; say whether there is one."""
        async with asyncio.TaskGroup() as tasks:
            settled = tasks.create_task(self._behind.settled(), name="screen:settled")
            closed = tasks.create_task(connection.wait_closed(), name="screen:closed")
            await asyncio.wait((settled, closed), return_when=asyncio.FIRST_COMPLETED)
            there = settled.done()
            settled.cancel()
            closed.cancel()
        return there

    async def _listen(self, connection: ServerConnection) -> None:
        loop, budget = asyncio.get_running_loop(), Budget(SCREEN_FRAMES, SCREEN_FRAMES_AT_ONCE)
        async for frame in connection:
            if len(frame) > SCREEN_FRAME or not budget.take(loop.time()):
                code = 1009 if len(frame) > SCREEN_FRAME else 1008
                await connection.close(code, "a screen has little to say")
                return
            try:
                seen = msgspec.json.decode(frame, type=Seen)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                await connection.close(1007, "a screen says what it has seen, nothing else")
                return
            self.screens.said(connection, seen, self._behind.seq, loop.time())

    async def _set_up(self, path: str, request: Request) -> Response:
        token, host = asked(request, "token"), request.headers.get("Host", "")
        if not self._settings.setup_allowed(token):
            return text(
                HTTPStatus.FORBIDDEN,
                f"this page needs the screens' token, or where single ones have their own an"
                f" operator's: {SETUP}?token=…",
            )
        if path == SETUP:
            return self._setting_up.page(host, token)
        return await self._setting_up.code(host, asked(request, "screen"))


class Addresses:
    """How many connections there are from each address; those of this machine have no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._there: Counter[str] = Counter()

    def refuse(self, connection: ServerConnection) -> Response | None:
        """Refuse one more connection from an address that has too many; None lets it in."""
        address = address_of(connection)
        if self._there[address] >= self._most and not _local(address):
            return text(HTTPStatus.TOO_MANY_REQUESTS, "too many connections from this address")
        return None

    @contextmanager
    def one_more(self, connection: ServerConnection) -> Iterator[None]:
        """Count a connection while the block runs."""
        address = address_of(connection)
        self._there[address] += 1
        try:
            yield
        finally:
            self._there[address] -= 1
            if not self._there[address]:
                del self._there[address]


class Budget:
    """A bucket of frames that fills with time."""

    def __init__(self, a_second: float, most: float) -> None:
        self._a_second, self._most = a_second, most
        self._left, self._at = most, 0.0

    def take(self, now: float) -> bool:
        """Take one; say whether there was one left. `now` is the loop's time."""
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def wants_socket(request: Request) -> bool:
    """Say whether a request is the handshake of a websocket; LookupError where it says so twice."""
    return "websocket" in request.headers.get("Upgrade", "").lower()


def asked(request: Request, name: str) -> str:
    """Give the first field of this name in a request's address; "" for none."""
    return next(iter(parse_qs(urlsplit(request.path).query).get(name, [])), "")


def screen_name(request: Request) -> str:
    """Give the name of a screen, which stands in its page's address; "" for none."""
    return clean_line(asked(request, "screen"), NAME_MAX).strip()


def address_of(connection: ServerConnection) -> str:
    """Give the address of a peer; "" where it has none any more."""
    address = connection.remote_address
    return str(address[0]) if address else ""


def _local(address: str) -> bool:
    return address in ("", "::1") or address.startswith("127.")


def _elsewhere(path: str) -> Response:
    return response(HTTPStatus.FOUND, b"", "text/plain", {"Location": path})

"""The door: websockets for consoles and screens.

Owns sockets, limits and the handshake; never decides what anybody gets to see (hub) or do (desk).
No compression: for frames of this size it costs three times what it saves (docs/performance.md).
Over 500 lines because a peer's whole way, from its handshake to its end, is read in one place.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from typing import Protocol, assert_never
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec.structs import replace
from websockets.asyncio.server import Server as SocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from eventlive.errors import ProtocolError, SettingsError
from eventlive.hub import Hub, Seat
from eventlive.listening.cleaning import clean_line
from eventlive.lookups import Library, Lookups
from eventlive.messages import (
    MAX_FRAME,
    PROTOCOL,
    About,
    Bye,
    ClaimItem,
    Hello,
    Looking,
    Order,
    Preview,
    Previewed,
    ReadLog,
    Reply,
    Search,
    Seen,
    ToConsole,
    Unwatch,
    Watch,
    Welcome,
    cleaned,
    encoder,
    read_console_frame,
)
from eventlive.model import Health, Role
from eventlive.pages import response, text, with_headers
from eventlive.screens import Screens
from eventlive.settings import Settings

log = logging.getLogger("eventlive.server")

HELLO_SECONDS = 10.0
SEND_SECONDS = 10.0
TICK = 0.1
"""Seconds between two updates of a console's views."""

SWEEP_SECONDS = 1.0
CLOSE_SECONDS = 2.5
PULSE_SECONDS = 5.0
RESERVED = frozenset({"rule", "venue", "script", "clock"})
"""Names in the log that are nobody's: the engine decides under them itself."""

COMMANDS_A_SECOND = 40
COMMANDS_AT_ONCE = 80
LOOKUPS_A_SECOND = 10
LOOKUPS_AT_ONCE = 40
SCREEN_FRAME = 1024
SCREEN_FRAMES = 20
SCREEN_FRAMES_AT_ONCE = 100
SCREENS_LISTED = 12


class Engine(Protocol):
    """What the door needs of the engine behind it."""

    hub: Hub

    @property
    def library(self) -> Library: ...

    async def preview(self, ref: int) -> Previewed: ...

    def order(
        self, who: str, order: Order, done: Callable[[Reply], None], role: Role = "lead"
    ) -> None: ...

    def health(self) -> Health: ...

    def now(self) -> datetime: ...


class Server:
    """One engine's door. Open it with `open_server`."""

    def __init__(
        self, engine: Engine, settings: Settings, facts: Welcome, assets: Mapping[str, Response]
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._facts = facts
        self._assets = assets
        self._screens = Screens()
        self._addresses: Counter[str] = Counter()
        self._closing = False
        self._consoles: dict[ServerConnection, Seat] = {}
        self.port = 0
        engine.hub.audience = self._screens

    @property
    def wall(self) -> str:
        scheme = "https" if self._settings.cert else "http"
        return f"{scheme}://{_host(self._settings.host)}:{self.port}/wall"

    @property
    def console(self) -> str:
        scheme = "wss" if self._settings.cert else "ws"
        return f"{scheme}://{_host(self._settings.host)}:{self.port}/console"

    async def tend(self) -> None:
        """Drop stalled screens and give signs of life, until cancelled."""
        loop = asyncio.get_running_loop()
        pulse = loop.time()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if dropped := self._screens.sweep():
                log.warning("closed %d screens that did not read", dropped)
            self._engine.hub.screens = len(self._screens)
            self._engine.hub.listed = self._screens.listed(
                self._engine.hub.seq, loop.time(), SCREENS_LISTED
            )
            if loop.time() - pulse >= PULSE_SECONDS:
                pulse = loop.time()
                self._engine.hub.pulse(self._engine.now())

    def farewell(self, reason: str) -> None:
        """Tell consoles why it ends; new peers are refused from now on."""
        self._closing = True
        for seat in self._consoles.values():
            seat.tell(Bye(reason))

    # --- HTTP --------------------------------------------------------------------------------

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a plain GET, or let a websocket handshake through."""
        try:
            return self._answer(connection, request)
        except (ValueError, LookupError) as error:
            # An address that is none, a header that stands twice.
            return text(HTTPStatus.BAD_REQUEST, f"this request cannot be read: {error}")

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if request.method != "GET":
            return response(HTTPStatus.METHOD_NOT_ALLOWED, b"", "text/plain", {"Allow": "GET"})
        if self._closing:
            return text(HTTPStatus.SERVICE_UNAVAILABLE, "the engine is closing")
        if "websocket" in request.headers.get("Upgrade", "").lower():
            return self._refuse(connection, request, path)
        if path == "/":
            return response(HTTPStatus.FOUND, b"", "text/plain", {"Location": "/wall"})
        if asset := self._assets.get(path):
            return asset
        return text(HTTPStatus.NOT_FOUND, "there is nothing at this address; the wall is at /wall")

    def _refuse(self, connection: ServerConnection, request: Request, path: str) -> Response | None:
        origin = request.headers.get("Origin")
        match path:
            case "/console" if origin is not None:
                # Consoles are programs and send none; a browser's page must not command an event.
                return text(HTTPStatus.FORBIDDEN, "a console does not run in a browser")
            case "/console" if len(self._consoles) >= self._settings.max_consoles:
                return text(HTTPStatus.SERVICE_UNAVAILABLE, "too many consoles")
            case "/console":
                pass
            case "/wall" if origin and urlsplit(origin).netloc != request.headers.get("Host"):
                return text(HTTPStatus.FORBIDDEN, "this page comes from another address")
            case "/wall" if not self._settings.screen_allowed(_token(request)):
                return text(HTTPStatus.FORBIDDEN, "the screen's token is wrong: /wall?token=…")
            case "/wall" if len(self._screens) >= self._settings.max_screens:
                return text(HTTPStatus.SERVICE_UNAVAILABLE, "too many screens")
            case "/wall":
                pass
            case _:
                return text(HTTPStatus.NOT_FOUND, "sockets are at /console and /wall")
        address = _address(connection)
        if self._addresses[address] >= self._settings.per_address and not _local(address):
            return text(HTTPStatus.TOO_MANY_REQUESTS, "too many connections from this address")
        return None

    # --- websockets --------------------------------------------------------------------------

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one peer until it goes."""
        assert connection.request is not None
        address = _address(connection)
        self._addresses[address] += 1
        try:
            if urlsplit(connection.request.path).path == "/wall":
                await self._serve_screen(connection)
            else:
                await self._serve_console(connection)
        except ConnectionClosed:
            pass
        finally:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    async def _serve_screen(self, connection: ServerConnection) -> None:
        engine = self._engine
        await engine.hub.settled()
        if engine.hub.failed:
            return
        loop, budget = asyncio.get_running_loop(), _Budget(SCREEN_FRAMES, SCREEN_FRAMES_AT_ONCE)
        self._screens.add(
            connection,
            engine.hub.picture(engine.now()),
            name=_screen_name(connection),
            address=_address(connection),
            seq=engine.hub.seq,
            now=loop.time(),
        )
        engine.hub.screens = len(self._screens)
        try:
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
                self._screens.said(connection, seen, engine.hub.seq, loop.time())
        finally:
            self._screens.discard(connection)
            engine.hub.screens = len(self._screens)

    async def _serve_console(self, connection: ServerConnection) -> None:
        hello = await self._greeted(connection)
        if hello is None:
            return
        role = self._settings.role_of(hello.token)
        assert role is not None
        hub, loop = self._engine.hub, asyncio.get_running_loop()
        seat = Seat(hub, hello.name, role, loop.time())
        await hub.settled()
        # From here on nothing waits until it is one of those who are told what changes.
        seat.tell(self._welcome(hello, role))
        if hub.failed:
            return
        hub.join(seat)
        hub.introduce(seat, self._engine.health(), loop.time())
        self._consoles[connection] = seat
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(self._send(connection, seat), name="console:send")
                lookups = Lookups(self._engine, seat.tell, tasks)
                await self._receive(connection, seat, lookups)
                lookups.end()
                sender.cancel()
        except* ConnectionClosed:
            pass
        finally:
            hub.leave(seat)
            del self._consoles[connection]

    async def _greeted(self, connection: ServerConnection) -> Hello | None:
        """Read the first frame; None where the console was refused and told why."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                hello = read_console_frame(await connection.recv())
        except TimeoutError:
            await _refuse_console(connection, "no hello came within 10 s")
            return None
        except ProtocolError as error:
            await _refuse_console(connection, str(error))
            return None
        if not isinstance(hello, Hello):
            await _refuse_console(connection, "the first frame must be a hello")
            return None
        name = clean_line(hello.name).strip()
        if hello.protocol != PROTOCOL:
            older = "console" if hello.protocol < PROTOCOL else "engine"
            await _refuse_console(
                connection,
                f"this console speaks protocol {hello.protocol}, the engine {PROTOCOL}:"
                f" update the {older}",
            )
        elif not name or name.casefold() in RESERVED:
            await _refuse_console(connection, f"{name!r} cannot be a name here; use your own")
        elif self._settings.role_of(hello.token) is None:
            log.warning("console %r came with a wrong token", hello.name)
            await _refuse_console(connection, "the token is wrong; ask whoever runs the engine")
        else:
            return replace(hello, name=name)
        return None

    def announce(self, facts: Welcome) -> None:
        """Tell every console what a new edition of the script says."""
        self._facts = facts
        for seat in self._consoles.values():
            seat.tell(
                replace(
                    facts, now=self._engine.now(), role=seat.role, name=seat.name, wall=self.wall
                )
            )

    def _welcome(self, hello: Hello, role: Role) -> Welcome:
        return replace(
            self._facts, now=self._engine.now(), role=role, name=hello.name, wall=self.wall
        )

    async def _receive(self, connection: ServerConnection, seat: Seat, lookups: Lookups) -> None:
        loop = asyncio.get_running_loop()
        budget = _Budget(COMMANDS_A_SECOND, COMMANDS_AT_ONCE)
        # All consoles look up through one connection to the database.
        few = _Budget(LOOKUPS_A_SECOND, LOOKUPS_AT_ONCE)
        async for raw in connection:
            await seat.room()
            try:
                frame = read_console_frame(raw)
            except ProtocolError as error:
                seat.tell(Reply(_ref_in(raw), False, str(error)))
                continue
            if not (isinstance(frame, Order) and isinstance(frame.command, ClaimItem)):
                # A console renews its claims whether somebody sits at it or not.
                seat.asked = loop.time()
            match frame:
                case Order() | Search() | Preview() | About() | ReadLog() if not budget.take(
                    loop.time()
                ):
                    seat.tell(Reply(frame.ref, False, "too many commands at once; slow down"))
                case Order() if seat.role == "viewer":
                    seat.tell(Reply(frame.ref, False, "a viewer looks on; it may not decide"))
                case Order():
                    order = Order(frame.ref, cleaned(frame.command))
                    self._engine.order(seat.name, order, seat.tell, seat.role)
                case Search() | Preview() | About() | ReadLog() if not few.take(loop.time()):
                    seat.tell(Reply(frame.ref, False, "too many look-ups at once; slow down"))
                case Search() | Preview() | About() | ReadLog():
                    lookups.begin(frame)
                case Looking():
                    if reason := seat.look(frame, loop.time()):
                        seat.tell(Reply(0, False, reason))
                case Watch():
                    if reason := seat.watch(frame):
                        seat.tell(Reply(0, False, reason))
                case Unwatch():
                    seat.unwatch(frame.view)
                case Hello():
                    seat.tell(Reply(0, False, "the hello was said already"))
                case _:
                    assert_never(frame)

    async def _send(self, connection: ServerConnection, seat: Seat) -> None:
        """Send replies at once and views at most ten times a second; give up on who never reads."""
        loop = asyncio.get_running_loop()
        due = 0.0
        while not seat.overrun:
            window = due - loop.time()
            if window > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(window):
                        await seat.urgent.wait()
            else:
                await seat.anything.wait()
            frames = seat.take_frames()
            if loop.time() >= due:
                frames += [update async for update in seat.take_updates()]
                due = loop.time() + TICK
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    for frame in frames:
                        await connection.send(frame, text=True)
            except TimeoutError:
                break
        log.warning("console %r does not read; closed", seat.name)
        seat.leave()
        connection.transport.abort()


@asynccontextmanager
async def open_server(
    engine: Engine, settings: Settings, facts: Welcome, assets: Mapping[str, Response]
) -> AsyncIterator[Server]:
    """Listen; peers are closed with 1001 at the end. Raises SettingsError for the address."""
    server = Server(engine, settings, facts, assets)
    listening: SocketServer
    try:
        listening = await serve(
            server.handle,
            settings.host,
            settings.port,
            process_request=server.process_request,
            process_response=with_headers,
            compression=None,
            max_size=MAX_FRAME,
            max_queue=16,
            ping_interval=20,
            ping_timeout=20,
            open_timeout=10,
            close_timeout=2,
            server_header=None,
            ssl=_tls(settings),
        )
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error};"
            " choose another with --port (0 takes a free one)"
        ) from error
    server.port = next(iter(listening.sockets)).getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await listening.wait_closed()
        except TimeoutError:
            # A peer that hangs in its handshake is waited for longer than an end may take.
            for connection in list(listening.all_connections):
                connection.transport.abort()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await listening.wait_closed()


class _Budget:
    """A bucket of commands that fills with time."""

    def __init__(self, a_second: float, most: float) -> None:
        self._a_second, self._most = a_second, most
        self._left, self._at = most, 0.0

    def take(self, now: float) -> bool:
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def _refuse_console(connection: ServerConnection, reason: str) -> None:
    bye: ToConsole = Bye(reason)
    async with asyncio.timeout(SEND_SECONDS):
        await connection.send(encoder.encode(bye), text=True)
    # A close frame carries 123 bytes at most (RFC 6455, 5.5).
    await connection.close(1008, reason.encode()[:120].decode(errors="ignore"))


def _ref_in(raw: str | bytes) -> int:
    """Find the number of a command that could not be read: its console waits for a reply."""
    try:
        found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).get("ref")
        return msgspec.json.decode(found, type=int) if found else 0
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return 0


def _token(request: Request) -> str:
    return _asked(request, "token")


def _screen_name(connection: ServerConnection) -> str:
    """Give the name of a screen, which stands in its page's address; "" for none."""
    assert connection.request is not None
    return clean_line(_asked(connection.request, "screen"), 60).strip()


def _asked(request: Request, name: str) -> str:
    return next(iter(parse_qs(urlsplit(request.path).query).get(name, [])), "")


def _address(connection: ServerConnection) -> str:
    address = connection.remote_address
    return str(address[0]) if address else ""


def _local(address: str) -> bool:
    return address in ("", "::1") or address.startswith("127.")


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.cert, settings.cert_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"{settings.cert}: this certificate cannot be used: {error}") from error
    return context

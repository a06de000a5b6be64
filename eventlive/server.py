"""The door: websockets for consoles, and beside them the wall's own door.

Owns limits and handshakes of consoles; never decides what anybody gets to see (hub) or do (desk).
Over 300 lines because a console's whole way, from its handshake to its end, is read in one place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from typing import Protocol, assert_never
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from eventlive.attendance import Attendance
from eventlive.doorway import address, open_doorway
from eventlive.errors import ProtocolError
from eventlive.hub import Hub, Seat
from eventlive.listening.cleaning import clean_line
from eventlive.lookups import Library, Lookups
from eventlive.messages import (
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
    ToConsole,
    Unwatch,
    Watch,
    Welcome,
    cleaned,
    encoder,
    read_console_frame,
)
from eventlive.model import Health, Role, Screen
from eventlive.pages import Assets, text
from eventlive.screens import Screens
from eventlive.settings import Settings
from eventlive.wall_door import Budget, WallDoor, wants_socket

log = logging.getLogger("eventlive.server")

HELLO_SECONDS = 10.0
SEND_SECONDS = 10.0
TICK = 0.1
"""Seconds between two updates of a console's views."""

SWEEP_SECONDS = 1.0
PULSE_SECONDS = 5.0
RESERVED = frozenset({"rule", "venue", "script", "clock"})
"""Names in the log that are nobody's: the engine decides under them itself."""

COMMANDS_A_SECOND = 40
COMMANDS_AT_ONCE = 80
LOOKUPS_A_SECOND = 10
LOOKUPS_AT_ONCE = 40
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
        self,
        engine: Engine,
        settings: Settings,
        facts: Welcome,
        assets: Assets,
        attendance: Attendance | None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._facts = facts
        self._wall = WallDoor(engine.hub, settings, assets, engine.now, self._named)
        self._attendance = attendance
        self._closing = False
        self._consoles: dict[ServerConnection, Seat] = {}
        self.port = 0
        engine.hub.attached = self._wall.screens
        engine.hub.audiences.append(self._wall.screens)

    @property
    def screens(self) -> Screens:
        return self._wall.screens

    @property
    def wall(self) -> str:
        return address(self._settings, self.port, "http", "/wall")

    @property
    def console(self) -> str:
        return address(self._settings, self.port, "ws", "/console")

    async def tend(self) -> None:
        """Drop stalled screens, note who is there, give signs of life, until cancelled."""
        loop = asyncio.get_running_loop()
        pulse = loop.time()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if dropped := self._wall.screens.sweep():
                log.warning("closed %d screens that did not read", dropped)
            if self._attendance is not None:
                await self._attendance.keep(self._wall.screens.away, loop.time())
            hub = self._engine.hub
            named = [screen.id for screen in self._named() if screen.named]
            hub.ours = self._wall.screens.listed(hub.seq, loop.time(), SCREENS_LISTED, named)
            if loop.time() - pulse >= PULSE_SECONDS:
                pulse = loop.time()
                hub.pulse(self._engine.now())

    def farewell(self, reason: str) -> None:
        """Tell consoles why it ends; new peers are refused from now on."""
        self._closing = True
        for seat in self._consoles.values():
            seat.tell(Bye(reason))

    # --- HTTP --------------------------------------------------------------------------------

    async def process_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a plain GET, or let a websocket handshake through."""
        if self._closing:
            return text(HTTPStatus.SERVICE_UNAVAILABLE, "the engine is closing")
        with suppress(ValueError, LookupError):
            # A request that cannot be read is the wall's to refuse, like all others.
            if wants_socket(request) and urlsplit(request.path).path == "/console":
                return self._refuse(connection, request)
        return await self._wall.process_request(connection, request)

    def _refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get_all("Origin"):
            # Consoles are programs and send none; a browser's page must not command an event.
            return text(HTTPStatus.FORBIDDEN, "a console does not run in a browser")
        if len(self._consoles) >= self._settings.max_consoles:
            return text(HTTPStatus.SERVICE_UNAVAILABLE, "too many consoles")
        return self._wall.addresses.refuse(connection)

    # --- websockets --------------------------------------------------------------------------

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one peer until it goes."""
        assert connection.request is not None
        if urlsplit(connection.request.path).path == "/wall":
            await self._wall.serve(connection)
            return
        with suppress(ConnectionClosed), self._wall.addresses.one_more(connection):
            await self._serve_console(connection)

    def _named(self) -> list[Screen]:
        return list(self._engine.hub.desk.state.screens.values())

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
        budget = Budget(COMMANDS_A_SECOND, COMMANDS_AT_ONCE)
        # All consoles look up through one connection to the database.
        few = Budget(LOOKUPS_A_SECOND, LOOKUPS_AT_ONCE)
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
    engine: Engine,
    settings: Settings,
    facts: Welcome,
    assets: Assets,
    attendance: Attendance | None = None,
) -> AsyncIterator[Server]:
    """Listen; peers are closed with 1001 at the end.

    `attendance` keeps who is there for the engine's next life. Raises SettingsError for the address
    or the certificate.
    """
    server = Server(engine, settings, facts, assets, attendance)
    if attendance is not None:
        await attendance.recall(server.screens.away, asyncio.get_running_loop().time())
    async with open_doorway(server.handle, server.process_request, settings) as port:
        server.port = port
        yield server


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

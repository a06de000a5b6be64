"""One message to many screens: the CPU that each delivery costs the server.

Owns three servers, each a process of its own (this module run as one): the engine's own door, a
bare asyncio loop that writes a frame built once, and `websockets.broadcast()` as it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from itertools import count, islice
from statistics import median

import msgspec
from websockets.asyncio.server import ServerConnection, broadcast, serve

from eventlive.clock import utc_now
from eventlive.desk import Desk, Rules
from eventlive.hub import Hub
from eventlive.lookups import Library
from eventlive.messages import PROTOCOL, Order, Previewed, Reply, Welcome
from eventlive.model import Health, Role
from eventlive.pages import Gathered
from eventlive.server import open_server
from eventlive.settings import read_settings
from tests.bench.screens import attached
from tests.bench.table import Row, Section, Target
from tests.bench.times import Times

SIZE = 600
"""Bytes of a message: as many as in a change that puts a card up and takes another down."""

AUDIENCES = {100: 30, 1_000: 12, 5_000: 4}
"""Screens, and how many messages each of them gets in a run."""

TIMED = 1_000
APART = 0.03
"""Seconds at least between two messages: screens read meanwhile, and nothing waits in a buffer."""

RUNS = 7
SERVERS = ("eventlive", "bare", "broadcast")

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


class Sent(msgspec.Struct):
    """What a run took the server: CPU seconds; and when (time.perf_counter) each message left."""

    cpu: float
    left: list[float]


async def fanout() -> Section:
    """Measure each server with each audience, in turn, several times."""
    rows, last = [], []
    for audience, messages in AUDIENCES.items():
        sent: dict[str, list[Sent]] = {name: [] for name in SERVERS}
        async with contextlib.AsyncExitStack() as stack:
            servers = {
                name: await stack.enter_async_context(Process.open(name)) for name in SERVERS
            }
            screens = {
                name: await stack.enter_async_context(attached(server.url, audience))
                for name, server in servers.items()
            }
            for _ in range(RUNS + 1):
                for name, server in servers.items():
                    sent[name].append(await server.send(messages))
        for name in SERVERS:
            account = screens[name].account
            expected = audience * messages * (RUNS + 1)
            if account.frames - audience * (name == "eventlive") < expected or account.closed:
                raise RuntimeError(f"{name}: {account.frames} frames came of {expected}")
        # The first run fills caches and socket buffers.
        cost = {
            name: median(run.cpu for run in runs[1:]) / messages / audience * 1e6
            for name, runs in sent.items()
        }
        rows.append(
            Row(
                f"to {audience:,} screens",
                cost["eventlive"],
                "µs",
                cost["bare"],
                "bare loop",
                Target(1.15, ratio=True),
                f"broadcast() {cost['broadcast']:.1f} µs,"
                f" {cost['broadcast'] / cost['eventlive']:.1f} times as much",
            )
        )
        if audience == TIMED:
            ours, bare = (
                Times.in_turn([at for run in sent[name] for at in run.left], screens[name].account)
                for name in ("eventlive", "bare")
            )
            last.append(ours.row_of_last(f"to {audience:,} screens", bare, "bare loop"))
        print(f"  … {audience} screens", file=sys.stderr, flush=True)
    return Section(
        "One message to many screens",
        f"CPU of the serving process for each delivery of a message of {SIZE} bytes, real"
        f" sockets, medians of {RUNS} runs in turn. Beside: plain asyncio transports and one frame"
        " built once; and `websockets.broadcast()` as it comes, with deflate on. Then the time from"
        " the sending until the last screen has read.",
        [*rows, *last],
    )


class Process:
    """A server of this module in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.url = url
        self.pid = process.pid
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, name: str) -> AsyncIterator[Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.fanout",
            name,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(30):
                url = (await process.stdout.readline()).decode().strip()
            yield cls(process, url)
        finally:
            process.kill()
            await process.wait()

    async def send(self, messages: int) -> Sent:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"%d\n" % messages)
        async with asyncio.timeout(60):
            return msgspec.json.decode(await self._process.stdout.readline(), type=Sent)


# --- the processes ------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _eventlive() -> AsyncIterator[tuple[str, Callable[[bytes], None]]]:
    """The engine's door, and the audience behind it."""
    settings = read_settings(port=0)
    facts = Welcome(PROTOCOL, "bench", "Bench", "UTC", utc_now(), "lead", "", "", 5.0, (), ())
    door = _Door()
    async with open_server(door, settings, facts, Gathered({})) as server:
        (audience,) = door.hub.audiences
        yield re.sub("^http", "ws", server.wall), lambda message: audience.send(message, 0, "")


class _Door:
    """What the door needs of an engine, and nothing behind it."""

    def __init__(self) -> None:
        self.hub = Hub(Desk(Rules()), pictures=False)

    @property
    def library(self) -> Library:
        raise NotImplementedError

    def order(
        self, who: str, order: Order, done: Callable[[Reply], None], role: Role = "lead"
    ) -> None:
        raise NotImplementedError

    async def preview(self, ref: int) -> Previewed:
        raise NotImplementedError

    def health(self) -> Health:
        return Health(at=self.now(), started_at=self.now())

    def now(self) -> datetime:
        return datetime.now(UTC)


class Bare(asyncio.Protocol):
    """The least a screen's server can be: an answer to the handshake, and a transport.

    Whoever asks for /console has each of its frames answered by one message to all screens.
    """

    screens: dict[Bare, asyncio.Transport] = {}  # noqa: RUF012 - one audience a process

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._asked = b""

    @classmethod
    def send(cls, message: bytes) -> None:
        framed = b"\x81\x7e" + len(message).to_bytes(2, "big") + message
        for transport in cls.screens.values():
            transport.write(framed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._asked.endswith(b"\r\n\r\n"):
            if self._asked.startswith(b"GET /console"):
                self.send(next(MESSAGES))
            return
        self._asked += data
        if self._asked.endswith(b"\r\n\r\n"):
            self._transport.write(UPGRADED)
            if self._asked.startswith(b"GET /wall"):
                self.screens[self] = self._transport

    def connection_lost(self, error: Exception | None) -> None:
        self.screens.pop(self, None)


@contextlib.asynccontextmanager
async def _bare() -> AsyncIterator[tuple[str, Callable[[bytes], None]]]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bare, "127.0.0.1", 0, backlog=100)
    yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/wall", Bare.send
    server.close()


@contextlib.asynccontextmanager
async def _broadcast() -> AsyncIterator[tuple[str, Callable[[bytes], None]]]:
    screens: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        screens.add(connection)
        try:
            await connection.wait_closed()
        finally:
            screens.discard(connection)

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/wall", lambda message: broadcast(screens, message.decode())


def _messages() -> Iterator[bytes]:
    """Make changes of one size, each its own, as JSON."""
    for number in count(1_000_000):
        begun = b'{"tell":"changed","seq":%d,"put":[{"kind":"card","id":"x:1","text":"' % number
        yield begun.ljust(SIZE - len(END), b"x") + END


END = b'"}]}'
MESSAGES = _messages()


async def _serve(name: str) -> None:
    """Say the address, then send as many messages as each line on stdin asks for."""
    opened = {"eventlive": _eventlive, "bare": _bare, "broadcast": _broadcast}[name]
    loop = asyncio.get_running_loop()
    async with opened() as (url, send):
        print(url, flush=True)
        gc.freeze()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            sent = Sent(0.0, [])
            for message in islice(MESSAGES, int(line)):
                cpu, left = time.process_time(), time.perf_counter()
                send(message)
                took = time.perf_counter() - left
                sent.cpu += time.process_time() - cpu
                sent.left.append(left)
                await asyncio.sleep(max(APART, 1.5 * took))
            print(msgspec.json.encode(sent).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))

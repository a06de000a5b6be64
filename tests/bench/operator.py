"""One operator at a console: watches the four panes, approves at an even pace, keeps the times.

Owns a real console's connection and what it was told; never judges it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from eventlive.messages import (
    MAX_FRAME_TO_CONSOLE,
    PROTOCOL,
    Approve,
    Archive,
    Command,
    Hello,
    Order,
    Queue,
    Reply,
    State,
    Update,
    Watch,
    encoder,
    read_engine_frame,
)
from eventlive.model import Health, Item

PANES: tuple[Queue, ...] = ("inbox", "questions", "outgoing", "wall")
ROWS = 200
FIRST_ASKED = 1_000_000
"""Replies to what is asked one by one are told from those to approvals by their numbers."""


class Operator:
    """An operator's console.

    `left` has the moment (time.perf_counter) each approval went into the socket, `heard` when
    each State came and what it said of the engine's health, `state` all of the last one.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.heard: list[tuple[float, Health]] = []
        self.left: dict[str, float] = {}
        self.approved: set[str] = set()
        self.refused: list[str] = []
        self.state: State | None = None
        self._connection = connection
        self._items: dict[str, Item] = {}
        self._inbox: tuple[str, ...] = ()
        self._orders: dict[int, str] = {}
        self._answers: dict[int, asyncio.Future[Reply]] = {}
        self._asked = FIRST_ASKED
        self._news = asyncio.Event()

    async def read(self) -> None:
        """Take what the engine tells until it closes."""
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._connection:
                match read_engine_frame(frame):
                    case State(health) as state:
                        self.heard.append((time.perf_counter(), health))
                        self.state = state
                    case Update("inbox", order, rows):
                        known = self._items | {row.id: row for row in rows if isinstance(row, Item)}
                        self._items = {key: known[key] for key in order}
                        self._inbox = order
                    case Reply() as reply if waits := self._answers.pop(reply.ref, None):
                        waits.set_result(reply)
                    case Reply(ref, ok, reason, _, present) if item := self._orders.pop(ref, None):
                        if ok:
                            self.approved.add(item)
                        else:
                            self.refused.append(reason)
                        if isinstance(present, Item) and present.state == "open":
                            # A question that was shown stays in the inbox until it is dealt with.
                            await self._order(0, Archive(present.id, present.version))
                self._news.set()
        self._news.set()

    async def approve(self, a_second: float, count: int = 1_000_000) -> None:
        """Approve the best waiting post again and again, at an even pace."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for _ in range(count):
            await asyncio.sleep(max(0.0, due - loop.time()))
            due += 1 / a_second
            item = self.next_item()
            if item is not None:
                ref = len(self.left) + 1
                self._orders[ref] = item.id
                self.left[item.id] = time.perf_counter()
                await self._order(ref, Approve(item.id, item.version))

    def next_item(self) -> Item | None:
        """Give the best waiting post that this operator has not approved yet."""
        return next((self._items[key] for key in self._inbox if key not in self.left), None)

    async def ask(self, command: Command) -> tuple[float, Reply]:
        """Give a command and wait for its reply; when it left, and what was said.

        Raises TimeoutError.
        """
        self._asked += 1
        waits = self._answers[self._asked] = asyncio.get_running_loop().create_future()
        left = time.perf_counter()
        await self._order(self._asked, command)
        async with asyncio.timeout(30):
            return left, await waits

    async def _order(self, ref: int, command: Command) -> None:
        await self._connection.send(encoder.encode(Order(ref, command)), text=True)

    async def until(self, posts: int, seconds: float) -> Health:
        """Wait until the engine says that it has so many posts. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self.heard or self.heard[-1][1].posts < posts:
                await self.news()
        return self.heard[-1][1]

    async def settled(self) -> None:
        """Wait until every approval was answered."""
        async with asyncio.timeout(30):
            while self._orders:
                await self.news()

    async def news(self) -> None:
        """Wait for the next frame. Raises ConnectionError where there will be none."""
        self._news.clear()
        await self._news.wait()
        if self._connection.close_code is not None:
            closed = self._connection
            raise ConnectionError(f"the engine hung up: {closed.close_code} {closed.close_reason}")


@contextlib.asynccontextmanager
async def operating(url: str) -> AsyncIterator[Operator]:
    """Have an operator at work while the block runs."""
    async with (
        connect(url, compression=None, max_size=MAX_FRAME_TO_CONSOLE, max_queue=None) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        hello: msgspec.Struct = Hello(PROTOCOL, "bench")
        await connection.send(encoder.encode(hello), text=True)
        for pane in PANES:
            await connection.send(encoder.encode(Watch(pane, pane, count=ROWS)), text=True)
        operator = Operator(connection)
        reading = tasks.create_task(operator.read(), name="operator:read")
        yield operator
        reading.cancel()

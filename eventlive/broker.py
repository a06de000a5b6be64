"""A line to an MQTT broker that is kept up for ever.

Owns the connection, its encryption and the waits between two tries; knows no topic. A broker that
is away is never fatal: whoever works over the line begins anew once it is back.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NoReturn, cast
from urllib.parse import urlsplit

import aiomqtt
from paho.mqtt.properties import Properties

from eventlive.errors import SettingsError

log = logging.getLogger("eventlive.broker")
_client_log = logging.getLogger("eventlive.broker.client")
_client_log.setLevel(logging.ERROR)  # what is dropped is counted here, and said once

BACK_OFF = (0.25, 1.5)
"""Seconds until the next try, and at most: once it is back, all show the same soon after."""

TIMEOUT = 4.0
SLOW = 120.0
"""Seconds for a file on a slow line."""

AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""What is small leaves at once: behind a cue's receipt its outcome would wait up to 40 ms."""

UNDER_WAY = 16
"""Messages without a receipt; the client keeps order among twenty (max_inflight_messages)."""

KEEP_ALIVE = 15
WAITING = 10_000
"""Messages that wait to be read; the client drops a further one."""

RANKS = 3
FEW = 40
"""Messages that wait, up to which they are read in their order."""

Work = Callable[[aiomqtt.Client], Awaitable[None]]


class Waiting(asyncio.Queue[aiomqtt.Message]):
    """Messages that wait to be read: a few in their order, of many the most urgent first.

    `rank` says how urgent one is, 0 for the most, below RANKS. Where it is full one that is less
    urgent makes room, or of the most urgent ones the oldest: their last word counts. `dropped`
    counts what was let go.
    """

    def __init__(self, rank: Callable[[aiomqtt.Message], int], maxsize: int = WAITING) -> None:
        self._rank = rank
        self._waiting: list[deque[tuple[int, aiomqtt.Message]]] = [deque() for _ in range(RANKS)]
        self._came = 0
        self.dropped = 0
        super().__init__(maxsize)

    def qsize(self) -> int:
        return sum(map(len, self._waiting))

    def empty(self) -> bool:
        return not self.qsize()

    def put_nowait(self, item: aiomqtt.Message) -> None:
        if self.full():
            self.dropped += 1
            rank = self._rank(item)
            least = max(at for at, some in enumerate(self._waiting) if some)
            if rank > least or rank == least == RANKS - 1:
                raise asyncio.QueueFull
            if rank == least:
                self._waiting[least].popleft()
            else:
                self._waiting[least].pop()
        super().put_nowait(item)

    def _put(self, item: aiomqtt.Message) -> None:
        self._came += 1
        self._waiting[self._rank(item)].append((self._came, item))

    def _get(self) -> aiomqtt.Message:
        some = [waiting for waiting in self._waiting if waiting]
        # Of a few the order counts, as in "scene, release": what is behind them waits no time.
        few = self.qsize() <= FEW
        first = min(some, key=lambda waiting: waiting[0][0]) if few else some[0]
        return first.popleft()[1]


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, `mqtt://host:port` or `mqtts://…`, and how it knows us.

    `ca` is a file of certificates to trust beside the system's own.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None

    @property
    def place(self) -> str:
        """Name it for a log."""
        address = urlsplit(self.url)
        return f"{address.hostname}:{self._port}"

    @property
    def _secure(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def _port(self) -> int:
        return urlsplit(self.url).port or (8883 if self._secure else 1883)

    def client(
        self, will: aiomqtt.Will | None = None, waiting: Waiting | None = None
    ) -> aiomqtt.Client:
        """Make a client that is not connected yet. Raises SettingsError for the certificates.

        What arrives waits in `waiting`, or in the client's own order.
        """
        # The client makes its queue of a type: a queue that is there already is as good.
        queue = cast("type[asyncio.Queue[aiomqtt.Message]]", lambda maxsize: waiting)
        client = aiomqtt.Client(
            urlsplit(self.url).hostname or "localhost",
            self._port,
            username=self.user or None,
            password=self.password or None,
            tls_context=self._trusting() if self._secure else None,
            timeout=TIMEOUT,
            keepalive=KEEP_ALIVE,
            protocol=aiomqtt.ProtocolVersion.V5,
            socket_options=AT_ONCE,
            max_queued_incoming_messages=WAITING,
            queue_type=queue if waiting is not None else None,
            will=will,
            logger=_client_log,
        )
        # So many are meant to be under way: a warning for each would bury what matters.
        client.pending_calls_threshold = 2 * UNDER_WAY
        return client

    def _trusting(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca is not None:
            try:
                context.load_verify_locations(self.ca)
            except (OSError, ssl.SSLError) as error:
                raise SettingsError(
                    f"{self.ca}: no certificates can be read from it: {error}"
                ) from error
        return context


async def keep_up(
    broker: Broker,
    work: Work,
    say: Callable[[str], None],
    random: Random,
    will: aiomqtt.Will | None = None,
    queue: Callable[[], Waiting] | None = None,
) -> NoReturn:
    """Have `work` done over a line to a broker, from the beginning at every connection.

    `say` is told how the line is, in words. What arrives waits in a new `queue` at every
    connection. Ends by being cancelled.
    """
    tries, told = 0, ""
    while True:
        try:
            async with broker.client(will, queue() if queue is not None else None) as client:
                tries, told = 0, ""
                say("connected")
                log.info("connected to the broker at %s", broker.place)
                await work(client)
        except (aiomqtt.MqttError, OSError, TimeoutError) as error:
            if told != str(error):
                told = str(error)
                log.warning("the broker at %s is away: %s", broker.place, error)
            say(f"away: {error}")
        except Exception:
            # A bug in what goes over the line is no reason to end the show.
            log.exception("what goes over the line to %s failed", broker.place)
            say("failed")
        first, longest = BACK_OFF
        wait = min(longest, first * 2.0 ** min(tries, 8))
        tries += 1
        await asyncio.sleep(wait * random.uniform(0.5, 1.5))


async def together(tasks: Mapping[str, Awaitable[None]]) -> None:
    """Do several things over one line, until one fails.

    Raises MqttError where the line does; whatever else is raised is in a group.
    """

    # In a task of its own, not in a group's: where a group fails in the moment in which its owner
    # is cancelled, the failure swallows the cancellation (Python 3.11): nothing would end the line.
    group = asyncio.create_task(_all(tasks), name="together")
    try:
        await asyncio.wait([group])
    except asyncio.CancelledError:
        group.cancel()
        await asyncio.wait([group])
        if not group.cancelled():
            group.exception()
        raise
    try:
        group.result()
    except* aiomqtt.MqttError as failed:
        first: BaseException = failed
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise aiomqtt.MqttError(str(first)) from failed


async def _all(tasks: Mapping[str, Awaitable[None]]) -> None:
    async def done(one: Awaitable[None]) -> None:
        await one

    async with asyncio.TaskGroup() as group:
        for name, one in tasks.items():
            group.create_task(done(one), name=name)


class Pipe:
    """Publishes in order, without waiting for each receipt: a broker may be far away.

    Sixteen are under way at most; a further one waits. What fails ends the group of `tasks`.
    """

    def __init__(self, client: aiomqtt.Client, tasks: asyncio.TaskGroup) -> None:
        self._client = client
        self._tasks = tasks
        self._free = asyncio.Semaphore(UNDER_WAY)

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        properties: Properties | None = None,
    ) -> None:
        """Publish with QoS 1, after all that was published before."""
        await self._free.acquire()
        # Tasks begin in the order in which they are made, and what is sent is sent at once.
        sending = publish(self._client, topic, payload, retain=retain, properties=properties)
        task = self._tasks.create_task(sending, name=f"publish:{topic}")
        task.add_done_callback(lambda _: self._free.release())


async def publish(
    client: aiomqtt.Client,
    topic: str,
    payload: bytes,
    *,
    retain: bool = False,
    properties: Properties | None = None,
    slow: bool = False,
) -> None:
    """Publish with QoS 1, in a task of `together`; a cancellation with the answer is not lost.

    Python 3.11's wait_for, which the client uses, swallows such a one (CPython issue 86296). A task
    that has held a group which failed counts as being cancelled for ever (issue 116720): hence
    those tasks alone.
    """
    wait = SLOW if slow else None
    await client.publish(topic, payload, qos=1, retain=retain, properties=properties, timeout=wait)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

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

Work = Callable[[aiomqtt.Client], Awaitable[None]]


class Waiting(asyncio.Queue[aiomqtt.Message]):
    """Messages that wait to be read: urgent ones first, and never dropped for the sake of others.

    Where it is full the newest that is not urgent makes room. `dropped` counts those.
    """

    def __init__(self, urgent: Callable[[aiomqtt.Message], bool], maxsize: int = WAITING) -> None:
        self._is_urgent = urgent
        self._urgent: deque[aiomqtt.Message] = deque()
        self._others: deque[aiomqtt.Message] = deque()
        self.dropped = 0
        super().__init__(maxsize)

    def qsize(self) -> int:
        return len(self._urgent) + len(self._others)

    def empty(self) -> bool:
        return not self.qsize()

    def put_nowait(self, item: aiomqtt.Message) -> None:
        if self.full():
            self.dropped += 1
            if not self._others or not self._is_urgent(item):
                raise asyncio.QueueFull
            self._others.pop()
        super().put_nowait(item)

    def _put(self, item: aiomqtt.Message) -> None:
        (self._urgent if self._is_urgent(item) else self._others).append(item)

    def _get(self) -> aiomqtt.Message:
        return (self._urgent or self._others).popleft()


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
        return aiomqtt.Client(
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
        )

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

    async def done(one: Awaitable[None]) -> None:
        await one

    try:
        async with asyncio.TaskGroup() as group:
            for name, one in tasks.items():
                group.create_task(done(one), name=name)
    except* aiomqtt.MqttError as failed:
        first: BaseException = failed
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise aiomqtt.MqttError(str(first)) from failed


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

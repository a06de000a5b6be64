"""The wall on its way to relays: what every screen is told, over the venue's broker.

Owns what an engine publishes of the wall, and takes in what relays say of their screens. Never
decides what is shown, and knows no screen. Never fatal: without a broker the engine's own screens
miss nothing, and relays keep their last picture.

Files have a line of their own, for one of fifty megabytes must not keep a hold waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from random import Random
from typing import Protocol

import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from eventlive.broker import Broker, Pipe, keep_up, publish, together
from eventlive.listening.cleaning import clean_line
from eventlive.messages import RelayReport
from eventlive.model import Card, Change, Drop, Put
from eventlive.pages import Assets
from eventlive.wall_topics import Topics

log = logging.getLogger("eventlive.broadcast")

FRAMES_WAITING = 1000
"""Frames that wait for the broker; beyond that they are let go, and relays get a whole picture."""

SHOW_SECONDS = 1.0
"""Seconds between two whole pictures while things change: a relay that missed one is mended."""

PULSE = b'{"tell":"pulse"'
FILES_AT_ONCE = 4
TRIES = 2
RELAYS = 1000
NAME_MAX = 80
REPORT_MAX = 64 << 10


class Wall(Protocol):
    """What is broadcast: the engine's hub."""

    @property
    def failed(self) -> bool: ...

    def picture(self, now: datetime) -> bytes: ...

    async def settled(self) -> None: ...

    def relayed(self, name: str, report: RelayReport | None) -> None: ...

    def addresses(self) -> Iterable[str]: ...


class Broadcast:
    """One event's wall over a broker; an audience of the hub.

    `files` gives the paths of the event's own files, to be had from `assets` like the pictures of
    cards, whose paths the wall has.
    """

    def __init__(
        self,
        event: str,
        broker: Broker,
        wall: Wall,
        assets: Assets,
        *,
        files: Callable[[], Iterable[str]],
        now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._topics = Topics(event)
        self._broker = broker
        self._wall = wall
        self._assets = assets
        self._files = files
        self._now = now
        self._random = random
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._stale = asyncio.Event()
        self._files_changed = asyncio.Event()
        self._gone = asyncio.Event()
        self._there: set[str] = set()
        self._sending: set[str] = set()
        self._broke: Counter[str] = Counter()
        self._refused: set[str] = set()

    def send(self, message: bytes, seq: int, off: str) -> None:
        """Take what screens are told; it leaves as soon as the broker takes it."""
        if len(self._waiting) >= FRAMES_WAITING:
            # Relays see the gap, and wait for the whole picture that comes after it.
            self._waiting.clear()
        self._waiting.append(message)
        self._news.set()
        if not message.startswith(PULSE):
            self._stale.set()

    def listen(self, changes: list[Change]) -> None:
        """Note that cards may bring pictures, or need theirs no longer."""
        if any(isinstance(one, Put) and isinstance(one.put, Card) for one in changes) or any(
            isinstance(one, Drop) and one.kind == "card" for one in changes
        ):
            self._look_at_files()

    def _look_at_files(self) -> None:
        self._files_changed.set()
        self._gone.set()

    def renew(self) -> None:
        """Note that the event's own files may be others: its script has been read again."""
        self._there.clear()
        self._broke.clear()
        self._refused.clear()
        self._look_at_files()

    async def run(self) -> None:
        """Broadcast until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, work in (("wall", self._send_wall), ("files", self._send_files)):
                tasks.create_task(
                    keep_up(self._broker, work, lambda _: None, self._random),
                    name=f"broadcast:{name}",
                )

    async def _send_wall(self, client: aiomqtt.Client) -> None:
        await client.subscribe(self._topics.relay("+"), qos=1)
        self._waiting.clear()
        await together(
            {
                "broadcast:frames": self._send_frames(client),
                "broadcast:relays": self._take_reports(client),
            }
        )

    async def _send_frames(self, client: aiomqtt.Client) -> None:
        """Send what screens are told at once, and the whole picture soon after a change."""
        async with asyncio.TaskGroup() as tasks:
            await self._keep_sending(Pipe(client, tasks))

    async def _keep_sending(self, pipe: Pipe) -> None:
        loop = asyncio.get_running_loop()
        await self._show(pipe)
        due = loop.time() + SHOW_SECONDS
        while True:
            await self._send_waiting(pipe)
            if self._stale.is_set() and loop.time() >= due:
                self._stale.clear()
                due = loop.time() + SHOW_SECONDS
                await self._show(pipe)
                continue
            with suppress(TimeoutError):
                wait = max(0.0, due - loop.time()) if self._stale.is_set() else None
                async with asyncio.timeout(wait):
                    await self._news.wait()
            self._news.clear()

    async def _send_waiting(self, pipe: Pipe) -> None:
        while self._waiting:
            self._news.clear()
            await pipe.publish(self._topics.frames, self._waiting.popleft())

    async def _show(self, pipe: Pipe) -> None:
        """Send the whole picture; never before a change that it has, which says what went off."""
        await self._wall.settled()
        while self._waiting:
            await self._send_waiting(pipe)
            await self._wall.settled()
        if self._wall.failed:
            # What could not be stored was never decided, and would stand at relays for ever.
            return
        picture = self._wall.picture(self._now())
        await pipe.publish(self._topics.show, picture, retain=True)

    async def _take_reports(self, client: aiomqtt.Client) -> None:
        names: dict[str, str] = {}
        async for message in client.messages:
            topic, payload = self._topics.relay_of(str(message.topic)), message.payload
            known = topic in names
            if not topic or len(payload) > REPORT_MAX or (len(names) >= RELAYS and not known):
                continue
            if not known:
                names[topic] = _called(topic, names.values())
            if not payload:
                self._wall.relayed(names.pop(topic), None)
                continue
            try:
                report = msgspec.json.decode(payload, type=RelayReport)
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                log.warning("relay %s cannot be understood: %s", names[topic], str(error)[:200])
                continue
            self._wall.relayed(names[topic], report)

    # --- files ---------------------------------------------------------------------------------

    async def _send_files(self, client: aiomqtt.Client) -> None:
        # What was under way when the line broke, twice, may be what the broker does not take.
        for path in sorted(self._sending):
            self._broke[path] += 1
            if self._broke[path] >= TRIES:
                log.warning("%s: the broker does not take it; relays do without", path)
                self._refused.add(path)
        self._sending.clear()
        self._there.clear()
        ours = SubscribeOptions(qos=1, noLocal=True)
        await client.subscribe(self._topics.assets, options=ours)
        await together(
            {
                "broadcast:put": self._put_files(client),
                "broadcast:gone": self._clear_gone(client),
                "broadcast:clear": self._clear_files(client),
            }
        )

    def _wanted(self) -> set[str]:
        return {*self._files(), *self._wall.addresses()} - self._refused

    async def _put_files(self, client: aiomqtt.Client) -> None:
        """Bring to the broker the files that the wall needs."""
        some = asyncio.Semaphore(FILES_AT_ONCE)
        while True:
            self._files_changed.clear()
            wanted = self._wanted()
            # The event's own are at hand; a stranger's picture may take its time.
            first = sorted(wanted.intersection(self._files()) - self._there)
            for path in first:
                await self._put(client, path, some)
            await together(
                {
                    f"broadcast:{path}": self._put(client, path, some)
                    for path in sorted(wanted - self._there)
                }
            )
            await self._files_changed.wait()

    async def _put(self, client: aiomqtt.Client, path: str, some: asyncio.Semaphore) -> None:
        async with some:
            answer = await self._assets.get(path)
            if answer is None or answer.status_code != HTTPStatus.OK or path not in self._wanted():
                return
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.ContentType = answer.headers["Content-Type"]
            body = bytes(answer.body or b"")
            self._sending.add(path)
            topic = self._topics.asset(path)
            await publish(client, topic, body, retain=True, properties=properties, slow=True)
            self._sending.discard(path)
            self._there.add(path)

    async def _clear_gone(self, client: aiomqtt.Client) -> None:
        """Take off the broker what the wall needs no longer; nothing that is fetched delays it."""
        while True:
            self._gone.clear()
            for path in sorted(self._there - self._wanted()):
                await self._clear(client, path)
            await self._gone.wait()

    async def _clear_files(self, client: aiomqtt.Client) -> None:
        """Take off the broker what an earlier line or life of this engine has left there."""
        async for message in client.messages:
            path = self._topics.path(str(message.topic))
            if path and message.payload and path not in self._wanted():
                await self._clear(client, path)

    async def _clear(self, client: aiomqtt.Client, path: str) -> None:
        # An empty payload takes a retained one off the broker (MQTT 5.0, 3.3.1.3).
        await publish(client, self._topics.asset(path), b"", retain=True)
        self._there.discard(path)


def _called(topic: str, taken: Iterable[str]) -> str:
    """Name a relay for people: as it calls itself, and in full where another one does, too."""
    whole = clean_line(topic, NAME_MAX)
    name = whole.partition("~")[0]
    return whole if name in taken else name

"""The wall on its way to relays: what every screen is told, over the venue's broker.

Owns what an engine publishes of the wall, and takes in what relays say of their screens. Never
decides what is shown, and knows no screen. Never fatal: without a broker the engine's own screens
miss nothing, and relays keep their last picture.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import NoReturn, Protocol

import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from eventlive.broker import Broker, keep_up, publish, together
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

RELAYS = 1000
NAME_MAX = 60
REPORT_MAX = 64 << 10


class Wall(Protocol):
    """What is broadcast: the engine's hub."""

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
        self._known: set[str] = set()

    def send(self, message: bytes, seq: int, off: str) -> None:
        """Take what screens are told; it leaves as soon as the broker takes it."""
        if len(self._waiting) >= FRAMES_WAITING:
            # Relays see the gap, and wait for the whole picture that comes after it.
            self._waiting.clear()
        self._waiting.append(message)
        self._news.set()
        self._stale.set()

    def listen(self, changes: list[Change]) -> None:
        """Note that cards may bring pictures, or need theirs no longer."""
        if any(isinstance(one, Put) and isinstance(one.put, Card) for one in changes) or any(
            isinstance(one, Drop) and one.kind == "card" for one in changes
        ):
            self._files_changed.set()

    def renew(self) -> None:
        """Note that the event's own files may be others: its script has been read again."""
        self._known.clear()
        self._files_changed.set()

    async def run(self) -> NoReturn:
        """Broadcast until cancelled."""
        await keep_up(self._broker, self._work, lambda _: None, self._random)

    async def _work(self, client: aiomqtt.Client) -> None:
        await client.subscribe(self._topics.relay("+"), qos=1)
        self._known.clear()
        self._waiting.clear()
        await together(
            {
                "broadcast:frames": self._send_frames(client),
                "broadcast:files": self._send_files(client),
                "broadcast:relays": self._take_reports(client),
            }
        )

    async def _send_frames(self, client: aiomqtt.Client) -> None:
        """Send what screens are told at once, and the whole picture soon after a change."""
        loop = asyncio.get_running_loop()
        await self._show(client)
        due = loop.time() + SHOW_SECONDS
        while True:
            while self._waiting:
                self._news.clear()
                await publish(client, self._topics.frames, self._waiting.popleft())
            if self._stale.is_set() and loop.time() >= due:
                self._stale.clear()
                due = loop.time() + SHOW_SECONDS
                await self._show(client)
                continue
            with suppress(TimeoutError):
                wait = max(0.0, due - loop.time()) if self._stale.is_set() else None
                async with asyncio.timeout(wait):
                    await self._news.wait()
            self._news.clear()

    async def _show(self, client: aiomqtt.Client) -> None:
        await self._wall.settled()
        picture = self._wall.picture(self._now())
        await publish(client, self._topics.show, picture, retain=True)

    async def _send_files(self, client: aiomqtt.Client) -> None:
        """Keep on the broker the files that the wall needs, and no others."""
        while True:
            self._files_changed.clear()
            wanted = {*self._files(), *self._wall.addresses()}
            for path in sorted(wanted - self._known):
                answer = await self._assets.get(path)
                if answer is None or answer.status_code != 200:
                    continue
                properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
                properties.ContentType = answer.headers["Content-Type"]
                await publish(
                    client,
                    self._topics.asset(path),
                    bytes(answer.body or b""),
                    retain=True,
                    properties=properties,
                )
                self._known.add(path)
            for path in sorted(self._known - wanted):
                # An empty payload takes a retained one off the broker (MQTT 5.0, 3.3.1.3).
                await publish(client, self._topics.asset(path), b"", retain=True)
                self._known.discard(path)
            await self._files_changed.wait()

    async def _take_reports(self, client: aiomqtt.Client) -> None:
        names: set[str] = set()
        async for message in client.messages:
            name = clean_line(self._topics.relay_of(str(message.topic)), NAME_MAX)
            payload = message.payload
            if not name or len(payload) > REPORT_MAX:
                continue
            if len(payload) == 0:
                names.discard(name)
                self._wall.relayed(name, None)
                continue
            if name not in names and len(names) >= RELAYS:
                continue
            try:
                report = msgspec.json.decode(payload, type=RelayReport)
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                log.warning("relay %s says what cannot be read: %s", name, str(error)[:200])
                continue
            names.add(name)
            self._wall.relayed(name, report)

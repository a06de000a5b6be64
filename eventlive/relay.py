"""A relay: the same wall, served from another machine, fed by the venue's broker.

Owns a copy of the picture, kept over an engine, a broker and a power cut that are gone, and tells
the engine what its screens have confirmed. Never decides anything: it shows what was broadcast.

    broker ──show, frames, files──> copy ──> screens
       ^                                       │
       └──────────── report <── confirmed ─────┘
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random
from typing import NoReturn

import aiomqtt
import msgspec
from msgspec.structs import replace
from websockets.http11 import Response

from eventlive.adding_up import MISSED
from eventlive.attendance import Attendance
from eventlive.broker import Broker, keep_up, publish, together
from eventlive.clock import utc_now
from eventlive.doorway import address, open_doorway
from eventlive.messages import (
    PROTOCOL,
    Changed,
    Pulse,
    RelayReport,
    ScreenInfo,
    Show,
    ToScreen,
    encoder,
)
from eventlive.model import Card, Programme, Scene, Screen, Shown
from eventlive.pages import FOR_EVER, Gathered, page_version, response
from eventlive.relay_shelf import RelayShelf
from eventlive.settings import Settings
from eventlive.wall_door import WallDoor
from eventlive.wall_topics import Topics

log = logging.getLogger("eventlive.relay")

PULSE_SECONDS = 5.0
SWEEP_SECONDS = 1.0
REPORT_SECONDS = 0.25
"""Seconds between two reports while screens confirm something."""

REPORT_AGAIN = 10.0
LISTED = 12
PICTURES = "/wall/picture/"
ASSET_WAIT = 6.0
"""Seconds for which a page waits for a file that was announced and has not come yet."""

ASSETS_MAX = 128 << 20
ASSET_MAX = 64 << 20
FRAME_MAX = 4 << 20
KINDS = ("image/", "font/", "video/", "text/css")
_to_screen: msgspec.json.Decoder[ToScreen] = msgspec.json.Decoder(ToScreen)


class Relay:
    """One event's wall as it was broadcast; what stands behind a relay's door.

    `clock` gives seconds that only grow, `wall_clock` the time by this machine.
    """

    def __init__(
        self,
        event: str,
        name: str,
        broker: Broker,
        shelf: RelayShelf,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], datetime],
        random: Random,
    ) -> None:
        self.failed = False
        self.seq = 0
        self.door: WallDoor | None = None
        self._topics = Topics(event)
        self._name = name
        self._broker = broker
        self._shelf = shelf
        self._clock = clock
        self._wall_clock = wall_clock
        self._random = random
        self._show: Show | None = None
        self._behind = False
        self._doubted: Show | None = None
        self._spoken_of: set[str] = set()
        self._engine_at: datetime | None = None
        self._heard = clock()
        self._there = asyncio.Event()
        self._files: dict[str, tuple[bytes, str]] = {}
        self._came = asyncio.Condition()
        self._report_now = asyncio.Event()
        self._keep_now = asyncio.Event()

    # --- what the door asks --------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until there is a picture at all."""
        await self._there.wait()

    def picture(self, now: datetime) -> bytes:
        """Encode the whole picture, with the engine's time and for how long it is silent."""
        assert self._show is not None
        return encoder.encode(replace(self._show, seq=self.seq, now=now, age=self.age))

    def now(self) -> datetime:
        """Say what time it is for the engine, by what it said last."""
        if self._engine_at is None:
            return self._wall_clock()
        return self._engine_at + timedelta(seconds=self.age)

    @property
    def age(self) -> float:
        """For how many seconds the engine has not been heard."""
        return max(0.0, self._clock() - self._heard)

    def named(self) -> tuple[Screen, ...]:
        """Give what screens are set to."""
        return self._show.screens if self._show is not None else ()

    async def get(self, path: str) -> Response | None:
        """Give a file that was broadcast; one that a card of the picture has is waited for."""
        if path not in self._files and self._announced(path):
            with suppress(TimeoutError):
                async with asyncio.timeout(ASSET_WAIT), self._came:
                    await self._came.wait_for(lambda: path in self._files)
        if path not in self._files:
            return None
        body, kind = self._files[path]
        for_ever = path.startswith(PICTURES)
        return response(HTTPStatus.OK, body, kind, FOR_EVER if for_ever else None)

    def _announced(self, path: str) -> bool:
        if self._show is None:
            return False
        if path == f"/wall/theme/{self._show.scene.theme}.css":
            return True
        return any(media.url == path for card in self._show.cards for media in card.media)

    # --- the line to the broker ----------------------------------------------------------------

    async def run(self) -> None:
        """Keep the copy true until cancelled."""
        offline = msgspec.json.encode(RelayReport("offline"))
        will = aiomqtt.Will(self._topics.relay(self._name), offline, qos=1, retain=True)

        def say(how: str) -> None:
            log.info("the broker: %s", how)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                keep_up(self._broker, self._follow, say, self._random, will), name="relay:wall"
            )
            # A file of fifty megabytes must not keep a hold waiting.
            tasks.create_task(
                keep_up(self._broker, self._fetch, say, self._random), name="relay:files"
            )

    async def _follow(self, client: aiomqtt.Client) -> None:
        # Whatever was sent while the line was down is missing: the retained picture has it.
        self._behind = True
        await client.subscribe([(self._topics.show, 1), (self._topics.frames, 1)])
        try:
            await together(
                {"relay:wall": self._take(client), "relay:report": self._send_reports(client)}
            )
        except asyncio.CancelledError:
            # Screens keep their last picture without it, and are waited for; nobody else is.
            left = self.door is not None and len(self.door.screens)
            last = msgspec.json.encode(RelayReport("offline")) if left else b""
            client.timeout = 1.0
            with suppress(aiomqtt.MqttError):
                await client.publish(self._topics.relay(self._name), last, qos=1, retain=True)
            raise

    async def _take(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if len(message.payload) > FRAME_MAX:
                log.warning("a frame of %d bytes is left out", len(message.payload))
            else:
                self._take_frame(message.payload, stored=bool(message.retain))
                if self._show is not None:
                    await self._forget_pictures()

    async def _fetch(self, client: aiomqtt.Client) -> None:
        """Take the files of the wall as they come."""
        await client.subscribe(self._topics.assets, qos=1)
        async for message in client.messages:
            if path := self._topics.path(str(message.topic)):
                kind = getattr(message.properties, "ContentType", "")
                await self._take_file(path, message.payload, kind)

    async def _forget_pictures(self) -> None:
        """Forget pictures of posts that were on the wall and are not any more, broker or not."""
        assert self._show is not None
        now = {media.url for card in self._show.cards for media in card.media}
        for path in sorted(self._spoken_of - now):
            if path.startswith(PICTURES):
                await self._take_file(path, b"", "")
        self._spoken_of = now

    async def _take_file(self, path: str, body: bytes, kind: str) -> None:
        if not body:
            self._files.pop(path, None)
            await self._shelf.forget(path)
            return
        held = sum(len(one) for other, (one, _) in self._files.items() if other != path)
        if len(body) > ASSET_MAX or held + len(body) > ASSETS_MAX or not _is_kind(kind):
            log.warning("%s: %d bytes of %r are left out", path, len(body), kind[:40])
            return
        self._files[path] = body, kind
        async with self._came:
            self._came.notify_all()
        await self._shelf.keep(path, body, kind)

    def _take_frame(self, payload: bytes, *, stored: bool) -> None:
        try:
            frame = _to_screen.decode(payload)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            log.warning("a frame that cannot be read: %s", str(error)[:200])
            return
        match frame:
            case Show():
                self._take_show(frame, stored=stored)
            case Changed():
                self._take_changed(frame, payload)
            case Pulse():
                self._take_pulse(frame)

    def _take_show(self, show: Show, *, stored: bool) -> None:
        """Take a whole picture where it says more than the copy; a `stored` one is no sign of life.

        What the broker kept may be older than its engine's end.
        """
        if show.protocol != PROTOCOL:
            log.warning("the engine speaks protocol %d, not %d", show.protocol, PROTOCOL)
            # What it hears is of a picture that it cannot show: that grows older.
            self._behind = True
            return
        before = self._show
        same = before is not None and before.epoch == show.epoch
        if same and show.seq < self.seq:
            return
        if stored and before is not None and not same and show.now <= self._last_heard():
            # A broker that was killed may have forgotten the last picture, and kept one before it;
            # an engine that lives says so.
            self._doubted = show
            return
        if not stored and (self._engine_at is None or show.now > self._engine_at):
            # A bridge that comes back may say an old one again as if it were new.
            self._hear(show.now)
        if same and show.seq == self.seq:
            self._behind = False
            return
        if stored and self._engine_at is None:
            self._recall(show)
        self._show, self.seq, self._behind = show, show.seq, False
        self._there.set()
        self._keep_now.set()
        self._report_now.set()
        if self.door is None or before is None:
            return
        if not same:
            # Counted anew: what screens have confirmed is of another life.
            self.door.screens.dismiss("the engine has begun anew")
        else:
            off = MISSED if _unsays(before, show) else ""
            self.door.screens.send(self.picture(self.now()), self.seq, off)

    def _take_changed(self, changed: Changed, payload: bytes) -> None:
        if self._show is None or changed.epoch != self._show.epoch or self._behind:
            return
        if changed.seq <= self.seq:
            return
        if changed.seq > self.seq + 1:
            self._behind = True
            return
        self._show = applied(self._show, changed)
        self.seq = changed.seq
        self._keep_now.set()
        if self.door is not None:
            self.door.screens.send(payload, self.seq, changed.off)
        if changed.off:
            self._report_now.set()

    def _take_pulse(self, pulse: Pulse) -> None:
        doubted, self._doubted = self._doubted, None
        if doubted is not None and pulse.epoch == doubted.epoch:
            self._take_show(doubted, stored=False)
        if self._show is None or pulse.epoch != self._show.epoch:
            return
        if pulse.seq > self.seq:
            self._behind = True
        if not self._behind:
            self._hear(pulse.now)

    def _hear(self, now: datetime) -> None:
        self._engine_at, self._heard = now, self._clock()

    def _recall(self, show: Show) -> None:
        """Go by a picture of before, whose age only this machine's clock can tell."""
        old = max(0.0, (self._wall_clock() - show.now).total_seconds())
        self._engine_at, self._heard = show.now, self._clock() - old

    # --- what it does by itself ----------------------------------------------------------------

    async def tend(self, attendance: Attendance) -> NoReturn:
        """Give screens signs of life, note who is there, drop who does not read: for ever."""
        loop = asyncio.get_running_loop()
        pulse = loop.time()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            assert self.door is not None
            if dropped := self.door.screens.sweep():
                log.warning("closed %d screens that did not read", dropped)
            await attendance.keep(self.door.screens.away, loop.time())
            if self._show is not None and loop.time() - pulse >= PULSE_SECONDS:
                pulse = loop.time()
                frame = encoder.encode(Pulse(self.seq, self.now(), self.age))
                self.door.screens.send(frame, self.seq, "")

    async def keep(self) -> NoReturn:
        """Write the picture down a second after it has changed, until cancelled."""
        while True:
            await self._keep_now.wait()
            await asyncio.sleep(1.0)
            self._keep_now.clear()
            if self._show is not None:
                await self._shelf.keep_show(
                    encoder.encode(replace(self._show, seq=self.seq, now=self._last_heard()))
                )

    def _last_heard(self) -> datetime:
        return self._engine_at if self._engine_at is not None else self._wall_clock()

    async def restore(self) -> None:
        """Take up what a former life of this relay has kept."""
        self._files = await self._shelf.files()
        self._spoken_of = set(self._files)
        kept = await self._shelf.show()
        if kept:
            self._take_frame(kept, stored=True)

    async def _send_reports(self, client: aiomqtt.Client) -> None:
        """Tell the engine how the screens are: at once where something went off."""
        loop = asyncio.get_running_loop()
        told: RelayReport | None = None
        at = 0.0
        while True:
            report = self._report()
            bare = replace(report, listed=())
            if told != bare or loop.time() - at >= REPORT_AGAIN:
                told, at = bare, loop.time()
                topic = self._topics.relay(self._name)
                await publish(client, topic, msgspec.json.encode(report), retain=True)
            self._report_now.clear()
            waits = any(off.off < off.screens for off in report.offs)
            with suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS if waits else 1.0):
                    await self._report_now.wait()
            if waits or self._report_now.is_set():
                await asyncio.sleep(REPORT_SECONDS / 5)

    def _report(self) -> RelayReport:
        listed: tuple[ScreenInfo, ...] = ()
        assert self.door is not None
        screens = self.door.screens
        loop = asyncio.get_running_loop()
        listed = screens.listed(self.seq, loop.time(), LISTED)
        return RelayReport(
            "online",
            epoch=self._show.epoch if self._show is not None else "",
            seq=self.seq,
            screens=len(screens),
            offs=screens.offs(self.now()),
            listed=listed,
            version=page_version(),
        )


def applied(show: Show, changed: Changed) -> Show:
    """Give the picture as it is after a change."""
    cards = {card.id: card for card in show.cards}
    screens = {screen.id: screen for screen in show.screens}
    scene, programme = show.scene, show.programme
    for kind, name in changed.drop:
        if kind == "card":
            cards.pop(name, None)
        elif kind == "screen":
            screens.pop(name, None)
    thing: Shown
    for thing in changed.put:
        match thing:
            case Card():
                cards[thing.id] = thing
            case Screen():
                screens[thing.id] = thing
            case Scene():
                scene = thing
            case Programme():
                programme = thing
    ordered = tuple(sorted(cards.values(), key=lambda card: card.order))
    return replace(
        show, scene=scene, programme=programme, cards=ordered, screens=tuple(screens.values())
    )


def _is_kind(kind: str) -> bool:
    """Say whether a content type is one that a wall has, and nothing else beside it."""
    return kind.startswith(KINDS) and kind.isascii() and kind.isprintable()


def _unsays(before: Show, after: Show) -> bool:
    """Say whether something has to be gone that stood in the picture before."""
    there = {card.id: card for card in after.cards}
    gone = any(there.get(card.id) != card for card in before.cards)
    dark = {screen.id for screen in after.screens if screen.dark}
    was = {screen.id for screen in before.screens if screen.dark}
    return gone or bool(dark - was) or (after.scene.held and not before.scene.held)


@asynccontextmanager
async def relaying(event: str, name: str, broker: Broker, settings: Settings) -> AsyncIterator[str]:
    """Relay an event's wall while the block runs; gives the address of the wall.

    Raises SettingsError for the address or the certificates.
    """
    shelf = RelayShelf(settings.data / f"{event}.relay")
    relay = Relay(
        event,
        f"{name}~{await shelf.life()}",
        broker,
        shelf,
        clock=time.monotonic,
        wall_clock=utc_now,
        random=Random(),
    )
    await relay.restore()
    door = WallDoor(relay, settings, Gathered({}, relay), relay.now, relay.named)
    relay.door = door
    attendance = Attendance(settings.data / f"{event}.relay" / "screens")
    await attendance.recall(door.screens.away, asyncio.get_running_loop().time())

    async with (
        open_doorway(door.serve, door.process_request, settings) as port,
        asyncio.TaskGroup() as tasks,
    ):
        work = [
            tasks.create_task(relay.run(), name="relay"),
            tasks.create_task(relay.tend(attendance), name="relay:tend"),
            tasks.create_task(relay.keep(), name="relay:keep"),
        ]
        try:
            yield address(settings, port, "http", "/wall")
        finally:
            for task in work:
                task.cancel()

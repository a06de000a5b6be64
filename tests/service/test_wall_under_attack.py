"""The engine's half of the wall under attack: what still stands somewhere, and who denies it."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from websockets.asyncio.client import connect
from websockets.http11 import Response

from eventlive import broker as line
from eventlive import relay as module
from eventlive.broadcast import Broadcast
from eventlive.broker import Broker as Address
from eventlive.doorway import open_doorway
from eventlive.errors import StoreError
from eventlive.messages import PROTOCOL, Approve, Like, Pulse, Reload, Show, State, TakeOff, encoder
from eventlive.model import Card, Item, Media, Scene
from eventlive.pages import Gathered, response
from eventlive.relay import relaying
from eventlive.settings import read_settings
from eventlive.wall_door import WallDoor
from tests import parts
from tests.broker import Broker
from tests.service.engines import (
    START,
    Console,
    console,
    post,
    running,
    screen,
    serving,
    until,
    write_script,
)
from tests.service.test_reload import preview

BASE = "eventlive/try/wall"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BACK_OFF", (0.05, 0.5))
    monkeypatch.setattr(module, "PULSE_SECONDS", 0.3)
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.1)


def script(broker: Broker, more: str = "") -> str:
    return f'[venue]\nbroker = "{broker.url}"\n{more}'


@asynccontextmanager
async def relay(broker: Broker, folder: Path, name: str = "hall") -> AsyncIterator[str]:
    settings = read_settings(consoles=False, port=0, data=folder / name)
    async with relaying("try", name, Address(broker.url), settings) as wall:
        yield wall


def client(broker: Broker) -> aiomqtt.Client:
    return aiomqtt.Client(broker.host, broker.port, protocol=aiomqtt.ProtocolVersion.V5)


async def retained(broker: Broker, topics: str, seconds: float = 0.5) -> dict[str, bytes]:
    """Give what a broker has kept on these topics."""
    found: dict[str, bytes] = {}
    async with client(broker) as reader:
        await reader.subscribe(topics)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for message in reader.messages:
                    found[str(message.topic)] = bytes(message.payload)
    return found


def shown(epoch: str, seq: int, *cards: str, now: datetime, **more: Any) -> bytes:
    """Write a whole picture with cards of these ids."""
    return encoder.encode(
        Show(
            more.pop("protocol", PROTOCOL),
            now,
            seq,
            Scene("main", 1, title="A try"),
            cards=tuple(
                Card(one, 1, order, "bluesky", one, one, f"Words of {one}", now)
                for order, one in enumerate(cards)
            ),
            epoch=epoch,
            **more,
        )
    )


async def approve(anna: Console, number: int) -> Item:
    item = await anna.item(post(number).key)
    reply = await anna.done(Approve(item.id, item.version))
    assert isinstance(reply.present, Item)
    return reply.present


def said(anna: Console) -> State:
    assert anna.state is not None
    return anna.state


async def hear_for(anna: Console, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                await anna.hear()


# --- what still stands, or comes back -------------------------------------------------------------


@pytest.mark.needs("mosquitto")
async def test_a_broker_that_forgot_the_last_hour_brings_no_old_picture_back(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """A broker came back with a retained picture of a former life of the engine."""
    now = datetime.now(UTC)
    async with client(mosquitto) as engine:
        topic = f"{BASE}/show"
        old = shown("a" * 16, 40, "gone", "stays", now=now - timedelta(hours=1))
        async with relay(mosquitto, tmp_path) as wall:
            await engine.publish(topic, old, qos=1, retain=True)
            await engine.publish(topic, shown("b" * 16, 3, "stays", now=now), qos=1, retain=True)

            async def cards() -> set[str]:
                async with screen(wall, relayed=True) as there:
                    return set(there.cards)

            async with asyncio.timeout(10):
                while await cards() != {"stays"}:
                    await asyncio.sleep(0.05)
            shelf = tmp_path / "hall" / "try.relay" / "show.json"
            await until(lambda: (shelf.exists() and b"gone" not in shelf.read_bytes()) or None)
        # What Mosquitto does by itself after a kill: it writes what it retains twice an hour.
        await engine.publish(topic, old, qos=1, retain=True)
        async with relay(mosquitto, tmp_path) as wall:
            await asyncio.sleep(0.5)
            assert await cards() == {"stays"}


@pytest.mark.needs("mosquitto")
async def test_a_relay_that_ended_in_order_is_waited_for_while_its_screens_show_the_post(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """Its screens keep their last picture: nobody may be told that all have confirmed."""
    async with running(tmp_path, script(mosquitto), [post(1)]) as engine, console(engine) as anna:
        item = await approve(anna, 1)
        place = relay(mosquitto, tmp_path)
        async with screen(await place.__aenter__(), "?screen=far", relayed=True):
            await anna.hear_until(
                lambda: any(one.screens == 1 for one in said(anna).relays), "the relay's screen"
            )
            await place.__aexit__(None, None, None)
        await hear_for(anna, 1.5)
        await anna.done(TakeOff(item.id, item.version))
        await anna.hear_until(lambda: said(anna).offs, "what went off")
        off = said(anna).offs[0]
        assert off.screens > off.off or off.missing, off


@pytest.mark.needs("mosquitto")
async def test_two_relays_of_one_name_do_not_confirm_for_each_other(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """Two machines are called `raspberrypi`, which is the name by default."""
    async with running(tmp_path, script(mosquitto), [post(1)]) as engine, console(engine) as anna:
        item = await approve(anna, 1)
        async with (
            relay(mosquitto, tmp_path / "one") as wall,
            relay(mosquitto, tmp_path / "two") as other,
            screen(wall, "?screen=a", relayed=True) as good,
            screen(other, "?screen=b", relayed=True) as silent,
        ):
            for one in (good, silent):
                await one.hear_until(lambda one=one: item.id in one.cards, "the card")  # type: ignore[misc]
            await hear_for(anna, 1.5)
            await anna.done(TakeOff(item.id, item.version))
            await good.hear_until(lambda: item.id not in good.cards, "the card's end")
            await hear_for(anna, 1.0)
            await good.seen()
            told: list[str] = []
            with suppress(TimeoutError):
                async with asyncio.timeout(4):
                    while True:
                        await anna.hear()
                        told += [
                            f"{off.off} of {off.screens}"
                            for off in said(anna).offs
                            if off.screens and off.off >= off.screens and not off.missing
                        ]
            assert item.id in silent.cards
            assert not told


async def test_a_screen_that_came_back_confirms_for_no_other_of_its_name(tmp_path: Path) -> None:
    """Two projectors show `left`; the one that had confirmed reconnects, the other is cut off."""
    async with running(tmp_path, "", [post(1)]) as engine, console(engine) as anna:
        item = await approve(anna, 1)
        async with screen(engine, "?screen=left") as lost:
            async with screen(engine, "?screen=left") as good:
                for one in (good, lost):
                    await one.hear_until(lambda one=one: item.id in one.cards, "the card")  # type: ignore[misc]
                    await one.seen()
                await anna.done(TakeOff(item.id, item.version))
                await good.hear_until(lambda: item.id not in good.cards, "the card's end")
                await good.seen()
                await anna.hear_until(
                    lambda: [(o.off, o.screens) for o in said(anna).offs] == [(1, 2)], "1 of 2"
                )
                # Its network is cut: it shows what it showed.
                lost.socket.transport.abort()
                await hear_for(anna, 1.5)
                good.socket.transport.abort()
            async with screen(engine, "?screen=left") as good:
                await good.seen()
                await hear_for(anna, 2.5)
                off = said(anna).offs[0]
                assert (off.off, off.screens, off.missing) == (1, 2, ("left",)), off


@pytest.mark.needs("mosquitto")
async def test_what_was_not_stored_is_not_broadcast(
    tmp_path: Path, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: the engine ends, and relays would show for ever what nobody has decided."""
    stored = asyncio.Event()
    with suppress(BaseExceptionGroup, StoreError):
        async with (
            running(tmp_path, script(mosquitto), [post(1), post(2)]) as engine,
            console(engine) as anna,
        ):
            await approve(anna, 1)
            item = await anna.item(post(2).key)
            async with asyncio.timeout(10):
                while post(1).text.encode() not in b"".join(
                    (await retained(mosquitto, f"{BASE}/show")).values()
                ):
                    pass

            async def full(*_: object) -> None:
                await stored.wait()
                raise StoreError("the disk is full")

            monkeypatch.setattr(engine.engine._store, "commit", full)
            await anna.give(Approve(item.id, item.version))
            await asyncio.sleep(1.5)
            stored.set()
            await asyncio.sleep(1.0)
    kept = (await retained(mosquitto, f"{BASE}/show"))[f"{BASE}/show"]
    assert post(1).text.encode() in kept
    assert post(2).text.encode() not in kept


# --- files of the wall ----------------------------------------------------------------------------


class Wall:
    """A wall with a picture or two, and what they need."""

    failed = False

    def __init__(self, *addresses: str) -> None:
        self.paths: Iterable[str] = addresses
        self.slow: set[str] = set()
        self.bodies: dict[str, bytes] = {}

    async def settled(self) -> None: ...

    def picture(self, now: datetime) -> bytes:
        return shown("c" * 16, 1, now=now)

    def relayed(self, name: str, report: object) -> None: ...

    def addresses(self) -> Iterable[str]:
        return self.paths

    async def get(self, path: str) -> Response | None:
        if path in self.slow:
            await asyncio.sleep(8)
            return None
        body = self.bodies.get(path, path.encode())
        return response(HTTPStatus.OK, body, "text/css" if "css" in path else "image/png")


@asynccontextmanager
async def broadcasting(
    wall: Wall, broker: Broker, *files: str, port: int = 0
) -> AsyncIterator[Broadcast]:
    cast = Broadcast(
        "try",
        Address(f"mqtt://{broker.host}:{port or broker.port}"),
        wall,
        wall,
        files=lambda: files,
        now=lambda: datetime.now(UTC),
        random=Random(1),
    )
    task = asyncio.create_task(cast.run(), name="broadcast")
    try:
        yield cast
    finally:
        task.cancel()
        await asyncio.wait([task])


async def assets(broker: Broker) -> set[str]:
    found = await retained(broker, f"{BASE}/asset/+")
    return {topic.rpartition("/")[2] for topic, body in found.items() if body}


@pytest.mark.needs("mosquitto")
async def test_the_picture_of_a_post_that_went_off_while_the_line_was_down_leaves_the_broker(
    mosquitto: Broker,
) -> None:
    """Or the engine began anew in between: relays would serve it, and keep it, for ever."""
    wall = Wall("/wall/picture/aa", "/wall/picture/bb")
    async with broadcasting(wall, mosquitto):
        async with asyncio.timeout(10):
            while len(await assets(mosquitto)) < 2:
                pass
    wall.paths = ("/wall/picture/bb",)
    async with broadcasting(wall, mosquitto):
        await asyncio.sleep(1.0)
        assert await assets(mosquitto) == {"wall|picture|bb"}


@pytest.mark.needs("mosquitto")
async def test_a_picture_that_does_not_come_holds_up_no_other_file(mosquitto: Broker) -> None:
    """Any stranger's server can be slow: eight seconds for each of its pictures."""
    wall = Wall("/wall/picture/aa", "/wall/picture/bb")
    wall.slow = {"/wall/picture/aa"}
    async with broadcasting(wall, mosquitto, "/wall/theme.css"):
        await asyncio.sleep(3.0)
        assert "wall|theme.css" in await assets(mosquitto)


@pytest.mark.needs("mosquitto")
async def test_a_file_that_the_broker_does_not_take_cuts_no_line(tmp_path: Path) -> None:
    """EMQX takes 1 MB by default, others less; a film behind the wall has more."""
    program = parts.mosquitto_path()
    assert program is not None
    (tmp_path / "small").mkdir()
    async with Broker(program, tmp_path / "small", ("max_packet_size 100000",)) as broker:
        wall = Wall()
        wall.bodies = {"/wall/theme/film.mp4": bytes(300_000)}
        async with broadcasting(wall, broker, "/wall/theme/film.mp4", "/wall/theme/logo.png"):
            await asyncio.sleep(5.0)
            assert await assets(broker) == {"wall|theme|logo.png"}
        connections = broker.log.read_text().count("New client connected")
        assert connections < 7, connections  # two lines, each twice, and readers


@pytest.mark.needs("mosquitto")
async def test_a_file_on_a_slow_line_holds_up_no_frame(
    mosquitto: Broker,
) -> None:
    """Another town, 1.6 Mbit/s up, a logo of 1.5 MB; a film of 50 MB needs 100 Mbit/s."""

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(mosquitto.host, mosquitto.port)

        async def pipe(
            source: asyncio.StreamReader, sink: asyncio.StreamWriter, rest: float
        ) -> None:
            with suppress(OSError):
                while data := await source.read(10_000):
                    sink.write(data)
                    await sink.drain()
                    await asyncio.sleep(rest * len(data) / 10_000)
            sink.close()

        await asyncio.gather(pipe(reader, forth, 0.05), pipe(back, writer, 0.0))

    line_up = await asyncio.start_server(slowly, mosquitto.host, 0, limit=20_000)
    port = line_up.sockets[0].getsockname()[1]
    wall = Wall()
    wall.bodies = {"/wall/theme/logo.png": bytes(1_500_000)}
    async with (
        broadcasting(wall, mosquitto, "/wall/theme/logo.png", port=port) as cast,
        client(mosquitto) as reader,
        line_up,
    ):
        await reader.subscribe(f"{BASE}/frames", qos=1)
        await asyncio.sleep(1.0)
        cast.send(encoder.encode(Pulse(1, datetime.now(UTC))), 1, "a post")
        async with asyncio.timeout(3):
            await anext(aiter(reader.messages))


@pytest.mark.needs("mosquitto")
async def test_a_file_under_way_when_the_line_broke_is_sent_again(mosquitto: Broker) -> None:
    """The broker was killed, or a cable pulled, while the theme was on its way."""
    writers: list[asyncio.StreamWriter] = []
    rest = 0.05

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(mosquitto.host, mosquitto.port)
        writers.extend((writer, forth))

        async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(10_000):
                    sink.write(data)
                    await sink.drain()
                    await asyncio.sleep(rest)
            sink.close()

        await asyncio.gather(pipe(reader, forth), pipe(back, writer))

    line_up = await asyncio.start_server(cut, mosquitto.host, 0, limit=20_000)
    port = line_up.sockets[0].getsockname()[1]
    wall = Wall()
    wall.bodies = {"/wall/theme.css": bytes(3_000_000)}
    async with broadcasting(wall, mosquitto, "/wall/theme.css", port=port), line_up:
        await asyncio.sleep(1.5)
        rest = 0.0
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(4.0)
        assert await assets(mosquitto) == {"wall|theme.css"}


@pytest.mark.needs("mosquitto")
async def test_a_new_theme_is_there_when_a_relays_screens_ask_for_it(
    tmp_path: Path, mosquitto: Broker
) -> None:
    more = script(mosquitto, '[wall]\ntheme = "{}"\n')
    path = write_script(tmp_path, more.format("dusk"), [post(1)])
    path.write_text(
        path.read_text().replace("[event]\n", '[event]\nlink = "https://example.org"\n')
    )
    from eventlive import assembly  # noqa: PLC0415
    from tests.service.engines import settings, written  # noqa: PLC0415

    async with (
        assembly.covering(written(path), settings(tmp_path), 0.0) as engine,
        console(engine) as anna,
        relay(mosquitto, tmp_path) as wall,
        screen(wall, relayed=True) as there,
        aiohttp.ClientSession() as web,
    ):

        async def sheet(address: str) -> bytes:
            base = address.removesuffix("/wall")
            async with web.get(f"{base}/wall/theme/{there.scene.theme}.css") as answer:
                return await answer.read() if answer.status == 200 else b""

        async with asyncio.timeout(10):
            while await sheet(wall) != await sheet(engine.wall):
                await asyncio.sleep(0.05)
        before = there.scene.theme
        path.write_text(path.read_text().replace('"dusk"', '"signal"'))
        offered = await preview(anna)
        await anna.done(Reload(offered.digest))
        await there.hear_until(lambda: there.scene.theme != before, "another theme")
        # The page asks once for each theme that it is told of, at once.
        assert await sheet(wall) == await sheet(engine.wall)


@pytest.mark.needs("mosquitto")
async def test_no_name_of_a_recorded_picture_ends_the_show(
    tmp_path: Path, mosquitto: Broker
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "stage #1 + crowd.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    async with (
        running(tmp_path, script(mosquitto), [post(1)]) as engine,
        console(engine) as anna,
    ):
        await asyncio.sleep(1.5)
        await approve(anna, 1)


@pytest.mark.needs("mosquitto")
async def test_a_relay_forgets_the_files_that_went_while_it_was_off(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """The picture of a post that its author has deleted stays on its disk, and is served."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "image/jpeg"
    topic = f"{BASE}/asset/wall|picture|aa"
    async with client(mosquitto) as engine, aiohttp.ClientSession() as web:
        await engine.publish(topic, b"a picture", qos=1, retain=True, properties=properties)
        async with relay(mosquitto, tmp_path) as wall:
            async with asyncio.timeout(10):
                while (await web.get(f"{wall}/picture/aa")).status != HTTPStatus.OK:
                    await asyncio.sleep(0.05)
        await engine.publish(topic, b"", qos=1, retain=True)
        await engine.publish(f"{BASE}/show", shown("a" * 16, 4, now=datetime.now(UTC)), retain=True)
        async with relay(mosquitto, tmp_path) as wall, screen(wall, relayed=True):
            await asyncio.sleep(1.0)
            assert (await web.get(f"{wall}/picture/aa")).status == HTTPStatus.NOT_FOUND


@pytest.mark.needs("mosquitto")
async def test_a_relay_keeps_its_files_when_the_broker_has_forgotten_all(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """The engine is gone, and a broker without a store was restarted: the last picture stands."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "text/css"
    topic = f"{BASE}/asset/wall|theme.css"
    async with aiohttp.ClientSession() as web, relay(mosquitto, tmp_path) as wall:
        async with client(mosquitto) as engine:
            await engine.publish(topic, b":root {}", qos=1, retain=True, properties=properties)
            picture = shown("a" * 16, 4, "card", now=datetime.now(UTC))
            await engine.publish(f"{BASE}/show", picture, retain=True)
            async with asyncio.timeout(10):
                while (await web.get(f"{wall}/theme.css")).status != HTTPStatus.OK:
                    await asyncio.sleep(0.05)
        await mosquitto.kill()
        mosquitto.store.unlink(missing_ok=True)
        await mosquitto.start()
        await asyncio.sleep(3.0)
        assert (await web.get(f"{wall}/theme.css")).status == HTTPStatus.OK


@pytest.mark.needs("mosquitto")
async def test_a_file_that_takes_the_place_of_another_needs_room_once(
    tmp_path: Path, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASSETS_MAX", 1000)
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "video/mp4"
    topic = f"{BASE}/asset/wall|theme|film.mp4"
    async with client(mosquitto) as engine, relay(mosquitto, tmp_path) as wall:
        for body in (b"1" * 600, b"2" * 600):
            await engine.publish(topic, body, qos=1, retain=True, properties=properties)
            await asyncio.sleep(0.4)
        async with aiohttp.ClientSession() as web, web.get(f"{wall}/theme/film.mp4") as answer:
            assert (await answer.read())[:1] == b"2"


async def test_a_post_with_a_picture_that_is_liked_takes_nothing_off(tmp_path: Path) -> None:
    picture = Media("https://example.org/a.jpg", alt="a picture")
    async with (
        running(tmp_path, "", [post(1, media=(picture,))]) as engine,
        console(engine) as anna,
        screen(engine) as there,
    ):
        item = await approve(anna, 1)
        await anna.done(Like(item.id, item.version))
        await there.hear_until(
            lambda: there.cards.get(item.id) and there.cards[item.id].liked, "the like"
        )
        assert there.heard[-1].off == ""


# --- the door -------------------------------------------------------------------------------------


async def test_screens_that_gave_up_waiting_for_a_picture_are_forgotten(tmp_path: Path) -> None:
    """A relay before its engine: pages come, wait, and go away again."""

    class Never:
        seq, failed = 0, False

        async def settled(self) -> None:
            await asyncio.Event().wait()

        def picture(self, now: datetime) -> bytes:
            raise NotImplementedError

    settings = read_settings(consoles=False, port=0, data=tmp_path)
    door = WallDoor(Never(), settings, Gathered({}), lambda: START, lambda: ())
    async with open_doorway(door.serve, door.process_request, settings) as port:
        before = len(asyncio.all_tasks())
        for _ in range(40):
            async with connect(f"ws://127.0.0.1:{port}/wall", close_timeout=1):
                pass
        await asyncio.sleep(0.5)
        assert len(asyncio.all_tasks()) < before + 20


@pytest.mark.needs("mosquitto")
async def test_a_relay_that_cannot_follow_says_how_old_its_picture_is(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """The engine was brought up to date and the relay was not: it hears it, and shows yesterday."""
    now = datetime.now(UTC)
    async with client(mosquitto) as engine, relay(mosquitto, tmp_path) as wall:
        await engine.publish(f"{BASE}/show", shown("a" * 16, 4, "old", now=now), retain=True)
        async with screen(wall, relayed=True) as there:
            newer = shown("b" * 16, 9, "new", now=now, protocol=PROTOCOL + 1)
            await engine.publish(f"{BASE}/show", newer, qos=1, retain=True)
            ages = []
            for second in range(6):
                pulse = Pulse(9, now + timedelta(seconds=second))
                await engine.publish(f"{BASE}/frames", encoder.encode(pulse), qos=1)
                await asyncio.sleep(0.5)
                frame = await there.hear()
                ages += [frame.age] if isinstance(frame, Pulse) else []
            assert set(there.cards) == {"old"}
            assert max(ages) > 1.5, ages


async def test_pictures_are_off_once_a_reload_says_so(tmp_path: Path) -> None:
    """`pictures = false` is what somebody reaches for when a flood of bad pictures comes."""
    picture = Media("https://example.org/a.jpg", alt="a picture")
    posts = [post(1, media=(picture,))]
    async with running(tmp_path, "[wall]\npictures = true\n", posts) as engine:
        async with console(engine) as anna, screen(engine) as there:
            item = await approve(anna, 1)
            await there.hear_until(lambda: item.id in there.cards, "the card")
            assert there.cards[item.id].media
            write_script(tmp_path, "[wall]\npictures = false\n", posts)
            offered = await preview(anna)
            assert "[wall]: pictures" in offered.lines
            assert not any("again" in one for one in offered.problems)
            await anna.done(Reload(offered.digest))
        async with screen(engine) as there:
            assert not there.cards[item.id].media


@pytest.mark.needs("mosquitto")
async def test_every_cue_of_a_flood_is_answered_and_a_hold_among_them_is_obeyed(
    tmp_path: Path, mosquitto: Broker
) -> None:
    acks: list[bytes] = []
    async with (
        running(tmp_path, script(mosquitto), [post(1)]) as engine,
        client(mosquitto) as flooder,
        client(mosquitto) as stage,
    ):
        await until(lambda: engine.engine.venue_says == "connected" or None)
        await stage.subscribe("eventlive/try/ack", qos=1)
        for _ in range(3000):
            await flooder.publish("eventlive/try/cue/nonsense", b"", qos=0)
        await flooder.publish("eventlive/try/cue/hold", b"", qos=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(20):
                async for message in stage.messages:
                    acks.append(bytes(message.payload))
                    if len(acks) > 3000:
                        break
        assert engine.engine.health().held
        assert len(acks) == 3001


async def test_a_broker_that_never_shakes_hands_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        port = mute.getsockname()[1]
        path = write_script(tmp_path, f'[venue]\nbroker = "mqtts://127.0.0.1:{port}"\n')
        async with serving(path, "--data", tmp_path / "data", "--port", 0) as engine:
            await asyncio.sleep(1)
            begun = time.monotonic()
            engine.process.send_signal(signal.SIGTERM)
            await engine.finished(40)
            assert time.monotonic() - begun < 10

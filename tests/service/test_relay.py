"""The wall served from other machines, over a real Mosquitto: the same picture everywhere."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import aiomqtt
import pytest

from eventlive import broadcast
from eventlive import broker as line
from eventlive import relay as module
from eventlive.broker import Broker as Address
from eventlive.messages import (
    Approve,
    Hold,
    PlayStatement,
    Reject,
    Release,
    SetScreen,
    State,
)
from eventlive.model import Item
from eventlive.relay import relaying
from eventlive.settings import read_settings
from tests.broker import Broker
from tests.service.engines import (
    Console,
    Screen,
    console,
    environment,
    post,
    running,
    screen,
    serving,
    until,
    write_script,
)

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.needs("mosquitto")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BACK_OFF", (0.05, 0.5))
    monkeypatch.setattr(module, "PULSE_SECONDS", 0.5)
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.2)


def script(broker: Broker) -> str:
    return f'[venue]\nbroker = "{broker.url}"\n'


@asynccontextmanager
async def relay(broker: Broker, folder: Path, name: str = "hall") -> AsyncIterator[str]:
    settings = read_settings(consoles=False, port=0, data=folder / name)
    async with relaying("try", name, Address(broker.url), settings) as wall:
        yield wall


async def approve(anna: Console, number: int) -> str:
    item = await anna.item(post(number).key)
    await anna.done(Approve(item.id, item.version))
    return item.id


async def reject(anna: Console, key: str) -> None:
    """Take a post off that this console has approved."""

    def shown() -> Item | None:
        item = anna.seen.get(key)
        return item if isinstance(item, Item) and item.on_wall else None

    await anna.hear_until(shown, "the post on the wall")
    item = shown()
    assert item is not None
    await anna.done(Reject(item.id, item.version))


def said(anna: Console) -> State:
    """Give what a console was told last of how things are."""
    assert anna.state is not None
    return anna.state


async def same(one: Screen, other: Screen) -> None:
    """Wait until two screens show the same."""

    def alike() -> bool:
        return (one.scene, one.cards, one.set_to) == (other.scene, other.cards, other.set_to)

    await one.hear_until(alike, "the picture of the engine")


async def test_no_whole_picture_overtakes_a_change_that_it_has(
    tmp_path: Path, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relay learns from the change what went off: after the picture it would pass it over."""
    monkeypatch.setattr(broadcast, "SHOW_SECONDS", 0.0)
    told: list[tuple[str, int]] = []
    async with (
        running(tmp_path, script(mosquitto), [post(1)]) as engine,
        console(engine) as anna,
        aiomqtt.Client(mosquitto.host, mosquitto.port) as client,
    ):
        await client.subscribe([("eventlive/try/wall/frames", 1), ("eventlive/try/wall/show", 1)])
        for _ in range(40):
            await anna.done(Hold())
            await anna.done(Release())
        last = engine.engine.hub.seq
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            frame = json.loads(message.payload)
            if frame["tell"] != "pulse":
                told.append((frame["tell"], frame["seq"]))
            if told[-1:] == [("show", last)]:
                break
    begun = told.index(("changed", min(seq for tell, seq in told if tell == "changed")))
    seen = 0
    for tell, seq in told[begun:]:
        if tell == "changed":
            seen = max(seen, seq)
        assert seq <= seen, told


async def test_a_relays_screens_show_what_the_engines_do(tmp_path: Path, mosquitto: Broker) -> None:
    posts = [post(number) for number in range(1, 4)]
    async with (
        running(tmp_path, script(mosquitto), posts) as engine,
        console(engine) as anna,
    ):
        first = await approve(anna, 1)
        async with (
            relay(mosquitto, tmp_path) as wall,
            screen(engine) as here,
            screen(wall, relayed=True) as there,
        ):
            await there.hear_until(lambda: set(there.cards) == {first}, "the first card")
            assert there.epoch == here.epoch
            await approve(anna, 2)
            await there.hear_until(lambda: len(there.cards) == 2, "the second card")
            await anna.done(SetScreen(("spotlight",), "left"))
            await there.hear_until(lambda: "left" in there.set_to, "the screen")
            await anna.done(PlayStatement(text="We begin at nine.", screen="left"))
            await anna.done(Hold())
            await there.hear_until(lambda: there.scene.held, "the hold")
            await anna.done(Release())
            await reject(anna, first)
            await there.hear_until(lambda: first not in there.cards, "the card's end")
            await here.hear_until(lambda: first not in here.cards, "the card's end")
            await same(there, here)


async def test_what_goes_off_is_confirmed_from_there(tmp_path: Path, mosquitto: Broker) -> None:
    async with (
        running(tmp_path, script(mosquitto), [post(1)]) as engine,
        console(engine) as anna,
        relay(mosquitto, tmp_path) as wall,
    ):
        key = await approve(anna, 1)
        async with screen(engine) as here, screen(wall, "?screen=far", relayed=True) as there:
            await there.hear_until(lambda: key in there.cards, "the card")
            await anna.hear_until(
                lambda: any(one.online and one.screens == 1 for one in said(anna).relays),
                "the relay",
            )
            await anna.done(Hold())
            for one in (here, there):
                await one.hear_until(lambda one=one: one.scene.held, "the hold")  # type: ignore[misc]
            await here.seen()

            def missing() -> bool:
                off = next(iter(said(anna).offs), None)
                return off is not None and (off.screens, off.off, off.missing) == (
                    2,
                    1,
                    ("hall/far",),
                )

            await anna.hear_until(missing, "the screen there as missing")
            await there.seen()
            await anna.hear_until(
                lambda: said(anna).offs[0].off == said(anna).offs[0].screens == 2, "2 of 2 off"
            )
            assert said(anna).health.screens == 2
            assert any(one.name == "far" and one.relay == "hall" for one in said(anna).screens)
        relays = said(anna).relays
        assert [(one.name, one.online) for one in relays] == [("hall", True)]


async def test_a_relay_keeps_its_picture_without_engine_and_broker(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """And says how old it is; a relay that starts anew has it from its disk."""
    async with running(tmp_path, script(mosquitto), [post(1)]) as engine:
        async with console(engine) as anna:
            key = await approve(anna, 1)
        async with relay(mosquitto, tmp_path) as wall, screen(wall, relayed=True) as there:
            await there.hear_until(lambda: key in there.cards, "the card")
            shelf = tmp_path / "hall" / "try.relay" / "show.json"
            await until(lambda: shelf.exists() or None, "the picture on the disk")
    await mosquitto.kill()
    async with relay(mosquitto, tmp_path) as wall:
        async with screen(wall, relayed=True) as there:
            assert key in there.cards
            assert there.age > 0
        async with aiohttp.ClientSession() as client, client.get(f"{wall}?screen=main") as page:
            assert page.status == 200


async def test_a_broker_that_was_away_brings_what_was_missed(
    tmp_path: Path, mosquitto: Broker
) -> None:
    posts = [post(number) for number in range(1, 4)]
    async with (
        running(tmp_path, script(mosquitto), posts) as engine,
        console(engine) as anna,
        relay(mosquitto, tmp_path) as wall,
        screen(engine) as here,
        screen(wall, relayed=True) as there,
    ):
        first = await approve(anna, 1)
        await there.hear_until(lambda: first in there.cards, "the card")
        await mosquitto.kill()
        second = await approve(anna, 2)
        await reject(anna, first)
        await here.hear_until(lambda: set(here.cards) == {second}, "the change here")
        assert set(there.cards) == {first}
        await mosquitto.start()
        await there.hear_until(lambda: set(there.cards) == {second}, "the change there")
        await same(there, here)
        third = await approve(anna, 3)
        await there.hear_until(lambda: third in there.cards, "what comes after it")


async def test_an_engine_that_begins_anew_is_followed(tmp_path: Path, mosquitto: Broker) -> None:
    written = write_script(tmp_path, script(mosquitto), [post(1), post(2)])
    arguments = (written, "--data", tmp_path / "data", "--port", 0)
    async with relay(mosquitto, tmp_path) as wall:
        async with serving(*arguments) as engine, console(engine.console) as anna:
            first = await approve(anna, 1)
            async with screen(wall, relayed=True) as there:
                await there.hear_until(lambda: first in there.cards, "the card")
                epoch = there.epoch
                await engine.kill()
        async with serving(*arguments) as engine, console(engine.console) as anna:
            second = await approve(anna, 2)

            async def newer() -> bool:
                async with screen(wall, relayed=True) as there:
                    return there.epoch != epoch and set(there.cards) == {first, second}

            async with asyncio.timeout(30):
                while not await newer():
                    await asyncio.sleep(0.05)


async def test_files_of_the_event_come_along(tmp_path: Path, mosquitto: Broker) -> None:
    more = script(mosquitto) + '[wall]\ntheme = "paper"\n'
    async with (
        running(tmp_path, more, [post(1)]) as engine,
        relay(mosquitto, tmp_path) as wall,
        screen(wall, relayed=True) as there,
        aiohttp.ClientSession() as client,
    ):
        base = wall.removesuffix("/wall")
        origin = engine.wall.removesuffix("/wall")

        async def body(address: str) -> tuple[int, bytes, str]:
            async with client.get(address) as answer:
                return answer.status, await answer.read(), answer.headers["Content-Type"]

        # The relay waits for what its picture speaks of; nobody has to ask twice.
        path = f"/wall/theme/{there.scene.theme}.css"
        expected = await body(origin + path)
        assert expected[0] == 200
        assert await body(base + path) == expected
        assert (await body(base + "/wall/wall.js"))[0] == 200
        assert (await body(base + "/console"))[0] == 404


async def test_what_is_no_frame_changes_nothing(tmp_path: Path, mosquitto: Broker) -> None:
    import aiomqtt  # noqa: PLC0415

    async with (
        running(tmp_path, script(mosquitto), [post(1), post(2)]) as engine,
        console(engine) as anna,
        relay(mosquitto, tmp_path) as wall,
        screen(wall, relayed=True) as there,
        aiomqtt.Client(mosquitto.host, mosquitto.port) as stranger,
    ):
        first = await approve(anna, 1)
        await there.hear_until(lambda: first in there.cards, "the card")
        for topic, payload in [
            ("frames", b"\xff\x00"),
            ("frames", b"{}"),
            ("frames", b'{"tell":"changed","seq":99,"epoch":"else","drop":[["card","x:1"]]}'),
            ("frames", b"[" * 100_000),
            ("show", b'{"tell":"show"}'),
            ("relay/hall", b"{"),
            ("relay/" + "x" * 300, b'{"state":"online"}'),
            ("asset/wall|wall.js", b"evil()"),
            ("asset/wall|theme.css", b"<script>"),
        ]:
            await stranger.publish(f"eventlive/try/wall/{topic}", payload, qos=1)
        second = await approve(anna, 2)
        await there.hear_until(lambda: set(there.cards) == {first, second}, "the second card")
        async with aiohttp.ClientSession() as client, client.get(f"{wall}/wall.js") as page:
            assert b"evil" not in await page.read()


@asynccontextmanager
async def relay_process(broker: Broker, folder: Path, name: str) -> AsyncIterator[Any]:
    """Start `eventlive relay …` and wait for its ready line."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eventlive", "relay", "--broker", broker.url, "--event", "try"),
        *("--name", name, "--port", "0", "--data", str(folder / name)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            ready = (await process.stdout.readline()).decode()
        assert ready.startswith("ready wall="), ready
        yield process, ready.removeprefix("ready wall=").strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_three_relays_as_processes_one_of_them_killed(
    tmp_path: Path, mosquitto: Broker
) -> None:
    posts = [post(number) for number in range(1, 4)]
    async with (
        running(tmp_path, script(mosquitto), posts) as engine,
        console(engine) as anna,
        AsyncExitStack() as stack,
    ):
        await approve(anna, 1)
        relays = [
            await stack.enter_async_context(relay_process(mosquitto, tmp_path, f"hall-{number}"))
            for number in range(3)
        ]
        walls = [await stack.enter_async_context(screen(wall, relayed=True)) for _, wall in relays]
        await anna.hear_until(
            lambda: sum(one.screens for one in said(anna).relays) == 3, "three screens there"
        )
        process, _ = relays[0]
        process.kill()
        await process.wait()
        await anna.hear_until(
            lambda: [one.online for one in said(anna).relays] == [False, True, True],
            "one relay gone",
        )
        second = await approve(anna, 2)
        for wall in walls[1:]:
            await wall.hear_until(lambda wall=wall: second in wall.cards, "the second card")  # type: ignore[misc]
        process, _ = relays[1]
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        # Its screen keeps what it showed: nobody forgets it.
        await anna.hear_until(
            lambda: [one.online for one in said(anna).relays] == [False, False, True],
            "another one gone",
        )


async def test_a_relay_says_what_it_cannot_use(tmp_path: Path) -> None:
    for arguments, words in [
        (("--broker", "tcp://x", "--event", "try"), "mqtt://host:port"),
        (("--broker", "mqtt://x", "--event", "a/b"), "no event's id"),
        (("--broker", "mqtt://x", "--event", "try", "--name", "a/b"), "relay's name"),
    ]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "eventlive", "relay", *arguments, "--data", str(tmp_path)),
            cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        async with asyncio.timeout(20):
            _, said = await process.communicate()
        assert (process.returncode, words in said.decode()) == (2, True), said

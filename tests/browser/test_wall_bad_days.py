"""What a screen shows on a bad day: a network half dead or slow, a clock that jumps, a flood of
frames, five hundred screens at one moment, a screen that reads nothing.
"""

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import pytest

from eventlive.assembly import Covered
from eventlive.messages import Approve, Changed
from eventlive.model import Item, Part, Programme
from eventlive.model import Screen as Wall
from tests.bench.screens import attached
from tests.browser.proxy import Proxy
from tests.browser.screen import Screen, card, screen
from tests.browser.stage import SCENE, Stage
from tests.service.engines import Console, console, post, running

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

# A screen whose own clock is two hours fast, until it jumps to three hours slow.
JUMPING_CLOCK = """
    window.wrong = 7_200_000;
    const right = Date.now.bind(Date);
    Date = class extends Date {
        constructor(...parts) { parts.length ? super(...parts) : super(right() + wrong); }
        static now() { return right() + wrong; }
    };
"""
TEN_MB = 10_000_000
SCREENS = 500
SOON = 2.0  # s until a screen has to be right again


async def test_a_half_open_line_is_noticed_and_given_up(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1, "Stays"), card(2, "Taken off meanwhile")) as stage,
        Proxy(stage.url) as network,
        screen(browser, stage, clock=True, through=network.url) as wall,
    ):
        await wall.state("live")
        network.stop()
        # The engine wrote it, the network took it, no screen will ever read it.
        await stage.drop("mastodon:2")
        await stage.put(card(3, "New"))
        await wall.page.clock.fast_forward(11_000)
        await wall.link("stale")
        assert (await wall.page.locator("#age").inner_text()).startswith("as of ")
        assert await wall.ids() == ["mastodon:2", "mastodon:1"]

        lines = network.lines
        await wall.page.clock.fast_forward(5_000)  # 15 s of silence: it gives the line up
        while network.lines == lines:
            await wall.page.clock.fast_forward(1_000)
        assert await wall.ids() == ["mastodon:2", "mastodon:1"]

        network.go()
        while await wall.root.get_attribute("data-link") != "up":
            await wall.page.clock.fast_forward(1_000)
        await wall.drawn(stage.seq)
        assert await wall.ids() == ["mastodon:3", "mastodon:1"]
        assert "meanwhile" not in await wall.words()
        assert wall.unexpected() == []


async def test_a_slow_network_delays_and_spoils_nothing(browser: "Browser") -> None:
    now = datetime.now(UTC)
    talk = Part("talk", "A talk", begins=now, ends=now + timedelta(minutes=30), running=True)
    async with (
        Stage(SCENE, card(1), card(2), programme=Programme("programme", 1, (talk,))) as stage,
        Proxy(stage.url) as network,
        screen(browser, stage, through=network.url) as wall,
    ):
        await wall.state("live")
        network.delay = 0.3
        began = time.monotonic()
        await stage.until_seen(await stage.drop("mastodon:2"))
        assert time.monotonic() - began < SOON
        assert await wall.ids() == ["mastodon:1"]
        await wall.drawn(await stage.screen_with(scenes=("now-next",)))
        assert abs(await _left(wall) - _seconds_to(talk)) < 1.5
        assert stage.lines == 1
        assert wall.errors == []


async def test_a_screens_own_clock_is_two_hours_off_and_jumps(browser: "Browser") -> None:
    now = datetime.now(UTC)
    talk = Part("talk", "A talk", begins=now, ends=now + timedelta(minutes=30), running=True)
    turning = Wall("main", 1, ("now-next",))
    async with (
        Stage(
            SCENE, card(1), screens=[turning], programme=Programme("programme", 1, (talk,))
        ) as stage,
        screen(browser, stage, before=JUMPING_CLOCK) as wall,
    ):
        await wall.scene("now-next")
        assert await wall.page.evaluate("wrong") > 0
        assert abs(await _left(wall) - _seconds_to(talk)) < 1.5
        await wall.page.evaluate("wrong = -10_800_000")
        await stage.pulse()
        await wall.drawn(await stage.put(card(2)))
        assert abs(await _left(wall) - _seconds_to(talk)) < 1.5
        await wall.drawn(await stage.screen_with(scenes=("masonry",)))
        assert await wall.cards.locator("time").all_inner_texts() == ["now", "now"]
        assert await wall.root.get_attribute("data-link") == "up"
        assert wall.errors == wall.warnings == []


async def _left(wall: Screen) -> int:
    minutes, seconds = (await wall.page.locator(".clock .left").inner_text()).split(":")
    return int(minutes) * 60 + int(seconds)


def _seconds_to(part: Part) -> float:
    assert part.ends is not None
    return (part.ends - datetime.now(UTC)).total_seconds()


async def test_ten_megabytes_in_one_message_are_left_aside(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        began = time.monotonic()
        await stage.say("[" + "1," * (TEN_MB // 2) + "1]")
        await stage.put(card(2, "x" * TEN_MB))
        stage.cards.clear()
        many = tuple(card(10 + n, "y" * 15_000) for n in range(TEN_MB // 15_000))
        stage.seq += 1
        await stage.say(msgspec.json.encode(Changed(seq=stage.seq, put=many)))
        await wall.drawn(await stage.put(card(1000, "After it")))
        assert time.monotonic() - began < 20
        await wall.drawn(await stage.drop("mastodon:1", *(one.id for one in many)))
        assert await wall.ids() == ["mastodon:1000"]
        kept = await wall.page.evaluate("localStorage.getItem('eventlive.wall.1')?.length ?? 0")
        assert kept < 1_000_000
        assert stage.lines == 1
        assert wall.errors == []


async def test_a_frame_each_millisecond_is_drawn_as_it_can_be(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        before = len(stage.seen)
        began = time.monotonic()
        for number in range(2, 1_000):
            await stage.put(card(number))
            if len(stage.cards) > 60:
                del stage.cards[next(iter(stage.cards))]  # the page keeps no more by itself
            await asyncio.sleep(0.001)
        took = time.monotonic() - began
        async with asyncio.timeout(SOON * 2):
            await wall.drawn(stage.seq)
        assert stage.lines == 1
        assert len(stage.seen) - before <= took + 4, "it says so once a second"
        assert await wall.page.locator("*").count() < 400
        assert wall.errors == wall.warnings == []


# --- a real engine ------------------------------------------------------------------------------


class Stalls:
    """The longest time for which this loop, which is the engine's too, ran nothing else."""

    longest = 0.0

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            self.longest = max(self.longest, time.monotonic() - began - 0.01)


@asynccontextmanager
async def _covered(
    browser: "Browser", folder: Path
) -> AsyncIterator[tuple[Covered, Console, list[Item], Screen]]:
    posts = [post(number, f"Post {number} #try") for number in range(40)]
    async with (
        running(folder, posts=posts) as engine,
        console(engine) as operator,
        screen(browser, engine.wall) as wall,
    ):
        await operator.watch("inbox")
        await operator.hear_until(lambda: len(operator.rows["inbox"]) == len(posts), "the posts")
        items = [row for row in operator.rows["inbox"].values() if isinstance(row, Item)]
        await wall.state("empty")
        yield engine, operator, items, wall


async def _shows(operator: Console, item: Item, wall: Screen) -> float:
    """Approve a post; gives how many seconds it takes until the page has drawn with it."""
    before = await wall.root.get_attribute("data-seq")
    began = time.monotonic()
    await operator.done(Approve(item.id, item.version))
    await wall.until(f"() => document.documentElement.dataset.seq !== '{before}'")
    return time.monotonic() - began


async def test_five_hundred_screens_come_back_at_once(browser: "Browser", tmp_path: Path) -> None:
    stalls = Stalls()
    async with (
        asyncio.TaskGroup() as tasks,
        _covered(browser, tmp_path) as (engine, operator, items, wall),
    ):
        alone = await _shows(operator, items[0], wall)
        watching = tasks.create_task(stalls.watch(), name="stalls")
        async with attached(engine.wall, SCREENS):
            pass  # and all of them are gone at once
        stalls.longest = 0.0
        began = time.monotonic()
        async with attached(engine.wall, SCREENS) as screens:
            storm, stalled = time.monotonic() - began, stalls.longest
            took = await _shows(operator, items[1], wall)
        watching.cancel()
        print(f"{SCREENS} screens in {storm:.2f} s, stalled {stalled * 1000:.0f} ms at worst;")
        print(f"a post is on the page after {took:.3f} s, after {alone:.3f} s without them")
        assert screens.account.closed == 0
        assert screens.account.frames >= 2 * SCREENS, "the picture, and the post"
        assert screens.account.stories == 1, "all were told the same"
        assert stalled < 0.25 + 0.5 * storm, "the engine goes on meanwhile"
        assert took < SOON
        assert await wall.root.get_attribute("data-link") == "up"
        assert wall.errors == []


async def test_a_screen_that_reads_nothing_delays_no_other(
    browser: "Browser", tmp_path: Path
) -> None:
    async with _covered(browser, tmp_path) as (engine, operator, items, wall):
        parts = urlsplit(engine.wall)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        try:
            await asyncio.sleep(0)
            reader._transport.pause_reading()  # type: ignore[attr-defined]  # it reads nothing
            times = [await _shows(operator, item, wall) for item in items[:20]]
        finally:
            writer.transport.abort()
        print(f"to the page beside it: {max(times):.3f} s at worst")
        assert max(times) < SOON
        assert wall.errors == []

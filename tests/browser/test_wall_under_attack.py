"""A wall on bad days: old words, slow files, missing files, odd screens, clocks that are wrong."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from aiohttp import web

from eventlive.model import Part, Programme, Screen, Sponsor
from tests.browser.screen import card, pictures, screen
from tests.browser.stage import SCENE, Stage

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

# What the page had in it, and what of the rail could be seen, each time that it said "seen".
WHEN_TOLD = """
    window.told = [];
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        const rail = document.querySelector(".rail");
        window.told.push({
            seq: JSON.parse(data).seq,
            words: document.body.textContent,
            rail: getComputedStyle(rail).visibility,
        });
        return send.call(this, data);
    };
"""
KEPT = "eventlive.wall.1"


class BadDay(Stage):
    """A stage of bad days: theme files that take `slow` seconds, a page that has moved
    `elsewhere`, one file that is `missing` for now.
    """

    slow = 0.0
    elsewhere = False
    missing = ""

    async def _file(self, request: web.Request) -> web.Response:
        if self.missing and request.path.endswith(self.missing):
            raise web.HTTPServiceUnavailable
        return await super()._file(request)

    async def _picture(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override]
        if "slow" not in request.path:
            return await super()._picture(request)
        answer = web.StreamResponse(headers={"Content-Type": "image/svg+xml"})
        await answer.prepare(request)
        try:
            await answer.write(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">')
            await asyncio.sleep(self.slow)
            await answer.write(b"<circle r='4'/></svg>")
        except ConnectionError:
            pass
        return answer

    async def _wall(self, request: web.Request) -> web.StreamResponse:
        plain = request.headers.get("Upgrade", "").lower() != "websocket"
        if self.elsewhere and plain and "screen" not in request.query:
            self.asked.append(request.path)
            raise web.HTTPFound("/wall/mark.svg")  # stands for /wall/setup
        return await super()._wall(request)


async def test_a_slow_file_does_not_cost_the_page_its_memory(browser: "Browser") -> None:
    async with BadDay(SCENE, card(1)) as stage, screen(browser, stage, worker=True) as wall:
        await wall.state("live")
        has = "() => caches.match('/wall').then(Boolean)"
        await wall.until(has)
        stage.slow = 3.4
        await wall.until("() => Boolean(navigator.serviceWorker.controller)")
        await stage.scene_with(logo="/wall/theme/slow.svg")
        await asyncio.sleep(3.6)
        assert await wall.page.evaluate(has)


async def test_old_words_are_gone_when_the_screen_confirms_the_new(browser: "Browser") -> None:
    async with (
        Stage(
            SCENE,
            card(1, "These words were taken back"),
            screens=[Screen("main", 1, ("spotlight",))],
        ) as stage,
        screen(browser, stage, before=WHEN_TOLD) as wall,
    ):
        await wall.scene("spotlight")
        await wall.at_rest()
        await asyncio.sleep(1.1)  # what is said once a second would hide it
        first = await stage.put(card(1, "New ones", version=2))
        await stage.until_seen(first)
        began = time.monotonic()
        await stage.until_seen(await stage.put(card(1, "Newer ones", version=3)))
        took = time.monotonic() - began
        told = await wall.page.evaluate("window.told")
        late = [one["seq"] for one in told if one["seq"] >= first and "taken back" in one["words"]]
        assert (late, took < 0.6) == ([], True)


async def test_a_dark_screen_shows_no_rail(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1), screens=[Screen("main", 1, ("spotlight",))]) as stage,
        screen(browser, stage, before=WHEN_TOLD) as wall,
    ):
        await wall.scene("spotlight")
        await wall.drawn(await stage.screen_with(scenes=("masonry",)))
        seq = await stage.screen_with(dark=True)
        await stage.until_seen(seq)
        told = await wall.page.evaluate("window.told")
        assert {one["rail"] for one in told if one["seq"] >= seq} == {"hidden"}


async def test_a_post_off_leaves_the_scene_to_the_others(browser: "Browser") -> None:
    one_at_once = msgspec.structs.replace(SCENE, cards=1)
    async with (
        Stage(one_at_once, card(1), card(2), screens=[Screen("main", 1, ("masonry",))]) as stage,
        screen(browser, stage, clock=True) as wall,
    ):
        await wall.scene("masonry")
        assert await wall.page.locator("#stage [data-id]").get_attribute("data-id") == "mastodon:2"
        await wall.page.clock.run_for(7_000)
        assert await wall.page.locator("#stage [data-id]").get_attribute("data-id") == "mastodon:1"
        await stage.until_seen(await stage.drop("mastodon:1"))
        await wall.page.clock.run_for(6_000)
        assert await wall.root.get_attribute("data-scene") == "masonry"


async def test_a_ticker_goes_on_where_it_was(browser: "Browser") -> None:
    async with (
        Stage(
            SCENE, *(card(n) for n in range(1, 30)), screens=[Screen("main", 1, ("ticker",))]
        ) as stage,
        screen(browser, stage) as wall,
    ):
        first = "() => document.querySelector('.strip .item').dataset.id"
        await wall.scene("ticker")
        passed = await wall.page.evaluate(first)
        await stage.screen_with(scenes=("hold",))
        await wall.scene("hold")
        await stage.screen_with(scenes=("ticker",))
        await wall.scene("ticker")
        assert await wall.page.evaluate(first) != passed


async def test_a_low_screen_is_filled(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, width=768, height=192) as wall,
    ):
        await wall.state("live")
        filled = """() => Math.max(0, ...[...document.querySelectorAll(".strip, .card")]
            .map((one) => one.offsetHeight)) / innerHeight"""
        assert await wall.page.evaluate(filled) > 0.3


async def test_a_page_is_not_loaded_anew_into_another_one(browser: "Browser") -> None:
    async with (
        BadDay(SCENE, card(1)) as stage,
        screen(browser, stage, before="Math.random = () => 0;") as wall,
    ):
        await wall.state("live")
        stage.elsewhere = True
        await stage.scene_with(refresh=7)
        await stage.until(lambda: stage.lines == 2)
        assert wall.page.url == f"{stage.url}?screen=main"


async def test_the_engine_is_asked_last_before_a_reload(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, before="Math.random = () => .2;") as wall,
    ):
        await wall.state("live")
        await stage.scene_with(refresh=7)
        await stage.until(lambda: stage.asked.count("/wall") == 2)
        await stage.until(lambda: stage.asked.count("/wall") == 3, 0.5)
        await stage.until(lambda: stage.lines == 2)  # the new page is there; one may close it now


async def test_a_theme_that_does_not_come_is_not_asked_for_at_every_draw(
    browser: "Browser",
) -> None:
    async with (
        Stage(msgspec.structs.replace(SCENE, theme="gone"), card(1)) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        for number in range(6):
            await wall.drawn(await stage.put(card(number + 2)))
            await asyncio.sleep(0.05)
        assert sum(path == "/wall/theme/gone.css" for path in stage.asked) <= 3


async def test_a_kept_clock_is_put_right_at_once(browser: "Browser") -> None:
    now = datetime.now(UTC)
    talk = Part(id="t", title="A talk", begins=now, ends=now + timedelta(minutes=30), running=True)
    kept = '{"scene":{"version":1},"at":1,"offset":4500,"cards":[]}'
    async with (
        Stage(
            SCENE,
            screens=[Screen("main", 1, ("now-next",))],
            programme=Programme("programme", 1, (talk,)),
        ) as stage,
        screen(browser, stage, before=f"localStorage.setItem({KEPT!r}, {kept!r})") as wall,
    ):
        await wall.scene("now-next")
        await asyncio.sleep(0.5)
        said = await wall.page.locator(".clock .left").inner_text()
        left = (talk.ends - datetime.now(UTC)).total_seconds()  # type: ignore[operator]
        minutes, seconds = said.split(":")
        assert abs(int(minutes) * 60 + int(seconds) - left) <= 1.5


async def test_a_countdown_comes_back_with_the_engine(browser: "Browser") -> None:
    now = datetime.now(UTC)
    talk = Part(id="t", title="A talk", begins=now, ends=now + timedelta(minutes=30), running=True)
    async with (
        Stage(
            SCENE,
            screens=[Screen("main", 1, ("now-next",))],
            programme=Programme("programme", 1, (talk,)),
        ) as stage,
        screen(browser, stage, clock=True) as wall,
    ):
        await wall.scene("now-next")
        await wall.page.clock.run_for(12_000)
        assert await wall.page.locator(".clock .how").inner_text() == "until"
        await stage.pulse()
        await wall.link("up")
        await wall.page.clock.run_for(2_000)
        assert await wall.page.locator(".clock .how").inner_text() == "ends in"


async def test_the_age_mark_is_on_no_sponsor(browser: "Browser") -> None:
    house = msgspec.structs.replace(
        SCENE, corner=True, sponsors=(Sponsor("The Fishmongers' Guild of the North"),)
    )
    async with (
        Stage(house, card(1), screens=[Screen("main", 1, ("spotlight",))]) as stage,
        screen(browser, stage, clock=True) as wall,
    ):
        await wall.scene("spotlight")
        await wall.page.clock.run_for(11_000)
        await wall.link("stale")
        over = """() => {
            const [one, other] = ["#age", ".corner p"]
                .map((name) => document.querySelector(name).getBoundingClientRect());
            return one.left < other.right && other.left < one.right &&
                one.top < other.bottom && other.top < one.bottom;
        }"""
        assert not await wall.page.evaluate(over)


async def test_pictures_of_a_post_taken_off_are_not_kept(browser: "Browser") -> None:
    one = card(1, media=pictures("/wall/picture/a.svg"))
    async with Stage(SCENE, card(2)) as stage, screen(browser, stage, worker=True) as wall:
        await wall.state("live")
        await wall.until("() => Boolean(navigator.serviceWorker.controller)")
        await stage.put(one)
        has = "() => caches.match('/wall/picture/a.svg').then(Boolean)"
        await wall.until(has)
        await stage.until_seen(await stage.drop(one.id))
        await asyncio.sleep(0.5)
        assert not await wall.page.evaluate(has)


async def test_several_tracks_find_room_for_the_last_row(browser: "Browser") -> None:
    now = datetime.now(UTC)
    parts = tuple(
        Part(
            id=f"{track}{turn}", title=f"Talk {turn} of the track, with a title",
            begins=now + timedelta(minutes=20 * turn - 10),
            ends=now + timedelta(minutes=20 * turn + 10),
            running=not turn, track=track, speakers=("Maren Holt",),
        )
        for track in ("Sea", "Land", "Air", "Fire")
        for turn in range(3)
    )  # fmt: skip
    far = Screen("main", 1, ("now-next",), distance=20.0, width=4.0)
    async with (
        Stage(SCENE, screens=[far], programme=Programme("programme", 1, parts)) as stage,
        screen(browser, stage, still=True) as wall,
    ):
        await wall.scene("now-next")
        over = """() => {
            const faults = [];
            for (const part of document.querySelectorAll(".part")) {
                const title = part.querySelector(".headline").getBoundingClientRect();
                const others = part.querySelectorAll(".about p, .how, .left span, .coming li");
                for (const below of others) {
                    const { top, bottom } = below.getBoundingClientRect();
                    const name = below.className || below.localName;
                    if (bottom > innerHeight) faults.push(`${name} leaves the screen`);
                    if (top < title.bottom - 1) faults.push(`the title is over ${name}`);
                }
            }
            return [...new Set(faults)];
        }"""
        assert await wall.page.evaluate(over) == []


async def test_a_page_half_loaded_tries_again(browser: "Browser") -> None:
    async with BadDay(SCENE, card(1)) as stage:
        stage.missing = "clock.js"
        async with screen(browser, stage, clock=True) as wall:
            stage.missing = ""
            await wall.page.clock.run_for(20_000)
            await wall.page.locator("#stage > .scene").wait_for(state="attached")

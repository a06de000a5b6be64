"""The scenes, measured in the page: whole, legible, nothing over anything else, off at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from eventlive.model import Card, SceneName, Sponsor
from eventlive.model import Screen as Wall
from tests.browser.evening import (
    ANSWER,
    ARABIC,
    COMPOUND,
    EVENING,
    TEXTS,
    TITLE,
    programme,
    sixty,
)
from tests.browser.screen import Screen, card, pictures, screen
from tests.browser.stage import SCENE, Stage

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

FULL, PORTRAIT, ULTRA = (1920, 1080), (1080, 1920), (3840, 2160)
OTHERS = [PORTRAIT, (1280, 1024), (3840, 1080), (3840, 240), ULTRA]
OF_POSTS: tuple[SceneName, ...] = ("spotlight", "carousel", "pair", "pictures", "people", "ticker")
LIGHT = """:root { --ground: #f6f2ea; --card: #fff; --card-foot: #fbf8f2; --ink: #1c1713;
    --edge: rgb(0 0 0 / .14); --ink-quiet: #554a40; --accent-ink: 128 66 8 }"""
HOUSE = msgspec.structs.replace(
    SCENE,
    logo="/wall/theme/logo.svg",
    sponsors=(
        Sponsor("Harbour Trust", "/wall/theme/harbour.svg"),
        Sponsor("Nordwind Ferries"),
        Sponsor("The Fishmongers' Guild of the Northern Ports", "/wall/theme/gone.png"),
        Sponsor(COMPOUND),
    ),
)
# All that is wrong with the scene that stands, in words. What moves through the ticker is not held
# against its edges, which it is meant to cross.
FAULTS = """async (least) => {
    const loaded = (one) => one.complete || !one.checkVisibility();
    while (![...document.images].every(loaded)) await new Promise(requestAnimationFrame);
    await Promise.all(document.getAnimations()
        .filter((one) => one.effect.getComputedTiming().endTime < 5000)
        .map((one) => one.finished.catch(() => null)));
    const faults = [];
    const box = (element) => element.getBoundingClientRect();
    const within = (inner, outer, slack = 2) =>
        inner.left >= outer.left - slack && inner.right <= outer.right + slack &&
        inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
    const apart = (one, other) =>
        one.right <= other.left + 1 || other.right <= one.left + 1 ||
        one.bottom <= other.top + 1 || other.bottom <= one.top + 1;
    const colours = (text) => [...text.matchAll(/rgba?\\(([^)]*)\\)/g)]
        .map(([, inner]) => inner.split(/[\\s,/]+/).map(Number))
        .filter(([, , , alpha = 1]) => alpha > 0.5);
    const brush = document.createElement("canvas").getContext("2d");
    const ink = (colour) => {
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
        return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (colour) => colour.slice(0, 3).reduce((sum, channel, at) => {
        const part = channel / 255;
        return sum + [0.2126, 0.7152, 0.0722][at] *
            (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    }, 0);
    const grounds = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const { backgroundColor, backgroundImage } = getComputedStyle(one);
            const found = [...colours(backgroundColor), ...colours(backgroundImage)];
            if (found.length) return found;
        }
        return [[255, 255, 255]];
    };
    const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const scene = document.querySelector("#stage > .scene");
    const body = scene.querySelector(".body:not(.leaving)");
    const texts = [];
    for (const element of body.querySelectorAll("*")) {
        if (!element.checkVisibility({ visibilityProperty: true }) || !box(element).width) continue;
        const moves = element.closest(".strip .item");
        const name = element.className.baseVal ?? (element.className || element.localName);
        const style = getComputedStyle(element);
        if (!moves && !within(box(element), box(scene))) faults.push(`${name} leaves the scene`);
        if (!within(box(scene), screen)) faults.push("the scene leaves the screen");
        const over = element.scrollHeight > element.clientHeight + 2 ||
            element.scrollWidth > element.clientWidth + 2;
        const framed = element.matches(".tile, .media, .strip, .strip *, svg");
        if (over && !framed && style.overflow !== "visible") faults.push(`${name} is cut`);
        const own = [...element.childNodes].filter((node) => node.nodeType === 3);
        if (!own.some((node) => node.data.trim())) continue;
        const size = parseFloat(style.fontSize);
        const needed = size >= 24 ? 3 : 4.5;
        for (const ground of grounds(element)) {
            const [one, other] = [light(ground), light(ink(style.color))];
            const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            if (contrast < needed) faults.push(`${name} has a contrast of ${contrast.toFixed(2)}`);
        }
        if (size < least - 0.5) faults.push(`${name} in type of ${size}, not ${least}`);
        if (element.closest(".words, .said") && !element.matches(".words, .said")) continue;
        if (!moves && element.clientWidth && element.scrollWidth > element.clientWidth + 1) {
            faults.push(`${name} is cut at the side`);
        }
        const room = element.closest(".saying, .who, .sponsor, .tag-box");
        if (room && !within(box(element), box(room))) faults.push(`${name} leaves its room`);
        const range = document.createRange();
        range.selectNodeContents(element);
        for (const line of range.getClientRects()) {
            if (!moves && !within(line, screen, size)) faults.push(`${name} leaves the screen`);
        }
        texts.push(element);
    }
    for (const [at, one] of texts.entries()) {
        for (const other of texts.slice(at + 1)) {
            if (one.contains(other) || one.closest(".strip .item")) continue;
            if (apart(box(one), box(other))) continue;
            faults.push(`${one.className} is over ${other.className}`);
        }
    }
    if (!texts.length && !body.querySelector("img")) faults.push("nothing stands there");
    return [...new Set(faults)];
}"""

# What of the scene that stands is under the sponsors' corner.
ON_THE_CORNER = """() => {
    const corner = document.querySelector(".corner");
    if (!corner.checkVisibility()) return [];
    const sponsor = corner.firstElementChild.getBoundingClientRect();
    return [...document.querySelectorAll("#stage .body:not(.leaving) *, #cards > .card, .rail *")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
        .filter((one) =>
            one.matches("img, svg, .card") || [...one.childNodes].some(({ data }) => data?.trim()))
        .filter((one) => {
            const box = one.getBoundingClientRect();
            return box.left < sponsor.right && sponsor.left < box.right &&
                box.top < sponsor.bottom && sponsor.top < box.bottom;
        })
        .map((one) => one.className);
}"""


async def _faults(wall: Screen, least: float = 0) -> list[str]:
    found: list[str] = await wall.page.evaluate(FAULTS, least)
    return found


@asynccontextmanager
async def _evening(
    browser: "Browser", *, still: bool = True, query: str = ""
) -> AsyncIterator[tuple[Stage, Screen]]:
    async with Stage(HOUSE, screens=[Wall("main", 1, ("hold",))]) as stage:
        stage.now = lambda: EVENING
        async with screen(browser, stage, still=still, query=query) as wall:
            await wall.scene("hold")
            yield stage, wall
            assert [error for error in wall.errors if "404" not in error] == []


async def _only(stage: Stage, *cards: Card) -> None:
    gone = [one for one in stage.cards if one not in {card.id for card in cards}]
    if gone:
        await stage.drop(*gone)
    version = 1 + max((one.version for one in stage.cards.values()), default=0)
    await stage.put(*(msgspec.structs.replace(one, version=version) for one in cards))


async def _show(stage: Stage, wall: Screen, scene: SceneName, **changes: object) -> None:
    await wall.drawn(await stage.screen_with("main", scenes=(scene,), **changes))
    await wall.scene(scene)


async def _resize(wall: Screen, size: tuple[int, int]) -> None:
    width, height = size
    await wall.page.set_viewport_size({"width": width, "height": height})
    await wall.until(f"() => innerWidth === {width} && innerHeight === {height}")
    await wall.page.evaluate("() => new Promise(requestAnimationFrame)")


async def test_posts_stand_whole_in_every_scene(browser: "Browser") -> None:
    others = [card(-n, one.text, id=f"{n}") for n, one in enumerate(list(TEXTS.values())[:3], 1)]
    async with _evening(browser) as (stage, wall):
        for size in (FULL, PORTRAIT, ULTRA):
            await _resize(wall, size)
            for name, post in TEXTS.items():
                # The same at twice the size is the same; what a tall picture changes is these.
                whole = name in {"usual", "5,000 characters", "arabic", "pictures"}
                if (size != FULL and not whole) or (size == ULTRA and name != "usual"):
                    continue
                await _only(stage, post, *others)
                for scene in OF_POSTS if whole else OF_POSTS[:3]:
                    if _has(scene, post):
                        await _show(stage, wall, scene)
                        assert await _faults(wall) == [], (scene, name, size)
            if size == ULTRA:
                break
            await _only(stage, *sixty())
            for scene in OF_POSTS:
                if scene != "pictures":
                    await _show(stage, wall, scene)
                    assert await _faults(wall) == [], (scene, "sixty", size)


async def test_posts_stand_whole_over_other_pictures(browser: "Browser") -> None:
    async with _evening(browser, query="?transparent=1") as (stage, wall):
        await _only(stage, TEXTS["usual"], card(-1, ANSWER, id="1"), card(-2, ARABIC, id="2"))
        for size in (FULL, PORTRAIT):
            await _resize(wall, size)
            for scene in OF_POSTS:
                if _has(scene, TEXTS["usual"]):
                    await _show(stage, wall, scene)
                    assert await _faults(wall) == [], (scene, size)


def _has(scene: SceneName, post: Card) -> bool:
    match scene:
        case "pair":
            return bool(post.answer)
        case "pictures":
            return bool(post.media) and not post.warning
        case _:
            return True


async def test_the_house_stands_whole_in_every_scene(browser: "Browser") -> None:
    async with _evening(browser) as (stage, wall):
        for size in (FULL, *OTHERS):
            await _resize(wall, size)
            full = size == FULL
            # Type of a strip is measured by its height, and nothing in it is as good as unseen.
            least = 12.0 if size[1] < 300 else 0
            await stage.scene_with(title=SCENE.title, hashtag=SCENE.hashtag)
            await _only(stage)
            await _show(stage, wall, "hold")
            assert await _faults(wall, least) == [], ("how to join in", size)
            await stage.put(card(1, version=1 + stage.seq))
            for text in ("Welcome.", ANSWER, ARABIC, COMPOUND, ANSWER * 6) if full else (ANSWER,):
                await _show(stage, wall, "statement", statement=text)
                assert await _faults(wall, least) == [], (text, size)
            for title in ("Who owns the deep?", TITLE, ARABIC, COMPOUND) if full else (TITLE,):
                version = stage.seq + 2
                await stage.put(msgspec.structs.replace(programme(title=title), version=version))
                await _show(stage, wall, "now-next")
                assert await _faults(wall) == [], (title, size)
            await _show(stage, wall, "sponsors")
            assert await _faults(wall, least) == [], ("sponsors", size)
            for title in ("Sea", TITLE, COMPOUND) if full else (TITLE,):
                await stage.scene_with(title=title, hashtag=COMPOUND if title == TITLE else "Sea")
                await _show(stage, wall, "hold")
                assert await _faults(wall, least) == [], ("hold", title, size)


async def test_the_sponsors_corner_is_on_nothing(browser: "Browser") -> None:
    everything: tuple[SceneName, ...] = (*OF_POSTS, "now-next", "statement", "hold", "masonry")
    async with _evening(browser) as (stage, wall):
        for size in (FULL, PORTRAIT, (3840, 240)):
            await _resize(wall, size)
            await stage.scene_with(corner=True, logo="/wall/theme/logo.svg")
            await stage.put(msgspec.structs.replace(programme(), version=stage.seq + 2))
            await _only(stage)
            await _show(stage, wall, "hold")
            assert await _faults(wall) == [], ("how to join in", size)
            await _only(stage, TEXTS["pictured"], card(2, ARABIC))
            for scene in everything:
                if scene == "masonry" and size[1] < 300:
                    continue  # a ticker then, which has no corner
                await _show(stage, wall, scene, statement=ANSWER)
                assert await wall.page.evaluate(ON_THE_CORNER) == [], (scene, size)
                if scene != "masonry":
                    assert await _faults(wall) == [], (scene, size)


async def test_what_stands_makes_room_for_a_corner_that_comes(browser: "Browser") -> None:
    async with _evening(browser) as (stage, wall):
        await _only(stage, card(1, ANSWER * 2))
        for scene in ("statement", "spotlight"):
            await stage.scene_with(corner=False)
            await _show(stage, wall, scene, statement=ANSWER * 6)
            await wall.drawn(await stage.scene_with(corner=True))
            assert await _faults(wall) == [], scene
            assert await wall.page.evaluate(ON_THE_CORNER) == [], scene


async def test_a_screen_that_counts_down_is_not_slow(browser: "Browser") -> None:
    """How long a change takes is said of changes alone, not of what is drawn again by the clock."""
    async with _evening(browser) as (stage, wall):
        stage.now = lambda: datetime.now(UTC)
        await stage.put(msgspec.structs.replace(programme(stage.now()), version=stage.seq + 2))
        await _show(stage, wall, "now-next")
        seen = len(stage.seen)
        await stage.until(lambda: len(stage.seen) >= seen + 3)
        assert max(one.lag for one in stage.seen[seen:]) < 900


async def test_a_post_that_is_liked_stands_as_it_stood(browser: "Browser") -> None:
    async with _evening(browser, still=False) as (stage, wall):
        post = card(1, ANSWER, version=50)
        await _only(stage, post)
        await _show(stage, wall, "spotlight")
        node = await wall.page.query_selector("article.post")
        assert node is not None
        liked = next(iter(stage.cards.values()))
        liked = msgspec.structs.replace(liked, version=liked.version + 1, liked=True, pinned=True)
        await wall.drawn(await stage.put(liked))
        assert await node.evaluate("(node) => node.isConnected && !node.closest('.leaving')")


async def test_sponsors_are_named_on_any_paper(browser: "Browser") -> None:
    async with _evening(browser) as (stage, wall):
        for number, paper in enumerate(("#fffdf8", "#14161c", "#7a7a80")):
            stage.themes[f"paper{number}"] = f":root {{ --paper: {paper} }}"
            await stage.scene_with(theme=f"paper{number}")
            await wall.until(
                "() => getComputedStyle(document.documentElement).getPropertyValue('--paper')"
                f" === '{paper}'"
            )
            await _show(stage, wall, "sponsors")
            assert await _faults(wall) == [], paper


async def test_type_is_as_large_as_the_last_row_needs(browser: "Browser") -> None:
    least = 53.0
    async with _evening(browser) as (stage, wall):
        await stage.put(programme())
        await _only(stage, *sixty())
        for scene in (*OF_POSTS, "now-next", "statement", "sponsors", "hold"):
            if scene == "pictures":
                continue
            await _show(stage, wall, scene, distance=20, width=4, statement=ANSWER)
            assert await _faults(wall, least) == [], scene


async def test_a_light_theme_is_legible(browser: "Browser") -> None:
    async with _evening(browser) as (stage, wall):
        stage.themes["paper"] = LIGHT
        await stage.scene_with(theme="paper", accent="")
        await stage.put(programme())
        await _only(stage, TEXTS["pictured"], card(2, ARABIC))
        await wall.page.wait_for_function(
            "getComputedStyle(document.documentElement).getPropertyValue('--ground') === '#f6f2ea'"
        )
        for scene in (*OF_POSTS, "now-next", "statement", "sponsors", "hold"):
            await _show(stage, wall, scene, statement=ANSWER)
            assert await _faults(wall) == [], scene


async def test_what_is_taken_off_is_gone_in_the_same_turn(browser: "Browser") -> None:
    async with _evening(browser, still=False) as (stage, wall):
        for number, scene in enumerate(OF_POSTS):
            said = {"answer": "So it is", "media": pictures("/pictures/a.svg")}
            one = card(
                2, "Not for long", id=f"gone:{number}",
                name="Nobody Else", handle="nobody.example", **said,
            )  # fmt: skip
            other = card(
                1, "For longer", id=f"stays:{number}",
                name="Somebody", handle="somebody.example", **said,
            )  # fmt: skip
            await _only(stage, one, other)
            await _show(stage, wall, scene)
            assert "Nobody Else" in await wall.words(), scene
            await wall.drawn(await stage.drop(one.id))
            assert "Nobody Else" not in await wall.words(), scene
            assert "Not for long" not in await wall.words(), scene
            assert await wall.page.locator(f'[data-id="{one.id}"]').count() == 0, scene
            assert "Somebody" in await wall.words(), scene
            assert await wall.root.get_attribute("data-scene") == scene


async def test_scenes_with_nothing_to_show_give_way(browser: "Browser") -> None:
    async with _evening(browser) as (stage, wall):
        await stage.scene_with(sponsors=())
        empty: tuple[SceneName, ...] = ("pair", "pictures", "statement", "now-next", "sponsors")
        covered = card(1, answer="", sensitive=True, media=pictures("/pictures/a.svg"))
        await stage.put(covered)
        for scene in empty:
            await wall.drawn(await stage.screen_with(scenes=(scene,), statement=" "))
            await wall.scene("masonry")
        await stage.drop(covered.id)
        for scene in (*empty, *OF_POSTS):
            await wall.drawn(await stage.screen_with(scenes=(scene,)))
            await wall.scene("hold")


async def test_a_countdown_is_never_wrong(browser: "Browser") -> None:
    async with Stage(HOUSE, screens=[Wall("main", 1, ("now-next",))]) as stage:
        now = EVENING
        stage.now = lambda: now
        stage.programme = programme()
        async with screen(browser, stage, clock=True, still=True) as wall:
            await wall.scene("now-next")
            left, how = wall.page.locator(".clock .left"), wall.page.locator(".clock .how")
            assert await left.inner_text() == "12:34"
            for seconds in (1, 2, 10):
                now = EVENING + timedelta(seconds=seconds)
                await wall.page.clock.run_for(1_000 if seconds < 10 else 8_000)
                await stage.pulse()
                rest = timedelta(minutes=12, seconds=34) - timedelta(seconds=seconds)
                said = f"{int(rest.total_seconds()) // 60}:{int(rest.total_seconds()) % 60:02}"
                assert await left.inner_text() == said
            await wall.page.clock.run_for(12_000)  # and no sign of life
            assert await how.inner_text() == "until"
            assert ":" in await left.inner_text()
            assert "planned" in await wall.page.locator(".coming .at").last.inner_text()


async def test_an_overdue_part_is_to_come_any_moment(browser: "Browser") -> None:
    late = programme(EVENING - timedelta(minutes=14))
    async with Stage(HOUSE, screens=[Wall("main", 1, ("now-next",))], programme=late) as stage:
        stage.now = lambda: EVENING
        async with screen(browser, stage, still=True) as wall:
            await wall.scene("now-next")
            assert await wall.page.locator(".clock .left").inner_text() == "any moment"
            assert await wall.page.locator(".coming .at").first.inner_text() == "any moment"
            assert "-" not in await wall.page.locator(".programme").inner_text()

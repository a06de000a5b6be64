"""What stands on which screen and when: turns, darkness, overlays, themes, a page that lasts."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from eventlive.model import Screen
from tests.browser.screen import card, pictures, screen
from tests.browser.stage import SCENE, Stage

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

HOUR = 3_600
# A screen whose own clock is an hour fast: a whole turn.
WRONG_CLOCK = """
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
"""
# A scene that leaves is still there, seen or unseen, when the next change comes.
SLOW_FADE = """
    const wait = window.setTimeout;
    window.setTimeout = (call, time, ...rest) => wait(call, time === 500 ? 60_000 : time, ...rest);
"""
AT_ONCE = "Math.random = () => 0;"


async def test_screens_turn_together_by_the_engines_clock_without_a_word(
    browser: "Browser",
) -> None:
    turning = Screen(id="main", version=1, scenes=("masonry", "test"), seconds=HOUR)
    turn = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)
    assert turn.timestamp() // HOUR % 2 == 1, "the test picture begins"
    async with Stage(SCENE, card(1), screens=[turning]) as stage:
        began = datetime.now(UTC)
        stage.now = lambda: turn - timedelta(seconds=12) + (datetime.now(UTC) - began)
        async with (
            screen(browser, stage) as right,
            screen(browser, stage, before=WRONG_CLOCK) as wrong,
        ):
            for wall in (right, wrong):
                await wall.scene("masonry")
            said = len(stage.seen)
            for wall in (right, wrong):
                await wall.scene("test")
                assert stage.now() >= turn
                assert wall.errors == []
            await stage.until(lambda: len(stage.seen) >= said + 2)
            assert {seen.scene for seen in stage.seen[-2:]} == {"test"}


async def test_each_screen_shows_what_it_is_set_to_and_never_nothing(browser: "Browser") -> None:
    left = Screen(id="left", version=1, scenes=("pair",))
    async with (
        Stage(SCENE, card(1, "Here"), screens=[left]) as stage,
        screen(browser, stage, query="?screen=left") as one,
        screen(browser, stage, query="?screen=right&scene=test") as other,
    ):
        await one.scene("masonry")  # nobody was answered
        await other.scene("test")
        await stage.screen_with("left", scenes=("statement",), statement="Back at nine")
        await one.scene("statement")
        assert "Back at nine" in await one.words()
        assert "Here" not in await one.words()
        await stage.drop("mastodon:1")
        await stage.screen_with("left", scenes=("spotlight",))
        await one.scene("hold")
        await stage.scene_with(held=True)
        await other.scene("hold")


async def test_a_dark_screen_is_black_and_the_others_are_not(browser: "Browser") -> None:
    left = Screen(id="left", version=1)
    async with (
        Stage(SCENE, card(1, "Not in the dark"), screens=[left]) as stage,
        screen(browser, stage, query="?screen=left") as dark,
        screen(browser, stage) as light,
    ):
        await dark.state("live")
        await light.state("live")
        seq = await stage.screen_with("left", dark=True)
        await stage.until(lambda: sum(seen.seq >= seq for seen in stage.seen) >= 2)
        await dark.state("dark")
        assert "Not in the dark" not in await dark.words()
        assert not await dark.page.locator("body *:visible").count()
        ground = "html => getComputedStyle(html).backgroundColor"
        assert await dark.root.evaluate(ground) == "rgb(0, 0, 0)"
        assert await light.ids() == ["mastodon:1"]

        await stage.screen_with("left", dark=False)
        await dark.state("live")
        assert await dark.ids() == ["mastodon:1"]


async def test_an_overlay_has_no_ground_but_its_cards_do(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, query="?transparent=1") as wall,
    ):
        await wall.state("live")
        ground = "one => getComputedStyle(one).backgroundColor"
        assert await wall.root.evaluate(ground) == "rgba(0, 0, 0, 0)"
        assert await wall.page.locator("body").evaluate(ground) == "rgba(0, 0, 0, 0)"
        assert not await wall.page.locator(".lights:visible, .ground:visible").count()
        card_ground = "one => getComputedStyle(one).backgroundImage"
        assert "rgba" not in await wall.cards.first.evaluate(card_ground)


async def test_a_page_loads_itself_anew_only_once_the_engine_has_given_it(
    browser: "Browser",
) -> None:
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, before=AT_ONCE) as wall,
    ):
        await wall.state("live")
        await wall.page.evaluate("window.marked = true")
        stage.broken = True
        await stage.scene_with(refresh=7)
        await stage.until(lambda: stage.asked.count("/wall") == 2)
        await stage.until_seen(await stage.put(card(2)))
        assert await wall.page.evaluate("window.marked")

        stage.broken = False
        lines = stage.lines
        await stage.pulse()
        await stage.until(lambda: stage.lines > lines)
        await wall.state("live")
        assert await wall.page.evaluate("window.marked ?? null") is None
        # What it was loaded with is nothing to load it for.
        asked = stage.asked.count("/wall")
        await stage.pulse()
        await stage.until_seen(await stage.put(card(3)))
        assert stage.asked.count("/wall") == asked
        assert await wall.ids() == ["mastodon:3", "mastodon:2", "mastodon:1"]


async def test_a_relay_that_lives_says_how_long_the_engine_is_away(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage:
        stage.age = 42.0
        async with screen(browser, stage) as wall:
            await wall.drawn(0)
            assert await wall.root.get_attribute("data-link") == "stale"
            said = await wall.page.locator("#age").inner_text()
            assert said.startswith("as of ")
            assert "reconnecting" not in said
            assert await wall.ids() == ["mastodon:1"]
            stage.age = 0.0
            await stage.pulse()
            await wall.link("up")
            assert stage.lines == 1


async def test_no_scene_that_leaves_keeps_the_words_of_what_is_off(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1, "Stays on"), card(2, "Take me off")) as stage,
        screen(browser, stage, before=SLOW_FADE) as wall,
    ):
        await wall.state("live")
        await wall.drawn(
            await stage.screen_with(scenes=("statement",), statement="One moment, please")
        )
        assert await wall.page.locator("#stage > .scene").count() == 2
        assert "Take me off" in await wall.words()
        seen = await stage.until_seen(await stage.drop("mastodon:2"))
        assert "Take me off" not in await wall.words()
        assert seen.errors == 0, "nothing was left that had to be swept out"
        await wall.drawn(await stage.screen_with(scenes=("masonry",)))
        assert await wall.ids() == ["mastodon:1"]
        assert wall.errors == []


async def test_killed_engine_and_reload_the_last_picture_stands(browser: "Browser") -> None:
    shown = card(1, "Still here", media=pictures("/wall/picture/a.svg"))
    async with Stage(SCENE, shown) as stage:
        stage.themes["light"] = ":root { --ground: #fefefe; }"
        await stage.scene_with(theme="light")
        async with screen(browser, stage, worker=True) as wall:
            await wall.state("live")
            await wall.until(
                """async () => {
                    const kept = await caches.match("/wall/theme/light.css");
                    const page = await caches.match("/wall");
                    return kept && page && await caches.match("/wall/picture/a.svg")
                        && await caches.match("/wall/scenes/masonry.js");
                }"""
            )
            assert not await wall.page.evaluate("async () => !!await caches.match('/wall/time')")
            await stage.leave()
            await wall.page.reload()

            await wall.state("gone")
            assert "Still here" in await wall.words()
            assert await wall.page.locator("#age").inner_text() != "connecting"
            ground = "html => getComputedStyle(html).backgroundColor"
            await wall.cards.locator("img").evaluate("one => one.decode()")
            await wall.until(f"() => ({ground})(document.documentElement) === 'rgb(254, 254, 254)'")


async def test_a_theme_is_worn_once_it_is_there(browser: "Browser") -> None:
    async with Stage(SCENE, card(1, "#SeaEvening")) as stage:
        stage.themes["one"] = ":root { --card: #ffffff; --card-foot: #ffffff; --ink: #111111; }"
        async with screen(browser, stage) as wall:
            await wall.state("live")
            await stage.scene_with(theme="one", accent="#ffb35c")
            look = "html => getComputedStyle(html).getPropertyValue('--card')"
            await wall.until(f"() => ({look})(document.documentElement) === '#ffffff'")
            # Words in the house's accent, which is light, are dark enough on a light card.
            tag = wall.cards.locator(".tag")
            colour = await tag.evaluate("one => getComputedStyle(one).color")
            red, green, blue = (
                int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")
            )
            assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 140

            await wall.drawn(await stage.scene_with(theme="none such"))
            await stage.until_seen(await stage.put(card(2)))
            await wall.until("() => document.querySelectorAll('link[href*=theme]').length === 1")
            assert any("none%20such" in path for path in stage.asked)
            assert await wall.root.evaluate(look) == "#ffffff"


async def test_what_goes_wrong_in_a_page_is_told(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        await stage.until(lambda: bool(stage.seen))
        assert (stage.seen[-1].errors, stage.seen[-1].scene) == (0, "masonry")
        assert stage.seen[-1].page
        await wall.page.evaluate("setTimeout(() => { throw new Error('made up: \u6d77'); })")
        await stage.put(card(2))
        await stage.until(lambda: stage.seen[-1].errors == 1)
        assert stage.seen[-1].error == "made up: ?"
        assert stage.seen[-1].lag < 5_000

"""What the wall shows while something is wrong: never blank, never stale without saying so."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.browser.screen import card, pictures, screen
from tests.browser.stage import SCENE, Stage, lively

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

KEPT = "eventlive.wall.1"

# Waits pass at once, chance is always in the middle, and what was waited for is noted; but for the
# ten seconds after which a page looks at itself.
NOTE_WAITS = """
    window.waits = [];
    Math.random = () => 0.5;
    const wait = window.setTimeout;
    window.setTimeout = (call, time, ...rest) => {
        if (time === 10_000) return wait(call, time, ...rest);
        window.waits.push(time);
        return wait(call, time < 10_000 ? time / 100 : time, ...rest);
    };
"""
NO_ROOM = """
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""


async def test_the_engine_goes_and_comes_and_nothing_flashes(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1), card(2)) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        before = await wall.ids()
        await wall.cards.evaluate_all("all => all.forEach((one) => { one.marked = true; })")

        stage.refusing = True
        await stage.cut()
        await wall.link("down")
        assert await wall.ids() == before
        await stage.until(lambda: stage.lines >= 3)
        assert await wall.ids() == before

        stage.refusing = False
        await wall.link("up")
        assert await wall.ids() == before
        assert await wall.cards.evaluate_all("all => all.every((one) => one.marked)")

        await wall.drawn(await stage.put(card(99, "Back again")))
        assert (await wall.ids())[0] == "mastodon:99"
        assert stage.asked.count("/wall") == 1
        assert wall.unexpected() == []


async def test_what_changed_meanwhile_is_right_when_the_engine_is_back(
    browser: "Browser",
) -> None:
    async with (
        Stage(SCENE, card(1, "Stays"), card(2, "Deleted"), card(3, "Edited")) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        stage.refusing = True
        await stage.cut()
        await wall.link("down")
        await stage.drop("mastodon:2")
        await stage.put(card(3, "Edited, rightly", version=2), card(4, "New"))
        # A new engine counts from the start again.
        stage.seq = 0
        stage.refusing = False
        await wall.link("up")

        assert await wall.ids() == ["mastodon:4", "mastodon:3", "mastodon:1"]
        words = await wall.words()
        assert "Edited, rightly" in words
        assert "Deleted" not in words


async def test_the_picture_says_how_old_it_is_after_ten_seconds(browser: "Browser") -> None:
    async with (
        Stage(SCENE, *lively(datetime.now(UTC))) as stage,
        screen(browser, stage, clock=True) as wall,
    ):
        await wall.state("live")
        await wall.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
        heard = datetime.now().astimezone()
        stage.refusing = True
        await stage.cut()
        await wall.link("down")
        await wall.page.clock.fast_forward(5_000)
        assert await wall.root.get_attribute("data-link") == "down"

        await wall.page.clock.fast_forward(6_000)
        await wall.state("gone")
        mark = wall.page.locator("#age")
        said = await mark.inner_text()
        assert said.endswith(" · reconnecting")
        minutes = [int(part) for part in said.split()[2].split(":")]
        assert minutes[0] * 60 + minutes[1] - (heard.hour * 60 + heard.minute) in {-1, 0, 1}
        assert await wall.cards.count() > 1
        await wall.page.clock.run_for(2_000)
        await mark.evaluate("mark => Promise.all(mark.getAnimations().map((one) => one.finished))")
        assert await mark.evaluate("mark => getComputedStyle(mark).opacity") == "1"
        box, screen_height = await mark.bounding_box(), 1080
        assert box is not None
        assert box["y"] + box["height"] <= screen_height

        stage.refusing = False
        before = stage.lines
        while stage.lines == before:
            await wall.page.clock.fast_forward(1_000)
        await wall.state("live")
        await wall.link("up")


async def test_a_reload_while_the_engine_is_away_keeps_the_picture(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1), card(2, media=pictures("/pictures/a.svg"))) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        before = await wall.ids()
        # Put and dropped before the power goes: it must not come back.
        await wall.drawn(await stage.put(card(99, "Dropped before the cut")))
        await stage.until_seen(await stage.drop("mastodon:99"))
        stage.refusing = True
        await stage.cut()

        await wall.page.reload()

        await wall.state("gone")
        assert await wall.ids() == before
        assert "as of" in await wall.page.locator("#age").inner_text()
        assert await wall.page.locator(".rail .title").inner_text() == SCENE.title
        assert "Dropped before" not in await wall.words()

        stage.refusing = False
        await wall.state("live")
        assert await wall.ids() == before
        assert wall.unexpected() == []


async def test_a_reload_during_a_hold_stays_held(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1, "Not to be seen")) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        await stage.until_seen(await stage.scene_with(held=True))
        stage.refusing = True
        await stage.cut()

        await wall.page.reload()

        await wall.state("held")
        await wall.link("stale")
        assert "Not to be seen" not in await wall.words()
        assert await wall.page.locator(".poster .title").inner_text() == SCENE.title


async def test_the_first_start_without_an_engine_is_no_blank_screen(browser: "Browser") -> None:
    async with Stage() as stage:
        stage.refusing = True
        async with screen(browser, stage) as wall:
            await wall.link("stale")
            assert await wall.page.locator(".poster .title").is_visible()
            assert await wall.page.locator("#age").inner_text() == "connecting"
            stage.refusing = False
            await wall.state("empty")


async def test_silence_is_an_outage(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, clock=True) as wall,
    ):
        await wall.state("live")
        for _ in range(3):
            await wall.page.clock.fast_forward(11_000)
            await wall.link("stale")
            assert (await wall.page.locator("#age").inner_text()).startswith("as of ")
            await stage.pulse()
            await wall.link("up")
        assert stage.lines == 1

        await wall.page.clock.fast_forward(11_000)
        await wall.link("stale")
        stage.silent = True
        await wall.page.clock.fast_forward(5_000)
        await wall.page.clock.fast_forward(1_000)
        await stage.until(lambda: stage.lines == 2)

        # A line that opens and stays silent is none either.
        stage.silent = False
        await wall.page.clock.fast_forward(16_000)
        await wall.page.clock.fast_forward(2_000)
        await stage.until(lambda: stage.lines == 3)
        await wall.state("live")


async def test_a_missed_change_is_noticed_and_made_good(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        missed = card(2, "Missed")
        stage.cards[missed.id] = missed
        stage.seq += 1
        await stage.put(card(3))
        await stage.until(lambda: stage.lines == 2)
        await wall.drawn(2)
        assert await wall.ids() == ["mastodon:3", "mastodon:2", "mastodon:1"]

        del stage.cards["mastodon:2"]
        stage.seq += 1
        await stage.pulse()
        await stage.until(lambda: stage.lines == 3)
        await wall.drawn(3)
        assert await wall.ids() == ["mastodon:3", "mastodon:1"]


GARBAGE = (
    "",
    "not JSON",
    "null",
    "[]",
    "7",
    '"show"',
    "{}",
    '{"tell":"reload"}',
    '{"tell":"show"}',
    '{"tell":"show","protocol":1,"seq":1,"now":"x","scene":null}',
    '{"tell":"show","protocol":99,"seq":1,"now":"2025-05-03T12:00:00Z","scene":{"version":9}}',
    '{"tell":"changed"}',
    '{"tell":"changed","seq":"1"}',
    '{"tell":"changed","seq":0,"drop":[["card","mastodon:1"]]}',
    '{"tell":"pulse"}',
    '{"tell":"pulse","seq":null,"now":[]}',
    '{"tell":{"toString":"show"}}',
    '{"__proto__":{"tell":"show"}}',
    "[" * 100_000,
    '{"tell":' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
    '{"tell":"' + "x" * 3_000_000 + '"}',
)


async def test_nonsense_is_ignored_and_named_once(browser: "Browser") -> None:
    async with Stage(SCENE, card(1, "Still here")) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        for _ in range(2):
            for frame in GARBAGE:
                await stage.say(frame)
            await stage.say_bytes(b"\x00\xff")
        await wall.drawn(await stage.put(card(2, "And this")))

        assert await wall.ids() == ["mastodon:2", "mastodon:1"]
        assert stage.lines == 1
        assert wall.errors == []
        kinds = [warning.partition("wall: ")[2][:25] for warning in wall.warnings]
        assert 3 <= len(kinds) == len(set(kinds))


async def test_one_bad_thing_spoils_no_others(browser: "Browser") -> None:
    bad: tuple[object, ...] = (
        None,
        5,
        {"kind": "card"},
        {"kind": "card", "id": 7, "version": 1, "order": 1, "text": "a"},
        {"kind": "card", "id": "b", "version": "1", "order": 1, "text": "b"},
        {"kind": "card", "id": "c", "version": 1, "order": 1, "text": {"toString": 1}},
        {"kind": "card", "id": "long", "version": 1, "order": 2, "text": "x" * 100_000},
        {"kind": "scene", "version": None, "held": True},
        {"kind": "item", "id": "x"},
    )
    odd = {
        "kind": "card", "id": "__proto__", "version": 1, "order": 9, "text": "Odd but shown",
        "network": "constructor", "at": {}, "language": ["en"], "media": [None, 3, {"url": 4}],
        "name": None, "handle": [], "accent": {}, "sensitive": "yes", "warning": 1,
    }  # fmt: skip
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        stage.seq += 1
        frame = {
            "tell": "changed", "seq": stage.seq, "put": [*bad, odd],
            "drop": [None, 3, [], ["card"], ["item", "mastodon:1"], [["card"], "mastodon:1"]],
        }  # fmt: skip
        await stage.say(msgspec.json.encode(frame))
        await wall.drawn(stage.seq)

        assert await wall.ids() == ["__proto__", "mastodon:1"]
        await wall.drawn(await stage.put(card(10)))
        assert wall.errors == []
        assert stage.lines == 1


async def test_it_tries_again_after_half_a_second_doubled_to_eight(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage:
        stage.refusing = True
        async with screen(browser, stage, before=NOTE_WAITS) as wall:
            await stage.until(lambda: stage.lines >= 8)
            waits = await wall.page.evaluate("window.waits")
            # The page may have looked at itself in between, and begun anew.
            assert len(waits) >= 4
            assert waits[:7] == [500, 1000, 2000, 4000, 8000, 8000, 8000][: len(waits)]

            stage.refusing = False
            await wall.state("live")
            await wall.page.evaluate("window.waits.length = 0")
            stage.refusing = True
            lines = stage.lines
            await stage.cut()
            await stage.until(lambda: stage.lines > lines)
            assert 500 in await wall.page.evaluate("window.waits")


async def test_screens_do_not_come_back_at_one_moment(browser: "Browser") -> None:
    note = NOTE_WAITS.replace("Math.random = () => 0.5;", "")
    async with Stage() as stage:
        stage.refusing = True
        async with screen(browser, stage, before=note) as wall:
            await stage.until(lambda: stage.lines >= 4)
            first, second, third = (await wall.page.evaluate("window.waits"))[:3]
            assert 250 <= first <= 750
            assert 500 <= second <= 1500
            assert 1000 <= third <= 3000
            assert (first, second, third) != (500, 1000, 2000)


async def test_a_screen_without_room_to_keep_anything_shows_all_the_same(
    browser: "Browser",
) -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage, before=NO_ROOM) as wall:
        await wall.state("live")
        await wall.drawn(await stage.put(card(2)))
        await stage.until_seen(await stage.drop("mastodon:1"))
        assert await wall.ids() == ["mastodon:2"]
        assert wall.errors == []
        assert len(wall.warnings) == 1


async def test_a_spoilt_memory_is_no_reason_to_stop(browser: "Browser") -> None:
    spoilt = ["{{{", "null", "[]", "3", '{"scene":{"version":1},"cards":7}']
    remember = f"""
        const turn = Number(sessionStorage.turn ?? 0);
        sessionStorage.turn = turn + 1;
        localStorage.setItem({KEPT!r}, {spoilt!r}[turn]);
    """
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage, before=remember) as wall:
        for turn in range(len(spoilt)):
            if turn:
                await wall.page.reload()
            await wall.state("live")
            assert await wall.page.evaluate("Number(sessionStorage.turn)") == turn + 1
            assert await wall.ids() == ["mastodon:1"], spoilt[turn]
            assert wall.errors == [], spoilt[turn]

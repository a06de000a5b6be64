"""What the wall shows while the engine answers: cards, the frame around them, and a hold."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.browser.screen import card, pictures, screen
from tests.browser.stage import SCENE, Stage, lively

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

# A page that is not seen: it is told so, and gets no frames to draw in.
IN_THE_BACKGROUND = """
    Object.defineProperty(document, "hidden", { get: () => true });
    window.requestAnimationFrame = () => 1;
"""

# Where cards can be seen to be, on their way or at rest, over a few frames.
PLACES = """async () => {
    const places = new Set();
    for (let frame = 0; frame < 4; frame += 1) {
        for (const card of document.querySelectorAll("#cards > .card")) {
            const seen = Number(getComputedStyle(card).opacity) > 0.01;
            if (seen) places.add(Math.round(card.getBoundingClientRect().left));
        }
        await new Promise(requestAnimationFrame);
    }
    return [...places];
}"""


async def test_cards_stand_newest_first(browser: "Browser") -> None:
    async with Stage() as stage, screen(browser, stage) as wall:
        await wall.state("empty")
        for number in (1, 2, 3):
            await stage.put(card(number))
        await wall.drawn(stage.seq)
        await wall.at_rest()

        assert await wall.ids() == ["mastodon:3", "mastodon:2", "mastodon:1"]
        tops = await wall.cards.evaluate_all("all => all.map(c => c.getBoundingClientRect().top)")
        assert tops == sorted(tops)
        assert await wall.cards.locator("nth=0").get_attribute("data-newest") == ""
        assert await wall.page.locator("[data-newest]").count() == 1
        assert await wall.root.get_attribute("data-state") == "live"
        assert wall.errors == wall.warnings == []


async def test_a_card_says_who_where_and_when(browser: "Browser") -> None:
    shown = card(1, "Hyvää iltaa", language="fi", name="Tuomas", handle="tuomas@saari.example")
    async with Stage(SCENE, shown) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        only = wall.cards.first

        assert await only.locator(".words").inner_text() == "Hyvää iltaa"
        assert await only.locator(".words").get_attribute("lang") == "fi"
        assert await only.locator(".words").get_attribute("dir") == "auto"
        assert await only.locator(".name").inner_text() == "Tuomas"
        assert await only.locator(".from").inner_text() == "@tuomas@saari.example"
        assert await only.locator(".network").inner_text() == "Mastodon"
        assert await only.locator("time").inner_text() == "now"
        polite = wall.page.locator("[aria-live=polite]")
        assert await polite.get_attribute("id") == "cards"


async def test_the_houses_answer_stands_under_the_question(browser: "Browser") -> None:
    asked = card(1, "Is there a recording? #SeaEvening", answer=" ")
    async with Stage(SCENE, asked, card(2, "Another")) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        assert await wall.page.locator(".answer").count() == 0

        answered = msgspec.structs.replace(asked, version=2, answer="Yes, at\nhttps://sea.example")
        await stage.until_seen(await stage.put(answered))
        await wall.at_rest()
        assert await wall.ids() == ["mastodon:2", "mastodon:1"]
        one = wall.cards.nth(1)
        assert await one.locator(".answer .house").inner_text() == SCENE.title
        assert await one.locator(".answer .words").inner_text() == "Yes, at\nhttps://sea.example"
        assert await one.locator(".answer .link").inner_text() == "https://sea.example"
        tops = await one.locator(".words, .by, .answer").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().top)"
        )
        assert tops == sorted(tops)
        assert len(tops) == 4
        sizes = await one.locator(".words").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).fontSize)"
        )
        assert len(set(sizes)) == 1

        await wall.drawn(await stage.scene_with(title="A morning about the sea"))
        assert await one.locator(".house").inner_text() == "A morning about the sea"
        await wall.drawn(await stage.put(msgspec.structs.replace(answered, version=3, answer="")))
        assert await wall.page.locator(".answer").count() == 0
        assert wall.errors == wall.warnings == []


async def test_an_answers_own_words_say_where_it_begins(browser: "Browser") -> None:
    answers = {"Yes, tomorrow": "Left", "כן, מחר": "Right", "نعم، غدًا": "Right"}
    async with Stage(SCENE, card(1, "שלום")) as stage, screen(browser, stage, still=True) as wall:
        await wall.state("live")
        for version, (answer, side) in enumerate(answers.items(), 2):
            await wall.drawn(await stage.put(card(1, "שלום", answer=answer, version=version)))
            rules = await wall.cards.locator(".answer").evaluate(
                """(one) => ["Left", "Right"].filter(
                    (side) => parseFloat(getComputedStyle(one)[`border${side}Width`]) > 0)"""
            )
            assert rules == [side], answer


async def test_an_answer_outlives_a_reload_but_no_hold_and_no_drop(browser: "Browser") -> None:
    asked = card(1, "Is there a recording?", answer="Yes, tomorrow")
    async with Stage(SCENE, asked) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        stage.refusing = True
        await stage.cut()
        await wall.page.reload()
        assert await wall.cards.locator(".answer .words").inner_text() == "Yes, tomorrow"
        assert await wall.cards.locator(".house").inner_text() == SCENE.title
        # A picture that was kept before there were answers is still a picture.
        await wall.page.evaluate(
            """() => {
                const kept = JSON.parse(localStorage["eventlive.wall.1"]);
                for (const card of kept.cards) delete card.answer;
                addEventListener("pagehide", () => {
                    localStorage["eventlive.wall.1"] = JSON.stringify(kept);
                });
            }"""
        )
        await wall.page.reload()
        assert await wall.cards.locator(".words").inner_text() == "Is there a recording?"
        assert await wall.page.locator(".answer").count() == 0

        stage.refusing = False
        await wall.cards.locator(".answer").wait_for()
        await stage.until_seen(await stage.scene_with(held=True))
        assert "tomorrow" not in await wall.words()
        await wall.drawn(await stage.scene_with(held=False))
        await stage.until_seen(await stage.drop("mastodon:1"))
        assert "tomorrow" not in await wall.words()
        assert "tomorrow" not in await wall.page.evaluate("localStorage['eventlive.wall.1']")
        assert wall.unexpected() == []


async def test_a_newer_version_replaces_in_place_and_an_older_one_does_not(
    browser: "Browser",
) -> None:
    async with Stage(SCENE, card(1), card(2), card(3)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        seq = await stage.put(card(2, "Edited", version=3))
        await wall.drawn(seq)
        assert await wall.ids() == ["mastodon:3", "mastodon:2", "mastodon:1"]
        assert await wall.cards.nth(1).locator(".words").inner_text() == "Edited"

        seq = await stage.put(card(2, "Old", version=2), card(2, "Same", version=3))
        await wall.drawn(seq)
        assert await wall.cards.nth(1).locator(".words").inner_text() == "Edited"
        assert await wall.cards.count() == 3


async def test_a_dropped_card_is_out_of_the_page_when_the_screen_confirms(
    browser: "Browser",
) -> None:
    async with (
        Stage(SCENE, card(1, "Keep me"), card(2, "Take me off")) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        assert "Take me off" in await wall.words()

        await stage.until_seen(await stage.drop("mastodon:2"))

        assert "Take me off" not in await wall.words()
        assert await wall.ids() == ["mastodon:1"]
        await wall.page.locator(".ghost").wait_for(state="detached")


async def test_a_screen_in_the_background_shows_and_drops_all_the_same(
    browser: "Browser",
) -> None:
    async with Stage() as stage, screen(browser, stage, before=IN_THE_BACKGROUND) as wall:
        await stage.until_seen(await stage.put(card(1, "One"), card(2, "Two")))
        assert await wall.ids() == ["mastodon:2", "mastodon:1"]

        await stage.until_seen(await stage.drop("mastodon:2"))
        assert await wall.ids() == ["mastodon:1"]
        assert await wall.page.locator(".ghost").count() == 0

        await stage.until_seen(await stage.scene_with(held=True))
        assert "One" not in await wall.words()


async def test_hold_takes_every_post_out_of_the_page_and_release_brings_them_back(
    browser: "Browser",
) -> None:
    async with Stage(SCENE, card(1, "A licence"), card(2)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        before = await wall.ids()

        await stage.until_seen(await stage.scene_with(held=True))
        assert await wall.root.get_attribute("data-state") == "held"
        assert await wall.page.locator(".card, .ghost").count() == 0
        assert "licence" not in await wall.words()
        assert await wall.page.locator(".poster .title").is_visible()
        assert await wall.page.locator(".poster .title").inner_text() == SCENE.title
        assert await wall.page.locator(".poster .hashtag").inner_text() == "#SeaEvening"
        assert not await wall.page.locator(".rail").is_visible()

        await stage.until_seen(await stage.put(card(99, "Said meanwhile")))
        assert "Said meanwhile" not in await wall.words()

        await stage.until_seen(await stage.scene_with(held=False))
        ids = await wall.ids()
        assert ids[0] == "mastodon:99"
        assert set(ids) & set(before)
        assert await wall.root.get_attribute("data-state") == "live"


async def test_a_screen_that_comes_during_a_hold_shows_no_post(browser: "Browser") -> None:
    scene = msgspec.structs.replace(SCENE, held=True)
    async with Stage(scene, card(1, "Not now")) as stage, screen(browser, stage) as wall:
        await wall.state("held")
        assert "Not now" not in await wall.words()


async def test_an_empty_wall_invites(browser: "Browser") -> None:
    async with Stage() as stage, screen(browser, stage) as wall:
        await wall.state("empty")
        poster = wall.page.locator(".poster")
        assert await poster.locator(".title").inner_text() == SCENE.title
        assert (await poster.locator(".join").inner_text()).split() == [
            "Join", "in", "with", "#SeaEvening",
        ]  # fmt: skip
        code = poster.locator("img.qr")
        await code.wait_for(state="visible")
        assert await code.evaluate("async (one) => { await one.decode(); return one.naturalWidth }")
        assert await wall.page.title() == SCENE.title


async def test_no_link_no_code(browser: "Browser") -> None:
    scene = msgspec.structs.replace(SCENE, link="", hashtag="", now="")
    async with Stage(scene, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        assert not await wall.page.locator("img.qr:visible, .invite:visible, .now:visible").count()
        assert "/wall/qr.svg" not in stage.asked

        await wall.drawn(await stage.scene_with(link="https://sea.example", now="Questions"))
        await wall.page.locator(".rail img.qr").wait_for(state="visible")
        assert await wall.page.locator(".now p").inner_text() == "Questions"
        assert wall.errors == []


async def test_five_hundred_cards_leave_the_page_small(browser: "Browser") -> None:
    async with Stage() as stage, screen(browser, stage) as wall:
        await wall.state("empty")
        post = lively(datetime.now(UTC))
        for number in range(500):
            like = post[number % len(post)]
            await stage.put(msgspec.structs.replace(like, id=f"mastodon:{number}", order=number))
        await wall.drawn(stage.seq)
        await wall.at_rest()
        await wall.page.locator(".ghost").first.wait_for(state="detached")

        assert 2 <= await wall.cards.count() <= SCENE.cards
        assert await wall.page.locator("#measure *").count() == 0
        assert await wall.page.locator("*").count() < 300
        kept = await wall.page.evaluate("localStorage.getItem('eventlive.wall.1')")
        assert len(msgspec.json.decode(kept)["cards"]) <= 60
        assert wall.errors == wall.warnings == []


async def test_a_pinned_card_stays_behind_the_newest(browser: "Browser") -> None:
    long = "A sentence of a certain length that takes its room. " * 5
    posts = [card(number, f"{number} {long}") for number in range(2, 40)]
    async with (
        Stage(SCENE, card(1, "Pinned", pinned=True), *posts) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        assert (await wall.ids())[:2] == ["mastodon:39", "mastodon:1"]


async def test_ages_are_told_by_the_engines_clock(browser: "Browser") -> None:
    async with Stage() as stage:
        ahead = datetime.now(UTC) + timedelta(hours=2)
        stage.now = lambda: ahead
        for number, seconds in enumerate((86_400 * 3, 7_300, 245, 42, -500)):
            old = card(number, at=ahead - timedelta(seconds=seconds))
            stage.cards[old.id] = old
        async with screen(browser, stage) as wall:
            await wall.state("live")
            ages = await wall.cards.locator("time").all_inner_texts()
            assert ages == ["now", "42 s", "4 min", "2 h", "3 d"]


async def test_ages_grow(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, clock=True) as wall,
    ):
        await wall.state("live")
        assert await wall.cards.locator("time").inner_text() == "now"
        await wall.page.clock.run_for(12_000)
        age = await wall.cards.locator("time").inner_text()
        assert age.endswith(" s")
        assert 10 <= int(age.removesuffix(" s")) <= 14


async def test_a_screen_says_what_it_shows(browser: "Browser") -> None:
    async with Stage() as stage, screen(browser, stage, width=1280, height=720) as wall:
        await stage.until_seen(0)
        seen = await stage.until_seen(await stage.put(card(1)))
        assert (seen.seq, seen.width, seen.height) == (1, 1280, 720)
        assert wall.errors == []


async def test_it_says_so_once_a_second_but_of_a_drop_or_a_hold_at_once(
    browser: "Browser",
) -> None:
    async with (
        Stage() as stage,
        screen(browser, stage, before=IN_THE_BACKGROUND, clock=True) as wall,
    ):
        await stage.until_seen(0)
        # From here on no timer fires and no frame comes: what is said now waits for neither.
        await wall.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=3))
        before = len(stage.seen)
        for number in range(1, 31):
            await stage.put(card(number, f"Number {number}"))
        await wall.drawn(30)
        await stage.until_seen(await stage.drop("mastodon:30"))
        assert "Number 30" not in await wall.words()
        assert "Number 30" not in await wall.page.evaluate("localStorage['eventlive.wall.1']")
        await stage.until_seen(await stage.scene_with(held=True))
        assert '"held":true' in await wall.page.evaluate("localStorage['eventlive.wall.1']")
        assert [seen.seq for seen in stage.seen[before:]][-2:] == [31, 32]
        assert len(stage.seen) - before <= 3

        await wall.drawn(await stage.put(card(40), card(41)))
        await wall.page.clock.run_for(1_100)
        await stage.until_seen(33)


async def test_pictures_are_drawn_described_covered_and_missed(browser: "Browser") -> None:
    posts = (
        card(1, "Four", media=pictures(*(f"/pictures/{n}.svg" for n in "abcd"), alt="A wave")),
        card(2, "Gone", media=pictures("/pictures/missing.jpg", alt="A boat in the fog")),
        card(3, "Covered", media=pictures("/pictures/secret.svg", alt="Skin"), sensitive=True),
        card(4, "The butler did it", media=pictures("/pictures/end.svg"), warning="Spoilers"),
    )
    async with Stage(SCENE, *posts) as stage, screen(browser, stage, height=3000) as wall:
        await wall.state("live")
        four = wall.cards.and_(wall.page.locator('[data-id="mastodon:1"]')).locator("img")
        assert await four.count() == 4
        for one in await four.all():
            assert await one.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
            assert await one.get_attribute("alt") == "A wave"

        gone = wall.page.locator('[data-id="mastodon:2"]')
        await gone.locator(".covered").wait_for()
        assert await gone.locator(".covered").inner_text() == "A boat in the fog"
        assert await gone.locator(".words").inner_text() == "Gone"

        words = await wall.words()
        assert "Sensitive picture, covered" in words
        assert "Spoilers" in words
        assert "butler" not in words
        assert not {"/pictures/secret.svg", "/pictures/end.svg"} & set(stage.asked)


async def test_a_picture_that_stands_alone_is_hardly_cropped(browser: "Browser") -> None:
    async def fulfil(route: "Route") -> None:
        width, height = route.request.url.rpartition("/")[2].removesuffix(".svg").split("x")
        size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        await route.fulfill(body=f"<svg {size}/>", content_type="image/svg+xml")

    async with Stage() as stage, screen(browser, stage, still=True) as wall:
        await wall.state("empty")
        await wall.page.route("**/pictures/*", fulfil)
        for width, height, entire in ((1600, 800, False), (1000, 1000, True), (900, 1600, True)):
            await stage.drop(*stage.cards)
            shape = card(width, media=pictures(f"/pictures/{width}x{height}.svg"))
            await wall.drawn(await stage.put(shape))
            tile = wall.cards.locator(".tile")
            await wall.cards.locator("img").evaluate("one => one.decode()")
            box, picture = await tile.bounding_box(), await tile.locator("img").bounding_box()
            assert box is not None
            assert picture is not None
            shown = min(
                picture["width"] / picture["height"] / (width / height),
                (width / height) / (picture["width"] / picture["height"]),
            )
            assert shown == pytest.approx(1, abs=0.02) if entire else shown >= 0.7
            assert picture["height"] <= box["height"] + 1
            assert picture["width"] <= box["width"] + 1


async def test_pictures_missed_while_the_engine_was_away_come_with_it(
    browser: "Browser",
) -> None:
    async with (
        Stage(SCENE, card(1, media=pictures("/pictures/a.svg"))) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        await wall.page.route("**/pictures/*", lambda route: route.abort())
        await wall.page.route("**/qr.svg*", lambda route: route.abort())
        stage.refusing = True
        await stage.cut()
        await wall.page.reload()
        await wall.cards.locator(".covered").wait_for()
        await wall.page.locator(".rail img.qr").wait_for(state="hidden")

        await wall.page.unroute_all()
        stage.refusing = False
        await wall.cards.locator("img").wait_for()
        await wall.page.locator(".rail img.qr").wait_for(state="visible")


async def test_words_in_the_accent_can_be_read(browser: "Browser") -> None:
    async with Stage(SCENE, card(1, "#SeaEvening")) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        said = set()
        for accent in ("#ffb35c", "#101040", "#000000", "#ff0000", "#ffffff"):
            await wall.drawn(await stage.scene_with(accent=accent))
            colour = await wall.cards.locator(".tag").evaluate("tag => getComputedStyle(tag).color")
            words = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
            assert _contrast(words, [0x26, 0x1C, 0x16]) >= 4.5, accent
            said.add(colour)
        assert len(said) > 3, "each accent is worn"


async def test_what_is_no_colour_colours_nothing(browser: "Browser") -> None:
    scene = msgspec.structs.replace(SCENE, accent="red; background: url(//evil.example)")
    async with Stage(scene, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        assert await wall.root.get_attribute("style") in {None, ""}
        assert wall.outside == []


async def test_motion_is_calm(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1), card(2)) as stage,
        screen(browser, stage) as wall,
    ):
        await wall.state("live")
        await wall.at_rest()
        await wall.page.evaluate(
            """() => {
                window.moved = [];
                const animate = Element.prototype.animate;
                Element.prototype.animate = function (frames, timing) {
                    window.moved.push([frames.flatMap((one) => Object.keys(one)), timing.duration]);
                    return animate.call(this, frames, timing);
                };
            }"""
        )
        await wall.drawn(await stage.put(card(99, "New")))
        moved = await wall.page.evaluate("window.moved")
        assert moved
        assert {name for names, _ in moved for name in names} <= {
            "transform", "opacity", "offset",
        }  # fmt: skip
        assert max(duration for _, duration in moved) <= 700


async def test_however_fast_they_come_no_card_flies_across(browser: "Browser") -> None:
    post = lively(datetime.now(UTC))
    async with Stage(SCENE, *post) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        columns = set(await wall.page.evaluate(PLACES))
        assert len(columns) == 2
        for number in range(100, 124):
            like = post[number % len(post)]
            await stage.put(msgspec.structs.replace(like, id=f"x:{number}", order=number))
            await wall.drawn(stage.seq)
            assert set(await wall.page.evaluate(PLACES)) <= columns, number


async def test_who_asks_for_stillness_gets_it(browser: "Browser") -> None:
    async with (
        Stage(SCENE, card(1), card(2)) as stage,
        screen(browser, stage, still=True) as wall,
    ):
        await wall.state("live")
        await wall.drawn(await stage.put(card(99, "New")))
        assert await wall.page.evaluate("document.getAnimations().length") == 0
        await wall.drawn(await stage.scene_with(held=True))
        assert await wall.page.evaluate("document.getAnimations().length") == 0


def _contrast(one: list[int], other: list[int]) -> float:
    """Contrast of two sRGB colours as WCAG 2.2 defines it."""

    def luminance(colour: list[int]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)

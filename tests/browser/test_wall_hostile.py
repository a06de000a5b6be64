"""Foreign text on the wall is text: no markup, no script, no request that the wall did not ask.

With EVENTLIVE_HOSTILE set, each hostile string stands in each scene; without it in some of them.
"""

import itertools
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from eventlive.messages import Changed
from eventlive.model import Part, Programme, SceneName, Shown, Sponsor
from eventlive.model import Screen as Wall
from tests.browser.screen import Screen, card, pictures, screen
from tests.browser.stage import NOON, SCENE, Stage

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.asyncio(loop_scope="module")]

# What each of them would do, were it taken for anything but text: load, run or ask.
INJECTIONS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=//evil.example/a.png>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover=alert(1) x='",
    '" autofocus onfocus=alert(1) x="',
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==></object>",
    "<link rel=stylesheet href=//evil.example/a.css>",
    "<style>@import '//evil.example/a.css'; * { display: none }</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input name=a autofocus onfocus=alert(1)></form>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></mtext><style><img src=x onerror=alert(1)></style></math>",
    "<template><script>alert(1)</script></template>",
    "<a href=javascript:alert(1) autofocus>https://evil.example/?<script>alert(1)</script></a>",
    "<x-y style=animation:a onanimationend=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#x3c;img src=x onerror=alert(1)&#x3e;",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} #{alert(1)} <%= alert(1) %>",
    "\u202e<script>alert(1)</script>\u2066\u2069\u200f",
    "<!--><img src=x onerror=alert(1)>-->",
    "]]><script>alert(1)</script>",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "#<img/src=x/onerror=alert(1)> @<svg/onload=alert(1)>",
    "url(//evil.example/a.png); background: url(//evil.example/b.png)",
    "__proto__",
    "constructor",
    "[object Object]",
    "<img src=x:x onerror=alert`1`>",
    "<style>@keyframes a{}</style><b style=animation-name:a onanimationstart=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<portal src=//evil.example></portal><embed src=//evil.example>",
    "<svg><use href=data:image/svg+xml;base64,PHN2Zy8+></use></svg>",
    "<audio src=//evil.example/a.mp3 autoplay onerror=alert(1)>",
    'https://evil.example/"onmouseover=alert(1) //evil.example \\\\evil.example',
    "#\u202e<script>alert(1)</script> @\u2028alert(1)\u2029",
    "'); alert(1); ('",
    "*/ alert(1) /*",
    "--x: url(//evil.example/a.png); } :root { background: url(//evil.example/b.png)",
)
# Addresses of pictures that are not the engine's own, however they are dressed up.
FOREIGN = (
    "https://evil.example/a.png",
    "//evil.example/b.png",
    "/\\evil.example/c.png",
    "\\\\evil.example\\d.png",
    "/\t/evil.example/e.png",
    "http:evil.example/f.png",
    "javascript:alert(1)",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "http://[::1",
    "pictures/relative.svg",
)
# The page's own elements, and their attributes, are looked through after each change. What is not
# one of them, and what each picture said, are kept until the test asks.
WATCH = """
    window.foreign = new Set();
    window.told = new Map();
    const tags = new Set(`html head meta title link script body div i aside h1 h2 section p img main
        noscript article span b bdi footer time svg path video ol ul li header dl dt dd text rect
        circle`.split(/\\s+/));
    const attributes = new Set(`lang data-state data-frame data-link data-seq data-sparse style
        data-scene data-frame-around data-of muted loop autoplay playsinline async data-word
        class charset name content rel type href src aria-hidden aria-label aria-live aria-relevant
        dir id data-text data-part hidden alt role data-id data-version data-newest data-count
        decoding datetime viewBox d data-corner data-strip data-rows data-light x y width height
        cx cy r font-size`.split(/\\s+/));
    const look = () => {
        for (const element of document.querySelectorAll("*")) {
            if (!tags.has(element.localName)) foreign.add(`<${element.localName}>`);
            for (const { name } of element.attributes) {
                if (!attributes.has(name)) foreign.add(`${name} of ${element.localName}`);
            }
        }
        const scripts = [...document.scripts].map((one) => new URL(one.src).pathname);
        if (scripts.some((path) => !/^[/]wall[/][a-z]+[.]js$/.test(path))) foreign.add("scripts");
        if (document.styleSheets.length > 2) foreign.add("styles");
        const { seq, scene } = document.documentElement.dataset;
        const text = document.getElementById("stage")?.textContent.replace(/\\s/gu, "");
        if (seq) told.set(Number(seq), [scene, text]);
    };
    new MutationObserver(look).observe(document, {
        attributes: true, childList: true, subtree: true,
    });
"""
# Of pictures that should have said these things in a scene: what they did not say.
UNSAID = """(expected) => expected.flatMap(([seq, scene, texts]) => {
    const [stood, said] = told.get(seq) ?? ["nothing", ""];
    const compact = texts.map((text) => text.replace(/\\s/gu, ""));
    if (compact.includes("")) return [];
    if (stood !== scene) return [`${seq}: ${stood} and not ${scene}`];
    return compact.filter((text) => !said.includes(text)).map((text) => `${scene}: ${text}`);
})"""
SCENES: tuple[SceneName, ...] = (
    "masonry", "spotlight", "carousel", "pair", "pictures", "people", "ticker", "now-next",
    "statement", "sponsors", "hold", "test",
)  # fmt: skip


async def _untouched(wall: Screen) -> None:
    assert await wall.page.evaluate("[...window.foreign]") == []
    assert wall.outside == []
    assert wall.errors == []
    assert len(wall.page.context.pages) == 1


async def test_the_policy_is_in_force(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        await wall.page.evaluate(
            """() => {
                window.ran = [];
                addEventListener("securitypolicyviolation",
                    (one) => ran.push(one.violatedDirective));
                const script = document.createElement("script");
                try { script.textContent = "alert(1)"; } catch { ran.push("trusted types"); }
                document.body.append(script);
                const image = new Image();
                image.src = "https://evil.example/a.png";
                document.body.append(image);
                const style = document.createElement("style");
                style.textContent = "* { display: none }";
                document.body.append(style);
            }"""
        )
        stopped = set(await wall.page.evaluate("window.ran"))
        assert "trusted types" in stopped
        await wall.page.wait_for_timeout(0)
        stopped = set(await wall.page.evaluate("window.ran"))
        assert any(one.startswith("style-src") for one in stopped)
        assert not any("dialog" in error for error in wall.errors)


FIELDS = 11  # of one picture that hold a string each
ALL = bool(os.environ.get("EVENTLIVE_HOSTILE"))


class Sweep:
    """Puts strings into every field of every thing that a wall is told, a few in each picture.

    Each change takes the card before it off, so that the page draws at once and skips none.
    """

    def __init__(self, stage: Stage, wall: Screen) -> None:
        self._stage, self._wall = stage, wall
        self._expected: list[tuple[int, str, list[str]]] = []
        self._version = 10

    async def of(self, scene: SceneName, texts: list[str]) -> None:
        """Show a scene with these, each in some fields."""
        if scene == "ticker":  # a strip goes on with who passes; another one begins anew
            await self._say(("hold",), texts)
        said = await self._say((scene,), texts)
        self._expected.append((self._stage.seq, scene, said[scene]))

    async def unsaid(self) -> list[str]:
        """Wait for the last picture; give what was not said as it was put."""
        await self._wall.drawn(self._stage.seq)
        found: list[str] = await self._wall.page.evaluate(UNSAID, self._expected)
        self._expected.clear()
        return found

    async def _say(
        self, scenes: tuple[SceneName, ...], texts: list[str]
    ) -> dict[SceneName, list[str]]:
        stage = self._stage
        stage.seq += 1
        version = self._version = self._version + 1
        field = itertools.cycle(texts).__next__
        text, name, handle, answer, alt, title = (field() for _ in range(6))
        statement, speaker, room, track, sponsor, screen_title = (field() for _ in range(6))
        things: tuple[Shown, ...] = (
            card(
                version, text, id=f"{name[:9]}{version}", name=name, handle=handle, answer=answer,
                language=alt, media=pictures("/pictures/a.svg", "not ours", alt=alt),
                network=alt,
            ),
            msgspec.structs.replace(
                SCENE, version=version, title=title, hashtag=alt, now=speaker,
                accent=track, language=text, sponsors=(Sponsor(sponsor, alt), Sponsor(alt, name)),
                logo=handle, zone=name,
            ),
            Wall(
                "main", version, scenes, statement=statement, title=screen_title, language=name
            ),
            Programme("programme", version, (
                Part(
                    id=text or "part", title=title, running=True, ends=NOON, track=track,
                    room=room, speakers=(speaker,),
                ),
                Part(id="next", title=alt, by="hand", speakers=(name, handle)),
            )),
        )  # fmt: skip
        gone = tuple(("card", one) for one in stage.cards)
        stage.cards = {things[0].id: things[0]}  # type: ignore[dict-item]
        frame = Changed(seq=stage.seq, put=things, drop=gone)
        await stage.say(msgspec.json.encode(frame))
        posts = [text, name]
        return {
            "masonry": [*posts, handle, answer], "spotlight": [*posts, handle],
            "carousel": posts, "pair": posts, "pictures": posts, "people": [name, handle],
            "ticker": posts, "now-next": [title, speaker, room, track, alt, name],
            "statement": [statement, title], "sponsors": [sponsor, alt], "hold": [title],
            "test": [screen_title, title],
        }  # fmt: skip


@asynccontextmanager
async def _swept(browser: "Browser") -> AsyncIterator[Sweep]:
    async with (
        Stage(SCENE, card(0), screens=[Wall("main", 1)]) as stage,
        screen(browser, stage, before=WATCH) as wall,
    ):
        await wall.state("live")
        sweep = Sweep(stage, wall)
        yield sweep
        wall.errors = [error for error in wall.errors if "404" not in error]
        await _untouched(wall)
        assert stage.lines == 1


async def test_injections_are_text_wherever_they_stand(browser: "Browser") -> None:
    async with _swept(browser) as sweep:
        for scene in SCENES:
            # What is said in one scene says who said it in the next.
            texts = INJECTIONS if SCENES.index(scene) % 2 else INJECTIONS[::-1]
            for first in range(0, len(texts), 3):
                await sweep.of(scene, list(texts[first : first + 3]))
            assert await sweep.unsaid() == []


async def test_naughty_strings_are_text_in_every_scene(browser: "Browser", cases: Path) -> None:
    naughty, others = _hostile(cases)
    assert len(naughty) > 400
    assert len(others) > 300
    async with _swept(browser) as sweep:
        for number, scene in enumerate(SCENES):
            # A third of them, and another one in each scene; or all of them in each.
            turned = naughty if ALL else naughty[number % 3 :: 3]
            if ALL or scene == "masonry":
                turned = turned + others
            for first in range(0, len(turned), FIELDS):
                await sweep.of(scene, turned[first : first + FIELDS])
            assert await sweep.unsaid() == []


async def test_no_json_is_a_frame_that_stops_the_wall(browser: "Browser", cases: Path) -> None:
    suite = json.loads((cases / "hostile" / "json_parsing.json").read_text("utf-8"))
    async with (
        Stage(SCENE, card(1)) as stage,
        screen(browser, stage, before=WATCH) as wall,
    ):
        await wall.state("live")
        for case in suite:
            if _can_travel(case["input"]):
                await stage.say(case["input"])
        await wall.drawn(await stage.put(card(2)))
        assert await wall.ids() == ["mastodon:2", "mastodon:1"]
        await _untouched(wall)


async def test_a_hostile_frame_around_the_cards_is_text(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage, before=WATCH) as wall:
        await wall.state("live")
        for text in INJECTIONS:
            seq = await stage.scene_with(title=text, hashtag=text, now=text, link=text, accent=text)
            await wall.drawn(seq)
            assert await wall.page.locator(".rail .title").text_content() == text
            assert await wall.page.locator(".now p").text_content() == text
        await wall.drawn(await stage.scene_with(held=True))
        await _untouched(wall)


async def test_foreign_pictures_are_not_asked_for(browser: "Browser") -> None:
    async with Stage() as stage, screen(browser, stage, before=WATCH) as wall:
        await wall.state("empty")
        for number, url in enumerate(FOREIGN):
            seq = await stage.put(card(number, media=pictures(url, alt="A boat")))
            await wall.drawn(seq)
            tile = wall.cards.first.locator(".tile")
            assert await tile.inner_text() == "A boat"
            assert await tile.locator("img").count() == 0
        assert not [path for path in stage.asked if path.startswith("/pictures")]
        await _untouched(wall)


def _hostile(cases: Path) -> tuple[list[str], list[str]]:
    """Give the hostile strings that a frame can carry: what people typed, and other bytes."""
    folder = cases / "hostile"
    naughty = json.loads((folder / "naughty_strings.json").read_text("utf-8"))
    suite = json.loads((folder / "json_parsing.json").read_text("utf-8"))
    sequences = json.loads((folder / "utf8_sequences.json").read_text("utf-8"))
    others = [
        *(case["input"] for case in suite if len(case["input"]) < 2_000),
        *(bytes.fromhex(one["hex"]).decode("utf-8", "replace") for one in sequences),
    ]
    return _carried(naughty), _carried(others)


def _carried(texts: list[str]) -> list[str]:
    return [
        text for text in dict.fromkeys(texts) if text.strip().strip("\ufeff") and _can_travel(text)
    ]


def _can_travel(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

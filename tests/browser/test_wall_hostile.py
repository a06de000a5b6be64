"""Foreign text on the wall is text: no markup, no script, no request that the wall did not ask."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.browser.screen import Screen, card, pictures, screen
from tests.browser.stage import SCENE, Stage

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
# The page's own elements; a foreign one, or a foreign attribute on one, is found by what is left.
FOREIGN_PARTS = """() => {
    const tags = new Set(`html head meta title link script body div i aside h1 h2 section p img main
        noscript article span b bdi footer time svg path video`.split(/\\s+/));
    const attributes = new Set(`lang data-state data-frame data-link data-seq data-sparse style
        data-scene data-frame-around data-of muted loop autoplay playsinline
        class charset name content rel type href src aria-hidden aria-label aria-live aria-relevant
        dir id data-text data-part hidden alt role data-id data-version data-newest data-count
        decoding datetime viewBox d`.split(/\\s+/));
    const found = [];
    for (const element of document.querySelectorAll("*")) {
        if (!tags.has(element.localName)) found.push(`<${element.localName}>`);
        for (const { name } of element.attributes) if (!attributes.has(name)) found.push(name);
    }
    if (document.scripts.length !== 1) found.push("scripts");
    if (document.styleSheets.length !== 2) found.push("styles");
    return found;
}"""


async def _untouched(wall: Screen) -> None:
    assert await wall.page.evaluate(FOREIGN_PARTS) == []
    assert wall.outside == []
    assert wall.errors == []
    assert len(wall.page.context.pages) == 1


async def _shows_as_text(wall: Screen, texts: list[str]) -> None:
    """Hold each card that stands against the text that was put for it."""
    shown = await wall.cards.evaluate_all(
        """all => all.map((one) => [
            Number(one.dataset.id.split(":")[1]),
            one.querySelector(".words")?.textContent ?? "",
            one.querySelector(".name").textContent,
        ])"""
    )
    assert shown
    for number, words, name in shown:
        said = texts[number]
        assert "".join(words.split()) == "".join(_as_javascript_sees(said).split())
        assert name == said


def _as_javascript_sees(text: str) -> str:
    # JavaScript takes U+FEFF for space when it trims, Python does not; neither is to be seen.
    return text.strip("\ufeff \t\n\r\v\f")


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


async def test_injections_are_text(browser: "Browser") -> None:
    texts = list(INJECTIONS)
    async with Stage() as stage, screen(browser, stage) as wall:
        await wall.state("empty")
        for number, text in enumerate(texts):
            hostile = card(
                number, text, name=text, handle=text, language=text, answer=text, id=f"x:{number}",
                media=pictures("/pictures/a.svg", "/pictures/none.jpg", alt=text),
            )  # fmt: skip
            await stage.drop(*stage.cards)
            await wall.drawn(await stage.put(hostile))
            assert await wall.ids() == [f"x:{number}"]
            await _shows_as_text(wall, texts)
            answer = wall.cards.first.locator(".answer .words")
            assert "".join(((await answer.text_content()) or "").split()) == "".join(text.split())
        await wall.drawn(await stage.put(card(99, id=texts[4], warning=texts[2])))
        wall.errors = [error for error in wall.errors if "404" not in error]
        await _untouched(wall)


async def test_a_hostile_frame_around_the_cards_is_text(browser: "Browser") -> None:
    async with Stage(SCENE, card(1)) as stage, screen(browser, stage) as wall:
        await wall.state("live")
        for text in INJECTIONS:
            seq = await stage.scene_with(title=text, hashtag=text, now=text, link=text, accent=text)
            await wall.drawn(seq)
            assert await wall.page.locator(".rail .title").text_content() == text
            assert await wall.page.locator(".now p").text_content() == text
        await wall.drawn(await stage.scene_with(held=True))
        await _untouched(wall)


async def test_foreign_pictures_are_not_asked_for(browser: "Browser") -> None:
    async with Stage() as stage, screen(browser, stage) as wall:
        await wall.state("empty")
        for number, url in enumerate(FOREIGN):
            seq = await stage.put(card(number, media=pictures(url, alt="A boat")))
            await wall.drawn(seq)
            tile = wall.cards.first.locator(".tile")
            assert await tile.inner_text() == "A boat"
            assert await tile.locator("img").count() == 0
        assert not [path for path in stage.asked if path.startswith("/pictures")]
        await _untouched(wall)


async def test_naughty_strings_are_text(browser: "Browser", cases: Path) -> None:
    strings = json.loads((cases / "hostile" / "naughty_strings.json").read_text("utf-8"))
    texts = [text for text in strings if text and _can_travel(text)]
    assert len(texts) > 400
    scene = msgspec.structs.replace(SCENE, cards=8)
    async with Stage(scene) as stage, screen(browser, stage, still=True) as wall:
        await wall.state("empty")
        for first in range(0, len(texts), 8):
            batch = [
                card(
                    number, text, name=text, handle=text, id=f"x:{number}",
                    answer=text if number % 4 == 0 else "",
                    media=pictures("/pictures/a.svg", alt=text) if number % 3 == 0 else (),
                )
                for number, text in enumerate(texts[first : first + 8], first)
            ]  # fmt: skip
            await stage.drop(*stage.cards)
            await wall.drawn(await stage.put(*batch))
            await _shows_as_text(wall, texts)
        # Each of them also on its own, and in the frame: the batches show only what finds room.
        for number, text in enumerate(texts[::5]):
            await stage.drop(*stage.cards)
            newest = card(1000 + number, text, id=f"x:{number * 5}", version=2, name=text)
            seq = await stage.put(newest, msgspec.structs.replace(
                stage.scene, version=stage.scene.version + 1, title=text, hashtag=text, now=text,
            ))  # fmt: skip
            await wall.drawn(seq)
            assert await wall.ids() == [f"x:{number * 5}"]
            await _shows_as_text(wall, texts)
        await _untouched(wall)


def _can_travel(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

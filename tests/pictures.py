"""The documents' pictures, taken from the running program: python -m tests.pictures [scenes]

Owns docs/pictures. The demo plays at twenty times its speed; the wall is a screenshot of a real
browser, the console what Textual drew. The wall's scenes stand on a stage with a made-up evening,
in one of the three themes each, so that they are the same every time.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiohttp import web
from PIL import Image
from playwright.async_api import Browser, async_playwright

from eventlive import themes
from eventlive.messages import Approve, Pin
from eventlive.model import Card, Item, SceneName, Sponsor
from eventlive.model import Screen as Wall
from eventlive.script import load
from tests import parts
from tests.browser.evening import EVENING, TEXTS, programme
from tests.browser.screen import card, pictures, screen
from tests.browser.stage import SCENE, Stage, lively
from tests.conftest import CHROMIUM_FLAGS
from tests.parts import ROOT
from tests.service.engines import SCRIPT, Console, console, serving
from tui.app import ConsoleApp

PICTURES = ROOT / "docs" / "pictures"
WALL = {"width": 1920, "height": 1080}
CONSOLE = (140, 36)
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Textual names a font on a foreign host; the reader's own will do."""

ANSWER = tuple("space" if one == " " else one for one in "We ask and tell you here")
SCREENS: dict[str, tuple[str, ...]] = {
    "console": ("2", "j", "j", "j", "j"),
    "console-desk": ("1", "j", "j", "j"),
    "console-answer": ("2", "r", *ANSWER, "ctrl+s"),
    "console-outgoing": ("n", "3", "j"),
    "console-rundown": ("6", "j"),
    "console-wall": ("4", "escape"),
}
"""The console's pictures, and the keys that lead from one to the next."""

SCENES: dict[SceneName, str] = {
    "masonry": "dusk", "spotlight": "dusk", "carousel": "paper", "pair": "paper",
    "now-next": "signal", "statement": "dusk", "pictures": "dusk", "people": "paper",
    "sponsors": "dusk", "hold": "signal", "ticker": "signal", "test": "dusk",
}  # fmt: skip
"""The wall's scenes, and the theme that each is taken in."""

RIGHT_CLOCK = "const late = %d - Date.now(), now = Date.now; Date.now = () => now() + late;"
STATEMENT = "The bar is open until midnight. Please leave the aisles free."
LARGEST = 120_000
"""Bytes of a picture of a scene."""

ENOUGH = 260
"""Posts after which there is something to see."""


async def take() -> None:
    """Take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = ROOT / "events" / "demo.toml"
        options = ("--rehearse", "--data", folder, "--port", 0, "--speed", 20)
        async with serving(demo, *options) as engine:
            async with console(engine.console) as operator:
                await operator.hear_until(
                    lambda: operator.state and operator.state.health.posts > ENOUGH,
                    "the first posts",
                    60,
                )
                await _show_pictures(operator)
            await _wall(engine.wall)
            await _console(engine.console, Path(folder))
    await scenes()


async def _show_pictures(operator: Console) -> None:
    """Approve and pin two posts that bring pictures, as an operator would."""
    await operator.watch("inbox")
    await operator.hear_until(lambda: operator.rows.get("inbox"), "the inbox")
    rows = [row for row in operator.rows["inbox"].values() if isinstance(row, Item)]
    shown = [row for row in rows if row.post.media and not row.flags and len(row.post.text) < 120]
    for item in shown[:2]:
        reply = await operator.done(Approve(item.id, item.version))
        assert reply.present is not None
        await operator.done(Pin(item.id, reply.present.version))


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=parts.chromium_path(), args=CHROMIUM_FLAGS
        )
        yield browser
        await browser.close()


async def _wall(url: str) -> None:
    async with _browser() as browser:
        page = await browser.new_page(viewport=WALL)  # type: ignore[arg-type]
        await page.goto(f"{url}?screen=main")
        await page.locator("#cards article").nth(2).wait_for()
        # The cards' arrival takes 0.7 s; a picture of it would be blurred.
        await page.wait_for_timeout(2000)
        await page.screenshot(path=PICTURES / "wall.jpg", type="jpeg", quality=85)


# --- the scenes ---------------------------------------------------------------------------------


class Foyer(Stage):
    """A stage with the demo's pictures and logos."""

    async def _picture(self, request: web.Request) -> web.Response:
        for folder in ("pictures", "logos"):
            file = ROOT / "events" / folder / request.match_info["file"]
            if file.is_file():
                kind = "image/svg+xml" if file.suffix == ".svg" else f"image/{file.suffix[1:]}"
                return web.Response(body=file.read_bytes(), content_type=kind)
        raise web.HTTPNotFound


def _evening() -> list[Card]:
    """Make the posts of an evening, with the demo's pictures, a question that was answered last."""
    named = iter(("ferry", "lighthouse", "gulls", "cranes", "hall", "rain"))
    cards = [
        msgspec.structs.replace(
            one, media=pictures(*(f"/pictures/{next(named)}.jpg" for _ in one.media))
        )
        for one in lively(EVENING)
    ]
    asked = msgspec.structs.replace(
        TEXTS["usual"], id="x:40", order=40, name="Paul Okafor", handle="paulokafor", network="x",
        at=EVENING,
    )  # fmt: skip
    view = card(
        30, "Row eight has the best view of the ferry, and the worst of the stage. Worth it.",
        name="Signe Dahl", handle="signe.sea.example", network="bluesky", language="en", at=EVENING,
    )  # fmt: skip
    return [*cards, view, asked]


async def scenes() -> None:
    """Take each scene of the wall, and all of them on tall screens on one sheet."""
    house = msgspec.structs.replace(
        SCENE,
        language="en",
        sponsors=tuple(
            Sponsor(name, f"/wall/theme/{file}.svg")
            for name, file in (
                ("Brinebank", "brinebank"), ("Lodewren", "lodewren"), ("Longwave", "longwave"),
                ("Lumaca", "lumaca"), ("Static", "static"), ("Tangvik", "tangvik"),
            )
        ),
    )  # fmt: skip
    stage = Foyer(house, *_evening(), screens=[Wall("main", 1)], programme=programme())
    stage.now = lambda: EVENING
    with tempfile.TemporaryDirectory() as folder:
        for theme in sorted(set(SCENES.values())):
            script = Path(folder) / f"{theme}.toml"
            script.write_text(f'{SCRIPT}\n[wall]\ntheme = "{theme}"\n', encoding="utf-8")
            stage.themes[theme] = themes.stylesheet(load(script))
    async with stage, _browser() as browser:
        for name, picture in zip(SCENES, await _stand(browser, stage, 1920, 1080), strict=True):
            _keep(picture, f"wall-{name}")
        tall = await _stand(browser, stage, 1080, 1920)
        _keep(_sheet(tall), "wall-portrait")


async def _stand(browser: Browser, stage: Stage, width: int, height: int) -> list[Image.Image]:
    """Give a picture of each scene on a screen of this size."""
    taken = []
    right = RIGHT_CLOCK % (EVENING.timestamp() * 1000)
    async with screen(browser, stage, width=width, height=height, still=True, before=right) as wall:
        for name, theme in SCENES.items():
            await stage.scene_with(theme=theme, accent="")
            await wall.until(f"() => !!document.querySelector('link[href*=\"{theme}.css\"]')")
            await wall.drawn(await stage.screen_with(scenes=(name,), statement=STATEMENT))
            await wall.scene(name)
            await wall.until("() => [...document.images].every((one) => one.complete)")
            await wall.page.wait_for_timeout(400)  # logos are balanced once they are there
            taken.append(Image.open(io.BytesIO(await wall.page.screenshot())).convert("RGB"))
    return taken


def _sheet(tall: list[Image.Image]) -> Image.Image:
    across, width, gap = 6, 264, 10
    height = width * WALL["width"] // WALL["height"]
    down = -(-len(tall) // across)
    sheet = Image.new("RGB", (across * (width + gap) + gap, down * (height + gap) + gap), "#8a8a8a")
    for number, one in enumerate(tall):
        place = gap + number % across * (width + gap), gap + number // across * (height + gap)
        sheet.paste(one.resize((width, height), Image.Resampling.LANCZOS), place)
    return sheet


def _keep(picture: Image.Image, name: str) -> None:
    """Keep a picture, as good as it can be within its size."""
    written, quality = io.BytesIO(), 88
    while True:
        picture.save(written, "jpeg", quality=quality, optimize=True, progressive=True)
        if written.tell() <= LARGEST or quality < 40:
            break
        written, quality = io.BytesIO(), quality - 6
    (PICTURES / f"{name}.jpg").write_bytes(written.getvalue())


async def _console(url: str, folder: Path) -> None:
    app = ConsoleApp(url, "ann", drafts=folder)
    async with app.run_test(size=CONSOLE) as pilot:
        while app.board.health is None:
            await pilot.pause(0.2)
        await pilot.pause(1)
        app.composer.words.cursor_blink = False
        for name, keys in SCREENS.items():
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.3)
            await pilot.pause(1.5)
            picture = FONT_FACE.sub("", app.export_screenshot(title="eventlive"))
            (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(scenes() if sys.argv[1:] == ["scenes"] else take())

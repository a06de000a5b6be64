"""The documents' pictures, taken from the running program: python -m tests.pictures

Owns docs/pictures. The demo plays at twenty times its speed; the wall is a screenshot of a real
browser, the console what Textual drew.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from eventlive.messages import Approve, Pin
from eventlive.model import Item
from tests import parts
from tests.conftest import CHROMIUM_FLAGS
from tests.parts import ROOT
from tests.service.engines import Console, console, serving
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


async def _wall(url: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=parts.chromium_path(), args=CHROMIUM_FLAGS
        )
        page = await browser.new_page(viewport=WALL)  # type: ignore[arg-type]
        await page.goto(url)
        await page.wait_for_function("document.querySelectorAll('#cards article').length > 2")
        # The cards' arrival takes 0.7 s; a picture of it would be blurred.
        await page.wait_for_timeout(2000)
        await page.screenshot(path=PICTURES / "wall.jpg", type="jpeg", quality=85)
        await browser.close()


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
    asyncio.run(take())

"""A long evening through one page: it grows no heavier, complains of nothing, and keeps its pace.

EVENTLIVE_SOAK is how many posts come, 300 where it is not said, EVENTLIVE_SOAK_SECONDS for how long
(as fast as fifty a second otherwise); `-s` shows what was measured.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from eventlive.model import SceneName, Sponsor
from eventlive.model import Screen as Wall
from tests.browser.evening import ANSWER, programme
from tests.browser.screen import screen
from tests.browser.stage import SCENE, Stage, lively

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

POSTS = int(os.environ.get("EVENTLIVE_SOAK", "300"))
SECONDS = float(os.environ.get("EVENTLIVE_SOAK_SECONDS", "0"))
EVERY = max(0.02, SECONDS / POSTS)  # s from one post to the next
ON_THE_WALL = 60  # cards, as the desk keeps them
ROUNDS = 4
SCENES: tuple[SceneName, ...] = (
    "masonry", "spotlight", "carousel", "ticker", "pair", "pictures", "people", "now-next",
    "masonry",
)  # fmt: skip

pytestmark = [
    pytest.mark.needs("chromium"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(60 + POSTS + 2 * SECONDS),
]

# How many frames were drawn, and the longest time without one.
PACE = """
    window.pace = { frames: 0, worst: 0, last: performance.now() };
    const frame = (now) => {
        pace.frames += 1;
        pace.worst = Math.max(pace.worst, now - pace.last);
        pace.last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
"""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page holds once all that is garbage is gone."""

    heap: float
    nodes: float
    listeners: float


class Pace:
    """Frames that a page draws while it is watched."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self.frames = 0
        self.seconds = 0.0

    @property
    def rate(self) -> float:
        return self.frames / self.seconds

    async def __aenter__(self) -> None:
        self._began = time.monotonic()
        self._before: int = await self._page.evaluate("pace.frames")

    async def __aexit__(self, *_: object) -> None:
        self.frames += await self._page.evaluate("pace.frames") - self._before
        self.seconds += time.monotonic() - self._began


async def _weigh(tools: "CDPSession") -> Weight:
    for _ in range(2):  # what the first frees may free more
        await tools.send("HeapProfiler.collectGarbage")
    told = (await tools.send("Performance.getMetrics"))["metrics"]
    now = {one["name"]: one["value"] for one in told}
    return Weight(now["JSHeapUsedSize"], now["Nodes"], now["JSEventListeners"])


async def _empty(browser: "Browser") -> float:
    """Measure how many frames a second a page has that shows nothing."""
    page = await browser.new_page(viewport={"width": 1920, "height": 1080})
    try:
        await page.add_init_script(PACE)
        await page.goto("about:blank")
        async with (pace := Pace(page)):
            await asyncio.sleep(1)
        return pace.rate
    finally:
        await page.close()


class Evening:
    """Posts that come without an end; the wall keeps as many as the desk would."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._like = lively(datetime.now(UTC))
        self._number = 0

    async def post(self) -> None:
        """Put the next one up, for which the oldest goes."""
        self._number += 1
        number, now = self._number, datetime.now(UTC)
        like = self._like[number % len(self._like)]
        answer = ANSWER if number % 9 == 0 else ""
        await self._stage.put(
            msgspec.structs.replace(like, id=f"x:{number}", order=number, at=now, answer=answer)
        )
        if len(self._stage.cards) > ON_THE_WALL:
            await self._stage.drop(next(iter(self._stage.cards)))


async def test_thousands_of_posts_leave_a_page_as_it_was(browser: "Browser") -> None:
    empty = await _empty(browser)
    house = msgspec.structs.replace(SCENE, sponsors=(Sponsor("Nordwind Ferries"),), corner=True)
    async with (
        Stage(house, screens=[Wall("main", 1)], programme=programme(datetime.now(UTC))) as stage,
        screen(browser, stage, before=PACE) as wall,
    ):
        await wall.state("empty")
        tools = await wall.page.context.new_cdp_session(wall.page)
        await tools.send("Performance.enable")
        evening = Evening(stage)
        fast, usual = Pace(wall.page), Pace(wall.page)
        weights = []
        for _ in range(ROUNDS):
            async with fast:
                for scene in SCENES:
                    await stage.screen_with(scenes=(scene,))
                    for _ in range(POSTS // ROUNDS // len(SCENES)):
                        await evening.post()
                        await asyncio.sleep(EVERY)
                await wall.drawn(stage.seq)
            await wall.scene("masonry")
            await wall.at_rest()
            weights.append(await _weigh(tools))
        worst = await wall.page.evaluate("pace.worst")
        async with usual:
            for _ in range(4):
                await evening.post()
                await asyncio.sleep(0.5)
        for weight in weights:
            print(f"{weight.heap / 1e6:.2f} MB, {weight.nodes:.0f} nodes, {weight.listeners:.0f}")
        print(f"{POSTS} posts in {fast.seconds:.0f} s: {fast.rate:.1f} frames a second")
        print(f"(two posts a second: {usual.rate:.1f}; an empty page: {empty:.1f});")
        print(f"{worst:.0f} ms at worst without a frame")

        first, last = weights[: ROUNDS // 2], weights[ROUNDS // 2 :]
        assert min(one.heap for one in last) < 1.15 * max(one.heap for one in first)
        assert min(one.nodes for one in last) < 1.25 * max(one.nodes for one in first)
        assert min(one.listeners for one in last) < 1.25 * max(one.listeners for one in first)
        # At a hundred times the posts of a busy evening it need not be calm, but it must go on.
        assert usual.rate > 0.5 * empty
        assert fast.rate > 0.03 * empty
        assert wall.errors == wall.warnings == []

"""A screen in the room: the wall's page in Chromium, and all that it complained about or asked for.

Owns how tests look at the page: by attributes and text, through the browser's own tools, because
the page's policy lets no string become code. Decides nothing about the wall.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Literal
from weakref import WeakSet

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
)

from eventlive.model import Card, Media
from tests.browser.stage import Stage

_shared: WeakSet[BrowserContext] = WeakSet()


class Screen:
    """One page on one stage. `errors` are console errors, exceptions and dialogs."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.outside: list[str] = []
        self._home = url.removesuffix("/wall")
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("popup", lambda popup: self.errors.append(f"popup: {popup.url}"))

    @property
    def root(self) -> Locator:
        return self.page.locator("html")

    @property
    def cards(self) -> Locator:
        return self.page.locator("#cards > .card:not(.ghost)")

    async def drawn(self, seq: int) -> None:
        """Wait until the page has drawn this change."""
        await self.page.locator(f'html[data-seq="{seq}"]').wait_for(state="attached")

    async def state(self, state: Literal["live", "gone", "held", "empty", "dark"]) -> None:
        """Wait until the page says that it is so."""
        await self.page.locator(f"html[data-state={state}]").wait_for(state="attached")

    async def scene(self, name: str) -> None:
        """Wait until this scene stands, alone."""
        await self.page.locator(f"html[data-scene={name}]").wait_for(state="attached")
        await self.until("() => document.querySelectorAll('#stage > .scene').length === 1")

    async def until(self, holds: str, seconds: float = 20) -> None:
        """Wait until a function of the page says so. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await self.page.evaluate(
                f"""async () => {{
                    const holds = {holds};
                    while (!(await holds())) await new Promise((again) => setTimeout(again, 50));
                }}"""
            )

    async def link(self, link: Literal["up", "down", "stale"]) -> None:
        """Wait until the page says so of its line to the engine."""
        await self.page.locator(f"html[data-link={link}]").wait_for(state="attached")

    async def ids(self) -> list[str]:
        """The cards that stand, in the order of the page."""
        found: list[str] = await self.cards.evaluate_all("all => all.map(one => one.dataset.id)")
        return found

    async def words(self) -> str:
        """All text of the page, seen or unseen."""
        found: str = await self.page.locator("body").evaluate("body => body.textContent")
        return found

    async def at_rest(self) -> None:
        """Wait until nothing moves that ends by itself."""
        await self.page.evaluate(
            """() => Promise.all(document.getAnimations()
                .filter((one) => one.effect.getComputedTiming().endTime < 5000)
                .map((one) => one.finished.catch(() => null)))"""
        )

    def unexpected(self) -> list[str]:
        """Errors, without those that the browser itself notes when an engine is away."""
        return [error for error in self.errors if "WebSocket connection to" not in error]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)
        elif message.type == "warning" and "blocked by Playwright" not in message.text:
            self.warnings.append(message.text)

    async def _dialog(self, dialog: Dialog) -> None:
        self.errors.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith(f"{self._home}/"):
            self.outside.append(request.url)


@asynccontextmanager
async def screen(
    browser: Browser,
    stage: Stage | str,
    *,
    width: int = 1920,
    height: int = 1080,
    before: str = "",
    clock: bool = False,
    still: bool = False,
    query: str = "",
    worker: bool = False,
    through: str = "",
) -> AsyncIterator[Screen]:
    """Open the wall on a screen of its own, closed at the end.

    `before` runs in the page before anything of it, `clock` makes time a thing that the test
    moves, `still` asks for reduced motion, `query` comes after the address, `worker` lets the page
    keep its files. A wall that is not a stage's is named by its address; `through` is that of a
    network before it.
    """
    url = through or (stage if isinstance(stage, str) else stage.url)
    # Plain pages share a profile, which is opened once and is warm. A clock and a worker are a
    # profile's own, and a page that `before` changes may load itself anew while it is closed, which
    # only the end of its profile ends.
    if clock or worker or before:
        page = await browser.new_page(service_workers="allow" if worker else "block")
    else:
        page = await (await _profile(browser)).new_page()
    try:
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(reduced_motion="reduce" if still else "no-preference")
        if not worker:
            await _forget(page, url)
        if before:
            await page.add_init_script(before)
        if clock:
            await page.clock.install()
        opened = Screen(page, url)
        await page.goto(url + query)
        yield opened
    finally:
        # A page that loads itself anew just now may never be said to be closed; its profile ends
        # with the browser.
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await page.close()


async def _profile(browser: Browser) -> BrowserContext:
    for context in browser.contexts:
        if context in _shared:
            return context
    context = await browser.new_context(service_workers="block")
    _shared.add(context)
    return context


async def _forget(page: Page, url: str) -> None:
    """Have nothing kept by another test's stage that was on the same port."""
    tools = await page.context.new_cdp_session(page)
    origin = url.removesuffix("/wall")
    await tools.send(
        "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"}
    )
    await tools.detach()


def card(number: int, text: str = "", **fields: object) -> Card:
    """Make a card; `number` gives its place and, where nothing else is said, its words."""
    made: dict[str, object] = {
        "id": f"mastodon:{number}",
        "version": 1,
        "order": number,
        "network": "mastodon",
        "name": "Maren Holt",
        "handle": "maren@sea.example",
        "text": text or f"Post number {number}.",
        "at": datetime.now(UTC),
    }
    return Card(**(made | fields))  # type: ignore[arg-type]  # what the tests name are its fields


def pictures(*urls: str, alt: str = "") -> tuple[Media, ...]:
    """Name pictures for a card."""
    return tuple(Media(url=url, alt=alt) for url in urls)

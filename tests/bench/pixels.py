"""From an operator's approval to painted pixels, in a real Chromium.

Owns that measurement at a real engine and its reference: a bare page in the same browser that
appends what each message of its websocket says. Both pages are watched by the same few lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from eventlive.messages import Approve, SetScreen, TakeOff
from eventlive.model import Item, SceneName
from tests import parts
from tests.bench import engine, posts
from tests.bench.flood import remove
from tests.bench.operator import Operator, operating
from tests.bench.table import Row, Section, Target, percentile
from tests.conftest import CHROMIUM_FLAGS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

SCENES: tuple[SceneName, ...] = ("masonry", "spotlight")
STOCK = 1_000
APPROVALS = 100
APART = 1.5
"""Seconds between two approvals; in between the card comes down, and the bare page has its turn."""

UP, OFF = 0.9, 0.35
"""Seconds for which a card stands, and after which the bare page gets a message."""

TO_PIXELS = 100.0
"""Milliseconds from an approval to pixels, 99 times of 100."""

OFF_SECONDS = 1.0
ROUND_TRIPS = 30
STANDING = 1
"""Cards that stand in the masonry meanwhile; the spotlight shows one, so nothing else is up."""

WIDTH, HEIGHT = 1920, 1080

WATCH = """
const seen = (window.__seen = {});
const note = (id, what) => { (seen[id] ??= {})[what] ??= performance.now(); };
const standing = () => new Set([...document.querySelectorAll("[data-id]")]
  .filter((node) => !node.closest("#measure")).map(({ dataset }) => dataset.id));
window.WebSocket = class extends WebSocket {
  constructor(...where) {
    super(...where);
    this.addEventListener("message", ({ data }) => {
      const said = JSON.parse(data);
      for (const { id } of said.put ?? [said]) if (id) note(id, "arrived");
    });
  }
};
// A task that is posted within a frame comes after its layout and its paint.
const after = (what) => {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = what;
  port1.postMessage(0);
};
let inFrame = false;
const nextFrame = requestAnimationFrame;
const beginFrame = (work) => (at) => {
  if (!inFrame) after(() => { inFrame = false; });
  inFrame = true;
  work(at);
};
window.requestAnimationFrame = (work) => nextFrame(beginFrame(work));
const painted = (ids, what) => {
  const end = () => after(() => { for (const id of ids) note(id, what); });
  if (inFrame) end();
  else requestAnimationFrame(end);
};
let before = standing();
new MutationObserver(() => {
  const now = standing();
  const came = [...now].filter((id) => !before.has(id));
  const gone = [...before].filter((id) => !now.has(id));
  before = now;
  for (const id of came) note(id, "drawn");
  if (came.length) painted(came, "came");
  if (gone.length) painted(gone, "gone");
}).observe(document, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["data-id"],
});
"""
STEPS = ("arrived", "drawn", "came")
"""What a page notes of a card: its message, its node, the end of the frame in which that stands."""

BARE = """<!doctype html><meta charset="utf-8"><title>bare</title><body><script>
const line = new WebSocket(location.href.replace("http", "ws"));
line.onmessage = ({ data }) => {
  const { id, text } = JSON.parse(data);
  const node = document.createElement("div");
  node.dataset.id = id;
  node.textContent = text;
  document.body.append(node);
  if (document.body.children.length > 12) document.body.firstElementChild.remove();
};
</script>"""


@dataclass(slots=True)
class Found:
    """Milliseconds of each approval at a scene."""

    pixels: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    confirmed: list[float] = field(default_factory=list)
    steps: list[list[float]] = field(default_factory=list)
    missing: int = 0


async def pixels(folder: Path) -> Section:
    """Measure approvals and their end on a page, scene by scene."""
    # Here, because a run of other parts needs no browser.
    from playwright.async_api import async_playwright  # noqa: PLC0415

    program = parts.chromium_path()
    if program is None:
        raise RuntimeError("no Chromium is installed: sudo apt-get install chromium")
    stock = posts.write(folder / "stock.jsonl", STOCK)
    rows: list[Row] = []
    async with (
        async_playwright() as playwright,
        engine.serving(folder, stock.path) as host,
        operating(host.console) as operator,
        _bare() as bare,
    ):
        browser = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        await operator.until(stock.unique, 60)
        try:
            for scene in SCENES:
                rows += _rows(scene, await _measured(browser, host.wall, operator, bare, scene))
        finally:
            await browser.close()
    remove(host.store)
    return Section(
        "From an approval to pixels",
        f"{APPROVALS} approvals in each scene, one every {APART:g} s, with room on the wall, in a"
        f" headless Chromium at {WIDTH}x{HEIGHT} without a graphics card: from the"
        " moment before the console writes its command until the frame in which the card stands is"
        " laid out and painted (the task after it); in it the card begins to"
        " come forward, which takes half a second by design. Then the card's end: until the frame"
        " without it, and until the console is told that every screen has confirmed it. Beside: a"
        " page in the same browser that appends a div for each message, in turn.",
        rows,
    )


def _rows(scene: str, found: Found) -> list[Row]:
    rows = []
    for percent in (50, 99):
        ours, bare = percentile(found.pixels, percent), percentile(found.bare, percent)
        target = Target(TO_PIXELS) if percent == 99 else None
        steps = [percentile(one, percent) for one in zip(*found.steps, strict=True)]
        note = "until it arrives {:.1f}, is drawn {:.1f}, its frame ends {:.1f}"
        rows.append(
            Row(
                f"{scene}: to pixels, p{percent}",
                ours,
                "ms",
                bare,
                "bare page",
                target,
                note.format(*steps),
            )
        )
    rows.append(
        Row(f"{scene}: to pixels, longest", max(found.pixels), "ms", max(found.bare), "bare page")
    )
    rows += [
        Row(f"{scene}: off the screen, p{percent}", percentile(found.gone, percent), "ms")
        for percent in (50, 99)
    ]
    rows.append(
        Row(
            f"{scene}: off, and the console knows, longest",
            max(found.confirmed),
            "ms",
            target=Target(OFF_SECONDS * 1e3),
            note=f"p50 {percentile(found.confirmed, 50):.0f} ms",
        )
    )
    if found.missing:
        rows.append(Row(f"{scene}: approved, never seen", found.missing, "", target=Target(0)))
    return rows


async def _measured(
    browser: Browser, wall: str, operator: Operator, bare: Bare, scene: SceneName
) -> Found:
    await operator.ask(SetScreen((scene,)))
    standing = [await _approve(operator) for _ in range(STANDING if scene == "masonry" else 0)]
    async with (
        _page(browser, wall.replace("ws", "http", 1) + "?screen=main") as page,
        _page(browser, bare.url) as beside,
    ):
        await page.locator("html[data-link=up]").wait_for(state="attached")
        done = [await _once(operator, bare, number) for number in range(APPROVALS)]
        await asyncio.sleep(1.0)
        found = await _found(page, beside, done)
    for item, _ in standing:
        await operator.ask(TakeOff(item.id, item.version))
    return found


async def _approve(operator: Operator) -> tuple[Item, float]:
    """Approve the next post; the item as it is then, and when the command left."""
    item = operator.next_item()
    if item is None:
        raise RuntimeError("the engine has no more posts to approve")
    left, reply = await operator.ask(Approve(item.id, item.version))
    if not isinstance(reply.present, Item):
        raise RuntimeError(f"not approved: {reply.reason}")
    operator.left[item.id] = left
    return reply.present, left


@dataclass(frozen=True, slots=True)
class Done:
    """One card's way: its id, when it was approved and taken off, when that was confirmed; and the
    message that the bare page got."""

    card: str
    approved: float
    taken: float
    confirmed: float
    message: str
    sent: float


async def _once(operator: Operator, bare: Bare, number: int) -> Done:
    begun = time.perf_counter()
    item, approved = await _approve(operator)
    await asyncio.sleep(UP - (time.perf_counter() - begun))
    known = {off.seq for off in operator.state.offs} if operator.state else set()
    taken, reply = await operator.ask(TakeOff(item.id, item.version))
    if not reply.ok:
        raise RuntimeError(f"not taken off: {reply.reason}")
    confirmed = await _confirmed(operator, known)
    await asyncio.sleep(max(0.0, UP + OFF - (time.perf_counter() - begun)))
    message = f"bare:{number}"
    sent = time.perf_counter()
    await bare.say(message, item.post.text)
    await asyncio.sleep(max(0.0, APART - (time.perf_counter() - begun)))
    return Done(item.id, approved, taken, confirmed, message, sent)


async def _confirmed(operator: Operator, known: set[int]) -> float:
    """Give the moment when the console is told that what went off is gone everywhere."""
    async with asyncio.timeout(10):
        while True:
            offs = operator.state.offs if operator.state is not None else ()
            if any(off.seq not in known and off.screens and off.off >= off.screens for off in offs):
                return time.perf_counter()
            await operator.news()


async def _found(page: Page, beside: Page, done: list[Done]) -> Found:
    found = Found()
    ours, theirs = await _seen(page), await _seen(beside)
    for one in done:
        seen = ours.get(one.card, {})
        if "came" not in seen or "gone" not in seen:
            found.missing += 1
            continue
        moments = [one.approved, *(seen[step] for step in STEPS)]
        found.steps.append([(b - a) * 1e3 for a, b in pairwise(moments)])
        found.pixels.append((seen["came"] - one.approved) * 1e3)
        found.gone.append((seen["gone"] - one.taken) * 1e3)
        found.confirmed.append((one.confirmed - one.taken) * 1e3)
        found.bare.append((theirs[one.message]["came"] - one.sent) * 1e3)
    return found


async def _seen(page: Page) -> dict[str, dict[str, float]]:
    """Give what a page noted, by this process's clock (time.perf_counter)."""
    shift = await _shift(page)
    noted = json.loads(await page.evaluate("() => JSON.stringify(window.__seen)"))
    return {
        name: {what: at / 1e3 + shift for what, at in moments.items()}
        for name, moments in noted.items()
    }


async def _shift(page: Page) -> float:
    """Measure by how many seconds this process's clock is ahead of the page's.

    By the quickest of several round trips; half of that one is the error at most.
    """
    trips = []
    for _ in range(ROUND_TRIPS):
        asked = time.perf_counter()
        there = float(await page.evaluate("() => performance.now()")) / 1e3
        answered = time.perf_counter()
        trips.append((answered - asked, (asked + answered) / 2 - there))
    return min(trips)[1]


@contextlib.asynccontextmanager
async def _page(browser: Browser, address: str) -> AsyncIterator[Page]:
    page = await browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT}, service_workers="block"
    )
    try:
        await page.add_init_script(f"(() => {{{WATCH}}})()")
        await page.goto(address)
        yield page
    finally:
        await page.close()


class Bare:
    """A server with one page, and what is said to it."""

    def __init__(self) -> None:
        self.url = ""
        self._pages: set[web.WebSocketResponse] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(text=BARE, content_type="text/html")
        page = web.WebSocketResponse(compress=False)
        await page.prepare(request)
        self._pages.add(page)
        async for message in page:
            if message.type is WSMsgType.ERROR:
                break
        self._pages.discard(page)
        return page

    async def say(self, name: str, text: str) -> None:
        for page in self._pages:
            await page.send_str(json.dumps({"id": name, "text": text}))


@contextlib.asynccontextmanager
async def _bare() -> AsyncIterator[Bare]:
    bare = Bare()
    app = web.Application()
    app.router.add_get("/", bare.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bare.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield bare
    finally:
        await runner.cleanup()

"""The whole way, once: a replay, an approval, the wall in a browser, an answer, a kill, again.

The demo's own recording, the real program as a process, real sockets, a real browser. Everything a
newcomer sees in the first minute, and then the power goes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from eventlive.messages import Approve, Hold, Release, Write
from eventlive.model import Item
from tests.parts import ROOT
from tests.service.engines import Console, Process, console, serving

DEMO = ROOT / "events" / "demo.toml"

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


async def cards(page: Page) -> list[str]:
    """Give the ids of the cards that a page shows, in their places."""
    ids = await page.locator("#cards article.card[data-id]").evaluate_all(
        "cards => cards.map(card => card.dataset.id)"
    )
    return [str(one) for one in ids]


def plain(operator: Console) -> list[Item]:
    """List waiting posts that any operator would show: no flags, no question."""
    rows = operator.rows.get("inbox", {}).values()
    return [
        row
        for row in rows
        if isinstance(row, Item) and not row.flags and not row.question and not row.stopped
    ]


def rehearsed(data: Path) -> list[dict[str, str]]:
    """Read what has gone out."""
    path = data / "demo.rehearsal.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


async def test_from_a_post_to_the_wall_and_back_out_through_a_kill(
    chromium: Browser, tmp_path: Path, free_port: int
) -> None:
    data = tmp_path / "data"
    # Wide enough for a dozen posts at once: what comes next waits until one has been read.
    page = await chromium.new_page(viewport={"width": 5760, "height": 1080})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    async with serving(DEMO, "--data", data, "--port", free_port, "--speed", 60) as engine:
        await page.goto(f"{engine.wall}?screen=main")
        async with console(engine.console) as operator:
            approved = await _approve_three(operator, page)
            answer = await _answer_a_question(operator)
            seen = {key: thing for key, thing in operator.seen.items() if isinstance(thing, Item)}
            await operator.done(Hold())
            await expect(page.locator("html")).to_have_attribute("data-state", "held")
            await operator.done(Release())
            await expect(page.locator("html")).to_have_attribute("data-state", "live")
        await engine.kill()
        await expect(page.locator("html")).to_have_attribute("data-link", "down", timeout=20_000)
        assert await cards(page)

        # The engine is gone: posts go on taking turns, and the picture says how old it is.
        await expect(page.locator("html")).to_have_attribute("data-link", "stale", timeout=20_000)
        assert await cards(page)

    sent = rehearsed(data)
    assert [line["text"] for line in sent] == ["We open at nine."]

    async with serving(DEMO, "--data", data, "--port", free_port, "--speed", 60) as engine:
        # The page comes back by itself, without a reload.
        await expect(page.locator("html")).to_have_attribute("data-link", "up", timeout=20_000)
        async with console(engine.console) as operator:
            await _knows_what_was_seen(engine, operator, seen)
            out = await operator.outgoing(answer, "sent")
            assert out.text == "We open at nine."
            for key in approved:
                assert operator.seen[key].version > 1, "what was decided is still decided"
        code, _, said = await engine.end()
        assert code == 0, said
    assert rehearsed(data) == sent, "the answer went out twice"
    assert errors == []


async def test_a_wall_opened_after_a_kill_shows_the_same_picture(
    chromium: Browser, tmp_path: Path, free_port: int
) -> None:
    data = tmp_path / "data"
    async with serving(DEMO, "--data", data, "--port", free_port, "--speed", "max") as engine:
        async with console(engine.console) as operator:
            await operator.watch("inbox")
            await operator.hear_until(
                lambda: (
                    operator.state is not None
                    and any(feed.state == "ended" for feed in operator.state.health.feeds)
                ),
                "the end of the recording",
            )
            await _approve(operator)
            wall = await _wall(operator)
        page = await chromium.new_page(viewport={"width": 1920, "height": 1080})
        await page.goto(f"{engine.wall}?screen=main")
        await expect(page.locator("#cards article.card").first).to_be_visible()
        before = await cards(page)
        await engine.kill()
    async with serving(DEMO, "--data", data, "--port", free_port, "--speed", "max") as engine:
        fresh = await chromium.new_page(viewport={"width": 1920, "height": 1080})
        await fresh.goto(f"{engine.wall}?screen=main")
        await expect(fresh.locator("#cards article.card").first).to_be_visible()
        assert await cards(fresh) == before
        async with console(engine.console) as operator:
            assert await _wall(operator) == wall
            await operator.hear_until(lambda: operator.state, "the state")
            assert operator.state is not None
            assert operator.state.health.posts == 786


async def _approve_three(operator: Console, page: Page) -> list[str]:
    await operator.watch("inbox")
    approved: list[str] = []
    for _ in range(3):
        waiting = await operator.hear_until(lambda: plain(operator), "a post to show")
        item = next(one for one in waiting if one.id not in approved)
        await operator.done(Approve(item.id, item.version))
        card = page.locator(f"#cards article.card[data-id={json.dumps(item.id)}]")
        await expect(card).to_contain_text(item.post.text.split()[0], timeout=40_000)
        approved.append(item.id)
    return approved


async def _approve(operator: Console) -> None:
    """Put something up that no rule would have put there."""
    item = (await operator.hear_until(lambda: plain(operator), "a post to show"))[0]
    await operator.done(Approve(item.id, item.version))
    await operator.hear_until(
        lambda: operator.seen[item.id].version > item.version, "the approved post"
    )


async def _answer_a_question(operator: Console) -> str:
    await operator.watch("questions")
    await operator.hear_until(lambda: operator.rows.get("questions"), "a question")
    question = next(iter(operator.rows["questions"].values()))
    assert isinstance(question, Item)
    reply = await operator.done(
        Write("We open at nine.", item=question.id, version=question.version, send=True)
    )
    out = await operator.outgoing(reply.thing, "sent", seconds=15)
    assert out.answers == question.id
    return reply.thing


async def _knows_what_was_seen(engine: Process, operator: Console, seen: dict[str, Item]) -> None:
    """Everything that an operator had seen is there again, at least as new as it was seen."""
    assert seen
    for queue in ("inbox", "questions", "done", "wall"):
        await operator.watch(queue)
    for key, item in list(seen.items())[:40]:
        words = [word for word in item.post.text.split() if word.isalnum()][:3]
        there = operator.seen.get(key)
        if there is None and words:
            found = await operator.search(" ".join(words), 200)
            there = next((one for one in found.items if one.id == key), None)
        if there is not None:
            assert isinstance(there, Item)
            assert there.version >= item.version
        else:
            assert not words or item.state == "deleted", f"{key} was seen and is lost"


async def _wall(operator: Console) -> tuple[str, ...]:
    await operator.watch("wall")
    await operator.hear_until(lambda: "wall" in operator.orders, "the wall")
    return operator.orders["wall"]

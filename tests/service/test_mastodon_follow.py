"""Five thousand posts through two servers that keep failing, into the real engine and its store.

The first server streams, the second is asked; what both have is one post. Every post arrives once
and none is invented, though sockets are cut, closed and fall silent, lists answer nonsense, and
the engine is ended and started again. All of the feed's rhythm goes about a hundred times as fast
as in life (Pace): one connection in 20 ms here is less than one a second there. Set
EVENTLIVE_SOAK to a number of posts for a longer run.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web

from eventlive import assembly, intake, networks
from eventlive.desk import Desk
from eventlive.desk.inputs import Arrived, Input, Turn
from eventlive.model import Batch, Post
from eventlive.store import open_store
from feeds.mastodon import Mastodon
from feeds.mastodon.reader import Pace
from tests.service.engines import console, running, until
from tests.service.mastodon_stage import TOKEN, WORDS, Fault, Stage, open_stage

POSTS = int(os.environ.get("EVENTLIVE_SOAK", "5000"))
FAULTS = 42
RESTARTS = 8
PACE = Pace(poll=0.05, sweep=0.6, retry=(0.02, 0.2), call=0.4, ping=1.0, lookups=100)
WINDOW = 5000
"""Items that a desk holds; what is beyond is in the store alone."""
CLEAN = 0.02
"""Seconds between two connections at least: one second in life."""


async def speak(first: Stage, second: Stage, random: Random, said: dict[str, str]) -> None:
    """Say all posts, now one by one, now a hundred at once; some on one server, some on both."""
    left = POSTS
    while left:
        burst = min(left, random.choice([1, 1, 1, 3, 10, 40, 100]))
        for _ in range(burst):
            number = POSTS - left
            left -= 1
            by = random.choice(["anna", "ben", "carla@else.example"])
            where = random.choice([(first,), (first,), (second,), (first, second)])
            uri = f"https://posts.example/{number}"
            for stage in where:
                answered = next(reversed(stage.statuses), None) if number % 50 == 9 else None
                await stage.post(f"Post {number}", "try", by=by, uri=uri, in_reply_to_id=answered)
            said[uri] = f"Post {number} #try"
        await asyncio.sleep(random.choice([0, 0.002, 0.02, 0.05]) * min(1.0, 5000 / POSTS))


async def fail(first: Stage, second: Stage, random: Random, done: Counter[str]) -> None:
    """Let the servers fail, each time in another way."""

    async def html(_: web.Request) -> web.Response:
        return web.Response(status=503, text=f"<html>{WORDS}</html>", content_type="text/html")

    async def nonsense(_: web.Request) -> web.Response:
        return web.json_response(text='[{"id": ')

    async def stall(request: web.Request) -> web.Response | None:
        await asyncio.sleep(0.6)
        return None

    async def reset(request: web.Request) -> web.Response | None:
        assert request.transport is not None
        request.transport.abort()
        return None

    answers: dict[str, Fault] = {"503": html, "half": nonsense, "stall": stall, "reset": reset}
    every = ["cut", "close", "deaf", *answers]
    for number in range(FAULTS):
        await asyncio.sleep(random.uniform(0.02, 0.2))
        name = every[number % len(every)]
        done[name] += 1
        if fault := answers.get(name):
            first.fault, second.fault = random.choice(
                [(fault, None), (None, fault), (fault, fault)]
            )
        first.deaf = name == "deaf"
        first.closing = name == "close"
        if name == "close":
            await first.close()
        elif name == "cut" or (fault and random.random() < 0.5):
            first.cut()
        await asyncio.sleep(random.uniform(0.05, 0.3))
        first.fault = second.fault = None
        first.deaf = first.closing = False


@pytest.mark.timeout(120)
async def test_five_thousand_posts_arrive_once_through_fifty_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(20261122)
    monkeypatch.setattr(intake, "BACK_OFF", (0.005, 0.05))
    said: dict[str, str] = {}
    faults: Counter[str] = Counter()
    lives: list[int] = []
    invented: list[object] = []

    arrived: Counter[str] = Counter()
    desks: list[Desk] = []

    class WatchedDesk(Desk):
        """The desk, with a look at what arrives at it."""

        def __init__(self, *how: Any, **options: Any) -> None:
            super().__init__(*how, **options)
            desks.append(self)

        def handle(self, inputs: Sequence[Input], now: datetime) -> Turn:
            arrived.update(one.post.id for one in inputs if isinstance(one, Arrived))
            return super().handle(inputs, now)

    monkeypatch.setattr(assembly, "Desk", WatchedDesk)

    class Watched(Mastodon):
        """The feed, with a look at what it hands over."""

        async def follow(self, cursor: str) -> Any:
            async for step in super().follow(cursor):
                events = step.events if isinstance(step, Batch) else ()
                invented.extend(event for event in events if not isinstance(event, Post))
                yield step

    async with open_stage() as first, open_stage("second.example") as second:

        def feeds(_: object, __: float, known: dict[str, list[str]]) -> list[Mastodon]:
            return [
                Watched(
                    "md",
                    servers=[first.address, second.address],
                    hashtags=["try"],
                    accounts=["house@stage.example"],
                    secrets={"access_token": TOKEN},
                    known=known["mastodon"],
                    clock=lambda: datetime.now(UTC),
                    random=random,
                    pace=PACE,
                )
            ]

        monkeypatch.setattr(networks.Networks, "feeds", feeds)
        async with asyncio.TaskGroup() as tasks:
            async with running(tmp_path) as engine:  # the first contact, undisturbed
                await until(lambda: ready(engine), "both servers are followed")
            speaker = tasks.create_task(speak(first, second, random, said), name="speaker")
            failing = tasks.create_task(fail(first, second, random, faults), name="failing")
            for _ in range(RESTARTS - 1):
                async with running(tmp_path) as engine:
                    lives.append(len(first.connects))
                    await asyncio.sleep(random.uniform(0.3, 1.2))
            async with running(tmp_path) as engine, console(engine) as anna:
                lives.append(len(first.connects))
                await asyncio.wait([speaker, failing], timeout=60)
                assert speaker.done()
                assert failing.done()
                count = len(said)
                await until(lambda: engine.engine.health().posts >= count, f"{count} posts", 20)
                # What would come twice, or was invented, has the time to.
                asked = len(second.asked)
                await until(lambda: len(second.asked) > asked + 10, "ten more looks", 30)
                health = engine.engine.health()
                assert health.posts == count == POSTS
                assert health.waiting == min(POSTS, WINDOW)
                found = await anna.search(f"Post {POSTS - 1}")
                assert [item.post.text for item in found.items] == [f"Post {POSTS - 1} #try"]
                on_desk = [item.post.id for item in desks[-1].state.items.values()]

        async with open_store(tmp_path / "data" / "try.sqlite", reading=True) as store:
            stored = {item.post.id: item.post.text async for item in store.each_item()}
    assert stored == said
    assert sorted(arrived.elements()) == sorted(said)
    assert len(desks) == RESTARTS + 1
    assert len(on_desk) == len(set(on_desk)) == min(POSTS, WINDOW)
    assert set(on_desk) <= set(said)
    assert not invented
    assert sum(faults.values()) + len(lives) == FAULTS + RESTARTS == 50
    # A feed that is started anew connects at once; within a life it waits.
    pauses = [
        late - early
        for number, (early, late) in enumerate(pairwise(first.connects), 1)
        if number not in lives
    ]
    assert min(pauses) >= CLEAN


def ready(engine: Any) -> bool:
    """Tell whether the engine's feed follows both servers."""
    (feed,) = engine.engine.health().feeds or (None,)
    return feed is not None and feed.state == "live" and feed.reason.count("127.0.0.1") == 2

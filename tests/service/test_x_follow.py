"""Five thousand posts through fifty cuts, stalls and restarts: each arrives once, none is made up.

Feed, intake, desk and store are the real ones; X is the fake. Everything that is measured in
seconds goes fifty times as fast as in life, on both sides alike (FAST): keep-alives, the silence
that counts as an outage, search that finds a post half a minute late, the second look for a gap,
the waits, and X's windows of a quarter of an hour, whose numbers (50 connections, 450 searches)
stay as they are. So a second of life is 20 ms here, and the run stands for a quarter of an hour
in which X fails every twenty seconds. The posts are not scaled: they come as fast as they come.
"""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from eventlive import intake as module
from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Arrived
from eventlive.intake import Arrivals, Intake
from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge
from eventlive.listening.judging import Rules as ListeningRules
from eventlive.store import open_store
from feeds.x import X
from feeds.x.pace import Pace
from tests.service.engines import until
from tests.service.x_fake import XFake, open_x_fake
from tests.service.x_fake_archive import XPost

pytestmark = pytest.mark.needs("cases")  # the fake reads X's description

SEARCH = "GET /2/tweets/search/recent"
POSTS = 5_000
FAULTS = ["close", "reset", "drop", "disconnect", "stall", "close", "reset", "refuse"]
ROUNDS = 50
RESTARTS = 8
FAST = 50
SECOND = 1 / FAST

LIFE = Pace()
SCALED = Pace(
    silence=LIFE.silence / FAST,
    settle=LIFE.settle / FAST,
    rewind=LIFE.rewind / FAST,
    late=LIFE.late / FAST,
    poll=LIFE.poll / FAST,
    hour=LIFE.hour / FAST,
    say=LIFE.say / FAST,
    again=LIFE.again / FAST,
    network=(LIFE.network[0] / FAST, LIFE.network[1] / FAST),
    http=(LIFE.http[0] / FAST, LIFE.http[1] / FAST),
    limited=(LIFE.limited[0] / FAST, LIFE.limited[1] / FAST),
    denied=LIFE.denied / FAST,
    healthy=LIFE.healthy / FAST,
    clear=LIFE.clear / FAST,
)


def now() -> datetime:
    return datetime.now(UTC)


class Coverage:
    """What arrived at the desk and is stored, over all lives of an engine."""

    def __init__(
        self, folder: Path, x: XFake, pace: Pace, mode: Literal["stream", "search"] = "stream"
    ) -> None:
        self.arrived: Counter[str] = Counter()
        self.on_desk: set[str] = set()
        self.states: Counter[str] = Counter()
        self._folder = folder
        self._x = x
        self._pace = pace
        self._mode = mode

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """Follow until the block ends; then die at once, with whatever was under way."""
        async with open_store(self._folder / "e.sqlite") as store:
            loaded = await store.load(POSTS * 2)
            desk = Desk(Rules(window=POSTS * 2), loaded.things, loaded.decisions, now())

            committing = asyncio.Lock()

            async def deliver(arrivals: Arrivals) -> None:
                turn = desk.handle(arrivals.inputs, now())
                async with committing:
                    await store.commit(turn.changes, turn.decisions, arrivals.cursors)
                    self.arrived.update(
                        one.post.id for one in arrivals.inputs if isinstance(one, Arrived)
                    )
                self.on_desk = {item.post.id for item in desk.state.items.values()}

            judge = Judge(ListeningRules(hashtags=("try",)), Recent(1000))
            intake = Intake(judge, store, now, Random(1), deliver)
            feed = X(
                "x",
                hashtags=["try"],
                accounts=["house"],
                secrets=self._x.feed_secrets,
                clock=now,
                random=Random(2),
                connector=self._x.connector,
                pace=self._pace,
                mode=self._mode,
            )
            async with asyncio.TaskGroup() as tasks:
                following = [
                    tasks.create_task(intake.run(), name="intake"),
                    tasks.create_task(
                        intake.supervise(feed, loaded.cursors.get("x", "")), name="feed:x"
                    ),
                ]
                yield
                self.states.update(health.state for health in intake.health())
                # A commit is there or not; in between, nobody could count what arrived.
                async with committing:
                    for task in following:
                        task.cancel()

    async def spent(self) -> float:
        """Give what the feed believes to have cost, as a next life would begin with it."""
        async with open_store(self._folder / "e.sqlite", reading=True) as store:
            cursors = (await store.load(1)).cursors
        return float(json.loads(cursors["x"])["spent"])

    async def stored(self) -> list[str]:
        async with open_store(self._folder / "e.sqlite", reading=True) as store:
            return await store.recent("x", POSTS * 2)


def lag(post: XPost) -> float:
    """Say when search finds a post: not in the order of their making."""
    return (10 + post.number // 4096 % 7 * 5) * SECOND


async def strike(x: XFake, fault: str) -> None:
    """Let X fail, until the feed has lost its connection and has another."""
    before = len(x.stream.connects)
    stream = x.stream
    match fault:
        case "close":
            stream.close()
        case "reset":
            stream.reset()
        case "drop":
            stream.drop()
        case "disconnect":
            stream.disconnect()
        case "refuse":
            x.fail("GET /2/tweets/search/stream", "503")
            x.fail("GET /2/tweets/search/recent", "503", "drop")
            stream.close()
        case "stall":
            stream.stalled = True
            live = stream.live
            await until(lambda: (live is None or live.how != "") or None, "the end of a stall")
            stream.stalled = False
        case _:
            raise AssertionError(fault)
    await until(lambda: (len(stream.connects) > before and stream.live) or None, f"after {fault}")


async def test_five_thousand_posts_through_fifty_faults_arrive_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, longest = module.BACK_OFF
    monkeypatch.setattr(module, "BACK_OFF", (first / FAST, longest / FAST))
    chance = Random(20261122)
    said: list[str] = []
    numbers = itertools.count()

    async def talk(x: XFake, count: int) -> None:
        """Post at a speed that changes: all at once, or drop by drop."""
        at_once = chance.choice([1, 5, 20, count])
        while count > 0:
            for _ in range(min(at_once, count)):
                number = next(numbers)
                said.append(x.say(f"guest{number % 97}", f"Post {number} #try").id)
                x.say(f"guest{number % 97}", f"Noise {number}") if number % 10 == 0 else None
            count -= at_once
            await asyncio.sleep(chance.choice([0.001, 0.005, 0.02]))

    faults = [
        *itertools.islice(itertools.cycle(FAULTS), ROUNDS - RESTARTS),
        *["restart"] * RESTARTS,
    ]
    chance.shuffle(faults)
    async with open_x_fake(check=False) as x:
        x.stream.keep_alive = 20 * SECOND
        x.search_lag = lag
        x.limits.set("GET /2/tweets/search/stream", 50, window=900 * SECOND)
        x.limits.set("GET /2/tweets/search/recent", 450, window=900 * SECOND)
        coverage = Coverage(tmp_path, x, SCALED)
        async with coverage.life():  # where a first start begins is where its posts begin
            await until(lambda: x.stream.live, "the first connection")
        while faults:
            async with coverage.life(), asyncio.timeout(40):
                await until(lambda: x.stream.live, "a connection")
                while faults and (fault := faults.pop()) != "restart":
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(talk(x, POSTS // ROUNDS), name="people")
                        await asyncio.sleep(chance.random() * 0.1)
                        await strike(x, fault)
            await talk(x, 40)  # while nobody listens
        async with coverage.life():
            await talk(x, max(0, POSTS - len(said)))
            await until(lambda: len(coverage.arrived) >= len(said) or None, "all of them", 20)
        connects = x.stream.connects
        refused = [call for call in x.calls if call.status == 429]

    assert len(said) >= POSTS
    assert sorted(coverage.arrived.elements()) == sorted(said)
    assert sorted(await coverage.stored()) == sorted(said)
    assert coverage.on_desk == set(said)
    # A restart counts anew what it reads again, a minute and a gap: much where all goes so fast.
    assert x.bill.usd - 0.001 <= await coverage.spent() <= x.bill.usd * 3
    assert coverage.states["failed"] == coverage.states["refused"] == 0
    assert len(connects) >= ROUNDS
    assert not refused, "X's limits are obeyed ahead of time"
    gaps = [
        after.at - before.ended
        for before, after in itertools.pairwise(connects)
        if before.how in {"close", "reset", "drop"}
    ]
    assert len(gaps) >= ROUNDS / 2
    assert min(gaps) >= SECOND


async def test_search_alone_through_faults_and_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, longest = module.BACK_OFF
    monkeypatch.setattr(module, "BACK_OFF", (first / FAST, longest / FAST))
    chance = Random(20261123)
    said: list[str] = []
    async with open_x_fake(check=False) as x:
        x.search_lag = lag
        coverage = Coverage(tmp_path, x, SCALED, "search")
        async with coverage.life():
            await until(lambda: x.asked(SEARCH), "the first search")
        for _ in range(5):
            async with coverage.life():
                for _ in range(2):
                    x.fail(SEARCH, chance.choice(["503", "drop", "bad json", "commit then cut"]))
                    for number in range(60):
                        said.append(x.say(f"guest{number % 17}", f"Post {number} #try").id)
                        await asyncio.sleep(0.002)
        async with coverage.life():
            await until(lambda: len(coverage.arrived) >= len(said) or None, "all of them", 20)
            await asyncio.sleep(SCALED.late)

    assert sorted(coverage.arrived.elements()) == sorted(said)
    assert sorted(await coverage.stored()) == sorted(said)
    # Each restart counts the last minute anew, which here is more than a life.
    assert x.bill.usd - 0.001 <= await coverage.spent() <= x.bill.usd * 3.5
    assert coverage.states["failed"] == coverage.states["refused"] == 0


async def test_a_server_that_keeps_closing_is_not_hammered(tmp_path: Path) -> None:
    """The whole way, with the waits of real life: less than a connection a second."""
    async with open_x_fake() as x:
        coverage = Coverage(tmp_path, x, LIFE)
        async with coverage.life(), asyncio.timeout(20):
            while len(x.stream.connects) < 3:
                x.stream.close()
                await asyncio.sleep(0.002)
    times = [connect.at for connect in x.stream.connects]
    assert min(after - before for before, after in itertools.pairwise(times)) >= 1.0

"""Five thousand posts through fifty faults and restarts: each arrives once, none is made up.

Intake, desk, store and feed are the real ones; the host is the tests' own Jetstream, in both forms,
at twenty times the speed of life so that a connection's ten seconds back are half a second here.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from eventlive import intake as module
from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Arrived
from eventlive.intake import Arrivals, Intake
from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge
from eventlive.listening.judging import Rules as ListeningRules
from eventlive.store import open_store
from feeds.bluesky import Bluesky, feed, profiles
from tests.service.engines import until
from tests.service.jetstream_bridge import V1_PATH, V2_PATH, Bridge, jetstream_bridge
from tests.service.pds_server import record
from tests.service.test_bluesky_profiles import open_view

POSTS = 5_000
FAULTS = ["cut", "closed", "too slow", "stalled", "refused", "rubbish", "restart"]
VIEW = ["serve", "serve", "serve", "hang", "slow", "limit", "html", "nonsense"]
ROUNDS = 50
FAST = 20


class Clock:
    """A clock at twenty times the speed of life."""

    def __init__(self) -> None:
        self._began = time.time()

    def seconds(self) -> float:
        return self._began + (time.time() - self._began) * FAST

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)


class Coverage:
    """What arrived at the desk and is stored, over all lives of an engine."""

    def __init__(
        self,
        folder: Path,
        bridge: Bridge,
        clock: Clock,
        silent_after: float = 30.0,
        profiles_host: str = "",
    ) -> None:
        self.arrived: Counter[str] = Counter()
        self.on_desk: set[str] = set()
        self.names: Counter[bool] = Counter()
        self.states: Counter[str] = Counter()
        self._folder = folder
        self._bridge = bridge
        self._clock = clock
        self._silent_after = silent_after
        self._profiles_host = profiles_host

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """Follow until the block ends; then die at once, with whatever was under way."""
        async with open_store(self._folder / "e.sqlite") as store:
            loaded = await store.load(POSTS * 2)
            desk = Desk(Rules(window=POSTS * 2), loaded.things, loaded.decisions, self._clock())

            committing = asyncio.Lock()

            async def deliver(arrivals: Arrivals) -> None:
                turn = desk.handle(arrivals.inputs, self._clock())
                posts = [one.post for one in arrivals.inputs if isinstance(one, Arrived)]
                async with committing:
                    await store.commit(turn.changes, turn.decisions, arrivals.cursors)
                    self.arrived.update(post.id for post in posts)
                self.names.update(post.author.name != "" for post in posts)
                self.on_desk = {item.post.id for item in desk.state.items.values()}

            judge = Judge(ListeningRules(hashtags=("try",)), Recent(1000))
            intake = Intake(judge, store, self._clock, Random(1), deliver)
            sky = Bluesky(
                "sky",
                hashtags=["try"],
                hosts=[self._bridge.address + V1_PATH, self._bridge.address + V2_PATH],
                profiles_host=self._profiles_host,
                known=await store.recent("bluesky", POSTS * 2),
                clock=self._clock,
                random=Random(2),
                silent_after=self._silent_after,
            )
            async with asyncio.TaskGroup() as tasks:
                following = [
                    tasks.create_task(intake.run(), name="intake"),
                    tasks.create_task(
                        intake.supervise(sky, loaded.cursors.get("sky", "")), name="feed:sky"
                    ),
                ]
                yield
                self.states.update(health.state for health in intake.health())
                # A commit is there or not; in between, nobody could count what arrived.
                async with committing:
                    for task in following:
                        task.cancel()

    async def stored(self) -> list[str]:
        async with open_store(self._folder / "e.sqlite", reading=True) as store:
            return await store.recent("bluesky", POSTS * 2)


def guest(number: int) -> str:
    return f"did:plc:guest{number % 97}"


def post(bridge: Bridge, number: int) -> str:
    """Let somebody post about the event, and a stranger about something else."""
    bridge.log.commit("did:plc:noise", f"n{number}", record("nothing to do with it"))
    return bridge.log.commit(
        guest(number), f"3k{number:06d}", record(f"Post {number} #try", "try")
    ).uri


async def strike(bridge: Bridge, fault: str) -> None:
    """Let a host fail, until the feed has noticed."""
    visits = len(bridge.visits)
    match fault:
        case "cut":
            bridge.cut()
        case "closed":
            await bridge.close()
        case "too slow":
            await bridge.error("ConsumerTooSlow", "read faster")
        case "rubbish":
            await bridge.inject(b"\xff{not json")
            bridge.cut()
        case "stalled":
            with bridge.fault("stall"):
                await bridge.until(lambda: len(bridge.visits) > visits)
        case "refused":
            with bridge.fault("refuse"):
                bridge.cut()
                await bridge.until(lambda: len(bridge.visits) > visits + 1)
        case _:
            raise AssertionError(fault)
    await bridge.until(lambda: len(bridge.visits) > visits and bridge.connected)


@pytest.mark.parametrize("seed", [1])
async def test_five_thousand_posts_through_fifty_faults_arrive_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(module, "BACK_OFF", (0.01, 0.05))
    monkeypatch.setattr(feed, "RECONNECT", 0.02)
    monkeypatch.setattr(profiles, "HOLD", profiles.HOLD / FAST)
    chance, clock = Random(seed), Clock()
    said: list[str] = []
    numbers = itertools.count()

    async def talk(bridge: Bridge, count: int) -> None:
        """Post at a speed that changes: all at once, or drop by drop."""
        at_once = chance.choice([1, 5, 50, count])
        while count > 0:
            said.extend(post(bridge, next(numbers)) for _ in range(min(at_once, count)))
            count -= at_once
            await asyncio.sleep(chance.choice([0, 0, 0.001, 0.01]))

    faults = [*itertools.islice(itertools.cycle(FAULTS), ROUNDS)]
    chance.shuffle(faults)
    async with jetstream_bridge(now=clock.seconds) as bridge, open_view() as view:
        for number in range(97):
            view.people[guest(number)] = view.people[view.add(number)] | {"did": guest(number)}
        coverage = Coverage(tmp_path, bridge, clock, 0.15, view.address)
        while faults:
            async with coverage.life(), asyncio.timeout(60):
                await bridge.until(lambda: bridge.connected)
                while faults and (fault := faults.pop()) != "restart":
                    view.mode = chance.choice(VIEW)
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(talk(bridge, POSTS // ROUNDS), name="people")
                        await asyncio.sleep(chance.random() * 0.05)
                        await strike(bridge, fault)
            await talk(bridge, 20)  # while nobody listens
        async with coverage.life():
            await talk(bridge, max(0, POSTS - len(said)))
            await until(lambda: len(coverage.arrived) >= len(said) or None, "all of them", 20)
    assert len(said) >= POSTS
    assert bridge.joined >= ROUNDS * 0.8
    assert sorted(coverage.arrived.elements()) == sorted(said)
    assert sorted(await coverage.stored()) == sorted(said)
    assert coverage.on_desk == set(said)
    assert min(coverage.names[True], coverage.names[False]) > 0  # names came, and failed to
    assert coverage.states["failed"] == coverage.states["refused"] == 0


async def test_a_host_that_keeps_closing_is_not_hammered(tmp_path: Path) -> None:
    """The whole way, with the waits of real life: less than a connection a second."""
    async with jetstream_bridge() as bridge:
        coverage = Coverage(tmp_path, bridge, Clock())
        with bridge.fault("close"):
            async with coverage.life(), asyncio.timeout(20):
                await bridge.until(lambda: len(bridge.visits) == 3)
    times = [visit.at for visit in bridge.visits]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert min(pauses) >= 1.0
    assert len({round(pause, 3) for pause in pauses}) == 2  # chance has a part in it
    assert coverage.states in ({"lost": 1}, {"starting": 1}), coverage.states

"""The wall at relays: what a broker and a relay add to the way of an approval, and what they cost.

Owns that measurement: a real engine, a real Mosquitto, relays as processes with a thousand screens
each; a broker that is killed, and screens that all come back at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from tests.bench import engine, posts
from tests.bench.fanout import Process
from tests.bench.flood import SCREENS, remove
from tests.bench.machine import Cost, cost, megabytes
from tests.bench.operator import Operator, operating
from tests.bench.places import Mosquitto, Overheard, Relay, brokering, overhearing, relaying
from tests.bench.screens import Account, attached
from tests.bench.table import Row, Section, Target, percentile

STOCK = 2_000
PLACES = ((1, 1, 8.0), (1, SCREENS, 8.0), (3, SCREENS, 3.0))
"""Relays, screens at each and at the engine, approvals a second: as many as two cores can write and
read without a queue."""

APPROVALS = 60
REST = 11.0
"""Seconds without a change: two signs of life at least."""

SPOKEN = 12
"""Approvals, one a second, that each of a thousand screens answers with what it has drawn."""

OUTAGES = (2.0, 8.0)
"""Seconds for which the broker is away."""

SOON = 2.0
"""Seconds in which the picture is to be the same everywhere once the broker is back."""

PATIENCE = 90.0
BARE_MESSAGES = 100


@dataclass(slots=True)
class Run:
    """What was found with so many relays."""

    relays: int
    screens: int
    here: list[float] = field(default_factory=list)
    there: list[float] = field(default_factory=list)
    bundled: int = 0
    begun: float = 0.0
    ended: float = 0.0
    relay_cpu: float = 0.0
    engine_cpu: float = 0.0
    broker_cpu: float = 0.0
    frame: float = 0.0
    show: float = 0.0
    hour: float = 0.0
    back: dict[float, float] = field(default_factory=dict)
    crowd: float = 0.0
    crowd_cpu: float = 0.0
    memory: float = 0.0
    said_cpu: float = 0.0

    @property
    def added(self) -> list[float]:
        return [there - here for here, there in zip(self.here, self.there, strict=True)]


async def relay(folder: Path) -> Section:
    """Measure the way over one relay and three; then a crowd, and outages of the broker."""
    stock = posts.write(folder / "stock.jsonl", STOCK)
    bare = await _bare()
    runs = [await _measured(folder, stock, *place) for place in PLACES]
    _, one, three = runs
    rows = [row for run in runs for row in _rows(run, bare)]
    rows += [
        Row("bytes of a change, from the broker", one.frame, "B"),
        Row("bytes of a whole picture, 60 cards", one.show, "B", note="once a second at most"),
        Row("an hour at rest, one relay", one.hour / 1e6, "MB", note="signs of life, pictures"),
        *(
            Row(
                f"broker away for {seconds:.0f} s: {3 * SCREENS:,} screens show the same after",
                took,
                "s",
                target=Target(SOON),
                note="from the moment when it takes connections again",
            )
            for seconds, took in three.back.items()
        ),
        Row(f"{SCREENS:,} screens back at once: the last has its picture after", one.crowd, "s"),
        Row("memory of a relay, a screen", one.memory, "kB"),
        Row("CPU of a relay, a screen that comes", one.crowd_cpu / SCREENS * 1e6, "µs"),
        Row(
            "CPU of a relay, a change and screen that confirms it",
            one.said_cpu * 1e6,
            "µs",
            bare,
            "bare loop, which hears nothing",
        ),
    ]
    return Section(
        "At relays",
        f"{APPROVALS} approvals, 8 a second, 3 a second with three relays; at the engine as many"
        " screens as at each relay, all on this machine: from the moment before the console writes"
        " its command to the moment when the last screen has read the change. What a relay adds is"
        " the difference for the same approval. CPU is all that a process took meanwhile, over what"
        " it delivered (of the broker: over the publications it took in, for each of those who"
        " listened). Beside: the engine's own screens; a bare loop that writes one frame.",
        rows,
    )


def _rows(run: Run, bare: float) -> list[Row]:
    relays = "one relay" if run.relays == 1 else f"{run.relays} relays"
    where = f"{relays}, {f'{run.screens:,} screens each' if run.screens > 1 else 'one screen'}"
    rows = [
        Row(
            f"{where}: approval to the last screen there, p{percent}",
            percentile(run.there, percent),
            "ms",
            percentile(run.here, percent),
            "the engine's own",
        )
        for percent in (50, 99)
    ]
    rows += [
        Row(f"{where}: added, p{percent}", percentile(run.added, percent), "ms")
        for percent in (50, 99)
    ]
    if run.screens > 1:
        each = (("a relay", run.relay_cpu), ("the engine", run.engine_cpu))
        rows += [
            Row(f"{where}: CPU of {name} a delivery", spent * 1e6, "µs", bare, "bare loop")
            for name, spent in each
        ]
    rows.append(
        Row(f"{where}: CPU of the broker, a message and listener", run.broker_cpu * 1e6, "µs")
    )
    if run.bundled:
        what = f"{where}: approvals told by a whole picture"
        rows.append(Row(what, run.bundled, "", target=Target(0), note="in place of the change"))
    return rows


async def _measured(
    folder: Path, stock: posts.Flood, count: int, screens: int, a_second: float
) -> Run:
    run, outages = Run(count, screens), list[Outage]()
    async with contextlib.AsyncExitStack() as stack:
        broker = await stack.enter_async_context(brokering(folder))
        more = f'[venue]\nbroker = "{broker.url}"\n'
        host = await stack.enter_async_context(engine.serving(folder, stock.path, more=more))
        operator = await stack.enter_async_context(operating(host.console))
        await operator.until(stock.unique, 60)
        relays = [
            await stack.enter_async_context(relaying(broker, folder, f"hall-{number}"))
            for number in range(count)
        ]
        held = megabytes(relays[0].pid)
        async with contextlib.AsyncExitStack() as audience:
            here, *there = [
                await audience.enter_async_context(attached(wall, screens))
                for wall in (host.wall, *(one.wall for one in relays))
            ]
            run.memory = (megabytes(relays[0].pid) - held) * 1e3 / screens
            pids = (host.pid, broker.pid, *(one.pid for one in relays))
            async with overhearing(broker) as heard:
                spent = await _approved(run, operator, heard, pids, a_second)
                if screens > 1:
                    await _rested(run, heard)
            if count > 1:
                outages += [await _outage(broker, operator, seconds) for seconds in OUTAGES]
        accounts = [one.account for one in there]
        _match(run, operator, here.account, accounts)
        delivered = APPROVALS * screens
        host_cost, _, *relay_costs = spent
        run.engine_cpu = host_cost.cpu / delivered
        run.relay_cpu = sum(one.cpu for one in relay_costs) / len(relay_costs) / delivered
        if count > 1:
            run.back = dict(
                zip(OUTAGES, (_came_back(one, accounts) for one in outages), strict=True)
            )
        elif screens > 1:
            await _crowd(run, operator, relays[0])
    remove(host.store)
    return run


async def _approved(
    run: Run, operator: Operator, heard: Overheard, pids: tuple[int, ...], a_second: float
) -> list[Cost]:
    """Approve at an even pace; give what each process took meanwhile, note what was overheard."""
    heard.forget()
    before = [cost(pid) for pid in pids]
    run.begun = time.perf_counter()
    await operator.approve(a_second, APPROVALS)
    await operator.settled()
    # A change is announced before its reply leaves; the screens still have to read.
    await asyncio.sleep(1.5)
    run.ended = time.perf_counter()
    spent = [cost(pid).since(then) for pid, then in zip(pids, before, strict=True)]
    run.frame = sum(heard.frames) / len(heard.frames)
    run.show = float(max(heard.shows))
    run.broker_cpu = spent[1].cpu / heard.messages / (run.relays + 1)
    return spent


async def _rested(run: Run, heard: Overheard) -> None:
    """Note what goes over the broker while nothing changes, but what relays say of themselves."""
    heard.forget()
    await asyncio.sleep(REST)
    run.hour = (sum(heard.shows) + sum(heard.pulses) + sum(heard.frames)) / REST * 3600


@dataclass(frozen=True, slots=True)
class Outage:
    """From the broker's end until every relay had come to the last change again."""

    gone: float
    there: float
    over: float


async def _outage(broker: Mosquitto, operator: Operator, seconds: float) -> Outage:
    """Have the broker away for so long, and something approved meanwhile."""
    gone = time.perf_counter()
    await broker.kill()
    await operator.approve(1.0, 1)
    await operator.settled()
    await asyncio.sleep(seconds)
    there = await broker.start()
    async with asyncio.timeout(PATIENCE):
        while operator.state is None or any(one.behind for one in operator.state.relays):
            await operator.news()
    await asyncio.sleep(1.0)
    return Outage(gone, there, time.perf_counter())


def _came_back(outage: Outage, accounts: list[Account]) -> float:
    """Give the seconds after which the last screen had the whole picture."""
    last = 0.0
    for account in accounts:
        came = [at for _, at in account.pictures if outage.gone < at <= outage.over]
        if len(came) < SCREENS:
            raise RuntimeError(f"{len(came)} of {SCREENS} screens got a picture after the outage")
        last = max(last, *came)
    return last - outage.there


async def _crowd(run: Run, operator: Operator, relay: Relay) -> None:
    """Have a thousand screens come at once to a relay that lost as many; then let them speak."""
    before = cost(relay.pid)
    async with attached(relay.wall, SCREENS, at_once=SCREENS, saying=True) as crowd:
        await asyncio.sleep(1.0)
        run.crowd_cpu = cost(relay.pid).since(before).cpu
        before = cost(relay.pid)
        await operator.approve(1.0, SPOKEN)
        await operator.settled()
        await asyncio.sleep(1.0)
        run.said_cpu = cost(relay.pid).since(before).cpu / SPOKEN / SCREENS
    if len(crowd.account.pictures) < SCREENS:
        raise RuntimeError(f"{len(crowd.account.pictures)} of {SCREENS} screens got a picture")
    first = sorted(at for _, at in crowd.account.pictures)[:SCREENS]
    run.crowd = first[-1] - crowd.account.begun


def _match(run: Run, operator: Operator, here: Account, there: list[Account]) -> None:
    """Note for each approval when the last screen had it: at the engine, and at any relay."""
    everywhere = [_last(account, run.screens) for account in (here, *there)]
    for item, left in list(operator.left.items())[:APPROVALS]:
        ours, *theirs = (place.get(item, inf) for place in everywhere)
        if max(ours, *theirs) < inf:
            run.here.append((ours - left) * 1e3)
            run.there.append((max(theirs) - left) * 1e3)
        elif item in operator.approved:
            run.bundled += 1
    pictures = sum(run.begun < at < run.ended for one in there for _, at in one.pictures)
    if run.bundled and not pictures:
        raise RuntimeError(f"{run.bundled} approvals did not come to every screen")


def _last(account: Account, screens: int) -> dict[str, float]:
    """Give the moment at which the last of all screens had read each post."""
    return {
        item: max(times)
        for items, times in account.changes
        if len(times) >= screens
        for item in items
    }


async def _bare() -> float:
    """Measure what a delivery costs a bare loop, in µs: all that its process takes."""
    async with Process.open("bare") as server, attached(server.url, SCREENS):
        await server.send(BARE_MESSAGES // 10)
        before = cost(server.pid)
        await server.send(BARE_MESSAGES)
        return cost(server.pid).since(before).cpu / BARE_MESSAGES / SCREENS * 1e6

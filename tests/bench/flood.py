"""A flood of posts through the whole engine: how many a second, how late its loop, how much memory.

Owns two measurements and the bare reference of each; the engines and their peers are processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from eventlive.model import Health
from tests.bench import engine, posts
from tests.bench.bound import BATCH, bound
from tests.bench.machine import Cost, cost, megabytes
from tests.bench.operator import Operator, operating
from tests.bench.screens import attached
from tests.bench.table import Row, Section, Target, percentile
from tests.bench.times import Times

FINAL = 10_312
"""Posts a second at the peak of the final of 2014 (618,725 in a minute)."""

SCREENS = 1_000
APPROVALS_A_SECOND = 5.0
FLOOD_SECONDS = 20
LEAD_SECONDS = 12.0
"""Between the first post and the flood: the screens attach."""

RUNS = 3
RUN_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Run:
    """What one engine took in while all screens were attached."""

    a_second: float
    cpu: float
    main: float
    waited: float
    lost: int
    behind: int
    megabytes: dict[int, float]


# --- as fast as it goes -------------------------------------------------------------------------


async def throughput(folder: Path, marks: tuple[int, int]) -> Section:
    """Measure posts a second at speed max, and memory at two marks (posts in all)."""
    flood = posts.write(folder / "flood.jsonl", marks[0])
    longer = posts.write(folder / "longer.jsonl", marks[1])
    bounds, runs = [], []
    for number in range(RUNS):
        bounds.append(bound(flood.path, folder / f"bound-{number}.sqlite"))
        remove(folder / f"bound-{number}.sqlite")
        runs.append(await _run(folder, flood if number else longer, marks))
        _say(f"{runs[-1].a_second:,.0f} posts/s beside {bounds[-1].a_second:,.0f}")
    run = sorted(runs, key=lambda one: one.a_second)[len(runs) // 2]
    memory = runs[0].megabytes
    return Section(
        "A flood, as fast as it goes",
        f"{marks[0]:,} posts replayed at speed `max`, {SCREENS:,} screens attached, an operator"
        f" with four panes who approves {APPROVALS_A_SECOND:.0f} posts a second; the median of"
        f" {RUNS} runs. Beside: the same lines parsed and inserted in batches of {BATCH:,} into"
        " SQLite (WAL, synchronous NORMAL) and nothing else; for the main thread, the same lines"
        " read, cleaned and judged in a bare loop.",
        [
            Row(
                "posts through the whole engine",
                run.a_second,
                "posts/s",
                median(one.a_second for one in bounds),
                "parse and insert",
                Target(FINAL, least=True),
                f"runs: {', '.join(f'{one.a_second:,.0f}' for one in runs)}",
            ),
            Row(
                "CPU a post",
                run.cpu * 1e6,
                "µs",
                median(one.inserting for one in bounds) * 1e6,
                "parse and insert",
            ),
            Row(
                "CPU a post, the main thread's",
                run.main * 1e6,
                "µs",
                median(one.judging for one in bounds) * 1e6,
                "read, clean, judge",
                note=f"enough for {1 / run.main:,.0f} posts/s; it waited {run.waited:.0%} of the"
                " time for a core",
            ),
            Row("posts lost", max(one.lost for one in runs), "", target=Target(0)),
            Row("posts not yet in the full text at the end", run.behind, ""),
            Row(
                f"memory after {marks[1]:,} posts",
                memory[marks[1]],
                "MB",
                memory[marks[0]],
                f"after {marks[0]:,}",
            ),
        ],
    )


async def _run(folder: Path, flood: posts.Flood, marks: tuple[int, int]) -> Run:
    """Play a flood and watch; the rate is that of the posts after the last screen attached."""
    memory: dict[int, float] = {}
    async with engine.serving(folder, flood.path) as host, operating(host.console) as operator:
        async with attached(host.wall, SCREENS), _approving(operator):
            before = after = (await _next(operator), cost(host.pid))
            async with asyncio.timeout(RUN_SECONDS):
                while (health := await _next(operator)).posts < flood.unique:
                    after = (health, cost(host.pid))
                    reached = flood.lines * health.posts / flood.unique
                    memory |= {
                        mark: megabytes(host.pid)
                        for mark in marks
                        if reached >= mark and mark not in memory
                    }
            memory[flood.lines] = megabytes(host.pid)
        await operator.settled()
    count = after[0].posts - before[0].posts
    seconds = (after[0].at - before[0].at).total_seconds()
    used: Cost = after[1].since(before[1])
    stored = engine.stored(host.store)
    behind = stored - engine.searchable(host.store)
    remove(host.store)
    return Run(
        count / seconds,
        used.cpu / count,
        used.main / count,
        used.waited / seconds,
        flood.unique - stored,
        behind,
        memory,
    )


# --- at the rate of the final -------------------------------------------------------------------


async def lag(folder: Path) -> Section:
    """Measure the loop's lag at the rate of the final of 2014."""
    flood = posts.write(
        folder / "final.jsonl", FINAL * FLOOD_SECONDS, a_second=FINAL, lead=LEAD_SECONDS
    )
    idle: list[engine.Lag] = []
    async with (
        engine.serving(folder, flood.path, sampled=True) as host,
        operating(host.console) as operator,
        attached(host.wall, SCREENS) as screens,
    ):
        async with _approving(operator), engine.idle(idle):
            await operator.until(flood.unique, LEAD_SECONDS + 6 * FLOOD_SECONDS)
        await operator.settled()
    full = [one for one in operator.heard if FINAL // 2 < one[1].posts < flood.unique]
    (begun, first), (ended, last) = full[0], full[-1]
    rate = (last.posts - first.posts) / (ended - begun) * flood.lines / flood.unique
    lags = [one.late * 1e3 for one in host.lags if begun <= one.at <= ended]
    calm = [one.late * 1e3 for one in idle if begun <= one.at <= ended]
    lost = flood.unique - engine.stored(host.store)
    remove(host.store)
    times = Times.of(operator, screens.account, begun, ended)
    return Section(
        "The final of 2014",
        f"{FINAL:,} posts a second for {FLOOD_SECONDS} s, {SCREENS:,} screens,"
        f" {APPROVALS_A_SECOND:.0f} approvals a second. The lag is how much longer than asked a"
        f" sleep of {engine.SAMPLE_SECONDS * 1e3:.0f} ms takes in the engine's loop,"
        f" {len(lags):,} samples. Beside: the same in the loop of a process that does nothing else,"
        " at the same time.",
        [
            Row("posts taken in", rate, "lines/s", FINAL, "offered"),
            Row("posts lost", lost, "", target=Target(0)),
            *(
                Row(
                    f"loop lag, p{percent}",
                    percentile(lags, percent),
                    "ms",
                    percentile(calm, percent),
                    "a loop with nothing to do",
                    Target(30) if percent == 99 else None,
                )
                for percent in (50, 99)
            ),
            Row("loop lag, longest", max(lags), "ms", max(calm), "a loop with nothing to do"),
            *times.rows("approval to a screen, under the flood"),
        ],
    )


# --- shared -------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _approving(operator: Operator) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        approving = tasks.create_task(operator.approve(APPROVALS_A_SECOND), name="approve")
        yield
        approving.cancel()


async def _next(operator: Operator) -> Health:
    """Wait for the next State."""
    count = len(operator.heard)
    async with asyncio.timeout(30):
        while len(operator.heard) == count:
            await operator.news()
    return operator.heard[-1][1]


def remove(store: Path) -> None:
    """Delete a store's files: a disk has an end."""
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()


def _say(text: str) -> None:
    print(f"  … {text}", file=sys.stderr, flush=True)

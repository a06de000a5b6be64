"""From an operator's approval to the screens' sockets, without a flood.

Owns that measurement, and its reference: a bare loop that hands a frame on to its screens, with
nothing decided and nothing written in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import engine, posts
from tests.bench.fanout import Process
from tests.bench.flood import SCREENS, remove
from tests.bench.operator import operating
from tests.bench.screens import attached
from tests.bench.table import Row, Section
from tests.bench.times import Times

STOCK = 2_000
APPROVALS = 250
A_SECOND = 20.0


async def approval(folder: Path) -> Section:
    """Measure approvals with one screen and with a thousand."""
    stock = posts.write(folder / "stock.jsonl", STOCK)
    rows: list[Row] = []
    for screens, when in ((1, "one screen"), (SCREENS, f"{SCREENS:,} screens")):
        bare = await _bare(screens)
        ours = await _eventlive(folder, stock, screens)
        rows += ours.rows(f"approval to a screen, {when}", bare, "bare relay")
    return Section(
        "From an approval to the screens",
        f"{APPROVALS} approvals, {A_SECOND:.0f} a second, nothing else going on: from the moment"
        " before the console writes its command to the moment when a screen has read the change;"
        " the engine decides and commits to its disk in between. Beside: a bare loop that passes"
        " a frame on.",
        rows,
    )


async def _eventlive(folder: Path, stock: posts.Flood, screens: int) -> Times:
    async with engine.serving(folder, stock.path) as host, operating(host.console) as operator:
        await operator.until(stock.unique, 60)
        async with attached(host.wall, screens) as audience:
            await operator.approve(A_SECOND, APPROVALS)
            await operator.settled()
            # A change is announced before its reply leaves; the screens still have to read.
            await asyncio.sleep(0.5)
    remove(host.store)
    return Times.of(operator, audience.account)


async def _bare(screens: int) -> Times:
    sent: list[float] = []
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(Process.open("bare"))
        audience = await stack.enter_async_context(attached(server.url, screens))
        where = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(b"GET /console HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(APPROVALS):
            sent.append(time.perf_counter())
            writer.write(b"next")
            await asyncio.sleep(1 / A_SECOND)
        writer.close()
    return Times.in_turn(sent, audience.account)

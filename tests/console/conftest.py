"""Fixtures of the console's tests: an engine's double, a console in a terminal of any size."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from textual import _wait

from tests.console.engine_double import EngineDouble
from tests.console.seat import Seat
from tui.app import ConsoleApp

OpenSeat = Callable[..., Any]

# After every key the pilot waits until the process is idle, and looks every 20 ms: most of the time
# that these tests take. Idle is the same share of a shorter look.
_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.002, 0.0004


@pytest.fixture
async def engine() -> AsyncIterator[EngineDouble]:
    """An engine's double at a port of its own, empty."""
    async with EngineDouble() as double:
        yield double


class Clock:
    """The consoles' clock, which a test puts on instead of waiting; the engine's stays as it is."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def later(self, seconds: float) -> None:
        """Put it on; what was due meanwhile is due now."""
        self.ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all consoles that are opened after it: name it before `open_seat`."""
    one = Clock()
    monkeypatch.setattr(ConsoleApp, "monotonic", lambda _: time.monotonic() + one.ahead)
    return one


@pytest.fixture
async def open_seat(engine: EngineDouble, tmp_path: Path) -> AsyncIterator[OpenSeat]:
    """Opens consoles: `await open_seat(size=(120, 40), name="eevi")`; they end with the test."""
    over = asyncio.Event()
    # No TaskGroup: a fixture's two halves run in different tasks.
    consoles: list[asyncio.Task[None]] = []

    async def opened(
        *,
        size: tuple[int, int] = (120, 40),
        name: str = "eevi",
        welcomed: bool = True,
        **options: Any,
    ) -> Seat:
        options.setdefault("drafts", tmp_path / "drafts")
        app = ConsoleApp(engine.url, name, **options)
        ready: asyncio.Future[Seat] = asyncio.get_running_loop().create_future()

        async def sit() -> None:
            # A task of its own: Textual leaves its context in the one in which it entered.
            async with app.run_test(size=size) as pilot:
                ready.set_result(Seat(app, pilot, engine))
                await over.wait()

        consoles.append(asyncio.create_task(sit(), name=f"console of {name}"))
        seat = await ready
        if welcomed:
            await seat.until(lambda: app.board.health is not None)
            await seat.until(lambda: app.listing.filled)
        return seat

    try:
        yield opened
    finally:
        over.set()
        await asyncio.gather(*consoles)

"""What the main screens look like, kept as pictures: a change of one is seen in a review.

`LOOKS=renew make test TESTS=tests/console/test_looks.py` writes them anew; look at them then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from eventlive.listening.signals import Reading
from eventlive.messages import Present, ScreenInfo, Waiting
from eventlive.model import Decision, Goal, Outgoing, Screen
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show, said
from tests.console.seat import Seat
from tui.board import Board

KEPT = Path(__file__).parent / "looks"
NOW = datetime(2027, 5, 20, 11, 7, 30, tzinfo=UTC)
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Textual names a font on a foreign host; the reader's own will do."""


@pytest.fixture
def event(engine: EngineDouble, monkeypatch: pytest.MonkeyPatch) -> EngineDouble:
    """An event at a moment that does not pass."""
    monkeypatch.setattr(Board, "now", lambda self, _: NOW if self.welcome else None)
    monkeypatch.setattr(engine, "now", lambda: NOW)
    chance = Random(7)
    for number in range(60):
        at = NOW - timedelta(seconds=40 + 37 * number)
        one = said(number, chance)
        one = replace(
            one, received_at=at, rank=60.0 - number, post=replace(one.post, created_at=at)
        )
        engine.items[one.id] = one
    engine.shown = [id for id, one in engine.items.items() if not one.flags][3:8]
    for id in engine.shown:
        engine.items[id] = replace(engine.items[id], on_wall=True)
    engine.segments = a_show(NOW)
    engine.goals = (
        Goal("questions_answered", 0.9, 0.82),
        Goal("answer_minutes", 5, 3.4, at_least=False),
    )
    engine.queues = (
        Waiting("inbox", 60, NOW - timedelta(minutes=37)),
        Waiting("questions", 21, NOW - timedelta(minutes=12)),
        Waiting("overdue", 3, NOW - timedelta(minutes=12)),
        Waiting("mentions", 4, NOW - timedelta(minutes=2)),
        Waiting("flagged", 5, NOW - timedelta(minutes=30)),
    )
    engine.present = (Present("eevi", "operator"), Present("otso", "lead", writing=True))
    engine.screens = (ScreenInfo("left", 1920, 1080), ScreenInfo("right", 1920, 1080, 3, 8.0))
    engine.walls = (
        Screen("left", 1, ("spotlight", "masonry"), named=True),
        Screen("right", 1, named=True),
        Screen("main", 1),
    )
    engine.signals = Reading(
        NOW,
        posts=tuple(40 + (minute * 17) % 60 for minute in range(60)),
        questions=tuple(minute % 5 for minute in range(60)),
        flagged=tuple(minute % 3 for minute in range(60)),
        networks=(("bluesky", 320), ("mastodon", 150), ("x", 90)),
        languages=(("en", 300), ("fi", 180), ("de", 80)),
        sent=14,
        answers=9,
    )
    engine.out["out-1"] = Outgoing(
        "out-1", 1, "main", "Doors are open: come in!", "eevi", NOW - timedelta(minutes=50), "sent"
    )
    engine.out["out-2"] = Outgoing(
        "out-2",
        1,
        "main",
        "The keynote begins in hall A.",
        "script",
        NOW - timedelta(hours=2),
        "queued",
        due_at=NOW + timedelta(minutes=4),
        at=NOW + timedelta(minutes=4),
    )
    return engine


async def inbox(seat: Seat) -> None:
    await seat.press("j", "j", "j")


async def wall(seat: Seat) -> None:
    await seat.press("4")


async def outgoing(seat: Seat) -> None:
    await seat.press("3", "j")


async def rundown(seat: Seat) -> None:
    await seat.press("6", "j")


async def composer(seat: Seat) -> None:
    await seat.press("2", "j", "r")
    await seat.write("I will look into it")


async def review(seat: Seat) -> None:
    await seat.press("2", "j", "r")
    await seat.write("We stream it all: https://example.org/live")
    await seat.press("ctrl+s")


async def signals(seat: Seat) -> None:
    await seat.press("i")


async def log(seat: Seat) -> None:
    await seat.press("l")


Steps = Callable[[Seat], Awaitable[None]]
SCREENS: tuple[tuple[Steps, tuple[int, int], str], ...] = (
    (inbox, (80, 24), "dark"),
    (inbox, (120, 40), "dark"),
    (inbox, (200, 60), "dark"),
    (inbox, (80, 24), "light"),
    (inbox, (120, 40), "light"),
    (inbox, (200, 60), "light"),
    (wall, (120, 40), "dark"),
    (outgoing, (120, 40), "dark"),
    (rundown, (120, 40), "dark"),
    (composer, (120, 40), "dark"),
    (review, (120, 40), "high-contrast"),
    (signals, (120, 40), "dark"),
    (log, (120, 40), "colour-blind"),
)


@pytest.mark.parametrize(("steps", "size", "theme"), SCREENS)
async def test_it_looks_as_it_did(
    event: EngineDouble, open_seat: OpenSeat, steps: Steps, size: tuple[int, int], theme: str
) -> None:
    event.decisions = (
        Decision(1, NOW - timedelta(minutes=9), "otso", "approve", next(iter(event.items))),
        Decision(
            2, NOW - timedelta(minutes=4), "eevi", "hold", "main", "a slur on the left screen"
        ),
        Decision(3, NOW - timedelta(minutes=3), "eevi", "release", "main"),
    )
    seat = await open_seat(size=size)
    seat.app.theme = theme
    seat.app.composer.words.cursor_blink = False
    await steps(seat)
    kept = KEPT / f"{steps.__name__}-{size[0]}x{size[1]}-{theme}.svg"
    if os.environ.get("LOOKS") == "renew":
        await seat.pilot.pause(1.5)
        KEPT.mkdir(exist_ok=True)
        kept.write_text(_drawn(seat), encoding="utf-8")
    wanted, now = kept.read_text(encoding="utf-8"), kept.with_suffix(".new.svg")
    try:
        await seat.until(lambda: _drawn(seat) == wanted)
    except AssertionError:
        now.write_text(_drawn(seat), encoding="utf-8")
        pytest.fail(f"it looks otherwise than in {kept}; see {now}, and renew it where it is right")
    now.unlink(missing_ok=True)


def _drawn(seat: Seat) -> str:
    return FONT_FACE.sub("", seat.app.export_screenshot(title="eventlive"))

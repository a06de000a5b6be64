"""Shows played through a real engine, its store and its outlets, with a clock that leaps.

Owns the clock, the crew that starts what goes by hand and approves what must be, and a plan of the
day made of the script's tables alone, in no code that the engine has.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from eventlive import assembly
from eventlive.assembly import Covered, Rehearsal
from eventlive.clock import Clock
from eventlive.messages import Command
from eventlive.model import Outgoing
from eventlive.tables import PreparedPost, Script
from tests.service.engines import settings, until, written

SOON = 0.01


class Leaping(Clock):
    """An engine's clock that goes on to the next thing as soon as nothing else is to be done.

    It never passes `until`, where somebody has something to say.
    """

    def __init__(self, starts: datetime) -> None:
        super().__init__(starts)
        self.at = starts
        self.until = starts
        self.busy: Callable[[], bool] = lambda: True
        self.waits = asyncio.Event()

    def now(self) -> datetime:
        return self.at

    def seconds_until(self, when: datetime) -> float:
        if self.busy():
            return SOON
        self.at = max(self.at, min(when, self.until))
        if self.at < self.until or when <= self.at:
            return 0.0
        self.waits.set()
        return SOON


class Played(NamedTuple):
    """What went out: when (event time), from which account, which post, and its words."""

    at: datetime
    account: str
    post: str
    text: str


class Show:
    """One engine, from one minute of its event to another."""

    def __init__(self, covered: Covered, clock: Leaping) -> None:
        self.engine = covered.engine
        self.console = covered.console
        self._clock = clock
        clock.busy = self._busy

    def _busy(self) -> bool:
        return any(out.state == "sending" for out in self.posts())

    def posts(self) -> list[Outgoing]:
        return list(self.engine.hub.desk.state.outgoing.values())

    async def goes_on(self, at: datetime) -> None:
        """Let the event go on until a moment."""
        self._clock.waits.clear()
        self._clock.until = at
        await until(lambda: self._is(at), f"{at}")

    def _is(self, at: datetime) -> bool:
        if not self._busy() and self.engine.hub.desk.next_due is None:
            # The engine sleeps, for nothing will happen before somebody says something.
            self._clock.at = at
            return True
        return self._clock.waits.is_set() and self._clock.at == at

    async def says(self, command: Command, who: str = "ann") -> None:
        """Have somebody of the crew give a command that must be carried out."""
        reply = await self.engine.carry_out(who, command)
        assert reply.ok, f"{command}: {reply.reason}"


@asynccontextmanager
async def playing(path: Path, folder: Path, starts: datetime) -> AsyncIterator[Show]:
    """Rehearse a script from a moment on while the block runs; the same folder again goes on."""
    clock = Leaping(starts)
    covering = assembly.covering(
        written(path), settings(folder), 0.0, rehearsal=Rehearsal(), clock=clock
    )
    async with covering as covered:
        yield Show(covered, clock)


def kept(folder: Path, event: str) -> list[tuple[str, str]]:
    """Read what the rehearsal's file says went out, in order: key of the attempt, and words."""
    path = folder / "data" / f"{event}.rehearsal.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [(line["key"], line["text"]) for line in map(json.loads, lines)]


def played(show: Show) -> list[Played]:
    """List what went out, in order."""
    return sorted(
        Played(out.sent_at, out.account, out.id, out.text)
        for out in show.posts()
        if out.state == "sent" and out.sent_at is not None
    )


# --- the plan, from the tables alone --------------------------------------------------------------


class Planned(NamedTuple):
    """What should go out: when, from where, which."""

    at: datetime
    account: str
    post: str


def times(script: Script) -> dict[str, tuple[datetime, datetime]]:
    """Say when each segment begins and ends where nobody is late."""
    found: dict[str, tuple[datetime, datetime]] = {}
    while len(found) < len(script.segments):
        before = len(found)
        for one in script.segments:
            if one.after is not None and one.after not in found:
                continue
            earliest = [found[one.after][1]] if one.after else []
            begins = max([*earliest, *([one.starts] if one.starts else [])]).astimezone(UTC)
            found[one.id] = begins, begins + timedelta(minutes=one.minutes)
        assert len(found) > before, "a ring of segments"
    return found


def plan(script: Script) -> list[Planned]:
    """Say what goes out on a day when nobody is late."""
    segments = times(script)
    return sorted(one for row in script.posts for one in _planned(row, segments))


def _planned(
    row: PreparedPost, segments: dict[str, tuple[datetime, datetime]]
) -> Iterator[Planned]:
    accounts = row.accounts or [row.account or "main"]
    for account in accounts:
        post = f"post-{row.id}" + (f".{account}" if len(accounts) > 1 else "")
        for segment in row.during:
            begins, ends = segments[segment]
            minutes, seconds = (row.every or "0:0").rsplit(":", 1)
            hours, _, rest = minutes.rpartition(":")
            step = timedelta(hours=int(hours or 0), minutes=int(rest), seconds=int(seconds))
            nth = 0
            while begins + nth * step < ends:
                yield Planned(begins + nth * step, account, f"{post}@{segment}-{nth + 1}")
                nth += 1
        if isinstance(row.at, datetime):
            yield Planned(row.at.astimezone(UTC), account, post)
        elif row.at is not None:
            yield Planned(_tied(row.at, segments), account, post)


def _tied(text: str, segments: dict[str, tuple[datetime, datetime]]) -> datetime:
    name = max((one for one in segments if text.startswith(one)), key=len)
    rest = text.removeprefix(name)
    edge = segments[name][1 if rest.startswith(".end") else 0]
    rest = rest.removeprefix(".end").removeprefix(".start").strip()
    if not rest:
        return edge
    parts = [int(part) for part in rest[1:].strip().split(":")]
    seconds = sum(part * 60**place for place, part in enumerate(reversed(parts)))
    return edge + timedelta(seconds=seconds if rest[0] == "+" else -seconds)

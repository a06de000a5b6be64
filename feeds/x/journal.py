"""What was taken from X, what it cost, and up to where it is complete.

Owns the feed's cursor, so that a restart forgets neither a gap nor what was spent, and the words
on money. Never asks anybody.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from eventlive.model import Batch, Edited, FeedState, Post, Skipped, Status
from feeds.x.bodies import Body
from feeds.x.money import Ledger
from feeds.x.objects import FAULTS
from feeds.x.search import Marks


class _Cursor(Struct, omit_defaults=True):
    spent: float = 0.0
    since: dict[str, str] = {}


_cursor = msgspec.json.Decoder(_Cursor)


class Journal:
    """The ledger and the marks of one feed.

    Spans are measured by the loop's time, which no change of a clock moves; `clock` only tells
    the day, and a person when a limit ends.
    """

    def __init__(self, ledger: Ledger, marks: Marks, clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self.marks = marks
        self._clock = clock
        self._written = ""
        self._said: Status | None = None

    def recall(self, cursor: str) -> None:
        """Go on from a cursor; one that is none of ours counts as empty."""
        self._written = cursor
        try:
            known = _cursor.decode(cursor)
        except FAULTS:
            return
        if math.isfinite(known.spent):
            # What was read and never handed over was paid for all the same.
            self.ledger.spent = max(self.ledger.spent, known.spent)
        self.marks.recall(known.since)

    def enter(self, body: Body) -> float:
        """Enter what an answer held; give what it cost."""
        today = self._clock().astimezone(UTC).date()
        return self.ledger.read(body.charged, body.authors, today, _now())

    def asked_counts(self) -> None:
        """Enter a request for counts."""
        self.ledger.asked_counts(_now())

    def batch(
        self, events: Iterable[Post | Edited] = (), skipped: Iterable[Skipped] = ()
    ) -> Batch | None:
        """Hand over with the cursor that follows; None where there is nothing new to say."""
        known = _Cursor(round(self.ledger.spent, 6), self.marks.written())
        cursor = msgspec.json.encode(known).decode()
        made = Batch(tuple(events), cursor, tuple(skipped))
        if not made.events and not made.skipped and cursor == self._written:
            return None
        self._written = cursor
        return made

    def news(self, state: FeedState, reason: str) -> Status | None:
        """Say how the feed is where that is not what was said last."""
        before = self._said
        return said if (said := self.status(state, reason)) != before else None

    def status(self, state: FeedState, reason: str, wait: float = 0.0) -> Status:
        """Say how the feed is, with its money; `wait` is in seconds until a limit ends."""
        money = self.ledger.money(_now())
        words = [reason] if reason else []
        if self.ledger.phase == "warn":
            share = self.ledger.spent / self.ledger.budget
            words.append(f"{share:.0%} of the budget of ${self.ledger.budget:.2f} is spent")
        until = self._clock() + timedelta(seconds=wait) if wait else None
        self._said = Status(state, "; ".join(words), until, money)
        return self._said


def _now() -> float:
    return asyncio.get_running_loop().time()

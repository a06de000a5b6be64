"""How a feed is: its state in its own words, its pace, and whether its silence is likely.

Owns what is known of one feed's health. Pure: times are passed in, those of the wall clock for
people and those of a clock that never jumps for intervals.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime

from eventlive.model import FeedHealth, FeedState, Moment, Money, Status

GAPS = 60
"""Gaps between posts that a feed's rhythm is read from."""

GAPS_MIN = 10
"""Gaps below which nothing is said of a rhythm: three posts in a night are not one."""

UNLIKELY = 14.0
"""Times the mean gap after which silence is unlikely: less than one in a million by chance alone
(e^-14), and posts come in bursts, so the longest gap seen counts as well."""

LONGEST = 3.0
SILENCE_MIN = 60.0
"""Seconds of silence that are never worth a word."""


class FeedRecord:
    """What is known of one feed."""

    def __init__(self, feed: str, cursor: str) -> None:
        self.id = feed
        self.cursor = cursor
        self.state: FeedState = "starting"
        self.posts = 0
        self.skipped = 0
        self.heard = False
        self.faults = 0
        self._reason = ""
        self._until: Moment | None = None
        self._money: Money | None = None
        self._newest: datetime | None = None
        self._seconds: deque[tuple[int, int]] = deque()
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._last: float | None = None

    def say(
        self,
        state: FeedState,
        reason: str = "",
        until: Moment | None = None,
        money: Money | None = None,
    ) -> None:
        """Take a state over; what a feed costs stands until it says otherwise."""
        self.state, self._reason, self._until = state, reason, until
        self._money = money or self._money

    def take(self, status: Status) -> None:
        """Take over what a feed says of itself."""
        self.say(status.state, status.reason, status.until, status.money)

    def count(self, posts: int, now: datetime, passed: float) -> None:
        """Count posts that arrived together; `passed` are the seconds of a steady clock."""
        self.posts += posts
        self._newest = now
        if self._last is not None:
            # Some at once are as many gaps: what comes after a reconnect is no rhythm of seconds.
            self._gaps.append((passed - self._last) / posts)
        self._last = passed
        second = int(passed)
        if self._seconds and self._seconds[-1][0] == second:
            posts += self._seconds.pop()[1]
        self._seconds.append((second, posts))
        self._forget(second)

    def health(self, passed: float) -> FeedHealth:
        """Say how the feed is."""
        self._forget(int(passed))
        state, reason = self.state, self._reason
        quiet = self._quiet(passed)
        if state == "live" and quiet is not None and quiet > self._silence():
            state = "silent"
            reason = f"connected, but nothing for {_span(quiet)}; {self._usual()} until then"
        return FeedHealth(
            id=self.id,
            state=state,
            reason=reason,
            posts=self.posts,
            per_minute=sum(count for _, count in self._seconds),
            skipped=self.skipped,
            newest=self._newest,
            until=self._until,
            money=self._money,
        )

    def _quiet(self, passed: float) -> float | None:
        return None if self._last is None or len(self._gaps) < GAPS_MIN else passed - self._last

    def _silence(self) -> float:
        mean = sum(self._gaps) / len(self._gaps)
        return max(SILENCE_MIN, UNLIKELY * mean, LONGEST * max(self._gaps))

    def _usual(self) -> str:
        return f"a post every {_span(sum(self._gaps) / len(self._gaps))}"

    def _forget(self, second: int) -> None:
        while self._seconds and self._seconds[0][0] <= second - 60:
            self._seconds.popleft()


def _span(seconds: float) -> str:
    if seconds < 1:
        return "second"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"

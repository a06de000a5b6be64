"""X's bill: what was read so far, what an hour costs, and what the budget still allows.

Owns the prices and the phases of a budget. Pure: moments on the loop's clock and the date are
arguments. X charges for each post and each user once a UTC day (docs.x.com, "Pricing"), however
often they are asked for; after a restart they count anew here, which errs on the side of more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from eventlive.model import Money

PRICES = {"post": 0.005, "user": 0.010, "count": 0.005}
"""US dollars: a post read, a user read, a request for counts (November 2026)."""

WARN, SLOW, STOP = 0.75, 0.90, 1.0
"""Shares of the budget at which the feed warns, slows down and stops."""

HOUR = 3600.0
LEAST = 300.0
"""Seconds at least over which a rate an hour is told: one burst at the start is no rate."""

REMEMBERED = 200_000
"""Ids of a day that are known as charged; beyond it they count again."""

PAGE = (10, 100)
"""Posts of a page of search: the fewest and the most that X lets us ask for."""

Phase = Literal["normal", "warn", "slow", "stop"]


class Ledger:
    """What X is paid; `budget` and `spent` in dollars, a budget of 0 is none."""

    def __init__(self, budget: float, prices: Mapping[str, float], spent: float = 0.0) -> None:
        if unknown := set(prices) - set(PRICES):
            raise ValueError(f"no prices of X: {', '.join(sorted(unknown))}")
        self.budget = max(0.0, budget)
        self.spent = spent
        self._prices = {**PRICES, **prices}
        self._day: date | None = None
        self._charged: set[str] = set()
        self._lately: deque[tuple[float, float]] = deque()
        self._since: float | None = None

    def read(self, posts: Iterable[str], users: Iterable[str], today: date, at: float) -> float:
        """Enter what an answer held, by id; give what it costs. `at` is in seconds of the loop."""
        if today != self._day:
            self._day = today
            self._charged.clear()
        things = [("post", post) for post in posts] + [("user", user) for user in users]
        cost = 0.0
        for kind, thing in things:
            key = f"{kind}:{thing}"
            if key not in self._charged:
                cost += self._prices[kind]
                if len(self._charged) < REMEMBERED:
                    self._charged.add(key)
        self._enter(cost, at)
        return cost

    def asked_counts(self, at: float) -> None:
        """Enter a request for counts."""
        self._enter(self._prices["count"], at)

    def _enter(self, cost: float, at: float) -> None:
        self._since = at if self._since is None else self._since
        self.spent += cost
        # One entry a second at most: an hour of a flood stays small.
        if self._lately and at - self._lately[-1][0] < 1.0:
            at, before = self._lately.pop()
            cost += before
        self._lately.append((at, cost))

    @property
    def phase(self) -> Phase:
        """Say how far the budget is used up."""
        share = self.spent / self.budget if self.budget else 0.0
        if share >= STOP:
            return "stop"
        if share >= SLOW:
            return "slow"
        return "warn" if share >= WARN else "normal"

    @property
    def rest(self) -> float:
        """Give what is left; infinite without a budget."""
        return max(0.0, self.budget - self.spent) if self.budget else float("inf")

    def money(self, at: float) -> Money:
        """Say what is spent, and the rate of the last hour."""
        while self._lately and self._lately[0][0] <= at - HOUR:
            self._lately.popleft()
        spell = min(HOUR, max(LEAST, at - self._since)) if self._since is not None else HOUR
        rate = sum(cost for _, cost in self._lately) * HOUR / spell
        return Money(round(self.spent, 4), round(rate, 4), self.budget)

    def page(self) -> int:
        """Say how many posts to ask for, so that a page cannot cost much more than is left."""
        fewest, most = PAGE
        if not self.budget:
            return most
        dearest = self._prices["post"] + self._prices["user"]
        return max(fewest, int(min(most, self.rest / dearest)) if dearest else most)

    def pause(self, cost: float, seconds: float) -> float:
        """Say how long to wait after a page of that cost, for the rest to last so many seconds."""
        if not self.budget or not cost:
            return 0.0
        return min(seconds, cost * seconds / self.rest) if self.rest else seconds

    def forecast(self, an_hour: float) -> str:
        """Say what so many posts an hour will cost, and how long the budget lasts."""
        low = an_hour * self._prices["post"]
        high = low + an_hour * self._prices["user"]
        said = f"about {an_hour:.0f} posts an hour, ${low:.2f} to ${high:.2f} an hour"
        if not self.budget:
            return f"{said}; there is no budget"
        if not high:
            return said
        return f"{said}; the budget lasts {_spell(self.rest / high)} at least"


def _spell(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} h" if hours >= 3 else f"{hours * 60:.0f} min"


# --- how much there will be ----------------------------------------------------------------------


class _Bucket(Struct):
    start: datetime
    end: datetime
    tweet_count: int | None = None
    post_count: int | None = None


class Counts(Struct):
    """An answer of the counts endpoint: posts in each hour of the last days."""

    data: list[_Bucket] | None = None

    def an_hour(self) -> float:
        """Estimate the posts of the coming hour: the last two hours' rate, or the last day's.

        The higher one: before an event the day is quiet, during it the hour tells.
        """
        buckets = sorted(self.data or (), key=lambda bucket: bucket.start)
        return max(_rate(buckets[-2:]), _rate(buckets[-24:]))


def _rate(buckets: list[_Bucket]) -> float:
    seconds = sum((bucket.end - bucket.start).total_seconds() for bucket in buckets)
    posts = sum(bucket.tweet_count or bucket.post_count or 0 for bucket in buckets)
    return posts * HOUR / seconds if seconds > 0 else 0.0

"""Limits of the network, obeyed ahead of time.

Owns the count of what was spent and what servers say is left. Pure but for the clock it is given:
never waits and never asks. What is counted here is a guess where others use the same account, and
what servers say is not known before the first answer, so the stricter of the two holds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# docs.bsky.app, "Rate Limits": points an account may spend, by seconds.
WRITES = {3600: 5_000, 86_400: 35_000}
LOGINS = {300: 30, 86_400: 300}
UPLOADS = {86_400: 1_000}

CREATE = 3
DELETE = 1

LONGEST = timedelta(days=1)
"""However long a server says that it will be."""

UNSAID = timedelta(minutes=5)
"""How long to stay away where a server does not say until when."""


class Limits:
    """What is left of one kind of call; `windows` gives points by seconds."""

    def __init__(self, windows: Mapping[int, int], clock: Callable[[], datetime]) -> None:
        self._windows = windows
        self._clock = clock
        self._spent: deque[tuple[datetime, int]] = deque()
        self._told: dict[str, tuple[int, int, datetime]] = {}

    def spend(self, points: int) -> None:
        """Count a call that is about to be made."""
        now = self._clock()
        self._spent.append((now, points))
        longest = timedelta(seconds=max(self._windows))
        while self._spent and self._spent[0][0] <= now - longest:
            self._spent.popleft()

    def until(self, points: int) -> datetime | None:
        """Say when so many points may be spent; None for now."""
        now = self._clock()
        ends = [
            reset
            for _, remaining, reset in self._told.values()
            if remaining < points and reset > now
        ]
        for seconds, most in self._windows.items():
            window = timedelta(seconds=seconds)
            inside = [(at, cost) for at, cost in self._spent if now - window < at <= now]
            over = sum(cost for _, cost in inside) + points - most
            for at, cost in inside:
                if over <= 0:
                    break
                over -= cost
                ends.append(at + window)
        return max(ends, default=None)

    def take_in(self, headers: Mapping[str, str]) -> None:
        """Take in what an answer says is left (draft-ietf-httpapi-ratelimit-headers-06)."""
        limit, remaining = headers.get("RateLimit-Limit"), headers.get("RateLimit-Remaining")
        reset = reset_of(headers, self._clock())
        if (
            limit
            and remaining
            and reset
            and limit.isdecimal()
            and remaining.isdecimal()
            and max(len(limit), len(remaining)) < 12
        ):
            policy = headers.get("RateLimit-Policy", limit)
            self._told[policy[:40]] = (int(limit), int(remaining), reset)
            for old in list(self._told)[:-8]:
                del self._told[old]

    def refused(self, headers: Mapping[str, str]) -> datetime:
        """Take in that a call was refused for its number; give when it may be made again."""
        self.take_in(headers)
        now = self._clock()
        until = reset_of(headers, now) or now + UNSAID
        self._told["refused"] = (0, 0, until)
        return until

    def sentences(self) -> tuple[str, ...]:
        """Say for a person what servers said is left."""
        now = self._clock()
        return tuple(
            f"{remaining:,} of {limit:,} points until {reset:%H:%M} UTC"
            for limit, remaining, reset in self._told.values()
            if limit and reset > now
        )


def reset_of(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Give by our own clock when a limit ends; the server's may say something else."""
    said, retry = headers.get("RateLimit-Reset", ""), headers.get("Retry-After", "")
    if said.isascii() and said.isdecimal() and len(said) < 12:
        try:
            theirs = parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
        except (ValueError, OverflowError):
            theirs = now
        wait = datetime.fromtimestamp(int(said), UTC) - theirs
    elif retry.isascii() and retry.isdecimal() and len(retry) < 8:
        wait = timedelta(seconds=int(retry))
    else:
        return None
    return now + min(max(wait, timedelta(seconds=1)), LONGEST)

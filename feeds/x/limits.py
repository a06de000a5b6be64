"""X's limits, as its answers tell them: what is left of each, and when it starts anew.

Owns the reading of the headers and the words for a person. Pure; never waits. X says how much is
left with every answer (x-rate-limit-*, 15 minutes, and x-user-limit-24hour-* and
x-app-limit-24hour-* where the day is limited too), so nobody has to run into a wall to find it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

KINDS = {"x-rate-limit": "", "x-user-limit-24hour": " a day", "x-app-limit-24hour": " a day (app)"}
"""The headers' beginnings, and what each of them counts."""

POSTS = "POST /2/tweets"
DELETES = "DELETE /2/tweets/:id"

NAMES = {POSTS: "posts", DELETES: "deletes"}
"""What a door is called before a person; any other one counts requests."""

UNSAID = timedelta(seconds=60)
"""The wait after a 429 that names no time."""

LONGEST = timedelta(hours=25)
"""A limit that ends later is a mistake of a clock."""


class Limit(Struct, frozen=True):
    """How often something may still be done until a time, on our clock."""

    name: str
    total: int
    left: int
    until: datetime

    def __str__(self) -> str:
        return f"{self.left} of {self.total} {self.name} until {self.until:%H:%M} UTC"


class Limits:
    """What is left at each door of the API; a door is a method and a path, ids as `:id`."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._doors: dict[str, dict[str, Limit]] = {}

    def note(self, door: str, status: int, headers: Mapping[str, str]) -> None:
        """Take in what an answer says; a 429 without a word counts as a minute."""
        now = self._clock()
        there = date(headers) or now
        seen = {
            kind: limit
            for kind, name in KINDS.items()
            if (limit := _limit(kind, _name(door) + name, headers, there, now)) is not None
        }
        if status == 429 and not any(limit.left == 0 for limit in seen.values()):
            known = seen.get("x-rate-limit")
            until = known.until if known else now + UNSAID
            seen["x-rate-limit"] = Limit(_name(door), known.total if known else 0, 0, until)
        self._doors.setdefault(door, {}).update(seen)

    def used_up(self, door: str) -> Limit | None:
        """Give the limit that closes a door for longest; None where it is open."""
        closed = [limit for limit in self._of(door) if limit.left <= 0]
        return max(closed, key=lambda limit: limit.until, default=None)

    def sentences(self) -> tuple[str, ...]:
        """Say what is left of posts and deletes, as far as an answer has told it."""
        return tuple(str(limit) for door in NAMES for limit in self._of(door))

    def _of(self, door: str) -> list[Limit]:
        now = self._clock()
        return [limit for limit in self._doors.get(door, {}).values() if limit.until > now]


def date(headers: Mapping[str, str]) -> datetime | None:
    """Give the time at X when it answered, to the second; None where it does not say."""
    try:
        said = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _limit(
    kind: str, name: str, headers: Mapping[str, str], there: datetime, now: datetime
) -> Limit | None:
    """Read one limit; its end is moved from X's clock to ours."""
    try:
        total, left, reset = (
            int(headers[f"{kind}-{what}"]) for what in ("limit", "remaining", "reset")
        )
        lasts = datetime.fromtimestamp(reset, UTC) - there
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return Limit(name, total, left, now + min(max(lasts, timedelta(seconds=1)), LONGEST))


def _name(door: str) -> str:
    return NAMES.get(door, "requests")

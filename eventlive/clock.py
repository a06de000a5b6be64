"""The engine's time: the world's, or in a rehearsal the event's own.

Owns the one clock of the program. Nothing else asks the machine what time it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Ask the machine what time it is."""
    return datetime.now(UTC)


class Clock:
    """What time it is for an engine.

    Given when it `starts`, it is a rehearsal's: it begins there, and goes `speed` times as fast as
    the machine's own, whatever becomes of the machine's wall clock.
    """

    def __init__(
        self,
        starts: datetime | None = None,
        speed: float = 1.0,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rehearses = starts is not None
        self.speed = speed if starts is not None else 1.0
        self._starts = starts
        self._passed = passed
        self._began = passed()

    def now(self) -> datetime:
        """Say what time it is, in UTC."""
        if self._starts is None:
            return utc_now()
        return self._starts + timedelta(seconds=(self._passed() - self._began) * self.speed)

    def seconds_until(self, when: datetime) -> float:
        """Say how many of our seconds it is until then; below 0 where it is over."""
        return (when - self.now()).total_seconds() / self.speed

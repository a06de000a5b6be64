"""What had to go off the screens: what the engine said of it last, and since when it is complete.

Pure. Counts nothing itself: the engine says who has confirmed. How an operator is told is safety's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from eventlive.adding_up import complete
from eventlive.messages import Off

TOLD = 6.0
"""Seconds for which it is told that something is off all screens."""

GIVEN_UP = timedelta(minutes=10)
"""After which a screen that has not answered is told of as what it is, silent or gone."""


class Offs:
    """What went off lately, the newest first, by the engine's last word.

    `now` is of a clock that only grows, `moment` is the engine's time.
    """

    def __init__(self) -> None:
        self.told: tuple[Off, ...] = ()
        self._done: dict[int, float] = {}

    def forget(self) -> None:
        """Forget all: another life of the engine counts anew."""
        self.told = ()
        self._done.clear()

    def take(self, offs: tuple[Off, ...], moment: datetime, speed: float, now: float) -> None:
        """Take the engine's word in; what was complete before anybody looked is no news."""
        waited = {off.seq for off in self.told if not complete(off)}
        done = {}
        for off in offs:
            if complete(off):
                since = now if off.seq in waited else now - age(off, moment, speed)
                done[off.seq] = self._done.get(off.seq, since)
        self.told, self._done = offs, done

    def waiting(self, moment: datetime) -> tuple[Off, ...]:
        """What some screen may still show."""
        return tuple(off for off in self.told if not complete(off) and moment - off.at < GIVEN_UP)

    def complete(self, now: float) -> Off | None:
        """What went off all screens a moment ago; None where nothing did."""
        for off in self.told:
            if off.screens and now - self._done.get(off.seq, float("-inf")) < TOLD:
                return off
        return None


def age(off: Off, moment: datetime, speed: float) -> float:
    """Seconds of the hall since it went off; of a rehearsal's clock there are more."""
    return (moment - off.at).total_seconds() / speed

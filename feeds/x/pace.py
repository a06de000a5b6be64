"""How fast the feed goes: its intervals, and how long it stays away after a loss.

Owns X's advice for coming again (docs.x.com, "Handling disconnections"). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, all of them; a test may make them shorter."""

    silence: float = 30.0
    """Without a byte, after which a stream is given up; X sends one every 20."""
    settle: float = 60.0
    """After connecting, until search is asked a second time for what came before: it finds a post
    half a minute after it was made, and a new rule takes up to 20 s to hold."""
    rewind: float = 10.0
    """How far before the newest post of the stream a search begins: posts overtake each other."""
    late: float = 60.0
    """How far before the newest post that search found the next search begins: it finds posts in
    another order than they were made in."""
    poll: float = 10.0
    """Between two searches where there is no stream."""
    hour: float = 3600.0
    """For which the rest of a budget is to last where no end of the event is known."""
    say: float = 5.0
    """Between two words on money."""
    again: float = 1.0
    """At least before connecting again; chance adds up to as many."""
    network: tuple[float, float] = (0.25, 16.0)
    """Added with every loss in a row, up to the longest wait."""
    http: tuple[float, float] = (5.0, 320.0)
    """After an answer that is an error, doubled up to the longest wait."""
    limited: tuple[float, float] = (60.0, 900.0)
    """After "too many requests" that names no time, doubled likewise."""
    denied: float = 900.0
    """Until a stream that was open once, and then refused, is asked for again."""
    healthy: float = 30.0
    """Of a connection, after which a loss is the first one again."""
    clear: float = 900.0
    """Between two requests to end streams that X still holds open."""


class Ladder:
    """The waits of losses in a row, each longer than the one before, none like another's."""

    def __init__(self, pace: Pace, random: Random) -> None:
        self.pace = pace
        self._random = random
        self._steps = 0

    def beside(self) -> Ladder:
        """Give another one, for losses that have nothing to do with these."""
        return Ladder(self.pace, self._random)

    def settled(self) -> None:
        """All is well: the next loss is the first one again."""
        self._steps = 0

    def network(self) -> float:
        """Give the wait after a connection that broke off, or never came about."""
        step, longest = self.pace.network
        return self._wait(min(longest, step * self._climb()))

    def http(self) -> float:
        """Give the wait after an answer that is an error."""
        return self._doubled(*self.pace.http)

    def limited(self, wait: float) -> float:
        """Give the wait after a limit; `wait` is what X says, 0 where it says nothing."""
        return self._wait(wait) if wait else self._doubled(*self.pace.limited)

    def _doubled(self, first: float, longest: float) -> float:
        return self._wait(min(longest, first * 2.0 ** min(self._climb(), 20)))

    def _climb(self) -> int:
        self._steps += 1
        return self._steps - 1

    def _wait(self, wait: float) -> float:
        again = self.pace.again * self._random.uniform(1.0, 2.0)
        return max(again, wait * self._random.uniform(1.0, 1.2))

"""Screens that were cut off: they show on what they had, though nobody is connected.

Owns for whom a thing that goes off has to wait beside those that are attached, and which names are
an audience's, of whose phones nobody waits for one. Pure; times are seconds of a clock that only
grows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

LONGEST = 30 * 60.0
"""Seconds for which a screen whose line was cut counts as one that still shows what it had."""

HOUSE = 20
"""Screens of one name, or without any, that can be the house's own."""

CROWDED = 60.0
"""Seconds for which more have a name until it is an audience's: where all come back at once, after
a switch was off, their old lines count beside the new ones for forty."""

ANEW = 30.0
"""Seconds within which a page that was closed comes back, where it only loads itself anew."""

KEPT = 200


class Who(NamedTuple):
    """A screen as it is told from others: by its name, or by its address where it has none."""

    name: str
    address: str

    @property
    def label(self) -> str:
        return self.name or self.address


class Away:
    """Who was cut off and is not back."""

    def __init__(self) -> None:
        self._attached: Counter[Who] = Counter()
        self._names: Counter[str] = Counter()
        self._many: dict[str, float] = {}
        self._audiences: set[str] = set()
        self._cut: dict[Who, list[float]] = {}
        self._closed: dict[Who, list[float]] = {}

    def came(self, who: Who, now: float) -> None:
        """Note that a screen is attached: it is the one that was closed just now, or cut off."""
        self._attached[who] += 1
        self._names[who.name] += 1
        if self._names[who.name] > HOUSE:
            self._many.setdefault(who.name, now)
        if anew := [at for at in self._closed.pop(who, ()) if now - at < ANEW]:
            self._closed[who] = anew[1:]
        elif cut := self._cut.pop(who, [])[1:]:
            self._cut[who] = cut

    def went(self, who: Who, now: float, *, closed: bool, back: bool) -> None:
        """Note that a screen is attached no longer; `back` is one that came anew before that."""
        self._attached[who] -= 1
        if not self._attached[who]:
            del self._attached[who]
        self._names[who.name] -= 1
        if self._names[who.name] <= HOUSE:
            self._many.pop(who.name, None)
        if not self._names[who.name]:
            del self._names[who.name]
        if closed and who in self._cut:
            self._closed[who] = [*self._closed.get(who, ()), now][-HOUSE:]
        elif not closed and not back and who.name not in self._audiences:
            cut = [at for at in self._cut.pop(who, ()) if now - at < LONGEST]
            if len(self._cut) < KEPT:
                self._cut[who] = [*cut, now]

    def is_audience(self, name: str) -> bool:
        """Say whether a name, or none, is that of an audience."""
        return name in self._audiences

    def tend(self, now: float) -> None:
        """Take a name that many have had for a while for an audience's; forget who is long gone."""
        for name, since in self._many.items():
            if now - since >= CROWDED and name not in self._audiences:
                self._audiences.add(name)
                # Who of it went away before is somebody's phone, too.
                self._cut = {who: cut for who, cut in self._cut.items() if who.name != name}
        self._cut = {
            who: recent
            for who, cut in self._cut.items()
            if (recent := [at for at in cut if now - at < LONGEST])
        }
        self._closed = {who: at for who, at in self._closed.items() if who in self._cut}

    def waited_for(self, now: float) -> Counter[str]:
        """Count, by their labels, those that were cut off."""
        counted: Counter[str] = Counter()
        for who, cut in self._cut.items():
            counted[who.label] += sum(now - at < LONGEST for at in cut)
        return +counted

    def standing(self) -> list[tuple[str, str, int]]:
        """Give name, address and number of those that show something: attached, or cut off."""
        there = Counter(
            {who: many for who, many in self._attached.items() if self._names[who.name] <= HOUSE}
        )
        for who, cut in self._cut.items():
            there[who] += len(cut)
        return [(*who, many) for who, many in islice(there.items(), KEPT)]

    def expect(self, standing: Iterable[tuple[str, str, int]], now: float) -> None:
        """Wait for those who were `standing` when this process's former life ended."""
        for name, address, many in standing:
            self._cut[Who(name, address)] = [now] * max(0, min(many, HOUSE))

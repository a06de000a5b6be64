"""Newcomers: a memory of what was heard of once, which stays small however much that is.

Owns nothing but the forgetting, which others share. Never decides what is worth a place of its own.
"""

from __future__ import annotations

from typing import Generic, TypeVar

_Name = TypeVar("_Name")
_First = TypeVar("_First")
_Any = TypeVar("_Any")


class Newcomers(Generic[_Name, _First]):
    """Remembers the last names, with what was put with each: `capacity` at least, twice at most.

    All older ones go at once: to find the oldest of a dict, all that was deleted before it is
    passed.
    """

    __slots__ = ("_before", "_capacity", "_now")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._now: dict[_Name, _First] = {}
        self._before: dict[_Name, _First] = {}

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def put(self, name: _Name, first: _First) -> None:
        if len(self._now) >= self._capacity:
            self._before, self._now = self._now, {}
        self._now[name] = first

    def get(self, name: _Name) -> _First | None:
        found = self._now.get(name)
        return self._before.get(name) if found is None else found


def forget_oldest(memory: dict[int, _Any], capacity: int) -> None:
    """Take away what was put first where there is a quarter too much; the same reason as above."""
    if len(memory) > capacity * 1.25:
        for oldest in list(memory)[: len(memory) - capacity]:
            del memory[oldest]

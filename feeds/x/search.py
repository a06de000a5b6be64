"""Recent search: which pages to ask for, so that nothing is left out between two looks.

Owns the marks: for each query the id up to which everything was handed over. A look turns all the
pages of all the queries; a mark moves when its query's last page is taken, for X gives the newest
first and a look that is broken off leaves a hole. It stays a little behind the newest post, for X
finds posts late, and not in their order. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from msgspec import Struct

from feeds.x.bodies import Body
from feeds.x.texts import TICK


class Ask(Struct, frozen=True):
    """A page to ask for; `token` is "" for a query's first one."""

    query: str
    since: int
    token: str = ""


class Marks:
    """Up to where each query is read; 0 before it has begun.

    `late` are the seconds by which a post may be found after one that was made later.
    """

    def __init__(self, queries: Sequence[str], late: float = 0.0) -> None:
        self._marks = dict.fromkeys(queries, 0)
        self._late = int(late * 1000) << TICK

    @property
    def oldest(self) -> int:
        """Give the mark that lies furthest back."""
        return min(self._marks.values(), default=0)

    def recall(self, known: Mapping[str, str]) -> None:
        """Take up the marks of an earlier run; a new query begins at the oldest of them."""
        read = {query: int(mark) for query, mark in known.items() if mark.isdecimal()}
        if read:
            oldest = min(read.values())
            for query in self._marks:
                self._marks[query] = read.get(query, oldest)

    def written(self) -> dict[str, str]:
        """Give the marks to be kept."""
        return {query: str(mark) for query, mark in self._marks.items() if mark}

    def move(self, newest: int) -> None:
        """Everything up to this id was handed over, by whatever way."""
        for query, mark in self._marks.items():
            self._marks[query] = max(mark, newest)

    def look(self) -> Look:
        """Begin to look for everything after the marks."""
        return Look(self._marks, self._late)


class Look:
    """One look through all queries, page by page; moves the marks that it was given."""

    def __init__(self, marks: dict[str, int], late: int) -> None:
        self._marks = marks
        self._late = late
        self._asks = deque(Ask(query, mark) for query, mark in marks.items())
        self._newest = 0
        self._begun_again = False
        self._given_up: set[str] = set()

    @property
    def ask(self) -> Ask | None:
        """Give the next page to ask for; None where all are taken."""
        return self._asks[0] if self._asks else None

    def take(self, body: Body) -> None:
        """Take in the answer to `ask`."""
        ask = self._asks.popleft()
        self._newest = max(self._newest, body.newest) if ask.token else body.newest
        if body.next_token:
            self._asks.appendleft(Ask(ask.query, ask.since, body.next_token))
        else:
            self._marks[ask.query] = max(self._marks[ask.query], self._newest - self._late)

    def begin_again(self) -> bool:
        """Ask for the first page of the query again; tell whether that is new to this look."""
        ask = self._asks.popleft()
        self._asks.appendleft(Ask(ask.query, ask.since))
        new, self._begun_again = not self._begun_again, True
        return new

    def give_up(self, horizon: int, present: int) -> int:
        """Leave out what lies before the horizon, for the query that is asked; give from where on.

        Where that was refused in this look before, everything before the present is left out.
        """
        query = self._asks.popleft().query
        start = present
        if query not in self._given_up:
            self._given_up.add(query)
            self._asks.appendleft(Ask(query, horizon))
            start = horizon
        self._marks[query] = max(self._marks[query], start)
        return start

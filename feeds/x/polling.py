"""X without its stream: search, again and again, at the pace that the budget allows.

Owns the reading of search's pages, which the stream's gaps need, too, and the waits between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from eventlive.model import Batch, Skipped, Status
from feeds.x.api import SEARCH, Api, Refusal, Session
from feeds.x.journal import Journal
from feeds.x.pace import Ladder
from feeds.x.search import Look
from feeds.x.texts import TICK, Unreadable, timed

LOOK_BACK = 7 * 24 * 3600 - 600
"""Seconds for which X searches back, less ten minutes: a look of many pages takes its time."""


async def turn(
    api: Api, look: Look, journal: Journal, session: Session
) -> tuple[Batch | None, float]:
    """Read the look's next page; give what to hand over, and what it cost.

    X refuses to begin before the last seven days: what lies further back is given up, and said.
    Where it no longer takes its own token of a page, the query begins again, once in a look; after
    that, Unreadable is raised.
    """
    ask = look.ask
    assert ask is not None, "whoever turns pages looks first whether there is one"
    try:
        body = await api.search(ask.query, ask.since, ask.token, journal.ledger.page())
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        if "since_id" in str(refusal.problem):
            return _give_up(look, journal, session, refusal), 0.0
        if not ask.token:
            raise
        if not look.begin_again():
            raise Unreadable(f"X does not turn its own pages: {refusal}") from refusal
        return None, 0.0
    cost = journal.enter(body)
    look.take(body)
    faults = [Skipped("x: search", fault) for fault in body.faults]
    # X gives the newest first; the desk takes them as they were said.
    return journal.batch(reversed(body.events), faults), cost


def _give_up(look: Look, journal: Journal, session: Session, refusal: Refusal) -> Batch | None:
    present = session.present()
    start = timed(str(look.give_up(present - (LOOK_BACK * 1000 << TICK), present)))
    gone = f"what came before {start:%Y-%m-%d %H:%M} UTC is gone, for X does not search for it"
    return journal.batch(skipped=[Skipped("x: search", f"{gone}: {refusal}")])


class Polling:
    """Search as the whole feed; `why` says to a person that it is, and for what reason."""

    def __init__(
        self,
        journal: Journal,
        session: Session,
        ladder: Ladder,
        clock: Callable[[], datetime],
        ends: datetime | None,
    ) -> None:
        self._journal = journal
        self._session = session
        self._pace = ladder.pace
        self._ladder = ladder
        self._clock = clock
        self._ends = ends
        self._lasts_until = float("-inf")

    async def follow(
        self, api: Api, why: str, until: float = float("inf")
    ) -> AsyncGenerator[Batch | Status]:
        """Search until the budget is spent, or a moment of the loop. Raises what Api raises."""
        loop = asyncio.get_running_loop()
        look: Look | None = None
        due = loop.time()
        while self._journal.ledger.phase != "stop" and loop.time() < until:
            if (closed := self._session.closed_for(SEARCH)) > max(0.0, due - loop.time()):
                yield self._journal.status("limited", "no search is left before", closed)
                due = loop.time() + closed
            await asyncio.sleep(max(0.0, due - loop.time()))
            look = look or self._journal.marks.look()
            try:
                batch, cost = await turn(api, look, self._journal, self._session)
            except Refusal as refusal:
                if refusal.status != 429:
                    raise
                wait = self._ladder.limited(refusal.wait)
                yield self._journal.status("limited", str(refusal), wait)
                due = loop.time() + wait
                continue
            self._ladder.settled()
            if batch is not None:
                yield batch
            if look.ask is None:
                look = None
            pause = max(self._pause(cost), self._pace.poll if look is None else 0.0)
            due = loop.time() + pause
            news = self._journal.news("live", f"{why}: the next search in {pause:.0f} s")
            if news is not None:
                yield news

    def _pause(self, cost: float) -> float:
        """Wait so long after a page that the budget lasts, where it must."""
        ledger, now = self._journal.ledger, asyncio.get_running_loop().time()
        if self._ends is not None:
            left = (self._ends - self._clock()).total_seconds()
        elif ledger.phase == "slow":
            if now >= self._lasts_until:
                self._lasts_until = now + self._pace.hour
            left = self._lasts_until - now
        else:
            return 0.0
        return ledger.pause(cost, max(left, self._pace.poll))

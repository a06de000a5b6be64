"""X's way in: its stream while the budget allows, and search for what the stream missed, or alone.

Owns the order of things (forecast, stream, search, rest), and what an error of X means to the
engine. Never waits between connections: it says that it is lost, and for how long, and the engine
waits and calls again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime
from random import Random
from typing import Literal

from eventlive.errors import FeedLost, FeedRefused
from eventlive.model import Batch, Status
from feeds.x.api import NETWORK, Api, Connector, Refusal, Session, told
from feeds.x.journal import Journal
from feeds.x.money import Ledger
from feeds.x.pace import Ladder, Pace
from feeds.x.polling import Polling
from feeds.x.rules import QUERY_MAX, RULE_MAX, joined, terms
from feeds.x.search import Marks
from feeds.x.stream import Ended, Silent
from feeds.x.streaming import NoAccess, Streaming
from feeds.x.texts import Unreadable, short

MINUTE = 60.0


class X:
    """Posts with a hashtag, a keyword, or one of our accounts in them, and replies to those.

    `secrets` hold the app's `bearer_token`. With `mode` "search" the stream is never opened. At
    75 % of `budget_usd` (0: none) the feed warns; at 90 % it leaves the stream and searches at
    the pace at which the rest lasts until `ends`, or for an hour; at 100 % it rests. `prices` are
    in dollars, by the names in money.PRICES.

    An edit is heard where it still matches. X tells nobody but enterprise customers of deletions.
    """

    def __init__(  # noqa: PLR0913 - what a script says of a feed, and what a test may replace
        self,
        id: str,
        *,
        hashtags: Iterable[str] = (),
        keywords: Iterable[str] = (),
        accounts: Iterable[str] = (),
        secrets: Mapping[str, str],
        mode: Literal["stream", "search"] = "stream",
        budget_usd: float = 0.0,
        ends: datetime | None = None,
        prices: Mapping[str, float] | None = None,
        clock: Callable[[], datetime],
        random: Random,
        connector: Connector | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.id = id
        self._token = secrets.get("bearer_token", "").strip()
        self._streams = mode == "stream"
        self._forecast = ""
        self._fault = ""
        wanted: tuple[str, ...] = ()
        ledger = Ledger(budget_usd, {})
        try:
            wanted = terms(hashtags, keywords, accounts)
            ledger = Ledger(budget_usd, prices or {})
        except ValueError as error:
            self._fault = str(error)
        if not wanted and not self._fault:
            self._fault = "nothing to listen for: name a hashtag, a keyword or an account"
        self._queries = joined(wanted, QUERY_MAX)
        self._session = Session(self._token, connector, clock)
        self._pace = pace or Pace()
        self._journal = Journal(ledger, Marks(self._queries, self._pace.late), clock)
        self._ladder = Ladder(self._pace, random)
        self._streaming = Streaming(
            id,
            joined(wanted, RULE_MAX),
            self._session,
            self._journal,
            self._ladder,
        )
        self._polling = Polling(self._journal, self._session, self._ladder, clock, ends)
        self._searches = "the stream is not asked for"
        self._was_live = self._had_stream = False
        self._denied_until = float("-inf")

    async def follow(self, cursor: str) -> AsyncGenerator[Batch | Status]:
        """Follow the stream, or search where there is none; goes on until it is closed.

        Raises FeedLost with the wait that X's advice and headers ask for, and FeedRefused where
        X, in its own words, takes neither the token nor the app, and never did in this run.
        """
        if self._fault:
            raise FeedRefused(self._fault)
        if not (self._token and self._token.isascii() and self._token.isprintable()):
            raise FeedRefused(f"no usable bearer token: set {self._variable} to that of the X app")
        self._journal.recall(cursor)
        try:
            if self._journal.ledger.phase != "stop":
                async with (
                    Api(self._session) as api,
                    aclosing(self._read(api)) as steps,
                ):
                    async for step in steps:
                        yield step
        except (Ended, Refusal, Unreadable, *NETWORK) as error:
            lost = self._lost(error)
            if isinstance(error, Refusal) and error.status == 429 and isinstance(lost, FeedLost):
                yield self._journal.status("limited", lost.reason, lost.retry_after)
            elif isinstance(error, Silent):
                yield self._journal.status("silent", str(error))
            raise lost from error
        while True:
            yield self._journal.status(
                "over-budget",
                f"the budget of ${self._journal.ledger.budget:.2f} is spent: raise budget_usd in "
                "the script, and start again",
            )
            await asyncio.sleep(MINUTE)

    async def _read(self, api: Api) -> AsyncGenerator[Batch | Status]:
        """Read until the budget is spent."""
        yield self._journal.status("starting", self._forecast)
        streams = self._journal.ledger.phase in {"normal", "warn"}
        if streams and not self._forecast:
            self._forecast = await self._estimate(api)
            yield self._journal.status("starting", self._forecast)
        if not self._journal.marks.oldest:
            self._journal.marks.move(self._session.present())
        if (batch := self._journal.batch()) is not None:
            yield batch
        while self._journal.ledger.phase != "stop":
            if self._may_stream:
                try:
                    async with aclosing(self._streaming.follow(api, self._forecast)) as steps:
                        async for step in steps:
                            self._was_live = self._had_stream = True
                            yield step
                except NoAccess as error:
                    wait = self._pace.denied if self._had_stream else float("inf")
                    self._denied_until = _now() + wait
                    self._searches = f"no access to the stream ({error})"
            denied = self._denied_until > _now()
            until = self._denied_until if denied else float("inf")
            why = self._searches
            if self._streams and not denied:
                why = "the budget is nearly spent, so there is search instead of the stream"
            async with aclosing(self._polling.follow(api, why, until)) as steps:
                async for step in steps:
                    self._was_live |= isinstance(step, Batch) or step.state == "live"
                    yield step

    @property
    def _may_stream(self) -> bool:
        """Tell whether the stream is asked for, the budget allows it, and X is not known not to."""
        within = self._journal.ledger.phase in {"normal", "warn"}
        return self._streams and within and _now() >= self._denied_until

    async def _estimate(self, api: Api) -> str:
        """Ask what there was, and say what it will cost; a feed without a forecast is a feed."""
        an_hour = 0.0
        try:
            for query in self._queries:
                an_hour += (await api.counts(query)).an_hour()
                self._journal.asked_counts()
        except (Refusal, Unreadable) as error:
            if isinstance(error, Refusal) and error.status in {401, 402}:
                raise
            return f"no forecast: {short(error)}"
        return self._journal.ledger.forecast(an_hour)

    def _lost(self, error: Exception) -> FeedLost | FeedRefused:
        """Say what an error means; only X's own word counts as final, not a gateway's.

        Nor does its word once it let us in: it errs, too, and credits can be bought meanwhile.
        """
        if not isinstance(error, Refusal):
            wait = self._ladder.http if isinstance(error, Unreadable) else self._ladder.network
            return FeedLost(told(error), wait())
        if error.problem is not None and error.status == 400:
            return FeedRefused(f"X does not take what is asked for ({error})")
        final = {
            401: f"X does not take the token: check {self._variable}",
            402: "X's credits are used up: buy some in X's developer console",
            403: "X lets this app read nothing: see its access in the console",
        }
        if error.problem is not None and error.status in final:
            reason = f"{final[error.status]} ({error})"
            if self._was_live:
                return FeedLost(reason, self._ladder.limited(error.wait))
            return FeedRefused(reason)
        if error.status == 429:
            return FeedLost(str(error), self._ladder.limited(error.wait))
        return FeedLost(str(error), self._ladder.http())

    @property
    def _variable(self) -> str:
        return f"EVENTLIVE_{self.id.upper().replace('-', '_')}_BEARER_TOKEN"


def _now() -> float:
    return asyncio.get_running_loop().time()

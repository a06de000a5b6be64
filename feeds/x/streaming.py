"""X's stream as the feed follows it: the rules, one connection, and the gap before it.

Owns what a line of the stream is to us, and that nothing is missed around a connection. A gap is
filled while the stream goes on. The cursor stays before the gap until it is whole; search is asked
for it twice, for it finds a post only half a minute after it was made.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing

from eventlive.errors import FeedRefused
from eventlive.model import Batch, Edited, Post, Skipped, Status
from feeds.x.api import NETWORK, SEARCH, STREAM, Api, Refusal, Session, told
from feeds.x.bodies import Body, Problem, read_body
from feeds.x.journal import Journal
from feeds.x.pace import Ladder, Pace
from feeds.x.polling import turn
from feeds.x.rules import difference
from feeds.x.search import Look, Marks
from feeds.x.stream import Ended, Silent, Stream
from feeds.x.texts import TICK, Unreadable, timed

log = logging.getLogger("eventlive.feeds.x")

WHERE = "x: stream"


class NoAccess(Exception):
    """The app may not use the stream; search is open to everybody."""


class Gap:
    """What was posted before a connection, and two looks for it: at once, and when all is settled.

    Once it is whole, the marks move with the stream, a little behind: posts overtake each other.
    """

    def __init__(self, marks: Marks, pace: Pace, now: float) -> None:
        self._marks = marks
        self._looks = deque((now, now + pace.settle))
        self._rewind = int(pace.rewind * 1000) << TICK
        self._not_before = now
        self._newest = 0
        self.look: Look | None = None

    @property
    def waits(self) -> bool:
        """Tell whether a look is due or under way."""
        return self.look is not None or len(self._looks) == 2

    @property
    def due(self) -> float:
        """Give the moment of the next page; infinite where the gap is closed."""
        at = self._not_before if self.look else self._looks[0] if self._looks else float("inf")
        return max(at, self._not_before)

    def page(self) -> Look:
        """Give the look whose page is due."""
        if self.look is None:
            self._looks.popleft()
            self.look = self._marks.look()
        return self.look

    def turned(self) -> None:
        """A page was taken."""
        if self.look is not None and self.look.ask is None:
            self.look = None
            self.heard(0)

    def later(self, moment: float) -> None:
        """Ask for no page before a moment."""
        self._not_before = moment

    def heard(self, newest: int) -> None:
        """The stream brought posts up to this id."""
        self._newest = max(self._newest, newest)
        if self.look is None and not self._looks and self._newest:
            self._marks.move(max(0, self._newest - self._rewind))


class Streaming:
    """The stream of one feed, connection after connection."""

    def __init__(
        self,
        feed: str,
        rules: Sequence[str],
        session: Session,
        journal: Journal,
        ladder: Ladder,
    ) -> None:
        self._feed = feed
        self._rules = rules
        self._session = session
        self._journal = journal
        self._pace = ladder.pace
        self._ladder = ladder
        self._filling = ladder.beside()
        self._ours: frozenset[str] = frozenset()
        self._faults = 0
        self._cleared_at = float("-inf")

    async def follow(self, api: Api, forecast: str) -> AsyncGenerator[Batch | Status]:
        """Follow one connection until it ends, or the budget is nearly spent.

        Raises NoAccess, Ended, what Api raises, and FeedRefused where X does not take a rule.
        """
        if wait := self._session.closed_for(STREAM):
            raise Refusal(429, Problem("no connection to the stream is left"), wait)
        async with AsyncExitStack() as stack:
            try:
                await self._agree(api)
                stream = Stream(self._session, self._pace.silence)
                await stack.enter_async_context(stream)
            except Refusal as refusal:
                if refusal.status == 403 and refusal.problem is not None:
                    raise NoAccess(str(refusal)) from refusal
                if await self._hung_up(api, refusal.problem):
                    first, _ = self._pace.http
                    raise Refusal(refusal.status, refusal.problem, first) from refusal
                raise
            opened = _now()
            try:
                async with aclosing(self._read(api, stream, forecast)) as steps:
                    async for step in steps:
                        yield step
            finally:
                if _now() - opened >= self._pace.healthy:
                    self._ladder.settled()

    async def _agree(self, api: Api) -> None:
        """Make X's rules those that are wanted, and remember which they are."""
        change = difference(self._feed, self._rules, await api.rules())
        added, problem = await api.change(change)
        if problem is not None:
            # Two who add the same rule at once: the next time, it is there.
            if "duplicate" in str(problem).lower():
                raise Refusal(409, problem)
            raise FeedRefused(f"X does not take what is to be listened for: {problem}")
        self._ours = frozenset((*change.ours, *(rule.id or "" for rule in added)))

    async def _hung_up(self, api: Api, problem: Problem | None) -> bool:
        """End streams that X holds open for nobody; only now and then: they may be another's."""
        if problem is None or problem.connection_issue != "TooManyConnections":
            return False
        if _now() - self._cleared_at < self._pace.clear:
            return False
        self._cleared_at = _now()
        try:
            await api.hang_up()
        except Refusal as refusal:
            log.warning("feed %s: X does not end its streams: %s", self._feed, refusal)
            return False
        return True

    # --- one connection --------------------------------------------------------------------------

    async def _read(
        self, api: Api, stream: Stream, forecast: str
    ) -> AsyncGenerator[Batch | Status]:
        """Take the stream's lines, and between them the pages of the gap before them."""
        gap = Gap(self._journal.marks, self._pace, _now())
        since = timed(str(self._journal.marks.oldest))
        yield self._journal.status("catching-up", f"since {since:%Y-%m-%d %H:%M:%S} UTC")
        behind, quiet, told = True, 0.0, _now()
        while self._journal.ledger.phase in {"normal", "warn"}:
            if gap.due <= _now():
                said = await self._fill(api, gap)
                if isinstance(said, Status):
                    behind = True
                if said is not None:
                    yield said
            if behind and not gap.waits:
                behind, told = False, float("-inf")
            if _now() - told >= self._pace.say and not behind:
                told = _now()
                if (news := self._journal.news("live", forecast)) is not None:
                    yield news
            asked = _now()
            lines = await stream.read(max(0.0, min(gap.due - asked, self._pace.say)))
            quiet = 0.0 if lines else quiet + _now() - asked
            if quiet >= self._pace.silence:
                raise Silent(f"X sent no line for {self._pace.silence:g} s")
            batch, end = self._take(lines, gap)
            if batch is not None:
                yield batch
            if end is not None:
                await self._hung_up(api, end)
                raise Ended(f"X ended the stream: {end}")

    async def _fill(self, api: Api, gap: Gap) -> Batch | Status | None:
        """Read a page of the gap; where that fails, say so, and leave the stream alone."""
        try:
            if wait := self._session.closed_for(SEARCH):
                raise Refusal(429, Problem("no search is left"), wait)
            batch, _ = await turn(api, gap.page(), self._journal, self._session)
        except (Refusal, Unreadable, *NETWORK) as error:
            if isinstance(error, Refusal) and error.status == 429:
                wait = self._filling.limited(error.wait)
            else:
                wait = self._filling.http()
            gap.later(_now() + wait)
            return self._journal.status(
                "catching-up", f"what came before waits: {told(error)}", wait
            )
        self._filling.settled()
        gap.turned()
        return batch

    def _take(self, lines: list[bytes], gap: Gap) -> tuple[Batch | None, Problem | None]:
        """Make a batch of lines; a problem after which nothing follows comes with it."""
        events: list[Post | Edited] = []
        skipped: list[Skipped] = []
        newest = 0
        end: Problem | None = None
        for line in filter(None, lines):
            try:
                body = read_body(line)
            except Unreadable as error:
                skipped.append(Skipped(WHERE, str(error)))
                continue
            except Exception:
                # One post must not end the coverage; the first one tells its place.
                if not self._faults:
                    log.exception("feed %s brought what cannot be", self._feed)
                self._faults += 1
                skipped.append(Skipped(WHERE, "a fault in the program; the log has it"))
                continue
            self._journal.enter(body)
            skipped += (Skipped(WHERE, fault) for fault in body.faults)
            if self._is_ours(body):
                events += body.events
                newest = max(newest, body.newest)
            if body.problem is not None and not body.events:
                if body.problem.ends_stream:
                    end = body.problem
                else:
                    skipped.append(Skipped(WHERE, str(body.problem)))
        gap.heard(newest)
        return self._journal.batch(events, skipped), end

    def _is_ours(self, body: Body) -> bool:
        """Tell whether a rule of ours matched: the stream brings what any of the app's asks for."""
        return not body.rules or any(rule.id in self._ours for rule in body.rules)


def _now() -> float:
    return asyncio.get_running_loop().time()

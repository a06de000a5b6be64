"""The way in: from what feeds bring to what the desk takes.

Owns the feeds' supervision, cleaning, judging, and the dropping of what was seen before. Never
decides anything editorial and never stores. Works in slices of a few milliseconds, so that a
flood leaves the engine's loop free; its queues are bounded, and a full one makes feeds wait,
which makes their sockets push back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from random import Random
from typing import Protocol, assert_never

from eventlive.desk.inputs import Arrived, Gone, Input, Revised
from eventlive.errors import FeedLost, FeedRefused
from eventlive.listening.cleaning import clean
from eventlive.listening.judging import Judge
from eventlive.model import (
    Batch,
    Deleted,
    Edited,
    FeedEvent,
    FeedHealth,
    Post,
    Skipped,
    Status,
)
from eventlive.rhythm import FeedRecord

log = logging.getLogger("eventlive.intake")

FEED_QUEUE = 16
"""Batches that wait between all feeds and intake; a full queue makes the feeds wait."""

BATCH = 250
"""Posts at most that the desk takes at once."""

SLICE = 48
"""Posts judged before the loop may do something else: about two milliseconds."""

REMEMBERED = 50_000
"""Keys of posts kept in memory; older ones are looked up in the store."""

BACK_OFF = (0.5, 60.0)
"""Seconds: the first wait of a lost feed, and the longest."""

FAULT_WAIT = 60.0
"""Seconds until a feed with a fault of ours is tried again."""

SKIPS_SAID = 20
"""Unusable posts of a feed that are named in the log; the rest are counted."""


class Feed(Protocol):
    """A way in from one network.

    `follow` connects and yields batches in order, and Status when it has something to say of
    itself; it goes on until it is closed. It raises FeedLost when the connection is gone (calling
    it again, with the cursor of the last batch, tries again, on another host where there is one)
    and FeedRefused when only a person can mend it. A recording that is over yields Status("ended")
    and returns; any other return counts as lost. It hands over every delete that it sees; the
    engine drops those of posts it never knew. It must not hold the loop for more than a few
    milliseconds at a time.
    """

    id: str

    def follow(self, cursor: str) -> AsyncIterator[Batch | Status]: ...


class Known(Protocol):
    """What intake asks of the store."""

    async def known(self, keys: list[str]) -> set[str]: ...


@dataclass(slots=True)
class Arrivals:
    """A batch for the desk, with the feeds' marks to store beside it."""

    inputs: list[Input] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What came in since the start, beside the posts that are stored."""

    repeats: int = 0
    edits: int = 0
    skipped: int = 0


class Intake:
    """The way in of one engine; `deliver` waits while the desk is busy."""

    def __init__(
        self,
        judge: Judge,
        store: Known,
        clock: Callable[[], datetime],
        random: Random,
        deliver: Callable[[Arrivals], Awaitable[None]],
    ) -> None:
        self.counts = Counts()
        self.judge = judge
        self._store = store
        self._clock = clock
        self._random = random
        self._deliver = deliver
        self._queue: asyncio.Queue[tuple[str, Batch]] = asyncio.Queue(FEED_QUEUE)
        self._recent: dict[str, None] = {}
        self._feeds: dict[str, FeedRecord] = {}

    def health(self) -> tuple[FeedHealth, ...]:
        """Say how each feed is."""
        passed = time.monotonic()
        return tuple(feed.health(passed) for feed in self._feeds.values())

    async def supervise(self, feed: Feed, cursor: str) -> None:
        """Follow a feed for as long as it can be followed; ends only where trying is no use.

        A lost one is tried again, waiting longer each time, with jitter; what is broken says so in
        health and is tried again once in a while; what is refused stays away. The show goes on.
        """
        record = self._feeds[feed.id] = FeedRecord(feed.id, cursor)
        tries = 0
        while True:
            record.heard = False
            try:
                await self._follow(feed, record)
                return
            except FeedRefused as error:
                log.error("feed %s was refused: %s", feed.id, error)  # noqa: TRY400 - no fault of ours
                record.say("refused", str(error))
                return
            except FeedLost as error:
                lost = error
            except Exception:
                log.exception("feed %s failed; the other feeds go on", feed.id)
                record.say("failed", "a fault in the program; the log has it")
                # What it met may have passed by then; a fault that stays costs a try a minute.
                await asyncio.sleep(FAULT_WAIT * self._random.uniform(0.5, 1.5))
                continue
            tries = 0 if record.heard else tries + 1
            first, longest = BACK_OFF
            wait = min(longest, first * 2.0 ** min(tries, 10)) * self._random.uniform(0.5, 1.5)
            wait = max(wait, lost.retry_after)
            log.warning("feed %s is lost: %s; again in %.1f s", feed.id, lost.reason, wait)
            # A limit's end is worth more to a person than that the connection went with it.
            if record.state != "limited":
                record.say("lost", lost.reason)
            await asyncio.sleep(wait)

    async def run(self) -> None:
        """Take what feeds bring, until cancelled."""
        while True:
            arrivals = Arrivals()
            await self._take(arrivals, *await self._queue.get())
            while len(arrivals.inputs) < BATCH and not self._queue.empty():
                await self._take(arrivals, *self._queue.get_nowait())
            await self._leave_out_known(arrivals)
            await self._deliver(arrivals)

    # --- feeds -------------------------------------------------------------------------------

    async def _follow(self, feed: Feed, record: FeedRecord) -> None:
        ended = False
        async with aclosing(closable(feed.follow(record.cursor))) as steps:
            async for step in steps:
                match step:
                    case Status(state):
                        ended = state == "ended"
                        record.heard = record.heard or state == "live"
                        record.take(step)
                    case Batch():
                        await self._queue.put((feed.id, step))
                        record.cursor = step.cursor or record.cursor
                        # A mark alone does not show that anything is read.
                        if step.events:
                            record.heard = True
                            if record.state in ("starting", "lost", "silent", "failed"):
                                record.say("live")
                    case _:
                        assert_never(step)
        if not ended:
            raise FeedLost("the feed ended by itself")

    # --- posts -------------------------------------------------------------------------------

    async def _take(self, arrivals: Arrivals, feed: str, batch: Batch) -> None:
        """Clean and judge a batch, a slice at a time."""
        record = self._feeds[feed]
        now = self._clock()
        for start in range(0, len(batch.events), SLICE):
            for event in batch.events[start : start + SLICE]:
                try:
                    self._judged(arrivals, record, event, now)
                except Exception:
                    # One feed's fault must not end the coverage; the first one tells its place.
                    if not record.faults:
                        log.exception("feed %s brought what cannot be", record.id)
                    record.faults += 1
                    self._skip(record, Skipped("a fault in the program", "the log has it"))
            await asyncio.sleep(0)
        for skip in batch.skipped:
            self._skip(record, skip)
        if batch.cursor:
            arrivals.cursors[feed] = batch.cursor
        # Deletes may be those of a whole network; what counts is what was said.
        if posts := sum(isinstance(event, Post) for event in batch.events):
            record.count(posts, now, time.monotonic())

    def _judged(
        self, arrivals: Arrivals, record: FeedRecord, event: FeedEvent, now: datetime
    ) -> None:
        match event:
            case Post():
                if event.key in self._recent:
                    self.counts.repeats += 1
                elif (post := self._cleaned(record, event)) is not None:
                    self._remember(post.key)
                    arrivals.inputs.append(Arrived(post, self.judge.judge(post), now))
            case Edited():
                if (post := self._cleaned(record, event.post)) is not None:
                    self.counts.edits += 1
                    arrivals.inputs.append(Revised(post, self.judge.judge(post), now))
            case Deleted(_, post_id):
                if post_id.isascii() or post_id.encode(errors="replace").decode() == post_id:
                    arrivals.inputs.append(Gone(event.key))
                else:
                    self._skip(record, Skipped("a delete", "its id cannot be one"))
            case _:
                assert_never(event)

    def _cleaned(self, record: FeedRecord, post: Post) -> Post | None:
        try:
            return clean(post)
        except ValueError as error:
            self._skip(record, Skipped(post.key[:80], str(error)))
            return None

    def _skip(self, record: FeedRecord, skip: Skipped) -> None:
        self.counts.skipped += 1
        record.skipped += 1
        level = logging.WARNING if record.skipped <= SKIPS_SAID else logging.INFO
        log.log(level, "feed %s skipped %s: %s", record.id, skip.where, skip.reason)
        if record.skipped == SKIPS_SAID:
            log.warning(
                "feed %s: further ones are counted, and said at --log-level info", record.id
            )

    def _remember(self, key: str) -> None:
        self._recent[key] = None
        # Many at once: to find the oldest of a dict, all that was deleted before it is passed.
        if len(self._recent) > REMEMBERED * 1.1:
            for oldest in list(islice(self._recent, len(self._recent) - REMEMBERED)):
                del self._recent[oldest]

    async def _leave_out_known(self, arrivals: Arrivals) -> None:
        """Drop posts that are stored already: a cursor wound back, a second feed, a restart."""
        keys = [one.post.key for one in arrivals.inputs if isinstance(one, Arrived)]
        known = await self._store.known(keys) if keys else set()
        if known:
            arrivals.inputs = [
                one
                for one in arrivals.inputs
                if not (isinstance(one, Arrived) and one.post.key in known)
            ]
        self.counts.repeats += len(known)


async def closable(
    steps: AsyncIterator[Batch | Status],
) -> AsyncGenerator[Batch | Status, None]:
    """Make sure that a feed's generator is closed when following ends, whatever kind it is."""
    try:
        async for step in steps:
            yield step
    finally:
        if isinstance(steps, AsyncGenerator):
            await steps.aclose()

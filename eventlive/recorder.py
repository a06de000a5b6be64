"""Feeds written down as JSON Lines, the format that a replay plays.

Owns the writing; judges and drops nothing, so that a recording is what the networks said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import islice
from typing import BinaryIO, assert_never

import msgspec

from eventlive.errors import FeedLost
from eventlive.intake import BACK_OFF, REMEMBERED, Feed, closable
from eventlive.model import Batch, Deleted, Edited, FeedEvent, Post, Status

log = logging.getLogger("eventlive.recorder")


class Recorder:
    """Writes what feeds bring to `out`, a line each, as it comes."""

    def __init__(self, out: BinaryIO, clock: Callable[[], datetime]) -> None:
        self.lines = 0
        self.skipped = 0
        self.last = ""
        self._out = out
        self._written: dict[str, None] = {}
        self._clock = clock

    async def run(self, feeds: Sequence[Feed], stop: asyncio.Event) -> None:
        """Record until every feed has ended, or `stop` is set. Raises FeedRefused in a group."""
        async with asyncio.TaskGroup() as tasks:
            working = [
                tasks.create_task(self._record(feed), name=f"feed:{feed.id}") for feed in feeds
            ]
            stopping = tasks.create_task(stop.wait(), name="stop")
            running = {*working, stopping}
            while stopping in running and len(running) > 1:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()

    async def _record(self, feed: Feed) -> None:
        cursor, tries = "", 0
        while True:
            try:
                async with aclosing(closable(feed.follow(cursor))) as steps:
                    async for step in steps:
                        match step:
                            case Status("ended"):
                                return
                            case Status():
                                pass
                            case Batch():
                                self._write(step)
                                cursor, tries = step.cursor or cursor, 0
                            case _:
                                assert_never(step)
                raise FeedLost("the feed ended by itself")
            except FeedLost as error:
                first, longest = BACK_OFF
                wait = max(error.retry_after, min(longest, first * 2.0 ** min(tries, 10)))
                tries += 1
                log.warning("feed %s is lost: %s; again in %.1f s", feed.id, error.reason, wait)
                await asyncio.sleep(wait)

    def _write(self, batch: Batch) -> None:
        for event in batch.events:
            if isinstance(event, Deleted) and event.key not in self._written:
                # A feed may hand over the deletes of its whole network.
                continue
            if isinstance(event, Post):
                self._remember(event.key)
            self._out.write(line_of(event, self._clock()))
            self.lines += 1
        self._out.flush()
        for skip in batch.skipped:
            self.skipped += 1
            self.last = f"{skip.where}: {skip.reason}"
            log.warning("skipped %s", self.last)

    def _remember(self, key: str) -> None:
        self._written[key] = None
        if len(self._written) > REMEMBERED * 1.1:
            for oldest in list(islice(self._written, len(self._written) - REMEMBERED)):
                del self._written[oldest]


def line_of(event: FeedEvent, now: datetime | None = None) -> bytes:
    """Write the line of an event; `now` is when it happened where it does not say itself."""
    match event:
        case Post():
            line: object = event
        case Edited(post, at):
            line = {"edit": post} | _at(at or now)
        case Deleted(network, post_id, at):
            line = {"delete": Deleted(network, post_id)} | _at(at or now)
        case _:
            assert_never(event)
    return msgspec.json.encode(line) + b"\n"


def _at(at: datetime | None) -> dict[str, datetime]:
    return {"at": at} if at else {}

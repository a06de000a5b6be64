"""Recorded posts, played again in their own rhythm.

Owns the reading of JSON Lines (docs/protocol.md, "Posts as JSON Lines") and their timing. Never
changes a post. The same lines are what `eventlive record` writes.
"""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from eventlive.errors import FeedRefused
from eventlive.model import Batch, Deleted, Edited, FeedEvent, Moment, Post, Skipped, Status

AS_FAST_AS_IT_GOES = 0.0
"""The speed that does not wait at all."""

SLICE = 64
"""Lines read before the loop may do something else: about two milliseconds."""

LINE_MAX = 1 << 20
"""Bytes of the longest line that is read; a longer one is skipped."""

REASON_MAX = 200
"""Characters of a reason; what was wrong is quoted in it, at whatever length it came."""

TOGETHER = 0.02
"""Seconds: posts that fall due within this are handed over together."""

LONGEST_WAIT = 5.0
"""Seconds after which the feed shows itself although nothing was due."""


class _Line(msgspec.Struct, frozen=True):
    """A line that is no post: a delete or an edit, with its time where it has one."""

    delete: Deleted | None = None
    edit: Post | None = None
    at: Moment | None = None


_post = msgspec.json.Decoder(Post)
_any = msgspec.json.Decoder()


def read_line(line: bytes) -> tuple[FeedEvent, datetime | None]:
    """Read one line: what it says, and when, where it says so.

    Raises ValueError with the reason. A null counts as left out, wherever it stands.
    """
    try:
        post = _post.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        try:
            return _read_other(_any.decode(line))
        except msgspec.ValidationError as error:
            raise ValueError(str(error)[:REASON_MAX]) from error
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise ValueError(f"this is not JSON: {error}"[:REASON_MAX]) from error
    return post, post.created_at


def _read_other(line: object) -> tuple[FeedEvent, datetime | None]:
    """Read an edit, a delete, or a post with nulls; the slow way."""
    data = _without_null(line)
    if not isinstance(data, dict):
        raise ValueError("a line must be an object")
    if "delete" not in data and "edit" not in data:
        post = msgspec.convert(data, Post)
        return post, post.created_at
    change = msgspec.convert(data, _Line)
    if change.delete is not None:
        at = change.at or change.delete.at
        return Deleted(change.delete.network, change.delete.id, at), at
    assert change.edit is not None
    return Edited(change.edit, change.at), change.at


def _without_null(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_null(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_null(one) for one in value if one is not None]
    return value


class Replay:
    """A file of recorded posts as a feed.

    `speed` 10 plays ten times as fast as it was recorded, AS_FAST_AS_IT_GOES without waiting. Its
    first post comes at once; where it is told what time it `starts` at, as in a rehearsal, each
    comes at its own time, and what was before that at once.
    The cursor is the byte to go on from, so that a restart goes on where it was.
    """

    def __init__(
        self, id: str, path: Path, speed: float = 1.0, starts: datetime | None = None
    ) -> None:
        self.id = id
        self._path = path
        self._speed = speed
        self._starts = starts

    async def follow(self, cursor: str) -> AsyncIterator[Batch | Status]:
        """Play the file from `cursor` to its end, then say "ended".

        A bad line is skipped with file, line and reason. Raises FeedRefused where the file
        cannot be read.
        """
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise FeedRefused(f"{self._path}: {error.strerror}") from error
        with file:
            lines = _Lines(file, str(self._path), int(cursor) if cursor.isdecimal() else 0)
            at_once = self._speed == AS_FAST_AS_IT_GOES
            async for batch in self._at_once(lines) if at_once else self._in_rhythm(lines):
                yield batch
        yield Status("ended", "the recording is over")

    async def _at_once(self, lines: _Lines) -> AsyncIterator[Batch]:
        while True:
            entries = lines.read(SLICE)
            if not entries:
                return
            yield _batch(entries)
            await asyncio.sleep(0)

    async def _in_rhythm(self, lines: _Lines) -> AsyncIterator[Batch]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        first = self._starts
        due = 0.0
        waiting: list[_Entry] = []
        while entries := lines.read(SLICE):
            for entry in entries:
                if entry.at is not None:
                    first = first or entry.at
                    due = max(due, (entry.at - first).total_seconds() / self._speed)
                late = loop.time() - started
                if due > late + TOGETHER:
                    if waiting:
                        yield _batch(waiting)
                        waiting = []
                    while (rest := started + due - loop.time()) > 0:
                        if rest > LONGEST_WAIT:
                            yield Batch()
                        await asyncio.sleep(min(rest, LONGEST_WAIT))
                waiting.append(entry)
            # At a high speed a slice may be due as a whole; the loop still gets its turn.
            await asyncio.sleep(0)
            if waiting:
                yield _batch(waiting)
                waiting = []


class _Entry(msgspec.Struct):
    """One line: what it says or why it cannot be used, and the byte after it."""

    event: FeedEvent | None
    skipped: Skipped | None
    at: datetime | None
    end: int


class _Lines:
    """The lines of a file from a byte on."""

    def __init__(self, file: BinaryIO, name: str, offset: int) -> None:
        self._file = file
        self._name = name
        self._end = 0
        self._number = 0
        # Counting lines from the start keeps the numbers in reports right after a restart.
        for line in self._raw():
            if self._end + len(line) > offset:
                file.seek(self._end)
                break
            self._end += len(line)
            self._number += 1

    def read(self, most: int) -> list[_Entry]:
        """Read up to `most` lines that say something or are broken; empty at the end."""
        entries: list[_Entry] = []
        for line in self._raw():
            self._end += len(line)
            self._number += 1
            if line.isspace():
                continue
            entries.append(self._entry(line))
            if len(entries) >= most:
                break
        return entries

    def _raw(self) -> Iterator[bytes]:
        while line := self._file.readline(LINE_MAX):
            whole = line
            while len(line) == LINE_MAX and not line.endswith(b"\n"):
                line = self._file.readline(LINE_MAX)
                whole += line
            yield whole

    def _entry(self, line: bytes) -> _Entry:
        try:
            if len(line) > LINE_MAX:
                raise ValueError(f"{len(line)} bytes; {LINE_MAX} is the limit")
            # Some editors begin a file with a mark of its encoding.
            event, at = read_line(line.removeprefix(BOM_UTF8) if self._number == 1 else line)
        except ValueError as error:
            where = f"{self._name}:{self._number}"
            return _Entry(None, Skipped(where, str(error)), None, self._end)
        return _Entry(event, None, at, self._end)


def _batch(entries: list[_Entry]) -> Batch:
    return Batch(
        tuple(entry.event for entry in entries if entry.event is not None),
        str(entries[-1].end),
        tuple(entry.skipped for entry in entries if entry.skipped is not None),
    )

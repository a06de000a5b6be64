"""Saved payloads of a network turned into the lines that a replay plays.

Owns the counting and the naming of lines; what a payload says is read by the network's own
parsers. Never asks a network for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, assert_never

from eventlive.errors import Withheld
from eventlive.model import Deleted, Edited, FeedEvent, Post
from eventlive.recorder import line_of

LINE_MAX = 16 << 20
"""Bytes of the longest line that is read: a search page of long posts has less than one MB."""


@dataclass(slots=True)
class Tally:
    """What became of the lines: events written, lines without a post, lines that are broken."""

    lines: int = 0
    written: int = 0
    empty: int = 0
    broken: int = 0

    def __str__(self) -> str:
        return (
            f"{_some(self.lines, 'line')}: {_some(self.written, 'post')} written,"
            f" {self.empty} without a post, {self.broken} broken"
        )


def convert(
    source: BinaryIO,
    name: str,
    events: Callable[[bytes], Iterable[FeedEvent]],
    out: BinaryIO,
    complain: Callable[[str], None],
) -> Tally:
    """Read payloads, one a line, and write the events in them; give what became of them.

    `events` raises Withheld for what is not for everybody and ValueError for what is broken;
    `complain` hears of the latter with its place. Edits and deletes count as posts: a replay plays
    them too. Lines are written by their times, for pages of a search begin with the newest; so all
    of them are kept until the end.
    """
    tally = Tally()
    kept: list[tuple[datetime, bytes]] = []
    latest = datetime.min.replace(tzinfo=UTC)
    while line := source.readline(LINE_MAX):
        tally.lines += 1
        if len(line) == LINE_MAX and not line.endswith(b"\n"):
            while (more := source.readline(LINE_MAX)) and not more.endswith(b"\n"):
                pass
            tally.broken += 1
            complain(f"{name}:{tally.lines}: longer than {LINE_MAX} bytes")
            continue
        # Some editors begin a file with a mark of its encoding.
        line = line.removeprefix(b"\xef\xbb\xbf") if tally.lines == 1 else line
        if not line.strip():
            tally.empty += 1
            continue
        try:
            found = list(events(line))
        except Withheld:
            found = []
            tally.empty += 1
        except ValueError as error:
            tally.broken += 1
            complain(f"{name}:{tally.lines}: {error}")
            # A page with one broken post still holds the others.
            found = list(getattr(error, "events", ()))
        else:
            tally.empty += not found
        for event in found:
            # What has no time of its own comes after what was there before it.
            latest = _time(event) or latest
            kept.append((latest, line_of(event)))
    kept.sort(key=lambda entry: entry[0])
    out.writelines(line for _, line in kept)
    tally.written = len(kept)
    return tally


def _time(event: FeedEvent) -> datetime | None:
    match event:
        case Post():
            return event.created_at
        case Edited(_, at) | Deleted(_, _, at):
            return at
        case _:
            assert_never(event)


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

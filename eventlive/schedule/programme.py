"""What a programme holds: as it stands in somebody's file, and as the event script will have it.

Owns the shapes, the limits that hold for every format, and the list of what is wrong with a
file. Knows no format, and reads no file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from eventlive.errors import Problem, ScriptError
from eventlive.listening.cleaning import YEARS, clean_line
from eventlive.tables import Person, PreparedPost, SegmentTable

BYTES_MAX = 16 << 20
"""Bytes of the largest file that is read; the largest congresses' stay below five million."""
TALKS_MAX = 5_000
"""Talks, or rows, of one file; the largest congresses stay below 2,000."""
PROBLEMS_MAX = 50
MINUTES_MAX = 24 * 60
MINUTES_GUESSED = 30
"""The length of a part whose file names none."""

TITLE_MAX = 200
NAME_MAX = 100
PLACE_MAX = 60
SPEAKERS_MAX = 50
"""Speakers that a segment of the script names; more are in its comment."""

_CANCELLED = (
    "cancell?ed|peruttu|peruutettu|abgesagt|entfällt|fällt aus|avlyst|cancelad[oa]|anulad[oa]|"
    "suspendid[oa]|annullat[oa]"
)
_CANCELLED_STATUS = re.compile(rf"\W*(?:{_CANCELLED}|withdrawn|rejected)\W*", re.IGNORECASE)
_CANCELLED_TITLE = re.compile(
    rf"[\[(*]\s*(?:{_CANCELLED})\b[^\])*]*[\])*]|^\s*(?:{_CANCELLED})\s*[:–—-]"
    rf"|[:–—-]\s*(?:{_CANCELLED})\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks. `key` tells two people of one name apart, where the file does."""

    name: str
    key: str = ""
    handles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Talk:
    """A part of the programme as its file tells it; `minutes` is 0 where that is not said."""

    title: str
    starts: datetime
    minutes: int
    speakers: tuple[Speaker, ...] = ()
    room: str = ""
    track: str = ""
    id: str = ""


@dataclass(slots=True)
class Programme:
    """What a format's reader found. `aside` names what is no part of a day's running order."""

    origin: str
    zone: str
    talks: list[Talk] = field(default_factory=list)
    posts: list[PreparedPost] = field(default_factory=list)
    post_lines: dict[str, int] = field(default_factory=dict)
    """On which line of the file each post begins, by its id."""
    cancelled: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part as the script will have it, and what the script has no key for.

    `topic` is what a conference calls a track; a script's tracks are what runs side by side.
    `others` are the names of speakers whom the script has no room for. `guessed` says that its
    length is ours.
    """

    table: SegmentTable
    topic: str = ""
    others: tuple[str, ...] = ()
    guessed: bool = False

    @property
    def starts(self) -> datetime:
        """When it starts: a programme that somebody hands out always says so."""
        assert self.table.starts is not None
        return self.table.starts


@dataclass(frozen=True, slots=True)
class Schedule:
    """A whole programme, checked. `notes` are sentences for whoever imports it."""

    name: str
    origin: str
    zone: str
    segments: tuple[Segment, ...]
    people: tuple[Person, ...]
    posts: tuple[PreparedPost, ...]
    aside: tuple[str, ...]
    notes: tuple[str, ...]


class Findings:
    """What is wrong with a file; as ScriptError once all of it has been looked at."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []

    def add(self, line: int, key: str, message: str, suggestion: str = "") -> None:
        """Note a problem. Raises ScriptError where there are more than anybody would read."""
        self._problems.append(
            Problem(self.file, line, line_of(key, 200), line_of(message, 300), suggestion)
        )
        if len(self._problems) >= PROBLEMS_MAX:
            self._problems.append(Problem(self.file, 0, "", "and perhaps more; reading ended here"))
            self.settle()

    def refuse(self, line: int, key: str, message: str, suggestion: str = "") -> NoReturn:
        """Refuse the file for what keeps the rest from being read. Raises ScriptError."""
        self.add(line, key, message, suggestion)
        raise ScriptError(self._problems)

    def settle(self) -> None:
        """Raise ScriptError with all problems, if there are any."""
        if self._problems:
            raise ScriptError(self._problems)


def line_of(text: str, limit: int) -> str:
    """Give a foreign text as one clean line without gaps, cut where it is longer than `limit`."""
    line = " ".join(clean_line(text, 4 * limit).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def is_cancelled(title: str, status: str = "") -> bool:
    """Tell whether a talk has been called off: by its status, or in so many words in its title."""
    return bool(_CANCELLED_STATUS.fullmatch(status) or _CANCELLED_TITLE.search(title[:1000]))


def with_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give a time its zone: a local time gets `zone`, one in UTC is shown in it.

    Another offset stays as it was written. The earlier one is taken of two moments that read the
    same when clocks go back. Raises ValueError for a time that clocks skip, and for an absurd year.
    """
    # A zone may turn the first or the last day of these into a year beyond.
    if not YEARS[0] < moment.year < YEARS[-1]:
        raise ValueError(f"the year {moment.year} cannot be right")
    if moment.tzinfo is None:
        aware = moment.replace(tzinfo=zone, fold=0)
        if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
            raise ValueError(
                f"{moment:%H:%M} does not exist on {moment:%Y-%m-%d} in {zone.key}: clocks skip it"
            )
        return aware
    offset = moment.utcoffset()
    assert offset is not None
    # A script's times count their offsets in minutes.
    return moment.astimezone(zone) if offset.seconds % 60 or not offset else moment


def minutes_between(starts: datetime, ends: datetime) -> int:
    """Count the minutes of a part. Raises ValueError where it ends before it starts."""
    # Times of one zone would be subtracted as clocks show them, also in a night of changing clocks.
    seconds = ends.timestamp() - starts.timestamp()
    if seconds < 0:
        raise ValueError(f"it ends ({ends:%Y-%m-%d %H:%M}) before it starts ({starts:%H:%M})")
    return round(seconds / 60)

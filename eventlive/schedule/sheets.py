"""CSV from a spreadsheet: one talk a row, or one prepared post.

Owns the table: its separator, its headings, its rows, and what a row becomes; among talks, a row
with a text and without a title is a post. What a heading means is `columns`', what a day or a time
means `moments`'. A row that cannot be read refuses the file with its line: nothing is skipped in
silence but rows without any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from eventlive.listening.cleaning import clean_text
from eventlive.schedule.columns import known, unit
from eventlive.schedule.moments import (
    Order,
    day_order,
    read_day,
    read_minutes,
    read_moment,
    read_span,
    read_time,
    tied,
)
from eventlive.schedule.naming import RESERVED, slug, unique
from eventlive.schedule.programme import (
    MINUTES_MAX,
    TALKS_MAX,
    TITLE_MAX,
    Findings,
    Programme,
    Speaker,
    Talk,
    is_cancelled,
    line_of,
    minutes_between,
    with_zone,
)
from eventlive.schedule.rows import BrokenRow, read_table
from eventlive.tables import PictureTable, PreparedPost

NIGHT = timedelta(hours=12)
"""A part that ends at an earlier time of day ends the next morning, if it is shorter than this."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BETWEEN = re.compile(r"[;/|\n]")
_BETWEEN_COMMAS = re.compile(r",|\s(?:&|and|und|og|ja)\s")
_YES = frozenset("yes y x 1 true promo kyllä kylla k ja j sí si sì s wahr sant tosi ✓ ✔".split())
_NO = frozenset(("", *"no n 0 false - ei e nein nei falsch usann epätosi".split()))
_SHORT = ("date", "start", "end", "minutes")
SHORT_MAX = 80


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: the line on which it begins, and its cells by the names of their columns."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def read_sheet(text: str, zone: ZoneInfo, findings: Findings) -> Programme:
    """Read a table of talks or of posts. Raises ScriptError with every line that is wrong."""
    try:
        sheet = _Sheet(text, zone, findings)
    except BrokenRow as error:
        findings.refuse(error.line, "", str(error), "is a quotation mark left open?")
    found = Programme("A spreadsheet", zone.key)
    for row in sheet.rows:
        if is_cancelled(row["title"], row["status"]):
            found.cancelled.append(row["title"] or row["text"])
        elif sheet.of_posts or (row["text"] and not row["title"]):
            if (post := sheet.post(row)) is not None:
                found.posts.append(post)
                found.post_lines[post.id] = row.line
        elif (talk := sheet.talk(row)) is not None:
            found.talks.append(talk)
    findings.settle()
    found.notes += sheet.notes()
    return found


class _Sheet:
    """A table whose columns are known."""

    def __init__(self, text: str, zone: ZoneInfo, findings: Findings) -> None:
        self._zone = zone
        self._findings = findings
        self._rounded = 0
        self._ids: dict[str, int] = {}
        head, self._head_line, body = read_table(text, findings)
        try:
            self._columns = known(head)
        except ValueError as error:
            findings.refuse(self._head_line, "", str(error), "rename the one that is not meant")
        self._head = head
        self._unit = unit(head[self._columns["minutes"]]) if "minutes" in self._columns else ""
        talks = {"minutes", "end", "speakers", "room"} & self._columns.keys()
        self.of_posts = "text" in self._columns and not ("title" in self._columns and talks)
        if not self.of_posts and not {"title", "start"} <= self._columns.keys():
            missing = "title" if "title" not in self._columns else "start"
            findings.refuse(
                self._head_line,
                "",
                f"no column says the {missing}; the columns are "
                + ", ".join(repr(line_of(name, 30)) for name in head[:12]),
                "name them title, date, start and minutes, or text, date, start and account",
            )
        self.rows = list(self._named(body))
        try:
            self._order: Order = day_order(
                row[name] for row in self.rows for name in ("date", "start", "end")
            )
        except ValueError as error:
            findings.refuse(0, "date", str(error), "write all days as 2027-05-20")

    def notes(self) -> list[str]:
        """Say what was understood that a person may want to look at."""
        notes = [f"times without an offset were read as {self._zone.key}"]
        if self._order:
            notes.append(f"days such as 3/4/2027 were read with the {self._order}, as others show")
        if self._rounded:
            notes.append(f"rounded to whole minutes: {self._rounded}")
        read = set(self._columns.values())
        if unread := [line_of(name, 30) for at, name in enumerate(self._head) if at not in read]:
            named = ", ".join(repr(name) for name in unread if name)
            notes.append(
                f"columns not read: {named}" if named else "a column without a name: not read"
            )
        return notes

    def talk(self, row: _Row) -> Talk | None:
        """Read a row as a talk; None where something is wrong with it, which is then noted."""
        place = "title"
        try:
            if not line_of(row["title"], TITLE_MAX):
                raise ValueError("there is no title")
            place = "start"
            local, end = self._starts(row)
            starts = with_zone(local, self._zone)
            place = "minutes"
            minutes = self._minutes(row)
            place = "end"
            if end and (until := self._lasts(local, starts, end)) != minutes:
                if minutes:
                    raise ValueError(
                        f"it lasts {until} minutes by its end, {minutes} by its length"
                    )
                minutes = until
            place = "id"
            wish = self._id(row)
            if wish in RESERVED:
                raise ValueError(f"{wish!r} stands for something else in a post's variables")
        except ValueError as error:
            self._findings.add(row.line, place, str(error))
            return None
        speakers = tuple(Speaker(name) for name in _names(row["speakers"]))
        return Talk(row["title"], starts, minutes, speakers, row["room"], row["track"], wish)

    def post(self, row: _Row) -> PreparedPost | None:
        """Read a row as a prepared post: a draft, if it has no time."""
        place = "start"
        text = clean_text(row["text"])
        try:
            at = self._leaves(row)
            place = "account"
            accounts = _accounts(row["account"])
            place = "promo"
            promo = _yes(row["promo"])
            place = "id"
            short = slug(row["title"] or " ".join(text.split()[:6]), 30) or "post"
            id = self._id(row) or unique(short, self._ids)
            place = "picture"
            if row["alt"] and not row["picture"]:
                raise ValueError("it says what a picture shows, and names none")
            picture = (
                PictureTable(file=row["picture"], alt=clean_text(row["alt"]))
                if row["picture"]
                else None
            )
            return PreparedPost(
                id=id,
                text=text,
                account=accounts[0] if len(accounts) == 1 else None,
                accounts=accounts if len(accounts) > 1 else [],
                at=at,
                promo=promo,
                pictures=[picture] if picture else [],
                warning=line_of(row["warning"], 200),
                language=row["language"].casefold(),
            )
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                field = str((detail["loc"] or (place,))[0]).replace("accounts", "account")
                self._findings.add(row.line, field, f"{line_of(row[field], 40)!r}: {detail['msg']}")
        except ValueError as error:
            self._findings.add(row.line, place, str(error))
        return None

    def _leaves(self, row: _Row) -> datetime | str | None:
        """Read when a post leaves: at a time, tied to a segment, or not by itself."""
        if not row["start"] and not row["date"]:
            return None
        if not (anchor := tied(row["start"])):
            return with_zone(self._starts(row)[0], self._zone)
        if row["date"]:
            raise ValueError(f"{row['start']!r} follows the programme: leave the day out")
        return anchor

    def _named(self, body: Iterator[tuple[int, Sequence[str]]]) -> Iterator[_Row]:
        for count, (line, cells) in enumerate(body):
            if count >= TALKS_MAX:
                self._findings.refuse(line, "", f"there are more than {TALKS_MAX} rows")
            if any(cells[len(self._head) :]):
                self._findings.add(
                    line,
                    "",
                    f"{len(cells)} cells, and {len(self._head)} columns",
                    'a text that holds the separator stands in quotes: "one, two"',
                )
                continue
            named = {name: cells[at] for name, at in self._columns.items() if at < len(cells)}
            if long := [name for name in _SHORT if len(named.get(name, "")) > SHORT_MAX]:
                self._findings.add(line, long[0], f"longer than {SHORT_MAX} characters")
                continue
            yield _Row(line, named)

    def _starts(self, row: _Row) -> tuple[datetime, str]:
        """Read when a row starts, on its local clock, and when it ends, as far as it says so."""
        start, end = read_span(row["start"])
        if not start:
            raise ValueError("there is no time: write 09:00")
        if not row["date"]:
            return read_moment(start, self._order), end or row["end"]
        day: date = read_day(row["date"], self._order)
        return datetime.combine(day, datetime.min.time()) + read_time(start), end or row["end"]

    def _lasts(self, local: datetime, starts: datetime, end: str) -> int:
        """Count the minutes to an end that is a time of day, or a day with its time."""
        try:
            ends = datetime.combine(local.date(), datetime.min.time()) + read_time(end)
        except ValueError:
            ends = read_moment(end, self._order)
        else:
            ends = ends.replace(tzinfo=local.tzinfo)
            if ends <= local:
                ends += timedelta(days=1)
                if ends - local > NIGHT:
                    raise ValueError(f"it ends at {end}, before it starts ({local:%H:%M})")
        return minutes_between(starts, with_zone(ends, self._zone))

    def _minutes(self, row: _Row) -> int:
        if not row["minutes"]:
            return 0
        exact = read_minutes(row["minutes"], self._unit)
        minutes = int(exact + Fraction(1, 2))
        self._rounded += exact != minutes
        if not 0 < minutes <= 100 * MINUTES_MAX:
            raise ValueError(f"{row['minutes']!r} cannot be how long it lasts")
        return minutes

    def _id(self, row: _Row) -> str:
        """Give the id that a row asks for, "" for none."""
        wish = row["id"]
        if not wish:
            return ""
        if not _ID.fullmatch(wish):
            raise ValueError(f"{line_of(wish, 50)!r} is no id: small letters, digits and -")
        if wish in self._ids:
            raise ValueError(f"{wish!r} is the id of a row above")
        self._ids[wish] = 1
        return wish


def _accounts(text: str) -> list[str]:
    """Part the accounts in a cell, `main` where it names none."""
    parts = (part.lstrip("@").casefold() for part in re.split(r"[;,\s]+", text))
    return list(dict.fromkeys(part for part in parts if part)) or ["main"]


def _yes(text: str) -> bool:
    """Read a cell that is ticked or not. Raises ValueError."""
    word = text.casefold()
    if word in _NO:
        return False
    if word in _YES:
        return True
    raise ValueError(f"{line_of(text, 40)!r} is neither yes nor no")


def _names(text: str) -> Iterator[str]:
    """Part the names in a cell; at commas and "and" where nothing clearer stands between them."""
    parts = _BETWEEN.split(text)
    if len([part for part in parts if part.strip()]) == 1:
        parts = _BETWEEN_COMMAS.split(text)
    return (name for part in parts if (name := line_of(part, 200)))

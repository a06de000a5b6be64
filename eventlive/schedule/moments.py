"""Days, times and lengths as people type them into a spreadsheet.

Owns every way of writing them that is read, and what is said where one could mean two things.
Never guesses: 3/4/2027 is 3 April or 4 March, and only a person knows.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal

from eventlive.anchors import anchor_text, read_anchor

Order = Literal["day first", "month first", ""]

_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})\b")
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d\d)\b")
_WEEKDAY = re.compile(r"^[^\W\d_]+[.,]?,?\s+(?=\d)")
_TIME = re.compile(
    r"(?:klo|kl|at|um|a las|alle|ore)?\.?\s*(\d{1,2})(?:[:.h](\d\d)(?::(\d\d)(?:[.,]0+)?)?)?\s*"
    r"(?:(uhr|h)|([ap])\.?\s?m\.?)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?\s?(?:Z|[+-]\d\d(?::?\d\d)?)?"
)
_NUMBER = re.compile(r"(\d{1,6})(?:[.,](\d{1,6}))?")
_CLOCK = re.compile(r"(\d{1,3}):(\d\d)(?::(\d\d))?")
_HOURS = r"h|hr?s?|hours?|std|stunden?|t|tuntia?|timer?|horas?|or[ae]"
_MINUTES = r"m|min|mins|minutes?|minuten?|minuuttia?|minutter|minutt|minutos?|minut[oi]|'|′"
_UNITS = re.compile(
    rf"(?:(\d{{1,3}}(?:[.,]\d{{1,6}})?)\s*(?:{_HOURS})\.?)?\s*"
    rf"(?:(\d{{1,5}}(?:[.,]\d{{1,6}})?)\s*(?:{_MINUTES})?\.?)?",
    re.IGNORECASE,
)


def day_order(cells: Iterable[str]) -> Order:
    """Tell from all days of a column what 3/4/2027 means in it; "" where no day says so.

    Raises ValueError where days contradict each other.
    """
    days, months, dotted, slashed = "", "", "", ""
    for cell in cells:
        found = _YEAR_LAST.match(_bare(cell))
        if found is None:
            continue
        if found[2] == ".":
            dotted = dotted or cell
            continue
        slashed = slashed or cell
        if int(found[1]) > 12:
            days = days or cell
        if int(found[3]) > 12:
            months = months or cell
    if days and months:
        raise ValueError(f"{days!r} has the day first, and {months!r} the month")
    if dotted and slashed:
        raise ValueError(
            f"{dotted!r} and {slashed!r} stand in one file: a spreadsheet may have turned some of"
            " these days round"
        )
    return "day first" if days else "month first" if months else ""


def read_day(text: str, order: Order) -> date:
    """Read a day such as 2027-05-20, 20.5.2027 or Thu 20.5.2027. Raises ValueError."""
    day, rest = _day(text, order)
    if rest and read_time(rest) != timedelta():
        raise ValueError(f"{text!r} has a time, where a day alone belongs")
    return day


def read_time(text: str) -> timedelta:
    """Read a time of day, from its midnight: 9:00, 09.00, 9 pm, klo 9, 24:00. Raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    bare = found is not None and found[2] is None and not (found[4] or found[5])
    if found is None or (bare and text.strip().isdigit()):
        raise ValueError(f"{text!r} is no time of day: write 09:00")
    hours, minutes, seconds = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[5]:
        if not 1 <= hours <= 12:
            raise ValueError(f"{text!r} is no time of day: write 09:00 or 21:00")
        hours = hours % 12 + (12 if found[5] in "pP" else 0)
    if hours > 24 or minutes > 59 or seconds > 59 or (hours == 24 and minutes + seconds):
        raise ValueError(f"there is no time of day {text!r}")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def read_span(text: str) -> tuple[str, str]:
    """Part `9:00–9:45` in its two times; the second is "" where there is one alone."""
    first, _, second = re.sub(
        r"\s*[–—−]\s*|(?<=[\dhm.])\s*-\s*(?=\d{1,2}[:.h])", "\n", text
    ).partition("\n")
    return first.strip(), second.strip()


def read_moment(text: str, order: Order) -> datetime:
    """Read a day with its time; local, unless it has an offset. Raises ValueError."""
    text = text.strip()
    if _ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(re.sub(r"\s(?=[Z+-])", "", text.replace(",", ".")))
        except ValueError as error:
            raise ValueError(f"there is no time {text!r}") from error
    day, rest = _day(text, order)
    if not rest:
        raise ValueError(f"{text!r} has no time of day: write 2027-05-20 09:00")
    return datetime.combine(day, datetime.min.time()) + read_time(rest)


def tied(text: str) -> str:
    """Give a time tied to a segment (keynote+05:00) as a script writes it, "" for any other time.

    Its segment has a letter in its name: a day is written in digits.
    """
    plain = re.sub("[–—−]", "-", text.strip().casefold())
    with contextlib.suppress(ValueError):
        read_time(plain)
        return ""
    try:
        anchor = read_anchor(plain)
    except ValueError:
        return ""
    return anchor_text(anchor) if re.search("[a-z]", anchor.segment) else ""


def read_minutes(text: str, unit: Literal["minutes", "hours", ""]) -> Fraction:
    """Read a length: 45, 22,5, 1:30, 1 h 30 min. `unit` is that of a bare number.

    Raises ValueError, also for 1.5 of nobody knows what.
    """
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        if int(clock[2]) > 59 or int(clock[3] or 0) > 59:
            raise ValueError(f"{text!r} is no length: write 45 or 1:30")
        return int(clock[1]) * 60 + int(clock[2]) + Fraction(int(clock[3] or 0), 60)
    if number := _NUMBER.fullmatch(text):
        value = _fraction(text)
        if not unit and number[2] and value != int(value) and value < 10:
            raise ValueError(f"{text!r} may be minutes or hours: write 45 or 1:30")
        return value * 60 if unit == "hours" else value
    units = _UNITS.fullmatch(text)
    if units is None or not (units[1] or units[2]):
        raise ValueError(f"{text!r} is no length: write 45 or 1:30")
    return _fraction(units[1] or "0") * 60 + _fraction(units[2] or "0")


def _day(text: str, order: Order) -> tuple[date, str]:
    """Read the day that a text begins with, and give the rest."""
    bare = _bare(text)
    if found := _YEAR_FIRST.match(bare):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
    elif found := _YEAR_LAST.match(bare):
        first, second = int(found[1]), int(found[3])
        year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
        if found[2] == "." or order == "day first":
            day, month = first, second
        elif order == "month first":
            month, day = first, second
        elif first == second:
            day = month = first
        else:
            raise ValueError(
                f"{text!r} may have the day first or the month: write 2027-05-20, or 20.5.2027"
            )
    else:
        raise ValueError(f"{text!r} is no day that can be read: write 2027-05-20 or 20.5.2027")
    try:
        return date(year, month, day), bare[found.end() :].strip(" ,T")
    except ValueError as error:
        raise ValueError(f"there is no day {text!r}") from error


def _bare(text: str) -> str:
    return _WEEKDAY.sub("", text.strip(), count=1)


def _fraction(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))

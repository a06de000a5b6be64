"""Values as somebody wrote them, and the right ones that were probably meant.

Owns the guesses: "10 min" for `"10:00"`, a quoted time for one without quotation marks. Pure; each
gives TOML to be written, or "" where nothing is near.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from eventlive.anchors import length_text, read_anchor, read_length

MOMENT = "2027-05-20T09:00:00+03:00"
LENGTHS = ("every", "stale_after", "apart")
"""The keys that hold a length of time."""
DISTANCES = ("distance", "width")
"""The keys that hold a distance."""
_SHOWN = 80

_DAY = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[Tt ]\s*(?P<hour>\d{1,2})[:.h]"
    r"(?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:\.\d+)?)?\s*(?P<zone>[Zz]|[+-]\d{1,2}(?::?\d\d)?)?)?"
)
_AMOUNT = re.compile(
    r"(?P<number>\d{1,4})\s*(?P<unit>|m|min|mins|minutes?|h|hours?|s|sec|seconds?)\.?",
    re.IGNORECASE,
)
_NEARLY_TIED = re.compile(
    r"(?P<segment>[a-z0-9][a-z0-9-]*?)(?P<edge>\.(?:start|end))?\s*"
    r"(?P<sign>[+\-–—−])\s*(?P<rest>.+)"
)
_HOUR = (("hour", "9"), ("minute", "00"), ("second", "00"))
_YES = frozenset({"true", "yes", "y", "on", "1", "ja", "sí", "si", "sì", "kyllä"})
_NO = frozenset({"false", "no", "n", "off", "0", "nein", "nei", "ei"})


def shown(value: object) -> str:
    """Show what somebody wrote, however long or deep it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    return as_toml(value)


def as_toml(value: object) -> str:
    """Write a plain value as TOML does, shortened where it is long."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
            text = text.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{text}"'.replace("\n", "\\n")
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return repr(value)[:_SHOWN]


def as_truth(value: object) -> str:
    """Give what somebody says who writes "yes"."""
    word = str(value).strip().lower()
    return "true" if word in _YES else "false" if word in _NO else ""


def as_number(value: object, *, whole: bool) -> str:
    """Give the number in a text ("60 min", "0,7", "70 %"), or the whole one next to another."""
    if isinstance(value, float) and whole and abs(value) < 1e9:
        return f"{value:.0f}"
    if not isinstance(value, str):
        return ""
    found = re.match(r"-?\d{1,9}(?:[.,]\d{1,6})?(?=\s*(?P<share>%)?)", value.strip())
    if found is None:
        return ""
    number = float(found.group().replace(",", "."))
    if found["share"] and not whole:
        number /= 100
    return f"{number:.0f}" if whole else f"{number:g}"


def as_id(text: str) -> str:
    """Give the id that a name makes."""
    bare = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:40].strip("-")


def as_colour(text: str) -> str:
    """Give the colour in a text without its #, or of three digits."""
    digits = text.strip().removeprefix("#")
    if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
        digits = "".join(sign * 2 for sign in digits)
    return f"#{digits}" if re.fullmatch(r"[0-9a-fA-F]{6}", digits) else ""


def as_metres(value: object) -> str:
    """Give the distance of a bare number."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1000
    return f'"{value:g}m"' if number else ""


def as_length(value: object) -> str:
    """Give a length of time, of a number of minutes or "1 h"."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        minutes = 0 <= value < 6000
        return f'"{length_text(round(value * 60))}"' if minutes else ""
    if isinstance(value, time):
        return f'"{length_text(value.hour * 3600 + value.minute * 60 + value.second)}"'
    seconds = _seconds(value) if isinstance(value, str) else None
    return "" if seconds is None else f'"{length_text(seconds)}"'


def _seconds(text: str) -> int | None:
    try:
        return read_length(text)
    except ValueError:
        found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    unit = found["unit"][:1].lower()
    return int(found["number"]) * {"h": 3600, "s": 1}.get(unit, 60)


def as_tied(value: object) -> str:
    """Give a time tied to a segment, of "talk + 5 min"."""
    if not isinstance(value, str):
        return ""
    try:
        read_anchor(value)
    except ValueError:
        found = _NEARLY_TIED.fullmatch(value.strip())
    else:
        return as_toml(value)
    seconds = _seconds(found["rest"]) if found else None
    if found is None or seconds is None:
        return ""
    sign = "+" if found["sign"] == "+" else "-"
    return f'"{found["segment"]}{found["edge"] or ""}{sign}{length_text(seconds)}"'


def absolute(value: object, data: dict[str, Any] | None = None) -> str:
    """Give an absolute time with its zone, of one that lacks seconds, its zone or its hour.

    The zone is the event's where it has one that can be read.
    """
    zone = _zone(data or {})
    if isinstance(value, str):
        found = _DAY.fullmatch(value.strip())
        return _moment(found, zone) if found else ""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time(9))
    else:
        return ""
    return _with_zone(moment, zone)


def mended(row: str) -> str:
    """Give a row with the times in it as TOML has them."""
    return _DAY.sub(lambda found: _moment(found, None, bare=True) or found.group(), row)


def _moment(found: re.Match[str], zone: tzinfo | None, *, bare: bool = False) -> str:
    """Write a time as TOML has it; `bare` says whether one without a zone will do."""
    day = "-".join(found[name].zfill(2) for name in ("year", "month", "day"))
    hour = ":".join((found[name] or usual).zfill(2) for name, usual in _HOUR)
    offset = re.fullmatch(r"([+-])(\d{1,2}):?(\d\d)?", found["zone"] or "")
    ending = f"{offset[1]}{offset[2].zfill(2)}:{offset[3] or '00'}" if offset else found["zone"]
    try:
        moment = datetime.fromisoformat(f"{day}T{hour}{(ending or '').upper()}")
    except ValueError:
        return ""
    return moment.isoformat() if bare else _with_zone(moment, zone)


def _with_zone(moment: datetime, zone: tzinfo | None) -> str:
    if moment.tzinfo is None and zone is None:
        return ""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return ""


def _zone(data: dict[str, Any]) -> tzinfo | None:
    event = data.get("event")
    if not isinstance(event, dict):
        return None
    name, starts = event.get("timezone"), event.get("starts")
    if isinstance(name, str) and name in available_timezones():
        return ZoneInfo(name)
    return starts.tzinfo if isinstance(starts, datetime) else None

"""The time zones of a calendar: by name, also by Windows', or by a table of its own.

Owns how a calendar's word for a zone becomes one. Never guesses: a name that nothing explains is
no zone.
"""

from __future__ import annotations

import re
from datetime import tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from eventlive.schedule.content_lines import Component

TABLE_MAX = 50
"""Changes of a zone's offset that a table may list; each may come again every year."""

_YEARLY = re.compile(r"RRULE:FREQ=YEARLY\b", re.IGNORECASE)


class CalendarZones:
    """The zones of one calendar."""

    def __init__(self, calendar: Component) -> None:
        self._tables = {
            part.said("TZID"): part for part in calendar.inner if part.name == "VTIMEZONE"
        }
        self._found: dict[str, tzinfo | None] = {}

    def find(self, name: str) -> tzinfo | None:
        """Find the zone of this name; None where nothing says what it is."""
        if name not in self._found:
            table = self._tables.get(name)
            known = zone_named(WINDOWS_TO_OLSON.get(name, name)) or (
                table and zone_named(table.said("X-LIC-LOCATION"))
            )
            self._found[name] = known or (_told(table) if table else None)
        return self._found[name]


def zone_named(name: str) -> ZoneInfo | None:
    """Find a zone by its name, or by the end of one such as /example.org/2027/Europe/Oslo."""
    steps = name.strip().split("/")
    for start in range(min(len(steps), 10)):
        if (short := "/".join(steps[start:])) in _names():
            return ZoneInfo(short)
    return None


@cache
def _names() -> frozenset[str]:
    """All names there are: the standard library looks through its files each time."""
    return frozenset(available_timezones())


def _told(table: Component) -> tzinfo | None:
    """Read a zone's table, if it is as real ones are: each change once, or once a year."""
    rows = [row for part in table.inner for name, _, row in part.rows if name == "RRULE"]
    listed = any(name == "RDATE" for part in table.inner for name, _, _ in part.rows)
    if not 0 < len(table.inner) <= TABLE_MAX or listed or not all(map(_YEARLY.match, rows)):
        return None
    try:
        read: Any = icalendar.Timezone.from_ical(table.text(deep=True))
        zone = read.to_tz(lookup_tzid=False)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError):
        # The library trusts a table to be whole.
        return None
    return zone if isinstance(zone, tzinfo) else None

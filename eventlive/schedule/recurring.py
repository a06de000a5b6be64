"""When an entry of a calendar comes again.

Owns which ways of repeating a programme may have, and how far they reach. A rule is followed on
the clock of the entry's own zone: a daily talk at nine stays at nine when clocks change. Source:
RFC 5545, section 3.3.10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

TIMES_MAX = 500
REACH = timedelta(days=366)

# What lets a rule run for ages without ever meeting a day is left out.
_PARTS = {
    "HOURLY": {"INTERVAL"},
    "DAILY": {"INTERVAL", "BYDAY", "BYHOUR", "BYMINUTE"},
    "WEEKLY": {"INTERVAL", "BYDAY", "BYHOUR", "BYMINUTE", "WKST"},
    "MONTHLY": {"INTERVAL", "BYDAY"},
}


def occurrences(start: datetime, rule: Mapping[str, Sequence[Any]], text: str) -> list[datetime]:
    """List when a rule takes place, the start first; all times are of one clock, without a zone.

    `rule` is the library's reading of `text`, its UNTIL on that clock. Raises ValueError for a
    rule without an end, one that reaches beyond a year, and ways of repeating that no programme
    has.
    """
    parts = {name.upper(): values for name, values in rule.items()}
    frequency = str(parts.pop("FREQ", [""])[0])
    until, count = parts.pop("UNTIL", [None])[0], parts.pop("COUNT", [None])[0]
    if frequency not in _PARTS:
        raise ValueError(f"repeating {frequency or 'like this'} is not read: name each time")
    if odd := sorted(set(parts) - _PARTS[frequency]):
        raise ValueError(f"repeating {frequency} with {odd[0]} is not read: name each time")
    interval = int(parts.get("INTERVAL", [1])[0])
    if not 1 <= interval <= REACH.days or (
        interval > 1 and len(parts) > 1 and frequency == "DAILY"
    ):
        raise ValueError("repeating in such steps is not read: name each time")
    if until is None and count is None:
        raise ValueError("it repeats without an end: give the calendar's entry a last day")
    if count is not None and not 1 <= count <= TIMES_MAX:
        raise ValueError(f"it repeats {count} times; {TIMES_MAX} are the most")
    last = start + REACH
    if isinstance(until, datetime) and until > last:
        raise ValueError("it repeats for more than a year: give the entry an earlier last day")
    kept = [
        part
        for part in text.split(";")
        if not part.upper().strip().startswith(("UNTIL=", "COUNT="))
    ]
    end = until if isinstance(until, datetime) else last
    found = rrulestr(f"{';'.join(kept)};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=start)
    times: list[datetime] = list(islice(found, TIMES_MAX + 1 if count is None else count))
    if len(times) > TIMES_MAX:
        raise ValueError(f"it repeats more than {TIMES_MAX} times")
    if count is not None and until is None and len(times) < count:
        raise ValueError("it repeats for more than a year, or never comes to its count")
    return times if start in times else [start, *times]

"""Time as an operator reads it: ages, clocks, the engine's clock behind this machine's.

Pure: the present moment is always an argument.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eventlive.model import Item

_TRUSTED_DELAY = timedelta(hours=24)


def age(since: datetime, now: datetime) -> str:
    """An age in at most four characters, in steps coarse enough that rows stand still."""
    seconds = (now - since).total_seconds()
    if seconds < 10:
        return "now"
    if seconds < 60:
        return f"{int(seconds // 10) * 10}s"
    if seconds < 3600:
        return f"{int(seconds // 60)}m"
    if seconds < 86_400:
        return f"{int(seconds // 3600)}h"
    return f"{min(int(seconds // 86_400), 999)}d"


def span(seconds: float) -> str:
    """A duration in words short enough for a banner."""
    seconds = max(int(seconds), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 6000:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def said_at(item: Item) -> datetime:
    """When a post was said; when it arrived, where its own time cannot be right."""
    said = item.post.created_at
    if item.received_at - _TRUSTED_DELAY <= said <= item.received_at:
        return said
    return item.received_at


def zone(name: str) -> tzinfo:
    """The event's time zone; UTC where this machine does not know the name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def clock(moment: datetime, where: tzinfo) -> str:
    """A time of day with seconds, as a clock on the wall shows it."""
    return moment.astimezone(where).strftime("%H:%M:%S")


def until(moment: datetime, now: datetime, where: tzinfo) -> str:
    """When something ends: a time of day, with the day of the week where that is another."""
    local = moment.astimezone(where)
    other = local.date() != now.astimezone(where).date()
    return local.strftime("%a %H:%M:%S" if other else "%H:%M:%S")


def hour(moment: datetime, now: datetime, where: tzinfo) -> str:
    """A time of day to the minute, with the day of the week where it is more than a day away."""
    far = abs(moment - now) > timedelta(hours=20)
    return moment.astimezone(where).strftime("%a %H:%M" if far else "%H:%M")


def minutes(seconds: float) -> str:
    """A length of time in steps that stand still while they are read."""
    whole = int(max(seconds, 0) // 60)
    if whole < 1:
        return "<1 min"
    if whole < 100:
        return f"{whole} min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60:02d} min"
    return f"{whole // (24 * 60)} days"

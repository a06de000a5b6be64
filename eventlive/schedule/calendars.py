"""iCalendar files: one talk an event, as often as it takes place.

Owns which properties make a talk, their zones, and what a calendar's entries are that are no part
of a programme. Values are read by the `icalendar` library. Guests are never read as speakers: a
calendar names whom it invites. Source: RFC 5545, RFC 7986.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from eventlive.schedule.calendar_zones import CalendarZones, zone_named
from eventlive.schedule.content_lines import Component, read_components, zone_name
from eventlive.schedule.programme import (
    MINUTES_MAX,
    TALKS_MAX,
    Findings,
    Programme,
    Speaker,
    Talk,
    is_cancelled,
    line_of,
    minutes_between,
    with_zone,
)
from eventlive.schedule.recurring import occurrences

_ONCE = ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "STATUS", "SUMMARY", "UID")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event of the calendar, read. `replaces` is the time of the repeat that it stands for."""

    line: int
    uid: str
    title: str
    minutes: int
    cancelled: bool
    room: str
    track: str
    replaces: datetime | None
    times: tuple[datetime, ...]
    whole_days: bool


def read_calendar(text: str, zone: ZoneInfo, findings: Findings) -> Programme:
    """Read a calendar. Raises ScriptError for one that is broken, and for rules without an end."""
    calendars = read_components(text, findings)
    for calendar in calendars:
        if calendar.name != "VCALENDAR":
            findings.refuse(calendar.line, "", f"BEGIN:{line_of(calendar.name, 40)} is no calendar")
    zone = _own_zone(calendars) or zone
    found = Programme("A calendar", zone.key)
    entries: list[_Entry] = []
    others = times = 0
    floating = False
    for calendar in calendars:
        reader = _Reader(calendar, zone, findings)
        events = [part for part in calendar.inner if part.name == "VEVENT"]
        others += sum(part.name in ("VTODO", "VJOURNAL") for part in calendar.inner)
        for event in events:
            entry = reader.entry(event)
            if entry is None:
                continue
            entries.append(entry)
            times += len(entry.times)
            if times > TALKS_MAX:
                findings.refuse(event.line, "", f"more than {TALKS_MAX} events, repeats counted")
        floating = floating or reader.floating
    findings.settle()
    _take_place(entries, found)
    if floating:
        found.notes.append(f"times without a zone were read as {zone.key}")
    if others:
        found.notes.append(f"{others} tasks and journal entries are no talks")
    if len(calendars) == 1 and calendars[0].said("PRODID").startswith("-//pretalx//"):
        found.origin = "A calendar of pretalx"
        found.talks = [_with_speakers(talk) for talk in found.talks]
    else:
        found.notes.append("a calendar names no speakers: add [[people]] by hand")
    return found


def _own_zone(calendars: list[Component]) -> ZoneInfo | None:
    for calendar in calendars:
        for name in ("TIMEZONE-ID", "X-WR-TIMEZONE"):
            if known := zone_named(calendar.said(name)):
                return known
    return None


def _take_place(entries: list[_Entry], found: Programme) -> None:
    """Turn entries into talks; an entry for one day of a series stands in that day's place."""
    instead = {(entry.uid, entry.replaces) for entry in entries if entry.replaces is not None}
    for entry in entries:
        for starts in entry.times:
            if entry.replaces is None and (entry.uid, starts) in instead:
                continue
            if entry.cancelled:
                found.cancelled.append(entry.title)
            elif entry.whole_days:
                found.aside.append(f"{starts:%Y-%m-%d}: {line_of(entry.title, 100)}")
            else:
                found.talks.append(
                    Talk(entry.title, starts, entry.minutes, (), entry.room, entry.track)
                )


def _with_speakers(talk: Talk) -> Talk:
    """Part a title of pretalx, which ends in its speakers: `Title - Anna Lind, Ben Moe`."""
    title, dash, names = talk.title.rpartition(" - ")
    if not dash or not line_of(title, 100):
        return talk
    speakers = tuple(Speaker(name) for name in names.split(", ") if line_of(name, 100))
    return Talk(title, talk.starts, talk.minutes, speakers, talk.room, talk.track)


class _Reader:
    """Reads the events of one calendar, whose zones are its own."""

    def __init__(self, calendar: Component, zone: ZoneInfo, findings: Findings) -> None:
        self.floating = False
        self._zone = zone
        self._zones = CalendarZones(calendar)
        self._findings = findings
        self._all_cancelled = calendar.said("METHOD").upper() == "CANCEL"

    def entry(self, event: Component) -> _Entry | None:
        """Read an event; None where something is wrong with it, which is then noted."""
        names = [name for name, _, _ in event.rows]
        for name in _ONCE:
            if names.count(name) > 1:
                self._findings.add(event.where(name), name, "this stands twice in one event")
                return None
        # The library's types are unions of all properties there are.
        read: Any = icalendar.Event.from_ical(event.text())
        for name, reason in read.errors:
            self._findings.add(event.where(name or ""), name or "", reason)
        if read.errors:
            return None
        for name in ("SUMMARY", "DTSTART"):
            if name not in read or (name == "SUMMARY" and not line_of(read[name], 200)):
                self._findings.add(event.line, name, "the event has none")
                return None
        place = "DTSTART"
        try:
            starts = self._moment(read["DTSTART"])
            place = "DURATION" if "DURATION" in read else "DTEND"
            minutes = self._minutes(read, starts)
            place = "RECURRENCE-ID"
            replaces = self._replaced(read)
            place = next((name for name in ("EXRULE", "RRULE", "RDATE") if name in read), "EXDATE")
            times = self._times(read, event, starts)
        except (ValueError, OverflowError) as error:
            self._findings.add(event.where(place), place, str(error))
            return None
        title = str(read["SUMMARY"])
        return _Entry(
            event.line,
            str(read.get("UID", f"line {event.line}")),
            title,
            minutes,
            self._all_cancelled or is_cancelled(title, str(read.get("STATUS", ""))),
            ", ".join(str(room) for room in _all(read, "LOCATION")),
            ", ".join(str(one) for track in _all(read, "CATEGORIES") for one in track.cats),
            replaces,
            times,
            not isinstance(read["DTSTART"].dt, datetime),
        )

    def _minutes(self, read: Any, starts: datetime) -> int:
        """Give the minutes, 0 where none are said."""
        minutes = 0
        if "DURATION" in read:
            length = read["DURATION"].dt
            if not isinstance(length, timedelta) or length < timedelta():
                raise ValueError("this is no length of time")
            minutes = round(length.total_seconds() / 60)
        elif "DTEND" in read:
            minutes = minutes_between(starts, self._moment(read["DTEND"]))
        return min(minutes, 100 * MINUTES_MAX)

    def _replaced(self, read: Any) -> datetime | None:
        if "RECURRENCE-ID" not in read:
            return None
        if "RANGE" in read["RECURRENCE-ID"].params:
            raise ValueError("a change to all that follows is not read: change each time")
        return self._moment(read["RECURRENCE-ID"])

    def _times(self, read: Any, event: Component, starts: datetime) -> tuple[datetime, ...]:
        """List when the event takes place; it repeats on its own zone's clock, or on UTC's."""
        if "EXRULE" in read:
            raise ValueError("EXRULE is not read: name the days left out in EXDATE")
        held = read["DTSTART"].dt
        in_utc = isinstance(held, datetime) and held.tzinfo and held.utcoffset() == timedelta()
        clock = UTC if in_utc else starts.tzinfo
        assert clock is not None
        times = [starts]
        if "RRULE" in read:
            local = starts.astimezone(clock).replace(tzinfo=None)
            times = [
                self._shown(moment, clock)
                for moment in occurrences(
                    local, _on_clock(read["RRULE"], clock), event.said("RRULE")
                )
            ]
        times += self._listed(read, "RDATE", starts)
        return tuple(sorted(set(times) - set(self._listed(read, "EXDATE", starts))))

    def _listed(self, read: Any, name: str, starts: datetime) -> Iterator[datetime]:
        for listed in _all(read, name):
            for one in listed.dts:
                if isinstance(one.dt, tuple):
                    raise ValueError(f"{name} with a period is not read: name the start alone")
                one.params = listed.params
                moment = self._moment(one)
                if isinstance(one.dt, datetime):
                    yield moment
                else:
                    # A day alone means that day's repeat.
                    yield starts.replace(year=moment.year, month=moment.month, day=moment.day)

    def _moment(self, value: Any) -> datetime:
        """Give a value's moment in its zone; a day is its midnight. Raises ValueError."""
        held = value.dt
        if not isinstance(held, date):
            raise ValueError("a date and a time belong here")
        if not isinstance(held, datetime):
            return with_zone(datetime.combine(held, time()), self._zone)
        named = zone_name(str(value.params.get("TZID", "")))
        if held.tzinfo is None and named:
            own = self._zones.find(named)
            if own is None:
                raise ValueError(
                    f"nothing says what the time zone {line_of(named, 60)!r} is: write one such as"
                    " Europe/Oslo"
                )
            return self._shown(held, own)
        self.floating = self.floating or held.tzinfo is None
        return self._shown(held.replace(tzinfo=None), held.tzinfo or self._zone)

    def _shown(self, moment: datetime, clock: tzinfo) -> datetime:
        """Give a time on a zone's clock its place in the programme."""
        if isinstance(clock, ZoneInfo) and clock.key != "UTC":
            return with_zone(moment, clock)
        return with_zone(moment.replace(tzinfo=clock), self._zone)


def _all(read: Any, name: str) -> list[Any]:
    """List a property as often as it stands in an event."""
    held = read.get(name, [])
    return held if isinstance(held, list) else [held]


def _on_clock(rule: Any, clock: tzinfo) -> dict[str, Any]:
    """Give a rule whose UNTIL, where it has one, is read on the entry's own clock."""
    parts = dict(rule)
    match parts.get("UNTIL", [None])[0]:
        case datetime() as until if until.tzinfo is not None:
            parts["UNTIL"] = [until.astimezone(clock).replace(tzinfo=None)]
        case datetime():
            pass
        case date() as until:
            parts["UNTIL"] = [datetime.combine(until, time(23, 59, 59))]
        case _:
            parts.pop("UNTIL", None)
    return parts

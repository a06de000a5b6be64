"""The JSON of conference systems: frab's schedule.json, which pretalx and others write as well.

Owns which keys are read and what they must look like. Source: the schedule format's published
JSON Schema and both systems' exporters. Keys that are not read may hold anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from eventlive.schedule.programme import (
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

DAYS_MAX = 400
PERSONS_MAX = 200
LINKS_MAX = 100

_DURATION = re.compile(r"(\d{1,3}):([0-5]\d)(?::[0-5]\d)?")
_TAKE = "take the system's export named schedule.json"


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time such as 2027-05-20T09:00:00+03:00 belongs here")
    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        raise ValueError(f"{line_of(value, 40)!r} does not read like 2027-05-20T09:00:00+03:00")
    return datetime.fromisoformat(value)


def _duration(value: object) -> int:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        shown = line_of(value, 40) if isinstance(value, str) else value
        raise ValueError(f"{shown!r} is no duration: it reads 00:30 or 01:30")
    return int(found[1]) * 60 + int(found[2])


def _some_text(value: str) -> str:
    # What nobody can see (control signs, marks of direction) is no text either.
    if not line_of(value, 100):
        raise ValueError("there is no text")
    return value


_Moment = Annotated[datetime, BeforeValidator(_moment)]
_Name = Annotated[str, AfterValidator(_some_text)]
_Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Link(_Table):
    url: str = ""
    type: str | None = None


class _Person(_Table):
    id: int | None = None
    code: _Code | None = None
    guid: str | None = None
    name: str | None = None
    public_name: str | None = None
    full_public_name: str | None = None
    links: Annotated[list[_Link], Field(max_length=LINKS_MAX, fail_fast=True)] | None = None


class _Talk(_Table):
    id: int | None = None
    code: _Code | None = None
    title: _Name
    date: _Moment
    duration: Annotated[int, BeforeValidator(_duration)] | None = None
    end: _Moment | None = None
    track: str | None = None
    type: str | None = None
    status: str | None = None
    state: str | None = None
    persons: Annotated[list[_Person], Field(max_length=PERSONS_MAX, fail_fast=True)] | None = None


class _Day(_Table):
    rooms: dict[str, list[_Talk]]


class _Conference(_Table):
    title: _Name
    days: Annotated[list[_Day], Field(max_length=DAYS_MAX)]
    daysCount: int | None = None  # noqa: N815
    time_zone_name: str | None = None


class _Schedule(_Table):
    conference: _Conference
    # Rooms belong to the conference, and to its days; here they are of a format that is not ours.
    rooms: None = None


class _File(_Table):
    schedule: _Schedule


def read_frab(text: str, zone: ZoneInfo, findings: Findings) -> Programme:
    """Read a schedule.json. Raises ScriptError for what is broken or of another kind."""
    data = _decoded(text, findings)
    if not isinstance(data, dict) or "schedule" not in data:
        findings.refuse(0, "schedule", _foreign(data), _TAKE)
    if _count(data) > TALKS_MAX:
        findings.refuse(0, "schedule.conference.days", f"there are more than {TALKS_MAX} talks")
    try:
        conference = _File.model_validate(data).schedule.conference
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            findings.add(0, _path(detail["loc"]), _reason(detail))
        findings.settle()
        raise AssertionError("a validation error without an error") from error
    return _programme(conference, data, zone, findings)


def _programme(
    conference: _Conference, data: Mapping[str, Any], zone: ZoneInfo, findings: Findings
) -> Programme:
    days, place = conference.days, "schedule.conference"
    if conference.daysCount is not None and conference.daysCount != len(days):
        findings.add(
            0,
            f"{place}.daysCount",
            f"{conference.daysCount} days are announced, and {len(days)} are here",
            "the file is not whole: export it again",
        )
    own = conference.time_zone_name
    if own and own not in available_timezones():
        findings.add(0, f"{place}.time_zone_name", f"there is no time zone {own!r}")
        findings.settle()
    zone = ZoneInfo(own) if own else zone
    generator = data.get("generator")
    name = generator.get("name") if isinstance(generator, dict) else None
    system = name if isinstance(name, str) else "frab or pretalx"
    found = Programme(f"{line_of(conference.title, 100)}, from {line_of(system, 40)}", zone.key)
    for number, day in enumerate(days):
        for room, talks in day.rooms.items():
            for index, talk in enumerate(talks):
                here = _path(("schedule", "conference", "days", number, "rooms", room, index))
                if is_cancelled(talk.title, talk.status or "") or is_cancelled(
                    "", talk.state or ""
                ):
                    found.cancelled.append(talk.title)
                elif (read := _talk(talk, room, here, zone, findings)) is not None:
                    found.talks.append(read)
    findings.settle()
    if any(talk.date.tzinfo is None for day in days for row in day.rooms.values() for talk in row):
        found.notes.append(f"times without an offset were read as {zone.key}")
    return found


def _talk(talk: _Talk, room: str, here: str, zone: ZoneInfo, findings: Findings) -> Talk | None:
    before = len(here)
    try:
        starts = with_zone(talk.date, zone)
        minutes = talk.duration
        if talk.end is not None:
            here += ".end"
            until = minutes_between(starts, with_zone(talk.end, zone))
            if minutes is not None and minutes != until:
                raise ValueError(f"it lasts {until} minutes by its end, {minutes} by its duration")
            minutes = until
    except ValueError as error:
        findings.add(0, here if len(here) > before else f"{here}.date", str(error))
        return None
    if minutes is None:
        findings.add(0, f"{here}.duration", "neither a duration nor an end")
        return None
    speakers = []
    for index, person in enumerate(talk.persons or []):
        name = person.name or person.public_name or person.full_public_name or ""
        if not line_of(name, 100):
            findings.add(0, f"{here}.persons[{index}]", "the person has no name")
            continue
        speakers.append(Speaker(name, _key(person), _handles(person)))
    return Talk(talk.title, starts, minutes, tuple(speakers), room, talk.track or "")


def _key(person: _Person) -> str:
    """Tell people apart as the system does; the guid is of the person, the rest of the system."""
    for kind, value in (("guid", person.guid), ("code", person.code), ("id", person.id)):
        if value:
            return f"{kind}:{value}"
    return ""


def _handles(person: _Person) -> dict[str, str]:
    """Read handles off the addresses that somebody gives as theirs."""
    handles: dict[str, str] = {}
    for link in person.links or []:
        try:
            address = urlsplit(link.url)
            host = (address.hostname or "").removeprefix("www.")
        except ValueError:
            continue
        match [part for part in address.path.split("/") if part]:
            case [name] if host in ("x.com", "twitter.com"):
                handles.setdefault("x", name.removeprefix("@"))
            case ["profile", name] if host == "bsky.app":
                handles.setdefault("bluesky", name)
            case [name] if host and name.startswith("@") and link.type == "activitypub":
                handles.setdefault("mastodon", f"{name.removeprefix('@')}@{host}")
    return handles


# --- JSON -----------------------------------------------------------------------------------------


def _decoded(text: str, findings: Findings) -> object:
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg} (column {error.colno})"
        findings.refuse(error.lineno, "", message, "is the file whole? " + _TAKE)
    except RecursionError:
        findings.refuse(0, "", "this is no schedule: its tables stand too deep in one another")
    except ValueError as error:
        findings.refuse(0, "", f"this is not JSON that can be used: {error}")


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; a key that stands there twice would hide what the first one holds."""
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {line_of(twice, 60)!r} stands twice in one object")
    return table


def _count(data: object) -> int:
    """Count the talks of what may be a schedule, before any is looked at."""
    for key in ("schedule", "conference", "days"):
        data = data.get(key) if isinstance(data, dict) else None
    days = data if isinstance(data, list) else []
    rooms = [day.get("rooms") for day in days if isinstance(day, dict)]
    lists = [row for named in rooms if isinstance(named, dict) for row in named.values()]
    return sum(len(talks) for talks in lists if isinstance(talks, list))


def _foreign(data: object) -> str:
    if isinstance(data, dict):
        keys = ", ".join(line_of(str(key), 30) for key in list(data)[:5])
        return f"this is no schedule of frab or pretalx: its keys are {keys or 'none'}"
    return "this is no schedule of frab or pretalx: it holds no object"


def _path(steps: tuple[str | int, ...]) -> str:
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif re.fullmatch(r"\w+", step):
            path += f".{step}" if path else step
        else:
            path += f"[{json.dumps(line_of(step, 60), ensure_ascii=False)}]"
    return path


def _reason(detail: Any) -> str:
    match detail["type"]:
        case "missing":
            return f"the key {detail['loc'][-1]!r} is missing"
        case "int_type":
            return f"{_shown(detail['input'])} is no whole number"
        case "too_long":
            return "there are more of them than any programme has"
        case "model_type" | "dict_type":
            return f"an object belongs here, not {_shown(detail['input'])}"
        case "list_type":
            return f"a list belongs here, not {_shown(detail['input'])}"
        case "string_type":
            return f"a text belongs here, not {_shown(detail['input'])}"
        case "none_required":
            return "there is no such key here in a schedule of frab or pretalx"
        case "string_pattern_mismatch":
            return f"{_shown(detail['input'])} is no code: letters and digits"
        case "value_error":
            return str(detail["msg"]).removeprefix("Value error, ")
        case _:
            return f"{detail['msg']}, not {_shown(detail['input'])}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(line_of(value, 40))
    return str(value)[:40] if isinstance(value, int | float) else f"a {type(value).__name__}"

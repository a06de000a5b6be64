"""What is said at the venue, and to it: cues read, their outcome in words, the rundown written.

Owns the grammar of cues and their payloads, and the shapes of the rundown, of screens and lamps
(docs/venue.md). Pure; the link over which all this travels is `venue`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from math import ceil
from typing import Any, assert_never, get_args

import msgspec

from eventlive.messages import (
    ApproveNext,
    Command,
    Darken,
    EndSegment,
    FollowScript,
    Hold,
    MoveSegment,
    PlanSegment,
    PlayStatement,
    RefreshScreens,
    Release,
    ScreenInfo,
    SetScreen,
    SkipSegment,
    SlipSegment,
    StartSegment,
)
from eventlive.model import Card, Scene, SceneName, Screen, Segment, showing

LATE_READS = '"5" or "-2" (minutes), "90s" (seconds), or {"minutes": 5}'
MOVE_READS = '"14:05" (a time of that day), or "2027-05-20T14:05:00+03:00"'

CUES = (
    "hold, release, approve-next, segment/<id>/start, segment/<id>/end, segment/<id>/skip,"
    " segment/<id>/plan, segment/<id>/late, segment/<id>/move, screen/<name>/scene,"
    " screen/<name>/statement, screen/<name>/blackout, screen/<name>/follow, statement/<id>,"
    " refresh"
)
ALL = "all"
"""In a cue the name for every screen."""

SCENE_READS = '"spotlight", "masonry, pair" (by turns), or {"scenes": ["pair"], "seconds": 20}'
SCENES: tuple[SceneName, ...] = get_args(SceneName)
LONGEST_NAME = 60
WITH_ANSWERS = ("masonry", "pair")
"""Scenes in which the house's answers stand."""


A_DAY = 24 * 60 * 60
SHOWN = 40
"""Characters of a payload that a refusal repeats."""

_LATE = re.compile(r"(?P<sign>[+-]?)\s*(?P<count>[0-9]{1,5})\s*(?P<unit>m|min|s|sec|)")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_SAME_DAY = timedelta(hours=13)
"""A time of day is never further off than half a day, and an hour where clocks change."""


class _Scenes(msgspec.Struct, forbid_unknown_fields=True):
    scenes: tuple[SceneName, ...]
    seconds: int = 30


class _Late(msgspec.Struct, forbid_unknown_fields=True):
    minutes: int = 0
    seconds: int = 0


def read_cue(
    cue: str, payload: bytes, *, segments: Mapping[str, Segment], zone: tzinfo, now: datetime
) -> Command:
    """Give the command that a cue stands for: its topic's end, and its payload where it has one.

    `zone` is that of a time of day. Raises ValueError with how it reads.
    """
    match cue.split("/"):
        case ["hold"]:
            return Hold("a cue of the venue")
        case ["release"]:
            return Release()
        case ["approve-next"]:
            return ApproveNext()
        case ["segment", segment, "start"] if segment:
            return StartSegment(segment)
        case ["segment", segment, "end"] if segment:
            return EndSegment(segment)
        case ["segment", segment, "skip"] if segment:
            return SkipSegment(segment)
        case ["segment", segment, "plan"] if segment:
            return PlanSegment(segment)
        case ["segment", segment, "late"] if segment:
            return SlipSegment(segment, _seconds(payload))
        case ["segment", segment, "move"] if segment:
            return MoveSegment(segment, _moment(payload, segments.get(segment), zone, now))
        case ["screen", screen, "scene"] if screen:
            return _set_screen(_screen(screen), _text(payload))
        case ["screen", screen, "statement"] if screen:
            return PlayStatement(_named(_text(payload), "statement"), screen=_screen(screen))
        case ["screen", screen, "blackout"] if screen:
            return Darken(_screen(screen), _on(_text(payload)))
        case ["screen", screen, "follow"] if screen:
            return FollowScript(_screen(screen))
        case ["statement", statement] if statement:
            return PlayStatement(_named(statement, "statement"))
        case ["refresh"]:
            return RefreshScreens()
        case _:
            raise ValueError(f"there is no such cue; cues: {CUES}")


def outcome(command: Command, thing: str, segments: Mapping[str, Segment], zone: tzinfo) -> str:
    """Say in words what a cue has done; `thing` is the id of what it was done to."""
    match command:
        case Hold():
            return "everything is held"
        case Release():
            return "the hold is over"
        case ApproveNext():
            return "a post is on the wall"
        case SetScreen(scenes, screen):
            return f"{_whose(screen)} shows {', '.join(scenes)}"
        case PlayStatement(screen=screen):
            return f"{_whose(screen)} shows the statement"
        case Darken(screen, on):
            return f"{_whose(screen)} {'is dark' if on else 'can be seen'}"
        case FollowScript(screen):
            return f"{_whose(screen)} follows the script"
        case RefreshScreens():
            return "every screen loads its page anew"
        case _:
            segment = segments.get(thing)
            return _as_it_is(segment, zone) if segment is not None else ""


def rundown(segments: Sequence[Segment], now: datetime) -> list[dict[str, Any]]:
    """Say of each track what runs, how late it is, and what comes next."""
    tracks: dict[str, list[Segment]] = {}
    for segment in segments:
        tracks.setdefault(segment.track, []).append(segment)
    return [_track(name, parts, now) for name, parts in tracks.items()]


def screens(
    set_to: Iterable[Screen], attached: Iterable[ScreenInfo], scene: Scene, now: datetime
) -> dict[str, dict[str, Any]]:
    """Say of each screen what stands there now, by its name."""
    here: dict[str, list[ScreenInfo]] = {}
    for info in attached:
        if not info.gone:
            here.setdefault(info.name, []).append(info)
    return {
        one.id: {
            "scene": "hold" if scene.held else "dark" if one.dark else showing(one, now),
            "scenes": one.scenes,
            "seconds": one.seconds,
            "statement": one.statement,
            "dark": one.dark,
            "attached": len(here.get(one.id, ())),
        }
        for one in set_to
    }


def tally(shown: Mapping[str, Mapping[str, Any]], cards: Iterable[Card]) -> dict[str, Any]:
    """Say whether words of the house are on a screen: a statement, or an answer to a question."""
    answered = any(card.answer for card in cards)
    on = [
        name
        for name, one in shown.items()
        if (one["scene"] == "statement" and one["statement"])
        or (one["scene"] in WITH_ANSWERS and answered)
    ]
    return {"on": bool(on), "screens": on}


def buzzer(overdue: int) -> dict[str, Any]:
    """Say whether a question waits longer than it may."""
    return {"on": overdue > 0, "overdue": overdue}


def _track(name: str, parts: Sequence[Segment], now: datetime) -> dict[str, Any]:
    running = [one for one in parts if one.state == "running"]
    current = max(running, key=lambda one: one.started_at or now, default=None)
    coming = [one for one in parts if one.state == "planned"]
    following = min(coming, key=lambda one: _begins(one, now), default=None)
    first = current or following
    return {
        "track": name,
        "late": _late(first, now) if first else 0,
        "now": _shown(current, now) if current else None,
        "next": _shown(following, now) if following else None,
    }


def _shown(segment: Segment, now: datetime) -> dict[str, Any]:
    common = {
        "id": segment.id,
        "title": segment.title,
        "room": segment.room,
        "by": segment.by,
        "late": _late(segment, now),
    }
    if segment.state == "planned":
        return {**common, "begins": _begins(segment, now)}
    left = ceil((segment.ends - now).total_seconds() / 60) if segment.ends else 0
    return {
        **common,
        "begins": segment.started_at,
        "ends": segment.ends,
        "minutes_left": left,
    }


def _begins(segment: Segment, now: datetime) -> datetime:
    """Say when a part begins at the earliest: one that waits for a person, or for the one before
    it, not before now."""
    return max(segment.begins or segment.starts or now, now)


def _late(segment: Segment, now: datetime) -> int:
    """Count by how many seconds a part is late; what is overdue grows later."""
    expected = segment.begins if segment.state == "planned" else segment.ends
    overdue = (now - expected).total_seconds() if expected else 0.0
    return segment.slip + max(0, int(overdue))


def _as_it_is(segment: Segment, zone: tzinfo) -> str:
    def clock(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%H:%M}" if moment else "a time that nobody knows"

    minutes = round(segment.slip / 60)
    late = f", {abs(minutes)} min {'late' if minutes > 0 else 'early'}" if minutes else ""
    match segment.state:
        case "planned":
            return f"{segment.title!r} begins at {clock(segment.begins)}{late}"
        case "running":
            return f"{segment.title!r} runs until {clock(segment.ends)}{late}"
        case "ended":
            return f"{segment.title!r} ended at {clock(segment.ended_at)}{late}"
        case "skipped":
            return f"{segment.title!r} is skipped"
        case _:
            assert_never(segment.state)


# --- payloads -------------------------------------------------------------------------------------


def _seconds(payload: bytes) -> int:
    """Read by how much a part is late. Raises ValueError."""
    text = _text(payload)
    if text.startswith("{"):
        try:
            late = msgspec.json.decode(text, type=_Late)
        except msgspec.MsgspecError as error:
            raise ValueError(_wrong(text, "delay", LATE_READS)) from error
        seconds = late.minutes * 60 + late.seconds
    else:
        found = _LATE.fullmatch(text)
        if found is None:
            raise ValueError(_wrong(text, "delay", LATE_READS))
        seconds = int(found["count"]) * (1 if found["unit"].startswith("s") else 60)
        seconds = -seconds if found["sign"] == "-" else seconds
    if not seconds:
        raise ValueError(_wrong(text, "delay", LATE_READS))
    if abs(seconds) > A_DAY:
        raise ValueError("a part moves by a day at most")
    return seconds


def _moment(payload: bytes, segment: Segment | None, zone: tzinfo, now: datetime) -> datetime:
    """Read when a part begins, or ends where it runs. Raises ValueError."""
    text = _text(payload)
    if found := _CLOCK.fullmatch(text):
        expected = None
        if segment is not None:
            expected = segment.ends if segment.state == "running" else segment.begins
        return _of_day(time(int(found[1]), int(found[2])), expected or now, zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_wrong(text, "time", MOVE_READS)) from error
    if moment.tzinfo is None:
        raise ValueError(f"{text[:SHOWN]!r} has no zone: it reads {MOVE_READS}")
    if not 2000 <= moment.year <= 2100:
        raise ValueError(f"the year {moment.year} cannot be right")
    return moment.astimezone(UTC)


def _of_day(clock: time, near: datetime, zone: tzinfo) -> datetime:
    """Give the moment of a time of day that is nearest: also after midnight, and where clocks
    show it twice. Raises ValueError where clocks skip it."""
    day = near.astimezone(zone).date()
    moments = []
    for days in (-1, 0, 1):
        for fold in (0, 1):
            local = datetime.combine(day + timedelta(days=days), clock, zone).replace(fold=fold)
            moment = local.astimezone(UTC)
            if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                moments.append(moment)
    nearest = min(moments, key=lambda moment: abs(moment - near))
    if abs(nearest - near) > _SAME_DAY:
        raise ValueError(f"there is no {clock:%H:%M} on that day: clocks skip it")
    return nearest


def _set_screen(screen: str, text: str) -> SetScreen:
    """Read what a screen shows. Raises ValueError with how it reads."""
    if text.startswith("{"):
        try:
            asked = msgspec.json.decode(text, type=_Scenes)
        except msgspec.MsgspecError as error:
            raise ValueError(_wrong(text, "scene", SCENE_READS)) from error
    else:
        names = [name.strip() for name in text.split(",")]
        known = tuple(scene for name in names for scene in SCENES if scene == name)
        if len(known) != len(names):
            odd = next(name for name in names if name not in SCENES)
            raise ValueError(f"{_wrong(odd, 'scene', SCENE_READS)}; scenes: {', '.join(SCENES)}")
        asked = _Scenes(known)
    if not 1 <= len(asked.scenes) <= 12 or not 3 <= asked.seconds <= 3600:
        raise ValueError("1 to 12 scenes take turns, each for 3 to 3600 seconds")
    return SetScreen(asked.scenes, screen, asked.seconds)


def _screen(name: str) -> str:
    """Give the name of a screen as commands have it."""
    return "*" if name == ALL else _named(name, "screen")


def _whose(screen: str) -> str:
    return "every screen" if screen == "*" else screen


def _named(name: str, what: str) -> str:
    if not name or len(name) > LONGEST_NAME:
        raise ValueError(f"the name of a {what} has 1 to {LONGEST_NAME} characters")
    return name


def _on(text: str) -> bool:
    match text.casefold():
        case "" | "on" | "true" | "1":
            return True
        case "off" | "false" | "0":
            return False
        case _:
            raise ValueError(_wrong(text, "blackout", '"on" or "off"'))


def _text(payload: bytes) -> str:
    return payload.decode("utf-8", "replace").strip()


def _wrong(text: str, what: str, reads: str) -> str:
    wrong = f"{text[:SHOWN]!r} is no {what}" if text else f"it needs a {what}"
    return f"{wrong}: it reads {reads}"

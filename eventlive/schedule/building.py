"""From a programme as its file tells it to the script's tables.

Owns order, ids, who is who, and what is said about what was left out. Never reads a file, and
never refuses more than an empty programme: what is wrong in a file its reader has found.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

from eventlive.anchors import read_anchor
from eventlive.schedule.naming import segment_ids, slug, unique
from eventlive.schedule.programme import (
    MINUTES_GUESSED,
    MINUTES_MAX,
    NAME_MAX,
    PLACE_MAX,
    SPEAKERS_MAX,
    TITLE_MAX,
    Findings,
    Programme,
    Schedule,
    Segment,
    Speaker,
    Talk,
    line_of,
)
from eventlive.tables import NetworkName, Person, SegmentTable, handle_problem


def build(programme: Programme, findings: Findings) -> Schedule:
    """Make the script's tables. Raises ScriptError where nothing is left to import."""
    # By their offsets: times of one zone compare as clocks show them, also when clocks go back.
    all_talks = [replace(talk, starts=_with_offset(talk.starts)) for talk in programme.talks]
    longer = [talk for talk in all_talks if talk.minutes > MINUTES_MAX]
    talks = sorted(
        (talk for talk in all_talks if talk.minutes <= MINUTES_MAX),
        key=lambda talk: (talk.starts, talk.room, talk.title),
    )
    if not talks and not programme.posts:
        findings.refuse(0, "", _nothing(programme))
    people, ids_of = _people(talks)
    segments = _segments(talks, people, ids_of)
    _check_ties(programme, segments, findings)
    aside = [*programme.aside]
    aside += [
        f"{talk.starts:%Y-%m-%d %H:%M}, {talk.minutes // 60} hours: {line_of(talk.title, 100)}"
        for talk in longer
    ]
    notes = [*_counts(programme, segments, len(people), aside), *programme.notes]
    return Schedule(
        line_of(findings.file, 200),
        programme.origin,
        programme.zone,
        segments,
        people,
        tuple(programme.posts),
        tuple(aside),
        tuple(notes),
    )


def _segments(
    talks: Sequence[Talk], people: Sequence[Person], ids_of: Mapping[str, str]
) -> tuple[Segment, ...]:
    """Make the parts, in the order of their starts."""
    parts = [(line_of(talk.title, TITLE_MAX), talk.starts, talk.id) for talk in talks]
    rooms = [line_of(talk.room, PLACE_MAX) for talk in talks]
    lengths = _lengths(talks, rooms)
    tracks = _tracks(
        [
            (room, talk.starts, talk.starts + timedelta(minutes=minutes))
            for talk, room, minutes in zip(talks, rooms, lengths, strict=True)
        ]
    )
    names = {person.id: person.name for person in people}
    segments = []
    for at, (talk, id) in enumerate(zip(talks, segment_ids(parts), strict=True)):
        speakers = list(dict.fromkeys(ids_of[_who(speaker)] for speaker in talk.speakers))
        table = SegmentTable(
            id=id,
            title=parts[at][0],
            starts=talk.starts,
            minutes=lengths[at],
            track=tracks[at],
            room=rooms[at],
            speakers=speakers[:SPEAKERS_MAX],
        )
        others = tuple(names[speaker] for speaker in speakers[SPEAKERS_MAX:])
        topic = line_of(talk.track, PLACE_MAX)
        segments.append(Segment(table, topic, others, talk.minutes == 0))
    return tuple(segments)


def _lengths(talks: Sequence[Talk], rooms: Sequence[str]) -> list[int]:
    """Give the lengths; one that no file names ends, at the latest, when its room is needed."""
    lengths: list[int] = []
    following: dict[str, datetime] = {}
    begun: dict[str, datetime] = {}
    for talk, room in zip(reversed(talks), reversed(rooms), strict=True):
        if talk.starts != begun.get(room, talk.starts):
            following[room] = begun[room]
        begun[room] = talk.starts
        free = following.get(room, datetime.max.replace(tzinfo=UTC)) - talk.starts
        lengths.append(talk.minutes or max(1, min(MINUTES_GUESSED, free // timedelta(minutes=1))))
    return lengths[::-1]


def _tracks(parts: Sequence[tuple[str, datetime, datetime]]) -> list[str]:
    """Give each part (room, start, end), in the order of their starts, a track of its own room.

    No other runs on it at the same time: what runs beside others in one room gets a further track.
    Where all follow each other, there is one track without a name.
    """
    lanes: dict[str, list[datetime]] = {}
    places: list[tuple[str, int]] = []
    latest = parts[0][1] if parts else None
    together = False
    for room, start, end in parts:
        assert latest is not None
        together, latest = together or start < latest, max(latest, end)
        ends = lanes.setdefault(room, [])
        lane = next((at for at, until in enumerate(ends) if until <= start), len(ends))
        ends[lane : lane + 1] = [end]
        places.append((room, lane))
    if not together:
        return [""] * len(parts)
    names = {(room, 0): room for room in lanes}
    taken = set(lanes)
    for room, ends in lanes.items():
        number = 1
        for lane in range(1, len(ends)):
            while (name := _beside(room, number := number + 1)) in taken:
                pass
            taken.add(name)
            names[room, lane] = name
    return [names[place] for place in places]


def _beside(room: str, number: int) -> str:
    return f"{(room or 'track')[: PLACE_MAX - 5].rstrip()} {number}"


def _check_ties(programme: Programme, segments: Sequence[Segment], findings: Findings) -> None:
    """Refuse posts that are tied to no part of a file that has parts. Raises ScriptError."""
    ids = [segment.table.id for segment in segments]
    for post in programme.posts if ids else ():
        if not isinstance(post.at, str):
            continue
        named = read_anchor(post.at).segment
        if named not in ids:
            near = difflib.get_close_matches(named, ids, 1, 0.5)
            findings.add(
                programme.post_lines.get(post.id, 0),
                "start",
                f"there is no segment {named!r} in this file",
                f"did you mean {near[0]!r}?" if near else f"segments: {', '.join(ids[:10])}",
            )
    findings.settle()


def _with_offset(moment: datetime) -> datetime:
    offset = moment.utcoffset()
    assert offset is not None
    return moment.replace(tzinfo=timezone(offset), fold=0)


def _nothing(programme: Programme) -> str:
    if programme.cancelled:
        return f"nothing is left to import: all {len(programme.cancelled)} talks are cancelled"
    if programme.aside or programme.talks:
        return "nothing is left to import: every entry lasts all day or longer"
    return "there is nothing to import: the file holds no talk"


def _who(speaker: Speaker) -> str:
    return speaker.key or line_of(speaker.name, NAME_MAX).casefold()


def _people(talks: Sequence[Talk]) -> tuple[tuple[Person, ...], dict[str, str]]:
    """List each speaker once, in the order of their first talks; give the id of each."""
    found: dict[str, Speaker] = {}
    for talk in talks:
        for speaker in talk.speakers:
            found.setdefault(_who(speaker), speaker)
    # In the order of their keys, so that a talk that moves renames nobody.
    taken: dict[str, int] = {}
    ids = {
        key: unique(slug(found[key].name) or "speaker", taken)
        for key in sorted(found, key=lambda key: (found[key].name, key))
    }
    people = tuple(
        Person(
            id=ids[key],
            name=line_of(speaker.name, NAME_MAX),
            handles={
                cast(NetworkName, network): handle
                for network, handle in speaker.handles.items()
                if not handle_problem(network, handle)
            },
        )
        for key, speaker in found.items()
    )
    return people, ids


def _counts(
    programme: Programme, segments: Sequence[Segment], people: int, aside: Sequence[str]
) -> list[str]:
    notes = []
    if segments:
        notes.append(f"{_number(len(segments), 'segment')} and {_number(people, 'speaker')}")
    if programme.posts:
        timed = sum(post.at is not None for post in programme.posts)
        accounts = sorted({one for post in programme.posts for one in post.from_accounts})
        notes.append(
            f"{_number(len(programme.posts), 'post')}, {timed} with a time; "
            f"the script needs the accounts {', '.join(accounts)}"
        )
    if programme.cancelled:
        titles = ", ".join(line_of(title, 60) for title in programme.cancelled[:10])
        notes.append(f"{len(programme.cancelled)} cancelled, left out: {titles}")
    if aside:
        notes.append(f"{len(aside)} lasting all day or longer, kept as comments alone")
    if guessed := sum(segment.guessed for segment in segments):
        notes.append(
            f"{guessed} without a length: {MINUTES_GUESSED} minutes, or less where the room is"
            " needed sooner, are a guess"
        )
    if together := _at_once(segments):
        notes.append(
            f"up to {together} segments run at the same time: each room is a track of its own"
        )
    return notes


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _at_once(segments: Sequence[Segment]) -> int:
    """Count how many parts run at the busiest moment; 0 where they follow each other."""
    steps: Counter[datetime] = Counter()
    for segment in segments:
        steps[segment.starts] += 1
        steps[segment.starts + timedelta(minutes=segment.table.minutes)] -= 1
    most = running = 0
    for moment in sorted(steps):
        running += steps[moment]
        most = max(most, running)
    return most if most > 1 else 0

"""From a programme as its file tells it to the script's tables.

Owns order, ids, who is who, and what is said about what was left out. Never reads a file, and
never refuses more than an empty programme: what is wrong in a file its reader has found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import cast

from eventlive.schedule.naming import segment_ids, slug, unique
from eventlive.schedule.programme import (
    MINUTES_GUESSED,
    MINUTES_MAX,
    NAME_MAX,
    PLACE_MAX,
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
    parts = [(line_of(talk.title, TITLE_MAX), talk.starts, talk.id) for talk in talks]
    segments = tuple(
        Segment(
            SegmentTable(
                id=id, title=title, starts=talk.starts, minutes=talk.minutes or MINUTES_GUESSED
            ),
            tuple(dict.fromkeys(ids_of[speaker] for speaker in map(_who, talk.speakers))),
            line_of(talk.room, PLACE_MAX),
            line_of(talk.track, PLACE_MAX),
            talk.minutes == 0,
        )
        for talk, (title, _, _), id in zip(talks, parts, segment_ids(parts), strict=True)
    )
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
        accounts = sorted({post.account for post in programme.posts})
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
        notes.append(f"{guessed} without a length: {MINUTES_GUESSED} minutes are a guess")
    if together := _at_once(segments):
        notes.append(f"up to {together} segments run at the same time, in different rooms")
    return notes


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _at_once(segments: Sequence[Segment]) -> int:
    """Count how many parts run at the busiest moment; 0 where they follow each other."""
    steps: Counter[datetime] = Counter()
    for segment in segments:
        steps[segment.table.starts] += 1
        steps[segment.table.starts + timedelta(minutes=segment.table.minutes)] -= 1
    most = running = 0
    for moment in sorted(steps):
        running += steps[moment]
        most = max(most, running)
    return most if most > 1 else 0

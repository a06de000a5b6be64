"""The programme as the public may know it, for the screens.

Owns which parts of it are told, in which order, and what of each. Pure: what is expected at this
moment stands in the segments, and whether something is overdue is for whoever shows it to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from eventlive.model import Part, Segment

COMING = 2
"""Parts of a track that are told beside the one that runs."""

_LAST = datetime.max.replace(tzinfo=UTC)


def parts(segments: Iterable[Segment], names: Mapping[str, str]) -> tuple[Part, ...]:
    """Give of each track what runs and what comes, as the script orders the tracks.

    `names` are people's by their ids; one that is in no list is left out. What comes is in the
    order of its times, and what waits for something else without a time comes last.
    """
    tracks: dict[str, list[Segment]] = {}
    for segment in segments:
        tracks.setdefault(segment.track, []).append(segment)
    return tuple(_part(one, names) for track in tracks.values() for one in _told(track))


def _told(track: Iterable[Segment]) -> list[Segment]:
    track = list(track)
    running = [one for one in track if one.state == "running"]
    planned = [one for one in track if one.state == "planned"]
    coming = sorted(planned, key=lambda one: one.begins or _LAST)
    return [*running, *coming[:COMING]]


def _part(segment: Segment, names: Mapping[str, str]) -> Part:
    return Part(
        id=segment.id,
        title=segment.title,
        begins=segment.begins,
        ends=segment.ends,
        running=segment.state == "running",
        by=segment.by,
        track=segment.track,
        room=segment.room,
        speakers=tuple(names[one] for one in segment.speakers if one in names),
    )

"""The programme on the screens: what of each track is told, and that nothing else is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from eventlive.model import Part, Segment
from eventlive.programme import parts

NINE = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)
NAMES = {"ada": "Ada Holm", "bo": "Bo Lind"}


def segment(name: str, state: str = "planned", begins: int | None = 0, **more: Any) -> Segment:
    """Give a segment that begins so many minutes after nine, and goes for half an hour."""
    start = None if begins is None else NINE + timedelta(minutes=begins)
    end = None if start is None else start + timedelta(minutes=30)
    fields = {"id": name, "version": 3, "title": name.title(), "starts": start, "minutes": 30}
    times = {"begins": start, "ends": end, "state": state}
    return msgspec.convert({**fields, **times, **more}, Segment)


def told(*segments: Segment) -> list[str]:
    return [part.id for part in parts(segments, NAMES)]


def test_of_each_track_what_runs_comes_first_then_two_that_come() -> None:
    segments = [
        segment("opening", "ended"),
        segment("late talk", begins=120),
        segment("keynote", "running", 30, speakers=["ada"]),
        segment("film", begins=60, track="cinema"),
        segment("panel", begins=60),
        segment("dropped", "skipped", 70),
        segment("lunch", begins=90),
        segment("talk", begins=20, track="cinema"),
    ]
    assert told(*segments) == ["keynote", "panel", "lunch", "talk", "film"]
    assert [part.running for part in parts(segments, NAMES)] == [True] + 4 * [False]


def test_what_waits_without_a_time_comes_last() -> None:
    assert told(segment("after", begins=None), segment("talk", begins=5)) == ["talk", "after"]
    assert not parts([], NAMES)


def test_the_public_gets_names_of_people_and_nothing_of_the_crew() -> None:
    hidden: dict[str, Any] = {"slip": 240, "planned": NINE, "moved": NINE, "after": "opening"}
    whole = segment(
        "keynote", by="hand", room="Hall", speakers=["ada", "nobody", "bo"], track="a", **hidden
    )
    (part,) = parts([whole], NAMES)
    assert part == Part(
        *("keynote", "Keynote", NINE, NINE + timedelta(minutes=30), False, "hand", "a", "Hall"),
        speakers=("Ada Holm", "Bo Lind"),
    )
    said = msgspec.to_builtins(part)
    assert not set(said) & {*hidden, "version", "state", "starts"}
    assert "nobody" not in str(said)

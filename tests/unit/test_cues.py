"""Cues of the venue: what each means, how a wrong one is told to read, and the rundown in words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventlive.cues import outcome, read_cue, rundown
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
    SetScreen,
    SkipSegment,
    SlipSegment,
    StartSegment,
)
from eventlive.model import Segment

OSLO = ZoneInfo("Europe/Oslo")
NINE = datetime(2027, 5, 20, 7, tzinfo=UTC)  # there


def part(begins: datetime = NINE, **fields: Any) -> Segment:
    ends = begins + timedelta(minutes=30)
    one = Segment("keynote", 1, "The keynote", begins, 30, begins=begins, ends=ends)
    return replace(one, **fields)


def read(cue: str, payload: str = "", segment: Segment | None = None) -> Command:
    segments = {segment.id: segment} if segment else {}
    return read_cue(cue, payload.encode(), segments=segments, zone=OSLO, now=NINE)


def moved_to(text: str, segment: Segment | None = None) -> str:
    command = read("segment/keynote/move", text, segment or part())
    assert isinstance(command, MoveSegment)
    return f"{command.at:%m-%d %H:%M}"


def test_every_cue_is_a_command() -> None:
    assert [
        read(cue, payload)
        for cue, payload in [
            ("hold", "whatever"),
            ("release", ""),
            ("approve-next", ""),
            ("segment/a/start", "ignored"),
            ("segment/a/end", ""),
            ("segment/a/skip", ""),
            ("segment/a/plan", ""),
            ("segment/a/late", "5"),
            ("segment/a/move", "2027-05-20T09:30:00+02:00"),
            ("screen/left/scene", "spotlight"),
            ("screen/all/scene", "masonry, pair"),
            ("screen/left/scene", '{"scenes": ["pair"], "seconds": 20}'),
            ("screen/left/statement", "welcome"),
            ("screen/left/blackout", ""),
            ("screen/left/blackout", "OFF"),
            ("screen/all/follow", ""),
            ("statement/welcome", ""),
            ("refresh", ""),
        ]
    ] == [
        Hold("a cue of the venue"),
        Release(),
        ApproveNext(),
        StartSegment("a"),
        EndSegment("a"),
        SkipSegment("a"),
        PlanSegment("a"),
        SlipSegment("a", 300),
        MoveSegment("a", NINE + timedelta(minutes=30)),
        SetScreen(("spotlight",), "left"),
        SetScreen(("masonry", "pair")),
        SetScreen(("pair",), "left", 20),
        PlayStatement("welcome", screen="left"),
        Darken("left"),
        Darken("left", on=False),
        FollowScript(),
        PlayStatement("welcome"),
        RefreshScreens(),
    ]


@pytest.mark.parametrize(
    "odd",
    ["", "/", "hold/", "/hold", "segment", "segment/a", "segment/a/start/", "segment//late", "#"],
)
def test_what_is_no_cue_names_those_that_there_are(odd: str) -> None:
    with pytest.raises(ValueError, match=r"no such cue; cues: hold, .*segment/<id>/move"):
        read(odd, "5")


@pytest.mark.parametrize(
    ("payload", "seconds"),
    [
        ("5", 300),
        ("+5", 300),
        ("-2", -120),
        (" 5m ", 300),
        ("5 min", 300),
        ("90s", 90),
        ("- 90 sec", -90),
        ('{"minutes": 5}', 300),
        ('{"minutes": -1, "seconds": 30}', -30),
        ("1440", 86_400),
    ],
)
def test_a_delay_as_people_and_machines_write_it(payload: str, seconds: int) -> None:
    assert read("segment/keynote/late", payload) == SlipSegment("keynote", seconds)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ("", 'it needs a delay: it reads "5"'),
        ("soon", "'soon' is no delay: it reads \"5\""),
        ("5 h", "no delay"),
        ("1.5", "no delay"),
        ("٥", "no delay"),
        ("5\n6", "no delay"),
        ("0", "no delay"),
        ("{}", "no delay"),
        ('{"minutes": "5"}', "no delay"),
        ('{"minutes": 5, "hours": 1}', "no delay"),
        ('{"minutes": 1e999}', "no delay"),
        ("[5]", "no delay"),
        ("1441", "a day at most"),
        ('{"seconds": 99999999999999999999999}', "a day at most"),
        ("x" * 5000, "no delay"),
    ],
)
def test_what_is_no_delay_is_refused_with_how_it_reads(payload: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read("segment/keynote/late", payload)
    assert says in str(error.value)
    assert len(str(error.value)) < 200


def test_a_time_of_day_is_the_one_that_is_near() -> None:
    assert moved_to("09:30") == "05-20 07:30"
    assert moved_to("9:05") == "05-20 07:05"
    late = part(datetime(2027, 5, 20, 21, 45, tzinfo=UTC))  # 23:45 there
    assert moved_to("00:10", late) == "05-20 22:10"
    assert moved_to("23:30", late) == "05-20 21:30"
    # One that runs ends then: what is near is its end.
    assert moved_to("00:10", replace(late, state="running")) == "05-20 22:10"
    long = replace(late, state="running", ends=late.begins and late.begins + timedelta(hours=20))
    assert moved_to("19:00", long) == "05-21 17:00"
    # Where nobody knows the segment the desk says so; the time is read all the same.
    unknown = read("segment/lunch/move", "09:30")
    assert unknown == MoveSegment("lunch", NINE + timedelta(minutes=30))
    assert moved_to("2027-05-21T00:10:00Z") == "05-21 00:10"


def test_a_time_that_clocks_skip_or_show_twice() -> None:
    spring = part(datetime(2027, 3, 28, 0, 30, tzinfo=UTC))  # 01:30 there, before the change
    with pytest.raises(ValueError, match="clocks skip it"):
        moved_to("02:30", spring)
    assert moved_to("03:10", spring) == "03-28 01:10"
    first = datetime(2027, 10, 31, 0, 20, tzinfo=UTC)  # 02:20 there, for the first time
    assert moved_to("02:40", part(first)) == "10-31 00:40"
    assert moved_to("02:40", part(first + timedelta(hours=1))) == "10-31 01:40"


@given(st.integers(0, 2 * 365 * 24 * 60), st.times())
def test_a_time_of_day_reads_the_same_on_the_clock(minutes: int, clock: Any) -> None:
    begins = NINE + timedelta(minutes=minutes)
    try:
        command = read("segment/keynote/move", f"{clock:%H:%M}", part(begins))
    except ValueError as error:
        assert "clocks skip it" in str(error)  # noqa: PT017
        return
    assert isinstance(command, MoveSegment)
    assert f"{command.at.astimezone(OSLO):%H:%M}" == f"{clock:%H:%M}"
    assert abs(command.at - begins) <= timedelta(hours=13)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ("", 'it needs a time: it reads "14:05"'),
        ("14.05", 'is no time: it reads "14:05"'),
        ("24:00", "is no time"),
        ("2027-05-20T14:05:00", "has no zone"),
        ("2027-13-20T14:05:00Z", "is no time"),
        ("0001-01-01T00:00:00+03:00", "cannot be right"),
        ("\x00\x1b[2J", "is no time"),
        ("x" * 4000, "is no time"),
    ],
)
def test_what_is_no_time_is_refused_with_how_it_reads(payload: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        moved_to(payload)
    assert says in str(error.value)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 200


def test_what_a_cue_did_is_said_as_things_stand() -> None:
    def said(segment: Segment) -> str:
        return outcome(StartSegment("keynote"), "keynote", {"keynote": segment}, OSLO)

    assert said(part(slip=300)) == "'The keynote' begins at 09:00, 5 min late"
    assert said(part(state="running", slip=-120)) == "'The keynote' runs until 09:30, 2 min early"
    assert said(part(state="ended", ended_at=NINE)) == "'The keynote' ended at 09:00"
    assert said(part(state="skipped")) == "'The keynote' is skipped"
    assert outcome(Hold(), "main", {}, OSLO) == "everything is held"


def test_the_rundown_says_for_each_track_what_is_on_and_what_is_next() -> None:
    ten = NINE + timedelta(hours=1)
    parts = [
        part(id="a", state="ended"),
        part(id="b", state="running", started_at=NINE, slip=60, by="hand", room="Hall"),
        part(ten + timedelta(hours=1), id="d"),
        part(ten, id="c", slip=120),
        part(id="e", state="skipped"),
        part(NINE - timedelta(minutes=10), id="f", track="side", by="hand"),
    ]
    hall, side = rundown(parts, NINE + timedelta(seconds=90))
    assert (hall["track"], hall["late"], hall["now"]["id"], hall["next"]["id"]) == (
        "",
        60,
        "b",
        "c",
    )
    assert hall["now"] == {
        "id": "b",
        "title": "The keynote",
        "room": "Hall",
        "by": "hand",
        "late": 60,
        "begins": NINE,
        "ends": NINE + timedelta(minutes=30),
        "minutes_left": 29,
    }
    assert (hall["next"]["begins"], hall["next"]["late"]) == (ten, 120)
    # What waits for a person grows later, and does not begin before now.
    assert (side["now"], side["next"]["begins"]) == (None, NINE + timedelta(seconds=90))
    assert side["late"] == side["next"]["late"] == 690
    (over, _) = rundown(parts, NINE + timedelta(minutes=33))
    assert (over["now"]["minutes_left"], over["late"]) == (-3, 60 + 180)
    assert rundown([part(state="ended")], NINE) == [
        {"track": "", "late": 0, "now": None, "next": None}
    ]
    assert rundown([], NINE) == []

"""Programmes of others: read whole or refused with every reason and its place, never by half.

Longer than most, for it tests three formats through one door.
"""

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventlive.errors import Problem, ScriptError
from eventlive.schedule.columns import WORDS
from eventlive.schedule.naming import RESERVED
from eventlive.schedule.programme import BYTES_MAX, Schedule, Segment
from eventlive.schedule.reading import read_schedule
from eventlive.schedule.writing import write_toml
from eventlive.script import read
from eventlive.tables import Script, SegmentTable

OSLO = ZoneInfo("Europe/Oslo")
EVENT = '[event]\nid = "fair"\ntitle = "The fair"\n[[accounts]]\nid = "main"\nhandle = "fair"\n\n'


def given_file(data: str | bytes, name: str) -> Schedule:
    return read_schedule(data if isinstance(data, bytes) else data.encode(), name, OSLO)


def refused(data: str | bytes, name: str) -> list[Problem]:
    with pytest.raises(ScriptError) as error:
        given_file(data, name)
    for problem in error.value.problems:
        assert problem.file == name
        assert len(str(problem)) < 900
        assert str(problem).isprintable()
    return error.value.problems


def script_of(schedule: Schedule) -> Script:
    """Read the tables back as a part of an event script; nothing may be wrong with it."""
    script, problems = read(EVENT + write_toml(schedule), "fair.toml")
    assert script is not None, problems
    assert problems == []
    assert script.segments == [segment.table for segment in schedule.segments]
    assert script.people == list(schedule.people)
    assert script.posts == list(schedule.posts)
    return script


def told(schedule: Schedule) -> list[tuple[str, str, int]]:
    """Give the parts as title, start and minutes."""
    tables = [segment.table for segment in schedule.segments]
    starts = [segment.starts.isoformat() for segment in schedule.segments]
    return [
        (table.title, start, table.minutes) for table, start in zip(tables, starts, strict=True)
    ]


def apart(schedule: Schedule) -> int:
    """Count the tracks; on none of them do two parts run at the same time."""
    tracks: dict[str, list[Segment]] = {}
    for segment in schedule.segments:
        tracks.setdefault(segment.table.track, []).append(segment)
    for track, parts in tracks.items():
        for one, other in pairwise(parts):
            assert one.starts + timedelta(minutes=one.table.minutes) <= other.starts, track
    return len(tracks)


# --- JSON of conference systems -------------------------------------------------------------------


def talks_of(path: Path) -> list[dict[str, Any]]:
    days = json.loads(path.read_text())["schedule"]["conference"]["days"]
    return [talk for day in days for talks in day["rooms"].values() for talk in talks]


@pytest.mark.needs("cases")
@pytest.mark.parametrize(
    ("name", "count", "people"), [("frab-camp2019.json", 79, 90), ("pretalx-democon.json", 36, 27)]
)
def test_a_real_schedule_loses_nothing(cases: Path, name: str, count: int, people: int) -> None:
    path = cases / "schedules" / name
    schedule = given_file(path.read_bytes(), name)
    script_of(schedule)
    talks = talks_of(path)
    assert (len(schedule.segments), len(schedule.people)) == (count, people)
    hours = {"00:30": 30, "00:45": 45, "01:30": 90, "03:00": 180}
    assert sorted(told(schedule)) == sorted(
        (" ".join(talk["title"].split()), talk["date"], hours[talk["duration"]]) for talk in talks
    )
    names = {person.id: person.name for person in schedule.people}
    said = {
        (one.table.title, one.table.room, one.topic, tuple(names[id] for id in one.table.speakers))
        for one in schedule.segments
    }
    assert said == {
        (
            " ".join(talk["title"].split()),
            talk["room"],
            talk["track"],
            tuple(person["public_name"].strip() for person in talk["persons"]),
        )
        for talk in talks
    }
    starts = [segment.starts for segment in schedule.segments]
    assert all(one <= other for one, other in pairwise(starts))
    assert apart(schedule) > 1


@pytest.mark.needs("cases")
def test_the_one_that_must_be_rejected_names_every_reason(cases: Path) -> None:
    data = (cases / "schedules" / "invalid-example.json").read_bytes()
    talk = "schedule.conference.days[0].rooms.Winterchaos[0]"
    assert {problem.key for problem in refused(data, "invalid-example.json")} == {
        f"{talk}.id",
        f"{talk}.persons[0].id",
        f"{talk}.persons[0].code",
        "schedule.rooms",
    }


def frab(*talks: dict[str, Any], **conference: Any) -> str:
    """Write a schedule.json of one day in one room."""
    day = {"date": "2027-05-20", "rooms": {"Room 1": list(talks)}}
    return json.dumps({"schedule": {"conference": {"title": "C", "days": [day]} | conference}})


def talk(**other: Any) -> dict[str, Any]:
    return {"title": "T", "date": "2027-05-20T09:00:00+03:00", "duration": "00:30"} | other


HERE = 'schedule.conference.days[0].rooms["Room 1"][0]'
BROKEN = [
    (frab(talk(title=" ")), f"{HERE}.title", "no text"),
    (frab(talk(title="\u200b\x1f")), f"{HERE}.title", "no text"),
    (frab({"title": "T", "duration": "00:30"}), f"{HERE}.date", "missing"),
    (frab(talk(date="20.5.2027")), f"{HERE}.date", "does not read like"),
    (frab(talk(date="2027-02-30T09:00:00Z")), f"{HERE}.date", "day"),
    (frab(talk(date="1027-05-20T09:00:00Z")), f"{HERE}.date", "year"),
    (frab(talk(date="2027-03-28T02:30")), f"{HERE}.date", "clocks skip it"),
    (frab(talk(duration="30 minutes")), f"{HERE}.duration", "01:30"),
    (frab(talk(duration=30)), f"{HERE}.duration", "01:30"),
    (frab(talk(duration=None)), f"{HERE}.duration", "neither"),
    (frab(talk(end="2027-05-20T08:00:00+03:00")), f"{HERE}.end", "before it starts"),
    (frab(talk(end="2027-05-20T10:00:00+03:00")), f"{HERE}.end", "60 minutes by its end, 30"),
    (frab(talk(persons=[{"id": 1}])), f"{HERE}.persons[0]", "no name"),
    (frab(talk(persons="Anna")), f"{HERE}.persons", "a list belongs here"),
    (frab(talk(id="?")).replace('"?"', "1e400"), f"{HERE}.id", "whole number"),
    (frab(talk(), daysCount=3), "schedule.conference.daysCount", "not whole"),
    (frab(talk(), time_zone_name="Mars/Base"), "schedule.conference.time_zone_name", "Mars"),
    (frab(talk(), days={}), "schedule.conference.days", "a list belongs here"),
    (frab(), "", "no talk"),
    (frab(talk(title="CANCELLED: T"), talk(state="canceled")), "", "all 2 talks are cancelled"),
    ('{"schedule": {"conference": {"title": "A", "title": "B"}}}', "", "'title' stands twice"),
    ('{"results": []}', "schedule", "its keys are results"),
    ("[1]", "schedule", "no object"),
]


@pytest.mark.parametrize(("text", "key", "says"), BROKEN)
def test_a_broken_json_is_refused_with_its_path(text: str, key: str, says: str) -> None:
    (problem,) = refused(text, "schedule.json")
    assert problem.key == key
    assert says in str(problem)


def test_a_file_cut_short_is_refused_with_its_line() -> None:
    text = json.dumps(json.loads(frab(talk(), talk(title="U"))), indent=1)
    (problem,) = refused(text[: text.index('"U"')], "schedule.json")
    assert problem.line == text[: text.index('"U"')].count("\n") + 1


def test_what_a_talk_and_its_speakers_are() -> None:
    links = [
        {"url": "https://social.example/@anna", "type": "activitypub"},
        {"url": "https://bsky.app/profile/anna.example.org"},
        {"url": "https://x.com/not/a/profile"},
        {"url": "http://[broken"},
    ]
    anna = {"guid": "a", "name": "Anna Lind", "links": links}
    schedule = given_file(
        frab(
            talk(title="Opening\x00 \u202eand\n more", persons=[anna, {"name": "Ben Moe"}]),
            talk(
                title="Lunch",
                date="2027-05-20T12:00:00Z",
                end="2027-05-20T13:15:00Z",
                duration=None,
                persons=[anna],
            ),
            talk(title="Lunch", date="2027-05-21T12:00:00", persons=[{"guid": "b", **anna}]),
            talk(title="昼食", persons=[{"guid": "c", "name": "Anna Lind"}]),
            talk(title="Exhibition", duration="99:00"),
            talk(title="Late (cancelled)", persons=[{"name": "Nobody"}]),
            time_zone_name="Europe/Helsinki",
        ),
        "schedule.json",
    )
    script = script_of(schedule)
    assert [one.minutes for one in script.segments] == [30, 30, 75, 30]
    assert [
        (one.id, one.title, one.starts and one.starts.isoformat()) for one in script.segments
    ] == [
        ("opening-and-more", "Opening and more", "2027-05-20T09:00:00+03:00"),
        ("part", "昼食", "2027-05-20T09:00:00+03:00"),
        ("lunch-0520", "Lunch", "2027-05-20T15:00:00+03:00"),
        ("lunch-0521", "Lunch", "2027-05-21T12:00:00+03:00"),
    ]
    assert [(one.name, one.handles) for one in script.people] == [
        ("Anna Lind", {"mastodon": "anna@social.example", "bluesky": "anna.example.org"}),
        ("Ben Moe", {}),
        ("Anna Lind", {}),
    ]
    assert len({one.id for one in script.people}) == 3
    text = write_toml(schedule)
    assert [(one.room, one.track, one.speakers) for one in script.segments] == [
        ("Room 1", "Room 1", ["anna-lind", "ben-moe"]),
        ("Room 1", "Room 1 2", ["anna-lind-2"]),
        ("Room 1", "Room 1", ["anna-lind"]),
        ("Room 1", "Room 1", ["anna-lind"]),
    ]
    assert "1 cancelled, left out: Late (cancelled)" in text
    assert "#   2027-05-20 09:00, 99 hours: Exhibition" in text
    assert "Nobody" not in text


@pytest.mark.needs("cases")
def test_json_of_every_kind_is_refused_for_what_it_is(cases: Path) -> None:
    suite = json.loads((cases / "hostile" / "json_parsing.json").read_text())
    assert len(suite) > 300
    for case in suite:
        data = case["input"].encode("utf-8", "surrogatepass")
        problems = refused(data, "schedule.json")
        no_json = not problems[0].key and "stands twice" not in problems[0].message
        if case["name"].startswith(("y_", "n_")):
            assert no_json == case["name"].startswith("n_"), (case, problems)


# --- calendars ------------------------------------------------------------------------------------

ZONE_TABLE = """BEGIN:VTIMEZONE
TZID:Our own
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*events: str, head: str = "PRODID:-//Example//EN\n") -> str:
    """Write a calendar of events, each a text of properties."""
    inner = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\n{head}{inner}END:VCALENDAR\n".replace("\n", "\r\n")


def event(start: str, *other: str, title: str = "T") -> str:
    return "\n".join([f"SUMMARY:{title}", f"DTSTART{start}", *other])


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (":20270520T090000", "2027-05-20T09:00:00+02:00"),
        (":20270520T090000Z", "2027-05-20T11:00:00+02:00"),
        (";TZID=Europe/Helsinki:20270520T090000", "2027-05-20T09:00:00+03:00"),
        (';TZID="/example.org/2027/Europe/Helsinki":20270520T090000', "2027-05-20T09:00:00+03:00"),
        (";TZID=FLE Standard Time:20270520T090000", "2027-05-20T09:00:00+03:00"),
        (";VALUE=DATE-TIME;TZID=Our own:20271220T090000", "2027-12-20T09:00:00+02:00"),
        (';X-A="b:c";TZID=Our own:20270520T090000', "2027-05-20T09:00:00+03:00"),
    ],
)
def test_a_time_keeps_its_zone(start: str, shown: str) -> None:
    text = calendar(event(start, "DURATION:PT45M"), head=ZONE_TABLE)
    assert told(given_file(text, "a.ics")) == [("T", shown, 45)]


def test_a_series_keeps_its_hour_and_its_exceptions() -> None:
    zone = ";TZID=Europe/Oslo:"
    series = event(
        f"{zone}20270326T100000",
        "UID:1",
        f"DTEND{zone}20270326T110000",
        "RRULE:FREQ=DAILY;UNTIL=20270330T080000Z",
        f"EXDATE{zone}20270327T100000",
        "RDATE;VALUE=DATE:20270402",
        title="Talk\\, wi\n th music",
    )
    moved = event(
        f"{zone}20270329T170000", "UID:1", "RECURRENCE-ID:20270329T080000Z", title="Moved"
    )
    off = event(f"{zone}20270330T100000", "UID:1", f"RECURRENCE-ID{zone}20270330T100000")
    text = calendar(
        series,
        moved,
        off + "\nSTATUS:CANCELLED",
        event(";VALUE=DATE:20270401", title="Build-up"),
        "BEGIN:VALARM\nSUMMARY:no\nEND:VALARM\n" + event(f"{zone}20270401T130000"),
    )
    schedule = given_file(text, "programme.ics")
    script_of(schedule)
    assert told(schedule) == [
        ("Talk, with music", "2027-03-26T10:00:00+01:00", 60),
        ("Talk, with music", "2027-03-28T10:00:00+02:00", 60),
        ("Moved", "2027-03-29T17:00:00+02:00", 30),
        ("T", "2027-04-01T13:00:00+02:00", 30),
        ("Talk, with music", "2027-04-02T10:00:00+02:00", 60),
    ]
    assert [segment.guessed for segment in schedule.segments] == [False, False, True, True, False]
    assert schedule.aside == ("2027-04-01: Build-up",)
    assert any(note.startswith("1 cancelled") for note in schedule.notes)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=3", [20, 21, 22]),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=4", [20, 21, 24, 25]),
        ("FREQ=WEEKLY;INTERVAL=1;BYDAY=TH,FR;UNTIL=20270528", [20, 21, 27, 28]),
        ("FREQ=DAILY;UNTIL=20270522T070000", [20, 21]),
        ("FREQ=HOURLY;INTERVAL=48;COUNT=3", [20, 22, 24]),
    ],
)
def test_a_rule_takes_place(rule: str, days: list[int]) -> None:
    text = calendar(event(";TZID=Europe/Oslo:20270520T090000", f"RRULE:{rule}"))
    assert [
        datetime.fromisoformat(start).day for _, start, _ in told(given_file(text, "a.ics"))
    ] == (days)


def test_a_series_in_utc_keeps_to_utc() -> None:
    text = calendar(event(":20270327T090000Z", "RRULE:FREQ=DAILY;COUNT=2"))
    assert [start for _, start, _ in told(given_file(text, "a.ics"))] == [
        "2027-03-27T10:00:00+01:00",
        "2027-03-28T11:00:00+02:00",
    ]


NINE = ":20270520T090000"
BROKEN_CALENDARS = [
    # the text, the line, the property, and what is said
    (calendar(event(NINE, "RRULE:FREQ=DAILY")), 6, "RRULE", "without an end"),
    (calendar(event(NINE, "RRULE:FREQ=WEEKLY;COUNT=60")), 6, "RRULE", "more than a year"),
    (calendar(event(NINE, "RRULE:FREQ=DAILY;UNTIL=20300101")), 6, "RRULE", "more than a year"),
    (calendar(event(NINE, "RRULE:FREQ=SECONDLY;COUNT=3")), 6, "RRULE", "SECONDLY is not read"),
    (calendar(event(NINE, "RRULE:FREQ=DAILY;INTERVAL=0;COUNT=3")), 6, "RRULE", "steps"),
    (calendar(event(NINE, "RRULE:FREQ=HOURLY;UNTIL=20270720")), 6, "RRULE", "more than 500"),
    (calendar(event(NINE, "RRULE:FREQ=DAILY;COUNT=2;BYMONTHDAY=31")), 6, "RRULE", "BYMONTHDAY"),
    (calendar(event(NINE, "RRULE:FREQ=NEVER")), 6, "RRULE", "NEVER"),
    (calendar(event(NINE, "EXRULE:FREQ=DAILY;COUNT=2")), 6, "EXRULE", "EXDATE"),
    (calendar(event(NINE, "RDATE;VALUE=PERIOD:20270521T090000/PT1H")), 6, "RDATE", "period"),
    (calendar(event(NINE, "RECURRENCE-ID;RANGE=THISANDFUTURE:20270520T090000")), 6, "REC", "all"),
    (calendar(event(NINE, "DTEND:20270520T080000")), 6, "DTEND", "before it starts"),
    (calendar(event(NINE, "DURATION:-PT5M")), 6, "DURATION", "no length"),
    (calendar(event(";TZID=Mars/Base:20270520T090000")), 5, "DTSTART", "'Mars/Base'"),
    (calendar(event(";TZID=Europe:20270520T090000")), 5, "DTSTART", "'Europe'"),
    (calendar(event(";TZID=Europe/Oslo:20270328T023000")), 5, "DTSTART", "clocks skip it"),
    (calendar(event(":20271332T090000")), 5, "DTSTART", "20271332"),
    (calendar(event(NINE, "DTSTART:20270521T090000")), 5, "DTSTART", "twice"),
    (calendar("SUMMARY:T"), 3, "DTSTART", "none"),
    (calendar(f"DTSTART{NINE}"), 3, "SUMMARY", "none"),
    (calendar(event(NINE, "no colon here")), 6, "", "no line of a calendar"),
    (calendar(event(NINE, "SUMMARY:" + "x" * 30_000)), 6, "SUMMARY", "20000"),
    (calendar(event(NINE)).partition("END:VEVENT")[0], 3, "", "never ended"),
    (calendar(event(NINE)).replace("END:VEVENT", "END:VTODO"), 6, "", "VEVENT of line 3"),
    ("END:VCALENDAR", 1, "", "ends nothing"),
    (calendar(event(NINE)) + "SUMMARY:late", 8, "", "outside"),
    (calendar().replace("VCALENDAR", "VCARD"), 1, "", "VCARD is no calendar"),
    (calendar(), 0, "", "no talk"),
]


@pytest.mark.parametrize(("text", "line", "key", "says"), BROKEN_CALENDARS)
def test_a_broken_calendar_is_refused_with_its_line(
    text: str, line: int, key: str, says: str
) -> None:
    (problem,) = refused(text, "a.ics")
    assert problem.line == line, problem
    assert problem.key.startswith(key)
    assert says in str(problem)


def test_pretalx_names_speakers_in_its_titles_and_guests_are_none() -> None:
    entry = event(NINE, 'ATTENDEE;CN="Guest":mailto:guest@example.org', title="A - B - Anna, Ben")
    theirs = given_file(calendar(entry, head="PRODID:-//pretalx//c.example//c\n"), "a.ics")
    assert [person.name for person in theirs.people] == ["Anna", "Ben"]
    assert told(theirs)[0][0] == "A - B"
    others = given_file(calendar(entry), "a.ics")
    assert told(others)[0][0] == "A - B - Anna, Ben"
    assert "Guest" not in write_toml(others)


# --- spreadsheets ---------------------------------------------------------------------------------

HEADINGS = {
    "en": ["Title", "Date", "Start time", "Duration (min)", "Speaker(s)", "Room"],
    "fi": ["Otsikko", "Päivämäärä", "Kellonaika", "Kesto (min)", "Puhujat", "Sali"],
    "de": ["Titel", "Datum", "Uhrzeit", "Dauer in Minuten", "Referenten", "Raum"],
    "no": ["Tittel", "Dato", "Klokkeslett", "Varighet", "Foredragsholdere", "Rom"],
    "es": ["Título", "Fecha", "Hora de inicio", "Duración (minutos)", "Ponentes", "Sala"],
    "it": ["Titolo", "Data", "ORA INIZIO", "durata_min", "Relatori", "Luogo"],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("language", HEADINGS)
def test_a_sheet_says_the_same_in_every_language(
    language: str, separator: str, encoding: str
) -> None:
    rows = [
        HEADINGS[language],
        ["Grüße, «øre»; ok", "20.5.2027", "09:00", "45,0", "Åsa Ø; Ben Moe", "A"],
        ["Zwei\nZeilen", "2027-05-20", "klo 9.45", "1:30", "Ben Moe", "A"],
        ["", "", "", "", "", ""],
        ["Drei", "Thu 20.5.2027", "2 pm", "1 h 5 min", "", "B"],
    ]
    quoted = [separator.join('"' + cell + '"' for cell in row) for row in rows]
    schedule = given_file("\r\n".join(quoted).encode(encoding), "programme.csv")
    script = script_of(schedule)
    assert told(schedule) == [
        ("Grüße, «øre»; ok", "2027-05-20T09:00:00+02:00", 45),
        ("Zwei Zeilen", "2027-05-20T09:45:00+02:00", 90),
        ("Drei", "2027-05-20T14:00:00+02:00", 65),
    ]
    assert [(one.id, one.name) for one in script.people] == [
        ("asa-o", "Åsa Ø"),
        ("ben-moe", "Ben Moe"),
    ]
    assert any("Windows-1252" in note for note in schedule.notes) == (encoding == "cp1252")


def test_no_heading_means_two_columns() -> None:
    words = [" ".join(word.split()) for row in WORDS.values() for word in row.split(";")]
    assert len(words) == len(set(words))


TIMES = [
    # date, start, end, minutes; what it comes to
    ("", "2027-05-20 09:00", "", "22,5", "2027-05-20T09:00:00+02:00", 23),
    ("", "2027-05-20T09:00:00+03:00", "", "1.5 h", "2027-05-20T09:00:00+03:00", 90),
    ("20.5.27", "9.00–9.45", "", "", "2027-05-20T09:00:00+02:00", 45),
    ("20.5.2027", "23:30", "0:15", "45", "2027-05-20T23:30:00+02:00", 45),
    ("20.5.2027", "22:00", "24:00", "", "2027-05-20T22:00:00+02:00", 120),
    ("5/5/2027", "12:00 a.m.", "", "90'", "2027-05-05T00:00:00+02:00", 90),
    ("20/5/2027", "12 p.m.", "13h30", "", "2027-05-20T12:00:00+02:00", 90),
    ("5/20/2027", "9 Uhr", "", "0:45:00", "2027-05-20T09:00:00+02:00", 45),
    ("2027-05-20 00:00:00", "kl. 09", "", "45 min", "2027-05-20T09:00:00+02:00", 45),
    ("27.3.2027", "23:00", "4:00", "", "2027-03-27T23:00:00+01:00", 240),
]
NO_TIMES = [
    ("3/4/2027", "9:00", "", "45", "start", "day first or the month"),
    ("", "3/4/2027 9:00", "", "45", "start", "write 2027-05-20"),
    ("30.2.2027", "9:00", "", "45", "start", "there is no day"),
    ("20 May 2027", "9:00", "", "45", "start", "write 2027-05-20"),
    ("20.5.2027", "9", "", "45", "start", "write 09:00"),
    ("20.5.2027", "25:00", "", "45", "start", "no time of day"),
    ("20.5.2027", "13 pm", "", "45", "start", "21:00"),
    ("20.5.2027", "", "", "45", "start", "there is no time"),
    ("", "9:00", "", "45", "start", "no day"),
    ("28.3.2027", "2:30", "", "45", "start", "clocks skip it"),
    ("20.5.2027", "9:00", "8:00", "", "end", "before it starts"),
    ("20.5.2027", "9:00", "10:00", "45", "end", "60 minutes by its end, 45"),
    ("20.5.2027", "9:00", "", "1.5", "minutes", "minutes or hours"),
    ("20.5.2027", "9:00", "", "soon", "minutes", "1:30"),
    ("20.5.2027", "9:00", "", "0", "minutes", "how long"),
    ("20.5.2027", "9" * 100, "", "0", "start", "80 characters"),
]


def sheet(*cells: str, head: str = "Title\tDate\tTime\tEnd\tLength") -> str:
    return f"{head}\n" + "\t".join(cells) + "\n"


@pytest.mark.parametrize(("date", "start", "end", "minutes", "starts", "lasts"), TIMES)
def test_a_time_as_people_type_it(
    date: str, start: str, end: str, minutes: str, starts: str, lasts: int
) -> None:
    assert told(given_file(sheet("T", date, start, end, minutes), "a.tsv")) == [
        ("T", starts, lasts)
    ]


@pytest.mark.parametrize(("date", "start", "end", "minutes", "key", "says"), NO_TIMES)
def test_a_time_that_is_none_or_two_is_refused(
    date: str, start: str, end: str, minutes: str, key: str, says: str
) -> None:
    (problem,) = refused(sheet("T", date, start, end, minutes), "a.tsv")
    assert (problem.line, problem.key) == (2, key)
    assert says in str(problem)


def test_days_of_a_sheet_explain_each_other_or_contradict() -> None:
    rows = "title,start\nA,3/4/2027 9:00\nB,{} 9:00\n"
    schedule = given_file(rows.format("5/20/2027"), "a.csv")
    assert [start[:10] for _, start, _ in told(schedule)] == ["2027-03-04", "2027-05-20"]
    assert any("month first" in note for note in schedule.notes)
    for other in ("20/5/2027\nC,5/20/2027", "3.4.2027"):
        (problem,) = refused(rows.format(other), "a.csv")
        assert "write all days as 2027-05-20" in str(problem)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Name of it,Wann\nA,B\n", 1, "no column says the title; the columns are 'Name of it', 'W"),
        ("title,when,start\nA,B,C\n", 1, "both say the start"),
        ("title,start\nA,2027-05-20 9:00,extra\n", 2, "3 cells, and 2 columns"),
        ('title,start\n\n"A,2027-05-20 9:00\n', 3, "quotation mark"),
        ("title,start,id\nA,2027-05-20 9:00,Not one\n", 2, "no id"),
        ("title,start,id\nA,2027-05-20 9:00,a\nA,2027-05-20 9:00,a\n", 3, "of a row above"),
        ("text,account\nHi,not_an_account\n", 2, "not_an_account"),
        ("text,at\n" + "x" * 6000 + ",\n", 2, "5000"),
        ("text,alt\nHi,A gull\n", 2, "names none"),
        ("title,start\n", 0, "no talk"),
    ],
)
def test_a_broken_sheet_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    (problem,) = refused(text, "a.csv")
    assert problem.line == line, problem
    assert says in str(problem)


def test_every_line_that_is_wrong_is_named_at_once() -> None:
    rows = (
        'title,start\n,2027-05-20 9:00\n"two\nlines",soon\nok,2027-05-20 9:00\nid,2027-13-01 9:00\n'
    )
    assert [(one.line, one.key) for one in refused(rows, "a.csv")] == [
        (2, "title"),
        (3, "start"),
        (6, "start"),
    ]


def test_posts_come_from_a_sheet_too() -> None:
    schedule = given_file(
        "sep=;\nTeksti;Päivä;Klo;Tili;Kieli;Kuva;Alt;Tila;Status\n"
        'Hyvää "huomenta"!;20.5.2027;9.00;@Support;fi;gull.jpg;Lokki;;\n'
        '"Kaksi\n\\riviä";;;;;;;;\nHyvää huomenta!;;;;;;;;\nEi;;;;;;;;peruttu\n',
        "posts.csv",
    )
    text = EVENT + '[[accounts]]\nid = "support"\nhandle = "s"\n\n' + write_toml(schedule)
    script, problems = read(text, "fair.toml")
    assert script is not None
    assert problems == []
    assert script.posts == list(schedule.posts)
    first, second, third = schedule.posts
    assert (first.id, second.id, third.id) == ("hyvaa-huomenta", "kaksi-rivia", "hyvaa-huomenta-2")
    assert (first.account, first.language, first.text) == ("support", "fi", 'Hyvää "huomenta"!')
    assert isinstance(first.at, datetime)
    assert first.at.isoformat() == "2027-05-20T09:00:00+02:00"
    assert [(one.file, one.alt) for one in first.pictures] == [("gull.jpg", "Lokki")]
    assert (second.text, second.at, second.account) == ("Kaksi\n\\riviä", None, "main")


PROGRAMME = """
title,start,minutes,room,text,account,promo,id
Keynote,2027-05-20 9:00,45,Hall,,,,keynote
Lunch,2027-05-20 12:00,60,Foyer,,,,
"""


@pytest.mark.parametrize(
    ("at", "written"),
    [
        ("keynote+05:00", "keynote+05:00"),
        ("Keynote.end - 2:00", "keynote.end-02:00"),
        ("keynote–1:30:00", "keynote-90:00"),
        ("lunch-10:00", "lunch-10:00"),
        ("lunch", "lunch"),
        ("", None),
    ],
)
def test_a_post_is_tied_to_a_segment_of_its_sheet(at: str, written: str | None) -> None:
    schedule = given_file(PROGRAMME + f",{at},,,We begin,@Main; support,yes,\n", "a.csv")
    text = EVENT + '[[accounts]]\nid = "support"\nhandle = "s"\n\n' + write_toml(schedule)
    script, problems = read(text, "fair.toml")
    assert script is not None, problems
    (one,) = script.posts
    assert (one.at, one.accounts, one.promo) == (written, ["main", "support"], True)
    assert [segment.id for segment in script.segments] == ["keynote", "lunch"]
    # A sheet of posts alone is for a programme that stands elsewhere.
    alone = given_file(f"text,at\nWe begin,{at}\n", "a.csv")
    assert [post.at for post in alone.posts] == [written]


@pytest.mark.parametrize(
    ("row", "key", "says"),
    [
        (",keynot+05:00,,,We begin,,,", "start", "did you mean 'keynote'"),
        (",stage,,,We begin,,,", "start", "segments: keynote, lunch"),
        (",keynote+5,,,We begin,,,", "start", "write 2027-05-20"),
        (",9am,,,We begin,,,", "start", "write 2027-05-20"),
        (",,,,We begin,,perhaps,", "promo", "neither yes nor no"),
        ("Doors,2027-05-20 8:00,30,,,,,next", "id", "something else"),
        (",,30,Hall,,,,", "title", "no title"),
    ],
)
def test_a_post_that_fits_no_segment_is_refused_with_its_line(
    row: str, key: str, says: str
) -> None:
    (problem,) = refused(PROGRAMME + row + "\n", "a.csv")
    assert (problem.line, problem.key) == (5, key)
    assert says in str(problem)


def test_a_tied_post_has_no_day_of_its_own() -> None:
    (problem,) = refused("text,date,at\nHi,2027-05-20,keynote+05:00\n", "a.csv")
    assert "leave the day out" in str(problem)


def test_rooms_are_tracks_where_they_run_side_by_side() -> None:
    head = "title,start,minutes,room\n"
    rows = ["A,2027-05-20 9:00,,Hall", "B,2027-05-20 9:10,30,Hall", "C,2027-05-20 10:00,60,Lab"]
    follow = given_file(head + "\n".join(rows), "a.csv")
    # A length that nobody named is no reason to let a talk run beside the next in its room.
    assert [(one.table.minutes, one.guessed) for one in follow.segments] == [
        (10, True),
        (30, False),
        (60, False),
    ]
    assert [one.table.track for one in follow.segments] == ["", "", ""]
    assert script_of(follow).segments[2].room == "Lab"
    beside = [
        "D,2027-05-20 10:30,20,Hall", "E,2027-05-20 10:30,20,Hall", "F,2027-05-20 10:30,20,Hall",
        "G,2027-05-20 10:30,20,Hall 2", "H,2027-05-20 10:30,20,", "I,2027-05-20 10:30,20,",
        "J,2027-05-20 10:50,20,Hall",
    ]  # fmt: skip
    schedule = given_file(head + "\n".join(rows + beside), "a.csv")
    apart(schedule)
    tracks = sorted((one.title, one.track) for one in script_of(schedule).segments)
    assert [track for _, track in tracks] == [
        *("Hall", "Hall", "Lab", "Hall", "Hall 3", "Hall 4", "Hall 2", "", "track 2", "Hall")
    ]
    assert "track of its own" in schedule.notes[-2]


def test_names_that_stand_for_something_else_and_a_crowd_of_speakers() -> None:
    names = [{"name": f"Speaker {number}"} for number in range(60)]
    schedule = given_file(frab(talk(title="Next!", persons=names)), "schedule.json")
    (segment,) = script_of(schedule).segments
    assert (segment.id, len(segment.speakers)) == ("next-part", 50)
    assert "Speaker 50, " in write_toml(schedule)
    for name in RESERVED:
        with pytest.raises(ValueError, match="something else"):
            SegmentTable(id=name, title="T", starts=datetime(2027, 5, 20, tzinfo=OSLO))


# --- files of any kind ----------------------------------------------------------------------------


HOSTILE = [
    (b"PK\x03\x04sheet", "programme.csv", "save the sheet as CSV"),
    (b"%PDF-1.7", "programme.pdf", "a PDF"),
    (b'<?xml version="1.0"?><schedule/>', "schedule.xml", "schedule.json"),
    (b"", "a.csv", "empty"),
    (b" \n", "a.json", "empty"),
    (b"title,start\nA\x00", "a.csv", "bytes of zero"),
    (b"title\n\x81\x8d", "a.csv", "UTF-8"),
    (b'{"a": "\xe4"}', "a.json", "UTF-8"),
    (b"\xff\xfea", "a.csv", "UTF-16"),
    (b"x" * (BYTES_MAX + 1), "a.csv", "are the most"),
    (b"[" * 10_000_000, "a.json", "too deep"),
    (b'{"schedule":' + b"9" * 10_000_000 + b"}", "a.json", "JSON"),
    (b'{"a":' * 2_000_000, "a.json", "too deep"),
    (b"BEGIN:VCALENDAR\n" * 500_000, "a.ics", "too deep"),
    (b"title,start\n" + b"a" * 10_000_000, "a.csv", "limit"),
    (b"title,start," + b"(" * 10_000_000, "a.csv", "limit"),
    (b"title,start\n" + b"A,2027-05-20 9:00\n" * 500_000, "a.csv", "5000 rows"),
]


@pytest.mark.parametrize(
    ("data", "name", "says"), HOSTILE, ids=[f"{number}" for number in range(len(HOSTILE))]
)
@pytest.mark.timeout(20)
def test_a_foreign_or_hostile_file_is_refused_in_no_time(data: bytes, name: str, says: str) -> None:
    assert says in "\n".join(map(str, refused(data, name)))


@pytest.mark.needs("cases")
def test_no_naughty_string_gets_through_a_title(cases: Path) -> None:
    naughty = json.loads((cases / "hostile" / "naughty_strings.json").read_text())
    titles = [f"{number} {text}" for number, text in enumerate(naughty)]
    talks = [talk(title=title, persons=[{"name": title}], track=title) for title in titles]
    script = script_of(given_file(frab(*talks), "schedule.json"))
    assert len(script.segments) == len(script.people) == len(titles)
    rows = [title.replace('"', '""') for title in titles if title.isprintable()]
    table = "title,start,room\n" + "".join(f'"{row}",2027-05-20 9:00,"{row}"\n' for row in rows)
    assert len(script_of(given_file(table, "a.csv")).segments) == len(rows)


def test_ids_stay_when_the_programme_is_shuffled_or_a_talk_is_called_off() -> None:
    starts = [f"2027-05-{day}T{hour:02}:00:00+02:00" for day in (20, 21) for hour in (9, 12, 15)]
    talks = [
        talk(title=title, date=date, persons=[{"guid": f"{title}{date}", "name": "Anna"}])
        for date, title in zip(starts, "ABABCC", strict=True)
    ]
    talks += [talk(title="A" * 60 + tail, date=starts[0]) for tail in "xy"]
    schedule = given_file(frab(*talks), "schedule.json")
    whole = script_of(schedule)
    assert schedule.segments == given_file(frab(*reversed(talks)), "schedule.json").segments
    # Who speaks is who it was, though others of that name move before them.
    later = [{**one, "date": one["date"].replace("-20T09", "-29T09")} for one in talks]
    moved = given_file(frab(*later), "schedule.json")
    assert sorted(one.table.speakers for one in moved.segments) == (
        sorted(one.table.speakers for one in schedule.segments)
    )
    spoken = {(one.table.title, one.starts.hour): one.table.speakers for one in schedule.segments}
    assert spoken == {
        (one.table.title, one.starts.hour): one.table.speakers for one in moved.segments
    }
    without = script_of(given_file(frab(*talks[1:]), "schedule.json"))
    # The other A is another talk: what named the first one must not come to mean it.
    named = {one.id: one.starts for one in whole.segments}
    assert all(named.get(one.id, one.starts) == one.starts for one in without.segments)


@given(
    st.lists(
        st.tuples(
            st.text(max_size=60),
            st.lists(st.text(max_size=12), max_size=3),
            st.integers(0, 50_000_000),
            st.integers(0, 3000),
        ),
        max_size=8,
    )
)
@example([("\ud800", ["\ud800", '"""'], 5, 5)])
@example([("\\", ["'", "\\u0000"], 5, 5), ("\\", [], 5, 0)])
def test_whatever_is_read_is_a_script_without_problems(
    parts: list[tuple[str, list[str], int, int]],
) -> None:
    talks = [
        talk(
            title=title,
            persons=[{"name": name} for name in names],
            track=title,
            date=(datetime(2002, 1, 1, tzinfo=OSLO) + timedelta(minutes=starts)).isoformat(),
            duration=f"{minutes // 60}:{minutes % 60:02}",
        )
        for title, names, starts, minutes in parts
    ]
    data = frab(*talks)
    try:
        schedule = given_file(data, "schedule.json")
    except ScriptError as error:
        assert error.problems  # noqa: PT017
        return
    script = script_of(schedule)
    apart(schedule)
    assert len(script.segments) + len(schedule.aside) == len(parts)
    assert given_file(data, "schedule.json") == schedule
    comments = [line for line in write_toml(schedule).split("\n") if line.startswith("#")]
    assert not any(re.search(r"[\x00-\x1f\x7f-\x9f]", line) for line in comments)

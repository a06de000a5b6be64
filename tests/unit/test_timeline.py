"""The day as it will run: odd scripts played to their end, and the words for them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from eventlive import timeline
from eventlive.script import read
from eventlive.tables import Script
from eventlive.timeline import Entry, lines, plain, play
from tests.unit.days import FAIR

HELSINKI, NEW_YORK = ZoneInfo("Europe/Helsinki"), ZoneInfo("America/New_York")
TALK = """
[[segments]]
id = "talk"
title = "Talk"
starts = 2027-05-20T10:00:00+03:00
minutes = 60
room = "Hall"
"""
POST = """
[[posts]]
id = "one"
text = "{segment.title} ends at {segment.end}"
at = "talk.end-05:00"
"""


def script(text: str) -> Script:
    """Read a script, whatever `check` thinks of it."""
    found, problems = read(FAIR + text, "fair.toml")
    assert found is not None, problems
    return found


def told(entries: tuple[Entry, ...]) -> list[tuple[str, str]]:
    """Say when what happens, as the event's clock shows it."""
    found = []
    for entry in entries:
        row = plain(entry, HELSINKI)
        when = entry.at.astimezone(HELSINKI)
        found.append((f"{when:%d %H:%M}", f"{row['id']} {row.get('what', '')}".strip()))
    return found


def shown(text: str, reader: ZoneInfo = HELSINKI) -> list[str]:
    made = script(text)
    return list(lines(play(made), made, HELSINKI, reader))


def test_a_day_in_order_with_every_word_filled() -> None:
    entries = play(script(TALK + POST))
    assert told(entries) == [
        ("20 10:00", "talk starts"),
        ("20 10:55", "post-one"),
        ("20 11:00", "talk ends"),
    ]
    assert shown(TALK + POST) == [
        "",
        "Thursday 20 May 2027, Europe/Helsinki",
        "",
        "10:00     > Talk  [Hall]  60 min",
        "10:55       main on rehearsal  (talk.end-05:00)",
        "              Talk ends at 11:00",
        "11:00     | Talk  ends",
    ]


def test_a_reader_in_another_zone_sees_both_clocks() -> None:
    words = shown(TALK, NEW_YORK)
    assert words[1] == "Thursday 20 May 2027, Europe/Helsinki (in brackets: EDT)"
    assert words[3].startswith("10:00    (03:00)  > Talk")


def test_what_goes_by_hand_is_done_by_somebody_in_time() -> None:
    by_hand = TALK.replace("minutes = 60", 'minutes = 60\nby = "hand"')
    after = by_hand.replace('"talk"', '"more"').replace(
        "starts = 2027-05-20T10:00:00+03:00", 'after = "talk"'
    )
    asks = POST.replace("at = ", "approval = true\nat = ")
    assert told(play(script(by_hand + after + asks))) == [
        ("20 10:00", "talk starts"),
        ("20 10:55", "post-one"),
        ("20 11:00", "talk ends"),
        ("20 11:00", "more starts"),
        ("20 12:00", "more ends"),
    ]
    assert "needs a second person" in "\n".join(shown(by_hand + asks))
    assert "60 min, by hand" in "\n".join(shown(by_hand))


def test_what_comes_again_ends_with_its_segment_whatever_account_it_is() -> None:
    again = """
[[posts]]
id = "come"
text = "Come by"
accounts = ["main", "booth"]
every = "25:00"
during = ["talk"]
rotate = ["Or now"]
"""
    entries = play(script(TALK + again))
    assert [one for one in told(entries) if "come" in one[1]] == [
        ("20 10:00", "post-come.main@talk-1"),
        ("20 10:00", "post-come.booth@talk-1"),
        ("20 10:25", "post-come.main@talk-2"),
        ("20 10:25", "post-come.booth@talk-2"),
        ("20 10:50", "post-come.main@talk-3"),
        ("20 10:50", "post-come.booth@talk-3"),
    ]
    assert "(comes again, 2)" in "\n".join(shown(TALK + again))


def test_two_days_each_have_a_head_and_a_night_between_them_is_no_matter() -> None:
    later = TALK.replace('"talk"', '"party"').replace("20T10:00", "20T23:30")
    morning = TALK.replace('"talk"', '"coffee"').replace("20T10:00", "21T08:00")
    words = shown(TALK + later + morning)
    assert [line for line in words if "2027" in line] == [
        "Thursday 20 May 2027, Europe/Helsinki",
        "Friday 21 May 2027, Europe/Helsinki",
    ]
    assert words.index("Friday 21 May 2027, Europe/Helsinki") < words.index(
        "00:30     | Talk  ends"
    )


def test_a_day_on_which_clocks_change_shows_what_clocks_show() -> None:
    night = TALK.replace("05-20T10:00:00+03:00", "03-28T02:30:00+02:00")
    assert told(play(script(night))) == [("28 02:30", "talk starts"), ("28 04:30", "talk ends")]


def test_what_ends_is_told_before_what_begins() -> None:
    by_hand = TALK.replace("minutes = 60", 'minutes = 60\nby = "hand"')
    inside = by_hand.replace('"talk"', '"inside"').replace("10:00:00", "10:30:00")
    entries = play(script(by_hand + inside))
    assert told(entries) == [
        ("20 10:00", "talk starts"),
        ("20 10:30", "talk ends"),
        ("20 10:30", "inside starts"),
        ("20 11:30", "inside ends"),
    ]


def test_what_begins_sooner_than_planned_begins_all_the_same() -> None:
    by_hand = TALK.replace("minutes = 60", 'minutes = 60\nby = "hand"')
    inside = by_hand.replace('"talk"', '"inside"').replace("10:00:00", "10:30:00")
    after = '[[segments]]\nid = "after"\ntitle = "After"\nafter = "talk"\ntrack = "b"\n'
    assert ("20 10:30", "after starts") in told(play(script(by_hand + inside + after)))


# --- what `check` would refuse --------------------------------------------------------------------

RING = """
[[segments]]
id = "a"
title = "A"
after = "b"

[[segments]]
id = "b"
title = "B"
after = "a"
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        RING,
        POST.replace('at = "talk.end-05:00"', ""),
        '[[reminders]]\nid = "soup"\ntext = "Soup"\nat = "talk"\n',
    ],
)
def test_a_script_without_any_time_is_no_day(text: str) -> None:
    assert play(script(text)) == ()
    assert shown(text) == []


@pytest.mark.parametrize(
    "more",
    [
        POST.replace("talk", "tlak"),
        '[[reminders]]\nid = "soup"\ntext = "Soup"\nat = "tlak"\n',
    ],
)
def test_what_never_comes_does_not_hold_up_the_rest(more: str) -> None:
    """And it takes a moment, not the hundred thousand turns after which a day is given up."""
    entries = play(script(TALK + more))
    assert ("20 10:00", "talk starts") in told(entries)
    assert ("20 11:00", "talk ends") in told(entries)


@pytest.mark.parametrize(
    "more",
    [
        RING,
        '[[segments]]\nid = "lost"\ntitle = "Lost"\nafter = "tlak"\n',
        RING + POST.replace("talk.end-05:00", "a-05:00"),
        RING + POST.replace("talk.end-05:00", "a.end+90:00"),
    ],
)
def test_what_follows_nothing_has_no_time(more: str) -> None:
    words = told(play(script(TALK + more)))
    assert words[-1] == ("20 11:00", "talk ends")


def test_a_day_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "TURNS", 50)
    again = POST.replace(
        'at = "talk.end-05:00"', 'account = "booth"\nevery = "00:01"\nduring = ["talk"]'
    )
    assert 10 < len(play(script(TALK + again))) <= 60


def test_no_entry_comes_before_the_one_above_it() -> None:
    more = TALK.replace('"talk"', '"other"').replace("10:00:00", "09:40:00")
    soup = '[[reminders]]\nid = "soup"\ntext = "Soup"\nat = "talk-30:00"\n'
    entries = play(script(TALK + more + POST + soup))
    assert all(one.at <= other.at for one, other in pairwise(entries))
    assert entries[0].at == datetime(2027, 5, 20, 6, 30, tzinfo=UTC)
    assert [plain(one, UTC)["kind"] for one in entries[:2]] == ["reminder", "segment"]

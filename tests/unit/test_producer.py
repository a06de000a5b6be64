"""Who writes a script for the first time: what is written goes out so, what is wrong is told.

Each mistake once, on its line, in words that say what to write instead.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from pathlib import Path

import pytest

from eventlive import producing
from eventlive.desk.inputs import Ordered
from eventlive.errors import Problem
from eventlive.messages import Reload
from eventlive.model import Outgoing
from eventlive.rehearsing import begins_at
from eventlive.script import examine, read
from eventlive.tables import Script
from eventlive.timeline import play
from tests.unit.days import at, passes, settle
from tests.unit.desks import Clocked
from tests.unit.test_desk_editions import day, edition

FEED = """
[[feeds]]
id = "sky"
kind = "bluesky"
"""
EVENT = f"""\
[event]
id = "open-day"
title = "Open day"
timezone = "Europe/Madrid"
language = "es"
starts = 2027-04-17T09:00:00+02:00
ends = 2027-04-17T19:00:00+02:00

[follow]
hashtags = ["#abierta"]
{FEED}
[[accounts]]
id = "main"
handle = "uni"

[[accounts]]
id = "english"
handle = "uni_en"
language = "en"

[[people]]
id = "ines"
name = "Inés Arroyo"

[[people]]
id = "igor"
name = "Igor Petrescu"
"""
DOORS = """
[[segments]]
id = "doors"
title = "Puertas"
starts = 2027-04-17T09:30:00+02:00
minutes = 60
"""
TALK = """
[[segments]]
id = "talk"
title = "Charla"
after = "doors"
minutes = 45
speakers = ["ines", "igor"]
"""


def script(more: str, event: str = EVENT) -> Script:
    found, problems = read(event + DOORS + TALK + more, "day.toml")
    assert found is not None, problems
    return found


def problems(more: str, event: str = EVENT) -> list[Problem]:
    return read(event + DOORS + TALK + more, "day.toml")[1]


def post(text: str, *more: str, when: str = "2027-04-17T18:40:00+02:00") -> str:
    return "\n".join(("", "[[posts]]", 'id = "p"', f"at = {when}", f'text = "{text}"', *more, ""))


def out(found: Script, start: str) -> list[tuple[datetime, Outgoing]]:
    """Give when which posts leave, as `timeline` says."""
    entries = [(one.at, one.thing) for one in play(found)]
    return [
        (when, thing)
        for when, thing in entries
        if isinstance(thing, Outgoing) and thing.id.startswith(f"post-{start}")
    ]


# --- what goes out --------------------------------------------------------------------------------


def reload(room: Clocked, text: str) -> None:
    new = edition(text, room.now)
    room.desk.offer(new, room.now)
    room.take(Ordered("ann", Reload(new.digest), 1))
    settle(room)


RUNNING = '[[segments]]\nid = "talk"\ntitle = "Talk"\nstarts = 2027-05-20T13:00:00Z\nminutes = 60\n'


def test_nothing_leaves_by_being_taken_in() -> None:
    text = RUNNING + '[[posts]]\nid = "on"\nat = "talk+01:00"\ntext = "It is on"\n'
    room = day(text)
    passes(room, "13:05")
    reload(room, text.replace('"talk', '"speech').replace('"on"', '"on-now"'))
    passes(room, "13:20")
    states = {one.id: one.state for one in room.desk.state.outgoing.values()}
    assert states == {"post-on": "sent", "post-on-now": "held"}


def test_nothing_leaves_again_where_a_whole_programme_has_new_ids() -> None:
    text = RUNNING + (
        '[[segments]]\nid = "panel"\ntitle = "Panel"\nafter = "talk"\n'
        '[[posts]]\nid = "on"\nat = "panel+01:00"\ntext = "It is on"\n'
    )
    room = day(text)
    passes(room, "14:05")
    renamed = text.replace('"talk', '"speech').replace('"panel', '"round')
    reload(room, renamed.replace('"on"', '"on-now"'))
    states = {one.id: one.state for one in room.desk.state.outgoing.values()}
    assert states == {"post-on": "sent", "post-on-now": "held"}


def test_what_a_reload_lets_out_is_said_before() -> None:
    text = RUNNING + '[[posts]]\nid = "on"\nat = "talk+01:00"\ntext = "It is on"\n'
    room = day(text)
    passes(room, "12:30")
    slipped = text.replace("13:00:00Z", "12:25:00Z")
    said = " ".join(room.desk.offer(edition(slipped, room.now), room.now))
    reload(room, slipped)
    assert room.desk.state.outgoing["post-on"].state == "held" or "post-on" in said


def test_what_comes_again_does_not_begin_anew() -> None:
    text = RUNNING + '[[posts]]\nid = "c"\nevery = "40:00"\nduring = ["talk"]\ntext = "Come by"\n'
    room = day(text)
    passes(room, "13:02")
    reload(room, text.replace('"talk"', '"speech"'))
    passes(room, "13:10")
    assert [one.id for one in room.desk.state.outgoing.values() if one.sent_at] == ["post-c@talk-1"]


def test_what_comes_again_and_was_missed_is_dropped() -> None:
    room = day(RUNNING + '[[posts]]\nid = "c"\nevery = "03:00"\nduring = ["talk"]\ntext = "Come"\n')
    passes(room, "13:01")
    room.now = at("13:08")
    room.take()
    settle(room)
    passes(room, "13:09")
    sent = [one.sent_at for one in room.desk.state.outgoing.values() if one.sent_at]
    assert sent == [at("13:00"), at("13:09")]


def test_a_tied_post_speaks_of_its_own_segment() -> None:
    text = post("Estamos en {segment.title}", 'segment = "talk"', when='"doors+10:00"')
    ((_, left),) = out(script(text), "p")
    assert left.text == "Estamos en Puertas"


def test_a_variant_joins_names_in_its_own_language() -> None:
    text = post(
        "Hablan {segment.speakers}",
        'language = "es"',
        'accounts = ["main", "english"]',
        'variants = { en = "On stage: {segment.speakers}" }',
        when='"talk+10:00"',
    )
    said = {left.account: left.text for _, left in out(script(text), "p")}
    assert said["english"] == "On stage: Inés Arroyo and Igor Petrescu"


def test_never_late_is_never_late() -> None:
    text = '[[posts]]\nid = "p"\nat = 2027-05-20T14:30:00Z\ntext = "Now"\nstale_after = "00:00"\n'
    room = day(text)
    room.now = at("14:33")
    room.take()
    assert room.desk.state.outgoing["post-p"].state == "held"


def test_what_comes_again_in_two_segments_at_once() -> None:
    bar = DOORS.replace("doors", "bar") + 'track = "bar"\n'
    again = '[[posts]]\nid = "p"\nevery = "30:00"\nduring = ["doors", "bar"]\ntext = "Venid"\n'
    assert len(out(script(bar + again), "p")) == 2 or problems(bar + again)


def test_a_post_soon_after_another() -> None:
    first = post("Hola", when="2027-04-17T17:40:50+02:00")
    second = post("Adiós", when="2027-04-17T17:41:10+02:00").replace('"p"', '"q"')
    ((when, _),) = out(script(first + second), "q")
    assert when == datetime.fromisoformat("2027-04-17T17:41:10+02:00") or problems(first + second)


# --- taken in silence -----------------------------------------------------------------------------

ROTATING = """
[[posts]]
id = "p"
every = "20:00"
during = ["doors"]
accounts = ["main", "english"]
text = "Estamos abiertos"
variants = { en = "We are open" }
rotate = ["Venid a vernos"]
"""


@pytest.mark.parametrize(
    ("more", "event", "key"),
    [
        pytest.param(
            post("Hasta las {doors.end}", when='"doors"'),
            EVENT.replace('timezone = "Europe/Madrid"\n', ""),
            "event",
            id="no zone",
        ),
        pytest.param(
            post("Hola {speaker.ines, ven a {segment.title"),
            EVENT,
            "posts[0].text",
            id="unclosed brace",
        ),
        pytest.param(
            post("Hola {{speaker.ines}} y { speaker.igor }"),
            EVENT,
            "posts[0].text",
            id="doubled and spaced braces",
        ),
        pytest.param(
            '\n[wall]\nhashtag = "puertas 27"\n' + post("Hola {event.hashtag}"),
            EVENT,
            "wall.hashtag",
            id="hashtag of the wall",
        ),
        pytest.param(
            ROTATING,
            EVENT,
            "posts[0].rotate",
            id="rotate beside variants",
        ),
        pytest.param(
            '\n[[answers]]\nid = "a"\nkeywords = ["puerta"]\ntext = "Estoy en la puerta."\n',
            EVENT,
            "answers[0].text",
            id="an answer's language",
        ),
        pytest.param(
            '\n[[reminders]]\nid = "r"\nat = 2028-04-17T18:40:00+02:00\ntext = "Luces"\n',
            EVENT,
            "reminders[0].at",
            id="a reminder a year late",
        ),
        pytest.param(
            "",
            EVENT.replace(FEED, ""),
            "follow.hashtags",
            id="no feed",
        ),
    ],
)
def test_it_is_noticed(more: str, event: str, key: str) -> None:
    assert [one for one in problems(more, event) if one.key.startswith(key)]


# --- what the messages say ------------------------------------------------------------------------


def test_the_wrong_day_is_named() -> None:
    (found,) = problems(post("Hola", when="2027-04-18T10:45:00+02:00"))
    assert "18" in found.message


@pytest.mark.parametrize(
    ("wrong", "event"),
    [
        (post("Hablan {segment.speakers}", when='"talk + 5 min"'), EVENT),
        (post("Hola {event.hashtag}"), EVENT.replace("#abierta", "puertas 27")),
        (post("Hablan {talk.speakers}"), EVENT + "\n"),
    ],
    ids=["at", "hashtag", "speakers"],
)
def test_one_mistake_is_told_once(wrong: str, event: str) -> None:
    text = event + DOORS + TALK + wrong
    if event.endswith("\n\n"):
        text = text.replace('"ines", "igor"', '"Inés Arroyo"')
    found = read(text, "day.toml")[1]
    assert len(found) == 1, found


@pytest.mark.parametrize("wrong", ['[[segment]]\nid = "a"\ntitle = "A"\n', "[[voice]]\ntags = 1\n"])
def test_a_wrong_table_has_its_line(wrong: str) -> None:
    (found,) = problems(wrong)
    assert found.line == (EVENT + DOORS + TALK).count("\n") + 1


def test_lines_after_a_pasted_text() -> None:
    text = post("Hola\u2028amigos") + 'extra = "x"\n'
    (found,) = problems(text)
    assert found.line == (EVENT + DOORS + TALK + text).count("\n")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (
            '\n[[answers]]\nid = "a"\ntext = "Sí"\nvalid_until = "2027-04-17T18:40:00+02:00"\n',
            "quot",
        ),
        (post("Hola", 'accounts = "main"'), "["),
        (post("Hola", "stale_after = 10"), '"'),
        (post("Hola", 'pictures = ["hall.jpg"]'), "file ="),
        (post("Hola", 'promo = "yes"'), "true"),
        ('\n[wall]\naccent = "teal"\n', "#"),
        ('\n[[facts]]\nid = "f"\nstatement = "Vamos"\nsource = "uni.example"\n', "https://"),
        ('\n[[reminders]]\nid = "r"\nat = “doors”\ntext = "Luces"\n', "quot"),
        ('\n[[reminders]]\nid = "r"\nat = 2027-04-17T18:40+02:00\ntext = "Luces"\n', "second"),
        ('\n[[posts]]\nid = "p"\naccounts = ["main" "english"]\ntext = "Hola"\n', "comma"),
    ],
)
def test_what_to_write_instead(wrong: str, hint: str) -> None:
    (found,) = problems(wrong)
    said = f"{found.message} {found.suggestion}"
    assert hint in said
    assert "should" not in said


# --- the day, and its rehearsal -------------------------------------------------------------------


def test_who_reads_at_the_event_needs_no_other_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "day.toml"
    winter = DOORS.replace("doors", "winter").replace("04-17T09:30:00+02", "01-17T09:30:00+01")
    path.write_text(
        "\n".join(row for row in EVENT.splitlines() if row[:4] not in ("star", "ends"))
        + DOORS
        + winter,
        encoding="utf-8",
    )
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    try:
        assert producing.timeline(argparse.Namespace(script=path, json=False)) == 0
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "(" not in capsys.readouterr().out


def test_a_rehearsal_begins_before_its_first_post(tmp_path: Path) -> None:
    event = EVENT.replace("starts = 2027-04-17T09:00:00+02:00\n", "")
    path = tmp_path / "day.toml"
    path.write_text(event + DOORS + post("Pronto", when='"doors-10:00"'), encoding="utf-8")
    found, _ = examine(path)
    assert found is not None
    ((when, _),) = out(found, "p")
    assert begins_at(found, tmp_path) <= when

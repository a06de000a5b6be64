"""A new event script: whatever is answered, what is written has no problems and explains itself."""

import io
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventlive.asking import ask, free_path, save_new
from eventlive.errors import SettingsError
from eventlive.new import Answers, first_answers, questions, write_script
from eventlive.script import examine, read
from eventlive.tables import BlueskyFeed, MastodonFeed, Script, XFeed

TODAY = date(2027, 5, 13)


def answered(*lines: str) -> tuple[Answers | None, str]:
    """Answer line by line; give the answers and all that was said."""
    sink = io.StringIO()
    source = io.StringIO("".join(f"{line}\n" for line in lines))
    return ask(first_answers(TODAY), {}, source, sink), sink.getvalue()


def flags(**given_flags: str) -> Answers:
    answers = ask(first_answers(TODAY, "Europe/Oslo"), given_flags, None, io.StringIO())
    assert answers is not None
    return answers


def script_of(answers: Answers) -> Script:
    text = write_script(answers)
    script, problems = read(text, "new.toml")
    assert problems == [], text
    assert script is not None
    # Each key that has a value has a comment right above it.
    for before, line in pairwise(text.split("\n")):
        if re.match(r"\w+ = ", line):
            assert before.startswith("# "), line
    return script


def test_every_answer_is_in_the_script() -> None:
    answers, said = answered(
        'Fair "Æ" \\ 27',
        "Europe/Helsinki",
        "20.5.2027 9.30",
        "17:00",
        "FI",
        "fair27, #Fair27 messut",
        "bluesky:fair.example.org mastodon:@fair@social.example, x:fair x:helper",
        "x, bluesky mastodon",
        "",
        "12,5",
        "trusted",
    )
    assert answers is not None
    script = script_of(answers)
    assert (script.event.id, script.event.title) == ("fair-ae-27", 'Fair "Æ" \\ 27')
    assert script.event.timezone == "Europe/Helsinki"
    assert script.event.starts is not None
    assert script.event.ends is not None
    assert script.event.starts.isoformat() == "2027-05-20T09:30:00+03:00"
    assert script.event.ends.isoformat() == "2027-05-20T17:00:00+03:00"
    assert script.event.language == "fi"
    assert script.follow.hashtags == ["#fair27", "#messut"]
    assert [(one.id, one.network, one.handle, one.role) for one in script.accounts] == [
        ("main", "bluesky", "fair.example.org", "main"),
        ("mastodon", "mastodon", "fair@social.example", "main"),
        ("x", "x", "fair", "main"),
        ("x-2", "x", "helper", "staff"),
    ]
    assert script.follow.accounts == [one.handle for one in script.accounts]
    sky, mastodon, x = script.feeds
    assert isinstance(sky, BlueskyFeed)
    assert isinstance(mastodon, MastodonFeed)
    assert mastodon.servers == ["https://social.example"]
    assert isinstance(x, XFeed)
    assert x.budget_usd == 12.5
    assert script.moderation.mode == "trusted"
    assert "[2027-05-20 17:30]" in said


def test_the_defaults_alone_make_an_event_that_runs() -> None:
    answers, said = answered("Harbour Forum 2027", *[""] * 8)
    assert answers is not None
    script = script_of(answers)
    assert script.follow.hashtags == ["#harbourforum2027"]
    assert [one.network for one in script.accounts] == ["rehearsal"]
    assert [one.id for one in script.feeds] == ["bluesky"]
    assert said.count(": ") >= 9
    assert "[2027-05-20 09:00]" in said


def test_what_is_only_an_example_holds_once_its_mark_is_taken_away() -> None:
    for title, *more in (["Harbour Forum", *[""] * 8], ["One hour", "UTC", "", "09:20", *[""] * 5]):
        answers, _ = answered(title, *more)
        assert answers is not None
        text = write_script(answers)
        assert len(text.split("\n")) < 130
        active = re.sub(r"^# (?=\[\[?\w+\]\]?$|\w+ = )", "", text, flags=re.MULTILINE)
        script, problems = read(active, "new.toml")
        assert problems == [], active
        assert script is not None
        assert script.event.link
        (segment,), (person,), (one,) = script.segments, script.people, script.posts
        assert (segment.starts, segment.speakers) == (answers.starts, [person.id])
        assert one.at == f"{segment.id}+01:00"
        assert f"{{speaker.{person.id}}}" in one.text
        assert script.voice.banned
        assert script.goals.questions_answered == 0.8


WRONG = [
    ("title", " ", "has a name"),
    ("timezone", "Europe/Helsinky", "'Europe/Helsinki'"),
    ("starts", "tomorrow", "write 2027-05-20"),
    ("starts", "3/4/2027 9:00", "day first or the month"),
    ("starts", "2027-03-28 02:30", "clocks skip it"),
    ("ends", "08:00", "after it starts"),
    ("language", "english", "two or three letters"),
    ("hashtags", "#2027", "not a hashtag"),
    ("accounts", "house.example.org", "network:handle"),
    ("accounts", "bluesky:house", "no handle on bluesky"),
    ("accounts", "facebook:house", "network:handle"),
    ("feeds", "bluesky facebook", "'facebook' is none of"),
    ("servers", "ftp://social.example", "https://host"),
    ("servers", "-", "at least 1"),
    ("budget", "much", "no number"),
    ("budget", "nan", "1000000"),
    ("mode", "everything", "'approve'"),
]
RIGHT = {
    "title": "The fair",
    "timezone": "Europe/Oslo",
    "feeds": "mastodon x",
}


@pytest.mark.parametrize(("name", "text", "says"), WRONG)
def test_a_wrong_answer_is_asked_again_with_its_reason(name: str, text: str, says: str) -> None:
    lines = []
    for question in questions():
        lines += [text] * (question.name == name) + [RIGHT.get(question.name, "")]
    answers, said = answered(*lines)
    assert answers is not None
    script_of(answers)
    prompt = next(question.text for question in questions() if question.name == name)
    assert said.count(prompt) == 2
    assert says in said
    # A flag is nobody who could answer again.
    with pytest.raises(SettingsError, match=f"^--{name}: "):
        flags(**{**RIGHT, name: text})


def test_flags_leave_the_rest_to_ask() -> None:
    sink = io.StringIO()
    given_flags = {"title": "The fair", "timezone": "Europe/Oslo", "feeds": "-", "mode": "auto"}
    answers = ask(first_answers(TODAY), given_flags, io.StringIO("\n" * 5), sink)
    assert answers is not None
    assert script_of(answers).feeds == []
    assert "called" not in sink.getvalue()
    assert "Which hashtags" in sink.getvalue()
    assert flags(title="The fair").timezone == "Europe/Oslo"


@pytest.mark.parametrize("count", range(9))
def test_who_leaves_leaves_no_answers(count: int) -> None:
    assert answered("The fair", *[""] * 8)[0] is not None
    answers, said = answered(*["The fair", *[""] * 8][:count])
    assert answers is None
    assert said.endswith("\n")


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    first = free_path(tmp_path, "The fair")
    assert first == tmp_path / "the-fair.toml"
    save_new(first, write_script(flags(title="Größe – 祭り")))
    assert examine(first)[1] == []
    before = first.read_bytes()
    with pytest.raises(SettingsError, match="there already"):
        save_new(first, "version = 1")
    assert first.read_bytes() == before
    assert free_path(tmp_path, "The fair") == tmp_path / "the-fair-2.toml"
    with pytest.raises(SettingsError, match="No such file"):
        save_new(tmp_path / "none" / "a.toml", "")


_answer = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "-", "#a b", "x:a", "bluesky:a.example", "mastodon:a@b.example"]),
    st.sampled_from(["x", "mastodon", "bluesky, x", "auto", "trusted", "fi", "5", "0.00001"]),
    st.sampled_from(["UTC", "Asia/Kathmandu", "2027-05-20 09:00", "1.1.2098 0:00", "23:00"]),
)


@settings(max_examples=40)  # each looks through the machine's time zones
@given(st.lists(_answer, min_size=12, max_size=30))
@example(["\ud800'''\\", *[""] * 12])
@example(["a", "America/St_Johns", "2027-11-07 01:30", "2027-11-07 01:45", *[""] * 8])
def test_whatever_is_answered_makes_a_script_without_problems(lines: list[str]) -> None:
    answers, _ = answered(*(line.replace("\n", " ") for line in lines), "Title", *[""] * 30)
    assert answers is not None
    script_of(answers)

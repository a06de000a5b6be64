"""The event scripts to start from: each checks clean, shows what it is there to show, and plays.

Reads the files of events/ alone. The demo's own material is held to more in test_demo_event.py;
whether the engine plays them all is for other tests.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import chain

import pytest
from pydantic import BaseModel

from eventlive.anchors import read_anchor, read_length
from eventlive.briefing import listening_rules
from eventlive.checks.posts import departures
from eventlive.checks.programme import plan
from eventlive.checks.words import voice_rules
from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge
from eventlive.listening.variables import variables
from eventlive.listening.voice import lint
from eventlive.model import Deleted, Judgement, Post
from eventlive.script import examine
from eventlive.tables import PreparedPost, ReplayFeed, Script
from feeds.replay import read_line
from tests.parts import ROOT
from tests.unit.test_scripts_doc import walk

FOLDER = ROOT / "events"
NAMES = ("demo", "conference", "panel", "launch", "fair", "match")
NEW = NAMES[1:]
HOST = re.compile(r"https?://([^/\s\"\\]+)")
MADE_UP = re.compile(r"(?:[\w-]+\.)+example")
DOMAIN = re.compile(
    r"\b[\w-]+\.(?:com|org|net|io|eu|fi|de|no|es|it|uk|social|app|dev)\b", re.IGNORECASE
)
LONGEST = {"x": 280, "bluesky": 300, "mastodon": 500}


@cache
def script(name: str) -> Script:
    found, problems = examine(FOLDER / f"{name}.toml")
    assert problems == []
    assert found is not None
    return found


@cache
def source(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text("utf-8")


@cache
def posts(name: str) -> tuple[Post, ...]:
    lines = (FOLDER / f"{name}.jsonl").read_bytes().splitlines()
    read = [read_line(line)[0] for line in lines]
    return tuple(post for post in read if isinstance(post, Post))


def judged(name: str) -> Iterator[tuple[Post, Judgement]]:
    judge = Judge(listening_rules(script(name)), Recent(1_000))
    for post in posts(name):
        yield post, judge.judge(post)


def texts(post: PreparedPost) -> tuple[str, ...]:
    return (post.text, *post.rotate, *post.variants.values())


# --- all six --------------------------------------------------------------------------------------


def test_these_are_the_scripts_and_each_has_its_recording() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(NAMES)
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == set(NAMES)
    for name in NAMES:
        feeds = [feed for feed in script(name).feeds if isinstance(feed, ReplayFeed)]
        assert [feed.file for feed in feeds] == [f"{name}.jsonl"]


@pytest.mark.parametrize("name", NAMES)
def test_it_checks_without_a_word(name: str) -> None:
    assert examine(FOLDER / f"{name}.toml")[1] == []
    assert script(name).event.id == name


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_as_it_stands_and_sends_nothing(name: str) -> None:
    assert {account.network for account in script(name).accounts} == {"rehearsal"}
    assert script(name).venue is None


@pytest.mark.parametrize("name", NAMES)
def test_it_is_explained_as_it_goes(name: str) -> None:
    """Each part has a comment, and lines are short but for texts of ours."""
    parts = re.split(r"^# -{4} ", source(name), flags=re.MULTILINE)[1:]
    silent = [
        part.partition(" ---")[0]
        for part in parts
        if not re.search(r"(?:^|\s)# [\w\"`{*]", part.partition("\n")[2])
    ]
    assert len(parts) >= 14
    assert silent == []
    long = [
        line
        for line in source(name).splitlines()
        if len(line) > 110 and not re.match(r'(?:\w+ = |    )"?', line)
    ]
    assert long == []


def test_every_zone_is_another_one() -> None:
    zones = [script(name).event.timezone for name in NAMES]

    assert len(set(zones)) == len(zones)
    for name in NAMES:
        times = chain.from_iterable(moments(script(name)))
        for moment in times:
            assert moment.utcoffset() == moment.astimezone(script(name).event.zone).utcoffset()


def moments(value: object) -> Iterator[list[datetime]]:
    """Give every time that a script says, wherever it stands."""
    match value:
        case datetime():
            yield [value]
        case BaseModel():
            for name in type(value).model_fields:
                yield from moments(getattr(value, name))
        case list():
            for one in value:
                yield from moments(one)


@pytest.mark.parametrize("name", NAMES)
def test_texts_of_ours_sound_like_us(name: str) -> None:
    """Held to the script's own rules, whoever says them: also drafts, variants and answers."""
    one = script(name)
    people = {account.id for account in one.accounts if account.first_person}
    spoken = {account.id: account.language or one.event.language for account in one.accounts}
    said: list[tuple[str, str, bool]] = []
    for post in one.posts:
        for key, text in (
            ("", post.text),
            *(("", text) for text in post.rotate),
            *post.variants.items(),
        ):
            language = spoken.get(key) or (key if len(key) == 2 else spoken[post.from_accounts[0]])
            said.append((text, language, key in people))
    said += [(answer.text, answer.language, answer.account in people) for answer in one.answers]
    said += [(fact.statement, fact.language, False) for fact in one.facts]
    for text, language, person in said:
        rules = voice_rules(one.voice, first_person=not person)
        assert lint(text, language=language, rules=rules) == (), text
        assert len(re.findall("[\U0001f300-\U0001faff]", text)) <= 1, text
        assert text.count("#") <= 2, text


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_says_nothing_that_nobody_can_fill(name: str) -> None:
    for post in script(name).posts:
        for text in texts(post):
            paths = {found.path.partition(".")[0] for found in variables(text)}
            assert not (paths & {"segment", "next"}) or post.at or post.every, post.id


@pytest.mark.parametrize("name", NAMES)
def test_most_of_it_follows_the_programme(name: str) -> None:
    planned = [post for post in script(name).posts if post.at or post.every]
    tied = [post for post in planned if post.every or isinstance(post.at, str)]

    assert len(planned) >= 10
    assert len(tied) > len(planned) / 2
    assert any(post.at is None and post.every is None for post in script(name).posts)
    assert any(isinstance(reminder.at, str) for reminder in script(name).reminders)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_goals_facts_and_a_voice(name: str) -> None:
    one = script(name)

    assert one.goals.silence_minutes
    assert one.goals.questions_answered
    assert all(fact.wrong and fact.source for fact in one.facts)
    assert len(one.facts) >= 2
    assert one.voice.banned
    assert len({answer.language for answer in one.answers}) >= 2


def test_every_key_stands_in_one_of_them_at_least() -> None:
    """Set in one of the six, or shown in a comment of theirs as it would read."""
    there: set[tuple[str, str]] = set()
    for name in NAMES:
        table = ""
        for line in source(name).splitlines():
            line = re.sub(r"^# ?(?=\[|\w+ = )", "", line)
            if found := re.match(r"(\[\[?[\w.]+\]\]?)|(\w+) = ", line):
                table = found[1] or table
                there.add((table, found[2] or ""))
    known = {
        (found[1], key)
        for heading, rows in walk(Script).items()
        for key in ["", *rows]
        if (found := re.match(r"`(.+?)`", heading))
    }
    pictures = chain.from_iterable(post.pictures for name in NAMES for post in script(name).posts)

    # Pictures stand on one line, within their post.
    assert {one for one in known - there if one[0] != "[[posts.pictures]]"} == set()
    assert all(picture.alt for picture in pictures)


# --- what each of them is there to show -----------------------------------------------------------


def test_the_demo_shows_each_part_once() -> None:
    one = script("demo")
    kinds = {type(post.at) for post in one.posts}

    assert kinds == {str, datetime, type(None)}
    assert {bool(segment.after) for segment in one.segments} == {True, False}
    assert {segment.by for segment in one.segments} == {"clock", "hand"}
    assert all(segment.room for segment in one.segments)
    assert any(segment.speakers for segment in one.segments)
    assert one.support
    assert any(post.stale_after for post in one.posts)
    assert any(post.promo for post in one.posts)


def test_the_conference_has_two_days_three_tracks_and_many_speakers() -> None:
    one = script("conference")
    zone = one.event.zone
    starts = [segment.starts.astimezone(zone) for segment in one.segments if segment.starts]
    said = " ".join(chain.from_iterable(texts(post) for post in one.posts))

    assert len({moment.date() for moment in starts}) == 2
    # The clocks change in the night between.
    assert len({moment.utcoffset() for moment in starts}) == 2
    assert len({segment.track for segment in one.segments}) == 3
    assert len({who for segment in one.segments for who in segment.speakers}) >= 15
    assert sum(segment.starts is None for segment in one.segments) >= 4
    assert any(moment.hour >= 19 for moment in starts)
    assert {"{segment.title}", "{next.start}", "{segment.speakers}"} <= set(
        re.findall(r"\{\w+\.\w+\}", said)
    )
    assert sum(len(post.accounts) >= 2 for post in one.posts) >= 5


def test_the_panel_lives_from_questions_and_ends_after_midnight() -> None:
    one = script("panel")
    zone, spans = one.event.zone, plan(one.segments)
    due = [departure.due.astimezone(zone) for departure in departures(one, spans)]

    assert sum(segment.by == "hand" for segment in one.segments) >= 5
    assert any(
        span.begins.astimezone(zone).date() < span.ends.astimezone(zone).date()
        for span in spans.values()
    )
    assert len({moment.date() for moment in due}) == 2
    assert len(one.answers) >= 12
    assert len(one.facts) >= 3
    assert [account.id for account in one.accounts if account.first_person] == ["ingeniera"]


def test_nothing_of_the_launch_can_leave_before_the_reveal() -> None:
    """The embargo: the product is named only after a moment that a hand alone can start."""
    one = script("launch")
    segments = {segment.id: segment for segment in one.segments}
    product = re.compile(r"thehum|the hum\b|\bhum/|hertz|sings", re.IGNORECASE)

    def by_hand_since_the_reveal(name: str) -> bool:
        segment = segments[name]
        if name == "reveal":
            return segment.by == "hand"
        return segment.after is not None and by_hand_since_the_reveal(segment.after)

    named = [post for post in one.posts if any(product.search(text) for text in texts(post))]
    assert len(named) >= 8
    for post in named:
        assert isinstance(post.at, str), post.id
        anchor = read_anchor(post.at)
        assert anchor.seconds >= 0, post.id
        assert by_hand_since_the_reveal(anchor.segment), post.id
        accounts = {account.id: account for account in one.accounts}
        assert all(accounts[name].approval for name in post.from_accounts), post.id
        assert post.approval is not False, post.id


def test_the_launch_says_it_to_each_network_in_its_own_words() -> None:
    one = script("launch")
    news = next(post for post in one.posts if post.id == "the-hum")

    assert news.at == "reveal+00:00"
    assert set(news.variants) == {"x", "bluesky", "mastodon"} == set(news.accounts)
    assert all(len(news.variants[network]) <= LONGEST[network] for network in LONGEST)


def test_the_fair_speaks_three_languages_for_three_days() -> None:
    one = script("fair")
    hours = [segment for segment in one.segments if segment.track == "Stand"]
    again = [post for post in one.posts if post.every]

    assert {account.language for account in one.accounts if account.role == "main"} == {
        "de",
        "en",
        "it",
    }
    assert {answer.language for answer in one.answers} >= {"de", "en", "it"}
    assert len({segment.starts.date() for segment in hours if segment.starts}) == 3
    assert sum(set(post.during) == {segment.id for segment in hours} for post in again) >= 3
    assert sum(bool(post.rotate) for post in again) >= 3
    assert sum({"en", "it"} <= set(post.variants) for post in one.posts) >= 3
    assert one.support
    assert one.support.account != "main"


def test_the_match_waits_for_the_referee_and_is_fast() -> None:
    one = script("match")
    segments = {segment.id: segment for segment in one.segments}

    assert {name for name, segment in segments.items() if segment.by == "hand"} == {
        "first-half",
        "second-half",
        "extra-time",
        "penalties",
    }
    assert segments["wrap"].after == "penalties"
    assert any(post.at == "extra-time+00:00" for post in one.posts)
    assert read_length(one.outgoing.stale_after) <= 120
    assert one.moderation.mode == "auto"
    assert len(one.follow.keywords) > len(one.follow.hashtags)
    assert one.desk.window > 5_000


# --- the recordings -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NEW)
def test_a_recording_is_small_short_and_without_a_bad_line(name: str) -> None:
    path = FOLDER / f"{name}.jsonl"
    lines = path.read_bytes().splitlines()
    times = [read_line(line)[1] for line in lines]
    first, last = posts(name)[0].created_at, posts(name)[-1].created_at
    event = script(name).event

    assert path.stat().st_size < 60_000
    assert 40 <= len(posts(name)) <= 120
    assert None not in times
    assert times == sorted(time for time in times if time)
    assert 300 < (last - first).total_seconds() <= 600
    assert event.starts
    assert event.ends
    assert event.starts <= first < last <= event.ends
    for line in lines:
        assert set(json.loads(line)) <= {*Post.__struct_fields__, "delete", "at"}


@pytest.mark.parametrize("name", NEW)
def test_its_moment_is_one_of_the_programme(name: str) -> None:
    """Something begins or ends while it plays, and posts of ours are due around it."""
    first, last = posts(name)[0].created_at, posts(name)[-1].created_at
    spans = plan(script(name).segments)

    edges = [edge for span in spans.values() for edge in span if first < edge < last]
    assert edges
    due = [one.due for one in departures(script(name), spans)]
    assert any(first <= moment <= last for moment in due)


@pytest.mark.parametrize("name", NEW)
def test_nobody_real_is_in_it(name: str) -> None:
    for post in posts(name):
        if post.network == "x":
            assert 16 <= len(post.author.handle) <= 20, "X gives out no more than 15"
        else:
            host = post.author.handle.partition("@")[2] or post.author.handle
            assert MADE_UP.fullmatch(host), post.author.handle
    people = chain.from_iterable(person.handles.items() for person in script(name).people)
    for network, handle in people:
        assert len(handle) >= 16 if network == "x" else handle.endswith(".example"), handle


@pytest.mark.parametrize("name", [f"{one}.{kind}" for one in NAMES for kind in ("toml", "jsonl")])
def test_no_real_host_in_any_of_them(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")

    hosts = HOST.findall(text)
    assert [host for host in hosts if not MADE_UP.fullmatch(host.rstrip(".,)"))] == []
    assert DOMAIN.findall(text.replace("example.", "")) == []


@pytest.mark.parametrize("name", NEW)
def test_texts_fit_their_network_and_are_listened_for(name: str) -> None:
    judge = Judge(listening_rules(script(name)), Recent(1_000))

    assert [one.text for one in posts(name) if len(one.text) > LONGEST[one.network]] == []
    assert [one.text for one in posts(name) if not judge.matches(one)] == []
    assert len({one.key for one in posts(name)}) == len(posts(name))


@pytest.mark.parametrize("name", NEW)
def test_there_is_work_for_the_desk(name: str) -> None:
    """Questions, wrong claims, somebody rude, a case for support; several languages; reposts."""
    judgements = list(judged(name))
    kinds = {post.kind for post, _ in judgements}

    assert len({post.language for post, _ in judgements}) >= 4
    assert sum(one.question for _, one in judgements) >= 8
    assert sum(bool(one.fact) for _, one in judgements) >= 3
    assert any(flag.startswith("stop word") for _, one in judgements for flag in one.flags)
    assert kinds >= {"post", "reply", "repost"}
    assert any(one.person and one.trusted for _, one in judgements)
    if script(name).support:
        assert any(one.support for _, one in judgements)
    for muted in script(name).moderation.mute:
        assert any(f"{post.network}:{post.author.handle}" == muted for post, _ in judgements)


def test_the_conference_takes_a_claim_back() -> None:
    lines = (FOLDER / "conference.jsonl").read_bytes().splitlines()

    assert any(isinstance(read_line(line)[0], Deleted) for line in lines)

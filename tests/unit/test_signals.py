"""Signals: what rises and when, whom people turn to, and that no flood and no text upsets them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcwidth

from eventlive import briefing
from eventlive.listening import Judge, Recent, Rules, clean
from eventlive.listening.everyday import content_words
from eventlive.listening.judging import Person
from eventlive.listening.rising import NEW_TERMS, PEOPLE, TERMS, Rising
from eventlive.listening.signals import MINUTES, READ_AT_ONCE, Reading, Signals
from eventlive.listening.top_voices import NEW_VOICES, OTHERS, SAID, VOICES, TopVoice
from eventlive.model import Author, Judgement, Post
from eventlive.script import load
from feeds.replay import read_line
from tests.unit.listening_posts import NOON, a_post
from tests.unit.test_listening_cleaning import forbidden_in

EVENTS = Path(__file__).resolve().parents[2] / "events"
TAG = "#harbourday"
PLAIN = Judgement(language="en")
NUMBERS = count()


def said_by(who: int | str, text: str, **fields: Any) -> Post:
    """Return a post of its own by this author."""
    return a_post(
        text, id=f"post{next(NUMBERS)}", author_id=f"id-{who}", handle=f"a{who}.example", **fields
    )


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def with_a_past(rules: Rules | None = None) -> Signals:
    """Return signals of five minutes in which everybody spoke of the weather, a post a second."""
    signals = Signals(rules or Rules(hashtags=(TAG,)))
    for second in range(-300, 0):
        signals.take(said_by(second, "lovely weather today"), PLAIN, after(second))
        signals.look(after(second))
    return signals


def terms_of(reading: Reading) -> list[str]:
    return [rising.term for rising in reading.rising]


# ---- the demo --------------------------------------------------------------------------------


@cache
def demo() -> tuple[int, dict[int, Reading]]:
    """Play the demo, with a look every second; return how many posts it has, and each look."""
    rules = briefing.listening_rules(load(EVENTS / "demo.toml"))
    judge, signals = Judge(rules, Recent(20_000)), Signals(rules)
    events = (read_line(line)[0] for line in (EVENTS / "demo.jsonl").read_bytes().splitlines())
    posts = [clean(event) for event in events if isinstance(event, Post)]
    starts = datetime(2027, 5, 20, 9, tzinfo=UTC)
    looks: dict[int, Reading] = {}
    waiting = iter([*posts, None])
    post = next(waiting)
    for second in range(1, 605):
        now = starts + timedelta(seconds=second)
        while post is not None and post.created_at <= now:
            signals.take(post, judge.judge(post), post.created_at)
            post = next(waiting)
        looks[second] = signals.look(now)
    return len(posts), looks


def risings(term: str, language: str) -> dict[int, Rising]:
    """Return the seconds of the demo at which a term rises."""
    return {
        second: rising
        for second, look in demo()[1].items()
        for rising in look.rising
        if (rising.term, rising.language) == (term, language)
    }


def test_the_sentence_that_everybody_quotes_rises_as_it_is_said() -> None:
    seconds = sorted(risings("promise", "en"))

    assert 52 <= seconds[0] <= 60
    assert seconds[-1] < 110, "and is over when they speak of something else"
    assert not [look for second, look in demo()[1].items() if second < 52 and look.rising]


@pytest.mark.parametrize(
    ("term", "language", "latest"),
    [
        ("cancelled", "en", 215),
        ("ferry terminal", "en", 215),
        ("storm", "en", 215),
        ("gesperrt", "de", 230),
        ("annullato", "it", 245),
        ("avlyst", "no", 245),
    ],
)
def test_the_rumour_rises_within_seconds_and_in_each_language(
    term: str, language: str, latest: int
) -> None:
    seconds = sorted(risings(term, language))

    assert 206 <= seconds[0] <= latest
    assert seconds[-1] < 380, "it is denied at 4:47"


def test_the_third_hashtag_rises_six_minutes_in_and_before_all_words() -> None:
    bath = risings("#harbourbath", "")
    first = bath[min(bath)]

    assert 387 <= min(bath) <= 395
    assert (first.kind, first.authors) == ("tag", 3)
    assert {rising.since for rising in bath.values()} == {first.since}
    assert all(demo()[1][second].rising[0].term == "#harbourbath" for second in range(400, 560))
    assert bath[420].authors > 50
    assert not risings("#harbourforum", ""), "the event's own"
    assert not risings("#waterline27", ""), "said all the time"


def test_what_is_shown_once_is_not_shown_twice() -> None:
    for look in demo()[1].values():
        words = {(rising.term, rising.language) for rising in look.rising}
        assert ("ferry", "en") not in words or ("ferry terminal", "en") not in words
        assert len(words) == len(look.rising) <= 12


def test_every_post_of_the_demo_is_counted() -> None:
    posts, looks = demo()
    last = looks[604]

    assert len(last.posts) == len(last.questions) == len(last.flagged) == MINUTES
    assert sum(last.posts) == posts
    crowded = [minute for minute, number in enumerate(last.posts[-11:]) if number > 100]
    assert crowded == [1, 6], "the sentence, the bath"
    assert sum(last.questions) > 90
    assert 0 < sum(last.flagged) < posts / 4, "reposts alone are a sixth"
    assert [network for network, _ in last.networks] == ["x", "bluesky", "mastodon"]
    assert last.languages[0][0] == "en"
    assert sum(number for _, number in last.networks) == sum(last.posts[-10:])
    assert last.read == 1.0


def test_the_voices_of_the_demo_are_those_who_set_something_off() -> None:
    voices = {voice.handle: voice for voice in demo()[1][604].voices}

    assert next(iter(voices)) == "priya_plans_cities", "the number of the day"
    assert voices["oriane_saltwell_phd"].person == "saltwell"
    assert voices["oriane_saltwell_phd"].mentions > 5
    assert voices["tove_bryggesund_tv"].replies > 10
    assert not {"harbourforum", "harbourforum.example", "harbourforum@quay.example"} & set(voices)


def test_a_reading_is_small_and_comes_back_from_the_wire_as_it_was() -> None:
    looks = demo()[1]
    sizes = [len(msgspec.json.encode(look)) for look in looks.values()]

    assert max(sizes) < 4_500
    for second in (60, 230, 420, 604):
        wire = msgspec.json.encode(looks[second])
        assert msgspec.json.decode(wire, type=Reading) == looks[second]


# ---- what makes a word rise ------------------------------------------------------------------


def test_it_says_since_when_it_counts() -> None:
    signals = Signals(Rules())
    assert signals.look(after(3)).since == after(3)
    assert signals.look(after(90)).since == after(3)


def test_four_people_make_a_word_rise_and_it_says_since_when() -> None:
    signals = with_a_past()
    for number in range(4):
        signals.take(said_by(f"n{number}", f"no {number} fireworks tonight"), PLAIN, after(number))
        signals.look(after(number))

    (rising,) = signals.look(after(3)).rising
    assert (rising.term, rising.kind, rising.language) == ("fireworks tonight", "phrase", "en")
    assert rising.since == after(3)
    assert signals.look(after(60)).rising[0].since == after(3)
    assert terms_of(signals.look(after(900))) == [], "long over"


def test_the_other_half_of_a_phrase_is_shown_where_more_people_say_it_alone() -> None:
    signals = with_a_past()
    for number in range(12):
        text = "fireworks tonight" if number > 6 else f"fireworks, {number}"
        signals.take(said_by(f"n{number}", text), PLAIN, after(1))

    assert terms_of(signals.look(after(2))) == ["fireworks", "tonight"]


def test_what_was_always_said_does_not_rise_with_the_crowd() -> None:
    signals = with_a_past()
    for number in range(100):
        signals.take(said_by(f"n{number}", "what weather"), PLAIN, after(1))

    assert "weather" not in terms_of(signals.look(after(2)))


def test_one_loud_author_does_not_make_a_word_rise() -> None:
    signals = with_a_past()
    for number in range(50):
        for who in ("troll", "friend"):
            post = said_by(who, f"scandal! {number} scandal scandal #scandal", tags=("scandal",))
            signals.take(post, PLAIN, after(number / 5))
            assert terms_of(signals.look(after(number / 5))) == []

    signals.take(said_by("third", "a scandal?"), PLAIN, after(10))
    assert terms_of(signals.look(after(10))) == ["scandal"], "the third makes it three"


def test_copies_do_not_make_a_word_rise() -> None:
    rules = Rules(hashtags=(TAG,))
    signals, judge = with_a_past(rules), Judge(rules, Recent(100))
    copies = [
        said_by(f"n{number}", "the bridge has fallen, tell everybody", language="en")
        for number in range(40)
    ]
    judged = [judge.judge(post) for post in copies]
    for post, judgement in zip(copies, judged, strict=True):
        signals.take(post, judgement, after(1))

    assert sum(any(flag.startswith("copy of") for flag in one.flags) for one in judged) == 39
    reading = signals.look(after(2))
    assert terms_of(reading) == []
    assert reading.flagged[-1] == 0, "copies are told by nobody's list"
    for number in range(3):
        signals.take(said_by(f"m{number}", f"is the bridge down? {number}"), PLAIN, after(2))
    assert "bridge" in terms_of(signals.look(after(3)))


@pytest.mark.parametrize(
    ("fields", "judgement", "rises"),
    [
        ({}, {"flags": ("flag word: fire", "wrong claim: a")}, True),
        ({}, {"flags": ("stop word: idiot",)}, False),
        ({}, {"muted": True}, False),
        ({}, {"ours": True}, False),
        ({"kind": "repost"}, {"flags": ("repost",)}, False),
        ({"bot": True}, {}, False),
    ],
)
def test_whose_words_count(fields: dict[str, Any], judgement: dict[str, Any], rises: bool) -> None:
    signals = with_a_past()
    for number in range(10):
        post = said_by(f"n{number}", "fire in the kitchen", **fields)
        signals.take(post, Judgement(language="en", **judgement), after(1))

    assert bool(signals.look(after(2)).rising) is rises


def test_in_a_crowd_it_takes_more_than_a_few() -> None:
    signals = with_a_past()
    for second in range(20):
        for number in range(150):
            signals.take(said_by(f"{second}-{number}", "lovely weather"), PLAIN, after(second))
        signals.look(after(second))
    for number in range(40):
        signals.take(said_by(f"n{number}", "a parade"), PLAIN, after(20))
        if number < 4:
            signals.take(said_by(f"n{number}", "a picnic"), PLAIN, after(20))

    assert terms_of(signals.look(after(21))) == ["parade"]


def test_how_many_say_it_is_of_the_last_ten_minutes_and_not_cut_off() -> None:
    signals = with_a_past()
    for number in range(5):
        signals.take(said_by(f"n{number}", "a parade"), PLAIN, after(-900))
    for number in range(4):
        signals.take(said_by(f"m{number}", "a parade"), PLAIN, after(0))
    assert [rising.authors for rising in signals.look(after(1)).rising] == [4]

    for number in range(150):
        signals.take(said_by(f"o{number}", "a parade"), PLAIN, after(1))
    assert PEOPLE < 150 <= signals.look(after(2)).rising[0].authors <= 154


def test_the_events_own_hashtag_never_rises_and_others_do_whatever_their_case() -> None:
    signals = with_a_past()
    for number in range(10):
        tags = (("HarbourDay", "Regatta", ""), ("harbourday", "REGATTA", "x" * 60))[number % 2]
        signals.take(said_by(f"n{number}", "", tags=tags), PLAIN, after(1))

    assert terms_of(signals.look(after(2))) == ["#regatta"]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("The ferry IS cancelled!", "en", [["", "ferry", "", "cancelled"]]),
        ("Saltwell's talk, isn't it", "en", [["saltwell", ""], ["", ""]]),
        ("L'acqua è dell'amore", "it", [["acqua", "", "amore"]]),
        ("die 14 Prozent", "de", [["", "", "prozent"]]),
        ("die hard", "en", [["die", "hard"]]),
        ("die hard", "", [["", "hard"]]),
        ("see https://a.example/x @anna #tag now", "en", [[""], [""]]),
        ("x" * 41 + " well-known", "en", [["", "well-known"]]),
        ("नमस्ते दुनिया", "hi", [["नमस्ते", "दुनिया"]]),
        ("\ud800 --- '' _ [b]", "en", [["", ""], [""]]),
    ],
)
def test_words_that_say_something(text: str, language: str, words: list[list[str]]) -> None:
    assert list(content_words(text, language)) == words


# ---- a flood ---------------------------------------------------------------------------------


def test_of_a_flood_everything_is_counted_and_enough_is_read() -> None:
    signals = with_a_past()
    for second in range(5):
        for number in range(10_000):
            text = "a goal in the rain" if number < 1_000 else "lovely weather today"
            signals.take(said_by(f"{second}-{number}", text), PLAIN, after(second))
        signals.look(after(second))

    reading = signals.look(after(4))
    assert reading.posts[-1] == 50_000
    assert 0.005 < reading.read < 0.05
    assert "goal" in terms_of(reading)
    for second in range(5, 80):
        signals.take(said_by(second, "over"), PLAIN, after(second))
        signals.look(after(second))
    assert signals.look(after(80)).read == 1.0


def test_what_is_remembered_of_a_flood_is_bounded() -> None:
    """200,000 posts of 50,000 authors: new words and names, older ones, and one that all say."""
    signals, sizes = Signals(Rules()), []
    for number in range(200_000):
        who, older = number % 50_000, number % 9_000
        post = said_by(
            who,
            f"w{number}x or, w{older}y",
            tags=(f"tag{older}", "all"),
            mentions=(f"m{older}", f"n{number}", "all"),
        )
        signals.take(post, PLAIN, after(number / 50))
        if number % 1_000 == 999:
            signals.look(after(number / 50))
            sizes.append(len(signals))

    terms = TERMS * (1 + PEOPLE * 5 // 4) + 2 * NEW_TERMS
    voices = VOICES * (1 + OTHERS * 5 // 4) + 2 * NEW_VOICES + 2 * SAID
    assert max(sizes) <= terms + voices + READ_AT_ONCE + 2 * MINUTES, "what cannot be exceeded"
    assert max(sizes) < 105_000, "a fraction of what was said"


def test_of_one_word_and_one_voice_not_everybody_is_remembered() -> None:
    signals = Signals(Rules())
    for number in range(4_000):
        post = said_by(number, "", tags=("all",), mentions=("star",))
        signals.take(post, PLAIN, after(number / 10))
        if number % 100 == 99:
            signals.look(after(number / 10))

    assert len(signals) < 4_000 + PEOPLE * 1.25 + OTHERS * 1.25 + 50
    assert signals.look(after(400)).voices[0].others == 4_000


def test_what_waits_for_a_look_that_nobody_takes_is_bounded() -> None:
    signals = Signals(Rules())
    for number in range(50_000):
        signals.take(said_by(number, "hello"), PLAIN, after(number))

    assert len(signals) <= READ_AT_ONCE + 2 * SAID + 2 * MINUTES


# ---- time ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-86_400, -3_600, -90, -5, 86_400])
def test_a_clock_that_jumps_leaves_signals_that_work(seconds: int) -> None:
    signals = with_a_past()
    for number in range(5):
        signals.take(said_by(f"n{number}", "fireworks"), PLAIN, after(1))
    assert terms_of(signals.look(after(2))) == ["fireworks"]

    reading = signals.look(after(seconds))
    assert all(rising.since <= reading.at for rising in reading.rising)
    for second in range(300):
        signals.take(said_by(second, "lovely weather"), PLAIN, after(seconds + second))
    for number in range(8):
        signals.take(said_by(f"m{number}", "lightning"), PLAIN, after(seconds + 300))
    reading = signals.look(after(seconds + 301))
    assert terms_of(reading)[0] == "lightning"
    assert 308 <= sum(reading.posts) <= 613


def test_after_a_clock_was_set_back_the_same_people_count_again() -> None:
    signals, day = with_a_past(), 86_400
    for number in range(5):
        signals.take(said_by(f"n{number}", "fireworks"), PLAIN, after(1))
    for second in range(0, 2_400, 4):
        signals.take(said_by(second, "lovely weather"), PLAIN, after(second - day))
        signals.look(after(second - day))
    for number in range(5):
        signals.take(said_by(f"n{number}", "fireworks"), PLAIN, after(2_400 - day))

    assert terms_of(signals.look(after(2_401 - day))) == ["fireworks"]


def test_a_clock_set_back_a_little_loses_no_count() -> None:
    signals = Signals(Rules())
    for second in (0, 60, 120, 30, 90, 120):
        signals.take(said_by(second, "hello"), PLAIN, after(second))

    assert signals.look(after(120)).posts[-3:] == (2, 2, 2)
    assert signals.look(after(30)).posts[-2:] == (0, 2), "nothing of a minute to come"


def test_weights_stay_finite_over_days() -> None:
    signals = Signals(Rules())
    for hour in range(24 * 14):
        for number in range(6):
            text = f"{'morning' if hour % 24 == 9 else 'evening'} all"
            signals.take(said_by(number, text), PLAIN, after(hour * 3_600))
        reading = signals.look(after(hour * 3_600 + 1))
        assert reading.posts[-1] == 6
    assert len(signals) < 2_100


# ---- voices ----------------------------------------------------------------------------------


def heard(posts: Iterable[Post], rules: Rules | None = None, **fields: Any) -> list[TopVoice]:
    signals = Signals(rules or Rules())
    for post in posts:
        question = post.text.endswith("?")
        signals.take(post, Judgement(language="en", question=question), NOON)
    return list(signals.look(NOON, **fields).voices)


def test_a_voice_is_who_others_turn_to_each_counted_once() -> None:
    start = said_by("star", "we begin", followers=10)
    posts = [
        start,
        *(said_by(number, "yes!", kind="reply", in_reply_to=start.id) for number in range(4)),
        *(said_by(1, "yes!", kind="reply", in_reply_to=start.id) for _ in range(9)),
        said_by(2, "that", kind="quote", in_reply_to=start.id),
        said_by("star", "and on", kind="reply", in_reply_to=start.id),
        said_by(7, "we begin @Other", kind="repost", in_reply_to=start.id, mentions=("Other",)),
        said_by(1, "we begin @Other", kind="repost", in_reply_to=start.id, mentions=("Other",)),
        *(
            said_by(8, f"hello {number} @aStar.example", mentions=("aStar.example",))
            for number in (1, 2)
        ),
        said_by(9, "back", kind="reply", in_reply_to="unknown", to=("astar.example",)),
        said_by("star", "shall we go on?", followers=10),
        *(said_by("loud", f"me! {number}") for number in range(50)),
    ]

    (voice,) = heard(posts)
    assert voice.handle == "astar.example"
    assert (voice.others, voice.questions, voice.followers) == (7, 1, 10)
    assert (voice.replies, voice.mentions, voice.quotes, voice.reposts) == (5, 1, 1, 2)


def mentions_of(*names: str) -> Iterator[Post]:
    for name in names:
        for number in range(3):
            yield said_by(number, "hear hear", mentions=(f"a{name}.example",))


def test_the_house_and_the_muted_are_no_voices_and_people_are_marked() -> None:
    rules = Rules(
        house={"bluesky": ("aus.example",)},
        muted=frozenset({"bluesky:@aTroll.example"}),
        people=(Person("p1", handles={"bluesky": "Aspeaker.example"}),),
    )
    names = ("us", "troll", "speaker", "bully", "small", "big")
    posts = [
        said_by("bully", "grr"),
        *mentions_of(*names),
        said_by("bully", "grr"),
        said_by("small", "hi", followers=5),
        said_by("big", "hi", followers=500),
    ]
    voices = heard(posts, rules, muted={"bluesky:id-bully"})

    assert [voice.handle for voice in voices] == [
        "abig.example",
        "asmall.example",
        "aspeaker.example",
    ]
    assert [voice.person for voice in voices] == ["", "", "p1"]


def test_who_asks_much_is_not_heard_the_more() -> None:
    posts = [*mentions_of("asker", "star"), *mentions_of("star")]
    posts += [said_by(f"x{number}", "hear", mentions=("astar.example",)) for number in range(4)]
    posts += [said_by("asker", f"why {number}?") for number in range(30)]

    assert [voice.handle for voice in heard(posts)] == ["astar.example", "aasker.example"]


def test_talk_against_listen_is_told_as_it_is_given() -> None:
    reading = Signals(Rules()).look(NOON, sent=12, answers=7)

    assert (reading.sent, reading.answers) == (12, 7)


# ---- any text --------------------------------------------------------------------------------


def is_fit(reading: Reading) -> None:
    """Hold a reading against what a console may be shown."""
    for rising in reading.rising:
        assert rising.term
        assert not list(forbidden_in(rising.term, line=True))
        assert sum(max(wcwidth(character), 0) for character in rising.term) <= 40
        assert len(rising.term) <= 40
        assert rising.authors >= 3
        assert rising.times > 0
        assert rising.since <= reading.at
    for voice in reading.voices:
        assert not list(forbidden_in(voice.handle, line=True))
        assert not list(forbidden_in(voice.name, line=True))
        assert min(voice.others, voice.replies, voice.mentions, voice.quotes, voice.reposts) >= 0
    counts = [*reading.posts, *reading.questions, *reading.flagged]
    assert min(counts) >= 0
    assert 0 <= reading.read <= 1
    msgspec.json.encode(reading)


def everywhere(text: str, who: int) -> Post:
    """Return a post, not cleaned, with this text wherever there may be one."""
    return Post(
        network="x",
        id=f"{text}{who}",
        created_at=NOON,
        text=text,
        author=Author(id=f"{text}{who}", handle=f"{text}{who}", name=text),
        tags=(text, text[:10]),
        mentions=(text,),
        to=(text,),
        kind="reply",
        in_reply_to=f"{text}{who - 1}",
    )


@pytest.mark.needs("cases")
def test_naughty_strings(cases: Path) -> None:
    strings: list[str] = json.loads((cases / "hostile" / "naughty_strings.json").read_text("utf-8"))
    strings += ["x" * 10_000, "\u202e" * 50 + "abc", "字" * 39, "Z" + "\u0301" * 90, "\ud800abc"]
    shown = 0
    for start in range(0, len(strings), 25):
        signals = with_a_past()
        for text in strings[start : start + 25]:
            for who in range(5):
                signals.take(everywhere(text, who), Judgement(language=text[:2]), after(1))
            reading = signals.look(after(2))
            is_fit(reading)
            shown += len(reading.rising)
    assert shown > 100, "they did get that far"


@pytest.mark.parametrize("text", ["字" * 30, "x" * 60, "Z" + "\u0301" * 60, "\x1b[31mred\u202e"])
def test_hostile_words_and_names_come_out_clean(text: str) -> None:
    signals = with_a_past()
    for who in range(6):
        signals.take(everywhere(text, who), PLAIN, after(1))
        post = said_by(who, "hi", network="x", mentions=(f"{text}1",))
        signals.take(post, PLAIN, after(1))
    signals.take(everywhere(text, 1), PLAIN, after(1))
    reading = signals.look(after(2))

    is_fit(reading)
    assert any(voice.name for voice in reading.voices)


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["the ferry is late", "ferry cancelled", "#regatta now", "soup soup soup", "@anna look"]
)


@given(
    st.lists(
        st.tuples(
            TEXTS,
            st.integers(0, 6),
            st.integers(-200_000, 200_000) | st.integers(-60, 60),
            st.sampled_from(["post", "reply", "quote", "repost"]),
            st.sampled_from([(), ("repost",), ("copy of x",), ("stop word: a", "sensitive")]),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_any_posts_at_any_time_give_the_same_sound_reading(steps: list[tuple[Any, ...]]) -> None:
    readings: list[list[Reading]] = []
    for order in (("regatta", "boats", "soup"), ("soup", "boats", "regatta")):
        signals, found = Signals(Rules(hashtags=(TAG,))), []
        for number, (text, who, second, kind, flags, question) in enumerate(steps):
            post = a_post(
                text,
                id=f"{number}",
                author_id=f"{who}",
                handle=f"a{who}",
                kind=kind,
                in_reply_to=f"{who}",
                tags=order,
                mentions=(f"a{(who + 1) % 7}",),
            )
            judgement = Judgement(language="en", question=question, flags=flags)
            signals.take(post, judgement, after(second))
            found.append(signals.look(after(second)))
            is_fit(found[-1])
            assert sum(found[-1].posts) <= number + 1
            assert found[-1].posts[-1] >= 1
        readings.append(found)

    assert readings[0] == readings[1], "whatever the order in which a post's tags come"

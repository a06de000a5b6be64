"""Judging: what is said about a post, what stops it, and who is taken for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from eventlive.listening import Judge, Person, Recent, Rules, clean
from eventlive.model import Judgement, Post
from tests.unit.listening_posts import NOON, a_post

RULES = Rules(
    hashtags=("#demo26",),
    keywords=("open days",),
    stop_words=("idiot*", "very bad", "giveaway"),
    flag_words=("lawsuit", "idiot*"),
    muted=frozenset({"bluesky:did:plc:troll", "mastodon:@Troll@Example.org", "x:666"}),
    people=(
        Person("anna", "Anna", "speaker", {"bluesky": "anna.example.org", "x": "@Anna_E"}, True),
        Person("press", "Press", "journalist", {"mastodon": "press@example.org"}),
        Person("did", "Did", "", {"bluesky": "did:plc:listed", "x": "12345"}, True),
    ),
    house={"bluesky": ("demo.example.org", "did:plc:house"), "x": ("demo26",)},
    languages=("en", "de"),
)


def judge() -> Judge:
    return Judge(RULES, Recent(100))


def judged(text: str = "Good morning from the main stage", **fields: object) -> Judgement:
    fields = {"handle": "stranger.example.org", "author_id": "did:plc:stranger", **fields}
    return judge().judge(a_post(text, **fields))


def test_an_ordinary_post_is_stopped_by_nothing() -> None:
    judgement = judged(language="en")
    assert judgement == Judgement(language="en", points=judgement.points)
    assert judgement.points == 0.0


# --- what stops ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"text": "what an IDIOT"}, "stop word: idiot*"),
        ({"text": "a very\nbad day"}, "stop word: very bad"),
        ({"text": "there is a lawsuit"}, "flag word: lawsuit"),
        ({"name": "The Idiots"}, "stop word: idiot*"),
        ({"handle": "idiot_42"}, "stop word: idiot*"),
        ({"warning": "an idiotic warning"}, "stop word: idiot*"),
        ({"sensitive": True}, "sensitive"),
        ({"warning": "blood"}, "content warning"),
        ({"kind": "repost"}, "repost"),
    ],
)
def test_what_stops_a_post_is_said(fields: dict[str, object], flag: str) -> None:
    judgement = judged(**fields)  # type: ignore[arg-type]
    assert judgement.stopped
    assert flag in judgement.flags
    assert not judgement.muted


def test_a_word_on_two_lists_counts_as_the_graver() -> None:
    assert judged("what an idiot").flags == ("stop word: idiot*",)
    assert judged("a giveaway").flags == ("stop word: giveaway",)


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"bot": True}, "bot"),
        ({"links": ("https://bit.ly/abc",)}, "link shortener"),
        ({"links": ("https://example.org", "http://www.TinyURL.com/x")}, "link shortener"),
        ({"text": "look https://bit.ly/abc"}, "link shortener"),
    ],
)
def test_what_only_lowers_a_post_is_said_too(fields: dict[str, object], flag: str) -> None:
    judgement = judged(**fields)  # type: ignore[arg-type]
    assert judgement.flags == (flag,)
    assert not judgement.stopped
    assert judgement.points < judged().points


@pytest.mark.parametrize(
    "link", ["https://notbit.ly/a", "https://example.org/bit.ly", "https://t.co/a", "bit.ly/a", ""]
)
def test_other_links_hide_nothing(link: str) -> None:
    assert judged(links=(link,)).flags == ()


def test_a_copy_is_stopped_and_names_the_first() -> None:
    ours = judge()
    text = "The doors of hall three open at nine, bring your ticket"
    assert not ours.judge(a_post(text, id="1")).flags
    second = ours.judge(a_post(f"RT @a: {text} 🎉", id="2"))
    assert second.flags == ("copy of bluesky:1",)
    assert second.stopped
    assert "copy" in second.reasons
    assert not ours.judge(a_post(text, id="1")).flags


def test_a_repost_that_comes_first_makes_no_copy_of_the_post() -> None:
    ours = judge()
    text = "The doors of hall three open at nine, bring your ticket"
    assert ours.judge(a_post(text, id="9", kind="repost")).flags == ("repost",)
    assert not ours.judge(a_post(text, id="1")).flags


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "handle", "author"),
    [
        ("bluesky", "someone.example.org", "did:plc:troll"),
        ("mastodon", "troll@example.org", "1"),
        ("mastodon", "TROLL@example.org", "1"),
        ("x", "someone", "666"),
    ],
)
def test_a_muted_author_is_muted(network: str, handle: str, author: str) -> None:
    judgement = judged("An idiot asks: why?", network=network, handle=handle, author_id=author)
    assert judgement.muted
    assert judgement.stopped
    assert not judgement.question


def test_muting_and_unmuting_while_it_runs() -> None:
    ours = judge()
    post = a_post(handle="new.example.org", author_id="did:plc:new")
    assert not ours.judge(post).muted
    ours.mute("bluesky:did:plc:new")
    assert ours.judge(post).muted
    ours.unmute("bluesky:did:plc:new")
    ours.unmute("bluesky:did:plc:never")
    assert not ours.judge(post).muted


def test_what_a_muted_author_said_is_known_for_a_copy_elsewhere() -> None:
    ours = judge()
    text = "The doors of hall three are closed, stay at home everybody"
    ours.judge(a_post(text, id="1", author_id="did:plc:troll"))
    assert ours.judge(a_post(text, id="2")).flags == ("copy of bluesky:1",)


def test_a_listed_person_is_known_by_handle_or_did() -> None:
    anna = judged(handle="Anna.Example.Org")
    assert (anna.person, anna.trusted) == ("anna", True)
    assert anna.reasons == ("speaker",)
    assert judged(network="x", handle="anna_e", author_id="7").person == "anna"
    assert judged(author_id="did:plc:listed").person == "did"
    assert judged(author_id="did:plc:listed").reasons == ("listed",)
    press = judged(network="mastodon", handle="press@example.org")
    assert (press.person, press.trusted) == ("press", False)


@pytest.mark.parametrize(
    ("network", "fields"),
    [
        ("bluesky", {"name": "anna.example.org", "handle": "evil.example.com"}),
        ("bluesky", {"name": "Anna", "handle": "anna.example.org.evil.com"}),
        ("bluesky", {"handle": "anna_example.org"}),
        ("bluesky", {"handle": "аnna.example.org"}),  # a Cyrillic а
        ("bluesky", {"handle": "anna.example.org\u200b"}),
        ("bluesky", {"handle": "an\u00adna.example.org"}),
        ("bluesky", {"handle": "anna.example.org\n"}),
        ("bluesky", {"handle": "ａnna.example.org"}),
        ("mastodon", {"handle": "anna.example.org"}),
        ("mastodon", {"handle": "press@evil.example"}),
        ("mastodon", {"handle": "press"}),
        ("x", {"handle": "anna.example.org"}),
        ("x", {"handle": "stranger", "author_id": "12345"}),
        ("x", {"handle": "stranger", "author_id": "anna_e"}),
        ("bluesky", {"handle": "", "author_id": "did:plc:stranger"}),
    ],
)
def test_nobody_else_is_taken_for_them(network: str, fields: dict[str, str]) -> None:
    stranger = {"handle": "stranger", "author_id": "did:plc:stranger", **fields}
    judgement = judge().judge(clean(a_post(network=network, **stranger)))
    assert judgement.person == ""
    assert not judgement.trusted


def test_a_sign_for_kelvin_is_no_k() -> None:
    rules = Rules(people=(Person("kim", "Kim", "speaker", {"x": "kim"}, True),))
    ours = Judge(rules, Recent(10))
    assert ours.judge(a_post(network="x", handle="KIM")).trusted
    assert not ours.judge(a_post(network="x", handle="\u212aim")).trusted


def test_trust_does_not_lift_a_stop() -> None:
    judgement = judged("what an idiot", handle="anna.example.org")
    assert judgement.trusted
    assert judgement.stopped


@pytest.mark.parametrize("fields", [{"handle": "demo.example.org"}, {"author_id": "did:plc:house"}])
def test_our_own_posts_are_ours(fields: dict[str, str]) -> None:
    judgement = judged("What do you want to know?", **fields)
    assert judgement.stopped
    assert judgement.reasons == ("ours",)
    assert not judgement.question
    assert not judgement.muted


def test_a_post_that_mentions_us_says_so() -> None:
    assert judged(mentions=("demo.example.org",)).reasons == ("mentions us",)
    assert judged(mentions=("@Demo.Example.Org",)).reasons == ("mentions us",)
    assert judged(mentions=("demo26",)).reasons == ()
    assert judged(network="x", mentions=("DEMO26",)).reasons == ("mentions us",)


# --- what it is ----------------------------------------------------------------------------------


def test_language_and_question() -> None:
    asked = judged("Wann beginnt der Vortrag", language="de-AT")
    assert (asked.language, asked.question) == ("de", True)
    assert "question" in asked.reasons
    assert not judged("Wann beginnt der Vortrag", language="en").question
    assert not judged("When does it start?", kind="repost").question


def test_a_copied_question_is_still_one() -> None:
    ours = judge()
    assert ours.judge(a_post("When does the keynote start?", id="1")).question
    again = ours.judge(a_post("when does the keynote start", id="2", language="en"))
    assert again.question
    assert again.flags == ("copy of bluesky:1",)


def test_other_languages_and_promotion_come_later() -> None:
    assert judged(language="fr").points < judged(language="en").points
    assert judged("Rabattcode10 hier, jetzt kaufen").points < judged().points
    assert "promotional" in judged("USE CODE demo and buy now").reasons
    assert "promotional" in judged(tags=tuple("abcdefgh")).reasons
    assert judged("USE CODE demo and buy now").flags == ()


def test_about_the_event() -> None:
    ours = judge()
    assert ours.matches(a_post(tags=("Demo26",)))
    assert ours.matches(a_post("see you at the Open Days"))
    assert not ours.matches(a_post())


def test_without_any_rules_a_judge_still_judges() -> None:
    judgement = Judge(Rules(), Recent(1)).judge(a_post("Is anybody there?", mentions=("x",)))
    assert judgement.question
    assert not judgement.stopped


def test_the_same_posts_in_the_same_order_give_the_same_judgements() -> None:
    posts: list[Post] = [
        a_post(text, id=str(number), followers=number * 1_000)
        for number, text in enumerate(
            [
                "Where is hall 3?",
                "what an idiot",
                "a longer text than that",
                "A longer text than that",
            ]
        )
    ]
    one, other = judge(), judge()
    assert [one.judge(post) for post in posts] == [other.judge(post) for post in posts]


# --- what is wrong, and what is a case for support -----------------------------------------------


@dataclass(frozen=True)
class Fact:
    id: str
    wrong: tuple[str, ...]
    source: str = ""
    valid_until: datetime | None = None


FACTS = Rules(
    flag_words=("cancel*", "Refund"),
    facts=(
        Fact("keynote", ("keynote CANCEL*", "keynote idiot*"), "https://example.org/programme"),
        Fact("entry", ("entry costs",), valid_until=NOON),
    ),
    support_words=("REFUND", "lost my ticket", "passwor*", "keynote"),
    stop_words=("Idiot*",),
    house={"x": ("demo26",), "bluesky": ("demo.example.org",)},
)


def weighed(text: str, **fields: object) -> Judgement:
    return Judge(FACTS, Recent(100)).judge(a_post(text, **fields))


def test_a_wrong_claim_is_gathered_and_stopped() -> None:
    judgement = weighed("They say the keynote is cancelled")
    assert judgement.fact == "keynote"
    assert judgement.stopped
    assert judgement.flags == ("flag word: cancel*", "wrong claim: keynote")
    # A claim costs no points: it is not to sink beneath the others.
    assert judgement.points == weighed("They say the panel is cancelled").points
    assert judgement.reasons == ()
    unflagged = weighed("the entry costs ten euros")
    assert (unflagged.fact, unflagged.stopped) == ("entry", True)
    assert unflagged.flags == ("wrong claim: entry",)
    assert unflagged.points == weighed("the bread costs ten euros").points


def test_a_word_that_is_on_other_lists_too_is_still_the_claims() -> None:
    judgement = weighed("the keynote is for idiots")
    assert judgement.fact == "keynote"
    assert judgement.flags == ("stop word: Idiot*", "wrong claim: keynote")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("The keynote is not cancelled", {}),
        ("keynote cancelled?", {"links": ("https://example.org/programme",)}),
        ("keynote", {"name": "Cancelled"}),
        ("keynote", {"warning": "cancelled"}),
        ("The entry costs ten euros", {"created_at": NOON + timedelta(minutes=1)}),
        ("keynote cancelled", {"handle": "demo.example.org"}),
    ],
)
def test_what_is_no_wrong_claim_is_not_gathered(text: str, fields: dict[str, object]) -> None:
    assert weighed(text, **fields).fact == ""


def test_a_denial_is_one_in_the_posts_own_language() -> None:
    assert weighed("No keynote cancelled sitten", language="fi").fact == "keynote"
    assert weighed("No keynote cancelled today", language="en").fact == ""


def test_a_repost_and_a_question_spread_a_wrong_claim_too() -> None:
    assert weighed("keynote cancelled", kind="repost").fact == "keynote"
    asked = weighed("Is the keynote cancelled?")
    assert (asked.fact, asked.question) == ("keynote", True)


@pytest.mark.parametrize(
    ("text", "fields", "support"),
    [
        ("How do I get a refund?", {}, True),
        ("I lost my   ticket @demo", {"mentions": ("demo.example.org",)}, True),
        ("my passwords are gone", {"network": "x", "to": ("Demo26",)}, True),
        ("is the keynote on?", {}, True),
        ("no refund, no tears", {}, False),
        ("I lost my ticket @demo", {"mentions": ("other.example.org",)}, False),
        ("thanks for all", {"mentions": ("demo.example.org",)}, False),
        ("What time is it?", {"name": "Refund", "handle": "refund.example.org"}, False),
        ("refunding, anyone?", {}, False),
        ("How do I get a refund?", {"kind": "repost"}, False),
        (
            "refund",
            {"kind": "repost", "mentions": ("demo.example.org",), "author_id": "did:plc:s"},
            False,
        ),
    ],
)
def test_a_case_for_support_asks_or_speaks_to_us(
    text: str, fields: dict[str, object], support: bool
) -> None:
    assert weighed(text, **fields).support is support


def test_a_support_word_alone_stops_nothing() -> None:
    judgement = weighed("Where did my password go?")
    assert judgement.support
    assert not judgement.stopped
    assert judgement.flags == ()
    flagged = weighed("How do I get a refund?")
    assert flagged.support
    assert flagged.flags == ("flag word: Refund",)

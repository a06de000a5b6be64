"""Reach: what comes before what, and the reasons in words."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.reach import points, short_count
from eventlive.model import Media
from tests.unit.listening_posts import a_post


def score(**known: object) -> float:
    return points(a_post(), **known)[0]  # type: ignore[arg-type]


def test_a_question_goes_before_a_million_followers() -> None:
    famous = points(a_post(followers=900_000, verified=True))[0]
    assert points(a_post(followers=3), question=True)[0] > famous > points(a_post())[0]


def test_people_with_a_role_go_before_others() -> None:
    assert score(role="speaker") > score(role="journalist") > score(role="whatever") > score()
    assert score(role="SPEAKER") == score(role="speaker")


@pytest.mark.parametrize(
    "doubt", [{"copy": True}, {"promotional": True}, {"other_language": True}, {"flags": 1}]
)
def test_doubts_lower(doubt: dict[str, object]) -> None:
    assert score(**doubt) < score()


def test_reposts_bots_and_many_flags_lower() -> None:
    plain = points(a_post())[0]
    assert points(a_post(kind="repost"))[0] < plain
    assert points(a_post(bot=True))[0] < plain
    assert score(flags=3) < score(flags=1)


def test_pictures_and_verified_authors_raise_a_little() -> None:
    plain = points(a_post())[0]
    assert plain < points(a_post(media=(Media("https://e.org/1"),)))[0] < score(question=True)
    assert plain < points(a_post(verified=True))[0]


def test_reasons_are_words() -> None:
    post = a_post(followers=120_400, bot=True, kind="repost")
    _, reasons = points(
        post, question=True, role="speaker", mentions_us=True, copy=True, promotional=True
    )
    assert reasons == (
        "speaker", "question", "mentions us", "120k followers", "bot", "repost", "copy",
        "promotional",
    )  # fmt: skip
    assert points(a_post(followers=9_999))[1] == ()


@given(st.integers(-5, 10**12), st.integers(-5, 10**12))
def test_more_followers_never_lower(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    low, high = (points(a_post(followers=count))[0] for count in (fewer, more))
    assert -inf < low <= high < 10


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0"),
        (950, "950"),
        (1_000, "1k"),
        (1_240, "1.2k"),
        (9_960, "10k"),
        (120_400, "120k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (3_449_000, "3.4M"),
        (120_000_000, "120M"),
    ],
)
def test_counts_as_people_say_them(count: int, said: str) -> None:
    assert short_count(count) == said

"""What a text becomes on its network, counted and cut as the network will have it."""

from __future__ import annotations

import pytest

from eventlive.messages import AccountInfo
from tui.posts import LONGEST, ON_WALL, on_wall, posts_of

X = AccountInfo("x", "x", "house", "House", 280)
SKY = AccountInfo("sky", "bluesky", "house.example", "House", 300)
TOOT = AccountInfo("toot", "mastodon", "house@quay.example", "House", 500)
SENTENCE = "The recording will be up tomorrow. "


def signed(account: AccountInfo, signature: str, long: str = "refuse") -> AccountInfo:
    return AccountInfo(
        account.id, account.network, account.handle, account.name, account.limit, signature, long
    )


@pytest.mark.parametrize(
    ("account", "text", "used"),
    [
        (X, "at https://example.org/" + "long" * 40, 26),
        (X, "東京", 4),
        (X, "👨‍👩‍👧‍👦", 2),
        (SKY, "👨‍👩‍👧‍👦", 1),
        (SKY, "at https://example.org/1234567890", 33),
        (TOOT, "@lena@sea.example at https://example.org/" + "long" * 40, 32),
        (signed(X, "^ev"), "  Yes \n", 7),
    ],
)
def test_it_counts_as_the_network_counts(account: AccountInfo, text: str, used: int) -> None:
    posts = posts_of(text, account)
    assert (posts.used.used, posts.used.limit, posts.trouble) == (used, account.limit, "")
    assert len(posts.texts) == 1


def test_too_long_is_said_in_words() -> None:
    assert posts_of("x" * 281, X).trouble == "1 characters too long for X"
    assert "bytes too long for Bluesky" in posts_of("e" + "\u0301" * 1_600, SKY).trouble


@pytest.mark.parametrize("account", [X, SKY, TOOT])
def test_a_thread_loses_no_word_and_ends_with_the_signature(account: AccountInfo) -> None:
    text = (SENTENCE * 40).strip()
    posts = posts_of(text, signed(account, "^ev", "thread"))
    assert posts.trouble == ""
    assert len(posts.texts) > 2
    assert " ".join(posts.texts) == f"{text} ^ev"
    assert all(posts_of(part, account).used.fits for part in posts.texts)


def test_what_cannot_be_cut_is_no_thread() -> None:
    posts = posts_of("x" * 400, signed(SKY, "", "thread"))
    assert "100 characters too long for Bluesky, and no thread:" in posts.trouble
    assert posts.texts == ("x" * 400,)


@pytest.mark.parametrize(
    ("answered", "text", "said"),
    [
        ("lena@sea.example", "Yes", "@lena@sea.example Yes"),
        ("kim@quay.example", "Yes", "@kim Yes"),
        ("lena@sea.example", "Yes, @Lena@sea.example", "Yes, @Lena@sea.example"),
        ("kim@quay.example", "@kim yes", "@kim yes"),
        ("kim@quay.example", "@kim@quay.example yes", "@kim@quay.example yes"),
        ("lena@sea.example", "@lena yes", "@lena@sea.example @lena yes"),
        ("house@quay.example", "More of it", "More of it"),
        ("", "Hello", "Hello"),
    ],
)
def test_a_reply_on_mastodon_names_whom_it_answers(answered: str, text: str, said: str) -> None:
    assert posts_of(text, TOOT, answered).texts == (said,)


def test_nobody_is_named_elsewhere() -> None:
    assert posts_of("Yes", X, "lena").texts == ("Yes",)
    assert posts_of("Yes", SKY, "lena.example").texts == ("Yes",)


def test_a_warning_takes_its_room() -> None:
    assert posts_of("x" * 290, SKY, warning="food").texts == ("CW: food\n" + "x" * 290,)
    assert posts_of("x" * 292, SKY, warning="food").trouble
    assert posts_of("x" * 496, TOOT, warning="food").trouble == ""
    assert posts_of("x" * 497, TOOT, warning="food").trouble.startswith("1 characters")


def test_the_engines_own_limits_hold_too() -> None:
    assert posts_of(SENTENCE * 300, signed(TOOT, "", "thread")).trouble == (
        f"{len((SENTENCE * 300).strip()) - LONGEST} characters more than can be sent at once"
    )
    assert on_wall("x" * ON_WALL).trouble == ""
    assert on_wall(" x" * ON_WALL).trouble == "999 characters too long for the wall"

"""Copies: what counts as the same text, what does not, and a memory that stays small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.duplicates import HEAD, Recent, fingerprint

TEXT = "The doors of hall three open at nine, bring your ticket and a warm coat"
LONG = f"{TEXT}, because the queue stands outside for a while this morning"


@pytest.mark.parametrize(
    "copy",
    [
        TEXT.upper(),
        f"  {TEXT}  \n",
        TEXT.replace(",", " -").replace(" ", "  "),
        f"{TEXT}!!! 🎉🎉",
        f"{TEXT} https://example.org/x #demo26",
        f"@anna @berit {TEXT} #demo26 #other",
        f"RT @anna: {TEXT}",
        f"{TEXT} via @anna",
        TEXT.replace("hall", "𝐡𝐚𝐥𝐥"),
        TEXT.replace("doors", "do\u200dors"),
        f"“{TEXT}…”",
    ],
)
def test_a_copy_has_the_fingerprint_of_its_original(copy: str) -> None:
    assert fingerprint(copy) == fingerprint(TEXT) != ""


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("three", "four"),
        f"I think that {TEXT}",
        TEXT[:-5],
        "",
    ],
)
def test_another_text_has_another_one(other: str) -> None:
    assert fingerprint(other) != fingerprint(TEXT)


def test_after_the_first_letters_the_end_no_longer_counts() -> None:
    assert fingerprint(f"{LONG} and this is what I say about it") == fingerprint(LONG)
    assert fingerprint(f"{LONG[:110]}…") == fingerprint(LONG)
    assert len(fingerprint(LONG)) == HEAD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Great talk!",
        "So good",
        "Yes yes yes",
        "Congratulations everybody",
        "👏👏👏",
        "https://example.org/a/very/long/path/that/says/a/lot",
        "@somebody @somebodyelse #averylonghashtag #another",
    ],
)
def test_a_short_text_is_nobodys_copy(text: str) -> None:
    assert fingerprint(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Thank you all",
        "Hyvää huomenta kaikille",
        "今日のセッションはとても良かったです、皆さんありがとうございました",
    ],
)
def test_a_text_is_long_enough_in_any_script(text: str) -> None:
    if text == "Thank you all":
        assert fingerprint(text) == ""  # eleven letters
    else:
        assert fingerprint(text)


@pytest.mark.parametrize("text", ["Grüße aus der großen Halle", "שלום לכולם מהאולם הגדול כאן"])
def test_letters_of_other_scripts_count(text: str) -> None:
    assert fingerprint(text)
    assert fingerprint(f"🎉 {text} 🎉") == fingerprint(text)
    assert fingerprint(text[:-1]) != fingerprint(text)


@given(st.text(max_size=400))
def test_any_text_has_one(text: str) -> None:
    found = fingerprint(text)
    assert len(found) <= HEAD
    assert fingerprint(text) == found


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), min_size=30), st.text(
    st.sampled_from(" .,;!?-\n\t"), max_size=10))  # fmt: skip
def test_spaces_and_punctuation_never_count(letters: str, between: str) -> None:
    assert fingerprint(f"{letters[:9]}{between}{letters[9:]}") == fingerprint(letters)


# --- the memory ----------------------------------------------------------------------------------


def test_the_first_post_with_a_text_is_remembered() -> None:
    recent = Recent(10)
    assert recent.first("same", "x:1") == ""
    assert recent.first("same", "x:2") == "x:1"
    assert recent.first("same", "bluesky:3") == "x:1"
    assert recent.first("other", "x:4") == ""


def test_a_post_is_no_copy_of_itself() -> None:
    recent = Recent(10)
    recent.first("same", "x:1")
    assert recent.first("same", "x:1") == ""


def test_what_has_no_fingerprint_is_not_remembered() -> None:
    recent = Recent(10)
    assert recent.first("", "x:1") == ""
    assert recent.first("", "x:2") == ""
    assert len(recent) == 0


def test_the_text_that_nobody_repeats_goes_first() -> None:
    recent = Recent(2)
    recent.first("a", "x:1")
    recent.first("b", "x:2")
    assert recent.first("a", "x:3") == "x:1"
    recent.first("c", "x:4")
    assert recent.first("a", "x:5") == "x:1"
    assert recent.first("b", "x:6") == ""


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3))), st.integers(1, 5))
def test_it_never_holds_more_than_its_capacity(seen: list[tuple[str, str]], size: int) -> None:
    recent = Recent(size)
    for found, key in seen:
        recent.first(found, key)
        assert len(recent) <= size


def test_a_memory_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one text at least"):
        Recent(0)

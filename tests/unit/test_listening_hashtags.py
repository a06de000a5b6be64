"""Hashtags: found as twitter-text finds them, compared whatever their case and width."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.hashtags import Matcher, normal, tags_in
from tests.unit.listening_posts import a_post


@pytest.mark.parametrize(
    ("tag", "compared"),
    [
        ("#Demo26", "demo26"),
        ("demo26", "demo26"),
        ("＃ｄｅｍｏ２６", "demo26"),
        ("##DEMO26", "demo26"),
        ("#Straße", "strasse"),
        ("#PÄIVÄ", "päivä"),
        ("#Pa\u0308iva\u0308", "päivä"),
        (" #demo ", "demo"),
        ("#", ""),
    ],
)
def test_tags_are_compared_without_case_and_width(tag: str, compared: str) -> None:
    assert normal(tag) == compared


@given(st.text())
def test_comparing_twice_is_comparing_once(tag: str) -> None:
    once = normal(tag)
    if not once.startswith(("#", "＃")) and once == once.strip():
        assert normal(once) == once


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("See you at #Demo26!", ("Demo26",)),
        ("#one #two,#three", ("one", "two", "three")),
        ("room #42 is #42nd", ("42nd",)),
        ("C# and a#b are none", ()),
        ("https://example.org/#top is none, #this is", ("this",)),
        ("https://example.org/?#top and www.example.org/?#end are none", ()),
        ("&#39; is none", ()),
        ("keycap #️⃣ is none", ()),
        ("＃東京 です", ("東京",)),
        ("no tag at all", ()),
    ],
)
def test_tags_are_found_in_a_text(text: str, tags: tuple[str, ...]) -> None:
    assert tags_in(text) == tags


def conformance(path: Path, section: str) -> list[tuple[str, str, list[str]]]:
    """Read (description, text, tags) of a section; its strings are Python's as much as YAML's."""
    whole = path.read_text(encoding="utf-8")
    start = whole.index(f"\n  {section}:\n") + 1
    end = re.compile(r"\n  \w+:\n").search(whole, start + 5)
    part = whole[start : end.start() if end else None]
    cases = []
    for case in part.split("- description: ")[1:]:
        description = case.partition("\n")[0].strip().strip('"')
        text = re.search(r'^\s+text: (".*")$', case, re.MULTILINE)
        expected = re.search(r"^\s+expected: (\[.*\])$", case, re.MULTILINE)
        assert text, description
        assert expected, description
        cases.append((description, ast.literal_eval(text[1]), ast.literal_eval(expected[1])))
    return cases


@pytest.mark.needs("cases")
def test_the_conformance_suite_of_twitter_text(cases: Path) -> None:
    path = cases / "twitter_text" / "extract.yml"
    every = conformance(path, "hashtags") + conformance(path, "hashtags_from_astral")
    assert len(every) > 60
    missed = [
        (description, text, expected, tags_in(text))
        for description, text, expected in every
        if list(tags_in(text)) != expected
    ]
    assert not missed


# --- is it about the event ---------------------------------------------

ABOUT = Matcher(["#Demo26", "opendays", "#東京"], ["open hardware", "avoim*", "東京"])


@pytest.mark.parametrize(
    ("text", "tags", "about"),
    [
        ("nothing here", ("demo26",), True),
        ("nothing here", ("DEMO26",), True),
        ("nothing here", ("ｄｅｍｏ２６",), True),
        ("nothing here", ("demo2026",), False),
        ("said at #DEMO26", (), True),
        ("said at #DEMO26", ("other",), True),
        ("said at ＃ｄｅｍｏ２６", (), True),
        ("said at #demo26x", (), False),
        ("demo26 without its sign", (), False),
        ("https://example.org/#demo26", (), False),
        ("I love Open\nHardware!", (), True),
        ("reopen hardware", (), False),
        ("Avoimet ovet", (), True),
        ("今日は東京です", (), True),
        ("", (), False),
    ],
)
def test_a_post_is_about_the_event(text: str, tags: tuple[str, ...], about: bool) -> None:
    assert ABOUT.matches(a_post(text, tags=tags)) is about


def test_with_nothing_to_look_for_nothing_matches() -> None:
    nothing = Matcher([], ["", " "])
    assert not nothing
    assert not nothing.matches(a_post("anything #demo26", tags=("demo26",)))
    assert Matcher(["demo26"])
    assert Matcher([], ["demo"])


def test_a_keyword_alone_needs_no_hashtag() -> None:
    assert Matcher([], ["cake"]).matches(a_post("There is cake #party"))
    assert not Matcher([], ["cake"]).matches(a_post("There is cheesecake2"))

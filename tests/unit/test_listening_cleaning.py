"""Cleaning: what goes, what stays, and that a clean post costs nothing and stays itself."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventlive.listening.cleaning import (
    MAX_ALT,
    MAX_FOLLOWERS,
    MAX_HANDLE,
    MAX_ID,
    MAX_LINKS,
    MAX_MEDIA,
    MAX_NAME,
    MAX_TAGS,
    MAX_TEXT,
    clean,
    clean_line,
    clean_text,
)
from eventlive.model import Author, Media, Post
from tests.unit.listening_posts import NOON, a_post

FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f")
TRICKY = st.text(
    st.one_of(
        st.sampled_from(
            "a \n\t\r\x1b[]m;0\x07\x9b\u2028\u200b\u200c\u200d\ufe0f\ufe0e\ufe00\u180b\u180e"
            "\U000e0101👩🏿❤️ب\u064bکकर्กကᠠ\u0301\u0e47\U0001e944\U0001f3f4\U000e0067\U000e007f\u061c漢\U00016f51\u202e"
        ),
        st.characters(),
    ),
    max_size=60,
)


EMBEDDING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
HIDING = "\u200e\u200f\u061c\ufeff\u00ad\u2060\u3164\u115f\uffa0\u034f"


def forbidden_in(text: str, *, line: bool = False) -> list[str]:
    """Find what must never reach a terminal, by Unicode's own properties and not by our ranges."""

    def is_forbidden(character: str) -> bool:
        category = unicodedata.category(character)
        point = ord(character)
        return (
            (category == "Cc" and (line or character != "\n"))
            or category in {"Cs", "Co", "Zl", "Zp"}
            or point & 0xFFFE == 0xFFFE
            or 0xFDD0 <= point <= 0xFDEF
            or 0xE0000 <= point <= 0xE007F
            or unicodedata.bidirectional(character) in EMBEDDING
            or character in HIDING
        )

    return [character for character in FLAG.sub("", text) if is_forbidden(character)]


# --- what goes ---------------------------------------------


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jgone", "gone"),
        ("bell\x07 null\x00 delete\x7f c1\x85end", "bell null delete c1\nend"),
        ("a\tb", "a b"),
        ("one\r\ntwo\rthree\x0bfour\x0cfive\u2028six\u2029seven",
         "one\ntwo\nthree\nfour\nfive\nsix\nseven"),
        ("\u202eevil\u202c \u2066x\u2069 \u200fy\u061c\u200e", "evil x y"),
        ("f\u200dr\u200ce\u200be\u2060\ufeff\u00ad", "free"),
        ("plain\U000e0041\U000e0042\U000e0043 text", "plain text"),
        ("lone\ud800 \udfff", "lone "),
        ("private\ue000\U000f0000 no\ufffe\ufdd0\U0001ffff", "private no"),
        ("hidden\ufe0f\ufe0f\U000e0100\U000e0101 bytes", "hidden bytes"),
        ("a\n\n\n\n\n\nb", "a\n\nb"),
        ("a\n \n\t\n  \n\nb", "a\n\nb"),
    ],
)  # fmt: skip
def test_what_must_not_be_shown_goes(dirty: str, cleaned: str) -> None:
    assert clean_text(dirty) == cleaned


def test_a_tower_of_marks_is_cut() -> None:
    tower = "Z" + "\u0301" * 40 + "a" + "\u0337" * 3 + "ก" + "\u0e47" * 20
    assert clean_text(tower) == "Z" + "\u0301" * 6 + "a" + "\u0337" * 3 + "ก" + "\u0e47" * 6
    split = "Z" + ("\u0301" * 3 + "\u200d") * 20
    assert sum(unicodedata.combining(c) > 0 for c in clean_text(split)) <= 6


# --- what stays ---------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Plain text, (with) [brackets] <b>and</b> & [/red] markup",
        "Grüße aus Köln, hyvää päivää, 東京で会いましょう。\nzweite Zeile",
        "👩🏽‍💻 👨‍👩‍👧‍👦 ❤️ ❤️‍🔥 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇫🇮 1️⃣ ©️ ☎︎",
        "می‌خواهم نامه‌ای بنویسم",
        "ශ්‍රී ලංකා, क्‍ष, র‍্যাব, ಕ್ರೌರ‍್ಯ",
        "שָׁלוֹם עֲלֵיכֶם",
        "ผู้เริ่ม นักท่องเที่ยว",
        "សូម\u200bអរគុណ",
        "葛\U000e0100城市",
        "Cafe\u0301 is not composed, and stays so",
        "three\n\n\nlines",
        "\U0001fae8\U0001fadf new pictures",
    ],
)
def test_what_people_write_stays_as_written(text: str) -> None:
    post = a_post(text)
    assert clean(post) is post


def test_a_clean_post_is_the_same_object() -> None:
    post = a_post(
        "See https://example.org/a?b=c#d for more #demo26",
        name="Zoë Ångström 🎤",
        followers=120_000,
        url="https://bsky.app/profile/anna.example.org/post/3k1",
        tags=("demo26", "päivä"),
        mentions=("demo.example.org",),
        links=("https://example.org/a?b=c#d", "HTTP://EXAMPLE.ORG/"),
        media=(Media("https://cdn.example.org/1.jpg", alt="Zwei Leute\nam Pult", width=800),),
        language="en",
    )
    assert clean(post) is post


# --- every field ---------------------------------------------


def test_every_field_is_cleaned() -> None:
    hostile = "x\x1b[2J\u202e\x00y"
    post = clean(
        a_post(
            hostile,
            author=Author(id=hostile, handle=hostile, name=hostile + "\nsecond line"),
            url=f"https://example.org/{hostile}",
            language=hostile,
            in_reply_to=hostile,
            tags=(hostile,),
            mentions=(hostile,),
            to=(hostile,),
            quoted=hostile,
            links=(f"https://example.org/{hostile}",),
            media=(Media(f"https://example.org/{hostile}", alt=hostile),),
            warning=hostile,
        )
    )
    strings = [
        post.url, post.language, post.in_reply_to, post.warning, post.author.id,
        post.author.handle, post.author.name, *post.tags, *post.mentions, *post.links,
        post.media[0].url, post.quoted, *post.to,
    ]  # fmt: skip
    assert post.text == "xy"
    assert post.author.name == "xy second line"
    assert post.tags == ("xy",)
    assert not [found for text in strings for found in forbidden_in(text, line=True)]
    assert not forbidden_in(post.media[0].alt)


@pytest.mark.parametrize("hidden", ["\u200b", "\u2060", "\u202e", "\x00", "\u200d"])
def test_no_handle_becomes_another_ones(hidden: str) -> None:
    cleaned = clean(a_post(handle=f"anna{hidden}.example.org", author_id=f"did:plc:{hidden}anna"))
    assert cleaned.author.handle != "anna.example.org"
    assert cleaned.author.id != "did:plc:anna"
    assert not forbidden_in(cleaned.author.handle)
    assert clean(cleaned) is cleaned


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "JaVaScRiPt:alert(1)",
        "file:///etc/passwd",
        "//evil.example/x",
        "vbscript:x",
        "https:",
        "https://exa mple.org",
        "",
    ],
)
def test_only_links_of_the_web_pass(url: str) -> None:
    post = clean(a_post(links=(url, "https://example.org"), url=url, media=(Media(url),)))
    assert post.links == ("https://example.org",)
    assert post.url == ""
    assert post.media == ()


@pytest.mark.parametrize(
    ("path", "passes"),
    [
        ("pictures/stage.jpg", True),
        ("stage_1.webp", True),
        ("../secret.jpg", False),
        ("pictures/../../secret.jpg", False),
        ("/etc/passwd", False),
        ("pictures\\..\\x.jpg", False),
        ("C:/x.jpg", False),
        ("pictures//x.jpg", False),
        ("%2e%2e/x.jpg", False),
    ],
)
def test_a_replays_own_pictures_pass(path: str, passes: bool) -> None:
    post = clean(a_post(media=(Media(path),), links=(path,)))
    assert bool(post.media) is passes
    assert post.links == ()


def test_lengths_are_bounded() -> None:
    post = clean(
        a_post(
            "x" * 50_000,
            name="n" * 1_000,
            handle="h" * 1_000,
            followers=10**30,
            tags=tuple(f"t{number}" for number in range(500)),
            links=tuple(f"https://example.org/{number}" for number in range(500)),
            media=tuple(
                Media(f"https://example.org/{number}", alt="a" * 9_999, width=-5, height=10**9)
                for number in range(50)
            ),
            url="https://example.org/" + "u" * 5_000,
        )
    )
    assert len(post.text) == MAX_TEXT
    assert len(post.author.name) == MAX_NAME
    assert len(post.author.handle) == MAX_HANDLE
    assert post.author.followers == MAX_FOLLOWERS
    assert len(post.tags) == MAX_TAGS
    assert len(post.links) == MAX_LINKS
    assert len(post.media) == MAX_MEDIA
    assert len(post.media[0].alt) == MAX_ALT
    assert (post.media[0].width, post.media[0].height) == (0, 0)
    assert post.url == ""
    assert clean(post) is post


def test_a_single_long_field_is_not_overlooked() -> None:
    assert len(clean(a_post(tags=("t" * 500,))).tags[0]) == 140
    assert len(clean(a_post(mentions=("m" * 500,))).mentions[0]) == MAX_HANDLE
    assert len(clean(a_post(to=("m" * 500,))).to[0]) == MAX_HANDLE
    assert len(clean(a_post(to=("m",) * 5_000)).to) < 5_000
    assert len(clean(a_post(warning="w" * 900)).warning) == 500


@pytest.mark.parametrize(
    ("fields", "cleaned"),
    [
        ({"tags": ("👩", "\u200d👩")}, {"tags": ("👩", "👩")}),
        ({"id": "3k1", "language": "\ufe0f"}, {"language": ""}),
        ({"url": "javascript:alert(1)"}, {"url": ""}),
        ({"links": ("mailto:a@example.org",)}, {"links": ()}),
        ({"tags": ("", "a")}, {"tags": ("a",)}),
        ({"mentions": ("a", "")}, {"mentions": ("a",)}),
        ({"name": " \u3000"}, {}),
        ({"media": (Media("https://e.org/1", width=-1),)}, {}),
    ],
)
def test_one_bad_field_alone_is_seen(fields: dict[str, Any], cleaned: dict[str, Any]) -> None:
    post = a_post(**fields)
    assert clean(post) is not post
    assert {key: getattr(clean(post), key) for key in cleaned} == cleaned


def test_followers_below_none_are_none() -> None:
    assert clean(a_post(followers=-7)).author.followers == 0


# --- posts that nobody could use ---------------------------------------------


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        (a_post(id=""), "no id"),
        (a_post(id="x" * (MAX_ID + 1)), "longer"),
        (a_post(id="3k\x001"), "control or invisible"),
        (a_post(id="3k\u200b1"), "control or invisible"),
        (a_post(created_at=datetime(1999, 12, 31, tzinfo=UTC)), "cannot be right"),
        (a_post(created_at=datetime(2101, 1, 1, tzinfo=UTC)), "cannot be right"),
        (a_post(created_at=NOON.replace(tzinfo=None)), "no time zone"),
        (a_post(""), "nothing to show"),
        (a_post(" \n\t "), "nothing to show"),
        (a_post("\u200b\u2060\x00"), "nothing to show"),
        (a_post("\u2800\u2800"), "nothing to show"),
        (a_post("", media=(Media("javascript:alert(1)"),)), "nothing to show"),
    ],
)
def test_a_useless_post_is_refused_with_the_reason(post: Post, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        clean(post)


def test_a_picture_alone_is_a_post() -> None:
    post = a_post("", media=(Media("https://example.org/1.jpg"),))
    assert clean(post) is post


# --- for any text ---------------------------------------------


@given(TRICKY)
@example("a\ufe0f\u200d🔥")
@example("क" + "\u094d" * 6 + "\u200d" + "\u094d" * 6)
@example("\x1b\x1b[31m[31m")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert len(once) <= len(text)
    line = clean_line(text)
    assert clean_line(line) == line


@given(TRICKY)
def test_nothing_forbidden_is_left(text: str) -> None:
    assert not forbidden_in(clean_text(text))
    assert not forbidden_in(clean_line(text), line=True)


@given(TRICKY, TRICKY, TRICKY)
def test_a_post_of_any_text_is_cleaned_or_refused(text: str, name: str, other: str) -> None:
    post = a_post(
        text,
        id=other or "1",
        name=name,
        handle=other,
        tags=(name, other),
        mentions=(other,),
        to=(other,),
        quoted=other,
        links=(name, f"https://{other}"),
        media=(Media(f"https://e.org/{name}", alt=other),),
        warning=name,
        language=other,
    )
    try:
        once = clean(post)
    except ValueError:
        return
    assert clean(once) is once


@given(st.text(st.characters(categories=["Lu", "Ll", "Lt", "Nd", "Zs", "Pd", "Ps", "Pe", "Po"])))
def test_letters_digits_and_punctuation_are_never_touched(text: str) -> None:
    assert clean_text(text) == text

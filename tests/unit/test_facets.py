"""Bluesky's facets: every case of the network's own library, byte for byte."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.facets import Facet, Kind, facets


def read(cases: Path, name: str) -> list[dict[str, Any]]:
    path = cases / "bluesky" / f"facet_detection_{name}.json"
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


@pytest.mark.needs("cases")
@pytest.mark.parametrize(
    ("name", "kind", "least"), [("tags", "tag", 36), ("cashtags", "cashtag", 18)]
)
def test_tags(cases: Path, name: str, kind: Kind, least: int) -> None:
    every = read(cases, name)
    assert len(every) >= least
    for case in every:
        found = [facet for facet in facets(case["input"]) if facet.kind == kind]
        places = [{"byteStart": facet.start, "byteEnd": facet.end} for facet in found]
        assert [facet.value for facet in found] == case["tags"], case["input"]
        assert places == case["indices"], case["input"]


def segments(text: str) -> list[list[str]]:
    """Cut a text at its facets, each with its value behind it, as the cases write them."""
    raw, found, place = text.encode(), [], 0
    for start, end, kind, value in facets(text):
        if start > place:
            found.append([raw[place:start].decode()])
        resolved = f"did:fake:{value}" if kind == "mention" else value
        found.append([raw[start:end].decode(), resolved])
        place = end
    return found if found and place == len(raw) else [*found, [raw[place:].decode()]]


@pytest.mark.needs("cases")
def test_mentions_and_links(cases: Path) -> None:
    every = read(cases, "mentions_links")
    assert len(every) >= 40
    for case in every:
        assert segments(case["input"]) == case["segments"]


def test_places_count_bytes() -> None:
    text = "Grüße aus 東京 🎉 #eventlive"
    assert facets(text) == (Facet(24, 34, "tag", "eventlive"),)
    text = "日本 https://example.org/ä, von @ä.example.org (@me.example.org) $abc"
    assert [(kind, text.encode()[start:end].decode()) for start, end, kind, _ in facets(text)] == [
        ("link", "https://example.org/ä"),
        ("mention", "@me.example.org"),
        ("cashtag", "$abc"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my-site.example.org/a", ["https://my-site.example.org/a"]),
        ("httpbin.org is bare", ["https://httpbin.org"]),
        ("HTTPS://EXAMPLE.ORG/A", ["HTTPS://EXAMPLE.ORG/A"]),
        ("„https://example.org/a“ and (https://example.org/b).", ["https://example.org/b"]),
        ("https://example.org/a”, https://example.org/b...", ["https://example.org/a",
                                                              "https://example.org/b"]),
        # What the server would refuse, and the post with it.
        ("https:// https://. https:///a https://)", []),
        ("kl. 12.30 3.no z.B. so", []),
        # The tag holds all of it; two facets must not overlap.
        ("#a(example.org #b(@me.example.org", ["a(example.org", "b(@me.example.org"]),
    ],
)  # fmt: skip
def test_beyond_the_cases(text: str, found: list[str]) -> None:
    assert [facet.value for facet in facets(text)] == found


PIECES = [
    "a", "com", ".", "-", "/", "https://", "@", "#", "$", "(", ")", " ", "\n", "!", "日本", "é",
    "1", "\u0301", "\ufe0f", "\u200b", "\ud800", "🎉", "＃", "\xa0", "”",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_facets_stand_in_the_text_in_order(text: str) -> None:
    raw, place = text.encode("utf-8", "surrogatepass"), 0
    for start, end, kind, value in facets(text):
        assert place <= start < end <= len(raw)
        assert value
        # Decoding fails where a place is within a character.
        said = raw[start:end].decode("utf-8", "surrogatepass")
        assert said[0] in {"mention": "@", "tag": "#＃", "cashtag": "$"}.get(kind, said)
        place = end


@pytest.mark.parametrize(
    "text",
    [
        "a.",
        "a.com ",
        "https://",
        "https://a ",
        "@",
        "@a.",
        "@a(",
        "#",
        "#a ",
        "#!",
        "$A ",
        "a-",
        "(",
    ],
)
def test_no_text_takes_longer_than_its_length(text: str) -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        facets((text * size)[:size])
        return time.process_time() - start

    assert min(seconds(20_000) for _ in range(2)) < 9 * max(seconds(5_000), 0.001)

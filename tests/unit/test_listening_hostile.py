"""Hostile text, as others collected it: cleaned or refused with a reason, judged without harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening import Judge, Matcher, Recent, Rules, clean
from eventlive.model import Author, Judgement, Media, Post
from tests.unit.listening_posts import NOON, a_post
from tests.unit.test_listening_cleaning import forbidden_in

WORDS = ("drop table", "script", "null*", "*undefined", "👩")


def a_judge() -> Judge:
    rules = Rules(stop_words=WORDS, languages=("en",), house={"bluesky": ("us.example.org",)})
    return Judge(rules, Recent(50))


def everywhere(text: str) -> Post:
    """Put the text into every field of a post."""
    return Post(
        network="bluesky",
        id="3k1",
        created_at=NOON,
        text=text,
        author=Author(id=text, handle=text, name=text, followers=-1),
        url=text,
        language=text,
        in_reply_to=text,
        tags=(text,),
        mentions=(text,),
        to=(text,),
        quoted=text,
        links=(text, f"https://example.org/{text}"),
        media=(Media(text, alt=text), Media("https://example.org/1.jpg", alt=text)),
        warning=text,
    )


def go_through(post: Post) -> Judgement:
    cleaned = clean(post)
    assert clean(cleaned) is cleaned
    strings = [
        cleaned.author.id, cleaned.author.handle, cleaned.author.name, cleaned.url,
        cleaned.language, cleaned.in_reply_to, cleaned.warning, *cleaned.tags, *cleaned.mentions,
        *cleaned.links, *(media.url for media in cleaned.media),
    ]  # fmt: skip
    assert not [bad for text in strings for bad in forbidden_in(text, line=True)]
    texts = [cleaned.text, *(media.alt for media in cleaned.media)]
    assert not [bad for text in texts for bad in forbidden_in(text)]
    assert all(link.lower().startswith(("http://", "https://")) for link in cleaned.links)
    # What is stored and sent must come back as it was: no surrogate survives.
    assert msgspec.json.decode(msgspec.json.encode(cleaned), type=Post) == cleaned
    Matcher(["#demo"], WORDS).matches(cleaned)
    return a_judge().judge(cleaned)


@pytest.mark.needs("cases")
def test_naughty_strings(cases: Path) -> None:
    strings: list[str] = json.loads((cases / "hostile" / "naughty_strings.json").read_text("utf-8"))
    assert len(strings) > 400
    for text in strings:
        go_through(everywhere(text))


def decoded(cases: Path) -> Iterator[str]:
    for case in json.loads((cases / "hostile" / "utf8_sequences.json").read_text("utf-8")):
        raw = bytes.fromhex(case["hex"])
        for errors in ("replace", "surrogateescape", "surrogatepass", "backslashreplace"):
            try:
                yield raw.decode("utf-8", errors)
            except UnicodeDecodeError:
                continue
        yield raw.decode("latin-1")


@pytest.mark.needs("cases")
def test_utf8_sequences(cases: Path) -> None:
    texts = list(decoded(cases))
    assert len(texts) > 400
    assert any("\ud800" <= character <= "\udfff" for text in texts for character in text)
    for text in texts:
        go_through(everywhere(text))


@pytest.mark.parametrize(
    "text",
    [
        "\x00" * 100_000,
        "\x9d" * 100_000,
        "\x1b]" * 50_000,
        "\x1b[" + "0" * 100_000,
        "Z" + "\u0301" * 100_000,
        "\u202e" * 100_000,
        "\u200d" * 100_000,
        "👩\u200d" * 30_000,
        "\n \n" * 30_000,
        "#" * 100_000,
        "#a" * 50_000,
        "@a " * 30_000,
        "? " * 50_000,
        "http://" * 20_000,
        "www." * 20_000,
        "ﷺ" * 9_999 + "𝐚",
        "a" * 100_000 + "ko joku",
        "\U000e0041" * 100_000,
        "\U0001f3f4\U000e0067" * 50_000,
        "(" * 100_000,
        "[/red][@click=app.quit]x[/]" * 4_000,
    ],
    ids=lambda text: ascii(text[:6]),
)
@pytest.mark.timeout(10)
def test_a_flood_in_one_post_takes_no_time(text: str) -> None:
    go_through(everywhere(text))
    go_through(a_post(text[:5_000] + " what", language="it", media=(Media("a.jpg"),)))


@given(st.text(max_size=120), st.sampled_from(["", "en", "fi", "de", "no", "es", "it", "el"]))
def test_any_text_goes_through(text: str, language: str) -> None:
    post = a_post(
        text, name=text, language=language, media=(Media("https://example.org/1.jpg", alt=text),)
    )
    judgement = go_through(post)
    assert all(flag.isprintable() for flag in judgement.flags)

"""Length and threads: what each network counts, and texts cut so that nobody minds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.entities import (
    cashtags,
    hashtags,
    links,
    links_of_mastodon,
    mentions,
    mentions_of_mastodon,
)
from eventlive.listening.facets import facets
from eventlive.listening.hashtags import tags_in
from eventlive.listening.length import (
    Measure,
    graphemes,
    is_valid,
    mastodon_length,
    measure,
    weighted,
    weighted_v2,
)
from eventlive.listening.splitting import split

FAMILY = "👨‍👩‍👧‍👦"


# --- counting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Grüße", 5),
        ("e\u0301", 1),
        ("東京", 4),
        ("“so” – ja…", 11),  # The ellipsis is 2.
        (FAMILY * 3, 6),
        ("1️⃣ ©️ © ☺️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇫🇮 👍🏽", 19),
        ("example.org", 23),
        (f"a example.org/{'x' * 900}. b https://t.co/1", 2 + 23 + 4 + 23),
        ("\ud800", 2),
    ],
)
def test_x_weighs_characters(text: str, weight: int) -> None:
    assert weighted(text) == weight


def test_x_takes_280() -> None:
    assert is_valid("a" * 280)
    assert is_valid(FAMILY * 140)
    assert weighted_v2(FAMILY) == 11
    assert not is_valid("a" * 281)
    assert not is_valid("日" * 141)
    assert not is_valid("")
    assert not is_valid("a\ufffe")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("ASCII\r\n", 6),
        ("e\u0301", 1),
        (FAMILY, 1),
        ("🇫🇮🇳🇴", 2),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿1️⃣👍🏽", 3),
        ("क्षि", 1),
        ("각\u1100\u1161\u11a8", 2),
        ("\x00\u0301", 2),
        ("Z" + "\u0301" * 100, 1),
    ],
)
def test_graphemes(text: str, count: int) -> None:
    assert graphemes(text) == count


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        (FAMILY, 1),
        ("https://example.org/" + "a" * 300, 23),
        ("example.org/" + "a" * 88, 100),
        ("https://localhost/a", 19),
        ("hi @somebody@social.example.org!", 13),
        ("me@example.org", 14),
        ("https://example.org/?to=a,@me@example.org a", 25),
        ("(https://example.org/日本語) https://example.org/b.", 2 + 23 + 1 + 23 + 1),
    ],
)
def test_mastodon_counts_links_and_servers_less(text: str, length: int) -> None:
    assert mastodon_length(text) == length


def test_an_instance_may_count_links_otherwise() -> None:
    assert mastodon_length("see https://example.org/", url_length=40) == 44


def test_measures() -> None:
    assert measure("日本", "x") == Measure(4, 280)
    assert measure("日本", "x", 25_000) == Measure(4, 25_000)
    assert measure("日本", "bluesky") == Measure(2, 300, "graphemes")
    assert measure("日本", "mastodon") == Measure(2, 500)
    assert measure(FAMILY, "rehearsal", 100) == Measure(7, 100)
    assert measure("a" * 300, "bluesky").fits
    assert not measure("a" * 301, "bluesky").fits
    assert measure("a" * 10_000, "rehearsal").fits
    # Few graphemes may still be too many bytes.
    assert measure(FAMILY * 120, "bluesky") == Measure(120, 300, "graphemes")
    assert measure(FAMILY * 121, "bluesky") == Measure(3025, 3000, "bytes")


# --- threads ----------------------------------------------------------------------------------

SENTENCES = {
    "en": "Dr. Smith and Mr. J. R. Ray start at 12.30 p.m. on Sun. 3 May, e.g. in room 4.2!",
    "de": "Am 3. Dezember um 12.30 Uhr spricht Fr. Dr. Groß bzgl. ihrer Wale, d.h. z. B. Pia.",
    "fi": "Tilaisuus alkaa 3. Helmikuuta klo 12.30, esim. Tampereella ym. Suomessa!",
    "no": "Kl. 12.30 snakker prof. Hansen om f.eks. Oslo, bl.a. Grønland, dvs. Norge.",
    "es": "La Dra. García llega a EE. UU. a las 12.30 con el Sr. López, p. ej. Juan.",
    "it": "Il dott. Rossi e l'avv. Bianchi parlano alle 12.30 di Roma, pag. 5, ecc. Roma!",
}


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences_stay_whole(sentence: str) -> None:
    """A dot too many taken for an end would be a cut further on, and be taken."""
    text = f"{sentence} {sentence}"
    assert split(text, "rehearsal", len(text) - 1) == (sentence, sentence)


def test_the_better_cut_is_taken() -> None:
    words = "One two three four"
    cut = {
        f"{words}\n\n{words}. {words}": words,
        f"{words}. {words}\n{words}": f"{words}. {words}",
        f"{words}! {words}, {words}": f"{words}!",
        f"{words}, {words} {words}": f"{words},",
        f"{words} {words} {words}": f"{words} {words} One two",
    }
    for text, first in cut.items():
        assert split(text, "rehearsal", 45)[0] == first
    # But not for the sake of a greeting.
    assert split(f"Hi!\n\n{words} {words} {words}", "rehearsal", 45)[0] == f"Hi!\n\n{words} {words}"


def test_scripts_without_spaces_are_cut_too() -> None:
    sentence = "日本語の文章です。"
    parts = split(sentence * 20, "x")
    assert parts == (sentence * 15, sentence * 5)
    # Not before what never begins a line.
    assert split("語語語、語語語", "rehearsal", 3) == ("語語", "語、", "語語語")
    # Not behind a tag's sign: who knows where it ends.
    tag = f"語#{'日' * 30}"
    assert split("語" * 129 + tag, "x") == ("語" * 129, tag)


def test_threads_are_numbered_where_asked() -> None:
    text = "word " * 100
    assert split("word", "x", numbered=True) == ("word",)
    assert split(f" {'a' * 280}\n", "x", numbered=True) == ("a" * 280,)
    assert [part[-6:] for part in split(text, "x", numbered=True)] == [" (1/2)", " (2/2)"]
    many = split(text, "rehearsal", 20, numbered=True)
    assert many[0].endswith(f" (1/{len(many)})")
    assert len(many) > 9
    assert max(map(len, many)) <= 20


def test_room_is_kept_in_every_part() -> None:
    parts = split("word " * 100, "bluesky", reserve=50)
    assert all(graphemes(part) <= 250 for part in parts)
    assert split("a" * 250, "bluesky", reserve=50) == ("a" * 250,)
    with pytest.raises(ValueError, match="aaaa"):
        split("a" * 251, "bluesky", reserve=50)


@pytest.mark.parametrize(
    ("text", "network", "named"),
    [
        ("a " + "b" * 281, "x", "bbbb"),
        ("see https://example.org/" + "a" * 300, "bluesky", "https://example.org/aaaa"),
        ("a\xa0b" * 200, "mastodon", "a\xa0b"),
        ("#" + "日" * 150, "x", "#日日"),
        ("a" * 279 + " \u0301b", "x", "aaaa"),  # The mark sits on the space.
    ],
)
def test_what_cannot_be_cut_is_named(text: str, network: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        split(text, network)


WORDS = [
    "word", "Wort.", "sana,", "Hva?", "z. B.", "…", FAMILY, "1️⃣", "e\u0301", "@me",
    "@me@example.org", "https://example.org/a?b=c", "example.org/a(b)", "#tag", "#日本語", "$ABC",
    "日本語。", "ไทย", "\u0301", "\xa0", "\u200d", " ", "\n\n", "\r\n", "(",
]  # fmt: skip


def everything(text: str) -> list[str]:
    found = [*links(text), *links_of_mastodon(text), *mentions(text), *mentions_of_mastodon(text)]
    found += [*hashtags(text), *cashtags(text)]
    return sorted(span.value for span in found) + sorted(f.value for f in facets(text))


@given(
    words=st.lists(st.sampled_from(WORDS) | st.text(max_size=5), min_size=20, max_size=60),
    between=st.sampled_from([" ", ""]),
    network=st.sampled_from(["x", "bluesky", "mastodon", "rehearsal"]),
    limit=st.integers(40, 120),
    numbered=st.booleans(),
)
def test_nothing_is_lost_and_everything_fits(
    words: list[str], between: str, network: str, limit: int, numbered: bool
) -> None:
    text = between.join(words)
    try:
        parts = split(text, network, limit, numbered=numbered)
    except ValueError:
        return
    assert all(measure(part, network, limit).fits for part in parts)
    if numbered and len(parts) > 1:
        count = len(parts)
        assert all(part.endswith(f" ({n}/{count})") for n, part in enumerate(parts, 1))
        parts = tuple(part.rpartition(" ")[0] for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    # Where white space parts them, each thing found in the whole is found in one of the parts.
    if between:
        whole = everything(text)
        assert sorted(whole) == sorted(value for part in parts for value in everything(part))
    assert sum(map(graphemes, parts)) <= graphemes(text)


# --- what may come ----------------------------------------------------------------------------


def thread(text: str) -> object:
    try:
        return split(text, "bluesky", numbered=True)
    except ValueError:
        return None


EVERYTHING: list[Callable[[str], object]] = [
    links, links_of_mastodon, mentions, mentions_of_mastodon, hashtags, cashtags, facets, tags_in,
    weighted, weighted_v2, is_valid, graphemes, mastodon_length, thread,
    lambda text: measure(text, "bluesky"),
]  # fmt: skip


@pytest.mark.needs("cases")
def test_naughty_strings(cases: Path) -> None:
    strings: list[str] = json.loads((cases / "hostile" / "naughty_strings.json").read_text("utf-8"))
    assert len(strings) > 400
    for text in strings:
        for read in EVERYTHING:
            read(text)
            read(f"see {text} and {text}.org/{text}")


@pytest.mark.parametrize(
    "text",
    ["a. ", "a.com ", "みんな.", "日本。", "\u0301", "🎉\u200d", "🇩", "a\n", "@a@b.org ", "-"],
)
def test_no_text_takes_longer_than_its_length(text: str) -> None:
    def seconds(read: Callable[[str], object], size: int) -> float:
        start = time.process_time()
        read((text * size)[:size])
        return time.process_time() - start

    for read in (graphemes, mastodon_length, thread):
        assert min(seconds(read, 20_000) for _ in range(2)) < 9 * max(seconds(read, 5_000), 0.001)

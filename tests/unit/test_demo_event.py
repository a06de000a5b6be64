"""What the demo's material promises: enough of everything, in rhythm, made up, and as documented.

Reads the files of events/ alone; whether the engine shows them is for other tests.
"""

import json
import re
import statistics
import unicodedata
from collections import Counter
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from eventlive.model import Deleted, Edited, Post
from eventlive.script import load
from eventlive.tables import Script
from events import make_demo
from feeds.replay import read_line
from tests.parts import ROOT

FOLDER = ROOT / "events"
REPLAY = FOLDER / "demo.jsonl"
LANGUAGES = {"en", "fi", "de", "no", "es", "it"}
LONGEST = {"x": 280, "bluesky": 300, "mastodon": 500}
HOST = re.compile(r"https?://([^/\s\"\\]+)")
MADE_UP = re.compile(r"(?:[\w-]+\.)*(?:example|example\.(?:com|org))")
DOMAIN = re.compile(
    r"\b[\w-]+\.(?:com|org|net|io|eu|fi|de|no|es|it|uk|social|app|dev)\b", re.IGNORECASE
)
BRANDS = re.compile(
    r"\b(?:apple|google|android|iphone|microsoft|amazon|facebook|instagram|whatsapp|tiktok|youtube|"
    r"twitter|netflix|spotify|uber|zoom|slack|airbnb|tesla|nokia|samsung|ikea|maersk|viking line|"
    r"silja|tallink|stena|hurtigruten|lego|coca-cola|pepsi|starbucks|mcdonald\w*|visa|mastercard|"
    r"paypal|bitcoin|reuters|bbc|cnn|yle|nrk|rai|der spiegel|el pa[ií]s|openai|chatgpt)\b",
    re.IGNORECASE,
)
CANCELLED = {
    "en": r"cancelled",
    "fi": r"peruttu",
    "de": r"abgesagt|fällt aus",
    "no": r"avlyst",
    "es": r"cancela",
    "it": r"annullato",
}


@cache
def lines() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in REPLAY.read_text("utf-8").split("\n")[:-1])


@cache
def posts() -> tuple[Post, ...]:
    return tuple(msgspec.convert(line, Post) for line in lines() if "text" in line)


@cache
def script() -> Script:
    return load(FOLDER / "demo.toml")


def second(moment: datetime) -> float:
    return (moment - make_demo.STARTS).total_seconds()


def shares(values: list[str]) -> dict[str, float]:
    return {value: 100 * count / len(values) for value, count in Counter(values).items()}


# ---- the file ----


def test_it_is_what_the_generator_writes() -> None:
    assert make_demo.make() == REPLAY.read_text("utf-8"), "run: python events/make_demo.py"


def test_every_line_is_one_that_the_replay_reads() -> None:
    known = set(Post.__struct_fields__)
    for number, line in enumerate(REPLAY.read_bytes().splitlines(), 1):
        event, at = read_line(line)
        assert at is not None, number
        match event:
            case Deleted():
                assert set(json.loads(line)) == {"delete", "at"}, number
            case Edited():
                data = json.loads(line)
                assert set(data) == {"edit", "at"}, number
                assert set(data["edit"]) <= known, number
            case Post():
                assert set(json.loads(line)) <= known, number


def test_what_equals_a_default_is_left_out() -> None:
    for line in lines():
        assert [key for key, value in line.items() if value in ("", [], False, "post")] == []


def test_it_is_safe_to_look_at_in_a_terminal() -> None:
    text = REPLAY.read_text("utf-8")

    unseen = {
        f"U+{ord(character):04X}"
        for character in set(text) - {"\n"}
        if unicodedata.category(character) == "Cc"
        or unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF"}
        or unicodedata.bidirectional(character) in {"LRI", "RLI", "FSI", "PDI"}
    }
    assert unseen == set()


# ---- rhythm ----


def test_it_takes_ten_minutes_and_lives_from_the_first_second() -> None:
    moments = [second(post.created_at) for post in posts()]

    assert 640 <= len(moments) <= 800
    assert 0 <= moments[0] <= 1
    assert moments[2] <= 2
    assert 590 <= moments[-1] <= 605
    assert max(after - before for before, after in pairwise(moments)) < 12


def test_lines_stand_in_the_order_of_their_times() -> None:
    moments = [line.get("at") or line["created_at"] for line in lines()]

    assert moments == sorted(moments)
    assert all(moment.endswith("Z") for moment in moments)


def test_posts_come_in_bursts() -> None:
    tens = Counter(int(second(post.created_at)) // 10 for post in posts())
    counts = [tens[number] for number in range(60)]

    assert max(counts) >= 3.5 * statistics.median(counts)
    assert sum(count <= 5 for count in counts) >= 4, "there are lulls too"


# ---- who and where ----


def test_six_languages_have_their_share() -> None:
    share = shares([post.language for post in posts()])

    assert {language for language in share if share[language] >= 8} == LANGUAGES
    assert max(share, key=lambda language: share[language]) == "en"
    assert {"ar", "he", "ja", "zh", "ko"} <= set(share)


def test_the_networks_have_theirs() -> None:
    share = shares([post.network for post in posts()])

    assert share == pytest.approx({"x": 45, "bluesky": 30, "mastodon": 25}, abs=4)


def test_about_250_authors_who_stay_who_they_are() -> None:
    authors = {(post.network, post.author.id): post.author for post in posts()}

    assert 230 <= len(authors) <= 270
    assert all(authors[post.network, post.author.id] == post.author for post in posts())
    assert len({author.handle for author in authors.values()}) == len(authors)
    assert 5 <= sum(author.verified for author in authors.values()) <= 20
    assert 4 <= sum(author.bot for author in authors.values()) <= 12
    followers = sorted(author.followers for author in authors.values())
    assert followers[0] < 100
    assert 100 <= statistics.median(followers) <= 1000
    assert followers[-1] > 20_000


def test_ids_are_unique_on_their_network_and_of_its_shape() -> None:
    shapes = {
        "x": r"\d{19}",
        "bluesky": r"at://did:web:[\w.-]+/app\.bsky\.feed\.post/[2-7a-z]{13}",
        "mastodon": r"\d{18}",
    }

    assert len({post.key for post in posts()}) == len(posts())
    assert [post.id for post in posts() if not re.fullmatch(shapes[post.network], post.id)] == []


def test_nobody_real_can_have_these_handles() -> None:
    for post in posts():
        if post.network == "x":
            assert 16 <= len(post.author.handle) <= 20, "X gives out no more than 15"
        else:
            host = post.author.handle.partition("@")[2] or post.author.handle
            assert MADE_UP.fullmatch(host), post.author.handle


@pytest.mark.parametrize(
    "name", ["demo.jsonl", "demo.toml", "demo_posts.txt", "demo_authors.txt", "README.md"]
)
def test_no_real_host_and_no_real_brand(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")

    strange = [host for host in HOST.findall(text) if not MADE_UP.fullmatch(host)]
    assert strange == []
    assert [found for found in DOMAIN.findall(text) if not found.startswith("example.")] == []
    assert BRANDS.findall(text) == []


@pytest.mark.parametrize("text", ["see https://news.site/x", "my iPhone", "on shop.com"])
def test_the_search_for_real_names_finds_them(text: str) -> None:
    hosts = [host for host in HOST.findall(text) if not MADE_UP.fullmatch(host)]

    assert hosts or DOMAIN.findall(text) or BRANDS.findall(text)


def test_texts_fit_their_network() -> None:
    assert [post.text for post in posts() if len(post.text) > LONGEST[post.network]] == []


# ---- conversations ----


def test_all_kinds_are_there() -> None:
    kinds = Counter(post.kind for post in posts())

    assert kinds["post"] > len(posts()) / 2
    assert kinds["reply"] >= 60
    assert kinds["repost"] >= 80
    assert kinds["quote"] >= 10


def test_answers_and_reposts_follow_what_they_refer_to() -> None:
    earlier: dict[str, Post] = {}
    for post in posts():
        if post.kind == "post":
            assert post.in_reply_to == ""
        else:
            original = earlier[f"{post.network}:{post.in_reply_to}"]
            apart = (post.created_at - original.created_at).total_seconds()
            assert apart >= 1, post.text
            if post.kind == "repost":
                assert post.text == original.text
                assert post.author.id != original.author.id
        earlier[post.key] = post


def test_nothing_passes_on_what_is_gone() -> None:
    gone: set[str] = set()
    for line in lines():
        if "delete" in line:
            gone.add(line["delete"]["id"])
        elif line.get("kind") == "repost":
            assert line["in_reply_to"] not in gone


def test_edits_and_deletes_are_of_posts_that_were_there() -> None:
    seen: dict[str, Post] = {}
    edits = deletes = 0
    for line in lines():
        if "edit" in line:
            edited = msgspec.convert(line["edit"], Post)
            before = seen[edited.key]
            assert edited.text != before.text
            assert edited.author == before.author
            assert edited.created_at == before.created_at
            edits += 1
        elif "delete" in line:
            assert f"{line['delete']['network']}:{line['delete']['id']}" in seen
            deletes += 1
        else:
            post = msgspec.convert(line, Post)
            seen[post.key] = post

    assert edits >= 3
    assert deletes >= 4


def test_an_edit_turns_thanks_into_a_trap() -> None:
    baits = [line["edit"] for line in lines() if "edit" in line and "FREE" in line["edit"]["text"]]

    assert len(baits) == 1
    before = next(post for post in posts() if post.id == baits[0]["id"])
    assert "Thank you" in before.text
    assert before.links == ()
    assert baits[0]["links"]


def test_there_are_ninety_questions_and_more() -> None:
    asked = [draft for draft in make_demo.read_script(FOLDER).posts if draft.question]
    texts = {post.text for post in posts() if post.kind != "repost"}

    assert len(asked) >= 90
    assert {draft.language for draft in asked} >= LANGUAGES
    assert sum("?" not in draft.text for draft in asked) >= 6
    assert sum("@house" in draft.text for draft in asked) >= 10
    assert sum("?" in text for text in texts) >= 90


def test_the_wrong_claim_goes_round_in_six_languages_and_is_doubted() -> None:
    claims = [
        post
        for post in posts()
        if 205 <= second(post.created_at) < 330
        and re.search(CANCELLED.get(post.language, "$^"), post.text, re.IGNORECASE)
    ]
    first = claims[0]
    copies = [post for post in claims if post.kind == "post" and "4" in post.text]
    answers = [post for post in posts() if post.in_reply_to == first.id]

    assert first.text.startswith("BREAKING")
    assert {post.language for post in claims} == LANGUAGES
    assert len(copies) >= 12, "near-duplicates"
    assert sum(post.kind == "repost" for post in claims) >= 12
    assert sum(post.kind == "reply" for post in answers) >= 4, "some doubt it"
    assert any("Not true" in post.text and post.author.verified for post in posts())
    assert first.id in {line["delete"]["id"] for line in lines() if "delete" in line}


def test_a_topic_rises_midway() -> None:
    rising = [second(post.created_at) for post in posts() if "harbourbath" in post.tags]

    assert 380 <= min(rising) <= 400
    assert sum(moment < 450 for moment in rising) >= 80


def test_a_troll_provokes_and_gets_his_answers() -> None:
    his = [post for post in posts() if post.author.handle == "baron_bilgewater_ii"]
    reactions = [post for post in posts() if post.in_reply_to in {post.id for post in his}]

    assert len(his) >= 8
    assert len(reactions) >= 10


def test_screens_and_terminals_are_put_to_the_test() -> None:
    everything = "".join(post.text for post in posts())
    hostile = [
        "<script>",
        "<img src=x onerror=",
        "[@click=app.approve_all]",
        "[/red]",
        "\x1b",
        "\x00",
    ]

    assert [piece for piece in hostile if piece not in everything] == []
    assert {"\u202e", "\u202c"} <= set(everything), "right-to-left override"
    assert {"AL", "R"} <= {unicodedata.bidirectional(character) for character in everything}
    assert re.search("[\u3040-\u30ff]", everything)
    assert re.search("[\u4e00-\u9fff]", everything)
    assert re.search("[\uac00-\ud7af]", everything)
    assert "\u200d" in everything, "joined emoji"
    assert re.search("[\U0001f1e6-\U0001f1ff]{2}", everything), "flags"
    assert re.search("(?:[\u0300-\u036f]){2}", everything), "piled-up marks"
    assert max(map(len, re.split(r"\s", everything))) >= 150, "a word without an end"


# ---- pictures ----


def test_pictures_are_there_used_and_light() -> None:
    files = {path.name: path for path in (FOLDER / "pictures").iterdir()}
    shown = {item.url for post in posts() for item in post.media}

    assert shown == {f"pictures/{name}" for name in files}
    assert 12 <= len(files) <= 18
    assert max(path.stat().st_size for path in files.values()) < 120_000
    assert sum(path.stat().st_size for path in files.values()) < 1_200_000
    sizes = {name: make_demo.picture_size(path) for name, path in files.items()}
    assert any(height > width for width, height in sizes.values())
    for post in posts():
        for item in post.media:
            assert (item.width, item.height) == sizes[Path(item.url).name]


def test_posts_carry_one_to_four_pictures_with_alt_text_and_without() -> None:
    originals = [post for post in posts() if post.media and post.kind != "repost"]
    numbers = {len(post.media) for post in originals}
    texts = [item.alt for post in originals for item in post.media]

    assert len(originals) >= 20
    assert {1, 2, 4} <= numbers <= {1, 2, 3, 4}
    assert any(texts)
    assert not all(texts)
    assert any(post.sensitive and post.warning and post.media for post in originals)


# ---- the script beside it ----


def test_the_script_loads() -> None:
    assert script().event.id == "demo"
    assert script().moderation.mode == "trusted"
    assert {answer.language for answer in script().answers} == LANGUAGES
    assert [a.id for a in script().answers if len(a.text) > script().accounts[0].counts_to] == []


def test_it_says_how_many_posts_there_are() -> None:
    said = re.search(r"all (\d+) posts", (FOLDER / "demo.toml").read_text("utf-8"))

    assert said
    assert int(said[1]) == len(posts())


def test_every_post_is_one_that_the_script_listens_for() -> None:
    follow = script().follow
    tags = {tag.lstrip("#").casefold() for tag in follow.hashtags}

    deaf = [
        post.text
        for post in posts()
        if not tags & {tag.casefold() for tag in post.tags}
        and not any(word.casefold() in post.text.casefold() for word in follow.keywords)
    ]
    assert deaf == []


def test_everybody_listed_posts_and_everybody_muted_exists() -> None:
    handles = {(post.network, post.author.handle) for post in posts()}
    listed = {pair for person in script().people for pair in person.handles.items()}
    muted = {tuple(entry.split(":", 1)) for entry in script().moderation.mute}

    assert listed - handles == set()
    assert muted
    assert muted - handles == set()
    assert {person.role for person in script().people} == {"speaker", "press", "partner", "staff"}


def test_stop_and_flag_words_have_something_to_catch() -> None:
    everything = "\n".join(post.text.casefold() for post in posts())

    assert sum(word.casefold() in everything for word in script().moderation.stop) >= 4
    assert [word for word in script().moderation.flag if word.casefold() not in everything] == []


def test_the_event_runs_while_it_is_replayed() -> None:
    event, first, last = script().event, posts()[0].created_at, posts()[-1].created_at

    assert event.starts
    assert event.ends
    assert event.starts <= first < last <= event.ends
    running = [
        segment.id
        for segment in script().segments
        if segment.starts is not None
        and segment.starts <= last
        and (first - segment.starts).total_seconds() < segment.minutes * 60
    ]
    assert running == ["keynote", "panel"]

"""X's answers and posts: the recorded and documented ones, both spellings, and nothing can harm.

Longer than most, for it tests everything between a body and a post through two doors, `events`
and `read_body`.
"""

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tweepy.models import Status as TweepyStatus

from eventlive.listening.cleaning import clean
from eventlive.model import Author, Edited, Media, Post
from feeds.x.archive import events
from feeds.x.bodies import BODY_MAX, Problem, Rule, read_body, read_problem, read_rules
from feeds.x.posts import POST_MAX
from feeds.x.texts import FIRST_TIMED, Unreadable, id_at, timed

Json = dict[str, Any]

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = {
    "id": "1001",
    "username": "anna",
    "name": "Anna &amp; Co",
    "verified": True,
    "public_metrics": {"followers_count": 570842, "following_count": 1},
}


def snowflake(moment: datetime) -> str:
    """Make an id as X does: milliseconds from its own epoch, before 22 bits of other things."""
    return str(int(moment.timestamp() * 1000 - 1288834974657) * 4194304 + 77)


ID = snowflake(NOON)


def body(post: Json, **beside: Any) -> bytes:
    return json.dumps({"data": {"id": ID, "text": "hello", **post}, **beside}).encode()


def read(post: Json, **includes: Any) -> Post:
    (event,) = events(body(post, includes={"users": [ANNA], **includes}))
    assert isinstance(event, Post)
    return event


# --- what was recorded --------------------------------------------------------------------------

# Which of the recorded endpoints answer with posts; all others answer with something else.
_V2_POSTS = re.compile(
    r"/2/(tweets|tweets/\d+|tweets/\d+/quote_tweets|tweets/search/(all|recent)|lists/\d+/tweets"
    r"|users/\d+/(bookmarks|liked_tweets|mentions|tweets|timelines/reverse_chronological))"
)
_V1_POSTS = re.compile(
    r"/1\.1/(favorites|statuses|lists|search)/"
    r"(?:\w*timeline|update\w*|show|statuses|tweets|create|destroy(?:/\d+)?|(?:un)?retweets?/\d+)\.json"
)

# As X's own pages link them, said more simply than twitter-text does.
_TAGS = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")
_HANDLES = re.compile(r"(?<![\w@/!#$%&*])[@＠](\w{1,20})(?![\w@]|://)", re.ASCII)


def recorded(cases: Path) -> Iterator[tuple[str, str, Any]]:
    """Give method, path and body of every recorded answer."""
    for line in (cases / "x" / "recorded_responses.jsonl").read_text().splitlines():
        entry = json.loads(line)
        path = entry["uri"].removeprefix("https://HOST").partition("?")[0]
        yield entry["method"], path, entry["json"]


def listed(answer: Any) -> list[Json]:
    """List the objects of an answer of either version."""
    if isinstance(answer, list):
        return answer
    found = answer.get("statuses", answer.get("data", answer))
    return found if isinstance(found, list) else [found]


def of(answer: Any) -> tuple[Any, ...]:
    return events(json.dumps(answer, ensure_ascii=False).encode())


@pytest.mark.needs("cases")
def test_every_recorded_answer_of_version_2(cases: Path) -> None:
    """They hold ids and texts alone: time, tags and names must come out of these."""
    bodies = posts = edits = tagged = named = 0
    for method, path, answer in recorded(cases):
        if not path.startswith("/2/"):
            continue
        bodies += 1
        reads = method == "GET" and _V2_POSTS.fullmatch(path)
        if not reads and (method, path) != ("POST", "/2/tweets"):
            assert of(answer) == (), (method, path)
            continue
        if path == "/2/tweets" and answer["data"] == {
            "id": "1234567890",
            "text": "Test tweet in community",
            "community_id": "123456789",
        }:
            with pytest.raises(Unreadable, match="without its time"):
                of(answer)
            continue
        found = of(answer)
        expected = listed(answer)
        assert len(found) == len(expected), path
        for event, raw in zip(found, expected, strict=True):
            post = event.post if isinstance(event, Edited) else event
            versions = raw.get("edit_history_tweet_ids", [raw["id"]])
            assert isinstance(event, Edited) == (len(versions) > 1)
            assert (post.network, post.id) == ("x", versions[0])
            assert post.url == f"https://x.com/i/status/{raw['id']}"
            ticks = int(f"{int(versions[0]):064b}"[:-22], 2)  # an id without its last 22 bits
            moment = datetime(2010, 11, 4, 1, 42, 54, 657000, UTC) + timedelta(milliseconds=ticks)
            assert post.created_at == moment
            assert post.text == html.unescape(raw["text"])
            assert post.author == Author("", "")
            tags = _TAGS.findall(html.unescape(raw["text"]))
            assert post.tags == tuple(dict.fromkeys(tags)), raw["text"]
            said = _HANDLES.findall(raw["text"])
            assert post.mentions == tuple(dict.fromkeys(said)), raw["text"]
            posts, edits = posts + 1, edits + isinstance(event, Edited)
            tagged, named = tagged + bool(tags), named + bool(said)
            clean(post)
    assert (bodies, posts, edits) == (131, 666, 2)
    assert (tagged, named) == (154, 333)


def sliced(text: str, entities: Json) -> str:
    """Write a text as a person reads it, by the offsets that stand beside it."""
    marks = {tuple(url["indices"]): url["expanded_url"] for url in entities.get("urls", [])}
    marks |= {tuple(one["indices"]): None for one in entities.get("media", [])}
    made = text
    short = {
        tuple(one["indices"]): one["url"]
        for name in ("urls", "media")
        for one in entities.get(name, [])
    }
    for (start, end), link in sorted(marks.items(), reverse=True):
        if text[start:end] != short[start, end]:
            # The documentation's words were changed after it counted ("X" for "Twitter").
            start, end = (found := text.index(short[start, end])), found + len(short[start, end])
        made = made[:start] + (f"\0{link}\0" if link else "\1") + made[end:]
    pieces = made.split("\0")
    pieces[::2] = [html.unescape(piece) for piece in pieces[::2]]
    made = "".join(pieces)
    return re.sub(" *\1", "", made).rstrip() if "\1" in made else made


def expected_status(raw: Json) -> Post:
    """Read a status of version 1.1 in another way: by offsets, and by tweepy's own model."""
    model = TweepyStatus.parse(None, raw)
    whole = raw.get("extended_tweet") or {"full_text": raw["text"], **raw}
    original = raw.get("retweeted_status")
    entities = whole["entities"]
    pictures = (whole.get("extended_entities") or entities).get("media", [])
    kind = "reply" if raw["in_reply_to_status_id_str"] else "repost" if original else ""
    kind = kind or ("quote" if raw.get("quoted_status_id_str") else "post")
    quoted = raw.get("quoted_status_id_str", "") if kind != "repost" else ""
    to = [raw["in_reply_to_screen_name"]] if kind == "reply" else []
    to += [raw["quoted_status"]["user"]["screen_name"]] if quoted else []
    handle = model.author.screen_name
    made = Post(
        network="x",
        id=model.id_str,
        created_at=model.created_at,
        text=sliced(whole["full_text"], entities),
        author=Author(
            model.author.id_str,
            handle,
            html.unescape(model.author.name),
            model.author.followers_count,
            model.author.verified,
        ),
        url=f"https://x.com/{handle if ' ' not in handle else 'i'}/status/{model.id_str}",
        language={"und": "", "zxx": "", "qme": "", "in": "id"}.get(said := str(raw["lang"]), said),
        kind=kind,  # type: ignore[arg-type]
        in_reply_to={"reply": model.in_reply_to_status_id_str, "quote": quoted}.get(kind, ""),
        quoted=quoted,
        to=tuple(dict.fromkeys(to)),
        tags=tuple(dict.fromkeys(tag["text"] for tag in entities["hashtags"])),
        mentions=tuple(dict.fromkeys(one["screen_name"] for one in entities["user_mentions"])),
        links=tuple(dict.fromkeys(url["expanded_url"] for url in entities["urls"])),
        media=tuple(
            Media(
                one["media_url_https"],
                {"photo": "image", "video": "video", "animated_gif": "gif"}[one["type"]],  # type: ignore[arg-type]
                width=one["sizes"]["large"]["w"],
                height=one["sizes"]["large"]["h"],
            )
            for one in pictures
        ),
        sensitive=bool(raw.get("possibly_sensitive")),
    )
    if original is None or kind != "repost":
        return made
    inner = expected_status(original)
    return replace(
        inner,
        **{name: getattr(made, name) for name in ("id", "created_at", "author", "url")},
        kind="repost",
        in_reply_to=inner.id,
        quoted="",
        to=(),
        text=f"RT @{inner.author.handle}: {inner.text}",
        mentions=tuple(dict.fromkeys([inner.author.handle, *inner.mentions])),
    )


@pytest.mark.needs("cases")
def test_every_recorded_answer_of_version_1(cases: Path) -> None:
    bodies = posts = pictures = 0
    kinds: dict[str, int] = {}
    for _, path, answer in recorded(cases):
        if not path.startswith("/1.1/"):
            continue
        bodies += 1
        statuses = _V1_POSTS.fullmatch(path) and path not in {
            "/1.1/lists/show.json",
            "/1.1/lists/create.json",
            "/1.1/lists/update.json",
            "/1.1/lists/destroy.json",
        }
        expected = [expected_status(raw) for raw in listed(answer)] if statuses else []
        assert list(of(answer)) == expected, path
        for raw, post in zip(listed(answer), expected, strict=False):
            # What an id holds is the time beside it: two different things that X wrote.
            held = timed(raw["id_str"])
            assert held is None or abs(held - post.created_at) < timedelta(seconds=1)
            assert (held is None) == (post.created_at.year < 2010), raw["id_str"]
            assert raw["text"].startswith("RT @") or post.kind != "repost"
            kinds[post.kind] = kinds.get(post.kind, 0) + 1
            posts, pictures = posts + 1, pictures + len(post.media)
            clean(post)
    assert (bodies, posts) == (98, 153)
    assert kinds == {"post": 79, "reply": 37, "repost": 33, "quote": 4}
    assert pictures == 49


DOCUMENTED_FAULTS = {20, 21, 22, 23, 24, 36, 46, 47, 48}
"""Lines with ids that count up from 1234567890: from before ids held a time, and without one."""


@pytest.mark.needs("cases")
def test_every_example_of_the_documentation(cases: Path) -> None:
    lines = (cases / "x" / "documentation_examples.jsonl").read_text().splitlines()
    answers = [json.loads(line)["json"] for line in lines]
    found: dict[int, tuple[Any, ...]] = {}
    refused: set[tuple[int, str]] = set()
    for number, answer in enumerate(answers):
        try:
            found[number] = of(answer)
        except Unreadable as error:
            refused.add((number, str(error)))
    reason = "a post without its time, which its id does not hold either"
    assert refused == {(number, reason) for number in DOCUMENTED_FAULTS}
    # Users, lists, spaces, counts, rules, messages to one person, and what was done.
    nothing = {0, 8, 9, 13, 25, 26, 28, 30, 31, 32, 33, 34, 37, 39, 40, 41, 42, 44, 45, 52, 55, 56}
    nothing |= {57, 58, 63, 66, 67, 68, 69}
    assert {number for number, posts in found.items() if not posts} == nothing
    assert sum(map(len, found.values())) == 47 - len(DOCUMENTED_FAULTS)
    for number in range(1, 8):
        assert found[number] == (expected_status(answers[number]),)

    (reply,) = found[17]
    assert reply.text == (
        "See how @PennMedCDH are using Twitter data to understand the COVID-19 health crisis 📊\n\n"
        "https://developer.x.com/en/use-cases/success-stories/penn"
    )
    assert (reply.kind, reply.in_reply_to, reply.language) == ("reply", "1296887091901718529", "en")
    assert (reply.mentions, reply.author.id) == (("PennMedCDH",), "2244994945")
    assert reply.created_at == datetime(2020, 8, 21, 19, 10, 5, tzinfo=UTC)
    (linked,) = found[18]
    assert linked.tags == ("TwitterAPI",)
    assert linked.links == (
        "https://devcommunity.x.com/t/hide-replies-now-available-in-the-new-twitter-api/140996",
    )
    (repost,) = found[19]
    assert (repost.kind, repost.in_reply_to) == ("repost", "1224709550214873090")
    assert (repost.quoted, repost.to) == ("", ())
    (film,) = found[10]
    (shown,) = film.media
    assert (shown.kind, shown.width, shown.height) == ("video", 1920, 1080)
    assert shown.url == "https://pbs.twimg.com/media/EYeX7akWsAIP1_1.jpg"
    (hook,) = found[70]
    assert hook.author == Author("2244994945", "Xdevelopers", "Developers")
    assert hook.url == "https://x.com/Xdevelopers/status/1346889436626259968"
    assert hook.created_at == datetime(2021, 1, 6, 18, 40, 40, tzinfo=UTC)
    (listed_one,) = found[27]
    assert listed_one.author == Author("4172587277", "TechNews", verified=True)


# --- what a post holds --------------------------------------------------------------------------

SHORT, PIC = "https://t.co/aaaaaaaaaa", "https://t.co/pppppppppp"
LONG = "https://e.org/?a&lt;b"
LINK = {"start": 0, "end": 23, "url": SHORT, "expanded_url": LONG}
PICTURE = {
    "start": 0,
    "end": 23,
    "url": PIC,
    "expanded_url": "https://x.com/anna/status/1/photo/1",
    "display_url": "pic.x.com/pppppppppp",
    "media_key": "3_1",
}


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_a_whole_post_in_both_spellings(spelling: str) -> None:
    older = "200"
    post = read(
        {
            "author_id": "1001",
            "created_at": "2026-11-21T13:00:00.123+01:00",
            "text": "cut short… https://t.co/zzzzzzzzzz",
            f"note_{spelling}": {
                "text": "@bob Q&amp;A: 1 &lt; 2 🎉 https://t.co/aaaaaaaaaa #eventlive and more",
                "entities": {
                    "urls": [LINK],
                    "hashtags": [{"start": 1, "end": 2, "tag": "eventlive"}],
                    "mentions": [{"start": 0, "end": 4, "username": "bob", "id": "1002"}],
                },
            },
            "lang": "in",
            "possibly_sensitive": True,
            f"referenced_{spelling}s": [
                {"type": "quoted", "id": "300"},
                {"type": "replied_to", "id": older},
            ],
            "in_reply_to_user_id": "1002",
            f"edit_history_{spelling}_ids": [ID],
            "attachments": {"media_keys": ["3_1", "7_2", "16_3", "3_9"]},
        },
        users=[ANNA, {"id": "1002", "username": "bob"}, {"id": "1003", "username": "carl"}],
        media=[
            {
                "media_key": "3_1",
                "type": "photo",
                "url": "https://p.org/1.jpg",
                "alt_text": "a cat",
            },
            {"media_key": "7_2", "type": "video", "preview_image_url": "https://p.org/2.jpg"},
            {
                "media_key": "16_3",
                "type": "animated_gif",
                "url": "https://p.org/3.jpg",
                "width": -1,
            },
            {"media_key": "3_8", "type": "photo", "url": "https://p.org/another.jpg"},
        ],
        **{f"{spelling}s": [{"id": "300", "text": "quoted", "author_id": "1003"}]},
    )
    assert post == Post(
        network="x",
        id=ID,
        created_at=NOON + timedelta(milliseconds=123),
        text="@bob Q&A: 1 < 2 🎉 https://e.org/?a&lt;b #eventlive and more",
        author=Author("1001", "anna", "Anna & Co", 570842, verified=True),
        url=f"https://x.com/anna/status/{ID}",
        language="id",
        kind="reply",
        in_reply_to=older,
        quoted="300",
        to=("bob", "carl"),
        tags=("eventlive",),
        mentions=("bob",),
        links=("https://e.org/?a&lt;b",),
        media=(
            Media("https://p.org/1.jpg", alt="a cat"),
            Media("https://p.org/2.jpg", "video"),
            Media("https://p.org/3.jpg", "gif"),
        ),
        sensitive=True,
    )


@pytest.mark.parametrize(
    ("text", "urls", "read_as"),
    [
        (f"see {SHORT}.", [LINK], f"see {LONG}."),
        (f"&amp;lt; {SHORT} &amp;copy;", [LINK], f"&lt; {LONG} &copy;"),
        (f"a picture {PIC}", [PICTURE], "a picture"),
        (f"a {PIC} and on", [PICTURE], "a and on"),
        (f"two {PIC}", [PICTURE, PICTURE], "two"),
        (PIC, [PICTURE], ""),
        (f"{SHORT} twice {SHORT}", [LINK], f"{LONG} twice {LONG}"),
        ("not mine https://t.co/bbbbbbbbbb", [LINK], "not mine https://t.co/bbbbbbbbbb"),
        (f"longer {SHORT}b", [LINK], f"longer {SHORT}b"),
        (f"no target {SHORT}", [LINK | {"expanded_url": None}], f"no target {SHORT}"),
        ("trailing space kept ", [LINK], "trailing space kept "),
        ("&#39;&quot;&nbsp;", None, "&#39;&quot;&nbsp;"),
    ],
)
def test_what_a_person_reads(text: str, urls: list[Json] | None, read_as: str) -> None:
    entities = {} if urls is None else {"entities": {"urls": urls}}
    assert read({"text": text, **entities}).text == read_as


def test_offsets_that_lie_change_nothing() -> None:
    """Code points, UTF-16, with escapes or without: whatever was counted, the link is true."""
    for start, end in ((0, 0), (-5, 9**18), (7, 3), (10**9, 10**9 + 1)):
        url = LINK | {"start": start, "end": end}
        post = read({"text": "🎉🎉&amp; https://t.co/aaaaaaaaaa ok", "entities": {"urls": [url]}})
        assert post.text == "🎉🎉& https://e.org/?a&lt;b ok"


@pytest.mark.parametrize(
    ("references", "kind", "answered", "quoted"),
    [
        ([], "post", "", ""),
        ([("quoted", "7")], "quote", "7", "7"),
        ([("retweeted", "7")], "repost", "7", ""),
        ([("replied_to", "8")], "reply", "8", ""),
        ([("quoted", "7"), ("replied_to", "8")], "reply", "8", "7"),
        ([("admired", "7")], "post", "", ""),
    ],
)
def test_what_it_refers_to(
    references: list[tuple[str, str]], kind: str, answered: str, quoted: str
) -> None:
    post = read({"referenced_tweets": [{"type": how, "id": to} for how, to in references]})
    assert (post.kind, post.in_reply_to, post.quoted) == (kind, answered, quoted)


def test_whom_it_answers_is_known_without_paying_for_them() -> None:
    """An answer mentions whom it answers, and the address of what is quoted names its author."""
    mention = {"start": 0, "end": 4, "username": "bob", "id": "1002"}
    other = {"start": 5, "end": 9, "username": "eve", "id": "1003"}
    answer = {
        "referenced_tweets": [{"type": "replied_to", "id": "200"}],
        "in_reply_to_user_id": "1002",
        "entities": {"mentions": [other, mention]},
    }
    assert read(answer).to == ("bob",)
    assert read(answer | {"in_reply_to_user_id": "1001"}).to == ("anna",)  # a thread of her own
    assert read(answer | {"in_reply_to_user_id": "9"}).to == ()
    quote: Json = {"referenced_tweets": [{"type": "quoted", "id": "300"}]}
    for address, to in (
        ("https://twitter.com/carl/status/300", ("carl",)),
        ("https://x.com/carl/status/300?s=20", ("carl",)),
        ("https://x.com/carl/status/3001", ()),
        ("https://x.com/i/status/300", ()),
        ("https://example.org/carl/status/300", ()),
    ):
        link = {"url": "https://t.co/qqqqqqqqqq", "expanded_url": address}
        assert read(quote | {"entities": {"urls": [link]}}).to == to


def test_a_repost_says_the_whole_of_what_it_repeats() -> None:
    repost = {
        "text": "RT @bob: cut sh…",
        "author_id": "1001",
        "referenced_tweets": [{"type": "retweeted", "id": "2000"}],
    }
    original = {
        "id": "2000",
        "text": "cut short by nobody #try",
        "author_id": "1002",
        "created_at": "2026-11-21T11:00:00Z",
        "entities": {"hashtags": [{"tag": "try"}]},
    }
    users = [ANNA, {"id": "1002", "username": "bob"}]
    post = read(repost, users=users, tweets=[original])
    assert post.text == "RT @bob: cut short by nobody #try"
    assert (post.author.handle, post.created_at, post.tags) == ("anna", NOON, ("try",))
    assert (post.kind, post.in_reply_to, post.id) == ("repost", "2000", ID)
    alone = read(repost | {"text": "RT @bob: cut sh…"})
    assert (alone.text, alone.in_reply_to) == ("RT @bob: cut sh…", "2000")
    # One that repeats itself, or what has no time, ends.
    itself = original | {"referenced_tweets": [{"type": "retweeted", "id": "2000"}]}
    assert read(repost, tweets=[itself]).in_reply_to == "2000"
    assert read(repost, tweets=[{"id": "2000", "text": "x"}]).text == "RT @bob: cut sh…"


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_an_edit_is_the_first_versions_with_the_newest_address(spelling: str) -> None:
    first, second = snowflake(NOON - timedelta(minutes=20)), snowflake(NOON - timedelta(minutes=9))
    (event,) = events(
        body(
            {
                f"edit_history_{spelling}_ids": [first, second, ID],
                "created_at": "2026-11-21T12:00:00.000Z",
                "author_id": "1001",
            },
            includes={"users": [ANNA]},
        )
    )
    assert isinstance(event, Edited)
    assert event.at == NOON
    assert event.post.id == first
    assert event.post.created_at == NOON - timedelta(minutes=20)
    assert event.post.url == f"https://x.com/anna/status/{ID}"
    for versions in ([], [ID], [first], ["../x", ID], None):
        (event,) = events(body({"edit_history_post_ids": versions}))
        assert isinstance(event, Post), versions
        assert event.id == ID


@pytest.mark.parametrize("said", ["und", "zxx", "qme", "art", "", None])
def test_a_language_that_is_none(said: str | None) -> None:
    assert read({"lang": said}).language == ""


def test_languages() -> None:
    assert [read({"lang": said}).language for said in ("en", "pt-BR", "iw", "DE")] == [
        "en",
        "pt",
        "he",
        "de",
    ]


def test_an_author_is_as_far_known_as_was_asked_for() -> None:
    assert read({"author_id": "1001"}).author.handle == "anna"
    unknown = read({"author_id": "7"})
    assert unknown.author == Author("7", "")
    assert unknown.url == f"https://x.com/i/status/{ID}"
    assert read({}).author == Author("", "")
    odd = read({"author_id": "7"}, users=[{"id": "7", "username": "a/../b"}])
    assert odd.url == f"https://x.com/i/status/{ID}"


def test_ids_hold_moments_and_moments_make_ids() -> None:
    assert timed(ID) == NOON
    assert id_at(NOON) <= int(ID) < id_at(NOON + timedelta(milliseconds=1))
    assert timed(str(FIRST_TIMED - 1)) is None
    assert id_at(datetime(2000, 1, 1, tzinfo=UTC)) == 0


# --- what answers hold --------------------------------------------------------------------------


def test_a_page_says_what_it_cost_and_where_it_goes_on() -> None:
    ids = [str(int(ID) - number) for number in range(3)]
    page = {
        "data": [{"id": post_id, "text": "x", "author_id": "1001"} for post_id in ids],
        "includes": {
            "users": [ANNA, {"id": "1002", "username": "bob"}],
            "tweets": [{"id": "9" * 19}],
        },
        "meta": {"newest_id": ids[0], "next_token": "abc", "result_count": 3},
    }
    read_page = read_body(json.dumps(page).encode())
    assert [event.id for event in read_page.events if isinstance(event, Post)] == ids
    assert (read_page.newest, read_page.next_token) == (int(ids[0]), "abc")
    assert set(read_page.charged) == {*ids, "9" * 19}
    assert set(read_page.authors) == {"1001", "1002"}
    nothing = read_body(b'{"meta":{"result_count":0}}')
    assert (nothing.events, nothing.newest, nothing.next_token) == ((), 0, "")


def test_a_broken_post_harms_none_beside_it() -> None:
    page: Json = {
        "data": [{"id": ID, "text": "one"}, {"id": ID, "text": 7}, {"id": "x", "text": ""}]
    }
    page["includes"] = {"users": [7, {"id": 8}, ANNA], "media": ["x"], "tweets": [None]}
    read_page = read_body(json.dumps(page).encode())
    assert [event.text for event in read_page.events if isinstance(event, Post)] == ["one"]
    assert len(read_page.faults) == 2
    assert "$.text" in read_page.faults[0]
    with pytest.raises(Unreadable) as caught:
        events(json.dumps(page).encode())
    assert len(caught.value.events) == 1


def test_what_else_a_stream_says() -> None:
    line = body({}, matching_rules=[{"id": "5"}, {"id": "6", "tag": "eventlive:x:0"}])
    assert read_body(line).rules == (Rule("5"), Rule("6", tag="eventlive:x:0"))
    over = {
        "errors": [
            {
                "title": "operational-disconnect",
                "disconnect_type": "UpstreamOperationalDisconnect",
                "detail": "This stream has been disconnected for operational reasons.",
                "type": "https://api.x.com/2/problems/operational-disconnect",
            }
        ]
    }
    problem = read_body(json.dumps(over).encode()).problem
    assert problem is not None
    assert problem.ends_stream
    assert "operational reasons" in str(problem)
    crowded = {"title": "ConnectionException", "connection_issue": "TooManyConnections"}
    problem = read_body(json.dumps({"errors": [crowded]}).encode()).problem
    assert problem is not None
    assert problem.ends_stream
    partial = body({}, errors=[{"title": "Field Authorization Error", "detail": "no"}])
    problem = read_body(partial).problem
    assert problem is not None
    assert not problem.ends_stream
    assert len(read_body(partial).events) == 1


def test_problems_and_rules() -> None:
    said = b'{"title":"Forbidden","detail":"client-not-enrolled","status":403,"type":"about:blank"}'
    assert str(read_problem(said)) == "Forbidden: client-not-enrolled"
    assert read_problem(b"<html><h1>503</h1></html>") is None
    assert read_problem(b"") is None
    assert read_body(b'{"title":"Odd","detail":7}').problem == Problem("Odd")
    crowded = b'{"title":"ConnectionException","connection_issue":"TooManyConnections"}'
    assert read_problem(crowded) == Problem(
        "ConnectionException", connection_issue="TooManyConnections"
    )
    rules, problem = read_rules(b'{"data":[{"id":"1","value":"#a"}],"meta":{}}')
    assert (rules, problem) == ([Rule("1", "#a")], None)
    rules, problem = read_rules(b'{"meta":{},"errors":[{"title":"Invalid","details":["why"]}]}')
    assert (rules, str(problem)) == ([], "Invalid: why")
    assert problem == Problem("Invalid", details=["why"])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\r\n",
        b"{}",
        b"[]",
        b'{"data":null}',
        b'{"errors":[{"title":"x"}]}',
        b'{"title":"Unauthorized","status":401}',
        b'{"data":{"id":"7","username":"anna","name":"Anna"}}',
        b'{"data":{"deleted":true}}',
        b'{"data":{"id":"7","text":"for you alone","event_type":"MessageCreate"}}',
        b'{"events":[{"id":"7","type":"message_create"}]}',
        b'[{"code":"en","name":"English"}]',
    ],
)
def test_what_holds_no_post(line: bytes) -> None:
    assert events(line) == ()


def test_an_archive_is_read_without_the_networks_library() -> None:
    code = "import sys, feeds.x.archive; print('tweepy' in sys.modules, 'aiohttp' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False False\n"


HOSTILE = {
    "no JSON": b'{"data":',
    "a number": b"7",
    "a text": b'"x"',
    "not UTF-8": b'{"data":{"id":"1","text":"\xff"}}',
    "a lone surrogate": body({}).replace(b"hello", b"\\ud800"),
    "nested": b"[" * 100_000,
    "nested in a key": b'{"data":' + b"[" * 100_000 + b"}",
    "no id": b'{"data":{"text":"x","author_id":"1"}}',
    "an id of letters": b'{"data":{"id":"../1","text":"x"}}',
    "an id of Arabic figures": '{"data":{"id":"١٢٣٤٥٦٧٨٩٠١٢٣٤","text":"x"}}'.encode(),
    "an id that is too long": b'{"data":{"id":"' + b"9" * 20 + b'","text":"x"}}',
    "a number for an id": b'{"data":{"id":1,"text":"x"}}',
    "no text": b'{"data":{"id":"1234567890123456789","author_id":"1"}}',
    "a list for a text": body({"text": ["x"]}),
    "no time": b'{"data":{"id":"20","text":"just setting up"}}',
    "a time in words": body({"created_at": "yesterday"}),
    "a time without its zone": body({"created_at": "2026-11-21T12:00:00"}),
    "a time before the calendar": body({"created_at": "0001-01-01T00:00:00+14:00"}),
    "entities in a list": body({"entities": []}),
    "a tag that is a number": body({"entities": {"hashtags": [{"tag": 7}]}}),
    "includes in a list": body({}, includes=[]),
    "too long a post": body({"text": "x" * POST_MAX}),
    "too long a body": b'{"data":"' + b"x" * BODY_MAX + b'"}',
    "a status without its author": b'{"id_str":"1234567890123456789","text":"x","user":null}',
    "a status of wrong types": b'{"id_str":"1234567890123456789","text":{},"user":{"id_str":"1"}}',
    "a broken one in a list": b'[{"id_str":"1","text":"x","user":{"id_str":"1"}}]',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_broken_is_unreadable_and_says_why(name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        events(HOSTILE[name])
    assert 5 < len(str(caught.value)) <= 300


@pytest.mark.needs("cases")
def test_the_json_parsing_suite_as_bodies_and_as_posts(cases: Path) -> None:
    suite = json.loads((cases / "hostile" / "json_parsing.json").read_text())
    head = f'{{"data":{{"id":"{ID}","text":"x","unknown":'.encode()
    accepted = set()
    for case in suite:
        text = case["input"].encode("utf-8", "surrogatepass")
        try:
            events(head + text + b"}}")
            accepted.add(case["name"])
        except Unreadable:
            pass
        if case["name"].startswith("n_") and text.strip():
            with pytest.raises(Unreadable):
                events(text)
    names = {case["name"] for case in suite}
    assert {name for name in names if name.startswith("y_")} <= accepted
    assert not {name for name in accepted if name.startswith("n_")}


@pytest.mark.needs("cases")
def test_naughty_strings_come_through_as_they_are(cases: Path) -> None:
    for text in json.loads((cases / "hostile" / "naughty_strings.json").read_text()):
        raw = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        try:
            found = events(json.dumps({"data": {"id": ID, "text": raw}}).encode())
        except Unreadable:
            assert any("\ud800" <= letter <= "\udfff" for letter in text)
            continue
        assert [event.text for event in found if isinstance(event, Post)] == [text]


_JSON = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
_WORDS = st.sampled_from(["replied_to", "quoted", "retweeted", ID, "7", "1001", "3_1", "photo"])
_KEYS = st.sampled_from(
    "id text author_id created_at entities urls url expanded_url hashtags tag mentions username "
    "note_tweet referenced_tweets type edit_history_tweet_ids attachments media_keys lang "
    "in_reply_to_user_id id_str user full_text extended_tweet retweeted_status media".split()
)
_POSTS = st.recursive(
    _JSON | _WORDS,
    lambda inner: st.dictionaries(_KEYS, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(_POSTS, _POSTS)
def test_no_body_of_any_shape_does_anything_else(post: Any, other: Any) -> None:
    fields = post if isinstance(post, dict) else {"entities": post}
    for made in (
        {
            "data": {"id": ID, "text": "x", **fields},
            "includes": {"users": [other], "tweets": [other]},
        },
        {"data": post, "includes": other, "errors": post, "meta": other},
        [{"id_str": ID, "text": "x", "user": {"id_str": "1"}, **fields}],
        post,
    ):
        try:
            found = events(json.dumps(made).encode())
        except Unreadable as error:
            found = error.events
        assert all(isinstance(event, Post | Edited) for event in found)

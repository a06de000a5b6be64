"""Bluesky's frames and posts: what is wanted is found, what is said is read, nothing can harm.

Longer than most, for it tests the feed's four pure parts through one door, `parse`.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.model import Author, Deleted, Edited, Media, Post
from feeds.bluesky.archive import events
from feeds.bluesky.feed import address
from feeds.bluesky.frames import (
    FRAME_MAX,
    RECORD_MAX,
    Ended,
    Heard,
    Left,
    Notice,
    Removed,
    Unreadable,
    Written,
    parse,
)
from feeds.bluesky.memory import Memory
from feeds.bluesky.posts import FEATURES, read_post
from feeds.bluesky.wanted import Wanted, fold
from tests.service.jetstream_log import Log
from tests.service.pds_server import record

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
ANY = Wanted(["eventlive"])
NOON = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() * 1e6)
Frame = Callable[[dict[str, Any] | None, str], bytes]


def quiet_log() -> Log:
    return Log(now=lambda: NOON / 1e6, grown=lambda: None)


@pytest.fixture(params=["v1", "v2", "v1, escaped", "v2, escaped"])
def frame(request: pytest.FixtureRequest) -> Frame:
    """Write a record's change as a host does."""
    log = quiet_log()
    log.ascii_only = "escaped" in request.param
    version = int(request.param[1])

    def write(made: dict[str, Any] | None, operation: str = "create") -> bytes:
        entry = log.commit(DID, "3lb2", made, operation, time_us=NOON)  # type: ignore[arg-type]
        return log.frame(entry, version).encode()

    return write


def only_post(frame: bytes, wanted: Wanted) -> Post:
    said = parse(frame, wanted).said
    assert isinstance(said, Written)
    assert said.wanted
    return said.post


# --- the real messages --------------------------------------------------------------------------


@pytest.mark.needs("cases")
def test_the_six_real_messages(cases: Path) -> None:
    lines = (cases / "bluesky" / "jetstream.jsonl").read_bytes().splitlines()
    pictures, words = lines[2], lines[5]

    heard = [parse(line, Wanted(["乗った"], ["乗った", "random chick"])) for line in lines]
    assert [one.time_us for one in heard] == [
        1763689821448290,
        1763689821448774,
        1763689821449193,
        1763689821450390,
        1763689821450842,
        1735007698011970,
    ]
    assert [one.said is not None for one in heard] == [False, False, True, False, False, True]
    # None of them holds a tag: for one, all six are the noise of the network.
    assert not any(parse(line, ANY).said for line in lines)

    did = "did:plc:nutrikdii7qo6xbb52mdlyf2"
    blob = "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:nutrikdii7qo6xbb52mdlyf2"
    expected = Post(
        network="bluesky",
        id=f"at://{did}/app.bsky.feed.post/3m64666fhis2e",
        created_at=datetime(2025, 11, 21, 1, 50, 4, 166_000, tzinfo=UTC),
        text="乗った！",
        author=Author(did, did),
        url=f"https://bsky.app/profile/{did}/post/3m64666fhis2e",
        language="ja",
        media=(
            Media(
                f"{blob}/bafkreifnxbxn4vlpsdawnxktr7aoeyzocooux3b2uwxy3p7avs7npubiam@jpeg",
                width=2000,
                height=1500,
            ),
            Media(
                f"{blob}/bafkreid4toh755jum2mh64ds3ehon77fom3y3qaamhr2ywnfhg4dibwkiu@jpeg",
                width=2000,
                height=1500,
            ),
        ),
    )
    assert parse(pictures, Wanted(keywords=["乗った"])).said == Written(
        expected, "3m6466nzecl2z", edit=False, wanted=True
    )
    said = only_post(words, Wanted(keywords=["Random Chick"]))
    assert said.text == "guy who follows 27000 accounts: how could this random chick block me"
    assert said.author.id == "did:plc:lo55yba44obaih2nt5opn4z4"
    assert said.created_at == datetime(2024, 12, 24, 2, 34, 57, 198_000, tzinfo=UTC)
    assert (said.kind, said.language, said.media, said.tags) == ("post", "en", (), ())


@pytest.mark.needs("cases")
def test_the_platforms_own_tag_cases_are_found_as_marked_and_as_plain_text(cases: Path) -> None:
    found = json.loads((cases / "bluesky" / "facet_detection_tags.json").read_text())
    checked = 0
    for case in found:
        text = case["input"]
        for tag, index in zip(case["tags"], case["indices"], strict=True):
            facet = {
                "index": index,
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": tag}],
            }
            made = {"text": text, "facets": [facet], "createdAt": "2026-01-01T00:00:00Z"}
            post, matches = read_post(DID, "1", made, NOON, Wanted([tag]))
            assert matches, (text, tag)
            assert tag in post.tags
            # The offsets are bytes of UTF-8: cut out there, the text is the tag itself.
            cut = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
            assert fold(cut).lstrip("#") == fold(tag).lstrip("#")
            if tag.isalnum():
                _, matches = read_post(DID, "1", {"text": text}, NOON, Wanted([tag]))
                assert matches, (text, tag)
                checked += 1
    assert checked > 20


# --- what is wanted -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ("#eventlive", "EventLive"),
        ("Björk", "björk"),
        ("björk", "BJÖRK"),
        ("björk", "bjo\u0308rk"),  # as a Mac writes it
        ("東京", "東京"),
        ("ΟΔΟΣ", "οδός".replace("ό", "ο")),  # a final sigma
        ("straße", "STRASSE"),
        ("eventlive", "ｅｖｅｎｔｌｉｖｅ"),  # full width, as Japanese keyboards write it
        ("kelvin", "\u212aelvin"),
        ("🎉party", "🎉\ufe0fparty"),
        ("हिन्दी", "हिन्दी"),
        ("eventlive2026", "EVENTLIVE2026"),
    ],
)
def test_a_tag_is_found_however_it_is_written(wanted: str, written: str, frame: Frame) -> None:
    listening = Wanted([wanted])
    marked = record(f"so #{written} it is", written)
    plain = record(f"so #{written}, it is")
    outside = record("nothing to see", tags=[written])
    for made in (marked, plain, outside):
        assert only_post(frame(made, "create"), listening).text == made["text"]
    assert parse(frame(record("nothing to see"), "create"), listening).said is None


@pytest.mark.parametrize(
    "text",
    [
        "#eventlively",
        "#eventliveß",
        "eventlive without its sign",
        "https://example.com/#eventlive",
        "foo#eventlive",
        "#event live",
        "#eventlive\u0308",
    ],
)
def test_what_only_looks_like_the_tag_is_left(text: str, frame: Frame) -> None:
    assert parse(frame(record(text), "create"), ANY).said is None


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("pycon", "at PyCon, today", True),
        ("pycon", "at PyConline", False),
        ("pycon", "今日はPyConだ", True),
        ("open space", "an Open\n space", True),
        ("Q&A", "the Q&A starts", True),
        ("Q&A", "the Q & A starts", False),
        ("C++", "I like C++!", True),
        ("音楽", "好きな音楽だ", True),
        ("über", "UBER", False),
        ("über", "Über alles reden", True),
        ("&&", "a && b", True),
        ("🎉", "party 🎉🎉", True),
        ("e\u0301te\u0301", "un ÉTÉ chaud", True),
    ],
)
def test_keywords_are_whole_words_where_words_have_edges(
    keyword: str, text: str, found: bool, frame: Frame
) -> None:
    heard = parse(frame(record(text), "create"), Wanted(keywords=[keyword]))
    assert (heard.said is not None) == found


_LETTERS = st.text(
    st.sampled_from("aAeEkKsSßſﬁöÖo\u0308éｅＥ東京１1①𝓮İıΣςшШא🎉\ufe0f\u200dカｶﾞ_#/\\\"'& \n")
    | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)


@given(_LETTERS, _LETTERS, _LETTERS, st.booleans(), st.sampled_from([1, 2]), st.booleans())
def test_the_test_of_raw_bytes_never_loses_a_post(
    word: str, before: str, after: str, escaped: bool, version: int, slashes: bool
) -> None:
    """The cheap test may let anything through, and must let through all that matches."""
    log = quiet_log()
    log.ascii_only = escaped
    texts = [f"{before}#{word}{after}", f"{before}{word.upper()}{after}", f"{before}{word}{after}"]
    for text in texts:
        for wanted in (Wanted([word]), Wanted(keywords=[word])):
            made = {"text": text, "tags": [word], "createdAt": "2026-11-21T00:00:00Z"}
            raw = log.frame(log.commit(DID, "1", made), version)
            if slashes:
                raw = raw.replace("/", "\\/")
            _, matches = read_post(DID, "1", made, NOON, wanted)
            assert (parse(raw.encode(), wanted).said is not None) == matches


@pytest.mark.parametrize("marks", [1, 10, 25])
def test_letters_with_many_marks_are_found(marks: int, frame: Frame) -> None:
    """Ordinary writing has three or four marks on a letter; a fashion puts twenty on each."""
    adorned = "".join(letter + "\u0315\u0300\u0323"[: 1 + marks % 3] * marks for letter in "tag")
    for wanted in (Wanted([f"x{adorned[:20]}"]), Wanted(["eventlive"])):
        for text in (f"#x{adorned[:20]} {adorned}", f"{adorned} #eventlive"):
            _, matches = read_post(DID, "1", {"text": text}, NOON, wanted)
            assert (parse(frame(record(text), "create"), wanted).said is not None) == matches
    assert only_post(frame(record(f"{adorned} #eventlive"), "create"), ANY).tags == ("eventlive",)


def test_nothing_wanted_is_false() -> None:
    assert not Wanted()
    assert not Wanted(["#"], [" "])
    assert Wanted(["#x"])


# --- what frames say ----------------------------------------------------------------------------


def test_edits_and_deletions_are_heard_without_the_tag(frame: Frame) -> None:
    uri = f"at://{DID}/app.bsky.feed.post/3lb2"
    made = parse(frame(record("now #eventlive", "eventlive"), "create"), ANY).said
    edit = parse(frame(record("now without"), "update"), ANY).said
    gone = parse(frame(None, "delete"), ANY).said
    assert isinstance(made, Written)
    assert isinstance(edit, Written)
    assert isinstance(gone, Removed)
    assert (made.edit, made.wanted, made.post.id) == (False, True, uri)
    assert (edit.edit, edit.wanted, edit.post.text) == (True, False, "now without")
    assert gone.id == uri
    assert made.rev < edit.rev < gone.rev


@pytest.mark.parametrize("version", [1, 2])
def test_accounts_that_leave(version: int) -> None:
    log = quiet_log()

    def said(*, active: bool, status: str = "") -> object:
        entry = log.account(DID, active=active, status=status)
        return parse(log.frame(entry, version).encode(), ANY).said

    for status in ("takendown", "suspended", "deleted", "deactivated", ""):
        assert said(active=False, status=status) == Left(DID)
    for status in ("throttled", "desynchronized"):
        assert said(active=False, status=status) is None
    assert said(active=True) is None


def test_what_else_a_host_says() -> None:
    log = quiet_log()
    like = log.commit(DID, "1", {"subject": {"uri": "#eventlive"}}, collection="app.bsky.feed.like")
    identity = log.add(DID, "identity", {"did": DID, "handle": "eventlive.test"})
    for entry in (like, identity):
        for version in (1, 2):
            assert parse(log.frame(entry, version).encode(), ANY) == Heard(entry.time_us)
    info = (
        b'{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#info",'
        b'"name":"OutdatedCursor","message":"starting at seq 7"}}'
    )
    assert parse(info, ANY) == Heard(0, Notice("OutdatedCursor: starting at seq 7"))
    error = b'{"$type":"error","error":"ConsumerTooSlow","message":"read faster"}'
    assert parse(error, ANY) == Heard(0, Ended("ConsumerTooSlow: read faster"))


def test_the_envelopes_time_counts_and_no_other(frame: Frame) -> None:
    """A post may hold any key; one with the name of the cursor must not move it."""
    far = {"time_us": 10**17, "time": "2099-01-01T00:00:00Z", "seq": 10**9, "did": "did:plc:other"}
    made = far | record("#eventlive", "eventlive") | {"kind": "account", "account": far}
    heard = parse(frame(made, "create"), ANY)
    assert heard.time_us == NOON
    assert isinstance(heard.said, Written)
    assert heard.said.post.author.id == DID


def test_v2_prefers_the_moment_that_cursors_are_compared_with() -> None:
    log = quiet_log()
    entry = log.commit(DID, "1", record("hi"), time_us=NOON)
    text = log.frame(entry, 2)
    moment = "2026-11-21T12:00:00.000000Z"
    assert text.count(moment) == 2
    imported = text.replace(moment, "2019-01-01T00:00:00.000000Z", 1)
    assert imported.index("2019") < imported.index("witnessedAt")
    assert parse(imported.encode(), ANY).time_us == NOON
    without = imported.replace(f',"witnessedAt":"{moment}"', "")
    assert parse(without.encode(), ANY).time_us < NOON


HOSTILE = {
    "nothing": b"",
    "not JSON": b'{"did":',
    "not UTF-8": b'{"did":"\xff","time_us":1763689821448290}',
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested in a key": b'{"time_us":1763689821448290,"x":' + b"[" * 100_000 + b"}",
    "no frame": b'{"hello":"world"}',
    "an array": b"[1]",
    "a number": b"7",
    "wrong types": b'{"did":1,"time_us":"now","kind":[]}',
    "a time beyond all clocks": b'{"did":"did:plc:a","time_us":99999999999999999999}',
    "a negative time": b'{"did":"did:plc:a","time_us":-5}',
    "v2 without a time": b'{"$type":"message","payload":{"$type":"x#commit","did":"did:plc:a"}}',
    "too long": b'{"x":"' + b"x" * FRAME_MAX + b'"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_frame_is_unreadable_and_says_why(name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(HOSTILE[name], ANY)
    assert 5 < len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("made", "did", "rkey"),
    [
        (b'{"text":"#eventlive \\ud800"}', DID, "1"),
        (b'{"text":"#eventlive","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", DID, "1"),
        (b'{"text":"#eventlive ' + b"x" * RECORD_MAX + b'"}', DID, "1"),
        (b'{"text":"#eventlive"}', "did:plc:../../x", "1"),
        (b'{"text":"#eventlive"}', 'did:plc:a"onload=', "1"),
        (b'{"text":"#eventlive"}', DID, "1/../2"),
        (b'{"text":"#eventlive"}', DID, ""),
    ],
)
def test_a_hostile_post_is_unreadable(made: bytes, did: str, rkey: str) -> None:
    head = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": rkey, "rev": "3a"}
    commit = json.dumps(head)[:-1].encode() + b',"record":' + made + b"}"
    envelope = json.dumps({"did": did, "time_us": NOON, "kind": "commit"})[:-1].encode()
    with pytest.raises(Unreadable):
        parse(envelope + b',"commit":' + commit + b"}", ANY)


def cost(text: str, facets: list[Any] | None = None, *, at_most: int = RECORD_MAX) -> float:
    """Give the seconds that a post takes to be read, the best of three; it must be let in."""
    made = {"text": text, "createdAt": "2026-11-21T12:00:00Z", "facets": facets or []}
    body = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "1", "record": made}
    envelope = {"did": DID, "time_us": NOON, "kind": "commit", "commit": body | {"rev": "3a"}}
    frame = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    assert at_most - 1000 < len(frame) < at_most + 200
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        parse(frame, ANY)
        best = min(best, time.perf_counter() - began)
    return best


def full(piece: str, room: int = RECORD_MAX - 200) -> str:
    return piece * (room // len(piece.encode()))


@pytest.mark.parametrize("tagged", ["", "#eventlive "])
def test_no_stranger_can_make_a_post_slow_to_read(tagged: str) -> None:
    """The longest post that is let in, in a form made to hurt, against a plain one as long."""
    plain = max(cost(full("漢字かな ")), cost("#eventlive " + full("漢字かな ")))
    half = (RECORD_MAX - 300) // 4
    marks = "a" + "\u0301" * half + "\u0323" * half
    joined = "a" + "\u0301\u200d" * (half * 2 // 5) + "\u0323\u200d" * (half * 2 // 5)
    hurtful = [marks, joined, full("a" + "\u0301\u0323" * 50), full("#eventlivex")]
    slowest = max(cost(tagged + text) for text in hurtful)
    assert slowest < 30 * plain


def test_a_facet_with_many_features_is_cheap() -> None:
    """A mark of the whole text is not cut out again for each thing that it is said to be."""
    kind = "app.bsky.richtext.facet#"
    index = {"byteStart": 0, "byteEnd": RECORD_MAX // 2 - 1000}
    text = "#eventlive " + full("漢", RECORD_MAX // 2 - 800)
    room = RECORD_MAX - len(text.encode()) - 300

    def facets(feature: dict[str, str]) -> list[Any]:
        size = len(json.dumps(feature, separators=(",", ":"))) + 1
        return [{"index": index, "features": [feature] * (room // size)}]

    idle = cost(text, facets({"$type": "app.other.facet#xx"}))
    for name in ("", "tag", "mention"):
        assert cost(text, facets({"$type": kind + name})) < 4 * idle + cost(text + "x" * room)


def test_what_a_post_marks_is_bounded() -> None:
    one = {"index": {"byteStart": 0, "byteEnd": 5}}
    features = [{"$type": "app.bsky.richtext.facet#tag", "tag": f"t{n}"} for n in range(5000)]
    assert len(read(facets=[one | {"features": features}]).tags) == FEATURES


@pytest.mark.needs("cases")
def test_the_json_parsing_suite_as_frames_and_as_records(cases: Path) -> None:
    suite = json.loads((cases / "hostile" / "json_parsing.json").read_text())
    head = f'{{"did":"{DID}","time_us":{NOON},"kind":"commit","commit":{{"operation":"create",'
    head += '"collection":"app.bsky.feed.post","rkey":"1","rev":"3a","record":'
    wanted = Wanted(keywords=["&&"])  # a word of signs alone: every record is looked into
    accepted = set()
    for case in suite:
        text = case["input"].encode("utf-8", "surrogatepass")
        with pytest.raises(Unreadable):
            parse(text, wanted)
        try:
            parse(head.encode() + text + b"}}", wanted)
            accepted.add(case["name"])
        except Unreadable:
            pass
    names = {case["name"] for case in suite}
    assert {name for name in names if name.startswith("y_")} <= accepted
    assert not {name for name in accepted if name.startswith("n_")}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_KEYS = st.sampled_from(
    "text createdAt langs facets tags reply embed labels $type index byteStart byteEnd features "
    "parent uri images image ref $link alt aspectRatio width height external media record values "
    "val tag did".split()
)
_RECORDS = st.recursive(
    _JSON | st.sampled_from(["app.bsky.embed.recordWithMedia", "app.bsky.embed.images"]),
    lambda inner: st.dictionaries(_KEYS, inner) | st.lists(inner, max_size=3),
    max_leaves=30,
)


@given(_RECORDS)
def test_no_record_of_any_shape_raises(made: Any) -> None:
    post, _ = read_post(DID, "1", made, NOON, Wanted(["a"], ["b"]))
    assert post.created_at <= datetime.fromtimestamp(NOON / 1e6, UTC)
    assert all(url.url.startswith("https://") for url in post.media)


# --- what posts hold ----------------------------------------------------------------------------


def read(**fields: Any) -> Post:
    return read_post(DID, "3lb2", {"text": "hello", **fields}, NOON, ANY)[0]


def test_facets_count_bytes_and_come_in_the_texts_order() -> None:
    text = "Grüße an @anna aus 東京 🎉 #eventlive example.com/…"

    def facet(piece: str, kind: str, **feature: str) -> dict[str, Any]:
        start = len(text[: text.index(piece)].encode())
        return {
            "index": {"byteStart": start, "byteEnd": start + len(piece.encode())},
            "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}],
        }

    beside = facet("#eventlive", "tag", tag="beside")
    beside["index"]["byteEnd"] = len(text.encode()) + 1
    post = read(
        text=text,
        facets=[
            facet("example.com/…", "link", uri="https://example.com/the/whole/way"),
            facet("#eventlive", "tag", tag="eventlive"),
            facet("@anna", "mention", did="did:plc:anna"),
            beside,
            {"index": {"byteStart": 5, "byteEnd": 5}, "features": [{}]},
        ],
        tags=["outside", "eventlive"],
    )
    assert post.tags == ("eventlive", "outside")
    assert post.mentions == ("did:plc:anna",)
    assert post.links == ("https://example.com/the/whole/way",)


def test_a_claimed_time_is_never_later_than_the_hosts() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    claims = {
        "2026-11-21T11:59:00.5Z": noon - timedelta(seconds=59.5),
        "2026-11-21T13:00:00+02:00": noon - timedelta(hours=1),
        "2031-01-01T00:00:00Z": noon,
        "yesterday": noon,
        "2026-11-21T11:00:00": noon,  # without a zone it says nothing
        "0001-01-01T00:00:00+14:00": noon,  # before the calendar
        "": noon,
    }
    assert {claim: read(createdAt=claim).created_at for claim in claims} == claims
    assert read(createdAt=5).created_at == noon


BLOB = "bafkreifnxbxn4vlpsdawnxktr7aoeyzocooux3b2uwxy3p7avs7npubiam"
IMAGE = {"alt": "a stage", "image": {"$type": "blob", "ref": {"$link": BLOB}}}
IMAGES = {"$type": "app.bsky.embed.images", "images": [IMAGE]}
QUOTED = "at://did:plc:b/app.bsky.feed.post/3k"


def test_pictures_films_cards_and_quotes() -> None:
    picture = Media(
        f"https://cdn.bsky.app/img/feed_fullsize/plain/{DID}/{BLOB}@jpeg", alt="a stage"
    )
    assert read(embed=IMAGES).media == (picture,)

    film = {"$type": "app.bsky.embed.video", "video": {"ref": {"$link": BLOB}}, "alt": "dance"}
    film |= {"aspectRatio": {"width": 720, "height": 1280}}
    assert read(embed=film).media == (
        Media(
            f"https://video.bsky.app/watch/{DID}/{BLOB}/playlist.m3u8",
            "video",
            "dance",
            720,
            1280,
        ),
    )

    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://example.com/a"}}
    assert read(embed=card).links == ("https://example.com/a",)

    quote = {"$type": "app.bsky.embed.record", "record": {"uri": QUOTED, "cid": "x"}}
    post = read(embed=quote)
    assert (post.kind, post.in_reply_to) == ("quote", QUOTED)
    both = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": IMAGES}
    post = read(embed=both)
    assert (post.kind, post.in_reply_to, post.media) == ("quote", QUOTED, (picture,))

    feed = {"uri": "at://did:plc:b/app.bsky.feed.generator/cats"}
    assert read(embed={"$type": "app.bsky.embed.record", "record": feed}).kind == "post"
    # A reply that quotes is a reply: the conversation counts.
    post = read(embed=quote, reply={"parent": {"uri": "at://p"}, "root": {"uri": "at://r"}})
    assert (post.kind, post.in_reply_to) == ("reply", "at://p")


THEIRS = "at://did:plc:b/app.bsky.feed.post/3p"


def test_a_post_says_whom_it_speaks_to() -> None:
    quote = {"$type": "app.bsky.embed.record", "record": {"uri": QUOTED.replace(":b/", ":c/")}}
    reply = {"parent": {"uri": THEIRS}, "root": {"uri": QUOTED}}
    post = read(reply=reply, embed=quote)
    assert (post.kind, post.in_reply_to, post.quoted) == (
        "reply",
        THEIRS,
        QUOTED.replace(":b/", ":c/"),
    )
    assert post.to == ("did:plc:b", "did:plc:c")
    post = read(embed=quote | {"record": {"uri": QUOTED}})
    assert (post.kind, post.in_reply_to, post.quoted) == ("quote", QUOTED, QUOTED)
    assert post.to == ("did:plc:b",)
    assert read(reply={"parent": {"uri": "https://example.org"}}).to == ()


def mention(text: str, said: str, did: str) -> dict[str, Any]:
    start = text.encode().index(said.encode())
    return {
        "index": {"byteStart": start, "byteEnd": start + len(said.encode())},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }


def test_mentions_are_named_as_people_know_them() -> None:
    wanted = Wanted(["eventlive"])
    wanted.add_ours("did:plc:ours", "House.Example")
    text = "Grüße an @anna.example, @die Bühne und @house.example.net!"
    facets = [
        mention(text, "@anna.example", "did:plc:anna"),
        mention(text, "@die Bühne", "did:plc:stage"),
        mention(text, "@house.example.net", "did:plc:ours"),
    ]
    made = {"text": text, "facets": facets}
    post, matches = read_post(DID, "1", made, NOON, wanted)
    assert post.mentions == ("anna.example", "did:plc:stage", "House.Example")
    assert matches
    assert read_post("did:plc:ours", "1", {"text": "hi"}, NOON, wanted)[0].author.handle == (
        "House.Example"
    )


def test_what_is_said_to_us_is_wanted_whatever_it_holds(frame: Frame) -> None:
    wanted = Wanted(["eventlive"])
    wanted.add_ours("did:plc:b", "house.example")
    quote = {"$type": "app.bsky.embed.record", "record": {"uri": QUOTED, "cid": "x"}}
    both = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": IMAGES}
    to_us = [
        record("sure", reply={"parent": {"uri": THEIRS}, "root": {"uri": QUOTED}}),
        record("look", embed=quote),
        record("look at that", embed=both),
        record("hi @us", facets=[mention("hi @us", "@us", "did:plc:b")]),
    ]
    for made in to_us:
        post = only_post(frame(made, "create"), wanted)
        assert "house.example" in (*post.to, *post.mentions)
        assert parse(frame(made, "create"), ANY).said is None
    others = "at://did:plc:bb/app.bsky.feed.post/1"  # the same beginning
    for made in (
        record("among others", reply={"parent": {"uri": others}, "root": {"uri": QUOTED}}),
        record("did:plc:b stands in the text"),
        record("a list", embed=quote | {"record": {"uri": "at://did:plc:b/app.bsky.graph.list/1"}}),
    ):
        assert parse(frame(made, "create"), wanted).said is None


# --- saved frames ---------------------------------------------------------------------------------


@pytest.mark.needs("cases")
def test_the_six_real_messages_as_an_archive(cases: Path) -> None:
    lines = (cases / "bluesky" / "jetstream.jsonl").read_bytes().splitlines(keepends=True)
    read = [events(line) for line in lines]
    assert [len(one) for one in read] == [0, 0, 1, 0, 0, 1]
    posts = [post for one in read for post in one if isinstance(post, Post)]
    # What the lines hold, read with nothing of ours.
    raw = [json.loads(line) for line in lines]
    kept = [one for one in raw if one["commit"]["collection"] == "app.bsky.feed.post"]
    for post, one in zip(posts, kept, strict=True):
        made = one["commit"]["record"]
        assert post.id == f"at://{one['did']}/app.bsky.feed.post/{one['commit']['rkey']}"
        assert (post.author.id, post.text) == (one["did"], made["text"])
        assert post.created_at == datetime.fromisoformat(made["createdAt"])
        assert [post.language] == made["langs"]
        images = made.get("embed", {}).get("images", [])
        assert [media.url.rpartition("/")[2] for media in post.media] == [
            f"{image['image']['ref']['$link']}@jpeg" for image in images
        ]
        assert (post.tags, post.mentions, post.links, post.kind) == ((), (), (), "post")
    assert len(posts[0].media) == 2


def test_a_saved_frame_says_what_it_said(frame: Frame) -> None:
    uri = f"at://{DID}/app.bsky.feed.post/3lb2"
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    (made,) = events(frame(record("no tag at all"), "create"))
    (edit,) = events(frame(record("mended"), "update") + b"\n")
    (gone,) = events(frame(None, "delete"))
    assert isinstance(made, Post)
    assert isinstance(edit, Edited)
    assert (made.id, made.text) == (uri, "no tag at all")
    assert (edit.post.id, edit.post.text) == (uri, "mended")
    # When the host saw it; no two events have the same moment.
    tick = timedelta(microseconds=1)
    assert edit.at == noon + tick
    assert gone == Deleted("bluesky", uri, noon + 2 * tick)


def test_a_saved_frame_without_a_post_says_nothing_and_a_broken_one_why() -> None:
    log = quiet_log()
    like = log.commit(DID, "1", {"subject": {"uri": QUOTED}}, collection="app.bsky.feed.like")
    for entry in (like, log.account(DID, active=False, status="deleted")):
        for version in (1, 2):
            assert events(log.frame(entry, version).encode()) == ()
    for line in (
        b"\n",
        b'{"$type":"error","error":"ConsumerTooSlow","message":"read faster"}',
        b'{"error":"InvalidRequest","message":"no"}',
        b'{"$type":"message","payload":{"$type":"x#info","name":"OutdatedCursor"}}',
    ):
        assert events(line) == ()
    for line in (b'{"did":', b"[]", b'{"hello":"world"}', b"\xff"):
        with pytest.raises(ValueError, match="no frame of Jetstream"):
            events(line)


@pytest.mark.parametrize("cid", ["../../etc", "x", 'a"onerror=', "", 7])
def test_a_blob_that_is_none_shows_nothing(cid: object) -> None:
    image = {"image": {"ref": {"$link": cid}}}
    assert read(embed={"$type": "app.bsky.embed.images", "images": [image, None, 3]}).media == ()


def test_language_and_labels() -> None:
    labels = {"$type": "com.atproto.label.defs#selfLabels"}
    post = read(langs=["pt-BR", "en"], labels=labels | {"values": [{"val": "graphic-media"}]})
    assert (post.language, post.sensitive, post.warning) == ("pt", True, "graphic-media")
    post = read(langs=[], labels=labels | {"values": [{"val": "bot"}]})
    assert (post.language, post.sensitive, post.warning) == ("", False, "")


# --- what is new --------------------------------------------------------------------------------


def written(
    rkey: str, rev: str, *, edit: bool = False, wanted: bool = True, did: str = DID
) -> Written:
    post = read_post(did, rkey, {"text": f"{rkey} {rev}"}, NOON, ANY)[0]
    return Written(post, rev, edit, wanted)


def deleted(rkey: str, did: str = DID) -> Deleted:
    return Deleted("bluesky", f"at://{did}/app.bsky.feed.post/{rkey}")


def test_what_is_heard_again_is_not_handed_over_again() -> None:
    memory = Memory()
    made, edit = written("1", "3a"), written("1", "3b", edit=True, wanted=False)
    gone = Removed(deleted("1").id, "3c")
    assert memory.events(made) == [made.post]
    assert memory.events(edit) == [Edited(edit.post)]
    assert memory.events(gone) == [deleted("1")]
    for again in (made, edit, gone):
        assert memory.events(again) == []
    back = written("1", "3d")  # the same address may be used again
    assert memory.events(back) == [back.post]
    assert memory.events(gone) == []


def test_edits_of_posts_that_were_never_ours() -> None:
    memory = Memory()
    assert memory.events(written("1", "3a", edit=True, wanted=False)) == []
    now_tagged = written("1", "3b", edit=True)
    assert memory.events(now_tagged) == [now_tagged.post]


def test_posts_of_an_earlier_run_are_known_by_their_ids() -> None:
    memory = Memory([deleted("1").id])
    assert memory.events(written("1", "3a")) == []
    edit = written("1", "3b", edit=True, wanted=False)
    assert memory.events(edit) == [Edited(edit.post)]
    assert memory.events(Left(DID)) == [deleted("1")]


def test_every_deletion_is_handed_over_for_the_engine_may_know_the_post() -> None:
    assert Memory().events(Removed(deleted("9").id, "")) == [deleted("9")]


def test_an_account_takes_its_posts_along_and_no_others() -> None:
    memory = Memory()
    other = "did:plc:ewvi7nxzyoun6zhxrhs64oizz"  # the same beginning
    for rkey, did in (("1", DID), ("2", DID), ("3", other)):
        memory.events(written(rkey, "3a", did=did))
    assert memory.events(Left(DID)) == [deleted("1"), deleted("2")]
    assert memory.events(Left(DID)) == []
    assert memory.events(written("1", "3a")) == []  # the replayed post stays away
    assert memory.events(Left(other)) == [deleted("3", other)]


def test_the_memory_is_bounded() -> None:
    memory = Memory(size=3)
    for number in range(10):
        memory.events(written(str(number), "3a"))
    assert memory.events(Left(DID)) == [deleted("7"), deleted("8"), deleted("9")]
    oldest = written("0", "3a")
    assert memory.events(oldest) == [oldest.post]  # forgotten; the engine drops the repeat


# --- where to connect ---------------------------------------------------------------------------


def test_addresses_of_both_forms() -> None:
    post, limit = "app.bsky.feed.post", "maxMessageSizeBytes=1048576"
    cursor = f"cursor={NOON - 10_000_000}"
    v1 = f"wss://h.example/subscribe?{cursor}&{limit}&wantedCollections={post}"
    assert address("wss://h.example", NOON) == v1
    assert address("wss://h.example/subscribe", NOON) == v1
    v2 = "wss://h.example/xrpc/network.bsky.jetstream.subscribeEvents"
    assert address(v2, NOON) == (
        f"{v2}?{cursor}&{limit}&kinds=commit&kinds=account&collections={post}"
    )
    # Below this a host would read it as a sequence number.
    assert f"cursor={10**15}&" in address(v2, 10**15 + 5)

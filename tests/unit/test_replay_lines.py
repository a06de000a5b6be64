"""Posts as JSON Lines: what a line may hold, what is refused, and when each plays.

Long, because the format is one and everything foreign comes in by it.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventlive.errors import FeedRefused
from eventlive.model import Author, Batch, Deleted, Edited, FeedEvent, Media, Post, Status
from feeds.replay import AS_FAST_AS_IT_GOES, LINE_MAX, Replay, read_line

LEAST: dict[str, Any] = {
    "network": "bluesky",
    "id": "1",
    "created_at": "2027-05-20T09:00:00Z",
    "text": "hello",
    "author": {"id": "did:plc:1", "handle": "anna.example"},
}
START = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


def line(**fields: Any) -> bytes:
    return json.dumps({**LEAST, **fields}).encode()


def said(event: FeedEvent) -> Post:
    assert isinstance(event, Post)
    return event


# --- one line -------------------------------------------------------------------------------------


def test_the_least_that_a_post_needs_gets_the_documented_defaults() -> None:
    post, at = read_line(line())
    assert post == Post(
        network="bluesky",
        id="1",
        created_at=START,
        text="hello",
        author=Author("did:plc:1", "anna.example", "", 0, False, False),
        url="",
        language="",
        kind="post",
        in_reply_to="",
        tags=(),
        mentions=(),
        links=(),
        media=(),
        sensitive=False,
        warning="",
    )
    assert at == START


FULL: dict[str, Any] = {
    "network": "mastodon",
    "id": "9",
    "created_at": "2027-05-20T12:00:00.25+03:00",
    "text": "hei",
    "author": {
        "id": "7",
        "handle": "anna@fi.example",
        "name": "Anna",
        "followers": 12,
        "verified": True,
        "bot": True,
    },
    "url": "https://fi.example/9",
    "language": "fi",
    "kind": "reply",
    "in_reply_to": "8",
    "tags": ["a"],
    "mentions": ["b@c.example"],
    "links": ["https://d.example"],
    "media": [{"kind": "gif", "url": "https://e.example/f.gif", "alt": "g", "width": 1}],
    "sensitive": True,
    "warning": "w",
}


def test_everything_that_may_be_said_is_read() -> None:
    post = said(read_line(json.dumps(FULL).encode())[0])
    assert post.created_at == START + timedelta(milliseconds=250)
    assert post.author == Author("7", "anna@fi.example", "Anna", 12, True, True)
    assert (post.kind, post.in_reply_to, post.tags) == ("reply", "8", ("a",))
    assert post.media == (Media("https://e.example/f.gif", "gif", "g", 1, 0),)
    assert (post.sensitive, post.warning, post.language) == (True, "w", "fi")


NEEDED = {"network", "id", "created_at", "text", "author"}


@pytest.mark.parametrize("key", sorted(FULL.keys() - NEEDED))
def test_null_is_the_same_as_left_out(key: str) -> None:
    left_out = {name: value for name, value in FULL.items() if name != key}
    assert read_line(json.dumps({**FULL, key: None}).encode()) == read_line(
        json.dumps(left_out).encode()
    )


@pytest.mark.parametrize("change", ["post", "edit"])
@pytest.mark.parametrize(
    ("place", "key"), [("author", "name"), ("author", "followers"), ("media", "alt"), ("", "url")]
)
def test_null_further_in_is_the_same_as_left_out(change: str, place: str, key: str) -> None:
    """Recorders of other people write null for what they do not know, wherever it stands."""
    data = json.loads(json.dumps(FULL))
    where = {"author": data["author"], "media": data["media"][0], "": data}[place]
    with_null = {**where, key: None}
    del where[key]
    expected = json.dumps(data)
    where |= with_null
    given = json.dumps(data)
    if change == "edit":
        expected, given = f'{{"edit": {expected}}}', f'{{"edit": {given}}}'
    assert read_line(given.encode()) == read_line(expected.encode())


@pytest.mark.parametrize("key", sorted(NEEDED))
def test_what_is_needed_is_named_where_it_is_missing_or_null(key: str) -> None:
    left_out = {name: value for name, value in LEAST.items() if name != key}
    for data in (left_out, {**LEAST, key: None}):
        with pytest.raises(ValueError, match=key):
            read_line(json.dumps(data).encode())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"network": "myspace"}, "myspace"),
        ({"network": 1}, "network"),
        ({"id": 7}, r"id"),
        ({"id": ["1"]}, r"id"),
        ({"text": {}}, "text"),
        ({"author": "anna"}, "author"),
        ({"author": {"id": "1"}}, "handle"),
        ({"author": {"id": "1", "handle": "a", "followers": "many"}}, "followers"),
        ({"author": {"id": "1", "handle": "a", "followers": 1.5}}, "followers"),
        ({"kind": "poem"}, "poem"),
        ({"created_at": "2027-05-20T09:00:00"}, "created_at"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": 1_800_000_000}, "created_at"),
        ({"created_at": "2027-02-30T00:00:00Z"}, "created_at"),
        ({"created_at": "0000-01-01T00:00:00Z"}, "created_at"),
        ({"tags": "a"}, "tags"),
        ({"tags": [1]}, "tags"),
        ({"media": [{"kind": "image"}]}, "url"),
        ({"media": {"url": "x"}}, "media"),
        ({"sensitive": "no"}, "sensitive"),
    ],
)
def test_a_wrong_value_is_named(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_line(line(**fields))


def test_what_nobody_knows_is_passed_over() -> None:
    assert read_line(line(likes=3, geo={"lat": [1, {"x": None}]})) == read_line(line())


def test_deletes_and_edits_are_read_with_their_times() -> None:
    gone, at = read_line(b'{"delete": {"network": "x", "id": "5"}}')
    assert isinstance(gone, Deleted)
    assert (gone.network, gone.id, gone.key, at) == ("x", "5", "x:5", None)
    gone, at = read_line(b'{"delete": {"network": "x", "id": "5"}, "at": "2027-05-20T09:00:00Z"}')
    assert isinstance(gone, Deleted)
    assert (gone.key, at) == ("x:5", START)
    edited, at = read_line(json.dumps({"edit": LEAST, "at": "2027-05-20T09:00:00Z"}).encode())
    assert isinstance(edited, Edited)
    assert edited.post == read_line(line())[0]
    assert at == START
    assert read_line(json.dumps({"edit": LEAST}).encode())[1] is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"delete": {}}',
        b'{"delete": null}',
        b'{"delete": {"network": "x"}}',
        b'{"delete": {"network": "x", "id": 5}}',
        b'{"delete": "x:5"}',
        b'{"delete": [], "edit": null}',
        b'{"edit": {}}',
        b'{"edit": null, "delete": null}',
        b'{"edit": {"edit": {}}}',
        b'{"delete": {"network": "x", "id": "5"}, "at": "soon"}',
        b'{"delete": {"network": "x", "id": "5"}, "at": "2027-05-20T09:00:00"}',
    ],
)
def test_a_broken_change_has_a_reason(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w{4,}"):
        read_line(body)


# --- any line -------------------------------------------------------------------------------------


@pytest.mark.needs("cases")
def test_the_json_suite_is_read_or_refused(cases: Path) -> None:
    """n_ is refused as no JSON; y_ is JSON, though no post; i_ is either; nothing crashes."""
    suite = json.loads((cases / "hostile" / "json_parsing.json").read_text(encoding="utf-8"))
    assert len(suite) > 300
    for case in suite:
        body = case["input"].encode("utf-8", "surrogatepass")
        with pytest.raises(ValueError, match=r"\S") as caught:
            read_line(body)
        is_json = "not JSON" not in str(caught.value)
        match case["name"][0]:
            case "y":
                assert is_json, (case["name"], caught.value)
            case "n":
                assert not is_json, (case["name"], caught.value)
            case _:
                pass
        inside = b'{"edit": ' + body + b"}"
        with pytest.raises(ValueError, match=r"\S"):
            read_line(inside)


@pytest.mark.needs("cases")
def test_broken_utf8_is_refused_and_whole_is_read(cases: Path) -> None:
    rows = json.loads((cases / "hostile" / "utf8_sequences.json").read_text(encoding="utf-8"))
    assert len(rows) > 100
    for row in rows:
        raw = bytes.fromhex(row["hex"])
        if any(byte < 0x20 for byte in raw) or b'"' in raw or b"\\" in raw:
            continue
        body = line(text="X").replace(b'"X"', b'"' + raw + b'"')
        if row["valid"]:
            assert said(read_line(body)[0]).text == raw.decode()
        else:
            with pytest.raises(ValueError, match="JSON"):
                read_line(body)


@pytest.mark.needs("cases")
def test_naughty_strings_come_through_untouched(cases: Path) -> None:
    """A feed cleans nothing: that is the engine's door (listening/cleaning.py)."""
    strings = json.loads((cases / "hostile" / "naughty_strings.json").read_text(encoding="utf-8"))
    for text in strings:
        body = line(text=text, author={"id": "1", "handle": "a", "name": text})
        post = said(read_line(body)[0])
        assert (post.text, post.author.name) == (text, text)


HOSTILE = {
    "nested arrays": b"[" * 100_000,
    "closed arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "nested in a post": line(x=0).replace(b'"x": 0', b'"x": ' + b"[" * 100_000 + b"]" * 100_000),
    "nested in an edit": b'{"edit": ' * 100_000,
    "nested in a delete": b'{"delete": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested media": line(media=0).replace(b'"media": 0', b'"media": ' + b"[" * 50_000),
    "a lone surrogate": line(text="X").replace(b'"X"', b'"\\ud800"'),
    "a lone low surrogate": line(text="X").replace(b'"X"', b'"a\\udc00b"'),
    "a surrogate id": line(id="X").replace(b'"X"', b'"\\ud83d"'),
    "an endless number": line(author={"id": "1", "handle": "a", "followers": 0}).replace(
        b'"followers": 0', b'"followers": ' + b"9" * 5000
    ),
    "an infinite number": line(media=[{"url": "x", "width": 0}]).replace(
        b'"width": 0', b'"width": 1e999'
    ),
    "nothing": b"",
    "a word": b"null",
    "a number": b"1",
    "a text": b'"post"',
    "a list": b"[" + line() + b"]",
    "two posts": line() + line(),
    "UTF-16": line().decode().encode("utf-16"),
    "a raw NUL": line(text="X").replace(b"X", b"\0"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_is_refused_with_a_short_reason(name: str) -> None:
    with pytest.raises(ValueError, match=r"\S") as caught:
        read_line(HOSTILE[name])
    assert len(str(caught.value)) < 500


def test_a_long_wrong_value_is_not_repeated_whole() -> None:
    for fields in ({"network": "x" * 500_000}, {"kind": "y" * 500_000}):
        with pytest.raises(ValueError, match=r"\S") as caught:
            read_line(line(**fields))
        assert len(str(caught.value)) < 1000


TEXTS = st.text(max_size=20)
POSTS = st.builds(
    Post,
    network=st.sampled_from(["x", "bluesky", "mastodon"]),
    id=TEXTS,
    created_at=st.datetimes(
        min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    text=TEXTS,
    author=st.builds(Author, TEXTS, TEXTS, TEXTS, st.integers(-(2**63), 2**63), st.booleans()),
    url=TEXTS,
    kind=st.sampled_from(["post", "reply", "repost", "quote"]),
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    media=st.lists(st.builds(Media, TEXTS, st.just("video"), TEXTS), max_size=2).map(tuple),
    sensitive=st.booleans(),
)


@given(POSTS)
def test_a_post_written_is_the_post_read(post: Post) -> None:
    assert read_line(msgspec.json.encode(post)) == (post, post.created_at)
    assert read_line(msgspec.json.encode({"edit": post}))[0] == Edited(post)


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode()))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_line(body)


@given(POSTS, st.data())
def test_no_broken_post_raises_anything_else(post: Post, data: st.DataObject) -> None:
    body = bytearray(msgspec.json.encode(post))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        event, _ = read_line(bytes(body))
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either is right, a reason is not
    else:
        msgspec.json.encode(event)


# --- a file ---------------------------------------------------------------------------------------


async def played(
    path: Path, cursor: str = "", speed: float = AS_FAST_AS_IT_GOES
) -> list[Batch | Status]:
    return [step async for step in Replay("r", path, speed).follow(cursor)]


def events(steps: list[Batch | Status]) -> list[FeedEvent]:
    return [event for step in steps if isinstance(step, Batch) for event in step.events]


def ids(steps: list[Batch | Status]) -> list[str]:
    return [event.id for event in events(steps) if isinstance(event, Post)]


def skips(steps: list[Batch | Status]) -> list[tuple[str, str]]:
    return [
        (skip.where, skip.reason)
        for step in steps
        if isinstance(step, Batch)
        for skip in step.skipped
    ]


async def test_bad_lines_are_told_with_their_place_and_the_rest_plays(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    rows = [
        line(id="1"),
        b"nonsense",
        b"",
        b"   \t ",
        line(id="2"),
        line(network="myspace"),
        b'{"delete": {}}',
        line(id="3", text="\u2028 is no end of a line"),
        b"[" * 100_000,
        b'{"delete": {"network": "bluesky", "id": "1"}}',
        line(id="4") + b"\r",
        line(text="x" * LINE_MAX),
        line(id="5"),
    ]
    path.write_bytes(b"\n".join(rows))
    steps = await played(path)
    assert ids(steps) == ["1", "2", "3", "4", "5"]
    assert [where for where, _ in skips(steps)] == [f"{path}:{n}" for n in (2, 6, 7, 9, 12)]
    assert all(reason and len(reason) < 1000 for _, reason in skips(steps))
    assert [type(event) for event in events(steps)].count(Deleted) == 1
    assert steps[-1] == Status("ended", "the recording is over")


@pytest.mark.parametrize("size", [LINE_MAX - 1, LINE_MAX, LINE_MAX + 1, 10 << 20])
async def test_a_line_is_as_long_as_allowed_and_no_longer(tmp_path: Path, size: int) -> None:
    path = tmp_path / "posts.jsonl"
    empty = len(line(text="")) + 1
    long = line(text="x" * (size - empty)) + b"\n"
    assert len(long) == size
    path.write_bytes(line(id="a") + b"\n" + long + line(id="b") + b"\n")
    steps = await played(path)
    fits = size <= LINE_MAX
    assert ids(steps) == (["a", "1", "b"] if fits else ["a", "b"])
    assert [where for where, _ in skips(steps)] == ([] if fits else [f"{path}:2"])
    if not fits:
        assert str(size) in skips(steps)[0][1]


@pytest.mark.parametrize("body", [b"", b"\n", b"\n \n\n", b"\r\n"])
@pytest.mark.parametrize("speed", [AS_FAST_AS_IT_GOES, 1.0])
async def test_an_empty_file_ends_at_once(tmp_path: Path, body: bytes, speed: float) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(body)
    assert (await played(path, speed=speed))[-1] == Status("ended", "the recording is over")
    assert events(await played(path, speed=speed)) == []


async def test_a_byte_order_mark_costs_no_post(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line(id="1") + b"\n" + line(id="2"))
    steps = await played(path)
    assert (ids(steps), skips(steps)) == (["1", "2"], [])


async def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(FeedRefused, match=str(path)):
            await played(path)


def write_mixed(path: Path, count: int) -> list[str]:
    """Write posts with blank and broken lines between, and give the posts' ids."""
    rows: list[bytes] = []
    for number in range(count):
        rows.append(line(id=str(number), text="ä" * (number % 7)))
        if number % 5 == 0:
            rows.append(b"broken")
        if number % 3 == 0:
            rows.append(b"")
    path.write_bytes(b"\n".join(rows) + b"\n")
    return [str(number) for number in range(count)]


async def test_from_every_cursor_the_rest_comes_exactly_once(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    expected = write_mixed(path, 300)
    whole = await played(path)
    numbers = [where for where, _ in skips(whole)]
    before: list[str] = []
    skipped = 0
    for step in whole:
        assert isinstance(step, Batch | Status)
        if isinstance(step, Status):
            continue
        before += ids([step])
        skipped += len(step.skipped)
        rest = await played(path, step.cursor)
        assert before + ids(rest) == expected
        # The lines' numbers are those of the file, wherever it went on from.
        assert [where for where, _ in skips(rest)] == numbers[skipped:]
    assert before == expected


@settings(max_examples=30)
@given(st.integers(0, 40), st.integers(0, 5000) | st.text(max_size=5))
async def test_any_cursor_is_survived(count: int, cursor: int | str) -> None:
    """Of an older file, of another feed, made up: what comes is a whole tail of the file."""
    import tempfile  # noqa: PLC0415 - a folder for each example

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posts.jsonl"
        expected = write_mixed(path, count)
        steps = await played(path, str(cursor))
        assert expected[len(expected) - len(ids(steps)) :] == ids(steps)
        assert steps[-1] == Status("ended", "the recording is over")
        if not str(cursor).isdecimal():
            assert ids(steps) == expected


# --- time -----------------------------------------------------------------------------------------


async def timed(steps: AsyncIterator[Batch | Status]) -> list[tuple[str, float]]:
    """Play, and give for each event its id and the moment of the loop's clock."""
    loop = asyncio.get_running_loop()
    return [
        (event.post.id if isinstance(event, Edited) else event.id, loop.time())
        async for step in steps
        if isinstance(step, Batch)
        for event in step.events
    ]


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


async def test_the_recorded_rhythm_is_kept(tmp_path: Path) -> None:
    """Compared with itself: the moments are proportional to the recorded ones at each speed."""
    path = tmp_path / "posts.jsonl"
    offsets = [0.0, 10.0, 10.0, 30.0, 60.0, 61.0, 90.0, 100.0]
    path.write_bytes(b"\n".join(line(id=str(n), created_at=at(s)) for n, s in enumerate(offsets)))
    spans = {}
    for speed in (50.0, 100.0):
        moments = await timed(Replay("r", path, speed).follow(""))
        assert [name for name, _ in moments] == [str(n) for n in range(len(offsets))]
        first, last = moments[0][1], moments[-1][1]
        spans[speed] = last - first
        for (_, moment), offset in zip(moments, offsets, strict=True):
            # A busy machine is late, and posts due within a blink go together.
            assert abs((moment - first) / (last - first) - offset / 100) < 0.15
    assert 1.4 < spans[50.0] / spans[100.0] < 2.8


async def test_changes_play_at_their_time_and_others_right_after_the_line_before(
    tmp_path: Path,
) -> None:
    path = tmp_path / "posts.jsonl"
    gone = {"delete": {"network": "bluesky", "id": "0"}}
    rows = [
        line(id="0", created_at=at(0)),
        json.dumps(gone | {"at": at(40)}).encode(),
        json.dumps({"edit": {**LEAST, "id": "e", "created_at": at(0)}}).encode(),
        line(id="1", created_at=at(80)),
        json.dumps({"edit": {**LEAST, "id": "f", "created_at": at(0)}, "at": at(120)}).encode(),
        line(id="old", created_at=at(-500)),
    ]
    path.write_bytes(b"\n".join(rows))
    moments = await timed(Replay("r", path, 200).follow(""))
    names = [name for name, _ in moments]
    assert names == ["0", "0", "e", "1", "f", "old"]
    first = moments[0][1]
    gone_at, edit_at, one_at, f_at, old_at = (moment - first for _, moment in moments[1:])
    # A line without a time, or with one that is past, follows the line before it at once.
    assert edit_at - gone_at < one_at - edit_at
    assert old_at - f_at < f_at - one_at
    assert 0.1 < gone_at / f_at < 0.6


async def test_a_restart_does_not_wait_for_what_has_played(tmp_path: Path) -> None:
    """After a cursor the clock starts with the next line, not with the first of the file."""
    path = tmp_path / "posts.jsonl"
    path.write_bytes(
        b"\n".join(
            line(id=str(n), created_at=at(n * 3600 if n < 5 else 4 * 3600 + n)) for n in range(10)
        )
    )
    cursor = str(sum(len(row) + 1 for row in path.read_bytes().split(b"\n")[:5]))
    async with asyncio.timeout(20):
        assert ids(await played(path, cursor, 100)) == ["5", "6", "7", "8", "9"]


async def test_as_fast_as_it_goes_waits_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join(line(id=str(n), created_at=at(n * 86_400)) for n in range(3000)))
    async with asyncio.timeout(20):
        assert len(ids(await played(path))) == 3000


@pytest.mark.parametrize("speed", [AS_FAST_AS_IT_GOES, 1_000_000.0])
async def test_the_loop_gets_its_turn_in_between(tmp_path: Path, speed: float) -> None:
    """A consumer that takes everything at once starves nobody: the loop turns for each slice."""
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join(line(id=str(n), created_at=at(n)) for n in range(3200)))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    batches = [step for step in await played(path, speed=speed) if isinstance(step, Batch)]
    counting.cancel()
    assert turns >= len(batches) > 10
    assert max(len(batch.events) for batch in batches) <= 128
    assert math.isclose(sum(len(batch.events) for batch in batches), 3200)


async def test_in_a_rehearsal_each_post_comes_at_its_own_time(tmp_path: Path) -> None:
    """What was said before the rehearsal begins comes at once, and the rest when it is time."""
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join(line(id=str(s), created_at=at(s)) for s in (0, 60, 600)))
    starts = START + timedelta(seconds=60)
    began = asyncio.get_running_loop().time()
    moments = await timed(Replay("r", path, 1800, starts).follow(""))
    assert [name for name, _ in moments] == ["0", "60", "600"]
    # 540 s at 1,800 times the speed.
    assert moments[1][1] - began < 0.25 < moments[2][1] - began

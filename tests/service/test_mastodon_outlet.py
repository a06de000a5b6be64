"""Mastodon's way out, on two servers: what a post becomes there, and what an error is worth.

On mastodon-mock, a stateful server that we did not write, everything that it can do; on the
stand-in of mastodon_real.py what it cannot: limits ahead of time, keys that are noted late or
forgotten, slow pictures, other servers' statuses, broken answers.
"""

import asyncio
import json
import logging
import os
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from eventlive.errors import EventliveError, NotSent, NotYet, OutletError, SettingsError, Unclear
from eventlive.model import Intent, Outgoing, OutletAccount, Picture, Sent
from feeds.mastodon import instance, media, outlet
from feeds.mastodon.outlet import MastodonOutlet
from tests.loopback import HOST, free_port
from tests.service.mastodon_real import NAME, TOKEN, RealMastodon, real_mastodon, status
from tests.service.mastodon_server import (
    DOMAIN,
    PEOPLE,
    MastodonMock,
    mastodon_process,
    open_mastodon,
)

START = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)
OPEN = "Doors open at 20:00"
PNG = b"\x89PNG\r\n\x1a\n"


class Clock:
    """Our clock: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def wait(self, **how: float) -> None:
        self.time += timedelta(**how)


def utc_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def mock_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mastodon_process(tmp_path_factory.mktemp("mastodon")) as address:
        yield address


@pytest.fixture
async def mock(mock_address: str) -> AsyncIterator[MastodonMock]:
    async with open_mastodon(mock_address) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def real(clock: Clock) -> AsyncIterator[RealMastodon]:
    async with real_mastodon(clock) as server:
        yield server


@asynccontextmanager
async def on(
    server: RealMastodon | MastodonMock | str,
    clock: Callable[[], datetime] = utc_now,
    *,
    token: str | None = None,
    folder: Path = Path(),
    **fields: Any,
) -> AsyncIterator[MastodonOutlet]:
    """Give the outlet of the account house."""
    known = {MastodonMock: PEOPLE["house"], RealMastodon: TOKEN, str: TOKEN}
    address = server if isinstance(server, str) else server.address
    name = DOMAIN if isinstance(server, MastodonMock) else NAME
    fields = {"handle": f"house@{name}", "server": address, **fields}
    way_out = MastodonOutlet(
        OutletAccount(id="main", network="mastodon", **fields),
        {"access_token": known[type(server)] if token is None else token},
        folder=folder,
        state=folder / "state",
        clock=clock,
        random=Random(1),
    )
    try:
        yield way_out
    finally:
        await way_out.close()


def out(text: str = OPEN, **fields: Any) -> Outgoing:
    return Outgoing("out-1", 1, "main", text, "anna", START, state="sending", attempt=1, **fields)


async def frozen(
    way_out: MastodonOutlet, outgoing: Outgoing, part: int = 0, before: tuple[Sent, ...] = ()
) -> Intent:
    """Do what the publisher does before a send."""
    key, body = await way_out.prepare(outgoing, part, before)
    return Intent(outgoing.id, outgoing.attempt, "main", key, body, utc_now())


async def say(way_out: MastodonOutlet, outgoing: Outgoing) -> list[Sent]:
    """Send a post with all its parts."""
    sent: list[Sent] = []
    for part in range(len(await way_out.parts(outgoing))):
        sent.append(await way_out.send(await frozen(way_out, outgoing, part, tuple(sent))))
    return sent


async def there(server: MastodonMock, sent: Sent) -> dict[str, Any]:
    """Give a status of house's by its id on the network."""
    statuses = await server.person("house").statuses()
    return next(one for one in statuses if one["uri"] == sent.id)


# --- on mastodon-mock -----------------------------------------------------------------------------


async def test_a_post_is_there_as_it_was_meant_and_found_again(mock: MastodonMock) -> None:
    async with on(mock, language="de", signature="^AK") as way_out:
        plain = await frozen(way_out, out("  Einlass ab 20 Uhr: https://example.org/a?b=c&d=e\n"))
        sent = await way_out.send(plain)
        warned = await say(way_out, out("The ending is known", warning="Spoiler", language="en"))
        assert await way_out.find(plain) == sent
        # The same key again: the post that is there, and no other.
        assert await way_out.send(plain) == sent
    first, second = await there(mock, sent), await there(mock, warned[0])
    assert first["content"].startswith("<p>Einlass ab 20 Uhr: <a href=")
    assert first["content"].endswith(" ^AK</p>")
    assert (first["language"], first["spoiler_text"], first["sensitive"]) == ("de", "", False)
    assert (first["visibility"], first["in_reply_to_id"]) == ("public", None)
    assert (second["language"], second["spoiler_text"], second["sensitive"]) == (
        "en",
        "Spoiler",
        True,
    )
    assert sent.url == first["url"]
    assert sent.at == datetime.fromisoformat(first["created_at"])
    texts = [one["content"] for one in await mock.person("house").statuses()]
    assert texts.count(first["content"]) == 1


async def test_a_reply_mentions_whom_it_answers_once_and_is_heard_of(mock: MastodonMock) -> None:
    asked = await mock.person("anna").post("Where is the cloakroom? @ben knows it")
    to = {"reply_to": asked["uri"], "reply_url": asked["url"]}
    async with on(mock) as way_out:
        (bare,) = await say(way_out, out("Left of the door", **to))
        (named,) = await say(way_out, out(f"Left, @Anna@{DOMAIN}, left!", **to))
        ours = await there(mock, bare)
        own = {"reply_to": ours["uri"], "reply_url": ours["url"]}
        (again,) = await say(way_out, out("Or right of it", **own))
    assert ours["content"] == "<p>@anna Left of the door</p>"
    assert ours["in_reply_to_id"] == asked["id"]
    assert [one["acct"] for one in ours["mentions"]] == ["anna"]
    assert (await there(mock, named))["content"] == f"<p>Left, @Anna@{DOMAIN}, left!</p>"
    assert (await there(mock, again))["content"] == "<p>Or right of it</p>"
    told = await mock.call("GET", "v1/notifications", PEOPLE["anna"])
    assert ours["id"] in [one["status"]["id"] for one in told if one["type"] == "mention"]


async def test_a_long_text_becomes_a_thread_or_is_refused(mock: MastodonMock) -> None:
    sentences = [f"This is sentence number {number} of a long story." for number in range(30)]
    text = " ".join(sentences)
    async with on(mock) as way_out:
        with pytest.raises(NotSent, match=r"13\d\d characters; 500 is the limit"):
            await way_out.parts(out(text))
        with pytest.raises(NotSent, match="490 is the limit"):  # the warning counts as well
            await way_out.parts(out("x" * 495, warning="Ten of it!"))
    asked = await mock.person("anna").post("Tell us")
    whole = out(text, reply_to=asked["uri"], reply_url=asked["url"], warning="Long")
    async with on(mock, long="thread", signature="^AK") as way_out:
        parts = await way_out.parts(whole)
        sent = await say(way_out, whole)
    assert len(sent) == len(parts) == 3
    assert " ".join(parts) == f"@anna {text} ^AK"
    answered = asked["id"]
    for one, part in zip(sent, parts, strict=True):
        seen = await there(mock, one)
        assert seen["content"] == f"<p>{part}</p>"
        assert (seen["in_reply_to_id"], seen["spoiler_text"]) == (answered, "Long")
        answered = seen["id"]


async def test_pictures_go_out_with_their_descriptions(mock: MastodonMock, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG + bytes(2))
    (tmp_path / "b.png").write_bytes(PNG + bytes(3))
    (tmp_path / "c.png").write_bytes(b"no picture")
    (tmp_path.parent / "d.png").write_bytes(PNG + bytes(2))
    shown = (Picture("a.png", "The hall, full"), Picture("b.png"))
    async with on(mock, folder=tmp_path) as way_out:
        (sent,) = await say(way_out, out(pictures=shown))
        for file, why in (("c.png", "no pictures"), ("../d.png", "folder"), ("e.png", "No such")):
            with pytest.raises(NotSent, match=why):
                await way_out.prepare(out(pictures=(Picture(file),)), 0, ())
        with pytest.raises(NotSent, match="alt text has 1501"):
            await way_out.prepare(out(pictures=(Picture("a.png", "x" * 1501),)), 0, ())
        with pytest.raises(NotSent, match="5 pictures; 4 is the limit"):
            await way_out.parts(out(pictures=shown * 2 + shown[:1]))
        changed = await frozen(way_out, out("changed", pictures=shown))
        (tmp_path / "b.png").write_bytes(PNG + bytes(4))
        with pytest.raises(NotSent, match=r"b\.png: the file has changed since"):
            await way_out.send(changed)
        assert await way_out.find(changed) is None
    attached = (await there(mock, sent))["media_attachments"]
    assert [one["description"] for one in attached] == ["The hall, full", None]


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(mock: MastodonMock) -> None:
    async with on(mock) as way_out:
        (kept,) = await say(way_out, out("This one stays"))
        (sent,) = await say(way_out, out("This one goes"))
        await way_out.delete(sent.id)
        await way_out.delete(sent.id)
    async with on(mock) as way_out:  # another life, which has to look it up
        await way_out.delete(sent.id)
        (other,) = await say(way_out, out("This one goes later"))
        (taken,) = await say(way_out, out("This one a moderator takes"))
        await mock.person("house").delete((await there(mock, taken))["id"])
        await way_out.delete(taken.id)
    async with on(mock) as way_out:
        await way_out.delete(other.id)
    left = {one["uri"] for one in await mock.person("house").statuses()}
    assert left & {kept.id, sent.id, other.id, taken.id} == {kept.id}


async def test_a_check_says_who_it_is_or_what_to_do(mock: MastodonMock, real: RealMastodon) -> None:
    async with on(mock) as way_out:
        report = await way_out.check()
    assert (report.handle, report.name) == (f"house@{DOMAIN}", "House")
    assert report.limits == ("500 characters a post", "4 pictures a post")
    real.limits["read"] = 300
    async with on(real, real.clock) as way_out:
        report = await way_out.check()
    assert report.may == ("read", "post", "search")
    assert report.limits[2] == "297 of 300 calls until 09:05 UTC"
    async with on(mock, token="wrong") as way_out:
        with pytest.raises(OutletError, match=r"make a token on http.*EVENTLIVE_MAIN_ACCESS_TOKEN"):
            await way_out.check()
    async with on(mock, token="") as way_out:
        with pytest.raises(OutletError, match="set EVENTLIVE_MAIN_ACCESS_TOKEN"):
            await way_out.check()
    async with on(mock, token=PEOPLE["ben"]) as way_out:
        with pytest.raises(OutletError, match="belongs to @ben, not to @house"):
            await way_out.check()
        with pytest.raises(NotSent, match="belongs to @ben"):  # nor does it post as somebody else
            await say(way_out, out())


@pytest.mark.parametrize(
    ("effect", "how", "error", "words"),
    [
        ("status", {"status": 500}, Unclear, "answered 500"),
        ("status", {"status": 503}, Unclear, "answered 503"),
        ("status", {"status": 401}, NotSent, "says no"),
        ("status", {"status": 403, "body": {"error": "Not allowed"}}, NotSent, "Not allowed"),
        ("status", {"status": 404, "body": {"error": "Not found"}}, NotSent, "Not found"),
        ("status", {"status": 422, "body": {"error": "Too nice"}}, NotSent, "Too nice"),
        ("status", {"status": 403, "body": "a page"}, Unclear, "answered 403"),
        ("status", {"status": 408, "body": {"error": "Timeout"}}, Unclear, "answered 408"),
        ("status", {"status": 499, "body": {"error": "Closed"}}, Unclear, "answered 499"),
        ("malformed", {}, Unclear, "cannot be read"),
        ("latency", {"delay_ms": 600}, Unclear, "took too long"),
    ],
)
async def test_an_error_says_no_more_than_is_certain(
    mock: MastodonMock,
    monkeypatch: pytest.MonkeyPatch,
    effect: str,
    how: dict[str, Any],
    error: type[OutletError],
    words: str,
) -> None:
    monkeypatch.setattr(outlet, "SEND_SECONDS", 0.3)
    async with on(mock) as way_out:
        intent = await frozen(way_out, out(f"{effect} {how}"))
        async with mock.fault(effect, "/api/v1/statuses", count=1, methods=["POST"], **how):
            with pytest.raises(error, match=words) as raised:
                await way_out.send(intent)
        assert not isinstance(raised.value, NotYet)
        # The mock commits late; either way the same key makes no second one.
        sent = await way_out.send(intent)
        await asyncio.sleep(0.4 if effect == "latency" else 0)
        assert await way_out.find(intent) == sent


async def test_too_many_requests_wait_until_the_server_says(mock: MastodonMock) -> None:
    until = utc_now().replace(microsecond=0) + timedelta(minutes=3)
    headers = {"X-RateLimit-Reset": until.isoformat().replace("+00:00", "Z")}
    async with on(mock) as way_out:
        intent = await frozen(way_out, out("One too many"))
        async with mock.fault(
            "ratelimit", "/api/v1/statuses", count=1, methods=["POST"], headers=headers
        ):
            with pytest.raises(NotYet) as raised:
                await way_out.send(intent)
        assert timedelta(0) <= raised.value.until - until < timedelta(seconds=2)
        with pytest.raises(NotYet):  # ahead of time: the fault is used up
            await way_out.send(intent)
        assert await way_out.find(intent) is None


async def test_where_no_connection_is_made_it_waits_longer_every_time() -> None:
    async with on(f"http://{HOST}:{free_port()}") as way_out:
        waits = []
        for _ in range(6):
            with pytest.raises(NotYet, match="cannot be reached: Connect") as raised:
                await way_out.parts(out())
            waits.append((raised.value.until - utc_now()).total_seconds())
    assert 3 < waits[0] < 7
    assert waits[2] > waits[0]
    assert waits[5] < 80


@pytest.mark.parametrize(
    "named",
    ["http://social.example", "", "a.example/b", "a.example:b", "ftp://a.example", "a b.example"],
)
async def test_an_account_without_a_safe_server_is_refused(named: str) -> None:
    with pytest.raises(SettingsError, match="main"):
        async with on(named, handle="house"):
            pass


# --- on the stand-in: never twice -----------------------------------------------------------------


@pytest.mark.parametrize("fault", ["500 after", "502 after", "half after", "cut after"])
async def test_what_landed_without_an_answer_is_found_and_not_doubled(
    real: RealMastodon, clock: Clock, fault: str
) -> None:
    async with on(real, clock) as way_out:
        intent = await frozen(way_out, out())
        real.faults = [fault]
        with pytest.raises(Unclear):
            await way_out.send(intent)
        sent = await way_out.find(intent)
        assert sent is not None
        assert await way_out.send(intent) == sent
    assert len(real.statuses) == 1


async def test_an_old_key_is_not_trusted(real: RealMastodon, clock: Clock) -> None:
    """Servers forget it after an hour; a resend then looks first, and posts what is not there."""
    async with on(real, clock) as way_out:
        landed, lost = await frozen(way_out, out()), await frozen(way_out, out("Doors close"))
        real.faults = ["500 after", "500"]
        for intent in (landed, lost):
            with pytest.raises(Unclear):
                await way_out.send(intent)
        clock.wait(minutes=61)
        first = await way_out.send(landed)
        assert first.id == real.statuses[0]["uri"]
        assert len(real.statuses) == 1
        second = await way_out.send(lost)
        assert await way_out.find(lost) == second
        # Where it cannot look, it does not post.
        real.limits["read"] = 0
        with pytest.raises(Unclear, match="cannot be looked for"):
            await way_out.send(await frozen_before(way_out, out("Lost"), clock, hours=2))
    assert len(real.statuses) == 2


async def frozen_before(
    way_out: MastodonOutlet, outgoing: Outgoing, clock: Clock, **ago: float
) -> Intent:
    clock.wait(**{unit: -count for unit, count in ago.items()})
    intent = await frozen(way_out, outgoing)
    clock.wait(**ago)
    return intent


async def test_a_key_of_its_own_for_every_attempt(real: RealMastodon, clock: Clock) -> None:
    """Another life may begin with the same numbers, and number its posts in the same way."""
    async with on(real, clock) as one, on(real, clock) as other:
        first = [(await frozen(one, out())).key for _ in range(3)]
        clock.wait(seconds=1)
        second = [(await frozen(other, out())).key for _ in range(3)]
    assert len({*first, *second}) == 6


WORDS = [
    "Fish & <chips>, \"quoted\" 'twice'\nin two lines\n\n\nand   a paragraph",
    "https://www.example.org/a/very/long/address/that/is/shown/in/parts?q=1&r=ä#end, says @ben",
    f"@Anna@{NAME} @ben@remote.example: #Tag #größe, mail@example.org",
    "Ärger e\u0301 ½ 東京🎉👩‍👩‍👧 \u00a0 nbsp\u2009thin",
]


@pytest.mark.parametrize("text", WORDS)
async def test_a_post_is_recognised_however_the_server_marks_it_up(
    real: RealMastodon, clock: Clock, text: str
) -> None:
    async with on(real, clock) as way_out:
        intent = await frozen(way_out, out(text))
        real.post(f"{text} not")
        assert await way_out.find(intent) is None
        real.faults = ["500 after"]
        with pytest.raises(Unclear):
            await way_out.send(intent)
        found = await way_out.find(intent)
    assert found is not None
    assert found.id == real.statuses[1]["uri"]


async def test_only_what_can_be_it_is_taken_for_it(real: RealMastodon, clock: Clock) -> None:
    async with on(real, clock) as way_out:
        real.post(OPEN)
        clock.wait(seconds=30)
        intent = await frozen(way_out, out())
        assert await way_out.find(intent) is None  # the one before is another
        real.post(OPEN, answered="5")
        assert await way_out.find(intent) is None  # so is an answer to somebody
        for number in range(90):
            real.post(f"Meanwhile {number}")
        first = real.post(OPEN)
        for number in range(90):
            clock.wait(seconds=1)
            real.post(f"Later {number}")
        found = await way_out.find(intent)
        assert found is not None
        assert found.id == first["uri"]
        second = real.post(OPEN)
        with pytest.raises(Unclear) as raised:
            await way_out.find(intent)
        assert first["url"] in str(raised.value)
        assert second["url"] in str(raised.value)
        for number in range(400):
            real.post(f"Flood {number}")
        with pytest.raises(Unclear, match="more than 400"):
            await way_out.find(intent)


async def test_what_is_known_to_be_another_post_is_not_taken_for_it(
    real: RealMastodon, clock: Clock
) -> None:
    """The same words twice within seconds, and the second never arrives."""
    async with on(real, clock) as way_out:
        real.faults = ["", "500 after", "500"]
        sent = await way_out.send(first := await frozen(way_out, out()))
        landed, lost = await frozen(way_out, out()), await frozen(way_out, out())
        for one in (landed, lost):
            with pytest.raises(Unclear):
                await way_out.send(one)
        found = await way_out.find(landed)
        assert found is not None
        assert found.id == real.statuses[1]["uri"]
        assert await way_out.find(lost) is None
        assert await way_out.find(first) == sent
        assert await way_out.find(landed) == found


@pytest.mark.parametrize("hours", [-3, 3])
async def test_clocks_that_differ_mislead_nobody(
    real: RealMastodon, clock: Clock, hours: int
) -> None:
    real.ahead = timedelta(hours=hours)
    async with on(real, clock) as way_out:
        real.post(OPEN)
        real.ahead += timedelta(minutes=1)
        await way_out.parts(out())
        intent = await frozen(way_out, out())
        assert await way_out.find(intent) is None
        real.faults = ["500 after"]
        with pytest.raises(Unclear):
            await way_out.send(intent)
        before = len(real.requests)
        sent = await way_out.send(intent)  # within the hour: the key alone answers
        assert len(real.requests) == before + 1
        assert sent.id == real.statuses[1]["uri"]
        # Ours jumps back, and nothing is known of the key's age: look.
        clock.wait(hours=-12)
        real.ahead += timedelta(hours=12)
        real.forget_keys()
        assert await way_out.send(intent) == sent
        real.limits["post"] = 1
        later = await frozen(way_out, out("Last one"))
        await way_out.send(later)
        with pytest.raises(NotYet) as raised:
            await way_out.send(await frozen(way_out, out("One more")))
        waits = raised.value.until - clock()
        assert timedelta(minutes=5) <= waits < timedelta(minutes=5, seconds=2)


# --- on the stand-in: everything else -------------------------------------------------------------


async def test_limits_are_obeyed_ahead_of_time(
    real: RealMastodon, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    real.limits = {"post": 2, "delete": 1}
    async with on(real, clock, folder=tmp_path) as way_out:
        (one,) = await say(way_out, out("one"))
        (two,) = await say(way_out, out("two"))
        await way_out.delete(one.id)
        intent = await frozen(way_out, out("three", pictures=(Picture("a.png"),)))
        asked = len(real.requests)
        for doing in (way_out.send(intent), way_out.delete(two.id)):
            with pytest.raises(NotYet, match="limit") as raised:
                await doing
            assert raised.value.until == START + timedelta(minutes=5)
        assert len(real.requests) == asked
        assert await way_out.find(intent) is None  # looking is counted apart
        clock.wait(minutes=5, seconds=1)
        real.limits = {"post": 300, "delete": 30}
        await way_out.send(intent)
        await way_out.delete(two.id)
    assert [one["content"] for one in real.statuses] == ["<p>three</p>"]


async def test_no_more_of_a_file_is_read_than_the_server_takes(
    real: RealMastodon, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def mime_of(data: bytes) -> str:
        read.append(len(data))
        return "image/png"

    monkeypatch.setattr(media, "mime_of", mime_of)
    picture = tmp_path / "hall.png"
    picture.write_bytes(PNG)
    hall = out(pictures=(Picture("hall.png"),))
    async with on(real, clock, folder=tmp_path) as way_out:
        intent = await frozen(way_out, hall)
        os.truncate(picture, 1 << 24)
        with pytest.raises(NotSent, match="changed since"):
            await way_out.send(intent)
        with pytest.raises(NotSent, match="larger than"):
            await way_out.prepare(hall, 0, ())
    assert read == [len(PNG), 1001]


async def test_a_picture_that_takes_its_time_is_waited_for(
    real: RealMastodon, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(media, "PROCESSING_SECONDS", 0.3)
    (tmp_path / "a.png").write_bytes(PNG + bytes(2))
    (tmp_path / "big.png").write_bytes(PNG + bytes(1000))
    hall = out(pictures=(Picture("a.png", "The hall"),))
    async with on(real, clock, folder=tmp_path) as way_out:
        with pytest.raises(NotSent, match=r"big\.png is larger than 0\.001 MB"):
            await way_out.prepare(out(pictures=(Picture("big.png"),)), 0, ())
        real.slow_picture = 3
        await say(way_out, hall)
        assert real.statuses[0]["media_ids"] == ["1"]
        real.slow_picture = 10**6
        with pytest.raises(NotYet, match=r"still works on a\.png"):
            await say(way_out, hall)
        real.slow_picture = 0
        await say(way_out, hall)  # the one that was handed over is asked for, not another
        assert real.statuses[1]["media_ids"] == ["2"]
        real.slow_picture = -1
        with pytest.raises(NotSent, match="Error processing thumbnail"):
            await say(way_out, hall)
    assert real.uploads == ["The hall"] * 3
    assert len(real.statuses) == 2


async def test_a_status_of_another_server_is_looked_up(real: RealMastodon, clock: Clock) -> None:
    asked = status("90", "ben", "How late is it?", START, host="remote.example")
    real.elsewhere[asked["url"]] = asked
    to = {"reply_to": asked["uri"], "reply_url": asked["url"]}
    async with on(real, clock) as way_out:
        await say(way_out, out("Half past ten", **to))
        await say(way_out, out("A quarter to eleven, @ben@remote.example", **to))
        searches = [one for one in real.requests if one.endswith("/search")]
        assert len(searches) == 1
        # Neither what the search gives for an address nor our own status of the same number is it.
        own = real.statuses[0]["id"]
        for url in ("https://gone.example/@ben/90", f"https://{NAME}/@ben@gone.example/{own}"):
            real.elsewhere[url] = asked
            gone = {"reply_to": "https://gone.example/90", "reply_url": url}
            with pytest.raises(NotSent, match="does not know the post"):
                await way_out.prepare(out("To nobody", **gone), 0, ())
    contents = [one["content"] for one in real.statuses]
    assert contents[0].count("https://remote.example/@ben") == 1
    assert contents[1].count("https://remote.example/@ben") == 1
    assert [one["in_reply_to_id"] for one in real.statuses] == ["90", "90"]


async def test_the_limit_is_the_servers_own(real: RealMastodon, clock: Clock) -> None:
    real.characters = 5000
    link = "https://example.org/" + "x" * 500
    async with on(real, clock) as way_out:
        assert len(await way_out.parts(out("x" * 4976 + f" {link}"))) == 1
        with pytest.raises(NotSent, match="5001 characters; 5000"):
            await way_out.parts(out("x" * 4977 + f" {link}"))
    assert real.requests.count("GET /api/v2/instance") == 1


FAULTS = [
    ("500", Unclear),
    ("502", Unclear),
    ("403 page", Unclear),
    ("moved", Unclear),
    ("half", Unclear),
    ("cut", Unclear),
    ("hangs", Unclear),
    ("other", Unclear),
    ("echo", NotSent),
    ("401", NotSent),
    ("422", NotSent),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS)
async def test_no_error_tells_more_than_is_certain_nor_any_secret(
    real: RealMastodon,
    clock: Clock,
    fault: str,
    error: type[EventliveError],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(outlet, "SEND_SECONDS", 0.2)
    caplog.set_level(logging.DEBUG)
    async with on(real, clock) as way_out:
        intent = await frozen(way_out, out())
        real.faults = [fault]
        with pytest.raises(error) as raised:
            await way_out.send(intent)
        seen = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
        seen += repr(way_out) + repr(vars(way_out)) + repr(intent) + caplog.text
        assert TOKEN not in seen
        assert len(str(raised.value)) < 300
    assert real.statuses == []


async def test_looking_up_posts_nothing_so_it_may_always_be_tried_again(
    real: RealMastodon, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "LOOK_UP_SECONDS", 0.2)
    half = f"http://{HOST}:{free_port()}"

    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        writer.close()

    async with (
        await asyncio.start_server(broken, HOST, int(half.rpartition(":")[2])),
        on(half, clock) as way_out,
    ):
        with pytest.raises(NotYet) as raised:
            await way_out.parts(out())
        assert clock() < raised.value.until < clock() + timedelta(minutes=2)
        with pytest.raises(NotYet):
            await way_out.delete("https://social.example/users/house/statuses/1")
        body = {"text": OPEN, "since": START.isoformat()}
        with pytest.raises(Unclear, match="cannot be looked for"):
            await way_out.find(Intent("o", 1, "main", "k", json.dumps(body).encode(), START))

"""X's way out: what an answer proves, what a look finds, and what is refused with what to do.

The server is the fake of tests/service/x_fake.py, over real TLS; every request is really signed.
Long, because every answer that X may give has its own meaning for whether a post is there.
"""

import asyncio
import logging
import re
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from eventlive.errors import EventliveError, NotSent, NotYet, OutletError, Unclear
from eventlive.listening.length import weighted
from eventlive.model import Intent, Outgoing, OutletAccount, Picture, Sent
from feeds.x import media, outlet_api
from feeds.x.limits import DELETES, POSTS, Limits
from feeds.x.outlet import XOutlet
from feeds.x.outlet_look import Said
from tests.loopback import HOST, free_port
from tests.service.x_fake import XFake, open_x_fake
from tests.service.x_fake_tls import Certificates, connector
from tests.service.x_fake_world import Fault
from tests.service.x_openapi import Spelling

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9000
GIF = b"GIF89a" + b"\0" * 5000
CREATE = "POST /2/tweets"
LOOK = "GET /2/users/{id}/tweets"
ACCOUNT = OutletAccount(id="main-desk", network="x", handle="@house")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Desk:
    """One account's outlet and the folder of its script, as the engine would use them."""

    folder: Path
    x: XFake
    account: OutletAccount = ACCOUNT
    secrets: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = now
    count: int = 0

    def __post_init__(self) -> None:
        self.outlet = self.life()

    def life(self) -> XOutlet:
        """Start anew, as after a crash: nothing is remembered."""
        return XOutlet(
            self.account,
            self.secrets or self.x.secrets,
            folder=self.folder,
            state=self.folder / "x.state",
            clock=self.clock,
            random=Random(1),
            connector=self.x.connector,
        )

    def out(self, text: str, **more: Any) -> Outgoing:
        self.count += 1
        made = Outgoing(f"out-{self.count}", 1, self.account.id, text, "anna", self.clock())
        return replace(made, **{"attempt": 1, **more})

    async def intent(
        self, text: str, part: int = 0, before: tuple[Sent, ...] = (), **more: Any
    ) -> Intent:
        """Freeze a post as the publisher does."""
        out = self.out(text, **more)
        key, body = await self.outlet.prepare(out, part, before)
        return Intent(out.id, out.attempt, out.account, key, body, self.clock(), part=part)

    async def send(self, text: str, **more: Any) -> Sent:
        return await self.outlet.send(await self.intent(text, **more))

    def said(self) -> list[str]:
        return [post.raw for post in self.x.posts_of("house")]


@pytest.fixture
async def x(cases: Path) -> AsyncIterator[XFake]:
    del cases  # X's description, against which the fake holds its answers
    async with open_x_fake() as fake:
        yield fake


@pytest.fixture
def desk(x: XFake, tmp_path: Path) -> Desk:
    return Desk(tmp_path, x)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet_api, "REQUEST_SECONDS", 0.3)


# --- what is made of a post -----------------------------------------------------------------------


async def test_a_text_is_signed_measured_and_cut_as_the_account_says(desk: Desk) -> None:
    desk.account = replace(ACCOUNT, signature="^AB")
    refusing = desk.life()
    assert await refusing.parts(desk.out("Doors open  ")) == ("Doors open ^AB",)
    warned = replace(desk.out("She wins"), warning="the end")
    assert await refusing.parts(warned) == ("CW: the end\nShe wins ^AB",)
    fits = "a" * 276
    assert await refusing.parts(desk.out(fits)) == (f"{fits} ^AB",)
    with pytest.raises(NotSent, match="281 characters, as X counts them; 280"):
        await refusing.parts(desk.out(f"{fits}a"))
    # A link counts 23 and a kanji 2, as X has it.
    link = "https://example.org/" + "x" * 300
    assert len(await refusing.parts(desk.out(link))) == 1
    with pytest.raises(NotSent, match="284 characters"):
        await refusing.parts(desk.out("京" * 140))
    desk.account = replace(desk.account, long="thread")
    long = "This is a sentence of the house. " * 20
    parts = await desk.life().parts(desk.out(long))
    assert len(parts) == 3
    assert all(weighted(part) <= 280 for part in parts)
    assert " ".join(parts) == f"{long.strip()} ^AB"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"text": "Buy $AAA and $BBB"}, "one cashtag a post.*\\$AAA, \\$BBB"),
        ({"pictures": (Picture("a.png"),) * 5}, "5 pictures; X takes 4"),
        ({"reply_to": "at://did:plc:a/app.bsky.feed.post/1"}, "is no post on X"),
    ],
)
async def test_what_x_never_takes_is_refused_before_anything_leaves(
    desk: Desk, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotSent, match=reason):
        await desk.outlet.parts(replace(desk.out("Doors open"), **more))
    assert desk.x.calls == []


async def test_a_thread_a_reply_and_a_plain_post_stand_as_they_were_meant(desk: Desk) -> None:
    asked = desk.x.say("anna", "When does it start, @house?")
    plain = await desk.send("Doors open <now> & here: https://example.org/map?a=1&b=2 🎉")
    answer = await desk.send("At nine.", reply_to=asked.id)
    desk.account = replace(ACCOUNT, long="thread")
    desk.outlet = desk.life()
    long = "This is a sentence of the house. " * 12
    first = await desk.outlet.send(await desk.intent(long, reply_to=asked.id))
    second = await desk.outlet.send(await desk.intent(long, 1, (first,), reply_to=asked.id))
    posts = {post.id: post for post in desk.x.posts_of("house")}
    assert list(posts) == [plain.id, answer.id, first.id, second.id]
    assert posts[plain.id].raw.endswith("https://example.org/map?a=1&b=2 🎉")
    replies = [post.referred("replied_to") for post in posts.values()]
    assert replies == ["", asked.id, asked.id, first.id]
    assert plain.url == f"https://x.com/house/status/{plain.id}"
    assert abs(plain.at - now()) < timedelta(seconds=20)


# --- pictures -------------------------------------------------------------------------------------


async def test_pictures_arrive_whole_with_what_they_show(desk: Desk) -> None:
    (desk.folder / "stage.png").write_bytes(PNG)
    (desk.folder / "more").mkdir()
    (desk.folder / "more" / "hall.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8 ")
    pictures = (Picture("stage.png", alt="The stage, still dark"), Picture("more/hall.webp"))
    await desk.send("Nearly there", pictures=pictures)
    (post,) = desk.x.posts_of("house")
    assert [(one.content == PNG, one.mime, one.alt) for one in post.media] == [
        (True, "image/png", "The stage, still dark"),
        (False, "image/webp", ""),
    ]
    assert len(desk.x.asked("POST /2/media/upload/{id}/append")) == 4
    # The later parts of a thread have none.
    desk.account = replace(ACCOUNT, long="thread")
    desk.outlet = desk.life()
    long, first = "This is a sentence. " * 20, Sent("1", "", now())
    assert b"stage" in (await desk.intent(long, pictures=pictures)).body
    assert b"stage" not in (await desk.intent(long, 1, (first,), pictures=pictures)).body


async def test_a_picture_that_is_not_what_it_was_is_named(desk: Desk) -> None:
    stage = desk.folder / "stage.png"
    stage.write_bytes(PNG)
    intent = await desk.intent("Nearly there", pictures=(Picture("stage.png"),))
    stage.write_bytes(PNG + b"!")
    with pytest.raises(NotSent, match=r"stage\.png: the file has changed since"):
        await desk.outlet.send(intent)
    stage.unlink()
    with pytest.raises(NotSent, match=r"stage\.png cannot be read: No such file"):
        await desk.outlet.send(intent)
    assert desk.x.calls == []


async def test_what_is_no_picture_for_x_is_refused_when_it_is_frozen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(media.LARGEST, "image/png", 1)
    outside = desk.folder.parent / "outside.png"
    outside.write_bytes(PNG)
    for name, content in {
        "large.png": PNG,
        "page.png": b"<html>",
        "a.gif": GIF,
        "b.gif": GIF,
        "fine.png": PNG[:1000],
    }.items():
        (desk.folder / name).write_bytes(content)
    for pictures, reason in [
        ((Picture("large.png"),), r"large\.png has 2\.2 MB; X takes 1 MB"),
        ((Picture("page.png"),), r"page\.png is no picture that X takes"),
        ((Picture("none.png"),), r"none\.png cannot be read"),
        ((Picture("../outside.png"),), r"outside\.png is outside the script's folder"),
        ((Picture(str(outside)),), r"outside\.png is outside the script's folder"),
        ((Picture("a.gif"), Picture("b.gif")), "animated GIF only by itself"),
        ((Picture("fine.png", alt="x" * 1001),), "longer than 1000"),
    ]:
        with pytest.raises(NotSent, match=reason):
            await desk.intent("Nearly there", pictures=pictures)
    await desk.send("An animation", pictures=(Picture("a.gif"),))
    begun = desk.x.asked("POST /2/media/upload/initialize")
    assert [call.body["media_category"] for call in begun] == ["tweet_gif"]


@pytest.mark.parametrize(
    ("endpoint", "fault", "kind"),
    [
        ("POST /2/media/upload/initialize", "drop", NotYet),
        ("POST /2/media/upload/{id}/append", "503", NotYet),
        ("POST /2/media/upload/{id}/finalize", "hang", NotYet),
        ("POST /2/media/metadata", "bad json", NotYet),
        ("POST /2/media/upload/initialize", "429", NotYet),
        ("POST /2/media/upload/{id}/append", "401", NotSent),
    ],
)
async def test_a_picture_that_does_not_arrive_means_that_nothing_was_posted(
    desk: Desk, short: None, endpoint: str, fault: Fault, kind: type[NotSent]
) -> None:
    (desk.folder / "stage.png").write_bytes(PNG[:1000])
    desk.x.fail(endpoint, fault)
    intent = await desk.intent("Nearly there", pictures=(Picture("stage.png", alt="The stage"),))
    with pytest.raises(kind) as failed:
        await desk.outlet.send(intent)
    assert type(failed.value) is kind
    assert desk.x.asked(CREATE) == []


# --- what an answer proves ------------------------------------------------------------------------

PROOFS = [
    # the fault, what it proves, whether it is there
    ("drop", Unclear, 0),
    ("hang", Unclear, 0),
    ("500", Unclear, 0),
    ("503", Unclear, 0),
    ("401", NotSent, 0),
    ("429", NotYet, 0),
    ("bad json", Unclear, 1),
    ("commit then drop", Unclear, 1),
    ("commit then cut", Unclear, 1),
    ("commit then hang", Unclear, 1),
    ("commit then 503", Unclear, 1),
]


@pytest.mark.parametrize(("fault", "proves", "posted"), PROOFS)
async def test_only_what_is_certain_is_called_so_and_the_look_finds_the_rest(
    desk: Desk, short: None, fault: Fault, proves: type[OutletError], posted: int
) -> None:
    desk.x.fail(CREATE, fault)
    intent = await desk.intent("Doors open at https://example.org")
    with pytest.raises(OutletError) as failed:
        await desk.outlet.send(intent)
    assert type(failed.value) is proves
    assert len(desk.x.asked(CREATE)) == 1, "never tried again by itself"
    assert len(desk.said()) == posted
    there = [post.id for post in desk.x.posts_of("house")]
    for one in (desk.outlet, desk.life()):
        found = await one.find(intent)
        assert there == ([found.id] if found else [])


@dataclass
class Canned:
    """A server that says what the test tells it to, and closes."""

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    certificates: Certificates = field(default_factory=Certificates)

    def say(self, status: str, body: bytes, **headers: str) -> None:
        lines = {"Content-Type": "application/json", "Content-Length": len(body), **headers}
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
        self.answers.append(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            sized = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(sized[1]) if sized else 0)
            self.heads.append(head)
            writer.write(self.answers.pop(0))
            await writer.drain()
        finally:
            writer.close()

    def connector(self) -> aiohttp.BaseConnector:
        return connector(self.certificates.pem, self.port)


@pytest.fixture
async def canned() -> AsyncIterator[Canned]:
    server = Canned()
    context = server.certificates.server()
    async with await asyncio.start_server(server.hear, HOST, 0, ssl=context) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


KEYS = {
    "api_key": "app-key-0123456789",
    "api_secret": "app-secret-0123456789",
    "access_token": "1000-token-0123456789",
    "access_secret": "access-secret-0123456789",
}


def outlet(folder: Path, way: Callable[[], aiohttp.BaseConnector], **more: str) -> XOutlet:
    return XOutlet(
        ACCOUNT,
        {**KEYS, **more},
        folder=folder,
        state=folder / "x.state",
        clock=now,
        random=Random(1),
        connector=way,
    )


def intent(text: str = "Doors open", *, attempt: int = 1, reply: str = "") -> Intent:
    body = msgspec.json.encode(Said(text, now(), 1, reply))
    return Intent("out-1", attempt, "main-desk", "out-1.1.0", body, now())


def problem(status: int, detail: str, title: str = "", kind: str = "about:blank") -> bytes:
    return msgspec.json.encode({"title": title, "detail": detail, "type": kind, "status": status})


CREDITS = "Your enrolled account [1] does not have any credits to fulfill this request."
CAP = "Usage cap exceeded: Monthly product cap"
RIGHTS = "Your client app is not configured with the appropriate oauth1 app permissions."
LOCKED = "To protect our users from spam, your account is temporarily locked."
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
OLDER = b'{"errors":[{"code":187,"message":"Status is a duplicate."}]}'
ANSWERS = [
    # status, body, what it means, a part of the reason
    ("201 Created", b'{"data":{"id":"7","text":"Doors open"}}', Sent, ""),
    ("201 Created", b'{"data":{"text":"Doors open"}}', Unclear, "201"),
    ("201 Created", b'{"data":{"id":"7","te', Unclear, "201"),
    ("200 OK", b"<html>Welcome to the hotel</html>", Unclear, "200"),
    ("302 Found", b"", Unclear, "302"),
    ("400 Bad Request", problem(400, "Your media IDs are invalid."), NotSent, "media IDs"),
    ("400 Bad Request", b"<html>Bad Request</html>", Unclear, "400"),
    ("400 Bad Request", b"[]", Unclear, "400"),
    ("401 Unauthorized", problem(401, "Unauthorized"), NotSent, "EVENTLIVE_MAIN_DESK_API_KEY"),
    ("402 Payment Required", problem(402, CREDITS), NotSent, "buy credits"),
    ("403 Forbidden", problem(403, RIGHTS), NotSent, "Read and write"),
    ("403 Forbidden", problem(403, LOCKED), NotSent, "log in to it in a browser"),
    ("403 Forbidden", problem(403, DUPLICATE), NotSent, "the same words only once"),
    ("403 Forbidden", OLDER, NotSent, "the same words only once"),
    ("403 Forbidden", b"<html>Blocked by your venue</html>", Unclear, "403"),
    ("403 Forbidden", b"", Unclear, "403"),
    ("408 Request Timeout", problem(408, "Timeout"), Unclear, "408"),
    ("499 Client Closed Request", problem(499, "Client closed"), Unclear, "499"),
    ("429 Too Many Requests", problem(429, "Too Many Requests"), NotYet, "0 of"),
    ("429 Too Many Requests", b"<html>Slow down</html>", Unclear, "429"),
    ("429 Too Many Requests", problem(429, CAP, "UsageCapExceeded"), NotSent, "cap is reached"),
    ("500 Internal", problem(500, "Something is broken"), Unclear, "500"),
    ("503 Unavailable", problem(503, "Over capacity"), Unclear, "503"),
]


@pytest.mark.parametrize(("status", "body", "means", "reason"), ANSWERS)
async def test_an_answer_is_taken_at_its_word_only_where_it_is_x_s_own(
    tmp_path: Path, canned: Canned, status: str, body: bytes, means: type, reason: str
) -> None:
    canned.say(status, body, Location="https://api.x.com/elsewhere")
    try:
        came: object = await outlet(tmp_path, canned.connector).send(intent())
    except OutletError as error:
        came = error
    assert type(came) is means
    assert reason in str(came)
    assert len(canned.heads) == 1, "neither tried again nor led elsewhere"


async def test_a_429_that_names_a_time_is_waited_for_whatever_its_body(
    tmp_path: Path, canned: Canned
) -> None:
    """By X's clock: here it is ten minutes before ours."""
    there = now() - timedelta(minutes=10)
    canned.say(
        "429 Too Many Requests",
        b"<html>Slow down</html>",
        Date=format_datetime(there, usegmt=True),
        x_rate_limit_limit="100",
        x_rate_limit_remaining="0",
        x_rate_limit_reset=str(int(there.timestamp()) + 90),
    )
    one = outlet(tmp_path, canned.connector)
    for _ in range(2):
        with pytest.raises(NotYet, match="0 of 100 posts until") as later:
            await one.send(intent())
        assert 80 < (later.value.until - now()).total_seconds() < 95
    assert len(canned.heads) == 1, "the second time nobody had to ask"


async def test_nothing_left_where_no_connection_came_about(tmp_path: Path, canned: Canned) -> None:
    for pem, port, reason in [
        (canned.certificates.pem, free_port(), "cannot be reached"),
        (Certificates().pem, canned.port, "cannot be reached.*certificate"),
    ]:
        with pytest.raises(NotYet, match=reason) as later:
            await outlet(tmp_path, partial(connector, pem, port)).send(intent())
        assert timedelta(seconds=5) < later.value.until - now() < timedelta(seconds=15)
    assert canned.heads == []


async def test_a_duplicate_means_another_thing_after_a_first_try(desk: Desk) -> None:
    await desk.send("Doors open")
    with pytest.raises(NotSent, match="the same words only once") as refused:
        await desk.send("Doors open")
    assert type(refused.value) is NotSent
    # The first try is lost, and the timeline lags: only X's guard knows that it is there.
    desk.x.fail(CREATE, "commit then drop")
    desk.x.timeline_lag = 3600
    lost = await desk.intent("Doors close")
    with pytest.raises(Unclear):
        await desk.outlet.send(lost)
    assert await desk.outlet.find(lost) is None
    with pytest.raises(Unclear, match="an earlier try may be there"):
        await desk.outlet.send(lost)
    # After a crash the same words keep their key and bytes, in another attempt.
    again = replace(lost, attempt=2, at=now())
    later = desk.life()
    assert await later.find(again) is None
    with pytest.raises(Unclear, match="an earlier try may be there"):
        await later.send(again)
    # However long the timeline lags: once X has said so, "not there" would be a lie.
    for life, one in ((desk.outlet, lost), (later, again)):
        with pytest.raises(Unclear, match=r"look at https://x\.com/house; .* change a word"):
            await life.find(one)
    assert await later.find(await desk.intent("Something else")) is None
    desk.x.timeline_lag = 0
    found = await later.find(again)
    assert found is not None
    assert found.id == desk.x.posts_of("house")[-1].id
    assert desk.said() == ["Doors open", "Doors close"]


async def test_a_reply_that_x_refuses_comes_with_the_ways_round_it(desk: Desk) -> None:
    asked = desk.x.say("anna", "When does it start?")
    with pytest.raises(NotSent) as refused:
        await desk.send("At nine.", reply_to=asked.id)
    said = str(refused.value)
    assert "names the question" in said
    assert "on the wall" in said
    assert f"https://x.com/intent/post?in_reply_to={asked.id}" in said


# --- looking --------------------------------------------------------------------------------------

TEXTS = [
    "Plain words",
    "  With white   space \n\n\n around ",
    "Grüße aus 東京 🎉👩‍👩‍👧 #eventlive",
    'e\u0301 decomposed, <b> &amp; & "quoted" > all',
    "A link https://example.org/a?b=c&d=e, and example.org, and http://EXAMPLE.org/",
    "https://example.org",
    "@anna you asked $TRY at 9. @bob knows",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_what_x_makes_of_a_text_hides_no_post(desk: Desk, text: str) -> None:
    (desk.folder / "stage.png").write_bytes(PNG[:1000])
    asked = desk.x.say("anna", "Well, @house?")
    desk.x.fail(CREATE, "commit then drop", "commit then drop", "commit then drop")
    for more in ({}, {"reply_to": asked.id}, {"pictures": (Picture("stage.png"),)}):
        lost = await desk.intent(f"{text} {len(more)}", **more)
        with pytest.raises(Unclear):
            await desk.outlet.send(lost)
        found = await desk.life().find(lost)
        assert found is not None
        assert found.id == desk.x.posts_of("house")[-1].id
        assert abs(found.at - now()) < timedelta(seconds=20)


@pytest.mark.needs("cases")
@pytest.mark.parametrize("spelling", ["post", "tweet"])
@pytest.mark.parametrize("strict", [False, True])
async def test_a_long_reply_is_found_in_both_versions_of_the_api(
    tmp_path: Path, spelling: Spelling, strict: bool
) -> None:
    async with open_x_fake(spelling=spelling) as x:
        x.strict = strict
        desk = Desk(tmp_path, x)
        asked = x.say("anna", "Well, @house?")
        text = "A sentence & a link to https://example.org/a. " * 12
        x.fail(CREATE, "commit then drop")
        # Longer than what we write: a post of so many characters has its text in another field.
        lost = intent(text.strip(), reply=asked.id)
        with pytest.raises(Unclear):
            await desk.outlet.send(lost)
        found = await desk.outlet.find(lost)
        assert found is not None
        assert found.id == x.posts_of("house")[-1].id


async def test_the_same_words_of_before_or_for_another_are_not_it(desk: Desk) -> None:
    anna, bob = desk.x.say("anna", "Hi @house"), desk.x.say("bob", "Hello @house")
    desk.x.say("house", "Thanks!", at=now() - timedelta(seconds=6))
    await desk.send("Thanks!", reply_to=anna.id)
    for lost in (
        await desk.intent("Thanks!"),
        await desk.intent("Thanks!", reply_to=bob.id),
        await desk.intent("Thanks"),
    ):
        assert await desk.outlet.find(lost) is None
        assert await desk.life().find(lost) is None
    # A thread whose parts say the same: only what answers the part before is the next one.
    first = await desk.send("Thanks once more!")
    part = Said("Thanks once more!", now(), 1, reply=first.id, before=(first.id,))
    assert await desk.life().find(replace(lost, body=msgspec.json.encode(part))) is None
    # What is known to be another post of ours is not this one, even the moment after.
    desk.x.duplicate_window = 0
    await desk.send("Once more")
    assert await desk.outlet.find(await desk.intent("Once more")) is None


async def test_what_was_tried_first_is_looked_for_from_then_on(desk: Desk) -> None:
    """After a crash the same words are an attempt of now, with the bytes of the first."""
    made = desk.x.say("house", "Doors open", at=now() - timedelta(seconds=50))
    body = msgspec.json.encode(Said("Doors open", now() - timedelta(seconds=60), 1))
    found = await desk.outlet.find(replace(await desk.intent(""), body=body, attempt=2))
    assert found is not None
    assert found.id == made.id


REWRITTEN = [
    ("Cafe\u0301 is open", "Café is open"),
    ("Two\n\n\nlines  and\u00a0more ", "Two\n\nlines and more"),
    ("Soft\u00adhyphen\u200b", "Softhyphen"),
    ("See HTTPS://Example.ORG/", "See https://example.org"),
    ("See example.org/A?b=1", "See http://example.org/A?b=1"),
    ("Siehe https://münchen.example.org/ä", "Siehe https://xn--mnchen-3ya.example.org/ä"),
]


@pytest.mark.parametrize(("ours", "theirs"), REWRITTEN)
async def test_words_that_x_writes_another_way_are_the_same(
    desk: Desk, ours: str, theirs: str
) -> None:
    lost = await desk.intent(ours)
    desk.x.say("house", theirs)
    assert await desk.outlet.find(lost) is not None


LOOKS = [
    (b'{"meta":{"result_count":0}}', None),
    (b'{"meta":{"result_count":3}}', "does not say what there is"),
    (b'{"meta":{}}', "does not say what there is"),
    (b'{"errors":[{"title":"Not Found Error","detail":"no"}]}', "does not say what there is"),
    (b'{"data":[]}', "does not say what there is"),
    (b'{"data":[{"id":"x","text":"Doors open"}],"meta":{"result_count":1}}', "cannot be read"),
    (b"[]", "cannot be read"),
    (b"<html>", "cannot be read"),
]


@pytest.mark.parametrize(("body", "reason"), LOOKS)
async def test_silence_is_no_proof_of_absence(
    tmp_path: Path, canned: Canned, body: bytes, reason: str | None
) -> None:
    canned.say("200 OK", body)
    one = outlet(tmp_path, canned.connector)
    if reason is None:
        assert await one.find(intent()) is None
    else:
        with pytest.raises(Unclear, match=reason):
            await one.find(intent())


async def test_what_may_be_it_is_named_for_a_person(desk: Desk) -> None:
    desk.x.duplicate_window = 0
    anna = desk.x.say("anna", "Well, @house?")
    answer = await desk.intent("Yes.", reply_to=anna.id)
    alone = desk.x.say("house", "Yes.")
    with pytest.raises(Unclear, match="nearly the same") as near:
        await desk.outlet.find(answer)
    assert alone.url in str(near.value)
    lost = await desk.intent("All talks: https://example.org/a")
    desk.x.say("house", "All talks: https://example.org/b")
    with pytest.raises(Unclear, match="nearly the same") as near:
        await desk.outlet.find(lost)
    assert desk.x.posts_of("house")[-1].url in str(near.value)
    twice = [desk.x.say("house", "All talks: https://example.org/a") for _ in range(2)]
    with pytest.raises(Unclear, match="more than one") as several:
        await desk.outlet.find(lost)
    assert all(post.url in str(several.value) for post in twice)


async def test_a_late_timeline_is_none_and_one_that_cannot_be_read_is_unclear(
    desk: Desk, short: None
) -> None:
    desk.x.fail(CREATE, "commit then hang")
    lost = await desk.intent("Doors open")
    with pytest.raises(Unclear):
        await desk.outlet.send(lost)
    desk.x.timeline_lag = 3600
    assert await desk.outlet.find(lost) is None
    desk.x.timeline_lag = 0
    faults: list[Fault] = ["drop", "hang", "503", "401", "429 html", "bad json", "commit then cut"]
    for fault in faults:
        desk.x.chance(LOOK, 1.0, [fault], Random(1))
        with pytest.raises(Unclear):
            await desk.life().find(lost)
    desk.x.chance(LOOK, 0.0, [], Random(1))
    found = await desk.outlet.find(lost)
    assert found is not None
    assert desk.outlet.patience == 60.0


async def test_a_look_reads_on_to_the_last_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = await desk.intent("Doors open")
    desk.x.say("house", "Doors open")
    for number in range(120):
        desk.x.say("house", f"Post {number}")
    found = await desk.outlet.find(lost)
    assert found is not None
    assert len(desk.x.asked(LOOK)) == 2
    monkeypatch.setattr("feeds.x.outlet_timeline.PAGES", 1)
    with pytest.raises(Unclear, match="more than 100 posts"):
        await desk.outlet.find(lost)


@pytest.mark.parametrize("minutes", [-90, -7, 7, 90])
async def test_a_wrong_clock_neither_hides_a_post_nor_finds_an_older_one(
    desk: Desk, minutes: int
) -> None:
    desk.clock = lambda: now() + timedelta(minutes=minutes)
    desk.outlet = desk.life()
    desk.x.say("house", "Doors open", at=now() - timedelta(seconds=6))
    desk.x.duplicate_window = 0
    lost = await desk.intent("Doors open")
    assert await desk.life().find(lost) is None
    made = desk.x.say("house", "Doors open")
    found = await desk.life().find(lost)
    assert found is not None
    assert found.id == made.id
    # A clock that was set back in between leaves nothing to compare with.
    desk.clock = lambda: now() + timedelta(minutes=minutes - 5)
    with pytest.raises(Unclear, match="clock was set back"):
        await desk.life().find(lost)


# --- limits ---------------------------------------------------------------------------------------


async def test_a_limit_is_kept_before_x_has_to_say_no(desk: Desk) -> None:
    desk.x.limits.set(CREATE, 2, window=600)
    desk.x.limits.set("DELETE /2/tweets/{id}", 1, window=600)
    first, _ = await desk.send("One"), await desk.send("Two")
    (desk.folder / "stage.png").write_bytes(PNG[:1000])
    with pytest.raises(NotYet, match="0 of 2 posts until") as later:
        await desk.send("Three", pictures=(Picture("stage.png"),))
    assert desk.x.asked("POST /2/media/upload/initialize") == []
    assert 590 < (later.value.until - now()).total_seconds() <= 601
    assert len(desk.x.asked(CREATE)) == 2
    await desk.outlet.delete(first.id)
    with pytest.raises(NotYet, match="0 of 1 deletes"):
        await desk.outlet.delete(first.id)
    assert len(desk.x.asked("DELETE /2/tweets/{id}")) == 1
    report = await desk.outlet.check()
    assert [limit[:14] for limit in report.limits] == ["0 of 2 posts u", "0 of 1 deletes"]


def test_the_limits_of_a_day_count_too_and_the_longest_wait_holds() -> None:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    limits = Limits(lambda: moment)
    noon = int(moment.timestamp())
    limits.note(
        POSTS,
        201,
        {
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(noon + 60),
            "x-app-limit-24hour-limit": "50",
            "x-app-limit-24hour-remaining": "0",
            "x-app-limit-24hour-reset": str(noon + 7200),
            "x-user-limit-24hour-limit": "25",
            "x-user-limit-24hour-remaining": "3",
            "x-user-limit-24hour-reset": str(noon + 90 * 86400),
        },
    )
    closed = limits.used_up(POSTS)
    assert str(closed) == "0 of 50 posts a day (app) until 14:00 UTC"
    assert limits.used_up(DELETES) is None
    assert limits.sentences()[1] == "3 of 25 posts a day until 13:00 UTC"
    moment += timedelta(hours=2)
    assert limits.used_up(POSTS) is None
    limits.note(POSTS, 429, {})
    closed = limits.used_up(POSTS)
    assert closed is not None
    assert closed.until == moment + timedelta(minutes=1)


# --- the rest -------------------------------------------------------------------------------------


async def test_deleting_may_be_done_again_and_says_what_it_could_not(
    desk: Desk, tmp_path: Path, canned: Canned, short: None
) -> None:
    made = await desk.send("Doors open")
    desk.x.fail("DELETE /2/tweets/{id}", "commit then hang")
    with pytest.raises(Unclear):
        await desk.outlet.delete(made.id)
    await desk.outlet.delete(made.id)
    assert desk.said() == []
    theirs = desk.x.say("anna", "Mine")
    with pytest.raises(NotSent, match="not authorized"):
        await desk.outlet.delete(theirs.id)
    with pytest.raises(NotSent, match="no post on X"):
        await desk.outlet.delete("../../2/tweets/1")
    one = outlet(tmp_path, canned.connector)
    canned.say("404 Not Found", problem(404, "Not Found"))
    await one.delete("7")
    canned.say("200 OK", b'{"data":{"deleted":false}}')
    with pytest.raises(Unclear):
        await one.delete("7")


async def test_a_check_says_who_it_is_and_what_to_do(
    desk: Desk, tmp_path: Path, canned: Canned
) -> None:
    me = b'{"data":{"id":"1000","name":"The house","username":"House"}}'
    one = outlet(tmp_path, canned.connector)
    canned.say("200 OK", me, x_access_level="read-write-directmessages")
    report = await one.check()
    assert (report.handle, report.name, report.may) == (
        "House",
        "The house",
        ("read", "post", "upload"),
    )
    assert report.limits == (
        "X tells with the first post how many are left; its rule is 100 in 15 minutes.",
    )
    canned.say("200 OK", me, x_access_level="read")
    report = await one.check()
    assert report.may == ("read",)
    assert "Read and write" in report.limits[0]
    canned.say("200 OK", me.replace(b"House", b"other"))
    with pytest.raises(OutletError, match="keys are those of @other, and the script says @house"):
        await one.check()
    late = format_datetime(now() + timedelta(minutes=9), usegmt=True)
    canned.say("401 Unauthorized", problem(401, "Unauthorized"), Date=late)
    with pytest.raises(OutletError, match="_ACCESS_SECRET; the clock of this machine is 9 min off"):
        await one.check()
    with pytest.raises(OutletError, match="has no keys: set EVENTLIVE_MAIN_DESK_API_KEY"):
        await outlet(tmp_path, canned.connector, access_secret=" ").check()
    assert (await desk.outlet.check()).handle == "house"
    await desk.outlet.close()


async def test_no_secret_is_in_any_error_log_or_repr(
    tmp_path: Path, canned: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the server repeats what it was sent."""
    caplog.set_level(logging.DEBUG)
    one = outlet(tmp_path, canned.connector)
    (tmp_path / "stage.png").write_bytes(PNG[:1000])
    echo = problem(400, " ".join(KEYS.values()))
    seen = [repr(one), str(vars(one))]
    for status, body in [
        ("400 Bad Request", echo),
        ("401 Unauthorized", echo),
        ("500 Internal", echo),
        ("201 Created", b"{" + echo),
        ("no status at all", echo),
    ]:
        for ask in (lambda: one.send(intent()), lambda: one.find(intent()), one.check):
            canned.say(status, body)
            with pytest.raises(EventliveError) as failed:
                await ask()
            error: BaseException | None = failed.value
            seen += traceback.format_exception(failed.value)
            while error is not None:
                seen += [str(error), repr(error)]
                error = error.__cause__ or error.__context__
    seen.append(caplog.text)
    for name, secret in KEYS.items():
        for form in (secret, quote(secret, safe="")):
            assert not [text for text in seen if form in text], name

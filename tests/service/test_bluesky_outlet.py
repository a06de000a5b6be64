"""Bluesky's way out against a real server: what it posts, and what it makes of failure.

A gate before the server fails on command; what is there in the end, the server itself is asked.
Long, because every answer that a server can give is one line of a table here.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from eventlive.errors import NotSent, NotYet, OutletError, Unclear
from eventlive.model import Intent, Outgoing, OutletAccount, Picture, Sent
from feeds.bluesky import session
from feeds.bluesky.outlet import BlueskyOutlet
from tests.service.pds_server import POST, Account, Fault, Gate, Pds, open_gate
from tests.service.test_bluesky_bridge import PIXEL, PIXEL_CID

PUT = "com.atproto.repo.putRecord"
GET = "com.atproto.repo.getRecord"
UPLOAD = "com.atproto.repo.uploadBlob"
SIGN_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"

_numbers = count()


class Clock:
    """A clock that goes as the real one does, and faster when told to."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class House:
    """An account of the house on the PDS, the gate before it, and outlets through that."""

    anna: Account
    gate: Gate
    folder: Path
    password: str
    stack: AsyncExitStack
    clock: Clock = field(default_factory=Clock)

    @property
    def state(self) -> Path:
        return self.folder / "session.json"

    def outlet(self, password: str = "", **fields: Any) -> BlueskyOutlet:
        given: dict[str, Any] = {"server": self.gate.address} | fields
        outlet = BlueskyOutlet(
            OutletAccount("main", "bluesky", self.anna.handle, **given),
            {"app_password": password or self.password},
            folder=self.folder,
            state=self.state,
            clock=self.clock,
            random=Random(),
        )
        self.stack.push_async_callback(outlet.close)
        return outlet

    def fail(self, method: str, *faults: Fault) -> None:
        self.gate.faults[method] = list(faults)

    def picture(self, alt: str = "a pixel") -> Picture:
        (self.folder / "pixel.png").write_bytes(PIXEL)
        return Picture("pixel.png", alt)

    async def texts(self) -> list[str]:
        return sorted(str(one["text"]) for one in (await self.anna.posts()).values())


@asynccontextmanager
async def open_house(pds: Pds, folder: Path) -> AsyncIterator[House]:
    """Open an account of the house, with a gate of its own."""
    name = f"house-{next(_numbers)}"
    anna = await pds.account(name)
    async with open_gate(pds.address) as gate, AsyncExitStack() as stack:
        yield House(anna, gate, folder, f"{name}-test", stack)


@pytest.fixture
async def house(pds: Pds, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(pds, tmp_path) as opened:
        yield opened


def outgoing(text: str, **fields: Any) -> Outgoing:
    return Outgoing("out-1", 1, "main", text, "anna", datetime.now(UTC), **fields)


async def frozen(
    outlet: BlueskyOutlet, out: Outgoing, part: int = 0, before: tuple[Sent, ...] = ()
) -> Intent:
    key, body = await outlet.prepare(out, part, before)
    return Intent("out-1", 1, "main", key, body, datetime.now(UTC), part=part)


async def say(outlet: BlueskyOutlet, text: str, **fields: Any) -> Sent:
    return await outlet.send(await frozen(outlet, outgoing(text, **fields)))


# --- what is posted -------------------------------------------------------------------------------


async def test_a_post_is_there_as_it_was_written(pds: Pds, house: House) -> None:
    ben = await pds.account(f"ben-{next(_numbers)}")
    outlet = house.outlet(language="de", signature="^A")
    text = (
        f"Grüße aus 東京 🎉 #eventlive an @{ben.handle} und @nobody.example.org: "
        "example.org/wo $abc"
    )
    before = datetime.now(UTC)
    sent = await say(outlet, text, language="ja")

    (uri, there) = (await house.anna.posts()).popitem()
    assert there["$type"] == POST
    assert there["text"] == f"{text} ^A"
    assert there["langs"] == ["ja"]
    created = datetime.fromisoformat(there["createdAt"])
    assert before - timedelta(seconds=1) < created < datetime.now(UTC)
    raw = there["text"].encode()
    marked = {
        raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"]
        for facet in there["facets"]
    }
    facet = "app.bsky.richtext.facet"
    assert marked == {
        "#eventlive": [{"$type": f"{facet}#tag", "tag": "eventlive"}],
        f"@{ben.handle}": [{"$type": f"{facet}#mention", "did": ben.did}],
        "example.org/wo": [{"$type": f"{facet}#link", "uri": "https://example.org/wo"}],
        "$abc": [{"$type": f"{facet}#tag", "tag": "$ABC"}],
    }
    rkey = uri.rsplit("/", 1)[1]
    assert sent.id == uri == f"at://{house.anna.did}/{POST}/{rkey}"
    assert sent.url == f"https://bsky.app/profile/{house.anna.handle}/post/{rkey}"
    assert sent.at >= before


async def test_a_reply_and_a_thread_know_their_beginning(pds: Pds, house: House) -> None:
    ben = await pds.account(f"ben-{next(_numbers)}")
    question = await ben.post("Where is the cloakroom?")
    outlet = house.outlet(long="thread")
    out = outgoing("A sentence of some length, again. " * 20, reply_to=question)
    parts = await outlet.parts(out)
    assert len(parts) >= 3
    sent: list[Sent] = []
    for part in range(len(parts)):
        sent.append(await outlet.send(await frozen(outlet, out, part, tuple(sent))))
    there = await house.anna.posts()
    assert [there[one.id]["text"] for one in sent] == list(parts)
    parents = [there[one.id]["reply"]["parent"]["uri"] for one in sent]
    assert parents == [question, *[one.id for one in sent[:-1]]]
    assert {there[one.id]["reply"]["root"]["uri"] for one in sent} == {question}
    # Each names the words that it answers, too: the name of the record as the server has it.
    for one in sent:
        for link in there[one.id]["reply"].values():
            repo, _, rkey = link["uri"].removeprefix("at://").split("/")
            query = {"repo": repo, "collection": POST, "rkey": rkey}
            assert (await pds.ask(GET, query))["cid"] == link["cid"]
    assert "langs" not in there[sent[0].id]


async def test_what_is_answered_must_be_there(pds: Pds, house: House) -> None:
    ben = await pds.account(f"ben-{next(_numbers)}")
    gone = await ben.post("Never mind")
    await ben.delete(gone)
    outlet = house.outlet(long="thread")
    for reply_to, reason in ((gone, "not there any more"), ("123", "no post on Bluesky")):
        with pytest.raises(NotSent, match=reason):
            await frozen(outlet, outgoing("Hi", reply_to=reply_to))
    out = outgoing("A sentence of some length, again. " * 20)
    first = await outlet.send(await frozen(outlet, out))
    await outlet.delete(first.id)
    with pytest.raises(NotSent, match="not there any more"):
        await frozen(outlet, out, 1, (first,))
    assert await house.texts() == []


async def test_pictures_are_named_before_they_are_there(house: House) -> None:
    outlet = house.outlet()
    out = outgoing("Look", pictures=(house.picture(), replace(house.picture(), alt="")))
    intent = await frozen(outlet, out)
    assert house.gate.count(UPLOAD) == 0
    sent = await outlet.send(intent)
    embed = (await house.anna.posts())[sent.id]["embed"]
    assert embed["$type"] == "app.bsky.embed.images"
    assert [one["alt"] for one in embed["images"]] == ["a pixel", ""]
    for one in embed["images"]:
        assert one["aspectRatio"] == {"width": 1, "height": 1}
        assert one["image"]["ref"]["$link"] == PIXEL_CID
        assert one["image"]["mimeType"] == "image/png"
    assert house.gate.count(UPLOAD) == 1
    # The same picture gives the same bytes, also when somebody else brings it again.
    other = house.outlet()
    assert (await other.send(intent)).id == sent.id
    assert len(await house.anna.posts()) == 1


async def test_a_picture_that_has_changed_is_not_posted_for_the_other(house: House) -> None:
    outlet = house.outlet()
    intent = await frozen(outlet, outgoing("Look", pictures=(house.picture(),)))
    (house.folder / "pixel.png").write_bytes(PIXEL + b"\0")
    with pytest.raises(NotSent, match=r"pixel\.png: the file has changed since"):
        await outlet.send(intent)
    assert house.gate.count(UPLOAD) == 0
    (house.folder / "pixel.png").unlink()
    with pytest.raises(NotSent, match="No such file"):
        await outlet.send(intent)
    assert await house.texts() == []


# --- never twice ----------------------------------------------------------------------------------


async def test_sent_any_number_of_times_it_is_there_once(house: House) -> None:
    outlet = house.outlet()
    intent = await frozen(outlet, outgoing("Doors open"))
    assert await outlet.find(intent) is None
    assert await house.texts() == []  # freezing posts nothing
    sent = await outlet.send(intent)
    for another in (outlet, house.outlet()):
        again = await another.send(intent)
        found = await another.find(intent)
        assert found is not None
        assert again.id == found.id == sent.id
        assert again.url == found.url == sent.url
        assert abs(found.at - sent.at) < timedelta(seconds=2)
    assert await house.texts() == ["Doors open"]


async def test_what_stands_under_its_key_in_other_words_is_told_apart(house: House) -> None:
    outlet = house.outlet()
    intent = await frozen(outlet, outgoing("Doors open"))
    sent = await outlet.send(intent)
    made = (await house.anna.posts())[sent.id]["createdAt"]
    await house.anna.edit(sent.id, "Doors open now", createdAt=made)
    # Posted, and then mended by hand: it is there.
    assert (await outlet.send(intent)).id == sent.id
    await house.anna.edit(sent.id, "Something else")
    for look in (outlet.send, outlet.find):
        with pytest.raises(Unclear, match=f"another post: {sent.url}"):
            await look(intent)
    assert await house.texts() == ["Something else"]


async def test_deleting_may_be_repeated_and_touches_nobody_elses(pds: Pds, house: House) -> None:
    ben = await pds.account(f"ben-{next(_numbers)}")
    theirs = await ben.post("Mine")
    outlet = house.outlet()
    intent = await frozen(outlet, outgoing("Oops"))
    sent = await outlet.send(intent)
    for _ in range(2):
        await outlet.delete(sent.id)
        assert await outlet.find(intent) is None
    for wrong in (theirs, "https://bsky.app/profile/x/post/1", ""):
        with pytest.raises(NotSent):
            await outlet.delete(wrong)
    delete = "com.atproto.repo.deleteRecord"
    house.fail(delete, Fault(True, 0), Fault(False, 502))
    for _ in range(2):
        with pytest.raises(Unclear):
            await outlet.delete(sent.id)
    house.fail(delete, Fault(False, 429, {}, {"Retry-After": "60"}))
    with pytest.raises(NotYet):
        await outlet.delete(sent.id)
    assert list(await ben.posts()) == [theirs]


# --- what an answer means -------------------------------------------------------------------------

SAYS = {"error": "InvalidRequest", "message": "Nothing for you"}
ANSWERS = [
    # what becomes of the call that posts, and what is known then
    ("cut before", Fault(False, 0), Unclear),
    ("cut after", Fault(True, 0), Unclear),
    ("hangs before", Fault(False, 1), Unclear),
    ("hangs after", Fault(True, 1), Unclear),
    ("502 in HTML before", Fault(False, 502), Unclear),
    ("502 in HTML after", Fault(True, 502), Unclear),
    ("500 in its words", Fault(True, 500, {"error": "InternalServerError"}), Unclear),
    ("503 in its words", Fault(False, 503, SAYS), Unclear),
    ("200 in HTML", Fault(False, 200), Unclear),
    ("200 for something else", Fault(True, 200, {"uri": "at://did:plc:b/x/1"}), Unclear),
    ("200 with nothing", Fault(True, 200, {}), Unclear),
    ("a redirect", Fault(True, 302, {}, {"Location": "http://127.0.0.1:9/"}), Unclear),
    ("403 of a gateway", Fault(False, 403), Unclear),
    ("408", Fault(True, 408, SAYS), Unclear),
    ("400 in its words", Fault(False, 400, SAYS), NotSent),
    ("403 in its words", Fault(False, 403, SAYS), NotSent),
    ("413 in its words", Fault(False, 413, {"error": "PayloadTooLarge"}), NotSent),
    ("429", Fault(False, 429, {"error": "RateLimitExceeded"}), NotYet),
    ("429 of a gateway", Fault(False, 429), NotYet),
]


async def test_an_answer_means_what_it_can_mean(house: House) -> None:
    outlet = house.outlet()
    for name, fault, expected in ANSWERS:
        before = await house.texts()
        intent = await frozen(outlet, outgoing(name))
        house.fail(PUT, fault)
        if fault.status == 1:
            # As the publisher does: a time limit around the whole.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.0):
                    await outlet.send(intent)
        else:
            with pytest.raises(OutletError) as caught:
                await outlet.send(intent)
            assert type(caught.value) is expected, name
        is_there = await outlet.find(intent) is not None
        assert is_there == fault.through == (before != await house.texts()), name
        assert not (is_there and issubclass(expected, NotSent)), name
        house.clock.ahead += timedelta(minutes=10)
        await outlet.send(intent)
        assert await house.texts() == sorted([*before, name])


async def test_a_server_that_does_not_answer_in_time_leaves_it_unclear(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlet = house.outlet()
    intent = await frozen(outlet, outgoing("Doors open"))
    monkeypatch.setattr(outlet._xrpc, "procedure", _hurried(outlet._xrpc.procedure))
    house.fail(PUT, Fault(True, 1))
    with pytest.raises(Unclear, match="did not answer within 0"):
        await outlet.send(intent)
    assert await outlet.find(intent) is not None


def _hurried(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **how: call(*args, **{**how, "seconds": 0.3})


async def test_before_the_call_that_posts_everything_is_certain(
    house: House, free_port: int
) -> None:
    """Neither who is mentioned nor a picture nor signing in posts anything."""
    away = house.outlet(server=f"http://127.0.0.1:{free_port}")
    with pytest.raises(NotYet, match="cannot be reached"):
        await frozen(away, outgoing("Hi"))
    outlet = house.outlet()
    for method in (SIGN_IN, "com.atproto.identity.resolveHandle", GET):
        for fault in (Fault(True, 0), Fault(False, 502), Fault(False, 429)):
            house.fail(method, fault, fault)  # a broken read is repeated once by itself
            with pytest.raises(NotYet) as caught:
                await frozen(outlet, outgoing("Hi @ben.test", reply_to=f"at://did:plc:a/{POST}/1"))
            wait = caught.value.until - house.clock()
            assert timedelta(seconds=8) < wait <= timedelta(minutes=5)
            house.clock.ahead += timedelta(minutes=6)
    intent = await frozen(outlet, outgoing("Look", pictures=(house.picture(),)))
    for fault in (Fault(True, 0), Fault(False, 502), Fault(False, 429)):
        house.fail(UPLOAD, fault)
        with pytest.raises(NotYet):
            await outlet.send(intent)
        house.clock.ahead += timedelta(minutes=6)
    house.fail(UPLOAD, Fault(False, 400, SAYS))
    with pytest.raises(NotSent, match="Nothing for you"):
        await outlet.send(intent)
    assert house.gate.count(PUT) == 0
    # Known, and then the server is gone: no connection, nothing posted.
    await outlet.close()
    gone = replace(msgspec.json.decode(house.state.read_bytes(), type=session.Kept))
    house.state.write_bytes(msgspec.json.encode(replace(gone, pds=f"http://127.0.0.1:{free_port}")))
    late = house.outlet()
    with pytest.raises(NotYet, match="cannot be reached"):
        await late.send(without_pictures(intent))
    with pytest.raises(Unclear, match="cannot be reached"):
        await late.find(intent)


def without_pictures(intent: Intent) -> Intent:
    """Give an intent without its pictures."""
    body = json.loads(intent.body)
    return replace(intent, body=json.dumps(body | {"pictures": []}).encode())


async def test_limits_are_obeyed_before_they_are_broken(house: House) -> None:
    outlet = house.outlet()
    reset = int(datetime.now(UTC).timestamp()) + 900
    headers = {
        "RateLimit-Limit": "5000",
        "RateLimit-Remaining": "2",
        "RateLimit-Reset": str(reset),
        "RateLimit-Policy": "5000;w=3600",
    }
    intent = await frozen(outlet, outgoing("First"))
    house.fail(PUT, Fault(True, None, headers=headers))
    await outlet.send(intent)
    calls = len(house.gate.calls)
    for attempt in (outlet.send(intent), outlet.prepare(outgoing("Second"), 0, ())):
        with pytest.raises(NotYet) as caught:
            await attempt
        assert abs(caught.value.until.timestamp() - reset) < 3
    assert len(house.gate.calls) == calls
    assert (await outlet.check()).limits[0].startswith("2 of 5,000 points until ")
    house.clock.ahead = timedelta(seconds=901)
    await say(outlet, "Second")
    assert await house.texts() == ["First", "Second"]

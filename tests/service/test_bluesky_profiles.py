"""Who is who on Bluesky: names are looked up, and nothing waits for them for long.

The server for tests has no AppView, so the host that is asked is a double of two methods; what it
answers, and what it is asked, is held against the lexicons that the real server comes with.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from aiohttp import web

from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge, Rules
from eventlive.model import Edited, Post, Status
from feeds.bluesky import feed, profiles
from tests import parts
from tests.service.jetstream_bridge import Bridge
from tests.service.pds_server import record
from tests.service.test_bluesky_feed import Clock, Followed, bluesky, following

OURS = "did:plc:ours2222222222222222222222"


class AppView:
    """The network's public side; `mode` is how it fails, `people` are its profiles by DID."""

    def __init__(self) -> None:
        self.address = ""
        self.people: dict[str, dict[str, Any]] = {}
        self.mode = "serve"
        self.exchanges: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    def add(self, number: int, **fields: Any) -> str:
        did = f"did:plc:{number:024d}"
        self.people[did] = {
            "$type": "app.bsky.actor.defs#profileViewDetailed",
            "did": did,
            "handle": f"guest{number}.example.org",
            "displayName": f"Guest {number} 🎉",
            "followersCount": number * 10,
            "followsCount": 3,
            "postsCount": 4,
            "indexedAt": "2026-11-21T12:00:00.000Z",
            "labels": [],
            **fields,
        }
        return did

    @property
    def asked(self) -> list[list[str]]:
        """Whose profiles were asked for, call by call."""
        return [query["actors"] for name, query, _ in self.exchanges if "actors" in query]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        query: dict[str, Any]
        if name == "app.bsky.actor.getProfiles":
            query = {"actors": request.query.getall("actors")}
            known = [self.people[did] for did in query["actors"] if did in self.people]
            body: dict[str, Any] = {"profiles": known}
        else:
            assert name == "com.atproto.identity.resolveHandle"
            query = {"handle": request.query["handle"]}
            by_handle = {view["handle"]: did for did, view in self.people.items()}
            body = {"did": by_handle.get(query["handle"], "")}
        self.exchanges.append((name, query, body))
        match self.mode:
            case "hang":
                await asyncio.Event().wait()
            case "slow":
                await asyncio.sleep(0.7)
            case "limit":
                return web.json_response({"error": "RateLimitExceeded"}, status=429)
            case "html":
                return web.Response(text="<html>", content_type="text/html", status=503)
            case "deaf" if "handle" in query:
                return web.json_response({"error": "InvalidRequest"}, status=400)
            case "nameless" if "actors" in query:
                return web.json_response({"error": "InvalidRequest"}, status=400)
            case "nonsense":
                return web.json_response({"profiles": [{"did": 3}, None, {"did": "did:plc:x"}]})
            case _:
                pass
        if body == {"did": ""}:
            return web.json_response({"error": "InvalidRequest"}, status=400)
        return web.json_response(body)


@asynccontextmanager
async def open_view() -> AsyncIterator[AppView]:
    view = AppView()
    application = web.Application()
    application.router.add_get("/xrpc/{name}", view.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        view.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield view
    finally:
        await runner.cleanup()


@pytest.fixture
async def view() -> AsyncIterator[AppView]:
    async with open_view() as made:
        yield made


def posts(got: Followed) -> dict[str, Post]:
    return {event.text: event for event in got.events if isinstance(event, Post)}


async def test_authors_get_their_names_in_batches_and_once(bridge: Bridge, view: AppView) -> None:
    dids = [view.add(number) for number in range(60)]
    stranger = "did:plc:nobody"
    sky = bluesky("x", [bridge.address], profiles_host=view.address)
    for number, did in enumerate(dids):
        bridge.log.commit(did, f"{number}", record(f"{number} #x"))
    bridge.log.commit(stranger, "1", record("who am I #x"))
    async with following(sky) as got:
        await got.until(lambda: len(got.texts) == 61)
        calls = len(view.exchanges)
        uri = f"at://{dids[7]}/app.bsky.feed.post/7"
        reply = {"parent": {"uri": uri, "cid": "x"}, "root": {"uri": uri, "cid": "x"}}
        bridge.log.commit(dids[3], "100", record("again #x", reply=reply))
        bridge.log.commit(dids[4], "4", record("4, mended #x"), "update")
        await got.until(lambda: len(got.events) == 63)
    assert got.texts == [*(f"{number} #x" for number in range(60)), "who am I #x", "again #x"]
    assert len(view.exchanges) == calls
    assert max(map(len, view.asked)) <= 25
    assert sorted(did for asked in view.asked for did in asked) == sorted([*dids, stranger])
    author = posts(got)["59 #x"].author
    assert (author.id, author.handle) == (dids[59], "guest59.example.org")
    assert (author.name, author.followers) == ("Guest 59 🎉", 590)
    assert (author.verified, author.bot) == (False, False)
    unknown = posts(got)["who am I #x"].author
    assert (unknown.id, unknown.handle, unknown.name) == (stranger, stranger, "")
    assert posts(got)["again #x"].to == ("guest7.example.org",)
    edit = got.events[-1]
    assert isinstance(edit, Edited)
    assert edit.post.author.name == "Guest 4 🎉"


async def test_what_a_profile_says_of_verification_and_bots(bridge: Bridge, view: AppView) -> None:
    status = {"verifications": [], "trustedVerifierStatus": "none", "verifiedStatus": "valid"}
    sound = view.add(1, verification=status)
    label = {"cts": "2026-11-21T12:00:00.000Z", "uri": "at://did:plc:a", "val": "bot"}
    robot = view.add(2, labels=[label | {"src": f"did:plc:{2:024d}"}])
    maligned = view.add(3, labels=[label | {"src": "did:plc:other"}])
    sky = bluesky("x", [bridge.address], profiles_host=view.address)
    async with following(sky) as got:
        for did in (sound, robot, maligned):
            bridge.log.commit(did, "1", record(f"{did} #x"))
        await got.until(lambda: len(got.texts) == 3)
    authors = [post.author for post in posts(got).values()]
    assert [one.verified for one in authors] == [True, False, False]
    assert [one.bot for one in authors] == [False, True, False]


@pytest.mark.parametrize("mode", ["hang", "limit", "html", "nonsense", "nowhere"])
async def test_a_host_that_fails_holds_nothing_up_and_is_left_alone(
    bridge: Bridge, view: AppView, mode: str, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr(profiles, "HOLD", 0.3)
    dids = [view.add(number) for number in range(30)]
    clock = Clock()
    host = f"http://127.0.0.1:{free_port}" if mode == "nowhere" else view.address
    view.mode = mode
    loop = asyncio.get_running_loop()
    sky = bluesky("x", [bridge.address], profiles_host=host, clock=clock)
    async with following(sky) as got:
        await got.until(lambda: got.states)
        started = loop.time()
        for number in range(3):
            for did in dids:
                bridge.log.commit(did, f"{number}", record(f"{number} of {did} #x"))
            await got.until(lambda: len(got.texts) == 30 * (number + 1))  # noqa: B023
        assert loop.time() - started < 2.5
        assert got.texts == [f"{number} of {did} #x" for number in range(3) for did in dids]
        assert all(post.author.handle == post.author.id for post in posts(got).values())
        assert got.cursor == str(bridge.log.entries[-1].time_us)
        # Answered, those who were not in the answer are left alone; not answered, the host is.
        assert len(view.exchanges) == {"nonsense": 2, "nowhere": 0}.get(mode, 1)
        view.mode, clock.ahead = "serve", timedelta(minutes=6)
        if mode in {"hang", "limit", "html"}:
            bridge.log.commit(dids[0], "9", record("later #x"))
            await got.until(lambda: "later #x" in got.texts)
            assert posts(got)["later #x"].author.handle == "guest0.example.org"
    assert not got.lost


async def test_a_slow_host_is_waited_for_no_longer_than_for_one_answer(
    bridge: Bridge, view: AppView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "HOLD", 1.2)
    dids = [view.add(number) for number in range(100)]
    view.mode = "slow"
    for did in dids:
        bridge.log.commit(did, "1", record(f"{did} #x"))
    async with following(bluesky("x", [bridge.address], profiles_host=view.address)) as got:
        await got.until(lambda: len(got.texts) == 100)
    named = [post.author.name != "" for post in posts(got).values()]
    assert named == [True] * 25 + [False] * 75
    assert len(view.asked) == 1


async def test_closing_while_names_are_awaited_loses_nothing(bridge: Bridge, view: AppView) -> None:
    did = view.add(1)
    view.mode = "hang"
    sky = bluesky("x", [bridge.address], profiles_host=view.address)

    async def follow() -> None:
        async with aclosing(sky.follow("")) as steps:
            async for step in steps:
                assert isinstance(step, Status)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(), name="feed:sky")
        bridge.log.commit(did, "1", record("1 #x"))
        async with asyncio.timeout(10):
            while not view.exchanges:
                await asyncio.sleep(0.01)
        task.cancel()
    view.mode = "serve"
    async with following(sky) as got:
        await got.until(lambda: got.texts)
    assert posts(got)["1 #x"].author.handle == "guest1.example.org"


# --- accounts of ours -----------------------------------------------------------------------------


async def test_what_is_said_to_us_comes_in_as_soon_as_it_is_known_who_we_are(
    bridge: Bridge, view: AppView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "ASK_AGAIN", 0.05)
    guest = view.add(1)
    sky = bluesky("x", [bridge.address], profiles_host=view.address, accounts=["@House.example"])
    ours = f"at://{OURS}/app.bsky.feed.post/1"
    reply = {"parent": {"uri": ours, "cid": "x"}, "root": {"uri": ours, "cid": "x"}}
    async with following(sky) as got:
        await got.until(lambda: got.skipped)
        assert "House.example" in got.skipped[0].reason
        bridge.log.commit(guest, "1", record("too early", reply=reply))
        bridge.log.commit(guest, "2", record("tagged #x"))
        await got.until(lambda: got.texts)
        view.people[OURS] = {"did": OURS, "handle": "House.example"}
        async with asyncio.timeout(10):
            while view.exchanges[-1][2] != {"did": OURS}:
                bridge.log.noise(1, Random(1))
                await asyncio.sleep(0.02)
        bridge.log.commit(guest, "3", record("in time", reply=reply))
        bridge.log.commit(OURS, "4", record("thanks #x"))
        await got.until(lambda: len(got.texts) == 3)
    assert got.texts == ["tagged #x", "in time", "thanks #x"]
    assert posts(got)["in time"].to == ("House.example",)
    assert posts(got)["in time"].in_reply_to == ours
    assert posts(got)["thanks #x"].author.handle == "House.example"
    assert len(got.skipped) == 1
    # Known by its DID, nobody need be asked; and nothing else need be listened for.
    alone = bluesky("", [bridge.address], accounts=[OURS])
    async with following(alone) as got:
        bridge.log.commit(guest, "5", record("just to you", reply=reply))
        await got.until(lambda: "just to you" in got.texts)


async def test_what_we_say_is_ours_also_where_nobody_tells_names(
    bridge: Bridge, view: AppView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read before it was known who we are; and until then, the feed says what that costs."""
    monkeypatch.setattr(feed, "ASK_AGAIN", 0.02)
    monkeypatch.setattr(feed, "TOGETHER", 1.5)
    view.people[OURS] = {"did": OURS, "handle": "house.example"}
    view.mode = "deaf"
    sky = bluesky("x", [bridge.address], profiles_host=view.address, accounts=["house.example"])
    judge = Judge(Rules(hashtags=("x",), house={"bluesky": ("house.example",)}), Recent(10))

    async def until_asked(times: int) -> None:
        """Let the network talk until the host was asked who we are."""
        asked = len(view.exchanges)
        async with asyncio.timeout(10):
            while len(view.exchanges) < asked + times:
                bridge.log.noise(feed.SLICE, Random(1))
                await asyncio.sleep(0.01)

    async with following(sky) as got:
        await got.until(lambda: got.states)
        bridge.log.noise(1, Random(1))
        await got.until(lambda: "live" in got.states)
        assert "house.example" in got.statuses[-1].reason
        bridge.log.commit(OURS, "1", record("doors are open #x"))
        await until_asked(2)
        assert not got.texts
        view.mode = "nameless"
        await until_asked(1)
        assert not got.texts
        await got.until(lambda: got.texts)
        assert judge.judge(posts(got)["doors are open #x"]).ours
        await got.until(lambda: got.statuses[-1].reason == bridge.address.removeprefix("ws://"))
    assert got.states == ["starting", "live", "live"]


async def test_who_we_are_is_learnt_from_profiles_too(
    bridge: Bridge, view: AppView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "ASK_AGAIN", 0.02)
    guest = view.add(1)
    view.people[OURS] = {"did": OURS, "handle": "House.example"}
    view.mode = "deaf"
    sky = bluesky("x", [bridge.address], profiles_host=view.address, accounts=["house.example"])
    ours = f"at://{OURS}/app.bsky.feed.post/1"
    reply = {"parent": {"uri": ours, "cid": "x"}, "root": {"uri": ours, "cid": "x"}}
    async with following(sky) as got:
        bridge.log.commit(OURS, "1", record("doors are open #x"))
        await got.until(lambda: got.texts)
        async with asyncio.timeout(10):
            while "live" not in got.states or "house" in got.statuses[-1].reason:
                bridge.log.noise(1, Random(1))
                await asyncio.sleep(0.02)
        bridge.log.commit(guest, "2", record("we come", reply=reply))
        await got.until(lambda: len(got.texts) == 2)
    assert posts(got)["we come"].to == ("house.example",)


# --- the lexicons ---------------------------------------------------------------------------------

VALIDATE = """
const lexicons = require('./node_modules/@atproto/pds/dist/lexicons/index.js')
const methods = {
  'app.bsky.actor.getProfiles': lexicons.app.bsky.actor.getProfiles.main,
  'com.atproto.identity.resolveHandle': lexicons.com.atproto.identity.resolveHandle.main,
}
const wrong = []
for (const [name, query, body] of JSON.parse(require('fs').readFileSync(0))) {
  const asked = methods[name].parameters.safeValidate(query)
  const answered = methods[name].output.schema.safeValidate(body)
  for (const one of [asked, answered]) if (!one.success) wrong.push(`${name}: ${one.reason}`)
}
console.log(JSON.stringify(wrong))
"""


def against_lexicons(exchanges: list[Any]) -> list[str]:
    """Say what of these calls and answers the published lexicons would not let pass."""
    node = parts.node_path()
    assert node is not None
    done = subprocess.run(
        [node, "-e", VALIDATE],
        cwd=parts.PDS,
        input=json.dumps(exchanges).encode(),
        capture_output=True,
        check=True,
        timeout=30,
    )
    wrong: list[str] = json.loads(done.stdout)
    return wrong


@pytest.mark.needs("pds")
async def test_the_double_answers_and_we_ask_as_the_published_lexicons_allow(
    bridge: Bridge, view: AppView
) -> None:
    """Also where somebody's address is none: one such name would cost all others theirs."""
    guests = [view.add(number) for number in range(40)]
    view.people[OURS] = view.people[guests[0]] | {"did": OURS, "handle": "house.example"}
    sky = bluesky("x", [bridge.address], profiles_host=view.address, accounts=["house.example"])
    async with following(sky) as got:
        for number, did in enumerate(guests):
            wrong = f"at://did:plc:{'x' * number}%/app.bsky.feed.post/1"
            reply = {"parent": {"uri": wrong, "cid": "x"}, "root": {"uri": wrong, "cid": "x"}}
            bridge.log.commit(did, "1", record(f"{number} #x", reply=reply))
        bridge.log.commit("did:plc:a:", "1", record("a strange one #x"))
        await got.until(lambda: len(got.texts) == 41)
    names = {name for name, _, _ in view.exchanges}
    assert len(names) == 2
    assert against_lexicons(view.exchanges) == []
    broken = [("app.bsky.actor.getProfiles", {"actors": ["nobody"]}, {"profiles": [{"did": "x"}]})]
    assert len(against_lexicons(broken)) == 2

"""Mastodon's feed on real sockets: nothing lost, nothing twice, whatever a server does.

On `mastodon-mock` where it is like the real one, on a server of the test's own where it is not
(mastodon_server.py says where). Longer than most: the faults share one way of following a feed.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from eventlive.errors import FeedLost, FeedRefused
from eventlive.model import Batch, Deleted, Edited, FeedEvent, Post, Skipped, Status
from feeds.mastodon import Mastodon, reader
from feeds.mastodon.posts import Named, Told, read_status
from feeds.mastodon.reader import Pace
from tests.service.mastodon_server import (
    DOMAIN,
    PEOPLE,
    MastodonMock,
    mastodon_process,
    open_mastodon,
)
from tests.service.mastodon_stage import TOKEN, WORDS, Stage, open_stage

WAIT = 10.0
"""Seconds for anything to happen that happens at all."""

QUICK = Pace(poll=0.05, sweep=0.15, retry=(0.03, 0.3), call=0.6, ping=2)
"""The usual rhythm, some hundred times as fast."""

SOON = Pace(poll=0.05, sweep=30, retry=(0.03, 0.3), call=5)
"""Quick, and the newest page is read again only at a start."""


def now() -> datetime:
    return datetime.now(UTC)


def mastodon(*servers: str, token: str = "", pace: Pace = QUICK, **options: Any) -> Mastodon:
    usual = {"hashtags": ["#Try"], "accounts": ["@house@stage.example"], "clock": now}
    options = {**usual, "random": random.Random(7), **options}
    return Mastodon(
        "md-1",
        servers=servers,
        secrets={"access_token": token} if token else {},
        pace=pace,
        **options,
    )


class Followed:
    """What a feed handed over, in order, as the engine would get it."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        self.events: list[FeedEvent] = []
        self.skipped: list[Skipped] = []
        self.statuses: list[Status] = []
        self.lost: list[FeedLost] = []
        self.refused: list[str] = []
        self._more = asyncio.Event()

    @property
    def posts(self) -> list[Post]:
        return [event for event in self.events if isinstance(event, Post)]

    @property
    def words(self) -> list[str]:
        """Texts of new posts without their hashtags."""
        return [post.text.partition(" #")[0] for post in self.posts]

    @property
    def edits(self) -> list[Post]:
        return [event.post for event in self.events if isinstance(event, Edited)]

    @property
    def deletes(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Deleted)]

    @property
    def states(self) -> list[str]:
        return [status.state for status in self.statuses]

    def take(self, step: Batch | Status) -> None:
        if isinstance(step, Status):
            self.statuses.append(step)
        else:
            self.events += step.events
            self.skipped += step.skipped
            self.cursor = step.cursor or self.cursor
        self.tell()

    def tell(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true of what was handed over."""
        try:
            async with asyncio.timeout(WAIT):
                while not true():
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"not within {WAIT} s: {vars(self)}") from None

    async def says(self, state: str, reason: str) -> None:
        """Wait until the feed says how it is, with this in the reason."""
        await self.until(
            lambda: any(one.state == state and reason in one.reason for one in self.statuses)
        )

    async def live(self) -> None:
        await self.until(lambda: "live" in self.states)


@asynccontextmanager
async def following(feed: Mastodon, cursor: str = "") -> AsyncIterator[Followed]:
    """Follow a feed as the engine does: when it is lost, wait as it says, and call again."""
    got = Followed(cursor)

    async def follow() -> None:
        while not got.refused:
            try:
                async with aclosing(feed.follow(got.cursor)) as steps:
                    async for step in steps:
                        got.take(step)
            except FeedLost as lost:
                got.lost.append(lost)
                got.tell()
                await asyncio.sleep(lost.retry_after)
            except FeedRefused as refused:
                got.refused.append(str(refused))
                got.tell()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(), name="feed:md")
        yield got
        task.cancel()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as server:
        yield server


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT):
        while not true():
            await asyncio.sleep(0.005)


# --- on mastodon-mock ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mastodon_process(tmp_path_factory.mktemp("mastodon")) as where:
        yield where


@pytest.fixture
async def mock(address: str) -> AsyncIterator[MastodonMock]:
    async with open_mastodon(address) as server:
        yield server


@pytest.mark.parametrize("token", ["", PEOPLE["house"]], ids=["asked", "streamed"])
async def test_what_is_said_changed_and_taken_back_arrives_once(
    mock: MastodonMock, token: str
) -> None:
    anna, ben = mock.person("anna"), mock.person("ben")
    tag = "asked" if not token else "streamed"
    pace = Pace(poll=0.05, sweep=0.3) if not token else Pace(sweep=30)
    accounts = [f"house@{DOMAIN}"]
    feed = mastodon(mock.address, token=token, hashtags=[tag], accounts=accounts, pace=pace)
    await anna.post(f"Before we came #{tag}")
    async with following(feed) as got:
        await got.live()
        first = await anna.post(f"First *one*\n\nwith https://example.org/long/path?a=1&b=2 #{tag}")
        answer = await ben.post(f"I agree #{tag}", in_reply_to_id=first["id"])
        await ben.post("about something else #other")
        await got.until(lambda: len(got.posts) == 2)
        await anna.edit(first["id"], f"First, mended #{tag}")
        await got.until(lambda: got.edits)
        await ben.delete(answer["id"])
        await got.until(lambda: got.deletes)
    post, reply = got.posts
    assert post.text == f"First one\n\nwith https://example.org/long/path?a=1&b=2 #{tag}"
    assert (post.id, post.kind, post.tags) == (first["uri"], "post", (tag,))
    assert (post.author.id, post.author.name) == (f"anna@{DOMAIN}", "Anna")
    assert (reply.kind, reply.in_reply_to) == ("reply", first["uri"])
    assert reply.to == (f"anna@{DOMAIN}",)
    assert [edit.text for edit in got.edits] == [f"First, mended #{tag}"]
    assert got.deletes == [answer["uri"]]
    assert not got.lost
    assert not got.skipped


async def test_a_restart_goes_on_from_the_cursor_and_knows_what_was_there(
    mock: MastodonMock,
) -> None:
    anna = mock.person("anna")

    def feed(known: list[str]) -> Mastodon:
        return mastodon(mock.address, hashtags=["restart"], known=known)

    async with following(feed([])) as first:
        await first.live()
        kept = await anna.post("kept #restart")
        edited = await anna.post("written #restart")
        await first.until(lambda: len(first.posts) == 2)
    between = [await anna.post(f"{number} between #restart") for number in range(45)]
    await anna.edit(edited["id"], "rewritten #restart")
    async with following(feed([post.id for post in first.posts]), first.cursor) as got:
        await got.until(lambda: len(got.posts) == 45 and got.edits)
        await anna.delete(kept["id"])
        await anna.delete(between[-1]["id"])
        await got.until(lambda: got.deletes)
    # Oldest first, a page of forty and one of five.
    assert [post.id for post in got.posts] == [status["uri"] for status in between]
    assert "catching-up" in got.states
    assert [edit.text for edit in got.edits] == ["rewritten #restart"]
    # What stands on the newest page is watched; what fell off it is not.
    assert got.deletes == [between[-1]["uri"]]


@pytest.mark.parametrize(
    ("effect", "how"),
    [
        ("status", {"status": 503}),
        ("status", {"status": 502, "headers": {"Retry-After": "0"}}),
        ("malformed", {}),
        ("timeout", {}),
        ("ratelimit", {"headers": {"Retry-After": "1"}}),
    ],
    ids=["503", "502", "malformed", "timeout", "limit"],
)
async def test_a_servers_faults_leave_no_gap(
    mock: MastodonMock, effect: str, how: dict[str, Any]
) -> None:
    tag = f"fault{effect}{how.get('status', '')}"
    anna = mock.person("anna")
    pace = Pace(poll=0.05, retry=(0.03, 0.3), call=0.5 if effect == "timeout" else 5)
    async with following(mastodon(mock.address, hashtags=[tag], pace=pace)) as got:
        await got.live()
        await anna.post(f"before #{tag}")
        await got.until(lambda: got.posts)
        async with mock.fault(effect, "/api/v1/timelines/tag/*", count=1, **how):
            await anna.post(f"during #{tag}")
            await got.until(lambda: len(got.posts) == 2)
        await anna.post(f"after #{tag}")
        await got.until(lambda: len(got.posts) == 3)
    assert got.words == ["before", "during", "after"]
    if effect == "ratelimit":
        limited = next(status for status in got.statuses if status.state == "limited")
        assert limited.until is not None
        assert timedelta(0) < limited.until - now() + timedelta(seconds=5) < timedelta(seconds=6)
        assert not got.lost
    else:
        assert got.lost


# --- the stream ------------------------------------------------------------------------------


async def test_one_socket_streams_all_tags_and_mentions(stage: Stage) -> None:
    feed = mastodon(stage.address, token=TOKEN, hashtags=["Try", "#zwei"], pace=SOON)
    async with following(feed) as got:
        await got.live()
        await until(lambda: len(stage.subscribed) == 3)
        one = await stage.post("one", "try")
        two = await stage.post("two", "Zwei", by="ben@else.example")
        await stage.mention(await stage.post("@house what about you?", by="ben@else.example"))
        await stage.mention(await stage.post("@house in secret", visibility="direct"))
        await got.until(lambda: len(got.posts) == 3 and got.skipped)
        await stage.edit(two, "two, mended")
        await stage.delete(one)
        await got.until(lambda: got.edits and got.deletes)
        before = stage.asked[-1][0]
    assert got.words == ["one", "two", "@house what about you?"]
    assert got.posts[1].author.id == "ben@else.example"
    assert (got.edits[0].id, got.edits[0].text) == (two["uri"], "two, mended")
    assert got.deletes == [one["uri"]]
    assert [skip.reason for skip in got.skipped] == [
        "a status for direct audience is not for a wall"
    ]
    assert len(stage.connects) == 1
    assert all(at <= before for at, _ in stage.asked)


async def test_a_gap_is_filled_before_the_stream_goes_on(stage: Stage) -> None:
    async with following(mastodon(stage.address, token=TOKEN, pace=SOON)) as got:
        await got.live()
        await stage.post("0", "try")
        await got.until(lambda: got.posts)
        stage.streams = False
        stage.cut()
        for number in range(1, 100):
            await stage.post(str(number), "try")
        at_the_door: list[str] = []

        async def late(request: web.Request) -> None:
            """Say one more just before a socket is let in."""
            if "streaming" in request.path and not at_the_door:
                at_the_door.append((await stage.post("100", "try"))["uri"])

        stage.fault = late
        stage.streams = True
        await until(lambda: len(stage.connects) == 2)
        await stage.post("101", "try")
        await got.until(lambda: len(got.posts) >= 102)
    assert at_the_door
    assert got.words == [str(number) for number in range(102)]
    assert not got.lost  # the lists were there all the time


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_line_of_300_kb_and_rubbish_harm_nothing(stage: Stage, streaming: bool) -> None:
    async with following(mastodon(stage.address, token=TOKEN if streaming else "")) as got:
        await got.live()
        await stage.post("<" * 300_000, "try")
        await stage.post("x", "try", created_at="yesterday")
        await stage.say("{")
        await stage.say("[" * 100_000)
        await stage.say({"stream": ["hashtag", "try"], "event": "update", "payload": "nonsense"})
        await stage.say({"stream": ["hashtag", "try"], "event": "conversation", "payload": "{}"})
        await stage.say({"error": "Unknown stream type", "status": 400})
        await stage.post("still here", "try")
        await got.until(lambda: len(got.posts) == 2)
    assert got.words[1] == "still here"
    assert len(got.posts[0].text) < 50_000
    assert len(got.skipped) == (5 if streaming else 1)
    assert not got.lost


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_post_that_breaks_the_program_is_left_out_and_the_rest_goes_on(
    stage: Stage,
    streaming: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def faulty(status: Any, host: str, names: Mapping[str, Named]) -> Told:
        if "broken" in status["content"]:
            raise RuntimeError("no such thing")
        return read_status(status, host, names)

    monkeypatch.setattr(reader, "read_status", faulty)
    async with following(mastodon(stage.address, token=TOKEN if streaming else "")) as got:
        await got.live()
        changed = await stage.post("soon", "try")
        await stage.post("broken", "try")
        await stage.post("broken too", "try")
        await stage.post("still here", "try")
        await got.until(lambda: len(got.posts) == 2 and len(got.skipped) == 2)
        # One that left the page is asked for by itself.
        changed.update(tags=[], content="<p>broken</p>")
        await until(lambda: any(path.endswith(changed["id"]) for _, path in stage.asked))
        await stage.post("and on", "try")
        await got.until(lambda: len(got.posts) == 3)
    assert got.words == ["soon", "still here", "and on"]
    assert {skip.reason for skip in got.skipped} == {"a fault in the program; the log has it"}
    assert not got.lost
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert "no such thing" in str(logged.exc_info)


async def test_the_engine_has_its_turn_between_two_posts_of_a_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    before: list[int] = []

    def counted(status: Any, host: str, names: Mapping[str, Named]) -> Told:
        before.append(len(turns))
        asyncio.get_running_loop().call_soon(turns.append, status["id"])
        return read_status(status, host, names)

    async with following(mastodon(stage.address, pace=SOON)) as got:
        await got.live()
        stage.fault = html
        await got.until(lambda: got.lost)
        for number in range(40):
            await stage.post(str(number), "try")
        monkeypatch.setattr(reader, "read_status", counted)
        stage.fault = None
        await got.until(lambda: len(got.posts) == 40)
    assert before[:40] == list(range(40))


async def test_a_server_that_ends_the_stream_gets_less_than_a_connection_a_second(
    stage: Stage,
) -> None:
    """The usual rhythm, on a real clock; each wait is longer than the one before."""
    async with following(mastodon(stage.address, token=TOKEN, pace=Pace())) as got:
        for number in range(1, 4):
            await until(lambda: len(stage.connects) == number and stage.connected)  # noqa: B023
            await stage.close()
        await got.live()
    first, second = [later - earlier for earlier, later in pairwise(stage.connects)]
    assert 1 <= first < second


async def test_a_stream_that_says_nothing_is_found_out_and_nothing_is_missed(stage: Stage) -> None:
    stage.deaf = True
    async with following(mastodon(stage.address, token=TOKEN)) as got:
        await got.live()
        await stage.post("unsaid", "try")
        await got.until(lambda: got.posts)
        await got.until(lambda: "silent" in got.states)
        stage.deaf = False
        await until(lambda: len(stage.connects) > 1 and stage.connected)
        await stage.post("said", "try")
        await got.until(lambda: len(got.posts) == 2)
    silent = next(status for status in got.statuses if status.state == "silent")
    assert "1 posts are in its lists, and none in its stream" in silent.reason
    assert got.words == ["unsaid", "said"]


async def test_a_quiet_hashtag_is_not_silent(stage: Stage) -> None:
    async with following(mastodon(stage.address, token=TOKEN)) as got:
        await got.live()
        await until(lambda: stage.connected)
        await stage.mention(await stage.post("@house hello"))
        await got.until(lambda: got.posts)
        asked = len(stage.asked)
        await until(lambda: len(stage.asked) > asked + 12)  # several newest pages
    assert set(got.states) == {"live"}
    assert len(stage.connects) == 1


async def test_where_nothing_streams_the_lists_are_asked(stage: Stage) -> None:
    stage.streams = False
    async with following(mastodon(stage.address, token=TOKEN)) as got:
        await got.live()
        await stage.post("one", "try")
        await got.until(lambda: got.posts)
        await got.says("live", "the stream answered 503")
        stage.streams = True
        await until(lambda: stage.connected)
    assert got.states[-1] == "live"


# --- several servers -------------------------------------------------------------------------


async def test_a_post_seen_through_two_servers_is_one(stage: Stage) -> None:
    async with open_stage("other.example") as other:
        feed = mastodon(stage.address, other.address)
        async with following(feed) as got:
            await got.live()
            await until(lambda: len(got.cursor) > 2 and other.address[7:] in got.cursor)
            shared = await stage.post("seen twice", "try")
            copy = await other.post("seen twice", "try", uri=shared["uri"], by="anna@stage.example")
            await stage.post("here alone", "try")
            await other.post("there alone", "try")
            await got.until(lambda: len(got.posts) == 3)
            edited = "2027-01-01T00:00:00.000Z"
            shared.update(content="<p>mended</p>", edited_at=edited)
            copy.update(content="<p>mended</p>", edited_at=edited)
            await got.until(lambda: got.edits)
            await other.delete(copy)
            await got.until(lambda: got.deletes)
            await stage.post("last", "try")
            await got.until(lambda: "last" in got.words)
    assert sorted(got.words) == ["here alone", "last", "seen twice", "there alone"]
    assert len(got.edits) == 1
    assert got.deletes == [shared["uri"]]
    handles = {post.text.split(" #")[0]: post.author.handle for post in got.posts}
    assert handles["there alone"] == "anna@other.example"


async def test_one_servers_failure_is_its_own(stage: Stage) -> None:
    async with (
        open_stage("other.example") as other,
        following(mastodon(stage.address, other.address)) as got,
    ):
        await until(lambda: got.cursor.count("try") == 2)
        other.fault = html
        await got.says("live", "answered 503")
        await stage.post("the show goes on", "try")
        await got.until(lambda: got.posts)
        await other.post("kept for later", "try")
        other.fault = None
        await got.until(lambda: len(got.posts) == 2)
        assert not got.lost
        other.fault = stage.fault = html
        await got.until(lambda: got.lost)
        assert "503" in got.lost[0].reason.partition(";")[2]
        assert got.lost[0].retry_after <= 0.6
        other.fault = stage.fault = None
        await stage.post("and on", "try")
        await got.until(lambda: len(got.posts) == 3)


class Faulty(random.Random):
    """Chance that is a fault of the program's, once it is broken."""

    broken = False

    def uniform(self, a: float, b: float) -> float:
        if self.broken:
            raise RuntimeError("a fault in a follower")
        return super().uniform(a, b)


@pytest.mark.parametrize("held", ["awaiting", "busy"])
async def test_a_fault_in_a_follower_while_a_step_is_held_is_an_error_of_the_call(
    stage: Stage, held: str
) -> None:
    """Never a silent end: the engine tries again after an error, and believes an end."""
    chance = Faulty(7)
    feed = mastodon(stage.address, random=chance)
    stored = asyncio.Event()  # never set: what holds the step has to be let go
    ended = False

    async def follow() -> None:
        nonlocal ended
        async with aclosing(feed.follow("")) as steps:
            async for step in steps:
                if isinstance(step, Status) and step.state == "live":
                    chance.broken = True
                    if held == "awaiting":
                        await stored.wait()
        ended = True

    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(WAIT), asyncio.TaskGroup() as tasks:
            tasks.create_task(follow(), name="held")
    assert not ended
    (feeds_own,) = raised.value.exceptions
    assert isinstance(feeds_own, ExceptionGroup)
    assert [str(error) for error in feeds_own.exceptions] == ["a fault in a follower"]
    assert not [one for one in asyncio.all_tasks() if one.get_name().startswith("mastodon:")]
    chance.broken = False
    async with following(feed) as got:
        await got.live()


async def html(_: web.Request) -> web.Response:
    return web.Response(status=503, text=f"<html>{WORDS}</html>", content_type="text/html")


async def reset(request: web.Request) -> web.Response | None:
    assert request.transport is not None
    request.transport.abort()
    return None


async def stall(_: web.Request) -> web.Response:
    await asyncio.sleep(0.8)
    return web.json_response([])


async def half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'[{"id": "1"')
    assert request.transport is not None
    request.transport.abort()
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    """Say more than anybody should read, and fail where somebody does."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(40):
        await response.write(b" " * 1_000_000)
    ENDLESS.append(str(request.rel_url))
    return response


ENDLESS: list[str] = []
"""What was read to its end although it was far too long."""


async def other_shape(_: web.Request) -> web.Response:
    return web.json_response({"statuses": "none"})


async def gateway(_: web.Request) -> web.Response:
    return web.Response(status=403, text="<html>Welcome to the hotel</html>")


@pytest.mark.parametrize("fault", [html, reset, stall, half, endless, other_shape, gateway])
async def test_answers_that_are_none_leave_no_gap_and_no_repeat(
    stage: Stage, fault: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> None:
    async with following(mastodon(stage.address, token=TOKEN)) as got:
        await got.live()
        await stage.post("before", "try")
        await got.until(lambda: got.posts)
        stage.fault = fault
        stage.cut()
        await stage.post("during", "try")
        await got.until(lambda: got.lost)
        stage.fault = None
        await got.until(lambda: len(got.posts) == 2)
        await stage.post("after", "try")
        await got.until(lambda: len(got.posts) == 3)
    assert got.words == ["before", "during", "after"]
    assert not got.refused
    assert not ENDLESS
    assert WORDS not in " ".join(lost.reason for lost in got.lost)


async def test_waits_between_tries_grow_and_chance_has_a_part(stage: Stage) -> None:
    stage.fault = html
    async with following(mastodon(stage.address)) as got:
        await got.until(lambda: len(got.lost) == 5)
    waits = [lost.retry_after for lost in got.lost]
    assert waits[4] > 2 * waits[1] > 2 * waits[0]
    asked = [at for at, _ in stage.asked]
    assert all(later - earlier > 0.02 for earlier, later in pairwise(asked))


# --- limits, refusals, secrets ---------------------------------------------------------------


async def test_a_limit_is_obeyed_ahead_of_time(stage: Stage) -> None:
    """A reset in ISO 8601, counted by the server's own clock; not one call too many."""
    stage.limit = (4, time.time() + 100)
    async with following(mastodon(stage.address)) as got:
        await got.until(lambda: "limited" in got.states)
        limited = got.statuses[-1]
        asked = len(stage.asked)
        await asyncio.sleep(0.3)
        assert len(stage.asked) == asked
    assert stage.limit[0] == 0
    assert limited.until is not None
    # The header Date has whole seconds.
    assert timedelta(seconds=90) < limited.until - now() < timedelta(seconds=102)
    assert not got.lost


async def test_calls_are_spread_over_what_is_left(stage: Stage) -> None:
    """Three hundred calls in five minutes are for all that we do there: half of them are ours."""
    stage.limit = (30, time.time() + 12)  # 0.8 s a call
    async with following(mastodon(stage.address, pace=Pace(poll=0.05))) as got:
        await got.live()
        asked = len(stage.asked)
        await asyncio.sleep(1.2)
        assert len(stage.asked) <= asked + 3


async def test_a_server_that_wants_a_login_says_what_to_set(stage: Stage) -> None:
    stage.login = True
    async with following(mastodon(stage.address)) as got:
        await got.until(lambda: got.refused)
    assert "set EVENTLIVE_MD_1_ACCESS_TOKEN" in got.refused[0]
    async with following(mastodon(stage.address, token=TOKEN)) as got:
        await got.live()
    async with following(mastodon(stage.address, token="wrong")) as got:
        await got.until(lambda: got.refused)
    assert "does not accept the access token" in got.refused[0]
    assert "wrong" not in got.refused[0]


async def test_a_refusal_in_the_middle_of_the_show_is_not_final(stage: Stage) -> None:
    async with following(mastodon(stage.address)) as got:
        await got.live()
        stage.login = True
        await got.until(lambda: got.lost)
        assert "set EVENTLIVE_MD_1_ACCESS_TOKEN" in got.lost[0].reason
        await stage.post("meanwhile", "try")
        stage.login = False
        await got.until(lambda: got.posts)
    assert not got.refused


async def test_a_clock_that_jumps_changes_nothing(stage: Stage) -> None:
    chance = random.Random(5)

    def jumping() -> datetime:
        return now() + timedelta(days=chance.uniform(-400, 400))

    stage.limit = (100_000, time.time() + 300)
    async with following(mastodon(stage.address, token=TOKEN, clock=jumping)) as got:
        for number in range(3):
            await stage.post(f"{number}", "try")
            stage.cut()
            await got.live()
            await until(lambda: stage.connected)
        await stage.post("3", "try")
        await got.until(lambda: len(got.posts) >= 3 and got.words[-1] == "3")
    assert not got.lost
    assert set(got.states) == {"live"}


async def test_one_refusal_leaves_the_others(stage: Stage) -> None:
    async with open_stage("other.example") as other:
        other.login = True
        async with following(mastodon(stage.address, other.address)) as got:
            await got.says("live", "without a login")
            await stage.post("one", "try")
            await got.until(lambda: got.posts)
            # Lost and refused together are lost: the first may come back.
            stage.fault = html
            await got.until(lambda: got.lost)
    assert not got.refused


async def test_a_token_goes_to_the_first_server_alone_and_into_no_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "websockets.client")
    async with open_stage("other.example") as other:
        feed = mastodon(stage.address, other.address, token=TOKEN)
        async with following(feed) as got:
            await until(lambda: stage.connected and other.asked)
            await got.live()
            stage.fault = other.fault = reset
            stage.cut()
            await got.until(lambda: got.lost)
    assert f"Bearer {TOKEN}" in stage.tokens
    assert set(other.tokens) == {""}
    everything = [caplog.text, repr(feed), *stage.addresses, *other.addresses]
    everything += [repr(step) for step in (*got.statuses, *got.lost, *got.skipped)]
    assert TOKEN not in " ".join(everything)


async def test_nobody_sends_us_elsewhere(stage: Stage) -> None:
    async with open_stage("other.example") as other:

        async def away(request: web.Request) -> web.Response:
            raise web.HTTPFound(f"{other.address}{request.rel_url}")

        stage.fault = away
        async with following(mastodon(stage.address, token=TOKEN)) as got:
            await got.until(lambda: got.refused)
        assert f"sends us on to {other.address[7:]}: name that server" in got.refused[0]

        async def stream_away(request: web.Request) -> web.Response | None:
            return await away(request) if "streaming" in request.path else None

        stage.fault = stream_away
        async with following(mastodon(stage.address, token=TOKEN)) as got:
            await got.live()
            await got.says("live", "the stream answered 302")
        assert not other.asked


async def test_a_token_for_posts_alone_is_enough(stage: Stage) -> None:
    stage.scope = False
    async with following(mastodon(stage.address, token=TOKEN)) as got:
        await got.live()
        await stage.post("one", "try")
        await got.until(lambda: got.posts)
    assert [skip.where for skip in got.skipped] == [f"{stage.address[7:]}, mentions"]
    assert "outside the authorized scopes" in got.skipped[0].reason


@pytest.mark.parametrize(
    ("servers", "options", "reason"),
    [
        (["http://social.example"], {}, "in the clear"),
        (["https://social.example/about"], {}, "no Mastodon server"),
        (["so cial.example"], {}, "no Mastodon server"),
        (["ftp://social.example"], {}, "no Mastodon server"),
        ([], {}, "no Mastodon server is named"),
        (["social.example"], {"hashtags": ["#"]}, "name a hashtag"),
        (["social.example"], {"hashtags": [], "keywords": ["x"]}, "cannot be searched"),
        (["social.example"], {"token": "a b"}, "EVENTLIVE_MD_1_ACCESS_TOKEN holds"),
    ],
)
async def test_only_a_person_can_mend_these(
    servers: list[str], options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FeedRefused, match=reason):
        async for _ in mastodon(*servers, **options).follow(""):
            pass


# --- what the lists tell ---------------------------------------------------------------------


async def test_a_post_that_comes_late_is_found_below_the_mark(stage: Stage) -> None:
    """Mastodon numbers a post from elsewhere by when it was written, not by when it came."""
    async with following(mastodon(stage.address)) as got:
        await got.live()
        first = await stage.post("first", "try")
        await stage.post("second", "try")
        await got.until(lambda: len(got.posts) == 2)
        late = stage.status(str(int(first["id"]) + 5), "late", "try", by="ben@else.example")
        stage.statuses[late["id"]] = late
        await got.until(lambda: len(got.posts) == 3)
    assert got.words == ["first", "second", "late"]


async def test_a_post_edited_out_of_the_tag_is_an_edit_and_no_delete(stage: Stage) -> None:
    async with following(mastodon(stage.address)) as got:
        await got.live()
        status = await stage.post("tagged", "try")
        await got.until(lambda: got.posts)
        status.update(tags=[], content="<p>no tag</p>", edited_at="2027-01-01T00:00:00.000Z")
        await got.until(lambda: got.edits)
        await stage.post("another", "try")
        await got.until(lambda: len(got.posts) == 2)
    assert got.edits[0].text == "no tag"
    assert not got.deletes


async def test_what_is_answered_is_looked_up_within_bounds(stage: Stage) -> None:
    parent = await stage.post("no tag here", by="ben@else.example")
    async with following(mastodon(stage.address, pace=Pace(poll=0.05, lookups=3))) as got:
        await got.live()
        for number in range(2):
            await stage.post(f"yes {number}", "try", in_reply_to_id=parent["id"])
        await got.until(lambda: len(got.posts) == 2)
        for number in range(10):
            await stage.post(f"to nobody {number}", "try", in_reply_to_id=f"77{number % 5}")
        await got.until(lambda: len(got.posts) == 12)
    assert [post.in_reply_to for post in got.posts[:2]] == [parent["uri"]] * 2
    assert {post.to for post in got.posts[:2]} == {("ben@else.example",)}
    assert {(post.kind, post.in_reply_to) for post in got.posts[2:]} == {("reply", "")}
    assert len([path for _, path in stage.asked if path.startswith("/api/v1/statuses/")]) == 3


async def test_the_past_of_a_hashtag_is_not_handed_over(stage: Stage) -> None:
    for number in range(60):
        await stage.post(f"old {number}", "try")
    async with following(mastodon(stage.address)) as got:
        await got.live()
        await stage.post("new", "try")
        await got.until(lambda: got.posts)
        asked = len(stage.asked)
        await until(lambda: len(stage.asked) > asked + 8)
    assert got.words == ["new"]


@pytest.mark.parametrize("cursor", ["7", "[]", '{"a": 1}', '{"a": {"try": ["1"]}}', "\ud800"])
async def test_without_a_usable_cursor_it_starts_now(stage: Stage, cursor: str) -> None:
    await stage.post("old", "try")
    async with following(mastodon(stage.address), cursor) as got:
        await got.live()
        await stage.post("new", "try")
        await got.until(lambda: got.posts)
    assert got.words == ["new"]
    marks = json.loads(got.cursor)[stage.address[7:]]["try"]
    assert marks[0] == max(stage.statuses, key=int)


async def test_closing_ends_everything_and_a_later_call_loses_nothing(stage: Stage) -> None:
    feed = mastodon(stage.address, token=TOKEN, pace=SOON)
    cursor = ""
    async with aclosing(feed.follow("")) as steps:
        async for step in steps:
            if isinstance(step, Batch):
                cursor = step.cursor
            elif step.state == "live":
                break
        for number in range(100):  # told, and not taken
            await stage.post(str(number), "try")
        await asyncio.sleep(0.1)
    await until(lambda: not stage.connected)
    async with following(feed, cursor) as got:
        await got.until(lambda: len(got.posts) == 100)
    assert got.words == [str(number) for number in range(100)]

"""Bluesky's feed on real sockets: nothing lost, nothing twice, whatever the host does.

Longer than most: the faults of a host share one way of following a feed, kept here.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from eventlive.errors import FeedLost, FeedRefused
from eventlive.model import Batch, Deleted, Edited, FeedEvent, Post, Skipped, Status
from feeds.bluesky import Bluesky, feed, frames
from feeds.bluesky.frames import Heard
from feeds.bluesky.wanted import Wanted
from tests.service.jetstream_bridge import V1_PATH, V2_PATH, Bridge, jetstream_bridge
from tests.service.jetstream_log import LOOK_BACK
from tests.service.pds_server import Pds, record
from tests.service.test_bluesky_bridge import PIXEL, PIXEL_CID

WAIT = 10.0
"""Seconds for anything to happen that happens at all."""

both_forms = pytest.mark.parametrize("path", [V1_PATH, V2_PATH], ids=["v1", "v2"])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a feed connect again after hundredths of a second instead of seconds."""
    monkeypatch.setattr(feed, "RECONNECT", 0.02)


class Clock:
    """A clock that starts now and goes as the real one does, and faster when told to."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def bluesky(
    tag: str, hosts: Sequence[str], *, clock: Callable[[], datetime] | None = None, **options: Any
) -> Bluesky:
    return Bluesky(
        "sky",
        hashtags=[tag],
        clock=clock or Clock(),
        random=random.Random(7),
        hosts=hosts,
        **{"profiles_host": "", **options},
    )


class Followed:
    """What a feed handed over, in order, as the engine would get it."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        self.cursors: list[str] = []
        self.events: list[FeedEvent] = []
        self.skipped: list[Skipped] = []
        self.statuses: list[Status] = []
        self.lost: list[FeedLost] = []
        self._more = asyncio.Event()

    @property
    def texts(self) -> list[str]:
        """Texts of new posts."""
        return [event.text for event in self.events if isinstance(event, Post)]

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Post)]

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
            self.cursors.append(step.cursor)
        self.tell()

    def tell(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true of what was handed over."""
        async with asyncio.timeout(WAIT):
            while not true():
                await self._more.wait()


@asynccontextmanager
async def following(followed: Bluesky, cursor: str = "") -> AsyncIterator[Followed]:
    """Follow a feed as the engine does: when it is lost, wait as it says, and call again."""
    got = Followed(cursor)

    async def follow() -> None:
        while True:
            try:
                async with aclosing(followed.follow(got.cursor)) as steps:
                    async for step in steps:
                        got.take(step)
            except FeedLost as lost:
                got.lost.append(lost)
                got.tell()
                await asyncio.sleep(lost.retry_after)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(), name="feed:sky")
        yield got
        task.cancel()


# --- with the real PDS --------------------------------------------------------------------------


@both_forms
async def test_a_tagged_post_arrives_once_among_a_thousand_others(
    pds: Pds, pds_bridge: Bridge, path: str
) -> None:
    anna = await pds.account(f"anna-once-{len(path)}")
    tag = f"once{len(path)}"
    before = datetime.now(UTC)
    async with following(bluesky(tag, [pds_bridge.address + path])) as got:
        await got.until(lambda: got.states)
        pds_bridge.log.noise(500, random.Random(1))
        await anna.post("no tag at all")
        uri = await anna.post(
            f"Grüße aus 東京 🎉 #{tag}",
            tag,
            langs=["de"],
            embed=await anna.picture(PIXEL, "a pixel", 1, 1),
        )
        pds_bridge.log.noise(500, random.Random(2))
        answer = await anna.post("me too", tags=[tag], reply=_reply_to(uri))
        await got.until(lambda: len(got.ids) == 2)
        last = await anna.post(f"and that is all, #{tag}")
        await got.until(lambda: last in got.ids)

    assert got.ids == [uri, answer, last]
    assert not got.skipped
    assert got.states[-1] == "live"
    first, second = got.events[:2]
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert first.text == f"Grüße aus 東京 🎉 #{tag}"
    assert before - timedelta(seconds=1) < first.created_at < datetime.now(UTC)
    assert (first.author.id, first.author.handle) == (anna.did, anna.did)
    assert first.url == f"https://bsky.app/profile/{anna.did}/post/{uri.rsplit('/', 1)[1]}"
    assert (first.language, first.kind, first.tags) == ("de", "post", (tag,))
    assert [(one.kind, one.alt, one.width) for one in first.media] == [("image", "a pixel", 1)]
    assert f"/{anna.did}/{PIXEL_CID}@" in first.media[0].url
    assert (second.kind, second.in_reply_to, second.tags) == ("reply", uri, (tag,))
    assert len(pds_bridge.visits) == 1


def _reply_to(uri: str) -> dict[str, Any]:
    target = {"uri": uri, "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"}
    return {"root": target, "parent": target}


@both_forms
async def test_edits_and_deletions_are_honoured(pds: Pds, pds_bridge: Bridge, path: str) -> None:
    anna = await pds.account(f"anna-edit-{len(path)}")
    async with following(bluesky("editing", [pds_bridge.address + path])) as got:
        uri = await anna.post("first #editing", "editing")
        await anna.edit(uri, "second, without the tag")
        later = await anna.post("tagged later")
        await anna.edit(later, "tagged now #editing", "editing")
        await anna.delete(uri)
        await got.until(lambda: any(isinstance(event, Deleted) for event in got.events))

    first, edited, tagged, deleted = got.events
    assert isinstance(edited, Edited)
    assert isinstance(tagged, Post)
    assert isinstance(first, Post)
    assert first.text == "first #editing"
    assert (edited.post.id, edited.post.text) == (uri, "second, without the tag")
    assert (tagged.id, tagged.text) == (later, "tagged now #editing")
    assert deleted == Deleted("bluesky", uri)


async def test_an_account_that_leaves_takes_its_posts_along(pds: Pds, pds_bridge: Bridge) -> None:
    troll, anna = await pds.account("troll-leaves"), await pds.account("anna-stays")
    async with following(bluesky("leaving", [pds_bridge.address])) as got:
        theirs = [await troll.post(f"{number} #leaving") for number in range(2)]
        await anna.post("I stay #leaving")
        await got.until(lambda: len(got.ids) == 3)
        await pds.take_down(troll.did)
        await got.until(lambda: len(got.events) == 5)
    assert got.events[3:] == [Deleted("bluesky", uri) for uri in theirs]


@pytest.mark.usefixtures("quick")
@both_forms
@pytest.mark.parametrize("fault", ["cut", "closed", "too slow", "silent"])
async def test_a_fault_leaves_no_gap_and_no_repeat(
    pds: Pds, pds_bridge: Bridge, path: str, fault: str
) -> None:
    name = f"gap-{fault.replace(' ', '-')}-{len(path)}"
    anna = await pds.account(name)
    tag = name.replace("-", "")
    patience = 0.3 if fault == "silent" else 30.0
    sky = bluesky(tag, [pds_bridge.address + path], silent_after=patience)
    async with following(sky) as got:
        await anna.post(f"before #{tag}")
        await got.until(lambda: got.texts)
        with pds_bridge.fault("stall" if fault == "silent" else "refuse"):
            await anna.post(f"during, first #{tag}")
            match fault:
                case "cut":
                    pds_bridge.cut()
                case "closed":
                    await pds_bridge.close()
                case "too slow":
                    await pds_bridge.error("ConsumerTooSlow", "read faster")
                case _:
                    pass  # it stalls already
            await got.until(lambda: got.lost)
            pds_bridge.log.noise(20, random.Random(3))
            await anna.post(f"during, second #{tag}")
        await anna.post(f"after #{tag}")
        await got.until(lambda: len(got.texts) == 4)
        await anna.post(f"last #{tag}")
        await got.until(lambda: len(got.texts) == 5)

    expected = ["before", "during, first", "during, second", "after", "last"]
    assert got.texts == [f"{text} #{tag}" for text in expected]
    assert ("silent" in got.states) == (fault == "silent")
    if fault == "too slow" and path == V2_PATH:
        assert "ConsumerTooSlow: read faster" in got.lost[0].reason


@both_forms
async def test_a_cut_of_an_hour_leaves_no_gap_and_no_repeat(
    pds: Pds, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "RECONNECT", 0.02)
    anna = await pds.account(f"anna-hour-{len(path)}")
    tag = f"hour{len(path)}"
    clock = Clock()
    chance = random.Random(4)
    async with (
        jetstream_bridge(now=lambda: clock().timestamp()) as bridge,
        asyncio.TaskGroup() as tasks,
    ):
        since = datetime.now(UTC)
        follower = tasks.create_task(bridge.follow(pds.address, since=since), name="jetstream:pds")
        async with following(bluesky(tag, [bridge.address + path], clock=clock)) as got:
            await anna.post(f"before #{tag}")
            await got.until(lambda: got.texts)
            with bridge.fault("refuse"):
                bridge.cut()
                await got.until(lambda: got.lost)
                for number in range(3):
                    clock.ahead += timedelta(minutes=20)
                    bridge.log.noise(300, chance, spread=1190)
                    uri = await anna.post(f"during {number} #{tag}")
                    await _logged(bridge, uri)
            await got.until(lambda: len(got.texts) == 4)
            await anna.post(f"after #{tag}")
            await got.until(lambda: len(got.texts) == 5)
        follower.cancel()

    assert got.texts == [
        f"{text} #{tag}" for text in ("before", "during 0", "during 1", "during 2", "after")
    ]
    assert "catching-up" in got.states
    assert got.states[-1] == "live"


async def _logged(bridge: Bridge, uri: str) -> None:
    """Wait until the host has heard of a post from the PDS."""
    async with asyncio.timeout(WAIT):
        while bridge.log.entries[-1].uri != uri:
            await asyncio.sleep(0.01)


@both_forms
async def test_a_restart_goes_on_from_the_stored_cursor(
    pds: Pds, pds_bridge: Bridge, path: str
) -> None:
    anna = await pds.account(f"anna-restart-{len(path)}")
    tag = f"restart{len(path)}"
    hosts = [pds_bridge.address + path]
    async with following(bluesky(tag, hosts)) as first:
        kept = await anna.post(f"first run #{tag}")
        edited = await anna.post(f"first run, too #{tag}")
        await first.until(lambda: len(first.ids) == 2)

    between = await anna.post(f"in between #{tag}")
    await anna.edit(edited, "edited in between")
    await anna.delete(kept)

    second = bluesky(tag, hosts, known=first.ids)
    async with following(second, first.cursor) as got:
        await got.until(lambda: len(got.events) == 3)
        last = await anna.post(f"second run #{tag}")
        await got.until(lambda: last in got.ids)

    assert got.ids == [between, last]
    assert [event.post.id for event in got.events if isinstance(event, Edited)] == [edited]
    assert [event.id for event in got.events if isinstance(event, Deleted)] == [kept]
    assert int(pds_bridge.visits[-1].cursor) == int(first.cursor) - feed.REWIND


# --- hosts --------------------------------------------------------------------------------------


def say(bridge: Bridge, text: str, *, did: str = "did:plc:anna") -> str:
    """Let somebody post, without a PDS; give the post's address."""
    rkey = f"3{random.getrandbits(60):015x}"
    return bridge.log.commit(did, rkey, record(text)).uri


@pytest.mark.usefixtures("quick")
async def test_a_silent_host_is_an_outage_and_another_is_tried(bridge: Bridge) -> None:
    async with jetstream_bridge() as dumb:
        sky = bluesky("talk", [dumb.address, bridge.address], silent_after=0.2)
        with dumb.fault("stall"):
            async with following(sky) as got:
                async with asyncio.timeout(WAIT):
                    await dumb.until(lambda: dumb.connected)
                say(dumb, "unheard #talk")
                say(bridge, "heard #talk")
                await got.until(lambda: got.texts)
    assert got.texts == ["heard #talk"]
    assert got.states[:4] == ["starting", "silent", "starting", "live"]
    assert "said nothing usable for 0.2 s" in got.lost[0].reason


@pytest.mark.usefixtures("quick")
async def test_hosts_that_do_not_answer_or_refuse_are_passed_over(
    bridge: Bridge, free_port: int
) -> None:
    hosts = [f"ws://127.0.0.1:{free_port}", f"{bridge.address}/nowhere", bridge.address]
    async with following(bluesky("x", hosts)) as got:
        say(bridge, "found #x")
        await got.until(lambda: got.texts)
    assert len(got.lost) == 2
    assert "answered 404" in got.lost[1].reason


async def test_a_host_that_talks_and_then_closes_gets_no_more(bridge: Bridge) -> None:
    async with following(bluesky("x", [bridge.address])) as got:
        for number in range(2):
            say(bridge, f"{number} #x")
            await got.until(lambda: len(got.texts) > number)  # noqa: B023
            await bridge.close()
            await got.until(lambda: len(got.lost) > number)  # noqa: B023
    assert all(lost.retry_after >= 1 for lost in got.lost)


@both_forms
async def test_frames_that_cannot_be_used_are_counted_and_harm_nothing(
    bridge: Bridge, path: str
) -> None:
    sky = bluesky("safe", [bridge.address + path])
    async with following(sky) as got:
        async with asyncio.timeout(WAIT):
            await bridge.until(lambda: bridge.connected)
        await bridge.inject('{"did":')
        await bridge.inject(b"\x00\xff\xfe")
        await bridge.inject("[" * 100_000)
        await bridge.inject('{"x":"' + "x" * 10_000_000 + '"}')
        say(bridge, "still here #safe")
        await got.until(lambda: got.texts and len(got.skipped) == 4)
    assert got.texts == ["still here #safe"]
    assert len(bridge.visits) == 1
    assert {skip.where for skip in got.skipped} == {bridge.address.removeprefix("ws://")}
    assert "10000008 bytes; 1048576 is the limit" in [skip.reason for skip in got.skipped]


async def test_a_fault_of_ours_in_one_post_costs_that_post_alone(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def parse(frame: bytes, wanted: Wanted) -> Heard:
        if b"cursed" in frame:
            raise ZeroDivisionError("as no post should")
        return frames.parse(frame, wanted)

    monkeypatch.setattr(feed, "parse", parse)
    async with following(bluesky("x", [bridge.address])) as got:
        for text in ("before", "cursed", "cursed, too", "after"):
            say(bridge, f"{text} #x")
        await got.until(lambda: len(got.texts) == 2 and len(got.skipped) == 2)
        say(bridge, "later #x")
        await got.until(lambda: len(got.texts) == 3)
    assert got.texts == ["before #x", "after #x", "later #x"]
    assert got.cursor == str(bridge.log.entries[-1].time_us)
    assert {skip.reason for skip in got.skipped} == {"a fault in the program; the log has it"}
    assert len(bridge.visits) == 1
    said = [one for one in caplog.records if one.name == "eventlive.feeds.bluesky"]
    assert [one.exc_info is not None for one in said] == [True]


async def test_a_host_may_ask_for_any_wait_and_gets_minutes_at_most() -> None:
    async def refuse(_: ServerConnection, request: Request) -> Response:
        wait = request.path.partition("?")[0].removeprefix("/")
        return Response(503, "No", Headers({"Retry-After": wait, "Content-Length": "0"}), b"")

    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=refuse) as server:
        host = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        waits = {}
        for wait in ("200", "9" * 5000, "soon"):
            with pytest.raises(FeedLost) as lost:
                async for _ in bluesky("x", [f"{host}/{wait}"]).follow(""):
                    pass
            waits[wait[:4]] = round(lost.value.retry_after)
    assert waits == {"200": 200, "9999": feed.WAIT_MAX, "soon": waits["soon"]}
    assert waits["soon"] <= 2


@pytest.mark.usefixtures("quick")
async def test_a_host_that_sends_only_rubbish_is_silent(bridge: Bridge) -> None:
    async with following(bluesky("x", [bridge.address], silent_after=0.3)) as got:
        while not got.lost:
            await bridge.inject("rubbish")
            await asyncio.sleep(0.02)
    assert got.states[:2] == ["starting", "silent"]


@pytest.mark.usefixtures("quick")
async def test_a_frame_too_large_to_be_held_costs_the_connection_and_nothing_else(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HELD_MAX", 1 << 21)
    async with following(bluesky("x", [bridge.address])) as got:
        say(bridge, "before #x")
        await got.until(lambda: got.texts)
        await bridge.inject("x" * (1 << 22))
        await got.until(lambda: got.lost)
        say(bridge, "after #x")
        await got.until(lambda: len(got.texts) == 2)
    assert got.texts == ["before #x", "after #x"]


async def test_only_a_person_can_mend_these(bridge: Bridge) -> None:
    for wrong in (bluesky("#", [bridge.address]), bluesky("x", ["http://example.com"])):
        with pytest.raises(FeedRefused):
            async for _ in wrong.follow(""):
                pass
    assert not bridge.visits


# --- cursors ------------------------------------------------------------------------------------


@both_forms
async def test_the_cursor_moves_on_when_nothing_matches(
    bridge: Bridge, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MARK_EVERY", 0.05)
    async with following(bluesky("nobody", [bridge.address + path])) as got:
        for number in range(3):
            bridge.log.noise(10, random.Random(number))
            await got.until(lambda: got.cursor == str(bridge.log.entries[-1].time_us))
            await asyncio.sleep(0.06)
    assert not got.events
    assert got.cursors == sorted(got.cursors)


async def test_a_quiet_connection_hands_over_no_cursor(bridge: Bridge) -> None:
    """A host that says nothing must not be taken for one that has said all there was."""
    async with following(bluesky("x", [bridge.address], silent_after=0.2)) as got:
        await got.until(lambda: got.lost)
    assert not got.cursors


async def test_the_cursor_is_that_of_what_was_handed_over(bridge: Bridge) -> None:
    async with following(bluesky("x", [bridge.address])) as got:
        for number in range(3):
            say(bridge, f"{number} #x")
            await got.until(lambda: len(got.texts) > number)  # noqa: B023
            assert got.cursor == str(bridge.log.entries[-1].time_us)


@both_forms
async def test_what_is_older_than_hosts_keep_is_said_to_be_lost(path: str) -> None:
    clock = Clock()
    async with jetstream_bridge(now=lambda: clock().timestamp()) as bridge:
        say(bridge, "forgotten #x")
        cursor = str(bridge.log.entries[-1].time_us)
        clock.ahead = timedelta(seconds=LOOK_BACK + 3600)
        async with following(bluesky("x", [bridge.address + path], clock=clock), cursor) as got:
            async with asyncio.timeout(WAIT):
                await bridge.until(lambda: bridge.connected)
            say(bridge, "kept #x")
            await got.until(lambda: got.texts and got.skipped)
    assert got.texts == ["kept #x"]
    assert ("36 hours" if path == V1_PATH else "OutdatedCursor") in got.skipped[0].reason
    assert got.states == ["catching-up", "live"]


@pytest.mark.parametrize("cursor", ["", "7", "yesterday", "٣", "9" * 30])
async def test_without_a_usable_cursor_it_starts_now(bridge: Bridge, cursor: str) -> None:
    bridge.log.commit("did:plc:a", "1", record("long ago #x"), time_us=1_700_000_000_000_000)
    async with following(bluesky("x", [bridge.address]), cursor) as got:
        async with asyncio.timeout(WAIT):
            await bridge.until(lambda: bridge.connected)
        say(bridge, "now #x")
        await got.until(lambda: got.texts)
    assert got.texts == ["now #x"]
    asked = int(bridge.visits[0].cursor)
    assert 9e6 < time.time_ns() / 1000 - asked < 30e6


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("wrong", [timedelta(hours=2), timedelta(hours=-2)])
async def test_a_clock_that_is_wrong_or_jumps_does_not_hide_that_it_is_live(
    bridge: Bridge, wrong: timedelta
) -> None:
    clock = Clock()
    async with following(bluesky("x", [bridge.address], clock=clock)) as got:
        say(bridge, "1 #x")
        await got.until(lambda: got.texts)
        clock.ahead = wrong
        bridge.cut()
        await got.until(lambda: got.lost)
        say(bridge, "2 #x")
        await got.until(lambda: len(got.texts) == 2)
        await got.until(lambda: got.states.count("live") == 2)
    assert got.texts == ["1 #x", "2 #x"]


# --- the engine's side --------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
async def test_a_busy_engine_is_not_the_hosts_silence(bridge: Bridge) -> None:
    """The engine may leave a batch waiting; the host must not be blamed for that time."""
    sky = bluesky("x", [bridge.address], silent_after=1.0)
    posts = 0
    async with aclosing(sky.follow("")) as steps:
        say(bridge, "1 #x")
        async for step in steps:
            if not isinstance(step, Batch):
                continue
            posts += len(step.events)
            if posts == 2:
                break
            await asyncio.sleep(1.2)
            say(bridge, "2 #x")
    assert len(bridge.visits) == 1


async def test_closing_ends_the_connection_and_a_later_call_loses_nothing(bridge: Bridge) -> None:
    sky = bluesky("x", [bridge.address])
    first = say(bridge, "1 #x")
    async with aclosing(sky.follow("")) as steps:
        async for step in steps:
            if isinstance(step, Status) and step.state == "live":
                break  # the post was read, and its batch not taken
    async with asyncio.timeout(WAIT):
        await bridge.until(lambda: not bridge.connected)
    async with following(sky) as got:
        await got.until(lambda: got.ids)
        second = say(bridge, "2 #x")
        await got.until(lambda: len(got.ids) == 2)
    assert got.ids == [first, second]


async def test_posts_that_come_together_are_handed_over_together(bridge: Bridge) -> None:
    batches: list[int] = []
    async with aclosing(bluesky("x", [bridge.address]).follow("")) as steps:
        for number in range(1200):
            say(bridge, f"{number} #x")
        async for step in steps:
            if isinstance(step, Batch):
                batches.append(len(step.events))
                if sum(batches) == 1200:
                    break
    assert max(batches) <= feed.BATCH
    assert len(batches) < 60

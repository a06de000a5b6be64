"""The venue's link on a real Mosquitto: state out, cues in, and no broker is ever fatal."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import aiomqtt
import pytest

from eventlive import broker as line
from eventlive import venue as module
from eventlive.broker import Broker as Address
from eventlive.desk import Desk as Rundown
from eventlive.desk import Rules
from eventlive.desk.inputs import Ordered
from eventlive.engine import Engine
from eventlive.messages import AddNote, Approve, Command, Hold, Reply, Undo
from eventlive.model import ANOTHER_ENGINE, Health, Segment
from eventlive.venue import Venue
from tests.broker import Broker
from tests.service.engines import (
    PATIENCE,
    START,
    console,
    post,
    running,
    screen,
    serving,
    until,
    write_script,
)

pytestmark = pytest.mark.needs("mosquitto")

SEGMENTS = """
[[segments]]
id = "keynote"
title = "The keynote"
starts = 2027-05-20T09:00:00Z
[[segments]]
id = "panel"
title = "A panel"
starts = 2027-05-20T10:00:00Z
"""


def venue(broker: Broker) -> str:
    return f'[venue]\nbroker = "{broker.url}"\n' + SEGMENTS


class Desk:
    """The venue's own desk: hears all topics of the event, sends cues."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.retained: dict[str, Any] = {}
        self._client = client

    async def listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            topic = str(message.topic).removeprefix("eventlive/try/")
            if topic.startswith(("cue/", "wall/")) or not message.payload:
                continue
            self.heard.append((topic, json.loads(message.payload)))
            self.retained[topic] = json.loads(message.payload)

    async def publish(self, name: str, payload: bytes) -> None:
        """Send a cue and go on."""
        await self._client.publish(f"eventlive/try/cue/{name}", payload, qos=1)

    async def cue(self, name: str, payload: bytes = b"", *, retain: bool = False) -> dict[str, Any]:
        """Send a cue and give its acknowledgement."""
        before = len(self.acks)
        await self._client.publish(f"eventlive/try/cue/{name}", payload, qos=1, retain=retain)
        await until(lambda: len(self.acks) > before or None, f"an ack of {name[:50]}")
        ack = self.acks[before]
        assert ack["cue"] == name[: len(ack["cue"])]
        return ack

    @property
    def acks(self) -> list[dict[str, Any]]:
        return [body for topic, body in self.heard if topic == "ack"]

    async def says(self, topic: str, **fields: Any) -> dict[str, Any]:
        """Wait until the newest state on a topic holds these values."""

        def there() -> dict[str, Any] | None:
            body = self.retained.get(topic)
            return body if body and fields.items() <= body.items() else None

        return await until(there, f"{topic} with {fields}")


@asynccontextmanager
async def desk(broker: Broker) -> AsyncIterator[Desk]:
    async with aiomqtt.Client(broker.host, broker.port, timeout=PATIENCE) as client:
        await client.subscribe("eventlive/try/#", qos=1)
        one = Desk(client)
        listening = asyncio.ensure_future(one.listen())
        try:
            yield one
        finally:
            listening.cancel()
            await asyncio.wait([listening])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BACK_OFF", (0.05, 30.0))
    monkeypatch.setattr(module, "HEALTH_SECONDS", 0.1)
    monkeypatch.setattr(module, "ANOTHER_SECONDS", 0.5)
    monkeypatch.setattr(line, "TIMEOUT", 3.0)


# --- state out ------------------------------------------------------------------------------------


async def test_scene_and_health_are_retained_and_follow_what_happens(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with running(tmp_path, venue(mosquitto), [post(1)]) as engine, console(engine) as anna:
        async with desk(mosquitto) as early:
            await early.says("scene", held=False, title="A try", hashtag="try", cards=0)
            await early.says("health", state="online", posts=1)
            item = await anna.item(post(1).key)
            await anna.done(Approve(item.id, item.version))
            await early.says("scene", cards=1)
            await anna.done(Hold())
            await early.says("scene", held=True)
        async with desk(mosquitto) as late:
            await late.says("scene", held=True, cards=1)
            health = await late.says("health", state="online", held=True, posts=1)
        assert health["venue"] == "connected"
        assert "Post number 1" not in json.dumps(late.heard)


async def test_the_link_says_offline_at_a_clean_end(
    tmp_path: Path, mosquitto: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(mosquitto) as stage:
        async with running(tmp_path, venue(mosquitto)):
            await stage.says("health", state="online")
        await stage.says("health", state="offline")
        assert stage.heard[-1] == ("health", {"state": "offline"})
    assert not [record for record in caplog.records if record.exc_info]


async def test_the_last_will_says_offline_after_a_kill(tmp_path: Path, mosquitto: Broker) -> None:
    script = write_script(tmp_path, venue(mosquitto))
    async with desk(mosquitto) as stage:
        async with serving(script, "--data", tmp_path / "data", "--port", 0) as engine:
            await stage.says("health", state="online")
            await stage.says("scene", title="A try")
            await engine.kill()
            await stage.says("health", state="offline")
        assert stage.retained["scene"]["title"] == "A try"
        async with serving(script, "--data", tmp_path / "data", "--port", 0) as engine:
            await stage.says("health", state="online")
            assert (await engine.end())[0] == 0
            await stage.says("health", state="offline")


# --- cues in --------------------------------------------------------------------------------------


async def test_cues_hold_release_and_say_so(tmp_path: Path, mosquitto: Broker) -> None:
    async with (
        running(tmp_path, venue(mosquitto)) as engine,
        screen(engine) as wall,
        console(engine) as anna,
        desk(mosquitto) as stage,
    ):
        await stage.says("health", state="online")
        assert (await stage.cue("hold"))["ok"]
        await wall.hear_until(lambda: wall.scene.held, "the hold")
        again = await stage.cue("hold", b"any payload")
        assert (again["ok"], "held already" in again["reason"]) == (False, True)
        assert (await stage.cue("release"))["ok"]
        await wall.hear_until(lambda: not wall.scene.held, "the release")
        await anna.hear_until(lambda: len(anna.decisions) >= 2, "the log")
        assert [(d.who, d.action) for d in anna.decisions] == [
            ("venue", "hold"),
            ("venue", "release"),
        ]


async def test_a_cue_approves_the_next_that_may_be_shown(tmp_path: Path, mosquitto: Broker) -> None:
    more = venue(mosquitto) + "[moderation]\nstop = ['casino']\n"
    posts = [post(1, "quiet words"), post(2, "a casino"), post(3, "more quiet words")]
    async with (
        running(tmp_path, more, posts) as engine,
        screen(engine) as wall,
        console(engine) as anna,
        desk(mosquitto) as stage,
    ):
        await anna.item(posts[2].key)
        await stage.says("health", state="online")
        for count in (1, 2):
            ack = await stage.cue("approve-next")
            assert ack["ok"]
            await wall.hear_until(lambda count=count: len(wall.cards) == count, "the card")  # type: ignore[misc]
            assert ack["thing"] in wall.cards
        last = await stage.cue("approve-next")
        assert (last["ok"], "nothing waits" in last["reason"]) == (False, True)
        assert sorted(wall.texts) == ["more quiet words", "quiet words"]


async def test_cues_start_and_end_segments(tmp_path: Path, mosquitto: Broker) -> None:
    async with (
        running(tmp_path, venue(mosquitto)) as engine,
        screen(engine) as wall,
        desk(mosquitto) as stage,
    ):
        await stage.says("health", state="online")
        assert (await stage.cue("segment/keynote/start"))["ok"]
        await stage.says("scene", now="The keynote")
        await wall.hear_until(lambda: wall.scene.now == "The keynote", "the segment")
        assert (await stage.cue("segment/panel/start"))["ok"]
        await stage.says("scene", now="A panel")
        assert not (await stage.cue("segment/keynote/end"))["ok"]
        assert (await stage.cue("segment/panel/end"))["ok"]
        await stage.says("scene", now="")


@pytest.mark.parametrize(
    ("cue", "payload", "reason"),
    [
        ("explode", b"", "no such cue"),
        ("Hold", b"", "no such cue"),
        ("hold/now", b"", "no such cue"),
        ("segment//start", b"", "no such cue"),
        ("segment/keynote/pause", b"", "no such cue"),
        ("segment/lunch/start", b"", "no segment 'lunch'"),
        ("segment/keynote/late", b"\xff\xfe", 'it reads "5" or "-2" (minutes)'),
        ("segment/keynote/move", b"later", 'it reads "14:05"'),
        ("segment/" + "x" * 5000 + "/start", b"", "no segment"),
        ("x" * 20_000, b"", "no such cue"),
        ("hold", b"x" * 4097, "over 4096 bytes"),
        ("hold", b"x" * 5_000_000, "over 4096 bytes"),
        ("\u202egnihtyna", b"\xff\xfe", "no such cue"),
        ("approve-next", b"\x00" * 5000, "over 4096 bytes"),
    ],
)
async def test_what_is_no_cue_is_refused_with_its_reason(
    tmp_path: Path, mosquitto: Broker, cue: str, payload: bytes, reason: str
) -> None:
    async with (
        running(tmp_path, venue(mosquitto), [post(1)]) as engine,
        screen(engine) as wall,
        desk(mosquitto) as stage,
    ):
        await stage.says("health", state="online")
        ack = await stage.cue(cue, payload)
        assert not ack["ok"]
        assert reason in ack["reason"]
        assert len(json.dumps(ack)) < 2000
        assert (await stage.cue("hold", b"x" * 4096))["ok"]
        await wall.hear_until(lambda: wall.scene.held, "the hold")


async def test_a_retained_cue_is_refused_and_is_not_obeyed_at_the_next_start(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """A broker keeps it and says it again at every connection: it must not hold the show then."""
    async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
        await client.publish("eventlive/try/cue/hold", b"", qos=1, retain=False)
        await client.publish("eventlive/try/cue/hold", b"now", qos=1, retain=True)
    async with desk(mosquitto) as stage:
        for _ in range(2):
            async with running(tmp_path, venue(mosquitto)) as engine:
                await stage.says("health", state="online")
                await until(lambda: stage.acks or None, "the refusal")
                assert (stage.acks[0]["cue"], stage.acks[0]["ok"]) == ("hold", False)
                assert "retain" in stage.acks[0]["reason"]
                assert not engine.engine.health().held
            stage.heard.clear()
            stage.retained.clear()


async def test_a_flood_of_cues_is_worked_off_and_consoles_are_served(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with (
        running(tmp_path, venue(mosquitto), [post(1)]) as engine,
        console(engine) as anna,
        desk(mosquitto) as stage,
        aiomqtt.Client(mosquitto.host, mosquitto.port) as flooder,
    ):
        item = await anna.item(post(1).key)
        await stage.says("health", state="online")
        for number in range(300):
            name = "hold" if number % 2 == 0 else "release"
            await flooder.publish(f"eventlive/try/cue/{name}", b"", qos=1)
        await anna.done(AddNote(item.id, item.version, "still served"))
        await until(lambda: len(stage.acks) == 300 or None, "300 acks", 20)
        assert all(ack["ok"] for ack in stage.acks)
        assert not engine.engine.health().held


async def test_a_hold_goes_before_a_flood_of_cues_and_what_is_dropped_is_said(
    tmp_path: Path, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line.Waiting.__init__, "__defaults__", (100,))
    asked: list[str] = []
    gate = asyncio.Event()

    async def slowly(self: Engine, who: str, command: Command) -> Reply:
        asked.append(type(command).__name__)
        await gate.wait()
        return Reply(0, True)

    monkeypatch.setattr(Engine, "carry_out", slowly)
    async with (
        running(tmp_path, venue(mosquitto), [post(1)]) as engine,
        desk(mosquitto) as stage,
        aiomqtt.Client(mosquitto.host, mosquitto.port) as flooder,
    ):
        await until(lambda: engine.engine.venue_says == "connected" or None)
        await stage.says("health", state="online")
        for _ in range(300):
            await flooder.publish("eventlive/try/cue/approve-next", b"", qos=1)
        for name in ("screen/left/blackout", "hold"):
            await flooder.publish(f"eventlive/try/cue/{name}", b"", qos=1)
        # Behind these on the same line, so they are there once this is.
        await flooder.publish("eventlive/try/health", b'{"state":"online"}', qos=1)
        await until(lambda: stage.retained["health"].get("life") is None or None, "the last of it")
        gate.set()
        await until(lambda: len(asked) > 90 or None, "the cues")
        assert asked[:4] == ["ApproveNext", "Hold", "Darken", "ApproveNext"]
        await until(
            lambda: [ack for ack in stage.acks if "cues came faster" in ack["reason"]] or None,
            "the refusal",
        )


async def test_a_few_cues_are_obeyed_in_their_order(
    tmp_path: Path, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of a show's control: the new scene has to stand before the hold is over."""
    asked: list[str] = []
    gate = asyncio.Event()

    async def slowly(self: Engine, who: str, command: Command) -> Reply:
        asked.append(type(command).__name__)
        await gate.wait()
        return Reply(0, True)

    monkeypatch.setattr(Engine, "carry_out", slowly)
    async with running(tmp_path, venue(mosquitto)), desk(mosquitto) as stage:
        await stage.says("health", state="online")
        for cue, payload in (
            ("segment/panel/start", b""),
            ("screen/all/scene", b"pair"),
            ("screen/left/blackout", b"off"),
            ("release", b""),
        ):
            await stage.publish(cue, payload)
        await until(lambda: asked or None)
        gate.set()
        await until(lambda: len(asked) == 4 or None, "all four")
    assert asked == ["StartSegment", "SetScreen", "Darken", "Release"]


async def test_a_line_that_breaks_as_it_is_cancelled_ends() -> None:
    """Python 3.11's groups raise what failed in place of the cancellation."""
    for turns in range(16):

        async def fails(after: int = turns) -> None:
            for _ in range(after):
                await asyncio.sleep(0)
            raise aiomqtt.MqttError("the line is gone")

        async def waits() -> None:
            await asyncio.Event().wait()

        task = asyncio.ensure_future(line.together({"one": fails(), "two": waits()}))
        for _ in range(8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), turns


async def test_two_engines_of_one_event_are_told_of(tmp_path: Path, mosquitto: Broker) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with running(tmp_path / "one", venue(mosquitto)) as one:
        await until(lambda: one.engine.venue_says == "connected" or None)
        async with running(tmp_path / "two", venue(mosquitto)) as two:
            await until(lambda: one.engine.venue_says == ANOTHER_ENGINE or None, "the word")
            await until(lambda: two.engine.venue_says == ANOTHER_ENGINE or None, "the word")
        await until(lambda: one.engine.venue_says == "connected" or None, "its end")


async def test_a_cues_decision_is_not_an_operators_to_undo(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with (
        running(tmp_path, venue(mosquitto), [post(1)]) as engine,
        console(engine) as anna,
        desk(mosquitto) as stage,
    ):
        await anna.item(post(1).key)
        await stage.says("health", state="online")
        assert (await stage.cue("approve-next"))["ok"]
        reply = await anna.order(Undo())
        assert not reply.ok


# --- the rundown ----------------------------------------------------------------------------------


class Programme:
    """The venue's link with a desk behind it, at a time of the test's own, nine in Oslo."""

    def __init__(self, broker: Broker, *segments: Segment) -> None:
        self.now = START
        self._desk = Rundown(Rules(), segments)
        self.venue = Venue(
            "try",
            Address(broker.url),
            scene=lambda: self._desk.state.scene,
            health=lambda: Health(self.now, START),
            carry_out=self.carry_out,
            say=lambda _: None,
            random=Random(1),
            segments=self._desk.state.segments.values,
            clock=lambda: self.now,
            zone=ZoneInfo("Europe/Oslo"),
        )

    async def carry_out(self, who: str, command: Command) -> Reply:
        turn = self._desk.handle([Ordered(who, command)], self.now)
        self.venue.listen(turn.changes)
        return turn.replies[0]

    def after(self, minutes: float) -> None:
        """Let time go by on the desk's clock."""
        self.now = START + timedelta(minutes=minutes)
        self.venue.listen(self._desk.handle([], self.now).changes)


@asynccontextmanager
async def programme(broker: Broker, *segments: Segment) -> AsyncIterator[tuple[Programme, Desk]]:
    one = Programme(broker, *segments)
    async with desk(broker) as stage, asyncio.TaskGroup() as tasks:
        link = tasks.create_task(one.venue.run(), name="link")
        try:
            await stage.says("health", state="online")
            yield one, stage
        finally:
            link.cancel()


def segment(name: str, minutes: int, after: str = "", **fields: Any) -> Segment:
    """Make one of thirty minutes, so many minutes after START."""
    starts = None if after else START + timedelta(minutes=minutes)
    return Segment(name, 1, f"The {name}", starts, 30, after=after, **fields)


async def test_the_rundown_is_retained_and_follows_what_happens(mosquitto: Broker) -> None:
    keynote, panel = segment("keynote", 10, by="hand", room="Hall"), segment("panel", 0, "keynote")
    async with programme(mosquitto, keynote, panel) as (one, stage):
        (track,) = (await stage.says("rundown", at="2027-05-20T09:00:00Z"))["tracks"]
        assert (track["track"], track["late"], track["now"]) == ("", 0, None)
        assert track["next"]["id"] == "keynote"
        assert track["next"]["begins"] == "2027-05-20T09:10:00Z"

        async def on(current: str | None, late: int, left: int | None, following: str) -> None:
            def so() -> bool | None:
                (track,) = stage.retained["rundown"]["tracks"]
                running = track["now"] or {"id": None, "minutes_left": None}
                told = running["id"], track["late"], running["minutes_left"], track["next"]["id"]
                return told == (current, late, left, following) or None

            await until(so, f"{current} with {left} min left, {late} s late, then {following}")

        # It waits for a person, and nobody has come: it grows later by itself.
        one.after(13)
        await on(None, 180, None, "keynote")
        assert (await stage.cue("segment/keynote/start"))["did"] == (
            "'The keynote' runs until 11:43, 3 min late"
        )
        await on("keynote", 180, 30, "panel")
        one.after(33.5)
        await on("keynote", 180, 10, "panel")
        async with desk(mosquitto) as newcomer:
            (track,) = (await newcomer.says("rundown"))["tracks"]
            assert track["now"]["room"] == "Hall"
            assert track["next"]["begins"] == "2027-05-20T09:43:00Z"
        assert (await stage.cue("segment/keynote/end"))["ok"]


async def test_cues_move_the_programme_and_say_what_they_did(mosquitto: Broker) -> None:
    parts = segment("keynote", 10), segment("panel", 0, "keynote"), segment("lunch", 180)
    async with programme(mosquitto, *parts) as (_, stage):

        async def did(cue: str, payload: bytes = b"") -> str:
            ack = await stage.cue(f"segment/{cue}", payload)
            assert (ack["ok"], ack["reason"], ack["thing"]) == (True, "", cue.partition("/")[0])
            return str(ack["did"])

        assert await did("keynote/late", b"5") == "'The keynote' begins at 11:15, 5 min late"
        # Said again it is five minutes more: what is expected now moves.
        assert await did("keynote/late", b"5m") == "'The keynote' begins at 11:20, 10 min late"
        assert await did("keynote/late", b'{"seconds": -120}') == (
            "'The keynote' begins at 11:18, 8 min late"
        )
        assert await did("keynote/move", b"11:30") == "'The keynote' begins at 11:30, 20 min late"

        def told() -> bool | None:
            (track,) = stage.retained["rundown"]["tracks"]
            return (track["late"], track["next"]["begins"]) == (
                1200,
                "2027-05-20T09:30:00Z",
            ) or None

        await until(told, "the keynote's new time")
        assert await did("keynote/skip") == "'The keynote' is skipped"
        assert await did("keynote/plan") == "'The keynote' begins at 11:10"
        assert await did("lunch/move", b"2027-05-20T13:00:00Z") == (
            "'The lunch' begins at 15:00, 60 min late"
        )
        assert await did("keynote/start") == "'The keynote' runs until 11:30, 10 min early"
        assert await did("keynote/late", b"+2") == "'The keynote' runs until 11:32, 8 min early"
        for cue, payload, reason in [
            ("keynote/start", b"", "runs already"),
            ("keynote/skip", b"", "running"),
            ("keynote/move", b"10:00", "over already"),
            ("supper/move", b"12:00", "no segment 'supper'"),
        ]:
            ack = await stage.cue(f"segment/{cue}", payload)
            assert (ack["ok"], ack["did"], reason in ack["reason"]) == (False, "", True), ack


async def test_the_engines_programme_is_cued_in_the_events_zone(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with (
        running(tmp_path, venue(mosquitto)) as engine,
        console(engine) as anna,
        desk(mosquitto) as stage,
    ):
        await stage.says("rundown")
        ack = await stage.cue("segment/panel/move", b"10:20")
        assert ack["did"] == "'A panel' begins at 10:20, 20 min late"
        await anna.hear_until(lambda: anna.decisions, "the log")
        assert [(d.who, d.action, d.on) for d in anna.decisions] == [
            ("venue", "move-segment", "panel")
        ]
        ack = await stage.cue("segment/keynote/skip")
        assert ack["ok"]

        def told() -> bool | None:
            (track,) = stage.retained["rundown"]["tracks"]
            return (track["next"]["id"], track["late"]) == ("panel", 1200) or None

        await until(told, "the panel as what is next")


# --- a broker that goes ---------------------------------------------------------------------------


async def test_a_broker_that_is_killed_and_comes_back_is_found_again(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with (
        running(tmp_path, venue(mosquitto), [post(1)]) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        async with desk(mosquitto) as stage:
            await stage.says("health", state="online")
        await mosquitto.kill()
        await until(lambda: engine.engine.health().venue.startswith("away") or None, "away")
        # The show goes on without it, and what happened meanwhile is said afterwards.
        item = await anna.item(post(1).key)
        await anna.done(Approve(item.id, item.version))
        await wall.hear_until(lambda: wall.cards, "the card")
        await mosquitto.start()
        async with desk(mosquitto) as stage:
            await stage.says("scene", cards=1)
            await stage.says("health", state="online", venue="connected")
            assert (await stage.cue("hold"))["ok"]
        await wall.hear_until(lambda: wall.scene.held, "the hold")


async def test_after_many_outages_it_still_comes_back_soon(
    tmp_path: Path, mosquitto: Broker
) -> None:
    """The waits grow within an outage and begin anew with each good connection."""
    async with running(tmp_path, venue(mosquitto)) as engine:

        def connected() -> bool | None:
            return engine.engine.health().venue == "connected" or None

        for _ in range(10):
            await until(connected, "the link")
            await mosquitto.kill()
            await until(lambda: None if connected() else True, "the outage")
            await mosquitto.start()
        # Without a new beginning the wait would be fifteen seconds at least by now.
        await until(connected, "the link", 12)


@pytest.mark.timeout(30)
async def test_a_cancellation_that_the_library_swallows_does_not_hang_the_link(
    tmp_path: Path, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11's wait_for, which aiomqtt uses, loses one that comes with an answer (#86296)."""
    really = aiomqtt.Client.publish
    swallowed = 0

    async def publish(self: aiomqtt.Client, topic: str, *more: Any, **options: Any) -> None:
        nonlocal swallowed
        if not topic.endswith("/health") or swallowed:
            await really(self, topic, *more, **options)
            return
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            swallowed += 1

    monkeypatch.setattr(aiomqtt.Client, "publish", publish)
    async with running(tmp_path, venue(mosquitto)) as engine, desk(mosquitto) as stage:
        await stage.says("scene", title="A try")
        await mosquitto.kill()
        await until(lambda: swallowed or None, "the swallowed cancellation")
        await mosquitto.start()
        await until(lambda: engine.engine.health().venue == "connected" or None, "the link")


async def test_without_a_broker_everything_else_works(
    tmp_path: Path, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    more = f'[venue]\nbroker = "mqtt://127.0.0.1:{free_port}"\n'
    async with (
        running(tmp_path, more, [post(1)]) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        item = await anna.item(post(1).key)
        await anna.done(Approve(item.id, item.version))
        await wall.hear_until(lambda: wall.cards, "the card")
        await until(lambda: engine.engine.health().venue.startswith("away") or None, "away")
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_server_that_is_no_broker_is_no_fault_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Something else listens at that address, and talks nonsense or nothing."""

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"\xff" * 100)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        async with running(
            tmp_path, f'[venue]\nbroker = "mqtt://127.0.0.1:{port}"\n', [post(1)]
        ) as engine:
            await until(lambda: engine.engine.health().venue.startswith("away") or None, "away")
            async with console(engine) as anna:
                await anna.item(post(1).key)
    assert not [r for r in caplog.records if r.exc_info and r.name.startswith("eventlive")]


async def test_a_silent_broker_does_not_hold_up_the_end(tmp_path: Path, mosquitto: Broker) -> None:
    """The broker hangs (stopped, not gone) when the coverage ends: ten seconds are the limit."""
    script = write_script(tmp_path, venue(mosquitto))
    async with (
        desk(mosquitto) as stage,
        serving(script, "--data", tmp_path / "data", "--port", 0) as engine,
    ):
        await stage.says("health", state="online")
        pid = mosquitto._process.pid  # type: ignore[union-attr]
        os.kill(pid, signal.SIGSTOP)
        try:
            code, _, err = await engine.end()
        finally:
            os.kill(pid, signal.SIGCONT)
    assert "Traceback" not in err
    assert code == 0, err


async def test_the_brokers_password_is_not_logged(
    tmp_path: Path, mosquitto: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret: dict[str, Any] = {"venue_user": "stage", "venue_password": "quiet-word"}
    async with desk(mosquitto) as stage:
        async with running(tmp_path, venue(mosquitto), **secret):
            await stage.says("health", state="online")
        assert "quiet-word" not in json.dumps(stage.heard)
    assert "quiet-word" not in caplog.text

"""The venue's link over MQTT: state out, cues in (docs/venue.md).

Owns the link, its topics and what is sent on them when; what a cue means is `cues`'. Never fatal:
without a broker everything but cues works, and it comes back by itself. A retained cue is ignored,
for it would be carried out again at every reconnect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from random import Random
from typing import NoReturn

import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from eventlive.broker import Broker, Pipe, Waiting, keep_up, publish, together
from eventlive.cues import buzzer, outcome, read_cue, rundown, screens, tally
from eventlive.messages import Command, Reply, ScreenInfo
from eventlive.model import ANOTHER_ENGINE, Card, Change, Drop, Health, Put, Scene, Screen, Segment

log = logging.getLogger("eventlive.venue")

WHO = "venue"
HEALTH_SECONDS = 5.0
LIVE_SECONDS = 1.0
"""Seconds after which screens and lamps are looked at again: scenes take turns by themselves."""

OFFLINE = msgspec.json.encode({"state": "offline"})
GOODBYE = 1.0
"""Seconds for the last word, and again for leaving."""

ACK_MAX = 200
"""Characters of a cue, or of its outcome, in an ack."""

REASON_MAX = 400

CUE_MAX = 4096
"""Bytes of a cue's payload; a longer one is refused."""

ANOTHER_SECONDS = 3 * HEALTH_SECONDS
"""Seconds for which another engine is told of that was heard once."""

ECHO_SECONDS = 3 * HEALTH_SECONDS
"""Seconds within which the engine hears its own health, where the broker lets it write and read."""

UNHEARD = "connected, but the broker does not let it write or read: see the user's rights"


class _Health(msgspec.Struct):
    """What tells one engine's health from another's."""

    state: str = ""
    life: str = ""


class Venue:
    """One event's link to the venue's broker."""

    def __init__(  # noqa: PLR0913 - all are named where they are given
        self,
        event: str,
        broker: Broker,
        *,
        scene: Callable[[], Scene],
        health: Callable[[], Health],
        carry_out: Callable[[str, Command], Awaitable[Reply]],
        say: Callable[[str], None],
        random: Random,
        life: str = "",
        segments: Callable[[], Iterable[Segment]] = tuple,
        clock: Callable[[], datetime] | None = None,
        zone: tzinfo = UTC,
        screens: Callable[[], Iterable[Screen]] = tuple,
        attached: Callable[[], Iterable[ScreenInfo]] = tuple,
        cards: Callable[[], Iterable[Card]] = tuple,
        overdue: Callable[[], int] = lambda: 0,
    ) -> None:
        """`zone` is that of a cue's time of day; without a `clock` the health's is taken.

        `life` names this life of the engine among others, `overdue` counts the questions that wait
        longer than they may.
        """
        self._base = f"eventlive/{event}"
        self._broker = broker
        self._scene = scene
        self._health = health
        self._carry_out = carry_out
        self._say = say
        self._random = random
        self._life = life
        self._segments = segments
        self._clock = clock or (lambda: health().at)
        self._zone = zone
        self._screens = screens
        self._attached = attached
        self._cards = cards
        self._overdue = overdue
        self._changed = asyncio.Event()
        self._live = asyncio.Event()
        self._programme = asyncio.Event()
        self._waiting = Waiting(self._rank)
        self._another = float("-inf")
        self._heard = float("-inf")
        self._said = "connected"

    def listen(self, changes: list[Change]) -> None:
        """Note that the picture has changed; the newest state replaces one not yet sent."""
        for change in changes:
            match change:
                case Put(Scene() | Card()) | Drop("card"):
                    self._changed.set()
                    self._live.set()
                case Put(Screen()) | Drop("screen"):
                    self._live.set()
                case Put(Segment()) | Drop("segment"):
                    self._changed.set()
                    self._programme.set()
                case _:
                    pass

    async def run(self) -> NoReturn:
        """Keep the link up until cancelled, and say "offline" then."""
        will = aiomqtt.Will(f"{self._base}/health", OFFLINE, qos=1, retain=True)
        await keep_up(self._broker, self._work, self._say, self._random, will, self._queue)

    def _queue(self) -> Waiting:
        self._waiting = Waiting(self._rank)
        return self._waiting

    def _rank(self, message: aiomqtt.Message) -> int:
        """Say how urgent a cue is: what takes something off the screens, or gives it back, most."""
        cue = str(message.topic).removeprefix(f"{self._base}/cue/")
        return 0 if cue in {"hold", "release"} else 1 if cue.endswith("/blackout") else 2

    async def _work(self, client: aiomqtt.Client) -> None:
        self._said = "connected"
        self._heard = asyncio.get_running_loop().time()
        await client.subscribe([(f"{self._base}/cue/#", 1), (f"{self._base}/health", 1)])
        try:
            await together(
                {
                    "venue:scene": self._send_scene(client),
                    "venue:rundown": self._send_rundown(client),
                    "venue:health": self._send_health(client),
                    "venue:live": self._send_live(client),
                    "venue:cues": self._take_cues(client),
                }
            )
        except asyncio.CancelledError:
            # A broker that does not answer may not hold up the end; it will tell of us itself.
            client.timeout = GOODBYE
            with suppress(aiomqtt.MqttError):
                await client.publish(f"{self._base}/health", OFFLINE, qos=1, retain=True)
            raise

    async def _send_scene(self, client: aiomqtt.Client) -> None:
        while True:
            self._changed.clear()
            scene = self._scene()
            body = {
                "held": scene.held,
                "title": scene.title,
                "hashtag": scene.hashtag,
                "now": scene.now,
                "cards": self._health().cards,
                "version": scene.version,
            }
            await _publish(client, f"{self._base}/scene", body, retain=True)
            await self._changed.wait()

    async def _send_rundown(self, client: aiomqtt.Client) -> None:
        """Say what is on and what is next: at each change, and as the minutes go by."""
        told: object = None
        while True:
            self._programme.clear()
            now = self._clock()
            tracks = rundown(list(self._segments()), now)
            if tracks != told:
                told = tracks
                await _publish(
                    client, f"{self._base}/rundown", {"at": now, "tracks": tracks}, retain=True
                )
            with suppress(TimeoutError):
                async with asyncio.timeout(HEALTH_SECONDS):
                    await self._programme.wait()

    async def _send_health(self, client: aiomqtt.Client) -> None:
        while True:
            health = msgspec.to_builtins(self._health())
            body = {"state": "online", "life": self._life, **health}
            await _publish(client, f"{self._base}/health", body, retain=True)
            await asyncio.sleep(HEALTH_SECONDS)
            self._tell_how_it_is()

    def _hear_health(self, message: aiomqtt.Message) -> None:
        """Notice that the line carries, and another engine of this event.

        Both would obey each cue, and send each post.
        """
        if message.retain:
            return  # of a life before this one
        with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
            heard = msgspec.json.decode(message.payload, type=_Health)
            now = asyncio.get_running_loop().time()
            if heard.life == self._life:
                self._heard = now
            elif heard.state == "online":
                self._another = now
            self._tell_how_it_is()

    def _tell_how_it_is(self) -> None:
        now = asyncio.get_running_loop().time()
        said = "connected"
        if now - self._another < ANOTHER_SECONDS:
            said = ANOTHER_ENGINE
        elif now - self._heard > ECHO_SECONDS:
            # A broker that refuses says so to the client alone, which tells nobody.
            said = UNHEARD
        if said == self._said:
            return
        self._said = said
        self._say(said)
        if said == ANOTHER_ENGINE:
            log.error("%s of %s: each cue is obeyed by both, end one", ANOTHER_ENGINE, self._base)
        elif said == UNHEARD:
            log.error("the broker at %s: %s", self._broker.place, UNHEARD)

    async def _send_live(self, client: aiomqtt.Client) -> None:
        """Say what each screen shows and which lamps are on, whenever that is something else."""
        told: dict[str, object] = {}
        while True:
            self._live.clear()
            shown = screens(self._screens(), self._attached(), self._scene(), self._clock())
            bodies = {f"screen/{_in_topic(name)}": body for name, body in shown.items()}
            bodies["tally"] = tally(shown, self._cards())
            bodies["buzzer"] = buzzer(self._overdue())
            for topic, body in bodies.items():
                if told.get(topic) != body:
                    told[topic] = body
                    await _publish(client, f"{self._base}/{topic}", body, retain=True)
            for topic in told.keys() - bodies:
                del told[topic]
                # An empty payload takes a retained one off the broker (MQTT 5.0, 3.3.1.3).
                await client.publish(f"{self._base}/{topic}", b"", qos=1, retain=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(LIVE_SECONDS):
                    await self._live.wait()

    async def _take_cues(self, client: aiomqtt.Client) -> None:
        async with asyncio.TaskGroup() as tasks:
            await self._answer_cues(client, Pipe(client, tasks))

    async def _answer_cues(self, client: aiomqtt.Client, pipe: Pipe) -> None:
        refused = 0
        async for message in client.messages:
            if dropped := self._waiting.dropped - refused:
                refused += dropped
                reason = f"{dropped} cues came faster than they can be read; send them again"
                log.warning("%s", reason)
                await _publish(pipe, f"{self._base}/ack", _ack("", Reply(0, False, reason)))
            if str(message.topic) == f"{self._base}/health":
                self._hear_health(message)
                continue
            cue = str(message.topic).removeprefix(f"{self._base}/cue/")
            if message.retain:
                body = _ack(cue, Reply(0, False, "a retained cue is ignored; send it without"))
            else:
                body = await self._obey(cue, message.payload)
            log.info("cue %s: %s", cue[:80], body["did"] if body["ok"] else body["reason"])
            await _publish(pipe, f"{self._base}/ack", body, answers=message)

    async def _obey(self, cue: str, payload: object) -> dict[str, str | bool]:
        raw = payload if isinstance(payload, bytes) else b""
        if len(raw) > CUE_MAX:
            return _ack(cue, Reply(0, False, f"the payload has over {CUE_MAX} bytes"))
        try:
            command = read_cue(cue, raw, segments=self._by_id(), zone=self._zone, now=self._clock())
        except ValueError as error:
            return _ack(cue, Reply(0, False, str(error)))
        reply = await self._carry_out(WHO, command)
        did = outcome(command, reply.thing, self._by_id(), self._zone) if reply.ok else ""
        return _ack(cue, reply, did)

    def _by_id(self) -> dict[str, Segment]:
        return {segment.id: segment for segment in self._segments()}


def _in_topic(name: str) -> str:
    """Write a name as one level of a topic, in which some characters mean something else."""
    return "".join("-" if char in "/+#\0" else char for char in name)


def _ack(cue: str, reply: Reply, did: str = "") -> dict[str, str | bool]:
    return {
        "cue": cue[:ACK_MAX],
        "ok": reply.ok,
        "reason": reply.reason[:REASON_MAX],
        "thing": reply.thing,
        "did": did[:ACK_MAX],
    }


async def _publish(
    line: aiomqtt.Client | Pipe,
    topic: str,
    body: object,
    *,
    retain: bool = False,
    answers: aiomqtt.Message | None = None,
) -> None:
    """Publish as JSON.

    What `answers` a message carries its correlation data, where it has some (MQTT 5.0, 4.10).
    """
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if data := getattr(answers and answers.properties, "CorrelationData", b""):
        properties.CorrelationData = data
    encoded = msgspec.json.encode(body)
    if isinstance(line, Pipe):
        await line.publish(topic, encoded, retain=retain, properties=properties)
    else:
        await publish(line, topic, encoded, retain=retain, properties=properties)

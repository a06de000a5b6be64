"""The venue's link over MQTT: state out, cues in (docs/protocol.md, "The venue").

Owns the link, its topics and what is sent on them when; what a cue means is `cues`'. Never fatal:
without a broker everything but cues works, and it comes back by itself. A retained cue is ignored,
for it would be carried out again at every reconnect.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from random import Random
from typing import NoReturn
from urllib.parse import urlsplit

import aiomqtt
import msgspec

from eventlive.cues import outcome, read_cue, rundown
from eventlive.messages import Command, Reply
from eventlive.model import Card, Change, Drop, Health, Put, Scene, Segment

log = logging.getLogger("eventlive.venue")

WHO = "venue"
HEALTH_SECONDS = 5.0
BACK_OFF = (0.5, 30.0)
TIMEOUT = 4.0
GOODBYE = 1.0
"""Seconds for the last word, and again for leaving."""

CUES_WAITING = 1000
"""Cues that wait; the client drops a further one, and its sender gets no ack."""

ACK_MAX = 200
"""Characters of a cue, or of its outcome, in an ack."""

REASON_MAX = 400

CUE_MAX = 4096
"""Bytes of a cue's payload; a longer one is refused."""


class Venue:
    """One event's link to the venue's broker, at `mqtt://host:port`."""

    def __init__(  # noqa: PLR0913 - all are named where they are given
        self,
        event: str,
        broker: str,
        *,
        user: str,
        password: str,
        scene: Callable[[], Scene],
        health: Callable[[], Health],
        carry_out: Callable[[str, Command], Awaitable[Reply]],
        say: Callable[[str], None],
        random: Random,
        segments: Callable[[], Iterable[Segment]] = tuple,
        clock: Callable[[], datetime] | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        """`zone` is that of a cue's time of day; without a `clock` the health's is taken."""
        address = urlsplit(broker)
        self._base = f"eventlive/{event}"
        self._host = address.hostname or "localhost"
        self._tls = ssl.create_default_context() if address.scheme == "mqtts" else None
        self._port = address.port or (8883 if self._tls else 1883)
        self._user = user or None
        self._password = password or None
        self._scene = scene
        self._health = health
        self._carry_out = carry_out
        self._say = say
        self._random = random
        self._tries = 0
        self._segments = segments
        self._clock = clock or (lambda: health().at)
        self._zone = zone
        self._changed = asyncio.Event()
        self._programme = asyncio.Event()

    def listen(self, changes: list[Change]) -> None:
        """Note that the picture has changed; the newest state replaces one not yet sent."""
        for change in changes:
            match change:
                case Put(Scene() | Card()) | Drop("card"):
                    self._changed.set()
                case Put(Segment()) | Drop("segment"):
                    self._changed.set()
                    self._programme.set()
                case _:
                    pass

    async def run(self) -> NoReturn:
        """Keep the link up until cancelled, and say "offline" then."""
        while True:
            try:
                await self._connected()
            except (aiomqtt.MqttError, OSError, TimeoutError) as error:
                log.warning("the broker at %s:%d is away: %s", self._host, self._port, error)
                self._say(f"away: {error}")
            first, longest = BACK_OFF
            wait = min(longest, first * 2.0 ** min(self._tries, 8))
            self._tries += 1
            await asyncio.sleep(wait * self._random.uniform(0.5, 1.5))

    async def _connected(self) -> None:
        offline = msgspec.json.encode({"state": "offline"})
        client = aiomqtt.Client(
            self._host,
            self._port,
            username=self._user,
            password=self._password,
            tls_context=self._tls,
            timeout=TIMEOUT,
            keepalive=15,
            max_queued_incoming_messages=CUES_WAITING,
            will=aiomqtt.Will(f"{self._base}/health", offline, qos=1, retain=True),
        )
        async with client:
            self._tries = 0
            self._say("connected")
            log.info("connected to the broker at %s:%d", self._host, self._port)
            await client.subscribe(f"{self._base}/cue/#", qos=1)
            try:
                await self._work(client)
            except asyncio.CancelledError:
                # A broker that does not answer may not hold up the end; it will tell of us itself.
                client.timeout = GOODBYE
                with suppress(aiomqtt.MqttError):
                    await client.publish(f"{self._base}/health", offline, qos=1, retain=True)
                raise

    async def _work(self, client: aiomqtt.Client) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_scene(client), name="venue:scene")
                tasks.create_task(self._send_rundown(client), name="venue:rundown")
                tasks.create_task(self._send_health(client), name="venue:health")
                tasks.create_task(self._take_cues(client), name="venue:cues")
        except* aiomqtt.MqttError as group:
            raise aiomqtt.MqttError(str(group.exceptions[0])) from group

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
            body = {"state": "online", **msgspec.to_builtins(self._health())}
            await _publish(client, f"{self._base}/health", body, retain=True)
            await asyncio.sleep(HEALTH_SECONDS)

    async def _take_cues(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            cue = str(message.topic).removeprefix(f"{self._base}/cue/")
            if message.retain:
                body = _ack(cue, Reply(0, False, "a retained cue is ignored; send it without"))
            else:
                body = await self._obey(cue, message.payload)
            log.info("cue %s: %s", cue[:80], body["did"] if body["ok"] else body["reason"])
            await _publish(client, f"{self._base}/ack", body)

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


def _ack(cue: str, reply: Reply, did: str = "") -> dict[str, str | bool]:
    return {
        "cue": cue[:ACK_MAX],
        "ok": reply.ok,
        "reason": reply.reason[:REASON_MAX],
        "thing": reply.thing,
        "did": did[:ACK_MAX],
    }


async def _publish(
    client: aiomqtt.Client, topic: str, body: object, *, retain: bool = False
) -> None:
    """Publish; a cancellation that comes with the answer is not lost.

    Python 3.11's wait_for, which the client uses, swallows such a one (CPython issue 86296).
    """
    await client.publish(topic, msgspec.json.encode(body), qos=1, retain=retain)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

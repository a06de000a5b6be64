"""A wall in many places, each of them a process: the venue's broker, and relays of an engine.

Owns starting and ending them, and a listener that counts what a relay takes from the broker. Never
measures by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt

from eventlive.wall_topics import Topics
from tests import parts
from tests.loopback import HOST, free_port

EVENT = "bench"
START_SECONDS = 30.0
ABOUT = 9
"""Bytes of an MQTT 5 publication of QoS 1 beside its topic and its payload, for one of 128 bytes to
16 KiB; the acknowledgement goes the other way."""


class Mosquitto:
    """A broker that keeps nothing over its end: what was retained has to come from the engine."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self._port} {HOST}\nallow_anonymous true\nlog_dest none\n"
            + ("user root\n" if os.geteuid() == 0 else ""),
            encoding="utf-8",
        )
        self._process: asyncio.subprocess.Process | None = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"mqtt://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> float:
        """Start it; give the moment (time.perf_counter) when it takes connections.

        Raises RuntimeError where there is no Mosquitto here, TimeoutError where it does not start.
        """
        program = parts.mosquitto_path()
        if program is None:
            raise RuntimeError("no Mosquitto is installed: sudo apt-get install mosquitto")
        self._process = await asyncio.create_subprocess_exec(program, "-c", self._config)
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, self._port)
                except OSError:
                    await asyncio.sleep(0.01)
                    continue
                writer.close()
                return time.perf_counter()

    async def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


@contextlib.asynccontextmanager
async def brokering(folder: Path) -> AsyncIterator[Mosquitto]:
    """Have a broker at work while the block runs."""
    broker = Mosquitto(folder)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.kill()


@dataclass(frozen=True, slots=True)
class Relay:
    """A running relay."""

    pid: int
    wall: str


@contextlib.asynccontextmanager
async def relaying(broker: Mosquitto, folder: Path, name: str) -> AsyncIterator[Relay]:
    """Have a relay at work while the block runs: the real command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eventlive", "relay", "--broker", broker.url, "--event", EVENT),
        *("--name", name, "--port", "0", "--data", str(folder / f"{name}-{time.monotonic_ns()}")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            ready = (await process.stdout.readline()).decode()
        found = re.fullmatch(r"ready wall=http(\S+)\n", ready)
        if found is None:
            raise RuntimeError(f"the relay did not start: {ready!r}")
        yield Relay(process.pid, f"ws{found[1]}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass(slots=True)
class Overheard:
    """What went over the broker to whoever listens as a relay does: bytes of each publication."""

    frames: list[int] = field(default_factory=list)
    pulses: list[int] = field(default_factory=list)
    shows: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    @property
    def messages(self) -> int:
        return len(self.frames) + len(self.pulses) + len(self.shows) + len(self.others)

    def forget(self) -> None:
        """Count anew."""
        for counted in (self.frames, self.pulses, self.shows, self.others):
            counted.clear()

    async def listen(self, client: aiomqtt.Client) -> None:
        topics = Topics(EVENT)
        async for message in client.messages:
            topic, size = str(message.topic), len(message.payload) + ABOUT
            size += len(topic)
            if topic == topics.show:
                self.shows.append(size)
            elif topic != topics.frames:
                self.others.append(size)
            elif message.payload.startswith(b'{"tell":"pulse"'):
                self.pulses.append(size)
            else:
                self.frames.append(size)


@contextlib.asynccontextmanager
async def overhearing(broker: Mosquitto) -> AsyncIterator[Overheard]:
    """Listen while the block runs to all that travels between an engine and its relays."""
    heard = Overheard()
    async with (
        aiomqtt.Client(HOST, broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client,
        asyncio.TaskGroup() as tasks,
    ):
        await client.subscribe(f"eventlive/{EVENT}/wall/#", qos=1)
        listening = tasks.create_task(heard.listen(client), name="overhear")
        try:
            yield heard
        finally:
            listening.cancel()

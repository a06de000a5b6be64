"""Two hundred posts to a real server through a line that breaks, by a process that is killed.

The line cuts before, during and after a call, holds it back until nobody waits any more, and
answers for the server; the process (`python -m tests.service.test_bluesky_sends`) is the real desk,
store, publisher and outlet, ended by SIGKILL at random moments and started again until it is done.
"""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from eventlive import publisher
from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Input, Ordered
from eventlive.messages import Send, Write
from eventlive.model import Outgoing, OutletAccount
from eventlive.publisher import Publisher
from eventlive.store import Store, open_store
from feeds.bluesky import session
from feeds.bluesky.outlet import BlueskyOutlet
from tests.parts import ROOT
from tests.service.pds_server import Pds

POSTS = 200
KILLS = 8
SEND_SECONDS = 0.6
LATE_SECONDS = 2.5
"""Longer than a new life takes to begin: what an old one sent may arrive in its time."""


def utc_now() -> datetime:
    return datetime.now(UTC)


# --- the line -------------------------------------------------------------------------------------

CLEAN, CUT_GOING, CUT_COMING, LATE, GATEWAY, TOO_MANY = range(6)
LIMIT = b"HTTP/1.1 429 No\r\nContent-Length: 2\r\nRetry-After: 1\r\n\r\n{}"
HTML = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


@dataclass
class Line:
    """What lies between the house and the server; every connection has a fate of its own."""

    port: int
    chance: Random
    address: str = ""
    fates: Counter[int] = field(default_factory=Counter)
    sign_ins: int = 0
    connections: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    holding: bool = False
    """Whether the next post is to be held back for LATE_SECONDS, and the one after it refused."""
    refusing: bool = False

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        (fate,) = self.chance.choices(range(6), (40, 20, 20, 4, 8, 3))
        self.fates[fate] += 1
        try:
            with suppress(OSError):
                await self._carry(fate, reader, writer)
        finally:
            writer.transport.abort()
            self.tasks.discard(task)

    async def _carry(
        self, fate: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if fate == TOO_MANY:
            await reader.read(1 << 16)
            writer.write(LIMIT)
            await writer.drain()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        # Bytes after which the line breaks: anywhere in the first calls, or some calls later.
        going = self.chance.randrange(2_500) if fate == CUT_GOING else self.chance.randrange(6_000)
        coming = self.chance.randrange(900) if fate == CUT_COMING else 1 << 20
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._answers(there, writer, coming, fate), name="coming")
                await self._calls(reader, writer, back, going, fate)
                if fate != LATE:
                    raise OSError("cut")
        except* OSError:
            pass
        finally:
            back.transport.abort()

    async def _calls(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
        left: int,
        fate: int,
    ) -> None:
        while left > 0 and (piece := await reader.read(1 << 16)):
            self.sign_ins += piece.count(b"com.atproto.server.createSession")
            if fate == LATE:  # it goes on when nobody waits for it any more
                await asyncio.sleep(SEND_SECONDS + 0.2 + self.chance.random())
            if self.refusing and b"putRecord" in piece:
                self.refusing = False
                writer.write(LIMIT)
                await writer.drain()
                return
            if self.holding and b"putRecord" in piece:
                self.holding, self.refusing, left = False, True, 1 << 20
                await asyncio.sleep(LATE_SECONDS)
            back.write(piece[:left])
            await back.drain()
            left -= len(piece)

    async def _answers(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int, fate: int
    ) -> None:
        while left > 0 and (piece := await there.read(1 << 16)):
            writer.write(HTML if fate == GATEWAY else piece[:left])
            with suppress(OSError):
                await writer.drain()
            left = 0 if fate in {GATEWAY, LATE} else left - len(piece)
        raise OSError("cut")


@asynccontextmanager
async def broken_line(port: int, chance: Random) -> AsyncIterator[Line]:
    line = Line(port, chance)
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    async with server:
        line.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield line
        server.close()
        for task in (left := list(line.tasks)):
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


# --- the test -------------------------------------------------------------------------------------


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1])
async def test_two_hundred_posts_are_there_once_each(pds: Pds, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    anna = await pds.account(f"sends-{seed}")
    port = int(pds.address.rpartition(":")[2])
    async with broken_line(port, chance) as line:
        arguments = {
            "folder": str(tmp_path),
            "handle": anna.handle,
            "server": line.address,
            "password": f"sends-{seed}-test",
        }
        for kill in range(KILLS):
            async with life(arguments) as process:
                wanted = line.connections + chance.randrange(1, 15)
                while line.connections < wanted and process.returncode is None:
                    await asyncio.sleep(0.001)
                line.holding = kill % 2 == 1  # killed while what it sent is still on its way
                while line.holding and process.returncode is None:
                    await asyncio.sleep(0.001)
                await asyncio.sleep(chance.random() * 0.02)
                assert process.returncode is None, "it was done before it was killed often enough"
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with life(arguments) as process:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                told = json.loads(await process.stdout.readline())
                while line.tasks:  # what is late must have arrived, too
                    await asyncio.sleep(0.05)
    there = Counter(str(one["text"]) for one in (await anna.posts()).values())
    assert there == Counter(f"Post {number}" for number in range(POSTS))
    assert set(told) == set(await anna.posts())
    # Signed in when it began, and perhaps again where a break came before it was written down.
    assert line.sign_ins <= 10
    assert set(line.fates) == set(range(6)), line.fates


@asynccontextmanager
async def life(arguments: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let the house live until it is done or killed; its errors are the test's."""
    errors = Path(arguments["folder"]) / "stderr"
    with errors.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.service.test_bluesky_sends",
            json.dumps(arguments),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await process.wait()
        if process.returncode is None:
            process.kill()
        await process.communicate()
    assert process.returncode in {0, -signal.SIGKILL}, errors.read_text()[-3000:]


# --- the process ----------------------------------------------------------------------------------


class Life:
    """The house as the engine puts it together: desk, store, publisher."""

    def __init__(self, desk: Desk, store: Store) -> None:
        self.desk = desk
        self.publisher: Publisher
        self._store = store
        self._inbox: list[Input] = []
        self._wake = asyncio.Event()

    def say(self, said: Input) -> None:
        self._inbox.append(said)
        self._wake.set()

    @property
    def outgoing(self) -> list[Outgoing]:
        return list(self.desk.state.outgoing.values())

    async def work(self) -> None:
        """Go on until everything has been sent; what failed is sent again, as a person would."""
        while not all(out.state == "sent" for out in self.outgoing) or not self.outgoing:
            inputs, self._inbox = self._inbox, []
            turn = self.desk.handle(inputs, utc_now())
            if turn.changes or turn.decisions:
                await self._store.commit(turn.changes, turn.decisions)
            self.publisher.listen(turn.changes)
            for out in self.outgoing:
                if out.state in {"failed", "held"}:
                    print(out.text, out.state, out.reason, file=sys.stderr)
                    self.say(Ordered("anna", Send(out.id, out.version)))
                assert out.state != "uncertain", out
            if self._inbox:
                continue
            self._wake.clear()
            due = self.desk.next_due
            wait = 1.0 if due is None else (due - utc_now()).total_seconds()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.001, min(wait, 1.0))):
                    await self._wake.wait()


async def live(folder: Path, handle: str, server: str, password: str) -> None:
    outlet = BlueskyOutlet(
        OutletAccount("main", "bluesky", handle, server=server),
        {"app_password": password},
        folder=folder,
        state=folder / "session.json",
        clock=utc_now,
        random=Random(),
    )
    # A broken call is looked after at once: what comes late must find its key taken.
    outlet.patience = 0.0
    session.AGAIN = publisher.ASK_AGAIN = timedelta(seconds=0.05)
    rules = Rules(take_back=timedelta(0), accounts=("main",))
    async with open_store(folder / "e.sqlite") as store:
        loaded = await store.load(100)
        desk = Desk(rules, loaded.things, loaded.decisions, utc_now())
        house = Life(desk, store)
        told: Any = lambda settled: house.say(settled)  # noqa: E731, PLW0108
        house.publisher = Publisher(
            {"main": outlet}, store, utc_now, told, send_seconds=SEND_SECONDS, look_wait=0.01
        )
        written = {out.text for out in house.outgoing}
        for number in range(POSTS):
            if (text := f"Post {number}") not in written:
                house.say(Ordered("anna", Write(text, "main", send=True)))
        started = [out for out in house.outgoing if out.state == "sending"]
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(house.publisher.run(started), name="publisher")
            await house.work()
            sending.cancel()
        print(json.dumps([out.sent_id for out in house.outgoing]), flush=True)
    await outlet.close()


if __name__ == "__main__":
    asyncio.run(
        live(**{**json.loads(sys.argv[1]), "folder": Path(json.loads(sys.argv[1])["folder"])})
    )

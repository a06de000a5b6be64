"""Two hundred sends to a Mastodon server over a line that breaks, by a program that is killed.

Desk, store, publisher and outlet are the real ones, in a process of their own that ends by
`kill -9` at random moments and is started again; the server is mastodon-mock; between them stands
a proxy that cuts connections before, within and after a request, and within an answer. As a
program (python -m tests.service.test_mastodon_sends) this file is that process.
"""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from eventlive.desk import Desk, Rules
from eventlive.listening.splitting import split
from eventlive.messages import Send, Write
from eventlive.model import OutletAccount
from eventlive.publisher import Outlet, Publisher
from eventlive.store import open_store
from feeds.mastodon import instance, outlet
from feeds.mastodon.markup import read_html
from feeds.mastodon.outlet import MastodonOutlet
from tests.loopback import HOST
from tests.parts import ROOT
from tests.service.engines import environment
from tests.service.mastodon_real import NAME, TOKEN, real_mastodon
from tests.service.mastodon_server import DOMAIN, PEOPLE, mastodon_process, open_mastodon
from tests.service.test_publisher import House

SENDS = 200
KILLS = 7
ACCOUNTS = {"main": "house", "support": "anna"}
STORY = " ".join(f"Here is sentence {number} of a longer story." for number in range(15))


def text(number: int) -> str:
    """Give the words of the post with this number; each ninth takes a thread of two."""
    if number % 9 == 0:
        return f"Story {number}. {STORY} That was story {number}."
    return f"Post {number}: goal for #team{number % 7}! https://example.org/{number}?a&b"


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def life(folder: Path, outlets: dict[str, Outlet]) -> AsyncIterator[House]:
    """Live until the block ends: desk, store and publisher, as the engine puts them together."""
    rules = Rules(take_back=timedelta(0), stale=timedelta(hours=1), accounts=tuple(outlets))
    async with open_store(folder / "e.sqlite") as store:
        loaded = await store.load(100)
        desk = Desk(rules, loaded.things, loaded.decisions, utc_now())
        one: House
        publisher = Publisher(
            outlets,
            store,
            utc_now,
            lambda settled: one.settled(settled),  # noqa: PLW0108 - not there yet
            send_seconds=5,
            look_wait=0.02,
        )
        one = House(desk, store, publisher)
        started = [out for out in desk.state.outgoing.values() if out.state == "sending"]
        working = asyncio.ensure_future(one.work())
        sending = asyncio.ensure_future(publisher.run(started))
        try:
            yield one
            for task in (working, sending):
                assert not task.done(), task.exception()
        finally:
            for task in (working, sending):
                task.cancel()
            await asyncio.wait([working, sending])
            for each in outlets.values():
                await each.close()


def way_out(folder: Path, address: str, name: str, token: str, host: str) -> MastodonOutlet:
    """Give the outlet of one of the server's people."""
    return MastodonOutlet(
        OutletAccount(
            id=name, network="mastodon", handle=f"{name}@{host}", server=address, long="thread"
        ),
        {"access_token": token},
        folder=folder,
        state=folder / f"{name}.state",
        clock=utc_now,
        random=Random(1),
    )


# --- the process that is killed -------------------------------------------------------------------


async def send_all(folder: Path, address: str) -> None:
    """Write what is not written yet, and live until all of it is sent or named."""
    outlets: dict[str, Outlet] = {}
    for account, name in ACCOUNTS.items():
        made = way_out(folder, address, name, PEOPLE[name], DOMAIN)
        made.patience = 0.15  # the proxy holds nothing back: what is to land does so at once
        outlets[account] = made
    async with life(folder, outlets) as house:
        print("ready", flush=True)
        outgoing = house.desk.state.outgoing
        for number in range(len(outgoing), SENDS):
            account = list(ACCOUNTS)[number % 2]
            reply = await house.ask(Write(text(number), account, send=True))
            assert reply.ok, reply.reason
        again = set()
        while any(out.state not in ("sent", "uncertain") for out in outgoing.values()):
            for out in [one for one in outgoing.values() if one.state == "failed"]:
                # Looked for and not there, five times: a person sends it again.
                assert "it is not there" in out.reason, out.reason
                await house.ask(Send(out.id, out.version))
                again.add(out.id)
            await asyncio.sleep(0.02)
        for out in outgoing.values():
            state = "again" if out.id in again and out.state == "sent" else out.state
            print(re.findall(r"\d+", out.text)[0], state, out.reason, flush=True)


# --- the line between -----------------------------------------------------------------------------


WAYS = ("request", "answer")
HOWS = ("none", "part", "all")
"""What of a piece is let through before the cut."""


class Line:
    """A proxy that cuts connections at random; `cuts` counts them by where it happened."""

    def __init__(self, server: str, random: Random, often: float) -> None:
        self.cuts: Counter[str] = Counter()
        self._port = int(server.rpartition(":")[2])
        self._random = random
        self._often = often

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the client's, until either side or chance ends it."""
        there, back = await asyncio.open_connection(HOST, self._port)
        cut = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                ways = [
                    tasks.create_task(self._pass(reader, back, "request", cut), name="there"),
                    tasks.create_task(self._pass(there, writer, "answer", cut), name="back"),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        finally:
            if cut.is_set():
                writer.transport.abort()
            back.close()
            writer.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str, cut: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 16):
                if self._random.random() < self._often:
                    # Nothing of it, a part, or all: then the answer never comes.
                    how = self._random.choice(HOWS)
                    part = self._random.randrange(len(data))
                    self.cuts[f"{way} {how}"] += 1
                    sink.write(data[: {"none": 0, "part": part, "all": None}[how]])
                    await sink.drain()
                    await asyncio.sleep(0.005)
                    cut.set()
                    return
                sink.write(data)
                await sink.drain()


@pytest.mark.timeout(120)
async def test_two_hundred_sends_over_a_bad_line_with_kills_are_there_once(tmp_path: Path) -> None:
    random = Random(2027)
    folder = tmp_path / "event"
    folder.mkdir()
    with mastodon_process(tmp_path) as address:
        line = Line(address, random, often=0.1)
        async with (
            await asyncio.start_server(line.carry, HOST, 0) as proxy,
            open_mastodon(address) as server,
        ):
            port = proxy.sockets[0].getsockname()[1]
            for _ in range(KILLS):
                await one_life(folder, port, random.uniform(0.05, 1.2))
            outcomes = [row.split(" ", 2) for row in await one_life(folder, port, None)]
            statuses = {name: await server.person(name).statuses() for name in ACCOUNTS.values()}
    assert len(outcomes) == SENDS
    named = {int(number) for number, state, reason in outcomes if state == "uncertain" and reason}
    again = {int(number) for number, state, _ in outcomes if state == "again"}
    for turn, name in enumerate(ACCOUNTS.values()):
        there = [
            (" ".join(read_html(one["content"], {}).text.split()), one) for one in statuses[name]
        ]
        posted = [words for words, _ in reversed(there)]
        meant: list[str] = []
        for number in range(turn, SENDS, len(ACCOUNTS)):
            parts = split(text(number), "mastodon")
            if number in named and not set(parts) & set(posted):
                continue
            meant += parts
            if len(parts) > 1:
                first, second = (dict(there)[part] for part in parts)
                assert second["in_reply_to_id"] == first["id"]
        assert Counter(posted) == Counter(meant)
        late = {part for number in again | named for part in split(text(number), "mastodon")}
        kept = [[words for words in texts if words not in late] for texts in (posted, meant)]
        assert kept[0] == kept[1]
    assert len(named) < SENDS // 20
    # The line was as bad as it was meant to be.
    assert set(line.cuts) == {f"{way} {how}" for way in WAYS for how in HOWS}
    assert sum(line.cuts.values()) > SENDS // 4


async def one_life(folder: Path, port: int, seconds: float | None) -> list[str]:
    """Run the sending process for so long from when it is ready, or to its end; give its lines."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.service.test_mastodon_sends"),
        *(str(folder), f"http://{HOST}:{port}"),
        cwd=ROOT,
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"ready\n"
            if seconds is not None:
                await asyncio.sleep(seconds)
                process.kill()
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    if seconds is None:
        assert process.returncode == 0, errors.decode()
    return out.decode().splitlines()


async def test_a_server_that_is_still_at_work_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mastodon notes a key once the post is made: the same key again before that makes another."""
    monkeypatch.setattr(outlet, "SEND_SECONDS", 0.6)
    async with real_mastodon(utc_now) as server:
        made = way_out(tmp_path, server.address, "house", TOKEN, NAME)
        made.patience = 0.5
        server.at_work = 0.9
        async with life(tmp_path, {"main": made}) as house:
            first = await house.write("Doors open")
            await house.state(first, "sent")
            server.at_work = 0.0
            await house.state(await house.write("Doors close"), "sent")
    assert [one["content"] for one in server.statuses] == [
        "<p>Doors open</p>",
        "<p>Doors close</p>",
    ]
    assert server.requests.count("POST /api/v1/statuses") == 2


if __name__ == "__main__":
    instance.BACK_OFF = (0.02, 0.1)
    asyncio.run(send_all(Path(sys.argv[1]), sys.argv[2]))

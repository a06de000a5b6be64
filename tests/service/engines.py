"""Engines under test, and small clients of them: a console, a screen, an engine as a process.

Owns how a test starts an engine through the door that the command line uses, and how it speaks to
it over real sockets. Clients keep what they were told, so that a test can say what it waits for.
Never looks inside an engine.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from eventlive import assembly, model
from eventlive.assembly import Covered, Written
from eventlive.messages import (
    MAX_FRAME_TO_CONSOLE,
    PROTOCOL,
    Bye,
    Changed,
    Command,
    Found,
    FromConsole,
    Hello,
    Order,
    Queue,
    Reply,
    Search,
    Seen,
    Show,
    State,
    ToConsole,
    ToScreen,
    Update,
    Watch,
    Welcome,
    read_engine_frame,
)
from eventlive.model import Author, Card, Item, Outgoing, Post, Scene, Thing
from eventlive.script import load
from eventlive.settings import Settings, read_settings
from eventlive.tables import Script
from tests.parts import ROOT

PATIENCE = 10.0
"""Seconds for what usually takes some hundredths."""

START = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)
SCRIPT = """\
[event]
id = "try"
title = "A try"

[follow]
hashtags = ["#try"]

[[accounts]]
id = "main"
handle = "house"
"""
REPLAY = """
[[feeds]]
id = "replay"
kind = "replay"
file = "posts.jsonl"
"""

_T = TypeVar("_T")
_to_screen: msgspec.json.Decoder[ToScreen] = msgspec.json.Decoder(ToScreen)


# --- posts and scripts ----------------------------------------------------------------------------


def post(number: int, text: str = "", **fields: Any) -> Post:
    """Make a post that differs from every other number's; said `number` seconds after START."""
    made = Post(
        network="bluesky",
        id=f"p{number}",
        created_at=START + timedelta(seconds=number),
        text=text or f"Post number {number} #try",
        author=Author(id=f"did:plc:{number % 50}", handle=f"guest{number % 50}.example"),
    )
    return msgspec.structs.replace(made, **fields)


def lines(things: Iterable[object]) -> bytes:
    """Write posts, and whatever else is said, as JSON Lines."""
    return b"".join(msgspec.json.encode(thing) + b"\n" for thing in things)


def write_script(folder: Path, more: str = "", posts: Iterable[object] | None = None) -> Path:
    """Write a script, with a replay of `posts` where there are any; give its path."""
    folder.mkdir(parents=True, exist_ok=True)
    if posts is not None:
        (folder / "posts.jsonl").write_bytes(lines(posts))
        more = REPLAY + more
    path = folder / "try.toml"
    path.write_text(SCRIPT + more, encoding="utf-8")
    return path


# --- engines in this process ----------------------------------------------------------------------


@asynccontextmanager
async def running(
    folder: Path,
    more: str = "",
    posts: Iterable[object] | None = None,
    *,
    speed: float = 0.0,
    **options: object,
) -> AsyncIterator[Covered]:
    """Cover a made-up event while the block runs; the same folder again goes on where it was."""
    path = write_script(folder, more, posts)
    async with assembly.covering(written(path), settings(folder, **options), speed) as engine:
        yield engine


def written(path: Path) -> Written:
    """Read a script."""
    return Written(load(path), path)


def settings(folder: Path, **options: Any) -> Settings:
    """Read settings that keep everything in `folder` and take a free port."""
    return read_settings(None, **{"data": folder / "data", "port": 0, **options})


def script(folder: Path, more: str = "", posts: Iterable[object] | None = None) -> Script:
    """Give a made-up event's script."""
    return load(write_script(folder, more, posts))


async def until(found: Callable[[], _T | None], what: str = "it", seconds: float = PATIENCE) -> _T:
    """Look again and again until something is found, and give it."""
    try:
        async with asyncio.timeout(seconds):
            while not (there := found()):
                await asyncio.sleep(0.005)
            return there
    except TimeoutError:
        raise AssertionError(f"{what} did not happen within {seconds:g} s") from None


# --- a console ------------------------------------------------------------------------------------


@dataclass
class Console:
    """An operator's client: sends commands, keeps the views that it was told."""

    socket: ClientConnection
    welcome: Welcome
    state: State | None = None
    rows: dict[str, dict[str, Thing]] = field(default_factory=dict)
    orders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Thing] = field(default_factory=dict)
    """Everything ever told, by id, in its newest version."""
    decisions: list[Any] = field(default_factory=list)
    bye: str = ""
    _refs: int = 0
    _replies: dict[int, Reply | Found] = field(default_factory=dict)

    async def say(self, frame: FromConsole) -> None:
        await self.socket.send(msgspec.json.encode(frame), text=True)

    async def hear(self, seconds: float = PATIENCE) -> ToConsole:
        """Take the next frame in and give it."""
        async with asyncio.timeout(seconds):
            frame = read_engine_frame(await self.socket.recv())
        match frame:
            case Update():
                known = self.rows.setdefault(frame.view, {})
                known |= {row.id: row for row in frame.rows}
                self.seen |= {row.id: row for row in frame.rows}
                self.rows[frame.view] = {key: known[key] for key in frame.order}
                self.orders[frame.view] = frame.order
                self.totals[frame.view] = frame.total
            case State():
                self.state = frame
                self.decisions += frame.decisions
            case Reply() | Found():
                self._replies[frame.ref] = frame
            case Bye():
                self.bye = frame.reason
            case Welcome():
                self.welcome = frame
            case _:
                pass
        return frame

    async def hear_until(
        self, found: Callable[[], _T | None], what: str = "it", seconds: float = PATIENCE
    ) -> _T:
        """Take frames in until something is found, and give it."""
        try:
            async with asyncio.timeout(seconds):
                while not (there := found()):
                    await self.hear(seconds)
                return there
        except TimeoutError:
            raise AssertionError(f"{what} was not heard within {seconds:g} s") from None

    async def give(self, command: Command) -> int:
        """Send a command and give its number without waiting for the reply."""
        self._refs += 1
        await self.say(Order(self._refs, command))
        return self._refs

    def replied(self, ref: int) -> Reply | None:
        """Take the reply to a command out of what was heard, None where it has not come."""
        reply = self._replies.pop(ref, None)
        assert reply is None or isinstance(reply, Reply)
        return reply

    @property
    def replies(self) -> int:
        """Count the replies heard and not taken."""
        return len(self._replies)

    def all_replies(self) -> list[Reply]:
        """List the replies heard and not taken."""
        return [reply for reply in self._replies.values() if isinstance(reply, Reply)]

    async def reply(self, ref: int) -> Reply:
        """Wait for the reply to a command."""
        found = await self.hear_until(lambda: self._replies.get(ref), f"a reply to {ref}")
        assert isinstance(found, Reply)
        return found

    async def order(self, command: Command) -> Reply:
        """Send a command and wait for its reply."""
        return await self.reply(await self.give(command))

    async def done(self, command: Command) -> Reply:
        """Send a command that must be carried out."""
        reply = await self.order(command)
        assert reply.ok, reply.reason
        return reply

    async def search(self, text: str, count: int = 50) -> Found:
        """Search, and wait for what is found."""
        self._refs += 1
        await self.say(Search(self._refs, text, count))
        ref = self._refs
        found = await self.hear_until(lambda: self._replies.get(ref), f"what {text!r} finds")
        assert isinstance(found, Found), found
        return found

    async def watch(self, queue: Queue, count: int = 500, text: str = "") -> None:
        """Begin a view named like its queue, and wait for its first rows."""
        await self.say(Watch(queue, queue, text, "newest", count))
        self.orders.pop(queue, None)
        await self.hear_until(lambda: queue in self.orders, f"the view {queue}")

    def row(self, queue: str, thing: str) -> Item | Outgoing | None:
        """Give a row of a view as it was last told."""
        row = self.rows.get(queue, {}).get(thing)
        assert row is None or isinstance(row, Item | Outgoing)
        return row

    async def item(self, key: str, queue: Queue = "inbox", seconds: float = PATIENCE) -> Item:
        """Wait until a post stands in a view, and give it."""
        if queue not in self.orders:
            await self.watch(queue)
        row = await self.hear_until(lambda: self.row(queue, key), f"{key} in {queue}", seconds)
        assert isinstance(row, Item)
        return row

    async def outgoing(self, key: str, *states: str, seconds: float = PATIENCE) -> Outgoing:
        """Wait until a post of the house is in one of these states, and give it."""
        if "outgoing" not in self.orders:
            await self.watch("outgoing")

        def there() -> Outgoing | None:
            row = self.row("outgoing", key)
            return row if isinstance(row, Outgoing) and row.state in states else None

        return await self.hear_until(there, f"{key} as {' or '.join(states)}", seconds)

    async def closed(self) -> tuple[int, str]:
        """Read until the engine closes; give the code and the reason."""
        with suppress(ConnectionClosed):
            while True:
                await self.hear()
        return self.socket.close_code or 0, self.socket.close_reason or ""


@asynccontextmanager
async def console(
    address: Covered | str, name: str = "anna", token: str = "", **how: Any
) -> AsyncIterator[Console]:
    """Attach a console and greet."""
    url = address if isinstance(address, str) else address.console
    async with connect(
        url, max_size=MAX_FRAME_TO_CONSOLE, compression=None, close_timeout=1, **how
    ) as socket:
        await socket.send(msgspec.json.encode(Hello(PROTOCOL, name, token)), text=True)
        async with asyncio.timeout(PATIENCE):
            welcome = read_engine_frame(await socket.recv())
        assert isinstance(welcome, Welcome), welcome
        yield Console(socket, welcome)


# --- a screen -------------------------------------------------------------------------------------


@dataclass
class Screen:
    """A screen: keeps the picture, and fails where it missed a change."""

    socket: ClientConnection
    scene: Scene
    cards: dict[str, Card]
    seq: int
    heard: list[Changed] = field(default_factory=list)
    set_to: dict[str, model.Screen] = field(default_factory=dict)
    """What each screen of the venue is set to, by its name."""
    programme: model.Programme | None = None
    epoch: str = ""
    age: float = 0.0
    relayed: bool = False
    """Whether it is at a relay, which may show the whole picture again."""

    async def seen(self, **more: Any) -> None:
        """Say that all that was heard is drawn."""
        await self.socket.send(msgspec.json.encode(Seen(self.seq, **more)), text=True)

    async def hear(self, seconds: float = PATIENCE) -> ToScreen:
        """Take the next frame in and give it."""
        async with asyncio.timeout(seconds):
            frame = _to_screen.decode(await self.socket.recv())
        match frame:
            case Changed():
                assert frame.seq == self.seq + 1, f"after {self.seq} came {frame.seq}"
                self.seq = frame.seq
                self.heard.append(frame)
                for kind, key in frame.drop:
                    del (self.cards if kind == "card" else self.set_to)[key]
                for thing in frame.put:
                    match thing:
                        case Scene():
                            self.scene = thing
                        case Card():
                            self.cards[thing.id] = thing
                        case model.Screen():
                            self.set_to[thing.id] = thing
                        case _:
                            self.programme = thing
            case Show():
                assert self.relayed, "a screen is shown the whole picture once"
                assert frame.seq > self.seq
                self._take(frame)
        return frame

    def _take(self, show: Show) -> None:
        self.scene, self.seq, self.programme = show.scene, show.seq, show.programme
        self.cards = {card.id: card for card in show.cards}
        self.set_to = {one.id: one for one in show.screens}

    async def hear_until(
        self, found: Callable[[], object], what: str = "it", seconds: float = PATIENCE
    ) -> None:
        """Take frames in until something is so."""
        try:
            async with asyncio.timeout(seconds):
                while not found():
                    await self.hear(seconds)
        except TimeoutError:
            raise AssertionError(f"the screen did not see {what} within {seconds:g} s") from None

    @property
    def texts(self) -> list[str]:
        """Give the cards' texts, the oldest first."""
        return [card.text for card in sorted(self.cards.values(), key=lambda card: card.order)]


@asynccontextmanager
async def screen(
    address: Covered | str, query: str = "", *, relayed: bool = False, **how: Any
) -> AsyncIterator[Screen]:
    """Attach a screen and take its first picture."""
    url = address if isinstance(address, str) else address.wall
    url = url.replace("http", "ws", 1) + query
    async with connect(url, compression=None, close_timeout=1, max_size=None, **how) as socket:
        async with asyncio.timeout(PATIENCE):
            first = _to_screen.decode(await socket.recv())
        assert isinstance(first, Show), first
        cards = {card.id: card for card in first.cards}
        set_to = {one.id: one for one in first.screens}
        yield Screen(
            *(socket, first.scene, cards, first.seq),
            set_to=set_to,
            programme=first.programme,
            epoch=first.epoch,
            age=first.age,
            relayed=relayed,
        )


# --- the engine as a process ----------------------------------------------------------------------

_READY = re.compile(r"^ready wall=(\S+) console=(\S+)$")


def environment(**more: str) -> dict[str, str]:
    """Give this process's environment without anything that would configure an engine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENTLIVE_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


@dataclass
class Process:
    """`eventlive serve`, running."""

    process: asyncio.subprocess.Process
    wall: str
    console: str

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self.process.wait()

    async def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Ask it to end; give its exit code and what it had said on stdout and stderr."""
        self.process.send_signal(number)
        return await self.finished(12)

    async def finished(self, seconds: float = PATIENCE) -> tuple[int, str, str]:
        """Wait for its end; give exit code, and what it had said since it was ready."""
        async with asyncio.timeout(seconds):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def serving(*arguments: object, **how: Any) -> AsyncIterator[Process]:
    """Start `eventlive serve …` and wait for its ready line; killed at the end at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "eventlive",
        "serve",
        *map(str, arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        **{"env": environment(), **how},
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode().rstrip("\n")
        ready = _READY.match(line)
        assert ready, line + (await process.stderr.read()).decode()
        yield Process(process, ready.group(1), ready.group(2))
    finally:
        if process.returncode is None:
            process.kill()
        # Reading to the end closes the pipes with the loop still there.
        await process.communicate()


async def eventlive(*arguments: object, seconds: float = 30, **how: Any) -> tuple[int, str, str]:
    """Run a command to its end; give exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "eventlive",
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        **{"cwd": ROOT, "env": environment(), **how},
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def json_lines(text: str) -> list[Any]:
    """Read JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]

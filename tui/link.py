"""The websocket to the engine: connects, greets, listens, sends, and comes back by itself.

Owns the socket and its two bounded queues; decodes frames as they come, so that the screen's own
work begins with ready things. Never draws, never decides, and knows nothing of Textual.

Policies when a queue is full: updates of one view are merged into the newest, of states only the
newest is kept; any other news that nobody takes ends the connection. What is to be sent is refused
at once, so that an operator learns it at the key press; places are kept for a hold.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException
from websockets.uri import parse_uri

from eventlive.errors import ProtocolError, SettingsError
from eventlive.messages import (
    MAX_FRAME_TO_CONSOLE,
    PROTOCOL,
    About,
    Background,
    Bye,
    Found,
    FromConsole,
    Hello,
    Hold,
    Logged,
    Looking,
    Order,
    Preview,
    Previewed,
    ReadLog,
    Reply,
    Search,
    State,
    Unwatch,
    Update,
    Watch,
    Welcome,
    encoder,
    read_engine_frame,
)

UNREAD = 1000
"""News that may wait to be taken, updates and states not counted."""
UNSENT = 64
"""Frames that may wait to be sent."""
FOR_HOLD = 8
"""How many more places are kept for orders to hold everything."""
SILENCE = 6.0
"""Seconds without any frame after which the engine counts as gone: it speaks every second."""
_FIRST_PAUSE, _LONGEST_PAUSE, _PAUSE_IF_REFUSED = 0.4, 8.0, 20.0
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Up:
    """The engine is there; every view has been asked for again."""

    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Down:
    """The engine is gone, or was never there. `retry_in` is in seconds.

    `refused` means that it answered and said no: trying again helps only when a person has
    changed something. `ever` tells whether there has been a welcome before.
    """

    reason: str
    retry_in: float
    refused: bool = False
    ever: bool = False


Asked = Order | Search | Preview | Watch | Unwatch | Looking | About | ReadLog
"""What a console says once it was welcomed."""

News = Up | Down | Welcome | Update | State | Reply | Found | Previewed | Background | Logged


def merged(older: Update, newer: Update) -> Update:
    """Two updates of one view as one: the newer order, the newest version of every row."""
    rows = {thing.id: thing for thing in older.rows}
    rows.update((thing.id, thing) for thing in newer.rows)
    kept = tuple(rows.values())
    if len(kept) > UNREAD:
        named = set(newer.order)
        kept = tuple(thing for thing in kept if thing.id in named)
    return Update(view=newer.view, order=newer.order, rows=kept, total=newer.total)


class Link:
    """A console's connection to its engine, for as long as `run` runs.

    `on_news` is called, on the event loop, whenever there is something to `take`. Raises
    SettingsError where the address cannot be one.
    """

    def __init__(
        self,
        url: str,
        name: str,
        token: str,
        *,
        random: Random,
        on_news: Callable[[], None],
        silence: float = SILENCE,
    ) -> None:
        try:
            parse_uri(url)
        except InvalidURI as error:
            raise SettingsError(
                f"{url!r} is no address of an engine; one looks like ws://127.0.0.1:8765/console"
            ) from error
        self.url = url
        self.up = False
        self._hello = Hello(protocol=PROTOCOL, name=name, token=token)
        self._random = random
        self._on_news = on_news
        self._silence = silence
        self._watches: dict[str, Watch] = {}
        self._unsent: asyncio.Queue[FromConsole] = asyncio.Queue(UNSENT + FOR_HOLD)
        self._news: deque[News] = deque()
        self._updates: dict[str, Update] = {}
        self._state: State | None = None
        self._ever = False

    # --- for the screen ---------------------------------------------------------------------

    def take(self) -> list[News]:
        """Everything that came since the last time, oldest first; updates and state at the end."""
        news = list(self._news)
        self._news.clear()
        news.extend(self._updates.values())
        self._updates = {}
        if self._state is not None:
            news.append(self._state)
            self._state = None
        return news

    def watch(self, watch: Watch) -> None:
        """Ask for a view, now and after every reconnection."""
        self._watches[watch.view] = watch
        self.say(watch)

    def unwatch(self, view: str) -> None:
        """End a view."""
        if self._watches.pop(view, None) is not None:
            self.say(Unwatch(view))
        self._updates.pop(view, None)

    def say(self, frame: Asked) -> bool:
        """Queue a frame; False where it was not: no engine, or too much is waiting already."""
        holds = isinstance(frame, Order) and isinstance(frame.command, Hold)
        room = self._unsent.maxsize if holds else UNSENT
        if not self.up or self._unsent.qsize() >= room:
            return False
        self._unsent.put_nowait(frame)
        return True

    # --- the connection ---------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected until cancelled: back-off with jitter, never an exception of the net."""
        attempt = 0
        while True:
            refused, was_up = False, False
            try:
                async with connect(
                    self.url,
                    open_timeout=_PATIENCE,
                    close_timeout=1,
                    ping_interval=5,
                    ping_timeout=_PATIENCE,
                    max_size=MAX_FRAME_TO_CONSOLE,
                    max_queue=32,
                    compression=None,
                    proxy=None,
                ) as socket:
                    welcome = await self._greet(socket)
                    if isinstance(welcome, Welcome):
                        was_up = True
                        reason = await self._attend(socket, welcome)
                    else:
                        refused, reason = True, welcome.reason
            except TimeoutError:
                reason = "the engine does not answer"
            except InvalidStatus as error:
                reason = f"the address answers, but not as an engine: {error}"
            except ConnectionClosed as error:
                reason = f"the connection was closed ({error})"
            except ConnectionRefusedError:
                reason = "nothing listens at this address"
            except (OSError, WebSocketException, ProtocolError) as error:
                reason = str(error) or type(error).__name__
            finally:
                self.up = False
            attempt = 0 if was_up else attempt + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 8))
            if refused:
                pause = _PAUSE_IF_REFUSED
            pause *= self._random.uniform(0.5, 1.0)
            self._tell(Down(reason, pause, refused, self._ever))
            await asyncio.sleep(pause)

    async def _greet(self, socket: ClientConnection) -> Welcome | Bye:
        await socket.send(encoder.encode(self._hello).decode())
        async with asyncio.timeout(_PATIENCE):
            frame = read_engine_frame(await socket.recv())
        if isinstance(frame, Welcome | Bye):
            return frame
        raise ProtocolError("the engine's first frame was no welcome")

    async def _attend(self, socket: ClientConnection, welcome: Welcome) -> str:
        """Talk until the connection ends; returns why it ended."""
        while not self._unsent.empty():
            self._unsent.get_nowait()
        # What an earlier connection said last must not count as said by this one.
        self._updates, self._state = {}, None
        self.up = self._ever = True
        for watch in self._watches.values():
            self.say(watch)
        self._tell(Up(welcome))
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(self._send(socket), name="console link: sender")
            try:
                return await self._listen(socket)
            finally:
                self.up = False
                sender.cancel()

    async def _listen(self, socket: ClientConnection) -> str:
        parting = ""
        while True:
            try:
                async with asyncio.timeout(self._silence):
                    frame = read_engine_frame(await socket.recv())
            except TimeoutError:
                return f"the engine has said nothing for {self._silence:g} s"
            except ConnectionClosed:
                return parting or "the connection to the engine was cut"
            except ProtocolError as error:
                return str(error)
            match frame:
                case Bye():
                    parting = frame.reason
                case Update():
                    older = self._updates.pop(frame.view, None)
                    self._updates[frame.view] = merged(older, frame) if older else frame
                    self._on_news()
                case State():
                    # Each brings the decisions since the one before, and none may be missed.
                    older_ones = self._state.decisions if self._state else ()
                    self._state = replace(frame, decisions=(*older_ones, *frame.decisions))
                    self._on_news()
                case Welcome() | Reply() | Found() | Previewed() | Background() | Logged():
                    if len(self._news) >= UNREAD:
                        return "the engine says more than this console can take"
                    self._tell(frame)

    async def _send(self, socket: ClientConnection) -> None:
        try:
            while True:
                frame = await self._unsent.get()
                async with asyncio.timeout(_PATIENCE):
                    await socket.send(encoder.encode(frame).decode())
        except ConnectionClosed:
            return  # the listener learns the same and knows the reason
        except TimeoutError:
            # Closing needs the same blocked socket; cutting it ends the listener at once.
            socket.transport.abort()

    def _tell(self, news: News) -> None:
        self._news.append(news)
        self._on_news()

"""The link alone: greeting, watching, silence, rubbish, and coming back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from eventlive.errors import SettingsError
from eventlive.messages import (
    Bye,
    Hold,
    Order,
    State,
    Undo,
    Update,
    Watch,
    encoder,
    read_console_frame,
)
from tests.console.engine_double import EngineDouble, item
from tui.link import FOR_HOLD, UNSENT, Down, Link, News, Up, merged


@asynccontextmanager
async def linked(url: str, **options: Any) -> AsyncIterator[Link]:
    link = Link(url, "eevi", "", random=Random(1), on_news=lambda: None, **options)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run(), name="link under test")
        try:
            yield link
        finally:
            running.cancel()


async def news(link: Link, kind: type[Any]) -> Any:
    """The next news of a kind; what came before it is forgotten, what came with it is not."""
    waiting: list[News] = link.__dict__.setdefault("read_ahead", [])
    async with asyncio.timeout(10):
        while True:
            waiting += link.take()
            while waiting:
                one = waiting.pop(0)
                if isinstance(one, kind):
                    return one
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(talk: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/console"


@pytest.mark.parametrize("url", ["", "localhost", "http://127.0.0.1/console", "ws://"])
def test_an_address_that_cannot_be_one(url: str) -> None:
    with pytest.raises(SettingsError, match="ws://127"):
        Link(url, "eevi", "", random=Random(1), on_news=lambda: None)


async def test_views_are_asked_for_again_after_a_cut(engine: EngineDouble) -> None:
    async with linked(engine.url) as link:
        link.watch(Watch("inbox.1", "inbox"))
        link.watch(Watch("wall.1", "wall"))
        link.unwatch("wall.1")
        await news(link, Up)
        await news(link, Update)
        await engine.shut()
        down = await news(link, Down)
        assert down.ever
        engine.watches.clear()
        await engine.open()
        await news(link, Up)
        await news(link, Update)
        assert [watch.view for watch in engine.watches] == ["inbox.1"]


async def test_nothing_is_queued_for_an_engine_that_is_gone(engine: EngineDouble) -> None:
    async with linked(engine.url) as link:
        assert not link.say(Order(1, Undo()))
        await news(link, Up)
        await engine.shut()
        await news(link, Down)
        assert not link.say(Order(2, Undo()))
        await engine.open()
        await news(link, Up)
        assert link.say(Order(3, Undo()))
        async with asyncio.timeout(5):
            while not engine.orders:
                await asyncio.sleep(0.005)
        assert [order.ref for order in engine.orders] == [3]


async def test_what_is_to_be_sent_is_bounded(engine: EngineDouble) -> None:
    async with linked(engine.url) as link:
        await news(link, Up)
        taken = [link.say(Order(number, Undo())) for number in range(UNSENT + 10)]
        assert taken.count(True) == UNSENT
        assert not taken[-1]
        held = [link.say(Order(number, Hold())) for number in range(UNSENT)]
        assert held == [True] * FOR_HOLD + [False] * (UNSENT - FOR_HOLD)


async def test_a_refusal_says_why(engine: EngineDouble) -> None:
    engine.refuse_hello = "this console is too old"
    async with linked(engine.url) as link:
        down = await news(link, Down)
        assert (down.refused, down.reason, down.ever) == (True, "this console is too old", False)


async def test_a_silent_engine_is_gone(engine: EngineDouble) -> None:
    welcome = encoder.encode(engine._welcome("eevi")).decode()

    async def talk(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(welcome)
        await socket.wait_closed()

    async with serving(talk) as url, linked(url, silence=0.2) as link:
        await news(link, Up)
        down = await news(link, Down)
        assert "said nothing" in down.reason


@pytest.mark.parametrize(
    "frame",
    ["rubbish", "[" * 5000, '{"tell":"update"}', '{"tell":"nobody"}', b"\xff\xfe", "x" * (1 << 21)],
    ids=["no json", "nested", "incomplete", "unknown", "binary", "too large"],
)
async def test_rubbish_ends_the_connection_and_never_the_link(
    engine: EngineDouble, frame: str | bytes
) -> None:
    welcome = encoder.encode(engine._welcome("eevi")).decode()

    async def talk(socket: ServerConnection) -> None:
        read_console_frame(await socket.recv())
        await socket.send(welcome)
        await socket.send(frame)
        await socket.wait_closed()

    async with serving(talk) as url, linked(url) as link:
        await news(link, Up)
        down = await news(link, Down)
        assert down.reason
        await news(link, Up)


async def test_the_engines_last_word_is_the_reason(engine: EngineDouble) -> None:
    welcome = encoder.encode(engine._welcome("eevi")).decode()

    async def talk(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(welcome)
        await socket.send(encoder.encode(Bye("the coverage has ended")).decode())

    async with serving(talk) as url, linked(url) as link:
        down = await news(link, Down)
        assert down.reason == "the coverage has ended"


async def test_something_else_at_the_address() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with linked(f"ws://127.0.0.1:{port}/console") as link:
            down = await news(link, Down)
            assert "not as an engine" in down.reason


async def test_only_the_newest_state_and_one_update_a_view_wait(engine: EngineDouble) -> None:
    async with linked(engine.url) as link:
        link.watch(Watch("inbox.1", "inbox"))
        await news(link, Up)
        for number in range(300):
            await engine.put(item(f"p{number % 20}", version=number + 1))
        for _ in range(50):
            await engine.tell_state()
        async with asyncio.timeout(10):
            while not any(update.order for update in link._updates.values()):
                await asyncio.sleep(0.005)
        # A round trip: whatever was sent before its answer has arrived.
        link.say(Order(1, Undo()))
        async with asyncio.timeout(10):
            while not link._news:
                await asyncio.sleep(0.005)
        taken = link.take()
        updates = [one for one in taken if isinstance(one, Update)]
        assert len(updates) == 1
        assert {thing.id: thing.version for thing in updates[0].rows} == {
            id: one.version for id, one in engine.items.items()
        }
        assert sum(isinstance(one, State) for one in taken) == 1


def test_merging_keeps_the_newest_of_every_row() -> None:
    old = Update("v", ("a", "b"), (item("a"), item("b")), 2)
    new = Update("v", ("b", "c"), (item("b", version=2), item("c")), 3)
    both = merged(old, new)
    assert both.order == ("b", "c")
    assert both.total == 3
    assert {thing.id: thing.version for thing in both.rows} == {
        "bluesky:a": 1,
        "bluesky:b": 2,
        "bluesky:c": 1,
    }

"""A network between a screen and its engine that a test can make bad: cut, half open, slow.

Owns a TCP proxy on loopback. Looks at no byte of what passes.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self
from urllib.parse import urlsplit

CHUNK = 1 << 14


class Proxy:
    """Stands before `url`, at an address of its own: the same page, `url` of this.

    `stop` lets no byte pass, either way, while every line stays open: what a switch without power
    or a lost wireless network does. `go` lets pass what comes from then on over new lines; the old
    ones stay dead. `delay` is how many seconds each piece takes, each way. `lines` counts.
    """

    def __init__(self, url: str) -> None:
        self._before = urlsplit(url)
        self.delay = 0.0
        self.lines = 0
        self._passing = True
        self._life = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._closing = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self._closing.push_async_callback(server.wait_closed)
        self._closing.callback(self._drop)
        self._closing.callback(server.close)
        port = server.sockets[0].getsockname()[1]
        self.url = self._before._replace(netloc=f"127.0.0.1:{port}").geturl()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    def stop(self) -> None:
        """Let nothing pass any more."""
        self._passing = False

    def go(self) -> None:
        """Let lines that are opened from now on pass."""
        self._passing = True
        self._life += 1

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(
        self, screen_reads: asyncio.StreamReader, screen_writes: asyncio.StreamWriter
    ) -> None:
        self.lines += 1
        life = self._life

        def alive() -> bool:
            return self._passing and life == self._life

        host, port = self._before.hostname, self._before.port
        reader, writer = await asyncio.open_connection(host, port)
        both = {screen_writes, writer}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as ways:
                there = self._way(screen_reads, writer, alive)
                back = self._way(reader, screen_writes, alive)
                ways.create_task(there, name="from the screen")
                ways.create_task(back, name="to the screen")
        finally:
            self._writers -= both
            for one in both:
                one.transport.abort()

    async def _way(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        alive: Callable[[], bool],
    ) -> None:
        try:
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if alive():  # what comes meanwhile is lost, and nobody is told
                    writer.write(data)
                    await writer.drain()
            if alive():
                writer.write_eof()
        except OSError:
            writer.transport.abort()

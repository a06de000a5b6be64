"""Many screens in one cheap process: sockets, the handshake, and frames that are counted.

Owns both sides: `attached` starts the process and gives its account at the end, and the module
itself is that process. It reads with epoll and looks at frame headers alone, so that a thousand
screens cost about a tenth of what the server pays to write to them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import select
import socket
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit
from zlib import crc32

import msgspec

ATTACH_SECONDS = 120.0
CONNECT_SECONDS = 30.0
AT_ONCE = 32
"""Handshakes under way together; a listening socket's backlog holds a hundred."""

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    # What every browser offers; a server that takes it compresses for each screen.
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
)
NO_MASK = bytes(4)
CHANGED = b'{"tell":"changed"'
SHOW = b'{"tell":"show"'
NUMBERED = re.compile(rb'"seq":(\d+)')
NUMBER_WITHIN = 120
"""Bytes from the beginning of a whole picture in which its number stands."""


class Account(msgspec.Struct):
    """What the screens got: frames in all, connections lost, and for each change the ids that it
    put up and the moment (time.perf_counter) when each screen had read it.

    `stories` counts how many different ones they were told: one where all heard the same changes,
    and as many whole pictures, in the same order. `pictures` are the whole pictures that they read,
    each with the number of its last change; the first screen began to connect at `begun`.
    """

    frames: int = 0
    closed: int = 0
    changes: list[tuple[list[str], list[float]]] = []
    stories: int = 0
    begun: float = 0.0
    pictures: list[tuple[int, float]] = []


@dataclass(slots=True)
class Attached:
    """Screens at work; `account` is complete once the block of `attached` has ended."""

    account: Account = field(default_factory=Account)


@contextlib.asynccontextmanager
async def attached(
    url: str, count: int, at_once: int = AT_ONCE, *, saying: bool = False
) -> AsyncIterator[Attached]:
    """Have `count` screens attached while the block runs, `at_once` of them connecting together.

    `saying` ones answer each change with what they have drawn, as a page does.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.screens",
        url,
        str(count),
        str(at_once),
        *(["saying"] if saying else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 28,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    screens = Attached()
    try:
        async with asyncio.timeout(ATTACH_SECONDS):
            if await process.stdout.readline() != b"attached\n":
                raise RuntimeError(f"the screens could not attach to {url}")
        yield screens
        process.stdin.close()
        async with asyncio.timeout(30):
            screens.account = msgspec.json.decode(await process.stdout.readline(), type=Account)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


# --- the process ---------------------------------------------------------------------------------


class Screens:
    """Sockets of screens, read as they come."""

    def __init__(self, *, saying: bool) -> None:
        self.account = Account()
        self._saying = saying
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._rest: dict[int, bytes] = {}
        self._arrived: dict[bytes, list[float]] = defaultdict(list)
        self._stories: dict[int, int] = defaultdict(int)

    def attach(self, url: str, count: int, at_once: int) -> None:
        """Connect, some at a time, and read the answers to their handshakes."""
        self.account.begun = time.perf_counter()
        parts = urlsplit(url)
        assert parts.port is not None
        request = HANDSHAKE.format(path=parts.path, host=parts.netloc).encode()
        while count:
            batch = _connected((parts.hostname or "", parts.port), min(count, at_once))
            for one in batch:
                one.sendall(request)
            for one in batch:
                answer = b""
                while b"\r\n\r\n" not in answer:
                    read = one.recv(4096)
                    if not read:
                        raise RuntimeError(f"refused: {answer.decode(errors='replace')}")
                    answer += read
                head, _, rest = answer.partition(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 101"):
                    raise RuntimeError(f"refused: {head.decode(errors='replace')}")
                one.setblocking(False)
                self._sockets[one.fileno()] = one
                self._poll.register(one.fileno(), select.EPOLLIN)
                self._take(one.fileno(), rest)
            count -= len(batch)
            self.read(0)

    def until(self, end: int) -> None:
        """Read frames until the file `end` can be read too."""
        self._poll.register(end, select.EPOLLIN)
        while end not in self.read(1):
            pass

    def read(self, seconds: float) -> list[int]:
        """Read whatever is there; give the files that are no screens of ours."""
        others = []
        for number, _ in self._poll.poll(seconds):
            one = self._sockets.get(number)
            if one is None:
                others.append(number)
                continue
            try:
                data = one.recv(1 << 16)
            except ConnectionError:
                data = b""
            if data:
                self._take(number, data)
            else:
                self.account.closed += 1
                self._poll.unregister(number)
                self._sockets.pop(number).close()
        return others

    def finish(self) -> Account:
        """Give the account, with what each change put up."""
        for payload, times in self._arrived.items():
            things = json.loads(payload).get("put", ())
            ids = [thing["id"] for thing in things if thing["kind"] == "card"]
            self.account.changes.append((ids, times))
        self.account.stories = len(set(self._stories.values()))
        return self.account

    def _take(self, number: int, data: bytes) -> None:
        now = time.perf_counter()
        data = self._rest.pop(number, b"") + data
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + size > end:
                break
            match data[at] & 15:
                case 1 | 2:
                    self.account.frames += 1
                    if data.startswith(CHANGED, start):
                        payload = data[start : start + size]
                        self._arrived[payload].append(now)
                        self._stories[number] = crc32(payload, self._stories[number])
                        if self._saying and (found := NUMBERED.search(payload)):
                            self._sockets[number].send(_seen(int(found[1])))
                    elif data.startswith(SHOW, start):
                        if found := NUMBERED.search(data, start, start + NUMBER_WITHIN):
                            self.account.pictures.append((int(found[1]), now))
                        # It says when it was made, which is each screen's own moment.
                        self._stories[number] = crc32(SHOW, self._stories[number])
                case 9:
                    pong = bytes((0x8A, 0x80 | size)) + NO_MASK + data[start : start + size]
                    self._sockets[number].send(pong)
            at = start + size
        if at < end:
            self._rest[number] = data[at:]


@cache
def _seen(seq: int) -> bytes:
    """Frame what a page says of itself."""
    said = b'{"say":"seen","seq":%d,"scene":"masonry","lag":20,"width":1920,"height":1080,' % seq
    said += b'"page":"0123456789ab","errors":0,"error":""}'
    return bytes((0x81, 0x80 | 126)) + len(said).to_bytes(2, "big") + NO_MASK + said


def _connected(address: tuple[str, int], count: int) -> list[socket.socket]:
    """Connect all at the same time: none waits for another's place in the listener's queue."""
    batch = [socket.socket() for _ in range(count)]
    poll = select.epoll()
    for one in batch:
        one.setblocking(False)
        one.connect_ex(address)
        poll.register(one.fileno(), select.EPOLLOUT | select.EPOLLONESHOT)
    waiting, end = count, time.monotonic() + CONNECT_SECONDS
    while waiting:
        if time.monotonic() > end:
            raise RuntimeError(f"{waiting} of {count} screens found no place at {address}")
        waiting -= len(poll.poll(1))
    poll.close()
    for one in batch:
        one.settimeout(CONNECT_SECONDS)
        if error := one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise RuntimeError(f"refused: {os.strerror(error)}")
    return batch


def main() -> None:
    url, count, at_once, *more = sys.argv[1:]
    screens = Screens(saying="saying" in more)
    screens.attach(url, int(count), int(at_once))
    print("attached", flush=True)
    screens.until(sys.stdin.fileno())
    sys.stdout.buffer.write(msgspec.json.encode(screens.finish()) + b"\n")


if __name__ == "__main__":
    main()

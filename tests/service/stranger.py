"""Somebody else's server, which holds pictures and whatever it likes to call one.

Owns what it says at each path and what it remembers of being asked; how to make pictures that are
fine and pictures that are not; and the rule that lets its one loopback address through as if it
were public. Its neighbour 127.0.0.2 stands for what lies inside a house.
"""

import asyncio
import io
import ssl
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from PIL import Image

from eventlive.pictures import Reach, is_public
from tests.loopback import HOST

HOUSE = "127.0.0.2"
"""An address of loopback that nobody has let through."""


def encoded(picture: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


JPEG = encoded(Image.new("RGB", (320, 200), "red"), "JPEG")
PNG = encoded(Image.new("RGB", (32, 20), "red"), "PNG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be as large as a town."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20))
    return PNG[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@dataclass
class Stranger:
    """A server of somebody else: what it says at each path, and what it was asked."""

    says: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    onward: dict[str, str] = field(default_factory=dict)
    asked: list[web.BaseRequest] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    busy: int = 0
    busiest: int = 0
    address: str = ""

    @property
    def hits(self) -> Counter[str]:
        return Counter(request.path for request in self.asked)

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        path = request.path
        if path in self.onward:
            return web.Response(status=302, headers={"Location": self.onward[path]})
        if path.startswith("/gated"):
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
            await self.gate.wait()
            self.busy -= 1
        if path == "/drip":
            response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
            await response.prepare(request)
            await response.write(JPEG[:100])
            await self.gate.wait()
            return response
        if path == "/packed":
            headers = {"Content-Type": "image/jpeg", "Content-Encoding": "gzip"}
            return web.Response(body=zlib.compress(JPEG), headers=headers)
        kind, body = self.says.get(path, ("image/jpeg", JPEG))
        return web.Response(
            status=500 if path == "/broken" else 200, body=body, headers={"Content-Type": kind}
        )


@asynccontextmanager
async def serving(host: str = HOST, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stranger]:
    stranger = Stranger()
    server = web.Server(stranger.answer)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    stranger.address = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield stranger
    finally:
        stranger.gate.set()
        await runner.cleanup()


def reach(*strangers: Stranger, names: dict[str, Sequence[str]] | None = None) -> Reach:
    """As it is by default, but for http, these servers' ports and the one address."""

    def look_up(host: str, _: int) -> Sequence[str]:
        if names is None or host not in names:
            raise OSError(f"nobody is called {host}")
        return names[host]

    return Reach(
        schemes=frozenset({"http"}),
        ports=frozenset(one.port for one in strangers),
        allowed=lambda address: str(address) == HOST or is_public(address),
        look_up=look_up,
    )

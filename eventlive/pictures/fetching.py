"""The way out to foreign pictures: where it may lead, and how much is taken in.

Owns the rule of addresses, the limits of a fetch and the redirects. A name is looked up once for
each connection, and the very address that the rule has seen is the one connected to: a name that
gives another answer a moment later changes nothing. Never decodes, keeps or decides what is shown.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from eventlive.listening.cleaning import clean_line
from eventlive.pictures.kinds import KINDS, NoPicture, kind_of

FETCHES = 8
"""Pictures that are on their way at once."""

CONNECT_SECONDS = 4.0
FETCH_SECONDS = 10.0
"""For one picture, its redirects included."""

BODY_MAX = 12 << 20
URL_MAX = 4096
REDIRECTS_MAX = 3
REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
# Many servers say image/jpg, which no register knows.
SAID = KINDS | {"image/jpg"}

HEADERS = {
    "User-Agent": "eventlive",
    "Accept": ", ".join(sorted(KINDS)),
    # A packed body is a bomb that no picture needs.
    "Accept-Encoding": "identity",
}

_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))

Address = IPv4Address | IPv6Address
Lookup = Callable[[str, int], Sequence[str]]


def is_public(address: Address) -> bool:
    """Say whether an address belongs to the public internet, whichever way it is written.

    Neither private, shared (100.64/10), loopback, link-local, multicast, reserved nor unspecified.
    An IPv6 address that stands for an IPv4 one (mapped, NAT64) is what that one is; a tunnel's
    (6to4, Teredo) is refused, and what is outside the range given out to the public (2000::/3).
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _UNICAST or any(address in tunnel for tunnel in _TUNNELS):
            return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
    )


def look_up(host: str, port: int) -> list[str]:
    """Ask the system for a name's addresses; blocks. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(info[4][0]) for info in found]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where pictures may come from. As it stands: https on the public internet, nothing else.

    `allowed` judges every address that is connected to. `tls` is for servers with certificates of
    a house of its own.
    """

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({443, 80})
    allowed: Callable[[Address], bool] = is_public
    look_up: Lookup = look_up
    tls: ssl.SSLContext | None = None


class Fetcher:
    """Fetches pictures within a reach. Open it with `open_fetcher`."""

    def __init__(self, session: aiohttp.ClientSession, reach: Reach) -> None:
        self._session = session
        self._reach = reach

    async def fetch(self, address: str) -> bytes:
        """Give the bytes behind an address, which begin as a picture of one of the kinds.

        Raises NoPicture, after FETCH_SECONDS at the latest.
        """
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await self._follow(address)
        except TimeoutError as error:
            raise NoPicture(f"it did not come within {FETCH_SECONDS:g} s") from error
        # What cannot be read as an address is a ValueError.
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoPicture(clean_line(f"{type(error).__name__}: {error}", 200)) from error

    async def _follow(self, address: str) -> bytes:
        url = self._checked(address)
        for _ in range(1 + REDIRECTS_MAX):
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status not in REDIRECTS:
                    return await _body(answer)
                onward = answer.headers.get("Location", "")
            url = self._checked(onward, url)
        raise NoPicture(f"it is sent on more than {REDIRECTS_MAX} times")

    def _checked(self, address: str, base: URL | None = None) -> URL:
        """Read an address and hold it against the reach, but for where its name leads."""
        if not address or len(address) > URL_MAX:
            raise NoPicture("it has no address, or one that is far too long")
        url = base.join(URL(address)) if base else URL(address)
        if url.scheme not in self._reach.schemes or not url.host:
            raise NoPicture("its address is not one that pictures are fetched from")
        if url.user is not None or url.password is not None:
            raise NoPicture("there is a name or a password in its address")
        if url.port not in self._reach.ports:
            raise NoPicture(f"port {url.port} is not for pictures")
        return url


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    if answer.status != HTTPStatus.OK:
        raise NoPicture(f"the server answered {answer.status}")
    if answer.content_type not in SAID:
        raise NoPicture(f"the server says it is {clean_line(answer.content_type, 60)}")
    chunks, size = [], 0
    async for chunk in answer.content.iter_chunked(1 << 16):
        chunks.append(chunk)
        size += len(chunk)
        if size > BODY_MAX:
            raise NoPicture(f"it has more than {BODY_MAX >> 20} MB")
    body = b"".join(chunks)
    if not kind_of(body):
        raise NoPicture("its bytes are not those of a picture")
    return body


@asynccontextmanager
async def open_fetcher(reach: Reach) -> AsyncIterator[Fetcher]:
    """Open what connects within a reach, and close it after the block."""

    def connectable(info: aiohttp.AddrInfoType) -> socket.socket:
        """Make a socket for one address. Every connection goes through here, however it is named.

        An OSError, which is what a connection that cannot be made is.
        """
        family, kind, protocol, _, where = info
        if not reach.allowed(ip_address(where[0])):
            raise PermissionError(f"{where[0]} is not an address that pictures are fetched from")
        return socket.socket(family, kind, protocol)

    # Strangers choose the names: those that are never answered must not hold the threads that
    # the rest of the engine looks up its own with.
    threads = ThreadPoolExecutor(FETCHES, "picture-names")
    try:
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(reach.look_up, threads),
            use_dns_cache=False,
            socket_factory=connectable,
            force_close=True,
            ssl=reach.tls or True,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS, connect=CONNECT_SECONDS),
        ) as session:
            yield Fetcher(session, reach)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


class _Resolver(AbstractResolver):
    def __init__(self, lookup: Lookup, threads: ThreadPoolExecutor) -> None:
        self._lookup = lookup
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._lookup, host, port)
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in dict.fromkeys(found)
        ]

    async def close(self) -> None:
        """Nothing is held: the threads are the opener's."""

"""The calls by which a feed reads one Mastodon server: bounded, timed, and within its limits.

Owns the address, the token, and what an answer that is no page means: lost, limited or refused.
Only ever asks, never posts, and never waits: whoever calls decides when to call again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from eventlive.errors import FeedRefused
from feeds.mastodon.frames import BODY_MAX, read_json
from feeds.mastodon.posts import Unreadable, moment, object_of, string_of

LIMIT_MAX = 3600.0
"""Seconds that a server may ask us to stay away; Mastodon's own windows last five minutes."""

LIMIT_UNSAID = 60.0
"""Seconds to stay away from one that says "too many" and not for how long."""

_HOST = re.compile(
    r"(?:[\w-]{1,63}\.)*[\w-]{1,63}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?"
)


class Lost(Exception):
    """A server did not give a usable answer; asking again later may help.

    `wait` is in seconds, 0 where the server did not say.
    """

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        self.reason = reason
        self.wait = wait
        super().__init__(reason)


class Limited(Lost):
    """The server takes no more calls for `wait` seconds."""


class Refused(Exception):
    """The server says no, and will say so again; only a person can mend it."""


class Missing(Exception):
    """The server says that there is no such thing."""


class Calls:
    """One server's door. An async context manager: it holds connections while it is open.

    `address` is a host, or an address with https, or with http on this machine alone: a token
    and people's doings do not cross a network in the clear. Raises FeedRefused where it is none.
    `variable` names where a person sets the token.
    """

    def __init__(
        self,
        address: str,
        token: str,
        variable: str,
        *,
        seconds: float,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        self.address = _address(address)
        self.host = urlsplit(self.address).netloc
        self.has_token = bool(token)
        # Not to be seen in a traceback or a repr: it lives in this one dict alone.
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._variable = variable
        self._seconds = seconds
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None
        self._left: int | None = None
        self._until = 0.0

    async def __aenter__(self) -> Calls:
        self._session = aiohttp.ClientSession(
            connector=self._connector() if self._connector else None,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "eventlive", "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=self._seconds),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session is not None
        await self._session.close()

    @property
    def authorization(self) -> Mapping[str, str]:
        """The header by which this server knows us; empty without a token."""
        return self._headers

    def spread(self) -> float:
        """Say how many seconds apart calls may follow each other, using half of what is left.

        Raises Limited where nothing is left.
        """
        rest = self._until - asyncio.get_running_loop().time()
        if self._left is None or rest <= 0:
            return 0.0
        if self._left <= 0:
            raise Limited(f"{self.host} takes no more calls for now", rest)
        return min(2 * rest / self._left, rest)

    async def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Any:
        """Ask once, and give the JSON of the answer.

        Raises Lost where there is no usable one, Limited where the limit is used up (also ahead
        of time, without asking), Missing for a 404 or a 410, and Refused where the server wants
        a login or sends us to another host. A refusal counts only in Mastodon's own form: what
        says no in HTML may be a hotel's gateway.
        """
        assert self._session is not None, "used outside of its context"
        self.spread()
        try:
            async with self._session.get(
                self.address + path, params=params, headers=self._headers, allow_redirects=False
            ) as response:
                self._take_limits(response.headers)
                body = bytearray()
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > BODY_MAX:
                        raise Lost(f"{self.host} sent more than {BODY_MAX} bytes")
                return self._read(response, bytes(body))
        except TimeoutError as error:
            raise Lost(f"{self.host} did not answer within {self._seconds:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or str(error)
            raise Lost(f"{self.host}: {why or type(error).__name__}"[:300]) from error

    def _read(self, response: aiohttp.ClientResponse, body: bytes) -> Any:
        status = response.status
        if 300 <= status < 400:
            where = urlsplit(response.headers.get("Location", "")).netloc
            if where and where != self.host:
                raise Refused(f"{self.host} sends us on to {where[:200]}: name that server instead")
            raise Lost(f"{self.host} sends us in a circle")
        if status == 429:
            self._left = None  # what it says now is newer than what it said of its limits
            raise Limited(f"{self.host} says that these are too many calls", self._wait(response))
        try:
            answer = read_json(body)
        except Unreadable as error:
            what = f"answered {status}" if status != 200 else f"gave an answer; {error}"
            raise Lost(f"{self.host} {what}"[:300], self._asked(response)) from error
        if status == 200:
            return answer
        said = string_of(object_of(answer).get("error"))
        if said and status in (404, 410):
            raise Missing(f"{self.host}: {said[:200]}")
        if said and status in (401, 403, 422):
            raise Refused(self._login(status, said))
        raise Lost(f"{self.host} answered {status} {said[:200]}".rstrip(), self._asked(response))

    def _login(self, status: int, said: str) -> str:
        if self.has_token:
            return (
                f"{self.host} does not accept the access token ({status}: {said[:100]}):"
                f" set {self._variable} to one of an account there, with the scope read"
            )
        return (
            f"{self.host} shows nothing without a login ({status}: {said[:100]}):"
            f" set {self._variable}, and name this server first"
        )

    def _take_limits(self, headers: Mapping[str, str]) -> None:
        """Note how many calls are left and for how long, by the server's own clock."""
        left, reset = headers.get("X-RateLimit-Remaining", ""), headers.get("X-RateLimit-Reset", "")
        rest = _rest(reset, headers)
        if left.isascii() and left.isdecimal() and rest is not None:
            self._left = int(left)
            self._until = asyncio.get_running_loop().time() + rest

    def _wait(self, response: aiohttp.ClientResponse) -> float:
        rest = _rest(response.headers.get("X-RateLimit-Reset", ""), response.headers)
        return self._asked(response) or rest or LIMIT_UNSAID

    @staticmethod
    def _asked(response: aiohttp.ClientResponse) -> float:
        retry = response.headers.get("Retry-After", "")
        return min(float(retry), LIMIT_MAX) if retry.isascii() and retry.isdecimal() else 0.0


def own_address(address: str) -> bool:
    """Tell whether what is sent to an address stays on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_host(text: str) -> bool:
    """Tell whether a text is a host's name, with or without a port."""
    return _HOST.fullmatch(text) is not None


def _address(named: str) -> str:
    address = named.strip().rstrip("/")
    address = address if "://" in address else f"https://{address}"
    scheme, _, host = address.partition("://")
    if scheme not in ("http", "https") or not is_host(host):
        raise FeedRefused(f"{named[:200]!r} is no Mastodon server: write its host's name")
    if scheme == "http" and not own_address(address):
        raise FeedRefused(f"{named[:200]!r} would be read in the clear: leave http:// out")
    return address


def _rest(reset: str, headers: Mapping[str, str]) -> float | None:
    """Count the seconds until a reset, which Mastodon writes in ISO 8601 and some in unix time."""
    until = moment(reset)
    try:
        if reset.isascii() and reset.isdecimal():
            until = datetime.fromtimestamp(int(reset), UTC)
        now = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, OverflowError, OSError):
        return None
    if until is None or now.tzinfo is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), LIMIT_MAX)

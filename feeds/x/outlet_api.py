"""X's API for one account: signed requests, whole answers, and no post ever tried again.

Owns the signature (OAuth 1.0a), the connection, the timeouts and the limits. Never decides what
an answer means for a post, and never logs: what is signed holds keys. (Reading and deleting,
which may be repeated, aiohttp asks once more where a connection breaks.)

The endpoints are tweepy's; the request under them is ours, because tweepy's own (4.17) raises
ContentTypeError for an answer in HTML, logs the signed headers at debug level, follows redirects,
has no timeout, and cannot upload.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from msgspec import Struct
from oauthlib.oauth1 import Client as Signer  # type: ignore[import-untyped]
from tweepy.asynchronous import AsyncClient
from yarl import URL

from eventlive.errors import NotSent, NotYet, Unclear
from eventlive.listening.cleaning import clean_line
from feeds.x.limits import Limit, Limits, date

HOST = "https://api.x.com"
"""The one server of X's published description."""

CONNECT_SECONDS = 8.0
REQUEST_SECONDS = 20.0
"""For one request, connecting included: well below what the engine gives a send."""

ANSWER_MAX = 4 << 20
"""Bytes of the longest answer that is read: a page of a hundred long posts has a tenth of it."""

AGAIN = timedelta(seconds=10)
"""The wait after a connection that never came about."""

KEYS = ("api_key", "api_secret", "access_token", "access_secret")

# oauthlib writes what it signs, tokens included, to its log at debug level.
logging.getLogger("oauthlib").setLevel(logging.INFO)

_ID = re.compile(r"(?<=[a-z]/)[0-9]+(?=/|$)")


def key_names(account: str) -> tuple[str, ...]:
    """Name the environment's variables that hold an account's keys."""
    prefix = f"EVENTLIVE_{account.upper().replace('-', '_')}"
    return tuple(f"{prefix}_{name.upper()}" for name in KEYS)


class _Error(Struct):
    detail: str | None = None
    message: str | None = None


class _Problem(Struct):
    """An error of X, in any of the three forms that it has."""

    detail: str | None = None
    title: str | None = None
    type: str | None = None
    message: str | None = None
    errors: list[_Error] | None = None


_problem = msgspec.json.Decoder(_Problem)


class Problem(Struct, frozen=True):
    """What X has against a request: its own words, and the last part of the problem's address."""

    text: str
    kind: str = ""


class Answer(Struct, frozen=True):
    """An answer of X, whole: read to its last byte; `closed` is the limit behind a 429."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    closed: Limit | None = None

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300

    def problem(self) -> Problem | None:
        """Give what X has against the request; None where these are not X's own words.

        A gateway's page has no such form, so this is what proves that X itself said no.
        """
        try:
            said = _problem.decode(self.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        # What is wrong with a parameter stands in the first of the errors, not beside them.
        first = said.errors[0] if said.errors else _Error()
        words = [said.detail or said.message, first.detail or first.message]
        text = " ".join(word for word in words if word) or said.title or ""
        kind = (said.type or "").rpartition("/")[2]
        return Problem(clean_line(text, 200), clean_line(kind, 60)) if text or kind else None


class Api(AsyncClient):  # type: ignore[misc]  # tweepy has no types
    """The API as one account of the house may use it; `account` is its id in the script.

    `ahead` is how far X's clock is before ours, never too much, once an answer has told it. Every
    request raises NotSent or NotYet where nothing left (no keys, a limit is used up, no connection
    came about), and Unclear where nobody knows what X made of it.
    """

    def __init__(
        self,
        account: str,
        keys: Mapping[str, str],
        *,
        clock: Callable[[], datetime],
        connector: Callable[[], aiohttp.BaseConnector],
    ) -> None:
        # Told so, tweepy hands over an answer as it is.
        super().__init__(return_type=aiohttp.ClientResponse, wait_on_rate_limit=False)
        self.account = account
        self.limits = Limits(clock)
        self.ahead: timedelta | None = None
        self._clock = clock
        self._connector = connector
        self._keys = tuple(keys.get(name, "").strip() for name in KEYS)

    @property
    def owner(self) -> str:
        """The id at X of whom the keys belong to, with which its access tokens begin."""
        return self._keys[KEYS.index("access_token")].partition("-")[0]

    async def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = True,
        *,
        form: aiohttp.FormData | None = None,
    ) -> Answer:
        """Ask once, over a connection of its own, and read the answer to its end.

        A kept connection may be half closed already, and then nobody knows what was heard.
        """
        del user_auth  # there is no other here
        if not all(self._keys):
            names = ", ".join(key_names(self.account))
            raise NotSent(f"account {self.account} has no keys: set {names}")
        door = f"{method} {_ID.sub(':id', route)}"
        if closed := self.limits.used_up(door):
            raise NotYet(f"X's limit is used up ({closed})", closed.until)
        query = urlencode(sorted((params or {}).items()), quote_via=quote)
        address = f"{HOST}{route}?{query}" if query else f"{HOST}{route}"
        signer = Signer(*self._keys)
        _, headers, _ = signer.sign(address, method)
        status, said, body = await self._ask(
            method, URL(address, encoded=True), headers, json, form
        )
        now = self._clock()
        if there := date(said):
            # Cut to the second and old by the way back: the clock there is at least this far.
            self.ahead = there - now
        self.limits.note(door, status, said)
        for key in self._keys:
            # Whoever answers may repeat what it was sent; nobody further on must see that.
            body = body.replace(key.encode(), b"...")
        return Answer(status, said, body, self.limits.used_up(door) if status == 429 else None)

    async def _ask(
        self,
        method: str,
        address: URL,
        headers: dict[str, str],
        json: Any,
        form: aiohttp.FormData | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS, connect=CONNECT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(connector=self._connector(), timeout=timeout) as session,
                session.request(
                    method, address, headers=headers, json=json, data=form, allow_redirects=False
                ) as response,
            ):
                body = bytearray()
                async for piece in response.content.iter_any():
                    body += piece
                    if len(body) > ANSWER_MAX:
                        raise Unclear(f"X's answer is longer than {ANSWER_MAX} bytes")
                return response.status, response.headers, bytes(body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Raised before a byte of the request is written, and only then.
            raise NotYet(f"X cannot be reached: {_short(error)}", self._clock() + AGAIN) from error
        except aiohttp.ClientResponseError as error:
            # It holds the signed headers, and shows them: it must not travel on with ours.
            broken = error.message
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unclear(f"the connection to X broke off: {_short(error)}") from error
        raise Unclear(f"X's answer is no HTTP: {clean_line(broken, 200)}")


def _short(error: Exception) -> str:
    return clean_line(str(error), 200) or type(error).__name__

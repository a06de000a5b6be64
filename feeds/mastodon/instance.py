"""A Mastodon server as one account of ours sees it: its calls, its limits, its configuration.

Owns the way of every call: the token, the time limits, the rate limits, and what an answer or the
lack of one is certain to mean. Never says what is posted, and never calls twice by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from random import Random
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from eventlive.errors import NotSent, NotYet, SettingsError, Unclear
from eventlive.model import OutletAccount

Kind = Literal["read", "post", "media", "delete"]
"""What a server counts apart: it tells of its tightest limit (Mastodon's Api::RateLimitHeaders)."""

CONNECT_SECONDS = 8.0
LOOK_UP_SECONDS = 8.0

BODY_MAX = 1 << 22
"""Bytes of the longest answer that is read: forty long posts with all their fields are a tenth."""

BACK_OFF = (5.0, 60.0)
"""Seconds: the first wait where a server is out of reach, and the longest."""

RESET_MAX = timedelta(hours=24)
"""A limit that is said to last longer is not believed; Mastodon's own last three hours at most."""

SAID_MAX = 200
"""Characters of a server's own words in an error."""

NOT_DECIDED = frozenset({408, 499})
"""Refusals by what stands before a server, which may have taken the call all the same."""

_T = TypeVar("_T")
_TOKEN = re.compile(r"[!-~]+")
_HOST = re.compile(r"[\w.:-]+")


class Refused(NotSent):
    """The server said no, in its own words; `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


class StatusRules(Struct, frozen=True):
    """What a server says of posts; what it leaves unsaid is as Mastodon has it."""

    max_characters: int = 500
    max_media_attachments: int = 4
    characters_reserved_per_url: int = 23


class MediaRules(Struct, frozen=True):
    """What a server says of pictures; sizes in bytes. No types mean that any may be tried."""

    supported_mime_types: tuple[str, ...] = ()
    image_size_limit: int = 16 << 20
    description_limit: int = 1500


class Configuration(Struct, frozen=True):
    """What a server takes, as its /api/v2/instance says it."""

    statuses: StatusRules = StatusRules()
    media_attachments: MediaRules = MediaRules()


class _Instance(Struct):
    configuration: Configuration = Configuration()


class _Said(Struct):
    error: str
    error_description: str = ""


class Answer(NamedTuple):
    """A whole answer that says yes: its status and its body."""

    status: int
    body: bytes


class _Limit(Struct, frozen=True):
    total: str
    left: int
    until: datetime


_instance = msgspec.json.Decoder(_Instance)
_said = msgspec.json.Decoder(_Said)


class Server:
    """One server, spoken to with one account's token. `close` ends its connections.

    Raises SettingsError where the account names no server that can be spoken to.
    """

    def __init__(
        self,
        account: OutletAccount,
        token: str,
        *,
        clock: Callable[[], datetime],
        random: Random,
        connector: Callable[[], aiohttp.BaseConnector] | None,
    ) -> None:
        self._token = token.strip()
        self._clock = clock
        self._random = random
        self._connector = connector
        self.address = _address(account)
        self.host = urlsplit(self.address).netloc
        # A server may be called otherwise than its address: @anna@example.org on social.example.
        self.name = (account.handle.removeprefix("@").partition("@")[2] or self.host).lower()
        self.token_name = f"EVENTLIVE_{account.id.upper().replace('-', '_')}_ACCESS_TOKEN"
        self._session: aiohttp.ClientSession | None = None
        self._configuration: Configuration | None = None
        self._limits: dict[Kind, _Limit] = {}
        self._ahead = timedelta(0)
        self._failures = 0

    def now(self) -> datetime:
        """Tell the time by the server's clock, as far as its answers have shown it.

        Never later than the server itself would say, but for a clock that jumped since.
        """
        return self._clock() + self._ahead

    def later(self) -> datetime:
        """Say when to try again what failed without a reason: a little later every time."""
        first, longest = BACK_OFF
        wait = min(first * 2 ** (self._failures - 1), longest) * (0.75 + self._random.random() / 2)
        return self._clock() + timedelta(seconds=wait)

    def ready(self, kind: Kind) -> None:
        """Raise NotYet where the server has said that it takes no more of these for now."""
        limit = self._limits.get(kind)
        if limit is not None and limit.left <= 0 and self._clock() < limit.until:
            raise NotYet(f"{self.host} takes no more until its limit ends", limit.until)

    def allowance(self) -> str:
        """Say in a sentence what is left of the limit that the newest answer told of."""
        limit = self._limits.get("read")
        if limit is None:
            return ""
        return f"{limit.left} of {limit.total} calls until {limit.until:%H:%M} UTC"

    @contextmanager
    def nothing_posted(self) -> Iterator[None]:
        """Turn what nobody knows into "not yet", for calls that post nothing whatever happens."""
        try:
            yield
        except Unclear as error:
            raise NotYet(str(error), self.later()) from error

    async def configuration(self) -> Configuration:
        """Give what the server takes; asked once, so that a text is split the same way each time.

        A server too old to say it takes what Mastodon always took. Raises NotYet.
        """
        if self._configuration is None:
            try:
                with self.nothing_posted():
                    answer = await self.call("GET", "/api/v2/instance")
                    self._configuration = self.read(_instance, answer).configuration
            except Refused:
                self._configuration = Configuration()
        return self._configuration

    async def call(
        self,
        method: str,
        path: str,
        *,
        kind: Kind = "read",
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        data: aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = LOOK_UP_SECONDS,
    ) -> Answer:
        """Call once and give the answer, a 2xx.

        Raises Refused where the server says no in its own words; NotYet where it was not asked
        (a limit is used up, no connection was made) or took it for one too many; Unclear for
        anything else: no answer, half of one, a proxy's page, an error inside.
        """
        self.ready(kind)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector() if self._connector else None,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "eventlive", "Accept": "application/json"},
            )
        try:
            async with self._session.request(
                method,
                self.address + path,
                params=params,
                json=json,
                data=data,
                headers={"Authorization": f"Bearer {self._bearer()}", **(headers or {})},
                # The token goes to this server alone.
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS),
            ) as response:
                body = await response.content.read(BODY_MAX + 1)
                while not response.content.at_eof() and len(body) <= BODY_MAX:
                    body += await response.content.read(BODY_MAX + 1 - len(body))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self._failures += 1
            raise NotYet(f"{self.host} cannot be reached: {_why(error)}", self.later()) from error
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            self._failures += 1
            raise Unclear(f"{self.host} did not answer: {_why(error)}") from error
        self._take_in(kind, response.headers)
        self._judge(kind, method, response, body)
        self._failures = 0
        return Answer(response.status, body)

    def read(self, decoder: msgspec.json.Decoder[_T], answer: Answer) -> _T:
        """Read an answer. Raises Unclear where it is none that Mastodon gives."""
        try:
            return decoder.decode(answer.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise Unclear(f"{self.host} gave an answer that cannot be read") from error

    async def close(self) -> None:
        """End the connections; a call after it opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    # --- inside ------------------------------------------------------------------------------

    def _bearer(self) -> str:
        if not self._token:
            raise NotSent(f"there is no access token for {self.host}: set {self.token_name}")
        if not _TOKEN.fullmatch(self._token):
            raise NotSent(f"{self.token_name} is no access token: spaces, or letters with accents")
        return self._token

    def _take_in(self, kind: Kind, headers: Mapping[str, str]) -> None:
        """Note the server's clock and what is left of its limits."""
        now = self._clock()
        date = _moment(headers.get("Date", ""))
        if date is not None:
            self._ahead = date - now
        left, reset = headers.get("X-RateLimit-Remaining", ""), headers.get("X-RateLimit-Reset", "")
        until = _moment(reset)
        if left.isascii() and left.isdecimal() and until is not None:
            until -= self._ahead
            if until - now < RESET_MAX:
                total = headers.get("X-RateLimit-Limit", "?")
                self._limits[kind] = _Limit(total, int(left), until)

    def _judge(
        self, kind: Kind, method: str, response: aiohttp.ClientResponse, body: bytes
    ) -> None:
        """Let a whole 2xx pass; raise what anything else is certain to mean."""
        status = response.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            # Whoever says it, the server or a gateway before it, did not pass it on.
            self.ready(kind)
            self._failures += 1
            raise NotYet(f"{self.host} says that these are too many requests", self.later())
        if status < HTTPStatus.MULTIPLE_CHOICES and len(body) <= BODY_MAX:
            return
        if status < HTTPStatus.BAD_REQUEST and method == "GET":
            where = urlsplit(response.headers.get("Location", "")).netloc or "another address"
            raise Refused(status, f"{self.host} sends us on to {where}: is that the server?")
        is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_refusal and status not in NOT_DECIDED:
            try:
                said = _said.decode(body)
            except (msgspec.MsgspecError, UnicodeError):
                pass  # a proxy's page: what the server itself did is not known
            else:
                words = ": ".join(filter(None, (said.error, said.error_description)))
                raise Refused(status, f"{self.host} says no ({status}): {self._quoted(words)}")
        self._failures += 1
        raise Unclear(f"{self.host} answered {status}, and not as Mastodon does")

    def _quoted(self, words: str) -> str:
        """Give a server's words as a person may see them: short, in one line, without secrets."""
        line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        line = line.replace(self._token, "…")
        return line if len(line) <= SAID_MAX else f"{line[: SAID_MAX - 1]}…"


def _address(account: OutletAccount) -> str:
    """Give the server's address: https, or http on this machine alone."""
    named = account.server or account.handle.removeprefix("@").partition("@")[2]
    parts = urlsplit(named if "://" in named else f"https://{named}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not _HOST.fullmatch(host) or parts.path.strip("/") or parts.scheme not in ("http", "https"):
        raise SettingsError(
            f"account {account.id}: {named!r} is no Mastodon server;"
            ' write handle = "name@server", or server = "…" beside it'
        )
    if parts.scheme == "http" and not _is_here(host):
        raise SettingsError(f"account {account.id}: {named} would carry its token in the clear")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port}" if port else f"{parts.scheme}://{name}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _moment(text: str) -> datetime | None:
    """Read a time as headers have it: HTTP's own form, ISO 8601, or unix seconds."""
    try:
        if text.isascii() and text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        found = parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else None


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return (cause.strerror if isinstance(cause, OSError) else str(cause)) or type(cause).__name__

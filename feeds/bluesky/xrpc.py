"""XRPC: one call to a server of the network, and what became of it.

Owns HTTP: time limits, sizes, and which failures mean that nothing arrived. Knows no method of the
protocol and keeps no session. Never repeats a call, never follows a redirect (a token is for the
server that it was asked of), and never lets an error say what is secret, whoever wrote the error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

CALL_SECONDS = 15.0
CONNECT_SECONDS = 8.0
ANSWER_MAX = 1 << 21
"""Bytes of the longest answer that is read."""

WORDS_MAX = 200
SECRET_MIN = 4
"""Characters: what is shorter would black out half of every error."""

SECRETS = 32
"""Secrets kept in mind: the password, and tokens of the last hours."""

NOT_DECIDED = frozenset({408, 499})
"""Refusals by what stands before a server, which may have taken the call all the same."""

_object = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered with status 200."""

    body: dict[str, Any]
    headers: Mapping[str, str]


class CallError(Exception):
    """A call that brought nothing; the text is fit for a person and holds nothing secret."""


class NotReached(CallError):
    """No connection was made: the server knows nothing of the call."""


class NoAnswer(CallError):
    """Nobody knows whether the server carried it out."""


class Refused(CallError):
    """The server says no, in the protocol's words: it has done nothing."""

    def __init__(self, status: int, name: str, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(": ".join(filter(None, (name, message))) or f"status {status}")
        self.status = status
        self.name = name
        self.headers = headers

    @property
    def is_limit(self) -> bool:
        return self.status == 429


class Xrpc:
    """Calls to any server; `connector` makes what connects, where it is not the usual one."""

    def __init__(self, connector: Callable[[], aiohttp.BaseConnector] | None = None) -> None:
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None
        self._secrets: list[str] = []

    def hide(self, *secrets: str) -> None:
        """Let no error of this client hold these; of many, the first and the newest count."""
        self._secrets += [one for one in secrets if len(one) >= SECRET_MIN]
        del self._secrets[1 : 1 - SECRETS]

    async def query(
        self,
        host: str,
        method: str,
        parameters: Sequence[tuple[str, str]] = (),
        *,
        token: str = "",
        seconds: float = CALL_SECONDS,
    ) -> Answer:
        """Ask; raises CallError."""
        return await self._call(
            "GET", host, method, token=token, seconds=seconds, params=list(parameters)
        )

    async def procedure(
        self,
        host: str,
        method: str,
        body: bytes | None = None,
        *,
        content_type: str = "application/json",
        token: str = "",
        seconds: float = CALL_SECONDS,
    ) -> Answer:
        """Let a server do something; raises CallError, and what each means holds to the letter."""
        if body is None:
            return await self._call("POST", host, method, token=token, seconds=seconds)
        return await self._call(
            "POST",
            host,
            method,
            token=token,
            seconds=seconds,
            data=body,
            headers={"Content-Type": content_type},
        )

    async def close(self) -> None:
        """End the connections; a later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _call(
        self, verb: str, host: str, method: str, *, token: str, seconds: float, **how: Any
    ) -> Answer:
        headers = dict(how.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        limits = aiohttp.ClientTimeout(
            total=seconds, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
        )
        try:
            async with self._open().request(
                verb,
                f"{host}/xrpc/{method}",
                headers=headers,
                timeout=limits,
                allow_redirects=False,
                **how,
            ) as response:
                status, said = response.status, response.headers.copy()
                text = await _read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached(self._words(f"{host} cannot be reached: {error}")) from error
        except aiohttp.InvalidURL as error:
            raise NotReached(f"{host!r} is no address of a server") from error
        except TimeoutError as error:
            raise NoAnswer(f"{host} did not answer within {seconds:g} s") from error
        except aiohttp.ClientResponseError as error:
            # Not chained: this one carries the request's headers, and so the token.
            broken = NoAnswer(self._words(f"{host} answered what is no HTTP: {error.message}"))
        except (aiohttp.ClientError, OSError) as error:
            # In its own words an aiohttp error may quote half of an answer.
            why = (error.strerror if isinstance(error, OSError) else "") or "no whole answer came"
            raise NoAnswer(f"the connection to {host} broke: {why}") from error
        else:
            return self._answer(host, status, said, text)
        raise broken

    def _answer(self, host: str, status: int, headers: Mapping[str, str], text: bytes) -> Answer:
        try:
            body = _object.decode(text or b"{}")
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            body = None
        if status == 200 and body is not None:
            return Answer(body, headers)
        name = body.get("error") if body is not None else None
        in_its_words = isinstance(name, str) and 400 <= status < 500 and status not in NOT_DECIDED
        if in_its_words or status == 429:
            message = (body or {}).get("message")
            raise Refused(
                status,
                self._words(name if isinstance(name, str) else ""),
                self._words(message if isinstance(message, str) else ""),
                headers,
            )
        what = "" if body is not None else ", and not in the protocol's words"
        raise NoAnswer(f"{host} answered {status}{what}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector() if self._connector else None,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "eventlive", "Accept": "application/json"},
            )
        return self._session

    def _words(self, text: str) -> str:
        """Make what others wrote fit for a person's eyes."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())[:WORDS_MAX]


async def _read(response: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    async for piece in response.content.iter_chunked(1 << 16):
        read += piece
        if len(read) > ANSWER_MAX:
            raise aiohttp.ClientPayloadError(f"an answer of more than {ANSWER_MAX} bytes")
    return bytes(read)

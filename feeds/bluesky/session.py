"""An account's session: signed in as rarely as can be, since the network counts it.

Owns the tokens, the file that keeps them for the next run, and which server an account lives on.
Never says what is posted. A token leaves this file only towards the account's own server.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from eventlive.errors import NotSent, NotYet
from eventlive.model import OutletAccount
from feeds.bluesky.limits import LOGINS, Limits
from feeds.bluesky.xrpc import CALL_SECONDS, Answer, CallError, Refused, Xrpc

log = logging.getLogger("eventlive.bluesky")

SERVER = "https://bsky.social"

AGAIN = timedelta(seconds=10)
"""How long to wait for a server that is out of reach."""

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")


class Kept(msgspec.Struct, frozen=True):
    """A session as it is kept: for whom, where, and its two tokens."""

    server: str
    identifier: str
    did: str
    handle: str
    pds: str
    access: str
    refresh: str

    def __repr__(self) -> str:
        return f"<session of {self.handle} at {self.pds}>"


_kept = msgspec.json.Decoder(Kept)


class Session:
    """One account, signed in when first needed; `state` is the file that keeps the tokens.

    Several may share the file: each writes it whole, and before it asks for new tokens looks
    whether another one has. All raise NotYet where the server cannot be asked now, NotSent where a
    person must act, and CallError for what became of the call itself.
    """

    def __init__(
        self,
        account: OutletAccount,
        password: str,
        state: Path,
        xrpc: Xrpc,
        clock: Callable[[], datetime],
    ) -> None:
        self.xrpc = xrpc
        self.logins = Limits(LOGINS, clock)
        self._server = (account.server or SERVER).rstrip("/")
        self._identifier = account.handle.lstrip("@")
        self._password = password
        self._secret = f"EVENTLIVE_{account.id.upper().replace('-', '_')}_APP_PASSWORD"
        self._state = state
        self._clock = clock
        self._kept: Kept | None = None
        self._lock = asyncio.Lock()
        xrpc.hide(password)

    async def open(self) -> Kept:
        """Give the session; signs in where there is none yet."""
        async with self._lock:
            if self._kept is None:
                self._kept = await asyncio.to_thread(self._read) or await self._sign_in()
            return self._kept

    async def query(self, method: str, *parameters: tuple[str, str]) -> Answer:
        """Ask the account's server."""
        return await self._with_token(
            lambda kept: self.xrpc.query(kept.pds, method, parameters, token=kept.access)
        )

    async def procedure(
        self,
        method: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        seconds: float = CALL_SECONDS,
    ) -> Answer:
        """Let the account's server do something."""
        return await self._with_token(
            lambda kept: self.xrpc.procedure(
                kept.pds,
                method,
                body,
                content_type=content_type,
                token=kept.access,
                seconds=seconds,
            )
        )

    # --- tokens ------------------------------------------------------------------------------

    async def _with_token(self, call: Callable[[Kept], Awaitable[Answer]]) -> Answer:
        kept = await self.open()
        for _ in range(2):  # another's token from the file may be as old as ours
            try:
                return await call(kept)
            except Refused as error:
                # Refused for its token, it has done nothing: with another one it is the first try.
                if error.status != 401 and error.name not in {"ExpiredToken", "InvalidToken"}:
                    raise
                kept = await self._renew(kept)
        return await call(kept)

    async def _renew(self, stale: Kept) -> Kept:
        async with self._lock:
            if self._kept is not stale and self._kept is not None:
                return self._kept
            self._kept = await self._renewed(stale)
            return self._kept

    async def _renewed(self, stale: Kept) -> Kept:
        written = await asyncio.to_thread(self._read)
        if written is not None and written != stale:
            return written
        try:
            answer = await self.xrpc.procedure(
                stale.pds, "com.atproto.server.refreshSession", token=stale.refresh
            )
        except Refused as error:
            if error.is_limit:
                raise NotYet(str(error), self.logins.refused(error.headers)) from error
            return await self._sign_in()
        except CallError as error:
            raise NotYet(str(error), self._clock() + AGAIN) from error
        return await self._take(answer)

    async def _sign_in(self) -> Kept:
        if not self._password:
            raise NotSent(f"no app password for {self._identifier}: set {self._secret}")
        if until := self.logins.until(1):
            raise NotYet("signed in too often", until)
        self.logins.spend(1)
        body = {"identifier": self._identifier, "password": self._password}
        try:
            answer = await self.xrpc.procedure(
                self._server, "com.atproto.server.createSession", msgspec.json.encode(body)
            )
        except Refused as error:
            if error.is_limit:
                until = self.logins.refused(error.headers)
                raise NotYet("signed in too often", until) from error
            raise NotSent(
                f"{self._server} does not let {self._identifier} in ({error}): "
                f"make an app password there and set {self._secret}"
            ) from error
        except CallError as error:
            raise NotYet(str(error), self._clock() + AGAIN) from error
        self.logins.take_in(answer.headers)
        return await self._take(answer)

    async def _take(self, answer: Answer) -> Kept:
        did, handle, access, refresh = (
            str(answer.body.get(key) or "") for key in ("did", "handle", "accessJwt", "refreshJwt")
        )
        self.xrpc.hide(access, refresh)
        if not (_DID.fullmatch(did) and access and refresh):
            raise NotYet(f"{self._server} answered what is no session", self._clock() + AGAIN)
        if not handle or handle == "handle.invalid":
            handle = self._identifier
        pds = _endpoint(answer.body.get("didDoc"), self._server)
        kept = Kept(self._server, self._identifier, did, handle, pds, access, refresh)
        await asyncio.to_thread(self._write, kept)
        return kept

    # --- the file ----------------------------------------------------------------------------

    def _read(self) -> Kept | None:
        """Give what the file keeps; None where that is nothing, or of another account."""
        try:
            kept = _kept.decode(self._state.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeError):
            return None
        self.xrpc.hide(kept.access, kept.refresh)
        same = (kept.server, kept.identifier) == (self._server, self._identifier)
        return kept if same else None

    def _write(self, kept: Kept) -> None:
        """Write the file whole, for its owner's eyes alone."""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self._state.name}.", dir=self._state.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(kept))
                    file.flush()
                    os.fsync(handle)
                Path(name).replace(self._state)
            except OSError:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            log.warning("%s: %s; the next start signs in anew", self._state, error.strerror)


def _endpoint(document: Any, server: str) -> str:
    """Give the address of the server that an account lives on, out of its DID document.

    Never a less protected one than `server`: whoever writes the document must not get the tokens
    sent in the clear.
    """
    services: Sequence[Any] = document.get("service") or () if isinstance(document, dict) else ()
    for service in services if isinstance(services, list) else ():
        if not isinstance(service, dict) or not str(service.get("id")).endswith("#atproto_pds"):
            continue
        address = str(service.get("serviceEndpoint") or "").rstrip("/")
        scheme = urlsplit(address).scheme
        if scheme == "https" or (scheme == "http" and server.startswith("http://")):
            return address
    return server

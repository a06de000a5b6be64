"""What is on our server: whose account it is, the posts it answers, its own posts.

Owns every look-up of the way out. Never posts anything, and says of what could not be looked up
that it is not known.
"""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta, Struct

from eventlive.errors import NotSent, Unclear
from feeds.mastodon.instance import Answer, Refused, Server

PAGE, PAGES = 40, 10
"""Statuses a page, and pages that are looked through; more are not told apart in good time."""

KEPT = 1000
"""Statuses whose id on the server is remembered."""

_ID = re.compile(r"[A-Za-z0-9_-]+")


class Account(Struct, frozen=True):
    """An account as our server has it; `acct` is user, or user@host where it is another's."""

    id: str
    username: str
    acct: str
    display_name: str = ""


class Status(Struct, frozen=True):
    """A status as our server has it; its `id` is that server's own, its `uri` the network's."""

    id: Annotated[str, Meta(min_length=1)]
    uri: Annotated[str, Meta(min_length=1)]
    created_at: Annotated[datetime, Meta(tz=True)]
    account: Account
    url: str | None = None
    content: str = ""
    in_reply_to_id: str | None = None


class _Found(Struct):
    statuses: tuple[Status, ...] = ()


class _Token(Struct):
    """What tells of a token: /oauth/token/info says `scope`, an application `scopes`."""

    scope: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


_account = msgspec.json.Decoder(Account)
_status = msgspec.json.Decoder(Status)
_statuses = msgspec.json.Decoder(tuple[Status, ...])
_found = msgspec.json.Decoder(_Found)
_token = msgspec.json.Decoder(_Token)


class Ours:
    """One account's view of its server; `username` is whose account it has to be."""

    def __init__(self, server: Server, username: str) -> None:
        self._server = server
        self._username = username
        self._us: Account | None = None
        self._known: dict[str, Status] = {}

    async def account(self) -> Account:
        """Say whose the token is; asked once.

        Raises NotSent where it is not the script's account, Refused, NotYet.
        """
        if self._us is None:
            with self._server.nothing_posted():
                answer = await self._server.call("GET", "/api/v1/accounts/verify_credentials")
                us = self._server.read(_account, answer)
            if us.username.lower() != self._username.lower():
                token = self._server.token_name
                raise NotSent(f"{token} belongs to @{us.acct}, not to @{self._username}")
            self._us = us
        return self._us

    async def scopes(self) -> tuple[str, ...]:
        """Say what the token may do; () where the server does not tell."""
        for path in ("/oauth/token/info", "/api/v1/apps/verify_credentials"):
            try:
                said = self._server.read(_token, await self._server.call("GET", path))
            except (Refused, Unclear):
                continue
            if said.scope or said.scopes:
                return said.scope or said.scopes
        return ()

    def note(self, answer: Answer) -> Status:
        """Read a status that the server gave for a post of ours. Raises Unclear."""
        return self._kept(self._server.read(_status, answer))

    async def status(self, uri: str, url: str = "") -> Status | None:
        """Find a status by its id on the network; None where the server has none such.

        Raises NotSent and NotYet.
        """
        if uri in self._known:
            return self._known[uri]
        with self._server.nothing_posted():
            status = await self._at_home(uri, url) or await self._resolved(uri, url)
        return status and self._kept(status)

    def forget(self, uri: str) -> None:
        """Take in that a status is gone."""
        self._known.pop(uri, None)

    async def posted_since(self, since: datetime) -> list[Status]:
        """List what the account has posted since, the newest first.

        Raises NotSent, NotYet, and Unclear also where it is too much to look through.
        """
        us = await self.account()
        path = f"/api/v1/accounts/{quote(us.id, safe='')}/statuses"
        query = {"limit": str(PAGE), "exclude_reblogs": "true"}
        seen: list[Status] = []
        for _ in range(PAGES):
            page = self._server.read(_statuses, await self._server.call("GET", path, params=query))
            seen += [status for status in page if status.created_at >= since]
            if not page or page[-1].created_at < since:
                return seen
            query["max_id"] = page[-1].id
        raise Unclear(f"{self._server.host} shows more than {PAGE * PAGES} posts of ours since")

    # --- inside ------------------------------------------------------------------------------

    async def _at_home(self, uri: str, url: str) -> Status | None:
        """Ask for a status of our own server by the id at the end of its address."""
        for address in filter(None, (url, uri)):
            parts = urlsplit(address)
            status_id = parts.path.rpartition("/")[2]
            is_ours = parts.netloc.lower() in (self._server.host, self._server.name)
            if not is_ours or not _ID.fullmatch(status_id):
                continue
            try:
                answer = await self._server.call("GET", f"/api/v1/statuses/{status_id}")
            except Refused as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
            else:
                status = self._server.read(_status, answer)
                if status.uri == uri:
                    return status
        return None

    async def _resolved(self, uri: str, url: str) -> Status | None:
        """Let the server look a status up, on another server if need be."""
        query = {"q": url or uri, "type": "statuses", "resolve": "true"}
        answer = await self._server.call("GET", "/api/v2/search", params=query)
        found = self._server.read(_found, answer).statuses
        return next((status for status in found if status.uri == uri), None)

    def _kept(self, status: Status) -> Status:
        self._known[status.uri] = status
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return status

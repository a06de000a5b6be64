"""Mastodon's way out: one account of the house, and never the same post twice.

Owns what a post of ours is on Mastodon, and how it is recognised there. Every part has a key of
its own, which the server keeps for an hour: within it the same key brings back the first post.
After that, and wherever an answer is missing, the account's own statuses are looked through for
the same words, in answer to the same status, not older than the moment when they were frozen.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from random import Random

import aiohttp
import msgspec
from msgspec import Struct

from eventlive.errors import NotSent, OutletError, Unclear
from eventlive.listening.length import graphemes, mastodon_length
from eventlive.listening.splitting import split
from eventlive.model import AccountReport, Intent, Moment, Outgoing, OutletAccount, Sent
from feeds.mastodon.instance import Refused, Server
from feeds.mastodon.markup import read_html
from feeds.mastodon.media import Attachment, Uploads, freeze
from feeds.mastodon.ours import Ours, Status

SEND_SECONDS = 20.0

KEY_LIVES = timedelta(minutes=50)
"""How long a key is trusted; servers keep it for an hour from the post on."""

MARGIN = timedelta(seconds=5)
"""How far a status's own time may be before the time that its server's answers showed."""

MAY = {
    "read": ("read", "read:statuses"),
    "post": ("write", "write:statuses"),
    "upload": ("write", "write:media"),
    "search": ("read", "read:search"),
}
"""What we need a token for, and the scopes of which one is enough."""

_HANDLE = re.compile(r"(?<![\w@/])@([\w.-]*\w)(@[\w.-]*\w)?")


class _Draft(Struct, frozen=True, omit_defaults=True):
    """One post to the byte; `since` is when it was frozen, by the server's clock."""

    text: str
    since: Moment
    in_reply_to_id: str = ""
    spoiler_text: str = ""
    language: str = ""
    pictures: tuple[Attachment, ...] = ()


_draft = msgspec.json.Decoder(_Draft)


class MastodonOutlet:
    """The way out through one account, as eventlive.publisher.Outlet has it.

    `secrets` holds the `access_token`; nothing is kept in `state`, for a token needs no session.
    Raises SettingsError where the account names no server.
    """

    patience = 5.0
    # While a key lives, a resend brings the first post back; later, `send` looks before it posts.
    tries = 5

    def __init__(
        self,
        account: OutletAccount,
        secrets: Mapping[str, str],
        *,
        folder: Path,
        state: Path,
        clock: Callable[[], datetime],
        random: Random,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        token = secrets.get("access_token", "")
        self._account = account
        self._folder = folder
        self._random = random
        self._server = Server(account, token, clock=clock, random=random, connector=connector)
        self._ours = Ours(self._server, account.handle.removeprefix("@").partition("@")[0])
        self._uploads = Uploads(self._server, folder)
        self._known: dict[str, str] = {}  # which key each post that is there went out under

    async def parts(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Give the texts of the posts that it takes: one, or a thread where the script wants it.

        With the mention of whom it answers (Mastodon tells nobody of a reply without one) and the
        signature. Raises NotSent for what the server would never take, NotYet where it cannot be
        asked.
        """
        rules = (await self._server.configuration()).statuses
        if len(outgoing.pictures) > rules.max_media_attachments:
            count, limit = len(outgoing.pictures), rules.max_media_attachments
            raise NotSent(f"{count} pictures; {limit} is the limit of {self._server.host}")
        text = outgoing.text.strip()
        if outgoing.reply_to:
            text = await self._addressed(text, await self._answered(outgoing))
        if self._account.signature:
            text = f"{text} {self._account.signature}"
        limit = rules.max_characters - graphemes(outgoing.warning)
        used = mastodon_length(text, rules.characters_reserved_per_url)
        if used <= limit:
            return (text,)
        too_long = f"{used} characters; {limit} is the limit of {self._server.host}"
        if self._account.long == "refuse" or limit <= 0:
            raise NotSent(too_long)
        try:
            return split(text, "mastodon", limit)
        except ValueError as error:
            raise NotSent(f"{too_long}, and it cannot be split: {error}") from error

    async def prepare(
        self, outgoing: Outgoing, part: int, before: tuple[Sent, ...]
    ) -> tuple[str, bytes]:
        """Freeze one part; the key is new every time. Raises NotSent and NotYet."""
        text = (await self.parts(outgoing))[part]
        await self._ours.account()
        answered = ""
        pictures: tuple[Attachment, ...] = ()
        if part:
            status = await self._ours.status(before[-1].id, before[-1].url)
            if status is None:
                raise NotSent("the part before this one is no longer there")
            answered = status.id
        else:
            if outgoing.reply_to:
                answered = (await self._answered(outgoing)).id
            rules = (await self._server.configuration()).media_attachments
            pictures = await freeze(self._folder, outgoing.pictures, rules)
        draft = _Draft(
            text=text,
            since=self._server.now(),
            in_reply_to_id=answered,
            spoiler_text=outgoing.warning,
            language=outgoing.language or self._account.language,
            pictures=pictures,
        )
        body = msgspec.json.encode(draft)
        # Chance alone would not do: it may begin with the same numbers in every life.
        name = f"{outgoing.id}.{outgoing.attempt}.{part}.{self._random.getrandbits(64)}."
        return hashlib.sha256(name.encode() + body).hexdigest(), body

    async def send(self, intent: Intent) -> Sent:
        """Post it, its pictures first. Where its key may be forgotten, look first.

        Raises NotSent and NotYet where it is certain that this call posted nothing, Unclear where
        it is not.
        """
        draft = _draft.decode(intent.body)
        age = self._server.now() - draft.since
        if not -MARGIN <= age <= KEY_LIVES:  # a clock that went back tells no age either
            found = await self.find(intent)
            if found is not None:
                return found
        self._server.ready("post")
        body = {
            "status": draft.text,
            "visibility": "public",
            "media_ids": [await self._uploads.upload(picture) for picture in draft.pictures],
            "in_reply_to_id": draft.in_reply_to_id,
            "spoiler_text": draft.spoiler_text,
            "sensitive": bool(draft.spoiler_text),
            "language": draft.language,
        }
        answer = await self._server.call(
            "POST",
            "/api/v1/statuses",
            kind="post",
            json={name: value for name, value in body.items() if value},
            headers={"Idempotency-Key": intent.key},
            seconds=SEND_SECONDS,
        )
        return self._settled(intent, self._ours.note(answer))

    async def find(self, intent: Intent) -> Sent | None:
        """Look for it among what the account has posted since it was frozen.

        What is known to be another post of ours is not it. Raises Unclear where the server does
        not tell, or shows several that it could be.
        """
        draft = _draft.decode(intent.body)
        words = _plain(draft.text)
        try:
            seen = await self._ours.posted_since(draft.since - MARGIN)
        except NotSent as error:
            raise Unclear(f"it cannot be looked for: {error}") from error
        there = [
            status
            for status in seen
            if self._known.get(status.uri, intent.key) == intent.key
            and (status.in_reply_to_id or "") == draft.in_reply_to_id
            and _plain(read_html(status.content, {}).text) == words
        ]
        if len(there) > 1:
            urls = ", ".join(status.url or status.uri for status in there)
            raise Unclear(f"it could be any of these: {urls}")
        return self._settled(intent, there[0]) if there else None

    async def delete(self, post_id: str) -> None:
        """Take a post down; one that is gone already is as good. Raises as `send` does."""
        status = await self._ours.status(post_id)
        if status is None:
            return
        try:
            await self._server.call("DELETE", f"/api/v1/statuses/{status.id}", kind="delete")
        except Refused as error:
            if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                raise
        self._ours.forget(post_id)

    async def check(self) -> AccountReport:
        """Say who the account is, what its token may do, and what the server takes."""
        try:
            us = await self._ours.account()
        except Refused as error:
            if error.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise
            raise OutletError(
                f"{error}; make a token on {self._server.address} under Preferences, Development,"
                f" with the scopes read and write, and give it as {self._server.token_name}"
            ) from error
        rules = (await self._server.configuration()).statuses
        scopes = set(await self._ours.scopes())
        limits = (
            f"{rules.max_characters} characters a post",
            f"{rules.max_media_attachments} pictures a post",
            self._server.allowance(),
        )
        return AccountReport(
            handle=f"{us.username}@{self._server.name}",
            name=us.display_name,
            may=tuple(word for word, enough in MAY.items() if scopes & set(enough)),
            limits=tuple(filter(None, limits)),
        )

    async def close(self) -> None:
        """End the connections."""
        await self._server.close()

    # --- inside ------------------------------------------------------------------------------

    def _settled(self, intent: Intent, status: Status) -> Sent:
        self._known[status.uri] = intent.key
        return Sent(status.uri, status.url or status.uri, status.created_at)

    async def _answered(self, outgoing: Outgoing) -> Status:
        status = await self._ours.status(outgoing.reply_to, outgoing.reply_url)
        if status is None:
            raise NotSent(
                f"{self._server.host} does not know the post that it answers:"
                " it is deleted, or its server is not spoken to"
            )
        return status

    async def _addressed(self, text: str, answered: Status) -> str:
        """Give a reply's text with the mention of whom it answers, unless that is ourselves."""
        if answered.account.id == (await self._ours.account()).id:
            return text
        name = answered.account.acct.lower()
        whole = name if "@" in name else f"{name}@{self._server.name}"
        there = {f"{one[1]}{one[2] or ''}".lower() for one in _HANDLE.finditer(text)}
        return text if there & {name, whole} else f"@{answered.account.acct} {text}"


def _plain(text: str) -> str:
    """Give the words as every server shows them: spaces as one, mentions without their server."""
    text = _HANDLE.sub(r"@\1", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.split())

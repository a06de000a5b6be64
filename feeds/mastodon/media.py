"""Pictures on their way out: frozen by their hash before a post leaves, uploaded with it.

Owns what may be a picture of a post, and the server's own pace in taking one in. An upload is no
post: whatever fails here is certain not to have posted anything.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import aiohttp
import msgspec
from msgspec import Meta, Struct

from eventlive.errors import NotSent, NotYet
from eventlive.model import Picture
from feeds.mastodon.instance import Answer, MediaRules, Server

UPLOAD_SECONDS = 40.0
PROCESSING_SECONDS = 15.0
"""For a picture that the server works on after taking it in (an answer of 202)."""

POLL_SECONDS = 0.5
"""Between two looks whether it is done; each further one waits half as long again."""

ANEW = "change the post's words or its picture's file name to send it anew"

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
)


class Attachment(Struct, frozen=True):
    """A picture as it was when the post was frozen; `file` is relative to the script's folder."""

    file: str
    sha256: str
    mime: str
    alt: str


class _Media(Struct):
    id: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]+$")]


_media = msgspec.json.Decoder(_Media)


async def freeze(
    folder: Path, pictures: Sequence[Picture], rules: MediaRules
) -> tuple[Attachment, ...]:
    """Note what the pictures are now. Raises NotSent for what the server would not take."""
    return tuple([await asyncio.to_thread(_freeze, folder, one, rules) for one in pictures])


class Uploads:
    """The pictures of one account on their way to its server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        # Taken in and not done when a send was given up; the next one asks for them again.
        self._slow: dict[Attachment, str] = {}

    async def upload(self, attachment: Attachment) -> str:
        """Hand a picture over and wait until it may be posted; give its id there.

        Raises NotSent where it has changed since it was frozen or the server refuses it, NotYet
        where it is not done in time.
        """
        with self._server.nothing_posted():
            media_id = self._slow.pop(attachment, "")
            if not media_id:
                answer = await self._hand_over(attachment)
                media_id = self._server.read(_media, answer).id
                if answer.status == HTTPStatus.OK:
                    return media_id
            if await self._done(media_id):
                return media_id
        self._slow[attachment] = media_id
        raise NotYet(f"{self._server.host} still works on {attachment.file}", self._server.later())

    async def _hand_over(self, attachment: Attachment) -> Answer:
        rules = (await self._server.configuration()).media_attachments
        data = await asyncio.to_thread(_read, self._folder, attachment.file, rules.image_size_limit)
        if hashlib.sha256(data).hexdigest() != attachment.sha256:
            raise NotSent(f"{attachment.file}: the file has changed since; {ANEW}")
        form = aiohttp.FormData()
        name = f"picture.{attachment.mime.partition('/')[2]}"  # a file's name may say too much
        form.add_field("file", data, filename=name, content_type=attachment.mime)
        if attachment.alt:
            form.add_field("description", attachment.alt)
        return await self._server.call(
            "POST", "/api/v2/media", kind="media", data=form, seconds=UPLOAD_SECONDS
        )

    async def _done(self, media_id: str) -> bool:
        """Ask until the picture is done, for as long as a server may take."""
        wait = POLL_SECONDS
        try:
            async with asyncio.timeout(PROCESSING_SECONDS):
                while True:
                    answer = await self._server.call("GET", f"/api/v1/media/{media_id}")
                    if answer.status == HTTPStatus.OK:
                        return True
                    await asyncio.sleep(wait)
                    wait *= 1.5
        except TimeoutError:
            return False


def _freeze(folder: Path, picture: Picture, rules: MediaRules) -> Attachment:
    data = _read(folder, picture.file, rules.image_size_limit)
    mime = mime_of(data)
    if not mime or (rules.supported_mime_types and mime not in rules.supported_mime_types):
        raise NotSent(f"{picture.file}: the server takes no {mime or 'files that are no pictures'}")
    if len(data) > rules.image_size_limit:
        limit = rules.image_size_limit / 1e6
        raise NotSent(f"{picture.file} is larger than {limit:.3g} MB, the server's limit")
    if len(picture.alt) > rules.description_limit:
        raise NotSent(
            f"{picture.file}: its alt text has {len(picture.alt)} characters;"
            f" {rules.description_limit} is the server's limit"
        )
    return Attachment(picture.file, hashlib.sha256(data).hexdigest(), mime, picture.alt)


def _read(folder: Path, file: str, limit: int) -> bytes:
    """Give a file's bytes, and of one over the limit no more than show that it is."""
    root = folder.resolve()
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        raise NotSent(f"{file} is not in the script's folder")
    try:
        with path.open("rb") as opened:
            return opened.read(limit + 1)
    except OSError as error:
        raise NotSent(f"{file}: {error.strerror}") from error


def mime_of(data: bytes) -> str:
    """Tell what kind of picture bytes are by how they begin; "" for none that is known."""
    return next((mime for at, sign, mime in _SIGNATURES if data.startswith(sign, at)), "")

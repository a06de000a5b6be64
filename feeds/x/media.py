"""Pictures of a post on X: what they are when it is frozen, and their way there.

Owns X's limits for pictures, the reading of the files and the upload (initialize, append,
finalize, alt text). An upload is no post: whatever goes wrong here, nothing was posted, so all
that this raises is NotSent, or NotYet where trying later may help.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from eventlive.errors import NotSent, NotYet, Unclear
from eventlive.model import Picture
from feeds.x.outlet_api import Answer, Api

PICTURES = 4
ALT = 1000
"""Characters of an alternative text (X's description: CreateMediaMetadataMetadataAltText)."""

MEGABYTE = 1 << 20
LARGEST = {"image/jpeg": 5, "image/png": 5, "image/webp": 5, "image/gif": 15}
"""Megabytes of a picture (docs.x.com, "Media best practices")."""

PIECE = MEGABYTE
"""Bytes of one append: small enough for a thin line to carry within a request's time."""

UPLOAD_SECONDS = 55.0
"""For one picture: below the minute that the engine gives each."""

LOOKS = 20
"""How often X is asked whether it has made an animation ready."""

LATER = timedelta(seconds=30)

ANEW = "change the post's words or its picture's file name to send it anew"


class Frozen(Struct, frozen=True):
    """A picture as it was when its post was frozen; its bytes stay in the file."""

    file: str
    sha256: str
    mime: str
    alt: str = ""


def freeze(folder: Path, pictures: Sequence[Picture]) -> tuple[Frozen, ...]:
    """Read the pictures and say what they are. Raises NotSent for what X does not take."""
    frozen = tuple(_freeze(folder, picture) for picture in pictures)
    if len(frozen) > 1 and any(one.mime == "image/gif" for one in frozen):
        raise NotSent("X takes an animated GIF only by itself, without other pictures")
    return frozen


async def upload(
    api: Api, folder: Path, pictures: Sequence[Frozen], clock: Callable[[], datetime]
) -> list[str]:
    """Bring the pictures to X, and give their ids there.

    Raises NotSent where a file is not what was frozen, or X refuses it.
    """
    ids = []
    for picture in pictures:
        content = await asyncio.to_thread(_read, folder, picture.file)
        if hashlib.sha256(content).hexdigest() != picture.sha256:
            raise NotSent(f"{picture.file}: the file has changed since; {ANEW}")
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                ids.append(await _Upload(api, picture, clock).bring(content))
        except TimeoutError as error:
            slow = f"{picture.file} could not be brought to X within {UPLOAD_SECONDS:g} s"
            raise NotYet(slow, clock() + LATER) from error
        except Unclear as error:
            lost = f"{picture.file} did not reach X: {error}"
            raise NotYet(lost, clock() + LATER) from error
    return ids


class _Upload:
    """One picture on its way."""

    def __init__(self, api: Api, picture: Frozen, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._picture = picture
        self._clock = clock

    async def bring(self, content: bytes) -> str:
        picture = self._picture
        gif = picture.mime == "image/gif"
        begun = await self._ask(
            "POST",
            "/2/media/upload/initialize",
            json={
                "media_type": picture.mime,
                "media_category": "tweet_gif" if gif else "tweet_image",
                "total_bytes": len(content),
            },
        )
        media = begun.id
        for index, start in enumerate(range(0, len(content), PIECE)):
            form = aiohttp.FormData()
            form.add_field("segment_index", str(index))
            piece = content[start : start + PIECE]
            form.add_field(
                "media", piece, filename="picture", content_type="application/octet-stream"
            )
            await self._ask("POST", f"/2/media/upload/{media}/append", form=form)
        state = await self._ask("POST", f"/2/media/upload/{media}/finalize")
        await self._ready(media, state.processing_info)
        if picture.alt:
            described = {"id": media, "metadata": {"alt_text": {"text": picture.alt}}}
            await self._ask("POST", "/2/media/metadata", json=described)
        return media

    async def _ready(self, media: str, processing: _Processing | None) -> None:
        """Wait until X has made an animation of it; a still picture is ready at once."""
        for _ in range(LOOKS):
            if processing is None or processing.state == "succeeded":
                return
            if processing.state == "failed":
                raise NotSent(f"X cannot use {self._picture.file}: its processing failed")
            await asyncio.sleep(min(max(processing.check_after_secs, 0.1), 5.0))
            asked = {"media_id": media, "command": "STATUS"}
            answer = await self._ask("GET", "/2/media/upload", params=asked)
            processing = answer.processing_info
        raise Unclear("X was not done with it in time")

    async def _ask(self, method: str, route: str, **how: Any) -> _Data:
        answer: Answer = await self._api.request(method, route, **how)
        if answer.fine:
            try:
                return _body.decode(answer.body).data if answer.body else _Data()
            except msgspec.MsgspecError as error:
                raise Unclear("X's answer to the upload cannot be read") from error
        if answer.closed:
            raise NotYet(f"X takes no pictures for now ({answer.closed})", answer.closed.until)
        problem = answer.problem()
        if 400 <= answer.status < 500 and problem is not None:
            raise NotSent(f"X does not take {self._picture.file}: {problem.text}")
        raise Unclear(f"X answered {answer.status}")


class _Processing(Struct):
    state: str = ""
    check_after_secs: float = 1.0


class _Data(Struct):
    id: str = ""
    processing_info: _Processing | None = None


class _Body(Struct):
    data: _Data = msgspec.field(default_factory=_Data)


_body = msgspec.json.Decoder(_Body)


def _freeze(folder: Path, picture: Picture) -> Frozen:
    content = _read(folder, picture.file)
    mime = _mime(content)
    if mime not in LARGEST:
        raise NotSent(f"{picture.file} is no picture that X takes: JPEG, PNG, WebP or GIF")
    if len(content) > LARGEST[mime] * MEGABYTE:
        size = len(content) / MEGABYTE
        raise NotSent(f"{picture.file} has {size:.1f} MB; X takes {LARGEST[mime]} MB at most")
    if len(picture.alt) > ALT:
        raise NotSent(f"the description of {picture.file} is longer than {ALT} characters")
    return Frozen(picture.file, hashlib.sha256(content).hexdigest(), mime, picture.alt)


def _read(folder: Path, file: str) -> bytes:
    """Read a picture out of the script's folder, and of no other."""
    try:
        path = (folder / file).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise NotSent(f"{file} is outside the script's folder")
        with path.open("rb") as opened:
            return opened.read(max(LARGEST.values()) * MEGABYTE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotSent(f"the picture {file} cannot be read: {reason}") from error


def _mime(content: bytes) -> str:
    """Tell a picture by its first bytes; a name may say anything."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return ""

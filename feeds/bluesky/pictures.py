"""Pictures of a post: what they are, how large they look, and the name the network gives them.

Owns the three formats' headers and the naming of blobs, which a picture's bytes alone decide: so a
post can be frozen before anything is uploaded, and stays the same when it is uploaded again. Never
changes a picture.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from eventlive.errors import NotSent
from eventlive.model import Picture

MOST = 4
"""Pictures of a post (lexicon app.bsky.embed.images)."""

BYTES_MAX = 1_000_000
"""Bytes of a picture (the same lexicon, `maxSize`)."""

ANEW = "change the post's words or its picture's file name to send it anew"


class Blob(msgspec.Struct, frozen=True):
    """A picture as a frozen post names it; `sha256` in hexadecimal, `size` in bytes.

    `width` and `height` are as it is looked at, 0 where its header does not say.
    """

    file: str
    sha256: str
    mime: str
    size: int
    width: int = 0
    height: int = 0

    @property
    def cid(self) -> str:
        """The name of raw bytes: version 1, codec raw, SHA-256 (CIDv1), in base 32."""
        name = bytes.fromhex("01551220" + self.sha256)
        return "b" + base64.b32encode(name).decode().lower().rstrip("=")

    @property
    def reference(self) -> dict[str, Any]:
        """How a record names it."""
        ref = {"$link": self.cid}
        return {"$type": "blob", "ref": ref, "mimeType": self.mime, "size": self.size}


def read(folder: Path, picture: Picture) -> Blob:
    """Read a picture's header; raises NotSent where the network would not take it."""
    data = bytes_of(folder, picture.file)
    name = picture.file
    if len(data) > BYTES_MAX:
        raise NotSent(f"{name}: larger than {BYTES_MAX:,} bytes, the limit")
    mime = _mime(data)
    if not mime:
        raise NotSent(f"{name}: neither JPEG nor PNG nor WebP")
    width, height = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}[mime](data)
    return Blob(name, hashlib.sha256(data).hexdigest(), mime, len(data), width, height)


def bytes_of(folder: Path, file: str) -> bytes:
    """Give a file's bytes, and of one over the limit no more than show that it is.

    Raises NotSent where the file is not in the folder.
    """
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise NotSent(f"{file}: outside of the script's folder")
    try:
        with path.open("rb") as opened:
            return opened.read(BYTES_MAX + 1)
    except OSError as error:
        raise NotSent(f"{file}: {error.strerror}") from error


def _mime(data: bytes) -> str:
    """Tell the format by the first bytes, as servers do; a name may say anything."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def _png(data: bytes) -> tuple[int, int]:
    return _number(data[16:20]), _number(data[20:24])


def _webp(data: bytes) -> tuple[int, int]:
    """Read a size as the WebP container specification puts it, by the first chunk's kind."""
    match data[12:16]:
        case b"VP8X":
            return 1 + _number(data[24:27][::-1]), 1 + _number(data[27:30][::-1])
        case b"VP8L":
            bits = _number(data[21:25][::-1])
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            return _number(data[26:28][::-1]) & 0x3FFF, _number(data[28:30][::-1]) & 0x3FFF
        case _:
            return 0, 0


_EXIF = re.compile(rb"Exif\0\0(II\*\0|MM\0\*)")
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk the segments to the first that gives a size (ITU T.81, B.1.1)."""
    at, turned = 2, False
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], _number(data[at + 2 : at + 4])
        if marker == 0xFF:  # a byte that only fills
            at += 1
            continue
        if marker in _SIZES:
            height, width = _number(data[at + 5 : at + 7]), _number(data[at + 7 : at + 9])
            return (height, width) if turned else (width, height)
        if marker == 0xE1:
            turned = turned or _is_turned(data[at + 4 : at + 2 + length])
        at += 2 + length
    return 0, 0


def _is_turned(segment: bytes) -> bool:
    """Tell whether a camera was held upright: EXIF orientations 5 to 8 swap the sides."""
    if not (head := _EXIF.match(segment)):
        return False
    tiff = segment[6:]
    step = -1 if head.group(1).startswith(b"I") else 1  # the order of bytes is the camera's
    table = _number(tiff[4:8][::step])
    for entry in range(_number(tiff[table : table + 2][::step])):
        field = tiff[table + 2 + 12 * entry :][:12]
        if len(field) < 12:
            return False
        if _number(field[:2][::step]) == 0x0112:
            return _number(field[8:10][::step]) in range(5, 9)
    return False


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")

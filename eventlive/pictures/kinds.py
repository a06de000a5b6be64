"""What counts as a picture: the kinds that are let through, by their first bytes.

Owns the kinds, the shape of a picture that is fit for a screen, and the error of one that is not.
Never reads further than the first bytes: what is in the rest is for a process of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from eventlive.errors import EventliveError

KINDS = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
"""What may come in. No SVG: it is a program."""

SERVED = {"image/jpeg": ".jpg", "image/webp": ".webp"}
"""What goes out, and how a file of it ends."""


class NoPicture(EventliveError):
    """A picture cannot be had or must not be shown; the text says why, for the log."""


class Kept(NamedTuple):
    """A picture that is fit for a screen."""

    body: bytes
    kind: str


def kind_of(body: bytes) -> str:
    """Say what kind of picture these bytes begin as, "" where it is none of KINDS."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif"
    return ""

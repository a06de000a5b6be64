"""The program that decodes one foreign picture: bytes on stdin, a picture for a screen on stdout.

Owns the limits of its own process and all that is done to a picture. Started for each by
`scaling.py`, by this file's path; it knows nothing of the engine. The answer's first line is the
kind of what follows, or "refused", and then why.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import sys
from contextlib import suppress

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

MEMORY = 512 << 20
ANSWER_MAX = 8 << 20
"""Bytes; the engine reads no more of an answer (scaling.py)."""

CPU_SECONDS = 10
WALL_SECONDS = 15
"""Longer than the engine waits: for when there is no engine any more to end this."""

SIDE = 1600
"""Pixels of the longest side: a picture on a card of a 4K screen is smaller."""

PIXELS_MAX = 40_000_000
QUALITY = 82

# No other decoder is even loaded, whatever the bytes claim to be.
FORMATS = tuple(
    plugin.format
    for plugin in (
        AvifImagePlugin.AvifImageFile,
        GifImagePlugin.GifImageFile,
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
    )
    if plugin.format
)


def confine() -> None:
    """Give up what decoding needs not: memory, time, room on the disk, the engine's turn."""
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    _limit(resource.RLIMIT_FSIZE, ANSWER_MAX)
    _limit(resource.RLIMIT_CORE, 0)
    signal.alarm(WALL_SECONDS)
    # A show comes before a picture, which must still be done in time on a busy machine.
    os.nice(5)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    # A system without this limit (memory on macOS) still has the others.
    with suppress(ValueError):
        resource.setrlimit(what, (most, most))


def fit(body: bytes) -> tuple[str, bytes]:
    """Give a picture that fits a screen: its kind, and its bytes without any metadata.

    The first frame, upright, in sRGB, SIDE at most; WebP where something shines through, else
    JPEG. Raises whatever a decoder raises.
    """
    with Image.open(io.BytesIO(body), formats=FORMATS) as source:
        width, height = source.size
        if width * height > PIXELS_MAX:
            raise ValueError(f"{width} x {height} are more than {PIXELS_MAX // 10**6} megapixels")
        profile = source.info.get("icc_profile")
        # A JPEG is decoded at the nearest size that is large enough.
        source.draft(None, (2 * SIDE, 2 * SIDE))
        picture: Image.Image = source
        if source.mode not in {"RGB", "RGBA"}:
            shines = source.has_transparency_data
            picture = source.convert("RGBA" if shines else "RGB")
        picture.thumbnail((SIDE, SIDE), reducing_gap=2.0)
        picture = ImageOps.exif_transpose(picture)
    if profile:
        # Colours a little off are better than no picture.
        with suppress(ImageCms.PyCMSError, OSError):
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), inPlace=True)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info.clear()
    out = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(out, "WEBP", quality=QUALITY)
        return "image/webp", out.getvalue()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return "image/jpeg", out.getvalue()


def main() -> None:
    """Read a picture, answer, and end."""
    confine()
    # One thread, as the limits are of one.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        kind, body = fit(sys.stdin.buffer.read())
    except UnidentifiedImageError:
        kind, body = "refused", b"no decoder can read it"
    except Exception as error:  # noqa: BLE001 - hostile bytes raise whatever there is
        kind, body = "refused", f"{type(error).__name__}: {error}".encode(errors="replace")
    sys.stdout.buffer.write(kind.encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

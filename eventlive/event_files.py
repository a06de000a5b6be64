"""The files that an event brings to its screens: theme, fonts, logos, codes, recorded pictures.

Owns reading them from the script's folder, by the paths under which they are served. Never serves
them, and never reads a picture of a stranger's post (pictures does).
"""

from __future__ import annotations

import io
import logging
from pathlib import Path

import segno

from eventlive import themes
from eventlive.tables import ReplayFeed, Script

log = logging.getLogger("eventlive.assembly")

PICTURE_MAX = 4 << 20
PICTURES_MAX = 64 << 20


def event_files(script: Script, folder: Path) -> dict[str, bytes]:
    """Read all of them; what is missing or too large is left out."""
    files = {
        f"/wall/theme/{themes.digest(script, folder)}.css": themes.stylesheet(script).encode(),
        **themes.files(script, folder),
        **_pictures(script, folder),
    }
    if script.event.link:
        files["/wall/qr.svg"] = _qr(script.event.link)
    return files


def _qr(link: str) -> bytes:
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", border=2, dark="#000", light="#fff")
    return out.getvalue()


def _pictures(script: Script, folder: Path) -> dict[str, bytes]:
    """Read the pictures that a replay brings along, from `pictures/` beside its file."""
    pictures: dict[str, bytes] = {}
    roots = {(folder / feed.file).parent for feed in script.feeds if isinstance(feed, ReplayFeed)}
    left = PICTURES_MAX
    for file in (path for root in roots for path in sorted((root / "pictures").glob("*"))):
        size = file.stat().st_size
        if size > min(PICTURE_MAX, left):
            log.warning("%s: left out, it has %d bytes", file, size)
            continue
        left -= size
        pictures[f"/pictures/{file.name}"] = file.read_bytes()
    return pictures

"""Pictures kept on disk, so that each is fetched once and a restart fetches none again.

Owns one folder: its files' names, its bound, and what goes when it is full. A file stands whole
under its name or not at all. Never fetches, and never decides what may be shown.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from eventlive.pictures.kinds import SERVED, Kept, kind_of

log = logging.getLogger("eventlive.pictures")

ROOM = 500 << 20
"""Bytes of all that is kept."""

_NAME = re.compile(r"([0-9a-f]{32})(\.[a-z]+)")
_KINDS = {suffix: kind for kind, suffix in SERVED.items()}
_PART = ".part"


class Shelf:
    """One event's folder of pictures. Open it with `open_shelf`."""

    def __init__(self, folder: Path, room: int, found: Sequence[tuple[str, int]]) -> None:
        self._folder = folder
        self._room = room
        # The name of each file by its digest, and its size, least lately used first.
        self._files = OrderedDict((Path(name).stem, (name, size)) for name, size in found)
        self._size = sum(size for _, size in found)

    async def find(self, digest: str) -> Kept | None:
        """Give what is kept under a digest; a file that is gone or damaged is forgotten."""
        if digest not in self._files:
            return None
        self._files.move_to_end(digest)
        name, _ = self._files[digest]
        kept = await asyncio.to_thread(_read, self._folder / name)
        if kept is None:
            self._forget(digest)
        return kept

    async def keep(self, digest: str, kept: Kept) -> None:
        """Keep a picture, and let go of those that were not used for longest.

        A disk that takes nothing is logged: the picture is shown all the same.
        """
        name = digest + SERVED[kept.kind]
        try:
            await asyncio.to_thread(_write, self._folder / name, kept.body)
        except OSError as error:
            log.warning("a picture cannot be kept in %s: %s", self._folder, error.strerror)
            return
        self._forget(digest)
        self._files[digest] = name, len(kept.body)
        self._size += len(kept.body)
        await self.bound()

    async def bound(self) -> None:
        """Let go of what is over the room."""
        gone: list[Path] = []
        while self._size > self._room:
            digest, (name, _) = next(iter(self._files.items()))
            self._forget(digest)
            gone.append(self._folder / name)
        if gone:
            await asyncio.to_thread(_remove, gone)

    def _forget(self, digest: str) -> None:
        _, size = self._files.pop(digest, ("", 0))
        self._size -= size


async def open_shelf(folder: Path, room: int = ROOM) -> Shelf:
    """Take up a folder as it was left; one that cannot be read is as good as empty."""
    try:
        found = await asyncio.to_thread(_survey, folder)
    except OSError as error:
        log.warning("no pictures can be kept in %s: %s", folder, error.strerror)
        found = []
    shelf = Shelf(folder, room, found)
    await shelf.bound()
    return shelf


def _survey(folder: Path) -> list[tuple[str, int]]:
    folder.mkdir(parents=True, exist_ok=True)
    found: list[tuple[float, str, int]] = []
    for file in folder.iterdir():
        if file.suffix == _PART:
            file.unlink()
        elif (name := _NAME.fullmatch(file.name)) and name[2] in _KINDS:
            status = file.stat()
            found.append((status.st_mtime, file.name, status.st_size))
    return [(name, size) for _, name, size in sorted(found)]


def _read(path: Path) -> Kept | None:
    try:
        body = path.read_bytes()
        # When it was last used is known after a restart too.
        os.utime(path)
    except OSError:
        return None
    kind = _KINDS[path.suffix]
    return Kept(body, kind) if kind_of(body) == kind else None


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(_PART)
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        # A name that stands after a power cut has its bytes.
        os.fsync(file.fileno())
    part.replace(path)


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", file, error.strerror)

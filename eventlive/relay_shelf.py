"""What a relay keeps on its disk: the last picture, and the files that belong to it.

Owns a folder; never speaks to a network. What cannot be written is lost at the next start, not
now: a full disk ends no relay.
"""

from __future__ import annotations

import asyncio
import logging
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import msgspec

log = logging.getLogger("eventlive.relay")

SHOW = "show.json"
LIFE = "life"


class _Kept(msgspec.Struct):
    path: str
    kind: str


class RelayShelf:
    """A folder of one event's wall; whole files only, whenever the power goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def life(self) -> str:
        """Give what tells this relay from another one of its name, at every start the same."""
        kept = await asyncio.to_thread(_read, self._folder / LIFE)
        if kept:
            return kept.decode("ascii", "ignore")[:8]
        life = token_hex(2)
        await self._write({LIFE: life.encode()})
        return life

    async def keep_show(self, body: bytes) -> None:
        """Keep the picture in place of the one before."""
        await self._write({SHOW: body})

    async def show(self) -> bytes:
        """Give the picture that was kept last; nothing where there is none."""
        return await asyncio.to_thread(_read, self._folder / SHOW)

    async def keep(self, path: str, body: bytes, kind: str) -> None:
        """Keep a file of the wall under its path."""
        name = _name(path)
        about = msgspec.json.encode(_Kept(path, kind))
        await self._write({f"{name}.body": body, f"{name}.json": about})

    async def forget(self, path: str) -> None:
        """Keep a file no longer."""
        name = _name(path)

        def remove() -> None:
            for suffix in ("json", "body"):
                (self._folder / f"{name}.{suffix}").unlink(missing_ok=True)

        try:
            await asyncio.to_thread(remove)
        except OSError as error:
            log.warning("%s: %s", self._folder, error)

    async def files(self) -> dict[str, tuple[bytes, str]]:
        """Give the files that were kept, by their path: body and content type."""
        return await asyncio.to_thread(self._files)

    def _files(self) -> dict[str, tuple[bytes, str]]:
        found: dict[str, tuple[bytes, str]] = {}
        for file in sorted(self._folder.glob("*.json")):
            if file.name == SHOW:
                continue
            try:
                about = msgspec.json.decode(_read(file), type=_Kept)
            except msgspec.MsgspecError:
                continue
            if body := _read(file.with_suffix(".body")):
                found[about.path] = body, about.kind
        return found

    async def _write(self, bodies: dict[str, bytes]) -> None:
        def write() -> None:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, body in bodies.items():
                half = self._folder / f"{name}.half"
                half.write_bytes(body)
                half.replace(self._folder / name)

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            log.warning("%s: %s", self._folder, error)


def _name(path: str) -> str:
    return sha256(path.encode()).hexdigest()[:32]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""

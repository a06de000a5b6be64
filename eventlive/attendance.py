"""Which screens stood when this process ended, kept on its disk: they show on what they had.

Owns one small file. What cannot be written is lost at the next start, not now.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import msgspec

from eventlive.away import LONGEST, Away

log = logging.getLogger("eventlive.screens")

AGAIN = 60.0
"""Seconds after which it is written again without a change: it is as old as the process's end."""

_Standing = list[tuple[str, str, int]]


class Attendance:
    """The screens of one door, from one life of its process to the next."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: _Standing = []
        self._at = float("-inf")

    async def recall(self, away: Away, now: float) -> None:
        """Have `away` wait for those that stood within the last half hour."""
        away.expect(await asyncio.to_thread(self._read), now)

    async def keep(self, away: Away, now: float) -> None:
        """Write down who stands, where that is somebody else than before. Once a second, about."""
        standing = away.standing()
        if standing == self._kept and now - self._at < AGAIN:
            return
        self._kept, self._at = standing, now
        try:
            await asyncio.to_thread(self._write, msgspec.json.encode(standing))
        except OSError as error:
            log.warning("%s: %s", self._file, error)

    def _read(self) -> _Standing:
        try:
            if time.time() - self._file.stat().st_mtime > LONGEST + AGAIN:
                return []
            return msgspec.json.decode(self._file.read_bytes(), type=_Standing)
        except (OSError, msgspec.MsgspecError, UnicodeError):
            return []

    def _write(self, body: bytes) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        half = self._file.with_name(f"{self._file.name}.half")
        half.write_bytes(body)
        half.replace(self._file)

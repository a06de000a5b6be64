"""The outlet that keeps what would have gone out, and sends nothing.

Owns a JSON Lines file, a line a post. A line's key makes it findable, so that the publisher's
machine works here exactly as it does on a network: signed, and cut into a thread where the
account does so, a line a part. Pictures are kept by their names, unread.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from eventlive.errors import NotSent, Unclear
from eventlive.listening.length import measure
from eventlive.listening.splitting import split
from eventlive.model import AccountReport, Intent, Outgoing, Picture, Sent

# One for all accounts: they share the event's file.
_LOCK = threading.Lock()


class _Line(msgspec.Struct, omit_defaults=True):
    key: str
    account: str
    handle: str
    text: str
    answers: str = ""
    reply_to: str = ""
    warning: str = ""
    language: str = ""
    pictures: tuple[Picture, ...] = ()


class Rehearsal:
    """What one account would have posted, kept in `path`; `limit` counts as its `network` does.

    `signature` ends every text; `long` is "thread" where one over the limit becomes a thread.
    """

    patience = 0.0
    tries = 2

    def __init__(  # noqa: PLR0917 - one caller
        self,
        path: Path,
        handle: str,
        limit: int,
        clock: Callable[[], datetime],
        signature: str = "",
        long: str = "refuse",
        network: str = "rehearsal",
    ) -> None:
        self._path = path
        self._handle = handle
        self._limit = limit
        self._clock = clock
        self._signature = signature
        self._long = long
        self._network = network

    async def parts(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Give the signed text, or its parts. Raises NotSent for one over the limit."""
        text = f"{outgoing.text} {self._signature}".strip() if self._signature else outgoing.text
        used, limit, unit = measure(text, self._network, self._limit)
        if used <= limit:
            return (text,)
        if self._long != "thread":
            raise NotSent(f"{used} {unit}; {limit} is the limit")
        try:
            return split(text, self._network, self._limit)
        except ValueError as error:
            raise NotSent(str(error)) from error

    async def prepare(
        self, outgoing: Outgoing, part: int, before: tuple[Sent, ...]
    ) -> tuple[str, bytes]:
        """Freeze the line that will be kept; a part after the first answers the one before."""
        line = _Line(
            key=f"{outgoing.id}.{outgoing.attempt}" + (f".{part}" if part else ""),
            account=outgoing.account,
            handle=self._handle,
            text=(await self.parts(outgoing))[part],
            answers=outgoing.answers,
            reply_to=before[-1].id if before else outgoing.reply_to,
            warning=outgoing.warning,
            language=outgoing.language,
            pictures=() if part else outgoing.pictures,
        )
        return line.key, msgspec.json.encode(line) + b"\n"

    async def send(self, intent: Intent) -> Sent:
        """Append the frozen line. Raises NotSent where the file cannot be opened."""
        await asyncio.to_thread(self._append, intent.body)
        return Sent(intent.key, "", self._clock())

    async def find(self, intent: Intent) -> Sent | None:
        """Look for the line. Raises Unclear where the file cannot be read."""
        there = await asyncio.to_thread(self._has, intent.body)
        return Sent(intent.key, "", self._clock()) if there else None

    async def delete(self, post_id: str) -> None:
        """Take the line out. Raises Unclear where the file cannot be written."""
        await asyncio.to_thread(self._remove, post_id)

    async def check(self) -> AccountReport:
        """Say that it is a rehearsal."""
        return AccountReport(self._handle, may=("rehearse",), limits=("Nothing leaves.",))

    async def close(self) -> None:
        """Do nothing: nothing is kept open."""

    def _remove(self, key: str) -> None:
        with _LOCK:
            try:
                lines = self._path.read_bytes().splitlines(keepends=True)
                kept = [line for line in lines if _key_of(line) != key]
                if len(kept) < len(lines):
                    newer = self._path.with_suffix(".new")
                    newer.write_bytes(b"".join(kept))
                    newer.replace(self._path)
            except FileNotFoundError:
                return
            except OSError as error:
                raise Unclear(f"{self._path}: {error.strerror}") from error

    def _append(self, line: bytes) -> None:
        with _LOCK:
            try:
                file = self._path.open("ab+", buffering=0)
            except OSError as error:
                raise NotSent(f"{self._path}: {error.strerror}") from error
            with file:
                try:
                    # A crash may have left half a line; ours must begin on its own.
                    if file.tell():
                        file.seek(-1, os.SEEK_END)
                        line = line if file.read(1) == b"\n" else b"\n" + line
                    if file.write(line) != len(line):
                        raise Unclear(f"{self._path}: only a part was written; is the disk full?")
                    os.fsync(file.fileno())
                except OSError as error:
                    raise Unclear(f"{self._path}: {error.strerror}") from error

    def _has(self, line: bytes) -> bool:
        # Who looks waits for who writes: a send that was given up still goes on in its thread.
        with _LOCK:
            try:
                with self._path.open("rb") as file:
                    return any(each == line for each in file)
            except FileNotFoundError:
                return False
            except OSError as error:
                raise Unclear(f"{self._path}: {error.strerror}") from error


def _key_of(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_Line).key
    except msgspec.MsgspecError:
        return ""

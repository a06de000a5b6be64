"""SQLite itself: connections, the lock of one engine, errors in our words.

Owns how work reaches the database's thread; knows no table.
"""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, TypeVar, cast

import aiosqlite
import msgspec

from eventlive.errors import StoreError

_T = TypeVar("_T")

BUSY_SECONDS = 5.0


def connected(path: Path) -> sqlite3.Connection:
    """Open the file in the thread that will use it; transactions are ours to begin."""
    return sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)


class Writer(aiosqlite.Connection):
    """The one connection that writes: whole pieces of work, one after another, in its thread.

    A transaction of several awaits could be cancelled between them and leave one open; and each
    await comes back to a loop that may be busy, with the write lock held.
    """

    async def __aenter__(self) -> Writer:
        await super().__aenter__()
        return self

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do a piece of work; once begun it runs to its end, cancelled or not."""
        execute = cast(Callable[..., Awaitable[_T]], self._execute)
        return await execute(lambda: work(self._conn))

    async def transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do a piece of work in a transaction: all of it or nothing."""

        def whole(db: sqlite3.Connection) -> _T:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            return result

        return await self.run(whole)


class Searcher(aiosqlite.Connection):
    """The connection of all look-ups: what nobody waits for any more is not begun."""

    async def _execute(self, fn: Callable[..., _T], *args: object, **kwargs: object) -> _T | None:
        waits = True

        def unless_ended() -> _T | None:
            return fn(*args, **kwargs) if waits else None

        try:
            execute = cast(Callable[..., Awaitable[_T | None]], super()._execute)
            return await execute(unless_ended)
        except asyncio.CancelledError:
            waits = False
            raise


class locked:  # noqa: N801 - used as a statement's word
    """Keep the file for one engine; the lock goes with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_suffix(".lock")
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StoreError(
                f"{self._path.parent}: another engine covers this event here; stop it first or"
                " choose another --data folder"
            ) from error

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        self._file.close()


class wrapped:  # noqa: N801 - used as a statement's word
    """Turn SQLite's and the disk's errors into ours, with what to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, msgspec.MsgspecError):
            raise StoreError(f"{self._path}: a row cannot be read: {error}") from error
        if isinstance(error, sqlite3.Error | OSError):
            hint = ""
            if "full" in str(error):
                hint = "; free some space and start again: nothing that was shown is lost"
            elif "locked" in str(error):
                hint = "; another program holds the file: end it and start again"
            raise StoreError(f"{self._path}: {error}{hint}") from error

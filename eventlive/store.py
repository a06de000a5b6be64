"""What survives: one SQLite file an event.

Owns what is written and read, by the one writer and the readers; the schema is `migrations`'. Never
decides what to store and never announces anything. WAL, so that readers never wait for the writer.

Posts go in a hundred rows a statement: executemany asks for Python's lock once a row, and beside
a busy loop each of those waits a whole switch interval (measured: 2,156 µs a row).

Over 500 lines because who writes and who reads share its connections and their order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import msgspec

from eventlive import background
from eventlive.counting import count
from eventlive.database import Searcher, Writer, connected, locked, wrapped
from eventlive.errors import StoreError
from eventlive.goals import NOTHING, Counts
from eventlive.migrations import is_older, migrate
from eventlive.model import (
    Author,
    Avoid,
    Card,
    Change,
    Decision,
    Drop,
    Evidence,
    Intent,
    Item,
    Mute,
    Outgoing,
    Put,
    Reminder,
    Scene,
    Screen,
    Segment,
    Thing,
)

_T = TypeVar("_T")

RECENT_DECISIONS = 1000

RECENT_DONE = 500
"""Of the posts that are over, as many of the newest as a desk keeps in memory."""

INDEX_SLICE = 200
"""Posts brought into the full text at once: four milliseconds of the writer."""

SEARCH_SLICES = 100
"""Slices that a search waits for before it looks; more are behind only in a flood."""

AUTHOR_SLICES = 10
"""As many where an author is looked up: that is asked for each post that somebody rests on."""

_PUT_ITEMS = """
INSERT INTO item (id, state, rank, kept, body) VALUES {rows}
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, rank = excluded.rank, kept = excluded.kept, body = excluded.body
"""
_PUT_ITEMS_OF = {
    rows: _PUT_ITEMS.format(rows=", ".join(["(?, ?, ?, ?, ?)"] * rows)) for rows in (100, 10, 1)
}
_PUT_THINGS = """
INSERT INTO thing (kind, id, body) SELECT value ->> 'kind', value ->> 'id', value
FROM json_each(?) WHERE true
ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
"""
_REWORDED = """
INSERT OR IGNORE INTO reworded SELECT item.seq FROM item, indexed
WHERE item.seq <= indexed.seq AND id IN (SELECT value FROM json_each(?))
"""
_INDEX = """
INSERT OR REPLACE INTO search (rowid, text, author)
SELECT seq, body ->> '$.post.text',
    coalesce(body ->> '$.post.author.name', '') || ' ' || (body ->> '$.post.author.handle')
FROM item WHERE
"""

_encoder = msgspec.json.Encoder()
_item = msgspec.json.Decoder(Item)
_thing = msgspec.json.Decoder(
    Card | Scene | Screen | Outgoing | Segment | Mute | Reminder | Avoid | Evidence
)
_decision = msgspec.json.Decoder(Decision)
_evidence = msgspec.json.Decoder(Evidence)


@dataclass(slots=True)
class Loaded:
    """What a desk starts from."""

    things: list[Thing] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    posts: int = 0


class Store:
    """One event's file. Open it with `open_store`."""

    def __init__(
        self,
        path: Path,
        writer: Writer,
        reader: aiosqlite.Connection,
        searcher: aiosqlite.Connection,
    ) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        # A broad search takes its time; intake's short questions do not wait behind it.
        self._searcher = searcher

    # --- writing -----------------------------------------------------------------------------

    async def commit(
        self,
        changes: Sequence[Change] = (),
        decisions: Sequence[Decision] = (),
        cursors: Mapping[str, str] | None = None,
    ) -> None:
        """Make changes, log and feeds' marks durable in one transaction.

        Raises StoreError; then nothing of it is stored. Cancelled while it waits, all of it is
        stored or nothing.
        """
        items: list[Item] = []
        things: list[Thing] = []
        drops: list[tuple[str, str]] = []
        for change in changes:
            match change:
                case Put(Item() as item):
                    items.append(item)
                case Put(thing):
                    things.append(thing)
                case Drop(kind, thing_id):
                    drops.append((kind, thing_id))
        steps: list[tuple[str, Sequence[object]]] = []
        if items:
            steps += _put_items(items)
            if newer := [item.id for item in items if item.version > 1]:
                steps.append((_REWORDED, (_json(newer),)))
        if things:
            steps.append((_PUT_THINGS, (_json(things),)))
        steps += [("DELETE FROM thing WHERE kind = ? AND id = ?", drop) for drop in drops]
        steps += [
            ("INSERT INTO decision VALUES (?, ?, ?)", (one.seq, one.who, _json(one)))
            for one in decisions
        ]
        steps += [
            ("INSERT INTO decision_words VALUES (?, ?)", (one.seq, _words(one)))
            for one in decisions
        ]
        steps += [
            ("INSERT OR REPLACE INTO cursor VALUES (?, ?)", mark)
            for mark in (cursors or {}).items()
        ]

        def write(db: sqlite3.Connection) -> None:
            for sql, values in steps:
                db.execute(sql, values)

        with wrapped(self.path):
            await self._writer.transact(write)

    async def index(self) -> int:
        """Bring a slice of what is new or reworded into the full text; give how much is left."""

        def write(db: sqlite3.Connection) -> int:
            (done,) = db.execute("SELECT seq FROM indexed").fetchone()
            (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM item").fetchone()
            upto = min(last, done + INDEX_SLICE)
            if upto > done:
                db.execute(f"{_INDEX} seq > ? AND seq <= ?", (done, upto))
                db.execute("UPDATE indexed SET seq = ?", (upto,))
            rows = db.execute("SELECT seq FROM reworded LIMIT ?", (INDEX_SLICE,)).fetchall()
            for row in rows:
                db.execute(f"{_INDEX} seq = ?", row)
                db.execute("DELETE FROM reworded WHERE seq = ?", row)
            return int(last - upto) + (len(rows) == INDEX_SLICE)

        with wrapped(self.path):
            return await self._writer.transact(write)

    async def write_intent(self, intent: Intent) -> None:
        """Write what is about to be sent; it is on the disk itself when this returns."""
        await self._durably(
            "INSERT INTO intent"
            " (outgoing, attempt, part, of, account, key, body, digest, place, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(intent.outgoing, intent.attempt, intent.part, intent.of, intent.account),
                *(intent.key, intent.body, intent.digest, intent.place, intent.at.isoformat()),
            ),
        )

    async def write_outcome(self, intent: Intent, outcome: str) -> None:
        """Write what became of an intent."""
        await self._durably(
            "UPDATE intent SET outcome = ? WHERE outgoing = ? AND attempt = ? AND part = ?",
            (outcome, intent.outgoing, intent.attempt, intent.part),
        )

    # --- reading -----------------------------------------------------------------------------

    async def load(self, window: int) -> Loaded:
        """Read what a desk needs to go on where it was."""
        with wrapped(self.path):
            loaded = Loaded()
            rows = await self._rows(
                "SELECT body FROM decision ORDER BY seq DESC LIMIT ?", (RECENT_DECISIONS,)
            )
            loaded.decisions = [_decision.decode(body) for (body,) in reversed(rows)]
            named = {
                thing.id: decision.seq
                for decision in loaded.decisions
                for step in decision.steps
                for thing in (step.before, step.after)
                if isinstance(thing, Item)
            }
            rows = await self._rows(
                "SELECT body FROM item WHERE seq IN ("
                " SELECT seq FROM (SELECT seq FROM item WHERE state = 'open'"
                "  ORDER BY rank DESC LIMIT ?)"
                " UNION SELECT seq FROM item WHERE kept"
                " UNION SELECT seq FROM (SELECT seq FROM item"
                "  WHERE state NOT IN ('open', 'snoozed') ORDER BY seq DESC LIMIT ?)"
                " UNION SELECT seq FROM item WHERE id IN (SELECT value FROM json_each(?))"
                " UNION SELECT seq FROM item WHERE id IN (SELECT body ->> '$.answers' FROM thing"
                "  WHERE kind = 'outgoing' AND body ->> '$.state' = 'queued')"
                ") ORDER BY seq",
                (window, RECENT_DONE, _json(list(named))),
            )
            items = [_item.decode(body) for (body,) in rows]
            # What was decided last comes last, and stays longest.
            loaded.things += sorted(items, key=lambda item: named.get(item.id, 0))
            rows = await self._rows("SELECT body FROM thing ORDER BY kind, id", ())
            things = [_thing.decode(body) for (body,) in rows]
            ours = [thing for thing in things if isinstance(thing, Outgoing)]
            ours.sort(key=lambda out: out.sent_at or out.created_at)
            loaded.things += [thing for thing in things if not isinstance(thing, Outgoing)]
            loaded.things += ours
            loaded.cursors = dict(await self._rows("SELECT feed, value FROM cursor", ()))
            loaded.posts = (await self._rows("SELECT count(*) FROM item", ()))[0][0]
            return loaded

    async def known(self, keys: Sequence[str]) -> set[str]:
        """Say which of these posts are stored."""
        with wrapped(self.path):
            rows = await self._rows(
                "SELECT id FROM item WHERE id IN (SELECT value FROM json_each(?))", (_json(keys),)
            )
            return {key for (key,) in rows}

    async def items(self, keys: Sequence[str]) -> list[Item]:
        """Read stored items by their ids; unknown ones are left out."""
        with wrapped(self.path):
            rows = await self._rows(
                "SELECT body FROM item WHERE id IN (SELECT value FROM json_each(?))", (_json(keys),)
            )
            return [_item.decode(body) for (body,) in rows]

    async def recent(self, network: str, most: int) -> list[str]:
        """List the network's own ids of the posts that came last, oldest first."""
        with wrapped(self.path):
            rows = await self._rows(
                "SELECT substr(id, ?) FROM item WHERE id >= ? AND id < ? ORDER BY seq DESC LIMIT ?",
                (len(network) + 2, f"{network}:", f"{network};", most),
            )
            return [post for (post,) in reversed(rows)]

    async def search(self, text: str, count: int) -> tuple[list[Item], int, int]:
        """Find posts that hold every word, newest first: these, how many in all, how many behind.

        The last word may be a beginning. What is deleted is not found. The full text is brought
        up to date first; in a flood the newest posts may be behind it, and are counted.
        """
        words = text.replace("\0", " ").split()
        if not words:
            return [], 0, 0
        behind = await self._caught_up(SEARCH_SLICES)
        query = " ".join('"{}"'.format(word.replace('"', '""')) for word in words) + "*"
        found = (
            "FROM search JOIN item ON item.seq = search.rowid"
            " WHERE search MATCH ? AND item.state != 'deleted'"
        )
        with wrapped(self.path):
            rows = await self._searcher.execute_fetchall(
                f"SELECT item.body {found} ORDER BY item.seq DESC LIMIT ?", (query, count)
            )
            ((total,),) = await self._searcher.execute_fetchall(
                f"SELECT count(*) {found}", (query,)
            )
            return [_item.decode(body) for (body,) in rows], int(total), behind

    async def thread(self, item: str, count: int) -> list[Item]:
        """Read a post, those that it answers, and at most `count` replies to any of these.

        Deleted ones among those that it answers are there, too.
        """
        with wrapped(self.path):
            bodies = await background.thread(self._searcher, item, count)
            return [_item.decode(body) for body in bodies]

    async def authored(
        self, network: str, author: Author, count: int
    ) -> tuple[list[Item], int, list[Evidence]]:
        """Read an author's newest posts, say how many there are, and what was reported of them.

        What is deleted is not found. They are looked for in the full text, which in a flood may
        not have the newest yet.
        """
        await self._caught_up(AUTHOR_SLICES)
        with wrapped(self.path):
            bodies, total = await background.authored(
                self._searcher, network, (author.id, author.handle, author.name), count
            )
            reported = await background.evidence(self._searcher, network, author.id)
            return (
                [_item.decode(body) for body in bodies],
                total,
                [_evidence.decode(body) for body in reported],
            )

    async def logged(self, words: str, before: int, count: int) -> list[Decision]:
        """Read decisions that hold every word, newest first, without what undo needs.

        Those before the decision `before`, 0 for the newest.
        """
        with wrapped(self.path):
            bodies = await background.logged(self._searcher, words, before, count)
            return [_decision.decode(body) for body in bodies]

    async def counts(self, before: Counts = NOTHING) -> Counts:
        """Count what the goals are held against; of the log only what is new since `before`."""
        with wrapped(self.path):
            # Not through the reader: intake's questions do not wait behind a long log.
            return await count(self._searcher, before)

    async def intents(self, *, unsettled: bool = True) -> list[Intent]:
        """List intents, oldest first; without an outcome only, unless all are asked for."""
        with wrapped(self.path):
            rows = await self._rows(
                "SELECT outgoing, attempt, account, key, body, at, outcome, part, of, digest, place"
                " FROM intent WHERE outcome IS NULL OR NOT ? ORDER BY at",
                (unsettled,),
            )
            return [
                Intent(out, attempt, account, key, body, datetime.fromisoformat(at), *rest)
                for out, attempt, account, key, body, at, *rest in rows
            ]

    async def each_item(self) -> AsyncIterator[Item]:
        """Read every stored item in the order it came, a thousand at a time."""
        after = 0
        with wrapped(self.path):
            while rows := await self._rows(
                "SELECT seq, body FROM item WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)
            ):
                after = rows[-1][0]
                for _, body in rows:
                    yield _item.decode(body)

    async def each_decision(self) -> AsyncIterator[Decision]:
        """Read the whole log in its order."""
        after = 0
        with wrapped(self.path):
            while rows := await self._rows(
                "SELECT seq, body FROM decision WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)
            ):
                after = rows[-1][0]
                for _, body in rows:
                    yield _decision.decode(body)

    async def each_outgoing(self) -> AsyncIterator[Outgoing]:
        """Read every post of the house."""
        with wrapped(self.path):
            rows = await self._rows("SELECT body FROM thing WHERE kind = 'outgoing'", ())
        outgoing = [_thing.decode(body) for (body,) in rows]
        outs = [one for one in outgoing if isinstance(one, Outgoing)]
        for one in sorted(outs, key=lambda out: (out.created_at, out.id)):
            yield one

    async def each_evidence(self) -> AsyncIterator[Evidence]:
        """Read what was reported, in its order."""
        with wrapped(self.path):
            rows = await self._rows(
                "SELECT body FROM thing WHERE kind = 'evidence' ORDER BY body ->> '$.at', id", ()
            )
        for (body,) in rows:
            yield _evidence.decode(body)

    # --- inside ------------------------------------------------------------------------------

    async def _caught_up(self, slices: int) -> int:
        """Bring the full text up to date, by so many slices at most; give how much is left."""
        behind = 0
        for _ in range(slices):
            behind = await self.index()
            if not behind:
                break
        return behind

    async def _rows(self, sql: str, values: Iterable[object]) -> list[Any]:
        return list(await self._reader.execute_fetchall(sql, tuple(values)))

    async def _durably(self, sql: str, values: tuple[object, ...]) -> None:
        """Write one row so that even a power cut keeps it: a lost intent could be sent twice."""

        def write(db: sqlite3.Connection) -> None:
            db.execute("PRAGMA synchronous = FULL")
            try:
                db.execute(sql, values)
            finally:
                db.execute("PRAGMA synchronous = NORMAL")

        with wrapped(self.path):
            await self._writer.run(write)


@asynccontextmanager
async def open_store(
    path: Path, *, reading: bool = False, fresh: datetime | None = None
) -> AsyncIterator[Store]:
    """Open an event's file, made or brought to the present schema where needed.

    `reading` opens it beside a running engine, and changes nothing but the schema of an older
    file that no engine has. `fresh` is the time under which what was stored before is set aside.
    Raises StoreError: another engine has it, its version is newer than ours, the disk refuses.
    """
    async with AsyncExitStack() as stack:
        with wrapped(path):
            _prepared(path, reading=reading)
            if not reading:
                stack.enter_context(locked(path))
                if fresh is not None:
                    _set_aside(path, fresh)
            writer = await stack.enter_async_context(Writer(partial(connected, path), 64))
            if not reading:
                await writer.run(partial(migrate, path))
            elif await writer.run(partial(is_older, path)):
                with locked(path):
                    await writer.run(partial(migrate, path))
            reader, searcher = [
                await stack.enter_async_context(kind(partial(connected, path), 64))
                for kind in (aiosqlite.Connection, Searcher)
            ]
            for one in (reader, searcher):
                await one.execute("PRAGMA query_only = ON")
        yield Store(path, writer, reader, searcher)


def _prepared(path: Path, *, reading: bool) -> None:
    if reading and not path.exists():
        raise StoreError(f"{path}: there is no such file; has the event run yet?")
    path.parent.mkdir(parents=True, exist_ok=True)


def _set_aside(path: Path, now: datetime) -> None:
    """Rename what was stored of an event, so that it begins anew and nothing is destroyed."""
    number, place = 1, f"{path.stem}.{now:%Y%m%dT%H%M%S}"
    while path.with_name(f"{place}.sqlite").exists():
        number += 1
        place = f"{path.stem}.{now:%Y%m%dT%H%M%S}-{number}"
    for suffix in (".sqlite", ".sqlite-wal", ".sqlite-shm", ".rehearsal.jsonl"):
        before = path.with_name(f"{path.stem}{suffix}")
        if before.exists():
            before.rename(path.with_name(f"{place}{suffix}"))


def _put_items(items: Sequence[Item]) -> Iterator[tuple[str, Sequence[object]]]:
    """Make statements of many rows each: every statement costs a turn of Python's lock."""
    start = 0
    for rows, sql in _PUT_ITEMS_OF.items():
        while len(items) - start >= rows:
            values: list[object] = []
            for item in items[start : start + rows]:
                kept = item.on_wall or item.state == "snoozed" or item.claim is not None
                values += (item.id, item.state, item.rank, kept, _json(item))
            yield sql, values
            start += rows


def _words(decision: Decision) -> str:
    """Give what the log is looked through for; no word of a filter holds a break of a line."""
    parts = (decision.who, decision.action, decision.detail, decision.on)
    return "\n".join(parts).casefold()


def _json(value: object) -> str:
    return _encoder.encode(value).decode()

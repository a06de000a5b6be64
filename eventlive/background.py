"""What is stored around a post, and what the log says: questions to the database.

Owns the statements, and how much of a conversation is looked at; their indices are the store's.
Reads beside the one writer, and changes nothing. None of them reads all posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import aiosqlite
import msgspec

_T = TypeVar("_T")

PARENTS = 20
"""Posts above one, and steps below it, that a thread is followed."""

_LAST = (1 << 63) - 1
"""The largest number that SQLite knows."""

_CHAIN = """
WITH RECURSIVE chain(seq, up, height) AS (
    SELECT seq, body ->> '$.post.in_reply_to', 0 FROM item WHERE id = :item
    UNION ALL
    SELECT item.seq, item.body ->> '$.post.in_reply_to', height + 1
    FROM chain JOIN item ON item.id = :network || ':' || chain.up WHERE height < :most
)
SELECT id, body FROM chain JOIN item USING (seq) ORDER BY height
"""
_REPLIES = """
SELECT id, body FROM item
WHERE body ->> '$.post.in_reply_to' IN (SELECT value FROM json_each(?))
    AND instr(body, '"kind":"reply"')
    AND substr(id, 1, ?) = ? AND state != 'deleted'
ORDER BY seq DESC LIMIT ?
"""
_AUTHORED = """
FROM search JOIN item ON item.seq = search.rowid
WHERE search MATCH ? AND item.state != 'deleted'
    AND substr(item.id, 1, ?) = ? AND item.body ->> '$.post.author.id' = ?
"""
_EVIDENCE = """
SELECT body FROM thing WHERE kind = 'evidence'
    AND body ->> '$.post.network' = ? AND body ->> '$.post.author.id' = ?
ORDER BY body ->> '$.at' DESC LIMIT 50
"""
# What undo needs can be a thousand posts for one line.
_LOGGED = """
SELECT json_remove(body, '$.steps') FROM decision_words JOIN decision USING (seq)
WHERE (? OR seq < ?){held} ORDER BY seq DESC LIMIT ?
"""


async def thread(db: aiosqlite.Connection, item: str, count: int) -> list[str]:
    """Read the conversation that a post stands in, as rows' bodies; it comes first, where stored.

    Those above it come next, then at most `count` replies: what was said below it, level by
    level, then what else answers those above, the newest of each. Raises sqlite3.Error.
    """
    network = item.partition(":")[0]
    found: dict[str, str] = {}
    asked = {"item": item, "network": network, "most": PARENTS}
    for key, body in await db.execute_fetchall(_CHAIN, asked):
        found.setdefault(key, body)
    above = [key for key in found if key != item]
    room, level = count, [item]
    for _ in range(PARENTS):
        level = await _below(db, network, level, room, found)
        room -= len(level)
        if not level or not room:
            break
    if room and above:
        await _below(db, network, above, room, found)
    return list(found.values())


async def _below(
    db: aiosqlite.Connection, network: str, posts: Sequence[str], room: int, found: dict[str, str]
) -> list[str]:
    """Add the newest replies to any of these posts that are not found yet; give their ids."""
    prefix = f"{network}:"
    ids = msgspec.json.encode([key.removeprefix(prefix) for key in posts]).decode()
    # Those that are known stand among them, and must not take their room.
    limit = room + len(found)
    rows = await db.execute_fetchall(_REPLIES, (ids, len(prefix), prefix, limit))
    new = {key: body for key, body in rows if key not in found}
    kept = list(new)[:room]
    found.update((key, new[key]) for key in kept)
    return kept


async def authored(
    db: aiosqlite.Connection, network: str, author: tuple[str, str, str], count: int
) -> tuple[list[str], int]:
    """Read an author's posts, newest first, as rows' bodies: so many of them, and how many in all.

    `author` is the id, the handle and the name. They are found by the handle in the full text, or
    by the name where the handle has no letter; those that were said under another are not.
    Raises sqlite3.Error.
    """
    author_id, handle, name = author
    words = handle if any(sign.isalnum() for sign in handle) else name
    if not any(sign.isalnum() for sign in words):
        return [], 0
    phrase = 'author : "{}"'.format(words.replace("\0", " ").replace('"', '""'))
    prefix = f"{network}:"
    asked = (phrase, len(prefix), prefix, author_id)
    rows = await db.execute_fetchall(
        f"SELECT item.body {_AUTHORED} ORDER BY item.seq DESC LIMIT ?", (*asked, count)
    )
    ((total,),) = await db.execute_fetchall(f"SELECT count(*) {_AUTHORED}", asked)
    return [body for (body,) in rows], int(total)


async def evidence(db: aiosqlite.Connection, network: str, author_id: str) -> list[str]:
    """Read what was reported of an author, newest first, as rows' bodies. Raises sqlite3.Error."""
    return [body for (body,) in await db.execute_fetchall(_EVIDENCE, (network, author_id))]


async def logged(db: aiosqlite.Connection, words: str, before: int, count: int) -> list[str]:
    """Read decisions before one, newest first, as rows' bodies without what undo needs.

    Each holds every word. Measured with 100,000 of them and words that none holds: 25 ms, away
    from the loop. Raises sqlite3.Error.
    """
    before = max(0, min(before, _LAST))
    held = words.casefold().split()
    sql = _LOGGED.format(held=" AND instr(words, ?)" * len(held))
    asked: list[Any] = [before <= 0, before, *held, count]
    return [body for (body,) in await db.execute_fetchall(sql, asked)]

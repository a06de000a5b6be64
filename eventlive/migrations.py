"""The tables and indices of an event's file, and how an older file gets them.

Owns the schema; knows nothing of what is written or asked.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from eventlive.errors import StoreError

MIGRATIONS = (
    """
    CREATE TABLE item (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL, rank REAL NOT NULL, kept INTEGER NOT NULL, body TEXT NOT NULL
    );
    CREATE INDEX item_open ON item (rank) WHERE state = 'open';
    CREATE INDEX item_kept ON item (id) WHERE kept;
    CREATE TABLE thing (
        kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
    ) WITHOUT ROWID;
    CREATE TABLE decision (seq INTEGER PRIMARY KEY, who TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE cursor (feed TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE intent (
        outgoing TEXT NOT NULL, attempt INTEGER NOT NULL, account TEXT NOT NULL,
        key TEXT NOT NULL, body BLOB NOT NULL, at TEXT NOT NULL, outcome TEXT,
        PRIMARY KEY (outgoing, attempt)
    ) WITHOUT ROWID;
    CREATE VIRTUAL TABLE search USING fts5(text, author, tokenize = 'unicode61');
    CREATE TABLE indexed (seq INTEGER NOT NULL);
    INSERT INTO indexed VALUES (0);
    CREATE TABLE reworded (seq INTEGER PRIMARY KEY);
    """,
    # Threads: an attempt has an intent for each part.
    """
    CREATE TABLE part_intent (
        outgoing TEXT NOT NULL, attempt INTEGER NOT NULL, part INTEGER NOT NULL,
        of INTEGER NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
        digest TEXT NOT NULL, place TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT,
        PRIMARY KEY (outgoing, attempt, part)
    ) WITHOUT ROWID;
    INSERT INTO part_intent
    SELECT outgoing, attempt, 0, 1, account, key, body, '', '', at, outcome FROM intent;
    DROP TABLE intent;
    ALTER TABLE part_intent RENAME TO intent;
    """,
    # Goals count questions every few seconds: from this index alone, for reading 100,000 posts
    # takes 190 ms. Kept up, it costs 1.7 µs a post. What a post says cannot pass for the key: in
    # its text the quotation marks are escaped.
    """
    CREATE INDEX item_question ON item (state, instr(body, '"question":"answered"') > 0)
    WHERE instr(body, '"question":"');
    """,
    # A post's thread is found through the index of replies, which costs 0.9 µs a post and 8 µs a
    # reply; what a post says cannot pass for its kind, as above. The log is read by words, folded
    # as SQLite cannot fold those of most languages: the older ones are only folded in ASCII.
    """
    CREATE INDEX item_reply ON item (body ->> '$.post.in_reply_to')
    WHERE instr(body, '"kind":"reply"');
    CREATE TABLE decision_words (seq INTEGER PRIMARY KEY, words TEXT NOT NULL);
    INSERT INTO decision_words
    SELECT seq, lower(
        who || char(10) || (body ->> '$.action') || char(10)
        || coalesce(body ->> '$.detail', '') || char(10) || coalesce(body ->> '$.on', '')
    ) FROM decision;
    """,
    # What is asked for is folded as Python folds; so is what came from older files.
    """
    UPDATE decision_words SET words = casefold(words) WHERE words != casefold(words);
    """,
    # A desk begins with the newest that are over, too: found without reading 400,000 posts.
    """
    CREATE INDEX item_over ON item (seq) WHERE state NOT IN ('open', 'snoozed');
    """,
)
"""Each brings the file from the version of its place to the next; a published one never changes.

`casefold` is Python's.
"""


def migrate(path: Path, db: sqlite3.Connection) -> None:
    """Bring a file to the present schema. Raises StoreError for one that is newer."""
    version = _version(path, db)
    db.create_function("casefold", 1, str.casefold, deterministic=True)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        db.executescript(f"BEGIN;{script};PRAGMA user_version = {number};COMMIT;")


def is_older(path: Path, db: sqlite3.Connection) -> bool:
    """Say whether a file is to be migrated. Raises StoreError for one that is newer."""
    return _version(path, db) < len(MIGRATIONS)


def _version(path: Path, db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path}: written by a newer eventlive (store version {version}, this one knows"
            f" {len(MIGRATIONS)}); update eventlive or choose another --data folder"
        )
    return int(version)

"""What no engine can do without: the bare references of a flood.

Owns two loops over the same lines: parse and insert, nothing else; and read, clean and judge.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from eventlive.listening.cleaning import clean
from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge, Rules
from eventlive.model import Post
from feeds.replay import read_line

BATCH = 1_000
JUDGED = 50_000
TEXTS = 20_000


@dataclass(frozen=True, slots=True)
class Bound:
    """Posts a second, and seconds of CPU a post: to parse and insert; to read, clean and judge."""

    a_second: float
    inserting: float
    judging: float


def bound(lines: Path, store: Path) -> Bound:
    """Measure both loops; makes the file `store` and leaves it."""
    a_second, inserting = _inserted(lines, store)
    return Bound(a_second, inserting, _judged(lines))


def _inserted(lines: Path, store: Path) -> tuple[float, float]:
    decoder = msgspec.json.Decoder(Post)
    count = 0
    started, used = time.perf_counter(), time.process_time()
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("CREATE TABLE post (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
        with lines.open("rb") as file:
            while batch := list(islice(file, BATCH)):
                rows = [(decoder.decode(line).key, line) for line in batch]
                db.execute("BEGIN")
                db.executemany("INSERT OR IGNORE INTO post (id, body) VALUES (?, ?)", rows)
                db.execute("COMMIT")
                count += len(batch)
    return count / (time.perf_counter() - started), (time.process_time() - used) / count


def _judged(lines: Path) -> float:
    judge = Judge(Rules(hashtags=("#final", "#final2014", "#goal")), Recent(TEXTS))
    with lines.open("rb") as file:
        raw = list(islice(file, JUDGED))
    used = time.process_time()
    for line in raw:
        post, _ = read_line(line)
        assert isinstance(post, Post)
        judge.judge(clean(post))
    return (time.process_time() - used) / len(raw)

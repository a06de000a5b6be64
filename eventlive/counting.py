"""What the goals are held against, counted in what is stored.

Owns the questions to the database; their index is the store's. Reads beside the one writer, and
changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import aiosqlite
import msgspec

from eventlive.goals import Counts

_QUESTIONS = """
SELECT state, instr(body, '"question":"answered"') > 0, count(*) FROM item
WHERE instr(body, '"question":"') GROUP BY 1, 2
"""
_SHOWN = """
WITH log (seq, action, at, steps, item) AS (
    SELECT seq, body ->> '$.action', body ->> '$.at', body -> '$.steps', body ->> '$.on'
    FROM decision WHERE seq > :after AND seq <= :upto
), shown (seq, action, at, item) AS (
    SELECT seq, action, at, item FROM log WHERE action IN ('approve', 'approve-next', 'show-answer')
    UNION ALL
    SELECT seq, iif(step.value ->> '$.after.answer' IS NULL, 'approve', 'show-answer'), at,
        step.value ->> '$.after.id'
    FROM log, json_each(steps) AS step
    WHERE action = 'several' AND step.value ->> '$.after.kind' = 'card' AND (
        step.value ->> '$.before' IS NULL
        OR step.value ->> '$.before.answer' IS NOT step.value ->> '$.after.answer'
    )
)
SELECT action, at, item.id,
    (item.body ->> '$.post.network') || ':' || (item.body ->> '$.post.author.id')
FROM shown JOIN item ON item.id = shown.item ORDER BY shown.seq
"""
_PAIRED = """
SELECT (item.body ->> '$.post.network') || ':' || (item.body ->> '$.post.author.id')
FROM thing AS out JOIN item ON item.id = out.body ->> '$.answers'
WHERE out.kind = 'outgoing' AND out.body ->> '$.pair' AND out.body ->> '$.sent_at' IS NOT NULL
    AND coalesce(out.body ->> '$.reason', '') = ''
"""
_SENT = """
SELECT out.body ->> '$.sent_at', out.body ->> '$.answers', item.body ->> '$.received_at',
    coalesce(instr(item.body, '"question":"answered"'), 0) > 0
FROM thing AS out LEFT JOIN item ON item.id = out.body ->> '$.answers'
WHERE out.kind = 'outgoing' AND out.body ->> '$.state' = 'sent'
    AND out.body ->> '$.sent_at' IS NOT NULL
"""
_ANSWERED = """
SELECT id, body ->> '$.received_at' FROM item
WHERE id IN (SELECT value FROM json_each(:ids)) AND instr(body, '"question":"answered"')
"""


async def count(db: aiosqlite.Connection, before: Counts) -> Counts:
    """Count everything; the log, which only grows, from where `before` ended.

    Measured with 100,000 posts, 20,000 decisions and 2,000 posts of the house: 440 ms for the
    first time, 30 ms after that, 5 of them on the loop. Raises sqlite3.Error.
    """

    async def rows(sql: str, **values: object) -> list[Any]:
        return list(await db.execute_fetchall(sql, values))

    ((seen,),) = await rows("SELECT coalesce(max(seq), 0) FROM decision")
    voices, shown_answers = set(before.voices), dict(before.shown_answers)
    for action, at, key, voice in await rows(_SHOWN, after=before.seen, upto=seen):
        voices.add(voice)
        if action == "show-answer":
            shown_answers.setdefault(key, datetime.fromisoformat(at))
    voices.update([voice for (voice,) in await rows(_PAIRED)])
    questions = answered = answers = 0
    for state, has_answer, number in await rows(_QUESTIONS):
        if has_answer or state not in ("deleted", "rejected"):
            questions += number
            answered += number * has_answer
    sent: list[datetime] = []
    waits: dict[str, float] = {}
    for at, asked, received, has_answer in await rows(_SENT):
        sent.append(datetime.fromisoformat(at))
        answers += bool(asked)
        if has_answer:
            _shorter(waits, asked, received, sent[-1])
    shown = msgspec.json.encode(list(shown_answers)).decode()
    for key, received in await rows(_ANSWERED, ids=shown):
        _shorter(waits, key, received, shown_answers[key])
    return Counts(
        questions,
        answered,
        tuple(waits.values()),
        tuple(sent),
        answers,
        frozenset(voices),
        shown_answers,
        seen,
    )


def _shorter(waits: dict[str, float], key: str, received: str, answered: datetime) -> None:
    """Keep how long a question waited for the first of its answers."""
    wait = max(0.0, (answered - datetime.fromisoformat(received)).total_seconds())
    waits[key] = min(wait, waits.get(key, wait))

"""How far the event has come to its goals: numbers of the engine's own, against the script's.

Owns what each goal counts. Pure: what is stored is counted by `counting`. Links that somebody
followed are none of them: they lead away from us, and nothing tells the engine who opened one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from statistics import median

from eventlive.model import Goal
from eventlive.tables import Goals


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted so far; the next counting begins with it.

    `questions` are those that still count: a question that its author deleted, or that was
    rejected, needs no answer. `waits` are the seconds from a question's arrival to its answer, on
    the network or on the screens. `sent` is when each post of the house went out, `answers` how
    many of them answer somebody. `voices` are the authors who were ever shown, as
    "network:author id"; `shown_answers` when an answer was first shown on the screens, by the
    question's id. The log was read up to its line `seen`.
    """

    questions: int = 0
    answered: int = 0
    waits: tuple[float, ...] = ()
    sent: tuple[datetime, ...] = ()
    answers: int = 0
    voices: frozenset[str] = frozenset()
    shown_answers: Mapping[str, datetime] = field(default_factory=dict)
    seen: int = 0


NOTHING = Counts()


def tally(
    goals: Goals,
    counts: Counts,
    now: datetime,
    *,
    zone: tzinfo = UTC,
    starts: datetime | None = None,
    ends: datetime | None = None,
) -> tuple[Goal, ...]:
    """Hold what was counted against the script's goals, in their order.

    A goal that is not set is left out; a value is None while there is nothing to divide by. Days
    are those of `zone`, from the day of `starts` (of the first post, where that is not said) until
    today, `ends` at the latest; the present one counts whole.
    """
    found: list[Goal] = []

    def add(name: str, target: float | None, value: float | None, at_least: bool = True) -> None:
        if target is not None:
            found.append(Goal(name, float(target), value, at_least))

    add("questions_answered", goals.questions_answered, _share(counts.answered, counts.questions))
    waited = median(counts.waits) / 60 if counts.waits else None
    add("answer_minutes", goals.answer_minutes, waited, at_least=False)
    add("conversation", goals.conversation, _share(counts.answers, len(counts.sent)))
    add("posts_a_day", goals.posts_a_day, _a_day(counts.sent, now, zone, starts, ends))
    add("voices_on_wall", goals.voices_on_wall, float(len(counts.voices)))
    return tuple(found)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _a_day(
    sent: Sequence[datetime],
    now: datetime,
    zone: tzinfo,
    starts: datetime | None,
    ends: datetime | None,
) -> float | None:
    begin = starts or min(sent, default=None)
    if begin is None:
        return None
    first = begin.astimezone(zone).date()
    last = min(now, ends or now).astimezone(zone).date()
    if last < first:
        return None
    within = sum(first <= moment.astimezone(zone).date() <= last for moment in sent)
    return within / ((last - first).days + 1)

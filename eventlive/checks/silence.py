"""Silence: stretches of the event in which nothing of ours is planned for too long.

Owns that one check, which `[goals]` asks for. Pure; when posts leave, `posts` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from itertools import pairwise

from eventlive.checks.findings import Finding, Proof
from eventlive.checks.posts import Departure
from eventlive.checks.programme import Span, clock
from eventlive.lines import Place
from eventlive.tables import Script

_TIMES = frozenset({"at", "every", "during"})
_SPANS = frozenset({"starts", "after", "minutes"})


def findings(
    proof: Proof, spans: Mapping[str, Span], leaving: Sequence[Departure]
) -> Iterator[Finding]:
    """Find stretches of the event in which nothing of ours is planned for too long."""
    script = proof.script
    if script.goals.silence_minutes is None:
        return
    if proof.doubtful("posts", _TIMES) or proof.doubtful("segments", _SPANS):
        return  # What could not be read may be what is missing.
    most = timedelta(minutes=script.goals.silence_minutes)
    for day in _open(script, spans):
        goal: Place = ("goals", "silence_minutes")
        steps = [(day.begins, goal)]
        steps += [(one.due, one.place) for one in leaving if day.begins <= one.due <= day.ends]
        steps.append((day.ends, goal))
        for (since, place), (until, _) in pairwise(steps):
            if until - since > most:
                minutes = int((until - since).total_seconds()) // 60
                yield Finding(
                    place,
                    f"nothing of ours for {minutes} min, from {clock(since, script)} to"
                    f" {clock(until, script)}; the goal is {script.goals.silence_minutes}",
                    severity="warning",
                )


def _open(script: Script, spans: Mapping[str, Span]) -> list[Span]:
    """Give when the event is on: each of its days, from the first segment to the last's end.

    Without a programme that is the whole event. A segment over midnight belongs to the evening.
    """
    zone, event = script.event.zone, script.event
    days: dict[object, Span] = {}
    for span in sorted(spans.values()):
        date = span.begins.astimezone(zone).date()
        known = days.get(date, span)
        days[date] = Span(known.begins, max(known.ends, span.ends))
    if days:
        return list(days.values())
    if event.starts and event.ends:
        return [Span(event.starts.astimezone(UTC), event.ends.astimezone(UTC))]
    return []

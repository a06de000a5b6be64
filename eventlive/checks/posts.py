"""Planned posts: when each leaves if all goes as written, and what of that cannot be meant.

Owns those times (fixed, tied to the programme, coming again), and the checks of them: outside the
event, two at once, silence, promotion in a row. Pure; what they say is `words`'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import NamedTuple

from eventlive.anchors import length_text, read_anchor, read_length
from eventlive.checks.findings import Finding, Proof, Severity, unknown
from eventlive.checks.programme import Span, clock
from eventlive.lines import Place
from eventlive.model import Anchor
from eventlive.tables import PreparedPost, Script

_OFTEN = 1_000
"""How many times one post is looked at as coming again; a script may say "every second"."""
_TIMES = frozenset({"at", "every", "during"})


class Departure(NamedTuple):
    """A planned post of one account at one time; `segment` is the one that it is about, or ""."""

    due: datetime
    post: int
    account: str
    segment: str
    place: Place
    """The key that says when."""


def departures(script: Script, spans: Mapping[str, Span]) -> list[Departure]:
    """Plan when posts leave, in order; drafts, and what the programme leaves open, do not."""
    found = [
        Departure(due, index, account, segment, place)
        for index, post in enumerate(script.posts)
        for due, segment, place in _moments(index, post, spans)
        for account in dict.fromkeys(post.from_accounts)
    ]
    return sorted(found)


def anchor_of(post: PreparedPost) -> Anchor | None:
    """Give what a post's time is tied to."""
    return read_anchor(post.at) if isinstance(post.at, str) else None


def _moments(
    index: int, post: PreparedPost, spans: Mapping[str, Span]
) -> Iterator[tuple[datetime, str, Place]]:
    if isinstance(post.at, datetime):
        yield post.at.astimezone(UTC), post.segment or "", ("posts", index, "at")
    elif (anchor := anchor_of(post)) is not None:
        if (due := moment(anchor, spans)) is not None:
            yield due, anchor.segment, ("posts", index, "at")
    elif post.every is not None and (step := read_length(post.every)):
        for due, segment in islice(_again(post, step, spans), _OFTEN):
            yield due, segment, ("posts", index, "every")


def moment(anchor: Anchor, spans: Mapping[str, Span]) -> datetime | None:
    """Give when a tied time is expected, None where the programme does not say."""
    span = spans.get(anchor.segment)
    if span is None:
        return None
    edge = span.ends if anchor.edge == "end" else span.begins
    return edge + timedelta(seconds=anchor.seconds)


def _again(
    post: PreparedPost, step: int, spans: Mapping[str, Span]
) -> Iterator[tuple[datetime, str]]:
    for name in dict.fromkeys(post.during):
        if name in spans:
            length = int((spans[name].ends - spans[name].begins).total_seconds())
            for seconds in range(0, length, step):
                yield spans[name].begins + timedelta(seconds=seconds), name


# --- checks --------------------------------------------------------------------------------------


def findings(
    proof: Proof, spans: Mapping[str, Span], leaving: Sequence[Departure]
) -> Iterator[Finding]:
    """Find what is wrong with when posts and reminders come."""
    yield from _names(proof)
    yield from _outside(proof.script, leaving)
    yield from _before_the_start(proof.script, spans)
    yield from _at_once(proof.script, leaving)
    yield from _promotions(proof.script, leaving)
    yield from _silence(proof, spans, leaving)


def _names(proof: Proof) -> Iterator[Finding]:
    """Find names of segments that are not there, and what comes again without end."""
    for index, post in enumerate(proof.script.posts):
        if (anchor := anchor_of(post)) is not None:
            yield from unknown(proof, ("posts", index, "at"), anchor.segment, "segments", "segment")
        if post.segment is not None:
            place: Place = ("posts", index, "segment")
            yield from unknown(proof, place, post.segment, "segments", "segment")
        for number, name in enumerate(post.during):
            place = ("posts", index, "during", number)
            yield from unknown(proof, place, name, "segments", "segment", words=f'"{name}"')
        if post.every is not None and (step := read_length(post.every)) < 60:
            again = "twice in the same minute" if step else "at once, without end"
            severity: Severity = "warning" if step else "error"
            said = f"it would come again {again}"
            yield Finding(("posts", index, "every"), said, severity=severity)
    for index, reminder in enumerate(proof.script.reminders):
        if isinstance(reminder.at, str):
            place = ("reminders", index, "at")
            name = read_anchor(reminder.at).segment
            yield from unknown(proof, place, name, "segments", "segment")


def _outside(script: Script, leaving: Sequence[Departure]) -> Iterator[Finding]:
    event = script.event
    if event.starts and event.ends and event.ends <= event.starts:
        return
    early: dict[Place, datetime] = {}
    late: dict[Place, datetime] = {}
    for one in leaving:
        if event.starts and one.due < event.starts:
            early.setdefault(one.place, one.due)
        elif event.ends and one.due > event.ends:
            late.setdefault(one.place, one.due)
    for place, due in early.items():
        said = f"{clock(due, script)} is before the event starts"
        yield Finding(place, said, severity="warning")
    for place, due in late.items():
        hint = "let the event end later, or the post leave earlier"
        yield Finding(place, f"{clock(due, script)} is after the event has ended", hint)


def _before_the_start(script: Script, spans: Mapping[str, Span]) -> Iterator[Finding]:
    """Find posts tied to a segment's end that would leave before it begins."""
    tied: list[tuple[Place, Anchor]] = []
    for index, post in enumerate(script.posts):
        if (anchor := anchor_of(post)) is not None:
            tied.append((("posts", index, "at"), anchor))
    for index, reminder in enumerate(script.reminders):
        if isinstance(reminder.at, str):
            tied.append((("reminders", index, "at"), read_anchor(reminder.at)))
    for place, anchor in tied:
        span = spans.get(anchor.segment)
        due = moment(anchor, spans)
        if span is not None and due is not None and anchor.edge == "end" and due < span.begins:
            length = length_text(int((span.ends - span.begins).total_seconds()))
            yield Finding(
                place,
                f"{anchor.segment!r} is only {length} long: that is before it begins",
                f"count from its start, such as {anchor.segment}-05:00",
                "warning",
            )


def _at_once(script: Script, leaving: Sequence[Departure]) -> Iterator[Finding]:
    minutes: defaultdict[tuple[str, datetime], list[Departure]] = defaultdict(list)
    for one in leaving:
        minutes[one.account, one.due.replace(second=0, microsecond=0)].append(one)
    told: set[int] = set()
    for (account, minute), together in minutes.items():
        # In the order of the file: the later one is the one to move.
        earliest = min(one.post for one in together)
        for one in together:
            if one.post == earliest or one.post in told:
                continue
            told.add(one.post)
            first = script.posts[earliest].id
            yield Finding(
                one.place,
                f"{account!r} posts {first!r} in the same minute, {clock(minute, script)}",
                severity="warning",
            )


def _promotions(script: Script, leaving: Sequence[Departure]) -> Iterator[Finding]:
    row: defaultdict[str, int] = defaultdict(int)
    told: set[int] = set()
    most = script.voice.promotions
    for one in leaving:
        if not script.posts[one.post].promo:
            row[one.account] = 0
            continue
        row[one.account] += 1
        if row[one.account] > most and one.post not in told:
            told.add(one.post)
            yield Finding(
                ("posts", one.post, "promo"),
                f"it is number {row[one.account]} in a row that sells; {most} may follow one"
                f" another ({one.account!r}, {clock(one.due, script)})",
                "put a post between them that gives something",
                "warning",
            )


# --- silence -------------------------------------------------------------------------------------


def _silence(
    proof: Proof, spans: Mapping[str, Span], leaving: Sequence[Departure]
) -> Iterator[Finding]:
    """Find stretches of the event in which nothing of ours is planned for too long."""
    script = proof.script
    if script.goals.silence_minutes is None:
        return
    # Posts of which the time could not be read may be what is missing.
    doubtful = any(
        place[0] == "posts" and (len(place) < 3 or place[2] in _TIMES) for place in proof.unread
    )
    hint = "as far as the times of posts can be read" if doubtful else ""
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
                    hint,
                    "warning",
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

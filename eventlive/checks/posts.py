"""Planned posts: when each leaves if all goes as written, and what of that cannot be meant.

Owns those times (fixed, tied to the programme, coming again), and the checks of them and of
reminders: outside the event, too close, twice a time, promotion in a row. Pure; what they say is
`words`'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import NamedTuple

from eventlive.anchors import length_text, read_anchor, read_length
from eventlive.checks.findings import Finding, Proof, unknown
from eventlive.checks.programme import Span, clock
from eventlive.lines import Place
from eventlive.listening.variables import variables
from eventlive.model import Anchor
from eventlive.tables import PreparedPost, Script

_OFTEN = 1_000
"""How many times one post is looked at as coming again; a script may say "every second"."""
_OWN = frozenset({"segment", "next"})
_CLOSE = timedelta(minutes=1)
_AROUND = timedelta(hours=12)
"""How far from the event a reminder may be: the crew builds up and takes down."""


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
    yield from _again_and_again(proof.script, spans)
    yield from _outside(proof.script, leaving)
    yield from _reminders(proof.script, spans)
    yield from _before_the_start(proof.script, spans)
    yield from _close(proof.script, leaving)
    yield from _promotions(proof.script, leaving)


def _names(proof: Proof) -> Iterator[Finding]:
    """Find names of segments that are not there."""
    for index, post in enumerate(proof.script.posts):
        if (anchor := anchor_of(post)) is not None:
            yield from unknown(proof, ("posts", index, "at"), anchor.segment, "segments", "segment")
        if post.segment is not None:
            place: Place = ("posts", index, "segment")
            yield from unknown(proof, place, post.segment, "segments", "segment")
        for number, name in enumerate(post.during):
            place = ("posts", index, "during", number)
            yield from unknown(proof, place, name, "segments", "segment", words=f'"{name}"')
    for index, reminder in enumerate(proof.script.reminders):
        if isinstance(reminder.at, str):
            place = ("reminders", index, "at")
            name = read_anchor(reminder.at).segment
            yield from unknown(proof, place, name, "segments", "segment")


def _again_and_again(script: Script, spans: Mapping[str, Span]) -> Iterator[Finding]:
    """Find what comes again without end, too soon, or twice a time."""
    for index, post in enumerate(script.posts):
        if post.every is None:
            continue
        place: Place = ("posts", index, "every")
        step = read_length(post.every)
        if step == 0:
            yield Finding(place, "it would come again at once, without end")
        elif step < 60:
            said = "it would come again twice in the same minute"
            yield Finding(place, said, severity="warning")
        words = (post.text, *post.rotate, *post.variants.values())
        if not all(
            _OWN & {one.path.partition(".")[0] for one in variables(text)} for text in words
        ):
            yield from _side_by_side(index, post, spans)


def _side_by_side(index: int, post: PreparedPost, spans: Mapping[str, Span]) -> Iterator[Finding]:
    """Find segments that run side by side, in each of which the same words go out."""
    before: dict[str, Span] = {}
    for number, name in enumerate(post.during):
        span = spans.get(name)
        if span is None or name in before:
            continue
        for other, theirs in before.items():
            if span.begins < theirs.ends and theirs.begins < span.ends:
                yield Finding(
                    ("posts", index, "during", number),
                    f"{other!r} and {name!r} are on at the same time: it would go out twice a time,"
                    " once for each",
                    "name one of them, or let it say {segment.title}",
                    "warning",
                    f'"{name}"',
                )
                return
        before[name] = span


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


def _reminders(script: Script, spans: Mapping[str, Span]) -> Iterator[Finding]:
    """Find reminders so far from the event that their day is wrong."""
    event = script.event
    if event.starts and event.ends and event.ends <= event.starts:
        return
    for index, one in enumerate(script.reminders):
        due = one.at if isinstance(one.at, datetime) else moment(read_anchor(one.at), spans)
        if due is None:
            continue
        said = ""
        if event.starts and due < event.starts - _AROUND:
            said = f"{clock(due, script)} is long before the event starts"
        elif event.ends and due > event.ends + _AROUND:
            said = f"{clock(due, script)} is long after the event has ended"
        if said:
            yield Finding(("reminders", index, "at"), said, severity="warning")


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


def _close(script: Script, leaving: Sequence[Departure]) -> Iterator[Finding]:
    """Find posts of one account within a minute."""
    rows: defaultdict[str, list[Departure]] = defaultdict(list)
    for one in leaving:
        rows[one.account].append(one)
    told: set[int] = set()
    for account, row in rows.items():
        for one, other in pairwise(row):
            if one.post == other.post or other.due - one.due >= _CLOSE:
                continue
            # In the order of the file: the later one is the one to move.
            first, second = sorted((one, other), key=lambda each: each.post)
            if second.post in told:
                continue
            told.add(second.post)
            yield _closeness(script, account, first, second)


def _closeness(script: Script, account: str, first: Departure, second: Departure) -> Finding:
    name, when = script.posts[first.post].id, clock(first.due, script)
    away = int((second.due - first.due).total_seconds())
    if not away:
        said = f"{account!r} posts {name!r} at the same time, {when}"
    else:
        order = "earlier" if away > 0 else "later"
        said = f"{account!r} posts {name!r} only {abs(away)} s {order}, at {when}"
    return Finding(second.place, said, severity="warning")


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

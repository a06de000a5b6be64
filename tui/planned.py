"""A planned post of the house in words: when it leaves, who must agree, how often it comes again.

Owns also the order of Outgoing: what needs a person first, then what leaves next, then the rest.
Pure: the present moment is always an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from eventlive.anchors import anchor_text
from eventlive.listening.variables import Names, fill, variables
from eventlive.messages import AccountInfo
from eventlive.model import Outgoing, OutgoingState, Segment
from tui.moments import minutes

_FAR = datetime.max.replace(tzinfo=UTC)
_FIRST: dict[OutgoingState, int] = {
    "uncertain": 0,
    "failed": 0,
    "held": 0,
    "sending": 1,
    "deleting": 1,
    "queued": 1,
    "draft": 2,
}
"""Which of Outgoing's parts a state belongs to; what is over comes last."""
_OVER = 3


def is_planned(outgoing: Outgoing) -> bool:
    """Whether a post has a time of its own, beside that at which somebody sent it."""
    return outgoing.at is not None or outgoing.anchor is not None


def waits_for_its_time(outgoing: Outgoing) -> bool:
    """Whether a post leaves by itself at a time that was planned."""
    return outgoing.state == "queued" and is_planned(outgoing)


def order(outgoings: Iterable[Outgoing]) -> list[Outgoing]:
    """Posts as an operator reads them: what leaves by its time, what is over the newest first.

    Those of one part that have no time stand as the engine says.
    """

    def place(outgoing: Outgoing) -> tuple[int, float]:
        match part := _FIRST.get(outgoing.state, _OVER):
            case 1:
                return part, (outgoing.due_at or _FAR).timestamp()
            case _ if part == _OVER:
                return part, -(outgoing.sent_at or outgoing.created_at).timestamp()
            case _:
                return part, 0.0

    return sorted(outgoings, key=place)


def when(outgoing: Outgoing, now: datetime, where: tzinfo) -> str:
    """The time at which a planned post leaves, for a column; "" where it has none."""
    due = outgoing.due_at
    if due is None or not waits_for_its_time(outgoing):
        return ""
    far = abs(due - now) > timedelta(hours=20)
    return due.astimezone(where).strftime("%a" if far else "%H:%M")


def timing(outgoing: Outgoing, now: datetime, *, tied: bool = True) -> str:
    """How far away its time is, what that is `tied` to where that is wanted, how often it comes."""
    parts = []
    if outgoing.due_at is not None and waits_for_its_time(outgoing):
        left = (outgoing.due_at - now).total_seconds()
        parts.append(f"in {minutes(left)}" if left > 0 else "due")
    if outgoing.anchor is not None and tied:
        parts.append(anchor_text(outgoing.anchor))
    if again_words := again(outgoing):
        parts.append(again_words)
    return " · ".join(parts)


def again(outgoing: Outgoing) -> str:
    """How often a post comes, and which time this is; "" for one that comes once."""
    if not outgoing.series:
        return ""
    nth = f"{outgoing.nth}{_ending(outgoing.nth)}" if outgoing.nth else ""
    # The n-th stands n - 1 times as far from its segment's start as they are from each other.
    away = outgoing.anchor.seconds if outgoing.anchor else 0
    every = f"every {minutes(away / (outgoing.nth - 1))}" if outgoing.nth > 1 and away else ""
    return ", ".join(part for part in (every or "comes again", nth) if part)


def approval(outgoing: Outgoing) -> tuple[str, str]:
    """Whether a second person has agreed, and its ink; "" where none needs to."""
    if outgoing.approved_by:
        return f"approved by {outgoing.approved_by}", "good"
    open_ = outgoing.state in ("draft", "queued", "held", "failed")
    if outgoing.needs_approval and open_:
        return "needs a second person", "warn"
    return "", ""


class Filled(NamedTuple):
    """A post's words with its variables filled where that changes them, and what has no value."""

    text: str = ""
    missing: str = ""


def filled(
    text: str,
    outgoing: Outgoing | None,
    account: AccountInfo | None,
    names: Names,
    segments: Iterable[Segment],
    now: datetime,
) -> Filled:
    """Fill a text's variables as they would be now; one without a value is named and left.

    `outgoing` is the post whose words these are, or are to be; None for a new one.
    """
    if "{" not in text and "}" not in text:
        return Filled()
    language, own = account.language if account else "", ""
    if outgoing is not None:
        language = outgoing.language or language
        own = outgoing.segment or (outgoing.anchor.segment if outgoing.anchor else "")
    by_id = {segment.id: segment for segment in segments}
    network = account.network if account else "rehearsal"

    def with_values(part: str) -> str:
        return fill(
            part,
            names=names,
            network=network,
            language=language,
            segments=by_id,
            segment=own,
            now=now,
        )

    fillable = text
    missing: list[str] = []
    for place in reversed(variables(text)):
        written = text[place.start : place.end]
        try:
            with_values(written)
        except ValueError as error:
            missing.insert(0, str(error))
            # Its braces doubled, it is left as it is written.
            fillable = f"{fillable[: place.start]}{{{written}}}{fillable[place.end :]}"
    there = with_values(fillable)
    return Filled(there if there != text else "", "; ".join(dict.fromkeys(missing)))


def _ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")

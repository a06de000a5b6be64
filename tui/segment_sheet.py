"""A part of the programme as lines: its times, its people, and all that is tied to it.

Pure: makes lines of spans. Also the list of reminders, for the pane while no part is picked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from eventlive.anchors import anchor_text
from eventlive.listening.variables import Names
from eventlive.model import Outgoing, Reminder, Segment
from tui import planned, programme
from tui.cells import fit, one_line
from tui.lines import Line, Span, foreign, wrapped
from tui.moments import hour, minutes
from tui.row import standing

_REMINDERS = {"waiting": ("◌", ""), "due": ("! due", "warn"), "done": ("✓", "dim")}


class SegmentSheet:
    """Writes sheets for one width and one moment. `where` is the event's time zone."""

    def __init__(
        self, cells: int, now: datetime, where: tzinfo, segments: Sequence[Segment], names: Names
    ) -> None:
        self.cells = max(cells, 10)
        self.now = now
        self.where = where
        self.segments = {segment.id: segment for segment in segments}
        self.names = names

    def of(
        self, segment: Segment, outgoing: Iterable[Outgoing], reminders: Iterable[Reminder]
    ) -> list[Line]:
        """The sheet of a part, with the posts and reminders that are tied to it."""
        lines = [(foreign(segment.title, "title"),), *self._about(segment)]
        posts = [one for one in outgoing if segment.id in (_tied_to(one), one.segment)]
        lines += [(), (Span(f"Posts tied to it: {len(posts) or 'none'}", "title"),)]
        for post in planned.order(posts):
            lines += self._post(post)
        mine = [one for one in reminders if one.anchor and one.anchor.segment == segment.id]
        if mine:
            lines += [(), (Span("Reminders", "title"),), *self._reminders(mine)]
        return lines

    def reminders(self, reminders: Sequence[Reminder]) -> list[Line]:
        """Every reminder, the next one first."""
        if not reminders:
            return []
        return [(), (Span("Reminders", "title"),), *self._reminders(reminders)]

    def _about(self, segment: Segment) -> Iterator[Line]:
        waiting = programme.due(tuple(self.segments.values()), self.now)
        word, ink = programme.standing(segment, is_due=segment.id in waiting)
        begins = programme.expected(self.segments.values(), self.now).get(segment.id)
        late = programme.late_words(programme.late(segment, self.now, begins))
        there = segment.state in ("planned", "running")
        told = Span(f"  {late}", "warn") if late and there else Span("")
        yield (Span(word, ink), told)
        at = " · ".join(one_line(part) for part in (segment.track, segment.room) if part)
        if at:
            yield from wrapped(at, self.cells, "dim")
        if segment.speakers:
            people = [self.names.people.get(who) for who in segment.speakers]
            named = [
                one.named or one.name if one else who
                for one, who in zip(people, segment.speakers, strict=True)
            ]
            yield from wrapped(", ".join(map(one_line, named)), self.cells)
        yield ()
        words = {"planned": "expected", "skipped": "would be"}.get(segment.state, "began")
        yield self._time("planned", segment.planned or segment.starts)
        if segment.id in waiting:
            yield self._row(words, "as soon as a person starts it")
        else:
            yield self._time(words, begins)
        if segment.state != "skipped":
            ended = segment.state == "ended"
            ends = segment.ends
            if begins is not None and segment.state == "planned":
                ends = begins + timedelta(minutes=segment.minutes)
            yield self._time("ended" if ended else "ends", ends)
        yield self._row("length", minutes(segment.minutes * 60))
        if segment.moved is not None and there:
            yield self._row("moved", "a person has said when")
        before = self.segments.get(segment.after)
        if segment.after:
            yield self._row("after", one_line(before.title if before else segment.after))
        how = "by the clock" if segment.by == "clock" else "by hand, not by the clock"
        yield self._row("goes", how)

    def _time(self, word: str, moment: datetime | None) -> Line:
        if moment is None:
            return self._row(word, "nobody knows yet")
        away = (moment - self.now).total_seconds()
        far = f"in {minutes(away)}" if away > 0 else f"{minutes(-away)} ago"
        return self._row(word, f"{hour(moment, self.now, self.where)}  ({far})")

    def _row(self, word: str, value: str) -> Line:
        return (Span(f"{word:<9} ", "dim"), Span(fit(value, self.cells - 10, pad=False)))

    def _post(self, post: Outgoing) -> Iterator[Line]:
        word, ink = standing(post, self.now)
        due = hour(post.due_at, self.now, self.where) if post.due_at else ""
        tied = anchor_text(post.anchor) if post.anchor else ""
        parts = [part for part in (due, tied, one_line(post.account)) if part]
        agreed, agreed_ink = planned.approval(post)
        yield (
            Span(fit(word, 10) + " ", ink),
            Span(fit(" · ".join(parts), max(self.cells - 11, 0), pad=False), "dim"),
        )
        if post.reason:
            yield from self._wrapped(one_line(post.reason), ink)
        if agreed:
            yield from self._wrapped(one_line(agreed), agreed_ink)
        yield from self._wrapped(one_line(post.text))

    def _reminders(self, reminders: Iterable[Reminder]) -> Iterator[Line]:
        def place(one: Reminder) -> tuple[bool, float]:
            return one.state == "done", one.due_at.timestamp() if one.due_at else float("inf")

        for one in sorted(reminders, key=place):
            at = hour(one.due_at, self.now, self.where) if one.due_at else "–"
            tied = f" ({anchor_text(one.anchor)})" if one.anchor else ""
            sign, ink = _REMINDERS[one.state]
            who = f" {one_line(one.who)}" if one.state == "done" else ""
            yield from wrapped(f"{sign}{who} {at}{tied}  {one.text}", self.cells, ink)

    def _wrapped(self, text: str, ink: str = "") -> Iterator[Line]:
        """A text of a post, set in a little."""
        for line in wrapped(text, self.cells - 2, ink):
            yield (Span("  "), *line)


def _tied_to(outgoing: Outgoing) -> str:
    return outgoing.anchor.segment if outgoing.anchor else ""

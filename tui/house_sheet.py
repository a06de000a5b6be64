"""A post of the house as lines: its words, when it leaves and for whom, what became of it.

Pure: makes lines of spans. What a key would do with it stands beside its state.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from eventlive.messages import AccountInfo
from eventlive.model import Item, Outgoing
from tui import planned
from tui.cells import clean, one_line
from tui.lines import Line, Span, rule, wrapped
from tui.moments import clock, span, until
from tui.posts import speaker
from tui.row import STATES, standing, why_ink

_PLANNED = "r edits · T moves · S sends now · H holds · x drops"
_UNSENT = "r edits and sends it · T gives it a time · S sends it now · x drops it"


class HouseSheet:
    """Writes sheets for one width and one moment. `where` is the event's time zone."""

    def __init__(self, cells: int, now: datetime, where: tzinfo) -> None:
        self.cells = cells
        self.now = now
        self.where = where

    def of(
        self,
        outgoing: Outgoing,
        account: AccountInfo | None,
        answered: Item | None,
        filled: planned.Filled,
    ) -> Iterator[Line]:
        """The sheet of a post; `answered` is what it answers."""
        word, ink = standing(outgoing, self.now)
        yield (Span(word, ink), Span(f"  {one_line(outgoing.account)}", "title"))
        if account is not None:
            yield from self._wrapped(one_line(speaker(account)), "dim")
        yield from self._origin(outgoing, answered)
        yield from self._plan(outgoing)
        yield rule(self.cells)
        yield from self._words(outgoing, filled)
        yield rule(self.cells)
        if outgoing.reason:
            because = f"Because: {one_line(outgoing.reason)}"
            yield from self._wrapped(because, why_ink(outgoing, self.now))
        yield from self._standing(outgoing)
        if outgoing.sent_url:
            yield from self._wrapped(f"At: {one_line(outgoing.sent_url)}", "dim")
        elif outgoing.sent_id:
            yield from self._wrapped(f"Known there as {one_line(outgoing.sent_id)}", "dim")

    def _origin(self, outgoing: Outgoing, answered: Item | None) -> Iterator[Line]:
        written = f"written by {one_line(outgoing.who)} at {self._clock(outgoing.created_at)}"
        changed = f", changed by {one_line(outgoing.hand)}" if outgoing.hand else ""
        yield from self._wrapped(written + changed, "dim")
        if answered is not None:
            asked = f"@{answered.post.author.handle}: {answered.post.text}"
            plain = "" if outgoing.reply_to else "is about, and no reply to, "
            yield from self._wrapped(f"{plain or 'answers '}{one_line(asked)}", "dim")
        elif outgoing.answers:
            yield from self._wrapped(f"answers {one_line(outgoing.answers)}", "dim")

    def _plan(self, outgoing: Outgoing) -> Iterator[Line]:
        timing = planned.timing(outgoing, self.now)
        if timing or outgoing.at is not None:
            at = outgoing.due_at or outgoing.at
            parts = [until(at, self.now, self.where)] if at else []
            parts += [timing] if timing else []
            yield from self._wrapped(f"planned: {' · '.join(parts)}", "key")
        agreed, ink = planned.approval(outgoing)
        if agreed:
            key = " · O approves it" if ink == "warn" else ""
            yield from self._wrapped(f"{one_line(agreed)}{key}", ink)
        if outgoing.pair:
            up = "is" if outgoing.state == "sent" and not outgoing.reason else "goes"
            yield from self._wrapped(f"▣ {up} on the wall, too, under its question", "accent")
        if outgoing.over:
            rules = ", ".join(map(one_line, outgoing.over))
            yield from self._wrapped(f"set aside: {rules}", "dim")

    def _words(self, outgoing: Outgoing, filled: planned.Filled) -> Iterator[Line]:
        if outgoing.warning:
            yield from self._wrapped(f"Warning: {one_line(outgoing.warning)}", "warn")
        yield from self._wrapped(filled.text or outgoing.text)
        written = outgoing.template or (outgoing.text if filled.text else "")
        if written:
            yield from self._wrapped(f"As written: {written}", "dim")
        if filled.missing:
            yield from self._wrapped(f"✗ Cannot be filled: {one_line(filled.missing)}", "bad")
        for picture in outgoing.pictures:
            alt = clean(picture.alt).strip()
            said = f"“{alt}”" if alt else "no description"
            yield from self._wrapped(f"Picture {one_line(picture.file)}: {said}", "accent")

    def _standing(self, outgoing: Outgoing) -> Iterator[Line]:
        parts = len(outgoing.sent_ids)
        match outgoing.state:
            case "queued" if planned.is_planned(outgoing):
                yield from self._wrapped(f"{self._when(outgoing)} · {_PLANNED}", "key")
            case "queued":
                yield from self._wrapped(f"{self._when(outgoing)} · u takes it back", "warn")
            case "draft" | "held" | "failed" if parts:
                out = "1 part of it is" if parts == 1 else f"{parts} parts of it are"
                words = f"{out} out · r sends the rest · x takes down what is out"
                yield from self._wrapped(words, "key")
            case "draft" | "held" | "failed":
                yield from self._wrapped(_UNSENT, "key")
            case "uncertain":
                yield from self._wrapped(
                    "Nobody knows whether it was posted. Look at the account, then press V and "
                    "say what you found. It is never sent again by itself.",
                    "warn",
                )
            case "sent":
                at = outgoing.sent_at
                thread = f", a thread of {parts}" if parts > 1 else ""
                down = " · x takes it down" if parts else ""
                when = self._clock(at) if at else "?"
                yield from self._wrapped(f"Sent at {when}{thread}{down}", "good")
            case "deleting":
                yield (Span("Being taken down …", "warn"),)
            case "deleted":
                yield (Span("Taken down: it is gone from the network", "dim"),)
            case "sending" | "dropped":
                pass

    def _when(self, outgoing: Outgoing) -> str:
        """When a queued post goes out, in words."""
        limit = outgoing.not_before
        if limit and limit > self.now:
            left = span((limit - self.now).total_seconds())
            return f"Waits until {until(limit, self.now, self.where)}, for {left}"
        left_of = (outgoing.due_at - self.now).total_seconds() if outgoing.due_at else 0
        if planned.is_planned(outgoing) and left_of > 0:
            return f"Goes out in {span(left_of)}"
        if outgoing.anchor is not None and outgoing.anchor.seconds >= 0:
            edge = "ended" if outgoing.anchor.edge == "end" else "begun"
            return f"Goes out once “{one_line(outgoing.anchor.segment)}” has {edge}"
        if standing(outgoing, self.now) != STATES["queued"]:
            return "Goes out once its account is free: a post before it, a limit or a hold is first"
        return f"Goes out in {max(0, round(left_of))} s"

    def _clock(self, moment: datetime) -> str:
        return clock(moment, self.where)

    def _wrapped(self, text: str, ink: str = "") -> Iterator[Line]:
        return wrapped(text, self.cells, ink)

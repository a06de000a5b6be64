"""What is around a post as lines: its thread, its author's history, what was reported of them.

Pure: makes lines of spans. Short below the post, in full where the sheet is turned to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from eventlive.messages import Background, Present
from eventlive.model import Evidence, Item
from tui.cells import clean, fit, one_line, wrap
from tui.lines import Line, Span, cut, foreign, rule, wrapped
from tui.moments import hour, minutes, said_at
from tui.posts import name_of

_BEFORE, _AFTER, _NEWEST = 2, 2, 3
"""Posts shown below a post: of its thread before and after it, of its author."""
_ROWS = 2
_LOOKED_AT = 600
"""Characters of a text that are looked at for its first rows."""
_AWAY = 300.0
"""Seconds after which somebody who does nothing is said to be away."""


def engaging(item: Item, cells: int) -> Iterator[Line]:
    """Warn of an author with whom the house does not engage."""
    if item.avoided:
        words = f"⊘ Do not engage with @{one_line(item.post.author.handle)}"
        yield from wrapped(words, cells, "hold")


def others(there: Iterable[Present], cells: int) -> Iterator[Line]:
    """Say which colleagues are at a post: those who write to it one by one, then who looks on."""
    looking = []
    for one in there:
        away = f" (away for {minutes(one.idle)})" if one.idle >= _AWAY else ""
        name = f"{one_line(one.who)}{away}"
        if one.writing:
            yield from wrapped(f"✎ {name} writes an answer", cells, "warn")
        else:
            looking.append(name)
    if looking:
        many = "looks" if len(looking) == 1 else "look"
        yield from wrapped(f"◎ {', '.join(looking)} {many} at it", cells, "accent")


def standing(item: Item) -> str:
    """What was decided about a post, in words; "" where nothing was."""
    answered = bool(item.answer or item.shown_answer or item.question == "answered")
    words = [
        "on the wall" if item.on_wall else "",
        "answered" if answered else "a question" if item.question == "open" else "",
        "reported" if item.reported else "",
        "" if item.state == "open" or (item.state == "archived" and item.on_wall) else item.state,
        "muted" if item.muted else "",
    ]
    return ", ".join(filter(None, words))


class AroundSheet:
    """Writes what is around posts, for one width and one moment. `where` is the event's zone."""

    def __init__(self, cells: int, now: datetime, where: tzinfo) -> None:
        self.cells = cells
        self.now = now
        self.where = where

    # --- below the post -----------------------------------------------------------------------

    def short(self, item: Item, background: Background | None) -> Iterator[Line]:
        """The posts next to it in its thread, and the newest of its author."""
        if background is None:
            return
        yield rule(self.cells)
        if background.reason:
            yield from self._wrapped(f"Thread and author: {background.reason}", "dim")
            return
        yield from self._short_thread(item, background)
        yield self._author_head(background)
        yield from self._reported(background.evidence)
        for one in background.author[:_NEWEST]:
            stands = standing(one)
            begin = f"{self._hour(one)} {one_line(stands)}{': ' if stands else ''}"
            text = begin + one_line(one.post.text[:_LOOKED_AT])
            yield (Span(fit(text, self.cells, pad=False), "dim"),)
        if len(background.thread) > 1 or background.author or background.evidence:
            yield (Span("t", "key"), Span(" shows all of it", "dim"))

    def _short_thread(self, item: Item, background: Background) -> Iterator[Line]:
        before, after = _around(item, background.thread)
        if not before and not after:
            if item.post.kind == "reply":
                yield (Span("Thread: what it answers is not stored", "dim"),)
            return
        yield (Span(f"Thread: {len(background.thread)} posts", "title"),)
        if (more := len(before) - _BEFORE) > 0:
            yield (Span(f"  {more} earlier", "dim"),)
        for one in before[-_BEFORE:]:
            yield from self._glance(one)
        yield (Span(f"▸ {self._hour(item)} this post", "key"),)
        for one in after[:_AFTER]:
            yield from self._glance(one)
        if (more := len(after) - _AFTER) > 0:
            yield (Span(f"  {more} later", "dim"),)

    def _glance(self, item: Item) -> Iterator[Line]:
        """Its first rows."""
        author, stands = item.post.author, standing(item)
        begin = f"{self._hour(item)} @{author.handle}{f' ({stands})' if stands else ''}"
        rows = wrap(one_line(f"{begin}: {item.post.text[:_LOOKED_AT]}"), self.cells - 2)
        for number, row in enumerate(rows[:_ROWS]):
            cut = number == _ROWS - 1 and len(rows) > _ROWS
            yield (Span("  "), Span(fit(f"{row}…", self.cells - 2, pad=False) if cut else row))

    def _author_head(self, background: Background) -> Line:
        posts = background.posts
        said = "no other post" if posts <= 1 else f"{posts:,} posts"
        return (Span(f"Author at this event: {said}", "title"),)

    def _reported(self, evidence: Sequence[Evidence]) -> Iterator[Line]:
        if evidence:
            one = evidence[0]
            times = f"{len(evidence)} times, last" if len(evidence) > 1 else "once,"
            words = f": {clean(one.words)}" if one.words else ""
            told = f"⚑ Reported {times} by {one_line(one.who)}: {one.complaint}{words}"
            yield from self._wrapped(told, "warn")

    # --- in full ------------------------------------------------------------------------------

    def full(self, item: Item, background: Background | None) -> Iterator[Line]:
        """The whole thread, all of its author's posts, all that was reported of them."""
        author = item.post.author
        named = (foreign(f"@{author.handle}", "title"), Span("  "), foreign(author.name))
        yield cut(named, self.cells)
        yield (Span("t", "key"), Span(" shows the post again", "dim"))
        yield rule(self.cells)
        if background is None:
            yield (Span("Thread and author: asking the engine …", "dim"),)
            return
        if background.reason:
            yield from self._wrapped(f"Thread and author: {background.reason}", "dim")
            return
        before, after = _around(item, background.thread)
        many = f"{len(background.thread)} posts" if before or after else "it stands alone"
        yield (Span(f"Thread: {many}", "title"),)
        for one in (*before, item, *after) if before or after else ():
            yield from self._whole(one, mark="▸ " if one.id == item.id else "")
        yield rule(self.cells)
        yield self._author_head(background)
        for one in background.author:
            yield from self._whole(one, named=False)
        if (more := background.posts - len(background.author) - 1) > 0:
            yield (Span(f"{more:,} older: ^f finds them", "dim"),)
        if background.evidence:
            yield rule(self.cells)
            yield (Span("Reported, and kept as it stood", "title"),)
        for kept in background.evidence:
            words = f": {clean(kept.words)}" if kept.words else ""
            when = hour(kept.at, self.now, self.where)
            told = f"⚑ {when} by {one_line(kept.who)}: {kept.complaint}{words}"
            yield from self._wrapped(told, "warn")
            yield from self._wrapped(f"“{clean(kept.post.text)}”", "dim")

    def _whole(self, item: Item, mark: str = "", *, named: bool = True) -> Iterator[Line]:
        post = item.post
        who = f"@{one_line(post.author.handle)}" if named else ""
        parts = (who, self._hour(item), name_of(post.network), standing(item))
        yield from self._wrapped(mark + " · ".join(filter(None, parts)), "key" if mark else "dim")
        if post.warning or post.sensitive:
            yield from self._wrapped(f"Warning: {one_line(post.warning) or 'sensitive'}", "warn")
        yield from self._wrapped(post.text)
        for media in post.media:
            alt = one_line(media.alt) or "no description"
            yield from self._wrapped(f"{media.kind.capitalize()}: {alt}", "accent")

    def _hour(self, item: Item) -> str:
        return hour(said_at(item), self.now, self.where)

    def _wrapped(self, text: str, ink: str = "") -> Iterator[Line]:
        return wrapped(text, self.cells, ink)


def _around(item: Item, thread: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """The posts of a thread before and after one."""
    ids = [one.id for one in thread]
    here = ids.index(item.id) if item.id in ids else len(ids)
    return thread[:here], thread[here + 1 :]

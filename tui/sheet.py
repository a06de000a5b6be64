"""The whole of one thing, as lines: what the pane at the right shows.

Pure: makes lines of spans. Owns what an operator is told of a post, and in which order: the text
first, then what must be known before deciding, then the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from eventlive.messages import AccountInfo
from eventlive.model import Card, Item, Outgoing, Thing
from tui.cells import clean, one_line, wrap
from tui.keys import Key
from tui.lines import Line, Span, foreign
from tui.moments import age, clock, said_at
from tui.row import STATES

_NETWORK = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}
_LONGEST = 20_000


class Sheet:
    """Writes sheets for one width. `who` is this operator, `where` the event's time zone."""

    def __init__(self, cells: int, now: datetime, where: tzinfo, who: str) -> None:
        self.cells = max(cells, 10)
        self.now = now
        self.where = where
        self.who = who

    def of(
        self,
        thing: Thing,
        gone: str = "",
        answers: Iterable[Outgoing] = (),
        answered: Item | None = None,
    ) -> list[Line]:
        """The sheet of a thing.

        `gone` is why it has left its queue, `answers` are the posts of the house that answer it,
        `answered` is what it answers itself.
        """
        lines: list[Line] = []
        if gone:
            lines.append((Span(f" {gone}: it has left this queue ", "bar"),))
        match thing:
            case Item():
                lines.extend(self._item(thing, answers))
            case Card():
                lines.extend(self._card(thing))
            case Outgoing():
                lines.extend(self._outgoing(thing, answered))
            case _:
                lines.extend(self._wrapped(thing.id))
        return lines

    # --- posts --------------------------------------------------------------------------------

    def _item(self, item: Item, answers: Iterable[Outgoing]) -> Iterator[Line]:
        post, author = item.post, item.post.author
        yield (foreign(f"@{author.handle}", "title"), Span("  "), foreign(author.name))
        followers = f"{author.followers:,} followers" if author.followers else "followers unknown"
        known = [
            _NETWORK[post.network],
            followers,
            "verified" if author.verified else "",
            "says it is a bot" if author.bot else "",
            f"listed: {one_line(item.person)}" if item.person else "",
        ]
        yield from self._wrapped(" · ".join(part for part in known if part), "dim")
        said = said_at(item)
        kind = "" if post.kind == "post" else f" · {post.kind}"
        language = f" · {one_line(item.language or post.language)}" if item.language else ""
        ago = age(said, self.now)
        yield (
            Span(
                f"{clock(said, self.where)} ({ago if ago == 'now' else ago + ' ago'})"
                f"{kind}{language}",
                "dim",
            ),
        )
        yield self._rule()
        if post.warning or post.sensitive:
            words = one_line(post.warning) or "marked as sensitive by its author"
            yield from self._wrapped(f"Warning: {words}", "warn")
        yield from self._wrapped(post.text)
        yield from self._media(item)
        yield self._rule()
        yield from self._standing(item)
        yield from self._notes(item)
        yield from self._answers(item, answers)
        if item.reasons:
            yield from self._wrapped(f"Why here: {', '.join(map(one_line, item.reasons))}", "dim")
        for link in post.links[:5]:
            yield from self._wrapped(f"Link: {one_line(link)}", "dim")
        if post.url:
            yield from self._wrapped(f"At: {one_line(post.url)}", "dim")

    def _media(self, item: Item) -> Iterator[Line]:
        for number, media in enumerate(item.post.media, 1):
            size = f" {media.width}×{media.height}" if media.width else ""
            alt = clean(media.alt).strip()
            said = f"“{alt}”" if alt else "no description"
            yield from self._wrapped(f"{media.kind.capitalize()} {number}{size}: {said}", "accent")

    def _standing(self, item: Item) -> Iterator[Line]:
        match item.state:
            case "open":
                pass
            case "snoozed":
                until = item.snoozed_until
                when = f" until {clock(until, self.where)}" if until else ""
                yield (Span(f"Snoozed{when}", "warn"),)
            case "deleted":
                yield (Span("Deleted by its author: never shown again", "bad"),)
            case "archived" | "rejected":
                yield (Span(f"{item.state.capitalize()}  (E brings it back)", "warn"),)
        if item.on_wall:
            yield (Span("▣ On the wall", "good"),)
        if item.claim is not None:
            mine = item.claim.who == self.who
            since = clock(item.claim.since, self.where)[:5]
            by = "you" if mine else one_line(item.claim.who)
            sign = "●" if mine else "○"
            yield from self._wrapped(
                f"{sign} {by} deal{'' if mine else 's'} with it since {since}",
                "own" if mine else "warn",
            )
        if item.question == "open":
            yield (Span("? A question, not answered", "title"),)
        elif item.question == "answered":
            yield (Span("✓ A question, answered", "good"),)
        if item.stopped:
            yield (Span("⚑ No rule may show it: a person must decide", "bad"),)
        for flag in item.flags:
            yield from self._wrapped(f"⚑ {one_line(flag)}", "warn")
        if item.muted:
            yield (Span("Its author is muted", "warn"),)

    def _notes(self, item: Item) -> Iterator[Line]:
        for note in item.notes:
            yield from self._wrapped(
                f"+ {one_line(note.who)} {clock(note.at, self.where)[:5]}: {clean(note.text)}",
                "accent",
            )

    def _answers(self, item: Item, answers: Iterable[Outgoing]) -> Iterator[Line]:
        named = False
        for outgoing in answers:
            named = named or outgoing.id == item.answer
            word, ink = STATES[outgoing.state]
            yield (Span(f"↩ Answer by {one_line(outgoing.who)}: {word}", ink),)
            yield from self._wrapped(f"  {clean(outgoing.text)}", ink)
        if item.answer and not named:
            yield (Span("↩ Answered (see Outgoing)", "good"),)

    def _card(self, card: Card) -> Iterator[Line]:
        yield (foreign(f"@{card.handle}", "title"), Span("  "), foreign(card.name))
        yield (Span(f"{_NETWORK[card.network]} · {clock(card.at, self.where)}", "dim"),)
        yield self._rule()
        if card.warning or card.sensitive:
            yield from self._wrapped(f"Warning: {one_line(card.warning) or 'sensitive'}", "warn")
        yield from self._wrapped(card.text)
        for number, media in enumerate(card.media, 1):
            alt = clean(media.alt).strip()
            said = f"“{alt}”" if alt else "no description"
            yield from self._wrapped(f"{media.kind.capitalize()} {number}: {said}", "accent")
        yield self._rule()
        yield (Span("▣ On the wall" + (", pinned" if card.pinned else ""), "good"),)

    # --- posts of the house -------------------------------------------------------------------

    def _outgoing(self, outgoing: Outgoing, answered: Item | None) -> Iterator[Line]:
        word, ink = STATES[outgoing.state]
        yield (Span(word, ink), Span(f"  {one_line(outgoing.account)}", "title"))
        yield from self._wrapped(
            f"written by {one_line(outgoing.who)} at {clock(outgoing.created_at, self.where)}",
            "dim",
        )
        if answered is not None:
            asked = f"@{answered.post.author.handle}: {answered.post.text}"
            yield from self._wrapped(f"answers {one_line(asked)}", "dim")
        elif outgoing.answers:
            yield from self._wrapped(f"answers {one_line(outgoing.answers)}", "dim")
        yield self._rule()
        yield from self._wrapped(outgoing.text)
        yield self._rule()
        if outgoing.reason:
            yield from self._wrapped(f"Because: {one_line(outgoing.reason)}", ink)
        match outgoing.state:
            case "queued":
                left = (outgoing.due_at - self.now).total_seconds() if outgoing.due_at else 0
                yield (Span(f"Goes out in {max(0, round(left))} s · u takes it back", "warn"),)
            case "draft" | "held" | "failed":
                yield (Span("r edits and sends it · x drops it", "key"),)
            case "uncertain":
                yield from self._wrapped(
                    "Nobody knows whether it was posted. Look at the account, then press v and "
                    "say what you found. It is never sent again by itself.",
                    "warn",
                )
            case "sent":
                at = outgoing.sent_at
                yield (Span(f"Sent at {clock(at, self.where) if at else '?'}", "good"),)
            case "sending" | "dropped":
                pass
        if outgoing.sent_url:
            yield from self._wrapped(one_line(outgoing.sent_url), "dim")

    # --- lines --------------------------------------------------------------------------------

    def _wrapped(self, text: str, ink: str = "") -> Iterator[Line]:
        for line in wrap(clean(text[:_LONGEST]), self.cells):
            yield (Span(line, ink),)

    def _rule(self) -> Line:
        return (Span("─" * self.cells, "rule"),)


def nothing(
    cells: int, keys: Iterable[Key], *, live: bool, empty: bool, filtered: str, wall: str
) -> list[Line]:
    """What the pane says while no post is picked: how the list moves, which keys begin."""
    if empty and filtered:
        text = f"No post here matches the filter “{one_line(filtered)}”. / then Esc ends it."
    elif empty:
        text = "Nothing waits here."
    elif live:
        text = (
            "The list is live: it follows what comes, and no key decides anything yet. "
            "Press j to pick the top post; the list stands still while you read."
        )
    else:
        text = "No post is picked. Press j, or g for the top."
    lines: list[Line] = [(Span(line),) for line in wrap(text, cells)]
    lines.append(())
    for key in keys:
        rows = wrap(key.help, max(cells - 8, 10))
        lines.append((Span(f"{key.shown:<7} ", "key"), Span(rows[0])))
        lines.extend((Span(" " * 8 + more),) for more in rows[1:])
    if wall:
        lines += [(), (Span("The wall, for a browser:", "dim"),)]
        lines += [(Span(row),) for row in wrap(one_line(wall), cells)]
    return lines


def review(
    cells: int, text: str, account: AccountInfo | None, answers: str, limit: int, measure: int
) -> list[Line]:
    """What exactly will go out, before it is confirmed."""
    name = f"@{one_line(account.handle)} on {one_line(account.network)}" if account else "?"
    lines: list[Line] = [(Span("Goes out as ", "dim"), Span(name, "title"))]
    if answers:
        lines.append((Span("answering   ", "dim"), Span(one_line(answers), "title")))
    lines.append(
        (Span(f"{measure} of {limit} characters" if limit else f"{measure} characters", "dim"),)
    )
    lines.append((Span("─" * cells, "rule"),))
    lines.extend((Span(line),) for line in wrap(clean(text), cells))
    lines.append((Span("─" * cells, "rule"),))
    return lines

"""The whole of one thing, as lines: what the pane at the right shows.

Pure: makes lines of spans. Owns what an operator is told of a post, and in which order: the text
first, then what must be known before deciding, then the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, tzinfo

from eventlive.messages import AccountInfo, Background, FactInfo, Present
from eventlive.model import Card, Item, Media, Outgoing, Thing
from tui import planned
from tui.around_sheet import AroundSheet, engaging, others
from tui.cells import clean, one_line, wrap
from tui.house_sheet import HouseSheet
from tui.keys import Key
from tui.lines import Line, Span, cut, foreign, rule, wrapped
from tui.moments import age, clock, minutes, said_at
from tui.posts import name_of
from tui.row import STATES

NOTHING_TO_FILL = planned.Filled()
_LATE_SOON = 0.6
"""Of the time in which a question should be answered: from here on the clock warns."""


class Sheet:
    """Writes sheets for one width. `who` is this operator, `where` the event's time zone.

    `answer_within` is for how many seconds a question may wait; `liked` posts come again on the
    screens.
    """

    def __init__(
        self,
        cells: int,
        now: datetime,
        where: tzinfo,
        who: str,
        accounts: Iterable[AccountInfo] = (),
        *,
        facts: Iterable[FactInfo] = (),
        support: str = "",
        answer_within: float = 600.0,
        liked: Collection[str] = (),
    ) -> None:
        self.cells = max(cells, 10)
        self.now = now
        self.where = where
        self.who = who
        self.accounts = {account.id: account for account in accounts}
        self.facts = {fact.id: fact for fact in facts}
        self.support = self.accounts.get(support)
        self.answer_within = answer_within
        self.liked = liked

    def of(
        self,
        thing: Thing,
        gone: str = "",
        answers: Iterable[Outgoing] = (),
        answered: Item | None = None,
        filled: planned.Filled = NOTHING_TO_FILL,
        *,
        background: Background | None = None,
        there: Iterable[Present] = (),
        turned: bool = False,
    ) -> list[Line]:
        """The sheet of a thing.

        `gone` is why it has left its queue, `answers` are the posts of the house that answer it,
        `answered` is what it answers itself; `filled` is its text with its variables filled, and
        what has no value now. `background` is what is around a post, `there` are the colleagues at
        it; `turned` shows its thread and author in full instead of it.
        """
        lines: list[Line] = []
        if gone:
            lines.append((Span(f" {gone}: it has left this queue ", "bar"),))
        match thing:
            case Item():
                around = AroundSheet(self.cells, self.now, self.where)
                lines.extend(engaging(thing, self.cells))
                if turned:
                    lines.extend(around.full(thing, background))
                else:
                    lines.extend(self._item(thing, answers, there))
                    lines.extend(around.short(thing, background))
            case Card():
                lines.extend(self._card(thing))
            case Outgoing():
                house = HouseSheet(self.cells, self.now, self.where)
                account = self.accounts.get(thing.account)
                lines.extend(house.of(thing, account, answered, filled))
            case _:
                lines.extend(self._wrapped(thing.id))
        return lines

    # --- posts --------------------------------------------------------------------------------

    def _item(
        self, item: Item, answers: Iterable[Outgoing], there: Iterable[Present]
    ) -> Iterator[Line]:
        post, author = item.post, item.post.author
        named = (foreign(f"@{author.handle}", "title"), Span("  "), foreign(author.name))
        yield cut(named, self.cells)
        followers = f"{author.followers:,} followers" if author.followers else "followers unknown"
        known = [
            name_of(post.network),
            followers,
            "verified" if author.verified else "",
            "says it is a bot" if author.bot else "",
            f"listed: {one_line(item.person)}" if item.person else "",
        ]
        yield from self._wrapped(" · ".join(part for part in known if part), "dim")
        said = said_at(item)
        kind = "" if post.kind == "post" else f" · {post.kind}"
        if kind and post.to:
            kind += f" to {', '.join(f'@{one_line(handle)}' for handle in post.to[:3])}"
        language = f" · {one_line(item.language or post.language)}" if item.language else ""
        ago = age(said, self.now)
        yield (
            Span(
                f"{clock(said, self.where)} ({ago if ago == 'now' else ago + ' ago'})"
                f"{kind}{language}",
                "dim",
            ),
        )
        yield rule(self.cells)
        if post.warning or post.sensitive:
            words = one_line(post.warning) or "marked as sensitive by its author"
            yield from self._wrapped(f"Warning: {words}", "warn")
        yield from self._wrapped(post.text)
        yield from self._media(post.media)
        yield rule(self.cells)
        yield from self._standing(item)
        yield from others(there, self.cells)
        yield from self._notes(item)
        yield from self._answers(item, answers)
        if item.reasons:
            yield from self._wrapped(f"Why here: {', '.join(map(one_line, item.reasons))}", "dim")
        for link in post.links[:5]:
            yield from self._wrapped(f"Link: {one_line(link)}", "dim")
        if post.url:
            yield from self._wrapped(f"At: {one_line(post.url)}", "dim")

    def _media(self, pictures: Iterable[Media]) -> Iterator[Line]:
        for number, media in enumerate(pictures, 1):
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
            yield (Span("▣ On the wall" + self._liked(item.id), "good"),)
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
            yield self._waiting(item)
        elif item.question == "answered":
            yield (Span("✓ A question, answered", "good"),)
        if item.stopped:
            yield (Span("⚑ No rule may show it: a person must decide", "bad"),)
        for flag in item.flags:
            yield from self._wrapped(f"⚑ {one_line(flag)}", "warn")
        if fact := self.facts.get(item.fact):
            so = f"{one_line(fact.statement)} ({one_line(fact.source) or 'no source'})"
            yield from self._wrapped(f"It is so: {so} · c offers that", "accent")
        if item.support:
            who = f": @{one_line(self.support.handle)} answers" if self.support else ""
            yield (Span(f"Sounds like a case for support{who}", "accent"),)
        if item.muted:
            yield (Span("Its author is muted", "warn"),)
        if item.reported:
            kept = f"⚑ Reported by {one_line(item.reported)}, and kept as it stood"
            yield from self._wrapped(kept, "warn")

    def _waiting(self, item: Item) -> Line:
        """A question, and how long it waits of the time in which it should be answered."""
        if item.answer or item.shown_answer or self.answer_within <= 0:
            return (Span("? A question, not answered", "title"),)
        waits = (self.now - item.received_at).total_seconds()
        share = waits / self.answer_within
        ink = "bad" if share >= 1 else "warn" if share >= _LATE_SOON else "dim"
        sign = "✗ " if share >= 1 else "! " if share >= _LATE_SOON else ""
        within = minutes(self.answer_within).removesuffix(" min")
        # Short enough for the narrowest sheet beside a list.
        asked = Span("? Question  ", "title")
        return (asked, Span(f"{sign}waits {minutes(waits)} of {within}", ink))

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
        yield from self._shown(item.shown_answer)

    def _liked(self, id: str) -> str:
        return ", ♥ comes again" if id in self.liked else ""

    def _shown(self, answer: str) -> Iterator[Line]:
        if answer:
            yield (Span("▣ Answered on the wall:", "good"),)
            yield from self._wrapped(f"  {clean(answer)}", "good")

    def _card(self, card: Card) -> Iterator[Line]:
        named = (foreign(f"@{card.handle}", "title"), Span("  "), foreign(card.name))
        yield cut(named, self.cells)
        yield (Span(f"{name_of(card.network)} · {clock(card.at, self.where)}", "dim"),)
        yield rule(self.cells)
        if card.warning or card.sensitive:
            yield from self._wrapped(f"Warning: {one_line(card.warning) or 'sensitive'}", "warn")
        yield from self._wrapped(card.text)
        yield from self._media(card.media)
        yield rule(self.cells)
        pinned = ", pinned" if card.pinned else ""
        yield (Span(f"▣ On the wall{pinned}{self._liked(card.id)}", "good"),)
        yield from self._shown(card.answer)

    # --- lines --------------------------------------------------------------------------------

    def _wrapped(self, text: str, ink: str = "") -> Iterator[Line]:
        return wrapped(text, self.cells, ink)


def nothing(
    cells: int,
    keys: Iterable[Key],
    *,
    live: bool,
    empty: bool,
    filtered: str,
    wall: str,
    programme: bool = False,
) -> list[Line]:
    """What the pane says while no post is picked: how the list moves, which keys begin."""
    if empty and filtered:
        text = f"No post here matches the filter “{one_line(filtered)}”. / then Esc ends it."
    elif empty:
        text = "Nothing waits here."
    elif programme:
        text = (
            "The programme as it is expected now. No key decides anything yet: j picks what is "
            "next, and then the keys are about what is picked."
        )
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

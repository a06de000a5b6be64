"""A post as one row of a list: fixed columns first, then its text as far as it fits.

Pure: makes lines of spans from things. Colour is never the only sign: every mark is a character.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from eventlive.anchors import anchor_text
from eventlive.model import Card, Item, Network, Outgoing, OutgoingState, Segment, Thing
from tui import planned, programme
from tui.cells import fit, one_line, width
from tui.lines import Line, Span, cut, foreign
from tui.moments import age, hour, said_at, until

NETWORKS: dict[Network, tuple[str, str]] = {
    "x": ("X", "x"),
    "bluesky": ("B", "bluesky"),
    "mastodon": ("M", "mastodon"),
}
STATES: dict[OutgoingState, tuple[str, str]] = {
    "draft": ("✎ draft", "dim"),
    "queued": ("▸ leaving", "warn"),
    "held": ("‖ held", "hold"),
    "sending": ("» sending", "warn"),
    "sent": ("✓ sent", "good"),
    "failed": ("✗ failed", "bad"),
    "uncertain": ("? unclear", "bad"),
    "dropped": ("– dropped", "dim"),
    "deleting": ("« deleting", "warn"),
    "deleted": ("– deleted", "dim"),
}
LOOKS, WRITES = "◉", "✎"
"""Signs of a colleague who has the post before them, and of one who answers it."""
_PUNCTUAL = timedelta(seconds=2)
"""How late a post may leave before it is said to wait."""
_NARROW = 90
_BEFORE_WORDS = 42
_FEW = 10
"""Cells in which nothing can be said."""


class Look(NamedTuple):
    """What is known of a row beside its thing.

    `pending` shows that an order on it has no answer yet, `company` is the sign of a colleague who
    is there, too; a question may wait for `answer_within` seconds. What is `liked` comes
    again on the screens.
    """

    cursor: bool = False
    marked: bool = False
    ghost: bool = False
    pending: bool = False
    company: str = ""
    answer_within: float = 600.0
    liked: bool = False


PLAIN = Look()


def row(
    thing: Thing,
    cells: int,
    now: datetime,
    me: str,
    *,
    look: Look = PLAIN,
    place: str = "inbox",
    where: tzinfo = UTC,
    outlook: programme.Outlook = programme.UNKNOWN,
) -> Line:
    """One row of at most `cells` cells.

    `where` is the event's time zone; `outlook` is for parts of the programme.
    """
    signs = [Span("▌", "cursor") if look.cursor else Span(" ")]
    if isinstance(thing, Item | Card):  # what can be marked
        signs.append(Span("◆", "accent") if look.marked else Span(" "))
    pending = look.pending
    match thing:
        case Item():
            body = (
                _clock(thing, now, place, look.answer_within),
                *_item(thing, cells, now, me, where, look),
            )
        case Card():
            body = _card(thing, cells, now, look)
        case Outgoing():
            body = _outgoing(thing, cells, now, where, pending)
        case Segment():
            body = _segment(thing, cells, now, where, pending, outlook)
        case _:
            body = (foreign(thing.id),)
    if look.ghost:
        body = (*_ghost(body, why_gone(thing, place), cells),)
    return cut((*signs, *body), cells)


def _ghost(body: Line, why: str, cells: int) -> Line:
    """The row struck out, with the reason at its end, where it is seen."""
    note = f"  {why}"
    kept = cut(body, max(cells - 2 - width(note), 20))
    # Only words are struck: a line through blanks and marks would be the loudest thing there is.
    struck = (Span(span.text, "ghost" if len(span.text) > 8 else "dim") for span in kept)
    return (*struck, Span(note, "dim"))


def why_gone(thing: Thing, place: str) -> str:
    """Why a row has left its queue, in words."""
    match thing:
        case Item(state="deleted"):
            return "deleted by its author"
        case Item() if place == "wall" and not thing.on_wall:
            return "off the wall"
        case Item(muted=True):
            return "author muted"
        case Item(state="rejected", reported=who) if who:
            return f"reported by {one_line(who)}"
        case Item() if place in ("questions", "overdue") and thing.question == "answered":
            return "answered"
        case Item(state="archived", on_wall=True):
            return "on the wall"
        case Item(state="open"):
            return _why_open(thing, place)
        case Item():
            return thing.state
        case Card():
            return "off the wall"
        case Outgoing(state="dropped" | "deleted"):
            return thing.state
        case Outgoing() if place == "uncertain":
            return "it was posted" if thing.state == "sent" else f"it is {thing.state} now"
        case _:
            return "no longer here"


def _why_open(item: Item, place: str) -> str:
    """Why an open post is no longer where it was."""
    match place:
        case "snoozed":
            return "it is back"
        case "done":
            return "open again"
        case "questions" | "overdue" if not item.question:
            return "no question any more"
        case "overdue" if item.answer or item.shown_answer:
            return "an answer is on its way"
        case "flagged" if not item.flags:
            return "no longer flagged"
        case _:
            return "no longer here"


def urgency(item: Item, now: datetime, place: str, answer_within: float) -> str:
    """How far an open question's time for an answer is gone, as a sign: "", "◑" or "!"."""
    answered = bool(item.answer or item.shown_answer) and place != "overdue"
    if item.question != "open" or item.state != "open" or answered:
        return ""
    waits = (now - item.received_at).total_seconds()
    return "!" if waits > answer_within else "◑" if waits * 2 >= answer_within else ""


def _clock(item: Item, now: datetime, place: str, answer_within: float) -> Span:
    sign = urgency(item, now, place, answer_within)
    return Span(
        f"{sign + age(said_at(item), now):>4} "[:5], {"!": "bad", "◑": "warn"}.get(sign, "dim")
    )


def _item(item: Item, cells: int, now: datetime, me: str, where: tzinfo, look: Look) -> Line:
    letter, ink = NETWORKS[item.post.network]
    fixed = (Span(f"{letter} ", ink), *_marks(item, me, look))
    handle = one_line(f"@{item.post.author.handle}")
    back = _back(item, now, where)
    if item.avoided:
        # No word of theirs pulls anybody in; the sheet has them.
        named = Span(f"⊘ does not engage: {handle}", "warn")
        return (*fixed, named, Span("  Enter opens  ", "dim"), *back)
    return (
        *fixed,
        Span(fit(handle, _handle_cells(cells)) + " ", "key" if item.person else ""),
        *back,
        *_warning(item),
        Span(text_of(item.post.text)) if item.post.text.strip() else _pictures(item),
    )


def _back(item: Item, now: datetime, where: tzinfo) -> Line:
    """When a snoozed post comes back."""
    if item.state != "snoozed":
        return ()
    at = f"back {hour(item.snoozed_until, now, where)}" if item.snoozed_until else "back"
    tied = f" ({anchor_text(item.snoozed_to)})" if item.snoozed_to else ""
    return (Span(f"◷ {one_line(at + tied)} · ", "accent"),)


def _pictures(item: Item) -> Span:
    """What stands in place of a text where there is none."""
    alt = ", ".join(one_line(media.alt) or "no description" for media in item.post.media)
    return Span(f"[{item.post.media[0].kind}: {alt}]" if item.post.media else "[no text]", "accent")


def _warning(item: Item) -> Line:
    if not (item.post.sensitive or item.post.warning):
        return ()
    words = fit(one_line(item.post.warning), 30, pad=False)
    return (Span(f"[{words or 'sensitive'}] ", "warn"),)


def _marks(item: Item, me: str, look: Look) -> Line:
    """Four places, always the same: wall, question, flags, and who deals with it."""
    question = {"": " ", "open": "?", "answered": "✓"}[item.question]
    if item.shown_answer:
        question = "✓"
    if look.pending:
        claim = Span("… ", "dim")
    elif look.company == WRITES:  # whoever has claimed it: an answer is being written
        claim = Span(f"{WRITES} ", "warn")
    elif item.claim is not None:
        claim = Span("● ", "own") if item.claim.who == me else Span("○ ", "warn")
    elif look.company:
        claim = Span(f"{look.company} ", "accent")
    elif item.notes:
        claim = Span("+ ", "dim")
    else:
        claim = Span("  ")
    if item.reported:
        flag = Span("§", "bad")
    elif item.flags or item.stopped:
        flag = Span("⚑", "bad" if item.stopped else "warn")
    else:
        flag = Span(" ")
    return (
        _on_wall(look) if item.on_wall else Span(" "),
        Span(question, {"?": "title", "✓": "good"}.get(question, "")),
        flag,
        claim,
    )


def _on_wall(look: Look) -> Span:
    return Span("♥" if look.liked else "▣", "good")


def _card(card: Card, cells: int, now: datetime, look: Look) -> Line:
    handle = _handle_cells(cells)
    letter, ink = NETWORKS[card.network]
    return (
        Span(f"{age(card.at, now):>4} ", "dim"),
        Span(f"{letter} ", ink),
        _on_wall(look),
        Span("P" if card.pinned else " ", "title"),
        Span(" … " if look.pending else "   ", "dim"),
        Span(fit(one_line(f"@{card.handle}"), handle) + " "),
        Span(text_of(card.text)),
    )


def _handle_cells(cells: int) -> int:
    """Cells of the author's column: the same for every row of a list."""
    return 20 if cells >= _NARROW else 16 if cells >= 64 else 12


def standing(outgoing: Outgoing, now: datetime) -> tuple[str, str]:
    """How a post of the house stands, as a sign and a word, and its ink."""
    match outgoing:
        case Outgoing(state="failed", sent_ids=ids) if ids:
            return "✗ in part", "bad"
        case Outgoing(state="queued", not_before=limit, due_at=due):
            if (limit and limit > now) or (due and due < now - _PUNCTUAL):
                return "▸ waits", "warn"
            if planned.is_planned(outgoing):
                return "◷ planned", ""
    return STATES[outgoing.state]


def why_ink(outgoing: Outgoing, now: datetime) -> str:
    """The ink of the reason: what is out although it should be gone is nothing good."""
    return "warn" if outgoing.state == "sent" else standing(outgoing, now)[1]


def _why(outgoing: Outgoing, cells: int, now: datetime, where: tzinfo) -> Line:
    """Until when it waits, and the reason for its state, as far as a row has room."""
    ink, limit = why_ink(outgoing, now), outgoing.not_before
    wait = ""
    if outgoing.state == "queued" and limit and limit > now:
        wait = f"until {until(limit, now, where)} · "
    # The words themselves keep a third of the room: they tell which post it is.
    room = (cells - _BEFORE_WORDS) * 2 // 3 - width(wait)
    waits = planned.waits_for_its_time(outgoing)
    agreed, agreed_ink = planned.approval(outgoing)
    if agreed_ink == "warn":
        agreed = "not approved"
    agreed = one_line(agreed) if agreed_ink == "warn" or waits else ""
    timing = planned.timing(outgoing, now, tied=cells >= _NARROW) if waits else ""
    told = []
    for words, colour in ((agreed, agreed_ink), (timing, "dim")):
        if words and room >= _FEW:
            told.append(Span(fit(words, room, pad=False) + " · ", colour))
            room -= width(told[-1].text)
    reason = ""
    if outgoing.reason and room >= _FEW:
        reason = fit(one_line(outgoing.reason[:200]), room, pad=False) + " · "
    return (*told, Span(wait + reason, ink)) if wait or reason else tuple(told)


def _outgoing(outgoing: Outgoing, cells: int, now: datetime, where: tzinfo, pending: bool) -> Line:
    word, ink = standing(outgoing, now)
    who = 12 if cells >= _NARROW else 8
    leaves = planned.when(outgoing, now, where)
    moment = leaves or age(outgoing.sent_at or outgoing.created_at, now)
    return (
        Span(f"{moment:>5} ", "" if leaves else "dim"),
        Span(fit("… waiting" if pending else word, 10) + " ", ink),
        Span(fit(one_line(outgoing.account), 8) + " ", "dim"),
        Span(fit(one_line(outgoing.who), who) + " "),
        Span("↩ " if outgoing.answers else "", "dim"),
        *_why(outgoing, cells, now, where),
        Span(text_of(outgoing.text)),
    )


def _segment(
    segment: Segment,
    cells: int,
    now: datetime,
    where: tzinfo,
    pending: bool,
    outlook: programme.Outlook,
) -> Line:
    word, ink = programme.standing(segment, is_due=outlook.is_due)
    begins, plan = outlook.begins or segment.begins, segment.planned or segment.starts
    expected = _hour(begins, where) if segment.state != "skipped" else ""
    ink_of_time = "dim" if segment.state == "ended" else "title"
    times = [Span(f"{_day(begins, now, where):<4}", "dim"), Span(f"{expected:<5} ", ink_of_time)]
    if cells >= _NARROW:
        was = _hour(plan, where)
        times.append(Span(f"{f'({was})' if was and was != expected else '':<8}", "dim"))
    there = segment.state in ("planned", "running")
    late_words = programme.late_words(programme.late(segment, now, begins)) if there else ""
    track = 14 if cells >= _NARROW else 8
    at = " · ".join(one_line(part) for part in (segment.track, segment.room) if part)
    return (
        *times,
        Span(fit("… waiting" if pending else word, 10) + " ", "dim" if pending else ink),
        Span(fit(late_words, 9) + " ", "warn" if late_words.startswith("+") else "dim"),
        Span(fit(at, track) + " ", "dim"),
        foreign(segment.title, "title" if segment.state == "running" else ink),
        Span("  by hand" if segment.by == "hand" else "", "dim"),
    )


def _day(moment: datetime | None, now: datetime, where: tzinfo) -> str:
    """The day of the week, where it is another than today's: an event may go on for days."""
    if moment is None:
        return ""
    here = moment.astimezone(where)
    return "" if here.date() == now.astimezone(where).date() else f"{here:%a}"


def _hour(moment: datetime | None, where: tzinfo) -> str:
    return moment.astimezone(where).strftime("%H:%M") if moment else "–"


def text_of(text: str) -> str:
    """A post's text on one line; only as much of it as any row can show."""
    return one_line(text[:600])

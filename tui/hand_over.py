"""The end of a shift: what this operator leaves to the others, looked at and handed over.

Owns the list of what is claimed, promised and waiting, the text made of it, and the order that
hands it over. The engine lets the claims go and reminds the colleagues; a half-written text that
the house can finish becomes a draft of the house, any other stays here, and its words go along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from textual import events

from eventlive.messages import HandOver, Reply, Write
from eventlive.model import Item, Outgoing
from tui.board import Board
from tui.cells import clean, fit, one_line, wrap
from tui.dialogs import Page
from tui.drafts import Draft
from tui.lines import Line, Span, spread
from tui.moments import age
from tui.orders import Errand
from tui.places import ALWAYS, Place

if TYPE_CHECKING:
    from tui.app import ConsoleApp

_LONGEST = 3_900
"""Characters of the text, a little less than the engine takes (messages.HandOver)."""
_LONGEST_ROW = 100
_ROWS = 12
"""Rows of one part that go into the text; the console shows all."""
_NO_ANSWER = frozenset({"draft", "held", "failed", "dropped", "deleted"})
"""States of a post of the house that is not on its way to who asked."""


class Part(NamedTuple):
    """One kind of what is left: what it is, and a row for each; made safe for the screen.

    `mine` is what nobody else would see to.
    """

    title: str
    rows: tuple[str, ...]
    mine: bool = False


class HandingOver:
    """One operator's end of a shift."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._words = ""

    @property
    def mine(self) -> int:
        """How many things nobody else would see to, were this operator to leave now."""
        return sum(len(part.rows) for part in self._parts() if part.mine)

    def begin(self) -> None:
        """Show what is left, and ask for a word to the colleagues."""
        welcome = self._app.board.welcome
        if welcome is not None and welcome.role == "viewer":
            self._app.refuse("a viewer has nothing to hand over")
            return

        def answered(key: str | None) -> None:
            if key == "w":
                self._ask()

        choices = [("w", "write a word and hand over")]
        self._app.push_screen(Leaving(_listed(self._parts()), choices), answered)

    def _ask(self) -> None:
        self._app.prompt.ask("words", "a word to your colleagues:", self._words)
        self._app.redraw()

    def typed(self, text: str) -> None:
        """Take the word in: show the whole text, which "y" hands over."""
        self._words = text.strip()
        whole = composed(self._words, self._parts())

        def answered(key: str | None) -> None:
            if key == "y":
                self._hand_over(whole)
            elif key == "e":
                self._ask()

        choices = [("y", "hand over"), ("e", "another word")]
        self._app.push_screen(Leaving(_review(whole), choices, look_first=True), answered)

    def _parts(self) -> list[Part]:
        app, now = self._app, self._app.engine_now()
        return left(app.board, app.speaking.drafts.all(), app.place, now) if now is not None else []

    def _hand_over(self, text: str) -> None:
        app, board = self._app, self._app.board
        if not board.up:
            app.refuse("not handed over: the engine is gone; your word is kept")
            return
        for draft in app.speaking.drafts.all():
            if (order := as_draft(draft, board)) is not None:
                self._give(draft, order)

        def then(reply: Reply) -> None:
            if reply.ok:
                self._words = ""

        claimed = [item.id for item in _claimed(board, app.place)]
        errand = Errand(HandOver(text), done="handed over: your colleagues see it", then=then)
        if app.order(errand):
            for id in claimed:
                app.speaking.drop_claim(id)
        app.redraw()

    def _give(self, draft: Draft, order: Write) -> None:
        """Make a half-written text a draft of the house; it is kept here until that has it."""
        drafts = self._app.speaking.drafts

        def then(reply: Reply) -> None:
            if reply.ok and drafts.get(draft.key) == draft:
                drafts.forget(draft.key)
                drafts.write()

        done = "your half-written text is a draft of the house"
        self._app.order(Errand(order, on=order.item, done=done, quiet=True, then=then))


def as_draft(draft: Draft, board: Board) -> Write | None:
    """The order that makes a half-written text a draft of the house; None where it cannot be one.

    One that may be out already, that changes what the house has, or that was meant for the screens
    stays at its console.
    """
    if draft.outgoing or draft.wall or draft.handed_at or not draft.text.strip():
        return None
    item = draft.item
    if item is not None:
        item = board.item(item.id) or item
    return Write(
        draft.text,
        account=draft.account,
        item=item.id if item is not None else "",
        version=item.version if item is not None else 0,
        plain=draft.plain,
        pair=draft.pair,
    )


# --- what is left -------------------------------------------------------------------------------


def left(board: Board, drafts: Sequence[Draft], place: Place, now: datetime) -> list[Part]:
    """All that an operator leaves, by kind; kinds of which there is nothing are left out.

    Posts are known from the queues that are always watched, and from the one at `place`.
    """
    me = board.me
    out = board.all_outgoing()
    open_ = [one for one in out if one.state in ("draft", "queued", "held")]
    waits = [one for one in open_ if one.needs_approval and not one.approved_by]
    begun = [
        one
        for one in open_
        if me in (one.who, one.hand) and one.state in ("draft", "held") and one not in waits
    ]
    unclear = [one for one in out if one.state in ("uncertain", "failed")]
    snoozed = board.queues.get("snoozed")
    parts = (
        Part("Claimed by you", tuple(map(_post, _claimed(board, place))), mine=True),
        Part("Half-written", tuple(_half(one) for one in drafts), mine=True),
        Part("Drafts and held posts of yours", tuple(map(_ours, begun)), mine=True),
        Part("Waits for a second person", tuple(map(_ours, waits))),
        Part("Unclear, or failed", tuple(map(_ours, unclear))),
        Part("Questions that wait too long", tuple(_overdue(board, now))),
        Part("Your notes that ask something", tuple(_asking(board, place))),
        Part("Reminders", tuple(_row(one.text) for one in board.due_reminders())),
        Part(
            "Snoozed",
            (f"{snoozed.count:,} come back by themselves",) if snoozed and snoozed.count else (),
        ),
    )
    return [part for part in parts if part.rows]


def _items(board: Board, place: Place) -> Iterator[Item]:
    """Every post of the queues that are up to date, once, in its newest version."""
    seen: set[str] = set()
    for watched in dict.fromkeys((*ALWAYS, place)):
        for id in board.listings[watched].order:
            item = board.item(id) if id not in seen else None
            seen.add(id)
            if item is not None:
                yield item


def _claimed(board: Board, place: Place) -> list[Item]:
    me = board.me
    return [item for item in _items(board, place) if item.claim and item.claim.who == me]


def _overdue(board: Board, now: datetime) -> Iterator[str]:
    within = timedelta(seconds=board.welcome.answer_within if board.welcome else 600)
    listing = board.listings["questions"]
    for id in listing.order:
        item = board.item(id)
        if item is None or item.shown_answer or now - item.received_at <= within:
            continue
        answer = board.outgoing(item.answer)
        if not item.answer or (answer is not None and answer.state in _NO_ANSWER):
            yield _row(f"{age(item.received_at, now)}  {_named(item)}")


def _asking(board: Board, place: Place) -> Iterator[str]:
    for item in _items(board, place):
        asked = [note for note in item.notes if note.who == board.me and "?" in note.text]
        if asked and item.state == "open":
            yield _row(f"{asked[-1].text} (on @{item.post.author.handle})")


def _post(item: Item) -> str:
    return _row(_named(item))


def _named(item: Item) -> str:
    return f"@{item.post.author.handle}: {item.post.text}"


def _ours(outgoing: Outgoing) -> str:
    return _row(f"{outgoing.state}: {outgoing.text}")


def _half(draft: Draft) -> str:
    if draft.item is not None:
        what = f"answer to @{draft.item.post.author.handle}"
    else:
        what = "other words for a post" if draft.outgoing else "a post"
    sent = " (may be out already)" if draft.handed_at else ""
    return _row(f"{what}{sent}: {draft.text}")


def _row(text: str) -> str:
    return fit(one_line(text[:400]), _LONGEST_ROW, pad=False)


def composed(words: str, parts: Sequence[Part]) -> str:
    """The text of a hand-over: the operator's word, then what is left, as much as there is room."""
    lines = [words] if words else []
    for part in parts:
        lines.append(f"{part.title.removesuffix(' by you').removesuffix(' of yours')}:")
        lines += [f"· {row}" for row in part.rows[:_ROWS]]
        if len(part.rows) > _ROWS:
            lines.append(f"· and {len(part.rows) - _ROWS:,} more")
    if not lines:
        return "nothing is left to do"
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# --- the screens --------------------------------------------------------------------------------


def _listed(parts: Sequence[Part]) -> tuple[str, list[tuple[str, str]]]:
    """What is left as a title and rows with their ink."""
    rows: list[tuple[str, str]] = []
    for part in parts:
        rows.append((f"{part.title} ({len(part.rows)})", "title"))
        rows += [(f"· {row}", "" if part.mine else "dim") for row in part.rows]
    if not rows:
        rows = [("Nothing waits for you: a word to your colleagues is enough.", "good")]
    rows[:0] = [
        ("Press w to write a word to your colleagues: it goes with all this.", "key"),
        ("", ""),
    ]
    return "What you leave", rows


def _review(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The whole text as it goes, and what becomes of the rest."""
    rows = [(row, "") for row in text.split("\n")]
    rows += [
        ("", ""),
        ("Your claims are free again, and half-written texts become drafts that others", "warn"),
        ("can finish (3). z does not take this back.", "warn"),
    ]
    return "Hand this over?", rows


class Leaving(Page[str]):
    """Rows to be read, and the keys that go on; dismissed with one of them, or "" for Esc.

    With `look_first` no key agrees before the page can have been seen.
    """

    def __init__(
        self,
        page: tuple[str, Sequence[tuple[str, str]]],
        choices: Sequence[tuple[str, str]],
        *,
        look_first: bool = False,
    ) -> None:
        super().__init__(look_first=look_first)
        self._head, self._rows = page
        self._choices = dict(choices)

    def draw(self) -> None:
        lines: list[Line] = [(Span(self._head, "title"),), ()]
        for text, ink in self._rows:
            lines += [(Span(row, ink),) for row in wrap(clean(text), self.cells)]
        self.body.show(lines)
        keys: list[Span] = []
        for key, word in self._choices.items() if self.seen else ():
            keys += [Span(key, "key"), Span(f" {word}   ")]
        keys += [Span("Esc", "key"), Span(" back   "), Span("j k", "key"), Span(" scroll")]
        more = [Span(f"{self.body.more} more lines", "warn")] if self.body.more else []
        self.foot.show([spread(keys, more, self.cells)])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "q"):
            self.dismiss("")
        elif self.seen and event.key in self._choices:
            self.dismiss(event.key)
        elif self.scrolls(event.key):
            self.draw()

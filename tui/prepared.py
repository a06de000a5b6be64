"""Prepared words for a post: the correction of a wrong claim, the best answers, then the others.

Owns which are offered in which order, and the dialog. What has run out is never offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from eventlive.listening.answers import best
from eventlive.messages import AnswerInfo, FactInfo
from eventlive.model import Item
from tui.cells import clean, fit, one_line, wrap
from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span, cut

_BEST = 3
_IN_SIGHT = 9
_ROOMY = 24
"""Rows from which on there is room for all that is offered in sight, and for long words."""


class Offer(NamedTuple):
    """Words that may answer: `mark` says why they are offered, `account` who says them if set."""

    text: str
    language: str
    mark: str = ""
    account: str = ""


def offers(
    answers: Sequence[AnswerInfo], facts: Iterable[FactInfo], item: Item | None, now: datetime
) -> list[Offer]:
    """What is offered for a post, best first; without a post, every answer that still holds."""
    there = [one for one in answers if one.valid_until is None or one.valid_until > now]
    if item is None:
        return [_offer(answer) for answer in there]
    language = item.language or item.post.language
    first = best(item.post.text, language, there, now, most=_BEST)
    known = {answer.id for answer in first}
    rest = [answer for answer in there if answer.id not in known]
    rest.sort(key=lambda answer: answer.language != language)
    return [
        *_corrections(facts, item, now),
        *(_offer(answer, "★") for answer in first),
        *(_offer(answer) for answer in rest),
    ]


def _corrections(facts: Iterable[FactInfo], item: Item, now: datetime) -> list[Offer]:
    """The fact that a post gets wrong, with where that can be read."""
    return [
        Offer(f"{fact.statement} {fact.source}".strip(), fact.language, "fact")
        for fact in facts
        if fact.id == item.fact and (fact.valid_until is None or fact.valid_until > now)
    ]


def _offer(answer: AnswerInfo, mark: str = "") -> Offer:
    return Offer(answer.text, answer.language, mark, answer.account)


class Choose(Dialog[Offer | None]):
    """The prepared words for a post; dismissed with one of them, or None."""

    def __init__(self, offered: Sequence[Offer], item: Item | None) -> None:
        super().__init__()
        self._offers = offered
        self._item = item
        self._at = 0
        self._body = Lines(id="asked")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield self._body

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        cells = max(min(96, self.app.size.width - 8), 20)
        # Border and padding take four rows of the nine tenths that a dialog may fill.
        room = self.app.size.height * 9 // 10 - 4
        asked_rows, word_rows = (3, 6) if room >= _ROOMY else (1, 4)
        in_sight = min(max(room - asked_rows - word_rows - 6, 2), _IN_SIGHT)
        lines: list[Line] = []
        if self._item is not None:
            handle = one_line(self._item.post.author.handle)
            lines.append((Span(f"A prepared answer to @{handle}", "title"),))
            asked = _first(self._item.post.text, cells, asked_rows)
            lines += [(Span(line, "dim"),) for line in asked]
        else:
            lines.append((Span("A prepared text", "title"),))
        lines.append(())
        first = max(0, self._at - in_sight + 1)
        for number, offer in enumerate(self._offers[first : first + in_sight], first):
            lines.append(cut(_row(offer, on=number == self._at), cells))
        lines.append(())
        chosen = self._offers[self._at]
        if chosen.mark == "fact":
            lines.append((Span("A correction, with where that can be read:", "warn"),))
        elif chosen.account:
            lines.append((Span(f"From the account {one_line(chosen.account)}:", "dim"),))
        lines += [(Span(line),) for line in _first(chosen.text, cells, word_rows)]
        lines.append(())
        lines.append(
            (
                Span("j k", "key"),
                Span(" choose   "),
                Span("Enter", "key"),
                Span(" take it to the composer   "),
                Span("Esc", "key"),
                Span(" back"),
            )
        )
        self._body.show(lines)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        match event.key:
            case "j" | "down":
                self._at = min(self._at + 1, len(self._offers) - 1)
                self._draw()
            case "k" | "up":
                self._at = max(self._at - 1, 0)
                self._draw()
            case "enter":
                self.dismiss(self._offers[self._at])
            case "escape" | "q":
                self.dismiss(None)


def _first(text: str, cells: int, rows: int) -> list[str]:
    """A text's first rows, "…" where it goes on."""
    wrapped = wrap(clean(text), cells)
    if len(wrapped) > rows:
        wrapped[rows - 1 :] = [fit(f"{wrapped[rows - 1]}…", cells, pad=False)]
    return wrapped


def _row(offer: Offer, *, on: bool) -> Line:
    return (
        Span("▌" if on else " ", "cursor"),
        Span(fit(offer.mark, 4) + " ", "warn" if offer.mark == "fact" else "good"),
        Span(f"{one_line(offer.language)[:3]:<3} ", "dim"),
        Span(one_line(offer.text), "title" if on else ""),
    )

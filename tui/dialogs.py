"""Questions in front of everything else: a confirmation, a choice of answers, the help page.

Owns what is asked and which keys answer. A confirmation takes only the keys it shows: never Enter,
never the key that opened it. Foreign text in it is drawn as lines, like everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from eventlive.messages import AnswerInfo
from eventlive.model import Item
from tui.cells import clean, one_line, wrap
from tui.keys import KEYS, REVIEW, WAYS, WRITING, groups
from tui.lines import Line, Lines, Span

_WIDE = 72
_HOW_LISTS_MOVE = (
    "A list is live until you pick a post: it follows what comes. From then on it stands still: "
    "“▲12 new” tells how many wait, g shows them."
)
_SIGNS = (
    "Signs in a row: ▣ on the wall · ? question · ✓ answered · ⚑ look twice (red: no rule may show "
    "it) · ● you deal with it · ○ a colleague does · + a note · … no answer from the engine yet."
)


class Ask(ModalScreen[str]):
    """A question; dismissed with the key pressed, or "" for Esc."""

    def __init__(self, title: str, body: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._body = body
        self._choices = dict(choices)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Lines(id="asked")

    def on_mount(self) -> None:
        cells = min(_WIDE, self.app.size.width - 8)
        lines: list[Line] = [(Span(one_line(self._title), "title"),), ()]
        body = wrap(clean(self._body), cells)
        # The keys are never pushed off the screen by what they are about.
        room = max(self.app.size.height * 9 // 10 - len(self._choices) - 9, 1)
        body = [*body[:room], "…"] if len(body) > room + 1 else body
        lines += [(Span(line),) for line in body]
        lines.append(())
        for key, what in self._choices.items():
            lines.append((Span(f" {key} ", "key"), Span(f"  {what}")))
        lines.append((Span(" Esc ", "key"), Span("no, go back")))
        self.query_one(Lines).show(lines)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "escape":
            self.dismiss("")
        elif event.character in self._choices and event.key != "enter":
            self.dismiss(event.character)


class Choose(ModalScreen[str]):
    """The prepared answers, the fitting ones first; dismissed with a text, "" for none."""

    def __init__(self, answers: Sequence[AnswerInfo], item: Item | None) -> None:
        super().__init__()
        self._answers = ranked(answers, item)
        self._item = item
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield Lines(id="asked")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        cells = max(min(96, self.app.size.width - 8), 20)
        lines: list[Line] = []
        if self._item is not None:
            handle = one_line(self._item.post.author.handle)
            lines.append((Span(f"A prepared answer to @{handle}", "title"),))
            asked = wrap(clean(self._item.post.text), cells)
            lines += [(Span(line, "dim"),) for line in asked[:3]]
        else:
            lines.append((Span("A prepared text", "title"),))
        lines.append(())
        first = max(0, self._at - 8)
        for number, answer in enumerate(self._answers[first : first + 9], first):
            on = number == self._at
            text = one_line(answer.text)
            lines.append(
                (
                    Span("▌" if on else " ", "cursor"),
                    Span(f"{one_line(answer.language)[:3]:<3} ", "dim"),
                    Span(text, "title" if on else ""),
                )
            )
        lines.append(())
        chosen = self._answers[self._at] if self._answers else None
        if chosen:
            lines += [(Span(line),) for line in wrap(clean(chosen.text), cells)[:6]]
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
        self.query_one(Lines).show(lines)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        match event.key:
            case "j" | "down":
                self._at = min(self._at + 1, len(self._answers) - 1)
                self._draw()
            case "k" | "up":
                self._at = max(self._at - 1, 0)
                self._draw()
            case "enter":
                self.dismiss(self._answers[self._at].text if self._answers else "")
            case "escape" | "q":
                self.dismiss("")


def ranked(answers: Sequence[AnswerInfo], item: Item | None) -> list[AnswerInfo]:
    """Prepared answers for a post: its language first, then by keywords found in it."""
    if item is None:
        return list(answers)
    text = item.post.text.casefold()
    language = item.language or item.post.language

    def fit(answer: AnswerInfo) -> tuple[bool, int]:
        hits = sum(1 for word in answer.keywords if word and word.casefold() in text)
        return (not answer.language or answer.language == language, hits)

    return sorted(answers, key=fit, reverse=True)


class Help(ModalScreen[None]):
    """Every key, from the table that the bindings are made of; where the wall can be seen."""

    def __init__(self, wall: str = "") -> None:
        super().__init__()
        self._wall = wall

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tall"):
            yield Lines(id="asked")
            yield Lines(id="asked-foot")

    def on_mount(self) -> None:
        cells = max(min(84, self.app.size.width - 8), 20)
        self.query_one("#asked", Lines).show(help_lines(cells, self._wall))
        self.query_one("#asked-foot", Lines).show(
            [(Span("j k", "key"), Span(" scroll   "), Span("Esc", "key"), Span(" back"))]
        )

    def on_key(self, event: events.Key) -> None:
        event.stop()
        lines = self.query_one("#asked", Lines)
        match event.key:
            case "j" | "down":
                lines.scroll_lines(1)
            case "k" | "up":
                lines.scroll_lines(-1)
            case "pagedown" | "space":
                lines.scroll_lines(lines.size.height - 1)
            case "pageup":
                lines.scroll_lines(1 - lines.size.height)
            case "escape" | "q" | "question_mark" | "enter" | "f1":
                self.dismiss(None)


def help_lines(cells: int, wall: str = "") -> list[Line]:
    """The help page."""
    lines: list[Line] = []
    if wall:
        lines += [(Span("The wall  ", "title"), Span(one_line(wall))), ()]
    for paragraph in (_HOW_LISTS_MOVE, _SIGNS):
        lines += [(Span(line, "dim"),) for line in wrap(paragraph, cells)]
        lines.append(())
    tables = [*groups(KEYS)]
    tables += [
        ("While you write", list(WRITING)),
        ("Ways to answer beside a reply (the same key again: a reply)", list(WAYS)),
        ("Before it goes out", list(REVIEW)),
    ]
    for title, keys in tables:
        lines.append((Span(title, "title"),))
        for key in keys:
            rows = wrap(key.help, max(cells - 9, 10))
            lines.append((Span(f"  {key.shown:<6} ", "key"), Span(rows[0])))
            lines += [(Span(" " * 9 + more),) for more in rows[1:]]
        lines.append(())
    return lines

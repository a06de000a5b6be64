"""What the event is to achieve, and how far it has come: in words, with a sign for met or not.

Owns the lines and their dialog. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from eventlive.model import Goal
from tui.board import Board
from tui.cells import fit, one_line
from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span

_NAMES = {
    "questions_answered": "questions answered",
    "answer_minutes": "minutes until an answer",
    "conversation": "share of conversation",
    "posts_a_day": "posts a day",
    "voices_on_wall": "voices on the wall",
    "silence_minutes": "minutes of silence",
}
_SHARES = frozenset({"questions_answered", "conversation"})


class Goals(Dialog[None]):
    """The goals, drawn anew twice a second."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board
        self._body = Lines(id="asked")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield self._body

    def on_mount(self) -> None:
        self.set_interval(0.5, self._draw, name="goals")
        self._draw()

    def _draw(self) -> None:
        cells = max(min(72, self.app.size.width - 8), 20)
        health = self._board.health
        lines = page(health.goals if health else (), cells)
        self._body.show([*lines, (), (Span("Esc", "key"), Span(" back"))])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "q", "enter"):
            self.dismiss(None)


def page(goals: Iterable[Goal], cells: int) -> list[Line]:
    """Every goal, a line each."""
    lines: list[Line] = [(Span("Goals", "title"),)]
    lines += [of(goal, cells) for goal in goals]
    return lines if len(lines) > 1 else [*lines, (Span("the script has none", "dim"),)]


def of(goal: Goal, cells: int) -> Line:
    """One goal: what, how much by now, how much it is to be."""
    show = _share if goal.name in _SHARES else _number
    limit = "at least" if goal.at_least else "at most"
    if goal.value is None:
        sign, ink, now = "◌ nothing yet", "dim", ""
    else:
        sign, ink = ("✓ met", "good") if goal.met else ("○ not met", "warn")
        now = show(goal.value)
    name = fit(one_line(_NAMES.get(goal.name, goal.name.replace("_", " "))), min(26, cells // 3))
    return (
        Span(fit(sign, 14), ink),
        Span(name),
        Span(f" {now:>7}", "title"),
        Span(f"  {limit} {show(goal.target)}", "dim"),
    )


def _share(value: float) -> str:
    return f"{value:.0%}"


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")

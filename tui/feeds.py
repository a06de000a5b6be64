"""The feeds, one by one: how each is and why, what it brought, what it costs; then the goals.

Owns the dialog and its lines, drawn anew twice a second. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from textual import events

from eventlive.model import FeedHealth
from tui import goals
from tui.board import Board
from tui.cells import clean, fit, one_line, wrap
from tui.dialogs import SCROLL_AND_BACK, Page
from tui.lines import Line, Span
from tui.moments import age, clock, until
from tui.top_bar import FEEDS, cost_ink, dollars, spent, used


class Feeds(Page[None]):
    """Every feed, the worst first. `clock` gives seconds that only grow."""

    def __init__(self, board: Board, clock: Callable[[], float]) -> None:
        super().__init__()
        self._board = board
        self._clock = clock

    def on_mount(self) -> None:
        self.set_interval(0.5, self.draw, name="feeds")

    def draw(self) -> None:
        self.body.show(page(self._board, self._clock(), self.cells))
        self.foot.show([SCROLL_AND_BACK])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "q", "F", "upper_f", "enter"):
            self.dismiss(None)
        else:
            self.scrolls(event.key)


def page(board: Board, now: float, cells: int) -> list[Line]:
    """The whole page."""
    health, moment = board.health, board.now(now)
    lines: list[Line] = [(Span("Feeds", "title"),)]
    if health is None or moment is None:
        return [*lines, (Span("waiting for the engine …", "dim"),)]
    if not board.up:
        was = clock(health.at, board.zone)
        lines.append((Span(f"✗ the engine is gone: this was so at {was}", "bad"),))
    if not health.feeds:
        lines.append((Span("the script has none", "dim"),))
    for feed in sorted(health.feeds, key=lambda feed: -FEEDS[feed.state][2]):
        lines += [(), *of(feed, moment, board.zone, cells)]
    if health.goals:
        lines += [(), *goals.page(health.goals, cells)]
    return lines


def of(feed: FeedHealth, now: datetime, where: tzinfo, cells: int) -> list[Line]:
    """One feed: its state and why, its posts, its money."""
    sign, ink, _ = FEEDS[feed.state]
    state = feed.state + (f" until {until(feed.until, now, where)}" if feed.until else "")
    name = Span(fit(one_line(feed.id), 30, pad=False), "title")
    lines: list[Line] = [(Span(f"{sign} ", ink), name, Span(f"  {state}", ink))]
    quiet = "ago" if feed.newest and age(feed.newest, now) != "now" else ""
    newest = f"newest {age(feed.newest, now)} {quiet}".rstrip() if feed.newest else "none yet"
    words = [f"{feed.posts:,} posts", f"{feed.per_minute:,} a minute", newest]
    if feed.skipped:
        words.append(f"{feed.skipped:,} skipped")
    rows = [(row, ink) for row in wrap(clean(feed.reason), cells - 2)] if feed.reason else []
    rows += [(row, "") for row in wrap(" · ".join(words), cells - 2)]
    if feed.money is not None:
        share = used(feed.money)
        of_it = f" ({share:.0%})" if share else ""
        cost = f"{spent(feed.money)}{of_it} · {dollars(feed.money.per_hour)} an hour"
        rows.append((cost, cost_ink(feed.money)))
    return [*lines, *((Span(f"  {row}", colour),) for row, colour in rows)]

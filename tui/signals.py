"""The signals: what goes on at the event as a whole, of which no single post tells.

Owns the screen that shows them, and the few lines of them that stand below the queues. What is
picked there becomes the filter of the inbox. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from eventlive.listening.rising import Rising
from eventlive.listening.signals import LATELY, MINUTES, Reading
from eventlive.listening.top_voices import TopVoice
from eventlive.model import Goal
from tui import goals
from tui.board import Board
from tui.cells import fit, one_line
from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span, cut, foreign, length, spread
from tui.moments import clock, hour
from tui.posts import name_of

_SPARKS = " ▁▂▃▄▅▆▇█"
_GAP = 3
_LONGEST_FILTER = 200
"""Characters that the engine takes (messages.Watch)."""
_SHARE = "conversation"
"""The goal that talk and listen is held against: how much of what the house says is an answer."""


class Row(NamedTuple):
    """A line, and the filter that it stands for where it can be picked."""

    line: Line
    pick: str = ""


class Page(NamedTuple):
    """All that is shown; `picks` are in the order of the cursor, with the line each stands on."""

    lines: list[Line]
    picks: dict[str, int]


class Signals(Dialog[None]):
    """Posts a minute, rising terms, top voices, networks, languages, talk against listen, goals.

    `clock` gives seconds that only grow.
    """

    def __init__(self, board: Board, clock: Callable[[], float]) -> None:
        super().__init__()
        self._board = board
        self._clock = clock
        self._body = Lines(id="asked")
        self._foot = Lines(id="asked-foot")
        self._page = Page([], {})
        self._picked, self._line = "", -1

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tall whole"):
            yield self._body
            yield self._foot

    def on_mount(self) -> None:
        self.set_interval(0.5, self._draw, name="signals")
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        cells = self._body.size.width
        if not cells:
            return
        rows = self._body.size.height
        high = 4 if rows >= 40 else 2 if rows >= 28 else 1
        self._page = page(self._board, self._clock(), cells, self._picked, high)
        self._body.show(self._page.lines)
        keys = [Span("j k", "key"), Span(" choose   ")] if self._page.picks else []
        if self._in_sight:
            keys += [Span("Enter", "key"), Span(" its posts   ")]
        keys += [Span("PgDn", "key"), Span(" scroll   "), Span("Esc", "key"), Span(" back")]
        more = [Span(f"{self._body.more} more lines", "dim")] if self._body.more else []
        self._foot.show([spread(keys, more, cells)])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        body = self._body
        match event.key:
            case "j" | "down":
                self._move(1)
            case "k" | "up":
                self._move(-1)
            case "pagedown" | "space":
                body.scroll_lines(max(body.size.height - 1, 1))
            case "pageup":
                body.scroll_lines(-max(body.size.height - 1, 1))
            case "enter":
                if self._in_sight:
                    self._look_for(self._picked)
                return
            case "escape" | "q" | "i":
                self.dismiss(None)
                return
        self._draw()

    def _move(self, by: int) -> None:
        """Move the cursor; at its ends, or without anything to pick, move what is seen."""
        picks = list(self._page.picks)
        if self._picked in picks:
            at = picks.index(self._picked) + by
        else:  # what was picked has gone: go on from where it stood
            there = [nth for nth, pick in enumerate(picks) if self._page.picks[pick] >= self._line]
            at = there[0] if there else len(picks) - 1
        if not 0 <= at < len(picks):
            self._body.scroll_lines(by)
            return
        self._picked, self._line = picks[at], self._page.picks[picks[at]]
        body = self._body
        below = self._line + 2 - (body.top + body.size.height)
        if self._line < body.top:
            body.scroll_lines(self._line - body.top)
        elif below > 0:
            body.scroll_lines(below)

    @property
    def _in_sight(self) -> bool:
        """Whether anything is picked that is still there to be seen."""
        line, top = self._page.picks.get(self._picked, -1), self._body.top
        return top <= line < top + self._body.size.height

    def _look_for(self, pick: str) -> None:
        """Close, and show the posts of the inbox that are about what is picked."""
        app = self.console
        self.dismiss(None)
        app.action_go("inbox")
        app.finding.refilter(pick)


# --- the page -----------------------------------------------------------------------------------


def page(board: Board, now: float, cells: int, picked: str = "", high: int = 1) -> Page:
    """The whole page, in as many columns as there is room for; the rate is `high` lines high."""
    reading, moment = board.signals, board.now(now)
    head: list[Line] = [(Span("Signals", "title"),)]
    if reading is None or moment is None:
        return Page([*head, (Span("waiting for the engine …", "dim"),)], {})
    head = [(*head[0], Span(f"  as of {clock(reading.at, board.zone)}", "dim"))]
    if not board.up:
        was = clock(reading.at, board.zone)
        head.append((Span(f"✗ the engine is gone: this was so at {was}", "bad"),))
    elif young := _since(reading, board.zone):
        head[0] = (*head[0], Span(f" · counted {young}", "warn"))
    count = 3 if cells >= 150 else 2 if cells >= 100 else 1
    wide = (cells - _GAP * (count - 1)) // count
    told = board.health
    rate = told.per_minute if told is not None else None
    aims = told.goals if told is not None else ()
    rates = _rates(reading, rate, board.zone, wide, high)
    rising = _terms(reading, moment, board.zone, wide, picked)
    voices = _voices(reading, board.zone, wide, picked)
    shares = [
        *_bars("Networks", _networks(reading), wide),
        *_bars("Languages", _spoken(reading), wide),
    ]
    talk = _talk(reading, aims, wide)
    aimed = [Row(()), *(Row(line) for line in goals.page(aims, wide))]
    match count:
        case 3:
            columns = [[*rates, *shares], [*rising, *talk, *aimed], voices]
        case 2:
            columns = [[*rates, *talk, *shares], [*rising, *voices, *aimed]]
        case _:
            columns = [[*rates, *rising, *voices, *shares, *talk, *aimed]]
    picks = {
        row.pick: len(head) + y for column in columns for y, row in enumerate(column) if row.pick
    }
    return Page([*head, *_beside(columns, wide)], picks)


def _beside(columns: Sequence[Sequence[Row]], wide: int) -> list[Line]:
    """Columns as lines, each as wide as the others."""
    lines: list[Line] = []
    for y in range(max(len(column) for column in columns)):
        parts = [column[y].line if y < len(column) else () for column in columns]
        spans: list[Span] = []
        for nth, part in enumerate(parts):
            spans += [Span(" " * _GAP)] if nth else []
            spans += spread(part, (), wide) if nth + 1 < len(parts) else cut(part, wide)
        lines.append(tuple(spans))
    return lines


def _rates(reading: Reading, rate: int | None, where: tzinfo, wide: int, high: int) -> list[Row]:
    """Posts a minute, questions and flagged beside them: the hour, what is now, what was most."""
    rows: list[Row] = []
    for name, counts, now in (
        ("Posts a minute", reading.posts, rate),
        ("Questions", reading.questions, None),
        ("Flagged", reading.flagged, None),
    ):
        if not counts:
            continue
        # The running minute is not over: what came in the one before it tells more.
        lately = now if now is not None else (counts[-2] if len(counts) > 1 else counts[-1])
        peak = max(counts)
        left = [Span(name, "title"), Span(f"  now {lately:,}")]
        if lately >= peak > 0:
            left.append(Span(" · the most so far", "dim"))
        elif peak:
            back = len(counts) - 1 - counts.index(peak)
            at = (reading.at - timedelta(minutes=back)).astimezone(where).strftime("%H:%M")
            left.append(Span(f" · peak {peak:,} at {at}", "dim"))
        whole = Span(f" · {sum(counts):,} {_since(reading, where) or 'in the hour'}", "dim")
        left += [whole] if length([*left, whole]) <= wide else []
        rows += [Row(()), Row(cut(left, wide))]
        bars = spark(counts[-wide:], high if counts is reading.posts else 1)
        rows += [Row((Span(line, "accent"),)) for line in bars]
    return rows


def _since(reading: Reading, where: tzinfo) -> str:
    """Since when posts are counted, in words; "" where that is the whole hour."""
    begun = reading.since
    if begun is None or reading.at - begun >= timedelta(minutes=MINUTES):
        return ""
    return f"since {begun.astimezone(where):%H:%M}"


def spark(counts: Sequence[int], high: int = 1) -> list[str]:
    """Numbers as bars in lines, the highest as high as can be; nothing before the first."""
    most = max(counts, default=0)
    if most <= 0:
        return [" " * len(counts)] * high
    begun = next(nth for nth, one in enumerate(counts) if one > 0)
    # An eighth of a line is the least: what is nothing stands there, too, once it has begun.
    eighths = [max(max(one, 0) * 8 * high // most, 1) for one in counts[begun:]]
    return [
        " " * begun + "".join(_SPARKS[min(max(one - 8 * below, 0), 8)] for one in eighths)
        for below in reversed(range(high))
    ]


def _terms(reading: Reading, now: datetime, where: tzinfo, wide: int, picked: str) -> list[Row]:
    part = f"  of {reading.read:.0%} of the posts" if reading.read < 1 else ""
    rows = [Row(()), Row((Span("Rising", "title"), Span(part, "dim")))]
    if not reading.rising:
        return [*rows, Row((Span("  nothing is said more than before", "dim"),))]
    for term in reading.rising:
        pick = term.term[:_LONGEST_FILTER]
        people = f"{term.authors:,}+ people" if wide >= 60 else f"{term.authors:,}+"
        right = [
            Span(f"  {people}"),
            Span(f"  {_times(term):>5}", "good"),
            Span(f"  since {hour(term.since, now, where)}", "dim"),
        ]
        spoken = fit(one_line(term.language), 8, pad=False)
        language = [Span(f" {spoken}", "dim")] if spoken else []
        name = [Span(*_cursor(pick == picked)), foreign(term.term, "title"), *language]
        rows.append(Row(spread(name, right, wide), pick))
    return rows


def _times(term: Rising) -> str:
    return f"×{term.times:,.1f}" if term.times < 100 else f"×{term.times:,.0f}"


def _voices(reading: Reading, where: tzinfo, wide: int, picked: str) -> list[Row]:
    rows = [Row(()), Row((Span("Top voices", "title"), Span("  to whom people turn", "dim")))]
    if not reading.voices:
        return [*rows, Row((Span(f"  nobody {_since(reading, where) or 'yet'}", "dim"),))]
    for voice in reading.voices:
        # As a word the handle finds what they say, and those who name them.
        pick = f"{voice.handle} on:{voice.network}"[:_LONGEST_FILTER]
        right = [Span(f"  {voice.others:,}+ people")]
        left = [Span(*_cursor(pick == picked)), foreign(f"@{voice.handle}", "title")]
        left += [Span(" ★ listed", "good")] if voice.person else []
        left += [Span(f"  {name_of(voice.network)}", "dim")]
        left += [Span("  "), foreign(voice.name)] if voice.name else []
        rows.append(Row(spread(left, right, wide), pick))
        rows.append(Row(cut((Span(f"    {_why(voice)}", "dim"),), wide)))
    return rows


def _why(voice: TopVoice) -> str:
    """What others do: answer, name, quote, repost them; what they ask; who follows them."""
    ways = (
        ("answer", voice.replies),
        ("name", voice.mentions),
        ("quote", voice.quotes),
        ("repost", voice.reposts),
    )
    words = [", ".join(f"{count:,} {way}" for way, count in ways if count)]
    if voice.questions:
        words.append(f"asks {voice.questions:,}")
    if voice.followers:
        words.append(f"{voice.followers:,} followers")
    return " · ".join(word for word in words if word)


def _cursor(on: bool) -> tuple[str, str]:
    return ("▌ ", "cursor") if on else ("  ", "")


def _networks(reading: Reading) -> list[tuple[str, float]]:
    return _parts(reading, [(name_of(name), count) for name, count in reading.networks])


def _spoken(reading: Reading) -> list[tuple[str, float]]:
    return _parts(reading, [(name or "not clear", count) for name, count in reading.languages])


def _parts(reading: Reading, counts: list[tuple[str, int]]) -> list[tuple[str, float]]:
    # Languages are told only as far as the most frequent ones go: their sum may be less than all.
    whole = max(sum(reading.posts[-LATELY:]), sum(count for _, count in counts), 1)
    return [(name, count / whole) for name, count in counts]


def _bars(title: str, shares: Sequence[tuple[str, float]], wide: int) -> list[Row]:
    rows = [Row(()), Row((Span(title, "title"), Span(f"  last {LATELY} minutes", "dim")))]
    if not shares:
        return [*rows, Row((Span("  no post", "dim"),))]
    room = max(min(wide - 20, 48), 4)
    for name, share in shares:
        rows.append(
            Row(
                (
                    Span(f"  {fit(one_line(name), 10)} "),
                    Span(fit(bar(share, room), room), "accent"),
                    Span(f" {share:>5.0%}"),
                )
            )
        )
    return rows


def bar(share: float, cells: int) -> str:
    """A share between 0 and 1 as a bar of at most so many cells; whatever is there is seen."""
    halves = min(max(round(share * cells * 2), 1 if share > 0 else 0), cells * 2)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def _talk(reading: Reading, aims: Sequence[Goal], wide: int) -> list[Row]:
    rows = [Row(()), Row((Span("Talk and listen", "title"),))]
    own = reading.sent - reading.answers
    aim = next((goal for goal in aims if goal.name == _SHARE), None)
    if not reading.sent:
        rows.append(Row((Span("  the house has said nothing yet", "dim"),)))
    else:
        share = reading.answers / reading.sent
        room = max(min(wide - 20, 48), 4)
        words = f"  {reading.sent:,} sent: {reading.answers:,} answer somebody, {own:,} do not"
        rows += [
            Row(cut((Span(words),), wide)),
            Row(
                (
                    Span(f"  {fit('answers', 10)} "),
                    Span(fit(bar(share, room), room), "good"),
                    Span(f" {share:>5.0%}"),
                )
            ),
        ]
    if aim is not None:
        met = Span("✓ met", "good") if aim.met else Span("○ not met", "warn")
        rows.append(Row(cut((Span(f"  the goal: {aim.target:.0%}  "), met), wide)))
    return rows


# --- the few lines of the rail ------------------------------------------------------------------

_FEW_TERMS = 5


def few(board: Board, cells: int, rows: int) -> list[Line]:
    """The signals in few rows: what stands below the queues where there is room.

    The rate as a sparkline with its figure, talk against listen, up to five rising terms; nothing
    before the first reading.
    """
    reading = board.signals
    if reading is None or rows < 1 or cells < 8:
        return []
    rate = board.health.per_minute if board.health is not None else (*reading.posts[-1:], 0)[0]
    figure = f" {rate:,}/min"
    room = max(cells - len(figure) - 1, 0)
    drawn = spark(reading.posts[-room:])[0] if room else ""
    lines: list[Line] = [spread([Span(drawn, "accent")], [Span(figure)], cells)]
    if reading.sent:
        goals_ = board.health.goals if board.health is not None else ()
        aim = next((goal for goal in goals_ if goal.name == _SHARE), None)
        sign = [Span(" ✓", "good") if aim.met else Span(" ○", "warn")] if aim is not None else []
        ratio = Span(f"{reading.sent - reading.answers:,}:{reading.answers:,}")
        label = "talk:listen" if length([ratio, *sign]) + 12 <= cells else "talk"
        lines.append(spread([Span(label, "dim")], [ratio, *sign], cells))
    for term in reading.rising[:_FEW_TERMS]:
        right = [Span(_times(term), "good")]
        left = [Span("↗ ", "good"), foreign(term.term)]
        if length(left) + 1 + length(right) > cells:
            del left[0]  # a term says more than the sign
        lines.append(spread(left, right, cells))
    return lines[:rows]

"""The top of the screen: the event, its clock, who speaks, how it goes; the queues; the programme.

Pure makers of lines, and nothing else: the widget that shows them is `Lines`. Every state is a word
and a sign, colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from eventlive.model import FeedHealth, FeedState, Money
from tui import now_next
from tui.board import PLACES, TITLES, Board, Place
from tui.cells import one_line
from tui.lines import Line, Span, foreign, length, spread
from tui.moments import clock, span, until

FEEDS: dict[FeedState, tuple[str, str, int]] = {
    "live": ("●", "good", 0),
    "ended": ("■", "dim", 1),
    "starting": ("◌", "warn", 2),
    "catching-up": ("◐", "warn", 3),
    "limited": ("◔", "warn", 4),
    "silent": ("○", "warn", 5),
    "over-budget": ("$", "bad", 6),
    "lost": ("✗", "bad", 7),
    "refused": ("✗", "bad", 8),
    "failed": ("✗", "bad", 9),
}
_COSTLY = 0.75
"""Of a budget: from here on what is spent is shown wherever there is room."""


def head(board: Board, now: float, cells: int) -> Line:
    """The first line: what and when at the left, how it goes at the right, most important last."""
    welcome, moment = board.welcome, board.now(now)
    if welcome is None or moment is None:
        return (Span(" eventlive ", "title"), Span(" connecting …", "warn"))
    left = [Span(" "), foreign(welcome.title or welcome.event, "title")]
    account = welcome.accounts[0] if welcome.accounts else None
    speaks = [Span("  as "), foreign(f"@{account.handle}", "key")] if account else []
    time = [Span("  "), Span(clock(moment, board.zone), "title")]
    right = _health(board, moment, cells)
    held = [Span(" HOLD ", "hold"), Span(" ")] if board.held else []
    role = [Span(f"  ({welcome.role})", "warn")] if welcome.role == "viewer" else []
    rehearsal = []
    if board.speed != 1:
        # What is not the present must be seen, whatever else gives way.
        time.append(Span(f"  rehearsal ×{board.speed:g}", "warn"))
    elif welcome.accounts and all(one.network == "rehearsal" for one in welcome.accounts):
        rehearsal = [Span("  rehearsal", "warn")]
    for optional in (rehearsal, speaks, role):
        if length([*left, *optional, *time, *right, *held]) + 2 <= cells:
            left += optional
    return spread([*left, *time, Span(" ")], [*right, *held], cells)


def _health(board: Board, now: datetime, cells: int) -> list[Span]:
    health = board.health
    if not board.up:
        return [Span(" ✗ engine gone ", "hold"), Span(" ")]
    if health is None:
        return []
    counts = [
        Span(f"{health.per_minute:,}/min", ""),
        Span("  "),
        Span(f"{health.screens} screen{'' if health.screens == 1 else 's'} "),
    ]
    if health.uncertain:
        counts = [Span(f"? {health.uncertain} unclear (3)  ", "bad"), *counts]
    if health.venue and cells >= 120:
        counts = [foreign(f"venue {health.venue}  ", "dim"), *counts]
    feeds = _feeds(health.feeds, 2 if cells >= 120 else 1, now, board.zone)
    return [*feeds, *_money(health.feeds, wide=cells >= 120), *counts]


def _money(feeds: Sequence[FeedHealth], *, wide: bool) -> list[Span]:
    """What the feed has cost that is nearest to its budget; on a narrow screen once it is near."""
    costing = [feed.money for feed in feeds if feed.money is not None]
    if not costing:
        return []
    dearest = max(costing, key=lambda money: (used(money), money.spent))
    ink = cost_ink(dearest)
    if not wide and ink == "dim":
        return []
    words = spent(dearest)
    if wide:
        words += f" · {dollars(dearest.per_hour)}/h"
    return [Span(words, ink), Span("  ")]


def used(money: Money) -> float:
    """How much of its budget a feed has used; 0 where it has none."""
    return money.spent / money.budget if money.budget > 0 else 0.0


def cost_ink(money: Money) -> str:
    """How a feed's cost is painted: it warns near the end of the budget."""
    share = used(money)
    return "bad" if share >= 1 else "warn" if share > _COSTLY else "dim"


def spent(money: Money) -> str:
    """What a feed has cost so far, and of how much."""
    of = f" of {dollars(money.budget).removesuffix('.00')}" if money.budget > 0 else ""
    return f"{dollars(money.spent)}{of}"


def dollars(amount: float) -> str:
    """An amount of money."""
    return f"${amount:,.2f}"


def _feeds(feeds: Sequence[FeedHealth], most: int, now: datetime, where: tzinfo) -> list[Span]:
    """The feeds, the worst first; where there is no room for all, how many more there are."""
    worst = sorted(feeds, key=lambda feed: -FEEDS[feed.state][2])
    named = worst[:most]
    spans: list[Span] = []
    for feed in named:
        sign, ink, _ = FEEDS[feed.state]
        end = ""
        if feed.state == "limited" and feed.until is not None:
            end = f" to {until(feed.until, now, where)[:-3]}"  # its seconds are in the list (F)
        spans += [Span(f"{sign} {one_line(feed.id)[:16]} {feed.state}{end}", ink), Span("  ")]
    if len(worst) > most:
        spans.insert(-1, Span(f" +{len(worst) - most}", "dim"))
    return spans


def tabs(board: Board, place: Place, cells: int) -> Line:
    """The second line: the queues with their keys and counts, and how this list stands."""
    listing = board.listings[place]
    short = cells < 90
    left: list[Span] = []
    for number, other in enumerate(PLACES, 1):
        if not board.has(other):
            continue
        name = TITLES[other][:4] if short and other not in ("inbox", place) else TITLES[other]
        text = f" {number} {name} {board.counts(other):,} "
        left.append(Span(text, "tab-on" if other == place else "tab"))
    right: list[Span] = []
    if listing.filter:
        right += [foreign(f"/{listing.filter}", "warn"), Span("  ")]
    if listing.new:
        more = "+" if listing.new >= listing.window else ""
        right += [Span(f" ▲{listing.new}{more} new · g ", "new"), Span(" ")]
    elif listing.live:
        right += [Span("≈ live · j picks ", "dim")]
    else:
        right += [
            Span(f"{listing.line + 1} of {max(listing.waiting, len(listing.shown)):,} ", "dim")
        ]
    return spread(left, right, cells)


def show(board: Board, now: float, cells: int) -> list[Line]:
    """The third line: what runs and what comes next; none where there is no programme."""
    moment = board.now(now)
    line = now_next.line(board.segments, moment, board.zone, cells) if moment else ()
    return [line] if line else []


def banner(board: Board, now: float, cells: int) -> list[Line]:
    """What stands below while the engine is gone: since when, why, and what that means."""
    if board.up:
        return []
    down = board.down
    reason = one_line(down.reason) if down else ""
    if board.heard_at is None:
        if down is None:
            return []
        word = "The engine refuses this console" if down.refused else "No engine answers"
        return [spread([Span(f" ✗ {word}: {reason}")], [Span("trying again ")], cells)]
    gone = span(now - board.heard_at)
    moment = board.now(board.heard_at)
    was = clock(moment, board.zone) if moment else "?"
    again = "it refuses this console" if down and down.refused else "trying again"
    return [
        spread(
            [Span(f" ✗ ENGINE GONE for {gone} · what you see was true at {was}")],
            [Span(f"{again} ")],
            cells,
        ),
        spread([Span(f"   Nothing can be decided or sent now. {reason}")], [], cells),
    ]

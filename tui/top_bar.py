"""The top of the screen: the event, its clock, who speaks, how it goes; the queues; the programme.

Pure makers of lines, and nothing else: the widget that shows them is `Lines`. Every state is a word
and a sign, colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from eventlive.model import ANOTHER_ENGINE, FeedHealth, FeedState, Money
from tui import now_next, rail, safety
from tui.board import Board
from tui.cells import fit, one_line, width
from tui.lines import Line, Span, foreign, length, spread
from tui.listing import Listing
from tui.moments import clock, span, until
from tui.places import PLACES, SORTS, WORDS, Place
from tui.rail import STANDARD
from tui.rebinding import Keymap

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
_WIDE = 100
"""Cells from which on the list has the queues and the post beside it."""
_SMALLEST = 80
"""Cells of the smallest terminal in which all of the console can be used."""
_TITLE, _SHORT_TITLE, _HANDLE = 12, 6, 9
"""Cells of the event's title and of who speaks that what needs nobody gives way to."""
_FULL = 12
"""Letters of the longest name of a place."""
_GONE = (Span(" ✗ engine gone ", "hold"), Span(" "))
_COSTLY = 0.75
"""Of a budget: from here on what is spent is shown wherever there is room."""


def head(board: Board, now: float, cells: int, keymap: Keymap = STANDARD) -> Line:
    """The first line: what and when at the left, how it goes at the right, most important last."""
    welcome, moment = board.welcome, board.now(now)
    if welcome is None or moment is None:
        return (Span(" eventlive ", "title"), Span(" connecting …", "warn"))
    account = welcome.accounts[0] if welcome.accounts else None
    speaks = [Span("  as "), foreign(f"@{account.handle}", "key")] if account else []
    handle = fit(one_line(f"@{account.handle}"), _HANDLE, pad=False) if account else ""
    short = [Span("  "), Span(handle, "key")] if account and cells >= _SMALLEST else []
    time = [Span("  "), Span(clock(moment, board.zone), "title")]
    held = [Span(" HOLD ", "hold"), Span(" ")] if board.held else []
    role = [Span(f"  ({welcome.role})", "warn")] if welcome.role == "viewer" else []
    rehearsal = []
    if board.speed != 1:
        # What is not the present must be seen, whatever else gives way.
        time.append(Span(f"  rehearsal ×{board.speed:g}", "warn"))
    elif welcome.accounts and all(one.network == "rehearsal" for one in welcome.accounts):
        rehearsal = [Span("  rehearsal", "warn")]
    title = one_line(welcome.title or welcome.event)
    least = _TITLE if cells >= _WIDE else _SHORT_TITLE
    needed = length([*time, *held, *short]) + min(width(title), least) + 3
    # What may still be on a screen goes before all that can wait, and before who speaks.
    gone = 0 if board.up else length(_GONE)
    told = safety.spans(board, moment, now, cells - needed + length(short) - gone)
    right = [*told, *_health(board, moment, cells, cells - needed - length(told), keymap)]
    room = cells - length([*time, *right, *held]) - 3
    if width(title) + length(speaks) > room:
        speaks = short if length(short) + least <= room else []
    room -= length(speaks)
    left = [Span(" "), Span(fit(title, max(room, 1), pad=False), "title"), *speaks]
    for optional in (rehearsal, role):
        if length([*left, *optional, *time, *right, *held]) + 2 <= cells:
            left += optional
    return spread([*left, *time, Span(" ")], [*right, *held], cells)


def _health(board: Board, now: datetime, cells: int, room: int, keymap: Keymap) -> list[Span]:
    """How it goes, in `room` cells: what needs nobody gives way to what needs somebody."""
    health = board.health
    if not board.up:
        return [*_GONE]
    if health is None:
        return []
    urgent = _relays(board, " gone" if cells >= 120 else "")
    if health.uncertain:
        urgent.append(Span(f"? {health.uncertain} unclear{_at('uncertain', keymap)}  ", "bad"))
    if late := board.counts("overdue"):
        urgent.append(Span(f"! {late:,} overdue{_at('overdue', keymap)}  ", "bad"))
    if health.venue == ANOTHER_ENGINE:
        urgent.insert(0, Span("✗ two engines  ", "bad"))
    venue = [foreign(f"venue {health.venue}  ", "dim")] if health.venue and cells >= 120 else []
    rate = [Span(f"{health.per_minute:,}/min  ")]
    screens = [Span(f"{health.screens} screen{'' if health.screens == 1 else 's'} ")]
    feeds = _feeds(health.feeds, 2 if cells >= 120 else 1, now, board.zone)
    money = _money(health.feeds, wide=cells >= 120)
    for kept in (
        [*feeds, *money, *venue, *urgent, *rate, *screens],
        [*feeds, *money, *urgent, *rate, *screens],
        [*feeds, *money, *urgent, *screens],
        [*feeds, *money, *urgent],
        [*money, *urgent],
        urgent,
        urgent[:1],
    ):
        if length(kept) <= room:
            return kept
    return []  # what is too long would take along the hold, which stands beside it


def _relays(board: Board, word: str) -> list[Span]:
    """The relays that are gone: their screens keep what they had."""
    gone = [one.name for one in board.relays if not one.online]
    if not gone:
        return []
    more = f" +{len(gone) - 1}" if len(gone) > 1 else ""
    return [Span(f"✗ relay {fit(one_line(gone[0]), 8, pad=False)}{word}{more}  ", "bad")]


def _at(place: Place, keymap: Keymap) -> str:
    key = rail.key(place, keymap)
    return f" ({key})" if key else ""


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
        name = fit(one_line(feed.id), 16, pad=False)
        spans += [Span(f"{sign} {name} {feed.state}{end}", ink), Span("  ")]
    if len(worst) > most:
        spans.insert(-1, Span(f" +{len(worst) - most}", "dim"))
    return spans


def tabs(
    board: Board,
    place: Place,
    now: float,
    cells: int,
    keymap: Keymap = STANDARD,
    *,
    beside: bool = False,
) -> Line:
    """The second line: where one is and how this list stands.

    Where no rail is `beside` the list it names the queues that hold something, too.
    """
    right = _standing(board.listings[place], cells, keymap)
    if beside:
        return spread(_where(board, place, keymap), right, cells)
    there = [other for other in PLACES if other == place or _in_tabs(board, other)]
    room = cells - length(right) - 1
    left: dict[Place, Span] = {}
    for short in (_FULL, 4, 0):
        left = {other: _tab(board, other, place, now, short, keymap) for other in there}
        if length(left.values()) <= room:
            break
    for other in reversed(there):
        if other != place and length(left.values()) > room:
            del left[other]
    return spread([*left.values()], right, cells)


def _in_tabs(board: Board, place: Place) -> bool:
    there = place == "inbox" or (board.has(place) and board.counts(place) > 0)
    return there and WORDS[place].key.isdigit()


def _tab(board: Board, other: Place, on: Place, now: float, short: int, keymap: Keymap) -> Span:
    """A tab; `short` is how many letters of its name there is room for."""
    name = WORDS[other].title[: _FULL if other == on else short]
    moment = board.now(now)
    sign, ink = rail.hurry(board, other, moment) if moment else ("", "")
    count = f"{board.counts(other):,}{sign}"
    words = " ".join(word for word in (rail.key(other, keymap), name, count) if word)
    return Span(f" {words} ", "tab-on" if other == on else ink or "tab")


def _where(board: Board, place: Place, keymap: Keymap) -> list[Span]:
    """The place on the screen, what it holds, and in which order."""
    listing, words = board.listings[place], WORDS[place]
    tab = f" {rail.key(place, keymap)} {words.title} {board.counts(place):,} "
    order = words.first if listing.sort == "rank" else SORTS[listing.sort]
    spans = [Span(tab, "tab-on"), Span(f"  {words.what}", "dim")]
    if order:
        spans.append(Span(f", {order}", "dim" if listing.sort == "rank" else "warn"))
    return spans


def _standing(listing: Listing, cells: int, keymap: Keymap) -> list[Span]:
    """How a list stands: filtered, sorted, marked, what is new, or where the cursor is."""
    spans: list[Span] = []
    if listing.filter:
        said = fit(one_line(listing.filter), max(cells // 5, 8), pad=False)
        spans += [Span(f"/{said}", "warn"), Span("  ")]
    if listing.sort != "rank":
        spans += [Span(f"↕ {listing.sort}", "warn"), Span("  ")]
    if listing.marked:
        spans += [Span(f"◆ {len(listing.marked)} marked", "accent"), Span("  ")]
    if listing.new:
        more = "+" if listing.new >= listing.window else ""
        return [
            *spans,
            Span(f" ▲{listing.new}{more} new · {keymap.shown('first')} ", "new"),
            Span(" "),
        ]
    if listing.live:
        return [*spans, Span(f"≈ live · {keymap.shown('move(1)')} picks ", "dim")]
    of = max(listing.waiting, len(listing.shown))
    return [*spans, Span(f"{listing.line + 1} of {of:,} ", "dim")]


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

"""The venue's screens beside the wall's list: what each shows, how each is, what is still on one.

Pure makers of lines. What needs somebody stands first: what some screen may still show, relays that
are gone. Then the screens, a small picture in text of the one that is chosen, and the keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from eventlive.listening.variables import NOBODY
from eventlive.messages import ScreenInfo
from eventlive.model import Card, Item, Scene, Thing
from eventlive.programme import parts
from tui import safety, scene_lines, venue
from tui.board import Board
from tui.cells import fit, one_line
from tui.lines import Line, Span, cut, foreign, length, spread
from tui.masonry import stage
from tui.rebinding import Keymap
from tui.scene_lines import Seen
from tui.venue import ALL, How, Target

_STANDARD = Keymap()
_KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("scroll(1)", "scroll(-1)"), "which screen"),
    (("screens('scenes')",), "scenes"),
    (("screens('statement')",), "statement"),
    (("screens('black')",), "black"),
    (("screens('follow')",), "as the script says"),
    (("screens('anew')",), "load anew"),
)
_ROOMY = 14
"""Rows from which on the keys stand there, too."""
_TALL = 24
"""Rows from which on relays that are well are told of, too."""
_LEAST, _LOW = 5, 8
"""Rows of the lowest picture, and of one that a low pane has."""


def lines(
    board: Board,
    cells: int,
    rows: int,
    now: datetime,
    chosen: str = ALL,
    keymap: Keymap = _STANDARD,
) -> list[Line]:
    """The pane in at most `rows` lines of `cells`; `chosen` is the screen that the keys are about.

    Without a scene yet it says so; while the engine is gone, that this is how it was.
    """
    scene = board.scene
    if scene is None or rows < 4 or cells < 16:
        return [(Span("waiting for the engine …", "dim"),)]
    foot = _foot(cells, keymap) if rows >= _ROOMY else []
    rows -= len(foot)
    told = _head(board, cells, now, roomy=rows >= _TALL)
    told = [*told, *_targets(board, chosen, cells, max(rows // 4, 2), now)]
    told = [*told, *_pages(board, chosen, cells, max(rows // 5, 1), now)]
    one = venue.target(board, chosen)
    seen = _seen(board, scene, one, now)
    high = max(round(cells * (0.75 if seen.on.portrait else 0.38)), _LOW)
    high = min(rows - len(told) - 1, high)
    picture: list[Line] = []
    if high >= _LEAST:
        name, _ = venue.scene(board, one.wall, now)
        picture = [_title(one, scene_lines.stands(name, seen), seen, board)]
        picture += scene_lines.framed(name, seen, cells, high)
    body = [cut(line, cells) for line in (*told, *picture)][:rows]
    return [*body, *[()] * (rows - len(body)), *foot] if foot else body


def names(board: Board) -> list[str]:
    """What can be chosen, in the order of the list: all screens at once first, where several."""
    known = [one.name for one in venue.targets(board)]
    return [ALL, *known] if len(known) > 1 else known


# --- what needs somebody --------------------------------------------------------------------------


def _head(board: Board, cells: int, now: datetime, *, roomy: bool) -> list[Line]:
    """How the screens are as a whole, and what is wrong beside them."""
    lines: list[Line] = []
    if board.held:
        lines.append((Span("The screens are calm: ", "title"), Span("HOLD", "hold")))
    if not board.up:
        lines.append((Span("✗ the engine is gone: screens keep what they had", "bad"),))
    lines += safety.lines(board, now, cells)
    lines.append(_all_together(board, now))
    for relay in board.relays:
        name = fit(one_line(relay.name), 16, pad=False)
        has = f"{relay.screens:,} screen{'' if relay.screens == 1 else 's'}"
        behind = f", {relay.behind:,} behind" if relay.behind else ""
        if relay.online and (roomy or behind):
            lines.append((Span(f"● relay {name}: {has}{behind}", "warn" if behind else "dim"),))
        elif not relay.online:
            lines.append((Span(f"✗ relay {name} is gone: {has} keep what they had", "bad"),))
    if board.listings["wall"].filter:
        lines.append((Span("filtered: only these cards are known here", "warn"),))
    return lines


def _all_together(board: Board, now: datetime) -> Line:
    known = venue.worst(board.screens, board, now)
    here = [(page, how) for page, how in known if not page.gone]
    gone = len(known) - len(here)
    count = max(board.health.screens if board.health else 0, len(here))
    absent = f", {gone} gone" if gone else ""
    if not count:
        return (Span(f"○ no screen is connected{absent}", "warn"),)
    amiss = sum(1 for _, how in here if how.ranks)
    if not amiss:
        words = "the screen is" if count == 1 else f"{count:,} of {count:,}"
        ink = "warn" if gone else "good"
        return (Span(f"{'!' if gone else '●'} {words} up to date{absent}", ink),)
    # Those that are not well are told first, a dozen at most.
    most = "at least " if amiss == len(here) < count else ""
    words = f"! {count - amiss:,} of {count:,} up to date: {most}{amiss:,} not{absent}"
    return (Span(words, "warn"),)


# --- the screens ----------------------------------------------------------------------------------


def _targets(board: Board, chosen: str, cells: int, rows: int, now: datetime) -> list[Line]:
    """A line for each screen that can be set; of many those around the one that is chosen."""
    known = {one.name: one for one in venue.targets(board)}
    listed = names(board)
    at = listed.index(chosen) if chosen in listed else 0
    rows = max(rows if len(listed) <= rows else rows - 1, 1)
    first = min(max(at - rows // 2, 0), max(len(listed) - rows, 0))
    shown = listed[first : first + rows]
    wide = min(max((len(one_line(name)) for name in shown), default=0), max(cells // 3, 4), 24)
    lines: list[Line] = []
    for name in shown:
        mark = Span("▌", "cursor") if name == listed[at] else Span(" ")
        if name == ALL:
            lines.append((mark, Span(f"▦ all {len(known)}", "title"), Span(" at once", "dim")))
        else:
            lines.append((mark, *_target(known[name], board, wide, cells - 1, now)))
    if rows < len(listed):
        lines.append((Span(f"   {at + 1} of {len(listed)}, {len(listed) - rows} more", "dim"),))
    return lines


def _target(one: Target, board: Board, wide: int, cells: int, now: datetime) -> Line:
    pages = venue.worst(one.pages, board, now)
    how = pages[0][1] if pages else venue.NOBODY
    ink = how.ink if how.ranks else ""
    left = [Span(f"{how.sign} ", how.ink), Span(fit(one_line(one.name), wide), ink), Span("  ")]
    if one.own:
        left += venue.turns(board, one.wall, now)
    else:
        left.append(Span("as main", "dim"))
    amiss = sum(1 for _, other in pages if other.ranks)
    word = how.word if len(pages) < 2 or not amiss else f"{how.word} · {amiss} of {len(pages)}"
    if not word:
        word = f"{len(pages)} pages" if len(pages) > 1 else venue.facts(pages[0][0])
        ink = "dim"
        if length(left) + len(word) + 2 > cells:
            word = ""
    return spread(left, [Span(f"{word} ", ink or how.ink)] if word else [], cells)


def _pages(board: Board, chosen: str, cells: int, rows: int, now: datetime) -> list[Line]:
    """How each page of the chosen screen is; of all screens those that are there and not well."""
    one = venue.target(board, chosen)
    if chosen == one.name or len(names(board)) == 1:
        told = venue.worst(one.pages, board, now)
    else:
        known = venue.worst(board.screens, board, now)
        told = [(page, how) for page, how in known if how.ranks and not page.gone]
    lines = [_page(page, how, cells) for page, how in told[:rows]]
    if len(told) > rows:
        lines[-1] = spread(lines[-1], [Span(f" +{len(told) - rows}", "dim")], cells)
    return lines


def _page(page: ScreenInfo, how: How, cells: int) -> Line:
    left = [Span(f"  {how.sign} ", how.ink), foreign(page.name)]
    right = [Span(f" {how.words}", how.ink)]
    if length([*left, *right]) > cells and how.word:
        right = [Span(f" {how.word}", how.ink)]
    facts = venue.facts(page)
    if facts and length([*left, *right]) + len(facts) + 1 < cells:
        left.append(Span(f" {facts}", "dim"))
    return spread(left, right, cells)


# --- the picture ----------------------------------------------------------------------------------


def _seen(board: Board, scene: Scene, one: Target, now: datetime) -> Seen:
    listing = board.listings["wall"]
    sized = next((page for page in one.pages if page.width > 0 and page.height > 0), None)
    people = board.welcome.names if board.welcome else NOBODY
    told = {id: naming.name for id, naming in people.people.items()}
    return Seen(
        scene=scene,
        wall=one.wall,
        cards=_cards([listing.get(id) for id in listing.order]),
        parts=parts(board.segments, told),
        on=stage((sized.width, sized.height) if sized else (0, 0)),
        now=now,
        where=board.zone,
    )


def _cards(things: Sequence[Thing | None]) -> list[Item | Card]:
    return [one for one in things if isinstance(one, Item | Card)]


def _title(one: Target, stands: str, seen: Seen, board: Board) -> Line:
    """What the picture is of: the screen, its scene now and next, and who set it."""
    spans = [foreign(one.name, "title"), Span("  ")]
    spans += venue.turns(board, one.wall, seen.now)
    meant, _ = venue.scene(board, one.wall, seen.now)
    if not board.held and not one.wall.dark and stands != meant:
        there = "the invitation" if stands == "hold" else stands
        spans.append(Span(f" (nothing to show: {there})", "warn"))
    if one.wall.title:
        spans += [Span("  "), foreign(one.wall.title, "dim")]
    if one.wall.hand:
        spans += [Span("  set by "), foreign(one.wall.hand)]
    return tuple(spans)


def _foot(cells: int, keymap: Keymap) -> list[Line]:
    """The keys of the pane, on as many lines as they need."""
    lines: list[list[Span]] = [[]]
    for actions, word in _KEYS:
        shown = " ".join(filter(None, (keymap.shown(action) for action in actions)))
        part = [Span(shown, "key"), Span(f" {word}  ")]
        if not shown:
            continue
        if lines[-1] and length([*lines[-1], *part]) > cells + 2:
            lines.append([])
        lines[-1] += part
    return [cut(line, cells) for line in lines]

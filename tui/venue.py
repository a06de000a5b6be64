"""The venue's screens as an operator names them: which there are, what each shows, how it is.

Pure. Which scene stands now is reckoned as every screen does it, from the engine's clock; what a
page says of itself is told as it said it.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from msgspec.structs import replace

from eventlive.messages import ScreenInfo
from eventlive.model import SceneName, Screen, showing
from tui.board import Board
from tui.cells import fit, one_line
from tui.lines import Span
from tui.moments import clock

ALL, MAIN = "*", "main"
LATE, SILENT = 3.0, 30.0
"""Seconds without a word after which a screen is amiss: one that is behind, and any."""

SLOW = 1_000
"""Milliseconds from a change until it is drawn, above which a screen is amiss."""

NAMES: dict[SceneName, str] = {
    "masonry": "all cards",
    "spotlight": "one post, large",
    "carousel": "one post large, two beside it",
    "ticker": "a strip that passes",
    "pair": "question and answer",
    "now-next": "the programme, now and next",
    "statement": "words of the house",
    "sponsors": "who pays for it",
    "pictures": "pictures that came with posts",
    "people": "whose voices are on the wall",
    "hold": "the calm frame",
    "test": "the test picture",
}


class Target(NamedTuple):
    """What can be set: a screen by its name, as it is set, and the pages that show it.

    One that is not `own` has no settings: it shows what "main" does until somebody sets it.
    """

    name: str
    wall: Screen
    pages: tuple[ScreenInfo, ...]
    own: bool = True


class How(NamedTuple):
    """How a page is: a sign, in words, in a word, its ink; the worse, the higher it `ranks`."""

    sign: str
    words: str
    word: str
    ink: str
    ranks: int = 0


WELL = How("●", "up to date", "", "dim")
NOBODY = How("○", "no page of it is connected", "none", "dim")


def targets(board: Board) -> list[Target]:
    """The screens that can be set: those of the script, "main", then the others, by their names."""
    walls = {wall.id: wall for wall in board.walls} or {MAIN: Screen(MAIN, 0)}
    main = walls.get(MAIN, Screen(MAIN, 0))
    pages: dict[str, list[ScreenInfo]] = {name: [] for name in (*walls, MAIN)}
    own = [name for name in pages if name != MAIN]
    for page in board.screens:
        has_name = page.name in own or not _is_address(page.name)
        pages.setdefault(page.name if has_name else MAIN, []).append(page)
    named = [name for name in own if walls[name].named]
    names = dict.fromkeys((*named, MAIN, *own, *sorted(pages)))
    return [
        Target(name, walls.get(name) or replace(main, id=name), tuple(pages[name]), name in walls)
        for name in names
    ]


def target(board: Board, name: str) -> Target:
    """The screen of a name; "main" where there is none, or all are meant."""
    known = {one.name: one for one in targets(board)}
    return known.get(name) or known[MAIN]


def meant(name: str) -> str:
    """How to name what is set, in a sentence."""
    return "all screens" if name == ALL else one_line(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


# --- what it shows --------------------------------------------------------------------------------


def scene(board: Board, wall: Screen, now: datetime) -> tuple[str, str]:
    """What a screen shows now, and its ink: a scene, the hold, darkness."""
    if board.held:
        return "HOLD", "hold"
    if wall.dark:
        return "dark", "warn"
    return showing(wall, now), ""


def coming(board: Board, wall: Screen, now: datetime) -> tuple[str, float] | None:
    """The scene that comes next, and in how many seconds; None where none does."""
    if board.held or wall.dark or len(set(wall.scenes)) < 2:
        return None
    seconds = max(1, wall.seconds)
    left = seconds - now.timestamp() % seconds
    return showing(wall, now + timedelta(seconds=left + 0.01)), left


def turns(board: Board, wall: Screen, now: datetime) -> list[Span]:
    """What it shows now and next, in a few words."""
    name, ink = scene(board, wall, now)
    spans = [Span(name, ink or "title")]
    if (after := coming(board, wall, now)) is not None:
        spans.append(Span(f" › {after[0]} {ceil(after[1])} s", "dim"))
    return spans


# --- how it is ------------------------------------------------------------------------------------


def usual_page(pages: Sequence[ScreenInfo]) -> str:
    """The version of the page that most screens have; "" where they are of one mind or silent."""
    versions = Counter(page.page for page in pages if page.page and not page.gone)
    return versions.most_common(1)[0][0] if len(versions) > 1 else ""


def how(page: ScreenInfo, board: Board, now: datetime, usual: str = "") -> How:
    """How a screen is; the first that is wrong with it. `usual` is the others' page."""
    since = clock(now - timedelta(seconds=page.silent * board.speed), board.zone)
    if page.gone:
        return How("✗", "not connected", "gone", "bad", 7)
    if page.silent > SILENT:
        return How("✗", f"silent since {since}", "silent", "bad", 6)
    if page.behind > 0 and page.silent > LATE:
        changes = "change" if page.behind == 1 else "changes"
        words = f"{page.behind:,} {changes} behind since {since}"
        return How("◐", words, f"{page.behind:,} behind", "warn", 5)
    if page.errors:
        many = f"{page.errors:,} error{'' if page.errors == 1 else 's'}"
        told = f": {fit(one_line(page.error), 60, pad=False)}" if page.error else ""
        return How("!", f"{many}{told}", many, "warn", 4)
    if usual and page.page != usual:
        other = fit(one_line(page.page), 10, pad=False) or "none"
        words = f"page {other}, others {fit(one_line(usual), 10, pad=False)}"
        return How("!", words, "other page", "warn", 3)
    if page.lag > SLOW:
        return How("!", f"slow: {page.lag / 1000:.1f} s to draw", "slow", "warn", 2)
    return WELL


def facts(page: ScreenInfo) -> str:
    """What there is to know of a page beside how it is: its size, how fast it draws, its relay."""
    told = [
        f"{page.width}×{page.height}" if page.width else "",
        f"{page.lag} ms" if page.lag else "",
        f"at {fit(one_line(page.relay), 12, pad=False)}" if page.relay else "",
    ]
    return " · ".join(filter(None, told))


def worst(pages: Sequence[ScreenInfo], board: Board, now: datetime) -> list[tuple[ScreenInfo, How]]:
    """Pages with how they are, what is not well first."""
    usual = usual_page(board.screens)  # of all: one page alone is never another than the others'
    known = [(page, how(page, board, now, usual)) for page in pages]
    return sorted(known, key=lambda one: -one[1].ranks)

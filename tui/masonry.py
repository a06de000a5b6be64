"""The masonry in text: which cards stand on a screen, about, and where.

Pure. Cards are placed as the wall itself does it (wall/scenes/masonry.js): a card is set as large
as its words allow, and stands in the first column with room for it. Sizes of type are estimates,
and only the page knows what has been read, so the picture says "about" and "by turns".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from eventlive.model import Card, Item, Scene
from tui.cells import clean, fit, width, wrap
from tui.lines import Line, Span, cut, foreign, spread
from tui.posts import name_of

_SIDE, _ASPECT, _COLUMNS = 65_535, 10, 12
"""Pixels of the longest side, sides of the longest stretch and columns that are drawn: a screen
says its size itself, and whoever opens the wall's page is one."""

# What follows is the wall's own: in rem, a hundredth of a screen's long side.
_SIZES = ((3, 0.3), (2.75, 0.34), (2.5, 0.43), (2.3, 0.55), (2.1, 0.7), (1.9, 0.85), (1.75, 1))
_COLUMN, _GAP, _MARGIN, _RAIL, _HEAD = 38, 1.6, 2.3, 24.1, 16.6
_PADDING, _FOOT, _MEDIA = 4.0, 8.2, 18.3
_LETTER, _LEADING = 0.52, 1.27
"""A letter's usual width and a line's height, in sizes of type; a wide character takes two."""


class Stage(NamedTuple):
    """Where the cards stand: its size in rem, and in how many columns."""

    wide: float
    high: float
    columns: int
    portrait: bool = False

    @property
    def column(self) -> float:
        """How wide a column is."""
        return (self.wide - _GAP * (self.columns - 1)) / self.columns


class Spot(NamedTuple):
    """A card in its column, and how high it is."""

    item: Item | Card
    height: float


def stage(pixels: tuple[int, int] = (0, 0)) -> Stage:
    """The stage of a screen of this size; of the usual 1920x1080 where none is known."""
    across, down = pixels if min(pixels) > 0 else (1920, 1080)
    across, down = min(across, _SIDE, _ASPECT * down), min(down, _SIDE, _ASPECT * across)
    if across <= down:
        unit = min(across / 56.25, down / 100)
        wide, high = across / unit - 2 * _MARGIN, down / unit - 2 * _MARGIN - _HEAD
        return Stage(wide, high, _columns(wide), portrait=True)
    unit = min(across / 100, down / 56.25)
    wide, high = across / unit - 2 * _MARGIN - _RAIL, down / unit - 2 * _MARGIN
    return Stage(wide, high, _columns(wide))


def _columns(wide: float) -> int:
    return min(max(1, round(wide / _COLUMN)), _COLUMNS)


def place(items: Sequence[Item | Card], on: Stage) -> list[list[Spot]]:
    """Each card in the first column that has room for it, or smaller in the most room, or not."""
    columns: list[list[Spot]] = [[] for _ in range(on.columns)]
    used = [0.0] * on.columns
    for item in items:
        rooms = [on.high - one for one in used]
        high = _usual(item, on)
        at = next((nth for nth, room in enumerate(rooms) if high <= room), -1)
        if at < 0:
            at = rooms.index(max(rooms))
            smaller = (_height(item, size, on) for size, _ in _SIZES)
            fits = next((one for one in smaller if one <= rooms[at]), None)
            if fits is None:
                continue
            high = fits
        columns[at].append(Spot(item, high))
        used[at] += high + _GAP
    return columns


def _usual(item: Item | Card, on: Stage) -> float:
    """How high a card is where nothing else is: in the largest type in which it is not too high."""
    pictures = _MEDIA if has_media(item) else 0.0
    high = 0.0
    for size, share in _SIZES:
        high = _height(item, size, on)
        if high <= on.high * share + pictures:
            return high
    return min(high, on.high)


def _height(item: Item | Card, size: float, on: Stage) -> float:
    """How high a card is in type of this size, in rem."""
    letters = max(int((on.column - _PADDING) / (size * _LETTER)), 8)
    rows = _rows(words_of(item), letters)
    if answer := answer_of(item):
        rows += _rows(clean(answer), letters) + 1
    return rows * size * _LEADING + _FOOT + (_MEDIA if has_media(item) else 0.0)


@lru_cache(maxsize=512)
def _rows(text: str, letters: int) -> int:
    return len(wrap(text, letters))


def words_of(item: Item | Card) -> str:
    """What a card says, or what its author warns of."""
    said = item.post if isinstance(item, Item) else item
    text = f"Content warning: {said.warning}" if said.warning else said.text
    return clean(text.strip()[:2000])


def has_media(item: Item | Card) -> bool:
    """Whether pictures came with it."""
    return bool((item.post if isinstance(item, Item) else item).media)


def answer_of(item: Item | Card) -> str:
    """What the house has answered to it on the screens."""
    return item.shown_answer if isinstance(item, Item) else item.answer


# --- the picture ------------------------------------------------------------------------------


def picture(
    scene: Scene, cards: Sequence[Item | Card], on: Stage, cells: int, rows: int
) -> list[Line]:
    """The rail's words in a line or two, then the cards in their columns, and how many wait."""
    head: list[Line] = [
        spread(
            [Span(" "), foreign(scene.title, "title")],
            [foreign(tag(scene), "accent"), Span(" ")],
            cells,
        )
    ]
    if scene.now:
        head.append(cut((Span(" now ", "dim"), foreign(scene.now)), cells))
    columns = place(cards[: max(scene.cards, 1)], on)
    shown = sum(len(column) for column in columns)
    newest = cards[0].id
    wide = (cells - on.columns - 1) // on.columns
    room = rows - len(head) - 1
    parts = [_shares(column, room, on.high) for column in columns]
    drawn = [
        _column(column, part, wide, newest) for column, part in zip(columns, parts, strict=True)
    ]
    body: list[Line] = []
    for y in range(max((len(one) for one in drawn), default=0)):
        spans: list[Span] = [Span(" ")]
        for one in drawn:
            spans += [*spread(one[y] if y < len(one) else (), (), wide), Span(" ")]
        body.append(tuple(spans))
    body += [()] * (room - len(body))
    here = sum(len(part) for part in parts)
    words = f" about like this: {_count(shown, len(cards))}"
    words += f", {here} drawn" if here < shown else ""
    return [*head, *body, (Span(words, "dim"),)]


def _count(shown: int, cards: int) -> str:
    if shown < cards:
        return f"{shown} of {cards} by turns"
    return "one card" if cards == 1 else f"all {cards} cards"


def _shares(spots: Sequence[Spot], rows: int, high: float) -> list[int]:
    """How many lines each card of a column has: its part of the height, or as few as can be.

    The last ones are left out where there is no room even so.
    """
    least = [3 if answer_of(spot.item) else 2 for spot in spots]
    while sum(least) > rows:
        least.pop()
    wanted = (round(rows * (spot.height + _GAP) / high) for spot in spots)
    shares = [max(few, want) for few, want in zip(least, wanted, strict=False)]
    while sum(shares) > rows:
        spare = [share - few for share, few in zip(shares, least, strict=True)]
        shares[spare.index(max(spare))] -= 1
    return shares


def _column(spots: Sequence[Spot], shares: Sequence[int], wide: int, newest: str) -> list[Line]:
    """A column's cards one below the other, in so many lines each."""
    body: list[Line] = []
    for spot, here in zip(spots, shares, strict=False):
        gap = 1 if here > 3 else 0
        body += _card(spot.item, wide, here - gap, newest=spot.item.id == newest)
        body += [()] * gap
    return body


def tag(scene: Scene) -> str:
    """The event's hashtag as it is written; "" for none."""
    told = scene.hashtag.strip().lstrip("#＃")
    return f"#{told}" if told else ""


def _card(item: Item | Card, wide: int, rows: int, *, newest: bool) -> list[Line]:
    """One card: its words, the answer, both as far as there is room; who said it and where."""
    edge = Span("▌", "accent" if newest else "rule")
    room = max(wide - 1, 4)
    answer = wrap(clean(answer_of(item)[:1000]), max(room - 2, 4)) if answer_of(item) else []
    said_in = [(row, "") for row in wrap(words_of(item), room)]
    if has_media(item):
        said_in.append(("▣ picture", "dim"))
    # What was asked and what is answered have half of it each, or what the other leaves.
    below = min(len(answer), max(rows - 1 - len(said_in), (rows - 1) // 2))
    texts = _cut(said_in, rows - 1 - below, room)
    texts += _cut([(f"│ {row}", "accent") for row in answer], below, room)
    said = item.post.author if isinstance(item, Item) else item
    network = item.post.network if isinstance(item, Item) else item.network
    by: Line = (foreign(said.name or said.handle, "dim"), Span(f" · {name_of(network)}", "dim"))
    pinned = isinstance(item, Card) and item.pinned
    by = (*by, Span(" · pinned", "dim")) if pinned else by
    texts += [("", "")] * (rows - 1 - len(texts))
    return [*((edge, Span(text, ink)) for text, ink in texts), (edge, *cut(by, room))]


def _cut(texts: list[tuple[str, str]], rows: int, cells: int) -> list[tuple[str, str]]:
    """The first lines of some; the last of them tells where more follow."""
    if len(texts) <= rows or rows <= 0:
        return texts[: max(rows, 0)]
    text, ink = texts[rows - 1]
    return [*texts[: rows - 1], (_dotted(text, cells), ink)]


def _dotted(text: str, cells: int) -> str:
    return f"{text}…" if width(text) < cells else fit(text, cells - 1, pad=False).rstrip("…") + "…"

"""How the screens look: the house themes, and what a script changes of them.

Owns the colours of a theme, those that follow from others, and where text stands on what. Pure;
`eventlive.themes` writes the stylesheet and reads the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Literal, NamedTuple

from eventlive.colours import BLACK, LARGE, TEXT, WHITE, Colour, colour, contrast, legible, over
from eventlive.tables import Script, ThemeName

# How strong wall.css makes its lights, at their brightest, and the ink where a picture will stand.
ON_CARD = 0.26
IN_ROOM = 0.3
ON_TILE = 0.08
_VEILS = 50
FOLDER = "/wall/theme/"

_SERIF = (
    '"Noto Serif Display", "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia,'
    ' serif, "Noto Color Emoji"'
)
_SANS = (
    '"Inter", "Segoe UI Variable Text", "Segoe UI", "SF Pro Text", "Noto Sans", system-ui,'
    ' sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji"'
)
_TIGHT = (
    '"Inter Display", "Inter", "Segoe UI Variable Display", "Segoe UI", "SF Pro Display",'
    ' "Noto Sans Display", "Noto Sans", system-ui, sans-serif, "Noto Color Emoji"'
)


@dataclass(frozen=True, slots=True)
class Look:
    """A theme: its colours, its families of type, its shapes.

    `edge` is what lines are drawn in, `edge_opacity` thick; `glow` is how strong the accent's light
    in the room is. `round`, `margin` and `gap` are in rem, a hundredth of the picture's long side.
    """

    ground: Colour
    card: Colour
    card_foot: Colour
    edge: Colour
    edge_opacity: float
    ink: Colour
    quiet: Colour
    faint: Colour
    paper: Colour
    accent: Colour
    glow: float = 1.0
    display: str = _SERIF
    text: str = _SANS
    round: float = 1.25
    margin: float = 2.3
    gap: float = 1.5

    @property
    def accent_ink(self) -> Colour:
        """The accent for words: lighter or darker until it is read wherever they stand."""
        return legible(self.accent, [*surfaces(self).values()])

    @property
    def veil(self) -> float:
        """How thick the ground lies over a background picture, so that words are read on any."""
        words = (self.ink, self.quiet, self.accent_ink)
        for step in range(_VEILS // 2, _VEILS):
            opacity = step / _VEILS
            extremes = [over(self.ground, opacity, end) for end in (BLACK, WHITE)]
            if all(contrast(word, end) >= TEXT for word in words for end in extremes):
                return opacity
        return 1.0


HOUSE: Mapping[ThemeName, Look] = MappingProxyType(
    {
        # A warm, dark stage on which the newest post stands in the light.
        "dusk": Look(
            ground=colour("#120d0a"),
            card=colour("#261c16"),
            card_foot=colour("#1f1712"),
            edge=Colour(255, 232, 206),
            edge_opacity=0.09,
            ink=colour("#fbf4ea"),
            quiet=colour("#cdbcab"),
            faint=colour("#a8968a"),
            paper=colour("#fbf4ea"),
            accent=Colour(255, 179, 92),
        ),
        # A programme on good paper: dark ink, one deep teal, square corners.
        "paper": Look(
            ground=colour("#f3eee3"),
            card=colour("#fffdf8"),
            card_foot=colour("#faf6ec"),
            edge=Colour(36, 44, 42),
            edge_opacity=0.16,
            ink=colour("#171d1c"),
            quiet=colour("#3b4543"),
            faint=colour("#5a6562"),
            paper=colour("#fffdf8"),
            accent=colour("#0d5f5c"),
            glow=0.4,
            round=0.5,
        ),
        # For bright halls and LED walls: near-black blue, white words, a cool light.
        "signal": Look(
            ground=colour("#04080f"),
            card=colour("#0d1725"),
            card_foot=colour("#09111c"),
            edge=Colour(186, 222, 255),
            edge_opacity=0.16,
            ink=colour("#ffffff"),
            quiet=colour("#c9d9e8"),
            faint=colour("#9bb0c4"),
            paper=colour("#ffffff"),
            accent=colour("#4fd3f7"),
            glow=0.8,
            display=_TIGHT,
            round=0.4,
        ),
    }
)


def look(script: Script) -> Look:
    """Give the look of a script's screens: its house theme, with what the script changes.

    What follows from a colour follows from the script's: the foot of a card from the card, faint
    words from quiet ones, quiet ones from the ink.
    """
    theme, one = script.theme, HOUSE[script.wall.theme]
    if theme.ground:
        one = replace(one, ground=colour(theme.ground))
    if theme.card:
        one = replace(one, card=colour(theme.card))
    if accent := theme.accent or script.wall.accent:
        one = replace(one, accent=colour(accent))
    if theme.ink:
        ink = colour(theme.ink)
        one = replace(one, ink=ink, edge=ink)
    if theme.card or theme.ground:
        one = replace(one, card_foot=over(one.ground, 0.35, one.card))
    behind = [*surfaces(one).values()]
    if theme.quiet:
        one = replace(one, quiet=colour(theme.quiet))
    elif theme.ink:
        one = replace(one, quiet=legible(over(one.card, 0.2, one.ink), behind))
    if theme.quiet or theme.ink:
        calm = [one.ground, one.card, one.card_foot]
        one = replace(one, faint=legible(over(one.card, 0.2, one.quiet), calm))
    if theme.round:
        one = replace(one, round=float(theme.round.removesuffix("rem")))
    return replace(one, margin=one.margin * theme.space, gap=one.gap * theme.space)


# --- what stands on what --------------------------------------------------------------------------


class Pair(NamedTuple):
    """Words on what is behind them: both in words, their contrast, and the least it may be."""

    words: Literal["ink", "quiet", "faint", "accent"]
    behind: str
    contrast: float
    least: float


def surfaces(one: Look) -> dict[str, Colour]:
    """Give what words stand on, each at the place where they are read worst."""
    return {
        "the ground": one.ground,
        "the ground in the light": over(one.accent, IN_ROOM * one.glow, one.ground),
        "a card": one.card,
        "a card's foot": one.card_foot,
        "the newest card": over(one.accent, ON_CARD, one.card),
        "the place of a picture": over(one.ink, ON_TILE, one.card),
    }


def pairs(one: Look) -> Iterator[Pair]:
    """Give all words of the page on all that they stand on.

    Faint words are set on calm surfaces, and large ones alone in the light.
    """
    behind = surfaces(one)
    words = {"ink": one.ink, "quiet": one.quiet, "accent": one.accent_ink}
    for name, ground in behind.items():
        for key in ("ink", "quiet", "accent"):
            yield Pair(key, name, contrast(words[key], ground), TEXT)
        calm = name in ("the ground", "a card", "a card's foot")
        yield Pair("faint", name, contrast(one.faint, ground), TEXT if calm else LARGE)


# --- files ----------------------------------------------------------------------------------------


def named_files(script: Script) -> Iterator[str]:
    """Give the files that the screens need, each once, as the script names them."""
    theme = script.theme
    logos = (one.logo for one in script.sponsors)
    every = (script.wall.logo, theme.font, theme.display, theme.background, *logos)
    yield from dict.fromkeys(name for name in every if name)


def path_of(file: str) -> str:
    """Give the path under which a file of the script is served, "" for none.

    It has nothing in it but letters, digits, points and hyphens.
    """
    if not file or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}\.[A-Za-z0-9]{1,5}", file):
        return FOLDER + file if file else ""
    stem, _, suffix = file.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[-40:]
    mark = sha256(file.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{FOLDER}{plain}-{mark}.{re.sub('[^A-Za-z0-9]', '', suffix)[:5].lower()}"


def is_film(file: str) -> bool:
    """Say whether a background is a film."""
    return file.lower().endswith((".mp4", ".webm"))

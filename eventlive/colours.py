"""Colours, and how well one is read on another (WCAG 2.2, 1.4.3).

Owns the arithmetic of contrast. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import NamedTuple

TEXT = 4.5
"""The least contrast of a text with what is behind it."""
LARGE = 3.0
"""The least contrast of large type: 24 px, or 18.7 px where it is bold."""
_STEPS = 64


class Colour(NamedTuple):
    """A colour by its channels, each 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def channels(self) -> str:
        """Write it as CSS takes it beside an opacity: "255 179 92"."""
        return f"{self.red} {self.green} {self.blue}"


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)


def colour(text: str) -> Colour:
    """Read a colour such as "#1fa6a0". Raises ValueError."""
    if len(text) != 7 or text[0] != "#" or not text[1:].isalnum():
        raise ValueError(f"{text[:20]!r} is no colour")
    return Colour(*bytes.fromhex(text[1:]))


def over(top: Colour, opacity: float, below: Colour) -> Colour:
    """Lay a colour over another, as a browser does."""
    pairs = zip(top, below, strict=True)
    return Colour(*(round(one * opacity + other * (1 - opacity)) for one, other in pairs))


@lru_cache(4096)
def luminance(one: Colour) -> float:
    """Give the relative luminance: 0 for black, 1 for white."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in one)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Give the contrast of two colours: 1 for the same, 21 for black and white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible(one: Colour, grounds: Collection[Colour], least: float = TEXT) -> Colour:
    """Lighten or darken a colour until it is read on all of these grounds.

    One that is read already stays as it is. Where no shade of it will do, that of black and white
    that is read best.
    """
    right = nearest(one, lambda shade: all(contrast(shade, ground) >= least for ground in grounds))
    if right is not None:
        return right
    return max((BLACK, WHITE), key=lambda end: min(contrast(end, ground) for ground in grounds))


def nearest(one: Colour, will_do: Callable[[Colour], bool]) -> Colour | None:
    """Give the shade of a colour, lighter or darker, that is nearest to it and will do."""
    for step in range(_STEPS + 1):
        for end in (WHITE, BLACK):
            if will_do(shade := over(end, step / _STEPS, one)):
                return shade
    return None

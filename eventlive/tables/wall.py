"""The script's tables of the screens: how they look, what they show, and what each is called.

Owns `[wall]`, `[theme]`, `[[screens]]`, `[[statements]]` and `[[sponsors]]`. Pure; what the files
that are named here hold is the loader's to look at.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator

from eventlive.model import SceneName
from eventlive.tables.cells import (
    Colour,
    Distance,
    FileName,
    Identifier,
    LanguageCode,
    Table,
    hashtag_problem,
    read_metres,
)

MAIN = "main"
"""The screen that stands for all that have no name in the script."""
EVERY = "*"
"""All screens, where a segment says what they show."""

ThemeName = Literal["dusk", "paper", "signal"]
Scenes = Annotated[list[SceneName], Field(min_length=1, max_length=12)]


def _shape(value: Any) -> str:
    return "table" if isinstance(value, dict) else "list"


ScenesOfSegment = Annotated[
    Annotated[Scenes, Tag("list")]
    | Annotated[dict[str, Scenes], Field(min_length=1, max_length=100), Tag("table")],
    Discriminator(_shape),
]
"""What a segment sets screens to: all of them, or each by its name."""


def _a_round(value: str) -> str:
    """Refuse what is no radius of corners. Raises ValueError."""
    found = re.fullmatch(r"(\d(?:\.\d{1,3})?)rem", value)
    if not value or (found and float(found[1]) <= 4):
        return value
    number = re.match(r"\d{1,3}(?:\.\d{1,3})?", value.strip())
    if number is None or found:
        raise ValueError('corners are round by 0rem to 4rem; write it as in "1.25rem"')
    # A rem is a hundredth of the picture's width: 19.2 px of 1,920.
    rem = float(number[0]) / (19.2 if value.strip().endswith("px") else 1)
    raise ValueError(f'corners are measured in rem; write "{min(rem, 4):.3g}rem"')


Round = Annotated[str, AfterValidator(_a_round)]


def _a_place(least: float, most: float, what: str) -> Any:
    """Make the check of a distance that must be one of a room."""

    def checked(value: str) -> str:
        if value and not least <= read_metres(value) <= most:
            raise ValueError(f"{value} cannot be {what}: it is {least:g} to {most:g} m")
        return value

    return AfterValidator(checked)


Away = Annotated[Distance, _a_place(1, 300, "how far away the last row is")]
Wide = Annotated[Distance, _a_place(0.2, 100, "how wide the picture is")]


class Wall(Table):
    """The screens: what all of them show that have nothing else said of them.

    `distance` is that of the last row, `width` that of the picture: type is sized by them.
    """

    title: str = ""
    hashtag: str = ""
    cards: int = Field(default=12, ge=1, le=60)
    accent: Colour = ""
    pictures: bool = True
    theme: ThemeName = "dusk"
    scenes: Scenes = ["masonry"]
    seconds: int = Field(default=30, ge=3, le=3600)
    distance: Away = ""
    width: Wide = "4m"
    logo: FileName = ""
    sponsors: Literal["corner", "scene", "off"] = "corner"

    @field_validator("hashtag")
    @classmethod
    def _tag(cls, value: str) -> str:
        if value and (wrong := hashtag_problem(value)):
            raise ValueError(wrong)
        return value


class Theme(Table):
    """What differs from the house theme that `[wall]` names; what is left out is as there.

    `font` and `display` are woff2 files; `background` is a picture, or a film without sound.
    `space` widens margins and gaps.
    """

    ground: Colour = ""
    card: Colour = ""
    ink: Colour = ""
    quiet: Colour = ""
    accent: Colour = ""
    font: FileName = ""
    display: FileName = ""
    background: FileName = ""
    round: Round = ""
    space: float = Field(default=1.0, ge=0.5, le=2)


class ScreenTable(Table):
    """A screen with a name of its own (`/wall?screen=left`); what is left out is as in `[wall]`."""

    id: Identifier
    title: str = Field(default="", max_length=120)
    scenes: Scenes | None = None
    seconds: int | None = Field(default=None, ge=3, le=3600)
    distance: Away = ""
    width: Wide = ""

    @field_validator("id")
    @classmethod
    def _a_name(cls, value: str) -> str:
        if value == MAIN:
            raise ValueError(f"{value!r} stands for every screen without a name; [wall] sets it")
        return value


class StatementTable(Table):
    """A text of the house for the screens. Without a `language` it speaks the event's."""

    id: Identifier
    text: str = Field(min_length=1, max_length=1000)
    language: LanguageCode = ""


class SponsorTable(Table):
    """Somebody who pays for the event; without a `logo` the screens set the name."""

    name: str = Field(min_length=1, max_length=120)
    logo: FileName = ""

"""The script's tables on the event itself: what it is, what to follow, who matters.

Owns `[event]`, `[follow]`, `[[people]]` and `[goals]`. Pure.
"""

from __future__ import annotations

import difflib
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from eventlive.tables.cells import Identifier, NetworkName, Table, Zoned, hashtag_problem


class Event(Table):
    """What the event is: its id names the store's file and the MQTT topics."""

    id: Identifier
    title: str = Field(min_length=1, max_length=120)
    timezone: str = "UTC"
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    starts: Zoned | None = None
    ends: Zoned | None = None
    link: str = Field(
        default="",
        max_length=500,
        pattern=r"^(https?://[^\s/]\S*)?$",
        description="where the wall's QR code leads",
    )

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            near = difflib.get_close_matches(value, available_timezones(), 1, 0.6)
            hint = f"; did you mean {near[0]!r}?" if near else "; use a name such as 'Europe/Oslo'"
            raise ValueError(f"there is no time zone {value!r}{hint}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Follow(Table):
    """What to listen for, on every network.

    `accounts` are the house's own handles, as each network writes them: who mentions one of them
    speaks to us.
    """

    hashtags: list[str] = Field(default=[], max_length=50)
    keywords: list[str] = Field(default=[], max_length=200)
    accounts: list[str] = Field(default=[], max_length=200)

    @field_validator("hashtags")
    @classmethod
    def _tags(cls, value: list[str]) -> list[str]:
        for tag in value:
            if wrong := hashtag_problem(tag):
                raise ValueError(wrong)
        return value


class Person(Table):
    """Somebody who matters; `trusted` ones reach the wall without a person in that mode.

    `named` is how they want to be named in a post where they have no handle on its network.
    """

    id: Identifier
    name: str = Field(min_length=1, max_length=120)
    named: str = Field(default="", max_length=120)
    role: Literal["speaker", "press", "partner", "staff"] = "speaker"
    handles: dict[NetworkName, str] = {}
    trusted: bool = False


class Goals(Table):
    """What the event is to achieve, as numbers of the engine's own; what is left out is no goal.

    `silence` is how long no post of ours may be away from the next, while the event is on.
    """

    questions_answered: float | None = Field(default=None, gt=0, le=1)
    answer_minutes: float | None = Field(default=None, gt=0, le=24 * 60)
    conversation: float | None = Field(default=None, gt=0, lt=1)
    posts_a_day: int | None = Field(default=None, ge=1, le=1000)
    voices_on_wall: int | None = Field(default=None, ge=1, le=100_000)
    silence_minutes: int | None = Field(default=None, ge=1, le=24 * 60)

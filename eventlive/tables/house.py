"""The script's tables of the house: its voice, its rules for posts, venue and desk.

Owns `[voice]`, `[support]`, `[moderation]`, `[outgoing]`, `[venue]` and `[desk]`. Pure.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from eventlive.tables.cells import Identifier, Length, Table


class Voice(Table):
    """How the house speaks; `eventlive lint`, the composer and `check` hold texts against it.

    `banned` are words that are not ours, with how they should read; `inclusive` are words that
    leave people out, with better ones. "" says only that a word should go. A * at a word's end
    stands for its forms. `promotions` are how many posts that sell may follow one another.
    """

    first_person: bool = Field(default=True, description='"I" is an error')
    shouting: bool = True
    exclamations: bool = True
    tags: int = Field(default=4, ge=0, le=30)
    promotions: int = Field(default=2, ge=1, le=100)
    banned: dict[str, str] = {}
    inclusive: dict[str, str] = {}
    shorteners: list[str] = Field(default=[], description="hosts that hide where a link leads")


class Support(Table):
    """Cases for support are answered from their own account: the main timeline stays clean."""

    account: Identifier
    keywords: list[str] = Field(min_length=1, max_length=200)


class Moderation(Table):
    """What may reach a screen. `stop` words never do; `flag` words ask for a person's look."""

    mode: Literal["approve", "trusted", "auto"] = "approve"
    stop: list[str] = []
    flag: list[str] = []
    mute: list[str] = Field(default=[], description="network:handle")
    auto_per_minute: int = Field(
        default=30, ge=1, le=600, description="cards a minute that may go up by themselves"
    )


class Venue(Table):
    """The venue's MQTT broker; without it everything but cues works."""

    broker: str

    @field_validator("broker")
    @classmethod
    def _mqtt(cls, value: str) -> str:
        found = re.fullmatch(r"mqtts?://(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?/?", value)
        if not found or not 0 < int(found.group(1) or 1) < 65536:
            raise ValueError(f"{value!r} must read mqtt://host:port or mqtts://host:port")
        return value


class OutgoingTable(Table):
    """How posts go out.

    `take_back` are the seconds in which a post sent by hand can be taken back. A planned one that
    is `stale_after` late is held for a decision; those that are late keep `apart`. With `approval`
    every post needs a second person.
    """

    take_back: float = Field(default=5.0, ge=0, le=60)
    stale_after: Length = "10:00"
    apart: Length = "01:00"
    approval: bool = False


class Desk(Table):
    """How much the desk keeps before it, and how long a claim lasts."""

    window: int = Field(default=5000, ge=100, le=50_000)
    claim_seconds: float = Field(default=30.0, ge=5, le=600)

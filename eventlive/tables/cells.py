"""What may stand in a cell of the script: ids, times, lengths, distances, colours, handles, tags.

Owns what the tables share. Pure.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from eventlive.anchors import read_anchor, read_length

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
NetworkName = Literal["x", "bluesky", "mastodon"]
Colour = Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")]
FileName = Annotated[str, Field(max_length=500)]
"""A file in the script's folder, "" for none."""
LanguageCode = Annotated[str, Field(pattern=r"^([a-z]{2,3})?$")]

_HANDLES = {
    # help.x.com: letters, digits and _, fifteen at most.
    "x": (re.compile(r"@?[A-Za-z0-9_]{1,15}"), "such as @house: letters, digits and _"),
    # atproto.com/specs/handle: a domain name.
    "bluesky": (
        re.compile(r"@?(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*"),
        "such as house.example.org: a domain name",
    ),
    "mastodon": (
        re.compile(r"@?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?@[\w.-]+\.?[\w-]+(?::\d{1,5})?"),
        "such as house@social.example.org, with its server",
    ),
}


class Table(BaseModel):
    """A table of the script: no keys but its own, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def with_zone(value: datetime) -> datetime:
    """Refuse a time without its zone, or of an absurd year. Raises ValueError."""
    if value.tzinfo is None:
        raise ValueError("a time needs its zone; write it as in 2027-05-20T09:00:00+03:00")
    if not 2000 <= value.year <= 2100:
        raise ValueError(f"the year {value.year} cannot be right")
    return value


def a_length(value: str) -> str:
    """Refuse what is no length of time. Raises ValueError."""
    read_length(value)
    return value


def a_moment(value: datetime | str) -> datetime | str:
    """Refuse what is neither an absolute time nor one tied to a segment. Raises ValueError."""
    if isinstance(value, datetime):
        return with_zone(value)
    try:
        read_anchor(value)
    except ValueError as error:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise error from None
        return with_zone(at)
    return value


def read_metres(text: str) -> float:
    """Read a distance such as "20m"; 0 for "". Raises ValueError."""
    if not text:
        return 0.0
    if found := re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?) ?m", text):
        return float(found[1])
    wrong = "a distance is a text of metres"
    near = re.match(
        r"\s*(\d{1,4}(?:[.,]\d{1,3})?)\s*(mm|cm|m|ft|feet|foot|)(?![a-z])", text.lower()
    )
    metres = {"mm": 0.001, "cm": 0.01, "ft": 0.3048, "feet": 0.3048, "foot": 0.3048}
    if near is None:
        raise ValueError(f'{wrong}; write it as in "20m"')
    raise ValueError(
        f'{wrong}; write "{float(near[1].replace(",", ".")) * metres.get(near[2], 1):.3g}m"'
    )


def a_distance(value: str) -> str:
    """Refuse what is no distance. Raises ValueError."""
    read_metres(value)
    return value


Distance = Annotated[str, AfterValidator(a_distance)]
Zoned = Annotated[datetime, AfterValidator(with_zone)]
Length = Annotated[str, AfterValidator(a_length)]
Tied = Annotated[datetime | str, AfterValidator(a_moment)]
"""An absolute time with its zone, or one tied to a segment ("keynote+05:00")."""


def is_hashtag(text: str) -> bool:
    """Say whether a text is a hashtag, with or without #, in any script that people write."""
    tag = text.removeprefix("#").removeprefix("＃")
    fit = all(sign.isalnum() or sign == "_" or category(sign)[0] == "M" for sign in tag)
    return fit and bool(tag) and not tag.isdigit()


def hashtag_problem(text: str) -> str:
    """Say why a text is no hashtag, and what to write; "" where it is one."""
    if is_hashtag(text):
        return ""
    bare = "".join(sign for sign in text if is_hashtag(f"a{sign}"))
    right = f'; write "#{bare}"' if is_hashtag(bare) else ""
    return f"{text[:80]!r} is not a hashtag: letters, digits and _ after the #{right}"


def handle_problem(network: str, handle: str) -> str:
    """Say why a handle cannot be one on its network, "" where it can."""
    grammar, example = _HANDLES.get(network, (None, ""))
    if grammar is None or grammar.fullmatch(handle):
        return ""
    return f"{handle!r} is no handle on {network}: it reads {example}"

"""The script's tables of the show: the programme, and what is written for it beforehand.

Owns `[[segments]]`, `[[posts]]`, `[[reminders]]`, `[[answers]]` and `[[facts]]`. Pure.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from eventlive.tables.cells import Identifier, LanguageCode, Length, Table, Tied, Zoned
from eventlive.tables.wall import ScenesOfSegment


class SegmentTable(Table):
    """A part of the programme.

    With `starts` alone it is fixed. With `after` it follows another segment as soon as that has
    ended; with both it follows, and never starts before. `by` says whether the clock starts and
    ends it, or only a person. Segments of one `track` follow one another; tracks run side by side.
    `scenes` are what screens show from its beginning: all of them, or each by its name.
    """

    id: Identifier
    title: str = Field(min_length=1, max_length=200)
    starts: Zoned | None = None
    after: Identifier | None = None
    minutes: int = Field(default=30, ge=1, le=24 * 60)
    by: Literal["clock", "hand"] = "clock"
    track: str = Field(default="", max_length=60)
    room: str = Field(default="", max_length=60)
    speakers: list[Identifier] = Field(default=[], max_length=50)
    scenes: ScenesOfSegment | None = None

    @model_validator(mode="after")
    def _has_a_time(self) -> SegmentTable:
        if self.starts is None and self.after is None:
            raise ValueError('it needs `starts = <a time>`, or `after = "<a segment>"`')
        if self.id in (
            "segment",
            "next",
            "event",
            "speaker",
            "person",
            "partner",
            "press",
            "staff",
        ):
            raise ValueError(f"{self.id!r} stands for something else in a post's variables")
        return self


class PictureTable(Table):
    """A picture of a prepared post: a file beside the script, and in words what it shows."""

    file: str = Field(min_length=1, max_length=500)
    alt: str = Field(default="", max_length=1500)


class PreparedPost(Table):
    """A post written beforehand: a draft, or with `at` one that leaves by itself at that time.

    With `accounts` it goes out from each of them; `variants` are other words for an account, a
    network or a language, in this order. `every` sends it again and again until `during` ends,
    `rotate` with other words in turn. `segment` is what `{segment.…}` stands for, where `at` is not
    tied to one. `stale_after` is how late it may be and still make sense. `warning` is a content
    warning, where the network has them; `language` is the account's where it is not said.
    """

    id: Identifier
    text: str = Field(min_length=1, max_length=5000)
    account: Identifier | None = None
    accounts: list[Identifier] = Field(default=[], max_length=20)
    at: Tied | None = None
    every: Length | None = None
    during: list[Identifier] = Field(default=[], max_length=50)
    rotate: list[str] = Field(default=[], max_length=50)
    variants: dict[str, str] = {}
    segment: Identifier | None = None
    stale_after: Length | None = None
    approval: bool | None = None
    promo: bool = Field(default=False, description="it sells something")
    pictures: list[PictureTable] = Field(default=[], max_length=4)
    warning: str = Field(default="", max_length=200)
    language: LanguageCode = ""

    @model_validator(mode="after")
    def _fits_together(self) -> PreparedPost:
        if self.account is not None and self.accounts:
            raise ValueError("`account` or `accounts`, not both")
        if self.every is not None and not self.during:
            raise ValueError('`every` needs `during = ["<a segment>"]`: until when it comes again')
        if self.during and self.every is None:
            raise ValueError('`during` needs `every = "40:00"`: how often it comes')
        if self.every is not None and self.at is not None:
            raise ValueError("with `every` it begins when `during` does: leave `at` out")
        if self.rotate and self.every is None:
            raise ValueError("`rotate` is for a post that comes again: it needs `every`")
        return self

    @property
    def from_accounts(self) -> tuple[str, ...]:
        """List the accounts that it goes out from."""
        return tuple(self.accounts) or (self.account or "main",)


class ReminderTable(Table):
    """A word to the crew at its time; nothing leaves the house."""

    id: Identifier
    text: str = Field(min_length=1, max_length=500)
    at: Tied


class Answer(Table):
    """A prepared answer, offered where a question has its keywords, until `valid_until`.

    Without a `language` it speaks the event's.
    """

    id: Identifier
    text: str = Field(min_length=1, max_length=5000)
    language: LanguageCode = ""
    keywords: list[str] = []
    account: Identifier | None = None
    valid_until: Zoned | None = None


class Fact(Table):
    """What is so, and where that can be read.

    `wrong` are claims that are known to be false: a post with all the words of one of them, in any
    order (a word may end in * for its forms), is gathered for a correction. Without a `language`
    the statement speaks the event's.
    """

    id: Identifier
    statement: str = Field(min_length=1, max_length=2000)
    source: str = Field(default="", max_length=500, pattern=r"^(https?://[^\s/]\S*)?$")
    language: LanguageCode = ""
    wrong: list[str] = Field(default=[], max_length=100)
    valid_until: Zoned | None = None

"""The event script: what a producer writes in TOML before the event.

Owns the script's models, its loading and its cross checks. Every problem is found at once and
named with file, line, key and the nearest right spelling. Never opens a socket, never looks at
a clock, and never writes.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from unicodedata import category
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from eventlive.errors import Problem, ScriptError
from eventlive.lines import Lines, Place

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
NetworkName = Literal["x", "bluesky", "mastodon"]


DEPTH_MAX = 20


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Event(_Table):
    """What the event is: its id names the store's file and the MQTT topics."""

    id: Identifier
    title: str = Field(min_length=1, max_length=120)
    timezone: str = "UTC"
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    starts: datetime | None = None
    ends: datetime | None = None
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

    @field_validator("starts", "ends")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        return _with_zone(value)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Follow(_Table):
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
            if not is_hashtag(tag):
                raise ValueError(f"{tag!r} is not a hashtag: letters, digits and _ after the #")
        return value


class ReplayFeed(_Table):
    """Recorded posts, a JSON line each, played in their recorded rhythm."""

    kind: Literal["replay"]
    id: Identifier
    file: str


class BlueskyFeed(_Table):
    """Bluesky's Jetstream: no account needed. Without `hosts` its public ones are used."""

    kind: Literal["bluesky"]
    id: Identifier
    hosts: list[str] = []
    silent_after: float = Field(default=30.0, gt=0, le=600)

    @field_validator("hosts")
    @classmethod
    def _sockets(cls, value: list[str]) -> list[str]:
        for host in value:
            if not host.startswith(("wss://", "ws://")):
                raise ValueError(f"{host!r} must start with wss:// (or ws:// for a test)")
        return value


FeedTable = Annotated[ReplayFeed | BlueskyFeed, Field(discriminator="kind")]


class Account(_Table):
    """An account of the house. `rehearsal` keeps what would have gone out and sends nothing."""

    id: Identifier
    network: Literal["rehearsal"] = "rehearsal"
    handle: str = Field(min_length=1, max_length=200)
    name: str = ""
    role: Literal["main", "support", "staff"] = "main"
    language: str = ""
    limit: int = Field(default=300, ge=50, le=10_000, description="characters a post")


class Person(_Table):
    """Somebody who matters; `trusted` ones reach the wall without a person in that mode."""

    id: Identifier
    name: str
    role: Literal["speaker", "press", "partner", "staff"] = "speaker"
    handles: dict[NetworkName, str] = {}
    trusted: bool = False


class SegmentTable(_Table):
    """A part of the programme."""

    id: Identifier
    title: str
    starts: datetime
    minutes: int = Field(default=30, ge=1, le=24 * 60)

    @field_validator("starts")
    @classmethod
    def _aware(cls, value: datetime) -> datetime:
        checked = _with_zone(value)
        assert checked is not None
        return checked


class Answer(_Table):
    """A prepared answer, offered where a question has its keywords."""

    id: Identifier
    text: str = Field(min_length=1, max_length=5000)
    language: str = "en"
    keywords: list[str] = []


class PreparedPost(_Table):
    """A post written beforehand: a draft, or with `at` one that leaves by itself at that time."""

    id: Identifier
    text: str = Field(min_length=1, max_length=5000)
    account: Identifier = "main"
    at: datetime | None = None

    @field_validator("at")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        return _with_zone(value)


class Moderation(_Table):
    """What may reach a screen. `stop` words never do; `flag` words ask for a person's look."""

    mode: Literal["approve", "trusted", "auto"] = "approve"
    stop: list[str] = []
    flag: list[str] = []
    mute: list[str] = Field(default=[], description="network:handle")
    auto_per_minute: int = Field(
        default=30, ge=1, le=600, description="cards a minute that may go up by themselves"
    )


class Wall(_Table):
    """The screens."""

    title: str = ""
    hashtag: str = ""
    cards: int = Field(default=12, ge=1, le=60)
    accent: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")
    pictures: bool = True


class Venue(_Table):
    """The venue's MQTT broker; without it everything but cues works."""

    broker: str

    @field_validator("broker")
    @classmethod
    def _mqtt(cls, value: str) -> str:
        found = re.fullmatch(r"mqtts?://(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?/?", value)
        if not found or not 0 < int(found.group(1) or 1) < 65536:
            raise ValueError(f"{value!r} must read mqtt://host:port or mqtts://host:port")
        return value


class OutgoingTable(_Table):
    """How posts go out: seconds for taking one back, minutes after which a late one is held."""

    take_back: float = Field(default=5.0, ge=0, le=60)
    stale_minutes: float = Field(default=10.0, gt=0, le=24 * 60)


class Desk(_Table):
    """How much the desk keeps before it, and how long a claim lasts."""

    window: int = Field(default=5000, ge=100, le=50_000)
    claim_seconds: float = Field(default=30.0, ge=5, le=600)


class Script(_Table):
    """An event script, whole."""

    version: Literal[1] = 1
    event: Event
    follow: Follow = Follow()
    feeds: list[FeedTable] = []
    accounts: list[Account] = []
    people: list[Person] = []
    segments: list[SegmentTable] = []
    posts: list[PreparedPost] = []
    answers: list[Answer] = []
    moderation: Moderation = Moderation()
    wall: Wall = Wall()
    venue: Venue | None = None
    outgoing: OutgoingTable = OutgoingTable()
    desk: Desk = Desk()


def is_hashtag(text: str) -> bool:
    """Say whether a text is a hashtag, with or without #, in any script that people write."""
    tag = text.removeprefix("#").removeprefix("＃")
    fit = all(sign.isalnum() or sign == "_" or category(sign)[0] == "M" for sign in tag)
    return fit and bool(tag) and not tag.isdigit()


def load(path: Path) -> Script:
    """Load and check a script.

    Raises ScriptError with every problem at once; warnings alone do not raise.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError([Problem(str(path), 0, "", f"cannot be read: {error}")]) from error
    script, problems = read(text, str(path))
    if path.exists() and script is not None:
        problems += list(_files(script, path.parent, str(path), Lines(text)))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or script is None:
        raise ScriptError(problems)
    return script


def read(text: str, file: str) -> tuple[Script | None, list[Problem]]:
    """Read a script's text: the script, or None, and all its problems. Never raises for content."""
    lines = Lines(text)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        where = int(found.group(1)) if found else lines.last
        return None, [Problem(file, where, "", f"this is not TOML: {error}")]
    if absurd := list(_absurd(data)):
        return None, [Problem(file, lines.of(at), _dotted(at)[:200], why) for at, why in absurd]
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_problem(detail, data, file, lines) for detail in details]
    return script, list(_cross_checks(script, file, lines))


def _with_zone(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a time needs its zone, such as 2027-05-20T09:00:00+03:00")
    if value is not None and not 2000 <= value.year <= 2100:
        raise ValueError(f"the year {value.year} cannot be right")
    return value


# --- cross checks -------------------------------------------------------------------------------


def _cross_checks(script: Script, file: str, lines: Lines) -> Iterator[Problem]:
    tables: dict[str, list[Any]] = {
        "feeds": list(script.feeds),
        "accounts": list(script.accounts),
        "people": list(script.people),
        "segments": list(script.segments),
        "posts": list(script.posts),
        "answers": list(script.answers),
    }
    for name, rows in tables.items():
        first: dict[str, int] = {}
        for index, row in enumerate(rows):
            if row.id in first:
                before = lines.of((name, first[row.id], "id"))
                yield Problem(
                    file,
                    lines.of((name, index, "id")),
                    f"{name}[{index}].id",
                    f"{row.id!r} stands here a second time; the first is on line {before}",
                    "every id in a table must be its own",
                )
            first.setdefault(row.id, index)
    event = script.event
    if event.starts and event.ends and event.ends <= event.starts:
        yield Problem(
            file, lines.of(("event", "ends")), "event.ends", "the event ends before it starts"
        )
    for index, segment in enumerate(script.segments):
        early = event.starts is not None and segment.starts < event.starts
        late = event.ends is not None and segment.starts >= event.ends
        if early or late:
            yield Problem(
                file,
                lines.of(("segments", index, "starts")),
                f"segments[{index}].starts",
                f"{segment.id!r} starts outside the event",
            )
    accounts = {account.id for account in script.accounts}
    for index, post in enumerate(script.posts):
        if post.account not in accounts:
            near = difflib.get_close_matches(post.account, accounts, 1, 0.5)
            yield Problem(
                file,
                lines.of(("posts", index, "account")),
                f"posts[{index}].account",
                f"there is no account {post.account!r}",
                f"did you mean {near[0]!r}?" if near else f"accounts: {', '.join(accounts)}",
            )
    listed = {word.casefold() for word in script.moderation.stop}
    for index, word in enumerate(script.moderation.flag):
        if word.casefold() in listed:
            yield Problem(
                file,
                lines.of(("moderation", "flag")),
                f"moderation.flag[{index}]",
                f"{word!r} is a stop word already",
                severity="warning",
            )
    for index, entry in enumerate(script.moderation.mute):
        if not re.match(r"^(x|bluesky|mastodon):.+", entry):
            yield Problem(
                file,
                lines.of(("moderation", "mute")),
                f"moderation.mute[{index}]",
                f"{entry!r} must read network:handle, such as 'mastodon:someone@example.org'",
            )


def _files(script: Script, folder: Path, file: str, lines: Lines) -> Iterator[Problem]:
    for index, feed in enumerate(script.feeds):
        if isinstance(feed, ReplayFeed) and not (folder / feed.file).is_file():
            yield Problem(
                file,
                lines.of(("feeds", index, "file")),
                f"feeds[{index}].file",
                f"there is no file {feed.file!r} beside the script",
            )


def _absurd(value: object, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Find what no reader would survive: numbers of thousands of digits, depth without end."""
    if len(at) > DEPTH_MAX:
        yield at, f"tables stand more than {DEPTH_MAX} deep"
    elif isinstance(value, int) and abs(value) >= 1 << 63:
        yield at, "this number is too large"
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _absurd(inner, (*at, key))


# --- problems with their places -----------------------------------------------------------------


def _problem(detail: Any, data: dict[str, Any], file: str, lines: Lines) -> Problem:
    # A union's errors carry the tag ("replay") as a step of the path; the file has no such step.
    loc = detail["loc"]
    path = tuple(step for step in loc if not _is_tag(step, loc) and step != "[key]")
    message, suggestion = detail["msg"].removeprefix("Value error, "), ""
    given = _short(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            message = f"there is no key {path[-1]!r} here"
            near = difflib.get_close_matches(str(path[-1]), _keys_at(path[:-1], data), 1, 0.5)
            suggestion = f"did you mean {near[0]!r}?" if near else _known_keys(path[:-1], data)
        case "missing":
            message = f"the key {path[-1]!r} is missing"
        case "literal_error":
            expected = re.findall(r"'([^']+)'", detail["ctx"]["expected"])
            word = path[-1] if loc[-1] == "[key]" else given.strip("'")
            near = difflib.get_close_matches(str(word), expected, 1, 0.5)
            message = f"{_short(word)} is none of {', '.join(expected)}"
            suggestion = f"did you mean {near[0]!r}?" if near else ""
        case "union_tag_invalid":
            tags = re.findall(r"'([^']+)'", detail["ctx"]["expected_tags"])
            message = f"there is no feed of kind {detail['ctx']['tag']!r}"
            near = difflib.get_close_matches(detail["ctx"]["tag"], tags, 1, 0.5)
            suggestion = f"did you mean {near[0]!r}?" if near else f"kinds: {', '.join(tags)}"
            path = (*path, "kind")
        case "union_tag_not_found":
            message, path = "the key 'kind' is missing", (*path, "kind")
        case "string_pattern_mismatch" if path[-1:] == ("id",):
            message = f"{given} is not an id: small letters, digits and -, at most 40"
    return Problem(file, lines.of(path), _dotted(path), message[:500], suggestion)


def _short(value: object) -> str:
    """Show what somebody wrote, however long or deep it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else f"{value[:80]}…")
    return repr(value) if isinstance(value, int | float | bool) else f"a {type(value).__name__}"


def _is_tag(step: str | int, path: Place) -> bool:
    return path[:1] == ("feeds",) and len(path) > 2 and path[2] is step and step in _FEED_KINDS


def _keys_at(path: Place, data: dict[str, Any]) -> list[str]:
    """List the keys that the model knows at a place."""
    model: type[BaseModel] = Script
    for step in path:
        if isinstance(step, int):
            continue
        if path[:1] == ("feeds",) and step == "feeds":
            rows = data.get("feeds")
            index = path[1] if len(path) > 1 else 0
            kind = rows[index].get("kind", "") if isinstance(rows, list) else ""  # type: ignore[index]
            model = _FEED_KINDS.get(kind, ReplayFeed)
        else:
            model = _TABLES.get(str(step), model)
    return list(model.model_fields)


def _known_keys(path: Place, data: dict[str, Any]) -> str:
    return f"known here: {', '.join(_keys_at(path, data))}"


def _dotted(path: Place) -> str:
    dotted = ""
    for step in path:
        dotted += f"[{step}]" if isinstance(step, int) else f".{step}" if dotted else str(step)
    return dotted


_FEED_KINDS: dict[str, type[BaseModel]] = {"replay": ReplayFeed, "bluesky": BlueskyFeed}
_TABLES: dict[str, type[BaseModel]] = {
    "event": Event,
    "follow": Follow,
    "accounts": Account,
    "people": Person,
    "segments": SegmentTable,
    "posts": PreparedPost,
    "answers": Answer,
    "moderation": Moderation,
    "wall": Wall,
    "venue": Venue,
    "outgoing": OutgoingTable,
    "desk": Desk,
}

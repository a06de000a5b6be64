"""The event script's tables: what a producer may write, key by key.

Owns the models and what one key alone can get wrong. Checks that span tables, and the loading,
are `eventlive.script`'s. Never opens a file or a socket, and never looks at a clock.
"""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from typing import Annotated, Literal
from unicodedata import category
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
NetworkName = Literal["x", "bluesky", "mastodon"]


# http is for servers on this machine alone: a rehearsal of the real thing.
_SERVER = re.compile(
    r"https://[\w.-]+(?::\d{1,5})?/?|http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?/?"
)

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


class XFeed(_Table):
    """X's filtered stream, or its recent search. Posts read cost money: hence a budget, in dollars.

    `prices` replaces ours where X has changed its own: dollars for a `post`, a `user`, a `count`.
    """

    kind: Literal["x"]
    id: Identifier
    budget_usd: float = Field(gt=0, le=1_000_000)
    mode: Literal["stream", "search"] = "stream"
    prices: dict[Literal["post", "user", "count"], Annotated[float, Field(ge=0, le=10)]] = {}


class MastodonFeed(_Table):
    """Hashtag timelines of Mastodon servers; live with a token, else asked again and again."""

    kind: Literal["mastodon"]
    id: Identifier
    servers: list[str] = Field(min_length=1, max_length=20)

    @field_validator("servers")
    @classmethod
    def _hosts(cls, value: list[str]) -> list[str]:
        for server in value:
            if not _SERVER.fullmatch(server):
                raise ValueError(f"{server!r} must read https://host")
        return value


FeedTable = Annotated[ReplayFeed | BlueskyFeed | MastodonFeed | XFeed, Field(discriminator="kind")]


class Account(_Table):
    """An account of the house. `rehearsal` keeps what would have gone out and sends nothing.

    Its secrets stand in the environment, never here (docs/networks.md). `server` is where the
    account lives, "" for the network's own or the host in its handle. `signature` ends every
    text, the last post of a thread. `long` says what becomes of a text over the network's limit.
    `limit` is a rehearsal's, or what consoles count to where a Mastodon server allows other than
    500.
    """

    id: Identifier
    network: Literal["rehearsal", "x", "bluesky", "mastodon"] = "rehearsal"
    handle: str = Field(min_length=1, max_length=200)
    name: str = ""
    role: Literal["main", "support", "staff"] = "main"
    language: str = Field(default="", pattern=r"^([a-z]{2,3})?$")
    server: str = ""
    signature: str = Field(default="", max_length=40)
    long: Literal["refuse", "thread"] = "refuse"
    limit: int | None = Field(default=None, ge=50, le=10_000, description="characters a post")

    @field_validator("server")
    @classmethod
    def _host(cls, value: str) -> str:
        if value and not _SERVER.fullmatch(value):
            raise ValueError(f"{value!r} must read https://host")
        return value

    @model_validator(mode="after")
    def _fits_its_network(self) -> Account:
        if wrong := handle_problem(self.network, self.handle):
            raise ValueError(wrong)
        if self.limit is not None and self.network in ("x", "bluesky"):
            raise ValueError(f"the limit is {self.network}'s own: leave it out")
        return self

    @property
    def place(self) -> str:
        """Say where its posts go: another place has another answer to "is it there?"."""
        server = self.server.rstrip("/")
        if self.network == "mastodon" and not server:
            server = f"https://{self.handle.rpartition('@')[2]}"
        return f"{self.network} {server}".strip()

    @property
    def counts_to(self) -> int:
        """How long a post may be, as its network counts."""
        usual = {"x": 280, "mastodon": 500}.get(self.network, 300)
        return usual if self.limit is None else self.limit


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


class PictureTable(_Table):
    """A picture of a prepared post: a file beside the script, and in words what it shows."""

    file: str = Field(min_length=1, max_length=500)
    alt: str = Field(default="", max_length=1500)


class PreparedPost(_Table):
    """A post written beforehand: a draft, or with `at` one that leaves by itself at that time.

    `warning` is a content warning, where the network has them; `language` is the account's
    where it is not said.
    """

    id: Identifier
    text: str = Field(min_length=1, max_length=5000)
    account: Identifier = "main"
    at: datetime | None = None
    pictures: list[PictureTable] = Field(default=[], max_length=4)
    warning: str = Field(default="", max_length=200)
    language: str = Field(default="", pattern=r"^([a-z]{2,3})?$")

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


def handle_problem(network: str, handle: str) -> str:
    """Say why a handle cannot be one on its network, "" where it can."""
    grammar, example = _HANDLES.get(network, (None, ""))
    if grammar is None or grammar.fullmatch(handle):
        return ""
    return f"{handle!r} is no handle on {network}: it reads {example}"


def _with_zone(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a time needs its zone, such as 2027-05-20T09:00:00+03:00")
    if value is not None and not 2000 <= value.year <= 2100:
        raise ValueError(f"the year {value.year} cannot be right")
    return value

"""The script's tables on networks: where posts come from, and the accounts of the house.

Owns `[[feeds]]` and `[[accounts]]`. Pure.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from eventlive.tables.cells import Identifier, LanguageCode, Table, handle_problem

# http is for servers on this machine alone: a rehearsal of the real thing.
_SERVER = re.compile(
    r"https://[\w.-]+(?::\d{1,5})?/?|http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?/?"
)


class ReplayFeed(Table):
    """Recorded posts, a JSON line each, played in their recorded rhythm."""

    kind: Literal["replay"]
    id: Identifier
    file: str


class BlueskyFeed(Table):
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


class XFeed(Table):
    """X's filtered stream, or its recent search. Posts read cost money: hence a budget, in dollars.

    `prices` replaces ours where X has changed its own: dollars for a `post`, a `user`, a `count`.
    """

    kind: Literal["x"]
    id: Identifier
    budget_usd: float = Field(gt=0, le=1_000_000)
    mode: Literal["stream", "search"] = "stream"
    prices: dict[Literal["post", "user", "count"], Annotated[float, Field(ge=0, le=10)]] = {}


class MastodonFeed(Table):
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


class Account(Table):
    """An account of the house. `rehearsal` keeps what would have gone out and sends nothing.

    Its secrets stand in the environment, never here (docs/networks.md). `server` is where the
    account lives, "" for the network's own or the host in its handle. `signature` ends every
    text, the last post of a thread. `long` says what becomes of a text over the network's limit.
    `limit` is a rehearsal's, or what consoles count to where a Mastodon server allows other than
    500. `first_person` lets people say "I"; what goes out so is logged.
    """

    id: Identifier
    network: Literal["rehearsal", "x", "bluesky", "mastodon"] = "rehearsal"
    handle: str = Field(min_length=1, max_length=200)
    name: str = ""
    role: Literal["main", "support", "staff"] = "main"
    language: LanguageCode = ""
    server: str = ""
    signature: str = Field(default="", max_length=40)
    long: Literal["refuse", "thread"] = "refuse"
    approval: bool = Field(default=False, description="a second person approves each post")
    first_person: bool = Field(default=False, description='staff who speak as "I"')
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

"""A fake of X's API v2 on loopback TLS: stateful, with X's limits, prices and ways of failing.

    async with open_x_fake() as x:                # or open_x_fake(spelling="tweet", check=False)
        outlet = XOutlet(..., secrets=x.secrets, connector=x.connector)   # signs as @house
        feed = X(..., secrets=x.feed_secrets, connector=x.connector)      # the bearer token
        anna = x.say("anna", "Hi @house #try")    # a post; also reply_to=, quotes=, reposts=,
        x.say("bob", "So true", quotes=anna)      # media=, at=, lang=, sensitive=, metrics=
        x.stream.keep_alive = 0.1                 # also rule_delay, stalled, tagless, ghosts, ...
        x.stream.reset()                          # and close(), drop(), disconnect(), huge()
        x.stream.raw(b"{")                        # connects: when, how ended; refused: how many
        x.fail("POST /2/tweets", "commit then drop", "503")   # all are in x_fake_world.Fault
        x.chance("POST /2/tweets", 0.3, ["drop", "commit then drop"], Random(1))
        x.limits.set("GET /2/tweets/search/recent", 2, window=1.0)
        x.search_lag = 30.0                       # every knob is in x_fake_world.World; `strict`
        x.posts_of("house")                       # what stands there now, the oldest first
        x.asked("POST /2/tweets")                 # requests: at, query, body, who, status, fault
        x.bill.usd, x.bill.counts                 # what X would charge; bill.prices, once_a_day
        x.save(tmp_path)                          # ca.pem and port, for a client in another
                                                  # process: x_fake_tls.saved_connector(tmp_path)

Endpoints are named as in X's description: "METHOD /2/path/{template}". The hosts are api.x.com,
api.twitter.com (tweepy's) and the upload hosts; a connector sends them all here. At the end of the
block AssertionError is raised where an answer was none that the description allows (`violations`).

Owns what a test may do and ask. The socket is x_fake_server's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from tests.service import x_fake_tls
from tests.service.x_fake_archive import Media, User, XPost
from tests.service.x_fake_server import Call, Server
from tests.service.x_fake_world import Fault, Keys
from tests.service.x_openapi import Spelling


def _now() -> datetime:
    return datetime.now(UTC)


class XFake(Server):
    """The fake as a test sees it. Made by `open_x_fake`; the head of this file says what there is.

    `house` is the account whose keys are `secrets`; more accounts by `keys_of`.
    """

    def __init__(self, spelling: Spelling, check: bool, clock: Callable[[], datetime]) -> None:
        super().__init__(spelling, clock, check=check)
        self.house = self.user("house", name="The House")
        self.keys = self.keys_of("house")

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets of @house's outlet."""
        return self.keys.secrets()

    @property
    def feed_secrets(self) -> dict[str, str]:
        """The secrets of a feed."""
        return {"bearer_token": self.door.bearer}

    def connector(self) -> aiohttp.TCPConnector:
        """Make a connector that takes X's hosts to this fake; needs a running loop."""
        return x_fake_tls.connector(self.certificates.pem, self.port)

    def save(self, folder: Path) -> None:
        """Write what a client in another process needs to come here."""
        x_fake_tls.save(folder, self.certificates.pem, self.port)

    # --- people and posts ---------------------------------------------------------------------

    def user(self, username: str, **fields: Any) -> User:
        """Give a person, made where there is none; fields as of `User`. Only who is made can be
        mentioned."""
        return self.archive.user(username, **fields)

    def keys_of(self, username: str) -> Keys:
        """Give the keys of an account, which makes it one of the tester's own."""
        user = self.user(username)
        self.own.add(user.id)
        return self.door.keys(user)

    def picture(self, owner: str, alt: str = "") -> Media:
        """Make a picture for a post of somebody's."""
        media = Media(
            self.archive.new_id(), self.user(owner).id, "image/jpeg", 0, alt=alt, ready=True
        )
        self.archive.media[media.id] = media
        return media

    def say(self, username: str, text: str = "", **fields: Any) -> XPost:
        """Put a post in as somebody's, and send it down the stream; fields as of `Archive.add`."""
        made = self.archive.add(self.user(username), text, **fields)
        self.stream.offer(made)
        return made

    def posts_of(self, username: str) -> list[XPost]:
        """List the posts of somebody's that are there, the oldest first."""
        user = self.user(username)
        return [post for post in reversed(self.archive.newest_first()) if post.author is user]

    # --- faults and what was asked ------------------------------------------------------------

    def fail(self, endpoint: str, *faults: Fault) -> None:
        """Let the next requests of an endpoint meet these faults, one each.

        A stream has none that come after it began: `stream` ends it in its own ways.
        """
        self.faults.queue(self._known(endpoint), faults)

    def chance(self, endpoint: str, rate: float, faults: Iterable[Fault], random: Random) -> None:
        """Let a part of an endpoint's requests meet one of these faults; a rate of 0 ends it."""
        self.faults.chance(self._known(endpoint), rate, faults, random)

    def asked(self, endpoint: str = "") -> list[Call]:
        """List the requests of an endpoint, or all of them, the first first."""
        return [call for call in self.calls if endpoint in {"", call.endpoint}]


@asynccontextmanager
async def open_x_fake(
    *, spelling: Spelling = "post", check: bool = True, clock: Callable[[], datetime] = _now
) -> AsyncIterator[XFake]:
    """Open a fake on a free port of loopback; its answers use the newest names, or "tweet"'s.

    `clock` dates posts, limits and the bill; signatures are checked by the system's clock.
    """
    fake = XFake(spelling, check, clock)
    await fake.open()
    try:
        yield fake
    finally:
        await fake.close()
    assert not fake.violations, fake.violations

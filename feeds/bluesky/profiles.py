"""Who is who: handles, names and follower counts by DID, asked of the public host and remembered.

Owns what is asked, how often, and for how long an answer holds. Never holds a post up for long and
never fails: what cannot be looked up in time stays a DID, and a host that does not answer is left
alone for a while.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

import msgspec
from msgspec.structs import replace

from eventlive.model import Author, Deleted, Edited, FeedEvent, Post
from feeds.bluesky.limits import Limits
from feeds.bluesky.posts import HANDLE
from feeds.bluesky.xrpc import Answer, CallError, Refused, Xrpc

HOST = "https://public.api.bsky.app"
"""The network's public side: it takes no password."""

TOGETHER = 25
"""Profiles of one call (lexicon app.bsky.actor.getProfiles)."""

HOLD = 2.0
"""Seconds that posts wait for their authors' names at most; no call begins in the second half, so
that every one has a fair time to be answered in."""

FRESH = 3600.0
UNKNOWN_FOR = 600.0
"""Seconds until somebody is asked for again whom the host did not know."""

REMEMBERED = 20_000
"""Profiles kept, about 10 MB; the oldest answers are forgotten first."""

LEAVE_ALONE = (10.0, 300.0)
"""Seconds: how long a host that failed is not asked, doubling with every failure up to the last."""

CALLS = {300: 2_500}
"""Calls by seconds; the host allows 3,000 from one address, and the desk may sit beside others."""


_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{0,100}[A-Za-z0-9._-]")
"""What may be asked for: the host refuses a whole call for one name that it takes for none."""


class Profile(msgspec.Struct, frozen=True):
    """What the network says of an account."""

    handle: str
    name: str = ""
    followers: int = 0
    verified: bool = False
    bot: bool = False


class Profiles:
    """Profiles by DID. `host` "" asks nobody."""

    def __init__(
        self, host: str, *, clock: Callable[[], datetime], xrpc: Xrpc | None = None
    ) -> None:
        self.host = host.rstrip("/")
        self._xrpc = xrpc or Xrpc()
        self._limits = Limits(CALLS, clock)
        self._clock = clock
        self._known: dict[str, tuple[float, Profile | None]] = {}
        self._quiet_until = datetime.min.replace(tzinfo=UTC)
        self._failures = 0

    async def named(self, events: Sequence[FeedEvent]) -> tuple[FeedEvent, ...]:
        """Give the events with what the network says of the people in them."""
        posts = [one.post if isinstance(one, Edited) else one for one in events]
        people = [who for post in posts if isinstance(post, Post) for who in _people(post)]
        await self._look_up(people)
        return tuple(map(self._named, events))

    async def resolve(self, handle: str) -> str:
        """Give the DID of a handle, asked for or remembered; "" where it cannot be told now."""
        answer = await self._ask("com.atproto.identity.resolveHandle", [("handle", handle)], HOLD)
        did = answer.body.get("did") if answer is not None else None
        if isinstance(did, str) and did.startswith("did:"):
            return did
        for known, (_, profile) in self._known.items():
            if profile is not None and profile.handle.lower() == handle.lower():
                return known
        return ""

    async def close(self) -> None:
        """End the connections; what is known stays known."""
        await self._xrpc.close()

    # --- inside ------------------------------------------------------------------------------

    async def _look_up(self, dids: Iterable[str]) -> None:
        """Ask for those who are not known, one call after the other, for HOLD seconds in all."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + HOLD
        wanted = [did for did in dict.fromkeys(dids) if not self._is_fresh(did, loop.time())]
        for start in range(0, len(wanted), TOGETHER):
            some, left = wanted[start : start + TOGETHER], ends - loop.time()
            if left < HOLD / 2:
                return
            answer = await self._ask(
                "app.bsky.actor.getProfiles", [("actors", did) for did in some], left
            )
            if answer is None:
                return
            self._take(some, answer.body.get("profiles"), loop.time())

    def _named(self, event: FeedEvent) -> FeedEvent:
        match event:
            case Post():
                return self._named_post(event)
            case Edited(post, at):
                return Edited(self._named_post(post), at)
            case Deleted():
                return event
            case _:
                assert_never(event)

    def _named_post(self, post: Post) -> Post:
        author, profile = post.author, self._profile(post.author.id)
        if profile is not None:
            author = Author(
                id=author.id,
                handle=profile.handle if author.handle == author.id else author.handle,
                name=profile.name,
                followers=profile.followers,
                verified=profile.verified,
                bot=profile.bot,
            )
        to = tuple(known.handle if (known := self._profile(who)) else who for who in post.to)
        if (author, to) == (post.author, post.to):
            return post
        return replace(post, author=author, to=to)

    def _profile(self, did: str) -> Profile | None:
        return self._known.get(did, (0.0, None))[1]

    def _is_fresh(self, did: str, now: float) -> bool:
        return self._known.get(did, (0.0, None))[0] > now

    async def _ask(
        self, method: str, parameters: list[tuple[str, str]], seconds: float
    ) -> Answer | None:
        now = self._clock()
        # A clock that was set back must not keep the host unasked for longer than any wait is.
        away = now < self._quiet_until <= now + timedelta(days=1)
        if not self.host or away or self._limits.until(1):
            return None
        self._limits.spend(1)
        try:
            answer = await self._xrpc.query(self.host, method, parameters, seconds=seconds)
        except Refused as error:
            if error.is_limit:
                self._limits.refused(error.headers)
            return None
        except CallError:
            first, longest = LEAVE_ALONE
            wait = min(longest, first * 2.0 ** min(self._failures, 10))
            self._failures += 1
            self._quiet_until = now + timedelta(seconds=wait)
            return None
        self._failures = 0
        self._limits.take_in(answer.headers)
        return answer

    def _take(self, asked: list[str], found: object, now: float) -> None:
        profiles = {
            one["did"]: _profile(one)
            for one in (found if isinstance(found, list) else [])
            if isinstance(one, dict) and isinstance(one.get("did"), str)
        }
        for did in asked:
            profile = profiles.get(did)
            self._known.pop(did, None)
            self._known[did] = (now + (FRESH if profile else UNKNOWN_FOR), profile)
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def _people(post: Post) -> list[str]:
    return [who for who in (post.author.id, *post.to) if _DID.fullmatch(who)]


def _profile(view: dict[str, Any]) -> Profile | None:
    """Read a profile (lexicon app.bsky.actor.defs#profileViewDetailed); None without a handle."""
    handle, name, followers = (view.get(key) for key in ("handle", "displayName", "followersCount"))
    if not (isinstance(handle, str) and HANDLE.fullmatch(handle)) or handle == "handle.invalid":
        return None
    verification, labels = view.get("verification"), view.get("labels")
    return Profile(
        handle=handle,
        name=name if isinstance(name, str) else "",
        followers=followers if type(followers) is int and 0 <= followers < 1 << 53 else 0,
        verified=isinstance(verification, dict) and verification.get("verifiedStatus") == "valid",
        bot=any(
            # Only what the account says of itself; others may label whom they like.
            isinstance(label, dict) and (label.get("val"), label.get("src")) == ("bot", view["did"])
            for label in (labels if isinstance(labels, list) else [])
        ),
    )

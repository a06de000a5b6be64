"""The networks by name: which feed, outlet and archive belongs to each, and what of the script it
gets.

Owns the look-up "module:Thing", imported when used, so that a rehearsal needs neither a network's
library nor its keys. Never connects anywhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, assert_never, cast

from eventlive.briefing import handles
from eventlive.errors import SettingsError
from eventlive.intake import Feed
from eventlive.model import FeedEvent, OutletAccount
from eventlive.publisher import Outlet
from eventlive.settings import Settings
from eventlive.tables import (
    Account,
    BlueskyFeed,
    FeedTable,
    MastodonFeed,
    ReplayFeed,
    Script,
    XFeed,
)

FEEDS = {
    "replay": "feeds.replay:Replay",
    "bluesky": "feeds.bluesky:Bluesky",
    "mastodon": "feeds.mastodon:Mastodon",
    "x": "feeds.x:X",
}
OUTLETS = {
    "rehearsal": "feeds.rehearsal:Rehearsal",
    "bluesky": "feeds.bluesky:BlueskyOutlet",
    "mastodon": "feeds.mastodon:MastodonOutlet",
    "x": "feeds.x:XOutlet",
}
ARCHIVES = {
    "bluesky": "feeds.bluesky.archive:events",
    "mastodon": "feeds.mastodon.archive:Archive",
    "x": "feeds.x.archive:events",
}
EXTRAS = {"tweepy": "X needs tweepy: pip install 'eventlive[x]'"}


class Networks:
    """Makes the feeds and outlets of a script; nothing is connected by that.

    Where it `rehearses`, every account keeps what it would have sent, and replays alone are played.
    Raises SettingsError where a network's library is missing.
    """

    def __init__(
        self,
        script: Script,
        folder: Path,
        settings: Settings,
        clock: Callable[[], datetime],
        random: Random,
        *,
        rehearses: bool = False,
    ) -> None:
        self._script = script
        self._rehearses = rehearses
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._random = random

    def feeds(self, speed: float, known: Mapping[str, Sequence[str]]) -> list[Feed]:
        """Make the feeds; `speed` is a replay's, 0 as fast as it goes.

        `known` are ids of stored posts by network: their edits and deletes are still of interest.
        """
        tables = self._script.feeds
        if self._rehearses:
            tables = [table for table in tables if isinstance(table, ReplayFeed)]
        return [self._feed(table, speed, known) for table in tables]

    def outlets(self) -> dict[str, Outlet]:
        """Make the ways out, by account."""
        return {account.id: self._outlet(account) for account in self._script.accounts}

    def _feed(self, table: FeedTable, speed: float, known: Mapping[str, Sequence[str]]) -> Feed:
        make = imported(FEEDS[table.kind])
        script, follow = self._script, self._script.follow
        everywhere: dict[str, Any] = {
            "hashtags": follow.hashtags,
            "keywords": follow.keywords,
            "accounts": handles(script, table.kind),
            "clock": self._clock,
            "random": self._random,
        }
        feed: Feed
        match table:
            case ReplayFeed():
                starts = self._clock() if self._rehearses else None
                feed = make(table.id, self._folder / table.file, speed, starts)
            case BlueskyFeed():
                feed = make(
                    table.id,
                    hosts=table.hosts,
                    silent_after=table.silent_after,
                    known=known.get("bluesky", ()),
                    **everywhere,
                )
            case MastodonFeed():
                feed = make(
                    table.id,
                    servers=table.servers,
                    secrets=self._settings.secrets_of(table.id),
                    known=known.get("mastodon", ()),
                    **everywhere,
                )
            case XFeed():
                ends = script.event.ends
                feed = make(
                    table.id,
                    secrets=self._settings.secrets_of(table.id),
                    mode=table.mode,
                    budget_usd=table.budget_usd,
                    ends=ends.astimezone(UTC) if ends else None,
                    prices=table.prices,
                    **everywhere,
                )
            case _:
                assert_never(table)
        return feed

    def _outlet(self, account: Account) -> Outlet:
        network = "rehearsal" if self._rehearses else account.network
        make = imported(OUTLETS[network])
        data, event = self._settings.data, self._script.event.id
        outlet: Outlet
        if network == "rehearsal":
            path = data / f"{event}.rehearsal.jsonl"
            outlet = make(
                path,
                account.handle,
                account.counts_to,
                self._clock,
                account.signature,
                account.long,
                account.network,
            )
            return outlet
        outlet = make(
            OutletAccount(
                id=account.id,
                network=account.network,
                handle=account.handle.removeprefix("@"),
                server=account.server.rstrip("/"),
                language=account.language,
                signature=account.signature,
                long=account.long,
            ),
            self._settings.secrets_of(account.id),
            folder=self._folder,
            state=data / f"{event}.{account.id}.session",
            clock=self._clock,
            random=self._random,
        )
        return outlet


def archive(network: str) -> Callable[[bytes], tuple[FeedEvent, ...]]:
    """Give the reader of a network's saved payloads; one a file, for it may remember lines."""
    reader = imported(ARCHIVES[network])
    read: Callable[[bytes], tuple[FeedEvent, ...]] = (
        reader().events if isinstance(reader, type) else reader
    )
    return read


def imported(name: str) -> Callable[..., Any]:
    """Give the thing named "module:Thing". Raises SettingsError where its library is missing."""
    module, _, thing = name.partition(":")
    try:
        return cast(Callable[..., Any], getattr(importlib.import_module(module), thing))
    except ModuleNotFoundError as error:
        if error.name in EXTRAS:
            raise SettingsError(EXTRAS[error.name]) from error
        raise

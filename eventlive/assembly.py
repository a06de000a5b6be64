"""An engine put together from a script and settings.

Owns the composition: which part gets what of the script, and the order in which they are opened
and closed. Never parses options.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import get_args

import segno
from msgspec.structs import replace

from eventlive.desk import Desk, Rules
from eventlive.desk.state import HouseAccount
from eventlive.engine import Engine
from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge
from eventlive.listening.judging import Person as ListedPerson
from eventlive.listening.judging import Rules as ListeningRules
from eventlive.messages import AccountInfo, AnswerInfo
from eventlive.model import Outgoing, Picture, Put, Scene, Segment, Thing
from eventlive.networks import Networks, handles
from eventlive.pages import wall_assets
from eventlive.server import Facts, open_server
from eventlive.settings import Settings
from eventlive.store import open_store
from eventlive.tables import NetworkName, ReplayFeed, Script
from eventlive.venue import Venue

log = logging.getLogger("eventlive.assembly")

REMEMBERED_TEXTS = 20_000
"""Texts in which copies are looked for."""

SWITCH_SECONDS = 0.001
KNOWN_POSTS = 50_000

PICTURE_MAX = 4 << 20
PICTURES_MAX = 64 << 20


def utc_now() -> datetime:
    """The one clock of the program."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Covered:
    """A running engine and its addresses."""

    engine: Engine
    wall: str
    console: str


@contextlib.asynccontextmanager
async def covering(
    script: Script, folder: Path, settings: Settings, speed: float = 1.0, *, fresh: bool = False
) -> AsyncIterator[Covered]:
    """Put an engine together and cover the event while the block runs.

    `fresh` sets aside what was stored before.

    Raises the errors of settings, script and store, some of them in a group.
    """
    # The writer's thread asks a busy loop for Python's lock five times a transaction.
    sys.setswitchinterval(SWITCH_SECONDS)
    random = Random()
    path = settings.data / f"{script.event.id}.sqlite"
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(path, fresh=utc_now() if fresh else None)
        )
        loaded = await store.load(script.desk.window)
        stored = {(type(thing), thing.id): thing for thing in loaded.things}
        new = [_as_written(thing, stored.get((type(thing), thing.id))) for thing in _things(script)]
        new = [thing for thing in new if thing is not stored.get((type(thing), thing.id))]
        stored |= {(type(thing), thing.id): thing for thing in new}
        scene = _scene(script, list(stored.values()))
        await store.commit([Put(thing) for thing in (*new, scene)])
        desk = Desk(
            _rules(script),
            [*(t for t in stored.values() if not isinstance(t, Scene)), scene],
            loaded.decisions,
            utc_now(),
        )
        networks = Networks(script, folder, settings, utc_now, random)
        known = {
            network: await store.recent(network, KNOWN_POSTS) for network in get_args(NetworkName)
        }
        engine = Engine(
            store=store,
            desk=desk,
            posts=loaded.posts,
            cursors=loaded.cursors,
            judge=Judge(_listening(script), Recent(REMEMBERED_TEXTS)),
            feeds=networks.feeds(speed, known),
            outlets=networks.outlets(),
            places={one.id: one.place for one in script.accounts},
            pictures=script.wall.pictures,
            clock=utc_now,
            random=random,
        )
        assets = wall_assets(_qr(scene.link), _pictures(script, folder))
        # Peers are served until the engine has ended, so that they see its last state.
        server = await stack.enter_async_context(
            open_server(engine, settings, _facts(script), assets)
        )
        await stack.enter_async_context(engine.cover())
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        helpers = [tasks.create_task(server.tend(), name="server")]
        if script.venue is not None:
            venue = _venue(script, settings, engine, random)
            helpers.append(tasks.create_task(venue.run(), name="venue"))
        try:
            yield Covered(engine, server.wall, server.console)
        finally:
            server.farewell("the coverage has ended")
            for task in helpers:
                task.cancel()


def _rules(script: Script) -> Rules:
    return Rules(
        mode=script.moderation.mode,
        window=script.desk.window,
        cards=script.wall.cards,
        claim=timedelta(seconds=script.desk.claim_seconds),
        take_back=timedelta(seconds=script.outgoing.take_back),
        stale=timedelta(minutes=script.outgoing.stale_minutes),
        auto_per_minute=script.moderation.auto_per_minute,
        accounts=tuple(account.id for account in script.accounts),
        house={
            account.id: HouseAccount(account.network, account.handle, account.signature)
            for account in script.accounts
        },
    )


def _things(script: Script) -> Iterator[Thing]:
    """What the script brings to the desk, where the store does not have it yet."""
    for row in script.segments:
        yield Segment(row.id, 1, row.title, row.starts.astimezone(UTC), row.minutes)
    for post in script.posts:
        yield Outgoing(
            id=f"post-{post.id}",
            version=1,
            account=post.account,
            text=post.text,
            who="script",
            created_at=utc_now(),
            state="queued" if post.at else "draft",
            due_at=post.at.astimezone(UTC) if post.at else None,
            pictures=tuple(Picture(one.file, one.alt) for one in post.pictures),
            warning=post.warning,
            language=post.language,
        )


def _as_written(thing: Thing, before: Thing | None) -> Thing:
    """Join a part of the script with what became of it.

    What nobody has touched yet follows the script; what has happened stays.
    """
    newer: Segment | Outgoing
    match thing, before:
        case Segment(), Segment():
            newer = replace(before, title=thing.title, starts=thing.starts, minutes=thing.minutes)
        case Outgoing(), Outgoing(state="draft" | "queued", version=1, who="script"):
            newer = replace(thing, created_at=before.created_at)
        case _, None:
            return thing
        case _:
            return before
    if newer == before:
        return before
    log.info("%s follows the script, which has changed", thing.id)
    return replace(newer, version=before.version + 1)


def _scene(script: Script, things: Sequence[Thing]) -> Scene:
    """The frame of the screens: looks from the script, what happened from the store."""
    before = next((thing for thing in things if isinstance(thing, Scene)), None)
    running = (t.title for t in things if isinstance(t, Segment) and t.state == "running")
    tags = script.follow.hashtags
    return Scene(
        id="main",
        version=before.version + 1 if before else 1,
        held=before.held if before else False,
        title=script.wall.title or script.event.title,
        hashtag=(script.wall.hashtag or (tags[0] if tags else "")).lstrip("#"),
        link=script.event.link,
        accent=script.wall.accent,
        cards=script.wall.cards,
        now=next(running, ""),
    )


def _listening(script: Script) -> ListeningRules:
    moderation = script.moderation
    rehearsing = [one.handle for one in script.accounts if one.network == "rehearsal"]
    return ListeningRules(
        hashtags=tuple(script.follow.hashtags),
        keywords=tuple(script.follow.keywords),
        stop_words=tuple(moderation.stop),
        flag_words=tuple(moderation.flag),
        muted=frozenset(moderation.mute),
        people=tuple(
            ListedPerson(
                id=person.id,
                name=person.name,
                role=person.role,
                handles={str(network): handle for network, handle in person.handles.items()},
                trusted=person.trusted,
            )
            for person in script.people
        ),
        house={
            network: (*handles(script, network), *script.follow.accounts, *rehearsing)
            for network in get_args(NetworkName)
        },
    )


def _venue(script: Script, settings: Settings, engine: Engine, random: Random) -> Venue:
    assert script.venue is not None

    def say(state: str) -> None:
        engine.venue_says = state

    secret = settings.venue_password
    venue = Venue(
        script.event.id,
        script.venue.broker,
        user=settings.venue_user,
        password=secret.get_secret_value() if secret else "",
        scene=lambda: engine.hub.scene,
        health=lambda: engine.reported or engine.health(),
        carry_out=engine.carry_out,
        say=say,
        random=random,
    )
    engine.hub.listen(venue.listen)
    return venue


def _facts(script: Script) -> Facts:
    return Facts(
        event=script.event.id,
        title=script.event.title,
        timezone=script.event.timezone,
        take_back=script.outgoing.take_back,
        accounts=tuple(
            AccountInfo(
                id=one.id,
                network=one.network,
                handle=one.handle.removeprefix("@"),
                name=one.name or one.handle,
                limit=one.counts_to,
                signature=one.signature,
                long=one.long,
            )
            for one in script.accounts
        ),
        answers=tuple(
            AnswerInfo(one.id, one.language, tuple(one.keywords), one.text)
            for one in script.answers
        ),
    )


def _qr(link: str) -> bytes | None:
    if not link:
        return None
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", border=2, dark="#000", light="#fff")
    return out.getvalue()


def _pictures(script: Script, folder: Path) -> dict[str, bytes]:
    """Read the pictures that a replay brings along, from `pictures/` beside its file."""
    pictures: dict[str, bytes] = {}
    roots = {(folder / feed.file).parent for feed in script.feeds if isinstance(feed, ReplayFeed)}
    left = PICTURES_MAX
    for file in (path for root in roots for path in sorted((root / "pictures").glob("*"))):
        size = file.stat().st_size
        if size > min(PICTURE_MAX, left):
            log.warning("%s: left out, it has %d bytes", file, size)
            continue
        left -= size
        pictures[f"pictures/{file.name}"] = file.read_bytes()
    return pictures

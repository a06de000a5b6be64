"""An engine put together from a script and settings.

Owns the composition: which part gets what, and the order in which they are opened and closed. What
each gets of the script is `briefing`'s to say. Never parses options.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import get_args

from eventlive import briefing, themes
from eventlive.attendance import Attendance
from eventlive.broadcast import Broadcast
from eventlive.clock import Clock, utc_now
from eventlive.desk import Desk
from eventlive.engine import EDITION, Engine
from eventlive.event_files import event_files
from eventlive.listening.duplicates import Recent
from eventlive.listening.judging import Judge, Rules
from eventlive.listening.signals import Signals
from eventlive.model import Item, Outgoing, Scene, Thing
from eventlive.networks import Networks
from eventlive.pages import Gathered
from eventlive.pictures import open_pictures
from eventlive.rehearsing import begins_at
from eventlive.reloading import Reloading
from eventlive.server import open_server
from eventlive.settings import Settings
from eventlive.store import Loaded, open_store
from eventlive.tables import NetworkName, Script
from eventlive.venue import Venue

log = logging.getLogger("eventlive.assembly")

REMEMBERED_TEXTS = 20_000
"""Texts in which copies are looked for."""

SWITCH_SECONDS = 0.001
KNOWN_POSTS = 50_000


@dataclass(frozen=True, slots=True)
class Written:
    """A script with its file, None for a made-up one."""

    script: Script
    path: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the files stand that it names."""
        return self.path.parent if self.path else Path()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How an event is rehearsed: from when on (None: from its first post), and how fast."""

    starts: datetime | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Covered:
    """A running engine and its addresses."""

    engine: Engine
    wall: str
    console: str


def store_path(settings: Settings, event: str, *, rehearses: bool) -> Path:
    """Say where an event is kept; a rehearsal of it has a place of its own."""
    return settings.data / f"{event}{'.rehearsal' if rehearses else ''}.sqlite"


@contextlib.asynccontextmanager
async def covering(
    written: Written,
    settings: Settings,
    speed: float = 1.0,
    *,
    fresh: bool = False,
    rehearsal: Rehearsal | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Covered]:
    """Put an engine together and cover the event while the block runs.

    `speed` is a replay's. `fresh` sets aside what was stored before. A `rehearsal` lets nothing out
    of the house, and has a clock of its own, which goes on where it was, and a store of its own;
    `clock` is that of a test.

    Raises the errors of settings, script and store, some of them in a group.
    """
    # The writer's thread asks a busy loop for Python's lock five times a transaction.
    sys.setswitchinterval(SWITCH_SECONDS)
    random = Random()
    script, folder = written.script, written.folder
    rehearses = rehearsal is not None
    path = store_path(settings, script.event.id, rehearses=rehearses)
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(path, fresh=utc_now() if fresh else None)
        )
        loaded = await store.load(script.desk.window)
        if clock is None and rehearsal is not None:
            starts = rehearsal.starts or begins_at(script, folder)
            clock = Clock(max(starts, _newest(loaded) or starts), rehearsal.speed)
        clock = clock or Clock()
        desk = await asyncio.to_thread(_desk, written, loaded, clock)
        await store.commit(desk.taken_up(), (), {EDITION: briefing.kept(script)})
        networks = Networks(script, folder, settings, clock.now, random, rehearses=rehearses)
        known = {
            network: await store.recent(network, KNOWN_POSTS) for network in get_args(NetworkName)
        }
        recent = Recent(REMEMBERED_TEXTS)
        engine = Engine(
            store=store,
            desk=desk,
            posts=loaded.posts,
            cursors=loaded.cursors,
            judge=Judge(briefing.listening_rules(script), recent),
            signals=Signals(briefing.listening_rules(script)),
            feeds=networks.feeds(speed, known),
            outlets=networks.outlets(),
            places={one.id: one.place for one in script.accounts},
            pictures=script.wall.pictures,
            tally=briefing.goals(script),
            clock=clock,
            random=random,
        )
        pictures = await stack.enter_async_context(
            open_pictures(path.with_suffix(".pictures"), on=script.wall.pictures)
        )
        engine.hub.fetch(pictures)
        assets = Gathered(await asyncio.to_thread(event_files, script, folder), pictures)
        # Peers are served until the engine has ended, so that they see its last state.
        server = await stack.enter_async_context(
            open_server(
                engine,
                settings,
                briefing.welcome(script, clock.now(), clock.speed),
                assets,
                Attendance(path.with_suffix(".screens")),
            )
        )

        def judge(rules: Rules) -> Judge:
            engine.signals.heed(rules)
            return Judge(rules, recent)

        broadcast = _broadcast(script, settings, engine, assets, random, rehearses=rehearses)

        def serve(script: Script, files: Mapping[str, bytes]) -> None:
            assets.replace(files)
            pictures.switch(script.wall.pictures)
            engine.hub.show_pictures(script.wall.pictures, engine.now())
            if broadcast is not None:
                broadcast.renew()

        if written.path is not None:
            engine.editions = Reloading(written.path, script, clock, judge, server.announce, serve)
        await stack.enter_async_context(engine.cover())
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        helpers = [tasks.create_task(server.tend(), name="server")]
        if script.venue is not None:
            venue = _venue(script, settings, engine, random, rehearses=rehearses)
            helpers.append(tasks.create_task(venue.run(), name="venue"))
        if broadcast is not None:
            helpers.append(tasks.create_task(broadcast.run(), name="broadcast"))
        try:
            yield Covered(engine, server.wall, server.console)
        finally:
            server.farewell("the coverage has ended")
            pictures.end()
            for task in helpers:
                task.cancel()


def _desk(written: Written, loaded: Loaded, clock: Clock) -> Desk:
    """Start the desk from what was stored, and bring it to what the script says now."""
    now = clock.now()
    scenes = [thing for thing in loaded.things if isinstance(thing, Scene)]
    things: list[Thing] = [thing for thing in loaded.things if not isinstance(thing, Scene)]
    theme = themes.digest(written.script, written.folder)
    edition = briefing.edition(written.script, now, clock.speed, theme=theme)
    desk = Desk(edition.rules, [*things, *scenes[:1]], loaded.decisions, now)
    before = loaded.cursors.get(EDITION, "")
    earlier = briefing.recalled(before)
    if before and earlier is None:
        log.warning("what script this event went by cannot be read: its posts stay as they are")
    if earlier is not None:
        desk.state.edition = briefing.edition(earlier, now, clock.speed)
    for line in desk.begin(edition, now):
        log.info("%s", line)
    return desk


def _newest(loaded: Loaded) -> datetime | None:
    """Say when the last thing happened that was stored: a rehearsal goes on from there."""
    moments = [decision.at for decision in loaded.decisions]
    for thing in loaded.things:
        match thing:
            case Item():
                moments.append(thing.received_at)
            case Outgoing(sent_at=at) if at is not None:
                moments.append(at)
            case _:
                pass
    return max(moments, default=None)


def _venue(
    script: Script, settings: Settings, engine: Engine, random: Random, *, rehearses: bool
) -> Venue:
    assert script.venue is not None

    def say(state: str) -> None:
        engine.venue_says = state

    venue = Venue(
        _known_as(script, rehearses=rehearses),
        settings.broker(script.venue.broker),
        scene=lambda: engine.hub.scene,
        segments=engine.segments,
        clock=engine.now,
        zone=script.event.zone,
        screens=lambda: engine.hub.walls,
        attached=lambda: engine.hub.listed,
        cards=lambda: engine.hub.shown,
        overdue=engine.overdue,
        health=lambda: engine.reported or engine.health(),
        carry_out=engine.carry_out,
        say=say,
        random=random,
        life=engine.hub.epoch,
    )
    engine.hub.listen(venue.listen)
    return venue


def _broadcast(
    script: Script,
    settings: Settings,
    engine: Engine,
    assets: Gathered,
    random: Random,
    *,
    rehearses: bool,
) -> Broadcast | None:
    if script.venue is None:
        return None
    broadcast = Broadcast(
        _known_as(script, rehearses=rehearses),
        settings.broker(script.venue.broker),
        engine.hub,
        assets,
        files=lambda: assets.own,
        now=engine.now,
        random=random,
    )
    engine.hub.audiences.append(broadcast)
    engine.hub.listen(broadcast.listen)
    return broadcast


def _known_as(script: Script, *, rehearses: bool) -> str:
    """Name an event for the venue: what follows it there must not follow its rehearsal."""
    return f"{script.event.id}-rehearsal" if rehearses else script.event.id

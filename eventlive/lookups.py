"""What one console wants looked up: beside its commands, one look-up of a kind at a time.

Owns their tasks, and that each gets an answer; never looks anything up itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, assert_never

from eventlive.messages import (
    About,
    Background,
    Found,
    Logged,
    Preview,
    Previewed,
    ReadLog,
    Search,
    ToConsole,
)

SECONDS = 10.0
"""For how long anything is looked for."""

Lookup = Search | Preview | About | ReadLog


class Library(Protocol):
    """What is stored."""

    async def search(self, search: Search) -> Found: ...

    async def background(self, about: About) -> Background: ...

    async def log(self, wanted: ReadLog) -> Logged: ...


class Engine(Protocol):
    """Who looks things up."""

    @property
    def library(self) -> Library: ...

    async def preview(self, ref: int) -> Previewed: ...


class Lookups:
    """The look-ups of one console: the newest of a kind ends the one before, and no other kind's.

    `tell` gets one answer to each, with the reason where nothing came of it.
    """

    def __init__(
        self, engine: Engine, tell: Callable[[ToConsole], None], tasks: asyncio.TaskGroup
    ) -> None:
        self._engine, self._tell, self._tasks = engine, tell, tasks
        self._running: dict[type[Lookup], tuple[Lookup, asyncio.Task[None]]] = {}

    def begin(self, wanted: Lookup) -> None:
        """Begin to look; who waited for another of its kind is told that nothing comes of it."""
        kind = type(wanted)
        if kind in self._running:
            before, task = self._running[kind]
            if not task.done():
                # Told here: one that has not even begun cannot say so itself.
                task.cancel()
                self._tell(_nothing(before, "something else was asked for after it"))
        name = f"console:{kind.__struct_config__.tag}"
        self._running[kind] = wanted, self._tasks.create_task(self._answer(wanted), name=name)

    def end(self) -> None:
        """Look no further."""
        for _, task in self._running.values():
            task.cancel()

    async def _answer(self, wanted: Lookup) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                found = await self._look(wanted)
        except TimeoutError:
            found = _nothing(
                wanted, f"not found within {SECONDS:g} s; try again when it is quieter"
            )
        self._tell(found)

    async def _look(self, wanted: Lookup) -> ToConsole:
        match wanted:
            case Search():
                return await self._engine.library.search(wanted)
            case Preview():
                return await self._engine.preview(wanted.ref)
            case About():
                return await self._engine.library.background(wanted)
            case ReadLog():
                return await self._engine.library.log(wanted)
            case _:
                assert_never(wanted)


def _nothing(wanted: Lookup, reason: str) -> ToConsole:
    """Answer that nothing comes of a look-up."""
    match wanted:
        case Search(ref):
            return Found(ref, (), 0, reason=reason)
        case Preview(ref):
            return Previewed(ref, problems=(f"error: {reason}",))
        case About(ref, item):
            return Background(ref, item, reason=reason)
        case ReadLog(ref):
            return Logged(ref, reason=reason)
        case _:
            assert_never(wanted)

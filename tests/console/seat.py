"""One operator at a console, as the tests drive it: keys in, lines of the screen out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual._context import active_app
from textual.pilot import Pilot
from textual.strip import Strip

from eventlive.messages import Command, ReadLog
from tests.console.engine_double import EngineDouble
from tui.app import ConsoleApp, Left
from tui.lines import Lines

PATIENCE = 10.0


class Seat:
    """A running console, its keyboard and its eyes."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[Left], engine: EngineDouble) -> None:
        self.app = app
        self.pilot = pilot
        self.engine = engine

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text."""
        await self.pilot.press(*("enter" if key == "\n" else _key(key) for key in text))

    async def until(self, true: Callable[[], Any], why: str = "") -> None:
        """Wait until something is so; fail with what the screen showed when it never is."""
        active_app.set(self.app)  # a pause draws, and a dialog's ground asks whose it is
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"never so: {why}\n{self.screen()}") from None

    async def settled(self) -> None:
        """Wait until the engine's double has heard the console out, and the console the double.

        What came of the keys so far has then been ordered, or never will be.
        """
        await self.pilot.pause()
        asked = ReadLog(self.app.sending.errands.number(), count=1)
        assert self.app.link.say(asked), "the console is connected"
        await self.until(lambda: asked in self.engine.read, "the engine has heard everything")
        # Its states say how many posts there were: one more is the end of what it says.
        self.engine.posts += 1
        await self.engine.tell_state()
        await self.until(lambda: self._posts() == self.engine.posts, "heard all that it said")
        await self.pilot.pause()

    def _posts(self) -> int:
        health = self.app.board.health
        return health.posts if health else 0

    async def ordered(self, kind: type[Command] | None = None, count: int = 1) -> list[Command]:
        """Wait for so many orders of a kind; return them."""
        await self.until(lambda: len(self.engine.commands(kind)) >= count, f"{count} {kind}")
        await self.until(lambda: not self.app.sending.errands.under_way, "all answered")
        return self.engine.commands(kind)

    async def rows(self, *ids: str) -> None:
        """Wait until exactly these posts stand in the list, in this order."""
        wanted = list(ids)
        await self.until(lambda: self.ids() == wanted, f"rows {wanted}, not {self.ids()}")

    def ids(self) -> list[str]:
        """Ids of the rows, without their network."""
        return [id.partition(":")[2] or id for id in self.app.listing.shown]

    @property
    def cursor(self) -> str:
        """The post under the cursor, without its network."""
        return self.app.listing.cursor.partition(":")[2] or self.app.listing.cursor

    @property
    def message(self) -> str:
        """What the message line says."""
        return self.app.screen_stack[0].query_one("#message", Lines).text

    def part(self, selector: str) -> str:
        """The text of one part of the screen."""
        return self.app.screen_stack[-1].query_one(selector, Lines).text

    def lines(self) -> list[str]:
        """The whole screen as it is painted, line by line."""
        return ["".join(segment.text for segment in strip) for strip in self.strips()]

    def strips(self) -> list[Strip]:
        """The whole screen as it is painted, with styles."""
        active_app.set(self.app)
        return self.app.screen._compositor.render_strips()

    def screen(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.lines())


def _key(character: str) -> str:
    return {" ": "space", "\t": "tab"}.get(character, character)

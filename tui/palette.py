"""Every command by its name: what Textual's command palette finds.

Owns the list; names are made into Content, never markup, since programme titles are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.cells import one_line
from tui.keys import KEYS

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Commands(Provider):
    """The keys' commands, the programme's segments, the look."""

    def _all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        app: ConsoleApp = self.app  # type: ignore[assignment]
        for key in KEYS:
            if key.action.startswith(("move", "page", "scroll", "command_palette")):
                continue
            if key.keys == "f8":
                continue
            yield (
                f"{key.word or key.action}: {key.help}  ({key.shown})",
                partial(app.run_action, key.action),
            )
        for segment in app.board.segments:
            title = one_line(segment.title)
            if segment.state == "planned":
                yield f"start: {title}", partial(app.show.rundown.start, segment)
            elif segment.state == "running":
                yield f"end: {title}", partial(app.show.rundown.end, segment)
        yield "put the best waiting post on the wall", app.deciding.approve_next
        yield "goals: what the event is to achieve, and how far it has come", app.action_goals
        yield "change the colours (theme)", app.action_change_theme

    async def discover(self) -> Hits:
        for name, command in self._all():
            yield DiscoveryHit(Content(name), command, text=name)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, command in self._all():
            if (score := matcher.match(name)) > 0:
                # The highlighter reads a string as markup; a Content it takes as it is.
                yield Hit(score, _highlight(matcher.highlight, name), command, text=name)


def _highlight(highlight: Callable[[str], Content], name: str) -> Content:
    return highlight(name) if "[" not in name else Content(name)

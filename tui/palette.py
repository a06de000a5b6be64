"""Every command by its name: what Textual's command palette finds.

Owns the list; names are made into Content, never markup, since titles, filters and names of screens
are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui import themes, venue
from tui.cells import one_line
from tui.places import queue_of

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Commands(Provider):
    """The keys' commands and places, saved filters, screens, the programme's parts, the colours."""

    def _all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        app = cast("ConsoleApp", self.app)
        for key in app.keymap.lists:
            if key.action.startswith(("move", "page", "scroll", "command_palette")):
                continue
            if key.keys == "f8":
                continue
            yield (
                f"{key.word or key.action}: {key.help}  ({key.shown})",
                partial(app.run_action, key.action),
            )
        yield "put the best waiting post on the wall", app.deciding.approve_next
        yield "goals: what the event is to achieve, and how far it has come", app.action_goals
        yield from _filters(app)
        yield from _parts(app)
        yield from _screens(app)
        for name, words in themes.WORDS.items():
            yield f"colours {name}: {words}", partial(_wear, app, name)

    async def discover(self) -> Hits:
        for name, command in self._all():
            yield DiscoveryHit(Content(name), command, text=name)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, command in self._all():
            if (score := matcher.match(name)) > 0:
                # The highlighter reads a string as markup; a Content it takes as it is.
                yield Hit(score, _highlight(matcher.highlight, name), command, text=name)


def _filters(app: ConsoleApp) -> Iterator[tuple[str, Callable[[], object]]]:
    """The saved filters: of the queue on the screen, of the inbox where that takes none."""

    def apply(text: str) -> None:
        if queue_of(app.place) is None:
            app.action_go("inbox")
        app.finding.refilter(text)

    for name, text in app.memory.filters.items():
        yield f"filter {one_line(name)}: /{one_line(text)}", partial(apply, text)


def _parts(app: ConsoleApp) -> Iterator[tuple[str, Callable[[], object]]]:
    """What can be done to the parts of the programme; what needs a question asks it."""
    rundown = app.show.rundown
    for segment in app.board.segments:
        title = one_line(segment.title)
        match segment.state:
            case "planned":
                yield f"start: {title}", partial(rundown.start, segment, picked=False)
                yield f"late by: {title}", partial(rundown.do, "late", segment)
                yield f"skip: {title}", partial(rundown.deed, "reject", segment)
            case "running":
                yield f"end: {title}", partial(rundown.end, segment)
                yield f"late by: {title}", partial(rundown.do, "late", segment)
            case "ended" | "skipped":
                yield f"plan again: {title}", partial(rundown.deed, "reopen", segment)


def _screens(app: ConsoleApp) -> Iterator[tuple[str, Callable[[], object]]]:
    """Screens, scenes and statements: what would change one asks, as the keys do."""
    screens = app.screens
    yield "screens: what each of them shows now", partial(screens.show, venue.ALL)
    for one in venue.targets(app.board):
        name = one_line(one.name)
        yield f"screen {name}: what it shows now", partial(screens.show, one.name)
        yield f"screen {name}: its scenes", partial(screens.set_scenes, name=one.name)
    on = venue.meant(screens.chosen)
    for scene, words in venue.NAMES.items():
        yield f"scene {scene}: {words}, on {on}", partial(screens.set_scenes, scene)
    welcome = app.board.welcome
    for statement in welcome.statements if welcome else ():
        named = f"statement {one_line(statement.id)}: {one_line(statement.text[:100])}"
        yield f"{named}, on {on}", partial(screens.state, statement.id)


def _wear(app: ConsoleApp, theme: str) -> None:
    """Put colours on, and remember them."""
    app.theme = theme
    app.memory.pick_theme(theme)
    app.learning.keep_told()


def _highlight(highlight: Callable[[str], Content], name: str) -> Content:
    return highlight(name) if "[" not in name else Content(name)

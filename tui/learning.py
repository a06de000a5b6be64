"""What an operator's own console is like: colours picked and kept, the tour at the first start.

Owns when those two dialogs open. Which keys there are, rebinding.py knows; what is kept, memory.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import themes
from tui.memory import Memory
from tui.settings import Settings
from tui.tour import Tour

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Learning:
    """Colours and tour of one console."""

    def __init__(self, app: ConsoleApp, settings: Settings, memory: Memory) -> None:
        self._app = app
        self._settings = settings
        self._memory = memory
        self._welcomed = False

    def begin(self) -> None:
        """Put the colours on; before the app runs, so that no other ones are seen first."""
        for theme in themes.THEMES.values():
            self._app.register_theme(theme)
        self._app.theme = self._memory.theme

    def tell(self) -> None:
        """Say what is wrong with the settings, or with what was remembered."""
        if trouble := self._settings.trouble or self._memory.trouble:
            self._app.refuse(trouble)

    def welcome(self) -> None:
        """Show the tour to somebody new, at the first word of the engine and never later."""
        if self._welcomed:
            return
        self._welcomed = True
        if self._memory.tour_due and self._calm() and not self._app.busy:
            self.tour()

    def tour(self) -> None:
        """Show the tour, also to somebody who has seen it."""
        if not self._calm():
            held = self._app.board.held
            self._app.refuse(f"not now: {'all is held' if held else 'the engine is gone'}")
            return

        def seen(done: bool | None) -> None:
            if done:
                self._memory.see_tour()
                self.keep_told()

        self._app.push_screen(Tour(self._settings.keymap, self._calm), seen)

    def _calm(self) -> bool:
        return self._app.board.up and not self._app.board.held

    def colours(self) -> None:
        """Let a theme be picked; it is tried on at once and remembered once it is kept."""

        def picked(name: str | None) -> None:
            if name:
                self._memory.pick_theme(name)
                self._app.say(f"colours: {name}", "")
                self.keep_told()

        self._app.push_screen(themes.Colours(self._app.theme, self._try_on), picked)

    def _try_on(self, name: str) -> None:
        self._app.theme = name

    def keep_told(self) -> None:
        """Say it where something could not be remembered."""
        if self._memory.trouble:
            self._app.refuse(self._memory.trouble)
            self._memory.trouble = ""

"""The venue's screens in one operator's hands: scenes, statements, black, back to the script.

Owns which screen the keys are about, and what is asked before. Nothing on a screen changes at the
key that began it: each opens a question, and another key agrees. What is asked names the screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from eventlive.messages import (
    Darken,
    FollowScript,
    PlayStatement,
    RefreshScreens,
    ScreenCommand,
    SetScreen,
)
from eventlive.model import SceneName
from tui import venue, voicing, wall_pane
from tui.cells import fit, one_line
from tui.dialogs import Ask
from tui.orders import Errand
from tui.prompt import Read
from tui.scene_menu import OWN_WORDS, Scenes, Statements
from tui.venue import ALL, meant

if TYPE_CHECKING:
    from tui.app import ConsoleApp

Doing = Literal["scenes", "statement", "black", "follow", "anew"]


class Screens:
    """The screens as one operator sets them. `app` sends orders, asks and says things.

    `chosen` is the name of the screen that the keys are about, or all of them.
    """

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._chosen = ALL
        self._words = ""
        """Words of the house that were typed last: what was refused is not lost."""

    @property
    def chosen(self) -> str:
        """The screen that the keys are about; all of them where it is no more."""
        listed = wall_pane.names(self._app.board)
        return self._chosen if self._chosen in listed else listed[0]

    @property
    def in_sight(self) -> bool:
        """Whether the screens stand there, and not a post."""
        app = self._app
        there = app.place == "wall" and app.listing.current is None
        return there and (not app.narrow or app.screen_stack[0].has_class("-detail"))

    def show(self, name: str = "") -> None:
        """Go to the wall with no post picked, where the screens are; to one of them by its name."""
        app = self._app
        if app.place != "wall":
            app.action_go("wall")
        app.listing.park()
        self._chosen = name or self._chosen
        if app.narrow:
            app.screen_stack[0].add_class("-detail")
        app.call_after_refresh(app.redraw)

    def choose(self, by: int) -> None:
        """Have the keys be about another screen."""
        listed = wall_pane.names(self._app.board)
        at = listed.index(self.chosen) + by
        self._chosen = listed[min(max(at, 0), len(listed) - 1)]
        self._app.redraw()

    def do(self, what: Doing) -> None:
        """Do what a key means for the chosen screen, which must be in sight for that."""
        if not self.in_sight:
            self.show()
            again = self._app.keymap.shown(f"screens('{what}')") or "the command again"
            self._app.say(f"the screens: {self._choosing()} chooses one, then {again}", "")
            return
        match what:
            case "scenes":
                self.set_scenes()
            case "statement":
                self.state()
            case "black":
                self._black()
            case "follow":
                self._follow()
            case "anew":
                self._anew()

    def _choosing(self) -> str:
        keymap = self._app.keymap
        keys = filter(None, (keymap.shown("scroll(1)"), keymap.shown("scroll(-1)")))
        return " ".join(keys) or "the palette"

    # --- scenes -------------------------------------------------------------------------------

    def set_scenes(self, *begin: SceneName, name: str = "") -> None:
        """Let scenes be picked for a screen, by turns; with some to begin with."""
        aimed = name or self.chosen
        wall = venue.target(self._app.board, aimed).wall

        def answered(picked: SetScreen | None) -> None:
            if picked is not None:
                shown = ", ".join(picked.scenes)
                self._order(picked, f"{meant(aimed)}: {shown}")

        self._app.push_screen(Scenes(aimed, wall, begin), answered)

    # --- statements ---------------------------------------------------------------------------

    def state(self, statement: str = "") -> None:
        """Let a statement of the script be picked, or own words be said; one to begin with."""
        aimed, welcome = self.chosen, self._app.board.welcome

        def answered(picked: str | None) -> None:
            if picked == OWN_WORDS:
                self._say(aimed)
            elif picked:
                done = f"{meant(aimed)}: the statement {one_line(picked)}"
                self._order(PlayStatement(picked, screen=aimed), done)

        known = welcome.statements if welcome else ()
        self._app.push_screen(Statements(aimed, known, statement), answered)

    def _say(self, aimed: str) -> None:
        """Let the house's words be typed, held against its voice at every key."""

        def read(text: str) -> Read:
            findings = self._app.composer.voicing.findings(text.strip(), None, "")
            first = next(iter(sorted(findings, key=lambda one: one.severity != "error")), None)
            if not text.strip():
                return Read("words of the house; nothing is shown before you have agreed", False)
            if voicing.errors(findings) and first is not None:
                return Read(first.message, good=False)
            return Read(first.message if first else "it is the house's voice", good=True)

        def typed(text: str) -> None:
            self._words = text.strip()
            order = PlayStatement(text=self._words, screen=aimed)
            title = f"Show this on {meant(aimed)}?"
            self._ask(title, self._words, "show it", order, f"{meant(aimed)}: your words")

        self._app.show.ask(f"On {fit(meant(aimed), 24, pad=False)}:", self._words, read, typed)

    # --- black, back to the script, anew ------------------------------------------------------

    def _black(self) -> None:
        aimed, board = self.chosen, self._app.board
        known = venue.targets(board)
        walls = [one.wall for one in known if one.name == aimed or (aimed == ALL and one.own)]
        dark = [wall for wall in walls if wall.dark]
        name = meant(aimed)
        to_black = (Darken(aimed), f"{name}: black")
        to_light = (Darken(aimed, on=False), f"{name}: seen again")
        if not dark:
            body = "At once, and until somebody lets it be seen again. z takes it back."
            self._ask(f"Make {name} black?", body, "make it black", *to_black)
        elif len(dark) == len(walls):
            shows = f"It shows {', '.join(walls[0].scenes)} then." if len(walls) == 1 else ""
            self._ask(f"Let {name} be seen again?", shows, "let it be seen", *to_light)
        else:

            def answered(key: str | None) -> None:
                if key in ("b", "v"):
                    self._order(*(to_black if key == "b" else to_light))

            body = f"{len(dark)} of {len(walls)} screens are black."
            choices = [("b", "all of them black"), ("v", "all of them seen")]
            self._app.push_screen(Ask("Which?", body, choices), answered)

    def _follow(self) -> None:
        aimed = self.chosen
        told = [one for one in venue.targets(self._app.board) if aimed in (ALL, one.name)]
        hands = [
            f"{one.name} shows {', '.join(one.wall.scenes)}, set by {one.wall.hand}."
            for one in told
            if one.wall.hand
        ]
        body = " ".join(hands) or "Nobody has set anything else, as far as is known here."
        body += " From now on it is what the script says for this moment."
        title, done = (
            f"Give {meant(aimed)} back to the script?",
            f"{meant(aimed)}: as the script says",
        )
        self._ask(title, body, "give it back", FollowScript(aimed), done)

    def _anew(self) -> None:
        body = (
            "Every screen loads its page again, each within three seconds, once the engine has"
            " answered it: for a new version, or a page that is stuck. z does not take this back."
        )
        title = "Have every screen load its page anew?"
        self._ask(title, body, "load anew", RefreshScreens(), "every screen loads its page anew")

    # --- sending ------------------------------------------------------------------------------

    def _ask(self, title: str, body: str, yes: str, order: ScreenCommand, done: str) -> None:
        def answered(key: str | None) -> None:
            if key == "y":
                self._order(order, done)
            self._app.redraw()

        self._app.push_screen(Ask(title, body, [("y", yes)]), answered)

    def _order(self, order: ScreenCommand, done: str) -> None:
        self._app.order(Errand(order, done=done))
        self._app.redraw()

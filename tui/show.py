"""The show in one operator's hands: the programme, the planned posts, the script itself.

Owns which of them a key is about, and the line in which a time is typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from eventlive.model import Outgoing, Segment
from tui.planning import Planning
from tui.prompt import Read
from tui.reloading import Reloading
from tui.rundown import Doing, Rundown

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Show:
    """What the keys of the show do."""

    def __init__(self, app: ConsoleApp) -> None:
        self.rundown = Rundown(app)
        self.planning = Planning(app)
        self.reloading = Reloading(app)
        self._app = app
        self._then: Callable[[str], None] | None = None
        self._turning = False
        """Whether the programme was turned to, and is not on the screen yet."""

    def do(self, what: Doing | Literal["seen", "reload"]) -> None:
        """Do what a key means where the operator is."""
        match what:
            case "seen":
                self.rundown.see_to()
            case "reload":
                self.reloading.ask()
            case "now" if self._app.place not in ("rundown", "outgoing") and self._turn_there():
                pass
            case "now" if self._turning:
                self._app.refuse("read first what would start: S again starts it")
            case _:
                match self._app.deciding.picked():
                    case None:
                        pass
                    case Segment() as segment:
                        self.rundown.do(what, segment)
                    case Outgoing() as outgoing:
                        self.planning.do(what, outgoing)
                    case _:
                        self._app.refuse("that is for the programme (6) and planned posts (3)")

    def _turn_there(self) -> bool:
        """Show the part that is to start; the key again starts it."""
        if not self._app.board.segments:
            return False
        self._app.action_go("rundown")
        listing = self._app.listing
        listing.park()
        listing.pick()
        segment = listing.current
        if isinstance(segment, Segment):
            self._app.say(f"S starts what is picked: {segment.title}", "")
        self._app.redraw()
        self._turning = True
        self._app.call_after_refresh(self._turned)
        return True

    def _turned(self) -> None:
        self._turning = False

    def ask(
        self, label: str, text: str, read: Callable[[str], Read], then: Callable[[str], None]
    ) -> None:
        """Let a time be typed; `read` says what it comes to, `then` gets one that is good."""
        self._then = then
        self._app.prompt.ask("time", label, text, read)
        self._app.redraw()

    def typed(self, text: str) -> None:
        """Take in what was typed."""
        then, self._then = self._then, None
        if then is None:
            return
        try:
            then(text)
        except ValueError as error:  # it was over a moment later
            self._app.refuse(str(error))

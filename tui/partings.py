"""The seconds between an operator's "send" and the network: what leaves, what can be taken back.

Owns the posts that this operator has just let go, until they are out, held up or taken back. The
engine decides when they leave; what is counted down here is only shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive.messages import Reply, TakeBack
from eventlive.model import Outgoing
from tui.cells import one_line
from tui.lines import Line, Span, spread
from tui.moments import until
from tui.orders import Errand

if TYPE_CHECKING:
    from tui.app import ConsoleApp

_AT_MOST = 20


@dataclass(slots=True)
class Parting:
    """A post that can still be taken back; `until` by the console's growing clock."""

    outgoing: str
    text: str
    until: float
    asked: bool = False


class Partings:
    """What one operator has let go. `taken_back` is told of what came back."""

    def __init__(self, app: ConsoleApp, taken_back: Callable[[Parting], None]) -> None:
        self._app = app
        self._taken_back = taken_back
        self._all: list[Parting] = []

    def add(self, outgoing: str, text: str) -> None:
        """Show that a post leaves soon."""
        welcome = self._app.board.welcome
        seconds = welcome.take_back if welcome else 0.0
        self._all.append(Parting(outgoing, text, self._app.monotonic() + seconds))
        del self._all[:-_AT_MOST]

    @property
    def last(self) -> Parting | None:
        """The post let go last that can still be taken back."""
        for parting in reversed(self._all):
            outgoing = self._app.board.outgoing(parting.outgoing)
            if not parting.asked and (outgoing is None or outgoing.state == "queued"):
                return parting
        return None

    def take_back(self) -> None:
        """Take back the last post that is still to leave."""
        parting = self.last
        if parting is None:
            self._app.refuse("nothing of yours is waiting to go out")
            return
        outgoing = self._app.board.outgoing(parting.outgoing)
        if outgoing is None:
            self._app.refuse("the engine has not shown it yet: press u again")
            return

        def answered(reply: Reply) -> None:
            if not reply.ok:
                parting.asked = False
                return
            if parting in self._all:
                self._all.remove(parting)
            self._taken_back(parting)

        command = TakeBack(outgoing.id, outgoing.version)
        errand = Errand(command, on=outgoing.id, done="taken back: nothing was sent", then=answered)
        parting.asked = self._app.order(errand)

    def lines(self, now: float, cells: int) -> list[Line]:
        """What is about to go out, and for how long it can be taken back."""
        waiting = [parting for parting in self._all if not parting.asked]
        if not waiting:
            return []
        last = waiting[-1]
        key: Line = (Span("u", "key"), Span(" takes it back "))
        if not self._app.board.up:
            word, key = " ✗ the engine is gone: nobody knows whether it goes out ", ()
        elif self._app.board.held:
            word = " ‖ held: it goes out after the release "
        else:
            word = f" ▸ goes out in {max(0, round(last.until - now))} s "
        more = f" (+{len(waiting) - 1})" if len(waiting) > 1 else ""
        left = (Span(word, "hold"), Span(f" {one_line(last.text)}"))
        return [spread(left, (Span(f"{more}  "), *key), cells)]

    def tick(self, now: float) -> None:
        """Close the seconds that are over; tell what became of the posts."""
        for parting in list(self._all):
            outgoing = self._app.board.outgoing(parting.outgoing)
            state = outgoing.state if outgoing else "queued"
            waits = outgoing is not None and state == "queued" and outgoing.not_before is not None
            if state in ("draft", "dropped") and not parting.asked:
                self._all.remove(parting)
            elif state in ("sending", "sent", "held", "failed", "uncertain") or waits:
                self._all.remove(parting)
                self._tell(outgoing)
            elif now > parting.until + 1 and not self._app.board.held:
                self._all.remove(parting)

    def _tell(self, outgoing: Outgoing | None) -> None:
        if outgoing is None:
            return
        match outgoing.state:
            case "failed" | "uncertain" | "held":
                self._app.refuse(f"{outgoing.state}: {outgoing.reason or 'see Outgoing (3)'}")
            case "queued":
                board, now = self._app.board, self._app.engine_now()
                limit = outgoing.not_before
                when = f" until {until(limit, now, board.zone)}" if limit and now else ""
                self._app.say(f"not out yet: it waits{when}: {outgoing.reason}", "warn")
            case _:
                self._app.say("gone out" if outgoing.state == "sent" else "going out now")

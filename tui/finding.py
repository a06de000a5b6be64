"""Filters, the search in everything stored, and notes: what is typed in the line at the bottom.

Owns what a typed line means, times apart. `app` sends, says and draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive.messages import AddNote, Found, Reply, Search
from eventlive.model import Item
from tui.board import WATCHED, handle_of
from tui.orders import Errand
from tui.prompt import Prompt

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Finding:
    """What one operator looks for."""

    def __init__(self, app: ConsoleApp, prompt: Prompt) -> None:
        self._app = app
        self._prompt = prompt
        self._noted: Item | None = None
        self._ref = 0

    def ask_filter(self) -> None:
        """Let a filter of this queue be typed; what was found is searched anew."""
        app = self._app
        if app.place == "found":
            self.ask_search()
        elif app.place == "rundown":
            app.refuse("the rundown has no filter: it is all of the programme")
        else:
            self._prompt.ask("filter", "/", app.listing.filter)

    def ask_search(self) -> None:
        """Let a search be typed."""
        self._prompt.ask("search", "search everything:", self._app.board.search)

    def ask_note(self) -> None:
        """Let a note on the post under the cursor be typed."""
        thing = self._app.deciding.picked()
        if isinstance(thing, Item):
            self._noted = thing
            self._prompt.ask("note", f"note on {handle_of(thing)}:", "")
        elif thing is not None:
            self._app.refuse("notes are for posts of the inbox and the questions")

    def typed(self, message: Prompt.Done) -> None:
        """Take in what was typed."""
        text = message.text.strip()
        match message.asked:
            case "filter":
                self.refilter(message.text)
            case "search" if text:
                self._app.board.search = text
                self.search()
                self._app.action_go("found")
            case "note" if text and self._noted is not None:
                item = self._noted
                command = AddNote(item.id, item.version, text=text)
                self._app.order(Errand(command, on=item.id, done=f"note on {handle_of(item)}"))

    def refilter(self, text: str) -> None:
        """Ask for the queue on the screen with another filter."""
        app = self._app
        for queue in WATCHED:
            if queue == app.place and app.listing.filter != text:
                ended, watch = app.board.refilter(queue, text)
                app.link.watch(watch)
                app.link.unwatch(ended)
        app.redraw()

    def search(self) -> None:
        """Search for what was last searched for."""
        self._ref = self._app.sending.errands.number()
        if not self._app.link.say(Search(self._ref, self._app.board.search)):
            self._app.refuse("not searched: the engine is gone")

    def found(self, frame: Found, now: float) -> None:
        """Take in what was found, by the last search."""
        if frame.ref == self._ref:
            self._app.board.found(frame, now)

    def refused(self, reply: Reply) -> bool:
        """Take a reply in place of what was found; tells whether it was one."""
        if reply.ok or reply.ref != self._ref:
            return False
        self._app.refuse(f"not searched: {reply.reason}")
        return True

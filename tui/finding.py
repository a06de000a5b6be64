"""Filters, orders, the search in everything stored, and notes: what is looked for, and how.

Owns what a line typed at the bottom means, times apart. `app` sends, says and draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive.messages import AddNote, Found, Reply, Search, Sort
from eventlive.model import Item
from tui import filters
from tui.board import handle_of
from tui.memory import Memory
from tui.orders import Errand
from tui.places import SORTS, WORDS, queue_of, unsorted
from tui.prompt import Prompt, Read
from tui.settings import Settings, wrong_with_filter

if TYPE_CHECKING:
    from tui.app import ConsoleApp


_UNKEPT = 20


class Finding:
    """What one operator looks for; saved filters are `kept` only as long as this, unless told."""

    def __init__(self, app: ConsoleApp, prompt: Prompt, kept: filters.Kept | None = None) -> None:
        self._app = app
        self._prompt = prompt
        self._kept = kept or Memory(None, Settings())
        self._to_name = ""
        self._noted: Item | None = None
        self._unkept: dict[str, str] = {}
        """Notes by the id of their post, of which the engine has not said that it has them."""
        self._ref = 0

    def ask_filter(self) -> None:
        """Let a filter of this queue be typed; what was found is searched anew."""
        if self._app.place == "found":
            self.ask_search()
        elif self._filtered():
            self._prompt.ask("filter", "/", self._app.listing.filter, filters.hint)

    def _filtered(self) -> bool:
        """Whether the place on the screen takes a filter; says why not."""
        if self._app.place == "rundown":
            self._app.refuse("the rundown has no filter: it is all of the programme")
        elif self._app.place == "found":
            self._app.refuse("what was found has no filter: ^f searches again")
        return queue_of(self._app.place) is not None

    def ask_search(self) -> None:
        """Let a search be typed."""
        self._prompt.ask("search", "search everything:", self._app.board.search)

    def ask_note(self) -> None:
        """Let a note on the post under the cursor be typed."""
        welcome, thing = self._app.board.welcome, self._app.deciding.picked()
        if welcome and welcome.role == "viewer":
            self._app.refuse("a viewer looks on: notes are for operators")
        elif isinstance(thing, Item):
            self._noted = thing
            text = self._unkept.get(thing.id, "")
            if any(note.text == text for note in thing.notes):
                text = ""  # the engine had taken it, and could not say so
            self._prompt.ask("note", f"note on {handle_of(thing)}:", text)
        elif thing is not None:
            self._app.refuse("notes are for posts of the inbox and the questions")

    def typed(self, message: Prompt.Done) -> None:
        """Take in what was typed."""
        text = message.text.strip()
        match message.asked:
            case "filter":
                self.refilter(message.text)
                if message.keep:
                    self._ask_name(text)
            case "name" if text:
                self._save(text)
            case "search" if text:
                self._app.board.search = text
                self.search()
                self._app.action_go("found")
            case "note" if self._noted is not None:
                self._note(self._noted, text)

    def _note(self, item: Item, text: str) -> None:
        """Leave a note; its words are offered again until the engine has them."""
        self._unkept.pop(item.id, None)
        if not text:
            return
        self._unkept[item.id] = text
        if len(self._unkept) > _UNKEPT:
            del self._unkept[next(iter(self._unkept))]

        def answered(reply: Reply) -> None:
            if not reply.ok:
                self._app.refuse(f"refused: {reply.reason} · n has the words of your note still")
            elif self._unkept.get(item.id) == text:
                del self._unkept[item.id]

        command, done = AddNote(item.id, item.version, text=text), f"note on {handle_of(item)}"
        self._app.order(Errand(command, on=item.id, done=done, then=answered))

    def refilter(self, text: str) -> None:
        """Ask for the queue on the screen with another filter."""
        self._again(text, self._app.listing.sort)

    def _again(self, text: str, sort: Sort) -> None:
        app = self._app
        queue, listing = queue_of(app.place), app.listing
        if queue is not None and (listing.filter, listing.sort) != (text, sort):
            ended, watch = app.board.refilter(queue, text, sort)
            app.link.watch(watch)
            app.link.unwatch(ended)
        app.redraw()

    def sort(self) -> None:
        """Ask for the queue on the screen in the next order."""
        place, listing = self._app.place, self._app.listing
        if why := unsorted(place):
            self._app.refuse(f"no other order: {why}")
            return
        orders = list(SORTS)
        order = orders[(orders.index(listing.sort) + 1) % len(orders)]
        self._again(listing.filter, order)
        words = WORDS[place].first if order == "rank" else SORTS[order]
        self._app.say(f"{WORDS[place].title}: {words}", "")

    # --- saved filters ------------------------------------------------------------------------

    def saved(self) -> None:
        """Let a saved filter be picked."""
        if not self._filtered():
            return
        if not self._kept.filters:
            self._app.refuse("no filter is saved: type one with /, and ^s there saves it")
            return

        def picked(text: str | None) -> None:
            if text is not None:
                self.refilter(text)

        self._app.push_screen(filters.Saved(self._kept), picked)

    def _ask_name(self, text: str) -> None:
        if not text:
            self._app.refuse("there is no filter to save")
            return
        self._to_name = text
        self._prompt.ask("name", f"save /{text[:24]} as:", "", self._read_name)

    def _read_name(self, name: str) -> Read:
        name = name.strip()
        if not name:
            return Read("a name", good=False)
        if why := wrong_with_filter(name, self._to_name):
            return Read(why, good=False)
        known = self._kept.filters.get(name)
        return Read(f"in place of /{known}" if known else "", good=True)

    def _save(self, name: str) -> None:
        if why := self._kept.save_filter(name, self._to_name):
            self._app.refuse(f"not saved: {why}")
        else:
            self._app.say(f"saved as “{name}”: \\ picks it")

    # --- the search ---------------------------------------------------------------------------

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
        if reply.ok or not self._ref or reply.ref != self._ref:
            return False
        self._app.refuse(f"not searched: {reply.reason}")
        return True

"""What the deciding keys do: from the post under the cursor to an order, or to the reason for none.

Owns which post a key means, which decisions ask first, and which move the cursor on. Every order is
made of the thing as it was painted when the key was pressed, also where a question comes between.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from eventlive.messages import (
    ApproveNext,
    Delete,
    Discard,
    Question,
    Redo,
    Release,
    Reply,
    Settle,
    TakeBack,
    Undo,
)
from eventlive.model import Card, Outgoing, Segment, Thing
from tui.board import Place, handle_of
from tui.cells import one_line
from tui.dialogs import Ask
from tui.orders import Deed, Errand, NotHere, command
from tui.posts import name_of
from tui.row import why_gone

if TYPE_CHECKING:
    from tui.app import ConsoleApp

_DONE: dict[Deed, str] = {
    "approve": "on the wall",
    "take-off": "off the wall",
    "reject": "rejected: never shown",
    "archive": "archived",
    "reopen": "back in the inbox",
    "snooze": "snoozed for ten minutes",
    "claim": "claimed: you deal with it",
    "unclaim": "released",
    "question": "marked as a question",
    "mute": "muted",
    "pin": "stays on the wall",
    "discard": "dropped",
}
_MOVES_ON: dict[Place, frozenset[Deed]] = {
    "inbox": frozenset({"archive", "reject", "snooze", "mute", "approve"}),
    "questions": frozenset({"archive", "reject", "snooze", "mute"}),
    "outgoing": frozenset({"discard"}),
    "wall": frozenset({"take-off", "reject"}),
    "found": frozenset({"archive", "reject", "snooze", "mute"}),
}


class Deciding:
    """The decisions of one operator."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app

    def picked(self) -> Thing | None:
        """What the key is about, as it is painted; None, and the reason said, where nothing is."""
        listing = self._app.listing
        if listing.live:
            if listing.pick() and listing.current is not None:
                self._app.say(
                    f"picked {handle_of(listing.current)}: press the key again to act", ""
                )
                self._app.redraw()
            else:
                self._app.refuse("there is no post here")
            return None
        thing = listing.current
        if thing is None:
            self._app.refuse("no post is picked: j or g picks one")
        elif listing.is_ghost(thing.id):
            self._app.refuse(f"it has left this queue already: {why_gone(thing, self._app.place)}")
            return None
        return thing

    def deed(self, deed: Deed) -> None:
        thing = self.picked()
        if thing is None:
            return
        if isinstance(thing, Segment):
            self._app.show.rundown.deed(deed, thing)
            return
        item = self._app.board.item(thing.id) if isinstance(thing, Card) else None
        try:
            order = command(deed, thing, item)
        except NotHere as error:
            self._app.refuse(f"{handle_of(thing)}: {error}")
            return
        name = handle_of(thing)
        if isinstance(thing, Outgoing) and isinstance(order, Delete):
            self._take_down(thing, order)
            return
        if isinstance(thing, Outgoing) and isinstance(order, TakeBack):
            self._app.show.planning.take_back(thing, order)
            return
        if isinstance(thing, Outgoing) and isinstance(order, Discard):
            self._app.show.planning.drop(thing, order)
            return
        done = _DONE[deed]
        if isinstance(order, Question) and not order.on:
            done = "no question any more"
        errand = Errand(order, on=thing.id, done=f"{done}: {name}")
        if deed == "claim":
            errand.then = lambda reply: (
                self._app.speaking.hold_claim(thing.id) if reply.ok else None
            )
        elif deed in ("unclaim", "archive", "reject", "snooze"):
            self._app.speaking.drop_claim(thing.id)
        if self._app.order(errand) and deed in _MOVES_ON[self._app.place]:
            self._app.listing.advance()
        self._app.redraw()

    def _take_down(self, outgoing: Outgoing, order: Delete) -> None:
        """Ask before what is out is deleted on its network; the cursor stays to see it go."""
        account = self._app.board.account(outgoing.account)
        whose = f"@{account.handle}'s" if account else f"{outgoing.account}'s"
        where = name_of(account.network) if account else "its network"
        parts = len(outgoing.sent_ids)
        what = "post" if parts == 1 else f"{parts} posts"
        title = f"Take {whose} {what} down on {where}?"
        if account and account.network == "rehearsal":
            title = f"Take {whose} {what} out of the rehearsal?"
        errand = Errand(order, on=outgoing.id, done=f"being taken down: {handle_of(outgoing)}")
        body = f"{outgoing.text}\n\nThis cannot be undone: a new post would be another one."
        self._confirm(title, body, "take it down", errand, moves=False)

    def _confirm(
        self, title: str, body: str, yes: str, errand: Errand, *, moves: bool = True
    ) -> None:
        def answered(key: str | None) -> None:
            here = self._app.listing.cursor == errand.on
            if key == "y" and self._app.order(errand) and here and moves:
                self._app.listing.advance()
            self._app.redraw()

        self._app.push_screen(Ask(title, body, [("y", yes)]), answered)

    def mute(self) -> None:
        thing = self.picked()
        if thing is None:
            return
        try:
            order = command("mute", thing, self._app.board.item(thing.id))
        except NotHere as error:
            self._app.refuse(f"{handle_of(thing)}: {error}")
            return
        name = handle_of(thing)
        body = "Nothing of this author comes to the inbox or the screens any more."
        errand = Errand(order, on=thing.id, done=f"muted {name}")
        self._confirm(f"Mute {name}?", body, f"mute {one_line(name)}", errand)

    def undo(self) -> None:
        self._app.order(Errand(Undo(), done="undone", then=partial(self._restored, "undone")))

    def redo(self) -> None:
        self._app.order(Errand(Redo(), done="done again", then=partial(self._restored, "again")))

    def _restored(self, word: str, reply: Reply) -> None:
        if not reply.ok or not reply.thing:
            return
        for listing in self._app.board.listings.values():
            listing.reveal(reply.thing)
        if item := self._app.board.item(reply.thing):
            self._app.say(f"{word}: {handle_of(item)}")

    def approve_next(self) -> None:
        """Put the best waiting post that no rule stops on the wall."""
        self._app.order(Errand(ApproveNext(), done="the next post is on the wall"))

    def settle(self) -> None:
        thing = self.picked()
        if thing is None:
            return
        if not isinstance(thing, Outgoing) or thing.state != "uncertain":
            self._app.refuse("only a post of the house whose fate is unclear can be settled")
            return
        outgoing = thing

        def answered(key: str | None) -> None:
            if key in ("p", "n"):
                order = Settle(outgoing.id, outgoing.version, posted=key == "p")
                word = "it was posted" if key == "p" else "it was not posted"
                self._app.order(Errand(order, on=outgoing.id, done=f"settled: {word}"))

        choices = [("p", "it was posted"), ("n", "it was not posted")]
        self._app.push_screen(
            Ask("What did you find at the account?", outgoing.text, choices), answered
        )

    def release(self) -> None:
        if not self._app.board.held:
            self._app.refuse("nothing is held")
            return
        body = "The screens go on, and posts that were waiting go out."
        errand = Errand(Release(), done="released")
        self._confirm("End the hold?", body, "release everything", errand)

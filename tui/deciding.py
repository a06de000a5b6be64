"""What the deciding keys do: from the posts that a key means to an order, or the reason for none.

Owns which post a key means, which decisions ask first, and which move the cursor on. Every order is
made of the thing as it was painted when the key was pressed, also where a question comes between.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from eventlive.messages import (
    ApproveNext,
    Delete,
    Discard,
    Redo,
    Release,
    Reply,
    Settle,
    TakeBack,
    Undo,
)
from eventlive.model import Card, Item, Outgoing, Segment, Thing
from tui import questions
from tui.board import handle_of
from tui.cells import one_line
from tui.dialogs import Ask
from tui.listing import Listing
from tui.marking import FOR_ONE
from tui.meant import Meant
from tui.orders import AS_EVER, ON_SEVERAL, Deed, Errand, Manner, NotHere
from tui.places import Place
from tui.prompt import Read
from tui.questions import COMPLAINTS, Asked
from tui.row import why_gone
from tui.times import Typed, read_time

if TYPE_CHECKING:
    from tui.app import ConsoleApp

_GONE: frozenset[Deed] = frozenset(
    {"archive", "reject", "snooze", "until", "mute", "block", "report"}
)
"""Deeds after which a post waits for nobody any more."""
_MOVES_ON: dict[Place, frozenset[Deed]] = {
    "inbox": _GONE | {"approve"},
    "mentions": _GONE | {"approve"},
    "people": _GONE | {"approve"},
    "flagged": _GONE | {"approve"},
    "questions": _GONE,
    "overdue": _GONE,
    "found": _GONE,
    "snoozed": (_GONE - {"snooze", "until"}) | {"reopen", "approve"},
    "done": frozenset({"reopen", "snooze", "until"}),
    "wall": frozenset({"take-off", "reject", "mute", "block", "report"}),
    "outgoing": frozenset({"discard"}),
    "uncertain": frozenset({"discard"}),
}
_ONLY_A_LEAD: dict[Deed, str] = {
    "block": "only a lead blocks an author: m mutes",
    "take-over": "only a lead takes over what a colleague has claimed",
}
_REMEMBERED = 50


class Deciding:
    """The decisions of one operator."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._at_once: list[tuple[str, ...]] = []
        """What was decided on in one go: undo tells no ids of several."""
        self._taken_back: list[tuple[str, ...]] = []
        self._releasing: Ask | None = None

    def picked(self, *, alone: bool = True) -> Thing | None:
        """What the key is about, as it is painted; None, and the reason said, where nothing is.

        A key that is `alone` for the post under the cursor does nothing while others are marked.
        """
        listing = self._app.listing
        if listing.live:
            if listing.pick() and listing.current is not None:
                name = self._app.board.named(listing.current, self._app.engine_now())
                self._app.say(f"picked {name}: press the key again to act", "")
                self._app.redraw()
            else:
                self._app.refuse("there is no post here")
            return None
        thing = listing.current
        if alone and listing.marked:
            self._app.refuse(FOR_ONE)
            return None
        if thing is None:
            self._app.refuse("no post is picked: j or g picks one")
        elif listing.is_ghost(thing.id):
            self._app.refuse(f"it has left this queue already: {why_gone(thing, self._app.place)}")
            return None
        return thing

    def deed(self, deed: Deed) -> None:
        """Do what a key means to the post under the cursor, or to all that are marked."""
        app = self._app
        meant = self._meant(deed)
        if meant is None:
            return
        first = meant.things[0]
        if isinstance(first, Segment):
            app.show.rundown.deed(deed, first)
            return
        if reason := self._not_for_me(deed, first):
            app.refuse(reason)
            return
        manner = AS_EVER
        if deed == "like":
            manner = Manner(on=first.id not in app.board.liked)
        try:
            errand = meant.errand(deed, manner)
        except NotHere as error:
            app.refuse(f"{error}" if meant.marked else f"{meant.name}: {error}")
            return
        if isinstance(first, Outgoing):
            self._on_outgoing(first, errand)
            return
        many = len(errand.among) or 1
        match deed:
            case "until":
                self._until(meant)
            case "report":
                self._report(meant)
            case "take-over":
                self._take_over(meant, errand)
            case "mute" | "block":
                self._ask(questions.on_authors(deed, meant, many), deed, meant, errand)
            case _ if asked := questions.on_several(deed, meant, many):
                self._ask(asked, deed, meant, errand)
            case _:
                self._send(deed, meant, errand)

    def _meant(self, deed: Deed) -> Meant | None:
        if self._app.listing.marked and deed in ON_SEVERAL:
            return self._app.marking.meant()
        thing = self.picked()
        if thing is None:
            return None
        item = self._app.board.item(thing.id) if isinstance(thing, Card) else None
        return Meant((thing,), item=item)

    def _not_for_me(self, deed: Deed, thing: Thing) -> str:
        """Why this operator cannot do it, or not here; "" where they can."""
        welcome = self._app.board.welcome
        if deed in _ONLY_A_LEAD and (welcome is None or welcome.role != "lead"):
            return _ONLY_A_LEAD[deed]
        if deed in ("newer", "older") and self._app.place != "wall":
            return "posts are moved on the wall: 4 shows it"
        mine = isinstance(thing, Item) and thing.claim and thing.claim.who == self._app.board.me
        if deed == "take-over" and mine:
            return "you deal with it already"
        return ""

    def _send(self, deed: Deed, meant: Meant, errand: Errand) -> None:
        """Send a decision; the cursor goes on where the post is done with."""
        app, listing = self._app, self._app.listing
        if errand.among and deed != "report":  # which undo leaves alone
            errand.then = partial(self._done_at_once, errand.among, errand.then)
        if deed in ("claim", "take-over"):
            errand.then = lambda reply: app.speaking.hold_claim(errand.on) if reply.ok else None
        elif deed in _GONE or deed == "unclaim":
            for id in errand.ids:
                app.speaking.drop_claim(id)
        marked = {id: listing.marked.pop(id) for id in meant.marked if id in listing.marked}
        if marked:
            errand.then = partial(self._unless_refused, listing, marked, errand.then)
        if not app.order(errand):
            listing.mark_again(marked)
            app.redraw()
            return
        if meant.marked:
            listing.advance(meant.marked)
        elif listing.cursor != errand.on:
            pass  # the operator has moved on while a time was typed
        elif deed in ("newer", "older"):
            listing.carry()
        elif deed in _MOVES_ON.get(app.place, ()):
            listing.advance()
        app.redraw()

    def _unless_refused(
        self,
        listing: Listing,
        marked: dict[str, Thing],
        then: Callable[[Reply], None] | None,
        reply: Reply,
    ) -> None:
        """Bring the marks back of what was not done."""
        if not reply.ok:
            listing.mark_again(marked)
        if then is not None:
            then(reply)

    # --- what asks first ----------------------------------------------------------------------

    def _ask(self, asked: Asked, deed: Deed, meant: Meant, errand: Errand) -> None:
        def answered(key: str | None) -> None:
            if key == "y":
                self._send(deed, meant, errand)
            self._app.redraw()

        self._app.push_screen(Ask(*asked), answered)

    def _until(self, meant: Meant) -> None:
        """Let a time be typed, or a moment of the programme, until which it is hidden."""

        def at(text: str) -> Typed:
            board, now = self._app.board, self._app.engine_now()
            if now is None:
                raise ValueError("the engine is gone")
            segments = {segment.id: segment for segment in board.segments}
            return read_time(text, now=now, where=board.zone, due=None, segments=segments)

        def words(typed: Typed) -> str:
            now = self._app.engine_now()
            return typed.words(now, self._app.board.zone) if now else ""

        def read(text: str) -> Read:
            try:
                return Read(f"comes back {words(at(text))}", good=True)
            except ValueError as error:
                return Read(str(error), good=False)

        def typed(text: str) -> None:
            when = at(text)
            manner = Manner(None if when.anchor else when.at, when.anchor)
            self._send(
                "until", meant, meant.errand("until", manner, f"snoozed, back {words(when)}")
            )

        self._app.show.ask(f"{one_line(meant.name)} until:", "", read, typed)

    def _report(self, meant: Meant) -> None:
        """Ask what it is reported for; then give out the address, for its network."""

        def then(errand: Errand, reply: Reply) -> None:
            if not reply.ok:
                return
            there = [thing for thing in meant.things if thing.id in errand.ids]
            urls = [item.post.url for item in map(self._behind, there) if item and item.post.url]
            if not urls:
                self._app.say(f"{errand.told(reply)}: it has no address to report it at", "")
                return
            self._app.give_out("\n".join(urls))
            where = urls[0] if len(urls) == 1 else f"at {len(urls)} addresses"
            self._app.say(f"{errand.told(reply)} · report it there by hand: {where} (copied)", "")

        def answered(key: str | None) -> None:
            if key in COMPLAINTS:
                errand = meant.errand("report", Manner(complaint=COMPLAINTS[key]))
                errand.then = partial(then, errand)
                self._send("report", meant, errand)
            self._app.redraw()

        self._app.push_screen(Ask(*questions.report(meant)), answered)

    def _behind(self, thing: Thing) -> Item | None:
        return thing if isinstance(thing, Item) else self._app.board.item(thing.id)

    def _take_over(self, meant: Meant, errand: Errand) -> None:
        item = self._behind(meant.things[0])
        if item is None or item.claim is None:
            return
        board = self._app.board
        now, others = self._app.engine_now(), board.others_at(item.id)
        self._ask(questions.take_over(item, item.claim, others, now), "take-over", meant, errand)

    def _on_outgoing(self, outgoing: Outgoing, errand: Errand) -> None:
        """Do what a key means to a post of the house."""
        match errand.command:
            case Delete():  # the cursor stays to see it go
                errand.done = f"being taken down: {handle_of(outgoing)}"
                asked = questions.take_down(outgoing, self._app.board.account(outgoing.account))
                self._ask(asked, "reject", Meant((outgoing,)), errand)
            case TakeBack() as order:
                self._app.show.planning.take_back(outgoing, order)
            case Discard() as order:
                self._app.show.planning.drop(outgoing, order)

    # --- back and again -----------------------------------------------------------------------

    def _done_at_once(
        self, ids: tuple[str, ...], then: Callable[[Reply], None] | None, reply: Reply
    ) -> None:
        if reply.ok:
            self._at_once = [*self._at_once[1 - _REMEMBERED :], ids]
            self._taken_back.clear()
        if then is not None:
            then(reply)

    def undo(self) -> None:
        self._app.order(Errand(Undo(), done="undone", then=partial(self._restored, "undone")))

    def redo(self) -> None:
        self._app.order(Errand(Redo(), done="done again", then=partial(self._restored, "again")))

    def _restored(self, word: str, reply: Reply) -> None:
        if not reply.ok:
            return
        ids: tuple[str, ...] = (reply.thing,) if reply.thing else ()
        gone, come = self._at_once, self._taken_back
        if word == "again":
            gone, come = come, gone
        if not ids and gone:
            ids = gone.pop()
            come.append(ids)
            self._app.say(f"{word}: {len(ids)} posts")
        for listing in self._app.board.listings.values():
            for id in ids:
                listing.reveal(id)
        if item := self._app.board.item(reply.thing):
            self._app.say(f"{word}: {handle_of(item)}")

    def approve_next(self) -> None:
        """Put the best waiting post that no rule stops on the wall, after a question."""
        body = "The engine picks it: you see it on the wall at first. z takes it off again."
        errand = Errand(ApproveNext(), done="the next post is on the wall")

        def answered(key: str | None) -> None:
            if key == "y":
                self._app.order(errand)
            self._app.redraw()

        title = "Put the best waiting post on the wall, unseen?"
        self._app.push_screen(Ask(title, body, [("y", "put it up")]), answered)

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
        errand, board = Errand(Release(), done="released"), self._app.board
        before = board.scene and board.scene.version

        def answered(key: str | None) -> None:
            self._releasing = None
            if key == "y" and (board.scene and board.scene.version) == before:
                self._app.order(errand)
            elif key == "y":  # another hold, for all that is known here
                self._app.refuse("not released: the screens were changed meanwhile: R asks again")
            self._app.redraw()

        self._releasing = Ask(*questions.release(board, self._app.engine_now()))
        self._app.push_screen(self._releasing, answered)

    def news(self) -> None:
        """Close the question about a hold that has ended: another one is not meant by it."""
        question = self._releasing
        # One that was answered a moment ago has left the screen already.
        # A console that is ending has no screens any more.
        asked = question is not None and self._app.screen_stack[-1:] == [question]
        if question is not None and asked and not self._app.board.held:
            self._releasing = None
            question.dismiss("")
            self._app.refuse("the hold was ended by somebody else")

"""What is around a post: its thread, what its author said, who else looks at it.

Owns what is asked of the engine about the post under the cursor, and what colleagues are told of
where this operator is. Never draws, and never asks more often than a person reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from eventlive.messages import About, Background, Looking, Reply, Welcome
from eventlive.model import Card, Item

if TYPE_CHECKING:
    from tui.app import ConsoleApp

REST = 0.3
"""Seconds for which the cursor must rest on a post before anything is said or asked of it."""
PAUSE = 0.5
"""Seconds between two times that something is said: two frames each, four a second at most."""
_REFUSED_FOR = 5.0
KEPT = 50
"""Backgrounds that are kept; the one used longest ago goes first."""


class Around:
    """The surroundings of one operator's post."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._known: dict[str, Background] = {}
        self._asked: dict[str, tuple[int, int]] = {}
        self._ref = 0
        self._at, self._since = "", 0.0
        self._turned = ""
        self._told = Looking()
        self._quiet_until = float("-inf")
        self._welcome: Welcome | None = None

    # --- for the sheet ------------------------------------------------------------------------

    def of(self, id: str) -> Background | None:
        """What is known around a post; None while nothing is."""
        return self._known.get(id)

    def turned(self, id: str) -> bool:
        """Tell whether the sheet, which is to show this post, shows thread and author in full.

        Another post ends it: nobody decides on one without seeing it.
        """
        if id != self._turned:
            self._turned = ""
        return bool(self._turned)

    def turn(self) -> None:
        """Show the thread and the author instead of the post, or the post again."""
        app = self._app
        if app.listing.live:
            app.listing.pick()
        here = self._looking().item
        if not here:
            app.refuse("no post is picked: its thread and its author stand where a post is")
        elif self.turned(here):
            self._turned = ""
        else:
            self._turned = here
            # Who asks for it does not wait for the cursor to rest.
            self._at, self._since = here, float("-inf")
            if app.narrow:
                app.screen.add_class("-detail")
        app.redraw()

    # --- for the engine -----------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Ask for what is not known, and tell colleagues where this operator is.

        To be called as often as anybody likes; `now` in seconds of a clock that only grows.
        """
        board = self._app.board
        if board.welcome is not self._welcome:
            # A new link knows nothing of us; after a reload it does no harm to say it again.
            self._welcome, self._told = board.welcome, Looking()
            self._asked.clear()
            self._known.clear()
        looking = self._looking()
        if looking.item != self._at:
            self._at, self._since, self._turned = looking.item, now, ""
        self._freshen()
        rested = now - self._since >= REST or looking.writing or not looking.item
        if not board.up or not rested or now < self._quiet_until:
            return
        said = looking != self._told and self._app.link.say(looking)
        if said:
            self._told = looking
        if self._ask(looking.item) or said:
            self._quiet_until = now + PAUSE

    def _looking(self) -> Looking:
        """Where the operator is: at the post that they answer, else at the one under the cursor."""
        app = self._app
        piece, thing = app.composer.piece, app.listing.current
        if piece is not None and piece.item is not None:
            return Looking(piece.item.id, writing=True)
        return Looking(thing.id) if isinstance(thing, Item | Card) else Looking()

    def _ask(self, id: str) -> bool:
        item = self._app.board.item(id)
        if item is None:
            return False
        asked = self._asked.get(id)
        stamp = (item.version, self._unread(self._known.get(id)))
        if asked is not None and stamp[0] <= asked[0] and stamp[1] <= asked[1]:
            return False
        self._ref = self._app.sending.errands.number()
        if not self._app.link.say(About(self._ref, id)):
            return False
        self._asked[id] = stamp
        _trim(self._asked)
        return True

    def _unread(self, background: Background | None) -> int:
        """How many posts on the board answer one of the thread, and do not stand in it yet."""
        if background is None:
            return 0
        thread = {one.id: one.post for one in background.thread}
        answered = {(post.network, post.id) for post in thread.values()}
        return len(
            {
                thing.id
                for listing in self._app.board.listings.values()
                for thing in map(listing.get, listing.order)
                if isinstance(thing, Item)
                and thing.post.kind == "reply"
                and (thing.post.network, thing.post.in_reply_to) in answered
                and thing.id not in thread
            }
        )

    def told(self, background: Background) -> None:
        """Take in what the engine knows around a post."""
        id = background.item
        if background.reason:
            # What was known goes before why nothing is; elsewhere it is asked again on return.
            if id == self._at:
                self._known.setdefault(id, background)
            else:
                self._asked.pop(id, None)
        else:
            self._known.pop(id, None)
            self._known[id] = background
            if id in self._asked:
                self._asked[id] = (self._asked[id][0], self._unread(background))
        _trim(self._known)

    def refused(self, reply: Reply) -> bool:
        """Take a reply in place of a background; tells whether it was one."""
        if reply.ok or not self._ref or reply.ref != self._ref:
            return False
        self._asked.pop(self._at, None)
        self._quiet_until = self._app.monotonic() + _REFUSED_FOR
        return True

    def _freshen(self) -> None:
        """Bring the posts around the one under the cursor to what the board knows of them."""
        known = self._known.get(self._at)
        if known is None:
            return
        thread, author = self._newest(known.thread), self._newest(known.author)
        if thread != known.thread or author != known.author:
            self._known[self._at] = replace(known, thread=thread, author=author)

    def _newest(self, items: Iterable[Item]) -> tuple[Item, ...]:
        known = ((one, self._app.board.item(one.id)) for one in items)
        return tuple(
            here if here is not None and here.version > one.version else one for one, here in known
        )


def _trim(kept: dict[str, Background] | dict[str, tuple[int, int]]) -> None:
    while len(kept) > KEPT:
        del kept[next(iter(kept))]

"""Marks on rows: a deciding key means all marked ones, wherever there are any.

Owns how rows are marked and which posts the marks stand for; the listing keeps the marks. Never
decides anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from eventlive.model import Card, Item
from tui.listing import MARKS_AT_MOST
from tui.meant import Meant
from tui.orders import said

if TYPE_CHECKING:
    from tui.app import ConsoleApp

How = Literal["one", "range", "all"]
FOR_ONE = "that is for one post: Esc lets the marks go"
_NOT_HERE = "marks are for what others post: here each is decided by itself"


class Marking:
    """The marks of one operator."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app

    def mark(self, how: How) -> None:
        """Mark rows of the list on the screen."""
        app, listing = self._app, self._app.listing
        if app.place in ("outgoing", "uncertain", "rundown"):
            app.refuse(_NOT_HERE)
        elif how == "all" and listing.pick():
            listing.mark_all()
            if len(listing.marked) == MARKS_AT_MOST:
                app.say(f"marked {MARKS_AT_MOST}: no more can be decided on at once", "")
        elif (thing := app.deciding.picked(alone=False)) is None:
            pass  # it was said why
        elif not isinstance(thing, Item | Card):
            app.refuse(_NOT_HERE)
        elif how == "range" and not listing.mark_range():
            app.refuse("mark one first: Space marks it, v marks from there to the cursor")
        elif how == "one" and not listing.mark():
            app.refuse(f"{MARKS_AT_MOST} are marked: no more can be decided on at once")
        app.redraw()

    def clear(self) -> None:
        """Let all marks of this list go."""
        self._app.listing.marked.clear()
        self._app.redraw()

    def meant(self) -> Meant | None:
        """The marked posts as they are painted; None, and the reason said, where none is left."""
        listing = self._app.listing
        ids = listing.chosen
        there = [listing.get(id) for id in ids if not listing.is_ghost(id)]
        left = [thing for thing in there if thing is not None]
        things = tuple(one for one in left if said(one) == said(listing.marked[one.id]))
        if things:
            return Meant(things, tuple(ids), changed=len(left) - len(things))
        why = "changed since: mark them again" if left else "left this queue"
        self._app.refuse(f"all that were marked have {why}")
        return None

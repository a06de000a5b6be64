"""The list of one queue, drawn line by line: never a widget a post.

Owns how a `Listing` is painted and which rows must be painted again. What stands where is the
listing's business, what a row says is row.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from eventlive.model import Card, Item, Outgoing, Segment, Thing
from tui import planned, programme
from tui.lines import Line, Lines, changed, paint
from tui.listing import Listing
from tui.moments import age, said_at
from tui.row import Look, row, standing, urgency

Signature = tuple[object, ...]
_REMEMBERED = 600


class ListPane(Lines):
    """Shows one listing at a time. Strips are kept by what they were made from."""

    COMPONENT_CLASSES = {"ink--marked"}

    class Picked(Message):
        """A row was clicked."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.thing = id

    def __init__(self, busy: Callable[[str], bool], id: str | None = None) -> None:
        super().__init__(id=id)
        self.listing = Listing()
        self.place = "inbox"
        self.now: datetime | None = None
        self.me = ""
        self.where: tzinfo = UTC
        self.empty: tuple[Line, ...] = ()
        self.due: frozenset[str] = frozenset()
        """Parts of the programme that only wait for a person."""
        self.expected: Mapping[str, datetime] = {}
        """When parts of the programme begin, as things stand."""
        self.presence: Mapping[str, str] = {}
        """Signs of colleagues at posts, by the posts' ids."""
        self.answer_within = 600.0
        """For how many seconds a question may wait."""
        self.liked: frozenset[str] = frozenset()
        """Posts that come again on the screens."""
        self._busy = busy
        self._painted: list[Signature] = []
        self._strips: dict[Signature, Strip] = {}

    def turn_to(self, listing: Listing, place: str) -> None:
        """Show another listing, the one of a queue."""
        self.listing, self.place = listing, place
        listing.resize(self.size.height or listing.height)
        self.repaint()

    def repaint(self) -> None:
        """Paint again the rows that no longer look as they should, and no others."""
        cells, high = self.size
        wanted = [self._signature(y, cells) for y in range(high)]
        old, self._painted = self._painted, wanted
        regions = []
        for y, now in enumerate(wanted):
            was = old[y] if y < len(old) else ()
            if was != now and (wide := self._changed(y, was, now, cells)):
                regions.append(Region(0, y, wide, 1))
        if regions:
            self.refresh(*regions)

    def _changed(self, y: int, was: Signature, now: Signature, cells: int) -> int:
        """How many cells of a row must be painted: of a post that only changed no more than that.

        Most changes are a mark at the left, and the words behind it most of the bytes.
        """
        before = self._strips.get(was) if was and was[0] and was[0] == now[0] else None
        if before is None or before.cell_length != cells:
            return cells
        return changed(before, self._rendered_row(y, now))

    def on_resize(self, event: events.Resize) -> None:
        self.listing.resize(event.size.height)
        self._painted = []
        self._strips.clear()
        self.repaint()

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def _signature(self, y: int, cells: int) -> Signature:
        """All that a row's look depends on; a thing is known by its id, version and connection."""
        listing, id = self.listing, self.listing.at(y)
        thing = listing.get(id) if id else None
        if thing is None or self.now is None:
            empty = self.empty[y] if not listing.shown and y < len(self.empty) else ()
            return ("", empty, cells)
        return (
            id,
            type(thing),
            thing.version,
            listing.connection,
            _moment(thing, self.now, self.expected.get(id)),
            self._urgency(thing, self.now),
            self.presence.get(id),
            id == listing.cursor,
            id in listing.marked,
            listing.is_ghost(id),
            self._busy(id),
            id in self.due,
            id in self.liked,
            self.place,
            cells,
        )

    def _urgency(self, thing: Thing, now: datetime) -> str:
        if not isinstance(thing, Item):
            return ""
        return urgency(thing, now, self.place, self.answer_within)

    def render_line(self, y: int) -> Strip:
        signature = self._signature(y, self.size.width)
        if y < len(self._painted):
            # Textual may ask for a row of a live list before it is its turn to be painted again.
            self._painted[y] = signature
        return self._rendered_row(y, signature)

    def _rendered_row(self, y: int, signature: Signature) -> Strip:
        strip = self._strips.get(signature)
        if strip is None:
            strip = self._strip(y)
            if len(self._strips) > _REMEMBERED:
                self._strips.clear()
            self._strips[signature] = strip
        return strip

    def _strip(self, y: int) -> Strip:
        listing, id = self.listing, self.listing.at(y)
        thing = listing.get(id) if id else None
        cells = self.size.width
        if thing is None or self.now is None:
            empty = self.empty[y] if not listing.shown and y < len(self.empty) else ()
            return paint(empty, cells, self.ink, self.base)
        cursor, marked = id == listing.cursor, id in listing.marked
        line = row(
            thing,
            cells,
            self.now,
            self.me,
            look=Look(
                cursor,
                marked,
                listing.is_ghost(id),
                self._busy(id),
                self.presence.get(id, ""),
                self.answer_within,
                id in self.liked,
            ),
            place=self.place,
            where=self.where,
            outlook=programme.Outlook(self.expected.get(id), id in self.due),
        )
        base = self.base
        if cursor or marked:
            ink = "selected" if cursor else "marked"
            base += self.ink(ink)
        return paint(line, cells, self.ink, base)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if id := self.listing.at(event.y):
            self.post_message(self.Picked(id))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.listing.scroll(3)
        self.repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.listing.scroll(-3)
        self.repaint()


def _moment(thing: Thing, now: datetime, begins: datetime | None) -> tuple[object, ...]:
    """The part of a row's look that time changes."""
    match thing:
        case Item():
            # A claim is soft: it may come and go without a new version.
            return (age(said_at(thing), now), thing.claim.who if thing.claim else "")
        case Outgoing():
            away = planned.timing(thing, now) if planned.waits_for_its_time(thing) else ""
            return (age(thing.sent_at or thing.created_at, now), standing(thing, now), away)
        case Segment():
            late = programme.late_words(programme.late(thing, now, begins))
            return (begins and begins.replace(second=0, microsecond=0), late)
        case Card():
            return (age(thing.at, now),)
        case _:
            return ()

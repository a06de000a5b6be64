"""All that a console knows: the event, its queues, how the engine is, and how true that still is.

Pure: takes the link's news and the time, holds no socket and no widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from msgspec.structs import replace

from eventlive.listening.signals import Reading
from eventlive.listening.variables import NOBODY
from eventlive.messages import (
    AccountInfo,
    Found,
    Present,
    Queue,
    RelayInfo,
    ScreenInfo,
    Sort,
    State,
    Update,
    Waiting,
    Watch,
    Welcome,
)
from eventlive.model import (
    Card,
    Decision,
    Health,
    Item,
    Outgoing,
    Reminder,
    Scene,
    Screen,
    Segment,
    Thing,
)
from tui import planned, programme
from tui.cells import fit, one_line
from tui.link import Down, Up
from tui.listing import Listing
from tui.moments import zone
from tui.offs import Offs
from tui.places import ALWAYS, PLACES, QUEUES, Place, queue_of

_WINDOW = 200
_DECISIONS = 50
_HOUSE: Literal["house"] = "house"
"""The view of the newest posts of the house, whatever the operator filters Outgoing by."""


class Board:
    """What is known, by the engine's last word. Times of `now` are seconds of a growing clock."""

    def __init__(self) -> None:
        self.welcome: Welcome | None = None
        self.health: Health | None = None
        self.scene: Scene | None = None
        self.segments: tuple[Segment, ...] = ()
        self.reminders: tuple[Reminder, ...] = ()
        self.decisions: tuple[Decision, ...] = ()
        self.queues: dict[Queue, Waiting] = {}
        self.present: tuple[Present, ...] = ()
        self.screens: tuple[ScreenInfo, ...] = ()
        self.walls: tuple[Screen, ...] = ()
        self.relays: tuple[RelayInfo, ...] = ()
        self.liked: frozenset[str] = frozenset()
        self.offs = Offs()
        self.signals: Reading | None = None
        self.zone: tzinfo = UTC
        self.up = False
        self.down: Down | None = None
        self.heard_at: float | None = None
        self.listings: dict[Place, Listing] = {place: Listing(_WINDOW, place) for place in PLACES}
        self.search = ""
        self._clock: tuple[datetime, float] | None = None
        self._views = dict.fromkeys(QUEUES, 1)
        self._watched = set(ALWAYS)
        self._house: dict[str, Outgoing] = {}
        self._house_doubted = False

    # --- who and when -------------------------------------------------------------------------

    @property
    def me(self) -> str:
        """The operator's name as the engine knows it."""
        return self.welcome.name if self.welcome else ""

    @property
    def held(self) -> bool:
        """Whether everything is held, by the engine's last word."""
        return bool((self.scene and self.scene.held) or (self.health and self.health.held))

    @property
    def speed(self) -> float:
        """How fast the event's clock goes: other than 1 in a rehearsal alone."""
        return self.welcome.speed if self.welcome and self.welcome.speed > 0 else 1.0

    def now(self, now: float) -> datetime | None:
        """The engine's time, which is the event's; None before its first word."""
        if self._clock is None:
            return None
        moment, at = self._clock
        return moment + timedelta(seconds=(now - at) * self.speed)

    # --- news ---------------------------------------------------------------------------------

    def connected(self, up: Up, now: float) -> None:
        """Take the welcome in; what the engine says from now on counts, whatever was known.

        It may be one that began anew, whose versions and decisions count from one again.
        """
        self.up, self.down = True, None
        for listing in self.listings.values():
            listing.doubt()
        self._house_doubted = True
        self.decisions = ()
        self.offs.forget()
        self.welcomed(up.welcome, now)
        self.heard_at = now

    def welcomed(self, welcome: Welcome, now: float) -> None:
        """Take in what the event is: at the start, and again once the script was reloaded."""
        self.welcome = welcome
        self.zone = zone(welcome.timezone)
        self._clock = (welcome.now, now)

    def lost(self, down: Down) -> None:
        """Take in that the engine is gone; what is known stays, and is shown with its age."""
        self.up, self.down = False, down

    def state(self, state: State, now: float) -> None:
        """Take health, scene and programme in."""
        self.health, self.scene = state.health, state.scene
        self.segments = state.segments
        # Each state brings those that are new to this console; after a reconnection, all again.
        decided = {one.seq: one for one in (*self.decisions, *state.decisions)}
        self.decisions = tuple(decided.values())[-_DECISIONS:]
        self.reminders = state.reminders
        self.queues = {one.queue: one for one in state.queues}
        self.present, self.screens = state.present, state.screens
        self.walls, self.relays = state.walls, state.relays
        self.liked = frozenset(state.liked)
        self.signals = state.signals or self.signals
        # A clock that is set by every message trembles; half a second of difference is the way.
        told, known = state.health.at, self.now(now)
        if known is None or abs((told - known).total_seconds()) > 0.5 * max(self.speed, 1.0):
            self._clock = (told, now)
        self.offs.take(state.offs, told, self.speed, now)
        self._take_programme(told, now)

    def _take_programme(self, moment: datetime, now: float) -> None:
        """Bring the rundown up to date: it is a queue that comes with the state, not as a view."""
        listing = self.listings["rundown"]
        ids = [segment.id for segment in programme.order(self.segments)]
        listing.take(ids, self.segments, len(ids), now)
        listing.arrange()
        first = programme.most_urgent(self.segments, moment)
        listing.begin_at(first.id if first else "")

    def update(self, update: Update, now: float) -> Place | Literal["house"] | None:
        """Take a view in; None where it is one that nobody watches any more."""
        if update.view == _HOUSE:
            self._take_house(update)
            return _HOUSE
        queue, _, turn = update.view.partition(".")
        for place in self._watched:
            if place == queue and turn == str(self._views[place]):
                as_is = place != "outgoing" or self.listings[place].sort != "rank"
                order = update.order if as_is else self._by_time(update)
                self.listings[place].take(order, update.rows, update.total, now)
                self._spread(update.rows, place)
                return place
        return None

    def _take_house(self, update: Update) -> None:
        fresh = {one.id: one for one in update.rows if isinstance(one, Outgoing)}
        known = ((id, fresh.get(id) or self._house.get(id)) for id in update.order)
        self._house = {id: one for id, one in known if one is not None}
        self._house_doubted = False
        self._spread(update.rows, None)

    def _by_time(self, update: Update) -> list[str]:
        """Posts of the house as an operator reads them: what needs somebody, then what is next."""
        fresh = {thing.id: thing for thing in update.rows}
        listing = self.listings["outgoing"]
        known = (fresh.get(id) or listing.get(id) for id in update.order)
        return [one.id for one in planned.order(one for one in known if isinstance(one, Outgoing))]

    def found(self, found: Found, now: float) -> None:
        """Take the result of a search in; its first row is picked."""
        listing = self.listings["found"]
        keep = listing.cursor
        listing.refilter("")
        listing.take((item.id for item in found.items), found.items, found.total, now)
        if not listing.pick(keep):
            listing.first()

    def learn(self, thing: Thing) -> None:
        """Take the newest version of a thing from a reply."""
        known = self._house.get(thing.id)
        old = known is not None and (self._house_doubted or thing.version > known.version)
        if isinstance(thing, Outgoing) and old:
            self._house[thing.id] = thing
        self._spread((thing,), None)

    def _spread(self, things: Iterable[Thing], place: Place | None) -> None:
        for other, listing in self.listings.items():
            if other != place:
                for thing in things:
                    listing.refresh(thing)

    # --- views --------------------------------------------------------------------------------

    def watches(self) -> list[Watch]:
        """All that is to be asked of the engine."""
        # What leaves, and what became of a text, must be known whatever a filter hides.
        house = Watch(view=_HOUSE, queue="outgoing", sort="newest", count=_WINDOW)
        return [house, *(self.watch(queue) for queue in QUEUES if queue in self._watched)]

    def watch(self, queue: Queue) -> Watch:
        """The view of a queue as it is to be asked for now."""
        listing = self.listings[queue]
        return Watch(
            view=self.view(queue),
            queue=queue,
            filter=listing.filter,
            sort=listing.sort,
            count=_WINDOW,
        )

    def turn_to(self, place: Place) -> tuple[list[str], list[Watch]]:
        """Take in which place is on the screen; returns the views to end and those to ask for.

        Of the queues that are not always watched only the one on the screen is.
        """
        queue = queue_of(place)
        wanted = {*ALWAYS, queue} if queue else set(ALWAYS)
        ended = [self.view(one) for one in self._watched - wanted]
        fresh = [one for one in QUEUES if one in wanted - self._watched]
        for one in fresh:
            self._views[one] += 1
            self.listings[one].begin_anew()
        self._watched = {one for one in QUEUES if one in wanted}
        return ended, [self.watch(one) for one in fresh]

    def view(self, queue: Queue) -> str:
        """The name of a queue's present view.

        A new filter gets a new name, so that what was on its way for the old one is known as such.
        """
        return f"{queue}.{self._views[queue]}"

    def refilter(self, queue: Queue, text: str, sort: Sort) -> tuple[str, Watch]:
        """Change a queue's filter and order; returns the view to end and the one to ask for."""
        ended = self.view(queue)
        self._views[queue] += 1
        self.listings[queue].refilter(text, sort)
        return ended, self.watch(queue)

    # --- finding things -----------------------------------------------------------------------

    def items(self, id: str) -> Iterator[Item]:
        """Every version of a post that some queue holds."""
        for listing in self.listings.values():
            thing = listing.get(id)
            if isinstance(thing, Item):
                yield thing

    def item(self, id: str) -> Item | None:
        """The newest version of a post that is known here."""
        there = [(listing.version(id), listing.get(id)) for listing in self.listings.values()]
        items = [(told, one.version, one) for told, one in there if isinstance(one, Item)]
        return max(items, key=lambda one: one[:2])[2] if items else None

    def outgoing(self, id: str) -> Outgoing | None:
        """A post of the house that is known here."""
        house, listing = self._house.get(id), self.listings["outgoing"]
        listed = listing.get(id)
        if not isinstance(listed, Outgoing):
            return house
        told = -1 if house is None or self._house_doubted else house.version
        return listed if listing.version(id) > told else house or listed

    def segment(self, id: str) -> Segment | None:
        """A part of the programme."""
        return next((segment for segment in self.segments if segment.id == id), None)

    def reminder(self, id: str) -> Reminder | None:
        """A word to the crew."""
        return next((reminder for reminder in self.reminders if reminder.id == id), None)

    def due_reminders(self) -> list[Reminder]:
        """What the crew is to be reminded of now, the oldest first."""
        waiting = [reminder for reminder in self.reminders if reminder.state == "due"]
        return sorted(waiting, key=lambda one: one.due_at.timestamp() if one.due_at else 0.0)

    def account(self, id: str) -> AccountInfo | None:
        """An account of the house."""
        accounts = self.welcome.accounts if self.welcome else ()
        return next((account for account in accounts if account.id == id), None)

    def all_outgoing(self) -> list[Outgoing]:
        """Every post of the house that is known, also what a filter hides; in no order."""
        ids = dict.fromkeys((*self.listings["outgoing"].order, *self._house))
        return [one for one in map(self.outgoing, ids) if one is not None]

    def answers(self, id: str) -> tuple[Outgoing, ...]:
        """The posts of the house that answer a post."""
        # Which post one answers never changes: any version of it tells whether it is looked at.
        listing = self.listings["outgoing"]
        known = (
            (one, listing.get(one) or self._house.get(one))
            for one in dict.fromkeys((*listing.order, *self._house))
        )
        ids = (one for one, post in known if isinstance(post, Outgoing) and post.answers == id)
        return tuple(one for one in map(self.outgoing, ids) if one is not None)

    def filled(
        self, outgoing: Outgoing | None, moment: datetime, text: str = "", account: str = ""
    ) -> planned.Filled:
        """Fill a post's variables as they would be now, or those of new words for it.

        `account` says who speaks where there is no post yet.
        """
        names = self.welcome.names if self.welcome else NOBODY
        speaks = self.account(outgoing.account if outgoing else account)
        if not text and outgoing is not None:
            if outgoing.template:
                return planned.Filled()
            text = outgoing.text
        return planned.filled(text, outgoing, speaks, names, self.segments, moment)

    def named(self, thing: Thing, moment: datetime | None) -> str:
        """How to name a thing in a sentence: a post of the house by its words as they would be."""
        if isinstance(thing, Outgoing) and moment and (text := self.filled(thing, moment).text):
            thing = replace(thing, text=text)
        return handle_of(thing)

    def has(self, place: Place) -> bool:
        """Whether there is anything to look at in a place that is not always there."""
        match place:
            case "found":
                return bool(self.search)
            case "rundown":
                return bool(self.segments or self.reminders)
            case _:
                return True

    def counts(self, place: Place) -> int:
        """How many a place holds, by the newest word that there is."""
        queue = queue_of(place)
        told = self.queues.get(queue) if queue else None
        listing = self.listings[place]
        if queue in self._watched and not listing.filter and listing.filled:
            return listing.waiting
        return told.count if told else listing.waiting

    def oldest(self, place: Place) -> datetime | None:
        """Since when the one that waits longest in a place is there."""
        queue = queue_of(place)
        told = self.queues.get(queue) if queue else None
        return told.oldest if told else None

    def others_at(self, id: str) -> list[Present]:
        """Colleagues who look at a post just now, those who write to it first."""
        there = [one for one in self.present if one.item == id and one.who != self.me]
        return sorted(there, key=lambda one: (not one.writing, one.who))


def handle_of(thing: Thing) -> str:
    """How to name a thing in a sentence to the operator; foreign text, to be cleaned."""
    match thing:
        case Item():
            return f"@{thing.post.author.handle}"
        case Card():
            return f"@{thing.handle}"
        case Outgoing():
            return f"“{fit(one_line(thing.text[:200]), 24, pad=False)}”"
        case Segment():
            return thing.title
        case _:
            return thing.id

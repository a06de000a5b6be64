"""Who is attached, and what each of them gets.

Owns the seats of consoles, and when they are told what; what the wall gets is its `Projection`.
Knows no sockets: the server gives it an audience to write to and takes frames from seats.
Publishing never waits; who is too slow loses, by the policy of its kind:
a console's views are replaced by the newest, a screen is closed and comes back to a snapshot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from eventlive.adding_up import complete
from eventlive.desk import Desk
from eventlive.desk.filters import WORDS_MAX
from eventlive.desk.views import view, waiting
from eventlive.listening.cleaning import clean_line
from eventlive.listening.signals import Reading
from eventlive.messages import (
    Looking,
    Present,
    Queue,
    Sort,
    State,
    ToConsole,
    Update,
    Watch,
    encoder,
)
from eventlive.model import (
    Change,
    Decision,
    Health,
    Item,
    Outgoing,
    Role,
    Thing,
)
from eventlive.projection import Projection

REPLIES_MAX = 500
"""Frames that wait for one console; one more and the console is dropped: it does not read."""

REPLIES_WAIT = 50
"""Frames that wait for one console above which nothing more is read from it."""

WATCHES_MAX = 16
VIEWS_KEPT = 64
"""Views that are kept for other consoles while the desk stays as it is."""

DECISIONS_SHOWN = 50


OFF_SOON = timedelta(seconds=5)
"""For how long consoles are told of something gone off as soon as more screens confirm it; who has
not done so by then is told of once a second."""


Listener = Callable[[list[Change]], None]


class Seat:
    """One console: what it watches and what it has been told.

    Views are computed when they are sent, so a slow console never has a backlog of them. `asked`
    and `looked` are when, on the loop's clock, it last asked for anything and said what its
    operator looks at, 0 for never; it was told of decisions up to the one numbered `decided`.
    """

    def __init__(self, hub: Hub, name: str, role: Role, now: float) -> None:
        self.name = name
        self.role = role
        self.overrun = False
        self.asked = now
        self.looking = Looking()
        self.looked = 0.0
        self.decided = 0
        self._hub = hub
        self._watches: dict[str, Watch] = {}
        self._told: dict[str, dict[str, int]] = {}
        self._order: dict[str, tuple[tuple[str, ...], int]] = {}
        self._frames: deque[bytes] = deque()
        self._stirred = False
        self._drained = asyncio.Event()
        self.gone = False
        self.urgent = asyncio.Event()
        self.anything = asyncio.Event()

    def tell(self, message: ToConsole) -> None:
        """Queue a frame that must not be lost, in order."""
        self._queue(encoder.encode(message))

    def _queue(self, frame: bytes) -> None:
        if len(self._frames) >= REPLIES_MAX:
            self.overrun = True
        else:
            self._frames.append(frame)
        self.urgent.set()
        self.anything.set()

    def watch(self, watch: Watch) -> str:
        """Begin or replace a view; give the reason where it is refused, else ""."""
        if watch.view not in self._watches and len(self._watches) >= WATCHES_MAX:
            return f"a console watches {WATCHES_MAX} views at most"
        if len(watch.filter.split()) > WORDS_MAX:
            return f"a filter has {WORDS_MAX} words at most"
        self._watches[watch.view] = watch
        self._told[watch.view] = {}
        self._order.pop(watch.view, None)
        self.stir()
        return ""

    def unwatch(self, name: str) -> None:
        self._watches.pop(name, None)
        self._told.pop(name, None)
        self._order.pop(name, None)

    def stir(self) -> None:
        """Note that the desk has changed, or a view."""
        self._stirred = True
        self.anything.set()

    def take_frames(self) -> list[bytes]:
        """Take the frames that go out at once."""
        frames = list(self._frames)
        self._frames.clear()
        self.urgent.clear()
        self._drained.set()
        return frames

    async def room(self) -> None:
        """Wait while many frames wait to be sent: who floods is slowed down by its own replies."""
        while len(self._frames) > REPLIES_WAIT and not self.gone:
            self._drained.clear()
            await self._drained.wait()

    def leave(self) -> None:
        """Note that nothing is sent any more."""
        self.gone = True
        self._drained.set()

    async def take_updates(self) -> AsyncIterator[bytes]:
        """Give what changed in the views, one after another, each of a settled desk."""
        self.anything.clear()
        if not self._stirred:
            # What woke us was the state, or a reply: who turns elsewhere changes no view.
            return
        self._stirred = False
        for name in list(self._watches):
            async with self._hub.turn:
                await self._hub.settled()
                watch = self._watches.get(name)
                update = self._update(watch) if watch and not self._hub.failed else None
                if watch and (watch.filter or watch.sort != "rank"):
                    # It looked at the whole desk: no other console does before the loop's turn.
                    await asyncio.sleep(0)
            if update:
                yield encoder.encode(update)
            await asyncio.sleep(0)

    def _update(self, watch: Watch) -> Update | None:
        name = watch.view
        things, total = self._hub.look(watch)
        told = self._told[name]
        order = tuple(thing.id for thing in things)
        newer: list[Thing] = [thing for thing in things if told.get(thing.id) != thing.version]
        rows = (*newer, *self._left(told, order))
        if not rows and self._order.get(name) == (order, total):
            return None
        self._told[name] = {thing.id: thing.version for thing in things}
        self._order[name] = (order, total)
        return Update(name, order, rows, total)

    def _left(self, told: dict[str, int], order: tuple[str, ...]) -> Iterator[Thing]:
        """Find what left a view because it changed, not because better ones came."""
        state = self._hub.desk.state
        for key in told.keys() - order:
            thing = state.items.get(key) or state.outgoing.get(key)
            if thing is not None and thing.version != told[key]:
                yield thing

    def look(self, looking: Looking, now: float) -> str:
        """Take in what its operator looks at; give the reason where it is refused, else ""."""
        if looking.writing and self.role == "viewer":
            return "a viewer looks on; it may not answer"
        looking = replace(looking, item=clean_line(looking.item, 600))
        self._hub.moved |= looking != self.looking
        self.looking, self.looked = looking, now
        return ""

    @property
    def reads(self) -> bool:
        """Whether it keeps up: the state is not piled up on who does not."""
        return len(self._frames) < REPLIES_MAX // 2

    def tell_state(self, state: bytes, decided: int) -> None:
        """Queue the state as it was encoded, with the decisions up to this number."""
        self.decided = decided
        self._queue(state)
        if any(watch.queue == "overdue" for watch in self._watches.values()):
            # The desk does not change by the time that makes a question overdue.
            self.stir()


class Hub(Projection):
    """Everyone attached to one engine: who sees the wall, and consoles."""

    def __init__(
        self,
        desk: Desk,
        *,
        pictures: bool,
        listeners: Iterable[Listener] = (),
        epoch: str = "",
    ) -> None:
        super().__init__(desk, pictures=pictures, epoch=epoch)
        self.seats: set[Seat] = set()
        self.moved = False
        self.turn = asyncio.Lock()
        self.at: datetime | None = None
        self.decisions: deque[Decision] = deque(maxlen=DECISIONS_SHOWN)
        self.failed = False
        self.signals: Reading | None = None
        self._settled = asyncio.Event()
        self._settled.set()
        self._views: dict[tuple[Queue, str, Sort, int], tuple[Sequence[Item | Outgoing], int]] = {}
        self._listeners = list(listeners)

    def listen(self, listener: Listener) -> None:
        """Have a function called with every turn's changes but those of items; it must not wait."""
        self._listeners.append(listener)

    def unsettle(self) -> None:
        """Note that the desk is about to know what is not stored yet; nobody may see it so."""
        self._settled.clear()
        self._views.clear()

    def fail(self) -> None:
        """Note that the store has failed: nobody sees more of the desk, only the last words."""
        self.failed = True
        self._settled.set()

    async def settled(self) -> None:
        """Wait until all that the desk knows is stored; what is read before the next await is."""
        while not self._settled.is_set():
            await self._settled.wait()

    def publish(self, changes: list[Change], decisions: list[Decision], *, anything: bool) -> None:
        """Announce what is stored: screens at once, consoles at their tick.

        `changes` are all but those of items; `anything` says whether there were any at all.
        """
        self._settled.set()
        if not anything and not decisions:
            return
        self.decisions.extend(replace(one, steps=()) for one in decisions)
        self.moved |= bool(self.project(changes, decisions))
        for seat in self.seats:
            seat.stir()
        for listener in self._listeners:
            listener(changes)

    # --- consoles ----------------------------------------------------------------------------

    def join(self, seat: Seat) -> None:
        """Let a console be told what changes, and the others that its operator is here."""
        self.seats.add(seat)
        self.moved = True

    def leave(self, seat: Seat) -> None:
        """Note that a console is gone, and so is its operator."""
        self.seats.discard(seat)
        self.moved = True

    def look(self, watch: Watch) -> tuple[Sequence[Item | Outgoing], int]:
        """Give a view of the desk, and how many it has in all; made once for all who ask for it."""
        asked = watch.queue, watch.filter, watch.sort, watch.count
        if asked not in self._views:
            if len(self._views) >= VIEWS_KEPT:
                self._views.clear()
            self._views[asked] = view(self.desk.state, watch, self.at)
        return self._views[asked]

    def report(self, health: Health, now: float) -> None:
        """Tell every console how things are; `now` is the loop's time."""
        self.moved = False
        state = self._tell(self.seats, health, now)
        if state is not None:
            # Who has not confirmed yet may do so at any moment.
            self.moved = any(
                not complete(off) and health.at - off.at < OFF_SOON for off in state.offs
            )

    def introduce(self, seat: Seat, health: Health, now: float) -> None:
        """Tell one console how things are, for the first time."""
        self._tell([seat], health, now)

    def _tell(self, seats: Iterable[Seat], health: Health, now: float) -> State | None:
        """Encode what is the same for all once, and once for those who know the same decisions."""
        self.at = health.at
        # Time alone makes a question overdue.
        self._views.clear()
        seats = [seat for seat in seats if seat.reads]
        if not seats:
            return None
        state, decided = self._state(health, now), self.desk.state.seq
        frames: dict[int, bytes] = {}
        for seat in seats:
            if seat.decided not in frames:
                new = tuple(one for one in self.decisions if one.seq > seat.decided)
                frames[seat.decided] = encoder.encode(replace(state, decisions=new))
            seat.tell_state(frames[seat.decided], decided)
        return state

    def _state(self, health: Health, now: float) -> State:
        desk = self.desk.state
        return State(
            health=health,
            scene=self.scene,
            segments=tuple(desk.segments.values()),
            reminders=tuple(one for one in desk.reminders.values() if one.state != "done"),
            signals=self.signals,
            queues=waiting(desk, health.at),
            present=_present(self.seats, now),
            screens=self.listed,
            walls=self.walls,
            offs=self.offs(health.at),
            relays=self.relays,
            liked=tuple(card.id for card in desk.cards.values() if card.liked),
        )


def _present(seats: Iterable[Seat], now: float) -> tuple[Present, ...]:
    """List who is here: of somebody at two consoles, what they looked at last."""
    latest: dict[str, Seat] = {}
    asked: dict[str, float] = {}
    for seat in seats:
        known = latest.get(seat.name)
        if known is None or seat.looked > known.looked:
            latest[seat.name] = seat
        asked[seat.name] = max(seat.asked, asked.get(seat.name, seat.asked))
    return tuple(
        Present(
            who=name,
            role=seat.role,
            item=seat.looking.item,
            writing=seat.looking.writing,
            idle=round(now - asked[name], 1),
        )
        for name, seat in sorted(latest.items())
    )

"""The engine of one event: the main path, from a post to everyone who is attached.

    feeds -> intake -> inbox -> desk.handle -> store.commit -> hub.publish -> screens, consoles,
    consoles and cues --^                                                     publisher, venue

Owns the loop that takes inputs, in the order: decide, make durable, announce. What cannot be
stored is never announced, and the engine stops rather than go on without it. Everything else is
somebody else's: judgement (listening), decisions (desk), durability (store), peers (hub, server).
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from eventlive import briefing
from eventlive.clock import Clock
from eventlive.desk import Desk, State, team
from eventlive.desk.inputs import Arrived, Gone, Input, Ordered, Recalled, Revised, Settled, Turn
from eventlive.desk.views import overdue
from eventlive.errors import StoreError
from eventlive.goals import NOTHING, Counts
from eventlive.hub import Hub
from eventlive.intake import Arrivals, Feed, Intake
from eventlive.library import Library
from eventlive.listening.judging import Judge
from eventlive.listening.signals import Signals
from eventlive.messages import Command, Order, Previewed, Redo, Reload, Reply, Several, Undo
from eventlive.model import Drop, Goal, Health, Item, Outgoing, Role, Segment
from eventlive.publisher import Outlet, Publisher
from eventlive.reloading import Offer, Reloading
from eventlive.store import Store

log = logging.getLogger("eventlive.engine")

ORDERS = 256
"""Commands that wait; one more is refused, and its console told why."""

EDITION = "#script"
"""The mark under which the store keeps what script we go by, beside those of the feeds."""

ARRIVALS = 3
"""Batches from intake that wait; a further one makes intake wait, and so the feeds."""

LONGEST_WAIT = 60.0
SAMPLE_SECONDS = 0.05
INDEX_SECONDS = 0.2
COUNT_SECONDS = 10.0

PRESENCE_SECONDS = 0.25
"""Seconds at least between two states: who comes, goes or turns elsewhere is told that soon."""

SEND_GRACE = 5.0
"""Seconds that a send under way gets at the end."""


@dataclass(slots=True)
class _Inbox:
    """What waits for the desk: people before posts."""

    orders: deque[tuple[Ordered, Callable[[Reply], None]]] = field(default_factory=deque)
    settled: deque[Settled] = field(default_factory=deque)
    arrivals: asyncio.Queue[Arrivals] = field(default_factory=lambda: asyncio.Queue(ARRIVALS))
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closing: bool = False
    people_first: bool = False

    @property
    def empty(self) -> bool:
        return not self.orders and not self.settled and self.arrivals.empty()


class Engine:
    """One event, covered. Run it with `cover`."""

    def __init__(  # noqa: PLR0913 - all are named where they are given
        self,
        *,
        store: Store,
        desk: Desk,
        posts: int,
        cursors: dict[str, str],
        judge: Judge,
        signals: Signals,
        feeds: Sequence[Feed],
        outlets: dict[str, Outlet],
        places: dict[str, str],
        pictures: bool,
        tally: Callable[[Counts, datetime], tuple[Goal, ...]],
        clock: Clock,
        random: Random,
    ) -> None:
        self.hub = Hub(desk, pictures=pictures, epoch=f"{random.getrandbits(64):016x}")
        self.library = Library(store, desk, self.hub.settled)
        self.intake = Intake(judge, store, clock.now, random, self._deliver)
        self.signals = signals
        self.publisher = Publisher(
            outlets,
            store,
            clock.now,
            self._settled,
            held=lambda: desk.state.scene.held,
            places=places,
        )
        self.hub.listen(self.publisher.listen)
        self.venue_says = ""
        self.reported: Health | None = None
        self.editions: Reloading | None = None
        self._counts = NOTHING
        self._tally = tally
        self._store = store
        self._desk = desk
        self._feeds = feeds
        self._cursors = cursors
        self._clock = clock
        self._inbox = _Inbox()
        self._started_at = clock.now()
        self._posts_before = posts
        self._posts = 0
        self._deletes = 0
        self._lags: deque[float] = deque(maxlen=int(2 / SAMPLE_SECONDS))
        self._signals_fail = False

    def now(self) -> datetime:
        return self._clock.now()

    # --- the main path -----------------------------------------------------------------------

    async def _work(self) -> None:
        """Take inputs, decide, make durable, announce; ends when closing and nothing is left.

        Raises StoreError where something cannot be stored.
        """
        inbox, desk = self._inbox, self._desk
        while True:
            await self._wait_for_work()
            orders, inputs, cursors = self._gather()
            inputs = await self._with_recalled(inputs)
            self.hub.unsettle()
            turn = desk.handle(inputs, self._clock.now())
            offer = self._taken(orders, turn)
            if offer is not None:
                cursors[EDITION] = briefing.kept(offer.script)
            if turn.changes or turn.decisions or cursors:
                try:
                    await self._store.commit(turn.changes, turn.decisions, cursors)
                except StoreError:
                    self.hub.fail()
                    raise
            if offer is not None and self.editions is not None:
                self.intake.judge, self._tally = self.editions.take_in(offer)
            self._announce(turn, [done for _, done in orders])
            # Whoever waited for a settled desk looks at it now, before the next inputs.
            await asyncio.sleep(0)
            if inbox.closing and inbox.empty:
                return

    async def _wait_for_work(self) -> None:
        """Wait for an input, or for the moment when something falls due by itself."""
        inbox = self._inbox
        while inbox.empty and not inbox.closing:
            due = self._desk.next_due
            wait = LONGEST_WAIT if due is None else self._clock.seconds_until(due)
            if wait <= 0:
                return
            inbox.wake.clear()
            try:
                async with asyncio.timeout(min(wait, LONGEST_WAIT)):
                    await inbox.wake.wait()
            except TimeoutError:
                return

    def _gather(
        self,
    ) -> tuple[list[tuple[Ordered, Callable[[Reply], None]]], list[Input], dict[str, str]]:
        """Take every command and outcome that waits, or else one batch of posts.

        A command does not wait for the storing of hundreds of posts; but every other turn takes
        posts, whatever else waits. An undo ends the turn: what a next one speaks of is known only
        when it is carried out.
        """
        inbox = self._inbox
        orders = []
        while inbox.orders:
            orders.append(inbox.orders.popleft())
            if isinstance(orders[-1][0].command, Undo | Redo):
                break
        inputs: list[Input] = [*inbox.settled, *(ordered for ordered, _ in orders)]
        inbox.settled.clear()
        cursors: dict[str, str] = {}
        inbox.people_first = not inbox.people_first and bool(inputs)
        if not inbox.people_first and not inbox.arrivals.empty():
            arrivals = inbox.arrivals.get_nowait()
            inputs += arrivals.inputs
            cursors = arrivals.cursors
        return orders, inputs, cursors

    async def _with_recalled(self, inputs: list[Input]) -> list[Input]:
        """Put before the inputs what they speak of and the desk no longer holds."""
        state = self._desk.state
        here = state.items
        named = {
            key for one in inputs if type(one) is not Arrived for key in _items_named(one, state)
        }
        if not named:
            return inputs
        arriving = {one.post.key for one in inputs if isinstance(one, Arrived)}
        missing = [key for key in named if key and key not in here and key not in arriving]
        if not missing:
            return inputs
        return [*(Recalled(item) for item in await self._store.items(missing)), *inputs]

    def _announce(self, turn: Turn, waiting: list[Callable[[Reply], None]]) -> None:
        self._deletes += sum(one.action == "deleted" for one in turn.decisions)
        self._posts = self._desk.state.arrived
        # Posts are the flood, and nobody is told of each: consoles ask for views.
        told = [one for one in turn.changes if isinstance(one, Drop) or type(one.put) is not Item]
        self.hub.publish(told, turn.decisions, anything=bool(turn.changes))
        for reply, done in zip(turn.replies, waiting, strict=True):
            done(reply)

    # --- the ways in -------------------------------------------------------------------------

    def order(
        self, who: str, order: Order, done: Callable[[Reply], None], role: Role = "lead"
    ) -> None:
        """Take a command; `done` gets the reply once it is stored and announced, or refused."""
        if self._inbox.closing:
            done(Reply(order.ref, False, "the engine is closing"))
        elif len(self._inbox.orders) >= ORDERS:
            done(Reply(order.ref, False, "too many commands wait; try again in a moment"))
        else:
            self._inbox.orders.append((Ordered(who, order.command, order.ref, role), done))
            self._inbox.wake.set()

    async def carry_out(self, who: str, command: Command) -> Reply:
        """Take a command and wait for its reply."""
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def done(answer: Reply) -> None:
            if not reply.done():
                reply.set_result(answer)

        self.order(who, Order(0, command), done)
        return await reply

    async def preview(self, ref: int) -> Previewed:
        """Read the script again, and say what it would change; nothing changes by that."""
        if self.editions is None:
            return Previewed(ref, problems=("error: this engine runs without a script's file",))
        offer, problems = await self.editions.look()
        await self.hub.settled()
        # From here on nothing waits: what the desk holds out is what we hold ready.
        self.editions.offer = offer
        lines = list(self._desk.offer(offer.edition if offer else None, self._clock.now()))
        if offer is not None:
            lines += self.editions.lines(offer)
        digest = offer.edition.digest if offer is not None and lines else ""
        return Previewed(ref, tuple(lines), tuple(problems), digest)

    def _taken(
        self, orders: list[tuple[Ordered, Callable[[Reply], None]]], turn: Turn
    ) -> Offer | None:
        """Give the edition that this turn took in, if it did."""
        replies = zip(orders, turn.replies, strict=True)
        if self.editions is None or not any(
            reply.ok for (ordered, _), reply in replies if isinstance(ordered.command, Reload)
        ):
            return None
        return self.editions.offer

    async def _deliver(self, arrivals: Arrivals) -> None:
        try:
            for one in arrivals.inputs:
                if isinstance(one, Arrived):
                    self.signals.take(one.post, one.judgement, one.received_at)
        except Exception as error:  # noqa: BLE001 - they are worth less than the show
            self._signals_failed(error)
        await self._inbox.arrivals.put(arrivals)
        self._inbox.wake.set()

    def _settled(self, settled: Settled) -> None:
        self._inbox.settled.append(settled)
        self._inbox.wake.set()

    # --- how it goes -------------------------------------------------------------------------

    def health(self) -> Health:
        """Say how everything is."""
        state, counts, now = self._desk.state, self.intake.counts, self._clock.now()
        feeds = self.intake.health()
        return Health(
            at=now,
            started_at=self._started_at,
            held=state.scene.held,
            posts=self._posts_before + self._posts,
            per_minute=sum(feed.per_minute for feed in feeds),
            repeats=counts.repeats,
            deletes=self._deletes,
            edits=counts.edits,
            waiting=len(state.open),
            questions=len(state.questions),
            overflow=state.overflow,
            skipped=counts.skipped,
            cards=len(state.cards),
            outgoing=len(state.queued),
            sent=sum(out.state == "sent" for out in state.outgoing.values()),
            uncertain=sum(out.state == "uncertain" for out in state.outgoing.values()),
            screens=self.hub.screens,
            consoles=len(self.hub.seats),
            feeds=feeds,
            venue=self.venue_says,
            lag_ms=round(max(self._lags, default=0.0) * 1000, 1),
            goals=self._tally(self._counts, now),
        )

    async def _report(self) -> None:
        """Tell consoles once a second how things are, and sooner who is where.

        Samples the loop's lag in between.
        """
        loop = asyncio.get_running_loop()
        last = told = loop.time()
        while True:
            before = loop.time()
            await asyncio.sleep(SAMPLE_SECONDS)
            now = loop.time()
            self._lags.append(max(0.0, now - before - SAMPLE_SECONDS))
            whole = now - last >= 1
            if whole or (self.hub.moved and now - told >= PRESENCE_SECONDS):
                told = now
                await self.hub.settled()
                self.reported = self.health()
                if whole:
                    last = now
                    self._look()
                self.hub.report(self.reported, now)

    def _look(self) -> None:
        """Take a look at the signals, for consoles; their faults must not end the show."""
        state = self._desk.state
        sent = [out for out in state.outgoing.values() if out.state == "sent"]
        try:
            self.hub.signals = self.signals.look(
                self._clock.now(),
                muted=state.mutes,
                sent=len(sent),
                answers=sum(bool(out.answers) for out in sent),
            )
        except Exception as error:  # noqa: BLE001 - they are worth less than the show
            self._signals_failed(error)

    def _signals_failed(self, error: Exception) -> None:
        if not self._signals_fail:
            log.error("the signals fail; the rest goes on", exc_info=error)
        self._signals_fail = True

    def segments(self) -> tuple[Segment, ...]:
        """Give the programme as it stands."""
        return tuple(self._desk.state.segments.values())

    def unsent(self) -> tuple[Outgoing, ...]:
        """Give the posts of the house that have not gone out, drafts and dropped ones left out."""
        over = ("sent", "draft", "dropped", "deleting", "deleted")
        outgoing = self._desk.state.outgoing.values()
        return tuple(out for out in outgoing if out.state not in over)

    async def count(self) -> None:
        """Count what the goals are held against, where there are any."""
        if not self._tally(self._counts, self.now()):
            return
        try:
            self._counts = await self._store.counts(self._counts)
        except StoreError as error:
            log.error("the goals could not be counted: %s", error)  # noqa: TRY400 - it says it all

    async def _count(self) -> None:
        while True:
            await self.count()
            await asyncio.sleep(COUNT_SECONDS)

    async def _index(self) -> None:
        """Bring new posts into the full text, slowly while a flood waits, for it goes first."""
        while True:
            left = await self._store.index()
            busy = not self._inbox.empty
            await asyncio.sleep(0.01 if left and not busy else INDEX_SECONDS)

    def overdue(self) -> int:
        """Count the questions that wait longer than they may."""
        return overdue(self._desk.state, self.now())

    # --- beginning and end -------------------------------------------------------------------

    @asynccontextmanager
    async def cover(self) -> AsyncIterator[None]:
        """Cover the event while the block runs; then end in order.

        Feeds and commands stop first, the send under way gets five seconds, what was decided is
        stored; peers are the server's to close. Raises StoreError (in a group) where the store
        fails.
        """
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        async with asyncio.TaskGroup() as tasks:
            outgoing = self._desk.state.outgoing.values()
            started = [out for out in outgoing if out.state in ("sending", "deleting")]
            work = tasks.create_task(self._work(), name="desk")
            publisher = tasks.create_task(self.publisher.run(started), name="publisher")
            background = [
                tasks.create_task(self._report(), name="report"),
                tasks.create_task(self._index(), name="index"),
                tasks.create_task(self._count(), name="goals"),
                tasks.create_task(self.intake.run(), name="intake"),
                *(
                    tasks.create_task(
                        self.intake.supervise(feed, self._cursors.get(feed.id, "")),
                        name=f"feed:{feed.id}",
                    )
                    for feed in self._feeds
                ),
            ]
            try:
                yield
            finally:
                for task in background:
                    task.cancel()
                await asyncio.wait(background, timeout=2)
                self._desk.stop_sending()
                self.publisher.finish()
                await asyncio.wait([publisher], timeout=SEND_GRACE)
                publisher.cancel()
                self._inbox.closing = True
                self._inbox.wake.set()
                await asyncio.wait([work], timeout=2)
                await self.publisher.close()


def _items_named(one: Input, state: State) -> Sequence[str]:
    """Give the ids of the items that an input speaks of or has something to do with."""
    outgoing = state.outgoing
    match one:
        case Revised(post):
            return (post.key,)
        case Gone(key):
            return (key,)
        case Settled(out_id):
            return (outgoing[out_id].answers,) if out_id in outgoing else ()
        case Ordered(_, Several(commands)):
            return [command.item for command in commands]
        case Ordered(who, Undo() | Redo() as command):
            return team.at_stake(state, who, command)
        case Ordered(_, command):
            item = getattr(command, "item", "")
            out = outgoing.get(getattr(command, "outgoing", ""))
            return ((item if isinstance(item, str) else "") or (out.answers if out else ""),)
        case _:
            return ()

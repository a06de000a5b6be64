"""An engine for the console's tests: real sockets and real frames, a desk as small as can be.

`python -m tests.console.engine_double [posts a second]` plays made-up posts to any console that
comes, so that the screens can be looked at without an event.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from eventlive.listening.signals import Reading
from eventlive.listening.variables import NOBODY, Names, Naming
from eventlive.messages import (
    PROTOCOL,
    About,
    AccountInfo,
    AddNote,
    AnswerInfo,
    Approve,
    ApprovePost,
    Archive,
    AvoidAuthor,
    Background,
    BlockAuthor,
    Bye,
    ClaimItem,
    Command,
    Darken,
    Delete,
    Discard,
    EndSegment,
    FactInfo,
    FollowScript,
    Found,
    HandOver,
    Hello,
    Hold,
    HoldPost,
    Like,
    Logged,
    Looking,
    Move,
    MoveCard,
    MoveSegment,
    MuteAuthor,
    Off,
    Order,
    PlanSegment,
    PlayStatement,
    Present,
    Preview,
    Previewed,
    Question,
    ReadLog,
    RefreshScreens,
    Reject,
    RelayInfo,
    Release,
    Reopen,
    Reply,
    ReportPost,
    Rewrite,
    ScreenInfo,
    Search,
    SeeTo,
    Send,
    SetScreen,
    Settle,
    Several,
    ShowAnswer,
    SkipSegment,
    SlipSegment,
    Snooze,
    StartSegment,
    State,
    StatementInfo,
    TakeBack,
    TakeOff,
    Unclaim,
    Undo,
    Unwatch,
    Update,
    Waiting,
    Watch,
    Welcome,
    Write,
    encoder,
    read_console_frame,
)
from eventlive.model import (
    Anchor,
    Author,
    Claim,
    Decision,
    FeedHealth,
    Goal,
    Health,
    Item,
    Media,
    Network,
    Note,
    Outgoing,
    Post,
    Reminder,
    Role,
    Scene,
    Screen,
    Segment,
    Thing,
)

_OF_THE_SHOW = (
    StartSegment | EndSegment | SkipSegment | PlanSegment | SlipSegment | MoveSegment | SeeTo
)
_OF_SCREENS = SetScreen | PlayStatement | Darken | FollowScript | RefreshScreens | Like
_TELLS = _OF_THE_SHOW | _OF_SCREENS
ACCOUNTS = (
    AccountInfo("main", "bluesky", "nordcon", "NordCon", 300),
    AccountInfo("x", "x", "nordcon_x", "NordCon on X", 280),
)
ANSWERS = (
    AnswerInfo("stream", "en", ("stream", "video"), "The stream is at https://example.org/live"),
    AnswerInfo("coffee", "en", ("coffee",), "Coffee is on the ground floor, next to the stairs."),
    AnswerInfo("virta", "fi", ("virta", "lähetys"), "Suora lähetys: https://example.org/live"),
)


def item(id: str, text: str = "", **more: Any) -> Item:
    """A post on the desk; `more` are fields of the item or of its post and author."""
    now = datetime.now(UTC)
    network: Network = more.pop("network", "bluesky")
    at = more.pop("at", now)
    handle = more.pop("handle", f"{id}.example")
    author = Author(f"did:{handle}", handle, more.pop("name", handle.title()), 120)
    post = Post(
        network,
        id,
        at,
        text or f"post {id}",
        author,
        url=more.pop("url", f"https://example.org/{id}"),
        media=more.pop("media", ()),
        **{
            name: more.pop(name)
            for name in ("kind", "to", "mentions", "links", "sensitive", "warning")
            if name in more
        },
    )
    version = more.pop("version", 1)
    return Item(post.key, version, post, more.pop("received_at", now), **more)


class EngineDouble:
    """A desk, a door and a notebook of all that consoles said.

    Orders are kept in `orders`; one whose command's type is in `refusals` is refused with that
    reason; while `deaf` nothing is answered. `stir` sends what changed, as the engine would.
    """

    def __init__(self, *, take_back: float = 5.0, role: Role = "operator") -> None:
        self.items: dict[str, Item] = {}
        self.shown: list[str] = []
        self.out: dict[str, Outgoing] = {}
        self.scene = Scene("main", 1, title="NordCon")
        self.segments: tuple[Segment, ...] = ()
        self.reminders: tuple[Reminder, ...] = ()
        self.goals: tuple[Goal, ...] = ()
        self.queues: tuple[Waiting, ...] = ()
        self.present: tuple[Present, ...] = ()
        self.screens: tuple[ScreenInfo, ...] = ()
        self.walls: tuple[Screen, ...] = (Screen("main", 1),)
        self.offs: tuple[Off, ...] = ()
        self.relays: tuple[RelayInfo, ...] = ()
        self.liked: tuple[str, ...] = ()
        self.statements: tuple[StatementInfo, ...] = ()
        self.signals: Reading | None = None
        self.decisions: tuple[Decision, ...] = ()
        self.backgrounds: dict[str, Background] = {}
        self.answer_within = 600.0
        self.answers: tuple[AnswerInfo, ...] = ANSWERS
        self.facts: tuple[FactInfo, ...] = ()
        self.support = ""
        self.names = NOBODY
        self.speed = 1.0
        self.begun_at = datetime.now(UTC)
        self.preview = Previewed(0)
        self.feeds: tuple[FeedHealth, ...] = (FeedHealth("bluesky", "live", posts=10),)
        self.title = "NordCon 2026"
        self.accounts: tuple[AccountInfo, ...] = ACCOUNTS
        self.take_back = take_back
        self.role: Role = role
        self.orders: list[Order] = []
        self.searches: list[Search] = []
        self.looking: list[Looking] = []
        self.asked_about: list[About] = []
        self.read: list[ReadLog] = []
        self.watches: list[Watch] = []
        self.refusals: dict[type, str] = {}
        self.refuse_hello = ""
        self.deaf = False
        self.present_when_ok = False
        self.posts = 0
        self.updates = 0
        self._seats: dict[ServerConnection, dict[str, tuple[Watch, dict[str, int]]]] = {}
        self._undo: list[Callable[[], str]] = []
        self._asked: list[tuple[ServerConnection, int]] = []
        self._unanswered: list[tuple[ServerConnection, Order, str]] = []
        self._outs = 0
        self._stack = AsyncExitStack()
        self.port = 0

    # --- the door -----------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/console"

    async def open(self) -> None:
        """Open the door, at the same port as before if there was one."""
        self._stack = AsyncExitStack()
        server = await self._stack.enter_async_context(
            serve(self._serve, "127.0.0.1", self.port or None, max_size=1 << 20)
        )
        self.port = next(iter(server.sockets)).getsockname()[1]

    async def shut(self) -> None:
        """Close the door and cut everybody off."""
        for seat in list(self._seats):
            seat.transport.abort()
        await self._stack.aclose()

    @property
    def consoles(self) -> int:
        return len(self._seats)

    def commands(self, kind: type | None = None) -> list[Command]:
        """What was ordered, quiet claims left out unless asked for."""
        return [
            order.command
            for order in self.orders
            if (kind is None and not isinstance(order.command, ClaimItem | Unclaim))
            or (kind is not None and isinstance(order.command, kind))
        ]

    async def _serve(self, socket: ServerConnection) -> None:
        try:
            hello = read_console_frame(await socket.recv())
            assert isinstance(hello, Hello)
            if self.refuse_hello:
                await self._say(socket, Bye(self.refuse_hello))
                return
            await self._say(socket, self._welcome(hello.name))
            self._seats[socket] = {}
            await self._say(socket, self.state())
            async with asyncio.TaskGroup() as tasks:
                pulse = tasks.create_task(self._pulse(socket), name="double: pulse")
                async for raw in socket:
                    await self._take(socket, read_console_frame(raw), hello.name)
                pulse.cancel()
        except (ConnectionClosed, ExceptionGroup):
            pass
        finally:
            self._seats.pop(socket, None)

    async def _pulse(self, socket: ServerConnection) -> None:
        while True:
            await asyncio.sleep(1)
            await self._say(socket, self.state())

    async def _say(self, socket: ServerConnection, frame: object) -> None:
        await socket.send(encoder.encode(frame), text=True)

    def now(self) -> datetime:
        """The event's clock: of its own speed in a rehearsal."""
        return self.begun_at + (datetime.now(UTC) - self.begun_at) * self.speed

    def _welcome(self, name: str) -> Welcome:
        return Welcome(
            PROTOCOL,
            "nordcon",
            self.title,
            "Europe/Helsinki",
            self.now(),
            self.role,
            name,
            "http://127.0.0.1/wall",
            self.take_back,
            self.accounts,
            self.answers,
            facts=self.facts,
            support=self.support,
            speed=self.speed,
            names=self.names,
            answer_within=self.answer_within,
            statements=self.statements,
        )

    def state(self) -> State:
        now = self.now()
        health = Health(
            now,
            now,
            held=self.scene.held,
            posts=self.posts,
            per_minute=312,
            screens=2,
            consoles=len(self._seats),
            feeds=self.feeds,
            goals=self.goals,
        )
        return State(
            health,
            self.scene,
            self.segments,
            reminders=self.reminders,
            signals=self.signals,
            queues=self.queues,
            present=self.present,
            screens=self.screens,
            walls=self.walls,
            offs=self.offs,
            relays=self.relays,
            liked=self.liked,
        )

    async def _take(self, socket: ServerConnection, frame: object, who: str) -> None:
        match frame:
            case Watch():
                self.watches.append(frame)
                self._seats[socket][frame.view] = (frame, {})
                await self.stir()
            case Unwatch():
                self._seats[socket].pop(frame.view, None)
            case Search():
                self.searches.append(frame)
                hits = [one for one in self.items.values() if frame.text in one.post.text]
                await self._say(socket, Found(frame.ref, tuple(hits[: frame.count]), len(hits)))
            case Looking():
                self.looking.append(frame)
            case About():
                self.asked_about.append(frame)
                known = self.backgrounds.get(frame.item, Background(0, frame.item))
                await self._say(socket, replace(known, ref=frame.ref))
            case ReadLog():
                self.read.append(frame)
                await self._say(socket, self._log(frame))
            case Preview():
                self._asked.append((socket, frame.ref))
                if not self.deaf:
                    await self._show_preview()
            case Order():
                self.orders.append(frame)
                if self.deaf:
                    self._unanswered.append((socket, frame, who))
                else:
                    await self._reply(socket, frame, who)

    async def _reply(self, socket: ServerConnection, order: Order, who: str) -> None:
        await self._say(socket, self._answer(order, who))
        await self.stir()
        if isinstance(order.command, Hold | Release | _TELLS):
            await self._say(socket, self.state())

    def _log(self, asked: ReadLog) -> Logged:
        words = asked.filter.casefold().split()
        found = [
            one
            for one in sorted(self.decisions, key=lambda one: -one.seq)
            if not asked.before or one.seq < asked.before
            if all(
                word in f"{one.who} {one.action} {one.detail} {one.on}".casefold() for word in words
            )
        ]
        return Logged(asked.ref, tuple(found[: asked.count]), len(found) > asked.count)

    async def _show_preview(self) -> None:
        for socket, ref in self._asked:
            await self._say(socket, replace(self.preview, ref=ref))
        self._asked.clear()

    async def wake(self) -> None:
        """Be deaf no longer: answer what was not answered."""
        self.deaf = False
        await self._show_preview()
        for socket, order, who in self._unanswered:
            await self._reply(socket, order, who)
        self._unanswered.clear()

    # --- views --------------------------------------------------------------------------------

    async def put(self, *things: Item | Outgoing) -> None:
        """Put things on the desk and tell everybody."""
        for thing in things:
            if isinstance(thing, Item):
                self.items[thing.id] = thing
            else:
                self.out[thing.id] = thing
        self.posts += len(things)
        await self.stir()

    async def change(self, id: str, **fields: Any) -> Item:
        """Change a post, as a colleague or its author would."""
        old = self.items[id]
        self.items[id] = replace(old, version=old.version + 1, **fields)
        await self.stir()
        return self.items[id]

    async def change_out(self, id: str, **fields: Any) -> Outgoing:
        """Change a post of the house, as the publisher would."""
        old = self.out[id]
        self.out[id] = replace(old, version=old.version + 1, **fields)
        await self.stir()
        return self.out[id]

    async def welcome_again(self) -> None:
        """Send the welcome anew, as after a reload."""
        for socket in list(self._seats):
            await self._say(socket, self._welcome("eevi"))

    async def tell_state(self) -> None:
        """Send the state now, not at the next second."""
        for socket in list(self._seats):
            await self._say(socket, self.state())

    async def stir(self) -> None:
        """Send every console what changed in its views."""
        for socket, views in list(self._seats.items()):
            for name, (watch, told) in list(views.items()):
                things = self._view(watch)
                window = things[: watch.count]
                rows = tuple(one for one in window if told.get(one.id) != one.version)
                named = {one.id for one in window}
                for id in told.keys() - named:
                    one = self.items.get(id) or self.out.get(id)
                    if one is not None and one.version != told[id]:
                        rows += (one,)
                views[name] = (watch, {one.id: one.version for one in window})
                order = tuple(one.id for one in window)
                self.updates += 1
                try:
                    await self._say(socket, Update(name, order, rows, len(things)))
                except ConnectionClosed:
                    break

    def _view(self, watch: Watch) -> list[Thing]:
        ranked = sorted(self.items.values(), key=lambda one: -one.rank)
        things: Iterable[Thing]
        match watch.queue:
            case "inbox":
                things = [one for one in ranked if one.state == "open" and not one.muted]
            case "questions":
                things = [one for one in ranked if one.question == "open"]
            case "wall":
                things = [self.items[id] for id in reversed(self.shown)]
            case "outgoing":
                things = list(reversed(self.out.values()))
            case "mentions":
                things = [one for one in ranked if one.state == "open" and one.mentions_us]
            case "people":
                things = [one for one in ranked if one.state == "open" and one.person]
            case "flagged":
                things = [one for one in ranked if one.state == "open" and one.flags]
            case "snoozed":
                things = [one for one in ranked if one.state == "snoozed"]
            case "overdue":
                things = [one for one in reversed(ranked) if one.question == "open"]
            case "uncertain":
                things = [one for one in self.out.values() if one.state in ("uncertain", "failed")]
            case "done":
                things = [one for one in ranked if one.state in ("archived", "rejected")]
        match watch.sort:
            case "newest" | "oldest":
                newest = watch.sort == "newest"
                things = sorted(things, key=_moment, reverse=newest)
            case "reach":
                things = sorted(things, key=_followers, reverse=True)
            case _:
                pass
        text = watch.filter.removeprefix("!")
        inverse = watch.filter.startswith("!")
        return [one for one in things if (text in _hay(one)) is not inverse or not text]

    # --- the desk -----------------------------------------------------------------------------

    def _answer(self, order: Order, who: str) -> Reply:
        command = order.command
        for kind, reason in self.refusals.items():
            if isinstance(command, kind):
                present = self.items.get(getattr(command, "item", ""))
                return Reply(order.ref, False, reason, present=present)
        id = getattr(command, "item", "") or getattr(command, "outgoing", "")
        known = self.items.get(id) or self.out.get(id)
        free = isinstance(command, ClaimItem | Unclaim)
        version = getattr(command, "version", None)
        if id and not free and known is not None and known.version != version:
            return Reply(order.ref, False, "it has changed since you saw it", present=known)
        claim = known.claim if isinstance(known, Item) else None
        over = isinstance(command, ClaimItem) and command.over
        if isinstance(command, ClaimItem) and claim is not None and claim.who != who and not over:
            return Reply(order.ref, False, f"{claim.who} deals with it", present=known)
        thing = self._do(command, who)
        present = self.items.get(thing) if self.present_when_ok else None
        return Reply(order.ref, True, thing=thing, present=present)

    def _do(self, command: Command, who: str) -> str:  # noqa: PLR0912 - one case a command
        now = datetime.now(UTC)
        match command:
            case Approve(id):
                self.shown.append(id)
                return self._set(id, on_wall=True)
            case TakeOff(id):
                self.shown.remove(id)
                return self._set(id, on_wall=False)
            case Archive(id):
                return self._set(id, state="archived")
            case Reject(id):
                return self._set(id, state="rejected")
            case Snooze(id):
                return self._set(id, state="snoozed")
            case Reopen(id):
                return self._set(id, state="open")
            case MuteAuthor(id) | BlockAuthor(id):
                return self._set(id, muted=True, state="archived")
            case AvoidAuthor(id):
                return self._set(id, avoided=command.on)
            case ReportPost(id):
                return self._set(id, reported=who, state="rejected")
            case MoveCard(id):
                place = self.shown.index(id)
                self.shown.insert(place + command.by, self.shown.pop(place))
                return self._set(id)
            case Several():
                before = len(self._undo)
                for each in command.commands:
                    self._do(each, who)
                done = self._undo[before:]
                self._undo[before:] = [lambda: _all_back(done)]
                return ""
            case HandOver():
                told = Reminder(f"hand-over-{len(self.orders)}", 1, command.text, "due", now)
                self.reminders = (*self.reminders, told)
                return ""
            case Question(id):
                return self._set(id, question="open" if command.on else "")
            case AddNote(id):
                notes = (*self.items[id].notes, Note(who, now, command.text))
                return self._set(id, notes=notes)
            case ClaimItem(id):
                if self.items[id].claim is not None and not command.over:
                    return id
                return self._set(id, claim=Claim(who, self.now()))
            case Unclaim(id):
                return self._set(id, claim=None)
            case ShowAnswer(id):
                if not self.items[id].on_wall:
                    self.shown.append(id)
                question = "answered" if self.items[id].question else ""
                return self._set(
                    id,
                    shown_answer=command.text,
                    on_wall=True,
                    question=question,
                    state="archived",
                    claim=None,
                )
            case Write():
                self._outs += 1
                asked = self.items[command.item].post if command.item else None
                replied = asked if not command.plain else None
                due = now + timedelta(seconds=self.take_back)
                new = Outgoing(
                    f"out-{self._outs}",
                    1,
                    command.account,
                    command.text,
                    who,
                    now,
                    "queued" if command.send else "draft",
                    command.item,
                    due,
                    reply_to=replied.id if replied else "",
                    reply_url=replied.url if replied else "",
                )
                self.out[new.id] = new
                if command.item:
                    self._set(command.item, answer=new.id)
                return new.id
            case Rewrite(id):
                return self._set_out(id, text=command.text, state="draft")
            case Send(id):
                due = now + timedelta(seconds=self.take_back)
                return self._set_out(id, state="queued", due_at=due, reason="")
            case TakeBack(id):
                return self._set_out(id, state="draft")
            case Move(id):
                due = command.at or now + timedelta(minutes=5)
                fields = {"at": command.at, "anchor": command.anchor, "due_at": due}
                return self._set_out(id, state="queued", **fields)
            case HoldPost(id):
                return self._set_out(id, state="held", due_at=None, reason=f"held by {who}")
            case ApprovePost(id):
                return self._set_out(id, approved_by=who)
            case Discard(id):
                return self._set_out(id, state="dropped")
            case StartSegment(id):
                return self._set_segment(id, state="running", started_at=now, begins=now)
            case EndSegment(id):
                return self._set_segment(id, state="ended", ended_at=now, ends=now)
            case SkipSegment(id):
                return self._set_segment(id, state="skipped")
            case PlanSegment(id):
                return self._set_segment(id, state="planned")
            case SlipSegment(id):
                (one,) = [segment for segment in self.segments if segment.id == id]
                begins = one.begins and one.begins + timedelta(seconds=command.seconds)
                return self._set_segment(id, begins=begins, slip=one.slip + command.seconds)
            case MoveSegment(id):
                return self._set_segment(id, begins=command.at, moved=command.at)
            case SeeTo(id):
                self.reminders = tuple(
                    replace(one, version=one.version + 1, state="done", who=who)
                    if one.id == id
                    else one
                    for one in self.reminders
                )
                return id
            case Delete(id):
                return self._set_out(id, state="deleting")
            case Settle(id):
                return self._set_out(id, state="sent" if command.posted else "failed")
            case Hold():
                self.scene = replace(self.scene, held=True)
            case Release():
                self.scene = replace(self.scene, held=False)
            case Like(id):
                others = tuple(one for one in self.liked if one != id)
                self.liked = (*others, id) if command.on else others
                return id
            case SetScreen() | PlayStatement() | Darken() | FollowScript() | RefreshScreens():
                return self._on_screens(command, who)
            case Undo() if self._undo:
                return self._undo.pop()()
            case _:
                pass
        return ""

    def _on_screens(
        self,
        command: SetScreen | PlayStatement | Darken | FollowScript | RefreshScreens,
        who: str,
    ) -> str:
        """Set screens as the desk does, but for what it refuses; the script has masonry alone."""
        fields: dict[str, Any] = {"hand": who, "dark": False}
        match command:
            case SetScreen():
                fields |= {"scenes": command.scenes, "seconds": command.seconds}
            case PlayStatement():
                told = {one.id: one.text for one in self.statements}
                words = command.text or told[command.statement]
                fields |= {"scenes": ("statement",), "statement": words}
            case Darken():
                fields["dark"] = command.on
            case FollowScript():
                fields |= {"scenes": ("masonry",), "hand": ""}
            case RefreshScreens():
                self.scene = replace(self.scene, refresh=self.scene.refresh + 1)
                return "*"
        known = {one.id: one for one in self.walls}
        if command.screen not in ("*", *known):
            known[command.screen] = replace(known["main"], id=command.screen)
        self.walls = tuple(
            replace(one, version=one.version + 1, **fields)
            if command.screen in ("*", one.id)
            else one
            for one in known.values()
        )
        return command.screen

    def _set(self, id: str, **fields: Any) -> str:
        old = self.items[id]
        self.items[id] = replace(old, version=old.version + 1, **fields)

        def back() -> str:
            now = self.items[id]
            was = {name: getattr(old, name) for name in fields}
            self.items[id] = replace(now, version=now.version + 1, **was)
            return id

        self._undo.append(back)
        return id

    def _set_out(self, id: str, **fields: Any) -> str:
        old = self.out[id]
        self.out[id] = replace(old, version=old.version + 1, **fields)
        return id

    def _set_segment(self, id: str, **fields: Any) -> str:
        self.segments = tuple(
            replace(one, version=one.version + 1, **fields) if one.id == id else one
            for one in self.segments
        )
        return id


def _all_back(done: list[Callable[[], str]]) -> str:
    for back in reversed(done):
        back()
    return ""


def _moment(thing: Thing) -> datetime:
    assert isinstance(thing, Item | Outgoing)
    return thing.received_at if isinstance(thing, Item) else thing.created_at


def _followers(thing: Thing) -> int:
    return thing.post.author.followers if isinstance(thing, Item) else 0


def _hay(thing: Thing) -> str:
    match thing:
        case Item():
            return f"{thing.post.text} {thing.post.author.handle}"
        case Outgoing():
            return thing.text
        case _:
            return ""


# --- a player, to look at the screens --------------------------------------------------------

NAMES = ("ada", "bo", "cem", "dani", "eevi")
SAID = (
    "Great opening! The room is packed 🎉 #nordcon",
    "Where is the coffee? Asking for everyone on the third floor ☕",
    "Missä suora lähetys näkyy? En löydä linkkiä",
    "The keynote was CANCELLED, they just said so!!",
    "مرحبا من القاهرة، متى يبدأ البث؟ #nordcon",
    "שלום מתל אביב, מתי מתחילים?",
    "日本から見ています。翻訳はありますか？ #nordcon",
    "नमस्ते दिल्ली से! क्या रिकॉर्डिंग मिलेगी?",
    "Family day 👨‍👩‍👧‍👦 at #nordcon 🏳️‍🌈 👍🏽 🇫🇮",
    "[@click=app.bell]free tickets[/] [/red] [bold]now[/bold]",
    "Z̸̨͝a̶l̷g̴o̵ was here",
    "Live-Stream ruckelt bei mir, bei euch auch?\nSeit zehn Minuten nichts.",
    "Very long post " + "and on and on " * 30,
    "<script>alert(1)</script>",
    "Quote of the day: “measure, then cut” — thanks @ada #nordcon",
)


def said(number: int, chance: random.Random) -> Item:
    """One made-up post; the later, the higher it ranks, so that a flood changes every row."""
    text = chance.choice(SAID)
    network: Network = chance.choice(("x", "bluesky", "mastodon"))
    asks = "?" in text or "؟" in text or "？" in text
    picture = Media("https://example.org/1.jpg", alt="A full room", width=1200, height=800)
    return item(
        f"{number}",
        text,
        handle=f"{chance.choice(NAMES)}{number % 97}.example",
        name=chance.choice(("Ada", "Bo [/red]", "جم", "Dani 🎈", "Eevi")),
        network=network,
        rank=chance.random() * 10 + number / 50,
        question="open" if asks else "",
        language="en",
        flags=("stop: cancelled",) if "CANCELLED" in text else (),
        stopped="CANCELLED" in text,
        reasons=("asks something",) if asks else ("many followers",),
        media=(picture,) if "packed" in text else (),
    )


def a_show(now: datetime) -> tuple[Segment, ...]:
    """A programme of two tracks: one part runs, one is overdue by hand, others come."""

    def part(id: str, title: str, at: float, minutes: int, **more: Any) -> Segment:
        begins = now + timedelta(minutes=at)
        fields = {"begins": begins, "ends": begins + timedelta(minutes=minutes)}
        fields |= {"planned": begins - timedelta(seconds=more.get("slip", 0))}
        return Segment(id, 1, title, fields["planned"], minutes, **(fields | more))

    return (
        part("doors", "Doors", -60, 30, state="ended", track="hall"),
        part("keynote", "Keynote [/red]", -18, 30, state="running", track="hall", slip=240),
        part("panel", "Panel", 14, 45, track="hall", slip=240, after="keynote", room="A"),
        part("launch", "Launch", -2, 10, track="yard", by="hand", speakers=("ada", "bo")),
        part("lunch", "Lunch", 75, 60, track="yard", state="skipped"),
        part("close", "Closing words", 150, 20, track="hall"),
    )


async def play(rate: float) -> None:
    """Play made-up posts for ever, some of them hostile; colleagues archive every seventh."""
    chance = random.Random(4)
    number = 0
    async with EngineDouble() as engine:
        now = datetime.now(UTC)
        engine.segments = a_show(now)
        engine.reminders = (
            Reminder("mics", 1, "New batteries for the microphones", "due", now),
            Reminder("bus", 1, "Order the bus", due_at=now + timedelta(minutes=40)),
        )
        tied = [Anchor("keynote", "end"), Anchor("panel", seconds=300), Anchor("launch")]
        for nth, anchor in enumerate(tied):
            due = now + timedelta(minutes=12 + 7 * nth)
            text = "Now: {segment.title} in {segment.room}, by {speaker.ada}"
            post = Outgoing(f"post-{nth}", 1, "main", text, "script", now, "queued", due_at=due)
            engine.out[post.id] = replace(post, anchor=anchor, needs_approval=nth == 1)
        engine.names = Names({"ada": Naming("Ada", handles={"bluesky": "ada.example"})})
        engine.goals = (Goal("questions_answered", 0.8, 0.65), Goal("posts_a_day", 20))
        engine.preview = Previewed(0, ("panel: 14:00 becomes 14:10",) * 30, ("a word",), "d")
        print(f"ready console={engine.url}", flush=True)
        while True:
            for _ in range(max(1, round(rate / 10))):
                number += 1
                one = said(number, chance)
                engine.items[one.id] = one
            for out in list(engine.out.values()):
                if out.state == "queued" and out.due_at and out.due_at < datetime.now(UTC):
                    await engine.change_out(out.id, state="sent", sent_at=datetime.now(UTC))
            archived = chance.choice(list(engine.items.values()))
            if number % 7 == 0:
                engine.items[archived.id] = replace(
                    archived, version=archived.version + 1, state="archived"
                )
            while len(engine.items) > 2000:
                del engine.items[next(iter(engine.items))]
            engine.posts = number
            await engine.stir()
            await asyncio.sleep(max(0.1, 1 / rate))


if __name__ == "__main__":
    asyncio.run(play(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0))

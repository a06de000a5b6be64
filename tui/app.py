"""The operator's console: its screen, its keys, and ten flushes a second between them.

Owns the wiring of link, board, panes and composer. Nothing is drawn but by `_take_news`, `_tick`
and the operator's own key; every order is made of the thing as it was painted at that key press.
Over 500 lines because Textual looks for the actions of all keys on the app itself.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Size

from eventlive.errors import EngineGone, EventliveError, SettingsError
from eventlive.messages import (
    Background,
    Found,
    Hold,
    Logged,
    Previewed,
    Reply,
    State,
    Update,
    Welcome,
)
from eventlive.model import Card, Item, Outgoing, Segment, Thing
from tui import foot, keys, measure, planned, screens
from tui.around import Around
from tui.board import Board
from tui.cells import for_clipboard, one_line
from tui.composer import Composer
from tui.deciding import Deciding
from tui.dialogs import Ask, Help
from tui.drafts import Drafts
from tui.face import Face
from tui.feeds import Feeds
from tui.finding import Finding
from tui.goals import Goals
from tui.hand_over import HandingOver
from tui.learning import Learning
from tui.link import Down, Link, News, Up
from tui.list_pane import ListPane
from tui.listing import Listing
from tui.log import Reading
from tui.marking import How, Marking
from tui.memory import Memory
from tui.orders import Deed, Errand
from tui.palette import Commands
from tui.places import PLACES, Place, title
from tui.prepared import Choose, Offer, offers
from tui.prompt import Prompt
from tui.rail import Rail
from tui.rebinding import install
from tui.rundown import Doing
from tui.sending import Sending
from tui.settings import Settings
from tui.show import Show
from tui.signals import Signals
from tui.speaking import Speaking
from tui.terminal import Terminal

FLUSH_EVERY = 0.1
NARROW, SHORT = 100, 30
_SAID_FOR = 20.0
_OURS = frozenset(key.action.partition("(")[0] for key in keys.KEYS)
_PLAIN = Settings(tour=False)
_WHILE_WRITING = frozenset({"hold", "leave"})
_WHILE_PROMPTED = frozenset({"hold", "leave", "move", "page"})


class Left(NamedTuple):
    """How a console ended; `leave_running` is False where the operator stopped the coverage."""

    exit_code: int
    leave_running: bool
    reason: str = ""


class ConsoleApp(App[Left]):
    """One operator's console on one engine."""

    CSS_PATH = "console.tcss"
    BINDINGS = keys.bindings(keys.KEYS)
    COMMANDS = {Commands}
    TITLE = "eventlive"
    AUTO_FOCUS = None

    def __init__(
        self,
        url: str,
        name: str,
        token: str = "",
        *,
        drafts: Path | None = None,
        running_here: bool = False,
        wait: float = 10.0,
        random: Random | None = None,
        settings: Settings = _PLAIN,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(driver_class=Terminal)
        self.keymap = settings.keymap
        install(self, self.keymap)
        self.memory = memory or Memory(None, settings)
        self.learning = Learning(self, settings, self.memory)
        self.learning.begin()
        measure.correct()
        self.board = Board()
        self.link = Link(url, name, token, random=random or Random(), on_news=self._news)
        self.sending = Sending(self.board, self.link, self.say, self.monotonic)
        self.place: Place = "inbox"
        self.trouble: EventliveError | None = None
        self._running_here = running_here
        self._wait = wait
        self._drafts = Drafts(drafts, name)
        self._flush_due: asyncio.TimerHandle | None = None
        self._flushed = float("-inf")
        self._began = time.monotonic()
        self._unkept = False
        self.list_pane = ListPane(self.sending.errands.busy, id="list")
        self.composer = Composer(id="composer")
        self.composer.keymap = self.keymap
        self.prompt = Prompt(id="prompt")
        self.face = Face(self)
        self.speaking = Speaking(self, self.composer, self._drafts)
        self.marking = Marking(self)
        self.deciding = Deciding(self)
        self.around = Around(self)
        self.reading = Reading(self)
        self.handing_over = HandingOver(self)
        self.finding = Finding(self, self.prompt, self.memory)
        self.show = Show(self)
        self.screens = screens.Screens(self)

    # --- the screen ---------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        face = self.face
        yield face.head
        yield face.tabs
        yield face.show
        yield face.banner
        with Horizontal(id="body"):
            yield face.rail
            yield self.list_pane
            yield face.sheet
        yield self.composer
        yield face.parting
        yield self.prompt
        yield face.reminder
        yield face.message
        yield face.keys

    def on_mount(self) -> None:
        self._drafts.load()
        for watch in self.board.watches():
            self.link.watch(watch)
        self.list_pane.turn_to(self.listing, self.place)
        self._shape(self.size)
        self.run_worker(self.link.run(), name="console link", exit_on_error=True)
        self.set_interval(0.5, self._tick, name="console tick")
        self.set_interval(0.15, self._rested, name="console rest")
        self.redraw()
        self.learning.tell()

    def on_resize(self, event: events.Resize) -> None:
        # The app's own size is still the one before.
        self._shape(event.size)
        self.call_after_refresh(self.redraw)

    def _shape(self, size: Size) -> None:
        screen = self.screen_stack[0]
        screen.set_class(size.width < NARROW, "-narrow")
        screen.set_class(size.height < SHORT, "-short")

    @property
    def listing(self) -> Listing:
        """The list on the screen."""
        return self.board.listings[self.place]

    @property
    def narrow(self) -> bool:
        """Whether there is room for one pane only."""
        return self.size.width < NARROW

    @property
    def busy(self) -> bool:
        """Whether the operator writes, types or is asked something: keys are meant for that."""
        return self.composer.is_open or bool(self.prompt.asked) or len(self.screen_stack) > 1

    def monotonic(self) -> float:
        """Seconds of a clock that only grows."""
        return time.monotonic()

    def wall_clock(self) -> float:
        """Seconds since 1970, for what is written to disk."""
        return time.time()

    def engine_now(self) -> datetime | None:
        """The engine's time."""
        return self.board.now(self.monotonic())

    # --- news ---------------------------------------------------------------------------------

    def _news(self) -> None:
        """Called by the link: arrange for one flush, not more than ten a second."""
        if self._flush_due is None:
            # Not Textual's set_timer: on a busy machine it skips a one-shot that is late, for ever.
            delay = max(0.0, self._flushed + FLUSH_EVERY - self.monotonic())
            loop = asyncio.get_running_loop()
            self._flush_due = loop.call_later(delay, self.call_next, self._take_news)

    def _take_news(self) -> None:
        now = self.monotonic()
        self._flush_due, self._flushed = None, now
        held, calmly = self.board.held, True
        for news in self.link.take():
            self._take(news, now)
            calmly = calmly and isinstance(news, Update | State)
        self.sending.go_on()
        self.speaking.news()
        self.face.draw(calmly=calmly and held == self.board.held)

    def _take(self, news: News, now: float) -> None:
        if not isinstance(news, Down):
            self.board.heard_at = now
        match news:
            case Up():
                first = self.board.welcome is None
                self.board.connected(news, now)
                self.speaking.restore()
                self.speaking.handing.connected()
                if not first:
                    self.say("the engine is back", "good")
            case Welcome():
                self.board.welcomed(news, now)
                self.speaking.welcomed(news)
            case Down():
                self._lost(news)
            case Update():
                if place := self.board.update(news, now):
                    self.speaking.handing.look(place)
            case State():
                self.board.state(news, now)
                self.deciding.news()
                self.learning.welcome()
            case Reply():
                self._answered(news)
            case Found():
                self.finding.found(news, now)
            case Previewed():
                self.show.reloading.previewed(news)
            case Background():
                self.around.told(news)
            case Logged():
                self.reading.told(news)

    def _lost(self, down: Down) -> None:
        was_up = self.board.up
        self.board.lost(down)
        self.speaking.abandoned(self.sending.abandon())
        if not down.ever and down.refused:
            self._give_up(SettingsError(f"the engine refuses this console: {down.reason}"))
        elif was_up:
            self.bell()

    def _rested(self) -> None:
        self.around.tick(self.monotonic())

    def _tick(self) -> None:
        if isinstance(self._driver, Terminal) and self._driver.is_gone:
            self._end(leave_running=True)
            return
        now = self.monotonic()
        if late := self.sending.overdue():
            self.speaking.abandoned(late)
            self.speaking.handing.look()
        self.sending.go_on()
        self.listing.tick(now)
        self.speaking.tick(now)
        if self._unkept:
            self._unkept = False
            self.speaking.keep()
        if self.face.said and now - self.face.said.at > _SAID_FOR:
            self.face.say(None)
        if self.board.welcome is None and now - self._began > self._wait:
            reason = self.board.down.reason if self.board.down else "no answer"
            self._give_up(EngineGone(f"no engine answers at {self.link.url}: {reason}"))
        self.redraw()

    # --- drawing ------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Bring the screen up to date."""
        self.face.draw()

    def say(self, text: str, ink: str = "good") -> None:
        """Tell the operator something, in the message line."""
        self.face.say(foot.Said(one_line(text), ink, self.monotonic()))

    def refuse(self, text: str) -> None:
        """Tell the operator that something was not done, and why."""
        self.say(text, "bad")

    # --- orders -------------------------------------------------------------------------------

    def order(self, errand: Errand) -> bool:
        """Send an order; False, and the reason said, where it was not."""
        return self.sending.order(errand)

    def _answered(self, reply: Reply) -> None:
        errand = self.sending.answered(reply)
        if errand is None:
            taken = (
                self.finding.refused(reply)
                or self.show.reloading.refused(reply)
                or self.reading.refused(reply)
                or self.around.refused(reply)
            )
            if not (taken or reply.ok):
                self.refuse(reply.reason)
        elif not errand.quiet and self.place == "found" and reply.ok and reply.present is None:
            # What was found is no view: nothing else brings it up to date.
            self.listing.begin_anew()
            self.finding.search()

    # --- what the keys do: moving about -------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the list's keys out of the composer, the review and the prompt."""
        if action not in _OURS:
            return True
        if self.composer.is_open:
            return action in _WHILE_WRITING
        if self.prompt.asked:
            return action in _WHILE_PROMPTED
        return True

    def on_key(self, event: events.Key) -> None:
        """Hand on keys that were typed right after the one that opened a text.

        Textual sends a key to what has the focus when it is read; those that were read before the
        opening key was acted upon come here, and would be lost.
        """
        if self.composer.stage == "writing":
            if event.is_printable or event.key in ("enter", "ctrl+j"):
                event.prevent_default()
                self.composer.words.late(event)
        elif self.prompt.asked and event.is_printable:
            event.prevent_default()
            self.prompt.late(event)

    def action_move(self, by: int) -> None:
        self.listing.move(by)
        self.face.draw_step()

    def action_page(self, by: int) -> None:
        self.listing.move(by * max(self.listing.height - 1, 1))
        self.face.draw_step()

    def action_first(self) -> None:
        self.listing.first()
        self.face.draw_step()

    def action_last(self) -> None:
        self.listing.last()
        self.face.draw_step()

    def action_open(self) -> None:
        on_screens = self.narrow and self.place == "wall" and self.listing.live
        if on_screens and not self.screen.has_class("-detail"):
            self.screen.add_class("-detail")  # no post is picked: what the screens show
        else:
            self.listing.pick()
            if self.narrow and self.listing.current is not None:
                self.screen.add_class("-detail")
        self.call_after_refresh(self.redraw)

    async def action_back(self) -> None:
        if self.narrow and self.screen.has_class("-detail"):
            self.screen.remove_class("-detail")
        elif self.listing.marked:
            self.marking.clear()
        elif self.listing.filter and self.place != "found":
            self.finding.refilter("")
        elif self.place == "found":
            self.action_go("inbox")
        else:
            self.listing.park()
        self.redraw()

    def action_scroll(self, by: int) -> None:
        if self.screens.in_sight:
            self.screens.choose(by)
        else:
            self.face.sheet.scroll_lines(by * 3)

    def action_go(self, place: Place) -> None:
        if place == "found" and not self.board.search:
            self.refuse("nothing was searched yet: ^f searches")
            return
        if place == "rundown" and not self.board.has(place):
            self.refuse("the script has no programme")
            return
        self.place = place
        ended, fresh = self.board.turn_to(place)
        for watch in fresh:
            self.link.watch(watch)
        for view in ended:
            self.link.unwatch(view)
        self.screen_stack[0].remove_class("-detail")
        self.list_pane.turn_to(self.listing, self.place)
        self.redraw()

    def action_step(self, by: int) -> None:
        there = [place for place in PLACES if self.board.has(place)]
        self.action_go(there[(there.index(self.place) + by) % len(there)])

    @on(ListPane.Picked)
    def _clicked(self, message: ListPane.Picked) -> None:
        if self.composer.is_open:
            self.composer.take_focus()
            return
        self.listing.pick(message.thing)
        self.redraw()

    @on(Rail.Turned)
    def _turned(self, message: Rail.Turned) -> None:
        if self.composer.is_open:
            self.composer.take_focus()
        elif not self.busy:
            self.action_go(message.place)

    # --- filter, search, note -----------------------------------------------------------------

    def action_filter(self) -> None:
        self.finding.ask_filter()

    def action_search(self) -> None:
        self.finding.ask_search()

    def action_note(self) -> None:
        self.finding.ask_note()

    def action_sort(self) -> None:
        self.finding.sort()

    def action_filters(self) -> None:
        self.finding.saved()

    def action_around(self) -> None:
        self.around.turn()

    @on(Prompt.Typed)
    def _typed_filter(self, message: Prompt.Typed) -> None:
        self.finding.refilter(message.text)

    @on(Prompt.Cancelled)
    def _cancelled(self, message: Prompt.Cancelled) -> None:
        if message.asked == "filter":
            self.finding.refilter("")
        self.redraw()

    @on(Prompt.Done)
    def _prompted(self, message: Prompt.Done) -> None:
        if message.asked == "time":
            self.show.typed(message.text)
        elif message.asked == "words":
            self.handing_over.typed(message.text)
        else:
            self.finding.typed(message)
        self.redraw()

    # --- deciding -----------------------------------------------------------------------------

    def action_deed(self, deed: Deed) -> None:
        self.deciding.deed(deed)

    def action_mark(self, how: How) -> None:
        self.marking.mark(how)

    def action_undo(self) -> None:
        self.deciding.undo()

    def action_redo(self) -> None:
        self.deciding.redo()

    def action_settle(self) -> None:
        self.deciding.settle()

    def action_release(self) -> None:
        self.deciding.release()

    # --- the show -----------------------------------------------------------------------------

    def action_plan(self, what: Doing | Literal["seen", "reload"]) -> None:
        self.show.do(what)

    def action_screens(self, what: screens.Doing) -> None:
        self.screens.do(what)

    def action_goals(self) -> None:
        self.push_screen(Goals(self.board))

    def action_signals(self) -> None:
        self.push_screen(Signals(self.board, self.monotonic))

    def action_log(self) -> None:
        self.reading.begin()

    def action_hand_over(self) -> None:
        self.handing_over.begin()

    def action_colours(self) -> None:
        self.learning.colours()

    def action_tour(self) -> None:
        self.learning.tour()

    # --- speaking -----------------------------------------------------------------------------

    def action_reply(self) -> None:
        thing = self.deciding.picked()
        if isinstance(thing, Outgoing):
            self.speaking.edit(thing)
        elif thing is not None:
            self._answer(thing)

    def action_prepared(self) -> None:
        thing, welcome, now = self.deciding.picked(), self.board.welcome, self.engine_now()
        if thing is None or welcome is None or now is None:
            return
        item = self._item_behind(thing)
        if item is None:
            self._answer(thing)
            return
        offered = offers(welcome.answers, welcome.facts, item, now)
        if not offered:
            self.refuse("the script has no prepared answers")
            return

        def chosen(offer: Offer | None) -> None:
            if offer is not None:
                self._answer(thing, offer)

        self.push_screen(Choose(offered, item), chosen)

    def _item_behind(self, thing: Thing) -> Item | None:
        return thing if isinstance(thing, Item) else self.board.item(thing.id)

    def _answer(self, thing: Thing, offer: Offer | None = None) -> None:
        item = self._item_behind(thing)
        if isinstance(thing, Segment):
            self.refuse("that is for posts: p writes a new one")
        elif item is None:
            self.refuse("the post behind it is not in sight: ^f finds it")
        else:
            self.speaking.answer(item, *(offer.text, offer.account) if offer else ())

    def action_write(self) -> None:
        self.speaking.write()

    def action_take_back(self) -> None:
        thing, partings = self.listing.current, self.speaking.partings
        if self.place != "outgoing" or not isinstance(thing, Outgoing) or thing.state != "queued":
            partings.take_back()
            return
        last = partings.last
        # What only has its time to come can wait for what leaves within seconds; what was let go
        # last comes back as words to go on with.
        if last is not None and (planned.is_planned(thing) or last.outgoing == thing.id):
            partings.take_back()
        else:
            self.action_deed("take-back")

    @on(Composer.Typed)
    def _typed(self) -> None:
        self._unkept = True  # the next tick writes it to the disk

    @on(Composer.Left)
    def _left(self) -> None:
        self.speaking.put_aside()
        self.redraw()

    @on(Composer.ByHand)
    def _by_hand(self) -> None:
        self.speaking.by_hand()
        self.redraw()

    @on(Composer.Wanted)
    def _wanted(self) -> None:
        self.speaking.hand_over()
        self.redraw()

    # --- the venue and the rest ---------------------------------------------------------------

    def action_hold(self) -> None:
        self.order(Errand(Hold(), done="everything is held: R releases it"))

    def action_show_url(self) -> None:
        thing = self.deciding.picked(alone=False)
        item = self._item_behind(thing) if thing else None
        url = item.post.url if item else thing.sent_url if isinstance(thing, Outgoing) else ""
        if url:
            self.give_out(url)
            self.say(f"{url}  (copied)", "")
        elif thing is not None:
            self.refuse("it has no address")

    def give_out(self, text: str) -> None:
        """Put a text into the terminal's clipboard, without what would be obeyed there."""
        self.copy_to_clipboard(for_clipboard(text))

    def action_copy(self) -> None:
        match self.deciding.picked(alone=False):
            case Item() as item:
                text = item.post.text
            case Card() as card:
                text = card.text
            case Outgoing() as outgoing:
                text = outgoing.text
            case Segment() as segment:
                text = segment.title
            case _:
                return
        self.give_out(text)
        self.say("text copied", "")

    def action_feeds(self) -> None:
        self.push_screen(Feeds(self.board, self.monotonic))

    def action_help(self) -> None:
        welcome, thing = self.board.welcome, self.listing.current
        near = [self.keymap.of(key.action) for key in keys.bottom(foot.about(self.place, thing))]
        here = (title(self.place), [key for key in near if key.shown])
        self.push_screen(Help(welcome.wall if welcome else "", self.keymap, here))

    def action_help_quit(self) -> None:
        self.say("^q leaves the console", "")

    async def action_quit(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        if isinstance(self.screen, Ask):
            return
        mine = self.handing_over.mine
        if not (self._running_here or mine):
            self._end(leave_running=True)
            return

        def answered(key: str | None) -> None:
            if key == "h":
                self.handing_over.begin()
            elif key in ("s", "l"):
                self._end(leave_running=key == "l")

        things = "1 thing" if mine == 1 else f"{mine} things"
        first = [("h", f"hand over first: {things} that nobody else sees to")] if mine else []
        if not self._running_here:
            body = "The coverage goes on without this console."
            self.push_screen(Ask("Leave the console?", body, [*first, ("l", "leave")]), answered)
            return

        waiting = self.board.health.outgoing if self.board.health else 0
        body = "The engine runs behind this console. Stopping it ends the coverage for everybody."
        if waiting:
            body += f" {waiting} post(s) of the house have not gone out."
        choices = [
            *first,
            ("s", "stop the coverage"),
            ("l", "leave it running, without this console"),
        ]
        self.push_screen(Ask("Leave the console?", body, choices), answered)

    def _end(self, leave_running: bool) -> None:
        self.speaking.keep()
        self.exit(Left(0, leave_running))

    def _give_up(self, trouble: EventliveError) -> None:
        self.trouble = trouble
        self.exit(Left(trouble.exit_code, leave_running=False))


async def run_console(
    url: str,
    name: str,
    token: str = "",
    *,
    drafts: Path | None = None,
    mouse: bool = True,
    running_here: bool = False,
    wait: float = 10.0,
    settings: Settings = _PLAIN,
    memory: Memory | None = None,
) -> Left:
    """Run a console in this terminal until its operator leaves.

    `url` is `ws://host:port/console`; `drafts` a directory for half-written texts (None: they are
    only remembered); `running_here` tells that the engine was started for this console: leaving
    then asks whether to stop the coverage, and `Left.leave_running` has the answer; `wait` is for
    how many seconds a first welcome is waited for. `settings` are the operator's own, `memory` is
    what the console remembers of them.

    Raises SettingsError where the address cannot be one or the engine refuses the console, and
    EngineGone where none answers. Needs the terminal at standard input and standard error.
    """
    app = ConsoleApp(
        url,
        name,
        token,
        drafts=drafts,
        running_here=running_here,
        wait=wait,
        settings=settings,
        memory=memory,
    )
    left = await app.run_async(mouse=mouse and settings.mouse)
    if app.trouble is not None:
        raise app.trouble
    if left is None:
        # Some terminals send mouse reports that are no UTF-8, and Textual ends without a word.
        reason = "the terminal ended the console; --no-mouse may help. The engine is left running."
        return Left(1, leave_running=True, reason=reason)
    return left

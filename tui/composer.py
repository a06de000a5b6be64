"""The composer at the bottom: words, then a look at what exactly goes out, then handing it over.

Owns the text while it is written, what becomes of it (a reply, a post of its own, an answer on the
wall) and the three stages it goes through. Never sends: it says what the operator wants, the app
makes the command. Enter is only ever a new line; nothing pasted, and no key pressed twice, can
send: ctrl+s opens the review, and only y there sends (Y a text that is not the house's voice).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from eventlive.listening.length import Measure
from eventlive.listening.replying import obstacle
from eventlive.listening.voice import Finding
from eventlive.listening.voice_languages import language_spoken
from eventlive.messages import AccountInfo
from tui import frame, voicing
from tui.cells import for_clipboard
from tui.drafts import Draft
from tui.lines import Lines
from tui.piece import Piece
from tui.planned import Filled
from tui.posts import Posts, on_wall, posts_of
from tui.rebinding import Keymap
from tui.voicing import Heard, Voicing
from tui.words import Looking, Words

_PAUSE = 0.3
"""Seconds without a key after which a long text is cut into its posts, to count them."""

Stage = Literal["closed", "writing", "review", "handing"]


@lru_cache(maxsize=2)
def _kept(written: str) -> str:
    # Asked many times a key.
    return for_clipboard(written)


class Composer(Vertical):
    """The widget; closed it takes no room. `piece` is what is written while it is open."""

    class Left(Message):
        """The operator put the text aside."""

    class Wanted(Message):
        """The operator confirmed: this is to go out."""

    class Typed(Message):
        """The text changed, or what is to become of it."""

    class ByHand(Message):
        """The operator wants to answer in a browser."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = Words(self)
        self.looking = Looking(self)
        self.voicing = Voicing()
        self._head = Lines(id="composer-head")
        self._heard = Heard(id="composer-voice")
        self._foot = Lines(id="composer-foot")
        self.keymap = Keymap()
        self.piece: Piece | None = None
        self.stage: Stage = "closed"
        self.accounts: tuple[AccountInfo, ...] = ()
        self.trouble = ""
        """Why it cannot go out as it is."""
        self.warning = ""
        """What has come to the post since it was read: said until the review opens."""
        self.blocked = ""
        """Why it may not go out at all: somebody else deals with the post."""
        self.over: tuple[str, ...] = ()
        """The rules of the voice that the operator sets aside for this text."""
        self.fill: Callable[[str, Piece], Filled] = lambda text, piece: Filled()
        """Fills the variables of a text as they would be now."""
        self._many = 0  # posts of the thread as it was cut last; 0 where it was none
        self._counting: asyncio.TimerHandle | None = None

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.words
        yield self._heard
        yield self.looking
        yield self._foot

    @property
    def text(self) -> str:
        """What is written, without what could not travel or would be obeyed."""
        return _kept(self.words.text)

    @property
    def own_words(self) -> str:
        """What is written, without what names the question."""
        text = self.text
        if self.piece is not None and self.piece.plain:
            text = text.removeprefix(self.piece.naming)
        return text.strip()

    @property
    def untouched(self) -> bool:
        """Whether these are still the words that a post of the house had before."""
        return self.piece is not None and self.piece.is_still(self.text)

    @property
    def filled(self) -> Filled:
        """The text with its variables filled; an answer on the wall has none."""
        if self.piece is None or self.piece.wall:
            return Filled()
        return self.fill(self.text.strip(), self.piece)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What in the text is not the house's voice."""
        account = None if self.piece is not None and self.piece.wall else self.account
        return self.voicing.findings(self.text.strip(), account, self._asked)

    @property
    def broken(self) -> tuple[str, ...]:
        """The rules of the voice that must be set aside before the text can go."""
        return voicing.errors(self.findings)

    @property
    def language(self) -> str:
        """In which language the text speaks, as far as anybody can tell; a code."""
        own = self.account.language if self.account else ""
        return language_spoken(self.text.strip(), own, self._asked)

    @property
    def _asked(self) -> str:
        """The language of the question."""
        return self.piece.item.language if self.piece and self.piece.item else ""

    @property
    def posts(self) -> Posts:
        """What becomes of the text, as it is now."""
        return self._cut()

    @property
    def counted(self) -> tuple[int, Measure]:
        """How many posts the text makes and what it uses; how many it made, while keys come."""
        account, wall = self.account, self.piece is not None and self.piece.wall
        if account is None or account.long != "thread" or wall or self.stage != "writing":
            posts = self.posts
            return len(posts.texts), posts.used
        used = self._posts(replace(account, long="refuse")).used
        return (1 if used.fits else self._many or 2), used

    def _cut(self) -> Posts:
        posts = self._posts(self.account)
        self._many = 0 if posts.used.fits else len(posts.texts)
        return posts

    def _posts(self, account: AccountInfo | None) -> Posts:
        piece, text = self.piece, self.text.strip()
        if piece is not None and piece.wall:
            return on_wall(text)
        if piece is None or account is None:
            return Posts((text,), Measure(len(text), 0))
        text = self.filled.text or text
        post = piece.item.post if piece.item and not piece.plain else None
        answered = post.author.handle if post and post.network == account.network else ""
        return posts_of(text, account, answered, piece.warning)

    @property
    def obstacle(self) -> str:
        """Why the account cannot reply; "" where it can, or where no reply is meant."""
        piece, account = self.piece, self.account
        if piece is None or piece.item is None or account is None or piece.plain or piece.wall:
            return ""
        return obstacle(piece.item.post, account.network, account.handle)

    @property
    def is_open(self) -> bool:
        """Whether a text is on the screen."""
        return self.stage != "closed"

    @property
    def account(self) -> AccountInfo | None:
        """The account that speaks."""
        if self.piece is None:
            return None
        chosen = [account for account in self.accounts if account.id == self.piece.account]
        return chosen[0] if chosen else None

    def draft(self, handed_at: float = 0.0) -> Draft:
        """The text as it is kept on disk."""
        assert self.piece is not None
        return Draft(
            text=self.text if self.own_words else "",
            account=self.piece.account,
            item=self.piece.item,
            outgoing=self.piece.outgoing,
            open=self.stage != "closed",
            handed_at=handed_at,
            plain=self.piece.plain,
            wall=self.piece.wall,
            keeps_time=self.piece.keeps_time,
            before=self.piece.before,
            pair=self.piece.pair,
        )

    # --- stages -------------------------------------------------------------------------------

    def open(self, piece: Piece, text: str) -> None:
        """Begin, or go on with, a text."""
        self.piece = piece
        self.trouble = self.warning = self.blocked = ""
        self._many = 0
        self.words.load_text(for_clipboard(text))
        self.words.move_cursor(self.words.document.end)
        self._enter("writing")
        self._count_later()
        self.call_after_refresh(self._warm)

    def _warm(self) -> None:
        self.voicing.warm(self.account, self._asked)
        self.draw()  # how many lines there are for findings is known only now

    def close(self) -> None:
        """Leave; the caller keeps the text if it is worth it."""
        self._enter("closed")
        self.piece = None
        self.words.load_text("")

    def back_to_writing(self, trouble: str = "") -> None:
        """Return to the words, saying why where there is a reason."""
        self.trouble = trouble
        self._enter("writing")

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        if stage != "handing":
            self.over = ()
        if stage == "review":
            self.warning = ""
        self.set_class(stage != "closed", "-open")
        self.set_class(stage in ("review", "handing"), "-review")
        self.take_focus()
        self.draw()

    def take_focus(self) -> None:
        """Give the keys to what is open.

        At once: Widget.focus() does it later, and keys typed in between would be lost.
        """
        match self.stage:
            case "writing":
                self.screen.set_focus(self.words)
            case "review" | "handing":
                self.screen.set_focus(self.looking)
            case "closed":
                self.screen.set_focus(None)

    def forbids(self) -> str:
        """Why the text cannot go to review; "" where it can."""
        if self.blocked:
            return self.blocked
        if not self.own_words:
            return "nothing is written yet"
        if self.piece is None or not self.piece.wall:
            if self.account is None:
                return "no account speaks: ^t chooses one"
            if self.obstacle:
                return self.obstacle
            if self.piece and self.piece.pair and (too_long := on_wall(self.text).trouble):
                return f"{too_long}: ^g changes where it goes"
        return self.posts.trouble

    # --- keys ---------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Do what a key of the composer asks, at once."""
        match self.stage, key:
            case "writing", "review":
                self.trouble = self.forbids()
                if self.trouble:
                    self.draw()
                else:
                    self._enter("review")
            case "writing", "account":
                self._next_account()
            case "writing", "plain" | "wall":
                self._turn(key)
            case "writing", "by_hand":
                self.post_message(self.ByHand())
            case "review", "send" if self.broken:
                self._complain(voicing.refusal(self.broken))
            case "review", "send_over" if not self.broken:
                self._complain("it is the house's voice: y sends it")
            case "review", "send" | "send_over":
                self.trouble = self.forbids()
                if self.trouble:
                    self.back_to_writing(self.trouble)
                else:
                    self.over = self.broken
                    self._enter("handing")  # now: a second y must find nothing to send
                    self.post_message(self.Wanted())
            case "review", "edit":
                self.back_to_writing()
            case (("writing" | "review"), "leave"):
                self.post_message(self.Left())
            case _:
                pass  # while the engine is asked, nothing may change any more

    def _next_account(self) -> None:
        if self.piece is None or not self.accounts:
            return
        if self.piece.outgoing:
            self._complain("it is written for this account: x drops it, p writes it anew")
            return
        ids = [account.id for account in self.accounts]
        at = ids.index(self.piece.account) if self.piece.account in ids else -1
        self.piece.account = ids[(at + 1) % len(ids)]
        self._turned()

    def _turn(self, way: str) -> None:
        """Make of the answer a post of its own, or turn it to the wall: too, alone, not at all."""
        piece = self.piece
        if piece is None or piece.item is None:
            self._complain("that is for answers")
            return
        if piece.outgoing:
            self._complain("it is written as it is: x drops it, r at the question answers anew")
            return
        named = piece.plain and self.text.startswith(piece.naming)
        if way == "plain":
            piece.plain, piece.pair, piece.wall = not piece.plain, False, False
        elif not (piece.plain or piece.pair or piece.wall or self.obstacle):
            piece.pair = True
        else:
            # What names its question does not stand below it; without a reply there is no pair.
            piece.plain, piece.pair, piece.wall = False, False, not piece.wall
        begin = piece.naming
        if piece.plain and not self.text.startswith(begin):
            self.words.insert(begin, (0, 0), maintain_selection_offset=True)
        elif named and not piece.plain:
            lines = begin.split("\n")
            self.words.delete((0, 0), (len(lines) - 1, len(lines[-1])))
        self._turned()

    def _turned(self) -> None:
        self.trouble = self.warning
        self._count_later()
        self.draw()
        self.post_message(self.Typed())

    def _complain(self, trouble: str) -> None:
        self.trouble = trouble
        self.draw()

    @on(TextArea.Changed)
    def _typed(self, message: TextArea.Changed) -> None:
        message.stop()
        if self.stage == "writing":
            self.trouble = self.warning
            self._count_later()
            self.draw()
            self.post_message(self.Typed())

    def _count_later(self) -> None:
        """Count the posts of a thread once no key comes: cutting takes longer than a key may."""
        if self._counting is not None:
            self._counting.cancel()
        if self.account is None or self.account.long != "thread":
            return
        # Not Textual's set_timer: on a busy machine it skips a one-shot that is late, for ever.
        loop = asyncio.get_running_loop()
        self._counting = loop.call_later(_PAUSE, self.call_next, self._count)

    def _count(self) -> None:
        if self.stage == "writing":
            self._cut()
            self.draw()

    def on_unmount(self) -> None:
        if self._counting is not None:
            self._counting.cancel()

    def on_resize(self) -> None:
        self.draw()

    # --- looks --------------------------------------------------------------------------------

    def draw(self) -> None:
        """Bring head, review and foot up to date."""
        piece, account = self.piece, self.account
        if piece is None or not self.is_mounted:
            return
        cells = self.content_size.width or self.app.size.width
        if self.stage in ("review", "handing"):
            self.looking.show(frame.review(self, piece, cells - 2))
        person = not piece.wall and self.voicing.speaks_as_person(account)
        room = self._heard.size.height
        self._heard.show(voicing.lines(self.findings, cells, room, person=person))
        self._head.show(frame.head(self, piece, cells))
        self._foot.show(frame.foot(self, piece, cells))

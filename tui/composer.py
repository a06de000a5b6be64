"""The composer at the bottom: words, then a look at what exactly goes out, then handing it over.

Owns the text while it is written and the three stages it goes through. Never sends: it says what
the operator wants, the app makes the command. Enter is only ever a new line; nothing pasted, and
no key pressed twice, can send: ctrl+s opens the review, and only y there sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from eventlive.messages import AccountInfo
from eventlive.model import Item
from tui.cells import for_clipboard, one_line
from tui.drafts import Draft
from tui.keys import REVIEW, WRITING, Key, bindings
from tui.lines import Line, Lines, Span, foreign, spread
from tui.row import NETWORKS
from tui.sheet import review as review_lines

_WRITING = {name: key.action for key in WRITING for name in key.keys.split(",")}

Stage = Literal["closed", "writing", "review", "handing"]


def measure(text: str, account: AccountInfo | None) -> int:
    """How much of the account's limit a text takes; each network will count in its own way."""
    return len(text)


@dataclass(slots=True)
class Piece:
    """What is being written: for whom it speaks and what it answers or changes."""

    account: str
    item: Item | None = None
    outgoing: str = ""
    answered: str = ""
    """Handle of who is answered, where it is known."""


class Words(TextArea):
    """The text area: plain, with a newline for every way in which a terminal says Enter.

    Its own keys are acted upon at once, not as bindings, which come later: a key typed after ctrl+s
    must find the review, never the text that is being reviewed.
    """

    def __init__(self, composer: Composer) -> None:
        super().__init__(
            id="words", soft_wrap=True, show_line_numbers=False, tab_behavior="focus", theme="css"
        )
        self._composer = composer

    def late(self, event: events.Key) -> None:
        """Take a key that was typed before the focus was here."""
        if event.key in ("enter", "ctrl+j"):
            self.insert("\n")
        elif event.character and event.is_printable:
            self.insert(event.character)

    async def _on_key(self, event: events.Key) -> None:
        action = _WRITING.get(event.key)
        if self._composer.stage == "writing" and action is None and event.key != "ctrl+j":
            return
        event.stop()
        event.prevent_default()
        if self._composer.stage != "writing":
            return  # typed before the review was seen: it neither changes the text nor confirms it
        if action is not None:
            self._composer.press(action)
        else:
            # What a pasted line feed looks like in a terminal without bracketed paste.
            self.insert("\n")

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = for_clipboard(event.text)  # TextArea's own handler comes next and inserts it


class Looking(Lines, can_focus=True):
    """The review: it has the focus, so that y, e and n reach nothing else."""

    BINDINGS = bindings(REVIEW)

    def __init__(self, composer: Composer) -> None:
        super().__init__(id="looking")
        self._composer = composer

    def action_send(self) -> None:
        self._composer.press("send")

    def action_scroll(self, by: int) -> None:
        self.scroll_lines(by)

    def action_edit(self) -> None:
        self._composer.press("edit")

    def action_leave(self) -> None:
        self._composer.press("leave")


class Composer(Vertical):
    """The widget; closed it takes no room. `piece` is what is written while it is open."""

    class Left(Message):
        """The operator put the text aside."""

    class Wanted(Message):
        """The operator confirmed: this is to go out."""

    class Typed(Message):
        """The text changed."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = Words(self)
        self.looking = Looking(self)
        self._head = Lines(id="composer-head")
        self._foot = Lines(id="composer-foot")
        self.piece: Piece | None = None
        self.stage: Stage = "closed"
        self.accounts: tuple[AccountInfo, ...] = ()
        self.trouble = ""
        """Why it cannot go out as it is."""
        self.blocked = ""
        """Why it may not go out at all: somebody else deals with the post."""

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.words
        yield self.looking
        yield self._foot

    @property
    def text(self) -> str:
        """What is written, without what could not travel or would be obeyed."""
        return for_clipboard(self.words.text)

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
            text=self.text,
            account=self.piece.account,
            item=self.piece.item,
            outgoing=self.piece.outgoing,
            open=self.stage != "closed",
            handed_at=handed_at,
        )

    # --- stages -------------------------------------------------------------------------------

    def open(self, piece: Piece, text: str) -> None:
        """Begin, or go on with, a text."""
        self.piece = piece
        self.trouble = self.blocked = ""
        self.words.load_text(for_clipboard(text))
        self.words.move_cursor(self.words.document.end)
        self._enter("writing")

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
        text, account = self.text.strip(), self.account
        if self.blocked:
            return self.blocked
        if not text:
            return "nothing is written yet"
        if account is None:
            return "no account speaks: ^t chooses one"
        over = measure(text, account) - account.limit if account.limit else 0
        return f"{over} characters too long for {account.network}" if over > 0 else ""

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
            case "review", "send":
                self.trouble = self.forbids()
                if self.trouble:
                    self.back_to_writing(self.trouble)
                else:
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
        ids = [account.id for account in self.accounts]
        at = ids.index(self.piece.account) if self.piece.account in ids else -1
        self.piece.account = ids[(at + 1) % len(ids)]
        self.trouble = ""
        self.draw()
        self.post_message(self.Typed())

    @on(TextArea.Changed)
    def _typed(self, message: TextArea.Changed) -> None:
        message.stop()
        if self.stage == "writing":
            self.trouble = ""
            self.draw()
            self.post_message(self.Typed())

    def on_resize(self) -> None:
        self.draw()

    # --- looks --------------------------------------------------------------------------------

    def draw(self) -> None:
        """Bring head, review and foot up to date."""
        if self.piece is None or not self.is_mounted:
            return
        cells = self.content_size.width or self.app.size.width
        self._head.show([self._head_line(cells)])
        self._foot.show([self._foot_line(cells)])
        if self.stage in ("review", "handing"):
            text, account = self.text.strip(), self.account
            self.looking.show(
                review_lines(
                    cells,
                    text,
                    account,
                    self.piece.answered,
                    account.limit if account else 0,
                    measure(text, account),
                )
            )

    def _head_line(self, cells: int) -> Line:
        assert self.piece is not None
        account = self.account
        what = "New post"
        if self.piece.item is not None:
            what = f"Answer to @{one_line(self.piece.item.post.author.handle)}"
        elif self.piece.outgoing:
            what = "Change and send"
        left = [Span(f" {what}", "title"), Span("  as "), foreign(_name(account), "key")]
        asked = self.piece.item.post.network if self.piece.item else ""
        if account and asked and account.network in NETWORKS and account.network != asked:
            left.append(Span(f"  (not where it was asked: {asked})", "warn"))
        size = measure(self.text.strip(), account)
        limit = account.limit if account else 0
        over = bool(limit and size > limit)
        near = bool(limit and size > limit * 0.9)
        sign = "✗ " if over else ""
        count = Span(
            f"{sign}{size} / {limit or '∞'} ", "bad" if over else "warn" if near else "dim"
        )
        return spread(left, [count], cells)

    def _foot_line(self, cells: int) -> Line:
        match self.stage:
            case "review":
                keys: Sequence[Key] = REVIEW
            case "handing":
                return (Span(" Handing it to the engine …", "warn"),)
            case _:
                keys = WRITING
        spans = [Span(" ")]
        for key in (key for key in keys if key.word):
            spans += [Span(key.shown, "key"), Span(f" {key.word}   ")]
        if self.stage == "writing" and self.account is not None and len(self.accounts) < 2:
            spans = [span for span in spans if span.text.strip() not in ("^t", "account")]
        trouble = self.trouble or self.blocked
        right = [Span(f"✗ {one_line(trouble)} ", "bad")] if trouble else []
        if self.stage == "review":
            spans.insert(0, Span(" Exactly this goes out. ", "new"))
            if more := self.looking.more:
                right = [Span(f"{more} more lines: j ", "warn")]
        return spread(spans, right, cells)


def _name(account: AccountInfo | None) -> str:
    return f"@{account.handle} on {account.network}" if account else "no account"

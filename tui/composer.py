"""The composer at the bottom: words, then a look at what exactly goes out, then handing it over.

Owns the text while it is written, what becomes of it (a reply, a post of its own, an answer on the
wall) and the three stages it goes through. Never sends: it says what the operator wants, the app
makes the command. Enter is only ever a new line; nothing pasted, and no key pressed twice, can
send: ctrl+s opens the review, and only y there sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from eventlive.listening.length import Measure
from eventlive.listening.replying import naming, obstacle
from eventlive.messages import AccountInfo
from eventlive.model import Item, Picture
from tui.cells import for_clipboard, one_line, wrap
from tui.drafts import Draft
from tui.keys import REVIEW, WAYS, WRITING, Key
from tui.lines import Line, Lines, Span, foreign, length, spread
from tui.posts import Posts, on_wall, posts_of, speaker
from tui.review import goes_on_wall, goes_out
from tui.words import Looking, Words

_NEAR = 0.9
"""Of the limit: from here on the count warns."""

Stage = Literal["closed", "writing", "review", "handing"]


@dataclass(slots=True)
class Piece:
    """What is being written: for whom it speaks and what it answers or changes.

    An answer is a reply on the network; a `plain` one is a post of its own there, one for the
    `wall` goes on the screens. `warning` and `pictures` go out with a post that was prepared.
    """

    account: str
    item: Item | None = None
    outgoing: str = ""
    plain: bool = False
    wall: bool = False
    warning: str = ""
    pictures: tuple[Picture, ...] = ()

    @property
    def asked(self) -> str:
        """Who is answered, and what they said; foreign text."""
        return f"@{self.item.post.author.handle}: {self.item.post.text}" if self.item else ""

    @property
    def naming(self) -> str:
        """The words with which a post of its own begins."""
        return for_clipboard(naming(self.item.post, "")) if self.item else ""


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
    def own_words(self) -> str:
        """What is written, without what names the question."""
        text = self.text
        if self.piece is not None and self.piece.plain:
            text = text.removeprefix(self.piece.naming)
        return text.strip()

    @property
    def posts(self) -> Posts:
        """What becomes of the text, as it is now."""
        piece, account, text = self.piece, self.account, self.text.strip()
        if piece is not None and piece.wall:
            return on_wall(text)
        if piece is None or account is None:
            return Posts((text,), Measure(len(text), 0))
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
        if self.blocked:
            return self.blocked
        if not self.own_words:
            return "nothing is written yet"
        if self.piece is None or not self.piece.wall:
            if self.account is None:
                return "no account speaks: ^t chooses one"
            if self.obstacle:
                return self.obstacle
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
        if self.piece.outgoing:
            self._complain("it is written for this account: x drops it, p writes it anew")
            return
        ids = [account.id for account in self.accounts]
        at = ids.index(self.piece.account) if self.piece.account in ids else -1
        self.piece.account = ids[(at + 1) % len(ids)]
        self._turned()

    def _turn(self, way: str) -> None:
        """Make of the answer a post of its own, or one on the wall; again: a reply."""
        piece = self.piece
        if piece is None or piece.item is None:
            self._complain("that is for answers")
            return
        if piece.outgoing:
            self._complain("it is written as it is: x drops it, r at the question answers anew")
            return
        named = piece.plain and self.text.startswith(piece.naming)
        piece.plain = way == "plain" and not piece.plain
        piece.wall = way == "wall" and not piece.wall
        begin = piece.naming
        if piece.plain and not self.text.startswith(begin):
            self.words.insert(begin, (0, 0), maintain_selection_offset=True)
        elif named and not piece.plain:
            lines = begin.split("\n")
            self.words.delete((0, 0), (len(lines) - 1, len(lines[-1])))
        self._turned()

    def _turned(self) -> None:
        self.trouble = ""
        self.draw()
        self.post_message(self.Typed())

    def _complain(self, trouble: str) -> None:
        self.trouble = trouble
        self.draw()

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
        piece, account = self.piece, self.account
        if piece is None or not self.is_mounted:
            return
        cells = self.content_size.width or self.app.size.width
        if self.stage in ("review", "handing"):
            if piece.wall and piece.item is not None:
                self.looking.show(goes_on_wall(cells - 2, self.text.strip(), piece.item))
            elif account is not None:
                self.looking.show(
                    goes_out(
                        cells - 2,
                        self.posts,
                        account,
                        piece.asked,
                        plain=piece.plain,
                        warning=piece.warning,
                        pictures=piece.pictures,
                    )
                )
        self._head.show(self._head_lines(piece, cells))
        self._foot.show(self._foot_lines(piece, cells))

    def _head_lines(self, piece: Piece, cells: int) -> list[Line]:
        what = "New post"
        if piece.item is not None:
            name = f"@{one_line(piece.item.post.author.handle)}"
            what = f"Answer to {name}"
            if piece.plain:
                what = f"Post of its own, about {name}"
            elif piece.wall:
                what = f"Answer on the wall to {name}"
        elif piece.outgoing:
            what = "Change and send"
        left = [Span(f" {what}", "title")]
        if not piece.wall:
            left += [Span("  as "), foreign(_name(self.account), "key")]
        lines = [spread(left, [self._count()], cells)]
        if self.obstacle:
            ink = "bad" if self.trouble == self.obstacle else "warn"
            other = piece.item and self.account and piece.item.post.network != self.account.network
            begin = "not where it was asked" if other else "no reply"
            rows = wrap(one_line(f"✗ {begin}: {self.obstacle}"), cells - 2)
            lines += [(Span(f" {row}", ink),) for row in rows]
        return lines

    def _count(self) -> Span:
        texts, (used, limit, unit), _ = self.posts
        if len(texts) > 1:
            return Span(f"thread of {len(texts)} ", "key")
        counted = f"{used:,} / {limit:,}" if limit else f"{used:,}"
        if unit == "bytes":
            counted += " bytes"
        if limit and used > limit:
            return Span(f"✗ {counted} ", "bad")
        return Span(f"{counted} ", "warn" if limit and used > limit * _NEAR else "dim")

    def _foot_lines(self, piece: Piece, cells: int) -> list[Line]:
        if self.stage == "handing":
            return [(Span(" Handing it to the engine …", "warn"),)]
        trouble = self.trouble or self.blocked
        if trouble == self.obstacle:
            trouble = ""  # the head says it
        rows = wrap(one_line(f"✗ {trouble}"), cells - 2) if trouble else []
        lines: list[Line] = [(Span(f" {row}", "bad"),) for row in rows]
        spans, right = [Span(" ")], []
        if self.stage == "review":
            word = " This goes on the wall. " if piece.wall else " Exactly this goes out. "
            spans = [Span(word, "new"), Span(" ")]
            if more := self.looking.more:
                right = [Span(f"{more} more lines: j ", "warn")]
        for key, word in self._keys(piece):
            add = [Span(key.shown, "key"), Span(f" {word}  ")]
            if length([*spans, *add, *right]) <= cells + 1:
                spans += add
        return [*lines, spread(spans, right, cells)]

    def _keys(self, piece: Piece) -> list[tuple[Key, str]]:
        """The keys of this stage and what each does here, most important first."""
        if self.stage == "review":
            words = {"send": "show it"} if piece.wall else {}
            return [(key, words.get(key.action, key.word)) for key in REVIEW if key.word]
        review, account, leave = WRITING
        keys = [(review, review.word)]
        if len(self.accounts) > 1 and not (piece.wall or piece.outgoing):
            keys.append((account, account.word))
        ways = [(key, key.word) for key in WAYS if piece.item and not piece.outgoing]
        if piece.plain or piece.wall:
            now = "plain" if piece.plain else "wall"
            ways = [(key, "reply" if key.action == now else word) for key, word in ways]
        aside = [(leave, leave.word)]
        return [*keys, *ways, *aside] if self.obstacle else [*keys, *aside, *ways]


def _name(account: AccountInfo | None) -> str:
    return speaker(account) if account else "no account"

"""How an answer or a post comes to go out: claim, write, review, hand over, take back.

Owns the flow around the composer: what is claimed while somebody writes, which draft is kept, what
was handed to the engine and whether it took it, and the seconds in which it can be taken back. It
never sends the same text twice by itself: where an answer was lost, it looks first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive.messages import (
    ClaimItem,
    Command,
    Reply,
    Rewrite,
    Send,
    TakeBack,
    Unclaim,
    Write,
)
from eventlive.model import Item, Outgoing
from tui.cells import one_line
from tui.composer import Composer, Piece
from tui.drafts import Draft, Drafts
from tui.lines import Line, Span, spread
from tui.orders import Errand

if TYPE_CHECKING:
    from tui.app import ConsoleApp

RENEW_EVERY = 10.0
_CLAIMS_AT_MOST = 20


@dataclass(slots=True)
class Parting:
    """A post that can still be taken back; `until` by the console's growing clock."""

    outgoing: str
    text: str
    until: float
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """A text that the engine was asked to take, its answer not being known."""

    text: str
    item: str
    outgoing: str
    earlier: frozenset[str]
    """Ids of the posts of the house that were known before."""


class Speaking:
    """The operator's voice. `app` sends orders and says things."""

    def __init__(self, app: ConsoleApp, composer: Composer, drafts: Drafts) -> None:
        self._app = app
        self._composer = composer
        self.drafts = drafts
        self.partings: list[Parting] = []
        self._handed: Handed | None = None
        self._unsure = False
        self._claims: dict[str, float] = {}
        self._restored = False

    # --- beginning ----------------------------------------------------------------------------

    def answer(self, item: Item, text: str = "") -> None:
        """Write an answer: claims the post, opens the composer, with an earlier draft if any."""
        if item.state == "deleted":
            self._app.refuse("its author has deleted it: there is nothing to answer")
            return
        if item.claim and item.claim.who != self._app.board.me:
            self._app.refuse(f"{item.claim.who} deals with @{item.post.author.handle} right now")
            return
        draft = self.drafts.get(f"answer {item.id}")
        piece = Piece(
            account=draft.account if draft else self._account_for(item),
            item=item,
            answered=f"@{item.post.author.handle}: {item.post.text}",
        )
        self._open(piece, text or (draft.text if draft else ""))
        self._claim(item)
        if item.question == "answered" or item.answer:
            self._composer.trouble = "it has been answered already"
            self._composer.draw()

    def write(self, text: str = "") -> None:
        """Write a new post, or go on with the one put aside."""
        draft = self.drafts.get("post")
        account = draft.account if draft else self._account_for(None)
        self._open(Piece(account=account), text or (draft.text if draft else ""))

    def edit(self, outgoing: Outgoing) -> None:
        """Change a post of the house that has not left, and send it after a review."""
        if outgoing.state not in ("draft", "held", "failed"):
            hint = " (u takes it back first)" if outgoing.state == "queued" else ""
            self._app.refuse(f"it is {outgoing.state}: it cannot be changed{hint}")
            return
        draft = self.drafts.get(f"outgoing {outgoing.id}")
        item = self._app.board.item(outgoing.answers) if outgoing.answers else None
        piece = Piece(
            account=outgoing.account,
            item=item,
            outgoing=outgoing.id,
            answered=f"@{item.post.author.handle}: {item.post.text}" if item else "",
        )
        self._open(piece, draft.text if draft else outgoing.text)
        if item is not None:
            self._claim(item)

    def _open(self, piece: Piece, text: str) -> None:
        welcome = self._app.board.welcome
        self._composer.accounts = welcome.accounts if welcome else ()
        self._composer.open(piece, text)

    def _account_for(self, item: Item | None) -> str:
        welcome = self._app.board.welcome
        accounts = welcome.accounts if welcome else ()
        if item is not None:
            for account in accounts:
                if account.network == item.post.network:
                    return account.id
        return accounts[0].id if accounts else "main"

    def restore(self) -> None:
        """Open what was on the screen when an earlier console ended; once, at the first welcome."""
        if self._restored:
            return
        self._restored = True
        if self.drafts.trouble:
            self._app.refuse(self.drafts.trouble)
        drafts = self.drafts.all()
        opened = [draft for draft in drafts if draft.open]
        if opened and not self._composer.is_open:
            self._reopen(opened[-1])
        elif drafts:
            self._app.say(f"{len(drafts)} unfinished text(s) are kept: p or r goes on with them")

    def _reopen(self, draft: Draft) -> None:
        item = draft.item
        if item is not None:
            item = self._app.board.item(item.id) or item
        answered = f"@{item.post.author.handle}: {item.post.text}" if item else ""
        self._open(Piece(draft.account, item, draft.outgoing, answered), draft.text)
        if draft.handed_at:
            self._handed = Handed(
                draft.text.strip(), item.id if item else "", draft.outgoing, frozenset()
            )
            self._lost()
        self._app.say("this text was being written when the last console ended")

    # --- claims -------------------------------------------------------------------------------

    def _claim(self, item: Item) -> None:
        def answered(reply: Reply) -> None:
            piece = self._composer.piece
            if piece is None or piece.item is None or piece.item.id != item.id:
                return
            self._composer.blocked = "" if reply.ok else f"not claimed: {reply.reason}"
            self._composer.draw()

        self.hold_claim(item.id)
        self._app.order(
            Errand(ClaimItem(item.id, item.version), on=item.id, quiet=True, then=answered)
        )

    def hold_claim(self, item: str) -> None:
        """Renew this operator's claim on a post until it is let go."""
        while len(self._claims) >= _CLAIMS_AT_MOST:
            del self._claims[next(iter(self._claims))]
        self._claims[item] = self._app.monotonic()

    def drop_claim(self, item: str) -> None:
        """No longer renew a claim; it ends by itself."""
        self._claims.pop(item, None)

    def _release(self, id: str) -> None:
        self.drop_claim(id)
        item = self._app.board.item(id)
        if item and item.claim and item.claim.who == self._app.board.me and self._app.board.up:
            self._app.order(Errand(Unclaim(item.id, item.version), on=item.id, quiet=True))

    def _renew(self, now: float) -> None:
        board = self._app.board
        piece = self._composer.piece
        writing = piece.item.id if piece and piece.item else ""
        for id, renewed in list(self._claims.items()):
            if now - renewed < RENEW_EVERY or not board.up:
                continue
            item = board.item(id)
            mine = item is not None and item.claim is not None and item.claim.who == board.me
            if item is None or (id != writing and not (mine and item.state == "open")):
                self.drop_claim(id)
            elif not self._app.sending.errands.busy(id):
                self._claims[id] = now
                if id == writing:
                    self._claim(item)
                else:
                    command = ClaimItem(item.id, item.version)
                    self._app.order(Errand(command, on=id, quiet=True))

    # --- leaving and handing over -------------------------------------------------------------

    def put_aside(self) -> None:
        """Leave the composer; the text is kept."""
        piece = self._composer.piece
        if piece is None:
            return
        draft = self._composer.draft()
        self.drafts.keep(Draft(draft.text, draft.account, draft.item, draft.outgoing))
        self.drafts.write()
        self._composer.close()
        if piece.item is not None:
            self._release(piece.item.id)
        if draft.text.strip():
            key = "p" if draft.key == "post" else "r"
            self._app.say(f"put aside, nothing was sent; {key} goes on with it")

    def keep(self) -> None:
        """Bring what is being written to the disk."""
        if self._composer.is_open and self._handed is None:
            self.drafts.keep(self._composer.draft())
        self.drafts.write()
        if self.drafts.trouble:
            self._app.refuse(self.drafts.trouble)
            self.drafts.trouble = ""

    def hand_over(self) -> None:
        """Ask the engine to queue what was reviewed."""
        piece, text = self._composer.piece, self._composer.text.strip()
        if piece is None:
            return
        app, board = self._app, self._app.board
        if not board.up:
            self._composer.back_to_writing("the engine is gone: the text is kept here")
            return
        if self._unsure:
            self._composer.back_to_writing("not known yet whether the engine has it already")
            return
        changed = self._changed(piece)
        if changed:
            self._composer.back_to_writing(changed)
            return
        known = frozenset(outgoing.id for outgoing in board.all_outgoing())
        item = board.item(piece.item.id) or piece.item if piece.item else None
        handed = Handed(text, item.id if item else "", piece.outgoing, known)
        if piece.outgoing:
            sent = self._resend(piece, text)
        else:
            command = Write(
                text=text,
                account=piece.account,
                item=item.id if item else "",
                version=item.version if item else 0,
                send=True,
            )
            sent = app.order(Errand(command, on=handed.item, quiet=True, then=self._taken))
        if sent:
            self._handed = handed
            self.drafts.keep(self._composer.draft(handed_at=app.wall_clock()))
            self.drafts.write()
        else:
            self._composer.back_to_writing("it could not be handed over: the text is kept")

    def _resend(self, piece: Piece, text: str) -> bool:
        outgoing = self._app.board.outgoing(piece.outgoing)
        if outgoing is None:
            return False
        at = (outgoing.id, outgoing.version)

        def rewritten(reply: Reply) -> None:
            if not reply.ok:
                self._taken(reply)

        if outgoing.text != text:
            rewrite = Errand(Rewrite(*at, text=text), on=outgoing.id, quiet=True, then=rewritten)
            if not self._app.order(rewrite):
                return False
        return self._app.order(Errand(Send(*at), on=outgoing.id, quiet=True, then=self._taken))

    def _changed(self, piece: Piece) -> str:
        """What has changed since the review opened, in words; "" for nothing that matters."""
        if piece.item is None:
            return ""
        newest = self._app.board.item(piece.item.id)
        if newest is None:
            return ""
        if newest.state == "deleted":
            return "its author has deleted the post: there is nothing to answer"
        if newest.post.text != piece.item.post.text:
            return "its author has changed the post: read it again"
        if newest.answer not in (piece.item.answer, piece.outgoing):
            return "a colleague has answered it meanwhile"
        return ""

    def _taken(self, reply: Reply) -> None:
        handed, self._handed = self._handed, None
        self._unsure = False
        if not reply.ok:
            self._composer.back_to_writing(f"refused: {reply.reason}")
            return
        self._gone(handed, reply.thing or (handed.outgoing if handed else ""))

    def _gone(self, handed: Handed | None, outgoing: str) -> None:
        """The engine has it: close the composer, open the seconds for taking back."""
        piece = self._composer.piece
        if piece is not None:
            self.drafts.forget(self._composer.draft().key)
            self.drafts.write()
            self._composer.close()
            if piece.item is not None:
                self._release(piece.item.id)
        welcome = self._app.board.welcome
        seconds = welcome.take_back if welcome else 0.0
        if outgoing and handed:
            until = self._app.monotonic() + seconds
            self.partings.append(Parting(outgoing, handed.text, until))
            del self.partings[:-20]

    # --- when the answer was lost -------------------------------------------------------------

    def abandoned(self, errands: list[Errand]) -> None:
        """Take in that these orders will have no answer."""
        if self._handed and any(_speaks(errand.command) for errand in errands):
            self._lost()

    def _lost(self) -> None:
        self._unsure = True
        self._composer.back_to_writing("the engine has not said whether it took this: looking …")

    def look(self) -> None:
        """Find out, from the outgoing posts as they are now, what became of a lost text."""
        handed = self._handed
        if not self._unsure or handed is None or not self._app.board.up:
            return
        self._unsure, self._handed = False, None
        for outgoing in self._app.board.all_outgoing():
            mine = outgoing.who == self._app.board.me and outgoing.text == handed.text
            same = (
                outgoing.id == handed.outgoing
                if handed.outgoing
                else outgoing.id not in handed.earlier and outgoing.answers == handed.item
            )
            if mine and same and outgoing.state not in ("draft", "failed", "dropped"):
                self._gone(None, "")
                self._app.say("the engine had taken it after all: see Outgoing (3)")
                return
        if self._composer.is_open:
            self._composer.back_to_writing("the engine did not take it: review it again")

    # --- taking back --------------------------------------------------------------------------

    def take_back(self) -> None:
        """Take back the last post that is still to leave."""
        for parting in reversed(self.partings):
            outgoing = self._app.board.outgoing(parting.outgoing)
            if not parting.asked and (outgoing is None or outgoing.state == "queued"):
                self._ask_back(parting, outgoing)
                return
        self._app.refuse("nothing of yours is waiting to go out")

    def _ask_back(self, parting: Parting, outgoing: Outgoing | None) -> None:
        if outgoing is None:
            self._app.refuse("the engine has not shown it yet: press u again")
            return

        def answered(reply: Reply) -> None:
            if reply.ok:
                self._taken_back(parting)
            else:
                parting.asked = False

        command = TakeBack(outgoing.id, outgoing.version)
        errand = Errand(command, on=outgoing.id, done="taken back: nothing was sent", then=answered)
        parting.asked = self._app.order(errand)

    def _taken_back(self, parting: Parting) -> None:
        if parting in self.partings:
            self.partings.remove(parting)
        if self._composer.is_open:
            return
        outgoing = self._app.board.outgoing(parting.outgoing)
        answers = outgoing.answers if outgoing else ""
        item = self._app.board.item(answers) if answers else None
        answered = f"@{item.post.author.handle}: {item.post.text}" if item else ""
        account = outgoing.account if outgoing else self._account_for(item)
        self._open(Piece(account, item, parting.outgoing, answered), parting.text)
        if item is not None:
            self._claim(item)

    def parting_lines(self, now: float, cells: int) -> list[Line]:
        """What is about to go out, and for how long it can be taken back."""
        waiting = [parting for parting in self.partings if not parting.asked]
        if not waiting:
            return []
        last = waiting[-1]
        if self._app.board.held:
            word = " ‖ held: it goes out after the release "
        else:
            word = f" ▸ goes out in {max(0, round(last.until - now))} s "
        more = f" (+{len(waiting) - 1})" if len(waiting) > 1 else ""
        left = (Span(word, "hold"), Span(f" {one_line(last.text)}"))
        return [spread(left, (Span(f"{more}  "), Span("u", "key"), Span(" takes it back ")), cells)]

    # --- time and news ------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Renew claims; close the seconds that are over."""
        self._renew(now)
        for parting in list(self.partings):
            outgoing = self._app.board.outgoing(parting.outgoing)
            state = outgoing.state if outgoing else "queued"
            if state in ("draft", "dropped") and not parting.asked:
                self.partings.remove(parting)
            elif state in ("sending", "sent", "failed", "uncertain"):
                self.partings.remove(parting)
                self._tell(outgoing)
            elif now > parting.until + 1 and not self._app.board.held:
                self.partings.remove(parting)

    def _tell(self, outgoing: Outgoing | None) -> None:
        if outgoing is None:
            return
        match outgoing.state:
            case "failed" | "uncertain":
                self._app.refuse(f"{outgoing.state}: {outgoing.reason or 'see Outgoing (3)'}")
            case _:
                self._app.say("gone out" if outgoing.state == "sent" else "going out now")

    def news(self) -> None:
        """Bring the post that is being answered up to date while the words are written."""
        piece = self._composer.piece
        if piece is None or piece.item is None or self._composer.stage != "writing":
            return
        newest = self._app.board.item(piece.item.id)
        if newest is None or newest.version == piece.item.version:
            return
        trouble = self._changed(piece)
        piece.item = newest
        piece.answered = f"@{newest.post.author.handle}: {newest.post.text}"
        if trouble:
            self._composer.trouble = trouble
        self._composer.draw()


def _speaks(command: Command) -> bool:
    return isinstance(command, Write | Send | Rewrite)

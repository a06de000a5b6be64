"""How an answer or a post comes to be written: by which account, under which claim, as what.

Owns the flow around the composer: what is claimed while somebody writes, which draft is kept, what
stands there when it opens. What was reviewed is `handing`'s, what is leaving is `partings`'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from eventlive.listening.replying import by_hand, obstacle
from eventlive.messages import ClaimItem, Reply, Send, Unclaim, Welcome
from eventlive.model import Item, Outgoing
from tui import answering
from tui.board import handle_of
from tui.composer import Composer
from tui.dialogs import Ask
from tui.drafts import Draft, Drafts
from tui.handing import Handing
from tui.orders import Errand
from tui.partings import Parting, Partings
from tui.piece import DO_NOT_ENGAGE, Piece
from tui.planned import Filled, waits_for_its_time
from tui.posts import posts_of
from tui.rewording import Rewording, newer_words

if TYPE_CHECKING:
    from tui.app import ConsoleApp

RENEW_EVERY = 10.0
LAPSES_AFTER = 180.0
"""Seconds without a look at a claimed post or a word to it, after which the claim is let go."""
_CLAIMS_AT_MOST = 20


class Speaking:
    """The operator's voice. `app` sends orders and says things."""

    def __init__(self, app: ConsoleApp, composer: Composer, drafts: Drafts) -> None:
        self._app = app
        self._composer = composer
        self.drafts = drafts
        self.partings = Partings(app, self._taken_back)
        self.handing = Handing(app, composer, drafts, self.partings, self._done_with)
        self.rewording = Rewording(app, composer, drafts, self._done_with)
        composer.fill = self._filled
        self._claims: dict[str, float] = {}
        self._seen_to: dict[str, float] = {}
        """When what is claimed was looked at, or written to, last."""
        self._restored = False

    # --- beginning ----------------------------------------------------------------------------

    def answer(self, item: Item, text: str = "", speaker: str = "") -> None:
        """Write an answer: claims the post, opens the composer, with an earlier draft if any.

        A prepared `text` may name the account that says it.
        """
        board = self._app.board
        if reason := answering.forbidden(board, item):
            self._app.refuse(reason)
            return
        doubts = answering.doubts(board, item)
        if not doubts:
            self._begin(item, text, speaker)
            return

        def answered(key: str | None) -> None:
            newest = board.item(item.id) or item
            if key != "y":
                self._app.say("nothing was begun", "")
            elif reason := answering.forbidden(board, newest):
                self._app.refuse(reason)
            else:
                # Only what was asked is answered: who is avoided by now is asked about again.
                self._begin(newest, text, speaker, engaged=bool(answering.unwanted(item)))

        title = f"Answer @{item.post.author.handle} all the same?"
        self._app.push_screen(Ask(title, "\n".join(doubts), [("y", "answer it")]), answered)

    def _begin(self, item: Item, text: str, speaker: str, *, engaged: bool = False) -> None:
        draft = self.drafts.get(f"answer {item.id}")
        account = draft.account if draft else self._account_for(item)
        if speaker and self._app.board.account(speaker):
            account = speaker
        # A prepared text takes the place of the earlier words, and with them of what they were for.
        kept = None if text else draft
        piece = Piece(
            account,
            item,
            plain=bool(kept and kept.plain),
            # Where the house has answered, the engine takes no second reply.
            wall=bool(kept and kept.wall) or answering.is_answered(self._app.board, item),
            pair=bool(kept and kept.pair),
            engaged=engaged,
        )
        if piece.wall:
            piece.plain = piece.pair = False
        self._claim(item)
        self._open(piece, text or (draft.text if draft else ""), kept)
        support = self._support(item)
        if support and account == support:
            whose = self._app.board.account(support)
            handle = f"@{whose.handle}" if whose else support
            self._app.say(f"sounds like a case for support: {handle} answers (^t changes that)")

    def _may_speak(self) -> bool:
        """Whether this operator may speak for the house; says why not."""
        welcome = self._app.board.welcome
        if welcome is not None and welcome.role == "viewer":
            self._app.refuse("a viewer looks on: speaking is for operators")
            return False
        return True

    def write(self, text: str = "") -> None:
        """Write a new post, or go on with the one put aside."""
        if not self._may_speak():
            return
        draft = self.drafts.get("post")
        account = draft.account if draft else self._account_for(None)
        self._open(Piece(account=account), text or (draft.text if draft else ""), draft)

    def edit(self, outgoing: Outgoing) -> None:
        """Change a post of the house that has not left, and send it after a review."""
        if not self._may_speak():
            return
        if outgoing.state not in ("draft", "held", "failed") and not waits_for_its_time(outgoing):
            hint = " (u takes it back first)" if outgoing.state == "queued" else ""
            self._app.refuse(f"it is {outgoing.state}: it cannot be changed{hint}")
            return
        if outgoing.sent_ids:
            self.send_rest(outgoing)
            return
        self._go_on(outgoing, self.drafts.get(f"outgoing {outgoing.id}"))

    def _go_on(self, outgoing: Outgoing, draft: Draft | None = None) -> None:
        piece = self._piece_of(outgoing)
        if draft is not None and draft.before:
            piece.before = draft.before
        if piece.item is not None:
            self._claim(piece.item)
        self._open(piece, draft.text if draft else outgoing.text, draft)

    def _piece_of(self, outgoing: Outgoing) -> Piece:
        return Piece(
            account=outgoing.account,
            item=self._app.board.item(outgoing.answers) if outgoing.answers else None,
            outgoing=outgoing.id,
            plain=bool(outgoing.answers) and not outgoing.reply_to,
            warning=outgoing.warning,
            pictures=outgoing.pictures,
            keeps_time=waits_for_its_time(outgoing),
            before=outgoing.text,
            pair=outgoing.pair,
            engaged=DO_NOT_ENGAGE in outgoing.over,
        )

    def _filled(self, text: str, piece: Piece) -> Filled:
        board, now = self._app.board, self._app.engine_now()
        if now is None:
            return Filled()
        outgoing = board.outgoing(piece.outgoing) if piece.outgoing else None
        return board.filled(outgoing, now, text, piece.account)

    def send_rest(self, outgoing: Outgoing) -> None:
        """Ask whether a thread that was broken off goes on; its words cannot change any more."""
        board = self._app.board
        account, item = board.account(outgoing.account), board.item(outgoing.answers)
        replied = item.post.author.handle if item and outgoing.reply_to else ""
        texts = posts_of(outgoing.text, account, replied, outgoing.warning).texts if account else ()
        out = len(outgoing.sent_ids)
        body = "\n\n".join((f"{out} of its parts are out. Still to go:", *texts[out:]))

        def answered(key: str | None) -> None:
            if key == "y":
                order = Send(outgoing.id, outgoing.version)
                self._app.order(Errand(order, on=outgoing.id, done="the rest goes out", then=then))

        def then(reply: Reply) -> None:
            if reply.ok:
                self.partings.add(outgoing.id, outgoing.text)

        self._app.push_screen(Ask("Send the rest?", body, [("y", "send the rest")]), answered)

    def _open(self, piece: Piece, text: str, draft: Draft | None) -> None:
        board = self._app.board
        self._composer.accounts = board.welcome.accounts if board.welcome else ()
        self._composer.open(piece, text)
        if draft is not None and draft.handed_at:
            self.handing.reopened(draft)
            if board.listings["outgoing"].filled:
                self.handing.look()

    def _account_for(self, item: Item | None) -> str:
        """The first account that can reply; where none can, the one on the post's network."""
        welcome = self._app.board.welcome
        accounts = welcome.accounts if welcome else ()
        if item is not None:
            if support := self._support(item):
                return support
            for account in accounts:
                if not obstacle(item.post, account.network, account.handle):
                    return account.id
            for account in accounts:
                if account.network == item.post.network:
                    return account.id
        return accounts[0].id if accounts else "main"

    def _support(self, item: Item) -> str:
        """The account that answers cases for support, where this is one and it can reply."""
        welcome = self._app.board.welcome
        account = self._app.board.account(welcome.support) if welcome and item.support else None
        if account is None or obstacle(item.post, account.network, account.handle):
            return ""
        return account.id

    def welcomed(self, welcome: Welcome) -> None:
        """Take in accounts and rules anew: the script was reloaded."""
        self._composer.accounts = welcome.accounts
        self._composer.draw()

    def restore(self) -> None:
        """Open what was on the screen when an earlier console ended; once, at the first welcome."""
        if self._restored:
            return
        self._restored = True
        if self.drafts.trouble:
            self._app.refuse(self.drafts.trouble)
        drafts = self.drafts.all()
        opened = [draft for draft in drafts if draft.open]
        if opened and not self._app.busy:
            self._reopen(opened[-1])
        elif drafts:
            self._app.say(f"{len(drafts)} unfinished text(s) are kept: p or r goes on with them")

    def _reopen(self, draft: Draft) -> None:
        item = draft.item
        if item is not None:
            item = self._app.board.item(item.id) or item
        piece = Piece(
            draft.account,
            item,
            draft.outgoing,
            draft.plain,
            draft.wall,
            keeps_time=draft.keeps_time,
            before=draft.before,
            pair=draft.pair,
        )
        self._open(piece, draft.text, draft)
        self._app.say("this text was being written when the last console ended")

    # --- claims -------------------------------------------------------------------------------

    def _claim(self, item: Item) -> None:
        def answered(reply: Reply) -> None:
            piece = self._composer.piece
            if piece is None or piece.item is None or piece.item.id != item.id:
                return
            self._composer.blocked = "" if reply.ok else self._not_claimed(reply)
            self._composer.draw()

        self.hold_claim(item.id)
        self._app.order(
            Errand(ClaimItem(item.id, item.version), on=item.id, quiet=True, then=answered)
        )

    def _not_claimed(self, reply: Reply) -> str:
        item = reply.present
        if isinstance(item, Item) and item.claim and item.claim.who != self._app.board.me:
            who = answering.dealt_with(item, item.claim, self._app.board.zone)
            return f"{who}: your words are kept"
        return f"not claimed: {reply.reason}"

    def hold_claim(self, item: str) -> None:
        """Renew this operator's claim on a post until it is let go."""
        while len(self._claims) >= _CLAIMS_AT_MOST:
            del self._claims[next(iter(self._claims))]
        self._claims[item] = self._seen_to[item] = self._app.monotonic()

    def drop_claim(self, item: str) -> None:
        """No longer renew a claim; it ends by itself."""
        self._claims.pop(item, None)
        self._seen_to.pop(item, None)

    def _done_with(self, piece: Piece) -> None:
        """Let go of what was claimed for writing."""
        if piece.item is None:
            return
        self._let_go(piece.item.id)

    def _let_go(self, id: str) -> None:
        self.drop_claim(id)
        item = self._app.board.item(id)
        if item and item.claim and item.claim.who == self._app.board.me and self._app.board.up:
            self._app.order(Errand(Unclaim(item.id, item.version), on=item.id, quiet=True))

    def _lapse(self, now: float) -> None:
        """Let go of what was claimed and has been left alone: others wait for it."""
        piece, there = self._composer.piece, self._app.listing.current
        at = {there.id if there else "", piece.item.id if piece and piece.item else ""}
        for id, seen in list(self._seen_to.items()):
            if id in at:
                self._seen_to[id] = now
            elif now - seen >= LAPSES_AFTER:
                item = self._app.board.item(id)
                self._let_go(id)
                if item is not None and item.claim and item.claim.who == self._app.board.me:
                    self._app.say(f"your claim on {handle_of(item)} has ended", "warn")

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

    def hand_over(self) -> None:
        """Ask the engine to take what was reviewed."""
        if not self.rewording.hand_over():
            self.handing.hand_over()

    def abandoned(self, errands: list[Errand]) -> None:
        """Take in that these orders will have no answer."""
        self.rewording.abandoned(errands)
        self.handing.abandoned(errands)

    def put_aside(self) -> None:
        """Leave the composer; the text is kept."""
        piece = self._composer.piece
        if piece is None:
            return
        draft, untouched = self._composer.draft(), self._composer.untouched
        self._remember(replace(draft, open=False))
        self.drafts.write()
        self._composer.close()
        self._done_with(piece)
        if untouched:
            self._app.say("nothing was changed, and nothing was sent")
        elif draft.text.strip():
            key = "p" if draft.key == "post" else "r"
            self._app.say(f"put aside, nothing was sent; {key} goes on with it")

    def keep(self) -> None:
        """Bring what is being written to the disk."""
        under_way = self.handing.under_way or self.rewording.under_way
        if self._composer.is_open and not under_way:
            self._remember(self._composer.draft())
        self.drafts.write()
        if self.drafts.trouble:
            self._app.refuse(self.drafts.trouble)
            self.drafts.trouble = ""

    def _remember(self, draft: Draft) -> None:
        if self._composer.untouched:
            self.drafts.forget(draft.key)  # or it would hide what a colleague changes
        else:
            self.drafts.keep(draft)

    def _taken_back(self, parting: Parting) -> None:
        outgoing = self._app.board.outgoing(parting.outgoing)
        if self._app.busy:  # keys that are typed now are meant for something else
            self._app.say("taken back, nothing was sent: its words are kept in Outgoing (3)")
        elif outgoing is not None and not outgoing.sent_ids:
            self._go_on(outgoing)

    def by_hand(self) -> None:
        """Give out the address at which a person can answer, with the words so far."""
        piece = self._composer.piece
        if piece is None or piece.item is None:
            self._app.refuse("that is for answers")
            return
        post, words = piece.item.post, self._composer.own_words
        bare, filled = by_hand(post), by_hand(post, words)
        if not bare:
            self._app.refuse("it has no address")
            return
        self._app.give_out(filled)
        self._app.say(f"{bare}  (copied{', with your words' if filled != bare else ''})", "")

    # --- time and news ------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Renew claims; close the seconds that are over."""
        self._lapse(now)
        self._renew(now)
        self.partings.tick(now)

    def news(self) -> None:
        """Bring the post that is being answered up to date while the words are written."""
        piece = self._composer.piece
        outgoing = self._app.board.outgoing(piece.outgoing) if piece and piece.outgoing else None
        if piece is not None and outgoing is not None:
            # A text that an earlier console left may come back before the post that it changes.
            piece.warning, piece.pictures = outgoing.warning, outgoing.pictures
            self._watch_words(piece, outgoing)
        if piece is None or piece.item is None or self._composer.stage != "writing":
            return
        newest = self._app.board.item(piece.item.id)
        if newest is None or newest.version == piece.item.version:
            return
        trouble = self.handing.changed(piece)
        piece.item = newest
        if trouble:
            self._composer.trouble = self._composer.warning = trouble
        self._composer.draw()

    def _watch_words(self, piece: Piece, outgoing: Outgoing) -> None:
        """Tell whoever writes new words that others came first; y looks again."""
        composer = self._composer
        if composer.stage in ("writing", "review") and not composer.trouble:
            composer.trouble = newer_words(piece, outgoing, composer.text.strip())
            composer.draw()

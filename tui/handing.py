"""How a reviewed text is handed to the engine, and what is done where its answer is lost.

Owns the moment between the operator's "y" and the engine's word. Never sends the same text twice by
itself: where nobody has said whether the engine took it, it looks first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventlive.listening.voice_rules import HOUSE, VoiceRules
from eventlive.messages import Command, Reply, Rewrite, Send, ShowAnswer, Write
from tui.answering import answer_to, is_answered, unwanted
from tui.composer import Composer
from tui.dialogs import Ask
from tui.drafts import Draft, Drafts
from tui.orders import Errand
from tui.partings import Partings
from tui.piece import DO_NOT_ENGAGE, Piece
from tui.places import Place
from tui.rewording import GONE

if TYPE_CHECKING:
    from tui.app import ConsoleApp


_TWICE = ": say so twice"
"""How the engine ends a refusal to answer whom the house does not want to."""
"""What the engine's reason says where it refuses to answer somebody whom the house avoids."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A text that the engine was asked to take, its answer not being known."""

    text: str
    item: str
    outgoing: str
    earlier: frozenset[str] = frozenset()
    """Ids of the posts of the house that were known before."""
    wall: bool = False


class Handing:
    """The text that is with the engine; one at a time. `left` is told what the engine has taken."""

    def __init__(
        self,
        app: ConsoleApp,
        composer: Composer,
        drafts: Drafts,
        partings: Partings,
        left: Callable[[Piece], None],
    ) -> None:
        self._app = app
        self._composer = composer
        self._drafts = drafts
        self._partings = partings
        self._left = left
        self._handed: Handed | None = None
        self._unsure = False
        # Asked at each judgement: a reload may change what the house says.
        composer.voicing.rules = self._voice

    def _voice(self) -> VoiceRules:
        welcome = self._app.board.welcome
        return welcome.voice if welcome else HOUSE

    @property
    def under_way(self) -> bool:
        """Whether the engine was asked to take a text and has not said whether it did."""
        return self._handed is not None

    def connected(self) -> None:
        """Take in that the engine is there: that it was gone keeps no text here any more."""
        if self._composer.trouble == GONE:
            self._composer.back_to_writing()

    def hand_over(self) -> None:
        """Ask the engine to queue what was reviewed."""
        piece, text = self._composer.piece, self._composer.text.strip()
        if piece is None:
            return
        app, board = self._app, self._app.board
        if not board.up:
            self._composer.back_to_writing(GONE)
            return
        if self._unsure:
            self._composer.back_to_writing("not known yet whether the engine has it already")
            return
        changed = self.changed(piece)
        if changed:
            self._composer.back_to_writing(changed)
            return
        if piece.item is not None and not piece.engaged:
            newest = board.item(piece.item.id) or piece.item
            if why := unwanted(newest):
                self._ask_twice(piece, why)
                return
        known = frozenset(outgoing.id for outgoing in board.all_outgoing())
        item = board.item(piece.item.id) or piece.item if piece.item else None
        handed = Handed(text, item.id if item else "", piece.outgoing, known, piece.wall)
        if piece.outgoing:
            sent = self._resend(piece, text)
        elif piece.wall and item is not None:
            answer = ShowAnswer(item.id, item.version, text=text, over=self._over(piece))
            sent = app.order(Errand(answer, on=item.id, quiet=True, then=self._taken))
        else:
            command = Write(
                text=text,
                account=piece.account,
                item=item.id if item else "",
                version=item.version if item else 0,
                send=True,
                plain=piece.plain,
                over=self._over(piece),
                pair=piece.pair,
            )
            sent = app.order(Errand(command, on=handed.item, quiet=True, then=self._taken))
        if sent:
            self._handed = handed
            self._drafts.keep(self._composer.draft(handed_at=app.wall_clock()))
            self._drafts.write()
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

        if outgoing.text != text or (piece.engaged and DO_NOT_ENGAGE not in outgoing.over):
            command = Rewrite(*at, text=text, over=self._over(piece))
            rewrite = Errand(command, on=outgoing.id, quiet=True, then=rewritten)
            if not self._app.order(rewrite):
                return False
        return self._app.order(Errand(Send(*at), on=outgoing.id, quiet=True, then=self._taken))

    def changed(self, piece: Piece) -> str:
        """What has changed since the review opened, in words; "" for nothing that matters."""
        if piece.item is None:
            return ""
        board = self._app.board
        newest = board.item(piece.item.id)
        if newest is None:
            return ""
        if newest.state == "deleted":
            return "its author has deleted the post: there is nothing to answer"
        if newest.post.text != piece.item.post.text:
            return "its author has changed the post: read it again"
        if not piece.wall and newest.answer != piece.outgoing and is_answered(board, newest):
            out = answer_to(board, newest)
            return f"{out.who if out else 'a colleague'} has answered it, or is about to"
        if newest.shown_answer != piece.item.shown_answer:
            return "a colleague has answered it on the wall meanwhile"
        return ""

    def _over(self, piece: Piece) -> tuple[str, ...]:
        return (*self._composer.over, *piece.set_aside)

    def _ask_twice(self, piece: Piece, why: str) -> None:
        """Ask before somebody is answered whom the house would not; then it is reviewed again."""
        composer = self._composer
        composer.back_to_writing(why)

        def answered(key: str | None) -> None:
            if key == "y" and composer.piece is piece:
                piece.engaged = True
                composer.back_to_writing()
            composer.take_focus()

        title = f"{why[0].upper()}{why[1:]}: answer all the same?"
        body = "Nothing has gone out. After y the text is there again, to be reviewed once more."
        choices = [("y", "answer all the same")]
        self._app.push_screen(Ask(title, body, choices), answered)

    def _taken(self, reply: Reply) -> None:
        handed, self._handed = self._handed, None
        self._unsure = False
        piece = self._composer.piece
        unsaid = piece is not None and piece.item is not None and not piece.engaged
        if not reply.ok and piece is not None and unsaid and reply.reason.endswith(_TWICE):
            self._ask_twice(piece, reply.reason.removesuffix(_TWICE))
            return
        if not reply.ok:
            self._composer.back_to_writing(f"refused: {reply.reason}")
            return
        self._gone(handed, reply.thing or (handed.outgoing if handed else ""))

    def _gone(self, handed: Handed | None, outgoing: str) -> None:
        """The engine has it: close the composer, open the seconds for taking back."""
        piece = self._composer.piece
        if piece is not None:
            self._drafts.forget(self._composer.draft().key)
            self._drafts.write()
            self._composer.close()
            self._left(piece)
        if handed and handed.wall:
            self._app.say("answered on the wall: z takes it back")
        elif handed and outgoing:
            self._partings.add(outgoing, handed.text)

    # --- when the answer was lost -------------------------------------------------------------

    def abandoned(self, errands: list[Errand]) -> None:
        """Take in that these orders will have no answer."""
        if self._handed and any(_speaks(errand.command) for errand in errands):
            self._lost()

    def reopened(self, draft: Draft) -> None:
        """Take in a text that an earlier console had handed over when it ended."""
        about = draft.item.id if draft.item else ""
        self._handed = Handed(draft.text.strip(), about, draft.outgoing, wall=draft.wall)
        self._lost()

    def _lost(self) -> None:
        self._unsure = True
        self._composer.back_to_writing("the engine has not said whether it took this: looking …")

    def look(self, queue: Place | Literal["house"] | None = None) -> None:
        """Find out, from what is known by now, what became of a lost text.

        `queue` is the one of which there is news; None asks for the answer now.
        """
        handed, board = self._handed, self._app.board
        if not self._unsure or handed is None or not board.up:
            return
        if queue not in (None, "wall" if handed.wall else "house"):
            return
        self._unsure, self._handed = False, None
        if self._is_there(handed):
            self._gone(None, "")
            where = "it is on the wall" if handed.wall else "see Outgoing (3)"
            self._app.say(f"the engine had taken it after all: {where}")
        elif self._composer.is_open:
            self._composer.back_to_writing("the engine did not take it: review it again")

    def _is_there(self, handed: Handed) -> bool:
        board = self._app.board
        if handed.wall:
            item = board.item(handed.item)
            return item is not None and item.shown_answer == handed.text
        for outgoing in board.all_outgoing():
            mine = outgoing.who == board.me and outgoing.text == handed.text
            same = (
                outgoing.id == handed.outgoing
                if handed.outgoing
                else outgoing.id not in handed.earlier and outgoing.answers == handed.item
            )
            if mine and same and outgoing.state not in ("draft", "failed", "dropped"):
                return True
        return False


def _speaks(command: Command) -> bool:
    return isinstance(command, Write | Send | Rewrite | ShowAnswer)

"""New words for a post of the house: a planned one keeps its time, and nothing leaves by them.

Owns the moment between the operator's "y" and the engine's word on the new words. A post that began
or stopped waiting while it was written about, or that says something else by now, is never changed
or sent by the same key: it is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive.messages import Reply, Rewrite
from eventlive.model import Outgoing
from tui.board import handle_of
from tui.cells import fit, one_line
from tui.composer import Composer
from tui.drafts import Drafts
from tui.orders import Errand
from tui.piece import Piece
from tui.planned import waits_for_its_time

if TYPE_CHECKING:
    from tui.app import ConsoleApp

GONE = "the engine is gone: the text is kept here"
_SAID = 300
"""Cells of a colleague's words that are shown beside one's own."""


class Rewording:
    """The planned post whose words are changed. `left` is told what the engine has taken."""

    def __init__(
        self, app: ConsoleApp, composer: Composer, drafts: Drafts, left: Callable[[Piece], None]
    ) -> None:
        self._app = app
        self._composer = composer
        self._drafts = drafts
        self._left = left
        self._asked = False

    @property
    def under_way(self) -> bool:
        """Whether the engine was asked to take new words and has not said whether it did."""
        return self._asked

    def hand_over(self) -> bool:
        """Ask the engine to take the new words; False where nothing speaks against sending them."""
        piece, composer = self._composer.piece, self._composer
        if piece is None or not piece.outgoing:
            return False
        board, text = self._app.board, composer.text.strip()
        outgoing = board.outgoing(piece.outgoing)
        if not board.up:
            composer.back_to_writing(GONE)
        elif outgoing is None:
            composer.back_to_writing("the engine has not shown this post: the text is kept here")
        elif waits_for_its_time(outgoing) is not piece.keeps_time:
            piece.keeps_time = not piece.keeps_time
            would = "change its words" if piece.keeps_time else "send it at once"
            stands = "planned" if piece.keeps_time else outgoing.state
            composer.back_to_writing(f"it is {stands} by now: y would {would}")
        elif newer := newer_words(piece, outgoing, text):
            piece.before = outgoing.text  # seen by now: the next y is about these
            composer.back_to_writing(newer)
        elif not piece.keeps_time:
            return False
        elif outgoing.text == text:
            self._taken(piece, "nothing was changed")
        else:
            self._order(piece, outgoing, text)
        return True

    def _order(self, piece: Piece, outgoing: Outgoing, text: str) -> None:
        def answered(reply: Reply) -> None:
            self._asked = False
            if reply.ok:
                self._taken(piece, f"changed, it keeps its time: {handle_of(outgoing)}")
            else:
                self._composer.back_to_writing(f"refused: {reply.reason}")

        order = Rewrite(outgoing.id, outgoing.version, text=text, over=self._composer.over)
        errand = Errand(order, on=outgoing.id, quiet=True, then=answered)
        self._asked = self._app.order(errand)
        if not self._asked:
            self._composer.back_to_writing("it could not be handed over: the text is kept")

    def _taken(self, piece: Piece, words: str) -> None:
        self._drafts.forget(self._composer.draft().key)
        self._drafts.write()
        self._composer.close()
        self._left(piece)
        self._app.say(words)

    def abandoned(self, errands: list[Errand]) -> None:
        """Take in that these orders will have no answer."""
        if self._asked and any(isinstance(one.command, Rewrite) for one in errands):
            self._asked = False
            self._composer.back_to_writing("the engine has not said whether it took this: look")


def newer_words(piece: Piece, outgoing: Outgoing, text: str) -> str:
    """Say what a post has come to say since its new words were begun; "" where that is no news."""
    if not piece.before or outgoing.text in (piece.before, text):
        return ""
    who = f"{outgoing.hand} has changed it" if outgoing.hand else "it was changed"
    says = fit(one_line(outgoing.text), _SAID, pad=False)
    return f"{who} meanwhile, it says now: “{says}”"

"""New words for a post that is planned: it keeps its time, and nothing leaves because of them.

Owns the moment between the operator's "y" and the engine's word on the new words. A post that
stopped waiting while it was written about is never sent by the same key: it is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive.messages import Reply, Rewrite
from eventlive.model import Outgoing
from tui.board import handle_of
from tui.composer import Composer, Piece
from tui.drafts import Drafts
from tui.orders import Errand
from tui.planned import waits_for_its_time

if TYPE_CHECKING:
    from tui.app import ConsoleApp


class Rewording:
    """The planned post whose words are changed. `left` is told what the engine has taken."""

    def __init__(
        self, app: ConsoleApp, composer: Composer, drafts: Drafts, left: Callable[[Piece], None]
    ) -> None:
        self._app = app
        self._composer = composer
        self._drafts = drafts
        self._left = left
        self._opened = ""
        self._asked = False

    @property
    def keeps_its_time(self) -> bool:
        """Whether what is being written is the words of a post that is planned."""
        piece = self._composer.piece
        return piece is not None and bool(piece.outgoing) and piece.outgoing == self._opened

    @property
    def under_way(self) -> bool:
        """Whether the engine was asked to take new words and has not said whether it did."""
        return self._asked

    def opened(self, outgoing: Outgoing | None) -> None:
        """Take in what the composer was opened for."""
        waits = outgoing is not None and waits_for_its_time(outgoing)
        self._opened = outgoing.id if outgoing is not None and waits else ""

    def hand_over(self) -> bool:
        """Ask the engine to take the new words; False where they are of no planned post."""
        piece, composer = self._composer.piece, self._composer
        if piece is None or not self.keeps_its_time:
            return False
        board, text = self._app.board, composer.text.strip()
        outgoing = board.outgoing(piece.outgoing)
        if not board.up or outgoing is None:
            composer.back_to_writing("the engine is gone: the text is kept here")
        elif not waits_for_its_time(outgoing):
            self._opened = ""
            composer.back_to_writing(f"it is {outgoing.state} by now: y would send it at once")
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
        self._opened = ""
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

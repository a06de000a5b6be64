"""What is being written in the composer: for whom it speaks, and what it answers or changes.

Never holds the words themselves: they are the composer's.
"""

from __future__ import annotations

from dataclasses import dataclass

from eventlive.listening.replying import naming
from eventlive.model import Item, Picture
from tui.cells import for_clipboard

DO_NOT_ENGAGE = "do-not-engage"
"""What is set aside to answer somebody whom the house avoids (messages.Write.over)."""


@dataclass(slots=True)
class Piece:
    """What is being written: for whom it speaks and what it answers or changes.

    An answer is a reply on the network; a `plain` one is a post of its own there, one for the
    `wall` goes on the screens; with `pair` question and answer go there, too, once it is out.
    `warning` and `pictures` go out with a post that was prepared; `before` is what the `outgoing`
    said when its new words were begun, and with `keeps_time` they change a post that leaves at a
    time of its own. `engaged` is that whom the house avoids is answered all the same.
    """

    account: str
    item: Item | None = None
    outgoing: str = ""
    plain: bool = False
    wall: bool = False
    warning: str = ""
    pictures: tuple[Picture, ...] = ()
    keeps_time: bool = False
    before: str = ""
    pair: bool = False
    engaged: bool = False

    @property
    def set_aside(self) -> tuple[str, ...]:
        """What the operator sets aside, the rules of the voice not counted."""
        return (DO_NOT_ENGAGE,) if self.engaged else ()

    @property
    def asked(self) -> str:
        """Who is answered, and what they said; foreign text."""
        return f"@{self.item.post.author.handle}: {self.item.post.text}" if self.item else ""

    def is_still(self, text: str) -> bool:
        """Whether a text is what the post of the house said before."""
        return bool(self.before) and text.strip() == for_clipboard(self.before).strip()

    @property
    def naming(self) -> str:
        """The words with which a post of its own begins."""
        return for_clipboard(naming(self.item.post, "")) if self.item else ""

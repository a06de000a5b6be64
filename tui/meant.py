"""What a deciding key means: the post under the cursor, or all that are marked, as painted.

Owns the errand that a deed makes of them, and the words for what was done. Pure; what is asked
before is `questions`'.
"""

from __future__ import annotations

from typing import NamedTuple

from eventlive.messages import AvoidAuthor, Like, Question
from eventlive.model import Item, Thing
from tui.board import handle_of
from tui.orders import AS_EVER, Deed, Errand, Manner, NotHere, command, on_several

_DONE: dict[Deed, str] = {
    "approve": "on the wall",
    "take-off": "off the wall",
    "reject": "rejected: never shown",
    "archive": "archived",
    "reopen": "back in the inbox",
    "snooze": "snoozed for ten minutes",
    "until": "snoozed",
    "claim": "claimed: you deal with it",
    "take-over": "taken over: you deal with it",
    "unclaim": "released",
    "question": "marked as a question",
    "mute": "muted",
    "block": "blocked",
    "avoid": "the house does not engage with",
    "report": "reported, kept as evidence",
    "pin": "stays on the wall",
    "like": "comes again on the screens",
    "discard": "dropped",
    "take-back": "taken back",
    "newer": "one place up",
    "older": "one place down",
}
_DONE_WITH_SEVERAL: dict[Deed, str] = {
    "reject": "rejected",
    "reopen": "reopened",
    "question": "marked as questions",
    "report": "reported",
}


class Meant(NamedTuple):
    """Posts as they were seen at the key press, in their order.

    `marked` are all whose marks it goes by, those that left the queue among them; of these
    `changed` say something else since they were marked. `item` is the post behind a single card.
    """

    things: tuple[Thing, ...]
    marked: tuple[str, ...] = ()
    item: Item | None = None
    changed: int = 0

    @property
    def name(self) -> str:
        """How to name it in a sentence; foreign text, to be cleaned."""
        return handle_of(self.things[0]) if len(self.things) == 1 else f"{len(self.things)} posts"

    def errand(self, deed: Deed, manner: Manner = AS_EVER, done: str = "") -> Errand:
        """The errand of a deed; `done` is what to say in place of the deed's own words.

        Raises NotHere where it makes no sense on any of them.
        """
        if not self.marked:
            order = command(deed, self.things[0], self.item, manner)
            match order:
                case Question(on=False):
                    done = "no question any more"
                case AvoidAuthor(on=False):
                    done = "the house engages again with"
                case Like(on=False):
                    done = "comes no more often than others"
            done = f"{done or _DONE[deed]}: {self.name}"
            return Errand(order, on=self.things[0].id, done=done)
        gone = len(self.marked) - len(self.things) - self.changed
        chosen = on_several(deed, self.things, manner, gone=gone, changed=self.changed)
        if not chosen.commands:
            raise NotHere(chosen.apart)
        word = done or _DONE_WITH_SEVERAL.get(deed) or _DONE[deed]
        match chosen.commands[0]:
            case Question(on=False):
                word = "no questions any more"
            case AvoidAuthor(on=False):
                word = "the house engages again with"
        counted = f"{word}: {len(chosen.commands)}" if " " in word else f"{word} {len(chosen.ids)}"
        said = f"{counted}, {chosen.apart}" if chosen.apart else counted
        if len(chosen.ids) == 1:
            return Errand(chosen.order, on=chosen.ids[0], done=said)
        return Errand(chosen.order, among=chosen.ids, done=said)

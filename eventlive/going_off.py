"""What goes off the screens with a turn of the desk, in words.

Owns the difference between what must be gone (a post taken off, old words, everything at a hold)
and what only makes room for something newer. Pure; counts no screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventlive.desk import State, wall
from eventlive.model import Card, Decision, Scene, Screen, Shown


class Standing:
    """What stands on the screens and could go off them."""

    def __init__(self, state: State) -> None:
        self._take(state)

    def _take(self, state: State) -> None:
        self._cards = dict(state.cards)
        self._dark = {screen.id for screen in state.screens.values() if screen.dark}
        self._held = state.scene.held

    def off(
        self,
        put: Iterable[Shown],
        drop: Iterable[tuple[str, str]],
        state: State,
        decisions: Iterable[Decision],
    ) -> str:
        """Say what a turn takes off, "" where nothing has to be gone; then go by what stands now.

        `state` is the desk's after the turn, `decisions` are what was decided in it.
        """
        held, dark, edited = False, [], []
        for thing in put:
            match thing:
                case Card(id=name) if name in self._cards and name in state.cards:
                    # As the desk has both: on its way to screens a picture's address is another.
                    if _unsays(state.cards[name], self._cards[name]):
                        edited.append(thing)
                case Screen(dark=True) if thing.id not in self._dark:
                    dark.append(thing.id)
                case Scene(held=True):
                    held = not self._held
                case _:
                    pass
        decided = {decision.on for decision in decisions}
        gone = [
            card
            for kind, name in drop
            if kind == "card" and (card := self._cards.get(name)) is not None
            if name in decided or not self._makes_room(card, state)
        ]
        self._take(state)
        return "everything: held" if held else ", ".join(_words(gone, edited, dark))

    def _makes_room(self, card: Card, state: State) -> bool:
        """Say whether a card is gone because newer ones came to a full wall, as `make_room` does.

        Where that cannot be told from a post taken off, it has to be gone.
        """
        item = state.items.get(card.id)
        return (
            len(state.cards) >= state.rules.cards
            and not card.pinned
            and item is not None
            and not wall.barred(item)
            and all(
                other.pinned or other.order > card.order
                for other in state.cards.values()
                if other.id in self._cards
            )
        )


def _unsays(new: Card, old: Card) -> bool:
    """Say whether a card no longer says, or shows, what it did."""
    return (
        new.text != old.text
        or new.warning != old.warning
        or (new.sensitive and not old.sensitive)
        or bool(old.answer and new.answer != old.answer)
        or not {media.url for media in old.media} <= {media.url for media in new.media}
    )


def _words(gone: Sequence[Card], edited: Sequence[Card], dark: Sequence[str]) -> Iterable[str]:
    if gone:
        yield f"a post of {_author(gone[0])}" if len(gone) == 1 else f"{len(gone)} posts"
    if edited:
        whose = _author(edited[0]) if len(edited) == 1 else f"{len(edited)} posts"
        yield f"the old words of {whose}"
    if dark:
        yield f"{dark[0]} is dark" if len(dark) == 1 else f"{len(dark)} screens are dark"


def _author(card: Card) -> str:
    return f"@{card.handle}" if card.handle else card.name

"""What an operator types to narrow a queue down: words, and what is asked of one side of a post.

Owns the grammar of a filter, which `messages.Watch` describes; changes nothing. A filter is read
anew with every key, so what is not said yet ("lang:", a "-" alone) asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from eventlive.desk.state import State
from eventlive.model import Item, Outgoing

WORDS_MAX = 12
"""Words of a filter that a console may ask for: each is looked for in every open post."""

Test = Callable[[State, Item | Outgoing], bool]
_Asked = Callable[[State, Item | Outgoing, str], bool]


class Filter:
    """A filter as it was typed, ready to look at things."""

    def __init__(self, text: str) -> None:
        text = text.strip()
        self._inverse = text.startswith("!")
        self._words: list[str] = []
        self._unwanted: list[str] = []
        self._tests: list[tuple[Test, bool]] = []
        for word in text.removeprefix("!").casefold().split():
            wanted = not word.startswith("-")
            test = _read(word.removeprefix("-"))
            if test is None:
                continue
            if isinstance(test, str):
                (self._words if wanted else self._unwanted).append(test)
            else:
                self._tests.append((test, wanted))

    @property
    def empty(self) -> bool:
        """Whether everything fits."""
        return not self._words and not self._unwanted and not self._tests

    def fits(self, state: State, thing: Item | Outgoing) -> bool:
        """Say whether a thing is one of those that were asked for."""
        if self.empty:
            return True
        return self._all(state, thing) is not self._inverse

    def _all(self, state: State, thing: Item | Outgoing) -> bool:
        for test, wanted in self._tests:
            if test(state, thing) is not wanted:
                return False
        there = words(state, thing)
        # all() and any() take twice as long, for each open post.
        for word in self._words:
            if word not in there:
                return False
        for word in self._unwanted:  # noqa: SIM110 - as above
            if word in there:
                return False
        return True


@lru_cache(64)
def read(text: str) -> Filter:
    """Read a filter; there is none that is wrong, only such that nothing fits."""
    return Filter(text)


def words(state: State, thing: Item | Outgoing) -> str:
    """Give all words of a thing that a filter looks at, folded; kept while it is the same."""
    version, folded = state.folded.get(thing.id, (0, ""))
    if version != thing.version:
        folded = " ".join(_words(thing)).casefold()
        if len(state.folded) > 2 * state.rules.window:
            state.folded.clear()
        state.folded[thing.id] = thing.version, folded
    return folded


def _words(thing: Item | Outgoing) -> tuple[str, ...]:
    if isinstance(thing, Outgoing):
        asks = "needs a second person, not approved" if _waits_for_approval(thing) else ""
        return thing.text, thing.account, thing.who, thing.state, thing.reason, asks
    author = thing.post.author
    said = (thing.post.text, author.handle, author.name, thing.post.network, thing.language)
    return (*said, *thing.flags)


def _waits_for_approval(out: Outgoing) -> bool:
    over = out.state not in ("draft", "queued", "held")
    return out.needs_approval and not out.approved_by and not over


# --- one word -----------------------------------------------------------------------------------


def _read(word: str) -> Test | str | None:
    """Give what a word asks: a test, itself where it is a word like any other, None for nothing."""
    if not word:
        return None
    key, colon, value = word.partition(":")
    if not colon or (key not in _SIDES and key not in _NAMED):
        return word
    if not value:
        return None
    if key in _SIDES:
        asked = _SIDES[key]
        return lambda state, thing: asked(state, thing, value)
    # The names of a kind begin with letters of their own: the first one is enough.
    named = [test for name, test in _NAMED[key].items() if name.startswith(value)]
    return named[0] if named else word


def _in_language(_: State, thing: Item | Outgoing, value: str) -> bool:
    language = thing.language.casefold()
    # No language has a name of one letter: that is the beginning of one.
    return language.partition("-")[0] == value or (len(value) == 1 and language.startswith(value))


def _on_network(state: State, thing: Item | Outgoing, value: str) -> bool:
    if isinstance(thing, Item):
        return thing.post.network.startswith(value)
    house = state.rules.house.get(thing.account)
    return house is not None and house.network.startswith(value)


def _from_author(_: State, thing: Item | Outgoing, value: str) -> bool:
    value = value.removeprefix("@")
    if isinstance(thing, Item):
        return value in thing.post.author.handle.casefold()
    return value in thing.who.casefold() or value in thing.account.casefold()


def _is_answered(state: State, thing: Item | Outgoing) -> bool:
    if isinstance(thing, Outgoing):
        return False
    if thing.shown_answer or thing.question == "answered":
        return True
    out = state.outgoing.get(thing.answer)
    return bool(thing.answer) and (out is None or out.state == "sent")


def _is_reply(_: State, thing: Item | Outgoing) -> bool:
    return thing.post.kind == "reply" if isinstance(thing, Item) else bool(thing.answers)


def _has_picture(_: State, thing: Item | Outgoing) -> bool:
    return bool(thing.post.media if isinstance(thing, Item) else thing.pictures)


def _has_link(_: State, thing: Item | Outgoing) -> bool:
    if isinstance(thing, Outgoing):
        return "://" in thing.text
    return bool(thing.post.links) or "://" in thing.post.text


def _of_item(test: Callable[[Item], object]) -> Test:
    return lambda _, thing: isinstance(thing, Item) and bool(test(thing))


_SIDES: dict[str, _Asked] = {"lang": _in_language, "on": _on_network, "from": _from_author}
_NAMED: dict[str, dict[str, Test]] = {
    "is": {
        "question": _of_item(lambda item: item.question),
        "flagged": _of_item(lambda item: item.flags),
        "person": _of_item(lambda item: item.person),
        "claimed": _of_item(lambda item: item.claim is not None),
        "shown": _of_item(lambda item: item.on_wall),
        "answered": _is_answered,
        "reply": _is_reply,
    },
    "has": {
        "picture": _has_picture,
        "link": _has_link,
        "note": _of_item(lambda item: item.notes),
    },
}

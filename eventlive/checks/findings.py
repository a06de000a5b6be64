"""What a check looks at, and what it finds.

Owns the two shapes, and the search for the nearest right name. Pure: which line of which file it
is, the script's loader knows.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from eventlive.lines import Place
from eventlive.tables import Account, Script

Severity = Literal["error", "warning"]

_WORD_MAX = 60
"""A longer word is nobody's slip of the finger; comparing it takes the square of its length."""
_LISTED = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and the key that says it.

    `words` are a row of a long text, or an entry of a list, as they stand there: where the value
    takes several lines, they tell which one is meant. `first` is where the same stands first.
    """

    place: Place
    message: str
    suggestion: str = ""
    severity: Severity = "error"
    words: str = ""
    first: Place = ()


def _as_it_is(place: Place) -> Place:
    return place


@dataclass(frozen=True, slots=True)
class Proof:
    """A script as it lies before the checks.

    Rows and keys that the tables refuse are not in it: `unread` are the places of those keys in the
    file, which `written` gives for one in the script, and `lost` the tables of which whole rows are
    missing. `ids` are all that stand in a table, those of
    the missing rows too, and `voices` ids, networks and languages of all accounts: one mistake is
    not told twice.
    """

    script: Script
    ids: Mapping[str, frozenset[str]]
    unread: frozenset[Place] = frozenset()
    lost: frozenset[str] = frozenset()
    voices: frozenset[str] = frozenset()
    written: Callable[[Place], Place] = _as_it_is

    def knows(self, table: str, name: str) -> bool:
        """Tell whether a table has a row of this id, or may have one that could not be read."""
        return name in self.ids.get(table, ()) or (table,) in self.unread

    @property
    def accounts(self) -> dict[str, Account]:
        """Give the accounts by id, the first of each."""
        return {account.id: account for account in reversed(self.script.accounts)}

    def told(self, place: Place) -> bool:
        """Tell whether something is known to be wrong with a place of the script already."""
        there = self.written(place)
        return any(there[: len(one)] == one for one in self.unread)

    def doubtful(self, table: str, keys: Collection[str]) -> bool:
        """Tell whether some row of a table, or one of these keys in it, could not be read."""
        return any(
            place[0] == table and (len(place) < 3 or place[2] in keys) for place in self.unread
        )


def nearest(word: str, known: Collection[str]) -> str:
    """Give the known word that is nearest to one, "" where none is near."""
    if len(word) > _WORD_MAX:
        return ""
    near = difflib.get_close_matches(word, known, 1, 0.5)
    return near[0] if near else ""


def proposal(word: str, known: Collection[str], what: str) -> str:
    """Propose the nearest known word, or name those there are."""
    if near := nearest(word, known):
        return f"did you mean {near!r}?"
    if not known:
        return f"there are no {what}"
    names = sorted(known)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{what}: {', '.join(names[:_LISTED])}{more}"


def unknown(
    proof: Proof, place: Place, name: str, table: str, what: str, *, words: str = ""
) -> Iterator[Finding]:
    """Find a name that no row of a table has; `what` is one such row in a word."""
    if not proof.knows(table, name):
        listed = proposal(name, proof.ids.get(table, frozenset()), table)
        yield Finding(place, f"there is no {what} {name!r}", listed, words=words)


def row_of(text: str, at: int) -> str:
    """Give the row of a text in which a place stands."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : len(text) if end < 0 else end].strip()

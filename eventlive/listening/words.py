"""Words: which of a list of words stand in a text, as words.

Owns the search of thousands of words at once (Aho-Corasick: its cost hardly grows with the list)
and the edges that such a search does not know: "Scunthorpe" is a town. Never decides what a word
means. No look-alikes from other alphabets and no digits for letters; letters in disguise (full
width, mathematical) and invisible characters within a word are seen through (`characters.fold`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from eventlive.listening.characters import NO_WORD_SPACES, fold

_NO_EDGE = re.compile(f"[{NO_WORD_SPACES}]")
_SMALL = 5_000
"""Words up to which the fastest automaton is worth its memory."""


def as_listed(word: str) -> str:
    """Return an entry as lists compare it, "" for one of spaces or stars alone."""
    bare = " ".join(fold(word).split())
    stem = bare.strip("*").strip()
    if not stem:
        return ""
    return f"{'*' * bare.startswith('*')}{stem}{'*' * bare.endswith('*')}"


class WordList:
    """Words and phrases to be found in texts, each as a whole word, whatever its case.

    A `*` at an entry's end or beginning leaves that edge open, for languages that compound and
    decline: "syrj*" finds "syrjintää", "*beleidigung" finds "Massenbeleidigung". Where a script
    writes no spaces between words, an edge is open by itself. Entries of spaces or stars alone are
    left out.
    """

    __slots__ = ("_automaton", "_entries", "_has_phrases")

    def __init__(self, words: Iterable[str]) -> None:
        entries: dict[tuple[str, bool, bool], str] = {}
        for word in words:
            entry = as_listed(word)
            if entry:
                open_start, open_end = entry.startswith("*"), entry.endswith("*")
                entries.setdefault((entry.strip("*"), open_start, open_end), word)
        self._entries = [(word, *key) for key, word in entries.items()]
        self._has_phrases = any(" " in stem for _, stem, _, _ in self._entries)
        self._automaton = (
            AhoCorasick(
                [stem for _, stem, _, _ in self._entries],
                matchkind=MatchKind.Standard,
                implementation=(
                    Implementation.DFA
                    if len(self._entries) <= _SMALL
                    else Implementation.ContiguousNFA
                ),
            )
            if self._entries
            else None
        )

    def __bool__(self) -> bool:
        return self._automaton is not None

    def find(self, text: str) -> list[str]:
        """Return the entries that stand in the text, as the list spells them, each once."""
        return self.find_folded(fold(text))

    def find_folded(self, text: str) -> list[str]:
        """Do what `find` does for a text that went through `characters.fold` already."""
        if self._automaton is None:
            return []
        if self._has_phrases and ("\n" in text or "  " in text or "\xa0" in text):
            text = " ".join(text.split())
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return []
        found: dict[str, None] = {}
        for index, start, end in matches:
            word, _, open_start, open_end = self._entries[index]
            if (
                word not in found
                and (open_start or _is_edge(text, start))
                and (open_end or _is_edge(text, end))
            ):
                found[word] = None
        return list(found)


def _is_edge(text: str, place: int) -> bool:
    """Tell whether a word may begin or end at this place; an underscore divides words."""
    if place == 0 or place == len(text):
        return True
    before, after = text[place - 1], text[place]
    if before < "\x80" and after < "\x80":
        return not (before.isalnum() and after.isalnum())
    if not (_is_of_word(before) and _is_of_word(after)):
        return True
    return _NO_EDGE.match(before) is not None or _NO_EDGE.match(after) is not None


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"

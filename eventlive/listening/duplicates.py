"""Copies: whether a text was seen before, give or take what people change in passing.

Owns the fingerprint of a text and a bounded memory of fingerprints. Caught: other case, spacing,
punctuation or emoji; other links, handles and tags; "RT @x:" before and "via @x" behind; any other
words after the first 80 letters (a comment, a cut with "…"). Not caught: words put before a copy,
words changed within it, other endings of a short text, translations. MinHash finds some of those
for six times what all of this costs; a person sees them anyway.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from eventlive.listening.characters import NAMES, fold, replace_links

MIN_LETTERS = 12
MIN_WORDS = 3
MANY_LETTERS = 25
"""A text of fewer words is long enough all the same, as in Thai or Chinese."""
HEAD = 80
"""Letters that decide; two people seldom begin with the same twelve words by chance."""

LONGEST = 1_500
"""Characters that are looked at: the 80 letters, and the handles that may stand before them."""

_NOT_LETTERS = bytes(point for point in range(128) if not chr(point).isalnum())
_NOT_LATIN_LETTERS = bytes(point for point in range(256) if not chr(point).isalnum())
# Signs and pictures above ASCII: what is no letter of any script, said as what it is not, because
# a search is fastest where its first range takes nearly everything.
_SIGNS = re.compile(
    "[^\x00-\x7f\xc0-\xd6\xd8-\xf6\xf8-\u02c1\u02e0-\u1fff\u2c00-\u2fff\u3005-\u3007\u3021-\u302f"
    "\u3031-\u303c\u3040-\ufe0d\ufe10-\ufe2f\ufe50-\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
    "\uff66-\uffff\U00010000-\U0001efff\U0001fc00-\U000e001f\U000e0080-\U0010ffff\xaa\xb5\xba]+"
)


def fingerprint(text: str) -> str:
    """Return what two copies of a text have in common, "" for a text too short to be a copy.

    People say "Great talk!" without copying anybody: below 12 letters, or below three words where
    they are not long, there is no copy.
    """
    return fingerprint_folded(fold(text))


def fingerprint_folded(text: str) -> str:
    """Do what `fingerprint` does for a text that went through `characters.fold` already."""
    if len(text) > LONGEST:
        text = text[:LONGEST]
    text = replace_links(text, " ")
    named = "@" in text
    if named or "#" in text or "＃" in text:
        text = NAMES.sub(" ", text)
    try:
        letters = text.encode("latin-1").translate(None, _NOT_LATIN_LETTERS).decode("latin-1")
    except UnicodeEncodeError:
        raw = _SIGNS.sub("", text).encode("utf-8", "replace").translate(None, _NOT_LETTERS)
        letters = raw.decode("utf-8")
    if named:
        letters = letters.removeprefix("rt").removesuffix("via")
    count = len(letters)
    if count < MANY_LETTERS and (count < MIN_LETTERS or len(text.split()) < MIN_WORDS):
        return ""
    return letters[:HEAD]


class Recent:
    """Remembers the last `capacity` different texts, and whose each was first.

    A text that is copied again stays; the one that nobody repeated for longest goes. About 300
    bytes each.
    """

    __slots__ = ("_capacity", "_first")

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a memory of copies must hold one text at least")
        self._capacity = capacity
        # A plain dict finds its oldest only past all the places that deleted ones left.
        self._first: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._first)

    def first(self, fingerprint: str, key: str) -> str:
        """Return the key of the first post with this text and remember it; "" if `key` is that.

        An empty fingerprint has no first and is not remembered.
        """
        if not fingerprint:
            return ""
        first = self._first.setdefault(fingerprint, key)
        self._first.move_to_end(fingerprint)
        if len(self._first) > self._capacity:
            self._first.popitem(last=False)
        return "" if first == key else first

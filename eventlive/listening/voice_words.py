"""Words of a text that is ours to answer for: what is quoted, linked or a name is taken out.

Owns the cutting into words, each with its place and what stands before it, for the files that
look for one person speaking. Places are code points of the text as given, always. Never judges.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from eventlive.listening.entities import links
from eventlive.listening.voice_quotations import quotations

NAME, QUOTED = "\ue000", "\ue001"
"""What fills the place of a link, a handle or a tag; and of a quotation."""

_NAMED = r"[\w+-]++(?:\.[\w+-]++)*+"
_ADDRESS = re.compile(
    # Handles, tags, mail addresses, links of any protocol, without the full stop behind them.
    rf"(?<![\w.+-])(?:{_NAMED})?@{_NAMED}(?:@{_NAMED})?|[#＃$]{_NAMED}|(?<!\w)\w++://\S*\w"
    # Variables, which are filled in before anybody reads them.
    r"|\{[\w-]++(?:\.[\w-]++)++\}"
    # I/O, EN/FI, Monza (MI), /usr/bin.
    r"|\b[A-Z]/[A-Z]\b|\b[A-Z]{2}(?:/[A-Z]{2})+\b|(?<=\()[A-Z]{2}(?=\))|(?<![\w/])/\w++/\S++"
)
_LETTER = r"[^\W_]"
_WORD = re.compile(
    rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u00ad])*+"
    rf"(?:['’‘`´\-\u2010\u2011]{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u00ad])*+)*+"
    # Italians type è as e'.
    r"(?:(?<=[aeiouAEIOU])['’](?!\w))?"
)
_STOP = re.compile(r"[^\s,'\"’`´/&%+*\-\ue000]|(?:^|\s)-+(?=\s|$)|\n")
_LONGEST = 60
"""Letters of a word that is looked at; what is longer is nobody's."""
_PLAIN = {ord(mark): "'" for mark in "’‘`´"} | {ord("\u00ad"): None, 0x2010: "-", 0x2011: "-"}


class Word(NamedTuple):
    """One word: `low` is in lower case with plain apostrophes; `gap` is what stands before it.

    In a gap quotations are QUOTED and links, handles and tags are NAME. `first` says that a
    sentence or a clause of its own begins here.
    """

    start: int
    end: int
    text: str
    low: str
    gap: str
    first: bool


class Hit(NamedTuple):
    """Where one person speaks, and what stands there when all of us do.

    Not `sure` are forms that read so only because nothing else fits their place.
    """

    start: int
    end: int
    instead: str
    sure: bool = True


END = Word(0, 0, "", "", "\n", True)
"""What stands beyond either end of a text."""


@lru_cache(maxsize=4)
def words(text: str, *, quoted: bool = False) -> tuple[Word, ...]:
    """Return the words outside of links, handles and tags, and of quotations if not `quoted`."""
    shown = masked(text, quotes=not quoted)
    found: list[Word] = []
    place = 0
    for match in _WORD.finditer(shown):
        start, end = match.span()
        if end - start <= _LONGEST:
            gap = shown[place:start]
            first = not found or _STOP.search(gap) is not None
            word = match.group()
            found.append(Word(start, end, word, lower(word), gap, first))
            place = end
    return tuple(found)


def masked(text: str, *, quotes: bool = True) -> str:
    """Return the text with what is not its own voice filled out, as long as before."""
    spans = [(start, end, QUOTED) for start, end in quotations(text)] if quotes else []
    spans += [(match.start(), match.end(), NAME) for match in _ADDRESS.finditer(text)]
    spans += [(link.start, link.end, NAME) for link in links(text)]
    if not spans:
        return text
    parts: list[str] = []
    place = 0
    for start, end, fill in sorted(spans):
        if end > place:
            start = max(start, place)
            parts += (text[place:start], fill * (end - start))
            place = end
    parts.append(text[place:])
    return "".join(parts)


def lower(word: str) -> str:
    """Return a word as the lists of a language spell it."""
    if word.isascii():
        return word.lower().replace("`", "'").rstrip("'")
    return unicodedata.normalize("NFC", word.translate(_PLAIN)).lower().rstrip("'")

"""Language: in which language a post is written, as a code of two or three letters.

Owns what becomes of the networks' own codes, and when to look at the text instead. A network's
word is taken as it is: looking costs 25 µs, and is worth it only where nobody said anything.
"""

from __future__ import annotations

from functools import lru_cache

import pycld2

from eventlive.listening.characters import NAMES, replace_links
from eventlive.model import Post

LETTERS = 20
"""Letters that a text must have to be looked at; below, the guess is a coin's."""
ENOUGH = 4_000
"""Characters that are looked at, at most."""

# Codes that say the same: two written standards of one language, retired codes, three letters.
_SAME = {
    "nb": "no",
    "nn": "no",
    "nob": "no",
    "nno": "no",
    "nor": "no",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
    "mo": "ro",
    "cmn": "zh",
    "fil": "tl",
    "eng": "en",
    "fin": "fi",
    "deu": "de",
    "ger": "de",
    "spa": "es",
    "ita": "it",
    "swe": "sv",
    "dan": "da",
    "fra": "fr",
    "fre": "fr",
    "nld": "nl",
    "dut": "nl",
    "por": "pt",
}
# No language, several, unknown; X also has its own for tags, mentions, links and media alone,
# and CLD2 jokes that begin with zz.
_NONE = frozenset(
    {"und", "zxx", "mul", "mis", "un", "xx", "art", "qam", "qct", "qht", "qme", "qst"}
)


def language_of(post: Post) -> str:
    """Return the language of a post as the first part of a BCP 47 tag, "" where nobody can say.

    The network's own word first; the text only where that is missing. Norwegian is "no" in both
    its written standards.
    """
    if post.language:
        said = code_of(post.language)
        if said:
            return said
    return language_of_text(post.text)


@lru_cache(maxsize=1024)
def code_of(tag: str) -> str:
    """Return the plain code of a language tag: en-GB and EN are "en", nb is "no", und is ""."""
    first = tag.strip().replace("_", "-").partition("-")[0].lower()
    if (
        not (first.isascii() and first.isalpha() and 2 <= len(first) <= 3)
        or first in _NONE
        or first.startswith("zz")
    ):
        return ""
    return _SAME.get(first, first)


def language_of_text(text: str) -> str:
    """Return the language that a text is written in, "" for a short or a doubtful one."""
    if len(text) < LETTERS:
        return ""
    text = text[:ENOUGH]
    text = replace_links(text, " ")
    if "@" in text or "#" in text:
        text = NAMES.sub(" ", text)
    if len(text) < LETTERS or sum(map(str.isalpha, text)) < LETTERS:
        return ""
    try:
        reliable, _, found = pycld2.detect(text)
    except (pycld2.error, UnicodeEncodeError):
        # Characters that `clean` would have taken away.
        return ""
    return code_of(found[0][1]) if reliable else ""

"""Facets: the mentions, links, tags and cashtags of a post on Bluesky, in UTF-8 bytes.

Owns what the network's own application finds in a text before it posts it, for the server adds
nothing by itself. Beyond that application, domains may hold hyphens and links drop all punctuation
behind them. Never resolves a handle: that, and dropping mentions of nobody, is the outlet's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

from eventlive.listening.domains import is_domain

Kind = Literal["mention", "link", "tag", "cashtag"]


class Facet(NamedTuple):
    """What stands from byte `start` to byte `end` of the text in UTF-8.

    `value` is a handle without @, an address with its protocol, a tag without #, or a cashtag in
    capitals with its $ (which the network knows as a tag of that name).
    """

    start: int
    end: int
    kind: Kind
    value: str


_SPACES = "\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space as JavaScript has it, because that is what the network's own application asks."""
_OPEN = rf"(?<![^{_SPACES}(])"
_MENTION = re.compile(rf"{_OPEN}@([a-zA-Z0-9.-]+\b)", re.ASCII)
_LABEL = "[a-z0-9]++(?:-++[a-z0-9]++)*+"
_LINK = re.compile(
    rf"{_OPEN}(?:https?://[^/{_SPACES}]|(?![0-9])({_LABEL}(?:\.{_LABEL})++))[^{_SPACES}]*+",
    re.IGNORECASE | re.ASCII,
)
_LOOSE = ".,;:!?…\"'”“’»«"
"""Signs that a link never ends with."""
_TAG = re.compile(rf"(?<![^{_SPACES}])[#＃](?!\ufe0f)([^{_SPACES}\xad\u2060\u200a-\u200d\u20e2]++)")
_TAG_MAX = 64
"""In UTF-16 code units, as that application counts."""
_CASHTAG = re.compile(
    rf"{_OPEN}\$([a-z][a-z0-9]{{0,4}}+)(?![^{_SPACES}.,;:!?)\"'\u2019])", re.IGNORECASE | re.ASCII
)


def facets(text: str) -> tuple[Facet, ...]:
    """Return the facets of a text in order, none of which overlaps another."""
    offsets = _ByteOffsets(text)
    found: list[Facet] = []
    done = 0
    for start, end, kind, value in sorted(
        (*_mentions(text), *_links(text), *_tags(text), *_cashtags(text))
    ):
        if start >= done:
            found.append(Facet(offsets.at(start), offsets.at(end), kind, value))
            done = end
    return tuple(found)


# What follows finds them in code points.


def _mentions(text: str) -> Iterator[Facet]:
    for match in _MENTION.finditer(text):
        handle = match[1]
        # ".test" is for servers on a developer's own machine.
        if is_domain(handle) or handle.endswith(".test"):
            yield Facet(*match.span(), "mention", handle)


def _links(text: str) -> Iterator[Facet]:
    for match in _LINK.finditer(text):
        if match[1] and not is_domain(match[1]):
            continue
        link = match.group().rstrip(_LOOSE)
        if link.endswith(")") and "(" not in link:
            link = link[:-1].rstrip(_LOOSE)
        if not link.endswith("://"):
            address = f"https://{link}" if match[1] else link
            yield Facet(match.start(), match.start() + len(link), "link", address)


def _tags(text: str) -> Iterator[Facet]:
    for match in _TAG.finditer(text):
        tag = match[1]
        kept = len(tag)
        while kept and _is_punctuation(tag[kept - 1]):
            kept -= 1
        tag = tag[:kept]
        length = len(tag.encode("utf-16-le", "surrogatepass")) // 2
        # Digits and punctuation alone are a number.
        if length <= _TAG_MAX and not all(c in "0123456789" or _is_punctuation(c) for c in tag):
            yield Facet(match.start(), match.start() + 1 + len(tag), "tag", tag)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P"


def _cashtags(text: str) -> Iterator[Facet]:
    for match in _CASHTAG.finditer(text):
        yield Facet(*match.span(), "cashtag", f"${match[1].upper()}")


class _ByteOffsets:
    """Turns places in a text into places in its UTF-8; each must be behind the one before."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._bytes = 0

    def at(self, place: int) -> int:
        self._bytes += len(self._text[self._place : place].encode("utf-8", "surrogatepass"))
        self._place = place
        return self._bytes

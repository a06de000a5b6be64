"""Splitting: a text too long for one post becomes a thread that reads well.

Owns where a text may be cut, and which of those places is best: between paragraphs, then lines,
sentences, clauses, words; never within a link, a mention, a tag or a grapheme. Loses nothing but
white space. How long a part is, `length` knows.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from enum import IntEnum
from itertools import chain
from typing import NamedTuple

from wcwidth import iter_graphemes

from eventlive.listening.characters import NO_WORD_SPACES
from eventlive.listening.entities import links, links_of_mastodon
from eventlive.listening.length import measure

_FULL_ENOUGH = 3
"""A better cut is worth it where the part before it uses one of so many parts of the limit at
least: "Hello!" alone is no post."""


class _Kind(IntEnum):
    WORD = 1
    CLAUSE = 2
    SENTENCE = 3
    LINE = 4
    PARAGRAPH = 5


class _Cut(NamedTuple):
    """Where one part may end and the next begin; what lies between is white space."""

    end: int
    start: int
    kind: _Kind


class _Room(NamedTuple):
    """What each part has to fit into."""

    network: str
    limit: int
    reserve: int
    ending: str = ""

    def holds(self, part: str) -> bool:
        used, limit, _ = measure(part + self.ending, self.network, self.limit)
        return not limit or used + self.reserve <= limit

    def is_well_filled_by(self, part: str) -> bool:
        used, limit, _ = measure(part, self.network, self.limit)
        return used * _FULL_ENOUGH >= limit


def split(
    text: str, network: str, limit: int = 0, *, reserve: int = 0, numbered: bool = False
) -> tuple[str, ...]:
    """Return the posts of a thread that says the text: one, where it fits in one.

    `network` and `limit` as `length.measure` has them; `reserve` of the limit is kept free in every
    part. With `numbered`, the parts of a thread end in " (1/3)". Raises ValueError, naming it,
    where something that must not be cut is too long for a part.
    """
    text = text.strip()
    room = _Room(network, limit, reserve)
    if room.holds(text):
        return (text,)
    cuts = list(_cuts(text))
    if not numbered:
        return tuple(_parts(text, cuts, room))
    most = 9
    while True:
        room = room._replace(ending=f" ({most}/{most})")
        parts = list(_parts(text, cuts, room))
        if len(parts) <= most:
            return tuple(f"{part} ({n}/{len(parts)})" for n, part in enumerate(parts, 1))
        most = most * 10 + 9


def _parts(text: str, cuts: list[_Cut], room: _Room) -> Iterator[str]:
    start = first = 0
    while first < len(cuts):
        last = _last_that_fits(text, start, cuts, first, room)
        chosen = _best(text, start, cuts, range(first, last + 1), room)
        yield text[start : cuts[chosen].end]
        start, first = cuts[chosen].start, chosen + 1


def _last_that_fits(text: str, start: int, cuts: list[_Cut], first: int, room: _Room) -> int:
    def is_too_long(index: int) -> bool:
        return not room.holds(text[start : cuts[index].end])

    if is_too_long(first):
        whole = text[start : cuts[first].end]
        named = whole if len(whole) <= 40 else f"{whole[:40]}…"
        raise ValueError(f"“{named}” is too long for one post and cannot be cut")
    # In strides that double, so that a long text is not measured whole for each of its parts.
    stride = 1
    while first + stride < len(cuts) and not is_too_long(first + stride):
        stride *= 2
    ahead = range(first + stride // 2, min(first + stride, len(cuts)))
    return ahead.start + bisect_left(ahead, True, key=is_too_long) - 1


def _best(text: str, start: int, cuts: list[_Cut], fitting: range, room: _Room) -> int:
    """Return the furthest of the best kind of cut that makes a part worth a post."""
    last = fitting[-1]
    if last == len(cuts) - 1:
        return last
    furthest = {cuts[index].kind: index for index in fitting}
    for kind in sorted(furthest, reverse=True):
        if room.is_well_filled_by(text[start : cuts[furthest[kind]].end]):
            return furthest[kind]
    return last


# --- where a text may be cut ------------------------------------------------------------------

# But for the spaces that are there so that nothing is cut.
_GAP = re.compile(r"(?:(?![\xa0\u2007\u202f])\s)++")


def _cuts(text: str) -> Iterator[_Cut]:
    """Yield where the text may be cut, in order, the last at its end."""
    place = 0
    for gap in _GAP.finditer(text):
        # A mark may sit on a space, and hold it.
        if _is_edge(text, gap.start()) and _is_edge(text, gap.end()):
            yield from _cuts_within(text[place : gap.start()], place)
            yield _Cut(*gap.span(), _kind(text[place : gap.start()], gap.group(), text[gap.end()]))
            place = gap.end()
    yield from _cuts_within(text[place:], place)
    yield _Cut(len(text), len(text), _Kind.PARAGRAPH)


def _is_edge(text: str, place: int) -> bool:
    return len(list(iter_graphemes(text[place - 1 : place + 1]))) > 1


_CLOSING = "\"'”’“‘»«›‹)]}*_"
# What a dot may stand behind without ending a sentence: initials and what is short of several words
# ("z. B.", "d.h.", "e.g."), the 3. and the 12.; and, to be looked up, a word.
_SHORT = re.compile(r"(?:\b[^\W\d_]|(?<!\d)\d{1,2}|([^\W\d_]{2,}))\.\Z")
_ABBREVIATIONS = frozenset(
    """
    approx apr aug co dec dept dr est etc feb fig fri inc jan jr jul jun ltd mar mon mr mrs ms no
    nov oct prof sat sep sept sr st sun thu tue vol vs wed
    abs abt bd bzw ca evtl exkl fr frl geb gest ggf hr hrsg inkl jh max min mio mrd nr sog std str
    tel usw vgl bspw zb dh ua
    eaa esim jne klo ks mm mrt nro os puh toim tri vrt ym yms
    bl dvs eks ev evt iht ift ingen jfr kl kr mht mill mvh osv pga tlf
    aprox art av avda cap dra ee ej lic núm pág págs sra srta ud uds uu
    avv cit dott ecc ing op pag pagg sig sigg
    """.split()
)
"""English, German, Finnish, Norwegian, Spanish and Italian, in lower case and without the dot."""


def _kind(word: str, gap: str, follows: str) -> _Kind:
    newlines = gap.count("\n")
    if newlines:
        return _Kind.PARAGRAPH if newlines > 1 else _Kind.LINE
    bare = word.rstrip(_CLOSING)
    if bare.endswith((".", "!", "?", "…")) and not follows.islower():
        short = _SHORT.search(bare[-20:])
        if not short or (short[1] and short[1].lower() not in _ABBREVIATIONS):
            return _Kind.SENTENCE
    if bare.endswith((",", ";", ":", "–", "—")) or follows in "(–—":
        return _Kind.CLAUSE
    return _Kind.WORD


# --- scripts without spaces -------------------------------------------------------------------

_UNSPACED = re.compile(f"[{NO_WORD_SPACES}！-｠]")
_TAG_SIGNS = re.compile("[#＃@＠$]")
_SENTENCE_ENDS = "。！？｡"
_CLAUSE_ENDS = "、，；："
_NEVER_FIRST = re.compile(
    "[、。〃々〉》」』】〕〗〙〛〜〞〟！），．：；？］｝～｠-･ー゛-ゞ゠・-ヿぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ]"
)
_NEVER_LAST = "〈《「『【〔〖〘〚〝（［｛｟｢"


def _cuts_within(word: str, place: int) -> Iterator[_Cut]:
    """Yield the cuts between characters of scripts that put no spaces between words.

    None behind a link or a tag: what stands there without a space may be a part of it.
    """
    if not _UNSPACED.search(word):
        return
    starts = [link.start for link in chain(links(word), links_of_mastodon(word))]
    if sign := _TAG_SIGNS.search(word):
        starts.append(sign.start())
    before, at = "", 0
    for cluster in iter_graphemes(word[: min(starts, default=len(word))]):
        if (
            before
            and _UNSPACED.match(before)
            and _UNSPACED.match(cluster)
            and before[0] not in _NEVER_LAST
            and not _NEVER_FIRST.match(cluster)
        ):
            kind = _Kind.WORD
            if before[0] in _SENTENCE_ENDS:
                kind = _Kind.SENTENCE
            elif before[0] in _CLAUSE_ENDS:
                kind = _Kind.CLAUSE
            yield _Cut(place + at, place + at, kind)
        before, at = cluster, at + len(cluster)

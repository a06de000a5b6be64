"""English: where one person speaks, and how it reads when all of us do.

Owns the pronouns, their contractions, and what only looks like them: numerals ("Charles I",
"Part I"), initials, enumerations, "I/O", a coal mine, titles ("Call Me Maybe").
"""

from __future__ import annotations

from collections.abc import Iterator

from eventlive.listening.voice_words import END, Hit, Word

WE = "we"

_INSTEAD = {
    "i": "we",
    "i'm": "we're",
    "im": "we're",
    "i'am": "we're",
    "i've": "we've",
    "ive": "we've",
    "i'd": "we'd",
    "i'll": "we'll",
    "i'd've": "we'd've",
    "i'ma": "we're gonna",
    "ima": "we're gonna",
    "imma": "we're gonna",
    "me": "us",
    "my": "our",
    "mine": "ours",
    "myself": "ourselves",
}
_TYPED_IN_HASTE = frozenset({"im", "ive", "ima", "imma"})

# A numeral follows them: rulers and what is counted in Roman figures.
_COUNTED = frozenset(
    """
    act annex appendix article block book category chapter class division episode factor figure
    grade group level line mark model module part phase region round schedule section series stage
    step table tier title type unit vol volume war zone albert alexander alfonso anne basil benedict
    boris carl catherine charles christian constantine cyrus darius edward elizabeth ferdinand
    francis francois franz frederick friedrich george gustav haakon harald henry isabella ivan james
    joan john julius juan karl king leo leopold louis ludwig manuel maria mary matthew maximilian
    michael napoleon nicholas oscar otto paul pedro peter philip pius pope queen ramses richard
    rudolf seti sigismund stephen theodore umberto victor vittorio wenceslas wilhelm william
    """.split()
)
_SPOKEN = frozenset(
    """
    am can can't do don't guess have haven't hope know like love need really see think want wish
    wonder would
    """.split()
)
"""What no ruler and no chapter does."""
_ORES = frozenset(
    """
    a an the this that each every one coal copper diamond gold iron land naval salt silver tin
    uranium data abandoned disused underground open
    """.split()
)
_OF_A_MINE = frozenset(
    "accident explosion field fields owner owners shaft site worker workers".split()
)


def first_person(found: tuple[Word, ...]) -> Iterator[Hit]:
    """Yield where one person speaks, with what all of us would say there."""
    shouted = _is_shouted(found)
    for place, word in enumerate(found):
        instead = _INSTEAD.get(word.low)
        if instead is None:
            if word.low != "am":
                continue
            instead = "we are"
        before = found[place - 1] if place else END
        after = found[place + 1] if place + 1 < len(found) else END
        if word.low == "i":
            if _is_numeral(word, before, after):
                continue
        elif word.low == "am":
            # "Am at the venue"; neither "Am I", which has its own, nor the morning.
            if not word.first or word.text == "AM" or after.low in ("i", ""):
                continue
        elif word.low in _TYPED_IN_HASTE:
            if word.text.isupper() and not shouted:
                continue
        elif word.low == "mine":
            if before.low in _ORES or after.low in _OF_A_MINE:
                continue
        elif not shouted and _is_in_a_title(word, before, after):
            continue
        yield Hit(word.start, word.end, instead)


def _is_shouted(found: tuple[Word, ...]) -> bool:
    """Tell whether capitals say nothing here, because nearly all is in capitals."""
    return sum(word.text.isupper() for word in found) * 2 > len(found)


def _is_numeral(word: Word, before: Word, after: Word) -> bool:
    if before.low in _COUNTED and word.gap == " " and word.text == "I":
        # "Part I was short"; but "the part I liked".
        return after.low not in _SPOKEN if before.text[0].isupper() else after.gap != " "
    # "I." and "I)" before a heading, the initial of a name, i.e., "I & II".
    if after is END or after.gap[:1] not in (".", ")", "&"):
        return False
    return word.first or after.gap in (".", "&") or (before.text[:1].isupper() and not before.first)


def _is_in_a_title(word: Word, before: Word, after: Word) -> bool:
    """Tell whether it is written as names are: capitals on it and beside it, or ME for a place."""
    if word.first or not word.text[0].isupper():
        return False
    if len(word.text) == 2 and word.text == "ME":
        return True
    return (
        before.text[:1].isupper()
        and before.low != "i"
        and word.gap == " "
        and after.gap == " "
        and after.text[:1].isupper()
    )

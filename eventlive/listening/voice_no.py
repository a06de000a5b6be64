"""Norwegian, both written standards: where one person speaks, and how all of us would say it.

Owns the pronouns and possessives, and what only looks like them: minutes ("15 min") and names.
"I" is a preposition here, and never a person.
"""

from __future__ import annotations

from collections.abc import Iterator

from eventlive.listening.voice_words import END, Hit, Word

WE = "vi"

_INSTEAD = {
    "jeg": "vi",
    "eg": "vi",
    "æ": "vi",
    "meg": "oss",
    "mæ": "oss",
    "min": "vår",
    "mi": "vår",
    "mitt": "vårt",
    "mine": "våre",
}

_BEFORE_A_NOUN = frozenset("den denne din en ett god hans hennes ond sin sur".split())
"""Behind these "mine" is a look, or a weapon."""


def first_person(found: tuple[Word, ...]) -> Iterator[Hit]:
    """Yield where one person speaks, with what all of us would say there."""
    for place, word in enumerate(found):
        instead = _INSTEAD.get(word.low)
        if instead is None:
            continue
        before = found[place - 1] if place else END
        after = found[place + 1] if place + 1 < len(found) else END
        if word.low == "min" and _is_minutes(before, after):
            continue
        if word.low == "mine" and before.low in _BEFORE_A_NOUN and word.gap == " ":
            continue
        if word.low[0] == "m" and word.text.istitle() and not word.first:
            # No grammar gives it that capital: "Min kamp", "Mi Band".
            continue
        yield Hit(word.start, word.end, instead)


def _is_minutes(before: Word, after: Word) -> bool:
    return before.text[-1:].isdecimal() or (
        after.gap[:1] == "." and after is not END and not after.text[:1].isupper()
    )

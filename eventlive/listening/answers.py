"""Answers: which prepared answers are offered for a question, best first.

Owns how a keyword is found in its many forms, and what one weighs. Never answers anybody: a person
chooses. Forms come from endings and not from a dictionary, so a few words that only begin alike are
taken for one another; that costs a place in a list of three.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from math import log
from typing import NamedTuple, Protocol, TypeVar

from eventlive.listening.characters import fold, replace_links
from eventlive.listening.language import code_of


class AnswerLike(Protocol):
    """What is needed of a prepared answer."""

    @property
    def language(self) -> str: ...
    @property
    def keywords(self) -> Sequence[str]: ...
    @property
    def text(self) -> str: ...
    @property
    def valid_until(self) -> datetime | None: ...


A = TypeVar("A", bound=AnswerLike)

SHORTEST = 4
"""Letters that a keyword must have to be found in a longer word that is no form of it."""
BY_FORM, INSIDE, BY_TEXT = 0.8, 0.6, 0.1
"""What a word counts by another form of it, inside a compound, or in an answer's own text."""

_COMPOUNDING = frozenset(("de", "fi", "no", "sv", "da", "nl"))
# Accents left out, longest first: the first that fits is taken off.
_ENDINGS = {
    "en": ("ing", "ed", "es", "s", "y"),
    "fi": ("nen", "set", "ssa", "sta", "lla", "t", "n", "a", "i", "o", "u", "y", "e", "s"),
    "de": ("ung", "en", "er", "es", "um", "e", "n", "s"),
    "no": ("ene", "er", "en", "et", "e", "r"),
    "es": ("acion", "es", "ar", "er", "ir", "os", "as", "s", "o", "a", "e"),
    "it": ("azione", "are", "ere", "ire", "io", "o", "a", "e", "i"),
}
_LONGEST_ENDING = 6
_LONGEST = 60
# A stem's last consonants in Finnish, strong and weak: lippu, lipun; katu, kadun.
_WEAK = dict(
    pair.split(">") for pair in "kk>k pp>p tt>t nk>ng nt>nn mp>mm lt>ll rt>rr t>d p>v k>".split()
)
_GRADED = re.compile(rf"(.*[aeiouy].*?)({'|'.join(_WEAK)})([aeiouy]+)")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def best(
    text: str,
    language: str,
    answers: Sequence[A],
    now: datetime,
    most: int = 3,
    *,
    otherwise: str = "en",
) -> tuple[A, ...]:
    """Return at most so many answers for a question, best first; () where no keyword is in it.

    Those in the question's language go before those in the event's, which is `otherwise`, before
    English, before others; where the question's `language` is "", what fits best goes first. Among
    answers in one language a keyword weighs the more the fewer have it. What is valid no longer is
    never offered.
    """
    asked = _words(replace_links(text, " "))
    live = [each for each in answers if each.valid_until is None or each.valid_until >= now]
    languages = [code_of(answer.language) for answer in live]
    hits = [
        [hit for keyword in answer.keywords if (hit := _found(keyword, code, asked)).worth]
        for answer, code in zip(live, languages, strict=True)
    ]
    # A word of the question weighs by how many answers of the language it speaks for.
    having = Counter(
        (code, word)
        for code, each in zip(languages, hits, strict=True)
        for word in frozenset[str]().union(*(hit.words for hit in each))
    )
    count = Counter(languages)
    rank = {"en": 2, code_of(otherwise): 1, code_of(language): 0} if language else {}
    scored = []
    for number, (answer, code, each) in enumerate(zip(live, languages, hits, strict=True)):
        weighed = [
            (log(1 + count[code] / min(having[code, word] for word in hit.words)) * hit.worth, hit)
            for hit in each
        ]
        if weighed:
            score = _score(weighed, asked, answer, code)
            scored.append((rank.get(code, 3), -score, number))
    return tuple(live[number] for _, _, number in sorted(scored)[:most])


class _Hit(NamedTuple):
    """What a keyword counts in a question, and the words that it was found in."""

    worth: float
    words: frozenset[str]


def _score(
    weighed: list[tuple[float, _Hit]], asked: frozenset[str], answer: AnswerLike, language: str
) -> float:
    score = 0.0
    said: frozenset[str] = frozenset()
    for weight, hit in sorted(weighed, key=lambda each: -each[0]):
        # "ticket" and "ticket*" are one word of the question, and count once.
        if not hit.words <= said:
            score += weight
            said |= hit.words
    text = _words(answer.text)
    for word in asked - said:
        if len(word) > SHORTEST and any(_match(word, language, other) for other in text):
            score += BY_TEXT
    return score


@lru_cache(maxsize=4096)
def _found(keyword: str, language: str, asked: frozenset[str]) -> _Hit:
    """Look for a keyword; all words of a phrase must be there, in any order."""
    total = 0.0
    words: set[str] = set()
    parts = _plain(keyword).replace("-", "").split()
    for part in parts:
        count, word = max(((_match(part, language, each), each) for each in asked), default=(0, ""))
        if not count:
            return _Hit(0.0, frozenset())
        total += count
        words.add(word)
    # Each further word of a phrase is worth half of the first.
    return _Hit(total * (1 + len(parts)) / 2 / len(parts) if parts else 0.0, frozenset(words))


@lru_cache(maxsize=16384)
def _match(keyword: str, language: str, word: str) -> float:
    """Return what one word of a keyword counts in one word of a question; both are plain."""
    bare = keyword.strip("*")
    if not bare:
        return 0.0
    if word == bare:
        return 1.0
    long = len(bare) >= SHORTEST
    if word.startswith(bare) and (
        long or keyword.endswith("*") or word[len(bare) :] in _ENDINGS.get(language, ())
    ):
        return 1.0
    forms = _forms(bare, language)
    if any(word.startswith(form) and len(word) - len(form) <= _LONGEST_ENDING for form in forms):
        return BY_FORM
    inside = keyword.startswith("*") or (long and language in _COMPOUNDING)
    return INSIDE if inside and any(each in word for each in (bare, *forms)) else 0.0


@lru_cache(maxsize=4096)
def _forms(word: str, language: str) -> tuple[str, ...]:
    """Return how other forms of a word begin."""
    forms = []
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            forms.append(word.removesuffix(ending))
            break
    graded = _GRADED.fullmatch(word) if language == "fi" and len(word) >= SHORTEST else None
    if graded:
        forms.append(graded[1] + _WEAK[graded[2]] + graded[3])
    return tuple(forms)


@lru_cache(maxsize=2048)
def _words(text: str) -> frozenset[str]:
    """Return the words of a text, those with a hyphen whole as well as in parts."""
    words: set[str] = set()
    for word in _WORD.findall(_plain(text)):
        words.update(re.split("['-]", word), (word.replace("-", ""),))
    return frozenset(word for word in words if len(word) <= _LONGEST)


def _plain(text: str) -> str:
    """Fold a text, accents left out: who writes on a telephone leaves them out."""
    apart = unicodedata.normalize("NFD", fold(text))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))

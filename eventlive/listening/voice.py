"""One voice: whether a text of ours sounds like us, and what it should say instead.

Owns the rules, their severity and what a finding is; the languages, the quotations and the style
rules are in the other files of the name. Pure: a text, its language and the house's rules in,
findings out, in the order of the text. What needs more than one text (promotion in a row, a repost
of what was flagged) is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Literal, Protocol

from eventlive.listening.voice_languages import explained, language_for
from eventlive.listening.voice_rules import HOUSE, VoiceRules
from eventlive.listening.voice_style import Listed, Offence, style
from eventlive.listening.voice_words import Hit, Word, words

__all__ = ["FIRST_PERSON", "Finding", "Severity", "language_for", "lint"]

FIRST_PERSON = "first-person-singular"

Severity = Literal["error", "warning"]

_DROPPING = ("es", "fi", "it")
"""In these a verb alone says who speaks."""
_FEW = 24
"""Words of a text whose language is not known, at most: a longer one has everyday words."""
_LONG_ENOUGH = 4
"""Letters of a verb that no other language is likely to have as another word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong from `start` to `end`, in code points, and what would be right there.

    A suggestion stands in the place of the span as it is; "" where there is none to give.
    """

    rule: str
    start: int
    end: int
    severity: Severity
    message: str
    suggestion: str = ""


def lint(
    text: str, *, language: str = "", network: str = "", rules: VoiceRules = HOUSE
) -> tuple[Finding, ...]:
    """Return what in a text does not sound like us, in the order in which it stands there.

    Without a language the text is looked at; where nobody can say, one person is heard only in
    verbs that no other language has. The network says what is a link. Never raises, whatever the
    text holds.
    """
    found = [*_first_person(text, language)] if rules.first_person else []
    offences = style(
        text,
        network,
        shouting=rules.shouting,
        exclamations=rules.exclamations,
        most_tags=rules.tags,
        shorteners=rules.shorteners,
    )
    found += [_warning(offence) for offence in offences]
    if rules.banned:
        found += _banned(text, rules.banned)
    if rules.inclusive:
        found += _inclusive(text, rules.inclusive)
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end)))


def _first_person(text: str, language: str) -> Iterator[Finding]:
    code = language_for(text, language)
    found = words(text)
    hits: Iterable[Hit] = ()
    if code:
        hits = _speaking(code).first_person(found)
    elif not language and len(found) <= _FEW:
        code, hits = _unmistakable(found)
    for hit in hits:
        said = text[hit.start : hit.end]
        yield Finding(
            FIRST_PERSON,
            hit.start,
            hit.end,
            "error" if hit.sure else "warning",
            f'"{said}" is one person speaking: we say "{_speaking(code).WE}"',
            _cased(hit.instead, said, text[: hit.start]),
        )


def _unmistakable(found: tuple[Word, ...]) -> tuple[str, tuple[Hit, ...]]:
    """Return the verbs of one person's in a few words of which nobody knows the language.

    Only languages that drop their pronouns need it, and only verbs that they list: what merely
    ends like one is a name in another language.
    """
    said: dict[str, dict[int, Hit]] = {}
    listed: dict[str, set[int]] = {}
    for code in _DROPPING:
        speaking: _Dropping = import_module(f"eventlive.listening.voice_{code}")
        said[code] = {hit.start: hit for hit in speaking.first_person(found) if hit.sure}
        listed[code] = {
            word.start
            for word in found
            if len(word.low) >= _LONG_ENOUGH
            and speaking.is_listed(word.low)
            and explained(word.low) <= {code}
        }
    # What one language says alone and its neighbour has as a noun ("Registro") says nothing.
    nouns = {start for code in _DROPPING for start in listed[code] - said[code].keys()}
    hits = {
        code: tuple(said[code][start] for start in sorted(listed[code] & said[code].keys() - nouns))
        for code in _DROPPING
    }
    most = max(_DROPPING, key=lambda code: len(hits[code]))
    return most, hits[most]


class _Language(Protocol):
    """What a language's file offers."""

    WE: str

    def first_person(self, found: tuple[Word, ...], /) -> Iterator[Hit]: ...


class _Dropping(_Language, Protocol):
    """What the file of a language that drops its pronouns offers beside."""

    def is_listed(self, low: str, /) -> bool:
        """Tell whether it is a verb of one person's by a list, not by its ending alone."""


def _speaking(code: str) -> _Language:
    """Return a language's file, read when it is first spoken: nobody's start waits for six."""
    module: _Language = import_module(f"eventlive.listening.voice_{code}")
    return module


def _cased(instead: str, said: str, before: str) -> str:
    """Return a suggestion in capitals where what it replaces begins a sentence, or shouts."""
    if len(said) > 2 and said.isupper():
        return instead.upper()
    # English writes "I" with a capital wherever it stands.
    if said[:1].isupper() and (said[:2] not in ("I", "I'", "I’") or _ends_a_sentence(before)):
        return instead[:1].upper() + instead[1:]
    return instead


def _ends_a_sentence(before: str) -> bool:
    before = before.rstrip(" \t'\"“„«»”‘(¡¿")
    return not before or before[-1] in ".!?…\n:"


def _warning(offence: Offence) -> Finding:
    return Finding(
        offence.rule,
        offence.start,
        offence.end,
        "warning",
        offence.message,
        offence.instead,
    )


def _banned(text: str, pairs: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    for start, end, instead in _listed(pairs).find(text):
        reads = f'"{text[start:end]}" is not ours' + (f': it reads "{instead}"' if instead else "")
        yield Finding("banned-word", start, end, "error", reads, instead)


def _inclusive(text: str, pairs: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    for start, end, instead in _listed(pairs).find(text):
        message = f'"{text[start:end]}" leaves people out'
        message += f': "{instead}" does not' if instead else ""
        yield Finding("inclusive", start, end, "warning", message, instead)


@lru_cache(maxsize=64)
def _listed(pairs: tuple[tuple[str, str], ...]) -> Listed:
    return Listed(pairs)

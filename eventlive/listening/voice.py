"""One voice: whether a text of ours sounds like us, and what it should say instead.

Owns the rules, their severity and what a finding is; the languages, the quotations and the style
rules are in the other files of the name. Pure: a text, its language and the house's rules in,
findings out, in the order of the text. What needs more than one text (promotion in a row, a repost
of what was flagged) is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Literal, Protocol

from eventlive.listening.judging import SHORTENERS
from eventlive.listening.language import code_of, language_of_text
from eventlive.listening.voice_style import Listed, Offence, style
from eventlive.listening.voice_words import Hit, Word, words

FIRST_PERSON = "first-person-singular"

Severity = Literal["error", "warning"]

LANGUAGES = frozenset({"de", "en", "es", "fi", "it", "no"})
"""Those in which one person speaking is known from all of us: a file each, voice_xx.py."""

# Detection takes short Norwegian for Danish, whose words for oneself are nearly the same.
_NEAREST = {"da": "no"}
# Too short for detection: words that one of the languages alone has.
_TELLING = {
    "bin": "de",
    "ich": "de",
    "mein": "de",
    "meine": "de",
    "wir": "de",
    "i'd": "en",
    "i'll": "en",
    "i'm": "en",
    "i've": "en",
    "my": "en",
    "the": "en",
    "estoy": "es",
    "soy": "es",
    "voy": "es",
    "yo": "es",
    "enkä": "fi",
    "minun": "fi",
    "minä": "fi",
    "olen": "fi",
    "ho": "it",
    "io": "it",
    "sono": "it",
    "sto": "it",
    "ikke": "no",
    "jeg": "no",
}


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


@dataclass(frozen=True, slots=True)
class VoiceRules:
    """What a house says about its voice.

    `first_person` off: staff speak as people. `tags`: so many at most. `banned` and `inclusive`
    are pairs of a word or phrase and how it should read ("" where it should go); a `*` at either
    end leaves that edge open ("syrj*"). `shorteners` are hosts that hide where a link leads.
    """

    first_person: bool = True
    shouting: bool = True
    exclamations: bool = True
    tags: int = 4
    banned: tuple[tuple[str, str], ...] = ()
    inclusive: tuple[tuple[str, str], ...] = ()
    shorteners: frozenset[str] = SHORTENERS


HOUSE = VoiceRules()
"""What holds where a script says nothing."""


def lint(
    text: str, *, language: str = "", network: str = "", rules: VoiceRules = HOUSE
) -> tuple[Finding, ...]:
    """Return what in a text does not sound like us, in the order in which it stands there.

    Without a language the text is looked at; where nobody can say, one person speaking is not
    looked for. The network says what is a link. Never raises, whatever the text holds.
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


def language_for(text: str, language: str = "") -> str:
    """Return in which of the languages a text speaks, "" where in none or nobody can say."""
    code = code_of(language) if language else language_of_text(text)
    if not code:
        code = next((_TELLING[word.low] for word in words(text) if word.low in _TELLING), "")
    code = _NEAREST.get(code, code)
    return code if code in LANGUAGES else ""


def _first_person(text: str, language: str) -> Iterator[Finding]:
    code = language_for(text, language)
    if not code:
        return
    speaking = _speaking(code)
    for hit in speaking.first_person(words(text)):
        said = text[hit.start : hit.end]
        yield Finding(
            FIRST_PERSON,
            hit.start,
            hit.end,
            "error" if hit.sure else "warning",
            f'"{said}" is one person speaking: we say "{speaking.WE}"',
            _cased(hit.instead, said, text[: hit.start]),
        )


class _Language(Protocol):
    """What a language's file offers."""

    WE: str

    def first_person(self, found: tuple[Word, ...], /) -> Iterator[Hit]: ...


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

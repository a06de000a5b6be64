"""Questions: whether a post asks something, with a question mark or without.

Owns how a question is recognised; the forms by which each language asks are in question_forms.py.
Never decides whether a question deserves an answer, and takes most rhetorical ones for questions:
a person sees that faster than a rule. Where there is a mark, it decides. Without one only forms
count that hardly ever open a statement, so much of what people ask without a mark ("Canon or
Sony") is missed on purpose.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from eventlive.listening.characters import fold, replace_links
from eventlive.listening.question_forms import FORMS

LANGUAGES = frozenset(FORMS)
"""Those in which a question is known without its mark."""

BEGINNING, END = 1_000, 500
"""Characters of a long text that are looked at."""

_FOREIGN_MARK = re.compile("[¿？؟՞፧⁇⁈⁉❓❔]")
# Not the ? of an address without a scheme, of a title ("Do You Know?:n"), of doubt "(?)".
_MARK = re.compile(r"(?<!\()\?(?!\w+=|:\w|[\"»']{1,2}\.)")
_PROSE = re.compile(r"(?:[@#]\S+|[^\w])*+\w+ +\w")
_WORDS = re.compile(r"\w+(?:['-]\w+)*")
_LETTER = re.compile(r"[^\W\d_]")
_NAMES = re.compile(r"[@#]\S+")

_CLAUSE = re.compile(r"[.!:;\n-](?:\s|(?<=\n))")
# What may stand before a clause's first word: handles, tags, emoji, brackets; never an inverted
# exclamation mark.
_HEAD = re.compile(r"[^\w@#¡]*+(?:[@#]\S+\s[^\w@#¡]*+){0,60}+(\w+)")
_MANY_MARKS = 30
_SMALL_TALK = 3
"""Words such as "hi", "and", "sorry" that may go before a question, at most."""


class _Language(NamedTuple):
    """A language's forms, ready to be asked."""

    small_talk: frozenset[str]
    after: dict[str, re.Pattern[str]]
    endings: tuple[str, ...]
    by_ending: re.Pattern[str] | None
    anywhere: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]


def is_question(text: str, language: str) -> bool:
    """Tell whether a text asks something; `language` as `language_of` gives it.

    A question mark outside of links decides, in any language, unless nothing but marks stands
    there, or a word or two is thrown in as a question and the text goes on ("Rain? Not today").
    Without one the forms of English, Finnish, German, Norwegian, Spanish and Italian are known;
    in any other language a text without a mark asks nothing.
    """
    return is_question_folded(fold(text), language)


def is_question_folded(text: str, language: str) -> bool:
    """Do what `is_question` does for a text that went through `characters.fold` already."""
    if len(text) > BEGINNING + END:
        text = f"{text[:BEGINNING]}\n{text[-END:]}"
    if "?" in text or (not text.isascii() and _FOREIGN_MARK.search(text)):
        if _is_marked(replace_links(text, _without_query)):
            return True
    elif language == "el" and ";" in text:
        # The Greek question mark looks like a semicolon, and is composed to one.
        return True
    return language in LANGUAGES and _asks(text, _ready(language))


def warm_up() -> None:
    """Compile the forms of all languages now, some 0.1 s, rather than at the first post in each."""
    for language in LANGUAGES:
        _ready(language)


# --- with a mark ------------------------------------------------------------


def _is_marked(text: str) -> bool:
    if not text.isascii() and _FOREIGN_MARK.search(text):
        return _LETTER.search(_NAMES.sub("", text)) is not None
    for number, mark in enumerate(_MARK.finditer(text)):
        if number == _MANY_MARKS:
            return _LETTER.search(text) is not None
        # "NOW!?" and "pls..?" end one sentence, not two.
        before, end = len(text[: mark.start()].rstrip(" .!?")), mark.end()
        start = max(text.rfind(stop, 0, before) for stop in (".", "!", "?", "\n", ":")) + 1
        words = len(_WORDS.findall(_NAMES.sub("", text[start:before])))
        # At the end of the text one word asks; with more prose to come it takes three.
        if words >= 3 or (words and not _PROSE.match(text, end)):
            return True
    return False


def _without_query(link: re.Match[str]) -> str:
    """Keep what a sentence has put behind a link: "seen https://example.org/x?"."""
    return " link?" if link.group().rstrip("!.,;:)\"'").endswith("?") else " link "


# --- without a mark ------------------------------------------------------------


def _asks(text: str, language: _Language) -> bool:
    if _begins(text, 0, language):
        return True
    for clause in _CLAUSE.finditer(text):
        if _begins(text, clause.end(), language):
            return True
    for needles, pattern in language.anywhere:
        for needle in needles:
            if needle in text:
                if pattern.search(text):
                    return True
                break
    return False


def _begins(text: str, place: int, language: _Language) -> bool:
    """Tell whether a clause that begins here begins as a question does."""
    for _ in range(_SMALL_TALK + 1):
        head = _HEAD.match(text, place)
        if head is None:
            return False
        word = head[1]
        place = head.end()
        after = language.after.get(word)
        if after is not None and after.match(text, place):
            return True
        if (
            language.by_ending is not None
            and word.endswith(language.endings)
            and language.by_ending.match(text, head.start(1))
        ):
            return True
        if word not in language.small_talk:
            return False
    return False


@cache
def _ready(name: str) -> _Language:
    forms = FORMS[name]
    rests: dict[str, list[str]] = {}
    for heads, rest in forms.openings:
        for head in heads.split():
            rests.setdefault(head, []).append(rest)
    # Many words share what may follow them: each expression is compiled once.
    compiled = {joined: _compiled(joined) for joined in {"|".join(each) for each in rests.values()}}
    return _Language(
        small_talk=frozenset(forms.small_talk.split()),
        after={head: compiled["|".join(each)] for head, each in rests.items()},
        endings=forms.endings,
        by_ending=_compiled(forms.by_ending) if forms.by_ending else None,
        anywhere=tuple((needles, _compiled(pattern)) for needles, pattern in forms.anywhere),
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile an expression that may be broken over lines, to end with a word."""
    flat = re.sub(r"\n\s*", "", pattern)
    return re.compile(rf"(?:{flat})(?!\w)")

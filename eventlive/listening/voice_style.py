"""Style: shouting, stacked marks, tags, links that say nothing; and words that a house lists.

Owns how each of them is recognised in one text, and the words of the message. Never decides how
grave it is. Every search is a single pass: a text of exclamation marks costs its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlive.listening.entities import Span, hashtags, links, links_of_mastodon
from eventlive.listening.voice_words import NAME, Word, masked, words


class Offence(NamedTuple):
    """One thing that is not our style, where it stands, and what could stand there."""

    rule: str
    start: int
    end: int
    message: str
    instead: str = ""


def style(
    text: str,
    network: str,
    *,
    shouting: bool,
    exclamations: bool,
    most_tags: int,
    shorteners: frozenset[str],
) -> Iterator[Offence]:
    """Yield what is not our style in a text, rule by rule."""
    if shouting:
        yield from _shouting(text)
    if exclamations:
        yield from _stacked(text)
    if "#" in text or "＃" in text:
        tags = hashtags(text)
        yield from _many(tags, most_tags)
        yield from _glued(text, tags)
    if "." in text:
        found = links_of_mastodon(text) if network == "mastodon" else links(text)
        yield from _bare(text, found)
        yield from _hidden(found, shorteners)


# --- shouting ------------------------------------------------------------------------------------

_LETTERS_OF_A_SHOUT = 10
_WORDS_OF_A_SHOUT = 3


def _shouting(text: str) -> Iterator[Offence]:
    """Yield runs of words in capitals: three of them, or two that are all there is.

    A word or two in capitals among others is an acronym, or an emphasis that a house may want.
    """
    found = words(text)
    run: list[Word] = []
    for word in (*found, None):
        if word is not None and _is_loud(word) and not (run and NAME in word.gap):
            run.append(word)
            continue
        letters = sum(len(each.text) for each in run)
        whole = len(run) == len(found) and len(run) > 1
        if letters >= _LETTERS_OF_A_SHOUT and (whole or len(run) >= _WORDS_OF_A_SHOUT):
            start, end = run[0].start, run[-1].end
            yield Offence(
                "shouting", start, end, "capitals shout: write it in lower case",
                text[start:end].capitalize() if run[0].first else text[start:end].lower(),
            )  # fmt: skip
        run = [word] if word is not None and _is_loud(word) else []


def _is_loud(word: Word) -> bool:
    return len(word.text) > 1 and word.text.isupper()


_MARKS = re.compile(r"[!！?‼❗](?:\s?[!！?‼❗])+|‼")


def _stacked(text: str) -> Iterator[Offence]:
    for marks in _MARKS.finditer(text):
        loud = sum(marks.group().count(mark) for mark in "!！❗") + 2 * marks.group().count("‼")
        if loud > 1:
            instead = "?" if marks.group().startswith("?") else "!"
            yield Offence("exclamation", *marks.span(), "one exclamation mark is enough", instead)


# --- tags ----------------------------------------------------------------------------------------

_PUNCTUATION = re.compile(r"[.,;:!?…)\]}\"'’”“»/&+\-–—]+")
_MAY_STAND_BEFORE = "([{\"'“„«‘¡¿"


def _many(tags: tuple[Span, ...], most: int) -> Iterator[Offence]:
    if len(tags) > most:
        said = f"{len(tags)} tags are too many: {most} at most"
        yield Offence("too-many-tags", tags[most].start, tags[-1].end, said)


def _glued(text: str, tags: tuple[Span, ...]) -> Iterator[Offence]:
    for tag in tags:
        before = text[tag.start - 1] if tag.start else " "
        after = _PUNCTUATION.match(text, tag.end)
        if after or not (before.isspace() or before in _MAY_STAND_BEFORE):
            start = tag.start if before.isspace() or before in _MAY_STAND_BEFORE else tag.start - 1
            end = after.end() if after else tag.end
            yield Offence(
                "glued-tag", start, end, f"leave a space on both sides of #{tag.value}",
                f"{text[start:tag.start]} #{tag.value}".lstrip(),
            )  # fmt: skip


# --- links ---------------------------------------------------------------------------------------

_POINTING = frozenset(
    """
    a al aquí clic click en for her here hier info infos katso klikk klikkaa klick la lesen les
    linkki link lisää lue mehr mer mere more más mies no or per più qui see täältä täällä tässä ver
    """.split()
)
"""Words that point at a link and do not say what it is."""
_HOST = re.compile(r"(?:\w+://)?(?:[^/@\s]*@)?(?:www\.)?([^/:?#\s]+)", re.IGNORECASE)


def _bare(text: str, found: tuple[Span, ...]) -> Iterator[Offence]:
    if found and all(word.low in _POINTING for word in words(text, quoted=True)):
        yield Offence(
            "bare-link", found[0].start, found[0].end, "say in a word what the link leads to"
        )


def _hidden(found: tuple[Span, ...], shorteners: frozenset[str]) -> Iterator[Offence]:
    for link in found:
        host = _HOST.match(link.value)
        if host and host[1].lower().rstrip(".") in shorteners:
            said = f"{host[1].lower()} hides where the link leads: write the address itself"
            yield Offence("shortener", link.start, link.end, said)


# --- words of the house --------------------------------------------------------------------------


class Listed:
    """Words and phrases with how they should read, to be found in texts outside of links."""

    __slots__ = ("_instead", "_pattern")

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self._instead: list[str] = []
        alternatives = []
        # The longest first: what a phrase bans is not said again of its words.
        for word, instead in sorted(pairs, key=lambda pair: -len(pair[0])):
            bare = word.strip("* ").split()
            if bare:
                phrase = r"\s+".join(map(re.escape, bare))
                before = "" if word.startswith("*") else r"(?<!\w)"
                after = r"\w*" if word.endswith("*") else r"(?!\w)"
                alternatives.append(f"({before}{phrase}{after})")
                self._instead.append(instead)
        self._pattern = re.compile("|".join(alternatives) or r"(?!)", re.IGNORECASE)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield where one of them stands, and how it should read; not where it reads so."""
        for match in self._pattern.finditer(masked(text, quotes=False)):
            assert match.lastindex is not None
            instead = self._instead[match.lastindex - 1]
            if match.group() != instead:
                yield *match.span(), instead

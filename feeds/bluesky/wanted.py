"""What to listen for on Bluesky: hashtags, keywords and accounts, in posts of the whole network.

Owns the comparison of words, and the cheap test of raw JSON before it is parsed. Pure. Jetstream
has no filter for any of it: every post that anybody makes comes past here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters in disguise (full width, circled, mathematical) become plain ones, each by itself: what
# stands beside them must not change how a word reads, or the test of raw JSON could miss it.
_DISGUISED = re.compile(
    "[\u2460-\u24ff\uff03\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff"
    "\U0001f110-\U0001f189]"
)
_ZERO_WIDTH = re.compile("[\u00ad\u200c\u200d\ufe0e\ufe0f]")

MARKS = 30
"""Marks in a row that are compared, as many as Unicode's own limit for streams lets there be
(UAX #15, Stream-Safe Text): sorting a long row takes the square of its length, and any stranger
may write one."""

# A mark is never a letter, so that a long row of marks is inside such a row; few texts have one.
_LONG_ROW = re.compile(rf"[^\w\x00-\u02ff]{{{MARKS + 1},}}")


def fold(text: str) -> str:
    """Return a text as tags and keywords are compared: no case, one form for each letter."""
    if text.isascii():
        return text.lower()
    text = _ZERO_WIDTH.sub("", _DISGUISED.sub(_plain, text))
    text = _LONG_ROW.sub(_cut, text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.casefold()


def _plain(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found.group())


def _cut(row: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in row.group():
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MARKS:
            kept.append(character)
    return "".join(kept)


class Wanted:
    """Hashtags (with or without #) and keywords, made ready to be looked for.

    A keyword of Latin, Greek or Cyrillic letters matches whole words; in scripts that join or do
    not separate words it matches anywhere. With `everything`, every post is wanted.
    """

    def __init__(
        self,
        hashtags: Iterable[str] = (),
        keywords: Iterable[str] = (),
        *,
        everything: bool = False,
    ) -> None:
        self._everything = everything
        self.tags = frozenset(fold(tag.strip().lstrip("#＃")) for tag in hashtags) - {""}
        self.keywords = frozenset(" ".join(fold(word).split()) for word in keywords) - {""}
        self._words = tuple(re.compile(_bounded(word)) for word in sorted(self.keywords))
        runs = [_longest_run(text) for text in sorted(self.tags | self.keywords)]
        # A word made of signs alone could be escaped in any way: then every post is looked at.
        self._anything = everything or "" in runs
        self._runs = tuple(runs)
        self._ascii = tuple(run.encode() for run in runs if run.isascii())
        self._ours: dict[str, str] = {}
        self._ours_raw: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._everything or self.tags or self.keywords or self._ours)

    def add_ours(self, did: str, handle: str) -> None:
        """Listen for what is said to an account of the house, too, whatever it is about."""
        self._ours[did] = handle
        self._ours_raw = tuple(map(str.encode, self._ours))

    def our_handle(self, did: str) -> str:
        """Give the handle of an account of the house; "" where it is none."""
        return self._ours.get(did, "")

    def may_match(self, raw: bytes) -> bool:
        """Tell whether raw JSON is worth parsing; never False for something that matches."""
        if self._anything or b"\\u" in raw:  # escaped letters cannot be searched for
            return True
        if any(did in raw for did in self._ours_raw):
            return True
        lowered = raw.lower()
        if any(run in lowered for run in self._ascii):
            return True
        if raw.isascii():
            return False
        text = fold(raw.decode("utf-8", "replace"))
        return any(run in text for run in self._runs)

    def match(self, text: str, tags: Iterable[str]) -> tuple[bool, list[str]]:
        """Tell whether a post matches, and which wanted tags stand in its text as plain #tag.

        `tags` are those that the post marks as such; many programs post without marking them.
        """
        folded = fold(text)
        plain = [tag for tag in sorted(self.tags) if _stands_in(tag, folded)]
        found = bool(self._everything or plain) or any(
            fold(tag).lstrip("#") in self.tags for tag in tags
        )
        if not found and self._words:
            spaced = " ".join(folded.split())
            found = any(word.search(spaced) for word in self._words)
        return found, plain


def _longest_run(text: str) -> str:
    """Give the longest piece that stands in raw JSON as it is, whatever stands around it."""
    pieces = [""]
    for character in text:
        # From U+2190 on there are symbols and emoji, which no encoder escapes alone.
        if character.isalnum() or character == "_" or ord(character) >= 0x2190:
            pieces[-1] += character
        else:
            pieces.append("")
    return max(pieces, key=len)


def _bounded(word: str) -> str:
    pattern = re.escape(word)
    before, after = word[0], word[-1]
    # A neighbour from a script without spaces ("今日はPyConだ") does not make the word longer.
    if _spaced(before):
        pattern = r"(?:(?<!\w)|(?<=[\u0590-\U0010ffff]))" + pattern
    if _spaced(after):
        pattern += r"(?:(?!\w)|(?=[\u0590-\U0010ffff]))"
    return pattern


def _spaced(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x590


def _stands_in(tag: str, folded: str) -> bool:
    at = folded.find(f"#{tag}")
    while at >= 0:
        end = at + 1 + len(tag)
        before, after = folded[at - 1 : at], folded[end : end + 1]
        if not _continues(after) and not (before.isalnum() or before in {"_", "/", "&"}):
            return True
        at = folded.find(f"#{tag}", at + 1)
    return False


def _continues(character: str) -> bool:
    return bool(character) and (
        character.isalnum() or character == "_" or unicodedata.category(character) in {"Mn", "Mc"}
    )

"""Quotations: which parts of a text are somebody else's words, between quotation marks.

Owns the marks of the six languages and how they pair: English “ ‘, German „ ‚ » ›, the guillemets
of Norwegian, Spanish and Italian, Finnish ” … ”, the marks of a typewriter, two apostrophes for
one mark. One pass from the left. Never decides what a quotation excuses.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile("[\"“”„‟«»‹›‘’‚‛'＂「」『』]|''")

# The closing marks that each opening one may meet. „ is closed by “ (German), by ” (Finnish,
# Polish); ” and » close themselves in Finnish; » opens in German books.
_CLOSED_BY = {
    '"': '"＂',
    "＂": '"＂',
    "''": "''",
    "“": '”“"',
    "‟": '”“"',
    "„": "“”\"„",
    "”": "”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "›": "‹›",
    "‘": "’‘",
    "‛": "’‘",
    "‚": "‘’",
    "’": "’",
    "'": "'",
    "「": "」",
    "『": "』",
}
_ALWAYS_OPENS = frozenset("„‚‟‛「『")
_SINGLE = frozenset("'’‘‚‛‹›")
_NEVER_OPENS = frozenset("」』")

# Letters that an apostrophe stands for at a word's beginning.
_ELIDED = re.compile(
    r"(?:tis|twas|twere|em|n|til|till|cause|bout|round|cos|coz|s|ne|n[ea]n?|\d\ds?)\b",
    re.IGNORECASE,
)
_DEEPEST = 8


class _Open(NamedTuple):
    mark: str
    start: int


def quotations(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each outermost quotation starts and ends, its marks included, in code points.

    One that is never closed ends with its line. A single mark opens only where it closes again,
    because nearly all of them are apostrophes; a closing mark without an opening one says nothing.
    """
    found: list[tuple[int, int]] = []
    for start, end in _pairs(text):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _pairs(text: str) -> list[tuple[int, int]]:
    stack: list[_Open] = []
    found: list[tuple[int, int]] = []
    last_single = {mark: text.rfind(mark) for mark in _SINGLE}
    for match in _MARK.finditer(text):
        mark, place = match.group(), match.start()
        before = text[place - 1] if place else " "
        after = text[match.end()] if match.end() < len(text) else " "
        if mark in "'’" and before.isalnum() and after.isalnum():
            continue
        depth = _closes(stack, mark, before, after)
        if depth is not None:
            found.append((stack[depth].start, match.end()))
            del stack[depth:]
        elif len(stack) < _DEEPEST and _opens(text, match, before, after, last_single):
            stack.append(_Open(mark, place))
    for opened in stack:
        if opened.mark not in _SINGLE:
            stop = text.find("\n", opened.start)
            found.append((opened.start, len(text) if stop < 0 else stop))
    return sorted(found)


def _closes(stack: list[_Open], mark: str, before: str, after: str) -> int | None:
    """Return which of the open ones this mark closes, None where it closes none."""
    for depth in range(len(stack) - 1, -1, -1):
        opened = stack[depth].mark
        if mark not in _CLOSED_BY[opened] or (mark == "'") != (opened == "'"):
            continue
        if mark == opened and before.isspace() and not after.isspace() and after.isalnum():
            # A mark that looks the same both ways, and looks at what follows.
            return depth if mark in "\"”''＂" and depth == len(stack) - 1 else None
        return depth
    return None


def _opens(
    text: str, match: re.Match[str], before: str, after: str, last_single: dict[str, int]
) -> bool:
    mark = match.group()
    if mark in _NEVER_OPENS:
        return False
    if mark in _ALWAYS_OPENS and mark not in _SINGLE:
        return True
    if before.isalnum() or (before in ".,;:!?…)]%" and after.isspace()):
        # It looks back: 12", a closing mark whose opening one is not here, dogs'.
        return False
    if mark not in _SINGLE:
        return True
    if mark in "'’‘‚‛" and _ELIDED.match(text, match.end()):
        return False
    return any(
        last_single.get(closing, -1) > match.end() for closing in _CLOSED_BY[mark] if closing != mark
    ) or _ends_later(text, match)


_SINGLE_END = {
    mark: re.compile(rf"(?<![\s(\[]){mark}(?!\w)|(?<=\s){mark}(?=\s|$)") for mark in "'’"
}


def _ends_later(text: str, match: re.Match[str]) -> bool:
    pattern = _SINGLE_END.get(match.group())
    if pattern is None:
        return False
    return pattern.search(text, match.end() + 1, match.end() + 1_000) is not None

"""Quotations: which parts of a text are somebody else's words, between quotation marks.

Owns the marks of the six languages and how they pair: English “ ‘, German „ ‚ » ›, the guillemets
of Norwegian, Spanish and Italian, Finnish ” … ”, the marks of a typewriter, two apostrophes for
one mark. One pass from the left. Never decides what a quotation excuses.
"""

from __future__ import annotations

import re

_MARK = re.compile("''|[\"“”„‟«»‹›‘’‚‛'＂「」『』]")

_CLOSED_BY = {
    '"': '"“”',
    "＂": "＂",
    "''": "''",
    # “ closes German quotations and opens English ones; careless hands close with it too.
    "“": '”“"',
    "‟": "”“",
    "„": '“”„"',
    "”": '”"',
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
"""What closes what each mark opens."""
_APOSTROPHES = frozenset("'’‘‛")
_SINGLE = frozenset("'’‘‚‛‹›")
# Where letters are left out an apostrophe begins the word.
_ELIDED = re.compile(
    r"(?:tis|twas|em|n|til|till|cause|bout|round|cos|coz|s|ne|na|nen|\d\ds?)\b", re.IGNORECASE
)
_DEEPEST = 8


def quotations(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each outermost quotation starts and ends, its marks included, in code points.

    One that is never closed ends with its line. A single mark quotes only where it is closed,
    because nearly all of them are apostrophes; a closing mark without an opening one says nothing.
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(_pairs(text)):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _pairs(text: str) -> list[tuple[int, int]]:
    marks = [match for match in _MARK.finditer(text) if not _is_apostrophe(text, match)]
    # From the right: which single marks may still close when we stand at each one.
    last = {match.group(): match.start() for match in marks if _may_close(text, match)}
    stack: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for match in marks:
        mark = match.group()
        depth = _closes(stack, mark) if _may_close(text, match) else None
        if depth is not None:
            found.append((stack[depth][1], match.end()))
            del stack[depth:]
        elif len(stack) < _DEEPEST and _may_open(text, match, last):
            stack.append((mark, match.start()))
    for mark, start in stack:
        if mark not in _SINGLE:
            stop = text.find("\n", start)
            found.append((start, len(text) if stop < 0 else stop))
    return found


def _closes(stack: list[tuple[str, int]], mark: str) -> int | None:
    """Return which of the open quotations a mark closes, the innermost; None where it does not."""
    for depth in range(len(stack) - 1, -1, -1):
        if mark in _CLOSED_BY[stack[depth][0]] and (mark != "''" or stack[depth][0] == "''"):
            return depth
    return None


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    before = text[match.start() - 1] if match.start() else " "
    after = text[match.end()] if match.end() < len(text) else " "
    return before, after


def _is_apostrophe(text: str, match: re.Match[str]) -> bool:
    before, after = _around(text, match)
    return match.group() in _APOSTROPHES and before.isalnum() and after.isalnum()


def _may_close(text: str, match: re.Match[str]) -> bool:
    """Tell whether it does not look forward, at a word that it stands before."""
    before, after = _around(text, match)
    return not ((before.isspace() or before in "([{") and after.isalnum())


def _may_open(text: str, match: re.Match[str], last: dict[str, int]) -> bool:
    mark = match.group()
    if mark not in _CLOSED_BY:
        return False
    before, after = _around(text, match)
    if before.isalnum() or (before in ".,;:!?…)]%" and (after.isspace() or after in ".,;:!?")):
        # It looks back: 12", dogs', a closing mark whose opening one is not here.
        return mark in "„‚«"
    if mark not in _SINGLE:
        return True
    if mark in _APOSTROPHES and _ELIDED.match(text, match.end()):
        return False
    return any(last.get(closing, -1) > match.start() for closing in _CLOSED_BY[mark])

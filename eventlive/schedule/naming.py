"""Ids out of titles and names: readable, within the script's grammar, and the same every time.

Owns how titles become ids and how equal ones are told apart. Never invents what is not in the
programme: a second import of the same file gives the same ids.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

ID_MAX = 40
RESERVED = frozenset({"segment", "next", "event", "speaker", "person", "partner", "press", "staff"})
"""What stands for something else in a post's variables, and so is no segment's id."""

# What no decomposition turns into letters of ASCII.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l",
        "ı": "i", "'": "", "’": "",
    }
)  # fmt: skip


def slug(text: str, limit: int = ID_MAX) -> str:
    """Turn a text into an id of at most `limit` characters, cut between words; "" if none is left.

    Letters of other scripts than Latin have no place in an id.
    """
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = folded.encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) <= limit:
        return words
    cut = words[: limit + 1].rpartition("-")[0]
    return cut or words[:limit]


def segment_ids(parts: Sequence[tuple[str, datetime, str]]) -> list[str]:
    """Give each part, told by title, start and a wish for an id ("" for none), an id of its own.

    Parts of one title get the day, and where that is not enough the time. All of them do: an id
    that meant the first of them would quietly mean the second, once the first is called off.
    """
    taken = {wish: 1 for _, _, wish in parts if wish}
    bases = [_base(slug(title)) for title, _, _ in parts]
    plain = Counter(base for base, (_, _, wish) in zip(bases, parts, strict=True) if not wish)
    dated = Counter(
        (base, starts.date())
        for base, (_, starts, wish) in zip(bases, parts, strict=True)
        if not wish
    )
    ids = []
    for base, (_, starts, wish) in zip(bases, parts, strict=True):
        if wish:
            ids.append(wish)
            continue
        if plain[base] == 1:
            name = base
        elif dated[base, starts.date()] == 1:
            name = _joined(base, f"{starts:%m%d}")
        else:
            name = _joined(base, f"{starts:%m%d-%H%M}")
        ids.append(unique(name, taken))
    return ids


def unique(name: str, taken: dict[str, int]) -> str:
    """Give the name, or with a number the first that is free; it is taken from then on.

    `taken` remembers how far each name has counted: thousands of one name cost no more than others.
    """
    free = name
    while free in taken:
        taken[name] = taken.get(name, 1) + 1
        free = _joined(name, str(taken[name]))
    taken[free] = 1
    return free


def _base(name: str) -> str:
    return f"{name}-part" if name in RESERVED else name or "part"


def _joined(name: str, end: str) -> str:
    return f"{name[: ID_MAX - len(end) - 1].rstrip('-')}-{end}"

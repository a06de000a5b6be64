"""Times tied to the programme: `keynote+05:00`, `keynote.end-02:00`.

Owns their grammar, and that of lengths of time (`05:00`, `1:30:00`). Pure; when such a moment comes
is the rundown's to say.
"""

from __future__ import annotations

import re

from eventlive.model import Anchor

EXAMPLES = '"keynote+05:00", "keynote-10:00", "keynote.end-02:00"'

_ANCHOR = re.compile(
    r"(?P<segment>[a-z0-9][a-z0-9-]*?)(?:\.(?P<edge>start|end))?\s*"
    r"(?:(?P<sign>[+-])\s*(?P<length>\d{1,3}:[0-5]\d(?::[0-5]\d)?))?"
)
_LENGTH = re.compile(r"(?:(?P<hours>\d{1,3}):(?=\d{2}:))?(?P<minutes>\d{1,4}):(?P<seconds>[0-5]\d)")


def read_anchor(text: str) -> Anchor:
    """Read a time tied to a segment. Raises ValueError with how it reads."""
    found = _ANCHOR.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text[:80]!r} is no time tied to a segment: it reads {EXAMPLES}"
            " (minutes:seconds, or hours:minutes:seconds), or an absolute time with its zone"
        )
    seconds = read_length(found["length"]) if found["length"] else 0
    seconds = -seconds if found["sign"] == "-" else seconds
    return Anchor(found["segment"], "end" if found["edge"] == "end" else "start", seconds)


def read_length(text: str) -> int:
    """Read `minutes:seconds` or `hours:minutes:seconds`, in seconds. Raises ValueError."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or (found["hours"] and int(found["minutes"]) > 59):
        raise ValueError(f"{text[:80]!r} is no length of time: it reads 05:00 or 1:30:00")
    return int(found["hours"] or 0) * 3600 + int(found["minutes"]) * 60 + int(found["seconds"])


def length_text(seconds: int) -> str:
    """Write a length of time as a script does."""
    minutes, rest = divmod(abs(seconds), 60)
    if minutes < 100:
        return f"{minutes:02}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def anchor_text(anchor: Anchor) -> str:
    """Write a tied time as a script does."""
    edge = ".end" if anchor.edge == "end" else ""
    sign = "-" if anchor.seconds < 0 else "+"
    away = f"{sign}{length_text(anchor.seconds)}" if anchor.seconds else ""
    return f"{anchor.segment}{edge}{away}"

"""Lint: texts of ours, one a line, and what in them does not sound like us.

Owns the numbering of lines and the shape in which a finding is printed or read by a machine; what
is wrong with a text is `listening.voice`'s. Opens no file and ends no program: the command line
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from eventlive.listening.voice import Severity, language_for, lint
from eventlive.listening.voice_rules import HOUSE, VoiceRules


class LineFinding(msgspec.Struct, frozen=True):
    """One finding; its fields are the keys of `--json`, in this order.

    `line` counts from 1; `start` and `end` are code points of that line.
    """

    line: int
    rule: str
    start: int
    end: int
    severity: Severity
    message: str
    suggestion: str

    def json(self) -> str:
        """Return it as one line of JSON."""
        return msgspec.json.encode(self).decode()

    def __str__(self) -> str:
        """Return it for a person: where, how grave, which rule, what, and what instead."""
        instead = f" → {self.suggestion}" if self.suggestion else ""
        where = f"{self.line}:{self.start + 1}"
        return f"{where}: {self.severity} {self.rule}: {self.message}{instead}"


def findings(
    lines: Iterable[str],
    *,
    language: str = "",
    otherwise: str = "",
    network: str = "",
    rules: VoiceRules = HOUSE,
) -> Iterator[LineFinding]:
    """Yield what is found in each line, line by line as they come; an empty line is a text too.

    Without a `language` each line is read in its own; `otherwise` is the one of those that do not
    show theirs. The line's end belongs to no text. Nothing is kept: a stream may be endless.
    """
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        spoken = language or (otherwise and (language_for(text) or otherwise))
        for found in lint(text, language=spoken, network=network, rules=rules):
            yield LineFinding(
                number,
                found.rule,
                found.start,
                found.end,
                found.severity,
                found.message,
                found.suggestion,
            )

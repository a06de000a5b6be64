"""The lines of an iCalendar file, sorted into its components, each with its number.

Owns what the calendar library does not say: on which line something stands, and whether the file
is whole. Lines that nobody reads go no further, whatever they hold. Values are the library's.
Source: RFC 5545, section 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from eventlive.schedule.programme import Findings, line_of

DEPTH_MAX = 8
LINE_MAX = 20_000
"""Characters of a line that is read, folds undone."""
READ_MAX = 4_000_000
"""Characters of all lines that are read."""
ZONE_MAX = 100
"""Bytes of a zone's name; no file system takes the seal of one much longer."""

_SEAL = "zone-"
_LINE = re.compile(r'([A-Za-z0-9-]+)(?:;(?:"[^"]*+"|[^":]++)*)?:')
_PARAMETER = re.compile(r';(VALUE|TZID|RANGE)=("[^"]*"|[^":;,]*)', re.IGNORECASE)
_VALUES = ("DATE", "DATE-TIME", "PERIOD")
_MOMENTS = frozenset("DTSTART DTEND RDATE EXDATE RECURRENCE-ID".split())
_READ = frozenset(
    "UID SUMMARY DTSTART DTEND DURATION RRULE RDATE EXDATE EXRULE RECURRENCE-ID STATUS LOCATION"
    " CATEGORIES PRODID METHOD X-WR-TIMEZONE TIMEZONE-ID TZID TZNAME TZOFFSETFROM TZOFFSETTO"
    " X-LIC-LOCATION".split()
)


@dataclass(slots=True)
class Component:
    """What stands between a BEGIN and its END."""

    name: str
    line: int
    rows: list[tuple[str, int, str]] = field(default_factory=list)
    """The properties that are read: name, line, and the line itself, unfolded."""
    inner: list[Component] = field(default_factory=list)

    def where(self, name: str) -> int:
        """Give the line of a property, or the component's own."""
        return next((line for known, line, _ in self.rows if known == name), self.line)

    def said(self, name: str) -> str:
        """Give a property's value as it stands there, "" for none."""
        row = next((row for known, _, row in self.rows if known == name), "")
        found = _LINE.match(row)
        return row[found.end() :].strip() if found else ""

    def text(self, *, deep: bool = False) -> str:
        """Write the component again, from what is read."""
        inner = [part.text() for part in self.inner] if deep else []
        rows = [row for _, _, row in self.rows]
        return "\r\n".join([f"BEGIN:{self.name}", *rows, *inner, f"END:{self.name}"])


def read_components(text: str, findings: Findings) -> list[Component]:
    """Read the file's outermost components. Raises ScriptError where the file is not whole."""
    top: list[Component] = []
    stack: list[Component] = []
    read = 0
    for number, row in _unfolded(text):
        found = _LINE.match(row)
        if found is None:
            shown = line_of(row[:200], 40)
            findings.refuse(
                number,
                "",
                f"{shown!r} is no line of a calendar: a name, a colon, a value",
                "a text that goes on starts its next line with a space: export the file again",
            )
        name, value = found[1].upper(), row[found.end() :].strip().upper()
        if name == "BEGIN":
            made = Component(value, number)
            (stack[-1].inner if stack else top).append(made)
            stack.append(made)
            if len(stack) > DEPTH_MAX:
                findings.refuse(number, "", "components stand too deep in one another")
        elif name == "END":
            if not stack or stack[-1].name != value:
                still = f": {stack[-1].name} of line {stack[-1].line} is open" if stack else ""
                shown = line_of(value[:200], 40)
                findings.refuse(number, "", f"END:{shown} ends nothing{still}")
            stack.pop()
        elif not stack:
            findings.refuse(number, "", "this stands outside of BEGIN:VCALENDAR and END:VCALENDAR")
        elif name in _READ:
            read += len(row)
            if len(row) > LINE_MAX:
                findings.refuse(number, name, f"this is longer than {LINE_MAX} characters")
            if read > READ_MAX:
                findings.refuse(number, "", "there is more in this calendar than in any programme")
            kept = _parameters(found[0]) if name in _MOMENTS else ""
            row = f"{name}{kept}:{row[found.end() :]}"
            stack[-1].rows.append((name, number, row))
    if stack:
        findings.refuse(
            stack[-1].line, "", f"BEGIN:{stack[-1].name} is never ended: the file is not whole"
        )
    return top


def zone_name(sealed: str) -> str:
    """Give back the zone's name that a parameter holds, "" for none."""
    return bytes.fromhex(sealed.removeprefix(_SEAL)).decode(errors="ignore")


def _parameters(head: str) -> str:
    """Write again what a line says of its time: what kind it is, its zone, and how far it reaches.

    The library takes a zone's name for a file's and opens it, and keeps what one calendar says of
    a name for the next: it gets a seal instead, and zones are ours.
    """
    given = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(head)}
    kept = ""
    if (value := given.get("VALUE", "").upper()) in _VALUES:
        kept += f";VALUE={value}"
    if "TZID" in given:
        kept += f";TZID={_SEAL}{given['TZID'].encode()[:ZONE_MAX].hex()}"
    return kept + (";RANGE=THISANDFUTURE" if "RANGE" in given else "")


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Give each content line with the number of its first; a line of no reader is not joined."""
    first, parts = 0, [""]
    for number, row in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if row[:1] in (" ", "\t") and first:
            parts.append(row[1:])
        elif row.strip():
            if first:
                yield first, "".join(parts)
            first, parts = number, [row]
    if first:
        yield first, "".join(parts)

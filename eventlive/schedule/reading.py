"""Which kind of file a programme is, and its text.

Owns the way from bytes to a reader of the right format, and the words for files that are none of
them. Every format behind it gets clean Unicode text.
"""

from __future__ import annotations

import codecs
from zoneinfo import ZoneInfo

from eventlive.schedule.building import build
from eventlive.schedule.calendars import read_calendar
from eventlive.schedule.frab import read_frab
from eventlive.schedule.programme import BYTES_MAX, Findings, Schedule
from eventlive.schedule.sheets import read_sheet

_FOREIGN = {
    b"PK\x03\x04": ("an office file or an archive", "save the sheet as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": ("an office file", "save the sheet as CSV (UTF-8)"),
    b"%PDF": ("a PDF", "ask for the programme as a spreadsheet or a calendar"),
    b"\x1f\x8b": ("a compressed file", "unpack it first"),
    b"<": ("XML or a web page", "take the programme's schedule.json or its iCalendar file"),
}
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def read_schedule(data: bytes, name: str, zone: ZoneInfo) -> Schedule:
    """Read a programme: frab's or pretalx's JSON, iCalendar, or CSV.

    `name` is the file's, for messages and for its ending; `zone` is that of times which have
    none. Raises ScriptError with every reason and its place: nothing is ever read by half.
    """
    findings = Findings(name)
    if len(data) > BYTES_MAX:
        findings.refuse(0, "", f"{len(data):,} bytes; {BYTES_MAX:,} are the most that is read")
    for start, (what, instead) in _FOREIGN.items():
        if data.lstrip().startswith(start):
            findings.refuse(0, "", f"this is {what}, no programme that can be read", instead)
    ending = name.rpartition(".")[2].lower()
    is_json = ending == "json" or (
        ending not in ("ics", "csv", "tsv") and data.lstrip()[:1] in (b"{", b"[")
    )
    text, encoding = _text(data, findings, only_unicode=is_json)
    if not text.strip():
        findings.refuse(0, "", "the file is empty")
    if is_json:
        found = read_frab(text, zone, findings)
    elif ending == "ics" or text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        found = read_calendar(text, zone, findings)
    else:
        found = read_sheet(text, zone, findings)
    if encoding == "cp1252":
        found.notes.append(
            "the file is not UTF-8; it was read as Windows-1252: look at its ä and é"
        )
    return build(found, findings)


def _text(data: bytes, findings: Findings, *, only_unicode: bool) -> tuple[str, str]:
    """Decode a file: by its mark, as UTF-8, or as what spreadsheets write on Windows."""
    marks = [(mark, name) for mark, name in _MARKS.items() if data.startswith(mark)]
    mark, encoding = marks[0] if marks else (b"", "utf-8")
    body = data.removeprefix(mark)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        try:
            if mark or only_unicode:
                raise
            text, encoding = body.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            findings.refuse(
                line, "", f"byte {error.start} is not {encoding.upper()}", "save it as UTF-8"
            )
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        findings.refuse(line, "", "this is no text: it holds bytes of zero", "save it as UTF-8")
    return text, encoding

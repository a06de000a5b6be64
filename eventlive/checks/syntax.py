"""What is not TOML, in words for somebody who has never heard of it.

Owns how an error of the standard library's reader reads to a producer. Pure: it looks at the line
that the reader stopped at, and guesses; where nothing is known of it, the reader's word stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from eventlive.checks.values import LENGTHS, MOMENT, as_length, as_tied, as_toml, as_truth, mended
from eventlive.lines import Lines
from eventlive.tables import Script


class Slip(NamedTuple):
    """What is wrong on a line, and what to write there."""

    line: int
    message: str
    suggestion: str = ""


_LOOKED_AT = 10_000
"""Signs of a line that are looked at; no text of a post is longer."""
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|' + r"'[^']*'")
_CURLY = str.maketrans("“”„‟«»‘’‚‹›", '"' * 6 + "'" * 3 + '"' * 2)
_BARE = re.compile(r"^\s*([\w.-]+)\s*=\s*(.*?)\s*(?:(?<=\s)#\s.*)?$")
_KEY = re.compile(r"^\s*([\w.-]+)\s*(?:[:=]|:=|=>|\s)\s*(.+?)\s*$")
_COLON = re.compile(r"""([\w-]+["']?)\s*:\s+(?=["'\[{])""")
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?")


def slip(error: Exception, lines: Lines) -> Slip:
    """Say what is wrong with a text that is not TOML, and on which of its lines."""
    said = str(error)
    found = _PLACE.search(said)
    at_end = found is None or found[1] is None
    line = lines.last if found is None or at_end else int(found[1])
    column = 0 if found is None or at_end else int(found[2])
    row = lines.rows[line - 1][:_LOOKED_AT] if 0 < line <= len(lines.rows) else ""
    reason = _PLACE.sub("", said)
    if lines.open and (at_end or "nterminated" in reason):
        marks = "quotation marks of a text of several lines are"
        return Slip(lines.open, f"the {marks} never closed", 'end it with """')
    if isinstance(error, RecursionError):
        return Slip(line, "lists or tables stand too deep in one another")
    if reason.startswith("Exceeds the limit"):
        return Slip(line, "a number in it is too large")
    if reason == "Invalid date or datetime":
        return Slip(line, "there is no such day or hour")
    known = (
        _again(reason, line, lines)
        or _quotes(line, row)
        or _time(line, row)
        or _brackets(reason, line, row, "" if at_end else row[column - 1 :])
        or _value(reason, line, row)
        or _key(reason, line, row)
    )
    return known or Slip(line, f"a line reads key = value, and this one does not ({reason})")


def _again(reason: str, line: int, lines: Lines) -> Slip | None:
    """Find keys and tables that stand twice."""
    if not re.match(r"Cannot (declare|overwrite|mutate|redefine)|Duplicate", reason):
        return None
    # A value of several lines is refused where it ends.
    second = max((at for at in lines.again if at <= line), default=0)
    row = lines.rows[(second or line) - 1].strip()
    header = re.match(r"\[+\s*([\w.-]+)", row)
    name = header[1] if header else row.partition("=")[0].strip()
    first = f"; the first is on line {lines.again[second]}" if second else ""
    if header and _is_row(name):
        return Slip(
            second or line, f"{name!r} stands here a second time{first}", f"write [[{name}]]"
        )
    if header:
        hint = "put its keys under the first one"
        return Slip(second or line, f"[{name}] stands here a second time{first}", hint)
    if double := re.match(r"Duplicate inline table key '(.*)'", reason):
        return Slip(line, f"the key {double[1]!r} stands twice between {{ and }}", "keep one")
    message = f"the key {name!r} stands here a second time{first}"
    return Slip(second or line, message, "keep one; a new row begins with its own [[...]]")


def _is_row(name: str) -> bool:
    field = Script.model_fields.get(name)
    return field is not None and isinstance(field.default, list)


def _quotes(line: int, row: str) -> Slip | None:
    """Find a text editor's quotation marks, and those that are missing."""
    apart = _STRING.sub(lambda found: "x" * len(found.group()), row).partition("#")[0]
    if apart != apart.translate(_CURLY):
        right = row.strip().translate(_CURLY)
        return Slip(
            line, "typographic quotation marks hold no text: TOML's are straight", _w(right)
        )
    return None


def _time(line: int, row: str) -> Slip | None:
    """Find a time without seconds, and others that are nearly one."""
    found = _BARE.match(row)
    if found is None or found[2][:1] in "\"'[{":
        return None
    key, value = found.groups()
    if mended(value) != value:
        right = mended(value)
        short = re.match(r"\S+[T ]\d{1,2}:\d\d(?!:?\d)", value)
        lacks = "this time has no seconds" if short else "this is not how a time is written"
        zoned = re.search(r"(Z|[+-]\d\d:\d\d)$", right)
        also = "" if zoned else ", and its zone behind it, such as +03:00"
        return Slip(line, lacks, f"write {key} = {right}{also}")
    if _CLOCK.fullmatch(value):
        if key in LENGTHS:
            right = as_length(value)
            return Slip(
                line, "a length of time stands in quotation marks", f"write {key} = {right}"
            )
        return Slip(line, "an hour alone is no time: it needs its day and its zone", _w(_such(key)))
    if re.match(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", value):
        return Slip(
            line,
            "this is no time: a time is year, month, day, hour, minute, second and zone",
            _w(_such(key)),
        )
    return None


def _such(key: str) -> str:
    return f"{key} = {MOMENT}, say"


def _brackets(reason: str, line: int, row: str, rest: str) -> Slip | None:
    """Find lists, tables and headers that are not closed, and entries that are not apart."""
    header = re.match(r"^\s*(\[\[?)\s*([\w.\s-]+)", row)
    if "table declaration" in reason or "array declaration" in reason:
        name = header[2].strip() if header else "name"
        right = f"[[{name}]]" if header and header[1] == "[[" else f"[{name}]"
        return Slip(line, "the brackets of a table are not closed", f"write {right}")
    if header and reason.startswith("Expected newline"):
        return Slip(line, "a table's name stands alone on its line", "its keys begin on the next")
    if _goes_on(reason, row, rest):
        return Slip(line, "a list before this is not closed: a ']' is missing")
    if reason in ("Unclosed array", "Unclosed inline table"):
        if rest.startswith("#") or not rest.strip():
            return Slip(line, "{ } stands on one line, whole")
        return Slip(line, f"a comma is missing before {rest.strip()[:40]}")
    if reason == "Invalid initial character for a key part" and "{" in row:
        if rest.startswith("}"):
            return Slip(line, "before } stands no comma", "leave the last comma out")
        if not rest:
            return Slip(line, "{ } stands on one line, whole")
    return None


def _goes_on(reason: str, row: str, rest: str) -> bool:
    """Tell whether a list goes on where another line begins, or the text ends."""
    if reason == "Invalid value" and not rest:
        return "=" not in row or row.rstrip().endswith((",", "["))
    begins = row.lstrip("[ \t").startswith(rest.lstrip("[")) and re.match(
        r"[\w.-]+\s*[=\]]", rest.lstrip("[")
    )
    return reason in ("Unclosed array", "Invalid value") and bool(not rest or begins)


def _value(reason: str, line: int, row: str) -> Slip | None:
    """Find values that are none: without quotation marks, or with one too few."""
    found = _BARE.match(row)
    key, value = found.groups() if found else ("", "")
    if reason in ("Illegal character '\\n'", "Unterminated string") or reason.startswith(
        'Expected "'
    ):
        if not value:
            return Slip(line, "a quotation mark is missing in this line")
        return Slip(line, "a quotation mark is missing at the end of this text")
    if "Unescaped" in reason or "hex value" in reason or "Escaped" in reason:
        return Slip(line, r"a \ in a text says what follows it", r"write \\ for one that stays")
    if not found:
        return None
    if not value:
        return Slip(line, f"the key {key!r} has no value", f"leave it out, or write {key} = ...")
    if reason == "Invalid value":
        return Slip(line, *_unquoted(key, value))
    if reason.startswith("Expected newline"):
        if value[0] in "\"'":
            first = _first(value)
            rest = value[len(first) :]
            if right := as_tied(first[1:-1] + rest.strip("\"' ")):
                return Slip(
                    line, "the quotation marks go around the whole", f"write {key} = {right}"
                )
            if value[0] == "'":
                return Slip(line, "a ' within a text ends it", "put the text into double ones")
            if (
                value[0] == '"'
                and value.count('"') > 2
                and not rest.lstrip().startswith(("+", "-"))
            ):
                return Slip(line, 'a " within a text ends it', r"write \" for one that stays")
            return Slip(line, f"the text ends before {rest.strip()[:40]}", "one value a line")
        if number := re.fullmatch(r"(\d+),(\d+)", value):
            return Slip(line, "a number has a point", f"write {key} = {number[1]}.{number[2]}")
        if re.match(r"\d+(:\d\d)?\s*[a-z%]+", value):
            number = re.match(r"\d+", value)
            right = number.group() if number else ""
            length = as_length(value)
            also = f"; a length of time is {length}" if length else ""
            return Slip(line, "a number stands alone", f"write {key} = {right}{also}")
        return Slip(line, *_unquoted(key, value))
    return None


def _first(value: str) -> str:
    found = _STRING.match(value)
    return found.group() if found else ""


def _unquoted(key: str, value: str) -> tuple[str, str]:
    if word := as_truth(value) if not value.isdigit() else "":
        return "true and false have small letters, and no other words", f"write {key} = {word}"
    if value[0] in "#,;":
        return f"the key {key!r} has no value", f"write {key} = ..."
    if value[0] == "{":
        return "a value between { and } is none", "texts stand in quotation marks"
    if value[0] == "[":
        parts = [part.strip("\"' ") for part in value.strip("[], ").split(",")]
        if any("=" in part for part in parts):
            return (
                "names and their values stand in { }",
                f"write {key} = {{ {value.strip('[] ')} }}",
            )
        right = ", ".join(as_toml(part) for part in parts)
        return "each text in a list stands in quotation marks", f"write {key} = [{right}]"
    bare = value.strip("\"'")
    return "a text stands in quotation marks", f"write {key} = {as_toml(bare)}"


def _key(reason: str, line: int, row: str) -> Slip | None:
    """Find lines that are no key and value."""
    if "=" in reason or reason in (
        "Invalid statement",
        "Invalid initial character for a key part",
    ):
        if "{" in row and (mend := _COLON.sub(r"\1 = ", row)) != row:
            return Slip(line, "between a key and its value stands =", _w(mend.strip()))
        if row.lstrip().startswith("="):
            return Slip(line, "there is no key before =")
        found = _KEY.match(row)
        if (
            found
            and found[1].isascii()
            and row.strip()[:1] not in "-*"
            and (":" in row or "=" in row or '"' in row)
        ):
            key, value = found[1], found[2].lstrip("=:> ")
            if "=" in value:
                name = row.partition("=")[0].strip()
                joined = re.sub(r"\s+", "_", name)
                return Slip(
                    line, f"{name[:40]!r} is no key: a key is one word", f"such as {joined}"
                )
            return Slip(line, "between a key and its value stands =", f"write {key} = {value}")
        if "=" in row:
            name = row.partition("=")[0].strip()
            return Slip(line, f"{name[:40]!r} is no key: letters, digits, _ and -")
        return Slip(line, "this is no key with its value", "a remark begins with #")
    return None


def _w(right: str) -> str:
    return f"write {right[:120]}"

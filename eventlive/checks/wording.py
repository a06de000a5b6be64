"""What is wrong with a value that the tables refuse, and what to write instead.

Owns our words for each kind of pydantic's errors; its own never reach a producer. Pure: which part
of a script is read all the same, `shape` knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, get_origin

from eventlive.anchors import EXAMPLES
from eventlive.checks.asked import FEED_KINDS, asked, example, hints, options, table_in, tables_in
from eventlive.checks.findings import Finding, nearest
from eventlive.checks.values import (
    DISTANCES,
    LENGTHS,
    MOMENT,
    absolute,
    as_colour,
    as_id,
    as_length,
    as_metres,
    as_number,
    as_tied,
    as_toml,
    as_truth,
    shown,
)
from eventlive.lines import Place
from eventlive.tables import Identifier, Script
from eventlive.tables.cells import Colour, Length, Tied

_SURE = 0.75
"""A key that stands in another table is a slip of the finger only where one here is this near."""

Said = tuple[str, str]
"""What is wrong, and what to write instead, "" where only the writer knows."""


def refused(details: Sequence[Any], data: dict[str, Any]) -> list[Finding]:
    """Say what is wrong, each mistake once; `details` are pydantic's of the whole data."""
    found: dict[Finding, None] = {}
    misspelt = set()
    for detail in details:
        if detail["type"] == "extra_forbidden":
            path = place_of(detail["loc"])
            misspelt.add((*path[:-1], nearest(str(path[-1]), _keys_at(path[:-1], data))))
    for detail in details:
        if detail["type"] == "missing" and place_of(detail["loc"]) in misspelt:
            continue
        # A key that may be this or that is refused once for each.
        found.setdefault(_finding(detail, data))
    return list(found)


def place_of(loc: Place) -> Place:
    """Give the place in the file: a union's errors carry its tag, and what a value may be."""
    return tuple(step for at, step in enumerate(loc) if not _is_no_key(loc, at)) or ("",)


def _is_no_key(loc: Place, at: int) -> bool:
    match at:
        case 2 if loc[0] == "feeds":
            return loc[2] in FEED_KINDS
        case 3 if loc[0] in ("posts", "reminders") and loc[2] == "at":
            return True
        case 3 if loc[0] == "segments" and loc[2] == "scenes":
            return True
        case _:
            return loc[at] == "[key]"


def _finding(detail: Any, data: dict[str, Any]) -> Finding:
    path = place_of(detail["loc"])
    given = detail["input"]
    match detail["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            path = (*path, "kind")
        case "value_error" if isinstance(given, dict):
            # A row that is refused for one of its values: the reason begins with that.
            reason = _reason(detail)
            cells = given.items()
            path = (*path, *[key for key, cell in cells if reason.startswith(shown(cell))][:1])
        case _:
            pass
    message, suggestion = _words(detail, path, data)
    return Finding(path, message[:500], suggestion[:300])


def _words(detail: Any, path: Place, data: dict[str, Any]) -> Said:  # noqa: PLR0912 - a case each
    given, hint = detail["input"], asked(path, data)
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    entry = isinstance(path[-1], int)
    match detail["type"]:
        case "extra_forbidden":
            return _no_key(path, given, data)
        case "missing" if path == ("event",):
            return "there is no table [event]", "write [event], with id and title below it"
        case "missing":
            return f"the key {key!r} is missing", f"write {key} = {example(hint)}"
        case "union_tag_not_found":
            return "the key 'kind' is missing", f"kinds: {', '.join(FEED_KINDS)}"
        case "union_tag_invalid":
            wrong = f"there is no feed of kind {shown(detail['ctx']['tag'])}"
            return wrong, _choice(detail["ctx"]["tag"], list(FEED_KINDS), "kinds")
        case "literal_error":
            words = options(hint) or re.findall(r"'([^']+)'", detail["ctx"]["expected"])
            word = path[-1] if detail["loc"][-1] == "[key]" else given
            near = nearest(str(word).lower(), words)
            wrong = f"{shown(word)} is none of {', '.join(words)}"
            kind = "" if isinstance(given, str) else f"write {key} = {example(hint)}, say"
            return wrong, f"did you mean {near!r}?" if near else kind
        case "datetime_type" | "string_type" if hint == Tied:
            wrong = "this is neither a time with its zone nor one tied to a segment"
            right = absolute(given, data)
            return wrong, f"write {key} = {right}" if right else f"such as {MOMENT}, or {EXAMPLES}"
        case "string_type":
            return _no_text(key, given, hint, entry=entry)
        case "bool_type":
            right = as_truth(given)
            wrong = "this is true or false, in small letters and without quotation marks"
            return wrong, f"write {key} = {right}" if right else f"{key} = true, or {key} = false"
        case "int_type" | "int_from_float" | "float_type" | "finite_number":
            return _no_number(key, given, whole=detail["type"].startswith("int"))
        case "list_type" if len(path) == 1 and isinstance(given, dict):
            return f"of [[{key}]] there may be several", f"write [[{key}]], in double brackets"
        case "list_type":
            return f"{key!r} is a list: it stands in [ ]", f"write {key} = {_as_list(given, hint)}"
        case "dict_type":
            wrong = f"{key!r} is a table: names and their values, in {{ }}"
            return wrong, f"such as {key} = {example(hint)}"
        case "model_type" | "model_attributes_type":
            return _no_table(path, key, given)
        case kind if kind.startswith("datetime"):
            return _no_time(path, key, given, data)
        case "string_pattern_mismatch":
            return _no_match(key, str(given), hint, entry=entry)
        case "string_too_short":
            return "there is nothing between the quotation marks", ""
        case "too_short":
            least = detail["ctx"]["min_length"]
            return f"this list needs at least {least}", f"such as {key} = {example(hint)}"
        case "string_too_long":
            most = detail["ctx"]["max_length"]
            return f"this has {len(given)} characters; {most} is the limit", "shorten it"
        case "too_long":
            most, has = detail["ctx"]["max_length"], detail["ctx"]["actual_length"]
            return f"this list has {has} entries; {most} is the limit", ""
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return _too_much(key, given, detail["ctx"])
        case "value_error":
            return _as_said(_reason(detail), key, given, data)
        case _:
            return f"{shown(given)} cannot stand here", f"such as {key} = {example(hint)}"


def _reason(detail: Any) -> str:
    return str(detail["msg"]).removeprefix("Value error, ")


# --- what each kind of value may be ---------------------------------------------------------------


def _no_text(key: str, given: object, hint: object, *, entry: bool) -> Said:
    if hint == Length:
        wrong = "a length of time is a text: minutes and seconds, in quotation marks"
        return wrong, f"write {key} = {as_length(given) or example(hint)}"
    if key in DISTANCES and (right := as_metres(given)):
        return "a distance is a text of metres", f"write {key} = {right}"
    if entry and isinstance(given, list | dict):
        return f"each entry of {key!r} is one text", f"such as {key} = [{example(hint)}]"
    if isinstance(given, list):
        many = f"; for several there is {key}s = [...]" if key == "account" else ""
        only = as_toml(given[0]) if given and isinstance(given[0], str) else example(hint)
        return f"{key!r} is one text, and no list{many}", f"write {key} = {only}"
    if isinstance(given, dict):
        wrong = f"{key!r} is a text, and no table"
        return wrong, f"write {key} = {example(hint)}"
    text = as_toml(as_toml(given))
    return "a text stands in quotation marks", f"write {text if entry else f'{key} = {text}'}"


def _no_number(key: str, given: object, *, whole: bool) -> Said:
    right = as_number(given, whole=whole)
    hint = f"write {key} = {right}" if right else f"such as {key} = {'12' if whole else '0.5'}"
    if whole and isinstance(given, float):
        return f"this is a whole number, and {shown(given)} is none", hint
    kind = "whole number" if whole else "number"
    return f"this is a {kind}, in digits and without quotation marks", hint


def _no_time(path: Place, key: str, given: object, data: dict[str, Any]) -> Said:
    right = absolute(given, data)
    if isinstance(given, str) and right:
        return "a time stands without quotation marks", f"write {key} = {right}"
    if isinstance(given, str) and as_tied(given):
        wrong = "only a fixed time stands here; `at` alone can be tied to a segment"
        return (
            wrong,
            'after = "..." names the one before' if key == "starts" else f"such as {MOMENT}",
        )
    wrong = "a time has its day, its hour and its zone"
    return wrong, f"write {key} = {right}" if right else f"such as {key} = {MOMENT}"


def _no_table(path: Place, key: str, given: object) -> Said:
    if key == "pictures":
        name = as_toml(given) if isinstance(given, str) else '"..."'
        right = f'[{{ file = {name}, alt = "what it shows" }}]'
        return "a picture is a file and what it shows, in { }", f"write pictures = {right}"
    if len(path) == 1 and isinstance(given, list):
        return f"there is only one [{key}]", f"write [{key}], in single brackets"
    head = f"[[{key}]]" if len(path) > 1 else f"[{key}]"
    return "this is a table", f"write {head}, and its keys on the lines below"


def _no_match(key: str, given: str, hint: object, *, entry: bool) -> Said:
    if hint == Identifier:
        right = as_id(given)
        said = f'"{right}"' if entry else f'{key} = "{right}"'
        wrong = f"{shown(given)} is not an id: small letters, digits and -, at most 40"
        return wrong, f"write {said}" if right else ""
    if hint == Colour:
        wrong = f"{shown(given)} is no colour: # and six digits, 0 to f"
        right = as_colour(given)
        return wrong, f'write {key} = "{right}"' if right else f'such as {key} = "#1fa6a0"'
    match key:
        case "link" | "source":
            rest = re.sub(r"^[a-zA-Z]*:/*|\s", "", given)
            right = f"https://{rest}" if re.match(r"[\w-]+(\.[\w-]+)+([/:?#]|$)", rest) else ""
            wrong = f"{shown(given)} is no link: it begins with https:// and has no spaces"
            return wrong, f'write {key} = "{right or "https://..."}"'
        case "language":
            code = re.match(r"[a-z]{2,3}(?=[-_]|$)", given.lower())
            wrong = f"{shown(given)} is no language: its two or three small letters"
            return (
                wrong,
                f'write language = "{code.group()}"' if code else 'such as language = "en"',
            )
        case _:
            return f"{shown(given)} cannot stand here", f"such as {key} = {example(hint)}"


def _too_much(key: str, given: object, bound: dict[str, Any]) -> Said:
    if given != given:  # noqa: PLR0124 - "not a number" alone is not what it is
        return "nan is no number", ""
    ((name, limit),) = [(name, value) for name, value in bound.items() if name in _BOUNDS]
    wrong, reads = _BOUNDS[name]
    hint = ""
    if isinstance(given, int | float) and limit == 1 and 2 <= given <= 100:
        hint = f"a share: of a hundred {given:g}, write {key} = {given / 100:g}"
    return f"{shown(given)} is {wrong}: it is {reads} {limit:,g}", hint


_BOUNDS = {
    "gt": ("too little", "more than"),
    "ge": ("too little", "at least"),
    "lt": ("too much", "less than"),
    "le": ("too much", "at most"),
}


def _as_said(reason: str, key: str, given: object, data: dict[str, Any]) -> Said:
    """Give the tables' own reason, which may end in what to write; add what can be guessed."""
    if isinstance(given, datetime) and given.tzinfo is None and (right := absolute(given, data)):
        return reason.partition(";")[0], f"write {key} = {right}"
    for mark in ("; did you mean ", "; write ", "; use "):
        message, found, hint = reason.partition(mark)
        if found:
            return message, mark.removeprefix("; ") + hint
    right = as_tied(given) if key == "at" else as_length(given) if key in LENGTHS else ""
    return reason, f"write {key} = {right}" if right and right != as_toml(given) else ""


def _as_list(given: object, hint: object) -> str:
    if isinstance(given, dict | list) or table_in(hint):
        return example(hint)
    parts = re.split(r"\s*[,;]\s*", given) if isinstance(given, str) else [given]
    texts = [part if isinstance(part, str) else as_toml(part) for part in parts]
    return f"[{', '.join(as_toml(text) for text in texts)}]"


# --- keys -----------------------------------------------------------------------------------------


def _no_key(path: Place, given: object, data: dict[str, Any]) -> Said:
    key = str(path[-1])
    wrong = f"there is no key {shown(key)} here"
    if len(path) == 1 and isinstance(given, dict):
        wrong = f"there is no table [{shown(key)[1:-1]}]"
    elif len(path) == 1 and isinstance(given, list) and given and isinstance(given[0], dict):
        wrong = f"there is no table [[{shown(key)[1:-1]}]]"
    known = _keys_at(path[:-1], data)
    near = nearest(key, known)
    if not near or SequenceMatcher(None, key, near).ratio() < _SURE:
        if len(path) > 1 and key == "version":
            return wrong, "it belongs to the top of the file, before any [table]"
        if len(path) > 1 and (hint := hints(Script).get(key)):
            head = f"[[{key}]]" if get_origin(hint) is list else f"[{key}]"
            return wrong, f"{head} is a table: it has a line of its own"
        if at := _elsewhere(key):
            return wrong, f"it belongs under {' or '.join(at)}"
    return wrong, f"did you mean {near!r}?" if near else f"known here: {', '.join(known)}"


def _elsewhere(key: str) -> list[str]:
    """List the tables that have a key, three at most."""
    found = []
    for name, hint in hints(Script).items():
        double = get_origin(hint) is list
        if any(key in model.model_fields for model in tables_in(hint)):
            found.append(f"[[{name}]]" if double else f"[{name}]")
    return found[:3]


def _keys_at(path: Place, data: dict[str, Any]) -> list[str]:
    """List the keys that the tables know at a place."""
    table = table_in(asked(path, data))
    return list((table or Script).model_fields)


def _choice(word: object, options: list[str], what: str) -> str:
    near = nearest(str(word).lower(), options)
    return f"did you mean {near!r}?" if near else f"{what}: {', '.join(options)}"

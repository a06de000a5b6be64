"""What the tables refuse: keys that are not there, values that cannot be.

Owns how pydantic's errors read to a producer, and how the rest of a script is read all the same, so
that one slip of the finger hides no other. Pure.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from eventlive.anchors import EXAMPLES
from eventlive.checks.findings import Finding, Proof, nearest
from eventlive.checks.names import IDENTIFIED
from eventlive.lines import Place
from eventlive.tables import Account, BlueskyFeed, MastodonFeed, ReplayFeed, Script, XFeed

DEPTH_MAX = 20
_ROUNDS = 5
"""A key taken out may leave its row without what it needs, and the row its table."""

_FEED_KINDS: dict[str, type[BaseModel]] = {
    "replay": ReplayFeed,
    "bluesky": BlueskyFeed,
    "mastodon": MastodonFeed,
    "x": XFeed,
}


def absurd(value: object, at: Place = ()) -> Iterator[Finding]:
    """Find what no reader would survive: numbers of thousands of digits, depth without end."""
    if len(at) > DEPTH_MAX:
        yield Finding(at, f"tables stand more than {DEPTH_MAX} deep")
    elif isinstance(value, int) and abs(value) >= 1 << 63:
        yield Finding(at, "this number is too large")
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from absurd(inner, (*at, key))


# --- reading what can be read --------------------------------------------------------------------


class Rows:
    """Which row of the file each row of a script is, where some could not be read."""

    def __init__(self) -> None:
        self._kept: dict[str, list[int]] = {}

    def written(self, place: Place) -> Place:
        """Turn a place in the script into that in the file."""
        if len(place) > 1 and isinstance(place[1], int) and str(place[0]) in self._kept:
            return (place[0], self._kept[str(place[0])][place[1]], *place[2:])
        return place

    def drop(self, table: str, rows: list[object], indexes: set[int]) -> None:
        """Take rows out of a table."""
        kept = self._kept.get(table) or list(range(len(rows)))
        self._kept[table] = [kept[at] for at in range(len(rows)) if at not in indexes]
        rows[:] = [row for at, row in enumerate(rows) if at not in indexes]


def read_tables(data: dict[str, Any]) -> tuple[Proof | None, Rows, list[Finding]]:
    """Read the tables: what can be checked further, None for nothing; its rows; what is refused."""
    rows, unread, lost = Rows(), set[Place](), set[str]()
    ids, voices = _ids(data), _voices(data)
    try:
        return Proof(Script.model_validate(data), ids, voices=voices), rows, []
    except ValidationError as error:
        details = error.errors(include_url=False)
    # A key that may be this or that is refused once for each.
    refused = list(dict.fromkeys(_finding(detail, data) for detail in details))
    sound = copy.deepcopy(data)
    for _ in range(_ROUNDS):
        for place in _cut(sound, details, rows):
            unread.add(place)
            if len(place) == 2 and isinstance(place[1], int):
                lost.add(str(place[0]))
        try:
            script = Script.model_validate(sound)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            proof = Proof(script, ids, frozenset(unread), frozenset(lost), voices)
            return proof, rows, refused
    return None, rows, refused


def _ids(data: dict[str, Any]) -> dict[str, frozenset[str]]:
    """Give the ids that stand in each table, readable or not."""
    return {table: _column(data, table, "id") for table in IDENTIFIED}


def _voices(data: dict[str, Any]) -> frozenset[str]:
    usual: str = Account.model_fields["network"].default
    networks = _column(data, "accounts", "network", usual)
    languages = _column(data, "accounts", "language")
    return (_column(data, "accounts", "id") | languages | networks) - {""}


def _column(data: dict[str, Any], table: str, key: str, usual: str = "") -> frozenset[str]:
    rows = data.get(table)
    if not isinstance(rows, list):
        return frozenset()
    cells = [row.get(key, usual) for row in rows if isinstance(row, dict)]
    return frozenset(cell for cell in cells if isinstance(cell, str))


def _cut(data: dict[str, Any], details: Iterable[Any], rows: Rows) -> Iterator[Place]:
    """Take out of the data what is refused; give the places in the file."""
    whole: dict[str, set[int]] = {}
    cuts = {_cut_at(detail) for detail in details}
    # The deepest first, so that what holds a place is still there.
    for place in sorted(cuts, key=len, reverse=True):
        yield rows.written(place)
        if len(place) == 2 and isinstance(place[1], int):
            whole.setdefault(str(place[0]), set()).add(place[1])
        elif place in (("event",), ("event", "id"), ("event", "title")):
            # Nothing can be said of a script without an event; of one without its name, all.
            if not isinstance(data.get("event"), dict):
                data["event"] = {}
            data["event"] |= (
                {"id": "event", "title": "event"} if len(place) == 1 else {place[1]: "event"}
            )
        else:
            _remove(data, place)
    for table, indexes in whole.items():
        rows.drop(table, data[table], indexes)


def _cut_at(detail: Any) -> Place:
    """Give the key or the row to leave out for an error: the smallest that can be missed."""
    path = _path(detail["loc"])
    if detail["type"] == "missing" and path[:1] != ("event",):
        path = path[:-1]
    while isinstance(path[-1], int) and not (len(path) == 2 and path[0] in IDENTIFIED):
        path = path[:-1]
    return path


def _remove(data: dict[str, Any], place: Place) -> None:
    held: Any = data
    for step in place[:-1]:
        try:
            held = held[step]
        except (LookupError, TypeError):
            return
    if isinstance(held, dict):
        held.pop(place[-1], None)


# --- what pydantic says --------------------------------------------------------------------------


def _finding(detail: Any, data: dict[str, Any]) -> Finding:
    loc = detail["loc"]
    path = _path(loc)
    message, suggestion = detail["msg"].removeprefix("Value error, "), ""
    given = _short(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            message = f"there is no key {_short(path[-1])} here"
            known = _keys_at(path[:-1], data)
            near = nearest(str(path[-1]), known)
            suggestion = f"did you mean {near!r}?" if near else f"known here: {', '.join(known)}"
        case "missing":
            message = f"the key {path[-1]!r} is missing"
        case "datetime_type" | "string_type" if path != loc and path[-1] == "at":
            message = "this is neither a time with its zone nor one tied to a segment"
            suggestion = f"such as 2027-05-20T09:00:00+03:00, or {EXAMPLES}"
        case "literal_error":
            expected = re.findall(r"'([^']+)'", detail["ctx"]["expected"])
            word = path[-1] if loc[-1] == "[key]" else given.strip("'")
            near = nearest(str(word), expected)
            message = f"{_short(word)} is none of {', '.join(expected)}"
            suggestion = f"did you mean {near!r}?" if near else ""
        case "union_tag_invalid":
            tags = re.findall(r"'([^']+)'", detail["ctx"]["expected_tags"])
            message = f"there is no feed of kind {detail['ctx']['tag']!r}"
            near = nearest(detail["ctx"]["tag"], tags)
            suggestion = f"did you mean {near!r}?" if near else f"kinds: {', '.join(tags)}"
            path = (*path, "kind")
        case "union_tag_not_found":
            message, path = "the key 'kind' is missing", (*path, "kind")
        case "string_pattern_mismatch" if path[-1:] == ("id",):
            message = f"{given} is not an id: small letters, digits and -, at most 40"
        case "value_error" if isinstance(detail["input"], dict):
            # A row that is refused for one of its values: the reason begins with that.
            cells = detail["input"].items()
            path = (*path, *[key for key, cell in cells if message.startswith(_short(cell))][:1])
    return Finding(path, message[:500], suggestion)


def _path(loc: Place) -> Place:
    """Give the place in the file: a union's errors carry its tag, and what a value may be."""
    return tuple(step for at, step in enumerate(loc) if not _is_no_key(loc, at)) or ("",)


def _is_no_key(loc: Place, at: int) -> bool:
    match at:
        case 2 if loc[0] == "feeds":
            return loc[2] in _FEED_KINDS
        case 3 if loc[0] in ("posts", "reminders") and loc[2] == "at":
            return True
        case _:
            return loc[at] == "[key]"


def _short(value: object) -> str:
    """Show what somebody wrote, however long or deep it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else f"{value[:80]}…")
    return repr(value) if isinstance(value, int | float | bool) else f"a {type(value).__name__}"


def _keys_at(path: Place, data: dict[str, Any]) -> list[str]:
    """List the keys that the tables know at a place."""
    model: type[BaseModel] = Script
    for depth, step in enumerate(path):
        if isinstance(step, int):
            continue
        if depth == 0 and step == "feeds":
            rows = data.get("feeds")
            index = path[1] if len(path) > 1 else 0
            kind = rows[index].get("kind", "") if isinstance(rows, list) else ""  # type: ignore[index]
            model = _FEED_KINDS.get(kind, ReplayFeed)
        elif field := model.model_fields.get(str(step)):
            model = _table_in(field.annotation) or model
    return list(model.model_fields)


def _table_in(annotation: object) -> type[BaseModel] | None:
    """Give the table that a key holds, alone or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_table_in(inner) for inner in get_args(annotation))
    return next((table for table in found if table), None)

"""What the tables refuse: keys that are not there, values that cannot be.

Owns how the rest of a script is read all the same, so that one slip of the finger hides no other.
Pure; how a refusal reads to a producer is `wording`'s.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from eventlive.checks.findings import Finding, Proof
from eventlive.checks.names import IDENTIFIED, ROWS
from eventlive.checks.wording import place_of, refused
from eventlive.lines import Place
from eventlive.tables import Account, Script

DEPTH_MAX = 20
_ROUNDS = 5
"""A key taken out may leave its row without what it needs, and the row its table."""


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
    wrong = refused(details, data)
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
            places = frozenset(unread)
            proof = Proof(script, ids, places, frozenset(lost), voices, rows.written)
            return proof, rows, wrong
    return None, rows, wrong


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
    path = place_of(detail["loc"])
    if detail["type"] == "missing" and path[:1] != ("event",):
        path = path[:-1]
    while isinstance(path[-1], int) and not (len(path) == 2 and path[0] in ROWS):
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

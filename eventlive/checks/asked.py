"""What the tables ask for at each place: its type, its words, an example of it.

Owns the way through the models by the keys of a script. Pure; how a refusal reads is `wording`'s.
"""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from eventlive.checks.values import MOMENT, as_toml
from eventlive.lines import Place
from eventlive.tables import BlueskyFeed, Identifier, MastodonFeed, ReplayFeed, Script, XFeed, Zoned
from eventlive.tables.cells import Length, Tied
from eventlive.tables.wall import ScenesOfSegment

FEED_KINDS: dict[str, type[BaseModel]] = {
    "replay": ReplayFeed,
    "bluesky": BlueskyFeed,
    "mastodon": MastodonFeed,
    "x": XFeed,
}


@cache
def hints(model: type[BaseModel]) -> dict[str, Any]:
    """Give the keys of a table with their types, whole."""
    return get_type_hints(model, include_extras=True)


def asked(path: Place, data: dict[str, Any]) -> object:
    """Give the type that the tables want at a place, None where they know no such place."""
    hint: object = Script
    for depth, step in enumerate(path):
        hint = _within(_without_none(hint), step)
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            hint = hints(hint).get(str(step))
        elif get_origin(hint) in (list, dict):
            hint = get_args(hint)[-1]
        else:
            return None
        if path[0] == "feeds" and depth == 1:
            rows = data.get("feeds")
            row = rows[step] if isinstance(rows, list) and isinstance(step, int) else None
            kind = row.get("kind") if isinstance(row, dict) else None
            hint = FEED_KINDS.get(kind, ReplayFeed) if isinstance(kind, str) else ReplayFeed
    return _without_none(hint)


def _within(hint: object, step: str | int) -> object:
    """Give what has keys, or entries, of a type that says more of it than that."""
    if hint == ScenesOfSegment:
        hint = get_args(get_args(hint)[0])[isinstance(step, str)]
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _without_none(hint: object) -> object:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    rest = [each for each in get_args(hint) if each is not NoneType]
    return rest[0] if len(rest) == 1 else hint


def options(hint: object) -> list[str]:
    """List the words of which a key takes one, none where it takes others."""
    return [str(each) for each in get_args(hint)] if get_origin(hint) is Literal else []


def tables_in(hint: object) -> list[type[BaseModel]]:
    """List the tables that a key may hold, alone or in a list."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    return [table for inner in get_args(hint) for table in tables_in(inner)]


def table_in(hint: object) -> type[BaseModel] | None:
    """Give the first of those."""
    return next(iter(tables_in(hint)), None)


def example(hint: object) -> str:
    """Write a value of a type, as a script does."""
    for kind, right in _EXAMPLES:
        if hint == kind:
            return right
    if words := options(hint):
        return as_toml(words[0])
    match get_origin(hint):
        case origin if origin is Annotated:
            return example(get_args(hint)[0])
        case origin if origin is list:
            return f"[{example(get_args(hint)[0])}]"
        case origin if origin is dict:
            name, value = get_args(hint)
            return f"{{ {next(iter(options(name)), 'name')} = {example(value)} }}"
    if table := table_in(hint):
        cells = [key for key, field in table.model_fields.items() if field.is_required()]
        return f"{{ {', '.join(f'{key} = {example(hints(table)[key])}' for key in cells)} }}"
    return '"..."'


_EXAMPLES: tuple[tuple[object, str], ...] = (
    (Identifier, '"main"'),
    (Length, '"10:00"'),
    (Tied, '"keynote+05:00"'),
    (ScenesOfSegment, '["masonry"]'),
    (Zoned, MOMENT),
    (bool, "true"),
    (int, "12"),
    (float, "0.5"),
)

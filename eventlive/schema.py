"""JSON Schemas of what a person writes and of what travels.

Owns their assembly from the models; never restates a shape.
"""

from __future__ import annotations

from typing import Any

import msgspec

from eventlive.messages import FromConsole, FromScreen, ToConsole, ToScreen
from eventlive.model import Deleted, Moment, Post
from eventlive.tables import Script

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class DeleteLine(msgspec.Struct, omit_defaults=True):
    """A line that takes a post away; without `at` it plays right after the line before it."""

    delete: Deleted
    at: Moment | None = None


class EditLine(msgspec.Struct, omit_defaults=True):
    """A line that changes a post."""

    edit: Post
    at: Moment | None = None


def schema(what: str) -> dict[str, Any]:
    """Give the JSON Schema of "script", "post", "console" or "screen", or "all" of them."""
    match what:
        case "script":
            return {"$schema": DIALECT, **Script.model_json_schema()}
        case "post":
            shapes, definitions = _components([Post, DeleteLine, EditLine])
            return {"$schema": DIALECT, "anyOf": list(shapes), "$defs": definitions}
        case "console":
            return _frames(from_console=FromConsole, to_console=ToConsole)
        case "screen":
            return _frames(from_screen=FromScreen, to_screen=ToScreen)
        case _:
            return {one: schema(one) for one in ("script", "post", "console", "screen")}


def _frames(**kinds: Any) -> dict[str, Any]:
    shapes, definitions = _components(list(kinds.values()))
    return {"$schema": DIALECT, **dict(zip(kinds, shapes, strict=True)), "$defs": definitions}


def _components(kinds: list[Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    return msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")

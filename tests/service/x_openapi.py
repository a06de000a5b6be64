"""X's published API description: what it lets a server answer and a client ask.

Owns reading two versions of the description (the newest, and the one before, which spells some
names the old way) and saying in which ways a request or an answer departs from them. Stricter than
the description in one point: a name that it does not mention is a departure. Knows nothing of any
server.

Where X itself departs from its description (seen in recorded answers and in users' reports), the
description is widened here, and only here:

- Problems. 2.167 lists nine kinds. X goes on answering with kinds that 2.159 names and 2.167 does
  not: `about:blank` (401, 403, 429), `streaming-connection`, `operational-disconnect`,
  `duplicate-rules`, `rule-cap`, `unsupported-authentication` and more. They are taken from 2.159.
- `invalid-rules` and `duplicate-rules` name the rule in `value`, its id in `id` and the reasons in
  the list `details`.
- 2.159 requires `meta` in the answers to media uploads, and describes no such thing; and it
  requires `type` in `processing_info`. X sends neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from tests.parts import CASES

Spelling = Literal["post", "tweet"]
VERSIONS: Mapping[Spelling, str] = {"post": "2.167", "tweet": "2.159"}
HOSTS: Mapping[Spelling, str] = {"post": "https://api.x.com", "tweet": "https://api.twitter.com"}
"""Where the addresses of kinds of problems begin, by version."""

_formats = FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation; `many` where its value is a list with commas."""

    name: str
    where: str
    required: bool
    kind: str
    check: Draft202012Validator

    def faults(self, value: str) -> str:
        """Say what is wrong with a value, "" for nothing."""
        read: object = value
        match self.kind:
            case "array":
                read = value.split(",")
            case "integer":
                if not value.lstrip("-").isdigit():
                    return f"[{value}] is not an integer"
                read = int(value)
            case "boolean":
                if value not in {"true", "false"}:
                    return f"[{value}] is not a boolean"
                read = value == "true"
        return _fault(self.check, read)


@dataclass(frozen=True, slots=True)
class Operation:
    """What one operation takes and answers; `security` holds BearerToken, UserToken and others."""

    key: str
    security: frozenset[str]
    parameters: Mapping[str, Parameter]
    body: Draft202012Validator | None
    answers: Mapping[tuple[str, str], Draft202012Validator] = field(repr=False)

    def body_fault(self, body: object) -> str:
        """Say what is wrong with a request's body, "" for nothing."""
        return "" if self.body is None else _fault(self.body, body)

    def departure(self, status: int, content_type: str, body: object) -> str:
        """Say in which way an answer departs from the description, "" where it does not."""
        named = str(status) if any(str(status) == code for code, _ in self.answers) else "default"
        check = self.answers.get((named, content_type))
        if check is None:
            return f"{self.key}: {status} with {content_type} is not described"
        fault = _fault(check, body)
        return f"{self.key} {status}: {fault}" if fault else ""


class Description:
    """One version of the description. Made by `description`."""

    def __init__(self, spelling: Spelling) -> None:
        self.version = VERSIONS[spelling]
        self._document = _document(spelling)
        self._schemas: dict[str, dict[str, Any]] = self._document["components"]["schemas"]
        self._expanded: dict[str, Any] = {}
        self._widen(spelling)
        self._operations: dict[str, Operation] = {}

    def operation(self, key: str) -> Operation:
        """Give an operation by "METHOD /path/{with}/templates". Raises KeyError."""
        if key not in self._operations:
            self._operations[key] = self._read(key)
        return self._operations[key]

    def _read(self, key: str) -> Operation:
        method, path = key.split(" ")
        raw = self._document["paths"][path][method.lower()]
        answers = {
            (status, content_type): _validator(self._expand(content["schema"]))
            for status, answer in raw["responses"].items()
            for content_type, content in answer.get("content", {}).items()
        }
        body = raw.get("requestBody", {}).get("content", {}).get("application/json")
        return Operation(
            key,
            frozenset(name for needs in raw.get("security", ()) for name in needs),
            {given.name: given for given in self._parameters(raw.get("parameters", ()))},
            None if body is None else _validator(self._expand(body["schema"])),
            answers,
        )

    def _parameters(self, raw: list[dict[str, Any]]) -> Iterator[Parameter]:
        for given in raw:
            if "$ref" in given:
                name = given["$ref"].rsplit("/", 1)[1]
                given = self._document["components"]["parameters"][name]
            schema = self._expand(given["schema"])
            yield Parameter(
                given["name"],
                given["in"],
                given.get("required", False),
                schema.get("type", "string"),
                _validator(schema),
            )

    # --- schemas as one plain piece each ------------------------------------------------------

    def _expand(self, schema: Any, closed: bool = True) -> Any:
        """Write a schema without references, closed to names that it does not mention."""
        if isinstance(schema, list):
            return [self._expand(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if name not in self._expanded:
                self._expanded[name] = self._expand(self._schemas[name])
            return self._expanded[name]
        if "allOf" in schema:
            return self._close(self._merge(schema["allOf"]), closed)
        mapping = schema.get("discriminator", {}).get("mapping", {})
        if mapping and "oneOf" not in schema:
            # Written once for all kinds; each kind is `allOf` this and its own names.
            return {"anyOf": [self._expand({"$ref": ref}) for ref in mapping.values()]}
        plain = {
            key: (
                {name: self._expand(part) for name, part in value.items()}
                if key == "properties"
                else value
                if key in {"enum", "required", "example", "default"}
                else self._expand(value)
            )
            for key, value in schema.items()
            if key not in {"discriminator", "nullable", "example", "description"}
        }
        if schema.get("nullable"):
            plain = {"anyOf": [self._close(plain, closed), {"type": "null"}]}
        return self._close(plain, closed)

    def _merge(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        merged: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        for part in parts:
            if "$ref" in part:
                part = self._schemas[part["$ref"].rsplit("/", 1)[1]]
            if "allOf" in part:
                one = self._merge(part["allOf"])
            else:
                one = {
                    "properties": {
                        name: self._expand(value)
                        for name, value in part.get("properties", {}).items()
                    },
                    "required": part.get("required", []),
                }
            merged["properties"] |= one["properties"]
            merged["required"] = [*merged["required"], *one["required"]]
        return merged

    def _close(self, schema: dict[str, Any], closed: bool) -> dict[str, Any]:
        if closed and schema.get("properties") and "additionalProperties" not in schema:
            return schema | {"additionalProperties": False}
        return schema

    # --- where X departs from it itself -------------------------------------------------------

    def _widen(self, spelling: Spelling) -> None:
        own = [self._expand(kind) for kind in self._schemas["Problem"].get("oneOf", ())]
        known = {kind["properties"]["type"]["enum"][0].rsplit("/", 1)[1] for kind in own}
        self._expanded["Problem"] = {"anyOf": [*own, *_problems(HOSTS[spelling], known)]}
        for name in ("MediaUploadResponse", "MediaUploadAppendResponse"):
            self._schemas[name].pop("required", None) if name in self._schemas else None
        self._schemas.get("ProcessingInfo", {}).pop("required", None)


def _problems(host: str, known: set[str]) -> Iterator[dict[str, Any]]:
    """Give the kinds of problems that the older version names, without those known already."""
    schemas = _document("tweet")["components"]["schemas"]
    base = schemas["Problem"]
    for address, ref in base["discriminator"]["mapping"].items():
        kind = address.rsplit("/", 1)[-1]
        if kind in known:
            continue
        properties, required = dict(base["properties"]), list(base["required"])
        for part in schemas[ref.rsplit("/", 1)[1]]["allOf"][1:]:
            properties |= part.get("properties", {})
            required += part.get("required", [])
        if kind in {"invalid-rules", "duplicate-rules"}:
            properties |= {"id": {"type": "string"}, "value": {"type": "string"}}
            properties["details"] = {"type": "array", "items": {"type": "string"}}
        at = address if kind == "about:blank" else f"{host}/2/problems/{kind}"
        yield {
            "type": "object",
            "properties": properties | {"type": {"enum": [at]}},
            "required": required,
            "additionalProperties": False,
        }


@cache
def description(spelling: Spelling) -> Description:
    """Read the version that spells names this way; read once for the whole run."""
    return Description(spelling)


def _document(spelling: Spelling) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_text(VERSIONS[spelling]))
    return read


@cache
def _text(version: str) -> bytes:
    return (CASES / "x" / f"openapi-{version}.json").read_bytes()


def _validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=_formats)


def _fault(check: Draft202012Validator, body: object) -> str:
    error = best_match(check.iter_errors(body))
    if error is None:
        return ""
    return f"{error.json_path}: {error.message}"[:600]

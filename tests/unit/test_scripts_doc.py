"""docs/scripts.md against the models: every table and key, its type and default; every snippet.

The document is for producers; that it is right is for this file. A key that the models gain, lose
or change makes it red until the document says so.
"""

import re
import types
import typing
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from eventlive.model import SceneName
from eventlive.script import read
from eventlive.tables import Identifier, Script, Zoned
from eventlive.tables.cells import Colour, FileName, LanguageCode, Length, Tied
from eventlive.tables.wall import Away, Round, ScenesOfSegment, Wide
from tests.parts import ROOT

TEXT = (ROOT / "docs" / "scripts.md").read_text("utf-8")
WHOLE = "The whole file"
WORDS = {
    Identifier: "id",
    LanguageCode: "language",
    Length: "length of time",
    Tied: "time, or a text tied to a segment",
    Colour: "colour",
    FileName: "file",
    Away: "distance",
    Wide: "distance",
    Round: "text",
    SceneName: "scene",
    ScenesOfSegment: "list of scenes, or of each screen",
    Zoned: "time",
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    datetime: "time",
}
MANY = {
    "id": "ids",
    "text": "text",
    "number": "numbers",
    "table": "tables",
    "scene": "scenes",
}


class Row(NamedTuple):
    """What the document says of a key, or what it has to say."""

    type: str
    default: str


# --- what the models say --------------------------------------------------------------------------


def models(kind: Any) -> list[type[BaseModel]]:
    """List the tables in a type, wherever they stand in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for inner in typing.get_args(kind) for model in models(inner)]


def type_in_words(kind: Any) -> str:
    if kind in WORDS:
        return WORDS[kind]
    arguments = typing.get_args(kind)
    match typing.get_origin(kind):
        case typing.Annotated:
            return type_in_words(arguments[0])
        case typing.Literal:
            return f"one of {', '.join(f'`{in_toml(value)}`' for value in arguments)}"
        case types.UnionType | typing.Union:
            (one, *_) = (each for each in arguments if each is not type(None))
            return type_in_words(one)
        case origin if origin is list:
            return f"list of {MANY[type_in_words(arguments[0])]}"
        case origin if origin is dict:
            return f"table of {MANY[type_in_words(arguments[1])]}"
    assert models(kind), kind
    return "table"


def in_toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(in_toml, value))}]"
    return repr(value)


def default_in_words(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    return "empty" if isinstance(value, BaseModel) else f"`{in_toml(value)}`"


def rows_of(model: type[BaseModel]) -> dict[str, Row]:
    hints = typing.get_type_hints(model, include_extras=True)
    return {
        name: Row(type_in_words(hints[name]), default_in_words(field))
        for name, field in model.model_fields.items()
    }


def walk(model: type[BaseModel], path: str = "") -> dict[str, dict[str, Row]]:
    """Give every table under its heading, the kinds of a union apart."""
    found: dict[str, dict[str, Row]] = {}
    for name, field in model.model_fields.items():
        inner = models(field.annotation)
        dotted = f"{path}{name}"
        for one in inner:
            listed = typing.get_origin(field.annotation) is list
            heading = f"`[[{dotted}]]`" if listed else f"`[{dotted}]`"
            if len(inner) > 1:
                kind = rows_of(one)["kind"].type.removeprefix("one of `").removesuffix("`")
                heading += f" with `kind = {kind}`"
            found[heading] = rows_of(one)
            found |= walk(one, f"{dotted}.")
    return found


@cache
def expected() -> dict[str, dict[str, Row]]:
    return {WHOLE: rows_of(Script)} | walk(Script)


# --- what the document says -----------------------------------------------------------------------


def sections(text: str) -> dict[str, dict[str, Row]]:
    """Read the tables of keys under each heading of the reference. Refuses a key said twice."""
    found: dict[str, dict[str, Row]] = {}
    reference = text.partition("\n# Every table, every key\n")[2]
    for section in re.split(r"^## ", reference, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        assert heading not in found, heading
        rows = found[heading] = {}
        for line in re.findall(r"^\| `.*\|$", body, re.MULTILINE):
            key, kind, default, meaning = (cell.strip() for cell in line.strip("|").split(" | "))
            assert key.strip("`") not in rows, (heading, key)
            assert re.search(r"\w.*[.:?)]$", meaning), (heading, key)
            rows[key.strip("`")] = Row(kind, default)
    return found


def test_the_walk_reaches_every_table() -> None:
    assert len(expected()) >= 27
    assert {"`[[posts.pictures]]`", '`[[feeds]]` with `kind = "x"`', "`[desk]`"} <= set(expected())


def test_every_table_is_documented_and_none_is_unknown() -> None:
    assert set(sections(TEXT)) == set(expected())


@pytest.mark.parametrize("heading", expected())
def test_every_key_is_documented_with_its_type_and_default(heading: str) -> None:
    assert sections(TEXT)[heading] == expected()[heading]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| `minutes` |", "| `minuets` |"),
        ("| `window` | whole number | `5000` |", "| `window` | whole number | `500` |"),
        ("| `at` | time, or a text", "| `at` | a text"),
        ("## `[[posts.pictures]]`", "## `[[posts.photos]]`"),
        ('| `mode` | one of `"stream"`, `"search"` |', '| `mode` | one of `"stream"` |'),
    ],
)
def test_a_mistake_in_the_document_is_seen(old: str, new: str) -> None:
    assert old in TEXT
    assert sections(TEXT.replace(old, new, 1)) != expected()


# --- its snippets ---------------------------------------------------------------------------------

# What a fragment stands in; a part that the fragment brings itself is left out.
AROUND = {
    "[event]": """
id = "fragment"
title = "Harbour Forum"
timezone = "Europe/Helsinki"
starts = 2027-05-20T09:00:00+03:00
ends = 2027-05-20T18:00:00+03:00
""",
    "[[accounts]]": """
id = "main"
handle = "harbourforum"
[[accounts]]
id = "help"
handle = "harbourhelp"
[[accounts]]
id = "italiano"
handle = "harbourforum_it"
language = "it"
""",
    "[[people]]": """
id = "ada"
name = "Ada Quay"
""",
    "[[segments]]": """
id = "doors"
title = "Doors"
starts = 2027-05-20T10:00:00+03:00
minutes = 90
[[segments]]
id = "keynote"
title = "Keynote"
starts = 2027-05-20T11:30:00+03:00
minutes = 60
[[segments]]
id = "panel"
title = "Panel"
starts = 2027-05-20T12:30:00+03:00
speakers = ["ada"]
""",
    "[[posts]]": """
id = "hourly"
every = "1:00:00"
during = ["doors", "keynote", "panel"]
text = "Come in."
""",
}
SNIPPETS: list[tuple[Literal["", "fragment"], str]] = re.findall(
    r"^```toml ?(.*)\n([\s\S]*?)^```$", TEXT, re.MULTILINE
)


def completed(fragment: str) -> str:
    own = {head for head in AROUND if f"{head}\n" in fragment}
    if "[[segments]]" in own:
        # Its programme is another: what is planned for this one has no place there.
        own.add("[[posts]]")
    return "".join(f"{head}{text}" for head, text in AROUND.items() if head not in own) + fragment


def test_snippets_are_whole_or_marked_as_fragments() -> None:
    assert [mark for mark, _ in SNIPPETS].count("") >= 2
    assert [mark for mark, _ in SNIPPETS].count("fragment") >= 8
    assert {mark for mark, _ in SNIPPETS} == {"", "fragment"}
    # The first script that a producer sees is the shortest that runs.
    assert SNIPPETS[0][1].count("\n") == 3


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_checks_without_a_word(number: int) -> None:
    mark, text = SNIPPETS[number]
    script, problems = read(completed(text) if mark else text, f"snippet {number}")

    assert problems == []
    assert script is not None


def test_a_wrong_snippet_is_seen() -> None:
    assert read(completed('[[posts]]\nid = "a"\ntext = "A"\nat = "panle"\n'), "wrong")[1]
    assert read(completed("[goals]\nsilence = 3\n"), "wrong")[1]

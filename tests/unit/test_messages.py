"""What travels: every frame is read as it was written, and nothing else is read at all."""

import json
import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventlive import messages
from eventlive.errors import ProtocolError
from eventlive.messages import (
    MAX_FRAME,
    PROTOCOL,
    Command,
    FromConsole,
    Hello,
    Order,
    Reply,
    Show,
    ToConsole,
    ToScreen,
    Update,
    read_console_frame,
    read_engine_frame,
)
from eventlive.model import Author, Item, Post
from eventlive.schema import schema

NOW = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)

# A sample value for every type of a field, so that a new frame is covered without a word here.
SAMPLES: dict[Any, Any] = {
    str: "text",
    int: 7,
    float: 1.5,
    bool: True,
    bytes: b"x",
    datetime: NOW,
}


def sample(kind: Any) -> Any:
    """Build a value of a type, as full as it can be, out of what msgspec knows of it."""
    return _built(msgspec.inspect.type_info(kind))


def _built(info: Any) -> Any:
    match info:
        case msgspec.inspect.StrType():
            return "t" * max(4, info.min_length or 0)
        case msgspec.inspect.IntType():
            return info.ge or 7
        case msgspec.inspect.FloatType():
            return 1.5
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.DateTimeType():
            return NOW
        case msgspec.inspect.LiteralType():
            return info.values[-1]
        case msgspec.inspect.VarTupleType():
            return (_built(info.item_type),)
        case msgspec.inspect.TupleType():
            return tuple(_built(one) for one in info.item_types)
        case msgspec.inspect.UnionType():
            return next(
                _built(one) for one in info.types if not isinstance(one, msgspec.inspect.NoneType)
            )
        case msgspec.inspect.FrozenSetType():
            return frozenset({_built(info.item_type)})
        case msgspec.inspect.DictType():
            return {_built(info.key_type): _built(info.value_type)}
        case msgspec.inspect.StructType() | msgspec.inspect.DataclassType():
            fields = {field.name: _built(field.type) for field in info.fields}
            return info.cls(**fields)
        case _:
            raise AssertionError(f"no sample for {info}")


def kinds(union: Any) -> list[Any]:
    return list(typing.get_args(union)) or [union]


FROM_CONSOLE = [sample(kind) for kind in kinds(FromConsole)]
COMMANDS = [sample(kind) for kind in kinds(Command)]
TO_CONSOLE = [sample(kind) for kind in kinds(ToConsole)]
TO_SCREEN = [sample(kind) for kind in kinds(ToScreen)]


@pytest.mark.parametrize("frame", FROM_CONSOLE, ids=lambda one: type(one).__name__)
def test_a_consoles_frame_is_read_as_it_was_written(frame: FromConsole) -> None:
    body = messages.encoder.encode(frame)
    assert read_console_frame(body) == frame
    assert read_console_frame(body.decode()) == frame


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_every_command_is_read_as_it_was_written(command: Command) -> None:
    order = Order(3, command)
    assert read_console_frame(messages.encoder.encode(order)) == order


@pytest.mark.parametrize("frame", TO_CONSOLE, ids=lambda one: type(one).__name__)
def test_an_engines_frame_is_read_as_it_was_written(frame: ToConsole) -> None:
    assert read_engine_frame(messages.encoder.encode(frame)) == frame


def test_every_name_on_the_wire_stands_for_one_thing() -> None:
    for union in (FromConsole, Command, ToConsole, ToScreen):
        tags = [kind.__struct_config__.tag for kind in kinds(union)]
        assert len(set(tags)) == len(tags)
        assert all(tag == tag.lower() for tag in tags)


# --- what the schemas say -------------------------------------------------------------------------


def validator(what: str, part: str) -> jsonschema.Draft202012Validator:
    whole = schema(what)
    jsonschema.Draft202012Validator.check_schema(whole)
    definitions = {"$defs": whole["$defs"]}
    return jsonschema.Draft202012Validator(
        {**whole[part], **definitions},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


@pytest.mark.parametrize("what", ["all", "script", "post", "console", "screen"])
def test_a_schema_is_one(what: str) -> None:
    whole = json.loads(json.dumps(schema(what)))
    for one in whole.values() if what == "all" else [whole]:
        assert one["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        jsonschema.Draft202012Validator.check_schema(one)


def test_frames_are_what_their_schema_says() -> None:
    said, told = validator("console", "from_console"), validator("console", "to_console")
    shown = validator("screen", "to_screen")
    for check, frames in [
        (said, [*FROM_CONSOLE, *(Order(1, command) for command in COMMANDS)]),
        (told, TO_CONSOLE),
        (shown, TO_SCREEN),
    ]:
        for frame in frames:
            check.validate(json.loads(messages.encoder.encode(frame)))
        for wrong in ("{}", '{"say": "x"}', '{"tell": "x"}', "[]", "null", "1"):
            assert not check.is_valid(json.loads(wrong))


def test_the_schema_of_a_post_takes_what_a_replay_takes() -> None:
    whole = schema("post")
    check = jsonschema.Draft202012Validator(whole)
    post = Post("x", "1", NOW, "hi", Author("1", "a"))
    for good in (post, {"edit": post}, {"delete": {"network": "x", "id": "1"}}):
        check.validate(json.loads(msgspec.json.encode(good)))
    for bad in ("{}", '{"network": "x"}', '{"delete": {}}', '{"edit": null}', '{"edit": {}}'):
        assert not check.is_valid(json.loads(bad)), bad


# --- what is refused ------------------------------------------------------------------------------

READERS = [read_console_frame, read_engine_frame]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"say":1}',
        '{"say":"hello","protocol":"1","name":"a"}',
        '{"say":"hello","protocol":1,"name":"a","token":null}',
        '{"say":"watch","view":"v","queue":"inbox","count":0}',
        '{"say":"watch","view":"v","queue":"inbox","count":501}',
        '{"say":"order","ref":1,"command":{"do":"hold","reason":"' + "x" * 201 + '"}}',
        '{"say":"order","ref":1,"command":{"do":"write","text":"' + "x" * 10_001 + '"}}',
        '{"say":"order","ref":1,"command":{"do":"write","text":""}}',
        '{"say":"order","ref":1,"command":{"do":"snooze","item":"a","version":1,"minutes":0}}',
        '{"say":"order","ref":1,"command":{"do":"hold","resaon":"x"}}',
        '{"say":"order","ref":1.5,"command":{"do":"hold"}}',
        '{"tell":"welcome"}',
        '{"tell":"reply","ref":1}',
        '{"say":"hello","protocol":1,"name":"\ud800"}'.encode(errors="surrogatepass"),
        '{"say":"hello","protocol":1,"name":"\\ud800"}',
        "[" * 100_000,
        '{"say":' * 100_000,
        '{"say":"hello","protocol":1,"name":"a","x":' + "[" * 100_000 + "]" * 100_000 + "}",
        b"\xff",
        '{"say":"hello"}'.encode("utf-16"),
        "\ud800",
    ],
)
def test_a_broken_frame_is_a_protocol_error(read: Any, frame: str | bytes) -> None:
    with pytest.raises(ProtocolError, match="cannot be read") as caught:
        read(frame)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("read", READERS)
def test_a_long_wrong_word_is_not_repeated_whole(read: Any) -> None:
    for key in ("say", "tell"):
        with pytest.raises(ProtocolError) as caught:
            read('{"' + key + '":"' + "x" * (MAX_FRAME - 100) + '"}')
        assert len(str(caught.value)) < 1000


@given(st.binary(max_size=60) | st.text(max_size=60))
@example("\ud800")
def test_no_frame_raises_anything_else(frame: str | bytes) -> None:
    for read in READERS:
        with pytest.raises(ProtocolError):
            read(frame)


@given(st.sampled_from([*FROM_CONSOLE, *TO_CONSOLE]), st.data())
def test_no_damaged_frame_raises_anything_else(
    frame: FromConsole | ToConsole, data: st.DataObject
) -> None:
    body = bytearray(messages.encoder.encode(frame))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read: Any = read_console_frame if frame in FROM_CONSOLE else read_engine_frame
    try:
        read(bytes(body))
    except ProtocolError as error:
        assert str(error)  # noqa: PT017 - either is right, a reason is not


def test_a_frame_of_a_later_protocol_with_more_keys_is_read() -> None:
    """What is said may grow; what is ordered may not, for a misspelt key would change its sense."""
    hello = read_console_frame('{"say":"hello","protocol":1,"name":"a","colour":"red"}')
    assert hello == Hello(PROTOCOL, "a")
    told = read_engine_frame('{"tell":"reply","ref":1,"ok":true,"colour":"red"}')
    assert told == Reply(1, True)


def test_what_is_left_out_on_the_wire_comes_back_as_it_was() -> None:
    """Encoders leave out defaults; a screen's and a console's reader must put them back."""
    post = Post("x", "1", NOW, "hi", Author("1", "a"))
    update = Update("inbox", ("x:1",), (Item("x:1", 1, post, NOW),))
    assert read_engine_frame(messages.encoder.encode(update)) == update
    show: Show = next(frame for frame in TO_SCREEN if isinstance(frame, Show))
    assert msgspec.json.decode(messages.encoder.encode(show), type=Show) == show


def test_the_protocol_is_described_under_its_number() -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    for union in (FromConsole, Command, ToConsole, ToScreen):
        for kind in kinds(union):
            tag = str(kind.__struct_config__.tag)
            assert f"`{tag}`" in text or f'"{tag}"' in text, f"docs/protocol.md leaves out {tag}"

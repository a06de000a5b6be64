"""The door: HTTP, handshakes, frames, floods, stalls; over real sockets, as an attacker would.

Long, because it is one door and there are many ways to force it.
"""

import asyncio
import json
import logging
import re
import shutil
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from eventlive import briefing, screens
from eventlive import server as module
from eventlive.errors import SettingsError
from eventlive.listening.signals import Reading
from eventlive.messages import (
    MAX_FRAME,
    MAX_FRAME_TO_CONSOLE,
    PROTOCOL,
    AddNote,
    Approve,
    Archive,
    Bye,
    ClaimItem,
    Darken,
    Hello,
    Hold,
    Order,
    Pulse,
    Reject,
    Release,
    Search,
    Seen,
    TakeOff,
    Unwatch,
    Watch,
    Welcome,
    Write,
    read_engine_frame,
)
from eventlive.model import Author, Item
from eventlive.settings import read_settings
from tests.service.engines import (
    PATIENCE,
    Console,
    console,
    post,
    running,
    screen,
    until,
)
from tests.service.raw_http import UPGRADE, assert_safe, get, http

# --- HTTP -----------------------------------------------------------------------------------------


async def test_the_walls_files_come_with_every_safe_header(tmp_path: Path) -> None:
    link = "[wall]\n"
    async with running(tmp_path, link) as engine:
        for path, kind in [
            ("/wall", "text/html"),
            ("/wall/wall.js", "text/javascript"),
            ("/wall/wall.css", "text/css"),
        ]:
            status, headers, body = await http(engine.wall, get(path))
            assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
            assert int(headers["content-length"]) == len(body) > 100
            assert_safe(headers)
        status, headers, _ = await http(engine.wall, get("/"))
        assert (status, headers["location"]) == (302, "/wall")
        assert_safe(headers)


@pytest.mark.parametrize(
    "target",
    [
        "/nowhere",
        "/wall/",
        "/wall/../server.py",
        "/wall/../../etc/passwd",
        "/wall/%2e%2e/%2e%2e/etc/passwd",
        "/pictures/../try.toml",
        "/pictures/%2e%2e/try.toml",
        "/pictures//etc/passwd",
        "//etc/passwd",
        "/wall/wall.js%00.html",
        "/try.toml",
        "/data/try.sqlite",
        "/" + "a" * 5000,
        "*",
    ],
)
async def test_nothing_else_is_served(tmp_path: Path, target: str) -> None:
    async with running(tmp_path, posts=[post(1)]) as engine:
        status, headers, body = await http(engine.wall, get(target))
    assert status in (400, 404)
    assert_safe(headers)
    assert b"root:" not in body
    assert b"[event]" not in body


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(get("//["), id="an address that is none"),
        pytest.param(get("/wall", *UPGRADE, "Origin: http://["), id="an origin that is none"),
        pytest.param(get("/wall", *UPGRADE, "Upgrade: websocket"), id="two upgrades"),
        pytest.param(get("/wall", *UPGRADE, "Origin: http://a", "Host: b"), id="two hosts"),
        pytest.param(get("/wall", *UPGRADE, "Origin: http://a", "Origin: b"), id="two origins"),
        pytest.param(get("/wall?token=" + "a&" * 2000, *UPGRADE, "Origin: x"), id="many fields"),
    ],
)
async def test_an_impossible_request_is_refused_without_a_trace(
    tmp_path: Path, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, screen_token="s") as engine:
        status, headers, _ = await http(engine.wall, request_bytes)
        assert 400 <= status < 500
        assert_safe(headers)
        async with screen(engine, "?token=s"):
            pass
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /wall HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        b"HEAD /wall HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /wall\r\n\r\n",
        get("/wall?token=\xff\xfe", *UPGRADE),
        b"GET /wall HTTP/1.1\r\nbad header\r\n\r\n",
        b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n",
    ],
)
async def test_what_is_no_get_is_turned_away(tmp_path: Path, request_bytes: bytes) -> None:
    async with running(tmp_path) as engine:
        address = urlsplit(engine.wall)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(request_bytes)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
        assert not answer.startswith(b"HTTP/1.1 2")
        assert b"Traceback" not in answer
        async with screen(engine) as wall:
            assert wall.scene.title == "A try"


@pytest.mark.parametrize(
    "headers",
    [
        ("Upgrade: websocket", "Connection: Upgrade"),
        (*UPGRADE[:2], "Sec-WebSocket-Key: short", "Sec-WebSocket-Version: 13"),
        (*UPGRADE[:3], "Sec-WebSocket-Version: 8"),
    ],
    ids=["no key", "a wrong key", "an old version"],
)
async def test_a_broken_handshake_is_answered_safely(
    tmp_path: Path, headers: tuple[str, ...]
) -> None:
    async with running(tmp_path) as engine:
        status, answered, _ = await http(engine.wall, get("/wall", *headers))
    assert 400 <= status < 500
    assert_safe(answered)


async def test_pictures_beside_the_replay_are_served_and_nothing_beside_them(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "sea.png").write_bytes(b"\x89PNG sea")
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "sea.js").write_text("alert(1)")
    media = [{"url": "pictures/sea.png"}, {"url": "https://elsewhere.example/x.png"}]
    shown = msgspec.convert({**msgspec.to_builtins(post(1)), "media": media}, type(post(1)))
    async with (
        running(tmp_path, posts=[shown]) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        status, headers, body = await http(engine.wall, get("/pictures/sea.png"))
        assert (status, headers["content-type"], body) == (200, "image/png", b"\x89PNG sea")
        assert_safe(headers)
        for name in ("page.html", "sea.js", "none.png", ""):
            assert (await http(engine.wall, get(f"/pictures/{name}")))[0] == 404
        item = await anna.item(shown.key)
        await anna.done(Approve(item.id, item.version))
        await wall.hear_until(lambda: wall.cards, "the card")
        (card,) = wall.cards.values()
        # A screen loads from the engine alone.
        own, foreign = card.media
        assert own.url == "/pictures/sea.png"
        assert re.fullmatch("/wall/picture/[0-9a-f]{32}", foreign.url)


async def test_foreign_pictures_are_loaded_from_the_engine_alone_and_while_they_are_up(
    tmp_path: Path,
) -> None:
    class Foreign:
        def __init__(self) -> None:
            self.allowed: list[dict[str, str]] = []

        def address(self, media_url: str) -> str:
            return f"/wall/picture/{len(media_url)}"

        def allow(self, urls: Mapping[str, str]) -> None:
            self.allowed.append(dict(urls))

    foreign, url = Foreign(), "https://elsewhere.example/x.png"
    media = [{"url": url, "alt": "A boat"}, {"url": "https://e.example/v", "kind": "video"}]
    shown = msgspec.convert({**msgspec.to_builtins(post(1)), "media": media}, type(post(1)))
    async with (
        running(tmp_path, posts=[shown]) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        engine.engine.hub.fetch(foreign)
        item = await anna.item(shown.key)
        reply = await anna.done(Approve(item.id, item.version))
        await wall.hear_until(lambda: wall.cards, "the card")
        (card,) = wall.cards.values()
        assert [(one.url, one.alt) for one in card.media] == [("/wall/picture/31", "A boat")]
        assert foreign.allowed[-1] == {url: shown.key}
        assert reply.present is not None
        await anna.done(TakeOff(item.id, reply.present.version))
        await wall.hear_until(lambda: not wall.cards, "its going")
        assert foreign.allowed[-1] == {}


# --- who may come in ------------------------------------------------------------------------------


async def refused(url: str, **how: Any) -> int:
    """Try to connect; give the HTTP status of the refusal."""
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, compression=None, **how):
            pass
    headers = {name.lower(): value for name, value in caught.value.response.headers.raw_items()}
    assert_safe(headers)
    return caught.value.response.status_code


async def test_a_browser_never_gets_a_console(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        port = urlsplit(engine.wall).port
        for origin in (f"http://127.0.0.1:{port}", "https://evil.example", "null", "file://"):
            assert await refused(engine.console, origin=origin) == 403
        async with console(engine) as anna:
            assert anna.welcome.role == "lead"


async def test_a_page_from_elsewhere_gets_no_screen(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        wall = engine.wall.replace("http", "ws")
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
            assert await refused(wall, origin=origin) == 403
        async with screen(engine, origin=engine.wall.removesuffix("/wall")) as own:
            assert own.scene.title == "A try"


async def test_sockets_are_at_two_addresses_only(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        base = engine.console.removesuffix("/console")
        for path in ("", "/", "/relay", "/consoles", "/wall/x", "/console/../wall"):
            assert await refused(base + path) == 404


async def test_a_screens_token_is_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path, screen_token="stage") as engine:
        wall = engine.wall.replace("http", "ws")
        for query in ("", "?token=", "?token=stag", "?token=stage2", "?token=x&token=stage"):
            assert await refused(wall + query) == 403
        async with screen(engine, "?token=stage") as own:
            assert own.scene.title == "A try"


async def test_only_so_many_screens_and_consoles_are_taken(tmp_path: Path) -> None:
    async with running(tmp_path, max_screens=1, max_consoles=1) as engine:
        wall = engine.wall.replace("http", "ws")
        async with screen(engine), console(engine):
            assert await refused(wall) == 503
            assert await refused(engine.console) == 503
        async with screen(engine), console(engine):
            pass


async def turned_away(socket: ClientConnection) -> tuple[str, int]:
    """Read the engine's last word and the code with which it closes."""
    async with asyncio.timeout(PATIENCE):
        bye = read_engine_frame(await socket.recv())
        assert isinstance(bye, Bye), bye
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert socket.close_code is not None
    return bye.reason, socket.close_code


def encoded(frame: object) -> str:
    return msgspec.json.encode(frame).decode()


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (encoded(Hello(PROTOCOL, "eve", "wrong")), "token is wrong"),
        (encoded(Hello(PROTOCOL, "eve")), "token is wrong"),
        (encoded(Hello(PROTOCOL, "eve", "right ")), "token is wrong"),
        (encoded(Hello(PROTOCOL - 1, "old", "right")), r"protocol 0, the engine 1: .*console"),
        (encoded(Hello(PROTOCOL + 1, "new", "right")), r"protocol 2, the engine 1: .*engine"),
        (encoded(Hello(10**30, "new", "right")), "protocol"),
        (encoded(Search(1, "x")), "first frame must be a hello"),
        (encoded(Order(1, Hold())), "first frame must be a hello"),
        ('{"say":"hello","protocol":1,"name":""}', "cannot be read"),
        ('{"say":"hello","protocol":1,"name":"' + "n" * 61 + '"}', "cannot be read"),
        ("", "cannot be read"),
        ("nonsense", "cannot be read"),
        ("[" * 50_000, "cannot be read"),
        ('{"say":"' + "日" * 200 + '"}', "cannot be read"),
        ('{"say":"hello","protocol":1,"name":"\\ud800"}', "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
async def test_a_wrong_first_frame_is_refused_with_its_reason(
    tmp_path: Path, first: str | bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, lead_token="right") as engine:
        async with connect(engine.console, compression=None) as socket:
            await socket.send(first)
            said, code = await turned_away(socket)
        async with console(engine, token="right") as anna:
            assert anna.welcome.role == "lead"
    assert code == 1008
    assert re.search(reason, said), said
    assert not [record for record in caplog.records if record.exc_info]
    assert "right" not in caplog.text


async def test_who_says_no_hello_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELLO_SECONDS", 0.1)
    async with (
        running(tmp_path) as engine,
        connect(engine.console, compression=None) as socket,
    ):
        reason, code = await turned_away(socket)
    assert "no hello" in reason
    assert code == 1008


async def test_a_token_gives_its_role_and_nothing_more(tmp_path: Path) -> None:
    tokens: dict[str, Any] = {"lead_token": "l", "operator_token": "o", "viewer_token": "v"}
    async with running(tmp_path, posts=[post(1)], **tokens) as engine:
        for token, role in (("l", "lead"), ("o", "operator"), ("v", "viewer")):
            async with console(engine, token=token) as anna:
                assert anna.welcome.role == role
                item = await anna.item("bluesky:p1")
                reply = await anna.order(AddNote(item.id, item.version, "seen"))
                assert reply.ok == (role != "viewer"), reply.reason
                if role == "viewer":
                    assert "viewer" in reply.reason
                    assert (await anna.search("number")).total == 1
                    assert not (await anna.order(Hold())).ok


@pytest.mark.parametrize("role", ["lead_token", "operator_token", "viewer_token"])
def test_an_empty_token_is_no_token(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"EVENTLIVE_{role.upper()}", "")
    with pytest.raises(SettingsError, match="consoles need a token"):
        read_settings(None, host="0.0.0.0")  # noqa: S104 - nothing listens; it must be refused


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.0.0.1.nip.io"],  # noqa: S104 - refused
)
def test_off_loopback_a_token_is_needed(host: str) -> None:
    with pytest.raises(SettingsError, match="EVENTLIVE_LEAD_TOKEN"):
        read_settings(None, host=host)
    assert read_settings(None, host=host, lead_token="x").role_of("x") == "lead"
    assert read_settings(None, host=host, viewer_token="x").role_of("") is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_on_loopback_none_is_needed(host: str) -> None:
    assert read_settings(None, host=host).role_of("") == "lead"


def test_a_secrets_file_must_be_private_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    path.write_text("EVENTLIVE_LEAD_TOKEN=quiet\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_settings(path)
    path.chmod(0o600)
    found = read_settings(path)
    assert found.role_of("quiet") == "lead"
    assert "quiet" not in repr(found) + str(found)
    path.write_bytes(b"EVENTLIVE_LEAD_TOKEN=\xff\xfe\n")
    with pytest.raises(SettingsError, match="secrets"):
        read_settings(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path / "none")


# --- TLS ------------------------------------------------------------------------------------------


async def test_with_a_certificate_all_is_encrypted(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    making = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(key), "-out", str(cert)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await making.wait() == 0
    trusted = ssl.create_default_context(cafile=cert)
    async with running(tmp_path, posts=[post(1)], cert=cert, cert_key=key) as engine:
        assert engine.wall.startswith("https://")
        assert engine.console.startswith("wss://")
        async with console(engine, ssl=trusted) as anna, screen(engine, ssl=trusted) as wall:
            item = await anna.item("bluesky:p1")
            await anna.done(Approve(item.id, item.version))
            await wall.hear_until(lambda: wall.cards, "the card")
        with pytest.raises((ConnectionClosed, OSError, EOFError, Exception)):
            async with connect(engine.console.replace("wss", "ws"), open_timeout=3):
                pass
        async with console(engine, ssl=trusted):
            pass


def refusing(match: str) -> pytest.RaisesGroup[SettingsError]:
    """Expect the settings to be refused with these words, alone or in a group."""
    return pytest.RaisesGroup(
        pytest.RaisesExc(SettingsError, match=match), allow_unwrapped=True, flatten_subgroups=True
    )


async def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    cert.write_text("nothing")
    with refusing("cert.pem"):
        async with running(tmp_path, cert=cert, cert_key=cert):
            pass
    with pytest.raises(SettingsError, match="--cert-key"):
        read_settings(None, cert=cert)


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with refusing(rf"127\.0\.0\.1:{port}.*--port"):
            async with running(tmp_path, port=port):
                pass


# --- frames that a console should not send --------------------------------------------------------

GARBAGE: list[str | bytes] = [
    "",
    " ",
    "null",
    "[]",
    "{}",
    "nonsense",
    '{"say":"order"}',
    '{"say":"order","ref":7,"command":{}}',
    '{"say":"order","ref":7,"command":{"do":"explode"}}',
    '{"say":"order","ref":7,"command":{"do":"approve","item":"","version":1}}',
    '{"say":"order","ref":7,"command":{"do":"approve","item":"x","version":"1"}}',
    '{"say":"order","ref":7,"command":{"do":"approve","item":"x","version":1,"more":1}}',
    '{"say":"order","ref":7,"command":{"do":"approve","item":"x","version":1e400}}',
    '{"say":"order","ref":7,"command":{"do":"write","text":"\\ud800"}}',
    '{"say":"order","ref":7,"command":{"do":"snooze","item":"x","version":1,"minutes":99999999}}',
    '{"say":"watch","view":"","queue":"inbox"}',
    '{"say":"watch","view":"v","queue":"secrets"}',
    '{"say":"search","ref":7,"text":""}',
    '{"say":"search","ref":7,"text":"' + "x" * 201 + '"}',
    '{"say":"search","ref":7,"text":"x","count":100000}',
    "[" * 100_000,
    '{"a":' * 50_000,
    '{"say":"' + "x" * 100_000 + '"}',
    b"\x00\xff\xfe",
    b'{"say":"\xff"}',
    b'{"\xff":1}',
]


async def test_garbage_is_answered_and_the_console_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine) as anna:
        for frame in GARBAGE:
            await anna.socket.send(frame)
            reply = await anna.hear_until(lambda: anna.replied(0) or anna.replied(7), repr(frame))
            assert not reply.ok
            assert "cannot be read" in reply.reason, reply
            assert len(reply.reason) < 1000
        item = await anna.item("bluesky:p1")
        await anna.done(Approve(item.id, item.version))
    assert not [record for record in caplog.records if record.exc_info]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = ["say", "do", "ref", "command", "item", "version", "view", "queue", "text", "count", "name",
        "protocol", "minutes", "outgoing", "on", "filter"]  # fmt: skip
VALUES = st.sampled_from(
    [
        "hello",
        "watch",
        "unwatch",
        "order",
        "search",
        "approve",
        "write",
        "undo",
        "hold",
        "inbox",
        "wall",
        "bluesky:p1",
        "out-1",
        "main",
        0,
        1,
        -1,
        10**30,
        "",
        True,
        None,
        0.5,
    ]
)
FRAMES = st.dictionaries(
    st.sampled_from(KEYS),
    VALUES | JSONS | st.dictionaries(st.sampled_from(KEYS), VALUES | JSONS, max_size=5),
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FRAMES | JSONS | st.text(max_size=20) | st.binary(max_size=20), max_size=60))
async def test_no_frame_breaks_the_engine(tmp_path: Path, frames: list[Any]) -> None:
    """Whatever a console sends, it is still served afterwards, and so is its colleague."""
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine, "ben") as ben:
        async with console(engine, "eve") as eve:
            for frame in frames:
                sent = frame if isinstance(frame, str | bytes) else json.dumps(frame)
                await eve.socket.send(sent)
            found = await eve.search("number")
            assert found.total <= 1
        assert (await ben.search("number")).total == 1


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30, -(10**30)])
async def test_a_number_without_end_is_answered_or_refused(tmp_path: Path, number: int) -> None:
    async with running(tmp_path) as engine, console(engine) as anna:
        for frame in (
            {"say": "order", "ref": number, "command": {"do": "hold"}},
            {"say": "search", "ref": number, "text": "x"},
            {
                "say": "order",
                "ref": 5,
                "command": {"do": "approve", "item": "x", "version": number},
            },
        ):
            await anna.socket.send(json.dumps(frame))
        reply = await anna.hear_until(lambda: anna.replied(5), "the reply")
        assert not reply.ok
        assert (await anna.search("x")).total == 0


async def test_a_frame_of_two_megabytes_closes_its_console_alone(tmp_path: Path) -> None:
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine, "ben") as ben:
        async with console(engine, "eve") as eve:
            await eve.socket.send("x" * (2 * MAX_FRAME))
            code, _ = await eve.closed()
            assert code == 1009
        item = await ben.item("bluesky:p1")
        await ben.done(Approve(item.id, item.version))


async def test_the_largest_first_view_can_be_taken(tmp_path: Path) -> None:
    """500 posts as long as posts get, in letters of four bytes."""
    longest = [post(n, "🐟" * 10_000) for n in range(500)]
    async with running(tmp_path, posts=longest) as engine:
        async with console(engine) as first:
            await first.watch("inbox", 1)
            await first.hear_until(lambda: first.totals["inbox"] == 500, "all posts")
        async with console(engine) as anna:
            await anna.watch("inbox", 500)
            await anna.hear_until(lambda: len(anna.rows["inbox"]) == 500, "500 rows")
    assert MAX_FRAME_TO_CONSOLE >= MAX_FRAME


# --- floods and stalls ----------------------------------------------------------------------------


async def test_a_flood_of_commands_is_refused_and_others_are_served(tmp_path: Path) -> None:
    """Each command of the flood gets one reply; a colleague's are not refused for it."""
    flood = 3000
    async with (
        running(tmp_path, posts=[post(n) for n in range(50)]) as engine,
        console(engine, "eve") as eve,
        console(engine, "ben") as ben,
    ):
        item = await ben.item("bluesky:p1")

        async def shout() -> None:
            for _ in range(flood):
                await eve.give(AddNote("bluesky:p2", 1, "!"))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(shout())
            hearing = tasks.create_task(
                eve.hear_until(lambda: eve.replies >= flood, "every reply", 30)
            )
            served = 0
            while not hearing.done() and served < 15:
                reply = await ben.done(AddNote(item.id, item.version, f"note {served}"))
                assert isinstance(reply.present, Item)
                item = reply.present
                # Only what was served before the flood was over counts.
                served += eve.replies < flood
            await hearing
        refused_ones = [reply for reply in eve.all_replies() if "too many commands" in reply.reason]
        assert served
        assert flood // 2 < len(refused_ones) < flood
        await ben.done(Approve(item.id, item.version))


async def test_a_console_that_never_reads_is_closed_and_delays_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEND_SECONDS", 0.5)
    async with (
        running(tmp_path, posts=[post(n, "x" * 9000) for n in range(400)]) as engine,
        console(engine, "ben") as ben,
    ):
        await ben.item("bluesky:p1")
        async with stalled(engine.console) as deaf:
            await deaf.say(encoded(Hello(PROTOCOL, "deaf")))
            for number in range(16):
                await deaf.say(encoded(Watch(f"v{number}", "inbox", count=500)))
            await until(lambda: engine.engine.health().consoles == 2 or None, "its coming")
            await ben.hear_until(
                lambda: ben.state and ben.state.health.consoles == 1, "its going", 20
            )
        item = await ben.item("bluesky:p2")
        await ben.done(Approve(item.id, item.version))


class Deaf:
    """A websocket client that never reads after its handshake."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def say(self, frame: str) -> None:
        body = frame.encode()
        assert len(body) < 126
        masked = b"\x81" + bytes([0x80 | len(body)]) + b"\0\0\0\0" + body
        await asyncio.get_running_loop().sock_sendall(self._connection, masked)


class stalled:  # noqa: N801 - used as a statement's word
    """Attach a client with a small receive buffer that never reads."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._connection = socket.socket()

    async def __aenter__(self) -> Deaf:
        connection, loop = self._connection, asyncio.get_running_loop()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, (self._address.hostname, self._address.port))
        await loop.sock_sendall(connection, get(self._address.path, *UPGRADE))
        head = b""
        while b"\r\n\r\n" not in head:
            # Byte by byte: what follows the handshake stays in the socket.
            head += await loop.sock_recv(connection, 1)
        assert b"101" in head.partition(b"\r\n")[0], head
        return Deaf(connection)

    async def __aexit__(self, *_: object) -> None:
        self._connection.close()


async def test_a_stalled_screen_is_dropped_and_delays_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One screen stops reading; the others see every change at once, and it goes."""
    monkeypatch.setattr(screens, "STALLED", 1 << 16)
    monkeypatch.setattr(briefing, "KEPT_CARDS", 5)
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(module, "COMMANDS_AT_ONCE", 10_000)
    long = [post(n, f"{n} " + "x" * 9000) for n in range(300)]
    async with (
        running(tmp_path, "[wall]\ncards = 5\n", long) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        await anna.item("bluesky:p299")
        async with stalled(engine.wall):
            await until(lambda: engine.engine.health().screens == 2 or None, "its coming")
            for number in range(2000):
                if engine.engine.health().screens < 2:
                    break
                key = f"bluesky:p{number % 300}"
                version = anna.seen[key].version
                while not (reply := await anna.order(Approve(key, version))).ok:
                    # What a newer card pushed off has a new version.
                    assert reply.present is not None
                    version = reply.present.version
                before = wall.seq
                await wall.hear_until(lambda: wall.seq > before, "the card")  # noqa: B023
            else:
                pytest.fail("a screen that never reads was never dropped")
        await wall.hear_until(lambda: len(wall.cards) == 5, "the last cards")
        assert engine.engine.health().screens == 1


async def test_stalled_peers_do_not_hold_up_the_end(tmp_path: Path) -> None:
    """Peers that answer no goodbye, and one that never finished its handshake."""
    async with asyncio.timeout(10):
        async with running(tmp_path, posts=[post(n, "x" * 9000) for n in range(300)]) as engine:
            address = urlsplit(engine.wall)
            half = await asyncio.open_connection(address.hostname, address.port)
            half[1].write(b"GET /wall HTTP/1.1\r\nHost: a\r\n")
            async with console(engine) as anna:
                await anna.item("bluesky:p1")
            one, two = stalled(engine.wall), stalled(engine.console)
            await one.__aenter__()
            deaf = await two.__aenter__()
            await deaf.say(encoded(Hello(PROTOCOL, "deaf")))
            await deaf.say(encoded(Watch("v", "inbox", count=500)))
            await until(lambda: engine.engine.health().consoles == 1 or None, "its coming")
        half[1].close()
        await one.__aexit__()
        await two.__aexit__()


# --- screens --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "x" * 1501,
        "x" * 100_000,
        "nonsense",
        "{}",
        '{"say":"order","ref":1,"command":{"do":"hold"}}',
        '{"say":"seen","seq":"1"}',
        '{"say":"' + "日" * 120 + '"}',
        '{"say":"seen","seq":1,"x":' + "[" * 1400,
        "[" * 1490,
        b"\xff\xfe\xfd",
        b'{"say":"\xff"}',
    ],
)
async def test_a_screen_that_says_what_it_should_not_is_closed(
    tmp_path: Path, frame: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        running(tmp_path, posts=[post(1)]) as engine,
        console(engine) as anna,
        screen(engine) as eve,
        screen(engine) as wall,
    ):
        await eve.socket.send(frame)
        async with asyncio.timeout(PATIENCE):
            await eve.socket.wait_closed()
        assert eve.socket.close_code in (1007, 1008, 1009)
        item = await anna.item("bluesky:p1")
        await anna.done(Approve(item.id, item.version))
        await wall.hear_until(lambda: wall.cards, "the card")
        assert anna.state is None or not anna.state.scene.held
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_screen_may_say_what_it_shows(tmp_path: Path) -> None:
    async with (
        running(tmp_path, posts=[post(1)]) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        for _ in range(20):
            await wall.socket.send(encoded(Seen(wall.seq, 3840, 2160)))
        item = await anna.item("bluesky:p1")
        await anna.done(Approve(item.id, item.version))
        await wall.hear_until(lambda: wall.cards, "the card")


async def test_a_screen_that_never_stops_talking_is_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of its frames is right, but there are thousands; the other screen stays."""
    async with running(tmp_path) as engine, screen(engine) as eve, screen(engine) as wall:
        body = encoded(Seen(1, 3840, 2160))
        with suppress(ConnectionClosed):
            for _ in range(20_000):
                await eve.socket.send(body)
        async with asyncio.timeout(PATIENCE):
            await eve.socket.wait_closed()
        assert eve.socket.close_code in (1008, 1006)
        async with console(engine) as anna:
            await anna.done(Hold())
        await wall.hear_until(lambda: wall.scene.held, "the hold")
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_screen_is_told_of_life_without_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(module, "PULSE_SECONDS", 0.02)
    async with running(tmp_path) as engine, screen(engine) as wall:
        pulses = [await wall.hear() for _ in range(3)]
    assert all(isinstance(pulse, Pulse) and pulse.seq == wall.seq for pulse in pulses)


async def test_screens_that_come_and_go_see_the_same_picture_without_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Show, then changes in one unbroken row; whoever comes late sees what the others see."""
    monkeypatch.setattr(briefing, "KEPT_CARDS", 4)
    monkeypatch.setattr(module, "COMMANDS_AT_ONCE", 10_000)
    async with (
        running(tmp_path, "[wall]\ncards = 4\n", [post(n) for n in range(60)]) as engine,
        console(engine) as anna,
        screen(engine) as first,
    ):
        await anna.item("bluesky:p59")
        for number in range(60):
            row = anna.seen[f"bluesky:p{number}"]
            reply = await anna.done(Approve(row.id, row.version))
            if number % 7 == 0:
                assert reply.present is not None
                await anna.done(TakeOff(row.id, reply.present.version))
            if number % 20 == 0:
                await anna.done(Hold())
                await anna.done(Release())
            if number % 9 == 0:
                async with screen(engine) as late:
                    await first.hear_until(lambda: first.seq >= late.seq, "what the late one saw")
                    assert late.seq == first.seq
                    assert late.cards == first.cards
                    assert late.scene == first.scene
        assert [change.seq for change in first.heard] == list(range(1, first.seq + 1))
        assert len(first.cards) == 4


async def test_a_held_picture_is_what_a_late_screen_sees(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        console(engine) as anna,
        screen(engine) as early,
    ):
        await anna.done(Hold("a reason for colleagues"))
        await early.hear_until(lambda: early.scene.held, "the hold")
        async with screen(engine) as late:
            assert late.scene.held
            assert "reason for colleagues" not in encoded(late.scene)
        await anna.done(Release())
        await early.hear_until(lambda: not early.scene.held, "the release")


async def test_a_card_holds_nothing_that_the_public_may_not_see(tmp_path: Path) -> None:
    secret = post(1, author=Author("did:plc:secret-id", "gull.example", "Gull", followers=77123))
    async with (
        running(tmp_path, "[moderation]\nflag = ['number']\n", [secret]) as engine,
        console(engine) as anna,
        screen(engine) as wall,
    ):
        item = await anna.item(secret.key)
        noted = await anna.done(AddNote(item.id, item.version, "a word between us"))
        assert noted.present is not None
        await anna.done(Approve(item.id, noted.present.version))
        await anna.done(Darken("left"))
        await wall.hear_until(lambda: "left" in wall.set_to, "the card, and a dark screen")
        async with screen(engine) as late:
            said = encoded([list(wall.cards.values()), wall.heard, list(late.set_to.values())])
        assert late.set_to["left"].dark
    for word in ("a word between us", "77123", "secret-id", "flag word", "anna"):
        assert word not in said, word


# --- colleagues -----------------------------------------------------------------------------------


async def test_a_command_on_an_old_version_is_refused_with_the_present(tmp_path: Path) -> None:
    async with (
        running(tmp_path, posts=[post(1)]) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        seen = await anna.item("bluesky:p1")
        await ben.item("bluesky:p1")
        done = await ben.done(Reject(seen.id, seen.version))
        reply = await anna.order(Approve(seen.id, seen.version))
        assert not reply.ok
        assert "changed since you saw it" in reply.reason
        assert reply.present == done.present
        assert isinstance(reply.present, Item)
        assert reply.present.state == "rejected"
        for version in (0, -1, 99):
            assert not (await anna.order(Archive(seen.id, version))).ok


@pytest.mark.parametrize("deed", ["claim", "answer"])
async def test_of_two_who_race_exactly_one_wins(tmp_path: Path, deed: str) -> None:
    posts = [post(n, f"Where is door {n}?") for n in range(20)]
    async with (
        running(tmp_path, posts=posts) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        present: Item = await anna.item("bluesky:p19")
        for number in range(20):
            item = anna.seen[f"bluesky:p{number}"]
            command = (
                ClaimItem(item.id, item.version)
                if deed == "claim"
                else Write(f"Door {number}", item=item.id, version=item.version, send=True)
            )
            order = (anna, ben) if number % 2 else (ben, anna)
            refs = [(one, await one.give(command)) for one in order]
            replies = [await one.reply(ref) for one, ref in refs]
            assert sorted(reply.ok for reply in replies) == [False, True], replies
            (loser,) = (reply for reply in replies if not reply.ok)
            assert isinstance(loser.present, Item)
            present = loser.present
        if deed == "answer":
            # Knowing the present state does not make a second answer right either.
            again = Write("Another word", item=present.id, version=present.version, send=True)
            for one in (anna, ben):
                reply = await one.order(again)
                assert not reply.ok
                assert "answered it" in reply.reason
            await anna.watch("outgoing")
            await anna.hear_until(lambda: anna.totals["outgoing"] == 20, "twenty answers")


async def test_what_one_decides_the_other_sees(tmp_path: Path) -> None:
    async with (
        running(tmp_path, posts=[post(n) for n in range(3)]) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        item = await anna.item("bluesky:p1")
        await ben.item("bluesky:p1")
        await anna.done(Approve(item.id, item.version))
        on_wall = await ben.item("bluesky:p1", "wall")
        assert on_wall.on_wall
        await ben.hear_until(lambda: "bluesky:p1" not in ben.orders["inbox"], "its leaving")
        await ben.hear_until(
            lambda: [d for d in ben.decisions if (d.who, d.action) == ("anna", "approve")],
            "the log",
        )


@pytest.mark.parametrize("name", ["venue", "rule", "script", "Venue", " rule ", "ru\u200ble"])
async def test_nobody_takes_the_name_of_what_decides_by_itself(tmp_path: Path, name: str) -> None:
    """Undo and claims go by the name: who is called like the venue would act for it."""
    async with (
        running(tmp_path) as engine,
        connect(engine.console, compression=None) as socket,
    ):
        await socket.send(encoded(Hello(PROTOCOL, name)))
        reason, code = await turned_away(socket)
    assert code == 1008
    assert "name" in reason


HARMFUL = "a\x1b[31mb\x00c\u202ed\u200b\x07e"
CONTROLS = set("\x1b\x00\u202e\u200b\x07\n")


@pytest.mark.parametrize("name", ["anna\x1b[2J", "an\u202ena", "an\x00na", "an\nna", "\u200b"])
async def test_a_name_that_would_harm_a_terminal_is_cleaned_or_refused(
    tmp_path: Path, name: str
) -> None:
    async with running(tmp_path) as engine, connect(engine.console, compression=None) as socket:
        await socket.send(encoded(Hello(PROTOCOL, name)))
        async with asyncio.timeout(PATIENCE):
            first = read_engine_frame(await socket.recv())
    match first:
        case Welcome():
            assert first.name
            assert not set(first.name) & CONTROLS
        case Bye():
            assert "name" in first.reason
            assert not set(first.reason) & CONTROLS
        case _:
            pytest.fail(repr(first))


async def test_what_consoles_write_is_cleaned(tmp_path: Path) -> None:
    """A colleague's terminal, the export and the network get no control characters from us."""
    async with (
        running(tmp_path, posts=[post(1)]) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        item = await anna.item("bluesky:p1")
        await anna.done(AddNote(item.id, item.version, HARMFUL))
        reply = await anna.done(Write(HARMFUL))
        await anna.done(Hold(HARMFUL))
        noted = await ben.item("bluesky:p1")
        await ben.hear_until(lambda: ben.seen["bluesky:p1"].version > item.version, "the note")
        noted = await ben.item("bluesky:p1")
        out = await ben.outgoing(reply.thing, "draft")
        await ben.hear_until(lambda: len(ben.decisions) >= 3, "the log")
        said = [noted.notes[0].text, out.text]
        said += [word for one in ben.decisions for word in (one.who, one.detail)]
    assert said[:2] == ["abcde", "abcde"]
    for text in said:
        assert not set(text) & CONTROLS, repr(text)


async def test_many_filtered_views_do_not_hold_the_loop(tmp_path: Path) -> None:
    """A console's sixteen views are worked out one by one: compared with a single one."""
    posts = [post(n, f"Words to look through, number {n} " + "x " * 40) for n in range(5000)]

    async def longest_gap(views: int, eve: Console, ben: Console) -> float:
        """Give the longest time that the loop was away while the desk changed."""
        for number in range(views):
            await eve.say(Watch(f"v{number}", "inbox", f"nothing {number}", "newest"))
        await eve.hear_until(lambda: len(eve.orders) >= views, "the views", 30)
        loop, gaps = asyncio.get_running_loop(), [0.0]

        async def tick() -> None:
            last = loop.time()
            while True:
                await asyncio.sleep(0)
                gaps.append(loop.time() - last)
                last = loop.time()

        ticking = asyncio.ensure_future(tick())
        for number in range(8):
            key = f"bluesky:p{views * 10 + number}"
            await ben.order(AddNote(key, 1, "a change"))
            await asyncio.sleep(0.12)
        ticking.cancel()
        # The longest may be the collector's or the machine's; the fourth is the rule.
        return sorted(gaps)[-4]

    async with (
        running(tmp_path, posts=posts) as engine,
        console(engine, "eve") as eve,
        console(engine, "ben") as ben,
    ):
        await until(lambda: engine.engine.health().posts == 5000 or None, "the posts")
        one = await longest_gap(1, eve, ben)
        many = await longest_gap(16, eve, ben)
    assert many < 6 * one + 0.01, f"{one * 1000:.1f} ms with one view, {many * 1000:.1f} with 16"


async def test_a_view_is_ended_and_too_many_are_refused(tmp_path: Path) -> None:
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine) as anna:
        for number in range(20):
            await anna.say(Watch(f"view{number}", "inbox"))
        reply = await anna.hear_until(lambda: anna.replied(0), "the refusal")
        assert "views at most" in reply.reason
        for number in range(20):
            await anna.say(Unwatch(f"view{number}"))
        await anna.item("bluesky:p1")


async def test_the_end_is_told_to_everybody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with asyncio.TaskGroup() as tasks:
        async with running(tmp_path) as engine:
            anna, wall = console(engine), screen(engine)
            operator, stage = await anna.__aenter__(), await wall.__aenter__()
            ended = tasks.create_task(operator.closed())
            gone = tasks.create_task(stage.socket.wait_closed())
        code, _ = await ended
        await gone
    assert code == 1001
    assert stage.socket.close_code == 1001
    assert "ended" in operator.bye
    assert not [record for record in caplog.records if record.exc_info]


# --- what goes on as a whole ----------------------------------------------------------------------


async def test_a_console_is_told_what_goes_on_as_a_whole(tmp_path: Path) -> None:
    said = [post(number, f"The ferry number {number} #try") for number in range(40)]
    async with running(tmp_path, posts=said) as engine, console(engine) as anna:

        def all_counted() -> Reading | None:
            signals = anna.state.signals if anna.state else None
            return signals if signals and sum(signals.posts) == len(said) else None

        signals = await anna.hear_until(all_counted, "forty posts in the signals")
        assert signals.networks == (("bluesky", 40),)

"""The wall's own door, as an engine and a relay open it: its addresses, the setup page, tokens."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from eventlive.doorway import address as address_at
from eventlive.doorway import open_doorway
from eventlive.errors import SettingsError
from eventlive.messages import PROTOCOL, Show, encoder
from eventlive.model import Scene, Screen
from eventlive.pages import FOR_EVER, Gathered, page, page_version, response
from eventlive.settings import Settings, read_settings
from eventlive.wall_door import WallDoor
from tests.service.engines import PATIENCE
from tests.service.raw_http import assert_safe, get, http

NOW = datetime(2027, 5, 20, 9, 0, 1, tzinfo=UTC)
LEFT = Screen("left", 1, title="Left of the stage", named=True)
RIGHT = Screen("right", 1, named=True)
BY_HAND = Screen("foyer", 1)
SET_TO = (Screen("main", 1), LEFT, RIGHT, BY_HAND)


class Behind:
    """A picture without an engine."""

    seq = 7
    failed = False

    async def settled(self) -> None:
        return

    def picture(self, now: datetime) -> bytes:
        return encoder.encode(Show(PROTOCOL, now, self.seq, Scene("main", 1, title="A try")))


@asynccontextmanager
async def opened(
    set_to: Sequence[Screen] = SET_TO, assets: Gathered | None = None, **options: Any
) -> AsyncIterator[str]:
    """Open a door for a block, and give its address."""
    settings = read_settings(None, **{"port": 0, **options})
    door = WallDoor(Behind(), settings, assets or Gathered({}), lambda: NOW, lambda: set_to)
    async with open_doorway(door.serve, door.process_request, settings) as port:
        yield f"http://127.0.0.1:{port}"


async def attached(address: str, query: str) -> bool:
    """Say whether a screen is let in with this query; a refusal must be a 403."""
    url = f"{address.replace('http', 'ws')}/wall{query}"
    async with asyncio.timeout(PATIENCE):
        try:
            async with connect(url, compression=None) as socket:
                return b"A try" in await socket.recv(decode=False)
        except InvalidStatus as refusal:
            status = refusal.response.status_code
    assert status == 403
    return False


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.said = ""
        self.feed(body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.said += data


# --- addresses ------------------------------------------------------------------------------------


async def test_a_page_that_does_not_say_which_screen_it_is_is_led_to_the_list() -> None:
    async with opened() as address:
        for target, leads_to in (
            ("/wall", "/wall/setup"),
            ("/wall?screen=", "/wall/setup"),
        ):
            status, headers, _ = await http(address, get(target))
            assert (status, headers["location"]) == (302, leads_to)
            assert_safe(headers)
        # Who brings a token is shown the wall: it may be one of the audience's.
        for target in ("/wall?screen=main", "/wall?token=a%20%0d%0ab"):
            assert (await http(address, get(target)))[0] == 200
        # A screen that says nothing is shown what "main" is.
        assert await attached(address, "")
    async with opened((Screen("main", 1), BY_HAND)) as address:
        assert (await http(address, get("/wall")))[0] == 200


async def test_the_time_is_the_engines_and_nobody_keeps_it() -> None:
    async with opened() as address:
        status, headers, body = await http(address, get("/wall/time?x=1"))
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert headers["content-type"] == "application/json"
    assert msgspec.json.decode(body) == {"now": "2027-05-20T09:00:01Z"}


async def test_files_of_the_event_come_after_the_pages_own_and_are_replaced() -> None:
    class Source:
        def __init__(self, body: bytes) -> None:
            self.body = body

        async def get(self, path: str) -> Response | None:
            await asyncio.sleep(0)
            if path != "/wall/picture/0a":
                return None
            return response(HTTPStatus.OK, self.body, "image/png", FOR_EVER)

    theme = {"/wall/theme.css": b":root{}", "/wall/wall.css": b"mine", "/pictures/a.png": b"png"}
    odd = {"/pictures/a.html": b"<p>", "/wall/theme/a.exe": b"MZ", "/wall/theme/a.MP4": b"film"}
    assets = Gathered({**theme, **odd}, Source(b"first"), Source(b"second"))
    async with opened(assets=assets) as address:

        async def got(path: str) -> tuple[int, str, bytes]:
            status, headers, body = await http(address, get(path))
            assert_safe(headers)
            return status, headers["cache-control"], body

        assert await got("/wall/theme.css?v=2") == (200, "no-cache", b":root{}")
        assert (await got("/wall/wall.css"))[2] != b"mine"
        assert await got("/pictures/a.png") == (200, "public, max-age=3600", b"png")
        assert (await got("/wall/theme/a.MP4"))[0] == 200
        assert await got("/wall/picture/0a") == (
            *(200, "public, max-age=31536000, immutable"),
            b"first",
        )
        for path in ("/pictures/a.html", "/wall/theme/a.exe", "/wall/picture/0b"):
            assert (await got(path))[0] == 404
        assets.replace({"/wall/theme.css": b":root{--ink:red}"})
        assert (await got("/wall/theme.css"))[2] == b":root{--ink:red}"
        assert (await got("/pictures/a.png"))[0] == 404


async def test_the_page_says_its_version_and_may_make_one_worker() -> None:
    async with opened(()) as address:
        _, headers, body = await http(address, get("/wall"))
    (version,) = re.findall(rb'<meta name="page" content="([0-9a-f]{12})">', body)
    assert version == page_version().encode()
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["worker-src"] == policy["media-src"] == "'self'"
    assert policy["trusted-types"] == "eventlive"
    assert policy["require-trusted-types-for"] == "'script'"
    for path, answer in page().items():
        allowed = answer.headers.get("Service-Worker-Allowed")
        assert allowed == ("/" if path == "/wall/worker.js" else None)


async def test_screens_that_are_dismissed_are_told_so_and_may_come_back() -> None:
    behind = Behind()
    settings = read_settings(None, port=0)
    door = WallDoor(behind, settings, Gathered({}), lambda: NOW, tuple)
    async with open_doorway(door.serve, door.process_request, settings) as port:
        url = address_at(settings, port, "ws", "/wall")
        async with asyncio.timeout(PATIENCE), connect(url, compression=None) as socket:
            await socket.recv()
            door.screens.send(b"{}", 8, "a post")
            door.screens.dismiss("begun anew")
            assert len(door.screens) == 0
            assert door.screens.offs(NOW) == ()
            await socket.recv()
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (1012, "begun anew")
        assert await attached(address_at(settings, port, "http", ""), "")


# --- the page for technicians ---------------------------------------------------------------------


async def test_the_setup_page_has_a_card_and_a_code_for_each_screen() -> None:
    async with opened() as address:
        host = "Host: stage-left.example:8600"
        request = get("/wall/setup").replace(b"Host: wall.example", host.encode())
        status, headers, body = await http(address, request)
        assert status == 200
        assert headers["cache-control"] == "no-store"
        assert_safe(headers)
        found = Tags(body)
        wall = "http://stage-left.example:8600/wall?screen="
        assert [link for link in found.links if link.startswith("http")] == [
            f"{wall}{name}{more}"
            for name in ("left", "right", "main")
            for more in ("", "&scene=test")
        ]
        assert "Left of the stage" in found.said
        assert "foyer" not in found.said
        codes = [link for link in found.links if "qr.svg" in link]
        assert len(codes) == 3
        drawn = [await http(address, get(code)) for code in (*codes, codes[0])]
        assert {(code[0], code[1]["content-type"]) for code in drawn} == {(200, "image/svg+xml")}
        assert [drawn.index(code) for code in drawn] == [0, 1, 2, 0]
        assert (await http(address, get("/wall/setup/qr.svg?screen=elsewhere")))[0] == 404
        assert (await http(address, get("/wall/setup/qr.svg")))[0] == 404


@pytest.mark.parametrize(
    "host", ['"><script>alert(1)</script>', "a b", "a/b", "evil.example/?", "a@b", "ä", "a" * 256]
)
async def test_a_host_that_is_none_is_not_repeated(host: str) -> None:
    async with opened() as address:
        for target in ("/wall/setup", "/wall/setup/qr.svg?screen=left"):
            request = get(target).replace(b"wall.example", host.encode())
            status, headers, body = await http(address, request)
            assert status == 400
            assert_safe(headers)
            assert b"script" not in body


async def test_a_title_on_the_setup_page_is_text_whatever_it_says() -> None:
    hostile = [
        "</h2><script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "{code} {0} %s",
        "a&amp;b</title><style>*{}</style>",
        "<!-- ",
    ]
    set_to = [Screen(title, 1, title=title, named=True) for title in hostile]
    async with opened(set_to) as address:
        _, _, body = await http(address, get("/wall/setup"))
    found = Tags(body)
    assert found.tags.count("section") == len(hostile) + 1
    assert set(found.tags) <= {
        *("html", "head", "meta", "title", "link", "body", "h1", "p", "main", "section", "h2"),
        *("bdi", "img", "a"),
    }
    for title in hostile:
        assert title in found.said
    names = [
        parse_qs(urlsplit(link).query)["screen"][0] for link in found.links if "qr.svg" in link
    ]
    assert names == [*hostile, "main"]


# --- tokens ---------------------------------------------------------------------------------------

TOKENS: dict[str, Any] = {"screen_token": "common", "screen_tokens": "left=l=1, right = r"}


async def test_a_screen_with_a_token_of_its_own_comes_in_with_that_alone() -> None:
    async with opened(**TOKENS) as address:
        for name, right in (("left", "l=1"), ("right", "r"), ("foyer", "common"), ("", "common")):
            for token in ("l=1", "r", "common", "", "wrong"):
                query = f"?screen={name}&token={quote(token)}"
                assert await attached(address, query) == (token == right), query


async def test_without_a_name_a_screen_goes_as_main() -> None:
    async with opened(screen_token="common", screen_tokens="main=own") as address:
        assert not await attached(address, "?token=common")
        assert await attached(address, "?token=own")


async def test_the_setup_page_needs_an_operators_token_and_gives_each_screen_its_own() -> None:
    async with opened(**TOKENS, operator_token="crew", viewer_token="look") as address:
        for query in ("", "?token=", "?token=r", "?token=wrong", "?token=common", "?token=look"):
            for path in ("/wall/setup", "/wall/setup/qr.svg"):
                status, headers, body = await http(address, get(f"{path}{query}"))
                assert status == 403
                assert_safe(headers)
                assert b"common" not in body
        _, _, body = await http(address, get("/wall/setup?token=crew"))
        links = Tags(body).links
        tokens = [
            parse_qs(urlsplit(link).query)["token"][0]
            for link in links
            if link.startswith("http") and "test" not in link
        ]
        assert tokens == ["l=1", "r", "common"]
        code = next(link for link in links if "screen=left" in link and "qr.svg" in link)
        assert (await http(address, get(code)))[0] == 200


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("left=hush-hush,right", "number 2"),
        ("=hush-hush", "number 1"),
        ("left=hush-hush,left=other", "number 2"),
        ("left=hush-hush,", "number 2"),
    ],
)
def test_tokens_that_cannot_be_read_are_named_without_what_they_say(given: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as caught:
        read_settings(None, screen_token="x", screen_tokens=given)
    assert "screen_tokens" in str(caught.value)
    whole: BaseException | None = caught.value
    while whole is not None:
        assert "hush" not in str(whole) + repr(whole)
        whole = whole.__cause__
    settings = read_settings(None, screen_token="x", screen_tokens="left=hush-hush")
    assert isinstance(settings, Settings)
    assert "hush" not in repr(settings)


def test_tokens_of_single_screens_need_a_common_one() -> None:
    with pytest.raises(SettingsError, match="EVENTLIVE_SCREEN_TOKEN too"):
        read_settings(None, screen_tokens="left=hush")
    assert read_settings(None, screen_tokens="").screen_allowed("left", "")

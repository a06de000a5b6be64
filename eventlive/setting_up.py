"""The page for technicians: each screen of the venue with its address, to be typed or scanned.

Owns what /wall/setup shows and the codes on it; plain HTML without a script. Never decides who may
see it (the door does), and writes no code for an address that is not this engine's.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable, Sequence
from html import escape
from http import HTTPStatus
from urllib.parse import urlencode

import segno
from websockets.http11 import Response

from eventlive.model import Screen
from eventlive.pages import NEVER, TYPES, response, text
from eventlive.settings import Settings

SETUP = "/wall/setup"
CODE = "/wall/setup/qr.svg"
MAIN = "main"
CODES_KEPT = 64
"""Codes that are kept: one costs twenty milliseconds, and a page asks for all of them at once."""

_HOST = re.compile(r"[A-Za-z0-9.:\-\[\]]{1,255}")

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Screens</title>
  <link rel="icon" type="image/svg+xml" href="/wall/mark.svg">
  <link rel="stylesheet" href="/wall/setup.css">
</head>
<body>
  <h1>Screens</h1>
  <p>Open an address on the machine behind each screen, or scan its code there.
  The test picture shows the safe area, the name, the fonts and the clock.</p>
  <main>
{cards}
  </main>
</body>
</html>
"""
_CARD = """\
    <section>
      <h2 dir="auto">{title}</h2>
      <p class="name"><bdi>{name}</bdi></p>
      <img src="{code}" alt="QR code: the address of {name}" width="220" height="220">
      <p class="address"><a href="{address}">{address}</a></p>
      <p><a href="{test}">Test picture</a></p>
    </section>"""


class SettingUp:
    """The page of the screens that the script names, and of all without a name of their own."""

    def __init__(self, settings: Settings, named: Callable[[], Sequence[Screen]]) -> None:
        self._settings = settings
        self._named = named
        self._codes: dict[str, bytes] = {}
        self._drawing = asyncio.Lock()

    @property
    def asks(self) -> bool:
        """Whether the script names screens, so that a page has to say which one it is."""
        return any(screen.named for screen in self._named())

    def page(self, host: str, token: str) -> Response:
        """Show all screens by the address that the engine was asked at; 400 for one that is none.

        `token` opens this page, and stands in the addresses of the codes on it.
        """
        if not _HOST.fullmatch(host):
            return text(HTTPStatus.BAD_REQUEST, "the address of this engine cannot be read")
        cards = "\n".join(self._card(host, token, screen) for screen in self._screens())
        body = _PAGE.format(cards=cards).encode()
        return response(HTTPStatus.OK, body, TYPES[".html"], NEVER)

    async def code(self, host: str, name: str) -> Response:
        """Draw the code of a screen's address; 404 for a name that is none of ours."""
        if not _HOST.fullmatch(host):
            return text(HTTPStatus.BAD_REQUEST, "the address of this engine cannot be read")
        if name not in (screen.id for screen in self._screens()):
            return text(HTTPStatus.NOT_FOUND, "there is no screen of this name")
        address = self._address(host, name)
        # One at a time: who asks for a thousand waits for them, and nobody else does.
        async with self._drawing:
            if address not in self._codes:
                if len(self._codes) >= CODES_KEPT:
                    self._codes.clear()
                self._codes[address] = await asyncio.to_thread(_drawn, address)
        return response(HTTPStatus.OK, self._codes[address], TYPES[".svg"], NEVER)

    def _screens(self) -> list[Screen]:
        named = [screen for screen in self._named() if screen.named and screen.id != MAIN]
        return [*named, Screen(MAIN, 1, title="Every other screen")]

    def _card(self, host: str, token: str, screen: Screen) -> str:
        query = {"screen": screen.id, **({"token": token} if token else {})}
        return _CARD.format(
            title=escape(screen.title or screen.id),
            name=escape(screen.id),
            code=escape(f"{CODE}?{urlencode(query)}"),
            address=escape(self._address(host, screen.id)),
            test=escape(self._address(host, screen.id, scene="test")),
        )

    def _address(self, host: str, name: str, **more: str) -> str:
        scheme = "https" if self._settings.cert else "http"
        token = self._settings.screen_token_of(name)
        query = {"screen": name, **({"token": token} if token else {}), **more}
        return f"{scheme}://{host}/wall?{urlencode(query)}"


def _drawn(address: str) -> bytes:
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, dark="#000", light="#fff")
    return out.getvalue()

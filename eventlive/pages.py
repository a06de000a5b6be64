"""What the wall's addresses give, over HTTP.

Owns the files of the page, those that an event brings along, and the headers of every answer.
Files are read once, at the start; anything larger belongs behind a web server. Never opens a
socket.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " media-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types eventlive"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For what never changes at its address: a picture whose path is a digest."""

FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}
"""For a recording's own pictures: another one may stand under the name tomorrow."""

NEVER = {"Cache-Control": "no-store"}
EVERYWHERE = {"Service-Worker-Allowed": "/"}
"""For the worker: it also answers for /pictures, above its own folder."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".woff2": "font/woff2",
}
_VERSION = re.compile(rb'(<meta name="page" content=")[^"]*')
"""Where index.html is told which version of the page it is."""


class Assets(Protocol):
    """Where a GET is answered from."""

    async def get(self, path: str) -> Response | None:
        """Give what is at a path, without its query; None where there is nothing."""


class Gathered:
    """The page's files, then an event's, then what further sources have, asked in turn.

    `files` are bodies by their path, as for `replace`.
    """

    def __init__(self, files: Mapping[str, bytes], *sources: Assets) -> None:
        self._page = page()
        self._sources = sources
        self._files: dict[str, Response] = {}
        self.replace(files)

    def replace(self, files: Mapping[str, bytes]) -> None:
        """Serve these files of the event's and no others: its script has been read again.

        Left out is what is of no known type, and outside of `/wall/` whatever is no picture.
        """
        answers = ((path, _file(path, body)) for path, body in files.items())
        self._files = {path: answer for path, answer in answers if answer is not None}

    @property
    def own(self) -> tuple[str, ...]:
        """The paths of the event's files."""
        return tuple(self._files)

    async def get(self, path: str) -> Response | None:
        """Give what is at a path, without its query; None where there is nothing."""
        if answer := self._page.get(path) or self._files.get(path):
            return answer
        for source in self._sources:
            if answer := await source.get(path):
                return answer
        return None


@cache
def page() -> Mapping[str, Response]:
    """Read the files of the page once, by their paths."""
    answers: dict[str, Response] = {}
    for path, body in _house().items():
        if path == "/wall/index.html":
            told = _VERSION.sub(rb"\g<1>" + page_version().encode(), body)
            answers["/wall"] = response(HTTPStatus.OK, told, TYPES[".html"])
        else:
            more = EVERYWHERE if path == "/wall/worker.js" else None
            answers[path] = response(HTTPStatus.OK, body, _kind(path), more)
    return answers


@cache
def page_version() -> str:
    """Name the version of the page by what its files say."""
    made = sha256()
    for path, body in _house().items():
        made.update(b"%s %d\n" % (path.encode(), len(body)))
        made.update(body)
    return made.hexdigest()[:12]


def text(status: HTTPStatus, words: str) -> Response:
    """Answer with a line of text."""
    return response(status, f"{words}\n".encode(), "text/plain; charset=utf-8")


def response(
    status: HTTPStatus, body: bytes, kind: str, more: Mapping[str, str] | None = None
) -> Response:
    """Answer with a body and the headers that every answer carries."""
    headers = Headers(
        {
            **HEADERS,
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **(more or {}),
        }
    )
    return Response(status.value, status.phrase, headers, body)


def with_headers(_: ServerConnection, __: Request, answer: Response) -> None:
    """Give the library's own refusals of a handshake the headers that every answer carries."""
    if answer.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        for name, value in HEADERS.items():
            if name not in answer.headers:
                answer.headers[name] = value


def _file(path: str, body: bytes) -> Response | None:
    kind = _kind(path)
    if not kind or not (path.startswith("/wall/") or kind.startswith("image/")):
        return None
    more = None if path.startswith("/wall/") else FOR_AN_HOUR
    return response(HTTPStatus.OK, body, kind, more)


def _kind(path: str) -> str:
    return TYPES.get(f".{path.rpartition('.')[2].lower()}", "")


@cache
def _house() -> Mapping[str, bytes]:
    return _bodies(files("eventlive").joinpath("wall"), "/wall")


def _bodies(folder: Traversable, path: str) -> dict[str, bytes]:
    """Read the files of a folder and of those in it, in the order of their names."""
    bodies: dict[str, bytes] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.is_dir():
            bodies |= _bodies(file, f"{path}/{file.name}")
        elif _kind(file.name):
            bodies[f"{path}/{file.name}"] = file.read_bytes()
    return bodies

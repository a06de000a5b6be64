"""The few fixed files of the wall, over HTTP.

Owns what a GET gets and the headers of every answer. Files are read once, at the start; anything
larger belongs behind a web server. Never opens a socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def wall_assets(qr: bytes | None, pictures: Mapping[str, bytes]) -> dict[str, Response]:
    """Read the wall's files once; `pictures` are the engine's own, by their path."""
    assets: dict[str, Response] = {}
    for file in files("eventlive").joinpath("wall").iterdir():
        suffix = f".{file.name.rpartition('.')[2]}"
        if suffix in TYPES and file.is_file():
            path = "/wall" if file.name == "index.html" else f"/wall/{file.name}"
            assets[path] = response(HTTPStatus.OK, file.read_bytes(), TYPES[suffix])
    if qr is not None:
        assets["/wall/qr.svg"] = response(HTTPStatus.OK, qr, TYPES[".svg"])
    for path, body in pictures.items():
        kind = TYPES.get(f".{path.rpartition('.')[2].lower().replace('jpeg', 'jpg')}")
        if kind is not None and kind.startswith("image/"):
            assets[f"/{path}"] = response(HTTPStatus.OK, body, kind)
    return assets


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

"""A Mastodon server as far as mastodon-mock is none: for the way out alone, in this process.

Owns what real ones do and the mock leaves out: rate-limit headers with ISO 8601 times, keys that
are noted once the post is made and forgotten after an hour, pictures that are worked on for a
while (202, then 206), the search that resolves an address, links, tags and mentions as marked-up
HTML, proxies' pages, answers cut in the middle. Everything else a test takes from the mock.
After Mastodon's own source (post_status_service.rb, rate_limit_headers.rb, text_formatter.rb).
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from tests.loopback import HOST

TOKEN = "real-token-that-nobody-may-see"
NAME = "social.example"
KEY_KEPT = timedelta(hours=1)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MARKED = re.compile(
    r"(?P<link>https?://\S+)|(?<![\w/=])@(?P<name>\w+)(?P<host>@[\w.]+)?|#(?P<tag>\w+)"
)


@dataclass
class RealMastodon:
    """A running server; made by `real_mastodon`. Its people are house, the account, and guests."""

    clock: Callable[[], datetime]
    address: str = ""
    statuses: list[dict[str, Any]] = field(default_factory=list)
    """All that house has posted, the oldest first."""
    elsewhere: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Statuses of other servers, by the address under which a search resolves them."""
    requests: list[str] = field(default_factory=list)
    uploads: list[str | None] = field(default_factory=list)
    """The descriptions that came with the pictures."""
    faults: list[str] = field(default_factory=list)
    """What each further post meets: "", or one of the words of `_faulty`."""
    limits: dict[str, int] = field(default_factory=dict)
    """What is left, by "post", "media", "delete" and "read"; no headers where it is not said."""
    reset: timedelta = timedelta(minutes=5)
    slow_picture: int = 0
    """How often a picture is still worked on when it is asked for; -1 for one that fails."""
    at_work: float = 0.0
    """Seconds from a request to its post: within them, the same key makes another."""
    characters: int = 500
    ahead: timedelta = timedelta(0)
    _keys: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _ids: int = 100

    def now(self) -> datetime:
        return self.clock() + self.ahead

    def post(self, text: str, answered: str | None = None) -> dict[str, Any]:
        """Put a status of house's there, as another program might."""
        self._ids += 1
        made = status(str(self._ids), "house", text, self.now(), answered)
        self.statuses.append(made)
        return made

    def forget_keys(self) -> None:
        self._keys.clear()

    # --- answering ---------------------------------------------------------------------------

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        kind = _kind(request)
        refused = None
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            refused = _no(401, "The access token is invalid")
        elif self.limits.get(kind) == 0:
            refused = _no(429, "Too many requests")
        response = refused or await handler(request)
        if not response.prepared:
            response.headers["Date"] = format_datetime(self.now(), usegmt=True)
            if kind in self.limits:
                self.limits[kind] = left = max(0, self.limits[kind] - 1)
                until = self.now() + self.reset
                response.headers["X-RateLimit-Limit"] = "300"
                response.headers["X-RateLimit-Remaining"] = str(left)
                response.headers["X-RateLimit-Reset"] = until.isoformat().replace("+00:00", "Z")
        return response

    async def _instance(self, request: web.Request) -> web.Response:
        statuses = {
            "max_characters": self.characters,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        }
        media = {"supported_mime_types": ["image/png"], "image_size_limit": 1000}
        rules = {"statuses": statuses, "media_attachments": media}
        return web.json_response({"domain": NAME, "configuration": rules})

    async def _who(self, request: web.Request) -> web.Response:
        return web.json_response(account("house"))

    async def _token(self, request: web.Request) -> web.Response:
        return web.json_response({"scope": ["read", "write:statuses"]})

    async def _post(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.pop(0) if self.faults else ""
        if fault and not fault.endswith("after"):
            return await self._faulty(fault, request)
        said = await request.json()
        key = request.headers.get("Idempotency-Key", "")
        known, at = self._keys.get(key, ("", self.now()))
        if known and self.now() - at < KEY_KEPT:
            made = next(one for one in self.statuses if one["id"] == known)
        else:
            await asyncio.sleep(self.at_work)
            made = self.post(said["status"], said.get("in_reply_to_id"))
            made["spoiler_text"] = said.get("spoiler_text", "")
            made["media_ids"] = said.get("media_ids", [])
            self._keys[key] = (made["id"], self.now())
        if fault:
            return await self._faulty(fault, request)
        return web.json_response(made)

    async def _faulty(self, fault: str, request: web.Request) -> web.StreamResponse:
        match fault.removesuffix(" after"):
            case "500":
                return _no(500, "This page is not correct")
            case "502":
                return web.Response(status=502, text="<html>Bad Gateway</html>")
            case "403 page":
                return web.Response(status=403, text="<html>Attention required</html>")
            case "moved":
                raise web.HTTPFound("https://elsewhere.example/")
            case "half":
                half = web.StreamResponse(headers={"Content-Length": "500"})
                await half.prepare(request)
                await half.write(b'{"id": "1", "uri"')
                _cut(request)
                return half
            case "cut":
                _cut(request)
                return web.Response()
            case "hangs":
                await asyncio.sleep(30)
                return web.Response()
            case "other":
                return web.json_response(["not", "a", "status"])
            case "echo":
                return _no(422, f"Validation failed: {TOKEN} " + "and so on " * 99)
            case number:
                return _no(int(number), "Validation failed: Text is not nice")

    async def _statuses_of(self, request: web.Request) -> web.Response:
        before = int(request.query.get("max_id", "9" * 18))
        older = [one for one in reversed(self.statuses) if int(one["id"]) < before]
        return web.json_response(older[: int(request.query["limit"])])

    async def _status(self, request: web.Request) -> web.Response:
        every = (*self.statuses, *self.elsewhere.values())
        found = next((one for one in every if one["id"] == request.match_info["id"]), None)
        if found is None:
            return _no(404, "Record not found")
        if request.method == "DELETE":
            self.statuses.remove(found)
        return web.json_response(found)

    async def _search(self, request: web.Request) -> web.Response:
        found = self.elsewhere.get(request.query["q"])
        return web.json_response({"accounts": [], "statuses": [found] if found else []})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        description = form.get("description")
        assert description is None or isinstance(description, str)
        self.uploads.append(description)
        done = self.slow_picture == 0
        made = {"id": str(len(self.uploads)), "url": "there" if done else None}
        return web.json_response(made, status=200 if done else 202)

    async def _media(self, request: web.Request) -> web.Response:
        if self.slow_picture < 0:
            return _no(422, "Error processing thumbnail for uploaded media")
        self.slow_picture = max(0, self.slow_picture - 1)
        made = {"id": request.match_info["id"], "url": None}
        return web.json_response(made, status=206 if self.slow_picture else 200)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._serve])
        app.add_routes(
            [
                web.get("/api/v2/instance", self._instance),
                web.get("/api/v1/accounts/verify_credentials", self._who),
                web.get("/oauth/token/info", self._token),
                web.get("/api/v1/accounts/7/statuses", self._statuses_of),
                web.post("/api/v1/statuses", self._post),
                web.get("/api/v1/statuses/{id}", self._status),
                web.delete("/api/v1/statuses/{id}", self._status),
                web.get("/api/v2/search", self._search),
                web.post("/api/v2/media", self._upload),
                web.get("/api/v1/media/{id}", self._media),
            ]
        )
        return app


@asynccontextmanager
async def real_mastodon(clock: Callable[[], datetime]) -> AsyncIterator[RealMastodon]:
    """Run a server until the block ends; its own clock is `clock`."""
    server = RealMastodon(clock)
    runner = web.AppRunner(server.app(), shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        server.address = f"http://{HOST}:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


def account(name: str, host: str = "") -> dict[str, Any]:
    """Give an account as Mastodon does; house has the id 7."""
    made = {"id": "7" if name == "house" else "8", "username": name, "display_name": name.title()}
    return made | {"acct": f"{name}@{host}" if host else name}


def status(
    status_id: str,
    name: str,
    text: str,
    at: datetime,
    answered: str | None = None,
    host: str = "",
) -> dict[str, Any]:
    """Give a status as Mastodon does; `host` is whose it is, where it is not our server's."""
    return {
        "id": status_id,
        "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "uri": f"https://{host or NAME}/users/{name}/statuses/{status_id}",
        "url": f"https://{host or NAME}/@{name}/{status_id}",
        "in_reply_to_id": answered,
        "visibility": "public",
        "content": marked_up(text),
        "account": account(name, host),
    }


def marked_up(text: str) -> str:
    """Write a text as HTML the way Mastodon does."""
    lines = re.split(r"\n{2,}", text.strip())
    pieces = []
    for line in lines:
        place, out = 0, ""
        for found in _MARKED.finditer(line):
            out += html.escape(line[place : found.start()]) + _mark(found)
            place = found.end()
        pieces.append(out + html.escape(line[place:]))
    return "".join(f"<p>{piece.replace(chr(10), '<br />')}</p>" for piece in pieces)


def _mark(found: re.Match[str]) -> str:
    if link := found["link"]:
        prefix = re.match(r"https?://(www\.)?", link)
        assert prefix is not None
        shown = link[prefix.end() : prefix.end() + 30]
        rest = link[prefix.end() + 30 :]
        spans = [
            f'<span class="invisible">{prefix[0]}</span>',
            f'<span class="{"ellipsis" if rest else ""}">{html.escape(shown)}</span>',
            f'<span class="invisible">{html.escape(rest)}</span>',
        ]
        href = html.escape(link)
        return f'<a href="{href}" rel="nofollow noopener" translate="no">{"".join(spans)}</a>'
    if tag := found["tag"]:
        href = f"https://{NAME}/tags/{tag.lower()}"
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
    name, host = found["name"], (found["host"] or f"@{NAME}")[1:]
    href = f"https://{host}/@{name}"
    link = f'<a href="{href}" class="u-url mention">@<span>{name}</span></a>'
    return f'<span class="h-card" translate="no">{link}</span>'


def _kind(request: web.Request) -> str:
    match request.method, request.path:
        case "POST", "/api/v1/statuses":
            return "post"
        case "POST", _:
            return "media"
        case "DELETE", _:
            return "delete"
        case _:
            return "read"


def _no(number: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=number)


def _cut(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()

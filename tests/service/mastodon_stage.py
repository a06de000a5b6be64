"""A Mastodon server of a test's own, for what `mastodon-mock` does otherwise, and for its faults.

Owns statuses as the recordings show them, tag timelines paged by number, notifications, the
multiplexed socket with its token, rate-limit headers, and how all of these go wrong on demand.
Shares nothing with the feed that it tests. Speaks to loopback only.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from aiohttp import WSCloseCode, web

TOKEN = "a-token-of-the-stage"
DOMAIN = "stage.example"
WORDS = "this server is in a bad mood"

Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


class Stage:
    """A server and its people; made by `open_stage`.

    `fault`, where it is set, may answer a request in the server's place. `login` asks for a token
    at every timeline. `streams` False refuses sockets, `closing` closes them as soon as they are
    there, `deaf` lets them in and never speaks.
    """

    def __init__(self, domain: str = DOMAIN) -> None:
        self.domain = domain
        self.address = ""
        self.streaming = ""
        self.statuses: dict[str, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []
        self.fault: Fault | None = None
        self.login = False
        self.streams = True
        self.closing = False
        self.deaf = False
        self.scope = True
        self.limit: tuple[int, float] | None = None
        self.asked: list[tuple[float, str]] = []
        self.connects: list[float] = []
        self.tokens: list[str] = []
        self.addresses: list[str] = []
        self.subscribed: Counter[str] = Counter()
        self._sockets: dict[web.WebSocketResponse, set[str]] = {}
        self._requests: dict[web.WebSocketResponse, web.Request] = {}
        self._last = int(datetime(2026, 5, 20, tzinfo=UTC).timestamp() * 1000) << 16

    # --- people ------------------------------------------------------------------------------

    async def post(self, text: str, *tags: str, by: str = "anna", **fields: Any) -> dict[str, Any]:
        """Say something; `by` is a name here, or user@host of somebody elsewhere."""
        self._last += 1 << 16
        status = self.status(str(self._last), text, *tags, by=by, **fields)
        self.statuses[status["id"]] = status
        await self._tell(status, "update")
        return status

    async def edit(self, status: dict[str, Any], text: str, **fields: Any) -> None:
        """Put another text in the place of a status's."""
        edited = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status.update(content=f"<p>{escape(text)}</p>", edited_at=edited, **fields)
        await self._tell(status, "status.update")

    async def delete(self, status: dict[str, Any]) -> None:
        """Take a status away."""
        del self.statuses[status["id"]]
        for tag in status["tags"]:
            await self.say(
                {"stream": ["hashtag", tag["name"]], "event": "delete", "payload": status["id"]},
                f"hashtag:{tag['name'].lower()}",
            )

    async def mention(self, status: dict[str, Any], kind: str = "mention") -> None:
        """Tell the token's account that a status names it."""
        entry = {
            "id": str(len(self.notifications) + 1),
            "type": kind,
            "status": status,
            "account": status["account"],
            "created_at": status["created_at"],
        }
        self.notifications.append(entry)
        await self.say(
            {
                "stream": ["user:notification"],
                "event": "notification",
                "payload": json.dumps(entry),
            },
            "user:notification",
        )

    def status(self, number: str, text: str, *tags: str, by: str, **fields: Any) -> dict[str, Any]:
        """Write a Status entity."""
        name, _, host = by.partition("@")
        host = host or self.domain
        links = "".join(
            f' <a href="https://{self.domain}/tags/{tag}" class="mention hashtag" '
            f'rel="tag">#<span>{tag}</span></a>'
            for tag in tags
        )
        at = datetime(2026, 5, 20, tzinfo=UTC) + timedelta(seconds=len(self.statuses))
        return {
            "id": number,
            "uri": f"https://{host}/users/{name}/statuses/{number}",
            "url": f"https://{host}/@{name}/{number}",
            "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "edited_at": None,
            "visibility": "public",
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "content": f"<p>{escape(text)}{links}</p>",
            "spoiler_text": "",
            "sensitive": False,
            "language": "en",
            "account": {
                "id": f"1{name}",
                "acct": by,
                "username": name,
                "display_name": "",
                "url": f"https://{host}/@{name}",
                "bot": False,
                "followers_count": 3,
            },
            "media_attachments": [],
            "mentions": [],
            "tags": [{"name": tag, "url": f"https://{self.domain}/tags/{tag}"} for tag in tags],
            "emojis": [],
            "reblog": None,
            "quote": None,
            "card": None,
            "poll": None,
            **fields,
        }

    # --- sockets -----------------------------------------------------------------------------

    async def say(self, frame: dict[str, Any] | str, stream: str = "") -> None:
        """Send a frame to those who listen to a stream; to all without one."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        for socket, streams in list(self._sockets.items()):
            if not self.deaf and (not stream or stream in streams) and not socket.closed:
                try:
                    await socket.send_str(text)
                except ConnectionError:
                    self._sockets.pop(socket, None)

    @property
    def connected(self) -> int:
        """Count the open sockets."""
        return len(self._sockets)

    async def close(self) -> None:
        """Close every socket in good order."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.OK)

    def cut(self) -> None:
        """Break every socket in the middle."""
        for socket in list(self._sockets):
            transport = self._requests[socket].transport
            if transport is not None:
                transport.abort()

    async def _tell(self, status: dict[str, Any], event: str) -> None:
        for tag in status["tags"]:
            frame = {
                "stream": ["hashtag", tag["name"]],
                "event": event,
                "payload": json.dumps(status),
            }
            await self.say(frame, f"hashtag:{tag['name'].lower()}")

    # --- the API -----------------------------------------------------------------------------

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        path, loop = request.path, asyncio.get_running_loop()
        self.asked.append((loop.time(), path))
        self.addresses.append(str(request.rel_url))
        self.tokens.append(request.headers.get("Authorization", ""))
        if self.fault is not None and (made := await self.fault(request)) is not None:
            return made
        if path == "/api/v1/streaming":
            return await self._stream(request)
        response = self._page(request, path)
        if self.limit is not None:
            left, reset = self.limit[0] - 1, self.limit[1]
            self.limit = (left, reset)
            until = datetime.fromtimestamp(reset, UTC).isoformat(timespec="microseconds")
            headers = {
                "X-RateLimit-Limit": "300",
                "X-RateLimit-Remaining": str(max(left, 0)),
                "X-RateLimit-Reset": until.replace("+00:00", "Z"),
            }
            if left < 0:
                response = error(429, "Too many requests")
            response.headers.update(headers)
        return response

    def _page(self, request: web.Request, path: str) -> web.Response:
        known = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        if path == "/api/v2/instance":
            urls = {"streaming": self.streaming or self.address.replace("http", "ws")}
            return web.json_response({"domain": self.domain, "configuration": {"urls": urls}})
        if request.headers.get("Authorization") and not known:
            return error(401, "The access token is invalid")
        if path == "/api/v1/notifications":
            if not (known and self.scope):
                return error(403, "This action is outside the authorized scopes")
            return web.json_response(self._paged(self.notifications, request))
        if path.startswith("/api/v1/timelines/tag/"):
            if self.login and not known:
                return error(422, "This method requires an authenticated user")
            tag = path.rpartition("/")[2].lower()
            found = [
                one
                for one in self.statuses.values()
                if tag in {named["name"].lower() for named in one["tags"]}
            ]
            return web.json_response(self._paged(found, request))
        status = self.statuses.get(path.removeprefix("/api/v1/statuses/"))
        return web.json_response(status) if status else error(404, "Record not found")

    @staticmethod
    def _paged(entries: list[dict[str, Any]], request: web.Request) -> list[dict[str, Any]]:
        """Page as Mastodon does: min_id the ones just above, all else the newest; newest first."""
        query = request.query
        limit = min(int(query.get("limit", 20)), 40)
        ordered = sorted(entries, key=lambda entry: int(entry["id"]), reverse=True)
        if "max_id" in query:
            ordered = [one for one in ordered if int(one["id"]) < int(query["max_id"])]
        if "min_id" in query:
            above = [one for one in ordered if int(one["id"]) > int(query["min_id"])]
            return above[-limit:]
        return ordered[:limit]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if not self.streams:
            return web.Response(status=503, text=f"<html>{WORDS}</html>", content_type="text/html")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return error(401, "Missing access token")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connects.append(asyncio.get_running_loop().time())
        streams = self._sockets[socket] = set()
        self._requests[socket] = request
        self._subscribe(streams, dict(request.query))
        if self.closing:
            await socket.close(code=WSCloseCode.OK)
        try:
            async for message in socket:
                self._subscribe(streams, json.loads(message.data))
        finally:
            self._sockets.pop(socket, None)
            self._requests.pop(socket, None)
        return socket

    def _subscribe(self, streams: set[str], wanted: dict[str, Any]) -> None:
        tag = wanted.get("tag")
        name = f"{wanted['stream']}:{tag.lower()}" if tag else str(wanted["stream"])
        streams.add(name)
        self.subscribed[name] += 1


def error(status: int, words: str) -> web.Response:
    """Refuse as Mastodon does."""
    return web.json_response({"error": words}, status=status)


@asynccontextmanager
async def open_stage(domain: str = DOMAIN) -> AsyncIterator[Stage]:
    """Run a server while the block does."""
    stage = Stage(domain)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stage.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        stage.address = f"http://{host}:{port}"
        yield stage
    finally:
        await runner.cleanup()

"""The socket of a fake X: each request meets faults, keys, limits and checks, in this order.

Owns that order, the log of requests, and holding every answer against the description. What is
answered is decided in x_fake_reads, x_fake_writes and x_fake_stream.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from tests.loopback import HOST
from tests.service import x_fake_reads as reads
from tests.service import x_fake_writes as writes
from tests.service.x_fake_archive import Json
from tests.service.x_fake_auth import Door
from tests.service.x_fake_stream import Stream, cut
from tests.service.x_fake_tls import Certificates
from tests.service.x_fake_views import spelt
from tests.service.x_fake_world import (
    COMMITTED,
    STREAM,
    Answer,
    Ask,
    Fault,
    Refusal,
    Who,
    World,
    invalid,
    too_many,
    unauthorized,
    wrong_way_in,
)
from tests.service.x_openapi import VERSIONS, Operation, description

HTML = "<!DOCTYPE html>\n<html><body><h1>{0}</h1><p>Over capacity.</p></body></html>\n"
LARGEST = 16 * 1024 * 1024

Handler = Callable[[World, Ask], Answer]
HANDLERS: Mapping[str, Handler] = {
    "GET /2/tweets/search/recent": reads.search_recent,
    "GET /2/tweets/counts/recent": reads.counts_recent,
    "GET /2/users/me": reads.users_me,
    "GET /2/users/by/username/{username}": reads.user_by_name,
    "GET /2/users/{id}": reads.user_by_id,
    "GET /2/users/{id}/tweets": reads.user_posts,
    "GET /2/users/{id}/mentions": reads.user_mentions,
    "GET /2/tweets": reads.posts_by_ids,
    "GET /2/tweets/{id}": reads.post_by_id,
    "DELETE /2/tweets/{id}": writes.delete_post,
    "POST /2/media/upload/initialize": writes.start_upload,
    "POST /2/media/upload/{id}/append": writes.append_upload,
    "POST /2/media/upload/{id}/finalize": writes.finish_upload,
    "GET /2/media/upload": writes.upload_state,
    "POST /2/media/upload": writes.upload_at_once,
    "POST /2/media/metadata": writes.describe_media,
}


@dataclass(slots=True)
class Call:
    """A request as it was logged; `at` by the monotonic clock, `status` 0 where none was sent."""

    at: float
    endpoint: str
    method: str
    path: str
    query: dict[str, str]
    host: str
    who: str = ""
    body: Json = field(default_factory=dict)
    status: int = 0
    fault: Fault | None = None


class Server(World):
    """The world behind a socket. `calls` are all requests, `violations` all departures."""

    def __init__(self, *args: Any, check: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check = check
        """Whether every answer is held against the description."""
        self.strict = False
        """Whether parameters that only the other version describes are refused."""
        self.violations: list[str] = []
        self.calls: list[Call] = []
        self.stream = Stream(self, self._hold)
        self.door = Door()
        self.certificates = Certificates()
        self.port = 0
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._handlers: dict[str, Handler] = {
            **HANDLERS,
            "GET /2/tweets/search/stream/rules": lambda _, ask: self.stream.get_rules(ask),
            "POST /2/tweets/search/stream/rules": lambda _, ask: self.stream.post_rules(ask),
            "DELETE /2/connections/all": lambda _, ask: self.stream.kill_all(ask),
            "POST /2/tweets": self._create,
        }

    async def open(self) -> None:
        """Listen on a port of the system's choice."""
        app = web.Application(client_max_size=LARGEST)
        # Longer addresses of the same form come first: /2/users/me is no id.
        for endpoint in sorted([*self._handlers, STREAM], key=lambda key: ("{" in key, key)):
            method, path = endpoint.split(" ")
            app.router.add_route(method, path, partial(self._serve, endpoint))
        app.router.add_route("*", "/{path:.*}", self._nowhere)
        # A client that leaves ends its handler, as far as it still waits.
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0, ssl_context=self.certificates.server())
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """End the stream and every request that hangs, and stop listening."""
        self._closing.set()
        self.stream.over()
        if self._runner is not None:
            await self._runner.cleanup()

    def _known(self, endpoint: str) -> str:
        assert endpoint in {*self._handlers, STREAM}, f"no endpoint of the fake's: {endpoint}"
        return endpoint

    # --- a request ----------------------------------------------------------------------------

    async def _serve(self, endpoint: str, request: web.Request) -> web.StreamResponse:
        call = self._log(endpoint, request)
        call.fault = self.faults.draw(endpoint)
        content, form = await _read(request)
        if call.fault is not None and call.fault not in COMMITTED:
            return await self._fail(call, request, call.fault)
        headers: dict[str, str] = {}
        try:
            ask = self._ask(call, request, content, form, headers)
            if endpoint == STREAM:
                call.status = 200
                return await self.stream.serve(request, ask, headers)
            answer = self._handlers[endpoint](self, ask)
            answer.body = spelt(answer.body, self.spelling)
        except Refusal as refusal:
            answer = refusal.answer(self.spelling)
        except Exception as error:
            self.violations.append(f"{endpoint}: the fake broke: {error!r}")
            raise
        self._hold(endpoint, answer.status, answer.content_type, answer.body)
        answer.headers |= headers
        return await self._give(call, request, answer)

    def _log(self, endpoint: str, request: web.Request) -> Call:
        call = Call(
            time.monotonic(),
            endpoint,
            request.method,
            request.path,
            dict(request.query),
            request.host,
        )
        self.calls.append(call)
        return call

    def _ask(
        self,
        call: Call,
        request: web.Request,
        content: bytes,
        form: Json,
        headers: dict[str, str],
    ) -> Ask:
        """Take a request in. Raises Refusal; sets the headers that every answer has."""
        url = f"https://{request.host}{request.raw_path}"
        who = self.door.enter(request.method, url, dict(request.headers), content)
        call.who = who.user.username if who.user else "app"
        operation = description(self.spelling).operation(call.endpoint)
        if who.kind not in operation.security:
            raise wrong_way_in(operation.security, who)
        allowed, limits = self.limits.take(call.endpoint, who)
        headers |= limits
        if not allowed:
            raise too_many()
        self._check_query(operation, call.query)
        body = form
        if not form and operation.body is not None:
            body = _json(content)
            fault = operation.body_fault(body)
            if fault:
                raise invalid("body", "", fault)
        call.body = body
        return Ask(call.endpoint, dict(request.match_info), call.query, who, body)

    def _check_query(self, operation: Operation, query: Mapping[str, str]) -> None:
        own = {one.name: one for one in operation.parameters.values() if one.where == "query"}
        known = [own]
        if not self.strict:
            both = (description(spelling).operation(operation.key) for spelling in VERSIONS)
            known += [dict(one.parameters) for one in both]
        for name, value in query.items():
            faults = [one[name].faults(value) for one in known if name in one]
            if not faults:
                listed = ",".join(sorted(own))
                raise invalid(name, value, f"The query parameter [{name}] is not one of [{listed}]")
            if all(faults):
                raise invalid(name, value, f"The `{name}` query parameter value {faults[0]}")
        for name, parameter in own.items():
            if parameter.required and name not in query:
                raise invalid(name, "", f"`{name}` query parameter can not be empty")

    def _hold(self, endpoint: str, status: int, content_type: str, body: object) -> None:
        if not self.check:
            return
        departure = (
            description(self.spelling).operation(endpoint).departure(status, content_type, body)
        )
        if departure:
            self.violations.append(departure)

    def _create(self, _: World, ask: Ask) -> Answer:
        answer = writes.create_post(self, ask)
        self.stream.offer(self.archive.posts[answer.body["data"]["id"]])
        return answer

    # --- its answer ---------------------------------------------------------------------------

    async def _give(self, call: Call, request: web.Request, answer: Answer) -> web.StreamResponse:
        text = json.dumps(answer.body, ensure_ascii=False).encode()
        kind = {"Content-Type": f"{answer.content_type}; charset=utf-8", **answer.headers}
        match call.fault:
            case "commit then drop":
                return _gone(request)
            case "commit then hang":
                await self._closing.wait()
                return _gone(request)
            case "commit then 503":
                return self._html(call, 503)
            case "commit then cut":
                half = web.StreamResponse(status=answer.status, headers=kind)
                half.content_length = len(text)
                await half.prepare(request)
                await half.write(text[: len(text) // 2])
                # Closed, not reset: what was written must arrive.
                cut(request.transport, hard=False)
                return half
            case "bad json":
                text = text[: len(text) // 2]
            case _:
                pass
        call.status = answer.status
        return web.Response(status=answer.status, body=text, headers=kind)

    async def _fail(self, call: Call, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Fail before anything was done."""
        headers: dict[str, str] = {}
        match fault:
            case "drop":
                return _gone(request)
            case "hang":
                await self._closing.wait()
                return _gone(request)
            case "503" | "429 html":
                return self._html(call, int(fault[:3]))
            case "401":
                refusal = unauthorized()
            case "500":
                refusal = Refusal(
                    500, "about:blank", "Internal Server Error", "Something broke.", status=500
                )
            case "429":
                refusal = too_many()
                who = Who("BearerToken")
                if request.headers.get("Authorization", "").startswith("OAuth"):
                    who = Who("UserToken", self.archive.named("house"))
                headers = self.limits.take(call.endpoint, who)[1]
                headers["x-rate-limit-remaining"] = "0"
            case _:
                raise AssertionError(fault)
        answer = refusal.answer(self.spelling)
        answer.headers |= headers
        self._hold(call.endpoint, answer.status, answer.content_type, answer.body)
        call.fault = fault
        return await self._give(call, request, answer)

    def _html(self, call: Call, status: int) -> web.Response:
        call.status = status
        return web.Response(status=status, text=HTML.format(status), content_type="text/html")

    async def _nowhere(self, request: web.Request) -> web.Response:
        self._log("", request).status = 404
        answer = reads.gone(f"There is no {request.path}").answer(self.spelling)
        return web.json_response(answer.body, status=404, content_type=answer.content_type)


async def _read(request: web.Request) -> tuple[bytes, Json]:
    """Read a body: as it is, or the fields of a multipart form."""
    if not request.content_type.startswith("multipart/"):
        return await request.read(), {}
    form: Json = {}
    for name, value in (await request.post()).items():
        form[name] = value.file.read() if isinstance(value, web.FileField) else value
    return b"", form


def _json(content: bytes) -> Json:
    try:
        read = json.loads(content or b"{}")
    except ValueError:
        raise invalid("body", "", "The body is not JSON") from None
    if not isinstance(read, dict):
        raise invalid("body", "", "The body is not an object")
    return read


def _gone(request: web.Request) -> web.Response:
    """Reset the connection; what is returned reaches nobody."""
    cut(request.transport)
    return web.Response()

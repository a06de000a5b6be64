"""A real AT Protocol personal data server for tests: started, spoken to, ended.

Owns the process of pds/start.mjs, the few XRPC calls with which people's doings are played
(accounts, posts, edits, deletions, a suspended account), and a gate before the server that fails
on command. Nothing in it is part of eventlive, which has its own calls; this side must not share
their mistakes. Speaks to loopback only.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests import parts

POST = "app.bsky.feed.post"
START_SECONDS = 45.0
CALL = aiohttp.ClientTimeout(total=20)


@contextmanager
def pds_process(directory: Path) -> Iterator[dict[str, str]]:
    """Run a PDS with its data in `directory`; give its addresses `pds`, `plc`, and `admin`.

    Raises RuntimeError with the server's own words if it is not ready in time.
    """
    node = parts.node_path()
    assert node is not None, "tests/parts.py lets no test through without it"
    with (
        (directory / "stderr.log").open("w+b") as errors,
        subprocess.Popen(
            [node, "start.mjs", str(directory)],
            cwd=parts.PDS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            line = _first_line(process)
            if not line:
                errors.seek(0)
                raise RuntimeError(f"the PDS did not start: {errors.read().decode()[-2000:]}")
            yield json.loads(line)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(START_SECONDS) else b""


class XrpcError(Exception):
    """The server refused a call: `name` is the protocol's word for it."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status, self.name = status, name


class Pds:
    """A running PDS, as its people and its administrator see it. Made by `open_pds`."""

    def __init__(self, session: aiohttp.ClientSession, address: str, admin: str) -> None:
        self.address = address
        self._session = session
        self._admin = aiohttp.encode_basic_auth("admin", admin)

    async def account(self, name: str) -> Account:
        """Open an account; its handle is `name`.test."""
        answer = await self.call(
            "com.atproto.server.createAccount",
            {"handle": f"{name}.test", "email": f"{name}@example.test", "password": f"{name}-test"},
        )
        return Account(self, answer["did"], answer["handle"], answer["accessJwt"])

    async def take_down(self, did: str, *, applied: bool = True) -> None:
        """Suspend an account as a moderator does, or lift that."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        await self.call(
            "com.atproto.admin.updateSubjectStatus",
            {"subject": subject, "takedown": {"applied": applied, "ref": "test"}},
            self._admin,
        )

    async def call(
        self, name: str, body: dict[str, Any] | None = None, authorization: str = ""
    ) -> dict[str, Any]:
        """Call a procedure. Raises XrpcError where the server refuses."""
        headers = {"Authorization": authorization} if authorization else {}
        async with self._session.post(
            f"{self.address}/xrpc/{name}", json=body, headers=headers
        ) as response:
            return await _answer(response)

    async def ask(self, name: str, query: dict[str, str]) -> dict[str, Any]:
        """Call a query. Raises XrpcError where the server refuses."""
        async with self._session.get(f"{self.address}/xrpc/{name}", params=query) as response:
            return await _answer(response)

    async def upload(self, data: bytes, authorization: str) -> dict[str, Any]:
        """Keep a file for a post to come; give the blob by which the post names it."""
        headers = {"Authorization": authorization, "Content-Type": "image/png"}
        async with self._session.post(
            f"{self.address}/xrpc/com.atproto.repo.uploadBlob", data=data, headers=headers
        ) as response:
            blob: dict[str, Any] = (await _answer(response))["blob"]
            return blob


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    text = await response.text()
    answer: dict[str, Any] = json.loads(text) if text else {}
    if response.status != 200:
        raise XrpcError(response.status, answer.get("error", ""), answer.get("message", text))
    return answer


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the PDS. Posts are named by their at:// address."""

    pds: Pds
    did: str
    handle: str
    token: str

    async def post(self, text: str, *tags: str, **fields: Any) -> str:
        """Post a text; each of `tags` that stands in it as #tag is marked as one."""
        answer = await self._call(
            "createRecord", {"collection": POST, "record": record(text, *tags, **fields)}
        )
        return str(answer["uri"])

    async def picture(self, data: bytes, alt: str, width: int, height: int) -> dict[str, Any]:
        """Upload a picture; give the `embed` of a post that shows it."""
        blob = await self.pds.upload(data, f"Bearer {self.token}")
        image = {"alt": alt, "image": blob, "aspectRatio": {"width": width, "height": height}}
        return {"$type": "app.bsky.embed.images", "images": [image]}

    async def edit(self, uri: str, text: str, *tags: str, **fields: Any) -> None:
        """Put another text in the place of a post's."""
        rkey = uri.rsplit("/", 1)[1]
        new = record(text, *tags, **fields)
        await self._call("putRecord", {"collection": POST, "rkey": rkey, "record": new})

    async def delete(self, uri: str) -> None:
        """Take a post away."""
        await self._call("deleteRecord", {"collection": POST, "rkey": uri.rsplit("/", 1)[1]})

    async def app_password(self) -> str:
        """Make a password for a program, as a person does in the settings."""
        answer = await self.pds.call(
            "com.atproto.server.createAppPassword", {"name": "eventlive"}, f"Bearer {self.token}"
        )
        return str(answer["password"])

    async def name(self, name: str) -> None:
        """Take a name for everybody to see."""
        record = {"$type": "app.bsky.actor.profile", "displayName": name}
        body = {"collection": "app.bsky.actor.profile", "rkey": "self", "record": record}
        await self._call("putRecord", body)

    async def posts(self) -> dict[str, dict[str, Any]]:
        """Give every post that is there, by its address."""
        found: dict[str, dict[str, Any]] = {}
        cursor = ""
        while True:
            query = {"repo": self.did, "collection": POST, "limit": "100"}
            page = await self.pds.ask(
                "com.atproto.repo.listRecords", query | ({"cursor": cursor} if cursor else {})
            )
            found |= {one["uri"]: one["value"] for one in page["records"]}
            if not (cursor := page.get("cursor", "")):
                return found

    async def deactivate(self) -> None:
        """Leave the network for now, as a person can."""
        await self.pds.call("com.atproto.server.deactivateAccount", {}, f"Bearer {self.token}")

    async def _call(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        body = {"repo": self.did, **body}
        return await self.pds.call(f"com.atproto.repo.{name}", body, f"Bearer {self.token}")


def record(text: str, *tags: str, **fields: Any) -> dict[str, Any]:
    """Write a post's record, with a facet for every #tag of `tags` that stands in the text."""
    facets = []
    for tag in tags:
        # Offsets count bytes of UTF-8, the # included (app.bsky.richtext.facet#byteSlice).
        start = len(text[: text.index(f"#{tag}")].encode())
        facets.append(
            {
                "index": {"byteStart": start, "byteEnd": start + len(f"#{tag}".encode())},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": tag}],
            }
        )
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = {"$type": POST, "text": text, "createdAt": created}
    return made | ({"facets": facets} if facets else {}) | fields


@asynccontextmanager
async def open_pds(addresses: dict[str, str]) -> AsyncIterator[Pds]:
    """Speak to a PDS that `pds_process` started."""
    async with aiohttp.ClientSession(timeout=CALL) as session:
        yield Pds(session, addresses["pds"], addresses["admin"])


# --- a gate that fails ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one call: whether it gets through, and what is answered instead.

    Status 0 cuts the connection, status 1 leaves it hanging; None answers as the server does.
    """

    through: bool
    status: int | None
    body: bytes | dict[str, Any] = b"<html>Bad gateway</html>"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that came to the gate."""

    method: str
    token: str
    body: bytes


class Gate:
    """What stands before a server and sees every call; `faults` await calls by their method."""

    def __init__(self, target: str, session: aiohttp.ClientSession) -> None:
        self.address = ""
        self.calls: list[Call] = []
        self.faults: dict[str, list[Fault]] = {}
        self._target = target
        self._session = session

    def count(self, method: str) -> int:
        return sum(call.method == method for call in self.calls)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        body = await request.read()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append(Call(method, token, body))
        waiting = self.faults.get(method)
        fault = waiting.pop(0) if waiting else Fault(through=True, status=None)
        status, answer, headers = 0, b"", {}
        if fault.through:
            kept = ("Authorization", "Content-Type", "Content-Length")
            async with self._session.request(
                request.method,
                self._target + request.path_qs,
                data=body or None,
                headers={key: request.headers[key] for key in kept if key in request.headers},
            ) as response:
                status, answer = response.status, await response.read()
                headers = {"Content-Type": response.headers["Content-Type"]}
        if fault.status == 1:
            await asyncio.Event().wait()
        if fault.status == 0:
            assert request.transport is not None
            request.transport.abort()
        elif fault.status is not None:
            status, headers = fault.status, {"Content-Type": "text/html"}
            if isinstance(fault.body, bytes):
                answer = fault.body
            else:
                answer = json.dumps(fault.body).encode()
                headers = {"Content-Type": "application/json"}
        return web.Response(status=status, body=answer, headers=headers | fault.headers)


@asynccontextmanager
async def open_gate(target: str) -> AsyncIterator[Gate]:
    """Stand before a server."""
    async with aiohttp.ClientSession(timeout=CALL, auto_decompress=True) as session:
        gate = Gate(target, session)
        application = web.Application(client_max_size=1 << 22)
        application.router.add_route("*", "/{path:.*}", gate.handle)
        runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            gate.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield gate
        finally:
            await runner.cleanup()

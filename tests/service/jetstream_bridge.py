"""A Jetstream host for tests: a real PDS's repository stream in both Jetstream forms, with faults.

Owns the sockets: v1 at /subscribe, v2 at /xrpc/network.bsky.jetstream.subscribeEvents, their
filters and refusals, and, on command, the ways in which a host fails. What it serves comes from a
PDS (`follow`) or is made up by the test (`log.commit`, `log.noise`). Listens on loopback only and
checks no signatures.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.service.jetstream_log import LOOK_BACK, SEQUENCE_LIMIT, V2_NAME, Entry, Log
from tests.service.repo_frames import read_blocks, read_frame

V1_PATH = "/subscribe"
V2_PATH = f"/xrpc/{V2_NAME}"
V2_SUBPROTOCOL = Subprotocol("xrpc.v1.json")
V2_PARAMETERS = {"cursor", "kinds", "dids", "collections", "maxMessageSizeBytes"}
V2_KINDS = {"commit", "identity", "account", "sync"}

Mode = Literal["serve", "stall", "refuse", "close"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One attempt to connect: when (by the monotonic clock), and what was asked for."""

    at: float
    path: str
    query: dict[str, list[str]]

    @property
    def cursor(self) -> str:
        return self.query.get("cursor", [""])[0]


@dataclass(eq=False, slots=True)
class _Client:
    socket: ServerConnection
    version: int
    next_seq: int
    collections: Sequence[str]
    kinds: Sequence[str]
    dids: Sequence[str]
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, entry: Entry) -> bool:
        if (self.kinds and entry.kind not in self.kinds) or (
            self.dids and entry.did not in self.dids
        ):
            return False
        # What is no commit passes every filter of collections, in both forms.
        collection = entry.body.get("collection", "")
        return not (self.collections and collection) or any(
            collection.startswith(wanted[:-1]) if wanted.endswith(".*") else collection == wanted
            for wanted in self.collections
        )


class Bridge:
    """The log, who reads it, and the fault in force. Made by `jetstream_bridge`.

    `visits` are all attempts to connect, `joined` counts those that became clients; `address` is
    the ws:// address without a path.
    """

    def __init__(self, now: Callable[[], float], look_back: float) -> None:
        self.log = Log(now, self._wake, look_back)
        self.visits: list[Visit] = []
        self.address = ""
        self.joined = 0
        self._mode: Mode = "serve"
        self._clients: set[_Client] = set()
        self._changed = asyncio.Event()

    @property
    def connected(self) -> int:
        return len(self._clients)

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true that changes only with `visits`, `joined` or `connected`."""
        while not true():
            await self._changed.wait()

    async def follow(self, pds: str, *, since: datetime | None = None) -> None:
        """Serve what a PDS says (its http address) until cancelled or the PDS ends.

        Reads its stream from the beginning, so that nothing is missed while connecting, and
        leaves out what happened before `since`.
        """
        url = f"ws{pds.removeprefix('http')}/xrpc/com.atproto.sync.subscribeRepos?cursor=0"
        async with connect(url, compression=None, max_size=None, proxy=None) as socket:
            async for message in socket:
                if isinstance(message, bytes):
                    self._take(*read_frame(message), since or datetime.min.replace(tzinfo=UTC))

    # --- faults -----------------------------------------------------------------------------

    @contextmanager
    def fault(self, mode: Mode) -> Iterator[None]:
        """Fail for a while, then serve again.

        `stall` accepts everyone and says nothing; `refuse` answers 503 to whoever comes; `close`
        ends each new connection cleanly at once. Old connections fall silent in all three.
        """
        self._mode = mode
        try:
            yield
        finally:
            self._mode = "serve"
            self._wake()

    def cut(self) -> int:
        """Abort every connection without a word; tell how many there were."""
        for client in self._clients:
            client.socket.transport.abort()
        return len(self._clients)

    async def close(self, code: int = 1001) -> None:
        """Close every connection cleanly, as a host does that is about to restart."""
        for client in list(self._clients):
            await client.socket.close(code, "the host restarts")

    async def inject(self, frame: str | bytes) -> None:
        """Send a raw frame to everyone, past log and filters."""
        for client in list(self._clients):
            with suppress(ConnectionClosed):
                await client.socket.send(frame)

    async def error(self, name: str, message: str = "") -> None:
        """End every connection with an error: a frame in v2, the bare end in v1."""
        frame = json.dumps({"$type": "error", "error": name, "message": message})
        for client in list(self._clients):
            with suppress(ConnectionClosed):
                if client.version == 2:
                    await client.socket.send(frame)
                await client.socket.close(1008, "")

    # --- towards the PDS --------------------------------------------------------------------

    def _take(self, header: dict[str, Any], body: dict[str, Any], since: datetime) -> None:
        if header["op"] != 1:
            raise RuntimeError(f"the PDS ended its stream: {body}")
        kind = header["t"]
        if kind not in {"#commit", "#identity", "#account"}:
            return  # #sync is on v2 only and says nothing of posts; #info has no time
        if datetime.fromisoformat(body["time"]) < since:
            return
        if kind != "#commit":
            self.log.add(body["did"], "identity" if kind == "#identity" else "account", body)
            return
        blocks = read_blocks(body["blocks"])
        for change in body["ops"]:
            collection, rkey = change["path"].split("/", 1)
            commit = {"rev": body["rev"], "operation": change["action"]}
            commit |= {"collection": collection, "rkey": rkey}
            if change["cid"] is not None:
                cid = change["cid"]["$link"]
                commit |= {"record": blocks[cid], "cid": cid}
            self.log.add(body["repo"], "commit", commit)

    # --- towards the clients ----------------------------------------------------------------

    def _gate(self, socket: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        self.visits.append(Visit(time.monotonic(), parts.path, query))
        self._tell()
        cursor = query.get("cursor", [""])[0]
        if self._mode == "refuse":
            return _refusal(socket, 503, "ServiceUnavailable", "service not ready")
        if parts.path not in {V1_PATH, V2_PATH}:
            return _refusal(socket, 404, "NotFound", parts.path)
        if cursor and not cursor.isdecimal():
            return _refusal(socket, 400, "InvalidRequest", f"invalid cursor {cursor!r}")
        if parts.path == V1_PATH:
            return None
        kinds = set(query.get("kinds", []))
        wrong = (set(query) - V2_PARAMETERS) | (kinds - V2_KINDS)
        if kinds and "commit" not in kinds and "collections" in query:
            wrong.add("collections")
        if wrong:
            return _refusal(socket, 400, "InvalidRequest", f"not understood: {sorted(wrong)}")
        if cursor and int(cursor) < min(self.log.floor, SEQUENCE_LIMIT):
            return _refusal(socket, 400, "CursorTooOld", f"the floor is {self.log.floor}")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        if self._mode == "close":
            await socket.close(1000, "")
            return
        assert socket.request is not None
        parts = urlsplit(socket.request.path)
        query = parse_qs(parts.query)
        version = 1 if parts.path == V1_PATH else 2
        start, notice = self.log.start(query.get("cursor", [""])[0])
        client = _Client(
            socket,
            version,
            start,
            query.get("wantedCollections" if version == 1 else "collections", []),
            query.get("kinds", []),
            query.get("wantedDids" if version == 1 else "dids", []),
        )
        self._clients.add(client)
        self.joined += 1
        self._tell()
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(self._send(client, notice), name="jetstream:send")
                with suppress(ConnectionClosed):
                    async for _ in socket:
                        if version == 2:  # the v2 stream takes no frames from its clients
                            await socket.close(1008, "server push only")
                sender.cancel()
        finally:
            self._clients.discard(client)
            self._tell()

    async def _send(self, client: _Client, notice: str) -> None:
        if notice and client.version == 2 and self._mode == "serve":
            payload = {"$type": f"{V2_NAME}#info", "name": notice}
            payload["message"] = f"starting at seq {client.next_seq}"
            await client.socket.send(json.dumps({"$type": "message", "payload": payload}))
        with suppress(ConnectionClosed):
            while True:
                while self._mode == "serve" and client.next_seq < self.log.tip:
                    entry = self.log.entries[client.next_seq - 1]
                    client.next_seq += 1
                    if client.wants(entry):
                        await client.socket.send(self.log.frame(entry, client.version))
                client.more.clear()
                await client.more.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _wake(self) -> None:
        for client in self._clients:
            client.more.set()


@asynccontextmanager
async def jetstream_bridge(
    *,
    port: int = 0,
    now: Callable[[], float] = time.time,
    look_back: float = LOOK_BACK,
) -> AsyncIterator[Bridge]:
    """Run a bridge on loopback; `look_back` in seconds, `now` gives unix seconds."""
    bridge = Bridge(now, look_back)
    async with serve(
        bridge._serve,
        "127.0.0.1",
        port,
        process_request=bridge._gate,
        # Clients that offer no subprotocol get the same frames; by default they would be refused.
        select_subprotocol=lambda _, offered: V2_SUBPROTOCOL if V2_SUBPROTOCOL in offered else None,
        compression=None,
    ) as server:
        found = next(iter(server.sockets)).getsockname()
        bridge.address = f"ws://127.0.0.1:{found[1]}"
        yield bridge
        bridge.cut()


def _refusal(socket: ServerConnection, status: int, name: str, message: str) -> Response:
    response = socket.respond(HTTPStatus(status), json.dumps({"error": name, "message": message}))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response

"""A stateful Mastodon server for tests, `mastodon-mock`: started, spoken to, ended.

Owns its process, its people, and the few calls with which their doings are played: posts, edits,
deletions, faults. Nothing in it is part of eventlive, which has its own calls; this side must not
share their mistakes. Speaks to loopback only.

It is not Mastodon. It says `status_update` where the real one says `status.update`, names a stream
without its tag, lets hashtag streams in without a token, takes a stream's token in the address
alone, refuses multiplexed sockets, links neither tags nor mentions, sends no rate-limit headers,
and keeps the text of a status together with its tags and mentions as they were before an edit.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.loopback import HOST, free_port

START_SECONDS = 45.0
CALL = aiohttp.ClientTimeout(total=20)

PEOPLE: Mapping[str, str] = {
    "testuser": "mock_token",
    "anna": "anna_token",
    "ben": "ben_token",
    "house": "house_token",
}
"""Who has an account, and each one's token."""

DOMAIN = "social.example"
"""How the server calls itself: anna's handle is anna@social.example."""


@contextmanager
def mastodon_process(directory: Path, certificate: Path | None = None) -> Iterator[str]:
    """Run a server that forgets everything at its end; give its address, http://127.0.0.1:port.

    `certificate` is a PEM file with a key and its chain: the address is https then. Raises
    RuntimeError with the server's own words if it is not ready in time.
    """
    port = free_port()
    address = f"{'https' if certificate else 'http'}://{HOST}:{port}"
    config = directory / "mastodon_mock.toml"
    config.write_text(_config(port, "https" if certificate else "http"), encoding="utf-8")
    command = [sys.executable, "-m", "mastodon_mock", "serve", "--in-memory"]
    command += ["--config", str(config), "--host", HOST, "--port", str(port)]
    command += ["--log-level", "warning"]
    if certificate:
        command += ["--ssl-certfile", str(certificate), "--ssl-keyfile", str(certificate)]
    with (
        (directory / "mastodon_mock.log").open("w+b") as said,
        subprocess.Popen(
            command,
            cwd=directory,
            # Its database and its pictures go where the test's other files go.
            env={**os.environ, "TMPDIR": str(directory)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        ) as process,
    ):
        try:
            if not _ready(process, port):
                said.seek(0)
                raise RuntimeError(f"the server did not start: {said.read().decode()[-2000:]}")
            yield address
        finally:
            process.kill()  # it has nothing to keep, and asked to end it waits for open streams


def _config(port: int, scheme: str) -> str:
    people = "".join(
        f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "{token}"\n'
        f'display_name = "{name.title()}"\n'
        for name, token in PEOPLE.items()
    )
    return f'domain = "{DOMAIN}"\nurl_scheme = "{scheme}"\n[server]\nport = {port}\n{people}'


def _ready(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            with socket.create_connection((HOST, port), 1):
                return True
        except OSError:
            time.sleep(0.02)
    return False


class MastodonMock:
    """A running server, as its people see it. Made by `open_mastodon`."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.address = address
        self._session = session

    def person(self, name: str) -> Person:
        """Give one of PEOPLE."""
        return Person(self, name, PEOPLE[name])

    async def call(
        self, method: str, path: str, token: str = "", body: Mapping[str, Any] | None = None
    ) -> Any:
        """Call /api/`path`. Raises aiohttp.ClientResponseError where the server refuses."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._session.request(
            method, f"{self.address}/api/{path}", json=body, headers=headers, raise_for_status=True
        ) as response:
            return await response.json()

    @asynccontextmanager
    async def fault(
        self, effect: str, path: str = "", *, count: int | None = None, **how: Any
    ) -> AsyncIterator[None]:
        """Answer calls wrongly while the block runs, or the next `count` of them.

        `effect` is "status", "ratelimit", "latency", "malformed" or "timeout"; `path` may hold *
        and is every path where empty. `how` is the effect's own: status, delay_ms, headers, body.
        """
        match: dict[str, Any] = {"path": path} if path else {}
        if methods := how.pop("methods", None):
            match["methods"] = methods
        rule: dict[str, Any] = {"effect": {"type": effect, **how}, "match": match}
        if count is not None:
            rule["count"] = count
        made = await self.call("POST", "v1/_mock/faults", body=rule)
        try:
            yield
        finally:
            # One that is used up is gone already, and the server then says 404.
            async with self._session.delete(f"{self.address}/api/v1/_mock/faults/{made['id']}"):
                pass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the server. Statuses are named by the server's own ids."""

    server: MastodonMock
    name: str
    token: str

    async def post(self, text: str, **fields: Any) -> dict[str, Any]:
        """Post a text; give the status."""
        status: dict[str, Any] = await self._call("POST", "v1/statuses", status=text, **fields)
        return status

    async def edit(self, status_id: str, text: str, **fields: Any) -> dict[str, Any]:
        """Put another text in the place of a status's."""
        path = f"v1/statuses/{status_id}"
        status: dict[str, Any] = await self._call("PUT", path, status=text, **fields)
        return status

    async def delete(self, status_id: str) -> None:
        """Take a status away."""
        await self._call("DELETE", f"v1/statuses/{status_id}")

    async def statuses(self) -> list[dict[str, Any]]:
        """Give all that this person has said, the newest first."""
        account = await self._call("GET", "v1/accounts/verify_credentials")
        every: list[dict[str, Any]] = []
        before = ""
        while True:
            path = f"v1/accounts/{account['id']}/statuses?limit=40{before}"
            page = await self._call("GET", path)
            if not page:
                return every
            every += page
            before = f"&max_id={page[-1]['id']}"

    async def _call(self, method: str, path: str, **body: Any) -> Any:
        return await self.server.call(method, path, self.token, body or None)


@asynccontextmanager
async def open_mastodon(address: str) -> AsyncIterator[MastodonMock]:
    """Speak to a server that `mastodon_process` started."""
    # A certificate of a test's own is not what is tested on this side.
    async with aiohttp.ClientSession(
        timeout=CALL, connector=aiohttp.TCPConnector(ssl=False)
    ) as session:
        yield MastodonMock(session, address)

"""A real AT Protocol personal data server for tests: started, spoken to, ended.

Owns the process of pds/start.mjs and the few XRPC calls with which people's doings are played:
accounts, posts, edits, deletions, a suspended account. Nothing in it is part of eventlive, which
has its own calls; this side must not share their mistakes. Speaks to loopback only.
"""

from __future__ import annotations

import json
import selectors
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

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

"""Requests to the engine's port as raw bytes, as an attacker would send them."""

import asyncio
from urllib.parse import urlsplit

from tests.service.engines import PATIENCE


async def http(wall: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send raw bytes to the engine's port; give status, headers and body of the answer."""
    address = urlsplit(wall)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    return int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body


def get(target: str, *headers: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", "Host: wall.example", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)


def assert_safe(headers: dict[str, str]) -> None:
    policy = headers.get("content-security-policy", "")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers

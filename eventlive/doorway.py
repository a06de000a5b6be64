"""The listening socket, of an engine and of a relay alike.

Owns address, encryption and the library's limits, and how it is closed; who is served what is the
caller's. No compression: for frames of this size it costs three times what it saves
(docs/performance.md).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from eventlive.errors import SettingsError
from eventlive.messages import MAX_FRAME
from eventlive.pages import with_headers
from eventlive.settings import Settings

CLOSE_SECONDS = 2.5


@asynccontextmanager
async def open_doorway(
    handle: Callable[[ServerConnection], Awaitable[None]],
    answer: Callable[[ServerConnection, Request], Awaitable[Response | None]],
    settings: Settings,
) -> AsyncIterator[int]:
    """Listen while the block runs, and give the port; peers are closed with 1001 at the end.

    Raises SettingsError for the address or the certificate.
    """
    listening: Server
    try:
        listening = await serve(
            handle,
            settings.host,
            settings.port,
            process_request=answer,
            process_response=with_headers,
            compression=None,
            max_size=MAX_FRAME,
            max_queue=16,
            ping_interval=20,
            ping_timeout=20,
            open_timeout=10,
            close_timeout=2,
            # A thousand screens come back in one moment; a hundred would find a place.
            backlog=4096,
            server_header=None,
            ssl=_tls(settings),
        )
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error};"
            " choose another with --port (0 takes a free one)"
        ) from error
    try:
        yield next(iter(listening.sockets)).getsockname()[1]
    finally:
        listening.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await listening.wait_closed()
        except TimeoutError:
            # A peer that hangs in its handshake is waited for longer than an end may take.
            for connection in list(listening.all_connections):
                connection.transport.abort()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await listening.wait_closed()


def address(settings: Settings, port: int, scheme: str, path: str) -> str:
    """Write an address at this door; `scheme` is "http" or "ws", and secure with a certificate."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}{'s' if settings.cert else ''}://{host}:{port}{path}"


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.cert, settings.cert_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"{settings.cert}: this certificate cannot be used: {error}") from error
    return context

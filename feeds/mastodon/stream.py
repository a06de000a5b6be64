"""Mastodon's streaming socket: one connection, all that a feed listens for.

Owns the address, the handshake, the subscriptions and what a lost socket means. The token travels
in a header: addresses stand in logs.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from feeds.mastodon.frames import BODY_MAX
from feeds.mastodon.timeline import NOTIFICATIONS

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 1.0

WAITING = 512
"""Frames that wait in memory while a gap is filled; then the server has to."""

# The library writes a connection's headers down at the level DEBUG, and the token is one of them.
_log = logging.getLogger("feeds.mastodon.stream")
_log.setLevel(logging.INFO)


class StreamLost(Exception):
    """There is no socket, or no more; the text says why."""


class _Direct(connect):
    """A connection to the address given, and to none that a server sends us on to."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take a redirect for the refusal that it is to us."""
        return exc


@asynccontextmanager
async def listening(
    address: str, headers: Mapping[str, str], names: Sequence[str], *, ping: float
) -> AsyncIterator[ClientConnection]:
    """Listen to hashtags, and to NOTIFICATIONS, for as long as the block runs.

    `address` is a server's, ws:// or wss://. A server that answers no ping for `ping` seconds is
    given up. Raises StreamLost when the socket cannot be opened, fails, or is closed.
    """
    first, *others = [_wanted(name) for name in names]
    where = f"{address}/api/v1/streaming?{urlencode(first)}"
    try:
        async with _Direct(
            where,
            additional_headers=dict(headers),
            user_agent_header="eventlive",
            compression=None,
            max_size=BODY_MAX,
            max_queue=WAITING,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=ping,
            ping_timeout=ping,
            logger=_log,
        ) as socket:
            for wanted in others:
                await socket.send(msgspec.json.encode({"type": "subscribe", **wanted}), text=True)
            yield socket
    except InvalidStatus as error:
        raise StreamLost(f"the stream answered {error.response.status_code}") from error
    except (OSError, WebSocketException) as error:
        raise StreamLost(f"the stream: {str(error) or type(error).__name__}"[:300]) from error


def _wanted(name: str) -> dict[str, str]:
    if name == NOTIFICATIONS:
        return {"stream": "user:notification"}
    return {"stream": "hashtag", "tag": name}

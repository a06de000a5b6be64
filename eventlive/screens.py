"""The audience of one picture: every screen gets the same bytes, framed once.

Owns the fan-out; never decides what is shown. websockets.broadcast() as it comes would compress
and frame for each of them, at three to five times the cost (docs/performance.md).
"""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode

STALLED = 1 << 20
"""Bytes waiting for one screen above which it is closed; it comes back to a fresh picture."""


class Screens:
    """The audience of one picture: everyone gets the same bytes."""

    def __init__(self) -> None:
        self._connections: dict[ServerConnection, asyncio.Transport] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: ServerConnection, first: bytes) -> None:
        """Take a screen in; `first` is its snapshot, and nothing can come between."""
        transport = connection.transport
        try:
            transport.write(_framed(first))
        except RuntimeError:
            return
        self._connections[connection] = transport

    def discard(self, connection: ServerConnection) -> None:
        self._connections.pop(connection, None)

    def send(self, message: bytes) -> None:
        """Write one message to every screen's transport.

        websockets' own sender would build, mask and check a frame for each; between a screen's
        closing and its discarding a write goes nowhere, which is right.
        """
        framed = _framed(message)
        gone: list[ServerConnection] = []
        for connection, transport in self._connections.items():
            try:
                transport.write(framed)
            except RuntimeError:
                # It has said its goodbye, and its handler is about to notice.
                gone.append(connection)
        for connection in gone:
            self.discard(connection)

    def sweep(self) -> int:
        """Close screens that do not read; give how many there were."""
        stalled = [
            (connection, transport)
            for connection, transport in self._connections.items()
            if transport.get_write_buffer_size() > STALLED
        ]
        for connection, transport in stalled:
            self.discard(connection)
            transport.abort()
        return len(stalled)


def _framed(message: bytes) -> bytes:
    return Frame(Opcode.TEXT, message).serialize(mask=False)

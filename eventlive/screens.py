"""The audience of one picture: every screen gets the same bytes, framed once.

Owns the fan-out, and what each screen says of itself; never decides what is shown.
websockets.broadcast() as it comes would compress and frame for each of them, at three to five times
the cost (docs/performance.md).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from heapq import nsmallest

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode

from eventlive.messages import ScreenInfo, Seen

STALLED = 1 << 20
"""Bytes waiting for one screen above which it is closed; it comes back to a fresh picture."""

LATE = 3.0
"""Seconds without a word after which a screen that is behind is not just drawing."""

SILENT = 30.0
"""Seconds without a word after which a screen may show nothing: a well one speaks every 15 s."""

OF_ONE_ADDRESS = 3
"""Screens of one address that are listed before those of others: who opens a hundred sockets and
has them claim to be far behind hides no other screen."""


@dataclass(slots=True)
class _Screen:
    """What a screen said last, and when on the loop's clock."""

    name: str
    address: str
    seq: int
    heard: float
    width: int = 0
    height: int = 0


class Screens:
    """The audience of one picture: everyone gets the same bytes."""

    def __init__(self) -> None:
        self._connections: dict[ServerConnection, asyncio.Transport] = {}
        self._screens: dict[ServerConnection, _Screen] = {}
        self._at: dict[str, dict[ServerConnection, _Screen]] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def add(
        self,
        connection: ServerConnection,
        first: bytes,
        *,
        name: str,
        address: str,
        seq: int,
        now: float,
    ) -> None:
        """Take a screen in; `first` is its snapshot, that of `seq`, and nothing comes between.

        One without a `name` goes by its address.
        """
        transport = connection.transport
        try:
            transport.write(_framed(first))
        except RuntimeError:
            return
        self._connections[connection] = transport
        screen = _Screen(name, address, seq, now)
        self._screens[connection] = screen
        self._at.setdefault(address, {})[connection] = screen

    def discard(self, connection: ServerConnection) -> None:
        self._connections.pop(connection, None)
        if (screen := self._screens.pop(connection, None)) is not None:
            there = self._at[screen.address]
            del there[connection]
            if not there:
                del self._at[screen.address]

    def said(self, connection: ServerConnection, seen: Seen, seq: int, now: float) -> None:
        """Take in what a screen says that it shows; nothing is newer than `seq`."""
        if (screen := self._screens.get(connection)) is not None:
            screen.seq, screen.heard = min(seen.seq, seq), now
            screen.width, screen.height = seen.width, seen.height

    def listed(self, seq: int, now: float, most: int) -> tuple[ScreenInfo, ...]:
        """Say how screens are when `seq` was the last change: named ones, then what is not well.

        Of one address more than three come only where there is room. Measured with 20,000 of
        them: 9 ms at one address, 13 ms at as many.
        """

        def rank(screen: _Screen) -> tuple[bool, float, float, str]:
            return _rank(screen, seq, now)

        first: list[_Screen] = []
        others: list[_Screen] = []
        for there in self._at.values():
            if len(there) <= OF_ONE_ADDRESS:
                first += there.values()
                continue
            worst = nsmallest(most, there.values(), key=rank)
            first += worst[:OF_ONE_ADDRESS]
            others += worst[OF_ONE_ADDRESS:]
        chosen = nsmallest(most, first, key=rank)
        chosen += nsmallest(most - len(chosen), others, key=rank)
        return tuple(
            ScreenInfo(
                name=one.name or one.address,
                width=one.width,
                height=one.height,
                behind=max(0, seq - one.seq),
                silent=round(now - one.heard, 1),
            )
            for one in chosen
        )

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


def _rank(screen: _Screen, seq: int, now: float) -> tuple[bool, float, float, str]:
    """Order screens: with a name first; the furthest behind, the longest silent, the others."""
    silent = now - screen.heard
    behind = seq - screen.seq if silent > LATE else 0
    return not screen.name, -behind, -silent if silent > SILENT else 0.0, screen.name


def _framed(message: bytes) -> bytes:
    return Frame(Opcode.TEXT, message).serialize(mask=False)

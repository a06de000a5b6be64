"""The audience of one picture: every screen gets the same bytes, framed once.

Owns the fan-out, what each screen says of itself, and who has confirmed that something is gone;
never decides what is shown. websockets.broadcast() as it comes would compress and frame for each of
them, at three to five times the cost (docs/performance.md).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from itertools import islice
from time import monotonic

from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection
from websockets.frames import Close, CloseCode, Frame, Opcode

from eventlive.adding_up import MISSING, complete, recent
from eventlive.away import Away, Who
from eventlive.clock import utc_now
from eventlive.listening.cleaning import clean_line
from eventlive.messages import Off, ScreenInfo, Seen

STALLED = 1 << 20
"""Bytes waiting for one screen above which it is closed; it comes back to a fresh picture."""

LATE = 3.0
"""Seconds without a word after which a screen that is behind is not just drawing."""

SILENT = 30.0
"""Seconds without a word after which a screen may show nothing: a well one speaks every 15 s."""

OF_ONE_ADDRESS = 3
"""Screens of one address that are listed before those of others: who opens a hundred sockets and
has them claim to be far behind hides no other screen."""


ERROR_MAX = 200

OFFS_KEPT = 16
"""Things gone off that confirmations are counted for; what all have confirmed makes room first."""


@dataclass(slots=True)
class _Screen:
    """What a screen said last, and when on the loop's clock.

    `seq` is the last that it drew; that of its `first` picture until it `spoke`.
    """

    name: str
    address: str
    first: int
    seq: int
    came: float
    heard: float
    spoke: bool = False
    replaces: bool = False
    seen: Seen = field(default_factory=lambda: Seen(0))

    @property
    def who(self) -> Who:
        return Who(self.name, "" if self.name else self.address)

    @property
    def label(self) -> str:
        return self.who.label


@dataclass(slots=True)
class _Off:
    """Something that had to go, and how many of `screens` have drawn `seq` or what came after it.

    By their labels, `left` counts those that went away after they had, `gone` those that did before
    they had, and `back` those that came after it went off: each stands for one that is gone, or is
    about to be found so.
    """

    seq: int
    what: str
    at: datetime
    screens: int
    confirmed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    back: Counter[str] = field(default_factory=Counter)

    def lose(self, label: str) -> None:
        """Note that one went away that had not confirmed."""
        if self.back[label]:
            self.back[label] -= 1
            self.confirmed += 1
        else:
            self.gone[label] += 1

    def regain(self, label: str) -> None:
        """Note that one has come, and shows a picture that this is not in."""
        if self.left[label]:
            # Of several of a name, the one that had confirmed may be back: not the other.
            self.left[label] -= 1
        elif self.gone[label]:
            self.gone[label] -= 1
            self.confirmed += 1
        elif self.confirmed < self.screens:
            # A cut line is noticed here later than at the screen, which is back by then.
            self.back[label] += 1


class Screens:
    """The audience of one picture: everyone gets the same bytes.

    `now` says what time it is for the engine, `clock` gives the loop's seconds. `away` are those
    that were cut off.
    """

    def __init__(
        self, now: Callable[[], datetime] = utc_now, clock: Callable[[], float] = monotonic
    ) -> None:
        self.away = Away()
        self._now = now
        self._clock = clock
        self._connections: dict[ServerConnection, asyncio.Transport] = {}
        self._screens: dict[ServerConnection, _Screen] = {}
        self._named: dict[ServerConnection, _Screen] = {}
        self._at: dict[str, dict[ServerConnection, _Screen]] = {}
        self._offs: list[_Off] = []

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
        screen = _Screen(name, address, seq, seq, now, now)
        self._screens[connection] = screen
        self._at.setdefault(address, {})[connection] = screen
        if name:
            self._named[connection] = screen
        self.away.came(screen.who, now)

    def discard(self, connection: ServerConnection, *, closed: bool = False) -> None:
        """Let a screen go; `closed` is a page that has said so itself, and shows nothing any more.

        What it has not confirmed stays missing, but for a phone of the audience's and for a closed
        page without a name: nobody waits for those.
        """
        self._connections.pop(connection, None)
        screen = self._screens.pop(connection, None)
        if screen is None:
            return
        self._named.pop(connection, None)
        there = self._at[screen.address]
        del there[connection]
        if not there:
            del self._at[screen.address]
        back = not closed and self._is_back(screen)
        self.away.went(screen.who, self._clock(), closed=closed, back=back)
        nobodys = self.away.is_audience(screen.name) or (closed and not screen.name)
        for off in self._later(screen.seq):
            if nobodys:
                off.screens -= 1
            else:
                off.lose(screen.label)
        for off in self._later(screen.first):
            if off.seq <= screen.seq and off.confirmed < off.screens:
                off.left[screen.label] += 1

    def _is_back(self, screen: _Screen) -> bool:
        """Say whether a screen came anew before the end of its old line was noticed here."""
        others = self._named if screen.name else self._at.get(screen.address, {})
        for other in reversed(others.values()):
            if other.came <= screen.heard:
                return False
            if other.label == screen.label and not other.replaces:
                other.replaces = True
                return True
        return False

    def said(self, connection: ServerConnection, seen: Seen, seq: int, now: float) -> None:
        """Take in what a screen says that it shows; nothing is newer than `seq`."""
        screen = self._screens.get(connection)
        if screen is None:
            return
        drawn = min(seen.seq, seq)
        if not screen.spoke and drawn >= screen.seq:
            screen.spoke = True
            for off in self._offs:
                if off.seq <= screen.seq:
                    off.regain(screen.label)
        if drawn > screen.seq:
            for off in self._later(screen.seq):
                off.confirmed += off.seq <= drawn
            screen.seq = drawn
        screen.seen, screen.heard = seen, now

    def _later(self, seq: int) -> Iterator[_Off]:
        """Give what went off after a change, the newest first."""
        for off in reversed(self._offs):
            if off.seq <= seq:
                return
            yield off

    def offs(self, now: datetime) -> tuple[Off, ...]:
        """Say what went off lately, the newest first, and who has not confirmed it yet.

        What all have confirmed is kept for a minute, the rest for ten; five at most.
        """
        told = recent(
            (
                Off(one.seq, one.what, one.at, one.screens, one.confirmed)
                for one in reversed(self._offs)
            ),
            now,
        )
        gone = {one.seq: one.gone for one in self._offs}
        return tuple(
            off if complete(off) else replace(off, missing=self._missing(off.seq, gone[off.seq]))
            for off in told
        )

    def _missing(self, seq: int, gone: Counter[str]) -> tuple[str, ...]:
        """Name some that have not confirmed a change: who went away, then those with names."""
        named = nsmallest(MISSING, (one.name for one in self._named.values() if one.seq < seq))
        others = (one.address for one in self._screens.values() if one.seq < seq and not one.name)
        labels = [*islice(gone.elements(), MISSING), *named, *islice(others, MISSING)]
        return tuple(islice(dict.fromkeys(labels), MISSING))

    def listed(
        self, seq: int, now: float, most: int, named: Sequence[str] = ()
    ) -> tuple[ScreenInfo, ...]:
        """Say how screens are when `seq` was the last change: named ones, then what is not well.

        Of the `named` ones those that are not attached come first. Of one address more than three
        come only where there is room. Measured with 20,000 of them: 9 ms at one address, 13 ms at
        as many.
        """
        here = {screen.name for screen in self._named.values()}
        gone = [ScreenInfo(name, gone=True) for name in named if name not in here][:most]
        most -= len(gone)

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
        return (*gone, *(_info(one, seq, now) for one in chosen))

    def send(self, message: bytes, seq: int, off: str = "") -> None:
        """Write one message to every screen's transport; with change `seq` goes `off`, if anything.

        websockets' own sender would build, mask and check a frame for each; between a screen's
        closing and its discarding a write goes nowhere, which is right.
        """
        if off:
            away = self.away.waited_for(self._clock())
            screens = len(self._connections) + away.total()
            self._note(_Off(seq, off, self._now(), screens, gone=away))
        framed = _framed(message)
        gone: list[ServerConnection] = []
        for connection, transport in self._connections.items():
            try:
                transport.write(framed)
            except RuntimeError:
                # It has said its goodbye, and its handler is about to notice.
                gone.append(connection)
        for connection in gone:
            self.discard(connection, closed=has_closed(connection))

    def _note(self, off: _Off) -> None:
        if len(self._offs) >= OFFS_KEPT:
            done = (at for at, one in enumerate(self._offs) if one.confirmed >= one.screens)
            del self._offs[next(done, 0)]
        self._offs.append(off)

    def dismiss(self, reason: str) -> None:
        """Close all screens: they come back to a picture that is counted anew (RFC 6455: 1012).

        What they have not confirmed has nothing to do with it. `reason` has 123 bytes at most.
        """
        framed = Close(CloseCode.SERVICE_RESTART, reason).serialize()
        last = Frame(Opcode.CLOSE, framed).serialize(mask=False)
        self._offs.clear()
        for connection, transport in list(self._connections.items()):
            self.discard(connection)
            with suppress(RuntimeError):
                transport.write(last)

    def sweep(self) -> int:
        """Close screens that do not read; give how many there were. Once a second, about."""
        self.away.tend(self._clock())
        stalled = [
            (connection, transport)
            for connection, transport in self._connections.items()
            if transport.get_write_buffer_size() > STALLED
        ]
        for connection, transport in stalled:
            self.discard(connection)
            transport.abort()
        return len(stalled)


def has_closed(connection: ServerConnection) -> bool:
    """Say whether a page has said that it is being closed: nothing stands there any more."""
    said = connection.protocol.close_rcvd
    return said is not None and said.code == CloseCode.GOING_AWAY


def _rank(screen: _Screen, seq: int, now: float) -> tuple[bool, float, float, str]:
    """Order screens: with a name first; the furthest behind, the longest silent, the others."""
    silent = now - screen.heard
    behind = seq - screen.seq if silent > LATE else 0
    return not screen.name, -behind, -silent if silent > SILENT else 0.0, screen.name


def _info(one: _Screen, seq: int, now: float) -> ScreenInfo:
    seen = one.seen
    return ScreenInfo(
        name=one.label,
        width=seen.width,
        height=seen.height,
        behind=max(0, seq - one.seq),
        silent=round(now - one.heard, 1),
        scene=clean_line(seen.scene),
        page=clean_line(seen.page),
        lag=seen.lag,
        errors=seen.errors,
        error=clean_line(seen.error, ERROR_MAX),
    )


def _framed(message: bytes) -> bytes:
    return Frame(Opcode.TEXT, message).serialize(mask=False)

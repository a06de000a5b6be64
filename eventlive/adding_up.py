"""What screens here and at relays have confirmed, added up.

Owns the one account of what went off the screens of all places, and what is known of relays. Never
counts screens itself (screens, and those of a relay), and knows no broker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from eventlive.messages import Off, RelayInfo, RelayReport, ScreenInfo

COMPLETE = timedelta(minutes=1)
"""For how long something is told of that is gone from all screens."""

INCOMPLETE = timedelta(minutes=10)
"""For how long something is told of that some screen may still show."""

OFFS_TOLD = 5
MISSING = 8
"""Names of screens that have not confirmed: more help nobody."""

MISSED = "what changed while the line was down"
"""What a relay says of a picture that came to it in place of changes: it may stand for several."""

RELAYED = 12
"""Screens of relays that are listed beside our own."""


def recent(offs: Iterable[Off], now: datetime) -> tuple[Off, ...]:
    """Choose what there is to tell of, the newest first; what is not complete goes before."""
    offs = [off for off in offs if now - off.at < (COMPLETE if complete(off) else INCOMPLETE)]
    chosen = sorted(offs, key=lambda off: (complete(off), -off.seq))[:OFFS_TOLD]
    return tuple(sorted(chosen, key=lambda off: -off.seq))


def complete(off: Off) -> bool:
    """Say whether something is gone from all screens, as far as anybody knows."""
    return off.off >= off.screens and not off.missing


@dataclass(slots=True)
class _Relay:
    """What a relay said last while it was there, and whether it still is."""

    said: RelayReport
    online: bool = True


@dataclass(slots=True)
class _Everywhere:
    """Something that went off: what our own screens say, and relays, by their names.

    Of those that were there, `waits_for` has how many screens they had.
    """

    own: Off
    waits_for: dict[str, int]
    parts: dict[str, Off] = field(default_factory=dict)


class Everywhere:
    """Relays, and what went off the screens of all of them and our own.

    `epoch` names the engine's life: what relays say of another one is not about our changes.
    """

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self._relays: dict[str, _Relay] = {}
        self._offs: dict[int, _Everywhere] = {}

    @property
    def screens(self) -> int:
        """How many screens are attached to relays that are there."""
        return sum(relay.said.screens for relay in self._relays.values() if relay.online)

    def relayed(self, name: str, report: RelayReport | None) -> None:
        """Take in what a relay says of itself; None forgets it.

        One that says it is offline is remembered as it was: its screens go on showing what they
        have. One that has not been here in this life of the engine is not waited for.
        """
        if report is None:
            self._relays.pop(name, None)
            for off in self._offs.values():
                off.waits_for.pop(name, None)
        elif report.state == "online":
            self._relays[name] = _Relay(report)
            for off in self._offs.values():
                self._hear(off, name, report)
        elif (relay := self._relays.get(name)) is not None:
            relay.online = False

    def _hear(self, off: _Everywhere, name: str, report: RelayReport) -> None:
        """Take in what a relay says of a change: of that one, or of a picture in its place."""
        if report.epoch != self._epoch:
            return
        seq, known = off.own.seq, off.parts.get(name)
        for part in report.offs:
            exact = part.seq == seq
            in_its_place = part.what == MISSED and part.seq > seq
            if exact or (in_its_place and (known is None or known.seq == part.seq)):
                off.parts[name] = part

    def offs(self, own: Iterable[Off], now: datetime) -> tuple[Off, ...]:
        """Add what relays said to what our own screens did, `own`, the newest first."""
        for off in own:
            if (known := self._offs.get(off.seq)) is not None:
                known.own = off
                continue
            there = {name: relay.said.screens for name, relay in self._relays.items()}
            self._offs[off.seq] = _Everywhere(off, there)
            for name, relay in self._relays.items():
                self._hear(self._offs[off.seq], name, relay.said)
        told = recent((self._added_up(off) for off in self._offs.values()), now)
        kept = {off.seq for off in told}
        self._offs = {seq: off for seq, off in self._offs.items() if seq in kept}
        return told

    def _added_up(self, off: _Everywhere) -> Off:
        screens, confirmed, missing = off.own.screens, off.own.off, list(off.own.missing)
        for name, waits_for in off.waits_for.items():
            relay, part = self._relays[name], off.parts.get(name)
            if part is not None:
                screens += part.screens
                confirmed += part.off
                missing += [f"{name}/{label}" for label in part.missing]
                if not relay.online and not complete(part):
                    missing.append(name)
            elif not self._shows(relay, off.own.seq):
                screens += waits_for
                missing.append(name)
        return replace(off.own, screens=screens, off=confirmed, missing=tuple(missing[:MISSING]))

    def _shows(self, relay: _Relay, seq: int) -> bool:
        """Say whether a relay has come to a picture without what went off; it may count nobody."""
        said = relay.said
        return relay.online and said.epoch == self._epoch and said.seq >= seq

    def relays(self, seq: int) -> tuple[RelayInfo, ...]:
        """Say how relays are when `seq` was the last change."""
        return tuple(
            RelayInfo(
                name=name,
                online=relay.online,
                screens=relay.said.screens,
                behind=max(0, seq - (relay.said.seq if relay.said.epoch == self._epoch else 0)),
                version=relay.said.version,
            )
            for name, relay in sorted(self._relays.items())
        )

    def listed(self, own: Iterable[ScreenInfo]) -> tuple[ScreenInfo, ...]:
        """List our own screens, then those of relays; one that is attached there is not gone."""
        relayed = [
            replace(screen, relay=name)
            for name, relay in sorted(self._relays.items())
            if relay.online
            for screen in relay.said.listed
            if not screen.gone
        ]
        there = {screen.name for screen in relayed}
        ours = (one for one in own if not (one.gone and one.name in there))
        return (*ours, *relayed[:RELAYED])

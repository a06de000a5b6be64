"""What everyone who sees the wall gets: the picture, its changes, and what is gone from it.

Owns the projection of what may be public, the numbers of changes, and the account of who has them.
Knows no sockets and no broker: audiences are handed to it, and relays' words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from eventlive.adding_up import Everywhere
from eventlive.desk import Desk
from eventlive.going_off import Standing
from eventlive.messages import (
    PROTOCOL,
    Changed,
    Off,
    Pulse,
    RelayInfo,
    RelayReport,
    ScreenInfo,
    Show,
    encoder,
)
from eventlive.model import (
    Card,
    Change,
    Decision,
    Drop,
    Media,
    Part,
    Programme,
    Put,
    Scene,
    Screen,
    Segment,
    Shown,
)
from eventlive.programme import parts


class Audience(Protocol):
    """Some who see the picture: screens at our own door, or relays behind a broker."""

    def send(self, message: bytes, seq: int, off: str) -> None:
        """Hand one text message to all of them, at once, without waiting.

        `seq` is the change that it brings the picture to; `off` says what must be gone with it, ""
        for nothing.
        """


class Attached(Audience, Protocol):
    """Screens at our own door."""

    def __len__(self) -> int: ...

    def offs(self, now: datetime) -> tuple[Off, ...]:
        """Say what went off them lately, the newest first."""


class Foreign(Protocol):
    """Foreign pictures, which reach screens through the engine alone."""

    def address(self, media_url: str) -> str:
        """Say at which path a screen finds a picture."""

    def allow(self, urls: Mapping[str, str]) -> None:
        """Say which pictures are on the wall now, and of which card each is."""


class Projection:
    """The desk as the public sees it.

    `audiences` are told of every change; `attached` are those of them at our own door, once it is
    open. `epoch` names this life of the engine: `seq` counts changes anew in each. `scene`, `walls`
    and `shown` are the frame, what screens are set to and the cards, as they were announced last.
    `ours` is how the screens at our own door are, as it has said last.
    """

    def __init__(self, desk: Desk, *, pictures: bool, epoch: str) -> None:
        self.desk = desk
        self.epoch = epoch
        self.seq = 0
        self.audiences: list[Audience] = []
        self.attached: Attached | None = None
        self.ours: tuple[ScreenInfo, ...] = ()
        self.scene = desk.state.scene
        self.walls = tuple(desk.state.screens.values())
        self.shown = tuple(desk.state.cards.values())
        self._pictures = pictures
        self._foreign: Foreign | None = None
        self._everywhere = Everywhere(epoch)
        self._standing = Standing(desk.state)
        self._programme = Programme("programme", 1, self._parts())
        self._rules = desk.state.rules

    # --- the picture -------------------------------------------------------------------------

    def picture(self, now: datetime) -> bytes:
        """Encode the whole picture for a screen that just connected; only when settled."""
        state = self.desk.state
        return encoder.encode(
            Show(
                PROTOCOL,
                now,
                self.seq,
                state.scene,
                cards=tuple(self._public(card) for card in state.cards.values()),
                screens=tuple(_set_to(screen) for screen in state.screens.values()),
                programme=self._programme if self._programme.parts else None,
                epoch=self.epoch,
            )
        )

    def pulse(self, now: datetime) -> None:
        """Give every screen a sign of life."""
        self._send(encoder.encode(Pulse(self.seq, now, epoch=self.epoch)), "")

    def fetch(self, foreign: Foreign) -> None:
        """Have foreign pictures shown from now on: before any screen is attached."""
        self._foreign = foreign
        self._allow()

    def show_pictures(self, on: bool, now: datetime) -> None:
        """Show foreign and recorded pictures from now on, or none: every screen gets it anew."""
        if on == self._pictures:
            return
        self._pictures = on
        self.seq += 1
        self._send(self.picture(now), "" if on else "all pictures")

    def project(self, changes: Sequence[Change], decisions: Sequence[Decision]) -> str:
        """Show what a turn changed, at once; say what has to be gone with it, "" for nothing."""
        put: list[Shown] = []
        drop: list[tuple[str, str]] = []
        for change in changes:
            match change:
                case Put(Card() as card):
                    put.append(self._public(card))
                case Put(Screen() as screen):
                    put.append(_set_to(screen))
                case Put(Scene() as scene):
                    put.append(scene)
                case Drop("card" | "screen" as kind, name):
                    drop.append((kind, name))
                case _:
                    pass
        put += self._newer_programme(changes)
        if not put and not drop:
            return ""
        self.seq += 1
        state = self.desk.state
        self.scene = state.scene
        self.walls, self.shown = tuple(state.screens.values()), tuple(state.cards.values())
        off = self._standing.off(put, drop, state, decisions)
        self._allow()
        self._send(encoder.encode(Changed(self.seq, tuple(put), tuple(drop), self.epoch, off)), off)
        return off

    def addresses(self) -> tuple[str, ...]:
        """Give the paths of the foreign pictures that are on the wall."""
        foreign = self._foreign
        return tuple(map(foreign.address, self._urls())) if foreign is not None else ()

    def _newer_programme(self, changes: Sequence[Change]) -> Iterator[Programme]:
        """Give the programme where it has become another one: by a segment, or by a new script."""
        touched = self._rules is not self.desk.state.rules or any(
            isinstance(one.put, Segment) if isinstance(one, Put) else one.kind == "segment"
            for one in changes
        )
        self._rules = self.desk.state.rules
        if touched and (told := self._parts()) != self._programme.parts:
            self._programme = Programme("programme", self._programme.version + 1, told)
            yield self._programme

    def _parts(self) -> tuple[Part, ...]:
        state = self.desk.state
        names = {one: naming.name for one, naming in state.rules.names.people.items()}
        return parts(state.segments.values(), names)

    def _allow(self) -> None:
        if self._foreign is not None:
            self._foreign.allow(self._urls())

    def _urls(self) -> dict[str, str]:
        """Give the addresses of foreign pictures on the wall, and of which card each is."""
        cards = self.desk.state.cards.values()
        return {one.url: card.id for card in cards for one in card.media if _is_foreign(one)}

    def _public(self, card: Card) -> Card:
        """Have a screen load pictures from the engine alone; leave out what it does not have."""
        if not card.media:
            return card
        media = tuple(self._served(one) for one in card.media) if self._pictures else ()
        return replace(card, media=tuple(one for one in media if one is not None))

    def _served(self, media: Media) -> Media | None:
        if media.kind == "image" and media.url.startswith("pictures/"):
            return replace(media, url=f"/{media.url}")
        if self._foreign is not None and _is_foreign(media):
            return replace(media, url=self._foreign.address(media.url))
        return None

    def _send(self, message: bytes, off: str) -> None:
        for audience in self.audiences:
            audience.send(message, self.seq, off)

    # --- who has it --------------------------------------------------------------------------

    @property
    def screens(self) -> int:
        """How many screens are attached, here and at relays."""
        return (len(self.attached) if self.attached is not None else 0) + self._everywhere.screens

    @property
    def listed(self) -> tuple[ScreenInfo, ...]:
        """How screens are: `ours`, a dozen at most, then some of relays."""
        return self._everywhere.listed(self.ours)

    @property
    def relays(self) -> tuple[RelayInfo, ...]:
        """How relays are."""
        return self._everywhere.relays(self.seq)

    def relayed(self, name: str, report: RelayReport | None) -> None:
        """Take in what a relay says of itself and its screens; None forgets it."""
        self._everywhere.relayed(name, report)

    def offs(self, now: datetime) -> tuple[Off, ...]:
        """Say what went off lately, the newest first, and who has not confirmed it yet."""
        own = self.attached.offs(now) if self.attached is not None else ()
        return self._everywhere.offs(own, now)


def _set_to(screen: Screen) -> Screen:
    """Leave out who has set a screen: the public knows no operators."""
    return replace(screen, hand="")


def _is_foreign(media: Media) -> bool:
    return media.kind == "image" and media.url.startswith(("https://", "http://"))

"""What goes off the screens, in words, and who has confirmed it: here, and at relays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from eventlive import briefing
from eventlive.messages import (
    Approve,
    Command,
    Darken,
    Hold,
    MoveCard,
    Off,
    Pin,
    Reject,
    RelayReport,
    Release,
    ScreenInfo,
    SetScreen,
    ShowAnswer,
    StartSegment,
    State,
    TakeOff,
)
from eventlive.model import Item
from tests.service.engines import START, Console, console, post, running, screen, until

NAMED = """
[[screens]]
id = "left"
title = "Left of the stage"

[[screens]]
id = "right"
"""
SEGMENTS = """
[[people]]
id = "ada"
name = "Ada Holm"

[[segments]]
id = "keynote"
title = "The keynote"
starts = 2099-05-20T09:00:00Z
minutes = 30
speakers = ["ada"]

[[segments]]
id = "panel"
title = "A panel"
after = "keynote"
minutes = 20
"""


class Desk:
    """An engine with a console, and posts on its wall."""

    def __init__(self, engine: Any, anna: Console) -> None:
        self.engine = engine
        self.anna = anna
        self._items: dict[str, Item] = {}

    @property
    def state(self) -> State:
        """What consoles were told last of how things are."""
        assert self.anna.state is not None
        return self.anna.state

    async def do(self, make: Any, number: int, *more: Any) -> None:
        """Do something to a post."""
        item = self._items.get(f"bluesky:p{number}") or await self.anna.item(f"bluesky:p{number}")
        reply = await self.anna.done(make(item.id, item.version, *more))
        assert isinstance(reply.present, Item)
        self._items[item.id] = reply.present

    async def offs(self, *wanted: tuple[str, int, int, tuple[str, ...]]) -> tuple[Off, ...]:
        """Wait until consoles are told of this and nothing else, and give it."""
        told: list[Any] = []

        def there() -> bool:
            state = self.anna.state
            told[:] = [(o.what, o.off, o.screens, o.missing) for o in state.offs] if state else []
            return told == list(wanted)

        try:
            await self.anna.hear_until(there, "the offs")
        except AssertionError:
            raise AssertionError(f"{told} instead of {list(wanted)}") from None
        return self.state.offs


@asynccontextmanager
async def covered(folder: Path, more: str = "", posts: int = 8) -> AsyncIterator[Desk]:
    async with (
        running(folder, more, [post(n) for n in range(posts)]) as engine,
        console(engine) as anna,
    ):
        yield Desk(engine.engine, anna)


def at(desk: Desk, query: str = "") -> Any:
    return screen(desk.anna.welcome.wall, query)


# --- our own screens ------------------------------------------------------------------------------


async def test_a_post_taken_off_is_confirmed_by_each_screen_and_who_does_not_is_named(
    tmp_path: Path,
) -> None:
    async with covered(tmp_path, NAMED) as desk, at(desk, "?screen=left") as left:
        async with at(desk, "?screen=right") as right:
            await desk.do(Approve, 1)
            await desk.do(TakeOff, 1)
            for one in (left, right):
                await one.hear_until(lambda one=one: one.heard and not one.cards, "the going")
            assert left.heard[-1].off == "a post of @guest1.example"
            await left.seen(scene="masonry", page="v1", lag=12)
            await desk.offs(("a post of @guest1.example", 1, 2, ("right",)))
        # It is gone, and with it whatever it still shows.
        await desk.anna.hear_until(
            lambda: ScreenInfo("right", gone=True) in desk.state.screens, "its going"
        )
        await desk.offs(("a post of @guest1.example", 1, 2, ("right",)))
        async with at(desk, "?screen=right") as right:
            await right.seen()
            await desk.offs(("a post of @guest1.example", 2, 2, ()))
        shown = {one.name: one for one in desk.state.screens}["left"]
        assert (shown.scene, shown.page, shown.lag) == ("masonry", "v1", 12)


async def test_consoles_are_told_of_it_sooner_than_once_a_second(tmp_path: Path) -> None:
    """Ten times something goes off and all confirm: that is told before ten states are due."""
    async with covered(tmp_path) as desk, at(desk) as wall:
        began = (await until(lambda: desk.engine.reported, "a report")).at
        for number in range(10):
            await desk.anna.done(Hold() if number % 2 == 0 else Release())
            await wall.hear_until(lambda n=number: wall.scene.held == (n % 2 == 0), "the hold")
            if number % 2:
                continue
            await wall.seen()
            await desk.anna.hear_until(
                lambda: (
                    (offs := desk.state.offs)
                    and offs[0].seq == wall.seq
                    and offs[0].off == offs[0].screens == 1
                ),
                "the confirmation",
            )
        took = (desk.engine.reported.at - began).total_seconds()
    assert took < 4.5, f"five times in {took:.1f} s"


async def test_what_only_comes_or_moves_takes_nothing_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(briefing, "KEPT_CARDS", 3)
    async with covered(tmp_path, "[wall]\ncards = 3\n" + NAMED) as desk, at(desk) as wall:
        for number in range(5):
            # From the fourth on, each pushes the oldest off.
            await desk.do(Approve, number)
        await desk.do(MoveCard, 4, -1)
        await desk.do(Pin, 4, True)
        await desk.do(ShowAnswer, 3, "Yes")
        await desk.anna.done(SetScreen(("spotlight",), "left"))
        await wall.hear_until(lambda: wall.set_to["left"].scenes == ("spotlight",), "the scene")
        assert len(wall.cards) == 3
        assert {change.off for change in wall.heard} == {""}
        await desk.do(TakeOff, 2)
        await wall.hear_until(lambda: len(wall.cards) == 2, "the going")
        assert wall.heard[-1].off == "a post of @guest2.example"


async def test_each_way_of_going_off_is_said_in_words(tmp_path: Path) -> None:
    async with covered(tmp_path, NAMED) as desk, at(desk) as wall:

        async def off(*commands: Command) -> str:
            seq = wall.seq
            for command in commands:
                await desk.anna.done(command)
            await wall.hear_until(lambda: wall.seq == seq + len(commands), "the change")
            return str(wall.heard[-1].off)

        await desk.do(Approve, 1)
        await desk.do(ShowAnswer, 1, "At five")
        await desk.do(ShowAnswer, 1, "At six")
        await wall.hear_until(lambda: wall.seq == 3, "the answers")
        assert [change.off for change in wall.heard] == ["", "", "the old words of @guest1.example"]
        assert await off(Darken("left")) == "left is dark"
        assert await off(Darken("*")) == "2 screens are dark"
        assert await off(Darken("*", on=False)) == ""
        assert await off(Hold()) == "everything: held"
        assert await off(Release()) == ""
        await desk.do(Reject, 1)
        await wall.hear_until(lambda: not wall.cards, "the going")
        assert wall.heard[-1].off == "a post of @guest1.example"


async def test_a_post_that_its_author_deletes_or_edits_must_be_gone(tmp_path: Path) -> None:
    """All go up by themselves; then one is deleted, one says otherwise, two are covered."""
    plain, open_, shown = (msgspec.to_builtins(post(n)) for n in (2, 3, 4))
    said = [
        *(post(1), post(2), post(3), post(4)),
        {"delete": {"network": "bluesky", "id": "p1"}, "at": START + timedelta(seconds=5)},
        {"edit": {**plain, "text": "Other words #try"}, "at": START + timedelta(seconds=6)},
        {"edit": {**open_, "warning": "Blood"}, "at": START + timedelta(seconds=7)},
        {"edit": {**shown, "sensitive": True}, "at": START + timedelta(seconds=8)},
    ]
    auto = "[moderation]\nmode = 'auto'\n"
    async with running(tmp_path, auto, said, speed=4.0) as engine, screen(engine) as wall:
        await wall.hear_until(lambda: sum(bool(one.off) for one in wall.heard) == 4, "the offs")
        assert "Other words #try" in wall.texts
    assert [change.off for change in wall.heard if change.off] == [
        "a post of @guest1.example",
        "the old words of @guest2.example",
        "the old words of @guest3.example",
        "the old words of @guest4.example",
    ]


# --- the rest of the picture ----------------------------------------------------------------------


async def test_screens_and_the_programme_are_part_of_the_picture(tmp_path: Path) -> None:
    async with covered(tmp_path, NAMED + SEGMENTS) as desk, at(desk) as wall:
        assert set(wall.set_to) == {"main", "left", "right"}
        assert wall.programme is not None
        assert [part.title for part in wall.programme.parts] == ["The keynote", "A panel"]
        assert wall.programme.parts[0].speakers == ("Ada Holm",)
        version = wall.programme.version
        await desk.anna.done(StartSegment("keynote"))
        await wall.hear_until(
            lambda: wall.programme and wall.programme.parts[0].running, "the keynote"
        )
        assert wall.programme.version > version
        assert {change.epoch for change in wall.heard} == {wall.epoch}
        async with at(desk) as late:
            assert late.programme == wall.programme
            assert late.set_to == wall.set_to
        walls = {one.id: one.title for one in desk.state.walls}
        assert walls["left"] == "Left of the stage"


# --- relays ---------------------------------------------------------------------------------------


async def test_relays_are_added_up_and_named(tmp_path: Path) -> None:
    async with covered(tmp_path, NAMED) as desk, at(desk, "?screen=left") as left:
        hub = desk.engine.hub

        def report(seq: int, screens: int, off: int = -1, **more: Any) -> RelayReport:
            part = Off(seq, "x", desk.engine.now(), screens, off, more.pop("missing", ()))
            offs = () if off < 0 else (part,)
            return RelayReport("online", hub.epoch, seq, screens, offs, **more)

        away = ScreenInfo("right", width=1920)
        hub.relayed("town", report(0, 100, listed=(away, ScreenInfo("foyer", gone=True))))
        hub.relayed("hall", report(0, 20))
        hub.relayed("old", RelayReport("offline", "another", 7, 5))
        await desk.do(Approve, 1)
        await desk.do(TakeOff, 1)
        await left.hear_until(lambda: left.heard and not left.cards, "the going")
        await left.seen()
        what = "a post of @guest1.example"
        await desk.offs((what, 1, 121, ("town", "hall")))
        seq = left.seq
        hub.relayed("town", report(seq, 100, 60, missing=("right",), listed=(away,)))
        await desk.offs((what, 61, 121, ("town/right", "hall")))
        # A hall that is cut off has what it had; when it is back, it counts as what it says.
        hub.relayed("hall", RelayReport("offline"))
        hub.relayed("town", report(seq, 100, 100, listed=(away,)))
        await desk.offs((what, 101, 121, ("hall",)))
        state = desk.state
        assert [(one.name, one.online, one.screens) for one in state.relays] == [
            ("hall", False, 20),
            ("town", True, 100),
        ]
        assert state.health.screens == 101
        await desk.anna.hear_until(lambda: len(desk.state.screens) == 2, "all screens")
        listed = {(one.relay, one.name): one.gone for one in desk.state.screens}
        assert listed == {("", "left"): False, ("town", "right"): False}
        hub.relayed("hall", report(seq, 19, 19))
        await desk.offs((what, 120, 120, ()))
        hub.relayed("town", None)
        await desk.anna.hear_until(
            lambda: [one.name for one in desk.state.relays] == ["hall"], "its being forgotten"
        )


async def test_what_a_relay_says_of_another_life_of_the_engine_counts_for_nothing(
    tmp_path: Path,
) -> None:
    async with covered(tmp_path) as desk, at(desk) as wall:
        hub = desk.engine.hub
        before = Off(1, "x", desk.engine.now(), 50, 50)
        hub.relayed("town", RelayReport("online", "another life", 9, 50, (before,)))
        await desk.anna.done(Hold())
        await wall.hear_until(lambda: wall.scene.held, "the hold")
        await wall.seen()
        await desk.offs(("everything: held", 1, 51, ("town",)))
        # It has come to our picture by a snapshot: nobody there has confirmed, nobody is missing.
        hub.relayed("town", RelayReport("online", hub.epoch, wall.seq, 50))
        await desk.offs(("everything: held", 1, 1, ()))

"""The audience of one picture: the fan-out, and who has confirmed that something is gone."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import cast

import pytest
from websockets.asyncio.server import ServerConnection

from eventlive.attendance import Attendance
from eventlive.messages import Hold, Release, ScreenInfo, Seen
from eventlive.screens import Screens
from tests.service.engines import console, running, screen

NINE = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


class Socket:
    """As much of a connection as the audience touches."""

    transport: Socket

    def __init__(self) -> None:
        self.transport = self
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += 1

    def get_write_buffer_size(self) -> int:
        return 0


class Hall:
    """Screens whose clock goes by hand, and a picture that changes."""

    def __init__(self) -> None:
        self.now = NINE
        self.time = 0.0
        self.seq = 0
        self.screens = Screens(lambda: self.now, lambda: self.time)

    def add(self, name: str = "", address: str = "192.0.2.7", at: float = 0.0) -> ServerConnection:
        socket = cast(ServerConnection, Socket())
        self.screens.add(socket, b"{}", name=name, address=address, seq=self.seq, now=at)
        return socket

    def change(self, off: str = "") -> None:
        self.seq += 1
        self.screens.send(b"{}", self.seq, off)

    def confirm(self, socket: ServerConnection) -> None:
        self.screens.said(socket, Seen(self.seq), self.seq, 1.0)

    @property
    def offs(self) -> list[tuple[str, int, int, tuple[str, ...]]]:
        told = self.screens.offs(self.now)
        return [(off.what, off.off, off.screens, off.missing) for off in told]


async def test_a_screen_that_is_leaving_while_a_message_goes_out_ends_nothing(
    tmp_path: Path,
) -> None:
    """A transport that has said its goodbye refuses a write; that stays the screen's affair."""
    async with running(tmp_path) as engine, console(engine) as anna:
        async with screen(engine):
            audience = engine.engine.hub.attached
            assert isinstance(audience, Screens)
            for connection in list(audience._connections):
                connection.transport.write_eof()
            assert len(audience) == 1
            audience.send(b"{}", 0)
            assert len(audience) == 0
            await anna.done(Hold())
        async with screen(engine) as wall:
            await anna.done(Release())
            await wall.hear_until(lambda: not wall.scene.held, "the release")


def test_those_who_were_there_confirm_and_who_comes_later_is_not_asked() -> None:
    hall = Hall()
    left, right, guest = hall.add("left"), hall.add("right"), hall.add()
    hall.change()
    hall.change("a post of @gull")
    late = hall.add("late")
    assert hall.offs == [("a post of @gull", 0, 3, ("left", "right", "192.0.2.7"))]
    hall.confirm(left)
    hall.confirm(left)
    hall.confirm(late)
    assert hall.offs == [("a post of @gull", 1, 3, ("right", "192.0.2.7"))]
    hall.screens.said(right, Seen(1), hall.seq, 1.0)
    hall.confirm(guest)
    assert hall.offs == [("a post of @gull", 2, 3, ("right",))]
    # One confirmation stands for all that came before it; a lie of the past takes none back.
    hall.change("everything: held")
    hall.confirm(right)
    hall.screens.said(right, Seen(0), hall.seq, 1.0)
    assert [off[1:3] for off in hall.offs] == [(1, 4), (3, 3)]


def test_who_goes_away_before_confirming_stays_missing_until_its_like_is_back() -> None:
    hall = Hall()
    left, other = hall.add("left"), hall.add("left")
    hall.change("a post of @gull")
    hall.screens.discard(left, closed=True)
    hall.confirm(other)
    # The other screen of the name was there all the time, and says nothing of the one that went.
    hall.confirm(other)
    assert hall.offs == [("a post of @gull", 1, 2, ("left",))]
    again = hall.add("left")
    assert hall.offs == [("a post of @gull", 1, 2, ("left",))]
    hall.screens.discard(again)
    hall.confirm(hall.add("right"))
    assert hall.offs == [("a post of @gull", 1, 2, ("left",))]
    again = hall.add("left")
    hall.confirm(again)
    hall.confirm(hall.add("left"))
    assert hall.offs == [("a post of @gull", 2, 2, ())]


def test_a_screen_that_is_back_before_its_line_is_found_cut_is_not_missing() -> None:
    hall = Hall()
    cut = hall.add("left")
    hall.change("a post of @gull")
    hall.confirm(hall.add("left"))
    assert hall.offs == [("a post of @gull", 0, 1, ("left",))]
    hall.screens.discard(cut)
    assert hall.offs == [("a post of @gull", 1, 1, ())]


def test_a_page_of_the_audience_that_is_closed_is_not_waited_for_and_a_lost_one_is() -> None:
    hall = Hall()
    closed, lost = hall.add(address="192.0.2.1"), hall.add(address="192.0.2.2")
    hall.change("a post of @gull")
    hall.screens.discard(closed, closed=True)
    hall.screens.discard(lost)
    assert hall.offs == [("a post of @gull", 0, 1, ("192.0.2.2",))]


def test_a_screen_that_was_cut_off_before_is_counted_until_it_is_back() -> None:
    """It shows on what it had: "1 of 1 off" would be a lie."""
    hall = Hall()
    left, right = hall.add("left"), hall.add("right")
    hall.screens.discard(left)
    hall.time += 20 * 60
    hall.change("a post of @gull")
    hall.confirm(right)
    assert hall.offs == [("a post of @gull", 1, 2, ("left",))]
    again = hall.add("left")
    hall.change("a post of @tern")
    for one in (again, right):
        hall.confirm(one)
    assert hall.offs == [("a post of @tern", 2, 2, ()), ("a post of @gull", 2, 2, ())]
    # One that is gone for good is given up, and one that was closed shows nothing.
    hall.screens.discard(again)
    hall.time += 31 * 60
    hall.screens.discard(hall.add("foyer"), closed=True)
    hall.change("a post of @skua")
    assert hall.offs[0] == ("a post of @skua", 0, 1, ("right",))


def test_a_screen_that_is_back_before_its_line_is_found_cut_is_not_away() -> None:
    hall = Hall()
    cut, other = hall.add("left"), hall.add("left")
    hall.confirm(other)
    again = hall.add("left", at=5.0)
    hall.screens.discard(cut)
    hall.change("a post of @gull")
    assert hall.offs == [("a post of @gull", 0, 2, ("left",))]
    # One newcomer stands for one that was cut, not for two.
    hall.screens.discard(other)
    hall.confirm(again)
    hall.change("a post of @tern")
    hall.confirm(again)
    assert hall.offs[0] == ("a post of @tern", 1, 2, ("left",))


@pytest.mark.parametrize("name", ["", "web"])
def test_a_phone_among_many_that_was_cut_off_is_not_waited_for(name: str) -> None:
    hall = Hall()
    stage = hall.add("stage")
    early = hall.add(name)
    hall.screens.discard(early)
    phones = [hall.add(name, address=f"192.0.2.{n}") for n in range(30)]
    for _ in range(2):
        hall.screens.sweep()
        hall.time += 61
    hall.screens.discard(phones.pop())
    hall.screens.discard(stage)
    hall.change("a post of @gull")
    assert hall.offs[0][1:3] == (0, 30)
    assert hall.offs[0][3][0] == "stage"
    # One that is lost before it has confirmed is not waited for either.
    hall.screens.discard(phones.pop())
    assert hall.offs[0][1:3] == (0, 29)


def test_screens_of_a_house_that_all_come_back_at_once_are_no_audience() -> None:
    """Where a switch begins anew, each counts twice until its old line is found dead."""
    hall = Hall()
    old = [hall.add("main", address=f"192.0.2.{n}") for n in range(12)]
    hall.time = 30.0
    new = [hall.add("main", address=f"192.0.2.{n}", at=30.0) for n in range(12)]
    hall.screens.sweep()
    hall.time = 60.0
    for one in old:
        hall.screens.discard(one)
    hall.screens.sweep()
    hall.time = 200.0
    hall.screens.sweep()
    hall.screens.discard(new.pop())
    hall.change("everything: held")
    assert hall.offs == [("everything: held", 0, 12, ("main",))]


def test_a_page_that_loads_itself_anew_is_not_another_of_its_name_that_was_cut_off() -> None:
    hall = Hall()
    cut, other = hall.add("main"), hall.add("main")
    hall.screens.discard(cut)
    hall.screens.discard(other, closed=True)
    hall.time = 3.0
    again = hall.add("main", at=3.0)
    hall.change("a post of @gull")
    hall.confirm(again)
    assert hall.offs == [("a post of @gull", 1, 2, ("main",))]


def test_a_screen_that_comes_back_from_another_address_is_not_waited_for() -> None:
    hall = Hall()
    cable = hall.add("left")
    hall.confirm(cable)
    wireless = hall.add("left", address="192.0.2.99", at=9.0)
    hall.screens.discard(cable)
    hall.change("a post of @gull")
    hall.confirm(wireless)
    assert hall.offs == [("a post of @gull", 1, 1, ())]


async def test_who_stood_when_a_process_ended_is_waited_for_in_its_next_life(
    tmp_path: Path,
) -> None:
    before, after = Hall(), Hall()
    before.add("left")
    before.add(address="192.0.2.9")
    before.screens.discard(before.add("right"))
    await Attendance(tmp_path / "try.screens").keep(before.screens.away, 0.0)
    await Attendance(tmp_path / "try.screens").recall(after.screens.away, 0.0)
    left = after.add("left")
    after.change("everything: held")
    after.confirm(left)
    assert after.offs == [("everything: held", 1, 3, ("192.0.2.9", "right"))]
    long_ago = time.time() - 3600
    os.utime(tmp_path / "try.screens", (long_ago, long_ago))
    later = Hall()
    await Attendance(tmp_path / "try.screens").recall(later.screens.away, 0.0)
    later.change("everything: held")
    assert later.offs[0][2] == 0
    small = Hall()
    beamer, other = small.add(), small.add(address="192.0.2.8")
    small.screens.discard(beamer)
    small.change("a post of @gull")
    small.confirm(other)
    assert small.offs == [("a post of @gull", 1, 2, ("192.0.2.7",))]


def test_what_all_confirmed_is_told_for_a_minute_and_the_rest_for_ten() -> None:
    hall = Hall()
    left = hall.add("left")
    hall.change("one")
    hall.confirm(left)
    hall.change("two")
    hall.now += timedelta(seconds=59)
    assert [off[0] for off in hall.offs] == ["two", "one"]
    hall.now += timedelta(seconds=1)
    assert [off[0] for off in hall.offs] == ["two"]
    hall.now = NINE + timedelta(minutes=10)
    assert hall.offs == []


def test_of_many_the_newest_are_told_and_first_of_all_what_somebody_may_still_see() -> None:
    hall = Hall()
    left, right = hall.add("left"), hall.add("right")
    hall.change("the first")
    hall.confirm(left)
    hall.screens.discard(right, closed=True)
    for number in range(200):
        hall.change(f"number {number}")
        hall.confirm(left)
    told = [off[0] for off in hall.offs]
    assert told == ["number 199", "number 198", "number 197", "number 196", "the first"]


def test_what_a_screen_says_of_itself_is_listed_clean_and_who_is_gone_comes_first() -> None:
    hall = Hall()
    left = hall.add("left")
    hall.seq = 4
    said = Seen(3, 1920, 1080, "mas\x1b[31monry", "v\u202e1", 17, 2, "no\nline\x00 " + "x" * 150)
    hall.screens.said(left, said, 4, 5.0)
    gone, there = hall.screens.listed(4, 7.0, 12, ("right", "left"))
    assert gone == ScreenInfo("right", gone=True)
    assert there == ScreenInfo(
        *("left", 1920, 1080, 1, 2.0, "masonry", "v1", 17, 2, "no line " + "x" * 150)
    )
    assert len(hall.screens.listed(4, 7.0, 3, [f"screen {n}" for n in range(9)])) == 3


@pytest.mark.parametrize("missing", [False, True])
def test_two_thousand_who_confirm_cost_hardly_more_than_two_thousand_who_speak(
    missing: bool,
) -> None:
    hall = Hall()
    sockets = [hall.add(f"screen {n}", f"192.0.2.{n % 250}") for n in range(2000)]
    if missing:
        # Confirmations are counted the same way with much that others have left open.
        for number in range(50):
            lost = hall.add("lost")
            hall.change(f"number {number}")
            hall.screens.discard(lost)

    def speak() -> float:
        began = process_time()
        for socket in sockets:
            hall.confirm(socket)
        return process_time() - began

    speak()
    silent, confirming = [], []
    for _ in range(7):
        silent.append(speak())
        hall.change("a post of @gull")
        confirming.append(speak())
        assert hall.offs[0][1] == 2000
    assert min(confirming) < 4 * min(silent) + 0.002, (min(confirming), min(silent))

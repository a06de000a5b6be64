"""The door, read by somebody who wants it to fail: numbers, floods, what it forgot."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, thread_time
from unittest.mock import Mock

import msgspec
import pytest
from msgspec.structs import replace
from websockets.exceptions import ConnectionClosed

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Arrived, Ordered, Recalled
from eventlive.hub import Hub, Seat
from eventlive.library import Library
from eventlive.messages import (
    Archive,
    AvoidAuthor,
    Logged,
    Looking,
    MuteAuthor,
    ReadLog,
    Reply,
    ScreenInfo,
    Search,
    Seen,
    Several,
    State,
    Undo,
    Update,
    Watch,
)
from eventlive.model import Author, Decision, Judgement
from eventlive.screens import Screens
from eventlive.store import open_store
from tests.service.engines import console, post, running, screen

NOW = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)


async def test_no_number_of_a_log_ends_a_console(tmp_path: Path) -> None:
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine) as anna:
        for ref, before in enumerate((-(2**70), -1, 2**53 + 1, 2**64, 2**53), 1):
            await anna.say(ReadLog(ref, before=before))
            try:
                while not isinstance(frame := await anna.hear(), Logged | Reply):
                    pass
            except ConnectionClosed as error:
                raise AssertionError(f"the console was closed: {error}") from None
            assert frame.ref == ref
            assert isinstance(frame, Logged) == (before == 2**53)


async def test_a_screens_numbers_are_those_of_a_screen(tmp_path: Path) -> None:
    """Without a token, a page's visitor writes six hundred digits into every operator's pane."""
    async with (
        running(tmp_path) as engine,
        console(engine) as anna,
        screen(engine, "?screen=odd") as odd,
    ):
        seen = {"say": "seen", "seq": -(10**300), "width": 10**600, "height": 1}
        await odd.socket.send(json.dumps(seen), text=True)
        told: list[ScreenInfo] = []
        for _ in range(3):
            while not isinstance(state := await anna.hear(), State):
                pass
            told += state.screens
        assert all(0 <= one.width <= 65_535 and one.behind < 2**63 for one in told)


@pytest.mark.parametrize("deed", ["several", "mute"])
async def test_undo_of_many_posts_recalls_those_that_fell_out(tmp_path: Path, deed: str) -> None:
    """The desk keeps 500 decided posts; a mute of one loud author may decide more at once."""
    loud = Author(id="did:plc:loud", handle="loud.example")
    posts = [post(number) for number in range(620)]
    if deed == "mute":
        posts = [replace(one, author=loud) for one in posts]
    async with (
        running(tmp_path, posts=posts) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        await anna.hear_until(
            lambda: anna.state and anna.state.health.waiting == 620, "the posts", 20
        )
        keys = [f"bluesky:p{number}" for number in range(620)]
        if deed == "mute":
            await anna.done(MuteAuthor(keys[0], 1))
        else:
            await anna.done(Several(tuple(Archive(key, 1) for key in keys[:400])))
            await ben.done(Several(tuple(Archive(key, 1) for key in keys[400:])))
        reply = await anna.order(Undo())
        assert reply.ok, reply.reason


async def test_a_search_shows_who_is_avoided(tmp_path: Path) -> None:
    desk = Desk(Rules())
    author = Author("a", "a.example")
    posts = [Arrived(post(number, author=author), Judgement(), NOW) for number in (1, 2)]
    changes = desk.handle(posts, NOW).changes
    first = desk.state.items["bluesky:p1"]
    async with open_store(tmp_path / "e.sqlite") as store:
        await store.commit(changes)
        later = Desk(Rules())
        turn = later.handle([Recalled(first), Ordered("ann", AvoidAuthor(first.id, 1))], NOW)
        await store.commit(turn.changes, turn.decisions)

        async def settled() -> None:
            return None

        found = await Library(store, later, settled).search(Search(1, "post"))
    assert [item.avoided for item in found.items] == [True, True]


async def test_ended_look_ups_do_not_hold_up_those_of_others(tmp_path: Path) -> None:
    """One viewer at forty look-ups a second keeps searches, pasts and goals from everybody."""
    async with open_store(tmp_path / "e.sqlite") as store:
        many = [Decision(n, NOW, "ann", "note", "x:1", "z" * 300) for n in range(1, 8_001)]
        await store.commit((), many)
        began = perf_counter()
        await store.logged("nothing here", 0, 100)
        one = perf_counter() - began
        async with asyncio.TaskGroup() as tasks:
            for number in range(40):
                asked = store.logged("nothing here", 0, 100)
                task = tasks.create_task(asked, name=f"look-up {number}")
                await asyncio.sleep(0)
                task.cancel()
            began = perf_counter()
            await store.logged("nothing here", 0, 100)
            took = perf_counter() - began
        assert took < 8 * one + 0.02


def turn(hub: Hub) -> None:
    """Let the hub know that the desk has changed."""
    hub.unsettle()
    hub.publish([], [], anything=True)


async def test_ten_filters_leave_the_loop_its_turn_between_them() -> None:
    """All seats wake at once; one after another looks at the whole desk."""
    desk = Desk(Rules())
    words = "a harbour, and lights, and much else #try"
    desk.handle([Arrived(post(n, words), Judgement(language="en"), NOW) for n in range(5000)], NOW)
    hub = Hub(desk, pictures=False)
    seats = [Seat(hub, f"c{number}", "operator", 0.0) for number in range(10)]
    for number, seat in enumerate(seats):
        seat.watch(Watch("f", "inbox", f"harbour lang:en -zz{number}", "newest", 10))

    async def look(seat: Seat) -> None:
        async for _ in seat.take_updates():
            pass

    for seat in seats:
        hub.join(seat)
    await look(seats[0])
    turn(hub)
    began = thread_time()
    await look(seats[0])
    one = thread_time() - began
    turn(hub)
    longest = 0.0
    async with asyncio.TaskGroup() as tasks:
        looks = [
            tasks.create_task(look(seat), name=f"look {number}")
            for number, seat in enumerate(seats)
        ]
        while not all(task.done() for task in looks):
            began = thread_time()
            await asyncio.sleep(0)
            longest = max(longest, thread_time() - began)
    assert longest < 3 * one


def test_msgspec_reads_numbers_of_any_length() -> None:
    """What the tests above stand on."""
    assert msgspec.json.decode(b"1" + b"0" * 300, type=int) == 10**300


async def test_consoles_that_ask_for_the_same_view_share_it() -> None:
    desk = Desk(Rules())
    desk.handle([Arrived(post(n, "lights"), Judgement(), NOW) for n in range(3000)], NOW)
    hub = Hub(desk, pictures=False)
    ann, ben = Seat(hub, "ann", "operator", 0.0), Seat(hub, "ben", "operator", 0.0)
    hub.join(ann)
    hub.join(ben)
    ann.watch(Watch("list", "inbox", "lights", count=2))
    ben.watch(Watch("mine", "inbox", "lights", count=2))

    async def seen(seat: Seat) -> list[Update]:
        return [msgspec.json.decode(one, type=Update) async for one in seat.take_updates()]

    async def total(seat: Seat) -> int:
        (update,) = await seen(seat)
        return update.total

    assert await total(ann) == 3000
    assert hub.look(Watch("list", "inbox", "lights", count=2)) is hub.look(
        Watch("mine", "inbox", "lights", count=2)
    )
    # Told anew to each, and anew after each turn of the desk.
    assert await total(ben) == 3000
    desk.handle([Arrived(post(3000, "lights"), Judgement(), NOW)], NOW)
    turn(hub)
    assert [await total(seat) for seat in (ben, ann)] == [3001, 3001]


def test_a_filter_of_very_many_words_is_refused() -> None:
    seat = Seat(Hub(Desk(Rules()), pictures=False), "ann", "operator", 0.0)
    assert seat.watch(Watch("v", "inbox", "-x " * 12)) == ""
    assert seat.watch(Watch("v", "inbox", "-x " * 13)) == "a filter has 12 words at most"


async def test_what_an_operator_looks_at_is_a_line_without_tricks(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, console(engine) as anna, console(engine, "ben") as ben:
        await anna.say(Looking("x:1\x1b[2J\u202e\nx"))
        await ben.hear_until(
            lambda: (
                ben.state
                and [one.item for one in ben.state.present if one.item.startswith("x:1")]
                == ["x:1 x"]
            ),
            "what anna looks at",
        )


def test_a_crowd_at_one_address_hides_no_screen_of_the_house() -> None:
    """Named screens come first, then what is not well; of an address three before all others."""
    screens = Screens()

    def add(name: str, address: str, behind: int) -> Mock:
        made, seq = Mock(), 1000 - behind
        screens.add(made, b"{}", name=name, address=address, seq=seq, now=0.0)
        return made

    crowd = [add(f"stage {number}", "203.0.113.9", behind=1000) for number in range(300)]
    for number in range(5):
        add(f"hall {number}", "192.0.2.7", behind=number)
    add("", "192.0.2.8", behind=9)
    add("", "192.0.2.9", behind=0)
    listed = [one.name for one in screens.listed(1000, 10.0, 12)]
    strangers = ["stage 0", "stage 1", "stage 10"]
    assert listed[:3] == strangers
    assert listed[3:8] == ["hall 4", "hall 3", "hall 2", "192.0.2.8", "192.0.2.9"]
    assert len(listed) == 12
    assert all(name.startswith("stage") for name in listed[8:])
    for connection in crowd:
        screens.discard(connection)
    listed = [one.name for one in screens.listed(1000, 10.0, 12)]
    assert listed == [
        *("hall 4", "hall 3", "hall 2", "192.0.2.8", "192.0.2.9"),
        *("hall 1", "hall 0"),
    ]


def test_no_screen_is_ahead_of_the_engine() -> None:
    screens, connection = Screens(), Mock()
    screens.add(connection, b"{}", name="", address="192.0.2.7", seq=3, now=0.0)
    screens.said(connection, Seen(1 << 53, 1920, 1080), 4, 5.0)
    (listed,) = screens.listed(6, 10.0, 12)
    assert listed == ScreenInfo("192.0.2.7", 1920, 1080, behind=2, silent=5.0)

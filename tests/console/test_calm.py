"""The list on a real screen while posts come, go and change under an operator who reads."""

from __future__ import annotations

import pytest

from eventlive.messages import Reject
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    await engine.put(*(item(f"p{n}", f"text {n}", rank=100 - n) for n in range(60)))
    return engine


async def test_arrivals_move_nothing_and_are_counted(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("j", "j", "j")
    await seat.until(lambda: "Author at this event" in seat.part("#sheet"), "the sheet, whole")
    left = seat.app.query_one("#list").region.x
    before = [line[left:] for line in seat.lines()[2:30]]
    await desk.put(*(item(f"new{n}", rank=200 + n) for n in range(12)))
    await seat.until(lambda: "▲12 new" in seat.part("#tabs"))
    assert [line[left:] for line in seat.lines()[2:30]] == before
    assert seat.cursor == "p2"
    await seat.press("g")
    assert seat.cursor == "new11"
    assert "▲" not in seat.part("#tabs")
    assert "@new11" in seat.lines()[2]


async def test_the_cursor_stays_on_its_post_when_all_is_ranked_anew(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("j", "j", "j")
    for id in list(desk.items):
        desk.items[id] = item(
            id.partition(":")[2], rank=(int(id.partition(":p")[2]) * 37) % 60, version=2
        )
    await desk.change("bluesky:p2", rank=-5.0)
    await seat.until(lambda: seat.app.listing.current.version == 3)
    assert seat.cursor == "p2"
    await seat.press("x")
    assert await seat.ordered() == [Reject("bluesky:p2", 3)]


async def test_a_post_that_a_colleague_archives_becomes_a_ghost(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("j", "j")
    await desk.change("bluesky:p1", state="archived")
    await seat.until(lambda: "archived" in seat.lines()[3])
    assert seat.cursor == "p1"
    await seat.press("x")
    assert "left this queue already" in seat.message
    assert desk.commands() == []
    await seat.press("j")
    assert "p1" not in seat.ids()
    assert seat.cursor == "p2"


async def test_a_row_changes_in_place(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("j", "j")
    await desk.put(item("p0", "reworded by its author", rank=100, version=2))
    await seat.until(lambda: "reworded by its author" in seat.lines()[2])
    assert seat.cursor == "p1"


async def test_a_filter_is_asked_of_the_engine_as_it_is_typed(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("j", "/")
    await seat.write("text 5")
    await seat.rows("p5", *(f"p{n}" for n in range(50, 60)))
    assert seat.app.composer.stage == "closed"
    await seat.press("enter")
    assert desk.watches[-1].filter == "text 5"
    await seat.press("escape")
    await seat.until(lambda: len(seat.ids()) == 60)
    await seat.press("/")
    await seat.write("!text")
    await seat.rows()
    await seat.until(lambda: "nothing matches" in seat.screen())
    await seat.press("escape")
    await seat.until(lambda: len(seat.ids()) == 60)


async def test_each_queue_keeps_its_place(desk: EngineDouble, open_seat: OpenSeat) -> None:
    await desk.change("bluesky:p7", question="open")
    seat = await open_seat()
    await seat.press("j", "j", "j", "j", "2")
    await seat.rows("p7")
    await seat.press("j")
    assert seat.cursor == "p7"
    await seat.press("1")
    assert seat.cursor == "p3"
    await seat.press("]")
    assert seat.app.place == "questions"
    await seat.press("[", "[")
    assert seat.app.place == "done"
    await seat.press("]")
    assert seat.cursor == "p3"


async def test_the_cursor_stays_in_sight_in_every_size(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(size=(120, 40))
    await seat.press("j", *["j"] * 30)
    for size in ((80, 24), (200, 60), (40, 10), (120, 40)):
        await seat.pilot.resize_terminal(*size)
        await seat.until(lambda: "▌" in seat.screen(), f"the cursor at {size}")
        assert seat.cursor == "p30"


async def test_esc_lets_go(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("j", "j", "escape")
    assert seat.app.listing.live
    await seat.until(lambda: "live" in seat.part("#tabs"))
    await desk.put(item("top", rank=900))
    await seat.until(lambda: seat.ids()[:1] == ["top"])
    assert seat.cursor == ""


async def test_the_mouse_picks_and_never_decides(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.pilot.click("#list", offset=(30, 3))
    assert seat.cursor == "p3"
    await seat.pilot.click("#list", offset=(30, 0))
    assert seat.cursor == "p0"
    assert desk.orders == []

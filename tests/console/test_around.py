"""What is around a post: who else is there, its thread, its author, and how long it waits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from eventlive.messages import Background, Looking, Present
from eventlive.model import Evidence
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.around import KEPT

NOW = datetime.now(UTC)
TRAP = "[/red] [@click=app.approve_all]free[/] \x1b[2J\u202e"


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    await engine.put(item("q", "Where is it?", rank=2, question="open"), item("r", rank=1))
    return engine


def about(engine: EngineDouble, id: str = "q") -> Background:
    """A thread of six with the post in its midst, five more of its author, and a report."""
    asked = engine.items[f"bluesky:{id}"]
    before = [item(f"b{n}", f"before {n}", kind="reply") for n in range(3)]
    after = [item(f"c{n}", f"after {n}", kind="reply") for n in range(2)]
    said = [item(f"s{n}", f"said {n}", handle=f"{id}.example") for n in range(5)]
    said[0] = replace(said[0], on_wall=True, state="archived")
    said[1] = replace(said[1], state="rejected")
    kept = Evidence("e", 1, "bluesky:s1", said[1].post, "kim", NOW, "abuse", f"look {TRAP}")
    thread = (*before, asked, *after)
    return Background(0, asked.id, thread, tuple(said), 14, (kept,))


async def looks(desk: EngineDouble, seat: Seat, *wanted: Looking) -> None:
    await seat.until(lambda: desk.looking[-len(wanted) :] == list(wanted), f"not {desk.looking}")


async def test_colleagues_are_told_where_one_is_and_after_an_outage_again(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j")
    await looks(desk, seat, Looking("bluesky:q"))
    await seat.press("r")
    await looks(desk, seat, Looking("bluesky:q", writing=True))
    desk.looking.clear()
    await desk.shut()
    await seat.until(lambda: not seat.app.board.up)
    await desk.open()
    await looks(desk, seat, Looking("bluesky:q", writing=True))
    await seat.press("escape")
    await looks(desk, seat, Looking("bluesky:q"))
    await seat.press("4")
    await looks(desk, seat, Looking(""))
    assert len(desk.looking) == 3


async def test_a_running_cursor_asks_nothing_and_a_resting_one_once(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    around, now = seat.app.around, 1000.0
    await seat.rows("q", "r")
    seat.app.around.tick = lambda now: None

    def tick(seconds: float) -> None:
        nonlocal now
        now += seconds
        type(around).tick(around, now)

    tick(1)
    for key in ("j", "j", "k", "j", "k"):
        await seat.press(key)
        tick(0.2)
    assert desk.asked_about == []
    tick(0.2)
    await seat.pilot.pause()
    assert desk.asked_about == []
    tick(0.2)
    await seat.until(lambda: [one.item for one in desk.asked_about] == ["bluesky:q"])
    for _ in range(10):
        tick(1)
    await desk.change("bluesky:q", flags=("new",))
    await seat.until(lambda: seat.app.board.item("bluesky:q").version == 2)
    tick(1)
    await seat.until(lambda: len(desk.asked_about) == 2)
    # A reply to it that came since is a change of its thread.
    answer = item("n", "There!", kind="reply")
    answer = replace(answer, post=replace(answer.post, in_reply_to="q"))
    desk.backgrounds["bluesky:q"] = Background(0, "bluesky:q", (desk.items["bluesky:q"],))
    await desk.change("bluesky:q", flags=())
    await seat.until(lambda: seat.app.board.item("bluesky:q").version == 3)
    tick(1)
    await seat.until(lambda: around.of("bluesky:q").thread)
    await desk.put(answer)
    await seat.until(lambda: seat.app.board.item("bluesky:n"))
    tick(1)
    await seat.until(lambda: len(desk.asked_about) == 4)
    assert [frame.item for frame in desk.looking] == ["bluesky:q"]
    for number in range(2 * KEPT):
        around.told(Background(0, f"x:{number}"))
    kept = [number for number in range(2 * KEPT) if around.of(f"x:{number}")]
    assert kept == list(range(KEPT, 2 * KEPT))


async def test_the_sheet_says_who_is_there_and_what_is_around(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.backgrounds["bluesky:q"] = about(desk)
    desk.present = (
        Present("bo", "operator", "bluesky:q", idle=600),
        Present("leena", "operator", "bluesky:q", writing=True),
        Present("eevi", "operator", "bluesky:q"),
        Present("cem", "operator", "bluesky:r"),
    )
    seat = await open_seat(size=(120, 60))
    await seat.rows("q", "r")
    await seat.press("j")
    await seat.until(lambda: "Thread: 6 posts" in seat.part("#sheet"))
    sheet = seat.part("#sheet")
    assert sheet.index("Where is it?") < sheet.index("✎ leena writes an answer")
    assert "◎ bo (away for 10 min) looks at it" in sheet
    assert "eevi" not in sheet
    assert "cem" not in sheet
    assert "1 earlier" in sheet
    assert "before 0" not in sheet
    order = [sheet.index(word) for word in ("before 1", "before 2", "this post", "after 0")]
    assert order == sorted(order)
    assert "Author at this event: 14 posts" in sheet
    assert "⚑ Reported once, by kim: abuse: look" in sheet
    assert "on the wall: said 0" in sheet
    assert "rejected: said 1" in sheet
    assert "said 3" not in sheet
    shown = seat.screen()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[/red] [@click=app" in sheet.replace("\n", " ")


async def test_t_turns_to_the_whole_of_it_for_this_post_alone(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.backgrounds["bluesky:q"] = about(desk)
    seat = await open_seat(size=(120, 24))
    await seat.rows("q", "r")
    await seat.press("j", "t")
    await seat.until(lambda: "t shows the post again" in seat.part("#sheet"))
    await seat.until(lambda: "said 4" in seat.part("#sheet"))
    full = seat.part("#sheet")
    for words in ("before 0", "▸ @q.example", "after 1", "Bluesky · on the wall", "8 older"):
        assert words in full
    await seat.press("J", "J")
    assert seat.app.face.sheet.top == 6
    await seat.press("K", "t")
    await seat.until(lambda: "Where is it?" in seat.part("#sheet"))
    assert seat.app.face.sheet.top == 0
    await seat.press("t", "j")
    await seat.until(lambda: "post r" in seat.part("#sheet"))
    await seat.press("k")
    await seat.until(lambda: "Author at this event" in seat.part("#sheet"))
    assert "t shows the post again" not in seat.part("#sheet")


async def test_t_opens_the_one_pane_of_a_narrow_screen(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.backgrounds["bluesky:q"] = about(desk)
    seat = await open_seat(size=(80, 24))
    await seat.rows("q", "r")
    await seat.press("t")
    await seat.until(lambda: "Thread: 6 posts" in seat.screen())

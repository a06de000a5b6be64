"""The engine gone and back: what is said, what is refused, what is still there."""

from __future__ import annotations

from datetime import UTC, datetime

from eventlive.errors import EngineGone, SettingsError
from eventlive.messages import Archive, Write
from eventlive.model import Outgoing
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat


async def gone(seat: Seat) -> None:
    """Shut the engine and wait until the console has noticed."""
    await seat.engine.shut()
    await seat.until(lambda: not seat.app.board.up)
    await seat.until(lambda: "ENGINE GONE" in seat.part("#banner"))


async def test_a_banner_refused_keys_and_back_by_itself(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a", rank=2), item("b", rank=1))
    seat = await open_seat()
    await seat.rows("a", "b")
    await seat.press("j", "j")
    await gone(seat)
    assert "what you see was true at" in seat.part("#banner")
    assert "engine gone" in seat.part("#head")
    assert "@a.example" in seat.screen()
    await seat.press("e")
    assert "not sent: the engine is gone" in seat.message
    assert seat.cursor == "b"
    await engine.open()
    await engine.put(item("b", "changed meanwhile", rank=1, version=2))
    await seat.until(lambda: "changed meanwhile" in seat.screen())
    assert not seat.app.query_one("#banner").display
    assert seat.cursor == "b"
    assert engine.commands() == []
    await seat.press("e")
    assert await seat.ordered() == [Archive("bluesky:b", 2)]


async def test_half_written_words_outlive_the_engine(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a", "Where?"))
    seat = await open_seat()
    await seat.rows("a")
    await seat.press("j", "r")
    await seat.write("Over ")
    await gone(seat)
    await seat.write("there")
    await seat.press("ctrl+s", "y")
    assert "the engine is gone" in seat.part("#composer-foot")
    assert seat.app.composer.text == "Over there"
    await engine.open()
    await seat.until(lambda: seat.app.board.up)
    await seat.until(lambda: seat.app.board.item("bluesky:a") is not None)
    await seat.press("ctrl+s", "y")
    (write,) = await seat.ordered(Write)
    assert isinstance(write, Write)
    assert write.text == "Over there"


async def test_an_order_without_answer_is_called_so(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("a"))
    engine.deaf = True
    seat = await open_seat()
    await seat.rows("a")
    await seat.press("j", "e")
    await seat.until(lambda: len(engine.orders) == 1)
    await gone(seat)
    assert "no answer to 1 order" in seat.message
    assert "archived: @a.example" in seat.message


async def test_a_post_whose_answer_was_lost_is_looked_for_and_not_sent_twice(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.deaf = True
    seat = await open_seat()
    await seat.press("p")
    await seat.write("hello")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: len(engine.orders) == 1)
    await gone(seat)
    await seat.until(lambda: "looking" in seat.part("#composer-foot"))
    engine.out["out-1"] = Outgoing("out-1", 1, "main", "hello", "eevi", datetime.now(UTC), "queued")
    await engine.open()
    await seat.until(lambda: seat.app.composer.stage == "closed", "it had arrived")
    assert "had taken it after all" in seat.message
    assert len(engine.orders) == 1
    second = await open_seat()
    assert not second.app.composer.is_open


async def test_a_post_that_did_not_arrive_is_reviewed_again(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.deaf = True
    seat = await open_seat()
    await seat.press("p")
    await seat.write("hello")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: len(engine.orders) == 1)
    await gone(seat)
    engine.deaf = False
    await engine.open()
    await seat.until(lambda: "did not take it" in seat.part("#composer-foot"))
    assert seat.app.composer.text == "hello"
    await seat.press("ctrl+s", "y")
    await seat.ordered(Write, 2)


async def test_a_console_killed_while_handing_over_looks_first(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.deaf = True
    first = await open_seat()
    await first.press("p")
    await first.write("hello")
    await first.press("ctrl+s", "y")
    await first.until(lambda: len(engine.orders) == 1)
    engine.deaf = False
    engine.out["out-1"] = Outgoing("out-1", 1, "main", "hello", "eevi", datetime.now(UTC), "sent")
    second = await open_seat()
    await second.until(lambda: "had taken it after all" in second.message)
    assert not second.app.composer.is_open


async def test_no_engine_at_all(engine: EngineDouble, open_seat: OpenSeat) -> None:
    await engine.shut()
    seat = await open_seat(welcomed=False, wait=1.0)
    await seat.until(lambda: seat.app.trouble is not None)
    assert isinstance(seat.app.trouble, EngineGone)
    assert "nothing listens" in str(seat.app.trouble)


async def test_an_engine_that_refuses(engine: EngineDouble, open_seat: OpenSeat) -> None:
    engine.refuse_hello = "the token is wrong"
    seat = await open_seat(welcomed=False)
    await seat.until(lambda: seat.app.trouble is not None)
    assert isinstance(seat.app.trouble, SettingsError)
    assert "the token is wrong" in str(seat.app.trouble)


async def test_a_refusal_after_the_engine_came_back_keeps_the_console(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    engine.refuse_hello = "other token now"
    await gone(seat)
    await engine.open()
    await seat.until(lambda: "other token now" in seat.part("#banner"))
    assert "refuses this console" in seat.part("#banner")
    assert seat.app.trouble is None

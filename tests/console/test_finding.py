"""Filters with their hint, filters that are saved, and the orders of a queue."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui import filters


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    engine.segments = a_show(engine.now())
    await engine.put(*(item(f"p{n}", f"text {n}", rank=100 - n) for n in range(12)))
    return engine


async def save(seat: Seat, text: str, name: str) -> None:
    await seat.press("/")
    await seat.write(text)
    await seat.press("ctrl+s")
    await seat.until(lambda: seat.app.prompt.asked == "name")
    await seat.write(name)
    await seat.press("enter", "escape", "escape")


# --- orders -----------------------------------------------------------------------------------


async def test_a_queue_goes_through_its_orders(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("j")
    seat.app.listing.mark_all()
    for sort, words in (
        ("newest", "newest first"),
        ("oldest", "oldest first"),
        ("reach", "most followers first"),
        ("rank", "best first"),
    ):
        await seat.press("comma")
        assert seat.message == f" · Inbox: {words}"
        await seat.until(lambda sort=sort: desk.watches[-1].sort == sort)
        assert desk.watches[-1].queue == "inbox"
        assert (f"↕ {sort}" in seat.part("#tabs")) is (sort != "rank")
        assert words in seat.part("#tabs")
    assert not seat.app.listing.marked
    assert seat.cursor == "p0"
    await seat.press("2", "comma", "1", "/")
    await seat.write("text 3")
    await seat.rows("p3")
    assert [watch.sort for watch in desk.watches[-2:]] == ["newest", "rank"]


async def test_what_has_but_one_order_says_why(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("ctrl+f")
    await seat.write("text")
    await seat.press("enter")
    await seat.until(lambda: seat.app.place == "found" and seat.app.listing.filled)
    asked = len(desk.watches)
    for key, why in (
        ("5", "what was found"),
        ("3", "posts of the house"),
        ("4", "the wall is in the order in which it is shown"),
        ("6", "the programme"),
    ):
        await seat.press(key, "comma")
        assert "no other order" in seat.message
        assert why in seat.message
    assert len(desk.watches) == asked


# --- the hint ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "good"),
    [
        ("", filters.GRAMMAR, True),
        ("coffee lang:fi -from:bot", filters.GRAMMAR, True),
        ("https://example.org", filters.GRAMMAR, True),
        ("is:", "is: question flagged person claimed shown answered reply", True),
        ("!has:p", "has: picture", True),
        ("-is:FLAG", "is: flagged", True),
        ("is:flag coffee", filters.GRAMMAR, True),
        ("is:question", filters.GRAMMAR, True),
        ("on:m", "on: mastodon", True),
        ("has:video", "no has:video · there is picture link note", False),
        ("!is:urgent x", "no is:urgent · there is question flagged person", False),
        ("on:twitter", "no on:twitter · there is x bluesky mastodon", False),
    ],
)
def test_a_filter_is_read_while_it_is_typed(text: str, said: str, good: bool) -> None:
    read = filters.hint(text)
    assert read.words.startswith(said)
    assert read.good is good


async def test_a_word_that_is_none_is_told_at_once_and_stops_nothing(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(size=(80, 24))
    await seat.press("/")
    assert seat.part("#prompt-hint").strip() == filters.GRAMMAR
    assert filters.GRAMMAR in seat.screen()
    await seat.write("is:urgent")
    hint = seat.part("#prompt-hint")
    assert hint.startswith(" ✗ no is:urgent · ")
    assert hint.endswith("…")
    assert len(hint) <= 40
    await seat.press("enter")
    assert not seat.app.prompt.asked
    await seat.until(lambda: desk.watches[-1].filter == "is:urgent")


# --- saved filters ----------------------------------------------------------------------------


async def test_a_filter_is_saved_picked_and_dropped(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("\\")
    assert "no filter is saved" in seat.message
    await save(seat, "text 1", "a[/b]")
    await save(seat, "text 5", "b")
    assert "saved as “b”" in seat.message
    await seat.until(lambda: len(seat.ids()) == 12)
    await seat.press("j")
    seat.app.listing.mark_all()
    await seat.press("\\")
    page = seat.part("#asked")
    assert "1 a[/b]" in page
    assert "text 1" in page
    await seat.press("2")
    await seat.rows("p5")
    assert not seat.app.listing.marked
    assert "/text 5" in seat.part("#tabs")
    await seat.press("2", "\\", "enter")
    assert seat.app.place == "questions"
    await seat.until(lambda: desk.watches[-1].filter == "text 1")
    assert desk.watches[-1].queue == "questions"
    await seat.press("\\", "down", "x", "x")
    assert seat.app.screen is seat.app.screen_stack[0]
    await seat.press("\\")
    assert "no filter is saved" in seat.message
    assert desk.orders == []


async def test_no_key_is_a_command_between_a_filter_and_its_name(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("j", "/")
    await seat.write("text 3")
    prompt = seat.app.prompt
    prompt.on_key(events.Key("ctrl+s", None))
    assert prompt.asked == "filter"
    assert prompt.query_one(Input).has_focus
    await seat.until(lambda: prompt.asked == "name")
    assert prompt.query_one(Input).has_focus
    await seat.rows("p3")


async def test_a_name_is_asked_for_until_it_can_be_one(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("/", "ctrl+s")
    assert "there is no filter to save" in seat.message
    assert seat.app.prompt.asked == "filter"
    await seat.write("text 3")
    await seat.press("ctrl+s", "enter")
    assert seat.app.prompt.asked == "name"
    seat.app.query_one(Input).value = "n" * 41
    await seat.until(lambda: "at most 40" in seat.part("#prompt-hint"))
    await seat.press("enter")
    assert seat.app.prompt.asked == "name"
    seat.app.query_one(Input).value = "n" * 40
    await seat.press("enter")
    assert "saved as" in seat.message
    await seat.press("/", "ctrl+s")
    seat.app.query_one(Input).value = "n" * 40
    await seat.pilot.pause()
    assert "in place of /text 3" in seat.part("#prompt-hint")
    await seat.press("escape")
    assert seat.app.listing.filter == "text 3"


async def test_places_without_a_filter_say_so(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await save(seat, "text 1", "a")
    await seat.press("6", "\\")
    assert "the rundown has no filter" in seat.message
    assert seat.app.screen is seat.app.screen_stack[0]

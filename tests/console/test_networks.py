"""What the networks do to the house: limits, broken threads, deletions, money, silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from eventlive.messages import AccountInfo, Delete, Discard, Send, State, Welcome
from eventlive.model import FeedHealth, Health, Item, Media, Money, Outgoing, OutgoingState, Scene
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tui import feeds, top_bar
from tui.board import Board
from tui.lines import Line, length
from tui.link import Up
from tui.row import row
from tui.sheet import Sheet

NOW = datetime(2027, 5, 20, 11, 0, tzinfo=UTC)
HELSINKI = ZoneInfo("Europe/Helsinki")
X = AccountInfo("x", "x", "house", "House", 280)
SKY = AccountInfo("sky", "bluesky", "house.example", "House", 300, "", "thread")
REHEARSAL = AccountInfo("main", "rehearsal", "house", "House", 300)


def out(state: OutgoingState, text: str = "Doors open", **more: object) -> Outgoing:
    return Outgoing("o", 4, "x", text, "eevi", NOW, state, **more)  # type: ignore[arg-type]


def words(line: Line) -> str:
    return "".join(span.text for span in line)


def row_of(outgoing: Outgoing, cells: int = 160) -> str:
    line = row(outgoing, cells, NOW, "eevi", where=HELSINKI)
    assert length(line) <= cells
    return words(line)


def sheet_of(thing: Outgoing | Item) -> str:
    lines = Sheet(60, NOW, HELSINKI, "eevi", [X]).of(thing)
    return "\n".join(words(line) for line in lines)


# --- the house's posts ------------------------------------------------------------------------


@pytest.mark.parametrize("cells", [80, 120, 160])
def test_a_row_says_until_when_it_waits_in_the_events_zone(cells: int) -> None:
    waits = out("queued", not_before=NOW + timedelta(seconds=310), reason="the limit is used up")
    said = row_of(waits, cells)
    assert "▸ waits" in said
    assert "until 14:05:10 · " in said
    assert "Doors open" in said
    assert ("the limit is used up · " in said) is (cells > 80)
    assert "Waits until 14:05:10, for 5 min 10 s · u takes it back" in sheet_of(waits)
    assert "Because: the limit is used up" in sheet_of(waits)


def test_tomorrows_limit_names_its_day() -> None:
    assert "until Fri 14:00:00" in row_of(out("queued", not_before=NOW + timedelta(days=1)))


def test_a_limit_that_is_over_holds_nothing_up() -> None:
    assert "▸ leaving" in row_of(out("queued", due_at=NOW, not_before=NOW - timedelta(seconds=1)))


def test_one_behind_a_limit_waits_too() -> None:
    late = out("queued", due_at=NOW - timedelta(seconds=10))
    assert "▸ waits" in row_of(late)
    assert "once its account is free" in sheet_of(late).replace("\n", " ")


def test_a_thread_broken_off_and_why() -> None:
    broken = out("failed", sent_ids=("1", "2"), reason="2 of its parts went out; then: refused")
    assert "✗ in part" in row_of(broken)
    assert "2 of its parts went out; then: refused · Doors open" in row_of(broken)
    assert "2 parts of it are out · r sends the rest" in sheet_of(broken)


def test_what_is_out_going_and_gone() -> None:
    sent = out("sent", sent_ids=("1", "2", "3"), sent_url="https://x.com/h/1", sent_at=NOW)
    assert "Sent at 14:00:00, a thread of 3 · x takes it down" in sheet_of(sent)
    assert "At: https://x.com/h/1" in sheet_of(sent)
    assert "@house on X" in sheet_of(sent)
    assert "« deleting " in row_of(out("deleting"))
    assert "– deleted " in row_of(out("deleted"))
    kept = out("sent", sent_ids=("1",), reason="it could not be deleted: no answer")
    assert "it could not be deleted: no answer · " in row_of(kept)


async def test_taking_down_asks_and_names_account_and_network(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.accounts = (X, SKY, REHEARSAL)
    await engine.put(
        out("sent", "Typo", sent_ids=("77",)),
        Outgoing("t", 2, "sky", "Long", "kim", NOW, "failed", sent_ids=("a", "b")),
        Outgoing("r", 3, "main", "Try", "kim", NOW, "sent", sent_ids=("k",)),
        Outgoing("n", 1, "x", "No id", "kim", NOW, "sent"),
        Outgoing("g", 1, "x", "Going", "kim", NOW, "deleting", sent_ids=("5",)),
    )
    seat = await open_seat()
    await seat.press("3")
    await seat.rows("t", "g", "n", "r", "o")
    await seat.press("j", "x")
    assert "Take @house.example's 2 posts down on Bluesky?" in seat.part("#asked")
    await seat.press("escape", "j", "x")
    assert "being taken down already" in seat.message
    await seat.press("j", "x")
    assert "take it down there by hand" in seat.message
    await seat.press("j", "x")
    assert "Take @house's post out of the rehearsal?" in seat.part("#asked")
    await seat.press("escape", "j")
    assert "x take down" in seat.part("#keys")
    await seat.press("x", "x", "enter")
    assert "Take @house's post down on X?" in seat.part("#asked")
    assert engine.commands() == []
    await seat.press("y")
    assert await seat.ordered(Delete) == [Delete("o", 4)]
    assert engine.commands(Discard) == []
    await seat.until(lambda: "« deleting" in seat.lines()[6])
    assert seat.cursor == "o"


async def test_the_rest_of_a_thread_goes_out_unchanged(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.accounts = (SKY,)
    text = "The first part of it all, and it is long. " * 10 + "And this is the end."
    await engine.put(Outgoing("t", 2, "sky", text, "kim", NOW, "failed", sent_ids=("a",)))
    seat = await open_seat()
    await seat.press("3", "j", "r")
    asked = seat.part("#asked").replace("\n", " ")
    assert "Still to go:" in asked
    assert "And this is the end." in asked
    assert asked.count("The first part") < 5
    await seat.press("r", "enter")
    assert engine.commands() == []
    await seat.press("y")
    assert await seat.ordered(Send) == [Send("t", 2)]
    await seat.until(lambda: "goes out in" in seat.part("#parting"))
    await engine.change_out("t", state="queued", not_before=NOW, reason="a limit")
    await seat.until(lambda: "not out yet: it waits until" in seat.message)
    assert seat.part("#parting") == ""


async def test_a_question_as_long_as_the_screen_leaves_its_keys_in_sight(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(out("sent", "One more line.\n" * 60, sent_ids=("77",)))
    seat = await open_seat(size=(80, 24))
    await seat.press("3", "j", "x")
    await seat.until(lambda: "take it down" in seat.screen())
    assert "no, go back" in seat.screen()


# --- the feeds --------------------------------------------------------------------------------


def board_with(*states: FeedHealth) -> Board:
    board = Board()
    welcome = Welcome(
        1, "e", "NordCon", "Europe/Helsinki", NOW, "operator", "eevi", "", 5, (X,), ()
    )
    board.connected(Up(welcome), 0.0)
    board.state(State(Health(NOW, NOW, feeds=states), Scene("main", 1)), 0.0)
    return board


def head_of(cells: int, *states: FeedHealth) -> str:
    line = top_bar.head(board_with(*states), 0.0, cells)
    assert length(line) <= cells
    return words(line)


def costing(spent: float, budget: float = 20.0) -> FeedHealth:
    return FeedHealth("x", "live", money=Money(spent, 1.1, budget))


def test_a_limit_is_told_with_its_end() -> None:
    limited = FeedHealth("toot", "limited", until=NOW + timedelta(minutes=5))
    assert "◔ toot limited to 14:05 " in head_of(80, limited)
    late = FeedHealth("toot", "limited", until=NOW + timedelta(days=1))
    assert "limited to Fri 14:00 " in head_of(80, late)
    assert "limited  " in head_of(80, FeedHealth("toot", "limited"))


def test_the_worst_feed_is_named_first() -> None:
    live, over = FeedHealth("sky", "live"), FeedHealth("x", "over-budget")
    limited, lost = FeedHealth("toot", "limited"), FeedHealth("y", "lost")
    assert "$ x over-budget +2" in head_of(80, live, limited, over)
    assert "✗ y lost +1" in head_of(80, over, lost)


def test_money_is_told_where_there_is_room_or_need() -> None:
    assert "$3.20 of $20 · $1.10/h" in head_of(120, costing(3.2))
    assert "$" not in head_of(80, costing(3.2))
    assert "$" not in head_of(80, costing(15.0))
    assert "$15.10 of $20 " in head_of(80, costing(15.1))
    assert "$3.20 · $1.10/h" in head_of(120, costing(3.2, 0.0))
    assert "$12.50 of $20 " in head_of(120, costing(1.0, 20.0), costing(12.5, 20.0))


def test_the_list_of_feeds_says_all_that_is_known() -> None:
    board = board_with(
        FeedHealth(
            "x",
            "over-budget",
            "the budget of $20 is used up",
            posts=12_345,
            per_minute=7,
            skipped=3,
            newest=NOW - timedelta(minutes=4),
            money=Money(20.5, 1.1, 20.0),
        ),
        FeedHealth("sky", "silent", "[/red] said nothing for 30 s"),
        FeedHealth("toot", "limited", until=NOW + timedelta(seconds=75)),
    )
    page = "\n".join(words(line) for line in feeds.page(board, 0.0, 70))
    assert page.index("over-budget") < page.index("silent") < page.index("limited")
    for said in (
        "the budget of $20 is used up",
        "12,345 posts · 7 a minute · newest 4m ago · 3 skipped",
        "$20.50 of $20 (102%) · $1.10 an hour",
        "[/red] said nothing for 30 s",
        "0 posts · 0 a minute · none yet",
        "toot  limited until 14:01:15",
    ):
        assert said in page


async def test_the_list_of_feeds_opens_and_stays_up_to_date(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.feeds = (FeedHealth("sky", "silent", "nothing for 30 s"),)
    seat = await open_seat(size=(80, 24))
    await seat.press("F")
    await seat.until(lambda: "nothing for 30 s" in seat.part("#asked"))
    engine.feeds = (FeedHealth("sky", "live", posts=99),)
    await engine.tell_state()
    await seat.until(lambda: "99 posts" in seat.part("#asked"))
    await seat.press("w", "x", "escape")
    assert seat.app.screen is seat.app.screen_stack[0]
    assert engine.commands() == []


# --- what a post is ---------------------------------------------------------------------------


def test_a_post_says_what_it_is() -> None:
    asked = item(
        "q",
        "Is it?",
        kind="reply",
        to=("house",),
        warning="Spoilers",
        media=(Media("https://example.org/1", alt="A full hall"),),
        shown_answer="Yes, at ten",
        reasons=("replies to us",),
        at=NOW,
        received_at=NOW,
    )
    sheet = sheet_of(asked)
    for said in ("reply to @house", "Warning: Spoilers", "Image 1: “A full hall”", "replies to us"):
        assert said in sheet
    assert "▣ Answered on the wall:\n  Yes, at ten" in sheet
    assert "✓" in words(row(asked, 100, NOW, "eevi"))
    only = item("p", " ", media=(Media("https://example.org/1", alt="A full hall"),))
    assert "[image: A full hall]" in words(row(only, 100, NOW, "eevi"))

"""What is decided on one post besides the plain keys: until, block, avoid, report, take over, move.

And what a row says by that: how long a question waits, who else is there, when a post comes back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventlive.messages import (
    AvoidAuthor,
    BlockAuthor,
    ClaimItem,
    MoveCard,
    Present,
    ReportPost,
    Snooze,
)
from eventlive.model import Anchor, Claim, Outgoing
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui.leaving import has_left
from tui.row import LOOKS, WRITES, Look, row, why_gone

NOW = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    engine.role = "lead"
    engine.segments = a_show(datetime.now(UTC))
    await engine.put(*(item(id, rank=9 - n, version=n + 4) for n, id in enumerate("abc")))
    return engine


async def on_first(open_seat: OpenSeat, **options: Any) -> Seat:
    seat: Seat = await open_seat(**options)
    await seat.rows("a", "b", "c")
    await seat.press("j")
    return seat


async def test_until_a_time_or_a_moment_of_the_programme(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_first(open_seat)
    await seat.press("B")
    await seat.write("nonsense")
    await seat.until(lambda: "✗" in seat.part("#prompt-hint"))
    await seat.press("enter")
    assert desk.commands() == []
    await seat.press(*["backspace"] * 8)
    await seat.write("panel.end+05:00")
    await seat.until(lambda: "comes back" in seat.part("#prompt-hint"))
    assert "panel.end+05:00" in seat.part("#prompt-hint")
    await seat.press("enter")
    (tied,) = await seat.ordered(Snooze)
    assert tied == Snooze("bluesky:a", 4, anchor=Anchor("panel", "end", 300))
    assert seat.cursor == "b"
    await seat.press("B")
    await seat.write("+20")
    await seat.press("enter")
    timed = (await seat.ordered(Snooze, 2))[1]
    assert isinstance(timed, Snooze)
    assert timed.anchor is None
    assert timed.until is not None
    assert 1170 < (timed.until - desk.now()).total_seconds() <= 1200


async def test_only_a_lead_blocks_and_takes_over(desk: EngineDouble, open_seat: OpenSeat) -> None:
    desk.role = "operator"
    await desk.change("bluesky:a", claim=Claim("kim", desk.now()))
    seat = await on_first(open_seat)
    await seat.press("M")
    assert "only a lead" in seat.message
    await seat.press("C")
    assert "only a lead" in seat.message
    assert len(seat.app.screen_stack) == 1
    assert desk.orders == []


async def test_what_a_lead_does(desk: EngineDouble, open_seat: OpenSeat) -> None:
    await desk.change("bluesky:b", claim=Claim("kim", desk.now()))
    desk.present = (Present("kim", "operator", "bluesky:b", writing=True),)
    seat = await on_first(open_seat)
    await seat.press("C")
    assert "nobody has claimed it" in seat.message
    await seat.press("M")
    assert "Block @a.example?" in seat.part("#asked")
    await seat.press("enter", "M", "y")
    assert await seat.ordered(BlockAuthor) == [BlockAuthor("bluesky:a", 4)]
    assert seat.cursor == "b"
    await seat.press("C")
    assert "over from kim?" in seat.part("#asked")
    assert "kim is writing an answer to it right now" in seat.part("#asked").replace("\n", " ")
    assert "z does not take this back" in seat.part("#asked").replace("\n", " ")
    await seat.press("enter", "C", "y")
    assert await seat.ordered(ClaimItem) == [ClaimItem("bluesky:b", 6, over=True)]
    assert seat.cursor == "b"


async def test_avoiding_folds_the_rows_and_is_turned_back(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_first(open_seat)
    await seat.press("N")
    assert await seat.ordered(AvoidAuthor) == [AvoidAuthor("bluesky:a", 4, True)]
    await seat.until(lambda: "⊘ does not engage: @a.example  Enter opens" in seat.screen())
    assert seat.cursor == "a"
    await seat.press("N")
    assert (await seat.ordered(AvoidAuthor, 2))[1] == AvoidAuthor("bluesky:a", 5, False)
    assert "engages again" in seat.message


async def test_reporting_asks_what_for_and_gives_the_address_out(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_first(open_seat)
    await seat.press("b", "enter", "b", "y")
    assert "z does not take this back" in seat.part("#asked").replace("\n", " ")
    assert desk.commands() == []
    await seat.press("a")
    assert await seat.ordered() == [ReportPost("bluesky:a", 4, complaint="abuse")]
    assert seat.app.clipboard == "https://example.org/a"
    assert "report it there by hand: https://example.org/a" in seat.message
    await seat.until(lambda: "reported by eevi" in seat.screen())


async def test_moving_a_post_on_the_wall(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await on_first(open_seat)
    await seat.press(">")
    assert "4 shows it" in seat.message
    await seat.press("w", "w", "w")
    await seat.until(lambda: len(desk.shown) == 3)
    await seat.press("4")
    await seat.rows("c", "b", "a")
    await seat.press("j", "<")
    await seat.rows("b", "c", "a")
    assert seat.cursor == "c"
    await seat.press(">")
    await seat.rows("c", "b", "a")
    moves = [one for one in desk.commands() if isinstance(one, MoveCard)]
    assert [(one.item, one.by) for one in moves] == [("bluesky:c", -1), ("bluesky:c", 1)]


# --- rows, without a screen -----------------------------------------------------------------------


def words(thing: Any, look: Look = Look(), place: str = "inbox") -> str:  # noqa: B008
    return "".join(span.text for span in row(thing, 110, NOW, "eevi", look=look, place=place))


@pytest.mark.parametrize(
    ("minutes", "sign", "ink"), [(4, " 4m", "dim"), (5, "◑5m", "warn"), (11, "!11m", "bad")]
)
def test_how_long_a_question_waits(minutes: int, sign: str, ink: str) -> None:
    at = NOW - timedelta(minutes=minutes)
    asked = item("q", at=at, received_at=at, question="open")
    line = row(asked, 110, NOW, "eevi")
    (clock,) = [span for span in line if sign in span.text]
    assert clock.ink == ink
    assert sign not in words(item("q", at=at, received_at=at, question="answered")) or sign == " 4m"
    calm = words(asked, Look(answer_within=3600.0))
    assert "!" not in calm
    assert "◑" not in calm


def test_who_else_is_there_and_what_is_known_of_a_post() -> None:
    claimed = item("a", claim=Claim("kim", NOW))
    assert LOOKS in words(item("a"), Look(company=LOOKS))
    assert "○" in words(claimed, Look(company=LOOKS))
    assert WRITES in words(claimed, Look(company=WRITES))
    assert "§" in words(item("a", reported="kim"))
    back = NOW + timedelta(minutes=30)
    tied = item("a", state="snoozed", snoozed_until=back, snoozed_to=Anchor("panel"))
    assert "◷ back 09:30 (panel) · post a" in words(tied, place="snoozed")
    avoided = words(item("a", "bait", avoided=True))
    assert "@a.example" in avoided
    assert "bait" not in avoided
    assert words(item("a"), Look(cursor=True, marked=True)).startswith("▌◆")


def test_what_has_left_which_queue_and_why() -> None:
    archived, back = item("a", state="archived"), item("a")
    assert not has_left(archived, "done")
    assert has_left(back, "done")
    assert why_gone(back, "done") == "open again"
    assert has_left(back, "snoozed")
    assert why_gone(back, "snoozed") == "it is back"
    assert not has_left(item("a", state="snoozed"), "snoozed")
    for queue, field in (("mentions", "mentions_us"), ("people", "person"), ("flagged", "flags")):
        there: dict[str, Any] = {"mentions_us": True, "person": "ada", "flags": ("stop: x",)}
        assert not has_left(item("a", **{field: there[field]}), queue)
        assert has_left(item("a"), queue)
        assert has_left(item("a", state="archived", **{field: there[field]}), queue)
    answered = item("a", question="answered")
    assert has_left(answered, "overdue")
    assert why_gone(answered, "overdue") == "answered"
    assert why_gone(item("a", state="rejected", reported="kim"), "inbox") == "reported by kim"
    sent = Outgoing("o", 2, "main", "x", "eevi", NOW, "sent")
    assert has_left(sent, "uncertain")
    assert not has_left(sent, "outgoing")
    assert why_gone(sent, "uncertain") == "it was posted"

"""X's bill: what is charged and when, what an hour costs, and that a restart forgets none of it."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.model import Batch, Money, Status
from feeds.x.bodies import Body
from feeds.x.journal import Journal
from feeds.x.money import PAGE, PRICES, Counts, Ledger
from feeds.x.search import Marks

TODAY = date(2026, 11, 21)
QUERY = "#a -is:retweet"


def ids(start: int, count: int) -> list[str]:
    return [str(number) for number in range(start, start + count)]


# --- what is charged ------------------------------------------------------------------------------


def test_posts_and_their_authors_have_their_prices() -> None:
    """A thousand posts are five dollars, and up to ten more for who wrote them."""
    ledger = Ledger(0, {})
    assert ledger.read(ids(0, 1000), ids(5000, 1000), TODAY, 0.0) == pytest.approx(15.0)
    ledger.asked_counts(1.0)
    assert ledger.spent == pytest.approx(15.005)


def test_each_is_charged_once_a_day_whoever_asks_again() -> None:
    ledger = Ledger(0, {})
    assert ledger.read(["1", "2"], ["7"], TODAY, 0.0) == pytest.approx(0.020)
    assert ledger.read(["2", "3"], ["7", "8"], TODAY, 1.0) == pytest.approx(0.015)
    assert ledger.read(["7"], [], TODAY, 2.0) == pytest.approx(0.005)  # a post is no user
    assert ledger.read(["1", "2"], ["7"], TODAY + timedelta(days=1), 3.0) == pytest.approx(0.020)


def test_prices_can_be_those_of_another_contract() -> None:
    ledger = Ledger(0, {"post": 0.001, "user": 0.0})
    assert ledger.read(["1"], ["2"], TODAY, 0.0) == pytest.approx(0.001)
    with pytest.raises(ValueError, match="no prices of X: pots"):
        Ledger(0, {"pots": 1.0})


def test_the_memory_of_what_is_charged_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.x.money.REMEMBERED", 3)
    ledger = Ledger(0, {})
    ledger.read(ids(0, 9), [], TODAY, 0.0)
    # Beyond it, more is written down than X asks for, never less.
    assert ledger.read(ids(0, 9), [], TODAY, 1.0) == pytest.approx(6 * 0.005)


# --- phases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spent", "phase"),
    [
        (0.0, "normal"),
        (7.49, "normal"),
        (7.5, "warn"),
        (8.99, "warn"),
        (9.0, "slow"),
        (9.99, "slow"),
        (10.0, "stop"),
        (25.0, "stop"),
    ],
)
def test_the_phases_of_a_budget(spent: float, phase: str) -> None:
    assert Ledger(10.0, {}, spent).phase == phase
    assert Ledger(0, {}, spent).phase == "normal"


def test_a_page_is_no_larger_than_what_is_left() -> None:
    fewest, most = PAGE
    assert Ledger(0, {}).page() == most
    assert Ledger(10.0, {}).page() == most
    assert Ledger(10.0, {}, 9.39).page() == 40
    assert Ledger(10.0, {}, 9.99).page() == fewest
    assert Ledger(10.0, {}, 11).page() == fewest
    assert Ledger(10.0, {"post": 0, "user": 0}).page() == most


@given(
    st.floats(0.05, 100),
    st.lists(st.integers(0, 100), max_size=400),
    st.floats(0, 0.02),
    st.floats(0, 0.02),
)
def test_no_more_than_a_page_is_spent_beyond_a_budget(
    budget: float, pages: list[int], post: float, user: float
) -> None:
    ledger = Ledger(budget, {"post": post, "user": user})
    read = 0
    for found in pages:
        if ledger.phase == "stop":
            break
        count = min(found, ledger.page())
        ledger.read(ids(read, count), ids(read, count), TODAY, 0.0)
        read += count
    assert ledger.spent <= budget + PAGE[0] * (post + user) + 1e-9


@given(st.floats(0.5, 50), st.floats(60, 36_000), st.integers(1, 100))
def test_the_rest_lasts_at_the_pace_that_is_kept(rest: float, seconds: float, found: int) -> None:
    """However many posts there are, waiting so long after each page leaves money at the end."""
    ledger = Ledger(rest, {})
    at, read = 0.0, 0
    while at < seconds * 0.98 and read < 20_000:
        assert ledger.phase != "stop", (at, ledger.spent)
        count = min(found, ledger.page())
        cost = ledger.read(ids(read, count), ids(read, count), TODAY, at)
        read += count
        at += ledger.pause(cost, seconds - at)
    assert at >= seconds * 0.98 or read >= 20_000


def test_without_a_budget_nothing_waits() -> None:
    assert Ledger(0, {}).pause(5.0, 100.0) == 0.0
    assert Ledger(1, {}).pause(0.0, 100.0) == 0.0
    assert Ledger(1, {}, 1.0).pause(0.1, 100.0) == 100.0
    assert Ledger(1, {}, 0.5).pause(0.1, 100.0) == pytest.approx(20.0)


# --- an hour --------------------------------------------------------------------------------------


def test_the_rate_is_that_of_the_last_hour() -> None:
    ledger = Ledger(20.0, {})
    assert ledger.money(0.0) == Money(0.0, 0.0, 20.0)
    for minute in range(180):
        ledger.read([str(minute)], [], TODAY, minute * 60.0)
    money = ledger.money(179 * 60.0)
    assert (money.spent, money.budget) == (0.9, 20.0)
    assert money.per_hour == pytest.approx(0.3)
    assert ledger.money(179 * 60.0 + 1800).per_hour == pytest.approx(0.15, abs=0.005)
    assert ledger.money(179 * 60.0 + 3601).per_hour == 0.0


def test_a_rate_is_told_from_the_beginning_but_one_burst_is_none() -> None:
    ledger = Ledger(0, {})
    ledger.read(ids(0, 100), [], TODAY, 1000.0)
    assert ledger.money(1000.0).per_hour == pytest.approx(6.0)  # as if it were all of five minutes
    assert ledger.money(2800.0).per_hour == pytest.approx(1.0)


def test_a_flood_leaves_one_entry_a_second() -> None:
    ledger = Ledger(0, {})
    for number in range(10_000):
        ledger.read([str(number)], [], TODAY, number / 1000)
    assert ledger.money(10.0).spent == pytest.approx(50.0)
    assert len(ledger._lately) < 20


# --- what an hour will cost -----------------------------------------------------------------------


def test_a_forecast_in_words() -> None:
    said = Ledger(20.0, {}).forecast(120)
    assert said == (
        "about 120 posts an hour, $0.60 to $1.80 an hour; the budget lasts 11 h at least"
    )
    assert Ledger(0, {}).forecast(120).endswith("; there is no budget")
    assert "lasts 20 min" in Ledger(1.0, {}).forecast(200)
    assert "lasts 3 days" in Ledger(100.0, {}).forecast(90)
    assert "lasts" not in Ledger(1.0, {}).forecast(0)


def counts(spelling: str, numbers: list[int]) -> Counts:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    first = noon - timedelta(hours=len(numbers))
    data = [
        {
            "start": (first + timedelta(hours=hour)).isoformat(),
            "end": (first + timedelta(hours=hour + 1)).isoformat(),
            f"{spelling}_count": number,
        }
        for hour, number in enumerate(numbers)
    ]
    body: dict[str, Any] = {"data": data, "meta": {f"total_{spelling}_count": sum(numbers)}}
    return msgspec.json.decode(msgspec.json.encode(body), type=Counts)


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_the_coming_hour_is_like_the_last_ones(spelling: str) -> None:
    assert counts(spelling, [10] * 168).an_hour() == pytest.approx(10)
    assert counts(spelling, [0] * 166 + [100, 140]).an_hour() == pytest.approx(120)  # it has begun
    assert counts(spelling, [48] * 144 + [24] * 22 + [0, 0]).an_hour() == pytest.approx(22)
    assert Counts().an_hour() == 0.0
    assert counts(spelling, []).an_hour() == 0.0


# --- what a restart knows -------------------------------------------------------------------------


def journal(budget: float = 10.0) -> Journal:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return Journal(Ledger(budget, {}), Marks([QUERY]), lambda: now)


async def test_a_cursor_remembers_money_and_marks() -> None:
    before = journal()
    before.marks.move(1234567890123456789)
    before.enter(Body(charged=("1", "2"), authors=("7",)))
    batch = before.batch()
    assert isinstance(batch, Batch)
    after = journal()
    after.recall(batch.cursor)
    assert after.ledger.spent == pytest.approx(0.02)
    assert after.marks.written() == {QUERY: "1234567890123456789"}
    # Followed again by the same feed: what was read and never handed over was paid for, too.
    before.enter(Body(charged=("3",)))
    before.recall(batch.cursor)
    assert before.ledger.spent == pytest.approx(0.025)


@pytest.mark.parametrize(
    "cursor",
    ["", "1763689821448290", "{", "[]", '{"spent":"much"}', '{"since":7}', '{"spent":1e999}'],
)
async def test_a_cursor_that_is_none_begins_anew(cursor: str) -> None:
    fresh = journal()
    fresh.recall(cursor)
    assert math.isfinite(fresh.ledger.spent)
    assert fresh.ledger.spent == 0.0
    assert fresh.marks.oldest == 0


async def test_nothing_new_is_no_batch() -> None:
    fresh = journal()
    fresh.marks.move(5)
    batch = fresh.batch()
    assert batch is not None
    assert fresh.batch() is None
    fresh.enter(Body(charged=("1",)))
    assert fresh.batch() is not None  # money alone is worth remembering
    fresh.recall(batch.cursor)
    assert fresh.batch() is not None


async def test_the_words_on_money() -> None:
    fresh = journal(1.0)
    assert fresh.status("live", "as ever") == Status("live", "as ever", money=Money(0.0, 0.0, 1.0))
    fresh.enter(Body(charged=tuple(ids(0, 160))))
    status = fresh.status("live", "as ever")
    assert status.reason == "as ever; 80% of the budget of $1.00 is spent"
    assert fresh.news("live", "as ever") is None
    assert fresh.news("live", "") is not None
    limited = fresh.status("limited", "wait", 90.0)
    assert limited.until == datetime(2026, 11, 21, 12, 1, 30, tzinfo=UTC)
    assert set(PRICES) == {"post", "user", "count"}

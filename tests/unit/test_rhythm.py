"""What a feed's health says: its own words, its pace, and a silence that is not likely."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from eventlive.model import Money, Status
from eventlive.rhythm import SILENCE_MIN, FeedRecord

NOON = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)


def fed(gaps: list[float]) -> tuple[FeedRecord, float]:
    """Give a live feed whose posts came with these gaps, and when the last one came."""
    record, passed = FeedRecord("try", ""), 1000.0
    record.take(Status("live", "a host"))
    record.count(1, NOON, passed)
    for gap in gaps:
        passed += gap
        record.count(1, NOON, passed)
    return record, passed


def test_a_busy_feed_that_falls_quiet_is_silent_and_says_what_is_usual() -> None:
    record, last = fed([2.0] * 30)
    assert record.health(last + SILENCE_MIN - 1).state == "live"
    health = record.health(last + SILENCE_MIN + 1)
    assert (health.state, health.reason) == (
        "silent",
        "connected, but nothing for 61 s; a post every 2 s until then",
    )
    record.count(1, NOON, last + 70)
    assert record.health(last + 70).state == "live"


def test_a_slow_feed_is_given_its_time() -> None:
    record, last = fed([300.0] * 20)
    assert record.health(last + 3600).state == "live"
    assert record.health(last + 15 * 300).state == "silent"


def test_few_posts_are_no_rhythm() -> None:
    record, last = fed([1.0] * 5)
    assert record.health(last + 36_000).state == "live"


@pytest.mark.parametrize("mean", [1.0, 20.0, 120.0])
def test_chance_alone_is_hardly_ever_called_silence(mean: float) -> None:
    """Arrivals by chance, 20,000 of each rate: none of their gaps looks like an outage."""
    random = Random(1)
    record, passed = FeedRecord("try", ""), 0.0
    record.take(Status("live"))
    for _ in range(20_000):
        passed += random.expovariate(1 / mean)
        assert record.health(passed).state == "live"
        record.count(1, NOON, passed)


def test_what_a_feed_says_of_itself_stands_above_its_rhythm() -> None:
    record, last = fed([1.0] * 30)
    until = NOON + timedelta(minutes=15)
    record.take(Status("limited", "450 in 15 minutes", until, Money(1.5, 3.0, 20.0)))
    health = record.health(last + 3600)
    assert (health.state, health.until, health.money) == ("limited", until, Money(1.5, 3.0, 20.0))
    record.take(Status("live"))
    health = record.health(last + 1)
    assert (health.until, health.money) == (None, Money(1.5, 3.0, 20.0))


def test_posts_a_minute_are_those_of_the_last_sixty_seconds() -> None:
    record, last = fed([1.0] * 100)
    assert record.health(last).per_minute == 60
    assert record.health(last + 30).per_minute == 30
    assert record.health(last + 600).per_minute == 0

"""The engine's clock: the world's, or a rehearsal's own."""

from datetime import UTC, datetime, timedelta

import pytest

from eventlive.clock import Clock, utc_now

START = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


class Machine:
    """The seconds that a machine counts, as a test says."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_it_is_the_worlds_where_nobody_rehearses() -> None:
    clock = Clock(speed=60.0)
    before = utc_now()
    now = clock.now()
    assert before <= now <= utc_now()
    assert now.tzinfo is UTC
    assert (clock.rehearses, clock.speed) == (False, 1.0), "the world goes at its own speed"
    assert 9.9 < clock.seconds_until(now + timedelta(seconds=10)) <= 10
    assert clock.seconds_until(now - timedelta(seconds=10)) < -9.9


@pytest.mark.parametrize("speed", [1.0, 0.5, 60.0])
def test_a_rehearsals_begins_where_it_is_told_and_goes_at_its_speed(speed: float) -> None:
    machine = Machine()
    clock = Clock(START, speed, machine)
    assert (clock.now(), clock.rehearses) == (START, True)
    machine.seconds += 30
    assert clock.now() == START + timedelta(seconds=30 * speed)
    assert clock.seconds_until(START + timedelta(seconds=90 * speed)) == pytest.approx(60)
    assert clock.seconds_until(START) == pytest.approx(-30)


def test_a_rehearsals_takes_no_notice_of_the_machines_wall_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    clock = Clock(START, passed=machine)
    monkeypatch.setattr("eventlive.clock.utc_now", lambda: START + timedelta(days=900))
    assert clock.now() == START
    assert Clock().now() == START + timedelta(days=900)


def test_a_rehearsal_across_a_change_of_clocks_goes_on_second_by_second() -> None:
    machine = Machine()
    clock = Clock(datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC), passed=machine)
    machine.seconds += 2
    assert clock.now() == datetime(2027, 3, 28, 1, 0, 1, tzinfo=UTC)

"""Goals: what was counted, against what was wanted, and how that reads at the end."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventlive.goals import Counts, tally
from eventlive.model import Goal, Health
from eventlive.report import line, outcome, summary
from eventlive.tables import Goals

NINE = datetime(2027, 5, 20, 9, tzinfo=UTC)
ALL = Goals(
    questions_answered=0.8,
    answer_minutes=15,
    conversation=0.5,
    posts_a_day=4,
    voices_on_wall=3,
    silence_minutes=60,
)


def values(counts: Counts, now: datetime = NINE, **when: Any) -> dict[str, object]:
    return {goal.name: goal.value for goal in tally(ALL, counts, now, **when)}


def test_each_goal_counts_what_it_says() -> None:
    counts = Counts(
        questions=10,
        answered=9,
        waits=(60.0, 120.0, 9000.0),
        sent=(NINE, NINE, NINE, NINE),
        answers=1,
        voices=frozenset({"x:1", "bluesky:1"}),
    )
    goals = tally(ALL, counts, NINE)
    assert [(goal.name, goal.target, goal.value, goal.met) for goal in goals] == [
        ("questions_answered", 0.8, 0.9, True),
        # One answer that took hours does not make all of them slow.
        ("answer_minutes", 15, 2, True),
        ("conversation", 0.5, 0.25, False),
        ("posts_a_day", 4, 4, True),
        ("voices_on_wall", 3, 2, False),
    ]
    assert [goal.at_least for goal in goals] == [True, False, True, True, True]


def test_only_what_is_set_is_a_goal() -> None:
    assert tally(Goals(), Counts(questions=3), NINE) == ()
    (goal,) = tally(Goals(voices_on_wall=3), Counts(), NINE)
    assert (goal.name, goal.value) == ("voices_on_wall", 0)


def test_what_cannot_be_divided_is_not_met() -> None:
    assert values(Counts()) == {
        "questions_answered": None,
        "answer_minutes": None,
        "conversation": None,
        "posts_a_day": None,
        "voices_on_wall": 0,
    }
    assert not any(goal.met for goal in tally(ALL, Counts(), NINE))


def test_days_are_those_of_the_event_and_of_its_zone() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    # 23:30 and 00:30 in Oslo, on two days there and on one in UTC.
    late = datetime(2027, 5, 20, 21, 30, tzinfo=UTC)
    sent = (late, late + timedelta(hours=1), late + timedelta(hours=2))
    after = late + timedelta(hours=3)
    assert values(Counts(sent=sent), after, zone=oslo)["posts_a_day"] == 1.5
    assert values(Counts(sent=sent), late + timedelta(hours=2))["posts_a_day"] == 3
    # Teasers of the weeks before are not the event's, and the days after it take nothing away.
    starts, ends = late - timedelta(hours=10), late + timedelta(hours=4)
    early = (starts - timedelta(days=9), starts - timedelta(days=3))
    much_later = ends + timedelta(days=30)
    when: dict[str, Any] = {"zone": oslo, "starts": starts, "ends": ends}
    assert values(Counts(sent=(*early, *sent)), much_later, **when)["posts_a_day"] == 1.5
    assert values(Counts(sent=early), starts - timedelta(days=2), **when)["posts_a_day"] is None


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        (Goal("questions_answered", 0.8, 0.8), "80 %, at least 80 % wanted: met"),
        # Rounded to 80 it would look met.
        (Goal("questions_answered", 0.8, 0.79996), "79.9 %, at least 80 % wanted: missed"),
        (Goal("conversation", 0.29, 0.29), "29 %, at least 29 % wanted: met"),
        (Goal("answer_minutes", 15, 15.01, False), "15.1 min, at most 15 min wanted: missed"),
        (Goal("answer_minutes", 15, 2.5, False), "2.5 min, at most 15 min wanted: met"),
        (Goal("posts_a_day", 12, 1234.5), "1234.5, at least 12 wanted: met"),
        (Goal("voices_on_wall", 40, 123456.0), "123456, at least 40 wanted: met"),
        (Goal("answer_minutes", 15, None, False), "nothing to count, at most 15 min wanted: miss"),
    ],
)
def test_a_goal_says_in_words_what_it_came_to(goal: Goal, says: str) -> None:
    assert outcome(goal).startswith(says)


def test_the_summary_has_the_goals_and_the_live_line_a_word_on_them() -> None:
    goals = tally(ALL, Counts(questions=4, answered=4, voices=frozenset({"x:1"})), NINE)
    health = Health(NINE + timedelta(hours=1), NINE, posts=5, goals=goals)
    text = summary(health, "The fair")
    assert "goals: 1 of 5 met" in text
    assert [row.split("  ")[1] for row in text.split("\n")[-5:]] == [
        "questions answered",
        "half of the answers within",
        "answers among our posts",
        "posts a day",
        "different people on the wall",
    ]
    assert text.endswith("  1, at least 3 wanted: missed")
    assert "  goals 1/5  " in line(health)
    bare = Health(NINE, NINE)
    assert "goals" not in line(bare)
    assert "goals" not in summary(bare, "The fair")

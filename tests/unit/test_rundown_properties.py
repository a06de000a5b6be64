"""What holds of programme and planned posts on any day: delays, outages, jumps of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Failed, Input, NeverLeft, Ordered, Settled, Turn, Waits
from eventlive.desk.state import Series
from eventlive.messages import (
    Command,
    EndSegment,
    Hold,
    MoveSegment,
    PlanSegment,
    Release,
    SkipSegment,
    SlipSegment,
    StartSegment,
)
from eventlive.model import Anchor, Decision, Drop, Outgoing, Segment, Sent, Thing
from tests.unit.desks import NOON

APART = timedelta(minutes=1)
STALE = timedelta(minutes=10)

segment_tables = st.lists(
    st.tuples(
        st.integers(0, 20),  # starts, in steps of ten minutes
        st.sampled_from(("fixed", "after", "both")),
        st.integers(0, 5),  # after which
        st.integers(1, 90),  # minutes
        st.sampled_from(("clock", "clock", "hand")),
        st.sampled_from(("", "", "b")),
    ),
    min_size=1,
    max_size=5,
)
post_tables = st.lists(
    st.tuples(
        st.integers(0, 4),  # tied to which
        st.sampled_from(("start", "end", "at")),
        st.integers(-20, 40),  # minutes
        st.sampled_from(("main", "other")),
        st.sampled_from((0, 0, 120, 1200)),  # stale after, in seconds
    ),
    max_size=8,
)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("pass", "pass", "pass", "outage", "back", "restart", "hold", "release"),
                *("start", "end", "skip", "plan", "slip", "slip", "move", "outcome"),
            ]
        ),
        st.integers(0, 60),
        st.integers(0, 4),
    ),
    max_size=25,
)


class Left(NamedTuple):
    """A post that began to leave: when, and as it was then."""

    at: datetime
    out: Outgoing


class Day:
    """A desk with an engine's habits: it looks when something is due, and not while it is out."""

    def __init__(self, rules: Rules, things: list[Thing]) -> None:
        self.rules = rules
        self.now = NOON - timedelta(hours=1)
        self.desk = Desk(rules, things)
        self.things: dict[tuple[type, str], Thing] = {
            (type(one), one.id): one for one in self.desk.state.things()
        }
        self.decisions: list[Decision] = []
        self.left: list[Left] = []
        self.sent: list[str] = []
        self.begun: dict[str, datetime] = {}
        self.outcomes: list[int] = []
        self.jumped = False
        self.look()

    def look(self, *inputs: Input) -> None:
        """Let the desk decide now, and everything that it sends come to an end."""
        turn = self.desk.handle(inputs, self.now)
        self._keep(turn)
        while going := [one for one in self.desk.state.outgoing.values() if one.state == "sending"]:
            self._keep(self.desk.handle([self._settled(out) for out in going], self.now))
        due = self.desk.next_due
        assert due is None or due > self.now, "it would look again and again at the same moment"

    def _settled(self, out: Outgoing) -> Settled:
        match self.outcomes.pop() if self.outcomes else 0:
            case 1:
                return Settled(out.id, out.attempt, Failed("refused"))
            case 2 if out.attempt < 5:
                return Settled(out.id, out.attempt, NeverLeft())
            case 3:
                until = self.now + timedelta(minutes=3)
                return Settled(out.id, out.attempt, Waits("a limit", until))
            case _:
                assert out.id not in self.sent, "the same post is out twice"
                self.sent.append(out.id)
                return Settled(out.id, out.attempt, Sent(out.id, "", self.now))

    def _keep(self, turn: Turn) -> None:
        self.decisions += turn.decisions
        for change in turn.changes:
            if isinstance(change, Drop):
                continue
            thing = change.put
            before = self.things.get((type(thing), thing.id))
            self.things[type(thing), thing.id] = thing
            if isinstance(thing, Outgoing) and thing.state == "sending":
                # What comes again may be there and leave in one turn.
                assert isinstance(before, Outgoing) or thing.series
                self._leaves(thing)

    def _leaves(self, out: Outgoing) -> None:
        """Hold what begins to leave against the rules, in words of its own."""
        state = self.desk.state
        assert not state.scene.held
        due = out.due_at
        assert due is not None
        assert due <= self.now, "it leaves early"
        stale = timedelta(seconds=out.stale) if out.stale else STALE
        assert self.now - due <= stale, "it makes no sense any more"
        if out.attempt == 1:
            last = self.begun.get(out.account)
            late = self.now - due > timedelta(seconds=30)
            if late and last is not None and not self.jumped:
                assert self.now - last >= APART, "a burst"
            self.begun[out.account] = self.now
        if out.anchor is not None:
            segment = state.segments[out.anchor.segment]
            edge = segment.started_at if out.anchor.edge == "start" else segment.ended_at
            assert segment.state != "skipped"
            if out.anchor.seconds >= 0:
                assert edge is not None
                assert edge + timedelta(seconds=out.anchor.seconds) <= self.now
            elif edge is not None:
                raise AssertionError("what was to come before it came after it")
        self.left.append(Left(self.now, out))

    def order(self, command: Command) -> None:
        self.look(Ordered("ann", command, 1))

    def passes(self, minutes: int) -> None:
        """Let time pass as it does for an engine that runs."""
        until = self.now + timedelta(minutes=minutes)
        while (due := self.desk.next_due) is not None and due <= until:
            self.now = due
            before = dict(self.desk.state.segments)
            self.look()
            for key, segment in self.desk.state.segments.items():
                if segment.started_at and before[key].state == "planned" and not self.jumped:
                    assert segment.started_at == self.now, "the clock was late"
        self.now = until
        self.look()

    def restarts(self) -> None:
        """Begin again from what was stored; the same is due as was."""
        due = self.desk.next_due
        self.desk = Desk(self.rules, self.things.values(), self.decisions, self.now)
        self.desk.handle((), self.now)
        assert self.desk.next_due == due or self.jumped


def day_of(segments: list[tuple[int, str, int, int, str, str]], posts: object) -> Day:
    """Build a day from its tables."""
    things: list[Thing] = []
    for number, (starts, kind, after, minutes, by, track) in enumerate(segments):
        follows = kind != "fixed" and number > 0
        things.append(
            Segment(
                f"s{number}",
                1,
                f"Segment {number}",
                None if kind == "after" and follows else NOON + timedelta(minutes=10 * starts),
                minutes,
                after=f"s{after % number}" if follows else "",
                by=by,  # type: ignore[arg-type]
                track=track,
            )
        )
    for number, (which, edge, minutes, account, stale) in enumerate(posts):  # type: ignore[var-annotated, arg-type]
        at = NOON + timedelta(minutes=10 * minutes)
        anchor = Anchor(f"s{which % len(segments)}", edge, minutes * 60) if edge != "at" else None
        things.append(
            Outgoing(
                f"post-{number}",
                1,
                account,
                f"Post {number}",
                "script",
                NOON - timedelta(days=1),
                state="queued",
                due_at=at,
                at=None if anchor else at,
                anchor=anchor,
                stale=stale,
            )
        )
    first = Outgoing("post-again", 1, "main", "Again", "script", NOON, series="again")
    series = Series(first, 25 * 60, ("s0",), ("One", "Two"))
    rules = Rules(accounts=("main", "other"), apart=APART, stale=STALE, series=(series,))
    return Day(rules, things)


def happens(day: Day, step: tuple[str, int, int]) -> None:
    kind, number, which = step
    key = f"s{which % len(day.desk.state.segments)}"
    match kind:
        case "pass":
            day.passes(number)
        case "outage":
            day.now += timedelta(minutes=number)
            day.look()
        case "back":
            day.now -= timedelta(minutes=number)
            day.jumped = True
            day.look()
        case "restart":
            day.restarts()
        case "hold":
            day.order(Hold())
        case "release":
            day.order(Release())
        case "start":
            day.order(StartSegment(key))
        case "end":
            day.order(EndSegment(key))
        case "skip":
            day.order(SkipSegment(key))
        case "plan":
            day.order(PlanSegment(key))
        case "slip":
            day.order(SlipSegment(key, (number - 20) * 60))
        case "move":
            day.order(MoveSegment(key, day.now + timedelta(minutes=number - 10)))
        case "outcome":
            day.outcomes.append(which)


@settings(max_examples=300, deadline=None)
@given(segment_tables, post_tables, steps)
def test_nothing_leaves_early_or_late_or_twice_or_in_a_burst(
    segments: list[tuple[int, str, int, int, str, str]],
    posts: object,
    course: list[tuple[str, int, int]],
) -> None:
    day = day_of(segments, posts)
    for step in course:
        happens(day, step)
        well_ordered(day.desk)
    day.order(Release())
    day.passes(48 * 60)
    nothing_is_lost(day)


def well_ordered(desk: Desk) -> None:
    """Hold the expected times against their rules."""
    for segment in desk.state.segments.values():
        assert segment.begins is not None
        assert segment.ends is not None
        assert segment.begins <= segment.ends
        before = desk.state.segments.get(segment.after)
        if before is None:
            continue
        if segment.state == "planned" and before.state in ("planned", "running"):
            assert before.ends is not None
            assert segment.begins >= before.ends, "it begins before what it follows has ended"
        if segment.state == "planned" and segment.starts and segment.moved is None:
            assert segment.begins >= segment.starts, "it begins before its time"


def nothing_is_lost(day: Day) -> None:
    """At the day's end each post is out, or waits for a person, or for what never happened."""
    state = day.desk.state
    for out in state.outgoing.values():
        match out.state:
            case "sent":
                assert out.id in day.sent
            case "held" | "failed":
                assert out.reason
            case "dropped":
                assert out.series
            case "queued":
                assert out.anchor is not None, "it was forgotten"
                segment = state.segments[out.anchor.segment]
                assert segment.state in ("planned", "running"), "it was forgotten"
            case _:
                raise AssertionError(f"{out.id} is {out.state}")


@settings(max_examples=150, deadline=None)
@given(segment_tables, post_tables)
def test_a_day_by_plan_sends_everything_on_the_second(
    segments: list[tuple[int, str, int, int, str, str]],
    posts: list[tuple[int, str, int, str, int]],
) -> None:
    """Where nobody says a word and all goes by the clock, each post leaves at its own time."""
    by_clock = [
        (starts, kind, after, minutes, "clock", track)
        for starts, kind, after, minutes, _, track in segments
    ]
    # None before the day begins.
    later = [(post[0], post[1], max(post[2], -5), post[3], 0) for post in posts]
    day = day_of(by_clock, later)
    plan = {one.id: (one.begins, one.ends) for one in day.desk.state.segments.values()}
    day.passes(72 * 60)
    for key, (begins, ends) in plan.items():
        segment = day.desk.state.segments[key]
        assert (segment.state, segment.started_at, segment.ended_at) == ("ended", begins, ends)
    for at, out in day.left:
        assert out.due_at is not None
        if out.anchor is None:
            assert at == out.due_at
            continue
        begins, ends = plan[out.anchor.segment]
        edge = begins if out.anchor.edge == "start" else ends
        assert begins is not None
        assert edge is not None
        assert out.due_at == edge + timedelta(seconds=out.anchor.seconds)
        if out.anchor.edge == "end" and out.due_at < begins:
            # So long before its end that it has not begun: it is late by then.
            assert begins <= at <= out.due_at + STALE
        else:
            assert at == out.due_at


@settings(max_examples=100, deadline=None)
@given(segment_tables, post_tables, steps)
def test_the_same_day_again_is_the_same(
    segments: list[tuple[int, str, int, int, str, str]],
    posts: object,
    course: list[tuple[str, int, int]],
) -> None:
    one, other = day_of(segments, posts), day_of(segments, posts)
    for step in course:
        happens(one, step)
        happens(other, step)
    assert one.left == other.left
    assert one.things == other.things

"""The programme: what runs, what comes next, and when that is expected to be.

Owns a segment's states and times; what the screens show from its start on is `screens`'s. Functions
on the desk's state.

    planned ──start──> running ──end──> ended       by the clock, by a person or by a cue
       │ ^                │               │
       │ └──────plan──────┴───────────────┘         it is still to come after all
       └──skip──> skipped ──plan──> planned

A segment that is fixed begins at its time, whatever becomes of the others. One that follows begins
once the one before it has ended, and where it has a time as well, never before that.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from eventlive.desk import screens
from eventlive.desk.inputs import Refused
from eventlive.desk.state import State
from eventlive.model import Segment

_NEVER = datetime.max.replace(tzinfo=UTC)

FAR = timedelta(days=366)
"""Nobody plans further ahead; what says so is a slip of the hand."""


# --- what a person says -------------------------------------------------------------------------


def start(state: State, segment_id: str, now: datetime) -> Segment:
    """Start a segment; what was running on its track ends. One that had ended goes on."""
    segment = known(state, segment_id)
    if segment.state == "running":
        raise Refused(f"{segment.title!r} runs already", segment)
    for other in list(state.segments.values()):
        if other.state == "running" and other.track == segment.track:
            _end(state, other, now)
    if segment.state == "ended":
        # Its length is over: from here a person says when it ends.
        started = state.change(segment, state="running", ended_at=None, moved=None, by="hand")
    else:
        started = state.change(segment, state="running", started_at=now, ended_at=None, moved=None)
    expect(state)
    if segment.state == "ended":
        screens.go_on(state, segment_id)
    else:
        screens.begin(state, segment_id)
    return started


def end(state: State, segment_id: str, now: datetime) -> Segment:
    """End a running segment."""
    segment = known(state, segment_id)
    if segment.state != "running":
        raise Refused(f"{segment.title!r} does not run", segment)
    _end(state, segment, now)
    expect(state)
    return state.segments[segment_id]


def _end(state: State, segment: Segment, now: datetime) -> None:
    # A clock that was set back must not end what has not begun.
    ended_at = max(now, segment.started_at or now)
    state.change(segment, state="ended", ended_at=ended_at, moved=None)


def skip(state: State, segment_id: str, now: datetime) -> Segment:
    """Leave out a segment that has not begun; what follows it takes its place."""
    segment = known(state, segment_id)
    if segment.state != "planned":
        raise Refused(f"{segment.title!r} is {segment.state}: only what is planned is skipped")
    skipped = state.change(segment, state="skipped", ended_at=now, moved=None)
    expect(state)
    return skipped


def plan_again(state: State, segment_id: str, now: datetime) -> Segment:
    """Make a segment one that is still to come; where its time is over, a person starts it."""
    segment = known(state, segment_id)
    if segment.state == "planned":
        raise Refused(f"{segment.title!r} is still to come", segment)
    again = state.change(segment, state="planned", started_at=None, ended_at=None, moved=None)
    expect(state)
    expected = state.segments[again.id]
    if expected.by == "clock" and expected.begins is not None and expected.begins <= now:
        # The clock would start it at once.
        state.change(expected, by="hand")
    return state.segments[again.id]


def slip(state: State, segment_id: str, seconds: int, now: datetime) -> Segment:
    """Move what is expected by so many seconds: its start, or its end where it runs."""
    segment = known(state, segment_id)
    expected = segment.ends if segment.state == "running" else segment.begins
    if expected is None:
        raise Refused(f"nobody knows when {segment.title!r} begins: say at what time", segment)
    if segment.by == "hand":
        # One that is overdue begins, or ends, now at the earliest; later is later than that.
        expected = max(expected, now)
    return move(state, segment_id, expected + timedelta(seconds=seconds), now)


def move(state: State, segment_id: str, at: datetime, now: datetime) -> Segment:
    """Let a segment begin at a time, or end then where it runs."""
    segment = known(state, segment_id)
    if segment.state not in ("planned", "running"):
        raise Refused(f"{segment.title!r} is {segment.state}", segment)
    if at <= max(now, segment.started_at or now):
        ends_it = segment.state == "running"
        raise Refused(
            f"that is over already: {'end' if ends_it else 'start'} {segment.title!r} instead",
            segment,
        )
    if at > now + FAR:
        raise Refused("that is more than a year away", segment)
    before = state.segments.get(segment.after)
    over = _over(before) if before is not None else None
    if segment.state == "planned" and before is not None and over is not None and at < over:
        raise Refused(
            f"{segment.title!r} follows {before.title!r}, which is not over by then: move that one"
            " first, or start this one when it is time",
            segment,
        )
    moved = state.change(segment, moved=at)
    expect(state)
    return state.segments[moved.id]


def known(state: State, segment_id: str) -> Segment:
    """Give a segment. Raises Refused with those that there are."""
    segment = state.segments.get(segment_id)
    if segment is None:
        there = ", ".join(state.segments) or "none"
        raise Refused(f"there is no segment {segment_id!r}; segments: {there}")
    return segment


# --- what the clock does ------------------------------------------------------------------------


def advance(state: State, now: datetime) -> list[tuple[str, str]]:
    """Start and end what the clock starts and ends, in order, each at its own time.

    What was missed in an outage began when it should have. Gives the decisions: action, segment.
    """
    done = []
    while (turn := _next_turn(state)) is not None and turn[0] <= now:
        at, segment = turn
        if segment.state == "planned":
            state.change(segment, state="running", started_at=at, moved=None)
            screens.begin(state, segment.id)
            done.append(("start-segment", segment.id))
        else:
            state.change(segment, state="ended", ended_at=at, moved=None)
            done.append(("end-segment", segment.id))
        expect(state)
    return done


def next_turn(state: State) -> datetime | None:
    """Say when the clock starts or ends something next, None for never."""
    turn = _next_turn(state)
    return turn[0] if turn else None


def _next_turn(state: State) -> tuple[datetime, Segment] | None:
    turns = []
    for segment in state.segments.values():
        if segment.by != "clock" or segment.begins is None or segment.ends is None:
            continue
        if segment.state == "running":
            turns.append((segment.ends, segment))
        elif segment.state == "planned" and is_free(state, segment):
            turns.append((segment.begins, segment))
    # Of two at one moment, what ends goes before what begins.
    return min(turns, key=lambda turn: (turn[0], turn[1].state != "running"), default=None)


def is_free(state: State, segment: Segment) -> bool:
    """Say whether what a segment follows is over; a skipped one counts as what it followed."""
    seen = {segment.id}
    before = state.segments.get(segment.after)
    while before is not None and before.state == "skipped" and before.id not in seen:
        seen.add(before.id)
        before = state.segments.get(before.after)
    return before is None or before.state in ("ended", "skipped")


# --- what is expected ---------------------------------------------------------------------------


def expect(state: State) -> None:
    """Bring every segment's expected times up to date, and the wall's word of what runs."""
    planned: dict[str, tuple[datetime, datetime]] = {}
    for segment in _in_order(state):
        before = state.segments.get(segment.after)
        length = timedelta(minutes=segment.minutes)
        earlier = planned.get(segment.after)
        plan = _later(segment.starts, earlier[1] if earlier else None)
        if plan is not None:
            planned[segment.id] = plan, plan + length
        begins, ends = _times(segment, before)
        late = timedelta(0)
        if plan is not None and begins is not None and ends is not None:
            late = (begins - plan) if segment.state == "planned" else (ends - plan - length)
        state.update(
            segment,
            begins=begins,
            ends=ends,
            planned=plan,
            slip=0 if segment.state == "skipped" else round(late.total_seconds()),
        )
    running = [one for one in state.segments.values() if one.state == "running"]
    running.sort(key=lambda one: one.started_at or _NEVER)
    state.update(state.scene, now=" · ".join(one.title for one in running))


def _times(
    segment: Segment, before: Segment | None
) -> tuple[datetime, datetime] | tuple[None, None]:
    """Say when a segment begins and ends, as things stand.

    Nobody knows of one that follows what is not there; a person says so.
    """
    length = timedelta(minutes=segment.minutes)
    free = _over(before) if before else None
    match segment.state:
        case "planned":
            begins = _later(segment.moved or segment.starts, free)
            return (begins, begins + length) if begins else (None, None)
        case "skipped":
            # What follows takes its place; where that is over already, at once.
            begins = _later(_later(segment.starts, free), segment.ended_at)
            return (begins, begins) if begins else (None, None)
        case "running":
            assert segment.started_at is not None
            return segment.started_at, segment.moved or segment.started_at + length
        case "ended":
            assert segment.ended_at is not None
            return segment.started_at or segment.ended_at, segment.ended_at


def _over(segment: Segment) -> datetime | None:
    """Say from when on what follows a segment may begin."""
    if segment.state == "skipped":
        return segment.begins
    return segment.ends


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _in_order(state: State) -> list[Segment]:
    """List segments so that each comes after the one that it follows; a ring is cut open."""
    ordered: dict[str, Segment] = {}
    for segment in state.segments.values():
        chain: dict[str, Segment] = {}
        one: Segment | None = segment
        while one is not None and one.id not in ordered and one.id not in chain:
            chain[one.id] = one
            one = state.segments.get(one.after)
        ordered |= {earlier.id: earlier for earlier in reversed(chain.values())}
    return list(ordered.values())

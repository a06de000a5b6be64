"""What holds of the desk whatever happens: checked over random days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from eventlive.desk import FINAL, QUIET, Desk, Rules
from eventlive.desk.editions import Edition
from eventlive.desk.inputs import Failed, Gone, NeverLeft, Revised, Settled, Unsure
from eventlive.messages import (
    AddNote,
    Approve,
    ApproveNext,
    Archive,
    AvoidAuthor,
    BlockAuthor,
    ClaimItem,
    Command,
    Darken,
    Discard,
    EndSegment,
    FollowScript,
    HandOver,
    Hold,
    ItemCommand,
    Like,
    MoveCard,
    MuteAuthor,
    Pin,
    PlanSegment,
    PlayStatement,
    Question,
    Redo,
    RefreshScreens,
    Reject,
    Release,
    Reopen,
    ReportPost,
    Rewrite,
    Send,
    SetScreen,
    Settle,
    Several,
    ShowAnswer,
    SkipSegment,
    SlipSegment,
    Snooze,
    StartSegment,
    TakeBack,
    TakeOff,
    Unclaim,
    Undo,
    Unmute,
    Write,
)
from eventlive.model import (
    Anchor,
    Decision,
    Item,
    Judgement,
    Outgoing,
    Scene,
    SceneName,
    Screen,
    Segment,
    Sent,
    Thing,
)
from tests.unit.days import begun
from tests.unit.desks import NOON, Clocked, arrived, picture, post

AUTHORS = ("ann", "bob", "troll")
POSTS = 6

ON_ITEM: tuple[Callable[..., Command], ...] = (
    Approve,
    TakeOff,
    Pin,
    Like,
    partial(Like, on=False),
    Reject,
    Archive,
    Reopen,
    Snooze,
    Question,
    ClaimItem,
    Unclaim,
    MuteAuthor,
    BlockAuthor,
    AvoidAuthor,
    ReportPost,
    partial(AvoidAuthor, on=False),
    partial(MoveCard, by=1),
    partial(MoveCard, by=-2),
    partial(Snooze, anchor=Anchor("keynote", "start", 60)),
    partial(Snooze, anchor=Anchor("panel", "end", -60)),
    partial(Snooze, until=NOON + timedelta(minutes=8)),
    partial(ClaimItem, over=True),
    partial(ShowAnswer, text="so it is"),
    partial(ShowAnswer, text="so it is", over=("do-not-engage",)),
)
TOGETHER: tuple[Callable[..., ItemCommand], ...] = (
    Approve,
    Archive,
    Reject,
    MuteAuthor,
    AvoidAuthor,
    ReportPost,
    Like,
    partial(Snooze, anchor=Anchor("keynote", "start", 60)),
)
ON_OUTGOING: tuple[type, ...] = (Send, TakeBack, Discard)
PLAIN: tuple[Command, ...] = (
    ApproveNext(),
    Hold(),
    Release(),
    RefreshScreens(),
    Undo(),
    Redo(),
    StartSegment("keynote"),
    StartSegment("panel"),
    EndSegment("keynote"),
    SkipSegment("keynote"),
    PlanSegment("keynote"),
    SlipSegment("panel", 240),
    HandOver("the rest is yours"),
)
TARGETS = ("*", "main", "left", "lobby")
ON_SCREENS: tuple[Callable[..., Command], ...] = (
    partial(SetScreen, ("people", "pictures")),
    partial(SetScreen, ("hold",), seconds=7),
    partial(PlayStatement, "late"),
    partial(PlayStatement, text="It is late"),
    Darken,
    partial(Darken, on=False),
    FollowScript,
    FollowScript,
)

Step = tuple[str, int, int, str]

steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("arrive", "arrive", "item", "item", "item", "item", "out", "plain", "write"),
                *("settle", "gone", "edit", "time", "undo", "note", "unmute", "rewrite", "by hand"),
                *("several", "several", "screen", "screen"),
            ]
        ),
        st.integers(0, POSTS - 1),
        st.integers(0, 40),
        st.sampled_from(("ann", "bob")),
    ),
    max_size=60,
)
modes = st.sampled_from(("approve", "trusted", "auto"))


def room_of(mode: str) -> Clocked:
    segments = [
        Segment(name, 1, name.title(), NOON, 30, by="hand") for name in ("keynote", "panel")
    ]
    said: dict[str, dict[str, tuple[SceneName, ...]]] = {
        "keynote": {"*": ("spotlight",)},
        "panel": {"left": ("pair",), "foyer": ("ticker", "hold")},
    }
    rules = Rules(
        mode=mode,
        cards=3,
        window=100,
        accounts=("main", "support"),
        statements={"late": ("We begin late", "en")},
        scenes=said,
    )
    screens = (Screen("main", 1), Screen("left", 1, ("people",), named=True))
    edition = Edition(
        "one",
        rules,
        Scene("main", 1),
        {one.id: one for one in segments},
        screens={one.id: one for one in screens},
    )
    return begun(edition, NOON)


def command_of(room: Clocked, step: Step) -> Command | None:
    """Give the command of a step, in the version that is there; None where it is no command."""
    kind, number, choice, _ = step
    state = room.desk.state
    key = f"x:{number}"
    version = state.items[key].version if key in state.items else 1
    outs = list(state.outgoing.values())
    out = outs[choice % len(outs)] if outs else None
    match kind:
        case "item":
            return ON_ITEM[choice % len(ON_ITEM)](key, version)
        case "several":
            make, keys = TOGETHER[choice % len(TOGETHER)], [f"x:{number}", f"x:{choice % POSTS}"]
            there = [state.items[one].version if one in state.items else 1 for one in keys]
            return Several(tuple(map(make, keys, there)))
        case "note":
            return AddNote(key, version, "look")
        case "plain":
            return PLAIN[choice % len(PLAIN)]
        case "screen":
            return ON_SCREENS[choice % len(ON_SCREENS)](screen=TARGETS[number % len(TARGETS)])
        case "undo":
            return Undo() if choice % 3 else Redo()
        case "unmute":
            return Unmute(f"x:{AUTHORS[number % 3]}", 1)
        case "write":
            account = ("main", "support")[choice % 2]
            item = key if choice % 3 and key in state.items else ""
            over = ("do-not-engage",) if choice % 5 else ()
            pair = bool(item) and choice % 7 < 3
            return Write("words", account, item, version, send=choice % 4 > 0, over=over, pair=pair)
        case "out" if out is not None:
            return ON_OUTGOING[choice % 3](out.id, out.version)  # type: ignore[no-any-return]
        case "rewrite" if out is not None:
            return Rewrite(out.id, out.version, f"words {choice}")
        case "by hand" if out is not None:
            return Settle(out.id, out.version, posted=choice % 2 == 0)
        case _:
            return None


def play(room: Clocked, step: Step) -> None:
    """Let one thing happen."""
    kind, number, choice, who = step
    command = command_of(room, step)
    if command is not None:
        room.order(command, who)
        return
    judged = {
        "trusted": choice % 5 == 0,
        "stopped": choice % 7 == 0,
        "question": choice % 3 == 0,
        "points": float(choice),
    }
    match kind:
        case "arrive":
            author = AUTHORS[number % 3]
            room.take(arrived(number, now=room.now, author=author, **judged))
        case "gone":
            room.take(Gone(f"x:{number}"))
        case "edit":
            judgement = Judgement(stopped=choice % 7 == 0, trusted=choice % 5 == 0)
            edited = post(number, f"edited {choice}", AUTHORS[number % 3])
            room.take(Revised(edited, judgement, room.now))
        case "time":
            room.later(seconds=choice * 10)
        case "settle":
            sending = [o for o in room.desk.state.outgoing.values() if o.state == "sending"]
            for out in sending[:1]:
                outcomes = (Sent("1", "", room.now), Failed("no"), Unsure("?"), NeverLeft())
                outcome = outcomes[choice % 4]
                room.take(Settled(out.id, out.attempt, outcome))
        case _:
            pass


@settings(max_examples=300)
@given(modes, steps)
def test_no_illegal_step_and_nothing_out_of_place(mode: str, day: list[Step]) -> None:
    room = room_of(mode)
    for step in day:
        play(room, step)


@settings(max_examples=100)
@given(modes, steps)
def test_the_same_inputs_give_the_same_state(mode: str, day: list[Step]) -> None:
    one, other = room_of(mode), room_of(mode)
    for step in day:
        play(one, step)
        play(other, step)
    assert list(one.desk.state.things()) == list(other.desk.state.things())
    assert [turn.changes for turn in one.turns] == [turn.changes for turn in other.turns]


@settings(max_examples=300)
@given(modes, steps, steps)
def test_undo_brings_back_exactly_what_was(mode: str, before: list[Step], then: list[Step]) -> None:
    room = room_of(mode)
    for step in before:
        play(room, step)
    for step in then:
        command = command_of(room, step)
        last = command.commands[0] if isinstance(command, Several) else command
        undoable = command is not None and not isinstance(last, (*FINAL, *QUIET, Undo, Redo))
        if command is None or not undoable:
            play(room, step)
            continue
        was = whole(room.desk)
        if isinstance(command, Discard):
            # What waited to leave may be late by the time that it is brought back.
            out = room.desk.state.outgoing[command.outgoing]
            if out.state == "queued":
                held = {"state": "held", "due_at": None, "reason": "was dropped", "version": 0}
                was["outgoing", out.id] = replace(out, not_before=None, **held)
        if room.order(command, step[3]).ok:
            became = whole(room.desk)
            if isinstance(last, MuteAuthor | BlockAuthor | AvoidAuthor):
                # What was about to leave for them stays back until somebody says so.
                was |= {key: thing for key, thing in became.items() if was_queued(was.get(key))}
            assert room.order(Undo(), step[3]).ok
            assert whole(room.desk) == was
            assert room.order(Redo(), step[3]).ok
            assert whole(room.desk) == became


def whole(desk: Desk) -> dict[tuple[str, str], Thing]:
    """Give all that was decided: claims lapse, and come back by no undo."""
    things = picture(desk).items()
    return {
        key: replace(thing, claim=None) if isinstance(thing, Item) else thing
        for key, thing in things
    }


def was_queued(thing: Thing | None) -> bool:
    return isinstance(thing, Outgoing) and thing.state == "queued"


@settings(max_examples=200)
@given(modes, steps)
def test_a_refused_command_changes_nothing(mode: str, day: list[Step]) -> None:
    room = room_of(mode)
    for step in day:
        command = command_of(room, step)
        if command is None:
            play(room, step)
            continue
        was = list(room.desk.state.things())
        reply = room.order(command, step[3])
        if not reply.ok:
            assert not room.turns[-1].changes
            assert not room.turns[-1].decisions
            assert list(room.desk.state.things()) == was


@settings(max_examples=200)
@given(modes, steps)
def test_a_restart_is_a_load(mode: str, day: list[Step]) -> None:
    """What was stored is enough for a desk to be what it was, what can be undone included."""
    room = room_of(mode)
    for step in day:
        play(room, step)
    decisions: list[Decision] = [one for turn in room.turns for one in turn.decisions]
    loaded = Desk(room.desk.state.rules, list(room.stored.values()), decisions, room.now)
    loaded.state.edition = edition = room.desk.state.edition
    assert edition is not None
    loaded.begin(edition, room.now)
    assert not loaded.taken_up(), "nothing is put or set anew"
    assert picture(loaded) == picture(room.desk)
    assert loaded.state.open == room.desk.state.open
    assert loaded.state.queued == room.desk.state.queued
    assert loaded.state.snoozed == room.desk.state.snoozed
    assert loaded.state.leases.keys() == room.desk.state.leases.keys()
    # What could not be taken back was given up by no decision: it is there again, to be given up.
    left, back = undoable(room.desk), undoable(loaded)
    for who, stacks in left.items():
        for here, there in zip(stacks, back[who], strict=True):
            assert [seq for seq in there if seq in here] == here


def undoable(desk: Desk) -> dict[str, tuple[list[int], list[int]]]:
    """Give by operator what can be undone and what can be done again."""
    state = desk.state
    return {
        who: ([one.seq for one in kept], [one.seq for one in state.redo.get(who, [])])
        for who, kept in state.undo.items()
        if kept or state.redo.get(who)
    }


@settings(max_examples=100)
@given(st.lists(st.integers(0, 3600), max_size=20), st.integers(0, 600))
def test_nothing_leaves_early_and_nothing_twice(times: list[int], hold_at: int) -> None:
    room = Clocked(Rules(accounts=("main",), stale=timedelta(hours=2)))
    due: dict[str, float] = {}
    left: list[str] = []
    clock = 0.0

    def advance(to: float) -> None:
        nonlocal clock
        turn = room.later(seconds=to - clock)
        clock = to
        while True:
            going = [o for o in room.desk.state.outgoing.values() if o.state == "sending"]
            if not going:
                break
            for out in going:
                assert due[out.id] <= clock
                left.append(out.id)
                turn = room.take(Settled(out.id, out.attempt, Sent(out.id, "", room.now)))
        assert turn is not None

    for moment in sorted(times):
        advance(float(moment))
        out = room.order(Write(f"at {moment}", send=True)).thing
        due[out] = clock + 5
        if moment > hold_at:
            room.order(Hold())
            room.order(Release())
    advance(clock + 10)
    assert sorted(left) == sorted(due)
    assert left == sorted(due, key=lambda out: due[out])  # as they were written

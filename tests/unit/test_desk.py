"""The desk's rules, one at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from eventlive.desk import Rules
from eventlive.desk.inputs import (
    Failed,
    Gone,
    NeverLeft,
    Recalled,
    Revised,
    Settled,
    Unsure,
)
from eventlive.desk.views import view
from eventlive.messages import (
    AddNote,
    Approve,
    ApproveNext,
    Archive,
    ClaimItem,
    Discard,
    EndSegment,
    Hold,
    MuteAuthor,
    Pin,
    Question,
    Redo,
    Reject,
    Release,
    Reopen,
    Rewrite,
    Send,
    Settle,
    Snooze,
    StartSegment,
    TakeBack,
    TakeOff,
    Unclaim,
    Undo,
    Unmute,
    Watch,
    Write,
)
from eventlive.model import Judgement, Outgoing, Put, Segment, Sent
from tests.unit.desks import NOON, Clocked, arrived, picture, post, started


def test_an_approved_post_is_on_the_wall_and_out_of_the_inbox() -> None:
    room = Clocked()
    room.take(arrived(1))
    assert room.order(Approve("x:1", 1)).ok
    assert room.item(1).on_wall
    assert room.item(1).state == "archived"
    assert list(room.desk.state.cards) == ["x:1"]


def test_a_shown_question_stays_open_until_it_is_answered() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    assert room.order(Approve("x:1", 1)).ok
    assert room.item(1).state == "open"


def test_a_command_on_an_older_version_is_refused_with_what_is_there() -> None:
    room = Clocked()
    room.take(arrived(1))
    assert room.order(Archive("x:1", 1)).ok
    reply = room.order(Approve("x:1", 1), "bob")
    assert not reply.ok
    assert "changed since" in reply.reason
    assert reply.present == room.item(1)
    assert not room.item(1).on_wall


def test_the_wall_keeps_its_number_and_the_pinned() -> None:
    room = Clocked(Rules(cards=3))
    room.take(*(arrived(number) for number in range(6)))
    room.order(Approve("x:0", 1))
    assert room.order(Pin("x:0", room.item(0).version)).ok
    for number in range(1, 6):
        assert room.order(Approve(f"x:{number}", 1)).ok
    assert list(room.desk.state.cards) == ["x:0", "x:4", "x:5"]
    assert not room.item(1).on_wall


def test_pinning_leaves_room_for_what_is_new() -> None:
    room = Clocked(Rules(cards=2))
    room.take(arrived(1), arrived(2))
    room.order(Approve("x:1", 1))
    room.order(Approve("x:2", 1))
    assert room.order(Pin("x:1", room.item(1).version)).ok
    reply = room.order(Pin("x:2", room.item(2).version))
    assert not reply.ok
    assert "no room" in reply.reason


def test_what_is_deleted_leaves_the_wall_and_never_comes_back() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Approve("x:1", 1))
    turn = room.take(Gone("x:1"))
    assert not room.desk.state.cards
    assert [decision.action for decision in turn.decisions] == ["deleted"]
    for command in (Approve, Reopen, Archive, Reject):
        assert not room.order(command("x:1", room.item(1).version)).ok
    assert not room.order(Undo()).ok


def test_an_edit_takes_a_shown_post_off_where_a_person_decides() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Approve("x:1", 1))
    room.take(Revised(post(1, "now an advert"), Judgement(), NOON))
    assert not room.desk.state.cards
    assert room.item(1).state == "open"
    assert "edited after it was shown" in room.item(1).flags


def test_an_edit_replaces_the_card_where_no_person_decides() -> None:
    room = Clocked(Rules(mode="auto"))
    room.take(arrived(1))
    before = room.desk.state.cards["x:1"]
    room.take(Revised(post(1, "with the typo mended"), Judgement(), NOON))
    after = room.desk.state.cards["x:1"]
    assert after.text == "with the typo mended"
    assert after.order == before.order
    room.take(Revised(post(1, "with a slur"), Judgement(stopped=True), NOON))
    assert not room.desk.state.cards


@pytest.mark.parametrize(
    ("mode", "judged", "shown"),
    [
        ("approve", {"trusted": True}, False),
        ("trusted", {"trusted": True}, True),
        ("trusted", {}, False),
        ("trusted", {"trusted": True, "stopped": True}, False),
        ("auto", {}, True),
        ("auto", {"stopped": True}, False),
        ("auto", {"muted": True}, False),
    ],
)
def test_the_script_says_what_goes_up_by_itself(
    mode: str, judged: dict[str, bool], shown: bool
) -> None:
    room = Clocked(Rules(mode=mode))
    turn = room.take(arrived(1, now=NOON, author="ann", **judged))
    assert bool(room.desk.state.cards) is shown
    assert [decision.who for decision in turn.decisions] == (["rule"] if shown else [])


def test_a_flood_in_auto_mode_does_not_become_a_flood_of_the_screens() -> None:
    room = Clocked(Rules(mode="auto", cards=12, auto_per_minute=30))
    shown = 0
    for second in range(60):
        room.now = NOON + timedelta(seconds=second)
        turn = room.take(*(arrived(second * 100 + number) for number in range(100)))
        shown += sum(decision.action == "approve" for decision in turn.decisions)
    assert shown <= 12 + 30


def test_a_stop_word_is_never_shown_whoever_asks() -> None:
    room = Clocked()
    room.take(arrived(1, stopped=True, flags=("stop word: idiot",)))
    reply = room.order(Approve("x:1", 1))
    assert not reply.ok
    assert "stop word" in reply.reason


def test_the_best_waiting_post_is_approved_by_cue() -> None:
    room = Clocked()
    room.take(
        arrived(1, points=5.0),
        arrived(2, points=9.0, flags=("flag word: hoax",)),
        arrived(3, points=7.0),
    )
    assert room.order(ApproveNext(), "venue").thing == "x:3"
    assert room.order(ApproveNext(), "venue").thing == "x:1"
    assert not room.order(ApproveNext(), "venue").ok


def test_a_snoozed_post_comes_back_by_itself() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Snooze("x:1", 1, minutes=10))
    assert room.item(1).state == "snoozed"
    assert room.desk.next_due == NOON + timedelta(minutes=10)
    room.later(minutes=9)
    assert room.item(1).state == "snoozed"
    room.later(minutes=1)
    assert room.item(1).state == "open"


def test_one_claims_and_the_other_is_told_who() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    assert room.order(ClaimItem("x:1", 1), "ann").ok
    reply = room.order(ClaimItem("x:1", 1), "bob")
    assert not reply.ok
    assert "ann deals with it" in reply.reason
    refused = room.order(Archive("x:1", room.item(1).version), "bob")
    assert "ann deals with it" in refused.reason
    assert room.order(Unclaim("x:1", 1), "ann").ok
    assert room.order(ClaimItem("x:1", 1), "bob").ok


def test_a_claim_that_is_not_renewed_ends() -> None:
    room = Clocked(Rules(claim=timedelta(seconds=30)))
    room.take(arrived(1))
    room.order(ClaimItem("x:1", 1))
    version = room.item(1).version
    room.later(seconds=20)
    assert room.order(ClaimItem("x:1", 1)).ok
    assert room.item(1).version == version, "a renewal must not make anyone's view stale"
    room.later(seconds=20)
    assert room.item(1).claim is not None
    room.later(seconds=10)
    assert room.item(1).claim is None


def test_a_question_is_answered_once() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    assert room.order(Write("At nine.", item="x:1", version=1, send=True), "ann").ok
    reply = room.order(Write("At 9!", item="x:1", version=room.item(1).version, send=True), "bob")
    assert not reply.ok
    assert "ann has answered it" in reply.reason


def test_an_answer_goes_out_after_its_seconds_and_closes_the_question() -> None:
    room = Clocked(Rules(take_back=timedelta(seconds=5)))
    room.take(arrived(1, question=True))
    out = room.order(Write("At nine.", item="x:1", version=1, send=True)).thing
    assert not started(room.later(seconds=4.9))
    assert [one.id for one in started(room.later(seconds=0.1))] == [out]
    room.take(Settled(out, 1, Sent("77", "https://x.example/77", room.now)))
    assert room.desk.state.outgoing[out].state == "sent"
    assert room.item(1).question == "answered"
    assert room.item(1).state == "archived"


def test_an_answer_is_taken_back_within_its_seconds() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    out = room.order(Write("At nine.", item="x:1", version=1, send=True)).thing
    room.later(seconds=3)
    assert room.order(TakeBack(out, 1)).ok
    assert not started(room.later(seconds=60))
    assert room.order(Rewrite(out, 2, "At ten.")).ok
    assert room.order(Discard(out, 3)).ok
    assert room.item(1).answer == ""
    assert room.order(Write("x", item="x:1", version=room.item(1).version), "bob").ok


def test_too_late_to_take_back() -> None:
    room = Clocked()
    out = room.order(Write("Welcome!", send=True)).thing
    room.later(seconds=5)
    reply = room.order(TakeBack(out, room.desk.state.outgoing[out].version))
    assert not reply.ok
    assert "too late" in reply.reason


def test_an_account_sends_one_at_a_time_in_order() -> None:
    room = Clocked(Rules(accounts=("main", "support")))
    first = room.order(Write("one", send=True)).thing
    second = room.order(Write("two", send=True)).thing
    other = room.order(Write("three", account="support", send=True)).thing
    assert {one.id for one in started(room.later(seconds=5))} == {first, other}
    turn = room.take(Settled(first, 1, Failed("no")))
    assert [one.id for one in started(turn)] == [second]


def test_a_late_outcome_of_an_earlier_attempt_changes_nothing() -> None:
    room = Clocked()
    out = room.order(Write("one", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(out, 1, Failed("no")))
    room.order(Send(out, room.desk.state.outgoing[out].version))
    room.later(seconds=5)
    assert room.desk.state.outgoing[out].attempt == 2
    room.take(Settled(out, 1, Failed("late")))
    assert room.desk.state.outgoing[out].state == "sending"


def test_what_nobody_knows_waits_for_a_person() -> None:
    room = Clocked()
    out = room.order(Write("one", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(out, 1, Unsure("no answer")))
    present = room.desk.state.outgoing[out]
    assert present.state == "uncertain"
    assert not room.order(Send(out, present.version)).ok
    assert room.order(Settle(out, present.version, posted=True)).ok
    assert room.desk.state.outgoing[out].state == "sent"


def test_hold_freezes_what_goes_out_and_release_lets_it_go() -> None:
    room = Clocked()
    out = room.order(Write("one", send=True)).thing
    assert room.order(Hold("fire alarm")).ok
    assert room.desk.state.scene.held
    assert not room.order(Hold()).ok
    assert not started(room.later(seconds=60))
    assert room.order(Release()).ok
    assert room.desk.state.outgoing[out].state == "sending"


def test_after_an_outage_what_is_too_late_waits_for_a_decision() -> None:
    room = Clocked(Rules(stale=timedelta(minutes=10)))
    outs = [room.order(Write(f"post {number}", send=True)).thing for number in range(3)]
    room.order(Hold())
    room.later(minutes=20)
    turn = room.take()
    room.order(Release())
    assert not started(turn)
    states = {room.desk.state.outgoing[out].state for out in outs}
    assert states == {"held"}


def test_undo_and_redo_are_each_operators_own() -> None:
    room = Clocked()
    room.take(arrived(1), arrived(2))
    room.order(Archive("x:1", 1), "ann")
    room.order(Reject("x:2", 1), "bob")
    assert room.order(Undo(), "ann").ok
    assert room.item(1).state == "open"
    assert room.item(2).state == "rejected"
    assert not room.order(Undo(), "ann").ok
    assert room.order(Redo(), "ann").ok
    assert room.item(1).state == "archived"
    assert not room.order(Redo(), "ann").ok


def test_undo_is_refused_where_a_colleague_went_on() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Archive("x:1", 1), "ann")
    room.order(AddNote("x:1", 2, "ask the host"), "bob")
    reply = room.order(Undo(), "ann")
    assert not reply.ok
    assert "has changed since" in reply.reason


def test_undo_of_an_approval_brings_back_the_card_it_pushed_out() -> None:
    room = Clocked(Rules(cards=2))
    room.take(arrived(1), arrived(2), arrived(3))
    room.order(Approve("x:1", 1))
    room.order(Approve("x:2", 1))
    before = picture(room.desk)
    room.order(Approve("x:3", 1))
    assert list(room.desk.state.cards) == ["x:2", "x:3"]
    assert room.order(Undo()).ok
    assert picture(room.desk) == before
    assert list(room.desk.state.cards) == ["x:1", "x:2"]


def test_a_muted_author_is_gone_and_stays_away() -> None:
    room = Clocked(Rules(mode="auto"))
    room.take(arrived(1, author="troll"), arrived(2))
    assert room.order(MuteAuthor("x:1", room.item(1).version)).ok
    assert list(room.desk.state.cards) == ["x:2"]
    room.take(arrived(3, author="troll"))
    assert room.item(3).state == "archived"
    assert not room.item(3).on_wall
    assert not room.order(Approve("x:3", room.item(3).version)).ok
    assert room.order(Unmute("x:troll", 1)).ok
    assert room.order(Approve("x:3", room.item(3).version)).ok


def test_segments_follow_each_other_and_name_themselves_on_the_wall() -> None:
    talks = [Segment(name, 1, name.title(), NOON, 30, by="hand") for name in ("keynote", "panel")]
    room = Clocked(things=talks)
    assert room.order(StartSegment("keynote")).ok
    assert room.desk.state.scene.now == "Keynote"
    assert room.order(StartSegment("panel")).ok
    assert room.desk.state.segments["keynote"].state == "ended"
    assert room.order(EndSegment("panel")).ok
    assert room.desk.state.scene.now == ""
    reply = room.order(StartSegment("dinner"))
    assert "keynote, panel" in reply.reason


def test_the_window_is_bounded_and_what_falls_out_comes_back_when_named() -> None:
    room = Clocked(Rules(window=100))
    room.take(*(arrived(number, points=float(number)) for number in range(1000)))
    assert len(room.desk.state.open) == 100
    assert room.desk.state.overflow == 900
    assert "x:0" not in room.desk.state.items
    stored = room.stored["item", "x:0"]
    room.take(Recalled(stored), *())  # type: ignore[arg-type]
    assert "x:0" not in room.desk.state.items, "it ranks below the window again"
    turn = room.take(Recalled(stored), Gone("x:0"))  # type: ignore[arg-type]
    deleted = [change.put for change in turn.changes if isinstance(change, Put)]
    assert [one.state for one in deleted] == ["deleted"]  # type: ignore[union-attr]


def test_a_restart_is_a_load() -> None:
    room = Clocked(Rules(cards=2))
    room.take(*(arrived(number, question=number % 2 == 0) for number in range(6)))
    room.order(Approve("x:1", 1))
    room.order(Reject("x:3", 1))
    room.order(Snooze("x:5", 1))
    room.order(Write("Hello", item="x:2", version=1, send=True))
    room.order(Hold())
    decisions = [decision for turn in room.turns for decision in turn.decisions]
    again = Clocked(Rules(cards=2), list(room.stored.values()))
    assert picture(again.desk) == picture(room.desk)
    restarted = type(room.desk)(Rules(cards=2), room.stored.values(), decisions, NOON)
    assert restarted.state.seq == room.desk.state.seq
    assert [one.seq for one in restarted.state.undo["ann"]] == [
        one.seq for one in room.desk.state.undo["ann"]
    ]


def test_a_filter_finds_by_word_author_and_flag_and_inverts() -> None:
    room = Clocked()
    room.take(arrived(1), arrived(2, author="journalist"), arrived(3, flags=("bot",)))

    def found(text: str) -> set[str]:
        watch = Watch("v", "inbox", filter=text)
        return {thing.id for thing in view(room.desk.state, watch)[0]}

    assert found("post 1") == {"x:1"}
    assert found("JOURN") == {"x:2"}
    assert found("!bot") == {"x:1", "x:2"}
    assert found("nothing") == set()


def test_marking_a_question_brings_a_decided_post_back() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Archive("x:1", 1))
    assert room.order(Question("x:1", 2)).ok
    assert room.item(1).state == "open"
    assert room.item(1).question == "open"


def test_taking_off_leaves_the_post_where_it_was() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Approve("x:1", 1))
    assert room.order(TakeOff("x:1", 2)).ok
    assert room.item(1).state == "archived"
    assert not room.order(TakeOff("x:1", 3)).ok


def test_an_unknown_account_or_empty_words_are_refused() -> None:
    room = Clocked()
    assert "main" in room.order(Write("hi", account="mian")).reason
    assert not room.order(Write("   ")).ok


def test_a_script_draft_is_sent_like_any_other() -> None:
    draft = Outgoing("post-hello", 1, "main", "Hello", "script", NOON)
    room = Clocked(things=[draft])
    assert room.order(Send("post-hello", 1)).ok
    assert [one.id for one in started(room.later(seconds=5))] == ["post-hello"]
    assert replace(room.desk.state.outgoing["post-hello"], version=0).who == "script"


def test_a_claim_outlives_the_memory_of_decided_posts() -> None:
    """A claimed post stays in memory however many are decided meanwhile; its lease ends well."""
    room = Clocked(Rules(claim=timedelta(seconds=30)))
    room.take(arrived(0))
    room.order(Archive("x:0", 1))
    assert room.order(ClaimItem("x:0", 2)).ok
    room.take(arrived(1, author="troll"))
    room.order(MuteAuthor("x:1", 1))
    room.take(*(arrived(number, author="troll") for number in range(2, 700)))
    assert room.item(0).claim is not None
    room.later(seconds=31)
    assert "x:0" not in room.desk.state.leases
    assert len(room.desk.state.done) <= 501


def test_a_shown_post_is_nobodys_any_more() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(ClaimItem("x:1", 1))
    assert room.order(Approve("x:1", 2)).ok
    assert room.item(1).claim is None
    assert not room.desk.state.leases


def test_what_never_left_obeys_hold_and_time_again() -> None:
    room = Clocked(Rules(stale=timedelta(minutes=10)))
    out = room.order(Write("one", send=True)).thing
    room.later(seconds=5)
    room.order(Hold())
    room.take(Settled(out, 1, NeverLeft()))
    assert room.desk.state.outgoing[out].state == "queued"
    room.now += timedelta(minutes=20)
    turn = room.take()
    assert not started(turn)
    assert not started(room.take()), "held"
    room.order(Release())
    assert room.desk.state.outgoing[out].state == "held", "twenty minutes late"


def test_nothing_starts_on_the_way_down() -> None:
    room = Clocked()
    out = room.order(Write("one", send=True)).thing
    room.desk.stop_sending()
    assert not started(room.later(seconds=10))
    assert room.desk.state.outgoing[out].state == "queued"
    assert room.desk.next_due is None

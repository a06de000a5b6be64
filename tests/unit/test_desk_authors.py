"""Authors whom the house does not want: who is blocked, avoided, reported, and by whom."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Gone, Recalled, Revised
from eventlive.messages import (
    Approve,
    ApproveNext,
    Archive,
    AvoidAuthor,
    BlockAuthor,
    ClaimItem,
    Discard,
    MuteAuthor,
    Redo,
    Reload,
    Reopen,
    ReportPost,
    Rewrite,
    Send,
    Several,
    ShowAnswer,
    Undo,
    Unmute,
    Write,
)
from eventlive.model import Drop, Evidence, Judgement, Put
from tests.unit.desks import NOON, Clocked, arrived, picture, post

TROLL = "x:troll"


def crowd(rules: Rules | None = None) -> Clocked:
    """Make a desk with two posts of a troll's and one of Ann's."""
    room = Clocked(rules)
    room.take(arrived(1, author="troll"), arrived(2, author="troll"), arrived(3))
    return room


# --- blocked --------------------------------------------------------------------------------------


def test_only_a_lead_blocks_and_only_a_lead_lets_in_again() -> None:
    room = crowd()
    reply = room.order(BlockAuthor("x:1", 1), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "only a lead blocks an author")
    reply = room.order(Several((BlockAuthor("x:1", 1),)), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "only a lead blocks an author")
    assert room.order(BlockAuthor("x:1", 1), "ann").ok
    assert room.desk.state.mutes[TROLL].blocked
    assert {room.item(1).state, room.item(2).state} == {"archived"}
    room.take(arrived(4, author="troll"))
    assert room.item(4).muted
    reply = room.order(Unmute(TROLL, 1), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "only a lead lets a blocked author in again")
    assert room.order(Unmute(TROLL, 1), "ann").ok
    assert not room.item(1).muted


def test_who_is_muted_can_still_be_blocked_and_not_the_other_way_round() -> None:
    room = crowd()
    room.order(MuteAuthor("x:1", 1), "bob", "operator")
    assert room.order(BlockAuthor("x:1", room.item(1).version), "ann").ok
    assert room.desk.state.mutes[TROLL].who == "ann"
    for command in (BlockAuthor, MuteAuthor):
        reply = room.order(command("x:1", room.item(1).version))
        assert reply.reason == "@troll is blocked already"
    assert room.order(Undo(), "ann").ok
    mute = room.desk.state.mutes[TROLL]
    assert (mute.blocked, mute.who) == (False, "bob"), "muted, as before"
    assert room.item(1).muted


def test_undo_is_no_way_round_the_lead() -> None:
    room = crowd()
    room.order(BlockAuthor("x:1", 1), "bob", "lead")
    reply = room.order(Undo(), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "only a lead decides who is blocked")
    assert room.order(Undo(), "bob", "lead").ok
    assert not room.order(Redo(), "bob", "operator").ok
    assert not room.desk.state.mutes


def test_only_a_lead_takes_over_and_takes_in() -> None:
    room = crowd()
    room.order(ClaimItem("x:1", 1), "ann", "operator")
    reply = room.order(ClaimItem("x:1", 2, over=True), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "only a lead takes over from somebody else")
    reply = room.order(Reload("abc"), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "only a lead takes in the script")
    assert room.order(Archive("x:2", 1), "bob", "operator").ok


# --- avoided --------------------------------------------------------------------------------------


def test_all_that_an_avoided_author_wrote_or_writes_says_so() -> None:
    room = crowd()
    assert room.order(AvoidAuthor("x:1", 1)).ok
    room.take(arrived(4, author="troll"))
    room.take(Revised(post(2, "edited", "troll"), Judgement(), NOON))
    assert [room.item(number).avoided for number in (1, 2, 3, 4)] == [True, True, False, True]
    assert room.item(4).state == "open", "collapsed, not hidden"
    assert not room.order(AvoidAuthor("x:1", room.item(1).version)).ok
    assert room.order(AvoidAuthor("x:4", 1, on=False)).ok
    assert not any(room.item(number).avoided for number in (1, 2, 3, 4))
    assert [(one.action, one.detail) for turn in room.turns for one in turn.decisions] == [
        ("avoid", "@troll"),
        ("avoid", "@troll no longer"),
    ]


def test_answering_whom_the_house_avoids_is_said_twice() -> None:
    room = crowd()
    draft = room.order(Write("Before that", item="x:2", version=1)).thing
    room.order(AvoidAuthor("x:1", 1))
    version = room.item(1).version
    write = Write("Hello", item="x:1", version=version, send=True)
    for refused in (write, ShowAnswer("x:1", version, "Hello"), Send(draft, 1)):
        reply = room.order(refused)
        assert not reply.ok
        assert reply.reason == "the house does not engage with @troll: say so twice"
    twice = ("do-not-engage",)
    assert room.order(replace(write, over=twice)).ok
    assert room.order(Rewrite(draft, 1, "Still", over=twice)).ok
    assert room.order(Send(draft, 2)).ok
    logged = [one.detail for turn in room.turns for one in turn.decisions if one.action == "write"]
    assert logged[-1] == "set aside: do-not-engage"
    room.order(Discard(draft, 3))
    assert room.order(ShowAnswer("x:2", room.item(2).version, "Hello", over=twice)).ok


def test_nothing_of_whom_the_house_avoids_goes_up_by_itself() -> None:
    room = crowd(Rules(mode="trusted"))
    room.order(AvoidAuthor("x:1", 1))
    room.take(arrived(4, author="troll", trusted=True), arrived(5, trusted=True))
    assert list(room.desk.state.cards) == ["x:5"]
    room.order(Archive("x:3", 1))
    reply = room.order(ApproveNext())
    assert (reply.ok, reply.reason) == (False, "nothing waits that may be shown")
    assert room.order(Approve("x:4", 1)).ok, "a person may"


def test_avoiding_is_undone_whatever_came_since() -> None:
    room = crowd()
    room.order(Archive("x:1", 1), "cid")
    room.order(AvoidAuthor("x:1", 2), "ann")
    assert room.order(Undo(), "cid").ok, "a decision of before is taken back as well"
    assert (room.item(1).state, room.item(1).avoided) == ("open", True)
    room.take(arrived(4, author="troll"))
    room.order(Archive("x:2", room.item(2).version), "bob")
    assert room.order(Undo(), "ann").ok
    assert not room.desk.state.avoids
    assert not any(room.item(number).avoided for number in (1, 2, 4))
    assert room.order(Redo(), "ann").ok
    assert all(room.item(number).avoided for number in (1, 2, 4))
    assert room.order(Undo(), "bob").ok, "what is decided of an author does not stand in the way"
    assert room.item(2).state == "open"
    assert room.item(2).avoided


def test_a_post_that_comes_back_from_the_store_is_as_was_decided_of_its_author() -> None:
    room = crowd()
    old = room.item(2)
    room.desk.state.recall(replace(old, state="archived"))
    del room.desk.state.items["x:2"], room.desk.state.done["x:2"]
    room.order(AvoidAuthor("x:1", 1))
    room.order(BlockAuthor("x:1", room.item(1).version))
    room.take(Recalled(old))
    assert room.item(2).version == old.version, "it is what the operator saw"
    reply = room.order(Approve("x:2", old.version))
    assert (reply.ok, "its author is muted" in reply.reason) == (False, True)
    assert (room.item(2).avoided, room.item(2).state) == (True, "archived")
    stored = [one for one in room.stored.values() if one.id != "x:2"]
    again = Desk(Rules(), [old, *stored], (), NOON).state.items["x:2"]
    assert again == room.item(2), "a window that has room for it again is no way round"


# --- reported -------------------------------------------------------------------------------------


def evidence(room: Clocked) -> list[Evidence]:
    return [
        change.put
        for turn in room.turns
        for change in turn.changes
        if isinstance(change, Put) and isinstance(change.put, Evidence)
    ]


def test_a_reported_post_is_kept_as_it_stood_and_never_shown() -> None:
    room = crowd()
    room.order(Approve("x:1", 1))
    said = room.item(1).post
    assert room.order(ReportPost("x:1", 2, "hate", "See the picture"), "bob").ok
    item = room.item(1)
    assert (item.state, item.on_wall, item.reported) == ("rejected", False, "bob")
    assert not room.desk.state.cards
    room.take(Revised(post(1, "I said nothing", "troll"), Judgement(), NOON))
    room.take(Gone("x:1"))
    (kept,) = evidence(room)
    assert (kept.post, kept.who, kept.at) == (said, "bob", NOON)
    assert (kept.complaint, kept.words, kept.item) == ("hate", "See the picture", "x:1")
    assert kept.id.startswith("x:1#")
    (decision,) = [one for turn in room.turns for one in turn.decisions if one.action == "report"]
    assert (decision.on, decision.detail) == ("x:1", "hate: See the picture")


def test_evidence_is_not_undone_and_the_post_can_come_back() -> None:
    room = crowd()
    room.order(ReportPost("x:1", 1), "bob")
    reply = room.order(Undo(), "bob")
    assert (reply.ok, reply.reason) == (False, "there is nothing to undo")
    assert room.order(Reopen("x:1", room.item(1).version), "bob").ok
    assert (room.item(1).state, room.item(1).reported) == ("open", "bob")
    dropped = [one for turn in room.turns for one in turn.changes if isinstance(one, Drop)]
    assert not dropped


def test_what_its_author_took_away_can_still_be_reported() -> None:
    room = crowd()
    room.take(Gone("x:1"))
    assert room.order(ReportPost("x:1", room.item(1).version, "abuse")).ok
    assert (room.item(1).state, room.item(1).reported) == ("deleted", "ann")
    room.order(ReportPost("x:2", 1, "spam"))
    reply = room.order(ReportPost("x:2", room.item(2).version, "abuse"))
    assert (reply.ok, reply.reason) == (False, "you have reported it")
    room.order(ReportPost("x:2", room.item(2).version, "abuse"), "bob")
    kept = [one for one in evidence(room) if one.item == "x:2"]
    assert [one.complaint for one in kept] == ["spam", "abuse"]
    assert len({one.id for one in kept}) == 2


@pytest.mark.parametrize("command", [AvoidAuthor, BlockAuthor, MuteAuthor])
def test_each_is_taken_back_to_the_letter(command: type[AvoidAuthor]) -> None:
    room = crowd()
    room.order(Approve("x:2", 1))
    was = picture(room.desk)
    assert room.order(command("x:1", 1)).ok
    became = picture(room.desk)
    assert became != was
    assert room.order(Undo()).ok
    assert picture(room.desk) == was
    assert room.order(Redo()).ok
    assert picture(room.desk) == became

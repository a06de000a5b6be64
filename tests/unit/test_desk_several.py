"""One decision on several posts; the order of the wall; the end of a shift."""

from __future__ import annotations

from datetime import timedelta

import pytest

from eventlive.desk import Rules
from eventlive.desk.editions import Edition
from eventlive.desk.inputs import Gone
from eventlive.desk.views import view
from eventlive.messages import (
    Approve,
    Archive,
    AvoidAuthor,
    ClaimItem,
    HandOver,
    MoveCard,
    MuteAuthor,
    Pin,
    Redo,
    ReportPost,
    SeeTo,
    Several,
    Snooze,
    TakeOff,
    Undo,
    Watch,
)
from eventlive.model import Decision, Put, Reminder, Scene
from tests.unit.days import at, begun
from tests.unit.desks import Clocked, arrived, picture


def room_of(posts: int, rules: Rules | None = None) -> Clocked:
    room = Clocked(rules)
    room.take(*(arrived(number, author=f"a{number}") for number in range(posts)))
    return room


def last(room: Clocked) -> Decision:
    return [one for turn in room.turns for one in turn.decisions][-1]


# --- several --------------------------------------------------------------------------------------


def test_several_are_one_decision_and_one_step_of_undo() -> None:
    room = room_of(12)
    was = picture(room.desk)
    reply = room.order(Several(tuple(Archive(f"x:{number}", 1) for number in range(12))))
    assert (reply.ok, reply.reason, reply.thing) == (True, "", "")
    assert {item.state for item in room.desk.state.items.values()} == {"archived"}
    assert (last(room).action, last(room).detail) == ("several", "archive: 12 posts")
    assert len(room.turns[-1].decisions) == 1
    became = picture(room.desk)
    assert room.order(Undo()).ok
    assert picture(room.desk) == was
    assert room.order(Redo()).ok
    assert picture(room.desk) == became


def test_those_that_are_refused_are_left_alone_and_said() -> None:
    room = room_of(6)
    room.order(ClaimItem("x:1", 1), "bob")
    room.order(ClaimItem("x:2", 1), "bob")
    room.order(Archive("x:3", 1), "bob")
    room.take(Gone("x:4"))
    seen = [1, 2, 2, 1, 1, 1]
    commands = tuple(Snooze(f"x:{number}", version) for number, version in enumerate(seen))
    reply = room.order(Several(commands))
    assert reply.ok
    assert reply.reason == (
        "4 left alone: bob deals with it (2); the post has changed since you saw it (2)"
    )
    assert last(room).detail == "snooze: 2 posts, 4 left alone"
    states = [room.item(number).state for number in range(6)]
    assert states == ["snoozed", "open", "open", "archived", "deleted", "snoozed"]
    assert room.order(Undo()).ok
    assert room.item(3).state == "archived", "what was left alone stays so"


def test_where_all_are_refused_the_command_is() -> None:
    room = room_of(2)
    room.order(ClaimItem("x:0", 1), "bob")
    room.order(ClaimItem("x:1", 1), "bob")
    reply = room.order(Several((Archive("x:0", 2), Archive("x:1", 2))))
    assert (reply.ok, reply.reason) == (False, "bob deals with it")
    assert not room.turns[-1].changes
    assert not room.turns[-1].decisions
    reply = room.order(Several((Archive("x:7", 1), Archive("x:0", 1))))
    assert "no such post" in reply.reason
    assert "has changed" in reply.reason


def test_the_same_post_twice_is_decided_once() -> None:
    room = room_of(1)
    reply = room.order(Several((Approve("x:0", 1), Approve("x:0", 1))))
    assert (reply.ok, last(room).detail) == (True, "approve: 1 post, 1 left alone")
    assert list(room.desk.state.cards) == ["x:0"]


def test_what_cannot_be_undone_stays_where_the_rest_is_taken_back() -> None:
    room = room_of(3)
    room.order(Several((ReportPost("x:0", 1), Archive("x:1", 1), MuteAuthor("x:2", 1))))
    assert last(room).detail == "report: 1 post; archive: 1 post; mute: 1 post"
    assert room.order(Undo()).ok
    assert [room.item(number).state for number in range(3)] == ["rejected", "open", "open"]
    assert not room.desk.state.mutes
    room.order(Several((ReportPost("x:1", room.item(1).version),)))
    assert room.order(Undo()).reason == "there is nothing to undo"


def test_what_is_decided_of_a_post_and_of_its_author_is_taken_back_whole() -> None:
    room = Clocked()
    room.take(*(arrived(number, author="troll") for number in range(3)))
    was = picture(room.desk)
    for command in (MuteAuthor, AvoidAuthor):
        for order in ((0, 1), (1, 0)):
            both = [Archive("x:0", room.item(0).version), command("x:1", room.item(1).version)]
            reply = room.order(Several(tuple(both[place] for place in order)))
            assert reply.ok
            became = picture(room.desk)
            assert room.order(Undo()).ok
            assert picture(room.desk) == was
            assert room.order(Redo()).ok
            assert picture(room.desk) == became
            assert room.order(Undo()).ok


def test_a_wall_full_of_several_is_taken_back_whole() -> None:
    room = room_of(9, Rules(cards=3))
    for number in range(3):
        room.order(Approve(f"x:{number}", 1))
    was = picture(room.desk)
    room.order(Several(tuple(Approve(f"x:{number}", 1) for number in range(3, 9))))
    assert list(room.desk.state.cards) == ["x:6", "x:7", "x:8"]
    assert room.order(Undo()).ok
    assert picture(room.desk) == was


# --- the order of the wall ------------------------------------------------------------------------


def wall() -> Clocked:
    room = room_of(5)
    for number in range(5):
        room.order(Approve(f"x:{number}", 1))
    return room


def shown(room: Clocked) -> str:
    return "".join(card.removeprefix("x:") for card in room.desk.state.cards)


def screens(room: Clocked) -> str:
    things, _ = view(room.desk.state, Watch("v", "wall"), room.now)
    return "".join(thing.id.removeprefix("x:") for thing in things)


@pytest.mark.parametrize(
    ("moved", "by", "then"),
    [
        (0, 1, "10234"),
        (0, 3, "12304"),
        (2, 100, "01342"),
        (4, -1, "01243"),
        (3, -100, "30124"),
    ],
)
def test_a_card_is_moved_among_the_others(moved: int, by: int, then: str) -> None:
    room = wall()
    before = {key: card.order for key, card in room.desk.state.cards.items()}
    assert room.order(MoveCard(f"x:{moved}", 2, by)).ok
    assert shown(room) == then
    after = {key: card.order for key, card in room.desk.state.cards.items()}
    assert sorted(after.values()) == sorted(before.values()), "what comes next is still the newest"
    told = {change.put.id for change in room.turns[-1].changes if isinstance(change, Put)}
    assert told == {key for key in after if after[key] != before[key]}
    assert room.order(Undo()).ok
    assert shown(room) == "01234"
    assert room.order(Redo()).ok
    assert shown(room) == then


def test_a_card_is_moved_again_and_again_though_its_post_stays_the_same() -> None:
    room = wall()
    for _ in range(4):
        assert room.order(MoveCard("x:0", 2, 1)).ok
    assert shown(room) == "12340"
    reply = room.order(MoveCard("x:0", 2, 1))
    assert (reply.ok, reply.reason) == (False, "it is the first on the wall already")
    reply = room.order(MoveCard("x:1", 2, -1))
    assert (reply.ok, reply.reason) == (False, "it is the last on the wall already")
    assert not room.order(MoveCard("x:2", 2, 0)).ok
    room.order(TakeOff("x:3", 2))
    assert room.order(MoveCard("x:3", 3, 1)).reason == "it is not on the wall"


def test_a_move_is_one_that_the_screens_show_or_it_is_refused() -> None:
    room = wall()
    room.order(Pin("x:1", 2))
    assert screens(room) == "41320"
    reply = room.order(MoveCard("x:1", 2, -1))
    assert (reply.ok, reply.reason) == (False, "it is pinned: that keeps its place")
    assert room.order(MoveCard("x:3", 2, 1)).ok
    assert screens(room) == "31420", "past the pinned one, which stays where it is"
    assert room.order(MoveCard("x:2", 2, -1)).ok
    assert screens(room) == "31402"
    assert room.order(MoveCard("x:1", 2, 1)).ok
    assert screens(room) == "13402"
    assert not room.order(MoveCard("x:1", 2, 1)).ok


# --- the end of a shift ---------------------------------------------------------------------------


def test_a_shift_ends_with_free_claims_and_a_word_to_the_others() -> None:
    room = room_of(3)
    for number, who in enumerate(("ann", "ann", "bob")):
        room.order(ClaimItem(f"x:{number}", 1), who)
    reply = room.order(HandOver("x:0 waits for the sponsor"), "ann", "operator")
    assert reply.ok
    assert [bool(room.item(number).claim) for number in range(3)] == [False, False, True]
    reminder = room.desk.state.reminders[reply.thing]
    assert reminder.text == "ann hands over: x:0 waits for the sponsor"
    assert (reminder.state, reminder.due_at) == ("due", room.now)
    assert (last(room).action, last(room).detail) == ("hand-over", "x:0 waits for the sponsor")
    assert not room.order(Undo(), "ann").ok
    assert room.order(SeeTo(reminder.id, reminder.version), "bob").ok
    assert room.desk.state.reminders[reply.thing].who == "bob"


def test_a_script_that_is_taken_in_leaves_a_hand_over_alone() -> None:
    one = Edition("one", Rules(), Scene("main", 1), reminders={"reminder-a": _reminder("water")})
    room = begun(one, at("09:00"))
    kept = room.order(HandOver("the rest")).thing
    two = Edition("two", Rules(), Scene("main", 1))
    assert room.desk.begin(two, room.now) == ("reminder reminder-a: gone",)
    assert list(room.desk.state.reminders) == [kept]


def _reminder(text: str) -> Reminder:
    return Reminder("reminder-a", 1, text, due_at=at("09:00") + timedelta(hours=3))

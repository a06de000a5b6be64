"""Posts of the house on real networks: limits, replies, deletes, and what feeds show of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from eventlive.desk import Rules
from eventlive.desk.inputs import (
    Arrived,
    Failed,
    Gone,
    Input,
    Revised,
    Settled,
    TakenDown,
    Unsure,
    Waits,
)
from eventlive.desk.state import HouseAccount
from eventlive.messages import (
    Approve,
    ClaimItem,
    Delete,
    Redo,
    Reject,
    Send,
    Settle,
    ShowAnswer,
    TakeBack,
    TakeOff,
    Undo,
    Write,
)
from eventlive.model import Author, Judgement, Outgoing, Post, Sent
from tests.unit.desks import NOON, Clocked, arrived, post, started

HOUSE = {
    "main": HouseAccount("x", "@House", "^AB"),
    "fedi": HouseAccount("mastodon", "house@social.example"),
}
RULES = Rules(accounts=("main", "fedi", "try"), house=HOUSE)


def out(room: Clocked, key: str) -> Outgoing:
    return room.desk.state.outgoing[key]


def asked(**fields: Any) -> Arrived:
    """Make a question on X, with more of the post's fields."""
    said = replace(post(1, "When does it start?"), url="https://x.com/ann/status/1", **fields)
    return Arrived(said, Judgement(question=True, points=1.0), NOON)


def ours(text: str, at: datetime = NOON, **fields: Any) -> Arrived:
    said = Post("x", "900", at, text, Author("7", "house", "The House"), url="https://x.com/900")
    return Arrived(replace(said, **fields), Judgement(ours=True, reasons=("ours",)), at)


# --- replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named", [{"mentions": ("someone", "house")}, {"to": ("HOUSE",), "quoted": "5"}]
)
def test_who_names_us_on_x_can_be_answered(named: dict[str, Any]) -> None:
    room = Clocked(RULES)
    room.take(asked(**named))
    reply = room.order(Write("At ten", item="x:1", version=1, send=True))
    assert reply.ok, reply.reason
    assert (out(room, reply.thing).reply_to, out(room, reply.thing).reply_url) == (
        "1",
        "https://x.com/ann/status/1",
    )


def test_who_does_not_name_us_on_x_cannot_and_the_ways_round_are_said() -> None:
    room = Clocked(RULES)
    room.take(asked(mentions=("someone",)))
    reply = room.order(Write("At ten", item="x:1", version=1, send=True))
    assert not reply.ok
    for words in ("mentioned or quoted @house", "of its own", "wall", "in_reply_to=1"):
        assert words in reply.reason
    assert room.item(1).answer == ""
    reply = room.order(Write("At ten", item="x:1", version=1, send=True, plain=True))
    assert reply.ok
    assert (out(room, reply.thing).reply_to, out(room, reply.thing).answers) == ("", "x:1")


def test_an_account_on_another_network_cannot_reply_and_a_rehearsal_can() -> None:
    room = Clocked(RULES)
    room.take(asked())
    refused = room.order(Write("At ten", account="fedi", item="x:1", version=1))
    assert "was said on X, and this account is on Mastodon" in refused.reason
    assert room.order(Write("At ten", account="try", item="x:1", version=1)).ok


# --- limits ---------------------------------------------------------------------------------------


def test_a_limit_keeps_the_whole_account_and_no_other() -> None:
    room = Clocked(RULES)
    first, second = (room.order(Write(text, send=True)).thing for text in ("one", "two"))
    other = room.order(Write("three", account="try", send=True)).thing
    room.later(seconds=5)
    until = room.now + timedelta(minutes=3)
    room.take(Settled(other, 1, Sent("o", "", room.now)))
    turn = room.take(Settled(first, 1, Waits("100 posts in 15 minutes", until)))
    assert started(turn) == []
    assert (out(room, first).state, out(room, first).not_before) == ("queued", until)
    assert room.desk.next_due == until
    more = room.order(Write("four", account="try", send=True)).thing
    assert [one.id for one in started(room.later(seconds=5))] == [more]
    assert [one.id for one in started(room.later(minutes=3))] == [first]
    turn = room.take(Settled(first, 2, Sent("1", "", room.now)))
    assert [one.id for one in started(turn)] == [second]


def test_of_two_for_the_same_moment_the_first_written_leaves_first() -> None:
    room = Clocked(RULES)
    written = [room.order(Write(str(number), send=True)).thing for number in range(12)]
    left = []
    room.later(seconds=5)
    for _ in written:
        (now,) = [one for one in room.desk.state.outgoing.values() if one.state == "sending"]
        left.append(now.id)
        room.take(Settled(now.id, 1, Sent(now.id, "", room.now), (now.id,)))
    assert left == written


def test_a_limit_longer_than_a_post_makes_sense_holds_it() -> None:
    room = Clocked(RULES)
    key = room.order(Write("one", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Waits("a limit", room.now + timedelta(hours=1))))
    room.later(hours=1)
    assert (out(room, key).state, out(room, key).not_before) == ("held", None)
    assert "min late" in out(room, key).reason


def test_taking_back_what_waits_frees_the_account() -> None:
    room = Clocked(RULES)
    first, second = (room.order(Write(text, send=True)).thing for text in ("one", "two"))
    room.later(seconds=5)
    room.take(Settled(first, 1, Waits("a limit", room.now + timedelta(minutes=5))))
    room.order(TakeBack(first, out(room, first).version))
    assert out(room, second).state == "sending"


# --- deleting -------------------------------------------------------------------------------------


def test_a_deleted_answer_opens_its_question_again() -> None:
    room = Clocked(RULES)
    room.take(asked(mentions=("house",)))
    key = room.order(Write("At ten", item="x:1", version=1, send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Sent("77", "", room.now), ("77",)))
    assert room.item(1).question == "answered"
    assert room.order(Delete(key, out(room, key).version)).ok
    assert out(room, key).state == "deleting"
    room.take(Settled(key, 1, TakenDown(), ("77",)))
    assert out(room, key).state == "deleted"
    item = room.item(1)
    assert (item.question, item.answer, item.state) == ("open", "", "open")


def test_what_could_not_be_deleted_is_still_out_and_says_why() -> None:
    room = Clocked(RULES)
    key = room.order(Write("At ten", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Sent("77", "", room.now), ("77",)))
    room.order(Delete(key, out(room, key).version))
    room.take(Settled(key, 1, Failed("not allowed"), ("77",)))
    assert out(room, key).state == "sent"
    assert "not allowed" in out(room, key).reason


def test_what_has_no_id_cannot_be_deleted_from_here() -> None:
    room = Clocked(RULES)
    key = room.order(Write("At ten")).thing
    assert "by hand" in room.order(Delete(key, 1)).reason


# --- what feeds show of us ------------------------------------------------------------------------


def test_our_own_post_does_not_come_to_the_inbox() -> None:
    room = Clocked(RULES)
    room.take(ours("Doors open"), arrived(2))
    assert [key for _, key in room.desk.state.open] == ["x:2"]
    assert room.desk.state.items["x:900"].state == "archived"


@pytest.mark.parametrize("seen_first", [True, False])
def test_our_own_post_in_a_feed_settles_what_was_uncertain(seen_first: bool) -> None:
    room = Clocked(RULES)
    key = room.order(Write("Doors  open", send=True)).thing
    room.later(seconds=5)
    seen = ours("@ann Doors open ^AB", room.now)
    steps: list[Input] = [seen, Settled(key, 1, Unsure("cut off"))]
    for step in steps if seen_first else reversed(steps):
        room.take(step)
    assert (out(room, key).state, out(room, key).sent_id) == ("sent", "900")
    assert out(room, key).sent_ids == ("900",)
    assert out(room, key).seen_at == room.now


@pytest.mark.parametrize("seen_first", [True, False])
def test_our_own_post_in_a_feed_joins_its_entry(seen_first: bool) -> None:
    room = Clocked(RULES)
    key = room.order(Write("Doors open", send=True)).thing
    room.later(seconds=5)
    steps: list[Input] = [
        ours("Doors open", room.now),
        Settled(key, 1, Sent("900", "", room.now), ("900",)),
    ]
    for step in steps if seen_first else reversed(steps):
        room.take(step)
    assert (out(room, key).state, out(room, key).seen_at) == ("sent", room.now)


@pytest.mark.parametrize(
    "seen",
    [
        ours("Doors closed", NOON + timedelta(seconds=5)),
        ours("Doors open again for everybody now", NOON + timedelta(seconds=5)),
        ours("The Doors open", NOON + timedelta(seconds=5)),
        ours("Doors open", NOON - timedelta(minutes=10)),
        ours("Doors open", NOON, network="mastodon"),
        ours("Doors open", NOON, author=Author("8", "house2", "Another")),
    ],
)
def test_another_post_settles_nothing(seen: Arrived) -> None:
    room = Clocked(RULES)
    key = room.order(Write("Doors open", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Unsure("cut off")))
    room.take(seen)
    assert out(room, key).state == "uncertain"


# --- answers on the wall --------------------------------------------------------------------------


def test_a_question_is_answered_on_the_wall() -> None:
    room = Clocked(RULES)
    room.take(asked())
    assert room.order(ShowAnswer("x:1", 1, "At ten, in the hall.")).ok
    item, card = room.item(1), room.desk.state.cards["x:1"]
    assert (item.question, item.on_wall, item.state) == ("answered", True, "archived")
    assert (card.text, card.answer) == ("When does it start?", "At ten, in the hall.")
    assert room.order(ShowAnswer("x:1", item.version, "At eleven.")).ok
    assert room.desk.state.cards["x:1"].answer == "At eleven."
    assert room.order(Undo()).ok
    assert room.desk.state.cards["x:1"].answer == "At ten, in the hall."
    assert room.order(Undo()).ok
    assert "x:1" not in room.desk.state.cards
    assert (room.item(1).question, room.item(1).shown_answer) == ("open", "")


def test_an_answer_comes_off_with_its_question() -> None:
    room = Clocked(RULES)
    room.take(asked())
    room.order(ShowAnswer("x:1", 1, "At ten."))
    room.order(TakeOff("x:1", room.item(1).version))
    assert room.item(1).shown_answer == ""
    room.order(Approve("x:1", room.item(1).version))
    assert room.desk.state.cards["x:1"].answer == ""


def test_what_may_not_be_shown_is_not_answered_on_the_wall() -> None:
    room = Clocked(RULES)
    room.take(arrived(1, flags=("stop word: hall",), question=True))
    reply = room.order(ShowAnswer("x:1", 1, "At ten."))
    assert "cannot go on the wall" in reply.reason
    assert room.item(1).version == 1


# --- what a hostile reader found ------------------------------------------------------------------


def sent(room: Clocked, key: str, post_id: str) -> None:
    room.take(Settled(key, out(room, key).attempt, Sent(post_id, "", room.now), (post_id,)))


def test_a_post_that_is_known_to_be_another_entry_settles_nothing() -> None:
    room = Clocked(RULES)
    first, second = (room.order(Write("Thanks!", send=True)).thing for _ in range(2))
    room.later(seconds=5)
    sent(room, first, "900")
    room.take(Settled(second, 1, Unsure("cut off")))
    room.take(ours("Thanks!", room.now))
    assert (out(room, first).seen_at, out(room, second).state) == (room.now, "uncertain")


def test_a_post_that_answers_another_settles_nothing() -> None:
    room = Clocked(RULES)
    room.take(asked(mentions=("house",)))
    key = room.order(Write("Thanks!", item="x:1", version=1, send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Unsure("cut off")))
    room.take(ours("Thanks!", room.now, kind="reply", in_reply_to="2"))
    assert out(room, key).state == "uncertain"
    room.take(ours("Thanks!", room.now, id="901", kind="reply", in_reply_to="1"))
    assert (out(room, key).state, out(room, key).sent_id) == ("sent", "901")


def test_what_was_rejected_stays_so_when_its_answer_goes_out_or_comes_down() -> None:
    room = Clocked(RULES)
    room.take(asked(mentions=("house",)))
    key = room.order(Write("At ten", item="x:1", version=1, send=True)).thing
    assert room.order(Reject("x:1", room.item(1).version)).ok
    room.later(seconds=5)
    sent(room, key, "77")
    assert (room.item(1).state, room.item(1).question) == ("rejected", "answered")
    room.order(Delete(key, out(room, key).version))
    room.take(Settled(key, 1, TakenDown(), ("77",)))
    assert (room.item(1).state, room.item(1).question) == ("rejected", "open")
    assert room.item(1).answer == ""


def test_an_answer_does_not_leave_when_its_question_was_deleted() -> None:
    room = Clocked(RULES)
    room.take(asked(mentions=("house",)))
    key = room.order(Write("At ten", item="x:1", version=1, send=True)).thing
    room.take(Gone("x:1"))
    room.later(seconds=60)
    assert (out(room, key).state, "deleted" in out(room, key).reason) == ("draft", True)


def test_a_broken_off_thread_that_cannot_be_deleted_is_still_broken_off() -> None:
    room = Clocked(RULES)
    key = room.order(Write("long", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Failed("no"), ("77",)))
    room.order(Delete(key, out(room, key).version))
    room.take(Settled(key, 1, Failed("not allowed"), ("77",)))
    assert out(room, key).state == "failed"
    assert room.order(Send(key, out(room, key).version)).ok


def test_a_person_cannot_call_half_a_thread_posted() -> None:
    room = Clocked(RULES)
    key = room.order(Write("long", send=True)).thing
    room.later(seconds=5)
    room.take(Settled(key, 1, Unsure("cut off"), ("77",)))
    reply = room.order(Settle(key, out(room, key).version, posted=True))
    assert "a thread" in reply.reason
    assert room.order(Settle(key, out(room, key).version, posted=False)).ok


@pytest.mark.parametrize("mode", ["approve", "auto"])
def test_an_answer_on_the_wall_does_not_stand_under_changed_words(mode: str) -> None:
    room = Clocked(replace_rules(mode))
    room.take(asked())
    if "x:1" in room.desk.state.cards:
        room.order(TakeOff("x:1", room.item(1).version))
    room.order(ShowAnswer("x:1", room.item(1).version, "Yes, and we love it!"))
    changed = replace(room.item(1).post, text="Should we hit the speaker?")
    room.take(Revised(changed, Judgement(question=True), room.now))
    item = room.item(1)
    assert "x:1" not in room.desk.state.cards
    assert (item.state, item.question, item.shown_answer) == ("open", "open", "")


def replace_rules(mode: str) -> Rules:
    return Rules(mode=mode, accounts=RULES.accounts, house=HOUSE)


def test_undo_brings_no_claim_back_and_ends_none() -> None:
    room = Clocked(RULES)
    room.take(asked())
    room.order(ClaimItem("x:1", 1))
    room.order(ShowAnswer("x:1", room.item(1).version, "At ten."))
    room.order(ClaimItem("x:1", room.item(1).version), "bob")
    assert room.order(Undo()).ok
    claim = room.item(1).claim
    assert claim is not None
    assert claim.who == "bob"
    assert room.order(Redo()).ok
    room.later(seconds=60)
    assert room.item(1).claim is None
    assert room.order(Undo()).ok
    assert room.item(1).claim is None


def test_an_answer_to_an_older_card_comes_to_the_front() -> None:
    room = Clocked(RULES)
    room.take(asked(), arrived(2))
    room.order(Approve("x:1", 1))
    room.order(Approve("x:2", 1))
    room.order(ShowAnswer("x:1", room.item(1).version, "At ten."))
    assert max(room.desk.state.cards.values(), key=lambda card: card.order).id == "x:1"

"""One answer to one question, whoever races whom; and question and answer on the wall together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from eventlive.desk import Rules
from eventlive.desk.inputs import Failed, Gone, Settled, TakenDown, Unsure
from eventlive.messages import (
    Approve,
    ClaimItem,
    Delete,
    MuteAuthor,
    Reject,
    Rewrite,
    Send,
    Settle,
    ShowAnswer,
    TakeBack,
    Write,
)
from eventlive.model import Outgoing, Sent
from tests.unit.desks import Clocked, arrived, started

# --- one answer -----------------------------------------------------------------------------------


class Answerer:
    """An operator: looks, claims, and answers what they last saw, by reply or on the wall."""

    def __init__(self, room: Clocked, who: str) -> None:
        self.room, self.who = room, who
        self.seen = room.item(1).version

    def does(self, what: str) -> bool:
        """Do a thing; say whether an answer was taken by that."""
        words = f"{self.who}: at ten"
        match what:
            case "look":
                self.seen = self.room.item(1).version
            case "claim":
                if self.room.order(ClaimItem("x:1", self.seen), self.who, "operator").ok:
                    self.seen = self.room.item(1).version
            case "write":
                write = Write(words, item="x:1", version=self.seen, send=True)
                return self.room.order(write, self.who, "operator").ok
            case "show":
                return self.room.order(ShowAnswer("x:1", self.seen, words), self.who).ok
        return False


def orders(ways: tuple[str, ...]) -> list[tuple[tuple[int, str], ...]]:
    """List every order in which operators, each going their own way, can come between each other.

    A way is words, "claim write".
    """
    turns = [number for number, way in enumerate(ways) for _ in way.split()]
    found = []
    for order in sorted(set(permutations(turns))):
        left = [iter(way.split()) for way in ways]
        found.append(tuple((number, next(left[number])) for number in order))
    return found


RACES = [
    ("claim write", "claim write", "claim write"),
    ("write", "look write", "claim write"),
    ("look claim look write", "look claim look write"),
    ("look show", "look write"),
    ("look claim show", "claim write write"),
]


@pytest.mark.parametrize("ways", RACES, ids=" | ".join)
def test_in_every_order_a_question_gets_one_answer(ways: tuple[str, ...]) -> None:
    """Claims run out at every place of every order, too: nobody renews them."""
    for order in orders(ways):
        for expiry in range(len(order) + 1):
            room = Clocked()
            room.take(arrived(1, question=True))
            people = [Answerer(room, who) for who in ("ann", "bob", "cid")[: len(ways)]]
            answered: list[int] = []
            for place, (number, what) in enumerate(order):
                if place == expiry:
                    room.later(seconds=31)
                claim, present = room.item(1).claim, room.item(1).version
                if people[number].does(what):
                    case = (order, expiry)
                    assert claim is None or claim.who == people[number].who, case
                    assert people[number].seen == present, "nobody answers what they did not see"
                    answered.append(number)
            room.later(seconds=31)
            if not answered:
                people[0].does("look")
                assert people[0].does("write"), "nobody is kept from answering for good"
            # A colleague who sees an answer on the wall may still reply where it was asked.
            assert sum(bool(one.answers) for one in room.desk.state.outgoing.values()) <= 1
            if "show" not in " ".join(ways):
                assert len(answered) <= 1, (order, expiry)


def test_a_claim_that_is_renewed_keeps_everybody_else_out() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    room.order(ClaimItem("x:1", 1), "ann")
    version = room.item(1).version
    for _ in range(30):
        room.later(seconds=10)
        assert room.order(ClaimItem("x:1", version), "ann").ok
        reply = room.order(Write("At ten", item="x:1", version=version, send=True), "bob")
        assert (reply.ok, reply.reason) == (False, "ann deals with it")
    assert room.item(1).version == version, "who renews makes nobody's view stale"
    assert room.order(Write("At ten", item="x:1", version=version, send=True), "ann").ok


def test_a_lead_who_takes_over_stops_the_one_who_writes() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    room.order(ClaimItem("x:1", 1), "bob", "operator")
    assert room.order(ClaimItem("x:1", 2, over=True), "ann", "lead").ok
    reply = room.order(Write("At ten", item="x:1", version=2, send=True), "bob", "operator")
    assert not reply.ok
    reply = room.order(Write("At ten", item="x:1", version=3, send=True), "bob", "operator")
    assert (reply.ok, reply.reason) == (False, "ann deals with it")
    assert not room.order(ClaimItem("x:1", 3), "bob", "operator").ok
    (taken,) = [one for turn in room.turns for one in turn.decisions]
    assert (taken.who, taken.action, taken.detail) == ("ann", "claim", "from bob")
    assert room.order(Write("At ten", item="x:1", version=3, send=True), "ann", "lead").ok


def test_a_lead_takes_over_what_nobody_holds_like_anybody_else() -> None:
    room = Clocked()
    room.take(arrived(1))
    assert room.order(ClaimItem("x:1", 1, over=True), "ann", "lead").ok
    assert not [one for turn in room.turns for one in turn.decisions], "there is nothing to log"


def test_a_wall_answer_does_not_cross_a_colleagues_that_is_on_its_way() -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    key = room.order(Write("At ten", item="x:1", version=1, send=True), "ann").thing
    reply = room.order(ShowAnswer("x:1", 2, "At eleven"), "bob")
    assert (reply.ok, reply.reason) == (False, "ann is about to answer it")
    room.later(seconds=5)
    room.take(Settled(key, 1, Sent("77", "", room.now), ("77",)))
    assert room.order(ShowAnswer("x:1", room.item(1).version, "At ten"), "bob").ok


# --- question and answer together -----------------------------------------------------------------


def asked(rules: Rules | None = None, question: bool = True) -> tuple[Clocked, str]:
    """Make a desk with a question, and an answer with `pair` that leaves in five seconds."""
    room = Clocked(rules)
    room.take(arrived(1, question=question), arrived(2))
    return room, room.order(Write("At ten", item="x:1", version=1, send=True, pair=True)).thing


def sent(room: Clocked, key: str) -> Outgoing:
    """Let an answer leave and arrive."""
    assert [one.id for one in started(room.later(seconds=5))] == [key]
    room.take(Settled(key, 1, Sent("77", "https://x.example/77", room.now), ("77",)))
    return room.desk.state.outgoing[key]


@pytest.mark.parametrize("question", [True, False])
def test_question_and_answer_go_up_once_the_answer_is_out(question: bool) -> None:
    room, key = asked(question=question)
    room.later(seconds=4)
    assert not room.desk.state.cards
    room.now -= timedelta(seconds=4)
    out = sent(room, key)
    assert (out.state, out.reason) == ("sent", "")
    card = room.desk.state.cards["x:1"]
    assert (card.text, card.answer) == ("post 1", "At ten")
    item = room.item(1)
    assert (item.on_wall, item.shown_answer, item.state) == (True, "At ten", "archived")
    assert item.question == ("answered" if question else "")


def test_what_is_shown_already_gets_its_answer_and_comes_to_the_front() -> None:
    room, key = asked()
    room.order(Approve("x:1", room.item(1).version))
    room.order(Approve("x:2", 1))
    sent(room, key)
    assert list(room.desk.state.cards) == ["x:2", "x:1"]
    assert room.desk.state.cards["x:1"].answer == "At ten"


def test_the_words_that_were_sent_are_shown() -> None:
    room, key = asked()
    room.order(TakeBack(key, 1))
    room.order(Rewrite(key, 2, "At eleven"))
    assert room.desk.state.outgoing[key].pair
    room.order(Send(key, 3))
    sent(room, key)
    assert room.desk.state.cards["x:1"].answer == "At eleven"


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda room: room.order(Reject("x:1", room.item(1).version)), "it was rejected"),
        (lambda room: room.order(MuteAuthor("x:2", 1)), "its author is muted"),
        (lambda room: room.take(Gone("x:1")), "its author deleted it"),
    ],
)
def test_what_may_not_be_shown_stays_off_and_the_answer_says_why(
    happens: Callable[[Clocked], object], why: str
) -> None:
    room, key = asked()
    started(room.later(seconds=5))
    happens(room)
    room.take(Settled(key, 1, Sent("77", "", room.now), ("77",)))
    out = room.desk.state.outgoing[key]
    assert out.state == "sent"
    assert out.reason.startswith("it is out, but not on the wall with its question: ")
    assert why in out.reason
    assert not room.desk.state.cards


def test_what_cannot_go_up_is_refused_before_it_is_written() -> None:
    room = Clocked()
    room.take(arrived(1, flags=("stop word: idiot",)), arrived(2))
    reply = room.order(Write("At ten", item="x:1", version=1, pair=True))
    assert (reply.ok, reply.reason) == (False, "it cannot go on the wall: stop word: idiot")
    reply = room.order(Write("At ten", pair=True))
    assert "only an answer" in reply.reason
    reply = room.order(Write("At ten " * 200, item="x:2", version=1, pair=True))
    assert "longer than 1000" in reply.reason
    assert room.order(Write("At ten " * 200, item="x:2", version=1)).ok


def test_what_did_not_arrive_is_not_shown_until_a_person_says_that_it_did() -> None:
    room, key = asked()
    started(room.later(seconds=5))
    room.take(Settled(key, 1, Unsure("?")))
    assert not room.desk.state.cards
    room.order(Settle(key, room.desk.state.outgoing[key].version, posted=True))
    assert list(room.desk.state.cards) == ["x:1"]
    room, key = asked()
    started(room.later(seconds=5))
    room.take(Settled(key, 1, Failed("no")))
    assert not room.desk.state.cards
    assert room.item(1).question == "open"


def test_an_answer_that_is_taken_down_comes_off_the_wall_at_once() -> None:
    room, key = asked()
    out = sent(room, key)
    room.order(Delete(key, out.version))
    assert not room.desk.state.cards
    room.take(Settled(key, 1, TakenDown(), ("77",)))
    item = room.item(1)
    assert (item.question, item.answer, item.shown_answer, item.state) == ("open", "", "", "open")


def test_an_answer_that_was_crowded_out_is_forgotten_with_its_post() -> None:
    room, key = asked(Rules(cards=1))
    out = sent(room, key)
    room.order(Approve("x:2", 1))
    assert list(room.desk.state.cards) == ["x:2"]
    room.order(Delete(key, out.version))
    room.take(Settled(key, 1, TakenDown(), ("77",)))
    assert (room.item(1).question, room.item(1).shown_answer) == ("open", "")

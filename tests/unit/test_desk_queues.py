"""What stands in each queue, in which order, how many wait in it, and what a filter keeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import process_time
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from eventlive.desk import Rules
from eventlive.desk.inputs import Arrived, Failed, Revised, Settled, Unsure
from eventlive.desk.state import HouseAccount
from eventlive.desk.views import view, waiting
from eventlive.listening import Judge, Recent
from eventlive.listening import Rules as ListeningRules
from eventlive.messages import (
    AddNote,
    Approve,
    Archive,
    ClaimItem,
    Question,
    Queue,
    ShowAnswer,
    Snooze,
    TakeBack,
    Waiting,
    Watch,
    Write,
)
from eventlive.model import Item, Judgement, Media
from tests.unit.desks import NOON, Clocked, arrived, post

LATE = Rules(answer_within=timedelta(minutes=10))


def ids(room: Clocked, queue: Queue, **asked: Any) -> list[str]:
    things, total = view(room.desk.state, Watch("v", queue, **asked), room.now)
    assert total >= len(things)
    return [thing.id.removeprefix("x:") for thing in things]


def waits(room: Clocked, queue: Queue) -> Waiting:
    return next(one for one in waiting(room.desk.state, room.now) if one.queue == queue)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


# --- queues ---------------------------------------------------------------------------------------


def test_who_speaks_to_the_house_and_who_is_listed_have_a_queue_each() -> None:
    room = Clocked()
    judge = Judge(ListeningRules(house={"x": ("house",)}), Recent(10))
    for number, said in enumerate(({}, {"mentions": ("house",)}, {"to": ("HOUSE",)})):
        one = replace(post(number, f"Good morning {number}"), **said)
        room.take(Arrived(one, judge.judge(one), after(number)))
    room.take(arrived(3, now=after(3), person="ada"))
    assert sorted(ids(room, "mentions")) == ["1", "2"]
    assert ids(room, "people") == ["3"]
    assert waits(room, "mentions") == Waiting("mentions", 2, after(1))
    room.order(Archive("x:1", 1))
    assert ids(room, "mentions") == ["2"]


def test_an_edit_can_begin_or_cease_to_speak_to_the_house() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.take(Revised(post(1, "hello @house"), Judgement(mentions_us=True), NOON))
    assert ids(room, "mentions") == ["1"]


def test_what_is_snoozed_stands_in_the_order_in_which_it_comes_back() -> None:
    room = Clocked()
    room.take(*(arrived(number) for number in range(3)))
    for number, minutes in enumerate((30, 5, 20)):
        room.order(Snooze(f"x:{number}", 1, minutes))
    assert ids(room, "snoozed") == ["1", "2", "0"]
    room.now = after(5)
    room.take()
    assert ids(room, "snoozed") == ["2", "0"]


def test_a_question_is_overdue_from_its_minute_on_the_oldest_first() -> None:
    room = Clocked(LATE)
    room.take(arrived(1, now=after(2), question=True))
    room.take(arrived(2, now=after(1), question=True, points=9.0), arrived(3, now=after(0)))
    room.now = after(11) - timedelta(seconds=1)
    assert ids(room, "overdue") == []
    room.now = after(11)
    assert ids(room, "overdue") == ["2"]
    room.now = after(12)
    assert ids(room, "overdue") == ["2", "1"]
    assert waits(room, "overdue") == Waiting("overdue", 2, after(1))
    room.order(Question("x:2", 1, on=False))
    assert ids(room, "overdue") == ["1"]


def test_what_has_its_answer_or_is_about_to_is_not_overdue() -> None:
    room = Clocked(LATE)
    room.take(*(arrived(number, question=True) for number in range(1, 5)))
    room.now = after(15)
    assert len(ids(room, "overdue")) == 4
    room.order(ShowAnswer("x:1", 1, "At ten."))
    out = room.order(Write("At ten.", item="x:2", version=1, send=True)).thing
    room.order(Write("A draft helps nobody.", item="x:3", version=1))
    assert sorted(ids(room, "overdue")) == ["3", "4"]
    assert room.order(Question("x:1", room.item(1).version)).ok
    assert "1" in ids(room, "questions")
    assert "1" not in ids(room, "overdue"), "it has its answer, on the wall"
    room.order(TakeBack(out, 1))
    assert sorted(ids(room, "overdue")) == ["2", "3", "4"]


def test_what_failed_or_nobody_knows_of_is_in_one_queue_the_newest_first() -> None:
    room = Clocked(Rules(accounts=("main",)))
    outs = []
    for outcome in (Failed("no"), Unsure("?")):
        outs.append(room.order(Write("Words", send=True)).thing)
        room.later(seconds=5)
        room.take(Settled(outs[-1], 1, outcome))
    room.order(Write("A draft"))
    assert ids(room, "uncertain") == outs[::-1]
    first = room.desk.state.outgoing[outs[0]].due_at
    assert waits(room, "uncertain") == Waiting("uncertain", 2, first)
    assert waits(room, "outgoing") == Waiting("outgoing", 3, first)


def test_every_queue_says_how_many_wait_in_it() -> None:
    room = Clocked(LATE)
    for number in range(40):
        judged: dict[str, Any] = {
            "question": number % 3 == 0,
            "flags": ("bot",) if number % 4 == 0 else (),
            "person": "ada" if number % 5 == 0 else "",
            "mentions_us": number % 7 == 0,
            "points": float(number % 6),
        }
        room.take(arrived(number, now=after(number / 4), **judged))
    for number in range(0, 40, 8):
        room.order((Approve, Archive, Snooze)[number % 3](f"x:{number}", 1))
    room.now = after(15)
    found = waiting(room.desk.state, room.now)
    assert [one.queue for one in found] == list(get_args(Queue))
    for one in found:
        things, total = view(room.desk.state, Watch("v", one.queue), room.now)
        assert one.count == total, one.queue
        if one.queue not in ("outgoing", "uncertain", "wall", "done"):
            received = [item.received_at for item in things if isinstance(item, Item)]
            assert one.oldest == min(received), one.queue
        else:
            assert one.oldest is None


def test_counting_the_queues_is_cheap_at_flood() -> None:
    room = Clocked(LATE)
    for start in range(0, 5000, 250):
        batch = [arrived(one, question=one % 9 == 0) for one in range(start, start + 250)]
        room.desk.handle(batch, NOON)
    assert len(room.desk.state.open) == 5000
    spent = []
    for _ in range(20):
        before = process_time()
        waiting(room.desk.state, after(30))
        spent.append(process_time() - before)
    assert min(spent) < 0.004, "once a second, beside a flood"


# --- sorting --------------------------------------------------------------------------------------


def test_a_queue_comes_in_the_order_that_is_asked_for() -> None:
    room = Clocked()
    for number, (points, followers) in enumerate([(1.0, 50), (3.0, 7), (2.0, 900)]):
        one = arrived(number, now=after(number / 100), points=points)
        author = replace(one.post.author, followers=followers)
        room.take(replace(one, post=replace(one.post, author=author)))
    assert ids(room, "inbox") == ["1", "2", "0"]
    assert ids(room, "inbox", sort="newest") == ["2", "1", "0"]
    assert ids(room, "inbox", sort="oldest") == ["0", "1", "2"]
    assert ids(room, "inbox", sort="reach") == ["2", "0", "1"]
    assert ids(room, "inbox", sort="reach", count=1) == ["2"]


# --- filters --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed() -> Clocked:
    """A desk with a post of each kind: 1 a question of Ann's, 2 a Finnish one of Bob's, …"""
    room = Clocked(Rules(house={"main": HouseAccount("bluesky", "house")}))
    room.take(
        arrived(1, question=True, language="en"),
        arrived(2, language="fi", author="bobby", flags=("sensitive",)),
        arrived(3, language="fil", person="ada"),
    )
    picture = replace(
        post(4, "Look: https://example.org", "cid", "bluesky"),
        kind="reply",
        media=(Media("https://example.org/a.png"),),
        links=("https://example.org",),
    )
    room.take(Arrived(picture, Judgement(language="pt-BR"), NOON))
    room.order(AddNote("x:3", 1, "ask her"))
    room.order(Approve("x:3", 2))
    room.order(Question("x:3", 3))
    room.order(ClaimItem("x:2", 1), "bob")
    room.order(ShowAnswer("x:1", 1, "At ten."))
    room.order(Question("x:1", room.item(1).version))
    return room


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", "1 2 3 bluesky:4"),
        ("!", "1 2 3 bluesky:4"),
        ("POST", "1 2 3"),
        ("post 2", "2"),
        ("!post", "bluesky:4"),
        ("post -2", "1 3"),
        ("-post", "bluesky:4"),
        ("! post -2", "2 bluesky:4"),
        ("-", "1 2 3 bluesky:4"),
        ("sensitive", "2"),
        ("lang:fi", "2"),
        ("lang:FIL", "3"),
        ("lang:f", "2 3"),
        ("lang:pt", "bluesky:4"),
        ("lang:", "1 2 3 bluesky:4"),
        ("-lang:fi", "1 3 bluesky:4"),
        ("on:bluesky", "bluesky:4"),
        ("on:b", "bluesky:4"),
        ("on:x -from:bobby", "1 3"),
        ("from:@ann", "1 3"),
        ("from:bob", "2"),
        ("is:question", "1 3"),
        ("is:q", "1 3"),
        ("!is:question", "2 bluesky:4"),
        ("is:flagged", "2"),
        ("is:person", "3"),
        ("is:claimed", "2"),
        ("is:shown", "1 3"),
        ("is:answered", "1"),
        ("is:reply", "bluesky:4"),
        ("is:", "1 2 3 bluesky:4"),
        ("is:nonsense", ""),
        ("has:picture", "bluesky:4"),
        ("has:link", "bluesky:4"),
        ("has:note", "3"),
        ("has:note is:shown lang:fil ada", ""),
        ("https://example.org", "bluesky:4"),
        ("!has:note is:shown", "1 2 bluesky:4"),
    ],
)
def test_a_filter_keeps_what_is_asked_for(mixed: Clocked, typed: str, kept: str) -> None:
    assert sorted(ids(mixed, "inbox", filter=typed)) == kept.split()


def test_a_filter_looks_at_posts_of_the_house_too() -> None:
    room = Clocked(Rules(house={"main": HouseAccount("bluesky", "house")}))
    room.take(arrived(1))
    room.order(Write("Doors at ten https://example.org"), "ann")
    room.order(Write("It is at ten", item="x:1", version=1, plain=True), "bob")
    one, other = sorted(room.desk.state.outgoing)
    for typed, kept in {
        "from:ann": [one],
        "on:bluesky": [other, one],
        "on:mastodon": [],
        "has:link": [one],
        "is:reply": [other],
        "-is:reply draft": [one],
        "is:question": [],
    }.items():
        assert ids(room, "outgoing", filter=typed) == kept, typed

"""The desk, read by somebody who wants it to fail: what goes out, what shows, what undo leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import thread_time

import pytest
from msgspec.structs import replace

from eventlive.desk import Desk, Rules
from eventlive.desk.authors import author_of
from eventlive.desk.inputs import Gone, Ordered, Recalled, Revised, Settled, TakenDown, Waits
from eventlive.desk.state import HouseAccount
from eventlive.desk.views import view
from eventlive.messages import (
    AddNote,
    Approve,
    ApprovePost,
    Archive,
    AvoidAuthor,
    BlockAuthor,
    ClaimItem,
    Delete,
    HandOver,
    MoveCard,
    MuteAuthor,
    Pin,
    Redo,
    Reject,
    Reopen,
    ReportPost,
    SeeTo,
    Send,
    Several,
    ShowAnswer,
    Snooze,
    TakeOff,
    Undo,
    Unmute,
    Watch,
    Write,
    cleaned,
)
from eventlive.model import Evidence, Item, Judgement, Outgoing, Sent
from tests.unit.desks import Clocked, arrived, post, started
from tui.masonry import stage


def version(room: Clocked, number: int) -> int:
    return room.item(number).version


def out_now(room: Clocked, out: str = "out-1") -> Outgoing:
    return room.desk.state.outgoing[out]


def asked(rules: Rules | None = None) -> Clocked:
    """Give a room with one question that ann's answer waits for."""
    room = Clocked(rules)
    room.take(arrived(1, question=True))
    reply = room.order(Write("At ten", item="x:1", version=1, send=True, pair=True), "ann")
    assert reply.ok
    return room


def sent(room: Clocked) -> None:
    room.later(seconds=6)
    out = out_now(room)
    assert out.state == "sending"
    room.take(Settled(out.id, out.attempt, Sent("s1", "https://net.example/s1", room.now)))


# --- what goes out ------------------------------------------------------------------------------


def test_a_second_person_does_not_answer_an_avoided_author_unasked() -> None:
    room = asked(Rules(house={"main": HouseAccount(approves=True)}))
    assert room.order(AvoidAuthor("x:1", version(room, 1)), "bob").ok
    room.order(ApprovePost("out-1", out_now(room).version), "bob")
    assert not started(room.later(seconds=10))


@pytest.mark.parametrize("deed", [AvoidAuthor, BlockAuthor, ReportPost])
def test_a_queued_answer_does_not_leave_for_who_is_avoided_blocked_or_reported(
    deed: type[AvoidAuthor | BlockAuthor | ReportPost],
) -> None:
    room = asked()
    assert room.order(deed("x:1", version(room, 1)), "bob").ok
    assert not started(room.later(seconds=10))


def test_an_answer_kept_by_a_limit_does_not_leave_for_who_is_avoided_meanwhile() -> None:
    room = asked()
    room.later(seconds=6)
    until = room.now + timedelta(minutes=5)
    room.take(Settled("out-1", out_now(room).attempt, Waits("limit", until)))
    assert room.order(AvoidAuthor("x:1", version(room, 1)), "bob").ok
    assert not started(room.later(minutes=6))


@pytest.mark.parametrize("gone", [False, True], ids=["blocked", "deleted"])
def test_who_is_blocked_or_has_deleted_is_not_answered_without_a_word(gone: bool) -> None:
    room = Clocked()
    room.take(arrived(1, question=True))
    if gone:
        room.take(Gone("x:1"))
    else:
        room.order(BlockAuthor("x:1", 1), "lea")
    reply = room.order(Write("At ten", item="x:1", version=version(room, 1), send=True), "ann")
    assert not reply.ok


def test_an_answer_taken_back_as_its_question_is_gone_is_not_sent_again() -> None:
    room = asked()
    room.take(Gone("x:1"))
    assert out_now(room).state == "draft"
    assert not room.order(Send("out-1", out_now(room).version), "ann").ok


# --- what shows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [Reject, ReportPost])
@pytest.mark.parametrize("way", [Snooze, Archive])
def test_what_was_rejected_or_reported_is_shown_after_a_reopen_alone(
    way: type[Snooze | Archive], bad: type[Reject | ReportPost]
) -> None:
    room = Clocked()
    room.take(arrived(1))
    assert room.order(bad("x:1", 1), "bob").ok
    room.order(way("x:1", version(room, 1)), "ann")
    assert not room.order(Approve("x:1", version(room, 1)), "ann").ok


def test_a_rejected_post_does_not_come_back_by_a_snooze() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Reject("x:1", 1), "bob")
    room.order(Snooze("x:1", version(room, 1)), "ann")
    room.later(minutes=11)
    assert room.item(1).state == "rejected"


def test_a_reported_question_does_not_go_up_with_its_answer() -> None:
    room = asked()
    room.later(seconds=6)
    room.order(ReportPost("x:1", version(room, 1)), "bob")
    room.order(Archive("x:1", version(room, 1)), "cid")
    sent(room)
    assert not room.item(1).on_wall
    assert "it was reported" in out_now(room).reason


def test_undo_does_not_bring_back_an_answer_that_the_house_deletes() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(Write("At ten", item="x:1", version=1, send=True, pair=True), "ann")
    sent(room)
    room.order(TakeOff("x:1", version(room, 1)), "bob")
    assert room.order(Delete("out-1", out_now(room).version), "ann").ok
    room.order(Undo(), "bob")
    room.take(Settled("out-1", out_now(room).attempt, TakenDown()))
    assert out_now(room).state == "deleted"
    assert not any(card.answer for card in room.desk.state.cards.values())


@pytest.mark.parametrize("stopped", [False, True], ids=["reworded", "stopped"])
def test_a_pair_does_not_go_up_under_words_that_nobody_has_answered(stopped: bool) -> None:
    """Ask kindly, wait until the answer is on its way, edit: the house agrees with anything."""
    room = asked()
    room.later(seconds=6)
    flags = ("sensitive",) if stopped else ()
    edited = Judgement(question=True, stopped=stopped, flags=flags)
    room.take(Revised(post(1, "Is it true that you cheat?"), edited, room.now))
    out = out_now(room)
    room.take(Settled(out.id, out.attempt, Sent("s1", "https://net.example/s1", room.now)))
    assert not room.item(1).on_wall
    assert out_now(room).reason == "not on the wall: the question was edited"


def test_an_answer_that_waits_for_a_second_person_says_that_it_stays_off_the_wall() -> None:
    room = asked(Rules(house={"main": HouseAccount(approves=True)}))
    room.take(Revised(post(1, "Is it true that you cheat?"), Judgement(question=True), room.now))
    edited = "not on the wall: the question was edited"
    assert out_now(room).reason == f"waits for a second person's approval; {edited}"
    assert room.order(ApprovePost("out-1", out_now(room).version), "bob").ok
    sent(room)
    assert (out_now(room).state, out_now(room).reason) == ("sent", edited)
    assert not room.item(1).on_wall


def test_an_answer_that_was_crowded_out_does_not_come_back_under_other_words() -> None:
    room = Clocked(Rules(cards=1))
    room.take(arrived(1, question=True), arrived(2))
    room.order(ShowAnswer("x:1", 1, "Of course"))
    room.order(Approve("x:2", 1))
    room.take(Revised(post(1, "Is it true that you cheat?"), Judgement(), room.now))
    assert room.order(Approve("x:1", version(room, 1))).ok
    assert room.desk.state.cards["x:1"].answer == ""


# --- what undo leaves ---------------------------------------------------------------------------


def taken_off_and_back(cards: int) -> Clocked:
    """Give a room whose second card undo brought back when a third was up already."""
    room = Clocked(Rules(cards=cards))
    room.take(arrived(1), arrived(2), arrived(3))
    room.order(Approve("x:1", 1))
    room.order(Approve("x:2", 1))
    room.order(TakeOff("x:2", version(room, 2)), "ann")
    room.order(Approve("x:3", 1), "bob")
    assert room.order(Undo(), "ann").ok
    return room


def test_undo_does_not_overfill_the_wall() -> None:
    room = taken_off_and_back(cards=2)
    assert list(room.desk.state.cards) == ["x:2", "x:3"], "what came back stays, the oldest goes"


def test_pinned_cards_leave_room_for_what_somebody_asked_to_see() -> None:
    room = Clocked(Rules(cards=2))
    room.take(arrived(1), arrived(2), arrived(3))
    for number in (1, 2):
        room.order(Approve(f"x:{number}", 1), "ann")
        room.order(Pin(f"x:{number}", version(room, number)), "ann")
        if number == 1:
            room.order(TakeOff("x:1", version(room, 1)), "bob")
    assert room.order(Undo(), "bob").ok
    assert all(card.pinned for card in room.desk.state.cards.values())
    assert room.order(Approve("x:3", 1), "ann").ok
    assert list(room.desk.state.cards) == ["x:2", "x:3"]


def test_what_cannot_be_taken_back_does_not_keep_what_lies_below() -> None:
    room = Clocked()
    room.take(arrived(1), arrived(2))
    room.order(Archive("x:1", 1), "ann")
    room.order(Archive("x:2", 1), "ann")
    room.order(Reopen("x:2", 2), "bob")
    reply = room.order(Undo(), "ann")
    assert (reply.ok, "has changed since" in reply.reason) == (False, True)
    assert room.order(Undo(), "ann").ok
    assert (room.item(1).state, room.item(2).state) == ("open", "open")
    assert room.order(Undo(), "ann").reason == "there is nothing to undo"
    decisions = [one for turn in room.turns for one in turn.decisions]
    again = Desk(Rules(), list(room.stored.values()), decisions, room.now).state
    assert not again.undo["ann"]
    assert [one.on for one in again.redo["ann"]] == ["x:1"]


def test_no_two_cards_have_one_order_and_each_can_be_moved() -> None:
    room = taken_off_and_back(cards=6)
    before = list(room.desk.state.cards)
    assert room.order(MoveCard(before[1], room.desk.state.items[before[1]].version, 1), "bob").ok
    orders = [card.order for card in room.desk.state.cards.values()]
    assert len(set(orders)) == len(orders)
    assert list(room.desk.state.cards) != before


def test_a_claim_that_lapses_does_not_stand_in_undos_way() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(ClaimItem("x:1", 1), "ann")
    room.order(AddNote("x:1", version(room, 1), "a word"), "ann")
    room.later(seconds=31)
    assert room.item(1).claim is None
    assert room.order(Undo(), "ann").ok


def test_what_undo_took_back_is_done_again_however_late() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(ClaimItem("x:1", 1), "ann")
    room.order(Archive("x:1", version(room, 1)), "ann")
    room.later(seconds=60)
    assert room.order(Undo(), "ann").ok
    room.later(seconds=1)
    assert room.order(Redo(), "ann").ok


def test_a_post_recalled_after_its_author_was_let_in_again_can_be_shown() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(MuteAuthor("x:1", 1))
    stored = room.item(1)
    fresh = Clocked(things=tuple(room.desk.state.mutes.values()))
    assert fresh.order(Unmute("x:ann", 1)).ok
    fresh.take(Recalled(stored))
    assert not fresh.item(1).muted


def test_who_the_script_mutes_stays_muted_whatever_is_taken_back() -> None:
    room = Clocked()
    room.take(arrived(1), arrived(2, muted=True, stopped=True, points=0.0))
    room.order(MuteAuthor("x:1", 1))
    assert room.order(Unmute("x:ann", 1)).ok
    assert (room.item(1).muted, room.item(2).muted) == (False, True)


def test_who_is_let_in_again_by_undo_is_so_with_what_they_wrote_meanwhile() -> None:
    room = Clocked()
    room.take(arrived(1))
    room.order(MuteAuthor("x:1", 1))
    room.take(arrived(2))
    assert room.item(2).muted
    assert room.order(Undo()).ok
    assert (room.item(2).muted, room.item(2).state) == (False, "archived")
    room.take(arrived(3))
    room.order(Approve("x:3", 1), "bob")
    assert room.order(Redo()).ok
    assert room.item(3).muted
    assert not room.desk.state.cards


# --- several ------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", [MuteAuthor, AvoidAuthor])
def test_several_posts_of_one_author_are_not_said_to_have_changed(
    deed: type[MuteAuthor | AvoidAuthor],
) -> None:
    room = Clocked()
    room.take(*[arrived(number) for number in range(5)])
    reply = room.order(Several(tuple(deed(f"x:{number}", 1) for number in range(5))))
    assert (reply.ok, reply.reason) == (True, "")
    (decision,) = room.turns[-1].decisions
    assert decision.detail.endswith(": 5 posts")


def full() -> Clocked:
    room = Clocked()
    authors = [f"a{number % 500}" for number in range(5000)]
    many = [
        arrived(number, author=author, language="en", points=1 + number / 1e6)
        for number, author in enumerate(authors)
    ]
    room.desk.handle(many, room.now)
    return room


def seconds(deed: Callable[[], object]) -> float:
    """Measure this thread's own time: others use the machine, too."""
    began = thread_time()
    deed()
    return thread_time() - began


@pytest.mark.parametrize("deed", [MuteAuthor, AvoidAuthor])
def test_several_authors_do_not_each_cost_the_whole_desk(
    deed: type[MuteAuthor | AvoidAuthor], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = full()
    state = room.desk.state
    first: dict[str, Item] = {}
    for item in state.items.values():
        first.setdefault(item.post.author.id, item)
    looks, posts = 0, len(state.items)

    def counted(item: Item) -> str:
        nonlocal looks
        looks += 1
        return author_of(item)

    monkeypatch.setattr("eventlive.desk.authors.author_of", counted)
    several = Several(tuple(deed(one.id, one.version) for one in first.values()))
    room.desk.handle([Ordered("ann", several)], room.now)
    assert len(state.mutes) + len(state.avoids) == 500
    assert looks < 4 * posts, "none of the 500 goes through all the posts"


def test_a_filter_of_many_words_costs_not_much_more_than_one_of_three() -> None:
    state = full().desk.state
    words = " ".join(f"-{chr(0x430 + number)}" for number in range(66))

    def cost(text: str) -> float:
        watch = Watch("v", "inbox", text, "newest")
        return min(seconds(lambda: view(state, watch)) for _ in range(4))

    usual = cost("post lang:en -zzz")
    assert cost(words) < 6 * usual


# --- what grows ---------------------------------------------------------------------------------


def test_hand_overs_do_not_pile_up_without_a_bound() -> None:
    room = Clocked()
    for _ in range(200):
        room.order(HandOver("x" * 4000), "ann")
    (last,) = room.desk.state.reminders.values()
    for number in range(30):
        room.later(seconds=1)
        room.order(HandOver("the rest"), f"crew-{number}")
    kept = [one.text for one in room.desk.state.reminders.values()]
    assert kept == [f"crew-{number} hands over: the rest" for number in range(10, 30)]
    assert last.id not in room.desk.state.reminders


def test_hand_overs_that_were_seen_to_go_with_the_next_one() -> None:
    room = Clocked()
    first = room.order(HandOver("one"), "ann").thing
    room.order(SeeTo(first, 1), "bob")
    second = room.order(HandOver("two"), "bob").thing
    assert list(room.desk.state.reminders) == [second]
    assert ("reminder", first) not in room.stored


def test_each_report_of_one_command_is_evidence_of_its_own() -> None:
    room = Clocked()
    room.take(arrived(1))
    reply = room.order(Several((ReportPost("x:1", 1), Reopen("x:1", 2), ReportPost("x:1", 3))))
    assert (reply.ok, reply.reason) == (True, "")
    assert sum(isinstance(thing, Evidence) for thing in room.stored.values()) == 2
    reply = room.order(ReportPost("x:1", version(room, 1)))
    assert (reply.ok, reply.reason) == (False, "you have reported it")


def test_rules_set_aside_are_words_like_any_other() -> None:
    names = ("\x1b[2Jclear", *(f"rule-{number}" for number in range(10_000)))
    over = cleaned(Write("hello", over=names)).over
    assert not any("\x1b" in name for name in over)
    room = Clocked()
    room.order(replace(Write("hello"), over=over))
    (decision,) = room.turns[-1].decisions
    assert len(decision.detail) < 10_000


# --- what a stranger at the wall does to a console ------------------------------------------------


@pytest.mark.parametrize("pixels", [(10**600, 1), (65_535, 1)])
def test_no_size_that_a_screen_claims_ends_a_console(pixels: tuple[int, int]) -> None:
    """A screen says its size itself, without a token; 10^9 by 1 would take all memory there is."""
    try:
        on = stage(pixels)
    except OverflowError as error:
        raise AssertionError(str(error)) from None
    assert on.columns <= 100
    assert on.high > 0
    assert on.wide > 0

"""Posts with a time of their own: when they leave, what holds them, who may let them go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Settled, Waits
from eventlive.desk.state import HouseAccount, Series
from eventlive.listening.variables import Names, Naming
from eventlive.listening.voice_rules import HOUSE
from eventlive.messages import (
    ApprovePost,
    Command,
    Discard,
    EndSegment,
    Hold,
    HoldPost,
    Move,
    Release,
    Rewrite,
    SeeTo,
    Send,
    SkipSegment,
    SlipSegment,
    StartSegment,
    TakeBack,
    Undo,
    Write,
)
from eventlive.model import Anchor, Outgoing, Reminder, Segment
from tests.unit import days
from tests.unit.days import at, day_of, passes, post, settle
from tests.unit.desks import Clocked, arrived, picture

PEOPLE = {"ada": Naming("Ada Oak", handles={"x": "ada_oak", "mastodon": "ada@quay.example"})}
RULES = Rules(
    accounts=("main", "fedi", "staff"),
    house={
        "main": HouseAccount("x", "house"),
        "fedi": HouseAccount("mastodon", "house@quay.example"),
        "staff": HouseAccount("x", "staff", language="en", first_person=True),
    },
    names=Names(PEOPLE, "The Fair", timezone="Europe/Helsinki"),
    language="en",
)


def segment(name: str, starts: str, minutes: int = 60, **more: Any) -> Segment:
    return days.segment(name, starts, minutes, **more)


def day(
    *things: Segment | Outgoing | Reminder, now: str = "12:00", rules: Rules = RULES
) -> Clocked:
    return day_of(things, rules, at(now))


def out(room: Clocked, name: str) -> Outgoing:
    return room.desk.state.outgoing[name]


def done(room: Clocked, command: Command, who: str = "ann") -> str:
    reply = room.order(command, who)
    assert reply.ok, reply.reason
    settle(room)
    return reply.thing


def on(room: Clocked, kind: type[Any], name: str, who: str = "ann", **more: Any) -> None:
    """Do something to a post in the version that it has."""
    done(room, kind(name, out(room, name).version, **more), who)


def refused(room: Clocked, command: Command, who: str = "ann") -> str:
    """Give a command that must be refused and change nothing; give the words."""
    before = picture(room.desk)
    reply = room.order(command, who)
    assert not reply.ok
    assert picture(room.desk) == before
    return reply.reason


def sent(room: Clocked) -> dict[str, str]:
    """Say when each post that is out left."""
    return {
        one.id: f"{one.sent_at:%H:%M}"
        for one in room.desk.state.outgoing.values()
        if one.state == "sent"
    }


def kept(room: Clocked) -> dict[str, tuple[str, str]]:
    """Give state and reason of each post that is not out."""
    return {
        one.id: (one.state, one.reason)
        for one in room.desk.state.outgoing.values()
        if one.state != "sent"
    }


# --- tied to the programme ------------------------------------------------------------------------

TIED = (
    segment("talk", "13:00"),
    post("before", anchor=Anchor("talk", "start", -600)),
    post("begins", anchor=Anchor("talk")),
    post("on", anchor=Anchor("talk", "start", 300)),
    post("last", anchor=Anchor("talk", "end", -120)),
    post("over", anchor=Anchor("talk", "end", 60)),
)


def test_what_is_tied_leaves_at_its_distance_from_start_and_end() -> None:
    room = day(*TIED)
    passes(room, "15:00")
    assert sent(room) == {
        "before": "12:50",
        "begins": "13:00",
        "on": "13:05",
        "last": "13:58",
        "over": "14:01",
    }


def test_what_is_tied_slips_along_before_and_while_it_runs() -> None:
    room = day(*TIED)
    done(room, SlipSegment("talk", 600))
    passes(room, "13:30")
    done(room, SlipSegment("talk", 300))
    passes(room, "15:00")
    assert sent(room) == {
        "before": "13:00",
        "begins": "13:10",
        "on": "13:15",
        "last": "14:13",
        "over": "14:16",
    }


def test_what_was_to_come_before_is_held_once_it_has_happened_and_why() -> None:
    room = day(*TIED)
    done(room, StartSegment("talk"))
    passes(room, "12:20")
    done(room, EndSegment("talk"))
    passes(room, "13:00")
    assert kept(room) == {
        "before": ("held", "'Talk' has begun"),
        "last": ("held", "'Talk' has ended"),
    }
    assert sent(room) == {"begins": "12:00", "on": "12:05", "over": "12:21"}


def test_what_is_tied_to_a_skipped_one_is_held() -> None:
    room = day(segment("talk", "13:00"), post("on", anchor=Anchor("talk", "start", 300)))
    done(room, SkipSegment("talk"))
    passes(room, "14:00")
    assert kept(room) == {"on": ("held", "'Talk' was skipped")}


def test_nothing_tied_to_what_a_person_starts_leaves_before_they_do() -> None:
    room = day(segment("talk", "13:00", by="hand"), post("on", anchor=Anchor("talk")))
    passes(room, "13:40")
    assert sent(room) == {}
    done(room, StartSegment("talk"))
    assert sent(room) == {"on": "13:40"}


# --- too late -------------------------------------------------------------------------------------


def test_after_an_outage_the_late_are_held_and_the_rest_leave_one_a_minute() -> None:
    """Each account by itself; a post may say for itself how late it still makes sense."""
    room = day(
        post("old", at=at("12:20")),
        post("patient", at=at("12:21"), stale=3600),
        post("one", at=at("12:35")),
        post("two", at=at("12:36")),
        post("other", account="fedi", at=at("12:36")),
        post("hasty", account="fedi", at=at("12:38"), stale=60),
    )
    room.now = at("12:40")
    room.take()
    settle(room)
    passes(room, "13:00")
    assert sent(room) == {"patient": "12:40", "one": "12:41", "two": "12:42", "other": "12:40"}
    assert kept(room) == {"old": ("held", "20 min late"), "hasty": ("held", "2 min late")}


def test_a_hold_of_everything_ends_in_no_burst() -> None:
    room = day(*(post(name, at=at(name)) for name in ("12:10", "12:15", "12:16", "12:30")))
    passes(room, "12:05")
    done(room, Hold("a false alarm"))
    passes(room, "12:22")
    assert sent(room) == {}
    done(room, Release())
    passes(room, "13:00")
    assert sent(room) == {"12:15": "12:22", "12:16": "12:23", "12:30": "12:30"}
    assert kept(room) == {"12:10": ("held", "12 min late")}


def test_a_post_that_is_milliseconds_late_makes_sense_whatever_the_script_says() -> None:
    room = day(post("one", at=at("12:10")), rules=replace_rules(stale=timedelta(0)))
    room.now = at("12:10") + timedelta(milliseconds=3)
    room.take()
    settle(room)
    assert sent(room) == {"one": "12:10"}


def replace_rules(**more: Any) -> Rules:
    kept = {name: getattr(RULES, name) for name in ("accounts", "house", "names", "language")}
    return Rules(**(kept | more))


# --- a second person ------------------------------------------------------------------------------


def approved(**more: Any) -> Clocked:
    return day(post("one", at=at("13:00"), needs_approval=True, **more))


def test_what_is_approved_in_time_leaves_in_time() -> None:
    room = approved()
    on(room, ApprovePost, "one", "bea")
    passes(room, "13:00")
    assert (sent(room), out(room, "one").approved_by) == ({"one": "13:00"}, "bea")
    (decision,) = [one for turn in room.turns for one in turn.decisions]
    assert (decision.who, decision.action, decision.on) == ("bea", "approve-post", "one")


def test_what_is_due_without_approval_is_held_and_leaves_on_a_word_in_time() -> None:
    room = approved()
    passes(room, "13:04")
    assert kept(room) == {"one": ("held", "waits for a second person's approval")}
    on(room, ApprovePost, "one", "bea")
    assert sent(room) == {"one": "13:04"}


def test_a_word_that_comes_too_late_lets_nothing_go() -> None:
    room = approved()
    passes(room, "13:11")
    on(room, ApprovePost, "one", "bea")
    passes(room, "14:00")
    assert kept(room) == {"one": ("held", "11 min late")}


def test_nobody_approves_their_own_words_and_new_words_need_a_new_word() -> None:
    room = approved()
    on(room, ApprovePost, "one", "bea")
    on(room, Rewrite, "one", "bea", text="Other words")
    assert out(room, "one").approved_by == ""
    again = ApprovePost("one", out(room, "one").version)
    assert "a second person must" in refused(room, again, "bea")
    passes(room, "13:01")
    assert kept(room) == {"one": ("held", "waits for a second person's approval")}
    on(room, ApprovePost, "one", "ann")
    assert sent(room) == {"one": "13:01"}


def test_what_somebody_writes_for_such_an_account_waits_for_another() -> None:
    house = {"main": HouseAccount("x", "house", approves=True)}
    room = day(rules=Rules(accounts=("main",), house=house))
    name = done(room, Write("Words", send=True))
    assert kept(room) == {name: ("held", "waits for a second person's approval")}
    assert "a second person must" in refused(room, ApprovePost(name, 1))
    draft = done(room, Write("More words"))
    on(room, Send, draft)
    assert out(room, draft).state == "held", "sending it by hand is no approval"
    on(room, ApprovePost, name, "bea")
    room.later(seconds=5)
    settle(room)
    assert list(sent(room)) == [name]


# --- what a person does ---------------------------------------------------------------------------


def test_somebody_writes_a_post_for_later_and_for_a_moment_of_the_programme() -> None:
    room = day(segment("talk", "13:00"))
    later = done(room, Write("Later", at=at("12:30")))
    tied = done(room, Write("On", anchor=Anchor("talk", "end", -60)))
    done(room, SlipSegment("talk", 600))
    passes(room, "15:00")
    assert sent(room) == {later: "12:30", tied: "14:09"}
    assert out(room, later).who == "ann"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Write("Words", at=at("12:00")), "that time is over"),
        (Write("Words", anchor=Anchor("tlak")), "there is no segment 'tlak'"),
        (Write("Words", anchor=Anchor("gone")), "'Gone' was skipped"),
        (Write("Words", anchor=Anchor("on", "start", -60)), "'On' has begun"),
        (Write("Words", anchor=Anchor("on")), "that time is over"),
        (Write("Words", account="mian", at=at("13:00")), "there is no account 'mian'; accounts: m"),
        (Write(" ", at=at("13:00")), "there is nothing in it"),
        (Move("one", 1, at=at("11:00")), "that time is over"),
        (Move("one", 1), "a time is missing"),
        (Move("one", 1, anchor=Anchor("gone")), "'Gone' was skipped"),
        (Move("one", 7, at=at("14:00")), "changed"),
        (Discard("one", 1, series=True), "it comes only once"),
        (ApprovePost("one", 1), "it needs nobody's approval"),
    ],
)
def test_a_time_that_cannot_be_is_refused(command: Command, words: str) -> None:
    room = day(
        segment("on", "11:30"),
        segment("gone", "13:00"),
        post("one", at=at("13:00")),
    )
    done(room, SkipSegment("gone"))
    assert words in refused(room, command)


def test_an_answer_has_no_time_of_its_own() -> None:
    room = day()
    room.take(arrived(1, question=True))
    command = Write("At ten", account="staff", item="x:1", version=1, at=at("13:00"))
    assert "has no time of its own" in refused(room, command)
    answer = done(room, Write("At ten", account="staff", item="x:1", version=1, plain=True))
    later = Move(answer, out(room, answer).version, at=at("13:00"))
    assert "has no time of its own" in refused(room, later)


def test_it_is_moved_held_sent_at_once_taken_back_and_dropped() -> None:
    room = day(*(post(name, at=at("13:00")) for name in ("a", "b", "c", "d", "e")))
    on(room, Move, "a", at=at("12:30"))
    on(room, HoldPost, "b", reason="is that so?")
    on(room, Send, "c")
    on(room, TakeBack, "d")
    on(room, Discard, "e")
    passes(room, "14:00")
    assert sent(room) == {"a": "12:30", "c": "12:00"}
    assert out(room, "c").sent_at == at("12:00") + timedelta(seconds=5)
    assert kept(room) == {
        "b": ("held", "held by ann: is that so?"),
        "d": ("draft", ""),
        "e": ("dropped", "was dropped"),
    }
    done(room, Undo())
    assert kept(room)["e"] == ("held", "was dropped"), "its time may be over by then"
    told = [(one.who, one.action, one.on) for turn in room.turns for one in turn.decisions]
    assert told == [
        ("ann", "move", "a"),
        ("ann", "hold-post", "b"),
        ("ann", "send", "c"),
        ("ann", "take-back", "d"),
        ("ann", "discard", "e"),
        ("ann", "undo", "e"),
    ]


def test_new_words_for_one_that_waits_for_its_time_keep_the_time() -> None:
    room = day(post("one", at=at("13:00")))
    on(room, Rewrite, "one", text="Other words")
    passes(room, "13:00")
    assert (sent(room), out(room, "one").text) == ({"one": "13:00"}, "Other words")


# --- again and again ------------------------------------------------------------------------------


def series(**more: Any) -> Rules:
    first = post("post-come", "One", series="come", **more)
    return replace_rules(series=(Series(first, 40 * 60, ("booth",), ("One", "Two", "Three")),))


def booth(minutes: int = 180, **more: Any) -> Clocked:
    return day(segment("booth", "13:00", minutes), rules=series(**more))


def test_it_comes_again_in_other_words_while_its_segment_runs() -> None:
    room = booth()
    passes(room, "18:00")
    said = {name: (when, out(room, name).text) for name, when in sent(room).items()}
    assert said == {
        "post-come@booth-1": ("13:00", "One"),
        "post-come@booth-2": ("13:40", "Two"),
        "post-come@booth-3": ("14:20", "Three"),
        "post-come@booth-4": ("15:00", "One"),
        "post-come@booth-5": ("15:40", "Two"),
    }
    assert kept(room) == {}


def test_it_comes_in_a_segment_that_was_skipped_and_takes_place_after_all() -> None:
    room = booth()
    passes(room, "12:30")
    done(room, SkipSegment("booth"))
    passes(room, "13:20")
    done(room, StartSegment("booth"))
    passes(room, "14:10")
    assert sent(room)["post-come@booth-2"] == "14:00"


def test_in_a_skipped_segment_nothing_waits_to_leave() -> None:
    room = booth()
    done(room, SkipSegment("booth"))
    passes(room, "18:00")
    assert (sent(room), room.desk.next_due) == ({}, None)
    assert kept(room) == {"post-come@booth-1": ("dropped", "'Booth' was skipped")}


def test_it_stops_where_the_segment_ends_early_and_goes_on_where_it_goes_on() -> None:
    room = booth()
    passes(room, "13:10")
    done(room, EndSegment("booth"))
    passes(room, "15:00")
    assert kept(room) == {"post-come@booth-2": ("dropped", "'Booth' has ended")}
    room = booth()
    passes(room, "13:10")
    done(room, SlipSegment("booth", 3600))
    passes(room, "18:00")
    assert sent(room)["post-come@booth-6"] == "16:20"


def test_of_what_was_missed_only_the_last_is_made_up_for() -> None:
    room = booth()
    passes(room, "13:10")
    room.now = at("14:25")
    room.take()
    passes(room, "15:10")
    assert sent(room) == {"post-come@booth-1": "13:00", "post-come@booth-4": "15:00"}
    assert kept(room)["post-come@booth-2"] == ("dropped", "45 min late")


def test_one_held_or_dropped_is_that_one_alone_and_the_end_of_a_series_is_all_of_them() -> None:
    room = booth()
    passes(room, "13:10")
    on(room, HoldPost, "post-come@booth-2")
    on(room, Discard, "post-come@booth-3")
    passes(room, "15:10")
    assert list(sent(room)) == ["post-come@booth-1", "post-come@booth-4"]
    on(room, Discard, "post-come@booth-5", series=True)
    passes(room, "18:00")
    assert list(sent(room)) == ["post-come@booth-1", "post-come@booth-4"]
    assert kept(room)["post-come@booth-2"] == ("held", "held by ann")


def test_an_occurrence_is_sent_by_hand() -> None:
    room = booth()
    passes(room, "13:10")
    on(room, Send, "post-come@booth-2")
    passes(room, "13:30")
    assert sent(room) == {"post-come@booth-1": "13:00", "post-come@booth-2": "13:10"}


def test_an_occurrence_is_moved() -> None:
    room = booth()
    passes(room, "13:10")
    on(room, Move, "post-come@booth-2", at=at("13:50"))
    passes(room, "14:30")
    assert sent(room) == {
        "post-come@booth-1": "13:00",
        "post-come@booth-2": "13:50",
        "post-come@booth-3": "14:20",
    }


# --- in words -------------------------------------------------------------------------------------


def test_variables_are_filled_at_leaving_each_as_its_network_names_people() -> None:
    text = "{person.ada} in {segment.title} at {segment.start}, then {next.title} at {next.start}"
    things = [post(one, text, one, anchor=Anchor("talk", "start", -60)) for one in ("main", "fedi")]
    room = day(segment("talk", "13:00"), segment("panel", "15:00"), *things)
    done(room, SlipSegment("talk", 900))
    passes(room, "14:00")
    assert out(room, "main").text == "@ada_oak in Talk at 16:15, then Panel at 18:00"
    assert out(room, "fedi").text == "@ada@quay.example in Talk at 16:15, then Panel at 18:00"
    assert out(room, "main").template == text


def test_what_cannot_be_filled_is_held_and_says_why() -> None:
    room = day(segment("talk", "13:00"), post("one", "{next.title}", anchor=Anchor("talk")))
    passes(room, "14:00")
    assert kept(room) == {"one": ("held", "nothing comes after 'talk'")}


def test_what_a_limit_keeps_says_the_times_of_when_it_leaves() -> None:
    room = day(segment("talk", "13:00"), post("one", "{talk.start}", at=at("12:30")))
    room.now = at("12:30")
    room.take()
    room.take(Settled("one", 1, Waits("a limit", at("12:36"))))
    done(room, SlipSegment("talk", 900))
    passes(room, "12:40")
    assert out(room, "one").text == "16:15"


def test_the_house_says_we_and_whoever_sets_that_aside_is_in_the_log() -> None:
    room = day(rules=replace_rules(voice=HOUSE))
    for command in (Write("I will be there at ten."), Write("I will be there", at=at("13:00"))):
        assert refused(room, command) == '"I" is one person speaking: we say "we"'
    draft = done(room, Write("We will be there"))
    assert refused(room, Rewrite(draft, 1, "I will be there"))
    rule = "first-person-singular"
    done(room, Rewrite(draft, 1, "I will be there", over=(rule,)))
    assert room.turns[-1].decisions[0].detail == f"set aside: {rule}"
    assert out(room, draft).over == (rule,)
    assert done(room, Write("I will be there", account="staff"))


# --- reminders, and a restart ---------------------------------------------------------------------


def test_reminders_follow_the_programme_until_somebody_has_seen_to_them() -> None:
    room = day(
        segment("talk", "13:00"),
        segment("gone", "14:00"),
        Reminder("soup", 1, "Soup", anchor=Anchor("talk", "start", -600)),
        Reminder("never", 1, "Never", anchor=Anchor("gone", "start", -600)),
    )
    done(room, SlipSegment("talk", 900))
    done(room, SkipSegment("gone"))
    passes(room, "13:04")
    reminders = room.desk.state.reminders
    assert (reminders["soup"].state, reminders["soup"].due_at) == ("waiting", at("13:05"))
    passes(room, "13:05")
    assert reminders["soup"].state == "due"
    assert (reminders["never"].state, reminders["never"].who) == ("done", "clock")
    stale = SeeTo("soup", 1)
    assert "changed since you saw it" in refused(room, stale)
    done(room, SeeTo("soup", reminders["soup"].version))
    assert "ann has seen to it" in refused(room, SeeTo("soup", reminders["soup"].version))


def test_a_desk_that_begins_again_knows_and_does_the_same() -> None:
    things = (
        *TIED,
        segment("booth", "13:00", 180, track="b"),
        post("two", at=at("13:00"), needs_approval=True),
    )
    one = day(*things, rules=series(account="fedi"))
    on(one, ApprovePost, "two", "bea")
    passes(one, "13:00")
    edition = one.desk.state.edition
    decisions = [decision for turn in one.turns for decision in turn.decisions]
    other = Clocked(one.desk.state.rules)
    other.desk = Desk(one.desk.state.rules, list(one.desk.state.things()), decisions, one.now)
    other.desk.state.edition = edition
    assert edition is not None
    assert other.desk.begin(edition, one.now) == ()
    other.stored = dict(one.stored)
    other.now = one.now
    other.take()
    assert picture(other.desk) == picture(one.desk)
    assert other.desk.next_due == one.desk.next_due
    passes(one, "18:00")
    passes(other, "18:00")
    assert picture(other.desk) == picture(one.desk)
    assert (sent(one)["two"], sent(one)["begins"]) == ("13:00", "13:00")

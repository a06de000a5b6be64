"""A script taken in while the event runs: what it changes, what stays, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from eventlive import briefing
from eventlive.desk import Desk, state
from eventlive.desk.editions import Edition
from eventlive.messages import (
    ApproveNext,
    ApprovePost,
    Command,
    Discard,
    HoldPost,
    Move,
    MoveSegment,
    PlanSegment,
    Reload,
    Rewrite,
    SkipSegment,
    StartSegment,
    TakeBack,
    Undo,
)
from eventlive.model import Anchor, Decision, Outgoing, Put
from eventlive.script import read
from tests.unit.days import FAIR, at, begun, passes, settle
from tests.unit.desks import Clocked, arrived, picture

HEAD = (
    FAIR
    + """
[[people]]
id = "ada"
name = "Ada Oak"
"""
)
TALK = """
[[segments]]
id = "talk"
title = "Talk"
starts = 2027-05-20T13:00:00Z
minutes = 60
"""
PANEL = """
[[segments]]
id = "panel"
title = "Panel"
after = "talk"
"""
POST = """
[[posts]]
id = "one"
text = "Words"
at = 2027-05-20T14:30:00Z
"""
TIED = """
[[posts]]
id = "tied"
text = "It is on"
at = "talk+20:00"
"""
AGAIN = """
[[posts]]
id = "come"
text = "Come by"
every = "40:00"
during = ["talk"]
"""
SOUP = """
[[reminders]]
id = "soup"
text = "Soup"
at = "talk+10:00"
"""


def edition(text: str, now: datetime) -> Edition:
    """Read a script that has no errors."""
    script, problems = read(HEAD + text, "fair.toml")
    assert script is not None, problems
    assert not [one for one in problems if one.severity == "error"], problems
    return briefing.edition(script, now, name=briefing.digest(HEAD + text))


def day(text: str, now: str = "12:00") -> Clocked:
    """Begin a day by a script."""
    return begun(edition(text, at(now)), at(now))


def reload(room: Clocked, text: str, who: str = "ann") -> list[str]:
    """Take a new edition in; give what had been said of it before."""
    new = edition(text, room.now)
    lines = room.desk.offer(new, room.now)
    done(room, Reload(new.digest), who)
    settle(room)
    assert room.desk.offer(new, room.now) == (), "it would change something again and again"
    room.desk.offer(None, room.now)
    return list(lines)


def out(room: Clocked, name: str = "post-one") -> Outgoing:
    return room.desk.state.outgoing[name]


def on(
    room: Clocked, kind: type[Any], name: str = "post-one", who: str = "ann", **more: Any
) -> None:
    """Do something to a post in the version that it has."""
    done(room, kind(name, out(room, name).version, **more), who)


def done(room: Clocked, command: Command, who: str = "ann") -> None:
    reply = room.order(command, who)
    assert reply.ok, reply.reason


def sent(room: Clocked) -> dict[str, tuple[str, str]]:
    """Say when each post that is out left, and what it says."""
    return {
        one.id: (f"{one.sent_at:%H:%M}", one.text)
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


def states(room: Clocked) -> dict[str, str]:
    return {one.id: one.state for one in room.desk.state.segments.values()}


# --- the programme --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"Talk"', '"A talk"', "title 'Talk' -> 'A talk'"),
        ("T13:00", "T13:10", "starts 2027-05-20T16:00+03:00 -> 2027-05-20T16:10+03:00"),
        ("minutes = 60", "minutes = 70", "minutes 60 -> 70"),
        ("minutes = 60", 'minutes = 60\nby = "hand"', "by 'clock' -> 'hand'"),
        ("minutes = 60", 'minutes = 60\ntrack = "b"', "track '' -> 'b'"),
        ("minutes = 60", 'minutes = 60\nroom = "Hall"', "room '' -> 'Hall'"),
        ("minutes = 60", 'minutes = 60\nspeakers = ["ada"]', "speakers () -> ('ada',)"),
    ],
)
def test_what_a_segment_says_changes(old: str, new: str, line: str) -> None:
    room = day(TALK + PANEL)
    assert reload(room, TALK.replace(old, new) + PANEL) == [f"segment talk: {line}"]
    assert room.desk.state.segments["talk"].version > 1
    panel = room.desk.state.segments["panel"]
    later = 10 if "T13:10" in new or "70" in new else 0
    assert panel.begins is not None
    assert (panel.begins - at("14:00")).total_seconds() == later * 60, "what follows slips along"


def test_segments_come_and_go_and_what_runs_stays() -> None:
    room = day(TALK + PANEL + TIED)
    late = TALK.replace("talk", "late").replace("Talk", "Late").replace("13:00", "18:00")
    assert reload(room, TALK + TIED + late) == ["segment late: new, 'Late'", "segment panel: gone"]
    assert list(states(room)) == ["talk", "late"]
    passes(room, "13:10")
    assert reload(room, late) == [
        "segment talk: no longer in the script; it is running, and stays",
        "post post-tied: gone",
    ]
    assert states(room)["talk"] == "running"
    passes(room, "15:00")
    assert states(room)["talk"] == "ended"
    assert reload(room, TALK + late) == []


def test_what_a_person_has_said_of_a_segment_stays() -> None:
    room = day(TALK + PANEL)
    done(room, MoveSegment("talk", at("13:30")))
    done(room, SkipSegment("panel"))
    reload(room, TALK.replace("13:00", "13:10") + PANEL.replace("Panel", "The panel"))
    talk, panel = room.desk.state.segments.values()
    assert (talk.begins, talk.slip) == (at("13:30"), 20 * 60)
    assert (panel.title, panel.state) == ("The panel", "skipped")


# --- posts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "fields"),
    [
        ('"Words"', '"New"', "text 'Words' -> 'New'", {"text": "New"}),
        (
            "T14:30",
            "T14:40",
            "at 2027-05-20T17:30+03:00 -> at 2027-05-20T17:40+03:00",
            {"due_at": at("14:40")},
        ),
        (
            "2027-05-20T14:30:00Z",
            '"talk.end+05:00"',
            "at 2027-05-20T17:30+03:00 -> at talk.end+05:00, segment",
            {"due_at": at("14:05"), "at": None, "segment": "talk"},
        ),
        ("at = ", 'account = "booth"\nat = ', "account", {"account": "booth"}),
        ("at = ", 'stale_after = "2:00"\nat = ', "stale", {"stale": 120}),
        ("at = ", 'warning = "Spoilers"\nat = ', "warning", {"warning": "Spoilers"}),
        ("at = ", 'language = "fi"\nat = ', "language", {"language": "fi"}),
        ("at = ", "promo = true\nat = ", "promo", {"promo": True}),
        ("at = ", 'segment = "talk"\nat = ', "segment", {"segment": "talk"}),
        ("at = ", "approval = true\nat = ", "now needs a second person", {"needs_approval": True}),
    ],
)
def test_what_a_post_says_changes(old: str, new: str, line: str, fields: dict[str, object]) -> None:
    room = day(TALK + POST)
    assert reload(room, TALK + POST.replace(old, new)) == [f"post post-one: {line}"]
    assert {name: getattr(out(room), name) for name in fields} == fields
    assert out(room).state == "queued"


def test_posts_come_and_go_and_one_whose_time_is_over_is_held() -> None:
    room = day(TALK + POST + TIED)
    passes(room, "13:25")
    more = (
        POST.replace('"one"', '"later"').replace("14:30", "15:00")
        + POST.replace('"one"', '"earlier"').replace("14:30", "13:20")
        + TIED.replace('"tied"', '"missed"')
        + POST.replace('"one"', '"draft"').replace("at = 2027-05-20T14:30:00Z", "")
    )
    assert reload(room, TALK + TIED + more) == [
        "post post-later: new, at 2027-05-20T18:00+03:00",
        "post post-earlier: new, at 2027-05-20T16:20+03:00",
        "post post-missed: new, at talk+20:00",
        "post post-draft: new, a draft",
        "post post-one: gone",
        "post post-earlier: its time is over by then, so it is held",
        "post post-missed: its time is over by then, so it is held",
    ]
    passes(room, "16:00")
    assert sent(room) == {"post-tied": ("13:20", "It is on"), "post-later": ("15:00", "Words")}
    assert kept(room) == {
        "post-earlier": ("held", "its time was over already"),
        "post-missed": ("held", "its time was over already"),
        "post-draft": ("draft", ""),
        "post-one": ("dropped", "no longer in the script"),
    }


def test_a_new_time_that_is_over_holds_the_post() -> None:
    room = day(TALK + POST)
    passes(room, "13:30")
    reload(room, TALK + POST.replace("14:30", "13:25"))
    assert kept(room) == {"post-one": ("held", "its time was over already")}


def test_what_is_sent_never_changes_whatever_the_script_says() -> None:
    room = day(TALK + POST + TIED)
    passes(room, "14:35")
    before = picture(room.desk)
    text = TALK + POST.replace("Words", "Other words").replace("14:30", "15:00")
    assert reload(room, text) == ["post post-one: is sent, and stays as it is"]
    assert picture(room.desk) == before
    passes(room, "16:00")
    assert sent(room) == {"post-one": ("14:30", "Words"), "post-tied": ("13:20", "It is on")}


def test_what_is_under_way_stays_too() -> None:
    room = day(TALK + POST)
    room.now = at("14:30")
    room.take()
    assert out(room).state == "sending"
    new = edition(TALK + POST.replace("Words", "Other words"), room.now)
    lines = room.desk.offer(new, room.now)
    assert lines == ("post post-one: is sending, and stays as it is",)
    done(room, Reload(new.digest))
    settle(room)
    assert sent(room) == {"post-one": ("14:30", "Words")}


def test_a_draft_that_gets_a_time_leaves_then_and_one_that_loses_it_does_not() -> None:
    draft = POST.replace("at = 2027-05-20T14:30:00Z", "")
    room = day(TALK + draft + TIED)
    text = TALK + POST + TIED.replace('at = "talk+20:00"', "")
    assert reload(room, text) == [
        "post post-one: a draft -> at 2027-05-20T17:30+03:00",
        "post post-tied: at talk+20:00 -> a draft, segment",
    ]
    passes(room, "15:00")
    assert (list(sent(room)), kept(room)) == (["post-one"], {"post-tied": ("draft", "")})


def test_a_draft_is_due_never() -> None:
    room = day(TALK + POST)
    reload(room, TALK + POST.replace("at = 2027-05-20T14:30:00Z", ""))
    assert (out(room).state, out(room).due_at) == ("draft", None)


# --- between two who change it --------------------------------------------------------------------


def test_new_words_by_a_person_and_a_new_time_by_the_script_are_both_kept() -> None:
    room = day(TALK + POST)
    on(room, Rewrite, text="Better words")
    reload(room, TALK + POST.replace("14:30", "14:40"))
    assert (out(room).text, out(room).due_at) == ("Better words", at("14:40"))


def test_a_new_time_by_a_person_and_new_words_by_the_script_are_both_kept() -> None:
    room = day(TALK + POST)
    on(room, Move, at=at("14:50"))
    reload(room, TALK + POST.replace('"Words"', '"New"'))
    assert (out(room).text, out(room).due_at) == ("New", at("14:50"))


def test_where_both_changed_the_words_the_persons_stay_and_that_is_said() -> None:
    room = day(TALK + POST)
    on(room, Rewrite, text="Better words")
    text = TALK + POST.replace('"Words"', '"New"')
    assert reload(room, text) == ["post post-one: words changed by ann here, and kept"]
    told = (
        "post post-one: words changed by ann here, and kept;"
        " at 2027-05-20T17:30+03:00 -> at 2027-05-20T17:40+03:00"
    )
    both = text.replace('"New"', '"Newer"').replace("14:30", "14:40")
    assert reload(room, both) == [told]
    assert (out(room).text, out(room).due_at) == ("Better words", at("14:40"))


def test_where_both_moved_it_it_stays_where_the_person_has_put_it() -> None:
    room = day(TALK + POST)
    on(room, Move, at=at("14:50"))
    (line,) = reload(room, TALK + POST.replace("14:30", "14:40"))
    assert line == "post post-one: time changed by a person here, and kept"
    assert out(room).due_at == at("14:50")


@pytest.mark.parametrize(
    ("kind", "state"), [(HoldPost, "held"), (Discard, "dropped"), (Rewrite, "queued")]
)
def test_what_a_person_has_decided_of_a_post_stays(kind: type[Any], state: str) -> None:
    room = day(TALK + POST)
    on(room, kind, **({"text": "Better words"} if kind is Rewrite else {}))
    lines = reload(room, TALK + POST.replace("14:30", "14:40"))
    assert out(room).state == state
    if kind is Discard:
        assert lines == ["post post-one: was dropped, and stays so"]


@pytest.mark.parametrize("rewritten", [False, True])
def test_what_was_taken_back_does_not_leave_by_a_new_time_in_the_script(rewritten: bool) -> None:
    room = day(TALK + POST)
    on(room, TakeBack)
    if rewritten:
        on(room, Rewrite, text="Half a sent")
    reload(room, TALK + POST.replace("14:30", "14:40"))
    passes(room, "16:00")
    assert sent(room) == {}


def test_new_words_in_the_script_void_an_approval() -> None:
    text = TALK + POST.replace("at = ", "approval = true\nat = ")
    room = day(text)
    on(room, ApprovePost, who="bea")
    reload(room, text.replace('"Words"', '"New"'))
    passes(room, "14:31")
    assert kept(room) == {"post-one": ("held", "waits for a second person's approval")}


def test_another_account_voids_an_approval() -> None:
    text = TALK + POST.replace("at = ", "approval = true\nat = ")
    room = day(text)
    on(room, ApprovePost, who="bea")
    reload(room, text.replace("at = ", 'account = "booth"\nat = '))
    passes(room, "14:31")
    assert sent(room) == {}


def test_undo_does_not_reach_behind_what_a_reload_changed() -> None:
    room = day(TALK + POST)
    on(room, Rewrite, text="Better words")
    reload(room, TALK + POST.replace("14:30", "14:40"))
    reply = room.order(Undo())
    assert "post-one has changed since" in reply.reason
    on(room, Discard)
    reload(room, TALK + POST.replace("14:30", "14:50"))
    done(room, Undo())
    assert kept(room) == {"post-one": ("held", "was dropped")}


# --- gone, and back -------------------------------------------------------------------------------


def test_a_post_that_is_back_in_the_script_leaves() -> None:
    room = day(TALK + POST)
    reload(room, TALK)
    (line,) = reload(room, TALK + POST)
    assert line.startswith("post post-one:")
    passes(room, "15:00")
    assert list(sent(room)) == ["post-one"]


def test_a_post_that_comes_again_becomes_one_and_that_comes_again() -> None:
    once = AGAIN.replace('every = "40:00"\nduring = ["talk"]', "at = 2027-05-20T14:30:00Z")
    room = day(TALK + once)
    reload(room, TALK + AGAIN)
    passes(room, "13:10")
    assert list(sent(room)) == ["post-come@talk-1"]
    reload(room, TALK + once)
    passes(room, "15:00")
    assert sorted(sent(room)) == ["post-come", "post-come@talk-1"]


# --- again and again ------------------------------------------------------------------------------


def test_what_comes_again_is_as_the_script_says_from_the_next_one_on() -> None:
    room = day(TALK.replace("= 60", "= 200") + AGAIN)
    passes(room, "13:10")
    text = TALK.replace("= 60", "= 200") + AGAIN
    reload(room, text.replace('"Come by"', '"Come in"\nrotate = ["Or now"]'))
    passes(room, "14:25")
    reload(room, text.replace('"Come by"', '"Last call"').replace("40:00", "60:00"))
    passes(room, "18:00")
    assert sent(room) == {
        "post-come@talk-1": ("13:00", "Come by"),
        "post-come@talk-2": ("13:40", "Or now"),
        "post-come@talk-3": ("14:20", "Come in"),
        "post-come@talk-4": ("16:00", "Last call"),
    }


def test_what_no_longer_comes_again_stops() -> None:
    room = day(TALK + AGAIN)
    passes(room, "13:10")
    assert reload(room, TALK) == ["post post-come: comes no more"]
    passes(room, "15:00")
    assert list(sent(room)) == ["post-come@talk-1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"Come by"', '"Come in"'), ("40:00", "30:00"), ("during", 'rotate = ["Or now"]\nduring')],
)
def test_a_change_of_what_comes_again_is_said(old: str, new: str) -> None:
    room = day(TALK + AGAIN)
    lines = room.desk.offer(edition(TALK + AGAIN.replace(old, new), room.now), room.now)
    assert lines


def test_what_no_longer_comes_in_a_segment_stops_there() -> None:
    late = TALK.replace("talk", "late").replace("13:00", "18:00")
    room = day(TALK + late + AGAIN)
    passes(room, "13:10")
    reload(room, TALK + late + AGAIN.replace('["talk"]', '["late"]'))
    passes(room, "15:00")
    assert list(sent(room)) == ["post-come@talk-1"]


def test_another_account_for_what_comes_again_takes_nobodys_place() -> None:
    room = day(TALK + AGAIN)
    passes(room, "13:10")
    first = out(room, "post-come@talk-1")
    done(room, PlanSegment("talk"))
    reload(room, TALK + AGAIN.replace("every", 'account = "booth"\nevery'))
    done(room, StartSegment("talk"))
    passes(room, "18:00")
    assert out(room, "post-come@talk-1") == first, "what is sent never changes"
    assert all(one.account == "booth" for one in room.desk.state.outgoing.values() if one != first)


@pytest.mark.parametrize(
    ("old", "new"), [("Come by", "Free beer"), ("every", 'warning = "Beer"\nevery')]
)
def test_new_words_for_what_comes_again_void_an_approval(old: str, new: str) -> None:
    again = AGAIN.replace("every", "approval = true\nevery")
    room = day(TALK + again)
    on(room, ApprovePost, "post-come@talk-1", "bea")
    reload(room, TALK + again.replace(old, new))
    passes(room, "13:30")
    assert sent(room) == {}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(
    ("where", "when"),
    [
        (Anchor("talk", "start", 50 * 60), "13:50"),
        (Anchor("panel", "start", 300), "14:05"),
        (at("13:45"), "13:45"),
    ],
)
def test_an_occurrence_that_a_person_has_moved_stays_there(
    where: Anchor | datetime, when: str, restarts: bool
) -> None:
    """And it speaks of the segment in which it was to come, as it did without the reload."""
    text = TALK + PANEL + AGAIN.replace("Come by", "Come to {segment.title}")
    room = day(text)
    passes(room, "13:10")
    to = {"anchor": where} if isinstance(where, Anchor) else {"at": where}
    on(room, Move, "post-come@talk-2", **to)
    if restarts:
        room, _ = restarted(room, text, text)
    else:
        reload(room, text + POST)
    passes(room, "14:20")
    assert sent(room)["post-come@talk-2"] == (when, "Come to Talk")


# --- reminders, rules -----------------------------------------------------------------------------


def test_reminders_come_change_and_go() -> None:
    room = day(TALK + SOUP)
    assert reload(room, TALK + SOUP.replace("talk+10:00", "talk-10:00")) == [
        "reminder reminder-soup: changed"
    ]
    (soup,) = room.desk.state.reminders.values()
    assert soup.due_at == at("12:50")
    fixed = SOUP.replace('"talk+10:00"', "2027-05-20T12:40:00Z").replace('"Soup"', '"Hot soup"')
    more = SOUP.replace('"soup"', '"salt"')
    assert reload(room, TALK + fixed + more) == [
        "reminder reminder-soup: changed",
        "reminder reminder-salt: new",
    ]
    passes(room, "12:40")
    soup, salt = room.desk.state.reminders.values()
    assert (soup.state, soup.text, salt.state) == ("due", "Hot soup", "waiting")
    assert reload(room, TALK + fixed) == ["reminder reminder-salt: gone"]
    passes(room, "14:00")
    assert list(room.desk.state.reminders) == ["reminder-soup"]


def test_the_rules_for_posts_are_those_of_the_new_script() -> None:
    room = day(TALK + POST + POST.replace('"one"', '"two"'))
    rules = '[outgoing]\nstale_after = "03:00"\napart = "02:00"\ntake_back = 20\n'
    reload(room, rules + TALK + POST + POST.replace('"one"', '"two"'))
    room.now = at("14:31")
    room.take()
    settle(room)
    passes(room, "15:00")
    assert {one: when for one, (when, _) in sent(room).items()} == {
        "post-one": "14:31",
        "post-two": "14:33",
    }
    assert room.desk.state.rules.take_back.total_seconds() == 20


def test_fewer_cards_at_once_take_none_off_but_less_room_leaves_the_newest() -> None:
    room = day(TALK)
    for number in range(5):
        room.take(arrived(number, now=room.now))
        done(room, ApproveNext())
    shown = list(room.desk.state.cards)
    reload(room, "[wall]\ncards = 3\n" + TALK)
    assert room.desk.state.scene.cards == 3
    assert list(room.desk.state.cards) == shown, "those that do not stand wait for their turn"
    new = edition("[wall]\ncards = 4\n" + TALK, room.now)
    room.desk.offer(replace(new, rules=replace(new.rules, cards=3)), room.now)
    done(room, Reload(new.digest))
    assert list(room.desk.state.cards) == shown[2:]


# --- the step itself ------------------------------------------------------------------------------


def test_only_what_was_looked_at_last_is_taken_in_and_only_once() -> None:
    room = day(TALK + POST)
    one, two = (edition(TALK + POST.replace("Words", word), room.now) for word in ("A", "B"))
    look_again = "the script has changed since it was looked at: look again"
    assert room.order(Reload(one.digest)).reason == look_again
    room.desk.offer(one, room.now)
    room.desk.offer(two, room.now)
    assert room.order(Reload(one.digest), "bea").reason == look_again
    assert room.desk.state.outgoing["post-one"].text == "Words"
    done(room, Reload(two.digest))
    assert room.order(Reload(two.digest), "bea").reason == look_again
    room.desk.offer(one, room.now)
    room.desk.offer(None, room.now)
    assert room.order(Reload(one.digest)).reason == look_again
    assert out(room).text == "B"


def test_it_is_one_decision_with_its_name_and_nothing_to_undo() -> None:
    room = day(TALK + POST)
    reload(room, TALK.replace("Talk", "A talk") + POST.replace("Words", "New"), "bea")
    (decision,) = [one for turn in room.turns for one in turn.decisions]
    assert (decision.who, decision.action, decision.detail) == ("bea", "reload", "2 changes")
    assert room.order(Undo(), "bea").reason == "there is nothing to undo"


def test_the_same_script_changes_nothing_and_says_nothing() -> None:
    room = day(TALK + PANEL + POST + TIED + AGAIN + SOUP)
    passes(room, "13:10")
    before = picture(room.desk)
    assert reload(room, TALK + PANEL + POST + TIED + AGAIN + SOUP) == []
    assert picture(room.desk) == before


def test_what_is_long_sent_is_not_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "KEPT_DONE", 1)
    more = POST.replace('"one"', '"two"').replace("14:30", "14:40")
    room = day(TALK + TIED + POST + more)
    passes(room, "15:00")
    assert reload(room, TALK + TIED + POST + more) == []


# --- the next life --------------------------------------------------------------------------------


def restarted(room: Clocked, before: str, text: str) -> tuple[Clocked, tuple[str, ...]]:
    """Begin again from what is stored, by a script that is another by now."""
    base, new = edition(before, room.now), edition(text, room.now)
    decisions: list[Decision] = [one for turn in room.turns for one in turn.decisions]
    other = Clocked(new.rules)
    other.now = room.now
    other.desk = Desk(new.rules, list(room.desk.state.things()), decisions, room.now)
    other.desk.state.edition = base
    other.stored = dict(room.stored)
    lines = other.desk.begin(new, room.now)
    for change in other.desk.taken_up():
        if isinstance(change, Put):
            other.stored[type(change.put).__name__.lower(), change.put.id] = change.put
    other.take()
    settle(other)
    return other, lines


def test_a_restart_goes_by_what_was_taken_in_and_changes_nothing() -> None:
    text = TALK + PANEL + POST + TIED + AGAIN + SOUP
    room = day(TALK + POST)
    on(room, Rewrite, text="Better words")
    reload(room, text)
    passes(room, "13:10")
    other, lines = restarted(room, text, text)
    assert lines == ()
    assert picture(other.desk) == picture(room.desk)
    passes(room, "18:00")
    passes(other, "18:00")
    assert sent(other) == sent(room)


def test_a_script_that_changed_between_two_lives_is_merged_as_by_a_reload() -> None:
    room = day(TALK + POST + TIED)
    on(room, Rewrite, text="Better words")
    passes(room, "13:30")
    text = TALK + POST.replace("14:30", "14:40").replace("Words", "New") + TIED.replace("is", "was")
    other, lines = restarted(room, TALK + POST + TIED, text)
    told = (
        "post post-one: words changed by ann here, and kept;"
        " at 2027-05-20T17:30+03:00 -> at 2027-05-20T17:40+03:00"
    )
    assert lines == (told, "post post-tied: is sent, and stays as it is")
    passes(other, "15:00")
    assert sent(other) == {
        "post-tied": ("13:20", "It is on"),
        "post-one": ("14:40", "Better words"),
    }


def test_a_new_post_whose_time_is_over_is_held_at_a_restart_too() -> None:
    room = day(TALK)
    passes(room, "14:33")
    other, lines = restarted(room, TALK, TALK + POST)
    assert lines == (
        "post post-one: new, at 2027-05-20T17:30+03:00",
        "post post-one: its time is over by then, so it is held",
    )
    assert sent(other) == {}

"""What screens are set to: by people, by the rundown, by the script and by what it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as with_rules
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from eventlive.desk import Desk, Rules
from eventlive.desk.editions import Edition
from eventlive.desk.inputs import Gone, Ordered, Revised
from eventlive.desk.screens import MOST
from eventlive.listening.voice_rules import HOUSE
from eventlive.messages import (
    Approve,
    Command,
    Darken,
    EndSegment,
    FollowScript,
    Hold,
    Like,
    MoveCard,
    Pin,
    PlanSegment,
    PlayStatement,
    Redo,
    RefreshScreens,
    Reject,
    Reload,
    SetScreen,
    ShowAnswer,
    SkipSegment,
    StartSegment,
    TakeOff,
    Undo,
)
from eventlive.model import Drop, Judgement, Post, Put, Role, Scene, SceneName, Screen, Segment
from tests.unit.days import at, begun, passes, segment
from tests.unit.desks import Clocked, arrived, picture

SCREENS = (
    Screen("main", 1, ("masonry",), 20, title="All others"),
    Screen("left", 1, ("pair", "masonry"), 40, title="Left", distance=20.0, width=4.0, named=True),
)
STATEMENTS = {"late": ("We begin ten minutes late.", "en"), "rauha": ("Pysykää rauhassa.", "fi")}
SAID: Mapping[str, Mapping[str, tuple[SceneName, ...]]] = {
    "talk": {"*": ("spotlight",)},
    "panel": {"left": ("pair",), "*": ("ticker", "masonry")},
    "lunch": {"left": ("now-next",)},
}
RULES = Rules(statements=STATEMENTS, scenes=SAID, voice=HOUSE, language="fi")
DAY = (
    segment("talk", "13:00"),
    segment("panel", after="talk"),
    segment("lunch", "13:40", track="food"),
)


def edition(
    *screens: Screen, digest: str = "one", rules: Rules = RULES, day: tuple[Segment, ...] = DAY
) -> Edition:
    return Edition(
        digest,
        rules,
        Scene("main", 1),
        {one.id: one for one in day},
        screens={one.id: one for one in screens or SCREENS},
    )


def hall(*screens: Screen, now: str = "12:00", **more: Any) -> Clocked:
    """Begin a day by a script with screens."""
    return begun(edition(*screens, **more), at(now))


def done(room: Clocked, *commands: Command, who: str = "ann", role: Role = "operator") -> None:
    for command in commands:
        reply = room.order(command, who, role)
        assert reply.ok, reply.reason


def refused(room: Clocked, command: Command, who: str = "ann") -> str:
    """Give the reason for which a command is refused; it has changed nothing."""
    reply = room.order(command, who)
    assert not reply.ok
    assert not room.turns[-1].changes
    assert not room.turns[-1].decisions
    return reply.reason


def shown(room: Clocked, name: str = "left") -> Screen:
    return room.desk.state.screens[name]


def scenes(room: Clocked) -> dict[str, str]:
    return {name: " ".join(one.scenes) for name, one in room.desk.state.screens.items()}


def lines_of_taking_in(room: Clocked, new: Edition) -> list[str]:
    """Take a new edition in; give what had been said of its screens before."""
    lines = room.desk.offer(new, room.now)
    done(room, Reload(new.digest), role="lead")
    assert room.desk.offer(new, room.now) == (), "it would change something again and again"
    return [line for line in lines if line.startswith("screen ")]


# --- by a person ----------------------------------------------------------------------------------


def test_one_screen_is_set_and_the_others_are_left_alone() -> None:
    room = hall()
    before = shown(room, "main")
    reply = room.order(SetScreen(("people", "pictures"), "left", 15), "ann", "operator")
    left = shown(room)
    assert (left.scenes, left.seconds, left.hand) == (("people", "pictures"), 15, "ann")
    assert (left.title, left.distance, left.named) == ("Left", 20.0, True)
    assert (reply.ok, reply.thing, reply.present) == (True, "left", left)
    assert shown(room, "main") is before
    (decision,) = room.turns[-1].decisions
    assert (decision.action, decision.on) == ("set-screen", "left")
    assert decision.detail == "people, pictures, 15 s each"


def test_all_screens_are_those_of_the_desk_and_main_which_is_made_where_it_is_not_there() -> None:
    room = hall()
    done(room, SetScreen(("hold",)))
    assert scenes(room) == {"main": "hold", "left": "hold"}
    bare = Clocked()
    assert not bare.desk.state.screens
    done(bare, SetScreen(("sponsors",), "*"))
    assert scenes(bare) == {"main": "sponsors"}


def test_a_name_that_nobody_knows_makes_a_screen_like_main() -> None:
    room = hall()
    done(room, SetScreen(("spotlight",), "main", 12), Darken("lobby"))
    lobby = shown(room, "lobby")
    assert (lobby.scenes, lobby.seconds, lobby.dark) == (("spotlight",), 12, True)
    assert (lobby.named, lobby.title, lobby.hand, lobby.version) == (False, "", "ann", 1)
    # It has settings of its own from here on, were they main's.
    done(room, SetScreen(("spotlight",), "foyer", 12), SetScreen(("hold",), "main"))
    assert shown(room, "foyer").scenes == ("spotlight",)
    done(room, SetScreen(("hold",), " up\u202e\x1bstairs\n"))
    assert "upstairs" in room.desk.state.screens
    assert "can be read" in refused(room, SetScreen(("hold",), "\u200b \n"))


def test_there_are_a_hundred_screens_at_most_also_by_undo() -> None:
    room = hall()
    for number in range(MOST - 2):
        done(room, SetScreen(("hold",), f"s{number}"))
    for command in (SetScreen(("hold",), "x"), Darken("x"), PlayStatement("late", screen="x")):
        assert f"there are {MOST} screens already" in refused(room, command)
    done(room, SetScreen(("masonry",), "*"), SetScreen(("pair",), "s3"))
    done(room, FollowScript("s3"), who="bob")
    done(room, SetScreen(("hold",), "x"), who="cid")
    assert f"there are {MOST} screens already" in refused(room, Undo(), "bob")


def test_a_statement_of_the_script_is_played_and_one_in_own_words() -> None:
    room = hall()
    done(room, PlayStatement("rauha", screen="left"))
    left = shown(room)
    assert (left.scenes, left.statement) == (("statement",), "Pysykää rauhassa.")
    assert (left.language, left.hand, left.seconds) == ("fi", "ann", 40)
    done(room, PlayStatement(text=" The doors of the large hall are open now for everybody.\n"))
    assert shown(room, "main").statement.startswith("The doors")
    assert shown(room, "main").statement.endswith("everybody.")
    assert (shown(room, "main").language, shown(room).language) == ("en", "en")
    done(room, PlayStatement(text="Nyt"))
    assert shown(room).language == "fi", "of a word nobody can tell: the event's"
    assert room.turns[-1].decisions[0].detail == "Nyt"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (PlayStatement("nope"), "there is no statement 'nope'; statements: late, rauha"),
        (PlayStatement(), "say which statement"),
        (PlayStatement(text=" \n"), "say which statement"),
        (PlayStatement("late", text="Late"), "say which statement"),
        (PlayStatement(text="I think that we begin late"), "I"),
    ],
)
def test_what_cannot_be_stated_is_refused(command: PlayStatement, why: str) -> None:
    assert why in refused(hall(), command)


def test_a_screen_is_made_dark_and_let_be_seen_again() -> None:
    room = hall()
    done(room, Darken("left"))
    assert (shown(room).dark, shown(room).scenes) == (True, ("pair", "masonry"))
    assert not shown(room, "main").dark
    assert refused(room, Darken("left")) == "left is dark already"
    done(room, Darken("*"))
    assert shown(room, "main").dark
    assert refused(room, Darken("*")) == "every screen is dark already"
    done(room, Darken("left", on=False))
    assert not shown(room).dark
    assert refused(room, Darken("left", on=False)) == "left is to be seen already"
    # Who wants something shown wants it seen.
    done(room, SetScreen(("hold",), "main"))
    assert not shown(room, "main").dark
    done(room, Darken("left"), PlayStatement("late", screen="left"))
    assert not shown(room).dark


def test_what_would_change_nothing_is_refused() -> None:
    room = hall()
    assert refused(room, SetScreen(("masonry",), "main", 20)) == "main shows that already"
    assert refused(room, FollowScript("left")) == "left follows the script already"
    assert refused(room, FollowScript()) == "every screen follows the script already"
    assert refused(room, FollowScript("nope")).startswith("there is no screen 'nope'")
    done(room, PlayStatement("late"))
    assert refused(room, PlayStatement("late")) == "every screen shows that already"
    # What is so with some of them is done with the others.
    done(room, SetScreen(("pair",), "left"), SetScreen(("pair",)))
    assert scenes(room) == {"main": "pair", "left": "pair"}


def test_each_can_be_undone_and_done_again_but_not_that_pages_are_loaded_anew() -> None:
    room = hall()
    commands = (
        SetScreen(("people",), "left"),
        SetScreen(("hold",)),
        PlayStatement("late", screen="lobby"),
        Darken("*"),
        FollowScript("lobby"),
        FollowScript(),
    )
    for command in commands:
        was = picture(room.desk)
        done(room, command)
        became = picture(room.desk)
        assert became != was
        done(room, Undo())
        assert picture(room.desk) == was, command
        done(room, Redo())
        assert picture(room.desk) == became, command
    done(room, SetScreen(("hold",), "left"), RefreshScreens(), RefreshScreens())
    assert room.desk.state.scene.refresh == 2
    assert [one.action for one in room.turns[-1].decisions] == ["refresh-screens"]
    done(room, Undo())
    assert room.desk.state.scene.refresh == 2
    assert shown(room).scenes == ("pair", "masonry")


def test_what_somebody_else_has_set_since_is_not_taken_back() -> None:
    room = hall()
    done(room, SetScreen(("people",), "left"))
    done(room, SetScreen(("hold",)), who="bob")
    assert refused(room, Undo()) == "it cannot be taken back: left has changed since"
    assert scenes(room) == {"main": "hold", "left": "hold"}


def test_what_is_held_is_held_whatever_screens_are_set_to() -> None:
    room = hall()
    done(room, Hold(), SetScreen(("people",)), PlayStatement("late"), FollowScript())
    assert room.desk.state.scene.held


# --- by the rundown -------------------------------------------------------------------------------


def test_a_segment_that_starts_sets_the_screens_in_the_same_turn() -> None:
    room = hall()
    done(room, SetScreen(("people",), "left", 7), SetScreen(("hold",), "main"))
    room.now = at("13:00")
    turn = room.take()
    put = [change.put for change in turn.changes if isinstance(change, Put)]
    assert {one.id for one in put if isinstance(one, Screen)} == {"main", "left"}
    assert [one.state for one in put if isinstance(one, Segment) and one.id == "talk"] == [
        "running"
    ]
    assert scenes(room) == {"main": "spotlight", "left": "spotlight"}
    # How long each scene stays is the script's again, too.
    assert (shown(room).hand, shown(room).seconds, shown(room, "main").seconds) == ("", 40, 20)


@pytest.mark.parametrize("who", ["ann", "venue"])
def test_a_start_by_hand_or_cue_does_so_and_a_screens_own_name_goes_before_all(who: str) -> None:
    room = hall()
    done(room, StartSegment("panel"), who=who)
    assert scenes(room) == {"main": "ticker masonry", "left": "pair"}


def test_screens_that_are_not_on_the_desk_are_set_too() -> None:
    said = {"talk": {"lobby": ("people",)}, "panel": {"*": ("pair",)}}
    room = Clocked(Rules(scenes=said), DAY)  # type: ignore[arg-type]
    done(room, StartSegment("talk"))
    assert scenes(room) == {"lobby": "people"}, "of the others it says nothing"
    done(room, StartSegment("panel"))
    assert scenes(room) == {"lobby": "pair", "main": "pair"}


def test_the_last_one_wins_and_what_a_segment_does_not_speak_of_stays() -> None:
    room = hall()
    done(room, StartSegment("talk"), SetScreen(("people",)), StartSegment("lunch"))
    assert scenes(room) == {"main": "people", "left": "now-next"}
    done(room, EndSegment("lunch"))
    assert scenes(room) == {"main": "people", "left": "now-next"}, "an end changes nothing"
    done(room, SkipSegment("panel"))
    assert scenes(room) == {"main": "people", "left": "now-next"}


def test_no_clock_lights_what_a_person_has_darkened() -> None:
    room = hall()
    done(room, Darken("left"))
    passes(room, "13:10")
    left = shown(room)
    assert (left.dark, left.scenes, left.hand) == (True, ("spotlight",), "ann")
    assert not shown(room, "main").dark
    done(room, FollowScript("left"))
    assert (shown(room).dark, shown(room).hand) == (False, "")


def test_an_old_statement_does_not_come_again_with_a_segment() -> None:
    rules = Rules(scenes={"talk": {"*": ("statement", "masonry")}}, statements=STATEMENTS)
    room = hall(rules=rules)
    done(room, PlayStatement("late"))
    passes(room, "13:10")
    assert (shown(room).statement, shown(room).scenes) == ("", ("statement", "masonry"))


def test_what_is_planned_again_or_undone_sets_nothing_until_it_begins_anew() -> None:
    room = hall()
    done(room, StartSegment("talk"), SetScreen(("people",)))
    done(room, PlanSegment("talk"))
    assert scenes(room) == {"main": "people", "left": "people"}
    done(room, Undo())
    assert scenes(room) == {"main": "spotlight", "left": "spotlight"}, "as ann found it"
    done(room, SetScreen(("people",)), StartSegment("talk"))
    assert scenes(room) == {"main": "spotlight", "left": "spotlight"}, "it begins anew"
    # What was left out and takes place after all begins, too.
    done(room, SkipSegment("lunch"), StartSegment("lunch"))
    assert shown(room).scenes == ("now-next",)


def test_what_goes_on_leaves_what_people_have_set_and_takes_back_what_the_rundown_did() -> None:
    room = hall()
    done(room, StartSegment("lunch"), SetScreen(("people",), "left"))
    done(room, EndSegment("lunch"), StartSegment("lunch"))
    assert shown(room).scenes == ("people",)
    # A talk that was ended by mistake: the panel has begun at once.
    done(room, EndSegment("lunch"), StartSegment("talk"), EndSegment("talk"))
    done(room, SetScreen(("hold",), "lobby"))
    assert scenes(room) == {"main": "ticker masonry", "left": "pair", "lobby": "hold"}
    done(room, StartSegment("talk"))
    assert scenes(room) == {"main": "spotlight", "left": "spotlight", "lobby": "hold"}


def restarted(room: Clocked, new: Edition) -> Desk:
    """Start another desk from what was stored, as the engine does, going by an edition."""
    decisions = [one for turn in room.turns for one in turn.decisions]
    desk = Desk(new.rules, list(room.stored.values()), decisions, room.now)
    desk.state.edition = room.desk.state.edition
    desk.begin(new, room.now)
    return desk


def test_a_restart_sets_nothing_anew_but_what_began_meanwhile_has_begun() -> None:
    room = hall()
    passes(room, "13:10")
    done(room, SetScreen(("people",), "left"), SetScreen(("hold",), "lobby"), Darken("main"))
    desk = restarted(room, edition())
    assert picture(desk) == picture(room.desk)
    assert not desk.taken_up()
    room.now = at("13:35")
    desk = restarted(room, edition())
    assert desk.state.screens["left"].scenes == ("pair",)
    assert desk.state.screens["lobby"].scenes == ("ticker", "masonry")
    assert desk.state.screens["main"].dark


# --- giving back to the script --------------------------------------------------------------------


def test_a_screen_given_back_shows_what_the_script_says_for_now() -> None:
    room = hall()
    done(room, SetScreen(("people",), "left", 7), PlayStatement("late", screen="main"))
    done(room, FollowScript("left"))
    left = shown(room)
    assert (left.scenes, left.seconds, left.hand) == (("pair", "masonry"), 40, "")
    assert shown(room, "main").scenes == ("statement",)
    done(room, FollowScript())
    main = shown(room, "main")
    assert (main.scenes, main.statement, main.language) == (("masonry",), "", "")
    passes(room, "13:35")
    done(room, SetScreen(("people",)), FollowScript())
    assert scenes(room) == {"main": "ticker masonry", "left": "pair"}
    # Lunch begins later, and says something of the left one alone.
    passes(room, "13:45")
    done(room, SetScreen(("people",)), FollowScript())
    assert scenes(room) == {"main": "ticker masonry", "left": "now-next"}
    done(room, EndSegment("lunch"))
    assert refused(room, FollowScript("main")) == "main follows the script already"
    done(room, FollowScript("left"))
    assert shown(room).scenes == ("pair",)


def test_all_of_the_segment_that_began_last_goes_before_a_name_in_an_earlier_one() -> None:
    said = {"panel": {"left": ("pair",)}, "lunch": {"*": ("hold",)}}
    room = hall(rules=Rules(scenes=said))  # type: ignore[arg-type]
    passes(room, "13:45")
    assert scenes(room) == {"main": "hold", "left": "hold"}
    done(room, SetScreen(("people",)), FollowScript())
    assert scenes(room) == {"main": "hold", "left": "hold"}


def test_what_began_last_counts_and_not_what_stands_last_in_the_script() -> None:
    room = hall(now="12:50")
    done(room, StartSegment("lunch"))
    passes(room, "13:10")
    assert room.desk.state.segments["lunch"].state == "running"
    done(room, SetScreen(("people",)), FollowScript("left"))
    assert shown(room).scenes == ("spotlight",), "the talk has begun after lunch"


def test_a_screen_of_which_the_script_does_not_speak_goes_with_main_again() -> None:
    room = hall()
    done(room, SetScreen(("people",), "lfet"), FollowScript("lfet"))
    assert room.turns[-1].changes == [Drop("screen", "lfet")]
    assert list(room.desk.state.screens) == ["main", "left"]
    done(room, SetScreen(("people",), "lfet"), FollowScript())
    assert list(room.desk.state.screens) == ["main", "left"]


# --- a changed script -----------------------------------------------------------------------------


def test_a_first_load_puts_all_screens() -> None:
    room = hall()
    assert list(room.desk.state.screens.values()) == list(SCREENS)


LEFT = SCREENS[1]
MOVED = replace(LEFT, scenes=("people",), seconds=10, title="Stage left", distance=30.0, width=5.0)


def test_what_nobody_has_set_becomes_what_the_script_says() -> None:
    room = hall()
    (line,) = lines_of_taking_in(room, edition(SCREENS[0], MOVED, digest="two"))
    assert line == (
        "screen left: scenes pair, masonry -> people; seconds 40 -> 10;"
        " title 'Left' -> 'Stage left'; distance 20.0 -> 30.0; width 4.0 -> 5.0"
    )
    assert replace(shown(room), version=1) == MOVED


def test_what_a_person_has_set_stays_and_is_called_and_placed_as_the_script_says() -> None:
    room = hall()
    done(room, PlayStatement("late", screen="left"), Darken("left"), who="bob")
    (line,) = lines_of_taking_in(room, edition(SCREENS[0], MOVED, digest="two"))
    assert line == (
        "screen left: title 'Left' -> 'Stage left'; distance 20.0 -> 30.0; width 4.0 -> 5.0;"
        " set by bob here, and kept"
    )
    left = shown(room)
    assert (left.scenes, left.statement, left.dark) == (("statement",), STATEMENTS["late"][0], True)
    assert (left.seconds, left.hand) == (40, "bob")
    assert (left.title, left.distance, left.width) == ("Stage left", 30.0, 5.0)


@pytest.mark.parametrize("now", ["13:35", "14:30"])
def test_what_the_rundown_has_set_stays_but_for_how_long_each_scene_stays(now: str) -> None:
    """Both while the segment runs, and once it has ended and nobody has set anything else."""
    room = hall()
    passes(room, "13:35")
    assert shown(room).scenes == ("pair",)
    done(room, SkipSegment("lunch"))
    passes(room, now)
    (line,) = lines_of_taking_in(room, edition(SCREENS[0], MOVED, digest="two"))
    assert line.endswith("set by the rundown here, and kept")
    assert (shown(room).scenes, shown(room).seconds) == (("pair",), 10)


def test_what_the_rundown_has_set_to_the_same_stays_while_it_runs() -> None:
    room = hall(rules=Rules(scenes={"talk": {"*": ("masonry",)}}))
    passes(room, "13:10")
    new = (replace(SCREENS[0], scenes=("ticker",)), LEFT)
    lines_of_taking_in(room, edition(*new, digest="two", rules=room.desk.state.rules))
    assert shown(room, "main").scenes == ("masonry",)


def test_new_screens_come_and_those_no_longer_there_go_unless_somebody_has_set_them() -> None:
    room = hall(*SCREENS, Screen("right", 1, ("people",), named=True))
    done(room, Darken("right"), SetScreen(("hold",), "lobby"))
    stage = Screen("stage", 1, ("spotlight",), title="Stage", named=True)
    assert lines_of_taking_in(room, edition(SCREENS[0], stage, digest="two")) == [
        "screen stage: new",
        "screen left: gone",
        "screen right: no longer in the script; set by ann, and stays",
    ]
    assert set(scenes(room)) == {"main", "stage", "right", "lobby"}
    assert not shown(room, "right").named
    assert shown(room, "right").dark
    # One that somebody made before the script named it keeps what they set.
    lobby = Screen("lobby", 1, ("people",), title="Lobby", named=True)
    lines_of_taking_in(room, edition(SCREENS[0], stage, lobby, digest="three"))
    assert (shown(room, "lobby").scenes, shown(room, "lobby").named) == (("hold",), True)
    assert shown(room, "lobby").title == "Lobby"


def test_main_stays_and_what_is_tried_out_changes_nothing() -> None:
    room = hall()
    was = picture(room.desk)
    early = with_rules(RULES, scenes={"talk": {"*": ("hold",)}})
    day = (replace(DAY[0], starts=at("11:30")), *DAY[1:])
    new = edition(SCREENS[0], MOVED, digest="two", rules=early, day=day)
    room.desk.offer(new, room.now)
    assert picture(room.desk) == was
    done(room, Reload("two"), role="lead")
    assert scenes(room) == {"main": "hold", "left": "hold"}, "it begins by being taken in"


# --- cards ----------------------------------------------------------------------------------------


def wall(count: int) -> Clocked:
    """Give a room in which so many cards wait for their turn, of which twelve stand at once."""
    room = Clocked(Rules(cards=60))
    for number in range(count):
        room.take(arrived(number))
        done(room, Approve(f"x:{number}", 1))
    return room


def version(room: Clocked, number: int) -> int:
    return room.item(number).version


def test_the_wall_keeps_more_cards_than_stand_at_once() -> None:
    room = wall(62)
    assert list(room.desk.state.cards) == [f"x:{number}" for number in range(2, 62)]
    done(room, MoveCard("x:2", version(room, 2), 30), TakeOff("x:61", version(room, 61)))
    assert list(room.desk.state.cards)[30] == "x:2"
    done(room, Undo(), Undo())
    assert list(room.desk.state.cards) == [f"x:{number}" for number in range(2, 62)]


def test_pinned_cards_leave_room_for_a_new_one_among_those_that_stand() -> None:
    room = wall(20)
    for number in range(11):
        done(room, Pin(f"x:{number}", version(room, number)))
    assert "no room for new posts" in refused(room, Pin("x:11", version(room, 11)))
    done(room, Pin("x:0", version(room, 0), on=False), Pin("x:11", version(room, 11)))


@pytest.mark.parametrize(("standing", "up"), [(12, 12), (5, 5), (60, 30)])
def test_what_goes_up_by_itself_is_bound_by_what_stands_at_once(standing: int, up: int) -> None:
    rules = Rules(mode="auto", cards=60, auto_per_minute=30)
    room = begun(Edition("one", rules, Scene("main", 1, cards=standing)), at("12:00"))
    room.take(*(arrived(number) for number in range(100)))
    assert len(room.desk.state.cards) == up
    room.now += timedelta(hours=1)
    room.take(*(arrived(number) for number in range(100, 200)))
    assert len(room.desk.state.cards) == 2 * up, "an hour of quiet saves up no more"


def liked(room: Clocked, number: int = 0) -> bool:
    return room.desk.state.cards[f"x:{number}"].liked


def test_a_card_is_liked_once_and_no_longer() -> None:
    room = wall(1)
    done(room, Like("x:0", version(room, 0)))
    assert liked(room)
    assert refused(room, Like("x:0", version(room, 0))) == "it is liked already"
    done(room, Undo())
    assert not liked(room)
    assert refused(room, Like("x:0", version(room, 0), on=False)) == "it is not liked"
    done(room, Redo(), Like("x:0", version(room, 0), on=False))
    assert not liked(room)
    room.take(arrived(1))
    assert refused(room, Like("x:1", 1)) == "it is not on the wall"


def test_a_liked_card_stays_so_while_it_stands_and_is_forgotten_when_it_goes() -> None:
    room = Clocked(Rules(mode="auto"))
    room.take(arrived(0))
    done(room, Like("x:0", version(room, 0)), Pin("x:0", version(room, 0)))
    edited: Post = replace(room.item(0).post, text="other words")
    room.take(Revised(edited, Judgement(), room.now))
    assert (room.desk.state.cards["x:0"].text, liked(room)) == ("other words", True)
    done(room, ShowAnswer("x:0", version(room, 0), "At ten"))
    assert liked(room)
    done(room, TakeOff("x:0", version(room, 0)), Approve("x:0", version(room, 0) + 1))
    assert not liked(room)


@pytest.mark.parametrize("off", [Gone("x:0"), Ordered("ann", Reject("x:0", 2))])
def test_what_goes_for_good_leaves_nothing_liked_behind(off: Gone | Ordered) -> None:
    room = wall(1)
    done(room, Like("x:0", version(room, 0)))
    turn = room.take(off)
    assert Drop("card", "x:0") in turn.changes
    assert not room.desk.state.cards

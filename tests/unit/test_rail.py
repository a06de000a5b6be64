"""The rail and the two lines at the top: what they say, and that they fit whatever the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from eventlive.messages import AccountInfo, Present, Queue, State, Waiting, Welcome
from eventlive.model import ANOTHER_ENGINE, FeedHealth, Health, Reminder, Role, Scene
from tui import rail, top_bar
from tui.board import Board
from tui.lines import Line, length
from tui.link import Up
from tui.places import PLACES, WORDS, Place
from tui.rebinding import rebound

NOW = datetime(2027, 5, 20, 11, 0, tzinfo=UTC)
CELLS = 20
ALL: dict[Queue, tuple[int, int]] = {
    "inbox": (10_312, 3_000),
    "questions": (1_412, 299),
    "outgoing": (14, 0),
    "wall": (7, 0),
    "mentions": (412, 180),
    "people": (9, 40),
    "flagged": (250, 7_200),
    "snoozed": (3, 90_000),
    "overdue": (2, 601),
    "uncertain": (1, 60),
    "done": (800, 0),
}


def board(
    queues: dict[Queue, tuple[int, int]], *present: Present, title: str = "NordCon", up: bool = True
) -> Board:
    """A board that knows these queues: how many, and since how many seconds."""
    one = Board()
    account = AccountInfo("main", "bluesky", "nordcon", "NordCon", 300)
    welcome = Welcome(
        1, "e", title, "UTC", NOW, "operator", "eevi", "", 5, (account,), (), answer_within=600
    )
    if up:
        one.connected(Up(welcome), 0.0)
    waiting = tuple(
        Waiting(queue, count, NOW - timedelta(seconds=since) if since else None)
        for queue, (count, since) in queues.items()
    )
    feeds = (FeedHealth("toot", "limited", until=NOW + timedelta(minutes=5)),)
    health = Health(NOW, NOW, per_minute=10_312, screens=12, uncertain=2, feeds=feeds)
    state = State(health, Scene("main", 1), queues=waiting, present=present)
    one.state(state, 0.0)
    return one


def words(line: Line) -> str:
    return "".join(span.text for span in line)


def page(of: Board, height: int = 30, place: Place = "inbox") -> list[str]:
    rows = rail.rows(of, place, 0.0, CELLS, height)
    assert len(rows) <= height
    assert all(length(row.line) <= CELLS for row in rows)
    return [words(row.line) for row in rows]


def test_each_place_says_its_key_its_count_and_since_when_one_waits() -> None:
    assert page(board(ALL)) == [
        "▌1 Inbox   10312 50m",
        " 2 Questions  1k  4m",
        " 3 Outgoing   14    ",
        " 4 Wall        7    ",
        " 7 Mentions  412  3m",
        " 8 People      9 40s",
        " 9 Flagged   250  2h",
        " 0 Snoozed     3  1d",
        " Q!Overdue     2 10m",
        " U?Unclear     1  1m",
        " d Done      800    ",
    ]


@pytest.mark.parametrize(
    ("waited", "sign", "ink"),
    [(299, "", ""), (300, "◑", "warn"), (600, "◑", "warn"), (601, "!", "bad")],
)
def test_who_waits_for_an_answer_is_amber_from_half_of_the_time_and_red_beyond(
    waited: int, sign: str, ink: str
) -> None:
    late = board({"questions": (4, waited), "inbox": (9, 9_000)})
    assert rail.hurry(late, "questions", NOW) == (sign, ink)
    assert rail.hurry(late, "inbox", NOW) == ("", "")
    (row,) = [row for row in rail.rows(late, "inbox", 0.0, CELLS, 30) if row.place == "questions"]
    assert f"2{sign or ' '}Questions" in words(row.line)
    assert not ink or all(
        span.ink == ink for span in row.line if span.text.strip() in (sign, "4", "5m", "10m")
    )


def test_found_and_the_rundown_are_named_only_where_there_is_something() -> None:
    one = board(ALL)
    assert not any("Found" in line or "Rundown" in line for line in page(one))
    one.search = "coffee"
    one.reminders = (Reminder("r", 1, "Batteries", "due", NOW),)
    assert sum("Found" in line or "Rundown" in line for line in page(one)) == 2


def test_who_is_here_is_told_with_role_and_who_writes() -> None:
    roles: tuple[Role, ...] = ("lead", "operator", "viewer")
    team = [Present(f"ana{n}", role, "bluesky:1" if n else "") for n, role in enumerate(roles)]
    team.append(Present("eevi", "operator", "bluesky:2", writing=True))
    team.append(Present("[/red]\x1b[31m\nzoë", "operator", idle=720))
    lines = page(board(ALL, *team))
    at = lines.index(" 5 here  3 on a post")
    assert lines[at - 1] == ""
    assert [line.rstrip() for line in lines[at + 1 : at + 6]] == [
        " ✎ eevi",
        "   [/red][31m ↵… 12m",
        "   ana0         lead",
        "   ana1",
        "   ana2       viewer",
    ]


def test_a_low_rail_keeps_the_places_that_hold_something() -> None:
    """The places first, then the people, and the last ones as a number."""
    team = [Present(f"p{n}", "operator") for n in range(9)]
    there: dict[Queue, tuple[int, int]] = {"inbox": (5, 60), "done": (3, 0), "overdue": (1, 700)}
    low = page(board(there, *team), 5, "wall")
    assert [line[1] for line in low] == ["1", "4", "Q", "d"]
    higher = page(board(there, *team), 16, "wall")
    assert len([line for line in higher if line[1:2].isalnum() and line[2:3] in " !"]) >= 11
    assert higher[-1].strip() == "+7 more"


@pytest.mark.parametrize("cells", range(80, 130, 9))
@pytest.mark.parametrize("place", PLACES)
def test_the_tabs_fit(cells: int, place: Place) -> None:
    one = board(ALL)
    one.search = "coffee"
    listing = one.listings[place]
    listing.refilter("lang:fi " * 20, "oldest")
    listing.marked.update(dict.fromkeys(map(str, range(12)), Reminder("r", 1, "r")))
    for beside in (False, True):
        line = words(top_bar.tabs(one, place, 0.0, cells, beside=beside))
        assert length(top_bar.tabs(one, place, 0.0, cells, beside=beside)) <= cells
        assert "12 marked" in line
        assert "oldest" in line
        assert WORDS[place].title in line


def test_tabs_of_a_narrow_screen_name_what_number_keys_lead_to() -> None:
    tabs = words(top_bar.tabs(board(ALL), "inbox", 0.0, 80))
    for said in (" 1 Inbox 10,312 ", " 2 1,412 ", " 7 412 ", " 0 3 "):
        assert said in tabs
    assert " Q " not in tabs
    assert " 6 " not in tabs
    few = words(top_bar.tabs(board({"inbox": (3, 5), "questions": (1, 601)}), "done", 0.0, 80))
    assert few.startswith(" 1 Inbox 3  2 Questions 1!  d Done 0 ")


def test_where_the_rail_stands_the_line_says_what_the_list_is() -> None:
    one = board(ALL)
    said = words(top_bar.tabs(one, "questions", 0.0, 120, beside=True))
    assert " 2 Questions 1,412   open questions, best first" in said
    assert "Inbox" not in said
    one.listings["questions"].refilter("", "reach")
    said = words(top_bar.tabs(one, "questions", 0.0, 120, beside=True))
    assert "open questions, most followers first" in said


@pytest.mark.parametrize("cells", [60, 80, 100, 120, 200])
def test_the_first_line_keeps_what_needs_somebody(cells: int) -> None:
    one = board(ALL, title="The Very Long Name of a Conference on Harbours")
    line = top_bar.head(one, 0.0, cells)
    assert length(line) <= cells
    for said in ("11:00:00", "! 2 overdue (Q)", "? 2 unclear (U)"):
        assert said in words(line)
    assert ("12 screens" in words(line)) is (cells >= 120)
    assert any(span.text.startswith("! 2 overdue") and span.ink == "bad" for span in line)


def test_two_engines_of_one_event_are_told_of_before_all_else() -> None:
    one = board(ALL)
    assert one.health
    one.health = replace(one.health, venue=ANOTHER_ENGINE)
    for cells in (60, 80, 120, 200):
        assert "✗ two engines" in words(top_bar.head(one, 0.0, cells))


@pytest.mark.parametrize("up", [True, False])
def test_a_hold_is_never_cut_off(up: bool) -> None:
    one = board(ALL, title="The Very Long Name of a Conference on Harbours")
    one.scene = Scene("main", 2, held=True)
    one.up = up
    for cells in range(28, 140):
        line = top_bar.head(one, 0.0, cells)
        assert length(line) <= cells
        assert " HOLD " in words(line), cells
    assert "2 unclear" in words(top_bar.head(one, 0.0, 56)) or not up


@pytest.mark.parametrize("held", [True, False])
def test_a_small_terminal_says_who_speaks_and_how_it_goes(held: bool) -> None:
    one = board({"inbox": (3, 5)}, title="The Very Long Name of a Conference on Harbours")
    one.scene = Scene("main", 2, held=held)
    assert one.welcome
    assert one.health
    (account,) = one.welcome.accounts
    one.welcome = replace(one.welcome, accounts=(replace(account, handle="harbours.example"),))
    one.health = replace(one.health, uncertain=0)
    line = words(top_bar.head(one, 0.0, 80))
    assert "  @harbour…  " in line
    assert "12 screens" in line
    assert (" HOLD " in line) is held
    assert "◔ toot limited" in line


def test_keys_are_those_that_this_operator_has() -> None:
    keymap, refused = rebound({"overdue": ("f5",), "mentions": ("at",)})
    assert not refused
    one = board(ALL)
    rows = [words(row.line) for row in rail.rows(one, "inbox", 0.0, CELLS, 30, keymap)]
    assert " @ Mentions  412  3m" in rows
    assert "! 2 overdue (F5)" in words(top_bar.head(one, 0.0, 120, keymap))
    assert " @ Mentions 412 " in words(top_bar.tabs(one, "mentions", 0.0, 120, keymap, beside=True))


def test_nothing_is_pretended_before_the_first_word() -> None:
    assert rail.rows(Board(), "inbox", 0.0, CELLS, 30) == []

"""Signals, the wall's picture, decisions and hand-overs as lines: pure, at any size."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from eventlive.listening.rising import Rising
from eventlive.listening.signals import Reading
from eventlive.listening.top_voices import TopVoice
from eventlive.messages import PROTOCOL, ScreenInfo, State, Waiting, Welcome
from eventlive.model import (
    Author,
    Claim,
    Decision,
    Goal,
    Health,
    Item,
    Note,
    Outgoing,
    Post,
    Reminder,
    Scene,
)
from tui import decided, hand_over, masonry, signals, wall_pane
from tui.board import Board
from tui.cells import width
from tui.drafts import Draft
from tui.lines import Line
from tui.link import Down

NOW = datetime(2027, 5, 20, 11, 30, 20, tzinfo=UTC)
TRAP = "[/red] \x1b[2Jx\u202e"


def item(id: str, text: str = "hello", **more: Any) -> Item:
    author = Author(f"did:{id}", f"{id}.example", id.title())
    return Item(id, 1, Post("x", id, NOW, text, author), NOW, **more)


def board(state: State | None = None, **state_fields: Any) -> Board:
    """A board at noon, as eevi's console knows it."""
    known = Board()
    welcome = Welcome(
        PROTOCOL, "e", "E", "Europe/Helsinki", NOW, "operator", "eevi", "", 5.0, (), ()
    )
    known.welcomed(welcome, 0.0)
    known.up = True
    health = Health(NOW, NOW, per_minute=312, screens=2, goals=(Goal("conversation", 0.5, 0.6),))
    known.state(state or State(health, Scene("main", 1, title="NordCon"), **state_fields), 0.0)
    return known


def text(lines: Iterable[Line]) -> str:
    return "\n".join("".join(span.text for span in line) for line in lines)


def reading(**more: Any) -> Reading:
    posts = (0,) * 30 + tuple(range(1, 31))
    fields: dict[str, Any] = {
        "questions": (0,) * 58 + (4, 2),
        "flagged": (0,) * 60,
        "networks": (("bluesky", 150), ("x", 105)),
        "languages": (("en", 204), ("", 51)),
        "rising": tuple(
            Rising(f"term{n}", "word", 9, 2.5, NOW - timedelta(minutes=n), "en") for n in range(7)
        ),
        "voices": (
            TopVoice("bluesky", "ada.example", "Ada", "ada", 1200, 14, 8, 3, 2, 1, 4),
            TopVoice("x", "bo", others=3, replies=3),
        ),
        "sent": 20,
        "answers": 12,
    }
    return Reading(NOW, posts, **(fields | more))


# --- signals --------------------------------------------------------------------------------------


def test_bars_begin_with_the_first_post_and_end_at_the_highest() -> None:
    assert signals.spark((0, 0, 1, 0, 8, 4)) == ["  ▁▁█▄"]
    assert signals.spark((0, 0)) == ["  "]
    assert signals.spark((0, 8, 16, 13), 2) == ["  █▅", " ███"]
    assert signals.bar(0.5, 10) == "█████"
    assert signals.bar(0.001, 10) == "▌", "whatever is there is seen"
    assert signals.bar(0.0, 10) == ""


def test_what_is_counted_since_a_moment_ago_says_so() -> None:
    young = reading(since=NOW - timedelta(minutes=16), voices=())
    seen = text(signals.page(board(signals=young), 0.0, 90).lines)
    assert "counted since 14:14" in seen
    assert "465 since 14:14" in seen
    assert "nobody since 14:14" in seen
    assert "in the hour" not in seen
    old = reading(since=NOW - timedelta(minutes=60), voices=())
    seen = text(signals.page(board(signals=old), 0.0, 90).lines)
    assert "465 in the hour" in seen
    assert "nobody yet" in seen
    assert "counted since" not in seen


@pytest.mark.parametrize(("cells", "columns"), [(70, 1), (112, 2), (180, 3)])
def test_the_page_says_all_of_it_at_every_width(cells: int, columns: int) -> None:
    page = signals.page(board(signals=reading()), 0.0, cells, "term2")
    seen = text(page.lines)
    assert max(width(row) for row in seen.split("\n")) <= cells
    assert "now 312 · the most so far" in seen
    assert "Questions  now 4 · peak 4" in seen or "Questions  now 4 · the most so far" in seen
    shares = [row for row in ("Bluesky", "59%", "41%") if row in seen]
    assert len(shares) == 3, "networks, of 255 posts in ten minutes"
    assert "not clear" in seen
    assert "20%" in seen
    assert "×2.5  since 14:28" in seen, "in the event's zone"
    assert "@ada.example ★ listed" in seen
    assert "8 answer, 3 name, 2 quote" in seen
    assert "20 sent: 12 answer somebody, 8 do not" in seen
    assert "the goal: 50%  ✓ met" in seen
    assert "share of" in seen, "the goals"
    assert [*page.picks][6:] == ["term6", "ada.example on:bluesky", "bo on:x"]
    for pick, line in page.picks.items():
        assert pick.split()[0] in text([page.lines[line]])
    assert "▌ term2" in text([page.lines[page.picks["term2"]]])
    titles = [row for row in seen.split("\n") if "Posts a minute" in row]
    assert ("Rising" in titles[0]) is (columns > 1)
    assert ("Top voices" in titles[0]) is (columns > 2)


def test_the_rail_has_the_rate_the_ratio_and_five_terms_and_nothing_before_a_reading() -> None:
    assert signals.few(board(), 20, 9) == []
    known = board(signals=reading())
    rows = text(signals.few(known, 20, 9)).split("\n")
    assert len(rows) == 7
    assert rows[0].endswith("▇▇█  312/min")
    assert rows[1].split() == ["talk:listen", "8:12", "✓"]
    assert rows[2].split() == ["↗", "term0", "×2.5"]
    assert {width(row) for row in rows} == {20}
    assert len(signals.few(known, 20, 3)) == 3
    hostile = replace(reading(), rising=(Rising(TRAP * 9, "word", 3, 2.0, NOW),))
    assert "\x1b" not in text(signals.few(board(signals=hostile), 20, 9))


def test_a_page_of_an_engine_that_is_gone_says_so() -> None:
    known = board(signals=reading())
    known.lost(Down("cut", 1.0))
    assert "the engine is gone: this was so at 14:30:20" in text(signals.page(known, 0.0, 70).lines)


# --- the wall -------------------------------------------------------------------------------------


def on_wall(known: Board, *items: Item) -> Board:
    known.listings["wall"].take([one.id for one in items], items, len(items), 0.0)
    return known


@pytest.mark.parametrize(("cells", "rows"), [(30, 20), (37, 32), (76, 17), (86, 50), (16, 4)])
def test_the_picture_keeps_to_its_room(cells: int, rows: int) -> None:
    cards = [item(f"c{n}", f"word{n} " * (3 + n * 5), shown_answer=TRAP) for n in range(12)]
    seen = text(wall_pane.lines(on_wall(board(), *cards), cells, rows, NOW))
    assert seen.count("\n") < rows
    assert max(width(row) for row in seen.split("\n")) <= cells
    assert "\x1b" not in seen
    assert "\u202e" not in seen


def test_no_answer_is_left_out_and_what_is_drawn_is_counted() -> None:
    cards = [item(f"c{n}", f"word{n} " * 9, shown_answer=f"reply{n} " * 6) for n in range(4)]
    for rows in range(14, 30):
        for cells in (40, 60, 78):
            seen = text(wall_pane.lines(on_wall(board(), *cards), cells, rows, NOW))
            if "about like this" not in seen:  # no room for a picture
                continue
            drawn = [n for n in range(4) if f"word{n}" in seen]
            assert drawn == list(range(len(drawn)))
            assert [n for n in range(4) if f"reply{n}" in seen] == drawn
            counts = [int(one) for one in re.findall(r"(\d) (?:drawn|of 4|cards)", seen)]
            assert len(drawn) == counts[-1], (seen, rows, cells)


def test_the_newest_stands_first_and_what_does_not_fit_is_counted() -> None:
    short = [item(f"c{n}", f"word{n}") for n in range(3)]
    seen = text(wall_pane.lines(on_wall(board(), *short), 70, 40, NOW))
    assert seen.index("word0") < seen.index("word1") < seen.index("word2")
    assert "all 3 cards" in seen
    long = [item(f"c{n}", f"word{n} " * 40) for n in range(12)]
    columns = masonry.place(long, masonry.stage())
    assert len(columns) == 2
    assert columns[0][0].item.id == "c0"
    assert columns[1][0].item.id == "c1"
    shown = sum(map(len, columns))
    assert 2 <= shown < 12
    seen = text(wall_pane.lines(on_wall(board(), *long), 70, 40, NOW))
    assert f"about like this: {shown} of 12 by turns" in seen
    assert len(masonry.place(short, masonry.stage((1080, 1920)))) == 1, "portrait: one column"


def test_held_screens_show_the_calm_frame_and_no_card() -> None:
    known = on_wall(board(), item("c", "secret"))
    known.scene = replace(known.scene, held=True, hashtag="#nordcon") if known.scene else None
    seen = text(wall_pane.lines(known, 60, 30, NOW))
    assert "HOLD" in seen
    assert "NordCon" in seen
    assert "#nordcon" in seen
    assert "secret" not in seen


def test_screens_that_are_behind_or_silent_are_named_with_since_when() -> None:
    well = (ScreenInfo("lobby", 1920, 1080, 0, 12.0), ScreenInfo("hall", 1920, 1080, 2, 1.0))
    assert "2 of 2 up to date" in text(wall_pane.lines(board(screens=well), 60, 30, NOW))
    amiss = (ScreenInfo("yard", 0, 0, 3, 20.0), ScreenInfo(TRAP, behind=0, silent=50.0))
    seen = text(wall_pane.lines(board(screens=amiss), 60, 30, NOW))
    assert "0 of 2 up to date: 2 not" in seen
    assert "yard" in seen
    assert "3 changes behind since 14:30:00" in seen
    assert "silent since 14:29:30" in seen
    assert "\x1b" not in seen


# --- decisions ------------------------------------------------------------------------------------


def test_a_decision_reads_as_a_sentence_of_the_crew() -> None:
    known = on_wall(board(), item("a"))
    before = Decision(6, NOW, "anna", "approve", "a")
    undo = Decision(7, NOW, "eevi", "undo", "a", "6", undoes=6)
    several = Decision(8, NOW, "eevi", "several", "", "archive: 12 posts, 1 left alone")
    moved = Decision(9, NOW, "eevi", "move", "out-1", "2027-05-20T12:05+00:00")
    rows = [
        text([decided.row(one, known, {6: before}, NOW, 130, picked=False)])
        for one in (before, undo, several, moved, Decision(10, NOW, TRAP, TRAP, TRAP, TRAP))
    ]
    assert rows[0].split() == "14:30:20 anna put on the wall @a.example".split()
    assert "undid: put on the wall" in rows[1]
    assert "@a.example" in rows[1]
    assert "archived: 12 posts, 1 left alone" in rows[2]
    assert rows[3].split()[-1] == "15:05", "in the event's zone"
    assert not any(sign in rows[4] for sign in "\x1b\u202e")


def test_all_words_of_a_decision_stand_below_as_far_as_there_is_room() -> None:
    told = Decision(1, NOW, "bo", "hand-over", "hand-over-1", "one two three\n" * 20)
    lines = decided.whole(told, board(), {}, NOW, 40, 5)
    assert len(lines) == 5
    assert text(lines).endswith("…")
    assert "handed over" in text(lines[:1])


# --- what is left at the end of a shift ---------------------------------------------------------


def test_what_is_left_is_told_by_kind_and_only_what_there_is() -> None:
    def out(id: str, who: str = "eevi", **more: Any) -> Outgoing:
        return Outgoing(id, 1, "main", f"words of {id}", who, NOW, **more)

    assert hand_over.left(board(), [], "inbox", NOW) == []
    old = NOW - timedelta(minutes=20)
    asked = replace(item("late", "where?"), received_at=old, question="open")
    answered = replace(asked, id="done", answer="gone")
    on_way = replace(asked, id="way", answer="queued")
    begun = replace(asked, id="begun", answer="mine")
    mine = item("mine", "for me", claim=Claim("eevi", NOW))
    theirs = item("theirs", claim=Claim("anna", NOW), notes=(Note("eevi", NOW, "who knows?"),))
    known = board(
        queues=(Waiting("snoozed", 3),),
        reminders=(Reminder("r", 1, "batteries", "due"), Reminder("s", 1, "later")),
    )
    known.listings["inbox"].take(["mine", "theirs"], (mine, theirs), 2, 0.0)
    questions = (asked, answered, on_way, begun)
    known.listings["questions"].take([one.id for one in questions], questions, 4, 0.0)
    house = (
        out("mine"),
        out("theirs", "anna"),
        out("queued", state="queued"),
        out("wanted", "anna", state="held", needs_approval=True),
        out("lost", "anna", state="uncertain"),
    )
    known.listings["outgoing"].take([one.id for one in house], house, 5, 0.0)
    parts = hand_over.left(known, [Draft("half a word", "main", mine)], "inbox", NOW)
    told = {part.title: [row.split(":")[0] for row in part.rows] for part in parts}
    assert told == {
        "Claimed by you": ["@mine.example"],
        "Half-written": ["answer to @mine.example"],
        "Drafts and held posts of yours": ["draft"],
        "Waits for a second person": ["held"],
        "Unclear, or failed": ["uncertain"],
        "Questions that wait too long": ["20m @late.example", "20m @late.example"],
        "Your notes that ask something": ["who knows? (on @theirs.example)"],
        "Reminders": ["batteries"],
        "Snoozed": ["3 come back by themselves"],
    }
    assert [part.title for part in parts if part.mine] == list(told)[:3]
    text = hand_over.composed("mind the coffee", parts)
    assert text.startswith("mind the coffee\nClaimed:\n· @mine.example: for me\nHalf-written:\n")


def test_the_text_of_a_hand_over_is_never_longer_than_the_engine_takes() -> None:
    parts = [hand_over.Part(f"kind {n}", ("w" * 100,) * 40) for n in range(9)]
    assert len(hand_over.composed("x" * 200, parts)) <= 4000
    assert "· and 28 more" in hand_over.composed("", parts[:1])


def test_only_words_that_others_can_finish_become_drafts_of_the_house() -> None:
    known = on_wall(board(), replace(item("a"), version=7))
    answer = hand_over.as_draft(Draft("so", "x", item("a"), plain=True), known)
    assert answer is not None
    assert (answer.item, answer.version, answer.plain) == ("a", 7, True)
    assert not answer.send
    assert answer.account == "x"
    assert hand_over.as_draft(Draft("new", "main"), known) is not None
    for stays in (
        Draft("so", "x", outgoing="out-1"),
        Draft("so", "x", item("a"), wall=True),
        Draft("so", "x", item("a"), handed_at=5.0),
        Draft("  ", "x"),
    ):
        assert hand_over.as_draft(stays, known) is None

"""What strangers can put into rows: every line is as wide as its pane, whatever comes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.style import Style

from eventlive.listening.rising import Rising
from eventlive.listening.signals import Reading
from eventlive.messages import Off, RelayInfo, ScreenInfo, State, Update, Waiting
from eventlive.model import (
    Decision,
    FeedHealth,
    Health,
    Outgoing,
    Scene,
    SceneName,
    Screen,
    Segment,
)
from tests.console.engine_double import EngineDouble, item
from tests.console.test_hostile import TRAPS, soaked
from tui import decided, feeds, masonry, measure, signals, top_bar, wall_pane
from tui.board import Board
from tui.cells import width
from tui.lines import Line, length, paint
from tui.link import Up
from tui.row import Look, row

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def hostile(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.4:
        return "".join(chance.choice(TRAPS) for _ in range(chance.randint(1, 6)))
    if kind < 0.8:
        ranges = (
            (0x20, 0x3000),
            (0, 0x110000),
            (0x1F000, 0x1FB00),
            (0x1F1E6, 0x1F200),
            (0x1100, 0x1200),
            (0x300, 0x370),
        )
        return "".join(
            chr(chance.randrange(*chance.choice(ranges))) for _ in range(chance.randint(0, 80))
        )
    return chance.choice(
        ("", "x" * 10_000, "漢" * 10_000, "👨‍👩‍👧‍👦" * 300, "\n" * 200, "🇫" * 7, "🇫🇮" * 90)
    )


def off(line: Line, cells: int) -> str:
    """What is wrong with a line once it is painted; "" for nothing."""
    strip = paint(line, cells, lambda ink: Style(), Style())
    text = "".join(segment.text for segment in strip)
    theirs = sum(cell_len(segment.text) for segment in strip)
    if (width(text), theirs) != (cells, cells):
        return f"{cells} cells: {width(text)} by ours, {theirs} by Textual's: {text!a:.200}"
    return ""


def a_board(*, held: bool = False, uncertain: int = 0, late: int = 0) -> Board:
    engine, board = EngineDouble(), Board()
    board.connected(Up(engine._welcome("eevi")), 0.0)
    health = Health(NOW, NOW, held=held, screens=2, uncertain=uncertain)
    queues = (Waiting("overdue", late, NOW - timedelta(hours=1)),) if late else ()
    board.state(State(health, Scene("main", 1, held=held), (), queues=queues), 0.0)
    return board


def test_rows_of_anything_are_as_wide_as_the_list() -> None:
    measure.correct()
    chance = random.Random(5)
    for number in range(500):
        cells, text = chance.randint(40, 300), hostile(chance)
        look = Look(chance.random() < 0.5, chance.random() < 0.5, chance.random() < 0.4)
        things = (
            soaked(text, number),
            Outgoing("o", 1, text, text, text, NOW, "queued", reason=text),
            Segment("k", 1, text, NOW, 5, track=text, room=text, begins=NOW, ends=NOW),
        )
        for thing in things:
            line = row(thing, cells, NOW, "me", look=look)
            assert not (wrong := off(line, cells)), wrong


def test_a_warning_of_flags_does_not_break_its_row() -> None:
    measure.correct()
    warned = item("a", "words")
    warned = replace(warned, post=replace(warned.post, warning="a" + "🇫🇮" * 40))
    line = row(warned, 120, NOW, "me")
    assert not (wrong := off(line, 120)), wrong


def test_a_feed_of_flags_breaks_neither_the_head_nor_its_page() -> None:
    measure.correct()
    board = a_board()
    flags = (FeedHealth("a" + "🇫🇮" * 20, "live"),)
    assert board.health is not None
    board.health = replace(board.health, feeds=flags)
    for line in (top_bar.head(board, 0.0, 120), *feeds.page(board, 0.0, 76)):
        cells = max(length(line), 76)
        assert not (wrong := off(line, cells)), wrong


@pytest.mark.parametrize("cells", range(40, 64))
def test_hold_is_in_the_head_at_any_width(cells: int) -> None:
    board = a_board(held=True, uncertain=12, late=1234)
    words = "".join(span.text for span in top_bar.head(board, 0.0, cells))
    assert "HOLD" in words


@pytest.mark.parametrize("wide", [10_000_000, 1 << 53])
def test_the_size_that_a_screen_claims_costs_nothing(wide: int) -> None:
    on = masonry.stage((wide, 1))
    assert on.columns <= 100


def test_no_size_of_a_screen_ends_the_console() -> None:
    """The wall needs no token: anybody in the hall can claim a size."""
    board = a_board()
    card = replace(item("a", "words"), on_wall=True)
    board.update(Update(board.view("wall"), (card.id,), (card,), 1), 0.0)
    board.screens = (ScreenInfo("lobby", 10**400, 1),)
    assert wall_pane.lines(board, 80, 30, NOW)


def test_signals_and_log_are_as_wide_as_their_page() -> None:
    measure.correct()
    chance = random.Random(7)
    for number in range(80):
        board, cells = a_board(), chance.randint(40, 300)
        text = hostile(chance)
        terms = tuple(
            Rising(hostile(chance), "tag", 10**6, 1e6, NOW, hostile(chance)) for _ in range(3)
        )
        board.signals = Reading(NOW, (3,) * 60, networks=(("x", 3),), rising=terms)
        for line in signals.page(board, 0.0, cells).lines:
            assert length(line) <= cells
            assert not (wrong := off(line, cells)), wrong
        decision = Decision(number + 1, NOW, text, text[:40], text, detail=text)
        whole = decided.whole(decision, board, {}, NOW, cells, 5)
        for line in (decided.row(decision, board, {}, NOW, cells, picked=True), *whole):
            assert not (wrong := off(line, cells)), wrong


def test_the_picture_of_the_wall_keeps_its_frame() -> None:
    measure.correct()
    chance = random.Random(9)
    for _ in range(80):
        board, cells = a_board(), chance.randint(16, 90)
        posts = [replace(soaked(hostile(chance), nth), on_wall=True) for nth in range(5)]
        order = tuple(one.id for one in posts)
        board.update(Update(board.view("wall"), order, tuple(posts), 5), 0.0)
        pixels = chance.choice(((0, 0), (1920, 1080), (1080, 1920), (20_000, 300)))
        text = hostile(chance)
        board.screens = (
            ScreenInfo(hostile(chance), *pixels, page=text, errors=3, error=text, relay=text),
            ScreenInfo(text, gone=True),
        )
        scenes = tuple(chance.sample(get_args(SceneName), 2))
        board.walls = (
            Screen(hostile(chance) or "x", 1, scenes, statement=text, title=text, hand=text),
            Screen("main", 1, scenes, statement=text),
        )
        board.relays = (RelayInfo(text, False, 3), RelayInfo(text, True, 10**9, 10**9))
        board.offs.told = (Off(1, text, NOW, 10**9, 3, (text, hostile(chance))),)
        assert not (wrong := off(top_bar.head(board, 0.0, max(cells, 40)), max(cells, 40))), wrong
        for line in wall_pane.lines(board, cells, chance.randint(4, 60), NOW):
            text = "".join(span.text for span in line)
            assert not (wrong := off(line, cells)), wrong
            if text.startswith(("│", "┌", "└")):
                assert (width(text), text[-1]) in ((cells, "│"), (cells, "┐"), (cells, "┘"))

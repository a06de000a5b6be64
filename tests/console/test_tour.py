"""The tour: once, in this operator's own keys, and never in the way of a hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from tests.parts import ROOT
from tui import keys, measure
from tui.learning import Learning
from tui.lines import Lines
from tui.memory import Memory
from tui.rebinding import Keymap, install, rebound
from tui.settings import Settings
from tui.spelling import textual_keys
from tui.tour import STEPS, Tour, page

STANDARD = Keymap()


@dataclass
class Desk:
    """What the tour asks of the board."""

    up: bool = True
    held: bool = False


class Seat(App[None]):
    """A console as far as the tour knows it: its keys, its hold, its board."""

    CSS_PATH = str(ROOT / "tui" / "console.tcss")
    AUTO_FOCUS = None

    def __init__(self, memory: Path | None = None, keymap: Keymap = STANDARD) -> None:
        super().__init__()
        measure.correct()
        self.board = Desk()
        self.said: list[str] = []
        self.busy = False
        settings = Settings(keymap=keymap)
        self.memory = Memory(memory, settings)
        install(self, keymap)
        # What of the console it uses, this is: its board, its words, its screens.
        console: Any = self
        self.learning = Learning(console, settings, self.memory)
        self.learning.begin()

    def compose(self) -> ComposeResult:
        yield Input(id="prompt-input")

    def action_hold(self) -> None:
        self.said.append("held")
        self.board.held = True

    def action_tour(self) -> None:
        self.learning.tour()

    def action_copy(self) -> None:
        self.said.append("copied")

    def refuse(self, text: str) -> None:
        self.said.append(text)

    def say(self, text: str, ink: str) -> None:
        self.said.append(text)

    def touring(self) -> bool:
        return isinstance(self.screen, Tour)

    @property
    def shown(self) -> str:
        return self.screen.query_one("#asked", Lines).text


async def test_somebody_new_sees_it_once(tmp_path: Path) -> None:
    memory = tmp_path / "console.json"
    async with (app := Seat(memory)).run_test() as pilot:
        app.learning.welcome()
        await pilot.pause()
        for at, step in enumerate(STEPS):
            assert step.title in app.shown
            assert f"{at + 1} of {len(STEPS)}" in app.shown
            await pilot.press("enter" if at % 2 else "space")
        assert not app.touring()
        app.learning.welcome()
        await pilot.pause()
        assert not app.touring()
        await pilot.press("f2")
        assert app.touring()
        await pilot.press("right", "left")
        assert STEPS[0].title in app.shown
    async with (app := Seat(memory)).run_test() as pilot:
        app.learning.welcome()
        await pilot.pause()
        assert not app.touring()


async def test_esc_skips_it_for_good(tmp_path: Path) -> None:
    memory = tmp_path / "console.json"
    async with (app := Seat(memory)).run_test(size=(80, 24)) as pilot:
        app.learning.welcome()
        await pilot.press("enter", "escape")
        assert not app.touring()
        assert not Memory(memory, Settings()).tour_due
        assert app.said == []


@pytest.mark.parametrize("trouble", ["held", "gone", "writing"])
async def test_it_never_comes_in_between(tmp_path: Path, trouble: str) -> None:
    async with (app := Seat(tmp_path / "console.json")).run_test() as pilot:
        app.board.held, app.board.up = trouble == "held", trouble != "gone"
        app.busy = trouble == "writing"
        app.learning.welcome()
        await pilot.pause()
        assert not app.touring()
        app.board.held, app.board.up, app.busy = False, True, False
        app.learning.welcome()  # the moment for it is over
        await pilot.pause()
        assert not app.touring()
        assert app.memory.tour_due
        assert app.said == []


@pytest.mark.parametrize("key", ["exclamation_mark", "f8", "f12"])
async def test_holding_goes_through_it_and_ends_it(tmp_path: Path, key: str) -> None:
    keymap, _ = rebound({"hold": ("f12",)})
    async with (app := Seat(tmp_path / "console.json", keymap)).run_test() as pilot:
        app.learning.welcome()
        await pilot.press("enter", key)
        assert app.said == ["held"]
        while app.touring():
            await pilot.pause(0.02)
        assert app.memory.tour_due
        await pilot.press("f2")
        assert not app.touring()
        assert app.said[1:] == ["not now: all is held"]


async def test_it_goes_when_the_engine_does(tmp_path: Path) -> None:
    async with (app := Seat(tmp_path / "console.json")).run_test() as pilot:
        app.learning.welcome()
        await pilot.pause()
        app.board.up = False
        while app.touring():
            await pilot.pause(0.02)
        await pilot.press("f2")
        assert app.said == ["not now: the engine is gone"]


async def test_other_keys_do_nothing_in_it() -> None:
    async with (app := Seat()).run_test() as pilot:
        await pilot.press("f2", "y", "w", "x", "1")
        assert (app.said, app.touring()) == ([], True)


def test_it_names_the_keys_of_this_operator() -> None:
    keymap, refused = rebound(
        {"archive": ("f5",), "undo": ("Ö",), "prepared": (), "hold": ("f12",), "tour": ("f3",)}
    )
    assert refused == []
    text = "\n".join(text_of(at, keymap) for at in range(len(STEPS)))
    assert "F5 is done with it" in text
    assert "Ö takes your last decision back" in text
    assert "^p offers the prepared answers" in text
    assert "F3 shows this again" in text
    assert "^q leaves" in text
    assert "{" not in text
    named = {
        span.text for at in range(len(STEPS)) for line in page(at, keymap, 60) for span in line
    }
    assert {"F5", "Ö", "!", "y", "W"} <= named


@pytest.mark.parametrize("cells", [20, 32, 68])
def test_a_step_fits_a_small_terminal(cells: int) -> None:
    for at in range(len(STEPS)):
        rows = text_of(at, Keymap(), cells).split("\n")
        assert len(rows) <= (28 if cells < 32 else 20)
        assert max(map(len, rows[2:-1])) <= cells


async def test_the_keys_of_an_operator_reach_the_lists_and_leave_texts_alone() -> None:
    keymap, _ = rebound({"copy": ("ö",), "hold": ("f12",), "tour": ()})
    async with (app := Seat(None, keymap)).run_test() as pilot:
        await pilot.press("y", "f2", "ö")
        assert (app.said, app.touring()) == (["copied"], False)
        field = app.query_one(Input)
        field.focus()
        await pilot.press("ö", "!")
        assert (field.value, app.said) == ("ö!", ["copied"])
        await pilot.press("f12")
        assert app.said == ["copied", "held"]
        await pilot.press("f8")
        assert app.said == ["copied", "held", "held"]


def test_the_standard_keys_are_all_there() -> None:
    bound = {name: binding.action for name, binding in Seat()._bindings}
    for key in keys.KEYS:
        for name in textual_keys(key):
            assert bound.pop(name) == key.action
    assert bound == {"ctrl+c": "help_quit"}


def text_of(at: int, keymap: Keymap, cells: int = 200) -> str:
    return "\n".join("".join(span.text for span in line) for line in page(at, keymap, cells))

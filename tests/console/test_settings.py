"""A console with an operator's own settings, driven through its keyboard."""

from __future__ import annotations

from pathlib import Path

from eventlive.messages import Approve, Hold
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tui.memory import Memory
from tui.settings import read_settings
from tui.tour import Tour

OWN = """
theme = "high-contrast"

[keys]
to-wall = "ctrl+w"
hold = "f12"
review = "f5"

[filters]
coffee = "coffee -cold"
"""


async def test_own_keys_colours_and_filters(
    engine: EngineDouble, open_seat: OpenSeat, tmp_path: Path
) -> None:
    file = tmp_path / "console.toml"
    file.write_text(OWN)
    settings = read_settings(file)
    assert not settings.trouble
    seat = await open_seat(
        settings=settings, memory=Memory(tmp_path / "console.json", settings), size=(160, 40)
    )
    await seat.until(lambda: isinstance(seat.app.screen, Tour), "the tour, for somebody new")
    await seat.press("escape")
    assert seat.app.theme == "high-contrast"

    await engine.put(item("1", "where is the coffee", rank=2), item("2", "cold coffee", rank=1))
    await seat.rows("1", "2")
    await seat.press("j")
    assert "^w" in seat.part("#keys")
    await seat.press("w")
    assert engine.commands() == []
    await seat.press("ctrl+w")
    (approved,) = await seat.ordered(Approve)
    assert isinstance(approved, Approve)
    assert approved.item.endswith(":1")
    await seat.press("f12")
    await seat.ordered(Hold)

    await seat.press("p")
    await seat.write("We are on")
    assert "F5" in seat.part("#composer-foot")
    await seat.press("ctrl+s")
    assert seat.app.composer.stage == "writing"
    await seat.press("f5")
    assert seat.app.composer.stage == "review"
    await seat.press("n")

    await seat.press("question_mark")
    assert "^w" in seat.part("#asked")
    await seat.press("escape", "backslash")
    await seat.until(lambda: "coffee -cold" in seat.part("#asked"))
    await seat.press("1")
    await seat.until(lambda: seat.app.listing.filter == "coffee -cold")


async def test_what_is_wrong_in_them_is_said_and_the_console_starts(
    open_seat: OpenSeat, tmp_path: Path
) -> None:
    file = tmp_path / "console.toml"
    file.write_text('tour = false\n[keys]\nto-wal = "ctrl+w"\n')
    seat = await open_seat(settings=read_settings(file))
    assert "console.toml" in seat.message
    assert "to-wal" in seat.message
    assert "did you mean to-wall?" in seat.message

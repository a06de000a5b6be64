"""docs/operating.md against the console: its tables, its keys, its example, its pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.parts import ROOT
from tui import tables
from tui.keys import REVIEW
from tui.places import WORDS
from tui.rebinding import Keymap, names
from tui.settings import read_settings
from tui.spelling import show_key, textual_keys

PATH = ROOT / "docs" / "operating.md"
TEXT = PATH.read_text("utf-8")
PROSE = re.sub(r"```.*?```", "", TEXT.partition("## Every key")[0], flags=re.DOTALL)
PARTS = ("keys", "writing", "review", "themes")
PRESSED = re.compile(r"`([^`\s]|\^[a-z]|F\d+|Esc|Enter|Space)`")
"""What the prose calls a key."""


def test_the_tables_are_those_of_the_console() -> None:
    assert tables.up_to_date(TEXT) == TEXT, "run: python -m tui.tables docs/operating.md"
    for part in PARTS:
        assert TEXT.count(f"<!-- {part}: ") == 1
        assert tables.part(part) in TEXT


def test_a_table_that_is_behind_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = tmp_path / "operating.md"
    behind.write_text(TEXT.replace("| `archive` |", "| `old-name` |"), "utf-8")
    assert tables.up_to_date(behind.read_text("utf-8")) == TEXT != behind.read_text("utf-8")
    monkeypatch.setattr("sys.argv", ["tables", str(behind)])
    tables.main()
    assert behind.read_text("utf-8") == TEXT


def test_every_command_and_no_other_stands_in_the_tables() -> None:
    rows = tables.part("keys") + tables.part("writing")
    assert sorted(set(re.findall(r"\| `([\w-]+)` \|$", rows, re.MULTILINE))) == sorted(names())


def test_the_prose_names_no_key_that_is_not_there() -> None:
    keymap = Keymap()
    every = (*keymap.lists, *keymap.writing, *keymap.ways, *REVIEW)
    there = {show_key(name) for key in every for name in textual_keys(key)}
    # The choices of a question, examples of a rebound key, and what a sentence is about.
    beside = {"l", "Ö", "F1", "F12"}
    assert set(PRESSED.findall(PROSE)) - there <= beside


def test_the_queues_are_told_with_their_keys() -> None:
    told = dict(re.findall(r"^\| `(.)` \| ([a-z]+) \|", PROSE, re.MULTILINE))
    assert told == {words.key: words.title.lower() for words in WORDS.values()}


def test_the_example_of_a_settings_file_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "console.toml"
    path.write_text(example, "utf-8")
    settings = read_settings(path)
    assert settings.problems == ()
    assert (settings.theme, settings.mouse, settings.tour) == ("high-contrast", False, False)
    assert settings.keymap.of("open").shown == "Enter o"
    assert len(settings.filters) == 2


def test_every_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in headings, target
        else:
            assert (PATH.parent / target.partition("#")[0]).is_file(), target

"""Text in cells, and the console's own source: what keeps foreign text harmless; no screen."""

from __future__ import annotations

import ast
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui import measure
from tui.cells import clean, fit, for_clipboard, one_line, split_at, width, wrap

LONE_SURROGATES = ("a\ud800b", "\udfff\ud83d")
anything = st.text(st.characters(exclude_categories=()), max_size=200)


@given(anything)
def test_clean_text_has_nothing_to_obey_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        for character in cleaned
    )
    assert clean(cleaned) == cleaned
    assert "\n" not in one_line(text)
    cleaned.encode()
    for_clipboard(text).encode()


@given(anything, st.integers(2, 60))
def test_fitted_and_wrapped_text_keeps_its_width(text: str, cells: int) -> None:
    line = one_line(text)
    assert width(fit(line, cells)) == cells
    assert width(fit(line, cells, pad=False)) <= cells
    for row in wrap(clean(text), cells):
        assert width(row) <= cells
    head, tail = split_at(line, cells)
    assert head + tail == line
    assert width(head) <= cells


@given(anything, st.integers(2, 60))
def test_wrapping_loses_no_word(text: str, cells: int) -> None:
    cleaned = clean(text)
    assert "".join("".join(wrap(cleaned, cells)).split()) == "".join(cleaned.split())


@given(anything)
def test_textual_measures_as_terminals_do(text: str) -> None:
    measure.correct()
    for row in clean(text).split("\n"):
        assert cell_len(row) == width(row)


@pytest.mark.parametrize("text", LONE_SURROGATES)
def test_lone_surrogates_become_signs(text: str) -> None:
    clean(text).encode()


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("日本", 4),
        ("👨‍👩‍👧", 6),
        ("❤️", 1),
        ("👍🏽", 2),
        ("🇫🇮", 2),
        ("का", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("مرحبا", 5),
        ("한글", 4),
    ],
)
def test_widths_that_terminals_agree_on(text: str, cells: int) -> None:
    assert width(clean(text)) == cells


# --- the source itself ------------------------------------------------------------------------

TUI = Path(measure.__file__).parent
READS_MARKUP = frozenset(
    "notify Static Label Markdown DataTable OptionList ListView RichLog from_markup "
    "border_title border_subtitle".split()
)


@pytest.mark.parametrize("path", sorted(TUI.glob("*.py")), ids=lambda path: path.name)
def test_nothing_that_reads_markup_is_used(path: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                names.add(name)
            case ast.keyword(arg=str(name)):
                names.add(name)
    assert names & READS_MARKUP == set()


def test_the_link_and_the_board_know_nothing_of_textual() -> None:
    modules = "tui.link, tui.board, tui.listing, tui.orders, tui.drafts, tui.cells, tui.moments"
    check = f"import sys, {modules}; sys.exit('textual' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", check], cwd=TUI.parent, check=False).returncode == 0
    )

"""Textual brought into line with what terminals do.

Owns two corrections, made once in this process. The measure of text: Rich gives the vowel signs of
Indic scripts no cell, terminals give them one (libc's wcwidth, tmux, xterm, VTE). Uncorrected, a
post in Hindi or Tamil pushes what stands beside it to the right and tears the screen, also behind a
dialog. And what a terminal sends: the mouse reports of 1985 are no UTF-8 beyond column 95, and
Textual's reading of keys ends at the first such byte, and the program with it.
"""

from __future__ import annotations

import codecs
import sys
import unicodedata
from functools import cache, partial

from rich import cells
from rich._unicode_data import load
from textual.drivers import linux_driver

_SPACING = frozenset(
    code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Mc"
)


def correct() -> None:
    """Make Rich, and with it Textual, count a cell for every spacing mark; let no byte end it."""
    if cells.load_cell_table is not _corrected:  # type: ignore[attr-defined] # as imported there
        cells.load_cell_table = _corrected  # type: ignore[attr-defined]
        cells.get_character_cell_size.cache_clear()
        cells.cached_cell_len.cache_clear()
        linux_driver.getincrementaldecoder = _patient  # type: ignore[attr-defined, assignment]


def _patient(name: str) -> partial[codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(name), errors="replace")


@cache
def _corrected(unicode_version: str = "auto") -> cells.CellTable:
    table = load(unicode_version)
    widths: list[tuple[int, int, int]] = []
    for start, end, wide in table.widths:
        if wide or _SPACING.isdisjoint(range(start, end + 1)):
            widths.append((start, end, wide))
        else:
            widths += [(code, code, int(code in _SPACING)) for code in range(start, end + 1)]
    return table._replace(widths=widths)

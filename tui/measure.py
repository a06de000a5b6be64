"""Textual's measure of text brought into line with what terminals do.

Owns one correction, made once in this process: Rich gives the vowel signs of Indic scripts no cell,
terminals give them one (libc's wcwidth, tmux, xterm, VTE). Uncorrected, a post in Hindi or Tamil
pushes what stands beside it to the right and tears the screen, also behind a dialog.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

from rich import cells
from rich._unicode_data import load

_SPACING = frozenset(
    code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Mc"
)


def correct() -> None:
    """Make Rich, and with it Textual, count a cell for every spacing mark. Does it once only."""
    if cells.load_cell_table is not _corrected:  # type: ignore[attr-defined] # as imported there
        cells.load_cell_table = _corrected  # type: ignore[attr-defined]
        cells.get_character_cell_size.cache_clear()
        cells.cached_cell_len.cache_clear()


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

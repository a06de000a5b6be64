"""The rows of a CSV file, each with the line on which it begins.

Owns the separator, which the headings give away, and what quotation marks enclose. Knows headings,
and never what stands below them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from eventlive.schedule.columns import known
from eventlive.schedule.programme import Findings

COLUMNS_MAX = 200
_SEPARATORS = (",", ";", "\t")


class BrokenRow(ValueError):
    """A row that is no CSV; `line` is the one on which it begins."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        super().__init__(reason)


def read_table(
    text: str, findings: Findings
) -> tuple[list[str], int, Iterator[tuple[int, list[str]]]]:
    """Find the separator by the headings that it gives; give them, their line, and the rows."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next(at for at, line in enumerate(lines) if line.strip())
    separators: Sequence[str] = _SEPARATORS
    # What some spreadsheets write for themselves.
    if told := re.fullmatch(r"sep=([,;\t|])", lines[first].strip('"')):
        separators, first = told[1], first + 1
    best: tuple[int, str] = (-1, ",")
    for separator in separators:
        try:
            head = next(_records(lines[first:], separator, first))[1]
            count = len(known(head[:COLUMNS_MAX]))
        except (ValueError, StopIteration):
            # Two headings that say the same are two headings all the same.
            count = 1
        if count > best[0]:
            best = (count, separator)
    rows = _records(lines[first:], best[1], first)
    line, head = next(rows, (first + 1, [""]))
    while head and not head[-1]:
        head.pop()
    if len(head) > COLUMNS_MAX:
        findings.refuse(line, "", f"{len(head)} columns; {COLUMNS_MAX} are the most")
    return head, line, rows


def _records(lines: Sequence[str], separator: str, offset: int) -> Iterator[tuple[int, list[str]]]:
    """Give each row that has any text, with the line on which it begins. Raises BrokenRow."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, strict=True)
    while True:
        begins = offset + reader.line_num + 1
        try:
            row = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise BrokenRow(begins, f"the row from here on is no CSV: {error}") from error
        if any(row):
            yield begins, row

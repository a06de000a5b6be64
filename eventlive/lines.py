"""Where each key stands in a TOML text; the standard library's reader does not say.

Owns nothing but line numbers; never judges what a key holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Place = tuple[str | int, ...]
"""Keys and positions from the top of the file: ("posts", 2, "at")."""


class Lines:
    """Where each key stands in a TOML text; tomllib does not say.

    A key inside an inline table or a list takes the line of the key that holds it.
    """

    _header = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]")
    _key = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w-]+)*)\s*=""")

    # Whole strings and comments are passed over, so that what they hold opens nothing.
    _quoted = re.compile(r"""\"{3}|'{3}|"(?:\\.|[^"\\])*"|'[^']*'|\#.*""")

    def __init__(self, text: str) -> None:
        self._known: dict[Place, int] = {}
        # What no line of its own opens: `posts` by its first [[posts]].
        self._implied: dict[Place, int] = {}
        self.again: dict[int, int] = {}
        """Lines that say a table or a key a second time, each with the line of the first."""
        self.open = 0
        """The line on which a text of several lines begins that never ends; 0 for none."""
        counts: dict[str, int] = {}
        table: Place = ()
        inside = ""
        # Lines as TOML counts them: a pasted U+2028 ends none.
        rows = [row.removesuffix("\r") for row in text.removesuffix("\n").split("\n")]
        self.rows = rows
        self.last = len(rows)
        for number, row in enumerate(rows, 1):
            if inside:
                inside = "" if inside in row else inside
                continue
            if header := self._header.match(row):
                table = ()
                names = [part.strip().strip("\"'") for part in header.group(2).split(".")]
                for depth, name in enumerate(names, 1):
                    dotted = ".".join(names[:depth])
                    if header.group(1) == "[[" and depth == len(names):
                        counts[dotted] = counts.get(dotted, -1) + 1
                        # Arrays within an entry begin again with the next one.
                        for inner in [one for one in counts if one.startswith(f"{dotted}.")]:
                            del counts[inner]
                    # A table under an array belongs to the array's last entry.
                    table = (*table, name, *([counts[dotted]] if dotted in counts else []))
                for depth in range(1, len(table)):
                    self._implied.setdefault(table[:depth], number)
                self._say(table, number)
            elif key := self._key.match(row):
                parts = [part.strip().strip("\"'") for part in key.group(1).split(".")]
                for depth in range(1, len(parts)):
                    self._known.setdefault((*table, *parts[:depth]), number)
                self._say((*table, *parts), number)
            inside = self._left_open(row)
            self.open = number if inside else self.open
        self.open = self.open if inside else 0
        self._starts = sorted(set(self._known.values()))

    def _say(self, place: Place, number: int) -> None:
        if place in self._known:
            self.again[number] = self._known[place]
        self._known.setdefault(place, number)

    def _left_open(self, row: str) -> str:
        """Give the quotes of a string that a row leaves open, "" for none."""
        inside = ""
        for found in self._quoted.finditer(row):
            mark = found.group()
            if mark in ('"""', "'''"):
                inside = "" if inside == mark else inside or mark
        return inside

    def of(self, path: Place, words: str = "") -> int:
        """Give the line of a key, or of the nearest thing around it; 0 for none.

        Where a value takes several lines, `words` tell which of them: the first that has them.
        """
        for end in range(len(path), 0, -1):
            if line := self._known.get(path[:end]) or self._implied.get(path[:end]):
                return self._within(line, words) if words else line
        return 0

    def _within(self, line: int, words: str) -> int:
        """Give the first line with these words from a key's to the next one's, else the key's."""
        after = bisect_right(self._starts, line)
        end = self._starts[after] - 1 if after < len(self._starts) else self.last
        found = (at for at in range(line, end + 1) if words in self.rows[at - 1])
        return next(found, line)

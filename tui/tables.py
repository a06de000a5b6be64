"""The tables of keys in docs/operating.md, made of those that the console itself goes by.

Owns their Markdown and where in the document they stand. `python -m tui.tables docs/operating.md`
brings a document up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui import themes
from tui.keys import REVIEW, Key, groups
from tui.rebinding import Keymap, name_of
from tui.spelling import show_key, textual_keys

_PART = re.compile(r"(<!-- (keys|writing|review|themes): [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)


def up_to_date(text: str) -> str:
    """Write the tables of a document anew, each between its `<!-- keys: … -->` and its end."""
    return _PART.sub(lambda found: f"{found[1]}\n{part(found[2])}\n{found[3]}", text)


def part(name: str) -> str:
    """One part: "keys" of the lists, those while "writing", those of the "review", "themes"."""
    return "".join(f"{line}\n" for line in _lines(name))


def _lines(name: str) -> Iterator[str]:
    standard = Keymap()
    match name:
        case "keys":
            for group, keys in groups(standard.lists):
                yield from (f"**{group}**", "")
                yield from _rows((key, name_of("lists", key)) for key in keys)
                yield ""
        case "writing":
            yield from _rows(
                (key, name_of(table, key))
                for table, keys in (("writing", standard.writing), ("ways", standard.ways))
                for key in keys
            )
        case "review":
            yield from _rows((key, "") for key in REVIEW)
        case "themes":
            yield from ("| theme | |", "|---|---|")
            yield from (f"| `{theme}` | {words} |" for theme, words in themes.WORDS.items())
        case _:
            raise ValueError(f"no part is called {name!r}")


def _rows(keys: Iterable[tuple[Key, str]]) -> Iterator[str]:
    rows = list(keys)
    named = any(name for _, name in rows)
    yield "| key | what it does |" + (" name in `[keys]` |" if named else "")
    yield "|---|---|" + ("---|" if named else "")
    for key, name in rows:
        shown = " ".join(_code(show_key(one)) for one in textual_keys(key))
        yield f"| {shown} | {_cell(key.help)} |" + (f" `{name}` |" if named else "")


def _code(key: str) -> str:
    return f"`` {key} ``" if "`" in key else f"`{_cell(key)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Bring the documents named on the command line up to date."""
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(up_to_date(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()

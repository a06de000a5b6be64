"""The operator's own settings: colours, mouse, keys, filters, from a file that a person writes.

Owns reading that file and saying what is wrong in it, each time with its line and what to do. Never
writes it, so that comments and order stay; what the console remembers by itself is memory.py's.
Never fails: what cannot be used is left at its default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from eventlive.errors import Problem
from tui import rebinding, themes
from tui.files import read_file
from tui.rebinding import Keymap
from tui.spelling import read_key

LONGEST_NAME, LONGEST_FILTER = 40, 200
"""Characters of a saved filter's name, and of the filter itself."""
_LARGEST = 32_000
_LONGEST_LINE = 2_000
"""Characters: a key of thousands of dotted parts takes minutes to read."""
_TABLES = ("theme", "mouse", "tour", "keys", "filters")


class Settings(NamedTuple):
    """What one operator wants; `theme` is "" where the file does not say.

    `problems` are what could not be used; `trouble` says them on one line.
    """

    theme: str = ""
    mouse: bool = True
    tour: bool = True
    keymap: Keymap = Keymap()
    filters: Mapping[str, str] = {}
    problems: tuple[Problem, ...] = ()

    @property
    def trouble(self) -> str:
        """The first problem, and how many more there are; "" for none. It is to fit a line."""
        if not self.problems:
            return ""
        more = len(self.problems) - 1
        first = replace(self.problems[0], file=Path(self.problems[0].file).name)
        return f"{first}{f' — and {more} more' if more else ''}"


def settings_path(environ: Mapping[str, str]) -> Path:
    """Where the file is when nobody says: $XDG_CONFIG_HOME/eventlive/console.toml."""
    return _home(environ, "XDG_CONFIG_HOME", ".config") / "eventlive" / "console.toml"


def memory_path(environ: Mapping[str, str]) -> Path:
    """Where the console keeps what it remembers: $XDG_STATE_HOME/eventlive/console.json."""
    return _home(environ, "XDG_STATE_HOME", ".local/state") / "eventlive" / "console.json"


def _home(environ: Mapping[str, str], name: str, default: str) -> Path:
    # The XDG base directories: a path that is not absolute is to be ignored.
    given = environ.get(name, "")
    if given and Path(given).is_absolute():
        return Path(given)
    home = environ.get("HOME", "")
    return (Path(home) if home else Path.home()) / default


def read_settings(path: Path, *, named: bool = False) -> Settings:
    """Read the file; one that is not there is no problem, unless the operator `named` it."""
    name = str(path)
    try:
        text = read_file(path, _LARGEST).decode("utf-8-sig")
    except FileNotFoundError:
        if not named:
            return Settings()
        return _unread(name, "there is no such file", "the standard settings are used")
    except OSError as error:
        return _unread(name, f"cannot be read: {error.strerror}", "the standard settings are used")
    except UnicodeError:
        return _unread(name, "is no text in UTF-8", "save it as UTF-8")
    long = [n for n, line in enumerate(text.splitlines(), 1) if len(line) > _LONGEST_LINE]
    if long:
        return _unread(name, f"line {long[0]} is too long", f"{_LONGEST_LINE:,} characters at most")
    try:
        given = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        line = int(found[1]) if found else 0
        why = str(error).removesuffix(found[0]) if found else str(error)
        problem = Problem(name, line, "", f"is no TOML: {why}", "the standard settings are used")
        return Settings(problems=(problem,))
    return _Reader(name, text).settings(given)


def _unread(name: str, why: str, advice: str) -> Settings:
    return Settings(problems=(Problem(name, 0, "", why, advice),))


class _Reader:
    """One file being read."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = dict(_places(text))
        self._problems: list[Problem] = []

    def settings(self, given: Mapping[str, object]) -> Settings:
        """Take what can be used."""
        for key in given:
            if key not in _TABLES:
                near = get_close_matches(key, _TABLES, 1)
                known = "the file has theme, mouse, tour, [keys], [filters]"
                self._say(key, "is no setting", f"did you mean {near[0]}?" if near else known)
        settings = Settings(
            theme=self._theme(given.get("theme", "")),
            mouse=self._switch(given, "mouse"),
            tour=self._switch(given, "tour"),
            keymap=self._keymap(self._table(given, "keys")),
            filters=dict(self._filters(self._table(given, "filters"))),
        )
        problems = sorted(self._problems, key=lambda problem: problem.line)
        return settings._replace(problems=tuple(problems))

    def _say(self, key: str, why: str, advice: str = "") -> None:
        line = self._lines.get(key, 0)
        self._problems.append(Problem(self._name, line, key, why, advice))

    def _theme(self, given: object) -> str:
        if isinstance(given, str) and (not given or given in themes.THEMES):
            return given
        all_of_them = f"there are {', '.join(themes.THEMES)}"
        if not isinstance(given, str):
            self._say("theme", "is a name in quotes", all_of_them)
            return ""
        near = get_close_matches(given, themes.THEMES, 1)
        self._say("theme", f"{given[:40]!r} is no theme", near[0] if near else all_of_them)
        return ""

    def _switch(self, given: Mapping[str, object], key: str) -> bool:
        value = given.get(key, True)
        if not isinstance(value, bool):
            self._say(key, "is on or off", "write true or false, without quotes")
            return True
        return value

    def _table(self, given: Mapping[str, object], key: str) -> Mapping[str, object]:
        value = given.get(key, {})
        if not isinstance(value, dict):
            self._say(key, "is a table", f'write [{key}] on a line, and name = "…" lines below')
            return {}
        return value

    def _keymap(self, given: Mapping[str, object]) -> Keymap:
        wishes: dict[str, tuple[str, ...]] = {}
        for name, value in given.items():
            texts = value if isinstance(value, list) else [value]
            keys: list[str] = []
            for text in texts:
                if not isinstance(text, str) or not text:
                    self._say(f"keys.{name}", "is a key or a list of them", 'write "w" or ["w"]')
                    break
                try:
                    keys.append(read_key(text))
                except ValueError as error:
                    self._say(f"keys.{name}", f"{text[:20]!r} {error}")
                    break
            else:
                wishes[name] = tuple(keys)
        keymap, refused = rebinding.rebound(wishes)
        for one in refused:
            self._say(f"keys.{one.name}", one.why, one.advice)
        return keymap

    def _filters(self, given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        for name, text in given.items():
            if not isinstance(text, str):
                self._say(f"filters.{name}", "is a filter", 'write it in quotes: "lang:fi coffee"')
            elif why := wrong_with_filter(name, text):
                self._say(f"filters.{name}", why)
            else:
                yield name, text


def wrong_with_filter(name: str, text: str) -> str:
    """Say why a filter cannot be saved under a name; "" where it can."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        return f"a filter's name is one line of at most {LONGEST_NAME} characters"
    if not text.strip() or not text.isprintable() or len(text) > LONGEST_FILTER:
        return f"a filter is one line of at most {LONGEST_FILTER} characters"
    return ""


_HEADING = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Where keys stand, by their dotted path: tomllib does not say."""
    above = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _HEADING.match(line):
            above = _bare(found[1])
            yield above, number
        elif found := _KEY.match(line):
            yield f"{above}.{_bare(found[1])}".lstrip("."), number


def _bare(path: str) -> str:
    return re.sub(r"\s*\.\s*", ".", path).replace('"', "").replace("'", "")

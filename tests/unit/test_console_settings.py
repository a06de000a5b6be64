"""The operator's settings: what a person may write, what is said of the rest, what is kept."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.keys import MOVE, REST
from tui.memory import Memory
from tui.rebinding import Keymap, name_of, names, rebound
from tui.settings import Settings, memory_path, read_settings, settings_path
from tui.spelling import read_key, show_key, textual_keys

WHOLE = """\
# My own.
theme = "high-contrast"
mouse = false
tour = false

[keys]
archive = ["f5", "Ö"]   # beside the return key here
copy = "^y"
hold = "f12"
next-queue = "space"
mark = []
review = "F10"

[filters]
"Finnish questions" = "lang:fi is:question"
press = "!from:bot -coffee"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "console.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_as_a_person_writes_it(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, WHOLE))
    assert settings.problems == ()
    assert (settings.theme, settings.mouse, settings.tour) == ("high-contrast", False, False)
    keymap = settings.keymap
    archive, hold = keymap.of("deed('archive')"), keymap.of("hold")
    assert (archive.keys, archive.shown) == ("f5,Ö", "F5 Ö")
    assert textual_keys(hold) == ["exclamation_mark", "f12"]
    assert (keymap.of("copy").shown, keymap.of("step(1)").shown) == ("^y", "Space")
    assert (keymap.of("mark('one')").keys, keymap.of("deed('approve')").keys) == ("", "w")
    assert keymap.writing[0].keys == "f10"
    assert dict(settings.filters) == {
        "Finnish questions": "lang:fi is:question",
        "press": "!from:bot -coffee",
    }


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ('\nthem = "dark"', 2, "them", "did you mean theme?"),
        ('theme = "color-blind"', 1, "theme", "colour-blind"),
        ('mouse = "no"', 1, "mouse", "write true or false"),
        ('keys = "w"', 1, "keys", "write [keys] on a line"),
        ('[keys]\n\narchiv = "f5"', 3, "keys.archiv", "did you mean archive?"),
        ('[keys]\narchive = "spcae"', 2, "keys.archive", "space?"),
        ('[keys]\narchive = "alt+e"', 2, "keys.archive", "not sent by every terminal"),
        ('[keys]\narchive = "ctrl+m"', 2, "keys.archive", "is Enter in a terminal"),
        ("[keys]\narchive = 5", 2, "keys.archive", 'write "w" or ["w"]'),
        ('[keys]\narchive = "x"', 2, "keys.archive", "x is the key of reject"),
        ('[keys]\narchive = "!"', 2, "keys.archive", "for holding everything"),
        ('[keys]\narchive = "f8"', 2, "keys.archive", "for holding everything"),
        ('[keys]\narchive = "y"', 2, "keys.archive", "y confirms"),
        ('[keys]\nto-wall = "enter"', 2, "keys.to-wall", "Enter confirms"),
        ('[keys]\nreply = "7"', 2, "keys.reply", "7 confirms"),
        ('[keys]\nsettle = "p"', 2, "keys.settle", "p confirms"),
        ('[keys]\nreport = "h"', 2, "keys.report", "h confirms"),
        ('[keys]\nhand-over = "e"', 2, "keys.hand-over", "e confirms"),
        ('[keys]\nhold = "h"', 2, "keys.hold", "needed to write"),
        ('[keys]\nreview = "enter"', 2, "keys.review", "confirms"),
        ('[keys]\naccount = "x"', 2, "keys.account", "needed to write"),
        ('[keys]\naccount = "^s"', 2, "keys.account", "^s is the key of review"),
        ("[keys]\nleave = []", 2, "keys.leave", "cannot be without a key"),
        ("[keys]\nput-aside = []", 2, "keys.put-aside", "cannot be without a key"),
        ("[filters]\npress = 3", 2, "filters.press", "write it in quotes"),
        (f'[filters]\npress = "{"x" * 201}"', 2, "filters.press", "at most 200"),
        ('theme = "dark"\nmouse = yes', 2, "", "is no TOML: Invalid value"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(
    tmp_path: Path, text: str, line: int, key: str, words: str
) -> None:
    path = written(tmp_path, text)
    settings = read_settings(path)
    (problem,) = settings.problems
    assert (problem.file, problem.line, problem.key) == (str(path), line, key)
    assert words in str(problem)
    assert settings.trouble == str(replace(problem, file="console.toml"))
    assert settings._replace(problems=()) == Settings()


def test_the_good_parts_of_a_file_are_used(tmp_path: Path) -> None:
    text = WHOLE.replace('"^y"', '"yy"').replace('"high-contrast"', "7")
    settings = read_settings(written(tmp_path, text))
    assert [problem.key for problem in settings.problems] == ["theme", "keys.copy"]
    assert settings.trouble.endswith("— and 1 more")
    assert (settings.theme, settings.mouse) == ("", False)
    assert settings.keymap.of("copy").keys == "y"
    assert settings.keymap.of("deed('archive')").keys == "f5,Ö"


def test_no_file_keeps_the_console_from_starting(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert read_settings(missing) == Settings()
    assert "no such file" in read_settings(missing, named=True).trouble
    assert "cannot be read" in read_settings(tmp_path).trouble
    (tmp_path / "latin.toml").write_bytes('theme = "väri"'.encode("latin-1"))
    assert "UTF-8" in read_settings(tmp_path / "latin.toml").trouble
    assert "no TOML" in read_settings(written(tmp_path, "mouse = " + "[" * 1_900)).trouble
    assert "no regular file" in read_settings(Path("/dev/zero")).trouble
    os.mkfifo(tmp_path / "pipe.toml")
    assert "no regular file" in read_settings(tmp_path / "pipe.toml").trouble
    assert "more than 32,000" in read_settings(written(tmp_path, "#\n" * 16_001)).trouble


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"theme.{'.'.join('a' * 15_000)} = 1", "line 2 is too long"),
        (f"theme.{'.'.join('a' * 900)} = 1", "a name in quotes"),
        (f"theme = 0x{'f' * 5_000}", "line 2 is too long"),
        (f"theme = 0x{'f' * 1_900}", "a name in quotes"),
    ],
)
def test_no_value_of_the_theme_keeps_the_console_from_starting(
    tmp_path: Path, text: str, words: str
) -> None:
    assert words in read_settings(written(tmp_path, f"mouse = false\n{text}")).trouble


def test_two_commands_change_places() -> None:
    keymap, refused = rebound({"to-wall": ("x",), "reject": ("w",)})
    assert refused == []
    assert (keymap.of("deed('approve')").shown, keymap.of("deed('reject')").shown) == ("x", "w")


def test_of_two_that_want_one_key_the_later_keeps_its_own(tmp_path: Path) -> None:
    text = '[keys]\n"first" = "f5"\nlast = "f5"\nread = "f5"'
    settings = read_settings(written(tmp_path, text))
    last, read = settings.problems
    assert (last.line, last.key) == (3, "keys.last")
    assert "F5 is the key of first" in str(last)
    assert (read.line, read.message) == (4, "is no command")
    assert (settings.keymap.shown("first"), settings.keymap.shown("last")) == ("F5", "G")


def test_every_command_has_a_name_of_its_own() -> None:
    every = [name_of(table, key) for table, keys in Keymap()._asdict().items() for key in keys]
    assert sorted({*every}) == sorted(names())
    assert sorted(every) == sorted([*names(), "hold"])  # "!" and F8
    for one in names():
        assert one == one.lower()
        assert one.replace("-", "").isalpha()


KEYS = st.sampled_from([*"abcdexyzYW!?,;017Öß", "space", "enter", "esc", "f5", "F8", "^s", "^x"])
WISHES = st.dictionaries(
    st.sampled_from(sorted(names())), st.lists(KEYS, max_size=3), min_size=1, max_size=8
)


@given(WISHES)
def test_whatever_is_wished_for_the_keys_stay_safe(wishes: dict[str, list[str]]) -> None:
    keymap, refused = rebound({name: tuple(map(read_key, keys)) for name, keys in wishes.items()})
    assert {one.name for one in refused} <= set(wishes)
    assert len({one.name for one in refused}) == len(refused)
    standard = Keymap()
    places: dict[str, list[str]] = {"lists": [], "writing": []}
    for table, keys in keymap._asdict().items():
        for key, before in zip(keys, getattr(standard, table), strict=True):
            bound = textual_keys(key)
            places["lists" if table == "lists" else "writing"] += bound
            fresh = set(bound) - set(textual_keys(before))
            if key.group not in (MOVE, REST):
                assert not fresh & {"y", "Y", "n", "enter", "escape", "0", "1", "7"}
            if name_of(table, key) not in wishes:
                assert key == before
    for bound in places.values():
        assert len(bound) == len(set(bound))
    assert {"exclamation_mark", "f8"} <= {
        one for key in keymap.lists if key.action == "hold" for one in textual_keys(key)
    }
    assert {"exclamation_mark", "f8"} & set(places["writing"]) == set()


@pytest.mark.parametrize("text", ["w", "W", "?", "Ö", "space", "F8", "^f", ",", "\\", "PgDn", "*"])
def test_a_key_reads_as_it_is_shown(text: str) -> None:
    name = read_key(text)
    assert read_key(show_key(name)) == name


# --- what the console remembers -------------------------------------------------------------------


def test_the_theme_that_was_said_last_counts(tmp_path: Path) -> None:
    path = tmp_path / "state" / "console.json"
    memory = Memory(path, Settings())
    assert memory.theme == "dark"
    memory.pick_theme("light")
    assert Memory(path, Settings()).theme == "light"
    assert Memory(path, Settings(theme="terminal")).theme == "terminal"
    Memory(path, Settings(theme="terminal")).pick_theme("high-contrast")
    assert Memory(path, Settings(theme="terminal")).theme == "high-contrast"
    assert Memory(path, Settings(theme="colour-blind")).theme == "colour-blind"


def test_the_tour_is_due_once(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    assert Memory(path, Settings()).tour_due
    assert not Memory(path, Settings(tour=False)).tour_due
    Memory(path, Settings()).see_tour()
    assert not Memory(path, Settings()).tour_due


def test_two_consoles_forget_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    settings = Settings(filters={"press": "from:press"})
    one, other = Memory(path, settings), Memory(path, settings)
    assert one.save_filter("finnish", "lang:fi") == ""
    assert other.save_filter("questions", "is:question") == ""
    one.see_tour()
    again = Memory(path, settings)
    assert list(again.filters) == ["press", "finnish", "questions"]
    assert not again.tour_due
    assert "settings file" in again.save_filter("press", "other")
    assert "settings file" in again.drop_filter("press")
    assert "one line" in again.save_filter("two\nlines", "x")
    assert again.drop_filter("finnish") == ""
    assert list(Memory(path, settings).filters) == ["press", "questions"]


def test_a_damaged_memory_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    path.write_text('{"theme": "li')
    memory = Memory(path, Settings())
    assert "put aside" in memory.trouble
    assert memory.theme == "dark"
    memory.pick_theme("light")
    assert path.with_suffix(".damaged").read_text() == '{"theme": "li'
    assert Memory(path, Settings()).theme == "light"
    path.write_text('{"theme": "gone-since", "filters": {"a\\nb": "x", "c": "d"}}')
    memory = Memory(path, Settings())
    assert (memory.theme, memory.filters) == ("dark", {"c": "d"})


@pytest.mark.parametrize("raw", ['{"x":' + "[" * 100_000, '{"theme":"light"}' + " " * (1 << 18)])
def test_a_memory_without_end_does_not_keep_the_console_from_starting(
    tmp_path: Path, raw: str
) -> None:
    path = tmp_path / "console.json"
    path.write_text(raw)
    memory = Memory(path, Settings())
    assert memory.trouble
    assert memory.theme == "dark"


def test_a_disk_that_keeps_nothing_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "console.json", Settings())
    memory.pick_theme("light")
    assert "remember" in memory.trouble
    assert memory.theme == "light"


def test_the_file_of_the_person_is_never_written(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    path.chmod(stat.S_IRUSR)
    memory = Memory(tmp_path / "console.json", read_settings(path))
    memory.pick_theme("light")
    memory.save_filter("x", "y")
    memory.see_tour()
    assert path.read_text("utf-8") == WHOLE


def test_where_the_files_are() -> None:
    home = {"HOME": "/home/eevi", "XDG_CONFIG_HOME": "relative", "XDG_STATE_HOME": "/state"}
    assert settings_path(home) == Path("/home/eevi/.config/eventlive/console.toml")
    assert memory_path(home) == Path("/state/eventlive/console.json")

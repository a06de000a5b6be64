"""Keys as an operator would have them: the names of the commands, and which key each gets.

Owns the rules of what may be bound to what, and the tables that come out of it. Pure: reading the
file is settings.py's. The review and the questions keep their keys: what confirms is never moved.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from textual.app import App
from textual.binding import Binding, BindingsMap

from tui.keys import KEYS, MOVE, REST, WAYS, WRITING, Key, bindings
from tui.spelling import show_key, textual_keys, types

_FIXED = ("exclamation_mark", "f8")
"""Hold is on these, whatever else it is on; nothing else may be."""
_CONFIRM = frozenset({"enter", "escape", "y", "Y", "n", *"0123456789"})
_ALSO_CONFIRM: Mapping[str, str] = {
    "settle": "p",
    "reject": "s",
    "report": "sahfpo",
    "hand-over": "wye",
    "black": "bv",
}
"""Commands that ask a question which these letters answer."""
_NEEDED = frozenset({"back", "leave", "commands", "review", "put-aside"})
"""Commands that nothing else stands in for: without them an operator would sit fast."""

_NAMES: Mapping[tuple[str, str], str] = {
    ("lists", "move(1)"): "down",
    ("lists", "move(-1)"): "up",
    ("lists", "page(1)"): "page-down",
    ("lists", "page(-1)"): "page-up",
    ("lists", "scroll(1)"): "scroll-down",
    ("lists", "scroll(-1)"): "scroll-up",
    ("lists", "step(1)"): "next-queue",
    ("lists", "step(-1)"): "previous-queue",
    ("lists", "go('uncertain')"): "unclear",
    ("lists", "around"): "thread",
    ("lists", "mark('one')"): "mark",
    ("lists", "mark('range')"): "mark-to",
    ("lists", "mark('all')"): "mark-all",
    ("lists", "deed('approve')"): "to-wall",
    ("lists", "deed('take-off')"): "off-wall",
    ("lists", "deed('unclaim')"): "release-claim",
    ("lists", "deed('until')"): "snooze-until",
    ("lists", "deed('older')"): "wall-down",
    ("lists", "deed('newer')"): "wall-up",
    ("lists", "write"): "new-post",
    ("lists", "plan('now')"): "start",
    ("lists", "plan('hold')"): "keep-post",
    ("lists", "plan('approve')"): "approve-post",
    ("lists", "plan('seen')"): "seen-to",
    ("lists", "show_url"): "address",
    ("lists", "command_palette"): "commands",
    ("writing", "leave"): "put-aside",
    ("ways", "plain"): "own-post",
    ("ways", "wall"): "answer-on-wall",
}
_CALL = re.compile(r"(\w+)(?:\('?([\w-]*)'?\))?")


class Keymap(NamedTuple):
    """The tables of keys as they hold for one operator."""

    lists: tuple[Key, ...] = KEYS
    writing: tuple[Key, ...] = WRITING
    ways: tuple[Key, ...] = WAYS

    def of(self, action: str) -> Key:
        """The key of a list's action. Raises KeyError for an action that no key has."""
        for key in self.lists:
            if key.action == action:
                return key
        raise KeyError(action)

    def shown(self, action: str) -> str:
        """How the first key of a list's action is shown; "" where it was left without one."""
        return (self.of(action).shown.split() or [""])[0]


class Refused(NamedTuple):
    """A wish that cannot be fulfilled: of which command, why, and what to do."""

    name: str
    why: str
    advice: str


def names() -> dict[str, tuple[str, Key]]:
    """Name every command that can be bound: its table and its key, by its name."""
    return {name: (table, key) for table, key, name in _all(Keymap()) if key.keys != "f8"}


def name_of(table: str, key: Key) -> str:
    """The name of a command in the settings file, in kebab-case; made of its action."""
    if named := _NAMES.get((table, key.action)):
        return named
    found = _CALL.fullmatch(key.action)
    verb, argument = (found[1], found[2]) if found else (key.action, "")
    return (argument or verb).replace("_", "-")


def _all(keymap: Keymap) -> Iterator[tuple[str, Key, str]]:
    for table, keys in keymap._asdict().items():
        for key in keys:
            yield table, key, name_of(table, key)


# --- who gets which key ---------------------------------------------------------------------------


def rebound(wishes: Mapping[str, tuple[str, ...]]) -> tuple[Keymap, list[Refused]]:
    """Bind commands to the keys that were wished for; what cannot be keeps its standard key.

    `wishes` are Textual's names of keys by a command's name, none to leave it to the palette; hold
    gets them beside its own. Of two commands that want one key in one place, one keeps its own.
    """
    known = names()
    refused: list[Refused] = []
    good: dict[str, tuple[str, ...]] = {}
    for name, wish in wishes.items():
        if name not in known:
            near = get_close_matches(name, known, 1, 0.5)
            advice = f"did you mean {near[0]}?" if near else "docs/operating.md lists the names"
            refused.append(Refused(name, "is no command", advice))
        elif problem := _forbidden(name, *known[name], wish):
            refused.append(problem)
        else:
            good[name] = tuple(dict.fromkeys(wish))
    while True:
        keymap = _apply(good)
        clash = next(_clashes(keymap, good), None)
        if clash is None:
            return keymap, refused
        refused.append(clash)
        del good[clash.name]


def _forbidden(name: str, table: str, key: Key, wish: tuple[str, ...]) -> Refused | None:
    own = textual_keys(key)
    decides = key.group not in (MOVE, REST) or key.priority
    works_while_writing = table != "lists" or key.priority
    if not wish and name in _NEEDED:
        return Refused(name, "cannot be without a key", "name one")
    for one in wish:
        if one in own:
            continue
        shown = show_key(one)
        if one in _FIXED and name != "hold":
            return Refused(name, f"{shown} is for holding everything", "take another key")
        if (decides and one in _CONFIRM) or one in _ALSO_CONFIRM.get(name, ""):
            why = f"{shown} confirms: what decides may not begin with it"
            return Refused(name, why, "take another key")
        if works_while_writing and types(one):
            why = f"{shown} is needed to write, and {name} works while you write"
            return Refused(name, why, "take F1 to F12 or ctrl and a letter")
    return None


def _apply(wishes: Mapping[str, tuple[str, ...]]) -> Keymap:
    def of(table: str, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        return tuple(_with(key, wishes.get(name_of(table, key))) for key in keys)

    return Keymap(**{table: of(table, keys) for table, keys in Keymap()._asdict().items()})


def _with(key: Key, wish: tuple[str, ...] | None) -> Key:
    if wish is None or key.keys == "f8":
        return key
    if key.action == "hold":
        more = [one for one in wish if one not in _FIXED]
        return key._replace(
            keys=",".join([key.keys, *more]), shown=" ".join([key.shown, *map(show_key, more)])
        )
    return key._replace(keys=",".join(wish), shown=" ".join(map(show_key, wish)))


def _clashes(keymap: Keymap, wishes: Mapping[str, tuple[str, ...]]) -> Iterator[Refused]:
    """Wishes that stand in each other's way, or in that of a standard key."""
    at: dict[tuple[str, str], list[str]] = defaultdict(list)
    for table, key, name in _all(keymap):
        places = {"lists"} if table == "lists" else {"writing"}
        if key.priority:
            places = {"lists", "writing"}
        for one in textual_keys(key):
            for place in places:
                if name not in at[place, one]:
                    at[place, one].append(name)
    for (_, one), there in at.items():
        wished = [name for name in there if name in wishes]
        if len(there) > 1 and wished:
            name = wished[-1]
            other = next(other for other in there if other != name)
            why = f"{show_key(one)} is the key of {other}"
            yield Refused(name, why, f"take another one, or give {other} another in [keys]")


def install(app: App[Any], keymap: Keymap) -> None:
    """Let an app's lists listen to these keys, and to no others; before it runs."""
    # Textual's own keymap comes too late: a key that a text field takes is gone by then, and with
    # it the hold that is to work everywhere.
    keys = tuple(key for key in keymap.lists if key.keys)
    copied = Binding("ctrl+c", "help_quit", show=False, system=True)
    app._bindings = BindingsMap([*bindings(keys), copied])

"""How a key is written, read and shown: w, ?, Ö, space, F8, ctrl+f, ^f.

Owns the spelling and which keys every terminal sends; Textual's names are what comes of it. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

from textual.binding import Binding

from tui.keys import Key, bindings

_NAMED = {
    "return": "enter",
    "esc": "escape",
    "pgdn": "pagedown",
    "page-down": "pagedown",
    "pgup": "pageup",
    "page-up": "pageup",
    "del": "delete",
    "ins": "insert",
    "spc": "space",
}
_BASES = frozenset(
    "space enter escape tab backspace delete insert home end pageup pagedown up down left right "
    "f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12".split()
)
_ARROWS = frozenset("home end pageup pagedown up down left right delete insert".split())
_SHOWN = {
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_SAME = {"c": "copies", "h": "is Backspace", "i": "is Tab", "j": "is a new line", "m": "is Enter"}


def read_key(text: str) -> str:
    """Read a key as a person writes it: w, ?, Ö, space, F8, ctrl+f, ^f. Gives Textual's name.

    Raises ValueError, with what to write instead, for one that no terminal or not every terminal
    sends.
    """
    text = unicodedata.normalize("NFC", text.strip() or text)
    if len(text) == 1:
        if not text.isprintable():
            raise ValueError("is no key that can be typed")
        return _of_character(text)
    if text.startswith("^") and len(text) == 2:
        text = f"ctrl+{text[1]}"
    *modifiers, base = text.split("+")
    held = {"control": "ctrl"}.get(one := "+".join(modifiers).strip().lower(), one)
    base = base.strip()
    if len(base) > 1:
        base = _NAMED.get(base.lower(), base.lower())
    known = len(base) == 1 or base in _BASES
    if not known:
        near = get_close_matches(base, [*_BASES, *_NAMED], 1)
        raise ValueError(
            f"is no key{f': {near[0]}?' if near else ''}; write w, ?, space, F5 or ctrl+f"
        )
    if not held and base == "tab":
        raise ValueError("moves between fields; take another key")
    if held == "shift" and len(base) == 1 and base.isalpha():
        return _of_character(base.upper())
    if held == "ctrl" and len(base) == 1:
        return f"ctrl+{_ctrl(base.lower())}"
    if held in ("ctrl", "shift") and base in _ARROWS:
        return f"{held}+{base}"
    if held:
        raise ValueError("is not sent by every terminal; take a letter, F1 to F12, or ctrl+letter")
    return base


def _ctrl(letter: str) -> str:
    if not ("a" <= letter <= "z"):
        raise ValueError("is not sent by every terminal; ctrl goes with a letter")
    if letter in _SAME:
        raise ValueError(f"{_SAME[letter]} in a terminal; take another letter")
    return letter


def _of_character(character: str) -> str:
    return next(iter(Binding.make_bindings([Binding(_escaped(character), "")]))).key


def _escaped(character: str) -> str:
    # Textual reads a comma as the end of a key.
    return {",": "comma", " ": "space"}.get(character, character)


def textual_keys(key: Key) -> list[str]:
    """Textual's names for a table's keys, one by one."""
    return [one.key for one in Binding.make_bindings(bindings((key,)))] if key.keys else []


def show_key(name: str) -> str:
    """How a key is shown, from Textual's name for it."""
    if name.startswith("ctrl+") and len(name) == 6:
        return f"^{name[-1]}"
    if name in _SHOWN:
        return _SHOWN[name]
    if len(name) == 1:
        return name
    if re.fullmatch(r"f\d+", name):
        return name.upper()
    held, _, base = name.rpartition("+")
    if held:
        return f"{held}+{_SHOWN.get(base, base)}"
    for code in range(0x21, 0x250):
        if _of_character(character := chr(code)) == name:
            return character
    return name


def types(name: str) -> bool:
    """Whether a key is needed to write a text."""
    held, _, base = name.rpartition("+")
    if held:
        return held == "shift" or base in _ARROWS
    return re.fullmatch(r"f\d+|escape", base) is None

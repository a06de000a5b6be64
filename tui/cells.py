"""Foreign text as terminal cells: what is dropped, what is replaced, how wide the rest is.

Owns the one way by which a stranger's text comes to the screen. Never knows a widget. Widths are
those that terminals agree on: where they differ (joined emoji, skin tones, variation selectors,
characters newer than the terminal), the text is brought to a form in which they do not.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from wcwidth import wcwidth

NEWLINE = "↵"
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_MARKS_A_CELL = 4
"""Combining marks kept on one character: enough for every living script, not for "zalgo"."""

_PLAIN = re.compile(r"[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0373\u0390-\u0482\n]*\Z")
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_NEVER_COPIED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG = range(0x1F1E6, 0x1F200)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Bring foreign text to a form that every terminal draws alike.

    Keeps newlines, drops control, bidi and zero-width characters, variation selectors and skin
    tones; takes joined emoji apart; replaces lone surrogates and characters that this Python does
    not know by U+FFFD. What comes out is what `width` measures.
    """
    if _PLAIN.match(text):
        return text
    out: list[str] = []
    marks = 0
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    index = 0
    while index < len(text):
        character = text[index]
        code = ord(character)
        index += 1
        if code in _FLAG:
            following = ord(text[index]) if index < len(text) else 0
            if following in _FLAG:
                out.append(character + text[index])
                index += 1
            else:
                out.append(chr(code - 0x1F1E6 + ord("A")))
            marks = 0
            continue
        kept = _one(character, code)
        if not kept:
            continue
        if unicodedata.category(kept) in ("Mn", "Me"):
            if marks == _MARKS_A_CELL:
                continue
            if not out or out[-1] == "\n":
                out.append("\N{DOTTED CIRCLE}")
            marks += 1
        else:
            marks = 0
        out.append(kept)
    return "".join(out)


def _one(character: str, code: int) -> str:
    if character == "\n":
        return character
    if code < 0x300 and code >= 0xA1 and code != 0xAD:
        return character
    if character in _FILLERS:
        return " "
    if character == "\N{IDEOGRAPHIC SPACE}":
        return character
    if code in _SKIN or 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF or code == 0x34F:
        return ""
    if 0x180B <= code <= 0x180F:
        return ""
    match unicodedata.category(character):
        case "Zl" | "Zp":
            return "\n"
        case "Zs":
            return " "
        case "Cc":
            return " " if character == "\t" else ""
        case "Cf":
            return character if character in _VISIBLE_FORMAT else ""
        case "Cs" | "Cn":
            return UNKNOWN
    return character if wcwidth(character) >= 0 else UNKNOWN


def one_line(text: str) -> str:
    """Clean foreign text and put it on one line: newlines as a sign, runs of spaces as one."""
    return f" {NEWLINE} ".join(
        " ".join(line.split(" ")).strip() for line in _squeeze(clean(text)).split("\n")
    )


def _squeeze(text: str) -> str:
    return re.sub(r" {2,}", " ", re.sub(r"\s*\n\s*", "\n", text.strip()))


def for_clipboard(text: str) -> str:
    """The text as it was written, without what a terminal or a shell would obey.

    Emoji stay joined: what is copied, or written in the composer, travels on.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        character
        for character in text
        if character == "\n"
        or (unicodedata.category(character) not in _NEVER_COPIED and character not in _BIDI)
    )


@lru_cache(maxsize=16384)
def _cells(character: str) -> int:
    # The vowel signs of Indic scripts take a cell in terminals that measure character by
    # character (libc's wcwidth, tmux, xterm, VTE), whatever newer tables say of the cluster.
    if unicodedata.category(character) == "Mc":
        return 1
    return max(wcwidth(character), 0)


def width(text: str) -> int:
    """Cells that a cleaned text takes in a terminal."""
    if text.isascii():
        return len(text)
    total = 0
    flag = False
    for character in text:
        if ord(character) in _FLAG:
            # A pair of these is one flag of two cells; `clean` leaves only pairs.
            total += 0 if flag else 2
            flag = not flag
        else:
            total += _cells(character)
            flag = False
    return total


def split_at(text: str, cells: int) -> tuple[str, str]:
    """Cut a cleaned text after at most `cells` cells, never within a character and its marks."""
    if text.isascii():
        return text[:cells], text[cells:]
    used = 0
    index = 0
    while index < len(text):
        end = index + 1
        taken = _cells(text[index])
        if ord(text[index]) in _FLAG:
            end, taken = index + 2, 2
        if used + taken > cells:
            break
        used += taken
        index = end
    return text[:index], text[index:]


def fit(text: str, cells: int, *, pad: bool = True) -> str:
    """Make a cleaned text exactly `cells` wide (at most, without `pad`); "…" shows a cut."""
    if cells <= 0:
        return ""
    have = width(text)
    if have > cells:
        text = split_at(text, cells - 1)[0] + "…"
        have = width(text)
    return text + " " * (cells - have) if pad else text


def wrap(text: str, cells: int) -> list[str]:
    """Break a cleaned text into lines of at most `cells`: at spaces where it can, else anywhere."""
    cells = max(cells, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in re.findall(r"\S+|\s+", paragraph):
            wide = width(word)
            if used + wide <= cells:
                line, used = line + word, used + wide
                continue
            if word.isspace():
                lines.append(line)
                line, used = "", 0
                continue
            if used and (wide <= cells or used > cells * 2 // 3):
                lines.append(line.rstrip())
                line, used = "", 0
            while word:
                head, word = split_at(word, cells - used)
                if not head and not used:
                    head, word = word[0], word[1:]
                line += head
                if word:
                    lines.append(line)
                    line, used = "", 0
                else:
                    used = width(line)
        lines.append(line.rstrip())
    return lines

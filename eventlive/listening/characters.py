"""Which characters are what: the classes that cleaning, tags, words and fingerprints agree on.

Owns ranges of code points and the patterns made of them alone. Never changes a text. Ranges and
not `unicodedata.category` where a character is taken away: an emoji newer than this Python's
tables is "unassigned" there, and must reach the wall.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import chain

# --- never shown ------------------------------------------------------------

BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""The property Bidi_Control: overrides, embeddings, isolates, and the three marks."""

INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc"
)
"""Soft hyphen, fillers, word joiner, byte order mark: what can only hide something."""

NO_CHARACTERS = "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
"""Lone surrogates, private use, noncharacters."""

_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_ABOVE = (
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xE0000, 0x10000)
    )
    # The tags block (hidden text in ASCII's likeness) and its neighbours, the private planes.
    + "\U000e0000-\U000e00ff\U000e01f0-\U0010ffff"
)

FORBIDDEN = _CONTROLS + BIDI + INVISIBLE + NO_CHARACTERS + _ABOVE
"""Never in a cleaned text, but for the tags that spell a flag (England, Scotland, Wales …)."""

# --- shown only where they do something -----------------------------------------------

JOINERS = "\u200b-\u200d"
"""Zero width: space, non-joiner, joiner."""
EMOJI_SELECTORS = "\ufe0e\ufe0f"
GLYPH_SELECTORS = "\ufe00-\ufe0d"
IDEOGRAPH_SELECTORS = "\U000e0100-\U000e01ef"
MONGOLIAN_SELECTORS = "\u180b-\u180f"
SELECTORS = EMOJI_SELECTORS + GLYPH_SELECTORS + IDEOGRAPH_SELECTORS + MONGOLIAN_SELECTORS

PICTOGRAPHS = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001fbff"
SELECTABLE = "#*0-9\u00a9\u00ae\u203c\u2049\u2100-\u214f\u2460-\u25ff\u2900-\u297f\u3030\u303d"
SELECTABLE += "\u3297\u3299" + PICTOGRAPHS
"""What may take a selector of emoji or text style."""
IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
GLYPHS = "0\u1000-\u109f\u2200-\u22ff\u2a00-\u2aff\u3001\u3002\uaa60-\uaa7f\uff01-\uff1f"
GLYPHS += IDEOGRAPHS
MONGOLIAN = "\u1820-\u18aa"

JOINING = (
    "\u0600-\u085f\u0870-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18af\u1b00-\u1bff"
    "\ua800-\ua97f\ua9e0-\uaaff\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
"""Scripts whose letters change shape beside a joiner or a non-joiner: Arabic, Indic and kin.
U+061C, a bidi mark inside the Arabic block, is taken away before this is asked."""

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""South-East Asian scripts, which end words with a zero-width space."""

NO_WORD_SPACES = (
    UNSPACED + "\u2e80-\u312f\u3190-\u9fff\ua960-\ua97f\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
"""Scripts that write words without spaces between them; a word's edge cannot be seen there."""


# --- marks ------------------------------------------------------------


def _marks(*blocks: tuple[int, int]) -> str:
    selectors = re.compile(f"[{SELECTORS}\u034f]")
    ranges: list[list[int]] = []
    for point in chain.from_iterable(range(first, end) for first, end in blocks):
        character = chr(point)
        if unicodedata.category(character)[0] == "M" and not selectors.match(character):
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


# The blocks leave out Han, Hangul and pictographs, which hold no marks: a tenth of the time.
MARKS = _marks((0x300, 0x3100), (0xA660, 0xAC00), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30))
"""Combining marks, the selectors left out."""
ASTRAL = "\U00010000-\U0001efff"
ASTRAL_MARKS = _marks((0x10000, 0x12000), (0x16A00, 0x17000), (0x1BC00, 0x1F000))
"""Those of rare scripts, apart because each range above U+FFFF costs every character searched."""

# --- what stands in a text ------------------------------------------------------------

_LINK = re.compile(r"https?://[^\s<>\"]+")
_WWW = re.compile(r"www\.[^\s<>\"]+")

NAMES = re.compile(r"[@#＃][^\s,;!?]+")
"""A handle or a tag, roughly: enough to look past them."""

# As what is left out, because a search is fastest where its first range takes nearly everything.
_FANCY = re.compile(
    "[^\x00-\u245f\u2500-\uff0f\U0001f18a-\U0010ffff\uff1a-\uff20\uff3b-\uff40"
    "\uff5b-\U0001d3ff\U0001d800-\U0001f10f]+"
)
_TYPOGRAPHY = (
    ("’", "'"),
    ("‘", "'"),
    ("“", '"'),
    ("”", '"'),
    ("–", "-"),
    ("—", "-"),
    ("…", "..."),
)
_LOWER = bytes(
    ord(chr(point).lower()) if chr(point).lower() <= "\xff" else point for point in range(256)
)
_WEIGHTLESS = "\u200b\u200c\u200d\ufe0e\ufe0f"


def fold(text: str) -> str:
    """Return the text as comparisons see it: case folded, composed, nothing of zero width.

    Letters in disguise (full width, mathematical, circled) become plain ones, and so do the
    apostrophes, quotation marks and dashes that phones put in. NFKC is asked for the former alone:
    it is the dearest step there is on a flood, and makes 18 letters of some.
    """
    if text.isascii():
        return text.lower()
    # Most of what is not ASCII is Latin-1, or would be but for a telephone's apostrophe; a table
    # for bytes is five times as fast as str.casefold.
    try:
        return _fold_latin(text)
    except UnicodeEncodeError:
        plain = text
        for typographic, typed in _TYPOGRAPHY:
            if typographic in plain:
                plain = plain.replace(typographic, typed)
    if plain is not text:
        try:
            return _fold_latin(plain)
        except UnicodeEncodeError:
            pass
    return _fold_any(plain)


def _fold_latin(text: str) -> str:
    text = text.encode("latin-1").translate(_LOWER).decode("latin-1")
    return text.replace("ß", "ss")


def _fold_any(text: str) -> str:
    if _FANCY.search(text):
        text = _FANCY.sub(_plain, text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    for character in _WEIGHTLESS:
        if character in text:
            text = text.replace(character, "")
    return text.casefold()


def _plain(fancy: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", fancy.group())


def links_in(text: str) -> list[str]:
    """Return the links that stand in a text, as written; those in capitals are missed."""
    found: list[str] = _LINK.findall(text) if "://" in text else []
    if "www." in text:
        found += _WWW.findall(_LINK.sub(" ", text))
    return found


def replace_links(text: str, by: str | Callable[[re.Match[str]], str]) -> str:
    """Return the text with every link replaced; punctuation at a link's end counts as its own."""
    if "://" in text:
        text = _LINK.sub(by, text)
    if "www." in text:
        text = _WWW.sub(by, text)
    return text

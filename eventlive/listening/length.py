"""Length: how long a text is by each network's own rule, and how long it may be.

Owns the counting: X's weighted length (twitter-text's configuration 3), the grapheme clusters of
Bluesky and Mastodon, and what those count links and mentions as. Never shortens a text; `splitting`
makes a thread of it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from wcwidth import iter_graphemes

from eventlive.listening.characters import PICTOGRAPHS
from eventlive.listening.domains import INVALID
from eventlive.listening.entities import links, links_of_mastodon, mentions_of_mastodon

X_LIMIT = 280
BLUESKY_LIMIT = 300
BLUESKY_BYTES = 3_000
MASTODON_LIMIT = 500
LINK = 23
"""What X and Mastodon count a link as, whatever its length."""


class Measure(NamedTuple):
    """How much of its limit a text uses, 0 being no limit.

    `unit` is what is counted: "characters", "graphemes" or, where that limit binds, "bytes".
    """

    used: int
    limit: int
    unit: str = "characters"

    @property
    def fits(self) -> bool:
        """Tell whether the text is short enough."""
        return not self.limit or self.used <= self.limit


def measure(text: str, network: str, limit: int = 0) -> Measure:
    """Return what a text uses of a network's limit; `limit` over 0 stands for the usual one.

    Networks are "x", "bluesky" and "mastodon"; any other counts code points, without a usual limit.
    """
    match network:
        case "x":
            return Measure(weighted(text), limit or X_LIMIT)
        case "bluesky":
            found = Measure(graphemes(text), limit or BLUESKY_LIMIT, "graphemes")
            size = len(text.encode("utf-8", "surrogatepass"))
            return Measure(size, BLUESKY_BYTES, "bytes") if size > BLUESKY_BYTES else found
        case "mastodon":
            return Measure(mastodon_length(text), limit or MASTODON_LIMIT)
        case _:
            return Measure(len(text), limit)


# --- X ------------------------------------------------------------------------------------------

_LIGHT = re.compile("[\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]++")
"""What counts as one; the rest counts as two."""
_PICTURE = (
    "[\u203c\u2049\u2100-\u214f\u24c2\u25a0-\u25ff\u2934\u2935\u3030\u303d\u3297\u3299"
    f"{PICTOGRAPHS}][\ufe0f\U0001f3fb-\U0001f3ff]?+"
)
# A keycap, a sign made emoji, a flag of two letters; a picture, a flag in tags, pictures joined.
_EMOJI = re.compile(
    "[#*0-9]\ufe0f?+\u20e3|[\xa9\xae]\ufe0f|[\U0001f1e6-\U0001f1ff]{2}"
    f"|{_PICTURE}(?:[\U000e0020-\U000e007e]++\U000e007f)?+(?:\u200d{_PICTURE})*+"
)
_FORBIDDEN = re.compile(f"[{INVALID}]")


def weighted(text: str) -> int:
    """Return the weighted length of a post on X, of which 280 are allowed.

    Counted after NFC: a link is 23; an emoji 2, whatever it is joined of; else a character is 1 in
    the scripts up to Georgian and 2 in the others. X knows joined emoji one by one: one younger
    than its tables is more there than here.
    """
    return _weigh(text, emoji=True)


def weighted_v2(text: str) -> int:
    """Return the weighted length by twitter-text's configuration 2, which joins no emoji."""
    return _weigh(text, emoji=False)


def is_valid(text: str) -> bool:
    """Tell whether X would take the text: not empty, not too long, no character it forbids."""
    return 0 < weighted(text) <= X_LIMIT and not _FORBIDDEN.search(text)


def _weigh(text: str, *, emoji: bool) -> int:
    text = unicodedata.normalize("NFC", text)
    weight, place, rest = 0, 0, []
    for link in links(text):
        weight += LINK
        rest.append(text[place : link.start])
        place = link.end
    for part in (*rest, text[place:]):
        part, joined = _EMOJI.subn("", part) if emoji else (part, 0)
        weight += 2 * (joined + len(part)) - sum(map(len, _LIGHT.findall(part)))
    return weight


# --- Bluesky ------------------------------------------------------------------------------------


def graphemes(text: str) -> int:
    """Return the number of extended grapheme clusters (UAX #29): what a reader calls characters."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in iter_graphemes(text))


# --- Mastodon -----------------------------------------------------------------------------------


def mastodon_length(text: str, url_length: int = LINK) -> int:
    """Return the length of a status's text in graphemes; those of its content warning come on top.

    A link that names its protocol counts as `url_length`, which an instance calls
    `characters_reserved_per_url`; a mention counts without its server. As Mastodon's
    StatusLengthValidator has it.
    """
    replaced = [(*span[:2], "x" * url_length) for span in links_of_mastodon(text)]
    replaced += [(*span[:2], f"@{span.value}") for span in mentions_of_mastodon(text)]
    place = 0
    counted: list[str] = []
    for start, end, said in sorted(replaced):
        if start >= place:
            counted += (text[place:start], said)
            place = end
    return graphemes("".join((*counted, text[place:])))

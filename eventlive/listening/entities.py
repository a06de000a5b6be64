"""Entities: the links, mentions, hashtags and cashtags of a text, as twitter-text finds them.

Owns that grammar, to the letter of its conformance suite, in code points: what X counts, links and
notifies; and Mastodon's own variation of it. Single passes and possessive patterns, so that no text
takes longer than its length is worth. Never asks a network whether what it found is there;
`domains` knows what a domain is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eventlive.listening.characters import ASTRAL_MARKS, MARKS, SELECTORS
from eventlive.listening.domains import (
    ACCENTED,
    BEFORE,
    SPACES,
    domains,
    is_short_enough,
    latin_domains,
    runs,
)


class Span(NamedTuple):
    """What stands from `start` to `end`, in code points.

    `value` is a link as written, a username or "username/list" without @, a tag without its sign.
    """

    start: int
    end: int
    value: str


# --- links ------------------------------------------------------------------------------------


class _Grammar(NamedTuple):
    """What one network links: `loose_*` are the signs that a path or a query never ends with."""

    protocol: re.Pattern[str]
    bare: bool
    path: re.Pattern[str]
    loose_path: str
    query: re.Pattern[str]
    loose_query: str


def _path(one: str) -> re.Pattern[str]:
    # Brackets belong to it where they close again, one pair within another at most.
    return re.compile(rf"/((?:{one}++|\((?:{one}++|{one}*+\({one}++\){one}*+)\))*+)", re.IGNORECASE)


_X = _Grammar(
    protocol=re.compile(r"https?://\Z", re.IGNORECASE),
    bare=True,
    path=_path(rf"[a-z0-9\u0400-\u04ff{ACCENTED}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"),
    loose_path="!*';:,.$%[]~@|&\u2013",
    query=re.compile(r"\?([a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]++)", re.IGNORECASE),
    loose_query="!?*'@();:+$%[].,~|",
)
# Mastodon's config/initializers/twitter_regex.rb.
_MASTODON = _Grammar(
    protocol=re.compile(r"(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://\Z", re.IGNORECASE),
    bare=False,
    path=_path(r"[^\s<>()?]"),
    loose_path="!*\"'「」;:=,.$%[]~&|@",
    query=re.compile(
        r"\?([a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^"
        "\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0010fffd]++)",
        re.IGNORECASE,
    ),
    loose_query="!?*'();:+$%[].,~|@^",
)
_PROTOCOL_MAX = len("gemini://")
_PORT = re.compile(r":[0-9]++")
_T_CO = re.compile(
    r"https?://t\.co/([a-z0-9]++)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?",
    re.IGNORECASE,
)
_SLUG_MAX = 40
_LINK_MAX = 4096


def links(text: str) -> tuple[Span, ...]:
    """Return the links that X makes, those without a protocol ("example.org") included."""
    return tuple(_links(text, _X)) if "." in text else ()


def links_of_mastodon(text: str) -> tuple[Span, ...]:
    """Return the links that Mastodon makes: only those that name their protocol."""
    return tuple(_links(text, _MASTODON)) if "://" in text else ()


def _links(text: str, grammar: _Grammar) -> Iterator[Span]:
    done = 0  # What lies before belongs to a link, or to what looked like one.
    for run_start, run_end in runs(text):
        if run_end <= done:
            continue
        for start, domain_end in domains(text, run_start, run_end, done):
            path, end = _rest(text, domain_end, grammar)
            protocol = _protocol(text, start, done, grammar) if start == run_start else 0
            done = end
            # X adds the protocol once more, whether it was written or not.
            length = end - start + (2 * protocol or len("https://"))
            if length > _LINK_MAX or not is_short_enough(text[start:domain_end]):
                continue
            if protocol:
                yield from _whole(text, start - protocol, end)
            elif grammar.bare and not (start and text[start - 1] in "-_./"):
                yield from _bare(text, start, domain_end, end if path else 0)


def _rest(text: str, end: int, grammar: _Grammar) -> tuple[bool, int]:
    """Return whether a path follows a domain, and where port, path and query end."""
    if port := _PORT.match(text, end):
        end = port.end()
    path = grammar.path.match(text, end)
    if path:
        end = path.start(1) + len(path[1].rstrip(grammar.loose_path))
    query = grammar.query.match(text, end)
    if query and (kept := query[1].rstrip(grammar.loose_query)):
        end = query.start(1) + len(kept)
    return path is not None, end


def _protocol(text: str, start: int, done: int, grammar: _Grammar) -> int:
    """Return the length of the protocol before `start`, 0 where none stands there or may."""
    found = grammar.protocol.search(text, max(start - _PROTOCOL_MAX, 0), start)
    if not found:
        return 0
    first = found.start()
    may = first == 0 or (first > done and BEFORE.match(text, first - 1))
    return start - first if may else 0


def _whole(text: str, start: int, end: int) -> Iterator[Span]:
    # What X shortened itself ends with its slug, whatever is written behind it.
    if shortened := _T_CO.match(text, start, end):
        if len(shortened[1]) > _SLUG_MAX:
            return
        end = shortened.end()
    yield Span(start, end, text[start:end])


def _bare(text: str, start: int, end: int, path_end: int) -> Iterator[Span]:
    """Yield the Latin domains of one without a protocol; a path belongs to the last of them."""
    found = latin_domains(text, start, end)
    for first, stop in found[:-1]:
        yield Span(first, stop, text[first:stop])
    for first, stop in found[-1:]:
        rest = text[end:path_end]
        yield Span(first, path_end or stop, text[first:stop] + rest)


# --- mentions ---------------------------------------------------------------------------------

_MENTION = re.compile(
    r"(?:(?<![a-zA-Z0-9_!#$%&*@＠])|(?<=[rR][tT])(?<![a-zA-Z0-9_+~.\-]..))"
    r"[@＠]([a-zA-Z0-9_]{1,20}+(?:/[a-zA-Z][a-zA-Z0-9_\-]{0,24}+)?)",
    re.DOTALL,
)
_NO_MENTION = re.compile(f"[@＠{ACCENTED}]|://")
"""What must not follow one."""
# Mastodon's Account::MENTION_RE.
_ACCOUNT = re.compile(
    r"(?<![=/\w])@([a-z0-9_]++(?:[.-]++[a-z0-9_]++)*+)(?:@\w++(?:[.-]++\w++)*+)?", re.IGNORECASE
)


def mentions(text: str) -> tuple[Span, ...]:
    """Return the accounts and lists that X notifies or links, none out of a link."""
    if "@" not in text and "＠" not in text:
        return ()
    found = [
        Span(*match.span(), match[1])
        for match in _MENTION.finditer(text)
        if not _NO_MENTION.match(text, match.end())
    ]
    return _outside(found, text)


def mentions_of_mastodon(text: str) -> tuple[Span, ...]:
    """Return the accounts, with or without their server, that Mastodon looks for.

    The value is the local name alone, which is what counts towards a post's length.
    """
    return tuple(
        Span(*match.span(), match[1])
        for match in _ACCOUNT.finditer(text)
        if not _NO_MENTION.match(text, match.end())
    )


# --- tags -------------------------------------------------------------------------------------

# Signs that may stand within a hashtag, beside letters, marks and digits.
_SIGNS = (
    "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003"
    "\u0f0b\u0f0c\xb7"
)
# What Python counts among \w and X does not among digits: ², ½, Ⅷ, ⑧.
_NUMBERS = (
    "\xb2\xb3\xb9\xbc-\xbe\u09f4-\u09f9\u0b72-\u0b77\u0bf0-\u0bf2\u0c78-\u0c7e\u0d58-\u0d5e"
    "\u0d70-\u0d78\u0f2a-\u0f33\u1369-\u137c\u16ee-\u16f0\u17f0-\u17f9\u19da\u2070\u2074-\u2079"
    "\u2080-\u2089\u2150-\u2182\u2185-\u2189\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u2cfd\u3007"
    "\u3021-\u3029\u3038-\u303a\u3192-\u3195\u3220-\u3229\u3248-\u324f\u3251-\u325f"
    "\u3280-\u3289\u32b1-\u32bf\ua6e6-\ua6ef\ua830-\ua835"
)
_WORD = f"[^\\W{_NUMBERS}]"
_JOINING = f"[{_SIGNS}{MARKS}{ASTRAL_MARKS}]"
HASHTAG = re.compile(
    # None glued to a word, but at once where a space is before it,
    f"[#＃](?:(?<!\\S[#＃])|(?<!{_WORD}[#＃])(?<![&{_SIGNS}{MARKS}][#＃]))"
    # no keycap, no number, but at once where an ordinary letter begins it,
    f"(?:(?=[A-Za-z])|(?![{SELECTORS}\u20e3])"
    f"(?=[\\d{_SIGNS}]*+(?:[^\\W\\d_{_NUMBERS}]|[{MARKS}{ASTRAL_MARKS}])))"
    # no "#a#b", no "#http://".
    f"({_WORD}*+(?:{_JOINING}++{_WORD}*+)*+)(?![#＃]|://)"
)
"""A hashtag, its first group without the sign; it may stand in a link still."""
_CASHTAG = re.compile(
    rf"(?<![^{SPACES}])\$([a-z]{{1,6}}(?:[._][a-z]{{1,2}})?)"
    rf"(?=\Z|[{SPACES}!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~$])",
    re.IGNORECASE | re.ASCII,
)


def hashtags(text: str) -> tuple[Span, ...]:
    """Return the hashtags as written, without their sign, none out of a link."""
    if "#" not in text and "＃" not in text:
        return ()
    return _outside([Span(*match.span(), match[1]) for match in HASHTAG.finditer(text)], text)


def cashtags(text: str) -> tuple[Span, ...]:
    """Return the names of shares and currencies ("$ABC.D") without their sign."""
    if "$" not in text:
        return ()
    return tuple(Span(*match.span(), match[1]) for match in _CASHTAG.finditer(text))


def _outside(found: list[Span], text: str) -> tuple[Span, ...]:
    """Return those that do not stand within a link."""
    if not found or not _may_be_in_links(found, text):
        return tuple(found)
    kept = []
    ahead = iter(links(text))
    link = next(ahead, None)
    for span in found:
        while link and link.end <= span.start:
            link = next(ahead, None)
        if not link or span.end <= link.start:
            kept.append(span)
    return tuple(kept)


def _may_be_in_links(found: Iterable[Span], text: str) -> bool:
    """Tell whether a dot stands before one of them with no space between, as in every link."""
    place = 0
    for span in found:
        before = text[place : span.start]
        if before and not before[-1].isspace() and "." in before.split()[-1]:
            return True
        place = span.start
    return False

"""What to ask X for: hashtags, keywords and accounts as rules of its stream and as searches.

Owns X's query language as far as it is used, how little of it says everything that is wanted, and
the difference between the rules that are there and those that should be. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from eventlive.listening.entities import hashtags as hashtags_in
from feeds.x.bodies import Rule

RULE_MAX = 1024
"""Characters of a stream rule (pay-per-use and Pro; docs.x.com, "Build a rule")."""

QUERY_MAX = 512
"""Characters of a recent search."""

NO_REPOSTS = " -is:retweet"

# Symbols and emoji from U+2190 on are words to X; lower signs only part them.
_PLAIN = re.compile("[\\w\u2190-\U0010ffff]+")
_HANDLE = re.compile(r"\w{1,15}", re.ASCII)
_OPERATORS = frozenset(("and", "or", "not"))


def terms(
    hashtags: Iterable[str], keywords: Iterable[str], accounts: Iterable[str]
) -> tuple[str, ...]:
    """Write what is wanted in X's words, each once: #tag, word or "words", @name and to:name.

    Signs are left out where X knows none (a tag may come with its #, a name with its @). Raises
    ValueError for what cannot be a handle, and for what is longer than a search.
    """
    wanted: dict[str, str] = {}
    for tag in hashtags:
        name = tag.strip().lstrip("#＃")
        is_tag = [one.value for one in hashtags_in(f"#{name}")] == [name]
        _add(wanted, f"#{name}" if is_tag else _phrase(name))
    for keyword in keywords:
        _add(wanted, _phrase(keyword))
    for account in accounts:
        handle = account.strip().removeprefix("@")
        if not _HANDLE.fullmatch(handle):
            raise ValueError(f"{account!r} is no handle of X: letters, digits and _, 15 at most")
        _add(wanted, f"@{handle}")
        _add(wanted, f"to:{handle}")
    return tuple(wanted.values())


def _add(wanted: dict[str, str], term: str) -> None:
    if term:
        if _size(term) + len(NO_REPOSTS) > QUERY_MAX:
            raise ValueError(f"{term[:40]!r}… is too long for X: {QUERY_MAX} characters at most")
        wanted.setdefault(term.casefold(), term)


def _phrase(keyword: str) -> str:
    """Quote what is more than a word, or would be read as an operator; X has no escapes."""
    words = " ".join(keyword.replace('"', " ").replace("\\", " ").split())
    if keyword.strip() and not _PLAIN.search(words):
        raise ValueError(f"X cannot look for {keyword!r}: there is no word in it")
    plain = _PLAIN.fullmatch(words) and words.lower() not in _OPERATORS
    return words if plain or not words else f'"{words}"'


def joined(wanted: Iterable[str], limit: int) -> tuple[str, ...]:
    """Join terms to as few queries of `limit` characters as fill well, reposts left out.

    The same terms in any order make the same queries, so that nothing changes at X when a script
    only turns its lists round.
    """
    room = limit - len(NO_REPOSTS) - len("()")
    bins: list[list[str]] = []
    for term in sorted(wanted, key=lambda term: (-_size(term), term)):
        for one in bins:
            if _size(" OR ".join((*one, term))) <= room:
                one.append(term)
                break
        else:
            bins.append([term])
    return tuple(
        (f"({' OR '.join(sorted(one))})" if len(one) > 1 else one[0]) + NO_REPOSTS for one in bins
    )


def _size(text: str) -> int:
    # X does not say how it counts beyond the first plane; counting more there is safe.
    return len(text) + sum(character > "\uffff" for character in text)


# --- rules of the stream -----------------------------------------------------------------------


class Difference(Struct, frozen=True):
    """What to change at X; `ours` are the ids there whose posts are wanted."""

    add: tuple[Rule, ...] = ()
    remove: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


def mark(feed: str) -> str:
    """Give the beginning of our tags, by which a feed knows its own rules again."""
    return f"eventlive:{feed}:"


def difference(feed: str, wanted: Sequence[str], there: Iterable[Rule]) -> Difference:
    """Compare rules: those of others stay, and serve where they say the same.

    X refuses a second rule of the same words, whoever's the first one is.
    """
    missing = dict.fromkeys(wanted)
    remove, ours, tags = [], [], set()
    # Ours first: what another program may take away tomorrow is the second choice.
    for rule in sorted(there, key=lambda rule: not _is_ours(feed, rule)):
        if rule.id is None:
            continue
        if rule.value in missing:
            del missing[rule.value]
            ours.append(rule.id)
            tags.add(rule.tag)
        elif _is_ours(feed, rule):
            remove.append(rule.id)
        elif rule.value in wanted:
            ours.append(rule.id)
    numbers = (number for number in range(len(wanted) + 1) if mark(feed) + str(number) not in tags)
    add = tuple(
        Rule(value=value, tag=mark(feed) + str(number))
        for value, number in zip(missing, numbers, strict=False)
    )
    return Difference(add, tuple(remove), tuple(ours))


def _is_ours(feed: str, rule: Rule) -> bool:
    return (rule.tag or "").startswith(mark(feed))

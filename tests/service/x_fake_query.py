"""X's language of rules and search queries: read, checked and matched against a post.

Owns the operators that a feed uses: words, "quoted phrases", #tags, @mentions, $cashtags, from:,
to:, url:, conversation_id:, retweets_of:, is:, has:, lang:, OR, - and parentheses, and the ways in
which a query is refused. Pure; knows nothing of rules' ids, of posts' JSON or of limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

RULE_LENGTH = 1024
QUERY_LENGTH = 512

_TOKEN = re.compile(
    r'\s*(?P<minus>-)?(?:(?P<open>\()|(?P<close>\))|(?P<word>(?:[^\s()"]|"[^"]*")+))'
)
_WORDS = re.compile(r"\w+")
_EAST = re.compile("[\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]")
_VALUES = {
    "is": {"retweet", "reply", "quote", "verified"},
    "has": {"hashtags", "cashtags", "links", "mentions", "media", "images", "videos"},
}
_ALONE = {"word", "#", "@", "$", "from", "to", "url", "conversation_id", "retweets_of"}
"""What a query may consist of; the others only narrow one of these down."""


class QueryError(ValueError):
    """The query is refused; the text says why, as X does."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a query can see of a post. Names and tags are lower-cased, without @ and #."""

    text: str
    author: frozenset[str]
    to: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    cashtags: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    urls: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    has: frozenset[str] = frozenset()
    lang: str = ""
    conversation: str = ""
    reposted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Term:
    kind: str
    value: str

    def matches(self, subject: Subject) -> bool:
        match self.kind:
            case "word":
                return _says(subject.text, self.value)
            case "#":
                return self.value in subject.tags
            case "$":
                return self.value in subject.cashtags
            case "@":
                return self.value in subject.mentions
            case "from":
                return self.value in subject.author
            case "to":
                return self.value in subject.to
            case "url":
                return any(_says(url, self.value) for url in subject.urls)
            case "is":
                return self.value in subject.kinds
            case "has":
                return self.value in subject.has
            case "lang":
                return self.value == subject.lang
            case "conversation_id":
                return self.value == subject.conversation
            case "retweets_of":
                return self.value in subject.reposted
            case _:
                raise AssertionError(self.kind)

    def stands_alone(self) -> bool:
        return self.kind in _ALONE

    def terms(self) -> Iterator[Term]:
        yield self


@dataclass(frozen=True, slots=True)
class Not:
    inner: Query

    def matches(self, subject: Subject) -> bool:
        return not self.inner.matches(subject)

    def stands_alone(self) -> bool:
        return False

    def terms(self) -> Iterator[Term]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Query, ...]

    def matches(self, subject: Subject) -> bool:
        return all(part.matches(subject) for part in self.parts)

    def stands_alone(self) -> bool:
        return any(part.stands_alone() for part in self.parts)

    def terms(self) -> Iterator[Term]:
        return (term for part in self.parts for term in part.terms())


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Query, ...]

    def matches(self, subject: Subject) -> bool:
        return any(part.matches(subject) for part in self.parts)

    def stands_alone(self) -> bool:
        return all(part.stands_alone() for part in self.parts)

    def terms(self) -> Iterator[Term]:
        return (term for part in self.parts for term in part.terms())


Query = Term | Not | Every | Either


def read(text: str, longest: int) -> Query:
    """Read a query of at most `longest` characters. Raises QueryError."""
    if len(text) > longest:
        raise QueryError(
            f"Rule length must not exceed {longest} characters. (was {len(text)} characters)"
        )
    reader = _Reader(list(_tokens(text)))
    query = reader.either()
    if reader.left():
        raise QueryError(f"no viable alternative at input '{text}' (at position {len(text)})")
    if not query.stands_alone():
        raise QueryError(
            "Rules must contain at least one positive, non-stopword clause "
            "that can stand alone (at position 1)"
        )
    return query


def asks_for_reposts(query: Query) -> bool:
    """Say whether a search is for reposts: it leaves them out otherwise."""
    return any(term.value == "retweet" or term.kind == "retweets_of" for term in query.terms())


# --- reading --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    minus: bool
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise QueryError(f"missing quote or word (at position {at + 1})")
        kind = "open" if found["open"] else "close" if found["close"] else "word"
        yield _Token(kind, found["word"] or "", bool(found["minus"]), at + 1)
        at = found.end()


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]
    at: int = field(default=0)

    def left(self) -> bool:
        return self.at < len(self.tokens)

    def next_is(self, kind: str, text: str = "") -> bool:
        if not self.left():
            return False
        token = self.tokens[self.at]
        return token.kind == kind and (not text or token.text == text)

    def either(self) -> Query:
        parts = [self.every()]
        while self.next_is("word", "OR"):
            self.at += 1
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def every(self) -> Query:
        parts: list[Query] = []
        while self.left() and not self.next_is("close") and not self.next_is("word", "OR"):
            parts.append(self.one())
        if not parts:
            raise QueryError("a clause is missing (empty rule, OR or parentheses)")
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def one(self) -> Query:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "open":
            inner = self.either()
            if not self.next_is("close"):
                raise QueryError(f"missing ')' for '(' (at position {token.at})")
            self.at += 1
        else:
            inner = _term(token)
        return Not(inner) if token.minus else inner


def _term(token: _Token) -> Query:
    text = token.text
    if text.lower() in {"and", "or"}:
        raise QueryError(
            f"Ambiguous use of {text.lower()} as a keyword. Use a space to logically join two "
            f'clauses, or "{text.lower()}" to find occurrences of it in text '
            f"(at position {token.at})"
        )
    if text[0] == '"':
        if not _WORDS.search(text):
            raise QueryError(f"an empty phrase (at position {token.at})")
        return Term("word", text.strip('"'))
    if text[0] in "#@$" and len(text) > 1:
        return Term(text[0], text[1:].lower())
    kind, colon, value = text.partition(":")
    if not colon:
        if not _WORDS.search(text) and not any(ord(letter) > 0x2000 for letter in text):
            raise QueryError(f"extraneous input '{text}' (at position {token.at})")
        return Term("word", text)
    value = value.strip('"').removeprefix("@").lower()
    known = kind in _ALONE - {"word", "#", "@", "$"} or kind in {"is", "has", "lang"}
    if not known or not value or value not in _VALUES.get(kind, {value}):
        raise QueryError(
            f"Reference to invalid operator '{kind}' with the value '{value}'. "
            f"It is not available in current product packaging (at position {token.at})"
        )
    return Term(kind, value)


def _says(text: str, wanted: str) -> bool:
    """Find words one after another, whatever their case and what stands between them."""
    if _EAST.search(wanted) or not _WORDS.search(wanted):
        return wanted.casefold() in text.casefold()
    words = " ".join(_WORDS.findall(text.casefold()))
    return f" {' '.join(_WORDS.findall(wanted.casefold()))} " in f" {words} "

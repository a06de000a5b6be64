"""Judging: everything that is said about a post before a person has seen it.

Owns the order in which a post is looked at, cheapest first, and what stops it from going to a
screen by itself. Never sees a network, a clock or a store; the one thing it remembers is which
texts were there before. It decides nothing: what a judgement means is the desk's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import NamedTuple

from eventlive.listening.characters import fold, links_in
from eventlive.listening.claims import Claims, FactLike
from eventlive.listening.duplicates import Recent, fingerprint_folded
from eventlive.listening.hashtags import Matcher
from eventlive.listening.language import code_of, language_of
from eventlive.listening.questions import is_question_folded, warm_up
from eventlive.listening.reach import points
from eventlive.listening.shorteners import SHORTENERS
from eventlive.listening.words import WordList, as_listed
from eventlive.model import Judgement, Post

MANY_TAGS = 6
"""Tags from which a post smells of promotion."""

PROMOTION = (
    "buy now",
    "order now",
    "shop now",
    "limited offer",
    "special offer",
    "promo code",
    "discount code",
    "use code",
    "free shipping",
    "giveaway",
    "click here",
    "link in bio",
    "follow back",
    "dm for*",
    "airdrop",
    "presale",
    "casino",
    "osta nyt",
    "alekoodi*",
    "tarjous*",
    "alennuskood*",
    "jetzt kaufen",
    "rabattcode*",
    "gewinnspiel*",
    "gutscheincode*",
    "kjøp nå",
    "rabattkode*",
    "gratis frakt",
    "compra ahora",
    "código de descuento",
    "envío gratis",
    "sorteo",
    "enlace en la bio",
    "acquista ora",
    "codice sconto",
    "spedizione gratuita",
    "link in descrizione",
)
"""Phrases of advertisements, in the six languages; they cost points and stop nothing."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the event script lists: a speaker, a journalist, a partner.

    `handles` is network -> handle as that network writes it in full, without @; a Bluesky DID
    serves as well. `role` is shown to operators as it is written.
    """

    id: str
    name: str = ""
    role: str = ""
    handles: Mapping[str, str] = field(default_factory=dict)
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What the event script says about listening.

    `muted` holds "network:author id" or "network:handle"; `house` is network -> handles of our
    own accounts. `languages` are those of the event; empty means any. `support_words` are those
    of a case for support.
    """

    hashtags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    flag_words: tuple[str, ...] = ()
    muted: frozenset[str] = frozenset()
    people: tuple[Person, ...] = ()
    house: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    facts: tuple[FactLike, ...] = ()
    support_words: tuple[str, ...] = ()


class _Listed(NamedTuple):
    """What a word that was found means; `flag` is what operators read, "" for none."""

    flag: str = ""
    promotes: bool = False
    of_claim: bool = False
    asks_for_support: bool = False


class Judge:
    """Says of each post what is known about it: language, question, doubts, weight, who it is."""

    __slots__ = (
        "_claims",
        "_house",
        "_languages",
        "_listed",
        "_matcher",
        "_muted",
        "_people",
        "_recent",
        "_support",
        "_words",
    )

    def __init__(self, rules: Rules, recent: Recent) -> None:
        self._recent = recent
        self._matcher = Matcher(rules.hashtags, rules.keywords)
        self._claims = Claims(rules.facts)
        self._support = WordList(rules.support_words)
        # One search for all lists; a word on two of them counts as what weighs more.
        self._listed: dict[str, _Listed] = {}
        for spelt, kind in chain(
            zip(rules.stop_words, repeat("stop word")),
            zip(rules.flag_words, repeat("flag word")),
            zip(PROMOTION, repeat("")),
        ):
            listed = _Listed(f"{kind}: {spelt}" if kind else "", promotes=not kind)
            self._listed.setdefault(as_listed(spelt), listed)
        # These two may be what stops or promotes as well.
        for word in self._claims.words:
            self._listed[word] = self._listed.get(word, _Listed())._replace(of_claim=True)
        for spelt in rules.support_words:
            word = as_listed(spelt)
            self._listed[word] = self._listed.get(word, _Listed())._replace(asks_for_support=True)
        self._words = WordList(self._listed)
        self._muted = {_author_key(key) for key in rules.muted}
        self._people = {
            (network, _handle(handle)): person
            for person in rules.people
            for network, handle in person.handles.items()
            if _handle(handle)
        }
        self._house = frozenset(
            (network, _handle(handle))
            for network, handles in rules.house.items()
            for handle in handles
            if _handle(handle)
        )
        self._languages = frozenset(filter(None, map(code_of, rules.languages)))
        warm_up()

    def matches(self, post: Post) -> bool:
        """Tell whether the post is about the event, by its hashtags and keywords."""
        return self._matcher.matches(post)

    def mute(self, key: str) -> None:
        """Judge this author muted from now on; `key` as in `Rules.muted`."""
        self._muted.add(_author_key(key))

    def unmute(self, key: str) -> None:
        """Judge this author as any other from now on; an unknown key is none too many."""
        self._muted.discard(_author_key(key))

    def judge(self, post: Post) -> Judgement:
        """Return what is known about a cleaned post; never raises for one.

        Judging the same post again, as after an edit, makes it no copy of itself.
        """
        author = post.author
        network = post.network
        handle = _handle(author.handle)
        text = fold(post.text)
        copied = fingerprint_folded(text)
        if self._muted and self._is_muted(network, author.id, handle):
            # Remembered, so that a troll's other accounts are known for copies; ours as well.
            self._recent.first(copied, post.key)
            return Judgement(language=code_of(post.language), stopped=True, muted=True)
        if self._house and self._is_house(network, author.id, handle):
            self._recent.first(copied, post.key)
            return Judgement(language=language_of(post), stopped=True, reasons=("ours",), ours=True)

        person = self._people.get((network, handle)) if self._people else None
        if person is None and author.id.startswith("did:"):
            person = self._people.get((network, author.id))
        repost = post.kind == "repost"
        language = language_of(post)
        question = not repost and is_question_folded(text, language)
        promotional = len(post.tags) >= MANY_TAGS
        flags: list[str] = []
        stopping = False

        shown = f"{text} | {fold(author.name)} | {handle}"
        if post.warning:
            shown = f"{shown} | {fold(post.warning)}"
        needs_support = False
        of_claims: list[str] = []
        for word in self._words.find_folded(shown):
            flag, promotes, of_claim, asks = self._listed[word]
            if flag:
                flags.append(flag)
                stopping = True
            promotional |= promotes
            needs_support |= asks
            if of_claim:
                of_claims.append(word)
        first = ""
        if repost:
            # Not remembered: it may come before the post that it repeats.
            flags.append("repost")
            stopping = True
        else:
            first = self._recent.first(copied, post.key)
            if first:
                flags.append(f"copy of {first}")
                stopping = True
        if post.sensitive:
            flags.append("sensitive")
            stopping = True
        if post.warning:
            flags.append("content warning")
            stopping = True
        named = len(flags) - bool(first) - repost
        if author.bot:
            flags.append("bot")
        if _hides_its_links(post):
            flags.append("link shortener")
            named += 1
        # A repost spreads a wrong claim, too.
        fact = (
            self._claims.of(text, post.created_at, language=language, links=post.links)
            if of_claims and self._claims.stand_in(of_claims)
            else ""
        )
        if fact:
            flags.append(f"wrong claim: {fact}")
            stopping = True
        mentions_us = bool((post.mentions or post.to) and self._house) and self._speaks_to_us(post)
        # The word may stand in the author's name alone.
        support = (
            needs_support
            and not repost
            and (question or mentions_us)
            and bool(self._support.find_folded(text))
        )

        score, reasons = points(
            post,
            question=question,
            role=(person.role or "listed") if person else "",
            mentions_us=mentions_us,
            copy=bool(first),
            promotional=promotional,
            other_language=bool(self._languages and language and language not in self._languages),
            flags=named,
        )
        return Judgement(
            language=language,
            question=question,
            stopped=stopping,
            flags=tuple(flags),
            points=score,
            reasons=reasons,
            person=person.id if person else "",
            trusted=person is not None and person.trusted,
            fact=fact,
            support=support,
            mentions_us=mentions_us,
        )

    def _is_muted(self, network: str, author: str, handle: str) -> bool:
        return f"{network}:{author}" in self._muted or f"{network}:{handle}" in self._muted

    def _is_house(self, network: str, author: str, handle: str) -> bool:
        return (network, handle) in self._house or (
            author.startswith("did:") and (network, author) in self._house
        )

    def _speaks_to_us(self, post: Post) -> bool:
        """Tell whether a post mentions, answers or quotes the house."""
        named = (*post.mentions, *post.to)
        return any((post.network, _handle(handle)) in self._house for handle in named)


def _handle(handle: str) -> str:
    """Return the form in which two handles are compared: exact but for @ and the case of ASCII.

    No case is folded in a handle beyond ASCII: there, the sign for kelvin becomes a k, and a
    stranger becomes the speaker.
    """
    handle = handle.removeprefix("@")
    return handle.lower() if handle.isascii() else handle


def _author_key(key: str) -> str:
    network, _, author = key.partition(":")
    return f"{network}:{_handle(author)}"


def _hides_its_links(post: Post) -> bool:
    for link in post.links or links_in(post.text):
        host = link.partition("://")[2].partition("/")[0].lower()
        if host.removeprefix("www.") in SHORTENERS:
            return True
    return False

"""Rising: which hashtags, words and phrases more people say now than before.

Owns the counting of people by word, and what makes a word rise: its share of what is said now,
against its share of what was said before at this event. Never looks at a clock, and never decides
whether a post may be heard. Pure counting of everyday text: `everyday` says what is worth it.

Bounded. A word gets a place of its own once a second person has said it; until then it waits among
the last few thousand, and is forgotten with them. A phrase is counted once both its words have a
place. Where there are too many, those go that the fewest people have said lately. What is forgotten
has no past when it comes back, but so few people know it that this makes nothing rise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import exp, sqrt
from typing import Literal, NamedTuple

from msgspec import Struct
from wcwidth import wcwidth

from eventlive.listening.cleaning import clean_line
from eventlive.listening.everyday import LONGEST_WORD, content_words
from eventlive.listening.newcomers import Newcomers, forget_oldest
from eventlive.model import Moment

NOW_SECONDS, BEFORE_SECONDS = 170.0, 1_700.0
"""After how long a mention counts for a third of itself: in what is now, and in what was before."""
LATELY_SECONDS = 600.0
"""In which the people behind a word are counted, and each of them once."""
PEOPLE_LEAST = 3
SHARE_LEAST = 0.005
"""How many people for each post of now must say a word before it can rise."""
RISES, RISES_ON = 2.0, 1.4
"""How many times its past makes a word rise, and lets one that rises go on."""
PRIOR = 2.0
"""Posts of a past just like the present: in the first minute of an event hardly anything rises."""
IN_PHRASE = 0.6
"""Of the people who say a word, how many make it a phrase by saying it beside the same other."""
SHOWN = 12
LONGEST = 40
"""Characters of a term, and cells of a terminal."""

TERMS = 2_048
NEW_TERMS = 8_192
PEOPLE = 128
"""Who said a word, remembered: as many are told of at most, more where they all came just now."""
BACK_SECONDS = 60.0
"""A clock that goes back further was set: what was counted is taken for counted just now."""

Kind = Literal["tag", "word", "phrase"]


class Rising(Struct, frozen=True, omit_defaults=True):
    """A hashtag, a word or a phrase that more people say than before.

    `authors` said it in the last ten minutes, at least; it is said `times` as often as its past
    lets expect, and rises `since` then. `language` is "" for a tag, and where nobody can say.
    """

    term: str
    kind: Kind
    authors: int
    times: float
    since: Moment
    language: str = ""


class _Key(NamedTuple):
    """A word of a language; tags have none, and begin with #."""

    language: str
    text: str

    @property
    def kind(self) -> Kind:
        if self.text.startswith("#"):
            return "tag"
        return "phrase" if " " in self.text else "word"


class _Mentions:
    """How often something is said: the later a mention comes, the more it weighs.

    What was said before weighs less by and by without being touched, for all is divided by what a
    mention weighs now.
    """

    __slots__ = ("before", "now")

    def __init__(self) -> None:
        self.now = self.before = 0.0


class _Term(_Mentions):
    """A word, who said it when, and since when it rises."""

    __slots__ = ("people", "since")

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[int, float] = {}
        self.since: float | None = None


class _Surge(NamedTuple):
    """How a word stands to its past; `weight` is for the order, more people weighing more."""

    said: float
    times: float
    weight: float
    people: int
    since: float


class Terms:
    """Counts by how many people each word is said."""

    __slots__ = ("_all", "_new", "_origin", "_terms", "_time")

    def __init__(self) -> None:
        self._all = _Mentions()
        self._terms: dict[_Key, _Term] = {}
        self._new: Newcomers[_Key, tuple[int, float]] = Newcomers(NEW_TERMS)
        # A mention weighs 1 at `_origin`, and more from there on; `_time` is the latest moment.
        self._origin: float | None = None
        self._time = 0.0

    def __len__(self) -> int:
        """How many words and people are remembered."""
        return len(self._new) + sum(1 + len(term.people) for term in self._terms.values())

    def hear(self, who: int, text: str, language: str, tags: Iterable[str], second: float) -> None:
        """Count that somebody said this; `tags` are its hashtags, with # and folded."""
        self.move_to(second)
        now, before = self._weights(second)
        self._all.now += now
        self._all.before += before
        for tag in tags:
            if 1 < len(tag) <= LONGEST:
                self._mention(_Key("", tag), who, second)
        for words in content_words(text, language):
            last = ""
            for word in words:
                if not word or not self._mention(_Key(language, word), who, second):
                    last = ""
                    continue
                if last and len(last) + len(word) < LONGEST_WORD:
                    self._mention(_Key(language, f"{last} {word}"), who, second)
                last = word

    def move_to(self, second: float) -> None:
        """Go on to a moment; back, where the clock was set."""
        if self._origin is None:
            self._origin = self._time = second
        elif second < self._time - BACK_SECONDS:
            self._weigh_anew(self._time, second)
        elif second > self._time:
            self._time = second
            # Before a weight becomes too large a number.
            if second - self._origin > 40 * NOW_SECONDS:
                self._weigh_anew(second, second)

    def rising(self, second: float) -> tuple[Rising, ...]:
        """Say what rises now, strongest first, each once: a phrase instead of its words."""
        self.move_to(second)
        surges = self._surges()
        found: list[Rising] = []
        shown = sorted(
            surges.keys() - _told_by_others(surges), key=lambda key: (-surges[key].weight, key)
        )
        for key in shown:
            text = clean_line(key.text, LONGEST).strip()
            if not text or sum(max(wcwidth(each), 0) for each in text) > LONGEST:
                continue
            surge = surges[key]
            since = datetime.fromtimestamp(min(surge.since, second), UTC)
            times = round(surge.times, 1)
            found.append(Rising(text, key.kind, surge.people, times, since, key.language))
            if len(found) == SHOWN:
                break
        return tuple(found)

    # --- counting ----------------------------------------------------------------------------

    def _mention(self, key: _Key, who: int, second: float) -> bool:
        """Count that somebody said it; tell whether it has a place of its own."""
        term = self._terms.get(key)
        if term is None:
            first = self._new.get(key)
            if first is None:
                self._new.put(key, (who, second))
            if first is None or first[0] == who:
                return False
            if len(self._terms) >= TERMS:
                self._make_room()
            term = self._terms[key] = _Term()
            self._add(term, first[0], min(first[1], self._time))
        self._add(term, who, second)
        return True

    def _add(self, term: _Term, who: int, second: float) -> None:
        last = term.people.get(who)
        if last is not None:
            if abs(second - last) < LATELY_SECONDS:
                return
            # To stand with the latest, who are remembered longest.
            del term.people[who]
        term.people[who] = second
        forget_oldest(term.people, PEOPLE)
        now, before = self._weights(second)
        term.now += now
        term.before += before

    def _make_room(self) -> None:
        fewest = sorted(self._terms, key=lambda key: self._terms[key].before)
        for key in fewest[: TERMS // 4]:
            del self._terms[key]

    def _weights(self, second: float) -> tuple[float, float]:
        passed = second - (self._origin or 0.0)
        return exp(passed / NOW_SECONDS), exp(passed / BEFORE_SECONDS)

    def _weigh_anew(self, then: float, origin: float) -> None:
        """Let all weigh at `origin` what it weighs at `then`."""
        passed = then - (self._origin or 0.0)
        now, before = exp(-passed / NOW_SECONDS), exp(-passed / BEFORE_SECONDS)
        for each in (self._all, *self._terms.values()):
            each.now *= now
            each.before *= before
        self._origin = self._time = origin

    # --- rising ------------------------------------------------------------------------------

    def _surges(self) -> dict[_Key, _Surge]:
        """Hold each word that enough people say now against its own past."""
        now, before = self._weights(self._time)
        all_now = self._all.now / now
        all_past = max(0.0, self._all.before / before - all_now)
        least = max(PEOPLE_LEAST / 2, SHARE_LEAST * all_now) * now
        found: dict[_Key, _Surge] = {}
        for key, term in self._terms.items():
            if term.now < least:
                term.since = None
                continue
            said = term.now / now
            past = max(0.0, term.before / before - said)
            expected = (all_now * past + PRIOR * said) / (all_past + PRIOR)
            times = said / (1 + expected)
            people = self._people_lately(term, said)
            if people < PEOPLE_LEAST or times < (RISES if term.since is None else RISES_ON):
                term.since = None
                continue
            if term.since is None:
                term.since = self._time
            weight = (said - expected) / sqrt(1 + expected)
            found[key] = _Surge(said, times, weight, people, term.since)
        return found

    def _people_lately(self, term: _Term, said: float) -> int:
        lately = sum(abs(self._time - at) < LATELY_SECONDS for at in term.people.values())
        return max(min(lately, PEOPLE), int(said))


def _told_by_others(surges: dict[_Key, _Surge]) -> set[_Key]:
    """Find the words that a phrase or a tag tells, and phrases that tell too little of a word."""
    told: set[_Key] = set()
    for key, surge in surges.items():
        words = list(_words_of(key, surges))
        most = max((surges[word].said for word in words), default=0.0)
        whole = key.kind == "tag" or surge.said >= IN_PHRASE * most
        told.update(words if whole else [key])
    return told


def _words_of(key: _Key, among: dict[_Key, _Surge]) -> Iterator[_Key]:
    match key.kind:
        case "tag":
            yield from (other for other in among if other.text == key.text[1:])
        case "phrase":
            words = (_Key(key.language, word) for word in key.text.split(" "))
            yield from (word for word in words if word in among)
        case "word":
            pass

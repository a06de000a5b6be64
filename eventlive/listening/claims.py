"""Claims: which fact of the script a post gets wrong.

Owns when a post makes a claim that is known to be wrong, asks about one, or denies it. All rules
are of words, in six languages: irony is not seen, and a denial in unusual words is gathered with
the rest. Never answers anybody: who reads what was gathered is a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from eventlive.listening.characters import fold, replace_links
from eventlive.listening.words import WordList, as_listed


class FactLike(Protocol):
    """What is needed of a fact; `wrong` are claims, each a few words."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def wrong(self) -> Sequence[str]: ...
    @property
    def valid_until(self) -> datetime | None: ...


class _Claim(NamedTuple):
    """A wrong claim: all of `words` stand in a post that makes it. Claims sort as in the script."""

    number: int
    fact: FactLike
    words: frozenset[str]


# Word for word; what another of the languages means by one is in _OTHERWISE.
_NOT = frozenset(
    "not no never isnt arent wasnt werent hasnt havent wont doesnt didnt"
    " ei eivät eikä en emme ette"
    " nicht kein keine keinen keinem keiner keines nie niemals keineswegs"
    " ikke ikkje ingen ingenting aldri"
    " nunca jamás tampoco ningún ninguna ninguno"
    " non nessun nessuna nessuno".split()
)
_OTHERWISE = {
    "en": frozenset(("en", "ei")),
    "fi": frozenset(("no",)),
    "de": frozenset(("no", "ei", "en", "not")),
    "no": frozenset(("no", "ei", "en", "not")),
    "es": frozenset(("en", "ei")),
    "it": frozenset(("en", "ei")),
}
"""What is no negation in a language: Finnish "no" is "well", Spanish "en" is "in"."""
_UNKNOWN = frozenset(("en",))
_NOT_BEHIND = frozenset(("nicht", "ikke", "ikkje"))
"""Negations that follow their verb."""
_ABLE = frozenset(("ca", "can", "could"))
# "Not only", "no wonder", "do not know why": nothing is denied.
_OF_SOMETHING_ELSE = frozenset(
    "only just way wonder surprise idea expect know understand sure again surprised"
    " vain ainoastaan uskoa tiedä tiennyt tienneet ymmärrä varma yllättynyt"
    " nur bloß bloss glauben fassen weiß weiss wusste wussten verstehe sicher überrascht schon"
    " bare kun fatte tro vet visste skjønner forstår sikker overrasket"
    " solo sólo solamente creer sé sabía sabíamos entiendo seguro segura"
    " soltanto credere crederci so sapevo sapevamo capisco sicuro sicura".split()
)
_DOUBTED = tuple(
    "fake hoax rumor rumour untrue nonsense misinformation disinformation debunk"
    " huhu perätön perättöm valheelli valeuuti disinformaatio"
    " gerücht falschmeldung unwahr desinformation quatsch unsinn blödsinn"
    " rykte usant feilinformasjon desinformasjon"
    " bulo mentira desmient desmentid desinformación"
    " bufala bufale smentit smentisc disinformazione".split()
)
"""Beginnings of words that call a claim wrong."""
_FALSE = frozenset(
    "false falsely lies lying väärä falsch falsche falsches falscher lüge lügen"
    " falsk falske falskt løgn falso falsa falsos falsas tontería falsi".split()
)
_UNTRUE = re.compile(
    r"\b(?:(?:not|n't) (?:true|correct)|(?:that's|this is|that is|is) wrong|fact.?check\w*"
    r"|(?:it|that)(?:'s not| is not| isn't)$"
    r"|ei (?:pidä|pitänyt) paikkaansa|ei (?:ole )?totta|väärää tietoa|faktantarkistus"
    r"|stimmt (?:so |ja |gar |einfach )?nicht|nicht (?:wahr|richtig)|faktencheck"
    r"|ikke (?:sant|riktig)|stemmer ikke|faktasjekk"
    r"|no es (?:cierto|verdad|así)|non è (?:vero|così|vera))\b"
)
# What answers a question that one asked oneself, or the claim of another: "Cancelled? No!"
_REPLY = re.compile(
    r"\W*(?:(?P<word>no|nope|nein|nei|ei|non)|ei ole|no lo (?:está|es)|non lo è"
    r"|(?:no,? )?(?:it|that|this)(?: is|'s|) ?(?:not|isn't)|(?:nein,? )?ist (?:er|sie|es) nicht"
    r"|(?:nei,? )?det er (?:den|det) ikke)\s*(?:[,:;-]|$)"
)

# A full stop ends a sentence where a space follows.
_END = re.compile(r"([!?]+[.!?]*|(?<![.])[.]++(?=[\s\"')»]|$)|\n+)")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[,;:()\"«»]|(?<=\s)-+(?=\s)")
_LOOSE = ",.;:!?¿¡\"'()«»"


class Claims:
    """The wrong claims of a script's facts, looked for in one text after another."""

    __slots__ = ("_by_key", "_fewest", "_list", "words")

    words: tuple[str, ...]
    """All words of the claims, as a `WordList` returns them."""

    def __init__(self, facts: Iterable[FactLike]) -> None:
        # By the longest word, which is the rarest more often than not.
        self._by_key: dict[str, list[_Claim]] = {}
        listed: dict[str, None] = {}
        every = [(fact, wrong) for fact in facts for wrong in fact.wrong]
        for number, (fact, wrong) in enumerate(every):
            words = [as_listed(word.strip(_LOOSE)) for word in wrong.split()]
            words = [word for word in words if word]
            if words:
                key = max(words, key=lambda word: len(word.strip("*")))
                claim = _Claim(number, fact, frozenset(words))
                self._by_key.setdefault(key, []).append(claim)
                listed.update(dict.fromkeys(words))
        every_claim = [claim for claims in self._by_key.values() for claim in claims]
        self._fewest = min((len(claim.words) for claim in every_claim), default=0)
        self.words = tuple(listed)
        self._list = WordList(self.words)

    def stand_in(self, found: Collection[str]) -> bool:
        """Tell whether all words of some claim are among those found, for one search of many."""
        if len(found) < self._fewest:
            return False
        return any(
            claim.words.issubset(found) for word in found for claim in self._by_key.get(word, ())
        )

    def of(
        self,
        text: str,
        at: datetime | None = None,
        *,
        language: str = "",
        links: Sequence[str] = (),
    ) -> str:
        """Return the id of the first fact that a text gets wrong, "" where it gets none.

        `text` went through `characters.fold`; `at` is when it was said: a fact that was valid no
        longer is left out. Whoever asks about a wrong claim needs the right answer, and is found
        too; not so who denies it, calls it a rumour, or shows the fact's own source.
        """
        found = self._list.find_folded(text)
        made = [
            claim
            for word in found
            for claim in self._by_key.get(word, ())
            if claim.words.issubset(found)
        ]
        for _, fact, words in sorted(made, key=lambda claim: claim.number):
            if (
                not (at and fact.valid_until and at > fact.valid_until)
                and not _shows(fact.source, text, links)
                and not _denies(text, words, language)
            ):
                return fact.id
        return ""


def _shows(source: str, text: str, links: Sequence[str]) -> bool:
    """Tell whether a post links to a page, however it writes the address."""
    page = _bare(fold(source))
    if not page:
        return False
    for link in map(fold, links):
        if page in (_bare(link), _bare(re.split("[?#]", link)[0])):
            return True
    address = rf"(?<![\w./-])(?:https?://)?(?:www\.)?{re.escape(page)}(?!/?[\w-])"
    return re.search(address, text) is not None


def _bare(link: str) -> str:
    return link.rpartition("://")[2].removeprefix("www.").rstrip("/")


# --- denying ------------------------------------------------------------


class _Sentence(NamedTuple):
    """A sentence: its words and breaks, the places of the claim's words, and which those are."""

    text: str
    tokens: list[str]
    places: frozenset[int]
    words: frozenset[str]
    asks: bool


def _denies(text: str, words: frozenset[str], language: str) -> bool:
    """Tell whether a post that has all words of a claim denies it, or calls it wrong."""
    sentences = _sentences(text, words)
    most = max((len(each.words) for each in sentences), default=0)
    if not most:
        return False
    no = _NOT - _OTHERWISE.get(language, _UNKNOWN)
    for number, sentence in enumerate(sentences):
        if len(sentence.words) < most:
            continue
        if not sentence.asks and _is_negated(sentence, no):
            return True
        after = sentences[number + 1 : number + 2]
        reply = _REPLY.match(after[0].text) if after and not after[0].asks else None
        if reply and reply["word"] not in _OTHERWISE.get(language, _UNKNOWN):
            return True
        for near in sentences[max(0, number - 1) : number + 2]:
            if not near.asks and _is_doubted(near, no):
                return True
    return False


def _sentences(text: str, words: frozenset[str]) -> list[_Sentence]:
    parts = _END.split(replace_links(text, " "))
    sentences = []
    for part, end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        tokens = _TOKEN.findall(part)
        if tokens:
            of_claim = {
                place: stands
                for place, token in enumerate(tokens)
                if (stands := [word for word in words if _is_form(token, word)])
            }
            here = frozenset(word for stands in of_claim.values() for word in stands)
            sentences.append(_Sentence(part, tokens, frozenset(of_claim), here, "?" in end))
    return sentences


def _is_form(token: str, word: str) -> bool:
    """Tell whether a token is a claim's word, as a `WordList` would."""
    stem = word.strip("*")
    for part in (token, *token.split("'")):
        if (
            part == stem
            or (word.endswith("*") and part.startswith(stem))
            or (word.startswith("*") and part.endswith(stem))
            or (word.startswith("*") and word.endswith("*") and stem in part)
        ):
            return True
    return False


def _is_negated(sentence: _Sentence, no: frozenset[str]) -> bool:
    """Tell whether a negation stands among the claim's words, or at most three before them."""
    tokens, first, last = sentence.tokens, min(sentence.places), max(sentence.places)
    start = first
    while start > max(0, first - 3) and _is_word(tokens[start - 1]):
        start -= 1
    for place in range(start, last):
        if place not in sentence.places and _negates(tokens, place, no):
            return True
    behind = tokens[last + 1 : last + 3]
    while behind and not _is_word(behind[-1]):
        behind.pop()
    return bool(
        behind and all(map(_is_word, behind)) and any(token in _NOT_BEHIND for token in behind)
    )


def _negates(tokens: list[str], place: int, no: frozenset[str]) -> bool:
    token = tokens[place]
    # "Can't believe it", "could not believe it": there, nothing is denied either.
    able = token[:-3] in _ABLE or (place > 0 and tokens[place - 1] in _ABLE)
    if able or (token not in no and not token.endswith("n't")):
        return False
    what = tokens[place + 1 : place + 3]
    # "Not a rumour", "no fake": what is denied is the denial.
    return not any(token in _OF_SOMETHING_ELSE or _is_doubt(token) for token in what)


def _is_doubted(sentence: _Sentence, no: frozenset[str]) -> bool:
    """Tell whether a sentence calls something false or a rumour."""
    tokens = sentence.tokens
    for place, token in enumerate(tokens):
        if place not in sentence.places and _is_doubt(token):
            before = tokens[max(0, place - 2) : place]
            if not any(each in no or each.endswith("n't") for each in before):
                return True
    return _UNTRUE.search(sentence.text) is not None


def _is_doubt(token: str) -> bool:
    return token in _FALSE or token.startswith(_DOUBTED)


def _is_word(token: str) -> bool:
    return token[0].isalnum()

"""Signals: what goes on at an event as a whole, of which no single post tells.

Owns the counting by the minute, what is read of a flood, and which posts count for what; `rising`
and `top_voices` make of them what their names say. Never decides anything, never looks at a clock.
What it knows is in memory alone, and begins anew with the engine.

Every post is counted. Of those that came since the last look at most `READ_AT_ONCE` are read, of a
flood a half, a quarter and so on: a look takes milliseconds, whatever comes. Shares stay right by
that; numbers of people become "at least".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from eventlive.listening.everyday import LONGEST_TEXT
from eventlive.listening.hashtags import normal, tags_in
from eventlive.listening.judging import Rules
from eventlive.listening.rising import Rising, Terms
from eventlive.listening.top_voices import TopVoice, Voice, Voices, folded
from eventlive.model import Judgement, Moment, Post

MINUTES = 60
"""How far back the posts of each minute are told."""
LATELY = 10
"""Minutes of which languages and networks are told."""
SHOWN = 12
"""Languages that are told at most."""
LANGUAGES = 40
"""Languages of one minute that are counted; any further ones as one that nobody could tell."""

READ_AT_ONCE = 160
LOOKS = 60
"""Looks over which the share of posts that were read is told."""
_ALL, _GOLDEN = 1 << 32, 0x9E3779B1
"""Multiples of the golden ratio, cut off above: spread evenly, and in step with nobody's rhythm."""

_COPY, _STOPPED = "copy of ", "stop word: "


class Reading(Struct, frozen=True, omit_defaults=True):
    """What the signals say at a moment.

    `posts`, `questions` and `flagged` count by the minute, the running one last; what is nothing
    but a repost or a copy does not count as flagged. `networks` and `languages` are of the last ten
    minutes, the most frequent first; the language "" is none that anybody could tell. `read` is the
    share of posts whose words were read in the last minute. Of `sent` posts of the house `answers`
    answer somebody. Counting began at `since`: before that nothing is known.
    """

    at: Moment
    posts: tuple[int, ...] = ()
    questions: tuple[int, ...] = ()
    flagged: tuple[int, ...] = ()
    networks: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    rising: tuple[Rising, ...] = ()
    voices: tuple[TopVoice, ...] = ()
    read: float = 1.0
    sent: int = 0
    answers: int = 0
    since: Moment | None = None


class _Minute:
    """One minute's counts."""

    __slots__ = ("flagged", "languages", "networks", "posts", "questions")

    def __init__(self) -> None:
        self.posts = self.questions = self.flagged = 0
        self.networks: dict[str, int] = {}
        self.languages: dict[str, int] = {}


_NONE = _Minute()


class Signals:
    """Takes in every post of an event, and says on demand what they amount to.

    The first of the rules' hashtags is the event's own, which everybody uses: it never rises. What
    is muted, ours, a bot's, a copy or a repost, or holds a stop word, makes nothing rise; flag
    words rise like all others, for those are what a crew waits for.
    """

    def __init__(self, rules: Rules) -> None:
        self._minutes: dict[int, _Minute] = {}
        self._minute = _NONE
        self._at: datetime | None = None
        self._since: datetime | None = None
        self._second = 0.0
        self._waiting: list[tuple[Post, Judgement, float]] = []
        self._passed = 0
        self._share = _ALL
        self._looks: deque[tuple[int, int]] = deque(maxlen=LOOKS)
        self._terms = Terms()
        self._voices = Voices()
        self.heed(rules)

    def __len__(self) -> int:
        """How many things are remembered, of all kinds."""
        return len(self._minutes) + len(self._waiting) + len(self._terms) + len(self._voices)

    def heed(self, rules: Rules) -> None:
        """Go by these rules from now on; what was counted stays."""
        self._own = frozenset(f"#{normal(tag)}" for tag in rules.hashtags[:1])
        self._muted = frozenset(_author(key) for key in rules.muted)
        self._house = frozenset(
            (network, folded(handle))
            for network, handles in rules.house.items()
            for handle in handles
        )
        self._people = {
            (network, folded(handle)): person.id
            for person in rules.people
            for network, handle in person.handles.items()
        }

    # --- every post --------------------------------------------------------------------------

    def take(self, post: Post, judgement: Judgement, at: datetime) -> None:
        """Take in a cleaned post that was never seen before; `at` is when it was received.

        Never raises. Costs about a microsecond where posts that came together have the same `at`.
        """
        if at is not self._at:
            self._turn_to(at)
        minute = self._minute
        minute.posts += 1
        networks, languages = minute.networks, minute.languages
        network, language = post.network, judgement.language
        networks[network] = networks.get(network, 0) + 1
        if language not in languages and len(languages) >= LANGUAGES:
            language = ""
        languages[language] = languages.get(language, 0) + 1
        if judgement.question:
            minute.questions += 1
        flags = judgement.flags
        if flags and (len(flags) > 1 or not flags[0].startswith(("repost", _COPY))):
            minute.flagged += 1
        if judgement.muted or judgement.ours:
            return
        if post.kind != "repost":
            self._voices.remember(post)
        self._passed += 1
        if self._passed * _GOLDEN % _ALL < self._share:
            self._waiting.append((post, judgement, self._second))
            if len(self._waiting) > READ_AT_ONCE:
                # Half of them stay, and of those that come.
                del self._waiting[::2]
                self._share //= 2

    def _turn_to(self, at: datetime) -> None:
        self._at = at
        self._second = at.timestamp()
        number = int(self._second // 60)
        found = self._minutes.get(number)
        if found is None:
            # Those ahead stay as long: a clock that was set back gets there again.
            self._minutes = {
                key: minute for key, minute in self._minutes.items() if abs(key - number) < MINUTES
            }
            found = self._minutes[number] = _Minute()
        self._minute = found

    # --- a look ------------------------------------------------------------------------------

    def look(
        self, now: datetime, *, muted: Container[str] = (), sent: int = 0, answers: int = 0
    ) -> Reading:
        """Say what is going on.

        Meant for once a second, whether anybody watches or not: it reads what came since the last
        look, and what rises is said to rise since a look. `muted` holds "network:author id" of
        those whom operators muted; `sent` and `answers` are told as they are given.
        """
        self._read()
        self._since = self._since or now
        second = now.timestamp()
        number = int(second // 60)
        minutes = [self._minutes.get(number - back, _NONE) for back in reversed(range(MINUTES))]
        passed = sum(passed for passed, _ in self._looks)
        read = sum(read for _, read in self._looks)
        return Reading(
            at=now,
            posts=tuple(minute.posts for minute in minutes),
            questions=tuple(minute.questions for minute in minutes),
            flagged=tuple(minute.flagged for minute in minutes),
            networks=_sums(minute.networks for minute in minutes[-LATELY:]),
            languages=_sums(minute.languages for minute in minutes[-LATELY:]),
            rising=self._terms.rising(second),
            voices=tuple(self._voices.top(self._person, lambda one: self._is_out(one, muted))),
            read=round(read / passed, 3) if passed else 1.0,
            sent=sent,
            answers=answers,
            since=self._since,
        )

    def _read(self) -> None:
        waiting, passed = self._waiting, self._passed
        self._waiting, self._passed = [], 0
        self._looks.append((passed, len(waiting)))
        if self._share < _ALL and passed * self._share < READ_AT_ONCE // 2 * _ALL:
            self._share *= 2
        for post, judgement, second in waiting:
            flags = judgement.flags
            if post.author.bot or any(flag.startswith(_COPY) for flag in flags):
                continue
            who = hash((post.network, post.author.id))
            self._voices.hear(who, post, question=judgement.question)
            if post.kind != "repost" and not any(flag.startswith(_STOPPED) for flag in flags):
                tags = post.tags or tags_in(post.text[:LONGEST_TEXT])
                said = {f"#{normal(tag)}" for tag in tags} - self._own
                self._terms.hear(who, post.text, judgement.language, sorted(said), second)

    def _person(self, voice: Voice) -> str:
        by_id = (voice.network, voice.author.id) if voice.author else None
        return self._people.get((voice.network, voice.handle)) or (
            self._people.get(by_id, "") if by_id else ""
        )

    def _is_out(self, voice: Voice, muted: Container[str]) -> bool:
        key = f"{voice.network}:{voice.author.id}" if voice.author else ""
        return (
            (voice.network, voice.handle) in self._house
            or f"{voice.network}:{voice.handle}" in self._muted
            or (bool(key) and (key in muted or _author(key) in self._muted))
        )


def _author(key: str) -> str:
    network, _, author = key.partition(":")
    return f"{network}:{folded(author)}"


def _sums(counts: Iterable[Mapping[str, int]]) -> tuple[tuple[str, int], ...]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return tuple(sorted(total.items(), key=lambda one: (-one[1], one[0]))[:SHOWN])

"""Top voices: whom people at this event turn to.

Owns the counting of those who answer, quote, repost or name somebody; how much anybody posts counts
for nothing. Never decides who may be heard. Somebody is known by their handle on a network, because
that is how others name them.

Bounded. Somebody gets a place of their own when a second thing happens to them; until then they
wait among the last few thousand, and are forgotten with them. Where there are too many, those go
that set off least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import nlargest

from msgspec import Struct

from eventlive.listening.cleaning import MAX_HANDLE, clean_line
from eventlive.listening.newcomers import Newcomers, forget_oldest
from eventlive.model import Author, Network, Post

SHOWN = 12
VOICES = 512
NEW_VOICES = 8_192
OTHERS = 512
"""Who turned to somebody, remembered; who comes again after as many others counts again."""
SAID = 16_384
"""Posts whose author is remembered, for those who answer them; up to twice as many."""
QUESTIONS_COUNTED = 3
"""Of somebody's questions so many count: it is about who is heard, not about who asks most."""
NAMED_COUNTED = 5
"""Of the handles that a post names; who names more wants something."""

_REPLY, _MENTION, _QUOTE, _REPOST, _QUESTION = range(5)
_WAYS = {"reply": _REPLY, "quote": _QUOTE, "repost": _REPOST}


class TopVoice(Struct, frozen=True, omit_defaults=True):
    """Somebody whom others answer, quote, repost or name: how many different others, at least.

    `others` are those who did any of it; `person` is the id of a listed one.
    """

    network: Network
    handle: str
    name: str = ""
    person: str = ""
    followers: int = 0
    others: int = 0
    replies: int = 0
    mentions: int = 0
    quotes: int = 0
    reposts: int = 0
    questions: int = 0


class Voice:
    """Somebody, and who turned to them; `author` is None until they post."""

    __slots__ = ("_turned", "author", "counts", "handle", "network", "others")

    def __init__(self, network: Network, handle: str) -> None:
        self.network = network
        self.handle = handle
        self.author: Author | None = None
        self.counts = [0, 0, 0, 0, 0]
        self.others = 0
        # Ways of turning to them, as bits.
        self._turned: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._turned)

    def hear(self, who: int, way: int) -> None:
        """Count that somebody turned to them, each once in each way; their questions count all."""
        if way != _QUESTION:
            before = self._turned.get(who, 0)
            if before >> way & 1:
                return
            self.others += not before
            self._turned[who] = before | 1 << way
            forget_oldest(self._turned, OTHERS)
        self.counts[way] += 1

    @property
    def place(self) -> tuple[int, int, str, str]:
        """What they set off, then how many follow them; then what is the same every time."""
        set_off = self.others + min(self.counts[_QUESTION], QUESTIONS_COUNTED)
        return set_off, self.author.followers if self.author else 0, self.network, self.handle


class Voices:
    """Counts by how many people everybody is answered, quoted, reposted and named."""

    __slots__ = ("_new", "_said", "_voices")

    def __init__(self) -> None:
        self._said: Newcomers[tuple[Network, str], Author] = Newcomers(SAID)
        self._voices: dict[tuple[Network, str], Voice] = {}
        self._new: Newcomers[tuple[Network, str], tuple[int, int]] = Newcomers(NEW_VOICES)

    def __len__(self) -> int:
        """How many posts, voices and others are remembered."""
        voices = sum(1 + len(voice) for voice in self._voices.values())
        return len(self._said) + len(self._new) + voices

    def remember(self, post: Post) -> None:
        """Keep in mind whose post this is; for every post, in a third of a microsecond."""
        self._said.put((post.network, post.id), post.author)

    def hear(self, who: int, post: Post, *, question: bool) -> None:
        """Count to whom somebody turns by this post."""
        network, author = post.network, post.author
        own = folded(author.handle)
        if question:
            self._turn(network, own, who, _QUESTION, author)
        for handle, (way, other) in self._turns_to(post).items():
            if handle and handle != own:
                self._turn(network, handle, who, way, other)
        if (voice := self._voices.get((network, own))) is not None:
            voice.author = author

    def top(
        self, person: Callable[[Voice], str], is_out: Callable[[Voice], bool]
    ) -> Iterator[TopVoice]:
        """Yield whom most people turn to; `person` names a listed one, others may be left out."""
        told = 0
        for voice in sorted(self._voices.values(), key=lambda voice: voice.place, reverse=True):
            if not voice.others or is_out(voice):
                continue
            author = voice.author
            replies, mentions, quotes, reposts, questions = voice.counts
            yield TopVoice(
                network=voice.network,
                handle=clean_line(author.handle if author else voice.handle, MAX_HANDLE),
                name=clean_line(author.name) if author else "",
                person=person(voice),
                followers=author.followers if author else 0,
                others=voice.others,
                replies=replies,
                mentions=mentions,
                quotes=quotes,
                reposts=reposts,
                questions=questions,
            )
            told += 1
            if told == SHOWN:
                return

    def _turns_to(self, post: Post) -> dict[str, tuple[int, Author | None]]:
        """Say to whom a post turns, each in one way; who wrote what it refers to, where known."""
        found: dict[str, tuple[int, Author | None]] = {}
        way = _WAYS.get(post.kind)
        if way is not None:
            for key, by in ((post.in_reply_to, way), (post.quoted, _QUOTE)):
                author = self._said.get((post.network, key)) if key else None
                if author is not None:
                    found.setdefault(folded(author.handle), (by, author))
            if not found:
                found = {folded(handle): (way, None) for handle in post.to[:NAMED_COUNTED]}
        # Those that a repost names were named by somebody else.
        if way != _REPOST:
            for handle in post.mentions[:NAMED_COUNTED]:
                found.setdefault(folded(handle), (_MENTION, None))
        return found

    def _turn(
        self, network: Network, handle: str, who: int, way: int, author: Author | None
    ) -> None:
        key = (network, handle)
        voice = self._voices.get(key)
        if voice is None:
            first = self._new.get(key)
            if first is None:
                self._new.put(key, (who, way))
            if first is None or first == (who, way):
                return
            if len(self._voices) >= VOICES:
                self._make_room()
            voice = self._voices[key] = Voice(network, handle)
            voice.hear(*first)
        voice.hear(who, way)
        if author is not None:
            voice.author = author

    def _make_room(self) -> None:
        kept = nlargest(VOICES * 3 // 4, self._voices.items(), key=lambda one: one[1].place)
        self._voices = dict(kept)


def folded(handle: str) -> str:
    """Return the form in which two handles are compared, as `judging` does: ASCII alone folds."""
    handle = handle.removeprefix("@")
    return handle.lower() if handle.isascii() else handle

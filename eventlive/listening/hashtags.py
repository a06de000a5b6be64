"""Hashtags: finding them, comparing them, and telling whether a post is about the event.

Owns what makes two tags the same. What a tag is in a text, `entities` knows as X has it, which the
other networks follow closely enough. Never asks a network.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from eventlive.listening.characters import fold
from eventlive.listening.entities import HASHTAG, hashtags
from eventlive.listening.words import WordList
from eventlive.model import Post


def normal(tag: str) -> str:
    """Return the form in which two tags are compared: no #, case folded, NFKC if not ASCII."""
    tag = tag.strip().lstrip("#＃")
    if tag.isascii():
        return tag.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold())


def tags_in(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text as written, without #, in order; none out of its links."""
    if "＃" not in text:
        if "#" not in text:
            return ()
        # A tag that follows a space is in no link: nearly all do, and are found in half the time.
        if text.count("#") == text.count(" #") + text.startswith("#"):
            return tuple(HASHTAG.findall(text))
    return tuple(span.value for span in hashtags(text))


class Matcher:
    """Tells whether a post is about the event: one of its hashtags, or one of its keywords.

    Tags are compared by `normal`; keywords are entries of a `WordList`, so whole words of any
    script, with `*` for an open edge. With nothing to look for nothing matches: a feed without a
    filter would be a whole network.
    """

    __slots__ = ("_keywords", "_plain", "_tags")

    def __init__(self, hashtags: Iterable[str] = (), keywords: Iterable[str] = ()) -> None:
        self._tags = frozenset(filter(None, map(normal, hashtags)))
        # What must stand in a text before it is worth looking for tags in it; () where that
        # cannot be said so simply.
        self._plain = tuple(self._tags) if all(map(str.isascii, self._tags)) else ()
        self._keywords = WordList(keywords)

    def matches(self, post: Post) -> bool:
        """Tell whether the post is about the event, by its tags, those in its text, its words."""
        for tag in post.tags:
            if normal(tag) in self._tags:
                return True
        text = fold(post.text)
        if (
            ("#" in text or "＃" in text)
            and self._may_hold_tag(text)
            and any(normal(tag) in self._tags for tag in tags_in(post.text))
        ):
            return True
        return bool(self._keywords.find_folded(text))

    def __bool__(self) -> bool:
        return bool(self._tags) or bool(self._keywords)

    def _may_hold_tag(self, text: str) -> bool:
        if not self._plain:
            return bool(self._tags)
        return any(tag in text for tag in self._plain)

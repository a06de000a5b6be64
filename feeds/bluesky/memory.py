"""Which of Bluesky's posts were handed over, and in which revision.

Owns the sorting of what is new from what is heard again: a connection goes back a little, and
edits and leaving accounts concern us only where we had the post. Pure, and bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import assert_never

from eventlive.model import Deleted, Edited, FeedEvent, Post
from feeds.bluesky.frames import Left, Removed, Written

REMEMBERED = 50_000
"""Posts whose ids and revisions are kept, about 15 MB; the oldest are forgotten first."""


class Memory:
    """The newest revision of the last `size` posts; `known` are ids handed over in earlier runs."""

    def __init__(self, known: Iterable[str] = (), size: int = REMEMBERED) -> None:
        self._size = size
        self._here: dict[str, str] = {}
        self._gone: dict[str, str] = {}
        self._authors: Counter[str] = Counter()
        for post_id in known:
            self._keep(post_id, "")

    def events(self, said: Written | Removed | Left) -> list[FeedEvent]:
        """Give what is new in what was heard, and remember it."""
        match said:
            case Written(post, rev, edit, wanted):
                return self._written(post, rev, edit=edit, wanted=wanted)
            case Removed(post_id, rev):
                if self._is_gone(post_id, rev) or rev < self._here.get(post_id, ""):
                    return []
                self._forget(post_id, rev)
                # Whether or not it is remembered: the engine may know it from long ago.
                return [Deleted("bluesky", post_id)]
            case Left(did):
                if not self._authors[did]:
                    return []
                theirs = [one for one in self._here if one.startswith(f"at://{did}/")]
                for post_id in theirs:
                    self._forget(post_id, self._here[post_id])
                return [Deleted("bluesky", post_id) for post_id in theirs]
            case _:
                assert_never(said)

    def _written(self, post: Post, rev: str, *, edit: bool, wanted: bool) -> list[FeedEvent]:
        before = self._here.get(post.id)
        if before is None:
            if not wanted or self._is_gone(post.id, rev):
                return []
            self._keep(post.id, rev)
            return [post]
        if rev <= before or not (edit or before):
            # Its first form comes again; of one known from an earlier run, no revision is known.
            return []
        self._here[post.id] = rev
        return [Edited(post)]

    def _is_gone(self, post_id: str, rev: str) -> bool:
        return post_id in self._gone and rev <= self._gone[post_id]

    def _keep(self, post_id: str, rev: str) -> None:
        self._gone.pop(post_id, None)
        if post_id not in self._here:
            self._authors[_did_of(post_id)] += 1
        self._here[post_id] = rev
        if len(self._here) > self._size:
            self._drop(next(iter(self._here)))

    def _forget(self, post_id: str, rev: str) -> None:
        if post_id in self._here:
            self._drop(post_id)
            self._gone[post_id] = rev
            if len(self._gone) > self._size:
                del self._gone[next(iter(self._gone))]

    def _drop(self, post_id: str) -> None:
        del self._here[post_id]
        did = _did_of(post_id)
        self._authors[did] -= 1
        if not self._authors[did]:
            del self._authors[did]


def _did_of(post_id: str) -> str:
    return post_id.removeprefix("at://").partition("/")[0]

"""Whether a post is the one that was to be said: the account's posts against frozen words.

Owns the comparison, which is all that stands between a lost answer and a post sent twice (X has
no key that would tell them apart). Pure. What X changes in a text must not hide a post: links
grow and shrink, white space is trimmed, a reply may begin with those it answers. What is nearly
the same is neither found nor absent: a person must look.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from eventlive.listening.entities import links
from eventlive.model import Post
from feeds.x.media import Frozen
from feeds.x.texts import timed

_TO = re.compile(r"(?:@\w+\s+)+")
_NO_CHARACTERS = ("Cc", "Cf", "Cs")


class Said(Struct, frozen=True, omit_defaults=True):
    """What is to be posted, frozen: the body of an intent.

    `at` and `attempt` are those of the first try, which the same words keep in later ones;
    `before` are the ids of the parts of the same thread that are out.
    """

    text: str
    at: datetime
    attempt: int
    reply: str = ""
    before: tuple[str, ...] = ()
    pictures: tuple[Frozen, ...] = ()


class Seen(NamedTuple):
    """What a look brought: posts that are it, and such that may be."""

    same: tuple[Post, ...]
    near: tuple[Post, ...]


def compare(said: Said, posts: Iterable[Post], since: datetime, others: Collection[str]) -> Seen:
    """Sort out the posts that were made at `since` or later, on X's clock.

    `others` are ids of posts that are known to be something else of ours.
    """
    ours = _Words(said.text, bool(said.reply))
    same, near = [], []
    for post in posts:
        if post.kind == "repost" or post.id in others or post.id in said.before:
            continue
        if (timed(post.id) or post.created_at) < since:
            continue
        theirs = _Words(post.text, bool(said.reply))
        answers = post.in_reply_to if post.kind == "reply" else ""
        if answers != said.reply and answers:
            continue  # it answers another one, or answers where ours does not
        if ours.whole == theirs.whole and answers == said.reply:
            same.append(post)
        elif ours.bare == theirs.bare and len(ours.links) == len(theirs.links):
            near.append(post)
    return Seen(tuple(same), tuple(near))


class _Words:
    """A text as it can be compared: `bare` has a mark for each link, `whole` the links."""

    def __init__(self, text: str, reply: bool) -> None:
        text = unicodedata.normalize("NFC", text)
        if reply:
            text = _TO.sub("", text.lstrip(), count=1) if _TO.match(text.lstrip()) else text
        pieces, self.links, end = [], [], 0
        for link in links(text):
            pieces.append(text[end : link.start])
            self.links.append(_plain_link(link.value))
            end = link.end
        self.bare = _plain("\x00".join([*pieces, text[end:]]))
        self.whole = (self.bare, *self.links)


def _plain(text: str) -> str:
    kept = (
        sign
        for sign in text
        if sign == "\x00" or sign.isspace() or unicodedata.category(sign) not in _NO_CHARACTERS
    )
    return " ".join("".join(kept).split())


def _plain_link(link: str) -> str:
    """Leave of an address what X keeps of it: not the scheme, not how the host is spelt."""
    address = link.partition("://")[2] or link
    host, slash, rest = address.partition("/")
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    return f"{host.lower()}{slash}{rest}".rstrip("/")

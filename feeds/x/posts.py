"""X's posts: from a body of its API (version 2) to the one shape for all networks.

Owns what a post object and its `includes` mean. Pure. Answers come from a server, and texts in
them from anybody: what has a wrong type is Unreadable, with the place and the reason, and harms no
post beside it.

A post that was edited has another id for every version. Here its id is that of the first one,
under which the desk knows it; its address is the newest one's. X tells of deletions only to
enterprise customers (its compliance streams): none is ever handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct, field
from msgspec.structs import replace

from eventlive.model import Author, Edited, Media, Post
from feeds.x.objects import (
    FAULTS,
    Entities,
    Includes,
    PostObject,
    media_decoder,
    post_decoder,
    user_decoder,
)
from feeds.x.texts import (
    Unreadable,
    address,
    author_in,
    distinct,
    found_in,
    identity,
    is_id,
    language,
    media,
    moment,
    plain,
    readable,
    relation,
    repost,
    short,
    timed,
)

POST_MAX = 1 << 17
"""Bytes of the longest post that is read: X's longest text, and its entities, take a third."""

_T = TypeVar("_T")


class Beside(Struct, frozen=True):
    """What stands beside the posts of a body: their authors, pictures, and what they refer to."""

    authors: dict[str, Author] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    posts: dict[str, PostObject] = field(default_factory=dict)


def read_includes(includes: Includes) -> Beside:
    """Read what stands beside posts; what cannot be read there counts as left out."""
    beside = Beside()
    for user in _each(user_decoder, includes.users):
        if user.id:
            beside.authors[user.id] = Author(
                id=user.id,
                handle=user.username or "",
                name=plain(user.name or ""),
                followers=(user.public_metrics and user.public_metrics.followers_count) or 0,
                verified=bool(user.verified),
            )
    for shown in _each(media_decoder, includes.media):
        # A film is shown by its still.
        address = shown.url or shown.preview_image_url
        if shown.media_key and address:
            beside.media[shown.media_key] = media(
                address, shown.type or "", shown.alt_text, shown.width, shown.height
            )
    for post in (*_each(post_decoder, includes.tweets), *_each(post_decoder, includes.posts)):
        if post.id:
            beside.posts[post.id] = post
    return beside


def _each(decoder: msgspec.json.Decoder[_T], raws: list[Raw] | None) -> Iterator[_T]:
    for raw in raws or ():
        try:
            yield decoder.decode(raw)
        except FAULTS:
            continue


# --- a post ------------------------------------------------------------------------------------


def read_post(raw: bytes, beside: Beside) -> Post | Edited | None:
    """Read a post object; None where it is an object of another kind. Raises Unreadable."""
    if len(raw) > POST_MAX:
        raise Unreadable(f"a post of {len(raw)} bytes; {POST_MAX} is the limit")
    try:
        post = post_decoder.decode(raw)
    except FAULTS as error:
        raise Unreadable(f"no post: {short(error)}") from error
    if post.event_type is not None or post.dm_conversation_id is not None:
        return None
    if post.text is None:
        # Users, lists and rules have no text; only posts have an author or versions.
        if post.author_id or post.edit_history_tweet_ids or post.edit_history_post_ids:
            raise Unreadable("a post without its text")
        return None
    return _edited(post, _read(post, beside))


def _edited(post: PostObject, read: Post) -> Post | Edited:
    versions = post.edit_history_tweet_ids or post.edit_history_post_ids or []
    first = versions[0] if versions else read.id
    if first == read.id or read.id not in versions or not is_id(first):
        return read
    made = timed(first) or read.created_at
    return Edited(replace(read, id=first, created_at=made), read.created_at)


def _read(post: PostObject, beside: Beside) -> Post:
    post_id = identity(post.id)
    note = post.note_tweet or post.note_post
    if note is not None and note.text:
        words = _Words(note.text, note.entities)
    else:
        words = _Words(post.text or "", post.entities)
    relations = _Relations(post, beside, words.links)
    author = beside.authors.get(post.author_id or "") or Author(post.author_id or "", "")
    keys = (post.attachments and post.attachments.media_keys) or []
    made = Post(
        network="x",
        id=post_id,
        created_at=moment(post.created_at, post_id),
        text=words.text,
        author=author,
        url=address(author.handle, post_id),
        language=language(post.lang),
        kind=relations.kind,
        in_reply_to=relations.answered,
        quoted=relations.quoted,
        to=relations.to,
        tags=words.tags,
        mentions=words.mentions,
        links=words.links,
        media=tuple(beside.media[key] for key in keys if key in beside.media),
        sensitive=bool(post.possibly_sensitive),
    )
    original = beside.posts.get(relations.answered) if relations.kind == "repost" else None
    if original is None:
        return made
    try:
        # Without the posts beside it: a repost of itself must not be followed for ever.
        return repost(made, _read(original, replace(beside, posts={})))
    except Unreadable:
        return made


class _Words:
    """A text as a person reads it, and what X marked in it.

    X leaves entities out where there are none, and where nobody asked for them: then the text
    itself is looked through.
    """

    def __init__(self, text: str, marked: Entities | None) -> None:
        if marked is None:
            self.text = plain(text)
            self.tags, self.mentions, self.links = found_in(self.text)
            return
        targets: dict[str, str] = {}
        own = set()
        for url in marked.urls or ():
            if url.media_key or (url.display_url or "").startswith("pic."):
                own.add(url.url or "")
            else:
                targets[url.url or ""] = url.expanded_url or url.url or ""
        self.text = readable(text, targets, own)
        self.tags = distinct(one.tag for one in marked.hashtags or ())
        self.mentions = distinct(one.username for one in marked.mentions or ())
        self.links = distinct(targets.values())


class _Relations:
    """Which posts a post refers to, and whose they are."""

    def __init__(self, post: PostObject, beside: Beside, links: Iterable[str]) -> None:
        references = post.referenced_tweets or post.referenced_posts or []
        by_type = {one.type: one.id or "" for one in reversed(references)}
        answered, self.quoted = by_type.get("replied_to", ""), by_type.get("quoted", "")
        reposted = by_type.get("retweeted", "")
        self.kind, self.answered = relation(answered, reposted, self.quoted)
        self._post, self._beside = post, beside
        to = [self._author_of(answered) or self._addressed()] if answered else []
        if self.quoted:
            to.append(self._author_of(self.quoted) or author_in(links, self.quoted))
        self.to = distinct(to)

    def _author_of(self, post_id: str) -> str:
        post = self._beside.posts.get(post_id)
        return self._handle(post.author_id) if post else ""

    def _addressed(self) -> str:
        """Name who is answered: an answer mentions them, which spares paying for the user."""
        user_id, marked = self._post.in_reply_to_user_id, self._post.entities
        named = (one for one in (marked and marked.mentions) or () if one.id == user_id)
        return self._handle(user_id) or next((one.username or "" for one in named), "")

    def _handle(self, user_id: str | None) -> str:
        author = self._beside.authors.get(user_id or "")
        return author.handle if author else ""

"""X's objects as its API (version 2) sends them: posts, users and pictures, still unread.

Owns their fields, in both spellings that X has used for them. It promises none: every one may be
missing or null, and what has another type is an error of msgspec's that names the place.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct


class Url(Struct):
    """A link in a text, which X writes as an address of t.co."""

    url: str | None = None
    expanded_url: str | None = None
    display_url: str | None = None
    media_key: str | None = None


class Tag(Struct):
    """A hashtag, without its sign."""

    tag: str | None = None


class Mention(Struct):
    """An account that a text names."""

    username: str | None = None
    id: str | None = None


class Entities(Struct):
    """What X marked in a text."""

    hashtags: list[Tag] | None = None
    mentions: list[Mention] | None = None
    urls: list[Url] | None = None


class Note(Struct):
    """The whole of a text that is too long for `text`."""

    text: str | None = None
    entities: Entities | None = None


class Reference(Struct):
    """Another post, and how this one refers to it."""

    type: str | None = None
    id: str | None = None


class Attachments(Struct):
    """What a post carries, by key."""

    media_keys: list[str] | None = None


class PostObject(Struct):
    """A post, or a version of one."""

    id: str | None = None
    text: str | None = None
    author_id: str | None = None
    created_at: str | None = None
    lang: str | None = None
    entities: Entities | None = None
    note_tweet: Note | None = None
    note_post: Note | None = None
    referenced_tweets: list[Reference] | None = None
    referenced_posts: list[Reference] | None = None
    edit_history_tweet_ids: list[str] | None = None
    edit_history_post_ids: list[str] | None = None
    attachments: Attachments | None = None
    in_reply_to_user_id: str | None = None
    possibly_sensitive: bool | None = None
    # What is said to one person alone has these.
    event_type: str | None = None
    dm_conversation_id: str | None = None


class Metrics(Struct):
    """What is counted of a user."""

    followers_count: int | None = None


class UserObject(Struct):
    """An account."""

    id: str | None = None
    username: str | None = None
    name: str | None = None
    verified: bool | None = None
    public_metrics: Metrics | None = None


class MediaObject(Struct):
    """A picture, a film or a moving picture."""

    media_key: str | None = None
    type: str | None = None
    url: str | None = None
    preview_image_url: str | None = None
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None


class Includes(Struct):
    """`includes` as X sends them, each object still unread."""

    users: list[Raw] | None = None
    media: list[Raw] | None = None
    tweets: list[Raw] | None = None
    posts: list[Raw] | None = None


post_decoder = msgspec.json.Decoder(PostObject)
user_decoder = msgspec.json.Decoder(UserObject)
media_decoder = msgspec.json.Decoder(MediaObject)

FAULTS = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a decoder raises over what it cannot read."""

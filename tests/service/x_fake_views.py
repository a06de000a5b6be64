"""Posts, people and pictures as X's JSON: the fields asked for, what they refer to, both spellings.

Owns which fields stand in an answer and what goes into `includes`. Written in the newest names;
`spelt` gives the older ones. Charges for what it gives away; decides nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.service.x_fake_archive import Json, Media, User, XPost, written
from tests.service.x_fake_world import World
from tests.service.x_openapi import Spelling

_OLDER = {
    "edit_history_post_ids": "edit_history_tweet_ids",
    "referenced_posts": "referenced_tweets",
    "note_post": "note_tweet",
    "repost_count": "retweet_count",
    "post_count": "tweet_count",
    "total_post_count": "total_tweet_count",
    "posts": "tweets",
    "pinned_post_id": "pinned_tweet_id",
    "most_recent_post_id": "most_recent_tweet_id",
}
_NEWER = {older: newer for newer, older in _OLDER.items()} | {
    "referenced_tweets.id": "referenced_posts",
    "referenced_tweets.id.author_id": "referenced_posts.author_id",
    "referenced_tweets.id.attachments.media_keys": "referenced_posts.media_keys",
}


def spelt(body: Any, spelling: Spelling) -> Any:
    """Write an answer in the names of a version."""
    if spelling == "post":
        return body
    if isinstance(body, dict):
        return {_OLDER.get(key, key): spelt(value, spelling) for key, value in body.items()}
    return [spelt(one, spelling) for one in body] if isinstance(body, list) else body


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fields and expansions that a request asks for, in the newest names."""

    post: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        def names(*parameters: str) -> frozenset[str]:
            given = (name for one in parameters for name in query.get(one, "").split(",") if name)
            return frozenset(_NEWER.get(name, name) for name in given)

        return cls(
            names("post.fields", "tweet.fields"),
            names("user.fields"),
            names("media.fields"),
            names("expansions"),
        )


@dataclass(slots=True)
class View:
    """An answer in the making: what was given away goes into `includes` once."""

    world: World
    wanted: Wanted
    own: bool = False
    """Whether the posts are the asker's own, which are cheaper."""
    _users: dict[str, User] = field(default_factory=dict)
    _posts: dict[str, XPost] = field(default_factory=dict)
    _media: dict[str, Media] = field(default_factory=dict)

    def post(self, post: XPost) -> Json:
        """Write a post, and note what it refers to."""
        self.world.bill.read("post", post.id, self.own)
        made = self._plain(post)
        self._expand(post)
        return made

    def posts(self, posts: Iterable[XPost]) -> list[Json]:
        return [self.post(post) for post in posts]

    def user(self, user: User, own: bool = False) -> Json:
        """Write a person."""
        self.world.bill.read("user", user.id, own)
        fields: dict[str, Callable[[], Any]] = {
            "created_at": lambda: written(user.created_at),
            "description": lambda: user.description,
            "profile_image_url": lambda: user.picture,
            "protected": lambda: user.protected,
            "verified": lambda: user.verified,
            "verified_type": lambda: "blue" if user.verified else "none",
            "public_metrics": lambda: {
                "followers_count": user.followers,
                "following_count": user.following,
                "post_count": user.posts,
                "listed_count": 0,
            },
        }
        asked = {name: fields[name]() for name in fields if name in self.wanted.user}
        return {"id": user.id, "name": user.name, "username": user.username} | asked

    def includes(self) -> Json:
        """Write what the posts refer to, as far as it was asked for; empty where nothing was."""
        found = {
            "users": [self.user(user) for user in self._users.values()],
            "posts": [self._referred(post) for post in self._posts.values()],
            "media": [self._picture(media) for media in self._media.values()],
        }
        return {name: rows for name, rows in found.items() if rows}

    # --- pieces -------------------------------------------------------------------------------

    def _plain(self, post: XPost) -> Json:
        fields: dict[str, Callable[[], Any]] = {
            "attachments": lambda: {"media_keys": [media.key for media in post.media]},
            "author_id": lambda: post.author.id,
            "conversation_id": lambda: post.conversation,
            "created_at": lambda: written(post.at),
            "entities": lambda: post.entities,
            "in_reply_to_user_id": lambda: post.to.id if post.to else None,
            "lang": lambda: post.lang,
            "note_post": lambda: post.note,
            "possibly_sensitive": lambda: post.sensitive,
            "public_metrics": lambda: post.metrics,
            "referenced_posts": lambda: [
                {"type": how, "id": post_id} for how, post_id in post.references
            ],
            "reply_settings": lambda: "everyone",
        }
        asked = self.wanted.post | {
            # An expansion brings the field that it expands.
            name.partition(".")[0]
            for name in self.wanted.expansions
        }
        found = {name: fields[name]() for name in fields if name in asked}
        nothing: tuple[object, ...] = (None, [], {}, {"media_keys": []})
        return {
            "id": post.id,
            "text": post.text,
            "edit_history_post_ids": [post.id],
        } | {name: value for name, value in found.items() if value not in nothing}

    def _expand(self, post: XPost) -> None:
        wanted = self.wanted.expansions
        if "author_id" in wanted:
            self._note(post.author)
        if "in_reply_to_user_id" in wanted and post.to:
            self._note(post.to)
        if "entities.mentions.username" in wanted:
            for mention in post.entities.get("mentions", ()):
                self._note(self.world.archive.users[mention["id"]])
        if "attachments.media_keys" in wanted:
            self._media |= {media.key: media for media in post.media}
        for _, post_id in post.references:
            referred = self.world.archive.post(post_id)
            if referred is None:
                continue
            if any(name.startswith("referenced_posts") for name in wanted):
                self._posts[post_id] = referred
            if "referenced_posts.author_id" in wanted:
                self._note(referred.author)
            if "referenced_posts.media_keys" in wanted:
                self._media |= {media.key: media for media in referred.media}

    def _note(self, user: User) -> None:
        self._users[user.id] = user

    def _referred(self, post: XPost) -> Json:
        self.world.bill.read("post", post.id)
        return self._plain(post)

    def _picture(self, media: Media) -> Json:
        fields: dict[str, Any] = {
            "url": f"https://pbs.twimg.com/media/{media.id}.jpg",
            "alt_text": media.alt,
            "width": media.width,
            "height": media.height,
        }
        asked = {name: fields[name] for name in fields if name in self.wanted.media}
        if not media.alt:
            asked.pop("alt_text", None)
        return {"media_key": media.key, "type": "photo"} | asked

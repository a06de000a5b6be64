"""What a fake X holds: people, pictures and posts, with the entities that X finds in a text.

Owns ids (snowflakes, as X gives them), shortening of links to t.co, the forms that replies,
quotes, reposts and long posts take, and what a query sees of a post. Never answers requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.service.x_fake_query import Subject

EPOCH_MS = 1288834974657
"""The first millisecond of ids: an id holds its time from here, shifted by 22 bits."""
LONG = 280
"""Characters above which a post is a long one (`note_tweet`), counted simply."""

_TLD = r"(?:com|org|net|example|io|co|de|uk)"
_URL = re.compile(
    rf"https?://[^\s<>\"]+[^\s<>\".,;:!?)'\]]|(?<![\w@#$./-])(?:[\w-]+\.)+{_TLD}\b(?:/[^\s<>\"]*)?",
    re.IGNORECASE,
)
_TAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d]\w*)")
_CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,6})\b")
_MENTION = re.compile(r"(?<![\w@/])[@＠]([A-Za-z0-9_]{1,15})(?![\w@])")
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Json = dict[str, Any]


def moment_of(post_id: int) -> datetime:
    """Give the time that an id holds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=(post_id >> 22) + EPOCH_MS)


def first_id_at(moment: datetime) -> int:
    """Give the lowest id that can be made at a time."""
    return (round(moment.timestamp() * 1000) - EPOCH_MS) << 22


def written(moment: datetime) -> str:
    """Write a time as X does, in milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03}Z"
    )


@dataclass(slots=True)
class User:
    """A person on X; `username` without @."""

    id: str
    username: str
    name: str
    created_at: datetime
    followers: int = 0
    following: int = 0
    posts: int = 0
    verified: bool = False
    protected: bool = False
    description: str = ""
    picture: str = "https://pbs.twimg.com/profile_images/1/picture_normal.png"


@dataclass(slots=True)
class Media:
    """A picture, from the start of its upload on; `parts` are its bytes by segment."""

    id: str
    owner: str
    mime: str
    size: int
    alt: str = ""
    parts: dict[int, bytes] = field(default_factory=dict, repr=False)
    ready: bool = False
    width: int = 640
    height: int = 480

    @property
    def key(self) -> str:
        return f"3_{self.id}"

    @property
    def content(self) -> bytes:
        return b"".join(self.parts[index] for index in sorted(self.parts))


@dataclass(slots=True)
class XPost:
    """A post as it is read back: `text` has t.co links and &amp;, `raw` is what was written."""

    id: str
    author: User
    raw: str
    text: str
    at: datetime
    entities: Json
    references: list[tuple[str, str]] = field(default_factory=list)
    to: User | None = None
    conversation: str = ""
    lang: str = "en"
    media: tuple[Media, ...] = ()
    note: Json | None = None
    sensitive: bool = False
    metrics: Json = field(default_factory=dict)
    deleted: bool = False

    @property
    def number(self) -> int:
        return int(self.id)

    @property
    def url(self) -> str:
        return f"https://x.com/{self.author.username}/status/{self.id}"

    def referred(self, how: str) -> str:
        return next((post_id for kind, post_id in self.references if kind == how), "")

    def names(self, user: User) -> bool:
        """Say whether the post mentions somebody."""
        every = [*self.entities.get("mentions", ())]
        if self.note:
            every += self.note.get("entities", {}).get("mentions", ())
        return any(one["username"].lower() == user.username.lower() for one in every)


class Archive:
    """Everybody and everything on this X, by id. Names are found whatever their case."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last = 0
        self._ids: set[int] = set()
        self._names: dict[str, User] = {}
        self.users: dict[str, User] = {}
        self.posts: dict[str, XPost] = {}
        """In the order in which they were said; deleted ones stay, marked."""
        self.media: dict[str, Media] = {}

    def new_id(self, at: datetime | None = None) -> str:
        """Make an id; two of the same millisecond differ, and later ones are higher."""
        lowest = first_id_at(at or self._clock())
        made = lowest if at else max(lowest, self._last + 1)
        while made in self._ids:
            made += 1
        self._ids.add(made)
        self._last = max(self._last, made)
        return str(made)

    def user(self, username: str, **fields: Any) -> User:
        """Give a person by name, made where there is none; `fields` are set."""
        key = username.removeprefix("@")
        known = self.named(key)
        if known is None:
            now = self._clock()
            known = User(str(1000 + len(self.users)), key, key.title(), now - timedelta(days=900))
            self.users[known.id] = self._names[key.lower()] = known
        for name, value in fields.items():
            setattr(known, name, value)
        return known

    def named(self, username: str) -> User | None:
        return self._names.get(username.removeprefix("@").lower())

    def post(self, post_id: str) -> XPost | None:
        """Give a post that is there; None where it never was or is deleted."""
        found = self.posts.get(post_id)
        return None if found is None or found.deleted else found

    def newest_first(self) -> list[XPost]:
        """List the posts that are there, the highest id first."""
        there = [post for post in self.posts.values() if not post.deleted]
        return sorted(there, key=lambda post: post.number, reverse=True)

    def add(
        self,
        author: User,
        text: str,
        *,
        reply_to: XPost | None = None,
        quotes: XPost | None = None,
        reposts: XPost | None = None,
        media: Iterable[Media] = (),
        at: datetime | None = None,
        lang: str = "en",
        sensitive: bool = False,
        prefix: bool = True,
        metrics: Json | None = None,
    ) -> XPost:
        """Put a post in. A reply begins with whom it answers, as X's do, where `prefix`."""
        post_id = self.new_id(at)
        references: list[tuple[str, str]] = []
        pictures = tuple(media)
        ends: list[tuple[str, str]] = []
        if reply_to is not None:
            references.append(("replied_to", reply_to.id))
            text = addressed(text, author, reply_to) if prefix else text
        if quotes is not None:
            references.append(("quoted", quotes.id))
            ends.append((quotes.url, ""))
        if reposts is not None:
            references.append(("retweeted", reposts.id))
            text = f"RT @{reposts.author.username}: {reposts.raw}"
            text = text if len(text) <= 140 else text[:139] + "…"
        own = f"https://x.com/{author.username}/status/{post_id}/photo/1"
        ends += [(own, picture.key) for picture in pictures]
        note: Json | None = None
        if len(text) > LONG and reposts is None:
            whole, entities = self._compose(post_id, text, ends)
            note = {"text": whole, **({"entities": entities} if entities else {})}
            cut = text[: LONG - 30].rsplit(" ", 1)[0] + "…"
            ends = [(f"https://x.com/i/web/status/{post_id}", ""), *ends]
            shown, entities = self._compose(post_id, cut, ends)
        else:
            shown, entities = self._compose(post_id, text, ends)
        made = XPost(
            post_id,
            author,
            text,
            shown,
            moment_of(int(post_id)),
            entities,
            references,
            reply_to.author if reply_to else None,
            reply_to.conversation if reply_to else post_id,
            lang,
            pictures,
            note,
            sensitive,
            {
                "repost_count": 0,
                "reply_count": 0,
                "like_count": 0,
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": 0,
            }
            | (metrics or {}),
        )
        self.posts[post_id] = made
        author.posts += 1
        return made

    def _compose(
        self, post_id: str, text: str, ends: Iterable[tuple[str, str]]
    ) -> tuple[str, Json]:
        """Write a text as X gives it, and its entities (offsets in code points of that text)."""
        urls: list[Json] = []
        shown, at = "", 0

        def shorten(expanded: str, key: str = "") -> None:
            nonlocal shown
            short = f"https://t.co/{_short(int(post_id), len(urls))}"
            display = re.sub(r"^https?://(www\.)?", "", expanded)
            display = f"pic.x.com/{short[-10:]}" if key else display
            display = display if len(display) <= 27 else display[:26] + "…"
            urls.append(
                {
                    "start": len(shown),
                    "end": len(shown) + len(short),
                    "url": short,
                    "expanded_url": expanded,
                    "display_url": display,
                    **({"media_key": key} if key else {}),
                }
            )
            shown += short

        for found in _URL.finditer(text):
            shown += _escape(text[at : found.start()])
            link = found[0]
            shorten(link if "://" in link else f"http://{link}")
            at = found.end()
        shown += _escape(text[at:])
        for expanded, key in ends:
            shown += " " if shown else ""
            shorten(expanded, key)
        entities: Json = {"urls": urls} if urls else {}
        for name, pattern, value in (
            ("hashtags", _TAG, "tag"),
            ("cashtags", _CASHTAG, "tag"),
            ("mentions", _MENTION, "username"),
        ):
            marks: list[Json] = [
                {"start": one.start(), "end": one.end(), value: one[1]}
                for one in pattern.finditer(shown)
            ]
            if name == "mentions":
                # Only a name that is somebody's is a mention.
                people = [(mark, self.named(mark["username"])) for mark in marks]
                marks = [mark | {"id": user.id} for mark, user in people if user is not None]
            if marks:
                entities[name] = marks
        return shown, entities

    def subject(self, post: XPost) -> Subject:
        """Give what a query sees of a post: a long one whole."""
        source = post.note or {"text": post.text, "entities": post.entities}
        entities = source.get("entities", {})
        urls = [link for link in entities.get("urls", ()) if "media_key" not in link]
        text = re.sub(r"https://t\.co/\w+", " ", source["text"])
        kinds = {"retweeted": "retweet", "replied_to": "reply", "quoted": "quote"}
        original = self.posts.get(post.referred("retweeted"))
        return Subject(
            text=_plain(text),
            author=frozenset({post.author.username.lower(), post.author.id}),
            to=_both(post.to),
            tags=frozenset(tag["tag"].lower() for tag in entities.get("hashtags", ())),
            cashtags=frozenset(tag["tag"].lower() for tag in entities.get("cashtags", ())),
            mentions=frozenset(one["username"].lower() for one in entities.get("mentions", ())),
            urls=tuple(link["expanded_url"] for link in urls),
            kinds=frozenset(kinds[kind] for kind, _ in post.references)
            | (frozenset({"verified"}) if post.author.verified else frozenset()),
            has=frozenset(name for name in ("hashtags", "cashtags", "mentions") if name in entities)
            | (frozenset({"links"}) if urls else frozenset())
            | (frozenset({"media", "images"}) if post.media else frozenset()),
            lang=post.lang,
            conversation=post.conversation,
            reposted=_both(original.author if original else None),
        )


def addressed(text: str, author: User, target: XPost) -> str:
    """Begin a reply with whom it answers, as X does, unless it names them or is one's own."""
    named = {found.lower() for found in _MENTION.findall(text)}
    if target.author is author or target.author.username.lower() in named:
        return text
    return f"@{target.author.username} {text}"


def has_link(text: str) -> bool:
    """Say whether X would find a link in a text."""
    return _URL.search(text) is not None


def cashtags(text: str) -> int:
    """Count the cashtags of a text."""
    return len(_CASHTAG.findall(text))


def _both(user: User | None) -> frozenset[str]:
    return frozenset() if user is None else frozenset({user.username.lower(), user.id})


def _short(post_id: int, index: int) -> str:
    value, out = post_id * 31 + index, ""
    while len(out) < 10:
        value, digit = divmod(value, 62)
        out += _BASE62[digit]
    return out


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

"""Mastodon's statuses: from a server's JSON to the one shape for all networks.

Owns what a Status entity means, as Mastodon 4 writes it and as Pleroma, Misskey's relatives and
GoToSocial write it in its likeness. Pure. What a server says comes from anybody: a field that is
not of the entity's shape is left out, and a status without an id, an author, a time or an open
audience is no post.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from eventlive import errors
from eventlive.model import Author, Media, Post, PostKind
from feeds.mastodon.markup import handle_of, read_html

OPEN = frozenset({"public", "unlisted"})
"""The audiences whose posts may reach a wall."""

POLL_MAX = 20
"""Options of a poll that are shown."""

_MEDIA = {"image": "image", "video": "video", "gifv": "gif"}  # sound alone has nothing to show


class Unreadable(ValueError):
    """Something that holds no usable post; the text says why."""


class Withheld(Unreadable, errors.Withheld):
    """A post that is not for everybody."""


class Named(Struct, frozen=True):
    """What a server's own number of a status stands for: its uri, and its author's handle."""

    uri: str
    handle: str


class Told(Struct, frozen=True):
    """A status as a server tells it.

    `number` is the server's own id of it. `asks` is the number of the status that it answers,
    where `names` did not know it.
    """

    post: Post
    number: str
    edited_at: datetime | None = None
    asks: str = ""


def read_status(status: object, host: str, names: Mapping[str, Named]) -> Told:
    """Make a post of a Status entity.

    `host` completes the handles of the server's own people; "" reads it from their addresses.
    `names` says what the server's numbers stand for. Raises Unreadable, and Withheld where the
    post is for followers or for those named in it.
    """
    fields = object_of(status)
    number, uri = string_of(fields.get("id")), string_of(fields.get("uri"))
    if not number or not uri:
        raise Unreadable("no status: it has no id and uri")
    audience = string_of(fields.get("visibility"))
    if audience not in OPEN:
        raise Withheld(f"a status for {audience or 'an unknown'} audience is not for a wall")
    created_at = moment(fields.get("created_at"))
    if created_at is None:
        raise Unreadable(f"{uri[:200]} does not say when it was written")
    author = _author(object_of(fields.get("account")), host)
    edited_at = moment(fields.get("edited_at"))
    if repeated := object_of(fields.get("reblog")):
        # One level, as in the network: what is repeated repeats nothing itself.
        told = read_status({**repeated, "reblog": None}, host, names)
        post = replace(
            told.post,
            id=uri,
            author=author,
            created_at=created_at,
            kind="repost",
            in_reply_to=told.post.id,
            quoted="",
            to=(),
        )
        return Told(post, number, edited_at)
    relation = _Relation(fields, author, host, names)
    people = _people(fields, host)
    reading = read_html(
        string_of(fields.get("content")), people, leave_quote=bool(object_of(fields.get("quote")))
    )
    card = string_of(object_of(fields.get("card")).get("url"))
    post = Post(
        network="mastodon",
        id=uri,
        created_at=created_at,
        text="\n\n".join(filter(None, (reading.text, _poll(object_of(fields.get("poll")))))),
        author=author,
        url=string_of(fields.get("url")) or uri,
        language=string_of(fields.get("language")).partition("-")[0].lower()[:8],
        kind=relation.kind,
        in_reply_to=relation.answered if relation.kind == "reply" else relation.quoted,
        quoted=relation.quoted,
        to=relation.to,
        tags=_distinct(string_of(tag.get("name")).lstrip("#") for tag in _each(fields, "tags")),
        mentions=_distinct(people.values()),
        links=_distinct((*reading.links, card)),
        media=tuple(filter(None, map(_media, _each(fields, "media_attachments")))),
        sensitive=fields.get("sensitive") is True,
        warning=string_of(fields.get("spoiler_text")),
    )
    return Told(post, number, edited_at, relation.asks)


def name_of(status: object, host: str) -> Named | None:
    """Say what a status's number stands for; None where it is no status, whoever may read it."""
    fields = object_of(status)
    uri = string_of(fields.get("uri"))
    try:
        return Named(uri, _author(object_of(fields.get("account")), host).handle) if uri else None
    except Unreadable:
        return None


def answering(told: Told, parent: Named) -> Told:
    """Give a reply with what it answers filled in."""
    post = told.post
    to = _distinct((parent.handle, *post.to))
    return replace(told, post=replace(post, in_reply_to=parent.uri, to=to), asks="")


class _Relation:
    """What a status answers and quotes, and whose that was."""

    def __init__(
        self, fields: dict[str, Any], author: Author, host: str, names: Mapping[str, Named]
    ) -> None:
        self.asks = ""
        self.answered = ""
        self.kind: PostKind = "post"
        parent = string_of(fields.get("in_reply_to_id"))
        handles: list[str] = []
        if parent:
            self.kind = "reply"
            if named := names.get(parent):
                self.answered = named.uri
                handles.append(named.handle)
            else:
                self.asks = parent
                handles.append(_parent_author(fields, author, host))
        named = _quoted(object_of(fields.get("quote")), host, names)
        self.quoted = named.uri if named else ""
        if named:
            self.kind = self.kind if parent else "quote"
            handles.append(named.handle)
        self.to = _distinct(handles)


def _parent_author(fields: dict[str, Any], author: Author, host: str) -> str:
    """Find whose status was answered; the entity gives a number, and its mentions the handles."""
    account = string_of(fields.get("in_reply_to_account_id"))
    if account and account == string_of(object_of(fields.get("account")).get("id")):
        return author.handle
    for mention in _each(fields, "mentions"):
        if account and account == string_of(mention.get("id")):
            return _handle(mention, host)
    return ""


def _quoted(quote: dict[str, Any], host: str, names: Mapping[str, Named]) -> Named | None:
    """Find what is quoted; a quote that was refused or taken back leads nowhere."""
    status = quote.get("quoted_status")
    if status is None and "state" not in quote:
        status = quote  # Pleroma's relatives put the status itself there
    return name_of(status, host) or names.get(string_of(quote.get("quoted_status_id")))


def _author(account: dict[str, Any], host: str) -> Author:
    handle = _handle(account, host)
    if not handle:
        raise Unreadable("a status without its author")
    followers = account.get("followers_count")
    return Author(
        id=handle.lower(),
        handle=handle,
        name=string_of(account.get("display_name")),
        # A server that hides the number says -1 or leaves it out.
        followers=max(followers, 0) if isinstance(followers, int) else 0,
        bot=account.get("bot") is True,
    )


def _handle(account: Mapping[str, Any], host: str) -> str:
    """Give user@host; a server leaves its own name out for its own people."""
    name, url = string_of(account.get("acct")), string_of(account.get("url"))
    if not name or "@" in name:
        return name
    try:
        host = host or urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
    return f"{name}@{host}" if host else ""


def _people(fields: dict[str, Any], host: str) -> dict[str, str]:
    """Give the handles of those named in a status by the addresses of their profiles."""
    people: dict[str, str] = {}
    for mention in _each(fields, "mentions"):
        url = string_of(mention.get("url"))
        if handle := _handle(mention, host) or handle_of(url):
            people[url or handle] = handle
    return people


def _poll(poll: dict[str, Any]) -> str:
    lines = []
    for option in list(_each(poll, "options"))[:POLL_MAX]:
        votes = option.get("votes_count")  # hidden until the end in some polls
        said = f" ({votes})" if isinstance(votes, int) else ""
        lines.append(f"[ ] {' '.join(string_of(option.get('title')).split())}{said}")
    return "\n".join(lines)


def _media(attachment: dict[str, Any]) -> Media | None:
    kind = _MEDIA.get(string_of(attachment.get("type")))
    url = string_of(attachment.get("url")) or string_of(attachment.get("remote_url"))
    if kind is None or not url:
        return None
    size = object_of(object_of(attachment.get("meta")).get("original"))
    return Media(
        url=url,
        kind=kind,  # type: ignore[arg-type]  # the values of _MEDIA are Media's kinds
        alt=string_of(attachment.get("description")),
        width=_pixels(size.get("width")),
        height=_pixels(size.get("height")),
    )


# --- what JSON may hold --------------------------------------------------------------------------


def moment(text: object) -> datetime | None:
    """Read an ISO 8601 time; None where it is none, or has no zone."""
    try:
        said = datetime.fromisoformat(string_of(text))
        return said.astimezone(UTC) if said.tzinfo else None
    except (ValueError, OverflowError):
        return None


def string_of(value: object) -> str:
    """Give a value that is a text; "" for any other."""
    return value if isinstance(value, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """Give a value that is a JSON object; an empty one for any other."""
    return value if isinstance(value, dict) else {}


def _each(fields: Mapping[str, Any], name: str) -> Iterable[dict[str, Any]]:
    values = fields.get(name)
    return map(object_of, values) if isinstance(values, list) else ()


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _pixels(value: object) -> int:
    return value if isinstance(value, int) and 0 < value <= 100_000 else 0

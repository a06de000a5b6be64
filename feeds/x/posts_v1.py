"""X's posts as version 1.1 of its API wrote them, and its archives still do.

Owns what a status object means; a status holds its author, its pictures and the status that it
repeats, whole. Pure. The feed never meets one: only saved recordings hold them.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import msgspec
from msgspec import Struct

from eventlive.model import Author, Media, Post
from feeds.x.objects import FAULTS
from feeds.x.texts import (
    Unreadable,
    address,
    author_in,
    distinct,
    identity,
    language,
    media,
    moment,
    plain,
    readable,
    relation,
    repost,
    short,
)


class _Tag(Struct):
    text: str | None = None


class _Mention(Struct):
    screen_name: str | None = None


class _Url(Struct):
    url: str | None = None
    expanded_url: str | None = None


class _Size(Struct):
    w: int | None = None
    h: int | None = None


class _Media(Struct):
    url: str | None = None
    media_url_https: str | None = None
    media_url: str | None = None
    type: str | None = None
    ext_alt_text: str | None = None
    sizes: dict[str, _Size] | None = None


class _Entities(Struct):
    hashtags: list[_Tag] | None = None
    user_mentions: list[_Mention] | None = None
    urls: list[_Url] | None = None
    media: list[_Media] | None = None


class _User(Struct):
    id_str: str | None = None
    screen_name: str | None = None
    name: str | None = None
    followers_count: int | None = None
    verified: bool | None = None


class _Body(Struct):
    """A text and what belongs to it: a status's own, or the whole one beside a text cut short."""

    full_text: str | None = None
    entities: _Entities | None = None
    extended_entities: _Entities | None = None


class _Status(_Body):
    id_str: str | None = None
    text: str | None = None
    created_at: str | None = None
    user: _User | None = None
    lang: str | None = None
    extended_tweet: _Body | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_screen_name: str | None = None
    quoted_status_id_str: str | None = None
    quoted_status: _Status | None = None
    retweeted_status: _Status | None = None
    possibly_sensitive: bool | None = None


_status = msgspec.json.Decoder(_Status)


def read_status(raw: bytes) -> Post:
    """Read a status object. Raises Unreadable."""
    try:
        status = _status.decode(raw)
    except FAULTS as error:
        raise Unreadable(f"no status: {short(error)}") from error
    return _read(status)


def _read(status: _Status) -> Post:
    post_id = identity(status.id_str)
    if status.user is None or not status.user.id_str:
        raise Unreadable("a status without its author")
    body = status.extended_tweet or status
    text = body.full_text or status.text
    if text is None:
        raise Unreadable("a status without its text")
    marked = body.entities or _Entities()
    shown = (body.extended_entities or status.extended_entities or marked).media or []
    links = {one.url or "": one.expanded_url or one.url or "" for one in marked.urls or ()}
    answered = status.in_reply_to_status_id_str or ""
    quoted = status.quoted_status_id_str or ""
    original = status.retweeted_status
    kind, refers = relation(answered, (original and original.id_str) or "", quoted)
    to = [status.in_reply_to_screen_name] if answered else []
    if quoted:
        quotes = status.quoted_status and status.quoted_status.user
        to.append((quotes and quotes.screen_name) or author_in(links.values(), quoted))
    handle = status.user.screen_name or ""
    made = Post(
        network="x",
        id=post_id,
        created_at=moment(_iso(status.created_at), post_id),
        text=readable(text, links, [one.url or "" for one in shown]),
        author=Author(
            id=status.user.id_str,
            handle=handle,
            name=plain(status.user.name or ""),
            followers=status.user.followers_count or 0,
            verified=bool(status.user.verified),
        ),
        url=address(handle, post_id),
        language=language(status.lang),
        kind=kind,
        in_reply_to=refers,
        quoted=quoted,
        to=distinct(to),
        tags=distinct(one.text for one in marked.hashtags or ()),
        mentions=distinct(one.screen_name for one in marked.user_mentions or ()),
        links=distinct(links.values()),
        media=tuple(_picture(one) for one in shown if one.media_url_https or one.media_url),
        sensitive=bool(status.possibly_sensitive),
    )
    return repost(made, _read(original)) if kind == "repost" and original else made


def _picture(shown: _Media) -> Media:
    size = (shown.sizes or {}).get("large") or _Size()
    still = shown.media_url_https or shown.media_url or ""
    return media(still, shown.type or "", shown.ext_alt_text, size.w, size.h)


def _iso(said: str | None) -> str | None:
    """Rewrite "Wed Aug 12 17:01:42 +0000 2020", whatever language this machine speaks."""
    parts = (said or "").split()
    if len(parts) != 6:
        return said
    _, month, day, time, zone, year = parts
    try:
        return parsedate_to_datetime(f"{day} {month} {year} {time} {zone}").isoformat()
    except ValueError:
        return said

"""X's texts, ids and times: what posts of both versions of its API have in common.

Owns the way from what X writes (short links, escaped signs, ids that hold a moment) to what a
person reads. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from eventlive.listening.entities import hashtags, links, mentions
from eventlive.model import Edited, Media, Post, PostKind

FIRST_TIMED = 29_700_000_000
"""Ids above it hold the moment at which they were given; before, X counted (November 2010)."""

TICK = 22
"""Bits of an id below its milliseconds."""

_TWEPOCH = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1_288_834_974_657)
_ID = re.compile(r"[0-9]{1,19}")
_HANDLE = re.compile(r"\w{1,50}", re.ASCII)
_SHORT = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
_STATUS = re.compile(r"https?://(?:\w+\.)?(?:x|twitter)\.com/(\w{1,50})/status/([0-9]+)", re.ASCII)
_NO_LANGUAGE = frozenset("und zxx art qam qct qht qme qst".split())
_RENAMED = {"in": "id", "iw": "he"}


class Unreadable(ValueError):
    """A body, or a post in it, that cannot be read; the text says where and why.

    `events` are those of the same body that could be read all the same.
    """

    def __init__(self, reason: str, events: tuple[Post | Edited, ...] = ()) -> None:
        super().__init__(reason)
        self.events = events


def is_id(said: str) -> bool:
    """Tell whether this can be an id: a number of at most 19 digits."""
    return _ID.fullmatch(said) is not None


def identity(said: str | None) -> str:
    """Return an id as it is; raises Unreadable where it is none."""
    if said is None or not is_id(said):
        raise Unreadable(f"no id of a post: {str(said)[:40]!r}")
    return said


def timed(post_id: str) -> datetime | None:
    """Give the moment that an id holds, to the millisecond; None where it holds none."""
    number = int(post_id)
    if number < FIRST_TIMED:
        return None
    return _TWEPOCH + timedelta(milliseconds=number >> TICK)


def id_at(moment: datetime) -> int:
    """Give the id below which nothing was posted at or after a moment."""
    return max(0, (moment - _TWEPOCH) // timedelta(milliseconds=1)) << TICK


def moment(said: str | None, post_id: str) -> datetime:
    """Give the time of a post: what is said, else what its id holds. Raises Unreadable."""
    if said is None:
        made = timed(post_id)
        if made is None:
            raise Unreadable("a post without its time, which its id does not hold either")
        return made
    try:
        made = datetime.fromisoformat(said)
        if made.tzinfo is None:
            raise ValueError("it has no zone")
        return made.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"no time of a post: {said[:40]!r}") from error


def readable(text: str, links: Mapping[str, str], dropped: Iterable[str] = ()) -> str:
    """Write a text as a person reads it: links in full, without those to its own pictures.

    X's own offsets are not needed: it writes every link as an address of t.co that stands for one
    target alone. What it escapes (&, < and >) is undone between the links, never within them.
    """
    away = frozenset(dropped)
    pieces, end = [], 0
    for found in _SHORT.finditer(text):
        if found.group() in away:
            pieces.append(plain(text[end : found.start()]).rstrip(" "))
        elif target := links.get(found.group()):
            pieces += plain(text[end : found.start()]), target
        else:
            continue
        end = found.end()
    whole = "".join(pieces) + plain(text[end:])
    return whole.rstrip() if away else whole


def plain(text: str) -> str:
    """Undo X's escaping: these three and no other, so that a written &copy; stays one."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def relation(answered: str, reposted: str, quoted: str) -> tuple[PostKind, str]:
    """Say what kind of post refers to these, and to which first: a reply that quotes is one."""
    if answered:
        return "reply", answered
    if reposted:
        return "repost", reposted
    return ("quote", quoted) if quoted else ("post", "")


def repost(made: Post, original: Post) -> Post:
    """Give a repost the words of what it repeats: X cuts them short in its own."""
    named = original.author.handle
    return replace(
        original,
        id=made.id,
        created_at=made.created_at,
        author=made.author,
        url=made.url,
        kind="repost",
        in_reply_to=original.id,
        quoted="",
        to=(),
        text=f"RT @{named}: {original.text}" if original.author.handle else made.text,
        mentions=distinct([named, *original.mentions]),
    )


def author_in(links: Iterable[str], post_id: str) -> str:
    """Find whose post it is in the address of it that a text holds; "" where there is none."""
    for link in links:
        found = _STATUS.match(link)
        if found and found[2] == post_id and found[1] != "i":
            return found[1]
    return ""


def address(handle: str, post_id: str) -> str:
    """Give a post's public address; X finds it without the author's handle, too."""
    return f"https://x.com/{handle if _HANDLE.fullmatch(handle) else 'i'}/status/{post_id}"


def media(url: str, kind: str, alt: str | None, width: int | None, height: int | None) -> Media:
    """Make a picture, a film or a moving picture of what X calls it."""
    return Media(
        url=url,
        kind="video" if kind == "video" else "gif" if kind == "animated_gif" else "image",
        alt=alt or "",
        width=max(0, width or 0),
        height=max(0, height or 0),
    )


def language(said: str | None) -> str:
    """Give the language's present code; "" for those that X uses where it knows none."""
    code = (said or "").partition("-")[0].lower()[:8]
    return "" if code in _NO_LANGUAGE else _RENAMED.get(code, code)


def found_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Find tags, handles and links in a text that comes without its entities."""
    return (
        distinct(one.value for one in hashtags(text)),
        distinct(one.value.partition("/")[0] for one in mentions(text)),
        distinct(one.value for one in links(text) if "://" in one.value),
    )


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Keep each text once, in order, and no empty one."""
    return tuple(dict.fromkeys(text for text in texts if text))


def short(error: Exception) -> str:
    """Give what a parser says, fit for a report."""
    return str(error).replace("\n", " ")[:200]

"""Posts of the house as records: keys, texts and rich text, before anything is sent.

Owns the lexicon app.bsky.feed.post as we write it, and the keys by which a post is known before it
is there. Pure but for the clock and the chance that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec

from eventlive.errors import NotSent
from eventlive.listening.facets import Facet
from eventlive.listening.length import measure
from eventlive.listening.splitting import split
from eventlive.model import Outgoing, OutletAccount, Picture
from feeds.bluesky.pictures import MOST, Blob
from feeds.bluesky.posts import POST

_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_ADDRESS = re.compile(rf"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/{re.escape(POST)}/([A-Za-z0-9._:~-]+)")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Keys:
    """Record keys that grow with time (atproto.com/specs/tid).

    53 bits of microseconds, and ten of chance, so that two programs of one account do not meet.
    """

    def __init__(self, clock: Callable[[], datetime], random: Random) -> None:
        self._clock = clock
        self._chance = random.getrandbits(10)
        self._last = 0

    def next(self) -> str:
        """Give a key that is larger than all before, whatever the clock does."""
        since = self._clock() - datetime(1970, 1, 1, tzinfo=UTC)
        microseconds = int(since.total_seconds() * 1_000_000)
        self._last = max(microseconds, self._last + 1)
        number = self._last << 10 | self._chance
        return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


class Link(msgspec.Struct, frozen=True):
    """A post as another names it: where it is, and in which words (com.atproto.repo.strongRef)."""

    uri: str
    cid: str


class Thread(msgspec.Struct, frozen=True):
    """What a post answers: the post before it, and the one that began it all."""

    root: Link
    parent: Link


class Put(msgspec.Struct, frozen=True):
    """The call that posts, to the byte.

    With `swapRecord` null it makes the record or does nothing: the same bytes again are answered
    as the first time were, other bytes under the same key are refused.
    """

    repo: str
    collection: str
    rkey: str
    record: dict[str, Any]
    swapRecord: None = None  # noqa: N815 - the protocol's own name


class Frozen(msgspec.Struct, frozen=True):
    """A post on disk: the bytes that will be sent, and the pictures that go before them."""

    put: msgspec.Raw
    pictures: tuple[Blob, ...] = ()


def texts(outgoing: Outgoing, account: OutletAccount) -> tuple[str, ...]:
    """Give the texts of the posts that a post of the house takes.

    A content warning is the first line, for the network has no other place for its words. Raises
    NotSent for what the network would never take.
    """
    if len(outgoing.pictures) > MOST:
        raise NotSent(f"{len(outgoing.pictures)} pictures; {MOST} is the limit")
    text = outgoing.text.strip()
    if account.signature:
        text = f"{text} {account.signature}"
    if outgoing.warning:
        text = f"CW: {outgoing.warning}\n{text}"
    used = measure(text, "bluesky")
    if used.fits:
        return (text,)
    too_long = f"{used.used} {used.unit}; {used.limit} is the limit"
    if account.long == "refuse":
        raise NotSent(too_long)
    try:
        return split(text, "bluesky")
    except ValueError as error:
        raise NotSent(f"{too_long}, and it cannot be split: {error}") from error


def record(
    text: str,
    created_at: datetime,
    *,
    language: str = "",
    facets: Sequence[dict[str, Any]] = (),
    thread: Thread | None = None,
    pictures: Sequence[tuple[Picture, Blob]] = (),
) -> dict[str, Any]:
    """Write a record."""
    made: dict[str, Any] = {"$type": POST, "text": text, "createdAt": written(created_at)}
    if _LANGUAGE.fullmatch(language):
        made["langs"] = [language]
    if facets:
        made["facets"] = list(facets)
    if thread is not None:
        made["reply"] = msgspec.to_builtins(thread)
    if pictures:
        images = [_image(picture, blob) for picture, blob in pictures]
        made["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return made


def _image(picture: Picture, blob: Blob) -> dict[str, Any]:
    made: dict[str, Any] = {"image": blob.reference, "alt": picture.alt}
    if blob.width and blob.height:
        made["aspectRatio"] = {"width": blob.width, "height": blob.height}
    return made


def rich_text(found: Sequence[Facet], people: Mapping[str, str]) -> list[dict[str, Any]]:
    """Write what stands in a text as facets; `people` are DIDs by handle.

    A mention of somebody whom the network does not know stays plain text.
    """
    facets = []
    for facet in found:
        feature: dict[str, str]
        match facet.kind:
            case "mention":
                if facet.value not in people:
                    continue
                feature = {"$type": "app.bsky.richtext.facet#mention", "did": people[facet.value]}
            case "link":
                feature = {"$type": "app.bsky.richtext.facet#link", "uri": facet.value}
            case _:  # a cashtag is a tag that begins with its sign
                feature = {"$type": "app.bsky.richtext.facet#tag", "tag": facet.value}
        index = {"byteStart": facet.start, "byteEnd": facet.end}
        facets.append({"index": index, "features": [feature]})
    return facets


def thread_of(uri: str, answer: Mapping[str, Any]) -> Thread:
    """Give what a post names when it answers the one that com.atproto.repo.getRecord gave.

    Raises NotSent where the answer is none.
    """
    parent = _link({"uri": uri, "cid": answer.get("cid")})
    if parent is None:
        raise NotSent("the post answered cannot be read")
    value = answer.get("value")
    reply = value.get("reply") if isinstance(value, dict) else None
    root = _link(reply.get("root")) if isinstance(reply, dict) else None
    return Thread(root=root or parent, parent=parent)


def _link(value: object) -> Link | None:
    try:
        return msgspec.convert(value, Link)
    except msgspec.ValidationError:
        return None


def place(uri: str) -> tuple[str, str]:
    """Give the DID and the key in a post's address; raises NotSent where it is none."""
    if not (found := _ADDRESS.fullmatch(uri)):
        raise NotSent(f"{uri[:80]!r} is no post on Bluesky")
    return found.group(1), found.group(2)


def written(moment: datetime) -> str:
    """Write a moment as the network does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

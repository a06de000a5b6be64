"""Bluesky's posts: from a record of the network to the one shape for all networks.

Owns what a record (lexicons app.bsky.feed.post, app.bsky.richtext.facet, app.bsky.embed.*) means.
Pure. People's programs write records and servers need not check them: whatever is not of the
lexicon's shape is left out, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from eventlive.model import Author, Media, Post, PostKind
from feeds.bluesky.wanted import Wanted, fold

POST = "app.bsky.feed.post"

CDN = "https://cdn.bsky.app/img/feed_fullsize/plain"
VIDEO = "https://video.bsky.app/watch"

# Self-labels that ask for a cover (com.atproto.label.defs#selfLabels).
SENSITIVE = frozenset({"porn", "sexual", "nudity", "graphic-media", "gore", "!warn"})

FEATURES = 300
"""Marks of a text that are read, of all facets together: a text has 300 characters."""

NAME_MAX = 254
"""Bytes of the longest mention: a handle has 253 (atproto's specification), and an @."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
_CID = re.compile(r"[A-Za-z0-9]{20,200}")
_ADDRESS = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,2000})/")


def read_post(
    did: str, rkey: str, record: object, time_us: int, wanted: Wanted
) -> tuple[Post, bool]:
    """Make a post of a record, and tell whether it is wanted.

    `time_us` is when the host saw it; the record's own `createdAt` is what its author claims, and
    is never taken for later than that.
    """
    fields = _object(record)
    text = _string(fields.get("text"))
    seen = EPOCH + timedelta(microseconds=time_us)
    facets = list(islice(_features(fields, text.encode("utf-8", "replace")), FEATURES))
    marked = [_string(one.get("tag")) for kind, one, _ in facets if kind == "tag"]
    marked += [_string(tag) for tag in _array(fields.get("tags"))]
    matches, plain = wanted.match(text, marked)
    tags: dict[str, str] = {}
    for tag in filter(None, [*marked, *plain]):
        tags.setdefault(fold(tag), tag)
    links = [_string(one.get("uri")) for kind, one, _ in facets if kind == "link"]
    mentioned = [(_string(one.get("did")), said) for kind, one, said in facets if kind == "mention"]
    embed = _Embed(did, _object(fields.get("embed")))
    kind, answered = _relation(fields, embed.quoted)
    spoken_to = _distinct(map(author_of, (answered, embed.quoted)))
    named = {who for who, _ in mentioned}.union(spoken_to)
    matches = matches or any(map(wanted.our_handle, named))
    labels = [_string(_object(one).get("val")) for one in _labels(fields)]
    post = Post(
        network="bluesky",
        id=f"at://{did}/{POST}/{rkey}",
        created_at=min(moment(_string(fields.get("createdAt"))) or seen, seen),
        text=text,
        # The stream names authors by their DID alone; profiles.py knows more of them.
        author=Author(id=did, handle=wanted.our_handle(did) or did),
        url=f"https://bsky.app/profile/{did}/post/{rkey}",
        language=_language(fields),
        kind=kind,
        in_reply_to=answered,
        quoted=embed.quoted,
        to=_distinct(wanted.our_handle(who) or who for who in spoken_to),
        tags=tuple(tags.values()),
        mentions=_distinct(_mention(who, said, wanted) for who, said in mentioned),
        links=_distinct([*links, *embed.links]),
        media=tuple(embed.media),
        sensitive=not SENSITIVE.isdisjoint(labels),
        warning=", ".join(label for label in labels if label in SENSITIVE),
    )
    return post, matches


def author_of(uri: str) -> str:
    """Give the DID in a post's address; "" where there is none."""
    found = _ADDRESS.match(uri)
    return found.group(1) if found else ""


def _mention(did: str, said: str, wanted: Wanted) -> str:
    """Name who is mentioned, as people know them: the text of a mention may say anything."""
    handle = said.removeprefix("@")
    return wanted.our_handle(did) or (handle if HANDLE.fullmatch(handle) else did)


def _features(fields: dict[str, Any], text: bytes) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give what the text's facets mark, in the text's order, and the name where one is mentioned.

    Kinds are "tag", "link" and "mention".
    """
    facets = []
    for facet in map(_object, _array(fields.get("facets"))):
        index = _object(facet.get("index"))
        start, end = index.get("byteStart"), index.get("byteEnd")
        # Offsets are bytes of UTF-8; a facet beside the text marks nothing, as in the apps.
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
            facets.append((start, end, facet))
    for start, end, facet in sorted(facets, key=lambda one: one[0]):
        name = text[start:end].decode("utf-8", "replace") if end - start <= NAME_MAX else ""
        for feature in map(_object, _array(facet.get("features"))):
            namespace, _, kind = _string(feature.get("$type")).rpartition("#")
            if namespace == "app.bsky.richtext.facet":
                yield kind, feature, name if kind == "mention" else ""


def _relation(fields: dict[str, Any], quoted: str) -> tuple[PostKind, str]:
    parent = _string(_object(_object(fields.get("reply")).get("parent")).get("uri"))
    if parent:
        return "reply", parent
    return ("quote", quoted) if quoted else ("post", "")


class _Embed:
    """What a post carries: pictures, a film, a link's card, another post."""

    def __init__(self, did: str, embed: dict[str, Any]) -> None:
        self.media: list[Media] = []
        self.links: list[str] = []
        self.quoted = ""
        self._did = did
        self._take(embed)

    def _take(self, embed: dict[str, Any]) -> None:
        match _string(embed.get("$type")):
            case "app.bsky.embed.images":
                for image in map(_object, _array(embed.get("images"))):
                    self._add(image, "image", f"{CDN}/{self._did}/{{}}@jpeg")
            case "app.bsky.embed.video":
                self._add(embed, "video", f"{VIDEO}/{self._did}/{{}}/playlist.m3u8")
            case "app.bsky.embed.external":
                self.links.append(_string(_object(embed.get("external")).get("uri")))
            case "app.bsky.embed.record":
                uri = _string(_object(embed.get("record")).get("uri"))
                if f"/{POST}/" in uri:  # lists, feeds and starter packs are embedded alike
                    self.quoted = uri
            case "app.bsky.embed.recordWithMedia":
                for part in ("record", "media"):
                    inner = _object(embed.get(part))
                    if _string(inner.get("$type")) != "app.bsky.embed.recordWithMedia":
                        self._take(inner)
            case _:
                pass

    def _add(self, holder: dict[str, Any], kind: str, address: str) -> None:
        blob = _object(holder.get("image" if kind == "image" else "video"))
        cid = _string(_object(blob.get("ref")).get("$link"))
        if not _CID.fullmatch(cid):
            return
        size = _object(holder.get("aspectRatio"))
        self.media.append(
            Media(
                url=address.format(cid),
                kind="image" if kind == "image" else "video",
                alt=_string(holder.get("alt")),
                width=_pixels(size.get("width")),
                height=_pixels(size.get("height")),
            )
        )


def _labels(fields: dict[str, Any]) -> list[Any]:
    return _array(_object(fields.get("labels")).get("values"))


def _language(fields: dict[str, Any]) -> str:
    languages = _array(fields.get("langs"))
    return _string(languages[0]).partition("-")[0].lower()[:8] if languages else ""


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def moment(text: str) -> datetime | None:
    """Read an RFC 3339 time; None where it is none, or has no zone."""
    try:
        said = datetime.fromisoformat(text)
        return said.astimezone(UTC) if said.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _array(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _pixels(value: object) -> int:
    return value if isinstance(value, int) and 0 < value <= 100_000 else 0

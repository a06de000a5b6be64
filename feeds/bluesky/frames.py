"""Jetstream's frames, both forms: what one of them says to a feed.

Owns the envelopes (v1: {did, time_us, kind, commit}; v2: the lexicon
network.bsky.jetstream.subscribeEvents). Pure. Frames come from a server, and posts in them from
anybody: whatever cannot be read is Unreadable, with the reason, and harms nothing else.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct, field

from eventlive.model import Post
from feeds.bluesky.posts import EPOCH, POST, moment, read_post
from feeds.bluesky.wanted import Wanted

FRAME_MAX = 1 << 20
"""Bytes of the longest frame that is read."""

RECORD_MAX = 1 << 15
"""Bytes of the longest post: 3,000 of text by the lexicon, some 5,000 for what is marked in it, and
four pictures whose descriptions the network's own app ends at 2,000 characters, 6,000 bytes in
Japanese. What reading costs grows with the length alone, whatever stands there."""

# Statuses of an account whose posts must go; others ("throttled", "desynchronized") are a host's
# own troubles and say nothing of the posts (com.atproto.sync.subscribeRepos#account).
GONE = frozenset({"", "takendown", "suspended", "deleted", "deactivated"})

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")
_RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")


class Unreadable(ValueError):
    """A frame that says nothing usable; the text says why."""


_Text = Annotated[str, Meta(max_length=4096)]
# Up to the year 2100: what is read from a clock that went mad must not become a cursor.
LATEST = 4_102_444_800_000_000
_Microseconds = Annotated[int, Meta(ge=0, lt=LATEST)]


class _Commit(Struct):
    operation: _Text = ""
    collection: _Text = ""
    rkey: _Text = ""
    rev: _Text = ""
    record: Raw = Raw(b"")


class _Account(Struct):
    active: bool = True
    status: _Text = ""


class _Payload(_Commit):
    type: _Text = field(name="$type", default="")
    did: _Text = ""
    time: _Text = ""
    witnessedAt: _Text = ""  # noqa: N815 - the protocol's own name
    account: _Account | None = None
    name: _Text = ""
    message: _Text = ""


class _Frame(Struct):
    """A frame of either form; what the other form has is left empty."""

    type: _Text = field(name="$type", default="")
    payload: _Payload | None = None
    error: _Text = ""
    message: _Text = ""
    did: _Text = ""
    time_us: _Microseconds = 0
    kind: _Text = ""
    commit: _Commit | None = None
    account: _Account | None = None


_frame = msgspec.json.Decoder(_Frame)
_any = msgspec.json.Decoder()
_FAULTS = (msgspec.MsgspecError, UnicodeError, RecursionError)


class Written(Struct, frozen=True):
    """A post was made, or edited; `wanted` tells whether it (still) matches."""

    post: Post
    rev: str
    edit: bool
    wanted: bool


class Removed(Struct, frozen=True):
    """A post was taken away by its author."""

    id: str
    rev: str


class Left(Struct, frozen=True):
    """An account and all its posts are gone."""

    did: str


class Notice(Struct, frozen=True):
    """The host has something to say of the stream."""

    text: str


class Ended(Struct, frozen=True):
    """The host ends the stream for a reason; nothing follows."""

    text: str


Said = Written | Removed | Left | Notice | Ended


class Heard(Struct, frozen=True):
    """What a frame says to us, None for nothing, and when the host saw it; 0 where unsaid."""

    time_us: int
    said: Said | None = None


def parse(frame: bytes, wanted: Wanted) -> Heard:
    """Read a frame of either form.

    The envelope is read whole, as cheaply as searching it; the post inside is parsed only where
    its raw bytes may hold what is wanted. Raises Unreadable.
    """
    if len(frame) > FRAME_MAX:
        raise Unreadable(f"{len(frame)} bytes; {FRAME_MAX} is the limit")
    try:
        head = _frame.decode(frame)
    except _FAULTS as error:
        raise Unreadable(f"no frame of Jetstream: {_short(error)}") from error
    if head.payload is not None:
        return _read_v2(head.payload, wanted)
    if head.type == "error" or head.error:
        return Heard(0, Ended(f"{head.error or 'error'}: {head.message}"[:300]))
    if not head.time_us:
        raise Unreadable("no frame of Jetstream: neither time_us nor payload")
    return Heard(
        head.time_us, _read_event(head.did, head.time_us, head.commit, head.account, wanted)
    )


def _read_v2(payload: _Payload, wanted: Wanted) -> Heard:
    kind = payload.type.rpartition("#")[2]
    if kind == "info":
        return Heard(0, Notice(f"{payload.name}: {payload.message}"[:300]))
    # Only the witnessed time is what a cursor is compared with; older hosts leave it out.
    seen = moment(payload.witnessedAt or payload.time)
    if seen is None or not 0 < (time_us := (seen - EPOCH) // timedelta(microseconds=1)) < LATEST:
        raise Unreadable("an event without its time")
    commit = payload if kind == "commit" else None
    return Heard(time_us, _read_event(payload.did, time_us, commit, payload.account, wanted))


def _read_event(
    did: str, time_us: int, commit: _Commit | None, account: _Account | None, wanted: Wanted
) -> Said | None:
    if account is not None:
        return Left(did) if not account.active and account.status in GONE else None
    if commit is None or commit.collection != POST:
        return None
    if not (_DID.fullmatch(did) and _RKEY.fullmatch(commit.rkey)):
        raise Unreadable(f"no address of a post: {did[:80]!r}, {commit.rkey[:80]!r}")
    if commit.operation == "delete":
        return Removed(f"at://{did}/{POST}/{commit.rkey}", commit.rev)
    edit = commit.operation == "update"
    raw = bytes(commit.record)
    if len(raw) > RECORD_MAX:
        raise Unreadable(f"a post of {len(raw)} bytes; {RECORD_MAX} is the limit")
    if not edit and not wanted.may_match(raw):
        return None
    try:
        record = _any.decode(raw)
    except _FAULTS as error:
        raise Unreadable(f"no record: {_short(error)}") from error
    post, matches = read_post(did, commit.rkey, record, time_us, wanted)
    return Written(post, commit.rev, edit, matches) if matches or edit else None


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:200]

"""What X answers: a line of its stream, a page of its search, and what it says of its troubles.

Owns the envelope around posts ({data, includes, matching_rules, meta, errors}). Pure.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from eventlive.model import Edited, Post
from feeds.x.objects import FAULTS, Includes
from feeds.x.posts import Beside, read_includes, read_post
from feeds.x.texts import Unreadable, is_id, short

BODY_MAX = 1 << 24
"""Bytes of the longest body that is read: a hundred of the longest posts, and what is beside."""

_NOTHING = frozenset((b"", b"null"))


class Problem(Struct, frozen=True):
    """What X says is wrong, in its own words."""

    title: str | None = None
    detail: str | None = None
    message: str | None = None
    disconnect_type: str | None = None
    connection_issue: str | None = None
    reason: str | None = None
    details: list[str] | None = None

    def __str__(self) -> str:
        said = dict.fromkeys(
            one for one in (self.title, self.detail, self.message, *(self.details or ())) if one
        )
        return ": ".join(said)[:300] or "no word of what is wrong"

    @property
    def ends_stream(self) -> bool:
        """Tell whether nothing follows on a stream that says this."""
        return bool(
            self.disconnect_type or self.connection_issue or self.title == "operational-disconnect"
        )


class Rule(Struct, frozen=True):
    """A rule of the filtered stream, or the name of one that matched; X may leave the tag out."""

    id: str | None = None
    value: str | None = None
    tag: str | None = None


class _Meta(Struct):
    newest_id: str | None = None
    next_token: str | None = None


class _Envelope(Struct):
    title: str | None = None
    data: Raw = Raw(b"")
    includes: Includes | None = None
    matching_rules: list[Rule] | None = None
    meta: _Meta | None = None
    errors: list[Problem] | None = None


class Body(Struct, frozen=True):
    """What one answer holds.

    `faults` say of posts that could not be read why. `charged` and `authors` are the ids of the
    posts and the users in it: what X asks money for. `newest` is the highest id, 0 where unsaid.
    """

    events: tuple[Post | Edited, ...] = ()
    faults: tuple[str, ...] = ()
    charged: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    newest: int = 0
    next_token: str = ""
    problem: Problem | None = None


class _Named(Struct):
    id: str | None = None


_envelope = msgspec.json.Decoder(_Envelope)
_alone = msgspec.json.Decoder(Problem)
_list = msgspec.json.Decoder(list[Raw])
_named = msgspec.json.Decoder(_Named)


def read_body(raw: bytes) -> Body:
    """Read an answer, whatever of this it holds. Raises Unreadable where it is none of X's."""
    if len(raw) > BODY_MAX:
        raise Unreadable(f"{len(raw)} bytes; {BODY_MAX} is the limit")
    try:
        envelope = _envelope.decode(raw)
        data = bytes(envelope.data)
        posts = _list.decode(data) if data[:1] == b"[" else [] if data in _NOTHING else [data]
    except FAULTS as error:
        raise Unreadable(f"no answer of X: {short(error)}") from error
    beside = read_includes(envelope.includes) if envelope.includes is not None else Beside()
    events: list[Post | Edited] = []
    faults: list[str] = []
    own: list[str] = []
    for post in posts:
        try:
            event = read_post(bytes(post), beside)
        except Unreadable as error:
            faults.append(str(error))
            event = None
        else:
            if event is None:
                continue
            events.append(event)
        own.append(_id_of(bytes(post)))
    meta = envelope.meta or _Meta()
    return Body(
        tuple(events),
        tuple(faults),
        (*own, *beside.posts),
        tuple(beside.authors),
        tuple(envelope.matching_rules or ()),
        max((int(one) for one in (*own, meta.newest_id or "") if is_id(one)), default=0),
        meta.next_token or "",
        _problem(raw, envelope),
    )


def read_rules(raw: bytes) -> tuple[list[Rule], Problem | None]:
    """Read a list of stream rules, and what X says against one of them. Raises Unreadable."""
    try:
        envelope = _envelope.decode(raw)
        data = bytes(envelope.data)
        rules = msgspec.json.decode(data, type=list[Rule]) if data not in _NOTHING else []
    except FAULTS as error:
        raise Unreadable(f"no rules of X: {short(error)}") from error
    return rules, _problem(raw, envelope)


def read_problem(raw: bytes) -> Problem | None:
    """Read what X says is wrong; None where these are not its words but a gateway's page."""
    try:
        return _problem(raw, _envelope.decode(raw))
    except FAULTS:
        return None


def _problem(raw: bytes, envelope: _Envelope) -> Problem | None:
    if envelope.errors:
        return envelope.errors[0]
    try:
        return _alone.decode(raw) if envelope.title else None
    except FAULTS:
        return Problem(envelope.title)


def _id_of(raw: bytes) -> str:
    try:
        return _named.decode(raw).id or ""
    except FAULTS:
        return ""

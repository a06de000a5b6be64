"""What was tried and what came of it: the intents of posts of the house, as the publisher asks.

Owns the words in which an outcome is written down, and which words said again keep their key.
Pure: never sends, never stores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import assert_never

import msgspec

from eventlive.desk.inputs import Failed, NeverLeft, Outcome, TakenDown, Unsure, Waits
from eventlive.model import Intent, Outgoing, Sent

_NO_TIME = datetime(1, 1, 1, tzinfo=UTC)
_outcome: msgspec.json.Decoder[tuple[str, str, str, datetime]] = msgspec.json.Decoder(
    tuple[str, str, str, datetime]
)

MAY_STILL_COME = frozenset({"unsure", "never left", "not found", "waits, looked for"})
"""Outcomes after which something may be under way all the same; the same words keep their key."""


class Trail:
    """The newest intent of every part of every post of the house, by post and part."""

    def __init__(self, intents: Iterable[Intent] = ()) -> None:
        self._last: dict[str, dict[int, Intent]] = {}
        self._owners: dict[str, tuple[str, int]] = {}
        for intent in sorted(intents, key=lambda one: (one.outgoing, one.part, one.attempt)):
            self.note(intent)

    def note(self, intent: Intent) -> None:
        """Remember an intent, or what became of it."""
        self._last.setdefault(intent.outgoing, {})[intent.part] = intent
        if intent.outcome and isinstance(sent := read(intent.outcome), Sent):
            self._owners[sent.id] = intent.outgoing, intent.part

    def of(self, out: Outgoing) -> list[Intent]:
        """Give the newest intent of each part, in their order."""
        return [intent for _, intent in sorted(self._last.get(out.id, {}).items())]

    def sent(self, outgoing: str) -> tuple[Sent, ...]:
        """Give the parts that are out, from the first to the last without a gap."""
        parts = self._last.get(outgoing, {})
        out: list[Sent] = []
        while (intent := parts.get(len(out))) is not None:
            outcome = read(intent.outcome) if intent.outcome else None
            if not isinstance(outcome, Sent):
                break
            out.append(outcome)
        return tuple(out)

    def owner(self, post_id: str) -> tuple[str, int] | None:
        """Say which post and part of the house a network's post is known to be."""
        return self._owners.get(post_id)

    def parted(self, outgoing: str, digest: str) -> bool:
        """Say whether parts are out that belong to other words than these."""
        parts = self._last.get(outgoing, {})
        return any(parts[part].digest != digest for part in range(len(self.sent(outgoing))))

    def again(self, outgoing: str, part: int, digest: str) -> Intent | None:
        """Give the intent whose key and bytes the same words keep; None where new ones are right.

        What was under way at a crash may still arrive, and the network then knows the second for
        the first.
        """
        last = self._last.get(outgoing, {}).get(part)
        if last is None or last.digest != digest:
            return None
        return last if last.outcome is None or _word(last.outcome) in MAY_STILL_COME else None


def digest(out: Outgoing, texts: Sequence[str], place: str) -> str:
    """Stand for what is said: the same where the same words would leave in the same way."""
    said = (out.account, place, tuple(texts), out.reply_to, out.pictures, out.warning, out.language)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def written(outcome: Outcome) -> str:
    """Write an outcome down."""
    match outcome:
        case Sent(post, url, at):
            row = ("sent", post, url, at)
        case Failed(reason, looked):
            row = ("not found" if looked else "failed", reason, "", _NO_TIME)
        case Unsure(reason):
            row = ("unsure", reason, "", _NO_TIME)
        case NeverLeft():
            row = ("never left", "", "", _NO_TIME)
        case Waits(reason, until, looked):
            row = ("waits, looked for" if looked else "waits", reason, "", until)
        case TakenDown():
            row = ("taken down", "", "", _NO_TIME)
        case _:
            assert_never(outcome)
    return msgspec.json.encode(row).decode()


def read(outcome: str) -> Outcome:
    """Read what `written` wrote."""
    word, first, url, at = _outcome.decode(outcome)
    match word:
        case "sent":
            return Sent(first, url, at)
        case "failed":
            return Failed(first)
        case "not found":
            return Failed(first, looked=True)
        case "never left":
            return NeverLeft(looked=True)
        case "waits" | "waits, looked for":
            return Waits(first, at, looked=word != "waits")
        case "taken down":
            return TakenDown()
        case _:
            return Unsure(first)


def _word(outcome: str) -> str:
    return _outcome.decode(outcome)[0]

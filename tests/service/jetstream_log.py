"""What a Jetstream host remembers and how it writes it: events, cursors, look-back, both forms.

Owns the log of the tests' Jetstream (jetstream_bridge.py has its sockets), as Jetstream's
published lexicon and documentation describe it. Pure but for the clock it is given; keeps
everything in memory.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

V2_NAME = "network.bsky.jetstream.subscribeEvents"
POST = "app.bsky.feed.post"

# A cursor below this is a sequence number, one at or above it is unix microseconds.
SEQUENCE_LIMIT = 10**15
LOOK_BACK = 36 * 3600.0

Kind = Literal["commit", "identity", "account"]
Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `body` is what both forms say of it alike."""

    seq: int
    time_us: int
    did: str
    kind: Kind
    body: dict[str, Any]

    @property
    def uri(self) -> str:
        return f"at://{self.did}/{self.body['collection']}/{self.body['rkey']}"

    def v1(self) -> dict[str, Any]:
        head = {"did": self.did, "time_us": self.time_us, "cursor": self.seq, "kind": self.kind}
        return head | {self.kind: self.body}

    def v2(self) -> dict[str, Any]:
        moment = rfc3339(self.time_us)
        head = {"$type": f"{V2_NAME}#{self.kind}", "seq": self.seq, "did": self.did}
        head |= {"time": moment, "witnessedAt": moment}
        body = self.body if self.kind == "commit" else {self.kind: self.body}
        return {"$type": "message", "payload": head | body}


@dataclass
class Log:
    """Events in the order of their sequence numbers, which start at 1 and leave no hole."""

    now: Callable[[], float]
    grown: Callable[[], None]
    look_back: float = LOOK_BACK
    entries: list[Entry] = field(default_factory=list)
    # Whether everything but ASCII is escaped; Go's encoder, which real hosts use, does not.
    ascii_only: bool = False
    _made: int = 0

    @property
    def tip(self) -> int:
        """The sequence number that the next event will have."""
        return len(self.entries) + 1

    @property
    def floor(self) -> int:
        """The oldest sequence number that can still be asked for."""
        return self._first_at(self._oldest_us())

    def add(self, did: str, kind: Kind, body: dict[str, Any], time_us: int = 0) -> Entry:
        """Append an event; its time is now unless given, and at least 1 µs after the last."""
        least = self.entries[-1].time_us + 1 if self.entries else 0
        entry = Entry(self.tip, max(time_us or self._now_us(), least), did, kind, body)
        self.entries.append(entry)
        self.grown()
        return entry

    def commit(
        self,
        did: str,
        rkey: str,
        record: dict[str, Any] | None = None,
        operation: Operation = "create",
        *,
        collection: str = POST,
        time_us: int = 0,
    ) -> Entry:
        """Append a made-up change of a record; a delete has no record."""
        self._made += 1
        body: dict[str, Any] = {"rev": f"3made{self._made:08d}", "operation": operation}
        body |= {"collection": collection, "rkey": rkey}
        if record is not None:
            body |= {"record": record, "cid": f"bafyreimade{self._made:08d}"}
        return self.add(did, "commit", body, time_us)

    def account(self, did: str, *, active: bool, status: str = "") -> Entry:
        """Append a made-up change of an account's status."""
        body: dict[str, Any] = {"active": active, "did": did, "seq": self.tip}
        body["time"] = rfc3339(self._now_us())
        return self.add(did, "account", body | ({"status": status} if status else {}))

    def noise(self, count: int, chance: random.Random, *, spread: float = 0.0) -> None:
        """Append strangers' posts that nobody here listens for, over `spread` seconds up to now."""
        start = self._now_us() - int(spread * 1e6)
        for number in range(count):
            moment = start + int(spread * 1e6 * number / count)
            words = " ".join(chance.choice(_WORDS) for _ in range(chance.randint(3, 30)))
            record = {"$type": POST, "text": words, "langs": ["en"]}
            record["createdAt"] = rfc3339(moment)
            did = f"did:plc:{chance.getrandbits(100):024x}"
            self.commit(did, f"3noise{chance.getrandbits(32):08x}", record, time_us=moment)

    def start(self, cursor: str) -> tuple[int, str]:
        """Find the first sequence number for a cursor, and the notice that v2 gives of it."""
        if not cursor:
            return self.tip, ""
        wanted = int(cursor)
        if wanted >= SEQUENCE_LIMIT:
            notice = "OutdatedCursor" if wanted < self._oldest_us() else ""
            return max(self._first_at(wanted), self.floor), notice
        if wanted > self.tip:
            return self.tip, "FutureCursor"
        return max(wanted, self.floor), ""

    def frame(self, entry: Entry, version: int) -> str:
        """Write an event as a host does in that version."""
        text = json.dumps(
            entry.v1() if version == 1 else entry.v2(),
            ensure_ascii=self.ascii_only,
            separators=(",", ":"),
            default=_bytes_as_json,
        )
        for character in "<>&\u2028\u2029":  # Go's encoder writes these so for the sake of HTML
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text

    def _first_at(self, time_us: int) -> int:
        return next((entry.seq for entry in self.entries if entry.time_us >= time_us), self.tip)

    def _now_us(self) -> int:
        return int(self.now() * 1e6)

    def _oldest_us(self) -> int:
        return self._now_us() - int(self.look_back * 1e6)


def rfc3339(time_us: int) -> str:
    """Write unix microseconds as the network writes a time, with all six digits."""
    moment = datetime.fromtimestamp(time_us // 10**6, UTC).replace(microsecond=time_us % 10**6)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _bytes_as_json(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    raise TypeError(f"{type(value).__name__} is not in the data model")


_WORDS = (
    "morning", "coffee", "délicieux", "東京", "🎉", "train", "late", "again", "#monday", "#cats",
    "listening", "to", "the", "rain", "über", "heute", "a", "and", "it's", '"quoted"', "нет",
    "delete", "#photography", "new", "post", "out", "now", "https://example.com/a?b=1&c=2", "\n",
)  # fmt: skip

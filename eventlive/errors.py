"""The tree of errors: what can go wrong, and which exit code it means.

    EventliveError              exit code 1
    ├── ScriptError             2  an event script that cannot be used: file, place and key
    ├── SettingsError           2  an address, a token or an option that cannot be used
    ├── EngineGone              3  no engine answers at that address
    ├── StoreError              4  the disk, the database or its version
    ├── FeedError
    │   ├── FeedLost               the connection went; the engine tries again
    │   └── FeedRefused            the network said no; a person must act
    ├── OutletError
    │   ├── NotSent                certain: nothing was posted
    │   │   └── NotYet             certain, and it may be tried again at a time that is known
    │   └── Unclear                nobody knows whether it was posted: reconcile, never resend
    └── ProtocolError              a frame that breaks docs/protocol.md

This file owns the errors' names and texts; it never logs, prints or exits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class EventliveError(Exception):
    """Any error of ours: its text says what happened and what to do."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where it is, what it is, and what is nearest.

    `line` counts from 1; 0 means that no line is known. `key` is a dotted path such as
    `posts[2].at`. `severity` is "error" or "warning".
    """

    file: str
    line: int
    key: str
    message: str
    suggestion: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{place}:{key} {self.message}{hint}"


class ScriptError(EventliveError):
    """An event script cannot be used; `problems` holds every reason at once."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class SettingsError(EventliveError):
    """An address, a token or an option cannot be used."""

    exit_code = 2


class StoreError(EventliveError):
    """The store cannot be read or written; the engine stops rather than forget."""

    exit_code = 4


class FeedError(EventliveError):
    """A feed cannot go on as it is."""


class FeedLost(FeedError):
    """The connection to a network went; trying again may help.

    `retry_after` is in seconds, 0 where the engine's own back-off is right.
    """

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


class FeedRefused(FeedError):
    """The network refuses us (a wrong token, a closed account); only a person can mend it."""


class OutletError(EventliveError):
    """A post could not be sent."""


class NotSent(OutletError):
    """Certain: nothing was posted. Sending again is safe."""


class NotYet(NotSent):
    """Certain: nothing was posted; it may be tried again at `until`, an aware time."""

    def __init__(self, reason: str, until: datetime) -> None:
        self.reason = reason
        self.until = until
        super().__init__(reason)


class Unclear(OutletError):
    """Nobody knows whether it was posted; it must be reconciled before anything else."""


class Withheld(ValueError):
    """A post that is whole and not for everybody; it never comes in."""


class ProtocolError(EventliveError):
    """A frame from a peer breaks the protocol; the text says how."""


class EngineGone(EventliveError):
    """No engine answers at the address."""

    exit_code = 3

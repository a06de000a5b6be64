"""Half-written texts on disk, so that they outlive a killed console.

Owns one small file in a directory of the operator's choice, readable by its owner only. Never
holds what was handed to the engine, and never raises because of the disk: what cannot be kept is
said once, in `trouble`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
from msgspec import Struct

from eventlive.model import Item
from tui.files import read_file

_KEPT_AT_MOST = 50
_LARGEST = 1 << 26


class Draft(Struct, frozen=True, omit_defaults=True):
    """A text being written: a new post, an answer to `item`, or a change of `outgoing`.

    `plain` is an answer as a post of its own, `wall` one that goes on the wall, `pair` one that
    goes there, too. `open` tells that it was on the screen; `handed_at` that the engine was asked
    to take it and has not said whether it did. `before` is what `outgoing` said when these words
    were begun; with `keeps_time` they are for one that leaves at a time of its own, and are never
    sent at once. That whom the house avoids is answered is not kept: it is asked again.
    """

    text: str
    account: str
    item: Item | None = None
    outgoing: str = ""
    open: bool = False
    handed_at: float = 0.0
    plain: bool = False
    wall: bool = False
    keeps_time: bool = False
    before: str = ""
    pair: bool = False

    @property
    def key(self) -> str:
        """What it is for: one draft for each."""
        if self.outgoing:
            return f"outgoing {self.outgoing}"
        return f"answer {self.item.id}" if self.item else "post"


class Drafts:
    """The drafts of one operator at one event. Without a directory they are only remembered.

    Every change is read, made and written at once: of two consoles of one name neither erases what
    the other keeps.
    """

    def __init__(self, directory: Path | None, who: str) -> None:
        self.trouble = ""
        self._drafts: dict[str, Draft] = {}
        self._on_disk: dict[str, Draft] = {}
        name = re.sub(r"[^\w.-]+", "_", who)[:60] or "operator"
        self._path = directory / f"drafts-{name}.json" if directory else None

    def load(self) -> None:
        """Read what an earlier console left; a damaged file is put aside, not overwritten."""
        if self._path is None:
            return
        try:
            self._drafts = self._read(self._path)
        except OSError as error:
            self.trouble = f"earlier drafts cannot be read: {error}"
        self._on_disk = dict(self._drafts)

    def _read(self, path: Path) -> dict[str, Draft]:
        """What the file has by now; without one, what it had. Raises OSError."""
        try:
            drafts = msgspec.json.decode(read_file(path, _LARGEST), type=list[Draft])
        except FileNotFoundError:
            return dict(self._on_disk)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            aside = path.with_suffix(".damaged")
            path.replace(aside)
            self.trouble = f"earlier drafts could not be read and were put aside: {aside}"
            return dict(self._on_disk)
        return {draft.key: draft for draft in drafts}

    def __len__(self) -> int:
        return len(self._drafts)

    def get(self, key: str) -> Draft | None:
        """The draft for something."""
        return self._drafts.get(key)

    def all(self) -> list[Draft]:
        """Every draft, the oldest first."""
        return list(self._drafts.values())

    def keep(self, draft: Draft) -> None:
        """Remember a draft in place of the earlier one for the same; an empty one is forgotten."""
        self._drafts.pop(draft.key, None)
        if draft.text.strip():
            self._drafts[draft.key] = draft
            self._trim()

    def _trim(self) -> None:
        while len(self._drafts) > _KEPT_AT_MOST:
            del self._drafts[next(iter(self._drafts))]

    def forget(self, key: str) -> None:
        """Forget a draft: the engine has it."""
        self._drafts.pop(key, None)

    def write(self) -> None:
        """Bring the file up to date, whole or not at all; unchanged, it is left alone."""
        was, mine = self._on_disk, self._drafts
        if self._path is None or mine == was:
            return
        fresh = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            theirs = self._read(self._path)
            self._drafts = {
                key: one for key, one in theirs.items() if key in mine or key not in was
            }
            for key, one in mine.items():
                if was.get(key) != one:
                    self._drafts.pop(key, None)
                    self._drafts[key] = one
            self._trim()
            raw = msgspec.json.encode(list(self._drafts.values()))
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, 0o600)
                file.write(raw)
            fresh.replace(self._path)
        except OSError as error:
            self.trouble = f"drafts cannot be kept on disk: {error}"
            return
        self._on_disk = dict(self._drafts)

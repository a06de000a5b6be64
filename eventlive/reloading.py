"""The script, read again while the event runs: what it would change, and the change.

Owns the reading of the file and the words on what the desk does not hold (answers, facts, lists of
words). What becomes of programme and posts is `desk.editions`'. Nothing changes before somebody has
looked at it, and what cannot be used changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from eventlive import briefing, themes
from eventlive.clock import Clock
from eventlive.desk.editions import Edition
from eventlive.event_files import event_files
from eventlive.goals import Counts
from eventlive.listening.judging import Judge, Rules
from eventlive.messages import Welcome
from eventlive.model import Goal
from eventlive.script import examine
from eventlive.tables import Script
from eventlive.tables.wall import SponsorTable

AT_RESTART = ("event", "follow", "feeds", "accounts", "venue", "desk")
"""Tables that are taken in when the engine starts, and no sooner."""

AT_ONCE = (
    *("people", "answers", "facts", "voice", "support"),
    *("goals", "moderation", "wall", "outgoing"),
    *("theme", "screens", "statements", "sponsors"),
)
"""Tables of which the desk holds nothing, or rules alone."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A new edition of the script, read and found good, that nobody has taken in yet."""

    script: Script
    edition: Edition
    files: Mapping[str, bytes] = field(default_factory=dict)


class Reloading:
    """Reads one engine's script again, and hands out what came of it."""

    def __init__(
        self,
        path: Path,
        script: Script,
        clock: Clock,
        judge: Callable[[Rules], Judge],
        announce: Callable[[Welcome], None],
        serve: Callable[[Script, Mapping[str, bytes]], None],
    ) -> None:
        self.script = script
        self.offer: Offer | None = None
        self._path = path
        self._clock = clock
        self._judge = judge
        self._announce = announce
        self._serve = serve

    async def look(self) -> tuple[Offer | None, list[str]]:
        """Read the file; give what it offers, and its problems. An error in it offers nothing."""
        text = await asyncio.to_thread(_text, self._path)
        script, problems = await asyncio.to_thread(examine, self._path)
        if await asyncio.to_thread(_text, self._path) != text:
            return None, [f"error: {self._path} is being written: look again"]
        said = [f"{one.severity}: {one}" for one in problems]
        if script is None or any(one.severity == "error" for one in problems):
            return None, said
        if script.event.id != self.script.event.id:
            return None, [f"error: this is another event: {script.event.id!r}"]
        # What needs a restart stays as it is: accounts that nobody can send from are no use.
        kept = script.model_copy(update={name: getattr(self.script, name) for name in AT_RESTART})
        files = await asyncio.to_thread(event_files, kept, self._path.parent)
        theme = await asyncio.to_thread(themes.digest, kept, self._path.parent)
        edition = briefing.edition(
            kept, self._clock.now(), self._clock.speed, name=briefing.digest(text), theme=theme
        )
        return Offer(kept, edition, files), said + [
            f"warning: [{name}] has changed: that is taken in when the engine starts again"
            for name in AT_RESTART
            if getattr(script, name) != getattr(self.script, name)
        ]

    def lines(self, offer: Offer) -> Iterator[str]:
        """Say which tables would change beside programme, posts and reminders."""
        for name in AT_ONCE:
            old, new = getattr(self.script, name), getattr(offer.script, name)
            if old == new:
                continue
            if isinstance(old, list):
                before, after = ({_name(one): one for one in rows} for rows in (old, new))
                changed = [id for id in before.keys() & after.keys() if before[id] != after[id]]
                parts = (
                    ("new", sorted(after.keys() - before.keys())),
                    ("changed", sorted(changed)),
                    ("gone", sorted(before.keys() - after.keys())),
                )
                told = "; ".join(f"{word} {', '.join(ids)}" for word, ids in parts if ids)
                yield f"{name}: {told or 'in another order'}"
            elif old is None or new is None:
                yield f"[{name}]: {'new' if old is None else 'gone'}"
            else:
                keys = [key for key in type(old).model_fields if _get(old, key) != _get(new, key)]
                yield f"[{name}]: {', '.join(keys)}" if keys else f"[{name}]"

    def take_in(self, offer: Offer) -> tuple[Judge, Callable[[Counts, datetime], tuple[Goal, ...]]]:
        """Go by an edition from now on, and tell every console; give what judges and counts."""
        self.script, self.offer = offer.script, None
        self._serve(offer.script, offer.files)
        self._announce(briefing.welcome(offer.script, self._clock.now(), self._clock.speed))
        return self._judge(briefing.listening_rules(offer.script)), briefing.goals(offer.script)


def _text(path: Path) -> str:
    """Read a file; "" where it cannot be read, for its problems are told elsewhere."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _name(row: Any) -> str:
    """Name a row: sponsors have no id."""
    return row.name if isinstance(row, SponsorTable) else row.id


def _get(table: object, key: str) -> object:
    return getattr(table, key, None)

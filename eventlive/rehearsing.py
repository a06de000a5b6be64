"""When a rehearsal begins, where nobody says.

Owns the look into the event's recordings for their first post.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from eventlive.errors import SettingsError
from eventlive.model import Moment
from eventlive.tables import ReplayFeed, Script
from eventlive.timeline import play


class _Said(msgspec.Struct):
    created_at: Moment


_said = msgspec.json.Decoder(_Said)


def begins_at(script: Script, folder: Path) -> datetime:
    """Give the first recorded post's time, else the event's, or that of the first thing in it.

    Raises SettingsError where the script says no time at all.
    """
    first = [
        at
        for feed in script.feeds
        if isinstance(feed, ReplayFeed) and (at := _first_post(folder / feed.file))
    ]
    played = [entry.at for entry in play(script)[:1]]
    times = first or [at for at in (script.event.starts, *played) if at is not None]
    if not times:
        raise SettingsError(
            "nobody knows when this rehearsal begins: say it with --from, or give the event a start"
        )
    return min(times).astimezone(UTC)


def _first_post(path: Path) -> datetime | None:
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    return _said.decode(line).created_at
                except (msgspec.MsgspecError, UnicodeError):
                    continue
    except OSError:
        pass
    return None

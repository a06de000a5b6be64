"""What the console remembers of its operator from one day to the next, in a file of its own.

Owns that file: the theme picked last, saved filters, the tour seen. It is apart from the settings,
which a person writes and keeps, perhaps in a repository: those are never rewritten. Never raises
because of the disk: what cannot be kept is said once, in `trouble`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tui import themes
from tui.files import read_file
from tui.settings import Settings, wrong_with_filter

_MOST_FILTERS = 50
_LARGEST = 1 << 18


class Remembered(Struct, frozen=True, omit_defaults=True):
    """The file. `over` is the theme that the settings named when `theme` was picked."""

    theme: str = ""
    over: str = ""
    tour_seen: bool = False
    filters: dict[str, str] = {}


class Memory:
    """The memory of one operator; without a path it lasts as long as the console.

    Every change is read, made and written at once: of two consoles on one machine neither forgets
    what the other was told.
    """

    def __init__(self, path: Path | None, settings: Settings) -> None:
        self.trouble = ""
        self._path = path
        self._settings = settings
        self._now = Remembered()
        self._now = self._read()

    @property
    def theme(self) -> str:
        """The theme to start with: whichever was said last, by picking it or in the settings."""
        picked, written = self._now.theme, self._settings.theme
        if picked in themes.THEMES and self._now.over == written:
            return picked
        return written or themes.STANDARD

    @property
    def tour_due(self) -> bool:
        """Whether the tour is still to be shown."""
        return self._settings.tour and not self._now.tour_seen

    @property
    def filters(self) -> dict[str, str]:
        """The saved filters by name: those of the settings first, which nothing here replaces."""
        written = self._settings.filters
        return {
            **written,
            **{one: text for one, text in self._now.filters.items() if one not in written},
        }

    def pick_theme(self, name: str) -> None:
        """Remember the theme that was picked."""
        self._change(theme=name, over=self._settings.theme)

    def see_tour(self) -> None:
        """Remember that the tour was seen."""
        self._change(tour_seen=True)

    def save_filter(self, name: str, text: str) -> str:
        """Remember a filter under a name; gives the reason where it is not, else ""."""
        if why := wrong_with_filter(name, text) or self._written(name):
            return why
        self._now = self._read()
        if name not in self._now.filters and len(self._now.filters) >= _MOST_FILTERS:
            return f"{_MOST_FILTERS} filters are saved: drop one first"
        self._change(filters={**self._now.filters, name: text})
        return ""

    def drop_filter(self, name: str) -> str:
        """Forget a filter; gives the reason where it is not forgotten, else ""."""
        if why := self._written(name):
            return why
        self._now = self._read()
        kept = {other: text for other, text in self._now.filters.items() if other != name}
        self._change(filters=kept)
        return ""

    def _written(self, name: str) -> str:
        if name in self._settings.filters:
            return f"“{name}” stands in your settings file: change it there"
        return ""

    def _change(self, **fields: object) -> None:
        self._now = replace(self._read(), **fields)
        if self._path is None:
            return
        fresh = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self._now)))
            fresh.replace(self._path)
        except OSError as error:
            self.trouble = f"this cannot be remembered on disk: {error}"

    def _read(self) -> Remembered:
        if self._path is None:
            return self._now
        try:
            return _sound(msgspec.json.decode(read_file(self._path, _LARGEST), type=Remembered))
        except FileNotFoundError:
            return self._now
        except OSError as error:
            self.trouble = f"what was remembered cannot be read: {error}"
            return self._now
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            aside = self._path.with_suffix(".damaged")
            self.trouble = f"what was remembered could not be read and was put aside: {aside}"
            try:
                self._path.replace(aside)
            except OSError as error:
                self.trouble = f"what was remembered cannot be read: {error}"
            return self._now


def _sound(read: Remembered) -> Remembered:
    return replace(read, filters=_sound_filters(read.filters))


def _sound_filters(filters: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in filters.items() if not wrong_with_filter(name, text)}
    return dict(list(kept.items())[:_MOST_FILTERS])

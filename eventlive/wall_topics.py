"""The topics over which the wall travels to relays, and what stands on them.

Owns their names and how a path of the wall is written as one level of a topic. Pure
(docs/scaling.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

SHARED = ("/wall/theme", "/wall/picture/", "/wall/qr.svg", "/pictures/")
"""What begins so is an event's own and goes to relays; the page's files they have themselves."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one event's wall; `event` is its id."""

    event: str

    @property
    def show(self) -> str:
        """The whole picture, retained."""
        return f"{self._base}/show"

    @property
    def frames(self) -> str:
        """What screens are told, one after another."""
        return f"{self._base}/frames"

    def asset(self, path: str) -> str:
        """A file of the wall, retained."""
        return f"{self._base}/asset/{quote(path.lstrip('/')).replace('/', '|')}"

    @property
    def assets(self) -> str:
        """Every file of the wall, to subscribe to."""
        return f"{self._base}/asset/+"

    def path(self, topic: str) -> str:
        """Give the path of a file whose topic this is; "" where it is none."""
        name = topic.removeprefix(f"{self._base}/asset/")
        path = "/" + unquote(name.replace("|", "/"))
        return path if name != topic and path.startswith(SHARED) else ""

    def relay(self, name: str) -> str:
        """What a relay says of itself, retained; "+" to subscribe to all of them."""
        return f"{self._base}/relay/{name}"

    def relay_of(self, topic: str) -> str:
        """Give the name of the relay whose topic this is; "" where it is none's."""
        name = topic.removeprefix(f"{self._base}/relay/")
        return name if name != topic else ""

    @property
    def _base(self) -> str:
        return f"eventlive/{self.event}/wall"

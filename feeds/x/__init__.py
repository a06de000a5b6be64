"""X: the way in through its filtered stream and its search, and the way out.

The network asks for money and has many words of its own, so a folder instead of a file. What it
says: objects.py has its objects, bodies.py its answers, posts.py and posts_v1.py what a post means,
texts.py what both versions have in common; archive.py reads what was saved. The way in: rules.py is
what to ask for, search.py the pages to turn, money.py the bill, journal.py what was taken, pace.py
how fast; api.py asks, stream.py is one connection, streaming.py and polling.py follow, and feed.py
decides between the two. The way out is outlet.py, with the files named after it, limits.py and
media.py.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feeds.x.feed import X
    from feeds.x.outlet import XOutlet

__all__ = ["X", "XOutlet"]

_WHERE = {"X": "feeds.x.feed", "XOutlet": "feeds.x.outlet"}


def __getattr__(name: str) -> Any:
    # Imported when asked for: reading an archive needs no tweepy.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)

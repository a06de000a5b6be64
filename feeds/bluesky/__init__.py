"""Bluesky: the way in through its Jetstream, without an account, and the way out through one.

A network's folder instead of its file, because both ways are several questions each. In: what is
wanted (wanted.py), what a frame says (frames.py), what a post holds (posts.py), whether it is new
(memory.py), who wrote it (profiles.py); feed.py has the socket, archive.py reads saved frames. Out:
how a post is written down (records.py, pictures.py), who we are (session.py), what is left to us
(limits.py) and what an answer means (outlet.py). xrpc.py calls servers for both.
"""

from feeds.bluesky.feed import Bluesky
from feeds.bluesky.outlet import BlueskyOutlet

__all__ = ["Bluesky", "BlueskyOutlet"]

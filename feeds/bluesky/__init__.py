"""Bluesky: the way in through its Jetstream, without an account.

A network's folder instead of its file, because reading the whole network's posts is four
questions: what is wanted (wanted.py), what a frame says (frames.py), what a post holds (posts.py),
and whether it is new (memory.py); feed.py has the socket.
"""

from feeds.bluesky.feed import Bluesky

__all__ = ["Bluesky"]

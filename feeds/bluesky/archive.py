"""Saved frames of Jetstream, read as events.

Owns nothing but the way from a line to what it says; frames.py and posts.py read it. Every post is
wanted here: what is left out is decided when it is played.
"""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from eventlive.model import Deleted, Edited, FeedEvent
from feeds.bluesky.frames import Ended, Left, Notice, Removed, Unreadable, Written, parse
from feeds.bluesky.posts import EPOCH
from feeds.bluesky.wanted import Wanted

__all__ = ["Unreadable", "events"]

_EVERYTHING = Wanted(everything=True)


def events(line: bytes) -> tuple[FeedEvent, ...]:
    """Give what one saved frame, of either form, says; () where that is no post.

    Raises Unreadable with the reason. An account that leaves names no post, and one line cannot
    know which were its.
    """
    if not line.strip():
        return ()
    heard = parse(line, _EVERYTHING)
    at = EPOCH + timedelta(microseconds=heard.time_us)
    match heard.said:
        case Written(post, _, edit, _):
            return (Edited(post, at) if edit else post,)
        case Removed(post_id):
            return (Deleted("bluesky", post_id, at),)
        case Left() | Notice() | Ended() | None:
            return ()
        case _:
            assert_never(heard.said)

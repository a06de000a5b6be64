"""The programme: which segment runs.

Owns a segment's states. Functions on the desk's state.
"""

from __future__ import annotations

from datetime import datetime

from eventlive.desk.inputs import Refused
from eventlive.desk.state import State
from eventlive.model import Segment


def start(state: State, segment_id: str, now: datetime) -> Segment:
    """Start a segment; the one that was running ends. The wall's frame names what runs."""
    segment = _known(state, segment_id)
    if segment.state == "running":
        raise Refused(f"{segment.title!r} runs already", segment)
    for other in list(state.segments.values()):
        if other.state == "running":
            state.change(other, state="ended", ended_at=now)
    started = state.change(segment, state="running", started_at=now, ended_at=None)
    state.change(state.scene, now=segment.title)
    return started


def end(state: State, segment_id: str, now: datetime) -> Segment:
    """End a running segment."""
    segment = _known(state, segment_id)
    if segment.state != "running":
        raise Refused(f"{segment.title!r} does not run", segment)
    state.change(state.scene, now="")
    return state.change(segment, state="ended", ended_at=now)


def _known(state: State, segment_id: str) -> Segment:
    segment = state.segments.get(segment_id)
    if segment is None:
        known = ", ".join(state.segments) or "none"
        raise Refused(f"there is no segment {segment_id!r}; segments: {known}")
    return segment

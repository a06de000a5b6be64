"""Whether a thing still belongs to a queue, as far as its own state tells.

Pure. What is in a queue is the engine's to say; this is for what its window leaves open: whether a
row that it no longer names left the queue, or only fell out of the window.
"""

from __future__ import annotations

from eventlive.model import Item, Outgoing, Thing


def has_left(thing: Thing, queue: str) -> bool:
    """Whether a thing's own state says that it does not belong to a queue any more."""
    match thing:
        case Item():
            return _has_left(thing, queue)
        case Outgoing() if queue == "uncertain":
            return thing.state not in ("uncertain", "failed")
        case _:
            return False


def _has_left(item: Item, queue: str) -> bool:
    match queue:
        case "wall":
            return not item.on_wall
        case "snoozed":
            return item.state != "snoozed"
        case "done":
            return item.state in ("open", "snoozed")
        case "questions":
            return item.question != "open" or item.state != "open"
        case "overdue":
            answered = item.question != "open" or bool(item.shown_answer)
            return answered or item.state != "open"
        case "mentions" if not item.mentions_us:
            return True
        case "people" if not item.person:
            return True
        case "flagged" if not item.flags:
            return True
        case _:
            return item.state != "open" or item.muted

"""What happens, in words: a line every few seconds, and what the event came to.

Owns the texts of a run without a console. Pure; whoever calls prints.
"""

from __future__ import annotations

from eventlive.model import Health


def line(health: Health) -> str:
    """Say in one line how it goes: posts in, on the wall, waiting, health."""
    feeds = ", ".join(
        f"{feed.id} {feed.state}" + (f" ({feed.reason})" if feed.reason else "")
        for feed in health.feeds
    )
    parts = [
        f"{health.at:%H:%M:%S}",
        f"posts {health.posts} ({health.per_minute}/min)",
        f"on the wall {health.cards}",
        f"waiting {health.waiting}",
        f"questions {health.questions}",
        f"sent {health.sent}",
        f"screens {health.screens}",
        f"consoles {health.consoles}",
        f"feeds: {feeds or 'none'}",
    ]
    if health.held:
        parts.insert(1, "HELD")
    if health.uncertain:
        parts.append(f"UNCERTAIN {health.uncertain}")
    if health.skipped:
        parts.append(f"skipped {health.skipped}")
    if health.venue:
        parts.append(f"venue {health.venue}")
    parts.append(f"lag {health.lag_ms:g} ms")
    return "  ".join(parts)


def summary(health: Health, title: str) -> str:
    """Say what the event came to."""
    minutes = (health.at - health.started_at).total_seconds() / 60
    rows = [
        ("posts stored", health.posts),
        ("seen again and left out", health.repeats),
        ("edited", health.edits),
        ("deleted by their authors", health.deletes),
        ("skipped as unusable", health.skipped),
        ("still waiting", health.waiting),
        ("open questions", health.questions),
        ("fallen out of the desk's window (search finds them)", health.overflow),
        ("on the wall at the end", health.cards),
        ("sent", health.sent),
        ("uncertain", health.uncertain),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{title}: covered for {minutes:.1f} min"]
    lines += [f"  {name:<{width}}  {count}" for name, count in rows]
    return "\n".join(lines)

"""What happens, in words: a line every few seconds, and what the event came to.

Owns the texts of a run without a console. Pure; whoever calls prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from eventlive.model import Goal, Health, Outgoing

GOALS = {
    "questions_answered": "questions answered",
    "answer_minutes": "half of the answers within",
    "conversation": "answers among our posts",
    "posts_a_day": "posts a day",
    "voices_on_wall": "different people on the wall",
}
UNSENT_MOST = 20
_SHARES = ("questions_answered", "conversation")


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
    if health.goals:
        parts.append(f"goals {sum(goal.met for goal in health.goals)}/{len(health.goals)}")
    if health.skipped:
        parts.append(f"skipped {health.skipped}")
    if health.venue:
        parts.append(f"venue {health.venue}")
    parts.append(f"lag {health.lag_ms:g} ms")
    return "  ".join(parts)


def summary(health: Health, title: str, unsent: Sequence[Outgoing] = ()) -> str:
    """Say what the event came to; `unsent` are posts of the house that have not gone out."""
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
    if health.goals:
        met = sum(goal.met for goal in health.goals)
        lines.append(f"goals: {met} of {len(health.goals)} met")
        width = max(len(GOALS.get(goal.name, goal.name)) for goal in health.goals)
        lines += [
            f"  {GOALS.get(goal.name, goal.name):<{width}}  {outcome(goal)}"
            for goal in health.goals
        ]
    if unsent:
        lines.append(f"not sent: {len(unsent)}")
        lines += [f"  {_left(out)}" for out in unsent[:UNSENT_MOST]]
        if len(unsent) > UNSENT_MOST:
            lines.append(f"  and {len(unsent) - UNSENT_MOST} more")
    return "\n".join(lines)


def _left(out: Outgoing) -> str:
    why = out.reason
    if not why and out.state == "queued":
        why = f"due at {out.due_at:%d %B %H:%M} UTC" if out.due_at else "not due"
    words = " ".join(out.text.split())
    words = words if len(words) <= 60 else f"{words[:59]}…"
    return f"{out.state:<9} {out.account}: {words!r}" + (f" ({why})" if why else "")


def outcome(goal: Goal) -> str:
    """Say in words what a goal came to, and whether it was met."""
    wanted = f"{'at least' if goal.at_least else 'at most'} {_amount(goal, goal.target)}"
    if goal.value is None:
        return f"nothing to count, {wanted} wanted: missed"
    value = _amount(goal, goal.value)
    return f"{value}, {wanted} wanted: {'met' if goal.met else 'missed'}"


def _amount(goal: Goal, value: float) -> str:
    """Write a value so that a missed goal never reads as a met one."""
    scaled = value * 100 if goal.name in _SHARES else value
    # Towards the side on which the goal is missed: 79.6 % are no 80 %.
    tenths = (floor if goal.at_least else ceil)(round(scaled * 10, 6)) / 10
    unit = " %" if goal.name in _SHARES else " min" if goal.name == "answer_minutes" else ""
    return f"{tenths:.10g}{unit}"

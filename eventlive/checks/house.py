"""The house's own rules: word lists, goals, and until when a word of ours is good.

Owns the checks of `[follow]`, `[moderation]` and `[goals]`, and of the dates and sources of answers
and facts. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.checks.findings import Finding, Proof
from eventlive.lines import Place
from eventlive.tables import Script


def findings(proof: Proof) -> Iterator[Finding]:
    """Find rules that contradict one another, and what is out of date before it begins."""
    yield from _unheard(proof)
    yield from _lists(proof.script)
    yield from _dates(proof)
    yield from _goals(proof)


def _unheard(proof: Proof) -> Iterator[Finding]:
    """Find what is to be listened for in an event that no feed listens to."""
    script = proof.script
    if script.feeds or "feeds" in proof.lost or proof.told(("feeds",)):
        return
    if not proof.ids.get("segments"):
        return  # A script that only begins has no feed yet.
    for name in ("hashtags", "keywords", "accounts"):
        if getattr(script.follow, name):
            said = "nothing of this ever comes in: the event has no feed"
            hint = 'add [[feeds]], such as id = "sky" with kind = "bluesky"'
            yield Finding(("follow", name), said, hint, "warning")
            return


def _lists(script: Script) -> Iterator[Finding]:
    stop = {word.casefold() for word in script.moderation.stop}
    for index, word in enumerate(script.moderation.flag):
        if word.casefold() in stop:
            place: Place = ("moderation", "flag", index)
            yield Finding(place, f"{word!r} is a stop word already", severity="warning")
    for index, entry in enumerate(script.moderation.mute):
        if not re.match(r"^(x|bluesky|mastodon):.+", entry):
            yield Finding(
                ("moderation", "mute", index),
                f"{entry!r} must read network:handle, such as 'mastodon:someone@example.org'",
            )
    tags = {word.lstrip("#＃") for word in stop}
    for index, tag in enumerate(script.follow.hashtags):
        if tag.lstrip("#＃").casefold() in tags:
            said = f"{tag!r} is a stop word: nothing with it reaches a screen"
            yield Finding(("follow", "hashtags", index), said, severity="warning")


def _dates(proof: Proof) -> Iterator[Finding]:
    script, starts = proof.script, proof.script.event.starts
    for index, answer in enumerate(script.answers):
        if starts and answer.valid_until and answer.valid_until < starts:
            said = f"the answer {answer.id!r} is no longer good when the event starts"
            yield Finding(("answers", index, "valid_until"), said, severity="warning")
    for index, fact in enumerate(script.facts):
        if starts and fact.valid_until and fact.valid_until < starts:
            said = f"the fact {fact.id!r} is no longer so when the event starts"
            yield Finding(("facts", index, "valid_until"), said, severity="warning")
        if fact.wrong and not fact.source and not proof.told(("facts", index, "source")):
            yield Finding(
                ("facts", index, "wrong"),
                "a correction needs its source, and this fact has none",
                'say in source = "https://..." where it can be read',
                "warning",
            )


def _goals(proof: Proof) -> Iterator[Finding]:
    """Find goals that nothing in the script can reach, or count."""
    script, goals = proof.script, proof.script.goals
    if not proof.ids.get("accounts") and not proof.told(("accounts",)):
        for name in ("questions_answered", "answer_minutes", "conversation", "posts_a_day"):
            if getattr(goals, name) is not None:
                said = "nobody can reach this: the event has no account"
                yield Finding(("goals", name), said, "add [[accounts]]", "warning")
    planned = proof.ids.get("segments") or (script.event.starts and script.event.ends)
    if goals.silence_minutes is not None and not planned:
        yield Finding(
            ("goals", "silence_minutes"),
            "nobody knows when the event is on",
            "give [event] starts and ends, or a programme",
            "warning",
        )

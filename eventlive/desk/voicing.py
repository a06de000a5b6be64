"""Whether what somebody writes is in the house's voice.

Owns the refusal of what is not; what the voice is, is `listening.voice`'s. Functions on the desk's
state.
"""

from __future__ import annotations

from dataclasses import replace

from eventlive.desk.inputs import Refused
from eventlive.desk.state import State
from eventlive.listening.voice import Finding, lint
from eventlive.listening.voice_languages import language_spoken
from eventlive.listening.voice_rules import VoiceRules
from eventlive.model import Item


def refuse_foreign_voice(
    state: State, account: str, text: str, over: tuple[str, ...], item: Item | None
) -> None:
    """Refuse a text that is not in the house's voice, but for the rules that its writer set aside.

    Raises Refused with what stands there, and what should.
    """
    rules = state.rules.voice
    if rules is None:
        return
    wrong = [one for one in _findings(state, rules, account, text, item) if one.rule not in over]
    if wrong:
        first = wrong[0]
        raise Refused(first.message + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""))


def _findings(
    state: State, rules: VoiceRules, account: str, text: str, item: Item | None
) -> list[Finding]:
    house = state.rules.house.get(account)
    asked = item.language if item else ""
    found = lint(
        text,
        language=language_spoken(text, house.language if house else "", asked),
        network=house.network if house else "",
        rules=replace(rules, first_person=False) if house and house.first_person else rules,
    )
    return [one for one in found if one.severity == "error"]

"""Whether what somebody writes is in the house's voice.

Owns the refusal of what is not; what the voice is, is `listening.voice`'s. Functions on the desk's
state.
"""

from __future__ import annotations

from dataclasses import replace

from eventlive.desk.inputs import Refused
from eventlive.desk.state import HouseAccount, State
from eventlive.listening.voice import FIRST_PERSON, Finding, lint
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
    house = state.rules.house.get(account)
    wrong = [one for one in _findings(state, rules, house, text, item) if one.rule not in over]
    if wrong:
        first = wrong[0]
        raise Refused(first.message + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""))


def note(state: State, account: str, text: str, over: tuple[str, ...], item: Item | None) -> str:
    """Say for the log what the house's voice let pass: rules set aside, staff who say "I"."""
    if over:
        return f"set aside: {', '.join(over)}"
    house, rules = state.rules.house.get(account), state.rules.voice
    if house is None or rules is None or not house.first_person:
        return ""
    strict = replace(house, first_person=False)
    found = _findings(state, rules, strict, text, item)
    return "speaks as a person" if any(one.rule == FIRST_PERSON for one in found) else ""


def _findings(
    state: State, rules: VoiceRules, house: HouseAccount | None, text: str, item: Item | None
) -> list[Finding]:
    asked = item.language if item else ""
    found = lint(
        text,
        language=language_spoken(text, house.language if house else "", asked),
        network=house.network if house else "",
        rules=replace(rules, first_person=False) if house and house.first_person else rules,
    )
    return [one for one in found if one.severity == "error"]

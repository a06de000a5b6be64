"""What a house says about its voice, and what holds where it says nothing.

Owns the shape of the rules; `voice` holds texts against them. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from eventlive.listening.shorteners import SHORTENERS


@dataclass(frozen=True, slots=True)
class VoiceRules:
    """What a house says about its voice.

    `first_person` off: staff speak as people. `tags`: so many at most. `banned` and `inclusive`
    are pairs of a word or phrase and how it should read ("" where it should go); a `*` at either
    end leaves that edge open ("syrj*"). `shorteners` are hosts that hide where a link leads.
    """

    first_person: bool = True
    shouting: bool = True
    exclamations: bool = True
    tags: int = 4
    banned: tuple[tuple[str, str], ...] = ()
    inclusive: tuple[tuple[str, str], ...] = ()
    shorteners: frozenset[str] = SHORTENERS


HOUSE = VoiceRules()
"""What holds where a script says nothing."""

"""What the house's voice says of a text that is being written, and the lines that say it.

Owns the judgement in the composer: by which rules, in which language, once for each text. Never
changes a word and never forbids: the composer decides what an error stops, the engine looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from eventlive.listening.voice import FIRST_PERSON, Finding, lint
from eventlive.listening.voice_languages import language_spoken
from eventlive.listening.voice_rules import HOUSE, VoiceRules
from eventlive.messages import AccountInfo
from tui.lines import Line, Lines, Span, foreign, spread

_IN_REVIEW = 3
_WARMING = "o on"
"""Words with which every language looks into its lists."""


class Voicing:
    """The judgement of one composer's text. `rules` tells what the house says of its voice now."""

    def __init__(self) -> None:
        self.rules: Callable[[], VoiceRules] = lambda: HOUSE

    def findings(self, text: str, account: AccountInfo | None, asked: str) -> tuple[Finding, ...]:
        """Hold a text against the voice; `asked` is the language of the question it answers."""
        spoken = language_spoken(text, account.language if account else "", asked)
        network = account.network if account else ""
        return _judged(text, spoken, network, self._rules_for(account))

    def speaks_as_person(self, account: AccountInfo | None) -> bool:
        """Tell whether the account may say "I" where the house does not."""
        return account is not None and account.first_person and self.rules().first_person

    def warm(self, account: AccountInfo | None, asked: str) -> None:
        """Read a language's lists before the first key needs them: some 10 ms each."""
        self.findings(_WARMING, account, asked)

    def _rules_for(self, account: AccountInfo | None) -> VoiceRules:
        rules = self.rules()
        return replace(rules, first_person=False) if self.speaks_as_person(account) else rules


@lru_cache(maxsize=4)
def _judged(text: str, language: str, network: str, rules: VoiceRules) -> tuple[Finding, ...]:
    # One text is drawn many times: the composer asks at each drawing, this answers once a text.
    return lint(text, language=language, network=network, rules=rules)


def errors(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the rules that are broken, each once: what `y` refuses and `Y` sets aside."""
    return tuple(sorted({found.rule for found in findings if found.severity == "error"}))


def refusal(broken: Sequence[str]) -> str:
    """Say why `y` does nothing, and what does."""
    why = "the house says we" if FIRST_PERSON in broken else "the house does not say that"
    return f"{why}: e goes on writing, Y sends it all the same"


# --- lines ----------------------------------------------------------------------------------------


class Heard(Lines):
    """The findings below the words, always as high: nothing jumps while somebody types."""

    SCOPED_CSS = False  # what it depends on stands around it
    DEFAULT_CSS = """
    Heard { height: 2; }
    .-short Heard { height: 1; }
    .-review Heard { display: none; }
    """


def lines(
    findings: Sequence[Finding], cells: int, room: int = _IN_REVIEW, *, person: bool = False
) -> list[Line]:
    """Say what was found, errors first, in at most `room` lines; `person`: "I" is allowed."""
    note = [Span("speaks as a person ", "dim")] if person else []
    said: dict[tuple[str, str], list[Finding]] = {}
    for found in sorted(findings, key=lambda found: found.severity != "error"):
        said.setdefault((found.message, found.suggestion), []).append(found)
    if not said:
        return [(Span(" "), *note)] if note else []
    shown = list(said.values())[: max(room, 1)]
    more = sum(map(len, said.values())) - sum(map(len, shown))
    made = [_line(same) for same in shown]
    ends: list[list[Span]] = [note, *([] for _ in made[1:])]
    if more:
        ends[-1] = [*ends[-1], Span(f"+{more} more ", "dim")]
    return [spread(line, end, cells) for line, end in zip(made, ends, strict=True)]


def _line(same: Sequence[Finding]) -> list[Span]:
    first = same[0]
    sign, ink = ("✗", "bad") if first.severity == "error" else ("!", "warn")
    spans = [Span(f" {sign} ", ink), foreign(first.message, ink)]
    if len(same) > 1:
        spans.append(Span(f", {len(same)} times", ink))
    if first.suggestion:
        spans += [Span(" → ", "dim"), foreign(first.suggestion)]
    return spans

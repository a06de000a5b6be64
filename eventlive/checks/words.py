"""Words: whether texts of ours fit, sound like us, and name what is there.

Owns the checks of length, voice and variables, for each text as each account says it. Pure; which
text that is, `texts` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from eventlive.checks.findings import Finding, Proof, row_of
from eventlive.checks.posts import Departure
from eventlive.checks.programme import Span, rundown, times
from eventlive.checks.texts import Said, names_of, texts, variant
from eventlive.lines import Place
from eventlive.listening.length import Measure, graphemes, measure
from eventlive.listening.shorteners import SHORTENERS
from eventlive.listening.splitting import split
from eventlive.listening.variables import (
    Missing,
    Names,
    Variable,
    fill,
    lookalikes,
    problem,
    variables,
)
from eventlive.listening.voice import language_for, lint
from eventlive.listening.voice_rules import VoiceRules
from eventlive.model import Segment
from eventlive.tables import Account, PreparedPost, Voice

_MEASURES = ("network", "limit", "long", "signature")
"""What says how long a text of an account may be."""
_TIES = ("at", "segment", "during", "every")
"""What says which segment a post is about."""
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def voice_rules(voice: Voice, *, first_person: bool = True) -> VoiceRules:
    """Give the rules that `[voice]` makes; `first_person` False for people who speak as "I"."""
    return VoiceRules(
        first_person=voice.first_person and first_person,
        shouting=voice.shouting,
        exclamations=voice.exclamations,
        tags=voice.tags,
        banned=tuple(voice.banned.items()),
        inclusive=tuple(voice.inclusive.items()),
        shorteners=SHORTENERS | {host.lower() for host in voice.shorteners},
    )


class _Event(NamedTuple):
    """What variables are about."""

    names: Names
    segments: Mapping[str, Segment]
    language: str
    sure: bool
    """Whether no row of it is left out for a mistake that is named already."""

    def filled(self, text: str, said: Said, segment: str) -> str:
        """Fill in the variables as on its network. Raises Missing."""
        own = self.segments.get(segment)
        return fill(
            text,
            names=self.names,
            # A rehearsal has no handles; neither has what nobody says yet.
            network=said.network,
            language=said.language or self.language,
            segments=self.segments,
            segment=segment,
            now=own.begins if own and own.begins else _SOME_DAY,
        )


def findings(
    proof: Proof, spans: Mapping[str, Span], leaving: Sequence[Departure]
) -> Iterator[Finding]:
    """Find what is wrong with the words of posts, answers and facts."""
    segments = rundown(proof.script, spans)
    whole = not proof.lost & {"people", "segments"} and len(segments) == len(spans)
    event = _Event(names_of(proof.script), segments, proof.script.event.language, whole)
    seen: set[tuple[object, ...]] = set()
    for said in texts(proof):
        for finding in _of_text(proof, event, said):
            # The same words from several accounts of a network are one mistake.
            mark = (finding.place, finding.message, finding.words)
            if mark not in seen:
                seen.add(mark)
                yield finding
    yield from _said_again(proof, event, leaving)
    yield from _turns(proof)
    yield from _no_zone(proof)


def _of_text(proof: Proof, event: _Event, said: Said) -> Iterator[Finding]:
    if not said.text.strip():
        yield Finding(said.place, "this says nothing")
        return
    found = variables(said.text) if said.fillable else ()
    if said.chosen:
        yield from _variables(proof, event, said, found)
        yield from _voice(proof, said, found)
    if (account := said.account) is not None:
        row = proof.script.accounts.index(account)
        if not any(proof.told(("accounts", row, key)) for key in _MEASURES):
            yield from _length(event, said, account)


# --- length --------------------------------------------------------------------------------------


def _length(event: _Event, said: Said, account: Account) -> Iterator[Finding]:
    for segment in said.about or ("",):
        try:
            text = event.filled(said.text, said, segment)
        except Missing:
            text = said.text
        used, limit, unit = _measured(text, said, account)
        if used <= limit:
            continue
        where = account.id if account.network == "rehearsal" else account.network
        wrong = f"{used} {unit} for {where}, where {limit} is the limit"
        hint = 'shorten it, give it variants, or let the account post threads: long = "thread"'
        if account.long == "thread":
            try:
                split(text, account.network, limit)
            except ValueError as error:
                wrong, hint = f"{wrong}, and it cannot be cut: {error}", "shorten it"
            else:
                continue
        # Whoever sends an answer may still shorten it.
        yield Finding(said.place, wrong, hint, "error" if said.chosen else "warning")
        return


def _measured(text: str, said: Said, account: Account) -> Measure:
    """Measure a text with its signature and content warning, as its outlet will."""
    text = text.strip()
    if account.signature:
        text = f"{text} {account.signature}"
    # A limit of X's or Bluesky's own is known to `measure`.
    limit = 0 if account.network in ("x", "bluesky") else account.counts_to
    if said.warning and account.network in ("x", "bluesky"):
        text = f"CW: {said.warning}\n{text}"
    used = measure(text, account.network, limit)
    if said.warning and account.network == "mastodon":
        return used._replace(used=used.used + graphemes(said.warning))
    return used


# --- voice ---------------------------------------------------------------------------------------


def _voice(proof: Proof, said: Said, found: Sequence[Variable]) -> Iterator[Finding]:
    text = _masked(said.text, found)
    language = said.language or language_for(text) or proof.script.event.language
    person = said.account is not None and said.account.first_person
    rules = voice_rules(proof.script.voice, first_person=not person)
    for offence in lint(text, language=language, network=said.network, rules=rules):
        yield Finding(
            said.place,
            offence.message,
            f"write {offence.suggestion!r}" if offence.suggestion else "",
            offence.severity,
            row_of(said.text, offence.start),
        )


def _masked(text: str, found: Sequence[Variable]) -> str:
    """Put a word of no language in each variable's place: its name is not what will be read."""
    for one in found:
        text = text[: one.start] + "x" * (one.end - one.start) + text[one.end :]
    return text


# --- variables -----------------------------------------------------------------------------------


def _variables(
    proof: Proof, event: _Event, said: Said, found: Sequence[Variable]
) -> Iterator[Finding]:
    if {("people",), ("segments",)} & proof.unread:
        return
    people, segments = proof.ids.get("people", ()), proof.ids.get("segments", ())
    tied = bool(said.about) or any(proof.told((*said.place[:2], key)) for key in _TIES)
    for one in found:
        words = row_of(said.text, one.start)
        wrong = problem(one.path, people=people, segments=segments, tied=tied)
        if wrong:
            message, _, hint = wrong.partition("; did you mean ")
            hint = f"did you mean {hint}" if hint else ""
            yield Finding(said.place, f"{{{one.path}}}: {message}", hint, words=words)
        elif (said.about or not tied) and (lacking := _missing(proof, event, said, one)):
            # What is next may still be added, and the post is held if it is not.
            kind = one.path.partition(".")[0]
            yield Finding(
                said.place,
                lacking,
                severity="warning" if kind == "next" else "error",
                words=words,
            )
    for like in lookalikes(said.text, people=people, segments=segments) if said.fillable else ():
        yield Finding(
            said.place,
            f"{_short(like.written)} goes out as it stands: {like.reason}",
            f"write {like.right}",
            "warning",
            row_of(said.text, like.start),
        )


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"


def _untold(proof: Proof, event: _Event, path: str) -> bool:
    """Tell whether all that a variable stands for could be read."""
    head, _, field = path.partition(".")
    if head == "event":
        sources: dict[str, tuple[Place, ...]] = {
            "hashtag": (("follow", "hashtags"), ("wall", "hashtag")),
            "link": (("event", "link"),),
        }
        return not any(proof.told(place) for place in sources.get(field, ()))
    keys = ("starts", "after", "minutes") if field in ("start", "end") else (field,)
    return event.sure and not proof.doubtful("segments", keys)


def _missing(proof: Proof, event: _Event, said: Said, variable: Variable) -> str:
    """Say why a variable has no value as things are planned, "" where it has one."""
    if not _untold(proof, event, variable.path):
        return ""
    there = [name for name in said.about if name in event.segments]
    if said.about and not there:
        return ""
    for segment in there or [""]:
        try:
            event.filled(f"{{{variable.path}}}", said, segment)
        except Missing as lacking:
            text = str(lacking)
            return text if text.startswith("{") else f"{{{variable.path}}}: {text}"
    return ""


def _no_zone(proof: Proof) -> Iterator[Finding]:
    """Find texts that say an hour in UTC for want of a zone, where no time of the script is UTC."""
    event = proof.script.event
    if "timezone" in event.model_fields_set or proof.told(("event", "timezone")):
        return
    offsets = [moment.utcoffset() for _, moment in times(proof.script)]
    hours = (
        one.path
        for said in texts(proof)
        for one in (variables(said.text) if said.fillable else ())
        if one.path.endswith((".start", ".end"))
    )
    if offsets and all(offsets) and (said := next(hours, "")):
        yield Finding(
            ("event", "timezone"),
            f"the event has no zone: {{{said}}} will be UTC's, and no time here is",
            'give [event] its own, such as timezone = "Europe/Madrid"',
            "warning",
        )


# --- other words in turn -------------------------------------------------------------------------


def _turns(proof: Proof) -> Iterator[Finding]:
    """Find `rotate` beside a variant: who says a variant says it each time."""
    accounts = proof.accounts
    for index, post in enumerate(proof.script.posts):
        speaking = [accounts[name] for name in post.from_accounts if name in accounts]
        own = [one.id for one in speaking if variant(post, one, proof.script)]
        if post.rotate and own:
            yield Finding(
                ("posts", index, "rotate"),
                f"{own[0]!r} says its variant each time, and never these words",
                "for other words in turn it needs a post of its own",
                "warning",
            )


# --- the same words again ------------------------------------------------------------------------


def _said_again(proof: Proof, event: _Event, leaving: Sequence[Departure]) -> Iterator[Finding]:
    """Find what comes again on X in the same words, which X refuses."""
    accounts = proof.accounts
    before: dict[tuple[int, str], str] = {}
    told: set[int] = set()
    for one in leaving:
        post, account = proof.script.posts[one.post], accounts.get(one.account)
        if post.every is None or account is None or account.network != "x":
            continue
        if post.rotate and not variant(post, account, proof.script):
            continue
        if one.post in told:
            continue
        text = _as_said(proof, event, post, account, one)
        if before.get((one.post, one.account)) == text:
            told.add(one.post)
            yield Finding(
                one.place,
                f"X refuses the same words twice, and {account.id!r} would say them again and"
                " again",
                "give it other words in turn: rotate = [...]",
                "warning",
            )
        before[one.post, one.account] = text


def _as_said(
    proof: Proof, event: _Event, post: PreparedPost, account: Account, one: Departure
) -> str:
    key = variant(post, account, proof.script)
    text = post.variants[key] if key else post.text
    place: Place = one.place
    try:
        return event.filled(text, Said(place, text, account), post.segment or one.segment)
    except Missing:
        return text

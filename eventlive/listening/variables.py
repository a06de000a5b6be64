"""Variables in a post: `{speaker.ada}`, `{segment.title}`, `{next.start}`.

Owns their grammar and what they stand for on each network. Pure: the programme as it is expected at
this moment is an argument.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from eventlive.model import Segment


class Naming(Struct, frozen=True, omit_defaults=True):
    """Somebody in a post: by handle where they have one on the network, else as `named`."""

    name: str
    named: str = ""
    handles: dict[str, str] = {}


class Names(Struct, frozen=True, omit_defaults=True):
    """What variables stand for whatever the programme does: people by id, and the event.

    `hashtag` comes with its #; `timezone` is that in which times are said.
    """

    people: dict[str, Naming] = {}
    title: str = ""
    hashtag: str = ""
    link: str = ""
    timezone: str = "UTC"


NOBODY = Names()

OF_PEOPLE = ("speaker", "person", "partner", "press", "staff")
"""What may stand before a person's id; all of them mean the same."""
OF_SEGMENT = ("title", "start", "end", "room", "track", "speakers")
OF_EVENT = ("title", "hashtag", "link")

_HEADS = (*OF_PEOPLE, "segment", "next", "event")
# A head alone is taken for an unfinished variable, so that `check` sees it and no audience does.
# Without a letter it is a number in braces.
_PLACES = re.compile(
    r"\{\{|\}\}|\{ *(?=[^{}]*[^\W\d_])"
    rf"(?P<path>(?:{'|'.join(_HEADS)})(?= *\}})|[\w-]{{1,60}}(?:\.[\w-]{{1,60}})+) *\}}"
)

# What stands in braces, or behind one, and begins with a word.
_NEARLY = re.compile(
    r"(?P<open>\{+)\s*(?P<path>[^\W\d_][\w-]*(?:\s?\.\s?[\w-]+)*)\s*(?P<close>\}*)"
)

_AND = {
    "en": "and",
    "fi": "ja",
    "de": "und",
    "no": "og",
    "nb": "og",
    "nn": "og",
    "es": "y",
    "it": "e",
}
# "y" gives way to "e" before the sound i: Inés, Hilda, Yvonne; not before a diphthong (Hierro).
_SOUNDS_I = re.compile(r"h?i(?![aeou])|y[^aeiou\W]")


class Variable(NamedTuple):
    """A variable and where it stands in a text, with its braces; `path` is what is in them."""

    start: int
    end: int
    path: str


class Lookalike(NamedTuple):
    """What reads like a variable, is none, and goes out as it stands; why is said in `reason`."""

    start: int
    written: str
    reason: str
    right: str


class Missing(ValueError):
    """A variable has no value now; the text says which and why, for whoever must decide."""


def variables(text: str) -> tuple[Variable, ...]:
    """Return the variables of a text in order, also those that stand for nothing.

    `{{` and `}}` are literal braces, and so are those around what has not a variable's grammar.
    """
    return tuple(
        Variable(place.start(), place.end(), place["path"])
        for place in _PLACES.finditer(text)
        if place["path"] is not None
    )


def lookalikes(
    text: str, *, people: Collection[str], segments: Collection[str]
) -> Iterator[Lookalike]:
    """Find what was meant for a variable: with a brace too few or too many, or an id alone."""
    for one in variables(text):
        text = text[: one.start] + "-" * (one.end - one.start) + text[one.end :]
    for found in _NEARLY.finditer(text):
        path = re.sub(r"\s", "", found["path"])
        head, _, rest = path.partition(".")
        right = f"{{{path}}}"
        if head in OF_EVENT and not rest:
            right = f"{{event.{head}}}"
        elif head in people:
            right = f"{{person.{head}}}"
        elif head in segments:
            right = f"{{{path if rest else f'{head}.title'}}}"
        elif head not in _HEADS:
            continue
        if not found["close"]:
            reason = "the brace is not closed"
        elif len(found["open"]) > 1:
            reason = "doubled braces stay as they are"
        else:
            reason = "this is no variable"
        yield Lookalike(found.start(), found.group().strip(), reason, right)


def problem(path: str, *, people: Collection[str], segments: Collection[str], tied: bool) -> str:
    """Say what is wrong with a variable, and which right one is nearest; "" where nothing is.

    `people` and `segments` are the ids there are; `tied` says whether the post has a segment, which
    `segment` and `next` are about.
    """
    head, _, rest = path.partition(".")
    if head in OF_PEOPLE:
        who, _, form = rest.partition(".")
        if who not in people:
            wrong = f"there is nobody {who!r} among the people" if who else "it needs a person's id"
            return wrong + _nearest(who, people, f"{head}.")
        return "" if form in ("", "name") else f"after a person comes .name or nothing, not .{form}"
    if head == "event":
        return _unless_field(head, rest, OF_EVENT)
    if head in ("segment", "next"):
        if not tied:
            return "the post is tied to no segment: give it a `segment`, or name one by its id"
        return _unless_field(head, rest, OF_SEGMENT)
    if head in segments:
        return _unless_field(head, rest, OF_SEGMENT)
    if head in people:
        return f"{head!r} is a person: write {{person.{head}}}"
    return (
        f"{head!r} is neither a segment nor any other variable (braces as such read {{{{ and }}}})"
        + _nearest(head, (*_HEADS, *segments), "", f".{rest}")
    )


def fill(
    text: str,
    *,
    names: Names,
    network: str,
    language: str,
    segments: Mapping[str, Segment],
    segment: str,
    now: datetime,
) -> str:
    """Return the text with every variable filled, for a post on this network, in this language.

    `segment` is the id of the post's own, "" for none; `segments` holds all as they are expected at
    `now`. A person without a handle on the network is named, and so is one whose handle would grow
    together with letters beside it ("{speaker.ada}s") and become another's. What is filled in is
    not looked through for variables. Raises Missing for what has no value now.
    """
    of = _Event(names, network, language, segments, segment, now)
    return _PLACES.sub(of.value, text)


@dataclass(frozen=True, slots=True)
class _Event:
    """All that a variable can be about, as `fill` got it."""

    names: Names
    network: str
    language: str
    segments: Mapping[str, Segment]
    segment: str
    now: datetime

    def value(self, place: re.Match[str]) -> str:
        path = place["path"]
        if path is None:
            return place.group()[0]
        wrong = problem(
            path, people=self.names.people, segments=self.segments, tied=bool(self.segment)
        )
        if wrong:
            raise Missing(f"{{{path}}}: {wrong}")
        head, _, rest = path.partition(".")
        glued = _is_glued(place, self.network)
        if head in OF_PEOPLE:
            who, _, form = rest.partition(".")
            return self._person(who, by_name=bool(form) or glued)
        if head == "event":
            value: str = getattr(self.names, rest)
            if not value:
                raise Missing(f"{{{path}}}: the event has no {rest}")
            return value
        match head:
            case "segment":
                about = self._own()
            case "next":
                about = self._next()
            case _:
                about = self.segments[head]
        return self._field(about, rest, glued)

    def _person(self, who: str, *, by_name: bool) -> str:
        person = self.names.people.get(who)
        if person is None:
            raise Missing(f"there is nobody {who!r} among the people")
        handle = person.handles.get(self.network, "").removeprefix("@")
        return f"@{handle}" if handle and not by_name else person.named or person.name

    def _own(self) -> Segment:
        own = self.segments.get(self.segment)
        if own is None:
            raise Missing(f"there is no segment {self.segment!r}")
        return own

    def _next(self) -> Segment:
        own = self._own()
        since = own.begins or own.starts
        later = [
            (begins, other)
            for other in self.segments.values()
            if other.id != own.id
            and other.track == own.track
            and other.state == "planned"
            and (begins := other.begins or other.starts) is not None
            and (since is None or begins >= since)
        ]
        if not later:
            raise Missing(f"nothing comes after {own.id!r}")
        return min(later, key=lambda each: each[0])[1]

    def _field(self, segment: Segment, field: str, glued: bool) -> str:
        match field:
            case "start":
                waits = segment.state == "planned" and segment.by == "hand"
                return self._time(segment, segment.begins or segment.starts, waits, field)
            case "end":
                runs = segment.state == "running" and segment.by == "hand"
                return self._time(segment, segment.ends, runs, field)
            case "speakers":
                value = self._joined([self._person(who, by_name=glued) for who in segment.speakers])
            case _:
                value = getattr(segment, field)
        if not value:
            raise Missing(f"{segment.id!r} has no {field}")
        return value

    def _time(self, segment: Segment, at: datetime | None, waits: bool, field: str) -> str:
        """Write a time in the event's zone; one that waits for a person is not in the past."""
        if segment.state == "skipped":
            raise Missing(f"{segment.id!r} was skipped: it has no {field}")
        if at is None:
            raise Missing(f"the {field} of {segment.id!r} is not known yet")
        try:
            zone = ZoneInfo(self.names.timezone)
        except (LookupError, ValueError, OSError) as error:
            raise Missing(f"there is no time zone {self.names.timezone!r}") from error
        local = (max(at, self.now) if waits else at).astimezone(zone)
        return f"{local:%H.%M}" if self.language == "fi" else f"{local:%H:%M}"

    def _joined(self, people: Sequence[str]) -> str:
        if len(people) < 2:
            return "".join(people)
        return f"{', '.join(people[:-1])} {self._and(people[-1])} {people[-1]}"

    def _and(self, before: str) -> str:
        """Return the language's word for "and", as it reads before this name or handle."""
        word = _AND.get(self.language, "&")
        if self.language in ("es", "it"):
            bare = unicodedata.normalize("NFD", before.removeprefix("@")).lower()
            plain = "".join(sign for sign in bare if not unicodedata.combining(sign))
            if self.language == "es" and _SOUNDS_I.match(plain):
                return "e"
            if self.language == "it" and plain.startswith("e"):
                return "ed"
        return word


def _is_glued(place: re.Match[str], network: str) -> bool:
    """Tell whether a handle in this place would take in letters beside it."""
    text, start, end = place.string, place.start(), place.end()
    # Outside of X a handle holds dots and hyphens.
    after = r"\w" if network == "x" else r"[.-]?\w"
    return re.match(r"\w", text[start - 1 : start]) is not None or (
        re.match(after, text[end : end + 2]) is not None
    )


def _unless_field(head: str, field: str, fields: Sequence[str]) -> str:
    if field in fields:
        return ""
    wrong = f"{head!r} has no {field!r}" if field else f"of {head!r} it needs to say what"
    return f"{wrong}: it has {', '.join(fields)}" + _nearest(field, fields, f"{head}.")


def _nearest(wrong: str, right: Collection[str], before: str, after: str = "") -> str:
    close = get_close_matches(wrong.lower(), right, 1, 0.6)
    return f"; did you mean {{{before}{close[0]}{after}}}?" if close else ""

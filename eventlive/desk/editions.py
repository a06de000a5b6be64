"""The script taken in while the event runs: what a new edition of it would change, and the change.

Owns the merging of three: the edition that was there, the new one, and what has become of things
since. What has been sent never changes; what a person has changed stays as they left it. Functions
on the desk's state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from eventlive.anchors import anchor_text, length_text
from eventlive.desk import planned, rundown, screens, team, wall
from eventlive.desk.inputs import Refused
from eventlive.desk.state import Rules, Series, State, is_planned
from eventlive.model import Outgoing, Reminder, Scene, Screen, Segment

_SEGMENT = ("title", "starts", "minutes", "after", "by", "track", "room", "speakers")
_WORDS = ("text", "pictures", "warning", "language")
_TIME = ("at", "anchor", "stale")
_REST = ("account", "segment", "promo", "needs_approval")
_REMINDER = ("text", "anchor")
_LOOKS = (
    *("title", "hashtag", "link", "accent", "cards"),
    *("theme", "logo", "sponsors", "corner", "language", "zone"),
)
_OUT = ("sending", "sent", "uncertain", "deleting", "deleted")
GONE = "no longer in the script"
OVER = "its time was over already"


@dataclass(frozen=True, slots=True)
class Edition:
    """A script as the desk needs it: its rules, and its things as nobody has touched them."""

    digest: str
    rules: Rules
    scene: Scene
    segments: Mapping[str, Segment] = field(default_factory=dict)
    posts: Mapping[str, Outgoing] = field(default_factory=dict)
    reminders: Mapping[str, Reminder] = field(default_factory=dict)
    screens: Mapping[str, Screen] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of a thing: how it will be (None: it goes), and a line for a person, if any."""

    before: Segment | Outgoing | Reminder | Screen | None
    after: Segment | Outgoing | Reminder | Screen | None
    line: str


def compare(state: State, edition: Edition, now: datetime) -> tuple[str, ...]:
    """Say line by line what an edition would change, with times in the event's zone."""
    lines = [merged.line for merged in _merged(state, edition, now) if merged.line]
    trial = _copied(state)
    put(trial, edition, now)
    for out in trial.outgoing.values():
        before = state.outgoing.get(out.id)
        if out.reason == OVER and (before is None or before.reason != OVER):
            lines.append(f"post {out.id}: its time is over by then, so it is held")
    return tuple(lines)


def _copied(state: State) -> State:
    """Give a state in which an edition can be tried out: things themselves never change."""
    trial = State(state.rules)
    trial.scene, trial.edition = state.scene, state.edition
    trial.segments, trial.reminders = dict(state.segments), dict(state.reminders)
    trial.outgoing, trial.queued = dict(state.outgoing), dict(state.queued)
    trial.screens = dict(state.screens)
    trial.begun, trial.seq = dict(state.begun), state.seq
    return trial


def take_in(state: State, digest: str, now: datetime) -> str:
    """Take in the edition that was looked at, in one step. Gives a word on it; raises Refused."""
    edition = state.offered
    if edition is None or edition.digest != digest:
        raise Refused("the script has changed since it was looked at: look again")
    state.offered = None
    merged = put(state, edition, now)
    count = sum(bool(one.line) for one in merged)
    return f"{count} change{'' if count == 1 else 's'}"


def put(state: State, edition: Edition, now: datetime) -> list[Merged]:
    """Let an edition take the place of the one before; give what that did."""
    due = {out.id for out in _about_to_leave(state, now)}
    merged, base = list(_merged(state, edition, now)), state.edition
    for one in merged:
        if one.after is not None and one.after is not one.before:
            state.put(one.after)
        elif one.after is None and isinstance(one.before, Segment | Reminder | Screen):
            state.drop(one.before)
    looks = {name: getattr(edition.scene, name) for name in _LOOKS}
    state.update(state.scene, **looks)
    state.rules, state.edition = edition.rules, edition
    state.retime = True
    rundown.expect(state)
    _again_as_written(state, base, edition, now)
    state.turned += rundown.advance(state, now)
    planned.keep_time(state, now)
    wall.make_room(state)
    # Nothing leaves by being taken in.
    for out in _about_to_leave(state, now) if base is not None else ():
        if out.id not in due:
            state.change(out, state="held", due_at=None, reason=OVER)
    return merged


def _about_to_leave(state: State, now: datetime) -> list[Outgoing]:
    """List planned posts that are due and that nothing but their turn keeps."""
    return [
        out
        for out in (state.outgoing[key] for key, due in state.queued.items() if due <= now)
        if is_planned(out) and planned.gate(state, out.anchor).is_ == "open"
    ]


# --- merging ------------------------------------------------------------------------------------


def _merged(state: State, edition: Edition, now: datetime) -> Iterator[Merged]:
    base = state.edition
    yield from _segments(state, base, edition)
    yield from _posts(state, base, edition, now)
    yield from _reminders(state, base, edition)
    yield from (Merged(*one) for one in screens.merged(state, base, edition))


def _segments(state: State, base: Edition | None, edition: Edition) -> Iterator[Merged]:
    for new in edition.segments.values():
        before = state.segments.get(new.id)
        if before is None:
            yield Merged(None, new, f"segment {new.id}: new, {new.title!r}")
            continue
        fields = _changed(before, base.segments.get(new.id) if base else None, new, _SEGMENT)
        if fields:
            line = f"segment {new.id}: {_told(before, fields, zone_of(edition))}"
            yield Merged(before, _newer(before, fields), line)
    for before in state.segments.values():
        if before.id in edition.segments:
            continue
        if before.state in ("planned", "skipped"):
            yield Merged(before, None, f"segment {before.id}: gone")
        elif base is not None and before.id in base.segments:
            # It is on, or was: what is tied to it still needs it.
            line = f"segment {before.id}: no longer in the script; it is {before.state}, and stays"
            yield Merged(before, before, line)


def _posts(state: State, base: Edition | None, edition: Edition, now: datetime) -> Iterator[Merged]:
    yield from _series_told(base, edition)
    for new in edition.posts.values():
        before = state.outgoing.get(new.id)
        was = base.posts.get(new.id) if base else None
        if before is None and was is not None:
            # It was done with long ago; the store has it, the desk has let go of it.
            continue
        if before is None or (was is None and before.reason == GONE):
            yield _new_post(before, new, zone_of(edition), now)
        elif (merged := _post(before, was, new, zone_of(edition))) is not None:
            yield merged
    for before in list(state.outgoing.values()):
        known = base is not None and before.id in base.posts
        gone = known or (before.series and before.series not in _series(edition))
        if not gone or before.id in edition.posts or before.state in (*_OUT, "dropped"):
            continue
        if before.sent_ids:
            continue
        dropped = _newer(before, {"state": "dropped", "due_at": None, "reason": GONE})
        # Of one that comes again the series has been told.
        yield Merged(before, dropped, "" if before.series else f"post {before.id}: gone")


def _new_post(before: Outgoing | None, new: Outgoing, zone: tzinfo, now: datetime) -> Merged:
    word = "new" if before is None else "is back"
    line = f"post {new.id}: {word}" + (f", {_at(new, zone)}" if is_planned(new) else ", a draft")
    # What is tied to a segment gets its time from the programme.
    due = new.at or (now if new.anchor else None)
    version, attempt = (before.version + 1, before.attempt) if before else (1, 0)
    return Merged(before, replace(new, version=version, attempt=attempt, due_at=due), line)


def _series_told(base: Edition | None, edition: Edition) -> Iterator[Merged]:
    """Say what changes of posts that come again; the change itself is `_again_as_written`'s."""
    old = {one.first.id: one for one in base.rules.series} if base else {}
    new = {one.first.id: one for one in edition.rules.series}
    for key in dict.fromkeys([*old, *new]):
        if key not in old:
            yield Merged(None, None, f"post {key}: comes again and again")
        elif key not in new:
            yield Merged(None, None, f"post {key}: comes no more")
        elif (fields := _series_fields(old[key], new[key])) != "":
            yield Merged(None, None, f"post {key}, which comes again: {fields}")


def _series_fields(old: Series, new: Series) -> str:
    said = [
        name
        for name in (*_WORDS, *_REST, "stale")
        if getattr(old.first, name) != getattr(new.first, name)
    ]
    if old.texts[1:] != new.texts[1:]:
        said.append("the texts in turn")
    if old.every != new.every:
        said.append(f"every {length_text(old.every)} -> every {length_text(new.every)}")
    if old.during != new.during:
        said.append(f"during {', '.join(old.during)} -> {', '.join(new.during)}")
    return ", ".join(said)


def _post(before: Outgoing, was: Outgoing | None, new: Outgoing, zone: tzinfo) -> Merged | None:
    if was is None:
        return None
    written = replace(before, text=before.template or before.text)
    differs = _changed(written, was, new, (*_WORDS, *_TIME, *_REST)).keys()
    if not differs:
        return None
    if before.state in _OUT or before.sent_ids:
        line = f"post {new.id}: is {before.state}, and stays as it is"
        return Merged(before, before, line)
    if before.state == "dropped":
        return Merged(before, before, f"post {new.id}: was dropped, and stays so")
    fields: dict[str, object] = {}
    kept = []
    for group in (_WORDS, _TIME, *((name,) for name in _REST)):
        if not differs & set(group):
            continue
        if any(getattr(written, name) != getattr(was, name) for name in group):
            kept.append("words" if group is _WORDS else "time" if group is _TIME else group[0])
        else:
            fields |= {name: getattr(new, name) for name in group}
    line = f"post {new.id}: "
    if kept:
        line += f"{' and '.join(kept)} changed by {before.hand or 'a person'} here, and kept; "
    if not fields:
        return Merged(before, before, line.rstrip("; "))
    if fields.keys() & set(_WORDS):
        fields |= {"template": ""}
    if fields.keys() & {*_WORDS, "account"}:
        fields |= {"approved_by": ""}
    # What somebody has taken back, or held, waits for them whatever its time.
    if fields.keys() & set(_TIME) and before.state == was.state:
        due = new.at or (before.due_at or new.created_at if new.anchor else None)
        fields |= {"state": new.state, "due_at": due}
    told = ", ".join(_telling(before, fields, zone))
    return Merged(before, _newer(before, fields), line + told)


def _reminders(state: State, base: Edition | None, edition: Edition) -> Iterator[Merged]:
    for new in edition.reminders.values():
        before = state.reminders.get(new.id)
        if before is None:
            yield Merged(None, new, f"reminder {new.id}: new")
            continue
        was = base.reminders.get(new.id) if base else None
        names = (*_REMINDER, "due_at") if new.anchor is None else _REMINDER
        fields = _changed(before, was, new, names)
        if fields and before.state != "done":
            again = fields | {"state": "waiting"}
            yield Merged(before, _newer(before, again), f"reminder {new.id}: changed")
    for gone in state.reminders.values():
        ours = not gone.id.startswith(team.HAND_OVER)
        if ours and gone.id not in edition.reminders and gone.state != "done":
            yield Merged(gone, None, f"reminder {gone.id}: gone")


def _again_as_written(state: State, base: Edition | None, edition: Edition, now: datetime) -> None:
    """Bring what comes again, and waits, to what the edition says of it."""
    old = {one.first.id: one for one in base.rules.series} if base else {}
    new = {one.first.id: one for one in edition.rules.series}
    for out in list(state.outgoing.values()):
        if not out.series or out.state != "queued" or out.hand:
            continue
        name, segment = planned.series_of(out)
        one = new.get(name)
        if one is None or segment not in one.during:
            state.change(out, state="dropped", due_at=None, reason=GONE)
            continue
        said = (*_WORDS, "account", "promo", "needs_approval")
        fields = {field: getattr(one.first, field) for field in said}
        fields |= {
            "text": planned.words_of(one, segment, out.nth),
            "stale": planned.missed_after(state, one),
        }
        if any(fields[field] != getattr(out, field) for field in (*_WORDS, "account")):
            fields |= {"approved_by": ""}
        as_planned = name in old and out.anchor == planned.time_of(old[name], segment, out.nth)
        anchor = planned.time_of(one, segment, out.nth)
        due = planned.moment(state, anchor)
        # One that a person has moved stays where it is.
        if as_planned and due is not None and due > now:
            fields |= {"anchor": anchor, "due_at": due, "segment": one.first.segment}
        state.update(out, **fields)


# --- in words -----------------------------------------------------------------------------------


def zone_of(edition: Edition) -> ZoneInfo:
    """Give the zone in which an edition's times are told."""
    return ZoneInfo(edition.rules.names.timezone)


def _series(edition: Edition) -> set[str]:
    return {one.first.series for one in edition.rules.series}


def _changed(
    before: object, was: object | None, new: object, names: tuple[str, ...]
) -> dict[str, object]:
    """Give the fields that the new edition says otherwise than the one before did."""
    return {
        name: getattr(new, name)
        for name in names
        if (was is None or getattr(was, name) != getattr(new, name))
        and getattr(before, name) != getattr(new, name)
    }


def _newer(
    before: Segment | Outgoing | Reminder, fields: dict[str, object]
) -> Segment | Outgoing | Reminder:
    return replace(before, version=before.version + 1, **fields)


def _told(before: object, fields: dict[str, object], zone: tzinfo) -> str:
    return ", ".join(
        f"{name} {_short(getattr(before, name), zone)} -> {_short(new, zone)}"
        for name, new in fields.items()
    )


def _telling(before: Outgoing, fields: dict[str, object], zone: tzinfo) -> Iterator[str]:
    if "text" in fields and fields["text"] != (before.template or before.text):
        was = before.template or before.text
        yield f"text {_short(was, zone)} -> {_short(fields['text'], zone)}"
    if "anchor" in fields and (fields["anchor"], fields["at"]) != (before.anchor, before.at):
        after = replace(before, anchor=fields["anchor"], at=fields["at"])
        yield f"{_at(before, zone)} -> {_at(after, zone)}"
    for name in ("pictures", "warning", "language", "stale", "account", "segment", "promo"):
        if name in fields and fields[name] != getattr(before, name):
            yield name
    if fields.get("needs_approval", before.needs_approval) != before.needs_approval:
        yield "now needs a second person" if fields["needs_approval"] else "needs no approval"


def _at(out: Outgoing, zone: tzinfo) -> str:
    if out.anchor is not None:
        return f"at {anchor_text(out.anchor)}"
    return f"at {_short(out.at, zone)}" if out.at else "a draft"


def _short(value: object, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="minutes")
    text = str(value)
    return repr(text if len(text) <= 60 else f"{text[:59]}…") if isinstance(value, str) else text

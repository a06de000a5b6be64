"""The tables as TOML that people read: a heading a day, a comment for what has no key.

Owns the text's shape and its escapes; `eventlive new` writes its strings with them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from eventlive.schedule.programme import Schedule, Segment, line_of
from eventlive.tables import Person, PreparedPost

WIDTH = 100


def write_toml(schedule: Schedule) -> str:
    """Write the tables as a part of an event script, with what was left out in its comments."""
    return "\n".join(_lines(schedule)) + "\n"


def toml_string(text: str) -> str:
    """Write a string of one line; anything that TOML does not take as it is, escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _ESCAPED.sub(lambda sign: f"\\u{ord(sign[0]):04X}", escaped) + '"'


def toml_text(text: str) -> str:
    """Write a string; one of several lines stands as it reads."""
    if "\n" not in text:
        return toml_string(text)
    rows = [toml_string(row)[1:-1] for row in text.split("\n")]
    return '"""\n' + "\n".join(rows) + '"""'


def toml_list(texts: Sequence[str]) -> str:
    """Write a list in one line, or a line each where that would be long."""
    inner = [toml_string(text) for text in texts]
    line = f"[{', '.join(inner)}]"
    return line if len(line) <= WIDTH - 20 else "[\n    " + ",\n    ".join(inner) + ",\n]"


def heading(words: str) -> str:
    """Write a line that parts a script, such as `# ---- The programme -----`."""
    return f"# ---- {words} ".ljust(WIDTH, "-")


def toml_time(moment: datetime) -> str:
    """Write an aware time with its offset."""
    return moment.isoformat()


# A carriage return, and the signs that some take for the end of a line, never stand bare.
_ESCAPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


def _lines(schedule: Schedule) -> Iterator[str]:
    yield f"# {schedule.origin}."
    yield f"# Read from {schedule.name}; its time zone is {schedule.zone}."
    for note in schedule.notes:
        yield f"# - {note}"
    if schedule.aside:
        yield ""
        yield "# All day or longer, and so no part of the running order:"
        yield from (f"#   {entry}" for entry in schedule.aside)
    if schedule.segments:
        day = ""
        for segment in schedule.segments:
            today = f"{segment.starts:%Y-%m-%d}"
            if today != day:
                day = today
                yield from ("", "", heading(f"The programme of {day}"))
            yield from _segment(segment)
    if schedule.people:
        yield from ("", "", heading("Who speaks"), "")
        yield "# A handle lets the desk know them; `trusted` lets their posts go up by themselves."
        for person in schedule.people:
            yield from _person(person)
    if schedule.posts:
        yield from ("", "", heading("Prepared posts"))
        for post in schedule.posts:
            yield from _post(post)


def _segment(segment: Segment) -> Iterator[str]:
    table = segment.table
    yield from ("", "[[segments]]", f'id = "{table.id}"', f"title = {toml_string(table.title)}")
    yield f"starts = {toml_time(segment.starts)}"
    yield f"minutes = {table.minutes}" + ("  # a guess" if segment.guessed else "")
    if table.room:
        yield f"room = {toml_string(table.room)}"
    if table.track:
        yield f"track = {toml_string(table.track)}"
    if table.speakers:
        yield f"speakers = {toml_list(table.speakers)}"
    if segment.others:
        yield f"# and {line_of(', '.join(segment.others), 2000)}"
    if segment.topic:
        yield f"# {segment.topic}"


def _person(person: Person) -> Iterator[str]:
    yield from ("", "[[people]]", f'id = "{person.id}"', f"name = {toml_string(person.name)}")
    yield f'role = "{person.role}"'
    if person.handles:
        pairs = (f"{network} = {toml_string(name)}" for network, name in person.handles.items())
        yield f"handles = {{ {', '.join(pairs)} }}"


def _post(post: PreparedPost) -> Iterator[str]:
    yield from ("", "[[posts]]", f'id = "{post.id}"', f"text = {toml_text(post.text)}")
    if post.accounts:
        yield f"accounts = {toml_list(post.accounts)}"
    elif post.account is not None:
        yield f'account = "{post.account}"'
    if post.at is not None:
        yield f"at = {toml_string(post.at) if isinstance(post.at, str) else toml_time(post.at)}"
    if post.promo:
        yield "promo = true"
    if post.language:
        yield f'language = "{post.language}"'
    if post.warning:
        yield f"warning = {toml_string(post.warning)}"
    for picture in post.pictures:
        yield from ("[[posts.pictures]]", f"file = {toml_string(picture.file)}")
        yield f"alt = {toml_string(picture.alt)}"

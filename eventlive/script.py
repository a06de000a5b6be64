"""The event script: what a producer writes in TOML before the event.

Owns its loading and the checks that span tables. Every problem is found at once and named with
file, line, key and the nearest right spelling. Never opens a socket, never looks at a clock, and
never writes.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from eventlive.errors import Problem, ScriptError
from eventlive.lines import Lines, Place
from eventlive.tables import (
    Account,
    Answer,
    BlueskyFeed,
    Desk,
    Event,
    Follow,
    MastodonFeed,
    Moderation,
    OutgoingTable,
    Person,
    PictureTable,
    PreparedPost,
    ReplayFeed,
    Script,
    SegmentTable,
    Venue,
    Wall,
    XFeed,
)

DEPTH_MAX = 20

PICTURE_BYTES = defaultdict(lambda: 16_000_000, {"x": 5_000_000, "bluesky": 1_000_000})
"""Bytes of a picture that a network takes; a Mastodon server may take less."""


def load(path: Path) -> Script:
    """Load and check a script.

    Raises ScriptError with every problem at once; warnings alone do not raise.
    """
    script, problems = examine(path)
    if script is None or any(problem.severity == "error" for problem in problems):
        raise ScriptError(problems)
    return script


def examine(path: Path) -> tuple[Script | None, list[Problem]]:
    """Read a script and the files that it names: the script, or None, and all its problems."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(str(path), 0, "", f"cannot be read: {error}")]
    script, problems = read(text, str(path))
    if script is not None:
        problems += list(_files(script, path.parent, str(path), Lines(text)))
    return script, problems


def read(text: str, file: str) -> tuple[Script | None, list[Problem]]:
    """Read a script's text: the script, or None, and all its problems. Never raises for content."""
    lines = Lines(text)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        where = int(found.group(1)) if found else lines.last
        return None, [Problem(file, where, "", f"this is not TOML: {error}")]
    if absurd := list(_absurd(data)):
        return None, [Problem(file, lines.of(at), _dotted(at)[:200], why) for at, why in absurd]
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_problem(detail, data, file, lines) for detail in details]
    return script, list(_cross_checks(script, file, lines))


# --- cross checks -------------------------------------------------------------------------------


def _cross_checks(script: Script, file: str, lines: Lines) -> Iterator[Problem]:
    tables: dict[str, list[Any]] = {
        "feeds": list(script.feeds),
        "accounts": list(script.accounts),
        "people": list(script.people),
        "segments": list(script.segments),
        "posts": list(script.posts),
        "answers": list(script.answers),
    }
    for name, rows in tables.items():
        first: dict[str, int] = {}
        for index, row in enumerate(rows):
            if row.id in first:
                before = lines.of((name, first[row.id], "id"))
                yield Problem(
                    file,
                    lines.of((name, index, "id")),
                    f"{name}[{index}].id",
                    f"{row.id!r} stands here a second time; the first is on line {before}",
                    "every id in a table must be its own",
                )
            first.setdefault(row.id, index)
    event = script.event
    if event.starts and event.ends and event.ends <= event.starts:
        yield Problem(
            file, lines.of(("event", "ends")), "event.ends", "the event ends before it starts"
        )
    for index, segment in enumerate(script.segments):
        early = event.starts is not None and segment.starts < event.starts
        late = event.ends is not None and segment.starts >= event.ends
        if early or late:
            yield Problem(
                file,
                lines.of(("segments", index, "starts")),
                f"segments[{index}].starts",
                f"{segment.id!r} starts outside the event",
            )
    yield from _shared_secrets(script, file, lines)
    accounts = {account.id for account in script.accounts}
    for index, post in enumerate(script.posts):
        if post.account not in accounts:
            near = difflib.get_close_matches(post.account, accounts, 1, 0.5)
            yield Problem(
                file,
                lines.of(("posts", index, "account")),
                f"posts[{index}].account",
                f"there is no account {post.account!r}",
                f"did you mean {near[0]!r}?" if near else f"accounts: {', '.join(accounts)}",
            )
    listed = {word.casefold() for word in script.moderation.stop}
    for index, word in enumerate(script.moderation.flag):
        if word.casefold() in listed:
            yield Problem(
                file,
                lines.of(("moderation", "flag")),
                f"moderation.flag[{index}]",
                f"{word!r} is a stop word already",
                severity="warning",
            )
    for index, entry in enumerate(script.moderation.mute):
        if not re.match(r"^(x|bluesky|mastodon):.+", entry):
            yield Problem(
                file,
                lines.of(("moderation", "mute")),
                f"moderation.mute[{index}]",
                f"{entry!r} must read network:handle, such as 'mastodon:someone@example.org'",
            )


def _shared_secrets(script: Script, file: str, lines: Lines) -> Iterator[Problem]:
    """Find a feed that would show an account's token to another server."""
    places = {account.id: account.place for account in script.accounts}
    for index, feed in enumerate(script.feeds):
        if not isinstance(feed, MastodonFeed) or feed.id not in places:
            continue
        if places[feed.id] != f"mastodon {feed.servers[0].rstrip('/')}":
            yield Problem(
                file,
                lines.of(("feeds", index, "id")),
                f"feeds[{index}].id",
                f"{feed.id!r} is an account too, and both would use its token",
                "give the feed another id",
            )


def _pictures(script: Script, folder: Path, file: str, lines: Lines) -> Iterator[Problem]:
    networks = {account.id: account.network for account in script.accounts}
    for index, post in enumerate(script.posts):
        for number, picture in enumerate(post.pictures):
            key = f"posts[{index}].pictures[{number}]"
            line = lines.of(("posts", index, "pictures", number))
            path = (folder / picture.file).resolve()
            if not path.is_relative_to(folder.resolve()):
                outside = f"{picture.file!r} is not in the script's folder"
                yield Problem(file, line, f"{key}.file", outside)
            elif not path.is_file():
                missing = f"there is no file {picture.file!r} beside the script"
                yield Problem(file, line, f"{key}.file", missing)
            elif not _is_picture(path):
                odd = f"{picture.file!r} is no picture: JPEG, PNG, WebP or GIF"
                yield Problem(file, line, f"{key}.file", odd)
            elif path.stat().st_size > (most := PICTURE_BYTES[networks.get(post.account, "")]):
                large = f"{picture.file!r} has {path.stat().st_size:,} bytes; {most:,} is the limit"
                yield Problem(file, line, f"{key}.file", large)
            if not picture.alt.strip():
                yield Problem(
                    file,
                    line,
                    f"{key}.alt",
                    f"{picture.file!r} has no words for those who cannot see it",
                    'say in alt = "..." what it shows',
                    severity="warning",
                )


def _files(script: Script, folder: Path, file: str, lines: Lines) -> Iterator[Problem]:
    yield from _pictures(script, folder, file, lines)
    for index, feed in enumerate(script.feeds):
        if isinstance(feed, ReplayFeed) and not (folder / feed.file).is_file():
            yield Problem(
                file,
                lines.of(("feeds", index, "file")),
                f"feeds[{index}].file",
                f"there is no file {feed.file!r} beside the script",
            )


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")) or (
        head[:4] == b"RIFF" and head[8:] == b"WEBP"
    )


def _absurd(value: object, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Find what no reader would survive: numbers of thousands of digits, depth without end."""
    if len(at) > DEPTH_MAX:
        yield at, f"tables stand more than {DEPTH_MAX} deep"
    elif isinstance(value, int) and abs(value) >= 1 << 63:
        yield at, "this number is too large"
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _absurd(inner, (*at, key))


# --- problems with their places -----------------------------------------------------------------


def _problem(detail: Any, data: dict[str, Any], file: str, lines: Lines) -> Problem:
    # A union's errors carry the tag ("replay") as a step of the path; the file has no such step.
    loc = detail["loc"]
    path = tuple(step for step in loc if not _is_tag(step, loc) and step != "[key]")
    message, suggestion = detail["msg"].removeprefix("Value error, "), ""
    given = _short(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            message = f"there is no key {path[-1]!r} here"
            near = difflib.get_close_matches(str(path[-1]), _keys_at(path[:-1], data), 1, 0.5)
            suggestion = f"did you mean {near[0]!r}?" if near else _known_keys(path[:-1], data)
        case "missing":
            message = f"the key {path[-1]!r} is missing"
        case "literal_error":
            expected = re.findall(r"'([^']+)'", detail["ctx"]["expected"])
            word = path[-1] if loc[-1] == "[key]" else given.strip("'")
            near = difflib.get_close_matches(str(word), expected, 1, 0.5)
            message = f"{_short(word)} is none of {', '.join(expected)}"
            suggestion = f"did you mean {near[0]!r}?" if near else ""
        case "union_tag_invalid":
            tags = re.findall(r"'([^']+)'", detail["ctx"]["expected_tags"])
            message = f"there is no feed of kind {detail['ctx']['tag']!r}"
            near = difflib.get_close_matches(detail["ctx"]["tag"], tags, 1, 0.5)
            suggestion = f"did you mean {near[0]!r}?" if near else f"kinds: {', '.join(tags)}"
            path = (*path, "kind")
        case "union_tag_not_found":
            message, path = "the key 'kind' is missing", (*path, "kind")
        case "string_pattern_mismatch" if path[-1:] == ("id",):
            message = f"{given} is not an id: small letters, digits and -, at most 40"
    return Problem(file, lines.of(path), _dotted(path), message[:500], suggestion)


def _short(value: object) -> str:
    """Show what somebody wrote, however long or deep it is."""
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else f"{value[:80]}…")
    return repr(value) if isinstance(value, int | float | bool) else f"a {type(value).__name__}"


def _is_tag(step: str | int, path: Place) -> bool:
    return path[:1] == ("feeds",) and len(path) > 2 and path[2] is step and step in _FEED_KINDS


def _keys_at(path: Place, data: dict[str, Any]) -> list[str]:
    """List the keys that the model knows at a place."""
    model: type[BaseModel] = Script
    for step in path:
        if isinstance(step, int):
            continue
        if path[:1] == ("feeds",) and step == "feeds":
            rows = data.get("feeds")
            index = path[1] if len(path) > 1 else 0
            kind = rows[index].get("kind", "") if isinstance(rows, list) else ""  # type: ignore[index]
            model = _FEED_KINDS.get(kind, ReplayFeed)
        else:
            model = _TABLES.get(str(step), model)
    return list(model.model_fields)


def _known_keys(path: Place, data: dict[str, Any]) -> str:
    return f"known here: {', '.join(_keys_at(path, data))}"


def _dotted(path: Place) -> str:
    dotted = ""
    for step in path:
        dotted += f"[{step}]" if isinstance(step, int) else f".{step}" if dotted else str(step)
    return dotted


_FEED_KINDS: dict[str, type[BaseModel]] = {
    "replay": ReplayFeed,
    "bluesky": BlueskyFeed,
    "mastodon": MastodonFeed,
    "x": XFeed,
}
_TABLES: dict[str, type[BaseModel]] = {
    "event": Event,
    "follow": Follow,
    "accounts": Account,
    "people": Person,
    "segments": SegmentTable,
    "posts": PreparedPost,
    "pictures": PictureTable,
    "answers": Answer,
    "moderation": Moderation,
    "wall": Wall,
    "venue": Venue,
    "outgoing": OutgoingTable,
    "desk": Desk,
}

"""The event script: what a producer writes in TOML before the event.

Owns its loading: the text, the files that it names, and where in them each problem stands. What
may be wrong is the tables' and `eventlive.checks`' to say; every problem is found at once and named
with file, line, key and the nearest right spelling. Never opens a socket, never looks at a clock,
and never writes.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from eventlive.checks import Finding, Proof, findings
from eventlive.checks.shape import Rows, absurd, read_tables
from eventlive.checks.syntax import slip
from eventlive.errors import Problem, ScriptError
from eventlive.lines import Lines, Place
from eventlive.tables import PictureTable, ReplayFeed, Script

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
    return _read(text, str(path), path.parent)


def read(text: str, file: str) -> tuple[Script | None, list[Problem]]:
    """Read a script's text: the script, or None, and all its problems, in the order of its lines.

    Opens no other file. Never raises for content. What the tables refuse leaves no script; the
    rest is checked all the same.
    """
    return _read(text, file, None)


def _read(text: str, file: str, folder: Path | None) -> tuple[Script | None, list[Problem]]:
    lines = Lines(text)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        wrong = slip(error, lines)
        message = f"this is not TOML: {wrong.message}"
        return None, [Problem(file, wrong.line, "", message[:500], wrong.suggestion[:300])]
    if beyond := list(absurd(data)):
        return None, _problems(beyond, file, lines, Rows())
    proof, rows, refused = read_tables(data)
    problems = _problems(refused, file, lines, Rows())
    if proof is not None:
        more = [*findings(proof), *(_files(proof, folder) if folder is not None else ())]
        further = [one for one in more if not proof.told(one.place)]
        problems += _problems(further, file, lines, rows)
    problems.sort(key=lambda problem: problem.line)
    return (proof.script if proof is not None and not refused else None), problems


def _problems(found: Iterable[Finding], file: str, lines: Lines, rows: Rows) -> list[Problem]:
    """Say where in the file each finding is."""
    problems = []
    for one in found:
        place, message = rows.written(one.place), one.message
        if one.first:
            message += f"; the first is on line {lines.of(rows.written(one.first))}"
        line = lines.of(place, one.words)
        problems.append(
            Problem(file, line, _dotted(place)[:200], message, one.suggestion, one.severity)
        )
    return problems


def _dotted(path: Place) -> str:
    dotted = ""
    for step in path:
        dotted += f"[{step}]" if isinstance(step, int) else f".{step}" if dotted else str(step)
    return dotted


# --- files ---------------------------------------------------------------------------------------


def _files(proof: Proof, folder: Path) -> Iterator[Finding]:
    """Find files that are missing or not what they should be."""
    accounts = proof.accounts
    for index, post in enumerate(proof.script.posts):
        networks = {accounts[name].network for name in post.from_accounts if name in accounts}
        most = min((PICTURE_BYTES[name] for name in networks), default=PICTURE_BYTES[""])
        for number, picture in enumerate(post.pictures):
            place: Place = ("posts", index, "pictures", number)
            if wrong := _picture(picture, folder, most):
                yield Finding((*place, "file"), wrong, words=picture.file)
            if not picture.alt.strip():
                yield Finding(
                    (*place, "alt"),
                    f"{_short(picture.file)} has no words for those who cannot see it",
                    'say in alt = "..." what it shows',
                    "warning",
                    words=picture.file,
                )
    for index, feed in enumerate(proof.script.feeds):
        if isinstance(feed, ReplayFeed) and not _is_file(folder / feed.file):
            missing = f"there is no file {_short(feed.file)} beside the script"
            yield Finding(("feeds", index, "file"), missing)


def _picture(picture: PictureTable, folder: Path, most: int) -> str:
    """Say what is wrong with a picture's file, "" for nothing."""
    shown = _short(picture.file)
    try:
        path = (folder / picture.file).resolve()
        if not path.is_relative_to(folder.resolve()):
            return f"{shown} is not in the script's folder"
        if not path.is_file():
            return f"there is no file {shown} beside the script"
        if not _is_picture(path):
            return f"{shown} is no picture: JPEG, PNG, WebP or GIF"
        size = path.stat().st_size
    except (OSError, ValueError, RuntimeError) as error:
        return f"{shown} cannot be read: {error}"
    return f"{shown} has {size:,} bytes; {most:,} is the limit" if size > most else ""


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")) or (
        head[:4] == b"RIFF" and head[8:] == b"WEBP"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # A name too long for a file, or with a null in it.


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")

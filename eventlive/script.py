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
from eventlive.looks import is_film
from eventlive.tables import PictureTable, ReplayFeed, Script

PICTURE_BYTES = defaultdict(lambda: 16_000_000, {"x": 5_000_000, "bluesky": 1_000_000})
"""Bytes of a picture that a network takes; a Mastodon server may take less."""

LOGO_BYTES = FONT_BYTES = 2_000_000
BACKGROUND_BYTES = 8_000_000
FILM_BYTES = 60_000_000
LONG_FILM_BYTES = 20_000_000
"""A film with more than these takes long to reach many screens."""

_LOGO = ("svg", "png", "jpg", "webp")
_STARTS = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF8": "gif",
    b"wOF2": "woff2",
}


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
    yield from _of_screens(proof.script, folder)


def _picture(picture: PictureTable, folder: Path, most: int) -> str:
    """Say what is wrong with a picture's file, "" for nothing."""
    kind, size, wrong = _file(picture.file, folder)
    if not wrong and kind not in ("jpg", "png", "webp", "gif"):
        wrong = f"{_short(picture.file)} is no picture: JPEG, PNG, WebP or GIF"
    return wrong or _too_large(picture.file, size, most)


def _of_screens(script: Script, folder: Path) -> Iterator[Finding]:
    """Find what is wrong with the files of the screens: logos, fonts, the background."""
    theme, film = script.theme, is_film(script.theme.background)
    kinds = ("mp4", "webm") if film else ("jpg", "png", "webp")
    most = FILM_BYTES if film else BACKGROUND_BYTES
    named: list[tuple[Place, str, tuple[str, ...], int]] = [
        (("wall", "logo"), script.wall.logo, _LOGO, LOGO_BYTES),
        (("theme", "font"), theme.font, ("woff2",), FONT_BYTES),
        (("theme", "display"), theme.display, ("woff2",), FONT_BYTES),
        (("theme", "background"), theme.background, kinds, most),
    ]
    for index, sponsor in enumerate(script.sponsors):
        named.append((("sponsors", index, "logo"), sponsor.logo, _LOGO, LOGO_BYTES))
    for place, name, right, limit in named:
        if not name:
            continue
        kind, size, wrong = _file(name, folder)
        if not wrong and kind not in right:
            wrong = f"{_short(name)} is no file of this kind: {', '.join(right)}"
        elif not wrong and name.lower().rpartition(".")[2].replace("jpeg", "jpg") != kind:
            wrong = f"{_short(name)} is {kind} inside: its name must end in .{kind}"
        if wrong := wrong or _too_large(name, size, limit):
            yield Finding(place, wrong, words=name)
        elif is_film(name) and size > LONG_FILM_BYTES:
            said = f"{_short(name)} has {size:,} bytes: screens on a slow line are long without it"
            yield Finding(place, said, "make it shorter, or smaller", "warning", name)


def _file(name: str, folder: Path) -> tuple[str, int, str]:
    """Look at a file of the script: its kind by what it holds, its bytes, and what is wrong."""
    shown = _short(name)
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return "", 0, f"{shown} is not in the script's folder"
        if not path.is_file():
            return "", 0, f"there is no file {shown} beside the script"
        with path.open("rb") as file:
            head = file.read(1000)
        return _kind(head), path.stat().st_size, ""
    except (OSError, ValueError, RuntimeError) as error:
        return "", 0, f"{shown} cannot be read: {error}"


def _kind(head: bytes) -> str:
    """Say by its first bytes what a file holds, "" for what no screen shows."""
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "webm"
    return "svg" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in head else ""


def _too_large(name: str, size: int, most: int) -> str:
    return f"{_short(name)} has {size:,} bytes; {most:,} is the limit" if size > most else ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # A name too long for a file, or with a null in it.


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")

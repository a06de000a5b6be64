"""The theme of the screens as a browser takes it: a stylesheet, and the files beside it.

Owns the CSS and the reading of the script's files. Every value is a constant of ours, or was read
as a colour or a number and is written anew, so that a script can name a colour and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from eventlive.looks import Look, is_film, look, named_files, path_of
from eventlive.tables import Script

# The families of a script's own fonts.
_TEXT, _DISPLAY = "House Text", "House Display"


def stylesheet(script: Script) -> str:
    """Write the custom properties of wall.css as the script wants them; the same for the same.

    Raises ValueError for what is no colour or number; the tables let none through.
    """
    theme, one = script.theme, look(script)
    faces = [
        face
        for name, file in ((_TEXT, theme.font), (_DISPLAY, theme.display))
        if file
        for face in _face(name, path_of(file))
    ]
    rows = [f"  {name}: {value};" for name, value in _properties(script, one)]
    # Said twice, so that it stands above what the page says of light and dark themes alone.
    return "\n".join([*faces, ":root:root {", *rows, "}", ""])


def files(script: Script, folder: Path) -> dict[str, bytes]:
    """Read the files that the screens need, by the paths under which they are served.

    One that is not there, cannot be read or lies outside the folder is left out: the loader has
    told of it, and a screen does without it. Raises nothing.
    """
    found = {}
    for name in named_files(script):
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()):
                found[path_of(name)] = path.read_bytes()
        except (OSError, ValueError, RuntimeError):
            continue
    return found


def digest(script: Script, folder: Path) -> str:
    """Name a stylesheet with its files by what they hold: 12 hexadecimal digits."""
    whole = sha256(stylesheet(script).encode())
    for path, body in sorted(files(script, folder).items()):
        whole.update(f"\0{path}\0{len(body)}\0".encode())
        whole.update(body)
    return whole.hexdigest()[:12]


def _properties(script: Script, one: Look) -> Iterator[tuple[str, str]]:
    theme = script.theme
    yield "--ground", str(one.ground)
    yield "--background", _background(theme.background, one)
    yield "--card", str(one.card)
    yield "--card-foot", str(one.card_foot)
    yield "--edge", f"rgb({one.edge.channels} / {one.edge_opacity:g})"
    yield "--ink", str(one.ink)
    yield "--ink-quiet", str(one.quiet)
    yield "--ink-faint", str(one.faint)
    yield "--paper", str(one.paper)
    yield "--accent", one.accent.channels
    yield "--accent-ink", one.accent_ink.channels
    # A picture has its own light.
    yield "--glow", "0" if theme.background else f"{one.glow:g}"
    yield "--through", f"{1 - one.veil:.2g}"
    yield "--display", _stack(_DISPLAY if theme.display else "", one.display)
    yield "--text", _stack(_TEXT if theme.font else "", one.text)
    yield "--round", f"{one.round:g}rem"
    yield "--margin", f"{one.margin:g}rem"
    yield "--gap", f"{one.gap:g}rem"


def _background(file: str, one: Look) -> str:
    """Write what lies behind all: a picture under its veil, or the film, which the page plays.

    The page veils a film itself, by showing it no stronger than `--through`.
    """
    if not file:
        return "none"
    address = f'url("{path_of(file)}")'
    if is_film(file):
        return address
    veil = f"rgb({one.ground.channels} / {one.veil:g})"
    return f"linear-gradient({veil}, {veil}), {address}"


def _stack(own: str, theirs: str) -> str:
    return f'"{own}", {theirs}' if own else theirs


def _face(name: str, path: str) -> Iterator[str]:
    yield "@font-face {"
    yield f'  font-family: "{name}";'
    yield f'  src: url("{path}") format("woff2");'
    # One file for all weights: a variable font has them, of another the browser makes the bold.
    yield "  font-weight: 100 900;"
    yield "  font-display: swap;"
    yield "}"

"""The screens: scenes for screens that are not there, or with nothing in them; words unread.

Owns the checks of `[wall]`, `[theme]`, `[[screens]]` and `[[sponsors]]`, and of segments' scenes,
beside their files, which are the loader's. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from eventlive.checks.findings import Finding, Proof, proposal
from eventlive.colours import colour, nearest
from eventlive.lines import Place
from eventlive.looks import Pair, look, pairs
from eventlive.model import SceneName
from eventlive.tables import EVERY, MAIN, Script
from eventlive.tables.cells import read_metres

# Letters of 10 minutes of arc need 53 of 1,080 pixels from 20 m on a picture 4 m wide; of type
# larger than 8 % of the picture's height there is room for a word, and for no text.
_LARGEST = 0.08
_NEEDED = 53 / 1080 * 4 / 20
_UNREAD = 2 / 3
"""Of the contrast that words need: with less nobody reads them."""

_STAND_ON = {
    "the ground": "ground",
    "the ground in the light": "ground",
    "a card": "card",
    "a card's foot": "card",
    "the newest card": "card",
    "the place of a picture": "card",
}


def findings(proof: Proof) -> Iterator[Finding]:
    """Find what no screen can show, and what nobody can read there."""
    yield from _unknown(proof)
    yield from _empty(proof)
    yield from _sponsors(proof.script)
    yield from _distances(proof.script)
    yield from _contrast(proof)


def _unknown(proof: Proof) -> Iterator[Finding]:
    """Find segments that set screens which no [[screens]] has."""
    known = proof.ids.get("screens", frozenset()) | {MAIN, EVERY}
    for index, segment in enumerate(proof.script.segments):
        if not isinstance(segment.scenes, dict) or proof.told(("screens",)):
            continue
        for name in segment.scenes:
            if name not in known:
                place: Place = ("segments", index, "scenes", name)
                shown = repr(name if len(name) <= 60 else f"{name[:60]}…")
                said = f"there is no screen {shown}"
                yield Finding(place, said, proposal(name, known, "screens"), words=name[:60])


def _scenes(script: Script) -> Iterator[tuple[Place, list[SceneName]]]:
    """Give all lists of scenes and their keys."""
    yield ("wall", "scenes"), script.wall.scenes
    for index, screen in enumerate(script.screens):
        if screen.scenes is not None:
            yield ("screens", index, "scenes"), screen.scenes
    for index, segment in enumerate(script.segments):
        if isinstance(segment.scenes, list):
            yield ("segments", index, "scenes"), segment.scenes
        elif segment.scenes is not None:
            for name, scenes in segment.scenes.items():
                yield ("segments", index, "scenes", name), scenes


def _empty(proof: Proof) -> Iterator[Finding]:
    """Find scenes that have nothing to show: the screens would show the cards instead."""
    script = proof.script
    lacks: dict[SceneName, tuple[str, str]] = {}
    for table, scene, hint in (
        ("statements", "statement", "add [[statements]], or play one from the console"),
        ("segments", "now-next", "add [[segments]]"),
    ):
        if not proof.ids.get(table) and not proof.told((table,)):
            lacks["statement" if scene == "statement" else "now-next"] = table, hint
    if not script.sponsors and "sponsors" not in proof.lost and not proof.told(("sponsors",)):
        lacks["sponsors"] = "sponsors", "add [[sponsors]]"
    for place, scenes in _scenes(script):
        for number, scene in enumerate(scenes):
            here = (*place, number)
            if scene in lacks:
                table, hint = lacks[scene]
                said = f"the scene {scene!r} has nothing to show: there are no [[{table}]]"
                yield Finding(here, said, hint, "warning", f'"{scene}"')
            elif scene == "pictures" and not script.wall.pictures:
                said = "the scene 'pictures' has nothing to show: [wall] has pictures = false"
                yield Finding(here, said, "", "warning", f'"{scene}"')


def _sponsors(script: Script) -> Iterator[Finding]:
    shown = any("sponsors" in scenes for _, scenes in _scenes(script))
    if script.sponsors and script.wall.sponsors == "scene" and not shown:
        said = "no screen ever shows the scene 'sponsors', so nobody sees the sponsors"
        hint = 'add "sponsors" to scenes, or write sponsors = "corner"'
        yield Finding(("wall", "sponsors"), said, hint, "warning")
    first: dict[str, int] = {}
    for index, sponsor in enumerate(script.sponsors):
        name = sponsor.name.casefold()
        if name in first:
            said, place = f"{sponsor.name!r} stands here a second time", ("sponsors", first[name])
            there: Place = ("sponsors", index, "name")
            yield Finding(there, said, "", "warning", first=(*place, "name"))
        first.setdefault(name, index)


def _distances(script: Script) -> Iterator[Finding]:
    """Find rows from which nothing could be read without filling the picture with one word."""
    wall = script.wall
    rows: list[tuple[Place, str, str]] = [(("wall", "distance"), wall.distance, wall.width)]
    for index, screen in enumerate(script.screens):
        if screen.distance or screen.width:
            key = "distance" if screen.distance else "width"
            away, wide = screen.distance or wall.distance, screen.width or wall.width
            rows.append((("screens", index, key), away, wide))
    for place, away, wide in rows:
        metres, width = read_metres(away), read_metres(wide)
        if metres * _NEEDED > _LARGEST * width:
            yield Finding(
                place,
                f"from {metres:g} m, type on a picture {width:g} m wide would have to be"
                f" {metres / width * _NEEDED:.0%} of its height; {_LARGEST:.0%} is the largest",
                f'{_LARGEST:.0%} is right from {width * _LARGEST / _NEEDED:.3g} m; width = "..."'
                " says how wide the picture is",
                "warning",
            )


# --- contrast -------------------------------------------------------------------------------------


def _contrast(proof: Proof) -> Iterator[Finding]:
    """Find colours of the script in which, or on which, words are not read."""
    script = proof.script
    if script.theme.accent and script.wall.accent:
        said = "[theme] says another accent, and has the last word"
        yield Finding(("wall", "accent"), said, "", "warning")
    worst: defaultdict[Place, list[Pair]] = defaultdict(list)
    for pair in pairs(look(script)):
        if pair.contrast < pair.least and (place := _to_blame(pair, script)):
            worst[place].append(pair)
    for place, low in worst.items():
        if proof.told(place):
            continue
        pair = min(low, key=lambda one: one.contrast / one.least)
        words = "the accent" if pair.words == "accent" else f"{pair.words} words"
        words = "the ink" if pair.words == "ink" else words
        # Two decimals cut off, not rounded: 4.498 is not 4.5.
        has = int(pair.contrast * 100) / 100
        yield Finding(
            place,
            f"{words} on {pair.behind}: a contrast of {has:g}, and {pair.least:g} is needed",
            _better(script, place),
            "error" if pair.contrast < _UNREAD * pair.least else "warning",
        )


def _to_blame(pair: Pair, script: Script) -> Place:
    """Give the key of the script that a contrast comes from: of the words, else of the ground."""
    theme = script.theme
    accent = ("theme" if theme.accent else "wall", "accent")
    ground = _STAND_ON.get(pair.behind, "")
    keys = [*(("ink",) if pair.words == "ink" else ("quiet", "ink")), ground]
    if pair.words == "accent":
        keys = [ground]
    for key in keys:
        if key and getattr(theme, key):
            return ("theme", key)
    return accent if theme.accent or script.wall.accent else ()


def _better(script: Script, place: Place) -> str:
    """Propose the nearest shade of a key's colour with which all that it is part of is read."""
    table, key = str(place[0]), str(place[1])
    held = getattr(script, table)

    def will_do(shade: object) -> bool:
        changed = script.model_copy(update={table: held.model_copy(update={key: str(shade)})})
        low = (pair for pair in pairs(look(changed)) if pair.contrast < pair.least)
        return all(_to_blame(pair, changed) != place for pair in low)

    right = nearest(colour(getattr(held, key)), will_do)
    return f'write {key} = "{right}"' if right else "no shade of it will do: change the others"

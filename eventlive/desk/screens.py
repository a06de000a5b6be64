"""What the venue's screens are set to: scenes by turns, statements, darkness.

Owns the rules by which commands, the script and the rundown set a screen; never talks to one.
Functions on the desk's state.

Who sets a screen last has set it. A screen is on the desk where it is "main", where the script
speaks of it, or where somebody has set it; what is attached under any other name shows what "main"
does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from eventlive.desk.inputs import Refused
from eventlive.desk.state import Rules, State
from eventlive.desk.voicing import refuse_foreign_voice
from eventlive.listening.cleaning import clean_line
from eventlive.listening.language import language_of_text
from eventlive.messages import (
    Darken,
    FollowScript,
    PlayStatement,
    RefreshScreens,
    ScreenCommand,
    SetScreen,
)
from eventlive.model import SceneName, Screen

if TYPE_CHECKING:
    from eventlive.desk.editions import Edition

MAIN, ALL = "main", "*"

MOST = 100
"""Screens that commands make, "main" and the script's among them: a name costs whoever asks
nothing, and each is sent to every screen."""

NAME = 60
"""Characters of a screen's name, as the door takes it."""

_PLACE = ("title", "distance", "width", "named")
_SHOWN = ("scenes", "seconds", "statement", "language", "dark")


# --- what a person says -------------------------------------------------------------------------


def carry_out(state: State, command: ScreenCommand, who: str) -> tuple[str, str]:
    """Carry out a command on screens: the name of what it was done to, and a word for the log."""
    match command:
        case SetScreen(scenes, screen, seconds):
            fields = {"scenes": scenes, "seconds": seconds, "dark": False}
            turns = f", {seconds} s each" if len(scenes) > 1 else ""
            done = _set(state, screen, who, fields, "shows that already")
            return done, f"{', '.join(scenes)}{turns}"
        case PlayStatement(screen=screen):
            text, language = _words(state, command)
            said = {"scenes": ("statement",), "statement": text, "language": language}
            done = _set(state, screen, who, said | {"dark": False}, "shows that already")
            return done, text
        case Darken(screen, on):
            how = "dark" if on else "to be seen"
            return _set(state, screen, who, {"dark": on}, f"is {how} already"), how
        case FollowScript(screen):
            return _follow(state, screen), ""
        case RefreshScreens():
            state.change(state.scene, refresh=state.scene.refresh + 1)
            return ALL, ""
        case _:
            assert_never(command)


def _set(state: State, wanted: str, who: str, fields: Mapping[str, object], already: str) -> str:
    """Set the screens that are meant; give the name. Raises Refused where that changes none."""
    name = _name(wanted)
    names = [name] if name != ALL else _all(state)
    refuse_crowd(state, names)
    aimed = [state.screens.get(one) or _new(state, one) for one in names]
    # One without settings of its own has them from now on, even the same as those of "main".
    changing = [
        one for one in aimed if one.id not in state.screens or replace(one, **fields) != one
    ]
    if not changing:
        raise _nothing(state, name, already)
    for one in changing:
        state.change(one, hand=who, **fields)
    return name


def _words(state: State, command: PlayStatement) -> tuple[str, str]:
    """Give what is to be stated, and in which language. Raises Refused where it may not be."""
    text = command.text.strip()
    if bool(text) == bool(command.statement):
        raise Refused("say which statement of the script, or say it in words")
    if text:
        refuse_foreign_voice(state, "", text, (), None)
        return text, language_of_text(text) or state.rules.language
    known = state.rules.statements
    if command.statement not in known:
        there = ", ".join(known) or "none"
        raise Refused(f"there is no statement {command.statement!r}; statements: {there}")
    return known[command.statement]


def _follow(state: State, wanted: str) -> str:
    """Give screens back to the script; those of which it does not speak go with "main" again."""
    name = _name(wanted)
    if name not in (ALL, MAIN, *state.screens):
        raise Refused(f"there is no screen {name!r}: one of that name shows what {MAIN!r} does")
    changed = False
    for one in [one for one in state.screens.values() if name in (ALL, one.id)]:
        if not is_written(state, one.id):
            state.drop(one)
            changed = True
        else:
            changed |= state.update(one, dark=False, **_as_written(state, one.id)) is not one
    if not changed:
        raise _nothing(state, name, "follows the script already")
    return name


def refuse_crowd(state: State, names: Collection[str]) -> None:
    """Refuse where there would be more than `MOST` screens with these among them."""
    new = {*names} - {MAIN, *state.screens}
    if new and len({MAIN, *state.screens}) + len(new) > MOST:
        raise Refused(
            f"there are {MOST} screens already, and no room for one more:"
            " give one back that nobody needs (follow-script)"
        )


def _name(wanted: str) -> str:
    name = clean_line(wanted, NAME).strip()
    if not name:
        raise Refused("a screen has a name that can be read")
    return name


def _all(state: State) -> list[str]:
    return list(dict.fromkeys([MAIN, *state.screens]))


def _nothing(state: State, name: str, already: str) -> Refused:
    return Refused(f"{'every screen' if name == ALL else name} {already}", state.screens.get(name))


# --- what the script and the rundown say --------------------------------------------------------


def begin(state: State, segment: str) -> None:
    """Set the screens to what the script says of a segment that starts.

    Whoever made one dark lets it be seen again, and no clock does: it stays dark, and theirs.
    """
    said = state.rules.scenes.get(segment, {})
    names = [*(_all(state) if ALL in said else ()), *(name for name in said if name != ALL)]
    for name in dict.fromkeys(names):
        fields = _as_written(state, name) | {"scenes": _scenes(said, name)}
        known = state.screens.get(name)
        if known is None:
            state.change(_new(state, name), **fields)
        else:
            state.update(known, **fields | ({"hand": known.hand} if known.dark else {}))


def go_on(state: State, segment: str) -> None:
    """Take back what the rundown did to the screens of a segment that had ended by mistake.

    What people have set for it stays.
    """
    said = state.rules.scenes.get(segment, {})
    for one in list(state.screens.values()):
        if not one.hand and _scenes(said, one.id):
            state.update(one, **_as_written(state, one.id))


def running(state: State, rules: Rules, name: str) -> tuple[SceneName, ...]:
    """Give the scenes that rules have for a screen while what runs now does; () for none.

    Of several segments the last to begin counts, of those that say something of this screen.
    """
    begun = [
        (one.started_at, one.id)
        for one in state.segments.values()
        if one.state == "running" and one.started_at is not None
    ]
    found: tuple[SceneName, ...] = ()
    for _, segment in sorted(begun, key=itemgetter(0)):
        found = _scenes(rules.scenes.get(segment, {}), name) or found
    return found


def is_written(state: State, name: str) -> bool:
    """Say whether the script speaks of a screen; it always does of "main"."""
    written = state.edition is not None and name in state.edition.screens
    said = any(name in scenes for scenes in state.rules.scenes.values())
    return name == MAIN or written or said


def _scenes(said: Mapping[str, tuple[SceneName, ...]], name: str) -> tuple[SceneName, ...]:
    return said.get(name) or said.get(ALL, ())


def _as_written(state: State, name: str) -> dict[str, object]:
    """Give what a screen shows as the script has it for this moment."""
    screens = state.edition.screens if state.edition is not None else {}
    written = screens.get(name) or screens.get(MAIN) or Screen(MAIN, 0)
    return {
        "scenes": running(state, state.rules, name) or written.scenes,
        "seconds": written.seconds,
        "statement": written.statement,
        "language": written.language,
        "hand": "",
    }


def _new(state: State, name: str) -> Screen:
    """Give a screen that is set like "main", not on the desk yet."""
    like = state.screens.get(MAIN) or Screen(MAIN, 0)
    return replace(like, id=name, version=0, title="", named=False, hand="")


# --- a changed script ---------------------------------------------------------------------------


def merged(
    state: State, base: Edition | None, edition: Edition
) -> Iterator[tuple[Screen | None, Screen | None, str]]:
    """Give what becomes of screens by an edition: before, after (None: it goes), and in words.

    What somebody or the rundown has set stays as they left it; where a screen is and what it is
    called is the script's alone.
    """
    for new in edition.screens.values():
        before = state.screens.get(new.id)
        if before is None:
            yield None, replace(new, version=1), f"screen {new.id}: new"
            continue
        was = base.screens.get(new.id) if base else None
        said = {name for name in _SHOWN if was is None or getattr(was, name) != getattr(new, name)}
        kept: set[str] = set()
        if before.hand:
            kept = said
        elif _set_by_rundown(state, before, was, (base or edition).rules):
            # The rundown says nothing of how long each scene stays.
            kept = said - {"seconds"}
        after = _like(before, new, {*_PLACE, *said - kept})
        words = list(_told(before, after))
        if _like(before, new, kept) != before:
            words.append(f"set by {before.hand or 'the rundown'} here, and kept")
        if words:
            newer = before if after == before else replace(after, version=before.version + 1)
            yield before, newer, f"screen {new.id}: {'; '.join(words)}"
    for before in state.screens.values():
        if before.id in edition.screens or not before.named:
            continue
        if not before.hand:
            yield before, None, f"screen {before.id}: gone"
            continue
        line = f"screen {before.id}: no longer in the script; set by {before.hand}, and stays"
        yield before, replace(before, version=before.version + 1, named=False), line


def _set_by_rundown(state: State, before: Screen, was: Screen | None, rules: Rules) -> bool:
    """Say whether what a screen shows comes from a segment that runs, or was the last to set it."""
    if running(state, rules, before.id):
        return True
    return was is not None and before.scenes != was.scenes


def _like(before: Screen, new: Screen, names: Collection[str]) -> Screen:
    """Give a screen with some of its fields as another has them."""
    return replace(before, **{name: getattr(new, name) for name in names})


def _told(before: Screen, after: Screen) -> Iterator[str]:
    if before.scenes != after.scenes:
        yield f"scenes {', '.join(before.scenes)} -> {', '.join(after.scenes)}"
    for name in ("seconds", "statement", "title", "distance", "width"):
        was, is_ = getattr(before, name), getattr(after, name)
        if was != is_:
            yield f"{name} {was!r} -> {is_!r}"
    if before.dark != after.dark:
        yield "dark" if after.dark else "no longer dark"
    if after.named and not before.named:
        yield "the script names it now"

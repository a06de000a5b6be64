"""What strangers write is drawn and never obeyed: in every place where foreign text shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len
from textual.pilot import Pilot

from eventlive.messages import AccountInfo, AnswerInfo, FactInfo, Previewed
from eventlive.model import (
    Anchor,
    Claim,
    FeedHealth,
    Goal,
    Item,
    Judgement,
    Media,
    Note,
    Outgoing,
    Post,
    Reminder,
    Segment,
)
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui import measure
from tui.cells import clean, fit, for_clipboard, one_line, split_at, width, wrap

TRAPS = (
    "[/red]",
    "[/]",
    "[@click=app.bell]free tickets[/]",
    "[@click=app.quit]x",
    "[link=https://evil.example]x[/link]",
    "[bold red on white]loud",
    "\\[bold]",
    "[" * 50,
    "$(reboot) `id`",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x1b[H",
    "\x9b31m\x90q\x9c",
    "a\rb\x08\x7f\x00",
    "\u202e\u2066rtl\u2069\u200f",
    "a\u2028b\u2029c\x85d\x0be",
    "\ufeff\u200b\u200d\ufe0f",
    "Z" + "\u0335\u0321\u034f" * 300,
    "\u0301" * 40,
    "👨‍👩‍👧‍👦👍🏽🏳️‍🌈🇫🇮🇫1️⃣❤️\U0001fae9\U0001f6dc",
    "नमस्ते काम கோயில் မြန်မာ ខ្មែរ ไทยนี้",
    "ㅤ\u115f\u1160",
    "\U000e0041\U000e0042",
    "ab\tcd",
)
LONE_SURROGATES = ("a\ud800b", "\udfff\ud83d")


def naughty(cases: Path) -> list[str]:
    found = json.loads((cases / "hostile" / "naughty_strings.json").read_text("utf-8"))
    strings = found if isinstance(found, list) else list(found.values())
    return [text for text in strings if isinstance(text, str)]


def soaked(text: str, number: int) -> Item:
    """A post with the same hostile text in every place where text can stand."""
    now = datetime.now(UTC)
    whole = item(f"n{number}", text or "empty", rank=1000 - number)
    author = replace(whole.post.author, handle=text or "h", name=text)
    post: Post = replace(
        whole.post,
        author=author,
        url=f"https://example.org/{text}",
        warning=text[:200],
        links=(text,),
        language=text[:10],
        media=(Media("https://example.org/1", alt=text),),
    )
    judged = Judgement(flags=(text,), reasons=(text,), person=text, language=text[:10])
    return replace(
        whole,
        post=post,
        flags=judged.flags,
        reasons=judged.reasons,
        person=judged.person,
        language=judged.language,
        question="open",
        claim=Claim(text or "c", now),
        notes=(Note(text or "n", now, text or "n"),),
    )


def wrong(seat: Seat, sheet_only: bool = False) -> Iterator[str]:
    """What is wrong with the screen, or with the post at the right alone, as it is painted."""
    sheet = seat.app.face.sheet
    strips = [sheet.render_line(y) for y in range(30)] if sheet_only else seat.strips()
    cells = sheet.size.width if sheet_only else seat.app.size.width
    for y, strip in enumerate(strips):
        text = "".join(segment.text for segment in strip)
        for character in text:
            if unicodedata.category(character) in ("Cc", "Cs") or character in "\u202e\u2066\u200f":
                yield f"line {y} holds {character!r}"
        # The words of the composer are drawn by Textual, whose measure of joined emoji is right.
        wide = min(width(text), cell_len(text))
        if wide != cells:
            yield f"line {y} is {wide} cells wide: {text!r}"
        for segment in strip:
            if segment.control or (segment.style and "@click" in (segment.style.meta or {})):
                yield f"line {y} holds an action: {segment!r}"


@pytest.fixture
def belled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr("textual.app.App.bell", lambda self: rung.append("bell"))
    return rung


async def read_all(seat: Seat, count: int) -> None:
    """Read every post of the list, checking the whole screen each time."""
    await seat.until(lambda: len(seat.app.listing.shown) == count)
    for number in range(count):
        seat.app.action_move(1)
        if whole := number % 12 == 0:
            await seat.pilot.pause(0)
        problems = list(wrong(seat, sheet_only=not whole))
        assert not problems, (problems, seat.app.listing.current)


async def test_traps_everywhere(
    engine: EngineDouble, open_seat: OpenSeat, belled: list[str]
) -> None:
    await engine.put(*(soaked(text, number) for number, text in enumerate(TRAPS)))
    seat = await open_seat()
    await read_all(seat, len(TRAPS))
    for y in range(2, 26, 2):
        for x in (40, 90):
            await seat.pilot.click(offset=(x, y))
    assert belled == []
    assert seat.app.return_value is None
    assert engine.orders == []


@pytest.mark.needs("cases")
async def test_all_naughty_strings_in_every_place(
    engine: EngineDouble, open_seat: OpenSeat, cases: Path
) -> None:
    strings = naughty(cases)
    assert len(strings) > 400
    seat = await open_seat()
    for start in range(0, len(strings), 150):
        engine.items.clear()
        batch = strings[start : start + 150]
        await engine.put(*(soaked(text, start + n) for n, text in enumerate(batch)))
        wanted = tuple(engine.items)
        await seat.until(lambda wanted=wanted: seat.app.listing.order == wanted)
        await seat.press("g", "k")
        await read_all(seat, len(batch))


@pytest.mark.parametrize("trap", [" ".join(TRAPS[n::5]) for n in range(5)])
async def test_traps_in_the_frame(
    engine: EngineDouble,
    open_seat: OpenSeat,
    belled: list[str],
    trap: str,
) -> None:
    """Titles, names, feeds, answers, programme, reasons: text of the house is foreign too."""
    now = datetime.now(UTC)
    engine.accounts = (AccountInfo("main", "bluesky", trap, trap, 300),)
    engine.answers = (AnswerInfo("a", trap, (trap,), trap, account=trap),)
    engine.facts = (FactInfo("f", trap, trap, trap),)
    engine.reminders = (Reminder("r", 1, trap, "due", now), Reminder("s", 1, trap, who=trap))
    engine.goals = (Goal(trap, 1.0),)
    engine.preview = Previewed(0, (trap,), (trap,), "d")
    engine.title = trap
    engine.feeds = (FeedHealth(trap, "lost", trap), FeedHealth("b", "live"))
    part = Segment("s", 1, trap, now, 10, "running", track=trap, room=trap, speakers=(trap,))
    engine.segments = (part, replace(part, id="t", state="planned", after="s"))
    engine.refusals = {object: trap}
    out = Outgoing("o", 1, trap, trap, trap, now, "failed", reason=trap, segment="s", hand=trap)
    planned = replace(out, id="p", state="queued", due_at=now, anchor=Anchor("s"), series=trap)
    approved = replace(planned, id="q", needs_approval=True, approved_by=trap)
    await engine.put(replace(soaked(trap, 0), fact="f"), out, planned, approved)
    seat = await open_seat()
    await seat.until(lambda: seat.app.listing.shown)

    async def sound() -> None:
        await seat.pilot.pause(0)
        assert list(wrong(seat)) == []

    await seat.press("j", "w")
    await seat.until(lambda: "refused" in seat.message)
    await sound()
    seat.engine.items["bluesky:n0"] = replace(soaked(trap, 0), claim=None, version=2)
    await engine.stir()
    await seat.until(lambda: seat.app.listing.current.version == 2)
    for keys in (["m"], ["escape", "c"], ["escape", "n"], ["escape", "3", "j"]):
        await seat.press(*keys)
        await sound()
    await seat.press("r")
    await sound()
    await seat.press("ctrl+s")
    await sound()
    await seat.press("escape", "escape", "j", "T")
    assert seat.app.prompt.asked
    await sound()
    for keys in (["escape", "x"], ["escape", "S"], ["escape", "6", "j", "X"]):
        await seat.press(*keys)
        assert seat.part("#asked")
        await sound()
    await seat.press("escape", "L")
    assert seat.app.prompt.asked
    await sound()
    await seat.press("escape", "ctrl+r")
    await seat.until(lambda: "Take the script in" in seat.screen())
    await sound()
    await seat.press("escape", "escape", "slash")
    await seat.write("[/red]")
    await sound()
    await seat.press("escape", "ctrl+p")
    await seat.until(lambda: "Command" in type(seat.app.screen).__name__)
    await seat.write("end")
    await _settled(seat.pilot)
    await sound()
    await seat.press("escape")
    assert belled == []


async def _settled(pilot: Pilot[object]) -> None:
    for _ in range(5):
        await pilot.pause(0.02)


# --- cells, without a screen ------------------------------------------------------------------

anything = st.text(st.characters(exclude_categories=()), max_size=200)


@given(anything)
def test_clean_text_has_nothing_to_obey_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        for character in cleaned
    )
    assert clean(cleaned) == cleaned
    assert "\n" not in one_line(text)
    cleaned.encode()
    for_clipboard(text).encode()


@given(anything, st.integers(2, 60))
def test_fitted_and_wrapped_text_keeps_its_width(text: str, cells: int) -> None:
    line = one_line(text)
    assert width(fit(line, cells)) == cells
    assert width(fit(line, cells, pad=False)) <= cells
    for row in wrap(clean(text), cells):
        assert width(row) <= cells
    head, tail = split_at(line, cells)
    assert head + tail == line
    assert width(head) <= cells


@given(anything, st.integers(2, 60))
def test_wrapping_loses_no_word(text: str, cells: int) -> None:
    cleaned = clean(text)
    assert "".join("".join(wrap(cleaned, cells)).split()) == "".join(cleaned.split())


@given(anything)
def test_textual_measures_as_terminals_do(text: str) -> None:
    measure.correct()
    for row in clean(text).split("\n"):
        assert cell_len(row) == width(row)


@pytest.mark.parametrize("text", LONE_SURROGATES)
def test_lone_surrogates_become_signs(text: str) -> None:
    clean(text).encode()


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("日本", 4),
        ("👨‍👩‍👧", 6),
        ("❤️", 1),
        ("👍🏽", 2),
        ("🇫🇮", 2),
        ("का", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("مرحبا", 5),
        ("한글", 4),
    ],
)
def test_widths_that_terminals_agree_on(text: str, cells: int) -> None:
    assert width(clean(text)) == cells


# --- the source itself ------------------------------------------------------------------------

TUI = Path(measure.__file__).parent
READS_MARKUP = re.compile(
    r"\b(notify|Static|Label|Markdown|DataTable|OptionList|ListView|RichLog|from_markup|"
    r"border_title|border_subtitle)\b"
)


@pytest.mark.parametrize("path", sorted(TUI.glob("*.py")), ids=lambda path: path.name)
def test_nothing_that_reads_markup_is_used(path: Path) -> None:
    assert READS_MARKUP.findall(path.read_text("utf-8")) == []


def test_the_link_and_the_board_know_nothing_of_textual() -> None:
    modules = "tui.link, tui.board, tui.listing, tui.orders, tui.drafts, tui.cells, tui.moments"
    check = f"import sys, {modules}; sys.exit('textual' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", check], cwd=TUI.parent, check=False).returncode == 0
    )

"""What strangers write is drawn and never obeyed: in every place where foreign text shows."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from websockets.asyncio.server import ServerConnection

from eventlive.listening.rising import Rising
from eventlive.listening.signals import Reading
from eventlive.listening.top_voices import TopVoice
from eventlive.messages import (
    About,
    AccountInfo,
    AnswerInfo,
    Approve,
    Background,
    FactInfo,
    Logged,
    Looking,
    Present,
    Previewed,
    ReadLog,
    ScreenInfo,
    State,
)
from eventlive.model import (
    Anchor,
    Claim,
    Decision,
    Evidence,
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
from tests.console.test_terminal import Terminal, program
from tui.cells import width

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
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
            if unicodedata.category(character) in ("Cc", "Cs") or character in BIDI:
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
    engine: HostileEngine, open_seat: OpenSeat, belled: list[str]
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


class HostileEngine(EngineDouble):
    """Puts `trap` wherever an engine says something that strangers, or the house, have written.

    Each text begins with the name of the frame it came in.
    """

    trap = ""

    def soak(self, trap: str) -> None:
        """Fill everything that the first frames say."""
        now = datetime.now(UTC)
        self.trap = trap
        self.role = "lead"
        self.title = trap
        self.accounts = (AccountInfo("main", "bluesky", trap, trap, 300),)
        self.answers = (AnswerInfo("a", trap, (trap,), f"answer {trap}", account=trap),)
        self.facts = (FactInfo("f", trap, trap, trap),)
        self.reminders = (
            Reminder("r", 1, trap, "due", now),
            Reminder("s", 1, f"reminder {trap}", who=trap),
        )
        self.goals = (Goal(trap, 1.0),)
        self.preview = Previewed(0, (f"preview {trap}",), (trap,), "d")
        self.feeds = (FeedHealth(f"feed {trap}", "lost", trap), FeedHealth("b", "live"))
        part = Segment("s", 1, f"part {trap}", now, 10, "running", track=trap, room=trap)
        self.segments = (
            replace(part, speakers=(trap,)),
            replace(part, id="t", state="planned", after="s"),
        )

    def state(self) -> State:
        now, trap = datetime.now(UTC), self.trap
        if not trap:
            return super().state()
        voice = TopVoice("bluesky", trap, f"voice {trap}", person=trap, others=3)
        return replace(
            super().state(),
            signals=Reading(
                now,
                (3, 4),
                (1, 2),
                (0, 1),
                networks=((trap, 2), ("x", 1)),
                languages=((trap, 2), ("", 1)),
                rising=(Rising(f"rising {trap}", "word", 3, 2.0, now, trap),),
                voices=(voice,),
            ),
            present=(
                Present("eevi", "operator"),
                Present(f"present {trap}", "lead", "bluesky:n0", writing=True),
                Present(trap, "viewer", trap, idle=90.0),
            ),
            screens=(ScreenInfo(f"screen {trap}", 1920, 1080, behind=9, silent=80.0),),
            decisions=(Decision(1, now, trap, trap, trap, trap),),
        )

    async def _take(self, socket: ServerConnection, frame: object, who: str) -> None:
        now, trap = datetime.now(UTC), self.trap
        match frame:
            case About():
                said = [soaked(f"{word} {trap}", number) for number, word in enumerate(ABOUT)]
                kept = Evidence("e", 1, frame.item, said[0].post, trap, now, words=f"kept {trap}")
                told = Background(frame.ref, frame.item, tuple(said[:2]), tuple(said[2:]), 9)
                await self._say(socket, replace(told, evidence=(kept,)))
            case ReadLog():
                line = Decision(7, now, trap, trap, trap, f"logged {trap}")
                await self._say(socket, Logged(frame.ref, (line, replace(line, seq=6)), more=True))
            case Looking():
                pass
            case _:
                await super()._take(socket, frame, who)


ABOUT = ("before", "thread", "history")


@pytest.fixture
async def engine() -> AsyncIterator[HostileEngine]:
    """An engine's double that can say hostile things everywhere."""
    async with HostileEngine() as double:
        yield double


class Spot(NamedTuple):
    """A place where foreign text shows: the keys that lead there from a list, and what it says.

    `busy` tells whether it takes the keys away from the list.
    """

    keys: str
    seen: str = ""
    busy: bool = True


SPOTS: dict[str, Spot] = {
    "mute": Spot("1 j m", "Mute"),
    "prepared answers": Spot("1 j c", "answer "),
    "note": Spot("1 j n"),
    "outgoing": Spot("3 j", "half ", busy=False),
    "composer": Spot("3 j r", "half "),
    "review": Spot("3 j r ctrl+s", "half "),
    "move": Spot("3 j j T"),
    "drop": Spot("3 j j x"),
    "send now": Spot("3 j j S"),
    "end a part": Spot("6 j X", "part "),
    "late by": Spot("6 j L"),
    "reload": Spot("ctrl+r", "preview "),
    "filter": Spot("1 slash left_square_bracket slash r e d right_square_bracket", "[/red]"),
    "palette": Spot("ctrl+p e n d"),
    "feeds": Spot("F", "feed "),
    "goals": Spot("ctrl+p g o a l s enter"),
    "help": Spot("question_mark"),
    "thread and history": Spot("1 j t", "thread ", busy=False),
    "log": Spot("l", "logged "),
    "signals": Spot("i", "rising "),
    "report": Spot("1 j b"),
    "block": Spot("1 j M"),
    "until": Spot("1 j B"),
    "hand over": Spot("h"),
    "colleagues at the left": Spot("1", "present ", busy=False),
    "search": Spot("ctrl+f"),
}
"""To a new place that shows foreign text belongs a line here."""


# The worst stands first, where narrow columns do not cut it off.
WORST = ("\x1b\u202e[/x]\x07", "\x9b\u2066日\u0301👨‍👩‍👧\t")


@pytest.mark.parametrize("trap", [" ".join((WORST[n], *TRAPS[n::2])) for n in range(2)], ids="ab")
async def test_traps_in_every_place(
    engine: HostileEngine, open_seat: OpenSeat, belled: list[str], trap: str
) -> None:
    """Titles, names, feeds, answers, programme, reasons: text of the house is foreign too."""
    now = datetime.now(UTC)
    engine.soak(trap)
    engine.refusals = {Approve: trap}
    out = Outgoing("o", 1, trap, f"half {trap}", trap, now, "failed", reason=trap, segment="s")
    out = replace(out, hand=trap)
    planned = replace(out, id="p", state="queued", due_at=now, anchor=Anchor("s"), series=trap)
    approved = replace(planned, id="q", needs_approval=True, approved_by=trap)
    await engine.put(replace(soaked(trap, 0), fact="f", claim=None), out, planned, approved)
    seat = await open_seat()
    await seat.until(lambda: seat.app.listing.shown)
    await seat.press("j", "w")
    await seat.until(lambda: "refused" in seat.message)
    problems = []
    for name, spot in SPOTS.items():
        await seat.press(*spot.keys.split())
        if not await comes(seat, spot):
            problems.append(f"{name} is not there:\n{seat.screen()}")
        problems += [f"{name}: {one}" for one in wrong(seat)]
        for _ in range(4):
            if seat.app.busy:
                await seat.press("escape")
        assert not seat.app.busy, f"no way out of {name}"
        seat.app.listing.park()
    assert not problems, "\n".join(problems)
    assert belled == []
    assert seat.app.return_value is None


async def comes(seat: Seat, spot: Spot) -> bool:
    """Wait until a place is on the screen; False where it does not come."""
    for _ in range(100):
        if seat.app.busy is spot.busy and spot.seen in seat.screen():
            return True
        await seat.pilot.pause(0.02)
    return False


@pytest.mark.needs("tmux", "cases")
async def test_nothing_but_text_and_colours_reaches_a_terminal(
    engine: HostileEngine, tmp_path: Path, cases: Path
) -> None:
    """All that the real program writes: places to write at, inks, and text with nothing to obey."""
    engine.soak(" ".join(TRAPS))
    texts = [*TRAPS, *naughty(cases)[::4]]
    await engine.put(*(soaked(text, number) for number, text in enumerate(texts)))
    terminal = Terminal(tmp_path)
    try:
        await terminal.start(program(engine, tmp_path), 120, 40)
        await terminal.until(lambda text: f"Inbox {len(texts)}" in text, "the inbox")
        await terminal.tmux("pipe-pane", f"cat > {tmp_path / 'bytes'}")
        await terminal.tmux("resize-window", "-x", "130")
        for keys in (["j", *["PageDown"] * 6], ["t"], ["l"], ["Escape", "i"], ["Escape", "F"]):
            await terminal.keys(*keys)
        await terminal.until(lambda text: "feed " in text, "the feeds")
        await terminal.keys("Escape", "F8")
        await terminal.until(lambda text: "HOLD" in text.splitlines()[0], "held")
    finally:
        await terminal.tmux("kill-server")
    written = (tmp_path / "bytes").read_text("utf-8")
    assert "HOLD" in written
    # Textual itself asks for the usual shape of the mouse's pointer.
    rest = re.sub(r"\x1b\[[0-9;?]*[mHhl]|\x1b\]22;[a-z]*\x07", "", written)
    obeyed = {one for one in rest if unicodedata.category(one) in ("Cc", "Cs") or one in BIDI}
    assert obeyed <= {"\r", "\n"}

"""The real program in a real terminal: started, used, resized, killed, and its screen in order."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from eventlive.messages import Archive, Hold
from tests.console.engine_double import SAID, EngineDouble, item
from tui.cells import width

pytestmark = pytest.mark.needs("tmux")
ROOT = Path(__file__).parents[2]
DRIVER = """
import asyncio, sys
from pathlib import Path
from tui.app import run_console
left = asyncio.run(run_console(sys.argv[1], "eevi", drafts=Path(sys.argv[2]), running_here=True))
print("ended", left.exit_code, left.leave_running, flush=True)
"""


class Terminal:
    """A tmux server of this test's own, with one window; its operator keeps settings in `home`."""

    def __init__(self, home: Path) -> None:
        self.name = f"eventlive-{uuid4().hex[:8]}"
        settings = home / "eventlive" / "console.toml"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text("tour = false\n")
        # Without the size of the terminal that runs the tests: here it is tmux's to say.
        self._environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in ("LINES", "COLUMNS")
            },
            "LC_ALL": "C.UTF-8",
            "XDG_CONFIG_HOME": str(home),
            "XDG_STATE_HOME": str(home),
        }

    async def tmux(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "-L",
            self.name,
            "-f",
            os.devnull,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
        )
        said, _ = await process.communicate()
        return said.decode()

    async def start(self, command: str, columns: int, rows: int) -> None:
        size = ("-x", str(columns), "-y", str(rows))
        keep = f"cd {shlex.quote(str(ROOT))}; {command}; cat"
        await self.tmux("new-session", "-d", "-s", "main", *size, "sh", "-c", keep)

    async def keys(self, *keys: str) -> None:
        for key in keys:
            await self.tmux("send-keys", key)

    async def lines(self) -> list[str]:
        return (await self.tmux("capture-pane", "-p")).splitlines()

    async def until(self, true: Callable[[str], bool], why: str) -> list[str]:
        lines: list[str] = []
        try:
            async with asyncio.timeout(20):
                while True:
                    lines = await self.lines()
                    if true("\n".join(lines)):
                        return lines
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"never so: {why}\n" + "\n".join(lines)) from None


def whole(text: str, columns: int, rows: int, holding: str = "") -> bool:
    """Tell whether a console is drawn in just this size, with these words on it."""
    lines = text.splitlines()
    return (
        len(lines) == rows
        and "▌" in text
        and holding in text
        and max(width(line) for line in lines) <= columns
        and width(lines[-1].rstrip()) > columns - 10
    )


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    one = Terminal(tmp_path)
    try:
        yield one
    finally:
        await one.tmux("kill-server")


def program(engine: EngineDouble, drafts: Path) -> str:
    return shlex.join([sys.executable, "-c", DRIVER, engine.url, str(drafts)])


async def test_a_shift_at_the_console(
    engine: EngineDouble, terminal: Terminal, tmp_path: Path
) -> None:
    await engine.put(*(item(f"p{n}", f"text {n}", rank=100 - n) for n in range(30)))
    await terminal.start(program(engine, tmp_path), 120, 40)
    await terminal.until(lambda text: "Inbox 30" in text and "live" in text, "the inbox")
    await terminal.keys("j", "j", "e")
    await terminal.until(lambda text: "archived: @p1.example" in text, "archived")
    assert engine.commands() == [Archive("bluesky:p1", 1)]
    await terminal.keys("!")
    await terminal.until(lambda text: text.splitlines()[0].rstrip().endswith("HOLD"), "held")
    assert len(engine.commands(Hold)) == 1
    for columns, rows in ((80, 24), (300, 100), (80, 24), (100, 30)):
        await terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        await terminal.until(
            partial(whole, columns=columns, rows=rows), f"whole at {columns}x{rows}"
        )
    await terminal.keys("C-q")
    await terminal.until(lambda text: "Leave the console?" in text, "asked")
    await terminal.keys("Enter", "l")
    await terminal.until(lambda text: "ended 0 True" in text, "left")


async def test_mouse_reports_that_are_no_text_end_nothing(
    engine: EngineDouble, terminal: Terminal, tmp_path: Path
) -> None:
    """What an old terminal sends of its mouse beyond column 95 (xterm's control sequences, X10)."""
    await engine.put(*(item(f"p{n}", f"text {n}", rank=100 - n) for n in range(5)))
    await terminal.start(program(engine, tmp_path), 120, 40)
    await terminal.until(lambda text: "Inbox 5" in text, "the inbox")
    await terminal.tmux("send-keys", "-t", "main", "-H", *"1b 5b 4d 20 e8 30".split())
    await terminal.keys("j", "j", "e")
    await terminal.until(lambda text: "archived: @p1.example" in text, "archived")


async def test_words_survive_a_kill(
    engine: EngineDouble, terminal: Terminal, tmp_path: Path
) -> None:
    await engine.put(item("p0", "Where?"))
    await terminal.start(program(engine, tmp_path), 100, 30)
    await terminal.until(lambda text: "Inbox 1" in text, "the inbox")
    await terminal.keys("j", "r", "h", "a", "l", "f")
    await terminal.until(lambda text: "Answer to @p0" in text and "half" in text, "written")
    async with asyncio.timeout(10):
        while not any(b"half" in file.read_bytes() for file in tmp_path.glob("*.json")):
            await asyncio.sleep(0.05)
    pid = int(await terminal.tmux("display-message", "-p", "#{pane_pid}"))
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    await terminal.tmux("kill-session", "-t", "main")
    await terminal.start(program(engine, tmp_path), 100, 30)
    await terminal.until(lambda text: "Answer to @p0" in text and "half" in text, "still there")


async def test_no_row_is_torn_by_any_script(
    engine: EngineDouble, terminal: Terminal, tmp_path: Path
) -> None:
    """The line between list and post stands in one column, whatever the terminal thinks."""

    def asked(text: str) -> bool:
        return "Mute" in text

    def not_asked(text: str) -> bool:
        return not asked(text)

    now = datetime.now(UTC)
    texts = [text for text in SAID if "\U0001fae9" not in text]
    await engine.put(
        *(item(f"p{n}", text, rank=100 - n, received_at=now) for n, text in enumerate(texts))
    )
    await terminal.start(program(engine, tmp_path), 120, 40)
    await terminal.until(lambda text: f"Inbox {len(texts)}" in text and "│" in text, "the inbox")
    await terminal.keys("j", *["j"] * 4)
    for keys in ((), ("m",), ("Escape",)):
        await terminal.keys(*keys)
        lines = await terminal.until(asked if keys == ("m",) else not_asked, "the dialog")
        bars = {width(line.partition("│")[0]) for line in lines[2:37] if "│" in line[60:]}
        assert keys == ("m",) or len(bars) == 1, (bars, "\n".join(lines))
        assert max(width(line) for line in lines) <= 120

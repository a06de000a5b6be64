"""The real program on the real engine in a real terminal: used, left, taken up elsewhere, cut off.

One engine serves all of them; the test that kills it starts it again at the same place.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests import loopback
from tests.console.test_terminal import ROOT, Terminal, whole
from tests.service.engines import environment, post, write_script

pytestmark = pytest.mark.needs("tmux")
PROGRAM = [sys.executable, "-m", "eventlive"]
SIZES = ((90, 28), (300, 100), (80, 24))
MORE = """
[outgoing]
take_back = 0.5
"""


class House:
    """An engine that can be killed and comes back at the same address with what it stored."""

    def __init__(self, folder: Path) -> None:
        self._script = write_script(folder, MORE, [post(number) for number in range(30)])
        self._data = folder / "data"
        self._port = loopback.free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"ws://127.0.0.1:{self._port}/console"

    def start(self) -> None:
        options = [f"--port={self._port}", f"--data={self._data}", "--speed=max"]
        self._process = subprocess.Popen(
            [*PROGRAM, "serve", str(self._script), *options],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready.startswith(b"ready "):
            self.kill()
            raise AssertionError(f"the engine did not start: {ready!r}")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An engine with thirty posts in its inbox."""
    house = House(tmp_path_factory.mktemp("house"))
    house.start()
    try:
        yield house
    finally:
        house.kill()


@pytest.fixture
async def terminals(tmp_path: Path) -> AsyncIterator[list[Terminal]]:
    """Tmux servers: one for the program, others for the terminals that look at it."""
    async with contextlib.AsyncExitStack() as stack:
        several = [Terminal(tmp_path) for _ in range(1 + len(SIZES))]
        for one in several:
            stack.push_async_callback(one.tmux, "kill-server")
        yield several


async def console(
    house: House, terminal: Terminal, folder: Path, name: str, columns: int = 120, rows: int = 40
) -> None:
    """Open the real console, and wait until its inbox is there."""
    command = [*PROGRAM, "console", house.url, f"--name={name}", f"--data={folder}", "--no-mouse"]
    await terminal.start(shlex.join(command) + "; echo ended $?", columns, rows)
    await terminal.until(lambda text: "Inbox " in text and "@guest" in text, "the inbox")


async def test_a_post_is_archived_another_answered_and_everything_held(
    house: House, terminals: list[Terminal], tmp_path: Path
) -> None:
    program = terminals[0]
    await console(house, program, tmp_path, "anna")
    await program.keys("j", "e")
    await program.until(lambda text: "archived: @guest" in text, "archived")
    await program.keys("r")
    await program.until(lambda text: "Answer to @guest" in text, "the composer")
    await program.keys("O", "n", "Space", "i", "t")
    await program.until(lambda text: "On it" in text, "written")
    await program.keys("C-s")
    await program.until(lambda text: "y send" in text, "the review")
    await program.keys("y")
    await program.until(lambda text: "Answer to" not in text, "handed over")
    await program.keys("3")
    await program.until(lambda text: "✓ sent" in text and "On it" in text, "it has gone out")
    await program.keys("!")
    await program.until(lambda text: text.splitlines()[0].rstrip().endswith("HOLD"), "held")
    await program.keys("R")
    await program.until(lambda text: "End the hold?" in text, "asked")
    await program.keys("Enter", "y")
    await program.until(lambda text: not text.splitlines()[0].rstrip().endswith("HOLD"), "released")
    await program.keys("C-q")
    await program.until(lambda text: "ended 0" in text, "left")


async def test_detached_and_taken_up_again_in_other_sizes(
    house: House, terminals: list[Terminal], tmp_path: Path
) -> None:
    """A terminal is closed, others of other sizes come: the same words on a screen that fits.

    The widest sends mouse reports of 1985 from beyond column 95, whose bytes are no text.
    """
    program, *others = terminals
    await console(house, program, tmp_path, "bo")
    await program.tmux("set", "-g", "status", "off")
    await program.keys("j", "j", "r")
    await program.until(lambda text: "Answer to @guest" in text, "the composer")
    await program.keys("h", "a", "l", "f")
    for looking, (columns, rows) in zip(others, SIZES, strict=True):
        await looking.start(f"TERM=screen tmux -L {program.name} attach", columns, rows)
        await looking.until(
            partial(whole, columns=columns, rows=rows, holding="half"),
            f"taken up at {columns}x{rows}",
        )
        if columns > 95:
            # A press and a release at column 192: more than 127, and not UTF-8.
            for button in ("20", "23"):
                await looking.tmux("send-keys", "-H", "1b", "5b", "4d", button, "e0", "30")
            await looking.keys("!")
            await looking.until(lambda text: "half!" in text, "it still listens")
        await looking.tmux("kill-server")
    asks_for_mouse = await program.tmux("display-message", "-p", "#{mouse_any_flag}")
    assert asks_for_mouse.strip() == "0"
    await program.keys("Escape", "C-q")
    await program.until(lambda text: "Leave the console?" in text, "asked")
    await program.keys("l")
    await program.until(lambda text: "ended 0" in text, "left")


async def test_the_engine_is_killed_and_comes_back_while_somebody_writes(
    house: House, terminals: list[Terminal], tmp_path: Path
) -> None:
    program = terminals[0]
    await console(house, program, tmp_path, "cem", 100, 30)
    await program.keys("j", "r")
    await program.until(lambda text: "Answer to @guest" in text, "the composer")
    await program.keys("h", "a", "l", "f")
    await program.until(lambda text: "half" in text, "written")
    house.kill()
    await program.until(lambda text: "ENGINE GONE for" in text and "half" in text, "the banner")
    await program.keys("C-s")
    await program.until(lambda text: "y send" in text, "the review")
    await program.keys("y")
    text = await program.until(lambda text: "ENGINE GONE" in text, "still gone")
    assert "leaving" not in "\n".join(text)
    await asyncio.to_thread(house.start)
    await program.until(lambda text: "ENGINE GONE" not in text and "half" in text, "back")
    await program.keys("e")
    await program.until(lambda text: "^s review" in text and "half" in text, "still written")

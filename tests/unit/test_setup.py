"""Setting up the machine: every step is bounded, leaves nothing running and nothing half made."""

import asyncio
import os
from pathlib import Path

import pytest

from tests import parts
from tests.setup import machine


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The set-up's logs, in a folder of this test's own."""
    folder = tmp_path / "logs"
    folder.mkdir()
    monkeypatch.setattr(parts, "SETUP_LOGS", folder)
    return folder


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up Node and npm, first in the PATH, and a folder for the PDS; gives npm's script."""
    programs, folder = tmp_path / "bin", tmp_path / "pds"
    programs.mkdir()
    folder.mkdir()
    (folder / "package-lock.json").write_text("{}", encoding="utf-8")
    for name, script in {"node": "echo v22.1.0", "npm": "exit 1"}.items():
        program = programs / name
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(parts, "PDS", folder)
    return programs / "npm"


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be collected does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
async def test_a_command_that_hangs_is_ended_with_all_that_it_started(
    logs: Path, tmp_path: Path
) -> None:
    script = f"sleep 300 & echo $! > {tmp_path}/pid; wait"

    with pytest.raises(machine.SetupError, match=r"not done in 1 s, see .*hang\.log"):
        await machine.run("hang", ["sh", "-c", script], 1)

    child = int((tmp_path / "pid").read_text(encoding="utf-8"))
    async with asyncio.timeout(10):
        while alive(child):
            await asyncio.sleep(0.01)


async def test_a_command_that_fails_leaves_its_words_in_the_log(logs: Path) -> None:
    with pytest.raises(machine.SetupError, match=r"failed, see .*fail\.log"):
        await machine.run("fail", ["sh", "-c", "echo no such package >&2; exit 3"], 10)

    assert "no such package" in (logs / "fail.log").read_text(encoding="utf-8")


async def test_node_packages_are_installed_once_for_a_lock_file(logs: Path, npm: Path) -> None:
    done = "mkdir -p node_modules; echo >> calls; echo {} > node_modules/.package-lock.json"
    npm.write_text(f"#!/bin/sh\n{done}\n", encoding="utf-8")

    for _ in range(2):
        await machine.pds()

    calls = parts.PDS / "calls"
    assert calls.read_text(encoding="utf-8") == "\n"
    assert parts.pds_is_installed()

    done_at = (parts.PDS / "node_modules" / ".package-lock.json").stat().st_mtime
    os.utime(parts.PDS / "package-lock.json", (done_at + 1, done_at + 1))
    assert not parts.pds_is_installed()
    await machine.pds()
    assert calls.read_text(encoding="utf-8") == "\n\n"


async def test_half_an_installation_is_removed(logs: Path, npm: Path) -> None:
    npm.write_text("#!/bin/sh\nmkdir -p node_modules/half; exit 1\n", encoding="utf-8")

    with pytest.raises(machine.SetupError):
        await machine.pds()

    assert not (parts.PDS / "node_modules").exists()


async def test_what_cannot_be_set_up_is_said_and_is_no_failure(
    logs: Path, npm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await machine.attempt("pds", machine.pds)

    assert "Not set up: pds: '" in capsys.readouterr().out

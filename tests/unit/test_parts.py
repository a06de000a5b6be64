"""The parts of the machine: a missing one skips and is listed, and fails with CI=true."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts import PARTS, ROOT

SUITE = '''
"""A suite that needs things."""

import pytest


@pytest.mark.needs("tmux")
def test_first():
    """Needs a part that is missing."""


@pytest.mark.needs("tmux")
def test_second():
    """Needs it too."""


def test_by_fixture(tmux):
    """Asks by the name of a fixture."""


def test_without():
    """Needs nothing."""


@pytest.fixture
def tmux():
    raise AssertionError("set up although the part is missing")
'''


def play(
    folder: Path, suite: str, *more: str, ci: bool, path: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest on a suite with that plugin alone, on a machine with its programs at `path`."""
    (folder / "test_suite.py").write_text(suite, encoding="utf-8")
    (folder / "pytest.toml").write_text("[pytest]\nstrict = true\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PATH": path, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if ci:
        environment["CI"] = "true"
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.needs",
            "-p",
            "no:cacheprovider",
            "-rs",
            *more,
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def with_tmux(tmp_path: Path) -> str:
    """A folder of programs in which there is a tmux."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tmux"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("more", [[], ["-p", "xdist", "--numprocesses=2"]])
def test_a_missing_part_skips_its_tests_and_is_listed_with_what_mends_it(
    tmp_path: Path, more: list[str]
) -> None:
    run = play(tmp_path, SUITE, *more, ci=False, path="")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed, 3 skipped" in run.stdout
    _, _, listed = run.stdout.partition("Skipped for want of:")
    assert "tmux: 3 tests, no tmux on this machine" in listed
    assert "apt-get install tmux" in listed
    assert "mosquitto" not in listed


def test_in_ci_a_missing_part_fails_its_tests_with_the_reason(tmp_path: Path) -> None:
    run = play(tmp_path, SUITE, ci=True, path="")

    assert run.returncode == 1, run.stdout + run.stderr
    assert "1 passed, 3 errors" in run.stdout
    assert run.stdout.count("needs tmux: no tmux on this machine. sudo apt-get install tmux") >= 3
    assert "set up although the part is missing" not in run.stdout


@pytest.mark.parametrize("ci", [False, True])
def test_a_part_that_is_there_changes_nothing(tmp_path: Path, with_tmux: str, ci: bool) -> None:
    suite = SUITE.replace('raise AssertionError("set up although the part is missing")', "pass")
    run = play(tmp_path, suite, ci=ci, path=with_tmux)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "4 passed" in run.stdout
    assert "for want of" not in run.stdout


def test_a_part_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    run = play(tmp_path, SUITE.replace('needs("tmux")', 'needs("tmuks")', 1), ci=False, path="")

    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "needs 'tmuks', but tests/parts.py knows only" in run.stdout + run.stderr


@pytest.mark.parametrize("name", PARTS)
def test_every_part_can_be_looked_for_and_mended(name: str) -> None:
    reason = PARTS[name].want()

    assert reason is None or reason.strip()
    assert PARTS[name].mend.strip()

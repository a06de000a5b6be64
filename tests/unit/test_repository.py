"""What holds for every file: clean locks, readable lengths, pure rooms without a clock."""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.parts import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PACKAGES = ("eventlive", "feeds", "tui")
SKIPPED_FOLDERS = {"node_modules", "__pycache__"}
LONG = 500  # lines of Python; more needs a reason
REASON = f"Over {LONG} lines because"

# An address in a lock file binds everybody to one machine's registry, or leaks a path of the
# machine that wrote it. Names with a dot and a known ending, schemes, absolute and home paths.
ADDRESS = re.compile(
    r"""\w+://
    | \b[\w-]+\.(?:org|com|net|io|dev|internal|local|localhost)\b
    | (?:^|[\s='"(])(?:/|~/|file:)\w
    | --(?:index-url|extra-index-url|find-links|trusted-host)
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
# The same for registries in any file of the project. Built from pieces: this file is one of them.
REGISTRIES = re.compile(
    r"\b(?:"
    + "|".join(
        rf"{host}\.{ending}"
        for host, ending in (
            (r"py" + r"pi", "org"),
            (r"python" + r"hosted", "org"),
            (r"npm" + r"js", "(?:org|com)"),
            (r"deb" + r"ian", "org"),
        )
    )
    + r")\b"
)


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts):
                yield path


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pins(lock: str) -> dict[str, str]:
    """Read a lock file's exact versions by name."""
    found = re.findall(
        r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE
    )
    return {canonicalize_name(name): version for name, version in found}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def unmet(requirements: list[str], lock: str) -> list[str]:
    """List the requirements that a lock file does not meet."""
    locked = pins(lock)
    missed = []
    for requirement in map(Requirement, requirements):
        version = locked.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missed.append(f"{requirement} (locked: {version})")
    return missed


# ---- the locks ----


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    assert [found.group() for found in ADDRESS.finditer(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url somewhere",
        "--find-links wheels",
        "# from " + "https" + "://registry.example/simple",
        "#    uv pip compile -o /home/somebody/requirements.lock",
        "torch @ file:wheels/torch.whl",
        "    # from index: registry.example.com",
    ],
)
def test_the_search_for_addresses_finds_them(line: str) -> None:
    assert ADDRESS.search(f"six==1.17.0 \\\n{line}\n")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+)", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)[1:]

    assert len(entries) >= 30
    loose = [
        entry.partition("\n")[0]
        for entry in entries
        if not re.match(r"[\w.-]+(?:\[[\w,]+\])?==\S", entry)
        or not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)
    ]
    assert loose == []


def test_tests_run_on_the_versions_that_events_run_on() -> None:
    runtime, everything = pins("requirements.lock"), pins("requirements-dev.lock")

    assert runtime.items() <= everything.items()
    assert len(everything) > len(runtime)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    config = project()
    groups = config["dependency-groups"]
    extras = config["project"]["optional-dependencies"]
    runtime = (
        config["project"]["dependencies"] + groups["build"] + config["build-system"]["requires"]
    )
    dev = [entry for entry in groups["dev"] if isinstance(entry, str)]

    assert unmet(runtime, "requirements.lock") == []
    assert unmet([*runtime, *dev, *chain(*extras.values())], "requirements-dev.lock") == []


def test_a_gap_in_a_lock_is_seen() -> None:
    assert unmet(["textual==0.1", "no-such-package"], "requirements.lock") == [
        f"textual==0.1 (locked: {pins('requirements.lock')['textual']})",
        "no-such-package (locked: None)",
    ]


# ---- the files ----


def tracked_files() -> list[Path]:
    """List what the repository holds or would take in, or skip where there is no repository."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            timeout=30,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this tree is not a git repository")
    return [ROOT / name for name in os.fsdecode(listed).split("\0") if name]


def test_no_file_names_a_package_registry() -> None:
    found = []
    for path in tracked_files():
        if path.is_file():
            text = path.read_text("utf-8", errors="replace")
            found += [f"{shown(path)}: {match.group()}" for match in REGISTRIES.finditer(text)]

    assert found == []


def test_what_tests_and_runs_leave_behind_is_ignored() -> None:
    strays = [
        shown(path)
        for path in tracked_files()
        if {"node_modules", "__pycache__", ".venv", "build"} & set(path.relative_to(ROOT).parts)
        or path.suffix in {".pyc", ".sqlite", ".db", ".log"}
    ]

    assert strays == []


def test_a_long_file_says_why() -> None:
    """The program's files; a test stands where its name says, however many cases there are."""
    silent = []
    for path in python_files(*PACKAGES):
        text = path.read_text("utf-8")
        lines = text.count("\n")
        if lines > LONG and REASON not in (ast.get_docstring(ast.parse(text)) or ""):
            silent.append(f"{shown(path)}: {lines} lines")

    assert silent == []


def test_every_file_says_what_it_owns() -> None:
    silent = [
        shown(path)
        for path in python_files(*PACKAGES)
        if not (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()
    ]

    assert silent == []


# ---- the pure rooms: import-linter sees imports, not calls ----

PURE = ("eventlive/model.py", "eventlive/messages.py", "eventlive/script.py")
PURE_FOLDERS = ("eventlive/checks", "eventlive/desk", "eventlive/listening", "eventlive/tables")
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


def clock_calls(source: str) -> list[str]:
    """List the calls that read the clock: datetime.now() and its kin."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if (name, node.attr) in CLOCKS:
                found.append(f"line {node.lineno}: {name}.{node.attr}")
    return found


def test_what_decides_is_handed_the_time() -> None:
    files = [ROOT / name for name in PURE if (ROOT / name).exists()]
    found = [
        f"{shown(path)}, {call}"
        for path in (*files, *python_files(*PURE_FOLDERS))
        for call in clock_calls(path.read_text("utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "source", ["datetime.now(UTC)", "dt.datetime.utcnow()", "date.today()", "x = datetime.now"]
)
def test_reading_the_clock_is_seen(source: str) -> None:
    assert clock_calls(source)

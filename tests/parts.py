"""Parts of the machine that tests may need and that may be missing: how each is looked for.

Owns where programs, recorded cases and the PDS's packages are found, why a part cannot be used
here, and what mends it. Installs nothing (that is tests/setup) and knows nothing of pytest (that
is tests/needs.py).
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"
PDS = ROOT / "tests" / "service" / "pds"
SETUP_LOGS = ROOT / "build" / "setup"
NODE_AT_LEAST = 20


def program(*names: str) -> Path | None:
    """Find the first of these programs, also in folders for servers that a PATH may leave out."""
    path = os.environ.get("PATH", "")
    for name in names:
        found = shutil.which(name, path=f"{path}:/usr/sbin:/usr/local/sbin" if path else path)
        if found:
            return Path(found)
    return None


def chromium_path() -> Path | None:
    """Find a Chromium, or a Chrome, to drive."""
    return program("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def mosquitto_path() -> Path | None:
    """Find Mosquitto, the MQTT broker."""
    return program("mosquitto")


def node_path() -> Path | None:
    """Find a Node that is new enough for the PDS."""
    node = program("node")
    if node is None:
        return None
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    major = said.strip().removeprefix("v").partition(".")[0]
    return node if major.isdecimal() and int(major) >= NODE_AT_LEAST else None


def _want_program(find: Callable[[], Path | None], name: str) -> Callable[[], str | None]:
    return lambda: None if find() else f"no {name} on this machine"


def _want_pds() -> str | None:
    if node_path() is None:
        return f"no Node {NODE_AT_LEAST} or newer on this machine"
    if not pds_is_installed():
        log = SETUP_LOGS / "pds.log"
        told = f", see {log.relative_to(ROOT)}" if log.exists() else ""
        return f"its Node packages are not installed{told}"
    return None


def pds_is_installed() -> bool:
    """Tell whether the PDS's packages are there, whole, and of the present lock file.

    npm writes node_modules/.package-lock.json last, once everything is installed and compiled.
    """
    lock, done = PDS / "package-lock.json", PDS / "node_modules" / ".package-lock.json"
    try:
        return done.stat().st_mtime >= lock.stat().st_mtime
    except FileNotFoundError:
        return False


def _want_cases() -> str | None:
    return (
        None if CASES.is_dir() else "the test material is not beside the project (../shared/cases)"
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the machine: how it is looked for, and how a person gets it.

    ``want`` gives the reason why the part cannot be used, or None where it can. ``mend`` is a
    command, or what a person has to do.
    """

    want: Callable[[], str | None]
    mend: str


PARTS: dict[str, Part] = {
    "mosquitto": Part(_want_program(mosquitto_path, "mosquitto"), "sudo apt-get install mosquitto"),
    "mosquitto-clients": Part(
        _want_program(lambda: program("mosquitto_pub"), "mosquitto_pub"),
        "sudo apt-get install mosquitto-clients",
    ),
    "chromium": Part(_want_program(chromium_path, "chromium"), "sudo apt-get install chromium"),
    "tmux": Part(_want_program(lambda: program("tmux"), "tmux"), "sudo apt-get install tmux"),
    "pds": Part(
        _want_pds,
        f"install Node {NODE_AT_LEAST} or newer, npm and a C++ compiler, then: make parts",
    ),
    "cases": Part(_want_cases, "put the recorded cases at ../shared/cases"),
}


@cache
def missing(name: str) -> str | None:
    """Say why a part cannot be used here, or None where it can; looked up once a run."""
    return PARTS[name].want()

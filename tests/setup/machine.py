"""Set up the parts that tests need, as far as this machine lets us: ``make parts``.

Debian's packages where this is Debian (or Ubuntu) and we are root or may be without a password;
the PDS's Node packages where Node is new enough. Both at the same time, each within a limit. What
cannot be set up is said in a line and is no failure here: the tests that need it are skipped with
the reason (tests/needs.py).
``SETUP=no`` leaves the machine alone.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from tests import parts

# Seconds; at the first run on two cores: 20 to look up, 30 to fetch, 60 to install, 110 for npm.
LOOK_UP, FETCH, INSTALL, NPM = 90, 240, 240, 300

# Debian's package for each part, and the fonts without which the wall's pictures would show empty
# boxes, each known by one of its files.
PACKAGES = {
    "mosquitto": "mosquitto",
    "mosquitto-clients": "mosquitto-clients",
    "chromium": "chromium",
    "tmux": "tmux",
}
FONTS = {
    "fonts-noto-core": "truetype/noto/NotoSansArabic-Regular.ttf",
    "fonts-noto-cjk": "opentype/noto/NotoSansCJK-Regular.ttc",
    "fonts-noto-color-emoji": "truetype/noto/NotoColorEmoji.ttf",
}


class SetupError(Exception):
    """A step did not work; the message is for a person."""


def say(line: str) -> None:
    """Tell the person who waits, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def run(name: str, command: list[str], seconds: int, folder: Path | None = None) -> None:
    """Run a command without a terminal, its output added to build/setup/<name>.log.

    Raises SetupError where it fails or is not done in time. Then, and when cancelled, it is ended
    with all that it started.
    """
    log = parts.SETUP_LOGS / f"{name}.log"
    with log.open("ab") as out:
        out.write(f"\n$ {' '.join(command)}\n".encode())
        out.flush()
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(seconds):
            code = await process.wait()
    except TimeoutError as error:
        raise SetupError(f"not done in {seconds} s, see {shown(log)}") from error
    finally:
        if process.returncode is None:
            # What runs as root through sudo is beyond our signals; `timeout` ends that.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            with suppress(TimeoutError):
                async with asyncio.timeout(15):
                    await process.wait()
    if code:
        raise SetupError(f"'{' '.join(command)}' failed, see {shown(log)}")


def shown(path: Path) -> str:
    """Write a path as a person sees it from the project's folder."""
    return os.path.relpath(path, parts.ROOT)


# ---- Debian ----


def debian_packages() -> list[str]:
    """List the packages whose part or font is missing."""
    wanted = [package for part, package in PACKAGES.items() if parts.missing(part)]
    if "chromium" in wanted or parts.chromium_path():
        shares = Path("/usr/share/fonts")
        wanted += [package for package, font in FONTS.items() if not (shares / font).exists()]
    return wanted


def as_root() -> list[str] | None:
    """Give what a command starts with to run as root without a question, or None."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    allowed = subprocess.run(
        [sudo, "-n", "true"], capture_output=True, timeout=20, check=False
    ).returncode
    return [sudo, "-n"] if allowed == 0 else None


async def debian() -> None:
    """Install Debian's packages for what is missing."""
    wanted = debian_packages()
    if not wanted:
        return
    mend = f"sudo apt-get install --no-install-recommends {' '.join(wanted)}"
    apt = shutil.which("apt-get")
    if apt is None:
        raise SetupError(f"no apt-get on this machine; by Debian's names: {' '.join(wanted)}")
    root = as_root()
    if root is None:
        raise SetupError(f"not root, and no sudo without a password: {mend}")
    say(f"Setting up from Debian: {', '.join(wanted)} (a minute or two, once)")

    async def apt_get(seconds: int, *words: str) -> None:
        # RUNLEVEL=1, and systemctl below: no broker is left running beside the one of the tests.
        settings = ["DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
        options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=60", "-o", "Acquire::Retries=2"]
        limited = ["timeout", "--kill-after=10", str(seconds), "env", *settings, apt, *options]
        await run("debian", [*root, *limited, *words], seconds + 20)

    install = ("install", "--no-install-recommends")
    try:
        await apt_get(LOOK_UP, "update")
        # Fetched first: what the limit then cuts short is a download, not a half-done installation.
        await apt_get(FETCH, *install, "--download-only", *wanted)
        await apt_get(INSTALL, *install, "--no-download", *wanted)
        if "mosquitto" in wanted and Path("/run/systemd/system").is_dir():
            await run("debian", [*root, "systemctl", "disable", "--now", "mosquitto"], 60)
    except SetupError as error:
        raise SetupError(f"{error}; by hand: {mend}") from error


# ---- the PDS ----


async def pds() -> None:
    """Install the PDS's Node packages, once for each state of their lock file."""
    if not (parts.PDS / "package-lock.json").exists() or parts.pds_is_installed():
        return
    node, npm = parts.node_path(), shutil.which("npm")
    if node is None or npm is None:
        raise SetupError(parts.PARTS["pds"].mend)
    say("Setting up the PDS's Node packages (two minutes, once)")
    command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=warn"]
    prefix = node.resolve().parent.parent
    if (prefix / "include" / "node" / "node.h").exists():
        # What is compiled takes the headers that came with Node; npm would fetch others.
        command = ["env", f"npm_config_nodedir={prefix}", *command]
    done = False
    try:
        await run("pds", command, NPM, parts.PDS)
        done = True
    finally:
        if not done:
            # Half an installation would pass for a whole one, to Node and to a person.
            shutil.rmtree(parts.PDS / "node_modules", ignore_errors=True)


async def attempt(name: str, step: Callable[[], Awaitable[None]]) -> None:
    """Do one step, and say how it went; silent where there was nothing to do."""
    began = time.monotonic()
    log = parts.SETUP_LOGS / f"{name}.log"
    log.unlink(missing_ok=True)
    try:
        await step()
    except (SetupError, OSError) as error:
        say(f"Not set up: {name}: {error}")
        return
    if log.exists():
        say(f"Set up: {name} ({time.monotonic() - began:.0f} s)")


async def main() -> None:
    """Do both steps at once."""
    parts.SETUP_LOGS.mkdir(parents=True, exist_ok=True)
    async with asyncio.TaskGroup() as steps:
        steps.create_task(attempt("debian", debian), name="set up debian")
        steps.create_task(attempt("pds", pds), name="set up pds")


if __name__ == "__main__":
    if os.environ.get("SETUP") != "no":
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            sys.exit(130)

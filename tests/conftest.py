"""Fixtures that every test may ask for: a broker, a browser, a port, the recorded cases.

What they need of the machine is declared in tests/parts.py; a fixture named like a part asks
for it by its name alone.
"""

from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import loopback, parts
from tests.broker import Broker

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytest_plugins = ["tests.needs"]

# A busy machine is no failure: one slow example says nothing, and a whole test has its timeout. The
# rest stays as hypothesis chooses it: in CI, the same examples every time.
settings.register_profile("eventlive", parent=settings(), deadline=None)
settings.load_profile("eventlive")

# A browser that talks to loopback alone: no updates, no sync, no look-ups of its own. Without a
# sandbox because tests run as root in containers; it only ever opens pages of ours.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the folders, so that workers rarely have a browser each; the short tests come last."""
    folders: dict[Path, dict[Path, list[pytest.Item]]] = {}
    for item in items:
        folders.setdefault(item.path.parent, {}).setdefault(item.path, []).append(item)

    def place(folder: Path, at: int) -> tuple[bool, float]:
        return folder.name == "unit", (at + 0.5) / len(folders[folder])

    placed = [
        (place(folder, at), tests)
        for folder, files in folders.items()
        for at, tests in enumerate(files.values())
    ]
    items[:] = [test for _, tests in sorted(placed, key=lambda one: one[0]) for test in tests]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make what a test logged fit to be handed on: half a character cannot leave a worker."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture
def free_port() -> int:
    """A port on loopback that nothing listens on; a server of ours binds port 0 instead."""
    return loopback.free_port()


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of recorded cases, beside the project."""
    return parts.CASES


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Broker]:
    """A running Mosquitto of this test's own."""
    program = parts.mosquitto_path()
    assert program is not None, "tests/parts.py lets no test through without it"
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    async with Broker(program, folder) as broker:
        yield broker


@pytest.fixture
async def chromium() -> AsyncIterator["Browser"]:
    """A running headless Chromium of this test's own, on the test's own loop.

    ``await chromium.new_page(viewport={"width": 1920, "height": 1080})`` has a fresh profile.
    """
    # Imported here: most runs of a few tests need no browser, and this takes a third of a second.
    from playwright.async_api import async_playwright  # noqa: PLC0415

    path = parts.chromium_path()
    assert path is not None, "tests/parts.py lets no test through without it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()

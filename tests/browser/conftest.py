"""One Chromium for all tests of a file; each of its pages has a profile of its own."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest_asyncio

from tests import parts
from tests.conftest import CHROMIUM_FLAGS

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator["Browser"]:
    """A running headless Chromium; the tests that use it share the file's loop and its marker."""
    # Imported here: a run of other tests needs no browser.
    from playwright.async_api import async_playwright  # noqa: PLC0415

    path = parts.chromium_path()
    assert path is not None, "tests/parts.py lets no test through without it"
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield running
        finally:
            await running.close()

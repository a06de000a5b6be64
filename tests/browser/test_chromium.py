"""The browser that tests are given: draws real pages at the size asked for."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
async def test_it_draws_a_page_at_the_size_of_a_screen(
    chromium: "Browser", width: int, height: int
) -> None:
    page = await chromium.new_page(viewport={"width": width, "height": height})
    await page.set_content("<p id=post></p>")
    await page.evaluate("document.querySelector('#post').textContent = '<b>bold</b>'")

    assert await page.inner_text("#post") == "<b>bold</b>"
    assert await page.evaluate("[innerWidth, innerHeight]") == [width, height]
    picture = await page.screenshot()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) == width


async def test_pages_of_one_test_share_no_profile(chromium: "Browser") -> None:
    first, second = await chromium.new_page(), await chromium.new_page()

    assert first.context is not second.context

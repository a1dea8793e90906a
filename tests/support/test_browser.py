"""The browser fixture: it renders, and it runs scripts."""

from __future__ import annotations

from playwright.async_api import Browser


async def test_browser_shows_a_page_and_runs_its_script(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<p id=beat></p><script>beat.textContent = '鼓点'</script>")
    assert await page.inner_text("#beat") == "鼓点"

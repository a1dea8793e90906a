"""A Chromium of the system's, driven by Playwright; Playwright's own browsers are not downloaded."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.support.missing import give_up

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start a headless browser for one test, in the test's own event loop."""
    program = find_program()
    if program is None:
        give_up("no Chromium is installed (on Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
        try:
            yield chromium
        finally:
            await chromium.close()


def find_program() -> str | None:
    """Find the browser's program, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)

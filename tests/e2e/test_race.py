"""`drumbeat demo` in Chromium: one watches a week race by, and all that the clock does stands there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.playground_page import Playground, Program, open_page

pytestmark = pytest.mark.slow
SOON_MS = 60_000


@pytest.fixture
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Have six days pass in about forty seconds, which leaves a busy machine time to open the page."""
    folder = tmp_path_factory.mktemp("race")
    (folder / "drumbeat.db").write_text("the operator's own")
    running = Program(folder, ("demo", "--days", "6", "--speed", "2.5"))
    running.start()
    yield running
    running.stop()
    assert (folder / "drumbeat.db").read_text() == "the operator's own", "it has a database of its own"


def _face(page: Playground) -> Locator:
    return page.page.locator("#clock-face")


async def _seen(place: Locator) -> None:
    await expect(place.last).to_be_visible(timeout=SOON_MS)


async def _opened(browser: Browser, program: Program, person: str, chat: str, **context: object) -> Playground:
    page = await open_page(browser, program.address, **context)
    page.page.set_default_timeout(SOON_MS)  # the pages and the race share what cores there are
    await page.open(person, chat)
    return page


async def test_week_races_by_and_everything_of_the_clock_stands_there(browser: Browser, program: Program) -> None:
    room = await _opened(browser, program, "chenchen", "war-room")
    owner = await _opened(browser, program, "lina", "dm-lina")
    await expect(_face(room)).to_have_text(re.compile(r"^1[01]-\d\d 周[一二三四五六日] \d\d:\d\d$"), timeout=SOON_MS)
    first = await _face(room).inner_text()

    await _seen(room.messages(re.compile("站会 10-3[01].*人已交", re.DOTALL)))
    await expect(_face(room)).not_to_have_text(first, timeout=SOON_MS)
    await _seen(owner.messages(re.compile("⏰.*今天到期.*直播间布景确认", re.DOTALL)))
    await _seen(owner.messages(re.compile("⏰.*逾期.*直播间布景确认", re.DOTALL)))

    digest = room.messages(re.compile("周报 · 11-03 周一"))
    await _seen(digest)
    picture = digest.last.locator("img.picture")
    await expect(picture).to_be_visible(timeout=SOON_MS)
    assert await picture.evaluate("img => img.complete && img.naturalWidth") >= 540

    late = room.holder("直播间布景确认")
    await late.locator(".replies").click()
    await expect(room.page.locator("#thread-log")).to_contain_text(
        re.compile("陈晨.*直播间布景确认 已晚 3 天"), timeout=SOON_MS
    )
    await room.page.keyboard.press("Escape")

    told = await asyncio.to_thread(program.told)
    assert re.match(r"6 days passed in \d+ s: 4 stand-ups, \d+ rounds of reminders, 2 digests\.", told)
    await expect(room.page.locator("#clock")).to_be_disabled(timeout=SOON_MS)
    await room.say("@Drumbeat 任务 加 复盘会 @李四 周五")
    await expect(room.card("复盘会")).to_contain_text("11-07 周五", timeout=SOON_MS)
    assert room.troubles == owner.troubles == []


async def test_race_stands_still_while_it_is_held(browser: Browser, program: Program) -> None:
    page = await _opened(browser, program, "chenchen", "war-room", viewport={"width": 390, "height": 844})
    assert await page.overflow() == 0
    clock = page.page.locator("#clock")
    await clock.click()
    await expect(clock).to_have_attribute("data-pace", "held", timeout=SOON_MS)
    held = await _face(page).inner_text()
    await page.say("@Drumbeat 任务 加")
    await expect(page.page.locator("#log .message.is-private").last).to_contain_text("填表单", timeout=SOON_MS)
    await expect(_face(page)).to_have_text(re.compile(re.escape(held[:-3])), timeout=SOON_MS)
    await clock.click()
    await expect(clock).to_have_attribute("data-pace", "racing", timeout=SOON_MS)
    await expect(_face(page)).not_to_have_text(re.compile(re.escape(held[:8])), timeout=SOON_MS)
    assert page.troubles == []

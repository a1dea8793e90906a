"""The stream: what happens is told at once, in order, and again to those who were away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse

from commands.core.reply import Form, Outcome, Reply
from tests.bot.web.conftest import Site


@dataclass
class Told:
    """One event of the stream."""

    id: int
    name: str
    data: dict[str, Any]


@dataclass
class Page:
    """A page that listens."""

    response: ClientResponse

    async def block(self) -> list[str]:
        lines: list[str] = []
        async with asyncio.timeout(5):
            while line := (await self.response.content.readline()).decode().rstrip("\n"):
                lines.append(line)
        return lines

    async def next(self) -> Told:
        while True:
            values = dict(line.split(": ", 1) for line in await self.block() if not line.startswith(":"))
            if "event" in values:
                return Told(int(values["id"]), values["event"], json.loads(values["data"]))


@asynccontextmanager
async def listening(site: Site, reader: str = "chenchen", last: int | None = None, **query: str) -> AsyncIterator[Page]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with site.client.get("/playground/events", params={"as": reader, **query}, headers=headers) as response:
        assert response.content_type == "text/event-stream"
        page = Page(response)
        assert await page.block() == ["retry: 1000"]
        yield page


async def test_message_comes_without_asking(site: Site) -> None:
    async with listening(site, "lisi") as page:
        await site.say("早")
        told = await page.next()
    assert (told.name, told.data["message"]["body"]) == ("new", {"nodes": ["早"]})


async def test_message_that_was_not_taken_never_comes(site: Site) -> None:
    async with listening(site) as page:
        site.dispatch.outcome = Outcome("again")
        await site.say("早")
        site.dispatch.outcome = Outcome("ok")
        await site.say("晚", key="k2")
        assert (await page.next()).data["message"]["body"] == {"nodes": ["晚"]}


async def test_edit_removal_and_form_have_events_of_their_own(site: Site) -> None:
    async with listening(site) as page:
        message = await site.bot_says()
        assert (await page.next()).name == "new"
        await site.bot_says("新", "update", id="o2", message=message)
        edited = await page.next()
        assert (edited.name, edited.data["message"]["id"], edited.data["message"]["is_edited"]) == (
            "edited",
            message,
            True,
        )
        form = Reply(form=Form("新建", "task add", {}, (), "建", "任务 加"))
        kept = await site.bot_says("x", "form", id="o3", account="chenchen", trigger="tab-1", reply=form)
        opened = await page.next()
        assert (opened.name, opened.data["message"]["body"]["opens"]) == ("form", "tab-1")
        await site.post("/playground/dismiss", {"as": "chenchen", "message": kept})
        removed = await page.next()
        assert (removed.name, removed.data["message"]) == ("removed", {"id": kept, "chat": "double11", "thread": None})


async def test_same_edit_twice_is_told_once(site: Site) -> None:
    message = await site.bot_says()
    async with listening(site) as page:
        for attempt in ("o2", "o2", "o3"):
            await site.bot_says("新", "update", id=attempt, message=message)
        await site.bot_says("完", id="o4")
        assert [(await page.next()).name for _ in range(2)] == ["edited", "new"]


async def test_reply_brings_the_count_of_its_thread(site: Site) -> None:
    root = await site.bot_says()
    async with listening(site, "lisi") as page:
        await site.say("完成", thread=root)
        told = await page.next()
    assert (told.data["message"]["thread"], told.data["root"]["id"], told.data["root"]["replies"]) == (root, root, 1)


async def test_others_private_and_direct_messages_stay_unheard(site: Site) -> None:
    async with listening(site, "lisi") as page:
        await site.bot_says("私", "private", id="o1", account="chenchen")
        await site.bot_says("直", "direct", id="o2", account="chenchen", chat=None)
        await site.bot_says("公", id="o3")
        assert (await page.next()).data["message"]["body"]["reply"]["parts"][0]["line"] == ["公"]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_page_that_was_away_gets_what_it_missed_in_order(site: Site, how: str) -> None:
    async with listening(site) as page:
        await site.bot_says("一", id="o1")
        last = (await page.next()).id
    second = await site.bot_says("二", id="o2")
    third = await site.bot_says("三", id="o3")
    await site.bot_says("二，改", "update", id="o4", message=second)
    given: dict[str, Any] = {"last": last} if how == "header" else {"after": str(last)}
    async with listening(site, **given) as page:
        told = [await page.next() for _ in range(2)]
        assert [(one.name, one.data["message"]["id"]) for one in told] == [("new", third), ("edited", second)]
        await site.bot_says("四", id="o5")
        assert (await page.next()).name == "new"


async def test_new_page_hears_only_what_comes(site: Site) -> None:
    await site.bot_says("旧", id="o1")
    async with listening(site) as page:
        await site.bot_says("新", id="o2")
        assert (await page.next()).data["message"]["body"]["reply"]["parts"][0]["line"] == ["新"]


async def test_page_of_another_store_or_long_away_loads_again(site: Site) -> None:
    async with listening(site, last=10_000) as page:
        assert (await page.next()).name == "reset"
        await site.bot_says("新")
        assert (await page.next()).name == "new"


async def test_heartbeat_keeps_the_line_open(site: Site) -> None:
    async with listening(site) as page:
        assert await page.block() == [": beat"]


async def test_page_that_goes_away_leaves_no_trouble(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    async with listening(site) as page:
        page.response.close()
    for number in range(5):
        await site.bot_says(str(number), id=f"o{number}")
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]


async def test_stopping_ends_every_stream(site: Site) -> None:
    async with listening(site) as page:
        async with asyncio.timeout(5):
            await site.client.server.app.shutdown()  # type: ignore[attr-defined]
            while not page.response.content.at_eof():
                await page.response.content.readline()

"""A clock that races is shown on the page, and stopped there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.deps import Pace, WebSettings
from bot.web.server import build
from tests.bot.web.conftest import Client, Site, web_deps

AT = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)


@dataclass
class Shown:
    """A clock that shows what it was set to."""

    zone: str = "Asia/Shanghai"
    pace: Pace = "racing"
    at: datetime = AT

    def now(self) -> datetime:
        return self.at

    def hold(self, *, is_held: bool) -> None:
        self.pace = "held" if is_held else "racing"


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
async def racing(site: Site, shown: Shown) -> AsyncIterator[Client]:
    deps = web_deps(site.playground, site.rooms, WebSettings())
    assert deps.playground is not None
    deps = replace(deps, playground=replace(deps.playground, clock=shown))
    async with TestClient(TestServer(build(deps))) as client:
        yield client


async def test_clock_is_told_at_first_and_as_it_moves(racing: Client, shown: Shown, site: Site) -> None:
    state = await (await racing.get("/playground/state")).json()
    assert state["clock"] == {"at": "2026-11-18T01:30:00+00:00", "pace": "racing", "zone": "Asia/Shanghai"}
    async with racing.get("/playground/events", params={"as": "lisi"}) as stream:
        shown.at = AT.replace(hour=2)
        site.rooms.bell.ring()
        told: list[str] = []
        while len(told) < 2:
            line = (await stream.content.readline()).decode()
            told += [json.loads(line.removeprefix("data: "))["at"]] if line.startswith("data: ") else []
            site.rooms.bell.ring()
    assert told[-1] == "2026-11-18T02:30:00+00:00"


async def test_clock_is_stopped_by_whoever_has_the_token(racing: Client, shown: Shown) -> None:
    state = await (await racing.get("/playground/state")).json()
    payload = {"as": "chenchen", "is_held": True}
    assert (await racing.post("/playground/clock", json=payload)).status == 403
    assert shown.pace == "racing"
    answer = await racing.post("/playground/clock", json=payload, headers={"X-Drumbeat-Token": state["token"]})
    assert (answer.status, shown.pace) == (200, "held")


async def test_real_time_has_no_clock_to_stop(site: Site) -> None:
    assert (await site.get("/playground/state"))["clock"] is None
    answer = await site.post("/playground/clock", {"as": "chenchen", "is_held": True})
    assert answer.status == 404

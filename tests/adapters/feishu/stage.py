"""An adapter beside a fake Feishu in one loop: by the true SDK's long connection, or by signed posts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from adapters.feishu.adapter import Feishu
from adapters.intake import Notices
from adapters.text import clean
from commands.core.ports import Adapter, Dispatch, HttpRequest
from tests.adapters.contract import Seen, Stage
from tests.fakes.feishu.server import Server

NOTICES = Notices(not_saved={"zh": "没存上，请再点一次", "en": "Not saved"}, taken={"zh": "收到了", "en": "Got it"})
UP_S = 20.0


def make(feishu: Server, **changes: Any) -> Feishu:
    """Make an adapter for the fake's app, by long connection."""
    values: dict[str, Any] = {"app_id": feishu.world.app_id, "app_secret": feishu.world.app_secret}
    values |= {"domain": feishu.domain, "notices": NOTICES, "clock": lambda: datetime.now(UTC)}
    return Feishu(**values | changes)


def make_hooked(feishu: Server, **changes: Any) -> Feishu:
    """Make an adapter that takes posts."""
    world = feishu.world
    return make(feishu, encrypt_key=world.encrypt_key, verification_token=world.verification_token, **changes)


@contextlib.asynccontextmanager
async def served(feishu: Server, adapter: Adapter) -> AsyncIterator[None]:
    """Serve the adapter's route, and tell the fake where it is."""
    (route,) = adapter.routes()

    async def take(request: web.Request) -> web.Response:
        heads = {name.lower(): value for name, value in request.headers.items()}
        answered = await route.handler(HttpRequest(heads, await request.read()))
        return web.Response(status=answered.status, body=answered.body, content_type=answered.content_type)

    app = web.Application()
    app.router.add_post("/hooks/feishu", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    feishu.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/feishu"
    try:
        yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def running(feishu: Server, adapter: Adapter, dispatch: Dispatch) -> AsyncIterator[None]:
    """Let an adapter receive while the block runs."""
    task = asyncio.create_task(adapter.run(dispatch))
    try:
        await until(lambda: task.done() or bool(feishu.sockets or feishu.request_url))
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(is_so: Any, within_s: float = UP_S) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def cleaned(text: str) -> str:
    """Give what is left of a text when the signs that deceive the eye are left out."""
    return clean(text, keeps_breaks=True)


def stage_of(feishu: Server, adapter: Adapter) -> Stage:
    """Set the scene of the contract: two people in a group with the bot."""
    world, people = feishu.world, feishu.people
    first, second = world.add_person("陈晨", email="chen@shop.example"), world.add_person("李四")
    feishu.deliveries.retries_s = (0.05, 0.1, 0.2, 0.2)
    group = world.add_chat("双11作战室", [first, second])

    def sees(account: str, chat: str) -> Sequence[Seen]:
        found = [each for each in world.sees(account, chat) if each.sender == "bot"]
        return [Seen(each.id, each.seen.text, each.seen.form is not None) for each in found]

    async def say(account: str, chat: str, text: str) -> Any:
        told = people.say(account, chat, text if chat != group else f"{{bot}} {text}")
        assert told is not None
        await told.ended.wait()
        return told

    return Stage(adapter, group, first, second, sees, world.direct, say, trigger=lambda _: "unused", letters=cleaned)

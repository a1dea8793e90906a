"""The web server on loopback, over a real store, with a dispatch that only records."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from adapters.playground import Playground
from bot.web.deps import CommandHint, PlaygroundDeps, Readiness, WebDeps, WebSettings
from bot.web.rooms import StoredRooms
from bot.web.server import build
from commands.core.event import Event
from commands.core.ports import Outgoing
from commands.core.reply import Outcome, Reply, Text
from storage.chats import open_chat
from storage.people import add_account, add_person
from storage.store import Store
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import HandClock

PEOPLE = (("wang", "王建国", "admin"), ("chenchen", "陈晨", "lead"), ("lisi", "李四", "member"))
Client = TestClient[Request, Application]


def seed(unit: Unit) -> None:
    """Let three people and two groups live on the playground."""
    for account, name, role in PEOPLE:
        person = add_person(unit, name=name, role=role)
        add_account(unit, person, platform="playground", app="demo", tenant="demo", native=account)
    for chat, title in (("double11", "双11作战室"), ("general", "general")):
        open_chat(
            unit, project_name=title, platform="playground", app="demo", tenant="demo", native=chat, kind="group",
            title=title,
        )  # fmt: skip


@dataclass
class Recorder:
    """A dispatch that remembers events and answers as it is told."""

    events: list[Event] = field(default_factory=list)
    outcome: Outcome = field(default_factory=lambda: Outcome("ok"))

    async def __call__(self, event: Event) -> Outcome:
        """Remember an event."""
        self.events.append(event)
        return self.outcome


@dataclass
class Site:
    """The server with all that a test looks at."""

    client: Client
    rooms: StoredRooms
    playground: Playground
    dispatch: Recorder
    token: str = ""

    async def get(self, path: str, **query: str) -> Any:
        """Read JSON, as the page does."""
        response = await self.client.get(path, params=query)
        assert response.status == 200, await response.text()
        return await response.json()

    async def post(self, path: str, payload: object, **headers: str) -> ClientResponse:
        """Write with the page's token; its cookie is in the client's jar."""
        return await self.client.post(path, json=payload, headers={"X-Drumbeat-Token": self.token, **headers})

    async def say(self, text: str, *, key: str = "k1", chat: str = "double11", **more: object) -> ClientResponse:
        """Say something as 陈晨."""
        return await self.post(
            "/playground/messages", {"key": key, "as": "chenchen", "chat": chat, "text": text, **more}
        )

    async def messages(self, chat: str = "double11", reader: str = "chenchen") -> list[dict[str, Any]]:
        """Read a chat as somebody."""
        page = await self.get(f"/playground/chats/{chat}/messages", **{"as": reader})
        messages: list[dict[str, Any]] = page["messages"]
        return messages

    async def bot_says(self, text: str = "好", operation: str = "post", *, id: str = "o1", **values: Any) -> str:
        """Let the bot say something, and give the message's id."""
        plain = Outgoing(id=id, operation="post", reply=Reply(parts=(Text((text,)),)), language="zh", chat="double11")
        sent = await self.playground.send(replace(plain, operation=operation, **values))  # type: ignore[arg-type]
        return sent.message or ""


@pytest.fixture
def open_store(sqlite_url: str, clock: HandClock) -> Iterator[Store]:
    """Open a store on a file of its own."""
    store = Store(sqlite_url, clock=clock)
    yield store
    store.close()


@pytest.fixture
def settings() -> WebSettings:
    """Set up a server without a password; a test may override it."""
    return WebSettings(names=("drumbeat.example",))


@pytest.fixture
async def site(open_store: Store, clock: HandClock, settings: WebSettings) -> AsyncIterator[Site]:
    """Serve the playground."""
    workspace = await open_store.write(
        0, lambda unit: found_workspace(unit, name="demo", language="zh", timezone="Asia/Shanghai")
    )
    await open_store.write(workspace, seed)
    rooms = StoredRooms(open_store, workspace)
    playground = Playground(rooms, clock=clock, names=("鼓点",))
    dispatch = Recorder()
    running = asyncio.create_task(playground.run(dispatch))
    async with TestClient(TestServer(build(web_deps(playground, rooms, settings)))) as client:
        site = Site(client, rooms, playground, dispatch)
        if settings.password is None:
            site.token = (await site.get("/playground/state"))["token"]
        yield site
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def web_deps(playground: Playground, rooms: StoredRooms, settings: WebSettings) -> WebDeps:
    """Fill in what the server needs; Chinese is marked, so that a test can tell the languages apart."""

    async def readiness() -> Readiness:
        return Readiness(True, {"database": "ok"})

    return WebDeps(
        settings=settings,
        words=lambda language: (lambda msgid: f"[zh] {msgid}") if language == "zh" else (lambda msgid: msgid),
        readiness=readiness,
        metrics=lambda: b"drumbeat_up 1\n",
        playground=PlaygroundDeps(
            adapter=playground,
            rooms=rooms,
            hints=lambda language: (CommandHint("task add" if language == "en" else "任务 加", "Add a task."),),
            workspace="</script><b>海燕</b>",
            heartbeat_s=0.05,
        ),
    )

"""The fake Feishu driven from outside: each verb is a post to `/control/{verb}`, with its arguments as JSON."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.feishu.delivery import Delivery
from tests.fakes.feishu.people import CannotDo
from tests.fakes.feishu.server import Server
from tests.fakes.feishu.world import Json, Message
from tests.fakes.record import Log


class Controlled(Server):
    """A fake with a control address, which writes down what it was asked and what it told."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.stopped = asyncio.Event()
        self._log = Log(log)
        self._logged = 0

    def extend(self, app: web.Application) -> None:
        """Add the control address."""
        app.router.add_post("/control/{verb}", self._control)

    def ready(self) -> Json:
        """Give what a driver must know."""
        world, port = self.world, self.port
        told = {"domain": self.domain, "control_url": f"{self.domain}/control", "ports": {"port": port}}
        secrets = {"encrypt_key": world.encrypt_key, "verification_token": world.verification_token}
        return {**told, "app_id": world.app_id, "app_secret": world.app_secret, "bot": world.bot, **secrets}

    def close_log(self) -> None:
        """Write the rest of the log."""
        self._note_calls()
        self._log.close()

    async def _control(self, request: web.Request) -> web.Response:
        verb = getattr(self, f"do_{request.match_info['verb']}", None)
        if verb is None:
            return web.json_response({"error": f"there is no {request.match_info['verb']}"}, status=404)
        self._note_calls()
        try:
            done = verb(**await request.json())
            return web.json_response(await done if inspect.isawaitable(done) else done)
        except (CannotDo, LookupError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    def _note_calls(self) -> None:
        for call in self.world.calls[self._logged :]:
            self._log.append({"what": "call", **call})
        self._logged = len(self.world.calls)

    # -- people -----------------------------------------------------------------------------------

    def do_person(self, name: str, **about: Any) -> str:
        """Let somebody in."""
        return self.world.add_person(name, **about)

    def do_group(self, name: str, members: list[str], **about: Any) -> str:
        """Open a group."""
        return self.world.add_chat(name, members, **about)

    def do_act(self, what: str, args: list[Any], options: Json) -> Json:
        """Let somebody do something; gives the delivery that tells of it, and the message said."""
        told: Delivery | None = getattr(self.people, what)(*args, **options)
        said = list(self.world.messages)[-1] if what == "say" else ""
        return {"delivery": told.id if told else "", "message": said}

    # -- eyes -------------------------------------------------------------------------------------

    def do_sees(self, account: str, chat: str = "") -> list[Json]:
        """Give what of the bot stands in a chat for one person; in their direct chat where none is named."""
        found = self.world.sees(account, chat or self.world.direct(account))
        return [_shown(each) for each in found if each.sender == "bot"]

    def do_delivery(self, id: str) -> Json:
        """Tell what became of a delivery."""
        return self.deliveries.all[id].shown()

    def do_deliveries(self) -> list[Json]:
        """Tell what became of all."""
        return [each.shown() for each in self.deliveries.all.values()]

    def do_calls(self, about: str = "") -> list[Json]:
        """Give the calls of the open API."""
        return [each for each in self.world.calls if about in each["call"]]

    def do_violations(self) -> list[str]:
        """Give what was against the protocol."""
        return self.world.violations

    def do_images(self) -> list[int]:
        """Give the sizes of the pictures that were uploaded."""
        return list(self.world.images.values())

    # -- scripts ----------------------------------------------------------------------------------

    def do_spoil(self, **fault: Any) -> Json:
        """Let deliveries go wrong."""
        self.deliveries.faults.append(fault)
        return {}

    def do_spoil_calls(self, **fault: Any) -> Json:
        """Let calls go wrong."""
        self.api_faults.append(fault)
        return {}

    def do_heal(self) -> Json:
        """Let nothing more go wrong."""
        self.heal()
        return {}

    def do_configure(self, **values: Any) -> Json:
        """Change how it behaves: `retries_s`, `request_url`, `token_s`, `age_s`, `scopes`."""
        if "retries_s" in values:
            self.deliveries.retries_s = tuple(values["retries_s"])
        self.request_url = values.get("request_url", self.request_url)
        self.world.token_s = values.get("token_s", self.world.token_s)
        self.world.age_s = values.get("age_s", self.world.age_s)
        self.world.scopes = set(values.get("scopes", self.world.scopes))
        return {}

    async def do_verify(self) -> bool:
        """Ask the app's address whether it is the app's."""
        return await self.verify_url()

    async def do_cut(self) -> int:
        """Close all connections, and tell how many there were."""
        there = list(self.sockets)
        for socket in there:
            await socket.close()
        return len(there)

    def do_counts(self) -> Json:
        """Give the figures."""
        return {"n": len(self.world.calls), "sockets": len(self.sockets), "messages": len(self.world.messages)}

    async def do_changed(self, since: int, timeout_s: float) -> Json:
        """Wait a little for news."""
        await self._pause(min(timeout_s, 0.05))
        return {}


def _shown(message: Message) -> Json:
    card = message.seen
    inputs = card.form["inputs"] if card.form else {}
    told: Json = {"id": message.id, "text": card.text, "title": card.words[0].text if card.words else ""}
    told |= {"buttons": list(card.buttons), "inputs": inputs, "colour": card.colour, "pings": card.pings}
    alive = [found for each in card.words for found in (*each.tags, *each.blocks, *each.emoji)]
    links = [link for each in card.words for link, _ in each.links]
    told |= {"alive": alive, "links": links, "images": card.images, "only_for": message.only_for}
    return {**told, "thread": message.thread, "root": message.root, "edits": message.edits}

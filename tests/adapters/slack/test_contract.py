"""Slack keeps the contract of every adapter, over the fake of its protocol, by its socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.intake import Notices
from adapters.slack.adapter import Slack
from adapters.text import clean
from bot.observe import utc_now
from commands.core.reply import Outcome
from tests.adapters.contract import AdapterContract, Seen, Stage
from tests.fakes.slack.server import Server

pytestmark = pytest.mark.slow

NOTICES = Notices(not_saved={"zh": "没存上", "en": "Not saved"})
QUICK = {"ack_s": 0.3, "retries_s": [0.0]}
"""What is not acknowledged is given up soon."""
UP_S = 10.0


def cleaned(text: str) -> str:
    """Give what is left of a text when the signs that deceive the eye are left out."""
    return clean(text, keeps_breaks=True)


def stage_of(slack: Server, adapter: Slack) -> Stage:
    """Put two people into a channel with the bot, and look at it as they do."""
    people, world = slack.people, slack.world
    first, second = (people.add_user(name=name, real_name=name)["id"] for name in ("chenchen", "lisi"))
    group = people.add_channel(name="war-room", members=[first, second])["id"]

    def sees(account: str, chat: str) -> Sequence[Seen]:
        channel = world.channels.get(chat)
        if channel is None or account not in channel.members:
            return []
        mine = [each for each in people.ephemerals(user=account) if each["channel"] == chat]
        posts = sorted([*people.messages(channel=chat), *mine], key=lambda each: float(each["ts"]))
        views = [Seen(each["view"]["id"], each["seen"], has_form=True) for each in people.views(user=account)]
        return [Seen(each["ts"], each["seen"]) for each in posts if each.get("bot_id") or "for" in each] + views

    async def say(account: str, chat: str, text: str) -> Outcome:
        for _ in range(25):  # until the socket stands, if it ever will
            if slack.do_sockets()["open"]:
                break
            await world.changed(world.seq, 0.02)
        said = people.say(user=account, channel=chat, text=text if chat != group else f"@drumbeat {text}")
        deliveries = [world.deliveries[each] for each in said["events"]]
        async with asyncio.timeout(UP_S):
            while not all(each.has_ended for each in deliveries):
                await world.changed(world.seq, 0.1)
        return Outcome("ok" if all(each.acked_ms is not None for each in deliveries) else "again")

    return Stage(
        adapter,
        group,
        first,
        second,
        sees,
        lambda account: world.direct(account).id,
        say,
        trigger=lambda account: slack.herald.new_trigger(account),
        knows_ids=False,
        letters=cleaned,
    )


class TestSlack(AdapterContract):
    """The contract in Socket Mode."""

    @pytest.fixture
    async def stage(self, tmp_path: Path) -> AsyncIterator[Stage]:
        """Open it, and see that nothing was asked of Slack that it would not take."""
        slack = Server(tmp_path / "log")
        ready: dict[str, Any] = await slack.start()
        slack.do_configure(**QUICK)
        secrets = {"bot_token": ready["bot_token"], "app_token": ready["app_token"]}
        adapter = Slack(**secrets, api_url=ready["api_url"], notices=NOTICES, clock=utc_now)
        try:
            yield stage_of(slack, adapter)
            assert slack.people.violations() == []
            await adapter.check()  # which closes what was opened without `run`
        finally:
            await slack.stop()

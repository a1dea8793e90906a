"""What was left before a restart goes out first, in order, and without a pause for each message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings
from bot.observe import utc_now
from storage.mail import waiting
from tests.proofs.history import MARK, check, read_tables
from tests.proofs.redelivery import opened, said

LEFT = 30
HANG_S = 20
"""Too short for one message a second, as it once was."""


@contextmanager
def serving(url: str) -> Iterator[App]:
    """Open an app that sends."""
    app = App(Settings(database_url=url))
    try:
        yield app
    finally:
        app.close()


@pytest.mark.slow
async def test_a_new_message_waits_for_those_left_before_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as before:
        await before.dispatch(said("first", f"任务 加 {MARK} bcd", at=utc_now()))
        for number in range(LEFT):
            await before.dispatch(said(f"old:{number}", f"备注 T-1 {MARK} xyz", at=utc_now()))
    with serving(before.settings.database_url) as app:
        await app.dispatch(said("new", f"任务 加 {MARK} fgh", at=utc_now()))
        async with asyncio.timeout(HANG_S), app.working():
            while (await app.store.read(app.by_name["demo"].id, waiting))[0]:
                pass
    tables = read_tables(before.settings.database_url, at=utc_now())
    assert check((), tables, kills=0).count("out of order", "not sent", "card missing") == 0
    assert len([row for row in tables.rooms if row["outbox_id"]]) == LEFT + 2

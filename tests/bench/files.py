"""The databases of the bench: one with the demo team in it, copied for each contender."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.app import App
from bot.config import Settings
from bot.observe import utc_now
from bot.seed import APP, PLATFORM, TENANT
from commands.core.event import Event, Place, Sender
from storage.engine import open_engine
from tests.proofs.redelivery import opened

SAID: Final = "任务 加 主图定稿 @李四 周五 !高 #设计"


def make_template(directory: Path) -> Path:
    """Make a database with the demo team and a few tasks, closed and ready to be copied."""
    with opened(directory) as app:
        for number in range(3):
            asyncio.run(app.dispatch.handle(event(f"first:{number}", SAID)))
    return directory / "drumbeat.db"


def copy_of(template: Path, name: str) -> Path:
    """Copy a closed database."""
    target = template.with_name(f"{name}.db")
    shutil.copyfile(template, target)
    return target


def event(key: str, text: str, *, who: str = "lisi", at: datetime | None = None) -> Event:
    """Make the event of one message in the demo's first chat, said now or at an instant."""
    place = Place("war-room", "group", "war-room")
    return Event(key, PLATFORM, APP, TENANT, "said", Sender(who), place, sent_at=at or utc_now(), text=(text,))


@contextmanager
def app_on(file: Path, *, serves: bool = False) -> Iterator[App]:
    """Open the whole bot on a database, without its web server; nothing is sent unless it `serves`."""
    app = App(Settings(database_url=f"sqlite:///{file}"), serves=serves)
    try:
        yield app
    finally:
        app.close()


@contextmanager
def raw_on(file: Path) -> Iterator[Any]:
    """Open a database by the driver alone, with the pragmas of the bot."""
    engine = open_engine(f"sqlite:///{file}", pool_size=1)
    connection = engine.raw_connection()
    try:
        yield connection.driver_connection
    finally:
        connection.close()
        engine.dispose()

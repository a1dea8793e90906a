"""The demo is seeded whole, however often its seeding is killed on the way."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings
from bot.seed import SCRIPT, TEAM, Line, key_of, seed
from storage.people import all_people
from storage.rooms import is_shown
from storage.schedules import all_schedules, log_of
from storage.tasks import task_numbered
from storage.unit import Unit

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
KILLED_AT = 8


class _Killed(Exception):
    """Ends the process in the middle of a line."""


class _Torn(Sequence[Line]):
    """The script, which ends the process at one of its lines."""

    def __len__(self) -> int:
        return len(SCRIPT)

    def __getitem__(self, at: int) -> Line:  # type: ignore[override] # it is never sliced
        if at == KILLED_AT:
            raise _Killed
        return SCRIPT[at]


def _tasks(unit: Unit) -> list[tuple[str, datetime]]:
    tasks = (task_numbered(unit, number) for number in range(1, 20))
    return [(task.title, task.created_at) for task in tasks if task is not None]


def _demo(settings: Settings) -> tuple[list[tuple[str, datetime]], int, int]:
    app = App(settings)
    try:
        demo = app.by_name["demo"].id
        return app.store.read_now(
            demo,
            lambda unit: (
                _tasks(unit),
                len(all_people(unit)),
                sum(is_shown(unit, key_of(number, SCRIPT)) for number in range(len(SCRIPT))),
            ),
        )
    finally:
        app.close()


def _came_by_itself(settings: Settings) -> set[str]:
    app = App(settings)
    try:
        return app.store.read_now(
            app.by_name["demo"].id,
            lambda unit: {
                schedule.kind
                for schedule, _ in all_schedules(unit)
                if any(row.state == "done" and not row.reason for row in log_of(unit, schedule.id, most=100))
            },
        )
    finally:
        app.close()


async def test_seeding_that_was_killed_is_gone_on_with_at_the_next_start(sqlite_url: str, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), tmp_path / "whole.db")
    torn, whole = Settings(database_url=sqlite_url), Settings(database_url=f"sqlite:///{tmp_path}/whole.db")
    with pytest.raises(BaseExceptionGroup):
        await seed(torn, now=NOW, script=_Torn())
    assert _demo(torn)[2] == KILLED_AT
    assert await seed(torn, now=NOW + timedelta(hours=3))
    assert await seed(whole, now=NOW)
    assert _demo(torn) == _demo(whole)
    assert _demo(torn)[1:] == (len(TEAM), len(SCRIPT))
    assert _came_by_itself(torn) == _came_by_itself(whole) == {"standup", "reminders", "digest weekly"}
    assert not await seed(torn, now=NOW + timedelta(days=1))

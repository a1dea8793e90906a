"""Every dialog in the `.txt` files beside this one goes as it is written there; some of them on PostgreSQL too."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dialogs.script import head, play, scenes
from tests.support.golden import Golden
from tests.support.house import open_bot, seed_house
from tests.support.postgres import PostgresServer
from tests.support.store import HandClock

HERE = Path(__file__).parent
FILES = sorted(path.name for path in HERE.glob("*.txt"))
SLOW = frozenset(
    f"{name}.txt"
    for name in (
        "accounts", "approvals", "approving", "audit", "away", "bugs", "budgets", "calendar", "campaign",
        "confidential", "dependencies", "descriptions", "digests", "duty", "links", "minutes", "notices",
        "participants", "prices", "privacy", "quiet", "reminders", "repeating", "risks", "roles", "routes", "schedules",
        "search", "settings", "standups", "subtasks", "tasks_in_english", "teams", "waiting",
    )
)  # fmt: skip
"""Subjects of their own, and what waits for the clock: these run with the slow tests."""
ON_BOTH = ("add.txt", "forms.txt", "lists.txt", "threads.txt", "undo.txt")


async def played(name: str, lend: Callable[[], str]) -> str:
    """Play every scene of a file, each on a database of its own."""
    text = (HERE / name).read_text(encoding="utf-8")
    written = [head(text)]
    for scene in scenes(text):
        async with open_bot(lend(), HandClock()) as bot:
            written.append(await play(bot, scene))
            assert bot.incidents() == 0, scene.title
    return "\n\n".join(written) + "\n"


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.slow] if each in SLOW else []) for each in FILES]
)
async def test_a_dialog_goes_as_written(
    name: str, house_template: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    def lend() -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        shutil.copyfile(house_template, path)
        return f"sqlite:///{path}"

    Golden(HERE, rewrite=pytestconfig.getoption("--golden")).check(name, await played(name, lend))


@pytest.fixture(scope="module")
def postgres_house(postgres_server: PostgresServer, postgres_template: str) -> str:
    """Seed a PostgreSQL database with the team, to be copied."""
    url = postgres_server.create(template=postgres_template)
    seed_house(url, HandClock())
    return url


@pytest.mark.parametrize("name", ON_BOTH)
async def test_a_dialog_goes_the_same_on_postgresql(
    name: str, postgres_server: PostgresServer, postgres_house: str
) -> None:
    lent: list[str] = []

    def lend() -> str:
        lent.append(postgres_server.create(template=postgres_house))
        return lent[-1]

    try:
        assert await played(name, lend) == (HERE / name).read_text(encoding="utf-8")
    finally:
        for url in lent:
            postgres_server.drop(url)

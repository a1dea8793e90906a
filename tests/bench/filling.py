"""People and tasks by the thousand, entered by the driver, and the statements that a reader of them makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

from sqlalchemy import event

from bot.app import App
from bot.observe import utc_now
from bot.seed import APP, PLATFORM, TENANT
from tests.bench.table import Row

WORKSPACE: Final = 2
"""The demo's, as its project is the first."""
ZONE: Final = "Asia/Shanghai"
DAY: Final = timedelta(days=1)
_COLUMNS: Final = (
    "workspace_id, version, created_at, updated_at, number, project_id, title, status, is_open, owner_id, creator_id,"
    " priority, labels, due_on, due_zone, due_by, closed_at"
)
_RECORD: Final = "workspace_id, version, created_at, updated_at"

Values = tuple[object, ...]
Statement = tuple[str, Any]


def enter(connection: Any, people: int, tasks: Callable[[int], Iterable[Values]]) -> int:
    """Enter people whom the playground can reach, and tasks; give the first one's id, which `tasks` is told, too."""
    now = stored(utc_now().replace(microsecond=0))
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    first: int = connection.execute("SELECT max(id) FROM person").fetchone()[0] + 1
    connection.executemany(
        f"INSERT INTO person ({_RECORD}, name, role) VALUES (?, 1, ?, ?, ?, 'member')",  # noqa: S608 - ours
        ((WORKSPACE, now, now, f"Person {number}") for number in range(people)),
    )
    connection.executemany(
        f"INSERT INTO account ({_RECORD}, person_id, platform, app, tenant, native)"  # noqa: S608 - ours
        " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
        ((WORKSPACE, now, now, first + each, PLATFORM, APP, TENANT, f"person{each}") for each in range(people)),
    )
    marks = ", ".join("?" * (_COLUMNS.count(",") + 1))
    connection.executemany(
        f"INSERT INTO task ({_COLUMNS}) VALUES ({marks})",  # noqa: S608 - both are ours
        tasks(first),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # else the first who asks would pay for it
    return first


def task(
    number: int, *, owner: int, made: str, due_on: str, due_by: str, closed_at: str | None = None, is_open: bool = True
) -> Values:
    """Write the row of a task; instants as `stored` writes them."""
    status = "todo" if is_open else "done"
    return (
        WORKSPACE, 1, made, closed_at or made, 10_000_000 + number, 1, f"Task {number}", status, is_open, owner, owner,
        2, "[]", due_on, ZONE, due_by, closed_at,
    )  # fmt: skip


def stored(at: datetime) -> str:
    """Write an instant as the bot's tables hold it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@contextmanager
def noted(app: App) -> Iterator[list[Statement]]:
    """Note the queries of every read, with their values, to be made again by the driver."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, words: str, values: Any, *_: Any) -> None:
        if words.startswith(("SELECT", "WITH")):
            found.append((words, values))

    event.listen(app.store.snapshots, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(app.store.snapshots, "before_cursor_execute", note)


def grown(
    what: str, ours: Mapping[int, Sequence[float]], floor: Mapping[int, Sequence[float]] | None, *, goal: str
) -> Row:
    """Compare the largest of several sizes with the least, round by round."""
    sizes = sorted(ours)
    mine, theirs = (each and _ratio(each[sizes[-1]], each[sizes[0]]) for each in (ours, floor))
    return Row(what, f"{mine:.2f} ×", "" if theirs is None else f"{theirs:.2f} ×", None, goal)


def _ratio(large: Sequence[float], small: Sequence[float]) -> float:
    return median(a / b for a, b in zip(large, small, strict=True))

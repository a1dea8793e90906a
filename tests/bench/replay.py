"""What one `task add` asks of the database, captured while it runs, to be asked again without the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Executable, Insert, event, text

from bot.app import App
from storage.unit import Unit
from tests.bench import files

FAR: Final = 2_000_000
"""Ids and numbers of the captured call begin here, so that no small number is taken for one of them."""
OWN: Final = ("BEGIN", "COMMIT", "SAVEPOINT one", "RELEASE one")
"""The store's own words, which it says again when the statements are replayed through it."""
NEW_FOR_EACH: Final = {"inbox": ("key", "call"), "outbox": ("id",), "task": ("number",), "audit": ("object_id",)}

Bound: TypeAlias = tuple[dict[str, Any], ...]
"""The values of a statement; several rows of them where it was executed for many."""
Raw: TypeAlias = tuple[str, tuple[tuple[Any, ...], ...], bool]
"""A statement as the driver got it, its rows of values, and whether it got them at once."""


@dataclass(frozen=True, slots=True)
class Captured:
    """The statements of one call, twice: as the bot builds them, and as the driver gets them."""

    core: tuple[tuple[Executable, Bound], ...]
    raw: tuple[Raw, ...]
    fresh: tuple[str | int, ...]
    """The values that must be others at each replay."""

    def through_store(self, unit: Unit, number: int) -> None:
        """Execute the statements as the bot does."""
        new = self._new(number)
        for statement, bound in self.core:
            rows = [{name: _other(value, new) for name, value in values.items()} for values in bound]
            result = unit.connection.execute(statement, rows if len(rows) > 1 else rows[0])
            if result.returns_rows:
                result.all()

    def through_driver(self, connection: Any, number: int) -> None:
        """Execute the statements and commit, by the driver alone."""
        new = self._new(number)
        connection.execute("BEGIN IMMEDIATE")
        for statement, bound, is_many in self.raw:
            rows = [tuple(_other(value, new) for value in values) for values in bound]
            if is_many:
                connection.executemany(statement, rows)
            else:
                connection.execute(statement, rows[0]).fetchall()
        connection.execute("COMMIT")

    def _new(self, number: int) -> dict[str | int, str | int]:
        return {
            old: old + number if isinstance(old, int) else f"{place:x}{number:031x}"
            for place, old in enumerate(self.fresh)
        }


def _other(value: Any, new: dict[str | int, str | int]) -> Any:
    return new.get(value, value) if isinstance(value, str | int) else value


def capture(file: Path) -> Captured:
    """Run one `task add` on a database, and note what it executes."""
    with files.raw_on(file) as connection:
        connection.execute("UPDATE task SET id = ? WHERE id = (SELECT max(id) FROM task)", (FAR,))
        connection.execute("UPDATE counter SET last = ? WHERE kind = 'task'", (FAR * 2,))
    with files.app_on(file) as app, _listening(app) as (core, raw):
        asyncio.run(app.dispatch.handle(files.event("captured", files.SAID)))
    fresh: dict[str | int, None] = {}
    for statement, bound in core:
        if isinstance(statement, Insert):
            for column in NEW_FOR_EACH.get(statement.table.description, ()):
                fresh |= {values[column]: None for values in bound}
    return Captured(tuple(core), tuple(raw), tuple(fresh))


@contextmanager
def _listening(app: App) -> Iterator[tuple[list[tuple[Executable, Bound]], list[Raw]]]:
    core: list[tuple[Executable, Bound]] = []
    raw: list[Raw] = []

    @event.listens_for(app.store.engine, "before_execute")
    def note_statement(_connection: Any, statement: Any, many: Any, values: Any, _options: Any) -> None:
        core.append((statement, tuple(dict(each) for each in many or (values,))))

    @event.listens_for(app.store.engine, "before_cursor_execute")
    def note_text(_connection: Any, _cursor: Any, words: str, values: Any, context: Any, is_many: bool) -> None:
        if words.startswith(OWN):
            return
        if context.compiled is None:
            core.append((text(words), ({},)))
        raw.append((words, tuple(tuple(each) for each in (values if is_many else (values,))), is_many))

    yield core, raw

"""What alembic runs for each of its commands; storage/migrate.py starts it.

One migration is one transaction, on SQLite too, together with the row that says it was done:
one that is interrupted leaves nothing, and runs again.
"""

import importlib
import pkgutil
from typing import Any, cast

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect
from sqlmodel import SQLModel

import storage
from storage.engine import is_sqlite, open_engine
from storage.guard import put_up
from storage.migrations.known import known_versions
from storage.terms import TERM, index_missing


def _know_all_tables() -> None:
    """Import every module of the ground floor, so that no table is forgotten."""
    for module in pkgutil.iter_modules(storage.__path__, "storage."):
        importlib.import_module(module.name)


def _open(url: str) -> Engine:
    engine = open_engine(url, pool_size=1)
    if is_sqlite(url):
        event.listen(engine, "connect", _loosen_keys)
        event.listen(engine, "begin", _begin)
    return engine


def _loosen_keys(connection: Any, _record: object) -> None:
    """Let a table be built anew under the rows that point to it; `_check_keys` looks afterwards."""
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins nothing by itself


def _check_keys(ctx: MigrationContext, **_: object) -> None:
    """Look, before a migration is committed, whether a row points to nothing."""
    connection = ctx.connection
    if connection is not None and connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if orphans:
            raise RuntimeError(f"the migration would leave rows that point to nothing: {orphans[:5]}")


def _run(url: str) -> None:
    engine = _open(url)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=SQLModel.metadata,
                render_as_batch=True,
                user_module_prefix="sqltypes.",
                transactional_ddl=True,
                transaction_per_migration=True,
                on_version_apply=cast(Any, _check_keys),  # alembic passes names, whatever its annotation says
            )
            with context.begin_transaction():
                context.run_migrations()
        with engine.begin() as connection:
            is_newest = MigrationContext.configure(connection).get_current_revision() == known_versions()[-1]
            if is_newest and inspect(connection).has_table(TERM.name):
                index_missing(connection)
                put_up(connection)
    finally:
        engine.dispose()


_know_all_tables()
_run(context.config.attributes["url"])

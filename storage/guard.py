"""The guard on the trail: the database itself refuses to change or remove what was written down there.

The seals show afterwards that a row was touched; the guard keeps mistakes, and statements slipped in by whoever may
write but not define, from touching one at all. It is put up after every migration, never in one: a table that is built
anew loses its triggers. A vote is not below it: it moves when two people turn out to be one, and each change of it is
in the trail.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Executable, column, func, select, table

from storage.audit import AUDIT
from storage.leaves import DIGEST_BYTES
from storage.seals import SEAL

REFUSAL: Final = "the trail only grows"
"""What the database says when it refuses."""
_FUNCTION: Final = "trail_only_grows"
_BLANKED: Final = ("before", "after")
"""The columns whose values a redaction may blank."""
_KEPT: Final = tuple(each.name for each in AUDIT.c if each.name not in (*_BLANKED, "erased_leaf"))
_DIGEST_CHARS: Final = 2 * DIGEST_BYTES
_STANDS_THERE: Final[Mapping[str, str]] = {
    AUDIT.name: "id = NEW.id",
    SEAL.name: "id = NEW.id OR workspace_id = NEW.workspace_id AND number = NEW.number",
}
"""The row in whose place a new one would stand: SQLite's `REPLACE` removes it without asking a trigger."""
_REFUSE: Final = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def _blanks_on_sqlite(side: str) -> str:
    """Say that values are what they were, or null."""
    same = "n.type = 'null' OR n.type = o.type AND n.value IS o.value"
    return (
        f"(SELECT count(*) FROM json_each(NEW.{side})) = (SELECT count(*) FROM json_each(OLD.{side}))"  # noqa: S608 - ours
        f" AND NOT EXISTS (SELECT 1 FROM json_each(NEW.{side}) AS n WHERE NOT EXISTS"
        f" (SELECT 1 FROM json_each(OLD.{side}) AS o WHERE o.key = n.key AND ({same})))"
    )


def _blanks_on_postgres(side: str) -> str:
    old, new = f"OLD.{side}::jsonb", f"NEW.{side}::jsonb"
    same = f"n.value = 'null'::jsonb OR n.value = {old} -> n.key"
    return (
        f"(SELECT count(*) FROM jsonb_each({new})) = (SELECT count(*) FROM jsonb_each({old}))"  # noqa: S608 - ours
        f" AND NOT EXISTS (SELECT 1 FROM jsonb_each({new}) AS n WHERE ({old} ? n.key AND ({same})) IS NOT TRUE)"
    )


_ONCE: Final = f"OLD.erased_leaf IS NULL AND length(NEW.erased_leaf) = {_DIGEST_CHARS}"
_REDACTS_ON_SQLITE: Final = " AND ".join(
    (_ONCE, *(f"NEW.{name} IS OLD.{name}" for name in _KEPT), *map(_blanks_on_sqlite, _BLANKED))
)
_REDACTS_ON_POSTGRES: Final = " AND ".join(
    (
        _ONCE,
        *(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT),
        *map(_blanks_on_postgres, _BLANKED),
    )
)
_BODY: Final = f"""BEGIN
IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = '{AUDIT.name}' THEN
    IF ({_REDACTS_ON_POSTGRES}) IS TRUE THEN RETURN NEW; END IF;
END IF;
RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
END"""


def _on_sqlite(name: str, place: str) -> Mapping[str, str]:
    stands = f"EXISTS (SELECT 1 FROM {name} WHERE {place})"  # noqa: S608 - names of our own
    redacts = f" WHEN ({_REDACTS_ON_SQLITE}) IS NOT 1" if name == AUDIT.name else ""
    return {
        f"trail_{name}_change": f"BEFORE UPDATE ON {name}{redacts} {_REFUSE}",
        f"trail_{name}_remove": f"BEFORE DELETE ON {name} {_REFUSE}",
        f"trail_{name}_replace": f"BEFORE INSERT ON {name} WHEN {stands} {_REFUSE}",
    }


def _on_postgres(name: str) -> Mapping[str, str]:
    runs = f"EXECUTE FUNCTION {_FUNCTION}()"
    return {
        f"trail_{name}_change": f"BEFORE DELETE OR UPDATE ON {name} FOR EACH ROW {runs}",
        f"trail_{name}_empty": f"BEFORE TRUNCATE ON {name} FOR EACH STATEMENT {runs}",
    }


def _triggers(of_each: Mapping[str, Mapping[str, str]]) -> Mapping[str, tuple[str, str]]:
    """Give, for each trigger, its table and the statement that makes it, as the database keeps it."""
    return {
        trigger: (name, f"CREATE TRIGGER {trigger} {what}")
        for name, triggers in of_each.items()
        for trigger, what in triggers.items()
    }


_WANTED: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "sqlite": _triggers({name: _on_sqlite(name, place) for name, place in _STANDS_THERE.items()}),
    "postgresql": _triggers({name: _on_postgres(name) for name in _STANDS_THERE}),
}
_FOUND: Final[Mapping[str, Executable]] = {
    "sqlite": select(column("name"), column("sql"))
    .select_from(table("sqlite_schema"))
    .where(column("type") == "trigger"),
    "postgresql": select(column("tgname").label("name"), func.pg_get_triggerdef(column("oid"), True).label("sql"))
    .select_from(table("pg_trigger"))
    .where(column("tgenabled") != "D", column("tgrelid").in_([func.to_regclass(name) for name in _STANDS_THERE])),
}
_FOUND_BODY: Final[Executable] = (
    select(column("prosrc")).select_from(table("pg_proc")).where(column("oid") == func.to_regproc(_FUNCTION))
)


def put_up(connection: Connection) -> None:
    """Put the guard up, in the place of what stands there of it.

    The tables must be at the newest version.
    """
    is_postgres = connection.dialect.name == "postgresql"
    take_down(connection)
    if is_postgres:
        head = f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql"
        connection.exec_driver_sql(f"{head} AS $${_BODY}$$")
    for _, statement in _WANTED[connection.dialect.name].values():
        connection.exec_driver_sql(statement)


def take_down(connection: Connection) -> None:
    """Take the guard down, for a migration that must write into what it guards."""
    is_postgres = connection.dialect.name == "postgresql"
    for trigger, (name, _) in _WANTED[connection.dialect.name].items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}" + (f" ON {name}" if is_postgres else ""))


def gaps(connection: Connection) -> list[str]:
    """Name what is missing of the guard, is switched off, or is not as it was put up."""
    dialect = connection.dialect.name
    found = {row.name: row.sql for row in connection.execute(_FOUND[dialect])}
    missing = [trigger for trigger, (_, statement) in _WANTED[dialect].items() if found.get(trigger) != statement]
    if dialect == "postgresql" and connection.execute(_FOUND_BODY).scalar() != _BODY:
        missing.append(_FUNCTION)
    return missing

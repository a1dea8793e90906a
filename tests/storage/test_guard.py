"""The database itself refuses to change what the trail holds, by whatever statement, and tells where it would not."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from storage.audit import AUDIT
from storage.engine import open_engine
from storage.guard import REFUSAL, gaps, put_up, take_down
from storage.migrate import mend_guard, missing_guards
from storage.people import add_person
from storage.seals import SEAL, SETTLED, seal_next
from storage.unit import Unit
from tests.support.store import Desk

ON_BOTH = (
    "UPDATE audit SET action = 'restore'",
    "UPDATE audit SET after = '{}' WHERE id = 1",
    "UPDATE audit SET id = 7",
    "DELETE FROM audit",
    "UPDATE audit_seal SET digest = ''",
    "DELETE FROM audit_seal",
)
_COLUMNS = ", ".join(column.name for column in AUDIT.c)
_REPEATED = f"SELECT {_COLUMNS} FROM audit"  # noqa: S608 - names of our own
ON_ONE = {
    "sqlite": (
        f"REPLACE INTO audit ({_COLUMNS}) {_REPEATED}",
        f"INSERT INTO audit ({_COLUMNS}) {_REPEATED} WHERE true ON CONFLICT DO UPDATE SET action = 'x'",
        "REPLACE INTO audit_seal SELECT id + 9, workspace_id, number, sealed_at, last_id, leaves, '' FROM audit_seal",
        "UPDATE OR REPLACE audit SET action = 'x'",
    ),
    "postgresql": (
        "TRUNCATE audit",
        "TRUNCATE audit_seal CASCADE",
        f"INSERT INTO audit ({_COLUMNS}) {_REPEATED} ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "UPDATE ONLY audit SET action = 'x'",
        "WITH gone AS (DELETE FROM audit RETURNING *) SELECT count(*) FROM gone",
    ),
}


def seal_one(desk: Desk) -> None:
    desk.write(lambda unit: add_person(unit, name="陈晨"))
    desk.clock.advance(SETTLED)
    desk.write(lambda unit: seal_next(unit, b"k" * 32))


def test_no_statement_changes_the_trail(desk: Desk) -> None:
    seal_one(desk)

    def held(unit: Unit) -> list[object]:
        return [list(unit.connection.execute(each.select())) for each in (AUDIT, SEAL)]

    before = desk.read(held)

    def refused(unit: Unit) -> int:
        statements = ON_BOTH + ON_ONE[unit.connection.dialect.name]
        for statement in statements:
            with pytest.raises(IntegrityError, match=REFUSAL), unit.attempt():
                unit.connection.exec_driver_sql(statement)
        return len(statements)

    assert desk.write(refused) > len(ON_BOTH)
    assert desk.read(held) == before


def test_guard_tells_what_is_missing_and_is_put_up_again(desk: Desk, store_url: str) -> None:
    engine = open_engine(store_url)
    assert missing_guards(engine) == []
    with engine.begin() as connection:
        take_down(connection)
        missing = gaps(connection)
        assert missing and all(each.startswith("trail_") for each in missing)
        connection.execute(AUDIT.delete())  # what was guarded is open now
    assert mend_guard(store_url) == missing
    assert mend_guard(store_url) == [] == missing_guards(engine)
    engine.dispose()


def weaken(engine: Engine) -> str:
    """Leave a guard of the right name that lets everything pass; give what of it should be told."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER trail_audit_change")
            connection.exec_driver_sql("CREATE TRIGGER trail_audit_change BEFORE UPDATE ON audit BEGIN SELECT 1; END")
            return "trail_audit_change"
        head = "CREATE OR REPLACE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql"
        connection.exec_driver_sql(f"{head} AS 'BEGIN RETURN NEW; END'")
        return "trail_only_grows"


def test_guard_that_lets_pass_is_not_taken_for_one(store_url: str) -> None:
    engine = open_engine(store_url)
    told = weaken(engine)
    assert missing_guards(engine) == [told]
    with engine.begin() as connection:
        put_up(connection)
    assert missing_guards(engine) == []
    engine.dispose()


def test_guard_that_is_switched_off_is_missing(migrated_postgres_url: str) -> None:
    engine = open_engine(migrated_postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
    assert missing_guards(engine) == ["trail_audit_change", "trail_audit_empty"]
    engine.dispose()

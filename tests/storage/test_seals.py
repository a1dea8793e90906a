"""The trail is sealed in batches, and whatever is done to it behind the house's back is found and named."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import select

from storage.audit import AUDIT
from storage.guard import take_down
from storage.people import add_person
from storage.seals import SEAL, SETTLED, Broken, seal_next, verify
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import next_number
from tests.support.store import Desk

KEY: Final = b"k" * 32
BATCH: Final = 20
TASKS: Final = 12
"""Each is written twice: with the person, more than one batch."""
TAMPERINGS: Final = 1_000


def fill(unit: Unit) -> None:
    boss = add_person(unit, name="陈晨", role="lead")
    unit.actor, unit.call = boss.id, "c" * 32
    for number in range(TASKS):
        task = unit.add(Task, number=next_number(unit, "task"), title=f"主图 {number}", creator_id=boss.id)
        unit.change(task, title=f"主图定稿 {number}", owner_id=boss.id)


def sealed(desk: Desk) -> int:
    """Seal all that has settled; give how many seals that made."""
    made = 0
    while desk.write(lambda unit: seal_next(unit, KEY, most=BATCH)) is not None:
        made += 1
    return made


@pytest.fixture
def trail(desk: Desk) -> Desk:
    """A trail of some rows, sealed, whose guard an insider took down."""
    desk.write(fill)
    desk.clock.advance(SETTLED)
    assert sealed(desk) == 2
    desk.write(lambda unit: take_down(unit.connection))
    return desk


def test_what_is_sealed_stands(trail: Desk) -> None:
    verdict = trail.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and verdict.seals == 2 and verdict.rows == 2 * TASKS + 1 and verdict.unsealed == 0
    assert verdict.head in verdict.heads and len(verdict.heads) == 2
    assert sealed(trail) == 0


def test_what_has_not_settled_waits_for_its_seal(desk: Desk) -> None:
    desk.write(fill)
    assert sealed(desk) == 0
    verdict = desk.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and verdict.unsealed == 2 * TASKS + 1


def test_rows_without_a_seal_tell_since_when(trail: Desk) -> None:
    trail.write(lambda unit: unit.connection.execute(SEAL.delete()))
    verdict = trail.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and verdict.unsealed_since == trail.clock.now - SETTLED


def test_end_that_was_cut_off_is_told_by_a_head_noted_elsewhere(trail: Desk) -> None:
    noted = trail.read(lambda unit: verify(unit, KEY)).head

    def cut(unit: Unit) -> None:
        kept = unit.connection.execute(select(SEAL.c.last_id).where(SEAL.c.number == 1)).scalar_one()
        unit.connection.execute(AUDIT.delete().where(AUDIT.c.id > kept))
        unit.connection.execute(SEAL.delete().where(SEAL.c.number == 2))

    trail.write(cut)
    verdict = trail.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and noted not in verdict.heads


def test_seals_of_another_key_are_forged(trail: Desk) -> None:
    verdict = trail.read(lambda unit: verify(unit, b"x" * 32))
    assert [each.fault for each in verdict.broken] == ["forged", "forged"] and not verdict.heads


def test_seal_that_was_removed_is_missing(trail: Desk) -> None:
    trail.write(lambda unit: unit.connection.execute(SEAL.delete().where(SEAL.c.number == 1)))
    broken = trail.read(lambda unit: verify(unit, KEY)).broken
    assert broken[:2] == (Broken(1, "missing"), Broken(2, "forged"))


# -- a thousand ways ---------------------------------------------------------------------------


def change(unit: Unit, row: int, luck: random.Random) -> str:
    """Write another value into one column."""
    changes: list[dict[str, object]] = [
        {"actor_id": 99}, {"action": "archive"}, {"object_id": 7_777}, {"version": 9}, {"call": "d" * 32},
        {"after": {"title": "别的"}}, {"before": {"x": 1}}, {"at": unit.now - timedelta(hours=1)},
    ]  # fmt: skip
    unit.connection.execute(AUDIT.update().where(AUDIT.c.id == row).values(**luck.choice(changes)))
    return "changed"


def remove(unit: Unit, row: int, _luck: random.Random) -> str:
    unit.connection.execute(AUDIT.delete().where(AUDIT.c.id == row))
    return "removed"


def swap(unit: Unit, row: int, _luck: random.Random) -> str:
    """Let a row tell what its neighbour told."""
    other = unit.connection.execute(select(AUDIT).where(AUDIT.c.id == row + 1)).one()
    told = {name: value for name, value in other._mapping.items() if name not in ("id", "at", "workspace_id")}
    unit.connection.execute(AUDIT.update().where(AUDIT.c.id == row).values(**told))
    return "changed"


def put_in(unit: Unit, row: int, _luck: random.Random) -> str:
    """Put a row in where one was removed."""
    before = unit.connection.execute(select(AUDIT).where(AUDIT.c.id == row)).one()
    unit.connection.execute(AUDIT.delete().where(AUDIT.c.id == row))
    unit.connection.execute(AUDIT.insert().values(**{**before._mapping, "object_id": 1234}))
    return "changed"


def test_what_is_changed_removed_or_put_in_is_named(trail: Desk) -> None:
    luck = random.Random(7)

    def tamper(unit: Unit) -> None:
        first, second, *_, last = unit.connection.execute(select(AUDIT.c.id).order_by(AUDIT.c.id)).scalars()
        change(unit, first, luck)
        remove(unit, second, luck)
        late = {**unit.connection.execute(select(AUDIT).where(AUDIT.c.id == last)).one()._mapping}
        unit.connection.execute(AUDIT.delete().where(AUDIT.c.id == last))
        unit.connection.execute(AUDIT.insert().values(**late | {"id": last + 1}))
        unit.connection.execute(SEAL.update().where(SEAL.c.number == 2).values(last_id=last + 1))

    trail.write(tamper)
    faults = [(each.seal, each.fault) for each in trail.read(lambda unit: verify(unit, KEY)).broken]
    assert faults == [(1, "changed"), (1, "removed"), (2, "forged"), (2, "added"), (2, "removed")]


@pytest.mark.slow
def test_a_thousand_tampered_rows_are_each_found(trail: Desk) -> None:
    luck = random.Random(20261122)
    ways: list[Callable[[Unit, int, random.Random], str]] = [change, remove, swap, put_in]

    def tamper(unit: Unit) -> int:
        ids = list(unit.connection.execute(select(AUDIT.c.id).order_by(AUDIT.c.id)).scalars())
        found = 0
        for number in range(TAMPERINGS):
            row, way = luck.choice(ids[:-1]), ways[number % len(ways)]
            unit.connection.exec_driver_sql("SAVEPOINT tampering")
            fault = way(unit, row, luck)
            broken = verify(unit, KEY).broken
            unit.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT tampering")
            found += [(each.fault, each.row) for each in broken] == [(fault, row)]
        return found

    assert trail.write(tamper) == TAMPERINGS
    assert trail.read(lambda unit: verify(unit, KEY)).broken == ()

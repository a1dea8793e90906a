"""The pump carries out what somebody asked for who wants to be forgotten, and the operator is told of it."""

from __future__ import annotations

from bot.erasing import Eraser
from bot.sealing import Sealer, told
from storage.erasure import begin, erasure_of
from storage.people import Person, accounts_of, add_account, add_person
from storage.redaction import Redacted
from storage.seals import SETTLED, Verdict, verify
from storage.unit import Unit
from tests.support.store import Desk

KEY = b"k" * 32


def enter(unit: Unit) -> Person:
    person = add_person(unit, name="李四")
    add_account(unit, person, platform="slack", app="a", tenant="t", native="U1", title="Li Si")
    return person


async def test_pump_waits_for_the_answer_and_for_the_seals(desk: Desk) -> None:
    person = desk.write(enter)
    desk.write(lambda unit: begin(unit, person, named="已注销成员 #{number}"))
    sealer, eraser = Sealer(desk.store, [desk.workspace], KEY), Eraser(desk.store, [desk.workspace], KEY)

    def state(unit: Unit) -> tuple[str | None, int]:
        erasure = erasure_of(unit, person.id)
        return None if erasure is None else erasure.state, len(accounts_of(unit, person.id))

    await eraser.erase_all()
    assert desk.read(state) == ("asked", 1)  # the answer may still be on its way
    desk.clock.advance(SETTLED)
    await sealer.seal_all()
    await eraser.erase_all()
    assert desk.read(state) == ("emptied", 0)
    desk.clock.advance(SETTLED)
    await sealer.seal_all()
    await eraser.erase_all()
    assert desk.read(state) == ("done", 0)
    verdict = desk.read(lambda unit: verify(unit, KEY))
    lines, is_well = told(verdict, None, now=desk.clock.now)
    assert is_well and lines[1].startswith(
        "erased: 4 rows blanked on request of person 1, 2026-11-18 02:10 UTC (trace "
    )
    assert lines[1].endswith("; proven): 1-3, 5")


async def test_one_that_fails_keeps_no_other_waiting(sqlite_desk: Desk) -> None:
    people = [sqlite_desk.write(lambda unit, name=name: add_person(unit, name=name)) for name in ("李四", "王五")]  # type: ignore[misc]
    for person in people:
        sqlite_desk.write(lambda unit, person=person: begin(unit, person, named="#{number}"))  # type: ignore[misc]
    refuse = "CREATE TRIGGER no BEFORE UPDATE ON erasure WHEN OLD.number = 1 BEGIN SELECT RAISE(ABORT, 'no'); END"
    sqlite_desk.write(lambda unit: unit.connection.exec_driver_sql(refuse))
    sqlite_desk.clock.advance(SETTLED)
    await Eraser(sqlite_desk.store, [sqlite_desk.workspace], KEY).erase_all()
    states = [sqlite_desk.read(lambda unit, id=each.id: erasure_of(unit, id)) for each in people]  # type: ignore[misc]
    assert [each.state for each in states if each is not None] == ["asked", "emptied"]


def test_operator_reads_which_rows_were_blanked_and_which_only_pass_for_it(desk: Desk) -> None:
    at = desk.clock.now
    erased = [Redacted(row, 9, at, None, "", "", is_proven=False) for row in (3, 5, 6, 7)]
    lines, is_well = told(Verdict(1, 7, 0, None, "f" * 64, (), frozenset(), tuple(erased)), None, now=at)
    assert is_well and lines[1] == (
        "erased: 4 rows blanked on request of nobody known, 2026-11-18 02:00 UTC (trace 9; before they were sealed, "
        "as in an import: no proof): 3, 5-7"
    )

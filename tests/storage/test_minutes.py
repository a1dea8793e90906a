"""Minutes keep their rows as they were agreed on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from storage.minutes import Minutes, Row, as_stored, minutes_numbered, newest_minutes, rows_of
from storage.people import add_person
from storage.unit import Unit
from tests.support.store import Desk

ROWS = [
    Row(title="首焦主图", owners=[1, 2], due_on=date(2026, 11, 20), doubt="several"),
    Row(title="券规则", due_on=date(2026, 11, 24), due_at=datetime(2026, 11, 24, 10, tzinfo=UTC), date_said=""),
    Row(title="样品", doubt="stranger", names="小明", date_said="尽快", is_left_out=True, task=7),
]


def entered(unit: Unit, *, number: int, author: int) -> Minutes:
    return unit.add(
        Minutes,
        number=number,
        title="周会",
        author_id=author,
        zone="Asia/Shanghai",
        rows=as_stored(ROWS),
        left=["大家好"],
    )


def test_rows_come_back_as_they_were_stored(desk: Desk) -> None:
    author = desk.write(lambda unit: add_person(unit, name="陈晨")).id
    desk.write(lambda unit: entered(unit, number=1, author=author))
    minutes = desk.read(lambda unit: minutes_numbered(unit, 1))
    assert minutes is not None
    assert rows_of(minutes) == ROWS
    assert minutes.left == ["大家好"]


def test_the_newest_of_their_author_come_first(desk: Desk) -> None:
    mine, other = desk.write(lambda unit: (add_person(unit, name="陈晨").id, add_person(unit, name="李四").id))
    for number, author in ((1, mine), (2, other), (3, mine), (4, mine)):
        desk.write(partial(entered, number=number, author=author))
    last = desk.read(lambda unit: minutes_numbered(unit, 4))
    assert last is not None
    desk.write(lambda unit: unit.archive(last))
    assert [each.number for each in desk.read(lambda unit: newest_minutes(unit, author=mine, most=5))] == [3, 1]

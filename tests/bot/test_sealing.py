"""The key of the seals, the pump that makes them, and what an operator is told of them."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest

from bot.config import ConfigError, Settings
from bot.sealing import Sealer, audit_key, told, write_csv
from storage.audit import AUDIT
from storage.guard import take_down
from storage.people import add_person
from storage.seals import SETTLED, verify
from tests.support.store import Desk


def test_embedded_database_has_a_key_of_its_own_beside_it(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/team.db")
    assert audit_key(settings) is None
    key, file = audit_key(settings, makes=True), tmp_path / "team.db.audit-key"
    assert key is not None and len(key) == 32 and audit_key(settings) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and [each.name for each in tmp_path.iterdir()] == [file.name]
    file.write_text("spoilt")
    with pytest.raises(ConfigError, match="holds no key"):
        audit_key(settings)


def test_setting_wins_and_many_processes_need_it(tmp_path: Path) -> None:
    url = "postgresql+psycopg://localhost/none"
    assert audit_key(Settings(database_url=url)) is None
    assert audit_key(Settings.model_validate({"database_url": url, "audit_key": "s" * 32})) == b"s" * 32
    with pytest.raises(ValueError, match="shorter than 32"):
        Settings.model_validate({"audit_key": "short"})
    assert list(tmp_path.iterdir()) == []


async def test_sealer_seals_what_has_settled_and_the_operator_is_told(desk: Desk) -> None:
    desk.write(lambda unit: add_person(unit, name="陈晨"))
    sealer = Sealer(desk.store, [desk.workspace], b"k" * 32)
    assert await sealer.seal_all() == []
    desk.clock.advance(SETTLED)
    (seal,) = await sealer.seal_all()
    verdict = desk.read(lambda unit: verify(unit, b"k" * 32))
    assert told(verdict, seal.digest, now=desk.clock.now) == (
        ["1 rows stand under 1 seals; 0 are not sealed yet", f"head: {seal.digest}"],
        True,
    )
    assert not told(verdict, "f" * 64, now=desk.clock.now)[1]
    desk.write(lambda unit: take_down(unit.connection))
    desk.write(lambda unit: unit.connection.execute(AUDIT.update().values(action="restore")))
    lines, is_well = told(desk.read(lambda unit: verify(unit, b"k" * 32)), None, now=desk.clock.now)
    assert not is_well and lines[1] == "BAD: seal 1: audit row 1 is not as it was sealed"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])
def test_no_cell_of_the_table_is_a_formula(cell: str) -> None:
    written = io.StringIO()
    write_csv([{"id": 1, "after": cell, "call": None}], written)
    assert written.getvalue() == f'"id","after","call"\r\n"1","\'{cell}",""\r\n'

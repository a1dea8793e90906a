"""Seals on the trail: what was written down can be shown to stand as it was written.

Audit rows are sealed in batches. A seal holds a digest of each of its rows and of the seal before it, so that a row
changed, removed, put in or put elsewhere breaks it, and is named. They are made with the installation's key, which is
kept outside the database: who can only write there cannot make them anew. What a cut-off end had held is told by a
head that was noted elsewhere, and each is logged. Not sealed yet is what was written within the last SETTLED.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import LargeBinary, UniqueConstraint, bindparam, func, select
from sqlmodel import Field, SQLModel

from storage.audit import AUDIT
from storage.columns import WORKSPACE, AnyRow, table_of
from storage.unit import Unit
from storage.workspaces import SPACE

BATCH: Final = 200
"""Rows under one seal."""
SETTLED: Final = timedelta(minutes=5)
"""Longer than any transaction lasts: on PostgreSQL a row may become visible after others with higher ids."""
FIRST: Final = "0" * 64
"""Stands before the first seal."""
_ID_BYTES: Final = 8
_DIGEST_BYTES: Final = 16
_LEAF: Final = _ID_BYTES + _DIGEST_BYTES


class AuditSeal(SQLModel, table=True):
    """One seal, over the rows that follow those of the seal before."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("workspace_id", "number"),)
    id: int = Field(primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    number: int
    """Counts from 1 without a gap."""
    sealed_at: datetime
    last_id: int
    """The last audit row that it covers."""
    leaves: bytes = Field(sa_type=LargeBinary)
    """Of each row in order: its id, 8 bytes, and 16 bytes of its digest."""
    digest: str
    """Over all of this and the digest of the seal before; hexadecimal."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Name one thing that is not as it was sealed."""

    seal: int
    """The number of the seal."""
    fault: str
    """`changed`, `removed` or `added`: a row; `forged` or `missing`: the seal itself."""
    row: int | None = None
    """The id of the audit row."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Tell what a look at the whole trail found."""

    seals: int
    rows: int
    """That are sealed and stand."""
    unsealed: int
    """Not sealed yet."""
    unsealed_since: datetime | None
    """When the oldest of these was written."""
    head: str
    """The digest of the newest seal."""
    broken: tuple[Broken, ...]
    heads: frozenset[str]
    """The digests of all seals that stand."""


SEAL = table_of(AuditSeal)
_NEWEST = select(SEAL).where(SEAL.c.workspace_id == WORKSPACE).order_by(SEAL.c.number.desc()).limit(1)
_SEALS = (
    select(SEAL)
    .where(SEAL.c.workspace_id == WORKSPACE, SEAL.c.number > bindparam("after"))
    .order_by(SEAL.c.number)
    .limit(100)
)
_ROWS = (
    select(AUDIT)
    .where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.id > bindparam("after"), AUDIT.c.at <= bindparam("until"))
    .order_by(AUDIT.c.id)
    .limit(bindparam("most"))
)
_BETWEEN = (
    select(AUDIT)
    .where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.id > bindparam("after"), AUDIT.c.id <= bindparam("to"))
    .order_by(AUDIT.c.id)
)
_LEFT = select(func.count(AUDIT.c.id), func.min(AUDIT.c.at)).where(
    AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.id > bindparam("after")
)
_HOLD = select(SPACE.c.id).where(SPACE.c.id == WORKSPACE).with_for_update()
_INSERT = SEAL.insert()


def seal_next(unit: Unit, key: bytes, *, most: int = BATCH) -> AuditSeal | None:
    """Seal the next batch of settled rows; None where none has settled."""
    unit.row(_HOLD)  # of several processes one seals at a time
    newest = unit.row(_NEWEST)
    after, before, number = (newest.last_id, newest.digest, newest.number) if newest else (0, FIRST, 0)
    rows = unit.rows(_ROWS, after=after, until=unit.now - SETTLED, most=most)
    if not rows:
        return None
    values: dict[str, Any] = {
        "workspace_id": unit.workspace,
        "number": number + 1,
        "sealed_at": unit.now,
        "last_id": rows[-1].id,
        "leaves": b"".join(_leaf(row) for row in rows),
    }
    values["digest"] = _digest(key, before, values)
    unit.connection.execute(_INSERT, values)
    return AuditSeal.model_construct(**values)


def verify(unit: Unit, key: bytes) -> Verdict:
    """Look at every seal, and at every row below it."""
    broken: list[Broken] = []
    heads: set[str] = set()
    rows, after, before, number = 0, 0, FIRST, 0
    for seal in _all_seals(unit):
        broken += [Broken(each, "missing") for each in range(number + 1, seal.number)]
        if hmac.compare_digest(_digest(key, before, dict(seal._mapping)), seal.digest):
            heads.add(seal.digest)
        else:
            broken.append(Broken(seal.number, "forged"))
        found = unit.rows(_BETWEEN, after=after, to=seal.last_id)
        faults = list(_compared(seal, found))
        broken += faults
        rows += len(found) - sum(each.fault != "removed" for each in faults)
        number, after, before = seal.number, seal.last_id, seal.digest
    left, oldest = unit.row(_LEFT, after=after) or (0, None)
    since = _aware(oldest) if oldest is not None else None
    return Verdict(number, rows, left, since, before, tuple(broken), frozenset(heads))


def _all_seals(unit: Unit) -> Iterator[AnyRow]:
    after = 0
    while some := unit.rows(_SEALS, after=after):
        yield from some
        after = some[-1].number


def _compared(seal: AnyRow, rows: Sequence[AnyRow]) -> Iterator[Broken]:
    """Name the rows that are not as they were sealed."""
    leaves = bytes(seal.leaves)
    sealed = {leaves[at : at + _ID_BYTES]: leaves[at : at + _LEAF] for at in range(0, len(leaves), _LEAF)}
    for row in rows:
        leaf = _leaf(row)
        before = sealed.pop(leaf[:_ID_BYTES], None)
        if before != leaf:
            yield Broken(seal.number, "added" if before is None else "changed", row.id)
    for id in sealed:
        yield Broken(seal.number, "removed", int.from_bytes(id, "big"))


def _leaf(row: AnyRow) -> bytes:
    said = _canonical({name: _plain(value) for name, value in row._mapping.items()})
    return int(row.id).to_bytes(_ID_BYTES, "big") + hashlib.sha256(said).digest()[:_DIGEST_BYTES]


def _digest(key: bytes, before: str, values: Mapping[str, Any]) -> str:
    held = ("workspace_id", "number", "sealed_at", "last_id")
    said = _canonical({"before": before, **{name: _plain(values[name]) for name in held}}) + bytes(values["leaves"])
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def _canonical(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _plain(value: object) -> object:
    """Give instants in one form, whichever database they come from: UTC to the microsecond."""
    return _aware(value).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _aware(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

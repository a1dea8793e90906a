"""Seals on the trail: what was written down can be shown to stand as it was written.

Audit rows are sealed in batches. A seal holds a digest of each of its rows and of the seal before it, so that a row
changed, removed, put in or put elsewhere breaks it, and is named. They are made with the installation's key, which is
kept outside the database: who can only write there cannot make them anew. What a cut-off end had held is told by a
head that was noted elsewhere, and each is logged. Not sealed yet is what was written within the last SETTLED.
A row that was blanked because somebody asked to be forgotten stands for what it was (storage/redaction.py).
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import LargeBinary, UniqueConstraint, bindparam, func, select
from sqlmodel import Field, SQLModel

from storage.audit import AUDIT
from storage.columns import WORKSPACE, AnyRow, table_of
from storage.leaves import ID_BYTES, LEAF, aware, canonical, digest_in, leaf_of, plain
from storage.redaction import Redacted, redactions
from storage.unit import Unit
from storage.workspaces import hold

BATCH: Final = 200
"""Rows under one seal."""
SETTLED: Final = timedelta(minutes=5)
"""Longer than any transaction lasts: on PostgreSQL a row may become visible after others with higher ids."""
FIRST: Final = "0" * 64
"""Stands before the first seal."""


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
    """`changed`, `removed`, `added`, or `blanked` without proof: a row; `forged` or `missing`: the seal itself."""
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
    erased: tuple[Redacted, ...] = ()
    """The rows that stand and whose values were blanked since, provably, because somebody asked to be forgotten."""


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
_INSERT = SEAL.insert()


def seal_next(unit: Unit, key: bytes, *, most: int = BATCH) -> AuditSeal | None:
    """Seal the next batch of settled rows; None where none has settled."""
    hold(unit)  # of several processes one seals at a time
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
        "leaves": b"".join(leaf_of(row._asdict()) for row in rows),
    }
    values["digest"] = _digest(key, before, values)
    unit.connection.execute(_INSERT, values)
    return AuditSeal.model_construct(**values)


def sealed_up_to(unit: Unit) -> int:
    """Give the id of the last audit row that is sealed; 0 before the first seal."""
    newest = unit.row(_NEWEST)
    return int(newest.last_id) if newest else 0


def verify(unit: Unit, key: bytes) -> Verdict:
    """Look at every seal, and at every row below it."""
    broken: list[Broken] = []
    erased: list[Redacted] = []
    heads: set[str] = set()
    told = redactions(unit, key)
    rows, after, before, number = 0, 0, FIRST, 0
    for seal in _all_seals(unit):
        broken += [Broken(each, "missing") for each in range(number + 1, seal.number)]
        if hmac.compare_digest(_digest(key, before, dict(seal._mapping)), seal.digest):
            heads.add(seal.digest)
        else:
            broken.append(Broken(seal.number, "forged"))
        found = unit.rows(_BETWEEN, after=after, to=seal.last_id)
        faults = list(_compared(seal, found, told))
        faulty = {each.row for each in faults}
        erased += [told[row.id] for row in found if row.erased_leaf is not None and row.id not in faulty]
        broken += faults
        rows += len(found) - sum(each.fault != "removed" for each in faults)
        number, after, before = seal.number, seal.last_id, seal.digest
    left, oldest = unit.row(_LEFT, after=after) or (0, None)
    since = aware(oldest) if oldest is not None else None
    return Verdict(number, rows, left, since, before, tuple(broken), frozenset(heads), tuple(erased))


def _all_seals(unit: Unit) -> Iterator[AnyRow]:
    after = 0
    while some := unit.rows(_SEALS, after=after):
        yield from some
        after = some[-1].number


def _compared(seal: AnyRow, rows: Sequence[AnyRow], told: Mapping[int, Redacted]) -> Iterator[Broken]:
    """Name the rows that are not as they were sealed."""
    leaves = bytes(seal.leaves)
    sealed = {leaves[at : at + ID_BYTES]: leaves[at : at + LEAF] for at in range(0, len(leaves), LEAF)}
    for row in rows:
        leaf = leaf_of(row._asdict())
        fault = _fault(row, leaf, sealed.pop(leaf[:ID_BYTES], None), told.get(row.id))
        if fault is not None:
            yield Broken(seal.number, fault, row.id)
    for id in sealed:
        yield Broken(seal.number, "removed", int.from_bytes(id, "big"))


def _fault(row: AnyRow, leaf: bytes, sealed: bytes | None, told: Redacted | None) -> str | None:
    """Say what is wrong with a row that was sealed with this leaf; None where it stands, or was blanked provably."""
    if sealed is None:
        return "added"
    if row.erased_leaf is None:  # a row that a redaction blanked may not hold anything again
        return "changed" if leaf != sealed or (told is not None and told.is_proven) else None
    if leaf == sealed:  # it was blanked before it was sealed, as in what an import brought
        return None if told is not None else "blanked"
    is_what_remained = told is not None and told.is_proven and told.remains == digest_in(leaf)
    is_what_was = told is not None and told.leaf == row.erased_leaf == digest_in(sealed)
    return None if is_what_remained and is_what_was else "blanked"


def _digest(key: bytes, before: str, values: Mapping[str, Any]) -> str:
    held = ("workspace_id", "number", "sealed_at", "last_id")
    said = canonical({"before": before, **{name: plain(values[name]) for name in held}}) + bytes(values["leaves"])
    return hmac.new(key, said, hashlib.sha256).hexdigest()

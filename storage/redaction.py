"""Redaction: values of somebody who asked to be forgotten are blanked in the trail, and the trail stays provable.

A blanked row keeps the digest that its seal holds (`audit.erased_leaf`). What was blanked, for whom and by whom is
told by a trace of its own in the same transaction, which also holds the digest of what remains, under the
installation's key: whoever can only write to the database cannot pass a change off as a redaction.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select

from storage.audit import AUDIT, Trace, record_trace
from storage.columns import WORKSPACE, AnyRow
from storage.leaves import aware, canonical, digest_in, leaf_of, plain
from storage.unit import Unit

ACTION: Final = "erase"
"""The action of the trace that tells of a redaction."""
KIND: Final = "erasure"
"""What that trace is about: the wish to be forgotten (storage/erasure.py)."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """Tell how one row of the trail came to be blanked."""

    row: int
    trace: int
    """The id of the audit row that tells of it."""
    at: datetime
    by: int | None
    """Who asked for it."""
    leaf: str
    """The digest of the row as it was; hexadecimal."""
    remains: str
    """The digest of what was left of it."""
    is_proven: bool
    """True where the trace was made with the key."""


_TRACES = select(AUDIT).where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.kind == KIND, AUDIT.c.action == ACTION)
_BLANK = (
    AUDIT.update()
    .where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.id == bindparam("of_row"), AUDIT.c.erased_leaf.is_(None))
    .values(before=bindparam("left_before"), after=bindparam("left_after"), erased_leaf=bindparam("leaf"))
)


def holds(row: AnyRow, columns: Collection[str]) -> bool:
    """Tell whether a row of the trail holds any of these values still."""
    return any(side.get(name) is not None for side in (row.before, row.after) for name in columns)


def redact(
    unit: Unit, rows: Sequence[AnyRow], columns: Mapping[str, Collection[str]], *, erasure: int, key: bytes | None
) -> None:
    """Blank values in rows of the trail, and write down that this was done, for `unit.actor`.

    `columns` names, for each kind of row, what is blanked. Without a key nothing is sealed, and nothing proven.
    """
    told = []
    for row in rows:
        former = dict(row._mapping)
        blank = {side: _blanked(former[side], columns[row.kind]) for side in ("before", "after")}
        leaf = digest_in(leaf_of(former))
        remains = digest_in(leaf_of({**former, **blank, "erased_leaf": leaf}))
        unit.do(_BLANK, of_row=row.id, left_before=blank["before"], left_after=blank["after"], leaf=leaf)
        told.append([row.id, leaf, remains])
    proof = _proof(key, unit.workspace, erasure, unit.actor, unit.now, told)
    record_trace(
        unit.connection,
        Trace(
            workspace_id=unit.workspace,
            at=unit.now,
            actor_id=unit.actor,
            call=unit.call,
            action=ACTION,
            kind=KIND,
            object_id=erasure,
            version=1,
            before={},
            after={"rows": told, "proof": proof},
        ),
    )


def redactions(unit: Unit, key: bytes) -> dict[int, Redacted]:
    """Read what the trail tells of redactions, by the row that was blanked.

    Where two tell of one row, the proven one counts.
    """
    found: dict[int, Redacted] = {}
    for trace in sorted(unit.rows(_TRACES), key=lambda trace: int(trace.id)):
        for each in _told(trace, key):
            if each.row not in found or each.is_proven:
                found[each.row] = each
    return found


def _told(trace: AnyRow, key: bytes) -> list[Redacted]:
    """Read one trace; one that is not in the form in which it is written tells nothing."""
    rows, proof = trace.after.get("rows"), trace.after.get("proof")
    if not isinstance(rows, list) or not all(_is_told(each) for each in rows):
        return []
    good = _proof(key, trace.workspace_id, trace.object_id, trace.actor_id, trace.at, rows)
    is_proven = isinstance(proof, str) and hmac.compare_digest(good.encode(), proof.encode())
    at, by = aware(trace.at), trace.actor_id
    return [Redacted(row, trace.id, at, by, leaf, remains, is_proven) for row, leaf, remains in rows]


def _is_told(entry: object) -> bool:
    match entry:
        case [int(), str(), str()]:
            return True
    return False


def _blanked(values: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    return {name: None if name in columns else value for name, value in values.items()}


def _proof(
    key: bytes | None, workspace: int, erasure: int, by: int | None, at: datetime, rows: Sequence[object]
) -> str:
    said = {"redacts": rows, "workspace": workspace, "erasure": erasure, "by": by, "at": plain(at)}
    return "" if key is None else hmac.digest(key, canonical(said), "sha256").hex()

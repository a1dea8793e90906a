"""Leaves of the trail's seals: the digest of one audit row, the same from whichever database it is read."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

ID_BYTES: Final = 8
DIGEST_BYTES: Final = 16
LEAF: Final = ID_BYTES + DIGEST_BYTES


def leaf_of(row: Mapping[str, Any]) -> bytes:
    """Give the leaf of a row: its id, and the digest of all its columns.

    A column that rows had not yet when the first seals were made counts only where it is set.
    """
    values = {name: plain(value) for name, value in row.items() if name != "erased_leaf" or value is not None}
    return int(row["id"]).to_bytes(ID_BYTES, "big") + hashlib.sha256(canonical(values)).digest()[:DIGEST_BYTES]


def digest_in(leaf: bytes) -> str:
    """Give the digest within a leaf; hexadecimal."""
    return leaf[ID_BYTES:].hex()


def canonical(values: Mapping[str, object]) -> bytes:
    """Write values in the one way in which they are digested."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def plain(value: object) -> object:
    """Give instants in one form, whichever database they come from: UTC to the microsecond."""
    return aware(value).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def aware(at: datetime) -> datetime:
    """Give an instant in UTC; one without a zone is."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

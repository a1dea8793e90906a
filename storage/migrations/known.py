"""The versions of the database that this program knows, read from the names and heads of files.

Runs no migration and imports no alembic, so that every start can afford it.
"""

import re
from pathlib import Path
from typing import Final

from storage.unit import StorageError

VERSIONS: Final = Path(__file__).with_name("versions")
_LINE: Final = re.compile(r"^(revision|down_revision)\b[^=\n]*= *(?:[\"']([^\"']+)[\"']|None)", re.MULTILINE)


class TooNew(StorageError):
    """Say that a later release wrote the database; this one would damage it."""


def known_versions() -> list[str]:
    """List the versions, oldest first; the last is the one that this program needs."""
    after: dict[str | None, str] = {}
    for path in VERSIONS.glob("*.py"):
        found = {match[1]: match[2] for match in _LINE.finditer(path.read_text(encoding="utf-8"))}
        revision, previous = found["revision"], found["down_revision"]
        if previous in after:
            raise StorageError(f"two migrations follow {previous}: {after[previous]} and {revision}")
        after[previous] = revision
    ordered: list[str] = []
    while (following := after.get(ordered[-1] if ordered else None)) is not None:
        ordered.append(following)
    return ordered


def must_know(version: str) -> None:
    """Refuse a version that this program has not heard of.

    Raises:
        TooNew: a later release wrote it.
    """
    known = known_versions()
    if version not in known:
        raise TooNew(
            f"the database is at version {version}, newer than this program, which knows versions up to {known[-1]}: "
            "use the later release, or go back with `drumbeat restore` and a backup from before it"
        )

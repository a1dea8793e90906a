"""Sealing the trail as it grows, and looking at its seals: the key, the pump, and `drumbeat verify-audit`."""

import asyncio
import csv
import json
import logging
import os
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from bot.config import ConfigError, Settings
from storage.audit import traces_after
from storage.engine import beside, file_of, is_sqlite
from storage.people import names_of_all
from storage.redaction import Redacted
from storage.seals import AuditSeal, Verdict, seal_next
from storage.store import Store
from storage.unit import StorageFault, Unit

EVERY_S: Final = 60.0
KEY_BYTES: Final = 32
LATE: Final = timedelta(hours=1)
"""A running bot has sealed what is older."""
TOLD: Final = 50
"""Broken seals and rows that are told one by one."""
AT_ONCE: Final = 1_000
"""Rows of the trail that are read at once: it may be longer than memory."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
"""How a cell begins that a spreadsheet would run, also in full width; such a one gets an apostrophe before it."""

log = logging.getLogger("drumbeat.audit")


def audit_key(settings: Settings, *, makes: bool = False) -> bytes | None:
    """Give the installation's key: the setting, or a file beside an embedded database.

    A file that is not there is made where asked for, for its owner alone. None where neither is.

    Raises:
        ConfigError: the file is there and holds no key.
    """
    if settings.audit_key is not None:
        return settings.audit_key.get_secret_value().encode()
    if not is_sqlite(settings.database_url):
        return None
    path = beside(file_of(settings.database_url), ".audit-key")
    if not path.exists():
        if not makes:
            return None
        _make_key(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError([f"{path}: holds no key; put the right one back, or name it in DRUMBEAT_AUDIT_KEY"])
    return key


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all."""
    part = beside(path, f".{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # of two processes the first one's key stands
    except FileExistsError:
        log.debug("audit_key_was_made")
    finally:
        part.unlink()


class Sealer:
    """Seal what was written, in every workspace, as long as the program runs."""

    def __init__(self, store: Store, workspaces: Iterable[int], key: bytes) -> None:
        self._store = store
        self._workspaces = tuple(workspaces)
        self._key = key

    async def run(self) -> None:
        """Seal every minute until cancelled."""
        while True:
            try:
                await self.seal_all()
            except StorageFault as fault:
                log.warning("not_sealed", extra={"error": str(fault)})  # the next minute finds it
            await asyncio.sleep(EVERY_S)

    async def seal_all(self) -> list[AuditSeal]:
        """Seal all that has settled, and note each head in the log."""
        made: list[AuditSeal] = []
        for workspace in self._workspaces:
            while (seal := await self._store.write(workspace, lambda unit: seal_next(unit, self._key))) is not None:
                log.info("audit_sealed", extra={"workspace": workspace, "seal": seal.number, "head": seal.digest})
                made.append(seal)
        return made


def told(verdict: Verdict, head: str | None, *, now: datetime) -> tuple[list[str], bool]:
    """Say in lines what a look at the trail found, and whether all is well.

    `head` is one that was noted elsewhere, and must still be there.
    """
    lines = [f"{verdict.rows} rows stand under {verdict.seals} seals; {verdict.unsealed} are not sealed yet"]
    if verdict.unsealed_since is not None and now - verdict.unsealed_since > LATE:
        lines.append(
            f"note: the oldest of these is of {verdict.unsealed_since:%Y-%m-%d %H:%M} UTC: the bot has not run since,"
            " or their seals were removed; a head that the log noted since then tells (--head)"
        )
    lines += _erased(verdict.erased)
    lines += [_line(each.fault, each.seal, each.row) for each in verdict.broken[:TOLD]]
    if len(verdict.broken) > TOLD:
        lines.append(f"BAD: and {len(verdict.broken) - TOLD} more")
    is_cut = head is not None and head not in verdict.heads
    if is_cut:
        lines.append(f"BAD: no seal has the head {head}: what it sealed was removed, or never was here")
    lines.append(f"head: {verdict.head}")
    return lines, not verdict.broken and not is_cut


def _erased(rows: Sequence[Redacted]) -> list[str]:
    """Say which rows were blanked because somebody asked to be forgotten: one line for each trace of that."""
    by_trace: dict[int, list[Redacted]] = {}
    for each in rows:
        by_trace.setdefault(each.trace, []).append(each)
    lines = []
    for trace, those in by_trace.items():
        who = f"person {those[0].by}" if those[0].by is not None else "nobody known"
        how = (
            "proven" if all(each.is_proven for each in those) else "before they were sealed, as in an import: no proof"
        )
        lines.append(
            f"erased: {len(those)} rows blanked on request of {who}, {those[0].at:%Y-%m-%d %H:%M} UTC"
            f" (trace {trace}; {how}): {_ranges([each.row for each in those])}"
        )
    return lines


def _ranges(numbers: Sequence[int]) -> str:
    """Write numbers that rise, runs of neighbours as one.

    >>> _ranges([3, 5, 6, 7, 9])
    '3, 5-7, 9'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _line(fault: str, seal: int, row: int | None) -> str:
    said = {
        "changed": f"audit row {row} is not as it was sealed",
        "removed": f"audit row {row} was removed",
        "added": f"audit row {row} was put in later",
        "blanked": f"audit row {row} passes for erased on request, and is not as a proven erasure left it",
        "forged": "the seal was not made with this key, or was changed",
        "missing": "the seal is missing",
    }[fault]
    return f"BAD: seal {seal}: {said}"


def rows_told(unit: Unit) -> Iterator[dict[str, object]]:
    """Give all of the trail as it is stored, and the name that who acted has now."""
    names, after = names_of_all(unit), 0
    while some := traces_after(unit, after, most=AT_ONCE):
        yield from ({**row._asdict(), "actor": names.get(row.actor_id)} for row in some)
        after = some[-1].id


def write_csv(rows: Iterable[dict[str, object]], target: IO[str]) -> None:
    """Write the trail as a table whose cells no spreadsheet runs."""
    writer = csv.writer(target, quoting=csv.QUOTE_ALL)
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        writer.writerow([_cell(value) for value in row.values()])


def _cell(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]).startswith(FORMULA) else text

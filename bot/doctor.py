"""The doctor: look at everything the bot stands on, change nothing, and say what to mend."""

import asyncio
import os
import shutil
import socket
from collections.abc import Callable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from bot.config import Settings
from bot.observe import utc_now
from bot.pictures import find_font
from bot.platforms import platforms
from commands.core.ports import Finding
from commands.efficiency import SAMPLE
from commands.words.catalog import load as load_words
from commands.words.pages import Pages
from storage import migrate
from storage.backup import newest_backup, quick_check
from storage.engine import driver, file_of, has_safe_wal, is_sqlite, open_engine
from storage.unit import StorageError

FREE_MB: Final = 50
"""Less room than this on the disk is a finding."""


def examine(settings: Settings) -> list[Finding]:
    """Look at the database, its place, the clock's zones and the port."""
    looks: tuple[Callable[[Settings], list[Finding]], ...] = (
        _database,
        _place,
        _seals,
        _zones,
        _fonts,
        try_templates,
        _port,
        _platforms,
    )
    return [finding for look in looks for finding in look(settings)]


def _database(settings: Settings) -> list[Finding]:
    url = settings.database_url
    found = []
    if is_sqlite(url):
        version = driver().sqlite_version_info
        safe = has_safe_wal(version)
        mode = "WAL, synchronous=FULL" if safe else "DELETE, synchronous=EXTRA: this SQLite has the WAL-reset bug"
        found.append(Finding("sqlite", is_fine=True, detail=f"{'.'.join(map(str, version))} ({mode})"))
        if not file_of(url).exists():
            found.append(Finding("database", is_fine=True, detail=f"{file_of(url)} is made at the first start"))
            return found
    try:
        if is_sqlite(url):
            quick_check(url)
        engine = open_engine(url, pool_size=1, may_write=False)
        try:
            migrate.check(engine)
            unguarded = migrate.missing_guards(engine)
        finally:
            engine.dispose()
    except StorageError as error:
        found.append(
            Finding("database", is_fine=False, detail=str(error), remedy="drumbeat migrate, or drumbeat restore FILE")
        )
    else:
        found.append(Finding("database", is_fine=True, detail=f"sound, at version {migrate.head()}"))
        found.append(_guard(unguarded))
    return found


def _guard(missing: Sequence[str]) -> Finding:
    if not missing:
        return Finding("audit guard", is_fine=True, detail="the database refuses to change or remove the audit's rows")
    detail = f"the database lets the audit's rows be changed: {', '.join(missing)} missing, switched off or altered"
    remedy = "ask who did that; drumbeat verify-audit tells whether rows were touched, drumbeat migrate mends it"
    return Finding("audit guard", is_fine=False, detail=detail, remedy=remedy)


def _place(settings: Settings) -> list[Finding]:
    if not is_sqlite(settings.database_url):
        return []
    folder = file_of(settings.database_url).resolve().parent
    found = []
    if not os.access(folder, os.W_OK):
        remedy = f"give this user the right to write in {folder}"
        found.append(Finding("folder", is_fine=False, detail=f"{folder} cannot be written", remedy=remedy))
    else:
        free = shutil.disk_usage(folder).free // 2**20
        enough = free >= FREE_MB
        remedy = "" if enough else f"make room: {FREE_MB} MB at least"
        found.append(Finding("disk", is_fine=enough, detail=f"{free} MB free in {folder}", remedy=remedy))
    newest = newest_backup(file_of(settings.database_url))
    detail = f"the newest is {newest}" if newest else "none yet; drumbeat backup makes one"
    found.append(Finding("backup", is_fine=True, detail=detail))
    return found


def _seals(settings: Settings) -> list[Finding]:
    if settings.audit_key is not None or is_sqlite(settings.database_url):
        return [Finding("audit", is_fine=True, detail="sealed")]
    remedy = "set DRUMBEAT_AUDIT_KEY for all processes; make one with: openssl rand -hex 32"
    return [Finding("audit", is_fine=False, detail="the trail is not sealed: there is no key", remedy=remedy)]


def _zones(settings: Settings) -> list[Finding]:
    zone = ZoneInfo(settings.timezone)
    return [Finding("time zone", is_fine=True, detail=zone.key)]


def _fonts(_settings: Settings) -> list[Finding]:
    return [find_font()]


def try_templates(settings: Settings) -> list[Finding]:
    """Compile the operator's own templates, and write each once with figures of no month."""
    if settings.templates is None:
        return []
    pages = Pages(settings.templates)
    load_words(pages=pages)["en"].page("monthly", SAMPLE)
    broken = [f"{name}: {reason}" for name, reason in pages.broken.items()]
    if not broken:
        return [Finding("templates", is_fine=True, detail=str(settings.templates))]
    remedy = "mend it, or take it away; until then the shipped one is used"
    return [Finding("templates", is_fine=False, detail=each, remedy=remedy) for each in broken]


def _platforms(settings: Settings) -> list[Finding]:
    """Have every configured adapter try each of its capabilities once."""
    adapters = platforms(settings, load_words(), clock=utc_now)
    return [finding for adapter in adapters for finding in asyncio.run(adapter.check())]


def _port(settings: Settings) -> list[Finding]:
    host, port = settings.web.host, settings.web.port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        in_use = probe.connect_ex((host, port)) == 0
    detail = f"{host}:{port} is served already (by a running bot?)" if in_use else f"{host}:{port} is free"
    return [Finding("web", is_fine=True, detail=detail)]

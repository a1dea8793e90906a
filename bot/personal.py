"""What is stored about one person, as a file for them: JSON, or a table whose cells no spreadsheet runs."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.app import App, prepare
from bot.config import ConfigError, Settings
from bot.observe import utc_now
from bot.sealing import write_csv
from storage.people import Person, people_called, people_with
from storage.personal import Rows, stored_about
from storage.unit import Unit


def write_personal(settings: Settings, who: str, target: Path, *, workspace: str, is_table: bool) -> int:
    """Write all that is stored about somebody; give how many rows.

    `who` is what they are called, or an account such as `slack:U123`.

    Raises:
        ConfigError: nobody is called so, or several are.
    """
    prepare(settings, now=utc_now())
    app = App(settings, serves=False)
    try:
        person, stored = app.store.read_now(app.by_name[workspace].id, lambda unit: _stored(unit, who))
    finally:
        app.close()
    if is_table:
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            write_csv(_cells(stored), file)
    else:
        document = {"person": person.name, "exported_at": utc_now().isoformat(timespec="seconds"), "stored": stored}
        target.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return sum(map(len, stored.values()))


def _stored(unit: Unit, who: str) -> tuple[Person, dict[str, Rows]]:
    platform, colon, native = who.partition(":")
    named = who.removeprefix("@")
    found = people_with(unit, platform=platform, native=native) if colon else []
    found = found or [each for those in people_called(unit, [named]).values() for each in those]
    if len(found) != 1:
        count = "nobody is" if not found else f"{len(found)} people are"
        raise ConfigError(
            [f"personal-data: {count} called {who!r}; write the full name, or PLATFORM:ID such as slack:U1"]
        )
    return found[0], stored_about(unit, found[0])


def _cells(stored: dict[str, Rows]) -> Iterator[dict[str, object]]:
    """Give one line for each value that is there."""
    for kind, rows in stored.items():
        for number, row in enumerate(rows, 1):
            for name, value in row.items():
                if value not in (None, "", [], {}):
                    yield {"kind": kind, "row": number, "column": name, "value": value}

"""The working calendar: whose holidays are kept, and the days that differ from what is commonly known.

A country's days off are known from elsewhere; here stand what the team told: a notice as it came
out, and days on which the company itself is closed or works.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import UniqueConstraint, bindparam, select

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit

COMPANY: Final = "company"
"""The region of days that hold for everybody of the workspace, wherever they live."""


class Calendar(Record, table=True):
    """Whose holidays the workspace keeps; one row at most, none until somebody says so."""

    __table_args__ = (UniqueConstraint("workspace_id"),)
    country: str
    """ISO 3166 code of two letters."""


class SpecialDay(Record, table=True):
    """A day that is off, or worked, whatever else is known of it."""

    __table_args__ = (UniqueConstraint("workspace_id", "region", "day"),)
    region: str
    """A country's code, or COMPANY, which goes before."""
    day: date
    is_workday: bool
    note: str | None = None
    """What it is called: a holiday's name, or why the company is closed."""
    notice_year: int | None = None
    """The year whose official notice names it; None for a day that the team added."""


@dataclass(frozen=True, slots=True)
class DayRule:
    """Say of one day whether it is worked, and why."""

    day: date
    is_workday: bool
    note: str | None = None


CALENDAR = table_of(Calendar)
SPECIAL = table_of(SpecialDay)
_CALENDAR = select(CALENDAR).where(CALENDAR.c.workspace_id == WORKSPACE)
_COUNTING = (
    select(SPECIAL)
    .where(
        SPECIAL.c.workspace_id == WORKSPACE,
        SPECIAL.c.region.in_((bindparam("country"), COMPANY)),
        SPECIAL.c.day.between(bindparam("first"), bindparam("last")),
        SPECIAL.c.archived_at.is_(None),
    )
    .order_by(SPECIAL.c.day, SPECIAL.c.id)
)
_OF_REGION = select(SPECIAL).where(
    SPECIAL.c.workspace_id == WORKSPACE,
    SPECIAL.c.region == bindparam("of_region"),
    SPECIAL.c.day.between(bindparam("first"), bindparam("last")),
)


def chosen_country(unit: Unit) -> str | None:
    """Give the country that was chosen for the whole workspace; None if nobody did."""
    row = unit.record(Calendar, _CALENDAR)
    return None if row is None or row.archived_at is not None else row.country


def choose_country(unit: Unit, country: str) -> None:
    """Choose whose holidays the workspace keeps."""
    row = unit.record(Calendar, _CALENDAR)
    if row is None:
        unit.add(Calendar, country=country)
    else:
        unit.change(row, country=country, archived_at=None)


def special_days(unit: Unit, country: str, *, first: date, last: date) -> list[SpecialDay]:
    """List the days of a country and of the company, both ends within."""
    return unit.records(SpecialDay, _COUNTING, country=country, first=first, last=last)


def set_days(unit: Unit, region: str, rules: Sequence[DayRule], *, notice_year: int | None = None) -> None:
    """Set days of a region, whether or not they were set before."""
    known = {row.day: row for row in _rows(unit, region, [rule.day for rule in rules])}
    for rule in rules:
        values = {"is_workday": rule.is_workday, "note": rule.note, "notice_year": notice_year}
        row = known.get(rule.day)
        if row is None:
            unit.add(SpecialDay, region=region, day=rule.day, **values)
        else:
            unit.change(row, **values, archived_at=None)


def clear_days(unit: Unit, region: str, days: Sequence[date]) -> list[date]:
    """Let days be again what they commonly are; give those that were set."""
    set_ones = [row for row in _rows(unit, region, days) if row.archived_at is None and row.day in set(days)]
    for row in set_ones:
        unit.archive(row)
    return sorted(row.day for row in set_ones)


def take_notice(unit: Unit, region: str, year: int, rules: Sequence[DayRule]) -> None:
    """Set the days of a year's official notice, in place of those of an earlier form of it."""
    named = {rule.day for rule in rules}
    for row in unit.records(SpecialDay, _OF_REGION, of_region=region, **_span(year)):
        if row.notice_year == year and row.archived_at is None and row.day not in named:
            unit.archive(row)
    set_days(unit, region, rules, notice_year=year)


def _span(year: int) -> dict[str, date]:
    """Give the days that a year's notice may name: New Year's days off may begin in December."""
    return {"first": date(year - 1, 12, 1), "last": date(year + 1, 1, 31)}


def _rows(unit: Unit, region: str, days: Iterable[date]) -> list[SpecialDay]:
    """Read the rows of days, archived or not, for a day has one row for ever."""
    ordered = sorted(days)
    if not ordered:
        return []
    return unit.records(SpecialDay, _OF_REGION, of_region=region, first=ordered[0], last=ordered[-1])

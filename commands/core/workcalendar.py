"""Which days are worked: what the team told, else the country's holidays, else Monday to Friday.

Nothing is read or built before somebody asks of a day; then one read for each year of that
calendar, and the holidays of a country and year once in the process.
"""

import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from babel.core import get_global

from storage.calendars import COMPANY, SpecialDay, special_days
from storage.unit import Unit

DEFAULT_COUNTRY: Final = "CN"
ARRANGED: Final = frozenset({"CN"})
"""Countries whose weekends worked instead are announced anew each year."""
_MAIN_PART: Final = {"GB": "ENG"}
"""The part of a country whose holidays most of its people keep, where the whole has but a few."""
_WEEKEND: Final = frozenset({5, 6})
_SUFFIX: Final = re.compile(r"\s*(?:\((?:observed|estimated|substituted)|\uff08).*")
"""As in `New Year's Day (observed)`."""
_LANGUAGES: Final = {"zh": "zh_CN", "en": "en_US"}

Special = Callable[[str, int], Sequence[SpecialDay]]


@dataclass(frozen=True, slots=True)
class CountryYear:
    """Hold what is commonly known of a country's year."""

    off: Mapping[date, str]
    """Holidays, and days off given for a weekend worked, with their names."""
    worked: frozenset[date]
    """Weekend days that are worked."""
    weekend: frozenset[int] = _WEEKEND


class WorkCalendar:
    """Answer by one country's calendar and the company's days. Fits the protocol `Workdays`."""

    def __init__(self, country: Callable[[], str], special: Special = lambda _country, _year: ()) -> None:
        self._choose = country
        self._special = special
        self._told: dict[int, tuple[dict[date, SpecialDay], bool]] = {}
        self.unpublished: list[int] = []
        """The years in which a day was asked of before their weekends worked were announced."""

    @functools.cached_property
    def country(self) -> str:
        """The country's code of two letters."""
        return self._choose()

    def is_workday(self, day: date) -> bool:
        """Say whether the day is worked."""
        if day.year not in self.unpublished and not self.is_published(day.year):
            self.unpublished.append(day.year)
        told = self.told(day)
        if told is not None:
            return told.is_workday
        if self._year(day.year)[1]:  # the notice names every day that is not like its weekday
            return day.weekday() not in country_year(self.country, day.year).weekend
        return is_common_workday(self.country, day)

    def is_published(self, year: int) -> bool:
        """Say whether the days off of the year, and the weekends worked for them, are known."""
        return self.country not in ARRANGED or bool(country_year(self.country, year).worked) or self._year(year)[1]

    def told(self, day: date) -> SpecialDay | None:
        """Give what the team told of a day; the company goes before the country."""
        return self._year(day.year)[0].get(day)

    def count(self, first: date, last: date) -> int:
        """Count the working days from one day to another, both within; 0 where the last is before the first."""
        days = range(first.toordinal(), last.toordinal() + 1)
        return sum(self.is_workday(date.fromordinal(each)) for each in days)

    def _year(self, year: int) -> tuple[dict[date, SpecialDay], bool]:
        if year not in self._told:
            rows = self._special(self.country, year)
            known = {row.day: row for row in sorted(rows, key=lambda row: row.region == COMPANY)}
            self._told[year] = known, any(row.notice_year == year for row in rows)
        return self._told[year]


def calendar_of(unit: Unit, country: Callable[[], str]) -> WorkCalendar:
    """Make the calendar of a country as this workspace keeps it; `country` is asked late."""

    def special(code: str, year: int) -> Sequence[SpecialDay]:
        first = date(max(year - 1, 1), 12, 1)  # where the days of a year's notice may begin
        return special_days(unit, code, first=first, last=date(year, 12, 31))

    return WorkCalendar(country, special)


def country_of_zone(*zones: str | None) -> str | None:
    """Give the country of the first zone that lies in one; None if none does."""
    territories = get_global("zone_territories")
    return next((str(territories[zone]) for zone in zones if zone is not None and zone in territories), None)


def is_common_workday(country: str, day: date) -> bool:
    """Say whether a country works on a day, by what is commonly known; else by weekday."""
    year = country_year(country, day.year)
    return day in year.worked or (day.weekday() not in year.weekend and day not in year.off)


def is_known_country(code: str) -> bool:
    """Tell whether the holidays of a country are known."""
    return code in _known_countries()


def name_of_rest(names: Sequence[str]) -> str:
    """Give the name that most days of a rest have, those given for another day aside."""
    plain = [name for name in names if name and not _SUFFIX.search(name)]
    given = [_SUFFIX.sub("", name) for name in names if name]
    counted = Counter(plain or given).most_common(1)
    return counted[0][0] if counted else ""


@functools.lru_cache(maxsize=256)
def country_year(country: str, year: int, language: str = "en") -> CountryYear:
    """Give a country's year as it is commonly known; names in the language if there are.

    The first one takes 0.2 s: ask only when a working day is needed.
    """
    import holidays  # 0.1 s, which a message without a working day need not wait for

    if not is_known_country(country):
        return CountryYear({}, frozenset())
    build = functools.partial(holidays.country_holidays, country, _MAIN_PART.get(country), years=year, expand=False)
    found = build()
    wanted = _LANGUAGES.get(language, language)
    if wanted in found.supported_languages:
        found = build(language=wanted)
    return CountryYear(
        off={day: name for day, name in found.items() if day.year == year},
        worked=frozenset(day for day in found.weekend_workdays if day.year == year),
        weekend=frozenset(found.weekend) if len(found.weekend) > 1 else _WEEKEND,  # offices rest for two days
    )


@functools.cache
def _known_countries() -> frozenset[str]:
    import holidays  # see above

    return frozenset(code for code in holidays.list_supported_countries() if len(code) == 2)

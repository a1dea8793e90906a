"""A calendar for tests: Monday to Friday, with some days off and some weekends worked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Rests:
    """Rest on weekends and on the days given; years from `unknown_from` on are not published."""

    off: Collection[date] = ()
    worked: Collection[date] = ()
    unknown_from: int = 9999

    def is_workday(self, day: date) -> bool:
        """Say whether the day is worked."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def is_published(self, year: int) -> bool:
        """Say whether the year is known."""
        return year < self.unknown_from

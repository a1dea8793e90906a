"""Days and instants as people read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from commands.words import dates
from tests.support.house import shipped

LANGUAGES = shipped()[1]
TODAY = date(2026, 11, 18)
SHANGHAI, LONDON, KOLKATA = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/London", "Asia/Kolkata"))


@pytest.mark.parametrize(
    ("language", "day", "written"),
    [
        ("zh", date(2026, 11, 20), "11-20 周五"),
        ("en", date(2026, 11, 20), "11-20 Fri"),
        ("zh", date(2027, 1, 3), "2027-01-03 周日"),
        ("en", date(2025, 12, 31), "2025-12-31 Wed"),
        ("zh", date(2028, 2, 29), "2028-02-29 周二"),
    ],
)
def test_a_day_has_its_weekday_and_a_year_that_is_not_this(language: str, day: date, written: str) -> None:
    assert dates.day(LANGUAGES[language], day, today=TODAY) == written


@pytest.mark.parametrize(
    ("language", "zone", "written"),
    [
        ("zh", SHANGHAI, "11-20 周五 18:00 (北京)"),
        ("en", SHANGHAI, "11-20 Fri 18:00 (Beijing)"),
        ("en", LONDON, "11-20 Fri 10:00 (London)"),
        ("zh", LONDON, "11-20 周五 10:00 (伦敦)"),
        ("en", KOLKATA, "11-20 Fri 15:30 (Kolkata)"),
    ],
)
def test_an_instant_names_its_city(language: str, zone: ZoneInfo, written: str) -> None:
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert dates.moment(LANGUAGES[language], at, zone, today=TODAY) == written


def test_the_time_of_day_has_its_date_when_it_was_not_today() -> None:
    now = datetime(2026, 11, 18, 2, tzinfo=UTC)
    assert dates.clock(datetime(2026, 11, 18, 1, 5, tzinfo=UTC), SHANGHAI, now=now) == "09:05"
    assert dates.clock(datetime(2026, 11, 17, 15, 59, tzinfo=UTC), SHANGHAI, now=now) == "11-17 23:59"
    assert dates.clock(datetime(2026, 11, 17, 16, 1, tzinfo=UTC), SHANGHAI, now=now) == "00:01"


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"])
def test_every_zone_has_some_name(zone: str) -> None:
    assert dates.city(LANGUAGES["en"], zone) and dates.city(LANGUAGES["zh"], zone)

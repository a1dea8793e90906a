"""Each slot comes once, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from commands.core.timetable import Timetable, instant_of
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import WEEKDAYS
from tests.proofs.slots import TIMES, ZONES, compare


@pytest.mark.slow
@pytest.mark.parametrize("name", ZONES)
def test_each_local_slot_of_two_years_comes_once_at_its_first_instant(name: str) -> None:
    compared = compare(name, date(2026, 1, 1), 730)
    assert compared.faults == ()
    assert compared.slots == 730 * len(TIMES)


def test_a_time_left_out_comes_at_the_first_instant_after() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert instant_of(datetime.fromisoformat("2026-03-29T02:30"), zone) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert instant_of(datetime.fromisoformat("2026-10-25T02:30"), zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_first_slot_is_at_or_after_now() -> None:
    table = Timetable(Recurrence("day"), (time(9, 30), time(14, 0)), ZoneInfo("Asia/Shanghai"))
    now = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
    assert table.first(now, WEEKDAYS).label == "2026-11-18T09:30"
    assert table.first(now + timedelta(seconds=1), WEEKDAYS).label == "2026-11-18T14:00"
    assert table.first(now + timedelta(hours=5), WEEKDAYS).label == "2026-11-19T09:30"


def test_every_second_week_counts_from_the_slot_before() -> None:
    table = Timetable(Recurrence("week", interval=2, weekdays=(4,)), (time(17),), ZoneInfo("Asia/Shanghai"))
    assert table.next_after(datetime.fromisoformat("2026-11-20T17:00"), WEEKDAYS).label == "2026-12-04T17:00"


class Calendar:
    """A Wednesday off, a Saturday worked."""

    def is_workday(self, day: date) -> bool:
        return day == date(2026, 11, 21) or (day.weekday() < 5 and day != date(2026, 11, 25))

    def is_published(self, year: int) -> bool:
        return True


def test_working_days_take_in_a_worked_saturday_and_skip_a_holiday_aloud() -> None:
    table = Timetable(Recurrence("workday"), (time(9),), ZoneInfo("Asia/Shanghai"))
    slot = table.first(datetime(2026, 11, 19, 12, tzinfo=UTC), Calendar())
    seen = []
    for _ in range(6):
        seen.append((slot.label[5:10], table.is_worked(slot, Calendar())))
        slot = table.next_after(slot.local, Calendar())
    assert seen == [
        ("11-20", True),
        ("11-21", True),
        ("11-23", True),
        ("11-24", True),
        ("11-25", False),
        ("11-26", True),
    ]
    coming = islice(table.upcoming(datetime(2026, 11, 24, 12, tzinfo=UTC), Calendar()), 2)
    assert [each.label[5:10] for each in coming] == ["11-26", "11-27"]


def test_a_slot_that_a_rest_moved_to_today_is_still_found_today() -> None:
    table = Timetable(Recurrence("week", weekdays=(2,)), (time(9),), ZoneInfo("Asia/Shanghai"), is_working=True)
    before = table.first(datetime(2026, 11, 24, 12, tzinfo=UTC), Calendar())
    on_the_day = table.first(datetime(2026, 11, 25, 20, tzinfo=UTC), Calendar())
    after = table.first(datetime(2026, 11, 26, 12, tzinfo=UTC), Calendar())
    assert [each.label[5:10] for each in (before, on_the_day, after)] == ["11-26", "11-26", "12-02"]

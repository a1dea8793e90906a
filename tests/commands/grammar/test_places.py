"""A place is read as its time zone, in both languages; what can be several is not guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from commands.grammar.places import known_zones, near_places, zones_called

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("上海", "Asia/Shanghai"),
        ("北京", "Asia/Shanghai"),
        ("东八区", "Asia/Shanghai"),
        ("东京", "Asia/Tokyo"),
        ("Ｔｏｋｙｏ", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("NewYork", "America/New_York"),
        ("纽约", "America/New_York"),
        ("硅谷", "America/Los_Angeles"),
        ("San Francisco", "America/Los_Angeles"),
        ("伦敦", "Europe/London"),
        ("孟买", "Asia/Kolkata"),
        ("utc", "UTC"),
    ],
)
def test_place_has_one_zone(text: str, zone: str) -> None:
    assert zones_called(text, now=NOW) == (zone,)


@pytest.mark.parametrize(
    ("text", "first", "hours"),
    [("UTC+8", "Asia/Shanghai", 8), ("+9", "Asia/Tokyo", 9), ("GMT-05:00", "America/New_York", -5),
     ("西八区", "America/Los_Angeles", -8), ("utc+5:30", "Asia/Kolkata", 5.5)],
)  # fmt: skip
def test_offset_gives_places_to_choose_from(text: str, first: str, hours: float) -> None:
    zones = zones_called(text, now=NOW)
    assert zones[0] == first and len(zones) > 1
    for zone in zones:
        offset = NOW.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None and offset.total_seconds() == hours * 3600


def test_summer_time_moves_what_an_offset_means() -> None:
    assert "Europe/London" in zones_called("UTC+1", now=datetime(2026, 7, 1, tzinfo=UTC))
    assert "Europe/London" not in zones_called("UTC+1", now=NOW)


@pytest.mark.parametrize("text", ["", "火星", "soon", "UTC+25", "+99", "../etc/passwd", "Asia/", "周五"])
def test_what_is_no_place_gives_none(text: str) -> None:
    assert zones_called(text, now=NOW) == ()


def test_country_with_several_zones_gives_them_all() -> None:
    assert len(zones_called("美国", now=NOW)) == 4


def test_misspelled_place_is_near() -> None:
    assert "tokyo" in near_places("tokio")


def test_every_zone_is_found_by_its_own_name() -> None:
    assert [zone for zone in known_zones() if zone not in zones_called(zone, now=NOW)] == []

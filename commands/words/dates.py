"""Days and instants as people read them: always with the weekday, and the city of the zone."""

import functools
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from commands.words.catalog import Words


def weekday(words: Words, day: date) -> str:
    """Name a weekday briefly."""
    return (
        words.t("Mon"),
        words.t("Tue"),
        words.t("Wed"),
        words.t("Thu"),
        words.t("Fri"),
        words.t("Sat"),
        words.t("Sun"),
    )[day.weekday()]


def day(words: Words, day: date, *, today: date) -> str:
    """Write `11-03 Tue`, with the year where it is not today's."""
    written = f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"
    return f"{written} {weekday(words, day)}"


def moment(words: Words, at: datetime, zone: ZoneInfo, *, today: date) -> str:
    """Write `11-03 Tue 18:00 (Beijing)`, in the zone."""
    local = at.astimezone(zone)
    return f"{day(words, local.date(), today=today)} {local:%H:%M} ({city(words, zone.key)})"


def clock(at: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Write the time of day, with the date when it was not today."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else f"{local:%m-%d %H:%M}"


def city(words: Words, zone: str) -> str:
    """Name a zone by its city; China's by the capital, as people there say it."""
    if zone == "Asia/Shanghai":
        return words.t("Beijing time")
    return _city(zone, words.language)


@functools.lru_cache(maxsize=1024)
def _city(zone: str, language: str) -> str:
    return get_timezone_location(ZoneInfo(zone), locale=language, return_city=True)

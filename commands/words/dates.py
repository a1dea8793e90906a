"""Days and instants as people read them: always with the weekday, and the city of the zone."""

import functools
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import get_month_names, get_timezone_location

from commands.grammar.recurrence import Every, Recurrence
from commands.words.catalog import Words, msg


def weekday(words: Words, day: date) -> str:
    """Name a weekday briefly."""
    return weekdays(words)[day.weekday()]


def weekdays(words: Words) -> tuple[str, ...]:
    """Name all weekdays briefly, Monday first."""
    return (
        words.t("Mon"),
        words.t("Tue"),
        words.t("Wed"),
        words.t("Thu"),
        words.t("Fri"),
        words.t("Sat"),
        words.t("Sun"),
    )


def day(words: Words, day: date, *, today: date) -> str:
    """Write `11-03 Tue`, with the year where it is not today's."""
    return f"{short_day(day, today=today)} {weekday(words, day)}"


def short_day(day: date, *, today: date) -> str:
    """Write `11-03`, with the year where it is not today's: for what is past."""
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


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


def recurrence(words: Words, rule: Recurrence) -> str:
    """Write `every 2 weeks on Fri 09:00`, in words that are read back as the same rule."""
    at = f" {rule.at:%H:%M}" if rule.at else ""
    if rule.weekdays and rule.interval == 1:
        return words.t("every {weekdays}", weekdays=_weekdays(words, rule)) + at
    if rule.month:
        month = get_month_names("abbreviated", locale=words.language)[rule.month]
        return words.t("every year on {month} {day}", month=month, day=rule.days[0]) + at
    every, days = _every(words, rule), _days(words, rule)
    return (words.t("{every} on {days}", every=every, days=days) if days else every) + at


def _weekdays(words: Words, rule: Recurrence) -> str:
    return words.t(", ").join(weekdays(words)[each] for each in rule.weekdays)


def _every(words: Words, rule: Recurrence) -> str:
    one, many = _EVERY[rule.every]
    return words.t(one) if rule.interval == 1 else words.t(many, count=rule.interval)


_EVERY: Final[dict[Every, tuple[str, str]]] = {
    "day": (msg("every day"), msg("every {count} days")),
    "workday": (msg("every workday"), msg("every {count} workdays")),
    "week": (msg("every week"), msg("every {count} weeks")),
    "month": (msg("every month"), msg("every {count} months")),
    "quarter": (msg("every quarter"), msg("every {count} quarters")),
    "year": (msg("every year"), msg("every {count} years")),
}


def _days(words: Words, rule: Recurrence) -> str:
    """Say which days of a week, month or quarter; empty if it keeps the day."""
    if rule.weekdays:
        return _weekdays(words, rule)
    if rule.nth:
        kind = words.t("workday") if rule.kind == "workday" else weekdays(words)[rule.kind]
        return _nth(words, rule.nth, kind)
    if rule.every == "quarter" and rule.days == (1,):
        return words.t("the first day")
    return words.t(", ").join(
        words.t("the {day}", day=_ordinal(words, day)) if day > 0 else words.t("the last day") for day in rule.days
    )


def _nth(words: Words, nth: int, kind: str) -> str:
    if nth == -1:
        return words.t("the last {kind}", kind=kind)
    if nth < 0:
        return words.t("the {nth} to last {kind}", nth=_ordinal(words, -nth), kind=kind)
    return words.t("the {nth} {kind}", nth=_ordinal(words, nth), kind=kind)


def _ordinal(words: Words, number: int) -> str:
    """Write 1st, 2nd, 3rd, 4th, and 11th to 13th."""
    ending = 0 if number // 10 == 1 else number % 10
    match ending:
        case 1:
            return words.t("{number}st", number=number)
        case 2:
            return words.t("{number}nd", number=number)
        case 3:
            return words.t("{number}rd", number=number)
        case _:
            return words.t("{number}th", number=number)

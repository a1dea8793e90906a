"""Festivals and shopping days by which e-commerce teams plan: 双12前3天, 国庆前, 春节后第一个工作日, Black Friday.

Days of the lunar calendar come from the library of holidays. A holiday is rested, so that what is due before it is due
on the last working day; how long it is rested is known to a calendar of working days alone, or else it is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Final

from commands.grammar.date_meanings import Days, Doubt, Offset, Scene, shifted
from commands.grammar.date_words import words_of
from commands.grammar.workdays import add_workdays

_RECENT: Final = timedelta(days=30)
"""A festival that passed so lately may be the one that is meant."""


@dataclass(frozen=True, slots=True)
class Festival:
    """Hold on which day it is in a year, and for how many days the law lets people rest."""

    in_year: Callable[[int], date]
    rests: int = 0
    is_kept: bool = False
    """Whether people may rest on it, though no law says so; what is due before it must be asked."""


def festival(name: str, years: int | None, scene: Scene) -> Days:
    """Take the coming festival, or that of this year or one ahead; ask if it was lately."""
    one = FESTIVALS[name]
    if years is not None:
        on = one.in_year(scene.today.year + years)
        return Days((on,)) if on >= scene.today else Days((), Doubt.PAST)
    lately, on, after = _around(one, scene.today)
    doubt = Doubt.PAST if scene.today - lately <= _RECENT and on != scene.today else None
    return Days((on,), doubt, later=after)


def festival_in(name: str, year: int, scene: Scene) -> Days:
    """Take the festival of a year."""
    return festival(name, year - scene.today.year, scene)


def before_festival(name: str, scene: Scene) -> Days:
    """Take the last working day before a holiday, or a shopping day itself; else ask."""
    one, days = FESTIVALS[name], festival(name, None, scene)
    if days.doubt or not (one.rests or one.is_kept):
        return days
    eve = days.dates[0] - timedelta(1)
    last = add_workdays(days.dates[0], -1, scene.workdays)
    if name in ("spring", "eve"):  # the holiday begins sooner or later, as the year's notice says
        return Days((last, add_workdays(last, -1, scene.workdays)), Doubt.VAGUE)
    if one.rests and last == eve >= scene.today:
        return Days((eve,))
    return Days((last, eve) if last != eve else (eve, days.dates[0]), Doubt.AMBIGUOUS)


def after_festival(name: str, scene: Scene) -> Days:
    """Propose the first working day after it."""
    return Days(workday_after_festival(name, 1, scene).dates, Doubt.VAGUE)


def workday_after_festival(name: str, nth: int, scene: Scene) -> Days:
    """Take the nth working day after it and its rest; ask if that rest is not known."""
    one = FESTIVALS[name]
    for start in _around(one, scene.today):
        rest = [start + timedelta(each) for each in range(max(1, one.rests))]
        on = add_workdays(rest[-1], nth, scene.workdays)
        if on < scene.today:
            continue
        is_known = scene.workdays.is_published(on.year) and (
            not one.rests or not any(scene.workdays.is_workday(day) for day in rest)
        )
        return Days((on,), None if is_known else Doubt.UNPUBLISHED)
    return Days((), Doubt.PAST)


def moved_from_festival(name: str, offset: Offset, scene: Scene) -> Days:
    """Count from the last or the coming one, whichever leads to a day that is not past.

    Asks if the one of lately may be meant, and after a holiday, as its end may be meant.
    """
    around = _around(FESTIVALS[name], scene.today)
    moved = [shifted(offset, start, scene.workdays) for start in around]
    days = next((each for each in moved if not each.dates or each.dates[0] >= scene.today), Days((), Doubt.PAST))
    if days is not moved[0] and scene.today - around[0] <= _RECENT:
        return Days(days.dates, days.doubt or Doubt.PAST)
    is_after_rest = offset.amount > 0 and FESTIVALS[name].rests > 1
    return Days(days.dates, days.doubt or (Doubt.AMBIGUOUS if is_after_rest else None))


def _around(one: Festival, today: date) -> tuple[date, date, date]:
    """Give the last one before today, the coming one, and the one after that."""
    days = [one.in_year(today.year + years) for years in range(-1, 3)]
    coming = next(index for index, day in enumerate(days) if day >= today and index)
    return days[coming - 1], days[coming], days[coming + 1] if coming < 3 else one.in_year(today.year + 3)


def _on(month: int, day: int, year: int) -> date:
    return date(year, month, day)


def _by_law(title: str, shift: int, year: int) -> date:
    return _lunar_days(year)[title] + timedelta(shift)


def _after_thanksgiving(days: int, year: int) -> date:
    first = date(year, 11, 1)
    return first + timedelta((3 - first.weekday()) % 7 + 21 + days)


_TITLES: Final = ("Chinese New Year (", "Tomb-Sweeping Day", "Dragon Boat Festival", "Mid-Autumn Festival")


@cache
def _lunar_days(year: int) -> dict[str, date]:
    from holidays import country_holidays  # a quarter of a second, and few phrases come here

    days = country_holidays("CN", years=year, observed=False, language="en_US")
    found = {title: day for title in _TITLES for day, name in sorted(days.items(), reverse=True) if title in name}
    if len(found) < len(_TITLES):
        raise OverflowError("the library does not know the lunar calendar of this year")
    return found


FESTIVALS: Final[dict[str, Festival]] = {
    **{
        f"{month}-{day}": Festival(partial(_on, month, day))
        for month, day in ((3, 8), (3, 15), (5, 20), (6, 18), (8, 18), (9, 9), (10, 10), (11, 11), (12, 12))
    },
    **{
        f"{month}-{day}": Festival(partial(_on, month, day), is_kept=True)
        for month, day in ((2, 14), (12, 24), (12, 25))
    },
    "6-1": Festival(partial(_on, 6, 1)),
    "12-26": Festival(partial(_on, 12, 26), is_kept=True),
    "10-31": Festival(partial(_on, 10, 31)),
    "12-31": Festival(partial(_on, 12, 31), is_kept=True),
    "thanksgiving": Festival(partial(_after_thanksgiving, 0), is_kept=True),
    "black friday": Festival(partial(_after_thanksgiving, 1)),
    "cyber monday": Festival(partial(_after_thanksgiving, 4)),
    "1-1": Festival(partial(_on, 1, 1), rests=1),
    "5-1": Festival(partial(_on, 5, 1), rests=2),
    "10-1": Festival(partial(_on, 10, 1), rests=3),
    "eve": Festival(partial(_by_law, _TITLES[0], -1), rests=4),
    "spring": Festival(partial(_by_law, _TITLES[0], 0), rests=3),
    "lantern": Festival(partial(_by_law, _TITLES[0], 14)),
    "tombs": Festival(partial(_by_law, _TITLES[1], 0), rests=1),
    "dragon boat": Festival(partial(_by_law, _TITLES[2], 0), rests=1),
    "mid-autumn": Festival(partial(_by_law, _TITLES[3], 0), rests=1),
}
FESTIVAL_WORDS: Final = words_of(
    {
        "2-14": "情人节|valentine's day",
        "3-8": "38节|三八节|妇女节|女神节|女王节",
        "3-15": "315",
        "5-20": "520",
        "6-1": "六一|儿童节",
        "6-18": "618",
        "8-18": "818",
        "9-9": "99大促|九九大促",
        "10-10": "双十",
        "10-31": "万圣节|halloween",
        "11-11": "双11|双十一|double 11|singles day|singles' day",
        "12-12": "双12|双十二|double 12",
        "12-24": "平安夜|christmas eve",
        "12-25": "圣诞|圣诞节|christmas|christmas day|xmas",
        "12-26": "boxing day",
        "12-31": "跨年夜|new year's eve",
        "thanksgiving": "感恩节|thanksgiving|thanksgiving day",
        "black friday": "黑五|黑色星期五|black friday",
        "cyber monday": "网一|网络星期一|cyber monday",
        "1-1": "元旦|元旦节|new year's day",
        "5-1": "五一|劳动节|五一节",
        "10-1": "国庆|国庆节|十一国庆|national day",
        "eve": "除夕|年三十|大年三十",
        "spring": "春节|大年初一|chinese new year|lunar new year|spring festival|cny",
        "lantern": "元宵|元宵节",
        "tombs": "清明|清明节",
        "dragon boat": "端午|端午节|dragon boat festival",
        "mid-autumn": "中秋|中秋节|mid-autumn|mid-autumn festival",
    }
)
BEFORE_FESTIVAL_WORDS: Final = (
    {
        f"{word}{before}": name
        for word, name in FESTIVAL_WORDS.items()
        if not word.isascii()
        for before in ("前", "之前")
    }
    | {f"{digits}前": FESTIVAL_WORDS[digits] for digits in ("315", "520", "618", "818")}
    | {f"before {word}": name for word, name in FESTIVAL_WORDS.items() if word.isascii() and not word.isdecimal()}
    | {"十一前": "10-1", "十一之前": "10-1"}
)
AFTER_FESTIVAL_WORDS: Final = (
    {f"{word}{after}": name for word, name in FESTIVAL_WORDS.items() if not word.isascii() for after in ("后", "之后")}
    | {f"{digits}后": FESTIVAL_WORDS[digits] for digits in ("315", "520", "618", "818")}
    | {f"after {word}": name for word, name in FESTIVAL_WORDS.items() if word.isascii() and not word.isdecimal()}
    | {"十一后": "10-1", "十一之后": "10-1"}
)

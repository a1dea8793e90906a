"""Time zones said with a time: 5pm PT, 北京时间20点. One that can be two, such as CST, is asked about.

The name is taken out of a phrase, and what remains is read as in that zone. It must have a time of day. Where the day
said (today, 明天) is not the same in both places, the phrase is asked about.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from commands.grammar.date_meanings import Doubt, Meaning, Scene, Uncertain, When, resolve
from commands.grammar.date_words import one_of


@dataclass(frozen=True, slots=True)
class _Zone:
    keys: tuple[str, ...]
    season: str | None = None
    """The abbreviation that the clocks there must show, if one was said that holds for half the year only."""


_AFTER_A_TIME: Final[dict[str, _Zone]] = {
    **{word: _Zone(("America/Los_Angeles",)) for word in ("pt", "pacific", "pacific time")},
    **{word: _Zone(("America/Denver",)) for word in ("mt", "mountain time")},
    **{word: _Zone(("America/Chicago",)) for word in ("ct", "central time")},
    **{word: _Zone(("America/New_York",)) for word in ("et", "eastern", "eastern time")},
    **{
        f"{letter}{season}t": _Zone((key,), f"{letter}{season}t".upper())
        for letter, key in (("p", "America/Los_Angeles"), ("m", "America/Denver"), ("e", "America/New_York"))
        for season in "sd"
    },
    "cdt": _Zone(("America/Chicago",), "CDT"),
    "cst": _Zone(("Asia/Shanghai", "America/Chicago")),
    "bst": _Zone(("Europe/London", "Asia/Dhaka")),
    "ist": _Zone(("Asia/Kolkata", "Europe/Dublin")),
    "utc": _Zone(("UTC",)),
    "gmt": _Zone(("UTC",)),
    "cet": _Zone(("Europe/Berlin",), "CET"),
    "cest": _Zone(("Europe/Berlin",), "CEST"),
    "jst": _Zone(("Asia/Tokyo",)),
    "kst": _Zone(("Asia/Seoul",)),
    "hkt": _Zone(("Asia/Hong_Kong",)),
    "sgt": _Zone(("Asia/Singapore",)),
    "aest": _Zone(("Australia/Sydney",), "AEST"),
    "aedt": _Zone(("Australia/Sydney",), "AEDT"),
}
_PLACES: Final = {
    "Asia/Shanghai": "北京时间|中国时间|上海时间|beijing time|china time|shanghai time",
    "Asia/Hong_Kong": "香港时间|hong kong time",
    "Asia/Tokyo": "东京时间|日本时间|tokyo time|japan time",
    "Asia/Seoul": "首尔时间|韩国时间|seoul time",
    "Asia/Singapore": "新加坡时间|singapore time",
    "Europe/London": "伦敦时间|英国时间|london time|uk time",
    "Europe/Paris": "巴黎时间|法国时间|paris time",
    "Europe/Berlin": "柏林时间|德国时间|berlin time",
    "America/New_York": "美东时间|美国东部时间|纽约时间|new york time",
    "America/Chicago": "美中时间|美国中部时间|芝加哥时间|chicago time",
    "America/Los_Angeles": "美西时间|美国西部时间|太平洋时间|洛杉矶时间|旧金山时间|los angeles time",
    "Australia/Sydney": "悉尼时间|sydney time",
}
_ANYWHERE: Final = {word: _Zone((key,)) for key, words in _PLACES.items() for word in words.split("|")}
ZONE_WORDS: Final = (*_AFTER_A_TIME, *_ANYWHERE)


@cache
def _said() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<anywhere>(?<![a-z])(?:{one_of(list(_ANYWHERE))}))"
        rf"|(?P<after>(?<=[\dm点n半d])[ (]*(?P<short>{one_of(list(_AFTER_A_TIME))}))"
    )


def without_zone(phrase: str) -> tuple[str, str] | None:
    """Take the name of a zone out of a folded phrase: what remains, and the name."""
    match = _said().search(phrase)
    if match is None:
        return None
    return f"{phrase[: match.start()]} {phrase[match.end() :]}".strip(), match["anywhere"] or match["short"]


def in_zone(name: str, meaning: Meaning, scene: Scene) -> When | Uncertain | None:
    """Set a meaning in the zone of this name; None if it has no time of day."""
    zone = _AFTER_A_TIME.get(name) or _ANYWHERE[name]
    read = [_in_one(ZoneInfo(key), zone.season, meaning, scene) for key in zone.keys]
    if len(read) == 1 or read[0] is None:
        return read[0]
    whens = tuple(
        when for each in read for when in ((each,) if isinstance(each, When) else each.candidates if each else ())
    )
    return Uncertain(Doubt.AMBIGUOUS, whens)


def _in_one(zone: ZoneInfo, season: str | None, meaning: Meaning, scene: Scene) -> When | Uncertain | None:
    there = scene.now.astimezone(zone)
    read = [
        resolve(meaning, replace(scene, now=there, zone=zone, today=today))
        for today in dict.fromkeys((there.date(), scene.today))
    ]
    found = [_local(each, scene.zone) for each in read]
    certain = [each for each in dict.fromkeys(found) if isinstance(each, When)]
    if any(each is None or (isinstance(each, When) and each.at is None) for each in found):
        return None
    if len(certain) > 1:
        return Uncertain(Doubt.AMBIGUOUS, tuple(certain))
    if not certain:
        return found[0]
    is_season = season is None or (certain[0].at and certain[0].at.astimezone(zone).tzname() == season)
    is_past = all(isinstance(each, When) or (each and each.doubt is Doubt.PAST) for each in found)
    return certain[0] if is_season and is_past else Uncertain(Doubt.AMBIGUOUS, tuple(certain))


def _local(when: When | Uncertain | None, zone: ZoneInfo) -> When | Uncertain | None:
    if isinstance(when, Uncertain):
        return Uncertain(when.doubt, tuple(_local_day(each, zone) for each in when.candidates))
    return when and _local_day(when, zone)


def _local_day(when: When, zone: ZoneInfo) -> When:
    return When(when.at.astimezone(zone).date(), when.at) if when.at else when

"""Where somebody is, as a time zone: Asia/Tokyo, 东京, Tokyo, UTC+9. Knows no people and no clock of its own.

Cities are those that the zone database names, in Chinese and English, and some more that people say. An offset alone
names no place (it lacks summer time), so it only gives places to choose from.
"""

import functools
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from commands.grammar.suggest import nearest
from commands.grammar.tokens import normal

LANGUAGES: Final = ("zh", "en")
_ALSO: Final = {
    "Asia/Shanghai": "北京|中国|国内|深圳|广州|杭州|成都|武汉|南京|重庆|东八区|"
    "beijing|china|shenzhen|guangzhou|hangzhou|chengdu",
    "Asia/Tokyo": "日本|大阪|japan|osaka",
    "Asia/Seoul": "韩国|korea|south korea",
    "Asia/Kolkata": "印度|孟买|班加罗尔|新德里|德里|india|mumbai|bangalore|bengaluru|delhi|new delhi",
    "Asia/Ho_Chi_Minh": "越南|河内|胡志明市|西贡|vietnam|hanoi|saigon",
    "Asia/Bangkok": "泰国|thailand",
    "Asia/Dubai": "阿联酋|uae|abu dhabi",
    "Europe/London": "英国|uk|england|britain|曼彻斯特|manchester",
    "Europe/Berlin": "德国|慕尼黑|法兰克福|汉堡|germany|munich|frankfurt|hamburg",
    "Europe/Paris": "法国|france",
    "America/Los_Angeles": "旧金山|硅谷|西雅图|圣何塞|美西|加州|"
    "san francisco|silicon valley|seattle|san jose|california|la|sf|pacific",
    "America/New_York": "波士顿|华盛顿|迈阿密|亚特兰大|美东|boston|washington|miami|atlanta|nyc|eastern",
    "America/Chicago": "休斯敦|达拉斯|奥斯汀|houston|dallas|austin|central",
    "America/Toronto": "渥太华|ottawa",
    "Australia/Sydney": "堪培拉|canberra",
    "UTC": "utc|gmt|世界时",
}
"""Names that the zone database does not give to a zone."""
_SEVERAL: Final = {
    (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
    ): "美国|us|usa|america|united states",
    ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"): "澳大利亚|澳洲|australia",
    ("America/Toronto", "America/Vancouver", "America/Winnipeg", "America/Halifax"): "加拿大|canada",
}
_USUAL: Final = (
    "Asia/Shanghai", "Asia/Tokyo", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Taipei", "Asia/Bangkok", "Asia/Kolkata",
    "Asia/Dubai", "Europe/Moscow", "Europe/Istanbul", "Europe/Berlin", "Europe/Paris", "Europe/London",
    "America/Sao_Paulo", "America/New_York", "America/Toronto", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Vancouver", "Australia/Sydney", "Pacific/Auckland", "Asia/Seoul", "Asia/Manila",
)  # fmt: skip
"""Places offered first for an offset."""
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?", re.ASCII)
_HAN_OFFSET = re.compile(r"([东西])(十[一二]?|[一二三四五六七八九])区")
_DIGITS: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {
    "十": 10,
    "十一": 11,
    "十二": 12,
}


def zones_called(text: str, *, now: datetime) -> tuple[str, ...]:
    """Give the IANA names of the zones that a text can mean, likeliest first.

    >>> from datetime import UTC
    >>> zones_called("东京", now=datetime(2026, 11, 18, tzinfo=UTC))
    ('Asia/Tokyo',)
    """
    said = normal(text)
    offset = _offset(said)
    if offset is not None and said not in _names():
        return _zones_at(offset, now)
    return _names().get(said.replace(" ", ""), ()) or _names().get(said, ())


def near_places(text: str) -> list[str]:
    """Name the places that are spelled nearly like a text, nearest first, three at most."""
    return nearest(text, _names(), limit=3)


@functools.cache
def known_zones() -> tuple[str, ...]:
    """List the IANA names of all zones, without the aliases."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    return tuple(sorted(line.split("\t")[2].strip() for line in table.splitlines() if not line.startswith("#")))


@functools.cache
def _names() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}

    def add(name: str, zones: Sequence[str]) -> None:
        for key in {normal(name), normal(name).replace(" ", "")}:
            found.setdefault(key, {}).update(dict.fromkeys(zones))

    for zones, names in (*(((zone,), names) for zone, names in _ALSO.items()), *_SEVERAL.items()):
        for name in names.split("|"):
            add(name, zones)
    for zone in known_zones():
        add(zone, (zone,))
        add(zone.rpartition("/")[2].replace("_", " "), (zone,))
        for language in LANGUAGES:
            add(get_timezone_location(ZoneInfo(zone), locale=language, return_city=True), (zone,))
    return {name: tuple(zones) for name, zones in found.items()}


def _offset(said: str) -> timedelta | None:
    if met := _OFFSET.fullmatch(said):
        size = timedelta(hours=int(met[2]), minutes=int(met[3] or 0))
        return -size if met[1] == "-" else size
    if met := _HAN_OFFSET.fullmatch(said):
        return timedelta(hours=_DIGITS[met[2]]) * (1 if met[1] == "东" else -1)
    return None


def _zones_at(offset: timedelta, now: datetime) -> tuple[str, ...]:
    """Give the places whose clocks stand at an offset at this instant, well-known ones first."""
    zones = dict.fromkeys((*_USUAL, *(zone for zone in known_zones() if not zone.startswith("Antarctica/"))))
    return tuple(zone for zone in zones if now.astimezone(ZoneInfo(zone)).utcoffset() == offset)

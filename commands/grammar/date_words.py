"""The words of dates and times, in Chinese and English, and how a text is folded before it is compared with them.

A table gives values with their words, parted by `|`. Each table is a terminal of when.lark, where the
longest word wins.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeVar

_Value = TypeVar("_Value")


def words_of(table: Mapping[_Value, str]) -> dict[str, _Value]:
    """Turn a table of values with their words into one of words."""
    return {word: value for value, words in table.items() for word in words.split("|")}


RELATIVE_DAYS = words_of(
    {
        -2: "前天|前日|day before yesterday",
        -1: "昨天|昨日|yesterday",
        0: "今天|今日|今儿|当天|today",
        1: "明天|明日|明儿|tomorrow|tmr|tmrw|tmw",
        2: "后天|後天|后日|day after tomorrow",
        3: "大后天|大後天",
    }
)
DAY_PARTS = words_of(
    {
        (0, "morning"): "今早|this morning",
        (0, "afternoon"): "this afternoon",
        (0, "evening"): "今晚|今夜|tonight|this evening",
        (1, "morning"): "明早|明晨",
        (1, "evening"): "明晚|明夜",
        (2, "evening"): "后晚",
    }
)
PARTS = words_of(
    {
        "dawn": "凌晨",
        "morning": "早上|早晨|清晨|清早|一早|早|上午|morning|in the morning",
        "noon": "中午|正午",
        "afternoon": "下午|午后|afternoon|in the afternoon",
        "evening": "傍晚|晚上|晚|夜里|夜晚|evening|in the evening|night",
    }
)
TIME_WORDS = words_of(
    {
        (12 * 60,): "noon|midday",
        (18 * 60,): "下班|eod|eob|end of day|end of the day|cob|close of business",
        (24 * 60 - 1, 24 * 60): "午夜|半夜|midnight",  # which end of the day?
    }
)
WEEKDAYS_CJK = words_of({0: "一", 1: "二", 2: "三", 3: "四", 4: "五", 5: "六", 6: "日|天"})
WEEKDAYS = words_of(
    {
        0: "mon|monday",
        1: "tue|tues|tuesday",
        2: "wed|weds|wednesday",
        3: "thu|thur|thurs|thursday",
        4: "fri|friday",
        5: "sat|saturday",
        6: "sun|sunday",
    }
)
WEEKS_OF = words_of(
    {
        -1: "上周|上个周|上星期|上个星期|上礼拜|上个礼拜|last week",
        0: "这周|这个周|本周|这星期|这个星期|本星期|这礼拜|这个礼拜|this week",
        1: "下周|下个周|下星期|下个星期|下礼拜|下个礼拜|next week",
        2: "下下周|下下个周|下下星期|下下个星期|下下个礼拜|week after next",
    }
)
WHICH = words_of({-1: "last", 0: "this", 1: "next"})
WEEKENDS = words_of({0: "周末|这周末|这个周末|本周末|weekend|this weekend", 1: "下周末|下个周末|next weekend"})
MONTHS = words_of(
    {
        1: "jan|january",
        2: "feb|february",
        3: "mar|march",
        4: "apr|april",
        5: "may",
        6: "jun|june",
        7: "jul|july",
        8: "aug|august",
        9: "sep|sept|september",
        10: "oct|october",
        11: "nov|november",
        12: "dec|december",
    }
)
MONTHS_OF = words_of(
    {
        -1: "上月|上个月|last month",
        0: "本月|这个月|这月|当月|this month",
        1: "下月|下个月|next month",
        2: "下下月|下下个月|month after next",
    }
)
YEARS_OF = words_of({-1: "去年|last year", 0: "今年|本年|this year", 1: "明年|next year", 2: "后年"})
PERIOD_ENDS = words_of(
    {
        ("month", 0): "月底|月末|eom|month end|end of month|end of the month|end of this month",
        ("month", 1): "end of next month",
        ("quarter", 0): "季度末|季度底|季末|本季度末|这季度末|这个季度末|本季末"
        "|eoq|end of quarter|end of the quarter|end of this quarter",
        ("quarter", 1): "下季度末|下个季度末|下季末|end of next quarter",
        (
            "year",
            0,
        ): "年底|年末|今年底|今年年底|今年末|本年底|eoy|year end|end of year|end of the year|end of this year",
        ("year", 1): "明年底|明年年底|明年末|end of next year",
    }
)
EARLY = words_of({1: "初|上旬", 15: "中|中旬", 21: "下旬"})
UNITS = words_of(
    {
        "minute": "分钟|min|mins|minute|minutes",
        "hour": "小时|个小时|钟头|个钟头|h|hr|hrs|hour|hours",
        "day": "天|d|day|days",
        "workday": "工作日|个工作日|workday|workdays|working day|working days|business day|business days",
        "week": "周|星期|个星期|礼拜|个礼拜|w|wk|wks|week|weeks",
        "month": "个月|mo|month|months",
        "year": "年|year|years",
    }
)
COUNTS = words_of(
    {
        1: "a|an|one",
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
    }
)
VAGUE = words_of(
    {
        "some day": "尽快|尽早|过几天|过两天|几天后|这几天|这两天|近期|改天|回头|以后|月内|年初"
        "|asap|soon|later|some day|someday|in a few days|in a couple of days|in a few weeks",
        "end of week": "周内|end of week|end of the week|end of this week|eow",
    }
)
DIGITS = words_of({0: "零|〇", 1: "一", 2: "二|两", 3: "三", 4: "四", 5: "五", 6: "六", 7: "七", 8: "八", 9: "九"})
TERMINALS: dict[str, tuple[int, str | Mapping[str, object]]] = {
    # Where two can begin alike, the one with the higher number is tried first.
    "PREFIX": (
        1,
        "by|due|before|on|until|till|at|the|deadline|no later than|截止|截止到|截至|截至到|到|最晚|最迟|不晚于",
    ),
    "SUFFIX": (2, "前|之前|以前|截止|截至|为止|止|内|之内|以内"),
    "AFTER": (3, "后|後|之后|以后|过后|内|之内|以内|later|hence|from now|from today"),
    "AGO": (3, "前|之前|以前|ago"),
    "IN": (1, "in|within|过|再过"),
    "OF": (2, "of"),
    "WHICH": (2, WHICH),
    "COUNT": (2, COUNTS),
    "HALF": (2, "半|half a|half an"),
    "AND_HALF": (3, "个半"),
    "UNIT": (3, UNITS),
    "WEEK": (2, "周|星期|礼拜"),
    "WEEKDAY_CJK": (3, WEEKDAYS_CJK),
    "WEEKDAY": (3, WEEKDAYS),
    "WEEK_OF": (3, WEEKS_OF),
    "WEEKEND": (4, WEEKENDS),
    "MONTH": (3, MONTHS),
    "MONTH_OF": (3, MONTHS_OF),
    "YEAR_OF": (3, YEARS_OF),
    "PERIOD_END": (4, PERIOD_ENDS),
    "LAST": (3, "底|末|最后一天"),
    "EARLY": (3, EARLY),
    "ORDINAL": (3, "st|nd|rd|th"),
    "RELATIVE_DAY": (4, RELATIVE_DAYS),
    "DAY_PART": (4, DAY_PARTS),
    "PART": (3, PARTS),
    "TIME_WORD": (4, TIME_WORDS),
    "AMPM": (3, "am|pm|a.m.|p.m."),
    "POINT": (3, "点|点钟|点整|时|o'clock"),
    "QUARTER": (3, "刻|刻钟"),
    "MINUTE": (3, "分"),
    "VAGUE": (5, VAGUE),
    "LAUNCH": (3, "上线当天|上线当日|上线日|开售当天|开售日|launch day"),
    "LAUNCH_BEFORE": (3, "上线前|上线之前|距上线|距离上线|离上线|开售前|开售之前|距开售|距离开售"),
    "LAUNCH_AFTER": (3, "上线后|上线之后|开售后|开售之后"),
    "BEFORE_LAUNCH": (3, "before launch|before the launch"),
}
GRAMMAR_WORDS = ("t", "z", "d", "月", "年", "日", "号", "十", *DIGITS)


def listed(words: str | Mapping[str, object]) -> list[str]:
    """List the words of a terminal."""
    return words.split("|") if isinstance(words, str) else list(words)


def one_of(words: Sequence[str]) -> str:
    """Write a pattern for any of the words, never for the beginning of a longer one."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(
        re.escape(word) + ("(?![a-z])" if word.isascii() and word[-1].isalpha() else "") for word in ordered
    )


LONGEST = 48
"""More characters than any date has."""
_TRADITIONAL = str.maketrans(
    "後週禮號個點鐘時線開內兩這間節國慶雙過陽勞動誕聖婦從終東",
    "后周礼号个点钟时线开内两这间节国庆双过阳劳动诞圣妇从终东",
)
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−"}
_FOLDED = _TRADITIONAL | _DASHES | {ord("’"): "'", ord("。"): " ", ord("、"): ",", ord("；"): ",", ord(";"): ","}


def fold(text: str) -> str:
    """Fold width, case, dashes, space and traditional characters; empty if too long.

    >>> fold("下週三　１８：００")
    '下周三 18:00'
    """
    if len(text) > 4 * LONGEST:
        return ""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_FOLDED).lower().split())


def number_of(word: str) -> int:
    """Read a number in digits, or in Chinese up to 99.

    >>> number_of("二十五")
    25
    """
    if word.isdecimal():
        return int(word)
    if "十" not in word:
        return DIGITS[word]
    tens, ones = word.split("十")
    return 10 * (DIGITS[tens] if tens else 1) + (DIGITS[ones] if ones else 0)


def weekday_of_word(word: str) -> int:
    """Tell the weekday that a word of either table names, from 0, Monday."""
    return WEEKDAYS_CJK[word] if word in WEEKDAYS_CJK else WEEKDAYS[word]

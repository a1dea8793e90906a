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
        2: "后天|后日|day after tomorrow",
        3: "大后天",
        4: "大大后天",
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
        "noon": "中午|正午|lunchtime|lunch time",
        "afternoon": "下午|午后|afternoon|in the afternoon",
        "evening": "傍晚|晚上|晚|夜里|夜晚|evening|in the evening|night",
    }
)
PAST_HOURS = words_of({30: "half past", 15: "quarter past|a quarter past", -15: "quarter to|a quarter to"})
TIME_WORDS = words_of(
    {
        (12 * 60,): "noon|midday",
        (18 * 60,): "下班|eod|eob|end of day|end of the day|cob|close of business|end of business",
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
        -2: "上上周|上上个周|上上星期",
        -1: "上周|上个周|上星期|上个星期|上礼拜|上个礼拜|last week",
        0: "这周|这个周|本周|这星期|这个星期|本星期|这礼拜|这个礼拜|this week",
        1: "下周|下个周|下星期|下个星期|下礼拜|下个礼拜|next week",
        2: "下下周|下下个周|下下星期|下下个星期|下下个礼拜|week after next",
    }
)
WHICH = words_of({-1: "last", 0: "this", 1: "next"})
WEEKENDS = words_of(
    {
        0: "周末|这周末|这个周末|本周末|weekend|this weekend|the weekend|over the weekend",
        1: "下周末|下个周末|next weekend",
        2: "下下周末|下下个周末",
    }
)
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
MONTHS |= {f"{word}.": month for word, month in MONTHS.items() if len(word) in (3, 4) and word != "may"}
MONTHS_OF = words_of(
    {
        -1: "上月|上个月|last month",
        0: "本月|这个月|这月|当月|this month",
        1: "下月|下个月|next month",
        2: "下下月|下下个月|month after next",
    }
)
YEARS_OF = words_of({-1: "去年|last year", 0: "今年|本年|this year", 1: "明年|next year", 2: "后年"})
_ENDS = ("end of", "last day of")
PERIOD_ENDS = words_of(
    {
        (1, 0): "月底|月末|eom|month end",
        (3, 0): "季度末|季度底|季末|季底|本季度末|这季度末|这个季度末|本季末|eoq|quarter end",
        (3, 1): "下季度末|下个季度末|下季末|下季度底",
        (12, 0): "年底|年末|今年底|今年年底|今年年末|今年末|本年底|eoy|year end",
        (12, 1): "明年底|明年年底|明年年末|明年末",
    }
) | {
    f"{end} {period}": (length, ahead)
    for end in _ENDS
    for length, name in ((1, "month"), (3, "quarter"), (12, "year"))
    for ahead, period in ((0, name), (0, f"the {name}"), (0, f"this {name}"), (1, f"next {name}"))
}
"""How many months the period has, and how many periods ahead it is."""
PERIOD_STARTS = words_of(
    {
        (1, 1): "beginning of next month|start of next month",
        (3, 0): "季度初|季初|本季度初",
        (3, 1): "下季度初|下个季度初|下季初|beginning of next quarter|start of next quarter",
        (12, 0): "年初|今年初|今年年初",
        (12, 1): "明年初|明年年初|beginning of next year|start of next year",
    }
)
WEEK_ENDS = words_of(
    {
        0: "end of week|end of the week|end of this week|eow",
        1: "end of next week|next eow|eow next week",
    }
)
QUARTERS = words_of({1: "q1|一季度|第一季度|1季度", 2: "q2|二季度|第二季度|2季度"}) | words_of(
    {3: "q3|三季度|第三季度|3季度", 4: "q4|四季度|第四季度|4季度"}
)
HALVES = words_of({1: "上半年", 2: "下半年"})
QUARTERS_OF = words_of({0: "本季度|这季度|这个季度|this quarter", 1: "下季度|下个季度|next quarter"})
THE_PERIODS = words_of({1: "the month|month", 3: "the quarter|quarter", 12: "the year|year"})
NTHS = words_of(
    {
        1: "第一个|第1个|首个|first",
        2: "第二个|第2个|second",
        3: "第三个|第3个|third",
        4: "第四个|第4个|fourth",
        5: "第五个|第5个|fifth",
        -1: "最后一个|最后1个",
        -2: "倒数第二个|倒数第2个|second to last|second last",
    }
)
NEXT_WORKDAYS = words_of({1: "下个工作日|下一个工作日|下1个工作日|next workday|next working day|next business day"})
ABOUT_PERIOD = words_of(
    {1: "early|early in|beginning of|start of", 15: "mid|mid-|middle of", 21: "late|late in|later", 0: "sometime"}
)
EARLY = words_of({1: "初|上旬", 15: "中|中旬", 21: "下旬"})
UNITS = words_of(
    {
        "minute": "分钟|min|mins|minute|minutes",
        "hour": "小时|个小时|钟头|个钟头|h|hr|hrs|hour|hours",
        "day": "天|d|day|days",
        "workday": "工作日|个工作日|wd|bd|workday|workdays|working day|working days|business day|business days",
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
        (
            0,
            1,
        ): "尽快|尽早|早日|马上|立刻|立即|抓紧|稍后|稍晚|晚点|晚些|晚些时候|一会儿|等会儿|待会儿|有空|抽空"
        "|asap|soon|soonish|shortly|later today|in a bit|in a few hours|right away",
        (1, 2): "明后天|first thing tomorrow|一两天内|这一两天",
        (2, 3, 7): "过几天|过两天|几天后|这几天|这两天|近期|最近|改天|回头|以后|不久|in a few days|in a couple of days",
        (45,): "一个半月后|一个半月内",
        (7, 14): "later|some day|someday|eventually|in a few weeks|in a couple of weeks|过几周|几周后|过阵子|过段时间",
    }
)
"""So many days from now are proposed."""
WEEK_PARTS = words_of({(0, 4, 6): "周内|later this week", (7, 11): "sometime next week", (7, 8): "early next week"}) | (
    words_of({(10, 11): "late next week|later next week", (7,): "start of next week|beginning of next week"})
)
"""Days from the Monday of this week."""
SEASONS = words_of(
    {
        "eve": "年前|节前|before the holidays",
        "spring": "年后|节后|after the holidays",
        "unknown": "年货节|七夕|七夕节|重阳|重阳节|冬至|腊八|小年|easter",
        "month": "月内|本月内",
    }
)
DIGITS = words_of({0: "零|〇", 1: "一", 2: "二|两", 3: "三", 4: "四", 5: "五", 6: "六", 7: "七", 8: "八", 9: "九"})
LAUNCHES = words_of(
    {
        0: "上线当天|上线当日|上线日|大促当天|大促当日|开售当天|开售日|launch day|the launch day|d日|d day|d-day",
        -1: "day before launch|day before the launch",
        1: "上线次日|上线第二天|开售次日|开售第二天|day after launch|day after the launch",
    }
)
TERMINALS: dict[str, tuple[int, str | Mapping[str, object]]] = {
    # Where two can begin alike, the one with the higher number is tried first.
    "PREFIX": (
        1,
        "by|due|before|on|until|till|at|the|deadline|no later than|截止|截止到|截至|截至到|到|最晚|最迟|不晚于",
    ),
    "SUFFIX": (2, "前|之前|以前|截止|截至|为止|止|内|之内|以内"),
    "AFTER": (3, "后|之后|以后|过后|内|之内|以内|later|hence|from now|from today"),
    "AGO": (3, "前|之前|以前|ago"),
    "IN": (1, "in|within|过|再过"),
    "OF": (2, "of"),
    "WHICH": (2, WHICH),
    "COUNT": (2, COUNTS),
    "HALF": (2, "半|half a|half an"),
    "AND_HALF": (3, "个半"),
    "AND_A_HALF": (3, "and a half"),
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
    "LAST": (3, "底|末|最后一天|end"),
    "COMING": (2, "coming|this coming"),
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
    "WEEK_PART": (5, WEEK_PARTS),
    "SEASON": (5, SEASONS),
    "APPROX": (3, "前后|左右|上下|附近|or so"),
    "AROUND": (2, "around|about|roughly|approximately|circa|大概|大约|差不多"),
    "PERIOD_START": (4, PERIOD_STARTS),
    "WEEK_END": (5, WEEK_ENDS),
    "QUARTER_NAME": (6, QUARTERS),
    "HALF_YEAR": (4, HALVES),
    "QUARTER_OF": (3, QUARTERS_OF),
    "THE_PERIOD": (2, THE_PERIODS),
    "END_OF": (3, "|".join(_ENDS)),
    "NTH": (4, NTHS),
    "WORKDAY": (4, "工作日|workday|weekday|working day|business day"),
    "NEXT_WORKDAY": (5, NEXT_WORKDAYS),
    "ABOUT_PERIOD": (2, ABOUT_PERIOD),
    "AFTER_NEXT": (3, "after next"),
    "FROM": (2, "from"),
    "PAST_HOUR": (4, PAST_HOURS),
    "LAUNCH": (3, LAUNCHES),
    "LAUNCH_BEFORE": (
        3,
        "上线前|上线之前|距上线|距离上线|离上线|开售前|开售之前|距开售|距离开售|大促前|距大促|距离大促",
    ),
    "LAUNCH_AFTER": (3, "上线后|上线之后|开售后|开售之后|大促后"),
    "BEFORE_LAUNCH": (
        3,
        "before launch|before the launch|ahead of launch|ahead of the launch|prior to launch|prior to the launch",
    ),
    "ABOUT_LAUNCH": (
        5,
        "上线前后|上线左右|开售前后|大促前后|around launch|around the launch|around launch day|around the launch day",
    ),
    "OR": (1, "或|或者|还是|or"),
    "HAND_IN": (1, "给我|给到我|交给我"),
    "SINCE_LAUNCH": (3, "after launch|after the launch"),
}
GRAMMAR_WORDS = ("t", "z", "d", "wd", "bd", "minus", "当", "月", "年", "日", "号", "十", *DIGITS)


def listed(words: str | Mapping[str, object]) -> list[str]:
    """List the words of a terminal."""
    return words.split("|") if isinstance(words, str) else list(words)


def one_of(words: Sequence[str]) -> str:
    """Write a pattern for any of the words, never for the beginning of a longer one."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) + _end_of(word) for word in ordered)


def _end_of(word: str) -> str:
    if not word.isascii():
        return r"(?!\d)" if word[-1].isdecimal() else "(?!后)" if word[-1] == "前" else ""
    return "(?![a-z])" if word[-1].isalpha() else r"(?!\d)" if word[-1].isdecimal() else ""


LONGEST = 48
"""More characters than any date has."""
_TRADITIONAL = str.maketrans(
    "後週禮號個點鐘時線開內兩這間節國慶雙過陽勞動誕聖婦從終東",
    "后周礼号个点钟时线开内两这间节国庆双过阳劳动诞圣妇从终东",
)
_NEEDLESS_SPACE = re.compile(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−"}
_FOLDED = _TRADITIONAL | _DASHES | {ord("’"): "'", ord("。"): " ", ord("、"): ",", ord("；"): ",", ord(";"): ","}


def fold(text: str) -> str:
    """Fold width, case, dashes, space and traditional characters; empty if too long.

    >>> fold("下週三　１８：００")
    '下周三18:00'
    """
    if len(text) > 4 * LONGEST:
        return ""
    folded = " ".join(unicodedata.normalize("NFKC", text).translate(_FOLDED).lower().split())
    return folded if folded.isascii() else _NEEDLESS_SPACE.sub("", folded)


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
    """Tell the weekday that a word of either table or a digit names, from 0, Monday."""
    if word.isdecimal():
        return int(word) - 1
    return WEEKDAYS_CJK[word] if word in WEEKDAYS_CJK else WEEKDAYS[word]

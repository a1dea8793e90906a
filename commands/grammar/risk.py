"""What is told of a risk in one sentence: how likely and how bad it is, the strategy, plan B, its trigger, the review.

Pure; knows marks in both languages, and no dates: what stands behind the mark of a review is given back as words. A
mark counts only with what belongs to it, so that a title may well speak of a plan or a review.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from commands.grammar.tokens import bare, normal

CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "technical": ("技术", "技术风险", "technical", "tech", "technology"),
    "market": ("市场", "市场风险", "market"),
    "money": ("资金", "资金风险", "财务", "成本", "money", "finance", "budget", "cost"),
    "people": ("人员", "人员风险", "人力", "people", "staff", "team"),
    "operations": ("运营", "运营风险", "operations", "ops", "operational"),
    "legal": ("法务", "法务风险", "法律", "合规", "legal", "compliance"),
    "vendor": ("供应商", "供应商风险", "供应链", "vendor", "supplier", "vendors", "suppliers"),
}
"""What a label must be to name a category; any other label is a tag."""
STRATEGIES: Final[Mapping[str, tuple[str, ...]]] = {
    "avoid": ("规避", "回避", "avoid"),
    "mitigate": ("减轻", "缓解", "降低", "mitigate", "reduce"),
    "transfer": ("转移", "转嫁", "transfer"),
    "accept": ("接受", "承担", "accept"),
}
LEVELS: Final = range(1, 6)
DAY_WORDS: Final = 6
"""So many words a day may have."""


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what was told, each as far as it was."""

    title: str
    probability: int | None = None
    impact: int | None = None
    strategy: str | None = None
    plan: str | None = None
    trigger: str | None = None
    review: str | None = None
    """The words of a day."""
    wrong: tuple[str, ...] = ()
    """What has the mark of a score, and is none of 1 to 5: `probability` and `impact`, as they are asked for."""


def parse_risk(text: str, *, is_day: Callable[[str], bool] = lambda words: False) -> Told:
    """Part the marks from the title, wherever they stand.

    >>> parse_risk("样品延误 概率4 影响4 计划B 备用供应商 触发 10-29 前没到货")
    Told(title='样品延误', probability=4, impact=4, strategy=None, plan='备用供应商', trigger='10-29 前没到货', \
review=None, wrong=())
    >>> parse_risk("Samples late p4 i4 plan B: Hongda if not shipped by Friday").trigger
    'not shipped by Friday'
    """
    found: dict[str, str] = {}
    text = _without_scores(text, found)
    text = _without_strategy(text, found)
    text = _without_review(text, found, is_day)
    head, sections = _sections(text)
    levels = {name: int(found[name]) for name in ("probability", "impact") if found.get(name, "").isdigit()}
    fitting = {name: level for name, level in levels.items() if level in LEVELS}
    return Told(
        _unquoted(_tidy(head)),
        fitting.get("probability"),
        fitting.get("impact"),
        found.get("strategy"),
        sections.get("plan"),
        sections.get("trigger"),
        found.get("review"),
        tuple(name for name in ("probability", "impact") if name in found and name not in fitting),
    )


def category_of(label: str) -> str | None:
    """Tell which category a label names; None where it is a tag.

    >>> category_of("Supplier"), category_of("双11")
    ('vendor', None)
    """
    return _one_of(CATEGORIES, label)


def strategy_of(word: str) -> str | None:
    """Tell which strategy a word names."""
    return _one_of(STRATEGIES, word)


_END = r"(?![\dA-Za-z.])"
_SCORES: Final = {
    "probability": re.compile(
        rf"(?:概率|可能性|几率|(?<![A-Za-z])(?:probability|likelihood|prob))\s*[:=]?\s*(\d{{1,3}}%?){_END}",
        re.IGNORECASE,
    ),
    "impact": re.compile(rf"(?:影响程度|影响度|影响|(?<![A-Za-z])impact)\s*[:=]?\s*(\d{{1,3}}%?){_END}", re.IGNORECASE),
}
_PAIR: Final = re.compile(rf"(?<![A-Za-z0-9])p(\d)[\s,x×*]*i(\d){_END}", re.IGNORECASE)
"""Letters alone count only together: an i5 may be what is sold."""
_STRATEGY: Final = re.compile(
    r"(?:(?:应对)?策略\s*[:=]?\s*(?P<zh>[\u4e00-\u9fff]{2})|(?<![A-Za-z])strategy\s*[:=]?\s*(?P<en>[A-Za-z]+))",
    re.IGNORECASE,
)
_REVIEW: Final = re.compile(
    r"(?:(?:复审|复评|复核)日?|(?<![A-Za-z])review(?:ed)?(?: on| by)?(?![A-Za-z]))\s*[:=]?\s*", re.IGNORECASE
)
_DAY: Final = re.compile(r"[^,;\n]*")
_MARKS: Final = re.compile(
    r"(?P<plan>计划\s*b|预案|备选方案|(?<![A-Za-z])plan\s*b(?![A-Za-z]))\s*[:=]?"
    r"|(?P<trigger>触发(?:条件)?|(?<![A-Za-z])trigger(?:ed)?(?: by| when| if)?(?![A-Za-z]))\s*[:=]?",
    re.IGNORECASE,
)
_IF: Final = re.compile(r"(?:如果|若是|一旦|若|(?<![A-Za-z])(?:if|once)(?![A-Za-z]))\s*", re.IGNORECASE)
"""Sets off the trigger, but only behind plan B: a title has its own conditions."""
_QUOTES: Final = ('""', "“”", "「」", "『』")
_PARTING: Final = " ,，;；、"
_WIDE: Final = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}


def _half(text: str) -> str:
    """Fold full width, one character for one, so that places stay."""
    return text.translate(_WIDE)


def _cut(text: str, start: int, stop: int) -> str:
    """Take a stretch out, and leave a space where it parted words."""
    before, behind = text[:start].rstrip(), text[stop:].lstrip()
    if behind[:1] in _PARTING:
        before = before.rstrip(_PARTING)
        return before + behind
    return f"{before} {behind}"


def _without_scores(text: str, found: dict[str, str]) -> str:
    pair = _PAIR.search(_half(text))
    if pair is not None:
        found["probability"], found["impact"] = pair[1], pair[2]
        return _cut(text, *pair.span())
    for name, pattern in _SCORES.items():
        met = pattern.search(_half(text))
        if met is not None:
            found[name] = unicodedata.normalize("NFKC", met[1])
            text = _cut(text, *met.span())
    return text


def _without_strategy(text: str, found: dict[str, str]) -> str:
    for met in _STRATEGY.finditer(_half(text)):
        strategy = strategy_of(met["zh"] or met["en"])
        if strategy is not None:
            found["strategy"] = strategy
            return _cut(text, *met.span())
    return text


def _without_review(text: str, found: dict[str, str], is_day: Callable[[str], bool]) -> str:
    """Take out a review with the longest words behind it that are a day."""
    for met in _REVIEW.finditer(_half(text)):
        behind = _DAY.match(_half(text), met.end())
        stop = behind.end() if behind else met.end()
        mark = _MARKS.search(_half(text), met.end(), stop)
        words = text[met.end() : mark.start() if mark else stop].split(" ")[:DAY_WORDS]
        for count in range(len(words), 0, -1):
            day = " ".join(words[:count])
            if day.strip() and is_day(day.strip()):
                found["review"] = day.strip()
                return _cut(text, met.start(), met.end() + len(day))
    return text


def _sections(text: str) -> tuple[str, dict[str, str]]:
    """Part plan B and its trigger from what stands before them."""
    marks = list(_MARKS.finditer(_half(text)))
    found: dict[str, str] = {}
    for place, mark in enumerate(marks):
        stop = marks[place + 1].start() if place + 1 < len(marks) else len(text)
        name = "plan" if mark["plan"] else "trigger"
        said = _tidy(text[mark.end() : stop])
        condition = _IF.search(_half(said)) if name == "plan" else None
        if condition is not None and condition.start() and _tidy(said[condition.end() :]):
            found["trigger"] = _tidy(said[condition.end() :])
            said = _tidy(said[: condition.start()])
        if said:
            found[name] = said
    if not found:  # "计划B" alone tells nothing, and may be what the title is about
        return text, {}
    return text[: marks[0].start()], found


def _tidy(text: str) -> str:
    return bare(" ".join(text.split(" ")).strip())


def _unquoted(title: str) -> str:
    """Take off the quotation marks around a whole title."""
    marks = next((each for each in _QUOTES if len(title) > 2 and (title[0], title[-1]) == tuple(each)), None)
    inside = title[1:-1]
    return inside if marks and not set(marks) & set(inside) else title


def _one_of(words: Mapping[str, tuple[str, ...]], said: str) -> str | None:
    folded = normal(said).lstrip("#!")
    return next((name for name, forms in words.items() if folded in forms), None)

"""What somebody tells in a stand-up, in free words: 昨天… 今天… 卡点…; and the window in which it is held. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from commands.grammar.hours import parse_hours
from commands.grammar.recurrence import Recurrence, parse_recurrence
from commands.grammar.tokens import folded_marks

Section = Literal["done", "plan", "blockers"]
_HEADS: Final[Mapping[Section, str]] = {
    "done": "昨天|昨日|昨|yesterday|done",
    "plan": "今天|今日|今|today|plan|next",
    "blockers": "卡点|阻塞|困难|blockers?|impediments?",
}
_HEAD: Final = re.compile(
    r"(?:^|(?<=[\n,.;，；。 ]))\s*(?:"
    + "|".join(f"(?P<{section}>{words})" for section, words in _HEADS.items())
    + r")(?P<colon>\s*(?:[:：-]|是(?=\S)))?\s*",
    re.IGNORECASE,
)
_NOTHING: Final = re.compile(r"(?:无|没有|没|暂无|none|no|nothing|n/?a|[-－—]|[/／])[.!。！]?", re.IGNORECASE)
_BULLET: Final = re.compile(r"^\s*(?:[-*•·－＊]\s*|\d{1,2}[.)、．）]\s*)")
_DAY: Final = re.compile(r"(?P<word>昨天|明天|yesterday|tomorrow)\s*[:：]?\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
LINE_CHARS: Final = 200
LINES: Final = 12


@dataclass(frozen=True, slots=True)
class Told:
    """What was told, by section; one that was not named is missing."""

    sections: Mapping[Section, tuple[str, ...]]
    loose: tuple[str, ...]
    """Lines that stand under no section."""


def parse_told(text: str) -> Told:
    """Part free words into sections.

    >>> parse_told("昨天：主图定稿 今天：切图；排期 卡点：无").sections
    {'done': ('主图定稿',), 'plan': ('切图', '排期'), 'blockers': ()}
    >>> parse_told("Final banner").loose
    ('Final banner',)
    >>> parse_told("今天：切图，下午发群").sections["plan"]
    ('切图，下午发群',)
    """
    folded = folded_marks(text)  # sign for sign, so that what was said can be taken as it was typed
    heads = [met for met in _HEAD.finditer(folded) if _is_head(folded, met)]
    sections: dict[Section, tuple[str, ...]] = {}
    for met, after in zip(heads, (*heads[1:], None), strict=False):
        section = next(name for name in _HEADS if met[name])
        said = _lines(text[met.end() : after.start() if after else len(text)])
        sections[section] = (*sections.get(section, ()), *said)
    return Told(sections, _lines(text[: heads[0].start()] if heads else text))


def parse_day(text: str) -> tuple[int, str]:
    """Read whether the time before or the next is meant: -1, 0 or 1, and what is left to read.

    >>> parse_day("明天 切图"), parse_day("昨天 主图 今天 切图")
    ((1, '切图'), (0, '昨天 主图 今天 切图'))
    """
    met = _DAY.fullmatch(text.strip())
    if met is None:
        return 0, text
    is_tomorrow = met["word"].casefold() in ("明天", "tomorrow")
    if not is_tomorrow and "plan" in parse_told(text).sections:
        return 0, text
    return (1 if is_tomorrow else -1), met["rest"]


def parse_window(text: str) -> tuple[Recurrence | None, tuple[int, int]] | None:
    """Read the hours of a window, and the days before them where they are glued together.

    >>> parse_window("9:30-11:00")
    (None, (570, 660))
    >>> parse_window("每周一9点到10点")[0].every
    'week'
    """
    folded = re.sub(r"@\S+", "", folded_marks(text)).strip()
    for start in range(len(folded)):
        hours = parse_hours(folded[start:].strip())
        rule = parse_recurrence(folded[:start].strip()) if start else None
        if hours is not None and (start == 0 or rule is not None):
            return rule, hours
    return None


def _is_head(text: str, met: re.Match[str]) -> bool:
    """Tell a heading from a word of a sentence: English ones want a colon, but for the first of a line."""
    word = met[0].strip(" :：-\n")
    is_first = met.start() == 0 or "\n" in met[0] or text[met.start() - 1] in "\n,.;，；。"
    return bool(met["colon"]) or not word.isascii() or (is_first and word.casefold() != "next")


def _lines(text: str) -> tuple[str, ...]:
    parts = (_BULLET.sub("", part).strip(" 　,;，；。\t") for part in re.split(r"[\n;；]|\.\s+", text))
    said = [part.removesuffix(".")[:LINE_CHARS] for part in parts if part and not _NOTHING.fullmatch(part)]
    return tuple(said[:LINES])

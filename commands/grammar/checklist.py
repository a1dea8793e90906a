"""The acceptance criteria inside a description: lines that begin with 验收, AC or a box.

The text itself is what is stored, so that a person edits one text; a criterion that is met is
a line with a ticked box.
"""

import re
from dataclasses import dataclass

_BOX = re.compile(r"\s*(?:[-*•]\s*)?[\[【](?P<mark>[ xX✓√]?)[\]】]\s*(?P<text>\S.*)")
_WORD = re.compile(r"\s*(?:验收(?:标准|条件)?|AC(?=[\s\d:：]))\s*\d*\s*[:：.、]?\s*(?P<text>\S.*)", re.IGNORECASE)
_HEAD = re.compile(r"\s*(?:验收(?:标准|条件)?|AC|acceptance(?: criteria)?)\s*[:：]?\s*", re.IGNORECASE)
_ROW = re.compile(r"\s*(?:[-*•]|\d{1,2}[.、)）])\s*(?P<text>\S.*)")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that must hold before the work counts as done."""

    text: str
    is_met: bool
    line: int
    """Where it stands in the description, from 0."""


def criteria_of(description: str) -> tuple[Criterion, ...]:
    """Find the acceptance criteria of a description, in order.

    >>> [each.text for each in criteria_of("三张主图\\n验收：点击率 3%\\n[x] 无错字")]
    ['点击率 3%', '无错字']
    """
    found: list[Criterion] = []
    is_listed = False
    for number, line in enumerate(description.splitlines()):
        is_head = _HEAD.fullmatch(line) is not None
        read = (
            None if is_head else _BOX.fullmatch(line) or _WORD.fullmatch(line) or (is_listed and _ROW.fullmatch(line))
        )
        if read:
            mark = read.groupdict().get("mark") or ""
            found.append(Criterion(read["text"].strip(), bool(mark.strip()), number))
        is_listed = is_head or (is_listed and bool(read))
    return tuple(found)


def without_criteria(description: str) -> str:
    """Give the rest of a description.

    >>> without_criteria("三张主图\\n验收标准：\\n1. 无错字")
    '三张主图'
    """
    gone = {each.line for each in criteria_of(description)}
    lines = enumerate(description.splitlines())
    return "\n".join(line for number, line in lines if number not in gone and not _HEAD.fullmatch(line)).strip()


def ticked(description: str, number: int) -> str | None:
    """Tick a criterion, counted from 1, or take its tick away; None if there is no such one.

    >>> ticked("三张主图\\nAC: 无错字", 1)
    '三张主图\\n[x] 无错字'
    """
    found = criteria_of(description)
    if not 0 < number <= len(found):
        return None
    one, lines = found[number - 1], description.splitlines()
    lines[one.line] = f"[{' ' if one.is_met else 'x'}] {one.text}"
    return "\n".join(lines)

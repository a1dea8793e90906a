"""Acceptance criteria inside a description."""

from __future__ import annotations

import pytest

from commands.grammar.checklist import criteria_of, ticked, without_criteria


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三张主图", []),
        ("验收：点击率 3%", ["点击率 3%"]),
        ("验收标准: 无错字\n验收2：白底", ["无错字", "白底"]),
        ("AC1: no typos\nac: on white", ["no typos", "on white"]),
        ("[ ] 白底\n- [x] 无错字\n【 】王总确认", ["白底", "无错字", "王总确认"]),
        ("验收标准：\n1. 白底\n2、无错字\n\n3. 这是别的", ["白底", "无错字"]),
        ("1. 先拍\n2. 再修", []),
        ("ACME order\nAccount", []),
        ("[链接] 见群文件", []),
        ("", []),
    ],
)
def test_criteria_are_found(text: str, expected: list[str]) -> None:
    assert [each.text for each in criteria_of(text)] == expected


def test_the_rest_is_the_description() -> None:
    assert without_criteria("三张主图\n验收标准：\n- 白底\n[x] 无错字\n周五前") == "三张主图\n周五前"


def test_a_tick_comes_and_goes() -> None:
    once = ticked("图\n验收：白底\n[x] 无错字", 1)
    assert once == "图\n[x] 白底\n[x] 无错字"
    assert ticked(once, 2) == "图\n[x] 白底\n[ ] 无错字"
    assert ticked(once, 3) is None
    assert ticked(once, 0) is None

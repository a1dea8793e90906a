"""What is proposed when a word was not understood."""

import pytest

from commands.grammar.suggest import nearest

COMMANDS = (
    *("task add", "task list", "task done", "risk", "approve", "reject", "status", "board", "digest", "standup"),
    *("budget", "workload", "help", "undo", "project new", "milestone", "export", "away"),
    *("任务 加", "任务 列表", "任务", "完成", "风险", "审批", "同意", "拒绝", "看板", "预算", "站会", "帮助", "撤回"),
    *("里程碑", "进度", "日报", "周报", "设置", "模板", "复盘", "延期", "负责人"),
)

TYPOS = (
    ("tsak add", "task add"),
    ("taks list", "task list"),
    ("taskadd", "task add"),
    ("approv", "approve"),
    ("aprove", "approve"),
    ("stauts", "status"),
    ("baord", "board"),
    ("dijest", "digest"),
    ("stand-up", "standup"),
    ("bugdet", "budget"),
    ("worklaod", "workload"),
    ("hlep", "help"),
    ("ＨＥＬＰ", "help"),
    ("unod", "undo"),
    ("mile", "milestone"),
    ("porject new", "project new"),
    ("任物", "任务"),
    ("任务列彪", "任务 列表"),
    ("完城", "完成"),
    ("风验", "风险"),
    ("里程杯", "里程碑"),
    ("里程", "里程碑"),
    ("审批单", "审批"),
    ("看版", "看板"),
    ("同义", "同意"),
    ("站立会", "站会"),
    ("撤消", "撤回"),
    ("复盆", "复盘"),
)

NONSENSE = (
    "xyzzy",
    "asdf",
    "qwerty",
    "hello",
    "lunch",
    "ok",
    "a",
    "hi there",
    "哈哈哈",
    "吃饭",
    "什么",
    "好",
    "🍌",
    "",
)


@pytest.mark.parametrize(("typed", "meant"), TYPOS)
def test_a_typo_proposes_what_was_meant_first(typed: str, meant: str) -> None:
    assert nearest(typed, COMMANDS)[0] == meant


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_proposes_nothing(typed: str) -> None:
    assert nearest(typed, COMMANDS) == []


def test_a_known_word_comes_first() -> None:
    assert nearest("Risk", COMMANDS)[0] == "risk"


def test_no_more_are_proposed_than_asked_for_and_none_twice() -> None:
    assert nearest("任务", ["任务 加", "任务", "任务", "任务 列表", "任务单"], limit=2) == ["任务", "任务单"]

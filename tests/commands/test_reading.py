"""Which command is meant, what is left for its arguments, and whether it was meant for the bot at all."""

import pytest

from commands.core.event import Mention
from commands.core.reading import COMMAND_CHARS, chars_of
from commands.grammar.tokens import join
from tests.support.house import shipped_reader


def read(text: str) -> tuple[str, str, bool] | None:
    reader = shipped_reader()
    reading = reader.read(reader.tokens([text]))
    return None if reading is None else (reading.command.name, join(reading.rest), reading.is_explicit)


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("任务 加 主图定稿", "task add", "主图定稿"),
        ("任务加主图定稿", "task add", "主图定稿"),
        ("新建任务：主图定稿", "task add", "主图定稿"),
        ("新建任务:主图定稿@李四", "task add", "主图定稿@李四"),
        ("请新建任务 主图", "task add", "主图"),
        ("帮我加任务 主图", "task add", "主图"),
        ("完成T-1", "task done", "T-1"),
        ("T-1完成", "task done", "T-1"),
        ("T-1 已经 完成", "task done", "T-1"),
        ("T-1、T-2 完成", "task done", "T-1 T-2"),
        ("T-1 和 T-2 完成", "task done", "T-1 T-2"),
        ("t1 完成", "task done", "t1"),
        ("把 T-1 延到周五", "task due", "T-1周五"),
        ("请把T-1延到周五", "task due", "T-1周五"),
        ("麻烦帮我把 T-1 延到下周三", "task due", "T-1下周三"),
        ("将 T-1 交给 @李四", "task assign", "T-1 @李四"),
        ("DONE T-1", "task done", "T-1"),
        ("done: T-1", "task done", "T-1"),
        ("Please, done T-1", "task done", "T-1"),
        ("could you please finish T-1", "task done", "T-1"),
        ("hey can you show T-1", "task show", "T-1"),
        ("T-1 is done", "task done", "T-1"),
        ("T-1", "task show", "T-1"),
        ("?", "help", ""),
        ("status?", "status", ""),
    ],
)
def test_the_command_and_the_rest(text: str, command: str, rest: str) -> None:
    found = read(text)
    assert found is not None
    assert (found[0], "".join(found[1].split())) == (command, "".join(rest.split()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "今天天气不错",
        "make me a sandwich",
        "iPhone 15",
        "A4 海报",
        "请",
        "t1",
        "123",
        "@李四",
        "#设计",
        "!高",
    ],
)
def test_there_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "完成 T-1",
        "T-1 完成",
        "T-1",
        "任务 加 主图",
        "task add Copy",
        "add task Copy",
        "undo",
        "帮助",
        "我的任务",
        "进度",
        "status",
    ],
)
def test_a_whole_command_is_explicit(text: str) -> None:
    found = read(text)
    assert found is not None and found[2]


@pytest.mark.parametrize(
    "text",
    [
        "任务很重", "任务 加油", "done deal, thanks", "done", "完成", "完成了", "开始吧", "status?", "进度？",
        "进度怎么样了", "help me please", "show must go on", "给我看看", "please start the call", "延到周五",
    ],
)  # fmt: skip
def test_what_may_be_talk_is_not_explicit(text: str) -> None:
    found = read(text)
    assert found is None or not found[2]


@pytest.mark.parametrize("text", ["你好", "hi", "hello", "Hey", "您好！", "hi please"])
def test_a_greeting_is_nothing_else(text: str) -> None:
    reader = shipped_reader()
    assert reader.is_greeting(reader.tokens([text]))


@pytest.mark.parametrize("text", ["", "你好，主图呢", "T-1", "请完成"])
def test_what_is_more_is_no_greeting(text: str) -> None:
    reader = shipped_reader()
    assert not reader.is_greeting(reader.tokens([text]))


@pytest.mark.parametrize(
    ("text", "near"),
    [("tsak add", "task add"), ("dnoe", "task done"), ("任物 加", "task add"), ("stauts", "status")],
)
def test_the_nearest_command_is_proposed_first(text: str, near: str) -> None:
    reader = shipped_reader()
    assert near in [reading.command.name for reading in reader.suggest(reader.tokens([text]))][:2]


def test_a_message_that_is_too_long_is_not_read() -> None:
    reader = shipped_reader()
    assert reader.tokens(["完成 T-1" + " " * COMMAND_CHARS]) == ()
    mentions = [Mention(f"u{n}", "x") for n in range(1_000)]
    assert chars_of(mentions) > COMMAND_CHARS and reader.tokens(mentions) == ()


def test_names_of_mentions_are_cleaned() -> None:
    reader = shipped_reader()
    (token,) = reader.tokens([Mention("u1", "李\x00四\u202e")])
    assert token.value == "李四"

"""Every noun is a topic of help, short and with examples that run; feedback is private, numbered and bounded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.markup import plain
from storage.people import people_called
from storage.unit import Unit
from tests.support.house import Bot, shipped

REGISTRY, LANGUAGES = shipped()
NOUNS = sorted({command.split()[0] for command in REGISTRY.commands})
LINES = 10


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_noun_is_a_topic_of_ten_lines_with_examples(bot: Bot, language: str) -> None:
    words = LANGUAGES[language]
    for noun in NOUNS:
        said = await bot.say("陈晨", f"{words.forms('help')[0]} {words.forms(noun)[0]}")
        assert said.done is not None and said.done.result == "done", (noun, said.text)
        (shown,) = said.shown
        lines = plain(shown.reply).splitlines()
        assert 3 <= len(lines) <= LINES, (noun, lines)
        assert any("`" in line for line in lines), noun


async def test_feedback_is_told_to_the_admins_once_a_day(bot: Bot) -> None:
    def promote(unit: Unit) -> None:
        (kate,) = people_called(unit, ["Kate"])["kate"]
        unit.change(kate, role="admin")

    await bot.store.write(bot.workspace, promote)
    assert (await bot.say("李四", "反馈 日期读错了")).private_to("Kate")
    assert not (await bot.say("王五", "反馈 按钮太小")).private_to("Kate")
    await bot.pass_time(timedelta(days=1, minutes=1))
    assert (await bot.say("王五", "反馈 还是太小")).private_to("Kate")


async def test_feedback_is_private_and_bounded(bot: Bot) -> None:
    for number in range(10):
        said = await bot.say("李四", f"反馈 第 {number} 条")
        assert said.done is not None and said.done.result == "done" and said.posts == []
    said = await bot.say("李四", "反馈 再来一条")
    assert said.done is not None and said.done.result == "refused"
    assert "再来一条" in said.text, "what was typed is not lost"
    await bot.pass_time(timedelta(days=1, minutes=1))
    said = await bot.say("李四", "反馈 再来一条")
    assert said.done is not None and said.done.result == "done"

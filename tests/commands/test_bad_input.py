"""What nobody should type, and some will: a clear answer or none, nothing broken, nothing that pings."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.core.event import Mention
from commands.core.reply import Reply
from tests.support.house import ACCOUNTS, WAR_ROOM, Bot, open_bot, pinged, told
from tests.support.store import HandClock

pytestmark = pytest.mark.slow

NOISE = {
    "NUL": "主图\x00定稿",
    "bidi": "主图\u202e定\u2066稿\u200f",
    "lone surrogate": "主图\ud800定稿",
    "controls": "主\x07图\x1b[31m定稿",
    "byte order mark": "\ufeff主图定稿",
    "line separators": "主图\u2028定稿",
}
BROADCASTS = (
    "<!channel> 完成了",
    "<!here>",
    "@all 大家看",
    "@所有人 看一下",
    '<at user_id="all">所有人</at>',
    "@channel",
)
ASKS = (
    # What is said, and a part of the answer that it must get, in the language of the asker.
    ("完成 T-99", "没有 T-99"),
    ("done T-99", "no T-99"),
    ("完成 T-99999999999999999999", "T-99999999999999999999"),
    ("done T-99999999999999999999", "T-99999999999999999999"),
    ("任务 加 主图 2月30日", "没有 2月30日 这一天"),
    ("task add Copy Feb 30", "no such day as Feb 30"),
    ("延到 T-1 2月30日", "没有 2月30日 这一天"),
    ("任务 加 " + "很" * 10_000, "4000"),
    ("任务 加 " + "很" * 1_000, "200"),
    ("task add " + "x" * 1_000, "200"),
    ("x" * 100_000, "4000"),
    ("啊" * 100_000, "4000"),
    ("指派 T-1 @nobody", "nobody"),
    ("任务 加 主图" + " @李四" * 1_000, "4000"),
)


def reply_to(bot: Bot, name: str) -> str:
    """Read the last thing that a person was shown privately."""
    shown = [each for each in bot.platform.saw(ACCOUNTS[name]) if each.only_for or each.chat.startswith("dm:")]
    return told(shown[-1].reply) if shown else ""


@pytest.mark.parametrize("title", NOISE.values(), ids=NOISE)
async def test_a_stored_title_is_clean(bot: Bot, title: str) -> None:
    heard = await bot.say("陈晨", f"任务 加 {title} @李四")
    assert heard.done is not None and heard.done.result == "done"
    stored = bot.task(1).title
    assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in stored), stored
    assert not set("\u202e\u2066\u200f\ufeff") & set(stored)
    assert "主" in stored and "稿" in stored
    assert bot.incidents() == 0


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
@pytest.mark.parametrize("verb", ["备注 T-1", "改名 T-1", "标签 T-1", "帮助", "撤销", "指派 T-1", "延到 T-1", ""])
async def test_noise_behind_any_command_breaks_nothing(bot: Bot, verb: str, noise: str) -> None:
    await bot.say("陈晨", "任务 加 主图")
    heard = await bot.say("陈晨", f"{verb} {noise}")
    assert heard.outcome.ack == "ok"
    assert heard.shown
    assert bot.incidents() == 0


@pytest.mark.parametrize("text", BROADCASTS)
@pytest.mark.parametrize("verb", ["任务 加", "task add", "备注 T-1", ""])
async def test_nothing_that_was_typed_notifies_everybody(bot: Bot, verb: str, text: str) -> None:
    await bot.say("陈晨", "任务 加 主图")
    heard = await bot.say("陈晨", f"{verb} {text}")
    assert pinged(heard.shown) <= set(ACCOUNTS.values()) - {ACCOUNTS["陈晨"]}
    assert not _links(heard.shown[-1].reply)
    assert bot.incidents() == 0


def _links(reply: Reply) -> bool:
    return "Link(" in repr(reply)


@pytest.mark.parametrize(("text", "answer"), ASKS, ids=[text[:24] for text, _ in ASKS])
async def test_a_clear_answer_is_given(bot: Bot, text: str, answer: str) -> None:
    await bot.say("李四", "任务 加 主图")
    await bot.say("陈晨", text)
    assert answer in reply_to(bot, "陈晨")
    assert not bot.has_task(2)
    assert bot.incidents() == 0


@pytest.mark.parametrize(("text", "stored"), [("任务 加 A4 海报", "A4 海报"), ("task add iPhone 15", "iPhone 15")])
async def test_what_looks_like_a_ref_or_a_date_stays_in_the_title(bot: Bot, text: str, stored: str) -> None:
    await bot.say("陈晨", text)
    assert (bot.task(1).title, bot.task(1).due_on) == (stored, None)


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\n\n", "\u200b\ufeff", "\x00"])
async def test_an_empty_message_is_answered_with_help(bot: Bot, text: str) -> None:
    heard = await bot.say("陈晨", text)
    assert "在这里你可以" in heard.text
    assert bot.incidents() == 0


async def test_a_ref_of_another_workspace_is_not_there(bot: Bot) -> None:
    there = await bot.say("李四", "任务 加 秘密", on=bot.annex)
    assert there.done is not None and there.done.ref == "T-1"
    for text in ("T-1", "完成 T-1", "备注 T-1 看到了", "归档 T-1", "撤销"):
        heard = await bot.say("李四", text)
        assert "秘密" not in heard.text
        assert heard.done is not None and heard.done.result == "refused", text
    assert bot.annex.shown[-1].reply.about is not None
    assert "秘密" in told(bot.annex.shown[-1].reply)


async def test_the_two_workspaces_count_for_themselves(bot: Bot) -> None:
    await bot.say("李四", "任务 加 一", on=bot.annex)
    heard = await bot.say("李四", "任务 加 二")
    assert heard.done is not None and heard.done.ref == "T-1"


async def test_ten_thousand_mentions_are_one_question(bot: Bot) -> None:
    people = [Mention(account, name) for name, account in ACCOUNTS.items()]
    heard = await bot.say("陈晨", ["任务 加 主图 ", *(people * 1_000)[:10_000]])
    assert heard.outcome.ack == "ok"
    assert bot.incidents() == 0
    assert len(pinged(heard.shown)) <= 1


@pytest.mark.parametrize(
    "flood", ["👩‍👩‍👧‍👦" * 30, "é" * 90, "e" + "\u0301" * 150, "\u200d" * 150, "🇨🇳" * 60, "﷽" * 100]
)
async def test_floods_of_signs_are_stored_or_refused(bot: Bot, flood: str) -> None:
    heard = await bot.say("陈晨", f"任务 加 主图{flood}")
    assert heard.outcome.ack == "ok"
    assert bot.incidents() == 0
    if bot.has_task(1):
        assert len(bot.task(1).title) <= 200


async def test_what_was_not_understood_is_not_lost(bot: Bot) -> None:
    await bot.say("陈晨", "下周要拍的样品还没到")
    await bot.press("陈晨", "记成任务")
    assert bot.task(1).title == "下周要拍的样品还没到"


@pytest.fixture(scope="module")
def spare(house_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("spare") / "house.db"
    shutil.copyfile(house_template, path)
    return f"sqlite:///{path}"


WORDS = (
    "任务 加 task add done T-1 T-2 t1 @李四 @张伟 @nobody 周五 fri !高 #设计 ~2d 完成 延到 "
    "撤销 undo 帮助 昨天 2月30日 语言 ? 把 和 , "
    '<!channel> “ ” " ： ^T-8 >T-9 ~ @ # ! T- 99999999999999999999'
)
PIECES = st.sampled_from([*WORDS.split(), "\x00", "\u202e", "\ud800", "chat language"])
TEXTS = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=300),
    st.lists(PIECES, max_size=12).map(" ".join),
    st.lists(PIECES, max_size=12).map("".join),
)


@given(text=TEXTS, who=st.sampled_from(sorted(ACCOUNTS)), chat=st.sampled_from([WAR_ROOM, None]), asks=st.booleans())
@settings(max_examples=70, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_text_meets_a_bug_and_a_second_delivery_does_nothing(
    spare: str, text: str, who: str, chat: str | None, asks: bool
) -> None:
    async with open_bot(spare, HandClock()) as bot:
        key = bot.platform.new_key()
        first = await bot.say(who, text, chat=chat, is_addressed=asks, key=key)
        assert first.outcome.ack == "ok"
        again = await bot.say(who, text, chat=chat, is_addressed=asks, key=key)
        assert again.outcome == first.outcome
        assert list(again.shown) == []
        assert again.done is not None and first.done is not None
        if first.done.call is not None:
            assert again.done.is_repeat and again.done.call == first.done.call
        assert bot.incidents() == 0

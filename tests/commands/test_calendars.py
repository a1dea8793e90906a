"""The working calendar as people use it; dialogs/calendar.txt shows the rest."""

from datetime import date

import pytest

from storage.calendars import special_days
from storage.people import name_key, people_called
from tests.commands.grammar.test_notice import OF_2026
from tests.support.house import Bot

NOTICE_OF_2027 = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历腊月二十九、周五）至11日（农历正月初六、周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""


def stored(bot: Bot, year: int) -> dict[date, bool]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = bot.read(lambda unit: special_days(unit, "CN", first=first, last=last))
    return {row.day: row.is_workday for row in rows}


@pytest.mark.parametrize("head", ["放假安排\n", "放假安排：\n", "calendar notice ", ""])
async def test_a_notice_is_shown_then_confirmed_then_counts(bot: Bot, head: str) -> None:
    bot.promote("陈晨", "admin")
    shown = await bot.say("陈晨", head + NOTICE_OF_2027)
    assert "休 27 天、调休上班 6 天" in shown.text or "27 days off, 6 make-up workdays" in shown.text
    assert stored(bot, 2027) == {}
    confirmed = await bot.press("陈晨", shown.labels()[0])
    assert confirmed.done is not None and confirmed.done.result == "done"
    days = stored(bot, 2027)
    assert (len(days), sum(days.values())) == (33, 6)
    assert "未公布" not in (await bot.say("陈晨", "日历")).text


async def test_a_confirmed_notice_can_be_taken_back_as_a_whole(bot: Bot) -> None:
    bot.promote("陈晨", "admin")
    await bot.say("陈晨", "确认放假安排 " + NOTICE_OF_2027)
    assert len(stored(bot, 2027)) == 33
    await bot.say("陈晨", "撤销")
    assert stored(bot, 2027) == {}
    await bot.say("陈晨", "确认放假安排 " + NOTICE_OF_2027)
    assert len(stored(bot, 2027)) == 33


async def test_a_notice_like_what_is_known_changes_nothing_and_one_unlike_it_says_so(bot: Bot) -> None:
    bot.promote("陈晨", "admin")
    same = await bot.say("陈晨", "放假安排\n" + OF_2026)
    assert "不同" not in same.text
    other = await bot.say("陈晨", "放假安排\n" + OF_2026.replace("10月10日（周六）", "10月11日（周日）"))
    assert "与 2026 年已知安排不同的日子：10-10 周六 ~ 10-11 周日" in other.text


@pytest.mark.parametrize(
    ("changed", "into", "answer"),
    [
        ("1月31日（周日）", "1月31日（周六）", "“1月31日（周六）、2月20日（周六）上班”：2027-01-31 周日 应是周日"),
        ("共7天。1月31日", "共8天。1月31日", "算下来是 7 天"),
        ("4月25日（周日）", "4月31日", "没有这一天"),
    ],
)
async def test_a_notice_that_contradicts_itself_is_refused_with_the_line(
    bot: Bot, changed: str, into: str, answer: str
) -> None:
    bot.promote("陈晨", "admin")
    heard = await bot.say("陈晨", "放假安排\n" + NOTICE_OF_2027.replace(changed, into))
    assert heard.done is not None and heard.done.result == "refused"
    assert answer in heard.text


async def test_leads_and_members_may_not_paste_a_notice(bot: Bot) -> None:
    for who in ("陈晨", "李四"):
        heard = await bot.say(who, "放假安排\n" + NOTICE_OF_2027)
        assert heard.done is not None and heard.done.result == "refused"
    assert stored(bot, 2027) == {}


async def test_working_days_are_counted_by_the_days_told(bot: Bot) -> None:
    await bot.say("陈晨", "公司放假 11-20")
    assert "11-23 周一" in (await bot.say("李四", "任务 加 压测 2个工作日后")).text


async def test_a_person_counts_by_the_holidays_of_where_they_live(bot: Bot) -> None:
    in_the_us = await bot.say("Ann", "task add Ship it in 8 working days", chat=None)
    assert "11-30" in in_the_us.text  # Thanksgiving is not worked
    in_the_group = await bot.say("Ann", "task add Ship it in 8 working days", chat="general")
    assert "11-27 Fri" in in_the_group.text


async def test_a_chat_counts_by_the_country_that_was_chosen_for_it(bot: Bot) -> None:
    await bot.say("陈晨", "calendar country US", chat="general")
    assert "11-30 Mon" in (await bot.say("Ann", "task add Ship it in 8 working days", chat="general")).text
    assert "11-27" in (await bot.say("陈晨", "任务 加 发货 7个工作日后")).text


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("任务 加 年货节复盘 40个工作日后", "2027 调休未公布，按周一至周五计"),
        ("task add Review the sale in 40 working days", "The make-up workdays of 2027 are not announced yet"),
        ("上线 2027-01-18", "2027 调休未公布，按周一至周五计"),
    ],
)
async def test_an_answer_that_rests_on_a_year_not_announced_says_so(bot: Bot, said: str, note: str) -> None:
    assert note in (await bot.say("李四", said)).text


async def test_a_year_is_counted_for_certain_once_its_notice_is_stored(bot: Bot) -> None:
    bot.promote("陈晨", "admin")
    await bot.say("陈晨", "确认放假安排 " + NOTICE_OF_2027)
    heard = await bot.say("李四", "任务 加 年货节复盘 40个工作日后")
    assert "截止: 2027-01-14 周四" in heard.text and "未公布" not in heard.text


async def test_nothing_is_said_of_years_that_no_answer_rests_on(bot: Bot) -> None:
    heard = await bot.say("李四", "任务 加 年货节复盘 2027-01-15")
    assert "未公布" not in heard.text


async def test_a_country_is_known_by_its_names_and_its_code(bot: Bot) -> None:
    for said in ("德国", "Germany", "de"):
        heard = await bot.say("Bob", f"my country {said}", chat=None)
        assert heard.done is not None and heard.done.result == "done", heard.text
    (bob,) = bot.read(lambda unit: people_called(unit, ["Bob"]))[name_key("Bob")]
    assert bob.country == "DE"

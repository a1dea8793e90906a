"""Amounts through dispatch: what is not certain is asked about or refused, and decided is what was asked for."""

from __future__ import annotations

from itertools import islice

import pytest

from storage.approvals import Approval, approval_numbered
from tests.commands.grammar.amounts import confusables
from tests.support.house import Bot, Heard

SAMPLE = 40
NO_AMOUNTS = [
    "NaN",
    "¥NaN",
    "inf元",
    "1E+400",
    "¥1E+400",
    "¥-0",
    "-¥5",
    "¥0",
    "¥３０,０００",
    "¥٣٠٠٠٠",
    "$30 CNY",
    "¥1'000",
]


def asked(bot: Bot, number: int = 1) -> Approval | None:
    return bot.read(lambda unit: approval_numbered(unit, number))


def result(heard: Heard) -> str:
    assert heard.done is not None
    return heard.done.result


@pytest.mark.slow
async def test_what_is_no_amount_asks_for_nothing(bot: Bot) -> None:
    for said in NO_AMOUNTS:
        heard = await bot.say("李四", f"审批 费用 {said} 追加投放 @王总")
        assert result(heard) in ("asked", "refused") and asked(bot) is None, said


@pytest.mark.slow
async def test_confusable_amounts_ask_for_nothing_unconfirmed(bot: Bot) -> None:
    for said, _ in islice(confusables(10_000), 0, None, 10_000 // SAMPLE):
        heard = await bot.say("李四", f"审批 费用 {said} 追加投放 @王总")
        assert result(heard) in ("asked", "refused") and asked(bot) is None, said


@pytest.mark.slow
@pytest.mark.parametrize(("label", "minor"), [("US$1,000", 100_000), ("US$1", 100)])
async def test_a_point_that_may_part_thousands_is_asked_about_and_what_is_pressed_counts(
    bot: Bot, label: str, minor: int
) -> None:
    assert result(await bot.say("李四", "审批 费用 $1.000 追加投放 @王总")) == "asked"
    assert result(await bot.press("李四", label)) == "done"
    approval = asked(bot)
    assert approval is not None and (approval.amount_minor, approval.currency) == (minor, "USD")


@pytest.mark.slow
@pytest.mark.parametrize(
    "said", ["US$30,000", "¥3,000", "¥30,000.01", "¥30.000", "HK$30,000", "¥３０,０００", "JP¥30,000"]
)
async def test_another_amount_than_is_asked_for_is_not_agreed_to(bot: Bot, said: str) -> None:
    await bot.say("李四", "审批 费用 ¥30,000 追加投放 @王总")
    heard = await bot.say("王建国", f"同意 A-1 {said}")
    approval = asked(bot)
    assert result(heard) in ("asked", "refused") and approval is not None and approval.state == "pending"


@pytest.mark.slow
async def test_slices_below_the_limit_take_two_all_the_same(bot: Bot) -> None:
    await bot.say("陈晨", "审批限额 ¥10,000")
    for number, quorum in ((1, 1), (2, 1), (3, 2)):
        await bot.say("李四", f"审批 费用 ¥4,000 追加投放{number} @王总")
        approval = asked(bot, number)
        assert approval is not None and approval.quorum == quorum

"""Offers are read for certain or not at all: whatever else may change a price is given back as unread."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.grammar.money import Money
from commands.grammar.offers import is_offer, left_of, parse_days, parse_share, product_key, read_offer

KNOWN = ("保温杯", "保温杯盖", "mug", "sku-12", "iphone 15")
HALF, FOUR_FIFTHS = Fraction(1, 2), Fraction(4, 5)
CNY_100 = Money(10_000, "CNY")


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("保温杯", ("保温杯",)),
        ("保温杯盖", ("保温杯盖",)),
        ("保温杯盖和保温杯", ("保温杯盖", "保温杯")),
        ("Big MUG", ("mug",)),
        ("ＳＫＵ－１２", ("sku-12",)),
        ("保\u200b温\u2060杯", ("保温杯",)),
        ("iPhone 15 蓝色", ("iphone 15",)),
        ("smuggle mugs", ()),
        ("sku-123", ()),
        ("保温 杯", ()),
        ("保温怀", ()),
    ],
)
def test_products_are_found_whole_and_the_longest_first(text: str, products: tuple[str, ...]) -> None:
    offer = read_offer(text, KNOWN)
    assert offer.products == products


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("满100减50", HALF),
        ("满 100 元 减 50 元", HALF),
        ("满１００减５０", HALF),
        ("满¥1,000减¥500", HALF),
        ("每满300减40 上不封顶", Fraction(13, 15)),
        ("满100减150", Fraction(0)),
        ("50 off 100", HALF),
        ("$50 off orders over $100", HALF),
        ("8折", FOUR_FIFTHS),
        ("打八折", FOUR_FIFTHS),
        ("满200打8折", FOUR_FIFTHS),
        ("85折", Fraction(17, 20)),
        ("八五折", Fraction(17, 20)),
        ("7.5折", Fraction(3, 4)),
        ("0.5折", Fraction(1, 20)),
        ("对折", HALF),
        ("半价", HALF),
        ("half price", HALF),
        ("20% off", FOUR_FIFTHS),
        ("20％ OFF", FOUR_FIFTHS),
        ("立减20%", FOUR_FIFTHS),
        ("100% off", Fraction(0)),
        ("8折 满100减30", HALF),
        ("满100减30 满200减100", HALF - Fraction(3, 20)),
        ("每满100减30 满200减50", Fraction(9, 20)),
    ],
)
def test_discounts_leave_a_share_of_the_price(text: str, left: Fraction) -> None:
    offer = read_offer(text)
    assert (offer.share_left(), offer.unread) == (left, "")


@pytest.mark.parametrize(
    "text",
    [
        "第二件半价", "买一送一", "2件", "两件", "7-9折", "8折起", "折上折", "满1万减3千", "满0减0", "满٣٠减٥", "0元购",
        "减至50起", "降价", "便宜10", "再减", "up to 50% off", "buy 2 get 1", "bogo", "2 for 12", "120% off", "05折",
        "10折", "00折", "满100减50,8折", "save 5", "less 5", "cut by 5", "three mugs", "满¥100减$50", "满100返50",
        "99", "1e3", "每件",
    ],
)  # fmt: skip
def test_what_may_change_the_price_and_is_not_certain_is_unread(text: str) -> None:
    assert read_offer(text, KNOWN).unread


@pytest.mark.parametrize(
    "text",
    [
        "保温杯 双11活动价",
        "保温杯 500ml 蓝色",
        "mug 12 cm",
        "保温杯 降价到",
        "lower mug to",
        "保温杯 618",
        "新人礼遇",
        "",
    ],
)
def test_feasts_sizes_and_plain_words_change_no_price(text: str) -> None:
    assert read_offer(text, KNOWN).unread == ""


@pytest.mark.parametrize(
    ("text", "stacks"),
    [
        ("满100减50 可叠加", True),
        ("满100减50可叠加", True),
        ("50 off 100 stackable", True),
        ("满100减50 不可叠加", False),
        ("满100减50不可叠加", False),
        ("50 off 100, not stackable", False),
        ("满100减50 不可与其他优惠同享", False),
        ("满100减50", None),
        ("满100减50 仅会员不可叠加", None),
        ("满100减50 并非不可叠加", None),
        ("满100减50 不可叠加会员券", None),
        ("50 off 100 not stackable with gift cards", None),
        ("满100减50 可叠加 不可叠加", None),
        ("满100减50 叠加", None),
    ],
)
def test_that_it_cannot_be_stacked_counts_only_where_it_is_said_alone(text: str, stacks: bool | None) -> None:
    assert read_offer(text).stacks is stacks


def test_discounts_that_cannot_be_stacked_are_taken_each_alone() -> None:
    assert read_offer("8折 满100减30 不可叠加").share_left() == Fraction(7, 10)


def test_a_sum_from_the_first_cent_on_needs_the_price() -> None:
    offer = read_offer("立减20")
    assert offer.share_left() is None
    assert offer.share_left(CNY_100) == FOUR_FIFTHS
    assert read_offer("立减20美元").share_left(CNY_100) is None
    assert left_of([], CNY_100) == 1


@pytest.mark.parametrize(("text", "is_test"), [("测试券", True), ("Test coupon", True), ("新人券", False)])
def test_a_test_is_known_by_its_name(text: str, is_test: bool) -> None:
    offer = read_offer(text)
    assert (offer.is_test, offer.is_coupon) == (is_test, True)


def test_amounts_in_the_words_are_prices() -> None:
    offer = read_offer("保温杯 原价 ¥79 改为 ¥49", KNOWN)
    assert offer.prices == (Money(7900, "CNY"), Money(4900, "CNY"))
    assert offer.unread == ""


@pytest.mark.parametrize(
    ("text", "percent"),
    [("60%", 60), ("60 ％", 60), ("6折", 60), ("六五折", 65), ("0%", None), ("100%", None), ("60", None),
     ("6.55折", None), ("-5%", None), ("60.5%", None), ("折", None), ("", None)],
)  # fmt: skip
def test_shares(text: str, percent: int | None) -> None:
    assert parse_share(text) == percent


@pytest.mark.parametrize(
    ("text", "days"),
    [("上线前14天", 14), ("14", 14), ("１４天", 14), ("7 days before the launch", 7), ("0", None), ("366", None),
     ("-3", None), ("两周", None), ("1e2", None), ("", None)],
)  # fmt: skip
def test_days(text: str, days: int | None) -> None:
    assert parse_days(text) == days


def test_a_price_cut_is_told_from_a_cost() -> None:
    assert is_offer("保温杯改价") and is_offer("price cut mug") and is_offer("满100减50")
    assert not is_offer("优惠券设计") and not is_offer("More ads")


@given(st.text(alphabet="满减折叠加不可%.,0159¥$元 off件起-每第二半价test\u200b", max_size=60))
def test_any_words_are_read_without_fault_and_no_digit_is_lost(text: str) -> None:
    offer = read_offer(text, KNOWN)
    share = offer.share_left(CNY_100)
    assert share is None or 0 <= share <= 1
    if any(sign in "0159" for sign in product_key(text)):
        assert offer.discounts or offer.prices or offer.unread


@pytest.mark.parametrize(
    "text", ["9" * 5000, "满" * 5000, "满100减" * 1200, "1,000" * 1000, "每满" * 2500, "off 1 " * 900]
)
def test_long_words_are_read_in_no_time(text: str) -> None:
    assert read_offer(text, KNOWN) is not None

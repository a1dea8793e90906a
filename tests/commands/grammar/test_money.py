"""Amounts are read by strict rules; what can be read in two ways, or in none, is never taken for an amount."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.grammar.money import CURRENCIES, MOST, Money, Unsure, find_money, parse_money
from commands.words.money import amount, amount_with_code
from tests.commands.grammar.amounts import confusables, some_amounts

AMOUNTS = st.builds(Money, st.integers(1, MOST), st.sampled_from(sorted(CURRENCIES)))


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("¥30,000", 3_000_000, "CNY"),
        ("￥30000", 3_000_000, "CNY"),
        ("30000元", 3_000_000, "CNY"),
        ("3 万 元", 3_000_000, "CNY"),
        ("1.5万元", 1_500_000, "CNY"),
        ("¥1.2345万", 1_234_500, "CNY"),
        ("30k CNY", 3_000_000, "CNY"),
        ("$1,200.50", 120_050, "USD"),
        ("USD 300", 30_000, "USD"),
        ("300 eur", 30_000, "EUR"),
        ("HK$5,000", 500_000, "HKD"),
        ("JPY 3000", 3000, "JPY"),
        ("3,000日元", 3000, "JPY"),
        ("(¥0.01)", 1, "CNY"),
    ],
)
def test_an_amount_is_read_in_minor_units(text: str, minor: int, currency: str) -> None:
    assert parse_money(text) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("$1.000", ("100000 USD", "100 USD")),
        ("€1,00", ("100 EUR", "10000 EUR")),
        ("€1.234.567", ("123456700 EUR",)),
        ("$1.234,56", ("123456 USD", "12345600 USD")),
        ("¥３０", ("3000 CNY",)),
        ("¥007", ("700 CNY",)),
        ("3万", ("3000000 CNY", "3000000 USD")),
        ("30k", ("3000000 CNY", "3000000 USD")),
    ],
)
def test_what_can_be_read_in_two_ways_is_asked_about(text: str, candidates: tuple[str, ...]) -> None:
    read = parse_money(text)
    assert isinstance(read, Unsure)
    assert tuple(each.canonical() for each in read.candidates) == candidates


@pytest.mark.parametrize(
    "text",
    ["¥NaN", "USD inf", "$1E+400", "¥1e5", "¥-0", "-¥5", "¥0", "0元", "¥٣٠", "¥²", "$30 CNY", "¥10,000,000,000,000.01",
     "JPY 10.50", "3万5", "¥3万5千", "¥1'000", "¥1\u200b000", "-3万"],
)  # fmt: skip
def test_what_is_no_amount_that_we_write_is_refused(text: str) -> None:
    assert parse_money(text) == Unsure()


@pytest.mark.parametrize("text", ["banner", "T-12", "30", "USD account", "$PATH", "100 件", "五万", "NaN"])
def test_words_are_no_amount(text: str) -> None:
    assert find_money(text.split()) == []


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1E+400", "-0", "１０００", "١٠٠٠", "1 000", "1'000", "007"])
def test_a_number_where_an_amount_is_asked_for_is_refused_or_asked_about(text: str) -> None:
    assert isinstance(parse_money(text, default="CNY"), Unsure)
    assert parse_money(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("费用 ¥30,000 追加抖音投放", [(1, 2, "", "3000000 CNY")]),
        ("费用 ¥30,000追加抖音投放", [(1, 2, "追加抖音投放", "3000000 CNY")]),
        ("预算 3万元，周五前", [(1, 2, "周五前", "3000000 CNY")]),
        ("more ads USD 300 friday", [(2, 4, "", "30000 USD")]),
        ("预算 ¥30 618大促 海报", [(1, 2, "", "3000 CNY")]),
        ("3块屏幕", []),
        ("3千瓦 灯", []),
    ],
)
def test_an_amount_is_found_among_words(text: str, found: list[tuple[int, int, str, str]]) -> None:
    runs = find_money(text.split())
    assert [(r.start, r.stop, r.rest, r.money.canonical()) for r in runs if isinstance(r.money, Money)] == found


@pytest.mark.parametrize(
    "text", ["¥1 000 ads", "$30 CNY", "¥3万5追加", "USD 3 万5", "₩990,711 963,987,578", "¥1 ００0", "US$7,245 397,78S"]
)
def test_an_amount_that_goes_on_is_not_cut_short(text: str) -> None:
    assert [type(run.money) for run in find_money(text.split())] == [Unsure]


@given(AMOUNTS)
def test_what_is_written_is_read_back(money: Money) -> None:
    assert parse_money(amount(money)) == money
    assert parse_money(f"{money.currency} {money.plain()}") == money
    assert Money.from_canonical(money.canonical()) == money


@pytest.mark.parametrize("text", ["0 CNY", "-5 CNY", "5 XXX", "1e3 CNY", "٣ CNY", "9999999999999999 CNY", "5 CNY ", ""])
def test_only_what_was_written_is_taken_from_a_button(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        Money.from_canonical(text)


@given(st.text(max_size=40))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    read = parse_money(text)
    assert not isinstance(read, Money) or 0 < read.minor <= MOST
    find_money(text.split())


@pytest.mark.slow
def test_ten_thousand_confusable_amounts_are_refused_or_asked_about() -> None:
    taken = [(said, read) for said, _ in confusables(10_000) if isinstance(read := parse_money(said), Money)]
    taken += [
        (said, run.money)
        for said, _ in confusables(10_000)
        for run in find_money(f"费用 {said} 追加投放".split())
        if isinstance(run.money, Money)
    ]
    assert taken == []


@pytest.mark.slow
def test_ten_thousand_amounts_are_read_back_as_they_are_written() -> None:
    for money in some_amounts(10_000):
        for said in (amount(money), amount_with_code(money), f"{money.plain()} {money.currency}"):
            assert parse_money(said) == money, said
        (run,) = find_money(["费用", *amount(money).split(), "追加投放"])
        assert run.money == money

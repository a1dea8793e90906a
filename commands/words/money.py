"""How an amount is written for people: with its sign, commas, and cents where there are any."""

from typing import Final

from commands.grammar.money import Money

_SIGN: Final = {
    "CNY": "¥",
    "USD": "US$",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "TWD": "NT$",
    "SGD": "S$",
    "JPY": "JP¥",
    "KRW": "₩",
}


def amount(money: Money) -> str:
    """Write an amount so that `parse_money` reads it back as the same, in whichever language.

    >>> amount(Money(3000000, "CNY")), amount(Money(120050, "USD")), amount(Money(500, "JPY"))
    ('¥30,000', 'US$1,200.50', 'JP¥500')
    """
    return f"{_SIGN[money.currency]}{money.plain()}"


def amount_with_code(money: Money) -> str:
    """Write an amount with its currency for certain: `¥30,000 CNY`, for a yen has that sign."""
    return f"{amount(money)} {money.currency}" if money.currency == "CNY" else amount(money)

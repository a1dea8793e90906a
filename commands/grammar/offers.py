"""What a request says of a price or a coupon: products, prices, discounts, whether it stacks, whether it is a test.

`保温杯 ¥49`, `满100减50 可叠加`, `8折`, `50 off 100 stackable`, `20% off`, `测试券`. Only what is certain is
understood; what may change the price and is not understood is given back as `unread`, to be treated as dangerous.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from commands.grammar.money import CURRENCIES, SIGNS, UNITS, Money, find_money
from commands.grammar.tokens import normal

WHOLE: Final = Fraction(1)
MOST_DIGITS: Final = 9
"""Of a number in a discount; a longer one is unread."""


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off: a share of the price, or a sum, mostly from some sum on."""

    off: Fraction
    """A share from 0 to 1; with `over` or `is_sum` in major units of a currency."""
    over: Fraction | None = None
    """From which sum on, above zero; None from the first cent on."""
    is_sum: bool = False
    repeats: bool = False
    """True where it is given once for each such sum."""
    currency: str | None = None
    """Of a sum, where one is named."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What was understood of a request, and what was not."""

    products: tuple[str, ...] = ()
    """Those of the names that were asked for, in `product_key` form."""
    prices: tuple[Money, ...] = ()
    discounts: tuple[Discount, ...] = ()
    stacks: bool | None = None
    """Whether it can be used with others; None where that is not said for certain."""
    is_coupon: bool = False
    """True where it calls itself a coupon, so that an amount may be what it takes off."""
    is_test: bool = False
    unread: str = ""
    """The words that may change the price and were not understood."""

    def share_left(self, price: Money | None = None) -> Fraction | None:
        """Tell what share of the price is left at worst; None where that cannot be told without the price."""
        each = [left_of([one], price) for one in self.discounts]
        if None in each or not each:
            return None
        return min(one for one in each if one is not None) if self.stacks is False else left_of(self.discounts, price)


def product_key(name: str) -> str:
    """Fold a product's name or SKU, to find it by.

    >>> product_key(" Ｍug  Blue ")
    'mug blue'
    """
    seen = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return normal(seen)


def read_offer(text: str, known: Collection[str] = ()) -> Offer:
    """Read what a text offers; `known` are products in `product_key` form.

    >>> offer = read_offer("保温杯 满100减50 可叠加", ["保温杯"])
    >>> offer.products, offer.stacks, offer.share_left(), offer.unread
    (('保温杯',), True, Fraction(1, 2), '')
    >>> read_offer("第二件半价").unread, read_offer("20% off not stackable").share_left()
    ('第二件半价', Fraction(4, 5))
    """
    products, left = _products(product_key(text), known)
    discounts, left = _discounts(left)
    prices, left = _prices(left)
    stacks, left = _stacking(left)
    is_coupon, is_test = (pattern.search(left) is not None for pattern in (_COUPON, _TEST))
    return Offer(products, prices, discounts, stacks, is_coupon, is_test, _unread(_HARMLESS.sub(_GAP, left)))


def is_offer(text: str) -> bool:
    """Tell whether a text speaks of a price or a coupon, though nobody said so.

    >>> is_offer("满100减50"), is_offer("保温杯降价"), is_offer("优惠券设计")
    (True, True, False)
    """
    return bool(read_offer(text).discounts) or _ABOUT_PRICES.search(product_key(text)) is not None


def left_of(discounts: Sequence[Discount], price: Money | None = None) -> Fraction | None:
    """Tell what share is left at worst where all are used at once, 0 to 1; 1 without any.

    A basket may reach each sum exactly, which is where the most is taken off. None where a sum is taken off from the
    first cent on, and no price says of how much.
    """
    major = Fraction(price.minor, 10 ** CURRENCIES[price.currency]) if price is not None else None
    priced = {None, price.currency} if price is not None else set()
    if any(one.is_sum and one.over is None and one.currency not in priced for one in discounts):
        return None
    kept = WHOLE
    for one in discounts:
        kept *= WHOLE if one.is_sum else WHOLE - one.off
    spent = {one.over for one in discounts if one.over is not None and one.is_sum} | ({major} if major else set())
    worst = min((kept - _taken(discounts, paid) for paid in spent if paid), default=kept)
    return max(worst, Fraction(0))


def parse_share(text: str) -> int | None:
    """Read a share of the price as whole percent, 1 to 99; None for anything else.

    >>> parse_share("60%"), parse_share("六折"), parse_share("6.5折"), parse_share("100%"), parse_share("60")
    (60, 60, 65, None, None)
    """
    said = normal(text)
    met = re.fullmatch(r"([1-9][0-9]?) ?%", said, re.ASCII)
    share = Fraction(int(met[1]), 100) if met else _folded(said.removesuffix("折")) if said.endswith("折") else None
    percent = share * 100 if share is not None else None
    return int(percent) if percent is not None and percent.denominator == 1 and 0 < percent < 100 else None


def parse_days(text: str) -> int | None:
    """Read for how many days before the launch a rule holds, 1 to 365; None for anything else.

    >>> parse_days("上线前14天"), parse_days("14 days before the launch"), parse_days("7"), parse_days("两周")
    (14, 14, 7, None)
    """
    met = re.fullmatch(r"(?:上线)?(?:前|之前)? ?([1-9][0-9]{0,2}) ?(?:天|日|days?)?(?: before(?: the)? launch)?",
                       normal(text), re.ASCII)  # fmt: skip
    return int(met[1]) if met and int(met[1]) <= 365 else None


_GAP: Final = " ; "
"""Stands where something was understood, so that words beside it are not joined."""
_CODE_OF: Final = {normal(sign): code for sign, code in SIGNS.items()}
_SIGN = rf"(?:{'|'.join(map(re.escape, sorted(_CODE_OF, key=len, reverse=True)))}) ?"
_UNIT = rf" ?(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})"
_NUMBER = r"(?<![\d.,])(?:[1-9]\d{0,2}(?:,\d{3})+|\d{1,9})(?:\.\d{1,2})?(?!\d|[.,]\d)"


def _sum(name: str) -> str:
    """Write the pattern of a sum of money, with or without its currency."""
    return rf"(?P<{name}_sign>{_SIGN})?(?P<{name}>{_NUMBER})(?P<{name}_unit>{_UNIT})?"


_HAN_DIGIT: Final[Mapping[str, int]] = {sign: place for place, sign in enumerate("一二三四五六七八九", start=1)}
_FOLD = r"(?P<fold>\d(?:\.\d)?|\d\d|[一二三四五六七八九](?:点?[一二三四五六七八九])?|对)折"
_VAGUE = r"(?! ?(?:起|以上|以下|以内|左右|上下|封|扣|~|-|至|到|/))"
_BEFORE = r"(?<![\d.,~\-至到第])"
_DISCOUNTS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?P<each>每)?满? ?{_sum('over')} ?(?:立减|减免|减|省) ?{_sum('off')}{_VAGUE}",
        rf"{_BEFORE}{_sum('off')} off (?P<each>every |each )?(?:orders? )?(?:over |above |of |from )?{_sum('over')}"
        rf"{_VAGUE}",
        rf"(?:每?满 ?{_NUMBER}(?:{_UNIT})? ?打? ?|(?<![\d.,~\-至到第一二三四五六七八九点折])打?){_FOLD}{_VAGUE}",
        rf"(?<![件个只套第])(?P<half>半价|half price|half off){_VAGUE}",
        rf"{_BEFORE}(?P<percent>\d{{1,3}}(?:\.\d{{1,2}})?) ?% ?(?:off|discount)(?![a-z]){_VAGUE}",
        rf"(?:立减|直减|减免|减) ?(?P<percent>\d{{1,3}}(?:\.\d{{1,2}})?) ?%{_VAGUE}",
        rf"(?:立减|直减|减免|直降|减) ?{_sum('off')}{_VAGUE}(?!%| ?%|[a-z折万千亿])",
        rf"{_BEFORE}{_sum('off')} off(?![a-z]){_VAGUE}(?! ?\d)",
    )
)
"""Read in this order, each wherever it stands."""
_NO_STACK = (
    r"不可叠加(?:使用)?|不能叠加(?:使用)?|不叠加|不可同享|不与其他优惠同享|不可与其他优惠(?:叠加|同享)|non-?stackable"
    r"|not stackable|(?:does|do) not stack|cannot be (?:combined|stacked)"
)
_STACK = r"可以?叠加(?:使用)?|能叠加(?:使用)?|叠加使用|可同享|stackable|stacks"
_ALONE = r"(?:^|(?<=[;,.、()]))\s*(?P<said>{})\s*(?=$|[;,.、()])"
_SAYS_NO = re.compile(_ALONE.format(_NO_STACK))
_SAYS_YES = re.compile(_STACK)
_OF_STACKING = re.compile(r"叠|同享|同时使用|stack|combin")
_COUPON = re.compile(r"券|红包|代金|抵用|满减|coupon|voucher")
_TEST = re.compile(r"测试|试用|test|dummy|内测")
_ABOUT_PRICES = re.compile(r"(?:改|降|调|涨)价|特价|price (?:cut|change|drop)")
_HARMLESS = re.compile(
    r"(?<!\d)(?:双11|双12|双十一|双十二|618|818|11\.11|12\.12)(?!\d)"
    r"|(?<![\d.])\d{1,5}(?:\.\d)? ?(?:ml|l|g|kg|cm|mm|寸|英寸|毫升|升|克|厘米|码)(?![a-z\d])"
    r"|(?:降价|降|下调|调低|调|改价|改|减)(?:至|到|为|成)"
    r"|\b(?:cut|reduce|reduced|lower|lowered|down|drop|dropped)\b(?=(?:.* )?to\b)"
)
"""Numbers and words that say nothing else of the price: feasts, sizes, and that an amount is the new price."""
_DANGEROUS = re.compile(
    r"\d|%|折|减|免|送|赠|返|抵|半价|降|便宜|下调|让利|买|第[一二三四五六七八九十]"
    r"|[一二两三四五六七八九十几每][件个只套盒瓶包箱组份双袋]|起$|起[ ;]|以上|以下|左右|最低|最高|低至|高至"
    r"|(?<![a-z])(?:off|free|half|bogo|discount|cashback|rebate|gift|save|up to|from|per|two|three|four|pair|dozen|buy"
    r"|get|by|minus|less|cut|reduced?|lower(?:ed)?|drop(?:ped)?|down)(?![a-z])"
)


def _products(text: str, known: Collection[str]) -> tuple[tuple[str, ...], str]:
    """Find the products that are named, a longer name before a shorter one inside it; and give the rest."""
    found: dict[str, None] = {}
    for name in sorted({each for each in known if each}, key=lambda each: (-len(each), each)):
        before = r"(?<![a-z\d])" if name[0].isascii() and name[0].isalnum() else ""
        behind = r"(?![a-z\d])" if name[-1].isascii() and name[-1].isalnum() else ""
        text, count = re.subn(before + re.escape(name) + behind, _GAP, text)
        if count:
            found[name] = None
    return tuple(found), text


def _discounts(text: str) -> tuple[tuple[Discount, ...], str]:
    found: list[Discount] = []

    def take(met: re.Match[str]) -> str:
        read = _discount(met)
        if read is None:
            return met.group()
        found.append(read)
        return _GAP

    for pattern in _DISCOUNTS:
        text = pattern.sub(take, text)
    return tuple(found), text


def _discount(met: re.Match[str]) -> Discount | None:
    """Give what a pattern met; None where it makes no sense."""
    said = met.groupdict()
    if said.get("half"):
        return Discount(Fraction(1, 2))
    if said.get("fold"):
        left = _folded(said["fold"])
        return Discount(WHOLE - left) if left is not None else None
    if said.get("percent"):
        share = Fraction(said["percent"]) / 100
        return Discount(share) if 0 < share <= 1 else None
    off, over = _worth(said["off"]), _worth(said.get("over"))
    named = _currencies(said)
    if not off or over == 0 or len(named) > 1:
        return None
    return Discount(off, over, is_sum=True, repeats=bool(said.get("each")), currency=next(iter(named), None))


def _worth(number: str | None) -> Fraction | None:
    return Fraction(number.replace(",", "")) if number else None


def _currencies(said: Mapping[str, str | None]) -> set[str]:
    """List the currencies that a discount names."""
    named = (said.get("off_sign"), said.get("over_sign"))
    units = (said.get("off_unit"), said.get("over_unit"))
    return {*(_CODE_OF[each.strip()] for each in named if each), *(UNITS[each.strip()] for each in units if each)}


def _folded(said: str) -> Fraction | None:
    """Read the number before 折: 8 is four fifths, 85 and 八五 are 0.85; None for what is no such number."""
    if said == "对":
        return Fraction(1, 2)
    digits = "".join(str(_HAN_DIGIT.get(sign, sign)) for sign in said.replace("点", ""))
    if not re.fullmatch(r"\d(?:\.\d)?|[1-9][1-9]", digits, re.ASCII):  # 10折 and 05折 are nobody's words
        return None
    left = Fraction(digits) / (100 if len(digits) == 2 else 10)
    return left if 0 < left < 1 else None


def _prices(text: str) -> tuple[tuple[Money, ...], str]:
    """Take out the amounts that name their currency and are certain."""
    words = text.split()
    runs = [run for run in find_money(words) if run.is_marked and isinstance(run.money, Money)]
    for run in reversed(runs):
        words[run.start : run.stop] = [_GAP.strip(), *([run.rest] if run.rest else [])]
    return tuple(run.money for run in runs if isinstance(run.money, Money)), " ".join(words)


def _stacking(text: str) -> tuple[bool | None, str]:
    """Tell whether it can be used with others; that it cannot, only where it is said alone and without an exception."""
    no = _SAYS_NO.search(text)
    rest = _SAYS_NO.sub(_GAP, text)
    if no is not None:
        return (None if _OF_STACKING.search(rest) else False), rest
    yes = _SAYS_YES.sub(_GAP, text)
    is_certain = yes != text and not _OF_STACKING.search(yes) and re.search(_NO_STACK, text) is None
    return (True if is_certain else None), yes


def _unread(text: str) -> str:
    """Give the words in which something dangerous is left."""
    phrases = (part.strip() for part in re.split("[;,、()]", text))
    return " ".join(part for part in phrases if _DANGEROUS.search(part))


def _taken(discounts: Sequence[Discount], paid: Fraction) -> Fraction:
    """Tell what share all the sums together take off an amount."""
    taken = Fraction(0)
    for one in discounts:
        if one.is_sum and one.over is not None and paid >= one.over:
            taken += one.off / (one.over if one.repeats else paid)
        elif one.is_sum and one.over is None:
            taken += one.off / paid
    return taken

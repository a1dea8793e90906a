"""Amounts of money: what is typed, read into minor units of an ISO currency, and nothing guessed.

`¥30,000`, `30000元`, `1.5万`, `$1,200.50`, `USD 300`. Digits are ASCII, commas part thousands, a point parts cents;
what can be read in two ways, such as `1.000`, is a doubt with its readings, to be asked about. Knows no store.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

CURRENCIES: Final[Mapping[str, int]] = {
    "CNY": 2,
    "USD": 2,
    "EUR": 2,
    "GBP": 2,
    "HKD": 2,
    "TWD": 2,
    "SGD": 2,
    "JPY": 0,
    "KRW": 0,
}
"""ISO 4217 code -> how many digits its minor unit has."""
SIGNS: Final[Mapping[str, str]] = {
    "¥": "CNY",
    "￥": "CNY",
    "US$": "USD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "HK$": "HKD",
    "NT$": "TWD",
    "S$": "SGD",
    "JP¥": "JPY",
    "₩": "KRW",
}
"""What may stand before an amount. `¥` alone is the yuan: a yen is written `JP¥`, `JPY` or 日元."""
UNITS: Final[Mapping[str, str]] = {
    "人民币": "CNY",
    "元": "CNY",
    "块": "CNY",
    "块钱": "CNY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "港元": "HKD",
    "港币": "HKD",
    "新台币": "TWD",
    "台币": "TWD",
    "新币": "SGD",
    "日元": "JPY",
    "日圆": "JPY",
    "円": "JPY",
    "韩元": "KRW",
}
"""What may stand behind an amount."""
TIMES: Final[Mapping[str, int]] = {"k": 3, "千": 3, "w": 4, "万": 4, "百万": 6, "千万": 7, "亿": 8}
"""What multiplies the number before it -> the power of ten."""
MOST: Final = 10**15
"""In minor units; sums of thousands of such amounts still fit into 64 bits."""
WORDS: Final = 4
"""Into so many words an amount may be parted: `USD 3 万 元`."""
USUAL: Final = ("CNY", "USD")
"""What is offered where no currency was named."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount above zero; whole minor units, such as cents, of a currency."""

    minor: int
    currency: str

    def canonical(self) -> str:
        """Write it for storing and for buttons: `3000000 CNY`, in minor units."""
        return f"{self.minor} {self.currency}"

    @classmethod
    def from_canonical(cls, text: str) -> "Money":
        """Read what `canonical` wrote.

        Raises:
            ValueError: it is no such text.
        """
        met = re.fullmatch(r"([1-9][0-9]{0,15}) ([A-Z]{3})", text, re.ASCII)
        if met is None or met[2] not in CURRENCIES or int(met[1]) > MOST:
            raise ValueError(f"no amount: {text!r}")
        return cls(int(met[1]), met[2])

    def plain(self) -> str:
        """Write the number with commas, and with cents where there are any: `1,200.50`."""
        size = 10 ** CURRENCIES[self.currency]
        whole, part = divmod(self.minor, size)
        return f"{whole:,}" + (f".{part:0{CURRENCIES[self.currency]}d}" if part else "")


@dataclass(frozen=True, slots=True)
class Unsure:
    """Say that an amount was meant which cannot be read for certain."""

    candidates: tuple[Money, ...] = ()
    """What it may mean, likeliest first; none where nothing sensible can be offered."""


class Run(NamedTuple):
    """An amount among words: which of them it is, and what it means."""

    start: int
    stop: int
    """One past its last word."""
    rest: str
    """What was glued behind it in its last word, and is no part of it."""
    money: Money | Unsure
    is_marked: bool
    """True where a currency was named."""


def parse_money(text: str, *, default: str | None = None) -> Money | Unsure | None:
    """Read one amount; None for what is none. `default` is meant where no currency is named.

    >>> parse_money("¥30,000"), parse_money("1.5万元") == parse_money("15k", default="CNY")
    (Money(minor=3000000, currency='CNY'), True)
    >>> parse_money("$1.000")
    Unsure(candidates=(Money(minor=100000, currency='USD'), Money(minor=100, currency='USD')))
    >>> parse_money("¥-0"), parse_money("banner")
    (Unsure(candidates=()), None)
    """
    said = text.strip(_AROUND)
    shape = _SHAPE.fullmatch(said)
    if shape is not None and (currency := _currency(shape)) is not None:
        return _read(shape["number"], shape["times"] or "", currency or default)
    return _misread(said, default=default)


def find_money(words: Sequence[str], *, default: str | None = None) -> list[Run]:
    """Find the amounts among words, in order. A bare number is none: it may count anything."""
    found: list[Run] = []
    place = 0
    while place < len(words):
        run = _at(words, place, default)
        if run is not None:
            found.append(run)
        place = run.stop if run is not None else place + 1
    return found


_BY_LENGTH = sorted((*SIGNS, *CURRENCIES), key=len, reverse=True)
_BEFORE = "|".join(map(re.escape, _BY_LENGTH))
_SIGN, _CODE = "|".join(map(re.escape, sorted(SIGNS, key=len, reverse=True))), "|".join(CURRENCIES)
_BEHIND = "|".join(map(re.escape, sorted((*UNITS, *CURRENCIES), key=len, reverse=True)))
_MANY = "|".join(sorted(TIMES, key=len, reverse=True))
_NUMBER = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]{0,15})(?:\.[0-9]{1,8})?"
_SHAPE = re.compile(
    rf"(?:(?P<before>{_BEFORE}) ?)?(?P<number>{_NUMBER}) ?(?P<times>{_MANY})?(?: ?(?P<behind>{_BEHIND}))?",
    re.IGNORECASE | re.ASCII,
)
_NAMED = re.compile(rf"^(?:{_SIGN}|(?:{_CODE})(?![a-z]))|(?<![a-z])(?:{_BEHIND})$", re.IGNORECASE)
_MULTIPLIED = re.compile(rf"[-+−]?[0-9][0-9.,]* ?(?:{_MANY})(?![a-z\u3400-\u9fff])", re.IGNORECASE)
_FOLDED = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_GOES_ON = "零〇一二三四五六七八九十百千万亿两半点多几元块角分"
"""Chinese signs that belong to an amount before them: what they add must not be lost."""
_ENDLESS = frozenset(_GOES_ON + "0123456789.,")
_PARTS = "，,。；;：:、"
_MARKS = ",.，。．·٫٬'’_‚"
"""Signs by which somewhere thousands or cents are parted, or that look like them."""
_LETTERS = frozenset("OoIlSB○")
"""Letters that look like digits."""
_AROUND = " \t()（）.!！" + _PARTS


def _currency(shape: re.Match[str]) -> str | None:
    """Give the one currency that is named; empty for none, None where two are."""
    before = shape["before"]
    named = set()
    if before:
        named.add(SIGNS.get(before.upper()) or before.upper())
    behind = shape["behind"]
    if behind:
        named.add(UNITS.get(behind) or behind.upper())
    return None if len(named) > 1 else (named.pop() if named else "")


def _read(number: str, times: str, currency: str | None) -> Money | Unsure:
    """Read a number that is written by the rules, unless it may have been written by others."""
    point = number.rpartition(".")
    if not point[1] or len(point[2]) != 3:
        read = _worth(number.replace(",", ""), times, currency)
        return read if read is not None else _offered(number, times, currency)
    return _offered(number, times, currency)


def _worth(number: str, times: str, currency: str | None) -> Money | Unsure | None:
    """Give what a plain number is worth; None where it is nothing, too much or finer than a minor unit."""
    if currency is None:
        found = [each for code in USUAL if isinstance(each := _worth(number, times, code), Money)]
        return Unsure(tuple(found)) if found else None
    minor = Decimal(number).scaleb(CURRENCIES[currency] + TIMES.get(times.lower(), 0))
    is_whole = minor == minor.to_integral_value()
    return Money(int(minor), currency) if is_whole and 0 < minor <= MOST else None


def _offered(number: str, times: str, currency: str | None) -> Unsure:
    """Offer both readings of a number whose marks can part thousands or cents."""
    parts = re.split(r"[.,]", number)
    cents = [f"{''.join(parts[:-1])}.{parts[-1]}"] if len(parts) > 1 else []
    is_grouped = len(parts) > 1 and (len(parts[-1]) >= 3 or "," in number)
    joined = ["".join(parts)] if is_grouped else []
    readings = joined + cents if len(parts[-1]) >= 3 else cents + joined
    found: list[Money] = []
    for each in readings or [number]:
        worth = _worth(each, times, currency) if each.replace(".", "").isdecimal() and len(each) <= 20 else None
        found += [worth] if isinstance(worth, Money) else worth.candidates if worth is not None else ()
    return Unsure(tuple(dict.fromkeys(found)))


def _misread(said: str, *, default: str | None) -> Unsure | None:
    """Tell whether an amount was meant that breaks the rules, and offer what it may mean."""
    folded = said.translate(_FOLDED)
    shape = _LOOSE.fullmatch(folded)
    currency = _currency(shape) if shape is not None else None
    if shape is None or currency is None:
        is_meant = _MEANT.match(folded) is not None and _is_short(folded)
        return Unsure() if is_meant or (default is not None and _is_number_like(folded)) else None
    if not currency and not shape["times"] and default is None:
        return None
    return _offered(shape["number"], shape["times"] or "", currency or default)


_LOOSE = re.compile(
    rf"(?:(?P<before>{_BEFORE}) ?)?(?P<number>[0-9]{{1,16}}(?:[.,][0-9]{{1,16}}){{0,6}}) ?(?P<times>{_MANY})?"
    rf"(?: ?(?P<behind>{_BEHIND}))?",
    re.IGNORECASE | re.ASCII,
)
_MEANT = re.compile(
    rf"[-+−]? ?(?:{_BEFORE}) ?(?:nan|inf|[^\sa-z]*?\d|[^\sa-z]*?[^\W\d_a-z\u3400-\u9fff])"
    rf"|[-+−]?[\d.,]+ ?(?:(?:{_MANY})[\d零半一二两三四五六七八九]|(?:e[-+]?\d+|nan)? ?(?:{_BEHIND})$)"
    rf"|[-+−]\d[\d.,]* ?(?:{_MANY})",
    re.IGNORECASE,
)
"""How an amount begins, however badly it goes on."""
_MORE = re.compile(rf"(?:{_MANY})(?:[0-9零半一二两三四五六七八九].*)?|{_CODE}|{_BEHIND}", re.IGNORECASE)
_LIKE = re.compile(r"[-+−]?[\d.,'’\s]*\d[\d.,'’\s]*(?:e[-+]?\d+)?|[-+−]?(?:nan|inf(?:inity)?)", re.IGNORECASE)


def _is_short(text: str) -> bool:
    """Tell whether a text is as short and plain as an amount; a sentence that begins with a price is not."""
    return len(text) <= 40 and all(not _HAN.match(sign) or sign in _GOES_ON for sign in text)


def _is_number_like(text: str) -> bool:
    return _LIKE.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def _at(words: Sequence[str], start: int, default: str | None) -> Run | None:
    """Read the amount that begins at a word: the longest that is certain, else the shortest that is not."""
    doubtful = None
    for stop in range(min(len(words), start + WORDS), start, -1):
        said = " ".join(words[start:stop])
        for head, rest in _cuts(said) if stop == start + 1 else ((said, ""),):
            money = parse_money(head, default=default)
            is_marked = _named(head)
            if money is None or not (is_marked or _has_times(head)):
                continue
            run = Run(start, stop, rest, money, is_marked)
            if isinstance(money, Money) or money.candidates:
                return _whole(words, run)
            doubtful = run
    return doubtful or _broken(words, start)


def _broken(words: Sequence[str], start: int) -> Run | None:
    """Refuse an amount that goes on in a way that cannot be read, such as `¥3万5追加`."""
    shape = _SHAPE.match(words[start])
    goes_on = shape is not None and shape["before"] and words[start][shape.end() : shape.end() + 1] in _ENDLESS
    return Run(start, start + 1, "", Unsure(), is_marked=True) if goes_on else None


def _named(head: str) -> bool:
    """Tell whether a currency stands at an end of a text."""
    folded = head.translate(_FOLDED).strip(_AROUND + "-+−")
    return _NAMED.search(folded) is not None


def _has_times(head: str) -> bool:
    return _MULTIPLIED.match(head.translate(_FOLDED).strip(_AROUND)) is not None


def _cuts(word: str) -> Iterator[tuple[str, str]]:
    """Give a word whole, and its amount parted from Chinese words that are glued behind it."""
    yield word, ""
    shape = _SHAPE.match(word)
    if shape is None or not (shape["before"] or shape["behind"]) or shape["behind"] == "块":  # 3块屏幕 are no money
        return
    rest = word[shape.end() :]
    parted = rest.lstrip(_PARTS)
    if parted and _HAN.match(parted[0]) and (parted != rest or parted[0] not in _GOES_ON):
        yield shape.group(), parted


def _whole(words: Sequence[str], run: Run) -> Run:
    """Doubt an amount that goes on in the next word: `¥1 000` is not one yuan, and `$30 CNY` is nothing."""
    more = words[run.stop] if run.stop < len(words) and not run.rest else ""
    if isinstance(run.money, Money) and run.is_marked and _MORE.fullmatch(more):
        return run._replace(stop=run.stop + 1, money=Unsure())
    if not isinstance(run.money, Money) or not _is_group(more):
        return run
    joined = parse_money(" ".join(words[run.start : run.stop]) + more)
    candidates = (joined,) if isinstance(joined, Money) else joined.candidates if joined is not None else ()
    return run._replace(stop=run.stop + 1, money=Unsure((*candidates, run.money)))


def _is_group(word: str) -> bool:
    """Tell whether a word may be the next three digits of an amount, in whatever digits and with whatever marks."""
    head, mark, follows = word[:3], word[3:4], word[4:5]
    if len(head) < 3 or not all(map(_is_digit_like, head)) or not any(map(str.isdigit, head)):
        return False
    return not mark or (mark in _MARKS and _is_digit_like(follows))


def _is_digit_like(sign: str) -> bool:
    return sign.isdigit() or sign in _LETTERS

"""The scanner of chat commands: words, and what stands among them with a sign (@李四 !高 #设计 ~2d ^T-8 >T-9).

It keeps every character with its place, so that a title can be stored exactly as it was typed. Half and full width are
equal, spaces around Chinese are optional. It knows signs, not words: whether 李四周五 is a name and a day, or 注意:附件
an option, is for those who know the names. One pass, linear in the text. Dates are in when.py.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from commands.core.event import Mention


class Kind(StrEnum):
    """Say what a token is."""

    WORD = "word"
    QUOTED = "quoted"
    PERSON = "person"
    PRIORITY = "priority"
    LABEL = "label"
    ESTIMATE = "estimate"
    PARENT = "parent"
    AFTER = "after"
    REF = "ref"
    OPTION = "option"
    NAME = "name"
    """A word of a sentence that may be somebody's name; the scanner gives none."""
    NAMED = "named"
    """Words of a sentence that name an object instead of its ref; the scanner gives none."""


@dataclass(frozen=True, slots=True)
class Token:
    """Hold one piece of a command, as typed and as meant."""

    kind: Kind
    raw: str
    """Exactly as typed, with its sign or quotes; of a mention, @ and its name."""
    value: str
    """What is meant: without sign or quotes; of an option "key=value", the key folded. A name or a label may still be
    glued to what follows it (李四周五)."""
    mention: Mention | None = None
    """Whom the platform itself named; None of a name that was typed."""
    gap: str = ""
    """The exact white space before it."""

    @property
    def spaced(self) -> bool:
        """Say whether white space stood before it."""
        return bool(self.gap)


def tokenize(nodes: Sequence[str | Mention]) -> tuple[Token, ...]:
    """Cut a message into tokens, in order; never fails.

    Nothing is lost but white space at the end: see `join`.
    """
    tokens: list[Token] = []
    gap = ""
    for node in nodes:
        if isinstance(node, str):
            scanner = _Scanner(node, gap)
            tokens += scanner.scan()
            gap = scanner.gap
        else:
            name = node.name or node.account
            tokens.append(Token(Kind.PERSON, f"@{name}", name, mention=node, gap=gap))
            gap = ""
    return tuple(tokens)


def join(tokens: Sequence[Token]) -> str:
    """Give back a run of tokens as it was typed, without white space around it.

    >>> join(tokenize(["  主图 “第 二版”  终稿 "])[:2])
    '主图 “第 二版”'
    """
    return "".join(part for token in tokens for part in (token.gap, token.raw)).strip()


def normal(text: str) -> str:
    """Fold width, case, Chinese punctuation and white space: to match by, never to store.

    >>> normal("Ｂａｎｎｅｒ　【主图】。")
    'banner [主图].'
    """
    folded = _nfkc(_nfkc(text).casefold())
    return " ".join(folded.translate(_FOLDED).split())


def has_chinese(text: str) -> bool:
    """Tell whether any character of a text is Chinese."""
    return _CHINESE.search(text) is not None


def bare(text: str) -> str:
    """Strip the marks that part words in a sentence, half or full width, off both ends.

    >>> bare("，详情页：")
    '详情页'
    """
    return text.strip(_PARTING)


def folded_marks(text: str) -> str:
    """Fold the signs of commands and what parts words to half width; letters stay as typed."""
    return text.translate(_HALF)


def clean(text: str) -> str:
    """Make a text fit for storing; never fails.

    It is composed, its line ends are plain, and control and direction signs and lone surrogates are gone. Tabs stay,
    and so do the joiners that emoji are made with.
    """
    plain = _UNWANTED.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", plain)


_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_PARTING = " \t\r\n,，:：;；、"
_HALF = str.maketrans("＠＃！～，、", "@#!~,,")
_FOLDED = str.maketrans("。、【】《》“”‘’「」『』—–", '.,[]<>""\'\'""""--')
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


_SIGNS = "@!#~^>"
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}
_HAN = "〇々㐀-䶿一-鿿豈-\ufaff\U00020000-\U0003134f"
_HAN_ONE = re.compile(f"[{_HAN}]")
_SPACE = re.compile(r"\s+")
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {ord("〜"): "~"}
"""One character for one, so that places in the folded text are those of the text."""

# D-7 is a date. Which other letters are refs, the registry knows: the reader takes the rest for words.
# All patterns below but _REF read the folded text. None can look at one place more than a few times.
_LETTERS = "ABCEFGHIJKLMNOPQRSTUVWXYZ"  # any may begin a ref but D, which counts days
_PLAIN = re.compile(rf"[^\s{_SIGNS}“「『\":{_LETTERS}]+")  # surely inside a word; all else is looked at
_URL_REST = re.compile(r"(?<=[A-Za-z0-9])://[^\s,;)。、》”」』】]*")
_STOP = rf"\s{_SIGNS}<,;、。“”\"「」『』《》()"
_NAME = re.compile(rf"(?:[^{_STOP}]|\([^{_STOP}]*\))+")
_LABEL = re.compile(rf"[^{_STOP}]+")
_ENDS_OF_NAME = ".:?!"
_REF = re.compile(rf"[{_LETTERS}]-\d{{1,9}}(?![A-Za-z0-9_/-]|\.\d)", re.ASCII)
_REF_IN_NAME = re.compile(rf"(?<=[{_HAN}]){_REF.pattern}", re.ASCII)
_AIM = re.compile(r"t-?(\d{1,9})(?![a-z0-9_-])", re.IGNORECASE | re.ASCII)
_LATIN_PRIORITY = re.compile(r"(?:high|medium|normal|low|urgent|p[0-3])(?![a-z0-9_-])", re.IGNORECASE | re.ASCII)
_HAN_PRIORITY = re.compile(r"高|中|低|紧急")
_LOUD = re.compile(rf"!!!(?=[\s{_SIGNS.replace('!', '')}]|$)")
_ESTIMATE = re.compile(
    r"(?P<count>\d{1,3}(?:\.\d{1,2})?|半|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
    r"(?:(?P<latin>d|days?|h|hrs?|hours?|w|weeks?|m|mins?)(?![a-z0-9_])"
    r"|个?(?P<han>天|日|工作日|小时|钟头|周|星期|礼拜|分钟)(?![后後内前之以]))",
    re.IGNORECASE | re.ASCII,
)
_OPTION = re.compile(
    rf"(?P<key>[a-z_{_HAN}]{{1,12}})[:=](?:[\"“](?P<quoted>[^\"”\n]*)[\"”]|(?!//|[:=])\S+)", re.IGNORECASE
)
_UNITS = {
    "天": "d",
    "日": "d",
    "工作日": "d",
    "小时": "h",
    "钟头": "h",
    "周": "w",
    "星期": "w",
    "礼拜": "w",
    "分钟": "m",
}
_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"两": 2}

_Read: TypeAlias = tuple[Kind, int, str]
"""A kind, the place where the token stops, and its value."""


class _Scanner:
    """Scan one stretch of text: tokens that a sign begins, and the words between them."""

    def __init__(self, text: str, gap: str) -> None:
        self.gap = gap
        """The white space before the next token; at last, what is left over."""
        self._text = text
        self._half = text.translate(_HALF_WIDTH)
        self._unclosed: set[str] = set()

    def scan(self) -> Iterator[Token]:
        """Give the tokens in order; what no sign begins is a word."""
        word = place = 0
        while place < len(self._text):
            space = _SPACE.match(self._text, place)
            read = None if space else self._read(place, word)
            if not space and not read:
                place = self._further(place, word)
                continue
            if word < place:
                yield self._token(Kind.WORD, word, place, self._text[word:place])
            if space:
                self.gap += space.group()
                word = place = space.end()
            elif read:
                kind, stop, value = read
                yield self._token(kind, place, stop, value)
                word = place = stop
        if word < place:
            yield self._token(Kind.WORD, word, place, self._text[word:place])

    def _token(self, kind: Kind, start: int, stop: int, value: str) -> Token:
        gap, self.gap = self.gap, ""
        return Token(kind, self._text[start:stop], value, gap=gap)

    def _further(self, place: int, word: int) -> int:
        """Go on inside a word, to where something else may begin; a URL is gone over as a whole."""
        if place > word and (url := _URL_REST.match(self._half, place)):
            return url.end()
        plain = _PLAIN.match(self._half, place)
        return plain.end() if plain else place + 1

    def _read(self, place: int, word: int) -> _Read | None:
        if place == word and (option := self._option(place)):
            return option
        reader = _READERS.get(self._half[place])
        return reader(self, place, word) if reader else None

    def _may_begin(self, place: int, word: int) -> bool:
        """Say whether a sign here can be one: at the start, or glued to Chinese or a comma; not in a@b.com or C#."""
        if place == word:
            return True
        before = self._text[place - 1]
        if before.isalnum():
            return _HAN_ONE.match(before) is not None
        return before in ",;" or (not before.isascii() and self._half[place - 1] not in _SIGNS)

    def _person(self, place: int, word: int) -> _Read | None:
        return self._named(Kind.PERSON, _NAME, place, word)

    def _label(self, place: int, word: int) -> _Read | None:
        return self._named(Kind.LABEL, _LABEL, place, word)

    def _named(self, kind: Kind, pattern: re.Pattern[str], place: int, word: int) -> _Read | None:
        name = pattern.match(self._half, place + 1) if self._may_begin(place, word) else None
        if not name:
            return None
        ref = _REF_IN_NAME.search(self._text, place + 2, name.end())
        stop = ref.start() if ref else name.end()
        while stop > place and self._half[stop - 1] in _ENDS_OF_NAME:
            stop -= 1
        return (kind, stop, _nfkc(self._text[place + 1 : stop])) if stop > place + 1 else None

    def _priority(self, place: int, word: int) -> _Read | None:
        if place == word and _LOUD.match(self._half, place):
            return Kind.PRIORITY, place + 3, "!!!"
        if not self._may_begin(place, word):
            return None
        said = _LATIN_PRIORITY.match(self._half, place + 1)
        if not said:
            said = _HAN_PRIORITY.match(self._half, place + 1)
            if not said or (place > word and self._half[said.end() : said.end() + 1].isalnum()):
                return None  # 上线!高兴 is a word: inside one, nothing may follow
        return Kind.PRIORITY, said.end(), said.group().lower()

    def _estimate(self, place: int, word: int) -> _Read | None:
        said = _ESTIMATE.match(self._half, place + 1) if self._may_begin(place, word) else None
        if not said:
            return None
        unit = said["latin"][0].lower() if said["latin"] else _UNITS[said["han"]]
        return Kind.ESTIMATE, said.end(), f"{_count(said['count']):g}{unit}"

    def _aim(self, place: int, word: int) -> _Read | None:
        task = _AIM.match(self._half, place + 1) if self._may_begin(place, word) else None
        kind = Kind.PARENT if self._half[place] == "^" else Kind.AFTER
        return (kind, task.end(), f"T-{task[1]}") if task else None

    def _ref(self, place: int, word: int) -> _Read | None:
        if not self._may_begin(place, word) and self._text[place - 1] != "(":
            return None
        ref = _REF.match(self._text, place)
        return (Kind.REF, ref.end(), ref.group()) if ref else None

    def _option(self, place: int) -> _Read | None:
        said = _OPTION.match(self._half, place)
        if not said:
            return None
        start = said.end("key") + 1
        if said["quoted"] is not None:
            stop, value = said.end(), self._text[slice(*said.span("quoted"))]
        else:
            stop = self._end_of_option(start, said.end())
            value = self._text[start:stop]
        return Kind.OPTION, stop, f"{said['key'].lower()}={value}"

    def _end_of_option(self, start: int, stop: int) -> int:
        """Find where a value ends: at white space, or at a sign glued to it (模板=作战室@李四)."""
        for sign in _SIGN.finditer(self._half, start + 1, stop):
            if _READERS[sign.group()](self, sign.start(), start):
                return sign.start()
        return stop

    def _quotes(self, place: int, word: int) -> _Read | None:
        opening = self._text[place]
        if opening not in _QUOTES or (opening == '"' and not self._may_begin(place, word)):
            return None
        closing = _QUOTES[opening]
        stop = -1 if closing in self._unclosed else self._text.find(closing, place + 1)
        if stop < 0:
            self._unclosed.add(closing)
            return None
        return Kind.QUOTED, stop + 1, self._text[place + 1 : stop]

    def _apostrophes(self, place: int, word: int) -> _Read | None:
        """Read '…', which must be a word of its own: don't and the '90s are words."""
        if place > word or "'" in self._unclosed:
            return None
        closing = _CLOSING_APOSTROPHE.search(self._text, place + 1)
        if not closing:
            self._unclosed.add("'")
            return None
        return Kind.QUOTED, closing.end(), self._text[place + 1 : closing.start()]


_READERS: Final[Mapping[str, Callable[[_Scanner, int, int], _Read | None]]] = {
    "@": _Scanner._person,
    "!": _Scanner._priority,
    "#": _Scanner._label,
    "~": _Scanner._estimate,
    "^": _Scanner._aim,
    ">": _Scanner._aim,
    "'": _Scanner._apostrophes,
    **dict.fromkeys(_QUOTES, _Scanner._quotes),
    **dict.fromkeys(_LETTERS, _Scanner._ref),
}
"""What may read a token, by the sign that it begins with."""
_SIGN = re.compile(f"[{_SIGNS}]")
_CLOSING_APOSTROPHE = re.compile(r"'(?=\s|$)")


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _count(word: str) -> float:
    if word == "半":
        return 0.5
    if word[0].isdecimal():
        return float(word)
    if "十" not in word:
        return _DIGITS[word]
    tens, ones = word.split("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)

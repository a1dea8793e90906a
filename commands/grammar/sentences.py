"""What people say to a colleague, as a table: 麻烦把 T-5 交给李四吧, can you push T-12 to Friday?

A row is one way of saying one thing, and counts only if it covers the whole sentence. So an order is never read into
talk that merely has its words in it: a condition, a denial or a report is in no row. Orders may be polite ("can you
…?"), and facts may not be asked ("T-12 完成了吗" wants to know); questions only ever look. What stands in a slot is
judged later, by those who know the names, days and titles. Pure; to add a way of saying, add a row to sentences.txt.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from commands.grammar.tokens import Kind, Token, has_chinese, join, normal

SENTENCE_CHARS: Final = 240
"""A longer text is no sentence of these; a command with a long title is one all the same."""


class Mood(StrEnum):
    """Say what is to be done with a sentence that was understood."""

    DO = "do"
    ASK = "ask"
    """Ask first: it may be meant otherwise."""
    OFFER = "offer"
    """Ask everybody who wants to."""
    LEAVE = "leave"
    """It looks like a command, and is talk."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold a sentence that a row covers."""

    verb: str
    """What is done: `done`, of what kind the refs say; or a whole command, such as `status`."""
    rest: tuple[Token, ...]
    mood: Mood = Mood.DO
    is_plain: bool = False
    """True when it states or orders something about refs, and can hardly be meant otherwise."""
    is_vague: bool = True
    """True when it only asks, or names no ref: among people it is talk, even in the thread of a card."""


def match(tokens: Sequence[Token], letters: str) -> Sentence | None:
    """Find the row that covers a whole sentence; `letters` are those that begin refs."""
    text = _Text(tokens)
    if not text.said:
        return None
    lead, stop, is_polite = _trimmed(text.said)
    said, is_asked = text.said[lead:stop], _sign("ASKED").search(text.said) is not None
    for row in _rows(letters):
        if row.kind == "order" and is_asked and not is_polite:
            continue
        if row.kind == "fact" and (is_asked or is_polite or _sign("SOFT").search(text.said)):
            continue
        found = row.form.fullmatch(said)
        if found is not None:
            return _sentence(row, found, text, lead)
    return None


def is_small_talk(tokens: Sequence[Token]) -> bool:
    """Tell whether nothing was said but thanks, praise, laughter or good night."""
    said = _Text(tokens).said
    return bool(said) and _sign("SMALL_TALK").fullmatch(said) is not None


def is_denied(tokens: Sequence[Token]) -> bool:
    """Tell whether a text may say that something is not, or must not be."""
    return _sign("DENIED").search(_Text(tokens).said) is not None


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    """`order`, `fact` or `look`."""
    verb: str
    form: re.Pattern[str]
    mood: Mood
    says: tuple[str, ...]
    """Words that the command gets beside those of the slots."""


class _Text:
    """A sentence as the rows see it: folded, a sign of its own for each ref, mention and quotation, no idle spaces.

    What is too long to be one is seen as nothing.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.places: list[tuple[int, int]] = []
        """For each character of `said`: which token it is of, and where in it."""
        signs: list[str] = []
        is_long = sum(len(token.raw) for token in tokens) > SENTENCE_CHARS
        for number, token in enumerate(() if is_long else tokens):
            if token.spaced and signs:
                signs.append(" ")
                self.places.append((number, 0))
            for place, sign in _signs_of(token):
                signs.append(sign)
                self.places.append((number, place))
        joined = "".join(signs)
        idle = {place for gap in _IDLE.finditer(joined) for place in range(*gap.span())}
        self.places = [each for place, each in enumerate(self.places) if place not in idle]
        self.said = "".join(sign for place, sign in enumerate(joined) if place not in idle)

    def cut(self, start: int, stop: int) -> tuple[Token, ...]:
        """Give the tokens of a stretch as they were typed, the first and last of them cut to it."""
        spans: dict[int, tuple[int, int]] = {}
        for number, place in self.places[start:stop]:
            first, _ = spans.get(number, (place, place))
            spans[number] = first, place + 1
        return tuple(_part(self.tokens[number], *span) for number, span in spans.items())


def _signs_of(token: Token) -> Iterator[tuple[int, str]]:
    if token.kind in _SIGN_OF and not (token.kind is Kind.PERSON and token.mention is None):
        yield 0, _SIGN_OF[token.kind]
        return
    for place, sign in enumerate(token.raw):
        folded = normal(sign)
        if len(folded) == 1 and not _PICTURE.match(folded):
            yield place, folded


def _part(token: Token, first: int, last: int) -> Token:
    if token.kind in _SIGN_OF and not (token.kind is Kind.PERSON and token.mention is None):
        return token
    end = len(token.raw) if last >= len(token.raw) else last
    raw = token.raw[first:end]
    if raw == token.raw and token.kind is not Kind.PERSON:
        return token
    if token.kind is Kind.PERSON and first == 0:
        return replace(token, raw=raw, value=_plain_name(raw[1:]))
    return Token(Kind.WORD, raw, raw, gap=token.gap if first == 0 else "")


def _trimmed(said: str) -> tuple[int, int, bool]:
    """Tell where a sentence begins and ends without what is only polite, and whether it asks politely."""
    lead = _sign("LEAD").match(said)
    start = lead.end() if lead else 0
    tail = _sign("TAIL").search(said, start)
    stop = tail.start() if tail else len(said)
    return start, stop, lead is not None and _sign("POLITE").search(lead.group()) is not None


def _sentence(row: _Row, found: re.Match[str], text: _Text, lead: int) -> Sentence:
    rest: list[Token] = []
    refs = False
    for name in sorted(found.re.groupindex, key=lambda name: found.start(name)):
        start, stop = (place + lead for place in found.span(name))
        if start >= stop:
            continue
        slot = name.rstrip("_")
        cut = text.cut(start, stop)
        refs = refs or slot == "refs"
        if slot in ("who", "name"):
            rest.append(_name(cut, Kind.PERSON if slot == "who" else Kind.NAME))
        elif slot == "refs":
            rest += [token for token in cut if any(sign.isdigit() for sign in token.raw)]  # not what links them
        elif slot == "named":
            rest += _named(found[name], cut)
        else:
            rest += cut
    rest += [Token(Kind.WORD, word, word, gap=" ") for word in row.says]
    is_act = row.kind != "look" and row.mood is Mood.DO
    names = any(token.kind is Kind.NAMED for token in rest)
    is_plain = refs and is_act and row.verb not in _OFFHAND
    return Sentence(row.verb, tuple(rest), row.mood, is_plain=is_plain, is_vague=names or not is_act)


def _name(cut: Sequence[Token], kind: Kind) -> Token:
    mentions = [token for token in cut if token.mention is not None]
    if mentions:
        return mentions[0]
    raw = join(cut)
    if raw[:1] in ("@", "＠"):
        kind = Kind.PERSON
    gap = " " if kind is Kind.PERSON else "，" if has_chinese(raw) else ", "  # no name after all: what stood before it
    return Token(kind, raw, _plain_name(raw), gap=gap)


def _plain_name(name: str) -> str:
    """Give a name as it was typed, without the sign before it and the marks around it."""
    return name.lstrip("@＠").strip(" \t,，:：.。!！?？、")


def _named(said: str, cut: tuple[Token, ...]) -> list[Token]:
    """Give the words that name an object; "it" names what was shown last, and is no word."""
    if _sign("IT").fullmatch(said.strip()):
        return []
    raw = join(cut)
    quoted = cut[0].value if len(cut) == 1 and cut[0].kind is Kind.QUOTED else raw
    return [Token(Kind.NAMED, raw, quoted, gap=" ")]


_OFFHAND: Final = frozenset({"take", "start"})
"""What people also tell each other (收到，T-1 我来)."""
_SIGN_OF: Final = {
    Kind.REF: "\ue000",
    Kind.PERSON: "\ue001",
    Kind.QUOTED: "\ue002",
    Kind.PRIORITY: "\ue003",
    Kind.LABEL: "\ue003",
    Kind.ESTIMATE: "\ue003",
    Kind.PARENT: "\ue003",
    Kind.AFTER: "\ue003",
}
_PICTURE = re.compile("[\u200d\u2190-\u2bff\u3030\ufe0f\U0001f000-\U0001faff]")
_IDLE = re.compile(r" +(?=[\u3400-\u9fff,.:;?!、]|$)|(?<=[\u3400-\u9fff,:;、]) +|(?<= ) +|^ +")
_DEFINITION = re.compile(r"([A-Z_]+) = (.+)")
_ROW = re.compile(r"(order|fact|look|ask|leave|offer)(?: ([a-z ]*[a-z]))?((?: \+\w+)*): (.+)")
_SLOT = re.compile(r"\{([A-Z_]+)\}")


@cache
def _table() -> tuple[dict[str, str], tuple[tuple[str, str, str, str], ...]]:
    """Read the file beside this one: the definitions, and the rows as (kind, verb, words, pattern)."""
    text = (resources.files("commands.grammar") / "sentences.txt").read_text(encoding="utf-8")
    meant: dict[str, str] = {}
    rows = []
    for line in re.sub(r"\n +", "", text).splitlines():
        if definition := _DEFINITION.fullmatch(line):
            meant[definition[1]] = _filled(definition[2], meant)
        elif row := _ROW.fullmatch(line):
            rows.append((row[1], row[2] or "", row[3], row[4]))
        elif line and not line.startswith("#"):
            raise ValueError(f"sentences.txt has a line that is neither a definition nor a row: {line}")
    return meant, tuple(rows)


def _filled(pattern: str, meant: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda slot: meant[slot[1]], pattern)


@cache
def _sign(name: str) -> re.Pattern[str]:
    """Compile a definition that is looked for by itself."""
    return re.compile(_table()[0][name])


@cache
def _rows(letters: str) -> tuple[_Row, ...]:
    """Compile the rows for the letters that begin refs."""
    meant, rows = _table()
    ref = rf"(?:\ue000|(?<![a-z0-9])[{letters.lower()}]-?\d{{1,9}}(?![a-z0-9]))"
    refs = rf"(?P<refs>{ref}(?:(?: ?(?:[,、和与跟及&]|and|, ?and) ?| ){ref}){{0,9}})"
    objects = {"REF": f"(?P<refs>{ref})", "REFS": refs} | {
        f"OBJ_{end}": f"(?:{refs}|{meant[f'NAMED_{end}']})" for end in ("ZH", "EN")
    }
    return tuple(
        _Row(
            kind if kind in ("order", "fact") else "look",
            verb,
            re.compile(_filled(pattern, meant | objects)),
            Mood(kind) if kind in ("ask", "leave", "offer") else Mood.DO,
            tuple(words.replace("+", "").split()),
        )
        for kind, verb, words, pattern in rows
    )

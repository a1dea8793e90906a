"""From words to a command: which one is meant, and which words are left for its arguments.

Pure: it knows the commands' names in every language, and nothing of the store. Binding.py
reads the rest, inside the transaction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from commands.core.arguments import FREE
from commands.core.command import Command, Registry
from commands.core.event import Mention
from commands.grammar.suggest import nearest
from commands.grammar.tokens import Kind, Token, bare, clean, has_chinese, normal, tokenize
from commands.words.catalog import Languages

COMMAND_CHARS: Final = 4_000
"""A longer message is no command; it is answered, not read."""
MENTION_CHARS: Final = 20
"""What a mention counts for, each of which must be looked up."""
_LOOSE_REF = re.compile(r"([a-z])-?\d{1,9}", re.ASCII)
_CLOSING = " ,.!?:~"


@dataclass(frozen=True, slots=True)
class Reading:
    """A command and what is left to bind."""

    command: Command
    rest: tuple[Token, ...]
    is_explicit: bool
    """True when it can hardly be meant otherwise, though nobody addressed the bot: noun and verb were typed, or a
    ref; or nothing else was said, and nothing else is needed."""


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    """The words of the form without white space, in `normal` form."""
    words: tuple[str, ...]
    command: Command
    is_cjk: bool


def chars_of(text: Sequence[str | Mention]) -> int:
    """Count the characters of a message."""
    return sum(len(node) if isinstance(node, str) else MENTION_CHARS for node in text)


class Reader:
    """Find the command in a text. Built once for a registry and its languages."""

    def __init__(self, registry: Registry, languages: Languages) -> None:
        self.registry = registry
        self.languages = languages
        self._by_initial: dict[str, list[_Form]] = {}
        for command in registry.commands.values():
            for form in languages.forms(command.name):
                words = tuple(normal(form).split())
                text = "".join(words)
                self._by_initial.setdefault(text[0], []).append(_Form(text, words, command, has_chinese(text)))
        for forms in self._by_initial.values():
            forms.sort(key=lambda form: len(form.text), reverse=True)
        fillers = {normal(form) for form in languages.forms("please")}
        self._fillers = sorted((tuple(form.split()) for form in fillers), key=lambda words: -len("".join(words)))
        self._linking = {normal(form) for form in languages.forms("linking words")}

    def tokens(self, text: Sequence[str | Mention]) -> tuple[Token, ...]:
        """Scan a message, cleaned of what must not be stored; one that is too long gives nothing."""
        if chars_of(text) > COMMAND_CHARS:
            return ()
        return tuple(self._known(token) for token in tokenize([_cleaned(node) for node in text]))

    def _known(self, token: Token) -> Token:
        """Take a ref of a kind that there is not, such as a size B-5, for the word that it is."""
        if token.kind is Kind.REF and token.value[0] not in self.registry.finders:
            return replace(token, kind=Kind.WORD, value=token.raw)
        return token

    def read(self, tokens: Sequence[Token]) -> Reading | None:
        """Find the command: at the head (`done T-12`), or behind its object (`T-12 done`, 把 T-12 延到周五)."""
        tokens = _parted(tokens)
        return self._read(tokens) or self._read(self._without_fillers(tokens))

    def is_greeting(self, tokens: Sequence[Token]) -> bool:
        """Tell whether nothing was said but hello."""
        return bool(tokens) and not self._without_fillers(tokens)

    def _read(self, tokens: tuple[Token, ...]) -> Reading | None:
        found = self._at_head(tokens)
        if found is not None:
            return Reading(found.command, found.rest, is_explicit=found.is_explicit(tokens))
        refs, rest = self._leading_refs(tokens)
        if not refs:
            return None
        behind = self._at_head(self._without_fillers(rest)) or self._at_head(rest)
        if behind is not None and _takes_refs(behind.command):
            return Reading(behind.command, (*refs, *behind.rest), is_explicit=True)
        show = self._shows(refs[0]) if not rest and refs[0].kind is Kind.REF else None
        return None if show is None else Reading(show, tuple(refs), is_explicit=True)

    def suggest(self, tokens: Sequence[Token]) -> list[Command]:
        """Name the commands nearest to a text that is none, nearest first, three at most."""
        words = [token.raw for token in tokens if token.kind is Kind.WORD][:2]
        forms: dict[str, Command] = {}
        for those in self._by_initial.values():
            for form in those:
                forms.setdefault("".join(form.words) if form.is_cjk else " ".join(form.words), form.command)
        found: list[Command] = []
        for attempt in (" ".join(words), words[0] if words else ""):
            for near in nearest(attempt, forms, limit=3) if attempt else []:
                if forms[near] not in found:
                    found.append(forms[near])
        return found[:3]

    def _shows(self, ref: Token) -> Command | None:
        kind = next((f.kind for f in self.registry.finders.values() if ref.value.startswith(f.letter + "-")), None)
        return self.registry.commands.get(f"{kind} show")

    def _without_fillers(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """Take off what is only polite: `please`, `can you`, 请, 帮我把, which may be glued to what follows."""
        left = tuple(tokens)
        while True:
            attempts = (_after_filler(form, left) for form in self._fillers)
            shorter = next((rest for rest in attempts if rest is not None), None)
            if shorter is None:
                return left
            left = shorter

    def _leading_refs(self, tokens: Sequence[Token]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """Part the refs at the head, also those written `t12`, from the rest; what links them goes."""
        refs: list[Token] = []
        for place, token in enumerate(tokens):
            if token.kind is Kind.REF or (token.kind is Kind.WORD and self._is_loose_ref(token.raw)):
                refs.append(token)
            elif not (refs and token.kind is Kind.WORD and normal(token.raw) in self._linking):
                return tuple(refs), tuple(tokens[place:])
        return tuple(refs), ()

    def _is_loose_ref(self, word: str) -> bool:
        met = _LOOSE_REF.fullmatch(normal(bare(word)))
        return met is not None and met[1].upper() in self.registry.finders

    def _at_head(self, tokens: Sequence[Token]) -> "_Found | None":
        if not tokens or tokens[0].kind is not Kind.WORD:
            return None
        initial = normal(tokens[0].raw)[:1]
        for form in self._by_initial.get(initial, ()):
            found = _after_cjk(form, tokens) if form.is_cjk else _after_words(form, tokens)
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A command at the head of a text."""

    command: Command
    rest: tuple[Token, ...]
    words: int
    """How many words its form has."""
    is_whole: bool = True
    """False where the form ended inside a word, as it may in Chinese."""
    is_short: bool = False
    """True for a single Chinese character, which begins many a sentence of talk."""

    def is_explicit(self, said: Sequence[Token]) -> bool:
        """Tell whether it can hardly be meant otherwise, though nobody addressed the bot."""
        if any(token.kind is Kind.REF for token in self.rest):
            takes_words = any(parameter.kind in FREE for parameter in self.command.parameters)
            return not (self.is_short and takes_words)
        if self.rest:
            return self.words > 1 and self.is_whole
        is_question = normal(said[-1].raw).endswith("?") and len(said[-1].raw) > 1
        needed = {parameter.kind for parameter in self.command.parameters if parameter.required}
        begins = self.words > 1 and not needed & {"ref", "refs"}  # "task add" is no talk; "task done" may be
        return not is_question and (not needed or begins)


def _cleaned(node: str | Mention) -> str | Mention:
    if isinstance(node, str):
        return clean(node)
    return replace(node, name=clean(node.name) if node.name else None)


def _parted(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Cut the head off from what a colon joins to it: 新建任务：主图 holds no option."""
    tokens = tuple(tokens)
    if not tokens or tokens[0].kind is not Kind.OPTION:
        return tokens
    said = tokens[0].raw
    joint = next(place for place, sign in enumerate(said) if normal(sign) in (":", "="))
    head, tail = said[:joint], said[joint + 1 :]
    words = [replace(tokens[0], kind=Kind.WORD, raw=head, value=head)]
    if tail:
        words.append(Token(Kind.WORD, tail, tail, gap=" "))
    return (*words, *tokens[1:])


def _after_words(form: _Form, tokens: Sequence[Token]) -> _Found | None:
    head = tokens[: len(form.words)]
    if len(head) < len(form.words):
        return None
    for token, word in zip(head, form.words, strict=True):
        said = normal(token.raw)
        if token.kind is not Kind.WORD or word not in (said, said.rstrip(":,.!?")):
            return None
    return _Found(form.command, tuple(tokens[len(form.words) :]), len(form.words))


def _after_cjk(form: _Form, tokens: Sequence[Token]) -> _Found | None:
    """Take a Chinese form off the head; it may end inside a word, since Chinese has no spaces."""
    remaining = form.text
    for index, token in enumerate(tokens):
        if token.kind is not Kind.WORD:
            return None
        word = normal(token.raw)
        if remaining.startswith(word):
            remaining = remaining[len(word) :]
            if not remaining:
                return _Found(form.command, tuple(tokens[index + 1 :]), len(form.words), is_short=len(form.text) == 1)
            continue
        left = _cut_off(token, remaining)
        if left is None:
            return None
        rest = bare(left.raw)
        tail = (replace(left, raw=rest, value=rest), *tokens[index + 1 :]) if rest else tuple(tokens[index + 1 :])
        is_short = len(form.text) == 1
        return _Found(form.command, tail, len(form.words), is_whole=rest != left.raw or not rest, is_short=is_short)
    return None


def _after_filler(form: Sequence[str], tokens: Sequence[Token]) -> tuple[Token, ...] | None:
    head = tokens[: len(form)]
    if not head:
        return None
    if all(t.kind is Kind.WORD for t in head) and [normal(t.raw).rstrip(_CLOSING) for t in head] == list(form):
        return tuple(tokens[len(form) :])
    if len(form) > 1 or head[0].kind is not Kind.WORD or not has_chinese(form[0]):
        return None
    left = _cut_off(head[0], form[0])
    return None if left is None else (left, *tokens[1:])


def _cut_off(token: Token, begins: str) -> Token | None:
    """Give what stays of a word without its beginning; None if it begins otherwise, or nothing stays."""
    cut = next((end for end in range(1, len(token.raw)) if normal(token.raw[:end]) == begins), None)
    if cut is None:
        return None
    return replace(token, raw=token.raw[cut:], value=token.raw[cut:])


def _takes_refs(command: Command) -> bool:
    return any(parameter.kind in ("ref", "refs") for parameter in command.parameters)

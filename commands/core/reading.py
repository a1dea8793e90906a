"""From words to a command: which one is meant, and which words are left for its arguments.

Pure: it knows the commands' names in every language, and nothing of the store. Binding.py
reads the rest, inside the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from commands.core.command import Command, Registry
from commands.core.event import Mention
from commands.grammar.suggest import nearest
from commands.grammar.tokens import Kind, Token, bare, has_chinese, normal, tokenize
from commands.words.catalog import Languages

COMMAND_CHARS: Final = 4_000
"""A longer message is no command; it is answered, not read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A command and what is left to bind."""

    command: Command
    rest: tuple[Token, ...]
    is_explicit: bool
    """True when it can hardly be meant otherwise: noun and verb were typed, or a ref; or nothing else was said."""


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    """The words of the form without white space, in `normal` form."""
    words: tuple[str, ...]
    command: Command
    is_cjk: bool


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
        self._fillers = {normal(form) for form in languages.forms("please")}

    def tokens(self, text: Sequence[str | Mention]) -> tuple[Token, ...]:
        """Scan a message; one that is too long gives nothing."""
        if sum(len(node) for node in text if isinstance(node, str)) > COMMAND_CHARS:
            return ()
        return tokenize(text)

    def read(self, tokens: Sequence[Token]) -> Reading | None:
        """Find the command: at the head (`done T-12`), or behind its object (`T-12 done`, 把 T-12 延到周五)."""
        tokens = self._without_fillers(tokens)
        found = self._at_head(tokens)
        if found is not None:
            command, rest, words = found
            explicit = words > 1 or not rest or any(token.kind is Kind.REF for token in rest)
            return Reading(command, rest, is_explicit=explicit)
        refs, rest = _leading_refs(tokens)
        if not refs:
            return None
        behind = self._at_head(self._without_fillers(rest))
        if behind is not None and _takes_refs(behind[0]):
            return Reading(behind[0], (*refs, *behind[1]), is_explicit=True)
        show = self._shows(refs[0]) if not rest else None
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
        tokens = tuple(tokens)
        while tokens and tokens[0].kind is Kind.WORD and normal(tokens[0].raw) in self._fillers:
            tokens = tokens[1:]
        return tokens

    def _at_head(self, tokens: Sequence[Token]) -> tuple[Command, tuple[Token, ...], int] | None:
        if not tokens or tokens[0].kind is not Kind.WORD:
            return None
        initial = normal(tokens[0].raw)[:1]
        for form in self._by_initial.get(initial, ()):
            rest = _after_cjk(form.text, tokens) if form.is_cjk else _after_words(form.words, tokens)
            if rest is not None:
                return form.command, rest, len(form.words)
        return None


def _after_words(words: Sequence[str], tokens: Sequence[Token]) -> tuple[Token, ...] | None:
    head = tokens[: len(words)]
    if len(head) < len(words):
        return None
    for token, word in zip(head, words, strict=True):
        if token.kind is not Kind.WORD or normal(token.raw).rstrip(":,.!?") != word:
            return None
    return tuple(tokens[len(words) :])


def _after_cjk(text: str, tokens: Sequence[Token]) -> tuple[Token, ...] | None:
    """Take a Chinese form off the head; it may end inside a word, since Chinese has no spaces."""
    remaining = text
    for index, token in enumerate(tokens):
        if token.kind is not Kind.WORD:
            return None
        word = normal(token.raw)
        if remaining.startswith(word):
            remaining = remaining[len(word) :]
            if not remaining:
                return tuple(tokens[index + 1 :])
            continue
        if not word.startswith(remaining):
            return None
        cut = next((i for i in range(1, len(token.raw)) if normal(token.raw[:i]) == remaining), None)
        if cut is None:
            return None
        left = bare(token.raw[cut:])
        tail = tuple(tokens[index + 1 :])
        return (replace(token, raw=left, value=left), *tail) if left else tail
    return None


def _leading_refs(tokens: Sequence[Token]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    count = 0
    while count < len(tokens) and tokens[count].kind is Kind.REF:
        count += 1
    return tuple(tokens[:count]), tuple(tokens[count:])


def _takes_refs(command: Command) -> bool:
    return any(parameter.kind in ("ref", "refs") for parameter in command.parameters)

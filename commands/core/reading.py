"""From words to a command: which one is meant, and which words are left for its arguments.

Pure: it knows the commands' names in every language, and nothing of the store. Binding.py
reads the rest, inside the transaction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from commands.core.arguments import FREE
from commands.core.command import Command, Registry
from commands.core.event import Mention
from commands.grammar import sentences
from commands.grammar.sentences import Mood
from commands.grammar.suggest import likeness
from commands.grammar.tokens import Kind, Token, bare, clean, has_chinese, normal, tokenize
from commands.words.catalog import Languages

TASK: Final = "task"
"""What is meant where no ref says of what kind."""
COMMAND_CHARS: Final = 4_000
"""A longer message is no command; it is answered, not read."""
MENTION_CHARS: Final = 20
"""What a mention counts for, each of which must be looked up."""
_LOOSE_REF = re.compile(r"([a-z])-?\d{1,9}", re.ASCII)
_CLOSING = " ,.!?:~"
_FILLERS = 12
"""Polite words before a command; more are no politeness."""
_HEAD_CHARS = 24
_GLUED_CHARS = 6
_SHORT_CHARS = 2
_MARGIN = 0.2
"""How much less near than the best the others may be that are proposed beside it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A command and what is left to bind."""

    command: Command
    rest: tuple[Token, ...]
    is_explicit: bool
    """True when it can hardly be meant otherwise, though nobody addressed the bot: noun and verb were typed, or a
    ref; or nothing else was said, and nothing else is needed."""
    is_vague: bool = False
    """True for a question, or words in place of a ref: among people that is talk, even in the thread of a card."""
    mood: Mood = Mood.DO


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    """The words of the form without white space, in `normal` form."""
    words: tuple[str, ...]
    command: Command
    is_cjk: bool
    is_full: bool
    """True when noun and verb are there, as in `task add`."""

    @property
    def is_long(self) -> bool:
        """Tell whether it is more than one short verb, which many a sentence begins with."""
        return len(self.words) > 1 or (self.is_cjk and len(self.text) > _SHORT_CHARS)


def chars_of(text: Sequence[str | Mention]) -> int:
    """Count the characters of a message."""
    return sum(len(node) if isinstance(node, str) else MENTION_CHARS for node in text)


class Reader:
    """Find the command in a text. Built once for a registry and its languages."""

    def __init__(self, registry: Registry, languages: Languages) -> None:
        self.registry = registry
        self.languages = languages
        self._letters = "".join(sorted(registry.finders))
        self._by_initial: dict[str, list[_Form]] = {}
        for command in registry.commands.values():
            nouns = {normal(form) for form in languages.forms(command.name.split()[0])}
            for form in languages.forms(command.name):
                words = tuple(normal(form).split())
                text, is_full = "".join(words), len(words) > 1 and words[0] in nouns
                self._by_initial.setdefault(text[0], []).append(_Form(text, words, command, has_chinese(text), is_full))
        for forms in self._by_initial.values():
            forms.sort(key=lambda form: len(form.text), reverse=True)
        self._most_chars = max(len(forms[0].text) for forms in self._by_initial.values())
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
        """Find the command: at the head (`done T-12`), behind its object (`T-12 done`), or in a sentence."""
        parted = _parted(tokens)
        head = self._at_head(parted)
        if head is not None and (head.is_full or not head.rest):
            return Reading(head.command, head.rest, is_explicit=head.is_explicit(parted))
        sentence = sentences.match(tokens, self._letters)
        if sentence is not None:
            if sentence.mood is Mood.LEAVE:
                return None
            command = self._command_of(sentence)
            is_others = head is not None and head.command is not command and (head.is_certain or head.is_message)
            if command is not None and not is_others:  # 提醒力度 积极 is a setting, 提醒李四开会 is not
                return Reading(command, sentence.rest, sentence.is_plain, sentence.is_vague, sentence.mood)
        return self._read(parted) or self._read(self._without_fillers(parted))

    def _command_of(self, sentence: sentences.Sentence) -> Command | None:
        """Find what a sentence means for its object: of a risk, `done` is `risk done`."""
        commands = self.registry.commands
        if sentence.verb in commands:
            return commands[sentence.verb]
        letter = next((normal(t.raw)[0].upper() for t in sentence.rest if self._is_ref(t)), None)
        kind = self.registry.finders[letter].kind if letter is not None else TASK
        return commands.get(f"{kind} {sentence.verb}")

    def _is_ref(self, token: Token) -> bool:
        return token.kind is Kind.REF or (token.kind is Kind.WORD and self._is_loose_ref(token.raw))

    def is_small_talk(self, tokens: Sequence[Token]) -> bool:
        """Tell whether nothing was said but thanks, praise or good night."""
        return sentences.is_small_talk(tokens)

    def shown_by(self, tokens: Sequence[Token]) -> tuple[Command, str] | None:
        """Give the command that shows the one object which a text names, and its ref."""
        refs = {token.value for token in tokens if token.kind is Kind.REF}
        shows = self._shows(next(iter(refs))) if len(refs) == 1 else None
        return None if shows is None else (shows, refs.pop())

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
        show = self._shows(refs[0].value) if not rest and refs[0].kind is Kind.REF else None
        return None if show is None else Reading(show, tuple(refs), is_explicit=True)

    def suggest(self, tokens: Sequence[Token]) -> list[Reading]:
        """Give the commands nearest to a text that is none, nearest first, each with the words left for it."""
        if sentences.is_denied(tokens):  # what is not done must not be proposed
            return []
        refs, rest = self._leading_refs(_parted(tokens))
        found: dict[str, tuple[float, Reading]] = {}
        for attempt, left in _heads(rest):
            for forms in self._by_initial.values():
                for form in forms:
                    score = likeness(attempt, form.text)
                    if score > found.get(form.command.name, (0.0,))[0] and (not refs or _takes_refs(form.command)):
                        found[form.command.name] = score, Reading(form.command, (*refs, *left), is_explicit=False)
        best = sorted(found.values(), key=lambda each: -each[0])
        return [reading for score, reading in best if score >= best[0][0] - _MARGIN][:3]

    def _shows(self, ref: str) -> Command | None:
        kind = next((f.kind for f in self.registry.finders.values() if ref.startswith(f.letter + "-")), None)
        return self.registry.commands.get(f"{kind} show")

    def _without_fillers(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """Take off what is only polite: `please`, `can you`, 请, 帮我把, which may be glued to what follows."""
        left = tuple(tokens)
        for _ in range(_FILLERS):
            attempts = (_after_filler(form, left) for form in self._fillers)
            shorter = next((rest for rest in attempts if rest is not None), None)
            if shorter is None:
                break
            left = shorter
        return left

    def _leading_refs(self, tokens: Sequence[Token]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """Part the refs at the head, also those written `t12`, from the rest; what links them goes."""
        refs: list[Token] = []
        for place, token in enumerate(tokens):
            if self._is_ref(token):
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
        words = _folded_head(tokens, self._most_chars)
        head = "".join(words)
        for form in self._by_initial.get(words[0][:1], ()):
            if not head.startswith(form.text if form.is_cjk else form.words[0]):
                continue  # as most do not: looking closer takes a hundred times as long
            found = _after_cjk(form, tokens) if form.is_cjk else _after_words(form, tokens)
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A command at the head of a text."""

    rest: tuple[Token, ...]
    form: _Form
    is_whole: bool = True
    """False where the form ended inside a word, as it may in Chinese."""

    @property
    def command(self) -> Command:
        """The command that the form is of."""
        return self.form.command

    @property
    def words(self) -> int:
        """How many words its form has."""
        return len(self.form.words)

    @property
    def is_full(self) -> bool:
        """Tell whether noun and verb were typed, each as a word of its own."""
        return self.form.is_full and self.is_whole

    @property
    def is_short(self) -> bool:
        """Tell whether it is a single Chinese character, which begins many a sentence of talk."""
        return self.form.is_cjk and len(self.form.text) == 1

    @property
    def is_certain(self) -> bool:
        """Tell whether no sentence begins so by chance."""
        return self.form.is_long and self.is_whole

    @property
    def is_message(self) -> bool:
        """Tell whether it says something to people, in whose words a sentence of its own may stand."""
        needed = {parameter.kind for parameter in self.command.parameters if parameter.required}
        return self.is_whole and not self.is_short and needed >= {"prose", "people"}

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


def _folded_head(tokens: Sequence[Token], most: int) -> list[str]:
    """Fold the words that a text begins with, as far as a command of so many characters may reach."""
    folded: list[str] = []
    left = most
    for token in tokens:
        if token.kind is not Kind.WORD or left <= 0:
            break
        folded.append(normal(token.raw[: _reach(most)]))
        left -= len(folded[-1])
    return folded


def _heads(tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """Give what may be a mistyped command at the head of a text, each with the rest behind it."""
    words = 0
    while words < min(3, len(tokens)) and tokens[words].kind is Kind.WORD and len(tokens[words].raw) <= _HEAD_CHARS:
        words += 1
        yield "".join(normal(token.raw) for token in tokens[:words]), tuple(tokens[words:])
    if words and has_chinese(tokens[0].raw):
        for end in range(2, min(_GLUED_CHARS, len(tokens[0].raw))):
            left = tokens[0].raw[end:]
            yield normal(tokens[0].raw[:end]), (Token(Kind.WORD, left, left), *tokens[1:])


def _after_words(form: _Form, tokens: Sequence[Token]) -> _Found | None:
    head = tokens[: len(form.words)]
    if len(head) < len(form.words):
        return None
    for token, word in zip(head, form.words, strict=True):
        said = normal(token.raw)
        if token.kind is not Kind.WORD or word not in (said, said.rstrip(":,.!?")):
            return None
    return _Found(tuple(tokens[len(form.words) :]), form)


def _after_cjk(form: _Form, tokens: Sequence[Token]) -> _Found | None:
    """Take a Chinese form off the head; it may end inside a word, since Chinese has no spaces."""
    remaining = form.text
    for index, token in enumerate(tokens):
        if token.kind is not Kind.WORD:
            return None
        word = normal(token.raw[: _reach(len(remaining))])
        if len(token.raw) < _reach(len(remaining)) and remaining.startswith(word):
            remaining = remaining[len(word) :]
            if not remaining:
                return _Found(tuple(tokens[index + 1 :]), form)
            continue
        left = _cut_off(token, remaining)
        if left is None:
            return None
        rest = bare(left.raw)
        tail = (replace(left, raw=rest, value=rest), *tokens[index + 1 :]) if rest else tuple(tokens[index + 1 :])
        is_whole = rest != left.raw or not rest
        return _Found(tail, form, is_whole)
    return None


def _after_filler(form: Sequence[str], tokens: Sequence[Token]) -> tuple[Token, ...] | None:
    head = tokens[: len(form)]
    if not head or any(t.kind is not Kind.WORD for t in head):
        return None
    if len(head[-1].raw) <= _HEAD_CHARS and [normal(t.raw).rstrip(_CLOSING) for t in head] == list(form):
        return tuple(tokens[len(form) :])
    if len(form) > 1 or not has_chinese(form[0]):
        return None
    left = _cut_off(head[0], form[0])
    return None if left is None else (left, *tokens[1:])


def _cut_off(token: Token, begins: str) -> Token | None:
    """Give what stays of a word without its beginning; None if it begins otherwise, or nothing stays."""
    longest = min(len(token.raw), _reach(len(begins)))
    cut = next((end for end in range(1, longest) if normal(token.raw[:end]) == begins), None)
    if cut is None:
        return None
    return replace(token, raw=token.raw[cut:], value=token.raw[cut:])


def _reach(folded_chars: int) -> int:
    """Tell how many characters can fold into so many, and a few more: some fold into nothing."""
    return 2 * folded_chars + 2


def _takes_refs(command: Command) -> bool:
    return any(parameter.kind in ("ref", "refs") for parameter in command.parameters)

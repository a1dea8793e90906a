"""The words of the bot in every language, read from one gettext catalog each.

English text is the message id. A command's name is an id too: its translation lists what people
may type for it, parted by `|`, the usual form first. Catalogs are read once, at the start;
`make words` brings them up to date with the code, and a missing translation fails a test.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from commands.core.reply import Inline, Line
from commands.grammar.tokens import has_chinese, normal
from commands.words.pages import Pages, shipped

LOCALES: Final = Path(__file__).parent / "locales"
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """Speak one language."""

    language: str
    messages: Mapping[str, str | tuple[str, ...]]
    pages: Pages = field(default_factory=shipped)
    _forms: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def t(self, message: str, /, **values: object) -> str:
        """Translate a text and fill its slots; an unknown text is given as it is."""
        found = self.messages.get(message, message)
        text = found if isinstance(found, str) else found[0]
        return _filled(text, values)

    def tn(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Translate a text that depends on a number, which fills the slot `{count}`."""
        found = self.messages.get(one)
        if isinstance(found, tuple):
            text = found[min(_plural_index(self.language, count), len(found) - 1)]
        else:
            text = one if count == 1 else many
        return _filled(text, {"count": count, **values})

    def line(self, message: str, /, **values: Inline | Line | int) -> Line:
        """Translate a text whose slots may hold people, links or stressed words."""
        found = self.messages.get(message, message)
        text = found if isinstance(found, str) else found[0]
        parts: list[Inline] = []
        for index, piece in enumerate(_SLOT.split(text)):
            if index % 2 == 0:
                parts += [piece] if piece else []
                continue
            value = values[piece]
            parts += value if isinstance(value, tuple) else [str(value) if isinstance(value, int) else value]
        return tuple(parts)

    def page(self, name: str, values: Mapping[str, object], /) -> str:
        """Write a longer text from its template."""
        return self.pages.render(name, self.t, self.tn, values)

    def forms(self, message: str, /) -> tuple[str, ...]:
        """List what people may type for a word, the usual form first."""
        found = self._forms.get(message)
        if found is None:
            found = self._forms[message] = tuple(form.strip() for form in self.t(message).split("|"))
        return found


class Languages:
    """Hold the words of all languages."""

    def __init__(self, words: Iterable[Words]) -> None:
        self.by_code: Mapping[str, Words] = {each.language: each for each in words}
        self._forms: dict[str, tuple[str, ...]] = {}
        self._folded: dict[str, frozenset[str]] = {}

    def __getitem__(self, code: str | None) -> Words:
        """Give the words of a language; of the first one (English) where it is unknown."""
        return self.by_code.get(code or "", self.by_code["en"])

    def forms(self, message: str, /) -> tuple[str, ...]:
        """List what people may type for a word, in any language."""
        if message not in self._forms:
            forms = (form for words in self.by_code.values() for form in words.forms(message))
            self._forms[message] = tuple(dict.fromkeys(forms))
        return self._forms[message]

    def folded(self, message: str, /) -> frozenset[str]:
        """Give what people may type for a word, in any language, in the form that is compared (`normal`)."""
        if message not in self._folded:
            self._folded[message] = frozenset(map(normal, self.forms(message)))
        return self._folded[message]


def load(folder: Path = LOCALES, *, pages: Pages | None = None) -> Languages:
    """Read every catalog of the folder, `zh.po` for `zh`; pages are ours if none are given."""
    return Languages(_read(path, pages or shipped()) for path in sorted(folder.glob("*.po")))


def _read(path: Path, pages: Pages) -> Words:
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.stem)
    messages = {_id(message.id): _text(message.string) for message in catalog if message.id and message.string}
    return Words(path.stem, messages, pages)


def _id(id: str | tuple[str, ...] | list[str]) -> str:
    return id if isinstance(id, str) else id[0]


def _text(text: str | tuple[str, ...] | list[str]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


def _filled(text: str, values: Mapping[str, object]) -> str:
    return _SLOT.sub(lambda slot: str(values[slot[1]]), text) if values else text


@functools.cache
def _plural_index(language: str, count: int) -> int:
    """Choose the plural form; Chinese has one, English two."""
    return 0 if language == "zh" or count == 1 else 1


def language_of(text: str) -> str | None:
    """Tell the language typed: Chinese if any of it is; None if there are no words."""
    if has_chinese(text):
        return "zh"
    return "en" if re.search(r"[A-Za-z]{2}", text) else None


def msg(text: str) -> str:
    """Mark a text for the catalogs that is translated later, through a variable."""
    return text

"""Law: every text is in every language, and what people may type means one command."""

import re
from collections import defaultdict

import pytest
from babel.messages.catalog import Message

from commands.words.catalog import LOCALES
from tests.house.catalogs import SOURCE, is_lacking, read, texts
from tests.support.house import shipped, shipped_reader

PATHS = sorted(LOCALES.glob("*.po"))
OTHERS = [path for path in PATHS if path.stem != SOURCE]
SLOT = re.compile(r"\{(\w+)\}")
SAME_IN_BOTH: dict[str, str] = {
    # msgid: why it is no different in another language.
}
REGISTRY, LANGUAGES = shipped()
FORMS = [
    (command, words.language, form)
    for command in REGISTRY.commands
    for words in LANGUAGES.by_code.values()
    for form in words.forms(command)
]


def messages(path_name: str) -> dict[str, Message]:
    catalog = read(LOCALES / path_name)
    return {_first(message.id): message for message in catalog if message.id}


def _first(text: object) -> str:
    return text if isinstance(text, str) else str(text[0])  # type: ignore[index] # a plural is a pair of texts


def _all(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [str(each) for each in text]  # type: ignore[attr-defined] # a plural


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_every_text_is_translated(path: object) -> None:
    there = messages(getattr(path, "name"))  # noqa: B009 - parametrize knows no types
    lacking = [one for one in texts() if one not in there or is_lacking(there[one].string)]
    assert lacking == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_translation_is_left_of_a_text_that_is_gone(path: object) -> None:
    assert sorted(set(messages(getattr(path, "name"))) - set(texts())) == []  # noqa: B009


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_a_translation_has_the_slots_of_its_text(path: object) -> None:
    wrong = {
        one: string
        for one, message in messages(getattr(path, "name")).items()  # noqa: B009
        for string in _all(message.string)
        if string and set(SLOT.findall(string)) != set(SLOT.findall(one))
    }
    assert wrong == {}


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_a_translation_differs_from_its_text(path: object) -> None:
    there = messages(getattr(path, "name"))  # noqa: B009
    same = [one for one, message in there.items() if message.string == message.id and one not in SAME_IN_BOTH]
    assert same == []


def test_a_form_means_one_command_in_all_languages() -> None:
    commands: dict[str, set[str]] = defaultdict(set)
    for command, _language, form in FORMS:
        commands["".join(form.casefold().split())].add(command)
    assert {form: names for form, names in commands.items() if len(names) > 1} == {}


@pytest.mark.parametrize(("command", "language", "form"), FORMS)
def test_a_form_is_read_back_as_its_command(command: str, language: str, form: str) -> None:
    reader = shipped_reader()
    alone, glued = reader.read(reader.tokens([form])), reader.read(reader.tokens([f"{form} T-1"]))
    assert alone is not None and alone.command.name == command
    assert glued is not None and glued.command.name == command


@pytest.mark.parametrize("language", sorted(LANGUAGES.by_code))
def test_every_command_has_a_form_of_its_language(language: str) -> None:
    words = LANGUAGES[language]
    foreign = [name for name in REGISTRY.commands if words.forms(name)[0].isascii() == (language == "zh")]
    assert foreign == []


def test_a_choice_is_written_in_one_way_for_each_parameter() -> None:
    for command in REGISTRY.commands.values():
        taken: dict[str, str] = {}
        for parameter in command.parameters:
            for choice in parameter.type if parameter.kind == "word" else ():
                for form in LANGUAGES.forms(choice.value):
                    assert taken.setdefault(form.casefold(), choice.value) == choice.value, (command.name, form)

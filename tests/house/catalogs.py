"""Keeping the catalogs in step with the code: every text that people read, in every language.

python -m tests.house.catalogs       # adds what is missing, drops what is no longer used
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from bot.web.page import WORDS
from commands.core.access import ALL, LEFT
from commands.core.command import collect
from commands.words.catalog import LOCALES
from commands.words.pages import SHIPPED

ROOT = Path(__file__).parents[2]
HEADER = r"""# What people read, and what they may type for a command: forms are parted by |, the usual one first.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: FORMS\n"

"""
SOURCE = "en"
"""The language of the code: a text without a translation there is its own."""
SINGLE = frozenset({"t", "line", "folded", "forms", "msg"})


def texts() -> dict[str, str | None]:
    """Give every text that needs a translation; of those with a number, the plural."""
    found: dict[str, str | None] = {}
    for folder in ("bot", "commands"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found |= dict(_in_code(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted(SHIPPED.glob("*.j2")):
        found |= dict(_in_template(Environment().parse(path.read_text(encoding="utf-8"))))  # noqa: S701 - only read
    found |= dict.fromkeys(_in_registry())
    found |= dict.fromkeys(WORDS)
    return found


def _in_code(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        said = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if name in SINGLE and said:
            yield said[0], None
        elif name == "tn" and len(said) == 2:
            yield said[0], said[1]


def _in_template(tree: nodes.Template) -> Iterator[tuple[str, str | None]]:
    for call in tree.find_all(nodes.Call):
        name = getattr(call.node, "name", "")
        said = [each.value for each in call.args if isinstance(each, nodes.Const) and isinstance(each.value, str)]
        if name == "t" and said:
            yield said[0], None
        elif name == "tn" and len(said) == 2:
            yield said[0], said[1]


def _in_registry() -> Iterator[str]:
    yield from sorted(ALL | {LEFT})
    registry = collect()
    for routine in registry.routines.values():
        yield from (routine.kind, routine.help)
    for command in registry.commands.values():
        yield command.name
        yield command.name.split()[0]
        yield command.help
        for parameter in command.parameters:
            yield parameter.name
            if parameter.kind == "word":
                yield from (choice.value for choice in parameter.type)


def read(path: Path) -> Catalog:
    """Read one catalog."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def update(path: Path) -> list[str]:
    """Bring one catalog up to date and give the texts that it still lacks."""
    old = read(path)
    new = Catalog(locale=path.stem)
    for one, many in sorted(texts().items()):
        was = old.get(one)
        string = was.string if was is not None else ("" if many is None else ("",) * new.num_plurals)
        if not is_lacking(string) or path.stem != SOURCE:
            new.add(one if many is None else (one, many), string)
    with path.open("wb") as file:
        file.write(HEADER.replace("FORMS", new.plural_forms).encode())
        write_po(file, new, width=120, omit_header=True)
    if path.stem == SOURCE:
        return [f"{name}: only typed as it is called" for name in collect().commands if new.get(name) is None]
    lacking = [message.id for message in new if message.id and is_lacking(message.string)]
    return [each if isinstance(each, str) else each[0] for each in lacking]


def is_lacking(string: str | tuple[str, ...] | list[str] | None) -> bool:
    """Tell whether a translation is missing."""
    return not string if isinstance(string, str) else not string or not string[0]


if __name__ == "__main__":
    for po in sorted(LOCALES.glob("*.po")):
        for lacking in update(po):
            sys.stdout.write(f"{po.name}: {lacking}\n")

"""People: what they set for themselves."""

from collections.abc import Sequence
from enum import StrEnum

from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.hits import section
from commands.core.reply import Code, Item, Part, Reply, Text
from storage.search import Sought, rows_with


class Tongue(StrEnum):
    """Choose a language."""

    CHINESE = "chinese"
    ENGLISH = "english"


CODES = {Tongue.CHINESE: "zh", Tongue.ENGLISH: "en"}


@command("language", may="own.settings", examples=("语言 中文", "language english"))
def language(ctx: Context, tongue: Tongue) -> Reply:
    """Choose the language in which I answer you."""
    ctx.unit.change(ctx.me, language=CODES[tongue])
    line = ctx.line("From now on I answer you in {language}.", language=ctx.words.forms(tongue.value)[0])
    return Reply(parts=(Text(line),), to="private")


@command("chat language", may="chat.settings", examples=("本群语言 中文", "chat language english"))
def chat_language(ctx: Context, tongue: Tongue) -> Reply:
    """Choose the language of cards in this chat."""
    ctx.unit.change(ctx.chat, language=CODES[tongue])
    line = ctx.line("Cards in this chat are in {language} from now on.", language=ctx.words.forms(tongue.value)[0])
    return Reply(parts=(Text(line),), to="private")


@panel("search", order=50)
def found_people(view: View, wanted: Sought) -> Sequence[Part]:
    """Show the people whose name holds a text."""
    people = [view.person(id) for id in rows_with(view.unit, "person", wanted)]
    here = [each for each in people if each is not None and each.archived_at is None and wanted.is_in(each.name)]
    items = [Item((view.who(each.id),), (Code(view.say("task list", f"@{each.name}")),)) for each in here]
    return section(view, view.t("People"), items, most=5)

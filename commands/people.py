"""People: what they set for themselves."""

from enum import StrEnum

from commands.core.command import command
from commands.core.context import Context
from commands.core.reply import Reply, Text


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

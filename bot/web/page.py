"""The playground's one page, with every word of it in both languages.

The words are msgids of the catalogs; static/*.js asks for them by msgid, so that the language is
switched without loading again. tests/bot/web/test_page.py holds the list to what the page says.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.deps import PlaygroundDeps, WebDeps
from bot.web.guard import Pass
from bot.web.refusals import SENTENCES

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: Final = ("zh", "en")
PAGE_WORDS: Final = (
    "1 reply",
    "Administrator",
    "All of them:",
    "Answer in the thread",
    "Back to the box",
    "Bot",
    "Cancel",
    "Chats",
    "Choose a day",
    "Choose…",
    "Close",
    "Direct",
    "Dismiss",
    "Drumbeat",
    "Earlier messages",
    "Enter sends · Shift+Enter: new line",
    "Finance",
    "For example: @Drumbeat {example}",
    "For example: {example}",
    "Groups",
    "Guest",
    "Jump to a chat, or speak as…",
    "Jump to…",
    "Lead",
    "Let the clock race",
    "Light or dark",
    "Member",
    "Mention somebody",
    "Mention the bot, and say what is to be done:",
    "Messages",
    "New messages",
    "Nobody is here yet.",
    "Not saved. What you typed is still here: please try again.",
    "Not sent.",
    "Nothing is called that.",
    "Nothing was said here yet.",
    "Only visible to you",
    "Open the form",
    "Or type: {typed}",
    "Playground",
    "Please fill this in.",
    "Put it into the message",
    "Reconnecting…",
    "Reply in a thread",
    "Say what is to be done, by whom and until when:",
    "Send",
    "Send again",
    "Sending…",
    "Show all",
    "Speak as",
    "Speak as somebody else",
    "Stop the clock",
    "Switch the language",
    "That is {n} characters. At most {most} go into one message; your text stays in the box.",
    "The race is over",
    "The race is over. From here the clock goes at its usual pace; try whatever you like.",
    "The server cannot be reached. Nothing was saved; please try again.",
    "This page needs JavaScript.",
    "Thread",
    "Today",
    "Unread",
    "Yesterday",
    "Your direct chat with the bot: no mention is needed here.",
    "edited",
    "help task",
    "last at {time}",
    "optional",
    "task add Key visual @Ann Fri !high #design",
    "tasks overdue",
    "{n} people. Mention @Drumbeat to speak to the bot.",
    "{n} replies",
)
WORDS: Final = (*PAGE_WORDS, *(sentence for _, sentence in SENTENCES.values()))
"""All msgids of the web server, for the catalogs."""


class PageRoutes:
    """Serve the page."""

    def __init__(self, deps: WebDeps, playground: PlaygroundDeps, given: Pass) -> None:
        self._deps = deps
        self._playground = playground
        self._pass = given
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._template = environment.get_template("playground.html")

    def routes(self) -> Sequence[web.RouteDef]:
        """Give the route of the page."""
        return (web.get("/", self.show),)

    async def show(self, _request: web.Request) -> web.Response:
        """Give the page; it asks for its state itself."""
        language = self._deps.settings.language
        html = self._template.render(
            language="zh-CN" if language == "zh" else "en",
            t=self._deps.words(language),
            token=self._pass.token,
            workspace=self._playground.workspace,
            words={name: self._words(name) for name in LANGUAGES},
        )
        return self._pass.give(web.Response(text=html, content_type="text/html"))

    def _words(self, language: str) -> dict[str, str]:
        t = self._deps.words(language)
        return {msgid: t(msgid) for msgid in PAGE_WORDS}

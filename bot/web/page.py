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

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: Final = ("zh", "en")
WORDS: Final = ("Drumbeat",)


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
        return {msgid: t(msgid) for msgid in WORDS}

"""The playground's page as a person uses it, and the real process behind it."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page

ROOT = Path(__file__).parents[2]
READY = "Drumbeat is ready: "
START_S = 20.0


@dataclass
class Program:
    """`drumbeat run`, or another verb that serves the page, on a database of its own."""

    folder: Path
    arguments: tuple[str, ...] = ("run",)
    port: int = 0
    address: str = ""
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and wait until it says that it is ready; the same port and database each time."""
        own = {
            "DRUMBEAT_DATABASE_URL": f"sqlite:///{self.folder / 'drumbeat.db'}",
            "DRUMBEAT_WEB__PORT": str(self.port),
            "DRUMBEAT_LANGUAGE": "zh",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DRUMBEAT_")}
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", *self.arguments],
                cwd=self.folder,
                env={**kept, **own, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.told()
        if "demo" in self.arguments:
            line = self.told()
        assert line.startswith(READY), f"it did not start: {line}{(self.folder / 'log').read_text('utf-8')[-2000:]}"
        self.address = line.removeprefix(READY).split()[0]
        self.port = int(self.address.rstrip("/").rsplit(":", 1)[1])

    def told(self) -> str:
        """Give the next line that it prints; waits for it."""
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout.readline()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.communicate(timeout=START_S)
        self._process = None


@dataclass
class Playground:
    """One open page. Its troubles are collected; a test ends with none."""

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)

    async def open(self, person: str = "chenchen", chat: str | None = None) -> None:
        """Open the page as a person, in a chat."""
        query = f"?as={person}" + (f"&chat={chat}" if chat else "")
        await self.page.goto(self.address + query)
        await self.page.locator("#me b").wait_for(state="attached")
        await self.page.locator(".message, .empty").first.wait_for()

    @property
    def box(self) -> Locator:
        """The composer of the chat."""
        return self.page.locator("#composer textarea")

    async def say(self, text: str) -> None:
        """Type a message and send it."""
        await self.box.fill(text)
        await self.box.press("Escape")
        await self.box.press("Enter")

    def messages(self, text: str | re.Pattern[str]) -> Locator:
        """Find messages of the chat that hold a text."""
        return self.page.locator("#log .message").filter(has_text=text)

    def holder(self, title: str) -> Locator:
        """Find the newest message whose card has exactly this title; the demo has some that sound alike."""
        head = self.page.locator(".card-title").filter(has_text=re.compile(rf"^T-\d+ {re.escape(title)}$"))
        return self.page.locator("#log .message").filter(has=head).last

    def card(self, title: str) -> Locator:
        """Find the newest card with exactly this title."""
        return self.holder(title).locator(".card")

    def whisper(self, text: str) -> Locator:
        """Find the newest message that only this person sees."""
        return self.page.locator("#log .message.is-private").filter(has_text=text).last

    async def overflow(self) -> int:
        """Tell by how many pixels the page is wider than its window."""
        width: int = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width


async def open_page(browser: Browser, address: str, **context: Any) -> Playground:
    """Open a new window that shares nothing with others; `context` as Playwright takes it."""
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **context}
    page = await (await browser.new_context(**options)).new_page()
    page.set_default_timeout(10_000)
    playground = Playground(page, address)

    def on_error(error: Error) -> None:
        playground.troubles.append(str(error))

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            playground.troubles.append(message.text)

    page.on("pageerror", on_error)
    page.on("console", on_console)
    return playground
